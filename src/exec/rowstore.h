/* rowstore.h -- all rows of an op's input, kept in order to be gone through again: eventstats, bin without a span.
 *
 * The first batches stay as they are; once they take more than a share of the memory bound, further ones are written to
 * a spill file. */
#ifndef SPL_EXEC_ROWSTORE_H
#define SPL_EXEC_ROWSTORE_H

#include "exec/spool.h"
#include "exec/op.h"

typedef struct spl_rowstore spl_rowstore;

spl_rowstore *spl_rowstore_new(spl_op *op);                   /* lives in op->state */
void spl_rowstore_add(spl_rowstore *store, spl_batch *batch); /* takes the batch over */
/* The next batch, in the order added, the caller's; NULL at the end. The store is used up by this. */
spl_batch *spl_rowstore_take(spl_rowstore *store);

/* A batch as a record: its selected rows, columns in order, positions. */
void spl_batch_save(const spl_batch *batch, spl_buf *out);
spl_batch *spl_batch_load(spl_account *account, spl_fields *fields, spl_str in);

#endif
