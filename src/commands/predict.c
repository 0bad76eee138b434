/* predict.c -- forecasts of time series with confidence intervals.
 *
 * Options stand behind the fields that they are for; those before the first field are for all. The models are in
 * exec/series.h. Rules: docs/reference/commands/predict.md */
#include "base/num.h"
#include "base/wildcard.h"
#include "exec/fieldtable.h"
#include "exec/rowstore.h"
#include "exec/series.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { LL, LLT, LLP, LLP5, LLB, BILL };
enum { FUTURE_MOST = 1000000, PERIOD_MOST = 100000 };
static const char *const algorithms[] = {"LL", "LLT", "LLP", "LLP5", "LLB", "BiLL", NULL};

typedef struct spec { /* of a group of fields */
    int algorithm;
    int64_t future, holdback, period; /* period: 0 where not given */
    spl_field correlate;
    spl_str suppress;
    double low, high; /* per cent */
    spl_str low_name, high_name;
    const spl_node *node; /* of the algorithm, for refusals */
    const spl_node *future_node, *period_node, *correlate_node;
} spec;

typedef struct target {
    spl_field from, to, low, high;
    spl_str name, alias;
    size_t spec;
    const spl_node *node;
    bool hidden;
    /* running */
    spl_doubles values;
    spl_forecast forecast;
    size_t total;
    double z_low, z_high;
} target;

typedef struct predict_op {
    spl_op base;
    SPL_VEC(spec) specs;
    SPL_VEC(target) targets;
    SPL_VEC(spl_field) correlates;
    /* running */
    spl_rowstore *rows;
    spl_doubles times;
    spl_doubles *with; /* values of the correlates */
    size_t n_rows, at;
    bool events;
} predict_op;

/* --- bind --- */

/* upper95=, lower80=: the per cent, or false. */
static bool confidence(spl_str name, const char *word, double *percent)
{
    size_t len = strlen(word);
    int64_t number;

    if (name.len <= len || !spl_str_iis(spl_str_sub(name, 0, len), word) ||
        !spl_num_int(spl_str_sub(name, len, name.len), &number) || number < 0 || number > 99)
        return false;
    *percent = (double)number;
    return true;
}

/* Those between the fields belong to a group of them; the table is used for each. */
static const spl_option options[] = {
    {.name = "algorithm",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(spec, algorithm),
     .names = algorithms,
     .help = "how values are predicted"},
    {.name = "future_timespan",
     .type = SPL_OPTION_INT,
     .offset = offsetof(spec, future),
     .min = 0,
     .max = FUTURE_MOST,
     .help = "how many values to predict"},
    {.name = "holdback",
     .type = SPL_OPTION_INT,
     .offset = offsetof(spec, holdback),
     .min = 0,
     .max = INT32_MAX,
     .help = "how many values at the end are not used"},
    {.name = "period",
     .type = SPL_OPTION_INT,
     .offset = offsetof(spec, period),
     .min = 2,
     .max = PERIOD_MOST,
     .help = "how many values a cycle has"},
    {.name = "correlate",
     .alias = "correlate_field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(spec, correlate),
     .help = "with LLB: the field that predicts"},
    {.name = "suppress",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(spec, suppress),
     .help = "a field that is predicted and not shown"},
    {.name = "*", .help = "lower<n> and upper<n>, n from 0 to 99: the names of bounds"},
    {0},
};

static bool take_option(spl_binder *binder, const spl_node *option, spec *into)
{
    spl_node alone = {.kind = SPL_NODE_LIST, .kids = (spl_node **)(void *)&option, .n_kids = 1};
    const spl_node *value = option->n_kids ? option->kids[0] : NULL;
    bool low = confidence(option->text, "lower", &into->low);

    if (low || confidence(option->text, "upper", &into->high)) {
        if (!value || value->kind == SPL_NODE_HOLE) return true;
        if (spl_args_name(value, low ? &into->low_name : &into->high_name)) return true;
        return spl_bad_argument(binder, value->span, "option \"%.*s\" must be a name", SPL_FMT(option->text));
    }
    if (spl_str_iis(option->text, "algorithm")) into->node = option;
    if (spl_str_iis(option->text, "future_timespan")) into->future_node = option;
    if (spl_str_iis(option->text, "period")) into->period_node = option;
    if (spl_str_iis(option->text, "correlate") || spl_str_iis(option->text, "correlate_field"))
        into->correlate_node = option;
    for (const spl_option *o = options; *o->name != '*'; o++)
        if (spl_str_iis(option->text, o->name) || (o->alias && spl_str_iis(option->text, o->alias)))
            return spl_options_add(binder, &alone, options, into);
    spl_bad_argument(binder, option->name_span.source ? option->name_span : option->span,
                     "predict has no option \"%.*s\"", SPL_FMT(option->text));
    spl_hint(binder->diag, "The options are algorithm, correlate, future_timespan, holdback, period, suppress, and "
                           "lower<n> and upper<n> with n from 0 to 99.");
    return false;
}

