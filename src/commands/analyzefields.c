/* analyzefields.c -- how well each numeric field tells the value of a class field. Two passes: the mean and deviation
 * of each field in each class, then the class whose mean each value lies nearest to, in deviations. Rules:
 * docs/reference/commands/analyzefields.md */
#include "base/map.h"
#include "exec/exact.h"
#include "exec/fieldtable.h"
#include "exec/rowstore.h"

#include <math.h>
#include <stddef.h>

enum { MOST = 1000 }; /* classes */

typedef struct figure {
    spl_moments numbers;
    double mean, stdev; /* once all are seen */
    uint64_t right;
} figure;

typedef struct column {
    uint64_t count, with_class, right;
    bool texts;
    SPL_VEC(figure) classes;
} column;

typedef struct analyzefields_op {
    spl_op base;
    spl_field class_field;
    spl_map classes; /* text to index + 1, as the place in the map */
    uint64_t with_class;
    spl_fieldtable table;
    bool told;
} analyzefields_op;

static const spl_option options[] = {
    {.name = "classfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(analyzefields_op, class_field),
     .required = "classfield=is_activated",
     .help = "the field whose value is to be told"},
    {0},
};

static bool analyzefields_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_bind_reads_all(binder);
    return spl_bind_plain(binder, stage, op);
}

static void analyzefields_open(spl_op *op)
{
    analyzefields_op *self = (analyzefields_op *)op;
    self->classes = spl_map_in(op->state);
    self->table = spl_fieldtable_in(op->state, sizeof(column));
}

/* The class of a row, or SIZE_MAX. */
static size_t class_of(analyzefields_op *self, spl_batch *batch, uint32_t row, bool make)
{
    spl_value value = spl_batch_get(batch, row, self->class_field);
    spl_map_entry *entry;
    spl_str text;

    if (spl_is_null(value)) return SIZE_MAX;
    text = spl_value_text(batch->arena, value);
    entry = spl_map_find(&self->classes, text);
    if (!entry && make) {
        if (self->classes.len == MOST) {
            spl_op_warn(&self->base, "analyzefields-limit",
                        "the class field has more than %d values; further ones are left out", MOST);
            return SIZE_MAX;
        }
        entry = spl_map_put(&self->classes, text, NULL);
    }
    return entry ? (size_t)(entry - self->classes.entries) : SIZE_MAX;
}

static void see(analyzefields_op *self, spl_batch *batch)
{
    uint32_t rows = spl_batch_rows(batch);
    size_t *classes = SPL_NEW_ARRAY(batch->arena, rows + 1, size_t);

    for (uint32_t i = 0; i < rows; i++) {
        classes[i] = class_of(self, batch, spl_batch_row(batch, i), true);
        self->with_class += classes[i] != SIZE_MAX;
    }
    for (uint32_t f = 0; f < batch->n_columns; f++) {
        spl_column *from = batch->columns[f];
        column *c = NULL;

        if (from->field == self->class_field || spl_field_internal(batch->fields, from->field)) continue;
        for (uint32_t i = 0; i < rows; i++) {
            uint32_t row = spl_batch_row(batch, i);
            double number;

            if (spl_is_null(from->cells[row])) continue;
            if (!c) c = spl_fieldtable_put(&self->table, from->field);
            c->count++;
            if (c->texts) continue;
            if (!spl_column_number(batch, from, row, &number) || !isfinite(number)) {
                c->texts = true;
                continue;
            }
            if (classes[i] == SIZE_MAX) continue;
            c->with_class++;
            while (c->classes.len <= classes[i]) SPL_PUSH(self->base.state, &c->classes, (figure){0});
            figure *one = &c->classes.data[classes[i]];
            spl_moments_add(&one->numbers, self->base.state, from->cells[row], number);
        }
    }
}

/* How many deviations NUMBER lies from the mean of a class; the least has the highest probability. */
static double distance(const figure *one, double number)
{
    if (number == one->mean) return 0;
    return one->stdev > 0 ? fabs(number - one->mean) / one->stdev : HUGE_VAL;
}

