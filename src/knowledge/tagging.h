/* tagging.h -- event types (eventtypes.conf) and tags (tags.conf) of events. */
#ifndef SPL_KNOWLEDGE_TAGGING_H
#define SPL_KNOWLEDGE_TAGGING_H

#include "exec/query.h"

typedef struct spl_tagging spl_tagging;
typedef struct spl_tagging_use spl_tagging_use; /* one thread's */
struct spl_graph_config;

/* What CONFIG wants of event types and tags, bound in ARENA by QUERY (whose arena it is); adds the fields that they
 * read to READS. What is wrong with an event type is a warning in DIAG. NULL: none are wanted, or there are none. */
spl_tagging *spl_tagging_new(spl_arena *arena, spl_query *query, spl_diag *diag, const struct spl_graph_config *config,
                             spl_fieldset *reads);
spl_tagging_use *spl_tagging_use_new(spl_tagging *tagging, spl_worker *worker);
/* Makes eventtype, tag and tag::field of the batch's rows. */
void spl_tagging_run(spl_tagging_use *use, spl_batch *batch);
/* Whether apps may make a field of this name an event type or tag of an event. */
struct spl_knowledge;
bool spl_tagging_makes(const struct spl_knowledge *knowledge, spl_str field);

/* tags.conf for looking up values, in ARENA. */
typedef struct spl_tag_index spl_tag_index;
typedef struct spl_tag_index_field spl_tag_index_field;
spl_tag_index *spl_tag_index_new(spl_arena *arena, const struct spl_knowledge *knowledge);
size_t spl_tag_index_len(const spl_tag_index *index); /* the fields that it speaks about */
spl_str spl_tag_index_name(const spl_tag_index *index, size_t i);
const spl_tag_index_field *spl_tag_index_of(const spl_tag_index *index, spl_str field); /* or NULL */
/* The tags of VALUE, which is compared without case. */
size_t spl_tag_index_find(const spl_tag_index_field *field, spl_arena *scratch, spl_str value, const spl_str **tags);

#endif
