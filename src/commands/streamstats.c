/* streamstats.c -- running figures: what stats would give of the rows so far, or of a window of them, on every row.
 *
 * Without a window a group's states grow row by row. With one, each row's inputs are kept while it is inside.
 * Aggregates that can undo take back the row that leaves. For the others each group keeps two stacks: the rows before a
 * mark, whose states are merged from the newest backwards so that the state of any suffix is at hand, and the rows
 * after it in one state; what is shown is the merge of the two. When the first stack is empty the mark moves to the
 * end. So each row costs a few updates and merges, however long the window. What aggregates leave behind in their arena
 * is got rid of by building all groups anew from the rows in the window, whenever the arena has grown to a multiple of
 * that.
 *
 * Rules: docs/reference/commands/streamstats.md */
#include "exec/groups.h"
#include "knowledge/limits.h"
#include "lang/parse.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>

typedef struct kept { /* a row in the window */
    struct kept *next, *next_in_group;
    spl_group *group;
    spl_agg_taken *taken;
    double time;
} kept;

typedef struct frame { /* a group's window; the block of states behind it holds what was added after the mark */
    kept *oldest, *newest;
    kept *mark; /* the first row after the mark */
    uint64_t count;
    char *stack; /* blocks, the suffixes before the mark; the last is that of all */
    uint64_t stacked;
} frame;

typedef struct streamstats_op {
    spl_op base;
    spl_aggs aggs;
    spl_by by;
    bool current, global, allnum, reset_on_change;
    int64_t window;
    spl_str time_window;
    const spl_node *reset_before_node, *reset_after_node;
    const spl_expr *reset_before, *reset_after;
    double seconds; /* of time_window; 0: none */
    bool windowed, stacked;
    size_t block; /* bytes of a block of states */
    /* running */
    spl_groups groups;
    spl_field *outputs;
    size_t n_outputs;
    uint64_t sequence;
    kept *oldest, *newest;
    uint64_t in_window;
    size_t live; /* bytes after the last rebuilding */
    double last_time;
    int direction; /* of time: 1 ascending, -1 descending, 0 not known yet */
    spl_value *last_keys;
    spl_arena *last_arena;
    bool have_last;
} streamstats_op;

static const spl_option options[] = {
    {.name = "current",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(streamstats_op, current),
     .dflt = 1,
     .help = "whether a row counts in its own figures"},
    {.name = "window",
     .type = SPL_OPTION_INT,
     .offset = offsetof(streamstats_op, window),
     .dflt = 0,
     .min = 0,
     .max = 1e9,
     .help = "how many rows count; 0 for all so far"},
    {.name = "time_window",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(streamstats_op, time_window),
     .text = "",
     .takes = "a span of time such as 30s, 5m, 1h or 1d",
     .wrong = "nonsense 0s -5m",
     .help = "how far apart in _time the rows that count may be"},
    {.name = "global",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(streamstats_op, global),
     .dflt = 1,
     .help = "one window for all groups, not one for each"},
    {.name = "allnum",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(streamstats_op, allnum),
     .help = "figures of a field only where all its values are numbers"},
    {.name = "reset_on_change",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(streamstats_op, reset_on_change),
     .help = "start anew where the BY values differ from those of the row before"},
    {.name = "reset_before",
     .type = SPL_OPTION_NODE,
     .offset = offsetof(streamstats_op, reset_before_node),
     .wrong = "\"a=\" \"1+1\"",
     .help = "an expression: start anew before the row for which it is true"},
    {.name = "reset_after",
     .type = SPL_OPTION_NODE,
     .offset = offsetof(streamstats_op, reset_after_node),
     .wrong = "\"a=\" \"1+1\"",
     .help = "an expression: start anew after the row for which it is true"},
    {0},
};

/* An expression as the value of an option: quoted, as Splunk asks for, or as it is. */
static bool bind_condition(spl_binder *binder, const char *name, const spl_node *node, const spl_expr **expr)
{
    const spl_node *tree = node;

    if (!node || node->kind == SPL_NODE_HOLE) return true;
    while (node->kind == SPL_NODE_LIST && node->n_kids == 1) node = tree = node->kids[0];
    if ((node->kind == SPL_NODE_WORD || node->kind == SPL_NODE_STRING) && node->text.len) {
        spl_parse_env env = {.arena = binder->arena, .diag = binder->diag, .depth_limit = 200, .size_limit = 1 << 20};
        spl_source *source = spl_source_new(binder->arena, SPL_S("condition"), node->text);

        source->used_at = node->span;
        tree = spl_parse_expression(&env, source);
        if (!tree) return false;
    }
    *expr = spl_expr_bind_condition(binder, tree, name);
    return *expr != NULL;
}

