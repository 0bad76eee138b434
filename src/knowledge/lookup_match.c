/* lookup_match.c -- which rows of a lookup table match given values.
 *
 * Every row that can match is put into one group, found by a 64-bit hash: of the values that must be equal, together
 * with a piece of the one column that is matched otherwise. A pattern is found by four bytes of its text, those that
 * the fewest patterns before it have (two, or one, where it has no four in a row; a pattern without a * by its whole
 * text); a network by its length and its leading bits. So a value is looked up once for each of its bytes, or once for
 * each length of network in the table, and not once for each row. What a group holds is verified row by row. */
#include "knowledge/lookup.h"

#include "base/hash.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/wildcard.h"
#include "data/compare.h"
#include "expr/filter.h"
#include "lang/parse.h"

#include <math.h>
#include <stdlib.h>

enum {
    LEVEL_ALWAYS, /* patterns of stars only */
    LEVEL_ONE,
    LEVEL_TWO,
    LEVEL_FOUR,
    LEVEL_WHOLE,
    LEVEL_NET, /* and the number of bits */
};
enum { ROW_KEYS_MAX = 65536 };

typedef struct pair {
    uint64_t hash;
    uint32_t rank;
} pair;

typedef struct key_column {
    uint32_t column; /* UINT32_MAX: the table has none, nothing matches */
    spl_match_kind kind;
} key_column;

struct spl_matcher {
    const spl_query *query; /* while it is made */
    const spl_lookup *lookup;
    const spl_table *table;
    key_column *keys;
    size_t n_keys;
    size_t indexed; /* the key that is matched by pieces, n_keys for none */
    bool fold, timed;
    uint32_t *row_of; /* by rank; rank is file order, or by time, the latest first */
    double *time_of;  /* by rank, if timed */
    size_t n_ranks;
    bool levels[LEVEL_NET];
    bool nets[2][129]; /* [v6][bits] */
    /* groups */
    uint64_t *hashes;
    uint32_t *begins; /* into ranks; one more than groups */
    uint32_t n_groups;
    uint32_t *ranks;
    uint32_t *slots; /* group + 1 */
    size_t n_slots;
};

struct spl_matches {
    const spl_matcher *matcher;
    spl_arena *arena, *scratch;
    SPL_VEC(uint32_t) candidates;
    SPL_VEC(uint32_t) rows;
    uint32_t *stamps; /* by group: the find it was last met in */
    uint32_t stamp;
    spl_str *keys; /* folded */
    bool cut;
};

/* --- hashing ---------------------------------------------------------------------------------------------------------
 */

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return h ^ (h >> 32);
}

static uint64_t piece_hash(uint64_t seed, unsigned level, const char *text, size_t len)
{
    uint32_t piece = 0;

    memcpy(&piece, text, len);
    return mix(seed ^ ((uint64_t)level << 56) ^ ((uint64_t)piece << 8));
}

static uint64_t whole_hash(uint64_t seed, spl_str text)
{
    return mix(seed ^ ((uint64_t)LEVEL_WHOLE << 56) ^ spl_str_hash(text));
}

static uint64_t key_hash(uint64_t seed, size_t key, spl_str text)
{
    return mix(seed + spl_str_hash(text) * (2 * key + 3));
}

static uint64_t net_hash(uint64_t seed, bool v6, unsigned bits, const uint8_t address[16])
{
    uint8_t masked[18] = {0};

    memcpy(masked, address, bits / 8);
    if (bits % 8) masked[bits / 8] = (uint8_t)(address[bits / 8] & (0xff << (8 - bits % 8)));
    masked[16] = (uint8_t)bits;
    masked[17] = v6;
    return mix(seed ^ ((uint64_t)LEVEL_NET << 56) ^ spl_hash_bytes(masked, sizeof masked, 0));
}

/* Letters beyond ASCII may fold to ASCII ones (the Kelvin sign, the long s): pieces cannot be trusted then. */
static bool folds_oddly(spl_str text)
{
    return spl_str_find(text, SPL_S("\xe2\x84\xaa"), 0) >= 0 || spl_str_find(text, SPL_S("\xc5\xbf"), 0) >= 0;
}

/* --- building --------------------------------------------------------------------------------------------------------
 */

typedef struct builder {
    spl_matcher *m;
    spl_arena *arena; /* freed when done */
    SPL_VEC(pair) pairs;
    uint32_t *counts; /* how many patterns have a piece, by the low bits of its hash */
    size_t n_counts;
    uint32_t rank;
    size_t made; /* for this row */
} builder;

