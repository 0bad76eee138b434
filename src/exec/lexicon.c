/* lexicon.c -- see lexicon.h. */
#include "exec/lexicon.h"

#include "base/utf8.h"
#include "expr/segments.h"

#include <stdlib.h>

void lexicon_bind(spl_binder *binder, bool terms, bool fields)
{
    if (terms) spl_bind_reads(binder, SPL_F_RAW);
    if (fields) spl_bind_reads_all(binder);
}

void lexicon_open(spl_lexicon *lexicon, spl_op *op, bool terms, bool fields)
{
    lexicon->op = op;
    lexicon->terms = terms;
    lexicon->fields = fields;
    lexicon->words = lexicon->values = spl_map_in(op->state);
}

static void count(spl_lexicon *lexicon, spl_map *map, spl_str text, size_t name)
{
    spl_map_entry *at = spl_map_put(map, text, NULL);
    lexicon_entry *entry = at->value;

    if (!entry) {
        entry = at->value = SPL_NEW(lexicon->op->state, lexicon_entry);
        entry->text = at->key;
        entry->name = name;
    }
    if (entry->last == lexicon->events) return;
    entry->last = lexicon->events;
    entry->count++;
}

static void count_terms(spl_lexicon *lexicon, spl_str raw)
{
    for (size_t at = 0; at < raw.len;) {
        size_t begin, part;

        while (at < raw.len && spl_breaker_major(raw.data[at])) at++;
        begin = part = at;
        for (; at < raw.len && !spl_breaker_major(raw.data[at]); at++) {
            if (!spl_breaker_minor(raw.data[at])) continue;
            if (at > part) count(lexicon, &lexicon->words, spl_str_sub(raw, part, at), 0);
            part = at + 1;
        }
        if (at > part) count(lexicon, &lexicon->words, spl_str_sub(raw, part, at), 0);
        if (part > begin) count(lexicon, &lexicon->words, spl_str_sub(raw, begin, at), 0);
    }
}

static void count_values(spl_lexicon *lexicon, const spl_batch *batch, uint32_t row, spl_buf *text)
{
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        spl_value cell = batch->columns[c]->cells[row];
        spl_str name = spl_field_name(batch->fields, field);

        if (spl_field_internal(batch->fields, field) || field == SPL_F_INDEX) continue;
        for (uint32_t i = 0; i < spl_value_count(cell); i++) {
            spl_buf_clear(text);
            spl_buf_add(text, name);
            spl_buf_puts(text, "::");
            spl_buf_add(text, spl_value_text(batch->arena, spl_value_at(cell, i)));
            count(lexicon, &lexicon->values, spl_buf_str(text), name.len);
        }
    }
}

void lexicon_gather(spl_lexicon *lexicon, const spl_batch *batch)
{
    spl_buf text = spl_buf_in(batch->arena);

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);

        lexicon->events++;
        if (lexicon->terms) {
            spl_value raw = spl_batch_get(batch, row, SPL_F_RAW);

            if (raw.kind == SPL_KIND_TEXT) count_terms(lexicon, spl_utf8_lower(batch->arena, spl_value_str(raw)));
        }
        if (lexicon->fields) count_values(lexicon, batch, row, &text);
    }
}

static void merge_map(spl_lexicon *into, spl_map *to, const spl_map *from)
{
    for (size_t i = 0; i < from->len; i++) {
        const lexicon_entry *entry = from->entries[i].value;
        spl_map_entry *at = spl_map_put(to, entry->text, NULL);
        lexicon_entry *own = at->value;

        if (!own) {
            own = at->value = SPL_NEW(into->op->state, lexicon_entry);
            own->text = at->key;
            own->name = entry->name;
        }
        own->count += entry->count;
    }
}

void lexicon_merge(spl_lexicon *into, const spl_lexicon *from)
{
    merge_map(into, &into->words, &from->words);
    merge_map(into, &into->values, &from->values);
}

static int by_text(const void *a, const void *b)
{
    return spl_str_cmp((*(lexicon_entry *const *)a)->text, (*(lexicon_entry *const *)b)->text);
}

lexicon_entry **lexicon_sorted(const spl_lexicon *lexicon, size_t *total)
{
    size_t n = 0;
    lexicon_entry **list =
        SPL_NEW_ARRAY(lexicon->op->state, lexicon->words.len + lexicon->values.len + 1, lexicon_entry *);

    for (size_t i = 0; i < lexicon->words.len; i++) list[n++] = lexicon->words.entries[i].value;
    for (size_t i = 0; i < lexicon->values.len; i++) list[n++] = lexicon->values.entries[i].value;
    qsort(list, n, sizeof *list, by_text);
    *total = n;
    return list;
}
