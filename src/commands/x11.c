/* x11.c -- takes the cycle out of a time series, by the moving averages of the X-11 method. Rules:
 * docs/reference/commands/x11.md */
#include "base/num.h"
#include "exec/fieldtable.h"
#include "exec/series.h"
#include "exec/twopass.h"

#include <math.h>

enum { LEAST = 5, MOST = 1000 };

typedef struct x11_op {
    spl_op base;
    bool add;
    int64_t period; /* 0: found from the data */
    spl_field from, to;
    spl_str name;
    spl_doubles values;
    double *adjusted; /* NULL: there was no cycle */
    size_t at;
    spl_twopass pass;
} x11_op;

/* add, mult, with a number behind it, or a number alone. */
static bool kind_of(spl_str text, bool *add, int64_t *period)
{
    spl_str rest = text;

    *add = false, *period = 0;
    if (text.len >= 3 && spl_str_iis(spl_str_sub(text, 0, 3), "add"))
        *add = true, rest = spl_str_sub(text, 3, text.len);
    else if (text.len >= 4 && spl_str_iis(spl_str_sub(text, 0, 4), "mult"))
        rest = spl_str_sub(text, 4, text.len);
    if (rest.len) return spl_num_int(rest, period);
    return rest.len < text.len;
}

static bool x11_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    x11_op *self = (x11_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str field, to;

    if (!node) return spl_lacks(binder, NULL, "the name of a field", "mult7(count) as adjusted");
    if (node->kind == SPL_NODE_CALL || node->kind == SPL_NODE_AGGREGATE) {
        if (!kind_of(node->text, &self->add, &self->period)) {
            spl_bad_argument(binder, node->span, "x11 has no type \"%.*s\"", SPL_FMT(node->text));
            spl_hint(binder->diag, "The types are add and mult, with the length of the cycle behind: add12(count)");
            return false;
        }
        if (node->n_kids != 1 || !spl_args_name(node->kids[0], &field))
            return spl_bad_argument(binder, node->span, "x11 needs the name of one field in the brackets");
        to = spl_strf(binder->arena, "%.*s(%.*s)", SPL_FMT(node->text), SPL_FMT(field));
    } else if (spl_args_name(node->kind == SPL_NODE_LIST && node->n_kids == 1 ? node->kids[0] : node, &field)) {
        to = spl_strf(binder->arena, "x11(%.*s)", SPL_FMT(field));
    } else {
        return spl_bad_argument(binder, node->span, "x11 needs the name of a field");
    }
    if (self->period && (self->period < LEAST || self->period > MOST))
        return spl_bad_argument(binder, node->span, "the cycle of x11 must be from %d to %d results long", LEAST, MOST);
    if (!spl_args_as(binder, &args, &to)) return false;
    self->name = field;
    self->from = spl_bind_field(binder, field);
    self->to = spl_bind_field(binder, to);
    spl_bind_reads(binder, self->from);
    return spl_args_done(binder, &args);
}

static void see(spl_op *op, spl_batch *batch)
{
    x11_op *self = (x11_op *)op;
    spl_column *column = spl_batch_column(batch, self->from);

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        double number;
        if (!column || !spl_column_number(batch, column, spl_batch_row(batch, i), &number) || !isfinite(number))
            number = NAN;
        SPL_PUSH(op->state, &self->values, number);
    }
}

/* The average of values WEIGHTS[0 … 2*HALF] around each place, STRIDE apart; at the ends, and around what is missing,
 * of the weights that are left. */
static void smooth(const double *from, double *to, size_t n, const double *weights, size_t half, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0, total = 0;

        for (size_t k = 0; k <= 2 * half; k++) {
            ptrdiff_t at = (ptrdiff_t)i + ((ptrdiff_t)k - (ptrdiff_t)half) * (ptrdiff_t)stride;

            if (at < 0 || (size_t)at >= n || isnan(from[at])) continue;
            sum += weights[k] * from[at], total += weights[k];
        }
        to[i] = fabs(total) > 1e-9 ? sum / total : NAN;
    }
}

/* The centred average over a cycle: of an even one 2 by PERIOD. At the ends, where no full cycle stands around a place,
 * NaN: a part of a cycle would show in it. */
static void over_cycle(spl_arena *arena, const double *from, double *to, size_t n, size_t period)
{
    size_t half = period / 2;
    double *weights = SPL_NEW_ARRAY(arena, 2 * half + 1, double);

    for (size_t k = 0; k <= 2 * half; k++) weights[k] = period % 2 == 0 && (k == 0 || k == 2 * half) ? 0.5 : 1;
    smooth(from, to, n, weights, half, 1);
    for (size_t i = 0; i < half && i < n; i++) to[i] = to[n - 1 - i] = NAN;
}

