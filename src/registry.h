/* registry.h -- the descriptors of commands, functions, aggregates, readers and writers.
 *
 * Each stands in the file that implements it, defined by one macro; cmake/registry.cmake scans the sources for lines
 * that begin with these macros and writes the sorted tables (build/generated/registry_tables.c). So one more of
 * anything is one file, its test and its reference entry, and there is no list to edit. docs/ADDING.md tells how. */
#ifndef SPL_REGISTRY_H
#define SPL_REGISTRY_H

#include "base/fault.h"
#include "data/batch.h"
#include "lang/ast.h"

/* ---- options: name=value arguments of a command ---------------------------------------------------------------- */

typedef enum spl_option_type {
    SPL_OPTION_END,
    SPL_OPTION_BOOL,   /* bool: t true 1 yes / f false 0 no */
    SPL_OPTION_INT,    /* int64_t within [min, max] where min < max */
    SPL_OPTION_NUMBER, /* double within [min, max] where min < max */
    SPL_OPTION_TEXT,   /* spl_str */
    SPL_OPTION_ENUM,   /* int: index into names */
    SPL_OPTION_FIELD,  /* spl_field; SPL_NO_FIELD where not given and no default */
    SPL_OPTION_SPAN,   /* spl_str: seconds or a span of time (30s, 5m, 1d) */
    SPL_OPTION_NODE,   /* const spl_node *: the value's node, for the command to read itself */
    SPL_OPTION_OWN,    /* no member: the command looks for it among its arguments */
} spl_option_type;

typedef struct spl_option {
    const char *name;
    spl_option_type type;
    size_t offset;        /* of the member in the command's op */
    size_t given;         /* offset of a bool that says it was typed, or 0 */
    const char *required; /* it has to be given; as in an example: "field=bytes". NULL: may be left out */
    bool idle;            /* SPL_IDLE: of no effect, and without a member */
    double dflt;          /* BOOL, INT, NUMBER, ENUM */
    const char *text;     /* default of TEXT and FIELD */
    double min, max;
    const char *const *names; /* ENUM: NULL-terminated */
    const char *alias;        /* a second spelling, or NULL */
    const char *help;         /* one line for spl help */
    /* Where the command looks at the value itself (NODE, OWN, or a TEXT that is a number or a range): what it must be,
     * for spl_option_refuse(); and values that are refused, blanks between, which a test tries. Of "*", takes says
     * which names there are; without it the command refuses the names that it does not know. */
    const char *takes, *wrong;
} spl_option;

/* An option that is checked and has no effect. Its last arguments: the help, which says why, and what else is to be
 * set. The page of a command that runs says "no effect" of it. */
#define SPL_IDLE(oname, otype, ...)                                                                                    \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .idle = true, .help = __VA_ARGS__                                   \
    }

/* ---- commands --------------------------------------------------------------------------------------------------- */

/* How the scanner reads a command's arguments (grammar/README.md). */
typedef enum spl_shape {
    SPL_ARGS_PLAIN,  /* words, quoted strings, options, lists, calls, clauses of the command's keywords */
    SPL_ARGS_SEARCH, /* a search expression */
    SPL_ARGS_WHERE,  /* one expression */
    SPL_ARGS_EVAL,   /* assignments separated by commas */
    SPL_ARGS_STATS,  /* options, aggregations with AS, BY and the command's other keywords */
    SPL_ARGS_MIXED,  /* the command's options, and one expression (head) */
} spl_shape;

/* A word that ends the current segment of arguments and begins one of another shape (design: segments). The clause node
 * it makes holds what follows. Matched without case; only where a word may begin an argument. A keyword that ends in =
 * is an option instead: in round brackets its value is of that shape, SEARCH or WHERE (startswith=(…)). BY needs no
 * segment in STATS arguments: it is spl_by_segment (exec/by.h) then. */
typedef struct spl_segment {
    const char *keyword;
    spl_shape shape;
    bool again; /* in a SEARCH segment the command's own options are options still (mstats … where x span=1h) */
    /* What may stand in the clause besides the command's own options, which are taken wherever they stand: the command
     * reads the values of these itself. Others are refused. */
    const spl_option *options;
} spl_segment;

