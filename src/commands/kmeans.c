/* kmeans.c -- groups results around means of their numbers.
 *
 * Lloyd's algorithm from starts chosen by k-means++ (Arthur and Vassilvitskii 2007), several times; the grouping with
 * the least total distance counts. The random numbers are the same each time, so that the result depends on the data
 * alone. Rules: docs/reference/commands/kmeans.md */
#include "base/num.h"
#include "exec/fieldtable.h"
#include "exec/rowstore.h"
#include "exec/sorter.h"
#include "knowledge/limits.h"

#include <math.h>
#include <stddef.h>

enum { SQUARE, COSINE, CITY };

typedef struct kmeans_op {
    spl_op base;
    spl_str k_text;
    int64_t k_first, k_last, reps, maxiters;
    uint64_t most_points; /* 0: any number */
    double tolerance;
    spl_field cluster_field;
    int distance;
    bool showcentroid;
    spl_fieldlist list;
    /* running */
    spl_fieldtable table; /* of spl_doubles: a number for each row, NaN where there is none */
    size_t rows;
    spl_rowstore *store;
    spl_field *fields, *centroid_fields;
    size_t n_fields;
    double *points; /* of the rows that take part, one after the other */
    size_t *row_of, n_points;
    uint32_t *labels; /* of each row; 0: takes no part */
    double *centroids;
    size_t at, k;
    spl_sorter *sorter;
    bool done;
} kmeans_op;

static const char *const distances[] = {"sqeuclidean", "sq",     "l2", "l2norm",    "cosine", "cos",
                                        "l1",          "l1norm", "cb", "cityblock", NULL};

static const spl_option options[] = {
    {.name = "cfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(kmeans_op, cluster_field),
     .text = "CLUSTERNUM",
     .help = "where the number of the cluster goes"},
    {.name = "dt",
     .alias = "distype",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(kmeans_op, distance),
     .names = distances,
     .help = "the distance: squares, sum of differences (l1, cb), or angle (cos)"},
    {.name = "k",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(kmeans_op, k_text),
     .text = "2",
     .wrong = "nonsense 1 1001 3-2 2- 2-103",
     .help = "how many clusters; a range 2-5 compares numbers of clusters"},
    {.name = "maxiters",
     .alias = "iters",
     .type = SPL_OPTION_INT,
     .offset = offsetof(kmeans_op, maxiters),
     .dflt = 10000,
     .min = 1,
     .max = 1000000,
     .help = "how many rounds at most"},
    {.name = "reps",
     .type = SPL_OPTION_INT,
     .offset = offsetof(kmeans_op, reps),
     .dflt = 10,
     .min = 1,
     .max = 1000,
     .help = "how many starts are tried"},
    {.name = "showcentroid",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(kmeans_op, showcentroid),
     .dflt = 1,
     .help = "add the means as centroid_<field>"},
    {.name = "t",
     .alias = "tol",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(kmeans_op, tolerance),
     .min = 0,
     .max = 1e300,
     .help = "a round that moves the means by no more is the last"},
    {0},
};

static bool kmeans_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    kmeans_op *self = (kmeans_op *)op;
    ptrdiff_t dash = spl_str_find(self->k_text, SPL_S("-"), 1);
    bool good = spl_num_int(dash < 0 ? self->k_text : spl_str_sub(self->k_text, 0, (size_t)dash), &self->k_first);

    int64_t most, most_range;

    self->k_last = self->k_first;
    if (good && dash >= 0)
        good = spl_num_int(spl_str_sub(self->k_text, (size_t)dash + 1, self->k_text.len), &self->k_last);
    most = (int64_t)spl_limit(binder->query, "kmeans", "maxkvalue", 1000);
    most_range = (int64_t)spl_limit(binder->query, "kmeans", "maxkrange", 100);
    self->most_points = spl_server_limit(binder->query, "kmeans", "maxdatapoints", 100000000);
    if (!good || self->k_first < 2 || self->k_last < self->k_first || self->k_last > most ||
        self->k_last - self->k_first > most_range) {
        const spl_node *node = spl_option_value(stage, "k");

        spl_bad_argument(binder, node ? node->span : stage->span,
                         "option \"k\" must be a whole number from 2 to %lld or a range such as 2-5, not \"%.*s\"",
                         (long long)most, SPL_FMT(self->k_text));
        if (good && self->k_last - self->k_first > most_range)
            spl_hint(binder->diag,
                     "From the begin of a range to its end it is %lld at most (maxkrange in limits.conf).",
                     (long long)most_range);
        return false;
    }
    self->distance = self->distance < 4 ? SQUARE : self->distance < 6 ? COSINE : CITY;
    return spl_fieldlist_bind(binder, stage, &self->list);
}

