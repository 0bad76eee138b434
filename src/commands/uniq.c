/* uniq.c -- drops a result that equals the one before it in every field. */
#include "exec/rowkey.h"

#include "exec/bind.h"

#include <stdlib.h>

typedef struct uniq_op {
    spl_op base;
    spl_buf keys[2];
    unsigned at;
    bool any;
} uniq_op;

static bool uniq_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_bind_reads_all(binder);
    return spl_bind_plain(binder, stage, op);
}

static void uniq_open(spl_op *op)
{
    uniq_op *uniq = (uniq_op *)op;
    uniq->keys[0] = spl_buf_in(op->state);
    uniq->keys[1] = spl_buf_in(op->state);
}

static int field_compare(const void *a, const void *b)
{
    spl_field x = (*(spl_column *const *)a)->field, y = (*(spl_column *const *)b)->field;
    return x < y ? -1 : x > y;
}

static spl_status uniq_map(spl_op *op, spl_batch **in)
{
    uniq_op *uniq = (uniq_op *)op;
    spl_batch *batch = *in;
    uint32_t n = spl_batch_rows(batch);
    bool *keep = SPL_NEW_ARRAY(batch->arena, n, bool);
    spl_column **columns = SPL_NEW_ARRAY(batch->arena, batch->n_columns + 1, spl_column *);

    memcpy(columns, batch->columns, batch->n_columns * sizeof *columns);
    qsort(columns, batch->n_columns, sizeof *columns, field_compare);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_buf *key = &uniq->keys[uniq->at];
        spl_buf_clear(key);
        for (uint32_t c = 0; c < batch->n_columns; c++) {
            spl_value value = columns[c]->cells[row];
            if (spl_is_null(value)) continue;
            memcpy(spl_buf_room(key, sizeof(spl_field)), &columns[c]->field, sizeof(spl_field));
            key->len += sizeof(spl_field);
            spl_rowkey_add(key, value);
        }
        keep[i] = !uniq->any || !spl_str_eq(spl_buf_str(key), spl_buf_str(&uniq->keys[!uniq->at]));
        uniq->any = true;
        if (keep[i]) uniq->at = !uniq->at;
    }
    spl_batch_filter(batch, keep);
    return SPL_OK;
}

SPL_COMMAND(uniq, .summary = "Drops results that equal the one before them.", .syntax = "uniq",
            .example = "| makeresults count=3 | eval a=1 | table a | uniq", .args = SPL_ARGS_PLAIN,
            .traits = SPL_ORDERED, .op_size = sizeof(uniq_op), .bind = uniq_bind, .open = uniq_open, .map = uniq_map);
