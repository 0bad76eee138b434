/* json_keys.h -- the values of a few top-level keys of a JSON object, found by looking at 64 bytes at a time. */
#ifndef SPL_READERS_JSON_KEYS_H
#define SPL_READERS_JSON_KEYS_H

#include "base/arena.h"
#include "base/str.h"

typedef struct spl_json_key {
    spl_str quoted;      /* with both quotes */
    uint64_t word, mask; /* its last bytes, up to eight */
    uint32_t column;     /* index into the wanted fields, UINT32_MAX: none */
    uint8_t mark;        /* the caller's own */
    uint8_t next;        /* in its slot, +1 */
} spl_json_key;

enum { SPL_JSON_KEYS = 250, SPL_JSON_HITS = 128 };
typedef struct spl_json_keys {
    unsigned shift;
    uint32_t count;
    uint8_t slots[256]; /* index + 1 */
    spl_json_key *keys;
} spl_json_keys;

typedef struct spl_json_hit {
    uint32_t at; /* offset of what follows the colon */
    uint32_t key;
} spl_json_hit;

enum { SPL_JSON_SCAN_BROKEN = 1, SPL_JSON_SCAN_AGAIN = 2, SPL_JSON_SCAN_STOPPED = 4 };
/* The keys of RAW: where the value of each begins, in order, up to SPL_JSON_HITS; how it went. Stops behind the key
 * number STOP (SPL_JSON_SCAN_STOPPED). BROKEN: brackets or quotes do not match. AGAIN: it cannot tell, ask
 * spl_json_find_keys(). */
typedef unsigned spl_json_scan(spl_str raw, const spl_json_keys *table, spl_json_hit *hits, size_t *n_hits,
                               unsigned stop);
/* The scans that the machine can do, the fastest last; how many. For machines whose words begin with their low byte. */
size_t spl_json_scans(spl_json_scan *const **scans);
/* The same slowly: keys with escapes, spaces before colons. How many. */
size_t spl_json_find_keys(spl_str raw, const spl_json_keys *table, spl_json_hit *hits);

/* Adds a key, COLUMN UINT32_MAX: none. False: too many keys for a table, or one that only a walk can name. */
bool spl_json_key_add(spl_json_keys *table, spl_arena *arena, spl_str key, uint32_t column, unsigned mark);
void spl_json_keys_finish(spl_json_keys *table); /* behind the last */

#endif
