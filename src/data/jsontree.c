/* jsontree.c -- JSON values as trees. Depth is bounded by the scanner, so recursion over a tree is too. */
#include "data/jsontree.h"

#include <assert.h>
#include "base/num.h"

spl_jnode *spl_jtree_new(spl_arena *arena, spl_json_token kind)
{
    spl_jnode *node = SPL_NEW(arena, spl_jnode);

    node->kind = kind;
    return node;
}

void spl_jtree_add(spl_jnode *parent, spl_jnode *kid)
{
    kid->next = NULL;
    if (parent->last)
        parent->last->next = kid;
    else
        parent->first = kid;
    parent->last = kid;
}

spl_jnode *spl_jtree_parse(spl_arena *arena, spl_str text)
{
    spl_json json = spl_json_of(text);
    spl_jnode *open[SPL_JSON_DEPTH], *root = NULL;
    unsigned depth = 0;
    spl_str key = {NULL, 0};
    spl_json_token token;

    while ((token = spl_json_next(&json)) > SPL_JSON_END) {
        spl_jnode *node;
        if (token == SPL_JSON_KEY) {
            key = spl_json_unescape(arena, json.raw);
            continue;
        }
        if (token == SPL_JSON_OBJECT_END || token == SPL_JSON_ARRAY_END) {
            assert(depth > 0); /* the tokenizer lets through no end without a begin */
            node = open[--depth];
            node->raw.len = (size_t)(text.data + json.at - node->raw.data);
            continue;
        }
        node = spl_jtree_new(arena, token);
        node->key = key;
        node->raw = json.raw;
        if (depth)
            spl_jtree_add(open[depth - 1], node);
        else
            root = node;
        if (token == SPL_JSON_OBJECT || token == SPL_JSON_ARRAY) {
            node->raw = spl_str_cut(text.data + json.begin, 0);
            open[depth++] = node;
        }
        key = (spl_str){NULL, 0};
    }
    return token == SPL_JSON_END ? root : NULL;
}

spl_jnode *spl_jtree_member(const spl_jnode *object, spl_str key)
{
    if (object->kind != SPL_JSON_OBJECT) return NULL;
    for (spl_jnode *kid = object->first; kid; kid = kid->next)
        if (spl_str_eq(kid->key, key)) return kid;
    return NULL;
}

static void write_node(spl_buf *out, const spl_jnode *node, unsigned depth)
{
    switch (node->kind) {
    case SPL_JSON_OBJECT:
    case SPL_JSON_ARRAY:
        spl_buf_char(out, node->kind == SPL_JSON_OBJECT ? '{' : '[');
        /* Trees put together by functions are no deeper than their texts may be; what is, is cut down to null. */
        for (const spl_jnode *kid = node->first; kid; kid = kid->next) {
            if (kid != node->first) spl_buf_char(out, ',');
            if (node->kind == SPL_JSON_OBJECT) {
                spl_json_quote(out, kid->key);
                spl_buf_char(out, ':');
            }
            if (depth < 2 * SPL_JSON_DEPTH)
                write_node(out, kid, depth + 1);
            else
                spl_buf_puts(out, "null");
        }
        spl_buf_char(out, node->kind == SPL_JSON_OBJECT ? '}' : ']');
        return;
    case SPL_JSON_STRING:
        spl_buf_char(out, '"');
        spl_buf_add(out, node->raw);
        spl_buf_char(out, '"');
        return;
    default: spl_buf_add(out, node->raw); return;
    }
}

void spl_jtree_write(spl_buf *out, const spl_jnode *node)
{
    write_node(out, node, 0);
}

static spl_jnode *scalar(spl_arena *arena, spl_json_token kind, spl_str raw)
{
    spl_jnode *node = spl_jtree_new(arena, kind);

    node->raw = raw;
    return node;
}

