/* by.h -- BY clauses and binning: fields that make groups, some of them cut into spans. */
#ifndef SPL_EXEC_BY_H
#define SPL_EXEC_BY_H

#include "exec/bind.h"

typedef enum spl_bin_kind {
    SPL_BIN_NONE,
    SPL_BIN_TIME,   /* to the start of a span of time, as epoch seconds */
    SPL_BIN_NUMBER, /* to a range "0-10" */
    SPL_BIN_LOG,    /* to a range between powers */
    SPL_BIN_AUTO,   /* the span depends on the data: see spl_bin_fit() */
} spl_bin_kind;

/* What bin, chart, timechart and by … span= take as options; all SPL_OPTION_TEXT, empty where not given. */
typedef struct spl_bin_options {
    spl_str span, minspan, bins, start, end, aligntime;
    const spl_node *span_node, *minspan_node, *bins_node, *start_node, *end_node, *aligntime_node;
} spl_bin_options;

/* A BY clause of fields behind which they may stand. */
extern const spl_segment spl_by_segment;
#define SPL_BY_SEGMENT(word)                                                                                           \
    {                                                                                                                  \
        .keyword = (word), .shape = SPL_ARGS_PLAIN, .options = spl_bin_option_table                                    \
    }
extern const spl_option spl_bin_option_table[];
/* Their entries in tables of options, with what start= and end= do. */
#define SPL_BIN_OPTION(oname, otakes, owrong, ohelp)                                                                   \
    {                                                                                                                  \
        .name = (oname), .type = SPL_OPTION_OWN, .takes = (otakes), .wrong = (owrong), .help = (ohelp)                 \
    }
#define SPL_BIN_TAKES "a number (10, 0.5), a time (30s, 5m, 1h, 1d, 1w, 1mon, 1y) or a logarithm (log2, 2log5)"
#define SPL_BIN_SPAN(oname, ohelp) SPL_BIN_OPTION(oname, SPL_BIN_TAKES, "nonsense -5m", ohelp)
#define SPL_BIN_OPTIONS(start_help, end_help)                                                                          \
    SPL_BIN_SPAN("span", "how long a span is: a number, a time (5m, 1h, 1d, 1mon) or a logarithm (log2, 2log5)"),      \
        SPL_BIN_SPAN("minspan", "spans chosen for bins= are at least this long"),                                      \
        SPL_BIN_OPTION("bins", "a whole number, at least 2", "nonsense 0 1.5",                                         \
                       "at most so many spans; span= goes before it"),                                                 \
        SPL_BIN_OPTION("start", "a number", "nonsense inf", start_help),                                               \
        SPL_BIN_OPTION("end", "a number", "nonsense inf", end_help),                                                   \
        SPL_BIN_OPTION("aligntime", "earliest, latest, an epoch time or a time modifier such as @d+3h", "nonsense",    \
                       "a time at which a span begins: earliest, latest, an epoch time or a time modifier")

typedef struct spl_bin {
    spl_bin_kind kind;
    spl_field field;
    spl_span_time time;  /* TIME */
    double span;         /* NUMBER */
    int places;          /* decimals of the labels */
    double factor, base; /* LOG */
    double bins;         /* AUTO: at most so many */
    double minspan;      /* seconds or units; 0: none */
    spl_span_time mintime;
    double start, end; /* NaN where not given */
    double align;      /* NaN: to the calendar */
    bool of_time;      /* the field is _time */
    bool starts;       /* spl_bin_value() gives the start of the span as a number: see spl_bin_label() */
} spl_bin;

/* Takes the OPTION nodes that say how to bin (span minspan bins start end aligntime) among NODES; others are left. */
void spl_bin_options_take(const spl_node *const *nodes, size_t count, spl_bin_options *options);
/* Makes what they say of FIELD. DEFAULT_BINS: how many where neither span nor bins is given; 0: no binning then. */
bool spl_bin_bind(spl_binder *binder, const spl_bin_options *options, spl_field field, double default_bins,
                  spl_bin *bin);
/* Chooses the span of an AUTO bin for numbers or times from LOW to HIGH; WHOLE: all are whole numbers. */
void spl_bin_fit(spl_bin *bin, double low, double high, bool whole);
/* The value of one cell, in ARENA: null for null; what is no number stays as it is. A multivalue: each of its values.
 * *OUTSIDE, if not NULL, is set where the value lies outside of start and end. */
spl_value spl_bin_value(const spl_bin *bin, const spl_query *query, spl_arena *arena, spl_value value, bool *outside);
/* What is shown for the span that begins at START: a time or a range. */
spl_value spl_bin_label(const spl_bin *bin, spl_arena *arena, double start);
double spl_bin_start(const spl_bin *bin, const spl_query *query, double number); /* of the span it falls into */
double spl_bin_next(const spl_bin *bin, const spl_query *query, double start);   /* start of the next one */

/* The spans that automatic choice knows, ascending; each begins where one of the finer begins. */
extern const spl_span_time spl_auto_spans[];
/* The finest of them by which LOW to HIGH takes at most BINS, at least as long as MINSPAN seconds. */
spl_span_time spl_auto_span(double low, double high, double bins, double minspan);
/* The same of COUNT STEPS. */
spl_span_time spl_auto_span_among(const spl_span_time *steps, size_t count, double low, double high, double bins,
                                  double minspan);

typedef struct spl_by_field {
    spl_field field;
    const spl_node *node;
    spl_bin bin;
    bool nulls; /* a missing value makes a group (split of chart) */
} spl_by_field;

typedef struct spl_by {
    spl_by_field *fields;
    size_t count;
    bool dedup; /* a value repeated in a multivalue counts once */
} spl_by;

/* Binds a BY clause (NULL: no fields): names, each with its bin options behind it. OTHER options are left to the
 * caller. Wildcards are refused. */
bool spl_by_bind(spl_binder *binder, const spl_node *clause, double default_bins, spl_by *by);

#endif
