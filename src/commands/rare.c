/* rare.c -- the least frequent values, or combinations of values, of fields. */
#include "exec/ranking.h"
#include "exec/summary.h"
#include "knowledge/limits.h"

static bool rare_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    uint64_t most = spl_server_limit(binder->query, "rare", "maxresultrows", 50000);

    return spl_ranking_bind(binder, stage, (spl_ranking *)op, true, most);
}

SPL_COMMAND(rare, .summary = "The least frequent values of fields, with count and percentage.",
            .syntax = "rare [<n> | limit=<n>] [showcount=<bool>] [showperc=<bool>] [countfield=<field>] "
                      "[percentfield=<field>] [useother=<bool>] [otherstr=<text>] <field> … [BY <field> …]",
            .example = "| makeresults count=5 | streamstats count as n | eval n=n%3 | rare limit=1 n", SPL_RANKING_ARGS,
            .bind = rare_bind, SPL_RANKING_HOOKS);

SPL_COMMAND(sirare, .summary = "Prepares events for a summary index, of which rare computes its figures.",
            .syntax = "sirare <arguments of rare>",
            .example = "| makeresults count=5 | streamstats count as n | eval n=n%3 | sirare n | rare n",
            .differs = "In Splunk the rows hold partial figures (psrsvd_ fields); here they are the events, cut to the "
                       "fields that rare reads.",
            SPL_RANKING_ARGS, .bind = rare_bind, SPL_SUMMARY_HOOKS);
