/* output.c -- what all writers share: the buffer, which fields show, cells as text and as JSON. */
#include "writers/writer.h"

#include "base/num.h"
#include "base/utf8.h"

#include <errno.h>
#include <math.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Control characters of the data would move a terminal's cursor, or do worse: there they show as \xNN, but for tabs and
 * the newlines between lines. Files and pipes get them as they are. */
static spl_str harmless(spl_arena *arena, spl_str text)
{
    spl_buf out = spl_buf_in(arena);
    size_t from = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        size_t length = 1;

        if (c == 0xC2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xA0) { /* U+0080 to U+009F */
            c = (unsigned char)text.data[i + 1];
            length = 2;
        } else if (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7F)) {
            continue;
        }
        spl_buf_add(&out, spl_str_sub(text, from, i));
        spl_buf_printf(&out, "\\x%02x", c);
        i += length - 1;
        from = i + 1;
    }
    if (!from) return text;
    spl_buf_add(&out, spl_str_sub(text, from, text.len));
    return spl_buf_str(&out);
}

/* The sink took not all; errno says why, if it is the system's doing. */
static _Noreturn void not_written(int error)
{
    spl_fail(SPL_IO, "could not write the results%s%s", error ? ": " : "", error ? strerror(error) : "");
}

void spl_output_flush(spl_output *output)
{
    if (!output->buffer.len) return;
    spl_str text = spl_buf_str(&output->buffer);
    spl_buf_clear(&output->buffer);
    if (output->terminal) {
        spl_arena *arena = spl_arena_new(output->query->account);
        errno = 0;
        bool written = output->sink(output->to, harmless(arena, text));
        int error = errno;
        spl_arena_free(arena);
        if (!written) not_written(error);
        return;
    }
    errno = 0;
    if (!output->sink(output->to, text)) not_written(errno);
}

void spl_output_begin(spl_output *output)
{
    output->buffer = spl_buf_in(output->arena);
    (void)spl_buf_room(&output->buffer, SPL_OUTPUT_BUFFER + 64 * 1024);
    output->rows = 0;
    if (output->writer->begin) output->writer->begin(output);
}

void spl_output_batch(spl_output *output, spl_batch *batch)
{
    output->rows += spl_batch_rows(batch);
    spl_eval_on(&output->ev, output->query, output->worker, batch);
    output->writer->batch(output, batch);
    spl_output_spill(output);
}

void spl_output_end(spl_output *output)
{
    if (output->writer->end) output->writer->end(output);
    spl_output_flush(output);
}

bool spl_output_shows(const spl_output *output, const spl_batch *batch, spl_field field)
{
    return batch->events || field == SPL_F_TIME || field == SPL_F_RAW ||
           !spl_field_internal(output->query->fields, field);
}

/* Length of the valid UTF-8 sequence at P, 0 if it is none. No surrogates, nothing overlong, at most U+10FFFF. */
static size_t sequence_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4 || left < 2 || (p[1] & 0xC0) != 0x80) return 0;
    if (p[0] < 0xE0) return 2;
    if (left < 3 || (p[2] & 0xC0) != 0x80) return 0;
    if (p[0] < 0xF0) {
        if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] >= 0xA0)) return 0;
        return 3;
    }
    if (left < 4 || (p[3] & 0xC0) != 0x80) return 0;
    if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] >= 0x90)) return 0;
    return 4;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* How many bytes from P on stand for themselves in a JSON string; bytes of multi-byte characters end the stretch. */
static size_t plain_length(const char *p, size_t left)
{
    size_t n = 0;
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x20);
    for (; n + 16 <= left; n += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + n));
        /* signed: bytes from 0x80 on are negative, so they are below the space too */
        __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)),
                                       _mm_cmplt_epi8(v, space));
        unsigned mask = (unsigned)_mm_movemask_epi8(special);
        if (mask) return n + (size_t)__builtin_ctz(mask);
    }
#endif
    while (n < left && is_plain((unsigned char)p[n])) n++;
    return n;
}

static char *json_escape(char *to, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char letter = c == '"' || c == '\\' ? (char)c
                  : c == '\n'           ? 'n'
                  : c == '\r'           ? 'r'
                  : c == '\t'           ? 't'
                  : c == '\b'           ? 'b'
                  : c == '\f'           ? 'f'
                                        : 0;
    *to++ = '\\';
    if (letter) {
        *to++ = letter;
        return to;
    }
    memcpy(to, "u00", 3);
    to[3] = hex[c >> 4];
    to[4] = hex[c & 15];
    return to + 5;
}

void spl_json_text(spl_buf *out, spl_str text)
{
    enum { STRETCH = 4096 }; /* bytes for which room is made at a time: each may take six */
    size_t at = 0;
    char *to = spl_buf_room(out, 1);

    *to = '"';
    out->len++;
    while (at < text.len) {
        size_t end = text.len - at < STRETCH ? text.len : at + STRETCH;
        char *begin = to = spl_buf_room(out, (end - at) * 6 + 16);
        while (at < end) {
            size_t plain = plain_length(text.data + at, end - at);
            memcpy(to, text.data + at, plain);
            to += plain;
            at += plain;
            if (at == end) break;
            unsigned char c = (unsigned char)text.data[at];
            if (c < 0x80) {
                to = json_escape(to, c);
                at++;
                continue;
            }
            size_t length = sequence_length((const unsigned char *)text.data + at, text.len - at);
            memcpy(to, length ? text.data + at : "\xEF\xBF\xBD", length ? length : 3);
            to += length ? length : 3;
            at += length ? length : 1; /* a character may reach beyond END, by three bytes */
        }
        out->len += (size_t)(to - begin);
    }
    spl_buf_char(out, '"');
}

static void number_text(spl_buf *out, spl_value value)
{
    char *to = spl_buf_room(out, SPL_NUM_MAX);
    out->len += spl_num_write(to, value.as.number, value.digits);
}

void spl_json_value(spl_buf *out, spl_value value)
{
    switch ((spl_kind)value.kind) {
    case SPL_KIND_NULL: spl_buf_add(out, SPL_S("null")); return;
    case SPL_KIND_TEXT: spl_json_text(out, spl_value_str(value)); return;
    case SPL_KIND_BOOL: spl_buf_add(out, value.as.truth ? SPL_S("\"true\"") : SPL_S("\"false\"")); return;
    case SPL_KIND_NUMBER:
        if (isfinite(value.as.number)) {
            number_text(out, value);
        } else { /* JSON has no such numbers */
            spl_buf_char(out, '"');
            number_text(out, value);
            spl_buf_char(out, '"');
        }
        return;
    case SPL_KIND_MULTI:
        spl_buf_char(out, '[');
        for (uint32_t i = 0; i < value.as.multi->count; i++) {
            if (i) spl_buf_char(out, ',');
            spl_json_value(out, value.as.multi->items[i]);
        }
        spl_buf_char(out, ']');
        return;
    }
}

void spl_plain_value(spl_buf *out, spl_value value)
{
    switch ((spl_kind)value.kind) {
    case SPL_KIND_NULL: return;
    case SPL_KIND_TEXT: spl_buf_add(out, spl_value_str(value)); return;
    case SPL_KIND_BOOL: spl_buf_add(out, value.as.truth ? SPL_S("true") : SPL_S("false")); return;
    case SPL_KIND_NUMBER: number_text(out, value); return;
    case SPL_KIND_MULTI:
        for (uint32_t i = 0; i < value.as.multi->count; i++) {
            if (i) spl_buf_char(out, '\n');
            spl_plain_value(out, value.as.multi->items[i]);
        }
        return;
    }
}
