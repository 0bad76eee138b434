/* sort.c -- puts results in order. Rules of comparison: data/compare.h; memory and spilling: exec/sorter.c.
 *
 * A sign that stands close to a field is that field's; one that stands apart holds for the fields after it, up to the
 * next one. Without a limit in the search, 10,000 results stay, and a warning says when that cut something. */
#include "exec/sorter.h"

#include "base/num.h"

#include <inttypes.h>
#include <stddef.h>

typedef struct sort_op {
    spl_op base;
    int64_t limit;
    bool limit_given;
    bool default_limit;
    SPL_VEC(spl_sort_key) keys;
    spl_sorter *sorter;
    bool warned;
} sort_op;

static const spl_option options[] = {
    {.name = "limit",
     .type = SPL_OPTION_INT,
     .offset = offsetof(sort_op, limit),
     .given = offsetof(sort_op, limit_given),
     .dflt = 10000,
     .min = 0,
     .max = 9e15,
     .help = "how many results to keep, 0 for all"},
    {0},
};

static bool sort_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    sort_op *sort = (sort_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *first = spl_args_peek(&args);
    int64_t number;
    spl_sort_key_vec keys = {0};

    sort->default_limit = !sort->limit_given;
    if (!sort->limit_given) sort->limit = (int64_t)binder->query->limits.sort_rows;
    if (first && first->kind == SPL_NODE_WORD && !first->quoted && spl_num_int(first->text, &number)) {
        if (number < 0 && spl_str_starts(first->text, SPL_S("-")))
            return spl_bad_argument(binder, first->span, "the number of results cannot be negative");
        if (sort->limit_given) return spl_bad_argument(binder, first->span, "sort takes a number or limit=, not both");
        sort->limit = number;
        sort->default_limit = false;
        spl_args_next(&args);
    }
    if (!spl_sort_keys_bind(binder, &args, &keys)) return false;
    if (!keys.len) return spl_lacks(binder, NULL, "the name of a field", "0 -count, host");
    sort->keys.data = keys.data;
    sort->keys.len = keys.len;
    return true;
}

static void sort_open(spl_op *op)
{
    sort_op *sort = (sort_op *)op;
    spl_sorter_config config = {
        .keys = sort->keys.data, .n_keys = (uint32_t)sort->keys.len, .limit = (uint64_t)sort->limit};
    sort->sorter = spl_sorter_new(op->state, op->query, &config);
}

static spl_status sort_gather(spl_op *op, spl_batch *batch)
{
    spl_sorter_add(((sort_op *)op)->sorter, op, batch);
    return SPL_OK;
}

static void sort_merge(spl_op *into, spl_op *from)
{
    spl_sorter_merge(((sort_op *)into)->sorter, ((sort_op *)from)->sorter);
}

static spl_status sort_emit(spl_op *op, spl_batch **batch)
{
    sort_op *sort = (sort_op *)op;
    uint64_t count = spl_sorter_count(sort->sorter);
    if (sort->default_limit && sort->limit && count > (uint64_t)sort->limit && !sort->warned) {
        sort->warned = true;
        spl_op_warn(op, "sort-limit", "sort kept %" PRId64 " of %" PRIu64 " results; sort 0 keeps all", sort->limit,
                    count);
    }
    *batch = spl_sorter_next(sort->sorter);
    return *batch ? SPL_OK : SPL_END;
}

SPL_COMMAND(sort, .summary = "Puts the results in order.",
            .syntax = "sort [<n> | limit=<n>] [-|+] <field> | auto|num|str|ip(<field>) [,] … [desc]",
            .example = "| makeresults count=3 | streamstats count AS n | sort -n", .args = SPL_ARGS_PLAIN,
            .options = options, .traits = SPL_FILTERS, .op_size = sizeof(sort_op), .bind = sort_bind, .open = sort_open,
            .gather = sort_gather, .merge = sort_merge, .emit = sort_emit);
