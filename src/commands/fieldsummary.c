/* fieldsummary.c -- a result for each field: how many values, how many different ones, figures of the numbers. */
#include "exec/bind.h"

#include "base/json.h"
#include "base/map.h"
#include "base/num.h"
#include "exec/exact.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct counted {
    spl_str text;
    uint64_t count;
} counted;

typedef struct summary {
    spl_field field;
    uint64_t count, numeric;
    double min, max;
    spl_moments moments;
    spl_map values; /* -> counted */
} summary;

typedef struct fieldsummary_op {
    spl_op base;
    int64_t maxvals;
    SPL_VEC(spl_str) names;
    /* running */
    spl_pattern_cache cache;
    SPL_VEC(summary *) list;
    SPL_VEC(summary *) by_field;
    size_t given;
    bool sorted;
} fieldsummary_op;

static const spl_option options[] = {
    {.name = "maxvals",
     .type = SPL_OPTION_INT,
     .offset = offsetof(fieldsummary_op, maxvals),
     .dflt = 100,
     .min = 0,
     .max = 9e15,
     .help = "how many values to show of each field; 0 for all"},
    {0},
};

static bool fieldsummary_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    fieldsummary_op *summary_op = (fieldsummary_op *)op;
    spl_node_vec list = {0};

    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    for (size_t i = 0; i < list.len; i++) {
        SPL_PUSH(binder->arena, &summary_op->names, list.data[i]->text);
        spl_bind_reads_name(binder, list.data[i]->text);
    }
    if (!list.len) {
        SPL_PUSH(binder->arena, &summary_op->names, SPL_S("*"));
        spl_bind_reads_all(binder);
    }
    op->unordered = true;
    return true;
}

static summary *summary_of(fieldsummary_op *op, spl_field field)
{
    spl_arena *arena = op->base.state;

    while (op->by_field.len <= field) SPL_PUSH(arena, &op->by_field, NULL);
    if (!op->by_field.data[field]) {
        summary *s = SPL_NEW(arena, summary);
        s->field = field;
        s->values = spl_map_in(arena);
        op->by_field.data[field] = s;
        SPL_PUSH(arena, &op->list, s);
    }
    return op->by_field.data[field];
}

static void count_value(summary *s, spl_arena *state, spl_arena *scratch, spl_value value)
{
    double number;
    spl_map_entry *entry;

    entry = spl_map_put(&s->values, spl_value_text(scratch, value), NULL);
    if (!entry->value) {
        counted *c = SPL_NEW(state, counted);
        c->text = entry->key;
        entry->value = c;
    }
    ((counted *)entry->value)->count++;
    if (!spl_value_number(value, &number)) return;
    s->min = !s->numeric || number < s->min ? number : s->min;
    s->max = !s->numeric || number > s->max ? number : s->max;
    s->numeric++;
    spl_moments_add(&s->moments, state, value, number);
}

static spl_status fieldsummary_gather(spl_op *op, spl_batch *batch)
{
    fieldsummary_op *so = (fieldsummary_op *)op;

    spl_pattern_fields(op->state, batch, so->names.data, so->names.len, &so->cache);
    for (size_t f = 0; f < so->cache.fields.len; f++) {
        summary *s = NULL;
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            spl_value value = spl_batch_get(batch, spl_batch_row(batch, i), so->cache.fields.data[f]);
            if (spl_is_null(value)) continue;
            if (!s) s = summary_of(so, so->cache.fields.data[f]);
            s->count++;
            for (uint32_t v = 0; v < spl_value_count(value); v++)
                count_value(s, op->state, batch->arena, spl_value_at(value, v));
        }
    }
    return SPL_OK;
}

static int by_count(const void *a, const void *b)
{
    const counted *x = *(const counted *const *)a, *y = *(const counted *const *)b;
    return x->count != y->count ? (x->count > y->count ? -1 : 1) : spl_str_cmp(x->text, y->text);
}

typedef struct named {
    spl_str name;
    summary *s;
} named;

static int by_name(const void *a, const void *b)
{
    return spl_str_cmp(((const named *)a)->name, ((const named *)b)->name);
}

