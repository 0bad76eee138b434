/* append.c -- the results of a subsearch after those of the search. */
#include "exec/subsearch_args.h"

#include <stddef.h>

typedef struct append_op {
    spl_op base;
    spl_subsearch_args args;
    spl_subsearch_run *run;
    bool main_ended;
} append_op;

static const spl_option options[] = {SPL_SUBSEARCH_OPTIONS(append_op, args), {0}};

static bool append_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return spl_subsearch_args_bind(binder, stage, &((append_op *)op)->args, NULL);
}

static spl_status append_next(spl_op *op, spl_batch **batch)
{
    append_op *append = (append_op *)op;
    if (!append->main_ended) {
        spl_status status = op->input ? spl_op_next(op->input, batch) : SPL_END;
        if (status == SPL_OK) {
            spl_op_count_in(op, *batch);
            (*batch)->order = NULL; /* the rows stand where they come from now on */
            return SPL_OK;
        }
        append->main_ended = true;
    }
    if (!append->run) append->run = spl_subsearch_args_start(op, &append->args);
    spl_status status = spl_subsearch_args_next(op, &append->args, append->run, batch);
    if (status == SPL_OK) (*batch)->order = NULL;
    return status;
}

SPL_COMMAND(
    append, .summary = "Adds the results of a subsearch after those of the search.",
    .syntax = "append [maxout=<n>] [maxtime=<seconds>] [timeout=<seconds>] [extendtimerange=<bool>] [ <search> ]",
    .example = "| makeresults | eval n=1 | append [| makeresults | eval n=2] | table n", .args = SPL_ARGS_PLAIN,
    .brackets = SPL_BRACKET_PIPELINE, .traits = SPL_GENERATES | SPL_ADDS_ROWS | SPL_ORDERED, .options = options,
    .op_size = sizeof(append_op), .bind = append_bind, .next = append_next);
