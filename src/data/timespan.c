/* timespan.c -- relative times, spans of time and the buckets that they make. */
#include "base/num.h"
#include "data/timefmt.h"
#include "data/timetext.h"

#include <math.h>

/* The unit whose name begins at *AT; letters are taken up to the first other character. */
static spl_unit scan_unit(spl_str text, size_t *at)
{
    static const struct {
        const char *name;
        spl_unit unit;
    } names[] = {
        {"us", SPL_UNIT_US},         {"ms", SPL_UNIT_MS},           {"cs", SPL_UNIT_CS},
        {"ds", SPL_UNIT_DS},         {"s", SPL_UNIT_SECOND},        {"sec", SPL_UNIT_SECOND},
        {"secs", SPL_UNIT_SECOND},   {"second", SPL_UNIT_SECOND},   {"seconds", SPL_UNIT_SECOND},
        {"m", SPL_UNIT_MINUTE},      {"min", SPL_UNIT_MINUTE},      {"mins", SPL_UNIT_MINUTE},
        {"minute", SPL_UNIT_MINUTE}, {"minutes", SPL_UNIT_MINUTE},  {"h", SPL_UNIT_HOUR},
        {"hr", SPL_UNIT_HOUR},       {"hrs", SPL_UNIT_HOUR},        {"hour", SPL_UNIT_HOUR},
        {"hours", SPL_UNIT_HOUR},    {"d", SPL_UNIT_DAY},           {"day", SPL_UNIT_DAY},
        {"days", SPL_UNIT_DAY},      {"w", SPL_UNIT_WEEK},          {"week", SPL_UNIT_WEEK},
        {"weeks", SPL_UNIT_WEEK},    {"mon", SPL_UNIT_MONTH},       {"month", SPL_UNIT_MONTH},
        {"months", SPL_UNIT_MONTH},  {"q", SPL_UNIT_QUARTER},       {"qtr", SPL_UNIT_QUARTER},
        {"qtrs", SPL_UNIT_QUARTER},  {"quarter", SPL_UNIT_QUARTER}, {"quarters", SPL_UNIT_QUARTER},
        {"y", SPL_UNIT_YEAR},        {"yr", SPL_UNIT_YEAR},         {"yrs", SPL_UNIT_YEAR},
        {"year", SPL_UNIT_YEAR},     {"years", SPL_UNIT_YEAR},
    };
    size_t end = *at;
    spl_str word;

    while (end < text.len && spl_is_alpha(text.data[end])) end++;
    word = spl_str_sub(text, *at, end);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (spl_str_iis(word, names[i].name)) return *at = end, names[i].unit;
    return SPL_UNIT_NONE;
}

/* Adds COUNT units by the calendar of the zone. A day that the month lacks becomes its last. */
static double add_units(const spl_zone *zone, double t, double count, spl_unit unit)
{
    spl_civil civil;
    double months;

    switch (unit) {
    case SPL_UNIT_US: return t + count * 1e-6;
    case SPL_UNIT_MS: return t + count * 1e-3;
    case SPL_UNIT_CS: return t + count * 1e-2;
    case SPL_UNIT_DS: return t + count * 1e-1;
    case SPL_UNIT_NONE:
    case SPL_UNIT_SECOND: return t + count;
    case SPL_UNIT_MINUTE: return t + count * 60;
    case SPL_UNIT_HOUR: return t + count * 3600;
    case SPL_UNIT_DAY:
    case SPL_UNIT_WEEK:
        spl_civil_of(zone, t, &civil);
        count *= unit == SPL_UNIT_WEEK ? 7 : 1;
        if (fabs(count) > 1e9) return t + count * 86400;
        civil.day += (int)count;
        return spl_civil_epoch(zone, &civil) + (count - trunc(count)) * 86400;
    case SPL_UNIT_MONTH:
    case SPL_UNIT_QUARTER:
    case SPL_UNIT_YEAR: break;
    }
    spl_civil_of(zone, t, &civil);
    months = count * (unit == SPL_UNIT_YEAR ? 12 : unit == SPL_UNIT_QUARTER ? 3 : 1);
    if (fabs(months) > 1e9) months = months < 0 ? -1e9 : 1e9;
    int64_t at = civil.year * 12 + civil.month - 1 + (int64_t)months;
    civil.year = spl_floor_div(at, 12);
    civil.month = (int)(at - civil.year * 12) + 1;
    if (civil.day > spl_days_in_month(civil.year, civil.month)) civil.day = spl_days_in_month(civil.year, civil.month);
    return spl_civil_epoch(zone, &civil);
}

