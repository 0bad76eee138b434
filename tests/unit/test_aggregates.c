/* Aggregates: the result must not depend on how the input was divided, on the order of parts, or on a trip through a
 * spill file. Every registered aggregate is put through it. */
#include "exec/exact.h"
#include "base/num.h"
#include "exec/query.h"
#include "exec/spool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { EVENTS = 600, ROUNDS = 12 };

typedef struct fixture {
    spl_account *account;
    spl_arena *arena;
    spl_query query;
    uint64_t seed;
} fixture;

static uint32_t any(fixture *f, uint32_t below)
{
    f->seed = f->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(f->seed >> 33) % below;
}

static void setup(fixture *f)
{
    spl_account_config config = {0};

    memset(f, 0, sizeof *f);
    f->account = spl_account_new(&config);
    f->arena = spl_arena_new(f->account);
    f->query.account = f->account;
    f->query.zone = spl_zone_open(f->arena, "UTC");
    f->query.limits.spark_points = 100;
    f->seed = 42;
}

/* A value of one of the kinds that fields hold. */
static spl_value random_value(fixture *f, unsigned flavour)
{
    switch (flavour == 4 ? any(f, 4) : flavour) {
    case 0: return spl_number(any(f, 50));
    case 1: return spl_text(spl_strf(f->arena, "%u.%02u", any(f, 1000), any(f, 100)));
    case 2: return spl_number(ldexp((double)any(f, 1u << 30) - (1 << 29), (int)any(f, 120) - 60));
    default: return spl_text(spl_strf(f->arena, "t%u", any(f, 40)));
    }
}

static spl_agg_env environment(fixture *f, const spl_aggregate *kind)
{
    spl_agg_env env = {.arena = f->arena, .parameter = 90, .query = &f->query};

    if (strcmp(kind->name, "list") == 0) env.limit = 100;
    if (kind->timechart) env.bucket_seconds = 60;
    if (strcmp(kind->name, "sparkline") == 0) {
        spl_agg_env *inner = SPL_NEW(f->arena, spl_agg_env);
        spl_value *extra = SPL_NEW_ARRAY(f->arena, 4, spl_value);

        *inner = env;
        extra[0] = extra[1] = spl_number(0);
        extra[2] = spl_number(1e9);
        extra[3] = spl_number(1e9 + 100000);
        env.inner = spl_aggregate_find(SPL_S("sum"), NULL);
        env.inner_env = inner;
        env.extra = extra;
        env.n_extra = 4;
    }
    return env;
}

static void feed(const spl_aggregate *kind, const spl_agg_env *env, void *state, const spl_agg_input *input)
{
    if (kind->numeric && !input->has_number) return;
    kind->update(state, env, input);
}

static spl_str shown(fixture *f, spl_value value)
{
    spl_buf out = spl_buf_in(f->arena);
    uint32_t i;

    if (spl_is_null(value)) return SPL_S("null");
    for (i = 0; i < spl_value_count(value); i++) {
        if (i) spl_buf_char(&out, '|');
        spl_buf_add(&out, spl_value_text(f->arena, spl_value_at(value, i)));
    }
    return spl_buf_str(&out);
}

static void *state_new(fixture *f, const spl_aggregate *kind, const spl_agg_env *env)
{
    void *state = spl_calloc(f->arena, 1, kind->state_size);

    if (kind->init) kind->init(state, env);
    return state;
}

static void *through_a_file(fixture *f, const spl_aggregate *kind, const spl_agg_env *env, const void *state)
{
    spl_buf out = spl_buf_in(f->arena);
    spl_str in;
    void *loaded = state_new(f, kind, env);

    kind->save(state, env, &out);
    in = spl_str_copy(f->arena, spl_buf_str(&out));
    assert_true(kind->load(loaded, env, &in));
    assert_int_equal(in.len, 0);
    return loaded;
}

static void check_kind(fixture *f, const spl_aggregate *kind, unsigned flavour)
{
    spl_agg_env env = environment(f, kind);
    spl_agg_input *inputs = SPL_NEW_ARRAY(f->arena, EVENTS, spl_agg_input);
    void *whole = state_new(f, kind, &env);
    spl_str expected;
    unsigned i, j, round;

    for (i = 0; i < EVENTS; i++) {
        inputs[i].value = random_value(f, flavour);
        inputs[i].has_number = spl_value_number(inputs[i].value, &inputs[i].number);
        inputs[i].time = 1e9 + any(f, 100000);
        inputs[i].order = (spl_order){-inputs[i].time, 0, i};
        feed(kind, &env, whole, &inputs[i]);
    }
    expected = shown(f, kind->finish(whole, &env, f->arena));
    assert_true(spl_str_eq(expected, shown(f, kind->finish(whole, &env, f->arena)))); /* may be asked again */
    for (round = 0; round < ROUNDS; round++) {
        static const unsigned sizes[] = {1, 2, 8, 50};
        unsigned parts = sizes[round % 4], left;
        void **states = SPL_NEW_ARRAY(f->arena, parts, void *);
        unsigned *order = SPL_NEW_ARRAY(f->arena, EVENTS, unsigned);
        spl_str got;

        for (i = 0; i < parts; i++) states[i] = state_new(f, kind, &env);
        for (i = 0; i < EVENTS; i++) order[i] = i;
        for (i = EVENTS; i > 1; i--) {
            unsigned swap = any(f, i), kept = order[i - 1];

            order[i - 1] = order[swap];
            order[swap] = kept;
        }
        for (i = 0; i < EVENTS; i++) feed(kind, &env, states[any(f, parts)], &inputs[order[i]]);
        for (left = parts; left > 1; left--) {
            i = any(f, left);
            do j = any(f, left);
            while (j == i);
            if (any(f, 2)) states[j] = through_a_file(f, kind, &env, states[j]);
            kind->merge(states[i], states[j], &env);
            states[j] = states[left - 1];
            if (i == left - 1) states[j] = states[i];
        }
        got = shown(f, kind->finish(through_a_file(f, kind, &env, states[0]), &env, f->arena));
        if (!spl_str_eq(expected, got))
            fail_msg("%s, flavour %u, %u parts: %.*s, expected %.*s", kind->name, flavour, parts, SPL_FMT(got),
                     SPL_FMT(expected));
    }
}

