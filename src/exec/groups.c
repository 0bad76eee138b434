/* groups.c -- the hash table of groups: open addressing over stored hashes, one allocation a group.
 *
 * Keys are compared as text, so that the number 1 and the text 1 make one group (shown as a number then). Beyond its
 * budget the table is written as a run sorted by key; the runs are merged at the end, states of equal keys with
 * merge(). Rows with a multivalue in a BY field belong to a group for each of its values. */
#include "exec/groups.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/num.h"
#include "data/compare.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The text of a number key: mostly small whole numbers. */
static spl_str number_text(spl_value value, char room[SPL_NUM_MAX])
{
    double number = value.as.number;

    if (value.digits == 0 && number >= 0 && number < 1e15 && number == floor(number)) {
        uint64_t units = (uint64_t)number;
        char *at = room + 24;

        do *--at = (char)('0' + units % 10);
        while (units /= 10);
        return spl_str_cut(at, (size_t)(room + 24 - at));
    }
    return spl_str_cut(room, spl_num_write(room, number, value.digits));
}

static inline uint64_t hash_value(spl_value value)
{
    char room[SPL_NUM_MAX];
    spl_str text;

    if (value.kind == SPL_KIND_TEXT) return spl_hash_bytes(value.as.text, value.len, 0);
    if (value.kind == SPL_KIND_NULL) return 0x2545f4914f6cdd1du;
    text = number_text(value, room);
    return spl_hash_bytes(text.data, text.len, 0);
}

static inline uint64_t hash_keys(const spl_value *keys, size_t count)
{
    uint64_t hash = hash_value(keys[0]);
    size_t i;

    for (i = 1; i < count; i++) hash = spl_hash_mix(hash ^ 0x8ebc6af09c88c6e3u, hash_value(keys[i]) + i);
    return hash;
}

static inline bool same_key(spl_value a, spl_value b)
{
    if (a.kind == SPL_KIND_TEXT && b.kind == SPL_KIND_TEXT)
        return a.len == b.len && memcmp(a.as.text, b.as.text, a.len) == 0;
    if (a.kind == SPL_KIND_NUMBER && b.kind == SPL_KIND_NUMBER && a.as.number == b.as.number && a.digits == b.digits)
        return true;
    return spl_value_same(a, b);
}

static inline bool same_keys(const spl_value *a, const spl_value *b, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (!same_key(a[i], b[i])) return false;
    return true;
}

static const uint64_t tens[] = {
    1,         10,         100,         1000,         10000,         100000,         1000000,         10000000,
    100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000};

/* The order of the texts of two whole numbers, without making the texts; false if one is no such number. */
static bool compare_whole(spl_value a, spl_value b, int *order)
{
    uint64_t x, y;
    unsigned digits_x = 1, digits_y = 1;

    if (a.kind != SPL_KIND_NUMBER || b.kind != SPL_KIND_NUMBER || a.digits || b.digits) return false;
    if (!(a.as.number >= 0 && a.as.number < 1e15 && b.as.number >= 0 && b.as.number < 1e15)) return false;
    x = (uint64_t)a.as.number;
    y = (uint64_t)b.as.number;
    if ((double)x != a.as.number || (double)y != b.as.number) return false;
    while (x >= tens[digits_x]) digits_x++;
    while (y >= tens[digits_y]) digits_y++;
    if (digits_x < digits_y) x *= tens[digits_y - digits_x];
    if (digits_y < digits_x) y *= tens[digits_x - digits_y];
    *order = x != y ? (x < y ? -1 : 1) : digits_x < digits_y ? -1 : digits_x > digits_y;
    return true;
}

int spl_keys_compare(const spl_value *a, const spl_value *b, size_t count)
{
    size_t i;
    int order;
    char here[SPL_NUM_MAX], there[SPL_NUM_MAX];

    for (i = 0; i < count; i++) {
        bool null_a = spl_is_null(a[i]), null_b = spl_is_null(b[i]);

        if (null_a || null_b) {
            if (null_a != null_b) return null_a ? 1 : -1; /* nulls last */
            continue;
        }
        if (compare_whole(a[i], b[i], &order)) {
            if (order) return order;
            continue;
        }
        order = spl_compare_by(a[i], b[i]);
        if (order) return order;
        if (same_key(a[i], b[i])) continue;
        order = spl_str_cmp(a[i].kind == SPL_KIND_NUMBER ? number_text(a[i], here) : spl_value_str(a[i]),
                            b[i].kind == SPL_KIND_NUMBER ? number_text(b[i], there) : spl_value_str(b[i]));
        if (order) return order;
    }
    return 0;
}