double spl_time_add(const spl_zone *zone, double t, spl_span_time span)
{
    return add_units(zone, t, span.count, span.unit);
}

/* The begin of the unit that T is in. */
static double snap(const spl_zone *zone, double t, spl_unit unit, int weekday)
{
    spl_civil civil;
    double second = floor(t);

    spl_civil_of(zone, second, &civil);
    switch (unit) {
    case SPL_UNIT_US: return floor(t * 1e6) / 1e6;
    case SPL_UNIT_MS: return floor(t * 1e3) / 1e3;
    case SPL_UNIT_CS: return floor(t * 1e2) / 1e2;
    case SPL_UNIT_DS: return floor(t * 10) / 10;
    case SPL_UNIT_NONE: return t;
    case SPL_UNIT_SECOND: return second;
    case SPL_UNIT_MINUTE: return second - civil.second;
    case SPL_UNIT_HOUR: return second - civil.second - civil.minute * 60;
    case SPL_UNIT_DAY: break;
    case SPL_UNIT_WEEK: civil.day -= (civil.weekday - weekday + 7) % 7; break;
    case SPL_UNIT_MONTH: civil.day = 1; break;
    case SPL_UNIT_QUARTER:
        civil.day = 1;
        civil.month -= (civil.month - 1) % 3;
        break;
    case SPL_UNIT_YEAR: civil.day = civil.month = 1; break;
    }
    civil.hour = civil.minute = civil.second = 0;
    return spl_civil_epoch(zone, &civil);
}

/* Behind @: the unit, and the day of w0 … w7. */
static bool scan_snap(spl_str text, size_t *at, spl_unit *unit, int *weekday)
{
    *weekday = 0;
    *unit = scan_unit(text, at);
    if (*unit == SPL_UNIT_NONE) return false;
    if (*at < text.len && spl_is_digit(text.data[*at])) {
        bool bare = spl_ascii_lower(text.data[*at - 1]) == 'w';
        if (*unit != SPL_UNIT_WEEK || !bare || text.data[*at] > '7') return false;
        *weekday = (text.data[(*at)++] - '0') % 7;
    }
    return true;
}

bool spl_timespec(const spl_zone *zone, spl_str spec, double now, double *epoch, size_t *at)
{
    size_t i = 0, begin;
    double t = now, number;
    bool any = false;

    if (at) *at = 0;
    if (spec.len && spl_is_digit(spec.data[0])) {
        int slashes = 0;
        for (size_t j = 0; j < spec.len; j++) slashes += spec.data[j] == '/';
        if (slashes == 2) {
            const char *last = memrchr(spec.data, ':', spec.len);
            int colons = 0;
            for (size_t j = 0; j < spec.len; j++) colons += spec.data[j] == ':';
            if (!last) return spl_strptime(zone, spec, SPL_S("%m/%d/%Y"), now, epoch);
            if (colons == 3) return spl_strptime(zone, spec, SPL_S("%m/%d/%Y:%H:%M:%S"), now, epoch);
            return false;
        }
        for (size_t j = 0; j < spec.len; j++) {
            if (spl_is_digit(spec.data[j]) || spec.data[j] == '.') continue;
            if (at) *at = j;
            return false;
        }
        if (!spl_num_parse(spec, &number)) return false;
        return *epoch = number, true;
    }
    if (spl_str_iis(spl_str_sub(spec, 0, 6), "time()"))
        i = 6;
    else if (spl_str_iis(spl_str_sub(spec, 0, 3), "now"))
        i = spl_str_is(spl_str_sub(spec, 3, 5), "()") ? 5 : 3;
    any = i > 0;
    while (i < spec.len) {
        spl_unit unit;
        int weekday;
        begin = i;
        if (spec.data[i] == '@') {
            i++;
            if (!scan_snap(spec, &i, &unit, &weekday)) goto wrong;
            t = snap(zone, t, unit, weekday);
        } else if (spec.data[i] == '+' || spec.data[i] == '-') {
            int64_t count = 1;
            double sign = spec.data[i++] == '-' ? -1 : 1;
            if (i < spec.len && spl_is_digit(spec.data[i]) && !spl_scan_number(spec, &i, 15, &count)) goto wrong;
            unit = scan_unit(spec, &i);
            if (unit == SPL_UNIT_NONE) goto wrong;
            t = add_units(zone, t, sign * (double)count, unit);
        } else {
            goto wrong;
        }
        any = true;
    }
    if (!any) return false;
    *epoch = t;
    return true;
wrong:
    if (at) *at = begin;
    return false;
}

