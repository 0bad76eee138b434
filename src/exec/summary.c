/* summary.c -- see summary.h. */
#include "exec/summary.h"

spl_status spl_summary_map(spl_op *op, spl_batch **batch)
{
    spl_batch *rows = *batch;
    spl_field *kept = spl_alloc(rows->arena, rows->n_columns * sizeof *kept);
    uint32_t i, n = 0;

    for (i = 0; i < rows->n_columns; i++) {
        spl_field field = rows->columns[i]->field;

        if (field == SPL_F_TIME || (spl_fieldset_has(&op->reads, field) && !spl_field_internal(rows->fields, field)))
            kept[n++] = field;
    }
    spl_batch_arrange(rows, kept, n);
    return SPL_OK;
}

void spl_summary_needs(const spl_op *op, const spl_fieldset *after, spl_fieldset *before)
{
    (void)after;
    spl_fieldset_add_set(before, &op->reads);
    spl_fieldset_add(before, SPL_F_TIME);
}

bool spl_summary_before(const spl_op *op)
{
    for (op = op->input; op; op = op->input)
        if (op->command->map == spl_summary_map) return true;
    return false;
}
