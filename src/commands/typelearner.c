/* typelearner.c -- suggests searches that could be event types: events are grouped by their punctuation, and the words
 * that all of a group share make its search. Rules: docs/reference/commands/typelearner.md */
#include "base/utf8.h"
#include "commands/discovery.h"
#include "data/default_fields.h"

#include <stddef.h>
#include <stdlib.h>

enum { WORDS = 64 };

typedef struct typelearner_op {
    spl_op base;
    int64_t maxlen;
    spl_field by;
    const discovery_rules *rules;
    /* running */
    discovery found;
    bool done;
} typelearner_op;

static const spl_option options[] = {
    {.name = "maxlen",
     .type = SPL_OPTION_INT,
     .offset = offsetof(typelearner_op, maxlen),
     .dflt = 15,
     .min = -1e15,
     .max = 1e15,
     .help = "how many characters of the field group events; negative: all"},
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
    self->rules = discovery_rules_new(binder);
    return spl_args_done(binder, &args);
}

static void typelearner_open(spl_op *op)
{
    typelearner_op *self = (typelearner_op *)op;

    self->found = discovery_in(op->state, self->rules);
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
        if (self->maxlen >= 0) key = spl_str_sub(key, 0, spl_utf8_offset(key, (size_t)self->maxlen));
        discovery_begin(&self->found, key, raw);
        discovery_add_words(&self->found, raw, false);
        discovery_end(&self->found, WORDS);
    }
    return SPL_OK;
}

static spl_str search_of(const typelearner_op *self, spl_arena *arena, const discovery_group *g)
{
    spl_buf out = spl_buf_in(arena);

    if (!g->terms.len)
        return discovery_key_search(arena, spl_field_name(self->base.query->fields, self->by), g->key, true);
    for (size_t i = 0; i < g->terms.len; i++) {
        if (i) spl_buf_char(&out, ' ');
        spl_buf_add(&out, self->found.terms.data[g->terms.data[i]].text);
    }
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

    if (self->done || !self->found.groups.len) return SPL_END;
    self->done = true;
    for (size_t i = 0; i < self->found.groups.len; i++) { /* groups with the same words are one */
        const discovery_group *g = self->found.groups.entries[i].value;
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