static void test_division(void **unused)
{
    const spl_aggregate *const *at;
    unsigned flavour;

    (void)unused;
    for (at = spl_aggregates; *at; at++) {
        for (flavour = 0; flavour < 5; flavour++) {
            fixture f;

            setup(&f);
            check_kind(&f, *at, flavour);
            spl_account_free(f.account);
        }
    }
}

/* What was added and taken back leaves what stays. */
static void test_undo(void **unused)
{
    const spl_aggregate *const *at;

    (void)unused;
    for (at = spl_aggregates; *at; at++) {
        fixture f;
        spl_agg_env env;
        void *window, *anew;
        spl_agg_input inputs[200];
        unsigned i;

        if (!(*at)->undo) continue;
        setup(&f);
        env = environment(&f, *at);
        env.limit = 0;
        window = state_new(&f, *at, &env);
        anew = state_new(&f, *at, &env);
        for (i = 0; i < 200; i++) {
            inputs[i] = (spl_agg_input){.value = random_value(&f, i % 2), .order = {0, 0, i}};
            inputs[i].has_number = spl_value_number(inputs[i].value, &inputs[i].number);
            feed(*at, &env, window, &inputs[i]);
            if (i >= 30) (*at)->undo(window, &env, &inputs[i - 30]);
            if (i >= 170) feed(*at, &env, anew, &inputs[i]);
        }
        if (!spl_str_eq(shown(&f, (*at)->finish(window, &env, f.arena)), shown(&f, (*at)->finish(anew, &env, f.arena))))
            fail_msg("%s: %.*s, expected %.*s", (*at)->name, SPL_FMT(shown(&f, (*at)->finish(window, &env, f.arena))),
                     SPL_FMT(shown(&f, (*at)->finish(anew, &env, f.arena))));
        spl_account_free(f.account);
    }
}

static double sum_of(fixture *f, const double *numbers, size_t count)
{
    spl_exact sum = {.places = SPL_PLACES_ANY};
    size_t i;

    for (i = 0; i < count; i++) spl_exact_add(&sum, f->arena, numbers[i]);
    return spl_exact_round(&sum);
}

static void test_exact(void **unused)
{
    fixture f;
    const double cancel[] = {1e300, 1, 0.5, -1e300, 1e-300, -0.5};
    const double tenths[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    const double large[] = {9007199254740992.0, 1, 1, 1e18, 1e18, 0.25};
    const double tiny[] = {5e-324, 5e-324, -1.5};
    const double negative[] = {-3.75, 1.5, -1e-10};
    spl_exact sum = {0}, squares = {0};
    unsigned i;

    (void)unused;
    setup(&f);
    assert_true(sum_of(&f, cancel, 6) == 1.0);
    assert_true(sum_of(&f, tenths, 10) == 1.0);
    assert_true(sum_of(&f, large, 6) == 2009007199254740994.25);
    assert_true(sum_of(&f, tiny, 3) == -1.5);
    assert_true(sum_of(&f, tiny, 2) == 1e-323);
    assert_true(sum_of(&f, negative, 3) == -3.75 + 1.5 - 1e-10);
    assert_true(isnan(sum_of(&f, (const double[]){INFINITY, 1}, 2)));
    for (i = 0; i < 3; i++) { /* a mean far from zero does not swallow the variance */
        spl_exact_add(&sum, f.arena, 1e15 + i + 0.5);
        spl_exact_add_square(&squares, f.arena, 1e15 + i + 0.5);
    }
    assert_true(spl_exact_variance(&sum, &squares, 3, 6) == 1.0);
    spl_account_free(f.account);
}

/* Beyond the bound of exact counting the percentile is near, and the same however it was divided. */
static void test_digest(void **unused)
{
    fixture f;
    const spl_aggregate *kind = spl_aggregate_find(SPL_S("perc90"), NULL);
    const spl_aggregate *exact = spl_aggregate_find(SPL_S("exactperc90"), NULL);
    spl_agg_env env;
    void *whole, *parts[3], *all;
    unsigned i;
    double near, true_one, divided;

    (void)unused;
    setup(&f);
    env = environment(&f, kind);
    whole = state_new(&f, kind, &env);
    all = state_new(&f, exact, &env);
    for (i = 0; i < 3; i++) parts[i] = state_new(&f, kind, &env);
    for (i = 0; i < 60000; i++) {
        spl_agg_input input = {.has_number = true, .number = any(&f, 1u << 30) / 1024.0};

        kind->update(whole, &env, &input);
        exact->update(all, &env, &input);
        kind->update(parts[any(&f, 20) / 9], &env, &input); /* one part stays small enough to be exact */
    }
    kind->merge(parts[2], parts[0], &env);
    kind->merge(parts[2], parts[1], &env);
    near = kind->finish(whole, &env, f.arena).as.number;
    divided = kind->finish(parts[2], &env, f.arena).as.number;
    true_one = exact->finish(all, &env, f.arena).as.number;
    assert_true(near == divided);
    assert_true(fabs(near - true_one) < true_one / 500);
    spl_account_free(f.account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_division),
        cmocka_unit_test(test_undo),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
