/* spath.c -- fields from JSON or XML: all of them, or what stands at a path (data/spath.h). */
#include "data/spath.h"
#include "exec/found.h"

#include <stddef.h>

typedef struct spath_op {
    spl_op base;
    spl_field input, output;
    spl_str path;
    bool path_given;
    spl_found *found;
    spl_arena *arena; /* of the batch at hand */
} spath_op;

static const spl_option options[] = {
    {.name = "input",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(spath_op, input),
     .text = "_raw",
     .help = "the field to read"},
    {.name = "output",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(spath_op, output),
     .help = "the field that gets what stands at the path; its name is the path where not given"},
    {.name = "path",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(spath_op, path),
     .given = offsetof(spath_op, path_given),
     .text = "",
     .help = "where to look; without it all fields are extracted"},
    {0},
};

static bool spath_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spath_op *spath = (spath_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);

    if (node) {
        if (spath->path_given) return spl_bad_argument(binder, node->span, "spath takes one path");
        if (!spl_args_name(node, &spath->path)) return spl_bad_argument(binder, node->span, "a path is expected here");
        spath->path_given = true;
        if (!spl_args_done(binder, &args)) return false;
    }
    spl_bind_reads(binder, spath->input);
    if (!spath->path_given) {
        if (spath->output == SPL_NO_FIELD) return true;
        spl_bad_argument(binder, stage->span, "output= needs a path");
        spl_hint(binder->diag, "For example: spath output=%.*s path=a.b{}.c",
                 SPL_FMT(spl_field_name(binder->fields, spath->output)));
        return false;
    }
    if (!spath->path.len) return spl_bad_argument(binder, stage->span, "the path is empty");
    if (spath->output == SPL_NO_FIELD) spath->output = spl_bind_field(binder, spath->path);
    return true;
}

static void spath_open(spl_op *op)
{
    ((spath_op *)op)->found = spl_found_new(op);
}

static void each(void *context, spl_str name, spl_str value)
{
    spath_op *spath = context;
    spl_found_add(spath->found, spath->arena, name, spl_text(value), true);
}

static spl_status spath_map(spl_op *op, spl_batch **in)
{
    spath_op *spath = (spath_op *)op;
    uint64_t cutoff = op->query->limits.spath_bytes;
    spl_batch *batch = *in;

    if (!spl_batch_column(batch, spath->input)) return SPL_OK;
    spath->arena = batch->arena;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, spath->input);
        spl_str text;
        if (spl_is_null(value)) continue;
        text = spl_value_text(batch->arena, value);
        if (cutoff && text.len > cutoff && !spath->path_given) {
            spl_op_warn(op, "spath-limit", "spath read the first %llu bytes only", (unsigned long long)cutoff);
            text.len = cutoff;
        }
        if (spath->path_given) {
            value = spl_spath(batch->arena, text, spath->path);
            if (!spl_is_null(value)) spl_batch_set(batch, row, spath->output, value);
        } else {
            spl_spath_walk(batch->arena, text, each, spath);
            spl_found_put(spath->found, batch, row, false);
        }
    }
    return SPL_OK;
}

SPL_COMMAND(
    spath, .summary = "Extracts fields from JSON or XML, all of them or what stands at a path.",
    .syntax = "spath [input=<field>] [output=<field>] [path=<path> | <path>]",
    .example = "| makeresults | eval _raw=\"{\\\"a\\\":{\\\"b\\\":[1,2]}}\" | spath output=b path=a.b{} | table b",
    .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(spath_op), .bind = spath_bind,
    .open = spath_open, .map = spath_map);
