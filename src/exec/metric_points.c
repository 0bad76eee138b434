/* metric_points.c -- from events to data points. Getting Data In, "Metrics": both forms of metric events. */
#include "exec/metric_points.h"

#include "base/json.h"
#include "base/wildcard.h"
#include "exec/expand.h"

#include <stdlib.h>

static const spl_str prefix = {SPL_METRIC_PREFIX, sizeof SPL_METRIC_PREFIX - 1};

typedef struct measure {
    spl_str name;
    spl_value value;
    spl_field field; /* that shows it */
} measure;

typedef struct points_op {
    spl_op base;
    spl_metric_points wants;
    spl_field name, value, dims, series;
    spl_pattern_cache cache; /* running */
} points_op;

static bool points_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    points_op *points = (points_op *)op;
    spl_str *names = SPL_NEW_ARRAY(binder->arena, stage->n_kids + 1, spl_str);

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        if (stage->kids[i]->kind == SPL_NODE_OPTION) {
            points->wants.rows |= spl_str_is(stage->kids[i]->text, "rows");
            points->wants.bare |= spl_str_is(stage->kids[i]->text, "bare");
            points->wants.fields |= spl_str_is(stage->kids[i]->text, "fields");
            points->wants.series |= spl_str_is(stage->kids[i]->text, "series");
        } else {
            names[points->wants.n_names++] = stage->kids[i]->text;
        }
    }
    points->wants.names = names;
    points->name = spl_bind_field(binder, SPL_S("metric_name"));
    points->value = spl_bind_field(binder, SPL_S("_value"));
    points->dims = spl_bind_field(binder, SPL_S("_dims"));
    points->series = spl_bind_field(binder, SPL_S("_timeseries"));
    spl_bind_reads(binder, points->name);
    spl_bind_reads(binder, points->value);
    spl_bind_reads_name(binder, SPL_S(SPL_METRIC_PREFIX "*"));
    if (points->wants.series) spl_bind_reads_all(binder); /* which fields are dimensions only all fields tell */
    spl_bind_makes(binder, points->dims);
    spl_bind_makes(binder, points->series);
    return true;
}

/* Names that are empty or all blanks are no metrics (Search Reference, mstats). */
static bool wanted(const points_op *points, spl_str name)
{
    if (!spl_str_trim(name).len) return false;
    for (size_t i = 0; i < points->wants.n_names; i++)
        if (spl_wildcard_match(points->wants.names[i], name, false)) return true;
    return points->wants.n_names == 0;
}

/* The measures of ROW, into FOUND; how many. */
static size_t measures_of(points_op *points, spl_batch *batch, uint32_t row, measure *found)
{
    bool fields = points->wants.fields || !points->wants.rows;
    spl_value name = spl_batch_get(batch, row, points->name), value = spl_batch_get(batch, row, points->value);
    const spl_pattern_cache *cache = &points->cache;
    size_t count = 0;

    if (name.kind == SPL_KIND_TEXT && !spl_is_null(value) && wanted(points, spl_value_str(name))) {
        spl_str text = spl_value_str(name);
        spl_str shown = points->wants.bare ? text : spl_strf(batch->arena, SPL_METRIC_PREFIX "%.*s", SPL_FMT(text));

        found[count++] = (measure){text, value, fields ? spl_field_of(batch->fields, shown) : SPL_NO_FIELD};
    }
    for (size_t k = 0; k < cache->fields.len; k++) {
        spl_field field = cache->fields.data[k];
        spl_str shown = spl_field_name(batch->fields, field), text;

        value = spl_batch_get(batch, row, field);
        text = spl_str_sub(shown, prefix.len, shown.len);
        if (spl_is_null(value) || !wanted(points, text)) continue;
        found[count++] =
            (measure){text, value, points->wants.bare && fields ? spl_field_of(batch->fields, text) : field};
    }
    return count;
}

static int by_name(const void *a, const void *b)
{
    return spl_str_cmp(*(const spl_str *)a, *(const spl_str *)b);
}

/* A dimension is each field but internal ones, the index, and the measures. */
static size_t dimensions_of(const points_op *points, spl_batch *batch, uint32_t row, spl_str *names)
{
    size_t count = 0;

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        spl_str name = spl_field_name(batch->fields, field);

        if (field == points->name || field == SPL_F_INDEX || spl_field_internal(batch->fields, field) ||
            spl_str_starts(name, prefix) || spl_is_null(spl_batch_get(batch, row, field)))
            continue;
        names[count++] = name;
    }
    qsort(names, count, sizeof *names, by_name);
    return count;
}

static void describe(const points_op *points, spl_batch *batch, uint32_t row, const measure *measures, size_t n)
{
    spl_arena *arena = batch->arena;
    spl_str *names = SPL_NEW_ARRAY(arena, batch->n_columns + 1, spl_str);
    size_t count = dimensions_of(points, batch, row, names);
    spl_value *dims = SPL_NEW_ARRAY(arena, count + 1, spl_value);
    spl_buf series = spl_buf_in(arena);

    for (size_t i = 0; i < count; i++) {
        spl_value value = spl_batch_get(batch, row, spl_field_of(batch->fields, names[i]));

        dims[i] = spl_text(names[i]);
        spl_buf_puts(&series, i ? "," : "{");
        spl_json_quote(&series, names[i]);
        for (uint32_t v = 0; v < spl_value_count(value); v++) {
            spl_buf_puts(&series, v ? "," : ":");
            spl_json_quote(&series, spl_value_text(arena, spl_value_at(value, v)));
        }
    }
    spl_buf_puts(&series, count ? "," : "{");
    spl_buf_puts(&series, "\"metric_name\":");
    for (size_t i = 0; i < n; i++) {
        if (i) spl_buf_char(&series, ',');
        spl_json_quote(&series, measures[i].name);
    }
    spl_buf_char(&series, '}');
    spl_batch_set(batch, row, points->dims, spl_multi_of(arena, dims, count));
    spl_batch_set(batch, row, points->series, spl_text(spl_buf_str(&series)));
}

