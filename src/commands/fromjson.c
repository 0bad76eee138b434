/* fromjson.c -- fields from the keys of a JSON object. */
#include "data/jsontree.h"
#include "exec/found.h"

#include <stddef.h>

typedef struct fromjson_op {
    spl_op base;
    spl_field field;
    spl_str prefix;
    spl_found *found;
} fromjson_op;

static const spl_option options[] = {
    {.name = "prefix",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(fromjson_op, prefix),
     .text = "",
     .help = "what the names of the new fields begin with"},
    {0},
};

static bool fromjson_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    fromjson_op *fromjson = (fromjson_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name;

    if (!node || !spl_args_name(node, &name)) return spl_lacks(binder, node, "the name of a field", "_raw");
    fromjson->field = spl_bind_field(binder, name);
    spl_bind_reads(binder, fromjson->field);
    return spl_args_done(binder, &args);
}

static void fromjson_open(spl_op *op)
{
    ((fromjson_op *)op)->found = spl_found_new(op);
}

static void add(fromjson_op *fromjson, spl_arena *arena, const spl_jnode *member)
{
    spl_str name = member->key;

    if (fromjson->prefix.len) name = spl_strf(arena, "%.*s%.*s", SPL_FMT(fromjson->prefix), SPL_FMT(name));
    if (!spl_found_wants(fromjson->found, name)) return;
    if (member->kind == SPL_JSON_ARRAY) {
        for (const spl_jnode *item = member->first; item; item = item->next)
            spl_found_add(fromjson->found, arena, name, spl_jtree_value(arena, item), true);
        return;
    }
    spl_found_add(fromjson->found, arena, name, spl_jtree_value(arena, member), true);
}

static spl_status fromjson_map(spl_op *op, spl_batch **in)
{
    fromjson_op *fromjson = (fromjson_op *)op;
    spl_batch *batch = *in;

    if (!spl_batch_column(batch, fromjson->field)) return SPL_OK;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, fromjson->field);
        const spl_jnode *root;
        if (spl_is_null(value)) continue;
        root = spl_jtree_parse(batch->arena, spl_str_trim(spl_value_text(batch->arena, value)));
        if (!root || root->kind != SPL_JSON_OBJECT) continue;
        for (const spl_jnode *member = root->first; member; member = member->next) add(fromjson, batch->arena, member);
        spl_found_put(fromjson->found, batch, row, false);
    }
    return SPL_OK;
}

SPL_COMMAND(fromjson, .summary = "Makes a field of each key of a JSON object.",
            .syntax = "fromjson <field> [prefix=<text>]",
            .example = "| makeresults | eval o=json_object(\"name\",\"amy\",\"age\",63) | fromjson o | table name age",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(fromjson_op),
            .bind = fromjson_bind, .open = fromjson_open, .map = fromjson_map);
