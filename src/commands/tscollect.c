/* tscollect.c -- keeps fields of the results in a namespace, a file of records in the state folder that tstats reads.
 *
 * Splunk's index files hold field::value tokens and the times of events: so do the records, an object a line. */
#include "commands/outputs.h"

#include "base/utf8.h"
#include "knowledge/limits.h"

#include <math.h>
#include <stddef.h>

typedef struct tscollect_op {
    spl_op base;
    spl_str namespace, file;
    bool namespace_given, squash, keep, squash_given, keep_given;
    /* running */
    spl_rowstore *kept;
    uint64_t rows;
    bool done, told;
} tscollect_op;

static const spl_option options[] = {
    {.name = "namespace",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tscollect_op, namespace),
     .given = offsetof(tscollect_op, namespace_given),
     .text = "",
     .help = "the name that tstats reads them by"},
    {.name = "squashcase",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(tscollect_op, squash),
     .given = offsetof(tscollect_op, squash_given),
     .help = "keep names and values in small letters"},
    {.name = "keepresults",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(tscollect_op, keep),
     .given = offsetof(tscollect_op, keep_given),
     .help = "pass the results on; false: give their count"},
    {0},
};

static bool tscollect_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    tscollect_op *self = (tscollect_op *)op;
    spl_args args = spl_args_of(stage);
    const char *wrong;

    spl_bind_reads_all(binder);
    if (!self->squash_given) self->squash = spl_limit_flag(binder->query, "tscollect", "squashcase", false);
    if (!self->keep_given) self->keep = spl_limit_flag(binder->query, "tscollect", "keepresults", false);
    if (!spl_args_done(binder, &args)) return false;
    if (!self->namespace_given) {
        spl_warning(binder->diag, stage->name_span, "unused-option",
                    "without namespace= nothing can read what tscollect keeps: it goes with the search");
        return true;
    }
    self->file = spl_strf(binder->arena, "%.*s.ndjson", SPL_FMT(self->namespace));
    wrong = self->namespace.len ? spl_state_name(self->file) : "must not be empty";
    if (wrong) return spl_bad_argument(binder, stage->span, "the name of a namespace %s", wrong);
    return true;
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

/* A field as it is kept: one column, or with squashcase several whose names differ in case. */
typedef struct kept_field {
    spl_str name;
    SPL_VEC(const spl_column *) columns;
} kept_field;
typedef SPL_VEC(kept_field) kept_fields;

static kept_fields fields_of(const tscollect_op *self, const spl_batch *batch)
{
    kept_fields fields = {0};
    spl_map at = spl_map_in(batch->arena);

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];
        spl_str name = spl_field_name(batch->fields, column->field);
        spl_map_entry *entry;

        if (spl_field_internal(batch->fields, column->field)) continue;
        if (self->squash) name = spl_utf8_lower(batch->arena, name);
        entry = spl_map_put(&at, name, NULL);
        if (!entry->value) {
            SPL_PUSH(batch->arena, &fields, (kept_field){.name = name});
            entry->value = (void *)(uintptr_t)fields.len;
        }
        SPL_PUSH(batch->arena, &fields.data[(uintptr_t)entry->value - 1].columns, column);
    }
    return fields;
}

static spl_value small(spl_arena *arena, spl_value value)
{
    return value.kind == SPL_KIND_TEXT ? spl_text(spl_utf8_lower(arena, spl_value_str(value))) : value;
}

/* All values of the field, in small letters where they are to be. */
static spl_value value_of(const tscollect_op *self, spl_arena *arena, const kept_field *field, uint32_t row)
{
    SPL_VEC(spl_value) items = {0};

    if (!self->squash) return field->columns.data[0]->cells[row];
    for (size_t c = 0; c < field->columns.len; c++) {
        spl_value cell = field->columns.data[c]->cells[row];

        for (uint32_t i = 0; i < spl_value_count(cell); i++)
            SPL_PUSH(arena, &items, small(arena, spl_value_at(cell, i)));
    }
    return items.len == 1 ? items.data[0] : items.len ? spl_multi_of(arena, items.data, items.len) : SPL_NULL;
}

static void write_batch(tscollect_op *self, spl_state_file *file, const spl_batch *batch)
{
    kept_fields fields = fields_of(self, batch);
    spl_buf line = spl_buf_in(batch->arena);

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        double time;

        spl_buf_clear(&line);
        spl_buf_char(&line, '{');
        if (spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &time) && isfinite(time))
            spl_outputs_member(&line, "", SPL_S("_time"), spl_batch_get(batch, row, SPL_F_TIME));
        for (size_t f = 0; f < fields.len; f++)
            spl_outputs_member(&line, "", fields.data[f].name, value_of(self, batch->arena, &fields.data[f], row));
        spl_buf_puts(&line, "}\n");
        spl_state_put(file, spl_buf_str(&line));
    }
}

/* All results are read before any goes on, so that what is kept does not depend on how many the stages after it want.
 */
static void collect_all(tscollect_op *self)
{
    spl_op *op = &self->base;
    spl_state_file *file = NULL;
    spl_batch *next;

    if (self->namespace_given && !op->query->dry_run)
        file = spl_state_write(op->query->state, "tsidxstats", self->file, true);
    if (self->keep) self->kept = spl_rowstore_new(op);
    while (spl_op_pull(op, &next) == SPL_OK) {
        self->rows += spl_batch_rows(next);
        op->row_count += spl_batch_rows(next);
        if (file) write_batch(self, file, next);
        if (self->keep)
            spl_rowstore_add(self->kept, next);
        else
            spl_batch_free(next);
        spl_query_poll(op->query);
    }
    if (file) spl_state_done(file);
}

static spl_status tscollect_next(spl_op *op, spl_batch **batch)
{
    tscollect_op *self = (tscollect_op *)op;
    spl_field count = spl_field_of(op->query->fields, SPL_S("count"));

    if (!self->done) collect_all(self);
    self->done = true;
    if (self->keep) {
        *batch = spl_rowstore_take(self->kept);
        return *batch ? SPL_OK : SPL_END;
    }
    if (self->told) return SPL_END;
    self->told = true;
    *batch = spl_op_batch(op, 1);
    spl_batch_set(*batch, 0, count, spl_number((double)self->rows));
    return SPL_OK;
}

SPL_COMMAND(
    tscollect, .summary = "Keeps fields of the results in a namespace that tstats reads.",
    .syntax = "tscollect [namespace=<name>] [squashcase=<bool>] [keepresults=<bool>]",
    .example = "| makeresults | eval user=\"amy\" | tscollect namespace=logons",
    .differs = "A namespace is a file of records in the state folder. Without namespace= nothing is kept: Splunk keeps "
               "it as long as the job, and there are no jobs.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_ADDS_ROWS, .options = options, .op_size = sizeof(tscollect_op),
    .bind = tscollect_bind, .next = tscollect_next);
