/* agg_sum.c -- sum, avg, sumsq, var, varp, stdev, stdevp, and per_second to per_day of timechart: sums of numbers.
 *
 * All keep exact sums (exact.h), so that neither order nor division of the input shows in the last digit. */
#include "exec/exact.h"
#include "exec/spool.h"
#include "registry.h"

#include <math.h>

typedef struct total { /* sum, avg, per_… */
    spl_exact sum;
    uint64_t count;
} total;

typedef struct spread { /* var and its kin */
    total total;        /* first: a spread is a total */
    spl_exact squares;
} spread;

static void total_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    total *t = state;

    t->count++;
    spl_exact_note(&t->sum, input->value, input->number, 1);
    spl_exact_add(&t->sum, env->arena, input->number);
}

static void total_undo(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    total *t = state;

    t->count--;
    spl_exact_add(&t->sum, env->arena, -input->number);
}

static void total_merge(void *into, const void *from, const spl_agg_env *env)
{
    total *a = into;
    const total *b = from;

    a->count += b->count;
    spl_exact_merge(&a->sum, env->arena, &b->sum);
}

static void total_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    const total *t = state;

    (void)env;
    spl_save_bytes(out, &t->count, sizeof t->count);
    spl_exact_save(&t->sum, out);
}

static bool total_load(void *state, const spl_agg_env *env, spl_str *in)
{
    total *t = state;

    return spl_load_bytes(in, &t->count, sizeof t->count) && spl_exact_load(&t->sum, env->arena, in);
}

static spl_value number_or_null(double number)
{
    return isfinite(number) ? spl_number(number) : SPL_NULL;
}

static spl_value sum_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    total *t = state;

    (void)env;
    (void)out;
    return t->count ? number_or_null(spl_exact_round(&t->sum)) : SPL_NULL;
}

static spl_value avg_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    total *t = state;

    (void)env;
    (void)out;
    return t->count ? number_or_null(spl_exact_mean(&t->sum, t->count)) : SPL_NULL;
}

static spl_value per(const void *state, const spl_agg_env *env, double seconds)
{
    const total *t = state;

    if (!t->count || !(env->bucket_seconds > 0)) return SPL_NULL;
    return number_or_null(spl_exact_round(&t->sum) * seconds / env->bucket_seconds);
}

static spl_value per_second_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)out;
    return per(state, env, 1);
}

static spl_value per_minute_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)out;
    return per(state, env, 60);
}

static spl_value per_hour_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)out;
    return per(state, env, 3600);
}

static spl_value per_day_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)out;
    return per(state, env, 86400);
}

#define TOTAL                                                                                                          \
    .numeric = true, .state_size = sizeof(total), .update = total_update, .merge = total_merge, .save = total_save,    \
    .load = total_load, .undo = total_undo

static const char *const avg_aliases[] = {"mean", NULL};

SPL_AGGREGATE(sum, .sparks = true, .signature = "sum(<field>)", .summary = "The sum of the field's numbers.",
              .example = "| makeresults count=3 | streamstats count as n | stats sum(n) as x", .result = "6", TOTAL,
              .finish = sum_finish);
SPL_AGGREGATE(avg, .sparks = true, .aliases = avg_aliases, .signature = "avg(<field>) | mean(<field>)",
              .summary = "The mean of the field's numbers.",
              .example = "| makeresults count=4 | streamstats count as n | stats avg(n) as x", .result = "2.5", TOTAL,
              .finish = avg_finish);
SPL_AGGREGATE(per_second, .signature = "per_second(<field>)",
              .summary = "The sum of a bucket's numbers, scaled to a second; in timechart only.",
              .example = "| makeresults | eval n=120, _time=0 | timechart span=1m per_second(n) as x | fields x",
              .result = "2", .timechart = true, TOTAL, .finish = per_second_finish);
SPL_AGGREGATE(per_minute, .signature = "per_minute(<field>)",
              .summary = "The sum of a bucket's numbers, scaled to a minute; in timechart only.",
              .example = "| makeresults | eval n=120, _time=0 | timechart span=1h per_minute(n) as x | fields x",
              .result = "2", .timechart = true, TOTAL, .finish = per_minute_finish);
SPL_AGGREGATE(per_hour, .signature = "per_hour(<field>)",
              .summary = "The sum of a bucket's numbers, scaled to an hour; in timechart only.",
              .example = "| makeresults | eval n=12, _time=0 | timechart span=30m per_hour(n) as x | fields x",
              .result = "24", .timechart = true, TOTAL, .finish = per_hour_finish);
