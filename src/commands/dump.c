/* dump.c -- exports events to a server's disk. */
#include "exec/bind.h"

static const char *const formats[] = {"raw", "csv", "tsv", "json", "xml", NULL};

static const spl_option options[] = {
    SPL_IDLE("basefilename", TEXT, "the begin of the names of files", .required = "basefilename=errors"),
    SPL_IDLE("rollsize", INT, "megabytes of a file", .min = 1, .max = 9e15),
    SPL_IDLE("compress", INT, "the level of gzip", .min = 0, .max = 9),
    SPL_IDLE("format", ENUM, "the format", .names = formats),
    SPL_IDLE("fields", TEXT, "the fields"),
    {0},
};

SPL_COMMAND(
    dump, .summary = "Exports events to files on the server.",
    .syntax = "dump basefilename=<name> [rollsize=<n>] [compress=<n>] [format=raw|csv|tsv|json|xml] [fields=<list>]",
    .refusal = "There is no server's disk. Write the results with -o FILE and -f raw, csv, tsv or json.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op), .bind = spl_bind_plain);
