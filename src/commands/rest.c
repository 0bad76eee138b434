/* rest.c -- asks a Splunk server; there is none. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(rest, .summary = "Asks a server's REST interface.",
            .syntax = "rest <path> [count=<n>] [splunk_server=<name>] [timeout=<seconds>] [<name>=<value>] …",
            .refusal = "There is no server to ask. Save its answer as CSV or JSON and read it with inputlookup.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