/* Options that the algorithm does not look at (Search Reference, predict). */
static void warn_unused(spl_binder *binder, const spec *group)
{
    const char *name = algorithms[group->algorithm];

    if (group->future_node && group->algorithm == LLB)
        spl_warning(binder->diag, group->future_node->span, "unused-option",
                    "algorithm LLB predicts nothing beyond the data: future_timespan does nothing here");
    if (group->period_node && group->algorithm != LLP && group->algorithm != LLP5)
        spl_warning(binder->diag, group->period_node->span, "unused-option", "algorithm %s has no period", name);
    if (group->correlate_node && group->algorithm != LLB)
        spl_warning(binder->diag, group->correlate_node->span, "unused-option",
                    "algorithm %s predicts from the field itself: correlate does nothing here", name);
}

/* The names of what is made, and what a group's algorithm asks for. */
static bool settle(spl_binder *binder, predict_op *self)
{
    for (size_t s = 0; s < self->specs.len; s++) {
        const spec *group = &self->specs.data[s];
        size_t fields = 0;
        bool found = group->suppress.len == 0;

        for (size_t i = 0; i < self->targets.len; i++) {
            target *t = &self->targets.data[i];

            if (t->spec != s) continue;
            fields++;
            if (spl_str_eq(t->name, group->suppress) || (t->alias.len && spl_str_eq(t->alias, group->suppress)))
                t->hidden = found = true;
            spl_str name = t->alias.len ? t->alias : spl_strf(binder->arena, "prediction(%.*s)", SPL_FMT(t->name));
            t->to = spl_bind_field(binder, name);
            t->low =
                spl_bind_field(binder, spl_strf(binder->arena, "%.*s(%.*s)", SPL_FMT(group->low_name), SPL_FMT(name)));
            t->high =
                spl_bind_field(binder, spl_strf(binder->arena, "%.*s(%.*s)", SPL_FMT(group->high_name), SPL_FMT(name)));
            t->z_low = gsl_cdf_ugaussian_Pinv(0.5 + group->low / 200);
            t->z_high = gsl_cdf_ugaussian_Pinv(0.5 + group->high / 200);
        }
        if (!fields) continue;
        warn_unused(binder, group);
        const spl_node *node = group->node ? group->node : binder->stage;
        if (group->algorithm == LLB && group->correlate == SPL_NO_FIELD) {
            spl_bad_argument(binder, node->span, "algorithm=LLB needs correlate=<field>");
            return false;
        }
        if (group->algorithm == BILL && fields != 2) {
            spl_bad_argument(binder, node->span, "algorithm=BiLL predicts two fields, not %zu", fields);
            spl_hint(binder->diag, "For example: predict in out algorithm=BiLL");
            return false;
        }
        if (!found) {
            spl_bad_argument(binder, node->span, "option \"suppress\" names none of the fields predicted");
            return false;
        }
        if (group->correlate != SPL_NO_FIELD) spl_bind_reads(binder, group->correlate);
    }
    return true;
}

