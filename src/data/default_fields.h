/* default_fields.h -- the fields that Splunk adds to every event: linecount, punct, splunk_server, date_*,
 * timestartpos, timeendpos. They are made only where a search names them (spl_fieldset.defaults), after the fields of
 * the event's text, which stand. Rules: docs/reference/formats/default_fields.md. */
#ifndef SPL_DATA_DEFAULT_FIELDS_H
#define SPL_DATA_DEFAULT_FIELDS_H

#include "data/batch.h"
#include "data/timefmt.h"

/* Of a mask of spl_fieldset.defaults: those that come from the time stamp. */
bool spl_default_fields_stamped(uint32_t mask);
/* MASK without those that come from the time stamp, without punct. */
uint32_t spl_default_fields_without(uint32_t mask, bool stamp, bool punct);
/* Makes those of MASK that row ROW has no value of. STAMP: the time stamp that was found in RAW, or NULL. RAW and
 * SERVER live as long as the batch. */
void spl_default_fields_put(spl_batch *batch, uint32_t row, uint32_t mask, spl_str raw, const spl_stamp *stamp,
                            spl_str server);
/* The first thirty characters of the first line that are no letters or digits: blanks as underscores, tabs as t. */
spl_str spl_punct(spl_arena *arena, spl_str raw);

#endif
