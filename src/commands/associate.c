/* associate.c -- values of one field that make another field's value more certain. Two passes: the values of all
 * fields; then, for values that are frequent enough, how the other fields are distributed where they stand. Rules:
 * docs/reference/commands/associate.md */
#include "base/map.h"
#include "exec/fieldtable.h"
#include "exec/rowstore.h"
#include "knowledge/limits.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct spread { /* how the values of a field are distributed */
    uint64_t total;
    spl_map values; /* text to uint64_t */
} spread;

typedef struct column {
    spread all;
    SPL_VEC(struct reference *) frequent; /* by place in all.values, NULL for rare ones */
} column;

typedef struct reference {
    const spl_map_entry *value;
    size_t column;
    spread *targets; /* one for each column */
} reference;

typedef struct rule {
    const reference *from;
    size_t target;
    double before, after;
} rule;

typedef struct associate_op {
    spl_op base;
    int64_t supcnt;
    double supfreq, improv;
    spl_fieldlist list;
    spl_fieldtable table;
    uint64_t rows;
    SPL_VEC(reference *) references;
    SPL_VEC(rule) rules;
    size_t at;
    bool found;
    uint64_t maxfields, maxvalues, maxvaluesize; /* 0: no bound */
} associate_op;

static const spl_option options[] = {
    {.name = "improv",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(associate_op, improv),
     .dflt = 0.5,
     .min = 0,
     .max = 1e6,
     .help = "the least decrease of entropy, in bits, that is told"},
    {.name = "supcnt",
     .type = SPL_OPTION_INT,
     .offset = offsetof(associate_op, supcnt),
     .dflt = 100,
     .min = 0,
     .max = 9e15,
     .help = "a reference value must occur so often"},
    {.name = "supfreq",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(associate_op, supfreq),
     .dflt = 0.1,
     .min = 0,
     .max = 1,
     .help = "a reference value must occur in such a share of the results"},
    {0},
};

static bool associate_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    associate_op *self = (associate_op *)op;

    self->maxfields = spl_server_limit(binder->query, "associate", "maxfields", 10000);
    self->maxvalues = spl_server_limit(binder->query, "associate", "maxvalues", 10000);
    self->maxvaluesize = spl_server_limit(binder->query, "associate", "maxvaluesize", 1000);
    return spl_args_no_wildcards(binder, stage) && spl_fieldlist_bind(binder, stage, &self->list);
}

static void associate_open(spl_op *op)
{
    ((associate_op *)op)->table = spl_fieldtable_in(op->state, sizeof(column));
}

static void tally(spl_arena *arena, spread *s, spl_str text)
{
    spl_map_entry *entry;

    if (!s->values.arena) s->values = spl_map_in(arena);
    entry = spl_map_put(&s->values, text, NULL);
    if (!entry->value) entry->value = SPL_NEW(arena, uint64_t);
    ++*(uint64_t *)entry->value;
    s->total++;
}

/* Within the bounds of limits.conf. */
static bool considers(associate_op *self, spl_field field, spl_str text)
{
    const column *c = spl_fieldtable_get(&self->table, field);

    if (self->maxfields && !c && self->table.items.len >= self->maxfields) {
        spl_op_warn(&self->base, "limit", "associate looks at the first %" PRIu64 " fields only (maxfields)",
                    self->maxfields);
        return false;
    }
    if (self->maxvaluesize && text.len > self->maxvaluesize) {
        spl_op_warn(&self->base, "limit", "associate passes over values of more than %" PRIu64 " bytes (maxvaluesize)",
                    self->maxvaluesize);
        return false;
    }
    if (!self->maxvalues || !c || c->all.values.len < self->maxvalues || spl_map_find(&c->all.values, text))
        return true;
    spl_op_warn(&self->base, "limit", "associate looks at the first %" PRIu64 " values of a field only (maxvalues)",
                self->maxvalues);
    return false;
}

static void see(associate_op *self, spl_batch *batch)
{
    bool bounded = self->maxfields || self->maxvalues || self->maxvaluesize;

    self->rows += spl_batch_rows(batch);
    for (uint32_t f = 0; f < batch->n_columns; f++) {
        const spl_column *from = batch->columns[f];

        if (!spl_fieldlist_has(&self->list, batch->fields, from->field)) continue;
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            spl_value value = from->cells[spl_batch_row(batch, i)];
            if (spl_is_null(value)) continue;
            spl_str text = spl_value_text(batch->arena, value);
            if (bounded && !considers(self, from->field, text)) continue;
            column *c = spl_fieldtable_put(&self->table, from->field);
            tally(self->base.state, &c->all, text);
        }
    }
}

