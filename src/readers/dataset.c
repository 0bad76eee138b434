/* dataset.c -- DATA: finds files, recognises what they hold, and gives their bytes.
 *
 * A regular file is mapped when it is first asked for. What is no regular file (a pipe), is compressed (gzip,
 * Zstandard), is UTF-16 or in another encoding that an app names (props.conf, CHARSET) is a stream: read on with
 * spl_input_read(), or spooled whole into an unlinked file of the spill folder and mapped from there. A reader that
 * decodes (EVTX, pretty-printed JSON) has its text spooled when DATA is opened, and the text is recognised in its turn.
 *
 * A mapped file that somebody truncates while it is read would fault, which nothing below the command line may catch: a
 * file that was written to within the last second is therefore read by pread into a spool. The command line turns what
 * is left of the danger into a message and exit status 3. Exports spl_dataset_* and spl_input_*. */
#include "readers/reader.h"

#include "base/utf8.h"
#include "knowledge/knowledge.h"
#include "knowledge/props.h"
#include "knowledge/settings.h"
#include "readers/breaking.h"
#include "readers/framing.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { HEAD = 1 << 16, BLOCK = 1 << 17, MAX_FOLDERS = 64, READ_FROM = 8 << 20 };

typedef enum pack { PLAIN, GZIP, ZSTD } pack;

/* A pull of bytes through whatever they are packed in: source, unpacking, conversion of UTF-16 or by iconv. */
typedef struct stream {
    spl_arena *arena; /* of its own: freed by stream_close */
    const char *path;
    int fd;        /* -1: none, a text */
    bool borrowed; /* fd is standard input's */
    spl_str text;  /* before what fd gives */
    size_t at;
    pack pack;
    unsigned char *packed;
    size_t packed_at, packed_len;
    bool ended; /* the source is */
    z_stream z;
    bool z_open, within; /* within: a member of the packed data */
    ZSTD_DStream *zstd;
    char back[64]; /* looked at to find out what it is */
    size_t back_at, back_len;
    spl_str pushed; /* unpacked bytes that were looked at, to be read again */
    bool wide, big; /* UTF-16, big-endian */
    iconv_t iconv;  /* open: bytes are converted by it */
    bool converts;
    unsigned char *units;
    size_t units_len; /* bytes left over: half a character */
    uint32_t high;    /* half a surrogate pair */
    spl_buf wide_out;
    size_t wide_at;
} stream;

typedef enum input_kind { A_FILE, A_PIPE, A_TEXT } input_kind;

typedef struct input {
    spl_input input; /* first */
    spl_dataset *dataset;
    pthread_mutex_t lock; /* mapping */
    input_kind kind;
    int fd;              /* of a pipe, until a stream has it */
    spl_str text;        /* of A_TEXT */
    bool packed;         /* compressed, UTF-16 or converted: its bytes are not its text */
    bool decoded;        /* by a reader: its events are whole */
    const char *charset; /* what its bytes are in, of iconv's names; NULL: as they stand */
    bool consumed;       /* a pipe of which something was read on */
    stream *live;        /* being read on */
    spl_str head;        /* what was read of a pipe to recognise it */
    size_t head_at;
    bool mapped;
    spl_str map;
    spl_str mapping; /* to be given back */
    int map_fd;      /* of a large mapped file: to read stretches of it; -1 */
} input;

struct spl_dataset {
    spl_query *query;
    spl_arena *arena;
    const spl_data_options *options;
    SPL_VEC(input *) inputs;
    struct spl_props *props; /* where apps say anything that shapes events; else NULL */
    spl_map breakings;       /* number of the class, and whether it is of plain text -> spl_breaking * */
};

/* ---- streams ---- */

static _Noreturn void unreadable(const char *path, int error)
{
    char text[128];

    spl_fail(SPL_IO, "could not read \"%s\": %s", path, strerror_r(error, text, sizeof text));
}

static size_t read_fd(const char *path, int fd, void *to, size_t size)
{
    for (;;) {
        ssize_t n = read(fd, to, size);

        if (n >= 0) return (size_t)n;
        if (errno != EINTR) unreadable(path, errno);
    }
}

static size_t source_read(stream *s, void *to, size_t size)
{
    size_t n = s->text.len - s->at;

    if (n > 0 || s->fd < 0) { /* a text, or the head of a pipe that was read before */
        if (n > size) n = size;
        if (n) memcpy(to, s->text.data + s->at, n);
        s->at += n;
        return n;
    }
    return read_fd(s->path, s->fd, to, size);
}

static void stream_release(void *ptr)
{
    stream *s = ptr;

    if (s->fd >= 0 && !s->borrowed) close(s->fd);
    s->fd = -1;
    if (s->z_open) inflateEnd(&s->z);
    s->z_open = false;
    ZSTD_freeDStream(s->zstd);
    s->zstd = NULL;
    if (s->converts) iconv_close(s->iconv);
    s->converts = false;
}

static void stream_close(stream *s)
{
    spl_arena_free(s->arena);
}

static stream *stream_new(spl_account *account, const char *path, int fd, bool borrowed, spl_str text)
{
    spl_arena *arena = spl_arena_new(account);
    stream *s = SPL_NEW(arena, stream);

    s->arena = arena;
    s->path = path;
    s->fd = fd;
    s->borrowed = borrowed;
    s->text = text;
    spl_arena_defer(arena, stream_release, s);
    return s;
}

