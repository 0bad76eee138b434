/* batch.h -- up to some thousand rows on their way through the pipeline, as columns and a selection.
 *
 * A batch owns an arena that holds its columns and whatever text was made for it; text that stands in the input is
 * borrowed from there, and the batch holds a count on its stretch of input. A batch belongs to one thread at a time and
 * may be handed to another. Row numbers are physical (0 … rows-1); the selection says which rows are left and in what
 * order. Commands use the functions here and know nothing else of the layout. */
#ifndef SPL_DATA_BATCH_H
#define SPL_DATA_BATCH_H

#include "data/field.h"
#include "data/value.h"

#include <stdatomic.h>

enum { SPL_BATCH_ROWS = 1024 }; /* what sources aim at; a batch may have fewer or more */

typedef struct spl_column {
    spl_field field;
    spl_value *cells;              /* one for each physical row */
    double *numbers;               /* cache of spl_column_number(), NULL until asked for */
    uint8_t *parsed;               /* per row: 0 not tried, 1 a number, 2 none */
    spl_str delim;                 /* what joins the values of a multivalue that is made one text; empty: a newline */
    const struct spl_expr *format; /* of fieldformat: how writers show the column; NULL for as it is */
} spl_column;

/* Where an event stands in the order that Splunk would give: newest first, later in its file first, later file first.
 * Smaller keys come first. Rows made by other commands have none. */
typedef struct spl_order {
    double time;   /* negated: newest first */
    uint32_t file; /* counted down */
    uint64_t at;   /* counted down: offset of the event within the file */
} spl_order;
int spl_order_cmp(const spl_order *a, const spl_order *b);

/* What keeps borrowed text alive: a mapped file, a block read from a pipe. */
typedef struct spl_hold {
    atomic_int count;
    void (*release)(struct spl_hold *hold); /* called at zero, by any thread */
} spl_hold;

typedef struct spl_batch {
    spl_arena *arena;
    spl_fields *fields;
    uint32_t rows;        /* physical rows */
    uint32_t room;        /* physical rows that the columns have room for */
    uint32_t left;        /* rows in the selection */
    uint32_t *selection;  /* physical row of each, NULL: all in order */
    spl_column **columns; /* in field order */
    uint32_t n_columns, cap_columns;
    spl_column **by_field; /* by field number, NULL where absent */
    uint32_t cap_by_field;
    spl_order *order;  /* one for each physical row, or NULL */
    spl_hold *hold;    /* or NULL */
    bool events;       /* rows are events: internal fields show */
    bool fixed;        /* a command fixed the columns: absent cells are written as null */
    uint64_t sequence; /* of the batch in its source's order */
    void *extra;       /* the source's own, in the arena */
} spl_batch;

spl_batch *spl_batch_new(spl_account *account, spl_fields *fields, uint32_t rows);
void spl_batch_free(spl_batch *batch);                 /* NULL is allowed */
void spl_batch_hold(spl_batch *batch, spl_hold *hold); /* takes a count */

static inline uint32_t spl_batch_rows(const spl_batch *batch)
{
    return batch->left;
}
static inline uint32_t spl_batch_row(const spl_batch *batch, uint32_t i) /* physical row of the i-th that is left */
{
    return batch->selection ? batch->selection[i] : i;
}
/* The column, or NULL where no row has the field. */
static inline spl_column *spl_batch_column(const spl_batch *batch, spl_field field)
{
    return field < batch->cap_by_field ? batch->by_field[field] : NULL;
}
/* The column, made of nulls at the end of the field order if absent. */
spl_column *spl_batch_add(spl_batch *batch, spl_field field);
void spl_batch_drop(spl_batch *batch, spl_field field);
/* Gives the column of FROM the name TO, dropping what was there; its place in the order stays. */
void spl_batch_rename(spl_batch *batch, spl_field from, spl_field to);
/* Makes the columns exactly these, in this order; missing ones become columns of nulls. Others are dropped. */
void spl_batch_arrange(spl_batch *batch, const spl_field *fields, uint32_t count);

static inline spl_value spl_batch_get(const spl_batch *batch, uint32_t row, spl_field field)
{
    const spl_column *column = spl_batch_column(batch, field);
    return column ? column->cells[row] : SPL_NULL;
}
/* The value must live as long as the batch (spl_value_keep(batch->arena, v) if not). */
static inline void spl_batch_set(spl_batch *batch, uint32_t row, spl_field field, spl_value value)
{
    spl_column *column = spl_batch_add(batch, field);
    column->cells[row] = value;
    if (column->parsed) column->parsed[row] = 0;
}
/* spl_value_number() of a cell, parsed once. */
bool spl_column_number(spl_batch *batch, spl_column *column, uint32_t row, double *number);

/* Keeps of the selection the rows for which keep[i] (i counts the selection) is true. */
void spl_batch_filter(spl_batch *batch, const bool *keep);
void spl_batch_truncate(spl_batch *batch, uint32_t rows); /* keeps the first rows of the selection */

/* A new batch whose i-th row is physical row ROWS[i] of BATCH, sharing its text: for commands that add rows. The old
 * batch is consumed: its arena passes to the new one. */
spl_batch *spl_batch_gather(spl_batch *batch, const uint32_t *rows, uint32_t count);

/* --- rows that outlive their batch ------------------------------------------------------------------------------ */

/* One row, copied out of its batch: pairs of field and value, in field order, nulls left out. */
typedef struct spl_row {
    uint32_t count;
    uint32_t flags;  /* 1: an event */
    spl_order order; /* 0 where it has none */
    struct spl_row_cell {
        spl_field field;
        spl_value value;
    } cells[];
} spl_row;

/* Deep copy of physical row ROW into ARENA. For whatever remembers an event across calls: sort, transaction. */
spl_row *spl_row_keep(spl_arena *arena, const spl_batch *batch, uint32_t row);
spl_value spl_row_get(const spl_row *row, spl_field field);
/* A batch of these rows; values are borrowed and must outlive the batch unless COPY. Columns come in the order of first
 * appearance. */
spl_batch *spl_batch_of_rows(spl_account *account, spl_fields *fields, const spl_row *const *rows, uint32_t count,
                             bool copy);

#endif
