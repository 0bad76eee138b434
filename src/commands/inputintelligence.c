/* inputintelligence.c -- reads threat intelligence of Enterprise Security. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(inputintelligence, .summary = "Reads an intelligence collection of Enterprise Security.",
            .syntax = "inputintelligence <collection>",
            .refusal = "The collections lie on a server. Export one as CSV and read it with inputlookup.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
