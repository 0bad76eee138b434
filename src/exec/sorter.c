/* sorter.c -- packed rows, sorted in memory, pruned to a limit, spilled as runs and merged.
 *
 * A packed row is a run of cells: field, kind, payload, each number a varint or eight bytes. The same bytes are kept in
 * memory, written to a run and decoded into batches. Beside them each row has its keys, classified once, since numbers
 * held as text would else be parsed at every comparison.
 *
 * With a limit, rows gather until there are twice as many, then the worse half goes; what is not better than the worst
 * row kept is refused before it is packed. That is as good as a heap, and leaves no holes in the arena. */
#include "exec/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BUDGET = 48 << 20,       /* bytes of packed rows held in memory where the query has no tighter bound */
    PRUNE_LEAST = 2048,      /* with a limit: not pruned before so many rows */
    RUNS = 64,               /* that many runs are merged into one */
    READ_BLOCK = 128 << 10,  /* of a run being merged */
    WRITE_BLOCK = 256 << 10, /* of a run being written */
    BATCH_CELLS = 1 << 20,   /* wide rows come in smaller batches */
};

/* In this order, which is that of spl_compare_sort(). */
typedef enum key_class { KEY_NUMBER, KEY_ADDRESS, KEY_TEXT, KEY_OTHER, KEY_NULL } key_class;

typedef struct key {
    spl_value value;  /* numbers as numbers; text borrowed from the packed row; spare is the key_class */
    uint8_t *address; /* room for one, kept from row to row */
} key;

typedef struct row {
    const uint8_t *packed;
    uint32_t len;
    spl_order order;
    uint64_t seq; /* among rows of one event */
    key keys[];
} row;

typedef struct run { /* a sorted file, or what is left of memory */
    spl_sorter *sorter;
    int fd;           /* -1: memory */
    uint64_t at, end; /* of the file: what is not read yet */
    uint8_t *buf;
    size_t buf_at, buf_len, buf_cap;
    size_t index;      /* of memory: next row */
    row *head;         /* its first row, NULL when exhausted */
    spl_arena *arena;  /* of buf and head */
    spl_arena *multis; /* of head's multivalues */
} run;

struct spl_sorter {
    const spl_query *query;
    spl_arena *arena;
    spl_sorter_config config;
    spl_arena *rows_arena; /* packed rows and keys */
    SPL_VEC(row *) rows;
    size_t packed; /* bytes of live rows */
    uint64_t count, seq;
    row *worst; /* with a limit: of the rows kept at the last pruning */
    SPL_VEC(run *) runs;
    SPL_VEC(struct schema_column {
        spl_field field;
        uint32_t at;     /* the first batch of the stream that has it: its place among the columns */
        spl_order first; /* … and its first row */
        const struct spl_expr *format;
        bool seen;
    })
    columns;
    uint32_t *by_field; /* index + 1 into columns */
    uint32_t cap_by_field;
    uint64_t signature;
    bool events, fixed;
    bool emitting;
    run **heap;
    size_t n_heap;
    uint64_t given;
};

/* --- packing ------------------------------------------------------------------------------------------------------ */

static void put_varint(spl_buf *out, uint64_t number)
{
    char *at = spl_buf_room(out, 10);
    size_t n = 0;
    while (number >= 0x80) {
        at[n++] = (char)(number | 0x80);
        number >>= 7;
    }
    at[n++] = (char)number;
    out->len += n;
}

static uint64_t get_varint(const uint8_t **at)
{
    uint64_t number = 0;
    unsigned shift = 0;
    while (**at & 0x80) {
        number |= (uint64_t)(*(*at)++ & 0x7f) << shift;
        shift += 7;
    }
    return number | (uint64_t) * (*at)++ << shift;
}

