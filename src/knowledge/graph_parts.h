/* graph_parts.h -- what graph.c makes and graph_run.c runs: a class's settings, compiled. For those two and
 * graph_ways.c alone. */
#ifndef SPL_KNOWLEDGE_GRAPH_PARTS_H
#define SPL_KNOWLEDGE_GRAPH_PARTS_H

#include "base/regex.h"
#include "expr/expr.h"
#include "knowledge/extraction.h"
#include "knowledge/graph.h"
#include "knowledge/kv.h"
#include "knowledge/lookup.h"
#include "knowledge/tagging.h"

typedef struct extract_step {
    const spl_extraction *what;
    const spl_extractor_of *run;
    spl_field from;
    spl_field *fields; /* for each of its names; SPL_NO_FIELD: not wanted */
    spl_str label;
    spl_span span;
} extract_step;

typedef struct alias_step {
    spl_field from, to;
    bool only_new;
    spl_str label;
    spl_span span;
} alias_step;

typedef struct eval_step {
    spl_field to;
    const spl_expr *value;
    spl_str label;
    spl_span span;
} eval_step;

typedef struct lookup_step {
    const spl_lookup_use *use;
    uint32_t number; /* among those of the graph */
    SPL_VEC(spl_field) makes;
    spl_str label;
    spl_span span;
} lookup_step;

typedef struct token_step { /* TOKENIZER of fields.conf */
    spl_field field;
    spl_regex *regex;
} token_step;

typedef struct program {
    const spl_props_class *of;
    spl_fieldset needs; /* of the reader */
    SPL_VEC(extract_step) extracts;
    SPL_VEC(alias_step) aliases;
    SPL_VEC(eval_step) evals;
    SPL_VEC(lookup_step) lookups;
    uint32_t number; /* in the graph's list */
    spl_kv_options kv;
    bool no_kv;                 /* KV_MODE = none */
    const spl_fieldset *theirs; /* made by a user's app, where the program's own apps speak too; or NULL */
    bool indexed;               /* INDEXED_EXTRACTIONS: KV_MODE says nothing about what the reader gives */
    bool twice;                 /* … but gives JSON's fields once more */
    spl_str renamed;            /* props.conf, rename: what sourcetype becomes; or empty */
    bool original;              /* _sourcetype is asked for */
} program;

typedef struct input_reads {
    const spl_fieldset *reads;
    uint32_t version;
    SPL_VEC(const program *) covered;
} input_reads;

struct spl_graph {
    const spl_query *query;
    const spl_fieldset *wanted;
    spl_fieldset base; /* wanted, and what event types and tags read */
    spl_props *props;
    unsigned looks_at;
    spl_tagging *tagging; /* or NULL */
    size_t n_inputs;
    pthread_mutex_t lock;
    spl_arena *arena;  /* under the lock */
    spl_query binding; /* the query, with that arena and diagnostics of its own */
    spl_map programs;  /* number of the class, new name of the sourcetype -> program * */
    SPL_VEC(program *) list;
    uint32_t n_lookups;
    input_reads *inputs;
    SPL_VEC(token_step) tokens;
    spl_field sourcetype; /* _sourcetype */
    atomic_bool kv_cut;
};

/* The program of a class whose sourcetype is RENAMED, or not if that is empty; compiled when first asked for. */
const program *spl_graph_program(spl_graph *graph, const spl_props_class *of, spl_str renamed);

typedef struct lookup_text { /* NAME in AS field … OUTPUT column AS field … */
    spl_str name;
    SPL_VEC(spl_lookup_pair) in, out;
    bool only_new, sound;
} lookup_text;
lookup_text spl_read_lookup(spl_arena *arena, spl_fields *fields, const spl_conf_entry *entry);
/* a AS b, c ASNEW d …: calls ADD for each. GRAPH: warns of what is odd; or NULL. */
void spl_read_aliases(spl_graph *graph, const spl_conf_entry *entry, spl_arena *arena,
                      void (*add)(void *to, spl_str from, spl_str into, bool only_new), void *to);

static inline bool is_metadata(spl_field field)
{
    return field == SPL_F_HOST || field == SPL_F_SOURCE || field == SPL_F_SOURCETYPE || field == SPL_F_INDEX ||
           field == SPL_F_TIME || field == SPL_F_RAW || field == SPL_F_INDEXTIME;
}

#endif
