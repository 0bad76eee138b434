/* sorter.h -- rows put in order, in bounded memory.
 *
 * Rows are kept packed, some bytes for each value. Beyond a memory budget sorted runs go to unlinked files in the
 * query's spill folder and are merged. With a limit only that many rows are kept, so `sort 10 -x` over a billion events
 * holds some thousand. Equal rows stay in the order in which they stand in the stream, and the result is the same
 * however the input was divided among sorters that are merged.
 *
 * Without keys it is a spool that gives the rows back as they came: for fillnull and others that need all rows. */
#ifndef SPL_EXEC_SORTER_H
#define SPL_EXEC_SORTER_H

#include "data/compare.h"
#include "exec/bind.h"

typedef struct spl_sort_key {
    spl_field field;
    spl_order_kind kind;
    bool descending; /* absent values come last either way */
} spl_sort_key;

/* The keys that the arguments left name, as sort and sortby take them: signs, auto() num() str() ip(), desc. Declares
 * what they read. False: refused. */
typedef SPL_VEC(spl_sort_key) spl_sort_key_vec;
bool spl_sort_keys_bind(spl_binder *binder, spl_args *args, spl_sort_key_vec *keys);

typedef struct spl_sorter_config {
    const spl_sort_key *keys; /* borrowed */
    uint32_t n_keys;
    uint64_t limit; /* keep so many of the first rows; 0: all */
    bool backward;  /* among equal rows the later ones first: with no keys, the stream reversed */
    size_t budget;  /* bytes of packed rows in memory; 0: chosen by the query's bound */
} spl_sorter_config;

typedef struct spl_sorter spl_sorter;

/* Lives in ARENA, which closes its files; its rows have arenas of their own on the query's account. */
spl_sorter *spl_sorter_new(spl_arena *arena, const spl_query *query, const spl_sorter_config *config);
/* Copies the rows of the batch. OP tells where they stand in the stream (spl_op_order). */
void spl_sorter_add(spl_sorter *sorter, const spl_op *op, const spl_batch *batch);
/* All rows of FROM, which is empty afterwards. Both have the same configuration. */
void spl_sorter_merge(spl_sorter *into, spl_sorter *from);
/* How many rows were added. */
uint64_t spl_sorter_count(const spl_sorter *sorter);
/* The next rows in order; NULL at the end. The first call ends the adding. Columns come in the order in which they were
 * first met, those without any value too; rows are no longer tied to their place in the stream (batch->order is NULL).
 */
spl_batch *spl_sorter_next(spl_sorter *sorter);
/* Whether any row had a value there. */
bool spl_sorter_seen(const spl_sorter *sorter, spl_field field);

#endif
