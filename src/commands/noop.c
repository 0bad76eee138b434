/* noop.c -- an argument for Splunk's optimiser; the results stay as they are. */
#include "exec/bind.h"

static bool noop_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    (void)binder;
    (void)stage;
    (void)op;
    return true;
}

static spl_status noop_map(spl_op *op, spl_batch **batch)
{
    (void)op;
    (void)batch;
    return SPL_OK;
}

SPL_COMMAND(noop, .summary = "Sets switches of Splunk's optimiser; changes nothing.",
            .syntax = "noop [<name>=<value>] …",
            .example = "| makeresults | noop search_optimization=false | eval a=1 | table a", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op), .bind = noop_bind, .map = noop_map);
