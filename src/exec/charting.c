/* charting.c -- chart and timechart.
 *
 * Where the span of time is to be chosen, groups begin with the finest span and are joined into coarser ones as the
 * range of times grows; since each automatic span begins where finer ones begin, what comes out is what the final span
 * would have given at once, however the events were divided. Search Reference, "chart" and "timechart". */
#include "exec/charting.h"

#include "base/fault.h"
#include "base/num.h"
#include "exec/search_range.h"

#include <math.h>
#include <stdlib.h>

enum { FILL_MAX = 1000000 };

struct spl_charting_series {
    spl_value key;
    spl_str name;
    bool null, shown;
    double score;
    bool scored;
    spl_field *columns; /* one for each output */
};

/* --- binding ---------------------------------------------------------------------------------------------------------
 */

static spl_str node_source(const spl_node *node)
{
    if (!node->span.source) return node->text;
    return spl_str_sub(node->span.source->text, node->span.begin, node->span.end);
}

static spl_str take_word(spl_str *text)
{
    size_t n = 0;
    spl_str word;

    *text = spl_str_trim(*text);
    while (n < text->len && (spl_is_word(text->data[n]) || text->data[n] == '.')) n++;
    word = spl_str_sub(*text, 0, n);
    *text = spl_str_trim(spl_str_sub(*text, n, text->len));
    return word;
}

static bool numbered_word(spl_str word, bool *top, int64_t *count)
{
    if (word.len > 3 && spl_str_iis(spl_str_sub(word, 0, 3), "top")) {
        *top = true;
        return spl_num_int(spl_str_sub(word, 3, word.len), count) && *count >= 0;
    }
    if (word.len > 6 && spl_str_iis(spl_str_sub(word, 0, 6), "bottom")) {
        *top = false;
        return spl_num_int(spl_str_sub(word, 6, word.len), count) && *count >= 0;
    }
    return false;
}

static bool bind_score(spl_binder *binder, spl_charting *self, spl_span span, spl_str name)
{
    self->score = spl_aggregate_find(name, &self->score_parameter);
    if (self->score && self->score->bare && !spl_str_is(spl_str_of(self->score->name), "sparkline")) {
        self->score = NULL; /* "where count > 100": the events of a series, not its cells */
        return true;
    }
    if (self->score && !self->score->timechart && !spl_str_is(spl_str_of(self->score->name), "sparkline")) return true;
    spl_bad_argument(binder, span, "\"%.*s\" is no aggregate that series can be compared by", SPL_FMT(name));
    spl_hint(binder->diag, "For example sum, avg, max or perc95; count is that of a series' events.");
    return false;
}

/* where sum > 2, where max in top5, where count notin bottom3: read from its text, since it is no expression. */
static bool bind_where(spl_binder *binder, spl_charting *self, const spl_node *clause)
{
    static const struct {
        const char *sign;
        spl_node_op op;
    } signs[] = {{">=", SPL_OP_GE}, {"<=", SPL_OP_LE}, {"!=", SPL_OP_NE}, {"==", SPL_OP_EQ},
                 {">", SPL_OP_GT},  {"<", SPL_OP_LT},  {"=", SPL_OP_EQ}};
    spl_buf text = spl_buf_in(binder->arena);
    spl_str rest, word;
    size_t i;
    uint32_t k;

    for (k = 0; k < clause->n_kids; k++) {
        const spl_node *kid = clause->kids[k];
        spl_str part;

        if (kid->kind == SPL_NODE_HOLE) return true;
        if (kid->kind == SPL_NODE_OPTION) continue; /* of the command: taken */
        part = node_source(kid);
        if (text.len) spl_buf_char(&text, ' ');
        spl_buf_add(&text, part);
    }
    rest = spl_buf_str(&text);
    word = take_word(&rest);
    if (word.len && !bind_score(binder, self, clause->span, word)) return false;
    if (word.len && rest.len && rest.data[0] == '(')
        rest = spl_str_trim(spl_str_sub(rest, 1 + (size_t)spl_str_find(rest, SPL_S(")"), 0), rest.len));
    self->where.given = true;
    if (word.len && rest.len && spl_is_alpha(rest.data[0])) {
        word = take_word(&rest);
        self->where.not = spl_str_iis(word, "notin");
        if (spl_str_iis(word, "not")) {
            self->where.not = true;
            word = take_word(&rest);
        }
        if (spl_str_iis(word, "in") || spl_str_iis(word, "notin")) {
            word = take_word(&rest);
            if (!rest.len && numbered_word(word, &self->where.top, &self->where.count)) return true;
            if (spl_str_iis(word, "top") || spl_str_iis(word, "bottom")) {
                self->where.top = spl_str_iis(word, "top");
                if (spl_num_int(rest, &self->where.count) && self->where.count >= 0) return true;
            }
        }
    } else if (word.len) {
        for (i = 0; i < sizeof signs / sizeof *signs; i++) {
            if (!spl_str_starts(rest, spl_str_of(signs[i].sign))) continue;
            self->where.op = signs[i].op;
            if (spl_num_parse(spl_str_sub(rest, strlen(signs[i].sign), rest.len), &self->where.number)) return true;
            break;
        }
    }
    spl_bad_argument(binder, clause->span, "this where clause of %s cannot be read", binder->op->command->name);
    spl_hint(binder->diag,
             "It compares an aggregate of each series: where sum > 100, where max in top5, where avg notin "
             "bottom3.");
    return false;
}

