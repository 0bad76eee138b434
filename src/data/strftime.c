/* strftime.c -- times as text. */
#include "data/timefmt.h"
#include "data/timetext.h"

static void put_number(spl_buf *out, int64_t value, int width, char pad)
{
    char digits[24];
    int n = 0;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do digits[n++] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0) spl_buf_char(out, '-');
    for (int i = n; i < width; i++) spl_buf_char(out, pad);
    while (n) spl_buf_char(out, digits[--n]);
}

static void put_offset(spl_buf *out, int32_t offset, int colons)
{
    int32_t size = offset < 0 ? -offset : offset;

    spl_buf_char(out, offset < 0 ? '-' : '+');
    put_number(out, size / 3600, 2, '0');
    if (colons == 3) return;
    if (colons) spl_buf_char(out, ':');
    put_number(out, size / 60 % 60, 2, '0');
    if (colons != 2) return;
    spl_buf_char(out, ':');
    put_number(out, size % 60, 2, '0');
}

/* The ISO week and the year that it belongs to. */
static int iso_week(const spl_civil *civil, int64_t *year)
{
    int weekday = (civil->weekday + 6) % 7; /* Monday is 0 */
    int week = (civil->yearday - weekday + 10) / 7;

    *year = civil->year;
    if (week < 1) {
        int length;
        --*year;
        length = spl_is_leap(*year) ? 366 : 365;
        return (civil->yearday + length - weekday + 10) / 7;
    }
    if (week == 53 && civil->yearday - weekday + 3 >= (spl_is_leap(civil->year) ? 366 : 365)) {
        ++*year;
        return 1;
    }
    return week;
}

static void put_subseconds(spl_buf *out, int32_t nanosecond, int digits)
{
    if (digits < 1) digits = 1;
    if (digits > 9) digits = 9;
    for (int i = 9; i > digits; i--) nanosecond /= 10;
    put_number(out, nanosecond, digits, '0');
}

static void put_time(spl_buf *out, const spl_civil *civil, spl_str format, double epoch)
{
    int64_t year;

    for (size_t i = 0; i < format.len; i++) {
        int digits = -1, colons = 0;
        size_t begin = i;
        char pad = '0';
        if (format.data[i] != '%' || i + 1 == format.len) {
            spl_buf_char(out, format.data[i]);
            continue;
        }
        i++;
        if (format.data[i] == '-' && i + 1 < format.len) pad = '\0', i++;
        if (format.data[i] == '.' && i + 1 < format.len && spl_is_digit(format.data[i + 1])) i++;
        if (spl_is_digit(format.data[i]) && i + 1 < format.len) digits = format.data[i++] - '0';
        while (format.data[i] == ':' && colons < 3 && i + 1 < format.len) colons++, i++;
        if (format.data[i] == 'E' && i + 1 < format.len && format.data[i + 1] == 'z') {
            put_number(out, civil->offset / 60, 1, '0');
            i++;
            continue;
        }
        int two = pad ? 2 : 1;
        switch (format.data[i]) {
        case 'a': spl_buf_add(out, spl_str_cut(spl_day_names[civil->weekday], 3)); break;
        case 'A': spl_buf_puts(out, spl_day_names[civil->weekday]); break;
        case 'b':
        case 'h': spl_buf_add(out, spl_str_cut(spl_month_names[civil->month - 1], 3)); break;
        case 'B': spl_buf_puts(out, spl_month_names[civil->month - 1]); break;
        case 'c': put_time(out, civil, SPL_S("%a %b %e %H:%M:%S %Y"), epoch); break;
        case '+': put_time(out, civil, SPL_S("%a %b %e %H:%M:%S %Z %Y"), epoch); break;
        case 'C': put_number(out, spl_floor_div(civil->year, 100), 2, '0'); break;
        case 'd': put_number(out, civil->day, two, '0'); break;
        case 'D': put_time(out, civil, SPL_S("%m/%d/%y"), epoch); break;
        case 'e': put_number(out, civil->day, two, ' '); break;
        case 'f': put_subseconds(out, civil->nanosecond, digits < 0 ? 6 : digits); break;
        case 'F': put_time(out, civil, SPL_S("%Y-%m-%d"), epoch); break;
        case 'g': iso_week(civil, &year), put_number(out, (year % 100 + 100) % 100, 2, '0'); break;
        case 'G': iso_week(civil, &year), put_number(out, year, 4, '0'); break;
        case 'H': put_number(out, civil->hour, two, '0'); break;
        case 'I': put_number(out, (civil->hour + 11) % 12 + 1, two, '0'); break;
        case 'j': put_number(out, civil->yearday + 1, pad ? 3 : 1, '0'); break;
        case 'k': put_number(out, civil->hour, two, ' '); break;
        case 'l': put_number(out, (civil->hour + 11) % 12 + 1, two, ' '); break;
        case 'm': put_number(out, civil->month, two, '0'); break;
        case 'M': put_number(out, civil->minute, two, '0'); break;
        case 'n': spl_buf_char(out, '\n'); break;
        case 'N': put_subseconds(out, civil->nanosecond, digits < 0 ? 9 : digits); break;
        case 'p': spl_buf_puts(out, civil->hour < 12 ? "AM" : "PM"); break;
        case 'P': spl_buf_puts(out, civil->hour < 12 ? "am" : "pm"); break;
        case 'Q': put_subseconds(out, civil->nanosecond, digits < 0 ? 3 : digits); break;
        case 'r': put_time(out, civil, SPL_S("%I:%M:%S %p"), epoch); break;
        case 'R': put_time(out, civil, SPL_S("%H:%M"), epoch); break;
        case 's': put_number(out, spl_civil_local(civil) - civil->offset, 1, '0'); break;
        case 'S': put_number(out, civil->second, two, '0'); break;
        case 't': spl_buf_char(out, '\t'); break;
        case 'T':
        case 'X': put_time(out, civil, SPL_S("%H:%M:%S"), epoch); break;
        case 'u': put_number(out, civil->weekday ? civil->weekday : 7, 1, '0'); break;
        case 'U': put_number(out, (civil->yearday + 7 - civil->weekday) / 7, two, '0'); break;
        case 'V': put_number(out, iso_week(civil, &year), two, '0'); break;
        case 'w': put_number(out, civil->weekday, 1, '0'); break;
        case 'W': put_number(out, (civil->yearday + 7 - (civil->weekday + 6) % 7) / 7, two, '0'); break;
        case 'x': put_time(out, civil, SPL_S("%m/%d/%Y"), epoch); break;
        case 'y': put_number(out, (civil->year % 100 + 100) % 100, two, '0'); break;
        case 'Y': put_number(out, civil->year, pad ? 4 : 1, '0'); break;
        case 'z': put_offset(out, civil->offset, colons); break;
        case 'Z': spl_buf_puts(out, civil->abbreviation); break;
        case '%': spl_buf_char(out, '%'); break;
        default: /* no variable: as it stands */ spl_buf_add(out, spl_str_sub(format, begin, i + 1)); break;
        }
    }
}

void spl_strftime(spl_buf *out, const spl_zone *zone, double epoch, spl_str format)
{
    spl_civil civil;

    spl_civil_of(zone, epoch, &civil);
    put_time(out, &civil, format, epoch);
}
