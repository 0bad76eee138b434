/* aggregate.c -- binding lists of aggregations, and running them over batches.
 *
 * Updates go aggregate by aggregate over the rows of a batch, so that the column, the function and what it asks for are
 * looked up once a batch. A wildcard's states hang off its block in an array that grows with the fields met. */
#include "exec/aggregate.h"

#include "base/num.h"
#include "base/wildcard.h"
#include "data/timefmt.h"

#include <math.h>
#include <stdlib.h>

typedef struct wild_states { /* a wildcard's place in a block */
    void *states;
    uint32_t count;
} wild_states;

/* --- binding ---------------------------------------------------------------------------------------------------------
 */

typedef struct building {
    spl_binder *binder;
    spl_aggs *aggs;
    const spl_field *by;
    size_t n_by;
    unsigned flags;
    SPL_VEC(spl_agg) items;
    SPL_VEC(spl_agg_source) sources;
    SPL_VEC(uint32_t) source; /* of each field, plus one */
} building;

static spl_str typed(const spl_node *node)
{
    uint32_t end = node->alias ? node->alias->span.begin : node->span.end;
    spl_str text;

    if (!node->span.source) return node->text;
    text = spl_str_trim(spl_str_sub(node->span.source->text, node->span.begin, end));
    if (node->alias && text.len > 3 && spl_str_iis(spl_str_sub(text, text.len - 2, text.len), "as") &&
        spl_is_space(text.data[text.len - 3]))
        text = spl_str_trim(spl_str_sub(text, 0, text.len - 2));
    return text;
}

static int source_of(building *b, spl_field field, const spl_expr *expr)
{
    if (!expr) {
        while (b->source.len <= field) SPL_PUSH(b->binder->arena, &b->source, 0);
        if (b->source.data[field]) return (int)b->source.data[field] - 1;
        b->source.data[field] = (uint32_t)b->sources.len + 1;
    }
    SPL_PUSH(b->binder->arena, &b->sources, (spl_agg_source){field, expr});
    return (int)b->sources.len - 1;
}

static const spl_node *unwrap(const spl_node *node)
{
    while ((node->kind == SPL_NODE_LIST && node->n_kids == 1) ||
           (node->kind == SPL_NODE_CALL && spl_str_iis(node->text, "eval") && node->n_kids == 1))
        node = node->kids[0];
    return node;
}

/* ARG, an argument of NODE, came from eval(…). Of eval(x) the tree holds the field alone: the text tells. */
static bool is_eval(const spl_node *node, const spl_node *arg)
{
    if (arg->kind == SPL_NODE_FIELD && node->span.source && node->span.source == arg->span.source &&
        node->span.begin < arg->span.begin) {
        spl_str before = spl_str_sub(node->span.source->text, node->span.begin, arg->span.begin);
        ptrdiff_t bracket = spl_str_find(before, SPL_S("("), 0);

        if (bracket >= 0 && spl_str_ifind(before, SPL_S("eval"), (size_t)bracket) >= 0) return true;
    }
    node = arg;
    return (node->kind == SPL_NODE_CALL && spl_str_iis(node->text, "eval")) ||
           (node->kind != SPL_NODE_FIELD && node->kind != SPL_NODE_WORD && node->kind != SPL_NODE_STRING);
}

