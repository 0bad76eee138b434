/* agg_list.c -- list: a field's values in the order of the events, the first 100 of them.
 *
 * Events may come in any order, so each value carries its event's position. Once twice the limit has been gathered the
 * values are sorted and cut; texts stand in one of two blocks that take turns, so that what is cut leaves no waste. */
#include "exec/spool.h"
#include "registry.h"

#include <stdlib.h>

typedef struct entry {
    spl_order order;
    uint64_t turn;   /* values of one event, and events without a position, stay as they came */
    spl_value value; /* of text: as.text is NULL, spare room below tells where it is */
    size_t at;       /* offset in the block */
} entry;

typedef struct list {
    entry *entries;
    uint32_t len, cap, head; /* entries before head were taken back */
    bool cut;                /* some were dropped */
    bool sorted;             /* the first limit entries are in order, nothing beyond */
    uint64_t turn;
    char *block, *other;
    size_t block_len, block_cap, other_cap;
} list;

static int entry_cmp(const void *a, const void *b)
{
    const entry *left = a, *right = b;
    int by_order = spl_order_cmp(&left->order, &right->order);

    return by_order ? by_order : left->turn < right->turn ? -1 : left->turn > right->turn;
}

static void drop_head(list *l)
{
    if (!l->head) return;
    l->len -= l->head;
    memmove(l->entries, l->entries + l->head, l->len * sizeof *l->entries);
    l->head = 0;
}

static void sort_entries(list *l)
{
    uint32_t i;

    drop_head(l);
    for (i = 1; i < l->len; i++) /* mostly in order already */
        if (entry_cmp(&l->entries[i - 1], &l->entries[i]) > 0) break;
    if (i < l->len) qsort(l->entries, l->len, sizeof *l->entries, entry_cmp);
}

static void block_make(list *l, spl_arena *arena, size_t need)
{
    char *texts;
    size_t at = 0, cap = l->other_cap;
    uint32_t i;

    drop_head(l);
    for (i = 0; i < l->len; i++)
        if (l->entries[i].value.kind == SPL_KIND_TEXT) need += l->entries[i].value.len;
    texts = l->other;
    if (need > cap) {
        cap = need * 2 < 64 ? 64 : need * 2;
        texts = spl_alloc(arena, cap);
    }
    for (i = 0; i < l->len; i++) {
        entry *e = &l->entries[i];

        if (e->value.kind != SPL_KIND_TEXT) continue;
        if (e->value.len) memcpy(texts + at, l->block + e->at, e->value.len);
        e->at = at;
        at += e->value.len;
    }
    l->other = l->block;
    l->other_cap = l->block_cap;
    l->block = texts;
    l->block_cap = cap;
    l->block_len = at;
}

static void cut(list *l, uint64_t limit)
{
    sort_entries(l);
    if (limit && l->len > limit) {
        l->len = (uint32_t)limit;
        l->cut = true;
    }
}

static void add(list *l, const spl_agg_env *env, spl_value value, spl_order order)
{
    entry *e;

    if (env->limit && l->len >= 2 * env->limit) {
        cut(l, env->limit);
        l->sorted = true;
    }
    if (l->sorted && spl_order_cmp(&order, &l->entries[env->limit - 1].order) > 0) {
        l->cut = true; /* after the last of those that can stay */
        return;
    }
    if (l->len == l->cap) {
        uint32_t cap = l->cap ? l->cap * 2 : 4;

        l->entries = spl_realloc(env->arena, l->entries, l->cap * sizeof *l->entries, cap * sizeof *l->entries);
        l->cap = cap;
    }
    if (value.kind == SPL_KIND_TEXT && l->block_len + value.len > l->block_cap) block_make(l, env->arena, value.len);
    e = &l->entries[l->len++];
    *e = (entry){.order = order, .turn = l->turn++, .value = value, .at = l->block_len};
    if (value.kind == SPL_KIND_TEXT) {
        if (value.len) memcpy(l->block + l->block_len, value.as.text, value.len);
        l->block_len += value.len;
    }
}

static spl_value entry_value(const list *l, const entry *e)
{
    spl_value value = e->value;

    if (value.kind == SPL_KIND_TEXT) value.as.text = value.len ? l->block + e->at : "";
    return value;
}

static void list_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    add(state, env, input->value, input->order);
}

static void list_merge(void *into, const void *from, const spl_agg_env *env)
{
    list *a = into;
    const list *b = from;
    uint32_t i;

    a->cut |= b->cut;
    for (i = b->head; i < b->len; i++) add(a, env, entry_value(b, &b->entries[i]), b->entries[i].order);
}

static spl_value list_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    list *l = state;
    size_t count, i;
    spl_value *values;

    sort_entries(l);
    l->sorted = false;
    count = env->limit && l->len > env->limit ? env->limit : l->len;
    if (count < l->len) l->cut = true;
    values = spl_alloc(out, count * sizeof *values);
    for (i = 0; i < count; i++) values[i] = spl_value_keep(out, entry_value(l, &l->entries[i]));
    return spl_multi_of(out, values, count);
}

static bool list_cut(const void *state, const spl_agg_env *env)
{
    const list *l = state;

    return l->cut || (env->limit && l->len > env->limit);
}

/* The oldest is the first entry: streamstats feeds in order. A list that was cut no longer knows what came after. */
static void list_undo(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    list *l = state;

    (void)env;
    (void)input;
    if (l->head < l->len) l->head++;
    if (l->head * 2 > l->len) drop_head(l);
}

static void list_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    const list *l = state;
    uint32_t i;

    (void)env;
    spl_save_bytes(out, &(uint32_t){l->len - l->head}, sizeof l->len);
    spl_save_bytes(out, &l->cut, sizeof l->cut);
    spl_save_bytes(out, &l->turn, sizeof l->turn);
    for (i = l->head; i < l->len; i++) {
        spl_save_bytes(out, &l->entries[i].order, sizeof l->entries[i].order);
        spl_save_bytes(out, &l->entries[i].turn, sizeof l->entries[i].turn);
        spl_save_value(out, entry_value(l, &l->entries[i]));
    }
}

static bool list_load(void *state, const spl_agg_env *env, spl_str *in)
{
    list *l = state;
    uint32_t len, i;
    uint64_t turn, turns;
    spl_order order;
    spl_value value;
    spl_agg_env whole = *env;
    bool was_cut;

    whole.limit = 0;
    if (!spl_load_bytes(in, &len, sizeof len) || !spl_load_bytes(in, &was_cut, sizeof was_cut) ||
        !spl_load_bytes(in, &turns, sizeof turns))
        return false;
    for (i = 0; i < len; i++) {
        if (!spl_load_bytes(in, &order, sizeof order) || !spl_load_bytes(in, &turn, sizeof turn) ||
            !spl_load_value(env->arena, in, &value))
            return false;
        add(l, &whole, value, order);
        l->entries[l->len - 1].turn = turn;
    }
    l->turn = turns;
    l->cut = was_cut;
    return true;
}

SPL_AGGREGATE(list, .signature = "list(<field>)",
              .summary = "The field's values in the order of the events, a multivalue of at most 100.",
              .example = "| makeresults count=4 | streamstats count as n | eval n=n%3 | stats list(n) as x",
              .result = "[1,2,0,1]", .ordered = true, .state_size = sizeof(list), .update = list_update,
              .merge = list_merge, .finish = list_finish, .save = list_save, .load = list_load, .undo = list_undo,
              .cut = list_cut);
