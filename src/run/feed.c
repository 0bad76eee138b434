/* feed.c -- in which order the input is looked at.
 *
 * Any order, or the order given: stretches of a mapped file, or blocks of a pipe, cut at event borders one after the
 * other, so that an event of any length is looked for once.
 *
 * Newest first: one pass on all threads notes for each stretch of about a megabyte the newest and the oldest of its
 * events (their keys: time, file, offset). The stretches are then taken by their newest event. A stretch is loaded (its
 * events' places and times, sorted) only when the merge comes to it, so what is held is the stretches that overlap in
 * time, not the events of the input; beyond a bound those lists lie in a file of the spill folder. Two passes over the
 * time stamps cost less than keeping an entry for every event, and a search that stops early loads one stretch. */
#include "run/scan.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STRETCH = 1 << 20, PIPE_BLOCK = 1 << 20, MERGE_ROWS = 1024, HELD_IN_MEMORY = 16 << 20, BLOCKS_HELD = 24 };

typedef struct entry { /* a stretch of an input that has events which pass the raw test */
    spl_input *input;
    uint64_t begin, end;
    spl_order newest, oldest; /* keys: newest compares smaller */
    spl_ref *refs;            /* loaded: sorted, newest first */
    size_t n_refs, cap_bytes;
    size_t at;      /* of the merge */
    spl_hold *hold; /* the block that the events stand in; NULL: the mapping */
    bool mapped;    /* refs lie in the spill file */
    bool loaded;
} entry;

typedef struct block { /* of a pipe */
    spl_hold hold;
    spl_arena *arena;
} block;

struct spl_feed {
    spl_scan *scan;
    spl_arena *arena; /* used under the lock only */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    _Atomic(const spl_worker *) owner; /* who holds the lock: a failure unwinds past the unlocking */
    bool stopped;
    uint64_t sequence;
    /* cutting inputs into stretches */
    size_t input; /* the one being cut */
    uint64_t pos;
    bool begun;
    spl_str carry; /* of a pipe: the incomplete event at the end of the block before; in carry_arena */
    spl_arena *carry_arena;
    uint64_t carry_at;
    bool pipe_ended;
    /* newest first */
    unsigned indexing; /* workers in the first pass */
    bool indexed;
    SPL_VEC(entry) entries;
    size_t next_load, next_merge; /* entries: loaded up to, taken into the heap up to */
    size_t waiting;               /* loaded or loading, not yet taken into the heap */
    entry **heap;
    size_t n_heap, cap_heap;
    struct { /* the next unit, as far as it is merged; arena NULL: not begun */
        spl_arena *arena;
        spl_ref *refs;
        SPL_VEC(spl_hold *) holds;
        uint32_t n;
    } part;
    size_t held;          /* bytes of refs in memory */
    unsigned blocks_held; /* by entries */
    int spill;            /* file descriptor, -1 */
    uint64_t spill_end;
};

static void feed_close(void *ptr)
{
    spl_feed *feed = ptr;
    size_t i;

    for (i = 0; i < feed->entries.len; i++) {
        entry *e = &feed->entries.data[i];

        spl_hold_release(e->hold);
        e->hold = NULL;
        if (e->refs && e->mapped) munmap(e->refs, e->cap_bytes);
        if (e->refs && !e->mapped) free(e->refs);
        e->refs = NULL;
    }
    for (i = 0; i < feed->part.holds.len; i++) spl_hold_release(feed->part.holds.data[i]);
    feed->part.holds.len = 0;
    spl_arena_free(feed->part.arena);
    feed->part.arena = NULL;
    if (feed->spill >= 0) close(feed->spill);
    feed->spill = -1;
}

static void feed_lock(spl_feed *feed, const spl_worker *worker)
{
    pthread_mutex_lock(&feed->lock);
    feed->owner = worker;
}

static void feed_unlock(spl_feed *feed)
{
    feed->owner = NULL;
    pthread_mutex_unlock(&feed->lock);
}

static void feed_wait(spl_feed *feed, const spl_worker *worker)
{
    feed->owner = NULL;
    pthread_cond_wait(&feed->changed, &feed->lock);
    feed->owner = worker;
}

void spl_feed_failed(spl_feed *feed, const spl_worker *worker)
{
    if (worker && feed->owner == worker) feed_unlock(feed);
    spl_feed_stop(feed);
}

