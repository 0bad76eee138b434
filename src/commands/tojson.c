/* tojson.c -- a result as one JSON object. */
#include "exec/bind.h"

#include "base/json.h"
#include "base/num.h"

#include <math.h>
#include <stddef.h>

enum { AUTO, BOOL, JSON, NONE, NUM, STR };
static const char *const types[] = {"auto", "bool", "json", "none", "num", "str", NULL};

typedef struct typed {
    spl_str pattern;
    int type;
} typed;

typedef struct tojson_op {
    spl_op base;
    int default_type;
    bool fill_null, internal;
    spl_field output;
    SPL_VEC(typed) named;
    SPL_VEC(spl_str) patterns; /* of named, for needs */
    bool every;                /* fields that are not named too */
    /* running */
    uint64_t signature;
    SPL_VEC(spl_field) fields;
    SPL_VEC(int) field_types;
} tojson_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(tojson_op, member), __VA_ARGS__                  \
    }
static const spl_option options[] = {
    OPTION("default_type", ENUM, default_type, .dflt = NONE, .names = types,
           .help = "the type of fields that no function names"),
    OPTION("fill_null", BOOL, fill_null, .help = "writes null where a field has no value of its type"),
    OPTION("include_internal", BOOL, internal, .help = "whether fields that begin with _ are written"),
    OPTION("output_field", FIELD, output, .text = "_raw", .help = "the field that gets the object"),
    {0},
};

static bool add(spl_binder *binder, tojson_op *op, const spl_node *node, int type)
{
    spl_str name;

    if (node->kind == SPL_NODE_HOLE) return true;
    if (node->kind == SPL_NODE_LIST) {
        for (uint32_t i = 0; i < node->n_kids; i++)
            if (!add(binder, op, node->kids[i], type)) return false;
        return true;
    }
    if (node->kind == SPL_NODE_CALL)
        return spl_bad_argument(binder, node->span, "the name of a field is expected here");
    if (!spl_args_name(node, &name))
        return spl_bad_argument(binder, node->span, "the name of a field is expected here");
    SPL_PUSH(binder->arena, &op->named, (typed){name, type});
    SPL_PUSH(binder->arena, &op->patterns, name);
    return true;
}

static bool tojson_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    tojson_op *tojson = (tojson_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;

    while ((node = spl_args_next(&args))) {
        int type = -1;
        if (node->kind != SPL_NODE_CALL) {
            if (!add(binder, tojson, node, tojson->default_type)) return false;
            continue;
        }
        for (int i = 0; types[i]; i++)
            if (spl_str_iis(node->text, types[i])) type = i;
        if (type < 0) {
            spl_bad_argument(binder, node->span, "tojson has no type \"%.*s\"", SPL_FMT(node->text));
            spl_hint(binder->diag, "The types are auto, bool, json, none, num and str.");
            return false;
        }
        for (uint32_t i = 0; i < node->n_kids; i++)
            if (!add(binder, tojson, node->kids[i], type)) return false;
    }
    tojson->every = !tojson->named.len;
    if (tojson->every)
        spl_bind_reads_all(binder);
    else
        for (size_t i = 0; i < tojson->named.len; i++) spl_bind_reads_name(binder, tojson->named.data[i].pattern);
    spl_bind_makes(binder, tojson->output);
    return true;
}

static void find_fields(tojson_op *tojson, const spl_batch *batch)
{
    spl_arena *arena = tojson->base.state;

    tojson->signature = spl_batch_signature(batch);
    tojson->fields.len = tojson->field_types.len = 0;
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        spl_str name = spl_field_name(batch->fields, field);
        int type = -1;
        for (size_t i = 0; i < tojson->named.len && type < 0; i++)
            if (spl_str_eq(tojson->named.data[i].pattern, name)) type = tojson->named.data[i].type;
        for (size_t i = 0; i < tojson->named.len && type < 0; i++)
            if (spl_pattern_match(tojson->named.data[i].pattern, name)) type = tojson->named.data[i].type;
        if (type < 0 && tojson->every && (tojson->internal || !spl_field_internal(batch->fields, field)))
            type = tojson->default_type;
        if (type < 0) continue;
        SPL_PUSH(arena, &tojson->fields, field);
        SPL_PUSH(arena, &tojson->field_types, type);
    }
}

