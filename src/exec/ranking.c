/* ranking.c -- see ranking.h. */
#include "exec/ranking.h"

#include "base/num.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

const spl_segment spl_ranking_segments[] = {SPL_BY_SEGMENT("by"), {0}};

const spl_option spl_ranking_options[] = {
    {.name = "limit",
     .type = SPL_OPTION_INT,
     .offset = offsetof(spl_ranking, limit),
     .given = offsetof(spl_ranking, limit_given),
     .dflt = 10,
     .min = 0,
     .max = 9e15,
     .help = "how many values to give; 0 for all"},
    {.name = "countfield",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(spl_ranking, countfield),
     .text = "count",
     .help = "the name of the field with the count"},
    {.name = "percentfield",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(spl_ranking, percentfield),
     .text = "percent",
     .help = "the name of the field with the percentage"},
    {.name = "showcount",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(spl_ranking, showcount),
     .dflt = 1,
     .help = "whether to give the count"},
    {.name = "showperc",
     .alias = "showpercent",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(spl_ranking, showperc),
     .dflt = 1,
     .help = "whether to give the percentage"},
    {.name = "useother",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(spl_ranking, useother),
     .help = "whether a row stands for all other values"},
    {.name = "otherstr",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(spl_ranking, otherstr),
     .text = "OTHER",
     .help = "the value shown in that row"},
    {0},
};

/* ---- bind ---- */

/* The count that each group keeps, bound without an aggregate in the text. */
static bool bind_count(spl_binder *binder, const spl_node *stage, spl_ranking *self)
{
    spl_node *count = SPL_NEW(binder->arena, spl_node);
    const spl_node *nodes[1] = {count};

    count->kind = SPL_NODE_AGGREGATE;
    count->text = SPL_S("count");
    count->bare = true;
    count->span = stage->span;
    return spl_aggs_bind(binder, nodes, 1, NULL, 0, 0, &self->aggs);
}

/* The number before the fields, if there is one, is a limit. */
static bool take_limit(spl_binder *binder, spl_args *args, spl_ranking *self)
{
    const spl_node *node = spl_args_peek(args);
    int64_t number;

    if (!node || (node->kind != SPL_NODE_WORD && node->kind != SPL_NODE_NUMBER) || node->quoted ||
        !spl_num_int(node->text, &number))
        return true;
    if (number < 0) return spl_bad_argument(binder, node->span, "the number of values cannot be negative");
    if (self->limit_given)
        return spl_bad_argument(binder, node->span, "%s takes a number or limit=, not both", self->base.command->name);
    self->limit = number;
    spl_args_next(args);
    return true;
}

/* The fields behind those of BY. */
static bool take_fields(spl_binder *binder, const spl_node *clause, spl_args *args, spl_ranking *self)
{
    spl_by by = {0};
    SPL_VEC(spl_by_field) fields = {0};
    const spl_node *node;

    if (!spl_by_bind(binder, clause, 0, &by)) return false;
    for (size_t i = 0; i < by.count; i++) SPL_PUSH(binder->arena, &fields, by.fields[i]);
    while ((node = spl_args_next(args))) {
        spl_node_vec names = {0};
        const spl_node *one[1] = {node};

        if (!spl_args_fields(binder, one, 1, &names)) return false;
        SPL_PUSH(binder->arena, &fields, (spl_by_field){.field = spl_bind_field(binder, node->text), .node = node});
        spl_bind_reads(binder, fields.data[fields.len - 1].field);
    }
    if (fields.len == by.count) return spl_lacks(binder, NULL, "the name of a field", "limit=5 host");
    self->n_by = by.count;
    self->by.fields = fields.data;
    self->by.count = fields.len;
    return true;
}

/* Each column of the result has one meaning. */
static bool check_fields(spl_binder *binder, const spl_ranking *self)
{
    for (size_t i = 0; i < self->by.count; i++) {
        spl_field field = self->by.fields[i].field;
        const spl_node *node = self->by.fields[i].node;

        if ((self->showcount && field == self->count) || (self->showperc && field == self->percent)) {
            spl_bad_argument(binder, node->span, "the field \"%.*s\" would be overwritten by the %s",
                             SPL_FMT(node->text), field == self->count ? "count" : "percentage");
            spl_hint(binder->diag, "Name the result with countfield= or percentfield=.");
            return false;
        }
        for (size_t j = 0; j < i; j++)
            if (self->by.fields[j].field == field)
                return spl_bad_argument(binder, node->span, "the field \"%.*s\" is named twice", SPL_FMT(node->text));
    }
    return true;
}

bool spl_ranking_bind(spl_binder *binder, const spl_node *stage, spl_ranking *self, bool least, uint64_t most)
{
    const spl_node *clause = spl_args_clause(stage, "by");
    spl_args args = spl_args_of(stage);

    self->least = least;
    self->most = most;
    if (!take_limit(binder, &args, self)) return false;
    if (most && (uint64_t)self->limit > most)
        return spl_bad_argument(binder, stage->span,
                                "%s gives %" PRIu64 " results at most (limits.conf, maxresultrows)",
                                self->base.command->name, most);
    if (!take_fields(binder, clause, &args, self)) return false;
    self->count = spl_bind_field(binder, self->countfield);
    self->percent = spl_bind_field(binder, self->percentfield);
    self->base.unordered = true;
    return check_fields(binder, self) && bind_count(binder, stage, self);
}

/* ---- gather ---- */

void spl_ranking_open(spl_op *op)
{
    spl_ranking *self = (spl_ranking *)op;

    spl_groups_init(&self->groups, op, &self->aggs, &self->by);
    self->part = spl_arena_new(op->query->account);
    spl_arena_defer(op->state, (void (*)(void *))spl_arena_free, self->part);
}

