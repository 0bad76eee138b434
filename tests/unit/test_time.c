/* test_time.c -- zones, time formats, relative times, buckets, time stamps; comparison. */
#include "base/fault.h"
#include "data/compare.h"
#include "data/timefmt.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static spl_account *account;
static spl_arena *arena;
static const spl_zone *utc, *berlin, *york;

static int set_up(void **state)
{
    (void)state;
    account = spl_account_new(&(spl_account_config){.separate = true});
    arena = spl_arena_new(account);
    utc = spl_zone_open(arena, "UTC");
    berlin = spl_zone_open(arena, "Europe/Berlin");
    york = spl_zone_open(arena, "EST5EDT,M3.2.0,M11.1.0");
    return !utc || !york;
}

static int tear_down(void **state)
{
    (void)state;
    spl_account_free(account);
    return 0;
}

static void zones(void **state)
{
    const char *name;
    (void)state;

    assert_null(spl_zone_open(arena, "Nowhere/Atall"));
    assert_null(spl_zone_open(arena, "../../etc/passwd"));
    assert_int_equal(spl_zone_offset(spl_zone_open(arena, "+05:30"), 0, &name), 19800);
    assert_int_equal(spl_zone_offset(spl_zone_open(arena, "-0800"), 0, NULL), -28800);
    assert_int_equal(spl_zone_offset(york, 1583650799, &name), -18000); /* 2020-03-08 01:59:59 */
    assert_string_equal(name, "EST");
    assert_int_equal(spl_zone_offset(york, 1583650800, &name), -14400);
    assert_string_equal(name, "EDT");
    assert_int_equal(spl_zone_offset(york, 4086288000, NULL), -14400); /* 2099-06-28 */
}

static void later_years(void **state)
{
    (void)state;
    if (!berlin) skip();
    assert_int_equal(spl_zone_offset(berlin, 1598918400, NULL), 7200);
    assert_int_equal(spl_zone_offset(berlin, 1609459200, NULL), 3600);
    assert_int_equal(spl_zone_offset(berlin, 4086288000, NULL), 7200); /* 2099-06-28 */
    assert_int_equal(spl_zone_offset(berlin, -2000000000, NULL), 3600);
    /* 2020-10-25 02:30 is twice: the earlier; 2020-03-29 02:30 is not: an hour on */
    assert_int_equal(spl_zone_to_utc(berlin, 1603593000), 1603593000 - 7200);
    assert_int_equal(spl_zone_to_utc(berlin, 1585449000), 1585449000 - 3600);
}

static void calendar(void **state)
{
    spl_civil civil;
    (void)state;

    for (int64_t day = -800000; day < 800000; day += 37) {
        spl_civil_of(utc, (double)day * 86400, &civil);
        assert_int_equal(spl_days_from_civil(civil.year, civil.month, civil.day), day);
        assert_int_equal(civil.weekday, ((day % 7) + 11) % 7);
    }
    spl_civil_of(utc, NAN, &civil);
    spl_civil_of(utc, 1e300, &civil);
}

static void check_format(const spl_zone *zone, double epoch, const char *format, const char *expected)
{
    spl_buf out = spl_buf_in(arena);

    spl_strftime(&out, zone, epoch, spl_str_of(format));
    if (!spl_str_is(spl_buf_str(&out), expected)) fail_msg("%s: %.*s", format, SPL_FMT(spl_buf_str(&out)));
}

static void formatting(void **state)
{
    (void)state;
    check_format(utc, 1709697909, "%Y-%m-%dT%H:%M:%S %b %B %a %A", "2024-03-06T04:05:09 Mar March Wed Wednesday");
    check_format(utc, 1709697909, "[%e][%k] %z %:z %::z %:::z %Z", "[ 6][ 4] +0000 +00:00 +00:00:00 +00 UTC");
    check_format(utc, 1709697909.25, "%3Q %6Q %9Q %N %3N %f %Q", "250 250000 250000000 250000000 250 250000 250");
    check_format(utc, 1599011016.775, "%6N %3N", "775000 775");
    check_format(utc, 1709685000, "%I %p", "12 AM");
    check_format(utc, 1709452800, "%j %w", "063 0");
    check_format(utc, 1563442200, "%c / %+", "Thu Jul 18 09:30:00 2019 / Thu Jul 18 09:30:00 UTC 2019");
    check_format(utc, 1738454400, "%G-%V", "2025-05");
    check_format(utc, 1735711200, "%U", "00");
    check_format(utc, 1735600000, "%G %V %g", "2025 01 25");
    check_format(utc, 1609459200, "%G %V", "2020 53");
    check_format(utc, 1745970322, "%d %b '%y = %Y-%m-%d 100%% %s %L%", "29 Apr '25 = 2025-04-29 100% 1745970322 %L%");
    check_format(york, 1598918400, "%F %T %Z %z %Ez", "2020-08-31 20:00:00 EDT -0400 -240");
    check_format(utc, -0.5, "%F %T.%3N", "1969-12-31 23:59:59.500");
}

