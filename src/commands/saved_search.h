/* saved_search.h -- the searches of savedsearches.conf, for the commands that name one. */
#ifndef SPL_COMMANDS_SAVED_SEARCH_H
#define SPL_COMMANDS_SAVED_SEARCH_H

#include "base/num.h"
#include "exec/bind.h"
#include "knowledge/knowledge.h"

#include <math.h>

/* A time of dispatch.earliest_time and its kin: a modifier, epoch seconds, or in dispatch.time_format. */
static inline bool saved_time(const spl_binder *binder, const spl_conf_stanza *stanza, spl_str text, double *time)
{
    const spl_query *query = binder->query;
    const spl_conf_entry *format = spl_conf_find(stanza, "dispatch.time_format");

    return spl_num_parse(text, time) || spl_timespec(query->zone, text, query->now, time, NULL) ||
           spl_strptime(query->zone, text, format ? format->value : SPL_S("%FT%T.%Q%:z"), query->now, time);
}

/* The search that STAGE runs has the time range of its stanza where the command line gives none: where the time picker
 * says All time (Search Reference, savedsearch: Time ranges). */
static inline void take_saved_range(spl_binder *binder, const spl_node *stage, const spl_node *word,
                                    const spl_conf_stanza *stanza)
{
    static const char *const names[] = {"dispatch.earliest_time", "dispatch.latest_time"};
    spl_query *query = binder->query;
    spl_own_range *own = SPL_NEW(binder->arena, spl_own_range);
    spl_str text[2] = {{0}};

    if (query->check_only || isfinite(query->earliest) || isfinite(query->latest)) return;
    for (int i = 0; i < 2; i++) {
        const spl_conf_entry *entry = spl_conf_find(stanza, names[i]);

        if (entry) text[i] = spl_str_trim(entry->value);
    }
    if (spl_str_is(text[0], "0")) text[0].len = 0;
    if (!text[0].len && (!text[1].len || spl_str_is(text[1], "now"))) return; /* all time */
    *own = (spl_own_range){stage->span, -HUGE_VAL, nextafter(query->now, HUGE_VAL), query->own_ranges};
    for (int i = 0; i < 2; i++) {
        if (!text[i].len || saved_time(binder, stanza, text[i], i ? &own->latest : &own->earliest)) continue;
        spl_warning(binder->diag, word->span, "saved-range",
                    "the time range of the saved search is not applied: its %s \"%.*s\" is no time", names[i],
                    SPL_FMT(text[i]));
        return;
    }
    query->own_ranges = own;
    spl_note(binder->diag, word->span, "saved-range",
             "the saved search runs over its own time range, from %.*s to %.*s",
             SPL_FMT(text[0].len ? text[0] : SPL_S("the begin")), SPL_FMT(text[1].len ? text[1] : SPL_S("now")));
    spl_hint(binder->diag,
             "--earliest and --latest take its place, as in Splunk the time picker does: --earliest=0 is all "
             "time.");
}

/* The search of the saved search that WORD names, for STAGE to run; NULL: nowhere defined, with a diagnostic, to check
 * a warning. */
static inline const spl_conf_entry *saved_search(spl_binder *binder, const spl_node *stage, const spl_node *word)
{
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "savedsearches");
    const spl_conf_stanza *stanza = spl_conf_stanza_find(conf, word->text);
    const spl_conf_entry *search = stanza ? spl_conf_find(stanza, "search") : NULL;
    SPL_VEC(spl_str) names = {0};
    spl_str near;

    if (search) {
        take_saved_range(binder, stage, word, stanza);
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
