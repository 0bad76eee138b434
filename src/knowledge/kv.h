/* kv.h -- automatic key=value extraction (props.conf, KV_MODE=auto and auto_escaped). */
#ifndef SPL_KNOWLEDGE_KV_H
#define SPL_KNOWLEDGE_KV_H

#include "data/batch.h"

typedef struct spl_kv spl_kv; /* one thread's */

typedef struct spl_kv_options {
    bool escaped;     /* auto_escaped: \" does not end a quoted value, and stands for a quote; \\ for a backslash */
    bool keep_spaces; /* KV_TRIM_SPACES = false: blanks at the ends of quoted values stay */
} spl_kv_options;

/* WANTED must outlive it. */
spl_kv *spl_kv_new(spl_arena *arena, spl_fields *fields, const spl_fieldset *wanted, spl_kv_options options);
/* Rows of BATCH come next. */
void spl_kv_begin(spl_kv *kv, spl_batch *batch);
/* The wanted fields of TEXT into row ROW of the batch. A field that has a value keeps it; of a repeated key the first
 * value counts; host, source, sourcetype, index, _time and _raw are never touched. Values are borrowed from TEXT where
 * they can be. Linear in the length of TEXT. */
void spl_kv_row(spl_kv *kv, uint32_t row, spl_str text);

#endif
