/* json_keys.c -- the scan for top-level keys, for each set of instructions (json_scan.inc), and the table of what it
 * looks for. */
#include "readers/json_keys.h"

#include "readers/json_values.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define KEY_FACTOR 0x9E3779B97F4A7C15u

/* Bit i of the result: whether an odd number of the bits 0 … i is set. */
static inline uint64_t inside_of(uint64_t quote)
{
    quote ^= quote << 1;
    quote ^= quote << 2;
    quote ^= quote << 4;
    quote ^= quote << 8;
    quote ^= quote << 16;
    return quote ^ quote << 32;
}

#if defined(__x86_64__)
#define BITS16(v) ((uint64_t)(uint32_t)_mm_movemask_epi8(v))
#define SSE2_PART(p, i, quote, slash, colon, brace)                                                                    \
    do {                                                                                                               \
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)((p) + 16 * (i)));                                  \
        __m128i w = _mm_or_si128(v, _mm_set1_epi8(0x20));                                                              \
        quote |= BITS16(_mm_cmpeq_epi8(v, _mm_set1_epi8('"'))) << 16 * (i);                                            \
        slash |= BITS16(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))) << 16 * (i);                                           \
        colon |= BITS16(_mm_cmpeq_epi8(v, _mm_set1_epi8(':'))) << 16 * (i);                                            \
        brace |= BITS16(_mm_or_si128(_mm_cmpeq_epi8(w, _mm_set1_epi8('{')), _mm_cmpeq_epi8(w, _mm_set1_epi8('}'))))    \
                 << 16 * (i);                                                                                          \
    } while (0)
#define SCAN_MASKS(p, quote, slash, colon, brace)                                                                      \
    do {                                                                                                               \
        quote = slash = colon = brace = 0;                                                                             \
        SSE2_PART(p, 0, quote, slash, colon, brace);                                                                   \
        SSE2_PART(p, 1, quote, slash, colon, brace);                                                                   \
        SSE2_PART(p, 2, quote, slash, colon, brace);                                                                   \
        SSE2_PART(p, 3, quote, slash, colon, brace);                                                                   \
    } while (0)
#define SCAN_INSIDE(quote) inside_of(quote)
#define SCAN_NAME scan_sse2
#define SCAN_TARGET
#include "readers/json_scan.inc"
#undef SCAN_MASKS
#undef SCAN_INSIDE
#undef SCAN_NAME
#undef SCAN_TARGET

#define BITS32(v) ((uint64_t)(uint32_t)_mm256_movemask_epi8(v))
#define AVX2_EQ(a, b, c) (BITS32(_mm256_cmpeq_epi8(a, c)) | BITS32(_mm256_cmpeq_epi8(b, c)) << 32)
#define AVX2_BRACE(v)                                                                                                  \
    BITS32(_mm256_or_si256(_mm256_cmpeq_epi8(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('{')),       \
                           _mm256_cmpeq_epi8(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('}'))))
#define SCAN_MASKS(p, quote, slash, colon, brace)                                                                      \
    do {                                                                                                               \
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(p));                                            \
        __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)((p) + 32));                                     \
        quote = AVX2_EQ(a, b, _mm256_set1_epi8('"'));                                                                  \
        slash = AVX2_EQ(a, b, _mm256_set1_epi8('\\'));                                                                 \
        colon = AVX2_EQ(a, b, _mm256_set1_epi8(':'));                                                                  \
        brace = AVX2_BRACE(a) | AVX2_BRACE(b) << 32;                                                                   \
    } while (0)
#define SCAN_INSIDE(quote) /* a product without carries by all ones is the running exclusive or */                     \
    (uint64_t) _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)(quote)), _mm_set1_epi8(-1), 0))
#define SCAN_NAME scan_avx2
#define SCAN_TARGET __attribute__((target("avx2,bmi,pclmul")))
#include "readers/json_scan.inc"

size_t spl_json_scans(spl_json_scan *const **scans)
{
    static spl_json_scan *const all[] = {scan_sse2, scan_avx2};

    *scans = all;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("pclmul") ? 2 : 1;
}
#else
#define SCAN_MASKS(p, quote, slash, colon, brace)                                                                      \
    do {                                                                                                               \
        quote = slash = colon = brace = 0;                                                                             \
        for (unsigned b = 0; b < 64; b++) {                                                                            \
            char c = (p)[b];                                                                                           \
            quote |= (uint64_t)(c == '"') << b;                                                                        \
            slash |= (uint64_t)(c == '\\') << b;                                                                       \
            colon |= (uint64_t)(c == ':') << b;                                                                        \
            brace |= (uint64_t)((c | 0x20) == '{' || (c | 0x20) == '}') << b;                                          \
        }                                                                                                              \
    } while (0)