static void check_parse(const spl_zone *zone, const char *text, const char *format, double expected)
{
    double epoch = NAN;
    bool good = spl_strptime(zone, spl_str_of(text), spl_str_of(format), 1709726400, &epoch);

    if (good != !isnan(expected) || (good && fabs(epoch - expected) > 1e-6)) fail_msg("%s: %.9f", text, epoch);
}

static void parsing(void **state)
{
    (void)state;
    check_parse(utc, "2022-12-15 09:45:22", "%Y-%m-%d %H:%M:%S", 1671097522);
    check_parse(utc, "2022-9-25T09:45:22.000", "%Y-%m-%dT%H:%M:%S.%Q", 1664099122);
    check_parse(utc, "2022/07/23 17:19:01.89", "%Y/%m/%d %H:%M:%S.%N", 1658596741.89);
    check_parse(utc, "Apr 29, 2025 11:45:22 PM", "%b %d, %Y %I:%M:%S %p", 1745970322);
    check_parse(utc, "1534143600", "%s", 1534143600);
    check_parse(utc, "03/2024", "%m/%Y", NAN);
    check_parse(utc, "2024-03-06", "%d/%m/%Y", NAN);
    check_parse(utc, "2023-02-29", "%F", NAN);
    check_parse(utc, "10:00", "%H:%M", 1709683200 + 36000);
    check_parse(utc, "2024-03-06 and more", "%F", 1709683200);
    check_parse(york, "2020-08-31 20:00:00", "%F %T", 1598918400);
    check_parse(york, "2020-09-01 02:00:00 +02:00", "%F %T %z", 1598918400);
    check_parse(utc, "2020-08-31 20:00:00 EDT", "%F %T %Z", 1598918400);
    check_parse(utc, "", "%F", NAN);
    check_parse(utc, "x", "", NAN);
}

static void check_spec(const char *spec, double now, double expected)
{
    double epoch = NAN;
    size_t at;
    bool good = spl_timespec(utc, spl_str_of(spec), now, &epoch, &at);

    if (good != !isnan(expected) || (good && epoch != expected)) fail_msg("%s: %.3f", spec, epoch);
}

static void relative(void **state)
{
    double t = 1709739930; /* Wed 2024-03-06 15:45:30 */
    size_t at;
    double epoch;
    (void)state;

    check_spec("-h", t, 1709736330);
    check_spec("-d@d", t, 1709596800);
    check_spec("@w", t, 1709424000);
    check_spec("@w7", t, 1709424000);
    check_spec("@w6", 1709942340, 1709337600);
    check_spec("@mon", t, 1709251200);
    check_spec("@q", t, 1704067200);
    check_spec("@y", t, 1704067200);
    check_spec("-1q@q", t, 1696118400);
    check_spec("-1mon", t, 1707234330);
    check_spec("-1y", t, 1678117530);
    check_spec("-1d@d+3h", t, 1709596800 + 3 * 3600);
    check_spec("-1mon", 1711843200, 1709164800); /* 2024-03-31: the last of February */
    check_spec("now", t, t);
    check_spec("now-1m", t, t - 60);
    check_spec("1600000000.5", t, 1600000000.5);
    check_spec("03/05/2024:00:00:00", t, 1709596800);
    check_spec("-5parsecs", t, NAN);
    check_spec("yesterday", t, NAN);
    check_spec("@", t, NAN);
    check_spec("", t, NAN);
    assert_false(spl_timespec(utc, SPL_S("-1d@fortnight"), t, &epoch, &at));
    assert_int_equal(at, 3);
}

