/* hunt.c -- many searches in one pass over DATA.
 *
 * Each stretch is read once. For every search the raw test of its first stage is looked at first: one pass over the
 * stretch notes its sequences of four bytes (base/grams.h), which rules out nearly all literals of nearly all searches,
 * and those that are left are looked for once each, however many searches have them. Only searches whose test passes
 * cut events out, on a lane of their own that is made at that moment, so a search that nothing passes costs its plan.
 *
 * A search takes part in the pass if the order of events cannot show in it: its section gathers into a sink whose parts
 * merge, or it streams up to a blocking command, which is fed here in the order of the stretches. The others run on
 * their own when they are pulled: newest first, generating commands, those with subsearches whose rows become text. Of
 * these the pass finds out only whether any event passes the first search; where none does, they are run without
 * reading DATA for it.
 *
 * Raw tests are drawn for one input at a time and forgotten with it, so that memory grows neither with the number of
 * files nor, for searches that find nothing, with the threads. */
#include "base/grams.h"
#include "base/map.h"
#include "readers/reader.h"
#include "run/search.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { SAMPLE = 256 << 10, HIDING_STRETCH = 16 << 10 };

/* From how many whole readings of a stretch on one for all is made; a search that wants few events looks at them
 * itself. A few: 1 to 64 took the same time in a hunt of all detections of endpoints. */
static const double JOIN_SHARES = 4, JOIN_SHARE = 0.02;

typedef enum job_kind {
    JOB_OUT,    /* refused or failed */
    JOB_SHARED, /* runs in the pass */
    JOB_PROBED, /* alone; the pass looks whether anything passes its first search */
    JOB_ALONE,
} job_kind;

typedef struct job {
    spl_search *search;
    job_kind kind;
    bool late;       /* text subsearches: compiled when it is pulled */
    spl_plan *probe; /* of the first stage alone, where it is late */
    pthread_mutex_t lock;
    spl_op *run; /* of a shared one: the chain; of a probed one: its section */
    spl_op *section;
    spl_op *fed;                  /* the blocking op behind a section without a sink, or NULL */
    SPL_VEC(spl_batch *) pending; /* for it: batches of stretches that are done before their turn */
    atomic_bool begun, done, seen;
    bool joins;        /* its fields are among those of the joint scan */
    spl_status status; /* of a failure in the pass, or SPL_OK */
    char message[512];
} job;

typedef struct input_tests { /* of the searches, for one input */
    spl_arena *arena;
    spl_rawtest *tests;
    double *shares;     /* of the events that each lets through, about, by a sample */
    uint32_t n_needles; /* different ones, numbered from 1 */
} input_tests;

typedef struct hunter hunter;

struct spl_hunt {
    spl_search *shared;
    spl_query *query; /* the shared search's */
    spl_arena *arena;
    SPL_VEC(job *) jobs;
    spl_status full; /* why no more could be noted, or SPL_OK */
    /* the pass */
    spl_scan *scan;  /* what the feed wants to know: no filter, any order */
    spl_scan *joint; /* of the jobs that join, or NULL */
    spl_rawtest no_test;
    spl_feed *feed;
    hunter *hunters;
    unsigned n_hunters;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    input_tests *tests; /* one for each input */
    size_t forgotten;   /* those before it */
    bool stopping;
    spl_status status;
    char message[512];
    atomic_ullong bytes;
    uint64_t all_bytes;
};

struct hunter { /* one thread of the pass */
    spl_hunt *hunt;
    spl_worker *worker;
    spl_scan_room *room;
    spl_grams *grams;
    pthread_t thread;
    bool started;
    size_t input;      /* the one it is at */
    uint64_t sequence; /* the stretch that it is at; UINT64_MAX: none any more */
    uint32_t epoch;
    uint32_t *looked; /* by needle: the epoch in which it was looked for … */
    bool *found;      /* … and whether it was there */
    size_t n_looked;
    spl_work work;
    spl_scan_worker *joint; /* made when first needed */
    uint32_t *joined;       /* jobs that read what it gives of the stretch that it is at */
    size_t n_joined;
    uint64_t n_given; /* events of that stretch that it gave them */
    bool apart;       /* it failed: jobs extract for themselves from then on */
    uint32_t *passed; /* jobs whose raw test it passed */
};