static bool any_of(spl_str text, const char *a, const char *b, const char *c)
{
    return spl_str_iis(text, a) || spl_str_iis(text, b) || spl_str_iis(text, c);
}

static bool put_number(spl_buf *out, spl_value value, double number)
{
    if (!isfinite(number)) return false;
    if (value.kind == SPL_KIND_TEXT) { /* as it stands where JSON allows that */
        spl_str text = spl_str_trim(spl_value_str(value));
        if (spl_json_valid(text)) return spl_buf_add(out, text), true;
    }
    out->len += spl_num_write(spl_buf_room(out, SPL_NUM_MAX), number, value.kind == SPL_KIND_NUMBER ? value.digits : 0);
    return true;
}

/* One single value as TYPE; false, with nothing written, where it has none. */
static bool put_value(spl_arena *arena, spl_buf *out, spl_value value, int type)
{
    spl_str text = spl_value_text(arena, value);
    double number;
    bool numeric = spl_value_number(value, &number);

    switch (type) {
    case BOOL:
        if (!numeric && !any_of(text, "true", "t", "yes") && !any_of(text, "false", "f", "no")) return false;
        spl_buf_puts(out, numeric                            ? (number != 0 ? "true" : "false")
                          : any_of(text, "true", "t", "yes") ? "true"
                                                             : "false");
        return true;
    case JSON:
        if (!spl_json_valid(text)) return false;
        spl_buf_add(out, spl_str_trim(text));
        return true;
    case NUM: return numeric && put_number(out, value, number);
    case AUTO:
        if (numeric && put_number(out, value, number)) return true;
        if (spl_str_is(text, "true") || spl_str_is(text, "false") || spl_str_is(text, "null") ||
            (text.len && spl_is_any(text.data[0], "{[\"") && spl_json_valid(text))) {
            spl_buf_add(out, text);
            return true;
        }
        break;
    case NONE:
        if (numeric && put_number(out, value, number)) return true;
        break;
    default: break;
    }
    spl_json_quote(out, text);
    return true;
}

/* FILL: null in the place of a value that is none of TYPE. */
static bool put_cell(spl_arena *arena, spl_buf *out, spl_value value, int type, bool fill)
{
    uint32_t count = spl_value_count(value);
    size_t begin = out->len;
    bool any = false;

    if (count < 2) return count && put_value(arena, out, value, type);
    spl_buf_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        size_t mark = out->len;
        if (any) spl_buf_char(out, ',');
        if (put_value(arena, out, spl_value_at(value, i), type)) {
            any = true;
        } else if (fill) {
            spl_buf_puts(out, "null");
            any = true;
        } else {
            out->len = mark;
        }
    }
    spl_buf_char(out, ']');
    if (!any) out->len = begin;
    return any;
}

static spl_status tojson_map(spl_op *op, spl_batch **in)
{
    tojson_op *tojson = (tojson_op *)op;
    spl_batch *batch = *in;

    if (tojson->signature != spl_batch_signature(batch)) find_fields(tojson, batch);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_buf out = spl_buf_in(batch->arena);
        bool any = false;
        spl_buf_char(&out, '{');
        for (size_t f = 0; f < tojson->fields.len; f++) {
            spl_field field = tojson->fields.data[f];
            size_t mark = out.len;
            if (any) spl_buf_char(&out, ',');
            spl_json_quote(&out, spl_field_name(batch->fields, field));
            spl_buf_char(&out, ':');
            if (put_cell(batch->arena, &out, spl_batch_get(batch, row, field), tojson->field_types.data[f],
                         tojson->fill_null)) {
                any = true;
            } else if (tojson->fill_null) {
                spl_buf_puts(&out, "null");
                any = true;
            } else {
                out.len = mark;
            }
        }
        spl_buf_char(&out, '}');
        spl_batch_set(batch, row, tojson->output, spl_text(spl_buf_str(&out)));
    }
    return SPL_OK;
}

SPL_COMMAND(tojson, .summary = "Makes a JSON object of each result.",
            .syntax = "tojson [auto|bool|json|none|num|str(<field-or-pattern>, …) …] [<field-or-pattern> …] "
                      "[default_type=auto|bool|json|none|num|str] [fill_null=<bool>] [include_internal=<bool>] "
                      "[output_field=<field>]",
            .example = "| makeresults | eval a=7, b=\"x\" | tojson str(a) none(b) output_field=j | table j",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(tojson_op),
            .bind = tojson_bind, .map = tojson_map);
