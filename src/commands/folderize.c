/* folderize.c -- names groups of results by a common head. */
#include "commands/refused.h"

static const spl_option options[] = {
    REFUSED_OPTION("attr", FIELD, "the field"),
    REFUSED_OPTION("sep", TEXT, "what stands between the parts of a value"),
    REFUSED_OPTION("size", FIELD, "the field with how many a result stands for"),
    REFUSED_OPTION("minfolders", INT, "how many groups at least", .min = 0, .max = 9e15),
    REFUSED_OPTION("maxfolders", INT, "how many groups at most", .min = 1, .max = 9e15),
    {0},
};

static bool folderize_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return refused_bind_none(binder, stage, op) && refused_needs(binder, stage, "attr");
}

SPL_COMMAND(
    folderize, .summary = "Groups values under the heads that they share.",
    .syntax = "folderize attr=<field> [sep=<text>] [size=<field>] [minfolders=<int>] [maxfolders=<int>]",
    .refusal = "It serves a server's own menus. Use rex or split() to take the head of a value, then stats by it.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(refused_op),
    .bind = folderize_bind);
