/* top.c -- the most frequent values, or combinations of values, of fields. */
#include "exec/ranking.h"
#include "exec/summary.h"
#include "knowledge/limits.h"

static bool top_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    uint64_t most = spl_server_limit(binder->query, "top", "maxresultrows", 50000);

    return spl_ranking_bind(binder, stage, (spl_ranking *)op, false, most);
}

static const char *const aliases[] = {"common", NULL};

SPL_COMMAND(top, .aliases = aliases, .summary = "The most frequent values of fields, with count and percentage.",
            .syntax = "top [<n> | limit=<n>] [showcount=<bool>] [showperc=<bool>] [countfield=<field>] "
                      "[percentfield=<field>] [useother=<bool>] [otherstr=<text>] <field> … [BY <field> …]",
            .example = "| makeresults count=5 | streamstats count as n | eval n=n%3 | top limit=2 n", SPL_RANKING_ARGS,
            .bind = top_bind, SPL_RANKING_HOOKS);

SPL_COMMAND(sitop, .summary = "Prepares events for a summary index, of which top computes its figures.",
            .syntax = "sitop <arguments of top>",
            .example = "| makeresults count=5 | streamstats count as n | eval n=n%3 | sitop n | top n",
            .differs = "In Splunk the rows hold partial figures (psrsvd_ fields); here they are the events, cut to the "
                       "fields that top reads.",
            SPL_RANKING_ARGS, .bind = top_bind, SPL_SUMMARY_HOOKS);
