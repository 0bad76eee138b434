/* lookup.h -- lookups: definitions (transforms.conf, published YAML), files, KV-store collections, and matching.
 *
 * A name is that of a definition, or of a file in some lookups/ folder. Files are looked for in the state folder, then
 * among the inline ones of tests, then in the apps, the last one first. Tables are loaded when a search needs them. */
#ifndef SPL_KNOWLEDGE_LOOKUP_H
#define SPL_KNOWLEDGE_LOOKUP_H

#include "exec/bind.h"
#include "knowledge/conf.h"
#include "knowledge/state.h"

typedef struct spl_lookups spl_lookups;

typedef enum spl_match_kind { SPL_MATCH_EXACT, SPL_MATCH_WILDCARD, SPL_MATCH_CIDR } spl_match_kind;

typedef struct spl_match_type {
    spl_str field;
    spl_match_kind kind;
} spl_match_type;

typedef struct spl_lookup {
    spl_str name;
    bool defined;         /* by a definition; else NAME is a file's */
    spl_str file;         /* in lookups/, or empty */
    spl_str collection;   /* of the KV store, or empty */
    const char *external; /* why it cannot run here ("it calls an external command"), or NULL */
    SPL_VEC(spl_match_type) types;
    bool fold; /* case does not matter */
    uint32_t min_matches, max_matches;
    spl_str default_match, filter;
    spl_str time_field, time_format; /* empty: not bounded by time; %s.%Q */
    double min_offset, max_offset;
    SPL_VEC(spl_str) fields; /* fields_list, or none */
    spl_span span;           /* of the definition */
} spl_lookup;

/* A table in memory: cells[row * n_columns + column]; empty CSV cells are null. */
typedef struct spl_table {
    spl_str *columns;
    uint32_t n_columns;
    size_t n_rows;
    const spl_value *cells;
    spl_str name; /* for messages: the file's path */
} spl_table;
static inline spl_value spl_table_cell(const spl_table *table, size_t row, uint32_t column)
{
    return table->cells[row * table->n_columns + column];
}
/* Index of the column, UINT32_MAX where it has none. */
uint32_t spl_table_column(const spl_table *table, spl_str name);

spl_lookups *spl_lookups_new(spl_arena *arena, spl_diag *diag);
void spl_lookups_add_folder(spl_lookups *lookups, const char *folder);
void spl_lookups_own(spl_lookups *lookups); /* those so far are the program's own */
void spl_lookups_add_file(spl_lookups *lookups, const char *name, spl_str text);
/* Where definitions come from, and the state of searches (or NULL). */
void spl_lookups_set(spl_lookups *lookups, const struct spl_knowledge *knowledge, spl_state *state);
/* The definition NAME, or one made for the file NAME, whether or not there is such a file, where NAME ends in .csv or
 * .csv.gz or an inline file has it. NULL: neither. */
const spl_lookup *spl_lookups_find(spl_lookups *lookups, spl_str name);
/* Whether the lookup's file is somewhere; a collection always is. */
bool spl_lookups_has_table(spl_lookups *lookups, const spl_lookup *lookup);
/* Whether there is such a file besides what searches have written: in an app, or inline. */
bool spl_lookups_ships(spl_lookups *lookups, const spl_lookup *lookup);
/* The table, NULL where there is no such file. Ragged rows and quotes that are never closed are warnings. WRITTEN: as
 * this search has written it, if it has. Loaded once. */
const spl_table *spl_lookups_table(spl_lookups *lookups, const spl_lookup *lookup, bool written);
/* All definitions and, without those, files; for spl list. */
size_t spl_lookups_all(spl_lookups *lookups, spl_arena *arena, const spl_lookup ***out);
/* What becomes of a lookup whose file is nowhere: refused; a warning, as an empty table (inputlookup); not looked at
 * (outputlookup). */
typedef enum spl_lookup_file { SPL_FILE_NEEDED, SPL_FILE_WANTED, SPL_FILE_ANY } spl_lookup_file;
/* The lookup NAME of the query's knowledge. *LOOKUP is NULL, and true is returned, where it is missing and only a check
 * goes on, or where its file is and that is a warning. False: refused. */
bool spl_lookup_named(spl_binder *binder, spl_str name, spl_span span, spl_lookup_file file, const spl_lookup **lookup);
spl_lookups *spl_lookups_of(const spl_query *query);
/* A file of CSV as a table, in ARENA. */
const spl_table *spl_table_of_csv(spl_arena *arena, spl_diag *diag, spl_str path, spl_str text);

/* --- matching (lookup_match.c) -------------------------------------------------------------------------------------
 */

/* What a table has for given values of some of its columns: hashed on what must be equal; patterns by rare pieces of
 * their text, networks by their length. Immutable, shared by threads. */
typedef struct spl_matcher spl_matcher;
typedef struct spl_matches spl_matches; /* one thread's */

spl_matcher *spl_matcher_new(spl_binder *binder, const spl_lookup *lookup, const spl_table *table,
                             const uint32_t *columns, size_t count);
/* The same, made once for each lookup and columns, and kept as long as the query. */
spl_matcher *spl_lookups_matcher(spl_binder *binder, const spl_lookup *lookup, const spl_table *table,
                                 const uint32_t *columns, size_t count);
spl_matches *spl_matches_new(spl_arena *arena, const spl_matcher *matcher);
/* The rows for KEYS, one for each column, in file order (by time, the latest first, where the lookup is bounded by
 * time; TIME is the event's): max_matches at most. */
size_t spl_matcher_find(spl_matches *matches, const spl_str *keys, double time, const uint32_t **rows);
bool spl_matches_cut(const spl_matches *matches); /* some find left out rows beyond max_matches */

/* --- lookups applied to events (lookup_use.c) ------------------------------------------------------------------------
 */

typedef struct spl_lookup_pair {
    spl_str column;  /* of the table */
    spl_field field; /* of the event */
    spl_span span;
} spl_lookup_pair;

/* A lookup with its inputs and outputs, as the command lookup and LOOKUP- settings have it. */
typedef struct spl_lookup_use spl_lookup_use;
/* N_OUT 0: every column that is no input. ONLY_NEW: fields that are there stay. NULL: refused. What it reads and makes
 * is declared to the op being bound. */
spl_lookup_use *spl_lookup_use_new(spl_binder *binder, const spl_lookup *lookup, const spl_lookup_pair *in, size_t n_in,
                                   const spl_lookup_pair *out, size_t n_out, bool only_new, spl_span span);
spl_matches *spl_lookup_use_start(const spl_lookup_use *use, spl_arena *arena);
void spl_lookup_use_apply(const spl_lookup_use *use, spl_matches *matches, spl_batch *batch);
const spl_lookup *spl_lookup_use_lookup(const spl_lookup_use *use);

#endif
