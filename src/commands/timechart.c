/* timechart.c -- figures over time: a row for each span of _time, perhaps a column for each value of a field. The
 * engine is exec/charting.c; rules: docs/reference/commands/timechart.md */
#include "exec/charting.h"
#include "exec/summary.h"

#include <stddef.h>

static const spl_option options[] = {
    SPL_CHARTING_OPTIONS,
    {.name = "fixedrange",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(spl_charting, fixedrange),
     .dflt = 1,
     .help = "whether rows go from earliest to latest, where both are given"},
    {.name = "partial",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(spl_charting, partial),
     .dflt = 1,
     .help = "whether spans at the ends that are covered only in part are shown"},
    {0},
};

static bool timechart_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return spl_charting_bind(binder, stage, op, true);
}

static const spl_segment segments[] = {SPL_BY_SEGMENT("by"), {.keyword = "where", .shape = SPL_ARGS_PLAIN}, {0}};

SPL_COMMAND(timechart, .summary = "Figures over time: a row for each span of _time.",
            .syntax = "timechart [span=<span>] [bins=<n>] [minspan=<span>] [aligntime=<time>] [limit=<n>] [sep=<text>] "
                      "[format=<text>] [cont=<bool>] [partial=<bool>] [fixedrange=<bool>] [agg=<aggregate>] "
                      "<aggregate> [AS <field>] … [BY <field> [useother=<bool>] [usenull=<bool>] [otherstr=<text>] "
                      "[nullstr=<text>]] [WHERE <condition>]",
            .example = "| makeresults count=4 | streamstats count as n | eval _time=3600*n | timechart span=2h sum(n)",
            .differs = "Without earliest and latest the range of the events is charted.", .args = SPL_ARGS_STATS,
            .segments = segments, .traits = SPL_TRANSFORMS | SPL_FIXES, .options = options,
            .op_size = sizeof(spl_charting), .bind = timechart_bind, .open = spl_charting_open,
            .gather = spl_charting_gather, .merge = spl_charting_merge, .emit = spl_charting_emit);

SPL_COMMAND(sitimechart, .summary = "Prepares events for a summary index, of which timechart computes its figures.",
            .syntax = "sitimechart <arguments of timechart>",
            .example = "| makeresults count=3 | streamstats count as n | eval _time=60*n | sitimechart span=1m count | "
                       "timechart span=1m count",
            .differs = "In Splunk the rows hold partial figures (psrsvd_ fields); here they are the events, cut to the "
                       "fields that timechart reads.",
            .args = SPL_ARGS_STATS, .segments = segments, .options = options, .op_size = sizeof(spl_charting),
            .bind = timechart_bind, SPL_SUMMARY_HOOKS);
