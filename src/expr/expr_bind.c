/* expr_bind.c -- from an expression's AST to bound nodes: names, arity and types checked, constants folded.
 *
 * What is certain to be wrong is refused here, with its place; evaluation has no error path. A hole (an undefined
 * macro, or in check a function that SPL does not have) is of any type and ends folding. */
#include "base/num.h"
#include "base/regex.h"
#include "exec/bind.h"
#include "expr/expr_node.h"
#include "expr/like.h"

#include <math.h>

static spl_expr *bind(spl_binder *binder, const spl_node *node, unsigned depth);

static spl_expr *make(spl_binder *binder, const spl_node *node, spl_expr_kind kind, spl_type type,
                      spl_value (*eval)(spl_eval *, const spl_expr *))
{
    spl_expr *expr = SPL_NEW(binder->arena, spl_expr);
    expr->kind = (uint8_t)kind;
    expr->type = (uint8_t)type;
    expr->eval = eval;
    expr->node = node;
    expr->field = SPL_NO_FIELD;
    return expr;
}

static spl_type type_of(spl_value v)
{
    switch ((spl_kind)v.kind) {
    case SPL_KIND_TEXT: return SPL_TYPE_TEXT;
    case SPL_KIND_NUMBER: return SPL_TYPE_NUMBER;
    case SPL_KIND_MULTI: return SPL_TYPE_MULTI;
    case SPL_KIND_BOOL: return SPL_TYPE_BOOL;
    case SPL_KIND_NULL: break;
    }
    return SPL_TYPE_ANY;
}

static spl_expr *constant(spl_binder *binder, const spl_node *node, spl_value value)
{
    spl_expr *expr = make(binder, node, SPL_EXPR_CONSTANT, type_of(value), spl_eval_constant);
    expr->value = value;
    return expr;
}

static bool is_constant(const spl_expr *expr)
{
    return expr->kind == SPL_EXPR_CONSTANT;
}

static bool all_constant(const spl_expr *expr)
{
    for (uint32_t i = 0; i < expr->n_kids; i++) {
        if (!is_constant(expr->kids[i])) return false;
    }
    return true;
}

/* The constant that EXPR gives, all of its operands being constant. */
static spl_expr *fold(spl_binder *binder, spl_expr *expr)
{
    spl_eval ev = {.arena = binder->arena, .query = binder->query};

    if (!binder->worker) binder->worker = spl_worker_new(binder->query, 0);
    ev.worker = binder->worker;
    spl_expr *folded = constant(binder, expr->node, spl_value_keep(binder->arena, expr->eval(&ev, expr)));
    /* A null knows no type: what the operator would give decides, so that x=(1=null()) is still a boolean. */
    if (folded->value.kind == SPL_KIND_NULL) folded->type = expr->type;
    return folded;
}

static bool refuse_type(spl_binder *binder, const spl_node *node, const char *what, const char *wants, spl_type got)
{
    static const char *const names[] = {"a value", "a number", "text", "a boolean", "a multivalue"};
    return spl_refuse(binder, node->span, "type", "%s needs %s, but this is %s", what, wants, names[got]);
}

static const char *spelling(spl_node_op op)
{
    switch (op) {
    case SPL_OP_OR: return "OR";
    case SPL_OP_XOR: return "XOR";
    case SPL_OP_AND: return "AND";
    case SPL_OP_NOT: return "NOT";
    case SPL_OP_EQ: return "\"=\"";
    case SPL_OP_EQEQ: return "\"==\"";
    case SPL_OP_NE: return "\"!=\"";
    case SPL_OP_LT: return "\"<\"";
    case SPL_OP_LE: return "\"<=\"";
    case SPL_OP_GT: return "\">\"";
    case SPL_OP_GE: return "\">=\"";
    case SPL_OP_LIKE: return "LIKE";
    case SPL_OP_ADD: return "\"+\"";
    case SPL_OP_SUB:
    case SPL_OP_NEGATE: return "\"-\"";
    case SPL_OP_MUL: return "\"*\"";
    case SPL_OP_DIV: return "\"/\"";
    case SPL_OP_MOD: return "\"%\"";
    case SPL_OP_CONCAT: return "\".\"";
    default: return "the operator";
    }
}

