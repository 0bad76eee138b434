/* cluster.c -- groups events whose text is alike.
 *
 * A text is a set of features: its words with their places (termlist), its words (termset), its trigrams (ngramset).
 * Two texts are as alike as the cosine of their sets. The first event of a cluster stands for it; an event joins the
 * cluster whose first event it is most like, if the likeness reaches t, else it begins one.
 *
 * Not every cluster is compared. Sets of n and m features whose cosine is t share at least t*t*n of them, so if the
 * features of both are in one order, they share one among their first n - ceil(t*t*n) + 1 (prefix filtering; Chaudhuri
 * et al. 2006, Bayardo et al. 2007). The order is by rarity, which asks for a pass of its own: an index from these few,
 * rare features to clusters finds all that can match. Texts with the same set are found by a hash of it. */
#include "base/hash.h"
#include "exec/fieldtable.h"
#include "exec/rowstore.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { COMPARED = 2000 }; /* clusters that an event is compared with, at most */
enum { TERMLIST, TERMSET, NGRAMSET };

typedef struct feature {
    uint64_t hash; /* 0: free */
    uint32_t often;
    uint32_t n, cap; /* clusters that have it in front */
    uint32_t *clusters;
} feature;

typedef struct features {
    feature *slots;
    size_t n_slots, used;
} features;

typedef struct one_feature {
    uint64_t hash;
    uint32_t often;
} one_feature;

typedef struct cluster {
    one_feature *set;
    uint32_t n, seen; /* seen: the last event that it was compared with */
    uint64_t count;
    spl_row *row;
} cluster;

typedef struct exact { /* of a whole set */
    uint64_t hash;
    uint32_t cluster, n; /* plus one; features */
} exact;

typedef struct cluster_op {
    spl_op base;
    double t;
    spl_str delims;
    bool delims_given, showcount, labelonly;
    spl_field count_field, label_field, field;
    int match;
    /* running */
    features index;
    SPL_VEC(cluster) clusters;
    exact *exacts;
    size_t n_exacts, used_exacts;
    SPL_VEC(one_feature) set; /* of the event looked at */
    spl_rowstore *rows;       /* labelonly: labelled */
    SPL_VEC(uint32_t) labels; /* of each row, plus one; 0 for none */
    size_t at;
    uint32_t number;
    bool done, breaks[256];
} cluster_op;

static const char *const matches[] = {"termlist", "termset", "ngramset", NULL};

static const spl_option options[] = {
    {.name = "countfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(cluster_op, count_field),
     .text = "cluster_count",
     .help = "where showcount puts the size of the cluster"},
    {.name = "delims",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(cluster_op, delims),
     .given = offsetof(cluster_op, delims_given),
     .text = "",
     .help = "the characters between words; else all but letters, digits and _"},
    {.name = "field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(cluster_op, field),
     .text = "_raw",
     .help = "the field whose text is compared"},
    {.name = "labelfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(cluster_op, label_field),
     .text = "cluster_label",
     .help = "where the number of the cluster goes"},
    {.name = "labelonly",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(cluster_op, labelonly),
     .help = "keep all events, with their cluster's number"},
    {.name = "match",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(cluster_op, match),
     .names = matches,
     .help = "what is compared: words in order, words, or trigrams"},
    {.name = "showcount",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(cluster_op, showcount),
     .help = "add the size of the cluster"},
    {.name = "t",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(cluster_op, t),
     .dflt = 0.8,
     .min = 0.000001,
     .max = 1,
     .help = "how alike events must be: the closer to 1, the more"},
    {0},
};

static bool cluster_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    cluster_op *self = (cluster_op *)op;

    if (self->t >= 1) return spl_bad_argument(binder, stage->span, "option \"t\" must be a number above 0 and below 1");
    spl_bind_reads(binder, self->field);
    spl_bind_makes(binder, self->label_field);
    return spl_bind_plain(binder, stage, op);
}

static void cluster_open(spl_op *op)
{
    cluster_op *self = (cluster_op *)op;

    for (int c = 0; c < 256; c++) self->breaks[c] = !self->delims_given && c < 128 && !spl_is_word((char)c);
    for (size_t i = 0; i < self->delims.len; i++) self->breaks[(unsigned char)self->delims.data[i]] = true;
}

/* --- sets --- */

static int by_hash(const void *a, const void *b)
{
    uint64_t x = ((const one_feature *)a)->hash, y = ((const one_feature *)b)->hash;
    return (x > y) - (x < y);
}

/* The rarest first. */
static int by_rarity(const void *a, const void *b)
{
    const one_feature *x = a, *y = b;
    if (x->often != y->often) return x->often < y->often ? -1 : 1;
    return by_hash(a, b);
}

static void add_feature(cluster_op *self, spl_str text, uint64_t place)
{
    uint64_t hash = spl_hash_bytes(text.data, text.len, place);
    SPL_PUSH(self->base.state, &self->set, (one_feature){hash ? hash : 1, 0});
}

