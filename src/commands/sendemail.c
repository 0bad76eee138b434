/* sendemail.c -- acts outside of the search, which only a server does: refused, but for --dry-run, where the rows pass.
 */
#include "exec/bind.h"

static bool sendemail_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    const spl_node *to = NULL;

    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind == SPL_NODE_OPTION && spl_str_iis(stage->kids[i]->text, "to")) to = stage->kids[i];
    if (!to && !binder->holes) return spl_bad_argument(binder, stage->span, "sendemail needs to=");
    (void)op;
    if (binder->query->dry_run || binder->query->check_only) return true;
    spl_refuse(binder, stage->name_span, "not-here", "the command \"sendemail\" cannot run here");
    spl_hint(binder->diag, "No mail is sent. With --dry-run the results pass on.");
    return false;
}

static spl_status sendemail_map(spl_op *op, spl_batch **batch)
{
    (void)op;
    (void)batch;
    return SPL_OK;
}

SPL_COMMAND(sendemail, .summary = "Sends the results by electronic mail.",
            .syntax = "sendemail to=<addresses> [from=<address>] [cc=<addresses>] [bcc=<addresses>] [subject=<text>] "
                      "[message=<text>] [format=csv|table|raw] [sendresults=<bool>] [inline=<bool>] [<name>=<value>] …",
            .refusal = "No mail is sent. With --dry-run the results pass on.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op), .bind = sendemail_bind,
            .map = sendemail_map);
