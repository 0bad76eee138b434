/* geostats.c -- figures of what lies in the cells of a map, for each of its zoom levels.
 *
 * The cells of a level are a grid of degrees: of level 0 as large as binspanlat and binspanlong say, counted from 90
 * south and 180 west, and half as large at each further level. An event is in one cell of each level. */
#include "exec/groups.h"

#include "base/map.h"
#include "knowledge/limits.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { MAX_LEVELS = 20 };

typedef struct place { /* of a cell */
    double lat, lon;
    uint64_t count;
} place;

typedef struct part { /* one value of the split in one cell, or over all */
    spl_str cell, text;
    double size;
} part;

typedef struct geostats_op {
    spl_op base;
    spl_field latfield, longfield, outlat, outlong, geobin;
    int64_t globallimit, locallimit, maxzoomlevel;
    bool local_given, lat_given, long_given, zoom_given;
    double binspanlat, binspanlong;
    bool translatetoxy;
    spl_aggs aggs;
    spl_by by;
    /* running */
    spl_groups groups;
    spl_map places;     /* geobin -> place */
    spl_map top, local; /* what stays out of OTHER */
    spl_field *outputs; /* of the figures, wildcards' expanded */
    size_t n_outputs;
    SPL_VEC(spl_str) columns; /* values of the split */
    spl_group *ahead;
    bool ready;
} geostats_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(geostats_op, member), __VA_ARGS__                \
    }
static const spl_option options[] = {
    OPTION("translatetoxy", BOOL, translatetoxy, .dflt = 1,
           .help = "one row a cell, with a column for each value of BY; else one row for each cell and value"),
    OPTION("latfield", FIELD, latfield, .text = "lat", .help = "degrees north"),
    OPTION("longfield", FIELD, longfield, .text = "lon", .help = "degrees east"),
    OPTION("outputlatfield", FIELD, outlat, .text = "latitude", .help = "the mean latitude of a cell's events"),
    OPTION("outputlongfield", FIELD, outlong, .text = "longitude", .help = "their mean longitude"),
    OPTION("globallimit", INT, globallimit, .dflt = 10, .min = 0, .max = 9e15,
           .help = "how many values of BY to show, the largest; others are OTHER; 0 for all"),
    OPTION("locallimit", INT, locallimit, .given = offsetof(geostats_op, local_given), .dflt = 10, .min = 0,
           .max = 9e15, .help = "the same for each cell; with globallimit=0 all, unless it is given"),
    OPTION("binspanlat", NUMBER, binspanlat, .given = offsetof(geostats_op, lat_given), .dflt = 22.5, .min = 1e-6,
           .max = 180, .help = "height of a cell of level 0, in degrees"),
    OPTION("binspanlong", NUMBER, binspanlong, .given = offsetof(geostats_op, long_given), .dflt = 45, .min = 1e-6,
           .max = 360, .help = "its width"),
    OPTION("maxzoomlevel", INT, maxzoomlevel, .given = offsetof(geostats_op, zoom_given), .dflt = 9, .min = 0,
           .max = MAX_LEVELS - 1, .help = "the last level"),
    {0},
};

/* limits.conf, [geostats] */
static void take_limits(const spl_query *query, geostats_op *geo)
{
    uint64_t levels = spl_limit(query, "geostats", "maxzoomlevel", 9);

    if (!geo->zoom_given) geo->maxzoomlevel = levels < MAX_LEVELS ? (int64_t)levels : MAX_LEVELS - 1;
    if (!geo->lat_given) geo->binspanlat = spl_limit_number(query, "geostats", "zl_0_gridcell_latspan", 22.5);
    if (!geo->long_given) geo->binspanlong = spl_limit_number(query, "geostats", "zl_0_gridcell_longspan", 45);
}

static bool geostats_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    geostats_op *geo = (geostats_op *)op;
    const spl_node *clause = spl_args_clause(stage, "by");
    spl_by by = {0};
    spl_by_field *fields;
    spl_field *except; /* wildcards pass over them */

    if (!spl_by_bind(binder, clause, 0, &by)) return false;
    if (by.count > 1) return spl_bad_argument(binder, by.fields[1].node->span, "geostats takes one BY field");
    if (!geo->globallimit && !geo->local_given) geo->locallimit = 0;
    take_limits(binder->query, geo);
    geo->geobin = spl_bind_field(binder, SPL_S("geobin"));
    fields = SPL_NEW_ARRAY(binder->arena, 2, spl_by_field);
    fields[0] = (spl_by_field){.field = geo->geobin};
    if (by.count) fields[1] = by.fields[0];
    geo->by = (spl_by){.fields = fields, .count = 1 + by.count};
    spl_bind_reads(binder, geo->latfield);
    spl_bind_reads(binder, geo->longfield);
    except = SPL_NEW_ARRAY(binder->arena, 2, spl_field);
    except[0] = geo->geobin;
    if (by.count) except[1] = by.fields[0].field;
    return spl_aggs_bind(binder, (const spl_node *const *)stage->kids, stage->n_kids, except, 1 + by.count, 0,
                         &geo->aggs);
}

