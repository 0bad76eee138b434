/* rowkey.h -- the identity of a row's values in some fields, as bytes: for dedup, join, mvcombine. Values are compared
 * as text (1 and 1.0 differ, a number and the text that it shows are the same), a multivalue by all of its values. */
#ifndef SPL_EXEC_ROWKEY_H
#define SPL_EXEC_ROWKEY_H

#include "data/batch.h"

void spl_rowkey_add(spl_buf *key, spl_value value); /* null is a value of its own */
/* Clears KEY and adds the fields' values; false where one is absent. */
bool spl_rowkey_of(spl_buf *key, const spl_batch *batch, uint32_t row, const spl_field *fields, size_t count);

#endif