static bool refill(stream *s) /* packed bytes; false at the end */
{
    if (s->packed_at < s->packed_len) return true;
    if (s->ended) return false;
    s->packed_at = 0;
    s->packed_len = source_read(s, s->packed, BLOCK);
    s->ended = s->packed_len == 0;
    return !s->ended;
}

static _Noreturn void damaged(const stream *s, const char *what)
{
    spl_fail(SPL_IO, "could not read \"%s\": %s", s->path, what);
}

static size_t gunzip(stream *s, char *to, size_t size)
{
    s->z.next_out = (unsigned char *)to;
    s->z.avail_out = (unsigned)size;
    while (s->z.avail_out == size) {
        int got;

        if (!refill(s)) {
            if (s->within) damaged(s, "the gzip data ends too early");
            return 0;
        }
        s->z.next_in = s->packed + s->packed_at;
        s->z.avail_in = (unsigned)(s->packed_len - s->packed_at);
        if (!s->within && s->z.next_in[0] == 0) { /* padding behind the last member */
            s->packed_at++;
            continue;
        }
        s->within = true;
        got = inflate(&s->z, Z_NO_FLUSH);
        s->packed_at = s->packed_len - s->z.avail_in;
        if (got == Z_STREAM_END) {
            s->within = false;
            if (inflateReset(&s->z) != Z_OK) damaged(s, "the gzip data is damaged");
        } else if (got == Z_MEM_ERROR) {
            spl_fail(SPL_BOUND, "out of memory while reading \"%s\"", s->path);
        } else if (got != Z_OK && got != Z_BUF_ERROR) {
            damaged(s, "the gzip data is damaged");
        }
    }
    return size - s->z.avail_out;
}

static size_t unzstd(stream *s, char *to, size_t size)
{
    ZSTD_outBuffer out = {to, size, 0};

    while (out.pos == 0) {
        ZSTD_inBuffer in;
        size_t got;

        if (!refill(s)) {
            if (s->within) damaged(s, "the Zstandard data ends too early");
            return 0;
        }
        in = (ZSTD_inBuffer){s->packed, s->packed_len, s->packed_at};
        got = ZSTD_decompressStream(s->zstd, &out, &in);
        s->packed_at = in.pos;
        if (ZSTD_isError(got)) damaged(s, "the Zstandard data is damaged");
        s->within = got != 0;
    }
    return out.pos;
}

static size_t unpacked(stream *s, char *to, size_t size)
{
    size_t n;

    if (size > UINT32_MAX / 2) size = UINT32_MAX / 2;
    if (s->pushed.len) {
        n = s->pushed.len < size ? s->pushed.len : size;
        memcpy(to, s->pushed.data, n);
        s->pushed = spl_str_sub(s->pushed, n, s->pushed.len);
        return n;
    }
    if (s->back_at < s->back_len) {
        n = s->back_len - s->back_at < size ? s->back_len - s->back_at : size;
        memcpy(to, s->back + s->back_at, n);
        s->back_at += n;
        return n;
    }
    if (s->pack == GZIP) return gunzip(s, to, size);
    if (s->pack == ZSTD) return unzstd(s, to, size);
    if (s->packed_at < s->packed_len) {
        n = s->packed_len - s->packed_at < size ? s->packed_len - s->packed_at : size;
        memcpy(to, s->packed + s->packed_at, n);
        s->packed_at += n;
        return n;
    }
    return s->ended ? 0 : source_read(s, to, size);
}

/* The next stretch of UTF-16 as UTF-8 into wide_out; false at the end. */
static bool widen(stream *s)
{
    spl_buf *out = &s->wide_out;

    spl_buf_clear(out);
    s->wide_at = 0;
    while (out->len == 0) {
        size_t got = unpacked(s, (char *)s->units + s->units_len, BLOCK - s->units_len), i;

        if (got == 0) {
            if (s->units_len || s->high) spl_buf_utf8(out, 0xFFFD); /* half a character at the end */
            s->units_len = s->high = 0;
            return out->len > 0;
        }
        got += s->units_len;
        for (i = 0; i + 1 < got; i += 2) {
            uint32_t a = s->units[i], b = s->units[i + 1], unit = s->big ? a << 8 | b : b << 8 | a;
            bool low = unit >= 0xDC00 && unit < 0xE000;

            if (s->high) {
                spl_buf_utf8(out, low ? 0x10000 + ((s->high - 0xD800) << 10) + (unit - 0xDC00) : 0xFFFD);
                s->high = 0;
                if (low) continue;
            }
            if (unit >= 0xD800 && unit < 0xDC00) {
                s->high = unit;
            } else {
                spl_buf_utf8(out, low ? 0xFFFD : unit);
            }
        }
        s->units_len = got - i;
        if (s->units_len) s->units[0] = s->units[i];
    }
    return true;
}

/* The next stretch through iconv into wide_out; false at the end. Bytes that are no character of the encoding are shown
 * as \xHH (props.conf, CHARSET). */
