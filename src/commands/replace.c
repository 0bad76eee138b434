/* replace.c -- replaces whole values. A * of the old value stands for any text; what it stood for goes where the new
 * one has a *. Of several pairs that match, one without wildcards counts before those with, one with more letters
 * before one with fewer, and the later one where that is the same. */
#include "exec/bind.h"

#include "base/wildcard.h"

#include <stdlib.h>

enum { MAX_STARS = 16 };

struct pair {
    spl_str from, to;
    bool wild;
    size_t letters, at; /* of a pattern: without its stars; the place in the list */
};

typedef struct replace_op {
    spl_op base;
    SPL_VEC(struct pair) pairs; /* in the order in which they count */
    SPL_VEC(spl_str) names;     /* none given: * */
    spl_pattern_cache cache;
} replace_op;

static int fuller(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    if (x->wild != y->wild) return x->wild ? 1 : -1;
    if (x->wild && x->letters != y->letters) return x->letters > y->letters ? -1 : 1;
    return x->at > y->at ? -1 : 1;
}

/* A value as typed: single quotes are part of it. */
static spl_str value_of(const spl_node *node)
{
    spl_str typed = node->text;

    if (node->quoted && node->span.source)
        typed = spl_str_sub(node->span.source->text, node->span.begin, node->span.end);
    return typed.len && typed.data[0] == '\'' ? typed : node->text;
}

static bool replace_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    replace_op *replace = (replace_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    spl_node_vec list = {0};

    if (binder->holes) return true;
    while ((node = spl_args_peek(&args))) {
        if (spl_args_take(&args, "in")) {
            if (!spl_args_peek(&args))
                return spl_bad_argument(binder, node->span, "replace needs the names of fields after IN");
            if (!spl_args_rest(binder, &args, &list)) return false;
            break;
        }
        spl_args_next(&args);
        const spl_node *to = spl_args_take(&args, "with") ? spl_args_next(&args) : NULL;
        if (node->kind != SPL_NODE_WORD || !to || to->kind != SPL_NODE_WORD)
            return spl_lacks(binder, node, "<value> WITH <value> here", "0 WITH low, 1 WITH high IN level");
        spl_str from = value_of(node), new = value_of(to);
        size_t n = spl_str_count(from, '*'), m = spl_str_count(new, '*');
        if (n > MAX_STARS || (m && m != n))
            return spl_bad_argument(binder, to->span, "\"%.*s\" and \"%.*s\" do not have the same number of wildcards",
                                    SPL_FMT(from), SPL_FMT(new));
        SPL_PUSH(binder->arena, &replace->pairs, (struct pair){from, new, n > 0, from.len - n, replace->pairs.len});
    }
    if (!replace->pairs.len) return spl_lacks(binder, NULL, "<value> WITH <value>", "0 WITH low, 1 WITH high IN level");
    qsort(replace->pairs.data, replace->pairs.len, sizeof *replace->pairs.data, fuller);
    for (size_t i = 0; i < list.len; i++) {
        SPL_PUSH(binder->arena, &replace->names, list.data[i]->text);
        spl_bind_reads_name(binder, list.data[i]->text);
    }
    if (!list.len) SPL_PUSH(binder->arena, &replace->names, SPL_S("*"));
    return true;
}

static spl_value replaced(const replace_op *replace, spl_arena *arena, spl_value value)
{
    spl_str text = spl_value_text(arena, value), captures[MAX_STARS];
    for (size_t p = 0; p < replace->pairs.len; p++) {
        const struct pair *pair = &replace->pairs.data[p];
        size_t count = 0, next = 0;
        if (!pair->wild) {
            if (spl_str_eq(pair->from, text)) return spl_text(pair->to);
            continue;
        }
        if (!spl_wildcard_capture(pair->from, text, captures, MAX_STARS, &count)) continue;
        if (!spl_wildcard_has(pair->to)) return spl_text(pair->to);
        spl_buf out = spl_buf_in(arena);
        for (size_t i = 0; i < pair->to.len; i++) {
            if (pair->to.data[i] != '*')
                spl_buf_char(&out, pair->to.data[i]);
            else if (next < count)
                spl_buf_add(&out, captures[next++]);
        }
        return spl_text(spl_buf_str(&out));
    }
    return value;
}

static spl_status replace_map(spl_op *op, spl_batch **out)
{
    replace_op *replace = (replace_op *)op;
    spl_batch *batch = *out;
    spl_pattern_fields(op->state, batch, replace->names.data, replace->names.len, &replace->cache);
    for (size_t f = 0; f < replace->cache.fields.len; f++) {
        spl_field field = replace->cache.fields.data[f];
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i);
            spl_value value = spl_batch_get(batch, row, field);
            uint32_t count = spl_value_count(value);
            if (!count) continue;
            if (count == 1) {
                spl_batch_set(batch, row, field, replaced(replace, batch->arena, spl_value_at(value, 0)));
                continue;
            }
            spl_value *items = spl_alloc(batch->arena, count * sizeof *items);
            for (uint32_t v = 0; v < count; v++) items[v] = replaced(replace, batch->arena, spl_value_at(value, v));
            spl_batch_set(batch, row, field, spl_multi_of(batch->arena, items, count));
        }
    }
    return SPL_OK;
}

SPL_COMMAND(replace, .summary = "Replaces whole values.",
            .syntax = "replace <value> WITH <value> [, <value> WITH <value>] … [IN <field> …]",
            .example = "| makeresults | eval level=\"0\" | replace 0 WITH low, 1 WITH high IN level | table level",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .op_size = sizeof(replace_op), .bind = replace_bind,
            .map = replace_map);
