/* tscollect.c, walklex -- commands that write or walk index files, of which there are none. */
#include "exec/bind.h"

SPL_COMMAND(
    tscollect, .summary = "Writes results to index files for tstats.",
    .syntax = "tscollect [namespace=<name>] [squashcase=<bool>] [keepresults=<bool>]", .example = NULL,
    .refusal = "There are no index files. Write the results with outputlookup or collect and read them back, or search "
               "DATA with tstats directly.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .op_size = sizeof(spl_op));

SPL_COMMAND(
    walklex, .summary = "Lists the terms and indexed fields of an index.",
    .syntax = "walklex type=all|field|fieldvalue|term [prefix=<pattern> | pattern=<pattern>] index=<index> … "
              "[splunk_server=<text>] [splunk_server_group=<text>]",
    .example = NULL,
    .refusal = "There is no index whose terms could be listed. Use a search and fieldsummary, or rex and stats.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES, .op_size = sizeof(spl_op));
