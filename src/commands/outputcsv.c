/* outputcsv.c -- writes the results into a CSV file of the state folder; without a file, each into its field _xml. */
#include "commands/outputs.h"

#include "base/csv.h"

#include <stddef.h>

typedef struct outputcsv_op {
    spl_op base;
    bool append, create_empty, override_if_empty, dispatch, usexml;
    spl_str name; /* empty: into _xml */
    /* running */
    spl_outputs outputs;
    spl_csv_file *csv;
} outputcsv_op;

static const spl_option options[] = {
    {.name = "append",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputcsv_op, append),
     .dflt = 0,
     .help = "keep what is there; only the file's own columns are written"},
    {.name = "create_empty",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputcsv_op, create_empty),
     .dflt = 0,
     .help = "without results leave an empty file; false: remove it"},
    {.name = "override_if_empty",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputcsv_op, override_if_empty),
     .dflt = 1,
     .help = "false: without results leave what is there"},
    {.name = "dispatch",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputcsv_op, dispatch),
     .dflt = 0,
     .help = "only false: there are no dispatch folders"},
    {.name = "usexml",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outputcsv_op, usexml),
     .dflt = 0,
     .help = "without a file: escape the row for XML"},
    SPL_IDLE("singlefile", BOOL, "there is one file"),
    {0},
};

static bool outputcsv_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    outputcsv_op *self = (outputcsv_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *name = spl_args_next(&args);
    const char *wrong;

    spl_bind_reads_all(binder);
    self->name = (spl_str){"", 0};
    if (self->dispatch) {
        spl_bad_argument(binder, stage->span, "outputcsv cannot write to the folder of a job: there are no jobs here");
        spl_hint(binder->diag, "Leave dispatch out: the file goes to the state folder.");
        return false;
    }
    if (!name) return true;
    if (!spl_args_name(name, &self->name))
        return spl_bad_argument(binder, name->span, "outputcsv needs a file name here");
    if (!spl_args_done(binder, &args)) return false;
    if (!memchr(self->name.data, '.', self->name.len))
        self->name = spl_strf(binder->arena, "%.*s.csv", SPL_FMT(self->name));
    if (self->append && spl_str_ends(self->name, SPL_S(".gz")))
        return spl_bad_argument(binder, name->span, "outputcsv cannot append to a packed file");
    wrong = spl_state_name(self->name);
    if (wrong) return spl_bad_argument(binder, name->span, "the name of a file %s", wrong);
    if (self->usexml) return spl_bad_argument(binder, stage->span, "usexml cannot be used together with a file");
    return true;
}

static void begin(spl_op *op)
{
    outputcsv_op *self = (outputcsv_op *)op;
    spl_state *state = op->query->state;
    const spl_table *base = NULL;
    spl_str text;

    if (self->outputs.rows == 0) {
        if (self->append || !self->override_if_empty) return;
        if (!self->create_empty) {
            spl_state_remove(state, "csv", self->name);
            return;
        }
        self->csv = spl_csv_file_new(op, "csv", self->name, NULL, NULL, NULL, 0, SPL_S(" "));
        return;
    }
    if (self->append && spl_state_read(state, op->state, "csv", self->name, true, &text))
        base = spl_table_of_csv(op->state, op->query->diag, spl_state_path(state, op->state, "csv", self->name), text);
    self->csv = spl_csv_file_new(op, "csv", self->name, base, self->outputs.columns.fields.data, NULL,
                                 self->outputs.columns.fields.len, SPL_S(" "));
}

static void write_batch(spl_op *op, spl_batch *batch)
{
    outputcsv_op *self = (outputcsv_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) spl_csv_file_row(self->csv, batch, spl_batch_row(batch, i));
}

static void end(spl_op *op)
{
    outputcsv_op *self = (outputcsv_op *)op;

    if (self->csv) spl_csv_file_done(self->csv);
}

static void add_escaped(spl_buf *out, spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.data[i]) {
        case '<': spl_buf_puts(out, "&lt;"); break;
        case '>': spl_buf_puts(out, "&gt;"); break;
        case '&': spl_buf_puts(out, "&amp;"); break;
        case '"': spl_buf_puts(out, "&quot;"); break;
        default: spl_buf_char(out, text.data[i]);
        }
    }
}

static void into_field(const outputcsv_op *self, spl_batch *batch)
{
    spl_field xml = spl_field_of(batch->fields, SPL_S("_xml"));
    spl_buf cell = spl_buf_in(batch->arena);
    uint32_t columns = batch->n_columns;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_buf line = spl_buf_in(batch->arena), escaped = spl_buf_in(batch->arena);
        bool first = true;

        for (uint32_t c = 0; c < columns; c++) {
            if (batch->columns[c]->field == xml) continue;
            if (!first) spl_buf_char(&line, ',');
            first = false;
            spl_buf_clear(&cell);
            spl_outputs_text(&cell, batch->columns[c]->cells[row], SPL_S(" "));
            spl_csv_put(&line, spl_buf_str(&cell), columns == 1);
        }
        if (self->usexml) add_escaped(&escaped, spl_buf_str(&line));
        spl_batch_set(batch, row, xml, spl_text(spl_buf_str(self->usexml ? &escaped : &line)));
    }
}

static spl_status outputcsv_next(spl_op *op, spl_batch **batch)
{
    static const spl_outputs_hooks hooks = {begin, write_batch, end};
    outputcsv_op *self = (outputcsv_op *)op;
    spl_status status = spl_outputs_next(op, &self->outputs, &hooks, !self->name.len, batch);

    if (status == SPL_OK && !self->name.len) into_field(self, *batch);
    return status;
}

SPL_COMMAND(outputcsv, .summary = "Writes the results into a CSV file, and passes them on.",
            .syntax = "outputcsv [append=<bool>] [create_empty=<bool>] [override_if_empty=<bool>] [dispatch=false] "
                      "[usexml=<bool>] [singlefile=<bool>] [<file>]",
            .example = "| makeresults | eval host=\"a\", n=1 | table host n | outputcsv hosts.csv",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(outputcsv_op),
            .bind = outputcsv_bind, .next = outputcsv_next);
