/* rawtest.h -- what the first search implies about the raw bytes of an event, looked at before anything is parsed.
 *
 * A raw test may only let through too much. It is drawn from what the filter implies (filter.h) and from what the
 * reader of an input says of its format (reader.h, literals); a clause counts only if every alternative in it gives a
 * literal. The clause whose literals are rarest in the first megabytes of the input is looked for in whole stretches;
 * the others are tested within the events that it hits. */
#ifndef SPL_RUN_RAWTEST_H
#define SPL_RUN_RAWTEST_H

#include "base/scan.h"
#include "expr/filter.h"
#include "readers/breaking.h"

typedef struct spl_rawtest_clause {
    spl_needle *needles; /* one of them must stand in the event */
    size_t count;
    size_t seen; /* in the sample */
} spl_rawtest_clause;

typedef struct spl_rawtest {
    const spl_input *input;
    spl_rawtest_clause *clauses; /* rarest first; count 0: no test */
    size_t count;
} spl_rawtest;

/* The clauses as they come, not ranked. *WAYS is NULL for the first test of an input, and serves the next ones. */
struct spl_ways; /* knowledge/graph.h */
void spl_rawtest_draw(spl_rawtest *test, spl_arena *arena, const spl_filter *filter, const spl_input *input,
                      const spl_query *query, struct spl_ways **ways);
void spl_rawtest_rank(spl_rawtest *test); /* by what each clause's SEEN says */
/* Both. SAMPLE: the head of the input, to count literals in. */
void spl_rawtest_init(spl_rawtest *test, spl_arena *arena, const spl_filter *filter, const spl_input *input,
                      const spl_query *query, spl_str sample);
/* Whether an event's bytes can satisfy the filter. */
bool spl_rawtest_event(const spl_rawtest *test, spl_str raw);

/* Whether a literal may hide in TEXT: behind an escape of the format, or in bytes that are shown in another way. */
bool spl_rawtest_hides(const spl_input *input, spl_str text);

/* Walks the events of TEXT (whole events) that pass the test, in order. AT is where the walk stands: 0 at first. */
typedef struct spl_walk {
    const spl_rawtest *test; /* or NULL: every event */
    const spl_input *input;
    spl_str text;
    size_t at;
    bool every;           /* look at each event on its own (no test, or an escape hides in the text) */
    const char *hits[32]; /* per needle of the first clause: its next hit, or the end */
    uint64_t framed;      /* events that were cut out */
    const spl_cut *cuts;  /* the events of TEXT, where they were cut in turn; else NULL */
    size_t n_cuts, cut;   /* CUT: where the walk stands in them */
} spl_walk;
enum { SPL_RAWTEST_NEEDLES = 32 };
void spl_walk_init(spl_walk *walk, const spl_rawtest *test, const spl_input *input, spl_str text);
/* The same where it is known whether an escape hides in TEXT. */
void spl_walk_init_known(spl_walk *walk, const spl_rawtest *test, const spl_input *input, spl_str text, bool hidden);
/* TEXT's events were cut in turn: these are they. Called behind init. */
void spl_walk_cuts(spl_walk *walk, const spl_cut *cuts, size_t count);
bool spl_walk_next(spl_walk *walk, size_t *begin, size_t *end);

#endif
