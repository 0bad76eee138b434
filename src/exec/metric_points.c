/* metric_points.c -- from events to data points. Getting Data In, "Metrics": both forms of metric events. */
#include "exec/metric_points.h"

#include "exec/expand.h"

static const spl_str prefix = {"metric_name:", sizeof "metric_name:" - 1};

typedef struct points_op {
    spl_op base;
    spl_field name, value;
    spl_pattern_cache cache; /* running */
} points_op;

static bool points_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    points_op *points = (points_op *)op;

    (void)stage;
    points->name = spl_bind_field(binder, SPL_S("metric_name"));
    points->value = spl_bind_field(binder, SPL_S("_value"));
    spl_bind_reads(binder, points->name);
    spl_bind_reads(binder, points->value);
    spl_bind_reads_name(binder, SPL_S("metric_name:*"));
    return true;
}

static spl_status points_map(spl_op *op, spl_batch **in)
{
    points_op *points = (points_op *)op;
    spl_batch *batch = *in;
    spl_str pattern = SPL_S("metric_name:*");
    uint32_t n = spl_batch_rows(batch);
    bool *keep = SPL_NEW_ARRAY(batch->arena, n, bool);
    spl_value *names;

    spl_pattern_fields(op->state, batch, &pattern, 1, &points->cache);
    names = SPL_NEW_ARRAY(batch->arena, points->cache.fields.len + 1, spl_value);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value name = spl_batch_get(batch, row, points->name), value = spl_batch_get(batch, row, points->value);
        size_t count = 0;

        if (name.kind == SPL_KIND_TEXT && !spl_is_null(value) && name.len) {
            names[count++] = name;
            spl_batch_set(batch, row, spl_field_of(batch->fields, spl_value_str(name)), value);
        }
        for (size_t k = 0; k < points->cache.fields.len; k++) {
            spl_field field = points->cache.fields.data[k];
            spl_str shown = spl_field_name(batch->fields, field);

            value = spl_batch_get(batch, row, field);
            if (spl_is_null(value) || shown.len == prefix.len) continue;
            shown = spl_str_sub(shown, prefix.len, shown.len);
            names[count++] = spl_text(shown);
            spl_batch_set(batch, row, spl_field_of(batch->fields, shown), value);
        }
        keep[i] = count > 0;
        if (count) spl_batch_set(batch, row, points->name, spl_multi_of(batch->arena, names, count));
    }
    spl_batch_filter(batch, keep);
    return SPL_OK;
}

static const spl_command points_command = {.name = "points",
                                           .summary = "",
                                           .args = SPL_ARGS_PLAIN,
                                           .traits = SPL_STREAMS | SPL_OWN_OPTIONS,
                                           .op_size = sizeof(points_op),
                                           .bind = points_bind,
                                           .map = points_map};

spl_node *spl_metric_points_stage(spl_binder *binder, const spl_node *like)
{
    spl_node *node = spl_expand_node(binder, like, SPL_NODE_STAGE, SPL_S("points"));

    node->name_span = like->name_span;
    node->command = &points_command;
    return node;
}
