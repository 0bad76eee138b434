/* explain.h -- what a plan is and what a run did, in words. */
#ifndef SPL_RUN_EXPLAIN_H
#define SPL_RUN_EXPLAIN_H

#include "run/plan.h"

/* Keeps of a run that is about to be closed what its stages counted. */
void spl_explain_keep(spl_plan *plan, const spl_op *run);
/* The expanded search, inputs, raw tests and stages; RAN: with the rows and seconds of each stage. */
void spl_explain_plan(const spl_plan *plan, const spl_source *expanded, bool ran, spl_buf *out);
/* "1,234 events read, 12 kept by the first search; …" */
void spl_explain_summary(const spl_plan *plan, spl_buf *out);
/* When the first search kept nothing: which clause (time range, index, source, sourcetype, host) no event met, and what
 * values the events have instead: notes among the diagnostics. Reads DATA again, only then. */
void spl_explain_nothing(spl_plan *plan);

#endif
