/* agg_minmax.c -- min, max and range: numbers by value, else text by bytes; numbers win over text, in max too. */
#include "aggregates/kept.h"
#include "exec/spool.h"
#include "registry.h"

typedef struct extreme { /* min or max */
    spl_kept text;
    double number;
    bool any; /* a number was met */
} extreme;

typedef struct span {
    double low, high;
    bool any;
} span;

static void extreme_update(void *state, const spl_agg_env *env, const spl_agg_input *input, int sign)
{
    extreme *e = state;

    if (input->has_number) {
        if (!e->any || (sign > 0 ? input->number > e->number : input->number < e->number)) e->number = input->number;
        e->any = true;
    } else if (!e->any && input->value.kind == SPL_KIND_TEXT) {
        if (e->text.value.kind == SPL_KIND_NULL ||
            spl_str_cmp(spl_value_str(input->value), spl_value_str(e->text.value)) * sign > 0)
            spl_kept_set(&e->text, env->arena, input->value);
    }
}

static void extreme_merge(void *into, const void *from, const spl_agg_env *env, int sign)
{
    const extreme *b = from;

    if (b->any) extreme_update(into, env, &(spl_agg_input){.has_number = true, .number = b->number}, sign);
    if (b->text.value.kind == SPL_KIND_TEXT) extreme_update(into, env, &(spl_agg_input){.value = b->text.value}, sign);
}

static void max_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    extreme_update(state, env, input, 1);
}

static void min_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    extreme_update(state, env, input, -1);
}

static void max_merge(void *into, const void *from, const spl_agg_env *env)
{
    extreme_merge(into, from, env, 1);
}

static void min_merge(void *into, const void *from, const spl_agg_env *env)
{
    extreme_merge(into, from, env, -1);
}

static spl_value extreme_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    extreme *e = state;

    (void)env;
    return e->any ? spl_number(e->number) : spl_value_keep(out, e->text.value);
}

static void extreme_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    const extreme *e = state;

    (void)env;
    spl_save_bytes(out, &e->number, sizeof e->number);
    spl_save_bytes(out, &e->any, sizeof e->any);
    spl_kept_save(&e->text, out);
}

static bool extreme_load(void *state, const spl_agg_env *env, spl_str *in)
{
    extreme *e = state;

    return spl_load_bytes(in, &e->number, sizeof e->number) && spl_load_bytes(in, &e->any, sizeof e->any) &&
           spl_kept_load(&e->text, env->arena, in);
}

SPL_AGGREGATE(max, .sparks = true, .signature = "max(<field>)",
              .summary = "The greatest number, or where there is none the last text in byte order.",
              .example = "| makeresults count=10 | streamstats count as n | stats max(n) as x", .result = "10",
              .numbers = true, .state_size = sizeof(extreme), .update = max_update, .merge = max_merge,
              .finish = extreme_finish, .save = extreme_save, .load = extreme_load);
SPL_AGGREGATE(min, .sparks = true, .signature = "min(<field>)",
              .summary = "The least number, or where there is none the first text in byte order.",
              .example = "| makeresults count=10 | streamstats count as n | stats min(n) as x", .result = "1",
              .numbers = true, .state_size = sizeof(extreme), .update = min_update, .merge = min_merge,
              .finish = extreme_finish, .save = extreme_save, .load = extreme_load);

static void range_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    span *s = state;

    (void)env;
    if (!s->any || input->number < s->low) s->low = input->number;
    if (!s->any || input->number > s->high) s->high = input->number;
    s->any = true;
}

static void range_merge(void *into, const void *from, const spl_agg_env *env)
{
    const span *b = from;

    if (!b->any) return;
    range_update(into, env, &(spl_agg_input){.number = b->low});
    range_update(into, env, &(spl_agg_input){.number = b->high});
}

static spl_value range_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    span *s = state;

    (void)env;
    (void)out;
    return s->any ? spl_number(s->high - s->low) : SPL_NULL;
}

static void range_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    (void)env;
    spl_save_bytes(out, state, sizeof(span));
}

static bool range_load(void *state, const spl_agg_env *env, spl_str *in)
{
    (void)env;
    return spl_load_bytes(in, state, sizeof(span));
}

SPL_AGGREGATE(range, .sparks = true, .signature = "range(<field>)", .summary = "The greatest number less the least.",
              .example = "| makeresults count=10 | streamstats count as n | stats range(n) as x", .result = "9",
              .numeric = true, .state_size = sizeof(span), .update = range_update, .merge = range_merge,
              .finish = range_finish, .save = range_save, .load = range_load);
