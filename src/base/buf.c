/* buf.c -- text under construction. */
#include "base/buf.h"

#include "base/utf8.h"
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>

char *spl_buf_room(spl_buf *buf, size_t more)
{
    size_t need, cap;

    if (buf->cap - buf->len >= more && buf->data) return buf->data + buf->len;
    if (__builtin_add_overflow(buf->len, more, &need) || need > SIZE_MAX / 2)
        spl_fail(SPL_BOUND, "memory is used up (a text of %zu bytes)", need);
    cap = buf->cap < 48 ? 48 : buf->cap + buf->cap / 2;
    if (cap < need) cap = need;
    buf->data = spl_realloc(buf->arena, buf->data, buf->cap, cap);
    buf->cap = cap;
    return buf->data + buf->len;
}

void spl_buf_puts(spl_buf *buf, const char *cstring)
{
    spl_buf_add(buf, spl_str_of(cstring));
}

void spl_buf_printf(spl_buf *buf, const char *format, ...)
{
    va_list args;
    int len;
    size_t room = 64;

    for (int round = 0; round < 2; round++) {
        char *at = spl_buf_room(buf, room);
        va_start(args, format);
        len = vsnprintf(at, room, format, args);
        va_end(args);
        if (len < 0) return;
        if ((size_t)len < room) {
            buf->len += (size_t)len;
            return;
        }
        room = (size_t)len + 1;
    }
}

void spl_buf_line(spl_buf *buf, spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        spl_buf_char(buf, c < 32 || c == 127 ? ' ' : (char)c);
    }
}

void spl_buf_count(spl_buf *buf, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0) spl_buf_char(buf, ',');
        spl_buf_char(buf, digits[i]);
    }
}

void spl_buf_utf8(spl_buf *buf, uint32_t code)
{
    buf->len += spl_utf8_put(spl_buf_room(buf, 4), code);
}
