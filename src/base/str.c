/* str.c -- comparing, searching and hashing slices. */
#include "base/str.h"

#include "base/hash.h"

__extension__ typedef unsigned __int128 wide;

int spl_str_cmp(spl_str a, spl_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool same_folded(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i] && spl_ascii_lower(a[i]) != spl_ascii_lower(b[i])) return false;
    return true;
}

bool spl_str_ieq(spl_str a, spl_str b)
{
    return a.len == b.len && same_folded(a.data, b.data, a.len);
}

bool spl_str_iis(spl_str a, const char *cstring)
{
    return spl_str_ieq(a, spl_str_of(cstring));
}

int spl_str_icmp(spl_str a, spl_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;

    for (size_t i = 0; i < shorter; i++) {
        unsigned char x = (unsigned char)spl_ascii_lower(a.data[i]), y = (unsigned char)spl_ascii_lower(b.data[i]);
        if (x != y) return x < y ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool spl_str_starts(spl_str text, spl_str prefix)
{
    return text.len >= prefix.len && spl_str_eq(spl_str_sub(text, 0, prefix.len), prefix);
}

bool spl_str_ends(spl_str text, spl_str suffix)
{
    return text.len >= suffix.len && spl_str_eq(spl_str_sub(text, text.len - suffix.len, text.len), suffix);
}

ptrdiff_t spl_str_find(spl_str text, spl_str needle, size_t from)
{
    const char *hit;

    if (from > text.len || needle.len > text.len - from) return -1;
    if (needle.len == 0) return (ptrdiff_t)from;
    hit = memmem(text.data + from, text.len - from, needle.data, needle.len);
    return hit ? hit - text.data : -1;
}

/* Rolling hash modulo 2^61-1, so that a long needle costs no more than a pass over the text. */
#define ROLL_PRIME ((UINT64_C(1) << 61) - 1)
#define ROLL_BASE UINT64_C(1160231953072845907)

static uint64_t roll_mul(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    uint64_t sum = (uint64_t)(product & ROLL_PRIME) + (uint64_t)(product >> 61);

    return sum >= ROLL_PRIME ? sum - ROLL_PRIME : sum;
}

static uint64_t roll_push(uint64_t hash, char c)
{
    uint64_t sum = roll_mul(hash, ROLL_BASE) + (unsigned char)spl_ascii_lower(c) + 1;

    return sum >= ROLL_PRIME ? sum - ROLL_PRIME : sum;
}

static ptrdiff_t find_long(spl_str text, spl_str needle, size_t from)
{
    uint64_t want = 0, have = 0, top = 1;

    for (size_t i = 0; i < needle.len; i++) {
        want = roll_push(want, needle.data[i]);
        have = roll_push(have, text.data[from + i]);
        top = roll_mul(top, ROLL_BASE);
    }
    for (size_t at = from;; at++) {
        uint64_t gone;
        if (have == want && same_folded(text.data + at, needle.data, needle.len)) return (ptrdiff_t)at;
        if (at + needle.len >= text.len) return -1;
        have = roll_push(have, text.data[at + needle.len]);
        gone = roll_mul(top, (uint64_t)(unsigned char)spl_ascii_lower(text.data[at]) + 1);
        have = have >= gone ? have - gone : have + ROLL_PRIME - gone;
    }
}

ptrdiff_t spl_str_ifind(spl_str text, spl_str needle, size_t from)
{
    char first;

    if (from > text.len || needle.len > text.len - from) return -1;
    if (needle.len == 0) return (ptrdiff_t)from;
    if (needle.len > 32) return find_long(text, needle, from);
    first = spl_ascii_lower(needle.data[0]);
    for (size_t at = from; at + needle.len <= text.len; at++)
        if (spl_ascii_lower(text.data[at]) == first && same_folded(text.data + at, needle.data, needle.len))
            return (ptrdiff_t)at;
    return -1;
}

spl_str spl_str_trim(spl_str text)
{
    while (text.len && spl_is_space(text.data[text.len - 1])) text.len--;
    while (text.len && spl_is_space(text.data[0])) text.data++, text.len--;
    return text;
}

uint64_t spl_str_hash(spl_str text)
{
    return spl_hash_bytes(text.data, text.len, 0);
}
