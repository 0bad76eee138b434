/* scan.c -- finding literals at memory speed.
 *
 * The two bytes of the literal that are rarest in logs are compared at 32 (AVX2) or 16 (SSE2) positions at a time;
 * where both stand, the whole is compared. Text that keeps raising false alarms is searched by the linear methods of
 * str.c, so that no input makes it quadratic. */
#include "base/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_X86 1
#endif

/* How common a byte is in event logs, roughly: the higher, the more common. */
static unsigned commonness(unsigned char c)
{
    static const char by_use[] = " e0\"ta1o,n:2irs.3<>54l6d8c7u9mp=/-_hSgfEDvCT;AybINPwROkM\\LFxU{}WBVzjqGXHKYJZQ";
    const char *at = c ? memchr(by_use, c, sizeof by_use - 1) : NULL;

    if (at) return (unsigned)(sizeof by_use - (size_t)(at - by_use));
    return c == '\n' || c == '\r' || c == '\t' ? 40 : 0;
}

static unsigned folded_commonness(char c)
{
    unsigned lower = commonness((unsigned char)spl_ascii_lower(c)),
             upper = commonness((unsigned char)spl_ascii_upper(c));

    return lower > upper ? lower : upper;
}

spl_needle spl_needle_of(spl_arena *arena, spl_str text, bool fold)
{
    spl_needle needle = {.fold = fold};
    char *copy = spl_alloc(arena, text.len ? text.len : 1);
    unsigned best = ~0u, second = ~0u;

    for (size_t i = 0; i < text.len; i++) copy[i] = fold ? spl_ascii_lower(text.data[i]) : text.data[i];
    needle.text = spl_str_cut(copy, text.len);
    for (size_t i = 0; i < text.len && i < UINT32_MAX; i++) {
        unsigned common = fold ? folded_commonness(copy[i]) : commonness((unsigned char)copy[i]);
        if (common < best) {
            if (best != ~0u) second = best, needle.rare[1] = needle.rare[0];
            best = common;
            needle.rare[0] = (uint32_t)i;
            if (second == ~0u) needle.rare[1] = (uint32_t)i;
        } else if (common < second || needle.rare[1] == needle.rare[0]) {
            second = common;
            needle.rare[1] = (uint32_t)i;
        }
    }
    return needle;
}

static bool byte_is(const spl_needle *needle, size_t offset, char c)
{
    return (needle->fold ? spl_ascii_lower(c) : c) == needle->text.data[offset];
}

void spl_needle_fit(spl_needle *needle, spl_str sample)
{
    enum { SAMPLE = 32 << 10, OFFSETS = 64 };
    size_t len = needle->text.len, tried = len < OFFSETS ? len : OFFSETS;
    uint32_t alone[256] = {0}, together[OFFSETS] = {0};
    size_t first = 0, second;

    sample = spl_str_sub(sample, 0, SAMPLE);
    if (len < 2 || sample.len < len) return;
    for (size_t i = 0; i < sample.len; i++)
        alone[(unsigned char)(needle->fold ? spl_ascii_lower(sample.data[i]) : sample.data[i])]++;
    for (size_t i = 1; i < tried; i++)
        if (alone[(unsigned char)needle->text.data[i]] < alone[(unsigned char)needle->text.data[first]]) first = i;
    for (size_t at = 0; at + len <= sample.len; at++) {
        if (!byte_is(needle, first, sample.data[at + first])) continue;
        for (size_t i = 0; i < tried; i++) together[i] += byte_is(needle, i, sample.data[at + i]);
    }
    second = first ? 0 : 1;
    for (size_t i = 0; i < tried; i++)
        if (i != first && (together[i] < together[second] ||
                           (together[i] == together[second] && alone[(unsigned char)needle->text.data[i]] <
                                                                   alone[(unsigned char)needle->text.data[second]])))
            second = i;
    needle->rare[0] = (uint32_t)first;
    needle->rare[1] = (uint32_t)second;
}

static bool stands_at(const spl_needle *needle, const char *at)
{
    if (!needle->fold) return memcmp(at, needle->text.data, needle->text.len) == 0;
    for (size_t i = 0; i < needle->text.len; i++)
        if (spl_ascii_lower(at[i]) != needle->text.data[i]) return false;
    return true;
}

/* Byte by byte from BEGIN on, in linear time. */
static const char *find_plainly(const spl_needle *needle, const char *begin, const char *end)
{
    spl_str text = spl_str_cut(begin, (size_t)(end - begin));
    ptrdiff_t at = needle->fold ? spl_str_ifind(text, needle->text, 0) : spl_str_find(text, needle->text, 0);

    return at < 0 ? NULL : begin + at;
}

#ifdef HAVE_X86
/* What a byte is or-ed with before it is compared: letters lose their case, all else stays. */
static char case_bit(const spl_needle *needle, char c)
{
    return needle->fold && spl_is_alpha(c) ? 0x20 : 0;
}

