/* test_text.c -- literals, regular expressions, JSON. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/fault.h"
#include "base/json.h"
#include "base/regex.h"
#include "base/scan.h"

#include <pcre2.h>
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

static void needles(void **state)
{
    uint64_t random = 1;
    char *text = spl_alloc(arena, 600);
    (void)state;

    for (int round = 0; round < 20000; round++) {
        char word[40];
        size_t len = (size_t)(random % 300), word_len = 1 + (size_t)(random >> 9) % (round % 3 ? 4 : 39);
        bool fold = random >> 20 & 1;
        /* at the very end of an allocation, so that the sanitizer sees an over-read */
        char *begin = text + 600 - len;
        for (size_t i = 0; i < len; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            begin[i] = "aAbB\xe4"[random >> 33 & 3];
        }
        for (size_t i = 0; i < word_len; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            word[i] = "aAbB"[random >> 35 & 3];
        }
        if (word_len > 8 && len > word_len && round % 2) memcpy(word, begin + (len - word_len), word_len);
        spl_needle needle = spl_needle_of(arena, spl_str_cut(word, word_len), fold);
        spl_str subject = spl_str_cut(begin, len);
        if (round % 3 == 0) spl_needle_fit(&needle, subject);
        ptrdiff_t at = fold ? spl_str_ifind(subject, needle.text, 0) : spl_str_find(subject, needle.text, 0);
        const char *hit = spl_needle_find(&needle, begin, begin + len);
        if ((at < 0) != (hit == NULL) || (hit && hit != begin + at)) fail_msg("round %d", round);
    }
    spl_needle needle = spl_needle_of(arena, SPL_S("aba"), false);
    assert_int_equal(spl_needle_count(&needle, SPL_S("ababa aba")), 2);
    needle = spl_needle_of(arena, SPL_S("vv=51"), false); /* v and = stand together in every line: 5 and 1 do not */
    spl_needle_fit(&needle, SPL_S("vv=12 vv=95 vv=75 vv=1, vv=551 vv=5,"));
    assert_true(needle.text.data[needle.rare[0]] == '1' || needle.text.data[needle.rare[1]] == '1');
    spl_str line = SPL_S("0123456789012345678901234567890123456789,x;");
    assert_ptr_equal(spl_scan_byte(line.data, line.data + line.len, '%'), line.data + line.len);
}

static spl_regex *compile(const char *pattern, unsigned flags)
{
    spl_str error = {0};
    size_t at = 0;
    spl_regex *regex = spl_regex_compile(arena, spl_str_of(pattern), flags, &error, &at);

    if (!regex) fail_msg("%s: %.*s at %zu", pattern, SPL_FMT(error), at);
    return regex;
}