bool spl_timespan(spl_str text, spl_span_time *span)
{
    size_t digits = 0, at;
    double count = 1;

    *span = (spl_span_time){.count = 1};
    if (text.len > 1 && (text.data[0] == '+' || text.data[0] == '-') && memchr(text.data, '@', text.len))
        text = spl_str_sub(text, 1, text.len); /* "-1d@d": the sign of a snap-to span says nothing */
    while (digits < text.len && (spl_is_digit(text.data[digits]) || text.data[digits] == '.')) digits++;
    if (digits && !spl_num_parse(spl_str_sub(text, 0, digits), &count)) return false;
    if (count <= 0) return false;
    span->count = count;
    at = digits;
    if (at == text.len) return digits > 0;
    span->unit = scan_unit(text, &at);
    if (span->unit == SPL_UNIT_NONE) return false;
    if (at < text.len && text.data[at] == '@') {
        at++;
        if (!scan_snap(text, &at, &span->snap, &span->weekday)) return false;
    }
    return at == text.len;
}

double spl_span_seconds(spl_span_time span)
{
    static const double seconds[] = {1,    1e-6,  1e-3,   1e-2,        1e-1,        1,           60,
                                     3600, 86400, 604800, 30 * 86400., 90 * 86400., 365 * 86400.};

    return span.count * seconds[span.unit];
}

double spl_time_bucket(const spl_zone *zone, double epoch, spl_span_time span)
{
    spl_civil civil;
    int64_t count = span.count >= 1 && span.count < 1e9 ? (int64_t)span.count : 1;

    if (!isfinite(epoch) || fabs(epoch) > 1e15) return epoch;
    if (span.unit < SPL_UNIT_DAY) {
        double width = spl_span_seconds(span), shift = 0, bucket;
        if (!(width > 0)) return epoch;
        /* Hours and minutes count from local midnights, so that half-hour zones and 6h look right. */
        if (width > 60) shift = spl_zone_offset(zone, (int64_t)floor(epoch), NULL);
        if (width < 1 && 1 / width == nearbyint(1 / width)) /* 100ms: divide by what is exact */
            return floor(epoch * nearbyint(1 / width) + 1e-6) / nearbyint(1 / width);
        bucket = floor((epoch + shift) / width) * width - shift;
        return bucket;
    }
    spl_civil_of(zone, floor(epoch), &civil);
    civil.hour = civil.minute = civil.second = 0;
    if (span.unit == SPL_UNIT_DAY || span.unit == SPL_UNIT_WEEK) {
        int64_t day = spl_days_from_civil(civil.year, civil.month, civil.day), first = 0, width = count;
        if (span.unit == SPL_UNIT_WEEK) {
            first = span.weekday - 4; /* day 0 was a Thursday */
            width *= 7;
        } else if (span.snap == SPL_UNIT_WEEK) {
            first = span.weekday - 4;
        }
        civil.day -= (int)(day - first - spl_floor_div(day - first, width) * width);
    } else {
        int64_t width = count * (span.unit == SPL_UNIT_YEAR ? 12 : span.unit == SPL_UNIT_QUARTER ? 3 : 1);
        int64_t month = civil.year * 12 + civil.month - 1;
        month = spl_floor_div(month, width) * width;
        civil.year = spl_floor_div(month, 12);
        civil.month = (int)(month - civil.year * 12) + 1;
        civil.day = 1;
    }
    return spl_civil_epoch(zone, &civil);
}

double spl_time_bucket_next(const spl_zone *zone, double bucket, spl_span_time span)
{
    double next, width;

    if (span.unit >= SPL_UNIT_DAY) {
        double count = span.count >= 1 && span.count < 1e9 ? floor(span.count) : 1;
        return add_units(zone, bucket, count, span.unit);
    }
    width = spl_span_seconds(span);
    next =
        spl_time_bucket(zone, bucket + width * 1.5, span); /* exact for fractions; the same grid after a DST change */
    return next > bucket ? next : bucket + width;
}
