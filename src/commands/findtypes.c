/* findtypes.c -- suggests event types from the results. */
#include "commands/refused.h"

static const spl_option options[] = {
    SPL_IDLE("max", INT, "how many to suggest", .min = 1, .max = 9e15),
    {0},
};

static bool findtypes_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    while (spl_args_take(&args, "notcovered") || spl_args_take(&args, "useraw")) {
    }
    return spl_args_done(binder, &args);
}

SPL_COMMAND(findtypes, .summary = "Suggests event types from the results.",
            .syntax = "findtypes max=<int> [notcovered] [useraw]",
            .refusal = "Use typelearner, which suggests searches for event types here.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op), .bind = findtypes_bind);
