/* script.c -- runs a script of an app. */
#include "exec/bind.h"

static const char *const aliases[] = {"run", NULL};

static const spl_option options[] = {
    SPL_IDLE("maxinputs", INT, "how many results the script gets", .min = 0, .max = 9e15),
    {.name = "*", .takes = "arguments of the script"},
    {0},
};

static bool script_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    return spl_args_next(&args) || spl_lacks(binder, NULL, "the name of a script", "bycity.py");
}

SPL_COMMAND(
    script, .aliases = aliases, .summary = "Runs a script of an app on the results.",
    .syntax = "script <name> [<argument> …] [maxinputs=<n>]",
    .refusal = "No scripts of apps are run. Write the results with -f csv or -f ndjson and pipe them into the script.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op), .bind = script_bind);
