/* correlate.c -- how often each two fields stand in the same results. Rules: docs/reference/commands/correlate.md */
#include "exec/fieldtable.h"
#include "knowledge/limits.h"

#include <inttypes.h>

typedef struct correlate_op {
    spl_op base;
    spl_fieldtable table; /* index of each field, plus one */
    uint64_t most;        /* fields */
    uint64_t *both;       /* as many rows as columns, made as fields come */
    size_t side;
    bool cut, told;
} correlate_op;

static bool correlate_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_bind_reads_all(binder);
    ((correlate_op *)op)->most = spl_limit(binder->query, "correlate", "maxfields", 1000);
    return spl_bind_plain(binder, stage, op);
}

static void correlate_open(spl_op *op)
{
    correlate_op *self = (correlate_op *)op;
    self->table = spl_fieldtable_in(op->state, 1);
}

static void widen(correlate_op *self)
{
    size_t side = self->side ? self->side * 2 : 32;
    uint64_t *grown = SPL_NEW_ARRAY(self->base.state, side * side, uint64_t);

    for (size_t i = 0; i < self->side; i++)
        memcpy(grown + i * side, self->both + i * self->side, self->side * sizeof *grown);
    self->both = grown;
    self->side = side;
}

static spl_status correlate_gather(spl_op *op, spl_batch *batch)
{
    correlate_op *self = (correlate_op *)op;
    uint32_t *index = SPL_NEW_ARRAY(batch->arena, batch->n_columns + 1, uint32_t);
    uint32_t *here = SPL_NEW_ARRAY(batch->arena, batch->n_columns + 1, uint32_t);

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        bool any = false;

        index[c] = UINT32_MAX;
        if (spl_field_internal(batch->fields, field)) continue;
        for (uint32_t i = 0; i < spl_batch_rows(batch) && !any; i++)
            any = !spl_is_null(batch->columns[c]->cells[spl_batch_row(batch, i)]);
        if (!any) continue;
        if (!spl_fieldtable_get(&self->table, field)) {
            if (self->table.items.len >= self->most) {
                if (!self->cut)
                    spl_op_warn(op, "correlate-limit",
                                "correlate looks at the first %" PRIu64 " fields only (maxfields)", self->most);
                self->cut = true;
                continue;
            }
            spl_fieldtable_put(&self->table, field);
        }
        index[c] = self->table.by_field[field] - 1;
        while (index[c] >= self->side) widen(self);
    }
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i), n = 0;

        for (uint32_t c = 0; c < batch->n_columns; c++)
            if (index[c] != UINT32_MAX && !spl_is_null(batch->columns[c]->cells[row])) here[n++] = index[c];
        for (uint32_t a = 0; a < n; a++)
            for (uint32_t b = 0; b < n; b++) self->both[here[a] * self->side + here[b]]++;
    }
    return SPL_OK;
}

static spl_status correlate_emit(spl_op *op, spl_batch **out)
{
    correlate_op *self = (correlate_op *)op;
    uint32_t n = (uint32_t)self->table.items.len;
    spl_batch *batch;
    uint32_t *order;
    spl_field *to;

    if (self->told || !n) return SPL_END;
    self->told = true;
    batch = spl_op_batch(op, n);
    order = spl_fieldtable_sorted(&self->table, batch->fields, batch->arena);
    to = SPL_NEW_ARRAY(batch->arena, n + 1, spl_field);
    to[0] = spl_field_of(batch->fields, SPL_S("RowField"));
    for (uint32_t i = 0; i < n; i++) to[i + 1] = self->table.fields.data[order[i]];
    spl_batch_arrange(batch, to, n + 1);
    batch->fixed = true;
    for (uint32_t r = 0; r < n; r++) {
        size_t a = order[r];

        spl_batch_set(batch, r, to[0], spl_text(spl_field_name(batch->fields, to[r + 1])));
        for (uint32_t c = 0; c < n; c++) {
            size_t b = order[c];
            uint64_t both = self->both[a * self->side + b];
            uint64_t either = self->both[a * self->side + a] + self->both[b * self->side + b] - both;

            spl_batch_set(batch, r, to[c + 1], spl_number(spl_round_to((double)both / (double)either, 2)));
        }
    }
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(correlate, .summary = "Shows how often each two fields stand in the same results.", .syntax = "correlate",
            .example = "| makeresults count=4 | streamstats count as n | eval odd=if(n%2=1,1,null()) | correlate",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS | SPL_FIXES, .op_size = sizeof(correlate_op),
            .bind = correlate_bind, .open = correlate_open, .gather = correlate_gather, .emit = correlate_emit);
