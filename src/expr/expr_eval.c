/* expr_eval.c -- evaluating bound expressions, row by row. */
#include "base/map.h"
#include "base/num.h"
#include "base/regex.h"
#include "exec/query.h"
#include "expr/expr_node.h"
#include "expr/like.h"

#include <math.h>

void spl_eval_on(spl_eval *ev, const struct spl_query *query, struct spl_worker *worker, spl_batch *batch)
{
    *ev = (spl_eval){.arena = batch ? batch->arena : NULL, .query = query, .batch = batch, .worker = worker};
}

spl_value spl_eval_expr(spl_eval *ev, const spl_expr *expr)
{
    return expr->eval(ev, expr);
}

bool spl_eval_true(spl_eval *ev, const spl_expr *expr, uint32_t row)
{
    ev->row = row;
    spl_value v = expr->eval(ev, expr);
    return spl_value_truth(v) == 1;
}

/* --- nodes ------------------------------------------------------------------------------------------------------- */

spl_value spl_eval_constant(__attribute__((unused)) spl_eval *ev, const spl_expr *expr)
{
    return expr->value;
}

spl_value spl_eval_hole(__attribute__((unused)) spl_eval *ev, __attribute__((unused)) const spl_expr *expr)
{
    return SPL_NULL;
}

static inline spl_value read_field(const spl_eval *ev, spl_field field)
{
    for (const struct spl_eval_shadow *shadow = ev->shadow; shadow; shadow = shadow->outer) {
        if (shadow->field == field) return shadow->value;
    }
    return ev->batch ? spl_batch_get(ev->batch, ev->row, field) : SPL_NULL;
}

spl_value spl_eval_read(const spl_eval *ev, spl_field field)
{
    return read_field(ev, field);
}

spl_value spl_eval_field(spl_eval *ev, const spl_expr *expr)
{
    return read_field(ev, expr->field);
}

spl_value spl_eval_call(spl_eval *ev, const spl_expr *expr)
{
    const void *outer = ev->data;
    spl_value result;

    if (expr->function->lazy) {
        ev->data = expr->data;
        result = expr->function->lazy(ev, (const spl_expr *const *)expr->kids, (int)expr->n_kids);
    } else {
        spl_value few[8], *argv = expr->n_kids <= 8 ? few : SPL_NEW_ARRAY(ev->arena, expr->n_kids, spl_value);
        for (uint32_t i = 0; i < expr->n_kids; i++) {
            argv[i] = expr->kids[i]->eval(ev, expr->kids[i]);
        }
        ev->data = expr->data;
        result = expr->function->call(ev, argv, (int)expr->n_kids);
    }
    ev->data = outer;
    return result;
}

/* A run of . joins all its texts at once, so that a long chain is not copied once for each of its parts. */
static spl_value concat_run(spl_eval *ev, const spl_expr *expr)
{
    spl_value few[16], *parts = expr->n_kids <= 16 ? few : SPL_NEW_ARRAY(ev->arena, expr->n_kids, spl_value);
    size_t len = 0;

    for (uint32_t i = 0; i < expr->n_kids; i++) {
        spl_value v = expr->kids[i]->eval(ev, expr->kids[i]);
        if (v.kind == SPL_KIND_NUMBER) v = spl_text(spl_value_text(ev->arena, v));
        if (v.kind != SPL_KIND_TEXT) return SPL_NULL;
        parts[i] = v;
        len += v.len;
    }
    if (len > UINT32_MAX) spl_fail(SPL_BOUND, "a text grew beyond 4 GiB");
    char *joined = spl_alloc(ev->arena, len), *at = joined;
    for (uint32_t i = 0; i < expr->n_kids; i++) {
        if (parts[i].len) memcpy(at, parts[i].as.text, parts[i].len);
        at += parts[i].len;
    }
    return spl_text((spl_str){joined, len});
}

spl_value spl_eval_chain(spl_eval *ev, const spl_expr *expr)
{
    if (expr->op == SPL_OP_CONCAT) return concat_run(ev, expr);
    spl_value result = expr->kids[0]->eval(ev, expr->kids[0]);
    for (uint32_t i = 1; i < expr->n_kids; i++) {
        result = spl_op_apply(ev, (spl_node_op)expr->ops[i], result, expr->kids[i]->eval(ev, expr->kids[i]));
    }
    return result;
}