static void put_value(spl_buf *out, spl_value value)
{
    spl_buf_char(out, (char)value.kind);
    switch (value.kind) {
    case SPL_KIND_TEXT:
        put_varint(out, value.len);
        spl_buf_add(out, spl_value_str(value));
        break;
    case SPL_KIND_NUMBER:
        spl_buf_char(out, (char)value.digits);
        spl_buf_char(out, (char)value.spare);
        spl_buf_add(out, spl_str_cut((const char *)&value.as.number, sizeof value.as.number));
        break;
    case SPL_KIND_MULTI:
        put_varint(out, value.as.multi->count);
        for (uint32_t i = 0; i < value.as.multi->count; i++) put_value(out, value.as.multi->items[i]);
        break;
    }
}

/* Text is borrowed from the packed bytes; a multivalue's items are made in ARENA, or left out where it is NULL. */
static spl_value get_value(const uint8_t **at, spl_arena *arena)
{
    spl_value value = SPL_NULL;
    uint8_t kind = *(*at)++;
    switch (kind) {
    case SPL_KIND_TEXT: {
        size_t len = (size_t)get_varint(at);
        value = spl_text(spl_str_cut((const char *)*at, len));
        *at += len;
        break;
    }
    case SPL_KIND_NUMBER: {
        double number;
        uint8_t digits = *(*at)++, spare = *(*at)++;
        memcpy(&number, *at, sizeof number);
        *at += sizeof number;
        value = spl_number_digits(number, digits);
        value.spare = spare;
        break;
    }
    case SPL_KIND_MULTI: {
        uint32_t count = (uint32_t)get_varint(at);
        spl_multi *multi = arena ? spl_alloc(arena, sizeof *multi + count * sizeof(spl_value)) : NULL;
        if (multi) multi->count = count;
        for (uint32_t i = 0; i < count; i++) {
            spl_value item = get_value(at, NULL); /* never a multivalue */
            if (multi) multi->items[i] = item;
        }
        value = (spl_value){.kind = SPL_KIND_MULTI, .as.multi = multi};
        break;
    }
    }
    return value;
}

static void pack(spl_sorter *sorter, spl_buf *out, const spl_batch *batch, uint32_t at)
{
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_value value = batch->columns[c]->cells[at];
        if (spl_is_null(value)) continue;
        sorter->columns.data[sorter->by_field[batch->columns[c]->field] - 1].seen = true;
        put_varint(out, batch->columns[c]->field);
        put_value(out, value);
    }
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

/* Sets the key to VALUE, classified as the order KIND sees it. */
static void set_key(spl_arena *arena, key *k, spl_value value, spl_order_kind kind)
{
    uint8_t address[16];
    double number;
    unsigned bits;

    k->value = value;
    k->value.spare = KEY_OTHER;
    if (spl_is_null(value)) {
        k->value.spare = KEY_NULL;
    } else if (value.kind == SPL_KIND_MULTI) {
        return;
    } else if (kind != SPL_ORDER_STR && kind != SPL_ORDER_IP && spl_value_number(value, &number) && number == number) {
        k->value = spl_number(number);
        k->value.spare = KEY_NUMBER;
    } else if (value.kind == SPL_KIND_TEXT) {
        k->value.spare = KEY_TEXT;
        if (kind == SPL_ORDER_STR || kind == SPL_ORDER_NUM || value.len > 64) return;
        if (memchr(value.as.text, '/', value.len) || !spl_cidr_parse(spl_value_str(value), address, &bits)) return;
        if (!k->address) k->address = spl_alloc(arena, sizeof address);
        memcpy(k->address, address, sizeof address);
        k->value.spare = KEY_ADDRESS;
    }
}

