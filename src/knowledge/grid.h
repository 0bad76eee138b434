/* grid.h -- tables in the text of events: the command multikv and KV_MODE = multi. Columns are told by the header's
 * words and where they stand, or by a stanza of multikv.conf (Admin Manual, multikv.conf). */
#ifndef SPL_KNOWLEDGE_GRID_H
#define SPL_KNOWLEDGE_GRID_H

#include "base/regex.h"
#include "knowledge/conf.h"

typedef struct spl_grid_rules spl_grid_rules; /* a stanza of multikv.conf, compiled; any thread may use it */

/* NULL: *WHY says what is wrong, *AT where. */
const spl_grid_rules *spl_grid_rules_of(spl_arena *arena, const spl_conf_stanza *stanza, spl_span *at, spl_str *why);

typedef struct spl_grid_options {
    bool multitable, noheader;
    int64_t forceheader;         /* the line, from 1, that is the header; 0: none */
    const spl_grid_rules *rules; /* or NULL */
} spl_grid_options;

typedef struct spl_grid_cell {
    spl_str name, text;
} spl_grid_cell;
typedef SPL_VEC(spl_grid_cell) spl_grid_cells;

typedef struct spl_grid_line {
    spl_str text; /* as it stands in the event */
    spl_grid_cells cells;
} spl_grid_line;
typedef SPL_VEC(spl_grid_line) spl_grid_lines;

/* The lines of the tables in TEXT, in ARENA, without headers. */
spl_grid_lines spl_grid_read(spl_arena *arena, spl_match *match, const spl_grid_options *options, spl_str text);

#endif