static bool predict_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    predict_op *self = (predict_op *)op;
    spec base = {.algorithm = LLP5,
                 .future = 5,
                 .correlate = SPL_NO_FIELD,
                 .low = 95,
                 .high = 95,
                 .low_name = SPL_S("lower95"),
                 .high_name = SPL_S("upper95")};
    bool closed = false; /* the group of fields: options follow it */

    SPL_PUSH(binder->arena, &self->specs, base);
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *kid = stage->kids[i];
        target t = {.node = kid};

        if (kid->kind == SPL_NODE_HOLE) continue;
        if (kid->kind == SPL_NODE_OPTION) {
            if (!take_option(binder, kid, &self->specs.data[self->specs.len - 1])) return false;
            if (!self->targets.len) base = self->specs.data[0];
            closed = self->targets.len > 0;
            continue;
        }
        if (!spl_args_name(kid, &t.name)) {
            spl_bad_argument(binder, kid->span, "predict takes names of fields and options");
            spl_hint(binder->diag, "The syntax is: %s", op->command->syntax);
            return false;
        }
        if (spl_wildcard_has(t.name) && !kid->quoted)
            return spl_bad_argument(binder, kid->span, "predict takes names of fields, no patterns");
        if (closed) SPL_PUSH(binder->arena, &self->specs, base);
        closed = false;
        t.spec = self->specs.len - 1;
        t.from = spl_bind_field(binder, t.name);
        spl_bind_reads(binder, t.from);
        if (i + 1 < stage->n_kids && stage->kids[i + 1]->kind == SPL_NODE_WORD && !stage->kids[i + 1]->quoted &&
            spl_str_iis(stage->kids[i + 1]->text, "as")) {
            i += 2;
            if (i >= stage->n_kids || !spl_args_name(stage->kids[i], &t.alias)) {
                return spl_bad_argument(binder, stage->kids[i - 1]->span, "predict needs a new name after AS");
            }
        }
        SPL_PUSH(binder->arena, &self->targets, t);
    }
    if (!self->targets.len) {
        return spl_lacks(binder, NULL, "the names of fields", "count");
    }
    spl_bind_reads(binder, SPL_F_TIME);
    return settle(binder, self);
}

/* --- run --- */

static void collect(predict_op *self, spl_batch *batch, spl_field field, spl_doubles *into)
{
    spl_column *column = spl_batch_column(batch, field);

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        double number;
        if (!column || !spl_column_number(batch, column, spl_batch_row(batch, i), &number) || !isfinite(number))
            number = NAN;
        SPL_PUSH(self->base.state, into, number);
    }
}

static size_t known_of(const double *values, size_t n)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++) known += !isnan(values[i]);
    return known;
}

static bool enough(predict_op *self, const target *t, size_t n, size_t need)
{
    size_t known = known_of(t->values.data, n);
    if (known >= need) return true;
    spl_op_warn(&self->base, "predict-too-few", "\"%.*s\" has %zu values to predict from, algorithm %s needs %zu",
                SPL_FMT(t->name), known, algorithms[self->specs.data[t->spec].algorithm], need);
    return false;
}

/* The weighted average of two forecasts; each weighs as the other one errs. */
static spl_forecast average(spl_arena *arena, const spl_forecast *trend, const spl_forecast *cycle, size_t total)
{
    spl_forecast out = {.mean = SPL_NEW_ARRAY(arena, total + 1, double),
                        .variance = SPL_NEW_ARRAY(arena, total + 1, double)};
    double sum = trend->error + cycle->error, weight = sum > 0 ? trend->error / sum : 0.5;

    if (isnan(sum)) weight = 0;
    for (size_t i = 0; i < total; i++) {
        double w = isnan(cycle->mean[i]) ? 0 : isnan(trend->mean[i]) ? 1 : weight;

        out.mean[i] = w == 0 ? trend->mean[i] : w == 1 ? cycle->mean[i] : w * cycle->mean[i] + (1 - w) * trend->mean[i];
        out.variance[i] = w * cycle->variance[i] + (1 - w) * trend->variance[i];
    }
    return out;
}

static const double *correlate_values(const predict_op *self, spl_field field)
{
    for (size_t i = 0; i < self->correlates.len; i++)
        if (self->correlates.data[i] == field) return self->with[i].data;
    return NULL;
}

