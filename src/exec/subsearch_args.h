/* subsearch_args.h -- the bracketed search of append, appendcols and join, and the options that bound it. */
#ifndef SPL_EXEC_SUBSEARCH_ARGS_H
#define SPL_EXEC_SUBSEARCH_ARGS_H

#include "exec/bind.h"

typedef struct spl_subsearch_args {
    spl_subsearch *subsearch;
    int64_t maxout, maxtime, timeout;
    bool maxtime_given, timeout_given;
    double deadline; /* running */
} spl_subsearch_args;

#define SPL_SUBSEARCH_OPTIONS(owner, member)                                                                           \
    {.name = "maxout",                                                                                                 \
     .type = SPL_OPTION_INT,                                                                                           \
     .offset = offsetof(owner, member.maxout),                                                                         \
     .dflt = 50000,                                                                                                    \
     .min = 0,                                                                                                         \
     .max = 9e15,                                                                                                      \
     .help = "how many rows the subsearch may give, 0 for all"},                                                       \
        {.name = "maxtime",                                                                                            \
         .type = SPL_OPTION_INT,                                                                                       \
         .offset = offsetof(owner, member.maxtime),                                                                    \
         .given = offsetof(owner, member.maxtime_given),                                                               \
         .min = 0,                                                                                                     \
         .max = 9e9,                                                                                                   \
         .help = "seconds after which the subsearch is cut off; no bound where not given"},                            \
        {.name = "timeout",                                                                                            \
         .type = SPL_OPTION_INT,                                                                                       \
         .offset = offsetof(owner, member.timeout),                                                                    \
         .given = offsetof(owner, member.timeout_given),                                                               \
         .min = 0,                                                                                                     \
         .max = 9e9,                                                                                                   \
         .help = "the same"},                                                                                          \
        SPL_IDLE("extendtimerange", BOOL, "the subsearch reads the same data and time range either way")

/* The dataset that NODE names (datamodel, savedsearch, lookup or inputlookup, a colon and a name, which may be quoted
 * and then stands in the next argument) as the search that it means; NULL if it names none, or if *REFUSED. */
const spl_node *spl_args_dataset(spl_binder *binder, spl_args *args, const spl_node *node, bool *refused);
/* Binds the one bracketed search among the stage's arguments. OTHERS, if not NULL, gets the other plain arguments, and
 * a named dataset may stand for the search; else they are refused. False: refused. */
bool spl_subsearch_args_bind(spl_binder *binder, const spl_node *stage, spl_subsearch_args *args, spl_node_vec *others);
spl_subsearch_run *spl_subsearch_args_start(spl_op *op, spl_subsearch_args *args);
/* As spl_subsearch_next; SPL_END, with a warning, when its time is up. */
spl_status spl_subsearch_args_next(spl_op *op, spl_subsearch_args *args, spl_subsearch_run *run, spl_batch **batch);

#endif
