/* top.c -- top and rare: the most and the least frequent values, or combinations of values, of fields. */
#include "exec/groups.h"
#include "exec/summary.h"

#include "base/num.h"
#include "knowledge/limits.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct top_op {
    spl_op base;
    int64_t limit;
    bool limit_given;
    spl_str countfield, percentfield, otherstr;
    bool showcount, showperc, useother;
    bool rare;
    spl_aggs aggs;
    spl_by by;   /* the BY fields, then the fields */
    size_t n_by; /* how many of them are BY fields */
    spl_field count, percent;
    /* running */
    spl_groups groups;
    spl_group *ahead; /* the first group of the next part */
    bool began;
    spl_arena *part; /* of the part being ranked */
} top_op;

static const spl_option options[] = {
    {.name = "limit",
     .type = SPL_OPTION_INT,
     .offset = offsetof(top_op, limit),
     .given = offsetof(top_op, limit_given),
     .dflt = 10,
     .min = 0,
     .max = 9e15,
     .help = "how many values to give; 0 for all"},
    {.name = "countfield",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(top_op, countfield),
     .text = "count",
     .help = "the name of the field with the count"},
    {.name = "percentfield",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(top_op, percentfield),
     .text = "percent",
     .help = "the name of the field with the percentage"},
    {.name = "showcount",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(top_op, showcount),
     .dflt = 1,
     .help = "whether to give the count"},
    {.name = "showperc",
     .alias = "showpercent",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(top_op, showperc),
     .dflt = 1,
     .help = "whether to give the percentage"},
    {.name = "useother",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(top_op, useother),
     .help = "whether a row stands for all other values"},
    {.name = "otherstr",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(top_op, otherstr),
     .text = "OTHER",
     .help = "the value shown in that row"},
    {0},
};

/* The count that each group keeps, bound without an aggregate in the text. */
static bool bind_count(spl_binder *binder, const spl_node *stage, top_op *top)
{
    spl_node *count = SPL_NEW(binder->arena, spl_node);
    const spl_node *nodes[1] = {count};

    count->kind = SPL_NODE_AGGREGATE;
    count->text = SPL_S("count");
    count->bare = true;
    count->span = stage->span;
    return spl_aggs_bind(binder, nodes, 1, NULL, 0, 0, &top->aggs);
}

static bool top_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    top_op *top = (top_op *)op;
    const spl_node *clause = spl_args_clause(stage, "by"), *node;
    spl_args args = spl_args_of(stage);
    spl_by by = {0};
    SPL_VEC(spl_by_field) fields = {0};
    size_t i, j;
    int64_t number;
    uint64_t most = spl_server_limit(binder->query, op->command->name, "maxresultrows", 50000);

    top->rare = strcmp(op->command->name, "rare") == 0;
    if (clause && !spl_by_options(binder, clause, options, top)) return false;
    node = spl_args_peek(&args);
    if (node && (node->kind == SPL_NODE_WORD || node->kind == SPL_NODE_NUMBER) && !node->quoted &&
        spl_num_int(node->text, &number)) {
        if (number < 0) return spl_bad_argument(binder, node->span, "the number of values cannot be negative");
        if (top->limit_given)
            return spl_bad_argument(binder, node->span, "%s takes a number or limit=, not both", op->command->name);
        top->limit = number;
        spl_args_next(&args);
    }
    if (most && (uint64_t)top->limit > most)
        return spl_bad_argument(binder, stage->span,
                                "%s gives %" PRIu64 " results at most (limits.conf, maxresultrows)", op->command->name,
                                most);
    if (!spl_by_bind(binder, clause, 0, &by)) return false;
    for (i = 0; i < by.count; i++) SPL_PUSH(binder->arena, &fields, by.fields[i]);
    top->n_by = by.count;
    while ((node = spl_args_next(&args))) {
        spl_node_vec names = {0};
        const spl_node *one[1] = {node};

        if (!spl_args_fields(binder, one, 1, &names)) return false;
        SPL_PUSH(binder->arena, &fields, (spl_by_field){.field = spl_bind_field(binder, node->text), .node = node});
        spl_bind_reads(binder, fields.data[fields.len - 1].field);
    }
    if (fields.len == top->n_by) return spl_lacks(binder, NULL, "the name of a field", "limit=5 host");
    top->by.fields = fields.data;
    top->by.count = fields.len;
    top->count = spl_bind_field(binder, top->countfield);
    top->percent = spl_bind_field(binder, top->percentfield);
    for (i = 0; i < fields.len; i++) {
        if ((top->showcount && fields.data[i].field == top->count) ||
            (top->showperc && fields.data[i].field == top->percent)) {
            spl_bad_argument(binder, fields.data[i].node->span, "the field \"%.*s\" would be overwritten by the %s",
                             SPL_FMT(fields.data[i].node->text),
                             fields.data[i].field == top->count ? "count" : "percentage");
            spl_hint(binder->diag, "Name the result with countfield= or percentfield=.");
            return false;
        }
        for (j = 0; j < i; j++)
            if (fields.data[j].field == fields.data[i].field)
                return spl_bad_argument(binder, fields.data[i].node->span, "the field \"%.*s\" is named twice",
                                        SPL_FMT(fields.data[i].node->text));
    }
    op->unordered = true;
    return bind_count(binder, stage, top);
}

