/* graph.h -- the fields that apps make of events: extractions, aliases, calculated fields, lookups, event types, tags.
 *
 * For each class of events (props.h) the ways in which its fields are made are compiled once, cut back to what is
 * wanted: EXTRACT, REPORT, automatic key-value extraction, FIELDALIAS, EVAL, LOOKUP, in this order, then event types
 * and tags (Knowledge Manager Manual, "The sequence of search-time operations"). Which fields the reader must give for
 * that is known when an event's class is known: a batch with events of a new class is read a second time. */
#ifndef SPL_KNOWLEDGE_GRAPH_H
#define SPL_KNOWLEDGE_GRAPH_H

#include "exec/query.h"
#include "knowledge/props.h"

typedef struct spl_graph spl_graph;         /* of one scan and one set of wanted fields; shared by threads */
typedef struct spl_graph_use spl_graph_use; /* one thread's */

typedef struct spl_graph_config {
    const spl_query *query;
    const spl_fieldset *wanted; /* must outlive it */
    /* The terms of the first search and what is wanted beside them: where only the terms ask for event types or tags,
     * no others than those are looked for. NULL: all. */
    const spl_node *terms;
    const spl_fieldset *beside;
    size_t n_inputs;
} spl_graph_config;

/* While binding. NULL: apps say nothing about what is wanted. */
spl_graph *spl_graph_new(spl_arena *arena, const spl_graph_config *config);
spl_graph_use *spl_graph_use_new(spl_graph *graph, spl_worker *worker);

/* What is known of an input. */
typedef struct spl_graph_input {
    uint32_t number;
    bool records;
    bool auto_kv;   /* the reader leaves key=value pairs to KV_MODE */
    bool auto_json; /* the reader's fields are those of KV_MODE=json */
    bool table;     /* the reader's fields are columns: what INDEXED_EXTRACTIONS gives, and KV_MODE not */
    /* Makes more fields of rows, behind those of their text and before aliases and calculated fields; or NULL. */
    void (*between)(void *of, spl_batch *batch, const uint32_t *rows, uint32_t count);
    void *of;
} spl_graph_input;
struct spl_input; /* readers/reader.h */
spl_graph_input spl_graph_input_of(const struct spl_input *input);

/* What the reader must give for this input as far as is known. *VERSION changes with it. */
const spl_fieldset *spl_graph_reads(spl_graph_use *use, const spl_graph_input *input, uint32_t *version);
/* Rows [FIRST, FIRST + COUNT) of the batch hold what spl_graph_reads() said: makes the other fields. False: there are
 * events of a class that needs more; ask again, read again. */
bool spl_graph_apply(spl_graph_use *use, const spl_graph_input *input, spl_batch *batch, uint32_t first,
                     uint32_t count);
/* Once all rows of the batch are done: event types, tags; drops what is not wanted. */
void spl_graph_finish(spl_graph_use *use, spl_batch *batch);

/* What may give the fields of these events their values, for raw tests. All lives in ARENA. */
typedef struct spl_ways spl_ways;
spl_ways *spl_ways_new(spl_arena *arena, const spl_query *query, const spl_graph_input *input,
                       const spl_props_events *of);
typedef struct spl_graph_ways {
    bool unknown;            /* it may be made in a way that copies no bytes */
    bool raw;                /* from a stretch of the event's text, as it stands */
    SPL_VEC(spl_str) fields; /* whole or in part from these, the field itself not named */
} spl_graph_ways;
spl_graph_ways spl_ways_of(spl_ways *ways, spl_str field);

/* Compiles all that these stanzas of props.conf say, and all event types and TOKENIZERs: what is wrong is a warning. */
void spl_graph_audit(const spl_query *query, const spl_conf_stanza *const *stanzas, size_t n);

/* Whether a bound of limits.conf [kv] or [spath] cut something off. */
bool spl_graph_kv_cut(const spl_graph *graph);

/* The ways that events' fields were made in so far, for explain: a line each, "EVAL-x  path:line". FIELD empty: all. */
void spl_graph_explain(spl_graph *graph, spl_str field, spl_buf *out);

#endif