spl_feed *spl_feed_new(spl_scan *scan, spl_arena *arena)
{
    spl_feed *feed = SPL_NEW(arena, spl_feed);

    feed->scan = scan;
    feed->arena = arena;
    feed->spill = -1;
    pthread_mutex_init(&feed->lock, NULL);
    pthread_cond_init(&feed->changed, NULL);
    spl_arena_defer(arena, feed_close, feed);
    return feed;
}

void spl_feed_free(spl_feed *feed)
{
    feed_close(feed);
    if (feed->carry_arena) spl_arena_free(feed->carry_arena);
    pthread_cond_destroy(&feed->changed);
    pthread_mutex_destroy(&feed->lock);
}

void spl_feed_stop(spl_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    feed->stopped = true;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->lock);
}

void spl_work_release(spl_work *unit)
{
    uint32_t i;

    spl_hold_release(unit->hold);
    for (i = 0; i < unit->n_holds; i++) spl_hold_release(unit->holds[i]);
    if (unit->arena) spl_arena_free(unit->arena);
    *unit = (spl_work){0};
}

static void block_release(spl_hold *hold)
{
    spl_arena_free(((block *)hold)->arena);
}

/* Where to cut a block of a pipe: behind its last whole event. 0: none is whole yet. */
static size_t block_cut(spl_feed *feed, spl_worker *worker, spl_input *input, spl_work *unit, spl_str text,
                        uint64_t base)
{
    size_t from = base < input->body ? (size_t)(input->body - base) : 0, cut;
    spl_cuts cuts = {0};

    if (!spl_input_in_turn(input)) return feed->pipe_ended ? text.len : spl_input_before(input, text, text.len - 1);
    if (from >= text.len) return feed->pipe_ended ? text.len : 0;
    if (!unit->arena) unit->arena = spl_arena_new(feed->scan->query->account);
    cut = spl_input_cut(input, worker->match, text, from, text.len, base <= input->body, feed->pipe_ended, unit->arena,
                        &cuts);
    for (size_t i = 0; i < cuts.len; i++) { /* the header is no part of the unit's text */
        cuts.data[i].begin -= from;
        cuts.data[i].end -= from;
    }
    unit->cuts = cuts.data;
    unit->n_cuts = cuts.len;
    return feed->pipe_ended ? text.len : cuts.len ? cut : 0;
}

/* Makes the unit text-of-a-pipe: whole events up to the last border in a block; the rest is carried on. Under the lock,
 * since blocks come one after the other. */
static bool take_block(spl_feed *feed, spl_worker *worker, spl_input *input, spl_work *unit)
{
    spl_arena *arena = spl_arena_new(feed->scan->query->account), *cuts_arena;
    block *b = SPL_NEW(arena, block);
    size_t cap = feed->carry.len + PIPE_BLOCK, len = feed->carry.len, wanted = PIPE_BLOCK, got, cut;
    char *data = spl_alloc(arena, cap);
    uint64_t at = feed->carry_at;

    *unit = (spl_work){0};
    b->arena = arena;
    b->hold = (spl_hold){.release = block_release};
    atomic_init(&b->hold.count, 1);
    if (len) memcpy(data, feed->carry.data, len);
    for (;;) {
        if (cap - len < PIPE_BLOCK / 2) {
            data = spl_realloc(arena, data, cap, cap * 2);
            cap *= 2;
        }
        got = feed->pipe_ended ? 0 : spl_input_read(input, data + len, cap - len);
        len += got;
        feed->pipe_ended |= got == 0;
        if (len < wanted && !feed->pipe_ended) continue; /* a slow writer: small reads */
        if (len == 0) {
            cut = 0;
            break;
        }
        cut = block_cut(feed, worker, input, unit, spl_str_cut(data, len), at);
        if (cut > 0 || feed->pipe_ended) break;
        if (spl_input_in_turn(input)) wanted = len * 2; /* the event is cut again from its begin */
    }
    if (feed->carry_arena)
        spl_arena_reset(feed->carry_arena);
    else
        feed->carry_arena = spl_arena_new(feed->scan->query->account);
    feed->carry = spl_str_copy(feed->carry_arena, spl_str_cut(data + cut, len - cut));
    feed->carry_at = at + cut;
    if (cut == 0) {
        spl_arena_free(arena);
        spl_work_release(unit);
        return false;
    }
    cuts_arena = unit->arena;
    *unit = (spl_work){.input = input,
                       .text = {data, cut},
                       .base = at,
                       .hold = &b->hold,
                       .cuts = unit->cuts,
                       .n_cuts = unit->n_cuts,
                       .arena = cuts_arena};
    if (at < input->body) { /* a header: not part of any event */
        got = input->body - at < cut ? input->body - at : cut;
        unit->text = spl_str_sub(unit->text, got, cut);
        unit->base += got;
    }
    return true;
}

