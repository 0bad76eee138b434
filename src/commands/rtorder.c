/* rtorder.c -- events in the order of their times, oldest first. Splunk buffers a stretch of a real-time search; here
 * all events are there, and are sorted. */
#include "exec/sorter.h"

typedef struct rtorder_op {
    spl_op base;
    spl_sort_key key;
    spl_sorter *sorter;
} rtorder_op;

static const spl_option options[] = {
    SPL_IDLE("discard", BOOL, "no event comes too late"),
    SPL_IDLE("buffer_span", SPAN, "all events are put in order"),
    SPL_IDLE("max_buffer_size", INT, "all events are put in order", .min = 1, .max = 9e15),
    {0},
};

static bool rtorder_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    rtorder_op *order = (rtorder_op *)op;

    order->key = (spl_sort_key){.field = SPL_F_TIME, .kind = SPL_ORDER_NUM};
    spl_bind_reads(binder, SPL_F_TIME);
    return spl_bind_plain(binder, stage, op);
}

static void rtorder_open(spl_op *op)
{
    rtorder_op *order = (rtorder_op *)op;
    spl_sorter_config config = {.keys = &order->key, .n_keys = 1};
    order->sorter = spl_sorter_new(op->state, op->query, &config);
}

static spl_status rtorder_gather(spl_op *op, spl_batch *batch)
{
    spl_sorter_add(((rtorder_op *)op)->sorter, op, batch);
    return SPL_OK;
}

static void rtorder_merge(spl_op *into, spl_op *from)
{
    spl_sorter_merge(((rtorder_op *)into)->sorter, ((rtorder_op *)from)->sorter);
}

static spl_status rtorder_emit(spl_op *op, spl_batch **batch)
{
    *batch = spl_sorter_next(((rtorder_op *)op)->sorter);
    return *batch ? SPL_OK : SPL_END;
}

SPL_COMMAND(rtorder, .summary = "Puts events in the order of their times, oldest first.",
            .syntax = "rtorder [discard=<bool>] [buffer_span=<time>] [max_buffer_size=<n>]",
            .example = "| makeresults count=2 | streamstats count AS n | eval _time=n | rtorder | table n",
            .args = SPL_ARGS_PLAIN, .options = options, .op_size = sizeof(rtorder_op), .bind = rtorder_bind,
            .open = rtorder_open, .gather = rtorder_gather, .merge = rtorder_merge, .emit = rtorder_emit);
