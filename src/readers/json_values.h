/* json_values.h -- the text of events that are JSON, looked at where a reader wants something of it: without validating
 * the rest, and as far as it goes where it is broken. */
#ifndef SPL_READERS_JSON_VALUES_H
#define SPL_READERS_JSON_VALUES_H

#include "base/json.h"
#include "data/value.h"

static inline const char *spl_json_space(const char *p, const char *end)
{
    while (p < end && spl_is_space(*p)) p++;
    return p;
}
/* P is behind a string's opening quote: its closing one, or NULL where it does not end before END. */
const char *spl_json_string_end(const char *p, const char *end, bool *escaped);
/* Behind the object or array that opens at P, or NULL where it does not close. */
const char *spl_json_behind(const char *p, const char *end);
/* The value at P: text of a string, number or word in *OUT, null for an object or an array. Where it ends; NULL if it
 * is a string that does not end. Text without escapes is borrowed. */
const char *spl_json_read_value(const char *p, const char *end, spl_arena *arena, spl_value *out);
/* HEAD without a byte order mark. */
spl_str spl_json_body(spl_str head);
bool spl_json_starts_object(const char *p, const char *end);

#endif
