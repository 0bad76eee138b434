/* mstats.c -- figures over metrics: stats, or chart, over data points. */
#include "exec/metric_search.h"

#include "base/num.h"
#include "base/wildcard.h"
#include "exec/by.h"

typedef struct mstats {
    spl_stats_search base;
    bool chart;
    spl_str span, every;
    const spl_node *chart_option; /* not read here: they go to chart as they stand */
    spl_node_list chart_options;
} mstats;

#define CHART(option, owrong, what)                                                                                    \
    {                                                                                                                  \
        .name = "chart." option, .type = SPL_OPTION_NODE, .offset = offsetof(mstats, chart_option), .wrong = owrong,   \
        .help = what                                                                                                   \
    }

static const spl_option options[] = {
    SPL_STATS_SEARCH_PRESTATS(mstats),
    {.name = "chart",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(mstats, chart),
     .help = "give what timechart gives, or chart where there is no span="},
    CHART("limit", "nonsense -1", "with chart=true: how many series, top5 or bottom5"),
    CHART("agg", "nonsense", "with chart=true: what series are compared by"),
    CHART("usenull", "nonsense", "with chart=true: a series of data points without the split field"),
    CHART("useother", "nonsense", "with chart=true: a series of those that limit leaves out"),
    CHART("nullstr", "(1 2)", "with chart=true: what the former is called"),
    CHART("otherstr", "(1 2)", "with chart=true: what the latter is called"),
    {.name = "span",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(mstats, span),
     .takes = SPL_BIN_TAKES,
     .wrong = "nonsense 0s -5m",
     .text = "",
     .help = "a row for each span of time"},
    {.name = "every",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(mstats, every),
     .takes = "a length of time such as 5m, longer than span=",
     .wrong = "nonsense 1s -5m",
     .text = "",
     .help = "with span=: only data points of the first span in every such time"},
    SPL_IDLE("backfill", BOOL, "there is no live search"),
    SPL_IDLE("update_period", INT, "there is no live search", .min = 0, .max = 9e15),
    SPL_IDLE("chunk_size", INT, "memory is bounded by --memory", .min = 1, .max = 9e15),
    SPL_STATS_SEARCH_FILLNULL(mstats, "data point"),
    {0},
};

static bool is_value(const spl_node *aggregate)
{
    return aggregate->n_kids == 1 && spl_str_is(aggregate->kids[0]->text, "_value");
}

static bool is_rate(const spl_node *aggregate)
{
    return spl_str_iis(aggregate->text, "rate_avg") || spl_str_iis(aggregate->text, "rate_sum");
}

/* The length of span=, as it is written; empty: none, or one that bin finds. */
static spl_str span_text(const mstats *self)
{
    const spl_node *span = self->base.span;

    return span && !spl_str_iis(span->kids[0]->text, "auto") ? span->kids[0]->text : SPL_S("");
}

/* ---- what is refused: Search Reference, mstats, "Aggregations", "WHERE clause" ---- */

static bool is_function(spl_str name)
{
    static const char *const known[] = {
        "avg",    "mean",        "c",    "count",    "max",      "median", "min",      "range",
        "stdev",  "stdevp",      "sum",  "sumsq",    "var",      "varp",   "earliest", "earliest_time",
        "latest", "latest_time", "rate", "rate_avg", "rate_sum", NULL};
    static const char *const percentiles[] = {"perc", "p", "upperperc", "exactperc", NULL};
    int64_t number;

    for (size_t k = 0; known[k]; k++)
        if (spl_str_iis(name, known[k])) return true;
    for (size_t k = 0; percentiles[k]; k++) {
        size_t len = strlen(percentiles[k]);

        if (name.len > len && spl_str_iis(spl_str_sub(name, 0, len), percentiles[k]) &&
            spl_num_int(spl_str_sub(name, len, name.len), &number))
            return true;
    }
    return false;
}

