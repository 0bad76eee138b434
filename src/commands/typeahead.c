/* typeahead.c -- lists what an index knows with a prefix. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(typeahead, .summary = "Lists terms of the index that begin with a prefix.",
            .syntax = "typeahead prefix=<text> count=<n> [max_time=<n>] [index=<name>] [starttimeu=<n>] [endtimeu=<n>] "
                      "[collapse=<bool>]",
            .refusal = "Files have no index of terms. Count a field's values with top, or with stats count by field.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
