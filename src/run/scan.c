/* scan.c -- from stretches of input to batches of events that satisfy the first search.
 *
 * A unit's events are cut out (only those that pass the raw test), their times found if anything asks for them, and the
 * fields that the filter looks at extracted; what survives is extracted again with everything that the later stages
 * need. Where most events survive, one extraction does both. */
#include "run/scan.h"

#include "base/map.h"
#include "data/default_fields.h"
#include "exec/bind.h"
#include "knowledge/graph.h"
#include "knowledge/indexing.h"
#include "readers/framing.h"

#include <assert.h>
#include <math.h>
#include <sys/stat.h>

enum { LINE_BYTES = 10000, EVENT_LINES = 256 };

struct spl_scan_worker {
    spl_scan *scan;
    spl_worker *worker;
    struct reads { /* of the filter, of all that is wanted */
        const spl_fieldset *wanted;
        spl_graph_use *graph; /* or NULL */
        struct made {
            spl_extractor *x;
            uint32_t version; /* of what the graph reads */
        } * made;             /* one for each input, made when first needed */
    } for_filter, for_all;
    bool split; /* the stages after need more than the filter reads */
    uint64_t seen, kept;
    spl_eval ev;
    spl_event *events;
    spl_input **inputs; /* of each event */
    bool *keep;
    bool *dropped; /* rows that apps drop while indexing */
    bool any_dropped;
};

static bool subset(const spl_fieldset *part, const spl_fieldset *whole)
{
    size_t i;

    if (part->defaults & ~whole->defaults) return false;
    if (!spl_fieldset_finite(part)) return whole->all && whole->except.len == 0;
    for (i = 0; i < part->names.len; i++) {
        if (!spl_fieldset_has(whole, part->names.data[i])) return false;
    }
    return true;
}

/* What every scan of the query's DATA begins with. */
static spl_scan *scan_of(const spl_query *query)
{
    spl_scan *scan = SPL_NEW(query->arena, spl_scan);
    struct stat info;
    double *fallback, *days;
    size_t i;

    scan->query = query;
    spl_fieldset_init(&scan->needed, query->arena, query->fields);
    scan->blocks = spl_blocks_new(query->arena);
    scan->n_inputs = query->data ? spl_dataset_len(query->data) : 0;
    fallback = SPL_NEW_ARRAY(query->arena, scan->n_inputs, double);
    days = SPL_NEW_ARRAY(query->arena, scan->n_inputs, double);
    for (i = 0; i < scan->n_inputs; i++) {
        const spl_input *input = spl_dataset_at(query->data, i);

        fallback[i] = !input->records && stat(input->path, &info) == 0 ? (double)info.st_mtime : query->now;
        if (!spl_date_in_name(query->zone, input->source.len ? input->source : spl_str_of(input->path), &days[i]))
            days[i] = fallback[i];
    }
    scan->fallback = fallback;
    scan->days = days;
    return scan;
}

spl_scan *spl_scan_bind(spl_binder *binder, const spl_node *filter_node)
{
    spl_query *query = binder->query;
    spl_scan *scan = scan_of(query);
    spl_time_range range = {.earliest = -HUGE_VAL, .latest = HUGE_VAL};
    spl_fieldset outer_reads = binder->op->reads;

    query->reads++;
    scan->stage = binder->stage;
    spl_fieldset_init(&binder->op->reads, query->arena, query->fields);
    scan->terms = filter_node;
    if (filter_node) {
        scan->filter = spl_filter_bind(binder, filter_node, &range);
        if (!scan->filter) return NULL;
        if (spl_filter_all(scan->filter)) scan->filter = NULL;
        if (scan->filter) scan->parts = spl_parts_of_filter(binder, scan->filter);
    }
    scan->filter_reads = binder->op->reads;
    binder->op->reads = outer_reads;
    spl_range_take(query, binder->stage, &range, &scan->earliest, &scan->latest);
    scan->ranged = scan->earliest > -HUGE_VAL || scan->latest < HUGE_VAL;
    if (range.given) scan->range_span = range.span;
    return scan;
}

spl_scan *spl_scan_joint(const spl_query *query, spl_scan *const *scans, size_t n)
{
    spl_scan *joint = scan_of(query);
    spl_node *terms = SPL_NEW(query->arena, spl_node);

    spl_fieldset_init(&joint->filter_reads, query->arena, query->fields);
    *terms = (spl_node){.kind = SPL_NODE_OR, .kids = SPL_NEW_ARRAY(query->arena, n, spl_node *)};
    for (size_t i = 0; i < n; i++) {
        spl_fieldset_add_set(&joint->filter_reads, &scans[i]->filter_reads);
        spl_fieldset_add_set(&joint->needed, &scans[i]->needed);
        if (scans[i]->filter) terms->kids[terms->n_kids++] = (spl_node *)scans[i]->terms; /* looked at only */
    }
    joint->terms = terms;
    joint->joint = true;
    joint->positions = true;
    joint->earliest = -HUGE_VAL;
    joint->latest = HUGE_VAL;
    spl_scan_ready(joint);
    return joint;
}

static void prepare_indexing(spl_scan *scan)
{
    unsigned *indexed = SPL_NEW_ARRAY(scan->query->arena, scan->n_inputs + 1, unsigned), any = 0;

    for (size_t i = 0; i < scan->n_inputs; i++) {
        const spl_input *input = spl_dataset_at(scan->query->data, i);

        if (input->records) continue; /* their fields are as they stand */
        indexed[i] = spl_indexing_possible(scan->query, &(spl_props_events){input->sourcetype, input->source,
                                                                            input->host, input->reader->sourcetypes});
        any |= indexed[i];
    }
    scan->rules = indexed;
    if (any) scan->indexing = spl_indexing_new(scan->query->arena, scan->query);
}

