/* arules.c -- association rules among the values of some fields.
 *
 * Frequent sets of values are found depth first over the results that hold them; a rule implies one value, as
 * the apriori of the R package that the manual names does. Rules: docs/reference/commands/arules.md */
#include "base/map.h"
#include "exec/bind.h"

#include <stddef.h>
#include <stdlib.h>

enum { SETS = 200000, DEEP = 16 }; /* frequent sets looked at; values in one */

typedef struct item {
    uint32_t field;
    spl_str value;
    SPL_VEC(uint32_t) rows;
} item;

typedef struct rule {
    uint32_t *given;
    uint32_t n_given, implied;
    uint64_t both, given_count;
} rule;

typedef struct arules_op {
    spl_op base;
    int64_t sup;
    double conf;
    spl_str *names;
    spl_field *fields;
    size_t n_fields;
    spl_map map; /* field and value to item */
    SPL_VEC(item *) items;
    spl_map counts; /* frequent sets to their count */
    SPL_VEC(rule) rules;
    uint32_t rows;
    size_t sets, at;
    bool found, cut;
} arules_op;

static const spl_option options[] = {
    {.name = "conf",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(arules_op, conf),
     .dflt = 0.5,
     .min = 0,
     .max = 1,
     .help = "the least strength of a rule"},
    {.name = "sup",
     .type = SPL_OPTION_INT,
     .offset = offsetof(arules_op, sup),
     .dflt = 3,
     .min = 1,
     .max = 9e15,
     .help = "how many results must hold all of a rule's values"},
    {0},
};

static bool arules_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    arules_op *self = (arules_op *)op;
    spl_node_vec list = {0};

    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    if (list.len < 2) return spl_lacks(binder, NULL, "the names of at least two fields", "sup=3 conf=.6 status method");
    self->names = SPL_NEW_ARRAY(binder->arena, list.len + 1, spl_str);
    self->fields = SPL_NEW_ARRAY(binder->arena, list.len + 1, spl_field);
    for (size_t i = 0; i < list.len; i++) {
        bool again = false;
        spl_field field = spl_bind_field(binder, list.data[i]->text);

        for (size_t k = 0; k < self->n_fields; k++) again |= self->fields[k] == field;
        if (again) continue;
        self->fields[self->n_fields] = field;
        self->names[self->n_fields++] = list.data[i]->text;
        spl_bind_reads(binder, field);
    }
    return true;
}

static void arules_open(spl_op *op)
{
    arules_op *self = (arules_op *)op;
    self->map = self->counts = spl_map_in(op->state);
}

static spl_status arules_gather(spl_op *op, spl_batch *batch)
{
    arules_op *self = (arules_op *)op;
    spl_arena *arena = op->state;
    spl_buf key = spl_buf_in(batch->arena);

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++, self->rows++) {
        uint32_t row = spl_batch_row(batch, i);

        for (uint32_t f = 0; f < self->n_fields; f++) {
            spl_value value = spl_batch_get(batch, row, self->fields[f]);

            for (uint32_t v = 0; v < spl_value_count(value); v++) {
                spl_str text = spl_value_text(batch->arena, spl_value_at(value, v));
                spl_map_entry *entry;
                item *one;

                spl_buf_clear(&key);
                spl_buf_add(&key, spl_str_cut((const char *)&f, sizeof f));
                spl_buf_add(&key, text);
                entry = spl_map_put(&self->map, spl_buf_str(&key), NULL);
                if (!entry->value) {
                    one = SPL_NEW(arena, item);
                    one->field = f;
                    one->value = spl_str_sub(entry->key, sizeof f, entry->key.len);
                    entry->value = one;
                    SPL_PUSH(arena, &self->items, one);
                }
                one = entry->value;
                if (!one->rows.len || one->rows.data[one->rows.len - 1] != self->rows)
                    SPL_PUSH(arena, &one->rows, self->rows);
            }
        }
    }
    return SPL_OK;
}

static int by_name(const void *a, const void *b)
{
    const item *x = *(item *const *)a, *y = *(item *const *)b;
    if (x->field != y->field) return x->field < y->field ? -1 : 1;
    return spl_str_cmp(x->value, y->value);
}

static spl_str set_key(const uint32_t *set, uint32_t n)
{
    return spl_str_cut((const char *)set, n * sizeof *set);
}

