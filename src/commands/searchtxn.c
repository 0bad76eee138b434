/* searchtxn.c -- finds the events of a transaction type in an index. */
#include "commands/refused.h"

static const spl_option options[] = {
    REFUSED_OPTION("max_terms", INT, "how many values of the fields are looked for", .min = 1, .max = 1000),
    REFUSED_OPTION("use_disjunct", BOOL, "whether the terms are alternatives"),
    REFUSED_OPTION("eventsonly", BOOL, "the events, without transaction"),
    {.name = "*"},
    {0},
};

static bool searchtxn_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    if (spl_args_next(&args) || binder->holes) return true;
    return spl_bad_argument(binder, stage->span, "searchtxn needs the name of a transaction type");
}

SPL_COMMAND(searchtxn, .summary = "Finds transactions of a type that hold terms.",
            .syntax = "searchtxn <type> [max_terms=<n>] [use_disjunct=<bool>] [eventsonly=<bool>] <search>",
            .refusal = "It needs a transactiontypes.conf and an index. Search for the events and use transaction with "
                       "the type's options.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES, .options = options,
            .op_size = sizeof(refused_op), .bind = searchtxn_bind);
