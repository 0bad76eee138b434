/* op.h -- an operator: a bound stage of the pipeline, and its driver.
 *
 * Pull, not push: a consumer calls spl_op_next(). Early stop needs no message, and append, join and subsearches are
 * just several inputs. Only the driver calls a command's hooks: it counts, times, polls for cancel and, in debug
 * builds, verifies each batch. */
#ifndef SPL_EXEC_OP_H
#define SPL_EXEC_OP_H

#include "expr/expr.h"
#include "exec/parts.h"
#include "exec/query.h"

typedef struct spl_op_stats {
    uint64_t rows_in, rows_out;
    uint64_t looked; /* rows that spl_op_count_in() saw */
    uint64_t seen;   /* bit k: a batch of these had the k-th name of the op's READS */
    double seconds;
} spl_op_stats;

struct spl_op {
    const spl_command *command;
    const spl_node *stage;
    const spl_query *query;
    spl_op *input;             /* NULL for a generating stage */
    spl_worker *worker;        /* of the thread that runs this copy */
    spl_arena *state;          /* running state: lives as long as this copy; made before open */
    spl_eval *ev;              /* evaluator of this copy; set on each batch by the driver before map and gather */
    spl_fieldset reads, makes; /* declared at bind */
    spl_fieldset needed;       /* what the stages after it need of it (planner) */
    spl_parts *parts;          /* set at bind: the clauses of a condition that drops rows, in a search that counts */
    uint64_t row_count;        /* rows pulled so far: the position of rows without an order */
    spl_op_stats stats;
    bool unordered; /* set at bind: never asks spl_op_order(), so that nobody has to find out */
    bool positions; /* set at bind: rows of events must carry their order (random() is made of it) */
    bool ended;
    bool emitting;
};

/* A batch comes in: counts its rows, and notes which of the fields that OP reads there are (for a run that finds
 * nothing: run/absent.c). */
static inline void spl_op_count_in(spl_op *op, const spl_batch *batch)
{
    uint32_t rows = spl_batch_rows(batch);
    size_t k, n = op->reads.names.len < 64 ? op->reads.names.len : 64;

    op->stats.rows_in += rows;
    op->stats.looked += rows;
    for (k = 0; k < n; k++) op->stats.seen |= (uint64_t)(spl_batch_column(batch, op->reads.names.data[k]) != NULL) << k;
}

/* The command's map, with its clauses counted first. */
static inline spl_status spl_op_map(spl_op *op, spl_batch **batch)
{
    if (op->parts) spl_parts_look(op->parts, op->ev);
    return op->command->map(op, batch);
}

/* The next batch of OP's output. SPL_OK: *BATCH has at least one row and is the caller's. SPL_END: no more. Failures
 * unwind (fault.h). */
spl_status spl_op_next(spl_op *op, spl_batch **batch);
/* For own loops: the next batch of OP's input, counted, and the evaluator set on it. */
spl_status spl_op_pull(spl_op *op, spl_batch **batch);
/* Feeds a blocking operator from outside, in place of its input; frees the batch. SPL_END: no more is wanted. After
 * spl_op_fed() its output can be pulled. */
spl_status spl_op_feed(spl_op *op, spl_batch *batch);
void spl_op_fed(spl_op *op);
/* A copy for another thread, or for another run: bound part shared, running state new. */
spl_op *spl_op_copy(const spl_op *op, spl_worker *worker, spl_op *input);
void spl_op_close(spl_op *op); /* this copy and, first, its inputs */
/* A map hook of commands that leave rows as they are. */
spl_status spl_op_pass(spl_op *op, spl_batch **batch);
/* A new batch for results of OP, with ROWS empty rows. */
spl_batch *spl_op_batch(spl_op *op, uint32_t rows);
/* A trouble with the data met while running: counted for each op and code, told once ("and 311 more"). Thread-safe. */
void spl_op_warn(spl_op *op, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void spl_op_note(spl_op *op, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The stream position of physical row ROW: its order, or one made of the rows pulled before (rows of a batch are pulled
 * in selection order; I is the index in the selection). */
spl_order spl_op_order(const spl_op *op, const spl_batch *batch, uint32_t row, uint32_t i);

#endif
