/* bag.h -- the distinct values of a group and how often each came: dc, values, mode.
 *
 * Values are the same when their texts are (1, 1.0 and 01 differ; the number 1 and the text 1 do not). */
#ifndef SPL_AGGREGATES_BAG_H
#define SPL_AGGREGATES_BAG_H

#include "base/buf.h"
#include "data/value.h"

typedef struct spl_bag_item {
    const char *text;
    uint32_t len;
    uint32_t hash;
    uint64_t count : 63; /* 0: taken back again */
    uint64_t number : 1; /* came as a number: given back as one */
} spl_bag_item;

typedef struct spl_bag { /* zeroed: empty */
    spl_bag_item *items;
    uint32_t *slots; /* index + 1, 0 is free; NULL while there are few items */
    uint32_t len, cap, n_slots;
    uint32_t last;    /* the item met last: values often repeat */
    uint64_t present; /* items whose count is not 0 */
} spl_bag;

void spl_bag_add(spl_bag *bag, spl_arena *arena, spl_value value, uint64_t count);
void spl_bag_take(spl_bag *bag, spl_value value); /* one of what was added */
void spl_bag_merge(spl_bag *into, spl_arena *arena, const spl_bag *from);
/* The present items, sorted by text; in OUT, borrowing the texts. */
spl_bag_item *spl_bag_sorted(const spl_bag *bag, spl_arena *out, size_t *count);
spl_value spl_bag_value(const spl_bag_item *item, spl_arena *out); /* copied */
void spl_bag_save(const spl_bag *bag, spl_buf *out);
bool spl_bag_load(spl_bag *bag, spl_arena *arena, spl_str *in);

#endif
