/* batch.c -- columns and a selection; rows that outlive their batch. The batch itself lives in its arena. */
#include "data/batch.h"
#include "base/fault.h"

int spl_order_cmp(const spl_order *a, const spl_order *b)
{
    if (a->time != b->time) return a->time < b->time ? -1 : 1;
    if (a->file != b->file) return a->file < b->file ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static spl_batch *batch_in(spl_arena *arena, spl_fields *fields, uint32_t rows)
{
    spl_batch *batch = SPL_NEW(arena, spl_batch);

    batch->arena = arena;
    batch->fields = fields;
    batch->rows = batch->left = batch->room = rows;
    return batch;
}

spl_batch *spl_batch_new(spl_account *account, spl_fields *fields, uint32_t rows)
{
    spl_arena *arena = spl_arena_new(account); /* freed with the account if the next line fails */

    return batch_in(arena, fields, rows);
}

void spl_batch_free(spl_batch *batch)
{
    if (batch) spl_arena_free(batch->arena);
}

static void hold_release(void *ptr)
{
    spl_hold *hold = ptr;

    if (atomic_fetch_sub_explicit(&hold->count, 1, memory_order_acq_rel) == 1) hold->release(hold);
}

void spl_batch_hold(spl_batch *batch, spl_hold *hold)
{
    atomic_fetch_add_explicit(&hold->count, 1, memory_order_relaxed);
    spl_arena_defer(batch->arena, hold_release, hold); /* with the arena, so that unwinding gives it back too */
    batch->hold = hold;
}

static void list_column(spl_batch *batch, spl_column *column)
{
    if (batch->n_columns == batch->cap_columns) {
        size_t cap = batch->cap_columns;
        batch->columns = spl_vec_grow(batch->arena, batch->columns, &cap, cap + 1, sizeof *batch->columns);
        batch->cap_columns = (uint32_t)cap;
    }
    batch->columns[batch->n_columns++] = column;
}

static void index_field(spl_batch *batch, spl_field field)
{
    uint32_t cap = batch->cap_by_field ? batch->cap_by_field : 16;

    if (field < batch->cap_by_field) return;
    while (cap <= field) cap = cap < UINT32_MAX / 2 ? cap * 2 : UINT32_MAX;
    batch->by_field = spl_realloc(batch->arena, batch->by_field, batch->cap_by_field * sizeof *batch->by_field,
                                  cap * sizeof *batch->by_field);
    memset(batch->by_field + batch->cap_by_field, 0, (cap - batch->cap_by_field) * sizeof *batch->by_field);
    batch->cap_by_field = cap;
}

spl_column *spl_batch_add(spl_batch *batch, spl_field field)
{
    spl_column *column = spl_batch_column(batch, field);

    if (column) return column;
    index_field(batch, field);
    column = SPL_NEW(batch->arena, spl_column);
    column->field = field;
    column->cells = SPL_NEW_ARRAY(batch->arena, batch->room, spl_value);
    list_column(batch, column);
    batch->by_field[field] = column;
    return column;
}

static uint32_t place_of(const spl_batch *batch, const spl_column *column)
{
    uint32_t at = 0;

    while (batch->columns[at] != column) at++;
    return at;
}

void spl_batch_drop(spl_batch *batch, spl_field field)
{
    spl_column *column = spl_batch_column(batch, field);
    uint32_t at;

    if (!column) return;
    at = place_of(batch, column);
    batch->n_columns--;
    memmove(&batch->columns[at], &batch->columns[at + 1], (batch->n_columns - at) * sizeof *batch->columns);
    batch->by_field[field] = NULL;
}

void spl_batch_rename(spl_batch *batch, spl_field from, spl_field to)
{
    spl_column *column = spl_batch_column(batch, from);

    if (from == to) return;
    spl_batch_drop(batch, to);
    if (!column) return;
    index_field(batch, to);
    batch->by_field[from] = NULL;
    batch->by_field[to] = column;
    column->field = to;
}

void spl_batch_arrange(spl_batch *batch, const spl_field *fields, uint32_t count)
{
    spl_column **old;
    uint32_t n_old;
    spl_column **columns = spl_alloc(batch->arena, (count ? count : 1) * sizeof *columns);
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) spl_batch_add(batch, fields[i]);
    old = batch->columns, n_old = batch->n_columns;
    for (uint32_t i = 0; i < count; i++) { /* a field named twice stands where it is first */
        spl_column *column = batch->by_field[fields[i]];
        if (!column) continue;
        columns[n++] = column;
        batch->by_field[fields[i]] = NULL;
    }
    for (uint32_t i = 0; i < n_old; i++) batch->by_field[old[i]->field] = NULL;
    for (uint32_t i = 0; i < n; i++) batch->by_field[columns[i]->field] = columns[i];
    batch->columns = columns;
    batch->n_columns = n;
    batch->cap_columns = count ? count : 1;
}

