/* redistribute.c -- spreads the work that follows over indexers; here -j does that for every search. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("num_of_reducers", INT, "-j says how many threads share the work", .min = 1, .max = 9e15),
    {0},
};

/* Once in a search (Search Reference, redistribute). */
static bool redistribute_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    const spl_node *by = spl_args_clause(stage, "by");

    for (const spl_op *before = op->input; before; before = before->input) {
        if (before->command != op->command) continue;
        spl_bad_argument(binder, stage->name_span, "redistribute can stand in a search once");
        spl_hint(binder->diag, "Leave one of them out.");
        return false;
    }
    if (by && !spl_args_no_wildcards(binder, by)) return false;
    return spl_bind_plain(binder, stage, op);
}

static const spl_segment segments[] = {{.keyword = "by", .shape = SPL_ARGS_PLAIN}, {0}};

SPL_COMMAND(redistribute, .summary = "Says how the work is spread over indexers; changes nothing.",
            .syntax = "redistribute [num_of_reducers=<n>] [by <field> …]",
            .example = "| makeresults | redistribute | eval a=1 | table a", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .segments = segments, .op_size = sizeof(spl_op),
            .bind = redistribute_bind, .map = spl_op_pass);
