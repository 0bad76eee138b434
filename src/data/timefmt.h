/* timefmt.h -- times from and to text (strftime.c, strptime.c), relative times and spans (timespan.c), time stamps of
 * events (timestamp.c). Zone and clock are passed, never the process's. */
#ifndef SPL_DATA_TIMEFMT_H
#define SPL_DATA_TIMEFMT_H

#include "base/buf.h"
#include "data/zone.h"

/* strftime with Splunk's variables (%N, %Q, %3N, %z, %:z, %s, %F, %T, %+ …; Search Reference, "Date and time format
 * variables"). */
void spl_strftime(spl_buf *out, const spl_zone *zone, double epoch, spl_str format);
/* A time stamp that was found in a text. */
typedef struct spl_stamp {
    bool found;
    bool zoned;     /* it says its offset, or is epoch seconds (offset 0); else OFFSET is the zone's */
    int32_t offset; /* seconds east of UTC */
    double epoch;
    const char *begin, *end; /* where it stood; maybe in a copy that is gone */
} spl_stamp;

/* strptime: the epoch, false where TEXT does not fit. What follows the format in TEXT is ignored as Splunk does. A time
 * without a date is today's by NOW. */
bool spl_strptime(const spl_zone *zone, spl_str text, spl_str format, double now, double *epoch);
/* The same for the time of an event: a date without a year is the last such day, two days of skew allowed, and a time
 * without a date is of the day of DAY. */
bool spl_strptime_stamp(const spl_zone *zone, spl_str text, spl_str format, double now, double day, spl_stamp *stamp);

/* Relative time (relative_time(), earliest=): "-7d@d", "@w1", "+3mon@mon", "now", "1600000000", "0", "rt…" (as the part
 * after rt), "mm/dd/yyyy:HH:MM:SS". False: not a time; *AT, if not NULL, is the offset where it went wrong. */
bool spl_timespec(const spl_zone *zone, spl_str spec, double now, double *epoch, size_t *at);
/* A span of time: "5m", "1h", "30s", "1mon", "100ms", "1w@w1"; a bare number has no unit. */
typedef enum spl_unit {
    SPL_UNIT_NONE, /* a bare number */
    SPL_UNIT_US,
    SPL_UNIT_MS,
    SPL_UNIT_CS,
    SPL_UNIT_DS,
    SPL_UNIT_SECOND,
    SPL_UNIT_MINUTE,
    SPL_UNIT_HOUR,
    SPL_UNIT_DAY,
    SPL_UNIT_WEEK,
    SPL_UNIT_MONTH,
    SPL_UNIT_QUARTER,
    SPL_UNIT_YEAR,
} spl_unit;
typedef struct spl_span_time {
    double count; /* 1 where none was typed */
    spl_unit unit;
    spl_unit snap; /* what follows @, or SPL_UNIT_NONE */
    int weekday;   /* of @w1: 1; else 0 (weeks begin on Sunday) */
} spl_span_time;
bool spl_timespan(spl_str text, spl_span_time *span);
/* The start of the bucket that EPOCH falls into (bin, timechart): days and longer follow the zone's calendar. */
double spl_time_bucket(const spl_zone *zone, double epoch, spl_span_time span);
double spl_time_bucket_next(const spl_zone *zone, double bucket, spl_span_time span);
/* T moved on by SPAN: days and longer by the zone's calendar. */
double spl_time_add(const spl_zone *zone, double t, spl_span_time span);
double spl_span_seconds(spl_span_time span); /* of a month: 30 days, and so on */

/* Finding the time stamp of an event in its text (src/data/timestamp.c), in the usual forms: ISO 8601, RFC 3164 (year
 * from NOW), RFC 2822, Apache, US "09/02/2020 01:43:50 AM", epoch seconds, milli-, micro- and nanoseconds … beginning
 * within the first LOOKAHEAD bytes. What is found depends on TEXT alone; CLOCK only keeps offsets of the zone. */
typedef struct spl_clock spl_clock; /* one thread's caches */
spl_clock *spl_clock_new(spl_arena *arena, const spl_zone *zone, double now);
const spl_zone *spl_clock_zone(const spl_clock *clock);
spl_stamp *spl_clock_stamp(spl_clock *clock); /* the last one that was found; the caller may clear or amend it */
bool spl_timestamp_find(spl_clock *clock, spl_str text, size_t lookahead, double *epoch, size_t *begin, size_t *end);
/* The time of day that TEXT begins with (perhaps behind a bracket or quote), with seconds, on the day that was told
 * last. */
void spl_clock_set_day(spl_clock *clock, double day); /* NaN, as at first: there is none */
bool spl_timestamp_of_day(spl_clock *clock, spl_str text, double *epoch);
/* The last date in the name of a file, of a year with four digits: noon of that day. */
bool spl_date_in_name(const spl_zone *zone, spl_str name, double *epoch);
/* A text that is wholly a time stamp ("2020-09-02T01:43:36.775000000Z", "2020-09-02 01:43:33.998", "1599011016"). */
bool spl_timestamp_parse(spl_clock *clock, spl_str text, double *epoch);

#endif