static void choose(associate_op *self)
{
    spl_arena *arena = self->base.state;

    for (size_t f = 0; f < self->table.items.len; f++) {
        column *c = self->table.items.data[f];

        for (size_t v = 0; v < c->all.values.len; v++) {
            const spl_map_entry *entry = &c->all.values.entries[v];
            uint64_t count = *(const uint64_t *)entry->value;
            reference *one = NULL;

            if (count >= (uint64_t)self->supcnt && (double)count >= self->supfreq * (double)self->rows) {
                one = SPL_NEW(arena, reference);
                one->value = entry;
                one->column = f;
                one->targets = SPL_NEW_ARRAY(arena, self->table.items.len, spread);
                SPL_PUSH(arena, &self->references, one);
            }
            SPL_PUSH(arena, &c->frequent, one);
        }
    }
}

static void relate(associate_op *self, spl_batch *batch)
{
    size_t n = self->table.items.len;
    spl_str *texts = SPL_NEW_ARRAY(batch->arena, n + 1, spl_str);

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);

        for (size_t f = 0; f < n; f++) {
            spl_value value = spl_batch_get(batch, row, self->table.fields.data[f]);
            texts[f] = spl_is_null(value) ? (spl_str){0} : spl_value_text(batch->arena, value);
            if (!spl_is_null(value) && !texts[f].data) texts[f].data = "";
            if (texts[f].data && !spl_map_find(&((const column *)self->table.items.data[f])->all.values, texts[f]))
                texts[f] = (spl_str){0}; /* beyond the bounds */
        }
        for (size_t f = 0; f < n; f++) {
            const column *c = self->table.items.data[f];
            const spl_map_entry *entry = texts[f].data ? spl_map_find(&c->all.values, texts[f]) : NULL;
            reference *one = entry ? c->frequent.data[entry - c->all.values.entries] : NULL;

            for (size_t t = 0; one && t < n; t++)
                if (t != f && texts[t].data) tally(self->base.state, &one->targets[t], texts[t]);
        }
    }
}

static double entropy(const spread *s)
{
    double bits = 0;

    for (size_t v = 0; v < s->values.len; v++) {
        double share = (double)*(const uint64_t *)s->values.entries[v].value / (double)s->total;
        bits -= share * log2(share);
    }
    return bits > 0 ? bits : 0;
}

static const spl_fields *sorting_fields(const associate_op *self)
{
    return self->base.query->fields;
}

static void find_rules(associate_op *self)
{
    double *before = SPL_NEW_ARRAY(self->base.state, self->table.items.len + 1, double);

    for (size_t f = 0; f < self->table.items.len; f++)
        before[f] = entropy(&((const column *)self->table.items.data[f])->all);
    for (size_t r = 0; r < self->references.len; r++) {
        const reference *from = self->references.data[r];

        for (size_t t = 0; t < self->table.items.len; t++) {
            double after;

            if (t == from->column || !from->targets[t].total) continue;
            after = entropy(&from->targets[t]);
            if (before[t] - after >= self->improv && before[t] > after)
                SPL_PUSH(self->base.state, &self->rules, (rule){from, t, before[t], after});
        }
    }
}

/* The greatest gain first, then by names and values. */
static int by_gain(const void *a, const void *b, void *context)
{
    const associate_op *self = context;
    const rule *x = a, *y = b;
    double gx = x->before - x->after, gy = y->before - y->after;
    int order;

    if (gx != gy) return gx > gy ? -1 : 1;
    order = spl_str_cmp(spl_field_name(sorting_fields(self), self->table.fields.data[x->from->column]),
                        spl_field_name(sorting_fields(self), self->table.fields.data[y->from->column]));
    if (!order) order = spl_str_cmp(x->from->value->key, y->from->value->key);
    if (!order)
        order = spl_str_cmp(spl_field_name(sorting_fields(self), self->table.fields.data[x->target]),
                            spl_field_name(sorting_fields(self), self->table.fields.data[y->target]));
    return order;
}

static void gather(associate_op *self)
{
    spl_op *op = &self->base;
    spl_rowstore *store = spl_rowstore_new(op);
    spl_batch *batch;

    while (spl_op_pull(op, &batch) == SPL_OK) {
        see(self, batch);
        spl_rowstore_add(store, batch);
    }
    choose(self);
    while ((batch = spl_rowstore_take(store))) {
        spl_query_poll(op->query);
        if (self->references.len) relate(self, batch);
        spl_batch_free(batch);
    }
    find_rules(self);
    if (self->rules.len) qsort_r(self->rules.data, self->rules.len, sizeof *self->rules.data, by_gain, self);
}

