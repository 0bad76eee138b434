/* fieldformat.c -- how a field is shown. The value stays; the expression hangs on the column (data/batch.h) and is
 * evaluated by whatever writes the rows. */
#include "exec/bind.h"

typedef struct fieldformat_op {
    spl_op base;
    spl_field field; /* new or there already */
    const spl_expr *expr;
} fieldformat_op;

static bool fieldformat_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    fieldformat_op *format = (fieldformat_op *)op;
    bool good = true;

    if (!stage->n_kids) return spl_lacks(binder, NULL, "an assignment", "bytes=tostring(bytes,\"commas\")");
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *node = stage->kids[i];
        if (node->kind == SPL_NODE_HOLE || (node->kind == SPL_NODE_PIPELINE && binder->query->check_only)) {
            spl_bind_reads_all(binder);
            continue;
        }
        if (node->kind != SPL_NODE_ASSIGN) {
            good = spl_bad_argument(binder, node->span, "fieldformat takes <field>=<expression>");
            continue;
        }
        if (node->kids[0]->kind == SPL_NODE_TEMPLATE) {
            good =
                spl_bad_argument(binder, node->kids[0]->span, "fieldformat needs the name of a field, not a template");
            continue;
        }
        if (i) {
            good = spl_bad_argument(binder, node->span, "fieldformat takes one assignment");
            spl_hint(binder->diag, "Use another fieldformat for the next.");
            continue;
        }
        format->expr = spl_expr_bind(binder, node->kids[1]);
        format->field = spl_bind_field(binder, node->kids[0]->text);
        if (!format->expr) good = false;
    }
    return good;
}

static spl_status fieldformat_map(spl_op *op, spl_batch **batch)
{
    const fieldformat_op *format = (const fieldformat_op *)op;

    if (format->expr) spl_batch_add(*batch, format->field)->format = format->expr;
    return SPL_OK;
}

SPL_COMMAND(fieldformat, .summary = "Says how a field is shown; its value stays as it is.",
            .syntax = "fieldformat <field>=<expression>",
            .example = "| makeresults | eval bytes=1500 | fieldformat bytes=tostring(bytes,\"commas\") | table bytes",
            .args = SPL_ARGS_EVAL, .brackets = SPL_BRACKET_TEXT, .traits = SPL_STREAMS,
            .op_size = sizeof(fieldformat_op), .bind = fieldformat_bind, .map = fieldformat_map);
