/* audit.h -- looks through all that the user's apps say, so that whatever is wrong, misspelt or not applied is told. */
#ifndef SPL_KNOWLEDGE_AUDIT_H
#define SPL_KNOWLEDGE_AUDIT_H

#include "exec/query.h"

typedef struct spl_audit_file {
    spl_str path;
    size_t stanzas, named;            /* named: in a warning */
    size_t applied, ignored, unknown; /* settings */
} spl_audit_file;

typedef struct spl_audit {
    SPL_VEC(spl_audit_file) files; /* the conf files, in the order of apps */
    size_t models, lookups;        /* data models, definitions and files of lookups */
} spl_audit;

/* Why a whole search would be refused, in ARENA; empty if it would not. What plans searches stands above this. */
typedef spl_str (*spl_audit_compile)(void *context, spl_arena *arena, const char *name, spl_str text);

/* Warnings go to the query's diagnostics. COMPILE is asked about saved searches, datasets and transaction types. */
void spl_audit_apps(const spl_query *query, spl_audit *out, spl_audit_compile compile, void *context);

#endif
