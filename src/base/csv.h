/* csv.h -- comma-separated values (RFC 4180, as spreadsheets and Splunk write them).
 *
 * A cell is bare or in double quotes; within quotes a doubled quote is one, and newlines are text. Lines end in LF or
 * CR LF, a byte order mark is passed over, empty lines are no rows. A quote inside a bare cell is text. A quote that is
 * never closed is taken as text, and from then on a quoted cell must end on its line, so that reading stays linear. */
#ifndef SPL_BASE_CSV_H
#define SPL_BASE_CSV_H

#include "base/buf.h"

typedef struct spl_csv {
    spl_str text;
    size_t at;
    uint32_t next_line;
    uint32_t line;     /* that the last row began on, from 1 */
    size_t begin;      /* where it began */
    uint32_t unclosed; /* line of the first quote that is never closed, 0 for none */
    size_t unclosed_at;
} spl_csv;
typedef SPL_VEC(spl_str) spl_csv_cells;

spl_csv spl_csv_of(spl_str text);
/* The next row; false at the end. CELLS is cleared first; what has to be unescaped is made in ARENA, the rest is
 * borrowed from the text. */
bool spl_csv_next(spl_csv *csv, spl_arena *arena, spl_csv_cells *cells);
/* Appends a cell, in quotes where needed. ALONE: it is the only one of its row, which must not look empty. */
void spl_csv_put(spl_buf *out, spl_str text, bool alone);

#endif