/* What is known of T at each place; false where there is too little. */
static bool forecast_of(predict_op *self, target *t)
{
    const spec *group = &self->specs.data[t->spec];
    const spl_query *query = self->base.query;
    spl_arena *arena = self->base.state;
    const double *values = t->values.data;
    size_t rows = t->values.len, n = rows > (size_t)group->holdback ? rows - (size_t)group->holdback : 0;
    size_t total = n + (size_t)group->future, period = (size_t)group->period, most = n / 2 < 1000 ? n / 2 : 1000;
    spl_forecast pair[2], trend, cycle;

    t->total = total;
    switch (group->algorithm) {
    case LL:
        if (!enough(self, t, n, 2)) return false;
        t->forecast = spl_series_level(query, arena, values, n, total, 1);
        return true;
    case LLT:
        if (!enough(self, t, n, 3)) return false;
        t->forecast = spl_series_trend(query, arena, values, n, total);
        return true;
    case LLP:
        if (!enough(self, t, n, period ? 2 * period : 4)) return false;
        if (!period) period = spl_series_period(arena, values, n, 2, most);
        if (!period) {
            spl_op_warn(&self->base, "predict-no-period",
                        "\"%.*s\" has no cycle that algorithm LLP could follow; period=<n> names one",
                        SPL_FMT(t->name));
            return false;
        }
        t->forecast = spl_series_level(query, arena, values, n, total, period);
        return true;
    case LLP5:
        if (!enough(self, t, n, 3)) return false;
        if (!period) period = spl_series_period(arena, values, n, 2, most);
        trend = spl_series_trend(query, arena, values, n, total);
        t->forecast = trend;
        if (!period) return true;
        if (known_of(values, n) < 2 * period) {
            if (group->period)
                spl_op_warn(&self->base, "predict-too-few",
                            "\"%.*s\" has %zu values: a period of %zu needs %zu, and LLT "
                            "predicts alone",
                            SPL_FMT(t->name), known_of(values, n), period, 2 * period);
            return true;
        }
        cycle = spl_series_level(query, arena, values, n, total, period);
        t->forecast = average(arena, &trend, &cycle, total);
        return true;
    case LLB:
        if (!enough(self, t, n, 2)) return false;
        if (known_of(correlate_values(self, group->correlate), rows) < 2) {
            spl_str with = spl_field_name(query->fields, group->correlate);

            spl_op_warn(&self->base, "predict-too-few", "\"%.*s\" has fewer than 2 values to predict from",
                        SPL_FMT(with));
            return false;
        }
        t->total = rows; /* nothing is known of the other series beyond */
        spl_series_pair(query, arena, values, correlate_values(self, group->correlate), n, rows, rows, true, pair);
        t->forecast = pair[0];
        return true;
    case BILL:
        for (target *other = self->targets.data; other < self->targets.data + self->targets.len; other++) {
            if (other->spec != t->spec || other == t) continue;
            if (other < t) return other->forecast.mean != NULL; /* made with it */
            if (!enough(self, t, n, 2) || !enough(self, other, n, 2)) return false;
            spl_series_pair(query, arena, values, other->values.data, n, n, total, false, pair);
            t->forecast = pair[0];
            other->forecast = pair[1];
        }
        return true;
    default: return false;
    }
}

static void put_row(const predict_op *self, spl_batch *batch, uint32_t row, size_t at)
{
    for (size_t i = 0; i < self->targets.len; i++) {
        const target *t = &self->targets.data[i];
        double mean, deviation;

        if (t->hidden || !t->forecast.mean || at >= t->total) continue;
        mean = t->forecast.mean[at];
        if (!isfinite(mean)) continue;
        deviation = t->forecast.variance[at] > 0 ? sqrt(t->forecast.variance[at]) : 0;
        spl_batch_set(batch, row, t->to, spl_number(mean));
        if (!isfinite(deviation)) continue;
        spl_batch_set(batch, row, t->high, spl_number(mean + t->z_high * deviation));
        spl_batch_set(batch, row, t->low, spl_number(mean - t->z_low * deviation));
    }
}

static void put_columns(const predict_op *self, spl_batch *batch)
{
    for (size_t i = 0; i < self->targets.len; i++) {
        const target *t = &self->targets.data[i];

        if (t->hidden) continue;
        spl_batch_add(batch, t->to);
        spl_batch_add(batch, t->high);
        spl_batch_add(batch, t->low);
    }
}