/* The events of the unit, which begins with one, up to where the first behind END begins; where that is. */
static uint64_t cut_unit(const spl_scan *scan, spl_worker *worker, spl_work *unit, spl_str text, uint64_t end)
{
    spl_cuts cuts = {0};
    uint64_t next;

    unit->arena = spl_arena_new(scan->query->account);
    next = spl_input_cut(unit->input, worker->match, text, unit->base, end, unit->base == unit->input->body, true,
                         unit->arena, &cuts);
    for (size_t i = 0; i < cuts.len; i++) {
        cuts.data[i].begin -= unit->base;
        cuts.data[i].end -= unit->base;
    }
    unit->cuts = cuts.data ? cuts.data : SPL_NEW(unit->arena, spl_cut);
    unit->n_cuts = cuts.len;
    return next;
}

/* The next stretch in the order of inputs. Under the lock. */
static bool take_stretch(spl_feed *feed, spl_worker *worker, spl_work *unit, bool pipes)
{
    spl_scan *scan = feed->scan;

    for (;; feed->input++, feed->begun = false) {
        spl_input *input;
        spl_str text;
        uint64_t end;

        if (feed->input >= scan->n_inputs) return false;
        input = spl_dataset_at(scan->query->data, feed->input);
        if (pipes && (feed->begun ? spl_input_is_pipe(input) : spl_input_may_stream(input, scan->query->reads == 1))) {
            if (!feed->begun) {
                feed->begun = true;
                feed->pipe_ended = false;
                feed->carry = (spl_str){NULL, 0};
                feed->carry_at = 0;
            }
            if (take_block(feed, worker, input, unit)) break;
            continue;
        }
        text = spl_input_map(input);
        if (!feed->begun) {
            feed->begun = true;
            feed->pos = input->body;
        }
        if (feed->pos >= text.len) continue;
        *unit = (spl_work){.input = input, .base = feed->pos};
        end = text.len - feed->pos > STRETCH ? feed->pos + STRETCH : text.len;
        if (spl_input_in_turn(input)) {
            end = cut_unit(scan, worker, unit, text, end);
        } else if (end < text.len) {
            end = spl_input_resync(input, text, end);
        }
        if (end <= feed->pos) end = text.len;
        unit->text = spl_str_sub(text, feed->pos, end);
        feed->pos = end;
        break;
    }
    unit->sequence = feed->sequence++;
    return true;
}

/* Reads the stretch into a block where the input is a large file. Outside of the lock. */
static void fill(spl_feed *feed, spl_work *unit)
{
    spl_hold *hold;

    if (unit->hold || !spl_input_pread(unit->input, unit->base, NULL, 0)) return;
    hold = spl_block_take(feed->scan->blocks, unit->text.len);
    unit->hold = hold; /* before reading may fail: the work gives it back */
    spl_input_pread(unit->input, unit->base, spl_block_data(hold), unit->text.len);
    unit->text.data = spl_block_data(hold);
}

static void look(const spl_work *unit)
{
    if (unit->input->reader->look) unit->input->reader->look(unit->input, unit->text, unit->base);
}

/* ---- newest first ---- */

static spl_order key_of(const spl_input *input, double time, uint64_t place)
{
    return (spl_order){-time, UINT32_MAX - input->number, UINT64_MAX - place};
}

static bool in_range(const spl_scan *scan, double time)
{
    return !scan->ranged || (time >= scan->earliest && time < scan->latest);
}

static void note_order(entry *e, bool *any, spl_order key)
{
    if (!*any || spl_order_cmp(&key, &e->newest) < 0) e->newest = key;
    if (!*any || spl_order_cmp(&key, &e->oldest) > 0) e->oldest = key;
    *any = true;
}

/* The times of an event and of its copies; how many. */
static uint32_t times_of(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw,
                         double times[SPL_SCAN_SHAPES])
{
    if (spl_scan_copies(scan, input)) return spl_scan_times(scan, worker, input, raw, times);
    times[0] = spl_scan_time(scan, worker, input, raw);
    return 1;
}

