/* bucketdir.c -- groups paths under the folders that hold them, the deepest first, until few enough rows are left. */
#include "exec/bind.h"
#include "exec/folders.h"

#include <stddef.h>

typedef struct bucketdir_op {
    spl_op base;
    spl_field path, size, count;
    int64_t maxcount;
    spl_str sep;
    spl_folders folders;
    bool done;
} bucketdir_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(bucketdir_op, member), __VA_ARGS__               \
    }
static const spl_option options[] = {
    OPTION("pathfield", FIELD, path, .text = "source", .help = "the field with a path"),
    OPTION("sizefield", FIELD, size, .text = "totalCount", .help = "the field whose numbers are summed"),
    OPTION("maxcount", INT, maxcount, .dflt = 20, .min = 1, .max = 9e15, .help = "at most so many rows"),
    OPTION("countfield", FIELD, count, .text = "totalCount",
           .help = "the field with the number of events that a result stands for"),
    OPTION("sep", TEXT, sep, .text = "/", .help = "what separates folders: one character"),
    {0},
};

static bool bucketdir_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    bucketdir_op *dir = (bucketdir_op *)op;

    if (dir->sep.len != 1) return spl_bad_argument(binder, stage->span, "option \"sep\" must be one character");
    spl_bind_reads(binder, dir->path);
    spl_bind_reads(binder, dir->size);
    spl_bind_reads(binder, dir->count);
    op->unordered = true;
    return spl_bind_plain(binder, stage, op);
}

static void bucketdir_open(spl_op *op)
{
    bucketdir_op *dir = (bucketdir_op *)op;

    dir->folders = (spl_folders){.arena = op->state,
                                 .separator = dir->sep,
                                 .path = dir->path,
                                 .size = dir->size,
                                 .count = dir->count,
                                 .paths = spl_map_in(op->state)};
}

static spl_status bucketdir_gather(spl_op *op, spl_batch *batch)
{
    spl_folders_gather(&((bucketdir_op *)op)->folders, batch);
    return SPL_OK;
}

static spl_status bucketdir_emit(spl_op *op, spl_batch **out)
{
    bucketdir_op *dir = (bucketdir_op *)op;

    if (dir->done || !dir->folders.paths.len) return SPL_END;
    dir->done = true;
    spl_folders_roll_up(&dir->folders, 0, (uint64_t)dir->maxcount);
    *out = spl_folders_batch(&dir->folders, op);
    return SPL_OK;
}

SPL_COMMAND(bucketdir, .summary = "Groups paths under the folders that hold them.",
            .syntax = "bucketdir [pathfield=<field>] [sizefield=<field>] [maxcount=<n>] [countfield=<field>] "
                      "[sep=<char>]",
            .example = "| makeresults count=3 | streamstats count AS n | eval p=\"/var/log/\".n "
                       "| bucketdir pathfield=p sizefield=n maxcount=1",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS, .options = options, .op_size = sizeof(bucketdir_op),
            .bind = bucketdir_bind, .open = bucketdir_open, .gather = bucketdir_gather, .emit = bucketdir_emit);
