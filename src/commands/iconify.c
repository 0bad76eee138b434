/* iconify.c -- shows an icon for each value of fields on a screen; the results stay as they are. */
#include "exec/bind.h"

static bool iconify_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    (void)op;
    if (!stage->n_kids) return spl_lacks(binder, NULL, "the name of a field", "host");
    return true;
}

SPL_COMMAND(iconify, .summary = "Shows icons for values on a screen; changes nothing.", .syntax = "iconify <field> …",
            .example = "| makeresults | eval a=1 | iconify a | table a", .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS,
            .op_size = sizeof(spl_op), .bind = iconify_bind, .map = spl_op_pass);
