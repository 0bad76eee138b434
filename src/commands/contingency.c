/* contingency.c -- a table of how often values of two fields occur together. */
#include "exec/bind.h"

#include "base/map.h"
#include "knowledge/limits.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct side { /* a value of one of the fields */
    spl_value value;
    spl_str text;
    uint64_t count;
    uint32_t number;
} side;

typedef struct cell {
    const side *row, *column;
    uint64_t count;
} cell;

typedef struct contingency_op {
    spl_op base;
    int64_t maxrows, maxcols;
    bool maxrows_given, maxcols_given;
    double mincolcover, minrowcover;
    bool usetotal;
    spl_str totalstr;
    spl_field field[2];
    /* running */
    spl_map sides[2], cells;
    uint64_t total;
    spl_buf key;
    side **rows, **columns;
    uint64_t **grid, *row_totals, *column_totals, shown_total; /* of what is shown */
    size_t n_rows, n_columns, given;
    bool ready;
} contingency_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(contingency_op, member), __VA_ARGS__             \
    }
static const spl_option options[] = {
    OPTION("maxrows", INT, maxrows, .given = offsetof(contingency_op, maxrows_given), .dflt = 1000, .min = 0,
           .max = 9e15, .help = "how many values of the first field, the most frequent ones; 0 for all"),
    OPTION("maxcols", INT, maxcols, .given = offsetof(contingency_op, maxcols_given), .dflt = 1000, .min = 0,
           .max = 9e15, .help = "how many values of the second field; 0 for all"),
    OPTION("mincolcover", NUMBER, mincolcover, .dflt = 1, .min = 0, .max = 1,
           .help = "columns are given until they cover this part of the events"),
    OPTION("minrowcover", NUMBER, minrowcover, .dflt = 1, .min = 0, .max = 1, .help = "the same of rows"),
    OPTION("usetotal", BOOL, usetotal, .dflt = 1, .help = "whether totals are given"),
    OPTION("totalstr", TEXT, totalstr, .text = "TOTAL", .help = "what the totals are called"),
    {0},
};

static bool contingency_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    contingency_op *c = (contingency_op *)op;
    spl_args args = spl_args_of(stage);

    if (!spl_args_no_wildcards(binder, stage)) return false;
    for (int i = 0; i < 2; i++) {
        const spl_node *node = spl_args_next(&args);
        spl_str name;
        if (!node || !spl_args_name(node, &name))
            return spl_lacks(binder, node, "the names of two fields", "host status");
        c->field[i] = spl_bind_field(binder, name);
        spl_bind_reads(binder, c->field[i]);
    }
    op->unordered = true;
    return spl_args_done(binder, &args);
}

static void contingency_open(spl_op *op)
{
    contingency_op *c = (contingency_op *)op;
    c->sides[0] = c->sides[1] = c->cells = spl_map_in(op->state);
    c->key = spl_buf_in(op->state);
}

static side *side_of(contingency_op *c, int which, spl_arena *scratch, spl_value value)
{
    if (value.kind == SPL_KIND_TEXT && !value.len) value = spl_text(SPL_S("EMPTY_STR"));
    spl_map_entry *entry = spl_map_put(&c->sides[which], spl_value_text(scratch, value), NULL);
    if (!entry->value) {
        side *s = SPL_NEW(c->base.state, side);
        s->text = entry->key;
        s->value = spl_value_keep(c->base.state, value);
        s->number = (uint32_t)c->sides[which].len - 1;
        entry->value = s;
    }
    return entry->value;
}

static spl_status contingency_gather(spl_op *op, spl_batch *batch)
{
    contingency_op *c = (contingency_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value a = spl_batch_get(batch, row, c->field[0]), b = spl_batch_get(batch, row, c->field[1]);
        for (uint32_t x = 0; x < spl_value_count(a); x++) {
            for (uint32_t y = 0; y < spl_value_count(b); y++) {
                side *first = side_of(c, 0, batch->arena, spl_value_at(a, x));
                side *second = side_of(c, 1, batch->arena, spl_value_at(b, y));
                uint32_t numbers[2] = {first->number, second->number};
                spl_map_entry *entry = spl_map_put(&c->cells, spl_str_cut((const char *)numbers, sizeof numbers), NULL);
                if (!entry->value) {
                    cell *made = SPL_NEW(op->state, cell);
                    made->row = first;
                    made->column = second;
                    entry->value = made;
                }
                ((cell *)entry->value)->count++;
                first->count++;
                second->count++;
                c->total++;
            }
        }
    }
    return SPL_OK;
}

static int by_count(const void *a, const void *b)
{
    const side *x = *(const side *const *)a, *y = *(const side *const *)b;
    return x->count != y->count ? (x->count > y->count ? -1 : 1) : spl_str_cmp(x->text, y->text);
}

