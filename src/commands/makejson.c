/* makejson.c -- fields of a result as one JSON object, laid out as the manual's examples are. */
#include "exec/bind.h"

#include "base/json.h"
#include "base/num.h"

#include <math.h>
#include <stddef.h>

typedef struct makejson_op {
    spl_op base;
    spl_field output;
    SPL_VEC(spl_str) patterns;
    /* running */
    spl_pattern_cache cache;
} makejson_op;

static const spl_option options[] = {
    {.name = "output",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(makejson_op, output),
     .required = "output=data",
     .help = "the field that gets the object"},
    {0},
};

static bool makejson_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    makejson_op *self = (makejson_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    spl_str name;

    while ((node = spl_args_next(&args))) {
        if (!spl_args_name(node, &name))
            return spl_bad_argument(binder, node->span, "the name of a field is expected here");
        SPL_PUSH(binder->arena, &self->patterns, name);
        spl_bind_reads_name(binder, name);
    }
    if (!self->patterns.len) { /* all fields, internal ones too */
        SPL_PUSH(binder->arena, &self->patterns, SPL_S("*"));
        SPL_PUSH(binder->arena, &self->patterns, SPL_S("_*"));
        spl_bind_reads_all(binder);
    }
    spl_bind_makes(binder, self->output);
    return true;
}

static void put_value(spl_arena *arena, spl_buf *out, spl_value value)
{
    double number;

    if (!spl_value_number(value, &number) || !isfinite(number)) {
        spl_json_quote(out, spl_value_text(arena, value));
    } else if (value.kind == SPL_KIND_TEXT && spl_json_valid(spl_str_trim(spl_value_str(value)))) {
        spl_buf_add(out, spl_str_trim(spl_value_str(value))); /* as it is spelt, where JSON allows that */
    } else {
        out->len +=
            spl_num_write(spl_buf_room(out, SPL_NUM_MAX), number, value.kind == SPL_KIND_NUMBER ? value.digits : 0);
    }
}

static spl_status makejson_map(spl_op *op, spl_batch **in)
{
    makejson_op *self = (makejson_op *)op;
    spl_batch *batch = *in;

    spl_pattern_fields(op->state, batch, self->patterns.data, self->patterns.len, &self->cache);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_buf out = spl_buf_in(batch->arena);

        spl_buf_char(&out, '{');
        for (size_t f = 0; f < self->cache.fields.len; f++) {
            spl_value value = spl_batch_get(batch, row, self->cache.fields.data[f]);
            uint32_t count = spl_value_count(value);

            if (spl_is_null(value) || !count) continue;
            if (out.len > 1) spl_buf_puts(&out, ", ");
            spl_json_quote(&out, spl_field_name(batch->fields, self->cache.fields.data[f]));
            spl_buf_puts(&out, ": ");
            if (count > 1) spl_buf_char(&out, '[');
            for (uint32_t k = 0; k < count; k++) {
                if (k) spl_buf_puts(&out, ", ");
                put_value(batch->arena, &out, spl_value_at(value, k));
            }
            if (count > 1) spl_buf_char(&out, ']');
        }
        spl_buf_char(&out, '}');
        spl_batch_set(batch, row, self->output, spl_text(spl_buf_str(&out)));
    }
    return SPL_OK;
}

SPL_COMMAND(makejson, .summary = "Makes a JSON object of fields of each result.",
            .syntax = "makejson [<field-or-pattern>, …] output=<field>",
            .example = "| makeresults | eval a=7, b=\"x\" | makejson a, b output=j | table j", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .op_size = sizeof(makejson_op), .bind = makejson_bind,
            .map = makejson_map);
