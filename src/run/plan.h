/* plan.h -- from the stages of a pipeline to a chain of bound operators. */
#ifndef SPL_RUN_PLAN_H
#define SPL_RUN_PLAN_H

#include "exec/bind.h"
#include "run/scan.h"

/* A bound pipeline: templates that spl_plan_run() copies for a run. */
typedef struct spl_plan {
    spl_query *query;
    const spl_node *pipeline;
    spl_op *last;    /* the chain hangs together by input */
    spl_op **stages; /* as typed, but for the first stage of a search over DATA, which is the scan's */
    size_t n_stages;
    spl_scan *scan;    /* of the first stage, or NULL */
    spl_op *section;   /* that runs the scan, or NULL */
    size_t in_section; /* stages (behind the scan) that run in it, a sink included */
} spl_plan;

/* Binds PIPELINE, works out what each stage needs, cuts it into what runs on all cores and what follows. INPUT, if not
 * NULL, feeds the first stage (appendpipe). AFTER: what is needed of the result (NULL: all fields). NULL: refused;
 * everything that is wrong has been reported. */
spl_plan *spl_plan_bind(spl_query *query, const spl_node *pipeline, spl_op *input, const spl_fieldset *after);
/* A run of it: the last operator; spl_op_close() ends it. */
spl_op *spl_plan_run(const spl_plan *plan, spl_worker *worker);

/* Text subsearches (subsearch.c): runs those of PIPELINE, innermost first, splices their text and parses again until
 * there are none. Returns the pipeline to bind and the text that it was parsed from; NULL: refused. In check mode they
 * are bound, not run, and stay. */
struct spl_parse_env;
const spl_node *spl_subsearch_resolve(spl_query *query, const struct spl_parse_env *env, const spl_node *pipeline,
                                      const spl_source **text);
/* Whether the pipeline has text subsearches, which run before it is bound. */
bool spl_subsearch_any(const spl_node *pipeline);

#endif