static bool streamstats_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    streamstats_op *self = (streamstats_op *)op;
    const spl_node *clause = spl_args_clause(stage, "by");
    spl_field *by;
    size_t i;
    spl_span_time span;
    uint64_t most;

    if (!spl_by_bind(binder, clause, 0, &self->by)) return false;
    by = SPL_NEW_ARRAY(binder->arena, self->by.count, spl_field);
    for (i = 0; i < self->by.count; i++) {
        by[i] = self->by.fields[i].field;
        if (self->by.fields[i].bin.kind != SPL_BIN_NONE) {
            spl_bad_argument(binder, self->by.fields[i].node->span, "streamstats takes no span");
            spl_hint(binder->diag, "Put | bin <field> span=<span> before it.");
            return false;
        }
    }
    if (!spl_aggs_bind(binder, (const spl_node *const *)stage->kids, stage->n_kids, by, self->by.count,
                       (self->allnum ? SPL_AGGS_ALLNUM : 0) | SPL_AGGS_NONE, &self->aggs))
        return false;
    if (!bind_condition(binder, "reset_before", self->reset_before_node, &self->reset_before) ||
        !bind_condition(binder, "reset_after", self->reset_after_node, &self->reset_after))
        return false;
    most = spl_server_limit(binder->query, "stats", "max_stream_window", 10000);
    if (most && (uint64_t)self->window > most) {
        spl_option_refuse(binder, stage, options, "window");
        spl_hint(binder->diag, "At most it is %" PRIu64 " (max_stream_window of [stats] in limits.conf).", most);
        return false;
    }
    if (self->time_window.len) {
        if (!spl_timespan(self->time_window, &span) || !(span.count > 0))
            return spl_option_refuse(binder, stage, options, "time_window");
        if (span.unit == SPL_UNIT_NONE) span.unit = SPL_UNIT_SECOND;
        self->seconds = spl_span_seconds(span);
        spl_bind_reads(binder, SPL_F_TIME);
    }
    self->windowed = self->window > 0 || self->seconds > 0;
    self->stacked = self->windowed && spl_aggs_stacked(&self->aggs);
    self->block = (self->aggs.size + 15) / 16 * 16;
    return true;
}

/* A group of a window has its frame behind the states: room for it is asked for by lengthening the block. */
static frame *frame_of(const streamstats_op *self, spl_group *group)
{
    return (frame *)(void *)((char *)group->states + self->block);
}

static void streamstats_open(spl_op *op)
{
    streamstats_op *self = (streamstats_op *)op;
    size_t i;

    spl_groups_init(&self->groups, op, &self->aggs, &self->by);
    self->groups.fixed = self->groups.track = true;
    self->groups.extra = self->windowed ? sizeof(frame) : 0;
    self->last_time = NAN;
    self->last_arena = spl_arena_new(op->query->account);
    spl_arena_defer(op->state, (void (*)(void *))spl_arena_free, self->last_arena);
    if (!self->windowed) return;
    self->groups.run.list_limit = op->query->limits.list_values ? op->query->limits.list_values : UINT32_MAX;
    for (i = 0; i < self->aggs.count; i++) self->groups.run.envs[i].limit = 0;
}

static void reset(streamstats_op *self)
{
    spl_groups_clear(&self->groups);
    self->oldest = self->newest = NULL;
    self->in_window = 0;
    self->live = 0;
    self->last_time = NAN;
    self->direction = 0;
}

/* --- the window
 * -------------------------------------------------------------------------------------------------------- */

static void window_add(streamstats_op *self, spl_group *group, spl_agg_taken *taken, double time)
{
    spl_arena *arena = self->groups.arena;
    kept *row = SPL_NEW(arena, kept);
    frame *f = frame_of(self, group);

    row->group = group;
    row->taken = taken;
    row->time = time;
    if (self->newest)
        self->newest->next = row;
    else
        self->oldest = row;
    self->newest = row;
    if (f->newest)
        f->newest->next_in_group = row;
    else
        f->oldest = row;
    f->newest = row;
    if (!f->mark) f->mark = row;
    f->count++;
    self->in_window++;
    spl_taken_apply(&self->groups.run, group->states, taken, SPL_AGG_ALL, false);
}

/* Moves the mark to the end: the stack gets the states of all suffixes, newest first. */
static void flip(streamstats_op *self, spl_group *group, frame *f)
{
    spl_agg_run *run = &self->groups.run;
    kept **rows = spl_alloc(self->groups.arena, f->count * sizeof *rows), *row;
    uint64_t i, n = 0;

    for (row = f->oldest; row; row = row->next_in_group) rows[n++] = row;
    f->stack = spl_calloc(self->groups.arena, n, self->block);
    for (i = 0; i < n; i++) {
        char *block = f->stack + i * self->block;

        spl_states_init(run, block);
        if (i) spl_states_merge_part(run, block, block - self->block, SPL_AGG_STACKED);
        spl_taken_apply(run, block, rows[n - 1 - i]->taken, SPL_AGG_STACKED, false);
    }
    f->stacked = n;
    f->mark = NULL;
    spl_states_clear(run, group->states, SPL_AGG_STACKED);
}