static int compare_keys(const spl_sorter *sorter, const key *a, const key *b)
{
    for (uint32_t i = 0; i < sorter->config.n_keys; i++, a++, b++) {
        key_class x = a->value.spare, y = b->value.spare;
        int order;
        if (x == KEY_NULL || y == KEY_NULL) {
            if (x == y) continue;
            return x == KEY_NULL ? 1 : -1;
        }
        if (x == KEY_OTHER || y == KEY_OTHER)
            order = spl_compare_sort(a->value, b->value, sorter->config.keys[i].kind);
        else if (x != y)
            order = x < y ? -1 : 1;
        else if (x == KEY_NUMBER)
            order = (a->value.as.number > b->value.as.number) - (a->value.as.number < b->value.as.number);
        else if (x == KEY_ADDRESS)
            order = memcmp(a->address, b->address, 16);
        else
            order = spl_str_cmp(spl_value_str(a->value), spl_value_str(b->value));
        if (order) return sorter->config.keys[i].descending ? -order : order;
    }
    return 0;
}

static int compare_place(const spl_sorter *sorter, const spl_order *a, uint64_t a_seq, const spl_order *b,
                         uint64_t b_seq)
{
    int order = spl_order_cmp(a, b);
    if (!order) order = (a_seq > b_seq) - (a_seq < b_seq);
    return sorter->config.backward ? -order : order;
}

static int compare_rows(const spl_sorter *sorter, const row *a, const row *b)
{
    int order = compare_keys(sorter, a->keys, b->keys);
    return order ? order : compare_place(sorter, &a->order, a->seq, &b->order, b->seq);
}

static size_t row_size(const spl_sorter *sorter)
{
    return sizeof(row) + sorter->config.n_keys * sizeof(key);
}

/* Finds the key values again in a packed row. Multivalues go to MULTIS, addresses to ARENA. */
static void unpack_keys(const spl_sorter *sorter, spl_arena *arena, spl_arena *multis, row *r)
{
    const uint8_t *at = r->packed, *end = r->packed + r->len;
    for (uint32_t i = 0; i < sorter->config.n_keys; i++) {
        r->keys[i].value = SPL_NULL;
        r->keys[i].value.spare = KEY_NULL;
    }
    while (at < end && sorter->config.n_keys) {
        spl_field field = (spl_field)get_varint(&at);
        bool wanted = false;
        for (uint32_t i = 0; i < sorter->config.n_keys; i++) wanted |= sorter->config.keys[i].field == field;
        spl_value value = get_value(&at, wanted ? multis : NULL);
        for (uint32_t i = 0; wanted && i < sorter->config.n_keys; i++)
            if (sorter->config.keys[i].field == field) set_key(arena, &r->keys[i], value, sorter->config.keys[i].kind);
    }
}

/* A row with no keys yet. */
static row *new_row(const spl_sorter *sorter, spl_arena *arena)
{
    return spl_calloc(arena, 1, row_size(sorter));
}

static row *copy_row(const spl_sorter *sorter, spl_arena *arena, const row *old)
{
    row *copy = new_row(sorter, arena);
    uint8_t *packed = spl_alloc(arena, old->len);
    if (old->len) memcpy(packed, old->packed, old->len);
    copy->packed = packed;
    copy->len = old->len;
    copy->order = old->order;
    copy->seq = old->seq;
    unpack_keys(sorter, arena, arena, copy);
    return copy;
}

/* --- sorting in memory -------------------------------------------------------------------------------------------- */

/* Merge sort that takes runs as they are: input in order, or in reverse, costs one pass. The order of addresses or of
 * mixed values need not be transitive, so nothing here relies on that. */
