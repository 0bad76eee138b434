/* refused.h -- commands that need a server: their arguments are checked as of any other, then they are refused. */
#ifndef SPL_COMMANDS_REFUSED_H
#define SPL_COMMANDS_REFUSED_H

#include "exec/bind.h"

/* Takes no arguments but options. */
static inline bool refused_bind_none(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    return spl_args_done(binder, &args);
}

/* The option NAME must be there. */
static inline bool refused_needs(spl_binder *binder, const spl_node *stage, const char *name)
{
    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind == SPL_NODE_OPTION && spl_str_iis(stage->kids[i]->text, name)) return true;
    if (binder->holes) return true;
    return spl_bad_argument(binder, stage->span, "%s needs %s=", stage->command->name, name);
}

#endif
