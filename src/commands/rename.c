/* rename.c -- gives fields other names, one after the other as typed.
 *
 * Where an event lacks the source, the target is emptied: renaming is of columns, not of values that happen to be
 * there. A pattern renames only what it matches; what its wildcards stood for goes where the target has them. What it
 * matches is looked for event by event, since no event tells which fields others have. */
#include "exec/bind.h"

#include "base/wildcard.h"

enum { MAX_STARS = 16 };

typedef struct pair {
    spl_field from, to;
} pair;

typedef struct renaming {
    spl_str from, to; /* patterns if wild */
    bool wild;
    pair names; /* otherwise */
} renaming;

typedef struct pair_cache {
    uint64_t signature;
    SPL_VEC(pair) pairs; /* in an order in which none overwrites a source that is still to come */
} pair_cache;

typedef struct rename_op {
    spl_op base;
    SPL_VEC(renaming) list;
    pair_cache *caches; /* one for each of the list */
} rename_op;

static bool rename_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    rename_op *rename = (rename_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *from;
    spl_map known = spl_map_in(binder->arena); /* names that are called something else; their numbers, from 1 */
    bool good = true;

    if (binder->holes) return true;
    while ((from = spl_args_next(&args))) {
        spl_str old_name, new_name;
        if (!spl_args_name(from, &old_name)) {
            good = spl_bad_argument(binder, from->span, "rename needs the name of a field here");
            continue;
        }
        bool as = spl_args_take(&args, "as") || spl_args_take(&args, "to") || spl_args_take(&args, "->");
        const spl_node *to = as ? spl_args_next(&args) : NULL;
        if (!to || !spl_args_name(to, &new_name)) {
            spl_bad_argument(binder, to ? to->span : from->span,
                             as ? "rename needs a new name after AS" : "rename \"%.*s\" lacks AS and a new name",
                             SPL_FMT(old_name));
            spl_hint(binder->diag, "For example: rename src_ip AS src, \"a field\" AS other");
            return false;
        }
        old_name = spl_args_undone(binder->arena, from, old_name);
        new_name = spl_args_undone(binder->arena, to, new_name);
        renaming entry = {.from = old_name, .to = new_name, .wild = spl_wildcard_has(old_name)};
        size_t n = spl_str_count(entry.from, '*'), m = spl_str_count(entry.to, '*');
        if (n && (n != m || n > MAX_STARS)) { /* behind a plain name, * is a letter as any */
            good = spl_bad_argument(binder, to->span, "\"%.*s\" and \"%.*s\" do not have the same number of wildcards",
                                    SPL_FMT(entry.from), SPL_FMT(entry.to));
            continue;
        }
        spl_map_entry *before = spl_map_put(&known, old_name, NULL);
        if (before->value && !entry.wild) {
            spl_str to_before = rename->list.data[(uintptr_t)before->value - 1].to;

            spl_warning(binder->diag, from->span, "renamed-away", "rename has already called \"%.*s\" \"%.*s\"",
                        SPL_FMT(old_name), SPL_FMT(to_before));
            spl_hint(binder->diag, "A field gets one name; eval %.*s='%.*s' copies it.", SPL_FMT(new_name),
                     SPL_FMT(to_before));
        }
        if (!before->value) before->value = (void *)(uintptr_t)(rename->list.len + 1);
        if (!entry.wild) entry.names = (pair){spl_bind_field(binder, entry.from), spl_bind_field(binder, entry.to)};
        SPL_PUSH(binder->arena, &rename->list, entry);
    }
    if (good && !rename->list.len) return spl_lacks(binder, NULL, "at least one field AS another", "src_ip AS src");
    return good;
}

static void rename_open(spl_op *op)
{
    rename_op *rename = (rename_op *)op;
    rename->caches = SPL_NEW_ARRAY(op->state, rename->list.len, pair_cache);
}

/* What NAME becomes when FROM turns into TO; empty where FROM does not match. */
static spl_str turned(spl_arena *arena, spl_str from, spl_str to, spl_str name)
{
    spl_str captures[MAX_STARS];
    size_t count, next = 0;

    if (!spl_wildcard_capture(from, name, captures, MAX_STARS, &count)) return SPL_S("");
    spl_buf out = spl_buf_in(arena);
    for (size_t i = 0; i < to.len; i++) {
        if (to.data[i] != '*')
            spl_buf_char(&out, to.data[i]);
        else if (next < count)
            spl_buf_add(&out, captures[next++]);
    }
    return spl_buf_str(&out);
}

