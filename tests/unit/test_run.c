/* What holds for every search over events: the same result with any number of threads, with and without raw tests, from
 * a mapped file and from a pipe's blocks; newest first; and that a failing allocation comes back as a status. */
#include "search_support.h"

enum { EVENTS = 6000 };

/* JSON lines of flat Windows events; times go up, but for some that are late, and many share their second. */
static spl_str make_events(spl_str *out)
{
    size_t cap = EVENTS * 400, len = 0;
    char *text = malloc(cap);
    int i;

    for (i = 0; i < EVENTS; i++) {
        int second = i / 7 - (i % 97 == 0 ? 40 : 0) + 100;

        len += (size_t)snprintf(
            text + len, cap - len,
            "{\"@timestamp\":\"2020-09-02T%02d:%02d:%02dZ\",\"Channel\":\"Security\",\"Hostname\":\"ws%d.example.com\","
            "\"EventID\":%d,\"Message\":\"logon of user%d\\r\\nfrom 10.0.%d.%d\",\"n\":%d,\"u\":\"us%s%d\"}\n",
            second / 3600, second / 60 % 60, second % 60, i % 5, 4624 + i % 4, i % 50, i % 3, i % 200, i,
            i % 11 == 0 ? "\\u0065r" : "er", i % 9);
    }
    *out = (spl_str){text, len};
    return *out;
}

static const char *const searches[] = {
    "* | stats count sum(n) avg(n) stdev(n) min(n) max(n) dc(u) by EventCode",
    "EventCode=4625 | stats first(n) last(n) list(u) values(u) earliest(n) latest(n) mode(n) median(n) by host",
    "user7 | table _time n",
    "u=user3 | table n u",
    "u=user3 NOT n=3 | stats count",
    "EventCode=4624 OR EventCode=4626 | head 20 | table _time n EventCode",
    "EventCode=4624 (user1 OR user2) | stats count by u",
    "n=*9 | stats count",
    "logon n<300 | sort - n | head 3 | table n",
    "earliest=09/02/2020:00:05:00 latest=09/02/2020:00:06:00 | stats count min(n) max(n)",
    "* | dedup host | table host n",
    "* | tail 3 | table n",
    "sourcetype=WinEventLog:Security n=17 | table n _raw",
};

static spl_config config_of(const char *const *path, const spl_str *text)
{
    return (spl_config){.paths = path, .n_paths = 1, .texts = text, .tz = "UTC", .now = "1600000000", .threads = 1};
}

static void test_invariance(void **state)
{
    static const char *const path[] = {"events.json"};
    spl_str text;
    size_t i;

    (void)state;
    make_events(&text);
    for (i = 0; i < sizeof searches / sizeof *searches; i++) {
        spl_config config = config_of(path, &text);
        result first = run_search(&config, searches[i]), other;

        if (first.status != SPL_OK) fail_msg("%s: status %d", searches[i], first.status);
        if (first.rows == 0) fail_msg("%s: no rows", searches[i]);
        config.no_raw_tests = true;
        other = run_search(&config, searches[i]);
        if (strcmp(first.text, other.text) != 0) fail_msg("%s: raw tests show", searches[i]);
        result_free(&other);
        config.no_raw_tests = false;
        for (config.threads = 2; config.threads <= 8; config.threads *= 2) {
            other = run_search(&config, searches[i]);
            if (strcmp(first.text, other.text) != 0) fail_msg("%s: %u threads show", searches[i], config.threads);
            result_free(&other);
        }
        config.count_all = true;
        other = run_search(&config, searches[i]);
        if (strcmp(first.text, other.text) != 0) fail_msg("%s: counting shows", searches[i]);
        result_free(&other);
        result_free(&first);
    }
    free((char *)text.data);
}

static void test_newest_first(void **state)
{
    static const char *const paths[] = {"a.json", "b.json"};
    static const spl_str texts[] = {
        {"{\"@timestamp\":\"2020-01-01T00:00:01Z\",\"n\":\"a1\"}\n{\"@timestamp\":\"2020-01-01T00:00:03Z\",\"n\":"
         "\"a3\"}\n"
         "{\"@timestamp\":\"2020-01-01T00:00:03Z\",\"n\":\"a3b\"}\n",
         0},
        {"{\"@timestamp\":\"2020-01-01T00:00:03Z\",\"n\":\"b3\"}\n{\"@timestamp\":\"2020-01-01T00:00:02Z\",\"n\":"
         "\"b2\"}\n",
         0},
    };
    spl_str sized[2];
    spl_config config = {.paths = paths, .n_paths = 2, .texts = sized, .tz = "UTC", .threads = 2};
    result r;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) sized[i] = spl_str_of(texts[i].data);
    r = run_search(&config, "* | table n");
    assert_int_equal(r.status, SPL_OK);
    assert_string_equal(r.text, "n=b3 \nn=a3b \nn=a3 \nn=b2 \nn=a1 \n");
    result_free(&r);
}

