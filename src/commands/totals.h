/* totals.h -- the engine of addtotals and addcoltotals. */
#ifndef SPL_COMMANDS_TOTALS_H
#define SPL_COMMANDS_TOTALS_H

#include "exec/exact.h"
#include "exec/bind.h"

struct spl_total {
    spl_field field;
    spl_exact sum;
    bool any;
};

typedef struct spl_totals {
    spl_op base;
    bool row, col;
    spl_field fieldname, labelfield;
    spl_str label;
    SPL_VEC(spl_str) names; /* none given: * */
    /* running */
    spl_pattern_cache cache;
    SPL_VEC(struct spl_total) totals; /* of columns, in the order met */
    SPL_VEC(uint32_t) by_field;       /* index + 1 into totals */
    bool fixed, events, done;
} spl_totals;

bool spl_totals_bind(spl_binder *binder, const spl_node *stage, spl_op *op);
spl_status spl_totals_next(spl_op *op, spl_batch **batch);

#endif