static void geostats_open(spl_op *op)
{
    geostats_op *geo = (geostats_op *)op;

    spl_groups_init(&geo->groups, op, &geo->aggs, &geo->by);
    geo->groups.fixed = true;
    geo->places = geo->top = geo->local = spl_map_in(op->state);
}

static spl_status geostats_gather(spl_op *op, spl_batch *batch)
{
    geostats_op *geo = (geostats_op *)op;
    uint32_t n = spl_batch_rows(batch);
    bool *keep = SPL_NEW_ARRAY(batch->arena, n, bool);

    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = spl_batch_row(batch, i);
        double lat, lon;
        spl_value bins[MAX_LEVELS];
        if (!spl_value_number(spl_batch_get(batch, row, geo->latfield), &lat) ||
            !spl_value_number(spl_batch_get(batch, row, geo->longfield), &lon) || !(fabs(lat) <= 90) ||
            !(fabs(lon) <= 180))
            continue;
        if (geo->by.count > 1 && spl_is_null(spl_batch_get(batch, row, geo->by.fields[1].field))) continue;
        keep[i] = true;
        for (int64_t level = 0; level <= geo->maxzoomlevel; level++) {
            double part_of = ldexp(1, (int)level);
            spl_str name = spl_strf(batch->arena, "bin_id_zl_%d_y_%.0f_x_%.0f", (int)level,
                                    floor((lat + 90) / (geo->binspanlat / part_of)),
                                    floor((lon + 180) / (geo->binspanlong / part_of)));
            spl_map_entry *entry = spl_map_put(&geo->places, name, NULL);
            place *p = entry->value;
            if (!p) entry->value = p = SPL_NEW(op->state, place);
            p->lat += lat;
            p->lon += lon;
            p->count++;
            bins[level] = spl_text(name);
        }
        spl_batch_set(batch, row, geo->geobin, spl_multi_of(batch->arena, bins, (size_t)geo->maxzoomlevel + 1));
    }
    spl_batch_filter(batch, keep);
    spl_groups_gather(&geo->groups, batch);
    return SPL_OK;
}

static int largest_first(const void *a, const void *b)
{
    const part *x = a, *y = b;
    return x->size != y->size ? (x->size > y->size ? -1 : 1) : spl_str_cmp(x->text, y->text);
}

static int by_cell(const void *a, const void *b)
{
    int order = spl_str_cmp(((const part *)a)->cell, ((const part *)b)->cell);
    return order ? order : largest_first(a, b);
}

static spl_str both(spl_arena *arena, spl_str cell, spl_str text)
{
    return spl_strf(arena, "%.*s %.*s", SPL_FMT(cell), SPL_FMT(text));
}

static void other(void *context, spl_arena *arena, spl_value *keys)
{
    geostats_op *geo = context;
    spl_str cell = spl_value_text(arena, keys[0]), text = spl_value_text(arena, keys[1]);

    if (!spl_map_find(&geo->top, text) || !spl_map_find(&geo->local, both(arena, cell, text)))
        keys[1] = spl_text(SPL_S("OTHER"));
}

/* Which values of the split are shown, the largest by the first figure; the rest becomes OTHER. */
static void limit(geostats_op *geo)
{
    spl_arena *arena = geo->base.state;
    size_t n = geo->groups.list.len, kept = 0;
    part *parts = SPL_NEW_ARRAY(arena, n, part), *totals;
    spl_map sums = spl_map_in(arena);
    spl_value *results = SPL_NEW_ARRAY(arena, geo->n_outputs + 1, spl_value);
    bool others = false;

    for (size_t i = 0; i < n; i++) {
        spl_group *group = geo->groups.list.data[i];
        double size = 0;
        spl_map_entry *entry;

        spl_states_results(&geo->groups.run, group->states, arena, results);
        if (!geo->n_outputs || !spl_value_number(results[0], &size)) size = 0;
        parts[i] = (part){spl_value_text(arena, group->keys[0]), spl_value_text(arena, group->keys[1]), size};
        entry = spl_map_put(&sums, parts[i].text, NULL);
        if (!entry->value) {
            part *total = SPL_NEW(arena, part);
            total->text = entry->key;
            entry->value = total;
        }
        ((part *)entry->value)->size += size;
    }
    totals = SPL_NEW_ARRAY(arena, sums.len, part);
    for (size_t i = 0; i < sums.len; i++) totals[i] = *(part *)sums.entries[i].value;
    qsort(totals, sums.len, sizeof *totals, largest_first);
    for (size_t i = 0; i < sums.len && (!geo->globallimit || i < (uint64_t)geo->globallimit); i++) {
        spl_map_put(&geo->top, totals[i].text, NULL);
        SPL_PUSH(arena, &geo->columns, totals[i].text);
    }
    qsort(parts, n, sizeof *parts, by_cell);
    for (size_t i = 0; i < n; i++) {
        if (i && !spl_str_eq(parts[i].cell, parts[i - 1].cell)) kept = 0;
        if (!spl_map_find(&geo->top, parts[i].text) || (geo->locallimit && kept >= (uint64_t)geo->locallimit)) {
            others = true;
            continue;
        }
        spl_map_put(&geo->local, both(arena, parts[i].cell, parts[i].text), NULL);
        kept++;
    }
    if (!others) return;
    if (!spl_map_find(&geo->top, SPL_S("OTHER"))) SPL_PUSH(arena, &geo->columns, SPL_S("OTHER"));
    spl_groups_rekey(&geo->groups, other, geo);
}

