/* inputintelligence.c -- reads threat intelligence of Enterprise Security. */
#include "commands/refused.h"

static bool inputintelligence_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    if (spl_args_next(&args) || binder->holes) return true;
    return spl_bad_argument(binder, stage->span, "inputintelligence needs the name of a collection");
}

SPL_COMMAND(inputintelligence, .summary = "Reads an intelligence collection of Enterprise Security.",
            .syntax = "inputintelligence <collection>",
            .refusal = "The collections lie on a server. Export one as CSV and read it with inputlookup.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .op_size = sizeof(spl_op), .bind = inputintelligence_bind);