void spl_scan_ready(spl_scan *scan)
{
    if (scan->filter_reads.defaults) spl_fieldset_add(&scan->filter_reads, SPL_F_RAW); /* they are made of it */
    if (scan->needed.defaults) spl_fieldset_add(&scan->needed, SPL_F_RAW);
    if (scan->query->asked_field) spl_fieldset_add_name(&scan->needed, spl_str_of(scan->query->asked_field));
    spl_fieldset_init(&scan->all, scan->query->arena, scan->query->fields);
    spl_fieldset_add_set(&scan->all, &scan->needed);
    if (scan->filter || scan->joint) spl_fieldset_add_set(&scan->all, &scan->filter_reads);
    if (scan->filter) {
        scan->for_filter = spl_graph_new(scan->query->arena, &(spl_graph_config){.query = scan->query,
                                                                                 .wanted = &scan->filter_reads,
                                                                                 .terms = scan->terms,
                                                                                 .n_inputs = scan->n_inputs});
    }
    scan->for_all = spl_graph_new(scan->query->arena, &(spl_graph_config){.query = scan->query,
                                                                          .wanted = &scan->all,
                                                                          .terms = scan->terms,
                                                                          .beside = &scan->needed,
                                                                          .n_inputs = scan->n_inputs});
    prepare_indexing(scan);
    scan->shapes = scan->query->limits.splunk;
    for (size_t i = 0; i < scan->n_inputs && !scan->shapes; i++)
        scan->shapes = spl_breaking_rewrites(spl_dataset_at(scan->query->data, i)->breaking);
    scan->timed = scan->ranged || scan->positions || scan->order == SPL_FEED_NEWEST ||
                  spl_fieldset_has(&scan->needed, SPL_F_TIME) || spl_fieldset_has(&scan->filter_reads, SPL_F_TIME);
    if (!scan->query->late_tests) spl_scan_draw(scan);
}

const spl_filter *spl_scan_testable(const spl_scan *scan, size_t input)
{
    return scan->indexing && (scan->rules[input] & SPL_INDEXING_TEXT) ? NULL : scan->filter;
}

void spl_scan_draw(spl_scan *scan)
{
    spl_rawtest *tests;
    size_t i;

    if (scan->tests) return;
    tests = SPL_NEW_ARRAY(scan->query->arena, scan->n_inputs, spl_rawtest);
    for (i = 0; i < scan->n_inputs; i++) {
        spl_input *input = spl_dataset_at(scan->query->data, i);
        spl_str sample = spl_input_is_pipe(input) ? (spl_str){NULL, 0} : spl_input_map(input);

        spl_rawtest_init(&tests[i], scan->query->arena, spl_scan_testable(scan, i), input, scan->query, sample);
    }
    scan->tests = tests;
}

typedef struct meta_reads { /* a worker's extractors of sourcetype, source and host alone */
    spl_fieldset wanted;
    spl_extractor **made;
    struct named_reads { /* the same of TIMESTAMP_FIELDS, and of indexed fields that rules look at */
        const spl_str *names;
        spl_fieldset wanted;
        spl_extractor **made;
    } stamp, given, all;
} meta_reads;

static spl_extractor *meta_extractor(spl_worker *worker, const spl_scan *scan, const spl_input *input,
                                     const spl_fieldset *wanted, spl_extractor **made)
{
    spl_extractor *x = made[input->number];

    if (x) return x;
    x = made[input->number] = SPL_NEW(worker->arena, spl_extractor);
    x->input = input;
    x->wanted = wanted;
    x->fields = scan->query->fields;
    x->worker = worker;
    x->again = true; /* what is wrong with an event is told when its fields are read */
    if (input->reader->prepare) input->reader->prepare(x);
    return x;
}

/* The text of an event as apps and --limits splunk shape it: TRUNCATE and its like. */
static spl_str shaped_text(spl_scan *scan, spl_worker *worker, spl_arena *arena, const spl_input *input, spl_str raw);

static spl_batch *read_metadata(spl_scan *scan, spl_worker *worker, const spl_input *input, const spl_event *events,
                                uint32_t count)
{
    void **own = spl_indexing_own(spl_indexing_use_of(scan->indexing, worker));
    meta_reads *reads = *own;
    spl_extractor *x;
    spl_batch *batch;

    if (!reads) {
        reads = *own = SPL_NEW(worker->arena, meta_reads);
        spl_fieldset_init(&reads->wanted, worker->arena, scan->query->fields);
        spl_fieldset_add(&reads->wanted, SPL_F_SOURCETYPE);
        spl_fieldset_add(&reads->wanted, SPL_F_SOURCE);
        spl_fieldset_add(&reads->wanted, SPL_F_HOST);
        spl_fieldset_add(&reads->wanted, SPL_F_INDEX);
        for (size_t i = 0; i < scan->n_inputs; i++)
            if (spl_dataset_at(scan->query->data, i)->reader->own_raw) spl_fieldset_add(&reads->wanted, SPL_F_RAW);
        reads->made = SPL_NEW_ARRAY(worker->arena, scan->n_inputs, spl_extractor *);
    }
    x = meta_extractor(worker, scan, input, &reads->wanted, reads->made);
    batch = spl_batch_new(scan->query->account, scan->query->fields, count);
    input->reader->extract(x, batch, events, count, 0);
    return batch;
}

static spl_str text_in(spl_arena *arena, const spl_batch *batch, uint32_t row, spl_field field)
{
    return spl_str_copy(arena, spl_value_text(arena, spl_batch_get(batch, row, field)));
}

/* What a row of read_metadata() says of an event, in ARENA. */
static spl_indexed as_read(spl_arena *arena, const spl_batch *batch, uint32_t row, spl_str raw)
{
    return (spl_indexed){.raw = raw,
                         .sourcetype = text_in(arena, batch, row, SPL_F_SOURCETYPE),
                         .source = text_in(arena, batch, row, SPL_F_SOURCE),
                         .host = text_in(arena, batch, row, SPL_F_HOST),
                         .index = text_in(arena, batch, row, SPL_F_INDEX),
                         .time = NAN};
}

