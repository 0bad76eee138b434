/* accum.c -- the running sum of a field. */
#include "exec/exact.h"
#include "exec/bind.h"

typedef struct accum_op {
    spl_op base;
    spl_field from, to;
    spl_exact sum;
} accum_op;

static bool accum_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    accum_op *accum = (accum_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name;

    if (!node || !spl_args_name(node, &name)) return spl_lacks(binder, node, "the name of a field", "bytes AS total");
    accum->from = spl_bind_field(binder, name);
    spl_bind_reads(binder, accum->from);
    if (!spl_args_as(binder, &args, &name)) return false;
    accum->to = spl_bind_field(binder, name);
    return spl_args_done(binder, &args);
}

static spl_status accum_map(spl_op *op, spl_batch **batch)
{
    accum_op *accum = (accum_op *)op;
    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        double number;
        spl_value value = spl_batch_get(*batch, row, accum->from);
        if (!spl_value_number(value, &number)) continue;
        spl_exact_add_value(&accum->sum, op->state, value, number);
        spl_batch_set(*batch, row, accum->to, spl_fn_number(spl_exact_round(&accum->sum), 0));
    }
    return SPL_OK;
}

SPL_COMMAND(accum, .summary = "Keeps a running sum of a field.", .syntax = "accum <field> [AS <new-field>]",
            .example = "| makeresults count=3 | streamstats count AS n | accum n AS total | table n total",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .op_size = sizeof(accum_op), .bind = accum_bind,
            .map = accum_map);
