/* rest.c -- asks a Splunk server; there is none. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("count", INT, "how many entries of each answer, 0 for all", .min = 0, .max = 9e15),
    SPL_IDLE("splunk_server", TEXT, "the server"),
    SPL_IDLE("splunk_server_group", TEXT, "the servers"),
    SPL_IDLE("timeout", INT, "seconds to wait", .min = 0, .max = 9e15),
    {.name = "*", .takes = "parameters of the request"},
    {0},
};

static bool rest_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    return spl_args_next(&args) || spl_lacks(binder, NULL, "the path of an endpoint", "/services/saved/searches");
}

SPL_COMMAND(rest, .summary = "Asks a server's REST interface.",
            .syntax = "rest <path> [count=<n>] [splunk_server=<name>] [splunk_server_group=<name>] [timeout=<seconds>] "
                      "[<name>=<value>] …",
            .refusal = "There is no server to ask. Save its answer as CSV or JSON and read it with inputlookup.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_GENERATES, .options = options, .op_size = sizeof(spl_op),
            .bind = rest_bind);