/* The N fields NAMES of an event, in a batch of one row. */
static spl_batch *read_named(spl_scan *scan, spl_worker *worker, struct named_reads *reads, const spl_input *input,
                             const spl_event *event, const spl_str *names, size_t n)
{
    spl_batch *batch;

    assert(names || !n);
    if (reads->names != names) {
        spl_fieldset_init(&reads->wanted, worker->arena, scan->query->fields);
        for (size_t i = 0; i < n; i++) spl_fieldset_add_name(&reads->wanted, names[i]);
        reads->made = SPL_NEW_ARRAY(worker->arena, scan->n_inputs, spl_extractor *);
        reads->names = names;
    }
    batch = spl_batch_new(scan->query->account, scan->query->fields, 1);
    input->reader->extract(meta_extractor(worker, scan, input, &reads->wanted, reads->made), batch, event, 1, 0);
    return batch;
}

/* Their values, joined by blanks, in ARENA. */
static spl_str stamp_of(spl_scan *scan, spl_worker *worker, spl_arena *arena, const spl_input *input,
                        const spl_event *event, const spl_str *names, size_t n)
{
    meta_reads *reads = *spl_indexing_own(spl_indexing_use_of(scan->indexing, worker));
    spl_buf out = spl_buf_in(arena);
    spl_batch *batch = read_named(scan, worker, &reads->stamp, input, event, names, n);

    for (size_t i = 0; i < n; i++) {
        spl_str text = text_in(arena, batch, 0, spl_field_of(scan->query->fields, names[i]));

        if (out.len && text.len) spl_buf_char(&out, ' ');
        spl_buf_add(&out, text);
    }
    spl_batch_free(batch);
    return out.len ? spl_buf_str(&out) : (spl_str){NULL, 0};
}

static void give_values(spl_arena *arena, const spl_batch *batch, spl_field field, spl_indexed *of)
{
    spl_value value = field < SPL_F_FIRST_FREE ? SPL_NULL : spl_batch_get(batch, 0, field);
    spl_str name = spl_field_name(batch->fields, field);

    for (uint32_t k = 0; k < spl_value_count(value); k++)
        SPL_PUSH(arena, &of->fields,
                 ((spl_indexed_field){name, spl_str_copy(arena, spl_value_text(arena, spl_value_at(value, k)))}));
}

/* Gives OF the indexed fields that rules look at. */
static void give_fields(spl_scan *scan, spl_worker *worker, spl_arena *arena, const spl_input *input, spl_str raw,
                        spl_indexed *of)
{
    static const spl_str any = {"*", 1};
    spl_indexing_use *use = spl_indexing_use_of(scan->indexing, worker);
    meta_reads *reads = *spl_indexing_own(use);
    spl_event event = {.raw = raw, .time = NAN};
    spl_batch *batch;
    bool all;

    if (input->reader->own_raw) return;
    of->n_given = spl_indexing_given(use, of, &of->given, &all);
    if (!of->n_given && !all) return;
    batch = all ? read_named(scan, worker, &reads->all, input, &event, &any, 1)
                : read_named(scan, worker, &reads->given, input, &event, of->given, of->n_given);
    for (uint32_t i = 0; all && i < batch->n_columns; i++)
        if (!spl_field_internal(batch->fields, batch->columns[i]->field))
            give_values(arena, batch, batch->columns[i]->field, of);
    for (size_t i = 0; of->given && !all && i < of->n_given; i++)
        give_values(arena, batch, spl_field_of(scan->query->fields, of->given[i]), of);
    spl_batch_free(batch);
}

/* The time stamp that apps find in an event, or have its reader find; NaN where there is, or is to be, none. *CLOCK is
 * the one that found it. */
static double indexed_stamp(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw, spl_clock **clock)
{
    spl_indexing_use *use = spl_indexing_use_of(scan->indexing, worker);
    spl_event event = {.raw = raw, .time = NAN};
    spl_batch *batch = read_metadata(scan, worker, input, &event, 1);
    spl_indexed of = as_read(batch->arena, batch, 0, raw);
    const spl_str *names;
    size_t n = spl_indexing_stamp_fields(use, &of, &names);
    bool none = false;
    double time;

    if (input->reader->own_raw) { /* the envelope says it */
        *clock = worker->clock;
        time = spl_indexing_kept(use, &of, input->reader->time(input, *clock, raw));
        spl_batch_free(batch);
        return time;
    }
    if (n) of.stamp = stamp_of(scan, worker, batch->arena, input, &event, names, n);
    *clock = worker->clock;
    if (!spl_indexing_time(use, &of, input->reader->kv != NULL, scan->days[input->number], &time, clock, &none)) {
        spl_clock_set_day(*clock, scan->days[input->number]);
        time = none ? NAN : input->reader->time(input, *clock, raw);
    }
    if (!isnan(time) && !spl_indexing_accepts(use, &of, time, scan->fallback[input->number])) {
        atomic_store_explicit(&scan->out_of_days, true, memory_order_relaxed);
        time = NAN;
    }
    time = spl_indexing_kept(use, &of, time);
    spl_batch_free(batch);
    return time;
}

/* The time before rules look at it. */
static double first_stamp(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw)
{
    spl_clock *clock;

    if (scan->indexing && (scan->rules[input->number] & SPL_INDEXING_TIME))
        return indexed_stamp(scan, worker, input, raw, &clock);
    spl_clock_set_day(worker->clock, scan->days[input->number]);
    return input->reader->time(input, worker->clock, raw);
}

/* The time stamp of an event as it stands in its text. False: it has none. What an envelope says is none. */
static bool stamp_in(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw, spl_stamp *stamp)
{
    spl_clock *clock = worker->clock;
    size_t begin, end;
    spl_str text;
    double time;

    if (input->reader->own_raw) return false;
    spl_clock_stamp(clock)->found = false;
    if (scan->indexing && (scan->rules[input->number] & SPL_INDEXING_TIME)) {
        time = indexed_stamp(scan, worker, input, raw, &clock);
    } else {
        spl_clock_set_day(clock, scan->days[input->number]);
        time = input->reader->time(input, clock, raw);
    }
    if (isnan(time)) return false;
    if (!spl_clock_stamp(clock)->found && input->reader->stamp) {
        text = input->reader->stamp(input, raw);
        if (!spl_timestamp_find(clock, text, text.len, &time, &begin, &end)) return false;
    }
    *stamp = *spl_clock_stamp(clock);
    return stamp->found;
}

