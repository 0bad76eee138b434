/* wildcard.h -- SPL's wildcard: * stands for any run of bytes, none included. It cannot be escaped. */
#ifndef SPL_BASE_WILDCARD_H
#define SPL_BASE_WILDCARD_H

#include "base/arena.h"

static inline bool spl_wildcard_has(spl_str text)
{
    return text.len && memchr(text.data, '*', text.len);
}
/* The pattern covers the whole text. FOLD: case does not matter (UTF-8 letters, simple folding). Linear time. */
bool spl_wildcard_match(spl_str pattern, spl_str text, bool fold);
/* What the i-th * of PATTERN stood for in TEXT, for rename a* AS b*: false where it does not match. */
bool spl_wildcard_capture(spl_str pattern, spl_str text, spl_str *captures, size_t max, size_t *count);
/* The longest stretch without *. */
spl_str spl_wildcard_literal(spl_str pattern);

#endif
