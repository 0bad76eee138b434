/* twopass.h -- commands that look at all rows before they change the first: the loop that they share. */
#ifndef SPL_EXEC_TWOPASS_H
#define SPL_EXEC_TWOPASS_H

#include "exec/rowstore.h"

typedef struct spl_twopass {
    spl_rowstore *rows;                         /* NULL before the first pass */
    void (*see)(spl_op *op, spl_batch *batch);  /* first pass */
    void (*finish)(spl_op *op);                 /* between */
    void (*edit)(spl_op *op, spl_batch *batch); /* second pass: may shrink the selection */
} spl_twopass;

/* As the hook next. Batches that end up without rows are passed over. */
spl_status spl_twopass_next(spl_op *op, spl_twopass *pass, spl_batch **out);

#endif