spl_hunt *spl_hunt_new(spl_search *shared)
{
    spl_hunt *volatile made = NULL;
    spl_frame frame;

    if (SPL_CATCH(&frame)) return NULL;
    made = SPL_NEW(shared->query.arena, spl_hunt);
    made->shared = shared;
    made->query = &shared->query;
    made->arena = shared->query.arena;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    spl_frame_leave(&frame);
    return made;
}

static void job_close(job *j)
{
    size_t i;

    for (i = 0; i < j->pending.len; i++) spl_batch_free(j->pending.data[i]);
    free(j->pending.data);
    j->pending.data = NULL;
    j->pending.len = j->pending.cap = 0;
    if (j->run) spl_op_close(j->run);
    j->run = j->section = j->fed = NULL;
}

void spl_hunt_drop(spl_hunt *hunt, size_t number)
{
    job *j = number < hunt->jobs.len ? hunt->jobs.data[number] : NULL;

    if (!j || !j->search) return;
    job_close(j);
    j->kind = JOB_OUT;
    spl_search_free(j->search);
    j->search = NULL;
    pthread_mutex_destroy(&j->lock);
}

void spl_hunt_free(spl_hunt *hunt)
{
    size_t i;

    if (!hunt) return;
    for (i = 0; i < hunt->jobs.len; i++) spl_hunt_drop(hunt, i);
    pthread_mutex_destroy(&hunt->lock);
    pthread_cond_destroy(&hunt->changed);
}

/* The plan of the first stage alone, or NULL where it does not say what the search reads. */
static spl_plan *first_stage(spl_search *search)
{
    spl_query *query = &search->query;
    spl_node *only = SPL_NEW(query->arena, spl_node);
    spl_fieldset none;

    if (search->ast->n_kids == 0) return NULL;
    *only = *search->ast;
    only->n_kids = 1;
    if (spl_subsearch_any(only)) return NULL;
    spl_fieldset_init(&none, query->arena, query->fields);
    return spl_plan_bind(query, only, NULL, &none);
}

/* Compiles the job's search, as far as that can be done before the pass. */
static spl_status plan_job(job *j)
{
    spl_search *search = j->search;
    spl_query *query = &search->query;
    spl_frame frame;
    spl_status status;

    if (SPL_CATCH(&frame)) return spl_search_fail(search, &frame);
    if (!spl_search_read(search) || spl_diag_count(query->diag, SPL_ERROR) || !spl_search_open(search)) {
        spl_frame_leave(&frame);
        return SPL_REFUSED;
    }
    if (spl_subsearch_any(search->ast)) {
        j->late = true;
        j->probe = first_stage(search);
        spl_frame_leave(&frame);
        if (spl_diag_count(query->diag, SPL_ERROR)) return SPL_REFUSED;
        j->kind = j->probe && j->probe->section ? JOB_PROBED : JOB_ALONE;
        return SPL_OK;
    }
    spl_frame_leave(&frame);
    status = spl_search_compile(search);
    if (status != SPL_OK) return status;
    if (!search->plan->section) {
        j->kind = JOB_ALONE;
    } else {
        j->kind = search->plan->scan->order == SPL_FEED_ANY ? JOB_SHARED : JOB_PROBED;
    }
    return SPL_OK;
}

spl_status spl_hunt_add(spl_hunt *hunt, const char *name, spl_str text, uint32_t first_line, uint32_t first_column)
{
    spl_frame frame;
    job *j;

    if (hunt->full) return hunt->full; /* else its number would be that of the call before */
    if (SPL_CATCH(&frame)) return hunt->full = frame.status;
    j = SPL_NEW(hunt->arena, job);
    SPL_PUSH(hunt->arena, &hunt->jobs, j);
    spl_frame_leave(&frame);
    j->search = spl_search_new_in(hunt->shared, name, text, first_line, first_column);
    if (!j->search) return SPL_BOUND;
    pthread_mutex_init(&j->lock, NULL);
    j->search->query.late_tests = true;
    j->search->hunted = true;
    j->status = plan_job(j);
    return j->status;
}

