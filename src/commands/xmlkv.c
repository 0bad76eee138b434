/* xmlkv.c -- fields from the elements of XML text: <name>value</name>, wherever it stands, well-formed or not. */
#include "data/spath.h"
#include "exec/found.h"

#include <stddef.h>

typedef struct xmlkv_op {
    spl_op base;
    spl_field field;
    spl_found *found;
    uint64_t seen;
} xmlkv_op;

static const spl_option options[] = {
    SPL_IDLE("maxinputs", INT, "no script is handed the events", .min = 1, .max = 9e15),
    {0},
};

static bool xmlkv_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    xmlkv_op *xmlkv = (xmlkv_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name = SPL_S("_raw");

    if (node && !spl_args_name(node, &name)) return spl_bad_argument(binder, node->span, "a field is expected here");
    xmlkv->field = spl_bind_field(binder, name);
    spl_bind_reads(binder, xmlkv->field);
    return spl_args_done(binder, &args);
}

static void xmlkv_open(spl_op *op)
{
    ((xmlkv_op *)op)->found = spl_found_new(op);
}

static bool name_byte(char c)
{
    return spl_is_word(c) || c == '-' || c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

static void extract(xmlkv_op *xmlkv, spl_arena *arena, spl_str text)
{
    const char *end = text.data + text.len, *p = text.data, *open;

    while (p < end && (open = memchr(p, '<', (size_t)(end - p)))) {
        const char *name = open + 1, *name_end = name, *close, *next;
        spl_str value;
        size_t len;
        while (name_end < end && name_byte(*name_end)) name_end++;
        len = (size_t)(name_end - name);
        p = open + 1;
        if (!len || !(close = memchr(name_end, '>', (size_t)(end - name_end)))) {
            if (len) return;
            continue;
        }
        p = close + 1;
        if (close[-1] == '/' || !(next = memchr(p, '<', (size_t)(end - p)))) continue;
        value = spl_str_cut(p, (size_t)(next - p));
        p = next;
        if ((size_t)(end - next) < len + 3 || next[1] != '/' || memcmp(next + 2, name, len) != 0 ||
            next[len + 2] != '>')
            continue;
        value = spl_str_trim(value);
        if (value.len)
            spl_found_add(xmlkv->found, arena, spl_str_cut(name, len), spl_text(spl_xml_text(arena, value)), true);
    }
}

static spl_status xmlkv_map(spl_op *op, spl_batch **in)
{
    xmlkv_op *xmlkv = (xmlkv_op *)op;
    spl_batch *batch = *in;

    if (!spl_batch_column(batch, xmlkv->field)) return SPL_OK;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, xmlkv->field);
        if (spl_is_null(value)) continue;
        extract(xmlkv, batch->arena, spl_value_text(batch->arena, value));
        spl_found_put(xmlkv->found, batch, row, false);
    }
    return SPL_OK;
}

SPL_COMMAND(xmlkv, .summary = "Extracts fields from the elements of XML text.",
            .syntax = "xmlkv [<field>] [maxinputs=<n>]",
            .example = "| makeresults | eval _raw=\"<a><id>7</id><name>amy</name></a>\" | xmlkv | table id name",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(xmlkv_op),
            .bind = xmlkv_bind, .open = xmlkv_open, .map = xmlkv_map);
