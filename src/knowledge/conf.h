/* conf.h -- Splunk's .conf files: stanzas of key = value, comments, lines continued by a backslash. */
#ifndef SPL_KNOWLEDGE_CONF_H
#define SPL_KNOWLEDGE_CONF_H

#include "base/buf.h"
#include "base/map.h"
#include "diag/diag.h"

typedef struct spl_conf_entry {
    spl_str key;
    spl_str value; /* trimmed; continued lines are joined by a newline */
    spl_span span; /* of the value in its file */
    bool builtin;  /* of the program's own apps */
} spl_conf_entry;

typedef struct spl_conf_stanza {
    spl_str name;
    spl_span span; /* of the name */
    SPL_VEC(spl_conf_entry) entries;
    spl_map keys;                          /* key -> its number + 1, once there are many */
    const struct spl_conf_stanza *general; /* [default], whose settings it has where it does not set them; or NULL */
} spl_conf_stanza;

typedef struct spl_conf {
    spl_arena *arena;
    spl_map stanzas;                           /* name -> spl_conf_stanza *, in the order first met */
    bool builtin;                              /* what is read next is of the program's own apps */
    spl_str (*spelling)(spl_arena *, spl_str); /* of a setting's name, where several count as one; or NULL */
    spl_conf_stanza *general;                  /* [default], in stanzas if a file has it; or NULL */
    SPL_VEC(spl_span) lost;                    /* lines that begin a stanza and do not close it */
} spl_conf;

static inline spl_conf spl_conf_in(spl_arena *arena)
{
    return (spl_conf){.arena = arena, .stanzas = spl_map_in(arena)};
}
/* Adds the stanzas of FILE. A key that a stanza has already is replaced: read default before local. What stands before
 * the first stanza belongs to [default]. Lines that are neither are warnings in DIAG (code "conf"); the settings behind
 * a stanza that is not closed are passed over with it. */
void spl_conf_read(spl_conf *conf, spl_diag *diag, const spl_source *file);
const spl_conf_stanza *spl_conf_stanza_find(const spl_conf *conf, spl_str name);
/* The entry KEY of the stanza, or of [default], or NULL. Keys are compared with their case. */
const spl_conf_entry *spl_conf_find(const spl_conf_stanza *stanza, const char *key);
/* The same without [default]. */
const spl_conf_entry *spl_conf_own(const spl_conf_stanza *stanza, const char *key);
/* All entries of a stanza, those of [default] that it does not set included. */
size_t spl_conf_entries(spl_arena *arena, const spl_conf_stanza *stanza, const spl_conf_entry *const **out);
/* Whether it is [default], which is no stanza of its own. */
static inline bool spl_conf_is_general(const spl_conf_stanza *stanza)
{
    return spl_str_is(stanza->name, "default");
}
/* The value, or an empty text. */
spl_str spl_conf_value(const spl_conf_stanza *stanza, const char *key);
bool spl_conf_true(spl_str value);  /* true, t, yes, y, 1, on */
bool spl_conf_false(spl_str value); /* false, f, no, n, 0, off */

/* A whole file as a source named PATH, in ARENA; NULL where there is none. A file that cannot be read is an error in
 * DIAG, code "io". */
spl_source *spl_conf_file(spl_arena *arena, spl_diag *diag, const char *path);

#endif