/* Takes the oldest row of GROUP out of its frame. */
static void group_drop(streamstats_op *self, spl_group *group)
{
    frame *f = frame_of(self, group);
    kept *row = f->oldest;

    spl_taken_apply(&self->groups.run, group->states, row->taken, SPL_AGG_UNDOABLE, true);
    if (self->stacked) {
        if (!f->stacked) flip(self, group, f);
        f->stacked--;
    }
    f->oldest = row->next_in_group;
    if (!f->oldest) f->newest = f->mark = NULL;
    f->count--;
    row->group = NULL; /* dropped: passed over in the list of all */
    self->in_window--;
}

static void drop_oldest(streamstats_op *self)
{
    while (self->oldest && !self->oldest->group) self->oldest = self->oldest->next;
    if (self->oldest) {
        kept *row = self->oldest;

        self->oldest = row->next;
        group_drop(self, row->group);
    }
    while (self->oldest && !self->oldest->group) self->oldest = self->oldest->next;
    if (!self->oldest) self->newest = NULL;
}

/* All groups anew, in a new arena, from the rows in the window. */
static void rebuild(streamstats_op *self)
{
    spl_groups *groups = &self->groups;
    spl_arena *old = groups->arena;
    kept *row = self->oldest;

    spl_groups_renew(groups);
    self->oldest = self->newest = NULL;
    self->in_window = 0;
    for (; row; row = row->next) {
        if (!row->group) continue;
        window_add(self, spl_groups_put(groups, row->group->keys),
                   spl_taken_copy(&groups->run, row->taken, groups->arena), row->time);
    }
    spl_arena_free(old);
    self->live = spl_arena_size(groups->arena);
}

/* Makes room in the window for one more row of GROUP at TIME; before it is added if it counts itself. */
static void window_trim(streamstats_op *self, spl_group *group, double time, uint64_t room)
{
    if (self->seconds > 0) {
        if (self->global) {
            while (self->oldest && fabs(time - self->oldest->time) >= self->seconds) drop_oldest(self);
        } else {
            frame *f = frame_of(self, group);

            while (f->oldest && fabs(time - f->oldest->time) >= self->seconds) group_drop(self, group);
        }
    }
    if (self->window > 0) {
        uint64_t most = (uint64_t)self->window - room;

        if (self->global) {
            while (self->in_window > most) drop_oldest(self);
        } else {
            while (frame_of(self, group)->count > most) group_drop(self, group);
        }
    }
}

static void check_direction(streamstats_op *self, double time)
{
    int turn;

    if (isnan(time)) spl_fail(SPL_REFUSED, "streamstats time_window needs _time in every event");
    turn = time > self->last_time ? 1 : time < self->last_time ? -1 : 0;
    self->last_time = time;
    if (!turn) return;
    if (self->direction && self->direction != turn)
        spl_fail(SPL_REFUSED, "streamstats time_window needs events in the order of their _time: put | sort 0 _time "
                              "before it");
    self->direction = turn;
}

/* --- rows
 * -------------------------------------------------------------------------------------------------------------- */

/* The figures of GROUP as they stand, in the batch's arena. */
static spl_value *figures(streamstats_op *self, spl_batch *batch, spl_group *group)
{
    spl_agg_run *run = &self->groups.run;
    frame *f = self->stacked ? frame_of(self, group) : NULL;
    void *block = group->states;
    spl_value *results;

    if (f && f->stacked) { /* what can undo as it stands, the rest merged of both stacks */
        block = spl_calloc(self->groups.arena, 1, self->block);
        spl_states_init(run, block);
        spl_states_copy(run, block, group->states, SPL_AGG_UNDOABLE);
        spl_states_merge_part(run, block, f->stack + (f->stacked - 1) * self->block, SPL_AGG_STACKED);
        spl_states_merge_part(run, block, group->states, SPL_AGG_STACKED);
    }
    if (!self->outputs || self->aggs.wild)
        self->n_outputs = spl_aggs_outputs(run, self->aggs.wild ? batch->arena : self->base.state, &self->outputs);
    results = spl_alloc(batch->arena, self->n_outputs * sizeof *results);
    spl_states_results(run, block, batch->arena, results);
    /* Finishing may have put a state in order: that stays. */
    if (block != group->states) spl_states_copy(run, group->states, block, SPL_AGG_UNDOABLE);
    return results;
}