/* What a bracketed subsearch among the arguments is. */
typedef enum spl_bracket {
    SPL_BRACKET_TEXT,     /* runs first; its result becomes text in its place */
    SPL_BRACKET_PIPELINE, /* append, join, union, multisearch, appendpipe: a search of its own */
    SPL_BRACKET_TEMPLATE, /* foreach, map: text to be filled in and run */
} spl_bracket;

/* What a command does to the stream of rows. */
enum spl_trait {
    SPL_GENERATES = 1 << 0, /* makes rows; may be first after a pipe */
    SPL_STREAMS = 1 << 1,   /* looks at each row alone: runs on all cores, in any order */
    SPL_ORDERED = 1 << 2,   /* the order in which rows come shows in what it gives */
    SPL_ADDS_ROWS = 1 << 3,
    SPL_TRANSFORMS = 1 << 4,  /* its rows are results, no events */
    SPL_FIXES = 1 << 5,       /* fixes the columns: table, chart … */
    SPL_APP = 1 << 6,         /* needs a server: refused at run (see refusal); one with a map passes a dry run */
    SPL_REGEXES = 1 << 7,     /* a round bracket without quotes among its arguments begins a regular expression */
    SPL_OWN_OPTIONS = 1 << 8, /* name=value among its arguments is its own affair (return login=user) */
    SPL_FILTERS = 1 << 9,     /* gives some of its rows, in some order, as they are: columns stay */
    SPL_SEARCHES = 1 << 10,   /* search: as the first stage it reads the events of DATA */
    SPL_SETS = 1 << 11,       /* only sets the fields that it declared to make: left out where none is needed */
};

typedef struct spl_op spl_op;
typedef struct spl_binder spl_binder;

/* A command's hooks fill in one role; the driver (exec/op.c) owns the loops.
 *   streaming: map        edits the batch, shrinks its selection or replaces it
 *   blocking:  gather, emit (till SPL_END); merge if workers may gather parts
 *   own loop:  next
 * bind runs once, resolves and refuses everything; what it stores in the op is read-only afterwards. The driver then
 * copies the op for each worker and calls open on each copy, for its running state. */
typedef struct spl_command {
    const char *name;
    const char *const *aliases; /* NULL-terminated, or NULL */
    const char *summary;        /* one sentence */
    const char *syntax;         /* "head [<n> | limit=<n> | (<expression>)] …" */
    const char *example;        /* a search that runs without data, or with `spl help`'s inline events */
    const char *differs;        /* differences from Splunk, or NULL */
    const char *refusal;        /* with SPL_APP: what is missing and what to do */
    spl_shape args;
    const spl_segment *segments; /* ended by {0} */
    spl_bracket brackets;
    unsigned traits;
    const spl_option *options; /* ended by {0}; taken from the arguments before bind */
    size_t op_size;
    bool (*bind)(spl_binder *binder, const spl_node *stage, spl_op *op); /* false: refused, with diagnostics */
    /* Commands that stand for other stages (tstats, from, savedsearch): a PIPELINE of those to bind instead, so that
     * what reads events becomes a scan with all that comes of it. A stage among them that is STAGE itself is bound as
     * it is. NULL: refused, with diagnostics. Runs before bind, without an op. */
    const spl_node *(*expand)(spl_binder *binder, const spl_node *stage);
    void (*open)(spl_op *op);
    spl_status (*map)(spl_op *op, spl_batch **batch);   /* SPL_OK, or SPL_END: this batch is the last one wanted */
    spl_status (*gather)(spl_op *op, spl_batch *batch); /* SPL_OK, or SPL_END: no more is wanted */
    void (*merge)(spl_op *into, spl_op *from);          /* FROM's part into INTO; parts come in no order */
    spl_status (*emit)(spl_op *op, spl_batch **batch);  /* SPL_OK with a batch, or SPL_END */
    spl_status (*next)(spl_op *op, spl_batch **batch);  /* SPL_OK with a batch, or SPL_END */
    void (*close)(spl_op *op);
    /* Which fields it needs of its input when the stages after it need AFTER. NULL: what it declared at bind with
     * spl_bind_reads() and spl_bind_makes(): reads + (AFTER - makes), or only reads with SPL_TRANSFORMS. */
    void (*needs)(const spl_op *op, const spl_fieldset *after, spl_fieldset *before);
    /* Optional: the columns of its rows where the search alone says which they are, so that a writer need not wait for
     * the last row. In ARENA; NULL: not known before. */
    const spl_field *(*columns)(const spl_op *op, spl_arena *arena, uint32_t *count);
} spl_command;