static bool one_value(spl_value v)
{
    return v.kind == SPL_KIND_NUMBER || v.kind == SPL_KIND_TEXT;
}

spl_value spl_eval_chain_alike(spl_eval *ev, const spl_expr *expr)
{
    spl_value result = expr->kids[0]->eval(ev, expr->kids[0]), next;
    double number;

    for (uint32_t i = 1; i < expr->n_kids; i++) {
        next = expr->kids[i]->eval(ev, expr->kids[i]);
        if (expr->ops[i] != SPL_OP_SUB && one_value(result) && one_value(next) &&
            spl_value_number(result, &number) != spl_value_number(next, &number)) {
            spl_error(ev->query->diag, expr->node->span, "type",
                      "\"+\" takes two numbers or two texts, not \"%.*s\" and \"%.*s\"",
                      SPL_FMT(spl_value_text(ev->arena, result)), SPL_FMT(spl_value_text(ev->arena, next)));
            spl_hint(ev->query->diag, "Join text and numbers with \".\", or use tostring().");
            spl_fail(SPL_REFUSED, "elements that \"foreach\" goes through are not of one type");
        }
        result = spl_op_apply(ev, (spl_node_op)expr->ops[i], result, next);
    }
    return result;
}

spl_value spl_eval_logic(spl_eval *ev, const spl_expr *expr)
{
    spl_value result = expr->kids[0]->eval(ev, expr->kids[0]);
    for (uint32_t i = 1; i < expr->n_kids; i++) {
        if (expr->op != SPL_OP_XOR && spl_value_truth(result) == (expr->op == SPL_OP_OR)) break;
        result = spl_op_apply(ev, (spl_node_op)expr->op, result, expr->kids[i]->eval(ev, expr->kids[i]));
    }
    /* A lone operand that is no boolean must not pass through. */
    int truth = spl_value_truth(result);
    return truth >= 0 ? spl_bool(truth) : SPL_NULL;
}

spl_value spl_eval_unary(spl_eval *ev, const spl_expr *expr)
{
    return spl_op_apply(ev, (spl_node_op)expr->op, expr->kids[0]->eval(ev, expr->kids[0]), SPL_NULL);
}

spl_value spl_eval_compare(spl_eval *ev, const spl_expr *expr)
{
    spl_value left = expr->kids[0]->eval(ev, expr->kids[0]);
    if (left.kind == SPL_KIND_NULL) return SPL_NULL;
    return spl_op_apply(ev, (spl_node_op)expr->op, left, expr->kids[1]->eval(ev, expr->kids[1]));
}

/* Up to 15 digits, the shape of almost all numbers in events. */
static inline bool plain_integer(spl_value v, double *number)
{
    if (v.len == 0 || v.len > 15) return false;
    uint64_t n = 0;
    for (uint32_t i = 0; i < v.len; i++) {
        unsigned d = (unsigned)((unsigned char)v.as.text[i] - '0');
        if (d > 9) return false;
        n = n * 10 + d;
    }
    *number = (double)n;
    return true;
}

/* kids[0] against the constant expr->value, a single text or number. */
spl_value spl_eval_compare_constant(spl_eval *ev, const spl_expr *expr)
{
    spl_value v = expr->kids[0]->kind == SPL_EXPR_FIELD ? read_field(ev, expr->kids[0]->field)
                                                        : expr->kids[0]->eval(ev, expr->kids[0]);
    double x;

    if (v.kind == SPL_KIND_NULL) return SPL_NULL;
    bool exact = v.kind == SPL_KIND_NUMBER && !v.digits && !expr->value.digits;
    if (v.kind == SPL_KIND_TEXT || exact) {
        if (expr->numeric) {
            if (exact) x = v.as.number;
            if (exact || plain_integer(v, &x)) {
                switch ((spl_node_op)expr->op) {
                case SPL_OP_EQ:
                case SPL_OP_EQEQ: return spl_bool(x == expr->number);
                case SPL_OP_NE: return spl_bool(x != expr->number);
                case SPL_OP_LT: return spl_bool(x < expr->number);
                case SPL_OP_LE: return spl_bool(x <= expr->number);
                case SPL_OP_GT: return spl_bool(x > expr->number);
                case SPL_OP_GE: return spl_bool(x >= expr->number);
                default: break;
                }
            }
        } else if (!exact && (expr->op == SPL_OP_EQ || expr->op == SPL_OP_EQEQ || expr->op == SPL_OP_NE)) {
            /* The constant is no number, so neither is the comparison. */
            return spl_bool(spl_str_eq(spl_value_str(v), spl_value_str(expr->value)) == (expr->op != SPL_OP_NE));
        }
    }
    return spl_op_apply(ev, (spl_node_op)expr->op, v, expr->value);
}

