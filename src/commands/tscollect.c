/* tscollect.c -- would write index files, of which there are none. */
#include "exec/bind.h"

SPL_COMMAND(
    tscollect, .summary = "Writes results to index files for tstats.",
    .syntax = "tscollect [namespace=<name>] [squashcase=<bool>] [keepresults=<bool>]", .example = NULL,
    .refusal = "There are no index files. Write the results with outputlookup or collect and read them back, or search "
               "DATA with tstats directly.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .op_size = sizeof(spl_op));