static bool convert(stream *s)
{
    spl_buf *out = &s->wide_out;

    spl_buf_clear(out);
    s->wide_at = 0;
    while (out->len == 0) {
        size_t left = unpacked(s, (char *)s->units + s->units_len, BLOCK - s->units_len);
        char *at = (char *)s->units;
        bool ended = left == 0;

        left += s->units_len;
        while (left) {
            char *to = spl_buf_room(out, BLOCK);
            size_t room = BLOCK, got = iconv(s->iconv, &at, &left, &to, &room);

            out->len += BLOCK - room;
            if (got != (size_t)-1 || errno == E2BIG) continue;
            if (errno == EINVAL && !ended) break; /* half a character */
            spl_buf_printf(out, "\\x%02X", (unsigned char)*at++);
            left--;
        }
        memmove(s->units, at, left);
        s->units_len = left;
        if (ended) return out->len > 0;
    }
    return true;
}

static size_t stream_read(stream *s, char *to, size_t size)
{
    size_t n;

    if (!s->wide && !s->converts) return unpacked(s, to, size);
    if (s->wide_at == s->wide_out.len && !(s->wide ? widen(s) : convert(s))) return 0;
    n = s->wide_out.len - s->wide_at < size ? s->wide_out.len - s->wide_at : size;
    assert(s->wide_out.data); /* widen() gave some */
    memcpy(to, s->wide_out.data + s->wide_at, n);
    s->wide_at += n;
    return n;
}

/* Looks at the first bytes and sets up what unpacks and converts them. */
static void stream_begin(stream *s)
{
    spl_str first;

    s->packed = spl_alloc(s->arena, BLOCK);
    while (s->packed_len < 6) {
        size_t got = source_read(s, s->packed + s->packed_len, BLOCK - s->packed_len);

        if (got == 0) break;
        s->packed_len += got;
    }
    first = spl_str_cut((char *)s->packed, s->packed_len);
    if (spl_str_starts(first, SPL_S("\x1F\x8B"))) {
        s->pack = GZIP;
        if (inflateInit2(&s->z, 15 + 32) != Z_OK) spl_fail(SPL_BOUND, "out of memory while reading \"%s\"", s->path);
        s->z_open = true;
    } else if (spl_str_starts(first, SPL_S("\x28\xB5\x2F\xFD"))) {
        s->pack = ZSTD;
        s->zstd = ZSTD_createDStream();
        if (!s->zstd) spl_fail(SPL_BOUND, "out of memory while reading \"%s\"", s->path);
    } else if (spl_str_starts(first, SPL_S("\xFD\x37zXZ")) || spl_str_starts(first, SPL_S("BZh")) ||
               spl_str_starts(first, SPL_S("PK\x03\x04"))) {
        spl_fail(SPL_IO,
                 "could not read \"%s\": of compressed files only gzip and Zstandard can be read; unpack it first",
                 s->path);
    }
    while (s->back_len < 2) {
        size_t got = unpacked(s, s->back + s->back_len, sizeof s->back - s->back_len);

        s->back_at = 0;
        if (got == 0) break;
        s->back_len += got;
        s->back_at = s->back_len;
    }
    s->back_at = 0;
    if (s->back_len < 2) return;
    s->big = s->back[0] == '\xFE' && s->back[1] == '\xFF';
    s->wide = s->big || (s->back[0] == '\xFF' && s->back[1] == '\xFE');
    if (!s->wide) return;
    s->back_at = 2;
    s->units = spl_alloc(s->arena, BLOCK);
    s->wide_out = spl_buf_in(s->arena);
}

/* What follows is in the encoding CHARSET, which iconv knows. A byte order mark said more. */
static void stream_convert(stream *s, const char *charset)
{
    if (s->wide) return;
    s->iconv = iconv_open("UTF-8", charset);
    if (s->iconv == (iconv_t)-1) spl_fail(SPL_BOUND, "out of memory while reading \"%s\"", s->path);
    s->converts = true;
    s->units = spl_alloc(s->arena, BLOCK);
    s->wide_out = spl_buf_in(s->arena);
}

/* ---- spools ---- */

static int spool_open(const spl_query *query)
{
    const char *folder = query->spill_dir ? query->spill_dir : "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char text[128], *name;

    if (fd < 0) {
        spl_arena *arena = spl_arena_new(query->account);

        name = spl_cstring(arena, spl_strf(arena, "%s/spl-XXXXXX", folder));
        fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0) unlink(name);
        spl_arena_free(arena);
    }
    if (fd < 0)
        spl_fail(SPL_IO, "could not make a file in the spill folder \"%s\": %s", folder,
                 strerror_r(errno, text, sizeof text));
    return fd;
}

static void spool_write(const spl_query *query, int fd, const char *data, size_t len)
{
    char text[128];

    while (len) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR) continue;
        if (n <= 0)
            spl_fail(SPL_IO, "could not write to the spill folder \"%s\": %s",
                     query->spill_dir ? query->spill_dir : "/tmp", strerror_r(errno, text, sizeof text));
        data += n;
        len -= (size_t)n;
    }
}

typedef struct held { /* a descriptor that unwinding closes */
    int fd;
} held;

static void held_close(void *ptr)
{
    held *h = ptr;

    if (h->fd >= 0) close(h->fd);
    h->fd = -1;
}

