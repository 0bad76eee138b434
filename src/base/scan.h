/* scan.h -- finding literals in raw bytes at memory speed (SSE2, AVX2 where the machine has it, plain C elsewhere). */
#ifndef SPL_BASE_SCAN_H
#define SPL_BASE_SCAN_H

#include "base/arena.h"

/* A compiled literal: the two rarest of its bytes are compared 16 or 32 positions at a time, then the whole. */
typedef struct spl_needle {
    spl_str text;     /* lower case if fold */
    bool fold;        /* ASCII case does not matter */
    uint32_t rare[2]; /* offsets of the two bytes that are looked for */
    uint32_t id;      /* the user's: equal literals may be given one number */
} spl_needle;

/* TEXT is copied; not empty. */
spl_needle spl_needle_of(spl_arena *arena, spl_str text, bool fold);
/* Chooses the two bytes anew, so that they seldom stand together in SAMPLE, of which the begin is looked at: in
 * "eventcode=5861" not two of the name that every event has. */
void spl_needle_fit(spl_needle *needle, spl_str sample);
/* Pointer to the first occurrence in [begin, end), or NULL. */
const char *spl_needle_find(const spl_needle *needle, const char *begin, const char *end);
/* How often it occurs, for ranking. */
size_t spl_needle_count(const spl_needle *needle, spl_str text);
/* The first A in [begin, end), or end. */
const char *spl_scan_byte(const char *begin, const char *end, char a);

#endif
