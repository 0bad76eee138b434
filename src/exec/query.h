/* query.h -- one search being run: what is the same for all its stages and threads, and what each thread has.
 *
 * Nothing here is global: two queries with different zones, clocks, states and apps run side by side. */
#ifndef SPL_EXEC_QUERY_H
#define SPL_EXEC_QUERY_H

#include "data/timefmt.h"
#include "registry.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

struct spl_knowledge; /* knowledge/knowledge.h: macros, extractions, lookups, models of the apps loaded */
struct spl_state;     /* knowledge/state.h: what searches write and read back */
struct spl_dataset;   /* readers/reader.h: DATA, opened */

/* Limits that searches meet, 0 for none. The defaults are the program's; --limits splunk puts Splunk's documented ones;
 * limits.conf of an app what it sets (knowledge/limits.h, where commands find bounds of their own). */
typedef struct spl_limits {
    uint64_t sort_rows;      /* 10,000 unless the search says otherwise; both */
    uint64_t subsearch_rows; /* rows that a text subsearch may give: 10,000 */
    uint64_t join_rows;      /* 50,000 */
    uint64_t list_values;    /* 100 */
    uint64_t match_limit;    /* PCRE2 steps for one match */
    uint64_t depth_limit;    /* PCRE2 heap, kibibytes */
    uint64_t map_searches;   /* 10 */
    uint64_t kv_bytes;       /* what automatic extraction looks at of an event; with splunk 10,240 */
    uint64_t kv_fields;      /* how many fields it may give; with splunk 100 */
    uint64_t kv_columns;     /* of a table (KV_MODE = multi); with splunk 512 */
    uint64_t spath_bytes;    /* what is looked at of JSON and XML; with splunk 5,000 */
    uint64_t bins;           /* that bin and BY divide into; with splunk 50,000 */
    bool splunk;
    uint64_t spark_points;            /* of a sparkline: as list_values */
    const spl_span_time *spark_steps; /* the spans that it chooses among; NULL: the automatic ones */
    size_t n_spark_steps;
} spl_limits;

/* What is given of data's events in place of what is recognised; members may be NULL. */
typedef struct spl_metadata {
    const char *sourcetype, *source, *host, *index;
} spl_metadata;
/* What FIRST says, else what OTHERWISE says. */
static inline spl_metadata spl_metadata_over(const spl_metadata *first, const spl_metadata *otherwise)
{
    return (spl_metadata){first->sourcetype ? first->sourcetype : otherwise->sourcetype,
                          first->source ? first->source : otherwise->source,
                          first->host ? first->host : otherwise->host, first->index ? first->index : otherwise->index};
}

/* The time range that a saved search brings along. */
typedef struct spl_own_range {
    spl_span at; /* the stage that runs it */
    double earliest, latest;
    const struct spl_own_range *next;
} spl_own_range;

typedef struct spl_query {
    spl_account *account;
    spl_arena *arena; /* lives as long as the query; used while binding, read-only while running */
    spl_diag *diag;
    spl_fields *fields;
    const struct spl_knowledge *knowledge;
    struct spl_state *state;
    const struct spl_parse_env *parse; /* lang/parse.h: for text that becomes a search while running */
    struct spl_dataset *data;
    const spl_zone *zone;
    double now;                      /* epoch seconds */
    double earliest, latest;         /* -HUGE_VAL, HUGE_VAL where not given; [earliest, latest) */
    const spl_own_range *own_ranges; /* where neither is given; spl_range_take() heeds both */
    uint64_t seed;                   /* of random() */
    spl_limits limits;
    unsigned threads;                  /* 1 or more */
    const char *state_dir, *spill_dir; /* NUL-terminated */
    const char *geoip;                 /* the same, or NULL: the database of iplocation */
    bool dry_run;
    bool check_only;               /* names that are nowhere defined are warnings, nothing is read */
    bool late_tests;               /* raw tests are drawn when a scan runs, not when it is planned (a hunt) */
    bool raw_tests;                /* false: test nothing on raw bytes (differential test) */
    const char *asked_field;       /* explain: how it is made; NULL */
    unsigned reads;                /* searches bound so far that read DATA: a pipe that several read is spooled */
    bool count_all;                /* explain: count every event, even in stretches that a raw test drops */
    atomic_int cancel;             /* spl_status once the run must stop, else 0 */
    double deadline;               /* of the monotonic clock, HUGE_VAL for none */
    const struct spl_query *outer; /* of a subsearch */
} spl_query;

/* A thread's tools. */
typedef struct spl_worker {
    const spl_query *query;
    spl_arena *arena; /* as long as the worker */
    unsigned number;
    struct spl_match *match;           /* base/regex.h: match data and JIT stack */
    struct spl_patterns *patterns;     /* expr/expr_eval.c: regular expressions compiled at run time; NULL at first */
    struct spl_thing *things;          /* what functions keep for themselves; spl_worker_keep() */
    struct spl_indexing_use *indexing; /* knowledge/indexing.c; NULL at first */
    struct spl_clock *clock;           /* data/timefmt.h: caches of zone offsets and last parsed times */
} spl_worker;
spl_worker *spl_worker_new(const spl_query *query, unsigned number); /* in an arena of its own: worker->arena */
void spl_worker_free(spl_worker *worker);
/* What was kept under KEY, or NULL; KEY is any address that is the keeper's own, as a function's bound data. */
void *spl_worker_thing(const spl_worker *worker, const void *key);
void spl_worker_keep(spl_worker *worker, const void *key, void *thing);

/* Fails the call when the query was cancelled or its time is up. Cheap; loops over batches call it. */
void spl_query_poll(const spl_query *query);

#endif
