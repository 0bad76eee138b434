/* appendpipe.c -- the results of a pipeline over the results so far, after them. The results pass on as they come; a
 * copy, spooled beyond some memory, feeds the pipeline when they have ended. */
#include "exec/sorter.h"

#include <stddef.h>

typedef struct appendpipe_op {
    spl_op base;
    spl_subsearch *pipeline;
    spl_sorter *copy;
    spl_subsearch_run *run;
    bool main_ended;
} appendpipe_op;

static const spl_option options[] = {
    SPL_IDLE("run_in_preview", BOOL, "there are no previews"),
    {0},
};

/* A generating command at its begin: the rows so far do not matter to it. */
static bool begins_anew(const spl_node *pipeline)
{
    const spl_node *first = pipeline->n_kids ? pipeline->kids[0] : NULL;

    return first && first->kind == SPL_NODE_STAGE && first->command && (first->command->traits & SPL_GENERATES) &&
           !spl_str_iis(first->text, "search");
}

static bool appendpipe_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    appendpipe_op *append = (appendpipe_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);

    if (!node || node->kind != SPL_NODE_PIPELINE)
        return spl_lacks(binder, node, "a pipeline in square brackets", "[stats sum(count) AS count]");
    spl_bind_reads_all(binder);
    append->pipeline = begins_anew(node) ? spl_subsearch_bind(binder, node, 0) : spl_subsearch_bind_fed(binder, node);
    return append->pipeline && spl_args_done(binder, &args);
}

static void appendpipe_open(spl_op *op)
{
    spl_sorter_config config = {0};
    ((appendpipe_op *)op)->copy = spl_sorter_new(op->state, op->query, &config);
}

static spl_status feed(void *from, spl_batch **batch)
{
    *batch = spl_sorter_next(((appendpipe_op *)from)->copy);
    return *batch ? SPL_OK : SPL_END;
}

static spl_status appendpipe_next(spl_op *op, spl_batch **batch)
{
    appendpipe_op *append = (appendpipe_op *)op;
    if (!append->main_ended) {
        if (op->input && spl_op_next(op->input, batch) == SPL_OK) {
            spl_op_count_in(op, *batch);
            (*batch)->order = NULL;
            spl_sorter_add(append->copy, op, *batch);
            op->row_count += spl_batch_rows(*batch);
            return SPL_OK;
        }
        append->main_ended = true;
    }
    if (!append->run) {
        append->run = spl_subsearch_start(op, append->pipeline);
        spl_subsearch_feed(append->run, feed, append);
    }
    spl_status status = spl_subsearch_next(op, append->run, batch);
    if (status == SPL_OK) (*batch)->order = NULL;
    return status;
}

SPL_COMMAND(appendpipe, .summary = "Adds the results of a pipeline over the results so far.",
            .syntax = "appendpipe [run_in_preview=<bool>] [ <pipeline> ]",
            .example = "| makeresults count=2 | streamstats count AS n | appendpipe [stats sum(n) AS n] | table n",
            .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_PIPELINE, .traits = SPL_ORDERED | SPL_ADDS_ROWS,
            .options = options, .op_size = sizeof(appendpipe_op), .bind = appendpipe_bind, .open = appendpipe_open,
            .next = appendpipe_next);