/* Whether NODE, which may be NULL, is a stage that reads events where it is the first. */
static inline bool spl_is_search(const spl_node *node)
{
    return node && node->kind == SPL_NODE_STAGE && node->command && (node->command->traits & SPL_SEARCHES);
}

#define SPL_COMMAND(cname, ...)                                                                                        \
    extern const spl_command spl_command_##cname;                                                                      \
    const spl_command spl_command_##cname = {.name = #cname, __VA_ARGS__}

/* ---- evaluation functions --------------------------------------------------------------------------------------- */

typedef struct spl_eval spl_eval;
typedef struct spl_expr spl_expr;

typedef enum spl_type { /* for checking at bind; ANY where it depends on the data */
                        SPL_TYPE_ANY,
                        SPL_TYPE_NUMBER,
                        SPL_TYPE_TEXT,
                        SPL_TYPE_BOOL,
                        SPL_TYPE_MULTI,
} spl_type;

typedef struct spl_function {
    const char *name;
    const char *const *aliases;
    const char *family;     /* page of docs/reference/functions: "text", "multivalue", … */
    const char *signature;  /* "substr(<str>,<start>,<length>)" */
    const char *summary;    /* one sentence */
    const char *example;    /* an expression over literals */
    const char *result;     /* what it gives, as ndjson writes the cell: 5, "abc", ["a","b"], null */
    int min_args, max_args; /* max -1: any number */
    const char *args;       /* a letter an argument: n number, s text, b boolean, m multivalue, * any; the last repeats.
                               Literals of the wrong type are refused at bind. NULL: all any */
    spl_type returns;
    /* Of a function that gives one of its arguments (if, case, coalesce), whose type it has: the first of these, and
     * how far it is from one to the next. 0: of no such function. */
    uint32_t branch, branch_step;
    bool impure; /* random, now …: not folded at bind even when its arguments are constant */
    spl_value (*call)(spl_eval *ev, const spl_value *argv, int argc);
    /* Instead of call: arguments are not evaluated yet (if, case, coalesce, mvmap …). Use spl_eval_expr(). */
    spl_value (*lazy)(spl_eval *ev, const spl_expr *const *args, int argc);
    /* Optional: looks at the bound arguments once; may refuse (false, with diagnostics); what it returns in *DATA (in
     * the query's arena) is spl_eval_data(ev) at each call: a compiled regular expression, say. */
    bool (*bind)(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data);
    const char *wrong; /* with bind: calls that it refuses, " ; " between, which a test tries; "" if it refuses none */
} spl_function;

/* SPL_FUNCTION(len, .signature = …) { body with ev, argv, argc; returns a spl_value } */
#define SPL_FUNCTION(fname, ...)                                                                                       \
    static spl_value fn_##fname(spl_eval *ev, const spl_value *argv, int argc);                                        \
    extern const spl_function spl_function_##fname;                                                                    \
    const spl_function spl_function_##fname = {.name = #fname, .call = fn_##fname, __VA_ARGS__};                       \
    static spl_value fn_##fname(__attribute__((unused)) spl_eval *ev, __attribute__((unused)) const spl_value *argv,   \
                                __attribute__((unused)) int argc)
#define SPL_FUNCTION_LAZY(fname, ...)                                                                                  \
    static spl_value fn_##fname(spl_eval *ev, const spl_expr *const *args, int argc);                                  \
    extern const spl_function spl_function_##fname;                                                                    \
    const spl_function spl_function_##fname = {.name = #fname, .lazy = fn_##fname, __VA_ARGS__};                       \
    static spl_value fn_##fname(__attribute__((unused)) spl_eval *ev,                                                  \
                                __attribute__((unused)) const spl_expr *const *args, __attribute__((unused)) int argc)

/* ---- aggregates -------------------------------------------------------------------------------------------------- */

/* What an update sees besides the value. */
typedef struct spl_agg_input {
    spl_value value; /* of its field or eval(); a multivalue is passed as it is; null: not called unless .nulls */
    bool has_number; /* value as a number, parsed once for all aggregates of the field */
    double number;
    spl_order order; /* where the event stands; smaller is earlier in the stream */
    double time;     /* _time, NaN where absent: earliest, latest, rate */
} spl_agg_input;

