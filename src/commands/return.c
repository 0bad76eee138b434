/* return.c -- the first rows as text for the search around: field="value", another name for it, or the bare value. */
#include "base/map.h"
#include "base/num.h"
#include "exec/bind.h"
#include "exec/terms.h"

typedef struct returned {
    spl_field field;
    spl_str name;
    bool bare; /* $field */
} returned;

typedef struct return_op {
    spl_op base;
    uint64_t count, taken;
    SPL_VEC(returned) fields;
    spl_buf text;
    spl_map given; /* rows, so that none is given twice */
    bool done;
} return_op;

static bool return_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return_op *ret = (return_op *)op;
    const spl_node *node;
    int64_t count;
    uint32_t i;

    ret->count = 1;
    for (i = 0; i < stage->n_kids; i++) {
        returned r = {0};

        node = stage->kids[i];
        if (node->kind == SPL_NODE_HOLE) continue;
        if (node->kind == SPL_NODE_OPTION) { /* alias=field */
            if (node->kids[0]->kind != SPL_NODE_WORD)
                return spl_bad_argument(binder, node->span, "return needs <alias>=<field> here");
            r.name = node->text;
            r.field = spl_bind_field(binder, node->kids[0]->text);
        } else if (node->kind == SPL_NODE_WORD && i == 0 && !node->quoted && spl_num_int(node->text, &count)) {
            if (count < 1) return spl_bad_argument(binder, node->span, "return needs a count of 1 or more");
            ret->count = (uint64_t)count;
            continue;
        } else if (node->kind == SPL_NODE_WORD || node->kind == SPL_NODE_FIELD) {
            r.bare = node->text.len > 1 && node->text.data[0] == '$';
            r.name = r.bare ? spl_str_sub(node->text, 1, node->text.len) : node->text;
            r.field = spl_bind_field(binder, r.name);
        } else {
            return spl_bad_argument(binder, node->span, "return needs a field, $field or <alias>=<field> here");
        }
        spl_bind_reads(binder, r.field);
        SPL_PUSH(binder->arena, &ret->fields, r);
    }
    if (ret->fields.len == 0) return spl_lacks(binder, NULL, "a field", "10 user, or return $user");
    return true;
}

/* A search may have escaped the quotes in a value, as the manual asks for: they are not escaped again. */
static spl_value with_bare_quotes(spl_arena *arena, spl_value value)
{
    spl_str text = spl_value_text(arena, value);
    spl_buf out = spl_buf_in(arena);

    if (spl_str_find(text, SPL_S("\\\""), 0) < 0) return value;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != '\\' || i + 1 == text.len || text.data[i + 1] != '"') spl_buf_char(&out, text.data[i]);
    return spl_text(spl_buf_str(&out));
}

static void return_open(spl_op *op)
{
    ((return_op *)op)->text = spl_buf_in(op->state);
    ((return_op *)op)->given = spl_map_in(op->state);
}

static spl_status return_gather(spl_op *op, spl_batch *batch)
{
    return_op *ret = (return_op *)op;
    uint32_t i, k, n;
    size_t f;
    spl_buf row;

    for (i = 0; i < spl_batch_rows(batch) && ret->taken < ret->count; i++, ret->taken++) {
        size_t terms = 0;

        row = spl_buf_in(batch->arena);
        for (f = 0; f < ret->fields.len; f++) {
            const returned *r = &ret->fields.data[f];
            spl_value value = spl_batch_get(batch, spl_batch_row(batch, i), r->field);

            n = spl_value_count(value);
            if (n == 0) continue;
            if (terms++) spl_buf_char(&row, ' ');
            if (n > 1) spl_buf_char(&row, '(');
            for (k = 0; k < n; k++) {
                if (k) spl_buf_puts(&row, " OR ");
                if (r->bare) {
                    spl_buf_add(&row, spl_value_text(batch->arena, spl_value_at(value, k)));
                } else {
                    spl_terms_add(&row, r->name, with_bare_quotes(batch->arena, spl_value_at(value, k)));
                }
            }
            if (n > 1) spl_buf_char(&row, ')');
        }
        if (terms == 0 || spl_map_find(&ret->given, spl_buf_str(&row))) continue;
        spl_map_put(&ret->given, spl_str_copy(op->state, spl_buf_str(&row)), NULL);
        if (ret->text.len) spl_buf_puts(&ret->text, " OR ");
        if (ret->count > 1) spl_buf_char(&ret->text, '(');
        spl_buf_add(&ret->text, spl_buf_str(&row));
        if (ret->count > 1) spl_buf_char(&ret->text, ')');
    }
    return ret->taken < ret->count ? SPL_OK : SPL_END;
}

static spl_status return_emit(spl_op *op, spl_batch **batch)
{
    return_op *ret = (return_op *)op;

    if (ret->done) return SPL_END;
    ret->done = true;
    *batch = spl_op_batch(op, 1);
    spl_batch_set(*batch, 0, spl_field_of(op->query->fields, SPL_S("search")),
                  spl_text(spl_str_copy((*batch)->arena, spl_buf_str(&ret->text))));
    return SPL_OK;
}

static const char *const aliases[] = {"oldreturn", NULL};
SPL_COMMAND(return, .aliases = aliases, .summary = "Gives values of the first rows to the search around a subsearch.",
                  .syntax = "return [<count>] (<field> | $<field> | <alias>=<field>) …",
                  .example = "| makeresults | eval n=1+[ | makeresults | eval id=41 | return $id ] | table n",
                  .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_OWN_OPTIONS,
                  .options = (const spl_option[]){{.name = "*", .takes = "name=field"}, {0}},
                  .op_size = sizeof(return_op), .bind = return_bind, .open = return_open, .gather = return_gather,
                  .emit = return_emit);
