/* series.c -- see series.h.
 *
 * The models are those of Durbin and Koopman, "Time Series Analysis by State Space Methods": local level (2.1), local
 * linear trend (3.2). Their variances are told apart by ratios; the common factor follows from the errors
 * (concentrated likelihood, 2.10). A ratio is looked for on a grid of its logarithm, then by golden sections: no
 * derivative, no random start, the same result each time. The start is diffuse: first values are taken as they are. */
#include "exec/series.h"

#include <gsl/gsl_fft_halfcomplex.h>
#include <gsl/gsl_fft_real.h>
#include <math.h>

enum { GRID = 24, GOLDEN = 40 };
static const double lowest = -16, highest = 12; /* natural logarithms of ratios of variances */

/* Sum of squares and of logarithms over the errors of one run of a filter. */
typedef struct errors {
    double squares, logs, plain; /* of v*v/F, of log F, of v*v */
    double count;
} errors;

static double unlikelihood(const errors *e, double scale)
{
    double variance = e->count > 0 ? e->squares / e->count : 0, least = 1e-20 * (1 + scale);
    return e->count * log(variance > least ? variance : least) + e->logs;
}

static double factor(const errors *e)
{
    return e->count > 0 ? e->squares / e->count : 0;
}

static void add_error(errors *e, double v, double f)
{
    e->squares += v * v / f;
    e->logs += log(f);
    e->plain += v * v;
    e->count++;
}

/* The squared size of the values, so that "no error at all" has a measure. */
static double scale_of(const double *values, size_t n)
{
    double sum = 0;
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) sum += values[i] * values[i], count++;
    return count ? sum / (double)count : 0;
}

/* ---- local level ---- */

typedef struct level {
    double a, p;
    bool known;
} level;

/* The noise has variance NOISE, a step of the level STEP, both in units of the common factor. OUT may be NULL. */
static errors run_level(const double *values, size_t n, size_t total, size_t period, level *levels, double noise,
                        double step, spl_forecast *out)
{
    errors e = {0};

    memset(levels, 0, period * sizeof *levels);
    for (size_t i = 0; i < total; i++) {
        level *at = &levels[i % period];
        double f = at->p + noise;

        if (out) {
            out->mean[i] = at->known ? at->a : NAN;
            out->variance[i] = f;
        }
        if (i < n && !isnan(values[i])) {
            double v = values[i] - at->a;

            if (at->known) {
                add_error(&e, v, f);
                at->a += at->p / f * v;
                at->p *= noise / f;
            } else {
                *at = (level){values[i], noise, true};
            }
        }
        at->p += step;
    }
    return e;
}

static void split(double log_ratio, double *noise, double *step)
{
    double ratio = exp(log_ratio);
    *noise = 1 / (1 + ratio);
    *step = ratio / (1 + ratio);
}

typedef struct problem {
    const spl_query *query;
    const double *values;
    size_t n, period;
    level *levels;
    double scale;
    double at[2];  /* logarithms of ratios, of the trend's problem two */
    int dimension; /* that varies */
    double (*cost)(const struct problem *problem);
} problem;

static double level_cost(const problem *p)
{
    double noise, step;
    errors e;

    split(p->at[0], &noise, &step);
    e = run_level(p->values, p->n, p->n, p->period, p->levels, noise, step, NULL);
    return unlikelihood(&e, p->scale);
}

static double cost_at(problem *p, double x)
{
    p->at[p->dimension] = x;
    spl_query_poll(p->query);
    return p->cost(p);
}

/* Moves at[dimension] to where the cost is least within [low, high]. */
static void golden(problem *p, double low, double high)
{
    const double share = 0.6180339887498949;
    double x = high - share * (high - low), y = low + share * (high - low);
    double fx = cost_at(p, x), fy = cost_at(p, y);

    for (int i = 0; i < GOLDEN; i++) {
        if (fx <= fy) {
            high = y, y = x, fy = fx;
            x = high - share * (high - low), fx = cost_at(p, x);
        } else {
            low = x, x = y, fx = fy;
            y = low + share * (high - low), fy = cost_at(p, y);
        }
    }
    p->at[p->dimension] = fx <= fy ? x : y;
}

