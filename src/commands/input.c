/* input.c -- adds or disables data inputs of a server. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("sourcetype", TEXT, "the sourcetype"),
    SPL_IDLE("index", TEXT, "the index"),
    {.name = "*", .takes = "settings of the input"},
    {0},
};

static bool input_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    if (!spl_args_take(&args, "add") && !spl_args_take(&args, "remove"))
        return spl_lacks(binder, NULL, "add or remove", "add sourcetype=syslog /var/log/messages");
    return spl_args_done(binder, &args);
}

SPL_COMMAND(input, .summary = "Adds sources to a server's inputs, or disables them.",
            .syntax = "input (add | remove) [sourcetype=<text>] [index=<text>] …",
            .refusal = "There are no inputs: DATA is what the command line names.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op), .bind = input_bind);
