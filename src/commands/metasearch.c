/* metasearch.c -- the default fields of the events that satisfy a search expression. */
#include "exec/expand.h"
#include "knowledge/limits.h"

/* Only what the index itself knows is compared; else a metasearch is inexact (limits.conf, allow_inexact_metasearch).
 */
static bool is_exact(spl_binder *binder, const spl_node *node)
{
    static const char *const names[] = {"host",      "index",     "source",    "sourcetype", "splunk_server",
                                        "_time",     "eventtype", "tag",       "earliest",   "latest",
                                        "starttime", "endtime",   "timeformat"};
    bool compares = node->kind == SPL_NODE_COMPARE || node->kind == SPL_NODE_AMONG;
    bool known = !compares || spl_str_starts(node->text, SPL_S("tag::")) ||
                 spl_str_starts(node->text, SPL_S("_index_")) || spl_str_starts(node->text, SPL_S("savedsearch")) ||
                 spl_str_starts(node->text, SPL_S("start")) || spl_str_starts(node->text, SPL_S("end"));

    for (size_t i = 0; !known && i < sizeof names / sizeof *names; i++) known = spl_str_is(node->text, names[i]);
    if (!known) {
        spl_bad_argument(binder, node->span, "metasearch cannot compare \"%.*s\"", SPL_FMT(node->text));
        spl_hint(binder->diag,
                 "It compares host, index, source, sourcetype, splunk_server and _time. Name the value as a "
                 "word, or use search.");
        return false;
    }
    for (uint32_t i = 0; !compares && i < node->n_kids; i++)
        if (!is_exact(binder, node->kids[i])) return false;
    return true;
}

static const spl_node *metasearch_expand(spl_binder *binder, const spl_node *stage)
{
    const spl_node *tail = spl_bind_text(binder, stage, "metasearch", SPL_S("metasearch"),
                                         SPL_S("| fields host index source sourcetype splunk_server "
                                               "| fields - _raw _indextime"));
    spl_node *search = spl_expand_stage(binder, stage, "search");
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));

    if (!tail) return NULL;
    for (uint32_t i = 0;
         i < stage->n_kids && !spl_limit_flag(binder->query, "search", "allow_inexact_metasearch", false); i++)
        if (!is_exact(binder, stage->kids[i])) return NULL;
    for (uint32_t i = 0; i < stage->n_kids; i++) spl_expand_add(binder, search, stage->kids[i]);
    spl_expand_add(binder, out, search);
    spl_expand_add_all(binder, out, tail->kids, tail->n_kids);
    return out;
}

SPL_COMMAND(metasearch, .summary = "Gives the default fields of the events that satisfy a search expression.",
            .syntax = "metasearch [<search expression>]", .example = "| metasearch *", .args = SPL_ARGS_SEARCH,
            .traits = SPL_GENERATES, .op_size = sizeof(spl_op), .expand = metasearch_expand);
