/* prjob.c -- runs a search with its work spread over indexers: here it is the search itself. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("num_of_reducers", INT, "-j says how many threads share the work", .min = 1, .max = 9e15),
    {0},
};

static const spl_node *prjob_expand(spl_binder *binder, const spl_node *stage)
{
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    char none; /* they are idle */

    if (!spl_options_take(binder, stage, options, &none)) return NULL;
    node = spl_args_next(&args);
    if (!node || node->kind != SPL_NODE_PIPELINE)
        return spl_lacks(binder, node, "a search in square brackets", "[ search index=web | stats count BY host ]"),
               NULL;
    return spl_args_done(binder, &args) ? node : NULL;
}

SPL_COMMAND(prjob, .summary = "Runs a search whose work is spread; here as any other.",
            .syntax = "prjob [num_of_reducers=<n>] [<search>]",
            .example = "| prjob [ makeresults | eval a=1 | table a ]", .args = SPL_ARGS_PLAIN,
            .brackets = SPL_BRACKET_PIPELINE, .traits = SPL_GENERATES, .options = options, .op_size = sizeof(spl_op),
            .expand = prjob_expand);
