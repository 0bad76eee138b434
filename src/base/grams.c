/* grams.c -- a bit for each hash of four neighbouring bytes.
 *
 * A megabyte of logs has some ten thousand different ones, so a literal that does not occur nearly always has one that
 * does not either. The table is small enough to stay in the cache of a core. */
#include "base/grams.h"

enum { BITS = 20 };

struct spl_grams {
    uint64_t bits[(1u << BITS) / 64];
};

spl_grams *spl_grams_new(spl_arena *arena)
{
    return SPL_NEW(arena, spl_grams);
}

static inline uint32_t hash(uint32_t gram)
{
    return (gram * 0x9E3779B1u) >> (32 - BITS);
}

/* A byte as it is compared without case: setting bit 5 folds letters, and other bytes alike in text and literal. */
static inline uint32_t folded(char c)
{
    return (unsigned char)c | 0x20u;
}

void spl_grams_of(spl_grams *grams, spl_str text)
{
    uint32_t gram = 0;
    size_t i;

    memset(grams->bits, 0, sizeof grams->bits);
    for (i = 0; i < text.len && i < 3; i++) gram = gram << 8 | folded(text.data[i]);
    for (; i < text.len; i++) {
        uint32_t at;

        gram = gram << 8 | folded(text.data[i]);
        at = hash(gram);
        grams->bits[at / 64] |= (uint64_t)1 << at % 64;
    }
}

bool spl_grams_may_have(const spl_grams *grams, const spl_needle *needle)
{
    uint32_t gram = 0;
    size_t i;

    for (i = 0; i < needle->text.len; i++) {
        uint32_t at;

        gram = gram << 8 | folded(needle->text.data[i]);
        if (i < 3) continue;
        at = hash(gram);
        if (!(grams->bits[at / 64] >> at % 64 & 1)) return false;
    }
    return true;
}