static bool bind_limit(spl_binder *binder, spl_charting *self, const spl_node *stage)
{
    spl_str text = spl_str_trim(self->limit_text);
    bool top = true;

    if (spl_num_int(text, &self->limit) && self->limit >= 0) return true;
    if (text.len > 3) { /* "top 5" */
        spl_str rest = text, word = take_word(&rest);

        if (rest.len) text = spl_strf(binder->arena, "%.*s%.*s", SPL_FMT(word), SPL_FMT(rest));
    }
    if (numbered_word(text, &top, &self->limit)) {
        self->bottom = !top;
        return true;
    }
    return spl_option_refuse(binder, stage, self->base.command->options, "limit");
}

static bool any_bin_option(const spl_bin_options *o)
{
    return o->span.len || o->minspan.len || o->bins.len || o->start.len || o->end.len || o->aligntime.len;
}

static bool rows_not_aggregated(spl_binder *binder, const spl_aggs *aggs, spl_field rows)
{
    for (size_t i = 0; i < aggs->count; i++) {
        const spl_agg *item = &aggs->items[i];
        if (item->source < 0 || item->pattern.len || aggs->sources[item->source].field != rows) continue;
        spl_bad_argument(binder, item->node->span, "the field of the rows cannot be in an aggregate too");
        spl_hint(binder->diag, "Copy it before: | eval copy=<field>");
        return false;
    }
    return true;
}

typedef SPL_VEC(spl_by_field) by_fields;

static bool bind_options(spl_binder *binder, const spl_node *stage, spl_charting *self)
{
    size_t shown = 0;

    self->by.dedup = self->dedup_splitvals;
    if (!bind_limit(binder, self, stage)) return false;
    if (self->agg && self->agg->kind != SPL_NODE_HOLE)
        return bind_score(binder, self, self->agg->span, self->agg->text);
    for (uint32_t i = 0; i < stage->n_kids; i++) shown += stage->kids[i]->kind == SPL_NODE_AGGREGATE;
    self->score = shown > 1 ? NULL : spl_aggregate_find(SPL_S("sum"), NULL);
    return true;
}

/* The fields of the rows and of the columns: _time of timechart, that of OVER, those of BY. */
static bool bind_fields(spl_binder *binder, spl_charting *self, const spl_bin_options *given, const spl_node *over,
                        const spl_node *by, by_fields *fields)
{
    spl_by part = {0};
    spl_by_field idle = {.field = SPL_NO_FIELD},
                 *first; /* without rows bin options change nothing, but are looked at */

    if (self->of_time) {
        if (over) return spl_bad_argument(binder, over->span, "timechart takes no OVER: its rows are spans of _time");
        SPL_PUSH(binder->arena, fields, (spl_by_field){.field = SPL_F_TIME});
        spl_bind_reads(binder, SPL_F_TIME);
        if (!spl_bin_bind(binder, given, SPL_F_TIME, 100, &fields->data[0].bin)) return false;
    }
    if (over) {
        if (!spl_by_bind(binder, over, 0, &part)) return false;
        if (part.count > 1) return spl_bad_argument(binder, part.fields[1].node->span, "OVER takes one field");
        if (part.count) SPL_PUSH(binder->arena, fields, part.fields[0]);
    }
    self->rows = self->of_time || over;
    if (by) {
        if (!spl_by_bind(binder, by, 0, &part)) return false;
        for (size_t i = 0; i < part.count; i++) SPL_PUSH(binder->arena, fields, part.fields[i]);
        self->rows |= part.count > 0;
    }
    if (fields->len > 2) {
        spl_bad_argument(binder, fields->data[2].node->span, "%s splits by %s at most", binder->op->command->name,
                         self->of_time ? "one field" : "two fields");
        spl_hint(binder->diag, "Join fields before it: | eval both=a.\":\".b");
        return false;
    }
    if (self->of_time || !any_bin_option(given)) return true;
    first = fields->len ? &fields->data[0] : &idle;
    return spl_bin_bind(binder, given, first->field, 0, &first->bin);
}

