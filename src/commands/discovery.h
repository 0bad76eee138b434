/* discovery.h -- of typelearner and findtypes: events grouped by a key, with the terms that all of a group have, and
 * what eventdiscoverer.conf says of terms. */
#ifndef SPL_COMMANDS_DISCOVERY_H
#define SPL_COMMANDS_DISCOVERY_H

#include "base/map.h"
#include "exec/bind.h"

/* eventdiscoverer.conf of all apps; keys in small letters. */
typedef struct discovery_rules {
    spl_map ignored_keywords, ignored_fields;
    SPL_VEC(spl_str) important; /* begins of words */
} discovery_rules;
const discovery_rules *discovery_rules_new(const spl_binder *binder);
/* Whether a word of TEXT begins as an important one does. */
bool discovery_important(const discovery_rules *rules, spl_str text);

typedef struct discovery_term {
    spl_str text;    /* as a search has it */
    uint64_t events; /* that have it */
    uint64_t last;   /* the one that was counted last */
} discovery_term;

typedef struct discovery_group {
    spl_str key, example;
    size_t number; /* of the group */
    uint64_t count;
    SPL_VEC(uint32_t) terms; /* that all its events so far have, in the order of the first one */
} discovery_group;

typedef struct discovery {
    const discovery_rules *rules;
    spl_arena *arena;
    bool all; /* terms count that no group has */
    uint64_t events;
    spl_map groups;  /* -> discovery_group */
    spl_map numbers; /* of terms, from 1; their keys are in small letters */
    SPL_VEC(discovery_term) terms;
    discovery_group *group;  /* of the event that was begun last */
    SPL_VEC(uint32_t) event; /* its terms, each once */
} discovery;

discovery discovery_in(spl_arena *arena, const discovery_rules *rules);
/* An event of the group KEY: begun, its terms told, and ended. Of the first event of a group the first MOST terms
 * count. */
void discovery_begin(discovery *d, spl_str key, spl_str raw);
void discovery_add(discovery *d, spl_str term);
void discovery_end(discovery *d, size_t most);
/* The words of RAW, segments of three bytes or more without a digit, that are not ignored; with PHRASES also two and
 * three of them with a blank between. */
void discovery_add_words(discovery *d, spl_str raw, bool phrases);
/* The comparison of FIELD that finds a group by its key, of which PART: more may follow. */
spl_str discovery_key_search(spl_arena *arena, spl_str field, spl_str key, bool part);

#endif
