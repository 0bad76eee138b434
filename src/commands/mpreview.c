/* mpreview.c -- the data points of metrics, as events. */
#include "exec/metric_points.h"
#include "exec/expand.h"

#include <stddef.h>

typedef struct mpreview_args {
    spl_str filter, index, earliest, latest;
} mpreview_args;

#define TEXT(option, member, what)                                                                                     \
    {                                                                                                                  \
        .name = option, .type = SPL_OPTION_TEXT, .offset = offsetof(mpreview_args, member), .text = "", .help = what   \
    }

static const spl_option options[] = {
    TEXT("filter", filter, "a search expression"),
    TEXT("index", index, "only data points of it"),
    SPL_IDLE("splunk_server", TEXT, "there is one place"),
    SPL_IDLE("splunk_server_group", TEXT, "there is one place"),
    TEXT("earliest", earliest, "the begin of the time range"),
    TEXT("latest", latest, "the end of the time range"),
    SPL_IDLE("target_per_timeseries", INT, "all data points are given", .min = 0, .max = 9e15),
    SPL_IDLE("chunk_size", INT, "all data points are given", .min = 0, .max = 9e15),
    {0},
};

static const spl_node *mpreview_expand(spl_binder *binder, const spl_node *stage)
{
    mpreview_args *given = SPL_NEW(binder->arena, mpreview_args);
    spl_buf text = spl_buf_in(binder->arena);
    spl_args args = spl_args_of(stage);
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    const spl_node *first, *filter = NULL;
    spl_str name;

    if (!spl_options_take(binder, stage, options, given) || !spl_args_done(binder, &args)) return NULL;
    spl_buf_puts(&text, "search *");
    if (given->index.len) {
        spl_buf_puts(&text, " index=");
        spl_text_quote(&text, given->index);
    }
    if (given->earliest.len) spl_buf_printf(&text, " earliest=%.*s", SPL_FMT(given->earliest));
    if (given->latest.len) spl_buf_printf(&text, " latest=%.*s", SPL_FMT(given->latest));
    name = spl_str_of(stage->command->name);
    first = spl_bind_text(binder, stage, "mpreview", name, spl_buf_str(&text));
    if (given->filter.len)
        filter = spl_bind_text(binder, stage, "mpreview", name,
                               spl_strf(binder->arena, "search %.*s", SPL_FMT(given->filter)));
    if (!first || (given->filter.len && !filter)) return NULL;
    spl_expand_add_all(binder, out, first->kids, first->n_kids);
    spl_expand_add(binder, out, spl_metric_points_stage(binder, stage, &(spl_metric_points){.bare = true}));
    if (filter) spl_expand_add_all(binder, out, filter->kids, filter->n_kids);
    return out;
}

static const char *const aliases[] = {"msearch", NULL};

SPL_COMMAND(
    mpreview, .aliases = aliases, .summary = "Gives the data points of metrics as events.",
    .syntax = "mpreview [filter=\"<search expression>\"] [index=<index>] [earliest=<time>] [latest=<time>] "
              "[target_per_timeseries=<n>] [splunk_server=<text>] [splunk_server_group=<text>] [chunk_size=<n>]",
    .example = NULL, .differs = "Metrics are found as by mstats; all data points are given.", .args = SPL_ARGS_PLAIN,
    .traits = SPL_GENERATES, .options = options, .op_size = sizeof(spl_op), .expand = mpreview_expand);
