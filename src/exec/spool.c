/* spool.c -- spill files: records of a length and so many bytes, through one buffer. */
#include "exec/spool.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPOOL_BUFFER = 1 << 16 };

struct spl_spool {
    int file; /* -1: moved away */
    bool reading;
    spl_arena *arena;
    char *buffer; /* SPOOL_BUFFER bytes; made at the first use, so that many idle spools cost little */
    size_t len, at;
    char *record; /* grown as the longest record asks */
    size_t cap;
};

void spl_save_bytes(spl_buf *out, const void *data, size_t len)
{
    spl_buf_add(out, spl_str_cut(data, len));
}

bool spl_load_bytes(spl_str *in, void *data, size_t len)
{
    if (in->len < len) return false;
    if (len) memcpy(data, in->data, len);
    in->data += len;
    in->len -= len;
    return true;
}

void spl_save_str(spl_buf *out, spl_str text)
{
    uint64_t len = text.len;

    spl_save_bytes(out, &len, sizeof len);
    spl_buf_add(out, text);
}

void spl_save_value(spl_buf *out, spl_value value)
{
    uint32_t i;

    spl_save_bytes(out, &value, sizeof value);
    if (value.kind == SPL_KIND_TEXT) spl_buf_add(out, spl_value_str(value));
    if (value.kind == SPL_KIND_MULTI) {
        spl_save_bytes(out, &value.as.multi->count, sizeof value.as.multi->count);
        for (i = 0; i < value.as.multi->count; i++) spl_save_value(out, value.as.multi->items[i]);
    }
}

bool spl_load_value(spl_arena *arena, spl_str *in, spl_value *value)
{
    spl_multi *multi;
    uint32_t count, i;

    if (!spl_load_bytes(in, value, sizeof *value)) return false;
    if (value->kind == SPL_KIND_TEXT) {
        if (in->len < value->len) return false;
        value->as.text = spl_str_copy(arena, spl_str_cut(in->data, value->len)).data;
        in->data += value->len;
        in->len -= value->len;
    } else if (value->kind == SPL_KIND_MULTI) {
        if (!spl_load_bytes(in, &count, sizeof count) || count > in->len / sizeof(spl_value)) return false;
        multi = spl_alloc(arena, sizeof *multi + count * sizeof(spl_value));
        multi->count = count;
        for (i = 0; i < count; i++)
            if (!spl_load_value(arena, in, &multi->items[i])) return false;
        value->as.multi = multi;
    }
    return true;
}

static void spool_close(void *ptr)
{
    spl_spool *spool = ptr;

    if (spool->file >= 0) close(spool->file);
    spool->file = -1;
}

spl_spool *spl_spool_new(spl_arena *arena, const char *dir)
{
    spl_spool *spool = SPL_NEW(arena, spl_spool);
    spl_str path = spl_strf(arena, "%s/spl-spill-XXXXXX", dir ? dir : "/tmp");
    char *name = spl_cstring(arena, path);

    spool->arena = arena;
    spool->file = mkostemp(name, O_CLOEXEC);
    if (spool->file < 0)
        spl_fail(SPL_IO, "could not make a spill file in \"%s\": %s", dir ? dir : "/tmp", strerror(errno));
    unlink(name);
    spl_arena_defer(arena, spool_close, spool);
    return spool;
}

spl_spool *spl_spool_move(spl_spool *spool, spl_arena *arena)
{
    spl_spool *moved = SPL_NEW(arena, spl_spool);

    if (!spool->reading && spool->len) spl_spool_rewind(spool);
    moved->arena = arena;
    moved->file = spool->file;
    moved->reading = spool->reading;
    spool->file = -1;
    if (moved->reading && lseek(moved->file, 0, SEEK_SET) < 0)
        spl_fail(SPL_IO, "could not read a spill file: %s", strerror(errno));
    spl_arena_defer(arena, spool_close, moved);
    return moved;
}

static void put(spl_spool *spool, const char *data, size_t len)
{
    while (len) {
        ssize_t done = write(spool->file, data, len);

        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) spl_fail(SPL_IO, "could not write a spill file: %s", strerror(errno));
        data += done;
        len -= (size_t)done;
    }
}

static void buffered(spl_spool *spool, const char *data, size_t len)
{
    if (!spool->buffer) spool->buffer = spl_alloc(spool->arena, SPOOL_BUFFER);
    if (spool->len + len > SPOOL_BUFFER) {
        put(spool, spool->buffer, spool->len);
        spool->len = 0;
    }
    if (len >= SPOOL_BUFFER) {
        put(spool, data, len);
    } else if (len) {
        memcpy(spool->buffer + spool->len, data, len);
        spool->len += len;
    }
}

void spl_spool_write(spl_spool *spool, spl_str record)
{
    uint64_t len = record.len;

    buffered(spool, (const char *)&len, sizeof len);
    buffered(spool, record.data, record.len);
}

void spl_spool_rewind(spl_spool *spool)
{
    if (!spool->reading) put(spool, spool->buffer, spool->len);
    spool->reading = true;
    spool->len = spool->at = 0;
    if (lseek(spool->file, 0, SEEK_SET) < 0) spl_fail(SPL_IO, "could not read a spill file: %s", strerror(errno));
}

/* Exactly LEN bytes, or none at the end of the file. */
static bool get(spl_spool *spool, char *data, size_t len)
{
    size_t have = 0;

    if (!spool->buffer) spool->buffer = spl_alloc(spool->arena, SPOOL_BUFFER);
    while (have < len) {
        size_t some = spool->len - spool->at;

        if (some) {
            if (some > len - have) some = len - have;
            memcpy(data + have, spool->buffer + spool->at, some);
            spool->at += some;
            have += some;
        } else {
            ssize_t done = read(spool->file, spool->buffer, SPOOL_BUFFER);

            if (done < 0 && errno == EINTR) continue;
            if (done < 0) spl_fail(SPL_IO, "could not read a spill file: %s", strerror(errno));
            if (done == 0 && have == 0) return false;
            if (done == 0) spl_fail(SPL_IO, "could not read a spill file: it is cut short");
            spool->at = 0;
            spool->len = (size_t)done;
        }
    }
    return true;
}

bool spl_spool_read(spl_spool *spool, spl_str *record)
{
    uint64_t len;

    if (!get(spool, (char *)&len, sizeof len)) return false;
    if (len > spool->cap) {
        spool->cap = len + len / 2;
        spool->record = spl_alloc(spool->arena, spool->cap);
    }
    if (len && !get(spool, spool->record, len)) spl_fail(SPL_IO, "could not read a spill file: it is cut short");
    *record = spl_str_cut(spool->record, len);
    return true;
}
