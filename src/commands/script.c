/* script.c -- runs a script of an app. */
#include "registry.h"

#include "exec/op.h"

static const char *const aliases[] = {"run", NULL};

SPL_COMMAND(
    script, .aliases = aliases, .summary = "Runs a script of an app on the results.",
    .syntax = "script <name> [<argument> …] [maxinputs=<n>]",
    .refusal = "No scripts of apps are run. Write the results with -f csv or -f ndjson and pipe them into the script.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
