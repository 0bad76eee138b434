/* mvexpand.c -- a result for each value of a multivalue field. */
#include "exec/bind.h"
#include "knowledge/limits.h"

#include <stddef.h>

typedef struct mvexpand_op {
    spl_op base;
    spl_field field;
    int64_t limit;
    bool idle;      /* the field is internal */
    uint64_t bytes; /* that the results made of one may take; 0: any number (limits.conf, [mvexpand]) */
} mvexpand_op;

static const spl_option options[] = {
    {.name = "limit",
     .type = SPL_OPTION_INT,
     .offset = offsetof(mvexpand_op, limit),
     .dflt = 0,
     .min = 0,
     .max = 9e15,
     .help = "how many values of each result to use, 0 for all"},
    {0},
};

static bool mvexpand_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    mvexpand_op *expand = (mvexpand_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name;

    if (!node || !spl_args_name(node, &name)) return spl_lacks(binder, node, "the name of a field", "user");
    expand->field = spl_bind_field(binder, name);
    expand->idle = spl_bind_passes_over(binder, node, expand->field);
    spl_bind_reads(binder, expand->field);
    expand->bytes = spl_server_limit(binder->query, "mvexpand", "max_mem_usage_mb", 500) << 20;
    return spl_args_done(binder, &args);
}

/* How many results of this row, COUNT at the most, fit into the bound. */
static uint32_t fitting(mvexpand_op *expand, const spl_batch *batch, uint32_t row, uint32_t count)
{
    uint64_t size = 0;

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_value value = batch->columns[c]->cells[row];
        if (batch->columns[c]->field != expand->field && value.kind == SPL_KIND_TEXT) size += spl_value_str(value).len;
    }
    if (!size || size * count <= expand->bytes) return count;
    spl_op_warn(&expand->base, "limit",
                "mvexpand left results out: those of one result took more than %llu MB (limits.conf, [mvexpand])",
                (unsigned long long)(expand->bytes >> 20));
    return size > expand->bytes ? 1 : (uint32_t)(expand->bytes / size);
}

static spl_status mvexpand_map(spl_op *op, spl_batch **batch)
{
    mvexpand_op *expand = (mvexpand_op *)op;
    spl_batch *old = *batch;
    SPL_VEC(uint32_t) rows = {0};
    SPL_VEC(spl_value) values = {0};
    bool changes = false;

    if (expand->idle || !spl_batch_column(old, expand->field)) return SPL_OK;
    for (uint32_t i = 0; i < spl_batch_rows(old); i++) {
        uint32_t row = spl_batch_row(old, i);
        spl_value value = spl_batch_get(old, row, expand->field);
        uint32_t count = spl_value_count(value);
        if (expand->limit && count > expand->limit) count = (uint32_t)expand->limit;
        if (expand->bytes && count > 1) count = fitting(expand, old, row, count);
        changes |= value.kind == SPL_KIND_MULTI;
        if (!count) {
            SPL_PUSH(old->arena, &rows, row);
            SPL_PUSH(old->arena, &values, value);
        }
        for (uint32_t v = 0; v < count; v++) {
            SPL_PUSH(old->arena, &rows, row);
            SPL_PUSH(old->arena, &values, spl_value_at(value, v));
        }
    }
    if (!changes) return SPL_OK;
    *batch = spl_batch_gather(old, rows.data, (uint32_t)rows.len);
    for (uint32_t i = 0; i < rows.len; i++) spl_batch_set(*batch, i, expand->field, values.data[i]);
    return SPL_OK;
}

SPL_COMMAND(mvexpand, .summary = "Makes a result for each value of a multivalue field.",
            .syntax = "mvexpand <field> [limit=<n>]",
            .example = "| makeresults | eval f=split(\"a,b\",\",\") | mvexpand f | table f", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS | SPL_ADDS_ROWS, .options = options, .op_size = sizeof(mvexpand_op),
            .bind = mvexpand_bind, .map = mvexpand_map);
