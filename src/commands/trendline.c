/* trendline.c -- moving averages: simple, weighted and exponential. */
#include "exec/exact.h"
#include "exec/bind.h"

#include "base/num.h"

#include <math.h>
#include <stddef.h>

enum { SMA, EMA, WMA, LEAST = 2, MOST = 10000 };
static const char *const kinds[] = {"sma", "ema", "wma"};

typedef struct trend {
    int kind;
    int64_t period;
    spl_field from, into;
    /* running */
    double *window; /* the last values, a ring */
    int64_t seen;
    spl_exact sum, less, weighted; /* of the window: the sum, its negative, and each times its place */
    double average;                /* the last one */
} trend;

typedef struct trendline_op {
    spl_op base;
    SPL_VEC(trend) list;
} trendline_op;

static bool bind_trend(spl_binder *binder, const spl_node *node, trend *t)
{
    spl_str field;

    for (t->kind = 0; t->kind < 3; t->kind++)
        if (node->text.len > 3 && spl_str_iis(spl_str_sub(node->text, 0, 3), kinds[t->kind])) break;
    if (node->kind != SPL_NODE_CALL || t->kind == 3 || node->n_kids != 1 ||
        !spl_num_int(spl_str_sub(node->text, 3, node->text.len), &t->period) || !spl_args_name(node->kids[0], &field)) {
        spl_bad_argument(binder, node->span, "trendline takes sma<n>(<field>), ema<n>(<field>) and wma<n>(<field>)");
        spl_hint(binder->diag, "For example: trendline sma5(count) AS trend");
        return false;
    }
    if (t->period < LEAST || t->period > MOST)
        return spl_bad_argument(binder, node->name_span.source ? node->name_span : node->span,
                                "the period must be from %d to %d", LEAST, MOST);
    t->from = spl_bind_field(binder, field);
    t->into = spl_bind_field(binder, spl_strf(binder->arena, "%.*s(%.*s)", SPL_FMT(node->text), SPL_FMT(field)));
    spl_bind_reads(binder, t->from);
    return true;
}

static bool trendline_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    trendline_op *line = (trendline_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    spl_str name;

    while ((node = spl_args_next(&args))) {
        trend t = {0};
        if (!bind_trend(binder, node, &t)) return false;
        name = spl_field_name(binder->fields, t.into);
        if (!spl_args_as(binder, &args, &name)) return false;
        t.into = spl_bind_field(binder, name);
        SPL_PUSH(binder->arena, &line->list, t);
    }
    if (!line->list.len) return spl_lacks(binder, NULL, "a trend", "sma5(count) AS trend");
    return true;
}

static void trendline_open(spl_op *op)
{
    trendline_op *line = (trendline_op *)op;
    trend *list = SPL_NEW_ARRAY(op->state, line->list.len, trend);

    for (size_t i = 0; i < line->list.len; i++) {
        list[i] = line->list.data[i];
        list[i].window = SPL_NEW_ARRAY(op->state, (size_t)list[i].period, double);
    }
    line->list.data = list;
}

/* The average where the result has no number: that of the values before; an exponential one goes on with the last. */
static bool again(trend *t, double *average)
{
    int64_t n = t->period;
    double count = (double)n;

    if (t->seen < n) return false;
    if (t->kind == EMA) {
        double factor = 2.0 / (count + 1);
        t->average = factor * t->window[(t->seen - 1) % n] + (1 - factor) * t->average;
    }
    *average = t->average;
    return true;
}

static void add_product(spl_exact *sum, spl_arena *arena, double factor, double value)
{
    double product = factor * value;

    spl_exact_add(sum, arena, product);
    spl_exact_add(sum, arena, fma(factor, value, -product)); /* what rounding took off */
}

/* Takes the next value; true, with the average, once there are enough. Sums are exact: an average does not depend on
 * the values before its window. */
static bool advance(trend *t, spl_arena *arena, spl_value cell, double value, double *average)
{
    int64_t n = t->period, at = t->seen % n;
    double count = (double)n, old = t->window[at];

    t->window[at] = value;
    t->seen++;
    if (t->kind == EMA) {
        double factor = 2.0 / (count + 1);
        if (t->seen < n) return false;
        t->average = t->seen == n ? value : factor * value + (1 - factor) * t->average;
        *average = t->average;
        return true;
    }
    spl_exact_note(&t->sum, cell, value, 1);
    t->weighted.places = t->sum.places;
    if (t->kind == WMA) { /* each value of the window goes one place down */
        if (t->seen > n) spl_exact_merge(&t->weighted, arena, &t->less);
        t->weighted.places = t->sum.places;
        add_product(&t->weighted, arena, (double)(t->seen < n ? t->seen : n), value);
        spl_exact_add(&t->less, arena, -value);
        if (t->seen > n) spl_exact_add(&t->less, arena, old);
    } else {
        spl_exact_add(&t->sum, arena, value);
        if (t->seen > n) spl_exact_add(&t->sum, arena, -old);
    }
    if (t->seen < n) return false;
    t->average = t->kind == SMA ? spl_exact_mean(&t->sum, (uint64_t)n)
                                : spl_exact_mean(&t->weighted, (uint64_t)n * ((uint64_t)n + 1) / 2);
    *average = t->average;
    return true;
}

static spl_status trendline_map(spl_op *op, spl_batch **in)
{
    trendline_op *line = (trendline_op *)op;
    spl_batch *batch = *in;

    for (size_t t = 0; t < line->list.len; t++) {
        trend *trend_of = &line->list.data[t];
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i);
            double value, average;
            spl_value cell = spl_batch_get(batch, row, trend_of->from);
            bool number = spl_value_number(cell, &value) && isfinite(value);
            if (number ? advance(trend_of, op->state, cell, value, &average) : again(trend_of, &average))
                spl_batch_set(batch, row, trend_of->into, spl_number(average));
        }
    }
    return SPL_OK;
}

SPL_COMMAND(trendline, .summary = "Adds moving averages: simple, weighted or exponential.",
            .syntax = "trendline sma|ema|wma<n>(<field>) [AS <field>] …",
            .example = "| makeresults count=4 | streamstats count AS n | trendline sma2(n) AS t | table n t",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .op_size = sizeof(trendline_op), .bind = trendline_bind,
            .open = trendline_open, .map = trendline_map);