/* A text literal, even of digits, and a boolean refuse arithmetic; what a function gives as text may be a number. */
static bool check_number(spl_binder *binder, spl_node_op op, const spl_expr *operand)
{
    bool literal = operand->type == SPL_TYPE_TEXT && operand->node->kind == SPL_NODE_STRING;
    if (literal || operand->type == SPL_TYPE_BOOL) {
        refuse_type(binder, operand->node, spelling(op), "numbers", (spl_type)operand->type);
        if (literal)
            spl_hint(binder->diag,
                     "A word in double quotes is text; leave them out, or use single quotes, to name a field.");
        return false;
    }
    return true;
}

static bool check_bool(spl_binder *binder, const char *what, const spl_expr *operand)
{
    if (is_constant(operand) && spl_value_truth(operand->value) >= 0) return true;
    if (operand->type == SPL_TYPE_TEXT || operand->type == SPL_TYPE_NUMBER || operand->type == SPL_TYPE_MULTI) {
        refuse_type(binder, operand->node, what, "a condition", (spl_type)operand->type);
        spl_hint(binder->diag, "Compare it with something, as in x=\"a\" or x>0.");
        return false;
    }
    return true;
}

/* --- operators ---------------------------------------------------------------------------------------------------- */

static unsigned rank(spl_node_op op) /* operators of one rank make one chain */
{
    switch (op) {
    case SPL_OP_ADD:
    case SPL_OP_SUB: return 1;
    case SPL_OP_MUL:
    case SPL_OP_DIV:
    case SPL_OP_MOD: return 2;
    case SPL_OP_CONCAT: return 3;
    case SPL_OP_AND: return 4;
    case SPL_OP_OR: return 5;
    case SPL_OP_XOR: return 6;
    default: return 0;
    }
}

static bool is_literal(const spl_expr *expr)
{
    return expr->type == SPL_TYPE_TEXT && expr->node->kind == SPL_NODE_STRING;
}

static spl_type sum_type(spl_type a, spl_type b)
{
    if (a == SPL_TYPE_TEXT && b == SPL_TYPE_TEXT) return SPL_TYPE_TEXT;
    if (a == SPL_TYPE_NUMBER || b == SPL_TYPE_NUMBER) return SPL_TYPE_NUMBER;
    return SPL_TYPE_ANY;
}

