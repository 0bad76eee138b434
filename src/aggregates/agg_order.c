/* agg_order.c -- first, last, earliest, latest, earliest_time, latest_time and the rates: what depends on where an
 * event stands in the order of the search, or on its _time. Events without _time have no part in those that go by time.
 */
#include "aggregates/kept.h"
#include "exec/spool.h"
#include "registry.h"

#include <math.h>

typedef struct place { /* a value and where it stood */
    spl_kept value;
    spl_order order;
    double time;
    bool any;
} place;

static void place_set(place *p, const spl_agg_env *env, const spl_agg_input *input)
{
    spl_kept_set(&p->value, env->arena, input->value);
    p->order = input->order;
    p->time = input->time;
    p->any = true;
}

static spl_agg_input place_input(const place *p)
{
    return (spl_agg_input){.value = p->value.value, .order = p->order, .time = p->time};
}

static void first_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    place *p = state;

    if (!p->any || spl_order_cmp(&input->order, &p->order) < 0) place_set(p, env, input);
}

static void last_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    place *p = state;

    if (!p->any || spl_order_cmp(&input->order, &p->order) >= 0) place_set(p, env, input);
}

/* Among equal times the latest is what comes first in the order of the search, the earliest what comes last. */
static void latest_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    place *p = state;

    if (isnan(input->time)) return;
    if (!p->any || input->time > p->time || (input->time == p->time && spl_order_cmp(&input->order, &p->order) < 0))
        place_set(p, env, input);
}

static void earliest_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    place *p = state;

    if (isnan(input->time)) return;
    if (!p->any || input->time < p->time || (input->time == p->time && spl_order_cmp(&input->order, &p->order) >= 0))
        place_set(p, env, input);
}

#define MERGE(name)                                                                                                    \
    static void name##_merge(void *into, const void *from, const spl_agg_env *env)                                     \
    {                                                                                                                  \
        const place *p = from;                                                                                         \
                                                                                                                       \
        if (p->any)                                                                                                    \
            name##_update(into, env, &(spl_agg_input){.value = p->value.value, .order = p->order, .time = p->time});   \
    }
MERGE(first)
MERGE(last)
MERGE(latest)
MERGE(earliest)

static spl_value value_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)env;
    return spl_value_keep(out, ((place *)state)->value.value);
}

static spl_value time_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    const place *p = state;

    (void)env;
    (void)out;
    return p->any ? spl_number_decimals(p->time, 6) : SPL_NULL; /* as the page of time functions shows it */
}

static void place_save_one(const place *p, spl_buf *out)
{
    spl_save_bytes(out, &p->order, sizeof p->order);
    spl_save_bytes(out, &p->time, sizeof p->time);
    spl_save_bytes(out, &p->any, sizeof p->any);
    spl_kept_save(&p->value, out);
}

static bool place_load_one(place *p, const spl_agg_env *env, spl_str *in)
{
    return spl_load_bytes(in, &p->order, sizeof p->order) && spl_load_bytes(in, &p->time, sizeof p->time) &&
           spl_load_bytes(in, &p->any, sizeof p->any) && spl_kept_load(&p->value, env->arena, in);
}

static void place_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    (void)env;
    place_save_one(state, out);
}

static bool place_load(void *state, const spl_agg_env *env, spl_str *in)
{
    return place_load_one(state, env, in);
}

#define PLACE(name)                                                                                                    \
    .ordered = true, .state_size = sizeof(place), .update = name##_update, .merge = name##_merge, .save = place_save,  \
    .load = place_load

SPL_AGGREGATE(first, .signature = "first(<field>)",
              .summary = "The value in the first event that has the field, in the order of the search.",
              .example = "| makeresults count=3 | streamstats count as n | stats first(n) as x", .result = "1",
              PLACE(first), .finish = value_finish);
SPL_AGGREGATE(last, .signature = "last(<field>)",
              .summary = "The value in the last event that has the field, in the order of the search.",
              .example = "| makeresults count=3 | streamstats count as n | stats last(n) as x", .result = "3",
              PLACE(last), .finish = value_finish);
SPL_AGGREGATE(earliest, .signature = "earliest(<field>)",
              .summary = "The value in the event with the least _time that has the field.",
              .example = "| makeresults count=3 | streamstats count as n | eval _time=100-n | stats earliest(n) as x",
              .result = "3", .timed = true, PLACE(earliest), .finish = value_finish);
