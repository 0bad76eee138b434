/* typeahead.c -- lists what an index knows with a prefix. */
#include "commands/refused.h"

static const spl_option options[] = {
    REFUSED_OPTION("prefix", TEXT, "the search that is being typed"),
    REFUSED_OPTION("count", INT, "how many results", .min = 1, .max = 9e15),
    REFUSED_OPTION("banned_segments", TEXT, "what is left out, semicolons between"),
    REFUSED_OPTION("collapse", BOOL, "whether a term that begins another one as frequent is left out"),
    REFUSED_OPTION("endtimeu", NUMBER, "the end of the time range", .min = 0, .max = 9e15),
    REFUSED_OPTION("index", TEXT, "the index"),
    REFUSED_OPTION("max_servers", INT, "how many servers are asked", .min = 0, .max = 9e15),
    REFUSED_OPTION("max_time", INT, "seconds that it may take", .min = 0, .max = 9e15),
    REFUSED_OPTION("starttimeu", NUMBER, "the begin of the time range", .min = 0, .max = 9e15),
    REFUSED_OPTION("use_cache", BOOL, "whether an earlier answer does"),
    {0},
};

static bool typeahead_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return refused_bind_none(binder, stage, op) && refused_needs(binder, stage, "prefix") &&
           refused_needs(binder, stage, "count");
}

SPL_COMMAND(typeahead, .summary = "Lists terms of the index that begin with a prefix.",
            .syntax = "typeahead prefix=<text> count=<n> [max_time=<n>] [index=<name>] [starttimeu=<n>] [endtimeu=<n>] "
                      "[collapse=<bool>]",
            .refusal = "Files have no index of terms. Count a field's values with top, or with stats count by field.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES, .options = options,
            .op_size = sizeof(refused_op), .bind = typeahead_bind);
