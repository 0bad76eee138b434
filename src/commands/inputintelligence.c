/* inputintelligence.c -- reads threat intelligence of Enterprise Security. */
#include "exec/bind.h"

static bool inputintelligence_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    return spl_args_next(&args) || spl_lacks(binder, NULL, "the name of a collection", "local_domain_intel");
}

SPL_COMMAND(inputintelligence, .summary = "Reads an intelligence collection of Enterprise Security.",
            .syntax = "inputintelligence <collection>",
            .refusal = "The collections lie on a server. Export one as CSV and read it with inputlookup.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .op_size = sizeof(spl_op), .bind = inputintelligence_bind);
