/* grams.h -- which sequences of four bytes a text has, case aside, so that thousands of literals can be ruled out at
 * the price of one pass over it. */
#ifndef SPL_BASE_GRAMS_H
#define SPL_BASE_GRAMS_H

#include "base/scan.h"

typedef struct spl_grams spl_grams;

spl_grams *spl_grams_new(spl_arena *arena); /* of an empty text */
void spl_grams_of(spl_grams *grams, spl_str text);
/* False: the needle does not occur in the text. True says nothing. */
bool spl_grams_may_have(const spl_grams *grams, const spl_needle *needle);

#endif