static void kmeans_open(spl_op *op)
{
    ((kmeans_op *)op)->table = spl_fieldtable_in(op->state, sizeof(spl_doubles));
}

/* --- the numbers --- */

static void see(kmeans_op *self, spl_batch *batch)
{
    spl_arena *arena = self->base.state;
    uint32_t rows = spl_batch_rows(batch);

    for (uint32_t f = 0; f < batch->n_columns; f++) {
        spl_column *from = batch->columns[f];
        spl_doubles *to = NULL;

        if (!spl_fieldlist_has(&self->list, batch->fields, from->field)) continue;
        for (uint32_t i = 0; i < rows; i++) {
            double number;

            if (!spl_column_number(batch, from, spl_batch_row(batch, i), &number) || !isfinite(number)) {
                if (!self->list.count) break; /* without a list, only fields that all rows have count */
                continue;
            }
            if (!to) to = spl_fieldtable_put(&self->table, from->field);
            if (!self->list.count && to->len < self->rows + i) break;
            while (to->len < self->rows + i) SPL_PUSH(arena, to, NAN);
            SPL_PUSH(arena, to, number);
        }
    }
    self->rows += rows;
}

static void make_points(kmeans_op *self, const spl_fields *names)
{
    spl_arena *arena = self->base.state;
    uint32_t *order = spl_fieldtable_sorted(&self->table, names, arena);
    size_t all = self->table.items.len;

    self->fields = SPL_NEW_ARRAY(arena, all + 1, spl_field);
    self->centroid_fields = SPL_NEW_ARRAY(arena, all + 1, spl_field);
    const double **columns = SPL_NEW_ARRAY(arena, all + 1, const double *);
    for (size_t f = 0; f < all; f++) {
        spl_doubles *column = self->table.items.data[order[f]];
        spl_field field = self->table.fields.data[order[f]];

        if (!self->list.count && column->len < self->rows) continue;
        while (column->len < self->rows) SPL_PUSH(arena, column, NAN);
        columns[self->n_fields] = column->data;
        self->centroid_fields[self->n_fields] = spl_field_of(
            self->base.query->fields, spl_strf(arena, "centroid_%.*s", SPL_FMT(spl_field_name(names, field))));
        self->fields[self->n_fields++] = field;
    }
    self->labels = SPL_NEW_ARRAY(arena, self->rows + 1, uint32_t);
    self->row_of = SPL_NEW_ARRAY(arena, self->rows + 1, size_t);
    self->points = SPL_NEW_ARRAY(arena, self->rows * self->n_fields + 1, double);
    for (size_t r = 0; r < self->rows && self->n_fields; r++) {
        double *point = self->points + self->n_points * self->n_fields;
        bool whole = true;

        for (size_t f = 0; f < self->n_fields; f++) {
            point[f] = columns[f][r];
            whole = whole && !isnan(point[f]);
        }
        if (!whole) continue;
        if (self->most_points && self->n_points == self->most_points) {
            spl_op_warn(&self->base, "kmeans-limit", "kmeans used the first %llu results (limits.conf, [kmeans])",
                        (unsigned long long)self->most_points);
            break;
        }
        self->row_of[self->n_points++] = r;
    }
}

/* --- the grouping --- */

static double distance_of(const kmeans_op *self, const double *a, const double *b)
{
    double sum = 0, aa = 0, bb = 0;

    for (size_t f = 0; f < self->n_fields; f++) {
        switch (self->distance) {
        case SQUARE: sum += (a[f] - b[f]) * (a[f] - b[f]); break;
        case CITY: sum += fabs(a[f] - b[f]); break;
        default: sum += a[f] * b[f], aa += a[f] * a[f], bb += b[f] * b[f];
        }
    }
    if (self->distance != COSINE) return sum;
    if (aa == 0 || bb == 0) return aa == bb ? 0 : 1;
    sum = 1 - sum / (sqrt(aa) * sqrt(bb));
    return sum > 0 ? sum : 0;
}

/* splitmix64, as a share of 1 */
static double next_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

typedef struct grouping {
    size_t k; /* fewer than asked for where there are not as many different points */
    double *centroids, total;
    uint32_t *labels;
    uint64_t *sizes;
} grouping;

static const double *point_of(const kmeans_op *self, size_t p)
{
    return self->points + p * self->n_fields;
}