double spl_scan_stamp(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw)
{
    double time = first_stamp(scan, worker, input, raw), before;
    spl_event event = {.raw = raw, .time = NAN};
    spl_indexed of;
    spl_batch *batch;

    if (!scan->indexing || !(scan->rules[input->number] & SPL_INDEXING_SETS_TIME)) return time;
    batch = read_metadata(scan, worker, input, &event, 1);
    of = as_read(batch->arena, batch, 0, raw);
    if (input->reader->own_raw) of.raw = text_in(batch->arena, batch, 0, SPL_F_RAW);
    before = of.time = isnan(time) ? scan->fallback[input->number] : time;
    give_fields(scan, worker, batch->arena, input, raw, &of);
    spl_indexing_event(spl_indexing_use_of(scan->indexing, worker), batch->arena, &of, NULL);
    if (!isnan(of.time) && of.time != before) time = of.time;
    spl_batch_free(batch);
    return time;
}

double spl_scan_time(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw)
{
    double time = spl_scan_stamp(scan, worker, input, raw);

    if (!isnan(time)) return time;
    if (input->records) return NAN;
    return scan->fallback[input->number];
}

bool spl_scan_copies(const spl_scan *scan, const spl_input *input)
{
    return scan->indexing && (scan->rules[input->number] & SPL_INDEXING_COPIES);
}

uint32_t spl_scan_times(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw,
                        double times[SPL_SCAN_SHAPES])
{
    double time = first_stamp(scan, worker, input, raw), fallback = scan->fallback[input->number], before;
    spl_event event = {.raw = raw, .time = NAN};
    spl_indexed_list copies = {0};
    spl_batch *batch;
    spl_indexed of;
    uint32_t n;

    batch = read_metadata(scan, worker, input, &event, 1);
    of = as_read(batch->arena, batch, 0, raw);
    if (input->reader->own_raw)
        of.raw = text_in(batch->arena, batch, 0, SPL_F_RAW);
    else
        of.raw = shaped_text(scan, worker, batch->arena, input, raw);
    before = of.time = isnan(time) ? fallback : time;
    give_fields(scan, worker, batch->arena, input, raw, &of);
    spl_indexing_event(spl_indexing_use_of(scan->indexing, worker), batch->arena, &of, &copies);
    times[0] = isnan(of.time) ? before : of.time;
    for (n = 1; n <= copies.len; n++) times[n] = isnan(copies.data[n - 1].time) ? before : copies.data[n - 1].time;
    spl_batch_free(batch);
    return n;
}

/* The events of a batch while they are looked at: in use only during a call. */
struct spl_scan_room {
    spl_event *events;
    spl_input **inputs;
    bool *keep;
};

spl_scan_room *spl_scan_room_new(spl_arena *arena)
{
    spl_scan_room *room = SPL_NEW(arena, spl_scan_room);

    room->events = SPL_NEW_ARRAY(arena, SPL_BATCH_ROWS, spl_event);
    room->inputs = SPL_NEW_ARRAY(arena, SPL_BATCH_ROWS, spl_input *);
    room->keep = SPL_NEW_ARRAY(arena, SPL_BATCH_ROWS, bool);
    return room;
}

static void put_metadata(spl_batch *batch, uint32_t row, const spl_fieldset *wanted, const spl_indexed *event)
{
    const struct {
        spl_field field;
        spl_str text;
    } texts[] = {{SPL_F_SOURCETYPE, event->sourcetype},
                 {SPL_F_SOURCE, event->source},
                 {SPL_F_HOST, event->host},
                 {SPL_F_INDEX, event->index}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].text.len && spl_fieldset_has(wanted, texts[i].field))
            spl_batch_set(batch, row, texts[i].field, spl_text(texts[i].text));
}

static void open_reads(spl_scan_worker *sw, struct reads *reads, const spl_fieldset *wanted, spl_graph *graph)
{
    reads->wanted = wanted;
    reads->made = SPL_NEW_ARRAY(sw->worker->arena, sw->scan->n_inputs, struct made);
    if (graph) reads->graph = spl_graph_use_new(graph, sw->worker);
}

spl_scan_worker *spl_scan_worker_new(spl_scan *scan, spl_worker *worker, const spl_scan_room *room)
{
    spl_scan_worker *sw = SPL_NEW(worker->arena, spl_scan_worker);

    sw->scan = scan;
    sw->worker = worker;
    open_reads(sw, &sw->for_filter, &scan->filter_reads, scan->for_filter);
    open_reads(sw, &sw->for_all, &scan->all, scan->for_all);
    sw->split = scan->filter && !subset(&scan->needed, &scan->filter_reads);
    if (!room) room = spl_scan_room_new(worker->arena);
    sw->events = room->events;
    sw->inputs = room->inputs;
    sw->keep = room->keep;
    sw->dropped = SPL_NEW_ARRAY(worker->arena, SPL_BATCH_ROWS, bool);
    return sw;
}

static spl_extractor *extractor_of(spl_scan_worker *sw, struct reads *reads, const spl_input *input)
{
    struct made *made = &reads->made[input->number];
    const spl_fieldset *wanted = reads->wanted;
    spl_graph_input of = spl_graph_input_of(input);
    uint32_t version = 0;
    spl_extractor *x;

    if (reads->graph) wanted = spl_graph_reads(reads->graph, &of, &version);
    if (made->x && made->version == version) return made->x;
    x = SPL_NEW(sw->worker->arena, spl_extractor);
    x->input = input;
    x->wanted = wanted;
    x->fields = sw->scan->query->fields;
    x->worker = sw->worker;
    if (input->reader->prepare) input->reader->prepare(x);
    made->x = x;
    made->version = version;
    return x;
}

/* Times of events, where what apps calculate asks for them and nothing else did. */
static void add_times(spl_scan_worker *sw, spl_batch *batch, const spl_event *events, const spl_input *input,
                      uint32_t first, uint32_t count)
{
    spl_column *column = spl_batch_add(batch, SPL_F_TIME);
    uint32_t i;

    for (i = first; i < first + count; i++) {
        double time = sw->scan->timed ? events[i].time : spl_scan_time(sw->scan, sw->worker, input, events[i].raw);

        if (!isnan(time)) column->cells[i] = spl_number(time);
    }
}

