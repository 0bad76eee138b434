/* wildcard.c -- matching * by its stretches: the first is anchored at the begin, the last at the end, and each one
 * between is taken where it occurs first, which is always right and keeps the time linear. */
#include "base/wildcard.h"
#include "base/utf8.h"

static bool all_ascii(spl_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] & 0x80) return false;
    return true;
}

/* Where PART ends if TEXT begins with it under folding, else -1. Folded characters may differ in bytes. */
static ptrdiff_t starts_folded(spl_str text, spl_str part)
{
    size_t i = 0, j = 0;

    while (j < part.len) {
        if (i >= text.len) return -1;
        if (spl_utf8_fold(spl_utf8_next(text, &i)) != spl_utf8_fold(spl_utf8_next(part, &j))) return -1;
    }
    return (ptrdiff_t)i;
}

/* Where the last COUNT characters of TEXT begin; text.len + 1 if it has fewer. */
static size_t last_characters(spl_str text, size_t count)
{
    size_t have = spl_utf8_length(text);

    return have < count ? text.len + 1 : spl_utf8_offset(text, have - count);
}

#define ROLL 1099511628211u

/* The first occurrence of PART in TEXT under folding, by a rolling hash over folded characters. */
static bool find_folded(spl_str text, spl_str part, size_t *begin, size_t *end)
{
    uint64_t want = 0, have = 0, top = 1;
    size_t head = 0, tail = 0;

    for (size_t j = 0; j < part.len;) {
        want = want * ROLL + spl_utf8_fold(spl_utf8_next(part, &j)) + 1;
        if (head >= text.len) return false;
        have = have * ROLL + spl_utf8_fold(spl_utf8_next(text, &head)) + 1;
        top *= ROLL;
    }
    for (;;) {
        if (have == want) {
            ptrdiff_t stop = starts_folded(spl_str_sub(text, tail, text.len), part);
            if (stop >= 0) return *begin = tail, *end = tail + (size_t)stop, true;
        }
        if (head >= text.len) return false;
        have = have * ROLL + spl_utf8_fold(spl_utf8_next(text, &head)) + 1;
        have -= top * (spl_utf8_fold(spl_utf8_next(text, &tail)) + 1);
    }
}

typedef struct matcher {
    bool fold;    /* ASCII folding suffices */
    bool unicode; /* folding by characters */
} matcher;

static bool find_part(matcher m, spl_str text, spl_str part, size_t *begin, size_t *end)
{
    ptrdiff_t at;

    if (m.unicode) return find_folded(text, part, begin, end);
    at = m.fold ? spl_str_ifind(text, part, 0) : spl_str_find(text, part, 0);
    if (at < 0) return false;
    *begin = (size_t)at;
    *end = (size_t)at + part.len;
    return true;
}

static bool match(spl_str pattern, spl_str text, bool fold, spl_str *captures, size_t max, size_t *count)
{
    matcher m = {fold, fold && !all_ascii(pattern)};
    const char *star = pattern.len ? memchr(pattern.data, '*', pattern.len) : NULL;
    spl_str part;
    size_t begin, end, n = 0;
    ptrdiff_t stop;

    if (count) *count = 0;
    if (!star)
        return m.unicode ? spl_utf8_ieq(pattern, text) : fold ? spl_str_ieq(pattern, text) : spl_str_eq(pattern, text);
    part = spl_str_sub(pattern, 0, (size_t)(star - pattern.data));
    if (m.unicode) {
        stop = starts_folded(text, part);
        if (stop < 0) return false;
        text = spl_str_sub(text, (size_t)stop, text.len);
    } else {
        spl_str head = spl_str_sub(text, 0, part.len);
        if (!(fold ? spl_str_ieq(head, part) : spl_str_eq(head, part))) return false;
        text = spl_str_sub(text, part.len, text.len);
    }
    for (;;) {
        spl_str rest = spl_str_sub(pattern, (size_t)(star + 1 - pattern.data), pattern.len);
        const char *next = rest.len ? memchr(rest.data, '*', rest.len) : NULL;
        if (!next) { /* the last stretch ends the text */
            if (m.unicode) {
                begin = last_characters(text, spl_utf8_length(rest));
                if (begin > text.len || !spl_utf8_ieq(spl_str_sub(text, begin, text.len), rest)) return false;
            } else {
                if (text.len < rest.len) return false;
                begin = text.len - rest.len;
                spl_str tail = spl_str_sub(text, begin, text.len);
                if (!(fold ? spl_str_ieq(tail, rest) : spl_str_eq(tail, rest))) return false;
            }
            if (n < max) captures[n++] = spl_str_sub(text, 0, begin);
            if (count) *count = n;
            return true;
        }
        part = spl_str_sub(rest, 0, (size_t)(next - rest.data));
        if (part.len == 0) {
            begin = end = 0;
        } else if (!find_part(m, text, part, &begin, &end)) {
            return false;
        }
        if (n < max) captures[n++] = spl_str_sub(text, 0, begin);
        text = spl_str_sub(text, end, text.len);
        star = next;
    }
}

bool spl_wildcard_match(spl_str pattern, spl_str text, bool fold)
{
    return match(pattern, text, fold, NULL, 0, NULL);
}

bool spl_wildcard_capture(spl_str pattern, spl_str text, spl_str *captures, size_t max, size_t *count)
{
    return match(pattern, text, false, captures, max, count);
}

spl_str spl_wildcard_literal(spl_str pattern)
{
    spl_str best = {pattern.data, 0};

    for (size_t at = 0; at <= pattern.len;) {
        size_t end = at;
        while (end < pattern.len && pattern.data[end] != '*') end++;
        if (end - at > best.len) best = spl_str_sub(pattern, at, end);
        at = end + 1;
    }
    return best;
}
