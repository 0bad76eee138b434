/* search_range.h -- the time range that a search reads, for commands that show it or count from it. */
#ifndef SPL_EXEC_SEARCH_RANGE_H
#define SPL_EXEC_SEARCH_RANGE_H

#include "exec/bind.h"

/* Of the pipeline that the stage being bound is in: what the query's options say, narrowed by earliest= and latest=
 * among the terms of its first search. Infinite where open. */
void spl_search_range(spl_binder *binder, double *earliest, double *latest);

#endif
