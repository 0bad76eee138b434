/* return.c -- the text that a subsearch hands to the search around it: field="value" terms, or bare values ($field), of
 * its first results. */
#include "exec/bind.h"
#include "exec/terms.h"

#include "base/num.h"

typedef struct wanted {
    spl_field field;
    spl_str name; /* shown; empty: the bare value */
} wanted;

typedef struct return_op {
    spl_op base;
    int64_t count;
    SPL_VEC(wanted) fields;
    spl_buf text;
    int64_t taken;
    bool done;
} return_op;

static const spl_option options[] = {{.name = "*"}, {0}};

static void want(spl_binder *binder, return_op *back, spl_str field, spl_str name)
{
    wanted w = {.name = name};
    if (field.len > 1 && field.data[0] == '$') {
        field = spl_str_sub(field, 1, field.len);
        w.name = SPL_S("");
    }
    w.field = spl_bind_field(binder, field);
    spl_bind_reads(binder, w.field);
    SPL_PUSH(binder->arena, &back->fields, w);
}

static bool return_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return_op *back = (return_op *)op;
    bool first = true;

    back->count = 1;
    for (uint32_t i = 0; i < stage->n_kids; i++, first = false) {
        const spl_node *kid = stage->kids[i];
        spl_str name;
        if (kid->kind == SPL_NODE_HOLE) continue;
        if (kid->kind == SPL_NODE_OPTION) { /* alias=field */
            if (kid->n_kids && spl_args_name(kid->kids[0], &name)) want(binder, back, name, kid->text);
            continue;
        }
        if (first && kid->kind == SPL_NODE_WORD && !kid->quoted && spl_num_int(kid->text, &back->count)) {
            if (back->count < 0) return spl_bad_argument(binder, kid->span, "the number of results cannot be negative");
            continue;
        }
        if (!spl_args_name(kid, &name))
            return spl_bad_argument(binder, kid->span, "the name of a field is expected here");
        want(binder, back, name, name);
    }
    if (!back->fields.len && !binder->holes) {
        spl_bad_argument(binder, stage->span, "return needs the name of a field");
        spl_hint(binder->diag, "For example: return 10 user, return src=ip, or return $value");
        return false;
    }
    return true;
}

static void return_open(spl_op *op)
{
    ((return_op *)op)->text = spl_buf_in(op->state);
}

static spl_status return_gather(spl_op *op, spl_batch *batch)
{
    return_op *back = (return_op *)op;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        if (back->count && back->taken >= back->count) return SPL_END;
        uint32_t row = spl_batch_row(batch, i);
        spl_buf text = spl_buf_in(batch->arena);
        back->taken++;
        for (size_t f = 0; f < back->fields.len; f++) {
            const wanted *w = &back->fields.data[f];
            spl_value value = spl_batch_get(batch, row, w->field);
            for (uint32_t v = 0; v < spl_value_count(value); v++) {
                if (text.len) spl_buf_char(&text, ' ');
                if (w->name.len)
                    spl_terms_add(&text, w->name, spl_value_at(value, v));
                else
                    spl_buf_add(&text, spl_value_text(batch->arena, spl_value_at(value, v)));
            }
        }
        if (!text.len) continue;
        if (back->text.len) spl_buf_puts(&back->text, " OR ");
        if (back->count != 1) spl_buf_char(&back->text, '(');
        spl_buf_add(&back->text, spl_buf_str(&text));
        if (back->count != 1) spl_buf_char(&back->text, ')');
    }
    return back->count && back->taken >= back->count ? SPL_END : SPL_OK;
}

static spl_status return_emit(spl_op *op, spl_batch **batch)
{
    return_op *back = (return_op *)op;
    if (back->done) return SPL_END;
    back->done = true;
    *batch = spl_op_batch(op, 1);
    spl_batch_set(*batch, 0, spl_field_of((*batch)->fields, SPL_S("search")),
                  spl_text(spl_str_copy((*batch)->arena, spl_buf_str(&back->text))));
    return SPL_OK;
}

SPL_COMMAND(return, .summary = "Hands values of a subsearch to the search around it, as text.",
                  .syntax = "return [<n>] [<field> | <alias>=<field> | $<field>] …",
                  .example = "| makeresults | eval user=\"amy\" | return user", .args = SPL_ARGS_PLAIN,
                  .traits = SPL_ORDERED | SPL_TRANSFORMS, .options = options, .op_size = sizeof(return_op),
                  .bind = return_bind, .open = return_open, .gather = return_gather, .emit = return_emit);