/* timechart count by host span=1h: a span of time behind the column split is one of _time, as everybody writes it. */
static void move_span(spl_by_field *rows, spl_by_field *columns, bool of_time, bool spanned)
{
    spl_field split = columns->field;

    if (rows->field != SPL_F_TIME || split == SPL_F_TIME) return;
    if (of_time ? spanned : rows->bin.kind != SPL_BIN_NONE) return;
    if (columns->bin.kind != SPL_BIN_TIME && !(of_time && columns->bin.kind == SPL_BIN_AUTO)) return;
    rows->bin = columns->bin;
    rows->bin.field = SPL_F_TIME;
    rows->bin.of_time = true;
    columns->bin = (spl_bin){.field = split};
}

static bool bind_columns(spl_binder *binder, spl_charting *self, const spl_bin_options *given, const spl_node *by,
                         spl_by_field *rows, spl_by_field *columns)
{
    move_span(rows, columns, self->of_time, any_bin_option(given));
    if (by && rows->field == columns->field)
        return spl_bad_argument(binder, by->span, "the fields of the rows and of the columns are the same");
    if (columns->bin.kind == SPL_BIN_AUTO) {
        spl_bad_argument(binder, columns->node->span, "the column split takes span=, but not bins=");
        spl_hint(binder->diag, "Put | bin <field> bins=<n> before it.");
        return false;
    }
    columns->nulls = self->usenull;
    return true;
}

static bool bind_aggregates(spl_binder *binder, const spl_node *stage, spl_charting *self)
{
    const spl_by_field *fields = self->by.fields;
    bool split = self->of_time ? self->columns : self->by.count > 0; /* an eval expression needs no AS then */
    unsigned flags = SPL_AGGS_OVER | (split ? SPL_AGGS_NO_AS : 0) | (self->of_time ? SPL_AGGS_TIMECHART : 0) |
                     (self->columns && !self->score ? SPL_AGGS_EVENTS : 0);

    if (!spl_aggs_bind(binder, (const spl_node *const *)stage->kids, stage->n_kids,
                       self->by.count ? &fields[0].field : NULL, self->by.count ? 1 : 0, flags, &self->aggs))
        return false;
    return self->of_time || !self->by.count || !fields || rows_not_aggregated(binder, &self->aggs, fields[0].field);
}

bool spl_charting_bind(spl_binder *binder, const spl_node *stage, spl_op *op, bool of_time)
{
    spl_charting *self = (spl_charting *)op;
    const spl_node *over = spl_args_clause(stage, "over"), *by = spl_args_clause(stage, "by"),
                   *where = spl_args_clause(stage, "where");
    by_fields fields = {0};
    spl_bin_options given = {0};

    self->of_time = of_time;
    self->earliest = binder->query->earliest;
    self->latest = binder->query->latest;
    if (of_time) spl_search_range(binder, &self->earliest, &self->latest);
    if (!bind_options(binder, stage, self)) return false;
    if (where && !bind_where(binder, self, where)) return false;
    spl_bin_options_take((const spl_node *const *)stage->kids, stage->n_kids, &given);
    if (where) spl_bin_options_take((const spl_node *const *)where->kids, where->n_kids, &given);
    if (!bind_fields(binder, self, &given, over, by, &fields)) return false;
    self->columns = fields.len == 2;
    if (self->columns && !bind_columns(binder, self, &given, by, &fields.data[0], &fields.data[1])) return false;
    if (fields.len) {
        fields.data[0].bin.starts = true;
        self->bin = fields.data[0].bin;
    }
    self->by.fields = fields.data;
    self->by.count = fields.len;
    if (!bind_aggregates(binder, stage, self)) return false;
    op->unordered = !self->aggs.ordered;
    return true;
}

/* --- gathering
 * --------------------------------------------------------------------------------------------------------- */

