/* scan.h -- the source of a search that reads events: DATA, the filter of the first stage, and what is needed of it.
 *
 * feed.c says in which order stretches of the input are looked at, scan.c makes batches of them, section.c runs that
 * and the streaming stages behind it on all cores. */
#ifndef SPL_RUN_SCAN_H
#define SPL_RUN_SCAN_H

#include "exec/op.h"
#include "readers/breaking.h"
#include "run/blocks.h"
#include "run/rawtest.h"

typedef enum spl_feed_order {
    SPL_FEED_ANY,    /* as they come: order cannot show, or rows carry their position */
    SPL_FEED_GIVEN,  /* --records: as listed */
    SPL_FEED_NEWEST, /* newest first; among equal times the later in its file, then the later-named file, first */
} spl_feed_order;

/* Bound once; read-only while running but for the counters. */
typedef struct spl_scan {
    const spl_query *query;
    const spl_filter *filter;               /* NULL: everything */
    spl_parts *parts;                       /* its clauses, counted where it kept nothing (explain); or NULL */
    const spl_node *stage;                  /* for messages */
    double earliest, latest;                /* [earliest, latest) */
    bool ranged;                            /* one of them is finite */
    spl_span range_span;                    /* of the term that gave the range; source NULL: options */
    spl_fieldset filter_reads;              /* what the filter looks at */
    spl_fieldset needed;                    /* what the stages after it need */
    spl_fieldset all;                       /* both */
    const spl_node *terms;                  /* of the filter, or NULL */
    bool joint;                             /* of many (spl_scan_joint()): TERMS, filter_reads are all theirs */
    const struct spl_scan *whole;           /* the joint scan that some of its events came of, or NULL */
    struct spl_graph *for_filter, *for_all; /* knowledge/graph.h: what apps make of filter_reads, of all; or NULL */
    struct spl_indexing *indexing;          /* knowledge/indexing.h: what apps change while indexing; or NULL */
    const unsigned *rules;                  /* with it: of each input, SPL_INDEXING_* */
    spl_feed_order order;
    bool positions;           /* rows carry spl_order */
    bool timed;               /* _time is needed, for whatever reason */
    const spl_rawtest *tests; /* one for each input */
    size_t n_inputs;
    const double *fallback; /* one for each input: the time of events that show none */
    const double *days;     /* the same: on which day a time of day alone is: that of its name, else of its time */
    spl_blocks *blocks;
    atomic_ullong size, again; /* for progress: bytes of DATA (0: not known), and of stretches to be looked at again */
    atomic_ullong looked;      /* bytes of those */
    atomic_bool indexed;       /* AGAIN is known */
    atomic_ullong bytes, events, in_range, kept; /* events: those cut out of the text, and their copies */
    bool shapes;                                 /* the text of some events is not their bytes: TRUNCATE and its like */
    atomic_bool truncated, split;                /* events that were cut by TRUNCATE, by --limits splunk */
    atomic_bool out_of_days;                     /* time stamps that MAX_DAYS_AGO or MAX_DAYS_HENCE do not let be */
    double seconds;                              /* of all threads together, once the run has ended */
} spl_scan;

/* A scan of the query's DATA. FILTER_NODE may be NULL. The planner sets needed, order, positions before spl_scan_ready.
 * NULL: refused. */
struct spl_binder;
spl_scan *spl_scan_bind(struct spl_binder *binder, const spl_node *filter_node);
/* A scan for SCANS together, whose fields are finitely many: without a filter, of every field that one of them wants,
 * ready and with positions. Its batches hold, of each event in every range of time, what each of them would read. */
spl_scan *spl_scan_joint(const spl_query *query, spl_scan *const *scans, size_t n);
/* Once needed, order and positions are known. Draws raw tests, but for a query of a shared pass, where spl_scan_draw()
 * does before the scan runs alone. */
void spl_scan_ready(spl_scan *scan);
void spl_scan_draw(spl_scan *scan);
/* The filter of which raw tests of an input may be drawn: NULL where apps rewrite events before it sees them. */
const spl_filter *spl_scan_testable(const spl_scan *scan, size_t input);

/* ---- feed.c ---- */

typedef struct spl_ref { /* one event by its place */
    double time;
    uint64_t place;  /* spl_scan_place() */
    const char *raw; /* in a block or the mapping */
    uint32_t len;
    uint32_t input;
} spl_ref;