/* Each start as far from those before as chance by distance makes it; the first one by chance alone. */
static void choose_starts(const kmeans_op *self, grouping *g, size_t wanted, double *nearest, uint64_t *seed)
{
    size_t n = self->n_points, bytes = self->n_fields * sizeof(double);
    size_t pick = (size_t)(next_random(seed) * (double)n);

    for (size_t p = 0; p < n; p++) nearest[p] = HUGE_VAL;
    for (g->k = 0; g->k < wanted; g->k++) {
        double sum = 0, part;
        double *centroid = g->centroids + g->k * self->n_fields;

        if (g->k) {
            for (size_t p = 0; p < n; p++) sum += nearest[p];
            if (!(sum > 0)) return; /* every point is a start */
            part = next_random(seed) * sum;
            for (pick = 0; pick + 1 < n && (part >= nearest[pick] || nearest[pick] == 0); pick++) part -= nearest[pick];
            while (pick && nearest[pick] == 0) pick--;
        }
        memcpy(centroid, point_of(self, pick), bytes);
        for (size_t p = 0; p < n; p++) {
            double far = distance_of(self, point_of(self, p), centroid);
            if (far < nearest[p]) nearest[p] = far;
        }
    }
}

/* Puts each point to its nearest centroid; true if any changed. */
static bool assign(const kmeans_op *self, grouping *g)
{
    bool changed = false;

    g->total = 0;
    memset(g->sizes, 0, g->k * sizeof *g->sizes);
    for (size_t p = 0; p < self->n_points; p++) {
        double least = HUGE_VAL;
        uint32_t best = 0;

        for (uint32_t c = 0; c < g->k; c++) {
            double far = distance_of(self, point_of(self, p), g->centroids + c * self->n_fields);
            if (far < least) least = far, best = c;
        }
        changed |= g->labels[p] != best;
        g->labels[p] = best;
        g->sizes[best]++;
        g->total += least;
    }
    return changed;
}

/* Moves the centroids to the means; how far at most. A group without points stays where it is. */
static double move(const kmeans_op *self, grouping *g, double *means)
{
    size_t d = self->n_fields;
    double farthest = 0;

    memset(means, 0, g->k * d * sizeof *means);
    for (size_t p = 0; p < self->n_points; p++)
        for (size_t f = 0; f < d; f++) means[g->labels[p] * d + f] += point_of(self, p)[f];
    for (size_t c = 0; c < g->k; c++) {
        double far;

        if (!g->sizes[c]) continue;
        for (size_t f = 0; f < d; f++) means[c * d + f] /= (double)g->sizes[c];
        far = distance_of(self, means + c * d, g->centroids + c * d);
        if (far > farthest) farthest = far;
        memcpy(g->centroids + c * d, means + c * d, d * sizeof *means);
    }
    return farthest;
}

static grouping grouping_new(const kmeans_op *self, spl_arena *arena, size_t k)
{
    return (grouping){.centroids = SPL_NEW_ARRAY(arena, k * self->n_fields + 1, double),
                      .labels = SPL_NEW_ARRAY(arena, self->n_points + 1, uint32_t),
                      .sizes = SPL_NEW_ARRAY(arena, k + 1, uint64_t)};
}

/* The best of all starts, in ARENA. */
static grouping group(kmeans_op *self, spl_arena *arena, size_t k)
{
    bool settled = true;
    grouping best = grouping_new(self, arena, k), g = grouping_new(self, arena, k);
    double *nearest = SPL_NEW_ARRAY(arena, self->n_points + 1, double);
    double *means = SPL_NEW_ARRAY(arena, k * self->n_fields + 1, double);

    best.total = HUGE_VAL;
    for (int64_t rep = 0; rep < self->reps; rep++) {
        uint64_t seed = (uint64_t)rep;

        choose_starts(self, &g, k, nearest, &seed);
        for (size_t p = 0; p < self->n_points; p++) g.labels[p] = UINT32_MAX;
        int64_t i = 0;
        for (; i < self->maxiters; i++) {
            spl_query_poll(self->base.query);
            if (!assign(self, &g) || move(self, &g, means) <= self->tolerance) break;
        }
        assign(self, &g);
        if (g.total < best.total || rep == 0) {
            grouping other = best;
            best = g, g = other;
            settled = i < self->maxiters;
        }
    }
    if (!settled)
        spl_op_warn(&self->base, "kmeans-limit", "the means of %zu clusters still moved after %lld rounds (maxiters)",
                    k, (long long)self->maxiters);
    return best;
}

/* --- results --- */

/* Numbers clusters by their first row, from 1, and notes them. */
static void take(kmeans_op *self, const grouping *g)
{
    spl_arena *arena = self->base.state;
    uint32_t *number = SPL_NEW_ARRAY(arena, g->k + 1, uint32_t), next = 0;

    self->centroids = SPL_NEW_ARRAY(arena, (g->k + 1) * self->n_fields, double);
    for (size_t p = 0; p < self->n_points; p++) {
        uint32_t c = g->labels[p];

        if (!number[c]) {
            number[c] = ++next;
            memcpy(self->centroids + number[c] * self->n_fields, g->centroids + c * self->n_fields,
                   self->n_fields * sizeof(double));
        }
        self->labels[self->row_of[p]] = number[c];
    }
}

