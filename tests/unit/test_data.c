/* test_data.c -- values, field names, batches. */
#include "base/fault.h"
#include "base/num.h"
#include "data/batch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static spl_account *account;
static spl_arena *arena;
static spl_fields *fields;

static int set_up(void **state)
{
    (void)state;
    account = spl_account_new(&(spl_account_config){.separate = true});
    arena = spl_arena_new(account);
    fields = spl_fields_new(arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    spl_account_free(account);
    return 0;
}

static void values(void **state)
{
    spl_value three[] = {spl_text(SPL_S("a")), SPL_NULL, spl_number(2)};
    spl_value multi = spl_multi_of(arena, three, 3), kept;
    double n;
    (void)state;

    assert_int_equal(spl_value_count(multi), 2);
    assert_true(spl_str_is(spl_value_text(arena, multi), "a\n2"));
    assert_int_equal(spl_multi_of(arena, three, 2).kind, SPL_KIND_TEXT);
    assert_true(spl_is_null(spl_multi_of(arena, three + 1, 1)));
    kept = spl_value_keep(arena, multi);
    assert_true(spl_value_same(kept, multi) && spl_value_hash(kept) == spl_value_hash(multi));
    assert_true(spl_value_same(spl_number(1), spl_text(SPL_S("1"))));
    assert_true(spl_value_hash(spl_number(1.5)) == spl_value_hash(spl_text(SPL_S("1.5"))));
    assert_false(spl_value_same(spl_text(SPL_S("1.0")), spl_text(SPL_S("1"))));
    assert_true(spl_value_number(spl_text(SPL_S(" 1e2 ")), &n) && n == 100);
    assert_false(spl_value_number(spl_text(SPL_S("e2")), &n));
    assert_false(spl_value_number(multi, &n));
}

static void *name_many(void *seen)
{
    spl_field *out = seen;
    char name[32];

    for (int i = 0; i < 3000; i++) {
        int len = snprintf(name, sizeof name, "f%d", i);
        out[i] = spl_field_of(fields, spl_str_cut(name, (size_t)len));
    }
    return NULL;
}

static void field_names(void **state)
{
    static spl_field seen[4][3000];
    pthread_t threads[4];
    (void)state;

    assert_int_equal(spl_field_of(fields, SPL_S("_time")), SPL_F_TIME);
    assert_int_equal(spl_field_of(fields, SPL_S("splunk_server")), SPL_F_SPLUNK_SERVER);
    assert_true(spl_str_is(spl_field_name(fields, SPL_F_TIMEENDPOS), "timeendpos"));
    assert_int_equal(spl_fields_count(fields), SPL_F_DEFAULTS_END);
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, name_many, seen[i]), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    for (int i = 1; i < 4; i++) assert_memory_equal(seen[0], seen[i], sizeof seen[0]);
    assert_int_equal(spl_fields_count(fields), SPL_F_DEFAULTS_END + 3000);
    assert_true(spl_str_is(spl_field_name(fields, seen[0][2999]), "f2999"));
    assert_true(spl_field_internal(fields, SPL_F_RAW) && !spl_field_internal(fields, SPL_F_HOST));
}

