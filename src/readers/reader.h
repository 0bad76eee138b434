/* reader.h -- from bytes to events: framing, time, metadata and the fields that a format itself names.
 *
 * DATA is never loaded whole. A file is mapped; a pipe is read in blocks, and spooled to the spill folder when it is
 * read again or in another order. A reader is asked about a stretch of bytes: where events begin and end, what their
 * time is, what their fields are; it keeps no state between events but what open found (a CSV's header). So any thread
 * may look at any stretch, and a stretch in which a raw test finds nothing is not even cut into events. */
#ifndef SPL_READERS_READER_H
#define SPL_READERS_READER_H

#include "exec/query.h"

typedef struct spl_input spl_input;
struct spl_breaking;

/* What recognition has to go by. */
typedef struct spl_probe {
    spl_str head;                        /* the first bytes, up to 64 KiB; whole if complete */
    bool complete;                       /* head is the whole file */
    const char *path;                    /* or "-" */
    const char *sourcetype;              /* --sourcetype, or NULL */
    const struct spl_props_class *props; /* what props.conf says of the whole input (knowledge/props.h), or NULL */
} spl_probe;

struct spl_input {
    const spl_reader *reader;
    const char *path;
    uint32_t number; /* in the order of names: later-named files are newer among equal times */
    const spl_query *query;
    spl_arena *arena;                        /* as long as the dataset */
    void *state;                             /* the reader's, made by open, read-only afterwards */
    spl_str sourcetype, source, host, index; /* given by options or recognised for the whole input; empty: by event */
    bool records;                            /* --records */
    uint64_t body;                           /* offset of the first event (after a header, a BOM) */
    const struct spl_breaking *breaking;     /* breaking.h: what apps say of where events begin; NULL: nothing */
};

/* One event: where it stands. */
typedef struct spl_event {
    spl_str raw;   /* borrowed */
    uint64_t at;   /* offset in the input */
    double time;   /* NaN until found */
    uint32_t copy; /* 1 …: of the copies that apps make of it while indexing; 0: the event itself */
} spl_event;

/* One thread's extraction of a set of fields from one input. */
typedef struct spl_extractor {
    const spl_input *input;
    const spl_fieldset *wanted;
    spl_fields *fields;
    spl_worker *worker;
    void *state;             /* the reader's, made by prepare, in worker->arena */
    struct spl_kv *kv_state; /* spl_kv_extract()'s */
    bool again; /* what is wrong with the events is told by another reading of them: they were extracted before, for the
                 * filter, or the head of a file, which may cut them, is being recognised */
} spl_extractor;

/* A raw test: any of COUNT literals must stand in the raw bytes of an event for it to have the field's value. */
typedef struct spl_literal {
    spl_str text;
    bool fold; /* ASCII case does not matter */
} spl_literal;
typedef struct spl_literals {
    spl_literal *items;
    size_t count;
} spl_literals;

/* Where events begin is asked through breaking.h, since apps may say otherwise. */
struct spl_reader {
    const char *name;
    const char *summary;
    /* 0: not mine; else the surer the higher (100: certain). The highest bid opens. */
    int (*bid)(const spl_probe *probe);
    /* Looks at the head; sets sourcetype, source, host, body and state of the input. */
    void (*open)(spl_input *input, const spl_probe *probe);

    /* --- framing. TEXT is a stretch of the input; AT an offset in it; LAST: the input ends where TEXT ends. --- */
    /* The first event that begins at or after AT, where AT is known to be an event's begin or the end of one: its bytes
     * in [*begin, *end), and *next, where to go on. False: there is none (at LAST), or it is not complete in TEXT. */
    bool (*frame)(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end, size_t *next);
    /* The first offset at or after AT at which an event begins (AT may be anywhere); text.len if none is seen. */
    size_t (*resync)(const spl_input *input, spl_str text, size_t at);
    /* The begin of the event that the byte at AT belongs to; 0 if it begins before TEXT (or none does). */
    size_t (*before)(const spl_input *input, spl_str text, size_t at);