static double bucket(const spl_zone *zone, const char *text, double t)
{
    spl_span_time span;

    if (!spl_timespan(spl_str_of(text), &span)) fail_msg("%s", text);
    return spl_time_bucket(zone, t, span);
}

static void buckets(void **state)
{
    spl_span_time span;
    (void)state;

    assert_true(bucket(utc, "5m", 1700006699) == 1700006400);
    assert_true(bucket(utc, "1mon", 1700053400) == 1698796800);
    assert_true(bucket(utc, "1d", 1700053400) == 1700006400);
    assert_true(bucket(utc, "1w", 1709739930) == 1709424000);
    assert_true(bucket(utc, "1w@w1", 1709739930) == 1709510400);
    assert_true(fabs(bucket(utc, "100ms", 1700006400.3) - 1700006400.3) < 1e-6);
    assert_true(bucket(york, "1d", 1598918400) == 1598846400);
    assert_true(bucket(utc, "1q", 1709739930) == 1704067200);
    assert_true(spl_timespan(SPL_S("1mon"), &span));
    assert_true(spl_time_bucket_next(utc, 1698796800, span) == 1701388800);
    assert_true(spl_timespan(SPL_S("30"), &span) && span.unit == SPL_UNIT_NONE && span.count == 30);
    assert_true(spl_timespan(SPL_S("h"), &span) && span.count == 1);
    assert_false(spl_timespan(SPL_S("5x"), &span) || spl_timespan(SPL_S(""), &span) ||
                 spl_timespan(SPL_S("0s"), &span));
}

static void time_stamps(void **state)
{
    static const struct {
        const char *text;
        double epoch;
        const char *found;
    } cases[] = {
        {"2020-09-02T01:43:36.775000000Z", 1599011016.775, "2020-09-02T01:43:36.775000000Z"},
        {"2020-09-02 01:43:33.998 x", 1599011013.998, "2020-09-02 01:43:33.998"},
        {"2020-09-02 01:43:33,998 INFO main", 1599011013.998, "2020-09-02 01:43:33,998"},
        {"2020-09-02T03:43:33+02:00", 1599011013, "2020-09-02T03:43:33+02:00"},
        {"09/02/2020 01:43:50 AM\nLogName=Security", 1599011030, "09/02/2020 01:43:50 AM"},
        {"09/02/2020 01:43:50 PM", 1599054230, "09/02/2020 01:43:50 PM"},
        {"10.0.0.1 - - [02/Sep/2020:01:43:50 +0000] \"GET /\"", 1599011030, "02/Sep/2020:01:43:50 +0000"},
        {"<34>Sep  2 01:43:50 host su: x", 1599011030, "Sep  2 01:43:50"},
        {"Dec 31 23:59:59 host", 1577836799, "Dec 31 23:59:59"},
        {"Wed, 02 Sep 2020 01:43:50 GMT", 1599011030, "Wed, 02 Sep 2020 01:43:50 GMT"},
        {"Wed Sep  2 01:43:50 UTC 2020", 1599011030, "Wed Sep  2 01:43:50 UTC 2020"},
        {"Wed Sep  2 01:43:50 2020", 1599011030, "Wed Sep  2 01:43:50 2020"},
        {"1599011016 up", 1599011016, "1599011016"},
        {"[1599011016.775] up", 1599011016.775, "1599011016.775"},
        {"{\"time\":1599011016775,\"a\":1}", 1599011016.775, "1599011016775"},
        {"id=1234567890 at 2020-09-02 01:43:50", 1599011030, "2020-09-02 01:43:50"},
        {"v1.2.3 2020/09/02 01:43", 1599010980, "2020/09/02 01:43"},
        {"2020-09-02 only", 1599004800, "2020-09-02"},
        {"20200902T014350Z", 1599011030, "20200902T014350Z"},
        {"20200902 01:43:50", 1599011030, "20200902 01:43:50"},
        {"25/12/2020 10:00:00", 1608890400, "25/12/2020 10:00:00"},
        {"02.09.2020 01:43:50", 1599011030, "02.09.2020 01:43:50"},
        {"02-Sep-20 01:43:50", 1599011030, "02-Sep-20 01:43:50"},
        {"September 2, 2020 1:43:50 AM EST", 1599029030, "September 2, 2020 1:43:50 AM EST"},
        {"2020-09-02 01:43:50 WARN", 1599011030, "2020-09-02 01:43:50"},
        {"2020-09-02 01:43:50 -0700 x", 1599036230, "2020-09-02 01:43:50 -0700"},
        {"2020-09-02 01:43:50 -5 apples", 1599011030, "2020-09-02 01:43:50"},
        {"nothing 10.20.30.40 1:2 2020-13-45 monday maybe", NAN, ""},
        {"2020-02-30 10:00:00", NAN, ""},
        {"", NAN, ""},
    };
    spl_clock *clock = spl_clock_new(arena, utc, 1599011100);
    double epoch;
    size_t begin, end;
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_str text = spl_str_copy(arena, spl_str_of(cases[i].text)); /* not NUL-terminated */
        bool good = spl_timestamp_find(clock, text, 128, &epoch, &begin, &end);
        if (good == isnan(cases[i].epoch)) fail_msg("%s", cases[i].text);
        if (!good) continue;
        if (fabs(epoch - cases[i].epoch) > 1e-6 || !spl_str_is(spl_str_sub(text, begin, end), cases[i].found))
            fail_msg("%s: %.6f \"%.*s\"", cases[i].text, epoch, SPL_FMT(spl_str_sub(text, begin, end)));
    }
    assert_true(spl_timestamp_parse(clock, SPL_S("2020-09-02 01:43:33.998"), &epoch) && epoch == 1599011013.998);
    assert_true(spl_timestamp_parse(clock, SPL_S("2020-09-02T01:43:36.775000000Z"), &epoch) && epoch == 1599011016.775);
    assert_true(spl_timestamp_parse(clock, SPL_S("1599011016"), &epoch));
    assert_false(spl_timestamp_parse(clock, SPL_S("2020-09-02 01:43:33 x"), &epoch));
    assert_false(spl_timestamp_find(clock, SPL_S("far away: 2020-09-02 01:43:33"), 5, &epoch, &begin, &end));
}

