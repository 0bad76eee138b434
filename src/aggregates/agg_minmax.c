/* agg_minmax.c -- min, max and range: numbers by value, else text by bytes; numbers win over text, in max too. min and
 * max show a number as it stood: Search Reference, eval, has -0.60 and 7.70. */
#include "aggregates/kept.h"
#include "exec/spool.h"
#include "registry.h"

typedef struct extreme { /* min or max */
    spl_kept shown;      /* the text, or how the number stood in its event where it would be shown in another way */
    double number;
    bool any; /* a number was met */
} extreme;

typedef struct span {
    double low, high;
    bool any;
} span;

/* V, a number, is spelt in another way than the number itself would be: 7.70, 007, 1e3, or with digits of round(). */
static bool spelt(spl_value v)
{
    const char *at = v.as.text, *end = at + v.len, *point = NULL;

    if (v.kind != SPL_KIND_TEXT) return v.kind == SPL_KIND_NUMBER && v.digits;
    if (at < end && *at == '-') at++;
    if (v.len > 15 || at == end || (*at == '0' && at + 1 < end && at[1] != '.')) return true;
    for (; at < end; at++) {
        if (*at == '.' && !point)
            point = at;
        else if (!spl_is_digit(*at))
            return true;
    }
    return point && (end[-1] == '0' || end[-1] == '.' || point == v.as.text);
}

/* Of two spellings of a number the same one is taken, whichever came first. */
static bool goes_before(spl_value a, spl_value b)
{
    if (a.kind != b.kind) return a.kind == SPL_KIND_NUMBER;
    return a.kind == SPL_KIND_NUMBER ? a.digits < b.digits : spl_str_cmp(spl_value_str(a), spl_value_str(b)) < 0;
}

static void take_number(extreme *e, const spl_agg_env *env, double number, spl_value value, int sign)
{
    bool same = e->any && number == e->number;

    if (e->any && !same && (sign > 0 ? number < e->number : number > e->number)) return;
    e->number = number;
    if (!spelt(value))
        e->shown.value = SPL_NULL;
    else if (!same || (e->shown.value.kind != SPL_KIND_NULL && goes_before(value, e->shown.value)))
        spl_kept_set(&e->shown, env->arena, value);
    e->any = true;
}

static void extreme_update(void *state, const spl_agg_env *env, const spl_agg_input *input, int sign)
{
    extreme *e = state;

    if (input->has_number) {
        take_number(e, env, input->number, input->value, sign);
    } else if (!e->any && input->value.kind == SPL_KIND_TEXT) {
        if (e->shown.value.kind == SPL_KIND_NULL ||
            spl_str_cmp(spl_value_str(input->value), spl_value_str(e->shown.value)) * sign > 0)
            spl_kept_set(&e->shown, env->arena, input->value);
    }
}

static void extreme_merge(void *into, const void *from, const spl_agg_env *env, int sign)
{
    const extreme *b = from;

    extreme_update(into, env, &(spl_agg_input){.has_number = b->any, .number = b->number, .value = b->shown.value},
                   sign);
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
    return e->any && e->shown.value.kind == SPL_KIND_NULL ? spl_number(e->number) : spl_value_keep(out, e->shown.value);
}

static void extreme_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    const extreme *e = state;

    (void)env;
    spl_save_bytes(out, &e->number, sizeof e->number);
    spl_save_bytes(out, &e->any, sizeof e->any);
    spl_kept_save(&e->shown, out);
}

static bool extreme_load(void *state, const spl_agg_env *env, spl_str *in)
{
    extreme *e = state;

    return spl_load_bytes(in, &e->number, sizeof e->number) && spl_load_bytes(in, &e->any, sizeof e->any) &&
           spl_kept_load(&e->shown, env->arena, in);
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
