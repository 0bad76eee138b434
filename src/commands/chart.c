/* chart.c -- figures as a table: rows of one field, columns of another. The engine is exec/charting.c; rules:
 * docs/reference/commands/chart.md */
#include "exec/charting.h"
#include "exec/summary.h"

#include <stddef.h>

static const spl_option options[] = {SPL_CHARTING_OPTIONS, {0}};

static bool chart_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    ((spl_charting *)op)->partial = true;
    return spl_charting_bind(binder, stage, op, false);
}

static const spl_segment segments[] = {
    SPL_BY_SEGMENT("over"), SPL_BY_SEGMENT("by"), {.keyword = "where", .shape = SPL_ARGS_PLAIN}, {0}};

SPL_COMMAND(chart, .summary = "Figures as a table: a row for each value of one field, a column for each of another.",
            .syntax = "chart [limit=<n>] [sep=<text>] [format=<text>] [cont=<bool>] [agg=<aggregate>] <aggregate> [AS "
                      "<field>] … [OVER <field> [<bin options>]] [BY <field> [<bin options>] [<field>] "
                      "[useother=<bool>] [usenull=<bool>] [otherstr=<text>] [nullstr=<text>]] [WHERE <condition>]",
            .example = "| makeresults count=4 | streamstats count as n | eval h=n%2, m=n%3 | chart count over h by m",
            .differs = "A field is put into spans only where span= or bins= is given.", .args = SPL_ARGS_STATS,
            .segments = segments, .traits = SPL_TRANSFORMS | SPL_FIXES, .options = options,
            .op_size = sizeof(spl_charting), .bind = chart_bind, .open = spl_charting_open,
            .gather = spl_charting_gather, .merge = spl_charting_merge, .emit = spl_charting_emit);

SPL_COMMAND(
    sichart, .summary = "Prepares events for a summary index, of which chart computes its figures.",
    .syntax = "sichart <arguments of chart>",
    .example = "| makeresults count=4 | streamstats count as n | eval h=n%2 | sichart count by h | chart count by h",
    .differs = "In Splunk the rows hold partial figures (psrsvd_ fields); here they are the events, cut to the fields "
               "that chart reads.",
    .args = SPL_ARGS_STATS, .segments = segments, .options = options, .op_size = sizeof(spl_charting),
    .bind = chart_bind, SPL_SUMMARY_HOOKS);
