/* stats_search.h -- of tstats, mstats and mcatalog: each stands for a search with stats behind it. Here its
 * aggregations, WHERE and BY are taken, and the search is finished; what is searched is the command's own affair.
 *
 * With prestats=true the events themselves, cut to the fields that are asked for, go on to the stats, chart or
 * timechart that finishes the job. */
#ifndef SPL_EXEC_STATS_SEARCH_H
#define SPL_EXEC_STATS_SEARCH_H

#include "exec/expand.h"

#include <stddef.h>

typedef struct spl_stats_search spl_stats_search;

struct spl_stats_search {
    /* set by the command */
    spl_binder *binder;
    const spl_node *stage;
    const spl_option *options; /* into a struct of the command's own, which begins with this one */
    const char *example;       /* what stands behind the command in one */
    bool metrics;              /* aggregates take wildcards, span= is an option like others */
    spl_node_list *charted;    /* gets chart.limit= as limit=, and its kin; NULL: the command has none */
    bool (*take_from)(spl_stats_search *s, const spl_node *clause); /* NULL: there is no FROM */
    /* options */
    bool prestats, append, fill;
    spl_str fillnull;
    /* taken from the stage */
    spl_node_list aggregates;
    spl_node *by;              /* a clause of our own, or NULL */
    spl_node *span;            /* span=, or NULL */
    spl_node *where;           /* one node, or NULL */
    spl_node_list times;       /* time modifiers, once they are taken out of WHERE */
    SPL_VEC(spl_str) names;    /* of fields that are asked for */
    SPL_VEC(spl_str) prefixes; /* PREFIX(x=) */
};

/* Of BY, besides the command's own. */
extern const spl_option spl_stats_search_by_options[];
/* For tables of options; OWNER is the command's struct. */
#define SPL_STATS_SEARCH_PRESTATS(owner)                                                                               \
    {.name = "prestats",                                                                                               \
     .type = SPL_OPTION_BOOL,                                                                                          \
     .offset = offsetof(owner, base.prestats),                                                                         \
     .help = "give what stats, chart or timechart finishes"},                                                          \
    {                                                                                                                  \
        .name = "append", .type = SPL_OPTION_BOOL, .offset = offsetof(owner, base.append),                             \
        .help = "with prestats=true: add to the results so far"                                                        \
    }
#define SPL_STATS_SEARCH_FILLNULL(owner, row)                                                                          \
    {                                                                                                                  \
        .name = "fillnull_value", .type = SPL_OPTION_TEXT, .offset = offsetof(owner, base.fillnull),                   \
        .given = offsetof(owner, base.fill), .text = "",                                                               \
        .help = "what a BY field without a value counts as; else its " row " is left out"                              \
    }

/* All that the stage has. *INSTEAD: what stands for it altogether, or NULL. False: refused. */
bool spl_stats_search_take(spl_stats_search *s, const spl_node **instead);
/* One aggregate; for take_from. */
bool spl_stats_search_aggregate(spl_stats_search *s, const spl_node *node);

/* The fields that WHERE compares are asked for too. */
void spl_stats_search_names(spl_stats_search *s);
/* Takes of the terms that WHERE ANDs those that TAKE says. */
void spl_stats_search_split(spl_stats_search *s, bool (*take)(spl_stats_search *s, spl_node *term));
/* Such a TAKE: time modifiers, which go to s->times. */
bool spl_stats_search_time(spl_stats_search *s, spl_node *term);

/* BY fields other than _time as quoted names with a blank before them; false: none. */
bool spl_stats_search_by(const spl_stats_search *s, spl_buf *out, const char *separator);

/* WHERE as one more stage of OUT. */
void spl_stats_search_where(spl_stats_search *s, spl_node *out);
/* The stages of TEXT, " | …" or empty. False: refused. */
bool spl_stats_search_text(spl_stats_search *s, spl_node *out, spl_str text);
/* fillnull_value= as text of a stage; of metrics only, as spl_stats_search_finish() does it for others. */
void spl_stats_search_fillnull(const spl_stats_search *s, spl_buf *tail);
/* OUT with what stands behind the events: PREFIX(), fillnull_value=, then prestats or stats. NULL: refused. */
const spl_node *spl_stats_search_finish(spl_stats_search *s, spl_node *out);

#endif