/* A run that wants no more stops workers that are in the middle of their work. */
static void test_early_stop(void **state)
{
    static const char *const paths[] = {"a.json", "b.json", "c.json", "d.json"};
    spl_str text, texts[4];
    int i;

    (void)state;
    make_events(&text);
    for (i = 0; i < 4; i++) texts[i] = text;
    for (i = 0; i < 100; i++) {
        spl_config config = {.paths = paths, .n_paths = 4, .texts = texts, .tz = "UTC", .threads = 4};
        result r = run_search(&config, i % 2 ? "* | head 1" : "* | head 700 | table _time n");

        assert_int_equal(r.status, SPL_OK);
        result_free(&r);
    }
    free((char *)text.data);
}

static void test_failing_allocations(void **state)
{
    static const char *const path[] = {"events.json"};
    static const char *const some[] = {"EventCode=4625 | stats first(n) values(u) by host",
                                       "user7 | table _time n | head 3",
                                       "* | rex field=Message \"from (?<ip>\\S+)\" | sort ip | dedup ip | table ip"};
    spl_str text;
    uint64_t n;
    size_t i;

    (void)state;
    make_events(&text);
    text.len = (size_t)((const char *)memchr(text.data + 12000, '\n', 1000) - text.data) + 1;
    for (i = 0; i < sizeof some / sizeof *some; i++) {
        for (n = 1; n < 100000; n += 1 + n / 40) {
            spl_config config = config_of(path, &text);
            result r;

            config.threads = 1 + n % 2;
            config.fail_after = n;
            r = run_search(&config, some[i]);
            if (r.status != SPL_OK && r.status != SPL_BOUND)
                fail_msg("%s: status %d at %llu", some[i], r.status, (unsigned long long)n);
            result_free(&r);
            if (r.status == SPL_OK) break; /* fewer requests than n */
        }
        assert_true(n > 50);
    }
    free((char *)text.data);
}

/* A hunt of many searches, all pulled. */
static spl_status hunt_all(const spl_config *config, const char *const *texts, size_t n)
{
    spl_search *shared = spl_search_new(config, "search", spl_str_of(""), 1, 1);
    spl_hunt *hunt = shared && spl_search_share(shared) == SPL_OK ? spl_hunt_new(shared) : NULL;
    spl_status worst = hunt ? SPL_OK : SPL_BOUND, status;
    size_t i;

    for (i = 0; hunt && i < n; i++) {
        status = spl_hunt_add(hunt, "search", spl_str_of(texts[i]), 1, 1);
        if (status != SPL_OK) worst = status;
        if (status != SPL_OK && status != SPL_BOUND) fail_msg("%s: status %d", texts[i], status);
        if (!spl_hunt_at(hunt, i)) break; /* not even noted */
        if (status != SPL_OK) spl_hunt_drop(hunt, i);
    }
    status = hunt && worst == SPL_OK ? spl_hunt_pass(hunt) : SPL_BOUND;
    for (i = 0; status == SPL_OK && i < n; i++) {
        spl_search *search = spl_hunt_at(hunt, i);
        spl_batch *batch;
        spl_status one = spl_hunt_begin(hunt, i);

        while (one == SPL_OK && (one = spl_search_next(search, &batch)) == SPL_OK) spl_batch_free(batch);
        if (one != SPL_END) worst = one;
        spl_hunt_drop(hunt, i);
    }
    spl_hunt_free(hunt);
    spl_search_free(shared);
    return status == SPL_OK ? worst : status;
}

static void test_failing_hunts(void **state)
{
    static const char *const path[] = {"events.json"};
    static const char *const some[] = {"EventCode=4625 | stats first(n) values(u) by host",
                                       "* | stats count by host",
                                       "user7 | table _time n | head 3",
                                       "n>1 | stats count by EventCode",
                                       "* | fields n, host | sort n",
                                       "n>5 | stats sum(n)"};
    spl_str text;
    uint64_t n;

    (void)state;
    make_events(&text);
    text.len = (size_t)((const char *)memchr(text.data + 12000, '\n', 1000) - text.data) + 1;
    for (n = 1; n < 100000; n += 1 + n / 60) {
        spl_config config = config_of(path, &text);
        spl_status status;

        config.threads = 1 + n % 2;
        config.fail_after = n;
        status = hunt_all(&config, some, sizeof some / sizeof *some);
        if (status == SPL_OK) break;
        if (status != SPL_BOUND) fail_msg("status %d at %llu", status, (unsigned long long)n);
    }
    assert_true(n > 50);
    free((char *)text.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_invariance), cmocka_unit_test(test_newest_first),
                                       cmocka_unit_test(test_early_stop), cmocka_unit_test(test_failing_allocations),
                                       cmocka_unit_test(test_failing_hunts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
