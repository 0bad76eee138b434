/* lookup_files.h -- reading what lookups are made of: YAML definitions, CSV and KV-store files. For lookup.c; scrub's
 * files are read in the same way. */
#ifndef SPL_KNOWLEDGE_LOOKUP_FILES_H
#define SPL_KNOWLEDGE_LOOKUP_FILES_H

#include "knowledge/lookup.h"

/* Adds the published definition that FILE holds as a stanza of its name: its top-level scalars become settings. */
void spl_yaml_stanza(spl_conf *conf, spl_diag *diag, const spl_source *file);
/* FOLDER/PART/NAME; links are refused (SPL_IO). NAME satisfies spl_state_name(). */
bool spl_app_file_has(spl_arena *arena, const char *folder, const char *part, spl_str name);
bool spl_app_file_read(spl_arena *arena, const char *folder, const char *part, spl_str name, spl_str *path,
                       spl_str *text);
/* Gzip data unpacked; other text as it is. Damaged data fail the call (SPL_IO). */
spl_str spl_lookup_unpack(spl_arena *arena, spl_str path, spl_str text);
/* A KV-store file: an object a line. FIELDS are the columns, if any; else all keys met. _key is the last column. */
spl_table *spl_table_of_ndjson(spl_arena *arena, spl_diag *diag, spl_str path, spl_str text, const spl_str *fields,
                               size_t n_fields);

#endif
