/* expand.c -- see expand.h. */
#include "exec/expand.h"

spl_node *spl_expand_node(spl_binder *binder, const spl_node *like, spl_node_kind kind, spl_str text)
{
    spl_node *node = SPL_NEW(binder->arena, spl_node);

    node->kind = kind;
    node->span = node->name_span = like->span;
    node->text = text;
    node->height = 1;
    return node;
}

spl_node *spl_expand_stage(spl_binder *binder, const spl_node *like, const char *command)
{
    spl_node *node = spl_expand_node(binder, like, SPL_NODE_STAGE, spl_str_of(command));

    node->name_span = like->name_span;
    node->command = spl_command_find(spl_str_of(command));
    return node;
}

/* There is room for so many kids where there are N: a list grows by doubling. */
static size_t room_of(size_t n)
{
    size_t room = 1;

    while (room < n) room *= 2;
    return room;
}

void spl_expand_add_all(spl_binder *binder, spl_node *node, spl_node *const *more, uint32_t count)
{
    if (!node->n_kids || room_of(node->n_kids + (size_t)count) > room_of(node->n_kids)) {
        spl_node **kids = SPL_NEW_ARRAY(binder->arena, room_of(node->n_kids + (size_t)count), spl_node *);

        if (node->n_kids) memcpy(kids, node->kids, node->n_kids * sizeof *kids);
        node->kids = kids;
    }
    for (uint32_t i = 0; i < count; i++) {
        node->kids[node->n_kids++] = more[i];
        if (more[i]->height >= node->height) node->height = more[i]->height + 1;
    }
}

void spl_expand_add(spl_binder *binder, spl_node *node, spl_node *kid)
{
    spl_expand_add_all(binder, node, &kid, 1);
}

spl_node *spl_expand_and(spl_binder *binder, spl_node *first, const spl_node_list *more)
{
    spl_node *all;

    if (!more->len) return first;
    if (!first && more->len == 1) return more->data[0];
    all = spl_expand_node(binder, first ? first : more->data[0], SPL_NODE_AND, SPL_S(""));
    if (first) spl_expand_add(binder, all, first);
    spl_expand_add_all(binder, all, more->data, (uint32_t)more->len);
    return all;
}

static bool is_or(const spl_node *node)
{
    return node->kind == SPL_NODE_WORD && !node->quoted && spl_str_iis(node->text, "or");
}

/* Whether NODE is index=x, or brackets around nothing but such with OR between: (index=a OR index=b). */
static bool names_indexes(const spl_node *node, unsigned depth)
{
    spl_str value;

    if (node->kind == SPL_NODE_OPTION) return spl_str_iis(node->text, "index") && spl_args_name(node->kids[0], &value);
    if (node->kind != SPL_NODE_LIST || !node->n_kids || depth > 50) return false;
    for (uint32_t i = 0; i < node->n_kids; i++)
        if (!is_or(node->kids[i]) && !names_indexes(node->kids[i], depth + 1)) return false;
    return true;
}

static void add_indexes(const spl_node *node, spl_buf *text, size_t *n)
{
    spl_str value;

    if (node->kind == SPL_NODE_OPTION && spl_args_name(node->kids[0], &value)) {
        spl_buf_puts(text, (*n)++ ? " OR index=" : " (index=");
        spl_text_quote(text, value);
    } else if (node->kind == SPL_NODE_LIST) {
        for (uint32_t i = 0; i < node->n_kids; i++) add_indexes(node->kids[i], text, n);
    }
}

spl_node *spl_expand_indexes(spl_binder *binder, const spl_node *stage, spl_buf *text)
{
    spl_node *rest = spl_expand_node(binder, stage, SPL_NODE_STAGE, stage->text);
    size_t n = 0;

    rest->command = stage->command;
    spl_buf_puts(text, "search");
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        spl_node *kid = stage->kids[i];

        if (n && is_or(kid)) continue; /* index=a OR index=b */
        if (names_indexes(kid, 0))
            add_indexes(kid, text, &n);
        else
            spl_expand_add(binder, rest, kid);
    }
    spl_buf_puts(text, n ? ")" : " *");
    return rest;
}

const spl_node *spl_expand_behind(spl_binder *binder, const spl_node *stage, spl_str text, spl_node *rest,
                                  const spl_command *command)
{
    const spl_node *search = spl_bind_text(binder, stage, stage->command->name, stage->text, text);
    spl_node *out;

    if (!search) return NULL;
    out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    spl_expand_add_all(binder, out, search->kids, search->n_kids);
    rest->command = command;
    rest->name_span = stage->name_span;
    spl_expand_add(binder, out, rest);
    return out;
}