    /* --- time and fields --- */
    double (*time)(const spl_input *input, spl_clock *clock, spl_str raw); /* NaN: it has none */
    /* Optional: where that time stands, for readers whose time() does not find it with CLOCK. */
    spl_str (*stamp)(const spl_input *input, spl_str raw);
    /* Optional: fills extractor->state (what is wanted, compiled to the format). */
    void (*prepare)(spl_extractor *extractor);
    /* Puts the wanted fields of COUNT events into rows FIRST … of the batch. Fills _raw, host, source, sourcetype and
     * index too where wanted, not _time. A repeated field makes a multivalue. Text may be borrowed from the event;
     * decoded text goes to the batch's arena. Where all fields are wanted, columns appear in the order of the format.
     */
    void (*extract)(spl_extractor *extractor, spl_batch *batch, const spl_event *events, uint32_t count,
                    uint32_t first);
    /* What must stand in the raw bytes of an event whose FIELD contains TEXT (WHOLE: equals it), case folded. Sound,
     * not complete: false where nothing can be said (the field may be made in another way, or TEXT may be escaped).
     * Literals are cut at characters that the format can escape. */
    bool (*literals)(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                     spl_arena *arena, spl_literals *out);
    /* Optional: events whose bytes may hide a literal behind an escape that is never needed (JSON \u0041, XML &#65;):
     * true if [begin, end) of TEXT has such an escape. A raw test lets them through. */
    bool (*hides)(const spl_input *input, spl_str text);
    /* Optional: is shown each stretch, AT in the input, before its events are read: tells of what no event shows. Any
     * thread, and stretches that are read twice. */
    void (*look)(const spl_input *input, spl_str text, uint64_t at);
    /* Optional: where the input has no sourcetype, those that its events may have, ended by NULL; a * at the end stands
     * for any text. NULL: any. */
    const char *const *sourcetypes;
    /* Optional: name of an automatic key-value extraction to run after extract: "auto" or NULL. */
    const char *kv;
    /* Events stand in an envelope: _raw is what extract gives, not the event's bytes; metadata are each event's own. */
    bool own_raw;
    /* Formats that are no text (EVTX, compressed): turns the file into text of another reader, spooled. NULL for text.
     * Of INPUT only path, query and arena are set. What is damaged within is warned of; false: nothing can be read. */
    bool (*decode)(const spl_input *input, int fd, int out_fd, spl_str *error);
};

/* --- DATA ------------------------------------------------------------------------------------------------------------
 */

typedef struct spl_data_options {
    const char *const *paths; /* files, folders, "-" */
    size_t count;
    bool records;
    spl_metadata metadata;
    const spl_metadata *each; /* by path, before METADATA; or NULL */
    const char *reader;       /* tests: by name, or NULL */
    const spl_str *texts;     /* instead of paths: inline data (spl test), names in PATHS */
} spl_data_options;
typedef struct spl_dataset spl_dataset;
/* Finds and recognises; reads no more than heads. Problems go to query->diag; failures to read unwind as SPL_IO. */
spl_dataset *spl_dataset_open(spl_query *query, const spl_data_options *options);
size_t spl_dataset_len(const spl_dataset *dataset);
spl_input *spl_dataset_at(const spl_dataset *dataset, size_t i);
/* The bytes of a mapped (or inline, or spooled) input. A pipe: spooled whole by the first call. */
spl_str spl_input_map(spl_input *input);
/* Reads SIZE bytes at AT of a large mapped file, which is cheaper than touching its mapping. False: it is none; use the
 * map. Any thread. */
bool spl_input_pread(spl_input *input, uint64_t at, char *to, size_t size);
/* A pipe that was not spooled, or what is compressed: reads on. BLOCK bytes at the most, 0 at the end. */
bool spl_input_is_pipe(const spl_input *input);
/* Whether it can be read on from its begin, by one that is the ONLY one to read it: a pipe is gone then. */
bool spl_input_may_stream(const spl_input *input, bool only);
size_t spl_input_read(spl_input *input, char *to, size_t size);

/* Automatic key-value extraction (KV_MODE=auto) of the wanted fields from _raw, for inputs whose reader asks for it by
 * .kv; the scan calls it after extract. A field that extract made stays as it is. read_lines.c, by knowledge/kv.h */
void spl_kv_extract(spl_extractor *extractor, spl_batch *batch, const spl_event *events, uint32_t count,
                    uint32_t first);

#endif
