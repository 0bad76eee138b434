/* indexing_parts.h -- what indexing.c compiles and indexing_run.c runs: for these two alone. */
#ifndef SPL_KNOWLEDGE_INDEXING_PARTS_H
#define SPL_KNOWLEDGE_INDEXING_PARTS_H

#include "base/regex.h"
#include "base/sed.h"
#include "expr/expr.h"
#include "knowledge/extraction.h"
#include "knowledge/indexing.h"
#include "knowledge/metric_schema.h"
#include "knowledge/props.h"

typedef enum dest { TO_SOURCETYPE, TO_SOURCE, TO_HOST, TO_INDEX, TO_QUEUE, TO_RAW, TO_TIME, TO_META, TO_NOTHING } dest;

typedef enum number_as { AS_IT_IS, AS_INT, AS_FLOAT, AS_STRING } number_as;

typedef struct assignment { /* of INGEST_EVAL */
    dest to;                /* TO_META: the field NAME */
    spl_str name;
    bool replace; /* := */
    number_as as;
    const spl_expr *value;
} assignment;

typedef struct read_field { /* what expressions look at */
    spl_field field;
    spl_str name; /* without pd:, field:, mv: */
    bool many;    /* mv: */
    dest from;    /* TO_META: an indexed field */
} read_field;

typedef struct evals { /* INGEST_EVAL and STOP_PROCESSING_IF */
    SPL_VEC(assignment) list;
    const spl_expr *stop;
    SPL_VEC(read_field) reads;
} evals;

typedef struct rule { /* a transform, or a SEDCMD */
    spl_regex *regex;
    spl_str from; /* SOURCE_KEY */
    dest to;
    spl_template format;   /* without "sourcetype::" and its like */
    spl_str otherwise;     /* DEFAULT_VALUE */
    spl_str name;          /* of its field, of TO_META */
    spl_extractor_of *run; /* of TO_META */
    const evals *evals;    /* instead of all that */
    uint64_t lookahead;    /* how much of the text is searched; 0: all */
    bool short_sighted;    /* by the default of --limits splunk */
    bool repeat;           /* REPEAT_MATCH */
    const spl_sed *sed;    /* of SEDCMD, instead of all that */
    spl_str clone;         /* CLONE_SOURCETYPE: the rule changes a copy that has this sourcetype; or empty */
    spl_span clone_span;
    spl_str label; /* of REGEX */
    spl_span span;
    spl_effort effort;
} rule;

struct spl_indexed_origin {
    spl_str sourcetype;
    const spl_indexed_origin *before;
};

typedef struct rules {
    SPL_VEC(rule) list;
    spl_regex *prefix;
    spl_str format;
    int64_t lookahead;
    int64_t days_ago, days_hence; /* -1: not set */
    const spl_zone *zone;         /* NULL: the query's */
    bool timed, none, current, sets_time;
    bool looks;                       /* the lookahead is set */
    bool seconds, no_stamp, no_punct; /* ADD_EXTRA_TIME_FIELDS, ANNOTATE_PUNCT */
    spl_str *stamp_fields;
    size_t n_stamp_fields;
    SPL_VEC(spl_str) given; /* indexed fields that rules look at or write to */
    bool all_given;         /* all that there are */
    const spl_metric_schemas *metrics;
    uint32_t number;
} rules;

enum { DEFAULT_LOOKAHEAD = 4096 };

struct spl_indexing {
    const spl_query *query;
    spl_props *props;
    const spl_conf *transforms;
    pthread_mutex_t lock;
    spl_arena *arena;
    spl_map classes; /* number -> rules * */
    uint32_t n;
    spl_query binding; /* the query, with that arena and diagnostics of its own */
    atomic_bool cut;
    atomic_uint refused; /* REFUSED_*: what was warned of */
};

struct spl_indexing_use {
    spl_indexing_use *next;
    spl_indexing *of;
    spl_worker *worker;
    spl_str last[3];
    spl_buf last_text;
    const rules *rules;
    void *own;
    SPL_VEC(spl_clock *) clocks; /* by number of the rules */
    spl_eval ev;
};

/* What a key of DEST_KEY or SOURCE_KEY is. */
dest spl_indexing_dest(spl_str key);
/* The rules of a class of events. Under the lock. */
rules *spl_indexing_compile(spl_indexing *x, const spl_props_class *of);

#endif
