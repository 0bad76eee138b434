/* map.c -- open addressing over an array of entries in insertion order. */
#include "base/map.h"
#include "base/fault.h"

spl_map_entry *spl_map_find(const spl_map *map, spl_str key)
{
    uint64_t hash;

    if (!map->n_slots) return NULL;
    hash = spl_str_hash(key);
    for (size_t at = hash & (map->n_slots - 1);; at = (at + 1) & (map->n_slots - 1)) {
        spl_map_entry *entry;
        if (!map->slots[at]) return NULL;
        entry = &map->entries[map->slots[at] - 1];
        if (entry->hash == hash && spl_str_eq(entry->key, key)) return entry;
    }
}

void *spl_map_get(const spl_map *map, spl_str key)
{
    const spl_map_entry *entry = spl_map_find(map, key);
    return entry ? entry->value : NULL;
}

static void take_slot(spl_map *map, uint64_t hash, uint32_t number)
{
    size_t at = hash & (map->n_slots - 1);

    while (map->slots[at]) at = (at + 1) & (map->n_slots - 1);
    map->slots[at] = number;
}

spl_map_entry *spl_map_put(spl_map *map, spl_str key, bool *made)
{
    spl_map_entry *entry = spl_map_find(map, key);

    if (made) *made = !entry;
    if (entry) return entry;
    if (map->len >= UINT32_MAX - 1) spl_fail(SPL_BOUND, "more than %zu different keys", map->len);
    if (map->len >= map->n_slots / 4 * 3) {
        size_t slots = map->n_slots ? map->n_slots * 2 : 16;
        map->slots = SPL_NEW_ARRAY(map->arena, slots, uint32_t);
        map->n_slots = slots;
        for (size_t i = 0; i < map->len; i++) take_slot(map, map->entries[i].hash, (uint32_t)i + 1);
    }
    if (map->len == map->cap)
        map->entries = spl_vec_grow(map->arena, map->entries, &map->cap, map->len + 1, sizeof *map->entries);
    entry = &map->entries[map->len];
    *entry = (spl_map_entry){spl_str_copy(map->arena, key), spl_str_hash(key), NULL};
    take_slot(map, entry->hash, (uint32_t)++map->len);
    return entry;
}

void spl_map_set(spl_map *map, spl_str key, void *value)
{
    spl_map_put(map, key, NULL)->value = value;
}