spl_jnode *spl_jtree_of_value(spl_arena *arena, spl_value v)
{
    spl_jnode *node;
    spl_str text;

    switch ((spl_kind)v.kind) {
    case SPL_KIND_NULL: return scalar(arena, SPL_JSON_NULL, SPL_S("null"));
    case SPL_KIND_BOOL:
        return v.as.truth ? scalar(arena, SPL_JSON_TRUE, SPL_S("true")) : scalar(arena, SPL_JSON_FALSE, SPL_S("false"));
    case SPL_KIND_NUMBER:
        if (!(v.as.number - v.as.number == 0)) return scalar(arena, SPL_JSON_NULL, SPL_S("null")); /* no JSON for it */
        return scalar(arena, SPL_JSON_NUMBER, spl_num_text(arena, v.as.number, v.digits));
    case SPL_KIND_MULTI:
        node = spl_jtree_new(arena, SPL_JSON_ARRAY);
        for (uint32_t i = 0; i < v.as.multi->count; i++)
            spl_jtree_add(node, spl_jtree_of_value(arena, v.as.multi->items[i]));
        return node;
    case SPL_KIND_TEXT: break;
    }
    if (spl_value_truth(v) >= 0) return spl_jtree_of_value(arena, spl_bool(spl_value_truth(v)));
    text = spl_str_trim(spl_value_str(v));
    if (text.len && (text.data[0] == '{' || text.data[0] == '[')) {
        node = spl_jtree_parse(arena, text);
        if (node) return node;
    }
    spl_buf quoted = spl_buf_in(arena);
    spl_json_quote(&quoted, spl_value_str(v));
    return scalar(arena, SPL_JSON_STRING, spl_str_sub(spl_buf_str(&quoted), 1, quoted.len - 1));
}

spl_value spl_jtree_value(spl_arena *arena, const spl_jnode *node)
{
    double number;
    char written[SPL_NUM_MAX];

    switch (node->kind) {
    case SPL_JSON_STRING: return spl_text(spl_json_unescape(arena, node->raw));
    case SPL_JSON_NUMBER:
        if (spl_num_parse(node->raw, &number) &&
            spl_str_eq(spl_str_cut(written, spl_num_write(written, number, 0)), node->raw))
            return spl_number(number);
        return spl_text(node->raw);
    case SPL_JSON_NULL: return SPL_NULL;
    case SPL_JSON_OBJECT:
    case SPL_JSON_ARRAY: {
        spl_buf out = spl_buf_in(arena);
        spl_jtree_write(&out, node);
        return spl_text(spl_buf_str(&out));
    }
    default: return spl_text(node->raw);
    }
}

spl_jstep spl_jpath_next(spl_str path, size_t *at)
{
    spl_jstep step = {SPL_JSTEP_END, {NULL, 0}, 0};
    size_t end;

    if (*at < path.len && path.data[*at] == '.') ++*at;
    if (*at >= path.len) return step;
    if (path.data[*at] == '{') {
        const char *close = memchr(path.data + *at, '}', path.len - *at);
        if (close) {
            step.name = spl_str_sub(path, *at + 1, (size_t)(close - path.data));
            *at = (size_t)(close - path.data) + 1;
            if (!step.name.len) {
                step.kind = SPL_JSTEP_ALL;
            } else if (step.name.data[0] == '@') {
                step.kind = SPL_JSTEP_ATTRIBUTE;
                step.name = spl_str_sub(step.name, 1, step.name.len);
            } else {
                step.kind = spl_num_int(step.name, &step.index) ? SPL_JSTEP_INDEX : SPL_JSTEP_KEY;
            }
            return step;
        }
    }
    /* A brace that holds neither nothing, a number nor an attribute belongs to the key. */
    for (end = *at; end < path.len && path.data[end] != '.' && (path.data[end] != '{' || end == *at); end++)
        ;
    step.kind = SPL_JSTEP_KEY;
    step.name = spl_str_sub(path, *at, end);
    *at = end;
    return step;
}
