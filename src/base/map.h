/* map.h -- a hash table from text to a pointer or to a small struct, in an arena, in insertion order.
 *
 * Keys are copied into the arena at insertion. Entries keep the order in which they were first put and stay at their
 * index until the map is cleared, so `for (i = 0; i < map->len; i++) map->entries[i]` walks it. Nothing is deleted
 * one by one; a caller that needs that marks the value. */
#ifndef SPL_BASE_MAP_H
#define SPL_BASE_MAP_H

#include "base/arena.h"

typedef struct spl_map_entry {
    spl_str key;
    uint64_t hash;
    void *value;
} spl_map_entry;

typedef struct spl_map {
    spl_arena *arena;
    spl_map_entry *entries;
    size_t len, cap;
    uint32_t *slots; /* index + 1 into entries, 0 is free */
    size_t n_slots;  /* a power of two */
} spl_map;

static inline spl_map spl_map_in(spl_arena *arena)
{
    return (spl_map){.arena = arena};
}
/* The value, or NULL where the key is absent. */
void *spl_map_get(const spl_map *map, spl_str key);
/* The entry, or NULL; for values that may be NULL. */
spl_map_entry *spl_map_find(const spl_map *map, spl_str key);
/* The entry of KEY, made with a NULL value if absent; *MADE, if not NULL, tells. */
spl_map_entry *spl_map_put(spl_map *map, spl_str key, bool *made);
void spl_map_set(spl_map *map, spl_str key, void *value);

#endif
