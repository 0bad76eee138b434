/* iconify.c -- a hash of the values of fields, by which a screen shows an icon for each combination of them. */
#include "exec/bind.h"

#include <nettle/sha1.h>
#include <stddef.h>

typedef struct iconify_op {
    spl_op base;
    SPL_VEC(spl_field) fields;
    spl_field to;
} iconify_op;

static bool iconify_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    iconify_op *self = (iconify_op *)op;
    spl_node_vec list = {0};

    if (!stage->n_kids) return spl_lacks(binder, NULL, "the name of a field", "host");
    if (!spl_args_no_wildcards(binder, stage) ||
        !spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list))
        return false;
    for (size_t i = 0; i < list.len; i++) {
        SPL_PUSH(binder->arena, &self->fields, spl_bind_field(binder, list.data[i]->text));
        spl_bind_reads(binder, self->fields.data[i]);
    }
    self->to = spl_bind_field(binder, SPL_S("_icon"));
    spl_bind_makes(binder, self->to);
    return true;
}

/* As Splunk's script has it: SHA-1 of the values, with this mark between them; one that is absent is empty. */
static spl_status iconify_map(spl_op *op, spl_batch **in)
{
    static const char hex[] = "0123456789abcdef", between[] = "-=XXX=-";
    iconify_op *self = (iconify_op *)op;
    spl_batch *batch = *in;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        struct sha1_ctx context;
        uint8_t bytes[SHA1_DIGEST_SIZE];
        char *out = spl_alloc(batch->arena, sizeof bytes * 2);

        sha1_init(&context);
        for (size_t f = 0; f < self->fields.len; f++) {
            spl_str text = spl_value_text(batch->arena, spl_batch_get(batch, row, self->fields.data[f]));

            if (f) sha1_update(&context, sizeof between - 1, (const uint8_t *)between);
            if (text.len) sha1_update(&context, text.len, (const uint8_t *)text.data);
        }
        sha1_digest(&context, sizeof bytes, bytes);
        for (size_t b = 0; b < sizeof bytes; b++) {
            out[2 * b] = hex[bytes[b] >> 4];
            out[2 * b + 1] = hex[bytes[b] & 15];
        }
        spl_batch_set(batch, row, self->to, spl_text(spl_str_cut(out, sizeof bytes * 2)));
    }
    return SPL_OK;
}

SPL_COMMAND(iconify, .summary = "Adds a hash of the values of fields, for icons on a screen.",
            .syntax = "iconify <field> …",
            .example = "| makeresults | eval a=1 | iconify a | eval icon=_icon | table icon", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .op_size = sizeof(iconify_op), .bind = iconify_bind, .map = iconify_map);
