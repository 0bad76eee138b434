/* walklex.c -- lists the terms of an index. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(walklex, .summary = "Lists terms or fields of an index's buckets.",
            .syntax = "walklex type=field|fieldvalue|term|all [prefix=<text>|pattern=<text>] [index=<name>]",
            .refusal = "Files have no index of terms. fieldsummary lists the fields and values of events.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
