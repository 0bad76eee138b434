/* lookup_use.c -- a lookup applied to events: inputs matched, outputs put in.
 *
 * An event that lacks one of the inputs is left alone. A multivalue input is looked up value by value, several by every
 * combination; what they give is put together in that order. */
#include "knowledge/lookup.h"

#include <math.h>

enum { COMBINATIONS_MAX = 65536 };

typedef struct output {
    uint32_t column; /* UINT32_MAX: the table has none (a collection), always null */
    spl_field field;
} output;

struct spl_lookup_use {
    const spl_lookup *lookup;
    const spl_table *table;
    spl_matcher *matcher;
    spl_field *in;
    size_t n_in;
    output *out;
    size_t n_out;
    bool only_new;
};

const spl_lookup *spl_lookup_use_lookup(const spl_lookup_use *use)
{
    return use->lookup;
}

static bool find_column(spl_binder *binder, const spl_lookup *lookup, const spl_table *table,
                        const spl_lookup_pair *pair, uint32_t *column)
{
    spl_str near;

    *column = spl_table_column(table, pair->column);
    if (*column != UINT32_MAX || lookup->collection.len) return true;
    if (!table->n_columns) return true; /* an empty file, as outputlookup leaves it where there are no results */
    spl_bad_argument(binder, pair->span, "the lookup \"%.*s\" has no field \"%.*s\"", SPL_FMT(lookup->name),
                     SPL_FMT(pair->column));
    near = spl_nearest(pair->column, table->columns, table->n_columns);
    if (near.len) {
        spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    } else {
        spl_buf names = spl_buf_in(binder->arena);
        for (uint32_t i = 0; i < table->n_columns && i < 20; i++)
            spl_buf_printf(&names, "%s%.*s", i ? ", " : "", SPL_FMT(table->columns[i]));
        spl_hint(binder->diag, "It has: %.*s%s.", SPL_FMT(spl_buf_str(&names)), table->n_columns > 20 ? ", …" : "");
    }
    return false;
}

/* Columns that the definition names and the table lacks. */
static void look_at(spl_binder *binder, const spl_lookup *lookup, const spl_table *table)
{
    if (!table->n_columns || lookup->collection.len) return;
    if (lookup->time_field.len && spl_table_column(table, lookup->time_field) == UINT32_MAX)
        spl_warning(binder->diag, lookup->span, "conf",
                    "no row of the lookup \"%.*s\" can match: its table has no column \"%.*s\", its time_field",
                    SPL_FMT(lookup->name), SPL_FMT(lookup->time_field));
    for (size_t i = 0; i < lookup->types.len; i++)
        if (spl_table_column(table, lookup->types.data[i].field) == UINT32_MAX)
            spl_warning(binder->diag, lookup->span, "conf",
                        "the table of the lookup \"%.*s\" has no column \"%.*s\", which its match_type names",
                        SPL_FMT(lookup->name), SPL_FMT(lookup->types.data[i].field));
}