/* A piece of work: whole events of one input as text, or events by their places, in the order wanted. */
typedef struct spl_work {
    spl_input *input; /* of text */
    spl_str text;
    uint64_t base;    /* offset of text in the input */
    spl_hold *hold;   /* on text; NULL for mapped inputs; the unit's own count */
    spl_hold **holds; /* of refs: on the blocks that they stand in; the work's own counts */
    uint32_t n_holds;
    spl_ref *refs; /* instead of text */
    uint32_t n_refs;
    const spl_cut *cuts; /* of text whose events are cut in turn (breaking.h): its events, in its offsets */
    size_t n_cuts;
    spl_arena *arena;        /* of refs and cuts; freed with the unit */
    uint64_t sequence;       /* 0, 1, 2 … in the order wanted */
    const spl_rawtest *test; /* a shared pass: instead of the scan's own … */
    bool hides;              /* … and whether an escape hides in the text */
    uint64_t skip;           /* so many events that TEST lets through were taken already */
} spl_work;

typedef struct spl_feed spl_feed;
spl_feed *spl_feed_new(spl_scan *scan, spl_arena *arena);
/* The next piece of work for a worker; waits for other workers where it has to. False: there is no more, or the feed
 * was stopped. Thread-safe. */
bool spl_feed_take(spl_feed *feed, spl_worker *worker, spl_work *unit);
void spl_work_release(spl_work *unit);
void spl_feed_stop(spl_feed *feed);
/* A worker's call failed and unwound, maybe out of the feed: lets go of what it held and stops the feed. */
void spl_feed_failed(spl_feed *feed, const spl_worker *worker);
void spl_feed_free(spl_feed *feed); /* when no worker uses it any more */

/* ---- scan.c: one thread's part ---- */

typedef struct spl_scan_worker spl_scan_worker;
/* ROOM, if not NULL, is what spl_scan_room_new() made for the thread; its scans may share it. */
typedef struct spl_scan_room spl_scan_room;
spl_scan_room *spl_scan_room_new(spl_arena *arena);
spl_scan_worker *spl_scan_worker_new(spl_scan *scan, spl_worker *worker, const spl_scan_room *room);
/* Turns a unit into batches and hands each to DELIVER (which owns it); stops when it returns false. */
void spl_scan_unit(spl_scan_worker *sw, const spl_work *unit, bool (*deliver)(void *to, spl_batch *batch), void *to);
/* The part of a batch of a joint scan that is SCAN's, a copy; NULL: none of its events. WORKER is the calling thread's.
 * Such a batch still has a row for each event that was looked at. */
spl_batch *spl_scan_part(spl_scan *scan, spl_worker *worker, spl_batch *joint);
/* The time that an event shows; NaN where it shows none. */
double spl_scan_stamp(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw);
/* The time of an event: its own, or the input's fallback. */
double spl_scan_time(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw);
/* Whether apps may copy events of the input while indexing. */
bool spl_scan_copies(const spl_scan *scan, const spl_input *input);
/* The same of an event and of its copies, which come behind it: their times, and how many that are. */
enum { SPL_SCAN_SHAPES = 256 };
uint32_t spl_scan_times(spl_scan *scan, spl_worker *worker, const spl_input *input, spl_str raw,
                        double times[SPL_SCAN_SHAPES]);
/* Where a copy of the event at AT stands: behind it, before the next event. */
static inline uint64_t spl_scan_place(uint64_t at, uint32_t copy)
{
    return at << 8 | copy;
}

/* ---- section.c ---- */

/* An operator that runs a scan, the streaming ops OPS behind it and, if SINK is given, the gathering of SINK on all
 * threads. Its output is that of the last of them. The templates are copied for each worker. */
spl_op *spl_section_new(const spl_query *query, spl_scan *scan, spl_op **ops, size_t n_ops, spl_op *sink);
/* A running copy of a section whose work comes from outside, as one of many in a pass over DATA (hunt.c). After
 * spl_section_share() each thread pushes work to its own lane, until it returns false: no more is wanted. What comes of
 * it goes to the sink, or, without one, to GIVE, which owns it and returns false where no more is wanted (NULL: it is
 * thrown away, and one batch is enough). A push that fails is followed by spl_section_drop(). When all is pushed,
 * spl_section_shared(), and the section is pulled: without a sink it has no rows. */
void spl_section_share(spl_op *op, unsigned lanes, bool (*give)(void *to, spl_batch *batch), void *to);
bool spl_section_push(spl_op *op, unsigned number, const spl_work *work, const spl_scan_room *room);
/* The same with a batch of its scan (spl_scan_part()), which it owns, of the stretch SEQUENCE. */
bool spl_section_push_batch(spl_op *op, unsigned number, spl_batch *batch, uint64_t sequence);
void spl_section_drop(spl_op *op, unsigned number);
void spl_section_shared(spl_op *op);
const spl_scan *spl_section_scan(const spl_op *op); /* NULL where OP is no section */
/* The templates, with the statistics of all workers added up once the run has ended: scan first, then ops and sink. */
size_t spl_section_ops(const spl_op *op, spl_op *const **ops, const spl_op **sink);

#endif