/* ---- one search's part ---- */

/* Feeds the blocking op what has its turn: batches of stretches before LIMIT. Under the job's lock. */
static void feed_job(job *j, uint64_t limit)
{
    size_t i, kept = 0, n = j->pending.len, k;

    for (i = 1; i < n; i++) { /* nearly in order, few: by insertion, stable */
        spl_batch *batch = j->pending.data[i];

        for (k = i; k > 0 && j->pending.data[k - 1]->sequence > batch->sequence; k--)
            j->pending.data[k] = j->pending.data[k - 1];
        j->pending.data[k] = batch;
    }
    for (i = 0; i < n; i++) {
        spl_batch *batch = j->pending.data[i];

        j->pending.data[i] = NULL;
        if (batch->sequence >= limit) {
            j->pending.data[kept++] = batch;
        } else if (j->done) {
            spl_batch_free(batch);
        } else if (spl_op_feed(j->fed, batch) == SPL_END) {
            j->done = true;
        }
    }
    j->pending.len = kept;
}

static bool take_batch(void *to, spl_batch *batch)
{
    job *j = to;
    bool kept = true;

    pthread_mutex_lock(&j->lock);
    if (j->pending.len == j->pending.cap) { /* plain memory: a failure must not unwind under the lock */
        size_t cap = j->pending.cap ? j->pending.cap * 2 : 8;
        spl_batch **grown = realloc(j->pending.data, cap * sizeof *grown);

        if (grown) {
            j->pending.data = grown;
            j->pending.cap = cap;
        } else {
            kept = false;
        }
    }
    if (kept) j->pending.data[j->pending.len++] = batch;
    pthread_mutex_unlock(&j->lock);
    if (!kept) {
        spl_batch_free(batch);
        spl_fail(SPL_BOUND, "out of memory for results");
    }
    return !j->done;
}

/* What of the job takes part in the pass. */
static spl_plan *plan_of(const job *j)
{
    return j->probe ? j->probe : j->search ? j->search->plan : NULL;
}

/* Makes the job's running copies, once something may pass. Under its lock. */
static void begin_job(spl_hunt *hunt, job *j)
{
    spl_search *search = j->search;
    spl_plan *plan = plan_of(j);
    spl_op *const *ops;
    const spl_op *sink;
    spl_op *op;

    if (!search->worker) search->worker = spl_worker_new(&search->query, 0);
    if (j->kind == JOB_SHARED) {
        j->run = spl_plan_run(plan, search->worker);
        for (op = j->run; op->input; op = op->input) j->fed = op;
    } else {
        op = j->run = spl_op_copy(plan->section, search->worker, NULL);
    }
    spl_section_ops(op, &ops, &sink);
    if (sink) j->fed = NULL;
    spl_section_share(op, hunt->n_hunters, j->kind == JOB_SHARED ? take_batch : NULL, j);
    j->section = op; /* whole: it can be pushed to, and dropped */
    j->begun = true;
}

static void job_failed(hunter *h, job *j, const spl_frame *frame)
{
    pthread_mutex_lock(&j->lock);
    if (j->section) spl_section_drop(j->section, (unsigned)(h - h->hunt->hunters));
    if (!atomic_load(&h->hunt->query->cancel)) { /* else all of them fail */
        if (!j->status) {
            j->status = frame->status;
            memcpy(j->message, frame->message, sizeof j->message);
        }
        j->done = true;
    }
    pthread_mutex_unlock(&j->lock);
}

/* Sees to it that the job has begun. */
static void start_job(spl_hunt *hunt, job *j)
{
    spl_frame frame;

    if (j->begun) return;
    pthread_mutex_lock(&j->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&j->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    if (!j->begun) begin_job(hunt, j);
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&j->lock);
}