/* An event and its copies, as their classes change them. */
typedef struct shapes {
    bool known;
    uint64_t at; /* of the event */
    spl_indexed event;
    spl_indexed_list copies;
} shapes;

static void find_shapes(spl_scan_worker *sw, spl_batch *batch, const spl_batch *meta, uint32_t row,
                        const spl_event *event, const spl_input *input, shapes *out)
{
    unsigned rules = sw->scan->rules[input->number];

    *out = (shapes){.known = true, .at = event->at, .event = as_read(batch->arena, meta, row, event->raw)};
    if (input->reader->own_raw) out->event.raw = text_in(batch->arena, meta, row, SPL_F_RAW);
    if (rules & SPL_INDEXING_READS_TIME) {
        double time = first_stamp(sw->scan, sw->worker, input, event->raw);

        out->event.time = isnan(time) ? sw->scan->fallback[input->number] : time;
    }
    give_fields(sw->scan, sw->worker, batch->arena, input, event->raw, &out->event);
    spl_indexing_event(spl_indexing_use_of(sw->scan->indexing, sw->worker), batch->arena, &out->event,
                       rules & SPL_INDEXING_COPIES ? &out->copies : NULL);
}

/* COUNT events as apps change them while indexing, in the batch's memory; AFTER: what else they say of each. An event
 * and its copies mostly stand one behind the other. */
static const spl_event *indexed_events(spl_scan_worker *sw, spl_batch *batch, const spl_event *events,
                                       const spl_input *input, uint32_t count, spl_indexed **after)
{
    spl_event *copy = SPL_NEW_ARRAY(batch->arena, count, spl_event);
    spl_batch *meta = read_metadata(sw->scan, sw->worker, input, events, count);
    shapes of = {0};
    uint32_t i;

    *after = SPL_NEW_ARRAY(batch->arena, count, spl_indexed);
    for (i = 0; i < count; i++) {
        if (!of.known || of.at != events[i].at) find_shapes(sw, batch, meta, i, &events[i], input, &of);
        (*after)[i] = events[i].copy && events[i].copy <= of.copies.len ? of.copies.data[events[i].copy - 1] : of.event;
        if (events[i].copy > of.copies.len) /* --limits splunk divided the event: this part of it is not copied */
            (*after)[i].dropped = true;
        copy[i] = events[i];
        if (!input->reader->own_raw) copy[i].raw = (*after)[i].raw;
    }
    spl_batch_free(meta);
    return copy;
}

/* Indexed fields; of one name, all values. */
static void put_fields(spl_batch *batch, uint32_t row, const spl_fieldset *wanted, const spl_indexed *after)
{
    typedef SPL_VEC(spl_value) values;
    spl_map known = spl_map_in(batch->arena);

    if (!after->fields.len && !after->n_given) return;
    for (size_t k = 0; k < after->n_given; k++) spl_map_put(&known, after->given[k], NULL); /* they may have gone */
    for (size_t k = 0; k < after->fields.len; k++) {
        spl_map_entry *entry = spl_map_put(&known, after->fields.data[k].name, NULL);
        values *all = entry->value;

        if (!all) all = entry->value = SPL_NEW(batch->arena, values);
        SPL_PUSH(batch->arena, all, spl_text(after->fields.data[k].value));
    }
    for (size_t k = 0; k < known.len; k++) {
        const values *all = known.entries[k].value;
        spl_field field = spl_fieldset_find(wanted, known.entries[k].key); /* makes no number for what is not wanted */

        if (field == SPL_NO_FIELD || field < SPL_F_FIRST_FREE) continue;
        if (!all && spl_is_null(spl_batch_get(batch, row, field))) continue;
        spl_batch_set(batch, row, field,
                      !all            ? SPL_NULL
                      : all->len == 1 ? all->data[0]
                                      : spl_multi_of(batch->arena, all->data, all->len));
    }
}

static void put_indexed(spl_scan_worker *sw, spl_batch *batch, const spl_fieldset *wanted, const spl_indexed *after,
                        uint32_t first, uint32_t count, bool own_raw)
{
    uint32_t i;

    for (i = 0; i < count; i++) {
        put_metadata(batch, first + i, wanted, &after[i]);
        if (own_raw && spl_fieldset_has(wanted, SPL_F_RAW))
            spl_batch_set(batch, first + i, SPL_F_RAW, spl_text(after[i].raw));
        sw->dropped[first + i] = after[i].dropped;
        sw->any_dropped |= after[i].dropped;
        put_fields(batch, first + i, wanted, &after[i]);
    }
}

/* Splunk's default fields, where they are asked for, of rows that have their other fields. */
typedef struct defaults {
    spl_scan_worker *sw;
    const spl_input *input;
    const spl_event *events; /* of rows FIRST …, before rules change their text */
    const spl_event *shown;  /* the same, after it */
    uint32_t first, mask;
} defaults;

/* Those that apps do not keep an event from having. */
static uint32_t mask_of(const defaults *d, uint32_t at)
{
    spl_scan *scan = d->sw->scan;
    spl_batch *meta = read_metadata(scan, d->sw->worker, d->input, &d->events[at], 1);
    spl_indexed event = as_read(meta->arena, meta, 0, d->events[at].raw);
    spl_indexing_has has = spl_indexing_defaults(spl_indexing_use_of(scan->indexing, d->sw->worker), &event);

    spl_batch_free(meta);
    return spl_default_fields_without(d->mask, !has.stamp, !has.punct);
}

