/* saved_search.h -- the searches of savedsearches.conf, for the commands that name one. */
#ifndef SPL_COMMANDS_SAVED_SEARCH_H
#define SPL_COMMANDS_SAVED_SEARCH_H

#include "exec/bind.h"
#include "knowledge/knowledge.h"

/* The search of the saved search that WORD names; NULL: nowhere defined, with a diagnostic, to check a warning. */
static inline const spl_conf_entry *saved_search(spl_binder *binder, const spl_node *word)
{
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "savedsearches");
    const spl_conf_stanza *stanza = spl_conf_stanza_find(conf, word->text);
    const spl_conf_entry *search = stanza ? spl_conf_find(stanza, "search") : NULL;
    SPL_VEC(spl_str) names = {0};
    spl_str near;

    if (search) return search;
    for (size_t i = 0; i < conf->stanzas.len; i++) SPL_PUSH(binder->arena, &names, conf->stanzas.entries[i].key);
    near = names.len ? spl_nearest(word->text, names.data, names.len) : SPL_S("");
    spl_report(binder->diag, binder->query->check_only ? SPL_WARNING : SPL_ERROR, word->span, "missing-savedsearch",
               "the saved search \"%.*s\" is nowhere defined", SPL_FMT(word->text));
    if (near.len)
        spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    else
        spl_hint(binder->diag, "Give an app that has it in default/savedsearches.conf with --app.");
    return NULL;
}

#endif