int spl_key_compare_rows(spl_value a, spl_value b)
{
    double x, y;
    bool number_a = spl_value_number(a, &x), number_b = spl_value_number(b, &y);

    if (number_a && number_b && x != y) return x < y ? -1 : 1;
    if (number_a != number_b) return number_a ? -1 : 1;
    return spl_keys_compare(&a, &b, 1);
}

/* --- the table -------------------------------------------------------------------------------------------------------
 */

static void table_clear(spl_groups *groups)
{
    groups->slots = NULL;
    groups->n_slots = 0;
    groups->list.data = NULL;
    groups->list.len = groups->list.cap = 0;
    groups->last = NULL;
}

static void free_arena_of(void *ptr)
{
    spl_arena_free(((spl_groups *)ptr)->arena);
}

void spl_groups_init(spl_groups *groups, spl_op *op, const spl_aggs *aggs, const spl_by *by)
{
    size_t limit = spl_account_limit(op->query->account), threads = op->query->threads ? op->query->threads : 1;

    *groups = (spl_groups){.op = op, .by = by, .n_keys = by->count};
    groups->arena = spl_arena_new(op->query->account);
    spl_arena_defer(op->state, free_arena_of, groups);
    groups->budget = (limit ? limit / 2 : (size_t)1 << 30) / threads;
    spl_agg_run_init(&groups->run, aggs, op, groups->arena);
}

void spl_groups_clear(spl_groups *groups)
{
    spl_arena_reset(groups->arena);
    table_clear(groups);
}

void spl_groups_renew(spl_groups *groups)
{
    groups->arena = spl_arena_new(groups->op->query->account);
    table_clear(groups);
    spl_agg_run_arena(&groups->run, groups->arena);
}

static void grow(spl_groups *groups)
{
    size_t n = groups->n_slots ? groups->n_slots * 2 : 64, mask = n - 1, i, at;
    struct spl_group_slot *slots = spl_calloc(groups->arena, n, sizeof *slots);

    for (i = 0; i < groups->list.len; i++) {
        spl_group *group = groups->list.data[i];

        for (at = group->hash & mask; slots[at].group; at = (at + 1) & mask) continue;
        slots[at].hash = group->hash;
        slots[at].group = group;
    }
    groups->slots = slots;
    groups->n_slots = n;
}

static spl_group *group_new(spl_groups *groups, spl_arena *arena, const spl_value *keys, uint64_t hash)
{
    size_t n = groups->n_keys, head = (sizeof(spl_group) + n * sizeof(spl_value) + 15) / 16 * 16;
    size_t states = (groups->run.aggs->size + 15) / 16 * 16 + groups->extra, text = 0, i;
    spl_group *group;
    char *room;

    for (i = 0; i < n; i++)
        if (keys[i].kind == SPL_KIND_TEXT) text += keys[i].len;
    group = spl_alloc(arena, head + states + text);
    group->hash = hash;
    group->states = (char *)group + head;
    memset(group->states, 0, states);
    room = (char *)group + head + states;
    for (i = 0; i < n; i++) {
        group->keys[i] = keys[i];
        if (keys[i].kind != SPL_KIND_TEXT) continue;
        if (keys[i].len) memcpy(room, keys[i].as.text, keys[i].len);
        group->keys[i].as.text = room;
        room += keys[i].len;
    }
    spl_states_init(&groups->run, group->states);
    return group;
}

/* A number shows as one, whichever came first. */
static inline void prefer_numbers(spl_group *group, const spl_value *keys, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (keys[i].kind == SPL_KIND_NUMBER && group->keys[i].kind == SPL_KIND_TEXT) group->keys[i] = keys[i];
}

static spl_group *put(spl_groups *groups, const spl_value *keys, uint64_t hash)
{
    size_t mask, at;
    spl_group *group;

    if (groups->list.len * 10 >= groups->n_slots * 7) grow(groups);
    mask = groups->n_slots - 1;
    for (at = hash & mask; groups->slots[at].group; at = (at + 1) & mask) {
        if (groups->slots[at].hash != hash || !same_keys(groups->slots[at].group->keys, keys, groups->n_keys)) continue;
        group = groups->slots[at].group;
        prefer_numbers(group, keys, groups->n_keys);
        return group;
    }
    group = group_new(groups, groups->arena, keys, hash);
    groups->slots[at].hash = hash;
    groups->slots[at].group = group;
    SPL_PUSH(groups->arena, &groups->list, group);
    return group;
}