static void put_defaults(void *of, spl_batch *batch, const uint32_t *rows, uint32_t count)
{
    const defaults *d = of;
    const spl_scan *scan = d->sw->scan;
    bool stamped = spl_default_fields_stamped(d->mask);
    bool less = scan->indexing && (scan->rules[d->input->number] & SPL_INDEXING_DEFAULTS);
    uint32_t i;

    for (i = 0; i < count; i++) {
        uint32_t at = rows[i] - d->first;
        spl_str raw = d->shown[at].raw;
        spl_stamp stamp;
        bool found = stamped && stamp_in(d->sw->scan, d->sw->worker, d->input, d->events[at].raw, &stamp);

        if (d->input->reader->own_raw) raw = spl_value_text(batch->arena, spl_batch_get(batch, rows[i], SPL_F_RAW));
        spl_default_fields_put(batch, rows[i], less ? mask_of(d, at) : d->mask, raw, found ? &stamp : NULL,
                               SPL_S(SPL_LOCAL_HOST));
    }
}

/* Reads the fields of rows, a run of one input. False: of new classes, whose fields need more to be read. */
static bool extract_run(spl_scan_worker *sw, struct reads *reads, bool again, spl_batch *batch, const spl_event *events,
                        const spl_input *input, uint32_t first, uint32_t count)
{
    spl_extractor *x = extractor_of(sw, reads, input);
    const spl_event *shown = events + first;
    bool indexed = sw->scan->indexing && (sw->scan->rules[input->number] & (SPL_INDEXING_TEXT | SPL_INDEXING_REST));
    spl_indexed *after = NULL;
    spl_graph_input of;
    defaults more = {sw, input, events + first, NULL, first, input->records ? 0 : x->wanted->defaults};

    if (spl_fieldset_has(x->wanted, SPL_F_TIME) && (sw->scan->timed || reads->graph))
        add_times(sw, batch, events, input, first, count);
    if (indexed) shown = indexed_events(sw, batch, shown, input, count, &after);
    /* With version 0 nothing but the events' classes is found out: the rows are read a second time. */
    x->again = again || (reads->graph && reads->made[input->number].version == 0);
    input->reader->extract(x, batch, shown, count, first);
    if (indexed) put_indexed(sw, batch, x->wanted, after, first, count, input->reader->own_raw);
    more.shown = shown;
    if (!reads->graph) {
        if (input->reader->kv) spl_kv_extract(x, batch, shown, count, first);
        for (uint32_t row = first; more.mask && row < first + count; row++) put_defaults(&more, batch, &row, 1);
        return true;
    }
    of = spl_graph_input_of(input);
    of.between = more.mask ? put_defaults : NULL;
    of.of = &more;
    return spl_graph_apply(reads->graph, &of, batch, first, count);
}

/* TEXT with each line cut to what TRUNCATE keeps by default. Borrowed where nothing is cut. */
static spl_str truncated(spl_arena *arena, spl_str text)
{
    spl_buf out = spl_buf_in(arena);
    size_t begin = 0, end;
    bool cut = false;

    for (end = 0; end <= text.len; end++) {
        if (end < text.len && text.data[end] != '\n') continue;
        if (end - begin > LINE_BYTES) {
            if (!cut) spl_buf_add(&out, spl_str_sub(text, 0, begin));
            cut = true;
            spl_buf_add(&out, spl_str_sub(text, begin, begin + LINE_BYTES));
        } else if (cut) {
            spl_buf_add(&out, spl_str_sub(text, begin, end));
        }
        if (cut && end < text.len) spl_buf_char(&out, '\n');
        begin = end + 1;
    }
    return cut ? spl_buf_str(&out) : text;
}

static spl_str shaped_text(spl_scan *scan, spl_worker *worker, spl_arena *arena, const spl_input *input, spl_str raw)
{
    const spl_breaking *breaking = input->breaking;
    spl_str text = raw;
    bool cut = false;

    if (breaking) text = spl_breaking_text(breaking, worker->match, arena, raw, &cut);
    if (scan->query->limits.splunk && !spl_breaking_truncates(breaking)) {
        text = truncated(arena, text);
        cut |= text.len < raw.len;
    }
    if (cut) atomic_store_explicit(&scan->truncated, true, memory_order_relaxed);
    return text;
}

/* The events as apps and --limits splunk shape their text, in the batch's memory. */
static const spl_event *shaped_events(spl_scan_worker *sw, spl_batch *batch, const spl_event *events,
                                      spl_input *const *inputs, uint32_t count)
{
    spl_event *copy = SPL_NEW_ARRAY(batch->arena, count, spl_event);
    uint32_t i;

    for (i = 0; i < count; i++) {
        copy[i] = events[i];
        copy[i].raw = shaped_text(sw->scan, sw->worker, batch->arena, inputs[i], events[i].raw);
    }
    return copy;
}

/* A batch of COUNT events with the fields that READS wants. AGAIN: they were extracted for the filter before. */
static spl_batch *extract(spl_scan_worker *sw, struct reads *reads, bool again, const spl_event *events,
                          spl_input *const *inputs, uint32_t count, const spl_work *unit)
{
    spl_scan *scan = sw->scan;
    const spl_event *shown = events;
    spl_batch *batch = NULL;
    uint32_t i, end;
    bool whole;

    if (sw->any_dropped) memset(sw->dropped, 0, SPL_BATCH_ROWS * sizeof *sw->dropped);
    sw->any_dropped = false;
    do {
        spl_batch_free(batch);
        batch = spl_batch_new(scan->query->account, scan->query->fields, count);
        batch->events = true;
        if (unit->hold) spl_batch_hold(batch, unit->hold);
        for (i = 0; i < unit->n_holds; i++) spl_batch_hold(batch, unit->holds[i]);
        if (scan->shapes) shown = shaped_events(sw, batch, events, inputs, count);
        whole = true;
        for (i = 0; i < count; i = end) { /* a run of events of one input */
            for (end = i + 1; end < count && inputs[end] == inputs[i]; end++) {
            }
            whole = extract_run(sw, reads, again, batch, shown, inputs[i], i, end - i) && whole;
        }
    } while (!whole);
    if (reads->graph) spl_graph_finish(reads->graph, batch);
    if (scan->positions) {
        batch->order = SPL_NEW_ARRAY(batch->arena, count, spl_order);
        for (i = 0; i < count; i++) {
            batch->order[i] = inputs[i]->records
                                  ? (spl_order){0, inputs[i]->number, events[i].at}
                                  : (spl_order){-events[i].time, UINT32_MAX - inputs[i]->number,
                                                UINT64_MAX - spl_scan_place(events[i].at, events[i].copy)};
        }
    }
    return batch;
}

