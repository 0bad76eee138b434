/* strcat.c -- joins fields and texts into one field. A field that is absent counts as an empty text. */
#include "exec/bind.h"

#include <stddef.h>

typedef struct strcat_op {
    spl_op base;
    bool allrequired;
    SPL_VEC(struct piece {
        spl_str text;
        spl_field field; /* SPL_NO_FIELD: the text */
    })
    pieces;
    spl_field to;
} strcat_op;

static const spl_option options[] = {
    {.name = "allrequired",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(strcat_op, allrequired),
     .dflt = 0,
     .help = "write nothing where one of the fields is absent"},
    {0},
};

static bool strcat_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    strcat_op *join = (strcat_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    spl_str name;

    join->to = SPL_NO_FIELD;
    while ((node = spl_args_next(&args))) {
        if (!spl_args_name(node, &name) && !node->quoted)
            return spl_bad_argument(binder, node->span, "strcat needs a field or a text in double quotes here");
        if (!spl_args_peek(&args)) {
            join->to = spl_bind_field(binder, node->text.len ? name : node->text);
            break;
        }
        struct piece p = {node->text, SPL_NO_FIELD};
        if (!node->quoted) {
            p.field = spl_bind_field(binder, name);
            spl_bind_reads(binder, p.field);
        }
        SPL_PUSH(binder->arena, &join->pieces, p);
    }
    if (!join->pieces.len)
        return spl_lacks(binder, NULL, "fields or texts, and the field to write", "src \"/\" dst both");
    return true;
}

static spl_status strcat_map(spl_op *op, spl_batch **batch)
{
    strcat_op *join = (strcat_op *)op;
    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        spl_buf text = spl_buf_in((*batch)->arena);
        bool all = true;
        for (size_t p = 0; p < join->pieces.len; p++) {
            const struct piece *piece = &join->pieces.data[p];
            spl_value value =
                piece->field == SPL_NO_FIELD ? spl_text(piece->text) : spl_batch_get(*batch, row, piece->field);
            all &= !spl_is_null(value);
            spl_buf_add(&text, spl_value_text((*batch)->arena, value));
        }
        if (all || !join->allrequired) spl_batch_set(*batch, row, join->to, spl_text(spl_buf_str(&text)));
    }
    return SPL_OK;
}

SPL_COMMAND(strcat, .summary = "Joins fields and texts into one field.",
            .syntax = "strcat [allrequired=<bool>] <field>|\"<text>\" … <new-field>",
            .example = "| makeresults | eval a=\"x\", b=\"y\" | strcat a \"/\" b c | table c", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .op_size = sizeof(strcat_op), .bind = strcat_bind,
            .map = strcat_map);
