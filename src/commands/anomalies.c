/* anomalies.c -- how little each event is like those before it.
 *
 * The manual gives the measure: of the events before, P, and the event, X, it is (s(P and X) - s(P)) / (s(P) + s(X)),
 * where s tells how uniform a text is. Here s is the length of the text as zlib packs it. Rules:
 * docs/reference/commands/anomalies.md */
#include "base/map.h"
#include "exec/bind.h"
#include "exec/rowkey.h"
#include "knowledge/lookup_files.h"

#include <stddef.h>
#include <zlib.h>

enum { WINDOW = 32768 }; /* bytes that zlib looks back */

typedef struct window { /* the events before, of one group */
    spl_buf text;
    SPL_VEC(uint32_t) lengths;
} window;

typedef struct anomalies_op {
    spl_op base;
    double threshold, deny_threshold;
    int64_t maxvalues;
    spl_str denylist;
    bool labelonly, normalize, denylist_given;
    spl_field field, to;
    spl_field *by;
    size_t n_by;
    SPL_VEC(spl_str) denied; /* as judged: digits alike, with a newline */
    /* running */
    spl_map groups;
    double *denied_sizes;
    unsigned char *packed;
    uLong room;
} anomalies_op;

static const spl_option options[] = {
    {.name = "denylist",
     .alias = "blacklist",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(anomalies_op, denylist),
     .given = offsetof(anomalies_op, denylist_given),
     .text = "",
     .help = "a file of outputcsv, or a lookup, of texts that are expected"},
    {.name = "denylistthreshold",
     .alias = "blacklistthreshold",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(anomalies_op, deny_threshold),
     .dflt = 0.05,
     .help = "an event whose measure against a text of the list is no higher is expected"},
    {.name = "field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(anomalies_op, field),
     .text = "_raw",
     .help = "the field whose text is compared"},
    {.name = "labelonly",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(anomalies_op, labelonly),
     .help = "keep all events"},
    {.name = "maxvalues",
     .type = SPL_OPTION_INT,
     .offset = offsetof(anomalies_op, maxvalues),
     .dflt = 100,
     .min = 10,
     .max = 10000,
     .help = "how many events before are looked at"},
    {.name = "normalize",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(anomalies_op, normalize),
     .dflt = 1,
     .help = "all digits count as the same"},
    {.name = "threshold",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(anomalies_op, threshold),
     .dflt = 0.01,
     .help = "events below are dropped"},
    {0},
};

/* TEXT as it is compared. */
static spl_str judged(const anomalies_op *self, spl_arena *arena, spl_str text)
{
    spl_buf copy = spl_buf_in(arena);

    if (text.len >= WINDOW) text.len = WINDOW - 1;
    spl_buf_add(&copy, text);
    for (size_t i = 0; self->normalize && i < copy.len; i++)
        if (spl_is_digit(copy.data[i])) copy.data[i] = '0';
    spl_buf_char(&copy, '\n');
    return spl_buf_str(&copy);
}

/* The file that outputcsv wrote, which is where the manual has it; NULL where there is none. */
static const spl_table *written(spl_binder *binder, spl_str name)
{
    spl_state *state = binder->query->state;
    spl_str text, path;

    if (!memchr(name.data, '.', name.len)) name = spl_strf(binder->arena, "%.*s.csv", SPL_FMT(name));
    if (!state || binder->query->check_only || spl_state_name(name) ||
        !spl_state_read(state, binder->arena, "csv", name, false, &text))
        return NULL;
    path = spl_state_path(state, binder->arena, "csv", name);
    return spl_table_of_csv(binder->arena, binder->diag, path, spl_lookup_unpack(binder->arena, path, text));
}

/* The texts of the column that is called as the field that is judged, or of the first one. */
static bool bind_list(spl_binder *binder, const spl_node *stage, anomalies_op *self)
{
    const spl_lookup *lookup = NULL;
    const spl_table *table = written(binder, self->denylist);
    uint32_t column;

    if (!table && !spl_lookup_named(binder, self->denylist, stage->span, SPL_FILE_NEEDED, &lookup)) return false;
    if (!table) table = lookup ? spl_lookups_table(spl_lookups_of(binder->query), lookup, false) : NULL;
    if (!table || !table->n_columns) return true;
    column = spl_table_column(table, spl_field_name(binder->fields, self->field));
    if (column == UINT32_MAX) column = 0;
    for (size_t i = 0; i < table->n_rows; i++) {
        spl_value cell = spl_table_cell(table, i, column);
        if (!spl_is_null(cell))
            SPL_PUSH(binder->arena, &self->denied, judged(self, binder->arena, spl_value_text(binder->arena, cell)));
    }
    return true;
}

static bool anomalies_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    anomalies_op *self = (anomalies_op *)op;
    const spl_node *clause = spl_args_clause(stage, "by");
    spl_node_vec list = {0};

    if (self->denylist_given && !bind_list(binder, stage, self)) return false;
    if (clause && !spl_args_fields(binder, (const spl_node *const *)clause->kids, clause->n_kids, &list)) return false;
    if (clause && !list.len) return spl_lacks(binder, clause, "the names of fields after BY", "threshold=0.03 by host");
    self->by = SPL_NEW_ARRAY(binder->arena, list.len + 1, spl_field);
    for (self->n_by = 0; self->n_by < list.len; self->n_by++) {
        self->by[self->n_by] = spl_bind_field(binder, list.data[self->n_by]->text);
        spl_bind_reads(binder, self->by[self->n_by]);
    }
    self->to = spl_bind_field(binder, SPL_S("unexpectedness"));
    spl_bind_reads(binder, self->field);
    spl_bind_makes(binder, self->to);
    return spl_bind_plain(binder, stage, op);
}

