/* addcoltotals.c -- sums of the columns in a result at the end (commands/addtotals.c). */
#include "commands/totals.h"

#include <stddef.h>

static const spl_option options[] = {
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

static bool addcoltotals_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_totals *totals = (spl_totals *)op;
    totals->col = true;
    totals->fieldname = SPL_NO_FIELD;
    return spl_totals_bind(binder, stage, op);
}

SPL_COMMAND(addcoltotals, .summary = "Adds a result with the sums of the columns.",
            .syntax = "addcoltotals [labelfield=<field>] [label=<text>] [<field-or-pattern> …]",
            .example = "| makeresults count=2 | streamstats count AS n | table n | addcoltotals",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_ADDS_ROWS, .options = options,
            .op_size = sizeof(spl_totals), .bind = addcoltotals_bind, .next = spl_totals_next);
