/* xyseries.c -- from rows to columns: a row for each value of the first field, a column for each value of the second.
 * Rows and columns stand in the order of their values, with grouped=true rows in the order in which these were met. */
#include "exec/bind.h"
#include "exec/groups.h"
#include "exec/rowkey.h"

#include "base/map.h"

#include <stddef.h>
#include <stdlib.h>

enum {
    BATCH_CELLS = 1 << 20, /* wide rows come in smaller batches */
    PAGE = 16,             /* columns that a line gets room for at once */
};

typedef struct column {
    spl_str name;
    spl_field field;
} column;

typedef struct line { /* a row of the result */
    spl_value x;
    SPL_VEC(spl_value *) pages; /* by number of the column; NULL: no value there */
} line;

typedef struct xyseries_op {
    spl_op base;
    spl_str sep, format;
    spl_field x, y;
    SPL_VEC(spl_field) data;
    spl_map lines, names;
    SPL_VEC(column) columns;
    spl_buf key;
    size_t given;
    spl_field *order; /* of the output's columns, x first */
    const line **rows;
    bool grouped;
} xyseries_op;

static const spl_option options[] = {
    {.name = "grouped",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(xyseries_op, grouped),
     .help = "the input is sorted already: rows stay in its order"},
    {.name = "sep",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(xyseries_op, sep),
     .text = ": ",
     .help = "between a data field's name and the value, in names of columns"},
    {.name = "format",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(xyseries_op, format),
     .text = "",
     .help = "names of columns, with $AGG$ for the data field and $VAL$ for the value"},
    {0},
};

static bool xyseries_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    xyseries_op *series = (xyseries_op *)op;
    spl_node_vec list = {0};
    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    if (list.len < 3)
        return spl_lacks(binder, NULL, "a field for rows, one for columns and one for values", "_time host count");
    for (size_t i = 0; i < list.len; i++) {
        spl_field field = spl_bind_field(binder, list.data[i]->text);
        if (i > 1) SPL_PUSH(binder->arena, &series->data, field);
        spl_bind_reads(binder, field);
    }
    series->x = spl_bind_field(binder, list.data[0]->text);
    series->y = spl_bind_field(binder, list.data[1]->text);
    return true;
}

static void xyseries_open(spl_op *op)
{
    xyseries_op *series = (xyseries_op *)op;
    series->lines = spl_map_in(op->state);
    series->names = spl_map_in(op->state);
    series->key = spl_buf_in(op->state);
}

static void put(spl_buf *out, spl_str format, spl_str agg, spl_str val)
{
    for (size_t i = 0; i < format.len;) {
        spl_str rest = spl_str_sub(format, i, format.len);
        if (spl_str_starts(rest, SPL_S("$AGG$"))) {
            spl_buf_add(out, agg);
            i += 5;
        } else if (spl_str_starts(rest, SPL_S("$VAL$"))) {
            spl_buf_add(out, val);
            i += 5;
        } else {
            spl_buf_char(out, format.data[i++]);
        }
    }
}

/* The number of the column of DATA for Y. */
static size_t column_of(xyseries_op *series, spl_field data, spl_str y)
{
    spl_fields *fields = series->base.query->fields;
    spl_buf *name = &series->key;
    bool made;

    spl_buf_clear(name);
    if (series->format.len) {
        put(name, series->format, spl_field_name(fields, data), y);
    } else {
        if (series->data.len > 1) {
            spl_buf_add(name, spl_field_name(fields, data));
            spl_buf_add(name, series->sep);
        }
        spl_buf_add(name, y);
    }
    spl_map_entry *entry = spl_map_put(&series->names, spl_buf_str(name), &made);
    if (made) {
        SPL_PUSH(series->base.state, &series->columns, (column){entry->key, spl_field_of(fields, entry->key)});
        entry->value = (void *)series->columns.len;
    }
    return (size_t)(uintptr_t)entry->value - 1;
}

/* Column C of a line; a line has room for the columns around those that it has a value of. */
static spl_value *cell_of(spl_arena *arena, line *l, size_t c)
{
    while (l->pages.len <= c / PAGE) SPL_PUSH(arena, &l->pages, NULL);
    if (!l->pages.data[c / PAGE]) l->pages.data[c / PAGE] = SPL_NEW_ARRAY(arena, PAGE, spl_value);
    return &l->pages.data[c / PAGE][c % PAGE];
}

