/* localop.c -- tells a search head to run what follows itself; here all of it runs in one place. */
#include "exec/bind.h"

/* In front of a search it stands for nothing, so that what follows begins the search: | localop | rest … */
static const spl_node *localop_expand(spl_binder *binder, const spl_node *stage)
{
    spl_node *instead = SPL_NEW(binder->arena, spl_node);
    spl_args args = spl_args_of(stage);

    if (!spl_args_done(binder, &args)) return NULL;
    *instead = (spl_node){.kind = SPL_NODE_PIPELINE, .span = stage->span};
    if (binder->first) return instead;
    instead->kids = SPL_NEW_ARRAY(binder->arena, 1, spl_node *);
    memcpy(instead->kids, &stage, sizeof stage);
    instead->n_kids = 1;
    return instead;
}

SPL_COMMAND(localop, .summary = "Says that what follows runs on the search head; changes nothing.", .syntax = "localop",
            .example = "| makeresults | localop | eval a=1 | table a", .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS,
            .op_size = sizeof(spl_op), .expand = localop_expand, .bind = spl_bind_plain, .map = spl_op_pass);
