/* aggregate.h -- lists of aggregations: count dc(user) AS users avg(eval(b/1024)) AS kb sum(req_*) AS total_* …
 *
 * One engine for stats, eventstats, streamstats, chart, timechart and tstats. Bound once (spl_aggs, read-only); each
 * copy of an op has a run of it (spl_agg_run), and each group a block of states whose layout the bound list fixes. */
#ifndef SPL_EXEC_AGGREGATE_H
#define SPL_EXEC_AGGREGATE_H

#include "exec/bind.h"

typedef struct spl_agg_source { /* what aggregates read: each field or expression once */
    spl_field field;            /* SPL_NO_FIELD for an expression */
    const spl_expr *expr;
} spl_agg_source;

typedef struct spl_agg {
    const spl_aggregate *kind; /* NULL: an eval expression over aggregates that stand before it in the list */
    const spl_node *node;
    spl_agg_env env;      /* the run's copy has its arena */
    int source;           /* -1: none (count) */
    spl_str pattern;      /* of a wildcard: the fields it covers; else empty */
    spl_str name;         /* of the output; of a wildcard with * */
    spl_field output;     /* SPL_NO_FIELD for wildcards */
    size_t offset;        /* of its state in the block */
    const spl_expr *expr; /* kind NULL */
    bool hidden;          /* only for an expression over aggregates */
    bool named;           /* by AS */
} spl_agg;

typedef struct spl_aggs {
    spl_agg *items;
    size_t count;
    spl_agg_source *sources;
    size_t n_sources;
    const spl_field *except; /* BY fields: wildcards pass over them */
    size_t n_except;
    size_t size; /* bytes of a block of states */
    size_t bad;  /* allnum: offset of a uint32_t for each source, counting values that are no number */
    bool ordered, timed, wild, allnum, counted; /* counted: the whole list is one bare count */
} spl_aggs;

enum {                         /* what a command allows */
       SPL_AGGS_OVER = 1,      /* eval(sum(x)/count) */
       SPL_AGGS_TIMECHART = 2, /* per_hour and its kin */
       SPL_AGGS_NO_AS = 4,     /* eval(…) without AS is named as typed */
       SPL_AGGS_ALLNUM = 8,
       SPL_AGGS_NO_WILD = 16,
       SPL_AGGS_NONE = 64,   /* the list may be empty */
       SPL_AGGS_EVENTS = 32, /* one more at the end, which is not shown: how many rows a group has */
};

/* Binds the AGGREGATE nodes among NODES; other nodes are refused unless they are options, clauses or holes. Refuses an
 * empty list. BY: fields that wildcards pass over and that no AS may name. */
bool spl_aggs_bind(spl_binder *binder, const spl_node *const *nodes, size_t count, const spl_field *by, size_t n_by,
                   unsigned flags, spl_aggs *aggs);

/* --- running -------------------------------------------------------------------------------------------------------
 */

typedef struct spl_agg_wild {  /* what a wildcard stands for, grown as fields are met */
    SPL_VEC(spl_field) fields; /* by index of their states */
    SPL_VEC(spl_field) outputs;
    SPL_VEC(uint32_t) by_field; /* index + 1 */
    spl_pattern_cache cache;
} spl_agg_wild;

typedef struct spl_agg_run {
    const spl_aggs *aggs;
    spl_op *op;
    spl_arena *arena; /* of the states */
    spl_agg_env *envs;
    spl_agg_wild *wilds;    /* one for each aggregate; used where it is a wildcard */
    bool cut;               /* list() dropped values: a warning is due */
    spl_batch *scratch;     /* one row, for expressions over aggregates */
    double low, high;       /* least and greatest _time met, for sparklines; NaN before */
    const spl_order *order; /* streamstats: the position of the row being added, instead of its own */
    uint64_t list_limit;    /* of windows: list() keeps all while running, and is cut when shown */
} spl_agg_run;

