/* found.h -- fields found in the text of a row, by name: spath, extract, xmlkv and their kin.
 *
 * Only what later stages need is kept, and no other name is made known to the query. Values of a name that is met again
 * join it, if the caller wants them. */
#ifndef SPL_EXEC_FOUND_H
#define SPL_EXEC_FOUND_H

#include "exec/bind.h"

typedef struct spl_found spl_found; /* one thread's */

spl_found *spl_found_new(spl_op *op); /* of a running copy; looks at op->needed */
/* Whether a field of this name is needed at all: saves making a value that nobody asks for. */
bool spl_found_wants(spl_found *found, spl_str name);
/* VALUE lives as long as the batch. JOIN: a further value of the name is added; else the first one counts. */
void spl_found_add(spl_found *found, spl_arena *arena, spl_str name, spl_value value, bool join);
/* What was found into physical row ROW, and forgets it. KEEP: a field that has a value keeps it. _raw and _time are
 * never touched. */
void spl_found_put(spl_found *found, spl_batch *batch, uint32_t row, bool keep);

#endif
