/* expr_ops.c -- what the operators of eval and where do with each pair of kinds. The rules stand in docs/SEMANTICS.md
 * ("Numbers", "Null", "Multivalue in expressions", "Comparison"); here null spreads, and what has no meaning is null.
 */
#include "base/num.h"
#include "data/compare.h"
#include "expr/expr.h"
#include "expr/like.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* The significant digits of a number that shows more of them, since whole digits are never cut: 1.00*1111 shows 1111
 * and has three. Only sigfig() goes by these. */
static unsigned significance(spl_value v)
{
    if (v.kind != SPL_KIND_NUMBER || v.spare == SPL_SPARE_EXACT) return 0;
    return v.spare ? v.spare : v.digits;
}

unsigned spl_arg_digits(const spl_value *argv, int argc)
{
    unsigned digits = 0;
    for (int i = 0; i < argc; i++) {
        unsigned own = significance(argv[i]);
        if (own && (!digits || own < digits)) digits = own;
    }
    return digits;
}

spl_str spl_bool_text(bool truth)
{
    return truth ? SPL_S("True") : SPL_S("False");
}

double spl_round_decimal(double x, int places)
{
    if (!isfinite(x) || places > 22 || places < -308) return places < -308 ? 0 : x;
    double scale = pow(10, abs(places));
    double scaled = places >= 0 ? x * scale : x / scale;
    if (fabs(scaled) >= 4503599627370496.0) return x; /* no fraction left to round */
    double half = floor(scaled * 2 + 0.5) / 2;
    /* 2.555 * 100 is 255.49999999999997, and the manual's 2.56; 16.275 * 100 misses the half by more, and gives 16.27
     * in Splunk. */
    if (fabs(scaled - half) <= 1e-13) scaled = half;
    scaled = floor(scaled + 0.5);
    return places >= 0 ? scaled / scale : scaled * scale;
}

/* How many digits X has before its decimal point; 0.05 has -1, 0 has one. */
static int digits_before(double x)
{
    return x == 0 ? 1 : (int)floor(log10(fabs(x))) + 1;
}

/* Shown as the manual says, and text from there on: no later calculation or order has to reckon with them. */
static spl_value not_finite(double number)
{
    return spl_text(isnan(number) ? SPL_S("nan") : number > 0 ? SPL_S("inf") : SPL_S("-inf"));
}

spl_value spl_fn_of_number(const spl_value *argv, double (*fn)(double))
{
    double x;

    return spl_arg_number(argv, 0, &x) ? spl_fn_number(fn(x), spl_arg_digits(argv, 1)) : SPL_NULL;
}

spl_value spl_fn_number(double number, unsigned digits)
{
    if (!isfinite(number)) return not_finite(number);
    if (number == 0) return spl_number(0); /* no negative zero */
    int before = digits ? digits_before(number) : 0;
    if (before <= (int)digits) return spl_number_digits(number, digits);
    spl_value shown = spl_number_digits(number, before > 17 ? 0 : (unsigned)before);
    shown.spare = (uint16_t)digits;
    return shown;
}

/* A sum or difference has as many decimals as the operand with the fewest. */
static spl_value additive(double result, spl_value a, spl_value b)
{
    unsigned da = a.kind == SPL_KIND_NUMBER ? a.digits : 0, db = b.kind == SPL_KIND_NUMBER ? b.digits : 0;
    if (!isfinite(result)) return not_finite(result);
    if (!da && !db) return spl_number(result == 0 ? 0 : result);
    int decimals = INT16_MAX;
    if (da) decimals = (int)da - digits_before(a.as.number);
    if (db && (int)db - digits_before(b.as.number) < decimals) decimals = (int)db - digits_before(b.as.number);
    if (decimals < 0) decimals = 0;
    if (!significance(a) && !significance(b)) return spl_number_decimals(result == 0 ? 0 : result, (unsigned)decimals);
    int digits = result == 0 ? 0 : digits_before(result) + decimals;
    if (digits <= 0) {
        result = spl_round_decimal(result, decimals);
        return spl_number_digits(result == 0 ? 0 : result, result == 0 ? 0 : 1);
    }
    return spl_number_digits(result, digits > 17 ? 0 : (unsigned)digits);
}

static spl_value multiplicative(double result, spl_value a, spl_value b)
{
    unsigned digits = spl_arg_digits((spl_value[]){a, b}, 2);
    return spl_fn_number(result, digits);
}

