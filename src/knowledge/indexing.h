/* indexing.h -- what apps change in events when Splunk would index them: time stamps (TIME_PREFIX, TIME_FORMAT,
 * MAX_TIMESTAMP_LOOKAHEAD, TIMESTAMP_FIELDS, TZ, TZ_ALIAS, DATETIME_CONFIG, MAX_DAYS_*, ADD_EXTRA_TIME_FIELDS), SEDCMD,
 * TRANSFORMS and RULESET (sourcetype, source, host, index, _raw, _time, _meta, nullQueue; INGEST_EVAL;
 * CLONE_SOURCETYPE). The class of an event is that of its first sourcetype, source and host (Admin Manual, props.conf).
 */
#ifndef SPL_KNOWLEDGE_INDEXING_H
#define SPL_KNOWLEDGE_INDEXING_H

#include "exec/query.h"
#include "knowledge/props.h"

typedef struct spl_indexing spl_indexing;         /* shared by threads */
typedef struct spl_indexing_use spl_indexing_use; /* one thread's */

enum {
    SPL_INDEXING_TIME = 1,        /* time stamps are looked for in another way */
    SPL_INDEXING_TEXT = 2,        /* _raw may change */
    SPL_INDEXING_REST = 4,        /* metadata may change, events be dropped, fields be added */
    SPL_INDEXING_SETS_TIME = 8,   /* rules may set _time */
    SPL_INDEXING_READS_TIME = 16, /* rules look at _time */
    SPL_INDEXING_SOURCETYPE = 32, /* with REST: which of the metadata may change */
    SPL_INDEXING_SOURCE = 64,
    SPL_INDEXING_HOST = 128,
    SPL_INDEXING_INDEX = 256,
    SPL_INDEXING_COPIES = 512,    /* with all the others up to here but TIME: copies of events may be made */
    SPL_INDEXING_DEFAULTS = 1024, /* events may lack default fields */
};
/* What apps may do to these events. */
unsigned spl_indexing_possible(const spl_query *query, const spl_props_events *of);

spl_indexing *spl_indexing_new(spl_arena *arena, const spl_query *query);
/* The worker's; made when first asked for. */
spl_indexing_use *spl_indexing_use_of(spl_indexing *indexing, spl_worker *worker);

void **spl_indexing_own(spl_indexing_use *use); /* a pointer for the caller to keep there; NULL at first */

typedef struct spl_indexed_field {
    spl_str name, value;
} spl_indexed_field;

typedef struct spl_indexed_origin spl_indexed_origin;

typedef struct spl_indexed {
    spl_str raw, sourcetype, source, host, index; /* index: empty where nothing sets it */
    double time;                                  /* NaN: not known */
    spl_str stamp;                                /* the values of TIMESTAMP_FIELDS; without data: look at raw */
    bool dropped;
    SPL_VEC(spl_indexed_field) fields;
    const spl_str *given; /* names that FIELDS had the reader's values of, before any rule */
    size_t n_given;
    const spl_indexed_origin *origin; /* of a copy: the sourcetypes that it comes from */
} spl_indexed;
typedef SPL_VEC(spl_indexed) spl_indexed_list;
enum { SPL_INDEXING_COPIES_MAX = 255 }; /* of one event; more is a warning */
/* Changes EVENT as its class says; new text lives in ARENA. COPIES: those that CLONE_SOURCETYPE makes of it, each
 * changed as its own class says; or NULL. */
void spl_indexing_event(spl_indexing_use *use, spl_arena *arena, spl_indexed *event, spl_indexed_list *copies);
/* The time stamp that the class of these finds in RAW; a time of day alone is of the day of DAY. *CLOCK: the clock that
 * knows it (spl_clock_stamp()), or with which the reader is to look for it (TZ), where false is returned. *NONE: there
 * is to be none (DATETIME_CONFIG; or, in PLAIN text, TIME_PREFIX does not match, or none stands behind it within
 * MAX_TIMESTAMP_LOOKAHEAD). */
bool spl_indexing_time(spl_indexing_use *use, const spl_indexed *event, bool plain, double day, double *time,
                       spl_clock **clock, bool *none);
/* Whether MAX_DAYS_AGO and MAX_DAYS_HENCE let the class of these have the time stamp TIME in a file of the time OF. */
bool spl_indexing_accepts(spl_indexing_use *use, const spl_indexed *event, double time, double of);

/* TIME as the class of these keeps it: whole seconds where ADD_EXTRA_TIME_FIELDS says so. */
double spl_indexing_kept(spl_indexing_use *use, const spl_indexed *event, double time);
/* Which of Splunk's default fields the class of these has. */
typedef struct spl_indexing_has {
    bool stamp, punct; /* those of the time stamp; punct */
} spl_indexing_has;
spl_indexing_has spl_indexing_defaults(spl_indexing_use *use, const spl_indexed *event);

/* The fields that hold the time stamp of the class of these (TIMESTAMP_FIELDS), for spl_indexed.stamp: their values,
 * joined by blanks. */
size_t spl_indexing_stamp_fields(spl_indexing_use *use, const spl_indexed *event, const spl_str **names);
/* The fields that rules of the class of these look at or write to, where INDEXED_EXTRACTIONS makes indexed fields of
 * what the reader gives: spl_indexed.fields is to have their values. *ALL: and those of all others. */
size_t spl_indexing_given(spl_indexing_use *use, const spl_indexed *event, const spl_str **names, bool *all);
/* The names that INGEST_EVAL of a stanza of transforms.conf assigns to, in ARENA. */
size_t spl_indexing_targets(spl_arena *arena, const spl_conf_entry *ingest_eval, spl_str **names);
/* Compiles all that these stanzas of props.conf say: what is wrong is a warning. */
void spl_indexing_audit(const spl_query *query, const spl_conf_stanza *const *stanzas, size_t n);
/* Whether LOOKAHEAD's default (--limits splunk) may have kept a rule from matching. */
bool spl_indexing_cut(const spl_indexing *indexing);

#endif
