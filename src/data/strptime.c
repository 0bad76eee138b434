/* strptime.c -- times from text by a format. */
#include "data/timefmt.h"
#include "data/timetext.h"

typedef struct parsed {
    int64_t year;
    int month, day, yearday, hour, minute, second, pm;
    double fraction;
    int32_t offset;
    double epoch;
    bool has_year, has_month, has_day, has_yearday, has_time, has_hour, has_pm, has_offset, has_epoch, has_second,
        has_century;
} parsed;

static bool scan_within(spl_str text, size_t *at, int max_digits, int low, int high, int *value)
{
    int64_t wide;

    if (!spl_scan_number(text, at, max_digits, &wide) || wide < low || wide > high) return false;
    *value = (int)wide;
    return true;
}

/* %N, %3N, %Q or %f stands at I: where its letter is, else 0. */
static size_t subseconds(spl_str format, size_t i)
{
    if (i >= format.len || format.data[i++] != '%') return 0;
    while (i < format.len && spl_is_digit(format.data[i])) i++;
    return i < format.len && memchr("NQf", format.data[i], 3) ? i : 0;
}

static bool scan_time(const spl_zone *zone, spl_str text, size_t *at, spl_str format, parsed *p)
{
    for (size_t i = 0; i < format.len; i++) {
        char c = format.data[i];
        int value;
        int64_t wide;
        if (spl_is_space(c)) {
            while (*at < text.len && spl_is_space(text.data[*at])) ++*at;
            continue;
        }
        if (c != '%' || i + 1 == format.len) {
            if (*at < text.len && text.data[*at] == c)
                ++*at;
            else if ((c == '.' || c == ',') && subseconds(format, i + 1)) /* a text need not have them */
                i = subseconds(format, i + 1);
            else
                return false;
            continue;
        }
        i++;
        if (format.data[i] == '-' && i + 1 < format.len) i++;
        if (format.data[i] == '.' && i + 1 < format.len && spl_is_digit(format.data[i + 1])) i++;
        if (spl_is_digit(format.data[i]) && i + 1 < format.len) i++; /* as many digits as there are */
        while (format.data[i] == ':' && i + 1 < format.len) i++;
        if (format.data[i] == 'E' && i + 1 < format.len && format.data[i + 1] == 'z') {
            bool minus = *at < text.len && text.data[*at] == '-';
            if (*at < text.len && (minus || text.data[*at] == '+')) ++*at;
            if (!spl_scan_number(text, at, 4, &wide)) return false;
            p->offset = (int32_t)(minus ? -wide : wide) * 60;
            p->has_offset = true;
            i++;
            continue;
        }
        switch (format.data[i] == 'l' && p->has_second ? 'N' : format.data[i]) { /* behind seconds, %l is log4j's */
        case 'a':
        case 'A':
            if (!spl_scan_name(text, at, false, &value)) return false;
            break;
        case 'b':
        case 'B':
        case 'h':
            if (!spl_scan_name(text, at, true, &value)) return false;
            p->month = value + 1;
            p->has_month = true;
            break;
        case 'c':
            if (!scan_time(zone, text, at, SPL_S("%a %b %d %H:%M:%S %Y"), p)) return false;
            break;
        case '+':
            if (!scan_time(zone, text, at, SPL_S("%a %b %d %H:%M:%S %Z %Y"), p)) return false;
            break;
        case 'd':
        case 'e':
            if (!scan_within(text, at, 2, 1, 31, &p->day)) return false;
            p->has_day = true;
            break;
        case 'D':
            if (!scan_time(zone, text, at, SPL_S("%m/%d/%y"), p)) return false;
            break;
        case 'F':
            if (!scan_time(zone, text, at, SPL_S("%Y-%m-%d"), p)) return false;
            break;
        case 'H':
        case 'k':
            if (!scan_within(text, at, 2, 0, 23, &p->hour)) return false;
            p->has_time = true;
            break;
        case 'I':
        case 'l':
            if (!scan_within(text, at, 2, 1, 12, &p->hour)) return false;
            p->has_time = p->has_hour = true;
            break;
        case 'j':
            if (!scan_within(text, at, 3, 1, 366, &p->yearday)) return false;
            p->has_yearday = true;
            break;
        case 'm':
            if (!scan_within(text, at, 2, 1, 12, &p->month)) return false;
            p->has_month = true;
            break;
        case 'M':
            if (!scan_within(text, at, 2, 0, 59, &p->minute)) return false;
            p->has_time = true;
            break;
        case 'N':
        case 'Q':
        case 'f': {
            double scale = 1;
            int digits = 0;
            p->fraction = 0;
            for (; *at < text.len && spl_is_digit(text.data[*at]); ++*at, digits++) {
                if (digits >= 9) continue; /* finer than can be told */
                p->fraction = p->fraction * 10 + (text.data[*at] - '0');
                scale *= 10;
            }
            if (!digits) return false;
            p->fraction /= scale;
            break;
        }
        case 'p':
        case 'P': {
            spl_str two = spl_str_sub(text, *at, *at + 2);
            if (!spl_str_iis(two, "am") && !spl_str_iis(two, "pm")) return false;
            p->pm = spl_ascii_lower(two.data[0]) == 'p';
            p->has_pm = true;
            *at += 2;
            break;
        }
        case 'r':
            if (!scan_time(zone, text, at, SPL_S("%I:%M:%S %p"), p)) return false;
            break;
        case 'R':
            if (!scan_time(zone, text, at, SPL_S("%H:%M"), p)) return false;
            break;
        case 's': {
            bool minus = *at < text.len && text.data[*at] == '-';
            *at += minus;
            if (!spl_scan_number(text, at, subseconds(format, i + 1) ? 10 : 15 /* %s%3N */, &wide)) return false;
            p->epoch = (double)(minus ? -wide : wide);
            p->has_epoch = p->has_second = true;
            break;
        }
        case 'S':
            if (!scan_within(text, at, 2, 0, 60, &p->second)) return false;
            p->has_time = p->has_second = true;
            break;
        case 'T':
        case 'X':
            if (!scan_time(zone, text, at, SPL_S("%H:%M:%S"), p)) return false;
            break;
        case 'v': /* BSD's date */
            if (!scan_time(zone, text, at, SPL_S("%e-%b-%Y"), p)) return false;
            break;
        case 'x':
            if (!scan_time(zone, text, at, SPL_S("%m/%d/%Y"), p)) return false;
            break;
        case 'u':
        case 'w':
            if (!scan_within(text, at, 1, 0, 7, &value)) return false;
            break;
        case 'U':
        case 'V':
        case 'W':
            if (!scan_within(text, at, 2, 0, 53, &value)) return false;
            break;
        case 'g':
            if (!scan_within(text, at, 2, 0, 99, &value)) return false;
            break;
        case 'G':
            if (!scan_within(text, at, 4, 0, 9999, &value)) return false;
            break;
        case 'y':
            if (!scan_within(text, at, 2, 0, 99, &value)) return false;
            p->year = p->has_century ? p->year / 100 * 100 + value : value < 69 ? 2000 + value : 1900 + value;
            p->has_year = true;
            break;
        case 'C':
            if (!scan_within(text, at, 2, 0, 99, &value)) return false;
            p->year = value * 100 + (p->has_year ? p->year % 100 : 0);
            p->has_year = p->has_century = true;
            break;
        case 'o': /* AIX */
        case 'Y':
            if (!scan_within(text, at, 4, 0, 9999, &value)) return false;
            p->year = value;
            p->has_year = true;
            break;
        case 'z':
            while (*at < text.len && text.data[*at] == ' ') ++*at;
            if (!spl_scan_offset(text, at, &p->offset)) return false;
            p->has_offset = true;
            break;
        case 'Z':
            if (!spl_scan_offset(text, at, &p->offset) && !spl_scan_abbreviation(zone, text, at, &p->offset))
                return false;
            p->has_offset = true;
            break;
        case 'n':
        case 't':
            while (*at < text.len && spl_is_space(text.data[*at])) ++*at;
            break;
        case '%':
            if (*at >= text.len || text.data[*at] != '%') return false;
            ++*at;
            break;
        default: return false;
        }
    }
    return true;
}

