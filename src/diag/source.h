/* source.h -- texts that a search is made of, and where each piece came from.
 *
 * A search, the expansion of a macro call, the result of a text subsearch and a conf file are sources. A spliced source
 * (what the scanner reads after macro expansion) is a list of pieces, each a stretch of another source. A span is
 * offsets in the spliced text; spl_span_origin() gives the innermost place, and the chain "in macro …, used here". */
#ifndef SPL_DIAG_SOURCE_H
#define SPL_DIAG_SOURCE_H

#include "base/arena.h"

typedef struct spl_source spl_source;

typedef struct spl_span {
    const spl_source *source; /* NULL: nowhere in a text */
    uint32_t begin, end;      /* bytes, half open */
} spl_span;

typedef struct spl_piece {
    uint32_t at;   /* offset in the spliced text */
    uint32_t len;  /* bytes */
    spl_span from; /* where these bytes stand: len bytes from from.begin, or a stand-in for them */
} spl_piece;

struct spl_source {
    spl_str name; /* "search", a path, "macro `x(1)`" */
    spl_str text;
    uint32_t first_line;   /* line of the file that the text begins on, from 1 */
    uint32_t first_column; /* column where its first line begins, from 1 */
    spl_span within;       /* where it begins in another text, in place of the two above: counted only when asked for */
    bool spliced;
    spl_piece *pieces; /* of a spliced source, ascending */
    size_t n_pieces;
    spl_span used_at; /* of an expansion or subsearch result: the call; source NULL for a top-level text */
    const char *role; /* "macro", "validation", "subsearch", "eval-based definition" or NULL */
    bool passing;     /* made while the search runs, and again and again: by map */
    spl_str title;    /* of an expansion: what was expanded, "macro `x(1)`"; empty: name tells it */
};

spl_source *spl_source_new(spl_arena *arena, spl_str name, spl_str text);

typedef struct spl_place { /* lines and columns count from 1; columns count characters */
    const spl_source *source;
    uint32_t line, column, end_line, end_column;
    spl_str line_text; /* the first line of the span */
} spl_place;

/* Follows a span of a spliced source to the source that its first byte stands in; other spans are returned as given. A
 * span over several pieces is cut to the part within the first one. */
spl_span spl_span_origin(spl_span span);
spl_place spl_span_place(spl_span span); /* of an origin span */

#endif