static spl_status xyseries_gather(spl_op *op, spl_batch *batch)
{
    xyseries_op *series = (xyseries_op *)op;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value x = spl_batch_get(batch, row, series->x), y = spl_batch_get(batch, row, series->y);
        if (spl_is_null(x) || spl_is_null(y)) continue;
        bool made;
        spl_buf_clear(&series->key);
        spl_rowkey_add(&series->key, x);
        spl_map_entry *entry = spl_map_put(&series->lines, spl_buf_str(&series->key), &made);
        if (made) {
            entry->value = SPL_NEW(op->state, line);
            ((line *)entry->value)->x = spl_value_keep(op->state, x);
        }
        line *l = entry->value;
        spl_str text = spl_value_text(batch->arena, y);
        for (size_t d = 0; d < series->data.len; d++) {
            size_t c = column_of(series, series->data.data[d], text);
            spl_value value = spl_batch_get(batch, row, series->data.data[d]);
            if (!spl_is_null(value)) *cell_of(op->state, l, c) = spl_value_keep(op->state, value);
        }
    }
    return SPL_OK;
}

static int by_name(const void *a, const void *b)
{
    return spl_str_cmp(((const column *)a)->name, ((const column *)b)->name);
}

static int by_row(const void *a, const void *b)
{
    return spl_key_compare_rows((*(const line *const *)a)->x, (*(const line *const *)b)->x);
}

static void lay_out(xyseries_op *series)
{
    size_t n = series->columns.len, rows = series->lines.len;
    column *sorted = spl_alloc(series->base.state, (n + 1) * sizeof *sorted);

    if (n) memcpy(sorted, series->columns.data, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_name);
    series->order = spl_alloc(series->base.state, (n + 1) * sizeof *series->order);
    series->order[0] = series->x;
    for (size_t c = 0; c < n; c++) series->order[c + 1] = sorted[c].field;
    series->rows = spl_alloc(series->base.state, rows * sizeof *series->rows);
    for (size_t i = 0; i < rows; i++) series->rows[i] = series->lines.entries[i].value;
    if (!series->grouped) qsort(series->rows, rows, sizeof *series->rows, by_row);
}

static spl_status xyseries_emit(spl_op *op, spl_batch **out)
{
    xyseries_op *series = (xyseries_op *)op;
    size_t rows = series->lines.len - series->given, n = series->columns.len;
    if (!rows) return SPL_END;
    if (!series->order) lay_out(series);
    if (rows > SPL_BATCH_ROWS) rows = SPL_BATCH_ROWS;
    if (rows > BATCH_CELLS / (n + 1) + 1) rows = BATCH_CELLS / (n + 1) + 1;
    spl_batch *batch = spl_op_batch(op, (uint32_t)rows);
    spl_batch_arrange(batch, series->order, (uint32_t)n + 1);
    batch->fixed = true;
    for (uint32_t row = 0; row < rows; row++) {
        const line *l = series->rows[series->given + row];
        for (size_t c = 0; c < l->pages.len * PAGE; c++) {
            const spl_value *page = l->pages.data[c / PAGE];

            if (page && !spl_is_null(page[c % PAGE]))
                spl_batch_set(batch, row, series->columns.data[c].field, spl_value_keep(batch->arena, page[c % PAGE]));
        }
        spl_batch_set(batch, row, series->x, spl_value_keep(batch->arena, l->x));
    }
    series->given += rows;
    *out = batch;
    return SPL_OK;
}

static const char *const aliases[] = {"maketable", NULL}; /* older names of it */

SPL_COMMAND(
    xyseries, .aliases = aliases, .summary = "Turns rows into columns.",
    .syntax = "xyseries [grouped=<bool>] <x-field> <name-field> <data-field> [,] … [sep=<text>] [format=<text>]",
    .example = "| makeresults | eval h=\"a\", name=\"x\", value=1 | xyseries h name value", .args = SPL_ARGS_PLAIN,
    .traits = SPL_ORDERED | SPL_TRANSFORMS | SPL_FIXES, .options = options, .op_size = sizeof(xyseries_op),
    .bind = xyseries_bind, .open = xyseries_open, .gather = xyseries_gather, .emit = xyseries_emit);
