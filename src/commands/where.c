/* where.c -- keeps the rows for which an expression is true; false and null drop the row. */
#include "exec/bind.h"
#include "exec/parts.h"

struct where {
    spl_op base;
    const spl_expr *condition;
};

static bool where_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    struct where *where = (struct where *)op;

    if (stage->n_kids == 0) return spl_lacks(binder, NULL, "a condition", "count>5 AND like(user,\"adm%\").");
    where->condition = spl_expr_bind_condition(binder, stage->kids[0], "where");
    if (!where->condition) return false;
    op->parts = spl_parts_of_expr(binder, where->condition);
    return true;
}

static spl_status where_map(spl_op *op, spl_batch **batch)
{
    const struct where *where = (const struct where *)op;
    uint32_t n = spl_batch_rows(*batch);
    bool *keep = spl_alloc((*batch)->arena, n * sizeof *keep);

    for (uint32_t i = 0; i < n; i++) {
        keep[i] = spl_eval_true(op->ev, where->condition, spl_batch_row(*batch, i));
    }
    spl_batch_filter(*batch, keep);
    return SPL_OK;
}

SPL_COMMAND(where, .summary = "Keep the rows for which an expression is true.", .syntax = "where <expression>",
            .example = "| makeresults count=3 | streamstats count as n | where n%2=1", .args = SPL_ARGS_WHERE,
            .brackets = SPL_BRACKET_TEXT, .traits = SPL_STREAMS | SPL_FILTERS, .op_size = sizeof(struct where),
            .bind = where_bind, .map = where_map);
