/* sendalert.c -- acts outside of the search, which only a server does: refused, but for --dry-run, where the rows pass.
 */
#include "commands/refused.h"

static const spl_option options[] = {
    SPL_IDLE("results_link", TEXT, "where the results can be seen"),
    SPL_IDLE("results_path", TEXT, "the file with the results"),
    {.name = "*"}, /* param.<name> */
    {0},
};

static bool sendalert_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *kid = stage->kids[i];

        if (kid->kind != SPL_NODE_OPTION || spl_str_starts(kid->text, SPL_S("param.")) ||
            spl_str_iis(kid->text, "results_link") || spl_str_iis(kid->text, "results_path"))
            continue;
        spl_bad_argument(binder, kid->name_span, "sendalert has no option \"%.*s\"", SPL_FMT(kid->text));
        spl_hint(binder->diag, "What the action takes is written param.%.*s=<value>.", SPL_FMT(kid->text));
        return false;
    }
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
            .traits = SPL_STREAMS, .options = options, .op_size = sizeof(spl_op), .bind = sendalert_bind,
            .map = sendalert_map);
