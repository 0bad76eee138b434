/* kv.h -- automatic extraction from the text of an event (props.conf, KV_MODE, AUTO_KV_JSON). */
#ifndef SPL_KNOWLEDGE_KV_H
#define SPL_KNOWLEDGE_KV_H

#include "data/batch.h"
#include "knowledge/grid.h"

typedef struct spl_kv spl_kv; /* one thread's */

typedef enum spl_kv_kind {
    SPL_KV_PAIRS, /* key=value */
    SPL_KV_JSON,
    SPL_KV_XML,
    SPL_KV_TABLE, /* multi: each column of a table is a multivalue */
} spl_kv_kind;

typedef struct spl_kv_options {
    spl_kv_kind kind;
    bool escaped;     /* auto_escaped: \" does not end a quoted value, and stands for a quote; \\ for a backslash */
    bool keep_spaces; /* KV_TRIM_SPACES = false: blanks at the ends of quoted values stay */
    bool json;        /* of PAIRS: a text that is a JSON object gives the fields of KV_MODE = json instead */
    bool objects;     /* of JSON: of a text that is a JSON object as a whole alone */
    bool adds;        /* of JSON: values stand behind those that the field has */
    const spl_grid_rules *rules; /* of TABLE, or NULL */
    uint64_t bytes;              /* what is looked at of a text; 0: all (limits.conf, [kv] maxchars, [spath]) */
    uint64_t fields;             /* how many fields a text may give; 0: any number (limits.conf, [kv] limit) */
} spl_kv_options;

/* WANTED must outlive it. */
spl_kv *spl_kv_new(spl_arena *arena, spl_fields *fields, const spl_fieldset *wanted, spl_kv_options options);
/* Rows of BATCH come next. */
void spl_kv_begin(spl_kv *kv, spl_batch *batch);
/* The wanted fields of TEXT into row ROW of the batch. A field that has a value keeps it; of a repeated key of a pair
 * the first value counts, all of another kind; host, source, sourcetype, index, _time and _raw are never touched.
 * Values are borrowed from TEXT where they can be. Linear in the length of TEXT. MATCH: of TABLE. False: a bound cut
 * something off. */
bool spl_kv_row(spl_kv *kv, spl_match *match, uint32_t row, spl_str text);

#endif
