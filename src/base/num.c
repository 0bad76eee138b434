/* num.c -- numbers from and to text, exact both ways, whatever the locale.
 *
 * Reading: up to 19 digits and a power of ten that is itself a double give the result by one exact operation (Clinger);
 * all else goes to the C library under the C locale, which newlocale() hands out without making anything.
 * Writing: most doubles that occur are integers, or integers divided by a small power of ten, which is tried first; all
 * else is the shortest of 15, 16 and 17 digits that reads back. The C library's digits are picked out of its output one
 * by one, so that the process's decimal point does not matter. */
#include "base/num.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The double nearest to DIGITS (decimal, at most 800, STICKY if more than zeros were cut off) times ten to EXPONENT. */
static double read_slowly(const char *digits, size_t count, bool sticky, long exponent)
{
    char text[840];
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double number;

    memcpy(text, digits, count);
    if (sticky) text[count++] = '1', exponent--;
    snprintf(text + count, sizeof text - count, "e%ld", exponent);
    number = strtod_l(text, NULL, c);
    freelocale(c);
    return number;
}

bool spl_num_parse(spl_str text, double *number)
{
    const char *at, *end;
    char kept[800];
    size_t n_kept = 0;
    uint64_t mantissa = 0;
    unsigned significant = 0;
    long exponent = 0;
    bool negative = false, any = false, sticky = false;
    double value;

    text = spl_str_trim(text);
    at = text.data, end = text.data + text.len;
    if (at < end && (*at == '-' || *at == '+')) negative = *at++ == '-';
    const char *first = at;
    for (int fraction = 0;; fraction++) {
        for (; at < end && spl_is_digit(*at); at++) {
            any = true;
            if (significant || *at != '0') {
                if (significant++ < 19)
                    mantissa = mantissa * 10 + (uint64_t)(*at - '0');
                else if (significant > sizeof kept) {
                    sticky |= *at != '0';
                    exponent++;
                }
            }
            exponent -= fraction;
        }
        if (fraction || at == end || *at != '.') break;
        at++;
    }
    if (!any) return false;
    const char *after = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        bool down = false;
        long given = 0;
        at++;
        if (at < end && (*at == '-' || *at == '+')) down = *at++ == '-';
        if (at == end) return false;
        for (; at < end && spl_is_digit(*at); at++)
            if (given < 100000000) given = given * 10 + (*at - '0');
        exponent += down ? -given : given;
    }
    if (at != end) return false;
    if (mantissa == 0) {
        value = 0;
    } else if (significant <= 19 && mantissa <= UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22) {
        value = exponent < 0 ? (double)mantissa / powers[-exponent] : (double)mantissa * powers[exponent];
    } else if (significant <= 19 && exponent == 0) {
        value = (double)mantissa;
    } else {
        bool leading = true;
        for (const char *c = first; c < after && n_kept < sizeof kept; c++) {
            if (*c == '.' || (leading && *c == '0')) continue;
            leading = false;
            kept[n_kept++] = *c;
        }
        if (exponent > 100000) exponent = 100000; /* far beyond the range either way */
        if (exponent < -100000) exponent = -100000;
        value = read_slowly(kept, n_kept, sticky, exponent);
        if (!isfinite(value)) return false;
    }
    *number = negative ? -value : value;
    return true;
}

unsigned spl_num_digits(spl_str literal)
{
    unsigned digits = 0;
    bool point = false;

    for (size_t i = 0; i < literal.len; i++) {
        char c = literal.data[i];
        if (c == '.')
            point = true;
        else if (spl_is_digit(c))
            digits += digits || c != '0';
        else if (c == 'e' || c == 'E')
            break;
    }
    return point ? (digits < 255 ? digits : 255) : 0;
}

bool spl_num_int(spl_str text, int64_t *number)
{
    size_t i = 0;
    bool negative = false;
    uint64_t value = 0;

    if (text.len && (text.data[0] == '-' || text.data[0] == '+')) negative = text.data[i++] == '-';
    if (i == text.len) return false;
    for (; i < text.len; i++) {
        if (!spl_is_digit(text.data[i])) return false;
        if (__builtin_mul_overflow(value, UINT64_C(10), &value)) return false;
        if (__builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value)) return false;
    }
    if (value > (uint64_t)INT64_MAX + negative) return false;
    *number = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static size_t put_integer(char *out, uint64_t value)
{
    char digits[20];
    size_t n = 0;

    do digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    for (size_t i = 0; i < n; i++) out[i] = digits[n - 1 - i];
    return n;
}

static size_t without_zeros(const char *digits, size_t n)
{
    while (n > 1 && digits[n - 1] == '0') n--;
    return n;
}