static void put(builder *b, uint64_t hash)
{
    if (++b->made > ROW_KEYS_MAX)
        spl_fail(SPL_BOUND, "a row of the lookup \"%.*s\" has more than %d combinations of values to match",
                 SPL_FMT(b->m->lookup->name), ROW_KEYS_MAX);
    SPL_PUSH(b->arena, &b->pairs, (pair){hash, b->rank});
}

static void put_pattern(builder *b, uint64_t seed, spl_str pattern)
{
    static const size_t lengths[] = {[LEVEL_ONE] = 1, [LEVEL_TWO] = 2, [LEVEL_FOUR] = 4};
    spl_matcher *m = b->m;
    uint64_t best = 0;

    if (!spl_wildcard_has(pattern)) {
        m->levels[LEVEL_WHOLE] = true;
        put(b, whole_hash(seed, pattern));
        return;
    }
    for (unsigned level = LEVEL_FOUR; level >= LEVEL_ONE; level--) {
        uint32_t fewest = UINT32_MAX;
        size_t run = 0, len = lengths[level];

        for (size_t i = 0; i < pattern.len; i++) {
            bool usable = pattern.data[i] != '*' && !(m->fold && (unsigned char)pattern.data[i] >= 0x80);

            run = usable ? run + 1 : 0;
            if (run < len) continue;
            uint64_t hash = piece_hash(seed, level, pattern.data + i + 1 - len, len);
            uint32_t count = b->counts[hash & (b->n_counts - 1)];
            if (count < fewest) fewest = count, best = hash;
        }
        if (fewest == UINT32_MAX) continue;
        b->counts[best & (b->n_counts - 1)]++;
        m->levels[level] = true;
        put(b, best);
        return;
    }
    m->levels[LEVEL_ALWAYS] = true;
    put(b, piece_hash(seed, LEVEL_ALWAYS, "", 0));
}

static void put_network(builder *b, uint64_t seed, spl_str network)
{
    uint8_t address[16];
    unsigned bits;
    bool v6 = network.len && memchr(network.data, ':', network.len);

    network = spl_str_trim(network);
    if (!spl_cidr_parse(network, address, &bits)) return; /* no address: matches nothing */
    b->m->nets[v6][bits] = true;
    put(b, net_hash(seed, v6, bits, address));
}

static spl_str folded(spl_arena *arena, bool fold, spl_str text)
{
    return fold ? spl_utf8_lower(arena, text) : text;
}

/* Every combination of the row's values from key KEY on. */
static void put_row(builder *b, size_t row, size_t key, uint64_t seed)
{
    spl_matcher *m = b->m;
    spl_value cell;
    uint32_t count;

    while (key < m->n_keys && m->keys[key].kind != SPL_MATCH_EXACT) key++;
    if (key == m->n_keys) {
        if (m->indexed == m->n_keys) {
            put(b, seed);
            return;
        }
        cell = spl_table_cell(m->table, row, m->keys[m->indexed].column);
        count = spl_value_count(cell);
        for (uint32_t i = 0; i < (count ? count : 1); i++) {
            spl_str text = count ? spl_value_text(b->arena, spl_value_at(cell, i)) : (spl_str){"", 0};

            if (m->keys[m->indexed].kind == SPL_MATCH_CIDR)
                put_network(b, seed, text);
            else
                put_pattern(b, seed, folded(b->arena, m->fold, text));
        }
        return;
    }
    cell = spl_table_cell(m->table, row, m->keys[key].column);
    count = spl_value_count(cell);
    for (uint32_t i = 0; i < (count ? count : 1); i++) {
        spl_str text = count ? spl_value_text(b->arena, spl_value_at(cell, i)) : (spl_str){"", 0};
        put_row(b, row, key + 1, key_hash(seed, key, folded(b->arena, m->fold, text)));
    }
}

