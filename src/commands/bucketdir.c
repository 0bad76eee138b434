/* bucketdir.c -- groups paths under the folders that hold them, the deepest first, until few enough rows are left. */
#include "exec/bind.h"

#include "base/map.h"

#include <stddef.h>
#include <stdlib.h>

enum { DEEPEST = 64 }; /* what lies deeper counts to the folder there, so that paths of slashes take no time */

typedef struct folder {
    spl_str path;
    double size;
    uint64_t count;
    size_t depth;
} folder;

typedef struct bucketdir_op {
    spl_op base;
    spl_field path, size, count;
    int64_t maxcount;
    spl_str sep;
    spl_map paths; /* -> folder */
    bool done;
} bucketdir_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(bucketdir_op, member), __VA_ARGS__               \
    }
static const spl_option options[] = {
    OPTION("pathfield", FIELD, path, .help = "the field with a path"),
    OPTION("sizefield", FIELD, size, .help = "the field whose numbers are summed"),
    OPTION("maxcount", INT, maxcount, .dflt = 20, .min = 1, .max = 9e15, .help = "at most so many rows"),
    OPTION("countfield", FIELD, count, .text = "count",
           .help = "the field that gets how many results a row stands for"),
    OPTION("sep", TEXT, sep, .text = "/", .help = "what separates folders: one character"),
    {0},
};

static bool bucketdir_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    bucketdir_op *dir = (bucketdir_op *)op;
    spl_args args = spl_args_of(stage);

    if (dir->path == SPL_NO_FIELD || dir->size == SPL_NO_FIELD) {
        if (binder->holes) return true;
        spl_bad_argument(binder, stage->span, "bucketdir needs pathfield= and sizefield=");
        spl_hint(binder->diag, "For example: bucketdir pathfield=source sizefield=bytes");
        return false;
    }
    if (dir->sep.len != 1) return spl_bad_argument(binder, stage->span, "option \"sep\" must be one character");
    spl_bind_reads(binder, dir->path);
    spl_bind_reads(binder, dir->size);
    op->unordered = true;
    return spl_args_done(binder, &args);
}

static void bucketdir_open(spl_op *op)
{
    ((bucketdir_op *)op)->paths = spl_map_in(op->state);
}

static folder *folder_of(bucketdir_op *dir, spl_map *map, spl_str path)
{
    size_t depth = 0;
    spl_map_entry *entry;

    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] != dir->sep.data[0]) continue;
        if (++depth == DEEPEST) path.len = i;
    }
    entry = spl_map_put(map, path, NULL);
    if (!entry->value) {
        folder *f = SPL_NEW(dir->base.state, folder);
        f->path = entry->key;
        f->depth = depth;
        entry->value = f;
    }
    return entry->value;
}

static spl_status bucketdir_gather(spl_op *op, spl_batch *batch)
{
    bucketdir_op *dir = (bucketdir_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value path = spl_batch_get(batch, row, dir->path);
        double size;
        if (spl_is_null(path)) continue;
        folder *f = folder_of(dir, &dir->paths, spl_value_text(batch->arena, path));
        f->count++;
        if (spl_value_number(spl_batch_get(batch, row, dir->size), &size)) f->size += size;
    }
    return SPL_OK;
}

/* Puts all paths of the greatest depth into the folders that hold them. False: none lies in a folder. */
static bool go_up(bucketdir_op *dir)
{
    spl_map next = spl_map_in(dir->base.state);
    size_t deepest = 0;

    for (size_t i = 0; i < dir->paths.len; i++) {
        const folder *f = dir->paths.entries[i].value;
        if (f->depth > deepest) deepest = f->depth;
    }
    for (size_t i = 0; deepest && i < dir->paths.len; i++) {
        const folder *f = dir->paths.entries[i].value;
        spl_str path = f->path;
        while (f->depth == deepest && path.len && path.data[path.len - 1] != dir->sep.data[0]) path.len--;
        if (f->depth == deepest && path.len) path.len--;
        folder *into = folder_of(dir, &next, path);
        into->size += f->size;
        into->count += f->count;
    }
    if (deepest) dir->paths = next;
    return deepest > 0;
}

static int largest_first(const void *a, const void *b)
{
    const folder *x = *(const folder *const *)a, *y = *(const folder *const *)b;
    return x->size != y->size ? (x->size > y->size ? -1 : 1) : spl_str_cmp(x->path, y->path);
}

static spl_status bucketdir_emit(spl_op *op, spl_batch **out)
{
    bucketdir_op *dir = (bucketdir_op *)op;
    folder **list;

    if (dir->done || !dir->paths.len) return SPL_END;
    dir->done = true;
    while (dir->paths.len > (uint64_t)dir->maxcount && go_up(dir))
        ;
    list = SPL_NEW_ARRAY(op->state, dir->paths.len, folder *);
    for (size_t i = 0; i < dir->paths.len; i++) list[i] = dir->paths.entries[i].value;
    qsort(list, dir->paths.len, sizeof *list, largest_first);
    *out = spl_op_batch(op, (uint32_t)dir->paths.len);
    for (uint32_t row = 0; row < dir->paths.len; row++) {
        spl_batch_set(*out, row, dir->path, spl_text(spl_str_copy((*out)->arena, list[row]->path)));
        spl_batch_set(*out, row, dir->size, spl_number(list[row]->size));
        spl_batch_set(*out, row, dir->count, spl_number((double)list[row]->count));
    }
    return SPL_OK;
}

SPL_COMMAND(bucketdir, .summary = "Groups paths under the folders that hold them.",
            .syntax = "bucketdir pathfield=<field> sizefield=<field> [maxcount=<n>] [countfield=<field>] [sep=<char>]",
            .example = "| makeresults count=3 | streamstats count AS n | eval p=\"/var/log/\".n "
                       "| bucketdir pathfield=p sizefield=n maxcount=1",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS, .options = options, .op_size = sizeof(bucketdir_op),
            .bind = bucketdir_bind, .open = bucketdir_open, .gather = bucketdir_gather, .emit = bucketdir_emit);