static void top_open(spl_op *op)
{
    top_op *top = (top_op *)op;

    spl_groups_init(&top->groups, op, &top->aggs, &top->by);
    top->part = spl_arena_new(op->query->account);
    spl_arena_defer(op->state, (void (*)(void *))spl_arena_free, top->part);
}

static spl_status top_gather(spl_op *op, spl_batch *batch)
{
    spl_groups_gather(&((top_op *)op)->groups, batch);
    return SPL_OK;
}

static void top_merge(spl_op *into, spl_op *from)
{
    spl_groups_merge(&((top_op *)into)->groups, &((top_op *)from)->groups);
}

typedef struct ranked {
    uint64_t count;
    const spl_value *keys;
    uint64_t at; /* in the order of the keys */
} ranked;

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

static uint64_t count_of(top_op *top, spl_group *group)
{
    double count = 0;

    spl_value_number(spl_states_value(&top->groups.run, group->states, 0, top->part), &count);
    return (uint64_t)count;
}

static void put_row(top_op *top, spl_batch *batch, uint32_t row, const spl_value *keys, bool other, uint64_t count,
                    uint64_t total)
{
    size_t k;

    for (k = 0; k < top->by.count; k++)
        spl_batch_set(batch, row, top->by.fields[k].field,
                      other && k >= top->n_by ? spl_text(spl_str_copy(batch->arena, top->otherstr))
                                              : spl_value_keep(batch->arena, keys[k]));
    if (top->showcount) spl_batch_set(batch, row, top->count, spl_number((double)count));
    if (top->showperc) spl_batch_set(batch, row, top->percent, percent_of(count, total));
}

