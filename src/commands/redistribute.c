/* redistribute.c -- spreads the work that follows over indexers; here -j does that for every search. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("num_of_reducers", INT, "-j says how many threads share the work", .min = 1, .max = 9e15),
    {0},
};

static const spl_segment segments[] = {{.keyword = "by", .shape = SPL_ARGS_PLAIN}, {0}};

SPL_COMMAND(redistribute, .summary = "Says how the work is spread over indexers; changes nothing.",
            .syntax = "redistribute [num_of_reducers=<n>] [by <field> …]",
            .example = "| makeresults | redistribute | eval a=1 | table a", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .segments = segments, .op_size = sizeof(spl_op),
            .bind = spl_bind_plain, .map = spl_op_pass);