static spl_str map_fd(const char *path, int fd, off_t from)
{
    struct stat info;
    size_t size;
    void *bytes;

    if (fstat(fd, &info) != 0) unreadable(path, errno);
    if (info.st_size <= from) return (spl_str){"", 0}; /* a mapping of nothing is an error */
    size = (size_t)info.st_size;
    bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) unreadable(path, errno);
    madvise(bytes, size, MADV_SEQUENTIAL);
    return (spl_str){bytes, size};
}

/* ---- inputs ---- */

static void input_release(void *ptr)
{
    input *in = ptr;

    if (in->mapping.len) munmap((void *)(uintptr_t)in->mapping.data, in->mapping.len);
    if (in->map_fd >= 0) close(in->map_fd);
    in->map_fd = -1;
    if (in->live) stream_close(in->live);
    in->live = NULL;
    in->mapping.len = 0;
    pthread_mutex_destroy(&in->lock);
}

static input *input_new(spl_dataset *dataset, const char *path)
{
    input *in = SPL_NEW(dataset->arena, input);
    const spl_data_options *options = dataset->options;

    in->dataset = dataset;
    in->input.path = spl_cstring(dataset->arena, spl_str_of(path));
    in->input.number = (uint32_t)dataset->inputs.len;
    in->input.query = dataset->query;
    in->input.arena = dataset->arena;
    in->input.records = options->records;
    in->fd = in->map_fd = -1;
    pthread_mutex_init(&in->lock, NULL);
    spl_arena_defer(dataset->arena, input_release, in);
    SPL_PUSH(dataset->arena, &dataset->inputs, in);
    return in;
}

/* A new stream over the input's bytes from its beginning. */
static stream *input_stream(input *in)
{
    stream *s;
    int fd = -1;

    if (in->kind == A_FILE) {
        fd = open(in->input.path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) unreadable(in->input.path, errno);
    } else if (in->kind == A_PIPE) {
        fd = in->fd;
        in->fd = -1;
    }
    s = stream_new(in->dataset->query->account, in->input.path, fd, fd == STDIN_FILENO, in->text);
    stream_begin(s);
    if (in->charset) stream_convert(s, in->charset);
    in->packed = s->pack != PLAIN || s->wide || s->converts;
    return s;
}

static void use_map(input *in, int fd)
{
    in->mapping = in->map = map_fd(in->input.path, fd, 0);
    in->mapped = true;
    if (in->map_fd >= 0) close(in->map_fd);
    in->map_fd = in->mapping.len >= READ_FROM ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1; /* small ones may be many */
}

static void spool_stream(input *in, stream *s)
{
    const spl_query *query = in->dataset->query;
    spl_arena *arena = spl_arena_new(query->account);
    held *h = SPL_NEW(arena, held);
    char *block = spl_alloc(arena, BLOCK);
    size_t n;

    h->fd = spool_open(query);
    spl_arena_defer(arena, held_close, h);
    if (in->head.len) spool_write(query, h->fd, in->head.data, in->head.len);
    while ((n = stream_read(s, block, BLOCK)) > 0) {
        spl_query_poll(query);
        spool_write(query, h->fd, block, n);
    }
    use_map(in, h->fd);
    spl_arena_free(arena);
}

static bool just_written(const struct stat *info)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (double)(now.tv_sec - info->st_mtim.tv_sec) + (double)(now.tv_nsec - info->st_mtim.tv_nsec) / 1e9 < 1.0;
}

static void map_file(input *in)
{
    held h = {open(in->input.path, O_RDONLY | O_CLOEXEC)};
    struct stat info;

    if (h.fd < 0 || fstat(h.fd, &info) != 0) {
        int error = errno;

        held_close(&h);
        unreadable(in->input.path, error);
    }
    if (just_written(&info) || info.st_size == 0) { /* of /proc, say: no size, but bytes */
        held_close(&h);
        in->live = input_stream(in);
        spool_stream(in, in->live);
        stream_close(in->live);
        in->live = NULL;
        return;
    }
    use_map(in, h.fd);
    held_close(&h);
}

bool spl_input_pread(spl_input *base, uint64_t at, char *to, size_t size)
{
    input *in = (input *)base;
    size_t got = 0;

    if (in->map_fd < 0 || in->map.data != in->mapping.data) return false;
    while (got < size) {
        ssize_t n = pread(in->map_fd, to + got, size - got, (off_t)(at + got));

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) unreadable(in->input.path, errno);
        if (n == 0) spl_fail(SPL_IO, "could not read \"%s\": it was cut short meanwhile", in->input.path);
        got += (size_t)n;
    }
    return true;
}

spl_str spl_input_map(spl_input *base)
{
    input *in = (input *)base;

    pthread_mutex_lock(&in->lock);
    if (!in->mapped) {
        spl_frame frame; /* unlock on the way out */

        if (SPL_CATCH(&frame)) {
            pthread_mutex_unlock(&in->lock);
            spl_fail(frame.status, "%s", frame.message);
        }
        if (in->consumed) spl_fail(SPL_IO, "cannot read \"%s\" a second time: it is a pipe", base->path);
        if (in->kind == A_FILE && !in->packed) {
            map_file(in);
        } else {
            if (in->live && in->kind != A_PIPE) {
                stream_close(in->live);
                in->live = NULL;
            }
            if (!in->live) in->live = input_stream(in);
            spool_stream(in, in->live);
            stream_close(in->live);
            in->live = NULL;
        }
        spl_frame_leave(&frame);
    }
    pthread_mutex_unlock(&in->lock);
    return in->map;
}

