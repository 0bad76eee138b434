/* metric_search.h -- of mstats and mcatalog: a search over metrics. Events that carry numbers named "metric_name:x", as
 * Splunk's metric JSON has them, or metric_name and _value, become data points; their dimensions are compared with
 * case. */
#ifndef SPL_EXEC_METRIC_SEARCH_H
#define SPL_EXEC_METRIC_SEARCH_H

#include "exec/metric_points.h"
#include "exec/stats_search.h"

extern const spl_segment spl_metric_search_segments[];

/* What Splunk does not know as a dimension is refused: false. */
bool spl_metric_search_dimension(spl_binder *binder, spl_span span, spl_str name);
/* What may stand in WHERE and BY. *NAMES_METRIC: WHERE compares metric_name. *KNOWN: all of WHERE is known, as in a
 * check it may not be. False: refused. */
bool spl_metric_search_check(const spl_stats_search *s, bool *names_metric, bool *known);
/* The stages that give the data points that WHERE lets through: as WANTS, with what the fields asked for need too. */
void spl_metric_search_stages(spl_stats_search *s, spl_node *out, spl_metric_points *wants);

#endif
