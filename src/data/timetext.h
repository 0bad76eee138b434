/* timetext.h -- pieces of texts of times, for strftime.c, strptime.c, timespan.c and timestamp.c. What reads one moves
 * *AT on where it succeeds. */
#ifndef SPL_DATA_TIMETEXT_H
#define SPL_DATA_TIMETEXT_H

#include "data/zone.h"

extern const char *const spl_month_names[12];
extern const char *const spl_day_names[7]; /* Sunday first */

/* Behind spaces, up to MAX_DIGITS digits. */
bool spl_scan_number(spl_str text, size_t *at, int max_digits, int64_t *value);
/* An English month (0 …) or weekday (0: Sunday), whole or its first three letters, case aside. */
bool spl_scan_name(spl_str text, size_t *at, bool month, int *value);
/* Z, +hh, +hhmm, +hh:mm[:ss]: seconds east of UTC (zone.c). */
bool spl_scan_offset(spl_str text, size_t *at, int32_t *offset);
/* EST, CEST …: as ZONE has it, else of a list of the usual ones (zone.c). */
bool spl_scan_abbreviation(const spl_zone *zone, spl_str text, size_t *at, int32_t *offset);

#endif
