/* knowledge.h -- what surrounds a search: macros now; extractions, lookups, event types, tags and data models as they
 * come. Loaded lazily from folders (spl_config.apps and the program's own), in order, later wins; only what a search
 * asks for is parsed. */
#ifndef SPL_KNOWLEDGE_KNOWLEDGE_H
#define SPL_KNOWLEDGE_KNOWLEDGE_H

#include "knowledge/conf.h"
#include "knowledge/datamodel.h"
#include "lang/parse.h"

typedef struct spl_knowledge spl_knowledge;

typedef struct spl_knowledge_config {
    const char *const *apps;
    size_t n_apps;
    const char *const *macros; /* 'NAME(ARGS)=DEFINITION' */
    size_t n_macros;
    const char *builtin;     /* folder with macros/ and apps/, or NULL */
    struct spl_state *state; /* knowledge/state.h, or NULL: lookups written by searches */
} spl_knowledge_config;

/* Lists folders, reads little. Problems in files go to DIAG, once, when met. */
spl_knowledge *spl_knowledge_new(spl_arena *arena, spl_diag *diag, const spl_knowledge_config *config);
/* As spl_parse_env.find_macro: conf stanzas, published YAML (name, definition, arguments), --macro. A name that ends in
 * _filter and is nowhere defined is the published empty default, `search *`. Thread-safe, as all that is asked here. */
const spl_macro *spl_knowledge_macro(const spl_knowledge *knowledge, spl_str name, uint32_t n_args);
spl_str spl_knowledge_suggest_macro(const spl_knowledge *knowledge, spl_arena *arena, spl_str name);
/* The folders of all apps, the program's own first; a later one wins. */
size_t spl_knowledge_apps(const spl_knowledge *knowledge, const char *const **folders);
size_t spl_knowledge_builtin_apps(const spl_knowledge *knowledge); /* how many of them are the program's */
/* NAME ("props", "transforms" …) merged over all apps: default under local, a later app over an earlier one. Read when
 * it is first asked for; the stanzas do not change after. Thread-safe. */
const spl_conf *spl_knowledge_conf(const spl_knowledge *knowledge, const char *name);
struct spl_lookups *spl_knowledge_lookups(const spl_knowledge *knowledge); /* knowledge/lookup.h */
/* props.conf, ready to be asked (props.h). Thread-safe. */
struct spl_props;
struct spl_props *spl_knowledge_props(const spl_knowledge *knowledge);
/* Walks all macros, for spl list. */
size_t spl_knowledge_macros(const spl_knowledge *knowledge, spl_arena *arena, const spl_macro ***out);

/* The data models of the apps. */
spl_models *spl_knowledge_models(const spl_knowledge *knowledge);

#endif