static void sort_rows(spl_sorter *sorter)
{
    size_t n = sorter->rows.len;
    row **from = sorter->rows.data;
    if (n < 2) return;
    spl_arena *scratch = spl_arena_new(sorter->query->account);
    row **to = spl_alloc(scratch, n * sizeof *to);
    SPL_VEC(size_t) ends = {0}; /* of the runs */

    for (size_t begin = 0; begin < n;) {
        size_t end = begin + 1;
        if (end < n && compare_rows(sorter, from[begin], from[end]) > 0) {
            while (end < n && compare_rows(sorter, from[end - 1], from[end]) > 0) end++;
            for (size_t i = begin, j = end - 1; i < j; i++, j--) {
                row *swap = from[i];
                from[i] = from[j];
                from[j] = swap;
            }
        } else {
            while (end < n && compare_rows(sorter, from[end - 1], from[end]) <= 0) end++;
        }
        SPL_PUSH(scratch, &ends, end);
        begin = end;
    }
    while (ends.len > 1) {
        size_t out = 0, begin = 0, kept = 0;
        for (size_t r = 0; r < ends.len; r += 2) {
            size_t middle = ends.data[r], end = r + 1 < ends.len ? ends.data[r + 1] : middle;
            size_t i = begin, j = middle;
            while (i < middle && j < end)
                to[out++] = compare_rows(sorter, from[i], from[j]) <= 0 ? from[i++] : from[j++];
            while (i < middle) to[out++] = from[i++];
            while (j < end) to[out++] = from[j++];
            ends.data[kept++] = end;
            begin = end;
        }
        ends.len = kept;
        row **swap = from;
        from = to;
        to = swap;
        spl_query_poll(sorter->query);
    }
    if (from != sorter->rows.data) memcpy(sorter->rows.data, from, n * sizeof *from);
    spl_arena_free(scratch);
}

/* Leaves the best LIMIT rows, sorted, in an arena without the others. */
static void prune(spl_sorter *sorter)
{
    sort_rows(sorter);
    if (!sorter->config.limit || sorter->rows.len <= sorter->config.limit) return;
    sorter->rows.len = (size_t)sorter->config.limit;
    spl_arena *arena = spl_arena_new(sorter->query->account);
    size_t packed = 0;
    for (size_t i = 0; i < sorter->rows.len; i++) {
        const row *old = sorter->rows.data[i];
        row *copy = copy_row(sorter, arena, old);
        packed += old->len + row_size(sorter);
        sorter->rows.data[i] = copy;
    }
    spl_arena_free(sorter->rows_arena);
    sorter->rows_arena = arena;
    sorter->packed = packed;
    sorter->worst = sorter->rows.data[sorter->rows.len - 1];
}

/* --- runs in files ------------------------------------------------------------------------------------------------ */

static void close_run(void *ptr)
{
    run *r = ptr;
    if (r->fd >= 0) close(r->fd);
    r->fd = -1;
    spl_arena_free(r->multis);
    spl_arena_free(r->arena);
    r->arena = r->multis = NULL;
}

_Noreturn static void spill_failed(const spl_sorter *sorter, const char *what)
{
    char text[128];
    int code = errno;
    spl_fail(SPL_IO, "could not %s a temporary file in \"%s\": %s", what, sorter->query->spill_dir,
             strerror_r(code, text, sizeof text));
}

static run *open_run(spl_sorter *sorter)
{
    run *r = SPL_NEW(sorter->arena, run);
    r->sorter = sorter;
    r->fd = -1;
    spl_arena_defer(sorter->arena, close_run, r);
    r->arena = spl_arena_new(sorter->query->account);
    r->multis = spl_arena_new(sorter->query->account);
    char *path = spl_cstring(r->arena, spl_strf(r->arena, "%s/spl-sort-XXXXXX", sorter->query->spill_dir));
    r->fd = mkostemp(path, O_CLOEXEC);
    if (r->fd < 0) spill_failed(sorter, "make");
    unlink(path);
    return r;
}

static void write_all(spl_sorter *sorter, run *r, spl_buf *buf)
{
    for (size_t done = 0; done < buf->len;) {
        ssize_t n = write(r->fd, buf->data + done, buf->len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) spill_failed(sorter, "write");
        done += (size_t)n;
    }
    r->end += buf->len;
    spl_buf_clear(buf);
}