static uint32_t match_rows(spl_scan_worker *sw, spl_batch *batch, uint32_t count)
{
    uint32_t i, kept = 0;

    spl_eval_on(&sw->ev, sw->scan->query, sw->worker, batch);
    for (i = 0; i < count; i++) {
        sw->keep[i] = !sw->dropped[i] && spl_filter_match(&sw->ev, sw->scan->filter, i);
        kept += sw->keep[i];
    }
    return kept;
}

/* BATCH was read before some of its events were dropped: its columns become those that reading the others alone gives,
 * in that order, so that it does not show which way was chosen. They are found by reading the few events anew of which
 * each is the first with some field. */
static void arrange_as_read(spl_scan_worker *sw, spl_batch *batch, const spl_event *events, spl_input *const *inputs,
                            const spl_work *unit)
{
    uint32_t rows = spl_batch_rows(batch), n = 0;
    bool *first = SPL_NEW_ARRAY(batch->arena, rows, bool);
    spl_event *few;
    spl_input **of;
    spl_field *fields;
    spl_batch *anew;

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        uint32_t i = 0;

        while (i < rows && spl_is_null(batch->columns[c]->cells[spl_batch_row(batch, i)])) i++;
        if (i < rows) first[i] = true;
    }
    for (uint32_t i = 0; i < rows; i++) n += first[i];
    few = SPL_NEW_ARRAY(batch->arena, n, spl_event);
    of = SPL_NEW_ARRAY(batch->arena, n, spl_input *);
    for (uint32_t i = n = 0; i < rows; i++) {
        if (!first[i]) continue;
        few[n] = events[spl_batch_row(batch, i)];
        of[n++] = inputs[spl_batch_row(batch, i)];
    }
    if (!n) return;
    anew = extract(sw, &sw->for_all, true, few, of, n, unit);
    fields = SPL_NEW_ARRAY(batch->arena, anew->n_columns, spl_field);
    for (uint32_t c = 0; c < anew->n_columns; c++) fields[c] = anew->columns[c]->field;
    spl_batch_arrange(batch, fields, anew->n_columns);
    spl_batch_free(anew);
}

/* The batch of the events that satisfy the filter, or NULL for none. Compacts EVENTS. */
static spl_batch *filtered(spl_scan_worker *sw, spl_event *events, spl_input **inputs, uint32_t count,
                           const spl_work *unit)
{
    spl_scan *scan = sw->scan;
    bool once = !sw->split || (sw->seen > SPL_BATCH_ROWS && sw->kept * 2 > sw->seen);
    spl_batch *batch;
    uint32_t i, kept;

    if (!scan->filter) {
        batch = extract(sw, &sw->for_all, false, events, inputs, count, unit);
        if (!sw->any_dropped) return batch;
        for (i = kept = 0; i < count; i++) kept += sw->keep[i] = !sw->dropped[i];
        spl_batch_filter(batch, sw->keep);
        if (kept < count && !spl_fieldset_finite(&scan->needed)) arrange_as_read(sw, batch, events, inputs, unit);
        return batch;
    }
    batch = once ? extract(sw, &sw->for_all, false, events, inputs, count, unit)
                 : extract(sw, &sw->for_filter, false, events, inputs, count, unit);
    kept = match_rows(sw, batch, count);
    sw->seen += count;
    sw->kept += kept;
    if (kept == 0) {
        spl_batch_free(batch);
        return NULL;
    }
    if (once) {
        spl_batch_filter(batch, sw->keep);
        if (kept < count && !spl_fieldset_finite(&scan->needed)) arrange_as_read(sw, batch, events, inputs, unit);
        return batch;
    }
    spl_batch_free(batch);
    for (i = kept = 0; i < count; i++) {
        if (!sw->keep[i]) continue;
        events[kept] = events[i];
        inputs[kept++] = inputs[i];
    }
    return extract(sw, &sw->for_all, true, events, inputs, kept, unit);
}

/* Events [0, COUNT) of sw->events, with their times, to the next stage. */
static bool flush(spl_scan_worker *sw, const spl_work *unit, uint32_t count, bool (*deliver)(void *, spl_batch *),
                  void *to)
{
    spl_scan *scan = sw->scan;
    uint32_t i, left = count;
    spl_batch *batch;

    spl_query_poll(scan->query);
    if (scan->ranged) {
        for (i = left = 0; i < count; i++) {
            if (!(sw->events[i].time >= scan->earliest && sw->events[i].time < scan->latest)) continue;
            sw->events[left] = sw->events[i];
            sw->inputs[left++] = sw->inputs[i];
        }
    }
    atomic_fetch_add_explicit(&scan->in_range, left, memory_order_relaxed);
    if (left == 0) return true;
    batch = filtered(sw, sw->events, sw->inputs, left, unit);
    if (!batch) return true;
    if (scan->joint) { /* positions do not tell the times of records */
        double *times = SPL_NEW_ARRAY(batch->arena, left, double);

        for (i = 0; i < left; i++) times[i] = sw->events[i].time;
        batch->extra = times;
    }
    atomic_fetch_add_explicit(&scan->kept, spl_batch_rows(batch), memory_order_relaxed);
    return deliver(to, batch);
}

/* The events of a piece of work on their way to flush(). */
typedef struct pending {
    const spl_work *unit;
    bool (*deliver)(void *, spl_batch *);
    void *to;
    uint32_t count;
    uint64_t skipped;
} pending;

static bool add_event(spl_scan_worker *sw, pending *p, spl_input *input, spl_event event)
{
    if (p->skipped < p->unit->skip) {
        p->skipped++;
        return true;
    }
    sw->events[p->count] = event;
    sw->inputs[p->count++] = input;
    if (p->count < SPL_BATCH_ROWS) return true;
    p->count = 0;
    return flush(sw, p->unit, SPL_BATCH_ROWS, p->deliver, p->to);
}

