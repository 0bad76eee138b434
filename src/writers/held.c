/* held.c -- rows held as text until every column is known: for csv and table.
 *
 * A row is encoded as it comes: a cell is its column, its length with the flag of numbers, and its bytes; a row begins
 * with its size and its number of cells. Beyond HELD_MEMORY bytes the rows go to an unnamed file in the spill folder,
 * which is mapped when they are read back, so that memory does not grow with the rows. */
#include "writers/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HELD_MEMORY = 8 << 20 };

struct row_head {
    uint64_t size; /* of the row, with this head */
    uint32_t cells;
    uint32_t spare;
};

struct cell_head {
    uint64_t length;
    uint32_t column;
    uint32_t number;
};

struct spl_held {
    spl_output *output;
    SPL_VEC(spl_field) fields;
    uint32_t *by_field; /* index + 1 */
    uint32_t n_by_field;
    spl_buf buffer;
    size_t row_at, cell_at;
    uint32_t cells;
    int file;
    uint64_t written;
    const char *map;
    uint64_t map_size;
    spl_str all; /* while reading */
    size_t at;
    spl_held_cell *out;
    uint32_t cap_out;
};

static void held_close(void *ptr)
{
    spl_held *held = ptr;
    if (held->map) munmap((void *)(uintptr_t)held->map, held->map_size);
    if (held->file >= 0) close(held->file);
}

spl_held *spl_held_new(spl_output *output)
{
    spl_held *held = SPL_NEW(output->arena, spl_held);
    held->output = output;
    held->buffer = spl_buf_in(output->arena);
    held->file = -1;
    spl_arena_defer(output->arena, held_close, held);
    return held;
}

uint32_t spl_held_column(spl_held *held, spl_field field)
{
    if (field >= held->n_by_field) {
        uint32_t count = field * 2 + 64;
        uint32_t *by_field = SPL_NEW_ARRAY(held->output->arena, count, uint32_t);
        if (held->n_by_field) memcpy(by_field, held->by_field, held->n_by_field * sizeof *by_field);
        held->by_field = by_field;
        held->n_by_field = count;
    }
    if (!held->by_field[field]) {
        SPL_PUSH(held->output->arena, &held->fields, field);
        held->by_field[field] = (uint32_t)held->fields.len;
    }
    return held->by_field[field] - 1;
}

uint32_t spl_held_columns(const spl_held *held, const spl_field **fields)
{
    *fields = held->fields.data;
    return (uint32_t)held->fields.len;
}

void spl_held_row_begin(spl_held *held)
{
    held->row_at = held->buffer.len;
    held->cells = 0;
    (void)spl_buf_room(&held->buffer, sizeof(struct row_head));
    held->buffer.len += sizeof(struct row_head);
}

spl_buf *spl_held_cell_begin(spl_held *held, uint32_t column)
{
    struct cell_head head = {.column = column};
    held->cell_at = held->buffer.len;
    spl_buf_add(&held->buffer, spl_str_cut((const char *)&head, sizeof head));
    return &held->buffer;
}

spl_str spl_held_cell_end(spl_held *held, bool number)
{
    struct cell_head head;
    spl_buf *buffer = &held->buffer;
    size_t begin = held->cell_at + sizeof head;

    memcpy(&head, buffer->data + held->cell_at, sizeof head);
    head.length = buffer->len - begin;
    head.number = number;
    memcpy(buffer->data + held->cell_at, &head, sizeof head);
    held->cells++;
    return spl_str_cut(buffer->data + begin, head.length);
}

static void held_write(spl_held *held)
{
    const char *folder = held->output->query->spill_dir ? held->output->query->spill_dir : "/tmp";
    size_t done = 0;

    if (held->file < 0) {
        char *path = spl_cstring(held->output->arena, spl_strf(held->output->arena, "%s/spl-rows-XXXXXX", folder));
        held->file = mkostemp(path, O_CLOEXEC);
        if (held->file < 0) spl_fail(SPL_IO, "could not make a file in %s: %s", folder, strerror(errno));
        (void)unlink(path);
    }
    while (done < held->buffer.len) {
        ssize_t n = write(held->file, held->buffer.data + done, held->buffer.len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) spl_fail(SPL_IO, "could not write to a file in %s: %s", folder, strerror(errno));
        done += (size_t)n;
    }
    held->written += done;
    spl_buf_clear(&held->buffer);
}

void spl_held_row_end(spl_held *held)
{
    struct row_head head = {.size = held->buffer.len - held->row_at, .cells = held->cells};
    memcpy(held->buffer.data + held->row_at, &head, sizeof head);
    if (held->buffer.len >= HELD_MEMORY) held_write(held);
}

void spl_held_rewind(spl_held *held)
{
    held->at = 0;
    if (held->file < 0) {
        held->all = spl_buf_str(&held->buffer);
        return;
    }
    if (held->map) return;
    if (held->buffer.len) held_write(held);
    held->map = mmap(NULL, held->written, PROT_READ, MAP_PRIVATE, held->file, 0);
    if (held->map == MAP_FAILED) {
        held->map = NULL;
        spl_fail(SPL_IO, "could not read back the rows held: %s", strerror(errno));
    }
    held->map_size = held->written;
    held->all = spl_str_cut(held->map, held->map_size);
}

bool spl_held_next(spl_held *held, const spl_held_cell **cells, uint32_t *count)
{
    struct row_head row;
    size_t at = held->at;

    if (at >= held->all.len) return false;
    memcpy(&row, held->all.data + at, sizeof row);
    held->at += row.size;
    at += sizeof row;
    if (row.cells > held->cap_out) {
        held->cap_out = row.cells + 16;
        held->out = SPL_NEW_ARRAY(held->output->arena, held->cap_out, spl_held_cell);
    }
    for (uint32_t i = 0; i < row.cells; i++) {
        struct cell_head cell;
        memcpy(&cell, held->all.data + at, sizeof cell);
        at += sizeof cell;
        held->out[i] = (spl_held_cell){cell.column, cell.number != 0, spl_str_cut(held->all.data + at, cell.length)};
        at += cell.length;
    }
    *cells = held->out;
    *count = row.cells;
    return true;
}
