/* The sorter against a plain stable sort: in memory, spilled to runs, with limits, merged from parts, backward. */
#include "exec/sorter.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct world {
    spl_account *account;
    spl_query query;
    spl_field n, s, id;
    char dir[64];
} world;

static void begin(world *w)
{
    memset(w, 0, sizeof *w);
    w->account = spl_account_new(&(spl_account_config){.separate = false});
    w->query.account = w->account;
    w->query.arena = spl_arena_new(w->account);
    w->query.fields = spl_fields_new(w->query.arena);
    w->query.deadline = HUGE_VAL;
    strcpy(w->dir, "/tmp/spl-test-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    w->query.spill_dir = w->dir;
    w->n = spl_field_of(w->query.fields, SPL_S("n"));
    w->s = spl_field_of(w->query.fields, SPL_S("s"));
    w->id = spl_field_of(w->query.fields, SPL_S("id"));
}

static void end(world *w)
{
    spl_account_free(w->account);
    assert_int_equal(rmdir(w->dir), 0); /* nothing is left there */
}

typedef struct item {
    int n; /* -1: absent */
    uint32_t id;
} item;

static int by_n(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if ((x->n < 0) != (y->n < 0)) return x->n < 0 ? 1 : -1;
    if (x->n != y->n) return x->n < y->n ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int by_n_down(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if ((x->n < 0) != (y->n < 0)) return x->n < 0 ? 1 : -1;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Rows of ITEMS from FROM on, every STEP-th: n as text, a number or absent, s a longer text, id. */
static void feed(world *w, spl_sorter *sorter, const item *items, uint32_t count, uint32_t from, uint32_t step)
{
    spl_op op = {.query = &w->query};
    for (uint32_t i = from; i < count;) {
        spl_batch *batch = spl_batch_new(w->account, w->query.fields, 100);
        uint32_t rows = 0;
        batch->order = SPL_NEW_ARRAY(batch->arena, 100, spl_order);
        for (; i < count && rows < 100; i += step, rows++) {
            batch->order[rows].at = items[i].id;
            if (items[i].n >= 0) {
                spl_value number = spl_number(items[i].n);
                spl_batch_set(batch, rows, w->n,
                              items[i].id % 2 ? number : spl_text(spl_value_text(batch->arena, number)));
            }
            spl_batch_set(batch, rows, w->s, spl_text(spl_strf(batch->arena, "text %08d of a row", items[i].n)));
            spl_batch_set(batch, rows, w->id, spl_number(items[i].id));
        }
        spl_batch_truncate(batch, rows);
        spl_sorter_add(sorter, &op, batch);
        op.row_count += rows;
        spl_batch_free(batch);
    }
}

static void expect(world *w, spl_sorter *sorter, const item *items, uint32_t count)
{
    spl_batch *batch;
    uint32_t at = 0;
    while ((batch = spl_sorter_next(sorter))) {
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++, at++) {
            spl_value id = spl_batch_get(batch, spl_batch_row(batch, i), w->id);
            spl_value n = spl_batch_get(batch, spl_batch_row(batch, i), w->n);
            assert_true(at < count);
            assert_int_equal((int)id.as.number, items[at].id);
            assert_int_equal(spl_is_null(n), items[at].n < 0);
            spl_value s = spl_batch_get(batch, spl_batch_row(batch, i), w->s);
            assert_true(spl_str_eq(spl_value_str(s), spl_strf(batch->arena, "text %08d of a row", items[at].n)));
        }
        assert_null(batch->order);
        spl_batch_free(batch);
    }
    assert_int_equal(at, count);
}

static item *make(uint32_t count, unsigned range)
{
    item *items = calloc(count, sizeof *items);
    uint32_t random = 12345;
    for (uint32_t i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        items[i].n = (random >> 8) % 10 == 0 ? -1 : (int)((random >> 12) % range);
        items[i].id = i;
    }
    return items;
}

static void run(uint32_t count, uint64_t limit, size_t budget, bool down, unsigned parts)
{
    world w;
    begin(&w);
    item *items = make(count, 1000);
    spl_sort_key key = {.field = w.n, .kind = SPL_ORDER_AUTO, .descending = down};
    spl_sorter_config config = {.keys = &key, .n_keys = 1, .limit = limit, .budget = budget};
    spl_sorter *sorter[8];
    for (unsigned p = 0; p < parts; p++) {
        sorter[p] = spl_sorter_new(spl_arena_new(w.account), &w.query, &config);
        feed(&w, sorter[p], items, count, p, parts);
    }
    for (unsigned p = 1; p < parts; p++) spl_sorter_merge(sorter[0], sorter[p]);
    assert_int_equal(spl_sorter_count(sorter[0]), count);
    assert_true(spl_sorter_seen(sorter[0], w.s));
    qsort(items, count, sizeof *items, down ? by_n_down : by_n);
    expect(&w, sorter[0], items, limit && limit < count ? (uint32_t)limit : count);
    free(items);
    end(&w);
}

static void sorts(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 99, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (unsigned down = 0; down < 2; down++) {
            run(counts[i], 0, 0, down, 1);        /* in memory */
            run(counts[i], 0, 20000, down, 1);    /* runs */
            run(counts[i], 0, 4000, down, 1);     /* so many runs that they are merged in between */
            run(counts[i], 10, 0, down, 1);       /* pruned */
            run(counts[i], 3000, 30000, down, 1); /* pruned and spilled */
            run(counts[i], 0, 0, down, 3);        /* parts */
            run(counts[i], 0, 20000, down, 3);
            run(counts[i], 70, 20000, down, 3);
        }
}

static void backward(void **state)
{
    (void)state;
    for (unsigned spilled = 0; spilled < 2; spilled++)
        for (unsigned limit = 0; limit < 8; limit += 7) {
            world w;
            begin(&w);
            item *items = make(3000, 10), *turned = calloc(3000, sizeof *turned);
            spl_sorter_config config = {.backward = true, .limit = limit, .budget = spilled ? 20000 : 0};
            spl_sorter *sorter = spl_sorter_new(spl_arena_new(w.account), &w.query, &config);
            feed(&w, sorter, items, 3000, 0, 1);
            for (uint32_t i = 0; i < 3000; i++) turned[i] = items[2999 - i];
            expect(&w, sorter, turned, limit ? limit : 3000);
            free(items);
            free(turned);
            end(&w);
        }
}

/* Multivalues, empty and long texts, digits and columns without values come back as they went in. */
static void keeps_values(void **state)
{
    (void)state;
    world w;
    begin(&w);
    char *big = malloc(300000);
    memset(big, 'x', 300000);
    spl_field empty = spl_field_of(w.query.fields, SPL_S("empty"));
    for (unsigned spilled = 0; spilled < 2; spilled++) {
        spl_sorter_config config = {.budget = spilled ? 1 : 0};
        spl_sorter *sorter = spl_sorter_new(spl_arena_new(w.account), &w.query, &config);
        spl_op op = {.query = &w.query};
        spl_batch *batch = spl_batch_new(w.account, w.query.fields, 2);
        spl_value items[] = {spl_text(SPL_S("a")), spl_number_digits(2.5, 3), spl_text(SPL_S(""))};
        spl_batch_add(batch, empty);
        spl_batch_set(batch, 0, w.n, spl_multi_of(batch->arena, items, 3));
        spl_batch_set(batch, 1, w.n, spl_number_digits(0.1, 7));
        spl_batch_set(batch, 0, w.s, spl_text(SPL_S("")));
        spl_batch_set(batch, 1, w.s, spl_text(spl_str_cut(big, 300000)));
        batch->fixed = true;
        spl_sorter_add(sorter, &op, batch);
        spl_batch_free(batch);
        batch = spl_sorter_next(sorter);
        assert_int_equal(spl_batch_rows(batch), 2);
        assert_int_equal(batch->n_columns, 3);
        assert_int_equal(batch->columns[0]->field, empty);
        assert_true(batch->fixed);
        spl_value n = spl_batch_get(batch, 0, w.n);
        assert_int_equal(spl_value_count(n), 3);
        assert_int_equal(spl_value_at(n, 1).digits, 3);
        assert_int_equal(spl_value_at(n, 2).kind, SPL_KIND_TEXT);
        assert_int_equal(spl_batch_get(batch, 1, w.n).digits, 7);
        assert_int_equal(spl_batch_get(batch, 0, w.s).kind, SPL_KIND_TEXT);
        assert_int_equal(spl_batch_get(batch, 1, w.s).len, 300000);
        assert_true(spl_is_null(spl_batch_get(batch, 1, empty)));
        assert_false(spl_sorter_seen(sorter, empty));
        spl_batch_free(batch);
        assert_null(spl_sorter_next(sorter));
    }
    free(big);
    end(&w);
}

static void refuses_a_missing_folder(void **state)
{
    (void)state;
    world w;
    begin(&w);
    w.query.spill_dir = "/nonexistent/folder";
    spl_sorter_config config = {.budget = 1};
    item *items = make(300, 10);
    spl_frame frame;
    if (SPL_CATCH(&frame)) {
        assert_int_equal(frame.status, SPL_IO);
        assert_non_null(strstr(frame.message, "/nonexistent/folder"));
    } else {
        feed(&w, spl_sorter_new(spl_arena_new(w.account), &w.query, &config), items, 300, 0, 1);
        fail();
    }
    free(items);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts),
        cmocka_unit_test(backward),
        cmocka_unit_test(keeps_values),
        cmocka_unit_test(refuses_a_missing_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
