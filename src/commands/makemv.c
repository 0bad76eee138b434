/* makemv.c -- splits a field's text into values, at a delimiter or by a regular expression. */
#include "exec/bind.h"

#include "base/regex.h"
#include "base/utf8.h"

#include <stddef.h>

typedef struct makemv_op {
    spl_op base;
    spl_field field;
    spl_str delim;
    bool delim_given, allowempty;
    bool idle; /* the field is internal */
    const spl_node *tokenizer_node;
    spl_regex *pattern;
} makemv_op;

static const spl_option options[] = {
    {.name = "delim",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(makemv_op, delim),
     .given = offsetof(makemv_op, delim_given),
     .text = " ",
     .takes = "a text that is not empty",
     .wrong = "\"\"",
     .help = "what separates the values"},
    {.name = "tokenizer",
     .type = SPL_OPTION_NODE,
     .offset = offsetof(makemv_op, tokenizer_node),
     .wrong = "\"(\" \"a\"",
     .help = "a regular expression whose first group is a value, at each match"},
    {.name = "allowempty",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(makemv_op, allowempty),
     .dflt = 0,
     .help = "keep empty values between delimiters"},
    SPL_IDLE("setsv", BOOL, "a field has no single value beside its values"),
    {0},
};

static bool makemv_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    makemv_op *make = (makemv_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name, error;
    size_t at;

    if (!node || !spl_args_name(node, &name))
        return spl_lacks(binder, node, "the name of a field", "delim=\",\" users");
    make->field = spl_bind_field(binder, name);
    make->idle = spl_bind_passes_over(binder, node, make->field);
    spl_bind_reads(binder, make->field);
    if (make->tokenizer_node && make->tokenizer_node->kind != SPL_NODE_HOLE) {
        const spl_node *value = make->tokenizer_node;
        if (make->delim_given)
            return spl_bad_argument(binder, value->span, "makemv takes delim= or tokenizer=, not both");
        make->pattern = spl_regex_compile(binder->arena, value->text, 0, &error, &at);
        if (!make->pattern)
            return spl_refuse(binder, value->span, "bad-regex", "the regular expression is not valid: %.*s",
                              SPL_FMT(error));
        if (!spl_regex_groups(make->pattern)) {
            spl_bad_argument(binder, value->span, "the tokenizer needs a group for the value");
            spl_hint(binder->diag, "For example: tokenizer=\"([^,]+),?\"");
            return false;
        }
    } else if (!make->delim.len) {
        return spl_option_refuse(binder, stage, options, "delim");
    }
    return spl_args_done(binder, &args);
}

typedef SPL_VEC(spl_value) values;

static void split(const makemv_op *make, spl_arena *arena, spl_str text, values *out)
{
    for (size_t at = 0;;) {
        ptrdiff_t found = spl_str_find(text, make->delim, at);
        spl_str part = spl_str_sub(text, at, found < 0 ? text.len : (size_t)found);
        if (part.len || make->allowempty) SPL_PUSH(arena, out, spl_text(part));
        if (found < 0) return;
        at = (size_t)found + make->delim.len;
    }
}

static void tokenize(const makemv_op *make, spl_arena *arena, spl_str text, values *out)
{
    spl_match *match = make->base.worker->match;
    for (size_t from = 0; from <= text.len && spl_regex_search(match, make->pattern, text, from);) {
        spl_str part;
        if (spl_match_group(match, 1, &part) && (part.len || make->allowempty)) SPL_PUSH(arena, out, spl_text(part));
        size_t end = spl_match_end(match, 0);
        if (end == spl_match_begin(match, 0)) {
            if (end >= text.len) return;
            spl_utf8_next(text, &end);
        }
        from = end;
    }
}

static spl_status makemv_map(spl_op *op, spl_batch **out)
{
    makemv_op *make = (makemv_op *)op;
    spl_batch *batch = *out;
    values list = {0};

    if (make->idle || !spl_batch_column(batch, make->field)) return SPL_OK;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, make->field);
        list.len = 0;
        for (uint32_t v = 0; v < spl_value_count(value); v++)
            (make->pattern ? tokenize : split)(make, batch->arena, spl_value_text(batch->arena, spl_value_at(value, v)),
                                               &list);
        /* A tokenizer that finds nothing leaves the field as it is. */
        if (list.len) spl_batch_set(batch, row, make->field, spl_multi_of(batch->arena, list.data, list.len));
    }
    return SPL_OK;
}

SPL_COMMAND(makemv, .summary = "Splits a field into several values.",
            .syntax = "makemv [delim=\"<text>\" | tokenizer=\"<regular-expression>\"] [allowempty=<bool>] "
                      "[setsv=<bool>] <field>",
            .example = "| makeresults | eval f=\"a,b\" | makemv delim=\",\" f | table f", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS | SPL_REGEXES, .options = options, .op_size = sizeof(makemv_op), .bind = makemv_bind,
            .map = makemv_map);
