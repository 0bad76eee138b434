/* bag.c -- distinct values with counts: a list while there are few, then an open-addressed table over it. */
#include "aggregates/bag.h"

#include "base/num.h"
#include "exec/groups.h"
#include "exec/spool.h"

#include <stdlib.h>

enum { BAG_FEW = 8 };

static bool same(const spl_bag_item *item, spl_str text, uint32_t hash)
{
    return item->hash == hash && item->len == text.len && memcmp(item->text, text.data, text.len) == 0;
}

static void slots_grow(spl_bag *bag, spl_arena *arena)
{
    uint32_t i, at, mask;

    bag->n_slots = bag->n_slots ? bag->n_slots * 2 : BAG_FEW * 4;
    bag->slots = SPL_NEW_ARRAY(arena, bag->n_slots, uint32_t);
    mask = bag->n_slots - 1;
    for (i = 0; i < bag->len; i++) {
        for (at = bag->items[i].hash & mask; bag->slots[at]; at = (at + 1) & mask) continue;
        bag->slots[at] = i + 1;
    }
}

/* The item, or NULL with the slot where it belongs in *AT. */
static spl_bag_item *find(const spl_bag *bag, spl_str text, uint32_t hash, uint32_t *at)
{
    uint32_t i, mask = bag->n_slots - 1;

    if (!bag->slots) {
        for (i = 0; i < bag->len; i++)
            if (same(&bag->items[i], text, hash)) return &bag->items[i];
        return NULL;
    }
    for (i = hash & mask; bag->slots[i]; i = (i + 1) & mask)
        if (same(&bag->items[bag->slots[i] - 1], text, hash)) return &bag->items[bag->slots[i] - 1];
    *at = i;
    return NULL;
}

static void add_text(spl_bag *bag, spl_arena *arena, spl_str text, bool number, uint64_t count)
{
    spl_bag_item *item;
    uint32_t hash, at = 0;

    if (bag->last < bag->len) {
        item = &bag->items[bag->last];
        if (item->len == text.len && memcmp(item->text, text.data, text.len) == 0) {
            bag->present += item->count == 0;
            item->count += count;
            item->number |= number;
            return;
        }
    }
    hash = (uint32_t)(spl_str_hash(text) >> 16);
    item = find(bag, text, hash, &at);
    if (item) {
        bag->present += item->count == 0;
        item->count += count;
        item->number |= number;
        bag->last = (uint32_t)(item - bag->items);
        return;
    }
    if (bag->len == bag->cap) {
        uint32_t cap = bag->cap ? bag->cap * 2 : 2;

        bag->items = spl_realloc(arena, bag->items, bag->cap * sizeof *bag->items, cap * sizeof *bag->items);
        bag->cap = cap;
    }
    bag->items[bag->len] = (spl_bag_item){.text = spl_str_copy(arena, text).data,
                                          .len = (uint32_t)text.len,
                                          .hash = hash,
                                          .count = count,
                                          .number = number};
    bag->last = bag->len++;
    bag->present++;
    if (bag->slots) bag->slots[at] = bag->len;
    if (bag->slots ? bag->len > bag->n_slots / 2 : bag->len > BAG_FEW) slots_grow(bag, arena);
}

void spl_bag_add(spl_bag *bag, spl_arena *arena, spl_value value, uint64_t count)
{
    char text[SPL_NUM_MAX];

    if (value.kind == SPL_KIND_TEXT)
        add_text(bag, arena, spl_value_str(value), false, count);
    else if (value.kind == SPL_KIND_NUMBER)
        add_text(bag, arena, spl_str_cut(text, spl_num_write(text, value.as.number, value.digits)), true, count);
}

void spl_bag_take(spl_bag *bag, spl_value value)
{
    char buffer[SPL_NUM_MAX];
    spl_str text = value.kind == SPL_KIND_TEXT
                       ? spl_value_str(value)
                       : spl_str_cut(buffer, spl_num_write(buffer, value.as.number, value.digits));
    uint32_t at;
    spl_bag_item *item = find(bag, text, (uint32_t)(spl_str_hash(text) >> 16), &at);

    if (!item || !item->count) return;
    if (--item->count == 0) bag->present--;
}

void spl_bag_merge(spl_bag *into, spl_arena *arena, const spl_bag *from)
{
    uint32_t i;

    for (i = 0; i < from->len; i++)
        if (from->items[i].count)
            add_text(into, arena, spl_str_cut(from->items[i].text, from->items[i].len), from->items[i].number,
                     from->items[i].count);
}

static int by_text(const void *a, const void *b)
{
    const spl_bag_item *left = a, *right = b;

    return spl_str_cmp(spl_str_cut(left->text, left->len), spl_str_cut(right->text, right->len));
}

spl_bag_item *spl_bag_sorted(const spl_bag *bag, spl_arena *out, size_t *count)
{
    spl_bag_item *items = spl_alloc(out, bag->present * sizeof *items);
    size_t n = 0;
    uint32_t i;

    for (i = 0; i < bag->len; i++)
        if (bag->items[i].count) items[n++] = bag->items[i];
    if (n > 1) qsort(items, n, sizeof *items, by_text);
    *count = n;
    return items;
}

spl_value spl_bag_value(const spl_bag_item *item, spl_arena *out)
{
    spl_str text = spl_str_cut(item->text, item->len);
    double number;

    if (item->number && spl_num_parse(text, &number)) {
        const char *point = memchr(text.data, '.', text.len);
        if (!point || text.data[text.len - 1] != '0') return spl_number(number);
        return spl_number_decimals(number, (unsigned)(text.data + text.len - point - 1)); /* 1.50 */
    }
    return spl_text(spl_str_copy(out, text));
}

void spl_bag_save(const spl_bag *bag, spl_buf *out)
{
    uint32_t i;

    spl_save_bytes(out, &bag->present, sizeof bag->present);
    for (i = 0; i < bag->len; i++) {
        const spl_bag_item *item = &bag->items[i];
        uint64_t count = item->count << 1 | item->number;

        if (!item->count) continue;
        spl_save_bytes(out, &count, sizeof count);
        spl_save_str(out, spl_str_cut(item->text, item->len));
    }
}

bool spl_bag_load(spl_bag *bag, spl_arena *arena, spl_str *in)
{
    uint64_t present, count, len, i;

    if (!spl_load_bytes(in, &present, sizeof present)) return false;
    for (i = 0; i < present; i++) {
        if (!spl_load_bytes(in, &count, sizeof count) || !spl_load_bytes(in, &len, sizeof len) || len > in->len)
            return false;
        add_text(bag, arena, spl_str_cut(in->data, len), count & 1, count >> 1);
        in->data += len;
        in->len -= len;
    }
    return true;
}
