/* dispatch.c -- runs a search as a job. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(dispatch, .summary = "Runs a search as a job of the server.", .syntax = "dispatch <search>",
            .refusal = "There are no jobs. Leave the command out and give the search itself.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
