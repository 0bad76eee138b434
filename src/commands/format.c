/* format.c -- the rows as one text of search terms, in the field search. */
#include "exec/bind.h"
#include "exec/terms.h"

typedef struct format_op {
    spl_op base;
    spl_str mvsep, emptystr;
    int64_t maxresults;
    spl_terms_style style;
    spl_buf text;
    spl_terms terms;
    bool done;
} format_op;

static const spl_option options[] = {
    {"mvsep", SPL_OPTION_TEXT, offsetof(format_op, mvsep), .text = "OR",
     .help = "what stands between the values of a multivalue field"},
    {"maxresults", SPL_OPTION_INT, offsetof(format_op, maxresults), .dflt = 0, .min = 0, .max = 1e15,
     .help = "rows taken at the most; 0 for all"},
    {"emptystr", SPL_OPTION_TEXT, offsetof(format_op, emptystr), .text = "NOT( )",
     .help = "the text where no row has a field"},
    {0},
};

static bool format_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    format_op *format = (format_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    spl_str words[6];
    size_t n = 0;

    spl_bind_reads_all(binder);
    format->style = spl_terms_default;
    while ((node = spl_args_next(&args))) {
        if (node->kind != SPL_NODE_WORD || n == 6)
            return spl_bad_argument(binder, node->span, "format takes six strings, and options");
        words[n++] = node->text;
    }
    if (n && n != 6) {
        spl_bad_argument(binder, stage->span, "format needs all six strings or none; %zu given", n);
        spl_hint(binder->diag, "In this order: row prefix, column prefix, column separator, column end, row separator, "
                               "row end: format \"(\" \"(\" \"AND\" \")\" \"OR\" \")\"");
        return false;
    }
    if (n) {
        format->style = (spl_terms_style){words[0], words[1], words[2], words[3], words[4], words[5], {NULL, 0}};
    }
    format->style.mv_separator = format->mvsep;
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
    uint32_t i;

    for (i = 0; i < spl_batch_rows(batch); i++) {
        if (format->maxresults && format->terms.rows >= (uint64_t)format->maxresults) return SPL_END;
        spl_terms_next(&format->terms, batch, spl_batch_row(batch, i));
    }
    return SPL_OK;
}

static spl_status format_emit(spl_op *op, spl_batch **batch)
{
    format_op *format = (format_op *)op;
    spl_str text;

    if (format->done) return SPL_END;
    format->done = true;
    spl_terms_end(&format->terms, format->emptystr);
    *batch = spl_op_batch(op, 1);
    text = format->terms.rows == 1 && format->terms.has_only ? spl_value_text(op->state, format->terms.only)
                                                             : spl_buf_str(&format->text);
    spl_batch_set(*batch, 0, spl_field_of(op->query->fields, SPL_S("search")),
                  spl_text(spl_str_copy((*batch)->arena, text)));
    return SPL_OK;
}

SPL_COMMAND(format, .summary = "Turns the rows into one text of search terms, as a subsearch does at its end.",
            .syntax = "format [mvsep=<string>] [maxresults=<int>] [\"<row prefix>\" \"<column prefix>\" "
                      "\"<column separator>\" \"<column end>\" \"<row separator>\" \"<row end>\"] [emptystr=<string>]",
            .example = "| makeresults | eval user=\"amy\" | fields user | format | table search",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED | SPL_TRANSFORMS, .options = options,
            .op_size = sizeof(format_op), .bind = format_bind, .open = format_open, .gather = format_gather,
            .emit = format_emit);
