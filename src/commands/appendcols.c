/* appendcols.c -- the fields of a subsearch's first result beside the first result, those of its second beside the
 * second, and so on. Where the subsearch gives more, its results stand alone. */
#include "exec/subsearch_args.h"

#include <stddef.h>

typedef struct appendcols_op {
    spl_op base;
    spl_subsearch_args args;
    bool override;
    spl_subsearch_run *run;
    spl_batch *side; /* being used up */
    uint32_t side_at;
    bool side_ended, main_ended;
} appendcols_op;

static const spl_option options[] = {
    {.name = "override",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(appendcols_op, override),
     .dflt = 0,
     .help = "the subsearch's value wins where both have one"},
    SPL_SUBSEARCH_OPTIONS(appendcols_op, args),
    {0},
};

static bool appendcols_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return spl_subsearch_args_bind(binder, stage, &((appendcols_op *)op)->args, NULL);
}

/* Makes sure that a row of the subsearch is at hand; false at its end. */
static bool side_row(appendcols_op *self)
{
    spl_op *op = &self->base;
    if (!self->run) self->run = spl_subsearch_args_start(op, &self->args);
    while (!self->side_ended && (!self->side || self->side_at >= spl_batch_rows(self->side))) {
        spl_batch_free(self->side);
        self->side = NULL;
        self->side_at = 0;
        if (spl_subsearch_args_next(op, &self->args, self->run, &self->side) != SPL_OK) {
            self->side = NULL;
            self->side_ended = true;
        }
    }
    return !self->side_ended;
}

static void merge_row(appendcols_op *self, spl_batch *batch, uint32_t row)
{
    uint32_t from = spl_batch_row(self->side, self->side_at++);
    for (uint32_t c = 0; c < self->side->n_columns; c++) {
        const spl_column *column = self->side->columns[c];
        if (spl_field_internal(batch->fields, column->field) || spl_is_null(column->cells[from])) continue;
        if (!self->override && !spl_is_null(spl_batch_get(batch, row, column->field))) continue;
        spl_batch_set(batch, row, column->field, spl_value_keep(batch->arena, column->cells[from]));
    }
}

static spl_status appendcols_next(spl_op *op, spl_batch **batch)
{
    appendcols_op *self = (appendcols_op *)op;
    if (!self->main_ended && op->input && spl_op_next(op->input, batch) == SPL_OK) {
        spl_op_count_in(op, *batch);
        for (uint32_t i = 0; i < spl_batch_rows(*batch) && side_row(self); i++)
            merge_row(self, *batch, spl_batch_row(*batch, i));
        return SPL_OK;
    }
    self->main_ended = true;
    if (!side_row(self)) return SPL_END;
    uint32_t left = spl_batch_rows(self->side) - self->side_at;
    *batch = spl_op_batch(op, left);
    for (uint32_t row = 0; row < left; row++) merge_row(self, *batch, row);
    return SPL_OK;
}

static void appendcols_close(spl_op *op)
{
    spl_batch_free(((appendcols_op *)op)->side);
}

SPL_COMMAND(appendcols, .summary = "Puts the fields of a subsearch's results beside those of the search, in order.",
            .syntax = "appendcols [override=<bool>] [maxout=<n>] [maxtime=<seconds>] [timeout=<seconds>] [ <search> ]",
            .example = "| makeresults | eval a=1 | appendcols [| makeresults | eval b=2] | table a b",
            .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_PIPELINE,
            .traits = SPL_GENERATES | SPL_ADDS_ROWS | SPL_ORDERED, .options = options, .op_size = sizeof(appendcols_op),
            .bind = appendcols_bind, .next = appendcols_next, .close = appendcols_close);
