/* untable.c -- from columns to rows: a result for each value in a column other than the first-named field. */
#include "exec/bind.h"

typedef struct untable_op {
    spl_op base;
    spl_field x, name, data;
} untable_op;

static bool untable_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    untable_op *untable = (untable_op *)op;
    spl_node_vec list = {0};
    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    if (list.len != 3)
        return spl_lacks(binder, NULL, "three fields: one to keep, one for names, one for values", "_time host count");
    untable->x = spl_bind_field(binder, list.data[0]->text);
    untable->name = spl_bind_field(binder, list.data[1]->text);
    untable->data = spl_bind_field(binder, list.data[2]->text);
    spl_bind_reads_all(binder);
    return true;
}

static spl_status untable_map(spl_op *op, spl_batch **out)
{
    untable_op *untable = (untable_op *)op;
    spl_batch *old = *out;
    SPL_VEC(uint32_t) rows = {0};
    SPL_VEC(spl_column *) columns = {0};
    for (uint32_t i = 0; i < spl_batch_rows(old); i++) {
        uint32_t row = spl_batch_row(old, i);
        for (uint32_t c = 0; c < old->n_columns; c++) {
            spl_column *column = old->columns[c];
            if (column->field == untable->x || spl_field_internal(old->fields, column->field)) continue;
            if (spl_is_null(column->cells[row])) continue;
            SPL_PUSH(old->arena, &rows, row);
            SPL_PUSH(old->arena, &columns, column);
        }
    }
    spl_column *x = spl_batch_column(old, untable->x);
    spl_field all[] = {untable->x, untable->name, untable->data};
    spl_batch *made = spl_batch_new(op->query->account, op->query->fields, (uint32_t)rows.len);
    spl_batch_arrange(made, all, 3);
    made->fixed = true;
    for (uint32_t i = 0; i < rows.len; i++) {
        if (x) spl_batch_set(made, i, untable->x, spl_value_keep(made->arena, x->cells[rows.data[i]]));
        spl_batch_set(made, i, untable->name, spl_text(spl_field_name(old->fields, columns.data[i]->field)));
        spl_batch_set(made, i, untable->data, spl_value_keep(made->arena, columns.data[i]->cells[rows.data[i]]));
    }
    spl_batch_free(old);
    *out = made;
    return SPL_OK;
}

SPL_COMMAND(untable, .summary = "Turns columns into rows.", .syntax = "untable <x-field> <name-field> <data-field>",
            .example = "| makeresults | eval h=\"a\", x=1, y=2 | table h x y | untable h name value",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_ADDS_ROWS | SPL_TRANSFORMS | SPL_FIXES,
            .op_size = sizeof(untable_op), .bind = untable_bind, .map = untable_map);