/* "503 (17.44% -> 33.96%)": the value that gains most of its share, and its share before and after. */
static spl_str top_value(const associate_op *self, spl_arena *arena, const rule *r)
{
    const spread *after = &r->from->targets[r->target];
    const spread *before = &((const column *)self->table.items.data[r->target])->all;
    const spl_map_entry *best = NULL;

    for (size_t v = 0; v < after->values.len; v++) {
        const spl_map_entry *entry = &after->values.entries[v];
        uint64_t count = *(const uint64_t *)entry->value, most = best ? *(const uint64_t *)best->value : 0;
        if (!best || count > most || (count == most && spl_str_cmp(entry->key, best->key) < 0)) best = entry;
    }
    assert(best); /* a rule has values behind it */
    double now = 100.0 * (double)*(const uint64_t *)best->value / (double)after->total;
    double was = 100.0 * (double)*(const uint64_t *)spl_map_get(&before->values, best->key) / (double)before->total;
    return spl_strf(arena, "%.*s (%.2f%% -> %.2f%%)", SPL_FMT(best->key), was, now);
}

static spl_status associate_next(spl_op *op, spl_batch **out)
{
    static const char *const names[] = {"Reference_Key",         "Reference_Value",     "Target_Key",
                                        "Unconditional_Entropy", "Conditional_Entropy", "Entropy_Improvement",
                                        "Top_Conditional_Value", "Description",         "Support"};
    enum { N = sizeof names / sizeof *names };
    associate_op *self = (associate_op *)op;
    spl_field to[N];
    size_t rows;
    spl_batch *batch;

    if (!self->found) gather(self);
    self->found = true;
    rows = self->rules.len - self->at;
    if (!rows) return SPL_END;
    if (rows > SPL_BATCH_ROWS) rows = SPL_BATCH_ROWS;
    batch = spl_op_batch(op, (uint32_t)rows);
    for (int i = 0; i < N; i++) to[i] = spl_field_of(batch->fields, spl_str_of(names[i]));
    spl_batch_arrange(batch, to, N);
    batch->fixed = true;
    for (uint32_t i = 0; i < rows; i++) {
        const rule *r = &self->rules.data[self->at++];
        const spl_map_entry *value = r->from->value;
        spl_str key = spl_field_name(batch->fields, self->table.fields.data[r->from->column]);
        spl_str target = spl_field_name(batch->fields, self->table.fields.data[r->target]);
        double share = (double)*(const uint64_t *)value->value / (double)self->rows;
        spl_arena *arena = batch->arena;

        spl_batch_set(batch, i, to[0], spl_text(key));
        spl_batch_set(batch, i, to[1], spl_text(spl_str_copy(arena, value->key)));
        spl_batch_set(batch, i, to[2], spl_text(target));
        spl_batch_set(batch, i, to[3], spl_number(spl_round_to(r->before, 3)));
        spl_batch_set(batch, i, to[4], spl_number(spl_round_to(r->after, 3)));
        spl_batch_set(batch, i, to[5], spl_number(spl_round_to(r->before - r->after, 3)));
        spl_batch_set(batch, i, to[6], spl_text(top_value(self, arena, r)));
        spl_batch_set(batch, i, to[7],
                      spl_text(spl_strf(arena,
                                        "When '%.*s' has the value '%.*s', the entropy of '%.*s' decreases from %.3f "
                                        "to %.3f.",
                                        SPL_FMT(key), SPL_FMT(value->key), SPL_FMT(target), r->before, r->after)));
        spl_batch_set(batch, i, to[8], spl_text(spl_strf(arena, "%.2f%%", 100 * share)));
    }
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(associate, .summary = "Finds values of one field that make the value of another more certain.",
            .syntax = "associate [supcnt=<n>] [supfreq=<share>] [improv=<bits>] [<field> …]",
            .example = "| makeresults count=8 | streamstats count as n | eval method=if(n<5,\"GET\",\"POST\"), "
                       "status=if(n<5,200,400+n) | associate supcnt=2 improv=0.5 method status",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_FIXES, .options = options,
            .op_size = sizeof(associate_op), .bind = associate_bind, .open = associate_open, .next = associate_next);
