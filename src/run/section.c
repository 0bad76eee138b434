/* section.c -- the part of a pipeline that runs on all cores: the scan, the streaming stages behind it and, where the
 * next one can gather in parts (stats), its gathering.
 *
 * Each worker has its own copies of the ops. It takes a piece of work from the feed and pushes the batches that come of
 * it through its copies. Without a sink the results of a piece go into a slot of a ring under the piece's sequence
 * number, and the consumer takes the slots in order, so that rows come out as if one thread had made them; a worker
 * does not run further ahead than the ring is long, at first not further than the other workers: head may want no more.
 * With a sink each worker gathers, and at the end all parts merge into the first. A worker that fails stops the others;
 * the consumer fails with its status and words. */
#include "base/clock.h"
#include "run/scan.h"
#include "knowledge/graph.h"
#include "knowledge/indexing.h"

#include <stdlib.h>
#include <time.h>

enum { RING = 16 };

typedef struct slot {
    bool done;
    SPL_VEC(spl_batch *) batches;
    size_t given;
} slot;

typedef struct section section;

typedef struct lane { /* one worker */
    section *of;
    spl_worker *worker;
    spl_op **ops; /* copies of the streaming templates */
    spl_op *sink;
    spl_scan_worker *scan;
    pthread_t thread;
    bool started;
    bool finished; /* the sink, or who takes what comes of a shared pass, wants no more */
    spl_work work;
    slot *to;
    double busy, pushing; /* seconds with work, and of these behind the scan */
    spl_batch *held;      /* being worked on: freed when the worker fails */
} lane;

struct section {
    spl_op base;
    spl_scan *scan;
    spl_op **ops;
    size_t n_ops;
    spl_op *sink;
    /* running */
    bool running, merged;
    spl_op *whole;                            /* the worker's sink that the others were merged into */
    bool shared;                              /* work comes from outside */
    bool (*give)(void *to, spl_batch *batch); /* of a shared one without a sink */
    void *give_to;
    spl_feed *feed;
    lane *lanes;
    unsigned n_lanes;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    slot ring[RING];
    uint64_t next; /* sequence number that the consumer waits for */
    unsigned live; /* workers that still run */
    bool stopping;
    spl_status status; /* of the first worker that failed */
    char message[512];
};

/* One batch through the lane's ops, into the sink or the slot. Owns the batch. False: no more is wanted. */
static bool push(lane *self, spl_batch *batch)
{
    section *s = self->of;
    size_t i;
    spl_op *op;
    double begin;
    spl_status status;

    for (i = 0; i < s->n_ops; i++) {
        op = self->ops[i];
        begin = spl_clock_seconds();
        spl_op_count_in(op, batch);
        op->row_count += spl_batch_rows(batch);
        self->held = batch;
        spl_eval_on(op->ev, op->query, op->worker, batch);
        spl_op_map(op, &batch);
        self->held = batch;
        op->stats.seconds += spl_clock_seconds() - begin;
        if (!batch || spl_batch_rows(batch) == 0) {
            spl_batch_free(batch);
            self->held = NULL;
            return true;
        }
        op->stats.rows_out += spl_batch_rows(batch);
    }
    self->held = batch;
    if (self->sink) {
        op = self->sink;
        begin = spl_clock_seconds();
        spl_eval_on(op->ev, op->query, op->worker, batch);
        spl_op_count_in(op, batch);
        status = op->command->gather(op, batch);
        op->row_count += spl_batch_rows(batch);
        op->stats.seconds += spl_clock_seconds() - begin;
        spl_batch_free(batch);
        self->held = NULL;
        if (status == SPL_END) self->finished = true;
        return status != SPL_END;
    }
    if (s->shared) {
        batch->sequence = self->work.sequence;
        self->held = NULL;
        if (s->give && s->give(s->give_to, batch)) return true;
        if (!s->give) spl_batch_free(batch);
        self->finished = true;
        return false;
    }
    pthread_mutex_lock(&s->lock);
    batch->sequence = self->work.sequence;
    if (self->to->batches.len == self->to->batches.cap) { /* plain memory: a failure must not unwind under the lock */
        size_t cap = self->to->batches.cap ? self->to->batches.cap * 2 : 8;
        spl_batch **grown = realloc(self->to->batches.data, cap * sizeof *grown);

        if (!grown) {
            pthread_mutex_unlock(&s->lock);
            spl_fail(SPL_BOUND, "out of memory for results");
        }
        self->to->batches.data = grown;
        self->to->batches.cap = cap;
    }
    self->to->batches.data[self->to->batches.len++] = batch;
    self->held = NULL;
    if (self->work.sequence == s->next) pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return true;
}

