/* groups.h -- the hash table of groups that BY makes, with each group's aggregates.
 *
 * Memory grows with groups only. A group is one allocation: hash, key, states. When groups outgrow their share of the
 * memory bound they are written, sorted by key, to a spill file, and the table starts anew; at the end the files are
 * merged, so groups come out in the order of their keys (spl_compare_by) either way. */
#ifndef SPL_EXEC_GROUPS_H
#define SPL_EXEC_GROUPS_H

#include "exec/aggregate.h"
#include "exec/by.h"
#include "exec/spool.h"

typedef struct spl_group {
    uint64_t hash;
    void *states;
    spl_value keys[]; /* single values, or null */
} spl_group;

typedef struct spl_groups {
    spl_op *op;
    const spl_by *by;
    size_t n_keys;
    spl_arena *arena; /* of groups and states; reset when they are spilled */
    spl_agg_run run;
    struct spl_group_slot {
        uint64_t hash;
        spl_group *group;
    } * slots;
    size_t n_slots;
    SPL_VEC(spl_group *) list; /* in the order met */
    spl_group *last;           /* rows often repeat the group of the row before */
    spl_agg_pairs pairs;
    SPL_VEC(spl_group *) assigned; /* the group of each pair, where track is set */
    bool track;
    size_t extra;  /* zeroed bytes behind each group's states, for the command (streamstats) */
    size_t budget; /* bytes after which groups are spilled; 0: fail instead of spilling (see fixed) */
    bool fixed;    /* groups must stay in memory: beyond the budget the call fails (SPL_BOUND) */
    /* after the last row */
    SPL_VEC(spl_spool *) runs;
    struct spl_group_cursor *cursors;
    spl_arena *merged; /* of the group that is merged from the files */
    bool sorted;
    size_t at;
} spl_groups;

void spl_groups_init(spl_groups *groups, spl_op *op, const spl_aggs *aggs, const spl_by *by);
/* Adds the rows of a batch. */
void spl_groups_gather(spl_groups *groups, spl_batch *batch);
/* The pairs of rows and groups of a batch, without updating aggregates: groups->pairs. */
void spl_groups_assign(spl_groups *groups, spl_batch *batch);
void spl_groups_merge(spl_groups *into, spl_groups *from);
/* The group of these keys, made if absent. Keys are copied. */
spl_group *spl_groups_put(spl_groups *groups, const spl_value *keys);
/* Forgets all groups. */
void spl_groups_clear(spl_groups *groups);
/* The same, but in a new arena: the old one, groups->arena before the call, is the caller's to free. */
void spl_groups_renew(spl_groups *groups);
/* Groups in the order of their keys, each valid until the next call; NULL at the end. With no BY and no row: one. */
spl_group *spl_groups_next(spl_groups *groups);
int spl_keys_compare(const spl_value *a, const spl_value *b, size_t count);
/* The same of the rows of a chart: numbers in the order of their values, before texts in theirs. */
int spl_key_compare_rows(spl_value a, spl_value b);
/* Replaces every group's keys by what REKEY makes of them (in ARENA) and merges those that become equal. */
void spl_groups_rekey(spl_groups *groups, void (*rekey)(void *context, spl_arena *arena, spl_value *keys),
                      void *context);

#endif