static void judge(analyzefields_op *self, spl_batch *batch)
{
    uint32_t rows = spl_batch_rows(batch);

    for (uint32_t f = 0; f < batch->n_columns; f++) {
        spl_column *from = batch->columns[f];
        column *c = spl_fieldtable_get(&self->table, from->field);

        for (uint32_t i = 0; c && !c->texts && i < rows; i++) {
            uint32_t row = spl_batch_row(batch, i);
            size_t real = class_of(self, batch, row, false), best = SIZE_MAX;
            double number, least = HUGE_VAL;

            if (real == SIZE_MAX || !spl_column_number(batch, from, row, &number)) continue;
            for (size_t k = 0; k < c->classes.len; k++) {
                const figure *one = &c->classes.data[k];
                double far = one->numbers.count ? distance(one, number) : HUGE_VAL;

                /* of two as near the more frequent one */
                if (far < least ||
                    (far == least && best != SIZE_MAX && one->numbers.count > c->classes.data[best].numbers.count))
                    least = far, best = k;
            }
            if (best != real) continue;
            c->right++;
            c->classes.data[real].right++;
        }
    }
}

static spl_status analyzefields_next(spl_op *op, spl_batch **out)
{
    static const char *const names[] = {"field", "count", "cocur", "acc", "balacc"};
    analyzefields_op *self = (analyzefields_op *)op;
    spl_batch *batch;
    spl_field to[5];
    uint32_t n = 0;

    if (self->told) return SPL_END;
    self->told = true;
    spl_rowstore *store = spl_rowstore_new(op);
    while (spl_op_pull(op, &batch) == SPL_OK) {
        see(self, batch);
        spl_rowstore_add(store, batch);
    }
    for (size_t i = 0; i < self->table.items.len; i++) {
        column *c = self->table.items.data[i];

        for (size_t k = 0; k < c->classes.len; k++) {
            figure *one = &c->classes.data[k];

            one->mean = spl_moments_mean(&one->numbers);
            one->stdev = spl_moments_stdev(&one->numbers);
        }
    }
    while ((batch = spl_rowstore_take(store))) {
        spl_query_poll(op->query);
        judge(self, batch);
        spl_batch_free(batch);
    }
    batch = spl_op_batch(op, (uint32_t)self->table.items.len);
    for (int i = 0; i < 5; i++) to[i] = spl_field_of(batch->fields, spl_str_of(names[i]));
    spl_batch_arrange(batch, to, 5);
    batch->fixed = true;
    uint32_t *order = spl_fieldtable_sorted(&self->table, batch->fields, batch->arena);
    for (size_t i = 0; i < self->table.items.len; i++) {
        const column *c = self->table.items.data[order[i]];
        double balanced = 0;
        uint64_t classes = 0;

        if (c->texts) continue;
        for (size_t k = 0; k < c->classes.len; k++) {
            if (!c->classes.data[k].numbers.count) continue;
            balanced += (double)c->classes.data[k].right / (double)c->classes.data[k].numbers.count;
            classes++;
        }
        spl_batch_set(batch, n, to[0], spl_text(spl_field_name(batch->fields, self->table.fields.data[order[i]])));
        spl_batch_set(batch, n, to[1], spl_number((double)c->count));
        if (self->with_class)
            spl_batch_set(batch, n, to[2], spl_number((double)c->with_class / (double)self->with_class));
        spl_batch_set(batch, n, to[3], spl_number((double)c->right / (double)c->count));
        if (classes) spl_batch_set(batch, n, to[4], spl_number(balanced / (double)classes));
        n++;
    }
    if (!n) {
        spl_batch_free(batch);
        return SPL_END;
    }
    spl_batch_truncate(batch, n);
    *out = batch;
    return SPL_OK;
}

static const char *const aliases[] = {"af", NULL};
SPL_COMMAND(analyzefields, .aliases = aliases,
            .summary = "Shows how well each numeric field tells the value of a class field.",
            .syntax = "analyzefields classfield=<field>",
            .example = "| makeresults count=8 | streamstats count as n | eval late=if(n>4,\"yes\",\"no\") "
                       "| analyzefields classfield=late",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_FIXES, .options = options,
            .op_size = sizeof(analyzefields_op), .bind = analyzefields_bind, .open = analyzefields_open,
            .next = analyzefields_next);
