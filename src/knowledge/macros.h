/* macros.h -- macros of apps, published content and the command line. */
#ifndef SPL_KNOWLEDGE_MACROS_H
#define SPL_KNOWLEDGE_MACROS_H

#include "knowledge/knowledge.h"

typedef struct spl_macros spl_macros;

spl_macros *spl_macros_new(spl_arena *arena, spl_diag *diag);
void spl_macros_add_folder(spl_macros *macros, const char *folder);
/* 'NAME(ARGS)=DEFINITION'; what is no such thing goes to the diagnostics, code "bad-argument". */
void spl_macros_add_text(spl_macros *macros, const char *text);
const spl_macro *spl_macros_find(spl_macros *macros, spl_str name, uint32_t n_args);
spl_str spl_macros_suggest(spl_macros *macros, spl_arena *arena, spl_str name);
size_t spl_macros_all(spl_macros *macros, spl_arena *arena, const spl_macro ***out);
/* "x(2)" as a name is x with two arguments: cuts the count off. Returns it, or -1 where there was none. */
long spl_macro_name(spl_arena *arena, spl_macro *macro);

#endif
