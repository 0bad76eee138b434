/* sendemail.c -- acts outside of the search, which only a server does: refused, but for --dry-run, where the rows pass.
 */
#include "exec/bind.h"

static const char *const formats[] = {"table", "raw", "csv", "html", "plain", NULL};
static const char *const priorities[] = {"highest", "high", "normal", "low", "lowest", "1", "2", "3", "4", "5", NULL};
static const char *const contents[] = {"html", "plain", NULL};
static const char *const papers[] = {"letter", "legal", "ledger", "a2", "a3", "a4", "a5", NULL};
static const char *const orientations[] = {"portrait", "landscape", NULL};

static const spl_option options[] = {
    SPL_IDLE("to", TEXT, "who gets it", .required = "to=\"soc@example.com\""),
    SPL_IDLE("from", TEXT, "who sends it"),
    SPL_IDLE("cc", TEXT, "who gets a copy"),
    SPL_IDLE("bcc", TEXT, "who gets a copy unseen"),
    SPL_IDLE("subject", TEXT, "the subject"),
    SPL_IDLE("message", TEXT, "the text"),
    SPL_IDLE("footer", TEXT, "the text at the end"),
    SPL_IDLE("format", ENUM, "how results are shown", .names = formats),
    SPL_IDLE("sendresults", BOOL, "whether results are sent along"),
    SPL_IDLE("inline", BOOL, "whether results stand in the text"),
    SPL_IDLE("sendcsv", BOOL, "whether a CSV file is attached"),
    SPL_IDLE("sendpdf", BOOL, "whether a PDF file is attached"),
    SPL_IDLE("allow_empty_attachment", BOOL, "whether a file without results is attached"),
    SPL_IDLE("pdfview", TEXT, "the view that is attached"),
    SPL_IDLE("paperorientation", ENUM, "of the PDF file", .names = orientations),
    SPL_IDLE("papersize", ENUM, "of the PDF file", .names = papers),
    SPL_IDLE("priority", ENUM, "of the mail", .names = priorities),
    SPL_IDLE("content_type", ENUM, "of the mail", .names = contents),
    SPL_IDLE("server", TEXT, "the mail server"),
    SPL_IDLE("use_ssl", BOOL, "whether it is asked by SSL"),
    SPL_IDLE("use_tls", BOOL, "whether it is asked by TLS"),
    SPL_IDLE("graceful", BOOL, "whether an error is only logged"),
    SPL_IDLE("width_sort_columns", BOOL, "whether columns are sorted by their width"),
    SPL_IDLE("maxinputs", INT, "how many results", .min = 0, .max = 9e15),
    SPL_IDLE("maxtime", SPAN, "how long it may take"),
    {0},
};

SPL_COMMAND(sendemail, .summary = "Sends the results by electronic mail.",
            .syntax = "sendemail to=<addresses> [from=<address>] [cc=<addresses>] [bcc=<addresses>] [subject=<text>] "
                      "[message=<text>] [format=csv|table|raw] [sendresults=<bool>] [inline=<bool>] [<name>=<value>] …",
            .refusal = "No mail is sent. With --dry-run the results pass on.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP | SPL_STREAMS, .options = options, .op_size = sizeof(spl_op), .bind = spl_bind_plain,
            .map = spl_op_pass);