void spl_charting_open(spl_op *op)
{
    spl_charting *self = (spl_charting *)op;

    self->low = self->high = NAN;
    self->whole = true;
    self->next_start = self->last_start = NAN;
    self->length[0] = self->of_time ? spl_fieldset_find(&op->needed, SPL_S("_span")) : SPL_NO_FIELD;
    self->length[1] = self->of_time ? spl_fieldset_find(&op->needed, SPL_S("_spandays")) : SPL_NO_FIELD;
    self->own_by = self->by;
    self->own_by.fields = SPL_NEW_ARRAY(op->state, self->by.count, spl_by_field);
    if (self->by.count) memcpy(self->own_by.fields, self->by.fields, self->by.count * sizeof *self->by.fields);
    if (self->by.count && self->bin.kind == SPL_BIN_AUTO && self->bin.of_time) {
        spl_bin *bin = &self->own_by.fields[0].bin;

        bin->kind = SPL_BIN_TIME;
        bin->time = isfinite(self->earliest) && isfinite(self->latest)
                        ? spl_auto_span(self->earliest, self->latest, bin->bins, bin->minspan)
                        : spl_auto_span(0, 0, bin->bins, bin->minspan);
        self->bin.time = bin->time;
    }
    spl_groups_init(&self->groups, op, &self->aggs, &self->own_by);
    self->groups.fixed = true;
    self->layout = spl_arena_new(op->query->account);
    spl_arena_defer(op->state, (void (*)(void *))spl_arena_free, self->layout);
}

static void coarser(void *context, spl_arena *arena, spl_value *keys)
{
    spl_charting *self = context;

    keys[0] = spl_bin_value(&self->own_by.fields[0].bin, self->base.query, arena, keys[0], NULL);
}

/* Chooses the span of time anew for the range met so far. */
static void refit(spl_charting *self)
{
    spl_bin *bin = &self->own_by.fields[0].bin;
    spl_span_time span;

    if (self->bin.kind != SPL_BIN_AUTO || !self->bin.of_time || isnan(self->low)) return;
    if (isfinite(self->earliest) && isfinite(self->latest)) return;
    span = spl_auto_span(self->low, self->high, bin->bins, bin->minspan);
    if (spl_span_seconds(span) <= spl_span_seconds(bin->time)) return;
    bin->time = span;
    spl_groups_rekey(&self->groups, coarser, self);
}

static void widen(spl_charting *self, double number)
{
    if (!isfinite(number)) return;
    if (!(number >= self->low)) self->low = number;
    if (!(number <= self->high)) self->high = number;
    self->whole &= number == floor(number);
}

spl_status spl_charting_gather(spl_op *op, spl_batch *batch)
{
    spl_charting *self = (spl_charting *)op;

    if (self->rows && self->bin.kind != SPL_BIN_NONE) {
        spl_column *column = spl_batch_column(batch, self->by.fields[0].field);
        uint32_t i, j;
        double number;

        for (i = 0; column && i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i);
            spl_value cell = column->cells[row];

            if (cell.kind != SPL_KIND_MULTI) {
                if (spl_column_number(batch, column, row, &number)) widen(self, number);
                continue;
            }
            for (j = 0; j < spl_value_count(cell); j++)
                if (spl_value_number(spl_value_at(cell, j), &number)) widen(self, number);
        }
        refit(self);
    }
    spl_groups_gather(&self->groups, batch);
    return SPL_OK;
}

void spl_charting_merge(spl_op *into_op, spl_op *from_op)
{
    spl_charting *into = (spl_charting *)into_op, *from = (spl_charting *)from_op;

    widen(into, from->low);
    widen(into, from->high);
    into->whole &= from->whole;
    if (into->rows && into->bin.kind == SPL_BIN_AUTO && into->bin.of_time && from->groups.list.len) {
        refit(into);
        from->own_by.fields[0].bin.time = into->own_by.fields[0].bin.time;
        spl_groups_rekey(&from->groups, coarser, from);
    }
    spl_groups_merge(&into->groups, &from->groups);
}

/* --- the table
 * --------------------------------------------------------------------------------------------------------- */

static spl_value row_key(const spl_charting *self, const spl_group *group)
{
    return self->rows ? group->keys[0] : SPL_NULL;
}

static int compare_cells(const void *a, const void *b, void *context)
{
    const spl_group *left = *(spl_group *const *)a, *right = *(spl_group *const *)b;
    const spl_charting *self = context;
    int order = self->rows ? spl_key_compare_rows(left->keys[0], right->keys[0]) : 0;

    return order || !self->columns ? order : spl_keys_compare(&left->keys[1], &right->keys[1], 1);
}

static int compare_keys(const void *a, const void *b)
{
    return spl_keys_compare(&(*(spl_group *const *)a)->keys[1], &(*(spl_group *const *)b)->keys[1], 1);
}