bool spl_input_is_pipe(const spl_input *base)
{
    const input *in = (const input *)base;

    return !in->mapped && (in->kind == A_PIPE || in->packed);
}

bool spl_input_may_stream(const spl_input *base, bool only)
{
    const input *in = (const input *)base;

    return spl_input_is_pipe(base) && (in->kind != A_PIPE || (only && !in->consumed));
}

size_t spl_input_read(spl_input *base, char *to, size_t size)
{
    input *in = (input *)base;
    size_t n = in->head.len - in->head_at;

    if (in->kind == A_PIPE) in->consumed = true;
    if (n > 0) {
        if (n > size) n = size;
        memcpy(to, in->head.data + in->head_at, n);
        in->head_at += n;
        return n;
    }
    if (!in->live) in->live = input_stream(in);
    n = stream_read(in->live, to, size);
    if (n == 0 && in->kind != A_PIPE) { /* the next read begins anew */
        stream_close(in->live);
        in->live = NULL;
    }
    return n;
}

/* ---- recognition ---- */

static spl_str read_head(stream *s, spl_arena *arena, bool *complete)
{
    char *head = spl_alloc(arena, HEAD);
    size_t len = 0, got = 1;

    while (len < HEAD && (got = stream_read(s, head + len, HEAD - len)) > 0) len += got;
    *complete = got == 0;
    return spl_str_cut(head, len);
}

static const spl_reader *best_reader(const spl_data_options *options, const spl_probe *probe)
{
    const spl_reader *best = NULL;
    int high = 0;
    size_t i;

    if (options->records) best = spl_reader_find(SPL_S("records"));
    if (options->reader) best = spl_reader_find(spl_str_of(options->reader));
    if (best) return best;
    if (options->reader) spl_fail(SPL_USAGE, "unknown reader \"%s\"", options->reader);
    for (i = 0; spl_readers[i]; i++) {
        int bid = spl_readers[i]->bid ? spl_readers[i]->bid(probe) : 0;

        if (bid > high) {
            high = bid;
            best = spl_readers[i];
        }
    }
    if (!best) spl_fail(SPL_IO, "could not read \"%s\": no reader knows what it holds", probe->path);
    return best;
}

/* Turns the input into the text of another reader. */
static void decode(input *in, const spl_reader *reader)
{
    const spl_query *query = in->dataset->query;
    spl_arena *arena = spl_arena_new(query->account);
    held *from = SPL_NEW(arena, held), *to = SPL_NEW(arena, held);
    spl_str error = SPL_S("it is damaged"), old = in->mapping;

    from->fd = to->fd = -1;
    spl_arena_defer(arena, held_close, from);
    spl_arena_defer(arena, held_close, to);
    to->fd = spool_open(query);
    if (in->kind == A_FILE && !in->packed) {
        from->fd = open(in->input.path, O_RDONLY | O_CLOEXEC);
        if (from->fd < 0) unreadable(in->input.path, errno);
    } else { /* it may want to seek */
        spl_str text = spl_input_map(&in->input);

        old = in->mapping;
        from->fd = spool_open(query);
        spool_write(query, from->fd, text.data, text.len);
        if (lseek(from->fd, 0, SEEK_SET) != 0) unreadable(in->input.path, errno);
    }
    if (!reader->decode(&in->input, from->fd, to->fd, &error))
        spl_fail(SPL_IO, "could not read \"%s\": %.*s", in->input.path, SPL_FMT(error));
    use_map(in, to->fd);
    if (old.len) munmap((void *)(uintptr_t)old.data, old.len);
    spl_arena_free(arena);
}

static spl_str option_text(spl_arena *arena, const char *text)
{
    return text ? spl_str_copy(arena, spl_str_of(text)) : (spl_str){NULL, 0};
}

/* What props.conf says of an input of these options, before anything of it is read. */
static const spl_props_class *props_of(const input *in)
{
    const spl_data_options *options = in->dataset->options;
    const struct spl_knowledge *knowledge = in->dataset->query->knowledge;
    spl_str sourcetype = spl_str_of(options->metadata.sourcetype ? options->metadata.sourcetype : ""), forced;
    spl_str source = spl_str_of(options->metadata.source ? options->metadata.source : in->input.path);
    spl_str host = spl_str_of(options->metadata.host ? options->metadata.host : "");
    const spl_props_class *of;
    spl_props *props;

    if (!knowledge || options->records) return NULL;
    props = spl_knowledge_props(knowledge);
    if (sourcetype.len) return spl_props_class_of(props, spl_props_spelling(props, sourcetype), source, host);
    of = spl_props_class_of(props, sourcetype, source, host);
    forced = spl_props_text(of, "sourcetype");
    return forced.len ? spl_props_class_of(props, forced, source, host) : of;
}

/* Settings that would change events on a server, and do not here. */
static void tell_unmet(const input *in, const spl_props_class *of)
{
    for (size_t i = 0; of && i < of->count; i++) {
        const char *why = spl_setting_unmet(of->settings[i]);

        if (why)
            spl_warning(in->dataset->query->diag, of->settings[i]->span, "conf", "%.*s is passed over: %s",
                        SPL_FMT(of->settings[i]->key), why);
    }
}

/* ---- what apps say of an input ---- */

