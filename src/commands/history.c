/* history.c -- lists the searches that a user ran on a server. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("events", BOOL, "the searches as events"),
    {0},
};

SPL_COMMAND(history, .summary = "Lists the searches that were run.", .syntax = "history [events=<bool>]",
            .refusal = "There is no server that keeps them; the shell does.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_GENERATES, .options = options, .op_size = sizeof(spl_op), .bind = spl_bind_plain);
