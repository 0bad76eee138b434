/* agg_perc.c -- perc<n>, exactperc<n>, upperperc<n> and median.
 *
 * Distinct numbers are counted exactly up to PERC_EXACT of them; beyond, each falls into a fixed cell of the number
 * line (sign, exponent and the upper 9 bits of the mantissa: a relative width below 0.2 percent). Which cell that is
 * depends on the number alone, and whether cells are used depends on the distinct numbers of the whole group alone, so
 * the result does not depend on how the input was divided. exactperc counts exactly without a bound. Between ranks the
 * percentile is interpolated, as Splunk does; median takes the upper of two in the middle. */
#include "exec/spool.h"
#include "registry.h"

#include <math.h>
#include <stdlib.h>

enum { PERC_EXACT = 16384, CELL_SHIFT = 43 };

typedef struct pair {
    double number;
    uint64_t count; /* 0: taken back */
} pair;

typedef struct cell {
    int64_t id; /* in the order of the numbers */
    uint64_t count;
    double low, high; /* of the numbers that fell into it */
} cell;

typedef struct perc {
    pair *pairs; /* the first SORTED ascending and distinct, the others as they came */
    uint32_t len, cap, sorted;
    cell *cells; /* ascending; used once there were too many distinct numbers */
    uint32_t n_cells, cap_cells;
    bool digest;
    uint64_t total;
} perc;

static int pair_cmp(const void *a, const void *b)
{
    double left = ((const pair *)a)->number, right = ((const pair *)b)->number;

    return left < right ? -1 : left > right;
}

static int cell_cmp(const void *a, const void *b)
{
    int64_t left = ((const cell *)a)->id, right = ((const cell *)b)->id;

    return left < right ? -1 : left > right;
}

/* Sorts and joins equal numbers. A short unsorted tail is inserted in place. */
static void compact(perc *p)
{
    uint32_t i, n = 0;

    if (p->sorted == p->len) return;
    if (p->len - p->sorted <= 4) {
        for (i = p->sorted; i < p->len; i++) {
            pair new = p->pairs[i];
            uint32_t low = 0, high = n = p->sorted;

            while (low < high) {
                uint32_t mid = low + (high - low) / 2;

                if (p->pairs[mid].number < new.number)
                    low = mid + 1;
                else
                    high = mid;
            }
            if (low < n && p->pairs[low].number == new.number) {
                p->pairs[low].count += new.count;
                continue;
            }
            memmove(p->pairs + low + 1, p->pairs + low, (n - low) * sizeof *p->pairs);
            p->pairs[low] = new;
            p->sorted++;
        }
        p->len = p->sorted;
        return;
    }
    qsort(p->pairs, p->len, sizeof *p->pairs, pair_cmp);
    for (i = 0; i < p->len; i++) {
        if (n && p->pairs[n - 1].number == p->pairs[i].number)
            p->pairs[n - 1].count += p->pairs[i].count;
        else if (p->pairs[i].count)
            p->pairs[n++] = p->pairs[i];
    }
    p->len = p->sorted = n;
}

static int64_t cell_id(double number)
{
    int64_t bits;

    if (number == 0) return 0;
    memcpy(&bits, &number, sizeof bits);
    return bits < 0 ? -((bits & INT64_MAX) >> CELL_SHIFT) - 1 : (bits >> CELL_SHIFT) + 1;
}

static void cells_reserve(perc *p, spl_arena *arena, uint32_t need)
{
    cell *cells;
    uint32_t cap = p->cap_cells;

    if (need <= cap) return;
    while (cap < need) cap = cap ? cap * 2 : 64;
    cells = spl_alloc(arena, cap * sizeof *cells);
    if (p->n_cells) memcpy(cells, p->cells, p->n_cells * sizeof *cells);
    p->cells = cells;
    p->cap_cells = cap;
}

static void cell_add(perc *p, spl_arena *arena, const cell *new)
{
    uint32_t low = 0, high = p->n_cells;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (p->cells[mid].id < new->id)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < p->n_cells && p->cells[low].id == new->id) {
        cell *c = &p->cells[low];

        if (new->low < c->low) c->low = new->low;
        if (new->high > c->high) c->high = new->high;
        c->count += new->count;
        return;
    }
    cells_reserve(p, arena, p->n_cells + 1);
    memmove(p->cells + low + 1, p->cells + low, (p->n_cells - low) * sizeof *p->cells);
    p->cells[low] = *new;
    p->n_cells++;
}