static void required_literals(void **state)
{
    static const struct {
        const char *pattern, *literal;
        unsigned flags;
    } cases[] = {
        {"abc", "abc", 0},
        {"abc?d", "ab", 0},
        {"abc+def", "abc", 0},
        {"ab|cdef", "", 0},
        {"x(ab|cd)efg", "efg", 0},
        {"x(?:abcd)+y", "abcd", 0},
        {"x(?:abcd)*y", "x", 0},
        {"x(?<name>abcd){0,2}yz", "yz", 0},
        {"(?<!foobar)ab", "ab", 0},
        {"(?=foobar)ab", "ab", 0},
        {"a\\.b\\\\c", "a.b\\c", 0},
        {"\\d+foo[abc]{2}", "foo", 0},
        {"(?i)Bind\\w+", "bind", 0},
        {"Windows", "window", SPL_REGEX_FOLD},
        {"a(?i)bcd", "", 0},
        {"[]a]bc", "bc", 0},
        {"[[:alpha:]]bcd", "bcd", 0},
        {"\\Qa.b\\E", "", 0},
        {"nä?b", "n", 0},
        {"x{2,}yz", "yz", 0},
        {"a{b}cd", "b}cd", 0},
        {"((((ab))))c{3}", "ab", 0},
        {"a\\x{41}bcd\\p{Lu}e", "bcd", 0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool fold;
        spl_str literal = spl_regex_required(compile(cases[i].pattern, cases[i].flags), &fold);
        if (!spl_str_is(literal, cases[i].literal)) fail_msg("%s: \"%.*s\"", cases[i].pattern, SPL_FMT(literal));
    }
}

/* Random patterns: the search with the literal in front finds what PCRE2 alone finds. */
static void literals_lose_nothing(void **state)
{
    static const char *const parts[] = {"a",    "b",   "ab",  "(",      ")",    "|",     "*",    "+",  "?",
                                        "[ab]", "(?:", "{0}", "{2}",    ".",    "\\w",   "k",    "s",  "\\\\",
                                        "^",    "(?=", "(?!", "(?<=a)", "\\b",  "{0,1}", "[^a]", "ä",  "(?<n>",
                                        "\\1",  "$",   "\\.", "]",      "[]b]", "}",     "{,2}", "bab"};
    spl_match *match = spl_match_new(arena, 100000, 10000);
    pcre2_match_data *data = pcre2_match_data_create(32, NULL);
    uint64_t random = 7;
    int compiled = 0;
    (void)state;

    for (int round = 0; round < 40000; round++) {
        char pattern[128] = "", subject[64];
        int n = 1 + (int)(random >> 40) % 7;
        unsigned flags = random >> 50 & 1 ? SPL_REGEX_FOLD : 0;
        size_t len = 0;
        spl_arena *own = spl_arena_new(account);
        if (random >> 55 & 1 && random >> 56 & 1) strcat(pattern, "(?i)");
        for (int i = 0; i < n; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            strcat(pattern, parts[(random >> 33) % (sizeof parts / sizeof *parts)]);
        }
        spl_regex *regex = spl_regex_compile(own, spl_str_of(pattern), flags, NULL, NULL);
        int code;
        size_t at;
        pcre2_code *plain = pcre2_compile(
            (PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
            PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DUPNAMES | (flags ? PCRE2_CASELESS : 0), &code, &at, NULL);
        if (plain) pcre2_jit_compile(plain, PCRE2_JIT_COMPLETE); /* the two differ on invalid UTF */
        for (int i = 0; regex && plain && i < 8; i++) {
            len = 0;
            while (len < 24) {
                random = random * 6364136223846793005u + 1442695040888963407u;
                const char *piece =
                    (const char *[]){"a",  "b", "A", "B", "k",    "\xe2\x84\xaa", "S", "\xc5\xbf",
                                     "\\", ".", "ä", "Ä", "\xff", "bab",          "x", " "}[random >> 34 & 15];
                if ((random >> 58) == 0) break;
                memcpy(subject + len, piece, strlen(piece));
                len += strlen(piece);
            }
            bool want = pcre2_match(plain, (PCRE2_SPTR)subject, len, 0, 0, data, NULL) >= 0;
            compiled++;
            if (spl_regex_search(match, regex, spl_str_cut(subject, len), 0) != want)
                fail_msg("%s (%u) on %.*s", pattern, flags, (int)len, subject);
        }
        pcre2_code_free(plain);
        spl_arena_free(own);
    }
    assert_true(compiled > 10000);
    pcre2_match_data_free(data);
}

static spl_str replaced(const char *pattern, const char *text, const char *by, bool all)
{
    spl_match *match = spl_match_new(arena, 0, 0);

    return spl_regex_replace(match, arena, compile(pattern, 0), spl_str_of(text), spl_str_of(by), all);
}

static void matching(void **state)
{
    spl_match *match = spl_match_new(arena, 10000, 1000);
    spl_regex *regex = compile("(?<user>\\w+)@(?P<host>[\\w.]+)(x)?", 0);
    spl_str text, error;
    size_t at;
    spl_frame frame;
    volatile bool failed = false;
    (void)state;

    assert_int_equal(spl_regex_groups(regex), 3);
    assert_true(spl_str_is(spl_regex_group_name(regex, 2), "host"));
    assert_true(spl_str_is(spl_regex_group_name(regex, 3), ""));
    assert_true(spl_regex_search(match, regex, SPL_S("\xff mail ann@a.b c"), 0));
    assert_true(spl_match_group(match, 1, &text) && spl_str_is(text, "ann"));
    assert_true(spl_match_group(match, 2, &text) && spl_str_is(text, "a.b"));
    assert_false(spl_match_group(match, 3, &text));
    assert_int_equal(spl_match_begin(match, 0), 7);
    assert_false(spl_regex_search(match, regex, SPL_S("nothing"), 0));
    assert_true(spl_regex_search(match, compile("a\\x00b", 0), SPL_S("xa\0b"), 0));
    assert_false(spl_regex_search(match, compile("a|ab", SPL_REGEX_ANCHORED_WHOLE), SPL_S("abc"), 0));
    assert_true(spl_regex_search(match, compile("a|ab", SPL_REGEX_ANCHORED_WHOLE), SPL_S("ab"), 0));
    assert_null(spl_regex_compile(arena, SPL_S("ab(c"), 0, &error, &at));
    assert_int_equal(at, 4);
    assert_null(spl_regex_compile(arena, SPL_S("(?<my-name>c)"), 0, &error, &at));
    assert_non_null(strstr(spl_cstring(arena, error), "letters, digits and underscores"));
    assert_true(spl_str_is(replaced("a", "banana", "[\\0]", true), "b[a]n[a]n[a]"));
    assert_true(spl_str_is(replaced("a", "banana", "", false), "bnana"));
    assert_true(spl_str_is(replaced("(\\d)(\\d)", "12 34", "\\2\\1\\\\", true), "21\\ 43\\"));
    assert_true(spl_str_is(replaced("x*", "aäx", "-", true), "-a-ä--"));
    assert_true(spl_str_is(replaced("^", "ab", ">", true), ">ab"));
    assert_true(spl_str_is(replaced(".", "a.b", "x", true), "xxx"));
    char *many = spl_alloc(arena, 40);
    memset(many, 'a', 39), many[39] = 'b';
    if (SPL_CATCH(&frame)) {
        failed = true;
        assert_int_equal(frame.status, SPL_BOUND);
        assert_non_null(strstr(frame.message, "(a+)+$"));
    } else {
        spl_regex_search(match, compile("(a+)+$", 0), spl_str_cut(many, 40), 0);
        spl_frame_leave(&frame);
    }
    assert_true(failed);
}

static void json_tokens(void **state)
{
    static const char *const good[] = {
        "1",    " [ ] ", "{}",     "{\"a\":[1,2.5e-3,{\"b\":null}],\"c\":\"\\u00e9\"}", "[true,false]",
        "\"\"", "-0",    "[[],{}]"};
    static const char *const bad[] = {"",      "[",       "[1,]",       "{\"a\"}", "{\"a\":}", "{a:1}", "01",
                                      "1.",    "\"\\x\"", "\"\n\"",     "tru",     "1 2",      "[1}",   "\"\\u12\"",
                                      "nulll", "-",       "{\"a\":1,}", "]",       "\"abc"};
    spl_json json = spl_json_of(SPL_S(" {\"k\\n\": [1, {\"x\": \"y\"}], \"z\": true} "));
    spl_buf deep = spl_buf_in(arena), quoted = spl_buf_in(arena);
    (void)state;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!spl_json_valid(spl_str_of(good[i]))) fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (spl_json_valid(spl_str_of(bad[i]))) fail_msg("%s", bad[i]);
    assert_int_equal(spl_json_next(&json), SPL_JSON_OBJECT);
    assert_int_equal(spl_json_next(&json), SPL_JSON_KEY);
    assert_true(json.escaped && spl_str_is(json.raw, "k\\n"));
    assert_true(spl_json_skip(&json, SPL_JSON_KEY));
    assert_int_equal(spl_json_next(&json), SPL_JSON_KEY);
    assert_true(!json.escaped && spl_str_is(json.raw, "z"));
    assert_int_equal(spl_json_next(&json), SPL_JSON_TRUE);
    assert_int_equal(spl_json_next(&json), SPL_JSON_OBJECT_END);
    assert_int_equal(spl_json_next(&json), SPL_JSON_END);
    for (int i = 0; i < SPL_JSON_DEPTH; i++) spl_buf_char(&deep, '[');
    for (int i = 0; i < SPL_JSON_DEPTH; i++) spl_buf_char(&deep, ']');
    assert_true(spl_json_valid(spl_buf_str(&deep)));
    for (int i = 0; i < 100000; i++) spl_buf_char(&quoted, '[');
    assert_false(spl_json_valid(spl_buf_str(&quoted)));
    assert_true(spl_str_is(spl_json_unescape(arena, SPL_S("a\\n\\u00e9\\ud83d\\ude00\\ud800x\\/")),
                           "a\né\xf0\x9f\x98\x80\xef\xbf\xbdx/"));
    spl_buf_clear(&quoted);
    spl_json_quote(&quoted, SPL_S("a\"\\\n\x01\xff\xef\xbf\xbdé"));
    assert_true(spl_str_is(spl_buf_str(&quoted), "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xef\xbf\xbdé\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needles),  cmocka_unit_test(required_literals), cmocka_unit_test(literals_lose_nothing),
        cmocka_unit_test(matching), cmocka_unit_test(json_tokens),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
