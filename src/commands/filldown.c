/* filldown.c -- puts the last value before where a field has none. */
#include "exec/bind.h"

#include "base/wildcard.h"

typedef struct last {
    spl_field field;
    spl_value value;
} last;

typedef struct filldown_op {
    spl_op base;
    SPL_VEC(spl_str) names; /* none: all but internal fields */
    spl_pattern_cache cache;
    SPL_VEC(last) lasts;        /* fields that had a value */
    SPL_VEC(uint32_t) by_field; /* index + 1 into lasts */
    spl_arena *kept[2];         /* values of lasts, in turn: those of the batch before are copied over */
    unsigned turn;
} filldown_op;

static bool filldown_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    filldown_op *fill = (filldown_op *)op;
    spl_node_vec list = {0};
    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    for (size_t i = 0; i < list.len; i++) {
        SPL_PUSH(binder->arena, &fill->names, list.data[i]->text);
        spl_bind_reads_name(binder, list.data[i]->text);
    }
    if (!list.len) SPL_PUSH(binder->arena, &fill->names, SPL_S("*"));
    return true;
}

static void free_kept(void *ptr)
{
    spl_arena_free(ptr);
}

static void filldown_open(spl_op *op)
{
    filldown_op *fill = (filldown_op *)op;
    for (int i = 0; i < 2; i++) {
        fill->kept[i] = spl_arena_new(op->query->account);
        spl_arena_defer(op->state, free_kept, fill->kept[i]);
    }
}

static last *last_of(filldown_op *fill, spl_field field, bool make)
{
    spl_arena *arena = fill->base.state;
    while (make && fill->by_field.len <= field) SPL_PUSH(arena, &fill->by_field, 0);
    if (field >= fill->by_field.len) return NULL;
    if (!fill->by_field.data[field]) {
        if (!make) return NULL;
        SPL_PUSH(arena, &fill->lasts, (last){field, SPL_NULL});
        fill->by_field.data[field] = (uint32_t)fill->lasts.len;
    }
    return &fill->lasts.data[fill->by_field.data[field] - 1];
}

static spl_status filldown_map(spl_op *op, spl_batch **out)
{
    filldown_op *fill = (filldown_op *)op;
    spl_batch *batch = *out;
    spl_pattern_fields(op->state, batch, fill->names.data, fill->names.len, &fill->cache);
    for (size_t f = 0; f < fill->cache.fields.len; f++) {
        spl_field field = fill->cache.fields.data[f];
        spl_column *column = spl_batch_column(batch, field);
        last *l = last_of(fill, field, true);
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i);
            if (!spl_is_null(column->cells[row]))
                l->value = column->cells[row];
            else if (!spl_is_null(l->value))
                spl_batch_set(batch, row, field, spl_value_keep(batch->arena, l->value));
        }
    }
    /* Columns that this batch lacks altogether, and the values for the next one. */
    spl_arena *keep = fill->kept[fill->turn ^= 1];
    spl_arena_reset(keep);
    for (size_t i = 0; i < fill->lasts.len; i++) {
        last *l = &fill->lasts.data[i];
        if (!spl_batch_column(batch, l->field) && !spl_is_null(l->value)) {
            spl_value value = spl_value_keep(batch->arena, l->value);
            for (uint32_t j = 0; j < spl_batch_rows(batch); j++)
                spl_batch_set(batch, spl_batch_row(batch, j), l->field, value);
        }
        l->value = spl_value_keep(keep, l->value);
    }
    return SPL_OK;
}

SPL_COMMAND(filldown, .summary = "Puts the last value before where a field has none.",
            .syntax = "filldown [<field-or-pattern> …]",
            .example = "| makeresults count=3 | streamstats count AS n | eval x=if(n=1,\"a\",null()) | filldown x",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .op_size = sizeof(filldown_op), .bind = filldown_bind,
            .open = filldown_open, .map = filldown_map);