/* The job's part of a stretch that may hold something for it. */
static void run_job(hunter *h, job *j, const spl_work *work)
{
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        job_failed(h, j, &frame);
        return;
    }
    start_job(h->hunt, j);
    if (!spl_section_push(j->section, (unsigned)(h - h->hunt->hunters), work, h->room) && j->kind == JOB_PROBED)
        j->seen = j->done = true;
    spl_frame_leave(&frame);
}

/* One batch of the joint scan for one of the jobs that read it. */
static void run_part(hunter *h, job *j, spl_batch *joint, uint64_t sequence)
{
    spl_frame frame;
    spl_batch *part;

    if (SPL_CATCH(&frame)) {
        job_failed(h, j, &frame);
        return;
    }
    part = spl_scan_part(plan_of(j)->scan, h->worker, joint);
    if (part) {
        start_job(h->hunt, j);
        if (!spl_section_push_batch(j->section, (unsigned)(h - h->hunt->hunters), part, sequence) &&
            j->kind == JOB_PROBED)
            j->seen = j->done = true;
    }
    spl_frame_leave(&frame);
}

/* A batch of the joint scan, for all that read it. */
static bool run_parts(void *to, spl_batch *joint)
{
    hunter *h = to;
    bool wanted = false;

    for (size_t i = 0; i < h->n_joined; i++) {
        job *j = h->hunt->jobs.data[h->joined[i]];

        if (j->done) continue;
        run_part(h, j, joint, h->work.sequence);
        wanted |= !j->done;
    }
    h->n_given += joint->rows;
    spl_batch_free(joint);
    spl_query_poll(h->hunt->query);
    return wanted;
}

static void feed_one(hunter *h, job *j, uint64_t limit)
{
    spl_frame frame;

    pthread_mutex_lock(&j->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&j->lock);
        job_failed(h, j, &frame);
        return;
    }
    if (j->pending.len) feed_job(j, limit);
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&j->lock);
}

/* Lets the blocking ops have what is in order now. */
static void feed_jobs(hunter *h, uint64_t limit)
{
    spl_hunt *hunt = h->hunt;
    size_t i;

    for (i = 0; i < hunt->jobs.len; i++) {
        job *j = hunt->jobs.data[i];

        if (j->kind == JOB_SHARED && j->begun && j->fed) feed_one(h, j, limit);
    }
}

/* ---- the pass ---- */

/* How many events SAMPLE has, going by a stretch of the same input. */
static double events_in(const spl_work *work, spl_str sample)
{
    spl_str text = spl_str_sub(work->text, 0, SAMPLE);
    size_t begin, end, n = 0;
    spl_walk walk;

    if (!text.len) return 1;
    if (work->cuts) return (double)work->n_cuts / (double)work->text.len * (double)sample.len;
    spl_walk_init_known(&walk, NULL, work->input, text, false);
    while (spl_walk_next(&walk, &begin, &end)) n++;
    return (double)n / (double)text.len * (double)sample.len;
}

/* The part of events that a test lets through, if its rarest literals stand in N_EVENTS of a sample once each. */
static double share_of(const spl_rawtest *test, double n_events)
{
    if (!test->count || (double)test->clauses[0].seen >= n_events) return 1;
    return (double)test->clauses[0].seen / n_events;
}

