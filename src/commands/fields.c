/* fields.c -- keeps or removes fields. Internal fields stay unless they are removed by name or by a pattern that begins
 * with an underscore. Kept fields come in the order of the list, which is how searches arrange the columns of results.
 */
#include "exec/bind.h"

#include "base/wildcard.h"

typedef struct fields_op {
    spl_op base;
    bool remove;
    SPL_VEC(spl_str) names;
    spl_pattern_cache cache;
} fields_op;

static bool fields_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    fields_op *fields = (fields_op *)op;
    spl_args args = spl_args_of(stage);
    spl_node_vec list = {0};
    const spl_node *first = spl_args_peek(&args);

    if (first && first->kind == SPL_NODE_WORD && !first->quoted && first->text.len &&
        (first->text.data[0] == '-' || first->text.data[0] == '+')) {
        fields->remove = first->text.data[0] == '-';
        spl_args_next(&args);
        if (first->text.len > 1)
            SPL_PUSH(binder->arena, &fields->names,
                     spl_args_undone(binder->arena, first, spl_str_sub(first->text, 1, first->text.len)));
    }
    if (!spl_args_rest(binder, &args, &list)) return false;
    for (size_t i = 0; i < list.len; i++)
        SPL_PUSH(binder->arena, &fields->names, spl_args_undone(binder->arena, list.data[i], list.data[i]->text));
    if (!fields->names.len) return spl_lacks(binder, NULL, "the names of fields", "host, status");
    return true;
}

/* Listed fields that the batch has, in the order of the list; then the internal ones. */
static void plan_kept(fields_op *fields, const spl_batch *batch)
{
    spl_arena *arena = fields->base.state;
    spl_pattern_cache *cache = &fields->cache;
    spl_fields *names = batch->fields;
    bool *taken = SPL_NEW_ARRAY(batch->arena, batch->cap_by_field, bool);

    cache->signature = spl_batch_signature(batch);
    cache->fields.len = 0;
    for (size_t n = 0; n < fields->names.len; n++) {
        spl_str name = fields->names.data[n];
        if (!spl_wildcard_has(name)) {
            spl_field field = spl_field_of(names, name);
            if (!spl_batch_column(batch, field) || taken[field]) continue;
            taken[field] = true;
            SPL_PUSH(arena, &cache->fields, field);
            continue;
        }
        for (uint32_t c = 0; c < batch->n_columns; c++) {
            spl_field field = batch->columns[c]->field;
            if (taken[field] || !spl_pattern_match(name, spl_field_name(names, field))) continue;
            taken[field] = true;
            SPL_PUSH(arena, &cache->fields, field);
        }
    }
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        if (!taken[field] && spl_field_internal(names, field)) SPL_PUSH(arena, &cache->fields, field);
    }
}

static void plan_left(fields_op *fields, const spl_batch *batch)
{
    spl_pattern_cache *cache = &fields->cache;

    cache->signature = spl_batch_signature(batch);
    cache->fields.len = 0;
    spl_pattern_index index = spl_pattern_index_of(batch->arena, fields->names.data, fields->names.len);
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        if (!spl_pattern_index_has(&index, spl_field_name(batch->fields, field)))
            SPL_PUSH(fields->base.state, &cache->fields, field);
    }
}

static spl_status fields_map(spl_op *op, spl_batch **batch)
{
    fields_op *fields = (fields_op *)op;
    if (fields->cache.signature != spl_batch_signature(*batch))
        (fields->remove ? plan_left : plan_kept)(fields, *batch);
    spl_batch_arrange(*batch, fields->cache.fields.data, (uint32_t)fields->cache.fields.len);
    return SPL_OK;
}

static void fields_needs(const spl_op *op, const spl_fieldset *after, spl_fieldset *before)
{
    const fields_op *fields = (const fields_op *)op;
    if (fields->remove) {
        spl_fieldset_add_set(before, after);
        for (size_t i = 0; i < fields->names.len; i++)
            if (!spl_wildcard_has(fields->names.data[i]))
                spl_fieldset_remove(before, spl_field_of(after->fields, fields->names.data[i]));
        spl_pattern_index index = spl_pattern_index_of(before->arena, fields->names.data, fields->names.len);
        for (size_t i = 0; i < after->names.len; i++)
            if (spl_pattern_index_has(&index, spl_field_name(after->fields, after->names.data[i])))
                spl_fieldset_remove(before, after->names.data[i]);
        return;
    }
    spl_str internal = SPL_S("_*");
    spl_pattern_needs(fields->names.data, fields->names.len, after, before);
    spl_pattern_needs(&internal, 1, after, before);
}

SPL_COMMAND(fields, .summary = "Keeps or removes fields.", .syntax = "fields [+|-] <field-or-pattern> [,] …",
            .example = "| makeresults | eval a=1, b=2, c=3 | fields a, c | fields - _time", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .op_size = sizeof(fields_op), .bind = fields_bind, .map = fields_map,
            .needs = fields_needs);
