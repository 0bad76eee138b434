/* zone.c -- the calendar and time zones.
 *
 * A zone is the file of the system's zone data (RFC 8536) read into a table; behind its last transition the POSIX rule
 * in its footer goes on. Nothing changes after spl_zone_open(), so that threads share a zone without a lock. */
#include "data/zone.h"

#include "base/fault.h"
#include "data/timetext.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the calendar ----------------------------------------------------------------------------------------------- */

int64_t spl_days_from_civil(int64_t year, int month, int day)
{
    int64_t era, of_era;
    int shifted, of_year; /* years that begin in March put the leap day last */

    year -= month <= 2;
    era = spl_floor_div(year, 400);
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
    era = spl_floor_div(days, 146097);
    of_era = days - era * 146097;
    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year + year / 4 - year / 100);
    shifted = (int)((5 * of_year + 2) / 153);
    out->day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    out->month = shifted < 10 ? shifted + 3 : shifted - 9;
    out->year = year + era * 400 + (out->month <= 2);
}

int spl_days_in_month(int64_t year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && spl_is_leap(year));
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
        while (of_month > spl_days_in_month(year, rule->month)) of_month -= 7;
        day = first + of_month - 1;
    } else {
        day = spl_days_from_civil(year, 1, 1) + rule->day;
        if (rule->kind == 'J' && !(spl_is_leap(year) && rule->day >= 60)) day--;
    }
    return day * 86400 + rule->seconds - offset;
}

static const zone_type *ruled_type(const spl_zone *zone, int64_t t)
{
    spl_civil civil;
    int64_t begin, end;

    if (!zone->begin.kind) return &zone->std;
    civil_from_days(spl_floor_div(t + zone->std.offset, 86400), &civil);
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
    int64_t days = spl_floor_div(local, 86400);
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

int64_t spl_civil_local(const spl_civil *civil)
{
    int64_t months = civil->year * 12 + civil->month - 1;
    int64_t year = spl_floor_div(months, 12);

    return (spl_days_from_civil(year, (int)(months - year * 12) + 1, 1) + civil->day - 1) * 86400 +
           (int64_t)civil->hour * 3600 + (int64_t)civil->minute * 60 + civil->second;
}

double spl_civil_epoch(const spl_zone *zone, const spl_civil *civil)
{
    return (double)spl_zone_to_utc(zone, spl_civil_local(civil)) + civil->nanosecond / 1e9;
}

/* --- what texts say of zones -------------------------------------------------------------------------------------- */

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
