/* folderize.c -- replaces values by the head that they share with others, so that few different ones are left. */
#include "exec/bind.h"
#include "exec/folders.h"

#include <stddef.h>

typedef struct folderize_op {
    spl_op base;
    spl_field attr, size;
    spl_str sep;
    int64_t least, most;
    spl_folders folders;
    bool done;
} folderize_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(folderize_op, member), __VA_ARGS__               \
    }
static const spl_option options[] = {
    OPTION("attr", FIELD, attr, .required = "attr=source sep=\"/\"", .help = "the field"),
    OPTION("sep", TEXT, sep, .text = "::", .help = "what stands between the parts of a value"),
    OPTION("size", FIELD, size, .text = "totalCount", .help = "the field with how many events a result stands for"),
    OPTION("minfolders", INT, least, .dflt = 2, .min = 0, .max = 9e15, .help = "how many groups at least"),
    OPTION("maxfolders", INT, most, .dflt = 20, .min = 1, .max = 9e15, .help = "how many groups at most"),
    {0},
};

static bool folderize_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    folderize_op *self = (folderize_op *)op;

    if (!self->sep.len) return spl_bad_argument(binder, stage->span, "option \"sep\" must not be empty");
    spl_bind_reads(binder, self->attr);
    spl_bind_reads(binder, self->size);
    op->unordered = true;
    return spl_bind_plain(binder, stage, op);
}

static void folderize_open(spl_op *op)
{
    folderize_op *self = (folderize_op *)op;

    self->folders = (spl_folders){.arena = op->state,
                                  .separator = self->sep,
                                  .path = self->attr,
                                  .size = self->size,
                                  .count = SPL_NO_FIELD,
                                  .default_size = 1,
                                  .paths = spl_map_in(op->state)};
}

static spl_status folderize_gather(spl_op *op, spl_batch *batch)
{
    spl_folders_gather(&((folderize_op *)op)->folders, batch);
    return SPL_OK;
}

static spl_status folderize_emit(spl_op *op, spl_batch **out)
{
    folderize_op *self = (folderize_op *)op;

    if (self->done || !self->folders.paths.len) return SPL_END;
    self->done = true;
    spl_folders_roll_up(&self->folders, (uint64_t)self->least, (uint64_t)self->most);
    *out = spl_folders_batch(&self->folders, op);
    return SPL_OK;
}

SPL_COMMAND(folderize, .summary = "Groups values under the heads that they share.",
            .syntax = "folderize attr=<field> [sep=<text>] [size=<field>] [minfolders=<int>] [maxfolders=<int>]",
            .example = "| makeresults count=3 | streamstats count AS n | eval source=\"/var/log/\".n "
                       "| folderize attr=source sep=\"/\" minfolders=1 maxfolders=2",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS, .options = options, .op_size = sizeof(folderize_op),
            .bind = folderize_bind, .open = folderize_open, .gather = folderize_gather, .emit = folderize_emit);
