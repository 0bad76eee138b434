/* xmlunescape.c -- resolves XML's entities in the text of the event. */
#include "data/spath.h"
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("maxinputs", INT, "no script is handed the events", .min = 1, .max = 9e15),
    {0},
};

static bool xmlunescape_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_bind_reads(binder, SPL_F_RAW);
    return spl_bind_plain(binder, stage, op);
}

static spl_status xmlunescape_map(spl_op *op, spl_batch **in)
{
    spl_batch *batch = *in;
    (void)op;

    if (!spl_batch_column(batch, SPL_F_RAW)) return SPL_OK;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, SPL_F_RAW);
        spl_buf out;
        spl_str text;
        if (value.kind != SPL_KIND_TEXT || !memchr(value.as.text, '&', value.len)) continue;
        text = spl_value_str(value);
        out = spl_buf_in(batch->arena);
        for (size_t at = 0; at < text.len;)
            if (!spl_xml_entity(&out, text, &at)) spl_buf_char(&out, text.data[at++]);
        spl_batch_set(batch, row, SPL_F_RAW, spl_text(spl_buf_str(&out)));
    }
    return SPL_OK;
}

SPL_COMMAND(xmlunescape, .summary = "Resolves XML's entities in the text of events.",
            .syntax = "xmlunescape [maxinputs=<n>]",
            .example = "| makeresults | eval _raw=\"a &lt; b\" | xmlunescape | table _raw", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .op_size = sizeof(spl_op), .bind = xmlunescape_bind,
            .map = xmlunescape_map);
