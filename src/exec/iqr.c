/* iqr.c -- see iqr.h. The numbers of each field are held, eight bytes each, for exact quartiles. */
#include "exec/iqr.h"

#include "base/num.h"

#include <math.h>

typedef struct column {
    spl_doubles values;
    double low, high;
} column;

void spl_iqr_see(spl_iqr *iqr, spl_batch *batch)
{
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_column *from = batch->columns[c];
        column *to = NULL;
        double number;

        if (!spl_fieldlist_has(iqr->list, batch->fields, from->field)) continue;
        if (!iqr->table.item) iqr->table.item = sizeof(column);
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            if (!spl_column_number(batch, from, spl_batch_row(batch, i), &number) || !isfinite(number)) continue;
            if (!to) to = spl_fieldtable_put(&iqr->table, from->field);
            SPL_PUSH(iqr->table.arena, &to->values, number);
        }
    }
}

void spl_iqr_finish(spl_iqr *iqr)
{
    for (size_t i = 0; i < iqr->table.items.len; i++) {
        column *c = iqr->table.items.data[i];
        double first, third;

        spl_doubles_sort(&c->values);
        first = spl_doubles_quantile(&c->values, 0.25);
        third = spl_doubles_quantile(&c->values, 0.75);
        c->low = iqr->uselower ? first - iqr->param * (third - first) : -HUGE_VAL;
        c->high = third + iqr->param * (third - first);
    }
}

void spl_iqr_edit(spl_iqr *iqr, spl_batch *batch)
{
    uint32_t rows = spl_batch_rows(batch);
    bool *keep = spl_alloc(batch->arena, rows + 1);

    memset(keep, true, rows);
    for (uint32_t f = 0; f < batch->n_columns; f++) {
        spl_column *from = batch->columns[f];
        const column *c = spl_fieldtable_get(&iqr->table, from->field);

        for (uint32_t i = 0; c && i < rows; i++) {
            uint32_t row = spl_batch_row(batch, i);
            double number, bound;

            if (!spl_column_number(batch, from, row, &number) || (number >= c->low && number <= c->high)) continue;
            bound = number < c->low ? c->low : c->high;
            keep[i] = false;
            if (iqr->remove) continue;
            spl_batch_set(
                batch, row, from->field,
                iqr->mark ? spl_text(spl_strf(batch->arena, "000%.*s", SPL_FMT(spl_num_text(batch->arena, bound, 0))))
                          : spl_number(bound));
        }
    }
    if (iqr->remove) spl_batch_filter(batch, keep);
}
