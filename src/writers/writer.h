/* writer.h -- results as text: table, ndjson, json, csv, tsv, raw.
 *
 * A writer is a descriptor with three hooks; output.c calls them, keeps the buffer and tells what a cell shows. Writers
 * write to output->buffer and call spl_output_spill() now and then. Which fields show is the same for all formats. */
#ifndef SPL_WRITERS_WRITER_H
#define SPL_WRITERS_WRITER_H

#include "exec/op.h"

typedef struct spl_output {
    const spl_writer *writer;
    const spl_query *query;
    spl_worker *worker;       /* of the calling thread: fieldformat; may be NULL where no column has a format */
    spl_arena *arena;         /* as long as the output */
    const spl_field *columns; /* every column, where the pipeline fixes them beforehand; else NULL */
    uint32_t n_columns;
    spl_buf buffer;                       /* flushed to the sink when it is large */
    bool (*sink)(void *to, spl_str text); /* false: it could not be written; errno tells why */
    void *to;
    void *state;    /* the writer's */
    spl_eval ev;    /* set by output.c for each batch */
    bool terminal;  /* width may be used, long text cut */
    unsigned width; /* of the terminal, 0 unknown */
    uint64_t rows;
} spl_output;

struct spl_writer {
    const char *name;
    const char *summary;
    void (*begin)(spl_output *output);
    void (*batch)(spl_output *output, spl_batch *batch);
    void (*end)(spl_output *output);
};

/* The caller fills in writer, query, worker, arena, columns, sink, to, terminal and width, then calls these in turn.
 * A sink that fails unwinds as SPL_IO. The batch stays the caller's. */
void spl_output_begin(spl_output *output);
void spl_output_batch(spl_output *output, spl_batch *batch);
void spl_output_end(spl_output *output);

/* --- for writers ---- */

/* Hands the buffer to the sink if it is large. */
static inline void spl_output_spill(spl_output *output);
void spl_output_flush(spl_output *output);
enum { SPL_OUTPUT_BUFFER = 256 * 1024 };
static inline void spl_output_spill(spl_output *output)
{
    if (output->buffer.len >= SPL_OUTPUT_BUFFER) spl_output_flush(output);
}
/* What the cell shows: its value, or that of the column's fieldformat; the ROW is physical. Lives as long as the batch.
 */
static inline spl_value spl_output_cell(spl_output *output, const spl_column *column, uint32_t row)
{
    return column->format ? spl_eval_row(&output->ev, column->format, row) : column->cells[row];
}
/* Events show every field; results of other commands hide the internal ones but _time and _raw. */
bool spl_output_shows(const spl_output *output, const spl_batch *batch, spl_field field);

/* TEXT as a JSON string in quotes; invalid UTF-8 becomes U+FFFD. */
void spl_json_text(spl_buf *out, spl_str text);
/* A cell as JSON: numbers that are finite as numbers, text as it stands, a multivalue as a list. */
void spl_json_value(spl_buf *out, spl_value value);
/* A cell as plain text: the values of a multivalue joined by newlines, nothing for null. */
void spl_plain_value(spl_buf *out, spl_value value);

/* --- rows held until every column is known (held.c) ----------------------------------------------------------------
 */

typedef struct spl_held spl_held;

typedef struct spl_held_cell {
    uint32_t column; /* index into the held columns */
    bool number;
    spl_str text;
} spl_held_cell;

/* Beyond some megabytes rows go to a file in the spill folder. Lives in output->arena, which closes it. */
spl_held *spl_held_new(spl_output *output);
/* Index of the column of FIELD, given at its first appearance. */
uint32_t spl_held_column(spl_held *held, spl_field field);
uint32_t spl_held_columns(const spl_held *held, const spl_field **fields);
/* Begins a row, adds its cells (the text is made by the caller in the buffer that cell_begin returns), ends it. */
void spl_held_row_begin(spl_held *held);
spl_buf *spl_held_cell_begin(spl_held *held, uint32_t column);
spl_str spl_held_cell_end(spl_held *held, bool number); /* the text, borrowed until the next cell */
void spl_held_row_end(spl_held *held);
/* Walks the rows from the first; CELLS lives until the next call. False at the end. Call rewind first. */
void spl_held_rewind(spl_held *held);
bool spl_held_next(spl_held *held, const spl_held_cell **cells, uint32_t *count);

#endif
