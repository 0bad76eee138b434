/* nomv.c -- joins the values of a multivalue field into one text, with new lines between them or with the delimiter of
 * an mvcombine of that field before. */
#include "commands/mvcombine.h"

#include "exec/bind.h"

typedef struct nomv_op {
    spl_op base;
    spl_field field;
    spl_str delim;
} nomv_op;

static bool nomv_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    nomv_op *nomv = (nomv_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name;

    nomv->delim = SPL_S("\n");
    if (!node || !spl_args_name(node, &name)) return spl_lacks(binder, node, "the name of a field", "user");
    nomv->field = spl_bind_field(binder, name);
    spl_bind_reads(binder, nomv->field);
    for (const spl_op *before = op->input; before; before = before->input) {
        const spl_mvcombine *combine = spl_mvcombine_of(before);
        if (!combine || combine->field != nomv->field) continue;
        nomv->delim = combine->delim;
        break;
    }
    return spl_args_done(binder, &args);
}

static spl_status nomv_map(spl_op *op, spl_batch **out)
{
    nomv_op *nomv = (nomv_op *)op;
    spl_batch *batch = *out;
    const spl_column *column = spl_batch_column(batch, nomv->field);
    if (!column) return SPL_OK;
    spl_str delim = column->delim.len ? column->delim : nomv->delim; /* stats delim= */
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, nomv->field);
        if (value.kind != SPL_KIND_MULTI) continue;
        spl_buf text = spl_buf_in(batch->arena);
        for (uint32_t v = 0; v < spl_value_count(value); v++) {
            if (v) spl_buf_add(&text, delim);
            spl_buf_add(&text, spl_value_text(batch->arena, spl_value_at(value, v)));
        }
        spl_batch_set(batch, row, nomv->field, spl_text(spl_buf_str(&text)));
    }
    return SPL_OK;
}

SPL_COMMAND(nomv, .summary = "Joins the values of a multivalue field into one.", .syntax = "nomv <field>",
            .example = "| makeresults | eval f=split(\"a,b\",\",\") | nomv f | table f", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .op_size = sizeof(nomv_op), .bind = nomv_bind, .map = nomv_map);
