/* inputcsv.c -- the rows of a CSV file that outputcsv has written, as results. */
#include "commands/inputs.h"
#include "knowledge/lookup_files.h"

#include <stddef.h>

typedef struct inputcsv_op {
    spl_op base;
    spl_inputs inputs;
    bool dispatch;
} inputcsv_op;

static const spl_option options[] = {SPL_INPUTS_OPTIONS(inputcsv_op, inputs),
                                     {.name = "events",
                                      .type = SPL_OPTION_BOOL,
                                      .offset = offsetof(inputcsv_op, inputs.events),
                                      .dflt = 0,
                                      .help = "the rows are events"},
                                     {.name = "dispatch",
                                      .type = SPL_OPTION_BOOL,
                                      .offset = offsetof(inputcsv_op, dispatch),
                                      .dflt = 0,
                                      .help = "only false: there are no dispatch folders"},
                                     {0}};

static bool inputcsv_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    inputcsv_op *self = (inputcsv_op *)op;
    spl_state *state = binder->query->state;
    const spl_node *name;
    const char *wrong;
    spl_str file, text;

    if (self->dispatch) {
        spl_bad_argument(binder, stage->span, "inputcsv cannot read the folder of a job: there are no jobs here");
        spl_hint(binder->diag, "Leave dispatch out, and write the file with outputcsv.");
        return false;
    }
    if (!spl_inputs_bind(binder, stage, &self->inputs, "the name of a file", &name, &file)) return false;
    if (!memchr(file.data, '.', file.len)) file = spl_strf(binder->arena, "%.*s.csv", SPL_FMT(file));
    wrong = spl_state_name(file);
    if (wrong) return spl_bad_argument(binder, name->span, "the name of a file %s", wrong);
    if (binder->query->check_only) return true;
    if (!spl_state_read(state, binder->arena, "csv", file, false, &text)) {
        spl_severity severity = spl_inputs_lenient(&self->inputs) ? SPL_WARNING : SPL_ERROR;

        spl_report(binder->diag, severity, name->span, "missing-lookup", "there is no file \"%.*s\"%s", SPL_FMT(file),
                   severity == SPL_WARNING ? ": it gives no rows" : "");
        spl_hint(binder->diag, "Files are read from %.*s, where outputcsv writes them.",
                 SPL_FMT(spl_state_path(state, binder->arena, "csv", SPL_S(""))));
        return severity == SPL_WARNING;
    }
    spl_str path = spl_state_path(state, binder->arena, "csv", file);

    text = spl_lookup_unpack(binder->arena, path, text);
    spl_inputs_table(binder, &self->inputs, spl_table_of_csv(binder->arena, binder->diag, path, text));
    return true;
}

static spl_status inputcsv_next(spl_op *op, spl_batch **batch)
{
    return spl_inputs_next(op, &((inputcsv_op *)op)->inputs, batch);
}

static void inputcsv_needs(const spl_op *op, const spl_fieldset *after, spl_fieldset *before)
{
    spl_inputs_needs(op, &((const inputcsv_op *)op)->inputs, after, before);
}

SPL_COMMAND(inputcsv, .summary = "Gives the rows of a CSV file that outputcsv has written.",
            .syntax = "inputcsv [append=<bool>] [strict=<bool>] [start=<n>] [max=<n>] [events=<bool>] "
                      "[dispatch=false] <file> [WHERE <search>]",
            .example = "| inputcsv strict=false hosts.csv where n>1", .args = SPL_ARGS_PLAIN,
            .segments = spl_inputs_segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS | SPL_ORDERED, .options = options,
            .op_size = sizeof(inputcsv_op), .bind = inputcsv_bind, .next = inputcsv_next, .needs = inputcsv_needs);
