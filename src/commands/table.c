/* table.c -- makes the columns exactly the ones named, in that order. A pattern stands for the fields that match it,
 * sorted by name, so that the order does not depend on which event came first. */
#include "exec/bind.h"

#include "base/wildcard.h"

#include <stdlib.h>

typedef struct table_op {
    spl_op base;
    SPL_VEC(spl_str) names;
    spl_pattern_cache cache;
    bool patterns;
} table_op;

static bool table_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    table_op *table = (table_op *)op;
    spl_node_vec list = {0};

    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    for (size_t i = 0; i < list.len; i++) {
        spl_str name = spl_args_undone(binder->arena, list.data[i], list.data[i]->text);

        SPL_PUSH(binder->arena, &table->names, name);
        table->patterns |= spl_wildcard_has(name);
    }
    if (!list.len) return spl_lacks(binder, NULL, "the names of fields", "_time, host, status");
    return true;
}

typedef struct named {
    spl_str name;
    spl_field field;
} named;

static int by_name(const void *a, const void *b)
{
    return spl_str_cmp(((const named *)a)->name, ((const named *)b)->name);
}

static void plan(table_op *table, const spl_batch *batch)
{
    spl_arena *arena = batch->arena;
    spl_pattern_cache *cache = &table->cache;
    SPL_VEC(named) matches = {0};
    SPL_VEC(bool) taken = {0};

    cache->signature = spl_batch_signature(batch);
    cache->fields.len = 0;
    for (size_t n = 0; n < table->names.len; n++) {
        spl_str name = table->names.data[n];
        matches.len = 0;
        if (!spl_wildcard_has(name)) {
            SPL_PUSH(arena, &matches, (named){name, spl_field_of(batch->fields, name)});
        } else {
            for (uint32_t c = 0; c < batch->n_columns; c++) {
                spl_str column = spl_field_name(batch->fields, batch->columns[c]->field);
                if (spl_pattern_match(name, column))
                    SPL_PUSH(arena, &matches, (named){column, batch->columns[c]->field});
            }
            if (matches.len) qsort(matches.data, matches.len, sizeof(named), by_name);
        }
        for (size_t m = 0; m < matches.len; m++) {
            while (taken.len <= matches.data[m].field) SPL_PUSH(arena, &taken, false);
            if (taken.data[matches.data[m].field]) continue;
            taken.data[matches.data[m].field] = true;
            SPL_PUSH(table->base.state, &cache->fields, matches.data[m].field);
        }
    }
}

static spl_status table_map(spl_op *op, spl_batch **batch)
{
    table_op *table = (table_op *)op;
    if (table->cache.signature == 0 || (table->patterns && table->cache.signature != spl_batch_signature(*batch)))
        plan(table, *batch);
    spl_batch_arrange(*batch, table->cache.fields.data, (uint32_t)table->cache.fields.len);
    (*batch)->events = false;
    (*batch)->fixed = true;
    return SPL_OK;
}

static void table_needs(const spl_op *op, const spl_fieldset *after, spl_fieldset *before)
{
    const table_op *table = (const table_op *)op;
    spl_pattern_needs(table->names.data, table->names.len, after, before);
}

static const spl_field *table_columns(const spl_op *op, spl_arena *arena, uint32_t *count)
{
    const table_op *table = (const table_op *)op;
    spl_field *fields = SPL_NEW_ARRAY(arena, table->names.len + 1, spl_field);

    if (table->patterns || op->query->check_only) return NULL;
    *count = 0;
    for (size_t n = 0; n < table->names.len; n++) {
        spl_field field = spl_field_of(op->query->fields, table->names.data[n]);
        uint32_t k = 0;

        while (k < *count && fields[k] != field) k++;
        if (k == *count) fields[(*count)++] = field;
    }
    return fields;
}

SPL_COMMAND(table, .summary = "Shows the named fields as columns, in that order.",
            .syntax = "table <field-or-pattern> [,] …", .example = "| makeresults | eval a=1, b=2 | table b, a",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS | SPL_FIXES, .op_size = sizeof(table_op), .bind = table_bind,
            .map = table_map, .columns = table_columns, .needs = table_needs);