static int compare_pairs(const void *a, const void *b)
{
    const pair *x = a, *y = b;

    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void make_groups(builder *b, spl_arena *arena)
{
    spl_matcher *m = b->m;
    size_t groups = 0;

    if (b->pairs.len) qsort(b->pairs.data, b->pairs.len, sizeof *b->pairs.data, compare_pairs);
    for (size_t i = 0; i < b->pairs.len; i++) groups += i == 0 || b->pairs.data[i].hash != b->pairs.data[i - 1].hash;
    m->hashes = SPL_NEW_ARRAY(arena, groups, uint64_t);
    m->begins = SPL_NEW_ARRAY(arena, groups + 1, uint32_t);
    m->ranks = SPL_NEW_ARRAY(arena, b->pairs.len, uint32_t);
    for (m->n_slots = 16; m->n_slots < groups * 2;) m->n_slots *= 2;
    m->slots = SPL_NEW_ARRAY(arena, m->n_slots, uint32_t);
    for (size_t i = 0; i < b->pairs.len; i++) {
        m->ranks[i] = b->pairs.data[i].rank;
        if (i && b->pairs.data[i].hash == b->pairs.data[i - 1].hash) continue;
        m->hashes[m->n_groups] = b->pairs.data[i].hash;
        m->begins[m->n_groups++] = (uint32_t)i;
        size_t slot = b->pairs.data[i].hash & (m->n_slots - 1);
        while (m->slots[slot]) slot = (slot + 1) & (m->n_slots - 1);
        m->slots[slot] = m->n_groups;
    }
    m->begins[m->n_groups] = (uint32_t)b->pairs.len;
}

/* The rows that the definition's filter lets through; NULL for all. */
static bool *filter_rows(spl_binder *binder, const spl_lookup *lookup, const spl_table *table, spl_arena *arena)
{
    spl_query *query = binder->query;
    static const spl_command none = {.name = "lookup", .op_size = sizeof(spl_op)};
    spl_op op = {.command = &none, .query = query};
    spl_binder inner = {
        .query = query, .arena = binder->arena, .diag = binder->diag, .fields = binder->fields, .op = &op};
    spl_parse_env env;
    spl_source *text;
    spl_node *terms;
    spl_filter *filter;
    spl_worker *worker;
    spl_eval ev = {0};
    bool *keep;
    size_t errors = spl_diag_count(binder->diag, SPL_ERROR);

    if (!lookup->filter.len || !query->parse) return NULL;
    text = spl_source_new(binder->arena, spl_strf(binder->arena, "filter of lookup %.*s", SPL_FMT(lookup->name)),
                          lookup->filter);
    env = *query->parse;
    env.diag = binder->diag;
    terms = spl_parse_terms(&env, text);
    spl_fieldset_init(&op.reads, binder->arena, binder->fields);
    spl_fieldset_init(&op.makes, binder->arena, binder->fields);
    filter = terms && spl_diag_count(binder->diag, SPL_ERROR) == errors ? spl_filter_bind(&inner, terms, NULL) : NULL;
    keep = SPL_NEW_ARRAY(arena, table->n_rows, bool);
    if (!filter) return keep; /* refused, with diagnostics */
    worker = spl_worker_new(query, 0);
    for (size_t begin = 0; begin < table->n_rows; begin += SPL_BATCH_ROWS) {
        size_t rows = table->n_rows - begin < SPL_BATCH_ROWS ? table->n_rows - begin : SPL_BATCH_ROWS;
        spl_batch *batch = spl_batch_new(query->account, query->fields, (uint32_t)rows);

        for (uint32_t c = 0; c < table->n_columns; c++) {
            spl_column *column = spl_batch_add(batch, spl_field_of(query->fields, table->columns[c]));
            for (size_t i = 0; i < rows; i++) column->cells[i] = spl_table_cell(table, begin + i, c);
        }
        spl_eval_on(&ev, query, worker, batch);
        for (size_t i = 0; i < rows; i++) keep[begin + i] = spl_filter_match(&ev, filter, (uint32_t)i);
        spl_batch_free(batch);
    }
    spl_worker_free(worker);
    return keep;
}

typedef struct timed_row {
    double time;
    uint32_t row;
} timed_row;

static int compare_times(const void *a, const void *b)
{
    const timed_row *x = a, *y = b;

    if (x->time != y->time) return x->time > y->time ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool row_time(const spl_matcher *m, spl_value cell, spl_arena *arena, double *time)
{
    spl_str text = spl_value_text(arena, cell), format = m->lookup->time_format;

    if (!text.len) return false;
    if (!format.len || spl_str_is(format, "%s") || spl_str_is(format, "%s.%Q")) return spl_num_parse(text, time);
    return spl_strptime(m->query->zone, text, format, m->query->now, time);
}

static void rank_rows(spl_matcher *m, spl_diag *diag, const bool *keep, spl_arena *arena, spl_arena *scratch)
{
    uint32_t column = m->timed ? spl_table_column(m->table, m->lookup->time_field) : 0;
    SPL_VEC(timed_row) rows = {0};
    size_t timeless = 0;

    for (size_t row = 0; row < m->table->n_rows; row++) {
        timed_row made = {0, (uint32_t)row};

        if (keep && !keep[row]) continue;
        if (m->timed &&
            (column == UINT32_MAX || !row_time(m, spl_table_cell(m->table, row, column), scratch, &made.time))) {
            timeless++; /* an entry without a time is at no time */
            continue;
        }
        made.time = floor(made.time); /* parts of a second do not count (transforms.conf.spec, time_format) */
        SPL_PUSH(scratch, &rows, made);
    }
    if (timeless && column != UINT32_MAX)
        spl_warning(diag, m->lookup->span, "conf",
                    "rows of the lookup \"%.*s\" match nothing: in %zu time_format reads no time from \"%.*s\"",
                    SPL_FMT(m->lookup->name), timeless, SPL_FMT(m->lookup->time_field));
    if (m->timed && rows.len) qsort(rows.data, rows.len, sizeof *rows.data, compare_times);
    m->n_ranks = rows.len;
    m->row_of = SPL_NEW_ARRAY(arena, rows.len, uint32_t);
    m->time_of = SPL_NEW_ARRAY(arena, rows.len, double);
    for (size_t i = 0; i < rows.len; i++) m->row_of[i] = rows.data[i].row, m->time_of[i] = rows.data[i].time;
}

spl_matcher *spl_matcher_new(spl_binder *binder, const spl_lookup *lookup, const spl_table *table,
                             const uint32_t *columns, size_t count)
{
    spl_matcher *m = SPL_NEW(binder->arena, spl_matcher);
    spl_arena *scratch = spl_arena_new(binder->query->account);
    builder b = {.m = m, .arena = scratch};
    bool possible = true;

    m->query = binder->query;
    m->lookup = lookup;
    m->table = table;
    m->fold = lookup->fold;
    m->timed = lookup->time_field.len > 0;
    m->keys = SPL_NEW_ARRAY(binder->arena, count, key_column);
    m->n_keys = m->indexed = count;
    for (size_t i = 0; i < count; i++) {
        m->keys[i].column = columns[i];
        possible = possible && columns[i] != UINT32_MAX;
        for (size_t t = 0; t < lookup->types.len && columns[i] != UINT32_MAX; t++)
            if (spl_str_eq(lookup->types.data[t].field, table->columns[columns[i]]))
                m->keys[i].kind = lookup->types.data[t].kind;
        if (m->keys[i].kind != SPL_MATCH_EXACT && m->indexed == count) m->indexed = i;
    }
    for (b.n_counts = 1024; b.n_counts < table->n_rows * 4 && b.n_counts < ((size_t)1 << 26);) b.n_counts *= 2;
    b.counts = SPL_NEW_ARRAY(scratch, b.n_counts, uint32_t);
    if (possible) {
        rank_rows(m, binder->diag, filter_rows(binder, lookup, table, scratch), binder->arena, scratch);
        for (size_t rank = 0; rank < m->n_ranks; rank++) {
            b.rank = (uint32_t)rank;
            b.made = 0;
            put_row(&b, m->row_of[rank], 0, 1);
        }
    }
    make_groups(&b, binder->arena);
    m->query = NULL; /* the matcher may outlive it */
    spl_arena_free(scratch);
    return m;
}

/* --- finding ---------------------------------------------------------------------------------------------------------
 */

spl_matches *spl_matches_new(spl_arena *arena, const spl_matcher *matcher)
{
    spl_matches *s = SPL_NEW(arena, spl_matches);

    s->matcher = matcher;
    s->arena = arena;
    s->scratch = spl_arena_new(spl_arena_account(arena));
    s->stamps = SPL_NEW_ARRAY(arena, matcher->n_groups, uint32_t);
    s->keys = SPL_NEW_ARRAY(arena, matcher->n_keys, spl_str);
    return s;
}

bool spl_matches_cut(const spl_matches *s)
{
    return s->cut;
}

static void add_group(spl_matches *s, uint64_t hash)
{
    const spl_matcher *m = s->matcher;

    for (size_t slot = hash & (m->n_slots - 1); m->slots[slot]; slot = (slot + 1) & (m->n_slots - 1)) {
        uint32_t group = m->slots[slot] - 1;

        if (m->hashes[group] != hash) continue;
        if (s->stamps[group] == s->stamp) return;
        s->stamps[group] = s->stamp;
        for (uint32_t i = m->begins[group]; i < m->begins[group + 1]; i++)
            SPL_PUSH(s->arena, &s->candidates, m->ranks[i]);
        return;
    }
}

static void add_patterns(spl_matches *s, uint64_t seed, spl_str text)
{
    const spl_matcher *m = s->matcher;

    if (m->levels[LEVEL_ALWAYS]) add_group(s, piece_hash(seed, LEVEL_ALWAYS, "", 0));
    if (m->levels[LEVEL_WHOLE]) add_group(s, whole_hash(seed, text));
    for (unsigned level = LEVEL_ONE; level <= LEVEL_FOUR; level++) {
        size_t len = level == LEVEL_ONE ? 1 : level == LEVEL_TWO ? 2 : 4;

        if (!m->levels[level]) continue;
        for (size_t i = 0; i + len <= text.len; i++) add_group(s, piece_hash(seed, level, text.data + i, len));
    }
}

static void add_networks(spl_matches *s, uint64_t seed, spl_str text)
{
    const spl_matcher *m = s->matcher;
    uint8_t address[16];
    unsigned bits;
    bool v6 = text.len && memchr(text.data, ':', text.len);

    if (memchr(text.data, '/', text.len) || !spl_cidr_parse(text, address, &bits)) return;
    for (unsigned n = 0; n <= 128; n++)
        if (m->nets[v6][n]) add_group(s, net_hash(seed, v6, n, address));
}

/* Whether the row's cell of key K has a value that matches. */
static bool verify(spl_matches *s, size_t k, size_t row, spl_str given)
{
    const spl_matcher *m = s->matcher;
    spl_value cell = spl_table_cell(m->table, row, m->keys[k].column);
    uint32_t count = spl_value_count(cell);

    for (uint32_t i = 0; i < (count ? count : 1); i++) {
        spl_str text = count ? spl_value_text(s->scratch, spl_value_at(cell, i)) : (spl_str){"", 0};
        bool matches = false;

        switch (m->keys[k].kind) {
        case SPL_MATCH_EXACT: matches = m->fold ? spl_utf8_ieq(text, given) : spl_str_eq(text, given); break;
        case SPL_MATCH_WILDCARD: matches = spl_wildcard_match(text, given, m->fold); break;
        case SPL_MATCH_CIDR:
            text = spl_str_trim(text);
            matches = memchr(text.data, '/', text.len)
                          ? spl_cidr_match(text, given)
                          : spl_compare_sort(spl_text(text), spl_text(given), SPL_ORDER_IP) == 0;
            break;
        }
        if (matches) return true;
    }
    return false;
}

static int compare_ranks(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

size_t spl_matcher_find(spl_matches *s, const spl_str *keys, double time, const uint32_t **rows)
{
    const spl_matcher *m = s->matcher;
    uint64_t seed = 1;
    size_t from = 0;

    *rows = NULL;
    s->rows.len = s->candidates.len = 0;
    if (!m->n_groups || (m->timed && isnan(time))) return 0;
    spl_arena_reset(s->scratch);
    if (++s->stamp == 0) {
        memset(s->stamps, 0, m->n_groups * sizeof *s->stamps);
        s->stamp = 1;
    }
    for (size_t i = 0; i < m->n_keys; i++) {
        s->keys[i] = folded(s->scratch, m->fold, keys[i]);
        if (m->keys[i].kind == SPL_MATCH_EXACT) seed = key_hash(seed, i, s->keys[i]);
    }
    if (m->indexed == m->n_keys) {
        add_group(s, seed);
    } else if (m->keys[m->indexed].kind == SPL_MATCH_CIDR) {
        add_networks(s, seed, spl_str_trim(keys[m->indexed]));
    } else if (m->fold && folds_oddly(keys[m->indexed])) {
        for (uint32_t i = 0; i < m->n_ranks; i++) SPL_PUSH(s->arena, &s->candidates, i);
    } else {
        add_patterns(s, seed, s->keys[m->indexed]);
    }
    if (m->indexed < m->n_keys && s->candidates.len > 1)
        qsort(s->candidates.data, s->candidates.len, sizeof *s->candidates.data, compare_ranks);
    if (m->timed) { /* ranks go back in time: pass over what is too late at once */
        size_t low = 0, high = s->candidates.len;

        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (m->time_of[s->candidates.data[middle]] > time - m->lookup->min_offset)
                low = middle + 1;
            else
                high = middle;
        }
        from = low;
    }
    for (size_t i = from; i < s->candidates.len; i++) {
        uint32_t rank = s->candidates.data[i];
        bool matches = true;

        if (i > from && rank == s->candidates.data[i - 1]) continue;
        if (m->timed && m->time_of[rank] < time - m->lookup->max_offset) break;
        for (size_t k = 0; matches && k < m->n_keys; k++) matches = verify(s, k, m->row_of[rank], keys[k]);
        if (!matches) continue;
        if (s->rows.len == m->lookup->max_matches) {
            s->cut = !m->timed;
            break;
        }
        SPL_PUSH(s->arena, &s->rows, m->row_of[rank]);
    }
    *rows = s->rows.data;
    return s->rows.len;
}
