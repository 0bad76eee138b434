/* format.c -- makes one result, with the field search, of all: search terms that find what the results say. */
#include "exec/bind.h"
#include "exec/terms.h"

#include <stddef.h>

typedef struct format_op {
    spl_op base;
    spl_str mvsep, emptystr;
    int64_t maxresults;
    spl_terms_style style;
    spl_buf text;
    spl_terms terms;
    bool done;
    uint64_t taken;
} format_op;

static const spl_option options[] = {
    {.name = "mvsep",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(format_op, mvsep),
     .text = "OR",
     .help = "between the values of a multivalue field"},
    {.name = "maxresults",
     .type = SPL_OPTION_INT,
     .offset = offsetof(format_op, maxresults),
     .dflt = 0,
     .min = 0,
     .max = 9e15,
     .help = "how many results to use, 0 for all"},
    {.name = "emptystr",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(format_op, emptystr),
     .text = "NOT( )",
     .help = "the text where there is no result"},
    {0},
};

static bool format_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    format_op *format = (format_op *)op;
    spl_args args = spl_args_of(stage);
    spl_str *parts[] = {&format->style.row_prefix, &format->style.column_prefix, &format->style.column_separator,
                        &format->style.column_end, &format->style.row_separator, &format->style.row_end};
    const spl_node *node;
    size_t n = 0;

    format->style = spl_terms_default;
    format->style.mv_separator = format->mvsep;
    while ((node = spl_args_next(&args))) {
        if (node->kind != SPL_NODE_WORD || n == 6)
            return spl_bad_argument(binder, node->span, "format takes six texts, no more");
        *parts[n++] = node->text;
    }
    if (n && n < 6 && !binder->holes) {
        spl_bad_argument(binder, stage->span, "format takes six texts or none, not %zu", n);
        spl_hint(binder->diag, "The defaults are: format \"(\" \"(\" \"AND\" \")\" \"OR\" \")\"");
        return false;
    }
    spl_bind_reads_all(binder);
    return true;
}

static void format_open(spl_op *op)
{
    format_op *format = (format_op *)op;
    format->text = spl_buf_in(op->state);
    spl_terms_begin(&format->terms, &format->text, &format->style);
}

static spl_status format_gather(spl_op *op, spl_batch *batch)
{
    format_op *format = (format_op *)op;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        if (format->maxresults && format->taken >= (uint64_t)format->maxresults) return SPL_END;
        spl_terms_next(&format->terms, batch, spl_batch_row(batch, i));
        format->taken++;
    }
    return SPL_OK;
}

static spl_status format_emit(spl_op *op, spl_batch **batch)
{
    format_op *format = (format_op *)op;
    if (format->done) return SPL_END;
    format->done = true;
    spl_terms_end(&format->terms, format->emptystr);
    *batch = spl_op_batch(op, 1);
    spl_batch_set(*batch, 0, spl_field_of((*batch)->fields, SPL_S("search")),
                  spl_text(spl_str_copy((*batch)->arena, spl_buf_str(&format->text))));
    return SPL_OK;
}

SPL_COMMAND(format, .summary = "Makes search terms of the results, in one field search.",
            .syntax = "format [mvsep=<text>] [maxresults=<n>] [emptystr=<text>] [\"<row prefix>\" \"<column prefix>\" "
                      "\"<column separator>\" \"<column end>\" \"<row separator>\" \"<row end>\"]",
            .example = "| makeresults | eval user=\"amy\" | fields user | format | table search",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS, .options = options,
            .op_size = sizeof(format_op), .bind = format_bind, .open = format_open, .gather = format_gather,
            .emit = format_emit);
