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
/* The stage that got rows and gave none; of several the last. NULL: there is none. */
const spl_op *spl_explain_dropper(const spl_plan *plan);
/* After a run that gave ROWS rows: why there are none, as far as can be said, as notes among the diagnostics. */
void spl_explain_nothing(spl_plan *plan, uint64_t rows);
/* absent.c: the part of it that is about stages behind the first search: fields that no row had, and stars that are
 * no wildcards. READS: the head of DATA may be read for the names that a misspelt one may stand for. */
void spl_explain_absent(const spl_plan *plan, bool reads);
/* The hint for a field that no event has: NAMES are those that there are. */
void spl_hint_field(const spl_query *query, spl_str name, const spl_str *names, size_t count);
/* The names of the fields of DATA's first events. In ARENA. */
size_t spl_census_names(spl_scan *scan, spl_arena *arena, const spl_str **names);
/* The part of it that reads DATA again. When the first search kept nothing: which clause (time range, index, source,
 * sourcetype, host) no event met, and what values the events have instead: notes among the diagnostics. Reads DATA
 * again, only then. */
void spl_explain_census(spl_plan *plan);

#endif
