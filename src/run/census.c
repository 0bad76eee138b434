/* census.c -- why the first search kept nothing: which of its clauses about time, index, source, sourcetype or host no
 * event of DATA met, and what values the events have instead.
 *
 * It runs only when a search kept nothing, over the same path that the search took (readers, index-time rules), with
 * nothing but these fields, and stops as soon as each clause was met by some event: then nothing is to be told. */
#include "run/explain.h"

#include <math.h>

enum { SHOWN = 8 };

typedef struct clause {
    const spl_filter_metadata *of;
    bool met;
    spl_value values[SHOWN]; /* different ones, in the order met */
    unsigned count;
    bool more;
} clause;

typedef struct census {
    spl_scan *scan; /* of the search */
    spl_worker *worker;
    clause *clauses;
    size_t n_clauses;
    bool in_range;
    double oldest, newest;
    uint64_t events;
    spl_eval ev;
} census;

static void see(clause *c, spl_arena *arena, spl_value value)
{
    unsigned k;

    if (spl_is_null(value)) return;
    for (k = 0; k < c->count; k++) {
        if (spl_value_same(c->values[k], value)) return;
    }
    if (k < SHOWN) {
        c->values[c->count++] = spl_value_keep(arena, value);
    } else {
        c->more = true;
    }
}

/* Looks at a batch. False: there is nothing left to find out. */
static bool look(void *to, spl_batch *batch)
{
    census *self = to;
    bool open = self->scan->ranged && !self->in_range;
    uint32_t i;
    size_t c;
    double time;

    spl_eval_on(&self->ev, self->scan->query, self->worker, batch);
    self->events += spl_batch_rows(batch);
    for (i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);

        if (self->scan->ranged && spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &time)) {
            if (time >= self->scan->earliest && time < self->scan->latest) self->in_range = true;
            self->oldest = fmin(self->oldest, time);
            self->newest = fmax(self->newest, time);
        }
        for (c = 0; c < self->n_clauses; c++) {
            clause *one = &self->clauses[c];

            if (one->met) continue;
            one->met = spl_filter_match(&self->ev, one->of->part, row);
            see(one, self->worker->arena, spl_batch_get(batch, row, one->of->field));
        }
    }
    spl_batch_free(batch);
    open = self->scan->ranged && !self->in_range;
    for (c = 0; c < self->n_clauses; c++) open |= !self->clauses[c].met;
    return open;
}

static void walk_data(census *self)
{
    const spl_query *query = self->scan->query;
    spl_arena *arena = self->worker->arena;
    spl_scan *probe = SPL_NEW(arena, spl_scan);
    spl_scan_worker *sw;
    spl_feed *feed;
    spl_work work;
    size_t c;

    probe->query = query;
    probe->stage = self->scan->stage;
    probe->n_inputs = self->scan->n_inputs;
    probe->fallback = self->scan->fallback;
    probe->blocks = self->scan->blocks;
    probe->order = SPL_FEED_ANY;
    spl_fieldset_init(&probe->filter_reads, arena, query->fields);
    spl_fieldset_init(&probe->needed, arena, query->fields);
    if (self->scan->ranged) spl_fieldset_add(&probe->needed, SPL_F_TIME);
    for (c = 0; c < self->n_clauses; c++) spl_fieldset_add(&probe->needed, self->clauses[c].of->field);
    spl_scan_ready(probe);
    spl_scan_draw(probe);
    sw = spl_scan_worker_new(probe, self->worker, NULL);
    feed = spl_feed_new(probe, arena);
    while (spl_feed_take(feed, self->worker, &work)) {
        bool open = true;

        if (work.text.len || work.n_refs) {
            spl_scan_unit(sw, &work, look, self);
            open = self->scan->ranged && !self->in_range;
            for (c = 0; c < self->n_clauses; c++) open |= !self->clauses[c].met;
        }
        spl_work_release(&work);
        if (!open) break;
    }
    spl_feed_free(feed);
}

static void tell(const census *self)
{
    const spl_query *query = self->scan->query;
    spl_buf text = spl_buf_in(self->worker->arena);
    size_t c;
    unsigned k;

    if (self->scan->ranged && !self->in_range && self->oldest <= self->newest) {
        spl_strftime(&text, query->zone, self->oldest, SPL_S("%Y-%m-%dT%H:%M:%S%:z"));
        spl_buf_puts(&text, " to ");
        spl_strftime(&text, query->zone, self->newest, SPL_S("%Y-%m-%dT%H:%M:%S%:z"));
        spl_note(query->diag, self->scan->range_span, "nothing-in-range",
                 "no event is in the time range; the events are from %.*s", SPL_FMT(spl_buf_str(&text)));
    }
    for (c = 0; c < self->n_clauses; c++) {
        const clause *one = &self->clauses[c];

        if (one->met) continue;
        spl_buf_clear(&text);
        for (k = 0; k < one->count; k++) {
            spl_str value = spl_value_text(self->worker->arena, one->values[k]);

            spl_buf_printf(&text, "%s\"%.*s\"", k ? ", " : "", SPL_FMT(value));
        }
        if (one->more) spl_buf_puts(&text, " and others");
        if (one->count == 0) spl_buf_puts(&text, "absent");
        spl_note(query->diag, one->of->span, "nothing-matches", "no event meets this clause; the events' %.*s is %.*s",
                 SPL_FMT(spl_field_name(query->fields, one->of->field)), SPL_FMT(spl_buf_str(&text)));
    }
}

void spl_explain_nothing(spl_plan *plan)
{
    spl_scan *scan = plan->scan;
    spl_query *query = plan->query;
    census self = {.scan = scan, .oldest = HUGE_VAL, .newest = -HUGE_VAL};
    const spl_filter_metadata *clauses;
    size_t i;

    if (!query->data || atomic_load(&scan->kept) > 0) return;
    for (i = 0; i < scan->n_inputs; i++) {
        if (spl_input_is_pipe(spl_dataset_at(query->data, i))) return; /* read once; its events are gone */
    }
    self.worker = spl_worker_new(query, 0);
    if (scan->filter) self.n_clauses = spl_filter_metadata_clauses(scan->filter, self.worker->arena, &clauses);
    self.clauses = SPL_NEW_ARRAY(self.worker->arena, self.n_clauses, clause);
    for (i = 0; i < self.n_clauses; i++) self.clauses[i].of = &clauses[i];
    if (self.n_clauses || scan->ranged) walk_data(&self);
    if (self.events) tell(&self);
    spl_worker_free(self.worker);
}
