/* op.c -- the driver of operators: the only caller of a command's hooks.
 *
 * It owns the loops, so that no command repeats them: a streaming command sees batch after batch, a blocking one is fed
 * to the end and then asked for its rows. It counts, times and polls, and in debug builds looks at each batch. */
#include "exec/op.h"

#include "base/buf.h"
#include "base/clock.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#ifndef NDEBUG
static void batch_verify(const spl_batch *batch)
{
    uint32_t i;

    assert(batch->left <= batch->rows || batch->selection);
    for (i = 0; batch->selection && i < batch->left; i++) assert(batch->selection[i] < batch->rows);
    for (i = 0; i < batch->n_columns; i++)
        assert(spl_batch_column(batch, batch->columns[i]->field) == batch->columns[i]);
}
#else
static void batch_verify(const spl_batch *batch)
{
    (void)batch;
}
#endif

spl_op *spl_op_copy(const spl_op *op, spl_worker *worker, spl_op *input)
{
    spl_arena *arena = spl_arena_new(op->query->account);
    spl_op *copy = spl_alloc(arena, op->command->op_size);

    memcpy(copy, op, op->command->op_size);
    copy->input = input;
    copy->worker = worker;
    copy->state = arena;
    copy->ev = SPL_NEW(arena, spl_eval);
    copy->row_count = 0;
    copy->stats = (spl_op_stats){0};
    copy->ended = copy->emitting = false;
    if (op->command->open) op->command->open(copy);
    return copy;
}

void spl_op_close(spl_op *op)
{
    if (!op) return;
    spl_op_close(op->input);
    if (op->command->close) op->command->close(op);
    spl_arena_free(op->state); /* the copy itself lives there */
}

spl_status spl_op_pull(spl_op *op, spl_batch **batch)
{
    spl_status status = op->input ? spl_op_next(op->input, batch) : SPL_END; /* `| stats count` counts nothing: 0 */

    if (status == SPL_OK) {
        spl_op_count_in(op, *batch);
        spl_eval_on(op->ev, op->query, op->worker, *batch);
    }
    return status;
}

spl_status spl_op_pass(spl_op *op, spl_batch **batch)
{
    (void)op;
    (void)batch;
    return SPL_OK;
}

/* One batch of a streaming command; SPL_END when it wants no more and gave nothing. */
static spl_status stream(spl_op *op, spl_batch **batch)
{
    spl_status status;

    for (;;) {
        if (op->ended || spl_op_pull(op, batch) != SPL_OK) return SPL_END;
        (*batch)->sequence = op->row_count; /* tells batches of rows without an order apart: random() */
        op->row_count += spl_batch_rows(*batch);
        status = spl_op_map(op, batch);
        if (status == SPL_END) op->ended = true;
        if (*batch && spl_batch_rows(*batch)) return SPL_OK;
        spl_batch_free(*batch);
        *batch = NULL;
    }
}

static spl_status block(spl_op *op, spl_batch **batch)
{
    spl_status status;

    if (!op->emitting) {
        while (spl_op_pull(op, batch) == SPL_OK) {
            spl_query_poll(op->query);
            status = op->command->gather(op, *batch);
            op->row_count += spl_batch_rows(*batch);
            spl_batch_free(*batch);
            *batch = NULL;
            if (status == SPL_END) break;
        }
        op->emitting = true;
    }
    for (;;) {
        status = op->command->emit(op, batch);
        if (status == SPL_END || spl_batch_rows(*batch)) return status;
        spl_batch_free(*batch);
    }
}

spl_status spl_op_feed(spl_op *op, spl_batch *batch)
{
    uint32_t rows = spl_batch_rows(batch);
    spl_status status;

    spl_op_count_in(op, batch);
    spl_eval_on(op->ev, op->query, op->worker, batch);
    status = op->command->gather(op, batch);
    op->row_count += rows;
    spl_batch_free(batch);
    return status;
}

void spl_op_fed(spl_op *op)
{
    op->emitting = true;
}

spl_status spl_op_next(spl_op *op, spl_batch **batch)
{
    double begin = spl_clock_seconds();
    spl_status status;

    *batch = NULL;
    spl_query_poll(op->query);
    if (op->command->next) {
        do {
            status = op->ended ? SPL_END : op->command->next(op, batch);
        } while (status == SPL_OK && spl_batch_rows(*batch) == 0 && (spl_batch_free(*batch), true));
        if (status == SPL_END) op->ended = true;
    } else if (op->command->map) {
        status = stream(op, batch);
    } else {
        status = block(op, batch);
    }
    if (status == SPL_OK) {
        op->stats.rows_out += spl_batch_rows(*batch);
        batch_verify(*batch);
    } else {
        *batch = NULL;
    }
    op->stats.seconds += spl_clock_seconds() - begin;
    return status;
}

spl_batch *spl_op_batch(spl_op *op, uint32_t rows)
{
    return spl_batch_new(op->query->account, op->query->fields, rows);
}

spl_order spl_op_order(const spl_op *op, const spl_batch *batch, uint32_t row, uint32_t i)
{
    if (batch->order) return batch->order[row];
    return (spl_order){.time = 0, .file = 0, .at = op->row_count + i};
}

void spl_op_warn(spl_op *op, const char *code, const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    spl_warning(op->query->diag, op->stage ? op->stage->span : (spl_span){0}, code, "%s", text);
}

void spl_op_note(spl_op *op, const char *code, const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    spl_note(op->query->diag, op->stage ? op->stage->span : (spl_span){0}, code, "%s", text);
}