/* The values that are shown, the most frequent first; PLACE: where each of them stands, SIZE_MAX if it does not. */
static side **shown(contingency_op *c, int which, int64_t most, bool most_given, double cover, size_t *n,
                    size_t **place)
{
    const spl_map *map = &c->sides[which];
    side **list = SPL_NEW_ARRAY(c->base.state, map->len, side *);
    uint64_t covered = 0, server = spl_server_limit(c->base.query, "ctable", "maxvalues", 1000);
    bool by_server = server && (!most || (uint64_t)most > server);

    if (by_server) most = (int64_t)server;
    *place = SPL_NEW_ARRAY(c->base.state, map->len, size_t);
    for (size_t i = 0; i < map->len; i++) {
        list[i] = map->entries[i].value;
        (*place)[i] = SIZE_MAX;
    }
    if (map->len) qsort(list, map->len, sizeof *list, by_count);
    for (*n = 0; *n < map->len && (!most || *n < (uint64_t)most) && (double)covered < cover * (double)c->total;
         (*n)++) {
        covered += list[*n]->count;
        (*place)[list[*n]->number] = *n;
    }
    if (by_server && map->len > server)
        spl_op_warn(&c->base, "limit", "contingency kept %zu of %zu %s (limits.conf, maxvalues)", *n, map->len,
                    which ? "columns" : "rows");
    else if (most && map->len > (uint64_t)most && !most_given)
        spl_op_warn(&c->base, "contingency-limit", "contingency kept %zu of %zu %s; %s=0 keeps all", *n, map->len,
                    which ? "columns" : "rows", which ? "maxcols" : "maxrows");
    return list;
}

static void prepare(contingency_op *c)
{
    size_t *row_place, *column_place;

    c->rows = shown(c, 0, c->maxrows, c->maxrows_given, c->minrowcover, &c->n_rows, &row_place);
    c->columns = shown(c, 1, c->maxcols, c->maxcols_given, c->mincolcover, &c->n_columns, &column_place);
    c->row_totals = SPL_NEW_ARRAY(c->base.state, c->n_rows, uint64_t);
    c->column_totals = SPL_NEW_ARRAY(c->base.state, c->n_columns, uint64_t);
    c->grid = SPL_NEW_ARRAY(c->base.state, c->n_rows, uint64_t *);
    for (size_t r = 0; r < c->n_rows; r++) c->grid[r] = SPL_NEW_ARRAY(c->base.state, c->n_columns, uint64_t);
    for (size_t i = 0; i < c->cells.len; i++) {
        const cell *one = c->cells.entries[i].value;
        size_t r = row_place[one->row->number], k = column_place[one->column->number];
        if (r == SIZE_MAX || k == SIZE_MAX) continue;
        c->grid[r][k] = one->count;
        c->row_totals[r] += one->count;
        c->column_totals[k] += one->count;
        c->shown_total += one->count;
    }
    c->ready = true;
}

static spl_status contingency_emit(spl_op *op, spl_batch **out)
{
    contingency_op *c = (contingency_op *)op;
    spl_field *fields, total = spl_field_of(op->query->fields, c->totalstr);
    size_t rows;

    if (!c->ready) prepare(c);
    rows = c->n_rows + (c->usetotal && c->n_rows);
    if (c->given == rows) return SPL_END;
    if (rows - c->given > 256) rows = c->given + 256;
    *out = spl_op_batch(op, (uint32_t)(rows - c->given));
    (*out)->fixed = true;
    fields = SPL_NEW_ARRAY((*out)->arena, c->n_columns + 1, spl_field);
    spl_batch_add(*out, c->field[0]);
    for (size_t k = 0; k < c->n_columns; k++) {
        fields[k] = spl_field_of(op->query->fields, c->columns[k]->text);
        spl_batch_add(*out, fields[k]);
    }
    for (uint32_t row = 0; c->given < rows; c->given++, row++) {
        bool last = c->given == c->n_rows;
        spl_batch_set(*out, row, c->field[0], last ? spl_text(c->totalstr) : c->rows[c->given]->value);
        for (size_t k = 0; k < c->n_columns; k++)
            spl_batch_set(*out, row, fields[k],
                          spl_number((double)(last ? c->column_totals[k] : c->grid[c->given][k])));
        if (c->usetotal)
            spl_batch_set(*out, row, total, spl_number((double)(last ? c->shown_total : c->row_totals[c->given])));
    }
    return SPL_OK;
}

static const char *const aliases[] = {"counttable", "ctable", NULL};

SPL_COMMAND(contingency, .aliases = aliases, .summary = "Counts how often values of two fields occur together.",
            .syntax = "contingency [maxrows=<n>] [maxcols=<n>] [mincolcover=<part>] [minrowcover=<part>] "
                      "[usetotal=<bool>] [totalstr=<text>] <field> <field>",
            .example = "| makeresults count=3 | streamstats count AS n | eval odd=n%2 | contingency n odd",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS | SPL_FIXES, .options = options,
            .op_size = sizeof(contingency_op), .bind = contingency_bind, .open = contingency_open,
            .gather = contingency_gather, .emit = contingency_emit);
