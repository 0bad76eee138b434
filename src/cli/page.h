/* page.h -- the search that a page publishes: the block under the heading "Search". */
#ifndef SPL_CLI_PAGE_H
#define SPL_CLI_PAGE_H

#include "base/buf.h"

/* The block's text with its HTML entities decoded, in ARENA, and the line and column of PAGE at which it begins. HTML:
 * a heading element and the <pre> after it; else Markdown: a heading and the fenced block after it. False: there is no
 * such heading, or no block under it. */
bool spl_page_search(spl_arena *arena, spl_str page, bool html, spl_str *text, uint32_t *line, uint32_t *column);

/* TEXT with character references decoded once: &lt; &gt; &amp; &quot; &apos; &nbsp; and the common typographic names,
 * &#34; and &#x22;. What is no reference, or names no character, stays as it stands. */
spl_str spl_html_decode(spl_arena *arena, spl_str text);

#endif
