/* runshellscript.c -- runs a script of a server's alert. */
#include "exec/bind.h"

static bool runshellscript_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    return spl_args_next(&args) || spl_lacks(binder, NULL, "the name of a script", "notify.sh");
}

SPL_COMMAND(runshellscript, .summary = "Runs a script on the server, as an alert does.",
            .syntax = "runshellscript <script> <arguments> …",
            .refusal = "No process is started. Write the results with -o FILE and run the script on that.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .op_size = sizeof(spl_op), .bind = runshellscript_bind);