static bool check_chain(spl_binder *binder, spl_expr *chain)
{
    bool good = true, text = is_literal(chain->kids[0]); /* what is on the left is text, whatever it looks like */
    spl_type left = (spl_type)chain->kids[0]->type;

    for (uint32_t i = 1; i < chain->n_kids; i++) {
        spl_node_op op = (spl_node_op)chain->ops[i];
        const spl_expr *right = chain->kids[i];
        if (op == SPL_OP_CONCAT || op == SPL_OP_ADD) {
            if (i == 1 && left == SPL_TYPE_BOOL)
                good = refuse_type(binder, chain->kids[0]->node, spelling(op), "numbers or texts", SPL_TYPE_BOOL);
            if (right->type == SPL_TYPE_BOOL)
                good = refuse_type(binder, right->node, spelling(op), "numbers or texts", SPL_TYPE_BOOL);
            if (op == SPL_OP_CONCAT) {
                left = SPL_TYPE_TEXT;
                text = false;
                continue;
            }
            bool literals = right->node->kind == SPL_NODE_STRING || chain->kids[i - 1]->node->kind == SPL_NODE_STRING;
            if (literals && ((left == SPL_TYPE_TEXT && right->type == SPL_TYPE_NUMBER) ||
                             (left == SPL_TYPE_NUMBER && right->type == SPL_TYPE_TEXT))) {
                good = spl_refuse(binder, right->node->span, "type",
                                  "\"+\" takes two numbers or two texts, not one of each");
                spl_hint(binder->diag, "Join text and numbers with \".\", or use tostring().");
            }
            /* Two that are texts by their kind are joined, digits or not; so is a literal with what a field holds. */
            text = (left == SPL_TYPE_TEXT && right->type == SPL_TYPE_TEXT) ||
                   (right->type != SPL_TYPE_NUMBER && left != SPL_TYPE_NUMBER && (text || is_literal(right)));
            if (text)
                chain->ops[i] = SPL_OP_CONCAT;
            else if (left != SPL_TYPE_NUMBER && right->type != SPL_TYPE_NUMBER)
                chain->ops[i] = SPL_OP_ADD_OR_JOIN;
            left = text ? SPL_TYPE_TEXT : sum_type(left, (spl_type)right->type);
        } else {
            if (i == 1) good &= check_number(binder, op, chain->kids[0]);
            good &= check_number(binder, op, right);
            left = SPL_TYPE_NUMBER;
            text = false;
        }
    }
    chain->type = (uint8_t)left;
    return good;
}

/* Whether foreach's element is an operand of a "+". */
static bool adds_item(spl_binder *binder, const spl_expr *chain)
{
    for (uint32_t i = 0; rank((spl_node_op)chain->op) == 1 && i < chain->n_kids; i++)
        if (chain->kids[i]->kind == SPL_EXPR_FIELD &&
            spl_str_is(spl_field_name(binder->fields, chain->kids[i]->field), SPL_ITEM_FIELD))
            return true;
    return false;
}

/* a+b-c … hang from the left in the AST; they are gathered without recursion into one node. */
static spl_expr *bind_chain(spl_binder *binder, const spl_node *node, unsigned depth)
{
    unsigned of = rank(node->op);
    bool logic = of >= 4, good = true;
    uint32_t n = 1;
    const spl_node *at = node;

    while (at->kind == SPL_NODE_BINARY && rank(at->op) == of) {
        n++;
        at = at->kids[0];
    }
    spl_expr *chain = make(binder, node, logic ? SPL_EXPR_LOGIC : SPL_EXPR_CHAIN, logic ? SPL_TYPE_BOOL : SPL_TYPE_ANY,
                           logic ? spl_eval_logic : spl_eval_chain);
    uint8_t *ops = spl_calloc(binder->arena, n, 1);
    chain->kids = SPL_NEW_ARRAY(binder->arena, n, spl_expr *);
    chain->n_kids = n;
    chain->ops = ops;
    chain->op = (uint8_t)node->op;
    at = node;
    for (uint32_t i = n; i-- > 1; at = at->kids[0]) {
        ops[i] = (uint8_t)at->op;
        chain->kids[i] = (spl_expr *)at->kids[1]; /* bound below, from left to right */
    }
    const spl_node *first = at;
    for (uint32_t i = 0; i < n; i++) {
        const spl_node *part = i ? (const spl_node *)chain->kids[i] : first;
        chain->kids[i] = bind(binder, part, depth + 1);
        if (!chain->kids[i]) good = false;
    }
    if (!good) return NULL;
    if (logic) {
        for (uint32_t i = 0; i < n; i++) {
            good &= check_bool(binder, spelling(node->op), chain->kids[i]);
        }
    } else {
        good = check_chain(binder, chain);
        if (good && adds_item(binder, chain)) chain->eval = spl_eval_chain_alike;
    }
    if (!good) return NULL;
    if (all_constant(chain)) return fold(binder, chain);
    return chain;
}