static void gather(predict_op *self)
{
    spl_op *op = &self->base;
    spl_batch *batch;

    self->rows = spl_rowstore_new(op);
    for (size_t s = 0; s < self->specs.len; s++)
        if (self->specs.data[s].algorithm == LLB) SPL_PUSH(op->state, &self->correlates, self->specs.data[s].correlate);
    self->with = SPL_NEW_ARRAY(op->state, self->correlates.len + 1, spl_doubles);
    while (spl_op_pull(op, &batch) == SPL_OK) {
        for (size_t i = 0; i < self->targets.len; i++)
            collect(self, batch, self->targets.data[i].from, &self->targets.data[i].values);
        for (size_t i = 0; i < self->correlates.len; i++)
            collect(self, batch, self->correlates.data[i], &self->with[i]);
        collect(self, batch, SPL_F_TIME, &self->times);
        self->n_rows += spl_batch_rows(batch);
        self->events = batch->events;
        op->row_count += spl_batch_rows(batch);
        spl_rowstore_add(self->rows, batch);
    }
    if (!self->n_rows) return;
    for (size_t i = 0; i < self->targets.len; i++) forecast_of(self, &self->targets.data[i]);
}

/* The distance in time that is met most often between one row and the next; of equals the shortest. NaN if none. */
static double usual_step(const predict_op *self)
{
    spl_doubles steps = {0};
    double best = NAN;
    size_t most = 0, run = 0;

    for (size_t i = 1; i < self->times.len; i++) {
        double step = self->times.data[i] - self->times.data[i - 1];
        if (isfinite(step) && step != 0) SPL_PUSH(self->base.state, &steps, step);
    }
    spl_doubles_sort(&steps);
    for (size_t i = 0; i < steps.len; i++) {
        run = i && steps.data[i] == steps.data[i - 1] ? run + 1 : 1;
        if (run > most) most = run, best = steps.data[i];
    }
    return best;
}

/* The rows after the last one. */
static spl_status future(predict_op *self, spl_batch **out)
{
    size_t total = 0, rows;
    double step, last;
    spl_batch *batch;

    for (size_t i = 0; i < self->targets.len; i++) {
        const target *t = &self->targets.data[i];
        if (!t->hidden && t->forecast.mean && t->total > total) total = t->total;
    }
    if (self->at >= total || !self->n_rows) return SPL_END;
    step = usual_step(self);
    last = self->times.data[self->n_rows - 1];
    rows = total - self->at < SPL_BATCH_ROWS ? total - self->at : SPL_BATCH_ROWS;
    batch = spl_op_batch(&self->base, (uint32_t)rows);
    batch->events = self->events;
    put_columns(self, batch);
    for (uint32_t i = 0; i < rows; i++, self->at++) {
        double time = last + step * (double)(self->at + 1 - self->n_rows);

        if (isfinite(time)) spl_batch_set(batch, i, SPL_F_TIME, spl_number(time));
        put_row(self, batch, i, self->at);
    }
    *out = batch;
    return SPL_OK;
}

static spl_status predict_next(spl_op *op, spl_batch **out)
{
    predict_op *self = (predict_op *)op;
    spl_batch *batch;

    if (!self->rows) gather(self);
    batch = spl_rowstore_take(self->rows);
    if (!batch) return future(self, out);
    put_columns(self, batch);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) put_row(self, batch, spl_batch_row(batch, i), self->at++);
    *out = batch;
    return SPL_OK;
}

static void predict_open(spl_op *op)
{
    predict_op *self = (predict_op *)op; /* what is counted belongs to this copy */
    target *targets = SPL_NEW_ARRAY(op->state, self->targets.len + 1, target);

    if (self->targets.len) memcpy(targets, self->targets.data, self->targets.len * sizeof *targets);
    self->targets.data = targets;
}

SPL_COMMAND(predict, .summary = "Forecasts values of time series, with confidence intervals.",
            .syntax = "predict <field> [AS <name>] … [algorithm=LL|LLT|LLP|LLP5|LLB|BiLL] [future_timespan=<n>] "
                      "[holdback=<n>] [period=<n>] [correlate=<field>] [suppress=<field>] [lower<n>=<name>] "
                      "[upper<n>=<name>]",
            .example = "| makeresults count=24 | streamstats count as n | eval _time=86400*n, load=10*(n%4)+n "
                       "| predict load future_timespan=4 | table _time load \"prediction(load)\"",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_OWN_OPTIONS, .options = options,
            .op_size = sizeof(predict_op), .bind = predict_bind, .open = predict_open, .next = predict_next);
