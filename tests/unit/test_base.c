/* test_base.c -- arenas, text, maps, numbers, wildcards, UTF-8. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/map.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/wildcard.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static spl_account *account;
static spl_arena *arena;

static int set_up(void **state)
{
    (void)state;
    account = spl_account_new(&(spl_account_config){.separate = true});
    arena = spl_arena_new(account);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    spl_account_free(account);
    return 0;
}

static void count_up(void *ptr)
{
    ++*(int *)ptr;
}

static void arenas(void **state)
{
    (void)state;
    for (volatile int separate = 0; separate < 2; separate++) {
        spl_account *own = spl_account_new(&(spl_account_config){.separate = separate, .limit = 1 << 20});
        spl_arena *a = spl_arena_new(own), *b = spl_arena_new(own);
        volatile int closed = 0, failed = 0;
        spl_frame frame;
        char *volatile grown = NULL;

        for (size_t i = 0; i < 100; i++) memset(spl_alloc(a, i * 10), 7, i * 10);
        grown = spl_realloc(a, NULL, 0, 10);
        memset(grown, 'x', 10);
        grown = spl_realloc(a, grown, 10, 40000);
        assert_int_equal(grown[9], 'x');
        spl_arena_defer(a, count_up, (int *)&closed);
        spl_arena_reset(a);
        assert_int_equal(closed, 1);
        spl_arena_defer(a, count_up, (int *)&closed);
        spl_arena_free(b);
        if (SPL_CATCH(&frame)) {
            failed = 1;
            assert_int_equal(frame.status, SPL_BOUND);
            assert_non_null(strstr(frame.message, "memory"));
        } else {
            for (;;) spl_alloc(a, 1000);
        }
        assert_int_equal(failed, 1);
        assert_true(spl_account_peak(own) <= 1 << 20);
        spl_account_free(own);
        assert_int_equal(closed, 2);
    }
}

static void failing_requests(void **state)
{
    (void)state;
    for (volatile uint64_t n = 1; n < 40; n++) {
        spl_account *own = spl_account_new(&(spl_account_config){.fail_after = n});
        spl_frame frame;

        if (!SPL_CATCH(&frame)) {
            spl_arena *a = spl_arena_new(own);
            spl_map map = spl_map_in(a);
            for (int i = 0; i < 20; i++) spl_map_set(&map, spl_strf(a, "key %d", i), NULL);
            spl_frame_leave(&frame);
        }
        spl_account_free(own);
    }
}

static void maps(void **state)
{
    spl_map map = spl_map_in(arena);
    (void)state;

    assert_null(spl_map_get(&map, SPL_S("a")));
    for (intptr_t i = 0; i < 1000; i++) spl_map_set(&map, spl_strf(arena, "k%d", (int)i), (void *)(i + 1));
    for (intptr_t i = 0; i < 1000; i++)
        assert_ptr_equal(spl_map_get(&map, spl_strf(arena, "k%d", (int)i)), (void *)(i + 1));
    assert_int_equal(map.len, 1000);
    assert_true(spl_str_is(map.entries[7].key, "k7"));
    assert_null(spl_map_get(&map, SPL_S("k1000")));
}

static void text(void **state)
{
    spl_buf buf = spl_buf_in(arena);
    spl_str big;
    (void)state;

    assert_int_equal(spl_str_find(SPL_S("abcabc"), SPL_S("ca"), 0), 2);
    assert_int_equal(spl_str_find(SPL_S("abc"), SPL_S(""), 3), 3);
    assert_int_equal(spl_str_find(SPL_S("abc"), SPL_S("c"), 4), -1);
    assert_int_equal(spl_str_ifind(SPL_S("xxABc"), SPL_S("aBC"), 0), 2);
    for (int i = 0; i < 1000; i++) spl_buf_printf(&buf, "Line %d;", i);
    big = spl_buf_str(&buf);
    assert_int_equal(spl_str_ifind(big, SPL_S("line 900;line 901;LINE 902;line 903;line 904"), 0),
                     spl_str_find(big, SPL_S("Line 900;"), 0));
    assert_int_equal(spl_str_ifind(big, SPL_S("line 900;line 901;LINE 902;line 903;line 905"), 0), -1);
    assert_true(spl_str_is(spl_str_trim(SPL_S(" \t a b\n")), "a b"));
    assert_true(spl_str_cmp(SPL_S("a"), SPL_S("ab")) < 0);
    assert_true(spl_str_icmp(SPL_S("B"), SPL_S("a")) > 0);
    assert_true(spl_str_hash(SPL_S("abc")) != spl_str_hash(SPL_S("abd")));
}

static void wildcards(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool fold, match;
    } cases[] = {
        {"a*c", "abc", false, true},
        {"a*c", "ac", false, true},
        {"a*c", "acd", false, false},
        {"*", "", false, true},
        {"", "", false, true},
        {"", "a", false, false},
        {"a*a", "a", false, false},
        {"*b*b*", "ab", false, false},
        {"*b*b*", "abb", false, true},
        {"*Event*", "xeventx", true, true},
        {"*Event*", "xeventx", false, false},
        {"*ÄÖ*", "xäöx", true, true},
        {"ä*", "Äx", true, true},
        {"*é", "CAFÉ", true, true},
        {"**a**", "bab", false, true},
        {"é", "É", true, true},
        {"*é*é", "éé", true, true},
        {"*é*é", "é", true, false},
    };
    spl_str captures[4];
    size_t n;
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (spl_wildcard_match(spl_str_of(cases[i].pattern), spl_str_of(cases[i].text), cases[i].fold) !=
            cases[i].match)
            fail_msg("%s on %s", cases[i].pattern, cases[i].text);
    assert_true(spl_wildcard_capture(SPL_S("a*b*"), SPL_S("a1b2"), captures, 4, &n));
    assert_int_equal(n, 2);
    assert_true(spl_str_is(captures[0], "1") && spl_str_is(captures[1], "2"));
    assert_true(spl_str_is(spl_wildcard_literal(SPL_S("a*bcd*ef")), "bcd"));
}

static void characters(void **state)
{
    (void)state;
    assert_int_equal(spl_utf8_length(SPL_S("naïve")), 5);
    assert_int_equal(spl_utf8_length(SPL_S("a\xff\xc3")), 3);
    assert_int_equal(spl_utf8_offset(SPL_S("naïve"), 3), 4);
    assert_int_equal(spl_utf8_offset(SPL_S("ab"), 9), 2);
    assert_true(spl_utf8_valid(SPL_S("ä\xf0\x9f\x98\x80")));
    assert_false(spl_utf8_valid(SPL_S("\xed\xa0\x80")));
    assert_true(spl_str_is(spl_utf8_upper(arena, SPL_S("naïve\xff")), "NAÏVE\xff"));
    assert_true(spl_str_is(spl_utf8_lower(arena, SPL_S("ÀB")), "àb"));
    assert_true(spl_utf8_ieq(SPL_S("straßE"), SPL_S("STRAßE")));
    assert_false(spl_utf8_ieq(SPL_S("\xff"), SPL_S("\xfe")));
}

static void check_number(double number, unsigned digits, const char *expected)
{
    char out[SPL_NUM_MAX];
    size_t len = spl_num_write(out, number, digits);

    if (!spl_str_is(spl_str_cut(out, len), expected)) fail_msg("%.17g: %.*s, not %s", number, (int)len, out, expected);
}

static void numbers(void **state)
{
    double n;
    int64_t whole;
    static const char *const none[] = {"", "-", ".", "1e", "1e+", "0x10", "inf", "nan", "1 2", "1a", "--1", "1e999"};
    (void)state;

    check_number(0, 0, "0");
    check_number(-0.0, 0, "0");
    check_number(1, 0, "1");
    check_number(-42, 0, "-42");
    check_number(0.1, 0, "0.1");
    check_number(0.1 + 0.2, 0, "0.30000000000000004");
    check_number(0.1 + 0.2, 1, "0.3");
    check_number(1599011016.775, 0, "1599011016.775");
    check_number(1.0 / 3, 0, "0.3333333333333333");
    check_number(1.650, 2, "1.7");
    check_number(99.96, 3, "100");
    check_number(0.0996, 2, "0.10");
    check_number(8.250 * 0.20, 2, "1.7");
    check_number(2.0, 3, "2.00");
    check_number(-0.0, 3, "0.00");
    check_number(0, 1, "0");
    check_number(1e-9, 2, "1.0e-09");
    check_number(1234567, 2, "1200000");
    check_number(1e15, 0, "1000000000000000");
    check_number(9007199254740993.0, 0, "9007199254740992");
    check_number(9223372036854775808.0, 0, "9223372036854775808");
    check_number(1e22, 0, "1e+22");
    check_number(1.5e300, 0, "1.5e+300");
    check_number(0.000001, 0, "0.000001");
    check_number(1.25e-10, 0, "1.25e-10");
    check_number(DBL_MIN, 0, "2.2250738585072014e-308");
    check_number(4.9e-324, 0, "5e-324");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (spl_num_parse(spl_str_of(none[i]), &n)) fail_msg("%s is a number", none[i]);
    assert_true(spl_num_parse(SPL_S(" -12.50 "), &n) && n == -12.5);
    assert_true(spl_num_parse(SPL_S("1e3"), &n) && n == 1000);
    assert_true(spl_num_parse(SPL_S("00012345678901234567890"), &n) && n == 12345678901234567890.0);
    assert_true(spl_num_parse(SPL_S("0.1000000000000000055511151231257827021181583404541015625"), &n) && n == 0.1);
    assert_true(spl_num_parse(SPL_S("2.2250738585072014e-308"), &n) && n == DBL_MIN);
    assert_true(spl_num_parse(SPL_S("9007199254740993"), &n) && n == 9007199254740992.0);
    assert_true(spl_num_parse(SPL_S("1e-400"), &n) && n == 0);
    assert_int_equal(spl_num_digits(SPL_S("8.250")), 4);
    assert_int_equal(spl_num_digits(SPL_S("0.20")), 2);
    assert_int_equal(spl_num_digits(SPL_S("10")), 0);
    assert_true(spl_num_int(SPL_S("-9223372036854775808"), &whole) && whole == INT64_MIN);
    assert_false(spl_num_int(SPL_S("9223372036854775808"), &whole));
    srand(1);
    for (int i = 0; i < 20000; i++) { /* what is written reads back */
        uint64_t bits = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
        double number, back;
        char out[SPL_NUM_MAX], reference[40];
        memcpy(&number, &bits, sizeof number);
        if (i & 1) number = (double)(rand() % 1000000) / 1000 * (rand() % 7);
        if (!isfinite(number)) continue;
        size_t len = spl_num_write(out, number, 0);
        snprintf(reference, sizeof reference, "%.17g", number);
        if (!spl_num_parse(spl_str_cut(out, len), &back) || back != number)
            fail_msg("%.*s for %s", (int)len, out, reference);
        if (!spl_num_parse(spl_str_of(reference), &back) || back != number) fail_msg("%s", reference);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arenas),  cmocka_unit_test(failing_requests), cmocka_unit_test(maps),
        cmocka_unit_test(text),    cmocka_unit_test(wildcards),        cmocka_unit_test(characters),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
