/* spath.h -- what stands at a path in a JSON or XML text (the function and the command spath). */
#ifndef SPL_DATA_SPATH_H
#define SPL_DATA_SPATH_H

#include "data/value.h"

/* JSON: a.b{}.c{0}, places counted from 0; a repeated key counts each time; objects and arrays as they stand.
 * XML: a.b{2}.c{@x}, places counted from 1; an element with elements inside as it stands between its tags.
 * Null where there is nothing; several values make a multivalue. Values are text, as it stood. */
spl_value spl_spath(spl_arena *arena, spl_str text, spl_str path);

/* Calls EACH for every value of TEXT, in its order: of JSON the strings, numbers and words, as a.b{}.c, of XML the
 * texts of elements without elements inside, as a.b, and attributes, as a.b{@x}. Text that breaks off gives what stood
 * before; what is neither JSON nor XML gives nothing. NAME is borrowed for the call; VALUE lives in ARENA or stands in
 * TEXT. */
typedef void spl_spath_each(void *context, spl_str name, spl_str value);
void spl_spath_walk(spl_arena *arena, spl_str text, spl_spath_each *each, void *context);

/* The character that the entity (&lt; &#65; ...) at *AT of TEXT stands for onto OUT, *AT behind it; false: none is
 * there. */
bool spl_xml_entity(spl_buf *out, spl_str text, size_t *at);
/* XML content as text: entities resolved, CDATA sections opened, comments left out. Borrowed where nothing changes. */
spl_str spl_xml_text(spl_arena *arena, spl_str text);

#endif
