/* settings.h -- which settings of Splunk's conf files are applied, and which mean nothing here. */
#ifndef SPL_KNOWLEDGE_SETTINGS_H
#define SPL_KNOWLEDGE_SETTINGS_H

#include "base/buf.h"
#include "knowledge/conf.h"

typedef enum spl_setting_kind {
    SPL_SETTING_UNKNOWN, /* no .spec has it: misspelt, most likely */
    SPL_SETTING_IGNORED, /* of a server */
    SPL_SETTING_APPLIED,
} spl_setting_kind;

extern const char *const spl_conf_files[]; /* "props", "transforms" …, ended by NULL */
/* FILE without .conf. Names have case; those of limits.conf that are applied have their stanza before them, kv/limit.
 */
spl_setting_kind spl_setting_kind_of(const char *file, spl_str name);
/* Why a setting of props.conf would change what a search finds on a server, and does not here; or NULL. */
const char *spl_setting_unmet(const spl_conf_entry *entry);
/* All names of FILE's settings, families without their *. */
size_t spl_setting_names(spl_arena *arena, const char *file, spl_str **names);

#endif
