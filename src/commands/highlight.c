/* highlight.c -- marks texts on a screen; the results stay as they are. */
#include "exec/bind.h"

static bool highlight_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    (void)op;
    if (!stage->n_kids) return spl_lacks(binder, NULL, "a text", "login, logout");
    return true;
}

static const char *const aliases[] = {"hilite", NULL}; /* older names of it */

SPL_COMMAND(highlight, .aliases = aliases,
            .summary = "Marks texts where results are shown on a screen; changes nothing.",
            .syntax = "highlight <text> …", .example = "| makeresults | eval a=1 | highlight login | table a",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .op_size = sizeof(spl_op), .bind = highlight_bind,
            .map = spl_op_pass);