static bool lane_push(void *to, spl_batch *batch)
{
    lane *self = to;
    double begin = spl_clock_seconds();
    bool go_on = push(self, batch);

    self->pushing += spl_clock_seconds() - begin;
    return go_on;
}

/* How many slots beyond the one that the consumer waits for may be worked on. */
static uint64_t slots_ahead(const section *s)
{
    uint64_t begun = s->next + s->n_lanes;

    return begun < RING ? begun : RING;
}

static void lane_work(lane *self)
{
    section *s = self->of;
    bool go_on = true;

    self->scan = spl_scan_worker_new(s->scan, self->worker, NULL);
    while (go_on && !self->finished && spl_feed_take(s->feed, self->worker, &self->work)) {
        if (!s->sink) {
            pthread_mutex_lock(&s->lock);
            while (!s->stopping && self->work.sequence >= s->next + slots_ahead(s))
                pthread_cond_wait(&s->changed, &s->lock);
            go_on = !s->stopping;
            self->to = &s->ring[self->work.sequence % RING];
            pthread_mutex_unlock(&s->lock);
        }
        self->busy -= spl_clock_seconds();
        if (go_on) spl_scan_unit(self->scan, &self->work, lane_push, self);
        self->busy += spl_clock_seconds();
        if (!s->sink) {
            pthread_mutex_lock(&s->lock);
            if (go_on) self->to->done = true;
            pthread_cond_broadcast(&s->changed);
            go_on = !s->stopping;
            pthread_mutex_unlock(&s->lock);
        }
        spl_work_release(&self->work);
    }
}

static void lane_open(lane *self)
{
    section *s = self->of;
    size_t i;

    self->worker = spl_worker_new(s->base.query, (unsigned)(self - s->lanes));
    self->ops = SPL_NEW_ARRAY(self->worker->arena, s->n_ops, spl_op *);
    for (i = 0; i < s->n_ops; i++) self->ops[i] = spl_op_copy(s->ops[i], self->worker, NULL);
    if (s->sink) self->sink = spl_op_copy(s->sink, self->worker, NULL);
}

static void *lane_main(void *arg)
{
    lane *self = arg;
    section *s = self->of;
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        spl_feed_failed(s->feed, self->worker);
        pthread_mutex_lock(&s->lock);
        if (!s->status && !s->stopping) {
            s->status = frame.status;
            memcpy(s->message, frame.message, sizeof s->message);
        }
        s->stopping = true;
        pthread_mutex_unlock(&s->lock);
        spl_batch_free(self->held);
        self->held = NULL;
        spl_work_release(&self->work);
    } else {
        if (!self->worker) lane_open(self);
        lane_work(self);
        spl_frame_leave(&frame);
    }
    pthread_mutex_lock(&s->lock);
    s->live--;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void add_stats(spl_op_stats *to, const spl_op_stats *from)
{
    to->rows_in += from->rows_in;
    to->rows_out += from->rows_out;
    to->looked += from->looked;
    to->seen |= from->seen;
    to->seconds += from->seconds;
}

/* What of the events was cut, divided or passed over. */
typedef struct cuts {
    bool truncated, split, rules, kv, days;
} cuts;

