/* num.h -- numbers from and to text, without the process's locale. */
#ifndef SPL_BASE_NUM_H
#define SPL_BASE_NUM_H

#include "base/buf.h"

/* TEXT as a whole is a decimal number: [+-]digits[.digits][e[+-]digits], spaces around allowed. No hex, no inf, no nan.
 * The nearest double. */
bool spl_num_parse(spl_str text, double *number);
/* Significant digits of a decimal literal: "8.250" is 4, "0.20" is 2, "0.50" 2, "10" is 0 (an integer is exact). */
unsigned spl_num_digits(spl_str literal);
/* A whole decimal integer in range, no spaces. */
bool spl_num_int(spl_str text, int64_t *number);
/* Writes NUMBER as SPL prints it: integers below 1e15 or so without a fraction, else the shortest text that reads back
 * as the same double; with DIGITS > 0 so many significant digits, zeros at the end among them. Returns the length;
 * SPL_NUM_MAX suffices.
 */
#define SPL_NUM_MAX 400
size_t spl_num_write(char *out, double number, unsigned digits);
spl_str spl_num_text(spl_arena *arena, double number, unsigned digits);

#endif