static void anomalies_open(spl_op *op)
{
    anomalies_op *self = (anomalies_op *)op;

    self->groups = spl_map_in(op->state);
    self->room = compressBound(2 * WINDOW);
    self->packed = spl_alloc(op->state, self->room);
    self->denied_sizes = SPL_NEW_ARRAY(op->state, self->denied.len + 1, double);
}

static double packed_size(anomalies_op *self, spl_str text)
{
    uLongf size = self->room;
    if (compress2(self->packed, &size, (const unsigned char *)text.data, text.len, 6) != Z_OK) return (double)text.len;
    return (double)size;
}

/* The first so many of the lengths leave the window. */
static void forget(window *w, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++) bytes += w->lengths.data[i];
    memmove(w->text.data, w->text.data + bytes, w->text.len - bytes);
    w->text.len -= bytes;
    memmove(w->lengths.data, w->lengths.data + count, (w->lengths.len - count) * sizeof *w->lengths.data);
    w->lengths.len -= count;
}

/* TEXT is as a text of the list, or like one. */
static bool is_denied(anomalies_op *self, spl_arena *scratch, spl_str text)
{
    double alone = self->denied.len ? packed_size(self, text) : 0;
    spl_buf both = spl_buf_in(scratch);

    for (size_t i = 0; i < self->denied.len; i++) {
        double *before = &self->denied_sizes[i], size;

        if (spl_str_eq(self->denied.data[i], text)) return true;
        spl_query_poll(self->base.query);
        if (*before <= 0) *before = packed_size(self, self->denied.data[i]);
        spl_buf_clear(&both);
        spl_buf_add(&both, self->denied.data[i]);
        spl_buf_add(&both, text);
        size = packed_size(self, spl_buf_str(&both));
        if ((size > *before ? (size - *before) / (*before + alone) : 0) <= self->deny_threshold) return true;
    }
    return false;
}

static double judge(anomalies_op *self, window *w, spl_arena *scratch, spl_str text)
{
    spl_str copy = judged(self, scratch, text);
    double before, alone, both;
    size_t old = 0, bytes;

    before = packed_size(self, spl_buf_str(&w->text));
    alone = packed_size(self, copy);
    spl_buf_add(&w->text, copy);
    SPL_PUSH(self->base.state, &w->lengths, (uint32_t)copy.len);
    both = packed_size(self, spl_buf_str(&w->text));
    for (bytes = w->text.len; w->lengths.len - old > (size_t)self->maxvalues || bytes > WINDOW; old++)
        bytes -= w->lengths.data[old];
    if (old) forget(w, old);
    if (is_denied(self, scratch, copy)) return 0;
    return both > before ? (both - before) / (before + alone) : 0;
}

static spl_status anomalies_map(spl_op *op, spl_batch **batch)
{
    anomalies_op *self = (anomalies_op *)op;
    uint32_t rows = spl_batch_rows(*batch);
    bool *keep = SPL_NEW_ARRAY((*batch)->arena, rows + 1, bool);
    spl_buf key = spl_buf_in((*batch)->arena);

    for (uint32_t i = 0; i < rows; i++) {
        uint32_t row = spl_batch_row(*batch, i);
        spl_value value = spl_batch_get(*batch, row, self->field);
        spl_map_entry *group;
        double unexpected;

        if (i % 64 == 0) spl_query_poll(op->query);
        keep[i] = self->labelonly;
        if (spl_is_null(value)) continue;
        spl_rowkey_of(&key, *batch, row, self->by, self->n_by);
        group = spl_map_put(&self->groups, spl_buf_str(&key), NULL);
        if (!group->value) {
            window *made = SPL_NEW(op->state, window);
            made->text = spl_buf_in(op->state);
            group->value = made;
        }
        unexpected = judge(self, group->value, (*batch)->arena, spl_value_text((*batch)->arena, value));
        spl_batch_set(*batch, row, self->to, spl_number(unexpected));
        keep[i] = self->labelonly || unexpected >= self->threshold;
    }
    spl_batch_filter(*batch, keep);
    return SPL_OK;
}

static const spl_segment segments[] = {{.keyword = "by", .shape = SPL_ARGS_PLAIN}, {0}};

SPL_COMMAND(anomalies, .summary = "Tells how unlike the events before each event is.",
            .syntax = "anomalies [threshold=<number>] [labelonly=<bool>] [normalize=<bool>] [maxvalues=<n>] "
                      "[field=<field>] [denylist=<lookup>] [denylistthreshold=<number>] [BY <field> …]",
            .example =
                "| makeresults count=20 | streamstats count as n | eval _raw=if(n=15,\"kernel panic: not "
                "syncing\",\"request \".n.\" served\") | anomalies labelonly=true | sort - unexpectedness | table n",
            .args = SPL_ARGS_PLAIN, .segments = segments, .traits = SPL_ORDERED, .options = options,
            .op_size = sizeof(anomalies_op), .bind = anomalies_bind, .open = anomalies_open, .map = anomalies_map);