static spl_forecast forecast_new(spl_arena *arena, size_t total)
{
    return (spl_forecast){.mean = SPL_NEW_ARRAY(arena, total + 1, double),
                          .variance = SPL_NEW_ARRAY(arena, total + 1, double),
                          .error = NAN};
}

static void scale_up(spl_forecast *out, size_t total, const errors *e)
{
    for (size_t i = 0; i < total; i++) out->variance[i] *= factor(e);
    if (e->count > 0) out->error = e->plain / e->count;
}

static double best_level(problem *p)
{
    double best = HUGE_VAL, at = lowest, width = (highest - lowest) / GRID;

    p->dimension = 0;
    p->cost = level_cost;
    for (int i = 0; i <= GRID; i++) {
        double cost = cost_at(p, lowest + i * width);
        if (cost < best) best = cost, at = lowest + i * width;
    }
    golden(p, at - width, at + width);
    return p->at[0];
}

spl_forecast spl_series_level(const spl_query *query, spl_arena *arena, const double *values, size_t n, size_t total,
                              size_t period)
{
    spl_forecast out = forecast_new(arena, total);
    problem p = {.query = query, .values = values, .n = n, .period = period, .scale = scale_of(values, n)};
    double noise, step;
    errors e;

    p.levels = SPL_NEW_ARRAY(arena, period, level);
    split(best_level(&p), &noise, &step);
    e = run_level(values, n, total, period, p.levels, noise, step, &out);
    scale_up(&out, total, &e);
    return out;
}

/* ---- local linear trend ---- */

static errors run_trend(const double *values, size_t n, size_t total, const double variances[3], spl_forecast *out)
{
    double a = 0, b = 0;                  /* level and slope */
    double paa = 1e7, pab = 0, pbb = 1e7; /* nothing is known of them */
    errors e = {0};
    int met = 0;

    for (size_t i = 0; i < total; i++) {
        double f = paa + variances[0];

        if (out) {
            out->mean[i] = met >= 2 ? a : NAN;
            out->variance[i] = f;
        }
        if (i < n && !isnan(values[i])) {
            double v = values[i] - a, ka = paa / f, kb = pab / f;

            if (met >= 2) add_error(&e, v, f);
            met++;
            a += ka * v, b += kb * v;
            pbb -= kb * pab, pab -= kb * paa, paa *= variances[0] / f;
        }
        a += b;
        paa += 2 * pab + pbb + variances[1];
        pab += pbb;
        pbb += variances[2];
    }
    return e;
}

static void split_trend(const double at[2], double variances[3])
{
    double level_ratio = exp(at[0]), slope_ratio = exp(at[1]), sum = 1 + level_ratio + slope_ratio;

    variances[0] = 1 / sum;
    variances[1] = level_ratio / sum;
    variances[2] = slope_ratio / sum;
}

static double trend_cost(const problem *p)
{
    double variances[3];
    errors e;

    split_trend(p->at, variances);
    e = run_trend(p->values, p->n, p->n, variances, NULL);
    return unlikelihood(&e, p->scale);
}

