/* timezones.h -- pieces of time texts that timefmt.c and timestamp.c both read. Each moves *AT on where it succeeds. */
#ifndef SPL_DATA_TIMEZONES_H
#define SPL_DATA_TIMEZONES_H

#include "data/timefmt.h"

/* An English month (0 …) or weekday (0: Sunday), whole or its first three letters, case aside. */
bool spl_scan_name(spl_str text, size_t *at, bool month, int *value);
/* Z, +hh, +hhmm, +hh:mm[:ss]: seconds east of UTC. */
bool spl_scan_offset(spl_str text, size_t *at, int32_t *offset);
/* EST, CEST …: as ZONE has it, else of a list of the usual ones. */
bool spl_scan_abbreviation(const spl_zone *zone, spl_str text, size_t *at, int32_t *offset);

#endif