spl_group *spl_groups_put(spl_groups *groups, const spl_value *keys)
{
    return put(groups, keys, groups->n_keys ? hash_keys(keys, groups->n_keys) : 0);
}

/* --- rows to groups
 * ---------------------------------------------------------------------------------------------------- */

static void add_pair(spl_groups *groups, spl_batch *batch, uint32_t row, uint32_t index, spl_group *group)
{
    spl_agg_pairs *pairs = &groups->pairs;

    if (pairs->count == pairs->cap) { /* only multivalues make more pairs than rows */
        spl_agg_pairs old = *pairs;

        (void)batch;
        pairs->cap = 0;
        spl_pairs_reserve(groups->op->state, pairs, old.cap * 2 + 64);
        if (old.count) {
            memcpy(pairs->rows, old.rows, old.count * sizeof *old.rows);
            memcpy(pairs->index, old.index, old.count * sizeof *old.index);
            memcpy(pairs->blocks, old.blocks, old.count * sizeof *old.blocks);
        }
    }
    pairs->rows[pairs->count] = row;
    pairs->index[pairs->count] = index;
    pairs->blocks[pairs->count++] = group->states;
    if (groups->track) SPL_PUSH(groups->op->state, &groups->assigned, group);
}

static inline spl_group *group_of(spl_groups *groups, const spl_value *keys)
{
    spl_group *group = groups->last;

    if (group && same_keys(group->keys, keys, groups->n_keys)) {
        prefer_numbers(group, keys, groups->n_keys);
        return group;
    }
    return groups->last = put(groups, keys, hash_keys(keys, groups->n_keys));
}

/* Which values of a multivalue stand in it before. */
static bool *repeats(spl_arena *arena, spl_value multi)
{
    bool *again = SPL_NEW_ARRAY(arena, spl_value_count(multi), bool);
    spl_map known = spl_map_in(arena);

    for (uint32_t i = 0; i < spl_value_count(multi); i++) {
        bool made;

        spl_map_put(&known, spl_value_text(arena, spl_value_at(multi, i)), &made);
        again[i] = !made;
    }
    return again;
}

/* Every combination of the values of a row's multivalue keys. */
static void add_combinations(spl_groups *groups, spl_batch *batch, uint32_t row, uint32_t index, const spl_value *cells)
{
    size_t n = groups->n_keys, i;
    spl_value *keys = spl_alloc(batch->arena, n * sizeof *keys);
    uint32_t *at = spl_calloc(batch->arena, n, sizeof *at);
    bool **again = spl_calloc(batch->arena, n, sizeof *again);

    for (i = 0; groups->by->dedup && i < n; i++)
        if (cells[i].kind == SPL_KIND_MULTI) again[i] = repeats(batch->arena, cells[i]);
    for (;;) {
        bool skip = false;

        for (i = 0; i < n; i++) {
            keys[i] = cells[i].kind == SPL_KIND_MULTI ? cells[i].as.multi->items[at[i]] : cells[i];
            skip |= again[i] && again[i][at[i]];
        }
        if (!skip) add_pair(groups, batch, row, index, group_of(groups, keys));
        for (i = n; i > 0; i--) {
            if (++at[i - 1] < spl_value_count(cells[i - 1])) break;
            at[i - 1] = 0;
        }
        if (i == 0) return;
    }
}