static void gather(kmeans_op *self)
{
    spl_op *op = &self->base;
    spl_batch *batch;

    self->store = spl_rowstore_new(op);
    while (spl_op_pull(op, &batch) == SPL_OK) {
        see(self, batch);
        op->row_count += spl_batch_rows(batch);
        if (self->k_first == self->k_last)
            spl_rowstore_add(self->store, batch);
        else
            spl_batch_free(batch);
    }
    make_points(self, op->query->fields);
    if (self->rows && !self->n_points)
        spl_op_warn(op, "kmeans-no-points", "kmeans found no result with numbers in all of its fields");
}

/* A row for each number of clusters. */
static spl_batch *compare(kmeans_op *self)
{
    uint32_t rows = (uint32_t)(self->k_last - self->k_first + 1);
    spl_batch *batch = spl_op_batch(&self->base, rows);
    spl_field to[3] = {spl_field_of(batch->fields, SPL_S("k")), spl_field_of(batch->fields, SPL_S("size")),
                       spl_field_of(batch->fields, SPL_S("distortion"))};

    spl_batch_arrange(batch, to, 3);
    batch->fixed = true;
    for (uint32_t r = 0; r < rows; r++) {
        spl_arena *arena = spl_arena_new(self->base.query->account);
        grouping g = group(self, arena, (size_t)self->k_first + r);
        spl_value *sizes = SPL_NEW_ARRAY(batch->arena, g.k + 1, spl_value);
        uint32_t n = 0;

        /* by the first row of each */
        for (size_t p = 0; p < self->n_points; p++) {
            uint64_t *size = &g.sizes[g.labels[p]];
            if (*size) sizes[n++] = spl_number((double)*size);
            *size = 0;
        }
        spl_batch_set(batch, r, to[0], spl_number((double)self->k_first + r));
        spl_batch_set(batch, r, to[1], spl_multi_of(batch->arena, sizes, n));
        spl_batch_set(batch, r, to[2], spl_number(g.total));
        spl_arena_free(arena);
    }
    return batch;
}

static void label_rows(kmeans_op *self)
{
    spl_op *op = &self->base;
    spl_sort_key *key = SPL_NEW(op->state, spl_sort_key);
    spl_batch *batch;

    *key = (spl_sort_key){self->cluster_field, SPL_ORDER_NUM, false};
    self->sorter = spl_sorter_new(op->state, op->query, &(spl_sorter_config){.keys = key, .n_keys = 1});
    op->row_count = 0;
    while ((batch = spl_rowstore_take(self->store))) {
        uint32_t rows = spl_batch_rows(batch);
        bool *keep = SPL_NEW_ARRAY(batch->arena, rows + 1, bool);

        for (uint32_t i = 0; i < rows; i++) {
            uint32_t row = spl_batch_row(batch, i), label = self->labels[self->at++];

            keep[i] = label > 0;
            if (!label) continue;
            spl_batch_set(batch, row, self->cluster_field, spl_number(label));
            for (size_t f = 0; self->showcentroid && f < self->n_fields; f++)
                spl_batch_set(batch, row, self->centroid_fields[f],
                              spl_number(self->centroids[label * self->n_fields + f]));
        }
        spl_batch_filter(batch, keep);
        if (spl_batch_rows(batch)) spl_sorter_add(self->sorter, op, batch);
        op->row_count += spl_batch_rows(batch);
        spl_batch_free(batch);
    }
}

static spl_status kmeans_next(spl_op *op, spl_batch **out)
{
    kmeans_op *self = (kmeans_op *)op;

    if (!self->done) {
        self->done = true;
        gather(self);
        if (!self->n_points) return SPL_END;
        if (self->k_first != self->k_last) {
            *out = compare(self);
            return SPL_OK;
        }
        spl_arena *arena = spl_arena_new(op->query->account);
        grouping g = group(self, arena, (size_t)self->k_first);
        take(self, &g);
        spl_arena_free(arena);
        label_rows(self);
    }
    *out = self->sorter ? spl_sorter_next(self->sorter) : NULL;
    return *out ? SPL_OK : SPL_END;
}

SPL_COMMAND(kmeans, .summary = "Groups results around means of their numbers.",
            .syntax = "kmeans [k=<n> | k=<n>-<n>] [dt=<distance>] [reps=<n>] [maxiters=<n>] [t=<number>] "
                      "[cfield=<field>] [showcentroid=<bool>] [<field> …]",
            .example = "| makeresults count=6 | streamstats count as n | eval x=if(n<4,n,100+n) | kmeans k=2 x "
                       "| table x CLUSTERNUM centroid_x",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(kmeans_op),
            .bind = kmeans_bind, .open = kmeans_open, .next = kmeans_next);
