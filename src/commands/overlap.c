/* overlap.c -- looks for gaps in a summary index. */
#include "commands/refused.h"

SPL_COMMAND(overlap, .summary = "Finds events of a summary index that overlap or are missing.", .syntax = "overlap",
            .refusal = "It reads the log of a server's scheduler. Compare times with streamstats or delta.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .op_size = sizeof(refused_op), .bind = refused_bind_none);