static void draw_tests(spl_hunt *hunt, const spl_work *work)
{
    size_t number = work->input->number;
    input_tests *it = &hunt->tests[number];
    spl_input *input = spl_dataset_at(hunt->query->data, number);
    spl_arena *arena = spl_arena_new(hunt->query->account);
    spl_map known = spl_map_in(arena);
    SPL_VEC(size_t) counts = {0};
    spl_grams *grams = spl_grams_new(arena);
    spl_str sample = spl_str_sub(spl_input_map(input), 0, SAMPLE);
    spl_buf key = spl_buf_in(arena);
    spl_rawtest *tests;
    size_t i, k, n;
    double n_events;
    struct spl_ways *ways = NULL;

    it->arena = arena;
    spl_grams_of(grams, sample);
    SPL_PUSH(arena, &counts, 0);
    tests = SPL_NEW_ARRAY(arena, hunt->jobs.len, spl_rawtest);
    it->shares = SPL_NEW_ARRAY(arena, hunt->jobs.len, double);
    n_events = events_in(work, sample);
    for (i = 0; i < hunt->jobs.len; i++) {
        job *j = hunt->jobs.data[i];
        const spl_plan *plan = plan_of(j);

        if ((j->kind != JOB_SHARED && j->kind != JOB_PROBED) || j->done) continue;
        assert(plan); /* of these kinds of jobs */
        spl_rawtest_draw(&tests[i], arena, spl_scan_testable(plan->scan, number), input, &j->search->query, &ways);
        for (k = 0; k < tests[i].count; k++) {
            spl_rawtest_clause *clause = &tests[i].clauses[k];

            for (n = 0; n < clause->count; n++) {
                spl_needle *needle = &clause->needles[n];
                bool made;
                spl_map_entry *entry;

                spl_buf_clear(&key);
                spl_buf_char(&key, needle->fold ? 'f' : 'c');
                spl_buf_add(&key, needle->text);
                entry = spl_map_find(&known, spl_buf_str(&key));
                if (!entry) {
                    entry = spl_map_put(&known, spl_str_copy(arena, spl_buf_str(&key)), &made);
                    entry->value = (void *)(uintptr_t)counts.len;
                    SPL_PUSH(arena, &counts, spl_grams_may_have(grams, needle) ? spl_needle_count(needle, sample) : 0);
                }
                needle->id = (uint32_t)(uintptr_t)entry->value;
                clause->seen += counts.data[needle->id];
            }
        }
        spl_rawtest_rank(&tests[i]);
        it->shares[i] = share_of(&tests[i], n_events);
    }
    it->n_needles = (uint32_t)counts.len;
    it->tests = tests; /* all of them, or none */
}

static void forget_tests(spl_hunt *hunt)
{
    size_t i, first = SIZE_MAX;

    for (i = 0; i < hunt->n_hunters; i++) first = hunt->hunters[i].input < first ? hunt->hunters[i].input : first;
    while (hunt->forgotten < first && hunt->forgotten < hunt->scan->n_inputs) {
        spl_arena_free(hunt->tests[hunt->forgotten].arena);
        hunt->tests[hunt->forgotten++] = (input_tests){0};
    }
}

/* The tests of the input that the hunter comes to; those that nobody needs any more are forgotten. */
static const input_tests *tests_of(hunter *h, size_t input)
{
    spl_hunt *hunt = h->hunt;
    const input_tests *it = &hunt->tests[input];
    spl_frame frame;

    pthread_mutex_lock(&hunt->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&hunt->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    if (h->input != input) {
        h->input = input;
        forget_tests(hunt);
    }
    if (!it->tests) draw_tests(hunt, &h->work);
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&hunt->lock);
    return it;
}

static bool needle_there(hunter *h, const spl_needle *needle, spl_str text)
{
    if (h->looked[needle->id] != h->epoch) {
        h->looked[needle->id] = h->epoch;
        h->found[needle->id] =
            spl_grams_may_have(h->grams, needle) && spl_needle_find(needle, text.data, text.data + text.len) != NULL;
    }
    return h->found[needle->id];
}

static bool may_pass(hunter *h, const spl_rawtest *test, spl_str text)
{
    size_t i, k;

    for (i = 0; i < test->count; i++) {
        const spl_rawtest_clause *clause = &test->clauses[i];

        for (k = 0; k < clause->count && !needle_there(h, &clause->needles[k], text); k++) {
        }
        if (k == clause->count) return false;
    }
    return true;
}

/* The events of a stretch with all that the jobs which join want of them, extracted once. Where that fails, by what one
 * of them wants, each takes the rest of the stretch by itself, and the one that wants it fails alone. */
