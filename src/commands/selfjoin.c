/* selfjoin.c -- joins each row with the next rows of the same key, one unless max says otherwise: the later row's
 * values win, the earlier fills in what it lacks (Search Reference, selfjoin). */
#include "base/map.h"
#include "exec/bind.h"

typedef struct joined {
    SPL_VEC(spl_row *) mains; /* those before, the last max of them from `from` on */
    size_t from;
    size_t at; /* of its first row in the output, for keepsingle */
} joined;

typedef struct selfjoin_op {
    spl_op base;
    bool overwrite, keepsingle;
    int64_t max;
    SPL_VEC(spl_field) keys;
    spl_map groups;
    SPL_VEC(const spl_row *) rows; /* results; NULL where a single row was dropped or took part in none */
    size_t given;
    bool ended;
} selfjoin_op;

static const spl_option options[] = {
    {"overwrite", SPL_OPTION_BOOL, offsetof(selfjoin_op, overwrite), .dflt = 1,
     .help = "values of the later row replace those of the earlier"},
    {"max", SPL_OPTION_INT, offsetof(selfjoin_op, max), .dflt = 1, .min = 0, .max = 1e9,
     .help = "rows that a row may be joined with; 0 for all"},
    {"keepsingle", SPL_OPTION_BOOL, offsetof(selfjoin_op, keepsingle),
     .help = "keep rows without another of their key"},
    {0},
};

static bool selfjoin_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    selfjoin_op *self = (selfjoin_op *)op;
    spl_node_vec nodes = {0};
    size_t i;

    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &nodes)) return false;
    for (i = 0; i < nodes.len; i++) {
        spl_field field = spl_bind_field(binder, nodes.data[i]->text);

        spl_bind_reads(binder, field);
        SPL_PUSH(binder->arena, &self->keys, field);
    }
    spl_bind_reads_all(binder);
    if (self->keys.len == 0) return spl_lacks(binder, NULL, "a field to join on", "session_id");
    return true;
}

static void selfjoin_open(spl_op *op)
{
    ((selfjoin_op *)op)->groups = spl_map_in(op->state);
}

/* The earlier row with the later one's values, or the other way round. */
static spl_row *combined(selfjoin_op *self, const spl_row *earlier, const spl_row *later)
{
    const spl_row *first = self->overwrite ? later : earlier, *second = self->overwrite ? earlier : later;
    spl_row *row = spl_calloc(self->base.state, 1, sizeof *row + (first->count + second->count) * sizeof row->cells[0]);
    uint32_t i;

    *row = (spl_row){.flags = later->flags, .order = later->order};
    for (i = 0; i < first->count; i++) row->cells[row->count++] = first->cells[i];
    for (i = 0; i < second->count; i++) {
        if (spl_is_null(spl_row_get(first, second->cells[i].field))) row->cells[row->count++] = second->cells[i];
    }
    return row;
}

static void add_row(selfjoin_op *self, spl_buf *key, const spl_batch *batch, uint32_t r)
{
    spl_arena *state = self->base.state;
    spl_map_entry *entry;
    joined *group;
    spl_row *row;
    size_t i;

    spl_buf_clear(key);
    for (i = 0; i < self->keys.len; i++) {
        spl_value value = spl_batch_get(batch, r, self->keys.data[i]);
        spl_str text = spl_value_text(key->arena, value);
        uint32_t len = (uint32_t)text.len;

        if (spl_is_null(value)) return;
        spl_buf_add(key, spl_str_cut((const char *)&len, sizeof len));
        spl_buf_add(key, text);
    }
    row = spl_row_keep(state, batch, r);
    entry = spl_map_put(&self->groups, spl_buf_str(key), NULL);
    group = entry->value;
    if (!group) {
        group = entry->value = SPL_NEW(state, joined);
        group->at = self->rows.len;
        SPL_PUSH(state, &self->rows, self->keepsingle ? row : NULL);
    } else {
        self->rows.data[group->at] = NULL; /* it was not single */
        for (i = group->from; i < group->mains.len; i++)
            SPL_PUSH(state, &self->rows, combined(self, group->mains.data[i], row));
    }
    SPL_PUSH(state, &group->mains, row);
    if (self->max && group->mains.len - group->from > (uint64_t)self->max) group->from++;
}

static spl_status selfjoin_gather(spl_op *op, spl_batch *batch)
{
    spl_buf key = spl_buf_in(batch->arena);
    uint32_t i;

    for (i = 0; i < spl_batch_rows(batch); i++) add_row((selfjoin_op *)op, &key, batch, spl_batch_row(batch, i));
    return SPL_OK;
}

static spl_status selfjoin_emit(spl_op *op, spl_batch **batch)
{
    selfjoin_op *self = (selfjoin_op *)op;
    const spl_row *rows[SPL_BATCH_ROWS];
    uint32_t n = 0;

    for (; self->given < self->rows.len && n < SPL_BATCH_ROWS; self->given++) {
        if (self->rows.data[self->given]) rows[n++] = self->rows.data[self->given];
    }
    if (n == 0) return SPL_END;
    *batch = spl_batch_of_rows(op->query->account, op->query->fields, rows, n, true);
    return SPL_OK;
}

SPL_COMMAND(selfjoin, .summary = "Joins each row with the next row that has the same values in some fields.",
            .syntax = "selfjoin [overwrite=<bool>] [max=<int>] [keepsingle=<bool>] <field-list>",
            .example = "| makeresults count=2 | streamstats count AS n | eval k=\"a\" | selfjoin k | table k n",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(selfjoin_op),
            .bind = selfjoin_bind, .open = selfjoin_open, .gather = selfjoin_gather, .emit = selfjoin_emit);
