/* bin.c -- puts numbers and times into spans. With a span each row is done alone; where the span depends on the data
 * (bins=, or nothing given) all rows are read first. Rules: docs/reference/commands/bin.md */
#include "exec/by.h"
#include "exec/rowstore.h"

#include <math.h>
#include <stddef.h>

typedef struct bin_op {
    spl_op base;
    spl_bin bin;
    spl_field to;
    /* running, where the span depends on the data */
    spl_rowstore *rows;
    bool fitted;
} bin_op;

static const spl_option options[] = {
    SPL_BIN_OPTIONS("widens what bins= divides down to here; nothing is left out",
                    "widens what bins= divides up to here; nothing is left out"),
    {0},
};

static const spl_command bin_in_two_passes;

static bool bin_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    bin_op *self = (bin_op *)op;
    const spl_node *clause = spl_args_clause(stage, "as"), *field, *as = NULL;
    spl_bin_options given = {0};
    spl_args args = spl_args_of(stage);

    field = spl_args_next(&args);
    if (!field || (field->kind != SPL_NODE_WORD && field->kind != SPL_NODE_FIELD) || !field->text.len)
        return spl_lacks(binder, field, "the name of a field", "_time span=5m");
    if (clause) {
        if (clause->n_kids == 1) as = clause->kids[0];
    } else if (spl_args_take(&args, "as")) {
        as = spl_args_next(&args);
        if (!as) return spl_lacks(binder, NULL, "a new name after AS", "_time span=5m AS start");
    }
    if (!spl_args_done(binder, &args)) return false;
    if (as && !as->text.len) return spl_bad_argument(binder, as->span, "a field name cannot be empty");
    spl_bin_options_take((const spl_node *const *)stage->kids, stage->n_kids, &given);
    if (clause) spl_bin_options_take((const spl_node *const *)clause->kids, clause->n_kids, &given);
    if (!spl_bin_bind(binder, &given, spl_bind_field(binder, field->text), 100, &self->bin)) return false;
    self->to = as ? spl_bind_field(binder, as->text) : self->bin.field;
    spl_bind_reads(binder, self->bin.field);
    if (self->to != self->bin.field) spl_bind_makes(binder, self->to);
    op->unordered = true;
    if (self->bin.kind == SPL_BIN_AUTO) op->command = &bin_in_two_passes;
    return true;
}

static void put_bins(bin_op *self, spl_batch *batch)
{
    const spl_column *column = spl_batch_column(batch, self->bin.field);
    uint32_t i;

    if (!column) return;
    for (i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_bin_value(&self->bin, self->base.query, batch->arena, column->cells[row], NULL);

        if (!spl_is_null(value) || self->to != self->bin.field) spl_batch_set(batch, row, self->to, value);
    }
}

static spl_status bin_map(spl_op *op, spl_batch **batch)
{
    put_bins((bin_op *)op, *batch);
    return SPL_OK;
}

typedef struct extent {
    double low, high;
    bool whole;
} extent;

static void widen(extent *e, spl_value value)
{
    uint32_t i;
    double number;

    for (i = 0; i < spl_value_count(value); i++) {
        if (!spl_value_number(spl_value_at(value, i), &number) || !isfinite(number)) continue;
        if (!(number >= e->low)) e->low = number;
        if (!(number <= e->high)) e->high = number;
        e->whole &= number == floor(number);
    }
}

static spl_status bin_next(spl_op *op, spl_batch **out)
{
    bin_op *self = (bin_op *)op;
    extent e = {NAN, NAN, true};
    spl_batch *batch;
    uint32_t i;

    if (!self->fitted) {
        self->rows = spl_rowstore_new(op);
        while (spl_op_next(op->input, &batch) == SPL_OK) {
            spl_op_count_in(op, batch);
            for (i = 0; i < spl_batch_rows(batch); i++)
                widen(&e, spl_batch_get(batch, spl_batch_row(batch, i), self->bin.field));
            spl_rowstore_add(self->rows, batch);
        }
        if (!isnan(e.low)) {
            /* start and end widen the extent of the data, and never narrow it; what no value reaches, the last span may
             * end at. */
            e.low = fmin(e.low, self->bin.start);
            if (self->bin.end > e.high) e.high = nextafter(self->bin.end, e.high);
            self->bin.start = self->bin.end = NAN;
            spl_bin_fit(&self->bin, e.low, e.high, e.whole);
        }
        self->fitted = true;
    }
    *out = spl_rowstore_take(self->rows);
    if (!*out) return SPL_END;
    if (self->bin.kind != SPL_BIN_AUTO) put_bins(self, *out);
    return SPL_OK;
}

static const char *const aliases[] = {"bucket", "discretize", NULL};

#define BIN                                                                                                            \
    .aliases = aliases, .summary = "Puts numbers or times into spans.",                                                \
    .syntax = "bin [span=<span>] [bins=<n>] [minspan=<span>] [start=<n>] [end=<n>] [aligntime=<time>] <field> "        \
              "[AS <field>]",                                                                                          \
    .example = "| makeresults count=3 | streamstats count as n | bin span=2 n", .args = SPL_ARGS_PLAIN,                \
    .options = options, .op_size = sizeof(bin_op), .bind = bin_bind

SPL_COMMAND(bin, BIN, .traits = SPL_STREAMS, .map = bin_map);

/* What bin becomes when it is bound without a span. */
static const spl_command bin_in_two_passes = {.name = "bin", BIN, .traits = SPL_ORDERED, .next = bin_next};
