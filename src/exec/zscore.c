/* zscore.c -- see zscore.h.
 *
 * A field is a number's if all its values are numbers. A value's score is the chance to meet one like it: of a number,
 * to lie as far from the mean or farther under a normal distribution; of a text, its share of the field's values. It is
 * anomalous below pthresh. Distinct values are held; nothing else grows with the input. */
#include "exec/zscore.h"

#include "base/map.h"
#include "exec/exact.h"

#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>

typedef struct column {
    uint64_t count;
    spl_moments numbers;
    double mean, stdev; /* of them, once all are seen */
    spl_map *values;    /* text of each value: how often, as a pointer's number */
    uint64_t anomalous;
    bool number, use;
    spl_field to;
} column;

static uint64_t *tally(column *c, spl_str text, bool make)
{
    spl_map_entry *entry = make ? spl_map_put(c->values, text, NULL) : spl_map_find(c->values, text);

    if (entry && !entry->value && make) entry->value = SPL_NEW(c->values->arena, uint64_t);
    return entry ? entry->value : NULL;
}

/* The text as it is counted. */
static spl_str text_of(const spl_zscore *zscore, spl_arena *arena, spl_value value)
{
    spl_str text = spl_value_text(arena, value);

    if (!zscore->maxvaluesize || text.len <= zscore->maxvaluesize) return text;
    spl_op_warn(zscore->op, "limit", "%s looked at the first %" PRIu64 " bytes of a value (maxvaluesize)",
                zscore->op->command->name, zscore->maxvaluesize);
    return spl_str_sub(text, 0, zscore->maxvaluesize);
}

void spl_zscore_see(spl_zscore *zscore, spl_batch *batch)
{
    spl_arena *arena = zscore->table.arena;

    if (!zscore->table.item) zscore->table.item = sizeof(column);
    zscore->rows += spl_batch_rows(batch);
    for (uint32_t f = 0; f < batch->n_columns; f++) {
        spl_column *from = batch->columns[f];
        column *c = NULL;

        if (!spl_fieldlist_has(zscore->list, batch->fields, from->field)) continue;
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i);
            double number;

            if (spl_is_null(from->cells[row])) continue;
            if (!c) c = spl_fieldtable_put(&zscore->table, from->field);
            if (!c->values) {
                c->values = SPL_NEW(arena, spl_map);
                *c->values = spl_map_in(arena);
            }
            spl_str text = text_of(zscore, batch->arena, from->cells[row]);
            if (zscore->maxvalues && c->values->len >= zscore->maxvalues && !tally(c, text, false)) {
                spl_op_warn(zscore->op, "limit",
                            "%s looked at the first %" PRIu64 " distinct values of a field (maxvalues)",
                            zscore->op->command->name, zscore->maxvalues);
                continue;
            }
            c->count++;
            ++*tally(c, text, true);
            if (!spl_column_number(batch, from, row, &number) || !isfinite(number)) continue;
            spl_moments_add(&c->numbers, arena, from->cells[row], number);
        }
    }
}

static double score_number(const column *c, double number)
{
    return c->stdev > 0 ? 2 * gsl_cdf_ugaussian_Q(fabs(number - c->mean) / c->stdev) : 1;
}

void spl_zscore_finish(spl_zscore *zscore)
{
    for (size_t i = 0; i < zscore->table.items.len; i++) {
        column *c = zscore->table.items.data[i];

        c->number = c->numbers.count == c->count;
        c->mean = spl_moments_mean(&c->numbers);
        c->stdev = spl_moments_stdev(&c->numbers);
        for (size_t v = 0; v < c->values->len; v++) {
            const spl_map_entry *entry = &c->values->entries[v];
            uint64_t times = *(const uint64_t *)entry->value;
            double number, score = (double)times / (double)c->count;

            if (c->number && spl_value_number(spl_text(entry->key), &number)) score = score_number(c, number);
            if (score < zscore->pthresh) c->anomalous += times;
        }
        double share = (double)c->anomalous / (double)c->count;
        c->use = c->count >= (uint64_t)zscore->minsupcount &&
                 (double)c->count / (double)zscore->rows >= zscore->minsupfreq && share <= zscore->maxanofreq &&
                 share >= zscore->minnormfreq;
    }
}

