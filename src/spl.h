/* spl.h -- the embedding API: configure, compile, pull results, read diagnostics. All that the command line uses.
 *
 * A search prints nowhere, exits nowhere and has no global state: two searches in two threads with different zones,
 * clocks, states and apps run side by side. */
#ifndef SPL_SPL_H
#define SPL_SPL_H

#include "exec/op.h"

typedef struct spl_config {
    /* knowledge */
    const char *const *apps; /* --app, in order, later wins */
    size_t n_apps;
    const char *const *macros; /* --macro 'NAME(ARGS)=DEFINITION' */
    size_t n_macros;
    bool no_builtin;
    const char *builtin; /* the folder that holds macros/ and apps/ of the program; NULL: found beside the program */
    const struct spl_inline_file *lookups; /* tests: lookup files by name, before those of apps */
    size_t n_lookups;
    const char *geoip; /* the .mmdb file that iplocation looks into, or NULL */
    /* data */
    const char *const *paths;
    size_t n_paths;
    const spl_str *texts; /* instead of paths' files: inline data of the names in paths */
    bool records;
    spl_metadata metadata;
    const spl_metadata *each; /* one for each path, before METADATA where it says something; or NULL */
    /* time: texts as typed, NULL where not given */
    const char *earliest, *latest, *now, *tz; /* now: "data" takes the newest event's time */
    /* folders and bounds */
    const char *state_dir, *spill_dir;
    bool splunk_limits, dry_run, no_raw_tests, count_all;
    const char *asked_field; /* a field to read whether or not the search needs it, for spl_explain_field(); or NULL */
    unsigned threads;        /* 0: as many as cores */
    size_t memory;           /* bytes, 0: no bound */
    double timeout;          /* seconds, 0: none */
    uint64_t match_limit;    /* regular expressions, 0: default */
    bool check_only;
    bool separate_allocations; /* SPL_ARENA=malloc */
    uint64_t fail_after;       /* tests: the n-th allocation fails */
} spl_config;

typedef struct spl_inline_file {
    const char *name;
    spl_str text;
} spl_inline_file;

typedef struct spl_search spl_search;

/* NAME stands in diagnostics: "search" or a path; FIRST_LINE and FIRST_COLUMN where TEXT begins in it (1, 1 for all of
 * it). Everything is copied. NULL only if memory is short. */
spl_search *spl_search_new(const spl_config *config, const char *name, spl_str text, uint32_t first_line,
                           uint32_t first_column);
void spl_search_free(spl_search *search);

/* Many searches with the same configuration: SHARED, a search without a text, holds what they have in common
 * (knowledge, field names, DATA, clock and bounds; its diagnostics are those of that). spl_search_share() opens DATA,
 * once, before the others are compiled; it may be left out where nothing is run. The others may be made and compiled in
 * any thread and are freed before it; cancelling SHARED cancels them all. */
spl_status spl_search_share(spl_search *shared);
spl_search *spl_search_new_in(spl_search *shared, const char *name, spl_str text, uint32_t first_line,
                              uint32_t first_column);

/* Parse, open DATA's heads, run text subsearches, bind, plan. SPL_REFUSED: diagnostics say why. */
spl_status spl_search_compile(spl_search *search);
/* The next batch of results, the caller's to free. SPL_END at the end; a failure's message is a diagnostic too. */
spl_status spl_search_next(spl_search *search, spl_batch **batch);
/* From any thread or signal handler: the run stops soon, with SPL_CANCELLED. */
void spl_search_cancel(spl_search *search);

/* ---- many searches in one pass over DATA (run/hunt.c) ---- */

typedef struct spl_hunt spl_hunt;
/* SHARED is ready (spl_search_share()) and outlives the hunt. NULL only if memory is short. */
spl_hunt *spl_hunt_new(spl_search *shared);
void spl_hunt_free(spl_hunt *hunt);
/* Compiles one more search, all before the pass. SPL_REFUSED and other failures: it takes no part; its diagnostics are
 * those of spl_hunt_at(), until spl_hunt_drop(). Its number is that of the call, from 0. */
spl_status spl_hunt_add(spl_hunt *hunt, const char *name, spl_str text, uint32_t first_line, uint32_t first_column);
/* Reads DATA once for all of them. A failure of one search is told when it is pulled; of all: the status, with its
 * words among the diagnostics of SHARED. */
spl_status spl_hunt_pass(spl_hunt *hunt);
/* The search NUMBER, ready to be pulled with spl_search_next(), in any order, one at a time; NULL: it was dropped.
 * Those that could not share the pass read DATA now, if an event of it passes their first search. */
spl_search *spl_hunt_at(spl_hunt *hunt, size_t number);
spl_status spl_hunt_begin(spl_hunt *hunt, size_t number);
void spl_hunt_drop(spl_hunt *hunt, size_t number); /* frees the search */

/* How far a run is: bytes of DATA looked at and in all (a pass over time stamps counts too). From any thread while it
 * runs. False: it cannot be said. */
bool spl_search_progress(const spl_search *search, uint64_t *done, uint64_t *all);
bool spl_hunt_progress(const spl_hunt *hunt, uint64_t *done, uint64_t *all);

const spl_diag *spl_search_diag(const spl_search *search);
const spl_query *spl_search_query(const spl_search *search);
const spl_node *spl_search_ast(const spl_search *search); /* after parse */
/* The names of the result's columns where the pipeline fixes them: COUNT out; NULL where they are not known before. */
const spl_field *spl_search_columns(const spl_search *search, uint32_t *count);
/* Bytes of the search that no rule accounted for: inside commands that apps bring. */
size_t spl_search_unaccounted(const spl_search *search);

/* explain.c: the expanded search, the plan, needed fields, raw tests, inputs and what they were recognised as; after a
 * run also rows in and out and time of each stage. */
void spl_explain(const spl_search *search, spl_buf *out);
/* After a run with asked_field: the ways in which apps may have made that field, a line each with file and line. */
void spl_explain_field(const spl_search *search, spl_buf *out);
/* "1,234 events read, 12 kept by the first search; the last were dropped by `where x>3`" */
void spl_run_summary(const spl_search *search, spl_buf *out);

#endif
