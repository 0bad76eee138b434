/* test_unwinding.c -- a request for memory that fails, anywhere in a search of any kind of command, comes back as a
 * status: nothing leaks, nothing hangs, and the same search runs after it. */
#include "search_support.h"

static const char *const searches[] = {
    "* | eval x=mvmap(m,upper(m)), y=json_extract(j,\"a{}\"), z=printf(\"%5.2f|%s\",n,m) | where x!=\"q\"",
    "* | eventstats avg(n) as a by h | streamstats window=2 sum(n) as s | sort - s",
    "* | timechart span=1d count by h | untable _time h c | xyseries _time h c",
    "* | chart avg(n) over h by m | transpose | fillnull value=x",
    "* | append [ search n=1 | eval k=2 ] | join type=left h [ search * | stats count by h ]",
    "* n=[ search n=2 | return $n ] | appendpipe [ stats sum(n) as n ] | addtotals",
    "* | mvexpand m | makemv delim=\",\" m | mvcombine h | nomv h",
    "* | rex field=j \"(?<w>\\w+)\" | replace a with b in w | rangemap field=n low=0-1 default=high | top limit=1 w",
    "* | foreach n m [ eval <<FIELD>>_x='<<FIELD>>'.\"!\" ] | table *_x | format",
    "* | stats list(m) values(h) perc90(n) mode(h) stdev(n) earliest(n) sparkline(count) by h | dedup h",
    "| makeresults count=3 | map search=\"search n=2 | eval t=\\\"$_time$\\\"\" | convert ctime(_time)",
    "* | bin _time span=1h | stats dc(n) by _time | accum \"dc(n)\" as t | delta t as d | autoregress t",
};

static result run(const char *search, uint64_t fail_after, unsigned threads)
{
    static const char *const path[] = {"events"};
    const spl_str text =
        SPL_S("{\"_time\":1600000000,\"n\":1,\"m\":[\"a\",\"b,c\"],\"h\":\"x\",\"j\":\"{\\\"a\\\":[1,2]}\"}\n"
              "{\"_time\":1600003600,\"n\":2,\"m\":\"d\",\"h\":\"y\",\"j\":\"q r\"}\n"
              "{\"_time\":1600007200,\"n\":\"3\",\"h\":[\"x\",\"z\"]}\n");
    spl_config config = {.paths = path,
                         .n_paths = 1,
                         .texts = &text,
                         .records = true,
                         .tz = "UTC",
                         .now = "1600000000",
                         .threads = threads,
                         .separate_allocations = true,
                         .fail_after = fail_after};

    return run_search(&config, search);
}

static void test_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        result whole = run(searches[i], 0, 1);
        uint64_t n;

        if (whole.status != SPL_OK) fail_msg("%s: status %d", searches[i], whole.status);
        for (n = 1; n < 1000000; n += 1 + n / 25) {
            result r = run(searches[i], n, 1 + n % 2);
            bool ended = r.status == SPL_OK;

            if (!ended && r.status != SPL_BOUND)
                fail_msg("%s: status %d at %llu", searches[i], r.status, (unsigned long long)n);
            if (ended && strcmp(r.text, whole.text) != 0)
                fail_msg("%s: another result after a failure at %llu:\n%s%s", searches[i], (unsigned long long)n,
                         whole.text, r.text);
            result_free(&r);
            if (ended) break; /* fewer requests than n */
        }
        assert_true(n > 50);
        result_free(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
