/* expr_node.h -- the bound expression's node, for the files of src/expr alone. */
#ifndef SPL_EXPR_EXPR_NODE_H
#define SPL_EXPR_EXPR_NODE_H

#include "expr/expr.h"

/* How deep brackets and calls may nest; chains of operators (a+b+c …) count once, however long. */
enum { SPL_EXPR_DEPTH = 2000 };

typedef enum spl_expr_kind {
    SPL_EXPR_CONSTANT,
    SPL_EXPR_FIELD,
    SPL_EXPR_HOLE, /* an undefined macro, an unknown function (check): of any type, never evaluated for results */
    SPL_EXPR_CALL,
    SPL_EXPR_CHAIN, /* kids[0] ops[1] kids[1] ops[2] kids[2] …, from left to right */
    SPL_EXPR_LOGIC, /* the same of AND, OR, XOR, each chain of one operator */
    SPL_EXPR_UNARY,
    SPL_EXPR_COMPARE,
    SPL_EXPR_LIKE,
    SPL_EXPR_IN,
} spl_expr_kind;

struct spl_expr {
    spl_value (*eval)(spl_eval *ev, const spl_expr *expr);
    spl_expr **kids;
    uint32_t n_kids;
    uint8_t kind; /* spl_expr_kind */
    uint8_t op;   /* spl_node_op */
    uint8_t type; /* spl_type */
    bool numeric; /* COMPARE with a constant: it is a number, NUMBER */
    spl_field field;
    spl_value value; /* CONSTANT, and the constant side of a COMPARE with a field */
    double number;   /* of value */
    uint8_t *ops;    /* CHAIN */
    const spl_function *function;
    void *data; /* of the function's bind hook; LIKE: the compiled pattern */
    const spl_node *node;
};

/* expr_eval.c: how each kind is evaluated. */
spl_value spl_eval_constant(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_field(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_hole(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_call(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_chain(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_chain_alike(spl_eval *ev, const spl_expr *expr); /* a "+" of a number and a text fails the run */
spl_value spl_eval_logic(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_unary(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_compare(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_compare_constant(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_like(spl_eval *ev, const spl_expr *expr);
spl_value spl_eval_in(spl_eval *ev, const spl_expr *expr);

#endif
