/* merge_searches.c -- the rows of several searches as one stream. Each search's rows keep their order; between searches
 * the newer _time comes first, and among equal times, or rows without one, the search named first. */
#include "exec/merge_searches.h"

#include <math.h>

void spl_merge_add(spl_arena *arena, spl_merge *merge, const spl_subsearch *sub)
{
    SPL_PUSH(arena, &merge->sides, ((spl_merge_side){.sub = sub}));
}

static void free_sides(void *ptr)
{
    spl_merge *merge = ptr;
    size_t i;

    for (i = 0; i < merge->sides.len; i++) {
        spl_batch_free(merge->sides.data[i].batch);
        merge->sides.data[i].batch = NULL;
    }
}

void spl_merge_open(spl_op *op, spl_merge *merge)
{
    spl_merge_side *own = SPL_NEW_ARRAY(op->state, merge->sides.len, spl_merge_side);
    size_t i;

    for (i = 0; i < merge->sides.len; i++) own[i].sub = merge->sides.data[i].sub;
    merge->sides.data = own;
    spl_arena_defer(op->state, free_sides, merge);
}

static spl_status side_next(spl_op *op, spl_merge_side *side, spl_batch **batch)
{
    if (!side->sub) return spl_op_pull(op, batch);
    if (!side->run) side->run = spl_subsearch_start(op, side->sub);
    return spl_subsearch_next(op, side->run, batch);
}

static double head_time(const spl_merge_side *side)
{
    double time;

    if (!spl_value_number(spl_batch_get(side->batch, spl_batch_row(side->batch, side->at), SPL_F_TIME), &time))
        return -HUGE_VAL;
    return time;
}

static void copy_row(spl_batch *to, uint32_t row, const spl_merge_side *side)
{
    uint32_t from = spl_batch_row(side->batch, side->at), c;

    for (c = 0; c < side->batch->n_columns; c++) {
        spl_value value = side->batch->columns[c]->cells[from];

        if (!spl_is_null(value))
            spl_batch_set(to, row, side->batch->columns[c]->field, spl_value_keep(to->arena, value));
    }
}

static spl_status next_in_turn(spl_op *op, spl_merge *merge, spl_batch **batch)
{
    size_t i;

    for (i = merge->merged; i < merge->sides.len; i++) {
        if (merge->sides.data[i].ended) continue;
        if (side_next(op, &merge->sides.data[i], batch) == SPL_OK) {
            (*batch)->order = NULL; /* places in different streams do not compare */
            return SPL_OK;
        }
        merge->sides.data[i].ended = true;
    }
    return SPL_END;
}

spl_status spl_merge_next(spl_op *op, spl_merge *merge, spl_batch **batch)
{
    spl_batch *out = NULL;
    uint32_t rows = 0;
    size_t i;

    while (rows < SPL_BATCH_ROWS) {
        spl_merge_side *best = NULL;

        for (i = 0; i < merge->merged; i++) {
            spl_merge_side *side = &merge->sides.data[i];

            if (!side->ended && (!side->batch || side->at >= spl_batch_rows(side->batch))) {
                spl_batch_free(side->batch);
                side->batch = NULL;
                side->at = 0;
                side->ended = side_next(op, side, &side->batch) != SPL_OK;
            }
            if (!side->ended && (!best || head_time(side) > head_time(best))) best = side;
        }
        if (!best) break;
        if (!out) {
            out = spl_op_batch(op, SPL_BATCH_ROWS);
            out->events = best->batch->events;
        }
        copy_row(out, rows++, best);
        best->at++;
    }
    if (!out) return next_in_turn(op, merge, batch);
    spl_batch_truncate(out, rows);
    *batch = out;
    return SPL_OK;
}
