/* expr.h -- bound expressions of eval and where: names resolved, constants folded, regular expressions compiled.
 *
 * Expressions are evaluated row by row, since most functions look at kinds and multivalue cell by cell. Functions have
 * no error path: what is known to be wrong is refused at bind, the rest is null. */
#ifndef SPL_EXPR_EXPR_H
#define SPL_EXPR_EXPR_H

#include "registry.h"

/* The field that stands for the element that foreach is at: added to what is of another type it fails the run. */
#define SPL_ITEM_FIELD "__foreach_item"

/* Binds an expression (ast.h: expressions). NULL: refused, with diagnostics. Fields that it reads are declared to the
 * stage being bound. */
spl_expr *spl_expr_bind(spl_binder *binder, const spl_node *node);
/* The same of one that must be true or false; WHAT wants it, for the words of a refusal. */
spl_expr *spl_expr_bind_condition(spl_binder *binder, const spl_node *node, const char *what);
spl_type spl_expr_type(const spl_expr *expr);
/* The constant that it is, or NULL. */
const spl_value *spl_expr_constant(const spl_expr *expr);
/* The AST node that it was bound from. */
const spl_node *spl_expr_node(const spl_expr *expr);
/* The conditions that AND joins, those in its brackets too; the first field that one reads, or SPL_NO_FIELD. */
size_t spl_expr_parts(const spl_expr *expr, spl_arena *arena, const spl_expr *const **parts);
spl_field spl_expr_first_field(const spl_expr *expr);

/* One thread's evaluation of expressions. Results live in the arena (a batch's, mostly) or are borrowed from the row.
 */
struct spl_eval {
    spl_arena *arena;
    const struct spl_query *query; /* clock, zone, random seed */
    const spl_batch *batch;
    uint32_t row;
    const void *data;          /* of the function being called (its bind hook) */
    struct spl_worker *worker; /* per-thread tools: JIT stack, match data */
    /* A stack of fields bound to other values, innermost first (mvmap, mvfilter, foreach). */
    struct spl_eval_shadow {
        spl_field field;
        spl_value value;
        const struct spl_eval_shadow *outer;
    } const *shadow;
    unsigned depth;
};

/* Sets an evaluator up for a batch; the arena is the batch's. */
void spl_eval_on(spl_eval *ev, const struct spl_query *query, struct spl_worker *worker, spl_batch *batch);
spl_value spl_eval_expr(spl_eval *ev, const spl_expr *expr); /* of ev->batch, ev->row */
static inline spl_value spl_eval_row(spl_eval *ev, const spl_expr *expr, uint32_t row)
{
    ev->row = row;
    return spl_eval_expr(ev, expr);
}
/* True only for a boolean that is true (null and false are not). */
bool spl_eval_true(spl_eval *ev, const spl_expr *expr, uint32_t row);
static inline const void *spl_eval_data(const spl_eval *ev)
{
    return ev->data;
}

/* The field's value: what it is bound to (mvmap …), else the row's. */
spl_value spl_eval_read(const spl_eval *ev, spl_field field);

/* --- for functions ---- */
/* argv[i] as text: text, or a number as shown; false for null, boolean; a multivalue gives its values joined by a
 * space?: no: false. Functions over multivalue say so themselves. */
bool spl_arg_text(spl_eval *ev, const spl_value *argv, int i, spl_str *text);
/* argv[i] as a number: a number, or numeric text. */
bool spl_arg_number(const spl_value *argv, int i, double *number);
bool spl_arg_int(const spl_value *argv, int i, int64_t *number); /* truncated toward zero; false if out of range */
spl_value spl_fn_text(spl_eval *ev, spl_str text);               /* TEXT lives already in ev->arena or longer */

/* The regular expression of a pattern that is known only at run time, compiled once for each thread and pattern; NULL
 * if it is invalid. A constant pattern is compiled by the function's bind hook instead, which refuses it. */
struct spl_regex;
const struct spl_regex *spl_eval_regex(spl_eval *ev, spl_str pattern, unsigned flags);
/* For bind hooks of functions whose argument I is a regular expression: NULL and *FAILED false where it is not
 * constant; NULL and *FAILED true where it is refused (bad-regex). FLAGS as in base/regex.h. */
struct spl_regex *spl_bind_regex(spl_binder *binder, spl_expr *const *args, int i, unsigned flags, bool *failed);
/* A bind hook of functions whose second argument is a regular expression, which is their data then. */
bool spl_bind_pattern(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data);
/* A number that shows DIGITS significant digits (0: exact), whole digits never being cut; where it is not finite the
 * text nan, inf or -inf (Search Reference, eval, "Numeric calculations"). */
spl_value spl_fn_number(double number, unsigned digits);
/* The fewest significant digits of the numbers among argv (0: all are exact), which a result computed from them shows.
 */
unsigned spl_arg_digits(const spl_value *argv, int argc);
/* What FN makes of the number argv[0], with its digits; null where it is none. */
spl_value spl_fn_of_number(const spl_value *argv, double (*fn)(double));
/* "True" and "False", as tostring() writes booleans. */
spl_str spl_bool_text(bool truth);
/* X rounded to PLACES decimals (negative: before the point), halves, within 1e-13, towards plus infinity: 2.555 to 2 is
 * 2.56. */
double spl_round_decimal(double x, int places);

/* --- operators, for those who need them elsewhere (expr_ops.c) ---- */
/* Arithmetic, concatenation and comparisons of single values, null and multivalue as docs/SEMANTICS.md has it. */
spl_value spl_op_apply(spl_eval *ev, spl_node_op op, spl_value a, spl_value b);
/* Whether V is the text NaN, which arithmetic passes on. */
bool spl_op_nan(spl_value v);

#endif
