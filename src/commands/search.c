/* search.c -- keeps the rows that satisfy a search expression. At the head of a search the planner makes a scan of it
 * (run/scan.c); this is the command further down, where time modifiers are fields like any other. */
#include "exec/bind.h"
#include "exec/parts.h"

struct search {
    spl_op base;
    const spl_filter *filter;
};

static bool search_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    struct search *search = (struct search *)op;
    spl_node *node = NULL;

    if (stage->n_kids == 1) {
        node = stage->kids[0];
    } else if (stage->n_kids > 1) {
        node = SPL_NEW(binder->arena, spl_node);
        *node = *stage;
        node->kind = SPL_NODE_AND;
    }
    search->filter = spl_filter_bind(binder, node, NULL);
    if (search->filter) op->parts = spl_parts_of_filter(binder, search->filter);
    return search->filter != NULL;
}

static spl_status search_map(spl_op *op, spl_batch **batch)
{
    const struct search *search = (const struct search *)op;
    uint32_t n = spl_batch_rows(*batch);

    if (spl_filter_all(search->filter)) return SPL_OK;
    bool *keep = spl_alloc((*batch)->arena, n * sizeof *keep);
    for (uint32_t i = 0; i < n; i++) {
        keep[i] = spl_filter_match(op->ev, search->filter, spl_batch_row(*batch, i));
    }
    spl_batch_filter(*batch, keep);
    return SPL_OK;
}

SPL_COMMAND(
    search, .summary = "Keep the events that satisfy a search expression.",
    .syntax = "search <search expression>: keywords, \"phrases\", field=value, field IN (…), AND, OR, NOT, brackets",
    .example = "| makeresults count=3 | streamstats count as n | search n>1",
    .differs =
        "Text is compared by segments of the raw event in place of an index; index= is satisfied by data that has "
        "no index.",
    .args = SPL_ARGS_SEARCH, .brackets = SPL_BRACKET_TEXT, .traits = SPL_SEARCHES | SPL_STREAMS | SPL_FILTERS,
    .op_size = sizeof(struct search), .bind = search_bind, .map = search_map);