static void write_row(spl_sorter *sorter, run *r, spl_buf *buf, const row *from)
{
    struct {
        spl_order order;
        uint64_t seq;
        uint64_t len;
    } head;
    memset(&head, 0, sizeof head);
    head.order = from->order;
    head.seq = from->seq;
    head.len = from->len;
    spl_buf_add(buf, spl_str_cut((const char *)&head, sizeof head));
    spl_buf_add(buf, spl_str_cut((const char *)from->packed, from->len));
    if (buf->len >= WRITE_BLOCK) write_all(sorter, r, buf);
}

/* The rows in memory become a run; memory is free again. */
static void spill(spl_sorter *sorter)
{
    if (!sorter->rows.len) return;
    run *r = open_run(sorter);
    spl_arena *scratch = spl_arena_new(sorter->query->account);
    spl_buf buf = spl_buf_in(scratch);
    sort_rows(sorter);
    size_t n = sorter->rows.len;
    if (sorter->config.limit && n > sorter->config.limit) n = (size_t)sorter->config.limit;
    for (size_t i = 0; i < n; i++) write_row(sorter, r, &buf, sorter->rows.data[i]);
    write_all(sorter, r, &buf);
    spl_arena_free(scratch);
    SPL_PUSH(sorter->arena, &sorter->runs, r);
    spl_arena_reset(sorter->rows_arena);
    sorter->rows.len = 0;
    sorter->worst = NULL;
    sorter->packed = 0;
}

/* NEED bytes at the front of the run's buffer: false at its end. */
static bool fill(run *r, size_t need)
{
    size_t have = r->buf_len - r->buf_at;
    if (have >= need) return true;
    if (have + (r->end - r->at) < need) return false;
    if (need > r->buf_cap || !r->buf) {
        size_t cap = need > READ_BLOCK ? need : READ_BLOCK;
        uint8_t *bigger = spl_alloc(r->arena, cap);
        if (r->buf && have) memcpy(bigger, r->buf + r->buf_at, have);
        r->buf = bigger;
        r->buf_cap = cap;
    } else if (have) {
        memmove(r->buf, r->buf + r->buf_at, have);
    }
    r->buf_at = 0;
    r->buf_len = have;
    while (r->buf_len < need) {
        size_t want = r->buf_cap - r->buf_len;
        if (want > r->end - r->at) want = (size_t)(r->end - r->at);
        ssize_t n = pread(r->fd, r->buf + r->buf_len, want, (off_t)r->at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) spill_failed(r->sorter, "read");
        r->buf_len += (size_t)n;
        r->at += (uint64_t)n;
    }
    return true;
}

/* The next row of a run into r->head. Its bytes stay valid until the next call. */
static void advance(run *r)
{
    spl_sorter *sorter = r->sorter;
    struct {
        spl_order order;
        uint64_t seq;
        uint64_t len;
    } head;
    if (r->fd < 0) {
        r->head = r->index < sorter->rows.len ? sorter->rows.data[r->index++] : NULL;
        return;
    }
    if (!fill(r, sizeof head)) {
        r->head = NULL;
        return;
    }
    memcpy(&head, r->buf + r->buf_at, sizeof head);
    r->buf_at += sizeof head;
    if (!fill(r, (size_t)head.len)) spl_fail(SPL_IO, "a temporary file was cut short");
    if (!r->head) r->head = new_row(sorter, r->arena);
    r->head->packed = r->buf + r->buf_at;
    r->head->len = (uint32_t)head.len;
    r->head->order = head.order;
    r->head->seq = head.seq;
    r->buf_at += head.len;
    if (spl_arena_size(r->multis)) spl_arena_reset(r->multis);
    unpack_keys(sorter, r->arena, r->multis, r->head);
}

static void sift(spl_sorter *sorter, size_t at)
{
    for (;;) {
        size_t least = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < sorter->n_heap; child++)
            if (compare_rows(sorter, sorter->heap[child]->head, sorter->heap[least]->head) < 0) least = child;
        if (least == at) return;
        run *swap = sorter->heap[at];
        sorter->heap[at] = sorter->heap[least];
        sorter->heap[least] = swap;
        at = least;
    }
}

