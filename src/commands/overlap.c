/* overlap.c -- where the runs of a summary's search overlap in time, and where there is a gap between them.
 *
 * A run is the events with the same search name and search id; it covers what info_min_time and info_max_time say.
 * Rules: docs/reference/commands/overlap.md */
#include "base/map.h"
#include "exec/bind.h"

#include <math.h>
#include <stdlib.h>

typedef struct run {
    spl_str name, id;
    double from, to; /* [from, to) */
} run;

/* What names the search, what its run: Splunk's fields first, then those that collect writes. */
static const char *const name_fields[] = {"info_search_name", "search_name", NULL};
static const char *const id_fields[] = {"info_search_id", "info_sid", "info_search_time", "search_now", NULL};
enum { NAMES = 2, IDS = 4 };

typedef struct overlap_op {
    spl_op base;
    spl_field names[NAMES], ids[IDS], from, to;
    /* running */
    spl_map runs; /* by name and id */
    run *sorted;
    size_t n, at;
    double reach; /* how far the runs of the name at hand reach so far */
    const run *farthest;
    bool ready;
} overlap_op;

static bool overlap_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    overlap_op *self = (overlap_op *)op;

    for (size_t i = 0; name_fields[i]; i++) self->names[i] = spl_bind_field(binder, spl_str_of(name_fields[i]));
    for (size_t i = 0; id_fields[i]; i++) self->ids[i] = spl_bind_field(binder, spl_str_of(id_fields[i]));
    self->from = spl_bind_field(binder, SPL_S("info_min_time"));
    self->to = spl_bind_field(binder, SPL_S("info_max_time"));
    for (size_t i = 0; i < NAMES; i++) spl_bind_reads(binder, self->names[i]);
    for (size_t i = 0; i < IDS; i++) spl_bind_reads(binder, self->ids[i]);
    spl_bind_reads(binder, self->from);
    spl_bind_reads(binder, self->to);
    return spl_bind_plain(binder, stage, op);
}

static void overlap_open(spl_op *op)
{
    ((overlap_op *)op)->runs = spl_map_in(op->state);
}

/* The first of FIELDS that the row has; false: none. */
static bool first_of(const spl_batch *batch, uint32_t row, const spl_field *fields, size_t n, spl_str *text)
{
    for (size_t i = 0; i < n; i++) {
        spl_value value = spl_batch_get(batch, row, fields[i]);

        if (spl_is_null(value)) continue;
        *text = spl_value_text(batch->arena, value);
        return true;
    }
    return false;
}

/* An end of a time range, which may be open. */
static bool time_of(spl_arena *arena, spl_value value, double *time)
{
    if (spl_is_null(value)) return false;
    if (spl_value_number(value, time)) return !isnan(*time);
    *time = HUGE_VAL;
    return spl_str_iis(spl_value_text(arena, value), "+infinity");
}

static spl_status overlap_gather(spl_op *op, spl_batch *batch)
{
    overlap_op *self = (overlap_op *)op;
    spl_buf key = spl_buf_in(batch->arena);

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        double from, to;
        spl_str name, id;
        spl_map_entry *entry;
        run *r;

        if (!first_of(batch, row, self->names, NAMES, &name) || !first_of(batch, row, self->ids, IDS, &id) ||
            !time_of(batch->arena, spl_batch_get(batch, row, self->from), &from) ||
            !time_of(batch->arena, spl_batch_get(batch, row, self->to), &to)) {
            spl_op_warn(op, "no-summary",
                        "a result is passed over that does not say its search, its run or its time range: it needs "
                        "info_search_name, info_search_id, info_min_time and info_max_time");
            continue;
        }
        spl_buf_clear(&key);
        spl_buf_printf(&key, "%zu ", name.len);
        spl_buf_add(&key, name);
        spl_buf_add(&key, id);
        entry = spl_map_put(&self->runs, spl_buf_str(&key), NULL);
        r = entry->value;
        if (!r) {
            r = entry->value = SPL_NEW(op->state, run);
            *r = (run){spl_str_copy(op->state, name), spl_str_copy(op->state, id), from, to};
        }
        r->from = fmin(r->from, from);
        r->to = fmax(r->to, to);
    }
    return SPL_OK;
}

