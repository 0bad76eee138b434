/* saved_search.h -- the searches of savedsearches.conf, for the commands that name one. */
#ifndef SPL_COMMANDS_SAVED_SEARCH_H
#define SPL_COMMANDS_SAVED_SEARCH_H

#include "exec/bind.h"
#include "knowledge/knowledge.h"

#include <math.h>

/* Tells of the time range of the stanza, which is not applied: DATA is what there is to search. */
static inline void tell_saved_range(spl_binder *binder, const spl_node *word, const spl_conf_stanza *stanza)
{
    static const char *const names[] = {"dispatch.earliest_time", "dispatch.latest_time"};
    spl_str range[2] = {{0}};

    if (binder->query->check_only || isfinite(binder->query->earliest) || isfinite(binder->query->latest)) return;
    for (int i = 0; i < 2; i++) {
        const spl_conf_entry *entry = spl_conf_find(stanza, names[i]);

        if (entry) range[i] = spl_str_trim(entry->value);
    }
    if (!range[0].len || spl_str_is(range[0], "0")) return;
    spl_note(binder->diag, word->span, "saved-range", "the time range of the saved search, from %.*s, is not applied",
             SPL_FMT(range[0]));
    spl_hint(binder->diag, "Splunk does where the time picker says All time; here do --earliest=%.*s --latest=%.*s.",
             SPL_FMT(range[0]), SPL_FMT(range[1].len ? range[1] : SPL_S("now")));
}

/* The search of the saved search that WORD names; NULL: nowhere defined, with a diagnostic, to check a warning. */
static inline const spl_conf_entry *saved_search(spl_binder *binder, const spl_node *word)
{
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "savedsearches");
    const spl_conf_stanza *stanza = spl_conf_stanza_find(conf, word->text);
    const spl_conf_entry *search = stanza ? spl_conf_find(stanza, "search") : NULL;
    SPL_VEC(spl_str) names = {0};
    spl_str near;

    if (search) {
        tell_saved_range(binder, word, stanza);
        return search;
    }
    for (size_t i = 0; i < conf->stanzas.len; i++) SPL_PUSH(binder->arena, &names, conf->stanzas.entries[i].key);
    if (stanza) {
        spl_report(binder->diag, binder->query->check_only ? SPL_WARNING : SPL_ERROR, word->span, "missing-savedsearch",
                   "the saved search \"%.*s\" has no search", SPL_FMT(word->text));
        spl_hint(binder->diag, "It stands in %.*s, line %u.", SPL_FMT(stanza->span.source->name),
                 spl_span_place(stanza->span).line);
        return NULL;
    }
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