static void number_to_cell(perc *p, spl_arena *arena, double number, uint64_t count)
{
    cell_add(p, arena, &(cell){.id = cell_id(number), .count = count, .low = number, .high = number});
}

static void to_digest(perc *p, spl_arena *arena)
{
    uint32_t i, n = 0;

    /* The pairs are sorted, so are their cells: appended in order. */
    cells_reserve(p, arena, p->len);
    for (i = 0; i < p->len; i++) {
        double number = p->pairs[i].number;
        int64_t id = cell_id(number);

        if (n && p->cells[n - 1].id == id) {
            p->cells[n - 1].count += p->pairs[i].count;
            p->cells[n - 1].high = number;
        } else {
            p->cells[n++] = (cell){.id = id, .count = p->pairs[i].count, .low = number, .high = number};
        }
    }
    p->n_cells = n;
    p->digest = true;
    p->len = p->sorted = 0;
}

static void add(perc *p, spl_arena *arena, double number, uint64_t count, bool exact)
{
    if (!count) return;
    p->total += count;
    if (p->digest) {
        number_to_cell(p, arena, number, count);
        return;
    }
    if (p->sorted && p->sorted == p->len && p->pairs[p->len - 1].number == number) {
        p->pairs[p->len - 1].count += count;
        return;
    }
    if (p->len == p->cap) {
        compact(p);
        if (!exact && p->len > PERC_EXACT) {
            to_digest(p, arena);
            number_to_cell(p, arena, number, count);
            return;
        }
        if (p->len >= p->cap / 2) {
            uint32_t cap = p->cap ? p->cap * 2 : 8;

            p->pairs = spl_realloc(arena, p->pairs, p->cap * sizeof *p->pairs, cap * sizeof *p->pairs);
            p->cap = cap;
        }
    }
    p->pairs[p->len++] = (pair){number, count};
}

/* Brings the state to its final form: whether cells are used must not depend on when numbers were joined. */
static void settle(perc *p, spl_arena *arena, bool exact)
{
    compact(p);
    if (!exact && !p->digest && p->len > PERC_EXACT) to_digest(p, arena);
}

static void update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    add(state, env->arena, input->number, 1, false);
}

static void exact_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    add(state, env->arena, input->number, 1, true);
}

static void merge_parts(perc *into, const perc *from, const spl_agg_env *env, bool exact)
{
    uint32_t i;

    if (from->digest && !into->digest) {
        compact(into);
        to_digest(into, env->arena);
    }
    for (i = 0; i < from->len; i++) add(into, env->arena, from->pairs[i].number, from->pairs[i].count, exact);
    for (i = 0; i < from->n_cells; i++) {
        into->total += from->cells[i].count;
        cell_add(into, env->arena, &from->cells[i]);
    }
}

static void merge(void *into, const void *from, const spl_agg_env *env)
{
    merge_parts(into, from, env, false);
}

static void exact_merge(void *into, const void *from, const spl_agg_env *env)
{
    merge_parts(into, from, env, true);
}

static void undo(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    perc *p = state;
    pair key = {.number = input->number};
    cell where = {.id = cell_id(input->number)};
    pair *found;
    cell *cell_found;

    (void)env;
    if (!p->total) return;
    compact(p);
    found = p->digest ? NULL : bsearch(&key, p->pairs, p->len, sizeof *p->pairs, pair_cmp);
    cell_found = p->digest ? bsearch(&where, p->cells, p->n_cells, sizeof *p->cells, cell_cmp) : NULL;
    if (found && found->count && --found->count == 0) {
        p->len--;
        p->sorted--;
        memmove(found, found + 1, (size_t)(p->pairs + p->len - found) * sizeof *found);
    } else if (cell_found && cell_found->count) {
        cell_found->count--;
    }
    p->total--;
}

/* The number of rank RANK, 0 the least; UPPER: the upper end of its cell. */
static double at_rank(const perc *p, uint64_t rank, bool upper)
{
    uint64_t before = 0;
    uint32_t i;

    for (i = 0; i < p->len; i++) {
        before += p->pairs[i].count;
        if (rank < before) return p->pairs[i].number;
    }
    for (i = 0; i < p->n_cells; i++) {
        const cell *c = &p->cells[i];

        if (rank < before + c->count) {
            if (upper || c->count == 1) return c->high;
            return c->low + (c->high - c->low) * ((double)(rank - before) / (double)(c->count - 1));
        }
        before += c->count;
    }
    return NAN;
}

