/* dbinspect.c -- looks at the buckets of an index; files have none. */
#include "exec/bind.h"

static const char *const states[] = {"hot", "warm", "cold", "thawed", NULL};

static const spl_option options[] = {
    SPL_IDLE("index", TEXT, "the index"),
    SPL_IDLE("splunk_server", TEXT, "the server"),
    SPL_IDLE("splunk_server_group", TEXT, "the servers"),
    SPL_IDLE("timeformat", TEXT, "how times are shown"),
    SPL_IDLE("span", SPAN, "the length of a bin of buckets"),
    SPL_IDLE("bins", INT, "how many bins of buckets at the most", .min = 1, .max = 9e15),
    SPL_IDLE("state", ENUM, "only buckets of this state", .names = states),
    SPL_IDLE("corruptonly", BOOL, "only buckets that are damaged"),
    SPL_IDLE("cached", BOOL, "whether cached figures do"),
    {0},
};

SPL_COMMAND(
    dbinspect, .summary = "Tells of the buckets of an index.",
    .syntax = "dbinspect [index=<name>] [timeformat=<format>] [span=<span>] [corruptonly=<bool>] [cached=<bool>]",
    .refusal = "Files have no buckets. tstats or metadata tell what DATA holds.", .args = SPL_ARGS_PLAIN,
    .traits = SPL_APP | SPL_GENERATES, .options = options, .op_size = sizeof(spl_op), .bind = spl_bind_plain);
