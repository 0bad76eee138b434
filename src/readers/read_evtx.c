/* read_evtx.c -- Windows event log files, through libevtx: decoded to one XML event a line as Splunk's forwarder
 * renders it, which winxml reads. */
#include "readers/reader.h"

#include "registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The header wants libbfio's header for calls that are not used here. */
#include <libevtx/features.h>
#undef LIBEVTX_HAVE_BFIO
#include <libevtx.h>

enum { FLUSH = 1 << 20, LARGEST = 1 << 28 };

typedef struct opened {
    libevtx_file_t *file;
    libevtx_record_t *record;
} opened;

static void opened_close(void *ptr)
{
    opened *o = ptr;

    if (o->record) libevtx_record_free(&o->record, NULL);
    if (o->file) libevtx_file_free(&o->file, NULL);
}

/* ---- libevtx's layout to that of EvtRender ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The end of the tag at P: behind its `>`, which does not stand in quotes; END if there is none. */
static const char *tag_end(const char *p, const char *end)
{
    char quote = 0;

    for (; p < end; p++) {
        if (quote) {
            if (*p == quote) quote = 0;
        } else if (*p == '"' || *p == '\'') {
            quote = *p;
        } else if (*p == '>') {
            return p + 1;
        }
    }
    return end;
}

/* Attributes in single quotes; an empty Data keeps its end tag. */
static void put_tag(spl_buf *out, const char *p, const char *end)
{
    static const char data[] = "<Data ";
    bool empty_data = end - p > (ptrdiff_t)sizeof data && memcmp(p, data, sizeof data - 1) == 0 && end[-2] == '/';
    bool inside = false;

    if (empty_data) end -= 2;
    for (; p < end; p++) {
        if (*p == '"') {
            inside = !inside;
            spl_buf_char(out, '\'');
        } else if (*p == '\'' && inside) {
            spl_buf_puts(out, "&apos;");
        } else {
            spl_buf_char(out, *p);
        }
    }
    if (empty_data) spl_buf_puts(out, "></Data>");
}

/* Windows shows hexadecimal integers without leading zeros, libevtx in their full width. The type is gone by now: what
 * looks like one is taken for one. */
static void put_text(spl_buf *out, spl_str text)
{
    size_t i = 2;

    if ((text.len == 10 || text.len == 18) && memcmp(text.data, "0x0", 3) == 0) {
        for (; i < text.len; i++)
            if (!memchr("0123456789abcdef", text.data[i], 16)) break;
        if (i == text.len) {
            for (i = 2; i + 1 < text.len && text.data[i] == '0';) i++;
            spl_buf_puts(out, "0x");
            spl_buf_add(out, spl_str_sub(text, i, text.len));
            return;
        }
    }
    spl_buf_add(out, text);
}

static void put_event(spl_buf *out, spl_str xml)
{
    const char *p = xml.data, *end = p + xml.len;
    bool leaf = false; /* the last tag opened an element */

    while (p < end && (is_space(end[-1]) || !end[-1])) end--;
    while (p < end) {
        const char *text = p;
        bool blank = true;

        for (; p < end && *p != '<'; p++) blank = blank && is_space(*p);
        if (!blank || (leaf && p + 1 < end && p[1] == '/')) put_text(out, spl_str_cut(text, (size_t)(p - text)));
        if (p == end) break;
        text = p;
        p = tag_end(p, end);
        leaf = text + 1 < p && text[1] != '/' && p[-2] != '/';
        put_tag(out, text, p);
    }
    spl_buf_char(out, '\n');
}

/* ---- the reader ---- */

static bool flush(spl_buf *out, int fd)
{
    size_t done = 0;

    while (done < out->len) {
        ssize_t n = write(fd, out->data + done, out->len - done);

        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        done += (size_t)n;
    }
    spl_buf_clear(out);
    return true;
}

typedef struct decoder {
    opened *o;
    spl_arena *arena;
    spl_buf xml, out;
    SPL_VEC(uint64_t) numbers; /* of the records read, sorted before recovered ones are looked at */
} decoder;

