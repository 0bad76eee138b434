/* history.c -- lists the searches that a user ran on a server. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(history, .summary = "Lists the searches that were run.", .syntax = "history [events=<bool>]",
            .refusal = "There is no server that keeps them; the shell does.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_GENERATES | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
