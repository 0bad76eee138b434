/* metric_points.h -- events as data points of metrics: what mstats, mcatalog and mpreview look at. */
#ifndef SPL_EXEC_METRIC_POINTS_H
#define SPL_EXEC_METRIC_POINTS_H

#include "exec/bind.h"

/* A stage that keeps the events that carry metrics: numbers named metric_name:x, or metric_name and _value. It gives
 * them a field of each metric's name, and metric_name, which is a multivalue where there are several. */
spl_node *spl_metric_points_stage(spl_binder *binder, const spl_node *like);

#endif
