/* bind.h -- from a stage's nodes to a bound operator: what bind hooks use.
 *
 * Binding goes on after an error and reports all; nothing runs if any. */
#ifndef SPL_EXEC_BIND_H
#define SPL_EXEC_BIND_H

#include "base/map.h"
#include "exec/op.h"

struct spl_binder {
    spl_query *query;
    spl_arena *arena; /* the query's */
    spl_diag *diag;
    spl_fields *fields;
    spl_op *op; /* being bound */
    const spl_node *stage;
    bool first;         /* the stage is the first of its pipeline */
    bool streamed;      /* those before it are a search and streaming commands */
    bool holes;         /* the stage has holes: an argument list that seems incomplete is none (check) */
    spl_worker *worker; /* tools for folding constants; made when first needed (expr/expr_bind.c) */
};

static inline spl_field spl_bind_field(spl_binder *binder, spl_str name)
{
    return spl_field_of(binder->fields, name);
}
/* Whether FIELD, named at NODE, is an internal one, which the command passes over: a warning tells. */
bool spl_bind_passes_over(spl_binder *binder, const spl_node *node, spl_field field);
/* What the stage reads and makes; names may be patterns. */
void spl_bind_reads(spl_binder *binder, spl_field field);
void spl_bind_reads_name(spl_binder *binder, spl_str name_or_pattern);
void spl_bind_reads_all(spl_binder *binder);
void spl_bind_makes(spl_binder *binder, spl_field field); /* overwritten for every row: not needed from before */
/* Refuses: always false, so that `return spl_refuse(…)` reads well. */
bool spl_refuse(spl_binder *binder, spl_span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#define spl_bad_argument(binder, span, ...) spl_refuse((binder), (span), "bad-argument", __VA_ARGS__)
/* Refuses, at AT or at the whole stage, a stage without what it needs: "accum needs the name of a field". EXAMPLE: what
 * stands behind the command in one; NULL: the syntax is shown. Of a stage with holes nothing is told: what it lacks may
 * stand in one, and the planner passes it over. */
bool spl_lacks(spl_binder *binder, const spl_node *at, const char *what, const char *example);
/* A bind hook of commands that take no arguments but options. */
bool spl_bind_plain(spl_binder *binder, const spl_node *stage, spl_op *op);

/* A bracketed pipeline among the arguments, bound as a search of its own over DATA. MAX_ROWS: more are left out, with a
 * warning; 0 for no bound. NULL: refused. run/subsearch.c */
typedef struct spl_subsearch spl_subsearch;
typedef struct spl_subsearch_run spl_subsearch_run;
spl_subsearch *spl_subsearch_bind(spl_binder *binder, const spl_node *pipeline, uint64_t max_rows);
void spl_subsearch_limit(spl_subsearch *subsearch, uint64_t max_rows); /* instead of what it was bound with */
/* The same for a pipeline that the command feeds with rows (appendpipe, foreach). */
spl_subsearch *spl_subsearch_bind_fed(spl_binder *binder, const spl_node *pipeline);
/* Text that the command made while running (map, foreach), expanded, parsed and bound in ARENA. What is wrong with it
 * is reported and fails the run. */
spl_subsearch *spl_subsearch_parse(spl_op *op, spl_arena *arena, spl_str text, bool fed, uint64_t max_rows);
size_t spl_subsearch_stages(const spl_subsearch *subsearch, spl_op *const **stages); /* the templates of its stages */
/* Begins a run of it for a running copy of the command; it ends with that copy, or with ARENA. */
spl_subsearch_run *spl_subsearch_start(spl_op *op, const spl_subsearch *subsearch);
spl_subsearch_run *spl_subsearch_start_in(spl_op *op, spl_arena *arena, const spl_subsearch *subsearch);
/* What feeds it: NEXT as spl_op_next. After an end it may be asked again. */
void spl_subsearch_feed(spl_subsearch_run *run, spl_status (*next)(void *from, spl_batch **batch), void *from);
spl_status spl_subsearch_next(spl_op *op, spl_subsearch_run *run, spl_batch **batch);

/* For expand hooks: the text of a search that the stage stands for, its macros expanded, its text subsearches run; ROLE
 * and NAME as in source.h. NULL: refused. */
const spl_node *spl_bind_text(spl_binder *binder, const spl_node *stage, const char *role, spl_str name, spl_str text);

/* --- arguments (args.c): a cursor over the kids of a stage or clause that are not options ------------------------ */
typedef struct spl_args {
    const spl_node *of;
    uint32_t at;
} spl_args;
static inline spl_args spl_args_of(const spl_node *node)
{
    return (spl_args){node, 0};
}
const spl_node *spl_args_peek(const spl_args *args); /* NULL at the end */
const spl_node *spl_args_next(spl_args *args);
/* The next one if it is an unquoted word WORD (case aside). */
bool spl_args_take(spl_args *args, const char *word);
/* The clause KEYWORD of a stage, or NULL. */
const spl_node *spl_args_clause(const spl_node *stage, const char *keyword);
/* Refuses what is left over: "unexpected argument". True if nothing is. */
bool spl_args_done(spl_binder *binder, spl_args *args);
/* NODE as the name of a field: a word, quoted or not, or what looks like a call (sum(bytes)), as typed. */
bool spl_args_name(const spl_node *node, spl_str *name);
/* AS and a name, where AS comes next: the name into NAME, which stays else. False: AS without a name, refused. */
bool spl_args_as(spl_binder *binder, spl_args *args, spl_str *name);
/* NODE as typed, for messages. */
spl_str spl_args_typed(const spl_node *node);
/* NAME of NODE with \\ undone where it stood without quotes, which have been undone already. */
spl_str spl_args_undone(spl_arena *arena, const spl_node *node, spl_str name);
/* A list of field names or patterns, commas or not: appended to OUT, the name is their text. Refuses other nodes. */
typedef SPL_VEC(const spl_node *) spl_node_vec;
bool spl_args_fields(spl_binder *binder, const spl_node *const *nodes, uint32_t count, spl_node_vec *out);
/* Those that the cursor has not come to yet. */
bool spl_args_rest(spl_binder *binder, const spl_args *args, spl_node_vec *out);
/* Refuses names with wildcards, for commands that take none; in quotes `*` is a letter. */
bool spl_args_no_wildcards(spl_binder *binder, const spl_node *stage);

/* Takes the command's options from the stage's kids into the op: defaults first. Called by the planner before bind,
 * as spl_clauses_take() is. */
bool spl_options_take(spl_binder *binder, const spl_node *node, const spl_option *options, void *into);
/* The same without setting defaults: for options that stand in a second place (after BY, say). In both, an entry named
 * "*" leaves options that the table does not name to the hook. */
bool spl_options_add(spl_binder *binder, const spl_node *node, const spl_option *options, void *into);
/* That of a clause of the command's; BY of STATS arguments needs none of its own. */
const spl_segment *spl_segment_of(const spl_command *command, spl_str keyword);
/* The command's options that stand in the clauses of STAGE. */
bool spl_clauses_take(spl_binder *binder, const spl_node *stage, void *into);
/* Refuses an OPTION node whose name neither table has (either may be NULL). Always false. */
bool spl_option_unknown(spl_binder *binder, const spl_node *node, const spl_option *options, const spl_option *more);
/* The value that was typed for option NAME of a stage or in a clause of it, the last one; NULL where it was not. */
const spl_node *spl_option_value(const spl_node *stage, const char *name);
/* Refuses that value, or the one that is given instead of a stage: "option NAME must be …", what its entry in OPTIONS
 * takes, "not …". Always false. */
bool spl_option_refuse(spl_binder *binder, const spl_node *at, const spl_option *options, const char *name);
/* true t 1 yes y, false f 0 no n; false if TEXT is none of them. */
bool spl_option_bool(spl_str text, bool *truth);

/* --- wildcards over the fields seen at run time --------------------------------------------------------------------
 */
/* What a list of patterns means for one set of columns, recomputed only when the set changes. */
typedef struct spl_pattern_cache {
    uint64_t signature;        /* of the columns it was made for; 0: none yet */
    SPL_VEC(spl_field) fields; /* those that match, in column order */
} spl_pattern_cache;
uint64_t spl_batch_signature(const spl_batch *batch); /* of its columns and their order; never 0 */
/* A name without * matches itself; * at the start does not match a name that begins with _ (internal fields). */
bool spl_pattern_match(spl_str pattern, spl_str name);
bool spl_pattern_any(const spl_str *patterns, size_t count, spl_str name);
/* The same for asking about many names: those without * are found by a hash. */
typedef struct spl_pattern_index {
    spl_map plain;
    SPL_VEC(spl_str) wild;
} spl_pattern_index;
spl_pattern_index spl_pattern_index_of(spl_arena *arena, const spl_str *patterns, size_t count);
bool spl_pattern_index_has(const spl_pattern_index *index, spl_str name);
/* For needs hooks of commands that let only fields of these names through: what of AFTER may come from them. */
void spl_pattern_needs(const spl_str *patterns, size_t count, const spl_fieldset *after, spl_fieldset *before);
/* The fields of BATCH that match any of PATTERNS (a name without * matches itself). Recomputed when needed. */
void spl_pattern_fields(spl_arena *arena, const spl_batch *batch, const spl_str *patterns, size_t count,
                        spl_pattern_cache *cache);

#endif
