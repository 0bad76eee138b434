/* createrss.c -- writes an RSS feed on a server. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(createrss, .summary = "Adds a result to an RSS feed on the server.",
            .syntax = "createrss path=<file> name=<text> link=<text> descr=<text> count=<int>",
            .refusal = "There is no server to publish it. Write the results with -o FILE.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
