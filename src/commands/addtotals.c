/* addtotals.c -- sums of the numbers in each result, and of each column at the end. */
#include "commands/totals.h"

#include <math.h>
#include <stddef.h>

static const spl_option options[] = {
    {.name = "row",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(spl_totals, row),
     .dflt = 1,
     .help = "a field with the sum of each result"},
    {.name = "col",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(spl_totals, col),
     .dflt = 0,
     .help = "a result with the sums of the columns, at the end"},
    {.name = "fieldname",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(spl_totals, fieldname),
     .text = "Total",
     .help = "the name of that field"},
    {.name = "labelfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(spl_totals, labelfield),
     .help = "the field of the last result that gets the label"},
    {.name = "label",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(spl_totals, label),
     .text = "Total",
     .help = "the label"},
    {0},
};

bool spl_totals_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_totals *totals = (spl_totals *)op;
    spl_node_vec list = {0};
    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    for (size_t i = 0; i < list.len; i++) {
        SPL_PUSH(binder->arena, &totals->names, list.data[i]->text);
        spl_bind_reads_name(binder, list.data[i]->text);
    }
    if (!list.len) {
        SPL_PUSH(binder->arena, &totals->names, SPL_S("*"));
        spl_bind_reads_all(binder);
    }
    return true;
}

static void add_column(spl_totals *totals, spl_batch *batch, spl_field field)
{
    spl_arena *arena = totals->base.state;
    spl_column *column = spl_batch_column(batch, field);
    double number;
    if (!column) return;
    while (totals->by_field.len <= field) SPL_PUSH(arena, &totals->by_field, 0);
    if (!totals->by_field.data[field]) {
        SPL_PUSH(arena, &totals->totals, (struct spl_total){.field = field});
        totals->by_field.data[field] = (uint32_t)totals->totals.len;
    }
    struct spl_total *total = &totals->totals.data[totals->by_field.data[field] - 1];
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        if (!spl_column_number(batch, column, row, &number)) continue;
        spl_exact_add_value(&total->sum, arena, column->cells[row], number);
        total->any = true;
    }
}

static void add_rows(spl_totals *totals, spl_batch *batch)
{
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_exact sum = {0};
        double number;
        for (size_t f = 0; f < totals->cache.fields.len; f++) {
            spl_field field = totals->cache.fields.data[f];
            if (field != totals->fieldname && spl_column_number(batch, spl_batch_column(batch, field), row, &number))
                spl_exact_add_value(&sum, batch->arena, spl_batch_get(batch, row, field), number);
        }
        spl_batch_set(batch, row, totals->fieldname, spl_fn_number(spl_exact_round(&sum), 0));
    }
}

spl_status spl_totals_next(spl_op *op, spl_batch **out)
{
    spl_totals *totals = (spl_totals *)op;
    if (totals->done) return SPL_END;
    if (op->input && spl_op_next(op->input, out) == SPL_OK) {
        spl_batch *batch = *out;
        spl_op_count_in(op, batch);
        totals->fixed = batch->fixed;
        totals->events = batch->events;
        spl_pattern_fields(op->state, batch, totals->names.data, totals->names.len, &totals->cache);
        if (totals->row) add_rows(totals, batch);
        if (!totals->col) return SPL_OK;
        for (size_t f = 0; f < totals->cache.fields.len; f++)
            if (!totals->row || totals->cache.fields.data[f] != totals->fieldname)
                add_column(totals, batch, totals->cache.fields.data[f]);
        if (totals->row) add_column(totals, batch, totals->fieldname);
        return SPL_OK;
    }
    totals->done = true;
    if (!totals->col) return SPL_END;
    spl_batch *batch = spl_op_batch(op, 1);
    batch->fixed = totals->fixed;
    batch->events = totals->events;
    for (size_t i = 0; i < totals->totals.len; i++)
        if (totals->totals.data[i].any)
            spl_batch_set(batch, 0, totals->totals.data[i].field,
                          spl_fn_number(spl_exact_round(&totals->totals.data[i].sum), 0));
    if (totals->labelfield != SPL_NO_FIELD) spl_batch_set(batch, 0, totals->labelfield, spl_text(totals->label));
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(addtotals, .summary = "Adds sums of rows, and of columns.",
            .syntax = "addtotals [row=<bool>] [col=<bool>] [fieldname=<field>] [labelfield=<field>] [label=<text>] "
                      "[<field-or-pattern> …]",
            .example = "| makeresults | eval a=1, b=2 | table a b | addtotals", .args = SPL_ARGS_PLAIN,
            .traits = SPL_ORDERED | SPL_ADDS_ROWS, .options = options, .op_size = sizeof(spl_totals),
            .bind = spl_totals_bind, .next = spl_totals_next);
