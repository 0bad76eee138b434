/* utf8.h -- characters of UTF-8 text. Invalid bytes count as one character each. */
#ifndef SPL_BASE_UTF8_H
#define SPL_BASE_UTF8_H

#include "base/buf.h"

size_t spl_utf8_length(spl_str text);
/* Byte offset of character INDEX (0 …), text.len beyond the end. */
size_t spl_utf8_offset(spl_str text, size_t index);
/* Decodes one character at *AT and moves on; U+FFFD for an invalid byte. */
uint32_t spl_utf8_next(spl_str text, size_t *at);
bool spl_utf8_valid(spl_str text);
/* Writes the character, of up to four bytes; how many. What is none, half surrogates included, is U+FFFD. */
size_t spl_utf8_put(char *to, uint32_t code);
/* Lower and upper case: full Unicode simple mapping, ASCII fast. Borrowed where nothing changes. */
spl_str spl_utf8_lower(spl_arena *arena, spl_str text);
spl_str spl_utf8_upper(spl_arena *arena, spl_str text);
/* The character's simple case folding. */
uint32_t spl_utf8_fold(uint32_t code);
/* Equality under simple case folding. */
bool spl_utf8_ieq(spl_str a, spl_str b);

#endif
