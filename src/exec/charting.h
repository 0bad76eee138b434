/* charting.h -- the engine of chart and timechart: a table of a row split by a column split.
 *
 * Groups are pairs of row and series. When all rows are in, the series to show are chosen, the others merge into one,
 * and the table is given row by row; spans without events are filled in. */
#ifndef SPL_EXEC_CHARTING_H
#define SPL_EXEC_CHARTING_H

#include "exec/groups.h"

typedef struct spl_charting_series spl_charting_series;

typedef struct spl_charting {
    spl_op base;
    /* options */
    const spl_node *agg;
    spl_str sep, format, limit_text, nullstr, otherstr;
    bool cont, useother, usenull, fixedrange, partial, dedup_splitvals;
    /* bound */
    bool of_time; /* timechart, sitimechart */
    spl_aggs aggs;
    spl_by by; /* the row split, if any, and the column split, if any */
    bool rows, columns;
    spl_bin bin; /* of the row split; a run's own copy gets its span from the data */
    int64_t limit;
    bool bottom;
    double earliest, latest;    /* of the search; infinite where open */
    const spl_aggregate *score; /* NULL: series are ranked by their events */
    double score_parameter;
    struct { /* of the where clause */
        bool given, top, not ;
        int64_t count; /* in top5; 0: a comparison */
        spl_node_op op;
        double number;
    } where;
    /* running */
    spl_groups groups;
    double low, high; /* of the row split's numbers */
    bool whole;
    spl_by own_by; /* by with the run's bin */
    bool laid;     /* the table is laid out */
    spl_arena *layout;
    spl_charting_series *series;
    size_t n_series;
    spl_charting_series **shown; /* those that are, in the order of their columns, the rest's among them */
    size_t n_shown;
    spl_group **cells; /* the groups in the order of rows */
    size_t n_cells, at;
    size_t n_outputs;
    spl_field length[2]; /* _span and _spandays of timechart, SPL_NO_FIELD where nobody asks for them */
    spl_field *outputs;
    spl_value *empty;  /* what an empty cell shows */
    double next_start; /* the next span that is due, NaN if none */
    double last_start; /* no span is filled in beyond */
    uint64_t given;
    void *other; /* a block for OTHER */
} spl_charting;

/* Binds chart, or timechart where OF_TIME: rows are spans of time. False: refused, with diagnostics. */
bool spl_charting_bind(spl_binder *binder, const spl_node *stage, spl_op *op, bool of_time);
void spl_charting_open(spl_op *op);
spl_status spl_charting_gather(spl_op *op, spl_batch *batch);
void spl_charting_merge(spl_op *into, spl_op *from);
spl_status spl_charting_emit(spl_op *op, spl_batch **batch);

/* The options that both commands have, for their tables. */
#define SPL_CHARTING_OPTIONS                                                                                           \
    SPL_BIN_OPTIONS("numbers below are left out", "numbers above are left out"),                                       \
        {.name = "sep",                                                                                                \
         .type = SPL_OPTION_TEXT,                                                                                      \
         .offset = offsetof(spl_charting, sep),                                                                        \
         .text = ": ",                                                                                                 \
         .help = "between aggregate and value in the names of columns"},                                               \
        {.name = "format",                                                                                             \
         .type = SPL_OPTION_TEXT,                                                                                      \
         .offset = offsetof(spl_charting, format),                                                                     \
         .text = "",                                                                                                   \
         .help = "names of columns, of $AGG$ and $VAL$"},                                                              \
        {.name = "cont",                                                                                               \
         .type = SPL_OPTION_BOOL,                                                                                      \
         .offset = offsetof(spl_charting, cont),                                                                       \
         .dflt = 1,                                                                                                    \
         .help = "whether spans without events are filled in"},                                                        \
        {.name = "limit",                                                                                              \
         .type = SPL_OPTION_TEXT,                                                                                      \
         .offset = offsetof(spl_charting, limit_text),                                                                 \
         .text = "10",                                                                                                 \
         .takes = "a whole number from 0, top<n> or bottom<n>",                                                        \
         .wrong = "nonsense -1 top middle5",                                                                           \
         .help = "how many series to show: <n>, top<n> or bottom<n>; 0 for all"},                                      \
        {.name = "agg",                                                                                                \
         .type = SPL_OPTION_NODE,                                                                                      \
         .offset = offsetof(spl_charting, agg),                                                                        \
         .wrong = "nonsense",                                                                                          \
         .help = "what of a series' values limit= goes by"},                                                           \
        {.name = "dedup_splitvals",                                                                                    \
         .type = SPL_OPTION_BOOL,                                                                                      \
         .offset = offsetof(spl_charting, dedup_splitvals),                                                            \
         .help = "a value repeated in a multivalue split field counts once"},                                          \
        {.name = "dedup_splitval",                                                                                     \
         .type = SPL_OPTION_BOOL,                                                                                      \
         .offset = offsetof(spl_charting, dedup_splitvals),                                                            \
         .help = "the same, as an example of the manual spells it"},                                                   \
        {.name = "useother",                                                                                           \
         .type = SPL_OPTION_BOOL,                                                                                      \
         .offset = offsetof(spl_charting, useother),                                                                   \
         .dflt = 1,                                                                                                    \
         .help = "whether the series that are not shown make one"},                                                    \
        {.name = "otherstr",                                                                                           \
         .type = SPL_OPTION_TEXT,                                                                                      \
         .offset = offsetof(spl_charting, otherstr),                                                                   \
         .text = "OTHER",                                                                                              \
         .help = "its name"},                                                                                          \
        {.name = "usenull",                                                                                            \
         .type = SPL_OPTION_BOOL,                                                                                      \
         .offset = offsetof(spl_charting, usenull),                                                                    \
         .dflt = 1,                                                                                                    \
         .help = "whether events without the column split make a series"},                                             \
    {                                                                                                                  \
        .name = "nullstr", .type = SPL_OPTION_TEXT, .offset = offsetof(spl_charting, nullstr), .text = "NULL",         \
        .help = "its name"                                                                                             \
    }

#endif