/* --limits splunk: lines are cut at 10,000 bytes (props.conf, TRUNCATE), events after 256 lines (MAX_EVENTS); what
 * follows is an event of its own, of the same time. */
static bool add_limited(spl_scan_worker *sw, pending *p, spl_input *input, spl_event event)
{
    spl_str rest = event.raw;
    uint64_t at = event.at;
    size_t i, lines;

    for (;;) {
        for (i = lines = 0; i < rest.len && lines < EVENT_LINES; i++) lines += rest.data[i] == '\n';
        event.raw = spl_str_sub(rest, 0, lines == EVENT_LINES ? i - 1 : i);
        event.at = at;
        if (!add_event(sw, p, input, event)) return false;
        if (i >= rest.len) return true;
        atomic_store_explicit(&sw->scan->split, true, memory_order_relaxed);
        rest = spl_str_sub(rest, i, rest.len);
        at += i;
    }
}

static bool take_event(spl_scan_worker *sw, pending *p, spl_input *input, spl_event event)
{
    if (sw->scan->query->limits.splunk && !input->records && !spl_breaking_cuts(input->breaking))
        return add_limited(sw, p, input, event);
    return add_event(sw, p, input, event);
}

/* An event with its copies. */
static bool take_copied(spl_scan_worker *sw, pending *p, spl_input *input, spl_event event)
{
    double times[SPL_SCAN_SHAPES];
    uint32_t n = spl_scan_times(sw->scan, sw->worker, input, event.raw, times);

    atomic_fetch_add_explicit(&sw->scan->events, n - 1, memory_order_relaxed);
    for (event.copy = 0; event.copy < n; event.copy++) {
        event.time = times[event.copy];
        if (!take_event(sw, p, input, event)) return false;
    }
    return true;
}

static void scan_text(spl_scan_worker *sw, pending *p)
{
    spl_scan *scan = sw->scan;
    const spl_work *unit = p->unit;
    spl_walk walk;
    size_t begin, end;
    bool go_on = true, copied = spl_scan_copies(scan, unit->input);

    if (unit->test) {
        spl_walk_init_known(&walk, unit->test, unit->input, unit->text, unit->hides);
    } else {
        spl_walk_init(&walk, &scan->tests[unit->input->number], unit->input, unit->text);
    }
    if (unit->cuts) spl_walk_cuts(&walk, unit->cuts, unit->n_cuts);
    if (scan->query->count_all) walk.every = true;
    while (go_on && spl_walk_next(&walk, &begin, &end)) {
        spl_event event = {.raw = spl_str_sub(unit->text, begin, end), .at = unit->base + begin, .time = NAN};

        if (copied) {
            go_on = take_copied(sw, p, unit->input, event);
            continue;
        }
        if (scan->timed) event.time = spl_scan_time(scan, sw->worker, unit->input, event.raw);
        go_on = take_event(sw, p, unit->input, event);
    }
    atomic_fetch_add_explicit(&scan->events, walk.framed, memory_order_relaxed);
    atomic_fetch_add_explicit(&scan->bytes, unit->text.len, memory_order_relaxed);
    if (go_on && p->count) flush(sw, unit, p->count, p->deliver, p->to);
}

static void scan_refs(spl_scan_worker *sw, pending *p)
{
    const spl_work *unit = p->unit;
    uint32_t i;

    for (i = 0; i < unit->n_refs; i++) {
        const spl_ref *ref = &unit->refs[i];

        if (!take_event(sw, p, spl_dataset_at(sw->scan->query->data, ref->input),
                        (spl_event){.raw = spl_str_cut(ref->raw, ref->len),
                                    .at = ref->place >> 8,
                                    .time = ref->time,
                                    .copy = ref->place & 255}))
            return;
    }
    if (p->count) flush(sw, unit, p->count, p->deliver, p->to);
}

/* ---- of a joint scan ---- */

/* Copies the rows that ROWS says, as far as SCAN wants their fields. */
static spl_batch *part_of(const spl_scan *scan, const spl_batch *joint, const uint32_t *rows, uint32_t count)
{
    spl_batch *part = spl_batch_new(scan->query->account, scan->query->fields, count);

    part->events = true;
    for (uint32_t c = 0; c < joint->n_columns; c++) {
        const spl_column *from = joint->columns[c];
        spl_column *to = NULL;

        if (!spl_fieldset_has(&scan->all, from->field)) continue;
        for (uint32_t i = 0; i < count; i++) {
            if (spl_is_null(from->cells[rows[i]])) continue;
            if (!to) to = spl_batch_add(part, from->field);
            to->cells[i] = spl_value_keep(part->arena, from->cells[rows[i]]);
        }
    }
    if (scan->positions) {
        part->order = SPL_NEW_ARRAY(part->arena, count, spl_order);
        for (uint32_t i = 0; i < count; i++) part->order[i] = joint->order[rows[i]];
    }
    return part;
}

spl_batch *spl_scan_part(spl_scan *scan, spl_worker *worker, spl_batch *joint)
{
    uint32_t rows[SPL_BATCH_ROWS], seen = 0, count = 0;
    const double *times = joint->extra;
    spl_eval ev;

    spl_eval_on(&ev, scan->query, worker, joint);
    for (uint32_t i = 0; i < spl_batch_rows(joint); i++) {
        uint32_t row = spl_batch_row(joint, i);

        if (scan->ranged && !(times[row] >= scan->earliest && times[row] < scan->latest)) continue;
        seen++;
        if (!scan->filter || spl_filter_match(&ev, scan->filter, row)) rows[count++] = row;
    }
    atomic_fetch_add_explicit(&scan->in_range, seen, memory_order_relaxed);
    atomic_fetch_add_explicit(&scan->kept, count, memory_order_relaxed);
    return count ? part_of(scan, joint, rows, count) : NULL;
}

void spl_scan_unit(spl_scan_worker *sw, const spl_work *unit, bool (*deliver)(void *, spl_batch *), void *to)
{
    pending p = {.unit = unit, .deliver = deliver, .to = to};

    if (unit->refs) {
        scan_refs(sw, &p);
    } else {
        scan_text(sw, &p);
    }
}