SPL_AGGREGATE(latest, .signature = "latest(<field>)",
              .summary = "The value in the event with the greatest _time that has the field.",
              .example = "| makeresults count=3 | streamstats count as n | eval _time=100-n | stats latest(n) as x",
              .result = "1", .timed = true, PLACE(latest), .finish = value_finish);
SPL_AGGREGATE(
    earliest_time, .signature = "earliest_time(<field>)",
    .summary = "The least _time of the events that have the field.",
    .example = "| makeresults count=3 | streamstats count as n | eval _time=100-n | stats earliest_time(n) as x",
    .result = "97.000000", .timed = true, PLACE(earliest), .finish = time_finish);
SPL_AGGREGATE(
    latest_time, .signature = "latest_time(<field>)",
    .summary = "The greatest _time of the events that have the field.",
    .example = "| makeresults count=3 | streamstats count as n | eval _time=100-n | stats latest_time(n) as x",
    .result = "99.000000", .timed = true, PLACE(latest), .finish = time_finish);

/* --- rates -----------------------------------------------------------------------------------------------------------
 */

/* A counter that was reset begins anew: where its greatest value is not its latest one, that much was counted before.
 */
typedef struct rate {
    place earliest, latest;
    double most;
} rate;

static void rate_most(rate *r, double number, bool first)
{
    if (first || number > r->most) r->most = number;
}

static void rate_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    rate *r = state;

    rate_most(r, input->number, !r->earliest.any);
    earliest_update(&r->earliest, env, input);
    latest_update(&r->latest, env, input);
}

static void rate_merge(void *into, const void *from, const spl_agg_env *env)
{
    rate *a = into;
    const rate *b = from;
    spl_agg_input input;

    if (!b->earliest.any) return;
    rate_most(a, b->most, !a->earliest.any);
    input = place_input(&b->earliest);
    earliest_update(&a->earliest, env, &input);
    input = place_input(&b->latest);
    latest_update(&a->latest, env, &input);
}

static spl_value rate_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    const rate *r = state;
    double from, to, seconds;

    (void)env;
    (void)out;
    if (!r->earliest.any) return SPL_NULL;
    seconds = r->latest.time - r->earliest.time;
    if (!(seconds > 0) || !spl_value_number(r->earliest.value.value, &from) ||
        !spl_value_number(r->latest.value.value, &to))
        return SPL_NULL;
    return spl_number((to - from + (r->most > to ? r->most : 0)) / seconds);
}

static void rate_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    (void)env;
    place_save_one(&((const rate *)state)->earliest, out);
    place_save_one(&((const rate *)state)->latest, out);
    spl_buf_add(out, spl_str_cut((const char *)&((const rate *)state)->most, sizeof(double)));
}

static bool rate_load(void *state, const spl_agg_env *env, spl_str *in)
{
    rate *r = state;

    if (!place_load_one(&r->earliest, env, in) || !place_load_one(&r->latest, env, in) || in->len < sizeof r->most)
        return false;
    memcpy(&r->most, in->data, sizeof r->most);
    *in = spl_str_sub(*in, sizeof r->most, in->len);
    return true;
}

#define RATE                                                                                                           \
    .numeric = true, .ordered = true, .timed = true, .state_size = sizeof(rate), .update = rate_update,                \
    .merge = rate_merge, .finish = rate_finish, .save = rate_save, .load = rate_load

SPL_AGGREGATE(rate, .signature = "rate(<field>)",
              .summary = "How much the field grew a second between its earliest and its latest event.",
              .example = "| makeresults count=3 | streamstats count as n | eval _time=100+2*n | stats rate(n) as x",
              .result = "0.5", RATE);
SPL_AGGREGATE(rate_avg, .signature = "rate_avg(<field>)",
              .summary = "The mean of the rates of the counters in the group; a group is taken for one counter.",
              .example = "| makeresults count=3 | streamstats count as n | eval _time=100+2*n | stats rate_avg(n) as x",
              .result = "0.5", RATE);
SPL_AGGREGATE(rate_sum, .signature = "rate_sum(<field>)",
              .summary = "The sum of the rates of the counters in the group; a group is taken for one counter.",
              .example = "| makeresults count=3 | streamstats count as n | eval _time=100+2*n | stats rate_sum(n) as x",
              .result = "0.5", RATE);
