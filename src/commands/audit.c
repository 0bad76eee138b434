/* audit.c -- decrypts and checks a server's audit events. */
#include "exec/bind.h"

SPL_COMMAND(audit, .summary = "Shows the audit trail that a server keeps.", .syntax = "audit",
            .refusal = "There is no server that keeps an audit trail. Search its exported audit log as DATA instead.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .op_size = sizeof(spl_op), .bind = spl_bind_plain);
