/* agg_sparkline.c -- sparkline(count), sparkline(max(x), 5m): an aggregate over time, one value a span, as a multivalue
 * that begins with ##__SPARKLINE__##.
 *
 * All groups show the same spans, from the least _time of the whole input to the greatest. Without a span the finest
 * one that [stats] of limits.conf allows is taken that needs at most so many points as it says; states begin with the
 * finest and are joined as the range grows. */
#include "base/num.h"
#include "exec/by.h"
#include "exec/spool.h"

#include <math.h>

enum { POINTS_MAX = 10000 };

typedef struct bucket {
    double start;
    void *state;
} bucket;

typedef struct sparkline {
    bucket *buckets; /* ascending */
    uint32_t len, cap;
    uint32_t last; /* where the last event went: times come in runs */
    bool begun;
    spl_span_time span;
    double low, high;
} sparkline;

static const spl_zone *zone_of(const spl_agg_env *env)
{
    return env->query->zone;
}

static spl_span_time given_span(const spl_agg_env *env)
{
    return (spl_span_time){.count = env->extra[0].as.number, .unit = (spl_unit)env->extra[1].as.number};
}

static spl_span_time chosen_span(const spl_agg_env *env, double low, double high)
{
    const spl_limits *l = &env->query->limits;

    if (!l->spark_steps) return spl_auto_span(low, high, (double)l->spark_points, 0);
    return spl_auto_span_among(l->spark_steps, l->n_spark_steps, low, high, (double)l->spark_points, 0);
}

static bool automatic(const spl_agg_env *env)
{
    return !(env->extra[0].as.number > 0);
}

static bucket *at_start(sparkline *s, const spl_agg_env *env, double start)
{
    uint32_t low = 0, high = s->len;
    const spl_aggregate *inner = env->inner;

    if (s->last < s->len && s->buckets[s->last].start == start) return &s->buckets[s->last];
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (s->buckets[mid].start < start)
            low = mid + 1;
        else
            high = mid;
    }
    s->last = low;
    if (low < s->len && s->buckets[low].start == start) return &s->buckets[low];
    if (s->len == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 4;

        s->buckets = spl_realloc(env->arena, s->buckets, s->cap * sizeof *s->buckets, cap * sizeof *s->buckets);
        s->cap = cap;
    }
    memmove(s->buckets + low + 1, s->buckets + low, (s->len - low) * sizeof *s->buckets);
    s->len++;
    s->buckets[low] = (bucket){start, spl_calloc(env->arena, 1, inner->state_size)};
    if (inner->init) inner->init(s->buckets[low].state, env->inner_env);
    return &s->buckets[low];
}

static void coarsen(sparkline *s, const spl_agg_env *env, spl_span_time span)
{
    bucket *old = s->buckets;
    uint32_t i, len = s->len;

    if (s->begun && spl_span_seconds(span) <= spl_span_seconds(s->span)) return;
    s->begun = true;
    s->span = span;
    if (!len) return;
    s->buckets = NULL;
    s->len = s->cap = s->last = 0;
    for (i = 0; i < len; i++)
        env->inner->merge(at_start(s, env, spl_time_bucket(zone_of(env), old[i].start, span))->state, old[i].state,
                          env->inner_env);
}

static void stretch(sparkline *s, const spl_agg_env *env, double low, double high)
{
    if (!s->begun) {
        s->low = low;
        s->high = high;
    }
    if (low < s->low) s->low = low;
    if (high > s->high) s->high = high;
    coarsen(s, env, automatic(env) ? chosen_span(env, s->low, s->high) : given_span(env));
}

static void sparkline_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    sparkline *s = state;

    if (!isfinite(input->time)) return;
    if (env->inner->numeric && !input->has_number) return;
    if (!s->begun || (automatic(env) && (input->time < s->low || input->time > s->high)))
        stretch(s, env, input->time, input->time);
    env->inner->update(at_start(s, env, spl_time_bucket(zone_of(env), input->time, s->span))->state, env->inner_env,
                       input);
}