static void plan(rename_op *rename, const renaming *entry, pair_cache *cache, const spl_batch *batch)
{
    spl_arena *arena = batch->arena;
    SPL_VEC(pair) found = {0};
    cache->signature = spl_batch_signature(batch);
    cache->pairs.len = 0;
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field from = batch->columns[c]->field;
        spl_str name = spl_field_name(batch->fields, from);
        spl_str to = spl_pattern_match(entry->from, name) ? turned(arena, entry->from, entry->to, name) : SPL_S("");
        if (!to.len) continue;
        pair p = {from, spl_field_of(batch->fields, to)};
        if (p.to != p.from) SPL_PUSH(arena, &found, p);
    }
    /* A source that is another one's target goes first: chains are followed to their end and emptied from there. */
    uint32_t fields = spl_fields_count(batch->fields);
    uint32_t *by_source = SPL_NEW_ARRAY(arena, fields, uint32_t);
    uint32_t *chain = SPL_NEW_ARRAY(arena, found.len + 1, uint32_t);
    bool *done = SPL_NEW_ARRAY(arena, found.len + 1, bool);
    for (size_t i = 0; i < found.len; i++)
        if (found.data[i].from < fields) by_source[found.data[i].from] = (uint32_t)i + 1;
    for (size_t i = 0; i < found.len; i++) {
        size_t depth = 0, at = i + 1;
        while (at && !done[at - 1]) {
            done[at - 1] = true;
            chain[depth++] = (uint32_t)at - 1;
            at = found.data[at - 1].to < fields ? by_source[found.data[at - 1].to] : 0;
        }
        while (depth) SPL_PUSH(rename->base.state, &cache->pairs, found.data[chain[--depth]]);
    }
}

static void rename_one(spl_batch *batch, pair names)
{
    if (names.from == names.to) return;
    if (!spl_batch_column(batch, names.from)) {
        spl_batch_drop(batch, names.to);
        return;
    }
    spl_batch_rename(batch, names.from, names.to);
    spl_batch_column(batch, names.to)->format = NULL; /* fieldformat's expression speaks of the old name */
}

/* The same for a field that a pattern found: an event without it keeps what it has under the new name. */
static void rename_found(spl_batch *batch, pair names)
{
    spl_column *from = spl_batch_column(batch, names.from), *to = spl_batch_column(batch, names.to);

    for (uint32_t i = 0; from && to && i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        if (spl_is_null(from->cells[row])) spl_batch_set(batch, row, names.from, to->cells[row]);
    }
    if (from) rename_one(batch, names);
}

static spl_status rename_map(spl_op *op, spl_batch **batch)
{
    rename_op *rename = (rename_op *)op;
    for (size_t i = 0; i < rename->list.len; i++) {
        const renaming *entry = &rename->list.data[i];
        pair_cache *cache = &rename->caches[i];
        if (!entry->wild) {
            rename_one(*batch, entry->names);
            continue;
        }
        if (cache->signature != spl_batch_signature(*batch)) plan(rename, entry, cache, *batch);
        for (size_t p = 0; p < cache->pairs.len; p++) rename_found(*batch, cache->pairs.data[p]);
    }
    return SPL_OK;
}

static void rename_needs(const spl_op *op, const spl_fieldset *after, spl_fieldset *before)
{
    const rename_op *rename = (const rename_op *)op;
    spl_fieldset_add_set(before, after);
    for (size_t i = rename->list.len; i-- > 0;) { /* from the last one back */
        const renaming *entry = &rename->list.data[i];
        if (!entry->wild) {
            if (entry->names.from == entry->names.to) continue;
            bool wanted = spl_fieldset_has(before, entry->names.to);
            spl_fieldset_remove(before, entry->names.from);
            spl_fieldset_remove(before, entry->names.to);
            if (wanted) spl_fieldset_add(before, entry->names.from);
            continue;
        }
        /* Of a name that the target's pattern covers: its source, and itself where no source has it. */
        bool open = before->all || before->patterns.len;
        size_t names = before->names.len;
        for (size_t n = 0; n < names; n++) {
            spl_str source =
                turned(before->arena, entry->to, entry->from, spl_field_name(before->fields, before->names.data[n]));
            if (source.len) spl_fieldset_add_name(before, source);
        }
        if (open) spl_fieldset_add_name(before, entry->from);
    }
}

SPL_COMMAND(rename, .summary = "Gives fields other names.",
            .syntax = "rename <field-or-pattern> AS <new-name-or-pattern> [,] …",
            .example = "| makeresults | eval src_ip=\"10.0.0.1\" | rename src_ip AS src | table src",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .op_size = sizeof(rename_op), .bind = rename_bind,
            .open = rename_open, .map = rename_map, .needs = rename_needs);
