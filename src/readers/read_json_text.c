/* read_json_text.c -- JSON, pretty-printed objects and arrays of objects.
 *
 * They are cut once, by the brackets, into a spool in which a record separator (0x1E, RFC 7464) ends each event; that
 * is then read as objects a line are (read_json.c). */
#include "knowledge/props.h"
#include "readers/framing.h"
#include "readers/json_values.h"

#include <errno.h>
#include <unistd.h>

typedef struct cutter {
    int out;
    bool failed, open, in_string, escaped;
    uint64_t depth, base; /* base: 1 within a top-level array */
    size_t len;
    char buffer[1 << 16];
} cutter;

static void cutter_flush(cutter *c)
{
    size_t at = 0;

    while (at < c->len && !c->failed) {
        ssize_t n = write(c->out, c->buffer + at, c->len - at);

        if (n < 0 && errno == EINTR) continue;
        if (n <= 0)
            c->failed = true;
        else
            at += (size_t)n;
    }
    c->len = 0;
}

static void cutter_put(cutter *c, char byte)
{
    if (c->len == sizeof c->buffer) cutter_flush(c);
    c->buffer[c->len++] = byte;
}

static void cutter_end(cutter *c)
{
    if (c->open) cutter_put(c, SPL_RECORD_SEPARATOR);
    c->open = c->in_string = c->escaped = false;
    c->depth = c->base;
}

/* One byte. Outside of an event, what is neither an opening bracket nor between events begins an event that the line's
 * end ends: nothing is lost. */
static void cutter_byte(cutter *c, char byte)
{
    if (!c->open) {
        if (spl_is_space(byte) || byte == ',' || byte == SPL_RECORD_SEPARATOR) return;
        if (byte == '[' && c->base == 0) {
            c->base = c->depth = 1;
            return;
        }
        if (byte == ']' && c->base == 1) {
            c->base = c->depth = 0;
            return;
        }
        c->open = true;
    }
    if (byte == SPL_RECORD_SEPARATOR) byte = ' '; /* not allowed in JSON unescaped */
    if (c->in_string) {
        cutter_put(c, byte);
        if (c->escaped) {
            c->escaped = false;
        } else if (byte == '\\') {
            c->escaped = true;
        } else if (byte == '"' || byte == '\n') { /* no string holds a line feed: it was never closed */
            c->in_string = false;
        }
        return;
    }
    if (c->depth == c->base && (byte == '\n' || byte == ',' || (byte == ']' && c->base))) { /* a word or nonsense */
        cutter_end(c);
        if (byte == ']') c->base = c->depth = 0;
        return;
    }
    cutter_put(c, byte);
    if (byte == '"') {
        c->in_string = true;
    } else if (byte == '{' || byte == '[') {
        c->depth++;
    } else if (byte == '}' || byte == ']') {
        if (c->depth > c->base) c->depth--;
        if (c->depth == c->base) cutter_end(c);
    }
}

static bool text_decode(const spl_input *input, int fd, int out_fd, spl_str *error)
{
    cutter c = {.out = out_fd};
    char in[1 << 16];
    ssize_t n, i;
    bool first = true;

    (void)input;
    cutter_put(&c, SPL_RECORD_SEPARATOR);
    while ((n = read(fd, in, sizeof in)) != 0 && !c.failed) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        i = first && n >= 3 && memcmp(in, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        for (first = false; i < n; i++) cutter_byte(&c, in[i]);
    }
    cutter_end(&c);
    cutter_flush(&c);
    if (n == 0 && !c.failed) return true;
    *error = n < 0 ? SPL_S("could not be read") : SPL_S("could not be spooled");
    return false;
}

static int text_bid(const spl_probe *probe)
{
    spl_str head = spl_json_body(probe->head);
    const char *end = head.data + head.len, *p = spl_json_space(head.data, end);

    if (p == end) return 0;
    if (probe->props && *p != SPL_RECORD_SEPARATOR &&
        spl_str_iis(spl_props_text(probe->props, "INDEXED_EXTRACTIONS"), "hec"))
        return 110;
    if (*p == '[') {
        p = spl_json_space(p + 1, end);
        return p < end && (*p == ']' || spl_json_starts_object(p, end)) ? 85 : 0;
    }
    if (!spl_json_starts_object(p, end)) return 0;
    p = memchr(p, '\n', (size_t)(end - p));
    return p && spl_json_space(p, end) < end ? 80 : 0; /* more than one line */
}

SPL_READER(json_text, .summary = "JSON, pretty-printed objects or arrays of objects", .bid = text_bid,
           .decode = text_decode);
