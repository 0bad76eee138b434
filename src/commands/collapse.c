/* collapse.c -- joins the files of a job's results; here results are in no files, and stay as they are. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("chunksize", INT, "results are in no files", .min = 1, .max = 9e15),
    SPL_IDLE("force", BOOL, "results are in no files"),
    {0},
};

static bool collapse_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    return spl_args_done(binder, &args);
}

static spl_status collapse_map(spl_op *op, spl_batch **batch)
{
    (void)op;
    (void)batch;
    return SPL_OK;
}

SPL_COMMAND(collapse, .summary = "Joins the files of a job's results; changes nothing.",
            .syntax = "collapse [chunksize=<n>] [force=<bool>]",
            .example = "| makeresults | collapse | eval a=1 | table a", .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS,
            .options = options, .op_size = sizeof(spl_op), .bind = collapse_bind, .map = collapse_map);
