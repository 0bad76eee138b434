/* parts.h -- the clauses of a condition that AND joins, counted one by one: which of them kept rows out (explain).
 *
 * A stage has them only in a search that counts (spl_query.count_all); its copies in all threads share them. */
#ifndef SPL_EXEC_PARTS_H
#define SPL_EXEC_PARTS_H

#include "expr/filter.h"

struct spl_binder;

typedef struct spl_parts spl_parts;

/* Of a search expression, or of where's. In the query's memory; NULL: the search does not count. */
spl_parts *spl_parts_of_filter(struct spl_binder *binder, const spl_filter *filter);
spl_parts *spl_parts_of_expr(struct spl_binder *binder, const spl_expr *condition);
/* Counts the rows of the batch that EV is set on. Thread-safe. */
void spl_parts_look(spl_parts *parts, spl_eval *ev);
/* A line for each part, each behind INDENT: how many rows met it; and what values its first field has in the rows that
 * met all others. */
void spl_parts_tell(const spl_parts *parts, const spl_fields *fields, const char *indent, spl_buf *out);

#endif
