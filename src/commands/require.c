/* require.c -- the search fails where there is no result. */
#include "exec/bind.h"

typedef struct require_op {
    spl_op base;
    bool any;
} require_op;

static spl_status require_next(spl_op *op, spl_batch **batch)
{
    require_op *require = (require_op *)op;

    if (spl_op_pull(op, batch) == SPL_OK) {
        require->any = true;
        return SPL_OK;
    }
    if (require->any) return SPL_END;
    spl_error(op->query->diag, op->stage->span, "required", "there are no results, and require asks for some");
    spl_fail(SPL_REFUSED, "there are no results, and require asks for some");
}

SPL_COMMAND(require, .summary = "Fails the search where there is no result.", .syntax = "require",
            .example = "| makeresults | require | eval a=1 | table a", .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED,
            .op_size = sizeof(require_op), .bind = spl_bind_plain, .next = require_next);
