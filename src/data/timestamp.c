/* timestamp.c -- finding the time stamp of an event.
 *
 * The text is walked to the places where a time stamp can begin: a digit that no digit or letter precedes, or the name
 * of a month or weekday. There the forms are tried. The first date with a time of day wins; a date alone counts only if
 * there is none, and so do epoch seconds that are not at the very begin, for they may be any number. Nothing is
 * remembered from event to event but the zone's offset for the last quarter of an hour, so the result does not depend
 * on how the input is divided. */
#include "data/timefmt.h"
#include "data/timetext.h"

#include <math.h>

struct spl_clock {
    const spl_zone *zone;
    double now, day; /* DAY: of times of day; NaN: there is none */
    int64_t year;    /* of NOW */
    int64_t quarter; /* local seconds / 900 whose offset is known */
    int32_t offset;
    spl_stamp last;
};

typedef struct stamp {
    int64_t year;
    int month, day, hour, minute, second;
    uint64_t fraction, scale; /* fraction / scale */
    int32_t offset;
    int64_t epoch;
    bool has_year, has_time, has_offset, has_epoch;
} stamp;

spl_clock *spl_clock_new(spl_arena *arena, const spl_zone *zone, double now)
{
    spl_clock *clock = SPL_NEW(arena, spl_clock);
    spl_civil today;

    clock->zone = zone;
    clock->now = now;
    clock->day = NAN;
    clock->quarter = INT64_MIN;
    spl_civil_of(zone, now, &today);
    clock->year = today.year;
    return clock;
}

const spl_zone *spl_clock_zone(const spl_clock *clock)
{
    return clock->zone;
}

spl_stamp *spl_clock_stamp(spl_clock *clock)
{
    return &clock->last;
}

/* A cursor that ends in a byte no form knows. */
typedef struct cursor {
    const char *at, *end;
} cursor;

static char peek(const cursor *c)
{
    return c->at < c->end ? *c->at : '\0';
}

static char peek_at(const cursor *c, ptrdiff_t i)
{
    return c->end - c->at > i ? c->at[i] : '\0';
}

/* One or two digits within [LOW, HIGH]. */
static bool take_two(cursor *c, int low, int high, int *value)
{
    int number;

    if (!spl_is_digit(peek(c))) return false;
    number = *c->at++ - '0';
    if (spl_is_digit(peek(c))) number = number * 10 + (*c->at++ - '0');
    *value = number;
    return number >= low && number <= high;
}

static int digits_ahead(const cursor *c, int most)
{
    int n = 0;

    while (n < most && c->at + n < c->end && spl_is_digit(c->at[n])) n++;
    return n;
}

static int64_t take_digits(cursor *c, int count)
{
    int64_t value = 0;

    while (count-- > 0) value = value * 10 + (*c->at++ - '0');
    return value;
}

static void take_fraction(cursor *c, stamp *s)
{
    s->fraction = 0, s->scale = 1;
    if ((peek(c) != '.' && peek(c) != ',') || !spl_is_digit(peek_at(c, 1))) return;
    c->at++;
    for (int n = 0; spl_is_digit(peek(c)); c->at++, n++) {
        if (n >= 9) continue;
        s->fraction = s->fraction * 10 + (uint64_t)(*c->at - '0');
        s->scale *= 10;
    }
}

static bool ends_word(const cursor *c)
{
    return !spl_is_word(peek(c)) && !((unsigned char)peek(c) & 0x80);
}