/* What was parsed as a time; a date without a year is of YEAR. */
static bool stamp_of(const spl_zone *zone, const parsed *p, const spl_civil *today, int64_t year, spl_stamp *stamp)
{
    spl_civil civil = {.year = p->has_year ? p->year : year};

    if (p->has_yearday) {
        civil.month = 1;
        civil.day = p->yearday;
    } else if (p->has_month && p->has_day) {
        civil.month = p->month;
        civil.day = p->day;
        if (p->day > spl_days_in_month(civil.year, p->month)) return false;
    } else if (!p->has_year && !p->has_month && !p->has_day && p->has_time) {
        civil.month = today->month;
        civil.day = today->day;
    } else {
        return false; /* no day */
    }
    civil.hour = p->hour;
    if (p->has_pm && p->hour <= 12) civil.hour = p->hour % 12 + (p->pm ? 12 : 0);
    civil.minute = p->minute;
    civil.second = p->second;
    stamp->zoned = p->has_offset;
    stamp->offset =
        p->has_offset ? p->offset : (int32_t)(spl_civil_local(&civil) - spl_zone_to_utc(zone, spl_civil_local(&civil)));
    stamp->epoch = (double)(spl_civil_local(&civil) - stamp->offset) + p->fraction;
    return true;
}

/* PAST: a date without a year is the last such day, two days of skew allowed; else it is this year's. A time of day
 * alone is of DAY. */
static bool parse_time(const spl_zone *zone, spl_str text, spl_str format, double now, double day, bool past,
                       spl_stamp *stamp)
{
    parsed p = {0};
    size_t at = 0;
    spl_civil today;

    if (!scan_time(zone, text, &at, format, &p)) return false;
    *stamp = (spl_stamp){.found = true, .begin = text.data, .end = text.data ? text.data + at : NULL};
    if (p.has_epoch) {
        stamp->epoch = p.epoch + (p.epoch < 0 ? -p.fraction : p.fraction);
        stamp->zoned = true;
        return true;
    }
    spl_civil_of(zone, p.has_year || p.has_month || p.has_day || p.has_yearday ? now : day, &today);
    if (!past || p.has_year || !(p.has_yearday || p.has_day)) return stamp_of(zone, &p, &today, today.year, stamp);
    for (int64_t year = today.year; year > today.year - 9; year--) /* a leap day may be so far back */
        if (stamp_of(zone, &p, &today, year, stamp) && stamp->epoch <= now + 2 * 86400) return true;
    return false;
}

bool spl_strptime(const spl_zone *zone, spl_str text, spl_str format, double now, double *epoch)
{
    spl_stamp stamp;

    if (!parse_time(zone, text, format, now, now, false, &stamp)) return false;
    *epoch = stamp.epoch;
    return true;
}

bool spl_strptime_stamp(const spl_zone *zone, spl_str text, spl_str format, double now, double day, spl_stamp *stamp)
{
    return parse_time(zone, text, format, now, day, true, stamp);
}
