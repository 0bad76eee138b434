/* like.h -- the patterns of LIKE: % for any run of characters, _ for one; a backslash takes the next %, _ or backslash
 * as it stands. Case matters, and the pattern covers the whole text. */
#ifndef SPL_EXPR_LIKE_H
#define SPL_EXPR_LIKE_H

#include "base/arena.h"

typedef struct spl_like spl_like;

spl_like *spl_like_compile(spl_arena *arena, spl_str pattern);
/* Linear in the text for each run between two %. */
bool spl_like_match(const spl_like *like, spl_str text);

#endif