static void sparkline_merge(void *into, const void *from, const spl_agg_env *env)
{
    sparkline *a = into;
    const sparkline *b = from;
    uint32_t i;

    if (!b->begun) return;
    stretch(a, env, b->low, b->high);
    coarsen(a, env, b->span);
    for (i = 0; i < b->len; i++)
        env->inner->merge(at_start(a, env, spl_time_bucket(zone_of(env), b->buckets[i].start, a->span))->state,
                          b->buckets[i].state, env->inner_env);
}

static spl_value sparkline_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    sparkline *s = state;
    double low = env->extra[2].as.number, high = env->extra[3].as.number, start, next;
    SPL_VEC(spl_value) values = {0};
    uint32_t at = 0;

    if (!s->begun || isnan(low)) return SPL_NULL;
    stretch(s, env, low, high); /* the same spans for all groups */
    if (!automatic(env) && (high - low) / spl_span_seconds(s->span) > POINTS_MAX)
        coarsen(s, env, spl_auto_span(low, high, POINTS_MAX, 0));
    SPL_PUSH(out, &values, spl_text(SPL_S("##__SPARKLINE__##")));
    start = spl_time_bucket(zone_of(env), low, s->span);
    while (start <= high) {
        spl_value value = SPL_NULL;

        while (at < s->len && s->buckets[at].start < start) at++;
        if (at < s->len && s->buckets[at].start == start)
            value = env->inner->finish(s->buckets[at].state, env->inner_env, out);
        SPL_PUSH(out, &values, spl_is_null(value) ? spl_number(0) : value);
        next = spl_time_bucket_next(zone_of(env), start, s->span);
        if (!(next > start)) break;
        start = next;
    }
    return spl_multi_of(out, values.data, values.len);
}

static void sparkline_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    const sparkline *s = state;
    uint32_t i;

    spl_save_bytes(out, &s->len, sizeof s->len);
    spl_save_bytes(out, &s->begun, sizeof s->begun);
    spl_save_bytes(out, &s->span, sizeof s->span);
    spl_save_bytes(out, &s->low, sizeof s->low);
    spl_save_bytes(out, &s->high, sizeof s->high);
    for (i = 0; i < s->len; i++) {
        spl_save_bytes(out, &s->buckets[i].start, sizeof s->buckets[i].start);
        env->inner->save(s->buckets[i].state, env->inner_env, out);
    }
}

static bool sparkline_load(void *state, const spl_agg_env *env, spl_str *in)
{
    sparkline *s = state;
    uint32_t len, i;
    double start;

    if (!spl_load_bytes(in, &len, sizeof len) || !spl_load_bytes(in, &s->begun, sizeof s->begun) ||
        !spl_load_bytes(in, &s->span, sizeof s->span) || !spl_load_bytes(in, &s->low, sizeof s->low) ||
        !spl_load_bytes(in, &s->high, sizeof s->high))
        return false;
    for (i = 0; i < len; i++) {
        if (!spl_load_bytes(in, &start, sizeof start) ||
            !env->inner->load(at_start(s, env, start)->state, env->inner_env, in))
            return false;
    }
    return true;
}

SPL_AGGREGATE(
    sparkline, .signature = "sparkline(<aggregate>[, <span>])",
    .summary = "An aggregate over time as a multivalue, one value a span, after ##__SPARKLINE__##.",
    .example = "| makeresults count=3 | streamstats count as n | eval _time=60*n | stats sparkline(sum(n),1m) as x",
    .result = "[\"##__SPARKLINE__##\",1,2,3]", .bare = true, .numbers = true, .ordered = true, .timed = true,
    .state_size = sizeof(sparkline), .update = sparkline_update, .merge = sparkline_merge, .finish = sparkline_finish,
    .save = sparkline_save, .load = sparkline_load);
