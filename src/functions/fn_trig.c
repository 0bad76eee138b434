/* fn_trig.c -- trigonometric and hyperbolic functions. Search Reference, "Trig and Hyperbolic functions". Angles are in
 * radians. A result shows as many significant digits as its literals: atan(0.50) is 0.46.
 */
#include "expr/expr.h"

#include <math.h>

static spl_value of_two(const spl_value *argv, double (*fn)(double, double))
{
    double x, y;
    if (!spl_arg_number(argv, 0, &x) || !spl_arg_number(argv, 1, &y)) return SPL_NULL;
    return spl_fn_number(fn(x, y), spl_arg_digits(argv, 2));
}

#define TRIG .family = "trig", .min_args = 1, .max_args = 1, .args = "n", .returns = SPL_TYPE_NUMBER

SPL_FUNCTION(acos, TRIG, .signature = "acos(<number>)", .summary = "The arc cosine, from 0 to pi.",
             .example = "acos(1)", .result = "0")
{
    return spl_fn_of_number(argv, acos);
}

SPL_FUNCTION(acosh, TRIG, .signature = "acosh(<number>)", .summary = "The inverse hyperbolic cosine.",
             .example = "acosh(1)", .result = "0")
{
    return spl_fn_of_number(argv, acosh);
}

SPL_FUNCTION(asin, TRIG, .signature = "asin(<number>)", .summary = "The arc sine, from -pi/2 to pi/2.",
             .example = "asin(0)", .result = "0")
{
    return spl_fn_of_number(argv, asin);
}

SPL_FUNCTION(asinh, TRIG, .signature = "asinh(<number>)", .summary = "The inverse hyperbolic sine.",
             .example = "asinh(0)", .result = "0")
{
    return spl_fn_of_number(argv, asinh);
}

SPL_FUNCTION(atan, TRIG, .signature = "atan(<number>)", .summary = "The arc tangent, from -pi/2 to pi/2.",
             .example = "atan(0.50)", .result = "0.46")
{
    return spl_fn_of_number(argv, atan);
}

SPL_FUNCTION(atan2, .family = "trig", .min_args = 2, .max_args = 2, .args = "n", .returns = SPL_TYPE_NUMBER,
             .signature = "atan2(<y>,<x>)", .summary = "The angle of the point (x, y), from -pi to pi.",
             .example = "atan2(0.50,0.75)", .result = "0.59")
{
    return of_two(argv, atan2);
}

SPL_FUNCTION(atanh, TRIG, .signature = "atanh(<number>)", .summary = "The inverse hyperbolic tangent.",
             .example = "atanh(0)", .result = "0")
{
    return spl_fn_of_number(argv, atanh);
}

SPL_FUNCTION(cos, TRIG, .signature = "cos(<angle>)", .summary = "The cosine.", .example = "cos(0)", .result = "1")
{
    return spl_fn_of_number(argv, cos);
}

SPL_FUNCTION(cosh, TRIG, .signature = "cosh(<number>)", .summary = "The hyperbolic cosine.", .example = "cosh(0)",
             .result = "1")
{
    return spl_fn_of_number(argv, cosh);
}

SPL_FUNCTION(hypot, .family = "trig", .min_args = 2, .max_args = 2, .args = "n", .returns = SPL_TYPE_NUMBER,
             .signature = "hypot(<x>,<y>)", .summary = "The hypotenuse over two sides.", .example = "hypot(3,4)",
             .result = "5")
{
    return of_two(argv, hypot);
}

SPL_FUNCTION(sin, TRIG, .signature = "sin(<angle>)", .summary = "The sine.", .example = "sin(0)", .result = "0")
{
    return spl_fn_of_number(argv, sin);
}

SPL_FUNCTION(sinh, TRIG, .signature = "sinh(<number>)", .summary = "The hyperbolic sine.", .example = "sinh(0)",
             .result = "0")
{
    return spl_fn_of_number(argv, sinh);
}

SPL_FUNCTION(tan, TRIG, .signature = "tan(<angle>)", .summary = "The tangent.", .example = "tan(0)", .result = "0")
{
    return spl_fn_of_number(argv, tan);
}

SPL_FUNCTION(tanh, TRIG, .signature = "tanh(<number>)", .summary = "The hyperbolic tangent.", .example = "tanh(0)",
             .result = "0")
{
    return spl_fn_of_number(argv, tanh);
}
