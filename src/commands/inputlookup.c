/* inputlookup.c -- the rows of a lookup table as results. */
#include "commands/inputs.h"

#include <stddef.h>

typedef struct inputlookup_op {
    spl_op base;
    spl_inputs inputs;
} inputlookup_op;

static const spl_option options[] = {SPL_INPUTS_OPTIONS(inputlookup_op, inputs), {0}};

static bool inputlookup_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_inputs *inputs = &((inputlookup_op *)op)->inputs;
    const spl_node *name;
    const spl_lookup *lookup;
    spl_str text;

    if (!spl_inputs_bind(binder, stage, inputs, "the name of a lookup", &name, &text)) return false;
    if (!spl_lookup_named(binder, text, name->span, spl_inputs_lenient(inputs) ? SPL_FILE_WANTED : SPL_FILE_NEEDED,
                          &lookup))
        return false;
    if (!lookup || binder->query->check_only) return true;
    spl_inputs_table(binder, inputs, spl_lookups_table(spl_lookups_of(binder->query), lookup, false));
    if (lookup->filter.len) /* the definition's own filter holds for lookups, not for reading the table whole */
        spl_note(binder->diag, name->span, "lookup-filter",
                 "the filter of the definition is not applied by inputlookup");
    return true;
}

static spl_status inputlookup_next(spl_op *op, spl_batch **batch)
{
    return spl_inputs_next(op, &((inputlookup_op *)op)->inputs, batch);
}

static void inputlookup_needs(const spl_op *op, const spl_fieldset *after, spl_fieldset *before)
{
    spl_inputs_needs(op, &((const inputlookup_op *)op)->inputs, after, before);
}

SPL_COMMAND(inputlookup, .summary = "Gives the rows of a lookup table.",
            .syntax = "inputlookup [append=<bool>] [strict=<bool>] [start=<n>] [max=<n>] <lookup> [WHERE <search>]",
            .example = "| inputlookup people.csv where dept=ops | table uid name", .args = SPL_ARGS_PLAIN,
            .segments = spl_inputs_segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS | SPL_ORDERED, .options = options,
            .op_size = sizeof(inputlookup_op), .bind = inputlookup_bind, .next = inputlookup_next,
            .needs = inputlookup_needs);
