/* LIKE patterns and keywords, against slow matchers that are plainly right. */
#include "base/fault.h"
#include "expr/like.h"
#include "expr/segments.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <cmocka.h>

static bool slow_like(spl_str p, spl_str t)
{
    if (!p.len) return !t.len;
    char c = p.data[0];
    spl_str rest = spl_str_sub(p, 1, p.len);
    if (c == '%') {
        for (size_t i = 0; i <= t.len; i++) {
            if (slow_like(rest, spl_str_sub(t, i, t.len))) return true;
        }
        return false;
    }
    if (!t.len) return false;
    if (c == '_') return slow_like(rest, spl_str_sub(t, 1, t.len));
    return t.data[0] == c && slow_like(rest, spl_str_sub(t, 1, t.len));
}

static bool breaks(char c, bool term)
{
    return spl_breaker_major(c) || (!term && spl_breaker_minor(c));
}

/* PATTERN from T[at] on, to an end of a segment. */
static bool slow_from(spl_str p, spl_str t, size_t at, bool term)
{
    if (!p.len) return at == t.len || breaks(t.data[at], term) || (at && breaks(t.data[at - 1], term));
    spl_str rest = spl_str_sub(p, 1, p.len);
    if (p.data[0] == '*') {
        if (!rest.len) return true;
        for (size_t i = at; i <= t.len; i++) {
            if (slow_from(rest, t, i, term)) return true;
            if (i < t.len && spl_breaker_major(t.data[i])) return false;
        }
        return false;
    }
    return at < t.len && spl_ascii_lower(p.data[0]) == spl_ascii_lower(t.data[at]) && slow_from(rest, t, at + 1, term);
}

static bool slow_keyword(spl_str p, spl_str t, bool term)
{
    bool open = p.data[0] == '*';
    while (p.len && p.data[0] == '*') {
        p = spl_str_sub(p, 1, p.len);
    }
    for (size_t i = 0; i < t.len; i++) {
        bool begins = open || i == 0 || breaks(t.data[i - 1], term) || breaks(t.data[i], term);
        if (begins && slow_from(p, t, i, term)) return true;
    }
    return false;
}

static size_t random_text(char *out, size_t max, const char *letters)
{
    size_t len = (size_t)rand() % (max + 1);
    for (size_t i = 0; i < len; i++) {
        out[i] = letters[(size_t)rand() % strlen(letters)];
    }
    return len;
}

static void test_like(void **state)
{
    spl_account *account = spl_account_new(&(spl_account_config){0});
    spl_arena *arena = spl_arena_new(account);
    (void)state;
    srand(1);
    for (int i = 0; i < 100000; i++) {
        char p[8], t[12];
        spl_str pattern = {p, random_text(p, sizeof p, "ab%_\\%")}, text = {t, random_text(t, sizeof t, "abab%_\\")};
        if (spl_like_match(spl_like_compile(arena, pattern), text) != slow_like(pattern, text))
            fail_msg("\"%.*s\" LIKE \"%.*s\"", SPL_FMT(text), SPL_FMT(pattern));
        if (i % 1000 == 0) spl_arena_reset(arena);
    }
    assert_true(spl_like_match(spl_like_compile(arena, SPL_S("na_ve")), SPL_S("na\xc3\xafve")));
    assert_true(spl_like_match(spl_like_compile(arena, SPL_S("%_ve")), SPL_S("na\xc3\xafve")));
    spl_account_free(account);
}

static void test_keywords(void **state)
{
    spl_account *account = spl_account_new(&(spl_account_config){0});
    spl_arena *arena = spl_arena_new(account);
    (void)state;
    srand(2);
    for (int i = 0; i < 200000; i++) {
        char p[7], t[16];
        spl_str pattern = {p, random_text(p, sizeof p, "ab.*A b*")}, text = {t, random_text(t, sizeof t, "abAB. =")};
        bool term = i % 2;
        spl_keyword *keyword = spl_keyword_compile(arena, pattern, term ? SPL_KEYWORD_TERM : 0);
        if (!keyword) continue;
        if (spl_keyword_match(keyword, text, NULL) != slow_keyword(pattern, text, term))
            fail_msg("keyword \"%.*s\" in \"%.*s\", %s", SPL_FMT(pattern), SPL_FMT(text), term ? "TERM" : "plain");
        if (i % 1000 == 0) spl_arena_reset(arena);
    }
    bool escaped = false;
    spl_keyword *keyword = spl_keyword_compile(arena, SPL_S("Image"), 0);
    assert_false(spl_keyword_match(keyword, SPL_S("{\"m\":\"a\\nImage: x\"}"), &escaped));
    assert_true(escaped);
    assert_true(spl_keyword_match(keyword, SPL_S("a%2520image"), NULL));
    assert_false(spl_keyword_match(spl_keyword_compile(arena, SPL_S("Image"), SPL_KEYWORD_CASE), SPL_S("image"), NULL));
    spl_account_free(account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_like), cmocka_unit_test(test_keywords)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