static spl_str single_text(spl_eval *ev, spl_value v)
{
    return v.kind == SPL_KIND_TEXT ? spl_value_str(v) : spl_value_text(ev->arena, v);
}

static spl_value concat(spl_eval *ev, spl_value a, spl_value b)
{
    if (a.kind != SPL_KIND_TEXT && a.kind != SPL_KIND_NUMBER) return SPL_NULL;
    if (b.kind != SPL_KIND_TEXT && b.kind != SPL_KIND_NUMBER) return SPL_NULL;
    spl_str left = single_text(ev, a), right = single_text(ev, b);
    if (!right.len) return spl_text(left);
    if (!left.len) return spl_text(right);
    if (left.len + right.len > UINT32_MAX) spl_fail(SPL_BOUND, "a text grew beyond 4 GiB");
    char *joined = spl_alloc(ev->arena, left.len + right.len);
    memcpy(joined, left.data, left.len);
    memcpy(joined + left.len, right.data, right.len);
    return spl_text((spl_str){joined, left.len + right.len});
}

bool spl_op_nan(spl_value v)
{
    return v.kind == SPL_KIND_TEXT && spl_str_iis(spl_value_str(v), "nan");
}

/* Of a number and NaN the NaN, as it is spelt; of others null. */
static spl_value nan_of(spl_value a, spl_value b)
{
    double x;
    if (spl_op_nan(a)) return spl_op_nan(b) || spl_value_number(b, &x) ? a : SPL_NULL;
    return spl_op_nan(b) && spl_value_number(a, &x) ? b : SPL_NULL;
}

/* JOINS: both may be texts, as the values of fields may, so that a number and a text that is none are joined too. */
static spl_value add(spl_eval *ev, spl_value a, spl_value b, bool joins)
{
    double x, y;
    bool na = spl_value_number(a, &x), nb = spl_value_number(b, &y);
    if (na && nb) return additive(x + y, a, b);
    if (na || nb) {
        spl_value nan = nan_of(a, b);
        if (!joins || nan.kind != SPL_KIND_NULL || (na ? b : a).kind != SPL_KIND_TEXT) return nan;
        return concat(ev, a, b);
    }
    /* Two texts are joined. */
    if (a.kind == SPL_KIND_TEXT && b.kind == SPL_KIND_TEXT) return concat(ev, a, b);
    return SPL_NULL;
}

/* --- comparison ------------------------------------------------------------------------------------------------ */

static bool may_be_number(spl_value v)
{
    if (v.kind == SPL_KIND_NUMBER) return true;
    if (v.kind != SPL_KIND_TEXT || !v.len) return false;
    char c = v.as.text[0];
    return spl_is_digit(c) || c == '-' || c == '+' || c == '.' || spl_is_space(c);
}

/* <0, 0, >0; two numbers with digits are equal when they differ by no more than arithmetic on them may. */
static int compare_numbers(double a, double b, bool digits)
{
    if (a == b) return 0;
    if (digits && fabs(a - b) <= 4 * DBL_EPSILON * fmax(fabs(a), fabs(b))) return 0;
    return a < b ? -1 : 1;
}

static bool holds(spl_node_op op, int order)
{
    switch (op) {
    case SPL_OP_EQ:
    case SPL_OP_EQEQ: return order == 0;
    case SPL_OP_NE: return order != 0;
    case SPL_OP_LT: return order < 0;
    case SPL_OP_LE: return order <= 0;
    case SPL_OP_GT: return order > 0;
    default: return order >= 0;
    }
}

/* Of two single values, neither null: 1, 0, or -1 where they cannot be compared. */
static int compare_single(spl_node_op op, spl_value a, spl_value b)
{
    if (a.kind == SPL_KIND_NUMBER && b.kind == SPL_KIND_NUMBER)
        return holds(op, compare_numbers(a.as.number, b.as.number, significance(a) || significance(b)));
    if (a.kind == SPL_KIND_BOOL || b.kind == SPL_KIND_BOOL) {
        if (a.kind != b.kind || (op != SPL_OP_EQ && op != SPL_OP_EQEQ && op != SPL_OP_NE)) return -1;
        return holds(op, a.as.truth != b.as.truth);
    }
    if (a.kind == SPL_KIND_TEXT && b.kind == SPL_KIND_TEXT) {
        if (!may_be_number(a) || !may_be_number(b)) {
            if (op == SPL_OP_EQ || op == SPL_OP_EQEQ || op == SPL_OP_NE)
                return holds(op, !spl_str_eq(spl_value_str(a), spl_value_str(b)));
            return holds(op, spl_str_cmp(spl_value_str(a), spl_value_str(b)));
        }
    }
    double x, y;
    if (spl_value_number(a, &x) && spl_value_number(b, &y))
        return holds(op, compare_numbers(x, y, significance(a) || significance(b)));
    bool incomparable = false;
    int order = spl_compare_eval(a, b, &incomparable);
    return incomparable ? -1 : holds(op, order);
}

