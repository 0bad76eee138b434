/* json_values.c -- where the values of JSON text begin and end. */
#include "readers/json_values.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

const char *spl_json_string_end(const char *p, const char *end, bool *escaped)
{
    *escaped = false;
    for (;;) {
#if defined(__x86_64__)
        while (end - p >= 16) {
            __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
            __m128i m = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
            unsigned mask = (unsigned)_mm_movemask_epi8(m);

            if (mask) {
                p += __builtin_ctz(mask);
                break;
            }
            p += 16;
        }
#endif
        while (p < end && *p != '"' && *p != '\\') p++;
        if (p >= end) return NULL;
        if (*p == '"') return p;
        *escaped = true;
        if (end - p < 2) return NULL;
        p += 2;
    }
}

const char *spl_json_behind(const char *p, const char *end)
{
    size_t depth = 0;
    bool escaped;

    for (; p < end; p++) {
        if (*p == '"') {
            p = spl_json_string_end(p + 1, end, &escaped);
            if (!p) return NULL;
        } else if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']') {
            if (--depth == 0) return p + 1;
        }
    }
    return NULL;
}

const char *spl_json_read_value(const char *p, const char *end, spl_arena *arena, spl_value *out)
{
    const char *stop;
    bool escaped;

    *out = SPL_NULL;
    p = spl_json_space(p, end);
    if (p == end) return p;
    if (*p == '"') {
        stop = spl_json_string_end(p + 1, end, &escaped);
        if (!stop) return NULL;
        spl_str text = spl_str_cut(p + 1, (size_t)(stop - p - 1));
        *out = spl_text(escaped ? spl_json_unescape(arena, text) : text);
        return stop + 1;
    }
    if (*p == '{' || *p == '[') return p;
    for (stop = p; stop < end && *stop != ',' && *stop != '}' && *stop != ']' && !spl_is_space(*stop); stop++) {
    }
    if (stop > p) *out = spl_text(spl_str_cut(p, (size_t)(stop - p)));
    return stop;
}

spl_str spl_json_body(spl_str head)
{
    return spl_str_starts(head, SPL_S("\xEF\xBB\xBF")) ? spl_str_sub(head, 3, head.len) : head;
}

bool spl_json_starts_object(const char *p, const char *end)
{
    if (p == end || *p != '{') return false;
    p = spl_json_space(p + 1, end);
    return p == end || *p == '"' || *p == '}';
}
