/* merge_searches.h -- the rows of several searches, the first of them interleaved newest first, the others one after
 * the other: what multisearch and union share. */
#ifndef SPL_EXEC_MERGE_SEARCHES_H
#define SPL_EXEC_MERGE_SEARCHES_H

#include "exec/bind.h"

typedef struct spl_merge_side {
    const spl_subsearch *sub; /* NULL: the command's own input */
    spl_subsearch_run *run;
    spl_batch *batch;
    uint32_t at;
    bool ended;
} spl_merge_side;

typedef struct spl_merge {
    SPL_VEC(spl_merge_side) sides;
    size_t merged; /* so many of them, from the first on, are interleaved; the others come after them, one by one */
} spl_merge;

void spl_merge_add(spl_arena *arena, spl_merge *merge, const spl_subsearch *sub);
void spl_merge_open(spl_op *op, spl_merge *merge); /* in a command's open: running state of its own */
spl_status spl_merge_next(spl_op *op, spl_merge *merge, spl_batch **batch);

#endif
