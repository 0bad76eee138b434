/* spath.h -- what stands at a path in a JSON or XML text (the function and the command spath). */
#ifndef SPL_DATA_SPATH_H
#define SPL_DATA_SPATH_H

#include "data/value.h"

/* JSON: a.b{}.c{0}, places counted from 0; a repeated key counts each time; objects and arrays as they stand.
 * XML: a.b{2}.c{@x}, places counted from 1; an element with elements inside as it stands between its tags.
 * Null where there is nothing; several values make a multivalue. Values are text, as it stood. */
spl_value spl_spath(spl_arena *arena, spl_str text, spl_str path);

#endif