bool spl_column_number(spl_batch *batch, spl_column *column, uint32_t row, double *number)
{
    spl_value cell = column->cells[row];

    if (cell.kind == SPL_KIND_NUMBER) return *number = cell.as.number, true;
    if (cell.kind != SPL_KIND_TEXT) return false;
    if (!column->parsed) {
        column->numbers = spl_alloc(batch->arena, batch->room * sizeof *column->numbers);
        column->parsed = spl_calloc(batch->arena, batch->room, 1);
    }
    if (!column->parsed[row]) column->parsed[row] = spl_value_number(cell, &column->numbers[row]) ? 1 : 2;
    if (column->parsed[row] == 2) return false;
    *number = column->numbers[row];
    return true;
}

void spl_batch_filter(spl_batch *batch, const bool *keep)
{
    uint32_t kept = 0;

    if (!batch->selection) {
        while (kept < batch->left && keep[kept]) kept++;
        if (kept == batch->left) return;
        batch->selection = spl_alloc(batch->arena, batch->left * sizeof *batch->selection);
        for (uint32_t i = 0; i < kept; i++) batch->selection[i] = i;
        for (uint32_t i = kept; i < batch->left; i++) {
            batch->selection[kept] = i;
            kept += keep[i];
        }
    } else {
        for (uint32_t i = 0; i < batch->left; i++) {
            batch->selection[kept] = batch->selection[i];
            kept += keep[i];
        }
    }
    batch->left = kept;
}

void spl_batch_truncate(spl_batch *batch, uint32_t rows)
{
    if (rows < batch->left) batch->left = rows; /* without a selection: the first rows are the physical ones */
}

spl_batch *spl_batch_gather(spl_batch *batch, const uint32_t *rows, uint32_t count)
{
    spl_batch *made = batch_in(batch->arena, batch->fields, count);

    for (uint32_t i = 0; i < batch->n_columns; i++) {
        const spl_column *from = batch->columns[i];
        spl_column *to = SPL_NEW(made->arena, spl_column);
        to->field = from->field;
        to->format = from->format;
        to->cells = spl_alloc(made->arena, (count ? count : 1) * sizeof *to->cells);
        for (uint32_t row = 0; row < count; row++) to->cells[row] = from->cells[rows[row]];
        index_field(made, to->field);
        list_column(made, to);
        made->by_field[to->field] = to;
    }
    if (batch->order) {
        made->order = spl_alloc(made->arena, (count ? count : 1) * sizeof *made->order);
        for (uint32_t row = 0; row < count; row++) made->order[row] = batch->order[rows[row]];
    }
    made->hold = batch->hold; /* its count is the arena's */
    made->events = batch->events;
    made->fixed = batch->fixed;
    made->sequence = batch->sequence;
    made->extra = batch->extra;
    return made;
}

spl_row *spl_row_keep(spl_arena *arena, const spl_batch *batch, uint32_t row)
{
    uint32_t count = 0;
    size_t bytes = 0;
    spl_row *kept;
    char *text;

    for (uint32_t i = 0; i < batch->n_columns; i++) {
        spl_value cell = batch->columns[i]->cells[row];
        if (spl_is_null(cell)) continue;
        count++;
        if (cell.kind == SPL_KIND_TEXT) bytes += cell.len;
    }
    kept = spl_alloc(arena, sizeof *kept + count * sizeof kept->cells[0] + bytes);
    text = (char *)&kept->cells[count];
    kept->count = 0;
    kept->flags = batch->events ? 1 : 0;
    kept->order = batch->order ? batch->order[row] : (spl_order){0};
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        spl_value cell = batch->columns[i]->cells[row];
        if (spl_is_null(cell)) continue;
        if (cell.kind == SPL_KIND_TEXT) {
            if (cell.len) memcpy(text, cell.as.text, cell.len);
            cell.as.text = text;
            text += cell.len;
        } else {
            cell = spl_value_keep(arena, cell);
        }
        kept->cells[kept->count].field = batch->columns[i]->field;
        kept->cells[kept->count++].value = cell;
    }
    return kept;
}

spl_value spl_row_get(const spl_row *row, spl_field field)
{
    for (uint32_t i = 0; i < row->count; i++)
        if (row->cells[i].field == field) return row->cells[i].value;
    return SPL_NULL;
}

spl_batch *spl_batch_of_rows(spl_account *account, spl_fields *fields, const spl_row *const *rows, uint32_t count,
                             bool copy)
{
    spl_batch *batch = spl_batch_new(account, fields, count);

    for (uint32_t i = 0; i < count; i++) {
        const spl_row *row = rows[i];
        if (row->flags & 1) batch->events = true;
        for (uint32_t j = 0; j < row->count; j++)
            spl_batch_add(batch, row->cells[j].field)->cells[i] =
                copy ? spl_value_keep(batch->arena, row->cells[j].value) : row->cells[j].value;
        if (row->order.time != 0 || row->order.file || row->order.at) {
            if (!batch->order) batch->order = SPL_NEW_ARRAY(batch->arena, count, spl_order);
            batch->order[i] = row->order;
        }
    }
    return batch;
}
