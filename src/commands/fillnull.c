/* fillnull.c -- puts a value where there is none. With a list of fields each result is looked at alone; without, and
 * with patterns, the fields are those that any result has, so that all results must be seen first (they are spooled,
 * exec/sorter.h). */
#include "exec/sorter.h"

#include "base/wildcard.h"

#include <stddef.h>

typedef struct fillnull_op {
    spl_op base;
    spl_str value;
    SPL_VEC(spl_str) names;
    bool patterns;
    spl_sorter *sorter;
} fillnull_op;

static const spl_option options[] = {
    {.name = "value",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(fillnull_op, value),
     .text = "0",
     .help = "what to put"},
    {0},
};

static const spl_command every_field;

static bool fillnull_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    fillnull_op *fill = (fillnull_op *)op;
    spl_node_vec list = {0};

    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &list)) return false;
    for (size_t i = 0; i < list.len; i++) {
        SPL_PUSH(binder->arena, &fill->names, list.data[i]->text);
        fill->patterns |= spl_wildcard_has(list.data[i]->text);
        spl_bind_reads_name(binder, list.data[i]->text);
    }
    if (!list.len) {
        SPL_PUSH(binder->arena, &fill->names, SPL_S("*"));
        spl_bind_reads_all(binder);
    }
    if (!list.len || fill->patterns) op->command = &every_field;
    return true;
}

static void fill_column(const fillnull_op *fill, spl_batch *batch, spl_field field)
{
    spl_column *column = spl_batch_add(batch, field);
    spl_value value = spl_text(fill->value);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        if (spl_is_null(column->cells[row])) spl_batch_set(batch, row, field, value);
    }
}

static void fill_named(const fillnull_op *fill, spl_batch *batch)
{
    for (size_t i = 0; i < fill->names.len; i++)
        if (!spl_wildcard_has(fill->names.data[i]))
            fill_column(fill, batch, spl_field_of(batch->fields, fill->names.data[i]));
}

static spl_status fillnull_map(spl_op *op, spl_batch **batch)
{
    fill_named((const fillnull_op *)op, *batch);
    return SPL_OK;
}

SPL_COMMAND(fillnull, .summary = "Puts a value where fields have none.",
            .syntax = "fillnull [value=<text>] [<field-or-pattern> …]",
            .example = "| makeresults | eval a=1 | fillnull value=none a b | table a b", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .op_size = sizeof(fillnull_op), .bind = fillnull_bind,
            .map = fillnull_map);

/* --- without a list, and with patterns
 * ----------------------------------------------------------------------------------------------- */

static void every_open(spl_op *op)
{
    spl_sorter_config config = {0};
    ((fillnull_op *)op)->sorter = spl_sorter_new(op->state, op->query, &config);
}

static spl_status every_gather(spl_op *op, spl_batch *batch)
{
    spl_sorter_add(((fillnull_op *)op)->sorter, op, batch);
    return SPL_OK;
}

static void every_merge(spl_op *into, spl_op *from)
{
    spl_sorter_merge(((fillnull_op *)into)->sorter, ((fillnull_op *)from)->sorter);
}

static spl_status every_emit(spl_op *op, spl_batch **batch)
{
    fillnull_op *fill = (fillnull_op *)op;
    *batch = spl_sorter_next(fill->sorter);
    if (!*batch) return SPL_END;
    fill_named(fill, *batch);
    for (uint32_t c = 0; c < (*batch)->n_columns; c++) {
        spl_field field = (*batch)->columns[c]->field;
        if (!spl_sorter_seen(fill->sorter, field)) continue;
        if (spl_pattern_any(fill->names.data, fill->names.len, spl_field_name((*batch)->fields, field)))
            fill_column(fill, *batch, field);
    }
    return SPL_OK;
}

static const spl_command every_field = {
    .name = "fillnull",
    .args = SPL_ARGS_PLAIN,
    .options = options,
    .op_size = sizeof(fillnull_op),
    .open = every_open,
    .gather = every_gather,
    .merge = every_merge,
    .emit = every_emit,
};