static int number_cmp(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Adds record I to the output. False: it is damaged. */
static bool add_record(decoder *d, int i, bool recovered)
{
    opened *o = d->o;
    uint64_t number = 0;
    size_t size = 0;
    bool good;

    spl_buf_clear(&d->xml);
    good = (recovered ? libevtx_file_get_recovered_record_by_index(o->file, i, &o->record, NULL)
                      : libevtx_file_get_record_by_index(o->file, i, &o->record, NULL)) == 1 &&
           libevtx_record_get_identifier(o->record, &number, NULL) == 1 &&
           libevtx_record_get_utf8_xml_string_size(o->record, &size, NULL) == 1 && size > 1 && size < LARGEST &&
           libevtx_record_get_utf8_xml_string(o->record, (uint8_t *)spl_buf_room(&d->xml, size), size, NULL) == 1;
    if (o->record) libevtx_record_free(&o->record, NULL);
    if (!good) return false;
    if (!recovered) {
        SPL_PUSH(d->arena, &d->numbers, number);
    } else if (d->numbers.len && bsearch(&number, d->numbers.data, d->numbers.len, sizeof number, number_cmp)) {
        return true; /* an older copy in unused space */
    }
    put_event(&d->out, spl_str_cut(d->xml.data, size - 1));
    return true;
}

static bool add_all(decoder *d, const spl_query *query, int out_fd, bool recovered, int count, int *damaged)
{
    for (int i = 0; i < count; i++) {
        if (!add_record(d, i, recovered)) (*damaged)++;
        if (i % 256 == 0) spl_query_poll(query);
        if (d->out.len >= FLUSH && !flush(&d->out, out_fd)) return false;
    }
    return flush(&d->out, out_fd);
}

/* Records in the unused space of a sound file are those that were overwritten or cleared: no part of the log. In a
 * damaged file libevtx counts what it finds in damaged chunks among them too, so there they are read. */
static bool evtx_decode(const spl_input *input, int fd, int out_fd, spl_str *error)
{
    decoder d = {.arena = spl_arena_new(input->query->account)};
    int count = 0, recovered = 0, damaged = 0;
    bool written, corrupted;
    char of_fd[32];
    const char *path = of_fd;
    struct stat opened_file, named;

    d.o = SPL_NEW(d.arena, opened);
    d.xml = d.out = spl_buf_in(d.arena);
    spl_arena_defer(d.arena, opened_close, d.o);
    snprintf(of_fd, sizeof of_fd, "/proc/self/fd/%d", fd);
    /* libevtx wants a name: the file's own is one without /proc too, while it still is that file's */
    if (fstat(fd, &opened_file) == 0 && stat(input->path, &named) == 0 && opened_file.st_ino == named.st_ino &&
        opened_file.st_dev == named.st_dev)
        path = input->path;
    if (libevtx_file_initialize(&d.o->file, NULL) != 1 ||
        libevtx_file_open(d.o->file, path, libevtx_get_access_flags_read(), NULL) != 1 ||
        libevtx_file_get_number_of_records(d.o->file, &count, NULL) != 1) {
        spl_arena_free(d.arena);
        *error = SPL_S("it is no Windows event log that libevtx can open");
        return false;
    }
    written = add_all(&d, input->query, out_fd, false, count, &damaged);
    corrupted = libevtx_file_is_corrupted(d.o->file, NULL) == 1;
    if (written && corrupted && libevtx_file_get_number_of_recovered_records(d.o->file, &recovered, NULL) == 1) {
        if (d.numbers.len) qsort(d.numbers.data, d.numbers.len, sizeof *d.numbers.data, number_cmp);
        written = add_all(&d, input->query, out_fd, true, recovered, &damaged);
    }
    if (written && (damaged || corrupted) && count + recovered == 0)
        spl_warning(input->query->diag, (spl_span){0}, "damaged-event",
                    "\"%s\": the file is damaged or cut short; no record was found in it", input->path);
    else if (written && (damaged || corrupted))
        spl_warning(input->query->diag, (spl_span){0}, "damaged-event",
                    "\"%s\": the file is damaged or cut short; of %d records found %d could not be read", input->path,
                    count + recovered, damaged);
    spl_arena_free(d.arena);
    if (!written) *error = SPL_S("it could not be spooled");
    return written;
}

static int evtx_bid(const spl_probe *probe)
{
    return probe->head.len >= 8 && memcmp(probe->head.data, "ElfFile\0", 8) == 0 ? 100 : 0;
}

SPL_READER(evtx, .summary = "Windows event log files (EVTX), read on as winxml.", .bid = evtx_bid,
           .decode = evtx_decode);
