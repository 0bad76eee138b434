/* jsontree.h -- a JSON value as a tree, for the functions that look into or change one.
 *
 * Scalars keep their spelling and objects the order of their keys, repeated keys included. The tree and what it points
 * to live in the arena; text is borrowed from what was parsed. */
#ifndef SPL_DATA_JSONTREE_H
#define SPL_DATA_JSONTREE_H

#include "base/json.h"
#include "data/value.h"

typedef struct spl_jnode {
    spl_json_token kind; /* OBJECT, ARRAY, STRING, NUMBER, TRUE, FALSE, NULL */
    spl_str raw; /* scalars: as it stands, STRING without its quotes; OBJECT, ARRAY: as they stood when parsed */
    spl_str key; /* of a member of an object, escapes resolved */
    struct spl_jnode *first, *last, *next;
} spl_jnode;

/* NULL where TEXT is no JSON. */
spl_jnode *spl_jtree_parse(spl_arena *arena, spl_str text);
spl_jnode *spl_jtree_new(spl_arena *arena, spl_json_token kind);
void spl_jtree_add(spl_jnode *parent, spl_jnode *kid);
spl_jnode *spl_jtree_member(const spl_jnode *object, spl_str key); /* the first of that name, or NULL */
/* Writes it without white space. */
void spl_jtree_write(spl_buf *out, const spl_jnode *node);
/* A cell as JSON: null, booleans, numbers; text that is an object or array as such, other text as a string; a
 * multivalue as an array. */
spl_jnode *spl_jtree_of_value(spl_arena *arena, spl_value v);
/* JSON as a cell: a number that a double tells exactly as a number, strings as text, booleans as the texts true and
 * false, null as null, objects and arrays as their JSON text. */
spl_value spl_jtree_value(spl_arena *arena, const spl_jnode *node);

/* A path: a.b{}.c{2}. */
typedef enum spl_jstep_kind {
    SPL_JSTEP_END,
    SPL_JSTEP_KEY,
    SPL_JSTEP_INDEX,
    SPL_JSTEP_ALL,
    SPL_JSTEP_ATTRIBUTE
} spl_jstep_kind;
typedef struct spl_jstep {
    spl_jstep_kind kind;
    spl_str name;
    int64_t index;
} spl_jstep;
/* The step at *AT of PATH; moves on. */
spl_jstep spl_jpath_next(spl_str path, size_t *at);

#endif
