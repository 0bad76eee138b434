/* Two searches in two threads, with different zones, clocks and macros, do not meet. */
#include "search_support.h"

#include <pthread.h>

typedef struct job {
    spl_config config;
    const char *search;
    const char *expected;
    int wrong;
} job;

static void *many_times(void *arg)
{
    job *j = arg;
    int i;

    for (i = 0; i < 50; i++) {
        result r = run_search(&j->config, j->search);

        if (r.status != SPL_OK || strcmp(r.text, j->expected) != 0) j->wrong++;
        result_free(&r);
    }
    return NULL;
}

static void test_two(void **state)
{
    static const char *const here[] = {"m=eval a=\"first\""}, *const there[] = {"m=eval a=\"second\""};
    const char *search = "| makeresults | `m` | eval t=strftime(now(), \"%H:%M %z\") | table a t";
    job jobs[2] = {
        {{.now = "1600000000", .tz = "UTC", .macros = here, .n_macros = 1, .threads = 2},
         search,
         "a=first t=12:26 +0000 \n",
         0},
        {{.now = "1500000000", .tz = "America/New_York", .macros = there, .n_macros = 1, .threads = 2},
         search,
         "a=second t=22:40 -0400 \n",
         0},
    };
    pthread_t threads[2];
    int i;

    (void)state;
    for (i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, many_times, &jobs[i]), 0);
    for (i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    assert_int_equal(jobs[0].wrong, 0);
    assert_int_equal(jobs[1].wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
