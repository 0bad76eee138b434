/* fn_bit.c -- bitwise functions over whole numbers from 0 to 2^53-1; anything else gives null. Search Reference,
 * "Bitwise functions". */
#include "expr/expr.h"

#include <math.h>

#define BITS 53
#define MASK ((UINT64_C(1) << BITS) - 1)

static bool bits_of(const spl_value *argv, int i, uint64_t *bits)
{
    double x;
    if (!spl_arg_number(argv, i, &x) || !(x >= 0) || x > (double)MASK || x != floor(x)) return false;
    *bits = (uint64_t)x;
    return true;
}

static spl_value combine(const spl_value *argv, int argc, char op)
{
    uint64_t result = 0, bits;
    for (int i = 0; i < argc; i++) {
        if (!bits_of(argv, i, &bits)) return SPL_NULL;
        result = i == 0 ? bits : op == '&' ? result & bits : op == '|' ? result | bits : result ^ bits;
    }
    return spl_number((double)result);
}

#define BIT .family = "bitwise", .args = "n", .returns = SPL_TYPE_NUMBER

SPL_FUNCTION(bit_and, BIT, .signature = "bit_and(<number>,<number>,…)", .summary = "The bits that all numbers have.",
             .example = "bit_and(15,13,6)", .result = "4", .min_args = 2, .max_args = -1)
{
    return combine(argv, argc, '&');
}

SPL_FUNCTION(bit_or, BIT, .signature = "bit_or(<number>,<number>,…)",
             .summary = "The bits that any of the numbers has.", .example = "bit_or(1,2,4)", .result = "7",
             .min_args = 2, .max_args = -1)
{
    return combine(argv, argc, '|');
}

SPL_FUNCTION(bit_xor, BIT, .signature = "bit_xor(<number>,<number>,…)",
             .summary = "The bits that an odd count of the numbers has.", .example = "bit_xor(7,1,2)", .result = "4",
             .min_args = 2, .max_args = -1)
{
    return combine(argv, argc, '^');
}

SPL_FUNCTION(bit_not, BIT, .signature = "bit_not(<number>[,<mask>])",
             .summary = "The bits of the mask, all 53 where none is given, that the number does not have.",
             .example = "bit_not(9,15)", .result = "6", .min_args = 1, .max_args = 2)
{
    uint64_t bits, mask = MASK;
    if (!bits_of(argv, 0, &bits) || (argc > 1 && !bits_of(argv, 1, &mask))) return SPL_NULL;
    return spl_number((double)(~bits & mask));
}

SPL_FUNCTION(bit_shift_left, BIT, .signature = "bit_shift_left(<number>,<count>)",
             .summary = "The number's bits moved up; those beyond the 53rd are lost.", .example = "bit_shift_left(3,2)",
             .result = "12", .min_args = 2, .max_args = 2)
{
    uint64_t bits, count;
    if (!bits_of(argv, 0, &bits) || !bits_of(argv, 1, &count)) return SPL_NULL;
    return spl_number(count >= BITS ? 0 : (double)((bits << count) & MASK));
}

SPL_FUNCTION(bit_shift_right, BIT, .signature = "bit_shift_right(<number>,<count>)",
             .summary = "The number's bits moved down.", .example = "bit_shift_right(12,2)", .result = "3",
             .min_args = 2, .max_args = 2)
{
    uint64_t bits, count;
    if (!bits_of(argv, 0, &bits) || !bits_of(argv, 1, &count)) return SPL_NULL;
    return spl_number(count >= BITS ? 0 : (double)(bits >> count));
}