void spl_zscore_edit(spl_zscore *zscore, spl_batch *batch, bool filter)
{
    uint32_t rows = spl_batch_rows(batch), n = batch->n_columns;
    bool *keep = SPL_NEW_ARRAY(batch->arena, rows + 1, bool);

    for (uint32_t f = 0; f < n; f++) {
        spl_column *from = batch->columns[f];
        spl_field field = from->field;
        column *c = spl_fieldtable_get(&zscore->table, field);

        for (uint32_t i = 0; c && c->use && i < rows; i++) {
            uint32_t row = spl_batch_row(batch, i);
            spl_value value = spl_batch_get(batch, row, field);
            double score = 1, number;

            if (spl_is_null(value)) continue;
            if (c->number) {
                if (spl_value_number(value, &number)) score = score_number(c, number);
            } else {
                const uint64_t *times = tally(c, text_of(zscore, batch->arena, value), false);
                if (times) score = (double)*times / (double)c->count;
            }
            if (!(score < zscore->pthresh)) continue;
            keep[i] = true;
            spl_str name = spl_field_name(batch->fields, field);
            spl_field to = spl_field_of(batch->fields, spl_strf(batch->arena, "Anomaly_Score_%s(%.*s)",
                                                                c->number ? "Num" : "Cat", SPL_FMT(name)));
            spl_batch_set(batch, row, to, spl_number(score));
        }
    }
    if (filter) spl_batch_filter(batch, keep);
}

spl_batch *spl_zscore_summary(spl_zscore *zscore, spl_op *op)
{
    static const char *const names[] = {"fieldname",    "count",       "distinct_count", "mean",  "catAnoFreq%",
                                        "catNormFreq%", "numAnoFreq%", "numNormFreq%",   "stdev", "supportFreq%",
                                        "useCat",       "useNum",      "isNum"};
    enum { N = sizeof names / sizeof *names };
    uint32_t rows = (uint32_t)zscore->table.items.len;
    spl_batch *batch = spl_op_batch(op, rows);
    uint32_t *order = spl_fieldtable_sorted(&zscore->table, batch->fields, batch->arena);
    spl_field to[N];

    for (int i = 0; i < N; i++) to[i] = spl_field_of(batch->fields, spl_str_of(names[i]));
    spl_batch_arrange(batch, to, N);
    batch->fixed = true;
    for (uint32_t r = 0; r < rows; r++) {
        const column *c = zscore->table.items.data[order[r]];
        double share = 100.0 * (double)c->anomalous / (double)c->count;
        spl_str name = spl_field_name(batch->fields, zscore->table.fields.data[order[r]]);

        spl_batch_set(batch, r, to[0], spl_text(name));
        spl_batch_set(batch, r, to[1], spl_number((double)c->count));
        spl_batch_set(batch, r, to[2], spl_number((double)c->values->len));
        if (c->number) {
            spl_batch_set(batch, r, to[3], spl_number((double)c->mean));
            spl_batch_set(batch, r, to[8], spl_number(c->stdev));
        }
        spl_batch_set(batch, r, to[c->number ? 6 : 4], spl_number(share));
        spl_batch_set(batch, r, to[c->number ? 7 : 5], spl_number(100 - share));
        spl_batch_set(batch, r, to[9], spl_number(100.0 * (double)c->count / (double)zscore->rows));
        spl_batch_set(batch, r, to[10], spl_text(c->use && !c->number ? SPL_S("YES") : SPL_S("NO")));
        spl_batch_set(batch, r, to[11], spl_text(c->use && c->number ? SPL_S("YES") : SPL_S("NO")));
        spl_batch_set(batch, r, to[12], spl_text(c->number ? SPL_S("YES") : SPL_S("NO")));
    }
    return batch;
}