static spl_value compare(spl_node_op op, spl_value a, spl_value b)
{
    if (a.kind == SPL_KIND_NULL || b.kind == SPL_KIND_NULL) return SPL_NULL;
    if (a.kind != SPL_KIND_MULTI && b.kind != SPL_KIND_MULTI) {
        int truth = compare_single(op, a, b);
        return truth < 0 ? SPL_NULL : spl_bool(truth);
    }
    /* A multivalue satisfies a comparison if any of its values does. */
    for (uint32_t i = 0; i < spl_value_count(a); i++) {
        for (uint32_t j = 0; j < spl_value_count(b); j++) {
            if (compare_single(op, spl_value_at(a, i), spl_value_at(b, j)) == 1) return spl_bool(true);
        }
    }
    return spl_bool(false);
}

static spl_value logic(spl_node_op op, spl_value a, spl_value b)
{
    int left = spl_value_truth(a), right = spl_value_truth(b);
    bool both = left >= 0 && right >= 0;
    if (op == SPL_OP_XOR) return both ? spl_bool(left != right) : SPL_NULL;
    int deciding = op == SPL_OP_OR;
    if (left == deciding || right == deciding) return spl_bool(deciding);
    return both ? spl_bool(!deciding) : SPL_NULL;
}

static spl_value like(spl_eval *ev, spl_value a, spl_value b)
{
    if (b.kind != SPL_KIND_TEXT && b.kind != SPL_KIND_NUMBER) return SPL_NULL;
    if (a.kind == SPL_KIND_NULL || a.kind == SPL_KIND_BOOL) return SPL_NULL;
    spl_like *pattern = spl_like_compile(ev->arena, single_text(ev, b));
    for (uint32_t i = 0; i < spl_value_count(a); i++) {
        if (spl_like_match(pattern, single_text(ev, spl_value_at(a, i)))) return spl_bool(true);
    }
    return spl_bool(false);
}

spl_value spl_op_apply(spl_eval *ev, spl_node_op op, spl_value a, spl_value b)
{
    double x, y;

    switch (op) {
    case SPL_OP_AND:
    case SPL_OP_OR:
    case SPL_OP_XOR: return logic(op, a, b);
    case SPL_OP_NOT: return spl_value_truth(a) >= 0 ? spl_bool(!spl_value_truth(a)) : SPL_NULL;
    case SPL_OP_EQ:
    case SPL_OP_EQEQ:
    case SPL_OP_NE:
    case SPL_OP_LT:
    case SPL_OP_LE:
    case SPL_OP_GT:
    case SPL_OP_GE: return compare(op, a, b);
    case SPL_OP_LIKE: return like(ev, a, b);
    case SPL_OP_CONCAT: return concat(ev, a, b);
    case SPL_OP_ADD:
    case SPL_OP_ADD_OR_JOIN: return add(ev, a, b, op == SPL_OP_ADD_OR_JOIN);
    case SPL_OP_PLUS: return a;
    case SPL_OP_NEGATE:
        if (!spl_value_number(a, &x)) return SPL_NULL;
        if (a.kind != SPL_KIND_NUMBER) return spl_fn_number(-x, 0);
        if (x != 0) a.as.number = -x;
        return a;
    case SPL_OP_SUB:
    case SPL_OP_MUL:
    case SPL_OP_DIV:
    case SPL_OP_MOD:
        if (!spl_value_number(a, &x) || !spl_value_number(b, &y)) return nan_of(a, b);
        if (op == SPL_OP_SUB) return additive(x - y, a, b);
        if (op == SPL_OP_MUL) return multiplicative(x * y, a, b);
        if (y == 0) return SPL_NULL;
        return op == SPL_OP_DIV ? multiplicative(x / y, a, b) : additive(fmod(x, y), a, b);
    case SPL_OP_NONE:
    case SPL_OP_TERM:
    case SPL_OP_CASE:
    case SPL_OP_PREFIX: break;
    }
    return SPL_NULL;
}
