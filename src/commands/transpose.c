/* transpose.c -- turns the first results into columns and their fields into rows. */
#include "exec/bind.h"

#include "base/num.h"
#include "exec/fieldtable.h"

#include <stddef.h>

typedef struct transpose_op {
    spl_op base;
    int64_t limit;
    spl_field column_name, header_field;
    bool include_empty;
    SPL_VEC(spl_row *) rows;
    spl_fieldtable columns;
    bool done;
} transpose_op;

static const spl_option options[] = {
    {.name = "column_name",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(transpose_op, column_name),
     .text = "column",
     .help = "the name of the first column"},
    {.name = "header_field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(transpose_op, header_field),
     .help = "the field whose values name the columns"},
    {.name = "include_empty",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(transpose_op, include_empty),
     .dflt = 1,
     .help = "keep rows of fields without any value"},
    {0},
};

static bool transpose_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    transpose_op *transpose = (transpose_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);

    transpose->limit = 5;
    spl_bind_reads_all(binder);
    if (!node) return true;
    if (!spl_num_int(node->text, &transpose->limit) || transpose->limit < 0) {
        spl_bad_argument(binder, node->span, "transpose takes a number of rows, not \"%.*s\"", SPL_FMT(node->text));
        spl_hint(binder->diag, "0 stands for all rows.");
        return false;
    }
    return spl_args_done(binder, &args);
}

static void transpose_open(spl_op *op)
{
    ((transpose_op *)op)->columns = spl_fieldtable_in(op->state, sizeof(bool));
}

static spl_status transpose_gather(spl_op *op, spl_batch *batch)
{
    transpose_op *transpose = (transpose_op *)op;
    for (uint32_t c = 0; batch->fixed && c < batch->n_columns; c++)
        spl_fieldtable_put(&transpose->columns, batch->columns[c]->field);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        if (transpose->limit && (int64_t)transpose->rows.len >= transpose->limit) return SPL_END;
        for (uint32_t c = 0; !batch->fixed && c < batch->n_columns; c++) /* of events, those that one of them has */
            if (!spl_field_internal(batch->fields, batch->columns[c]->field) &&
                !spl_is_null(batch->columns[c]->cells[spl_batch_row(batch, i)]))
                spl_fieldtable_put(&transpose->columns, batch->columns[c]->field);
        SPL_PUSH(op->state, &transpose->rows, spl_row_keep(op->state, batch, spl_batch_row(batch, i)));
    }
    return SPL_OK;
}

static spl_status transpose_emit(spl_op *op, spl_batch **out)
{
    transpose_op *transpose = (transpose_op *)op;
    size_t n = transpose->rows.len;
    uint32_t row = 0;

    if (transpose->done || !n) return SPL_END;
    transpose->done = true;
    const spl_field *fields = transpose->columns.fields.data;
    size_t n_fields = transpose->columns.fields.len;
    spl_batch *batch = spl_op_batch(op, (uint32_t)n_fields);
    spl_field *columns = spl_alloc(batch->arena, (n + 1) * sizeof *columns);
    uint32_t *at = SPL_NEW_ARRAY(batch->arena, transpose->columns.cap, uint32_t);
    columns[0] = transpose->column_name;
    for (size_t i = 0; i < n; i++) {
        spl_value header = transpose->header_field == SPL_NO_FIELD
                               ? SPL_NULL
                               : spl_row_get(transpose->rows.data[i], transpose->header_field);
        spl_str name = spl_value_text(batch->arena, header);
        if (!name.len) name = spl_strf(batch->arena, "row %zu", i + 1);
        columns[i + 1] = spl_field_of(batch->fields, name);
    }
    spl_batch_arrange(batch, columns, (uint32_t)n + 1);
    batch->fixed = true;
    for (size_t c = 0; c < n_fields; c++) {
        if (fields[c] == transpose->header_field) continue;
        at[fields[c]] = ++row;
        spl_batch_set(batch, row - 1, columns[0], spl_text(spl_field_name(batch->fields, fields[c])));
    }
    bool *any = SPL_NEW_ARRAY(batch->arena, n_fields + 1, bool);
    for (size_t i = 0; i < n; i++) {
        const spl_row *from = transpose->rows.data[i];
        for (uint32_t c = 0; c < from->count; c++) {
            spl_field field = from->cells[c].field;
            if (field >= transpose->columns.cap || !at[field]) continue;
            any[at[field] - 1] = true;
            spl_batch_set(batch, at[field] - 1, columns[i + 1], spl_value_keep(batch->arena, from->cells[c].value));
        }
    }
    spl_batch_truncate(batch, row);
    for (uint32_t i = 0; i < row; i++) any[i] |= transpose->include_empty;
    spl_batch_filter(batch, any);
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(transpose, .summary = "Turns results into columns and their fields into rows.",
            .syntax = "transpose [<n>] [column_name=<text>] [header_field=<field>] [include_empty=<bool>]",
            .example = "| makeresults count=2 | streamstats count AS n | table n | transpose", .args = SPL_ARGS_PLAIN,
            .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_FIXES, .options = options, .op_size = sizeof(transpose_op),
            .bind = transpose_bind, .open = transpose_open, .gather = transpose_gather, .emit = transpose_emit);
