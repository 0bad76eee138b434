/* filter.h -- search expressions (the command search, the first stage, tstats … where), bound.
 *
 * In search, OR binds tighter than AND, = compares text without case and takes wildcards, < and > go numeric, and a
 * keyword matches segments of _raw (Splunk's major and minor breakers, expr/segments.c). */
#ifndef SPL_EXPR_FILTER_H
#define SPL_EXPR_FILTER_H

#include "expr/expr.h"

typedef struct spl_filter spl_filter;

/* Binds a search expression (ast.h); declares the fields that it reads. Keywords read _raw. Time modifiers among the
 * terms (earliest=, latest=, starttime= …) are taken out into *RANGE where RANGE is not NULL. NULL: refused. */
typedef struct spl_time_range {
    double earliest, latest; /* [earliest, latest); infinities where open */
    bool given;
    spl_span span; /* of the term that narrowed it last */
} spl_time_range;
spl_filter *spl_filter_bind(spl_binder *binder, const spl_node *node, spl_time_range *range);
/* The field that a term NAME=value compares: some search modifiers are other names (Search Reference, search). */
spl_str spl_filter_field(spl_str name);
/* The range that STAGE reads: what the search says wins over the range of a saved search that the stage is of, and over
 * what the query's options say, as over the time range picker. */
void spl_range_take(const struct spl_query *query, const spl_node *stage, const spl_time_range *range, double *earliest,
                    double *latest);
bool spl_filter_all(const spl_filter *filter); /* lets everything through */
/* Whether the row (ev->batch, row) satisfies it. */
bool spl_filter_match(spl_eval *ev, const spl_filter *filter, uint32_t row);

/* The clauses that AND joins, those in its brackets too, without time modifiers; of one: where it stands, and a field
 * that it reads (SPL_NO_FIELD: it reads none). */
size_t spl_filter_parts(const spl_filter *filter, spl_arena *arena, const spl_filter *const **parts);
spl_span spl_filter_span(const spl_filter *part);
spl_field spl_filter_first_field(const spl_filter *part);

/* What the filter implies about fields and raw text, for raw tests: an AND of alternatives. Each clause is a list of
 * atoms of which one must hold for the filter to hold. Only what is implied is listed, so the list may be empty. */
typedef struct spl_filter_atom {
    enum { SPL_ATOM_KEYWORD, SPL_ATOM_EQUALS } kind;
    spl_field field; /* EQUALS */
    spl_str text;    /* keyword or value, as typed; of a value with wildcards: its longest literal part */
    bool whole;      /* the value is exactly TEXT: no wildcards in it */
    bool case_sensitive;
} spl_filter_atom;
typedef struct spl_filter_clause {
    const spl_filter_atom *atoms;
    size_t count;
    spl_span span;
} spl_filter_clause;
size_t spl_filter_implies(const spl_filter *filter, spl_arena *arena, const spl_filter_clause **clauses);

/* Top-level clauses that name an index, source, sourcetype or host, or alternatives of nothing but these (as macros for
 * sourcetypes are), for "no event has …; the values are …". */
enum { SPL_FILTER_METADATA = 4 };
typedef struct spl_filter_metadata {
    spl_field fields[SPL_FILTER_METADATA]; /* each once */
    uint32_t n_fields;
    const spl_filter *part;
    spl_span span;
} spl_filter_metadata;
size_t spl_filter_metadata_clauses(const spl_filter *filter, spl_arena *arena, const spl_filter_metadata **out);

#endif