/* First pass over one stretch: its newest and oldest event. */
static void index_stretch(spl_feed *feed, spl_worker *worker, const spl_work *unit)
{
    spl_scan *scan = feed->scan;
    entry e = {.input = unit->input, .begin = unit->base, .end = unit->base + unit->text.len};
    double times[SPL_SCAN_SHAPES];
    spl_walk walk;
    size_t begin, end;
    uint64_t copies = 0;
    bool any = false;

    spl_walk_init(&walk, &scan->tests[unit->input->number], unit->input, unit->text);
    if (unit->cuts) spl_walk_cuts(&walk, unit->cuts, unit->n_cuts);
    if (scan->query->count_all) walk.every = true;
    while (spl_walk_next(&walk, &begin, &end)) {
        uint32_t n = times_of(scan, worker, unit->input, spl_str_sub(unit->text, begin, end), times);

        for (uint32_t copy = 0; copy < n; copy++)
            if (in_range(scan, times[copy]))
                note_order(&e, &any, key_of(unit->input, times[copy], spl_scan_place(unit->base + begin, copy)));
        copies += n - 1;
    }
    atomic_fetch_add_explicit(&scan->events, walk.framed + copies, memory_order_relaxed);
    atomic_fetch_add_explicit(&scan->bytes, unit->text.len, memory_order_relaxed);
    spl_query_poll(scan->query);
    if (!any) return;
    feed_lock(feed, worker);
    SPL_PUSH(feed->arena, &feed->entries, e);
    feed_unlock(feed);
}

static int entry_order(const void *a, const void *b)
{
    return spl_order_cmp(&((const entry *)a)->newest, &((const entry *)b)->newest);
}

static spl_order ref_key(const entry *e, const spl_ref *ref)
{
    return key_of(e->input, ref->time, ref->place);
}

static int ref_order(const void *a, const void *b) /* of one input */
{
    const spl_ref *x = a, *y = b;

    if (x->time != y->time) return x->time > y->time ? -1 : 1;
    return x->place > y->place ? -1 : x->place < y->place;
}

/* Newest first; a list that is ascending already, as most are, is turned round. */
static void sort_refs(spl_ref *refs, size_t n)
{
    size_t i;
    bool ascending = true, descending = true;

    for (i = 1; i < n; i++) {
        if (refs[i].time < refs[i - 1].time) ascending = false;
        if (refs[i].time >= refs[i - 1].time) descending = false;
    }
    if (descending) return;
    if (!ascending) {
        qsort(refs, n, sizeof *refs, ref_order);
        return;
    }
    for (i = 0; i < n / 2; i++) {
        spl_ref swap = refs[i];

        refs[i] = refs[n - 1 - i];
        refs[n - 1 - i] = swap;
    }
}

/* The list of an entry outlives its arena's user and is given back when merged: malloc, or the spill file. */
static void entry_store(spl_feed *feed, const spl_worker *worker, entry *e, const spl_ref *refs, size_t n)
{
    size_t bytes = n * sizeof *refs;
    char path[4096];
    void *to = NULL;

    feed_lock(feed, worker);
    if (feed->held + bytes > HELD_IN_MEMORY) {
        long page = sysconf(_SC_PAGESIZE);
        size_t room = (bytes + (size_t)page - 1) / (size_t)page * (size_t)page;

        if (feed->spill < 0) {
            snprintf(path, sizeof path, "%s/spl-order-XXXXXX", feed->scan->query->spill_dir);
            feed->spill = mkstemp(path);
            if (feed->spill >= 0) unlink(path);
        }
        if (feed->spill >= 0 && ftruncate(feed->spill, (off_t)(feed->spill_end + room)) == 0) {
            to = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, feed->spill, (off_t)feed->spill_end);
            if (to == MAP_FAILED) to = NULL;
        }
        if (to) {
            feed->spill_end += room;
            e->mapped = true;
            e->cap_bytes = room;
        }
    }
    if (!to) {
        to = malloc(bytes ? bytes : 1);
        if (to) feed->held += bytes;
    }
    feed_unlock(feed);
    if (!to) spl_fail(SPL_BOUND, "out of memory while ordering events by time");
    if (bytes) memcpy(to, refs, bytes);
    e->refs = to;
    e->n_refs = n;
}

static void entry_drop(spl_feed *feed, entry *e) /* under the lock */
{
    if (e->hold) feed->blocks_held--;
    spl_hold_release(e->hold);
    e->hold = NULL;
    if (e->mapped) {
        munmap(e->refs, e->cap_bytes);
    } else {
        feed->held -= e->n_refs * sizeof *e->refs;
        free(e->refs);
    }
    e->refs = NULL;
}

