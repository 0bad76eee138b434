/* highlight.c -- marks texts on a screen; the results stay as they are. */
#include "exec/bind.h"

static bool highlight_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    (void)op;
    if (!stage->n_kids && !binder->holes) {
        spl_bad_argument(binder, stage->span, "highlight needs a text");
        spl_hint(binder->diag, "For example: highlight login, logout");
        return false;
    }
    return true;
}

static spl_status highlight_map(spl_op *op, spl_batch **batch)
{
    (void)op;
    (void)batch;
    return SPL_OK;
}

static const char *const aliases[] = {"hilite", NULL}; /* older names of it */

SPL_COMMAND(highlight, .aliases = aliases,
            .summary = "Marks texts where results are shown on a screen; changes nothing.",
            .syntax = "highlight <text> …", .example = "| makeresults | eval a=1 | highlight login | table a",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .op_size = sizeof(spl_op), .bind = highlight_bind,
            .map = highlight_map);
