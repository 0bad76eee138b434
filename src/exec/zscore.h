/* zscore.h -- values that are rare or far from the mean: the engine of anomalousvalue and of anomalydetection
 * method=zscore. */
#ifndef SPL_EXEC_ZSCORE_H
#define SPL_EXEC_ZSCORE_H

#include "exec/fieldtable.h"

typedef struct spl_zscore {
    const spl_fieldlist *list;
    double pthresh, maxanofreq, minnormfreq, minsupfreq;
    int64_t minsupcount;
    spl_op *op;                       /* that the bounds are told for */
    uint64_t maxvalues, maxvaluesize; /* distinct values of a field, bytes of one; 0: no bound */
    uint64_t rows;
    spl_fieldtable table;
} spl_zscore;

void spl_zscore_see(spl_zscore *zscore, spl_batch *batch);
void spl_zscore_finish(spl_zscore *zscore);
/* Adds the scores of anomalous values; FILTER: drops rows without any. */
void spl_zscore_edit(spl_zscore *zscore, spl_batch *batch, bool filter);
/* A row for each field, in the order of names. */
spl_batch *spl_zscore_summary(spl_zscore *zscore, spl_op *op);

#endif