static bool keys_changed(streamstats_op *self, const spl_value *keys)
{
    size_t i, n = self->by.count;
    bool changed = false;

    for (i = 0; self->have_last && i < n; i++) changed |= !spl_value_same(self->last_keys[i], keys[i]);
    if (changed || !self->have_last) {
        spl_arena_reset(self->last_arena);
        self->last_keys = SPL_NEW_ARRAY(self->last_arena, n, spl_value);
        for (i = 0; i < n; i++) self->last_keys[i] = spl_value_keep(self->last_arena, keys[i]);
        self->have_last = true;
    }
    return changed;
}

/* The groups of one row, into groups->pairs: none if a BY field is missing. */
static void groups_of_row(streamstats_op *self, spl_batch *batch, uint32_t index)
{
    uint32_t row = spl_batch_row(batch, index), *selection = batch->selection, left = batch->left;

    batch->selection = &row;
    batch->left = 1;
    spl_groups_assign(&self->groups, batch);
    batch->selection = selection;
    batch->left = left;
}

static void add_row(streamstats_op *self, spl_batch *batch, const spl_agg_views *views, uint32_t row, double time)
{
    spl_groups *groups = &self->groups;
    spl_order order = {0, 0, self->sequence};
    size_t i;

    if (!self->windowed) {
        groups->run.order = &order;
        spl_aggs_add(&groups->run, views, &groups->pairs);
        groups->run.order = NULL;
        return;
    }
    (void)batch;
    for (i = 0; i < groups->pairs.count; i++) {
        spl_group *group = groups->assigned.data[i];

        window_add(self, group, spl_aggs_take(&groups->run, views, row, order, groups->arena), time);
    }
}

static spl_status streamstats_map(spl_op *op, spl_batch **in)
{
    streamstats_op *self = (streamstats_op *)op;
    spl_groups *groups = &self->groups;
    spl_batch *batch = *in;
    spl_agg_views *views = spl_aggs_see(&groups->run, batch);
    spl_value *keys = spl_alloc(batch->arena, self->by.count * sizeof *keys);
    spl_column *times = self->seconds > 0 ? spl_batch_column(batch, SPL_F_TIME) : NULL;
    uint32_t i;
    size_t k;

    spl_aggs_columns(&groups->run, batch);
    for (i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        double time = NAN;
        bool missing = false;
        spl_value *results;

        self->sequence++;
        for (k = 0; k < self->by.count; k++) {
            keys[k] = spl_batch_get(batch, row, self->by.fields[k].field);
            missing |= spl_is_null(keys[k]);
        }
        if (self->seconds > 0) {
            if (!times || !spl_column_number(batch, times, row, &time)) time = NAN;
            check_direction(self, time);
        }
        if (missing) continue; /* belongs to no group: passes as it is */
        if (self->reset_on_change && keys_changed(self, keys)) reset(self);
        if (self->reset_before && spl_eval_true(op->ev, self->reset_before, row)) reset(self);
        if (self->windowed && spl_arena_size(groups->arena) > ((size_t)16 << 20) &&
            spl_arena_size(groups->arena) / 4 > self->live)
            rebuild(self);
        groups_of_row(self, batch, i);
        if (!groups->pairs.count) continue;
        if (self->windowed) {
            size_t g;

            for (g = 0; g < groups->pairs.count; g++)
                window_trim(self, groups->assigned.data[g], time, self->current ? 1 : 0);
        }
        /* Written last: the figures may go where their own input stands. */
        if (self->current) add_row(self, batch, views, row, time);
        results = figures(self, batch, groups->assigned.data[0]);
        if (!self->current) add_row(self, batch, views, row, time);
        for (k = 0; k < self->n_outputs; k++) spl_batch_set(batch, row, self->outputs[k], results[k]);
        if (self->reset_after) {
            spl_eval_on(op->ev, op->query, op->worker, batch);
            if (spl_eval_true(op->ev, self->reset_after, row)) reset(self);
        }
    }
    spl_aggs_warn(&groups->run);
    return SPL_OK;
}

SPL_COMMAND(streamstats, .summary = "Adds running figures: over the results so far, or over a window of them.",
            .syntax = "streamstats [current=<bool>] [window=<n>] [time_window=<span>] [global=<bool>] [allnum=<bool>] "
                      "[reset_on_change=<bool>] [reset_before=\"(<expression>)\"] [reset_after=\"(<expression>)\"] "
                      "<aggregate> [AS <field>] … [BY <field> …]",
            .example = "| makeresults count=4 | streamstats count as n | streamstats window=2 sum(n) as pair",
            .args = SPL_ARGS_STATS, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(streamstats_op),
            .bind = streamstats_bind, .open = streamstats_open, .map = streamstats_map);
