/* mvcombine.c -- makes one result of those that differ in one field only, whose values become a multivalue. What agrees
 * need not stand together; each group stands where its first result stood. */
#include "commands/mvcombine.h"

#include "exec/bind.h"
#include "exec/rowkey.h"

#include "base/map.h"
#include "exec/fieldtable.h"

#include <stddef.h>
#include <stdlib.h>

typedef struct group {
    spl_row *row;
    SPL_VEC(spl_value) values;
} group;

typedef struct mvcombine_op {
    spl_op base;
    spl_mvcombine bound;
    spl_map groups;
    spl_buf key;
    spl_fieldtable columns;
    bool fixed;
    size_t given;
} mvcombine_op;

static const spl_option options[] = {
    {.name = "delim",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(mvcombine_op, bound.delim),
     .given = offsetof(mvcombine_op, bound.delim_given),
     .text = " ",
     .help = "what nomv puts between the values"},
    {0},
};

static const spl_command passes_on;

static bool mvcombine_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    mvcombine_op *combine = (mvcombine_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name;

    if (!node || !spl_args_name(node, &name)) return spl_lacks(binder, node, "the name of a field", "delim=\",\" host");
    combine->bound.field = spl_bind_field(binder, name);
    if (spl_bind_passes_over(binder, node, combine->bound.field)) {
        op->command = &passes_on;
        return spl_args_done(binder, &args);
    }
    spl_bind_reads_all(binder); /* all others decide what goes together */
    return spl_args_done(binder, &args);
}

static void mvcombine_open(spl_op *op)
{
    mvcombine_op *combine = (mvcombine_op *)op;
    combine->groups = spl_map_in(op->state);
    combine->key = spl_buf_in(op->state);
    combine->columns = spl_fieldtable_in(op->state, sizeof(bool));
}

static int by_field(const void *a, const void *b)
{
    spl_field x = *(const spl_field *)a, y = *(const spl_field *)b;
    return (x > y) - (x < y);
}

static spl_status mvcombine_gather(spl_op *op, spl_batch *batch)
{
    mvcombine_op *combine = (mvcombine_op *)op;
    spl_field *sorted = spl_alloc(batch->arena, (batch->n_columns + 1) * sizeof *sorted);
    uint32_t n = batch->n_columns;

    for (uint32_t c = 0; c < n; c++) {
        sorted[c] = batch->columns[c]->field;
        spl_fieldtable_put(&combine->columns, sorted[c]);
    }
    qsort(sorted, n, sizeof *sorted, by_field);
    combine->fixed |= batch->fixed;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value own = spl_batch_get(batch, row, combine->bound.field);
        spl_buf_clear(&combine->key);
        for (uint32_t c = 0; c < n; c++) {
            spl_value value = spl_batch_get(batch, row, sorted[c]);
            if (spl_is_null(value) || sorted[c] == combine->bound.field) continue;
            spl_buf_add(&combine->key, spl_str_cut((const char *)&sorted[c], sizeof sorted[c]));
            spl_rowkey_add(&combine->key, value);
        }
        if (spl_is_null(own))
            spl_buf_char(&combine->key, 0); /* without the field: not combined with those that have it */
        bool made;
        spl_map_entry *entry = spl_map_put(&combine->groups, spl_buf_str(&combine->key), &made);
        if (made) {
            entry->value = SPL_NEW(op->state, group);
            ((group *)entry->value)->row = spl_row_keep(op->state, batch, row);
        }
        group *g = entry->value;
        for (uint32_t v = 0; v < spl_value_count(own); v++)
            SPL_PUSH(op->state, &g->values, spl_value_keep(op->state, spl_value_at(own, v)));
    }
    return SPL_OK;
}

static spl_status mvcombine_emit(spl_op *op, spl_batch **out)
{
    mvcombine_op *combine = (mvcombine_op *)op;
    size_t rows = combine->groups.len - combine->given;
    if (!rows) return SPL_END;
    if (rows > SPL_BATCH_ROWS) rows = SPL_BATCH_ROWS;
    spl_batch *batch = spl_op_batch(op, (uint32_t)rows);
    batch->fixed = combine->fixed;
    for (size_t c = 0; c < combine->columns.fields.len; c++) spl_batch_add(batch, combine->columns.fields.data[c]);
    for (uint32_t row = 0; row < rows; row++) {
        group *g = combine->groups.entries[combine->given + row].value;
        batch->events |= g->row->flags & 1;
        for (uint32_t c = 0; c < g->row->count; c++)
            spl_batch_set(batch, row, g->row->cells[c].field, spl_value_keep(batch->arena, g->row->cells[c].value));
        if (g->values.len)
            spl_batch_set(batch, row, combine->bound.field,
                          spl_value_keep(batch->arena, spl_multi_of(batch->arena, g->values.data, g->values.len)));
    }
    combine->given += rows;
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(mvcombine, .summary = "Makes one result of those that differ in one field only.",
            .syntax = "mvcombine [delim=\"<text>\"] <field>",
            .example = "| makeresults count=2 | streamstats count AS n | mvcombine n | table n", .args = SPL_ARGS_PLAIN,
            .traits = SPL_ORDERED, .options = options, .op_size = sizeof(mvcombine_op), .bind = mvcombine_bind,
            .open = mvcombine_open, .gather = mvcombine_gather, .emit = mvcombine_emit);

const spl_mvcombine *spl_mvcombine_of(const spl_op *op)
{
    return op->command == &spl_command_mvcombine ? &((const mvcombine_op *)op)->bound : NULL;
}

/* --- of an internal field: nothing -------------------------------------------------------------------------------- */

static const spl_command passes_on = {
    .name = "mvcombine",
    .args = SPL_ARGS_PLAIN,
    .traits = SPL_STREAMS,
    .options = options,
    .op_size = sizeof(mvcombine_op),
    .map = spl_op_pass,
};