/* The set of TEXT in the op, by hash and without repetitions. */
static void read_set(cluster_op *self, spl_str text)
{
    uint64_t place = 0;
    size_t n = 0;

    self->set.len = 0;
    if (self->match == NGRAMSET) {
        for (size_t i = 0; i + 3 <= text.len; i++) add_feature(self, spl_str_sub(text, i, i + 3), 0);
        if (text.len && text.len < 3) add_feature(self, text, 0);
    } else {
        for (size_t i = 0; i < text.len;) {
            size_t begin = i;

            while (i < text.len && !self->breaks[(unsigned char)text.data[i]]) i++;
            if (i > begin) add_feature(self, spl_str_sub(text, begin, i), self->match == TERMLIST ? ++place : 0);
            i++;
        }
    }
    if (self->set.len) qsort(self->set.data, self->set.len, sizeof *self->set.data, by_hash);
    for (size_t i = 0; i < self->set.len; i++)
        if (!n || self->set.data[i].hash != self->set.data[n - 1].hash) self->set.data[n++] = self->set.data[i];
    self->set.len = n;
}

static feature *feature_of(features *index, uint64_t hash)
{
    size_t i = hash & (index->n_slots - 1);

    while (index->slots[i].hash && index->slots[i].hash != hash) i = (i + 1) & (index->n_slots - 1);
    return &index->slots[i];
}

static void count_feature(cluster_op *self, uint64_t hash)
{
    features *index = &self->index;
    feature *at;

    if (2 * (index->used + 1) > index->n_slots) {
        features grown = {.n_slots = index->n_slots ? index->n_slots * 2 : 1024, .used = index->used};

        grown.slots = SPL_NEW_ARRAY(self->base.state, grown.n_slots, feature);
        for (size_t i = 0; i < index->n_slots; i++)
            if (index->slots[i].hash) *feature_of(&grown, index->slots[i].hash) = index->slots[i];
        *index = grown;
    }
    at = feature_of(index, hash);
    if (!at->hash) at->hash = hash, index->used++;
    if (at->often < UINT32_MAX) at->often++;
}

/* --- clusters --- */

static size_t front_of(const cluster_op *self, size_t n)
{
    size_t shared = (size_t)ceil(self->t * self->t * (double)n - 1e-9);
    return n ? n - (shared ? shared : 1) + 1 : 0;
}

/* How many features two sets share, both by rarity. */
static size_t shared(const cluster_op *self, const cluster *c)
{
    size_t common = 0;

    for (size_t i = 0, k = 0; i < self->set.len && k < c->n;) {
        int order = by_rarity(&self->set.data[i], &c->set[k]);
        if (order == 0) common++;
        i += order <= 0, k += order >= 0;
    }
    return common;
}

/* The cluster most like the event's set, the earliest of equals, or UINT32_MAX. */
static uint32_t nearest(cluster_op *self)
{
    size_t n = self->set.len, front = front_of(self, n), compared = 0;
    double best = 0, low = self->t * self->t * (double)n - 1e-9, high = (double)n / (self->t * self->t) + 1e-9;
    uint32_t found = UINT32_MAX;

    for (size_t i = 0; i < front; i++) {
        const feature *at;

        if (self->set.data[i].often < 2) continue; /* nothing else has it */
        at = feature_of(&self->index, self->set.data[i].hash);
        for (uint32_t k = at->n; k-- > 0;) {
            cluster *c = &self->clusters.data[at->clusters[k]];
            double like;

            if (c->seen == self->number || (double)c->n < low || (double)c->n > high) continue;
            c->seen = self->number;
            if (compared++ >= COMPARED) {
                spl_op_warn(&self->base, "cluster-limit", "an event was compared with %d clusters only", COMPARED);
                return found;
            }
            like = (double)shared(self, c) / sqrt((double)n * (double)c->n);
            if (like + 1e-12 < self->t) continue;
            if (like > best || (like == best && at->clusters[k] < found)) best = like, found = at->clusters[k];
        }
    }
    return found;
}

static uint32_t begin_cluster(cluster_op *self)
{
    spl_arena *arena = self->base.state;
    cluster c = {.n = (uint32_t)self->set.len, .seen = self->number};
    uint32_t number = (uint32_t)self->clusters.len;
    size_t front = front_of(self, self->set.len);

    c.set = SPL_NEW_ARRAY(arena, self->set.len + 1, one_feature);
    if (self->set.len) memcpy(c.set, self->set.data, self->set.len * sizeof *c.set);
    SPL_PUSH(arena, &self->clusters, c);
    for (size_t i = 0; i < front; i++) {
        feature *at = feature_of(&self->index, self->set.data[i].hash);

        if (at->often < 2) continue;
        if (at->n == at->cap) {
            uint32_t cap = at->cap ? at->cap * 2 : 2;
            at->clusters = spl_realloc(arena, at->clusters, at->cap * sizeof *at->clusters, cap * sizeof *at->clusters);
            at->cap = cap;
        }
        at->clusters[at->n++] = number;
    }
    return number;
}

static exact *exact_of(exact *slots, size_t n_slots, uint64_t hash, uint32_t n)
{
    size_t i = hash & (n_slots - 1);

    while (slots[i].cluster && (slots[i].hash != hash || slots[i].n != n)) i = (i + 1) & (n_slots - 1);
    return &slots[i];
}