static spl_value t(const char *text)
{
    return spl_text(spl_str_of(text));
}

static void comparing(void **state)
{
    bool none;
    (void)state;

    assert_true(spl_compare_sort(t("10"), t("9"), SPL_ORDER_AUTO) > 0);
    assert_true(spl_compare_sort(t("10"), t("9"), SPL_ORDER_STR) < 0);
    assert_true(spl_compare_sort(t("x"), t("9"), SPL_ORDER_AUTO) > 0);
    assert_true(spl_compare_sort(t("10.0.0.9"), t("10.0.0.10"), SPL_ORDER_AUTO) < 0);
    assert_true(spl_compare_sort(t("10.0.0.9"), t("9.255.0.1"), SPL_ORDER_IP) > 0);
    assert_true(spl_compare_sort(t("10.1.a"), t("9.1.a"), SPL_ORDER_AUTO) < 0);
    assert_true(spl_compare_by(t("10"), spl_number(2)) < 0);
    assert_true(spl_compare_eval(t("1"), spl_number(1.0), &none) == 0 && !none);
    assert_true(spl_compare_eval(t("a"), t("B"), &none) > 0);
    spl_compare_eval(SPL_NULL, t("B"), &none);
    assert_true(none);
    assert_false(spl_cidr_match(SPL_S("::/0"), SPL_S("1.2.3.4")));
    assert_true(spl_cidr_match(SPL_S("0.0.0.0/0"), SPL_S("1.2.3.4")));
    assert_true(spl_cidr_match(SPL_S("10.1.2.0/25"), SPL_S("10.1.2.127")));
    assert_false(spl_cidr_match(SPL_S("10.1.2.0/25"), SPL_S("10.1.2.128")));
    assert_false(spl_cidr_match(SPL_S("10.1.2.0/33"), SPL_S("10.1.2.1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones),      cmocka_unit_test(later_years), cmocka_unit_test(calendar),
        cmocka_unit_test(formatting), cmocka_unit_test(parsing),     cmocka_unit_test(relative),
        cmocka_unit_test(buckets),    cmocka_unit_test(time_stamps), cmocka_unit_test(comparing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
