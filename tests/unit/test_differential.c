/* test_differential.c -- every search of queries/, and searches of every kind of term, over every fixture: the same
 * rows with and without raw tests, with 1, 2 and 8 threads, and with all events counted. Then the same over some
 * megabytes of events that lack fields, come out of order and are of several formats, so that there are many batches;
 * and with stages in between that need every field, and in order, which must not change what comes out. */
#include "search_support.h"

#include <glob.h>
#include <unistd.h>

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

static size_t compare(const char *search, const char *path, bool raw_tests_show)
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
        config.no_raw_tests = !raw_tests_show && (how == 0 || how == 3);
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

        for (i = 0; i < data.gl_pathc; i++) compare(text.data, data.gl_pathv[i], false);
        free((char *)text.data);
    }
    for (k = 0; k < sizeof searches / sizeof *searches; k++) {
        for (i = rows = 0; i < data.gl_pathc; i++) rows += compare(searches[k], data.gl_pathv[i], false);
        if (rows == 0) fail_msg("%s: finds nothing in any fixture", searches[k]);
    }
    globfree(&data);
    globfree(&queries);
}

/* --- many batches ------------------------------------------------------------------------------------------------- */

/* What comes of them does not depend on where batches end. */
static const char *const many[] = {
    "* | stats count dc(user) sum(bytes) values(late) list(rare) first(k) last(k) by status",
    "status=404 | table _time k user late",
    "user=amy | fillnull value=- r* late | stats count by rare late",
    "NOT late=* | stats count(*)",
    "k<40 | dedup user status | table k user status",
    "* | sort 0 - late k | table k late",
    "* | tail 1500 | table k rare",
    "late=1 OR rare=* | rename *_a AS *_b | stats count by x_b",
    "* | streamstats count(r*) AS r_* | stats max(r_are)",
    "* | streamstats window=5 sum(bytes) AS s by user | stats sum(s)",
    "* | eval a=\"\" | foreach late rare x_* [ eval a=a.coalesce('<<FIELD>>',\"<<MATCHSTR>>\") ] | stats count by a",
    "* | where k<3 | fields late x_a k | transpose 3",
    "user=b* | untable k name value | stats count by name",
    "* | transaction user maxevents=4 | stats count avg(eventcount)",
    "* | concurrency duration=k output=late | stats count by late",
    "* | eventstats avg(bytes) AS mean by status | where bytes>mean | stats count",
    "* | timechart span=1h count by status",
    "* | mvexpand tag | stats count by tag",
};
/* The order of columns is part of what is compared. */
static const char *const ordered[] = {
    "status=404 | uniq",
    "k<40 | fillnull",
    "* | sort 0 k",
    "* | reverse | head 3000",
    "* | rtorder",
    "user=amy | appendpipe [ stats count by user ]",
    "* | foreach x_* [ eval <<FIELD>>=1 ]",
    "late=* | untable k name value",
};
/* What comes before and behind a stage that takes every field, in order. */
static const char *const cut[][2] = {
    {"k<40", "stats count first(user) latest(late) by status"},
    {"late=*", "dedup user | table k user"},
    {"*", "rename user AS late, late AS user | table late user k"},
    {"*", "eval late=if(k<9,null(),1), user=late | fields - late | table user k"},
    {"*", "eval x_{status}=k | table x_200 x_404"},
    {"*", "eval late=5 | concurrency duration=rare output=late | table k late"},
    {"*", "eval late=5 | eventstats count AS late by rare | table k late"},
    {"*", "eval late=5 | streamstats count AS late by rare | table k late"},
    {"*", "bin k span=10 AS late | table late k"},
    {"*", "rangemap field=k low=0-30 | table range"},
    {"*", "fields status | fields - _* | fields *"},
    {"*", "rename x_* AS y_* | fields - y_a | table y_* x_*"},
    {"*", "foreach x_* [ eval y_<<MATCHSTR>>='<<FIELD>>' ] | table y_*"},
    {"*", "makemv delim=\".\" user | mvexpand user | table user"},
};