static void hunt_joint(hunter *h, const spl_work *work)
{
    spl_work all = *work;
    spl_frame frame;

    all.test = &h->hunt->no_test;
    h->n_given = 0;
    if (SPL_CATCH(&frame)) {
        spl_query_poll(h->hunt->query); /* fails where all are to */
        h->apart = true;
        all.skip = h->n_given;
        for (size_t i = 0; i < h->n_joined; i++) {
            job *j = h->hunt->jobs.data[h->joined[i]];

            if (!j->done) run_job(h, j, &all);
        }
        return;
    }
    if (!h->joint) h->joint = spl_scan_worker_new(h->hunt->joint, h->worker, h->room);
    spl_scan_unit(h->joint, &all, run_parts, h);
    spl_frame_leave(&frame);
}

static void hunt_text(hunter *h, const input_tests *it, spl_work *work)
{
    spl_hunt *hunt = h->hunt;
    double shares = 0;
    size_t i, n = 0;

    spl_grams_of(h->grams, work->text);
    h->epoch++;
    h->n_joined = 0;
    for (i = 0; i < hunt->jobs.len; i++) {
        job *j = hunt->jobs.data[i];

        if ((j->kind != JOB_SHARED && j->kind != JOB_PROBED) || j->done) continue;
        if (!work->hides && !may_pass(h, &it->tests[i], work->text)) continue;
        h->passed[n++] = (uint32_t)i;
        if (j->joins) shares += work->hides ? 1 : it->shares[i];
    }
    for (i = 0; i < n; i++) {
        job *j = hunt->jobs.data[h->passed[i]];

        work->test = &it->tests[h->passed[i]];
        if (!h->apart && shares >= JOIN_SHARES && j->joins && (work->hides || it->shares[h->passed[i]] >= JOIN_SHARE)) {
            h->joined[h->n_joined++] = h->passed[i];
        } else {
            run_job(h, j, work);
        }
    }
    if (h->n_joined) hunt_joint(h, work);
    spl_query_poll(hunt->query);
}

/* One stretch for all. Where an escape hides in it, events are looked at one by one: then the stretch is divided, so
 * that only the parts that have one are. */
static void hunt_stretch(hunter *h)
{
    spl_work *work = &h->work, part;
    const spl_input *input = work->input;
    const input_tests *it = tests_of(h, input->number);
    size_t at, end;

    if (h->n_looked < it->n_needles) {
        h->n_looked = it->n_needles * 2;
        h->looked = SPL_NEW_ARRAY(h->worker->arena, h->n_looked, uint32_t);
        h->found = SPL_NEW_ARRAY(h->worker->arena, h->n_looked, bool);
        h->epoch = 0;
    }
    work->hides = spl_rawtest_hides(input, work->text);
    if (!work->hides || work->cuts) {
        hunt_text(h, it, work);
        return;
    }
    part = *work;
    for (at = 0; at < work->text.len; at = end) {
        end = at + HIDING_STRETCH;
        end = end >= work->text.len ? work->text.len : spl_input_resync(input, work->text, end);
        if (end <= at) end = work->text.len;
        part.text = spl_str_sub(work->text, at, end);
        part.base = work->base + at;
        part.hides = spl_rawtest_hides(input, part.text);
        hunt_text(h, it, &part);
    }
}

static uint64_t turn(spl_hunt *hunt)
{
    uint64_t first = UINT64_MAX;
    unsigned i;

    for (i = 0; i < hunt->n_hunters; i++) first = hunt->hunters[i].sequence < first ? hunt->hunters[i].sequence : first;
    return first;
}

