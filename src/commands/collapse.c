/* collapse.c -- reduces a job's files. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(collapse, .summary = "Joins files of a search job.", .syntax = "collapse [chunksize=<int>] [force=<bool>]",
            .refusal = "There are no jobs. Leave the stage out: rows pass as they are.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
