/* walklex.c -- lists the terms of an index. */
#include "commands/refused.h"

static const char *const types[] = {"all", "field", "fieldvalue", "term", NULL};

static const spl_option options[] = {
    REFUSED_OPTION("type", ENUM, "what to list", .names = types),
    REFUSED_OPTION("prefix", TEXT, "what terms begin with"),
    REFUSED_OPTION("pattern", TEXT, "what terms match"),
    REFUSED_OPTION("index", TEXT, "the index"),
    REFUSED_OPTION("splunk_server", TEXT, "the server"),
    REFUSED_OPTION("splunk_server_group", TEXT, "the servers"),
    {0},
};

static bool walklex_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    const spl_node *prefix = NULL, *pattern = NULL;

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        if (stage->kids[i]->kind != SPL_NODE_OPTION) continue;
        if (spl_str_iis(stage->kids[i]->text, "prefix")) prefix = stage->kids[i];
        if (spl_str_iis(stage->kids[i]->text, "pattern")) pattern = stage->kids[i];
    }
    if (prefix && pattern)
        return spl_bad_argument(binder, pattern->span, "walklex takes prefix= or pattern=, not both");
    return refused_bind_none(binder, stage, op) && refused_needs(binder, stage, "index");
}

SPL_COMMAND(walklex, .summary = "Lists terms or fields of an index's buckets.",
            .syntax = "walklex [type=field|fieldvalue|term|all] [prefix=<text>|pattern=<text>] index=<name> …",
            .refusal = "Files have no index of terms. fieldsummary lists the fields and values of events.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES, .options = options,
            .op_size = sizeof(refused_op), .bind = walklex_bind);
