/* sendalert.c -- acts outside of the search, which only a server does: refused, but for --dry-run, where the rows pass.
 */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("results_link", TEXT, "where the results can be seen"),
    SPL_IDLE("results_path", TEXT, "the file with the results"),
    {.name = "*"}, /* param.<name> */
    {0},
};

static bool sendalert_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *kid = stage->kids[i];

        if (kid->kind != SPL_NODE_OPTION || spl_str_starts(kid->text, SPL_S("param.")) ||
            spl_str_iis(kid->text, "results_link") || spl_str_iis(kid->text, "results_path"))
            continue;
        spl_bad_argument(binder, kid->name_span, "sendalert has no option \"%.*s\"", SPL_FMT(kid->text));
        spl_hint(binder->diag,
                 "The options are results_link, results_path, and what the action takes: param.%.*s=<value>.",
                 SPL_FMT(kid->text));
        return false;
    }
    return spl_args_next(&args) || spl_lacks(binder, NULL, "the name of an action", "email param.to=soc@example.com");
}

SPL_COMMAND(sendalert, .summary = "Starts an alert action of an app for the results.",
            .syntax = "sendalert <action> [results_link=<url>] [results_path=<path>] [param.<name>=<value>] …",
            .refusal = "No alert action is sent. With --dry-run the results pass on.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_STREAMS, .options = options, .op_size = sizeof(spl_op), .bind = sendalert_bind,
            .map = spl_op_pass);
