/* buf.h -- text under construction, in an arena.
 *
 * spl_buf b = spl_buf_in(arena); spl_buf_add(&b, text); spl_str done = spl_buf_str(&b); The text lives in the arena. */
#ifndef SPL_BASE_BUF_H
#define SPL_BASE_BUF_H

#include "base/arena.h"

typedef struct spl_buf {
    spl_arena *arena;
    char *data;
    size_t len, cap;
} spl_buf;

static inline spl_buf spl_buf_in(spl_arena *arena)
{
    return (spl_buf){arena, NULL, 0, 0};
}
/* Makes room for MORE bytes after len and returns where they go; the caller adds to len. */
char *spl_buf_room(spl_buf *buf, size_t more);
static inline void spl_buf_add(spl_buf *buf, spl_str text)
{
    if (text.len) {
        /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): with a length there is data */
        memcpy(spl_buf_room(buf, text.len), text.data, text.len);
        buf->len += text.len;
    }
}
static inline void spl_buf_char(spl_buf *buf, char c)
{
    *spl_buf_room(buf, 1) = c;
    buf->len++;
}
void spl_buf_puts(spl_buf *buf, const char *cstring);
void spl_buf_printf(spl_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* TEXT on one line: control characters as blanks. */
void spl_buf_line(spl_buf *buf, spl_str text);
/* A number of things, its digits in threes: 12,345. */
void spl_buf_count(spl_buf *buf, uint64_t n);
/* One Unicode code point as UTF-8; an invalid one as U+FFFD. */
void spl_buf_utf8(spl_buf *buf, uint32_t code);
static inline spl_str spl_buf_str(const spl_buf *buf)
{
    return (spl_str){buf->data ? buf->data : "", buf->len};
}
static inline void spl_buf_clear(spl_buf *buf)
{
    buf->len = 0;
}

#endif