/* STATES: where the states' memory comes from. */
void spl_agg_run_init(spl_agg_run *run, const spl_aggs *aggs, spl_op *op, spl_arena *states);
void spl_agg_run_arena(spl_agg_run *run, spl_arena *states);
/* Makes the zeroed block BLOCK ready. */
void spl_states_init(const spl_agg_run *run, void *block);

/* Rows of a batch and the groups they belong to; a row stands in as many pairs as it has groups. */
typedef struct spl_agg_pairs {
    uint32_t *rows;  /* physical */
    uint32_t *index; /* in the selection */
    void **blocks;
    size_t count, cap;
} spl_agg_pairs;
void spl_pairs_reserve(spl_arena *arena, spl_agg_pairs *pairs, size_t cap); /* keeps none */

/* What a batch gives the sources, expressions evaluated for its rows. Lives as long as the batch. */
typedef struct spl_agg_views spl_agg_views;
spl_agg_views *spl_aggs_see(spl_agg_run *run, spl_batch *batch);
void spl_aggs_add(spl_agg_run *run, const spl_agg_views *views, const spl_agg_pairs *pairs);
void spl_aggs_update(spl_agg_run *run, spl_batch *batch, const spl_agg_pairs *pairs); /* both */
void spl_states_merge(spl_agg_run *run, void *into, const spl_agg_run *from_run, const void *from);
/* The result of the i-th aggregate, in OUT. Not for wildcards. */
spl_value spl_states_value(spl_agg_run *run, void *block, size_t i, spl_arena *out);
/* Adds the columns of all results to BATCH, in order; then the results of a group into physical row ROW. ANY, if not
 * NULL, is set to true where one of them is not null. */
void spl_aggs_columns(spl_agg_run *run, spl_batch *batch);
void spl_states_emit(spl_agg_run *run, void *block, spl_batch *batch, uint32_t row, bool *any);
void spl_states_save(const spl_agg_run *run, const void *block, spl_buf *out);
bool spl_states_load(spl_agg_run *run, void *block, spl_str *in); /* into a block made ready */
/* Warns of values that list() dropped. */
void spl_aggs_warn(spl_agg_run *run);

/* The fields of all results, wildcards' expanded; and a group's results, one for each of them, in OUT. */
size_t spl_aggs_outputs(spl_agg_run *run, spl_arena *arena, spl_field **fields);
void spl_states_results(spl_agg_run *run, void *block, spl_arena *out, spl_value *results);

/* --- sliding windows ------------------------------------------------------------------------------------------------
 * An aggregate that can undo takes back what leaves the window. The others (STACKED) keep two stacks, for which their
 * states are built and merged apart; wildcards are among them. */
typedef enum spl_agg_part { SPL_AGG_ALL, SPL_AGG_UNDOABLE, SPL_AGG_STACKED } spl_agg_part;

typedef struct spl_agg_taken { /* what one row gives, kept for longer than its batch */
    spl_order order;
    double time;
    spl_value *values; /* one for each source */
    struct spl_agg_taken_wild {
        uint32_t item, index;
        spl_value value;
    } * wild;
    uint32_t n_wild;
} spl_agg_taken;
bool spl_aggs_stacked(const spl_aggs *aggs); /* some are */
spl_agg_taken *spl_aggs_take(spl_agg_run *run, const spl_agg_views *views, uint32_t row, spl_order order,
                             spl_arena *arena);
spl_agg_taken *spl_taken_copy(const spl_agg_run *run, const spl_agg_taken *taken, spl_arena *arena);
void spl_taken_apply(spl_agg_run *run, void *block, const spl_agg_taken *taken, spl_agg_part part, bool undo);
void spl_states_merge_part(spl_agg_run *run, void *into, const void *from, spl_agg_part part);
void spl_states_copy(const spl_agg_run *run, void *to, const void *from, spl_agg_part part); /* as they are */
/* Sets the states of PART back to nothing. */
void spl_states_clear(spl_agg_run *run, void *block, spl_agg_part part);

#endif
