/* zone.h -- the calendar and time zones. A zone is passed, never the process's.
 *
 * Zones are read from the system's zone data (/usr/share/zoneinfo, package tzdata) into immutable tables. */
#ifndef SPL_DATA_ZONE_H
#define SPL_DATA_ZONE_H

#include "base/arena.h"

typedef struct spl_zone spl_zone; /* immutable, shared by threads */

/* NAME: an IANA name, "UTC", an offset "+02:00" or a POSIX rule "EST5EDT,M3.2.0,M11.1.0"; NULL: of the environment (TZ,
 * /etc/localtime). NULL: unknown. */
const spl_zone *spl_zone_open(spl_arena *arena, const char *name);
/* The zone with names of its own for offsets, which go before all others where a text has them: TEXT is NAME=ZONE,
 * comma-separated, ZONE an offset behind GMT or UTC or alone, or a usual abbreviation. NULL: *WRONG is a part that is
 * none. */
const spl_zone *spl_zone_named(spl_arena *arena, const spl_zone *zone, spl_str text, spl_str *wrong);
/* Seconds east of UTC at the UTC time T; ABBREVIATION may be NULL. */
int32_t spl_zone_offset(const spl_zone *zone, int64_t t, const char **abbreviation);
/* The UTC time of a local time; of two the earlier, of none the one after the gap. */
int64_t spl_zone_to_utc(const spl_zone *zone, int64_t local_seconds);

typedef struct spl_civil { /* proleptic Gregorian */
    int64_t year;
    int month, day; /* 1..12, 1..31 */
    int hour, minute, second;
    int32_t nanosecond;
    int weekday;    /* 0 Sunday */
    int yearday;    /* 0.. */
    int32_t offset; /* seconds east of UTC */
    const char *abbreviation;
} spl_civil;
static inline int64_t spl_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}
static inline bool spl_is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
int spl_days_in_month(int64_t year, int month);
int64_t spl_days_from_civil(int64_t year, int month, int day); /* days since 1970-01-01 */
void spl_civil_split(int64_t local, spl_civil *out); /* its date, time of day, weekday and day of the year alone */
void spl_civil_of(const spl_zone *zone, double epoch, spl_civil *out);
int64_t spl_civil_local(const spl_civil *civil); /* seconds since 1970-01-01 of its own zone; normalised as below */
double spl_civil_epoch(const spl_zone *zone, const spl_civil *civil); /* fields may be out of range: normalised */

#endif