/* What the search for sets works on: the values of each row, ascending, and a counter for each value. */
typedef struct table {
    const uint32_t *values; /* of all rows */
    const size_t *first;    /* where each row's begin */
    uint32_t *count;        /* of each value, zero between uses */
} table;

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Adds each frequent set that begins with SET (N values, held by ROWS). Only values that stand in those rows are looked
 * at, so that the work is in proportion to what is frequent. */
static void extend(arules_op *self, const table *t, uint32_t *set, uint32_t n, const uint32_t *rows, size_t n_rows)
{
    spl_arena *level = spl_arena_new(self->base.query->account);
    SPL_VEC(uint32_t) met = {0};
    uint32_t **lists;
    uint32_t last = n ? set[n - 1] + 1 : 0, *fill;

    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = t->first[rows[r]]; i < t->first[rows[r] + 1]; i++)
            if (t->values[i] >= last && t->count[t->values[i]]++ == 0) SPL_PUSH(level, &met, t->values[i]);
    if (met.len) qsort(met.data, met.len, sizeof *met.data, by_number);
    lists = SPL_NEW_ARRAY(level, met.len + 1, uint32_t *);
    fill = SPL_NEW_ARRAY(level, met.len + 1, uint32_t);
    size_t frequent = 0;
    for (size_t m = 0; m < met.len; m++) {
        uint32_t value = met.data[m], count = t->count[value];

        t->count[value] = 0;
        if (count < (uint64_t)self->sup) continue;
        met.data[frequent] = value;
        lists[frequent++] = SPL_NEW_ARRAY(level, count, uint32_t);
        t->count[value] = (uint32_t)frequent; /* for the moment: which list */
    }
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t i = t->first[rows[r]]; i < t->first[rows[r] + 1]; i++) {
            uint32_t at = t->values[i] >= last ? t->count[t->values[i]] : 0;
            if (at) lists[at - 1][fill[at - 1]++] = rows[r];
        }
    }
    for (size_t f = 0; f < frequent; f++) t->count[met.data[f]] = 0;
    for (size_t f = 0; f < frequent && !self->cut; f++) {
        uint64_t *count = SPL_NEW(self->base.state, uint64_t);

        set[n] = met.data[f];
        *count = fill[f];
        spl_map_set(&self->counts, set_key(set, n + 1), count);
        spl_query_poll(self->base.query);
        if (n && self->sets++ >= SETS) {
            self->cut = true;
            spl_op_warn(&self->base, "arules-limit",
                        "only the first %d frequent sets of values were looked at; raise sup", SETS);
        }
        if (n + 1 < DEEP) extend(self, t, set, n + 1, lists[f], fill[f]);
    }
    spl_arena_free(level);
}

/* The values of each row, from the rows of each value. */
static table turn(arules_op *self)
{
    spl_arena *arena = self->base.state;
    size_t *first = SPL_NEW_ARRAY(arena, (size_t)self->rows + 2, size_t), total = 0;
    uint32_t *values;

    for (size_t i = 0; i < self->items.len; i++) {
        const item *one = self->items.data[i];
        for (size_t r = 0; r < one->rows.len; r++) first[one->rows.data[r] + 2]++;
        total += one->rows.len;
    }
    for (size_t r = 2; r < (size_t)self->rows + 2; r++) first[r] += first[r - 1];
    values = SPL_NEW_ARRAY(arena, total + 1, uint32_t);
    for (uint32_t i = 0; i < self->items.len; i++) {
        const item *one = self->items.data[i];
        for (size_t r = 0; r < one->rows.len; r++) values[first[one->rows.data[r] + 1]++] = i;
    }
    return (table){values, first, SPL_NEW_ARRAY(arena, self->items.len + 1, uint32_t)};
}