static uint32_t cluster_of(cluster_op *self, spl_str text)
{
    spl_arena *arena = self->base.state;
    uint64_t hash = 1;
    exact *same;

    read_set(self, text);
    for (size_t i = 0; i < self->set.len; i++) hash = spl_hash_bytes(&self->set.data[i].hash, sizeof hash, hash);
    if (2 * (self->used_exacts + 1) > self->n_exacts) {
        size_t n = self->n_exacts ? self->n_exacts * 2 : 1024;
        exact *grown = SPL_NEW_ARRAY(arena, n, exact);

        for (size_t i = 0; i < self->n_exacts; i++)
            if (self->exacts[i].cluster) *exact_of(grown, n, self->exacts[i].hash, self->exacts[i].n) = self->exacts[i];
        self->exacts = grown, self->n_exacts = n;
    }
    same = exact_of(self->exacts, self->n_exacts, hash, (uint32_t)self->set.len);
    if (same->cluster) return same->cluster - 1;
    for (size_t i = 0; i < self->set.len; i++)
        self->set.data[i].often = feature_of(&self->index, self->set.data[i].hash)->often;
    if (self->set.len) qsort(self->set.data, self->set.len, sizeof *self->set.data, by_rarity);
    self->number++;
    uint32_t found = nearest(self);
    if (found == UINT32_MAX) found = begin_cluster(self);
    *same = (exact){hash, found + 1, (uint32_t)self->set.len};
    self->used_exacts++;
    return found;
}

static void gather(cluster_op *self)
{
    spl_op *op = &self->base;
    spl_rowstore *rows = spl_rowstore_new(op);
    spl_batch *batch;

    while (spl_op_pull(op, &batch) == SPL_OK) {
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            spl_value value = spl_batch_get(batch, spl_batch_row(batch, i), self->field);

            if (spl_is_null(value)) continue;
            read_set(self, spl_value_text(batch->arena, value));
            for (size_t k = 0; k < self->set.len; k++) count_feature(self, self->set.data[k].hash);
        }
        spl_rowstore_add(rows, batch);
    }
    if (!self->index.n_slots) count_feature(self, 1);
    if (self->labelonly) self->rows = spl_rowstore_new(op);
    while ((batch = spl_rowstore_take(rows))) {
        spl_query_poll(op->query);
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i), at;
            spl_value value = spl_batch_get(batch, row, self->field);

            if (spl_is_null(value)) {
                if (self->labelonly) SPL_PUSH(op->state, &self->labels, 0);
                continue;
            }
            at = cluster_of(self, spl_value_text(batch->arena, value));
            cluster *c = &self->clusters.data[at];
            if (!c->count++ && !self->labelonly) c->row = spl_row_keep(op->state, batch, row);
            if (self->labelonly) SPL_PUSH(op->state, &self->labels, at + 1);
        }
        if (self->labelonly)
            spl_rowstore_add(self->rows, batch);
        else
            spl_batch_free(batch);
    }
}

static void put_label(const cluster_op *self, spl_batch *batch, uint32_t row, uint32_t at)
{
    if (self->showcount)
        spl_batch_set(batch, row, self->count_field, spl_number((double)self->clusters.data[at].count));
    spl_batch_set(batch, row, self->label_field, spl_number(at + 1.0));
}

static spl_status cluster_next(spl_op *op, spl_batch **out)
{
    cluster_op *self = (cluster_op *)op;
    spl_batch *batch;

    if (!self->done) gather(self);
    self->done = true;
    if (self->labelonly) {
        batch = spl_rowstore_take(self->rows);
        if (!batch) return SPL_END;
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t label = self->labels.data[self->at++];
            if (label) put_label(self, batch, spl_batch_row(batch, i), label - 1);
        }
    } else {
        const spl_row *rows[SPL_BATCH_ROWS];
        uint32_t n = 0;
        size_t first = self->at;

        while (n < SPL_BATCH_ROWS && self->at < self->clusters.len) rows[n++] = self->clusters.data[self->at++].row;
        if (!n) return SPL_END;
        batch = spl_batch_of_rows(op->query->account, op->query->fields, rows, n, true);
        for (uint32_t i = 0; i < n; i++) put_label(self, batch, i, (uint32_t)(first + i));
    }
    *out = batch;
    return SPL_OK;
}

static const char *const aliases[] = {"slc", NULL}; /* older names of it */

SPL_COMMAND(cluster, .aliases = aliases, .summary = "Groups events whose text is alike.",
            .syntax = "cluster [t=<number>] [match=termlist|termset|ngramset] [delims=<text>] [field=<field>] "
                      "[showcount=<bool>] [countfield=<field>] [labelonly=<bool>] [labelfield=<field>]",
            .example =
                "| makeresults count=6 | streamstats count as n | eval _raw=\"login of user u\".(n%2).\" from host \""
                ".if(n<4,\"alpha\",\"beta\").\" was refused today\" | cluster showcount=true t=0.7 "
                "| table _raw cluster_count cluster_label",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(cluster_op),
            .bind = cluster_bind, .open = cluster_open, .next = cluster_next);