static spl_charting_series *series_of(spl_charting *self, spl_value key)
{
    size_t low = 0, high = self->n_series;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (spl_keys_compare(&self->series[mid].key, &key, 1) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return &self->series[low];
}

static void set_bucket(spl_charting *self, spl_value row)
{
    double start, next;
    size_t i;

    if (!self->of_time || !spl_value_number(row, &start)) return;
    next = spl_bin_next(&self->own_by.fields[0].bin, self->base.query, start);
    for (i = 0; i < self->aggs.count; i++) self->groups.run.envs[i].bucket_seconds = next - start;
}

/* How many events each series has. */
static void count_events(spl_charting *self)
{
    size_t i;

    for (i = 0; i < self->n_series; i++) self->series[i].scored = true;
    for (i = 0; i < self->n_cells; i++) {
        spl_value events =
            spl_states_value(&self->groups.run, self->cells[i]->states, self->aggs.count - 1, self->layout);
        double number;

        if (spl_value_number(events, &number)) series_of(self, self->cells[i]->keys[1])->score += number;
    }
}

static void score_series(spl_charting *self)
{
    spl_agg_env env = {.arena = self->layout, .parameter = self->score_parameter, .query = self->base.query};
    void **states = SPL_NEW_ARRAY(self->layout, self->n_series, void *);
    spl_value *results = spl_alloc(self->layout, (self->n_outputs + 1) * sizeof *results);
    spl_arena *scratch = spl_arena_new(self->base.query->account);
    size_t i;
    bool numbers = self->score->numbers || self->score->numeric;

    for (i = 0; i < self->n_series; i++) {
        states[i] = spl_calloc(self->layout, 1, self->score->state_size);
        if (self->score->init) self->score->init(states[i], &env);
    }
    for (i = 0; i < self->n_cells && self->n_outputs; i++) {
        spl_group *cell = self->cells[i];
        spl_agg_input input = {.order = {0, 0, i}, .time = NAN};
        void *state = states[series_of(self, cell->keys[1]) - self->series];

        spl_arena_reset(scratch);
        set_bucket(self, cell->keys[0]);
        if (self->of_time) spl_value_number(cell->keys[0], &input.time);
        spl_states_results(&self->groups.run, cell->states, scratch, results);
        input.value = results[0];
        if (spl_is_null(input.value)) continue;
        if (numbers) input.has_number = spl_value_number(input.value, &input.number);
        if (self->score->numeric && !input.has_number) continue;
        self->score->update(state, &env, &input);
    }
    spl_arena_free(scratch);
    for (i = 0; i < self->n_series; i++) {
        spl_value value = self->score->finish(states[i], &env, self->layout);

        self->series[i].scored = spl_value_number(value, &self->series[i].score);
    }
}

static int best_first(const void *a, const void *b)
{
    const spl_charting_series *left = *(spl_charting_series *const *)a, *right = *(spl_charting_series *const *)b;

    if (left->scored != right->scored) return left->scored ? -1 : 1;
    if (left->scored && left->score != right->score) return left->score > right->score ? -1 : 1;
    return left < right ? -1 : 1; /* by name: they stand in that order */
}

static int worst_first(const void *a, const void *b)
{
    const spl_charting_series *left = *(spl_charting_series *const *)a, *right = *(spl_charting_series *const *)b;

    if (left->scored && right->scored && left->score == right->score) return left < right ? -1 : 1;
    return best_first(b, a);
}

static bool passes(const spl_charting *self, const spl_charting_series *series)
{
    double score = series->score, number = self->where.number;

    if (!series->scored) return false;
    switch (self->where.op) {
    case SPL_OP_GE: return score >= number;
    case SPL_OP_LE: return score <= number;
    case SPL_OP_GT: return score > number;
    case SPL_OP_LT: return score < number;
    case SPL_OP_NE: return score != number;
    default: return score == number;
    }
}

static void choose_series(spl_charting *self)
{
    spl_charting_series **ranked = SPL_NEW_ARRAY(self->layout, self->n_series, spl_charting_series *);
    size_t n = 0, i, limit = (size_t)self->limit;
    bool top = !self->bottom, not = false;

    for (i = 0; i < self->n_series; i++) {
        if (self->series[i].null)
            self->series[i].shown = true; /* beside the limit, as the rest is */
        else
            ranked[n++] = &self->series[i];
    }
    if (self->where.given && !self->where.count) {
        for (i = 0; i < n; i++) ranked[i]->shown = passes(self, ranked[i]);
        return;
    }
    if (self->where.given) {
        limit = (size_t)self->where.count;
        top = self->where.top;
        not = self->where.not ;
    }
    if (limit == 0) {
        limit = n;
        not = false;
    }
    if (n > 1) qsort(ranked, n, sizeof *ranked, top ? best_first : worst_first);
    for (i = 0; i < n; i++) ranked[i]->shown = (i < limit) != not ;
}

/* The name of a column: the series' alone for one aggregate, else with the aggregate's. */
static spl_field column_name(spl_charting *self, spl_str series, spl_str agg)
{
    spl_buf name = spl_buf_in(self->layout);
    spl_str format = self->format;
    size_t at = 0;
    spl_fields *fields = self->base.query->fields;
    spl_field field;

    if (format.len) {
        while (at < format.len) {
            spl_str rest = spl_str_sub(format, at, format.len);

            if (spl_str_starts(rest, SPL_S("$AGG$")) || spl_str_starts(rest, SPL_S("$VAL$"))) {
                spl_buf_add(&name, rest.data[1] == 'A' ? agg : series);
                at += 5;
            } else {
                spl_buf_char(&name, format.data[at++]);
            }
        }
    } else if (self->n_outputs > 1) {
        spl_buf_add(&name, agg);
        spl_buf_add(&name, self->sep);
        spl_buf_add(&name, series);
    } else {
        if (series.len && series.data[0] == '_') spl_buf_puts(&name, "VALUE");
        spl_buf_add(&name, series);
    }
    field = spl_field_of(fields, spl_buf_str(&name));
    if (field == self->by.fields[0].field) /* must not overwrite the rows */
        field = spl_field_of(fields, spl_strf(self->layout, "VALUE_%.*s", SPL_FMT(spl_buf_str(&name))));
    return field;
}

static void name_series(spl_charting *self, spl_charting_series *series)
{
    size_t k;

    series->columns = SPL_NEW_ARRAY(self->layout, self->n_outputs, spl_field);
    for (k = 0; k < self->n_outputs; k++)
        series->columns[k] =
            column_name(self, series->name, spl_field_name(self->base.query->fields, self->outputs[k]));
}

/* The series, in the order of their keys, with one more at the end for what is not shown. */
static void lay_series(spl_charting *self)
{
    spl_group **by_key = SPL_NEW_ARRAY(self->layout, self->n_cells, spl_group *);
    size_t i, n = 0;

    memcpy(by_key, self->cells, self->n_cells * sizeof *by_key);
    if (self->n_cells > 1) qsort(by_key, self->n_cells, sizeof *by_key, compare_keys);
    for (i = 0; i < self->n_cells; i++)
        if (i == 0 || compare_keys(&by_key[i - 1], &by_key[i]) != 0) by_key[n++] = by_key[i];
    self->series = SPL_NEW_ARRAY(self->layout, n + 1, spl_charting_series);
    self->n_series = n;
    for (i = 0; i < n; i++) {
        spl_charting_series *series = &self->series[i];

        series->key = by_key[i]->keys[1];
        series->null = spl_is_null(series->key);
        series->name = series->null ? self->nullstr : spl_value_text(self->layout, series->key);
    }
    if (self->score)
        score_series(self);
    else
        count_events(self);
    choose_series(self);
    for (i = 0; i < n; i++)
        if (self->series[i].shown) name_series(self, &self->series[i]);
    self->series[n].name = self->otherstr;
    for (i = 0; i < n; i++) self->series[n].shown |= !self->series[i].shown && self->useother;
    if (self->series[n].shown) name_series(self, &self->series[n]);
    self->shown = SPL_NEW_ARRAY(self->layout, n + 1, spl_charting_series *);
    for (i = 0; i <= n; i++)
        if (self->series[i].shown) self->shown[self->n_shown++] = &self->series[i];
}

static bool fills(const spl_charting *self)
{
    spl_bin_kind kind = self->by.count ? self->own_by.fields[0].bin.kind : SPL_BIN_NONE;

    return self->cont && (kind == SPL_BIN_TIME || kind == SPL_BIN_NUMBER);
}

/* Drops spans that the range searched covers only in part (partial=f). */
static bool partly(const spl_charting *self, double start)
{
    double from = isfinite(self->earliest) ? self->earliest : self->low;
    double to = isfinite(self->latest) ? self->latest : self->high;
    double next;

    if (!self->of_time || self->partial) return false;
    next = spl_bin_next(&self->own_by.fields[0].bin, self->base.query, start);
    return start < from || next > to + (isfinite(self->latest) ? 0 : 1e-6);
}

/* Of a wildcard's fields those that give nothing in any row, as texts do for sum(*), make no column. */
static void drop_empty(spl_charting *self)
{
    spl_arena *scratch = spl_arena_new(self->base.query->account);
    bool *used = SPL_NEW_ARRAY(self->layout, self->n_outputs + 1, bool);
    size_t i, k, k_of_item;

    for (i = 0; i < self->n_cells; i++) {
        spl_value *results;

        spl_arena_reset(scratch);
        results = spl_alloc(scratch, (self->n_outputs + 1) * sizeof *results);
        set_bucket(self, self->cells[i]->keys[0]);
        spl_states_results(&self->groups.run, self->cells[i]->states, scratch, results);
        for (k = 0; k < self->n_outputs; k++) used[k] |= !spl_is_null(results[k]);
    }
    spl_arena_free(scratch);
    for (i = k = 0; i < self->aggs.count; i++) {
        bool wild = self->aggs.items[i].pattern.len > 0;
        size_t count = self->aggs.items[i].hidden ? 0 : wild ? self->groups.run.wilds[i].fields.len : 1;

        for (k_of_item = 0; k_of_item < count; k_of_item++, k++)
            if (wild && !used[k]) self->outputs[k] = SPL_NO_FIELD;
    }
}

static void lay_out(spl_charting *self)
{
    spl_groups *groups = &self->groups;
    spl_agg_run *run = &groups->run;
    void *block;
    double first, last;
    const spl_query *query = self->base.query;

    self->laid = true;
    if (self->by.count && self->bin.kind == SPL_BIN_AUTO && !self->bin.of_time && !isnan(self->low)) {
        spl_bin_fit(&self->own_by.fields[0].bin, self->low, self->high, self->whole);
        spl_groups_rekey(groups, coarser, self);
    }
    if (!self->rows && groups->list.len == 0) spl_groups_put(groups, NULL);
    self->n_outputs = spl_aggs_outputs(run, self->layout, &self->outputs);
    self->cells = groups->list.data;
    self->n_cells = groups->list.len;
    if (self->n_cells > 1) qsort_r(self->cells, self->n_cells, sizeof *self->cells, compare_cells, self);
    if (self->columns && self->n_cells) lay_series(self);
    if (self->aggs.wild && self->rows && !self->columns) drop_empty(self);
    block = spl_calloc(groups->arena, 1, (self->aggs.size + 15) / 16 * 16);
    spl_states_init(run, block);
    self->empty = SPL_NEW_ARRAY(self->layout, self->n_outputs, spl_value);
    spl_states_results(run, block, self->layout, self->empty);
    self->other = spl_calloc(groups->arena, 1, (self->aggs.size + 15) / 16 * 16);
    if (!fills(self)) return;
    first = last = NAN;
    {
        size_t i;
        double number;

        for (i = 0; i < self->n_cells; i++) {
            if (!spl_value_number(self->cells[i]->keys[0], &number)) continue;
            if (isnan(first)) first = number;
            last = number;
        }
    }
    if (self->of_time && self->fixedrange && isfinite(self->earliest) && isfinite(self->latest)) {
        first = spl_bin_start(&self->own_by.fields[0].bin, query, self->earliest);
        last = spl_bin_start(&self->own_by.fields[0].bin, query, self->latest);
        if (last >= self->latest && last > first)
            last = spl_bin_start(&self->own_by.fields[0].bin, query, nextafter(self->latest, -HUGE_VAL));
    }
    self->next_start = first;
    self->last_start = last;
}

static void put_results(spl_batch *batch, uint32_t row, const spl_field *columns, const spl_value *results,
                        size_t count)
{
    size_t k;

    for (k = 0; k < count; k++)
        if (!spl_is_null(results[k]) && columns[k] != SPL_NO_FIELD) spl_batch_set(batch, row, columns[k], results[k]);
}

/* How long a span is: _span in seconds and, of whole days, _spandays. */
static void put_length(const spl_charting *self, spl_batch *batch, uint32_t row, double start)
{
    const spl_bin *bin = &self->own_by.fields[0].bin;
    double seconds = spl_span_seconds(bin->time);

    if (bin->time.unit > SPL_UNIT_WEEK) seconds = spl_bin_next(bin, self->base.query, start) - start;
    if (self->length[0] != SPL_NO_FIELD) spl_batch_set(batch, row, self->length[0], spl_number(seconds));
    if (self->length[1] != SPL_NO_FIELD && bin->time.unit >= SPL_UNIT_DAY)
        spl_batch_set(batch, row, self->length[1], spl_number(nearbyint(seconds / 86400)));
}

/* One row of the table: the cells from self->at on that have the row's key; none of a span that is filled in. */
static void put_row(spl_charting *self, spl_batch *batch, uint32_t row, spl_value key, bool filled)
{
    spl_agg_run *run = &self->groups.run;
    spl_value *results = spl_alloc(batch->arena, (self->n_outputs + 1) * sizeof *results);
    spl_charting_series *rest = self->columns ? &self->series[self->n_series] : NULL;
    bool others = false;
    size_t i;
    double start;

    set_bucket(self, key);
    if (self->rows) {
        const spl_bin *bin = &self->own_by.fields[0].bin;

        spl_batch_set(batch, row, self->by.fields[0].field,
                      bin->kind != SPL_BIN_NONE && spl_value_number(key, &start)
                          ? spl_bin_label(bin, batch->arena, start)
                          : spl_value_keep(batch->arena, key));
        if (self->of_time && bin->kind == SPL_BIN_TIME && spl_value_number(key, &start))
            put_length(self, batch, row, start);
    }
    if (rest) {
        for (i = 0; i < self->n_shown; i++)
            put_results(batch, row, self->shown[i]->columns, self->empty, self->n_outputs);
    } else if (filled) {
        put_results(batch, row, self->outputs, self->empty, self->n_outputs);
    }
    if (filled) return;
    for (; self->at < self->n_cells; self->at++) {
        spl_group *cell = self->cells[self->at];
        spl_charting_series *series;

        if (self->rows && spl_key_compare_rows(cell->keys[0], key) != 0) break;
        if (!self->columns) {
            spl_states_results(run, cell->states, batch->arena, results);
            put_results(batch, row, self->outputs, results, self->n_outputs);
            continue;
        }
        series = series_of(self, cell->keys[1]);
        if (series->shown) {
            spl_states_results(run, cell->states, batch->arena, results);
            put_results(batch, row, series->columns, results, self->n_outputs);
        } else if (rest && rest->shown) {
            if (!others) spl_states_clear(run, self->other, SPL_AGG_ALL);
            others = true;
            spl_states_merge(run, self->other, run, cell->states);
        }
    }
    if (rest && others) {
        spl_states_results(run, self->other, batch->arena, results);
        put_results(batch, row, rest->columns, results, self->n_outputs);
    }
}

static void add_columns(spl_charting *self, spl_batch *batch)
{
    size_t i, k;

    if (self->rows) spl_batch_add(batch, self->by.fields[0].field);
    if (!self->columns) {
        for (k = 0; k < self->n_outputs; k++)
            if (self->outputs[k] != SPL_NO_FIELD) spl_batch_add(batch, self->outputs[k]);
        return;
    }
    for (k = 0; k < self->n_outputs; k++)
        for (i = 0; i < self->n_shown; i++) spl_batch_add(batch, self->shown[i]->columns[k]);
}

spl_status spl_charting_emit(spl_op *op, spl_batch **out)
{
    spl_charting *self = (spl_charting *)op;
    spl_batch *batch = NULL;
    uint32_t row = 0;
    double start;

    if (!self->laid) lay_out(self);
    if (self->columns && !self->series) return SPL_END; /* no event: no column to fill in */
    while (row < SPL_BATCH_ROWS) {
        bool have = self->at < self->n_cells, filled = false;
        spl_value key = have ? row_key(self, self->cells[self->at]) : SPL_NULL;
        bool number = have && spl_value_number(key, &start);

        if (!isnan(self->next_start) && self->next_start <= self->last_start && (!number || self->next_start < start)) {
            filled = true; /* a span without events; texts come after all spans */
            start = self->next_start;
            key = spl_number(start);
        } else if (!have) {
            break;
        }
        if ((filled || number) && !isnan(self->next_start)) {
            double next = spl_bin_next(&self->own_by.fields[0].bin, op->query, start);

            self->next_start = next > start ? next : INFINITY;
            if (filled && ++self->given > FILL_MAX)
                spl_fail(SPL_BOUND,
                         "%s would fill in more than %d spans without events; cont=f leaves them out, or choose a "
                         "longer span",
                         op->command->name, FILL_MAX);
        }
        if (!batch) {
            batch = spl_op_batch(op, SPL_BATCH_ROWS);
            batch->fixed = true;
            add_columns(self, batch);
        }
        if ((filled || number) && partly(self, start)) {
            while (!filled && self->at < self->n_cells &&
                   spl_key_compare_rows(self->cells[self->at]->keys[0], key) == 0)
                self->at++;
            continue;
        }
        put_row(self, batch, row, key, filled);
        row++;
    }
    spl_aggs_warn(&self->groups.run);
    if (!batch) return SPL_END;
    spl_batch_truncate(batch, row);
    *out = batch;
    return SPL_OK;
}
