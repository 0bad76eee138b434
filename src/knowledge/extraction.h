/* extraction.h -- EXTRACT- of props.conf and the stanzas of transforms.conf that REPORT- names: fields out of a text by
 * a regular expression or by delimiters. */
#ifndef SPL_KNOWLEDGE_EXTRACTION_H
#define SPL_KNOWLEDGE_EXTRACTION_H

#include "base/regex.h"
#include "exec/query.h"
#include "knowledge/conf.h"

typedef struct spl_piece_of { /* a stretch of text, or what group N took */
    spl_str text;             /* of a group, its $N */
    int group;                /* -1: text */
} spl_piece_of;

typedef struct spl_template {
    const spl_piece_of *pieces;
    size_t count;
} spl_template;

/* MATCH_LIMIT and DEPTH_LIMIT: an expression that reaches them has no match, and a warning tells it, once. */
typedef struct spl_effort {
    uint64_t steps, depth; /* 0: no bound */
    const char *names;     /* of the two settings, "… or …", and the place where they stand */
    const char *place;
    spl_diag *diag;
    atomic_bool *told;
} spl_effort;
/* Of the two settings, each an entry or NULL. Without a setting the default acts with --limits splunk alone. */
spl_effort spl_effort_of(spl_arena *arena, const spl_query *query, const spl_conf_entry *steps,
                         const spl_conf_entry *depth);
/* Of STEPS and DEPTH, 0 for no bound. */
spl_effort spl_effort_new(spl_arena *arena, const spl_query *query, uint64_t steps, uint64_t depth, const char *names,
                          const char *place);
/* Tells, once, of a search that GAVE_UP, for the setting LABEL at SPAN. */
void spl_effort_tell(const spl_effort *effort, bool gave_up, spl_str label, spl_span span);

typedef struct spl_extraction {
    spl_str label;   /* "EXTRACT-x", "REPORT-x: stanza" */
    spl_span span;   /* where it stands */
    spl_str from;    /* the field that is looked at */
    spl_str pattern; /* empty: delimiters */
    spl_str delims[2];
    size_t n_delims;
    bool mv_add, clean, keep_empty;
    bool lines;           /* of EXTRACT: ^ and $ stand at every line, a point for newlines too */
    bool keys;            /* names come from the text */
    bool trim;            /* blanks around a value are no part of it */
    bool groups;          /* named groups are fields beside those of FORMAT */
    bool again;           /* matched on and on */
    bool indexed;         /* at index time: $N is text where there is no group N */
    bool copies;          /* each value is a stretch of the text, as it stands there */
    const spl_str *names; /* fields that it names itself; a delimited field may have the name "" (passed over) */
    size_t n_names, cap_names;
    spl_map more_names; /* those behind the first few -> their numbers */
    struct {            /* of FORMAT; key without pieces: name NAME */
        size_t name;
        spl_template key, value;
    } * formats;
    size_t n_formats;
    spl_effort effort;
} spl_extraction;

/* Of an entry EXTRACT-x = REGEX [in FIELD]. Nothing is compiled. The effort of what is run is set by its owner. */
spl_extraction *spl_extraction_of_extract(spl_arena *arena, const spl_conf_entry *entry);
/* Of a stanza of transforms.conf, CONF. NULL: it holds no extraction, *ERROR says why. */
spl_extraction *spl_extraction_of_stanza(spl_arena *arena, const spl_conf *conf, const spl_conf_stanza *stanza,
                                         const char **error);
/* REGEX of a stanza of transforms.conf, CONF: [[name]] in it stands for that of another stanza, [[name:x]] too, as
 * group x, or with x before the names of its groups. *ERROR: it would become too long. */
spl_str spl_transform_regex(spl_arena *arena, const spl_conf *conf, const spl_conf_stanza *stanza, const char **error);
/* The name of a stanza that stands in TEXT as [[name]], and has no REGEX or is not there. Empty: none. */
spl_str spl_transform_gone(const spl_conf *conf, spl_str text);
/* The same of one that index time writes to _meta: FORMAT is NAME::$1 of the stanza where neither it nor a group names
 * a field, and the expression is applied again with REPEAT_MATCH alone. */
spl_extraction *spl_extraction_of_meta(spl_arena *arena, const spl_conf *conf, const spl_conf_stanza *stanza,
                                       const char **error);

/* Made ready to run; by one thread, run by any. NULL: *ERROR. */
typedef struct spl_extractor_of spl_extractor_of;
spl_extractor_of *spl_extraction_compile(spl_arena *arena, const spl_extraction *extraction, spl_str *error);
const spl_extraction *spl_extractor_what(const spl_extractor_of *extractor);
/* Calls PUT for each value found in TEXT: NAME counts extraction->names, or is -1 and KEY tells the field's name, made
 * in ARENA if need be like VALUE. */
typedef void spl_extraction_put(void *to, long name, spl_str key, spl_str value);
void spl_extraction_run(const spl_extractor_of *extractor, spl_match *match, spl_arena *arena, spl_str text,
                        spl_extraction_put *put, void *to);

/* A name as CLEAN_KEYS makes it: what is neither letter nor digit is _, leading digits and _ go. */
spl_str spl_clean_key(spl_arena *arena, spl_str key);
/* "a, b c" as words: separated by commas and blanks, double quotes may stand around one. */
size_t spl_conf_words(spl_arena *arena, spl_str text, spl_str **words);
/* "$1-x" as pieces. */
spl_template spl_template_parse(spl_arena *arena, spl_str text);
/* Groups that the expression has not stay text (transforms.conf.spec: of index time). */
void spl_template_settle(spl_template *t, unsigned groups);
/* Its text after a match; groups that took no part are empty. Borrowed where it is one group. */
spl_str spl_template_fill(const spl_template *from, const spl_match *match, spl_arena *arena);

#endif