spl_status spl_ranking_gather(spl_op *op, spl_batch *batch)
{
    spl_groups_gather(&((spl_ranking *)op)->groups, batch);
    return SPL_OK;
}

void spl_ranking_merge(spl_op *into, spl_op *from)
{
    spl_groups_merge(&((spl_ranking *)into)->groups, &((spl_ranking *)from)->groups);
}

/* ---- emit: part by part, a part being what BY tells apart ---- */

typedef struct ranked {
    uint64_t count;
    const spl_value *keys;
    uint64_t at; /* in the order of the keys */
} ranked;

typedef SPL_VEC(ranked) ranked_list;

/* By count; among equals top takes the last by key, rare the first. */
static int most_first(const void *a, const void *b)
{
    const ranked *left = a, *right = b;

    if (left->count != right->count) return left->count > right->count ? -1 : 1;
    return left->at > right->at ? -1 : 1;
}

static int least_first(const void *a, const void *b)
{
    const ranked *left = a, *right = b;

    if (left->count != right->count) return left->count < right->count ? -1 : 1;
    return left->at < right->at ? -1 : 1;
}

static spl_value percent_of(uint64_t count, uint64_t total)
{
    return spl_number_decimals(round((double)count / (double)total * 100 * 1e6) / 1e6, 6);
}

static void rank(const spl_ranking *self, ranked_list *list)
{
    if (list->len) qsort(list->data, list->len, sizeof *list->data, self->least ? least_first : most_first);
}

static uint64_t count_of(spl_ranking *self, spl_group *group)
{
    double count = 0;

    spl_value_number(spl_states_value(&self->groups.run, group->states, 0, self->part), &count);
    return (uint64_t)count;
}

/* A part's copy of the keys of the group ahead. */
static const spl_value *keep_keys(spl_ranking *self)
{
    spl_value *keys = spl_alloc(self->part, self->by.count * sizeof *keys);

    for (size_t k = 0; k < self->by.count; k++) keys[k] = spl_value_keep(self->part, self->ahead->keys[k]);
    return keys;
}

/* The first LIMIT of the part that begins with the group ahead, which has PART_KEYS; 0: all. *SEEN: how many values it
 * has; *TOTAL: in how many events. */
static ranked_list best_of(spl_ranking *self, const spl_value *part_keys, uint64_t limit, uint64_t *seen,
                           uint64_t *total)
{
    ranked_list best = {0};

    *seen = *total = 0;
    while (self->ahead && spl_keys_compare(self->ahead->keys, part_keys, self->n_by) == 0) {
        uint64_t count = count_of(self, self->ahead);

        *total += count;
        SPL_PUSH(self->part, &best, (ranked){count, keep_keys(self), (*seen)++});
        if (limit && best.len >= 2 * limit + 1024) { /* keeps what can still be among the first */
            rank(self, &best);
            best.len = limit;
        }
        self->ahead = spl_groups_next(&self->groups);
    }
    rank(self, &best);
    if (limit && best.len > limit) best.len = limit;
    return best;
}

static void put_row(spl_ranking *self, spl_batch *batch, uint32_t row, const spl_value *keys, bool other,
                    uint64_t count, uint64_t total)
{
    size_t k;

    for (k = 0; k < self->by.count; k++)
        spl_batch_set(batch, row, self->by.fields[k].field,
                      other && k >= self->n_by ? spl_text(spl_str_copy(batch->arena, self->otherstr))
                                               : spl_value_keep(batch->arena, keys[k]));
    if (self->showcount) spl_batch_set(batch, row, self->count, spl_number((double)count));
    if (self->showperc) spl_batch_set(batch, row, self->percent, percent_of(count, total));
}

/* BY fields first, as Splunk shows them. */
static void arrange(const spl_ranking *self, spl_batch *batch)
{
    spl_field *order = spl_alloc(batch->arena, (self->by.count + 2) * sizeof *order);
    uint32_t n = 0;

    for (size_t k = 0; k < self->by.count; k++) order[n++] = self->by.fields[k].field;
    if (self->showcount) order[n++] = self->count;
    if (self->showperc) order[n++] = self->percent;
    spl_batch_arrange(batch, order, n);
    batch->fixed = true;
}

spl_status spl_ranking_emit(spl_op *op, spl_batch **out)
{
    spl_ranking *self = (spl_ranking *)op;
    bool by_server = !self->limit;
    uint64_t limit = by_server ? self->most : (uint64_t)self->limit, seen, total, left;
    const spl_value *part_keys;
    ranked_list best;
    spl_batch *batch;
    uint32_t i;

    if (!self->began) {
        self->began = true;
        self->ahead = spl_groups_next(&self->groups);
    }
    if (!self->ahead) return SPL_END;
    spl_arena_reset(self->part);
    part_keys = keep_keys(self);
    best = best_of(self, part_keys, limit, &seen, &total);
    if (by_server && limit && seen > limit)
        spl_op_warn(op, "limit", "%s gave the first %" PRIu64 " results (limits.conf, maxresultrows)",
                    op->command->name, limit);
    left = total;
    batch = spl_op_batch(op, (uint32_t)best.len + 1);
    for (size_t k = self->n_by; k < self->by.count; k++) spl_batch_add(batch, self->by.fields[k].field);
    for (i = 0; i < best.len; i++) {
        put_row(self, batch, i, best.data[i].keys, false, best.data[i].count, total);
        left -= best.data[i].count;
    }
    if (self->useother && left) put_row(self, batch, i++, part_keys, true, left, total);
    spl_batch_truncate(batch, i);
    arrange(self, batch);
    *out = batch;
    return SPL_OK;
}
