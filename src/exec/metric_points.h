/* metric_points.h -- events as data points of metrics: what mstats, mcatalog and mpreview look at. */
#ifndef SPL_EXEC_METRIC_POINTS_H
#define SPL_EXEC_METRIC_POINTS_H

#include "exec/bind.h"

#define SPL_METRIC_PREFIX "metric_name:"

typedef struct spl_metric_points {
    const spl_str *names; /* of the metrics that are looked at, with wildcards; none: all */
    size_t n_names;
    bool rows; /* a row for each metric, with metric_name and _value; else one for each event, metric_name a multivalue
                */
    bool series; /* with _dims, the names of the event's dimensions, and _timeseries, their values too */
    bool fields; /* with rows: the metric has a field of its own, too */
    bool bare;   /* its field has the metric's own name; else SPL_METRIC_PREFIX before it, as metric events have it */
} spl_metric_points;

/* A stage that keeps the events that carry metrics: numbers named metric_name:x, or metric_name and _value. */
spl_node *spl_metric_points_stage(spl_binder *binder, const spl_node *like, const spl_metric_points *wants);

#endif