/* DIGITS, the point after the first of them, times ten to EXPONENT. */
static size_t put_digits(char *out, const char *digits, size_t n, int exponent)
{
    size_t at = 0;

    if (exponent < -7 || exponent > 20) {
        unsigned size = exponent < 0 ? (unsigned)-exponent : (unsigned)exponent;
        out[at++] = digits[0];
        if (n > 1) {
            out[at++] = '.';
            memcpy(out + at, digits + 1, n - 1);
            at += n - 1;
        }
        out[at++] = 'e';
        out[at++] = exponent < 0 ? '-' : '+';
        if (size < 10) out[at++] = '0';
        return at + put_integer(out + at, size);
    }
    if (exponent < 0) {
        out[at++] = '0';
        out[at++] = '.';
        for (int i = -1; i > exponent; i--) out[at++] = '0';
        memcpy(out + at, digits, n);
        return at + n;
    }
    for (size_t i = 0; i < n || i <= (size_t)exponent; i++) {
        if (i == (size_t)exponent + 1) out[at++] = '.';
        out[at++] = i < n ? digits[i] : '0';
    }
    return at;
}

/* The first PRECISION digits of a positive number, rounded; the power of ten of the first in *EXPONENT. */
static size_t take_digits(double number, int precision, char digits[32], int *exponent)
{
    char text[64];
    size_t n = 0;
    const char *at = text;
    int power = 0;
    bool down;

    snprintf(text, sizeof text, "%.*e", precision - 1, number);
    for (; *at && *at != 'e'; at++)
        if (spl_is_digit(*at)) digits[n++] = *at;
    if (*at == 'e') at++;
    down = *at == '-';
    for (; *at; at++)
        if (spl_is_digit(*at)) power = power * 10 + (*at - '0');
    *exponent = down ? -power : power;
    return n;
}

/* Rounds N digits to KEEP as one does on paper: 1.65, which as a double lies below, becomes 1.7. */
static size_t round_digits(char digits[32], size_t n, size_t keep, int *exponent)
{
    size_t at = keep;

    if (n <= keep) return n;
    if (digits[keep] >= '5') {
        while (at && digits[at - 1] == '9') digits[--at] = '0';
        if (at) {
            digits[at - 1]++;
        } else {
            digits[0] = '1'; /* 99 became 100 */
            ++*exponent;
        }
    }
    return keep;
}

size_t spl_num_write(char *out, double number, unsigned digits)
{
    char text[32] = "";
    size_t sign = 0, n = 0;
    int exponent = 0;

    if (isnan(number)) return memcpy(out, "nan", 3), 3;
    if (signbit(number)) number = -number, sign = number != 0; /* minus zero is shown as 0 */
    if (sign) *out++ = '-';
    if (isinf(number)) return memcpy(out, "inf", 3), sign + 3;
    if (digits > 17) digits = 0; /* more than a double has */
    if (digits && number == 0) { /* one of them stands before the point */
        memcpy(out, "0.0000000000000000", digits + 1);
        return digits > 1 ? digits + 1 : 1;
    }
    if (digits) {
        n = take_digits(number, digits < 15 ? 15 : (int)digits, text, &exponent);
        n = round_digits(text, n, digits, &exponent);
        return sign + put_digits(out, text, n, exponent);
    }
    if (number < 18446744073709551616.0 && number == floor(number)) return sign + put_integer(out, (uint64_t)number);
    if (number < 1e15 && number > 1e-7) { /* an integer divided by a power of ten? */
        for (int decimals = 1; decimals <= 15; decimals++) {
            double scaled = number * powers[decimals];
            double whole = nearbyint(scaled);
            if (whole > 9007199254740992.0) break;
            if (whole / powers[decimals] == number) {
                size_t left = put_integer(text, (uint64_t)whole);
                return sign + put_digits(out, text, without_zeros(text, left), (int)left - 1 - decimals);
            }
        }
    }
    /* Between 1 and 1e15 fifteen digits would have been found above. */
    for (int precision = number < DBL_MIN ? 1 : number >= 1 && number < 1e15 ? 16 : 15; precision <= 17; precision++) {
        n = take_digits(number, precision, text, &exponent);
        if (precision == 17 || read_slowly(text, n, false, exponent - (long)n + 1) == number) break;
    }
    return sign + put_digits(out, text, without_zeros(text, n), exponent);
}

spl_str spl_num_text(spl_arena *arena, double number, unsigned digits)
{
    char text[SPL_NUM_MAX];
    size_t len = spl_num_write(text, number, digits);

    return spl_str_copy(arena, spl_str_cut(text, len));
}