static spl_expr *bind_compare(spl_binder *binder, const spl_node *node, unsigned depth)
{
    static const spl_node_op mirrored[] = {
        [SPL_OP_EQ] = SPL_OP_EQ, [SPL_OP_EQEQ] = SPL_OP_EQEQ, [SPL_OP_NE] = SPL_OP_NE, [SPL_OP_LT] = SPL_OP_GT,
        [SPL_OP_LE] = SPL_OP_GE, [SPL_OP_GT] = SPL_OP_LT,     [SPL_OP_GE] = SPL_OP_LE,
    };
    spl_expr *left = bind(binder, node->kids[0], depth + 1), *right = bind(binder, node->kids[1], depth + 1);
    if (!left || !right) return NULL;
    spl_expr *expr = make(binder, node, SPL_EXPR_COMPARE, SPL_TYPE_BOOL, spl_eval_compare);
    expr->op = (uint8_t)node->op;
    expr->kids = SPL_NEW_ARRAY(binder->arena, 2, spl_expr *);
    expr->n_kids = 2;
    expr->kids[0] = left;
    expr->kids[1] = right;
    if (all_constant(expr)) return fold(binder, expr);
    if (is_constant(left)) {
        expr->op = (uint8_t)mirrored[node->op];
        expr->kids[0] = right;
        expr->kids[1] = left;
    }
    spl_value value = expr->kids[1]->value;
    if (is_constant(expr->kids[1]) && (value.kind == SPL_KIND_TEXT || value.kind == SPL_KIND_NUMBER)) {
        expr->value = value;
        expr->numeric = spl_value_number(value, &expr->number);
        expr->eval = spl_eval_compare_constant;
    }
    return expr;
}

static spl_expr *bind_like(spl_binder *binder, const spl_node *node, unsigned depth)
{
    spl_expr *left = bind(binder, node->kids[0], depth + 1), *right = bind(binder, node->kids[1], depth + 1);
    if (!left || !right) return NULL;
    spl_expr *expr = make(binder, node, SPL_EXPR_LIKE, SPL_TYPE_BOOL, spl_eval_like);
    expr->kids = SPL_NEW_ARRAY(binder->arena, 2, spl_expr *);
    expr->n_kids = 2;
    expr->kids[0] = left;
    expr->kids[1] = right;
    if (is_constant(right) && right->value.kind == SPL_KIND_TEXT)
        expr->data = spl_like_compile(binder->arena, spl_value_str(right->value));
    return all_constant(expr) ? fold(binder, expr) : expr;
}

