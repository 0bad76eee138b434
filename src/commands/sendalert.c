/* sendalert.c -- acts outside of the search, which only a server does: refused, but for --dry-run, where the rows pass.
 */
#include "exec/bind.h"

static bool sendalert_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    if (!spl_args_next(&args) && !binder->holes)
        return spl_bad_argument(binder, stage->span, "sendalert needs the name of an action");
    (void)op;
    if (binder->query->dry_run || binder->query->check_only) return true;
    spl_refuse(binder, stage->name_span, "not-here", "the command \"sendalert\" cannot run here");
    spl_hint(binder->diag, "No alert action is sent. With --dry-run the results pass on.");
    return false;
}

static spl_status sendalert_map(spl_op *op, spl_batch **batch)
{
    (void)op;
    (void)batch;
    return SPL_OK;
}

SPL_COMMAND(sendalert, .summary = "Starts an alert action of an app for the results.",
            .syntax = "sendalert <action> [results_link=<url>] [results_path=<path>] [param.<name>=<value>] …",
            .refusal = "No alert action is sent. With --dry-run the results pass on.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op), .bind = sendalert_bind,
            .map = sendalert_map);
