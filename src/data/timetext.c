/* timetext.c -- numbers and names in texts of times. */
#include "data/timetext.h"

const char *const spl_month_names[] = {"January", "February", "March",     "April",   "May",      "June",
                                       "July",    "August",   "September", "October", "November", "December"};
const char *const spl_day_names[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

bool spl_scan_number(spl_str text, size_t *at, int max_digits, int64_t *value)
{
    int digits = 0;

    while (*at < text.len && spl_is_space(text.data[*at])) ++*at;
    *value = 0;
    while (*at < text.len && digits < max_digits && spl_is_digit(text.data[*at])) {
        *value = *value * 10 + (text.data[(*at)++] - '0');
        digits++;
    }
    return digits > 0;
}

/* Three letters as one number, case aside. */
#define LETTERS(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

bool spl_scan_name(spl_str text, size_t *at, bool month, int *value)
{
    const char *p = text.data + *at;
    spl_str name;
    int i;

    if (*at + 3 > text.len || !spl_is_alpha(p[0]) || !spl_is_alpha(p[1]) || !spl_is_alpha(p[2])) return false;
    switch (LETTERS(p[0] | 0x20, p[1] | 0x20, p[2] | 0x20)) {
    case LETTERS('j', 'a', 'n'): i = 0; break;
    case LETTERS('f', 'e', 'b'): i = 1; break;
    case LETTERS('m', 'a', 'r'): i = 2; break;
    case LETTERS('a', 'p', 'r'): i = 3; break;
    case LETTERS('m', 'a', 'y'): i = 4; break;
    case LETTERS('j', 'u', 'n'): i = 5; break;
    case LETTERS('j', 'u', 'l'): i = 6; break;
    case LETTERS('a', 'u', 'g'): i = 7; break;
    case LETTERS('s', 'e', 'p'): i = 8; break;
    case LETTERS('o', 'c', 't'): i = 9; break;
    case LETTERS('n', 'o', 'v'): i = 10; break;
    case LETTERS('d', 'e', 'c'): i = 11; break;
    case LETTERS('s', 'u', 'n'): i = 12; break;
    case LETTERS('m', 'o', 'n'): i = 13; break;
    case LETTERS('t', 'u', 'e'): i = 14; break;
    case LETTERS('w', 'e', 'd'): i = 15; break;
    case LETTERS('t', 'h', 'u'): i = 16; break;
    case LETTERS('f', 'r', 'i'): i = 17; break;
    case LETTERS('s', 'a', 't'): i = 18; break;
    default: return false;
    }
    if (month != (i < 12)) return false;
    name = spl_str_of(month ? spl_month_names[i] : spl_day_names[i - 12]);
    if (spl_str_ieq(spl_str_sub(text, *at, *at + name.len), name))
        *at += name.len;
    else if (i == 8 && spl_str_iis(spl_str_sub(text, *at, *at + 4), "sept"))
        *at += 4;
    else
        *at += 3;
    *value = month ? i : i - 12;
    return true;
}
