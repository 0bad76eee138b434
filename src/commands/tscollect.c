/* tscollect.c -- would write index files, of which there are none. */
#include "commands/refused.h"

static const spl_option options[] = {
    REFUSED_OPTION("namespace", TEXT, "the name that tstats reads them by"),
    REFUSED_OPTION("squashcase", BOOL, "whether values are kept in lower case"),
    REFUSED_OPTION("keepresults", BOOL, "whether the results pass on"),
    {0},
};

SPL_COMMAND(
    tscollect, .summary = "Writes results to index files for tstats.",
    .syntax = "tscollect [namespace=<name>] [squashcase=<bool>] [keepresults=<bool>]", .example = NULL,
    .refusal = "There are no index files. Write the results with outputlookup or collect and read them back, or search "
               "DATA with tstats directly.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(refused_op),
    .bind = refused_bind_none);
