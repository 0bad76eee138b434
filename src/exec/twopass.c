/* twopass.c -- see twopass.h. */
#include "exec/twopass.h"

spl_status spl_twopass_next(spl_op *op, spl_twopass *pass, spl_batch **out)
{
    spl_batch *batch;

    if (!pass->rows) {
        pass->rows = spl_rowstore_new(op);
        while (spl_op_pull(op, &batch) == SPL_OK) {
            pass->see(op, batch);
            op->row_count += spl_batch_rows(batch);
            spl_rowstore_add(pass->rows, batch);
        }
        pass->finish(op);
    }
    while ((batch = spl_rowstore_take(pass->rows))) {
        spl_query_poll(op->query);
        spl_eval_on(op->ev, op->query, op->worker, batch);
        pass->edit(op, batch);
        if (spl_batch_rows(batch)) {
            *out = batch;
            return SPL_OK;
        }
        spl_batch_free(batch);
    }
    return SPL_END;
}