static void load_entry(spl_feed *feed, spl_worker *worker, spl_work *unit, entry *e)
{
    spl_scan *scan = feed->scan;
    spl_arena *arena;
    SPL_VEC(spl_ref) refs = {0};
    double times[SPL_SCAN_SHAPES];
    spl_walk walk;
    size_t begin, end;
    bool keep;

    *unit = (spl_work){.input = e->input, .base = e->begin};
    if (spl_input_in_turn(e->input)) cut_unit(scan, worker, unit, spl_input_map(e->input), e->end);
    unit->text = spl_str_sub(spl_input_map(e->input), e->begin, e->end);
    if (!unit->arena) unit->arena = spl_arena_new(scan->query->account);
    arena = unit->arena;
    const char *mapped = unit->text.data, *from;

    feed_lock(feed, worker);
    keep = feed->blocks_held < BLOCKS_HELD;
    if (keep) feed->blocks_held++;
    feed_unlock(feed);
    fill(feed, unit);
    from = keep ? unit->text.data : mapped;
    spl_walk_init(&walk, &scan->tests[e->input->number], e->input, unit->text);
    if (unit->cuts) spl_walk_cuts(&walk, unit->cuts, unit->n_cuts);
    while (spl_walk_next(&walk, &begin, &end)) {
        uint32_t n = times_of(scan, worker, e->input, spl_str_sub(unit->text, begin, end), times);

        for (uint32_t copy = 0; copy < n; copy++)
            if (in_range(scan, times[copy]))
                SPL_PUSH(arena, &refs,
                         ((spl_ref){times[copy], spl_scan_place(e->begin + begin, copy), from + begin,
                                    (uint32_t)(end - begin), e->input->number}));
    }
    sort_refs(refs.data, refs.len);
    spl_query_poll(scan->query);
    entry_store(feed, worker, e, refs.data, refs.len);
    feed_lock(feed, worker);
    if (keep && unit->hold) {
        e->hold = unit->hold;
        unit->hold = NULL;
    } else if (keep) {
        feed->blocks_held--;
    }
    feed_unlock(feed);
    spl_work_release(unit);
}

/* --- the heap of entries being merged: newest head on top --- */

static bool heap_before(const entry *a, const entry *b)
{
    spl_order x = ref_key(a, &a->refs[a->at]), y = ref_key(b, &b->refs[b->at]);

    return spl_order_cmp(&x, &y) < 0;
}

static void heap_down(spl_feed *feed, size_t i)
{
    entry **heap = feed->heap, *swap;
    size_t child;

    for (;; i = child) {
        child = 2 * i + 1;
        if (child >= feed->n_heap) return;
        if (child + 1 < feed->n_heap && heap_before(heap[child + 1], heap[child])) child++;
        if (!heap_before(heap[child], heap[i])) return;
        swap = heap[i];
        heap[i] = heap[child];
        heap[child] = swap;
    }
}

static void heap_push(spl_feed *feed, entry *e)
{
    size_t i = feed->n_heap, parent;

    if (feed->n_heap == feed->cap_heap)
        feed->heap = spl_vec_grow(feed->arena, feed->heap, &feed->cap_heap, feed->n_heap + 1, sizeof *feed->heap);
    feed->heap[feed->n_heap++] = e;
    while (i > 0) {
        parent = (i - 1) / 2;
        if (!heap_before(e, feed->heap[parent])) break;
        feed->heap[i] = feed->heap[parent];
        feed->heap[parent] = e;
        i = parent;
    }
}

/* Takes into the heap every entry whose newest event may come before the heap's top. False: one of them is not loaded
 * yet, so nothing can be given out. */
static bool heap_fill(spl_feed *feed)
{
    while (feed->next_merge < feed->entries.len) {
        entry *e = &feed->entries.data[feed->next_merge];

        if (feed->n_heap) {
            spl_order top = ref_key(feed->heap[0], &feed->heap[0]->refs[feed->heap[0]->at]);

            if (spl_order_cmp(&top, &e->newest) <= 0) return true;
        }
        if (!e->loaded) return false;
        feed->next_merge++;
        feed->waiting--;
        if (e->n_refs) {
            heap_push(feed, e);
        } else {
            entry_drop(feed, e);
        }
    }
    return true;
}

/* How many events the next merged unit has. The first ones are small, since head may want no more; nothing else counts:
 * where a load is waited for must not show in how events are put into batches. */
