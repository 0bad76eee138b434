/* input.c -- adds or disables data inputs of a server. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(input, .summary = "Adds sources to a server's inputs, or disables them.",
            .syntax = "input (add | remove) [sourcetype=<text>] [index=<text>] …",
            .refusal = "There are no inputs: DATA is what the command line names.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
