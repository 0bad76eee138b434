/* outputtext.c -- the raw text of events into the field _xml. */
#include "exec/bind.h"

#include <stddef.h>

typedef struct outputtext_op {
    spl_op base;
    bool usexml;
} outputtext_op;

static const spl_option options[] = {{.name = "usexml",
                                      .type = SPL_OPTION_BOOL,
                                      .offset = offsetof(outputtext_op, usexml),
                                      .dflt = 1,
                                      .help = "escape the text for XML"},
                                     {0}};

static bool outputtext_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    op->unordered = true;
    spl_bind_reads(binder, SPL_F_RAW);
    spl_bind_makes(binder, spl_bind_field(binder, SPL_S("_xml")));
    return spl_bind_plain(binder, stage, op);
}

static spl_status outputtext_map(spl_op *op, spl_batch **batch)
{
    const outputtext_op *self = (const outputtext_op *)op;
    spl_field xml = spl_field_of((*batch)->fields, SPL_S("_xml"));

    spl_batch_add(*batch, xml);
    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        spl_value raw = spl_batch_get(*batch, row, SPL_F_RAW);
        spl_str text;
        spl_buf out;

        if (spl_is_null(raw) || !self->usexml) {
            spl_batch_set(*batch, row, xml, raw);
            continue;
        }
        text = spl_value_text((*batch)->arena, raw);
        out = spl_buf_in((*batch)->arena);
        for (size_t k = 0; k < text.len; k++) {
            switch (text.data[k]) {
            case '<': spl_buf_puts(&out, "&lt;"); break;
            case '>': spl_buf_puts(&out, "&gt;"); break;
            case '&': spl_buf_puts(&out, "&amp;"); break;
            case '"': spl_buf_puts(&out, "&quot;"); break;
            default: spl_buf_char(&out, text.data[k]);
            }
        }
        spl_batch_set(*batch, row, xml, spl_text(spl_buf_str(&out)));
    }
    return SPL_OK;
}

SPL_COMMAND(outputtext, .summary = "Puts the raw text of events into the field _xml.",
            .syntax = "outputtext [usexml=<bool>]",
            .example = "| makeresults | eval _raw=\"<a>\" | outputtext | eval x=_xml | table x", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .op_size = sizeof(outputtext_op), .bind = outputtext_bind,
            .map = outputtext_map);