static spl_status top_emit(spl_op *op, spl_batch **out)
{
    top_op *top = (top_op *)op;
    SPL_VEC(ranked) best = {0};
    uint64_t total = 0, left = 0, limit = (uint64_t)top->limit, at = 0;
    uint64_t most = spl_server_limit(op->query, op->command->name, "maxresultrows", 50000);
    bool by_server = most && (!limit || limit > most);
    const spl_value *part_keys;
    spl_batch *batch;
    uint32_t i;
    size_t k;

    if (by_server) limit = most;
    if (!top->began) {
        top->began = true;
        top->ahead = spl_groups_next(&top->groups);
    }
    if (!top->ahead) return SPL_END;
    spl_arena_reset(top->part);
    {
        spl_value *keys = spl_alloc(top->part, top->by.count * sizeof *keys);

        for (k = 0; k < top->by.count; k++) keys[k] = spl_value_keep(top->part, top->ahead->keys[k]);
        part_keys = keys;
    }
    while (top->ahead && spl_keys_compare(top->ahead->keys, part_keys, top->n_by) == 0) {
        uint64_t count = count_of(top, top->ahead);
        spl_value *keys = spl_alloc(top->part, top->by.count * sizeof *keys);

        for (k = 0; k < top->by.count; k++) keys[k] = spl_value_keep(top->part, top->ahead->keys[k]);
        total += count;
        SPL_PUSH(top->part, &best, (ranked){count, keys, at++});
        if (limit && best.len >= 2 * limit + 1024) { /* keeps what can still be among the first */
            qsort(best.data, best.len, sizeof *best.data, top->rare ? least_first : most_first);
            best.len = limit;
        }
        top->ahead = spl_groups_next(&top->groups);
    }
    if (best.len) qsort(best.data, best.len, sizeof *best.data, top->rare ? least_first : most_first);
    if (by_server && at > limit)
        spl_op_warn(op, "limit", "%s gave the first %llu results (limits.conf, maxresultrows)", op->command->name,
                    (unsigned long long)limit);
    if (limit && best.len > limit) best.len = limit;
    left = total;
    for (i = 0; i < best.len; i++) left -= best.data[i].count;
    batch = spl_op_batch(op, (uint32_t)best.len + 1);
    for (k = top->n_by; k < top->by.count; k++) spl_batch_add(batch, top->by.fields[k].field);
    for (i = 0; i < best.len; i++) put_row(top, batch, i, best.data[i].keys, false, best.data[i].count, total);
    if (top->useother && left) put_row(top, batch, i++, part_keys, true, left, total);
    spl_batch_truncate(batch, i);
    { /* BY fields first, as Splunk shows them */
        spl_field *order = spl_alloc(batch->arena, (top->by.count + 2) * sizeof *order);
        uint32_t n = 0;

        for (k = 0; k < top->by.count; k++) order[n++] = top->by.fields[k].field;
        if (top->showcount) order[n++] = top->count;
        if (top->showperc) order[n++] = top->percent;
        spl_batch_arrange(batch, order, n);
    }
    batch->fixed = true;
    *out = batch;
    return SPL_OK;
}

#define TOP                                                                                                            \
    .args = SPL_ARGS_PLAIN, .segments = segments, .traits = SPL_TRANSFORMS | SPL_FIXES, .options = options,            \
    .op_size = sizeof(top_op), .bind = top_bind, .open = top_open, .gather = top_gather, .merge = top_merge,           \
    .emit = top_emit

static const spl_segment segments[] = {{"by", SPL_ARGS_PLAIN, false}, {0}};

static const char *const aliases[] = {"common", NULL};

SPL_COMMAND(top, .aliases = aliases, .summary = "The most frequent values of fields, with count and percentage.",
            .syntax = "top [<n> | limit=<n>] [showcount=<bool>] [showperc=<bool>] [countfield=<field>] "
                      "[percentfield=<field>] [useother=<bool>] [otherstr=<text>] <field> … [BY <field> …]",
            .example = "| makeresults count=5 | streamstats count as n | eval n=n%3 | top limit=2 n", TOP);

SPL_COMMAND(rare, .summary = "The least frequent values of fields, with count and percentage.",
            .syntax = "rare [<n> | limit=<n>] [showcount=<bool>] [showperc=<bool>] [countfield=<field>] "
                      "[percentfield=<field>] [useother=<bool>] [otherstr=<text>] <field> … [BY <field> …]",
            .example = "| makeresults count=5 | streamstats count as n | eval n=n%3 | rare limit=1 n", TOP);

SPL_COMMAND(sitop, .summary = "Prepares events for a summary index, of which top computes its figures.",
            .syntax = "sitop <arguments of top>",
            .example = "| makeresults count=5 | streamstats count as n | eval n=n%3 | sitop n | top n",
            .differs = "In Splunk the rows hold partial figures (psrsvd_ fields); here they are the events, cut to the "
                       "fields that top reads.",
            .args = SPL_ARGS_PLAIN, .segments = segments, .options = options, .op_size = sizeof(top_op),
            .bind = top_bind, SPL_SUMMARY_HOOKS);

SPL_COMMAND(sirare, .summary = "Prepares events for a summary index, of which rare computes its figures.",
            .syntax = "sirare <arguments of rare>",
            .example = "| makeresults count=5 | streamstats count as n | eval n=n%3 | sirare n | rare n",
            .differs = "In Splunk the rows hold partial figures (psrsvd_ fields); here they are the events, cut to the "
                       "fields that rare reads.",
            .args = SPL_ARGS_PLAIN, .segments = segments, .options = options, .op_size = sizeof(top_op),
            .bind = top_bind, SPL_SUMMARY_HOOKS);