static spl_field column_of(geostats_op *geo, size_t output, spl_str text)
{
    spl_fields *names = geo->base.query->fields;

    if (geo->n_outputs > 1)
        text = spl_strf(geo->base.state, "%.*s: %.*s", SPL_FMT(spl_field_name(names, geo->outputs[output])),
                        SPL_FMT(text));
    return spl_field_of(names, text);
}

static void put_place(geostats_op *geo, spl_batch *out, uint32_t row, spl_value bin)
{
    const place *p = spl_map_get(&geo->places, spl_value_str(bin));

    spl_batch_set(out, row, geo->geobin, spl_value_keep(out->arena, bin));
    if (!p) return;
    spl_batch_set(out, row, geo->outlat, spl_number(p->lat / (double)p->count));
    spl_batch_set(out, row, geo->outlong, spl_number(p->lon / (double)p->count));
}

/* With a split the place stands last (Search Reference, geostats, example 3). */
static void put_columns(geostats_op *geo, spl_batch *out, bool wide)
{
    spl_batch_add(out, geo->geobin);
    for (size_t i = 0; wide && i < geo->n_outputs; i++)
        for (size_t c = 0; c < geo->columns.len; c++) spl_batch_add(out, column_of(geo, i, geo->columns.data[c]));
    spl_batch_add(out, geo->outlat);
    spl_batch_add(out, geo->outlong);
    if (wide) return;
    if (geo->by.count > 1) spl_batch_add(out, geo->by.fields[1].field);
    for (size_t i = 0; i < geo->n_outputs; i++) spl_batch_add(out, geo->outputs[i]);
}

static spl_status geostats_emit(spl_op *op, spl_batch **out)
{
    geostats_op *geo = (geostats_op *)op;
    bool split = geo->by.count > 1, wide = split && geo->translatetoxy;
    spl_value *results;
    uint32_t row = 0;

    if (!geo->ready) {
        geo->n_outputs = spl_aggs_outputs(&geo->groups.run, op->state, &geo->outputs);
        if (split) limit(geo);
        geo->ready = true;
        geo->ahead = spl_groups_next(&geo->groups);
    }
    if (!geo->ahead) return SPL_END;
    *out = spl_op_batch(op, SPL_BATCH_ROWS);
    (*out)->fixed = true;
    put_columns(geo, *out, wide);
    results = SPL_NEW_ARRAY((*out)->arena, geo->n_outputs + 1, spl_value);
    for (; geo->ahead && row < SPL_BATCH_ROWS; row++) {
        spl_value bin = spl_value_keep((*out)->arena, geo->ahead->keys[0]);

        put_place(geo, *out, row, bin);
        do { /* one group a row, or all of the cell */
            spl_value by = split ? geo->ahead->keys[1] : SPL_NULL;

            spl_states_results(&geo->groups.run, geo->ahead->states, (*out)->arena, results);
            if (split && !wide) spl_batch_set(*out, row, geo->by.fields[1].field, spl_value_keep((*out)->arena, by));
            for (size_t i = 0; i < geo->n_outputs; i++)
                spl_batch_set(*out, row, wide ? column_of(geo, i, spl_value_text((*out)->arena, by)) : geo->outputs[i],
                              results[i]);
            geo->ahead = spl_groups_next(&geo->groups);
        } while (wide && geo->ahead && spl_value_same(geo->ahead->keys[0], bin));
    }
    spl_batch_truncate(*out, row);
    return SPL_OK;
}

SPL_COMMAND(geostats, .summary = "Computes figures for the cells of a map, at each of its zoom levels.",
            .syntax = "geostats [translatetoxy=<bool>] [latfield=<field>] [longfield=<field>] [outputlatfield=<field>] "
                      "[outputlongfield=<field>] [globallimit=<n>] [locallimit=<n>] [binspanlat=<degrees>] "
                      "[binspanlong=<degrees>] [maxzoomlevel=<n>] <aggregate> [AS <field>] … [BY <field>]",
            .example = "| makeresults | eval lat=48.1, lon=11.6 | geostats maxzoomlevel=0 count",
            .args = SPL_ARGS_STATS, .traits = SPL_TRANSFORMS | SPL_ORDERED | SPL_FIXES, .options = options,
            .op_size = sizeof(geostats_op), .bind = geostats_bind, .open = geostats_open, .gather = geostats_gather,
            .emit = geostats_emit);