static struct spl_props *shaping_props(const spl_dataset *dataset)
{
    const spl_conf_entry *const *settings;
    struct spl_props *props;
    spl_arena *scratch;
    bool any = false;
    size_t n;

    if (!dataset->query->knowledge) return NULL;
    scratch = spl_arena_new(dataset->query->account);
    props = spl_knowledge_props(dataset->query->knowledge);
    n = spl_props_possible(props, &(spl_props_events){0}, scratch, &settings);
    any = spl_props_has_rules(props);
    for (size_t i = 0; i < n && !any; i++) any = spl_breaking_key(settings[i]->key);
    spl_arena_free(scratch);
    return any ? props : NULL;
}

/* The class of an input's events while they are one text: of what is given, else of what it is called. */
static const spl_props_class *input_class(const input *in, spl_str sourcetype)
{
    const spl_data_options *options = in->dataset->options;

    return spl_props_class_of(in->dataset->props, sourcetype,
                              spl_str_of(options->metadata.source ? options->metadata.source : in->input.path),
                              spl_str_of(options->metadata.host ? options->metadata.host : SPL_LOCAL_HOST));
}

/* --sourcetype, or what [source::…] sets. */
static const char *given_sourcetype(const input *in)
{
    const spl_conf_entry *e;

    if (in->dataset->options->metadata.sourcetype || !in->dataset->props || in->dataset->options->records)
        return in->dataset->options->metadata.sourcetype;
    e = spl_props_setting(input_class(in, SPL_S("")), "sourcetype");
    return e && e->value.len ? spl_cstring(in->dataset->arena, e->value) : NULL;
}

/* What its reader calls an input, by its first event. */
static spl_str recognised_sourcetype(const input *in, spl_str head)
{
    spl_query *query = in->dataset->query;
    spl_fieldset wanted;
    spl_event event = {.time = NAN};
    size_t begin, end, next;
    spl_str found = {NULL, 0};

    if (in->input.body > head.len ||
        !in->input.reader->frame(&in->input, head, in->input.body, true, &begin, &end, &next))
        return found;
    event.raw = spl_str_sub(head, begin, end);
    spl_worker *worker = spl_worker_new(query, 0);
    spl_extractor x = {
        .input = &in->input, .wanted = &wanted, .fields = query->fields, .worker = worker, .again = true};
    spl_batch *batch = spl_batch_new(query->account, query->fields, 1);

    spl_fieldset_init(&wanted, worker->arena, query->fields);
    spl_fieldset_add(&wanted, SPL_F_SOURCETYPE);
    if (in->input.reader->prepare) in->input.reader->prepare(&x);
    in->input.reader->extract(&x, batch, &event, 1, 0);
    found = spl_str_copy(in->dataset->arena, spl_value_text(worker->arena, spl_batch_get(batch, 0, SPL_F_SOURCETYPE)));
    spl_batch_free(batch);
    spl_worker_free(worker);
    return found;
}

/* The encoding that a text seems to be in, where it is not UTF-8 (props.conf, CHARSET = AUTO). */
static const char *guessed_charset(spl_str head, bool complete)
{
    size_t zeros[2] = {0, 0}, n = head.len < 4096 ? head.len : 4096;

    for (size_t i = 0; i < n; i++) zeros[i % 2] += head.data[i] == '\0';
    if (zeros[1] > n / 5 && zeros[0] <= n / 20) return "UTF-16LE";
    if (zeros[0] > n / 5 && zeros[1] <= n / 20) return "UTF-16BE";
    for (size_t cut = 0; cut < 4 && cut <= head.len; cut++) {
        if (spl_utf8_valid(spl_str_sub(head, 0, head.len - cut))) return NULL;
        if (complete) break;
    }
    return "WINDOWS-1252";
}

/* The encoding that CHARSET names, if it is another than UTF-8; HEAD: not converted. */
static const char *charset_of(const input *in, const spl_props_class *class, spl_str head, bool complete)
{
    const spl_conf_entry *e = spl_props_setting(class, "CHARSET");
    const char *name;
    iconv_t probe;

    if (!e || !e->value.len || spl_str_iis(e->value, "UTF-8") || spl_str_iis(e->value, "UTF8")) return NULL;
    if (spl_str_iis(e->value, "AUTO")) return guessed_charset(head, complete);
    name = spl_cstring(in->dataset->arena, e->value);
    probe = strchr(name, '/') ? (iconv_t)-1 : iconv_open("UTF-8", name);
    if (probe != (iconv_t)-1) {
        iconv_close(probe);
        return name;
    }
    spl_warning(in->dataset->query->diag, e->span, "conf", "CHARSET is passed over: iconv knows no encoding \"%s\"",
                name);
    spl_hint(in->dataset->query->diag, "The text is read as UTF-8. iconv -l lists the names.");
    return NULL;
}

static const spl_breaking *breaking_of(spl_dataset *dataset, const spl_props_class *class, bool lines)
{
    const uint32_t key[2] = {class->number, lines};
    bool made;
    spl_map_entry *entry = spl_map_put(&dataset->breakings, spl_str_cut((const char *)key, sizeof key), &made);

    if (made) entry->value = spl_breaking_new(dataset->arena, dataset->query, class, lines);
    return entry->value;
}

/* ---- recognising an input ---- */

