/* test_read_records.c -- records: keys are the fields as they stand. */
#include "reader_support.h"

static void fields(void **state)
{
    static const char text[] =
        "{\"_time\":5,\"host\":\"h\",\"a.b\":1.50,\"l\":[\"x\",2,true],\"one\":[7],\"none\":[],\"n\":null,"
        "\"o\":{\"p\": [1]},\"_raw\":\"r \\\"q\\\"\"}\nno json\n{\"a.b\":2} x\n";
    subject *s = subject_of("t", SPL_S(text), "records");

    (void)state;
    assert_int_equal(s->count, 3);
    assert_string_equal(
        fields_of(s, "host a.b l one none n o _raw", 10),
        "host=h|a.b=1.50|l=x,2,true|one=7|o={\"p\": [1]}|_raw=r \"q\"\n_raw=no json\na.b=2|_raw={\"a.b\":2} "
        "x\n");
    assert_int_equal(spl_diag_len(s->query.diag), 1);
    assert_string_equal(fields_of(s, NULL, 10), "a.b=1.50|l=x,2,true|one=7|o={\"p\": [1]}\n\na.b=2\n");
    assert_true(time_of(s, 0) == 5);
    assert_true(isnan(time_of(s, 1)));
    assert_framing(s);
    subject_free(s);
}

static void times(void **state)
{
    subject *s =
        subject_of("t",
                   SPL_S("{\"a\":{\"_time\":1},\"_time\":\"1599011011.25\"}\n{\"_time\":\"2020-09-02T01:43:31Z\"}\n"
                         "{\"_time\":null}\n{\"_time\":1.5e9}\n"),
                   "records");

    (void)state;
    assert_true(time_of(s, 0) == 1599011011.25);
    assert_true(time_of(s, 1) == 1599011011);
    assert_true(isnan(time_of(s, 2)));
    assert_true(time_of(s, 3) == 1.5e9);
    subject_free(s);
}

static void damaged_at_random(void **state)
{
    (void)state;
    assert_sturdy("t",
                  SPL_S("{\"_time\":5,\"host\":\"h\",\"l\":[\"x\",{\"a\":1},null],\"o\":{\"p\":[1]},\"_raw\":"
                        "\"r\\u0041\"}\n{\"a\":1}\n"),
                  "records", "l o host _raw", 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_at_random), cmocka_unit_test(fields),
                                       cmocka_unit_test(times)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
