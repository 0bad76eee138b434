/* field.h -- field names, interned for one query. Names are case-sensitive. */
#ifndef SPL_DATA_FIELD_H
#define SPL_DATA_FIELD_H

#include "base/arena.h"

typedef uint32_t spl_field; /* dense: 0, 1, 2 … within a query */

/* Known to every query, at these numbers. */
enum {
    SPL_F_RAW,
    SPL_F_TIME,
    SPL_F_HOST,
    SPL_F_SOURCE,
    SPL_F_SOURCETYPE,
    SPL_F_INDEX,
    SPL_F_INDEXTIME,
    SPL_F_FIRST_FREE, /* from here on an event may name them */
    /* Splunk's default fields, made of events only where a search names them (data/default_fields.h). */
    SPL_F_LINECOUNT = SPL_F_FIRST_FREE,
    SPL_F_PUNCT,
    SPL_F_SPLUNK_SERVER,
    SPL_F_DATE_HOUR,
    SPL_F_DATE_MDAY,
    SPL_F_DATE_MINUTE,
    SPL_F_DATE_MONTH,
    SPL_F_DATE_SECOND,
    SPL_F_DATE_WDAY,
    SPL_F_DATE_YEAR,
    SPL_F_DATE_ZONE,
    SPL_F_TIMESTARTPOS,
    SPL_F_TIMEENDPOS,
    SPL_F_DEFAULTS_END
};
static inline bool spl_is_default_field(spl_field field)
{
    return field >= SPL_F_LINECOUNT && field < SPL_F_DEFAULTS_END;
}

typedef struct spl_fields spl_fields;

spl_fields *spl_fields_new(spl_arena *arena);
/* Thread-safe; the same name always gives the same number. */
spl_field spl_field_of(spl_fields *fields, spl_str name);
/* Thread-safe; the name lives as long as the dictionary. */
spl_str spl_field_name(const spl_fields *fields, spl_field field);
uint32_t spl_fields_count(const spl_fields *fields);
/* The number of a name that is known already; interns nothing. */
bool spl_field_known(const spl_fields *fields, spl_str name, spl_field *field);
/* Starts with an underscore: shown for events, not for tables. */
bool spl_field_internal(const spl_fields *fields, spl_field field);

#define SPL_NO_FIELD UINT32_MAX

/* Fields in their order; a longer list has a bit for each field too, so that it is not gone through. */
typedef struct spl_field_list {
    spl_field *data;
    size_t len, cap;
    uint64_t *bits; /* NULL for a short one */
    size_t words;
} spl_field_list;

/* A set of fields by name, by pattern, or all. Used for what a stage reads and what the stages after it need. */
typedef struct spl_fieldset {
    spl_arena *arena;
    spl_fields *fields;
    bool all; /* every field but the excluded ones */
    spl_field_list names;
    SPL_VEC(spl_str) patterns; /* with * */
    spl_field_list except;     /* with all or patterns: not these */
    uint32_t defaults;         /* default fields added by name or by a pattern, whatever ALL says: bit i is that of
                                  SPL_F_LINECOUNT + i */
} spl_fieldset;

void spl_fieldset_init(spl_fieldset *set, spl_arena *arena, spl_fields *fields);
void spl_fieldset_add(spl_fieldset *set, spl_field field);
void spl_fieldset_add_name(spl_fieldset *set, spl_str name_or_pattern); /* "*" makes it all */
void spl_fieldset_add_all(spl_fieldset *set);
void spl_fieldset_add_set(spl_fieldset *set, const spl_fieldset *other);
void spl_fieldset_remove(spl_fieldset *set, spl_field field);
bool spl_fieldset_has(const spl_fieldset *set, spl_field field);
bool spl_fieldset_names(const spl_fieldset *set, spl_field field); /* by its name, not as one of all or of a pattern */
/* The field of that name if the set has it, else SPL_NO_FIELD. What a finite set does not name is not interned. */
spl_field spl_fieldset_find(const spl_fieldset *set, spl_str name);
bool spl_fieldset_finite(const spl_fieldset *set); /* neither all nor patterns */

#endif