SPL_AGGREGATE(per_day, .signature = "per_day(<field>)",
              .summary = "The sum of a bucket's numbers, scaled to a day; in timechart only.",
              .example = "| makeresults | eval n=12, _time=0 | timechart span=12h per_day(n) as x | fields x",
              .result = "24", .timechart = true, TOTAL, .finish = per_day_finish);

/* --- squares ---------------------------------------------------------------------------------------------------------
 */

static void sumsq_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    total *t = state;

    t->count++;
    spl_exact_note(&t->sum, input->value, input->number, 2);
    spl_exact_add_square(&t->sum, env->arena, input->number);
}

static void sumsq_undo(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    total *t = state;

    t->count--;
    spl_exact_take_square(&t->sum, env->arena, input->number);
}

SPL_AGGREGATE(sumsq, .sparks = true, .signature = "sumsq(<field>)",
              .summary = "The sum of the squares of the field's numbers.",
              .example = "| makeresults count=3 | streamstats count as n | stats sumsq(n) as x", .result = "14",
              .numeric = true, .state_size = sizeof(total), .update = sumsq_update, .merge = total_merge,
              .save = total_save, .load = total_load, .undo = sumsq_undo, .finish = sum_finish);

static void spread_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    spread *s = state;

    total_update(&s->total, env, input);
    spl_exact_add_square(&s->squares, env->arena, input->number);
}

static void spread_undo(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    spread *s = state;

    total_undo(&s->total, env, input);
    spl_exact_take_square(&s->squares, env->arena, input->number);
}

static void spread_merge(void *into, const void *from, const spl_agg_env *env)
{
    total_merge(into, from, env);
    spl_exact_merge(&((spread *)into)->squares, env->arena, &((const spread *)from)->squares);
}

static void spread_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    total_save(state, env, out);
    spl_exact_save(&((const spread *)state)->squares, out);
}

static bool spread_load(void *state, const spl_agg_env *env, spl_str *in)
{
    return total_load(state, env, in) && spl_exact_load(&((spread *)state)->squares, env->arena, in);
}

/* Of one value the sample's variance is 0, not undefined. */
static double variance(const spread *s, bool sample)
{
    uint64_t n = s->total.count;
    double value;

    if (!n) return NAN;
    if (n == 1) return 0;
    value = spl_exact_variance(&s->total.sum, &s->squares, n, n) / (double)(sample ? n - 1 : n);
    return value < 0 ? 0 : value;
}

static spl_value var_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)env;
    (void)out;
    return number_or_null(variance(state, true));
}

static spl_value varp_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)env;
    (void)out;
    return number_or_null(variance(state, false));
}

static spl_value stdev_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)env;
    (void)out;
    return number_or_null(sqrt(variance(state, true)));
}

static spl_value stdevp_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)env;
    (void)out;
    return number_or_null(sqrt(variance(state, false)));
}

#define SPREAD                                                                                                         \
    .numeric = true, .state_size = sizeof(spread), .update = spread_update, .merge = spread_merge,                     \
    .save = spread_save, .load = spread_load, .undo = spread_undo

SPL_AGGREGATE(var, .sparks = true, .signature = "var(<field>)",
              .summary = "The sample variance of the field's numbers.",
              .example = "| makeresults count=3 | streamstats count as n | stats var(n) as x", .result = "1", SPREAD,
              .finish = var_finish);
SPL_AGGREGATE(varp, .sparks = true, .signature = "varp(<field>)",
              .summary = "The population variance of the field's numbers.",
              .example = "| makeresults count=5 | streamstats count as n | stats varp(n) as x", .result = "2", SPREAD,
              .finish = varp_finish);
SPL_AGGREGATE(stdev, .sparks = true, .signature = "stdev(<field>)",
              .summary = "The sample standard deviation of the field's numbers.",
              .example = "| makeresults count=3 | streamstats count as n | stats stdev(n) as x", .result = "1", SPREAD,
              .finish = stdev_finish);
SPL_AGGREGATE(
    stdevp, .sparks = true, .signature = "stdevp(<field>)",
    .summary = "The population standard deviation of the field's numbers.",
    .example = "| makeresults count=3 | streamstats count as n | eval n=n*n | stats stdevp(n) as x | eval x=round(x,3)",
    .result = "3.300", SPREAD, .finish = stdevp_finish);