static void find_rules(arules_op *self)
{
    spl_arena *arena = self->base.state;
    uint32_t set[32];
    uint32_t *all = SPL_NEW_ARRAY(arena, (size_t)self->rows + 1, uint32_t);

    if (self->items.len) qsort(self->items.data, self->items.len, sizeof *self->items.data, by_name);
    for (uint32_t r = 0; r < self->rows; r++) all[r] = r;
    table t = turn(self);
    extend(self, &t, set, 0, all, self->rows);
    for (size_t s = 0; s < self->counts.len; s++) {
        const spl_map_entry *entry = &self->counts.entries[s];
        uint32_t n = (uint32_t)(entry->key.len / sizeof *set);
        uint64_t both = *(const uint64_t *)entry->value;

        if (n < 2) continue;
        memcpy(set, entry->key.data, entry->key.len);
        for (uint32_t out = 0; out < n; out++) {
            uint32_t given[32], k = 0;
            const uint64_t *count;

            for (uint32_t i = 0; i < n; i++)
                if (i != out) given[k++] = set[i];
            count = spl_map_get(&self->counts, set_key(given, k));
            if (!count || (double)both < self->conf * (double)*count) continue;
            rule r = {.n_given = k, .implied = set[out], .both = both, .given_count = *count};
            r.given = SPL_NEW_ARRAY(arena, k, uint32_t);
            memcpy(r.given, given, k * sizeof *given);
            SPL_PUSH(arena, &self->rules, r);
        }
    }
}

/* The strongest first, then the most frequent, then by what is given and implied. */
static int by_strength(const void *a, const void *b)
{
    const rule *x = a, *y = b;
    double sx = (double)x->both / (double)x->given_count, sy = (double)y->both / (double)y->given_count;

    if (sx != sy) return sx > sy ? -1 : 1;
    if (x->both != y->both) return x->both > y->both ? -1 : 1;
    if (x->n_given != y->n_given) return x->n_given < y->n_given ? -1 : 1;
    for (uint32_t i = 0; i < x->n_given; i++)
        if (x->given[i] != y->given[i]) return x->given[i] < y->given[i] ? -1 : 1;
    return (x->implied > y->implied) - (x->implied < y->implied);
}

static void put_item(const arules_op *self, spl_buf *out, uint32_t index)
{
    const item *one = self->items.data[index];

    if (out->len) spl_buf_char(out, ' ');
    spl_buf_add(out, self->names[one->field]);
    spl_buf_char(out, '=');
    spl_buf_add(out, one->value);
}

static spl_status arules_emit(spl_op *op, spl_batch **out)
{
    static const char *const names[] = {"Given fields", "Implied fields", "Strength", "Given fields support",
                                        "Implied fields support"};
    arules_op *self = (arules_op *)op;
    spl_field to[5];
    size_t rows;
    spl_batch *batch;

    if (!self->found) {
        find_rules(self);
        if (self->rules.len) qsort(self->rules.data, self->rules.len, sizeof *self->rules.data, by_strength);
    }
    self->found = true;
    rows = self->rules.len - self->at;
    if (!rows) return SPL_END;
    if (rows > SPL_BATCH_ROWS) rows = SPL_BATCH_ROWS;
    batch = spl_op_batch(op, (uint32_t)rows);
    for (int i = 0; i < 5; i++) to[i] = spl_field_of(batch->fields, spl_str_of(names[i]));
    spl_batch_arrange(batch, to, 5);
    batch->fixed = true;
    for (uint32_t i = 0; i < rows; i++) {
        const rule *r = &self->rules.data[self->at++];
        spl_buf given = spl_buf_in(batch->arena), implied = spl_buf_in(batch->arena);

        for (uint32_t k = 0; k < r->n_given; k++) put_item(self, &given, r->given[k]);
        put_item(self, &implied, r->implied);
        spl_batch_set(batch, i, to[0], spl_text(spl_buf_str(&given)));
        spl_batch_set(batch, i, to[1], spl_text(spl_buf_str(&implied)));
        spl_batch_set(batch, i, to[2], spl_number((double)r->both / (double)r->given_count));
        spl_batch_set(batch, i, to[3], spl_number((double)r->given_count));
        spl_batch_set(batch, i, to[4], spl_number((double)self->items.data[r->implied]->rows.len));
    }
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(arules, .summary = "Finds values of fields that imply values of other fields.",
            .syntax = "arules [sup=<n>] [conf=<share>] <field> <field> …",
            .example = "| makeresults count=8 | streamstats count as n | eval method=if(n<5,\"GET\",\"POST\"), "
                       "status=if(n<5,200,404) | arules method status",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_FIXES, .options = options,
            .op_size = sizeof(arules_op), .bind = arules_bind, .open = arules_open, .gather = arules_gather,
            .emit = arules_emit);
