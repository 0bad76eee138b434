/* typelearner.c -- suggests searches that could be event types: events are grouped by their punctuation, and the words
 * that all of a group share make its search. Rules: docs/reference/commands/typelearner.md */
#include "base/map.h"
#include "data/default_fields.h"
#include "exec/bind.h"
#include "lang/text.h"

#include <stddef.h>
#include <stdlib.h>

enum { WORDS = 64 };

typedef struct group {
    spl_str key;
    uint64_t count;
    spl_str example;
    SPL_VEC(spl_str) words; /* that all events so far have, in the order of the first */
} group;

typedef struct typelearner_op {
    spl_op base;
    int64_t maxlen;
    spl_field by;
    spl_map groups;
    group **sorted;
    size_t n, at;
    bool done;
} typelearner_op;

static const spl_option options[] = {
    {.name = "maxlen",
     .type = SPL_OPTION_INT,
     .offset = offsetof(typelearner_op, maxlen),
     .dflt = 15,
     .min = -1e15,
     .max = 1e15,
     .help = "how many bytes of the field group events; negative: all"},
    {0},
};

static bool typelearner_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    typelearner_op *self = (typelearner_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name = SPL_S("punct");

    if (node && !spl_args_name(node, &name))
        return spl_bad_argument(binder, node->span, "typelearner takes the name of a field");
    self->by = spl_bind_field(binder, name);
    spl_bind_reads(binder, self->by);
    spl_bind_reads(binder, SPL_F_RAW);
    return spl_args_done(binder, &args);
}

static void typelearner_open(spl_op *op)
{
    ((typelearner_op *)op)->groups = spl_map_in(op->state);
}

/* The next word of letters, at least three of them; false at the end. */
static bool next_word(spl_str text, size_t *at, spl_str *word)
{
    while (*at < text.len) {
        size_t begin = *at;

        while (*at < text.len && spl_is_word(text.data[*at])) ++*at;
        *word = spl_str_sub(text, begin, *at);
        ++*at;
        bool letters = word->len >= 3;
        for (size_t i = 0; i < word->len && letters; i++) letters = !spl_is_digit(word->data[i]);
        if (letters) return true;
    }
    return false;
}

static void learn(typelearner_op *self, spl_arena *scratch, spl_str key, spl_str raw)
{
    spl_arena *arena = self->base.state;
    spl_map_entry *entry = spl_map_put(&self->groups, key, NULL);
    group *g = entry->value;
    spl_str word;
    size_t at = 0;

    if (!g) {
        g = entry->value = SPL_NEW(arena, group);
        g->key = entry->key;
        g->example = spl_str_copy(arena, raw);
        while (g->words.len < WORDS && next_word(raw, &at, &word)) {
            bool known = false;
            for (size_t i = 0; i < g->words.len; i++) known |= spl_str_ieq(g->words.data[i], word);
            if (!known) SPL_PUSH(arena, &g->words, spl_str_copy(arena, word));
        }
    } else if (g->words.len) {
        bool *here = SPL_NEW_ARRAY(scratch, g->words.len, bool);
        size_t kept = 0;

        while (next_word(raw, &at, &word))
            for (size_t i = 0; i < g->words.len; i++) here[i] |= spl_str_ieq(g->words.data[i], word);
        for (size_t i = 0; i < g->words.len; i++)
            if (here[i]) g->words.data[kept++] = g->words.data[i];
        g->words.len = kept;
    }
    g->count++;
}

static spl_status typelearner_gather(spl_op *op, spl_batch *batch)
{
    typelearner_op *self = (typelearner_op *)op;
    spl_str name = spl_field_name(batch->fields, self->by);

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, self->by), text = spl_batch_get(batch, row, SPL_F_RAW);
        spl_str raw = spl_value_text(batch->arena, text), key;

        if (spl_is_null(value) && (spl_is_null(text) || !spl_str_is(name, "punct"))) continue;
        key = spl_is_null(value) ? spl_punct(batch->arena, raw) : spl_value_text(batch->arena, value);
        if (self->maxlen >= 0) key = spl_str_sub(key, 0, (size_t)self->maxlen);
        learn(self, batch->arena, key, raw);
    }
    return SPL_OK;
}

static spl_str search_of(const typelearner_op *self, spl_arena *arena, const group *g)
{
    spl_buf out = spl_buf_in(arena);
    spl_str name = spl_field_name(self->base.query->fields, self->by);

    for (size_t i = 0; i < g->words.len; i++) {
        bool keyword = spl_str_iis(g->words.data[i], "and") || spl_str_iis(g->words.data[i], "or") ||
                       spl_str_iis(g->words.data[i], "not");
        if (out.len) spl_buf_char(&out, ' ');
        if (keyword) spl_buf_char(&out, '"');
        spl_buf_add(&out, g->words.data[i]);
        if (keyword) spl_buf_char(&out, '"');
    }
    if (out.len) return spl_buf_str(&out);
    spl_buf_printf(&out, "%.*s=\"", SPL_FMT(name));
    spl_text_escape(&out, g->key);
    spl_buf_puts(&out, "*\"");
    return spl_buf_str(&out);
}

typedef struct suggestion {
    spl_str search, example;
    uint64_t count;
} suggestion;

static int by_count(const void *a, const void *b)
{
    const suggestion *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return spl_str_cmp(x->search, y->search);
}

static spl_status typelearner_emit(spl_op *op, spl_batch **out)
{
    typelearner_op *self = (typelearner_op *)op;
    SPL_VEC(suggestion) list = {0};
    spl_map known = spl_map_in(op->state);
    spl_batch *batch;

    if (self->done || !self->groups.len) return SPL_END;
    self->done = true;
    for (size_t i = 0; i < self->groups.len; i++) { /* groups with the same words are one */
        const group *g = self->groups.entries[i].value;
        spl_str search = search_of(self, op->state, g);
        spl_map_entry *entry = spl_map_put(&known, search, NULL);

        if (!entry->value) {
            SPL_PUSH(op->state, &list, (suggestion){search, g->example, 0});
            entry->value = (void *)(uintptr_t)list.len;
        }
        list.data[(uintptr_t)entry->value - 1].count += g->count;
    }
    if (list.len) qsort(list.data, list.len, sizeof *list.data, by_count);
    batch = spl_op_batch(op, (uint32_t)list.len);
    spl_field to[] = {spl_field_of(batch->fields, SPL_S("search")), spl_field_of(batch->fields, SPL_S("count")),
                      spl_field_of(batch->fields, SPL_S("example"))};
    spl_batch_arrange(batch, to, 3);
    batch->fixed = true;
    for (uint32_t i = 0; i < list.len; i++) {
        spl_batch_set(batch, i, to[0], spl_text(spl_str_copy(batch->arena, list.data[i].search)));
        spl_batch_set(batch, i, to[1], spl_number((double)list.data[i].count));
        spl_batch_set(batch, i, to[2], spl_text(spl_str_copy(batch->arena, list.data[i].example)));
    }
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(typelearner, .summary = "Suggests searches that could be event types.",
            .syntax = "typelearner [<field>] [maxlen=<n>]",
            .example =
                "| makeresults count=4 | streamstats count as n | eval _raw=if(n<4,\"session opened for user \".n,"
                "\"disk full!\") | typelearner",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_FIXES, .options = options,
            .op_size = sizeof(typelearner_op), .bind = typelearner_bind, .open = typelearner_open,
            .gather = typelearner_gather, .emit = typelearner_emit);
