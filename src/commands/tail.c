/* tail.c -- the last results, in reverse order. It holds as many as it gives (exec/sorter.h). */
#include "exec/sorter.h"

#include "base/num.h"

#include <stddef.h>

typedef struct tail_op {
    spl_op base;
    int64_t limit;
    bool limit_given;
    spl_sorter *sorter;
} tail_op;

static const spl_option options[] = {
    {.name = "limit",
     .type = SPL_OPTION_INT,
     .offset = offsetof(tail_op, limit),
     .given = offsetof(tail_op, limit_given),
     .dflt = 10,
     .min = 0,
     .max = 9e15,
     .help = "how many results to keep"},
    {0},
};

static bool tail_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    tail_op *tail = (tail_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);

    if (!node) return true;
    if (node->quoted || !spl_num_int(node->text, &tail->limit) || tail->limit < 0 || tail->limit > (int64_t)9e15) {
        spl_bad_argument(binder, node->span, "tail takes a number of results, not \"%.*s\"", SPL_FMT(node->text));
        spl_hint(binder->diag, "For example: tail 20");
        return false;
    }
    if (tail->limit_given) return spl_bad_argument(binder, node->span, "tail takes a number or limit=, not both");
    return spl_args_done(binder, &args);
}

static void tail_open(spl_op *op)
{
    tail_op *tail = (tail_op *)op;
    spl_sorter_config config = {.limit = (uint64_t)tail->limit, .backward = true};
    tail->sorter = spl_sorter_new(op->state, op->query, &config);
}

static spl_status tail_gather(spl_op *op, spl_batch *batch)
{
    tail_op *tail = (tail_op *)op;
    if (tail->limit == 0) return SPL_END;
    spl_sorter_add(tail->sorter, op, batch);
    return SPL_OK;
}

static void tail_merge(spl_op *into, spl_op *from)
{
    spl_sorter_merge(((tail_op *)into)->sorter, ((tail_op *)from)->sorter);
}

static spl_status tail_emit(spl_op *op, spl_batch **batch)
{
    *batch = spl_sorter_next(((tail_op *)op)->sorter);
    return *batch ? SPL_OK : SPL_END;
}

SPL_COMMAND(tail, .summary = "Keeps the last results, in reverse order.", .syntax = "tail [<n> | limit=<n>]",
            .example = "| makeresults count=5 | streamstats count AS n | tail 2", .args = SPL_ARGS_PLAIN,
            .options = options, .traits = SPL_FILTERS, .op_size = sizeof(tail_op), .bind = tail_bind, .open = tail_open,
            .gather = tail_gather, .merge = tail_merge, .emit = tail_emit);
