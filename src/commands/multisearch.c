/* multisearch.c -- the events of several streaming searches at once, newest first. The machinery is merge_searches'. */
#include "exec/brackets.h"
#include "exec/merge_searches.h"

typedef struct multisearch_op {
    spl_op base;
    spl_merge merge;
} multisearch_op;

static bool multisearch_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    multisearch_op *multi = (multisearch_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    bool good = true;
    size_t i;

    spl_bind_reads(binder, SPL_F_TIME);
    while ((node = spl_args_next(&args))) {
        spl_subsearch *sub;
        spl_op *const *stages;

        if (node->kind != SPL_NODE_PIPELINE) {
            good = spl_bad_argument(binder, node->span, "multisearch takes subsearches in square brackets only");
            continue;
        }
        sub = spl_subsearch_bind(binder, node, 0);
        if (!sub) {
            good = false;
            continue;
        }
        for (i = spl_subsearch_stages(sub, &stages); i-- > 1;) {
            const spl_command *command = stages[i]->stage->command;

            if (stages[i]->command->traits & SPL_STREAMS) continue;
            if (!command || (command->traits & SPL_APP)) continue; /* to check: of an app, or cannot run anyway */
            good = spl_bad_argument(binder, stages[i]->stage->name_span,
                                    "\"%s\" is no streaming command; multisearch takes only those",
                                    stages[i]->command->name);
            spl_hint(binder->diag, "Use append or union for such subsearches.");
        }
        spl_merge_add(binder->arena, &multi->merge, sub);
        multi->merge.merged++;
    }
    if (good && multi->merge.sides.len < 2)
        return spl_lacks(binder, NULL, "two subsearches or more", "[ search index=a ] [ search index=b ]");
    return good;
}

static void multisearch_open(spl_op *op)
{
    spl_merge_open(op, &((multisearch_op *)op)->merge);
}

static spl_status multisearch_next(spl_op *op, spl_batch **batch)
{
    return spl_merge_next(op, &((multisearch_op *)op)->merge, batch);
}

SPL_COMMAND(multisearch, .summary = "Runs several streaming searches at once and gives their events newest first.",
            .syntax = "| multisearch [<subsearch>] [<subsearch>] …",
            .example = "| multisearch [ | makeresults | eval n=1 ] [ | makeresults | eval n=2 ] | stats sum(n) AS n",
            .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_PIPELINE, .traits = SPL_GENERATES | SPL_ORDERED,
            .op_size = sizeof(multisearch_op), .bind = multisearch_bind, .open = multisearch_open,
            .next = multisearch_next);