static void look_for_fields(points_op *points, const spl_batch *batch)
{
    spl_str pattern = SPL_S(SPL_METRIC_PREFIX "*");

    spl_pattern_fields(points->base.state, batch, &pattern, 1, &points->cache);
}

/* One row for each event. */
static void mark_events(points_op *points, spl_batch *batch)
{
    uint32_t n = spl_batch_rows(batch);
    bool *keep = SPL_NEW_ARRAY(batch->arena, n, bool);
    measure *found = SPL_NEW_ARRAY(batch->arena, points->cache.fields.len + 1, measure);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = spl_batch_row(batch, i);
        size_t count = measures_of(points, batch, row, found);
        spl_value *names;

        keep[i] = count > 0;
        if (!count) continue;
        if (points->wants.series) describe(points, batch, row, found, count);
        names = SPL_NEW_ARRAY(batch->arena, count, spl_value);
        for (size_t k = 0; k < count; k++) {
            names[k] = spl_text(found[k].name);
            spl_batch_set(batch, row, found[k].field, found[k].value);
        }
        spl_batch_set(batch, row, points->name, spl_multi_of(batch->arena, names, count));
    }
    spl_batch_filter(batch, keep);
}

static void drop_metrics(spl_batch *batch)
{
    spl_field *kept = SPL_NEW_ARRAY(batch->arena, batch->n_columns + 1, spl_field);
    uint32_t n = 0;

    for (uint32_t c = 0; c < batch->n_columns; c++)
        if (!spl_str_starts(spl_field_name(batch->fields, batch->columns[c]->field), prefix))
            kept[n++] = batch->columns[c]->field;
    spl_batch_arrange(batch, kept, n);
}

/* One row for each measure. */
static spl_batch *split_events(points_op *points, spl_batch *old)
{
    spl_arena *arena = old->arena;
    SPL_VEC(uint32_t) rows = {0};
    SPL_VEC(measure) all = {0};
    measure *found = SPL_NEW_ARRAY(arena, points->cache.fields.len + 1, measure);
    spl_batch *made;

    for (uint32_t i = 0; i < spl_batch_rows(old); i++) {
        uint32_t row = spl_batch_row(old, i);
        size_t count = measures_of(points, old, row, found);

        if (count && points->wants.series) describe(points, old, row, found, count);
        for (size_t k = 0; k < count; k++) {
            SPL_PUSH(arena, &rows, row);
            SPL_PUSH(arena, &all, found[k]);
        }
    }
    drop_metrics(old); /* else each row would have those of all of its event */
    made = spl_batch_gather(old, rows.data, (uint32_t)rows.len);
    for (uint32_t i = 0; i < rows.len; i++) {
        spl_batch_set(made, i, points->name, spl_text(all.data[i].name));
        spl_batch_set(made, i, points->value, all.data[i].value);
        if (points->wants.fields) spl_batch_set(made, i, all.data[i].field, all.data[i].value);
    }
    return made;
}

static spl_status points_map(spl_op *op, spl_batch **in)
{
    points_op *points = (points_op *)op;

    look_for_fields(points, *in);
    if (points->wants.rows)
        *in = split_events(points, *in);
    else
        mark_events(points, *in);
    return SPL_OK;
}

#define POINTS(extra)                                                                                                  \
    {                                                                                                                  \
        .name = "points", .summary = "", .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS | SPL_OWN_OPTIONS | (extra),    \
        .op_size = sizeof(points_op), .bind = points_bind, .map = points_map                                           \
    }
static const spl_command events_command = POINTS(0), rows_command = POINTS(SPL_ADDS_ROWS);

spl_node *spl_metric_points_stage(spl_binder *binder, const spl_node *like, const spl_metric_points *wants)
{
    spl_node *node = spl_expand_node(binder, like, SPL_NODE_STAGE, SPL_S("points"));

    node->name_span = like->name_span;
    node->command = wants->rows ? &rows_command : &events_command;
    if (wants->rows) spl_expand_add(binder, node, spl_expand_node(binder, like, SPL_NODE_OPTION, SPL_S("rows")));
    if (wants->fields) spl_expand_add(binder, node, spl_expand_node(binder, like, SPL_NODE_OPTION, SPL_S("fields")));
    if (wants->bare) spl_expand_add(binder, node, spl_expand_node(binder, like, SPL_NODE_OPTION, SPL_S("bare")));
    if (wants->series) spl_expand_add(binder, node, spl_expand_node(binder, like, SPL_NODE_OPTION, SPL_S("series")));
    for (size_t i = 0; i < wants->n_names; i++)
        spl_expand_add(binder, node, spl_expand_node(binder, like, SPL_NODE_WORD, wants->names[i]));
    return node;
}
