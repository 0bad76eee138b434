/* props.h -- which stanzas of props.conf speak about an event, and what they set.
 *
 * [default], [sourcetype], [host::pattern] and [source::pattern] are merged for an event: source:: wins over host::,
 * that over the sourcetype, that over [default]; within one kind the higher priority, then the name that comes first in
 * ASCII (Admin Manual, props.conf). All that the program's own apps say lies under all that a user's apps say of a
 * sourcetype, host or source. Events with the same stanzas are one class. */
#ifndef SPL_KNOWLEDGE_PROPS_H
#define SPL_KNOWLEDGE_PROPS_H

#include "knowledge/conf.h"

typedef struct spl_props spl_props; /* any thread may ask */

typedef struct spl_props_class {
    uint32_t number;                       /* 0, 1, 2 … */
    const spl_conf_entry *const *settings; /* the winner of each key, keys in ASCII order */
    size_t count;
} spl_props_class;

/* In an arena of its own that ARENA's account frees. CONF must outlive it. */
spl_props *spl_props_new(spl_arena *arena, spl_diag *diag, const spl_conf *conf);
/* The class of an event; of no settings where no stanza speaks about it. */
const spl_props_class *spl_props_class_of(spl_props *props, spl_str sourcetype, spl_str source, spl_str host);
/* A class that STANZA alone speaks about, for spl check. */
const spl_props_class *spl_props_class_alone(spl_arena *arena, const spl_conf_stanza *stanza, uint32_t number);
const spl_conf_entry *spl_props_setting(const spl_props_class *of, const char *key); /* or NULL */
spl_str spl_props_text(const spl_props_class *of, const char *key);                  /* its value, or an empty text */
/* The settings whose keys begin with PREFIX: the first one's place, and how many. */
size_t spl_props_range(const spl_props_class *of, const char *prefix, size_t *count);
/* Which of the three the classes depend on: where no stanza names a host, an event's host need not be known. */
enum { SPL_PROPS_SOURCETYPE = 1, SPL_PROPS_SOURCE = 2, SPL_PROPS_HOST = 4 };
unsigned spl_props_looks_at(const spl_props *props);
/* SOURCETYPE in the spelling of the one stanza that equals it without case, if none equals it exactly. */
spl_str spl_props_spelling(const spl_props *props, spl_str sourcetype);
/* The sourcetype that a stanza rule::x gives an input that begins with HEAD, by the shares of its lines that match
 * MORE_THAN_n and LESS_THAN_n; DELAYED: delayedrule::x, for what nothing else knows. Or an empty text. */
spl_str spl_props_by_rule(spl_props *props, spl_str head, bool delayed);
bool spl_props_has_rules(const spl_props *props);
/* What events of SOURCETYPE are called when they are searched (rename), or an empty text. */
spl_str spl_props_renamed(const spl_props *props, spl_str sourcetype);
/* What is known of a set of events before they are read; of the three texts, an empty one stands for anything. FORMS:
 * without a sourcetype, those that there may be, ended by NULL, a * at the end for any text; or NULL. */
typedef struct spl_props_events {
    spl_str sourcetype, source, host;
    const char *const *forms;
} spl_props_events;
/* Every setting that one of these events may meet, each winning or not. */
size_t spl_props_possible(spl_props *props, const spl_props_events *of, spl_arena *arena,
                          const spl_conf_entry *const **out);

/* A setting's name as this program asks for it: LOOKUP-x for lookup_x and its like (Admin Manual, props.conf), a class
 * without a name for TRANSFORMS, REPORT and EXTRACT alone. */
spl_str spl_props_spelling_of_key(spl_arena *arena, spl_str key);

/* The language of stanza names: ... is any text, * any without a slash, a point is itself; the rest is a regular
 * expression over the whole text. FOLD: without case. False, too, where PATTERN is no valid expression. */
bool spl_props_match(spl_arena *scratch, spl_str pattern, spl_str text, bool fold);

#endif