static int by_begin(const void *a, const void *b)
{
    const run *x = a, *y = b;
    int names = spl_str_cmp(x->name, y->name);

    if (names) return names;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->to != y->to) return x->to < y->to ? -1 : 1;
    return spl_str_cmp(x->id, y->id);
}

static void prepare(overlap_op *self)
{
    self->sorted = SPL_NEW_ARRAY(self->base.state, self->runs.len + 1, run);
    for (size_t i = 0; i < self->runs.len; i++) self->sorted[self->n++] = *(const run *)self->runs.entries[i].value;
    qsort(self->sorted, self->n, sizeof *self->sorted, by_begin);
    self->ready = true;
}

static spl_value shown(double time)
{
    return isinf(time) ? spl_text(time > 0 ? SPL_S("+Infinity") : SPL_S("-Infinity")) : spl_number(time);
}

static spl_status overlap_emit(spl_op *op, spl_batch **out)
{
    overlap_op *self = (overlap_op *)op;
    spl_batch *batch = spl_op_batch(op, SPL_BATCH_ROWS);
    spl_field to[] = {spl_field_of(batch->fields, SPL_S("info_search_name")),
                      spl_field_of(batch->fields, SPL_S("type")), spl_field_of(batch->fields, SPL_S("start_time")),
                      spl_field_of(batch->fields, SPL_S("end_time")),
                      spl_field_of(batch->fields, SPL_S("info_search_id"))};
    bool *keep = SPL_NEW_ARRAY(batch->arena, SPL_BATCH_ROWS, bool);
    uint32_t rows = 0;

    if (!self->ready) prepare(self);
    spl_batch_arrange(batch, to, sizeof to / sizeof *to);
    for (; self->at < self->n && rows < SPL_BATCH_ROWS; self->at++) {
        const run *r = &self->sorted[self->at];
        bool same = self->farthest && spl_str_eq(self->farthest->name, r->name);

        if (same && r->from != self->reach) {
            bool gap = r->from > self->reach;
            spl_value ids[] = {spl_text(spl_str_copy(batch->arena, self->farthest->id)),
                               spl_text(spl_str_copy(batch->arena, r->id))};

            spl_batch_set(batch, rows, to[0], spl_text(spl_str_copy(batch->arena, r->name)));
            spl_batch_set(batch, rows, to[1], spl_text(gap ? SPL_S("gap") : SPL_S("overlap")));
            spl_batch_set(batch, rows, to[2], shown(gap ? self->reach : r->from));
            spl_batch_set(batch, rows, to[3], shown(gap ? r->from : fmin(r->to, self->reach)));
            spl_batch_set(batch, rows, to[4], spl_multi_of(batch->arena, ids, 2));
            keep[rows++] = true;
        }
        if (!same || r->to > self->reach) {
            self->reach = r->to;
            self->farthest = r;
        }
    }
    if (!rows) {
        spl_batch_free(batch);
        return SPL_END;
    }
    spl_batch_filter(batch, keep);
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(overlap, .summary = "Finds where runs of a summary's search overlap in time, and gaps between them.",
            .syntax = "overlap",
            .example = "| makeresults count=2 | streamstats count AS info_search_id | eval info_search_name=\"daily\", "
                       "info_min_time=info_search_id*60, info_max_time=info_min_time+90 | overlap",
            .differs = "The names of the columns are this program's: Splunk's script is not published with its output.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS | SPL_FIXES, .op_size = sizeof(overlap_op),
            .bind = overlap_bind, .open = overlap_open, .gather = overlap_gather, .emit = overlap_emit);