static bool check_function(spl_binder *binder, const spl_node *node, bool prestats)
{
    spl_str field = node->n_kids ? node->kids[0]->text : SPL_S("");

    if (!is_function(node->text)) {
        spl_bad_argument(binder, node->span, "mstats has no function \"%.*s\"", SPL_FMT(node->text));
        spl_hint(binder->diag, "It has avg, count, earliest, earliest_time, latest, latest_time, max, median, "
                               "min, perc<n>, range, rate, rate_avg, rate_sum, stdev, stdevp, sum, sumsq, "
                               "upperperc<n>, var and varp. Values of dimensions are listed by mcatalog.");
        return false;
    }
    if (!field.len || spl_str_is(field, "_value")) return true;
    if (field.data[0] == '_' || spl_str_is(field, "metric_name"))
        return spl_bad_argument(binder, node->span, "mstats computes over metrics and _value, not over \"%.*s\"",
                                SPL_FMT(field));
    if (node->alias && spl_str_count(field, '*') && spl_str_count(node->alias->text, '*') != spl_str_count(field, '*'))
        return spl_bad_argument(binder, node->alias->span, "AS \"%.*s\" must have as many * as the metric \"%.*s\"",
                                SPL_FMT(node->alias->text), SPL_FMT(field));
    if (is_rate(node) && spl_wildcard_has(field))
        return spl_bad_argument(binder, node->span, "%.*s takes one metric, no wildcards", SPL_FMT(node->text));
    if (is_rate(node) && prestats)
        return spl_bad_argument(binder, node->span, "%.*s does not go with prestats=true: it needs all of BY",
                                SPL_FMT(node->text));
    return true;
}

/* Functions of metrics name them; functions of _value leave that to WHERE. */
static bool check_functions(const spl_stats_search *s, bool names_metric, bool known)
{
    spl_binder *binder = s->binder;
    const spl_node *metric = NULL, *value = NULL;

    for (size_t i = 0; i < s->aggregates.len; i++) {
        const spl_node *node = s->aggregates.data[i];

        if (!check_function(binder, node, s->prestats)) return false;
        if (node->n_kids && is_value(node))
            value = node;
        else if (node->n_kids)
            metric = node;
    }
    if (metric && value)
        return spl_bad_argument(binder, value->span, "functions of _value and of metrics cannot stand in one mstats");
    if (metric && names_metric) {
        spl_bad_argument(binder, s->where->span, "with a function of a metric WHERE cannot compare metric_name");
        spl_hint(binder->diag, "The function names the metric; or take avg(_value) WHERE metric_name=….");
        return false;
    }
    if (value && known && !names_metric) {
        spl_bad_argument(binder, value->span, "a function of _value needs WHERE metric_name=…");
        spl_hint(binder->diag, "For example: mstats avg(_value) WHERE metric_name=cpu.* AND index=metrics");
        return false;
    }
    return true;
}

/* ---- stages ---- */

/* The aggregate AT as FUNCTION, or its own, of FIELD, by the name that it has. */
static void replace_aggregate(spl_stats_search *s, size_t at, const char *function, spl_str field)
{
    spl_arena *arena = s->binder->arena;
    spl_node *node = s->aggregates.data[at], *copy = SPL_NEW(arena, spl_node);

    *copy = *node;
    if (!copy->alias)
        copy->alias = spl_expand_node(s->binder, node, SPL_NODE_WORD,
                                      spl_strf(arena, "%.*s(%.*s)", SPL_FMT(node->text), SPL_FMT(node->kids[0]->text)));
    if (function) copy->text = spl_str_of(function);
    copy->kids = SPL_NEW_ARRAY(arena, 1, spl_node *);
    copy->kids[0] = spl_expand_node(s->binder, node->kids[0], SPL_NODE_FIELD, field);
    s->aggregates.data[at] = copy;
}

/* How events become data points; the aggregates then compute over the fields of those. */
static spl_metric_points points_of(spl_stats_search *s)
{
    spl_arena *arena = s->binder->arena;
    spl_str *names = SPL_NEW_ARRAY(arena, s->aggregates.len, spl_str);
    spl_metric_points wants = {.names = names, .bare = s->prestats};

    for (size_t i = 0; i < s->aggregates.len; i++) {
        const spl_node *node = s->aggregates.data[i];

        wants.rows |= node->n_kids == 0;
        wants.series |= is_rate(node);
        if (!node->n_kids || is_value(node)) continue;
        names[wants.n_names++] = node->kids[0]->text;
        if (!wants.bare)
            replace_aggregate(s, i, NULL, spl_strf(arena, SPL_METRIC_PREFIX "%.*s", SPL_FMT(node->kids[0]->text)));
    }
    wants.fields = wants.n_names > 0;
    if (s->aggregates.len > wants.n_names) wants.n_names = 0; /* some look at all */
    return wants;
}