static void begin_merge(spl_sorter *sorter, run *memory)
{
    sorter->heap = SPL_NEW_ARRAY(sorter->arena, sorter->runs.len + 1, run *);
    sorter->n_heap = 0;
    for (size_t i = 0; i < sorter->runs.len; i++) sorter->heap[sorter->n_heap++] = sorter->runs.data[i];
    if (memory) sorter->heap[sorter->n_heap++] = memory;
    size_t kept = 0;
    for (size_t i = 0; i < sorter->n_heap; i++) {
        run *r = sorter->heap[i];
        advance(r);
        if (r->head) sorter->heap[kept++] = r;
    }
    sorter->n_heap = kept;
    for (size_t i = kept / 2; i-- > 0;) sift(sorter, i);
}

/* After the top row was used. */
static void pop(spl_sorter *sorter)
{
    run *top = sorter->heap[0];
    advance(top);
    if (!top->head) {
        close_run(top);
        sorter->heap[0] = sorter->heap[--sorter->n_heap];
    }
    if (sorter->n_heap) sift(sorter, 0);
}

static void merge_runs(spl_sorter *sorter)
{
    run *whole = open_run(sorter);
    spl_arena *scratch = spl_arena_new(sorter->query->account);
    spl_buf buf = spl_buf_in(scratch);
    uint64_t n = 0;
    begin_merge(sorter, NULL);
    while (sorter->n_heap && (!sorter->config.limit || n < sorter->config.limit)) {
        write_row(sorter, whole, &buf, sorter->heap[0]->head);
        pop(sorter);
        if (++n % 4096 == 0) spl_query_poll(sorter->query);
    }
    for (size_t i = 0; i < sorter->n_heap; i++) close_run(sorter->heap[i]);
    write_all(sorter, whole, &buf);
    spl_arena_free(scratch);
    sorter->runs.len = 0;
    SPL_PUSH(sorter->arena, &sorter->runs, whole);
}

/* --- the interface ------------------------------------------------------------------------------------------------ */

static void free_rows(void *ptr)
{
    spl_sorter *sorter = ptr;
    spl_arena_free(sorter->rows_arena);
    sorter->rows_arena = NULL;
}

spl_sorter *spl_sorter_new(spl_arena *arena, const spl_query *query, const spl_sorter_config *config)
{
    spl_sorter *sorter = SPL_NEW(arena, spl_sorter);
    sorter->query = query;
    sorter->arena = arena;
    sorter->config = *config;
    if (!sorter->config.budget) {
        size_t bound = spl_account_limit(query->account);
        sorter->config.budget = bound && bound / 4 < BUDGET ? bound / 4 : BUDGET;
    }
    sorter->rows_arena = spl_arena_new(query->account);
    spl_arena_defer(arena, free_rows, sorter);
    return sorter;
}

/* Whatever columns the batch has that were not met before. */
/* The order of columns is that of the stream, whoever met them first. */
static int by_first(const void *a, const void *b)
{
    const struct schema_column *x = a, *y = b;
    int order = spl_order_cmp(&x->first, &y->first);

    if (order) return order;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void arrange_columns(spl_sorter *sorter)
{
    if (sorter->columns.len) qsort(sorter->columns.data, sorter->columns.len, sizeof *sorter->columns.data, by_first);
    for (size_t i = 0; i < sorter->columns.len; i++) sorter->by_field[sorter->columns.data[i].field] = (uint32_t)i + 1;
}

/* FIRST: the order of the batch's first row; AT: the place of its first column. */
static void learn(spl_sorter *sorter, const spl_batch *batch, spl_order first, uint32_t at)
{
    sorter->events |= batch->events;
    sorter->fixed |= batch->fixed;
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];
        struct schema_column met = {.field = column->field, .at = at + c, .first = first, .format = column->format},
                             *own;
        if (column->field >= sorter->cap_by_field) {
            uint32_t cap = sorter->cap_by_field ? sorter->cap_by_field : 64;
            while (cap <= column->field) cap *= 2;
            uint32_t *bigger = SPL_NEW_ARRAY(sorter->arena, cap, uint32_t);
            if (sorter->cap_by_field) memcpy(bigger, sorter->by_field, sorter->cap_by_field * sizeof *bigger);
            sorter->by_field = bigger;
            sorter->cap_by_field = cap;
        }
        if (!sorter->by_field[column->field]) {
            SPL_PUSH(sorter->arena, &sorter->columns, met);
            sorter->by_field[column->field] = (uint32_t)sorter->columns.len;
            continue;
        }
        own = &sorter->columns.data[sorter->by_field[column->field] - 1];
        if (column->format) own->format = column->format;
        if (by_first(&met, own) >= 0) continue;
        own->first = met.first;
        own->at = met.at;
    }
}

