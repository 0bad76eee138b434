/* redistribute.c -- spreads the work that follows over indexers; here -j does that for every search. */
#include "exec/bind.h"

#include <stddef.h>

typedef struct redistribute_op {
    spl_op base;
    int64_t reducers;
} redistribute_op;

static const spl_option options[] = {
    {.name = "num_of_reducers",
     .type = SPL_OPTION_INT,
     .offset = offsetof(redistribute_op, reducers),
     .dflt = 1,
     .min = 1,
     .max = 9e15,
     .help = "nothing: how many indexers share the work; -j says how many threads do here"},
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
            .traits = SPL_STREAMS, .options = options, .segments = segments, .op_size = sizeof(redistribute_op),
            .bind = redistribute_bind, .map = redistribute_map);
