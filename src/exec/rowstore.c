/* rowstore.c -- see rowstore.h. Batches hold their stretch of input; what goes to the file lets go of it. */
#include "exec/rowstore.h"

#include "base/fault.h"

enum { STORE_FEW = 64 }; /* batches that stay, if they are small enough */

struct spl_rowstore {
    spl_op *op;
    SPL_VEC(spl_batch *) kept;
    size_t at; /* next to be taken */
    size_t bytes, budget;
    spl_spool *spool;
    spl_arena *scratch;
    bool reading;
};

static void store_close(void *ptr)
{
    spl_rowstore *store = ptr;

    for (; store->at < store->kept.len; store->at++) spl_batch_free(store->kept.data[store->at]);
}

spl_rowstore *spl_rowstore_new(spl_op *op)
{
    spl_rowstore *store = SPL_NEW(op->state, spl_rowstore);
    size_t limit = spl_account_limit(op->query->account);

    store->op = op;
    store->budget = limit && limit / 8 < ((size_t)32 << 20) ? limit / 8 : (size_t)32 << 20;
    spl_arena_defer(op->state, store_close, store);
    return store;
}

void spl_batch_save(const spl_batch *batch, spl_buf *out)
{
    uint32_t head[3] = {spl_batch_rows(batch), batch->n_columns, (uint32_t)(batch->order != NULL)}, i, c;

    spl_save_bytes(out, head, sizeof head);
    spl_save_bytes(out, &batch->events, sizeof batch->events);
    spl_save_bytes(out, &batch->fixed, sizeof batch->fixed);
    for (i = 0; batch->order && i < head[0]; i++)
        spl_save_bytes(out, &batch->order[spl_batch_row(batch, i)], sizeof *batch->order);
    for (c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];

        spl_save_bytes(out, &column->field, sizeof column->field);
        spl_save_bytes(out, &column->delim, sizeof column->delim); /* both live as long as the query */
        spl_save_bytes(out, &column->format, sizeof column->format);
        for (i = 0; i < head[0]; i++) spl_save_value(out, column->cells[spl_batch_row(batch, i)]);
    }
}

spl_batch *spl_batch_load(spl_account *account, spl_fields *fields, spl_str in)
{
    uint32_t head[3], i, c;
    spl_batch *batch;
    bool good = spl_load_bytes(&in, head, sizeof head);

    if (!good) spl_fail(SPL_IO, "a spill file is damaged");
    batch = spl_batch_new(account, fields, head[0]);
    good = spl_load_bytes(&in, &batch->events, sizeof batch->events) &&
           spl_load_bytes(&in, &batch->fixed, sizeof batch->fixed);
    if (good && head[2]) {
        batch->order = SPL_NEW_ARRAY(batch->arena, head[0], spl_order);
        good = spl_load_bytes(&in, batch->order, head[0] * sizeof *batch->order);
    }
    for (c = 0; good && c < head[1]; c++) {
        spl_field field;
        spl_column *column;

        good = spl_load_bytes(&in, &field, sizeof field);
        if (!good) break;
        column = spl_batch_add(batch, field);
        good = spl_load_bytes(&in, &column->delim, sizeof column->delim) &&
               spl_load_bytes(&in, &column->format, sizeof column->format);
        for (i = 0; good && i < head[0]; i++) good = spl_load_value(batch->arena, &in, &column->cells[i]);
    }
    if (!good) spl_fail(SPL_IO, "a spill file is damaged");
    return batch;
}

void spl_rowstore_add(spl_rowstore *store, spl_batch *batch)
{
    spl_buf record;

    if (!store->spool && store->kept.len < STORE_FEW && store->bytes < store->budget) {
        SPL_PUSH(store->op->state, &store->kept, batch);
        store->bytes += spl_arena_size(batch->arena);
        return;
    }
    if (!store->spool) {
        store->spool = spl_spool_new(store->op->state, store->op->query->spill_dir);
        store->scratch = spl_arena_new(store->op->query->account);
        spl_arena_defer(store->op->state, (void (*)(void *))spl_arena_free, store->scratch);
    }
    spl_arena_reset(store->scratch);
    record = spl_buf_in(store->scratch);
    spl_batch_save(batch, &record);
    spl_spool_write(store->spool, spl_buf_str(&record));
    spl_batch_free(batch);
}

spl_batch *spl_rowstore_take(spl_rowstore *store)
{
    spl_str record;

    if (store->at < store->kept.len) return store->kept.data[store->at++];
    if (!store->spool) return NULL;
    if (!store->reading) spl_spool_rewind(store->spool);
    store->reading = true;
    if (!spl_spool_read(store->spool, &record)) return NULL;
    return spl_batch_load(store->op->query->account, store->op->query->fields, record);
}
