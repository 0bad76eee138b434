/* createrss.c -- writes an RSS feed on a server. */
#include "commands/refused.h"

static const spl_option options[] = {
    SPL_IDLE("path", TEXT, "the feed"),
    SPL_IDLE("name", TEXT, "the title of the item"),
    SPL_IDLE("link", TEXT, "where it points to"),
    SPL_IDLE("descr", TEXT, "its description"),
    SPL_IDLE("count", INT, "how many items the feed keeps", .min = 1, .max = 9e15),
    SPL_IDLE("graceful", BOOL, "whether an error is only logged"),
    {0},
};

static bool createrss_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    bool good = refused_bind_none(binder, stage, op);

    for (const spl_option *option = options; good && option->type == SPL_OPTION_TEXT; option++)
        good = refused_needs(binder, stage, option->name);
    return good && refused_needs(binder, stage, "count");
}

SPL_COMMAND(createrss, .summary = "Adds a result to an RSS feed on the server.",
            .syntax = "createrss path=<file> name=<text> link=<text> descr=<text> count=<n> [graceful=<bool>]",
            .refusal = "There is no server to publish it. Write the results with -o FILE.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op), .bind = createrss_bind);
