/* model_search.h -- what tstats, datamodel, from and pivot share: stages that give the events of a data model's
 * dataset. */
#ifndef SPL_COMMANDS_MODEL_SEARCH_H
#define SPL_COMMANDS_MODEL_SEARCH_H

#include "exec/expand.h"
#include "knowledge/datamodel.h"

/* A dataset that a search names. */
typedef struct model_ref {
    spl_str model, object; /* object empty: the first root */
    spl_span span;
} model_ref;
/* "Model.Object" or "Model". */
model_ref model_ref_of(spl_str text, spl_span span);

/* The dataset, or NULL: *REFUSED tells; else it was nowhere found, with a warning (check). */
const spl_model_object *model_find(spl_binder *binder, const model_ref *ref, const spl_model **model, bool *refused);
/* Whether datamodels.conf lets a search of the model have other fields than the model's (strict_fields; true). */
bool model_is_strict(const spl_binder *binder, const spl_model *model);
/* A stage that keeps the fields of the dataset and those above it, and Splunk's default fields. BARE: without their
 * dataset's name. */
void model_add_strict(const spl_model_object *object, bool bare, spl_buf *out);
/* Its search, with stages TAIL behind it, as stages for STAGE. NULL: refused. OBJECT may be NULL (check): all events.
 */
const spl_node *model_stages(spl_binder *binder, const spl_node *stage, const spl_model *model,
                             const spl_model_object *object, const spl_model_wants *wants, spl_str tail);

#endif
