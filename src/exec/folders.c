/* folders.c -- see folders.h. */
#include "exec/folders.h"

#include <stdlib.h>

enum { DEEPEST = 64 };

static void add(spl_map *map, spl_str path, size_t depth, double size, double count)
{
    spl_map_entry *entry = spl_map_put(map, path, NULL);
    spl_folder *folder = entry->value;

    if (!folder) {
        folder = entry->value = SPL_NEW(map->arena, spl_folder);
        folder->path = entry->key;
        folder->depth = depth;
    }
    folder->size += size;
    folder->count += count;
}

static void add_path(spl_folders *folders, spl_str path, double size, double count)
{
    size_t depth = 0;

    for (ptrdiff_t at = spl_str_find(path, folders->separator, 0); at >= 0;
         at = spl_str_find(path, folders->separator, (size_t)at + folders->separator.len))
        if (++depth == DEEPEST) path.len = (size_t)at;
    add(&folders->paths, path, depth, size, count);
}

void spl_folders_gather(spl_folders *folders, const spl_batch *batch)
{
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value path = spl_batch_get(batch, row, folders->path);
        double size = folders->default_size, count = 1;

        if (spl_is_null(path)) continue;
        spl_value_number(spl_batch_get(batch, row, folders->size), &size);
        if (folders->count != SPL_NO_FIELD) spl_value_number(spl_batch_get(batch, row, folders->count), &count);
        add_path(folders, spl_value_text(batch->arena, path), size, count);
    }
}

/* The path without its last part. */
static spl_str parent_of(spl_str path, spl_str separator)
{
    ptrdiff_t last = 0;

    for (ptrdiff_t at = spl_str_find(path, separator, 0); at >= 0;
         at = spl_str_find(path, separator, (size_t)at + separator.len))
        last = at;
    return spl_str_sub(path, 0, (size_t)last);
}

/* One folder up for all of the greatest depth. False: none lies in a folder. */
static bool one_up(const spl_folders *folders, spl_map *next)
{
    size_t deepest = 0;

    for (size_t i = 0; i < folders->paths.len; i++) {
        const spl_folder *f = folders->paths.entries[i].value;

        if (f->depth > deepest) deepest = f->depth;
    }
    if (!deepest) return false;
    *next = spl_map_in(folders->arena);
    for (size_t i = 0; i < folders->paths.len; i++) {
        const spl_folder *f = folders->paths.entries[i].value;
        bool moves = f->depth == deepest;

        add(next, moves ? parent_of(f->path, folders->separator) : f->path, moves ? f->depth - 1 : f->depth, f->size,
            f->count);
    }
    return true;
}

void spl_folders_roll_up(spl_folders *folders, uint64_t least, uint64_t most)
{
    spl_map next;

    while (folders->paths.len > most && one_up(folders, &next) && next.len >= least) folders->paths = next;
}

static int largest_first(const void *a, const void *b)
{
    const spl_folder *x = *(spl_folder *const *)a, *y = *(spl_folder *const *)b;

    return x->size != y->size ? (x->size > y->size ? -1 : 1) : spl_str_cmp(x->path, y->path);
}

spl_batch *spl_folders_batch(spl_folders *folders, spl_op *op)
{
    uint32_t rows = (uint32_t)folders->paths.len;
    spl_folder **list = SPL_NEW_ARRAY(folders->arena, rows, spl_folder *);
    spl_batch *out = spl_op_batch(op, rows);

    for (uint32_t i = 0; i < rows; i++) list[i] = folders->paths.entries[i].value;
    qsort(list, rows, sizeof *list, largest_first);
    for (uint32_t row = 0; row < rows; row++) {
        spl_batch_set(out, row, folders->path, spl_text(spl_str_copy(out->arena, list[row]->path)));
        spl_batch_set(out, row, folders->size, spl_number(list[row]->size));
        if (folders->count != SPL_NO_FIELD && folders->count != folders->size)
            spl_batch_set(out, row, folders->count, spl_number(list[row]->count));
    }
    return out;
}
