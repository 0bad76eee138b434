/* default_fields.c -- the fields that Splunk adds to every event. */
#include "data/default_fields.h"

#include <math.h>

enum { PUNCT_MAX = 30 };
#define BIT(field) (1u << ((field)-SPL_F_LINECOUNT))
#define OF_STAMP                                                                                                       \
    (BIT(SPL_F_DATE_HOUR) | BIT(SPL_F_DATE_MDAY) | BIT(SPL_F_DATE_MINUTE) | BIT(SPL_F_DATE_MONTH) |                    \
     BIT(SPL_F_DATE_SECOND) | BIT(SPL_F_DATE_WDAY) | BIT(SPL_F_DATE_YEAR) | BIT(SPL_F_DATE_ZONE) |                     \
     BIT(SPL_F_TIMESTARTPOS) | BIT(SPL_F_TIMEENDPOS))

bool spl_default_fields_stamped(uint32_t mask)
{
    return (mask & OF_STAMP) != 0;
}

uint32_t spl_default_fields_without(uint32_t mask, bool stamp, bool punct)
{
    if (stamp) mask &= ~(uint32_t)OF_STAMP;
    if (punct) mask &= ~(uint32_t)BIT(SPL_F_PUNCT);
    return mask;
}

spl_str spl_punct(spl_arena *arena, spl_str raw)
{
    char *out = spl_alloc(arena, PUNCT_MAX);
    size_t n = 0;

    for (size_t i = 0; i < raw.len && n < PUNCT_MAX && raw.data[i] != '\n' && raw.data[i] != '\r'; i++) {
        char c = raw.data[i];

        if (spl_is_digit(c) || spl_is_alpha(c) || (unsigned char)c >= 128) continue;
        out[n++] = c == ' ' ? '_' : c == '\t' ? 't' : c;
    }
    return spl_str_cut(out, n);
}

static size_t lines_of(spl_str raw)
{
    const char *p = raw.data, *end = raw.data + raw.len;
    size_t lines = 1;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) p++, lines++;
    return lines;
}

/* Where P stands in RAW; null where it is not in it: the stamp was read from a copy. */
static spl_value position(spl_str raw, const char *p)
{
    uintptr_t at = (uintptr_t)p, begin = (uintptr_t)raw.data;

    return p && at >= begin && at - begin <= raw.len ? spl_number((double)(at - begin)) : SPL_NULL;
}

static spl_value value_of(spl_field field, spl_batch *batch, spl_str raw, const spl_stamp *stamp, spl_str server,
                          const spl_civil *parts)
{
    static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december"};
    static const char *const days[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

    switch (field) {
    case SPL_F_LINECOUNT: return spl_number((double)lines_of(raw));
    case SPL_F_PUNCT: return spl_text(spl_punct(batch->arena, raw));
    case SPL_F_SPLUNK_SERVER: return spl_text(server);
    default: break;
    }
    if (!stamp) return SPL_NULL;
    switch (field) {
    case SPL_F_DATE_HOUR: return spl_number(parts->hour);
    case SPL_F_DATE_MDAY: return spl_number(parts->day);
    case SPL_F_DATE_MINUTE: return spl_number(parts->minute);
    case SPL_F_DATE_MONTH: return spl_text(spl_str_of(months[parts->month - 1]));
    case SPL_F_DATE_SECOND: return spl_number(parts->second);
    case SPL_F_DATE_WDAY: return spl_text(spl_str_of(days[parts->weekday]));
    case SPL_F_DATE_YEAR: return spl_number((double)parts->year);
    case SPL_F_DATE_ZONE: return stamp->zoned ? spl_number(trunc(stamp->offset / 60.0)) : spl_text(SPL_S("local"));
    case SPL_F_TIMESTARTPOS: return position(raw, stamp->begin);
    case SPL_F_TIMEENDPOS: return position(raw, stamp->end);
    default: return SPL_NULL;
    }
}

void spl_default_fields_put(spl_batch *batch, uint32_t row, uint32_t mask, spl_str raw, const spl_stamp *stamp,
                            spl_str server)
{
    spl_civil parts = {0};

    if (stamp && (mask & OF_STAMP) && fabs(stamp->epoch) < 1e15)
        spl_civil_split((int64_t)floor(stamp->epoch) + stamp->offset, &parts); /* as it is written */
    else
        stamp = NULL;
    for (; mask; mask &= mask - 1) {
        spl_field field = SPL_F_LINECOUNT + (spl_field)__builtin_ctz(mask);

        if (spl_is_null(spl_batch_get(batch, row, field)))
            spl_batch_set(batch, row, field, value_of(field, batch, raw, stamp, server, &parts));
    }
}