void spl_groups_assign(spl_groups *groups, spl_batch *batch)
{
    const spl_by *by = groups->by;
    const spl_value **columns;
    spl_value *keys;
    uint32_t i, row, rows = spl_batch_rows(batch);
    size_t k, n = groups->n_keys;

    groups->pairs.count = groups->assigned.len = 0;
    spl_pairs_reserve(groups->op->state, &groups->pairs, rows);
    if (n == 0) {
        spl_group *group = groups->last ? groups->last : (groups->last = spl_groups_put(groups, NULL));

        for (i = 0; i < rows; i++) {
            if (groups->track) SPL_PUSH(groups->op->state, &groups->assigned, group);
            groups->pairs.rows[i] = spl_batch_row(batch, i);
            groups->pairs.index[i] = i;
            groups->pairs.blocks[i] = group->states;
        }
        groups->pairs.count = rows;
        return;
    }
    columns = spl_alloc(batch->arena, n * sizeof *columns);
    keys = spl_alloc(batch->arena, n * sizeof *keys);
    for (k = 0; k < n; k++) {
        const spl_column *column = spl_batch_column(batch, by->fields[k].field);
        const spl_bin *bin = &by->fields[k].bin;

        columns[k] = column ? column->cells : NULL;
        if (!column && !by->fields[k].nulls) return;
        if (column && (bin->kind == SPL_BIN_TIME || bin->kind == SPL_BIN_NUMBER || bin->kind == SPL_BIN_LOG)) {
            spl_value *binned = spl_alloc(batch->arena, batch->rows * sizeof *binned);
            bool outside;

            for (i = 0; i < rows; i++) {
                row = spl_batch_row(batch, i);
                outside = false;
                binned[row] = spl_bin_value(bin, groups->op->query, batch->arena, column->cells[row], &outside);
                if (outside) binned[row] = SPL_NULL;
            }
            columns[k] = binned;
        }
    }
    for (i = 0; i < rows; i++) {
        bool multi = false, missing = false;

        row = spl_batch_row(batch, i);
        for (k = 0; k < n; k++) {
            keys[k] = columns[k] ? columns[k][row] : SPL_NULL;
            multi |= keys[k].kind == SPL_KIND_MULTI;
            missing |= keys[k].kind == SPL_KIND_NULL && !by->fields[k].nulls;
        }
        if (missing) continue;
        if (multi)
            add_combinations(groups, batch, row, i, keys);
        else
            add_pair(groups, batch, row, i, group_of(groups, keys));
    }
}

/* --- spilling
 * ---------------------------------------------------------------------------------------------------------- */

static int sort_groups(const void *a, const void *b, void *context)
{
    return spl_keys_compare((*(spl_group *const *)a)->keys, (*(spl_group *const *)b)->keys, *(size_t *)context);
}

static void sort_list(spl_groups *groups)
{
    if (groups->list.len > 1 && groups->n_keys)
        qsort_r(groups->list.data, groups->list.len, sizeof *groups->list.data, sort_groups, &groups->n_keys);
}

static void spill(spl_groups *groups)
{
    spl_spool *spool = spl_spool_new(groups->op->state, groups->op->query->spill_dir);
    spl_arena *scratch = spl_arena_new(groups->op->query->account);
    spl_buf record = spl_buf_in(scratch);
    size_t i, k;

    sort_list(groups);
    for (i = 0; i < groups->list.len; i++) {
        spl_group *group = groups->list.data[i];

        spl_buf_clear(&record);
        for (k = 0; k < groups->n_keys; k++) spl_save_value(&record, group->keys[k]);
        spl_states_save(&groups->run, group->states, &record);
        spl_spool_write(spool, spl_buf_str(&record));
    }
    spl_arena_free(scratch);
    SPL_PUSH(groups->op->state, &groups->runs, spool);
    spl_arena_reset(groups->arena);
    table_clear(groups);
}

static void check_budget(spl_groups *groups)
{
    if (!groups->budget || groups->list.len < 2 || spl_arena_size(groups->arena) <= groups->budget) return;
    if (groups->fixed)
        spl_fail(
            SPL_BOUND,
            "the groups of %s do not fit into memory: %zu groups take %zu MB; raise --memory or group by fewer values",
            groups->op->command->name, groups->list.len, spl_arena_size(groups->arena) >> 20);
    spill(groups);
}

void spl_groups_gather(spl_groups *groups, spl_batch *batch)
{
    check_budget(groups);
    spl_groups_assign(groups, batch);
    spl_aggs_update(&groups->run, batch, &groups->pairs);
}

static double least(double a, double b)
{
    return !(b >= a) ? (isnan(b) ? a : b) : a;
}

void spl_groups_merge(spl_groups *into, spl_groups *from)
{
    size_t i;

    into->run.low = isnan(into->run.low) ? from->run.low : least(into->run.low, from->run.low);
    into->run.high = isnan(into->run.high) ? from->run.high : -least(-into->run.high, -from->run.high);
    into->run.cut |= from->run.cut;
    for (i = 0; i < from->runs.len; i++)
        SPL_PUSH(into->op->state, &into->runs, spl_spool_move(from->runs.data[i], into->op->state));
    from->runs.len = 0;
    for (i = 0; i < from->list.len; i++) {
        spl_group *group = from->list.data[i];

        if (i % 1024 == 0) check_budget(into);
        spl_states_merge(&into->run, put(into, group->keys, group->hash)->states, &from->run, group->states);
    }
}

