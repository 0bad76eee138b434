/* fn_math.c -- mathematical functions. Search Reference, "Mathematical functions".
 *
 * A result shows as many significant digits as the decimal literals it is computed from (docs/SEMANTICS.md, "Numbers").
 */
#include "exec/bind.h"
#include "expr/expr.h"

#include <math.h>

/* The same for a whole result, which is exact. */
static spl_value whole(const spl_value *argv, double (*fn)(double))
{
    double x;
    return spl_arg_number(argv, 0, &x) ? spl_fn_number(fn(x), 0) : SPL_NULL;
}

SPL_FUNCTION(abs, .family = "math", .signature = "abs(<number>)", .summary = "The absolute value.",
             .example = "abs(-7)", .result = "7", .min_args = 1, .max_args = 1, .args = "n", .returns = SPL_TYPE_NUMBER)
{
    return spl_fn_of_number(argv, fabs);
}

static const char *const ceiling_names[] = {"ceil", NULL};
SPL_FUNCTION(ceiling, .aliases = ceiling_names, .family = "math", .signature = "ceiling(<number>)",
             .summary = "The next whole number upwards.", .example = "ceiling(1.1)", .result = "2", .min_args = 1,
             .max_args = 1, .args = "n", .returns = SPL_TYPE_NUMBER)
{
    return whole(argv, ceil);
}

SPL_FUNCTION(floor, .family = "math", .signature = "floor(<number>)", .summary = "The next whole number downwards.",
             .example = "floor(-1.5)", .result = "-2", .min_args = 1, .max_args = 1, .args = "n",
             .returns = SPL_TYPE_NUMBER)
{
    return whole(argv, floor);
}

SPL_FUNCTION(exact, .family = "math", .signature = "exact(<number>)",
             .summary = "The number with all its digits, whatever its literals had.", .example = "exact(8.250*0.2)",
             .result = "1.6500000000000001", .min_args = 1, .max_args = 1, .args = "n", .returns = SPL_TYPE_NUMBER)
{
    double x;
    return spl_arg_number(argv, 0, &x) ? spl_fn_number(x, 0) : SPL_NULL;
}

SPL_FUNCTION(sigfig, .family = "math", .signature = "sigfig(<number>)",
             .summary = "The number rounded to the significant digits of its literals, whole digits too.",
             .example = "sigfig(1.00*1111)", .result = "1110", .min_args = 1, .max_args = 1, .args = "n",
             .returns = SPL_TYPE_NUMBER)
{
    double x;
    if (!spl_arg_number(argv, 0, &x)) return SPL_NULL;
    unsigned digits = spl_arg_digits(argv, 1);
    if (!digits || x == 0) return spl_fn_number(x, 0);
    int before = (int)floor(log10(fabs(x))) + 1;
    return spl_fn_number(spl_round_decimal(x, (int)digits - before), 0);
}

SPL_FUNCTION(exp, .family = "math", .signature = "exp(<number>)", .summary = "e to the power of the number.",
             .example = "exp(0)", .result = "1", .min_args = 1, .max_args = 1, .args = "n", .returns = SPL_TYPE_NUMBER)
{
    return spl_fn_of_number(argv, exp);
}

SPL_FUNCTION(ln, .family = "math", .signature = "ln(<number>)", .summary = "The natural logarithm.", .example = "ln(1)",
             .result = "0", .min_args = 1, .max_args = 1, .args = "n", .returns = SPL_TYPE_NUMBER)
{
    return spl_fn_of_number(argv, log);
}

SPL_FUNCTION(log, .family = "math", .signature = "log(<number>[,<base>])",
             .summary = "The logarithm to the base, 10 where none is given.", .example = "log(8,2)", .result = "3",
             .min_args = 1, .max_args = 2, .args = "n", .returns = SPL_TYPE_NUMBER)
{
    double x, base = 10;
    if (!spl_arg_number(argv, 0, &x) || (argc > 1 && !spl_arg_number(argv, 1, &base))) return SPL_NULL;
    if (base <= 0 || base == 1) return SPL_NULL;
    double result = base == 10 ? log10(x) : base == 2 ? log2(x) : log(x) / log(base);
    return spl_fn_number(result, spl_arg_digits(argv, 1)); /* the base is no measurement */
}

SPL_FUNCTION(pi, .family = "math", .signature = "pi()", .summary = "The number pi.", .example = "round(pi(),4)",
             .result = "3.1416", .min_args = 0, .max_args = 0, .returns = SPL_TYPE_NUMBER)
{
    return spl_number(M_PI);
}

SPL_FUNCTION(pow, .family = "math", .signature = "pow(<number>,<exponent>)",
             .summary = "The number to the power of the exponent.", .example = "pow(2,10)", .result = "1024",
             .min_args = 2, .max_args = 2, .args = "n", .returns = SPL_TYPE_NUMBER)
{
    double x, y;
    if (!spl_arg_number(argv, 0, &x) || !spl_arg_number(argv, 1, &y)) return SPL_NULL;
    return spl_fn_number(pow(x, y), spl_arg_digits(argv, 1));
}

static bool bind_round(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *places = argc > 1 ? spl_expr_constant(args[1]) : NULL;
    double x;
    (void)call;
    *data = NULL;
    if (!places || !spl_value_number(*places, &x) || x >= 0) return true;
    return spl_bad_argument(binder, spl_expr_node(args[1])->span, "round() takes a number of decimals from 0, not %g",
                            x);
}

SPL_FUNCTION(round, .family = "math", .signature = "round(<number>[,<decimals>])",
             .summary = "The number rounded to so many decimals, 0 where none are given; halves go up.",
             .example = "round(2.555,2)", .result = "2.56", .min_args = 1, .max_args = 2, .args = "n",
             .returns = SPL_TYPE_NUMBER, .bind = bind_round, .wrong = "round(1,-1)")
{
    double x, places = 0;
    if (!spl_arg_number(argv, 0, &x) || (argc > 1 && !spl_arg_number(argv, 1, &places)) || places < 0) return SPL_NULL;
    x = spl_round_decimal(x, places > 300 ? 300 : (int)places);
    if (!isfinite(x) || places < 1 || places > 15) return spl_fn_number(x, 0);
    int digits = (int)places + (x == 0 ? 1 : (int)floor(log10(fabs(x))) + 1), own = (int)spl_arg_digits(argv, 1);
    if (digits < 1 || digits > 15) return spl_fn_number(x, 0); /* more than every double has */
    if (own && own < digits) digits = own;
    return x == 0 ? spl_number_digits(0, (unsigned)digits) : spl_fn_number(x, (unsigned)digits);
}

SPL_FUNCTION(sqrt, .family = "math", .signature = "sqrt(<number>)",
             .summary = "The square root; nan where the number is negative.", .example = "sqrt(9)", .result = "3",
             .min_args = 1, .max_args = 1, .args = "n", .returns = SPL_TYPE_NUMBER)
{
    return spl_fn_of_number(argv, sqrt);
}
