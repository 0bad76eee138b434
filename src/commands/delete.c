/* delete.c -- marks events of an index as deleted; files are never changed. */
#include "exec/bind.h"

SPL_COMMAND(delete, .summary = "Marks events as deleted in the index.", .syntax = "delete",
            .refusal = "Files are never changed. Leave the events out of the search with NOT.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP, .op_size = sizeof(spl_op), .bind = spl_bind_plain);
