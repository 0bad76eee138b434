/* str.h -- a slice of bytes that somebody else owns.
 *
 * Text in this program is UTF-8 by intention but never by assumption: any byte may occur, NUL included, and nothing
 * is NUL-terminated unless the function that returns it says so. */
#ifndef SPL_BASE_STR_H
#define SPL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct spl_str {
    const char *data; /* may be NULL only if len is 0 */
    size_t len;       /* bytes */
} spl_str;

/* A literal as a slice: SPL_S("abc"). */
#define SPL_S(literal) ((spl_str){(literal), sizeof(literal) - 1})
/* For printf: "%.*s", SPL_FMT(text). */
#define SPL_FMT(text) (int)(text).len, (text).data

static inline spl_str spl_str_of(const char *cstring)
{
    return (spl_str){cstring, cstring ? strlen(cstring) : 0};
}
static inline spl_str spl_str_cut(const char *data, size_t len)
{
    return (spl_str){data, len};
}
/* Bytes [begin, end) of TEXT; both are clamped to its length. */
static inline spl_str spl_str_sub(spl_str text, size_t begin, size_t end)
{
    if (end > text.len) end = text.len;
    if (begin > end) begin = end;
    return (spl_str){begin ? text.data + begin : text.data, end - begin}; /* NULL + 0 is not defined */
}
static inline bool spl_str_eq(spl_str a, spl_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
static inline bool spl_str_is(spl_str a, const char *cstring)
{
    return spl_str_eq(a, spl_str_of(cstring));
}
/* Byte order, the shorter first among prefixes: <0, 0, >0. */
int spl_str_cmp(spl_str a, spl_str b);
/* Equality without regard to ASCII case. */
bool spl_str_ieq(spl_str a, spl_str b);
bool spl_str_iis(spl_str a, const char *cstring);
int spl_str_icmp(spl_str a, spl_str b);
bool spl_str_starts(spl_str text, spl_str prefix);
bool spl_str_ends(spl_str text, spl_str suffix);
/* Offset of the first NEEDLE at or after FROM, or -1. */
ptrdiff_t spl_str_find(spl_str text, spl_str needle, size_t from);
/* The same without regard to ASCII case. */
ptrdiff_t spl_str_ifind(spl_str text, spl_str needle, size_t from);
/* TEXT without ASCII white space at both ends. */
spl_str spl_str_trim(spl_str text);
/* How often BYTE occurs. */
static inline size_t spl_str_count(spl_str text, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) count += text.data[i] == byte;
    return count;
}
uint64_t spl_str_hash(spl_str text); /* spl_hash_bytes() */

static inline char spl_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
static inline char spl_ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}
static inline bool spl_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline int spl_hex_value(char c) /* -1: no hexadecimal digit */
{
    if (spl_is_digit(c)) return c - '0';
    c = spl_ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static inline bool spl_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool spl_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
/* One of the characters of SET; NUL, which strchr() finds at the end of any set, is in none. */
static inline bool spl_is_any(char c, const char *set)
{
    return c && strchr(set, c);
}
static inline bool spl_is_word(char c) /* letters, digits, underscore */
{
    return spl_is_alpha(c) || spl_is_digit(c) || c == '_';
}

#endif
