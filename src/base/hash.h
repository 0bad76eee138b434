/* hash.h -- a 64-bit hash of bytes: the same bytes and seed give the same hash within one run of the program. */
#ifndef SPL_BASE_HASH_H
#define SPL_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Each bit of A and B reaches all of the result. */
static inline uint64_t spl_hash_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t spl_hash_load8(const unsigned char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint64_t spl_hash_load4(const unsigned char *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* Folds 16 bytes at a time; the end is read overlapping, so that there is no loop over single bytes. Inline, since keys
 * of groups are short. */
static inline uint64_t spl_hash_bytes(const void *data, size_t len, uint64_t seed)
{
    const unsigned char *at = data;
    uint64_t a = 0, b = 0, state = seed ^ UINT64_C(0xa0761d6478bd642f);
    size_t left = len;

    if (len > 16) {
        for (; left > 16; left -= 16, at += 16)
            state = spl_hash_mix(spl_hash_load8(at) ^ UINT64_C(0xe7037ed1a0b428db), spl_hash_load8(at + 8) ^ state);
        a = spl_hash_load8(at + left - 16);
        b = spl_hash_load8(at + left - 8);
    } else if (len >= 8) {
        a = spl_hash_load8(at);
        b = spl_hash_load8(at + len - 8);
    } else if (len >= 4) {
        a = spl_hash_load4(at);
        b = spl_hash_load4(at + len - 4);
    } else if (len) {
        a = (uint64_t)at[0] << 16 | (uint64_t)at[len / 2] << 8 | at[len - 1];
    }
    return spl_hash_mix(UINT64_C(0x8ebc6af09c88c6e3) ^ len, spl_hash_mix(a ^ UINT64_C(0xe7037ed1a0b428db), b ^ state));
}

#endif