static spl_value percentile(perc *p, const spl_agg_env *env, bool exact, bool upper)
{
    double rank, below, low, high;

    if (!p->total) return SPL_NULL;
    settle(p, env->arena, exact);
    rank = env->parameter / 100 * (double)(p->total - 1);
    below = floor(rank);
    low = at_rank(p, (uint64_t)below, upper);
    if (rank == below) return spl_number(low);
    high = at_rank(p, (uint64_t)below + 1, upper);
    return spl_number(low + (high - low) * (rank - below));
}

static spl_value perc_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)out;
    return percentile(state, env, false, false);
}

static spl_value exact_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)out;
    return percentile(state, env, true, false);
}

static spl_value upper_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)out;
    return percentile(state, env, false, true);
}

static spl_value median_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    perc *p = state;

    (void)out;
    if (!p->total) return SPL_NULL;
    settle(p, env->arena, false);
    return spl_number(at_rank(p, p->total / 2, false));
}

static void save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    const perc *p = state;

    (void)env;
    spl_save_bytes(out, &p->total, sizeof p->total);
    spl_save_bytes(out, &p->digest, sizeof p->digest);
    spl_save_bytes(out, &p->len, sizeof p->len);
    spl_save_bytes(out, p->pairs, p->len * sizeof *p->pairs);
    spl_save_bytes(out, &p->n_cells, sizeof p->n_cells);
    spl_save_bytes(out, p->cells, p->n_cells * sizeof *p->cells);
}

static bool load(void *state, const spl_agg_env *env, spl_str *in)
{
    perc *p = state;

    if (!spl_load_bytes(in, &p->total, sizeof p->total) || !spl_load_bytes(in, &p->digest, sizeof p->digest) ||
        !spl_load_bytes(in, &p->len, sizeof p->len) || p->len > in->len / sizeof *p->pairs)
        return false;
    p->cap = p->len;
    p->pairs = spl_alloc(env->arena, p->len * sizeof *p->pairs);
    if (!spl_load_bytes(in, p->pairs, p->len * sizeof *p->pairs) ||
        !spl_load_bytes(in, &p->n_cells, sizeof p->n_cells) || p->n_cells > in->len / sizeof *p->cells)
        return false;
    p->cap_cells = p->n_cells;
    p->cells = spl_alloc(env->arena, p->n_cells * sizeof *p->cells);
    return spl_load_bytes(in, p->cells, p->n_cells * sizeof *p->cells);
}

#define PERC                                                                                                           \
    .numeric = true, .state_size = sizeof(perc), .update = update, .merge = merge, .save = save, .load = load,         \
    .undo = undo

static const char *const perc_aliases[] = {"p", "percentile", NULL};

SPL_AGGREGATE(perc, .aliases = perc_aliases, .signature = "perc<n>(<field>) | p<n>(<field>)",
              .summary = "The n-th percentile of the field's numbers, between ranks in proportion.",
              .example = "| makeresults count=4 | streamstats count as n | stats perc50(n) as x", .result = "2.5",
              .numbered = true, PERC, .finish = perc_finish);
SPL_AGGREGATE(upperperc, .sparks = true, .signature = "upperperc<n>(<field>)",
              .summary = "The upper bound of what the n-th percentile can be; the percentile itself while it is exact.",
              .example = "| makeresults count=4 | streamstats count as n | stats upperperc50(n) as x", .result = "2.5",
              .numbered = true, PERC, .finish = upper_finish);
SPL_AGGREGATE(exactperc, .sparks = true, .signature = "exactperc<n>(<field>)",
              .summary = "The n-th percentile, exact however many values there are.",
              .example = "| makeresults count=5 | streamstats count as n | stats exactperc75(n) as x", .result = "4",
              .numbered = true, .numeric = true, .state_size = sizeof(perc), .update = exact_update,
              .merge = exact_merge, .save = save, .load = load, .undo = undo, .finish = exact_finish);
SPL_AGGREGATE(median, .signature = "median(<field>)",
              .summary = "The number in the middle; of an even count the upper of the two.",
              .example = "| makeresults count=4 | streamstats count as n | stats median(n) as x", .result = "3", PERC,
              .finish = median_finish);
