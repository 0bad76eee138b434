/* gauge.c -- one row for a gauge on a screen: the value as x, the borders of its ranges as y1, y2 … */
#include "exec/bind.h"

#include "base/num.h"

typedef struct gauge_part {
    spl_field field; /* SPL_NO_FIELD: the number */
    double number;
} gauge_part;

typedef struct gauge_op {
    spl_op base;
    SPL_VEC(gauge_part) parts;
    SPL_VEC(spl_value) found; /* running: the first value of each */
    bool done;
} gauge_op;

static bool gauge_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    gauge_op *gauge = (gauge_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    spl_str name;

    while ((node = spl_args_next(&args))) {
        gauge_part part = {.field = SPL_NO_FIELD};
        if (!spl_args_name(node, &name))
            return spl_bad_argument(binder, node->span, "a number or the name of a field is expected here");
        if (node->quoted || !spl_num_parse(name, &part.number)) {
            part.field = spl_bind_field(binder, name);
            spl_bind_reads(binder, part.field);
        }
        SPL_PUSH(binder->arena, &gauge->parts, part);
    }
    if (!gauge->parts.len) return spl_lacks(binder, NULL, "a number or the name of a field", "count 0 25 50 100");
    if (gauge->parts.len == 2) gauge->parts.len = 1; /* a single border means nothing */
    return true;
}

static spl_status gauge_gather(spl_op *op, spl_batch *batch)
{
    gauge_op *gauge = (gauge_op *)op;
    bool missing = false;

    while (gauge->found.len < gauge->parts.len) SPL_PUSH(op->state, &gauge->found, SPL_NULL);
    for (size_t p = 0; p < gauge->parts.len; p++) {
        if (gauge->parts.data[p].field == SPL_NO_FIELD) continue;
        for (uint32_t i = 0; i < spl_batch_rows(batch) && spl_is_null(gauge->found.data[p]); i++)
            gauge->found.data[p] =
                spl_value_keep(op->state, spl_batch_get(batch, spl_batch_row(batch, i), gauge->parts.data[p].field));
        missing |= spl_is_null(gauge->found.data[p]);
    }
    return missing ? SPL_OK : SPL_END;
}

static spl_status gauge_emit(spl_op *op, spl_batch **out)
{
    gauge_op *gauge = (gauge_op *)op;

    if (gauge->done || !gauge->found.len) return SPL_END;
    gauge->done = true;
    *out = spl_op_batch(op, 1);
    (*out)->fixed = true;
    for (size_t p = 0; p < gauge->parts.len; p++) {
        const gauge_part *part = &gauge->parts.data[p];
        spl_str name = p ? spl_strf((*out)->arena, "y%zu", p) : SPL_S("x");
        spl_batch_set(*out, 0, spl_field_of(op->query->fields, name),
                      part->field == SPL_NO_FIELD ? spl_number(part->number)
                                                  : spl_value_keep((*out)->arena, gauge->found.data[p]));
    }
    return SPL_OK;
}

SPL_COMMAND(gauge, .summary = "Makes one row for a gauge: a value and the borders of its ranges.",
            .syntax = "gauge <number-or-field> [<number-or-field> …]",
            .example = "| makeresults | eval n=7 | gauge n 0 10 20", .args = SPL_ARGS_PLAIN,
            .traits = SPL_TRANSFORMS | SPL_ORDERED | SPL_FIXES, .op_size = sizeof(gauge_op), .bind = gauge_bind,
            .gather = gauge_gather, .emit = gauge_emit);
