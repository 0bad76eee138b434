/* segments.h -- keywords, phrases and TERM() against the raw text of an event, as it is stored.
 *
 * Splunk cuts events into segments at its major and minor breakers. A keyword or phrase stands in an event where its
 * text does, case aside, with a breaker or an end of the event on both sides; for TERM() only major breakers count. A
 * wildcard stands for any run of bytes without a major breaker. */
#ifndef SPL_EXPR_SEGMENTS_H
#define SPL_EXPR_SEGMENTS_H

#include "base/scan.h"

typedef struct spl_keyword spl_keyword;

enum { SPL_KEYWORD_CASE = 1, SPL_KEYWORD_TERM = 2 };

/* TEXT as typed, wildcards included; it is copied. NULL where it is made of * only: it stands everywhere. */
spl_keyword *spl_keyword_compile(spl_arena *arena, spl_str text, unsigned flags);
/* *ESCAPED, if not NULL, becomes true where the text stands in RAW but is no segment only because the letter of a JSON
 * escape (\n, \r, \t) stands before it: in the decoded text it would be one. Linear in RAW. */
bool spl_keyword_match(const spl_keyword *keyword, spl_str raw, bool *escaped);
/* The longest stretch without a wildcard. */
spl_str spl_keyword_literal(const spl_keyword *keyword);

/* Bytes that separate segments. */
bool spl_breaker_major(char c);
bool spl_breaker_minor(char c);

#endif
