/* sort_keys.c -- the arguments of sort, and of sortby: which fields, in which order, in which direction. */
#include "exec/sorter.h"

static bool kind_of(spl_str name, spl_order_kind *kind)
{
    static const struct {
        const char *name;
        spl_order_kind kind;
    } kinds[] = {{"auto", SPL_ORDER_AUTO}, {"num", SPL_ORDER_NUM}, {"str", SPL_ORDER_STR}, {"ip", SPL_ORDER_IP}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!spl_str_iis(name, kinds[i].name)) continue;
        *kind = kinds[i].kind;
        return true;
    }
    return false;
}

/* Takes a sign off the front of NAME: whether there was one. */
static bool take_sign(spl_str *name, bool *descending)
{
    if (!name->len || (name->data[0] != '-' && name->data[0] != '+')) return false;
    *descending = name->data[0] == '-';
    *name = spl_str_sub(*name, 1, name->len);
    return true;
}

static bool is_direction(const spl_node *node, const char *letter, const char *word)
{
    return node->kind == SPL_NODE_WORD && !node->quoted && !node->after_comma &&
           (spl_str_iis(node->text, word) || (letter && spl_str_iis(node->text, letter)));
}

bool spl_sort_keys_bind(spl_binder *binder, spl_args *args, spl_sort_key_vec *keys)
{
    const spl_node *node;
    bool standing = false; /* the direction that a sign apart from its field set */
    bool once = false, once_descending = false;
    bool each = false; /* directions stand behind fields: field desc, field asc */

    while ((node = spl_args_next(args))) {
        spl_str name = node->text;
        spl_order_kind kind = SPL_ORDER_AUTO;
        bool descending = once ? once_descending : standing;
        const spl_node *next = spl_args_peek(args);

        if (keys->len && !once && is_direction(node, "d", "desc")) {
            if (next || each) {
                keys->data[keys->len - 1].descending = true;
                each = true;
            } else {
                for (size_t i = 0; i < keys->len; i++) keys->data[i].descending = !keys->data[i].descending;
            }
            continue;
        }
        if (keys->len && !once && is_direction(node, NULL, "asc")) {
            each = true;
            continue;
        }
        once = false;
        if (!node->quoted && (node->kind == SPL_NODE_WORD || node->kind == SPL_NODE_CALL)) {
            bool signs = take_sign(&name, &descending);
            if (signs && !name.len) {
                once = next && next->span.begin == node->span.end;
                if (once)
                    once_descending = descending;
                else
                    standing = descending;
                continue;
            }
        }
        if (node->kind == SPL_NODE_CALL && kind_of(name, &kind)) {
            if (node->n_kids != 1 || !spl_args_name(node->kids[0], &name))
                return spl_bad_argument(binder, node->span, "%.*s() needs the name of one field", SPL_FMT(name));
        } else if (node->kind == SPL_NODE_CALL && name.len < node->text.len) {
            return spl_bad_argument(binder, node->span, "sort needs the name of a field here");
        } else if (node->kind == SPL_NODE_CALL || (node->kind != SPL_NODE_WORD && node->kind != SPL_NODE_FIELD)) {
            if (!spl_args_name(node, &name))
                return spl_bad_argument(binder, node->span, "sort needs the name of a field here");
        }
        if (!name.len) return spl_bad_argument(binder, node->span, "the name of a field cannot be empty");
        if (spl_str_is(name, "*"))
            return spl_bad_argument(binder, node->span, "sort needs fields by name, not by a pattern");
        spl_field field = spl_bind_field(binder, name);
        SPL_PUSH(binder->arena, keys, (spl_sort_key){field, kind, descending});
        spl_bind_reads(binder, field);
    }
    return true;
}
