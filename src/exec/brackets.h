/* brackets.h -- commands whose argument is one bracketed pipeline. */
#ifndef SPL_EXEC_BRACKETS_H
#define SPL_EXEC_BRACKETS_H

#include "exec/bind.h"

/* The next argument, which must be a bracketed pipeline; else a refusal with EXAMPLE as hint, and NULL. */
static inline const spl_node *spl_args_pipeline(spl_binder *binder, spl_args *args, const char *example)
{
    const spl_node *node = spl_args_next(args);

    if (node && node->kind == SPL_NODE_PIPELINE) return node;
    spl_bad_argument(binder, node ? node->span : args->of->span, "%s needs a subsearch in square brackets here",
                     binder->op->command->name);
    spl_hint(binder->diag, "For example: %s", example);
    return NULL;
}

#endif
