/* yaml.h -- published content: macros in YAML (name, definition, arguments, description). */
#ifndef SPL_KNOWLEDGE_YAML_H
#define SPL_KNOWLEDGE_YAML_H

#include "lang/parse.h"

/* The macro that FILE holds, or NULL; what is wrong with it goes to DIAG, code "conf". */
spl_macro *spl_yaml_macro(spl_arena *arena, spl_diag *diag, const spl_source *file);

#endif
