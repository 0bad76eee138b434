/* terms.h -- rows as search terms: what format gives, and what a text subsearch becomes. */
#ifndef SPL_EXEC_TERMS_H
#define SPL_EXEC_TERMS_H

#include "data/batch.h"

/* The six strings of format, and what separates the values of a multivalue field. */
typedef struct spl_terms_style {
    spl_str row_prefix, column_prefix, column_separator, column_end, row_separator, row_end;
    spl_str mv_separator;
} spl_terms_style;
extern const spl_terms_style spl_terms_default; /* ( ( a="1" AND b="2" ) OR ( … ) ) */

/* Appends field="value". */
void spl_terms_compare(spl_buf *out, spl_str name, spl_str text);
/* Appends field="value", or the bare value of a field named search or query. */
void spl_terms_add(spl_buf *out, spl_str name, spl_value value);
/* Appends the terms of a row, in the order of field names; internal fields and nulls are left out. False: it has none.
 */
bool spl_terms_row(spl_buf *out, const spl_terms_style *style, const spl_batch *batch, uint32_t row);
/* The row has only the field search (or query): *VALUE is what it says. */
bool spl_terms_only(const spl_batch *batch, uint32_t row, spl_value *value);

/* Rows put together: begin, each row of each batch, end. */
typedef struct spl_terms {
    spl_buf *out;
    const spl_terms_style *style;
    size_t begin;
    uint64_t rows;
    spl_value only; /* of a single row with only the field search */
    bool has_only;
    bool argument; /* of a command that takes no search: a field search is all that counts */
} spl_terms;
void spl_terms_begin(spl_terms *terms, spl_buf *out, const spl_terms_style *style);
void spl_terms_next(spl_terms *terms, const spl_batch *batch, uint32_t row);
/* Closes the text. Without rows it is EMPTY. */
void spl_terms_end(spl_terms *terms, spl_str empty);

#endif
