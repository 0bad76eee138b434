/* kept.h -- a value that an aggregate holds on to and replaces often, in memory that it reuses. */
#ifndef SPL_AGGREGATES_KEPT_H
#define SPL_AGGREGATES_KEPT_H

#include "base/buf.h"
#include "data/value.h"

typedef struct spl_kept { /* zeroed: null */
    spl_value value;      /* of text: borrowed from here */
    char *room;
    uint32_t cap;
} spl_kept;

void spl_kept_set(spl_kept *kept, spl_arena *arena, spl_value value); /* a single value */
void spl_kept_save(const spl_kept *kept, spl_buf *out);
bool spl_kept_load(spl_kept *kept, spl_arena *arena, spl_str *in);

#endif
