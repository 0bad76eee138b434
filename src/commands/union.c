/* union.c -- the rows of several datasets together, equal rows kept. Those before the first one that does not stream
 * are interleaved newest first; it and the others come one after the other (Search Reference, union). */
#include "exec/merge_searches.h"
#include "exec/subsearch_args.h"

typedef struct union_op {
    spl_op base;
    int64_t maxout;
    spl_merge merge;
} union_op;

static const spl_option options[] = {
    {"maxout", SPL_OPTION_INT, offsetof(union_op, maxout), .dflt = 50000, .min = 0, .max = 1e15,
     .help = "rows taken from a subsearch at the most; 0 for all"},
    SPL_IDLE("maxtime", INT, "--timeout bounds the whole run", .min = 0, .max = 1e9),
    SPL_IDLE("timeout", INT, "--timeout bounds the whole run", .min = 0, .max = 1e9),
    {0},
};

static bool all_stream(const spl_subsearch *sub)
{
    spl_op *const *stages;
    size_t i = spl_subsearch_stages(sub, &stages);

    if (i && !spl_is_search(stages[0]->stage)) return false;
    while (i-- > 1) {
        if (!(stages[i]->command->traits & SPL_STREAMS)) return false;
    }
    return true;
}

static bool union_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    union_op *all = (union_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    bool good = true, stream = true, refused;

    spl_bind_reads(binder, SPL_F_TIME);
    if (!binder->first) {
        spl_merge_add(binder->arena, &all->merge, NULL);
        stream = binder->streamed;
        if (stream) all->merge.merged++;
    }
    while ((node = spl_args_next(&args))) {
        spl_subsearch *sub;

        const spl_node *dataset = spl_args_dataset(binder, &args, node, &refused);
        if (!dataset && node->kind != SPL_NODE_PIPELINE) {
            good = false;
            if (refused) continue;
            spl_bad_argument(binder, node->span, "union takes subsearches in square brackets here, or named datasets");
            spl_hint(binder->diag, "For example: | union datamodel:Web.Web lookup:seen.csv [ search error ]");
            continue;
        }
        sub = spl_subsearch_bind(binder, dataset ? dataset : node, 0);
        if (!sub) {
            good = false;
            continue;
        }
        stream = stream && all_stream(sub);
        if (stream)
            all->merge.merged++;
        else
            spl_subsearch_limit(sub, (uint64_t)all->maxout);
        spl_merge_add(binder->arena, &all->merge, sub);
    }
    if (good && all->merge.sides.len < (binder->first ? 1 : 2))
        return spl_lacks(binder, NULL, "a dataset", "[ search error ]");
    return good;
}

static void union_open(spl_op *op)
{
    spl_merge_open(op, &((union_op *)op)->merge);
}

static spl_status union_next(spl_op *op, spl_batch **batch)
{
    return spl_merge_next(op, &((union_op *)op)->merge, batch);
}

SPL_COMMAND(union, .summary = "Puts the rows of several searches together.",
            .syntax = "union [maxout=<int>] [maxtime=<int>] [timeout=<int>] [<subsearch> | <kind>:<name>] …",
            .example = "| union [ | makeresults | eval n=1 ] [ | makeresults | eval n=2 ] | stats sum(n) AS n",
            .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_PIPELINE,
            .traits = SPL_GENERATES | SPL_ORDERED | SPL_ADDS_ROWS, .options = options, .op_size = sizeof(union_op),
            .bind = union_bind, .open = union_open, .next = union_next);
