/* dump.c -- exports events to a server's disk. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(
    dump, .summary = "Exports events to files on the server.",
    .syntax = "dump basefilename=<name> [rollsize=<n>] [compress=<n>] [format=raw|csv|tsv|json|xml] [fields=<list>]",
    .refusal = "There is no server's disk. Write the results with -o FILE and -f raw, csv, tsv or json.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
