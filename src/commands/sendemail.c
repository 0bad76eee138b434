/* sendemail.c -- acts outside of the search, which only a server does: refused, but for --dry-run, where the rows pass.
 */
#include "commands/refused.h"

static const char *const formats[] = {"table", "raw", "csv", "html", "plain", NULL};
static const char *const priorities[] = {"highest", "high", "normal", "low", "lowest", "1", "2", "3", "4", "5", NULL};
static const char *const contents[] = {"html", "plain", NULL};
static const char *const papers[] = {"letter", "legal", "ledger", "a2", "a3", "a4", "a5", NULL};
static const char *const orientations[] = {"portrait", "landscape", NULL};

static const spl_option options[] = {
    REFUSED_OPTION("to", TEXT, "who gets it"),
    REFUSED_OPTION("from", TEXT, "who sends it"),
    REFUSED_OPTION("cc", TEXT, "who gets a copy"),
    REFUSED_OPTION("bcc", TEXT, "who gets a copy unseen"),
    REFUSED_OPTION("subject", TEXT, "the subject"),
    REFUSED_OPTION("message", TEXT, "the text"),
    REFUSED_OPTION("footer", TEXT, "the text at the end"),
    REFUSED_OPTION("format", ENUM, "how results are shown", .names = formats),
    REFUSED_OPTION("sendresults", BOOL, "whether results are sent along"),
    REFUSED_OPTION("inline", BOOL, "whether results stand in the text"),
    REFUSED_OPTION("sendcsv", BOOL, "whether a CSV file is attached"),
    REFUSED_OPTION("sendpdf", BOOL, "whether a PDF file is attached"),
    REFUSED_OPTION("allow_empty_attachment", BOOL, "whether a file without results is attached"),
    REFUSED_OPTION("pdfview", TEXT, "the view that is attached"),
    REFUSED_OPTION("paperorientation", ENUM, "of the PDF file", .names = orientations),
    REFUSED_OPTION("papersize", ENUM, "of the PDF file", .names = papers),
    REFUSED_OPTION("priority", ENUM, "of the mail", .names = priorities),
    REFUSED_OPTION("content_type", ENUM, "of the mail", .names = contents),
    REFUSED_OPTION("server", TEXT, "the mail server"),
    REFUSED_OPTION("use_ssl", BOOL, "whether it is asked by SSL"),
    REFUSED_OPTION("use_tls", BOOL, "whether it is asked by TLS"),
    REFUSED_OPTION("graceful", BOOL, "whether an error is only logged"),
    REFUSED_OPTION("width_sort_columns", BOOL, "whether columns are sorted by their width"),
    REFUSED_OPTION("maxinputs", INT, "how many results", .min = 0, .max = 9e15),
    REFUSED_OPTION("maxtime", SPAN, "how long it may take"),
    {0},
};

static bool sendemail_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    if (!refused_bind_none(binder, stage, op) || !refused_needs(binder, stage, "to")) return false;
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
            .traits = SPL_STREAMS, .options = options, .op_size = sizeof(refused_op), .bind = sendemail_bind,
            .map = sendemail_map);