static void field_sets(void **state)
{
    spl_fieldset a, b;
    spl_field x = spl_field_of(fields, SPL_S("x")), xy = spl_field_of(fields, SPL_S("xy"));
    (void)state;

    spl_fieldset_init(&a, arena, fields);
    spl_fieldset_init(&b, arena, fields);
    spl_fieldset_add_name(&a, SPL_S("x*"));
    assert_true(spl_fieldset_has(&a, xy) && !spl_fieldset_has(&a, SPL_F_RAW) && !spl_fieldset_finite(&a));
    spl_fieldset_remove(&a, xy);
    assert_false(spl_fieldset_has(&a, xy));
    spl_fieldset_add_all(&b);
    spl_fieldset_remove(&b, x);
    spl_fieldset_remove(&b, xy);
    spl_fieldset_add_set(&a, &b);
    assert_true(a.all && spl_fieldset_has(&a, x) && !spl_fieldset_has(&a, xy));
    spl_fieldset_add(&a, xy);
    assert_true(spl_fieldset_has(&a, xy));
    /* default fields count as asked for by name or pattern, not by "*" */
    assert_int_equal(a.defaults | b.defaults, 0);
    spl_fieldset_add_name(&b, SPL_S("time*pos"));
    spl_fieldset_add(&b, SPL_F_LINECOUNT);
    spl_fieldset_add_set(&a, &b);
    spl_fieldset_remove(&a, SPL_F_TIMESTARTPOS);
    assert_int_equal(a.defaults, 1u | 1u << (SPL_F_TIMEENDPOS - SPL_F_LINECOUNT));

    /* a long list has an index beside it */
    spl_fieldset many, rest;
    spl_field field[200];
    spl_fieldset_init(&many, arena, fields);
    spl_fieldset_init(&rest, arena, fields);
    for (int i = 0; i < 200; i++) {
        field[i] = spl_field_of(fields, spl_strf(arena, "many%d", i));
        for (int twice = 0; twice < 2; twice++) spl_fieldset_add(&many, field[i]);
    }
    assert_int_equal(many.names.len, 200);
    for (int i = 0; i < 200; i += 2) spl_fieldset_remove(&many, field[i]);
    assert_int_equal(many.names.len, 100);
    for (int i = 0; i < 200; i++) assert_int_equal(spl_fieldset_has(&many, field[i]), i % 2);
    assert_int_equal(many.names.data[0], field[1]);
    assert_int_equal(spl_fieldset_find(&many, SPL_S("many7")), field[7]);
    assert_int_equal(spl_fieldset_find(&many, SPL_S("many8")), SPL_NO_FIELD);
    assert_int_equal(spl_fieldset_find(&many, SPL_S("never named")), SPL_NO_FIELD);
    spl_fieldset_add_all(&rest);
    for (int i = 0; i < 200; i++) spl_fieldset_remove(&rest, field[i]);
    for (int i = 0; i < 200; i++) assert_false(spl_fieldset_has(&rest, field[i]));
    spl_fieldset_add_set(&rest, &many); /* all but those that neither has */
    for (int i = 0; i < 200; i++) assert_int_equal(spl_fieldset_has(&rest, field[i]), i % 2);
    assert_int_equal(rest.except.len, 100);
    spl_fieldset_add_name(&rest, SPL_S("many1*"));
    assert_true(spl_fieldset_has(&rest, field[10]) && !spl_fieldset_has(&rest, field[20]));
    spl_fieldset_add_set(&many, &rest);
    assert_true(many.all && spl_fieldset_has(&many, field[10]) && !spl_fieldset_has(&many, field[20]));
    spl_fieldset_add_all(&many);
    assert_true(spl_fieldset_has(&many, field[20]));
}

static int released;
static void release(spl_hold *hold)
{
    (void)hold;
    released++;
}

static void batches(void **state)
{
    spl_field x = spl_field_of(fields, SPL_S("x")), y = spl_field_of(fields, SPL_S("y"));
    spl_field z = spl_field_of(fields, SPL_S("z"));
    spl_batch *batch = spl_batch_new(account, fields, 4);
    spl_hold hold = {1, release};
    bool keep[] = {true, false, true, true};
    spl_row *rows[2];
    double n;
    (void)state;

    spl_batch_hold(batch, &hold);
    for (uint32_t i = 0; i < 4; i++) spl_batch_set(batch, i, x, spl_number(i));
    spl_batch_set(batch, 2, y, spl_text(SPL_S("22")));
    assert_true(spl_column_number(batch, spl_batch_column(batch, y), 2, &n) && n == 22);
    spl_batch_set(batch, 2, y, spl_text(SPL_S("two")));
    assert_false(spl_column_number(batch, spl_batch_column(batch, y), 2, &n));
    spl_batch_filter(batch, keep);
    assert_int_equal(spl_batch_rows(batch), 3);
    spl_batch_truncate(batch, 2);
    assert_int_equal(spl_batch_row(batch, 1), 2);
    spl_batch_rename(batch, y, z);
    assert_null(spl_batch_column(batch, y));
    assert_true(spl_str_is(spl_value_str(spl_batch_get(batch, 2, z)), "two"));
    spl_batch_arrange(batch, (spl_field[]){z, y, z}, 3);
    assert_int_equal(batch->n_columns, 2);
    assert_null(spl_batch_column(batch, x));
    batch = spl_batch_gather(batch, (uint32_t[]){2, 2, 0}, 3);
    assert_true(spl_str_is(spl_value_str(spl_batch_get(batch, 1, z)), "two"));
    rows[0] = spl_row_keep(arena, batch, 2);
    rows[1] = spl_row_keep(arena, batch, 0);
    assert_int_equal(rows[0]->count, 0);
    assert_int_equal(atomic_load(&hold.count), 2);
    spl_batch_free(batch);
    assert_int_equal(atomic_load(&hold.count), 1);
    assert_int_equal(released, 0);
    batch = spl_batch_of_rows(account, fields, (const spl_row *const *)rows, 2, true);
    assert_true(spl_str_is(spl_value_str(spl_batch_get(batch, 1, z)), "two"));
    assert_true(spl_is_null(spl_batch_get(batch, 0, z)));
    spl_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(field_names),
        cmocka_unit_test(field_sets),
        cmocka_unit_test(batches),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
