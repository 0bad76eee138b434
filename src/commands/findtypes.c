/* findtypes.c -- suggests event types from the results. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(findtypes, .summary = "Suggests event types from the results.",
            .syntax = "findtypes max=<int> [notcovered] [useraw]",
            .refusal = "Use typelearner, which suggests searches for event types here.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