static spl_str read_input_head(input *in, spl_arena *arena, bool *complete)
{
    stream *s = in->live;
    spl_str head;

    if (!s) s = in->live = input_stream(in); /* unwinding closes it */
    head = read_head(s, arena, complete);
    if (in->kind == A_PIPE) {
        in->head = spl_str_copy(in->dataset->arena, head);
    } else {
        stream_close(s);
        in->live = NULL;
        in->mapped = in->kind == A_TEXT && !in->packed;
        if (in->mapped) in->map = in->text;
    }
    return head;
}

/* Reads the input's head again, its bytes being in CHARSET. False: it says itself that they are not. */
static bool convert_input(input *in, const char *charset, spl_arena *arena, spl_probe *probe)
{
    in->charset = charset;
    if (in->kind == A_PIPE) {
        if (in->live->wide) return false;
        in->live->pushed = in->head;
        stream_convert(in->live, charset);
        in->packed = true;
    }
    probe->head = read_input_head(in, arena, &probe->complete);
    return in->packed;
}

/* Opens the input with the reader that knows it. CUT_AS_TEXT: settings cut it, so that no reader may rearrange it. */
static void open_input(input *in, spl_probe *probe, const char *sourcetype, bool cut_as_text)
{
    spl_dataset *dataset = in->dataset;
    const spl_data_options *options = dataset->options;
    spl_input *base = &in->input;
    unsigned turns;

    base->reader = best_reader(options, probe);
    if (cut_as_text && strcmp(base->reader->name, "json_text") == 0) base->reader = spl_reader_find(SPL_S("json"));
    for (turns = 0; base->reader->decode; turns++) {
        spl_data_options any = {0};

        if (turns == 4) spl_fail(SPL_IO, "could not read \"%s\": it is packed too deep", base->path);
        decode(in, base->reader);
        in->decoded = true;
        probe->head = spl_str_sub(in->map, 0, HEAD);
        probe->complete = in->map.len <= HEAD;
        base->reader = best_reader(&any, probe);
    }
    base->body = 0;
    base->sourcetype = option_text(dataset->arena, sourcetype);
    base->source = option_text(dataset->arena, options->metadata.source);
    base->host = option_text(dataset->arena, options->metadata.host);
    base->index = option_text(dataset->arena, options->metadata.index);
    base->reader->open(base, probe);
    if (base->reader->own_raw) return;
    if (sourcetype) base->sourcetype = option_text(dataset->arena, sourcetype);
    if (options->metadata.source) base->source = option_text(dataset->arena, options->metadata.source);
    if (options->metadata.host) base->host = option_text(dataset->arena, options->metadata.host);
    if (base->sourcetype.len && dataset->query->knowledge)
        base->sourcetype = spl_props_spelling(spl_knowledge_props(dataset->query->knowledge), base->sourcetype);
}

/* What apps say of where the events of an input begin. Its encoding may be known only when its sourcetype is: then it
 * is opened a second time. */
static void shape_input(input *in, spl_probe *probe, spl_arena *arena, const char *sourcetype, bool cut_as_text)
{
    spl_input *base = &in->input;
    spl_str of = base->sourcetype.len ? base->sourcetype : recognised_sourcetype(in, probe->head);
    const spl_props_class *class = input_class(in, of);
    const char *charset = in->charset || in->decoded ? NULL : charset_of(in, class, probe->head, probe->complete);

    if (charset && convert_input(in, charset, arena, probe)) {
        open_input(in, probe, sourcetype, cut_as_text);
        if (!base->sourcetype.len) class = input_class(in, recognised_sourcetype(in, probe->head));
    }
    base->breaking = breaking_of(in->dataset, class, strcmp(base->reader->name, "lines") == 0);
    if (in->decoded && spl_breaking_cuts(base->breaking))
        base->breaking = NULL; /* nothing cuts a file that is no text */
}

/* What a rule of an app makes of an input that nobody names; or NULL. */
static const char *sourcetype_by_rule(const input *in, const spl_probe *probe)
{
    spl_dataset *dataset = in->dataset;
    spl_str found = spl_props_by_rule(dataset->props, probe->head, false);

    if (!found.len && strcmp(best_reader(dataset->options, probe)->name, "lines") == 0)
        found = spl_props_by_rule(dataset->props, probe->head, true);
    return found.len ? spl_cstring(dataset->arena, found) : NULL;
}

static void recognise(input *in)
{
    spl_dataset *dataset = in->dataset;
    const char *sourcetype = given_sourcetype(in);
    spl_probe probe = {.path = in->input.path, .sourcetype = sourcetype};
    spl_arena *arena = spl_arena_new(dataset->query->account);
    bool shaped = dataset->props && !dataset->options->records, cut_as_text = false;

    probe.head = read_input_head(in, arena, &probe.complete);
    probe.props = props_of(in);
    tell_unmet(in, probe.props);
    if (shaped && !sourcetype) sourcetype = probe.sourcetype = sourcetype_by_rule(in, &probe);
    if (shaped) {
        const spl_props_class *class = input_class(in, sourcetype ? spl_str_of(sourcetype) : SPL_S("_json"));
        const char *charset = sourcetype ? charset_of(in, class, probe.head, probe.complete) : NULL;

        cut_as_text = spl_breaking_cuts(breaking_of(dataset, class, false));
        if (charset) convert_input(in, charset, arena, &probe);
    }
    open_input(in, &probe, sourcetype, cut_as_text);
    if (shaped) shape_input(in, &probe, arena, sourcetype, cut_as_text);
    spl_arena_free(arena);
}

