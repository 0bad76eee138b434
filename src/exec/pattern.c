/* pattern.c -- what names with * mean among the columns of a batch. They are matched once for each set of columns. */
#include "exec/bind.h"

#include "base/wildcard.h"

uint64_t spl_batch_signature(const spl_batch *batch)
{
    uint64_t hash = 0x9e3779b97f4a7c15u ^ batch->n_columns;
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        hash = (hash ^ batch->columns[i]->field) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    return hash ? hash : 1; /* 0 says that nothing is cached */
}

bool spl_pattern_match(spl_str pattern, spl_str name)
{
    if (!spl_wildcard_has(pattern)) return spl_str_eq(pattern, name);
    /* A leading * does not reach internal fields; _* does. */
    if (name.len && name.data[0] == '_' && pattern.data[0] == '*') return false;
    return spl_wildcard_match(pattern, name, false);
}

bool spl_pattern_any(const spl_str *patterns, size_t count, spl_str name)
{
    for (size_t p = 0; p < count; p++)
        if (spl_pattern_match(patterns[p], name)) return true;
    return false;
}

spl_pattern_index spl_pattern_index_of(spl_arena *arena, const spl_str *patterns, size_t count)
{
    spl_pattern_index index = {.plain = spl_map_in(arena)};

    for (size_t p = 0; p < count; p++) {
        if (spl_wildcard_has(patterns[p]))
            SPL_PUSH(arena, &index.wild, patterns[p]);
        else
            spl_map_put(&index.plain, patterns[p], NULL);
    }
    return index;
}

bool spl_pattern_index_has(const spl_pattern_index *index, spl_str name)
{
    return spl_map_find(&index->plain, name) || spl_pattern_any(index->wild.data, index->wild.len, name);
}

void spl_pattern_needs(const spl_str *patterns, size_t count, const spl_fieldset *after, spl_fieldset *before)
{
    spl_pattern_index index;

    if (after->all || after->patterns.len) {
        for (size_t p = 0; p < count; p++) spl_fieldset_add_name(before, patterns[p]);
        for (size_t i = 0; i < after->except.len; i++) spl_fieldset_remove(before, after->except.data[i]);
    }
    index = spl_pattern_index_of(before->arena, patterns, after->names.len ? count : 0);
    for (size_t i = 0; i < after->names.len; i++)
        if (spl_pattern_index_has(&index, spl_field_name(after->fields, after->names.data[i])))
            spl_fieldset_add(before, after->names.data[i]);
}

void spl_pattern_fields(spl_arena *arena, const spl_batch *batch, const spl_str *patterns, size_t count,
                        spl_pattern_cache *cache)
{
    uint64_t signature = spl_batch_signature(batch);
    if (cache->signature == signature) return;
    cache->signature = signature;
    cache->fields.len = 0;
    spl_pattern_index index = spl_pattern_index_of(batch->arena, patterns, count);
    for (uint32_t i = 0; i < batch->n_columns; i++)
        if (spl_pattern_index_has(&index, spl_field_name(batch->fields, batch->columns[i]->field)))
            SPL_PUSH(arena, &cache->fields, batch->columns[i]->field);
}
