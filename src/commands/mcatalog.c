/* mcatalog.c -- names of metrics, or values of their dimensions: stats values() over data points. */
#include "exec/metric_search.h"

typedef struct mcatalog {
    spl_stats_search base;
} mcatalog;

static const spl_option options[] = {SPL_STATS_SEARCH_PRESTATS(mcatalog), {0}};

static bool check_values(const spl_stats_search *s)
{
    spl_binder *binder = s->binder;

    if (s->span) return spl_bad_argument(binder, s->span->span, "mcatalog does not group by time");
    for (size_t i = 0; i < s->aggregates.len; i++) {
        const spl_node *node = s->aggregates.data[i];

        if (!spl_str_iis(node->text, "values") || node->n_kids != 1)
            return spl_bad_argument(binder, node->span, "mcatalog takes values(<field>) only");
        if (spl_str_is(node->kids[0]->text, "_value") || spl_str_is(node->kids[0]->text, "_values")) {
            spl_bad_argument(binder, node->span, "mcatalog lists names and dimensions, no measurements");
            spl_hint(binder->diag, "mstats computes over them.");
            return false;
        }
        if (!spl_metric_search_dimension(binder, node->span, node->kids[0]->text)) return false;
    }
    return true;
}

static const spl_node *mcatalog_expand(spl_binder *binder, const spl_node *stage)
{
    mcatalog *self = SPL_NEW(binder->arena, mcatalog);
    spl_stats_search *s = &self->base;
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    spl_metric_points wants = {.bare = true};
    const spl_node *instead;
    bool names_metric, known;

    *s = (spl_stats_search){.binder = binder,
                            .stage = stage,
                            .options = options,
                            .example = "values(metric_name) where index=metrics",
                            .metrics = true};
    if (!spl_stats_search_take(s, &instead) || !spl_metric_search_check(s, &names_metric, &known) || !check_values(s))
        return NULL;
    if (instead) return instead;
    spl_metric_search_stages(s, out, &wants);
    return spl_stats_search_finish(s, out);
}

SPL_COMMAND(mcatalog, .summary = "Lists the names of metrics, or the values of their dimensions.",
            .syntax = "mcatalog [prestats=<bool>] [append=<bool>] values(<field>) [AS <field>] … [WHERE <comparisons>] "
                      "[BY <field> …]",
            .example = NULL, .differs = "Metrics are found as by mstats.", .args = SPL_ARGS_STATS,
            .segments = spl_metric_search_segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS, .options = options,
            .op_size = sizeof(spl_op), .expand = mcatalog_expand);
