/* eval.c -- sets fields to what expressions give, in the order written; a null clears the field.
 *
 * A target may be a template (eval {f}=1, eval x_{f}=1): its name is made for each row from the values of the fields in
 * the braces. What it makes is known only then, so that every field is declared needed. */
#include "exec/bind.h"

typedef struct assignment {
    const spl_expr *value;
    spl_field target;        /* SPL_NO_FIELD: a template */
    const spl_node *pieces;  /* TEMPLATE */
    spl_field *piece_fields; /* of its pieces: SPL_NO_FIELD for text */
} assignment;

struct eval {
    spl_op base;
    assignment *assignments;
    uint32_t n;
};

static bool bind_target(spl_binder *binder, const spl_node *node, assignment *a)
{
    a->target = SPL_NO_FIELD;
    if (node->kind == SPL_NODE_HOLE) {
        spl_bind_reads_all(binder);
        return true;
    }
    if (node->kind != SPL_NODE_TEMPLATE) {
        a->target = spl_bind_field(binder, node->text);
        return true;
    }
    a->pieces = node;
    a->piece_fields = SPL_NEW_ARRAY(binder->arena, node->n_kids, spl_field);
    for (uint32_t i = 0; i < node->n_kids; i++) {
        a->piece_fields[i] = SPL_NO_FIELD;
        if (node->kids[i]->kind != SPL_NODE_FIELD) continue;
        a->piece_fields[i] = spl_bind_field(binder, node->kids[i]->text);
    }
    spl_bind_reads_all(binder);
    return true;
}

static bool eval_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    struct eval *eval = (struct eval *)op;
    bool good = true;

    if (!stage->n_kids) return spl_lacks(binder, NULL, "an assignment", "total=price*count.");
    eval->assignments = SPL_NEW_ARRAY(binder->arena, stage->n_kids, assignment);
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *node = stage->kids[i];
        assignment *a = &eval->assignments[eval->n];
        if (node->kind == SPL_NODE_HOLE || (node->kind == SPL_NODE_PIPELINE && binder->query->check_only)) {
            spl_bind_reads_all(binder);
            continue;
        }
        if (node->kind != SPL_NODE_ASSIGN) {
            good = spl_bad_argument(binder, node->span, "eval takes assignments");
            spl_hint(binder->diag, "An assignment is <field>=<expression>; several are separated by commas.");
            continue;
        }
        a->value = spl_expr_bind(binder, node->kids[1]);
        if (!bind_target(binder, node->kids[0], a) || !a->value) {
            good = false;
            continue;
        }
        if (spl_expr_type(a->value) == SPL_TYPE_BOOL) {
            good = spl_refuse(binder, node->kids[1]->span, "type", "a boolean cannot be assigned to a field");
            spl_hint(binder->diag, "Use if(condition,\"yes\",\"no\") or tostring(condition).");
            continue;
        }
        eval->n++;
    }
    if (!good) return false;
    /* Overwritten whatever it held: not needed from before, unless an expression up to its assignment reads it. */
    for (uint32_t i = 0; i < eval->n; i++) {
        if (eval->assignments[i].target != SPL_NO_FIELD) spl_bind_makes(binder, eval->assignments[i].target);
    }
    return true;
}

static spl_value assignable(spl_eval *ev, const spl_expr *value, uint32_t row)
{
    spl_value v = spl_eval_row(ev, value, row);
    if (v.kind == SPL_KIND_BOOL) return spl_text(spl_bool_text(v.as.truth));
    if (v.kind == SPL_KIND_TEXT) v.spare = 0;
    return v;
}

static void assign_column(spl_eval *ev, spl_batch *batch, const assignment *a)
{
    spl_column *column = spl_batch_column(batch, a->target);
    uint32_t n = spl_batch_rows(batch);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value v = assignable(ev, a->value, row);
        if (v.kind == SPL_KIND_NUMBER && a->target == SPL_F_TIME) v = spl_number(v.as.number); /* all times are alike */
        if (!column) {
            if (v.kind == SPL_KIND_NULL) continue; /* a column of nulls alone is none */
            column = spl_batch_add(batch, a->target);
        }
        column->cells[row] = v;
        if (column->parsed) column->parsed[row] = 0;
    }
}

/* Whether TEXT holds {NAME}: put in for {NAME}, it would ask for itself for ever. */
static bool names_itself(spl_str text, spl_str name)
{
    for (size_t i = 0; i + name.len + 2 <= text.len; i++) {
        const char *brace = memchr(text.data + i, '{', text.len - i);
        if (!brace) return false;
        i = (size_t)(brace - text.data);
        if (i + name.len + 2 <= text.len && text.data[i + name.len + 1] == '}' &&
            spl_str_eq(spl_str_sub(text, i + 1, i + 1 + name.len), name))
            return true;
    }
    return false;
}

/* A piece without a value makes no name, and the row is left as it is. */
static bool template_name(spl_op *op, const spl_batch *batch, const assignment *a, uint32_t row, spl_buf *name)
{
    spl_buf_clear(name);
    for (uint32_t i = 0; i < a->pieces->n_kids; i++) {
        if (a->piece_fields[i] == SPL_NO_FIELD) {
            spl_buf_add(name, a->pieces->kids[i]->text);
            continue;
        }
        spl_value v = spl_batch_get(batch, row, a->piece_fields[i]);
        if (v.kind == SPL_KIND_NULL) return false;
        spl_str text = spl_value_text(op->ev->arena, v), own = spl_field_name(batch->fields, a->piece_fields[i]);
        if (names_itself(text, own)) {
            spl_error(op->query->diag, op->stage->span, "bad-argument",
                      "eval cannot make a name of {%.*s}: its value holds {%.*s} again, without end", SPL_FMT(own),
                      SPL_FMT(own));
            spl_fail(SPL_REFUSED, "a name that eval makes has no end");
        }
        spl_buf_add(name, text);
    }
    return name->len > 0;
}

static void assign_template(spl_op *op, spl_batch *batch, const assignment *a)
{
    spl_buf name = spl_buf_in(batch->arena);
    uint32_t n = spl_batch_rows(batch);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value v = assignable(op->ev, a->value, row);
        if (!template_name(op, batch, a, row, &name)) continue;
        spl_field field = spl_field_of(batch->fields, spl_buf_str(&name));
        if (v.kind == SPL_KIND_NULL && !spl_batch_column(batch, field)) continue;
        spl_batch_set(batch, row, field, v);
    }
}

static spl_status eval_map(spl_op *op, spl_batch **batch)
{
    const struct eval *eval = (const struct eval *)op;

    for (uint32_t i = 0; i < eval->n; i++) {
        const assignment *a = &eval->assignments[i];
        if (a->target != SPL_NO_FIELD)
            assign_column(op->ev, *batch, a);
        else
            assign_template(op, *batch, a);
    }
    return SPL_OK;
}

SPL_COMMAND(eval, .summary = "Set fields to the values of expressions.",
            .syntax = "eval <field>=<expression> [, <field>=<expression>] …",
            .example = "| makeresults | eval a=2, b=a*3", .args = SPL_ARGS_EVAL, .brackets = SPL_BRACKET_TEXT,
            .traits = SPL_STREAMS | SPL_SETS, .op_size = sizeof(struct eval), .bind = eval_bind, .map = eval_map);