spl_forecast spl_series_trend(const spl_query *query, spl_arena *arena, const double *values, size_t n, size_t total)
{
    enum { COARSE = 10 };
    spl_forecast out = forecast_new(arena, total);
    problem p = {.query = query, .values = values, .n = n, .cost = trend_cost, .scale = scale_of(values, n)};
    double best = HUGE_VAL, at[2] = {lowest, lowest}, width = (highest - lowest) / COARSE, variances[3];
    errors e;

    for (int i = 0; i <= COARSE; i++) {
        for (int k = 0; k <= COARSE; k++) {
            p.at[0] = lowest + i * width;
            p.dimension = 1;
            double cost = cost_at(&p, lowest + k * width);
            if (cost < best) best = cost, at[0] = p.at[0], at[1] = p.at[1];
        }
    }
    p.at[0] = at[0], p.at[1] = at[1];
    for (int round = 0; round < 3; round++, width /= 2) {
        for (p.dimension = 0; p.dimension < 2; p.dimension++) {
            double here = p.at[p.dimension];
            golden(&p, here - width, here + width);
        }
    }
    split_trend(p.at, variances);
    e = run_trend(values, n, total, variances, &out);
    scale_up(&out, total, &e);
    return out;
}

/* ---- two local levels ---- */

void spl_series_pair(const spl_query *query, spl_arena *arena, const double *first, const double *second, size_t n,
                     size_t n_second, size_t total, bool leads, spl_forecast out[2])
{
    const double *values[2] = {first, second};
    size_t known[2] = {n, n_second};
    double noise[2], step[2], a[2] = {0}, p[2] = {0}, off = 0, error[2] = {0}, counts[2] = {0};
    spl_forecast alone[2];
    bool met[2] = {false, false};

    for (int s = 0; s < 2; s++) {
        problem one = {
            .query = query, .values = values[s], .n = known[s], .period = 1, .scale = scale_of(values[s], known[s])};
        errors e;

        one.levels = SPL_NEW_ARRAY(arena, 1, level);
        split(best_level(&one), &noise[s], &step[s]);
        alone[s] = forecast_new(arena, total);
        e = run_level(values[s], known[s], total, 1, one.levels, noise[s], step[s], &alone[s]);
        noise[s] *= factor(&e), step[s] *= factor(&e);
        scale_up(&alone[s], total, &e);
        out[s] = forecast_new(arena, total);
    }
    /* how the errors of the two, each in its own deviations, go together */
    double xy = 0, xx = 0, yy = 0, r = 0;
    for (size_t i = 0; i < n && i < n_second; i++) {
        double x = (first[i] - alone[0].mean[i]) / sqrt(alone[0].variance[i]);
        double y = (second[i] - alone[1].mean[i]) / sqrt(alone[1].variance[i]);

        if (!isfinite(x) || !isfinite(y)) continue;
        xy += x * y, xx += x * x, yy += y * y;
    }
    if (xx > 0 && yy > 0) r = xy / sqrt(xx * yy);
    if (r > 0.99) r = 0.99;
    if (r < -0.99) r = -0.99;
    double noises = r * sqrt(noise[0] * noise[1]), steps = r * sqrt(step[0] * step[1]);

    for (size_t i = 0; i < total; i++) {
        bool here[2];
        double f0 = p[0] + noise[0], f1 = p[1] + noise[1], f01 = off + noises;

        for (int s = 0; s < 2; s++) {
            here[s] = i < known[s] && !isnan(values[s][i]);
            out[s].mean[i] = met[s] ? a[s] : NAN;
            out[s].variance[i] = s ? f1 : f0;
        }
        if (leads && here[1] && met[0] && met[1] && f1 > 0) {
            out[0].mean[i] = a[0] + f01 / f1 * (second[i] - a[1]);
            out[0].variance[i] = f0 - f01 * f01 / f1;
        }
        for (int s = 0; s < 2; s++) {
            if (!here[s] || isnan(out[s].mean[i])) continue;
            error[s] += (values[s][i] - out[s].mean[i]) * (values[s][i] - out[s].mean[i]);
            counts[s]++;
        }
        double det = f0 * f1 - f01 * f01;
        if (here[0] && here[1] && met[0] && met[1] && det > 0) {
            double v0 = first[i] - a[0], v1 = second[i] - a[1];
            double k00 = (p[0] * f1 - off * f01) / det, k01 = (off * f0 - p[0] * f01) / det;
            double k10 = (off * f1 - p[1] * f01) / det, k11 = (p[1] * f0 - off * f01) / det;
            double p0 = p[0] - k00 * p[0] - k01 * off, po = off - k00 * off - k01 * p[1];
            double p1 = p[1] - k10 * off - k11 * p[1];

            a[0] += k00 * v0 + k01 * v1, a[1] += k10 * v0 + k11 * v1;
            p[0] = p0 > 0 ? p0 : 0, p[1] = p1 > 0 ? p1 : 0, off = po;
        } else {
            for (int s = 0; s < 2; s++) {
                double f = p[s] + noise[s], v;

                if (!here[s]) continue;
                if (!met[s]) {
                    a[s] = values[s][i], p[s] = noise[s], off = met[1 - s] ? 0 : off;
                    met[s] = true;
                    continue;
                }
                if (!(f > 0)) continue; /* a constant */
                v = values[s][i] - a[s];
                a[s] += p[s] / f * v, a[1 - s] += met[1 - s] ? off / f * v : 0;
                p[1 - s] -= off * off / f, off *= noise[s] / f, p[s] *= noise[s] / f;
                if (p[1 - s] < 0) p[1 - s] = 0;
            }
        }
        p[0] += step[0], p[1] += step[1], off += steps;
    }
    for (int s = 0; s < 2; s++)
        if (counts[s] > 0) out[s].error = error[s] / counts[s];
}

