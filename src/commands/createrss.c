/* createrss.c -- writes an RSS feed on a server. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("path", TEXT, "the feed", .required = "path=alerts.xml"),
    SPL_IDLE("name", TEXT, "the title of the item", .required = "name=Error"),
    SPL_IDLE("link", TEXT, "where it points to", .required = "link=http://localhost:8000"),
    SPL_IDLE("descr", TEXT, "its description", .required = "descr=message"),
    SPL_IDLE("count", INT, "how many items the feed keeps", .min = 1, .max = 9e15, .required = "count=200"),
    SPL_IDLE("graceful", BOOL, "whether an error is only logged"),
    {0},
};

SPL_COMMAND(createrss, .summary = "Adds a result to an RSS feed on the server.",
            .syntax = "createrss path=<file> name=<text> link=<text> descr=<text> count=<n> [graceful=<bool>]",
            .refusal = "There is no server to publish it. Write the results with -o FILE.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op), .bind = spl_bind_plain);
