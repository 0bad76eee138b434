/* runshellscript.c -- runs a script of a server's alert. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(runshellscript, .summary = "Runs a script on the server, as an alert does.",
            .syntax = "runshellscript <script> <arguments> …",
            .refusal = "No process is started. Write the results with -o FILE and run the script on that.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