static cuts cuts_of(const spl_scan *scan)
{
    cuts of = {.truncated = atomic_load(&scan->truncated),
               .split = atomic_load(&scan->split),
               .rules = scan->indexing && spl_indexing_cut(scan->indexing),
               .kv = (scan->for_filter && spl_graph_kv_cut(scan->for_filter)) ||
                     (scan->for_all && spl_graph_kv_cut(scan->for_all)),
               .days = atomic_load(&scan->out_of_days)};

    if (scan->whole) {
        cuts whole = cuts_of(scan->whole);

        of.truncated |= whole.truncated;
        of.split |= whole.split;
        of.rules |= whole.rules;
        of.kv |= whole.kv;
        of.days |= whole.days;
    }
    return of;
}

static void tell_cuts(const section *s)
{
    spl_diag *diag = s->base.query->diag;
    cuts of = cuts_of(s->scan);

    if (of.truncated) {
        if (s->base.query->limits.splunk) {
            spl_warning(diag, (spl_span){0}, "limit",
                        "lines of events were cut at 10,000 bytes, or where an app says so "
                        "(TRUNCATE)");
            spl_hint(diag, "Without --limits splunk they stay whole, unless an app cuts them.");
        } else {
            spl_warning(diag, (spl_span){0}, "limit", "lines of events were cut where an app says so (TRUNCATE)");
            spl_hint(diag, "spl explain tells which setting it is; TRUNCATE = 0 cuts nothing.");
        }
    }
    if (of.split) {
        spl_warning(diag, (spl_span){0}, "limit", "events were divided after 256 lines (MAX_EVENTS)");
        spl_hint(diag, "Without --limits splunk they stay whole.");
    }
    if (of.rules)
        spl_warning(diag, (spl_span){0}, "limit",
                    "rules for index time looked at the first 4,096 bytes of events (LOOKAHEAD) and found nothing");
    if (of.kv) {
        spl_warning(diag, (spl_span){0}, "limit",
                    "automatic extraction left fields out: it looks at the first %llu bytes of an event (JSON and XML: "
                    "%llu) and gives %llu fields",
                    (unsigned long long)s->base.query->limits.kv_bytes,
                    (unsigned long long)s->base.query->limits.spath_bytes,
                    (unsigned long long)s->base.query->limits.kv_fields);
        spl_hint(diag, "limits.conf of an app sets [kv] maxchars and limit, [spath] extraction_cutoff; without "
                       "--limits splunk there is no bound.");
    }
    if (of.days) {
        spl_warning(diag, (spl_span){0}, "limit",
                    "time stamps outside of what an app allows were passed over (MAX_DAYS_AGO, MAX_DAYS_HENCE)");
        spl_hint(diag, "Their events have the time of their file.");
    }
}

static void add_up(section *s);

/* Stops and joins the workers. */
static void section_join(section *s)
{
    unsigned i;

    if (!s->running) return;
    s->running = false;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    spl_feed_stop(s->feed);
    for (i = 0; i < s->n_lanes; i++) {
        lane *l = &s->lanes[i];

        if (l->started) pthread_join(l->thread, NULL);
    }
    add_up(s);
    tell_cuts(s);
    spl_feed_free(s->feed);
}

/* Adds up what the workers' ops counted. */
static void add_up(section *s)
{
    unsigned i;
    size_t j;

    for (i = 0; i < s->n_lanes; i++) { /* the templates are copied by workers until all of them have ended */
        lane *l = &s->lanes[i];

        s->scan->seconds += l->busy - l->pushing;
        for (j = 0; l->ops && j < s->n_ops; j++) {
            if (l->ops[j]) add_stats(&s->ops[j]->stats, &l->ops[j]->stats);
        }
        if (l->sink) add_stats(&s->sink->stats, &l->sink->stats);
    }
}

static void section_stop(void *ptr)
{
    section_join(ptr);
}

