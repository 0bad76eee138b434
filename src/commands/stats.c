/* stats.c -- aggregates over all rows, or for each group that BY makes. Parts gathered on several cores merge; groups
 * come out in the order of their keys. Rules: docs/reference/commands/stats.md */
#include "exec/groups.h"
#include "exec/summary.h"

#include <stddef.h>

typedef struct stats_op {
    spl_op base;
    spl_aggs aggs;
    spl_by by;
    bool allnum, dedup_splitvals;
    spl_str delim;
    spl_groups groups; /* running */
} stats_op;

static const spl_option options[] = {
    {.name = "allnum",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(stats_op, allnum),
     .help = "figures of a field only where all its values are numbers"},
    {.name = "delim",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(stats_op, delim),
     .text = " ",
     .help = "what joins the values of list() and values() where they are made one text"},
    SPL_IDLE("partitions", INT, "all cores are used anyway", .min = 0, .max = 1e6),
    {.name = "dedup_splitvals",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(stats_op, dedup_splitvals),
     .help = "a value repeated in a multivalue BY field counts once"},
    {0},
};

static bool stats_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    stats_op *stats = (stats_op *)op;
    const spl_node *clause = spl_args_clause(stage, "by");
    spl_field *by;
    size_t i;
    bool good;

    stats->by.dedup = stats->dedup_splitvals;
    good = spl_by_bind(binder, clause, 0, &stats->by);
    by = SPL_NEW_ARRAY(binder->arena, stats->by.count, spl_field);
    for (i = 0; i < stats->by.count; i++) {
        by[i] = stats->by.fields[i].field;
        if (stats->by.fields[i].bin.kind == SPL_BIN_AUTO) {
            spl_bad_argument(binder, stats->by.fields[i].node->span,
                             "stats takes span= after a BY field, but not bins=");
            spl_hint(binder->diag, "Put | bin <field> bins=<n> before it.");
            good = false;
        }
    }
    if (!spl_aggs_bind(binder, (const spl_node *const *)stage->kids, stage->n_kids, by, stats->by.count,
                       stats->allnum ? SPL_AGGS_ALLNUM : 0, &stats->aggs))
        return false;
    op->unordered = !stats->aggs.ordered;
    return good;
}

static void stats_open(spl_op *op)
{
    stats_op *stats = (stats_op *)op;

    spl_groups_init(&stats->groups, op, &stats->aggs, &stats->by);
}

static spl_status stats_gather(spl_op *op, spl_batch *batch)
{
    spl_groups_gather(&((stats_op *)op)->groups, batch);
    return SPL_OK;
}

static void stats_merge(spl_op *into, spl_op *from)
{
    spl_groups_merge(&((stats_op *)into)->groups, &((stats_op *)from)->groups);
}

static spl_status stats_emit(spl_op *op, spl_batch **out)
{
    stats_op *stats = (stats_op *)op;
    spl_group *group = spl_groups_next(&stats->groups);
    spl_batch *batch;
    uint32_t row = 0, cap = stats->by.count ? SPL_BATCH_ROWS : 1;
    size_t k, i;

    if (!group) return SPL_END;
    batch = spl_op_batch(op, cap);
    for (k = 0; k < stats->by.count; k++) spl_batch_add(batch, stats->by.fields[k].field);
    spl_aggs_columns(&stats->groups.run, batch);
    for (;;) {
        bool any = stats->by.count > 0;

        for (k = 0; k < stats->by.count; k++)
            spl_batch_set(batch, row, stats->by.fields[k].field, spl_value_keep(batch->arena, group->keys[k]));
        spl_states_emit(&stats->groups.run, group->states, batch, row, &any);
        if (any) row++; /* with nothing computed and no BY there is no row at all */
        if (row == cap || stats->by.count == 0) break;
        group = spl_groups_next(&stats->groups);
        if (!group) break;
    }
    spl_batch_truncate(batch, row);
    for (i = 0; stats->delim.len && i < batch->n_columns; i++) batch->columns[i]->delim = stats->delim;
    spl_aggs_warn(&stats->groups.run);
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(stats, .summary = "Computes figures over all results, or over each group of them.",
            .syntax = "stats [allnum=<bool>] [delim=<text>] <aggregate> [AS <field>] … [BY <field> [span=<span>] …] "
                      "[dedup_splitvals=<bool>]",
            .example = "| makeresults count=3 | streamstats count as n | stats sum(n) as total, avg(n) as mean",
            .differs = "BY without an aggregate is refused. estdc() is exact.", .args = SPL_ARGS_STATS,
            .traits = SPL_TRANSFORMS, .options = options, .op_size = sizeof(stats_op), .bind = stats_bind,
            .open = stats_open, .gather = stats_gather, .merge = stats_merge, .emit = stats_emit);

SPL_COMMAND(sistats, .summary = "Prepares events for a summary index, of which stats computes its figures.",
            .syntax = "sistats <arguments of stats>",
            .example = "| makeresults count=3 | streamstats count as n | sistats sum(n) | stats sum(n)",
            .differs = "In Splunk the rows hold partial figures (psrsvd_ fields); here they are the events, cut to the "
                       "fields that stats reads.",
            .args = SPL_ARGS_STATS, .options = options, .op_size = sizeof(stats_op), .bind = stats_bind,
            SPL_SUMMARY_HOOKS);