typedef struct spl_agg_env {
    spl_arena *arena;       /* lives as long as the groups */
    double parameter;       /* of a numbered name: 95 for perc95 */
    uint64_t limit;         /* of list() and values(): 0 for none */
    const spl_value *extra; /* further constant arguments, as for sparkline spans */
    int n_extra;
    double bucket_seconds;             /* timechart: how long the bucket lasts that finish is called for; else 0 */
    const struct spl_aggregate *inner; /* sparkline: what it computes for each of its buckets */
    const struct spl_agg_env *inner_env;
    const struct spl_query *query; /* zone and time range; NULL in unit tests */
} spl_agg_env;

typedef struct spl_aggregate {
    const char *name;
    const char *const *aliases; /* mean for avg, c for count, … */
    const char *signature;
    const char *summary;
    const char *example; /* a search that ends in one row with the field "x" */
    const char *result;
    bool numbered;  /* perc<n>: digits, with or without a fraction, follow the name */
    bool bare;      /* may stand without brackets (count) */
    bool nulls;     /* update is called for absent values too */
    bool whole;     /* a multivalue is passed whole; else update is called for each of its values */
    bool numbers;   /* has_number and number are filled in */
    bool numeric;   /* passes over what is no number: not called for it (implies numbers); allnum= concerns it */
    bool ordered;   /* order is filled in */
    bool timed;     /* time is filled in: reads _time */
    bool timechart; /* may stand in timechart only (per_hour …) */
    bool sparks;    /* may stand in sparkline() */
    size_t state_size;
    void (*init)(void *state, const spl_agg_env *env); /* state is zeroed before */
    void (*update)(void *state, const spl_agg_env *env, const spl_agg_input *input);
    void (*merge)(void *into, const void *from, const spl_agg_env *env); /* from may live in another arena */
    spl_value (*finish)(void *state, const spl_agg_env *env,
                        spl_arena *out); /* result lives in OUT; may be called again */
    /* Spilling: writes the state, and reads it back into a zeroed one. */
    void (*save)(const void *state, const spl_agg_env *env, spl_buf *out);
    bool (*load)(void *state, const spl_agg_env *env, spl_str *in); /* consumes its part of IN; false: damaged */
    /* Sliding windows (streamstats): takes back the oldest input. NULL: the window is added up anew. */
    void (*undo)(void *state, const spl_agg_env *env, const spl_agg_input *input);
    bool (*cut)(const void *state, const spl_agg_env *env); /* the limit dropped something: draws a warning, or NULL */
} spl_aggregate;

#define SPL_AGGREGATE(aname, ...)                                                                                      \
    extern const spl_aggregate spl_aggregate_##aname;                                                                  \
    const spl_aggregate spl_aggregate_##aname = {.name = #aname, __VA_ARGS__}

/* ---- readers and writers: readers/reader.h and writers/writer.h define the types ----------------------------------
 */

typedef struct spl_reader spl_reader;
typedef struct spl_writer spl_writer;

#define SPL_READER(rname, ...)                                                                                         \
    extern const spl_reader spl_reader_##rname;                                                                        \
    const spl_reader spl_reader_##rname = {.name = #rname, __VA_ARGS__}
#define SPL_WRITER(wname, ...)                                                                                         \
    extern const spl_writer spl_writer_##wname;                                                                        \
    const spl_writer spl_writer_##wname = {.name = #wname, __VA_ARGS__}

/* ---- lookup (names without case, aliases too) ---------------------------------------------------------------------
 */

const spl_command *spl_command_find(spl_str name);
const spl_function *spl_function_find(spl_str name);
/* PARAMETER: of a numbered name (perc95: 95). */
const spl_aggregate *spl_aggregate_find(spl_str name, double *parameter);
const spl_reader *spl_reader_find(spl_str name);
const spl_writer *spl_writer_find(spl_str name);

extern const spl_command *const spl_commands[]; /* sorted by name, NULL-terminated; so are the others */
extern const spl_function *const spl_functions[];
extern const spl_aggregate *const spl_aggregates[];
extern const spl_reader *const spl_readers[];
extern const spl_writer *const spl_writers[];

#endif
