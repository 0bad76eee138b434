/* head.c -- keeps the first results, in arrival order (after a plain search: newest first), or those before the first
 * one that does not satisfy an expression. It stops its input: once satisfied it never pulls again. */
#include "exec/bind.h"

#include "base/num.h"

#include <stddef.h>

typedef struct head_op {
    spl_op base;
    int64_t limit;
    bool limit_given;
    bool null, keeplast;
    spl_expr *expr; /* or NULL */
    int64_t seen;
} head_op;

static const spl_option options[] = {
    {.name = "limit",
     .type = SPL_OPTION_INT,
     .offset = offsetof(head_op, limit),
     .given = offsetof(head_op, limit_given),
     .dflt = 10,
     .min = 0,
     .max = 9e15,
     .help = "how many results to keep"},
    {.name = "null",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(head_op, null),
     .dflt = 0,
     .help = "with an expression: go on where it is null"},
    {.name = "keeplast",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(head_op, keeplast),
     .dflt = 0,
     .help = "with an expression: keep the result that ends the run"},
    {0},
};

static bool head_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    head_op *head = (head_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    bool counted = false;

    while ((node = spl_args_next(&args))) {
        int64_t number;
        bool is_count = (node->kind == SPL_NODE_WORD || node->kind == SPL_NODE_NUMBER) && !node->quoted &&
                        !node->bracketed && spl_num_int(node->text, &number);
        if (is_count && !counted && !head->expr) {
            if (number < 0) return spl_bad_argument(binder, node->span, "the number of results cannot be negative");
            if (head->limit_given) {
                spl_bad_argument(binder, node->span, "head takes a number or limit=, not both");
                return false;
            }
            head->limit = number;
            counted = true;
            continue;
        }
        if (node->kind == SPL_NODE_UNARY && !node->bracketed && node->kids[0]->kind == SPL_NODE_NUMBER)
            return spl_bad_argument(binder, node->span, "the number of results cannot be negative");
        if (node->kind == SPL_NODE_WORD || head->expr) {
            spl_bad_argument(binder, node->span, "head cannot use \"%.*s\" here", SPL_FMT(node->text));
            spl_hint(binder->diag, "It takes a number, limit=<number>, or an expression in brackets.");
            return false;
        }
        if (node->kind == SPL_NODE_LIST && node->n_kids == 1) node = node->kids[0];
        head->expr = spl_expr_bind(binder, node);
        if (!head->expr) return false;
    }
    if (head->expr && !counted && !head->limit_given) head->limit = INT64_MAX;
    if (!head->expr && head->keeplast) { /* Search Reference, head: it must have an expression */
        spl_bad_argument(binder, spl_option_value(stage, "keeplast")->span,
                         "keeplast=true needs an expression, whose first result that is not true it keeps");
        spl_hint(binder->diag, "For example: head (count>5) keeplast=true. Without an expression leave it out.");
        return false;
    }
    if (!head->expr && head->null)
        spl_warning(binder->diag, spl_option_value(stage, "null")->span, "unused-option",
                    "null=true does nothing without an expression");
    return true;
}

static spl_status head_map(spl_op *op, spl_batch **batch)
{
    head_op *head = (head_op *)op;
    uint32_t rows = spl_batch_rows(*batch), keep = rows;
    bool ended = false;

    if ((int64_t)keep >= head->limit - head->seen) {
        keep = (uint32_t)(head->limit - head->seen);
        ended = true;
    }
    for (uint32_t i = 0; head->expr && i < keep; i++) {
        spl_value truth = spl_eval_row(op->ev, head->expr, spl_batch_row(*batch, i));
        bool goes_on = spl_value_truth(truth) >= 0 ? spl_value_truth(truth) : head->null && spl_is_null(truth);
        if (goes_on) continue;
        keep = i + (head->keeplast ? 1 : 0);
        ended = true;
    }
    head->seen += keep;
    if (keep < rows) spl_batch_truncate(*batch, keep);
    return ended ? SPL_END : SPL_OK;
}

SPL_COMMAND(head, .summary = "Keeps the first results.",
            .syntax = "head [<n> | limit=<n>] [(<expression>)] [null=<bool>] [keeplast=<bool>]",
            .example = "| makeresults count=5 | streamstats count AS n | head 2", .args = SPL_ARGS_MIXED,
            .traits = SPL_ORDERED | SPL_FILTERS, .options = options, .op_size = sizeof(head_op), .bind = head_bind,
            .map = head_map);
