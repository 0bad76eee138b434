/* metric_schema.h -- METRIC-SCHEMA-TRANSFORMS of props.conf: events that become data points of metrics, by stanzas of
 * transforms.conf ([metric-schema:x]) that say which of their indexed fields are measures and which dimensions. */
#ifndef SPL_KNOWLEDGE_METRIC_SCHEMA_H
#define SPL_KNOWLEDGE_METRIC_SCHEMA_H

#include "knowledge/indexing.h"

typedef struct spl_metric_schemas spl_metric_schemas;

/* Of the setting, a list of stanzas; those that are missing or say nothing are warnings. NULL: none is left. */
spl_metric_schemas *spl_metric_schemas_new(spl_arena *arena, spl_diag *diag, const spl_conf *transforms,
                                           const spl_conf_entry *setting);
/* EVENT, with all its indexed fields, as a data point: fields metric_name:NAME for its measures, its dimensions, no
 * text. An event without a measure stays as it is. */
void spl_metric_schemas_apply(const spl_metric_schemas *schemas, spl_arena *arena, spl_indexed *event);

#endif