static bool refuse_unknown(building *b, const spl_node *node)
{
    SPL_VEC(spl_str) names = {0};
    const spl_aggregate *const *at;
    spl_span_time span;
    spl_str near;

    for (at = spl_aggregates; *at; at++) {
        const char *const *alias = (*at)->aliases;

        SPL_PUSH(b->binder->arena, &names, spl_str_of((*at)->name));
        for (; alias && *alias; alias++) SPL_PUSH(b->binder->arena, &names, spl_str_of(*alias));
    }
    spl_refuse(b->binder, node->name_span.source ? node->name_span : node->span, "unknown-function",
               "unknown statistical function \"%.*s\"", SPL_FMT(node->text));
    near = spl_nearest(node->text, names.data, names.len);
    for (size_t i = 0; !near.len && node->text.len >= 4 && i < names.len; i++) /* distinct(x): distinct_count */
        if (spl_str_ifind(names.data[i], node->text, 0) == 0) near = names.data[i];
    for (at = spl_aggregates; *at; at++) {
        const char *const *alias = (*at)->aliases;
        bool same = spl_str_iis(node->text, (*at)->name);

        for (; alias && *alias; alias++) same |= spl_str_iis(node->text, *alias);
        if (!same || !(*at)->numbered) continue;
        spl_hint(b->binder->diag, "A number follows the name: %.*s95(<field>)", SPL_FMT(node->text));
        return false;
    }
    if (node->text.len && spl_is_any(node->text.data[0], "*/+-%."))
        spl_hint(b->binder->diag, "Figures are computed with behind it: stats sum(x) AS a count AS b | eval c=a/b");
    else if (!node->bare && spl_function_find(node->text))
        spl_hint(b->binder->diag,
                 "It is a function of eval, whose results can be aggregated: values(eval(%.*s(…))) AS x",
                 SPL_FMT(node->text));
    else if (near.len)
        spl_hint(b->binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    else if (node->bare && spl_timespan(node->text, &span) && span.unit >= SPL_UNIT_SECOND)
        spl_hint(b->binder->diag, "A span of time is one word: span=5%.*s", SPL_FMT(node->text));
    else if (node->bare)
        spl_hint(b->binder->diag, "A field stands within a function, such as values(%.*s) or sum(%.*s).",
                 SPL_FMT(node->text), SPL_FMT(node->text));
    else
        spl_hint(b->binder->diag, "spl list aggregates shows what there is.");
    return false;
}

static size_t stars(spl_str text)
{
    size_t i, n = 0;

    for (i = 0; i < text.len; i++) n += text.data[i] == '*';
    return n;
}

/* Gives ITEM its argument: ARG is a field, a wildcard or eval(…). */
static bool bind_argument(building *b, spl_agg *item, const spl_node *node, const spl_node *arg)
{
    const spl_node *inner;

    if (is_eval(node, arg)) {
        const spl_expr *expr;

        inner = unwrap(arg);
        expr = spl_expr_bind(b->binder, inner);
        if (!expr) return false;
        item->source = source_of(b, SPL_NO_FIELD, expr);
        return true;
    }
    if (spl_wildcard_has(arg->text) && !(arg->kind == SPL_NODE_STRING)) {
        if (b->flags & SPL_AGGS_NO_WILD)
            return spl_bad_argument(b->binder, arg->span, "a wildcard cannot stand here: \"%.*s\"", SPL_FMT(arg->text));
        item->pattern = arg->text;
        b->aggs->wild = true;
        spl_bind_reads_name(b->binder, arg->text);
        return true;
    }
    if (!arg->text.len) return spl_bad_argument(b->binder, arg->span, "a field name cannot be empty");
    item->source = source_of(b, spl_bind_field(b->binder, arg->text), NULL);
    spl_bind_reads(b->binder, b->sources.data[item->source].field);
    return true;
}

static bool bind_kind(building *b, const spl_node *node, spl_agg *item)
{
    double parameter;

    item->kind = spl_aggregate_find(node->text, &parameter);
    if (!item->kind) return refuse_unknown(b, node);
    if (item->kind->numbered && !(parameter >= 0 && parameter <= 100))
        return spl_bad_argument(b->binder, node->name_span.source ? node->name_span : node->span,
                                "a percentile must be from 0 to 100, not \"%.*s\"", SPL_FMT(node->text));
    if (item->kind->timechart && !(b->flags & SPL_AGGS_TIMECHART)) {
        spl_bad_argument(b->binder, node->span, "\"%.*s\" can be used in timechart only", SPL_FMT(node->text));
        spl_hint(b->binder->diag, "A rate needs the length of a bucket: | timechart span=1h %s(<field>)",
                 item->kind->name);
        return false;
    }
    item->env.parameter = parameter;
    if (spl_str_is(spl_str_of(item->kind->name), "list")) item->env.limit = b->binder->query->limits.list_values;
    return true;
}

/* sparkline(count, 5m), sparkline(max(x)): the inner aggregate and the span. */
static bool bind_sparkline(building *b, const spl_node *node, spl_agg *item)
{
    const spl_node *inner = node->n_kids ? node->kids[0] : NULL;
    spl_agg part = {.source = -1};
    spl_agg_env *env = SPL_NEW(b->binder->arena, spl_agg_env);
    spl_span_time span = {0};
    spl_value *extra;

    if (inner) {
        if (!bind_kind(b, inner, &part)) return false;
        if (!part.kind->sparks) {
            spl_bad_argument(b->binder, inner->span, "\"%.*s\" cannot stand in a sparkline", SPL_FMT(inner->text));
            spl_buf can = spl_buf_in(b->binder->arena);
            for (const spl_aggregate *const *a = spl_aggregates; *a; a++)
                if ((*a)->sparks) spl_buf_printf(&can, "%s%s", can.len ? ", " : "", (*a)->name);
            spl_hint(b->binder->diag, "These can: %.*s.", SPL_FMT(spl_buf_str(&can)));
            return false;
        }
        if (inner->kind != SPL_NODE_FIELD && inner->kind != SPL_NODE_WORD && inner->n_kids) {
            if (!bind_argument(b, &part, inner, inner->kids[0])) return false;
            if (part.pattern.len)
                return spl_bad_argument(b->binder, inner->span, "a wildcard cannot stand in a sparkline");
        } else if (!part.kind->bare) {
            return spl_bad_argument(b->binder, inner->span, "\"%.*s\" needs a field", SPL_FMT(inner->text));
        }
    } else {
        part.kind = spl_aggregate_find(SPL_S("count"), NULL);
    }
    if (node->n_kids > 1) {
        spl_str text = node->kids[1]->text;

        if (!text.len && node->kids[1]->span.source)
            text = spl_str_sub(node->kids[1]->span.source->text, node->kids[1]->span.begin, node->kids[1]->span.end);
        if (!spl_timespan(text, &span) || !(span.count > 0)) {
            spl_bad_argument(b->binder, node->kids[1]->span, "\"%.*s\" is no span of time", SPL_FMT(text));
            spl_hint(b->binder->diag, "A span is a number and a unit: 30s, 5m, 1h, 1d.");
            return false;
        }
        if (span.unit == SPL_UNIT_NONE) span.unit = SPL_UNIT_SECOND;
    }
    *env = part.env;
    env->query = b->binder->query;
    item->env.inner = part.kind;
    item->env.inner_env = env;
    item->source = part.source;
    extra = SPL_NEW_ARRAY(b->binder->arena, 2, spl_value);
    extra[0] = spl_number(span.count);
    extra[1] = spl_number((double)span.unit);
    item->env.extra = extra;
    item->env.n_extra = 2;
    return true;
}

static bool bind_one(building *b, const spl_node *node, spl_agg *item);

/* A copy of an expression in which calls of aggregates are replaced by fields that hold their results. */
static spl_node *lift(building *b, const spl_node *node, bool *good)
{
    spl_arena *arena = b->binder->arena;
    spl_node *copy = SPL_NEW(arena, spl_node);
    bool call = node->kind == SPL_NODE_CALL || node->kind == SPL_NODE_AGGREGATE;
    bool single =
        node->n_kids == 0 ||
        (node->n_kids == 1 && (node->kids[0]->kind == SPL_NODE_FIELD ||
                               (node->kids[0]->kind == SPL_NODE_CALL && spl_str_iis(node->kids[0]->text, "eval"))));
    const spl_aggregate *kind = call && single ? spl_aggregate_find(node->text, NULL) : NULL;
    uint32_t i;

    *copy = *node;
    if (!kind && node->kind == SPL_NODE_FIELD && !node->quoted && spl_str_iis(node->text, "count"))
        kind = spl_aggregate_find(node->text, NULL);
    if (kind) {
        spl_agg item = {.source = -1, .output = SPL_NO_FIELD, .hidden = true};

        if (node->kind == SPL_NODE_FIELD) copy->n_kids = 0;
        copy->alias = NULL;
        if (!bind_one(b, copy, &item)) {
            *good = false;
            return copy;
        }
        if (item.pattern.len) {
            *good = spl_bad_argument(b->binder, node->span, "a wildcard cannot stand in an expression");
            return copy;
        }
        item.hidden = true;
        item.name = spl_strf(arena, " aggregate %zu", b->items.len);
        item.output = spl_bind_field(b->binder, item.name);
        SPL_PUSH(arena, &b->items, item);
        copy->kind = SPL_NODE_FIELD;
        copy->text = item.name;
        copy->quoted = true;
        copy->n_kids = 0;
        return copy;
    }
    copy->kids = SPL_NEW_ARRAY(arena, node->n_kids, spl_node *);
    for (i = 0; i < node->n_kids; i++) copy->kids[i] = lift(b, node->kids[i], good);
    return copy;
}

static bool bind_one(building *b, const spl_node *node, spl_agg *item)
{
    bool good = true;

    item->node = node;
    item->source = -1;
    item->output = SPL_NO_FIELD;
    item->env.query = b->binder->query;
    if (spl_str_iis(node->text, "eval") && node->n_kids == 1) {
        spl_node *lifted;

        if (!(b->flags & SPL_AGGS_OVER)) {
            spl_bad_argument(b->binder, node->span, "eval() over aggregates can be used in chart and timechart only");
            spl_hint(b->binder->diag, "Compute it afterwards: | stats sum(x) as a count as b | eval c=a/b");
            return false;
        }
        lifted = lift(b, unwrap(node->kids[0]), &good);
        if (!good) return false;
        item->expr = spl_expr_bind(b->binder, lifted);
        return item->expr != NULL;
    }
    if (!bind_kind(b, node, item)) return false;
    if (spl_str_is(spl_str_of(item->kind->name), "sparkline")) return bind_sparkline(b, node, item);
    if (node->n_kids > 1)
        return spl_bad_argument(b->binder, node->kids[1]->span, "\"%.*s\" takes one field", SPL_FMT(node->text));
    if (node->n_kids == 1) return bind_argument(b, item, node, node->kids[0]);
    if (item->kind->bare) return true;
    item->pattern = SPL_S("*"); /* Splunk takes sum and sum() for sum(*) */
    if (b->flags & SPL_AGGS_NO_WILD)
        return spl_bad_argument(b->binder, node->span, "\"%.*s\" needs a field", SPL_FMT(node->text));
    b->aggs->wild = true;
    spl_bind_reads_all(b->binder);
    return true;
}

static bool name_item(building *b, const spl_node *node, spl_agg *item)
{
    spl_arena *arena = b->binder->arena;
    bool evaluated = item->expr || (node->n_kids && is_eval(node, node->kids[0]) && !item->env.inner);
    size_t i;

    if (node->alias) {
        item->name = node->alias->text;
        item->named = true;
        if (!item->name.len) return spl_bad_argument(b->binder, node->alias->span, "a field name cannot be empty");
        if (stars(item->name) != stars(item->pattern)) {
            spl_bad_argument(b->binder, node->alias->span, "AS \"%.*s\" must have as many * as \"%.*s\"",
                             SPL_FMT(item->name), SPL_FMT(typed(node)));
            return false;
        }
    } else if (evaluated && !(b->flags & SPL_AGGS_NO_AS) && node->kids[0]->kind != SPL_NODE_HOLE) {
        spl_bad_argument(b->binder, node->span, "an aggregate of eval() needs a name");
        spl_hint(b->binder->diag, "Add AS and a field name: %.*s AS <name>", SPL_FMT(typed(node)));
        return false;
    } else if (evaluated || item->env.inner) {
        item->name = typed(node);
    } else if (item->pattern.len) {
        item->name = spl_strf(arena, "%.*s(%.*s)", SPL_FMT(node->text), SPL_FMT(item->pattern));
    } else if (item->source >= 0) {
        item->name = spl_strf(arena, "%.*s(%.*s)", SPL_FMT(node->text), SPL_FMT(node->kids[0]->text));
    } else {
        item->name = spl_str_iis(node->text, "c") ? SPL_S("count") : node->text;
    }
    if (!item->pattern.len) {
        item->output = spl_bind_field(b->binder, item->name);
        for (i = 0; i < b->n_by; i++) {
            if (b->by[i] != item->output) continue;
            spl_bad_argument(b->binder, node->alias ? node->alias->span : node->span,
                             "the result \"%.*s\" cannot have the name of a BY field", SPL_FMT(item->name));
            return false;
        }
    }
    return true;
}

static size_t align_up(size_t at, size_t size)
{
    size_t to = size % 16 == 0 ? 16 : 8;

    return (at + to - 1) / to * to;
}

bool spl_aggs_bind(spl_binder *binder, const spl_node *const *nodes, size_t count, const spl_field *by, size_t n_by,
                   unsigned flags, spl_aggs *aggs)
{
    building b = {.binder = binder, .aggs = aggs, .by = by, .n_by = n_by, .flags = flags};
    bool good = true, hole = binder->holes;
    size_t i;

    *aggs = (spl_aggs){.except = by, .n_except = n_by, .allnum = (flags & SPL_AGGS_ALLNUM) != 0};
    for (i = 0; i < count; i++) {
        const spl_node *node = nodes[i];
        spl_agg item = {0};

        if (node->kind == SPL_NODE_OPTION || node->kind == SPL_NODE_CLAUSE) continue;
        if (node->kind == SPL_NODE_HOLE) {
            hole = true;
            continue;
        }
        if (node->kind != SPL_NODE_AGGREGATE) {
            spl_bad_argument(binder, node->span, "an aggregate is expected here, such as count or sum(<field>)");
            good = false;
            continue;
        }
        if (!bind_one(&b, node, &item) || !name_item(&b, node, &item)) {
            good = false;
            continue;
        }
        SPL_PUSH(binder->arena, &b.items, item);
    }
    if (good && !hole && b.items.len == 0 && !(flags & SPL_AGGS_NONE)) {
        spl_bad_argument(binder, binder->stage->span, "%.*s needs an aggregate", SPL_FMT(binder->stage->text));
        spl_hint(binder->diag, "Name at least one: %.*s count, or %.*s sum(<field>).", SPL_FMT(binder->stage->text),
                 SPL_FMT(binder->stage->text));
        return false;
    }
    if (flags & SPL_AGGS_EVENTS) {
        spl_agg events = {.kind = spl_aggregate_find(SPL_S("count"), NULL), .source = -1, .hidden = true};

        events.env.query = binder->query;
        events.name = spl_strf(binder->arena, " aggregate %zu", b.items.len);
        events.output = spl_bind_field(binder, events.name);
        SPL_PUSH(binder->arena, &b.items, events);
    }
    aggs->items = b.items.data;
    aggs->count = b.items.len;
    aggs->sources = b.sources.data;
    aggs->n_sources = b.sources.len;
    for (i = 0; i < aggs->count; i++) {
        spl_agg *item = &aggs->items[i];
        size_t size = !item->kind ? 0 : item->pattern.len ? sizeof(wild_states) : item->kind->state_size;

        item->offset = align_up(aggs->size, size);
        aggs->size = item->offset + size;
        if (!item->kind) continue;
        aggs->ordered |= item->kind->ordered || (item->env.inner && item->env.inner->ordered);
        aggs->timed |= item->kind->timed;
    }
    if (aggs->allnum) {
        aggs->bad = aggs->size = align_up(aggs->size, 8);
        aggs->size += aggs->n_sources * sizeof(uint32_t);
    }
    aggs->counted = aggs->count == 1 && aggs->items[0].kind && aggs->items[0].source < 0 && !aggs->wild &&
                    aggs->items[0].kind->bare && !aggs->items[0].env.inner;
    if (aggs->timed) spl_bind_reads(binder, SPL_F_TIME);
    return good;
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

void spl_agg_run_arena(spl_agg_run *run, spl_arena *states)
{
    size_t i;

    run->arena = states;
    for (i = 0; i < run->aggs->count; i++) {
        run->envs[i].arena = states;
        if (run->envs[i].inner_env) ((spl_agg_env *)(uintptr_t)run->envs[i].inner_env)->arena = states;
    }
}

void spl_agg_run_init(spl_agg_run *run, const spl_aggs *aggs, spl_op *op, spl_arena *states)
{
    size_t i;

    *run = (spl_agg_run){.aggs = aggs, .op = op, .low = NAN, .high = NAN};
    run->envs = SPL_NEW_ARRAY(op->state, aggs->count, spl_agg_env);
    run->wilds = SPL_NEW_ARRAY(op->state, aggs->count, spl_agg_wild);
    for (i = 0; i < aggs->count; i++) {
        run->envs[i] = aggs->items[i].env;
        if (run->envs[i].inner_env) { /* the run's own, since it gets the run's arena */
            spl_agg_env *inner = SPL_NEW(op->state, spl_agg_env);
            spl_value *extra = SPL_NEW_ARRAY(op->state, 4, spl_value);

            memcpy(extra, run->envs[i].extra, 2 * sizeof *extra);
            run->envs[i].extra = extra;
            run->envs[i].n_extra = 4;
            *inner = *run->envs[i].inner_env;
            run->envs[i].inner_env = inner;
        }
    }
    spl_agg_run_arena(run, states);
}

void spl_states_init(const spl_agg_run *run, void *block)
{
    size_t i;

    for (i = 0; i < run->aggs->count; i++) {
        const spl_agg *item = &run->aggs->items[i];

        if (item->kind && item->kind->init && !item->pattern.len)
            item->kind->init((char *)block + item->offset, &run->envs[i]);
    }
}

void spl_pairs_reserve(spl_arena *arena, spl_agg_pairs *pairs, size_t cap)
{
    size_t to = cap + cap / 2;

    if (cap <= pairs->cap) return;
    pairs->rows = spl_alloc(arena, to * sizeof *pairs->rows);
    pairs->index = spl_alloc(arena, to * sizeof *pairs->index);
    pairs->blocks = spl_alloc(arena, to * sizeof *pairs->blocks);
    pairs->cap = to;
}

/* What a batch gives one source. */
typedef struct view {
    spl_batch *batch;
    spl_column *column;     /* of a field */
    const spl_value *cells; /* by physical row; NULL: the field is nowhere */
    spl_column *time;
} view;

/* A boolean counts if it is true; there are no booleans in fields. */
static spl_value settled(spl_value value)
{
    if (value.kind != SPL_KIND_BOOL) return value;
    return value.as.truth ? spl_number(1) : SPL_NULL;
}

static void see(spl_agg_run *run, spl_batch *batch, const spl_agg_source *source, view *v)
{
    if (source->expr) {
        spl_value *cells = spl_alloc(batch->arena, batch->rows * sizeof *cells);
        uint32_t i, row;

        for (i = 0; i < spl_batch_rows(batch); i++) {
            row = spl_batch_row(batch, i);
            cells[row] = settled(spl_eval_row(run->op->ev, source->expr, row));
        }
        v->cells = cells;
        return;
    }
    v->column = spl_batch_column(batch, source->field);
    v->cells = v->column ? v->column->cells : NULL;
}

static double time_of(const view *v, uint32_t row)
{
    double time;

    return v->time && spl_column_number(v->batch, v->time, row, &time) ? time : NAN;
}

/* The inputs that cell VALUE of ROW makes for KIND: calls EACH for every one of them. */
static inline void feed(const spl_aggregate *kind, const spl_agg_env *env, const view *v, uint32_t row, spl_value value,
                        spl_agg_input *input, void *state)
{
    bool number = kind->numbers || kind->numeric;

    if (value.kind == SPL_KIND_MULTI && !kind->whole) {
        uint32_t i;

        for (i = 0; i < value.as.multi->count; i++) {
            input->value = value.as.multi->items[i];
            input->has_number = number && spl_value_number(input->value, &input->number);
            if (kind->numeric && !input->has_number) continue;
            kind->update(state, env, input);
        }
        return;
    }
    input->value = value;
    if (number) {
        input->has_number = v->column ? spl_column_number(v->batch, v->column, row, &input->number)
                                      : spl_value_number(value, &input->number);
        if (kind->numeric && !input->has_number) return;
    }
    kind->update(state, env, input);
}

static void update_item(spl_agg_run *run, const spl_aggregate *kind, const spl_agg_env *env, const view *v, bool bare,
                        const spl_agg_pairs *pairs, size_t offset)
{
    spl_agg_input input = {0};
    size_t i;

    if (!bare && !v->cells && !kind->nulls) return;
    for (i = 0; i < pairs->count; i++) {
        uint32_t row = pairs->rows[i];
        spl_value value = v->cells ? v->cells[row] : SPL_NULL;

        if (!bare && value.kind == SPL_KIND_NULL && !kind->nulls) continue;
        if (kind->ordered)
            input.order = run->order ? *run->order : spl_op_order(run->op, v->batch, row, pairs->index[i]);
        if (kind->timed) input.time = time_of(v, row);
        feed(kind, env, v, row, value, &input, (char *)pairs->blocks[i] + offset);
    }
}

static bool excepted(const spl_aggs *aggs, spl_field field)
{
    size_t i;

    for (i = 0; i < aggs->n_except; i++)
        if (aggs->except[i] == field) return true;
    return false;
}

/* NAME with its * replaced by what those of PATTERN stood for in TEXT. */
static spl_str filled(spl_arena *arena, spl_str name, spl_str pattern, spl_str text)
{
    spl_str captures[16];
    size_t count = 0, i, at = 0;
    spl_buf out = spl_buf_in(arena);

    if (!spl_wildcard_capture(pattern, text, captures, 16, &count)) return text;
    for (i = 0; i < name.len; i++) {
        if (name.data[i] == '*' && at < count)
            spl_buf_add(&out, captures[at++]);
        else
            spl_buf_char(&out, name.data[i]);
    }
    return spl_buf_str(&out);
}

/* The index of FIELD's states in a wildcard's arrays. */
static uint32_t wild_index(spl_agg_run *run, size_t item_at, spl_field field)
{
    const spl_agg *item = &run->aggs->items[item_at];
    spl_agg_wild *wild = &run->wilds[item_at];
    spl_fields *fields = run->op->query->fields;
    spl_str name;
    uint32_t i = (uint32_t)wild->fields.len;

    while (wild->by_field.len <= field) SPL_PUSH(run->op->state, &wild->by_field, 0);
    if (wild->by_field.data[field]) return wild->by_field.data[field] - 1;
    wild->by_field.data[field] = i + 1;
    name = spl_field_name(fields, field);
    SPL_PUSH(run->op->state, &wild->fields, field);
    SPL_PUSH(run->op->state, &wild->outputs,
             spl_field_of(fields, filled(run->op->state, item->name, item->pattern, name)));
    return i;
}

static void *wild_state(spl_agg_run *run, size_t item_at, void *block, uint32_t index)
{
    const spl_agg *item = &run->aggs->items[item_at];
    wild_states *states = (wild_states *)(void *)((char *)block + item->offset);
    size_t size = align_up(item->kind->state_size, 16);
    uint32_t i;

    if (index >= states->count) {
        uint32_t count = (uint32_t)run->wilds[item_at].fields.len;
        char *grown = spl_calloc(run->arena, count, size);

        if (states->count) memcpy(grown, states->states, states->count * size);
        for (i = states->count; i < count; i++)
            if (item->kind->init) item->kind->init(grown + i * size, &run->envs[item_at]);
        states->states = grown;
        states->count = count;
    }
    return (char *)states->states + index * size;
}

/* Whether a field is met: it counts from the first row on that has a value there, however rows are put into batches. */
static bool met(const spl_agg_wild *wild, spl_field field, const spl_column *column, const spl_agg_pairs *pairs)
{
    if (field < wild->by_field.len && wild->by_field.data[field]) return true;
    for (size_t i = 0; i < pairs->count; i++)
        if (!spl_is_null(column->cells[pairs->rows[i]])) return true;
    return false;
}

static void update_wild(spl_agg_run *run, size_t item_at, const view *base, const spl_agg_pairs *pairs)
{
    const spl_agg *item = &run->aggs->items[item_at];
    spl_agg_wild *wild = &run->wilds[item_at];
    void **blocks = pairs->count ? spl_alloc(base->batch->arena, pairs->count * sizeof *blocks) : NULL;
    spl_agg_pairs own = *pairs;
    size_t f, i;

    spl_pattern_fields(run->op->state, base->batch, &item->pattern, 1, &wild->cache);
    own.blocks = blocks;
    own.rows = spl_alloc(base->batch->arena, pairs->count * sizeof *own.rows);
    own.index = spl_alloc(base->batch->arena, pairs->count * sizeof *own.index);
    for (f = 0; f < wild->cache.fields.len; f++) { /* all at first, so that the states of a group grow once */
        spl_field field = wild->cache.fields.data[f];

        const spl_column *column = spl_batch_column(base->batch, field);

        if (!excepted(run->aggs, field) && column && met(wild, field, column, pairs)) wild_index(run, item_at, field);
    }
    for (f = 0; f < wild->cache.fields.len; f++) {
        spl_field field = wild->cache.fields.data[f];
        view v = *base;
        uint32_t index;

        if (excepted(run->aggs, field)) continue;
        v.column = spl_batch_column(base->batch, field);
        if (!v.column || !met(wild, field, v.column, pairs)) continue;
        v.cells = v.column->cells;
        index = wild_index(run, item_at, field);
        own.count = 0;
        for (i = 0; i < pairs->count; i++) {
            if (v.cells[pairs->rows[i]].kind == SPL_KIND_NULL) continue;
            blocks[own.count] = wild_state(run, item_at, pairs->blocks[i], index);
            own.rows[own.count] = pairs->rows[i];
            own.index[own.count++] = pairs->index[i];
        }
        update_item(run, item->kind, &run->envs[item_at], &v, false, &own, 0);
    }
}

static void count_bad(spl_agg_run *run, size_t source, const view *v, const spl_agg_pairs *pairs)
{
    size_t i;
    uint32_t j;
    double number;

    for (i = 0; v->cells && i < pairs->count; i++) {
        spl_value value = v->cells[pairs->rows[i]];
        uint32_t *bad = (uint32_t *)(void *)((char *)pairs->blocks[i] + run->aggs->bad) + source;

        for (j = 0; j < spl_value_count(value); j++) *bad += !spl_value_number(spl_value_at(value, j), &number);
    }
}

struct spl_agg_views {
    view base;
    view *sources;
};

spl_agg_views *spl_aggs_see(spl_agg_run *run, spl_batch *batch)
{
    const spl_aggs *aggs = run->aggs;
    spl_agg_views *views = SPL_NEW(batch->arena, spl_agg_views);
    size_t i;

    views->base.batch = batch;
    if (aggs->timed) views->base.time = spl_batch_column(batch, SPL_F_TIME);
    views->sources = SPL_NEW_ARRAY(batch->arena, aggs->n_sources, view);
    for (i = 0; i < aggs->n_sources; i++) {
        views->sources[i] = views->base;
        see(run, batch, &aggs->sources[i], &views->sources[i]);
    }
    return views;
}

static void note_time(spl_agg_run *run, double time)
{
    if (!(time >= run->low)) run->low = isnan(time) ? run->low : time;
    if (!(time <= run->high)) run->high = isnan(time) ? run->high : time;
}

void spl_aggs_add(spl_agg_run *run, const spl_agg_views *views, const spl_agg_pairs *pairs)
{
    const spl_aggs *aggs = run->aggs;
    const view *base = &views->base;
    size_t i;

    for (i = 0; base->time && i < pairs->count; i++) note_time(run, time_of(base, pairs->rows[i]));
    for (i = 0; aggs->allnum && i < aggs->n_sources; i++) count_bad(run, i, &views->sources[i], pairs);
    for (i = 0; i < aggs->count; i++) {
        const spl_agg *item = &aggs->items[i];

        if (!item->kind) continue;
        if (item->pattern.len)
            update_wild(run, i, base, pairs);
        else
            update_item(run, item->kind, &run->envs[i], item->source < 0 ? base : &views->sources[item->source],
                        item->source < 0, pairs, item->offset);
    }
}

void spl_aggs_update(spl_agg_run *run, spl_batch *batch, const spl_agg_pairs *pairs)
{
    if (pairs->count) spl_aggs_add(run, spl_aggs_see(run, batch), pairs);
}

static bool in_part(const spl_agg *item, spl_agg_part part)
{
    bool undoable = item->kind->undo && !item->pattern.len;

    return part == SPL_AGG_ALL || (part == SPL_AGG_UNDOABLE) == undoable;
}

static void merge_part(spl_agg_run *run, void *into, const spl_agg_run *from_run, const void *from, spl_agg_part which)
{
    const spl_aggs *aggs = run->aggs;
    size_t i;
    uint32_t j;

    for (i = 0; i < aggs->count; i++) {
        const spl_agg *item = &aggs->items[i];
        const char *part = (const char *)from + item->offset;

        if (!item->kind || !in_part(item, which)) continue;
        if (item->pattern.len) {
            const wild_states *states = (const wild_states *)(const void *)part;
            size_t size = align_up(item->kind->state_size, 16);

            for (j = 0; j < states->count; j++) {
                uint32_t index = wild_index(run, i, from_run->wilds[i].fields.data[j]);

                item->kind->merge(wild_state(run, i, into, index), (const char *)states->states + j * size,
                                  &run->envs[i]);
            }
        } else {
            item->kind->merge((char *)into + item->offset, part, &run->envs[i]);
        }
    }
    for (i = 0; aggs->allnum && which != SPL_AGG_STACKED && i < aggs->n_sources; i++)
        ((uint32_t *)(void *)((char *)into + aggs->bad))[i] +=
            ((const uint32_t *)(const void *)((const char *)from + aggs->bad))[i];
}

void spl_states_merge(spl_agg_run *run, void *into, const spl_agg_run *from_run, const void *from)
{
    merge_part(run, into, from_run, from, SPL_AGG_ALL);
}

void spl_states_merge_part(spl_agg_run *run, void *into, const void *from, spl_agg_part part)
{
    merge_part(run, into, run, from, part);
}

/* --- results ---------------------------------------------------------------------------------------------------------
 */

static spl_value finish(spl_agg_run *run, size_t i, void *state, spl_arena *out)
{
    const spl_agg *item = &run->aggs->items[i];
    spl_agg_env *env = &run->envs[i];

    if (env->inner) {
        spl_value *extra = (spl_value *)(uintptr_t)env->extra; /* the run's own */

        extra[2] = spl_number(run->low);
        extra[3] = spl_number(run->high);
    }
    if (run->list_limit && item->kind->cut) { /* a window's list: whole while running */
        spl_agg_env shown = *env;

        shown.limit = run->list_limit;
        return item->kind->finish(state, &shown, out);
    }
    if (item->kind->cut && item->kind->cut(state, env)) run->cut = true;
    return item->kind->finish(state, env, out);
}

static spl_value over(spl_agg_run *run, void *block, size_t at, spl_arena *out)
{
    const spl_agg *item = &run->aggs->items[at];
    spl_eval ev;
    size_t i;

    if (!run->scratch) run->scratch = spl_batch_new(run->op->query->account, run->op->query->fields, 1);
    for (i = 0; i < at; i++)
        if (run->aggs->items[i].hidden)
            spl_batch_set(run->scratch, 0, run->aggs->items[i].output, spl_states_value(run, block, i, out));
    spl_eval_on(&ev, run->op->query, run->op->worker, run->scratch);
    ev.arena = out;
    return settled(spl_eval_row(&ev, item->expr, 0));
}

spl_value spl_states_value(spl_agg_run *run, void *block, size_t i, spl_arena *out)
{
    const spl_agg *item = &run->aggs->items[i];

    if (!item->kind) return over(run, block, i, out);
    if (run->aggs->allnum && item->kind->numeric && item->source >= 0 &&
        ((uint32_t *)(void *)((char *)block + run->aggs->bad))[item->source])
        return SPL_NULL;
    return finish(run, i, (char *)block + item->offset, out);
}

typedef struct wild_column {
    spl_str name;
    uint32_t index;
} wild_column;

static int by_name(const void *a, const void *b)
{
    return spl_str_cmp(((const wild_column *)a)->name, ((const wild_column *)b)->name);
}

/* Calls for every shown result in order: aggregate I and, of a wildcard, the index of its states (else UINT32_MAX). */
typedef void (*each_output)(spl_agg_run *run, size_t i, uint32_t index, void *context);

static void for_outputs(spl_agg_run *run, spl_arena *scratch, each_output each, void *context)
{
    const spl_fields *fields = run->op->query->fields;
    size_t i, j;

    for (i = 0; i < run->aggs->count; i++) {
        const spl_agg *item = &run->aggs->items[i];
        const spl_agg_wild *wild = &run->wilds[i];
        wild_column *columns;

        if (item->hidden) continue;
        if (!item->pattern.len) {
            each(run, i, UINT32_MAX, context);
            continue;
        }
        columns = spl_alloc(scratch, wild->fields.len * sizeof *columns);
        for (j = 0; j < wild->fields.len; j++)
            columns[j] = (wild_column){spl_field_name(fields, wild->fields.data[j]), (uint32_t)j};
        if (wild->fields.len > 1) qsort(columns, wild->fields.len, sizeof *columns, by_name);
        for (j = 0; j < wild->fields.len; j++) each(run, i, columns[j].index, context);
    }
}

typedef struct outputs {
    spl_arena *arena;
    SPL_VEC(spl_field) fields;
    void *block;
    spl_value *results;
    size_t at;
} outputs;

static void push_field(spl_agg_run *run, size_t i, uint32_t index, void *context)
{
    outputs *o = context;

    SPL_PUSH(o->arena, &o->fields,
             index == UINT32_MAX ? run->aggs->items[i].output : run->wilds[i].outputs.data[index]);
}

static void push_result(spl_agg_run *run, size_t i, uint32_t index, void *context)
{
    outputs *o = context;

    o->results[o->at++] = index == UINT32_MAX ? spl_states_value(run, o->block, i, o->arena)
                                              : finish(run, i, wild_state(run, i, o->block, index), o->arena);
}

size_t spl_aggs_outputs(spl_agg_run *run, spl_arena *arena, spl_field **fields)
{
    outputs o = {.arena = arena};

    for_outputs(run, arena, push_field, &o);
    *fields = o.fields.data;
    return o.fields.len;
}

void spl_states_results(spl_agg_run *run, void *block, spl_arena *out, spl_value *results)
{
    outputs o = {.arena = out, .block = block, .results = results};

    for_outputs(run, out, push_result, &o);
}

void spl_aggs_columns(spl_agg_run *run, spl_batch *batch)
{
    spl_field *fields;
    size_t i, count = spl_aggs_outputs(run, batch->arena, &fields);

    for (i = 0; i < count; i++) spl_batch_add(batch, fields[i]);
}

void spl_states_emit(spl_agg_run *run, void *block, spl_batch *batch, uint32_t row, bool *any)
{
    size_t i;
    uint32_t j;
    spl_value value;

    for (i = 0; i < run->aggs->count; i++) {
        const spl_agg *item = &run->aggs->items[i];

        if (item->hidden) continue;
        for (j = 0; item->pattern.len ? j < run->wilds[i].fields.len : j == 0; j++) {
            value = item->pattern.len ? finish(run, i, wild_state(run, i, block, j), batch->arena)
                                      : spl_states_value(run, block, i, batch->arena);
            if (spl_is_null(value)) continue;
            spl_batch_set(batch, row, item->pattern.len ? run->wilds[i].outputs.data[j] : item->output, value);
            if (any) *any = true;
        }
    }
}

void spl_aggs_warn(spl_agg_run *run)
{
    if (!run->cut) return;
    run->cut = false;
    spl_op_warn(run->op, "list-limit", "list() kept the first %llu values of a group and dropped the others",
                (unsigned long long)run->op->query->limits.list_values);
}

/* --- spilling --------------------------------------------------------------------------------------------------------
 */

void spl_states_save(const spl_agg_run *run, const void *block, spl_buf *out)
{
    const spl_aggs *aggs = run->aggs;
    size_t i;
    uint32_t j;

    for (i = 0; i < aggs->count; i++) {
        const spl_agg *item = &aggs->items[i];
        const char *part = (const char *)block + item->offset;

        if (!item->kind) continue;
        if (item->pattern.len) {
            const wild_states *states = (const wild_states *)(const void *)part;
            size_t size = align_up(item->kind->state_size, 16);

            spl_buf_add(out, spl_str_cut((const char *)&states->count, sizeof states->count));
            for (j = 0; j < states->count; j++) {
                spl_field field = run->wilds[i].fields.data[j];

                spl_buf_add(out, spl_str_cut((const char *)&field, sizeof field));
                item->kind->save((const char *)states->states + j * size, &run->envs[i], out);
            }
        } else {
            item->kind->save(part, &run->envs[i], out);
        }
    }
    if (aggs->allnum)
        spl_buf_add(out, spl_str_cut((const char *)block + aggs->bad, aggs->n_sources * sizeof(uint32_t)));
}

static bool cut_off(spl_str *in, void *to, size_t len)
{
    if (in->len < len) return false;
    if (len) memcpy(to, in->data, len);
    *in = spl_str_sub(*in, len, in->len);
    return true;
}

bool spl_states_load(spl_agg_run *run, void *block, spl_str *in)
{
    const spl_aggs *aggs = run->aggs;
    size_t i;
    uint32_t j, count;
    spl_field field;

    for (i = 0; i < aggs->count; i++) {
        const spl_agg *item = &aggs->items[i];

        if (!item->kind) continue;
        if (item->pattern.len) {
            if (!cut_off(in, &count, sizeof count)) return false;
            for (j = 0; j < count; j++) {
                if (!cut_off(in, &field, sizeof field)) return false;
                if (!item->kind->load(wild_state(run, i, block, wild_index(run, i, field)), &run->envs[i], in))
                    return false;
            }
        } else if (!item->kind->load((char *)block + item->offset, &run->envs[i], in)) {
            return false;
        }
    }
    return !aggs->allnum || cut_off(in, (char *)block + aggs->bad, aggs->n_sources * sizeof(uint32_t));
}

/* --- windows ---------------------------------------------------------------------------------------------------------
 */

bool spl_aggs_stacked(const spl_aggs *aggs)
{
    size_t i;

    for (i = 0; i < aggs->count; i++)
        if (aggs->items[i].kind && in_part(&aggs->items[i], SPL_AGG_STACKED)) return true;
    return false;
}

spl_agg_taken *spl_aggs_take(spl_agg_run *run, const spl_agg_views *views, uint32_t row, spl_order order,
                             spl_arena *arena)
{
    const spl_aggs *aggs = run->aggs;
    spl_batch *batch = views->base.batch;
    spl_agg_taken *taken = SPL_NEW(arena, spl_agg_taken);
    SPL_VEC(struct spl_agg_taken_wild) wild = {0};
    size_t i, f;

    taken->order = order;
    taken->time = time_of(&views->base, row);
    note_time(run, taken->time);
    taken->values = SPL_NEW_ARRAY(arena, aggs->n_sources, spl_value);
    for (i = 0; i < aggs->n_sources; i++)
        if (views->sources[i].cells) taken->values[i] = spl_value_keep(arena, views->sources[i].cells[row]);
    for (i = 0; aggs->wild && i < aggs->count; i++) {
        spl_agg_wild *expansion = &run->wilds[i];

        if (!aggs->items[i].pattern.len) continue;
        spl_pattern_fields(run->op->state, batch, &aggs->items[i].pattern, 1, &expansion->cache);
        for (f = 0; f < expansion->cache.fields.len; f++) {
            spl_field field = expansion->cache.fields.data[f];
            spl_value value = spl_batch_get(batch, row, field);

            if (spl_is_null(value) || excepted(aggs, field)) continue;
            SPL_PUSH(arena, &wild,
                     (struct spl_agg_taken_wild){(uint32_t)i, wild_index(run, i, field), spl_value_keep(arena, value)});
        }
    }
    taken->wild = wild.data;
    taken->n_wild = (uint32_t)wild.len;
    return taken;
}

spl_agg_taken *spl_taken_copy(const spl_agg_run *run, const spl_agg_taken *taken, spl_arena *arena)
{
    spl_agg_taken *copy = SPL_NEW(arena, spl_agg_taken);
    size_t i;

    *copy = *taken;
    copy->values = SPL_NEW_ARRAY(arena, run->aggs->n_sources, spl_value);
    for (i = 0; i < run->aggs->n_sources; i++) copy->values[i] = spl_value_keep(arena, taken->values[i]);
    copy->wild = SPL_NEW_ARRAY(arena, taken->n_wild, struct spl_agg_taken_wild);
    for (i = 0; i < taken->n_wild; i++) {
        copy->wild[i] = taken->wild[i];
        copy->wild[i].value = spl_value_keep(arena, taken->wild[i].value);
    }
    return copy;
}

static void apply(const spl_aggregate *kind, const spl_agg_env *env, void *state, const spl_agg_taken *taken,
                  spl_value value, bool bare, bool undo)
{
    spl_agg_input input = {.value = value, .order = taken->order, .time = taken->time};
    uint32_t j, count = spl_value_count(value);

    if (!bare && count == 0 && !kind->nulls) return;
    if (bare || kind->whole || count == 0) count = 1;
    for (j = 0; j < count; j++) {
        if (!bare && !kind->whole && !spl_is_null(value)) input.value = spl_value_at(value, j);
        if (kind->numbers || kind->numeric) {
            input.has_number = spl_value_number(input.value, &input.number);
            if (kind->numeric && !input.has_number) continue;
        }
        (undo ? kind->undo : kind->update)(state, env, &input);
    }
}

void spl_taken_apply(spl_agg_run *run, void *block, const spl_agg_taken *taken, spl_agg_part part, bool undo)
{
    const spl_aggs *aggs = run->aggs;
    size_t i;
    uint32_t j;
    double number;

    for (i = 0; i < aggs->count; i++) {
        const spl_agg *item = &aggs->items[i];

        if (!item->kind || item->pattern.len || !in_part(item, part)) continue;
        apply(item->kind, &run->envs[i], (char *)block + item->offset, taken,
              item->source < 0 ? SPL_NULL : taken->values[item->source], item->source < 0, undo);
    }
    for (i = 0; part != SPL_AGG_UNDOABLE && i < taken->n_wild; i++) {
        const struct spl_agg_taken_wild *wild = &taken->wild[i];

        apply(aggs->items[wild->item].kind, &run->envs[wild->item], wild_state(run, wild->item, block, wild->index),
              taken, wild->value, false, undo);
    }
    for (i = 0; aggs->allnum && part != SPL_AGG_STACKED && i < aggs->n_sources; i++) {
        uint32_t *bad = (uint32_t *)(void *)((char *)block + aggs->bad) + i;

        for (j = 0; j < spl_value_count(taken->values[i]); j++) {
            if (spl_value_number(spl_value_at(taken->values[i], j), &number)) continue;
            *bad = undo ? *bad - 1 : *bad + 1;
        }
    }
}

void spl_states_clear(spl_agg_run *run, void *block, spl_agg_part part)
{
    size_t i;

    for (i = 0; i < run->aggs->count; i++) {
        const spl_agg *item = &run->aggs->items[i];
        void *state = (char *)block + item->offset;

        if (!item->kind || !in_part(item, part)) continue;
        memset(state, 0, item->pattern.len ? sizeof(wild_states) : item->kind->state_size);
        if (item->kind->init && !item->pattern.len) item->kind->init(state, &run->envs[i]);
    }
}

void spl_states_copy(const spl_agg_run *run, void *to, const void *from, spl_agg_part part)
{
    size_t i;

    for (i = 0; i < run->aggs->count; i++) {
        const spl_agg *item = &run->aggs->items[i];

        if (!item->kind || !in_part(item, part)) continue;
        memcpy((char *)to + item->offset, (const char *)from + item->offset,
               item->pattern.len ? sizeof(wild_states) : item->kind->state_size);
    }
    if (run->aggs->allnum && part != SPL_AGG_STACKED)
        memcpy((char *)to + run->aggs->bad, (const char *)from + run->aggs->bad,
               run->aggs->n_sources * sizeof(uint32_t));
}