static void sort_fields(fieldsummary_op *so)
{
    named *list = SPL_NEW_ARRAY(so->base.state, so->list.len, named);

    for (size_t i = 0; i < so->list.len; i++)
        list[i] = (named){spl_field_name(so->base.query->fields, so->list.data[i]->field), so->list.data[i]};
    qsort(list, so->list.len, sizeof *list, by_name);
    for (size_t i = 0; i < so->list.len; i++) so->list.data[i] = list[i].s;
    so->sorted = true;
}

static void put_values(const fieldsummary_op *so, const summary *s, spl_arena *arena, spl_buf *out)
{
    counted **list = SPL_NEW_ARRAY(arena, s->values.len, counted *);
    size_t n = s->values.len;

    for (size_t i = 0; i < n; i++) list[i] = s->values.entries[i].value;
    qsort(list, n, sizeof *list, by_count);
    if (so->maxvals && n > (uint64_t)so->maxvals) n = (size_t)so->maxvals;
    spl_buf_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        spl_buf_puts(out, i ? ",{\"value\":" : "{\"value\":");
        spl_json_quote(out, list[i]->text);
        spl_buf_printf(out, ",\"count\":%" PRIu64 "}", list[i]->count);
    }
    spl_buf_char(out, ']');
}

static spl_status fieldsummary_emit(spl_op *op, spl_batch **batch)
{
    static const char *const names[] = {"field", "count", "distinct_count", "is_exact", "max",
                                        "mean",  "min",   "numeric_count",  "stdev",    "values"};
    enum { FIELD, COUNT, DISTINCT, EXACT, MAX, MEAN, MIN, NUMERIC, STDEV, VALUES, COLUMNS };
    fieldsummary_op *so = (fieldsummary_op *)op;
    spl_field fields[COLUMNS];
    uint32_t rows;

    if (!so->sorted) sort_fields(so);
    if (so->given == so->list.len) return SPL_END;
    rows = so->list.len - so->given < 64 ? (uint32_t)(so->list.len - so->given) : 64;
    *batch = spl_op_batch(op, rows);
    for (int i = 0; i < COLUMNS; i++) {
        fields[i] = spl_field_of(op->query->fields, spl_str_of(names[i]));
        spl_batch_add(*batch, fields[i]);
    }
    for (uint32_t row = 0; row < rows; row++) {
        const summary *s = so->list.data[so->given++];
        spl_buf out = spl_buf_in((*batch)->arena);
        spl_batch_set(*batch, row, fields[FIELD], spl_text(spl_field_name(op->query->fields, s->field)));
        spl_batch_set(*batch, row, fields[COUNT], spl_number((double)s->count));
        spl_batch_set(*batch, row, fields[DISTINCT], spl_number((double)s->values.len));
        spl_batch_set(*batch, row, fields[EXACT], spl_number(!so->maxvals || s->values.len <= (uint64_t)so->maxvals));
        spl_batch_set(*batch, row, fields[NUMERIC], spl_number((double)s->numeric));
        if (s->numeric) {
            spl_batch_set(*batch, row, fields[MAX], spl_number(s->max));
            spl_batch_set(*batch, row, fields[MIN], spl_number(s->min));
            spl_batch_set(*batch, row, fields[MEAN], spl_fn_number(spl_moments_mean(&s->moments), 0));
            spl_batch_set(*batch, row, fields[STDEV], spl_fn_number(spl_moments_stdev(&s->moments), 0));
        }
        put_values(so, s, (*batch)->arena, &out);
        spl_batch_set(*batch, row, fields[VALUES], spl_text(spl_buf_str(&out)));
    }
    return SPL_OK;
}

SPL_COMMAND(fieldsummary, .summary = "Gives a result for each field, with counts and figures of its values.",
            .syntax = "fieldsummary [maxvals=<n>] [<field-or-pattern> …]",
            .example = "| makeresults count=3 | streamstats count AS n | fieldsummary n | table field count mean",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS, .options = options, .op_size = sizeof(fieldsummary_op),
            .bind = fieldsummary_bind, .gather = fieldsummary_gather, .emit = fieldsummary_emit);