/* every=: the first span of each. False: refused. */
static bool add_every(const mstats *self, spl_buf *tail)
{
    const spl_stats_search *s = &self->base;
    spl_span_time span, every;
    double length, each;

    if (!self->every.len) return true;
    if (!s->span || !spl_timespan(s->span->kids[0]->text, &span))
        return spl_bad_argument(s->binder, s->stage->span, "every= needs span=<a length of time>");
    length = spl_span_seconds(span);
    each = spl_timespan(self->every, &every) ? spl_span_seconds(every) : 0;
    if (!(each > length)) return spl_option_refuse(s->binder, s->stage, options, "every");
    spl_buf_puts(tail, " | eval spl_every=_time | bin spl_every span=");
    if (each >= 28 * 86400.0)
        spl_buf_printf(tail, "%.0fd", each / 86400); /* a month is 30 days, a year 365 */
    else
        spl_buf_add(tail, self->every);
    spl_buf_printf(tail, " | where _time<spl_every+%.6f | fields - spl_every", length);
    return true;
}

/* RATE: the rate of each time series of FIELD in each group BY, at its first data point. It counts from the last data
 * point before the span, if there is one (Search Reference, time functions, rate_avg). */
static void add_rate(spl_buf *tail, spl_arena *arena, spl_str field, spl_str rate, spl_str by)
{
    spl_buf quoted = spl_buf_in(arena);
    spl_str f;

    spl_text_quote(&quoted, field);
    f = spl_buf_str(&quoted);
    spl_buf_printf(
        tail,
        " | streamstats count(%.*s) AS spl_n by spl_bin _timeseries%.*s"
        " | streamstats current=f latest(%.*s) AS spl_from latest_time(%.*s) AS spl_since by _timeseries%.*s",
        SPL_FMT(f), SPL_FMT(by), SPL_FMT(f), SPL_FMT(f), SPL_FMT(by));
    spl_buf_printf(tail,
                   " | eventstats earliest(%.*s) AS spl_first earliest_time(%.*s) AS spl_begin latest(%.*s) AS spl_last"
                   " latest_time(%.*s) AS spl_end max(%.*s) AS spl_most by spl_bin _timeseries%.*s",
                   SPL_FMT(f), SPL_FMT(f), SPL_FMT(f), SPL_FMT(f), SPL_FMT(f), SPL_FMT(by));
    spl_buf_printf(tail,
                   " | eval spl_from=coalesce(spl_from,spl_first), spl_since=coalesce(spl_since,spl_begin),"
                   " spl_most=max(spl_most,spl_from), %.*s=if(isnotnull('%.*s') AND spl_n=1 AND spl_end>spl_since,"
                   " (spl_last-spl_from+if(spl_most>spl_last,spl_most,0))/(spl_end-spl_since),null())",
                   SPL_FMT(rate), SPL_FMT(field));
}

/* rate_avg(), rate_sum() become avg() and sum() of rates. */
static void add_rates(mstats *self, spl_buf *tail)
{
    spl_stats_search *s = &self->base;
    spl_arena *arena = s->binder->arena;
    spl_buf by = spl_buf_in(arena);
    bool first = true;

    spl_stats_search_by(s, &by, " ");
    for (size_t i = 0; i < s->aggregates.len; i++) {
        const spl_node *node = s->aggregates.data[i];
        spl_str rate = spl_strf(arena, "spl_rate%zu", i), span = span_text(self);

        if (!is_rate(node)) continue;
        if (first) {
            spl_buf_puts(tail, s->span ? " | eval spl_bin=_time | bin spl_bin" : " | eval spl_bin=0");
            if (span.len) spl_buf_printf(tail, " span=%.*s", SPL_FMT(span));
            spl_buf_puts(tail, " | sort 0 _time");
            first = false;
        }
        add_rate(tail, arena, node->kids[0]->text, rate, spl_buf_str(&by));
        replace_aggregate(s, i, spl_str_iis(node->text, "rate_avg") ? "avg" : "sum", rate);
    }
}