/* Henderson's weights of a length of 2*HALF+1. */
static double *henderson(spl_arena *arena, size_t half)
{
    double *weights = SPL_NEW_ARRAY(arena, 2 * half + 1, double), m = (double)half + 2, mm = m * m;

    for (size_t k = 0; k <= 2 * half; k++) {
        double x = (double)k - (double)half, xx = x * x;
        weights[k] = 315 * ((m - 1) * (m - 1) - xx) * (mm - xx) * ((m + 1) * (m + 1) - xx) * (3 * mm - 16 - 11 * xx) /
                     (8 * m * (mm - 1) * (4 * mm - 1) * (4 * mm - 9) * (4 * mm - 25));
    }
    return weights;
}

static double part(const x11_op *self, double value, double base)
{
    return self->add ? value - base : value / base;
}

/* The seasonal part from what the trend leaves, its average over each cycle taken out. */
static void season_of(const x11_op *self, spl_arena *arena, const double *trend, double *season, const double *weights,
                      size_t half, size_t period)
{
    size_t n = self->values.len;
    double *left = SPL_NEW_ARRAY(arena, n + 1, double), *mean = SPL_NEW_ARRAY(arena, n + 1, double);

    for (size_t i = 0; i < n; i++) {
        left[i] = part(self, self->values.data[i], trend[i]);
        if (!isfinite(left[i])) left[i] = NAN;
    }
    smooth(left, season, n, weights, half, period);
    over_cycle(arena, season, mean, n, period);
    for (size_t i = 1; i < n; i++) /* at the ends: the nearest */
        if (isnan(mean[i])) mean[i] = mean[i - 1];
    for (size_t i = n - 1; i-- > 0;)
        if (isnan(mean[i])) mean[i] = mean[i + 1];
    for (size_t i = 0; i < n; i++) season[i] = part(self, season[i], mean[i]);
}

static void finish(spl_op *op)
{
    static const double three_by_three[] = {1, 2, 3, 2, 1}, three_by_five[] = {1, 2, 3, 3, 3, 2, 1};
    x11_op *self = (x11_op *)op;
    spl_arena *arena = op->state;
    const double *values = self->values.data;
    size_t n = self->values.len, period = (size_t)self->period, half;
    double *trend = SPL_NEW_ARRAY(arena, n + 1, double), *season = SPL_NEW_ARRAY(arena, n + 1, double);
    double *adjusted = SPL_NEW_ARRAY(arena, n + 1, double);

    if (!period) period = spl_series_period(arena, values, n, LEAST, MOST);
    if (!period || n < 2 * period) {
        if (n)
            spl_op_warn(op, "x11-no-period", "\"%.*s\" has no cycle that x11 could take out%s", SPL_FMT(self->name),
                        period ? ": two full ones are needed" : "; a number before the field names its length");
        return;
    }
    over_cycle(arena, values, trend, n, period);
    season_of(self, arena, trend, season, three_by_three, 2, period);
    for (size_t i = 0; i < n; i++) adjusted[i] = part(self, values[i], season[i]);
    half = period / 2 < 2 ? 2 : period / 2;
    smooth(adjusted, trend, n, henderson(arena, half), half, 1);
    season_of(self, arena, trend, season, three_by_five, 3, period);
    for (size_t i = 0; i < n; i++) adjusted[i] = part(self, values[i], season[i]);
    self->adjusted = adjusted;
}

static void edit(spl_op *op, spl_batch *batch)
{
    x11_op *self = (x11_op *)op;

    spl_batch_add(batch, self->to);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++, self->at++)
        spl_batch_set(batch, spl_batch_row(batch, i), self->to,
                      self->adjusted && isfinite(self->adjusted[self->at]) ? spl_number(self->adjusted[self->at])
                                                                           : SPL_NULL);
}

static void x11_open(spl_op *op)
{
    ((x11_op *)op)->pass = (spl_twopass){.see = see, .finish = finish, .edit = edit};
}

static spl_status x11_next(spl_op *op, spl_batch **out)
{
    return spl_twopass_next(op, &((x11_op *)op)->pass, out);
}

SPL_COMMAND(x11, .summary = "Takes the cycle out of a time series.",
            .syntax = "x11 [add|mult][<period>](<field>) [AS <name>]",
            .example = "| makeresults count=28 | streamstats count as n | eval visits=100+if(n%7=0,50,0) "
                       "| x11 add7(visits) as adjusted | table n visits adjusted",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .op_size = sizeof(x11_op), .bind = x11_bind,
            .open = x11_open, .next = x11_next);
