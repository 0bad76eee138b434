/* collapse.c -- joins the files of a job's results; here results are in no files, and stay as they are. */
#include "exec/bind.h"

#include <stddef.h>

typedef struct collapse_op {
    spl_op base;
    int64_t chunksize;
    bool force;
} collapse_op;

static const spl_option options[] = {
    {.name = "chunksize",
     .type = SPL_OPTION_INT,
     .offset = offsetof(collapse_op, chunksize),
     .dflt = 50000,
     .min = 1,
     .max = 9e15,
     .help = "nothing: how many results a file of Splunk's holds"},
    {.name = "force",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(collapse_op, force),
     .help = "nothing: whether results in memory are divided anew"},
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
            .options = options, .op_size = sizeof(collapse_op), .bind = collapse_bind, .map = collapse_map);
