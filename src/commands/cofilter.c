/* cofilter.c -- how many users two items have in common. Rules: docs/reference/commands/cofilter.md */
#include "base/map.h"
#include "exec/bind.h"

#include <stdlib.h>

enum { MOST = 1000 }; /* items of a user that are paired */

typedef struct user {
    SPL_VEC(uint32_t) items; /* distinct, in the order met */
    bool cut;
} user;

typedef struct item {
    spl_value value;
    uint64_t users;
} item;

typedef struct pair {
    uint32_t a, b; /* a < b */
    uint64_t users;
} pair;

typedef struct cofilter_op {
    spl_op base;
    spl_field user, item;
    spl_map users, items; /* of user, of index + 1 into list */
    spl_map seen;         /* user and item */
    SPL_VEC(item) list;
    spl_map pairs; /* of pair */
    pair **sorted;
    size_t at;
    bool counted;
} cofilter_op;

static bool cofilter_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    cofilter_op *self = (cofilter_op *)op;
    spl_node_vec list = {0};

    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    if (list.len != 2) return spl_lacks(binder, NULL, "the names of two fields, of users and of items", "user item");
    self->user = spl_bind_field(binder, list.data[0]->text);
    self->item = spl_bind_field(binder, list.data[1]->text);
    spl_bind_reads(binder, self->user);
    spl_bind_reads(binder, self->item);
    return true;
}

static void cofilter_open(spl_op *op)
{
    cofilter_op *self = (cofilter_op *)op;
    self->users = self->items = self->seen = self->pairs = spl_map_in(op->state);
}

static void add(cofilter_op *self, spl_arena *scratch, spl_value user_value, spl_value item_value)
{
    spl_arena *arena = self->base.state;
    spl_str name = spl_value_text(scratch, user_value), what = spl_value_text(scratch, item_value);
    spl_map_entry *u = spl_map_put(&self->users, name, NULL), *i = spl_map_put(&self->items, what, NULL);
    uint32_t key[2];
    bool made;

    if (!u->value) u->value = SPL_NEW(arena, user);
    if (!i->value) {
        i->value = SPL_NEW(arena, uint32_t);
        SPL_PUSH(arena, &self->list, (item){.value = spl_value_keep(arena, item_value)});
        *(uint32_t *)i->value = (uint32_t)self->list.len - 1;
    }
    key[0] = (uint32_t)(u - self->users.entries);
    key[1] = *(const uint32_t *)i->value;
    spl_map_put(&self->seen, spl_str_cut((const char *)key, sizeof key), &made);
    if (!made) return;
    self->list.data[key[1]].users++;
    user *who = u->value;
    if (who->items.len == MOST) {
        if (!who->cut)
            spl_op_warn(&self->base, "cofilter-limit", "of the items of \"%.*s\" only the first %d are paired",
                        SPL_FMT(name), MOST);
        who->cut = true;
        return;
    }
    SPL_PUSH(arena, &who->items, key[1]);
}

static spl_status cofilter_gather(spl_op *op, spl_batch *batch)
{
    cofilter_op *self = (cofilter_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value users = spl_batch_get(batch, row, self->user), items = spl_batch_get(batch, row, self->item);

        for (uint32_t u = 0; u < spl_value_count(users); u++)
            for (uint32_t v = 0; v < spl_value_count(items); v++)
                add(self, batch->arena, spl_value_at(users, u), spl_value_at(items, v));
    }
    return SPL_OK;
}

static int by_items(const void *a, const void *b)
{
    const pair *x = *(pair *const *)a, *y = *(pair *const *)b;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static void count_pairs(cofilter_op *self)
{
    spl_arena *arena = self->base.state;

    for (size_t u = 0; u < self->users.len; u++) {
        const user *who = self->users.entries[u].value;

        spl_query_poll(self->base.query);
        for (size_t i = 0; i < who->items.len; i++) {
            for (size_t k = i + 1; k < who->items.len; k++) {
                uint32_t a = who->items.data[i], b = who->items.data[k];
                uint32_t key[2] = {a < b ? a : b, a < b ? b : a};
                spl_map_entry *entry = spl_map_put(&self->pairs, spl_str_cut((const char *)key, sizeof key), NULL);

                if (!entry->value) {
                    pair *made = SPL_NEW(arena, pair);
                    *made = (pair){key[0], key[1], 0};
                    entry->value = made;
                }
                ((pair *)entry->value)->users++;
            }
        }
    }
    self->sorted = SPL_NEW_ARRAY(arena, self->pairs.len + 1, pair *);
    for (size_t i = 0; i < self->pairs.len; i++) self->sorted[i] = self->pairs.entries[i].value;
    if (self->pairs.len) qsort(self->sorted, self->pairs.len, sizeof *self->sorted, by_items);
}

static spl_status cofilter_emit(spl_op *op, spl_batch **out)
{
    static const char *const names[] = {"Item 1", "Item 1 user count", "Item 2", "Item 2 user count", "Pair count"};
    cofilter_op *self = (cofilter_op *)op;
    spl_field to[5];
    spl_batch *batch;
    size_t rows;

    if (!self->counted) count_pairs(self);
    self->counted = true;
    rows = self->pairs.len - self->at;
    if (!rows) return SPL_END;
    if (rows > SPL_BATCH_ROWS) rows = SPL_BATCH_ROWS;
    batch = spl_op_batch(op, (uint32_t)rows);
    for (int i = 0; i < 5; i++) to[i] = spl_field_of(batch->fields, spl_str_of(names[i]));
    spl_batch_arrange(batch, to, 5);
    batch->fixed = true;
    for (uint32_t r = 0; r < rows; r++) {
        const pair *p = self->sorted[self->at++];
        const item *a = &self->list.data[p->a], *b = &self->list.data[p->b];

        spl_batch_set(batch, r, to[0], spl_value_keep(batch->arena, a->value));
        spl_batch_set(batch, r, to[1], spl_number((double)a->users));
        spl_batch_set(batch, r, to[2], spl_value_keep(batch->arena, b->value));
        spl_batch_set(batch, r, to[3], spl_number((double)b->users));
        spl_batch_set(batch, r, to[4], spl_number((double)p->users));
    }
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(cofilter, .summary = "Counts how many users each two items have in common.",
            .syntax = "cofilter <user field> <item field>",
            .example =
                "| makeresults count=9 | streamstats count | eval user=mvindex(split(\"a,b,c\",\",\"),(count-1)%3), "
                "item=count%5 | cofilter user item",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_FIXES, .op_size = sizeof(cofilter_op),
            .bind = cofilter_bind, .open = cofilter_open, .gather = cofilter_gather, .emit = cofilter_emit);
