/* searchtxn.c -- the transactions of a type of transactiontypes.conf that meet a search: the type's search, then
 * transaction, then the search over what it gives (Search Reference, searchtxn). */
#include "exec/expand.h"
#include "knowledge/knowledge.h"

#include "base/num.h"

/* One of searchtxn's own options, which stand among the terms. False: NODE is none, or *REFUSED. */
static bool take_option(spl_binder *binder, const spl_node *node, bool *events_only, bool *refused)
{
    spl_str value = node->n_kids == 1 ? node->kids[0]->text : SPL_S("");
    int64_t number;
    bool truth;

    if (node->kind != SPL_NODE_COMPARE || node->op != SPL_OP_EQ) return false;
    if (spl_str_iis(node->text, "max_terms")) { /* of Splunk's searches for the values; here there is one pass */
        *refused = !spl_num_int(value, &number) || number < 1 || number > 1000;
        if (*refused) spl_bad_argument(binder, node->span, "max_terms must be a number from 1 to 1000");
        return !*refused;
    }
    if (!spl_str_iis(node->text, "use_disjunct") && !spl_str_iis(node->text, "eventsonly")) return false;
    *refused = !spl_option_bool(value, &truth);
    if (*refused) spl_bad_argument(binder, node->span, "%.*s must be true or false", SPL_FMT(node->text));
    if (!*refused && spl_str_iis(node->text, "eventsonly")) *events_only = truth;
    return !*refused;
}

static const spl_node *searchtxn_expand(spl_binder *binder, const spl_node *stage)
{
    const spl_node *all = stage->n_kids ? stage->kids[0] : NULL, *name, *pipeline;
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "transactiontypes");
    const spl_conf_stanza *stanza;
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    spl_node *search = spl_expand_stage(binder, stage, "search"),
             *terms = spl_expand_node(binder, stage, SPL_NODE_AND, SPL_S(""));
    spl_buf text = spl_buf_in(binder->arena);
    bool events_only = false, refused = false;

    name = all && all->kind == SPL_NODE_AND ? all->kids[0] : all;
    if (!name || name->kind != SPL_NODE_TERM)
        return spl_lacks(binder, NULL, "the name of a transaction type, then a search", "email to=root"), NULL;
    for (uint32_t i = 1; all != name && i < all->n_kids; i++) {
        if (take_option(binder, all->kids[i], &events_only, &refused)) continue;
        if (refused) return NULL;
        spl_expand_add(binder, terms, all->kids[i]);
    }
    if (events_only) {
        spl_refuse(binder, stage->span, "not-here", "searchtxn with eventsonly=true cannot run here");
        spl_hint(binder->diag, "Search for the events themselves, or leave eventsonly out.");
        return NULL;
    }
    stanza = spl_conf_stanza_find(conf, name->text);
    if (!stanza) {
        spl_report(binder->diag, binder->query->check_only ? SPL_WARNING : SPL_ERROR, name->span, "missing-transform",
                   "the transaction type \"%.*s\" is in no transactiontypes.conf", SPL_FMT(name->text));
        spl_hint(binder->diag, "--app DIR loads an app; or search for the events, and use transaction.");
        if (!binder->query->check_only) return NULL;
    }
    spl_buf_puts(&text, "search ");
    spl_buf_add(&text, stanza && spl_conf_value(stanza, "search").len ? spl_conf_value(stanza, "search") : SPL_S("*"));
    if (stanza) {
        spl_buf_puts(&text, " | transaction name=");
        spl_text_quote(&text, name->text);
    }
    pipeline = spl_bind_text(binder, stage, "searchtxn", name->text, spl_buf_str(&text));
    if (!pipeline) return NULL;
    spl_expand_add_all(binder, out, pipeline->kids, pipeline->n_kids);
    if (terms->n_kids) {
        spl_expand_add(binder, search, terms->n_kids == 1 ? terms->kids[0] : terms);
        spl_expand_add(binder, out, search);
    }
    return out;
}

SPL_COMMAND(searchtxn, .summary = "Gives the transactions of a type that meet a search.",
            .syntax = "searchtxn <type> [max_terms=<n>] [use_disjunct=<bool>] [eventsonly=false] <search>",
            .differs = "eventsonly=true is refused.", .args = SPL_ARGS_SEARCH, .traits = SPL_GENERATES,
            .op_size = sizeof(spl_op), .expand = searchtxn_expand);
