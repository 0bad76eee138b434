/* text.h -- the rules of SPL text that the macro expander, the scanner and the formatter share: double quotes, \" and
 * triple back-tick comments. */
#ifndef SPL_LANG_TEXT_H
#define SPL_LANG_TEXT_H

#include "lang/parse.h"

/* Offset behind the double-quoted text that begins at AT, or text.len + 1 where it is not closed. A backslash takes the
 * next byte with it. */
size_t spl_text_quoted(spl_str text, size_t at);
/* A comment begins at AT (three back-ticks). */
bool spl_text_is_comment(spl_str text, size_t at);
/* Offset behind the comment that begins at AT, or text.len + 1. */
size_t spl_text_comment(spl_str text, size_t at);
/* Offset behind the macro call whose first back-tick is at AT, or 0 where it is not closed. A call is NAME or NAME(…);
 * what stands in the brackets may hold anything, nested calls included. */
size_t spl_text_call(spl_str text, size_t at);
/* What stands between double quotes: \" and \\ are " and \; any other escape stays as typed. Borrowed if none. */
spl_str spl_text_unescape(spl_arena *arena, spl_str text);

/* The inverse, appended: TEXT with \ before " and \, … */
void spl_text_escape(spl_buf *out, spl_str text);
/* … and the quotes around it. */
void spl_text_quote(spl_buf *out, spl_str text);

/* The byte that stands for a macro that is nowhere defined, where the piece at its offset says so. */
#define SPL_TEXT_HOLE '\001'
/* The name of the macro if offset AT of SOURCE is such a hole, else empty. */
spl_str spl_text_hole(const spl_source *source, uint32_t at);

#endif
