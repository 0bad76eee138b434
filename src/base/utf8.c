/* utf8.c -- characters of UTF-8 text; case mapping by GLib's Unicode tables, which know no locale. */
#include "base/utf8.h"

#include <glib.h>

/* Length of the valid sequence at AT, 1 for an invalid byte; the code in *CODE, U+FFFD for an invalid byte. */
static size_t decode(const unsigned char *at, size_t left, uint32_t *code)
{
    unsigned char a = at[0];

    if (a < 0x80) return *code = a, 1;
    if (a >= 0xc2 && a < 0xe0 && left >= 2 && (at[1] & 0xc0) == 0x80)
        return *code = (uint32_t)(a & 31) << 6 | (at[1] & 63u), 2;
    if (a >= 0xe0 && a < 0xf0 && left >= 3 && (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80) {
        *code = (uint32_t)(a & 15) << 12 | (uint32_t)(at[1] & 63) << 6 | (at[2] & 63u);
        if (*code >= 0x800 && (*code < 0xd800 || *code > 0xdfff)) return 3;
    } else if (a >= 0xf0 && a < 0xf5 && left >= 4 && (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80 &&
               (at[3] & 0xc0) == 0x80) {
        *code = (uint32_t)(a & 7) << 18 | (uint32_t)(at[1] & 63) << 12 | (uint32_t)(at[2] & 63) << 6 | (at[3] & 63u);
        if (*code >= 0x10000 && *code <= 0x10ffff) return 4;
    }
    return *code = 0xfffd, 1;
}

/* How many bytes at the begin are ASCII. */
static size_t ascii_run(spl_str text)
{
    size_t i = 0;

    for (; i + 8 <= text.len; i += 8) {
        uint64_t eight;
        memcpy(&eight, text.data + i, 8);
        if (eight & UINT64_C(0x8080808080808080)) break;
    }
    while (i < text.len && !((unsigned char)text.data[i] & 0x80)) i++;
    return i;
}

uint32_t spl_utf8_next(spl_str text, size_t *at)
{
    uint32_t code;

    *at += decode((const unsigned char *)text.data + *at, text.len - *at, &code);
    return code;
}

size_t spl_utf8_length(spl_str text)
{
    size_t at = ascii_run(text), count = at;
    uint32_t code;

    while (at < text.len) at += decode((const unsigned char *)text.data + at, text.len - at, &code), count++;
    return count;
}

size_t spl_utf8_offset(spl_str text, size_t index)
{
    size_t at = ascii_run(text);
    uint32_t code;

    if (index <= at) return index;
    index -= at;
    while (index && at < text.len) at += decode((const unsigned char *)text.data + at, text.len - at, &code), index--;
    return at;
}

size_t spl_utf8_put(char *to, uint32_t code)
{
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd;
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 63));
        to[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 63));
    to[2] = (char)(0x80 | (code >> 6 & 63));
    to[3] = (char)(0x80 | (code & 63));
    return 4;
}

bool spl_utf8_valid(spl_str text)
{
    uint32_t code;

    for (size_t at = ascii_run(text); at < text.len;) {
        size_t len = decode((const unsigned char *)text.data + at, text.len - at, &code);
        if (len == 1 && code == 0xfffd) return false;
        at += len;
    }
    return true;
}

static spl_str map_case(spl_arena *arena, spl_str text, bool upper)
{
    spl_buf out = spl_buf_in(arena);
    size_t same = 0;

    while (same < text.len) { /* what stays as it is */
        uint32_t code;
        size_t len = decode((const unsigned char *)text.data + same, text.len - same, &code);
        if (code < 0x80 ? (upper ? code >= 'a' && code <= 'z' : code >= 'A' && code <= 'Z')
                        : (upper ? g_unichar_toupper(code) : g_unichar_tolower(code)) != code)
            break;
        same += len;
    }
    if (same == text.len) return text;
    spl_buf_room(&out, text.len + text.len / 8);
    spl_buf_add(&out, spl_str_sub(text, 0, same));
    for (size_t at = same; at < text.len;) {
        uint32_t code, mapped;
        size_t len;
        unsigned char c = (unsigned char)text.data[at];
        if (c < 0x80) {
            spl_buf_char(&out, upper ? spl_ascii_upper((char)c) : spl_ascii_lower((char)c));
            at++;
            continue;
        }
        len = decode((const unsigned char *)text.data + at, text.len - at, &code);
        mapped = upper ? g_unichar_toupper(code) : g_unichar_tolower(code);
        if (mapped == code) /* invalid bytes too */
            spl_buf_add(&out, spl_str_sub(text, at, at + len));
        else
            spl_buf_utf8(&out, mapped);
        at += len;
    }
    return spl_buf_str(&out);
}

spl_str spl_utf8_lower(spl_arena *arena, spl_str text)
{
    return map_case(arena, text, false);
}

spl_str spl_utf8_upper(spl_arena *arena, spl_str text)
{
    return map_case(arena, text, true);
}

uint32_t spl_utf8_fold(uint32_t code)
{
    if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
    return g_unichar_tolower(g_unichar_toupper(code));
}

bool spl_utf8_ieq(spl_str a, spl_str b)
{
    size_t i = 0, j = 0;

    while (i < a.len && j < b.len) {
        unsigned char x = (unsigned char)a.data[i], y = (unsigned char)b.data[j];
        if ((x | y) < 0x80) {
            if (x != y && spl_ascii_lower((char)x) != spl_ascii_lower((char)y)) return false;
            i++, j++;
        } else {
            uint32_t c, d;
            size_t m = decode((const unsigned char *)a.data + i, a.len - i, &c);
            size_t n = decode((const unsigned char *)b.data + j, b.len - j, &d);
            if (c == 0xfffd && d == 0xfffd && m == 1 && n == 1) { /* invalid: byte by byte */
                if (x != y) return false;
            } else if (c != d && spl_utf8_fold(c) != spl_utf8_fold(d)) {
                return false;
            }
            i += m, j += n;
        }
    }
    return i == a.len && j == b.len;
}
