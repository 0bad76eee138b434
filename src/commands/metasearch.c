/* metasearch.c -- the default fields of the events that satisfy a search expression. */
#include "exec/expand.h"

static const spl_node *metasearch_expand(spl_binder *binder, const spl_node *stage)
{
    const spl_node *tail = spl_bind_text(binder, stage, "metasearch", SPL_S("metasearch"),
                                         SPL_S("| fields host source sourcetype index splunk_server linecount "
                                               "| fields - _raw _indextime"));
    spl_node *search = spl_expand_stage(binder, stage, "search");
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));

    if (!tail) return NULL;
    for (uint32_t i = 0; i < stage->n_kids; i++) spl_expand_add(binder, search, stage->kids[i]);
    spl_expand_add(binder, out, search);
    spl_expand_add_all(binder, out, tail->kids, tail->n_kids);
    return out;
}

SPL_COMMAND(metasearch, .summary = "Gives the default fields of the events that satisfy a search expression.",
            .syntax = "metasearch [<search expression>]", .example = "| metasearch *",
            .differs = "Every field of an event can be searched for, not only indexed ones.", .args = SPL_ARGS_SEARCH,
            .traits = SPL_GENERATES, .op_size = sizeof(spl_op), .expand = metasearch_expand);
