/* reverse.c -- turns the order of the results around. */
#include "exec/sorter.h"

typedef struct reverse_op {
    spl_op base;
    spl_sorter *sorter;
} reverse_op;

static bool reverse_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return spl_bind_plain(binder, stage, op);
}

static void reverse_open(spl_op *op)
{
    spl_sorter_config config = {.backward = true};
    ((reverse_op *)op)->sorter = spl_sorter_new(op->state, op->query, &config);
}

static spl_status reverse_gather(spl_op *op, spl_batch *batch)
{
    spl_sorter_add(((reverse_op *)op)->sorter, op, batch);
    return SPL_OK;
}

static void reverse_merge(spl_op *into, spl_op *from)
{
    spl_sorter_merge(((reverse_op *)into)->sorter, ((reverse_op *)from)->sorter);
}

static spl_status reverse_emit(spl_op *op, spl_batch **batch)
{
    *batch = spl_sorter_next(((reverse_op *)op)->sorter);
    return *batch ? SPL_OK : SPL_END;
}

SPL_COMMAND(reverse, .summary = "Turns the order of the results around.", .syntax = "reverse",
            .example = "| makeresults count=3 | streamstats count AS n | reverse", .args = SPL_ARGS_PLAIN,
            .traits = SPL_FILTERS, .op_size = sizeof(reverse_op), .bind = reverse_bind, .open = reverse_open,
            .gather = reverse_gather, .merge = reverse_merge, .emit = reverse_emit);
