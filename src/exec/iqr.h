/* iqr.h -- outliers by quartiles: the engine of outlier and of anomalydetection method=iqr. */
#ifndef SPL_EXEC_IQR_H
#define SPL_EXEC_IQR_H

#include "exec/fieldtable.h"

typedef struct spl_iqr {
    const spl_fieldlist *list;
    double param; /* how many times the range between the quartiles */
    bool remove, uselower, mark;
    spl_fieldtable table; /* of spl_doubles, and of bounds once finished */
} spl_iqr;

void spl_iqr_see(spl_iqr *iqr, spl_batch *batch);
void spl_iqr_finish(spl_iqr *iqr);
/* Drops rows with outliers, or cuts their values to the bound. */
void spl_iqr_edit(spl_iqr *iqr, spl_batch *batch);

#endif
