/* dbinspect.c -- looks at the buckets of an index; files have none. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(
    dbinspect, .summary = "Tells of the buckets of an index.",
    .syntax = "dbinspect [index=<name>] [timeformat=<format>] [span=<span>] [corruptonly=<bool>] [cached=<bool>]",
    .refusal = "Files have no buckets. tstats or metadata tell what DATA holds.", .args = SPL_ARGS_PLAIN,
    .traits = SPL_APP | SPL_GENERATES | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