spl_lookup_use *spl_lookup_use_new(spl_binder *binder, const spl_lookup *lookup, const spl_lookup_pair *in, size_t n_in,
                                   const spl_lookup_pair *out, size_t n_out, bool only_new, spl_span span)
{
    spl_lookup_use *use = SPL_NEW(binder->arena, spl_lookup_use);
    uint32_t *columns = SPL_NEW_ARRAY(binder->arena, n_in, uint32_t);
    bool good = true;

    use->lookup = lookup;
    use->table = spl_lookups_table(spl_lookups_of(binder->query), lookup, false);
    use->only_new = only_new;
    if (!use->table) {
        spl_refuse(binder, span, "missing-lookup", "the lookup \"%.*s\" has no file \"%.*s\"", SPL_FMT(lookup->name),
                   SPL_FMT(lookup->file));
        return NULL;
    }
    look_at(binder, lookup, use->table);
    use->in = SPL_NEW_ARRAY(binder->arena, n_in, spl_field);
    use->n_in = n_in;
    for (size_t i = 0; i < n_in; i++) {
        good = find_column(binder, lookup, use->table, &in[i], &columns[i]) && good;
        use->in[i] = in[i].field;
        spl_bind_reads(binder, in[i].field);
    }
    if (n_out) {
        use->out = SPL_NEW_ARRAY(binder->arena, n_out, output);
        use->n_out = n_out;
        for (size_t i = 0; i < n_out; i++) {
            good = find_column(binder, lookup, use->table, &out[i], &use->out[i].column) && good;
            use->out[i].field = out[i].field;
        }
    } else {
        use->out = SPL_NEW_ARRAY(binder->arena, use->table->n_columns, output);
        for (uint32_t c = 0; c < use->table->n_columns; c++) {
            bool input = (lookup->collection.len && spl_str_is(use->table->columns[c], "_key")) ||
                         (lookup->time_field.len && spl_str_eq(use->table->columns[c], lookup->time_field));
            for (size_t i = 0; i < n_in; i++) input = input || columns[i] == c;
            if (input) continue;
            use->out[use->n_out] = (output){c, spl_bind_field(binder, use->table->columns[c])};
            if (only_new) spl_bind_reads(binder, use->out[use->n_out].field);
            use->n_out++;
        }
    }
    if (lookup->time_field.len) spl_bind_reads(binder, SPL_F_TIME);
    if (!good) return NULL;
    use->matcher = spl_lookups_matcher(binder, lookup, use->table, columns, n_in);
    return use;
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

spl_matches *spl_lookup_use_start(const spl_lookup_use *use, spl_arena *arena)
{
    return spl_matches_new(arena, use->matcher);
}

typedef SPL_VEC(spl_value) values;

static void add_match(const spl_lookup_use *use, spl_arena *arena, values *lists, uint32_t row)
{
    for (size_t o = 0; o < use->n_out; o++) {
        spl_value cell;

        if (use->out[o].column == UINT32_MAX) continue;
        cell = spl_table_cell(use->table, row, use->out[o].column);
        for (uint32_t i = 0; i < spl_value_count(cell); i++) SPL_PUSH(arena, &lists[o], spl_value_at(cell, i));
    }
}

/* One event. LISTS and KEYS have room for its outputs and inputs. */
static void apply_row(const spl_lookup_use *use, spl_matches *matches, spl_batch *batch, uint32_t row, values *lists,
                      spl_str *keys, uint32_t *at, spl_column *const *in)
{
    double time = NAN;
    uint64_t combinations = 1;
    bool wanted = !use->only_new;

    for (size_t i = 0; i < use->n_in; i++) {
        if (!in[i] || spl_is_null(in[i]->cells[row])) return;
        if (combinations <= COMBINATIONS_MAX) combinations *= spl_value_count(in[i]->cells[row]);
        at[i] = 0;
    }
    for (size_t o = 0; o < use->n_out && !wanted; o++)
        wanted = spl_is_null(spl_batch_get(batch, row, use->out[o].field));
    if (!wanted) return;
    if (combinations > COMBINATIONS_MAX)
        spl_fail(SPL_BOUND, "the fields of an event have more than %d combinations of values to look up in \"%.*s\"",
                 COMBINATIONS_MAX, SPL_FMT(use->lookup->name));
    if (use->lookup->time_field.len && !spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &time)) time = NAN;
    for (size_t o = 0; o < use->n_out; o++) lists[o] = (values){0};
    for (uint64_t c = 0; c < combinations; c++) {
        const uint32_t *rows;
        size_t count, i;

        for (i = 0; i < use->n_in; i++) keys[i] = spl_value_text(batch->arena, spl_value_at(in[i]->cells[row], at[i]));
        count = spl_matcher_find(matches, keys, time, &rows);
        for (i = 0; i < count; i++) add_match(use, batch->arena, lists, rows[i]);
        for (i = count; i < use->lookup->min_matches; i++)
            for (size_t o = 0; o < use->n_out; o++)
                SPL_PUSH(batch->arena, &lists[o], spl_text(use->lookup->default_match));
        for (i = use->n_in; i-- > 0;) { /* the last input runs fastest */
            if (++at[i] < spl_value_count(in[i]->cells[row])) break;
            at[i] = 0;
        }
    }
    for (size_t o = 0; o < use->n_out; o++) {
        if (use->only_new && !spl_is_null(spl_batch_get(batch, row, use->out[o].field))) continue;
        spl_batch_set(batch, row, use->out[o].field, spl_multi_of(batch->arena, lists[o].data, lists[o].len));
    }
}

void spl_lookup_use_apply(const spl_lookup_use *use, spl_matches *matches, spl_batch *batch)
{
    values *lists = SPL_NEW_ARRAY(batch->arena, use->n_out, values);
    spl_str *keys = SPL_NEW_ARRAY(batch->arena, use->n_in, spl_str);
    uint32_t *at = SPL_NEW_ARRAY(batch->arena, use->n_in, uint32_t);
    spl_column **in = SPL_NEW_ARRAY(batch->arena, use->n_in, spl_column *);

    for (size_t o = 0; o < use->n_out; o++) spl_batch_add(batch, use->out[o].field);
    for (size_t i = 0; i < use->n_in; i++) in[i] = spl_batch_column(batch, use->in[i]);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++)
        apply_row(use, matches, batch, spl_batch_row(batch, i), lists, keys, at, in);
}
