/* lexicon.h -- what walklex and typeahead share: the terms and field values that an index of the events would list,
 * with the number of events that have them.
 *
 * Terms are the segments of _raw in small letters: what stands between major breakers, and its parts between minor
 * ones. Field values are "name::value", as they stand. */
#ifndef SPL_EXEC_LEXICON_H
#define SPL_EXEC_LEXICON_H

#include "base/map.h"
#include "exec/bind.h"

typedef struct lexicon_entry {
    spl_str text;   /* a term, or name::value */
    size_t name;    /* length of the name; 0: a term */
    uint64_t count; /* events that have it */
    uint64_t last;  /* the event that was counted last */
} lexicon_entry;

typedef struct spl_lexicon {
    spl_op *op;
    bool terms, fields; /* what is listed */
    uint64_t events;
    spl_map words, values;
} spl_lexicon;

void lexicon_bind(spl_binder *binder, bool terms, bool fields); /* declares what is read */
void lexicon_open(spl_lexicon *lexicon, spl_op *op, bool terms, bool fields);
void lexicon_gather(spl_lexicon *lexicon, const spl_batch *batch);
void lexicon_merge(spl_lexicon *into, const spl_lexicon *from);
/* All entries, by their text; in the op's state. */
lexicon_entry **lexicon_sorted(const spl_lexicon *lexicon, size_t *count);

#endif