spl_value spl_eval_like(spl_eval *ev, const spl_expr *expr)
{
    spl_value left = expr->kids[0]->eval(ev, expr->kids[0]);
    if (!expr->data) return spl_op_apply(ev, SPL_OP_LIKE, left, expr->kids[1]->eval(ev, expr->kids[1]));
    if (left.kind == SPL_KIND_NULL || left.kind == SPL_KIND_BOOL) return SPL_NULL;
    for (uint32_t i = 0; i < spl_value_count(left); i++) {
        spl_value v = spl_value_at(left, i);
        if (spl_like_match(expr->data, v.kind == SPL_KIND_TEXT ? spl_value_str(v) : spl_value_text(ev->arena, v)))
            return spl_bool(true);
    }
    return spl_bool(false);
}

spl_value spl_eval_in(spl_eval *ev, const spl_expr *expr)
{
    spl_value left = expr->kids[0]->eval(ev, expr->kids[0]);
    if (left.kind == SPL_KIND_NULL) return SPL_NULL;
    for (uint32_t i = 1; i < expr->n_kids; i++) {
        spl_value v = spl_op_apply(ev, SPL_OP_EQ, left, expr->kids[i]->eval(ev, expr->kids[i]));
        if (v.kind == SPL_KIND_BOOL && v.as.truth) return v;
    }
    return spl_bool(false);
}

/* --- for functions ----------------------------------------------------------------------------------------------- */

bool spl_arg_text(spl_eval *ev, const spl_value *argv, int i, spl_str *text)
{
    if (argv[i].kind == SPL_KIND_TEXT) {
        *text = spl_value_str(argv[i]);
        return true;
    }
    if (argv[i].kind != SPL_KIND_NUMBER) return false;
    *text = spl_value_text(ev->arena, argv[i]);
    return true;
}

bool spl_arg_number(const spl_value *argv, int i, double *number)
{
    return spl_value_number(argv[i], number);
}

bool spl_arg_int(const spl_value *argv, int i, int64_t *number)
{
    double x;
    if (!spl_value_number(argv[i], &x) || !(fabs(x) < 9.2e18)) return false;
    *number = (int64_t)x;
    return true;
}

spl_value spl_fn_text(__attribute__((unused)) spl_eval *ev, spl_str text)
{
    if (text.len > UINT32_MAX) spl_fail(SPL_BOUND, "a text grew beyond 4 GiB");
    return spl_text(text);
}

/* --- regular expressions known only at run time --------------------------------------------------------------- */

enum { MAX_PATTERNS = 256 };

struct spl_patterns {
    spl_arena *arena; /* of its own: emptied when there are too many */
    spl_map compiled; /* flags and pattern -> the expression, or NULL where it is invalid */
};

const struct spl_regex *spl_eval_regex(spl_eval *ev, spl_str pattern, unsigned flags)
{
    spl_str error;
    size_t at;

    if (!ev->worker) return spl_regex_compile(ev->arena, pattern, flags, &error, &at);
    struct spl_patterns *patterns = ev->worker->patterns;
    if (!patterns) {
        patterns = ev->worker->patterns = SPL_NEW(ev->worker->arena, struct spl_patterns);
        patterns->arena = spl_arena_new(spl_arena_account(ev->worker->arena));
        patterns->compiled = spl_map_in(patterns->arena);
    }
    if (patterns->compiled.len >= MAX_PATTERNS) {
        spl_arena_reset(patterns->arena);
        patterns->compiled = spl_map_in(patterns->arena);
    }
    spl_buf key = spl_buf_in(ev->arena);
    spl_buf_char(&key, (char)flags);
    spl_buf_add(&key, pattern);
    bool made;
    spl_map_entry *entry = spl_map_put(&patterns->compiled, spl_buf_str(&key), &made);
    if (made)
        entry->value = spl_regex_compile(patterns->arena, spl_str_copy(patterns->arena, pattern), flags, &error, &at);
    return entry->value;
}