/* chart=true: timechart finishes it, or chart where there is no span. False: refused. */
static bool add_chart(mstats *self, spl_node *out)
{
    spl_stats_search *s = &self->base;
    spl_binder *binder = s->binder;
    uint32_t fields = s->by ? s->by->n_kids : 0;
    spl_node *chart = spl_expand_stage(binder, s->stage, s->span ? "timechart" : "chart");

    if (s->prestats) return spl_bad_argument(binder, s->stage->span, "chart=true does not go with prestats=true");
    if (fields > (s->span ? 1 : 2) || (!s->span && !fields && !binder->holes))
        return spl_bad_argument(binder, s->stage->span,
                                s->span ? "chart=true with span= takes one BY field at most"
                                        : "chart=true without span= takes one or two BY fields");
    if (span_text(self).len) spl_expand_add(binder, chart, s->span);
    spl_expand_add_all(binder, chart, self->chart_options.data, (uint32_t)self->chart_options.len);
    spl_expand_add_all(binder, chart, s->aggregates.data, (uint32_t)s->aggregates.len);
    if (fields) spl_expand_add(binder, chart, s->by);
    spl_expand_add(binder, out, chart);
    return true;
}

/* A span makes rows by time without BY saying so. */
static void group_by_time(spl_stats_search *s)
{
    spl_node *by = spl_expand_node(s->binder, s->stage, SPL_NODE_CLAUSE, SPL_S("by"));

    spl_expand_add(s->binder, by, spl_expand_node(s->binder, s->stage, SPL_NODE_WORD, SPL_S("_time")));
    if (s->by) spl_expand_add_all(s->binder, by, s->by->kids, s->by->n_kids);
    s->by = by;
}

/* The data points as the aggregates need them. False: refused. */
static bool add_points(mstats *self, spl_node *out)
{
    spl_stats_search *s = &self->base;
    spl_buf text = spl_buf_in(s->binder->arena);
    spl_metric_points wants = points_of(s);

    spl_metric_search_stages(s, out, &wants);
    if (!add_every(self, &text)) return false;
    spl_stats_search_fillnull(s, &text);
    add_rates(self, &text);
    return spl_stats_search_text(s, out, spl_buf_str(&text));
}

static const spl_node *mstats_expand(spl_binder *binder, const spl_node *stage)
{
    mstats *self = SPL_NEW(binder->arena, mstats);
    spl_stats_search *s = &self->base;
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    const spl_node *instead;
    bool names_metric, known;

    *s = (spl_stats_search){.binder = binder,
                            .stage = stage,
                            .options = options,
                            .example = "avg(cpu.user) where index=metrics by host",
                            .metrics = true,
                            .charted = &self->chart_options};
    if (!spl_stats_search_take(s, &instead) || !spl_metric_search_check(s, &names_metric, &known) ||
        !check_functions(s, names_metric, known))
        return NULL;
    if (instead) return instead;
    if (self->chart_options.len && !self->chart) {
        spl_bad_argument(binder, self->chart_options.data[0]->span, "options of chart need chart=true");
        return NULL;
    }
    if (!add_points(self, out)) return NULL;
    if (self->chart) return add_chart(self, out) ? out : NULL;
    if (s->span) group_by_time(s);
    return spl_stats_search_finish(s, out);
}

SPL_COMMAND(
    mstats, .summary = "Computes figures over metrics.",
    .syntax = "mstats [chart=<bool> [chart.<option>=<value>] …] [prestats=<bool>] [append=<bool>] "
              "[fillnull_value=<text>] <aggregate>(<metric>) [AS <field>] … [WHERE <comparisons>] [BY <field> …] "
              "[span=<span> [every=<span>]]",
    .example = NULL,
    .differs =
        "There is no metrics index: metrics are events with numbers named metric_name:x, or with metric_name and "
        "_value.",
    .args = SPL_ARGS_STATS, .segments = spl_metric_search_segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS,
    .options = options, .op_size = sizeof(spl_op), .expand = mstats_expand);