#define SCAN_INSIDE(quote) inside_of(quote)
#define SCAN_NAME scan_plain
#define SCAN_TARGET
#include "readers/json_scan.inc"

size_t spl_json_scans(spl_json_scan *const **scans)
{
    static spl_json_scan *const all[] = {scan_plain};

    *scans = all;
    return 1;
}
#endif

bool spl_json_key_add(spl_json_keys *table, spl_arena *arena, spl_str key, uint32_t column, unsigned what)
{
    uint32_t i;
    spl_buf quoted;

    for (i = 0; i < table->count; i++) {
        if (!spl_str_eq(spl_str_sub(table->keys[i].quoted, 1, table->keys[i].quoted.len - 1), key)) continue;
        if (column != UINT32_MAX) table->keys[i].column = column;
        if (what) table->keys[i].mark = what;
        return true;
    }
    if (table->count == SPL_JSON_KEYS || key.len == 0) return false;
    if (!table->keys) table->keys = SPL_NEW_ARRAY(arena, SPL_JSON_KEYS, spl_json_key);
    quoted = spl_buf_in(arena);
    spl_buf_char(&quoted, '"');
    spl_buf_add(&quoted, key);
    spl_buf_char(&quoted, '"');
    table->keys[table->count++] =
        (spl_json_key){.quoted = spl_buf_str(&quoted), .column = column, .mark = (uint8_t)what};
    return true;
}

void spl_json_keys_finish(spl_json_keys *table)
{
    size_t bytes = 8;
    uint32_t i;

    for (i = 0; i < table->count; i++) {
        if (table->keys[i].quoted.len < bytes) bytes = table->keys[i].quoted.len;
    }
    table->shift = (unsigned)(64 - 8 * bytes);
    for (i = 0; i < table->count; i++) {
        const spl_str quoted = table->keys[i].quoted;
        uint64_t word = 0;
        size_t n = quoted.len < 8 ? quoted.len : 8;
        uint8_t *slot;

        memcpy((char *)&word + 8 - n, quoted.data + quoted.len - n, n);
        table->keys[i].word = word;
        table->keys[i].mask = ~(uint64_t)0 << (64 - 8 * n);
        slot = &table->slots[(word >> table->shift) * KEY_FACTOR >> 56];
        table->keys[i].next = *slot;
        *slot = (uint8_t)(i + 1);
    }
}

size_t spl_json_find_keys(spl_str raw, const spl_json_keys *table, spl_json_hit *hits)
{
    const char *p = raw.data, *end = raw.data + raw.len, *stop;
    char few[64];
    size_t n = 0;
    bool escaped;
    uint32_t i;

    p = spl_json_space(p, end);
    if (p == end || *p++ != '{') return 0;
    while (n < SPL_JSON_HITS) {
        spl_str key;

        while (p < end && *p != '"' && *p != '}' && *p != '{' && *p != '[') p++;
        if (p == end || *p == '}') break;
        if (*p != '"') {
            p = spl_json_behind(p, end);
            if (!p) break;
            continue;
        }
        stop = spl_json_string_end(p + 1, end, &escaped);
        if (!stop) break;
        key = spl_str_cut(p + 1, (size_t)(stop - p - 1));
        p = spl_json_space(stop + 1, end);
        if (p == end) break;
        if (*p != ':') continue;
        if (escaped && key.len <= sizeof few) key = spl_str_cut(few, spl_json_unescape_to(few, key));
        p = spl_json_space(p + 1, end);
        for (i = 0; i < table->count; i++) {
            const spl_str quoted = table->keys[i].quoted;

            if (spl_str_eq(spl_str_sub(quoted, 1, quoted.len - 1), key))
                hits[n++] = (spl_json_hit){(uint32_t)(p - raw.data), i};
        }
        if (p < end && *p == '"') {
            stop = spl_json_string_end(p + 1, end, &escaped);
            if (!stop) break;
            p = stop + 1;
        }
    }
    return n;
}