static void tell_size(spl_scan *scan)
{
    uint64_t size = 0;
    size_t i;

    for (i = 0; i < scan->n_inputs; i++) {
        spl_input *input = spl_dataset_at(scan->query->data, i);

        if (spl_input_is_pipe(input)) return;
        size += spl_input_map(input).len;
    }
    scan->size = size;
}

static void section_start(section *s)
{
    unsigned i;

    spl_scan_draw(s->scan);
    tell_size(s->scan);
    s->lanes = SPL_NEW_ARRAY(s->base.state, s->base.query->threads, lane);
    s->feed = spl_feed_new(s->scan, s->base.state);
    s->n_lanes = s->live = s->base.query->threads;
    s->running = true; /* from here on there is something to stop, before the feed is closed */
    spl_arena_defer(s->base.state, section_stop, s);
    for (i = 0; i < s->n_lanes; i++) s->lanes[i].of = s;
    for (i = 0; i < s->n_lanes; i++) {
        lane *l = &s->lanes[i];

        if (pthread_create(&l->thread, NULL, lane_main, l) == 0) {
            l->started = true;
            continue;
        }
        pthread_mutex_lock(&s->lock);
        s->live--;
        if (s->live == 0 && !s->status) {
            s->status = SPL_BOUND;
            memcpy(s->message, "no thread could be started", sizeof "no thread could be started");
        }
        pthread_mutex_unlock(&s->lock);
    }
}

static void section_release(section *s)
{
    unsigned i;
    size_t j;

    for (i = 0; i < RING; i++) {
        slot *sl = &s->ring[i];

        for (j = sl->given; j < sl->batches.len; j++) spl_batch_free(sl->batches.data[j]);
        free(sl->batches.data);
        *sl = (slot){0};
    }
    for (i = 0; i < s->n_lanes; i++) {
        lane *l = &s->lanes[i];

        for (j = 0; l->ops && j < s->n_ops; j++) {
            if (l->ops[j]) spl_op_close(l->ops[j]);
        }
        if (l->sink) spl_op_close(l->sink);
        spl_worker_free(l->worker);
    }
    s->n_lanes = 0;
}