/* Takes a stretch. The feed gives them out in order, and no hunter begins one while another's taking is not noted. */
static bool hunter_take(hunter *h)
{
    spl_hunt *hunt = h->hunt;
    spl_frame frame;

    pthread_mutex_lock(&hunt->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&hunt->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    if (hunt->stopping || !spl_feed_take(hunt->feed, h->worker, &h->work)) {
        h->sequence = UINT64_MAX;
    } else {
        h->sequence = h->work.sequence;
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&hunt->lock);
    return h->sequence != UINT64_MAX;
}

static void hunter_work(hunter *h)
{
    spl_hunt *hunt = h->hunt;
    uint64_t limit;

    h->room = spl_scan_room_new(h->worker->arena);
    h->grams = spl_grams_new(h->worker->arena);
    h->joined = SPL_NEW_ARRAY(h->worker->arena, hunt->jobs.len, uint32_t);
    h->passed = SPL_NEW_ARRAY(h->worker->arena, hunt->jobs.len, uint32_t);
    while (hunter_take(h)) {
        hunt_stretch(h);
        atomic_fetch_add_explicit(&hunt->bytes, h->work.text.len, memory_order_relaxed);
        spl_work_release(&h->work);
        pthread_mutex_lock(&hunt->lock);
        h->sequence++; /* what it did is in; the next one that it takes is later */
        limit = turn(hunt);
        pthread_mutex_unlock(&hunt->lock);
        feed_jobs(h, limit);
    }
}

static void *hunter_main(void *arg)
{
    hunter *h = arg;
    spl_hunt *hunt = h->hunt;
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        spl_feed_failed(hunt->feed, h->worker);
        spl_work_release(&h->work);
        pthread_mutex_lock(&hunt->lock);
        if (!hunt->status) {
            hunt->status = frame.status;
            memcpy(hunt->message, frame.message, sizeof hunt->message);
        }
        hunt->stopping = true;
        pthread_mutex_unlock(&hunt->lock);
    } else {
        if (!h->worker) h->worker = spl_worker_new(hunt->query, (unsigned)(h - hunt->hunters));
        hunter_work(h);
        spl_frame_leave(&frame);
    }
    pthread_mutex_lock(&hunt->lock);
    h->input = SIZE_MAX;
    h->sequence = UINT64_MAX;
    pthread_mutex_unlock(&hunt->lock);
    return NULL;
}

/* Finds out which jobs can read a joint scan: those that want fields by their names. */
static void join(spl_hunt *hunt)
{
    spl_scan **scans = SPL_NEW_ARRAY(hunt->arena, hunt->jobs.len, spl_scan *);
    size_t n = 0;

    for (size_t i = 0; i < hunt->jobs.len; i++) {
        job *j = hunt->jobs.data[i];
        spl_scan *scan = (j->kind == JOB_SHARED || j->kind == JOB_PROBED) ? plan_of(j)->scan : NULL;

        if (!scan || !spl_fieldset_finite(&scan->all)) continue;
        j->joins = true;
        scans[n++] = scan;
    }
    if (n > JOIN_SHARES) {
        hunt->joint = spl_scan_joint(hunt->query, scans, n);
    } else {
        for (size_t i = 0; i < hunt->jobs.len; i++) hunt->jobs.data[i]->joins = false;
    }
}

/* What the joint scan cut holds for those that may have read of it. */
static void note_joint(const spl_hunt *hunt)
{
    for (size_t i = 0; i < hunt->jobs.len; i++) {
        const job *j = hunt->jobs.data[i];

        if (j->joins && j->begun) plan_of(j)->scan->whole = hunt->joint;
    }
}

static void pass(spl_hunt *hunt)
{
    spl_query *query = hunt->query;
    bool any = false, started = false;
    size_t i, n = query->data ? spl_dataset_len(query->data) : 0;
    unsigned k;

    for (i = 0; i < hunt->jobs.len; i++) {
        job_kind kind = hunt->jobs.data[i]->kind;

        any |= kind == JOB_SHARED || kind == JOB_PROBED;
    }
    if (!any || !n) return;
    for (i = 0; i < n; i++) hunt->all_bytes += spl_input_map(spl_dataset_at(query->data, i)).len; /* spools a pipe */
    hunt->scan = SPL_NEW(hunt->arena, spl_scan);
    hunt->scan->query = query;
    hunt->scan->order = SPL_FEED_ANY;
    hunt->scan->n_inputs = n;
    hunt->scan->blocks = spl_blocks_new(hunt->arena);
    join(hunt);
    hunt->tests = SPL_NEW_ARRAY(hunt->arena, n, input_tests);
    hunt->hunters = SPL_NEW_ARRAY(hunt->arena, query->threads, hunter);
    hunt->n_hunters = query->threads;
    hunt->feed = spl_feed_new(hunt->scan, hunt->arena);
    for (k = 0; k < hunt->n_hunters; k++) hunt->hunters[k].hunt = hunt;
    for (k = 0; k < hunt->n_hunters; k++) {
        hunter *h = &hunt->hunters[k];

        h->started = pthread_create(&h->thread, NULL, hunter_main, h) == 0;
        started |= h->started;
        if (h->started) continue;
        pthread_mutex_lock(&hunt->lock);
        h->input = SIZE_MAX;
        h->sequence = UINT64_MAX;
        pthread_mutex_unlock(&hunt->lock);
    }
    for (k = 0; k < hunt->n_hunters; k++) {
        if (hunt->hunters[k].started) pthread_join(hunt->hunters[k].thread, NULL);
    }
    spl_feed_free(hunt->feed);
    if (!started) spl_fail(SPL_BOUND, "no thread could be started");
    note_joint(hunt);
    if (!hunt->status) feed_jobs(&hunt->hunters[0], UINT64_MAX);
    for (i = 0; i < n; i++) {
        if (hunt->tests[i].arena) spl_arena_free(hunt->tests[i].arena);
    }
    for (k = 0; k < hunt->n_hunters; k++) spl_worker_free(hunt->hunters[k].worker);
    if (hunt->status) spl_fail(hunt->status, "%s", hunt->message);
}

