/* framing.h -- what several readers share: events that a byte ends (lines, records of decoded formats), metadata, cells
 * and heads of tables. */
#ifndef SPL_READERS_FRAMING_H
#define SPL_READERS_FRAMING_H

#include "base/scan.h"
#include "readers/reader.h"

#include <stdatomic.h>

enum { SPL_RECORD_SEPARATOR = 0x1E };

static inline bool spl_is_blank(const char *p, const char *end)
{
    while (p < end && spl_is_space(*p)) p++;
    return p == end;
}

/* The hooks of spl_reader for events that SEPARATOR ends. Lines of white space alone are no events; a carriage return
 * before the separator is no part of the event. */
bool spl_frame_by(spl_str text, size_t at, bool last, char separator, size_t *begin, size_t *end, size_t *next);
size_t spl_resync_by(spl_str text, size_t at, char separator);
size_t spl_before_by(spl_str text, size_t at, char separator);

/* Whether LINE seems to have a time stamp that begins within its first REACH bytes, by its look alone. read_lines.c */
bool spl_stamp_seems(spl_str line, size_t reach);

/* _raw, host, source, sourcetype and index of COUNT events, where WANTED has them: what the input says, else its path
 * as source, SOURCETYPE and "localhost". */
void spl_put_metadata(const spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first,
                      spl_str sourcetype);
/* EVENT is not whole or not valid: warns, once for each event; the warning counts them and tells where the first one
 * seen begins. WHAT follows "an event of FILE". */
void spl_damaged_event(const spl_extractor *x, const spl_event *event, const char *what);
/* Names that events' fields never replace: _raw, _time, host, source, sourcetype, index. */
bool spl_is_metadata(spl_str name);

/* What stands before the name of a key that is one of these, in Splunk's structured data. */
#define SPL_BESIDE_METADATA "extracted_"
#define SPL_LOCAL_HOST "localhost"

/* A field's values of one event, more than one where a name is repeated: the cell becomes a multivalue at the end. */
typedef struct spl_repeat {
    spl_column *column;
    uint32_t row;
    uint32_t sequence;
    spl_value value;
} spl_repeat;
typedef SPL_VEC(spl_repeat) spl_repeats;
/* Puts VALUE into a cell, or keeps it in REPEATS (in ARENA) where the cell has one. */
static inline void spl_put_value(spl_arena *arena, spl_repeats *repeats, spl_column *column, uint32_t row,
                                 spl_value value)
{
    spl_value *cell = &column->cells[row];

    if (cell->kind == SPL_KIND_NULL) {
        *cell = value;
    } else {
        SPL_PUSH(arena, repeats, ((spl_repeat){column, row, (uint32_t)repeats->len, value}));
    }
}
/* Joins what was kept to the cells and forgets it. */
void spl_join_repeats(spl_batch *batch, spl_repeats *repeats);

/* Tables: which of an event's cells are wanted, of one thread. */
typedef struct spl_cells {
    spl_field *fields; /* of each column; SPL_NO_FIELD: not wanted */
    spl_column **columns;
    uint32_t last; /* behind the last wanted one */
    spl_repeats repeats;
} spl_cells;
/* Columns with names of metadata give no fields. */
spl_cells *spl_cells_new(const spl_extractor *x, const spl_str *names, uint32_t count);
/* Sets the columns to those of BATCH, NULL where not wanted. False: no cell is wanted. */
bool spl_cells_begin(spl_cells *cells, spl_batch *batch);

/* The hook literals of formats whose values are copied as they stand. */
bool spl_literal_values(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                        spl_arena *arena, spl_literals *out);

/* Tables whose head is comments: the head that names the columns of the whole file. */
typedef struct spl_heads {
    spl_needle mark; /* how a line begins that names columns */
    spl_str names;   /* blanks between them */
    uint64_t rows;   /* where the first row begins */
    atomic_bool told;
} spl_heads;
spl_heads *spl_heads_new(spl_arena *arena, spl_str names, uint64_t rows);
/* The hook look: warns, once for an input, of a head behind the first row that names other columns. */
void spl_heads_look(spl_heads *heads, const spl_input *input, spl_str text, uint64_t at);
/* The next of names that stand apart by blanks. */
bool spl_next_name(spl_str *rest, spl_str *name);

/* Usual names of a field that holds an event's time, best first; ended by NULL. */
extern const char *const spl_time_names[];

#endif
