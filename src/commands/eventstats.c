/* eventstats.c -- stats whose figures are added to every row of their group. Two passes: the rows are kept until all
 * have been counted. Rules: docs/reference/commands/eventstats.md */
#include "exec/groups.h"
#include "exec/rowstore.h"

#include <stddef.h>

typedef struct eventstats_op {
    spl_op base;
    spl_aggs aggs;
    spl_by by;
    bool allnum, dedup_splitvals;
    spl_str delim;
    /* running */
    spl_groups groups;
    spl_rowstore *rows;
    spl_field *outputs;
    size_t n_outputs;
    bool counted;
} eventstats_op;

static const spl_option options[] = {
    {.name = "allnum",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(eventstats_op, allnum),
     .help = "figures of a field only where all its values are numbers"},
    {.name = "delim",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(eventstats_op, delim),
     .text = " ",
     .help = "what joins the values of list() and values() where they are made one text"},
    {.name = "dedup_splitvals",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(eventstats_op, dedup_splitvals),
     .help = "a value repeated in a multivalue BY field counts once"},
    {0},
};

static bool eventstats_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    eventstats_op *self = (eventstats_op *)op;
    const spl_node *clause = spl_args_clause(stage, "by");
    spl_field *by;
    size_t i;

    self->by.dedup = self->dedup_splitvals;
    if (!spl_by_bind(binder, clause, 0, &self->by)) return false;
    by = SPL_NEW_ARRAY(binder->arena, self->by.count, spl_field);
    for (i = 0; i < self->by.count; i++) {
        by[i] = self->by.fields[i].field;
        if (self->by.fields[i].bin.kind != SPL_BIN_NONE) {
            spl_bad_argument(binder, self->by.fields[i].node->span, "%s takes no span", op->command->name);
            spl_hint(binder->diag, "Put | bin <field> span=<span> before it.");
            return false;
        }
    }
    if (!spl_aggs_bind(binder, (const spl_node *const *)stage->kids, stage->n_kids, by, self->by.count,
                       self->allnum ? SPL_AGGS_ALLNUM : 0, &self->aggs))
        return false;
    op->unordered = false;
    for (i = 0; self->by.count == 0 && i < self->aggs.count; i++)
        if (!self->aggs.items[i].pattern.len) spl_bind_makes(binder, self->aggs.items[i].output);
    return true;
}

static void eventstats_open(spl_op *op)
{
    eventstats_op *self = (eventstats_op *)op;

    spl_groups_init(&self->groups, op, &self->aggs, &self->by);
    self->groups.fixed = true;
    self->rows = spl_rowstore_new(op);
}

/* Every group's states become its results, computed once. */
static void finish_groups(eventstats_op *self)
{
    spl_groups *groups = &self->groups;
    size_t i;

    self->n_outputs = spl_aggs_outputs(&groups->run, self->base.state, &self->outputs);
    for (i = 0; i < groups->list.len; i++) {
        spl_value *results = SPL_NEW_ARRAY(groups->arena, self->n_outputs, spl_value);

        spl_states_results(&groups->run, groups->list.data[i]->states, groups->arena, results);
        groups->list.data[i]->states = results;
    }
    spl_aggs_warn(&groups->run);
}

static spl_status eventstats_next(spl_op *op, spl_batch **out)
{
    eventstats_op *self = (eventstats_op *)op;
    spl_batch *batch;
    size_t i, k;
    uint32_t before = UINT32_MAX;

    if (!self->counted) {
        while (spl_op_next(op->input, &batch) == SPL_OK) {
            spl_op_count_in(op, batch);
            spl_eval_on(op->ev, op->query, op->worker, batch);
            spl_groups_gather(&self->groups, batch);
            op->row_count += spl_batch_rows(batch);
            spl_rowstore_add(self->rows, batch);
        }
        finish_groups(self);
        self->counted = true;
    }
    batch = spl_rowstore_take(self->rows);
    if (!batch) return SPL_END;
    spl_groups_assign(&self->groups, batch);
    for (k = 0; k < self->n_outputs; k++) {
        spl_column *column = spl_batch_add(batch, self->outputs[k]);
        if (self->delim.len) column->delim = self->delim;
    }
    for (i = 0; i < self->groups.pairs.count; i++) {
        const spl_value *results = self->groups.pairs.blocks[i];
        uint32_t row = self->groups.pairs.rows[i];

        if (row == before) continue; /* of several groups a row shows the first */
        before = row;
        for (k = 0; k < self->n_outputs; k++)
            spl_batch_set(batch, row, self->outputs[k], spl_value_keep(batch->arena, results[k]));
    }
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(eventstats, .summary = "Adds figures over all results, or over each group, to every one of them.",
            .syntax = "eventstats [allnum=<bool>] [delim=<text>] <aggregate> [AS <field>] … [BY <field> …]",
            .example = "| makeresults count=3 | streamstats count as n | eventstats avg(n) as mean | eval above=n-mean",
            .args = SPL_ARGS_STATS, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(eventstats_op),
            .bind = eventstats_bind, .open = eventstats_open, .next = eventstats_next);
