/* dbinspect.c -- looks at the buckets of an index; files have none. */
#include "commands/refused.h"

static const char *const states[] = {"hot", "warm", "cold", "thawed", NULL};

static const spl_option options[] = {
    REFUSED_OPTION("index", TEXT, "the index"),
    REFUSED_OPTION("splunk_server", TEXT, "the server"),
    REFUSED_OPTION("splunk_server_group", TEXT, "the servers"),
    REFUSED_OPTION("timeformat", TEXT, "how times are shown"),
    REFUSED_OPTION("span", SPAN, "the length of a bin of buckets"),
    REFUSED_OPTION("bins", INT, "how many bins of buckets at the most", .min = 1, .max = 9e15),
    REFUSED_OPTION("state", ENUM, "only buckets of this state", .names = states),
    REFUSED_OPTION("corruptonly", BOOL, "only buckets that are damaged"),
    REFUSED_OPTION("cached", BOOL, "whether cached figures do"),
    {0},
};

SPL_COMMAND(
    dbinspect, .summary = "Tells of the buckets of an index.",
    .syntax = "dbinspect [index=<name>] [timeformat=<format>] [span=<span>] [corruptonly=<bool>] [cached=<bool>]",
    .refusal = "Files have no buckets. tstats or metadata tell what DATA holds.", .args = SPL_ARGS_PLAIN,
    .traits = SPL_APP | SPL_GENERATES, .options = options, .op_size = sizeof(refused_op), .bind = refused_bind_none);
