/* collapse.c -- joins the files of a job's results; here results are in no files, and stay as they are. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("chunksize", INT, "results are in no files", .min = 1, .max = 9e15),
    SPL_IDLE("force", BOOL, "results are in no files"),
    {0},
};

SPL_COMMAND(collapse, .summary = "Joins the files of a job's results; changes nothing.",
            .syntax = "collapse [chunksize=<n>] [force=<bool>]",
            .example = "| makeresults | collapse | eval a=1 | table a", .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS,
            .options = options, .op_size = sizeof(spl_op), .bind = spl_bind_plain, .map = spl_op_pass);