/* ---- files and folders ---- */

typedef struct folder {
    const struct folder *up;
    dev_t device;
    ino_t inode;
} folder;

static void add_file(spl_dataset *dataset, const char *path, input_kind kind)
{
    input *in = input_new(dataset, path);

    in->kind = kind;
    if (kind == A_PIPE) {
        in->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (in->fd < 0) unreadable(path, errno);
    }
    recognise(in);
}

static void add_stdin(spl_dataset *dataset)
{
    input *in = input_new(dataset, "-");
    struct stat info;
    off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);

    in->kind = A_PIPE;
    in->fd = STDIN_FILENO;
    if (fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode) && at >= 0 && !just_written(&info)) {
        in->mapping = map_fd("-", STDIN_FILENO, at); /* "< file": as the file */
        in->text = spl_str_sub(in->mapping, (size_t)at, in->mapping.len);
        in->kind = A_TEXT;
        in->fd = -1;
    }
    recognise(in);
}

static int name_cmp(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void folder_close(void *ptr)
{
    DIR **open = ptr;

    if (*open) closedir(*open);
    *open = NULL;
}

static size_t add_folder(spl_dataset *dataset, const char *path, const folder *up)
{
    const spl_query *query = dataset->query;
    spl_arena *arena = spl_arena_new(query->account);
    DIR **listing = spl_calloc(arena, 1, sizeof *listing);
    SPL_VEC(char *) names = {0};
    struct dirent *item;
    struct stat info;
    size_t i, files = 0, length = strlen(path);
    const folder *above;
    folder here = {.up = up};

    if (stat(path, &info) != 0) unreadable(path, errno);
    here.device = info.st_dev;
    here.inode = info.st_ino;
    for (above = up, i = 0; above; above = above->up, i++) {
        if ((above->device == here.device && above->inode == here.inode) || i == MAX_FOLDERS) {
            spl_note(query->diag, (spl_span){0}, "skipped-file", "\"%s\" leads back into a folder above it", path);
            spl_arena_free(arena);
            return 0;
        }
    }
    *listing = opendir(path);
    if (!*listing) unreadable(path, errno);
    spl_arena_defer(arena, folder_close, listing);
    while (length > 1 && path[length - 1] == '/') length--;
    for (errno = 0; (item = readdir(*listing)); errno = 0) {
        if (item->d_name[0] == '.') continue;
        SPL_PUSH(arena, &names,
                 spl_cstring(arena, spl_strf(arena, "%.*s%s%s", (int)length, path, path[length - 1] == '/' ? "" : "/",
                                             item->d_name)));
    }
    if (errno) unreadable(path, errno);
    folder_close(listing);
    if (names.len) qsort(names.data, names.len, sizeof *names.data, name_cmp);
    for (i = 0; i < names.len; i++) {
        const char *name = names.data[i];

        if (stat(name, &info) != 0) unreadable(name, errno);
        if (S_ISDIR(info.st_mode)) {
            files += add_folder(dataset, name, &here);
        } else if (S_ISREG(info.st_mode)) {
            add_file(dataset, name, A_FILE);
            files++;
        } else {
            spl_note(query->diag, (spl_span){0}, "skipped-file", "\"%s\" is no regular file and was left out", name);
        }
    }
    spl_arena_free(arena);
    return files;
}

static void add_path(spl_dataset *dataset, const char *path)
{
    struct stat info;

    if (strcmp(path, "-") == 0) {
        add_stdin(dataset);
        return;
    }
    if (stat(path, &info) != 0) unreadable(path, errno);
    if (!S_ISDIR(info.st_mode)) {
        add_file(dataset, path, S_ISREG(info.st_mode) ? A_FILE : A_PIPE);
    } else if (add_folder(dataset, path, NULL) == 0) {
        spl_fail(SPL_IO, "the folder \"%s\" holds no files (hidden ones are left out)", path);
    }
}

spl_dataset *spl_dataset_open(spl_query *query, const spl_data_options *options)
{
    spl_arena *arena = spl_arena_new(query->account);
    spl_dataset *dataset = SPL_NEW(arena, spl_dataset);
    spl_data_options now = *options; /* of the path that is looked at */
    size_t i;

    dataset->query = query;
    dataset->arena = arena;
    dataset->options = &now;
    dataset->props = options->records ? NULL : shaping_props(dataset);
    dataset->breakings = spl_map_in(arena);
    for (i = 0; i < options->count; i++) {
        if (options->each) now.metadata = spl_metadata_over(&options->each[i], &options->metadata);
        if (options->texts) {
            input *in = input_new(dataset, options->paths[i]);

            in->kind = A_TEXT;
            in->text = options->texts[i];
            recognise(in);
        } else {
            add_path(dataset, options->paths[i]);
        }
    }
    dataset->options = NULL;
    return dataset;
}

size_t spl_dataset_len(const spl_dataset *dataset)
{
    return dataset->inputs.len;
}

spl_input *spl_dataset_at(const spl_dataset *dataset, size_t i)
{
    return &dataset->inputs.data[i]->input;
}
