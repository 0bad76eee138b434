/* searchtxn.c -- finds the events of a transaction type in an index. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(searchtxn, .summary = "Finds transactions of a type that hold terms.",
            .syntax = "searchtxn <type> [max_terms=<n>] [use_disjunct=<bool>] [eventsonly=<bool>] <search>",
            .refusal = "It needs a transactiontypes.conf and an index. Search for the events and use transaction with "
                       "the type's options.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