/* The next batch in order from the ring. */
static spl_status take_slot(section *s, spl_batch **batch)
{
    slot *sl;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        if (s->status) break;
        sl = &s->ring[s->next % RING];
        if (sl->given < sl->batches.len) {
            *batch = sl->batches.data[sl->given++];
            pthread_mutex_unlock(&s->lock);
            return SPL_OK;
        }
        if (sl->done) {
            sl->done = false;
            sl->given = sl->batches.len = 0;
            s->next++;
            pthread_cond_broadcast(&s->changed);
            continue;
        }
        if (s->live == 0) break;
        pthread_cond_wait(&s->changed, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return SPL_END;
}

static void wait_for_all(section *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->live > 0) pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static spl_status section_next(spl_op *op, spl_batch **batch)
{
    section *s = (section *)op;
    spl_status status;
    spl_op *into, *part;
    unsigned i;

    if (!s->running && !s->merged && !s->shared) section_start(s);
    if (s->sink) {
        if (!s->merged && !s->shared) {
            wait_for_all(s);
            section_join(s);
            if (s->status) spl_fail(s->status, "%s", s->message);
        }
        if (!s->merged) {
            for (i = 0; i < s->n_lanes; i++) {
                part = s->lanes[i].sink; /* NULL: its thread could not be started */
                if (part && s->whole) {
                    s->sink->command->merge(s->whole, part);
                    s->whole->row_count += part->row_count;
                } else if (part) {
                    s->whole = part;
                }
            }
            if (s->shared && !s->whole) { /* nothing was pushed to it */
                lane_open(&s->lanes[0]);
                s->whole = s->lanes[0].sink;
            }
            s->merged = true;
        }
        into = s->whole;
        if (!into) return SPL_END;
        do {
            status = into->command->emit(into, batch);
        } while (status == SPL_OK && spl_batch_rows(*batch) == 0 && (spl_batch_free(*batch), true));
        if (status == SPL_OK) s->sink->stats.rows_out += spl_batch_rows(*batch);
        return status;
    }
    if (s->shared) return SPL_END; /* what there was has been given already */
    status = take_slot(s, batch);
    if (status == SPL_END) {
        section_join(s);
        s->merged = true;
        if (s->status) spl_fail(s->status, "%s", s->message);
    }
    return status;
}

static void section_shut(void *ptr)
{
    section *s = ptr;

    section_join(s);
    section_release(s);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
}

static void section_open(spl_op *op)
{
    section *s = (section *)op;

    s->running = s->merged = s->stopping = s->shared = false;
    s->status = SPL_OK;
    s->whole = NULL;
    s->next = 0;
    s->n_lanes = 0;
    memset(s->ring, 0, sizeof s->ring);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    spl_arena_defer(op->state, section_shut, s); /* closes and failures alike */
}

static const spl_command section_command = {
    .name = "section",
    .summary = "Reads events and runs what follows on all cores.",
    .traits = SPL_GENERATES,
    .op_size = sizeof(section),
    .open = section_open,
    .next = section_next,
};

spl_op *spl_section_new(const spl_query *query, spl_scan *scan, spl_op **ops, size_t n_ops, spl_op *sink)
{
    section *s = SPL_NEW(query->arena, section);

    s->base.command = &section_command;
    s->base.query = query;
    s->base.stage = scan->stage;
    s->scan = scan;
    s->ops = ops;
    s->n_ops = n_ops;
    s->sink = sink;
    return &s->base;
}

void spl_section_share(spl_op *op, unsigned lanes, bool (*give)(void *to, spl_batch *batch), void *to)
{
    section *s = (section *)op;
    unsigned i;

    s->shared = true;
    s->give = give;
    s->give_to = to;
    s->lanes = SPL_NEW_ARRAY(op->state, lanes, lane);
    s->n_lanes = lanes;
    for (i = 0; i < lanes; i++) s->lanes[i].of = s;
}

bool spl_section_push(spl_op *op, unsigned number, const spl_work *work, const spl_scan_room *room)
{
    section *s = (section *)op;
    lane *self = &s->lanes[number];

    if (self->finished) return false;
    if (!self->worker) lane_open(self);
    if (!self->scan) self->scan = spl_scan_worker_new(s->scan, self->worker, room);
    self->work = *work;
    self->busy -= spl_clock_seconds();
    spl_scan_unit(self->scan, &self->work, lane_push, self);
    self->busy += spl_clock_seconds();
    return !self->finished;
}

bool spl_section_push_batch(spl_op *op, unsigned number, spl_batch *batch, uint64_t sequence)
{
    section *s = (section *)op;
    lane *self = &s->lanes[number];

    self->held = batch; /* freed when this fails */
    if (!self->finished) {
        if (!self->worker) lane_open(self);
        self->work.sequence = sequence;
        push(self, batch);
    } else {
        spl_batch_free(batch);
        self->held = NULL;
    }
    return !self->finished;
}

void spl_section_drop(spl_op *op, unsigned number)
{
    section *s = (section *)op;

    spl_batch_free(s->lanes[number].held);
    s->lanes[number].held = NULL;
    s->lanes[number].finished = true;
}

void spl_section_shared(spl_op *op)
{
    section *s = (section *)op;

    add_up(s);
    tell_cuts(s);
}

const spl_scan *spl_section_scan(const spl_op *op)
{
    return op->command == &section_command ? ((const section *)op)->scan : NULL;
}

size_t spl_section_ops(const spl_op *op, spl_op *const **ops, const spl_op **sink)
{
    const section *s = (const section *)op;

    *ops = s->ops;
    *sink = s->sink;
    return s->n_ops;
}