void spl_groups_rekey(spl_groups *groups, void (*rekey)(void *context, spl_arena *arena, spl_value *keys),
                      void *context)
{
    spl_groups old = *groups;
    spl_value *keys = spl_alloc(groups->op->state, groups->n_keys * sizeof *keys);
    spl_agg_run from = groups->run;
    size_t i;

    spl_groups_renew(groups); /* so that what the old groups took is given back */
    for (i = 0; i < old.list.len; i++) {
        spl_group *group = old.list.data[i];

        memcpy(keys, group->keys, groups->n_keys * sizeof *keys);
        rekey(context, groups->arena, keys);
        spl_states_merge(&groups->run, spl_groups_put(groups, keys)->states, &from, group->states);
    }
    spl_arena_free(old.arena);
}

/* --- results
 * ----------------------------------------------------------------------------------------------------------- */

typedef struct spl_group_cursor { /* in one run */
    spl_spool *spool;
    spl_arena *arena;
    spl_value *keys;
    spl_str states;
    bool ended;
} cursor;

static void cursor_step(spl_groups *groups, cursor *c)
{
    spl_str record;
    size_t k;

    spl_arena_reset(c->arena);
    if (!spl_spool_read(c->spool, &record)) {
        c->ended = true;
        return;
    }
    c->keys = spl_alloc(c->arena, groups->n_keys * sizeof *c->keys);
    for (k = 0; k < groups->n_keys; k++)
        if (!spl_load_value(c->arena, &record, &c->keys[k])) spl_fail(SPL_IO, "a spill file is damaged");
    c->states = record; /* borrowed until the next read */
}

static void open_runs(spl_groups *groups)
{
    size_t i;

    if (groups->list.len) spill(groups);
    groups->merged = spl_arena_new(groups->op->query->account);
    spl_arena_defer(groups->op->state, (void (*)(void *))spl_arena_free, groups->merged);
    spl_agg_run_arena(&groups->run, groups->merged);
    groups->cursors = SPL_NEW_ARRAY(groups->op->state, groups->runs.len, cursor);
    for (i = 0; i < groups->runs.len; i++) {
        cursor *c = &groups->cursors[i];

        c->spool = groups->runs.data[i];
        c->arena = spl_arena_new(groups->op->query->account);
        spl_arena_defer(groups->op->state, (void (*)(void *))spl_arena_free, c->arena);
        spl_spool_rewind(c->spool);
        cursor_step(groups, c);
    }
}

static void load_states(spl_groups *groups, cursor *c, void *states)
{
    spl_str in = c->states;

    if (!spl_states_load(&groups->run, states, &in)) spl_fail(SPL_IO, "a spill file is damaged");
}

static spl_group *next_of_runs(spl_groups *groups)
{
    size_t i, n = groups->runs.len;
    cursor *least_of = NULL;
    spl_group *group, *part;

    spl_arena_reset(groups->merged);
    for (i = 0; i < n; i++) {
        cursor *c = &groups->cursors[i];

        if (!c->ended && (!least_of || spl_keys_compare(c->keys, least_of->keys, groups->n_keys) < 0)) least_of = c;
    }
    if (!least_of) return NULL;
    group = group_new(groups, groups->merged, least_of->keys, 0);
    load_states(groups, least_of, group->states);
    cursor_step(groups, least_of);
    for (i = 0; i < n; i++) {
        cursor *c = &groups->cursors[i];

        if (c->ended || !same_keys(c->keys, group->keys, groups->n_keys)) continue;
        part = group_new(groups, groups->merged, c->keys, 0);
        load_states(groups, c, part->states);
        prefer_numbers(group, c->keys, groups->n_keys);
        spl_states_merge(&groups->run, group->states, &groups->run, part->states);
        cursor_step(groups, c);
    }
    return group;
}

spl_group *spl_groups_next(spl_groups *groups)
{
    if (!groups->sorted) {
        groups->sorted = true;
        if (groups->runs.len)
            open_runs(groups);
        else if (groups->n_keys == 0 && groups->list.len == 0)
            spl_groups_put(groups, NULL);
        else
            sort_list(groups);
    }
    if (groups->runs.len) return next_of_runs(groups);
    return groups->at < groups->list.len ? groups->list.data[groups->at++] : NULL;
}
