/* test_differential.c -- every search of queries/, and searches of every kind of term, over every fixture: the same
 * rows with and without raw tests, with 1, 2 and 8 threads, and with all events counted. */
#include "search_support.h"

#include <glob.h>

static const char *const searches[] = {
    "* | stats count by sourcetype source host",
    "EventCode=* | stats count dc(Message) values(Computer) by EventCode",
    "EventCode=5861 OR EventCode=4688 | table _time EventCode ComputerName",
    "Image=*\\svchost.exe | stats count by Image",
    "powershell | stats count",
    "wmi* NOT EventCode=5857 | stats count by EventCode",
    "\"Event Filter\" OR binding OR TERM(4688) | stats count by EventCode",
    "CASE(Binding) | stats count",
    "Message=*binding* | stats count",
    "EventCode>4000 EventCode<=5000 | stats min(EventCode) max(EventCode)",
    "EventCode!=1 host=W* | stats count by host",
    "EventCode IN (1, 3, 4624, 58*) | stats count by EventCode",
    "sourcetype=XmlWinEventLog OR sourcetype=WinEventLog:Security | stats count by sourcetype",
    "_raw=*4624* | stats count",
    "NOT EventCode=* | stats count",
    "(user=a* OR User=*) (Image=* OR ProcessId=*) | head 3 | table _time User Image",
    "system | dedup EventCode | table EventCode",
    "* | head 4 | table _time EventCode",
    "* | tail 2 | table _time EventCode",
    "* | eval p=split(ComputerName,\".\") | mvexpand p | stats count list(EventCode) by p",
    "Hashes=*a* | rex field=Hashes \"(?<algorithm>\\w+)=\" | stats count by algorithm",
};

static spl_str read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 20);
    size_t size;

    assert_non_null(file);
    size = fread(text, 1, 1 << 20, file);
    fclose(file);
    text[size < 1 << 20 ? size : (1 << 20) - 1] = 0;
    return (spl_str){text, size};
}

static size_t compare(const char *search, const char *path)
{
    spl_config config = {
        .builtin = SPL_ROOT, .paths = &path, .n_paths = 1, .tz = "UTC", .now = "1700000000", .threads = 1};
    result first = run_search(&config, search);
    size_t rows = first.rows;

    if (first.status != SPL_OK) fail_msg("%s: %s: status %d", path, search, first.status);
    for (int how = 0; how < 5; how++) {
        static const unsigned threads[] = {1, 2, 8, 8, 2};
        result other;

        config.threads = threads[how];
        config.no_raw_tests = how == 0 || how == 3;
        config.count_all = how == 4;
        other = run_search(&config, search);
        if (other.status != SPL_OK || strcmp(first.text, other.text) != 0)
            fail_msg("%s: %s: %u threads%s%s show:\n%s%s", path, search, config.threads,
                     config.no_raw_tests ? ", no raw tests" : "", config.count_all ? ", counting" : "", first.text,
                     other.text);
        result_free(&other);
    }
    result_free(&first);
    return rows;
}

static void test_fixtures(void **state)
{
    glob_t data, queries;
    size_t i, k, rows;

    (void)state;
    assert_int_equal(glob(SPL_ROOT "/fixtures/windows/*.*", 0, NULL, &data), 0);
    assert_int_equal(glob(SPL_ROOT "/queries/*.spl", 0, NULL, &queries), 0);
    for (k = 0; k < queries.gl_pathc; k++) {
        spl_str text = read_text(queries.gl_pathv[k]);

        for (i = 0; i < data.gl_pathc; i++) compare(text.data, data.gl_pathv[i]);
        free((char *)text.data);
    }
    for (k = 0; k < sizeof searches / sizeof *searches; k++) {
        for (i = rows = 0; i < data.gl_pathc; i++) rows += compare(searches[k], data.gl_pathv[i]);
        if (rows == 0) fail_msg("%s: finds nothing in any fixture", searches[k]);
    }
    globfree(&data);
    globfree(&queries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fixtures)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
