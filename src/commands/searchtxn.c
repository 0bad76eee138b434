/* searchtxn.c -- the transactions of a type of transactiontypes.conf that meet a search: the type's search, then
 * transaction, then the search over what it gives (Search Reference, searchtxn). */
#include "exec/expand.h"
#include "knowledge/knowledge.h"

#include "base/num.h"

/* One of searchtxn's own options, which stand among the terms. False: NODE is none, or *REFUSED. */
static bool take_option(spl_binder *binder, const spl_node *node, bool *events_only, bool *disjunct, bool *refused)
{
    spl_str value = node->n_kids == 1 ? node->kids[0]->text : SPL_S("");
    int64_t number;
    bool truth;

    if (node->kind != SPL_NODE_COMPARE || node->op != SPL_OP_EQ) return false;
    if (spl_str_iis(node->text, "max_terms") ||
        spl_str_iis(node->text, "maxterms")) { /* of Splunk's searches for the values; here there is one pass */
        *refused = !spl_num_int(value, &number) || number < 1 || number > 1000;
        if (*refused) spl_bad_argument(binder, node->span, "max_terms must be a number from 1 to 1000");
        return !*refused;
    }
    if (!spl_str_iis(node->text, "use_disjunct") && !spl_str_iis(node->text, "eventsonly")) return false;
    *refused = !spl_option_bool(value, &truth);
    if (*refused) spl_bad_argument(binder, node->span, "%.*s must be true or false", SPL_FMT(node->text));
    if (!*refused) *(spl_str_iis(node->text, "eventsonly") ? events_only : disjunct) = truth;
    return !*refused;
}

/* eventsonly=true: the events of BASE that FOUND, a pipeline of transactions that meet the search, names by spl_id. */
static bool keep_events(spl_binder *binder, const spl_node *stage, spl_str base, spl_node *found, spl_node *out)
{
    spl_str name = spl_str_of(stage->command->name);
    const spl_node *first =
        spl_bind_text(binder, stage, "searchtxn", name,
                      spl_strf(binder->arena, "search %.*s | streamstats count AS spl_id", SPL_FMT(base)));
    const spl_node *ids = spl_bind_text(binder, stage, "searchtxn", name, SPL_S("| mvexpand spl_id | fields spl_id"));
    const spl_node *last = spl_bind_text(binder, stage, "searchtxn", name, SPL_S("| fields - spl_id"));
    spl_node *join = spl_expand_stage(binder, stage, "join");

    if (!first || !ids || !last) return false;
    spl_expand_add_all(binder, found, ids->kids, ids->n_kids);
    spl_expand_add(binder, join, spl_expand_node(binder, stage, SPL_NODE_WORD, SPL_S("spl_id")));
    spl_expand_add(binder, join, found);
    spl_expand_add_all(binder, out, first->kids, first->n_kids);
    spl_expand_add(binder, out, join);
    spl_expand_add_all(binder, out, last->kids, last->n_kids);
    return true;
}

static const spl_node *searchtxn_expand(spl_binder *binder, const spl_node *stage)
{
    const spl_node *all = stage->n_kids ? stage->kids[0] : NULL, *name, *pipeline;
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "transactiontypes");
    const spl_conf_stanza *stanza;
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    spl_node *search = spl_expand_stage(binder, stage, "search"),
             *terms = spl_expand_node(binder, stage, SPL_NODE_AND, SPL_S("")), *found;
    spl_buf text = spl_buf_in(binder->arena);
    spl_str base;
    bool events_only = false, disjunct = true, refused = false;

    name = all && all->kind == SPL_NODE_AND ? all->kids[0] : all;
    if (!name || name->kind != SPL_NODE_TERM)
        return spl_lacks(binder, NULL, "the name of a transaction type, then a search", "email to=root"), NULL;
    for (uint32_t i = 1; all != name && i < all->n_kids; i++) {
        if (take_option(binder, all->kids[i], &events_only, &disjunct, &refused)) continue;
        if (refused) return NULL;
        spl_expand_add(binder, terms, all->kids[i]);
    }
    stanza = spl_conf_stanza_find(conf, name->text);
    if (!stanza) {
        spl_report(binder->diag, binder->query->check_only ? SPL_WARNING : SPL_ERROR, name->span, "missing-transform",
                   "the transaction type \"%.*s\" is in no transactiontypes.conf", SPL_FMT(name->text));
        spl_hint(binder->diag, "--app DIR loads an app; or search for the events, and use transaction.");
        if (!binder->query->check_only) return NULL;
    }
    base = stanza && spl_conf_value(stanza, "search").len ? spl_conf_value(stanza, "search") : SPL_S("*");
    spl_buf_puts(&text, "search ");
    spl_buf_add(&text, base);
    if (events_only) spl_buf_puts(&text, " | streamstats count AS spl_id");
    if (stanza) {
        spl_buf_puts(&text, " | transaction name=");
        spl_text_quote(&text, name->text);
    }
    pipeline = spl_bind_text(binder, stage, "searchtxn", name->text, spl_buf_str(&text));
    if (!pipeline) return NULL;
    found = events_only ? spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S("")) : out;
    spl_expand_add_all(binder, found, pipeline->kids, pipeline->n_kids);
    if (events_only && disjunct) terms->kind = SPL_NODE_OR; /* what transaction would find is not searched again */
    if (terms->n_kids) {
        spl_expand_add(binder, search, terms->n_kids == 1 ? terms->kids[0] : terms);
        spl_expand_add(binder, found, search);
    }
    if (events_only && !keep_events(binder, stage, base, found, out)) return NULL;
    return out;
}

SPL_COMMAND(searchtxn, .summary = "Gives the transactions of a type that meet a search.",
            .syntax = "searchtxn <type> [max_terms=<n>] [use_disjunct=<bool>] [eventsonly=<bool>] <search>",
            .args = SPL_ARGS_SEARCH, .traits = SPL_GENERATES, .op_size = sizeof(spl_op), .expand = searchtxn_expand);