static uint32_t merge_rows(const spl_feed *feed)
{
    return feed->sequence < 6 ? (uint32_t)MERGE_ROWS >> (6 - feed->sequence) : MERGE_ROWS;
}

/* The next events in order, fewer than merge_rows() at the end only. Under the lock. False: waits for a load, or all
 * are given out. */
static bool take_merged(spl_feed *feed, spl_work *unit)
{
    uint32_t wanted = merge_rows(feed);
    size_t h;

    while (feed->part.n < wanted) {
        entry *top;

        if (!heap_fill(feed)) return false;
        if (feed->n_heap == 0) break;
        if (!feed->part.arena) {
            feed->part.arena = spl_arena_new(feed->scan->query->account);
            feed->part.refs = spl_alloc(feed->part.arena, MERGE_ROWS * sizeof *feed->part.refs);
        }
        top = feed->heap[0];
        for (h = 0; top->hold && h < feed->part.holds.len && feed->part.holds.data[h] != top->hold; h++) {
        }
        if (top->hold && h == feed->part.holds.len) {
            SPL_PUSH(feed->part.arena, &feed->part.holds, top->hold);
            atomic_fetch_add(&top->hold->count, 1);
        }
        feed->part.refs[feed->part.n++] = top->refs[top->at++];
        if (top->at == top->n_refs) {
            entry_drop(feed, top);
            feed->heap[0] = feed->heap[--feed->n_heap];
        }
        if (feed->n_heap) heap_down(feed, 0);
    }
    if (!feed->part.n) return false;
    *unit = (spl_work){.refs = feed->part.refs,
                       .n_refs = feed->part.n,
                       .arena = feed->part.arena,
                       .holds = feed->part.holds.data,
                       .n_holds = (uint32_t)feed->part.holds.len,
                       .sequence = feed->sequence++};
    memset(&feed->part, 0, sizeof feed->part);
    return true;
}

static bool take_newest(spl_feed *feed, spl_worker *worker, spl_work *unit)
{
    const unsigned ahead = feed->scan->query->threads * 2 + 2;
    entry *e;

    feed_lock(feed, worker);
    while (!feed->stopped && !feed->indexed) {
        if (take_stretch(feed, worker, unit, false)) {
            feed->indexing++;
            feed_unlock(feed);
            fill(feed, unit);
            look(unit);
            index_stretch(feed, worker, unit);
            spl_work_release(unit);
            feed_lock(feed, worker);
            feed->indexing--;
        } else if (feed->indexing == 0) {
            if (feed->entries.len) qsort(feed->entries.data, feed->entries.len, sizeof(entry), entry_order);
            feed->sequence = 0;
            feed->indexed = true;
            for (size_t i = 0; i < feed->entries.len; i++)
                feed->scan->again += feed->entries.data[i].end - feed->entries.data[i].begin;
            feed->scan->indexed = true;
            pthread_cond_broadcast(&feed->changed);
        } else {
            feed_wait(feed, worker);
        }
        if (feed->input >= feed->scan->n_inputs) pthread_cond_broadcast(&feed->changed);
    }
    for (;;) {
        if (feed->stopped) break;
        if (take_merged(feed, unit)) {
            pthread_cond_broadcast(&feed->changed);
            feed_unlock(feed);
            return true;
        }
        if (feed->next_load < feed->entries.len && feed->waiting < ahead) {
            e = &feed->entries.data[feed->next_load++];
            feed->waiting++;
            feed_unlock(feed);
            load_entry(feed, worker, unit, e);
            atomic_fetch_add_explicit(&feed->scan->looked, e->end - e->begin, memory_order_relaxed);
            feed_lock(feed, worker);
            e->loaded = true;
            pthread_cond_broadcast(&feed->changed);
            continue;
        }
        if (feed->next_merge == feed->entries.len && feed->n_heap == 0) break;
        feed_wait(feed, worker);
    }
    feed_unlock(feed);
    return false;
}

bool spl_feed_take(spl_feed *feed, spl_worker *worker, spl_work *unit)
{
    bool taken = false;

    if (feed->scan->order == SPL_FEED_NEWEST) return take_newest(feed, worker, unit);
    feed_lock(feed, worker);
    if (!feed->stopped) taken = take_stretch(feed, worker, unit, true);
    feed_unlock(feed);
    if (!taken) return false;
    fill(feed, unit);
    look(unit);
    return true;
}