/* Z, an offset, or a name, perhaps behind a blank. */
static void take_zone(cursor *c, const spl_clock *clock, stamp *s)
{
    cursor saved = *c;
    spl_str text;
    size_t at = 0;
    bool blank = false;

    while (peek(c) == ' ') c->at++, blank = true;
    text = spl_str_cut(c->at, (size_t)(c->end - c->at));
    if (!text.len) {
        *c = saved;
        return;
    }
    if (spl_is_alpha(text.data[0]) &&
        !(spl_ascii_lower(text.data[0]) == 'z' && text.len > 1 && !spl_is_word(text.data[1]))) {
        /* In a line of a log the next word may be anything: a name in capitals is taken, no other. */
        size_t n = 0;
        while (n < text.len && text.data[n] >= 'A' && text.data[n] <= 'Z') n++;
        if (n >= 2 && n <= 5 && (n == text.len || !spl_is_word(text.data[n])) &&
            spl_scan_abbreviation(clock->zone, text, &at, &s->offset)) {
            s->has_offset = true;
            c->at += at;
            if ((n == 3 || n == 2) && s->offset == 0 && (peek(c) == '+' || peek(c) == '-')) { /* GMT+02:00 */
                size_t more = 0;
                if (spl_scan_offset(spl_str_cut(c->at, (size_t)(c->end - c->at)), &more, &s->offset)) c->at += more;
            }
            return;
        }
        if (!(text.len == 1 || !spl_is_word(text.data[1])) || text.data[0] != 'Z') {
            *c = saved;
            return;
        }
    }
    if (spl_scan_offset(text, &at, &s->offset)) {
        cursor behind = {c->at + at, c->end};
        /* " -5 apples" and " 10-12" are no zones: behind a blank it takes four digits or a colon. */
        if (ends_word(&behind) && (!blank || at >= 5 || at == 1)) {
            s->has_offset = true;
            c->at += at;
            return;
        }
    }
    *c = saved;
}

/* H:MM[:SS[.fff]][ AM] and the zone. */
static bool take_clock(cursor *c, const spl_clock *clock, stamp *s, bool zone)
{
    cursor start = *c;
    char separator;

    if (!take_two(c, 0, 24, &s->hour)) goto none;
    separator = peek(c);
    if (separator != ':' && separator != '.') goto none;
    c->at++;
    if (digits_ahead(c, 3) != 2 || !take_two(c, 0, 59, &s->minute)) goto none;
    s->second = 0, s->fraction = 0, s->scale = 1;
    if (peek(c) == separator && digits_ahead(&(cursor){c->at + 1, c->end}, 3) == 2) {
        c->at++;
        if (!take_two(c, 0, 60, &s->second)) goto none;
        if (peek(c) == ':' && digits_ahead(&(cursor){c->at + 1, c->end}, 4) == 3) { /* 01:43:50:123 */
            c->at++;
            s->fraction = (uint64_t)take_digits(c, 3);
            s->scale = 1000;
        } else {
            take_fraction(c, s);
        }
    } else if (separator == '.') {
        goto none; /* 10.20 is a number */
    }
    if (s->hour == 24 && (s->minute || s->second || s->fraction)) goto none;
    {
        cursor ahead = *c;
        char letter;
        while (peek(&ahead) == ' ') ahead.at++;
        letter = spl_ascii_lower(peek(&ahead));
        if ((letter == 'a' || letter == 'p') && spl_ascii_lower(peek_at(&ahead, 1)) == 'm') {
            ahead.at += 2;
            if (ends_word(&ahead) && s->hour >= 1 && s->hour <= 12) {
                s->hour = s->hour % 12 + (letter == 'p' ? 12 : 0);
                *c = ahead;
            }
        }
    }
    if (zone) take_zone(c, clock, s);
    s->has_time = true;
    return true;
none:
    *c = start;
    return false;
}

/* What may stand between date and time, then the time. A date alone is one too. */
static void take_time_behind(cursor *c, const spl_clock *clock, stamp *s)
{
    cursor start = *c;
    char next = peek(c);

    if (next == 'T' || next == 't' || next == '_' || next == ':' || next == '-') {
        c->at++;
    } else {
        if (next == ',') c->at++;
        while (peek(c) == ' ' || peek(c) == '\t') c->at++;
        if (spl_ascii_lower(peek(c)) == 'a' && spl_ascii_lower(peek_at(c, 1)) == 't' && peek_at(c, 2) == ' ')
            c->at += 3;
        if (c->at == start.at) return;
    }
    if (!take_clock(c, clock, s, true)) {
        s->has_time = false;
        *c = start;
    }
}