spl_status spl_hunt_pass(spl_hunt *hunt)
{
    spl_frame frame;

    if (SPL_CATCH(&frame)) return spl_search_fail(hunt->shared, &frame);
    if (hunt->full) spl_fail(hunt->full, "out of memory for so many searches");
    pass(hunt);
    spl_frame_leave(&frame);
    return SPL_OK;
}

/* ---- afterwards ---- */

spl_search *spl_hunt_at(spl_hunt *hunt, size_t number)
{
    return number < hunt->jobs.len ? hunt->jobs.data[number]->search : NULL;
}

/* The rest of the job's chain is ready to be pulled. */
static void ready(spl_hunt *hunt, job *j)
{
    spl_search *search = j->search;

    search->ran = true;
    if (j->kind == JOB_SHARED || (j->kind == JOB_PROBED && !j->seen && !j->late)) {
        if (j->kind == JOB_PROBED && j->run) {
            spl_op_close(j->run);
            j->run = NULL;
            j->begun = false;
        }
        if (!j->begun) {
            j->kind = JOB_SHARED; /* nothing passed: its section has no rows */
            if (!hunt->n_hunters) hunt->n_hunters = 1;
            begin_job(hunt, j);
        }
        spl_section_shared(j->section);
        if (j->fed) spl_op_fed(j->fed);
        search->run = j->run;
        j->run = NULL;
        return;
    }
    if (!search->worker) search->worker = spl_worker_new(&search->query, 0);
    search->run = spl_plan_run(search->plan, search->worker);
    if (j->late && j->kind == JOB_PROBED && !j->seen && search->plan->section) {
        spl_op *op = search->run;

        while (op->input) op = op->input;
        if (spl_section_scan(op)) spl_section_share(op, 1, NULL, NULL);
    }
}

spl_status spl_hunt_begin(spl_hunt *hunt, size_t number)
{
    job *j = hunt->jobs.data[number];
    spl_search *search = j->search;
    spl_frame frame;
    spl_status status;

    if (SPL_CATCH(&frame)) return spl_search_fail(search, &frame);
    if (j->status) spl_fail(j->status, "%s", j->message);
    if (j->kind == JOB_PROBED && j->seen && j->run) {
        spl_op_close(j->run);
        j->run = NULL;
    }
    if (j->late) {
        status = spl_search_compile(search);
        if (status != SPL_OK) {
            spl_frame_leave(&frame);
            return status;
        }
    }
    ready(hunt, j);
    spl_frame_leave(&frame);
    return SPL_OK;
}

bool spl_hunt_progress(const spl_hunt *hunt, uint64_t *done, uint64_t *all)
{
    *done = atomic_load_explicit(&((spl_hunt *)hunt)->bytes, memory_order_relaxed);
    *all = hunt->all_bytes;
    return *all > 0;
}