static spl_expr *bind_unary(spl_binder *binder, const spl_node *node, unsigned depth)
{
    spl_expr *kid = bind(binder, node->kids[0], depth + 1);
    if (!kid) return NULL;
    bool not = node->op == SPL_OP_NOT;
    if (node->op == SPL_OP_PLUS) return kid; /* app.+":".title */
    if (not ? !check_bool(binder, "NOT", kid) : !check_number(binder, node->op, kid)) return NULL;
    spl_expr *expr = make(binder, node, SPL_EXPR_UNARY, not ? SPL_TYPE_BOOL : SPL_TYPE_NUMBER, spl_eval_unary);
    expr->op = (uint8_t)node->op;
    expr->kids = SPL_NEW_ARRAY(binder->arena, 1, spl_expr *);
    expr->n_kids = 1;
    expr->kids[0] = kid;
    return is_constant(kid) ? fold(binder, expr) : expr;
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static spl_str nearest_function(spl_binder *binder, spl_str word)
{
    SPL_VEC(spl_str) names = {0};
    for (const spl_function *const *f = spl_functions; *f; f++) {
        SPL_PUSH(binder->arena, &names, spl_str_of((*f)->name));
        for (const char *const *alias = (*f)->aliases; alias && *alias; alias++) {
            SPL_PUSH(binder->arena, &names, spl_str_of(*alias));
        }
    }
    return spl_nearest(word, names.data, names.len);
}

static spl_span name_span(const spl_node *node)
{
    return node->name_span.source ? node->name_span : node->span;
}

static spl_expr *hole(spl_binder *binder, const spl_node *node)
{
    return make(binder, node, SPL_EXPR_HOLE, SPL_TYPE_ANY, spl_eval_hole);
}

static spl_expr *unknown_function(spl_binder *binder, const spl_node *node)
{
    spl_report(binder->diag, binder->query->check_only ? SPL_WARNING : SPL_ERROR, name_span(node), "unknown-function",
               "unknown function \"%.*s\"", SPL_FMT(node->text));
    spl_str near = nearest_function(binder, node->text);
    double parameter;
    if (spl_aggregate_find(node->text, &parameter))
        spl_hint(binder->diag, "It is a statistical function, of stats and its kin: | stats %.*s(…) AS x | eval …",
                 SPL_FMT(node->text));
    else if (near.len)
        spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    else if (!binder->query->check_only)
        spl_hint(binder->diag, "spl list functions shows what there is.");
    return binder->query->check_only ? hole(binder, node) : NULL;
}

static bool check_arity(spl_binder *binder, const spl_node *node, const spl_function *function)
{
    int n = (int)node->n_kids;
    if (n >= function->min_args && (function->max_args < 0 || n <= function->max_args)) return true;
    if (binder->holes) return true;
    int wanted = n < function->min_args ? function->min_args : function->max_args;
    spl_refuse(binder, name_span(node), "bad-argument", "%s() takes %s%d argument%s, not %d", function->name,
               function->min_args == function->max_args ? ""
               : n < function->min_args                 ? "at least "
                                                        : "at most ",
               wanted, wanted == 1 ? "" : "s", n);
    spl_hint(binder->diag, "It is written %s.", function->signature);
    return false;
}

static char letter_of(const char *args, uint32_t i)
{
    size_t len = args ? strlen(args) : 0;
    return !len ? '*' : args[i < len ? i : len - 1];
}

static bool check_argument(spl_binder *binder, const spl_function *function, const spl_expr *arg, char letter)
{
    spl_str what = spl_strf(binder->arena, "%s()", function->name);
    const char *name = spl_cstring(binder->arena, what);
    double number;

    switch (letter) {
    case 'n':
        if (arg->type == SPL_TYPE_BOOL) return refuse_type(binder, arg->node, name, "a number", SPL_TYPE_BOOL);
        if (is_constant(arg) && arg->value.kind == SPL_KIND_TEXT && !spl_value_number(arg->value, &number)) {
            refuse_type(binder, arg->node, name, "a number", SPL_TYPE_TEXT);
            spl_hint(binder->diag,
                     "A word in double quotes is text; leave them out, or use single quotes, to name a field.");
            return false;
        }
        return true;
    case 's':
    case 'm':
        if (arg->type != SPL_TYPE_BOOL) return true;
        refuse_type(binder, arg->node, name, letter == 's' ? "text" : "values", SPL_TYPE_BOOL);
        spl_hint(binder->diag, "Wrap the condition: if(condition,\"yes\",\"no\") or tostring(condition).");
        return false;
    case 'b': return check_bool(binder, name, arg);
    default: return true;
    }
}

/* What if(), case() and the like give is what their branches give. */
static spl_type branches_type(const spl_function *function, spl_expr *const *args, uint32_t n)
{
    if (!function->branch_step) return function->returns;
    int type = -1;
    bool null = false;
    for (uint32_t i = function->branch; i < n; i += function->branch_step) {
        null |= is_constant(args[i]) && args[i]->value.kind == SPL_KIND_NULL;
        if (is_constant(args[i]) && args[i]->value.kind == SPL_KIND_NULL) continue;
        if (type >= 0 && type != args[i]->type) return SPL_TYPE_ANY;
        type = args[i]->type;
    }
    /* if(x,true(),null()) can be assigned, as published searches do */
    return type < 0 || (type == SPL_TYPE_BOOL && null) ? SPL_TYPE_ANY : (spl_type)type;
}

static spl_expr *bind_call(spl_binder *binder, const spl_node *node, unsigned depth)
{
    const spl_function *function = spl_function_find(node->text);
    spl_expr *call = make(binder, node, SPL_EXPR_CALL, SPL_TYPE_ANY, spl_eval_call);
    bool good = true, holes = false;

    call->kids = SPL_NEW_ARRAY(binder->arena, node->n_kids, spl_expr *);
    call->n_kids = node->n_kids;
    for (uint32_t i = 0; i < node->n_kids; i++) {
        call->kids[i] = bind(binder, node->kids[i], depth + 1);
        if (!call->kids[i])
            good = false;
        else if (call->kids[i]->kind == SPL_EXPR_HOLE)
            holes = true;
    }
    if (!function) return good ? unknown_function(binder, node) : (unknown_function(binder, node), (spl_expr *)NULL);
    if (holes) return good ? hole(binder, node) : NULL;
    good &= check_arity(binder, node, function);
    if (!good) return NULL;
    call->function = function;
    for (uint32_t i = 0; i < node->n_kids; i++) {
        good &= check_argument(binder, function, call->kids[i], letter_of(function->args, i));
    }
    if (!good) return NULL;
    if (function->bind && !function->bind(binder, node, call->kids, (int)call->n_kids, &call->data)) return NULL;
    call->type = (uint8_t)branches_type(function, call->kids, call->n_kids);
    if (!function->impure && all_constant(call)) return fold(binder, call);
    return call;
}

static spl_expr *bind_in(spl_binder *binder, const spl_node *node, unsigned depth)
{
    spl_expr *expr = make(binder, node, SPL_EXPR_IN, SPL_TYPE_BOOL, spl_eval_in);
    bool good = true;

    expr->kids = SPL_NEW_ARRAY(binder->arena, node->n_kids, spl_expr *);
    expr->n_kids = node->n_kids;
    for (uint32_t i = 0; i < node->n_kids; i++) {
        expr->kids[i] = bind(binder, node->kids[i], depth + 1);
        if (!expr->kids[i]) good = false;
    }
    if (!good) return NULL;
    return all_constant(expr) ? fold(binder, expr) : expr;
}

/* --- leaves ------------------------------------------------------------------------------------------------------- */

static spl_expr *bind_field(spl_binder *binder, const spl_node *node)
{
    spl_expr *expr = make(binder, node, SPL_EXPR_FIELD, SPL_TYPE_ANY, spl_eval_field);
    expr->field = spl_bind_field(binder, node->text);
    spl_bind_reads(binder, expr->field);
    return expr;
}

static spl_expr *bind_number(spl_binder *binder, const spl_node *node)
{
    double number;
    if (spl_num_parse(node->text, &number) && isfinite(number))
        return constant(binder, node, spl_number_digits(number, node->digits));
    spl_bad_argument(binder, node->span, "the number is too large");
    return NULL;
}

static spl_expr *bind(spl_binder *binder, const spl_node *node, unsigned depth)
{
    if (depth > SPL_EXPR_DEPTH) {
        spl_refuse(binder, node->span, "bad-argument", "the expression nests deeper than %d levels", SPL_EXPR_DEPTH);
        return NULL;
    }
    switch (node->kind) {
    case SPL_NODE_NUMBER: return bind_number(binder, node);
    case SPL_NODE_STRING:
        if (node->text.len > UINT32_MAX) break;
        return constant(binder, node, spl_text(node->text));
    case SPL_NODE_WORD:
        if (node->quoted) return constant(binder, node, spl_text(node->text));
        return bind_field(binder, node);
    case SPL_NODE_FIELD: return bind_field(binder, node);
    case SPL_NODE_HOLE: return hole(binder, node);
    case SPL_NODE_LIST:
        if (node->n_kids == 1) return bind(binder, node->kids[0], depth + 1);
        break;
    case SPL_NODE_PIPELINE:
        if (binder->query->check_only) return hole(binder, node); /* its result is text that check does not have */
        break;
    case SPL_NODE_CALL: return bind_call(binder, node, depth);
    case SPL_NODE_IN: return bind_in(binder, node, depth);
    case SPL_NODE_UNARY: return bind_unary(binder, node, depth);
    case SPL_NODE_BINARY:
        if (rank(node->op)) return bind_chain(binder, node, depth);
        return node->op == SPL_OP_LIKE ? bind_like(binder, node, depth) : bind_compare(binder, node, depth);
    default: break;
    }
    spl_refuse(binder, node->span, "syntax", "this cannot stand in an expression");
    return NULL;
}

spl_expr *spl_expr_bind(spl_binder *binder, const spl_node *node)
{
    return bind(binder, node, 0);
}

spl_type spl_expr_type(const spl_expr *expr)
{
    return (spl_type)expr->type;
}

const spl_value *spl_expr_constant(const spl_expr *expr)
{
    return is_constant(expr) ? &expr->value : NULL;
}

const spl_node *spl_expr_node(const spl_expr *expr)
{
    return expr->node;
}

size_t spl_expr_parts(const spl_expr *expr, spl_arena *arena, const spl_expr *const **parts)
{
    SPL_VEC(const spl_expr *) found = {0};
    bool joined = expr->kind == SPL_EXPR_LOGIC && expr->op == SPL_OP_AND;

    if (!joined) SPL_PUSH(arena, &found, expr);
    for (uint32_t i = 0; joined && i < expr->n_kids; i++) {
        const spl_expr *const *inner;
        size_t count = spl_expr_parts(expr->kids[i], arena, &inner);

        for (size_t k = 0; k < count; k++) SPL_PUSH(arena, &found, inner[k]);
    }
    *parts = found.data;
    return found.len;
}

spl_field spl_expr_first_field(const spl_expr *expr)
{
    spl_field field = expr->kind == SPL_EXPR_FIELD ? expr->field : SPL_NO_FIELD;

    for (uint32_t i = 0; field == SPL_NO_FIELD && i < expr->n_kids; i++) field = spl_expr_first_field(expr->kids[i]);
    return field;
}

struct spl_regex *spl_bind_regex(spl_binder *binder, spl_expr *const *args, int i, unsigned flags, bool *failed)
{
    spl_str error;
    size_t at;

    *failed = false;
    if (!is_constant(args[i]) || args[i]->value.kind != SPL_KIND_TEXT) return NULL;
    spl_regex *regex = spl_regex_compile(binder->arena, spl_value_str(args[i]->value), flags, &error, &at);
    if (!regex) {
        *failed = true;
        spl_refuse(binder, args[i]->node->span, "bad-regex", "invalid regular expression: %.*s at offset %zu",
                   SPL_FMT(error), at);
    }
    return regex;
}

spl_expr *spl_expr_bind_condition(spl_binder *binder, const spl_node *node, const char *what)
{
    spl_expr *expr = spl_expr_bind(binder, node);
    spl_type type = expr ? spl_expr_type(expr) : SPL_TYPE_ANY;

    if (type != SPL_TYPE_NUMBER && type != SPL_TYPE_TEXT && type != SPL_TYPE_MULTI) return expr;
    spl_refuse(binder, node->span, "type", "%s needs a condition, but this is %s", what,
               type == SPL_TYPE_NUMBER ? "a number"
               : type == SPL_TYPE_TEXT ? "text"
                                       : "a multivalue");
    spl_hint(binder->diag, "Compare it with something, as in x=\"a\" or x>0; the command search takes keywords.");
    return NULL;
}

bool spl_bind_pattern(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    bool failed;

    (void)call;
    (void)argc;
    *data = spl_bind_regex(binder, args, 1, 0, &failed);
    return !failed;
}