static void make_room(spl_sorter *sorter)
{
    uint64_t limit = sorter->config.limit;
    if (limit && sorter->rows.len >= PRUNE_LEAST && sorter->rows.len / 2 >= limit) prune(sorter);
    if (sorter->packed <= sorter->config.budget) return;
    if (limit && sorter->rows.len > limit) prune(sorter);
    if (sorter->packed <= sorter->config.budget / 2) return;
    spill(sorter);
    if (sorter->runs.len >= RUNS) merge_runs(sorter);
}

void spl_sorter_add(spl_sorter *sorter, const spl_op *op, const spl_batch *batch)
{
    if (!spl_batch_rows(batch)) return;

    spl_arena *scratch = spl_arena_new(sorter->query->account);
    spl_buf buf = spl_buf_in(scratch);
    uint32_t n_keys = sorter->config.n_keys;
    row *candidate = new_row(sorter, scratch);
    spl_column **key_columns = spl_alloc(scratch, (n_keys + 1) * sizeof *key_columns);

    learn(sorter, batch, batch->order ? batch->order[spl_batch_row(batch, 0)] : (spl_order){.at = sorter->seq}, 0);
    for (uint32_t k = 0; k < n_keys; k++) key_columns[k] = spl_batch_column(batch, sorter->config.keys[k].field);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t at = spl_batch_row(batch, i);
        sorter->count++;
        candidate->order = spl_op_order(op, batch, at, i);
        candidate->seq = sorter->seq++;
        if (sorter->worst) {
            for (uint32_t k = 0; k < n_keys; k++)
                set_key(scratch, &candidate->keys[k], key_columns[k] ? key_columns[k]->cells[at] : SPL_NULL,
                        sorter->config.keys[k].kind);
            if (compare_rows(sorter, candidate, sorter->worst) >= 0) continue;
        }
        spl_buf_clear(&buf);
        pack(sorter, &buf, batch, at);
        if (buf.len > UINT32_MAX) spl_fail(SPL_BOUND, "a row of more than 4 GB cannot be sorted");
        row *kept = new_row(sorter, sorter->rows_arena);
        uint8_t *packed = spl_alloc(sorter->rows_arena, buf.len);
        if (buf.len) memcpy(packed, buf.data, buf.len);
        kept->packed = packed;
        kept->len = (uint32_t)buf.len;
        kept->order = candidate->order;
        kept->seq = candidate->seq;
        unpack_keys(sorter, sorter->rows_arena, sorter->rows_arena, kept);
        SPL_PUSH(sorter->arena, &sorter->rows, kept);
        sorter->packed += buf.len + row_size(sorter);
        make_room(sorter);
    }
    spl_arena_free(scratch);
}

