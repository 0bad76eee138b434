/* summary.h -- sistats, sichart, sitimechart, sitop, sirare: what fills summary indexes.
 *
 * Each checks its arguments as its counterpart does, and gives the rows cut to the fields that the counterpart reads,
 * and _time. Whatever the counterpart computes of those rows, at once or of a summary index, is what it would have
 * computed of the events. */
#ifndef SPL_EXEC_SUMMARY_H
#define SPL_EXEC_SUMMARY_H

#include "exec/bind.h"

spl_status spl_summary_map(spl_op *op, spl_batch **batch);
void spl_summary_needs(const spl_op *op, const spl_fieldset *after, spl_fieldset *before);

/* Whether one of them stands before OP, which is being bound. */
bool spl_summary_before(const spl_op *op);

/* Of a command's descriptor, in place of its counterpart's hooks but bind. */
#define SPL_SUMMARY_HOOKS .traits = SPL_STREAMS, .map = spl_summary_map, .needs = spl_summary_needs

#endif