/* Looks at the candidates of MASK (bit i: position at + i); their comparisons are paid from BUDGET. */
static const char *try_mask(const spl_needle *needle, const char *at, uint64_t mask, ptrdiff_t *budget)
{
    for (; mask; mask &= mask - 1) {
        const char *candidate = at + __builtin_ctzll(mask);
        if (stands_at(needle, candidate)) return candidate;
        *budget -= needle->text.len < 64 ? 1 : (ptrdiff_t)(needle->text.len / 64);
    }
    return NULL;
}

__attribute__((target("avx2"))) static const char *find_avx2(const spl_needle *needle, const char *begin,
                                                             const char *end)
{
    char a = needle->text.data[needle->rare[0]], b = needle->text.data[needle->rare[1]];
    const __m256i va = _mm256_set1_epi8(a), vb = _mm256_set1_epi8(b);
    const __m256i fa = _mm256_set1_epi8(case_bit(needle, a)), fb = _mm256_set1_epi8(case_bit(needle, b));
    const char *last = end - needle->text.len; /* the last position it can stand at */
    size_t oa = needle->rare[0], ob = needle->rare[1];
    const char *at = begin;
    ptrdiff_t budget = 1024;

    for (; last - at >= 63; at += 64) {
        __m256i a0 = _mm256_loadu_si256((const __m256i *)(const void *)(at + oa));
        __m256i a1 = _mm256_loadu_si256((const __m256i *)(const void *)(at + oa + 32));
        __m256i b0 = _mm256_loadu_si256((const __m256i *)(const void *)(at + ob));
        __m256i b1 = _mm256_loadu_si256((const __m256i *)(const void *)(at + ob + 32));
        __m256i m0 = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_or_si256(a0, fa), va),
                                      _mm256_cmpeq_epi8(_mm256_or_si256(b0, fb), vb));
        __m256i m1 = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_or_si256(a1, fa), va),
                                      _mm256_cmpeq_epi8(_mm256_or_si256(b1, fb), vb));
        __m256i any = _mm256_or_si256(m0, m1);
        if (_mm256_testz_si256(any, any)) continue;
        const char *hit =
            try_mask(needle, at,
                     (uint64_t)(uint32_t)_mm256_movemask_epi8(m1) << 32 | (uint32_t)_mm256_movemask_epi8(m0), &budget);
        if (hit) return hit;
        budget += 8; /* a false alarm for eight positions is borne */
        if (budget < 0) return find_plainly(needle, at + 64, end);
    }
    for (; at <= last; at++)
        if (((at[oa] | case_bit(needle, a)) == a) && ((at[ob] | case_bit(needle, b)) == b) && stands_at(needle, at))
            return at;
    return NULL;
}

static const char *find_sse2(const spl_needle *needle, const char *begin, const char *end)
{
    char a = needle->text.data[needle->rare[0]], b = needle->text.data[needle->rare[1]];
    const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b);
    const __m128i fa = _mm_set1_epi8(case_bit(needle, a)), fb = _mm_set1_epi8(case_bit(needle, b));
    const char *last = end - needle->text.len;
    size_t oa = needle->rare[0], ob = needle->rare[1];
    const char *at = begin;
    ptrdiff_t budget = 1024;

    for (; last - at >= 15; at += 16) {
        __m128i a0 = _mm_loadu_si128((const __m128i *)(const void *)(at + oa));
        __m128i b0 = _mm_loadu_si128((const __m128i *)(const void *)(at + ob));
        unsigned mask = (unsigned)_mm_movemask_epi8(
            _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(a0, fa), va), _mm_cmpeq_epi8(_mm_or_si128(b0, fb), vb)));
        if (!mask) continue;
        const char *hit = try_mask(needle, at, mask, &budget);
        if (hit) return hit;
        budget += 2;
        if (budget < 0) return find_plainly(needle, at + 16, end);
    }
    for (; at <= last; at++)
        if (((at[oa] | case_bit(needle, a)) == a) && ((at[ob] | case_bit(needle, b)) == b) && stands_at(needle, at))
            return at;
    return NULL;
}
#endif

const char *spl_needle_find(const spl_needle *needle, const char *begin, const char *end)
{
    if ((size_t)(end - begin) < needle->text.len) return NULL;
    if (!needle->text.len) return begin;
#ifdef HAVE_X86
    if (__builtin_cpu_supports("avx2")) return find_avx2(needle, begin, end);
    return find_sse2(needle, begin, end);
#else
    return find_plainly(needle, begin, end);
#endif
}

size_t spl_needle_count(const spl_needle *needle, spl_str text)
{
    const char *at = text.data, *end = text.data + text.len;
    size_t count = 0;

    while (at && at < end && (at = spl_needle_find(needle, at, end))) {
        count++;
        at += needle->text.len ? needle->text.len : 1;
    }
    return count;
}

const char *spl_scan_byte(const char *begin, const char *end, char a)
{
    const char *at = begin < end ? memchr(begin, a, (size_t)(end - begin)) : NULL;

    return at ? at : end;
}