static unsigned pick(unsigned *seed, unsigned n)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % n;
}

/* Some 2.5 MB: JSON and lines of key=value, half of the rows out of order; late and rare fields. */
static void write_many(char *folder)
{
    static const char *const users[] = {"amy", "bob", "Carl", "dave smith", "a.b.c"};
    char path[256], pad[201];
    unsigned seed = 7;

    memset(pad, 'x', 200);
    pad[200] = 0;
    assert_non_null(mkdtemp(folder));
    for (int kind = 0; kind < 2; kind++) {
        FILE *file;

        snprintf(path, sizeof path, "%s/many.%s", folder, kind ? "log" : "json");
        file = fopen(path, "w");
        assert_non_null(file);
        for (unsigned i = 0; i < 4000; i++) {
            unsigned at = pick(&seed, 4) ? i * 10 : pick(&seed, 40000), status = 200 + 204 * (pick(&seed, 4) == 0);
            const char *begin = kind ? " " : ",\"", *is = kind ? "=\"" : "\":\"";

            if (kind)
                fprintf(file, "2023-11-14 %02u:%02u:%02u", at / 3600, at / 60 % 60, at % 60);
            else
                fprintf(file, "{\"time\":\"2023-11-14T%02u:%02u:%02uZ\"", at / 3600, at / 60 % 60, at % 60);
            fprintf(file, "%sk%s%u\"%sstatus%s%u\"%spad%s%s\"", begin, is, i % 97, begin, is, status, begin, is, pad);
            if (pick(&seed, 9)) fprintf(file, "%suser%s%s\"", begin, is, users[pick(&seed, 5)]);
            if (pick(&seed, 9)) fprintf(file, "%sbytes%s%u\"", begin, is, pick(&seed, 5000));
            if (i > 2500) fprintf(file, "%slate%s%u\"", begin, is, pick(&seed, 3));
            if (!pick(&seed, 40)) fprintf(file, "%srare%s%u\"", begin, is, pick(&seed, 9));
            if (!pick(&seed, 60)) fprintf(file, "%sx_a%sa\"", begin, is);
            if (pick(&seed, 2)) fprintf(file, "%sx_b%sb\"", begin, is);
            if (!kind && !pick(&seed, 5)) fprintf(file, ",\"tag\":\"t%u\",\"tag\":\"t%u\"", i % 3, i % 2);
            fputs(kind ? "\n" : "}\n", file);
        }
        fclose(file);
    }
}

static void same_behind(const char *path, const char *before, const char *behind)
{
    spl_config config = {
        .builtin = SPL_ROOT, .paths = &path, .n_paths = 1, .tz = "UTC", .now = "1700000000", .threads = 2};
    char plain[512], between[512];
    result a, b;

    snprintf(plain, sizeof plain, "%s | %s", before, behind);
    snprintf(between, sizeof between, "%s | appendpipe [ where 1=2 ] | %s", before, behind);
    a = run_search(&config, plain);
    b = run_search(&config, between);
    if (a.status != b.status || strcmp(a.text, b.text) != 0) fail_msg("%s: %.2000s\n%.2000s", plain, a.text, b.text);
    result_free(&a);
    result_free(&b);
}

static void test_batches(void **state)
{
    char folder[] = "/tmp/spl-differential-XXXXXX", path[256];

    (void)state;
    write_many(folder);
    for (size_t k = 0; k < sizeof many / sizeof *many; k++)
        if (compare(many[k], folder, false) == 0) fail_msg("%s: finds nothing", many[k]);
    for (size_t k = 0; k < sizeof ordered / sizeof *ordered; k++)
        if (compare(ordered[k], folder, true) == 0) fail_msg("%s: finds nothing", ordered[k]);
    for (size_t k = 0; k < sizeof cut / sizeof *cut; k++) same_behind(folder, cut[k][0], cut[k][1]);
    snprintf(path, sizeof path, "%s/many.json", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/many.log", folder);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fixtures), cmocka_unit_test(test_batches)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
