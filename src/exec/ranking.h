/* ranking.h -- the engine of top and rare: the most or the least frequent values, or combinations of values, of fields.
 */
#ifndef SPL_EXEC_RANKING_H
#define SPL_EXEC_RANKING_H

#include "exec/groups.h"

typedef struct spl_ranking {
    spl_op base;
    /* options */
    int64_t limit;
    bool limit_given;
    spl_str countfield, percentfield, otherstr;
    bool showcount, showperc, useother;
    /* bound */
    bool least;    /* the least frequent first */
    uint64_t most; /* results of each part at most, by limits.conf; 0: any number */
    spl_aggs aggs;
    spl_by by;   /* the BY fields, then the fields */
    size_t n_by; /* how many of them are BY fields */
    spl_field count, percent;
    /* running */
    spl_groups groups;
    spl_group *ahead; /* the first group of the next part */
    bool began;
    spl_arena *part; /* of the part being ranked */
} spl_ranking;

extern const spl_option spl_ranking_options[];
extern const spl_segment spl_ranking_segments[];

/* LEAST and MOST are the command's. */
bool spl_ranking_bind(spl_binder *binder, const spl_node *stage, spl_ranking *self, bool least, uint64_t most);
void spl_ranking_open(spl_op *op);
spl_status spl_ranking_gather(spl_op *op, spl_batch *batch);
void spl_ranking_merge(spl_op *into, spl_op *from);
spl_status spl_ranking_emit(spl_op *op, spl_batch **out);

/* Of a descriptor: what its arguments are; the hooks but bind. */
#define SPL_RANKING_ARGS                                                                                               \
    .args = SPL_ARGS_PLAIN, .segments = spl_ranking_segments, .options = spl_ranking_options,                          \
    .op_size = sizeof(spl_ranking)
#define SPL_RANKING_HOOKS                                                                                              \
    .traits = SPL_TRANSFORMS | SPL_FIXES, .open = spl_ranking_open, .gather = spl_ranking_gather,                      \
    .merge = spl_ranking_merge, .emit = spl_ranking_emit

#endif
