/* redistribute.c -- spreads the work that follows over indexers; here -j does that for every search. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("num_of_reducers", INT, "-j says how many threads share the work", .min = 1, .max = 9e15),
    {0},
};

static const spl_segment segments[] = {{"by", SPL_ARGS_PLAIN, false}, {0}};

static bool redistribute_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);
    (void)op;
    return spl_args_done(binder, &args);
}

static spl_status redistribute_map(spl_op *op, spl_batch **batch)
{
    (void)op;
    (void)batch;
    return SPL_OK;
}

SPL_COMMAND(redistribute, .summary = "Says how the work is spread over indexers; changes nothing.",
            .syntax = "redistribute [num_of_reducers=<n>] [by <field> …]",
            .example = "| makeresults | redistribute | eval a=1 | table a", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .segments = segments, .op_size = sizeof(spl_op),
            .bind = redistribute_bind, .map = redistribute_map);