static int days_of(int64_t year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static bool good_date(const stamp *s)
{
    return s->month >= 1 && s->month <= 12 && s->day >= 1 && s->day <= days_of(s->has_year ? s->year : 2000, s->month);
}

/* Two or four digits of a year. */
static bool take_year(cursor *c, stamp *s)
{
    int n = digits_ahead(c, 5);

    if (n != 2 && n != 4) return false;
    s->year = take_digits(c, n);
    if (n == 2) s->year += s->year < 69 ? 2000 : 1900;
    s->has_year = true;
    return s->year >= 1970 && s->year < 2200;
}

static bool take_month_name(cursor *c, int *month)
{
    size_t at = 0;

    if (!spl_scan_name(spl_str_cut(c->at, (size_t)(c->end - c->at)), &at, true, month)) return false;
    c->at += at;
    ++*month;
    return !spl_is_alpha(peek(c));
}

/* Behind the digits N of an epoch time in seconds, milli-, micro- or nanoseconds. */
static bool take_epoch(cursor *c, stamp *s, int n)
{
    int64_t value;
    uint64_t scale = n == 10 ? 1 : n == 13 ? 1000 : n == 16 ? 1000000 : 1000000000;

    if (*c->at < '1' || *c->at > '4') return false;
    value = take_digits(c, n);
    s->epoch = value / (int64_t)scale;
    s->fraction = (uint64_t)(value % (int64_t)scale);
    s->scale = scale;
    if (n == 10) take_fraction(c, s);
    s->has_epoch = s->has_time = true;
    return s->epoch >= 1000000000 && s->epoch < 4102444800; /* 2001 … 2100 */
}

/* "2020-09-02T01:43:50", with a blank for T too: the form that most events have, read at once. */
static bool take_iso(cursor *c, const spl_clock *clock, stamp *s)
{
    static const char form[] = "dddd-dd-dd?dd:dd:dd";
    const char *p = c->at;

    if (c->end - p < 19) return false;
    for (int i = 0; i < 19; i++)
        if (form[i] == 'd' ? !spl_is_digit(p[i]) : form[i] == '?' ? p[i] != 'T' && p[i] != ' ' : p[i] != form[i])
            return false;
    if (c->end - p > 19 && spl_is_digit(p[19])) return false;
#define TWO(i) ((p[i] - '0') * 10 + (p[(i) + 1] - '0'))
    s->year = TWO(0) * 100 + TWO(2);
    s->month = TWO(5), s->day = TWO(8);
    s->hour = TWO(11), s->minute = TWO(14), s->second = TWO(17);
#undef TWO
    s->has_year = true;
    if (s->year < 1970 || s->year >= 2200 || !good_date(s) || s->hour > 23 || s->minute > 59 || s->second > 60)
        return false;
    c->at += 19;
    take_fraction(c, s);
    if (peek(c) == 'Z' && !spl_is_word(peek_at(c, 1))) {
        c->at++;
        s->has_offset = true;
        s->offset = 0;
    } else {
        cursor ahead = *c;
        while (peek(&ahead) == ' ') ahead.at++;
        if ((peek(&ahead) | 0x20) == 'a' || (peek(&ahead) | 0x20) == 'p') return false; /* AM, PM */
        take_zone(c, clock, s);
    }
    s->has_time = true;
    return true;
}

/* What begins with a digit. */
static bool take_numeric(cursor *c, const spl_clock *clock, stamp *s)
{
    int n = digits_ahead(c, 20);
    int a = 0, b = 0;
    char separator;

    switch (n) {
    case 1:
    case 2: break;
    case 4:
        separator = peek_at(c, 4);
        if (separator != '-' && separator != '/' && separator != '.') return false;
        s->year = take_digits(c, 4);
        s->has_year = true;
        c->at++;
        if (s->year < 1970 || s->year >= 2200) return false;
        if (spl_is_alpha(peek(c))) { /* 2020-Sep-02 */
            if (!take_month_name(c, &s->month)) return false;
        } else if (!take_two(c, 1, 12, &s->month)) {
            return false;
        }
        if (peek(c) != separator) return false;
        c->at++;
        if (!take_two(c, 1, 31, &s->day) || spl_is_digit(peek(c)) || !good_date(s)) return false;
        take_time_behind(c, clock, s);
        return true;
    case 8: /* 20200902T014350 */
    case 14:
        s->year = take_digits(c, 4);
        s->has_year = true;
        s->month = (int)take_digits(c, 2);
        s->day = (int)take_digits(c, 2);
        if (s->year < 1970 || s->year >= 2200 || !good_date(s)) return false;
        if (n == 8) {
            char next = peek(c);
            cursor compact = {c->at + 1, c->end};
            if (next != 'T' && next != '_' && next != '-' && next != ' ') return false;
            if (digits_ahead(&compact, 7) != 6) {
                take_time_behind(c, clock, s);
                return s->has_time;
            }
            c->at++;
        }
        s->hour = (int)take_digits(c, 2);
        s->minute = (int)take_digits(c, 2);
        s->second = (int)take_digits(c, 2);
        if (s->hour > 23 || s->minute > 59 || s->second > 60) return false;
        take_fraction(c, s);
        take_zone(c, clock, s);
        s->has_time = true;
        return true;
    case 10:
    case 13:
    case 16:
    case 19: return take_epoch(c, s, n) && ends_word(c);
    default: return false;
    }
    take_two(c, 0, 99, &a);
    separator = peek(c);
    if (spl_is_alpha(separator) ||
        ((separator == ' ' || separator == '-' || separator == '/') && spl_is_alpha(peek_at(c, 1)))) {
        /* 02 Sep 2020, 02/Sep/2020, 02-Sep-20, 2Sep2020 */
        if (!spl_is_alpha(separator)) c->at++;
        s->day = a;
        if (!take_month_name(c, &s->month)) return false;
        if (peek(c) == separator || peek(c) == ' ' || peek(c) == ',') c->at++;
        while (peek(c) == ' ') c->at++;
        if (digits_ahead(c, 5) == 4 || (digits_ahead(c, 3) == 2 && peek_at(c, 2) != ':')) {
            if (!take_year(c, s)) return false;
        }
        if (!good_date(s)) return false;
        if (s->has_year)
            take_time_behind(c, clock, s);
        else if (!take_clock(c, clock, s, true))
            return false;
        return true;
    }
    if (separator != '/' && separator != '-' && separator != '.') return false;
    c->at++;
    if (!take_two(c, 1, 31, &b) || peek(c) != separator) return false;
    c->at++;
    if (separator == '.' || a > 12) { /* 02.09.2020, 25/12/2020 */
        s->day = a, s->month = b;
    } else { /* 09/02/2020 */
        s->month = a, s->day = b;
    }
    n = digits_ahead(c, 5);
    if (n == 2 && separator == '.') return false; /* 10.20.30 is a version or a part of an address */
    if (!take_year(c, s) || !good_date(s)) return false;
    if (peek(c) == separator) return false; /* 10.20.2020.5 */
    take_time_behind(c, clock, s);
    return n == 4 || s->has_time;
}

/* What begins with the name of a weekday or month. */
static bool take_named(cursor *c, const spl_clock *clock, stamp *s)
{
    spl_str text = spl_str_cut(c->at, (size_t)(c->end - c->at));
    size_t at = 0;
    int weekday;

    if (spl_scan_name(text, &at, false, &weekday)) {
        c->at += at;
        if (spl_is_alpha(peek(c))) return false;
        if (peek(c) == '.' || peek(c) == ',') c->at++;
        if (peek(c) != ' ') return false;
        while (peek(c) == ' ') c->at++;
        if (spl_is_digit(peek(c))) return take_numeric(c, clock, s);
    }
    if (!take_month_name(c, &s->month)) return false;
    if (peek(c) == '.') c->at++;
    if (peek(c) != ' ' && peek(c) != '-' && peek(c) != '/') return false;
    while (peek(c) == ' ' || peek(c) == '-' || peek(c) == '/') c->at++;
    if (!take_two(c, 1, 31, &s->day) || spl_is_digit(peek(c))) return false;
    if (peek(c) == ',') c->at++;
    if (peek(c) != ' ' && peek(c) != '-' && peek(c) != '/' && peek(c) != ':') return false;
    while (peek(c) == ' ' || peek(c) == '-' || peek(c) == '/' || peek(c) == ':') c->at++;
    if (digits_ahead(c, 5) == 4) {
        if (!take_year(c, s) || !good_date(s)) return false;
        take_time_behind(c, clock, s);
        return true;
    }
    if (!good_date(s) || !take_clock(c, clock, s, false)) return false;
    { /* Wed Sep  2 01:43:50 [UTC ]2020 */
        cursor ahead;
        take_zone(c, clock, s);
        ahead = *c;
        while (peek(&ahead) == ' ') ahead.at++;
        if (ahead.at > c->at && digits_ahead(&ahead, 5) == 4) {
            stamp with_year = *s;
            if (take_year(&ahead, &with_year) && ends_word(&ahead) && good_date(&with_year)) {
                *s = with_year;
                *c = ahead;
                if (!s->has_offset) take_zone(c, clock, s);
            }
        }
    }
    return true;
}

/* The time of a stamp that stands in [BEGIN, END). */
static double finish(spl_clock *clock, const stamp *s, const char *begin, const char *end)
{
    int64_t local, quarter;
    double fraction = s->scale > 1 ? (double)s->fraction / (double)s->scale : 0;

    clock->last = (spl_stamp){.found = true, .zoned = s->has_epoch || s->has_offset, .begin = begin, .end = end};
    if (s->has_epoch) return clock->last.epoch = (double)s->epoch + fraction;
    clock->last.offset = s->offset;
    for (int round = 0;; round++) {
        int64_t year = s->has_year ? s->year : clock->year - round;
        double epoch;
        int day = s->day;
        if (!s->has_year && day > days_of(year, s->month)) day = days_of(year, s->month);
        local = spl_days_from_civil(year, s->month, day) * 86400 + s->hour * 3600 + s->minute * 60 + s->second;
        if (s->has_offset) {
            epoch = (double)(local - s->offset) + fraction;
        } else {
            quarter = local / 900 - (local % 900 < 0);
            if (quarter != clock->quarter) {
                clock->offset = (int32_t)(local - spl_zone_to_utc(clock->zone, local));
                clock->quarter = quarter;
            }
            clock->last.offset = clock->offset;
            epoch = (double)(local - clock->offset) + fraction;
        }
        /* Without a year: the last such day, two days of clock skew allowed. */
        if (s->has_year || round || epoch <= clock->now + 2 * 86400) return clock->last.epoch = epoch;
    }
}

static bool take_stamp(cursor *c, const spl_clock *clock, stamp *s)
{
    cursor start = *c;

    if (take_iso(c, clock, s)) return true;
    *c = start;
    *s = (stamp){0};
    return spl_is_digit(peek(c)) ? take_numeric(c, clock, s) : take_named(c, clock, s);
}

/* Letters that a month or weekday begins with. */
static bool may_begin_name(char c)
{
    unsigned letter = ((unsigned char)c | 0x20u) - 'a';

    return letter < 26 && (1u << letter & (1u << 0 | 1u << 3 | 1u << 5 | 1u << 9 | 1u << 12 | 1u << 13 | 1u << 14 |
                                           1u << 18 | 1u << 19 | 1u << 22));
}

bool spl_timestamp_find(spl_clock *clock, spl_str text, size_t lookahead, double *epoch, size_t *begin, size_t *end)
{
    size_t limit = text.len < lookahead ? text.len : lookahead;
    const char *stop = text.data + (text.len < limit + 64 ? text.len : limit + 64); /* a stamp may reach beyond */
    stamp weak = {0};
    bool have_weak = false;

    for (size_t i = 0; i < limit;) {
        char first = text.data[i];
        stamp s = {0};
        cursor c = {text.data + i, stop};
        if (!spl_is_digit(first) && !may_begin_name(first)) {
            i++;
            continue;
        }
        if ((i == 0 || !spl_is_word(text.data[i - 1]) || (text.data[i - 1] == '_' && spl_is_digit(first))) &&
            (i == 0 || !spl_is_digit(first) || !(text.data[i - 1] == '.' || text.data[i - 1] == '-') || i < 2 ||
             !spl_is_word(text.data[i - 2])) &&
            take_stamp(&c, clock, &s)) {
            if (s.has_time && (!s.has_epoch || i <= 1)) {
                *epoch = finish(clock, &s, text.data + i, c.at);
                *begin = i;
                *end = (size_t)(c.at - text.data);
                return true;
            }
            if (!have_weak && ends_word(&c)) {
                weak = s;
                have_weak = true;
                *begin = i;
                *end = (size_t)(c.at - text.data);
            }
        }
        if (spl_is_digit(first))
            while (i < limit && spl_is_digit(text.data[i])) i++;
        else
            while (i < limit && spl_is_alpha(text.data[i])) i++;
    }
    if (have_weak) *epoch = finish(clock, &weak, text.data + *begin, text.data + *end);
    return have_weak;
}

bool spl_timestamp_parse(spl_clock *clock, spl_str text, double *epoch)
{
    stamp s = {0};
    cursor c;

    text = spl_str_trim(text);
    c = (cursor){text.data, text.data + text.len};
    if (!text.len || !take_stamp(&c, clock, &s) || c.at != c.end) return false;
    *epoch = finish(clock, &s, text.data, c.at);
    return true;
}

void spl_clock_set_day(spl_clock *clock, double day)
{
    clock->day = day;
}

bool spl_timestamp_of_day(spl_clock *clock, spl_str text, double *epoch)
{
    cursor c = {text.data, text.data + text.len};
    spl_civil day;
    stamp s = {0};

    if (isnan(clock->day)) return false;
    while (peek(&c) == ' ' || peek(&c) == '\t') c.at++;
    if (peek(&c) == '[' || peek(&c) == '(' || peek(&c) == '"') c.at++;
    text.data = c.at;
    if (digits_ahead(&c, 3) != 2 || c.end - c.at < 8 || c.at[2] != ':' || c.at[5] != ':') return false;
    if (!take_clock(&c, clock, &s, true) || !ends_word(&c) || peek(&c) == ':') return false;
    spl_civil_of(clock->zone, clock->day, &day);
    s.year = day.year;
    s.month = day.month;
    s.day = day.day;
    s.has_year = true;
    *epoch = finish(clock, &s, text.data, c.at);
    return true;
}

/* YYYYMMDD at AT, or with one of - _ . between. */
static bool date_at(spl_str name, size_t at, stamp *s)
{
    cursor c = {name.data + at, name.data + name.len};
    char separator;

    if (digits_ahead(&c, 4) < 4) return false;
    s->year = take_digits(&c, 4);
    separator = peek(&c);
    if (!spl_is_digit(separator)) {
        if (separator != '-' && separator != '_' && separator != '.') return false;
        c.at++;
    }
    if (digits_ahead(&c, 2) < 2) return false;
    s->month = (int)take_digits(&c, 2);
    if (!spl_is_digit(separator)) {
        if (peek(&c) != separator) return false;
        c.at++;
    }
    if (digits_ahead(&c, 2) < 2) return false;
    s->day = (int)take_digits(&c, 2);
    s->has_year = true;
    return s->year >= 1970 && s->year < 2100 && !spl_is_digit(peek(&c)) && good_date(s);
}

bool spl_date_in_name(const spl_zone *zone, spl_str name, double *epoch)
{
    for (size_t at = name.len; at-- > 0;) {
        stamp s = {0};

        if (!spl_is_digit(name.data[at]) || (at && spl_is_digit(name.data[at - 1])) || !date_at(name, at, &s)) continue;
        *epoch = (double)spl_zone_to_utc(zone, spl_days_from_civil(s.year, s.month, s.day) * 86400 + 43200);
        return true;
    }
    return false;
}
