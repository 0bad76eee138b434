/* eventcount.c -- the number of events of the data: a search and stats under another name (Search Reference,
 * eventcount). */
#include "exec/expand.h"

#include <stddef.h>

typedef struct eventcount_args {
    bool summarize, report_size;
    spl_str index;
} eventcount_args;

static const spl_option eventcount_options[] = {
    {.name = "summarize",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(eventcount_args, summarize),
     .dflt = 1,
     .help = "one count; false: one for each index"},
    {.name = "report_size",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(eventcount_args, report_size),
     .help = "with the bytes of the events' text, as size_bytes"},
    SPL_IDLE("list_vix", BOOL, "there are no virtual indexes"),
    {.name = "index", .type = SPL_OPTION_TEXT, .offset = offsetof(eventcount_args, index), .help = "only events of it"},
    {0},
};

static const spl_node *eventcount_expand(spl_binder *binder, const spl_node *stage)
{
    eventcount_args *given = SPL_NEW(binder->arena, eventcount_args);
    spl_buf text = spl_buf_in(binder->arena);
    spl_node *rest = spl_expand_indexes(binder, stage, &text);
    spl_args args = spl_args_of(rest);

    if (!spl_options_take(binder, rest, eventcount_options, given) || !spl_args_done(binder, &args)) return NULL;
    if (given->report_size) spl_buf_puts(&text, " | eval size_bytes=len(_raw)");
    if (!given->summarize) spl_buf_puts(&text, " | eval index=coalesce(index,\"main\")");
    spl_buf_puts(&text, " | stats count");
    if (given->report_size) spl_buf_puts(&text, " sum(size_bytes) AS size_bytes");
    if (!given->summarize)
        spl_buf_puts(&text,
                     " by index | eval provider=\"local\", server=\"localhost\" | table count index provider server");
    if (!given->summarize && given->report_size) spl_buf_puts(&text, " size_bytes");
    return spl_bind_text(binder, stage, "eventcount", SPL_S("eventcount"), spl_buf_str(&text));
}

SPL_COMMAND(eventcount, .summary = "Counts the events of the data, in all or by index.",
            .syntax = "eventcount [index=<index>] … [summarize=<bool>] [report_size=<bool>] [list_vix=<bool>]",
            .example = "| eventcount",
            .differs =
                "Counts are of the time range of the search; size_bytes is the length of the events' text. Events "
                "without an index count as main.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES, .options = eventcount_options, .op_size = sizeof(spl_op),
            .expand = eventcount_expand);