void spl_sorter_merge(spl_sorter *into, spl_sorter *from)
{
    into->count += from->count;
    into->events |= from->events;
    into->fixed |= from->fixed;
    for (size_t i = 0; i < from->columns.len; i++) {
        const struct schema_column *column = &from->columns.data[i];
        spl_column stand_in = {.field = column->field, .format = column->format};
        spl_column *list[] = {&stand_in};
        learn(into, &(spl_batch){.columns = list, .n_columns = 1}, column->first, column->at);
        into->columns.data[into->by_field[column->field] - 1].seen |= column->seen;
    }
    for (size_t i = 0; i < from->rows.len; i++) {
        const row *old = from->rows.data[i];
        row *copy = copy_row(into, into->rows_arena, old);
        SPL_PUSH(into->arena, &into->rows, copy);
        into->packed += old->len + row_size(into);
        make_room(into);
    }
    for (size_t i = 0; i < from->runs.len; i++) {
        run *old = from->runs.data[i];
        run *taken = SPL_NEW(into->arena, run);
        *taken = *old;
        taken->sorter = into;
        taken->buf = NULL;
        taken->buf_at = taken->buf_len = taken->buf_cap = 0;
        taken->head = NULL;
        taken->arena = taken->multis = NULL;
        spl_arena_defer(into->arena, close_run, taken);
        old->fd = -1;
        taken->arena = spl_arena_new(into->query->account);
        taken->multis = spl_arena_new(into->query->account);
        SPL_PUSH(into->arena, &into->runs, taken);
    }
    if (into->runs.len >= RUNS) merge_runs(into);
    from->rows.len = 0;
    from->runs.len = 0;
    from->packed = 0;
    from->worst = NULL;
    spl_arena_reset(from->rows_arena);
}

uint64_t spl_sorter_count(const spl_sorter *sorter)
{
    return sorter->count;
}

bool spl_sorter_seen(const spl_sorter *sorter, spl_field field)
{
    return field < sorter->cap_by_field && sorter->by_field[field] &&
           sorter->columns.data[sorter->by_field[field] - 1].seen;
}

/* A row's cells into the batch. The bytes are copied once, cells borrow from the copy. */
static void unpack(spl_batch *batch, uint32_t at, const row *from)
{
    uint8_t *bytes = spl_alloc(batch->arena, from->len);
    if (from->len) memcpy(bytes, from->packed, from->len);
    const uint8_t *next = bytes, *end = bytes + from->len;
    while (next < end) {
        spl_field field = (spl_field)get_varint(&next);
        spl_batch_column(batch, field)->cells[at] = get_value(&next, batch->arena);
    }
}

spl_batch *spl_sorter_next(spl_sorter *sorter)
{
    if (!sorter->emitting) {
        sorter->emitting = true;
        arrange_columns(sorter);
        prune(sorter);
        run *memory = SPL_NEW(sorter->arena, run);
        memory->sorter = sorter;
        memory->fd = -1;
        begin_merge(sorter, memory);
    }
    uint64_t most = SPL_BATCH_ROWS;
    if (sorter->columns.len > BATCH_CELLS / SPL_BATCH_ROWS) most = BATCH_CELLS / sorter->columns.len + 1;
    if (sorter->config.limit && sorter->config.limit - sorter->given < most)
        most = sorter->config.limit - sorter->given;
    if (!most || !sorter->n_heap) return NULL;
    if (sorter->runs.len == 0 && sorter->rows.len - sorter->given < most) most = sorter->rows.len - sorter->given;

    spl_batch *batch = spl_batch_new(sorter->query->account, sorter->query->fields, (uint32_t)most);
    batch->events = sorter->events;
    batch->fixed = sorter->fixed;
    batch->sequence = sorter->given; /* tells its rows from those of other batches (random()) */
    for (size_t i = 0; i < sorter->columns.len; i++)
        spl_batch_add(batch, sorter->columns.data[i].field)->format = sorter->columns.data[i].format;
    uint32_t n = 0;
    while (n < most && sorter->n_heap) {
        unpack(batch, n++, sorter->heap[0]->head);
        pop(sorter);
    }
    spl_batch_truncate(batch, n);
    sorter->given += n;
    return batch;
}