/* ---- the cycle ---- */

size_t spl_series_period(spl_arena *arena, const double *values, size_t n, size_t least, size_t most)
{
    size_t size = 1, best = 0, count = 0;
    double st = 0, sy = 0, stt = 0, sty = 0, slope, start, *data, bound, peak = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i])) continue;
        st += (double)i, sy += values[i], count++;
    }
    if (count < 2 * least || count < 4) return 0;
    st /= (double)count, sy /= (double)count;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i])) continue;
        stt += ((double)i - st) * ((double)i - st), sty += ((double)i - st) * (values[i] - sy);
    }
    slope = stt > 0 ? sty / stt : 0;
    start = sy - slope * st;
    while (size < 2 * n) size *= 2;
    data = SPL_NEW_ARRAY(arena, size, double);
    for (size_t i = 0; i < n; i++) data[i] = isnan(values[i]) ? 0 : values[i] - start - slope * (double)i;
    /* the autocorrelation is the transform of the power spectrum; SIZE is a power of two, so nothing can fail */
    gsl_fft_real_radix2_transform(data, 1, size);
    data[0] *= data[0];
    data[size / 2] *= data[size / 2];
    for (size_t i = 1; i < size / 2; i++) {
        data[i] = data[i] * data[i] + data[size - i] * data[size - i];
        data[size - i] = 0;
    }
    gsl_fft_halfcomplex_radix2_inverse(data, 1, size);
    if (!(data[0] > 1e-12 * (1 + sy * sy) * (double)count)) return 0; /* a line, nothing else */
    bound = 2 / sqrt((double)count);
    if (most > n / 2) most = n / 2;
    /* the lag itself, not half of it, and not its double: the first of the peaks within a tenth of the highest */
    for (size_t pass = 0; pass < 2 && !best; pass++) {
        for (size_t lag = least; lag <= most; lag++) {
            double share = (double)n / (double)(n - lag); /* fewer pairs stand so far apart */
            double here = data[lag] / data[0] * share;
            double before = lag > 1 ? data[lag - 1] / data[0] * (double)n / (double)(n - lag + 1) : 1;
            double after = lag + 1 < n ? data[lag + 1] / data[0] * (double)n / (double)(n - lag - 1) : -1;

            if (here < before || here < after || here < bound) continue;
            if (pass == 0) {
                if (here > peak) peak = here;
            } else if (here >= 0.9 * peak) {
                best = lag;
                break;
            }
        }
        if (pass == 0 && peak <= 0) return 0;
    }
    return best;
}
