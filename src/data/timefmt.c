/* timefmt.c -- calendars, zones, time formats, relative times and buckets.
 *
 * A zone is the file of the system's zone data (RFC 8536) read into a table; behind its last transition the POSIX rule
 * in its footer goes on. Nothing changes after spl_zone_open(), so that threads share a zone without a lock. */
#include "data/timefmt.h"
#include "data/timezones.h"
#include "base/fault.h"
#include "base/num.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the calendar ----------------------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t spl_days_from_civil(int64_t year, int month, int day)
{
    int64_t era, of_era;
    int shifted, of_year; /* years that begin in March put the leap day last */

    year -= month <= 2;
    era = floor_div(year, 400);
    of_era = year - era * 400;
    shifted = month > 2 ? month - 3 : month + 9;
    of_year = (153 * shifted + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, spl_civil *out)
{
    int64_t era, of_era, year, of_year;
    int shifted;

    days += 719468;
    era = floor_div(days, 146097);
    of_era = days - era * 146097;
    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year + year / 4 - year / 100);
    shifted = (int)((5 * of_year + 2) / 153);
    out->day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    out->month = shifted < 10 ? shifted + 3 : shifted - 9;
    out->year = year + era * 400 + (out->month <= 2);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int64_t year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* --- zones ------------------------------------------------------------------------------------------------------ */

typedef struct zone_type {
    int32_t offset;
    const char *abbreviation;
} zone_type;

typedef struct zone_name { /* spl_zone_named() */
    spl_str name;
    int32_t offset;
} zone_name;

typedef struct rule_day { /* of a POSIX rule */
    char kind;            /* 'M' month, week, day; 'J' without leap days; 'n' with them; 0: no rule */
    int month, week, day;
    int32_t seconds; /* local time of the change */
} rule_day;

struct spl_zone {
    size_t count;
    const int64_t *times; /* transitions, ascending */
    const uint8_t *after; /* index of the type that holds from each on */
    const zone_type *types;
    zone_type before;    /* the first transition */
    zone_type std, dst;  /* of the rule behind the last transition */
    rule_day begin, end; /* of summer time */
    bool ruled;
    const zone_name *names;
    size_t n_names;
};

/* The UTC time at which the rule changes in YEAR. */
static int64_t rule_time(const rule_day *rule, int64_t year, int32_t offset)
{
    int64_t day;

    if (rule->kind == 'M') {
        int64_t first = spl_days_from_civil(year, rule->month, 1);
        int weekday = (int)((first % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
        int of_month = 1 + (rule->day - weekday + 7) % 7 + (rule->week - 1) * 7;
        while (of_month > days_in_month(year, rule->month)) of_month -= 7;
        day = first + of_month - 1;
    } else {
        day = spl_days_from_civil(year, 1, 1) + rule->day;
        if (rule->kind == 'J' && !(is_leap(year) && rule->day >= 60)) day--;
    }
    return day * 86400 + rule->seconds - offset;
}

static const zone_type *ruled_type(const spl_zone *zone, int64_t t)
{
    spl_civil civil;
    int64_t begin, end;

    if (!zone->begin.kind) return &zone->std;
    civil_from_days(floor_div(t + zone->std.offset, 86400), &civil);
    begin = rule_time(&zone->begin, civil.year, zone->std.offset);
    end = rule_time(&zone->end, civil.year, zone->dst.offset);
    if (begin < end) return t >= begin && t < end ? &zone->dst : &zone->std;
    return t >= end && t < begin ? &zone->std : &zone->dst;
}

static const zone_type *type_at(const spl_zone *zone, int64_t t)
{
    size_t low = 0, high = zone->count;

    if (!high) return zone->ruled ? ruled_type(zone, t) : &zone->before;
    if (t < zone->times[0]) return &zone->before;
    if (t >= zone->times[high - 1]) return zone->ruled ? ruled_type(zone, t) : &zone->types[zone->after[high - 1]];
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (t >= zone->times[middle])
            low = middle;
        else
            high = middle;
    }
    return &zone->types[zone->after[low]];
}

int32_t spl_zone_offset(const spl_zone *zone, int64_t t, const char **abbreviation)
{
    const zone_type *type = type_at(zone, t);

    if (abbreviation) *abbreviation = type->abbreviation;
    return type->offset;
}

int64_t spl_zone_to_utc(const spl_zone *zone, int64_t local)
{
    int32_t before, after;
    int64_t first, second;

    if (!zone->count && (!zone->ruled || !zone->begin.kind)) return local - type_at(zone, 0)->offset;
    before = type_at(zone, local - 86400)->offset;
    after = type_at(zone, local + 86400)->offset;
    first = local - before;
    if (before == after || type_at(zone, first)->offset == before) return first; /* of two the earlier */
    second = local - after;
    if (type_at(zone, second)->offset == after) return second;
    return first; /* in the gap: as far behind it as the text is behind its begin */
}

/* Reads "+hh[[:]mm[[:]ss]]" of POSIX rules and zone names; false where there is none. */
static bool take_hms(const char **at, int32_t *seconds)
{
    const char *p = *at;
    int sign = 1;
    long part[3] = {0, 0, 0};

    if (*p == '+' || *p == '-') sign = *p++ == '-' ? -1 : 1;
    if (!spl_is_digit(*p)) return false;
    for (int i = 0; i < 3; i++) {
        int digits = 0;
        while (spl_is_digit(*p) && digits < 3) part[i] = part[i] * 10 + (*p++ - '0'), digits++;
        if (*p != ':' || !spl_is_digit(p[1])) break;
        p++;
    }
    *at = p;
    *seconds = sign * (int32_t)(part[0] * 3600 + part[1] * 60 + part[2]);
    return part[0] <= 167 && part[1] < 60 && part[2] < 60;
}

static bool take_name(spl_arena *arena, const char **at, const char **name)
{
    const char *p = *at, *begin = p;

    if (*p == '<') {
        while (*p && *p != '>') p++;
        if (*p != '>') return false;
        *name = spl_cstring(arena, spl_str_cut(begin + 1, (size_t)(p - begin - 1)));
        *at = p + 1;
        return true;
    }
    while (spl_is_alpha(*p)) p++;
    if (p - begin < 3) return false;
    *name = spl_cstring(arena, spl_str_cut(begin, (size_t)(p - begin)));
    *at = p;
    return true;
}

static bool take_number(const char **at, int low, int high, int *number)
{
    int value = 0;

    if (!spl_is_digit(**at)) return false;
    while (spl_is_digit(**at) && value < 1000) value = value * 10 + (*(*at)++ - '0');
    *number = value;
    return value >= low && value <= high;
}

static bool take_rule(const char **at, rule_day *rule)
{
    *rule = (rule_day){.kind = 'n', .seconds = 7200};
    if (*(*at)++ != ',') return false;
    if (**at == 'M') {
        rule->kind = *(*at)++;
        if (!take_number(at, 1, 12, &rule->month) || *(*at)++ != '.' || !take_number(at, 1, 5, &rule->week) ||
            *(*at)++ != '.' || !take_number(at, 0, 6, &rule->day))
            return false;
    } else {
        if (**at == 'J') rule->kind = *(*at)++;
        if (!take_number(at, 0, 365, &rule->day)) return false;
    }
    if (**at != '/') return true;
    ++*at;
    return take_hms(at, &rule->seconds);
}

/* "EST5EDT,M3.2.0,M11.1.0": the footer of a zone file, or TZ itself. */
static bool read_rule(spl_arena *arena, spl_zone *zone, const char *text)
{
    const char *at = text;

    if (!take_name(arena, &at, &zone->std.abbreviation) || !take_hms(&at, &zone->std.offset)) return false;
    zone->std.offset = -zone->std.offset; /* POSIX counts west of Greenwich */
    zone->ruled = true;
    if (!*at) return true;
    if (!take_name(arena, &at, &zone->dst.abbreviation)) return false;
    zone->dst.offset = zone->std.offset + 3600;
    if (*at && *at != ',') {
        if (!take_hms(&at, &zone->dst.offset)) return false;
        zone->dst.offset = -zone->dst.offset;
    }
    if (!*at) at = ",M3.2.0,M11.1.0"; /* as the C library has it where no dates are given */
    return take_rule(&at, &zone->begin) && take_rule(&at, &zone->end) && !*at;
}

static int64_t big_endian(const unsigned char *at, int bytes)
{
    uint64_t value = at[0] & 0x80 ? ~UINT64_C(0) : 0;

    for (int i = 0; i < bytes; i++) value = value << 8 | at[i];
    return (int64_t)value;
}

/* One data block of a zone file, whose times have WIDTH bytes. */
static bool read_block(spl_arena *arena, spl_zone *zone, const unsigned char *data, size_t size, int width,
                       size_t *used)
{
    size_t isut, isstd, leap, times, types, chars, need;
    const unsigned char *at, *indices, *infos;
    const char *names;
    int64_t *time_table;
    zone_type *type_table;
    uint8_t *after;

    if (size < 44 || memcmp(data, "TZif", 4) != 0) return false;
    isut = (size_t)big_endian(data + 20, 4), isstd = (size_t)big_endian(data + 24, 4);
    leap = (size_t)big_endian(data + 28, 4), times = (size_t)big_endian(data + 32, 4);
    types = (size_t)big_endian(data + 36, 4), chars = (size_t)big_endian(data + 40, 4);
    if ((isut | isstd | leap | times | types | chars) > 1 << 20 || !types || types > 256 || !chars) return false;
    need = 44 + times * (size_t)width + times + types * 6 + chars + leap * (size_t)(width + 4) + isstd + isut;
    if (need > size) return false;
    *used = need;
    at = data + 44;
    indices = at + times * (size_t)width;
    infos = indices + times;
    names = spl_cstring(arena, spl_str_cut((const char *)infos + types * 6, chars));
    time_table = spl_alloc(arena, times * sizeof *time_table);
    after = spl_alloc(arena, times);
    type_table = SPL_NEW_ARRAY(arena, types, zone_type);
    for (size_t i = 0; i < types; i++) {
        if (infos[i * 6 + 5] >= chars) return false;
        type_table[i] = (zone_type){(int32_t)big_endian(infos + i * 6, 4), names + infos[i * 6 + 5]};
        if (type_table[i].offset < -200000 || type_table[i].offset > 200000) return false;
    }
    for (size_t i = 0; i < times; i++) {
        time_table[i] = big_endian(at + i * (size_t)width, width);
        after[i] = indices[i];
        if (after[i] >= types || (i && time_table[i] <= time_table[i - 1])) return false;
    }
    zone->count = times;
    zone->times = time_table;
    zone->after = after;
    zone->types = type_table;
    zone->before = type_table[0];
    return true;
}

static bool read_zone_file(spl_arena *arena, spl_zone *zone, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    unsigned char *data;
    size_t size = 0, used = 0, more = 0;
    bool good = false;
    spl_frame frame;

    if (fd < 0) return false;
    if (SPL_CATCH(&frame)) {
        close(fd);
        spl_fail(frame.status, "%s", frame.message);
    }
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 44 && info.st_size < 1 << 20) {
        data = spl_alloc(arena, (size_t)info.st_size + 1);
        while (size < (size_t)info.st_size) {
            ssize_t got = read(fd, data + size, (size_t)info.st_size - size);
            if (got <= 0) break;
            size += (size_t)got;
        }
        data[size] = '\0';
        good = read_block(arena, zone, data, size, 4, &used);
        if (good && data[4] >= '2') {
            good = read_block(arena, zone, data + used, size - used, 8, &more);
            used += more;
            if (good && used < size && data[used] == '\n') {
                char *footer = (char *)data + used + 1;
                char *end = strchr(footer, '\n');
                if (end) *end = '\0';
                if (*footer && !read_rule(arena, zone, footer)) zone->ruled = false;
            }
        }
    }
    spl_frame_leave(&frame);
    close(fd);
    return good;
}

const spl_zone *spl_zone_open(spl_arena *arena, const char *name)
{
    spl_zone *zone = SPL_NEW(arena, spl_zone);
    const char *at = name;
    const char *path;
    int32_t offset = 0;

    zone->before = (zone_type){0, "UTC"};
    if (!name) {
        name = getenv("TZ");
        if (!name) {
            if (!read_zone_file(arena, zone, "/etc/localtime")) zone->count = 0, zone->before = (zone_type){0, "UTC"};
            return zone;
        }
        if (*name == ':') name++;
        if (!*name) return zone;
        at = name;
    }
    if (spl_str_iis(spl_str_of(name), "UTC") || spl_str_iis(spl_str_of(name), "GMT") ||
        spl_str_iis(spl_str_of(name), "Z"))
        return zone;
    if (*name == '+' || *name == '-') {
        size_t digits = strspn(name + 1, "0123456789");
        char colon[8];
        if (digits == 4 && !name[5]) { /* +0200 */
            memcpy(colon, name, 3), colon[3] = ':', memcpy(colon + 4, name + 3, 2), colon[6] = '\0';
            at = colon;
        }
        if (!take_hms(&at, &offset) || *at || offset > 64800 || offset < -64800) return NULL;
        zone->before.offset = offset;
        zone->before.abbreviation = spl_cstring(arena, spl_str_of(name));
        return zone;
    }
    if (*name != '/' && !strstr(name, "..") && strlen(name) < 200) {
        path = spl_strf(arena, "/usr/share/zoneinfo/%s", name).data;
        if (read_zone_file(arena, zone, path)) return zone;
    }
    *zone = (spl_zone){.before = {0, "UTC"}};
    return read_rule(arena, zone, name) ? zone : NULL;
}

/* --- civil time ------------------------------------------------------------------------------------------------- */

void spl_civil_split(int64_t local, spl_civil *out)
{
    int64_t days = floor_div(local, 86400);
    int rest = (int)(local - days * 86400);

    civil_from_days(days, out);
    out->hour = rest / 3600;
    out->minute = rest / 60 % 60;
    out->second = rest % 60;
    out->weekday = (int)((days % 7 + 11) % 7);
    out->yearday = (int)(days - spl_days_from_civil(out->year, 1, 1));
}

void spl_civil_of(const spl_zone *zone, double epoch, spl_civil *out)
{
    double whole, fraction;
    int64_t t;

    if (!(epoch > -1e15)) epoch = -1e15; /* NaN too */
    if (epoch > 1e15) epoch = 1e15;
    whole = floor(epoch);
    fraction = epoch - whole;
    /* A double holds today's times to a quarter of a microsecond: what is below is noise. */
    if (fabs(epoch) > 1e6)
        fraction = nearbyint(fraction * 1e6) * 1e3;
    else
        fraction = nearbyint(fraction * 1e9);
    if (fraction >= 1e9) whole += 1, fraction = 0;
    t = (int64_t)whole;
    out->nanosecond = (int32_t)fraction;
    out->offset = spl_zone_offset(zone, t, &out->abbreviation);
    spl_civil_split(t + out->offset, out);
}

static int64_t civil_local(const spl_civil *civil)
{
    int64_t months = civil->year * 12 + civil->month - 1;
    int64_t year = floor_div(months, 12);

    return (spl_days_from_civil(year, (int)(months - year * 12) + 1, 1) + civil->day - 1) * 86400 +
           (int64_t)civil->hour * 3600 + (int64_t)civil->minute * 60 + civil->second;
}

double spl_civil_epoch(const spl_zone *zone, const spl_civil *civil)
{
    return (double)spl_zone_to_utc(zone, civil_local(civil)) + civil->nanosecond / 1e9;
}

/* --- strftime --------------------------------------------------------------------------------------------------- */

static const char *const month_names[] = {"January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December"};
static const char *const day_names[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

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
        length = is_leap(*year) ? 366 : 365;
        return (civil->yearday + length - weekday + 10) / 7;
    }
    if (week == 53 && civil->yearday - weekday + 3 >= (is_leap(civil->year) ? 366 : 365)) {
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
        case 'a': spl_buf_add(out, spl_str_cut(day_names[civil->weekday], 3)); break;
        case 'A': spl_buf_puts(out, day_names[civil->weekday]); break;
        case 'b':
        case 'h': spl_buf_add(out, spl_str_cut(month_names[civil->month - 1], 3)); break;
        case 'B': spl_buf_puts(out, month_names[civil->month - 1]); break;
        case 'c': put_time(out, civil, SPL_S("%a %b %e %H:%M:%S %Y"), epoch); break;
        case '+': put_time(out, civil, SPL_S("%a %b %e %H:%M:%S %Z %Y"), epoch); break;
        case 'C': put_number(out, floor_div(civil->year, 100), 2, '0'); break;
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
        case 's': put_number(out, civil_local(civil) - civil->offset, 1, '0'); break;
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

/* --- strptime --------------------------------------------------------------------------------------------------- */

typedef struct parsed {
    int64_t year;
    int month, day, yearday, hour, minute, second, pm;
    double fraction;
    int32_t offset;
    double epoch;
    bool has_year, has_month, has_day, has_yearday, has_time, has_hour, has_pm, has_offset, has_epoch, has_second,
        has_century;
} parsed;

static bool scan_number(spl_str text, size_t *at, int max_digits, int64_t *value)
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

static bool scan_within(spl_str text, size_t *at, int max_digits, int low, int high, int *value)
{
    int64_t wide;

    if (!scan_number(text, at, max_digits, &wide) || wide < low || wide > high) return false;
    *value = (int)wide;
    return true;
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
    name = spl_str_of(month ? month_names[i] : day_names[i - 12]);
    if (spl_str_ieq(spl_str_sub(text, *at, *at + name.len), name))
        *at += name.len;
    else if (i == 8 && spl_str_iis(spl_str_sub(text, *at, *at + 4), "sept"))
        *at += 4;
    else
        *at += 3;
    *value = month ? i : i - 12;
    return true;
}

bool spl_scan_offset(spl_str text, size_t *at, int32_t *offset)
{
    size_t p = *at;
    int sign, hours, minutes = 0, seconds = 0;

    if (p < text.len && (text.data[p] == 'Z' || text.data[p] == 'z')) {
        *at = p + 1;
        *offset = 0;
        return true;
    }
    if (p >= text.len || (text.data[p] != '+' && text.data[p] != '-')) return false;
    sign = text.data[p++] == '-' ? -1 : 1;
    if (p + 2 > text.len || !spl_is_digit(text.data[p]) || !spl_is_digit(text.data[p + 1])) return false;
    hours = (text.data[p] - '0') * 10 + (text.data[p + 1] - '0');
    p += 2;
    for (int i = 0; i < 2; i++) {
        size_t q = p + (p < text.len && text.data[p] == ':');
        if (q + 2 > text.len || !spl_is_digit(text.data[q]) || !spl_is_digit(text.data[q + 1])) break;
        if (i == 1 && q == p) break; /* seconds only behind a colon */
        *(i ? &seconds : &minutes) = (text.data[q] - '0') * 10 + (text.data[q + 1] - '0');
        p = q + 2;
    }
    if (hours > 18 || minutes > 59 || seconds > 59) return false;
    *offset = sign * (hours * 3600 + minutes * 60 + seconds);
    *at = p;
    return true;
}

bool spl_scan_abbreviation(const spl_zone *zone, spl_str text, size_t *at, int32_t *offset)
{
    static const struct {
        const char *name;
        int minutes;
    } known[] = {
        {"UTC", 0},    {"GMT", 0},    {"UT", 0},      {"WET", 0},     {"WEST", 60},  {"BST", 60},   {"CET", 60},
        {"MEZ", 60},   {"CEST", 120}, {"MESZ", 120},  {"EET", 120},   {"EEST", 180}, {"MSK", 180},  {"IST", 330},
        {"SGT", 480},  {"HKT", 480},  {"AWST", 480},  {"JST", 540},   {"KST", 540},  {"ACST", 570}, {"AEST", 600},
        {"ACDT", 630}, {"AEDT", 660}, {"NZST", 720},  {"NZDT", 780},  {"NST", -210}, {"NDT", -150}, {"AST", -240},
        {"ADT", -180}, {"EST", -300}, {"EDT", -240},  {"CST", -360},  {"CDT", -300}, {"MST", -420}, {"MDT", -360},
        {"PST", -480}, {"PDT", -420}, {"AKST", -540}, {"AKDT", -480}, {"HST", -600},
    };
    size_t end = *at;
    spl_str name;

    while (end < text.len && spl_is_alpha(text.data[end])) end++;
    name = spl_str_sub(text, *at, end);
    for (size_t i = 0; zone && i < zone->n_names; i++)
        if (spl_str_ieq(name, zone->names[i].name)) return *offset = zone->names[i].offset, *at = end, true;
    if (name.len < 2 || name.len > 5) return false;
    if (zone) { /* what the zone itself calls its times goes before the list */
        for (size_t i = zone->count; i-- > 0 && zone->count - i < 8;) {
            const zone_type *type = &zone->types[zone->after[i]];
            if (spl_str_iis(name, type->abbreviation)) return *offset = type->offset, *at = end, true;
        }
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (spl_str_iis(name, known[i].name)) return *offset = known[i].minutes * 60, *at = end, true;
    return false;
}

const spl_zone *spl_zone_named(spl_arena *arena, const spl_zone *zone, spl_str text, spl_str *wrong)
{
    spl_zone *made = SPL_NEW(arena, spl_zone);
    SPL_VEC(zone_name) names = {0};
    size_t from = 0;

    for (size_t i = 0; i <= text.len; i++) {
        spl_str part, value;
        zone_name one = {0};
        ptrdiff_t equals;
        size_t at = 0;
        bool gmt;

        if (i < text.len && text.data[i] != ',') continue;
        part = spl_str_trim(spl_str_sub(text, from, i));
        from = i + 1;
        if (!part.len) continue;
        *wrong = part;
        equals = spl_str_find(part, SPL_S("="), 0);
        if (equals <= 0) return NULL;
        one.name = spl_str_copy(arena, spl_str_trim(spl_str_sub(part, 0, (size_t)equals)));
        value = spl_str_trim(spl_str_sub(part, (size_t)equals + 1, part.len));
        gmt = value.len > 3 &&
              (spl_str_iis(spl_str_sub(value, 0, 3), "GMT") || spl_str_iis(spl_str_sub(value, 0, 3), "UTC"));
        if (gmt) value = spl_str_sub(value, 3, value.len);
        if (!one.name.len || !value.len) return NULL;
        if (!spl_scan_offset(value, &at, &one.offset) &&
            !(!gmt && spl_scan_abbreviation(NULL, value, &at, &one.offset)))
            return NULL;
        if (at < value.len) return NULL;
        SPL_PUSH(arena, &names, one);
    }
    *made = *zone;
    made->names = names.data;
    made->n_names = names.len;
    return made;
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
            if (!scan_number(text, at, 4, &wide)) return false;
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
            if (!scan_number(text, at, subseconds(format, i + 1) ? 10 : 15 /* %s%3N */, &wide)) return false;
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
        if (p->day > days_in_month(civil.year, p->month)) return false;
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
        p->has_offset ? p->offset : (int32_t)(civil_local(&civil) - spl_zone_to_utc(zone, civil_local(&civil)));
    stamp->epoch = (double)(civil_local(&civil) - stamp->offset) + p->fraction;
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

/* --- relative times and spans ----------------------------------------------------------------------------------- */

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
    civil.year = floor_div(at, 12);
    civil.month = (int)(at - civil.year * 12) + 1;
    if (civil.day > days_in_month(civil.year, civil.month)) civil.day = days_in_month(civil.year, civil.month);
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
            if (i < spec.len && spl_is_digit(spec.data[i]) && !scan_number(spec, &i, 15, &count)) goto wrong;
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
        civil.day -= (int)(day - first - floor_div(day - first, width) * width);
    } else {
        int64_t width = count * (span.unit == SPL_UNIT_YEAR ? 12 : span.unit == SPL_UNIT_QUARTER ? 3 : 1);
        int64_t month = civil.year * 12 + civil.month - 1;
        month = floor_div(month, width) * width;
        civil.year = floor_div(month, 12);
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
