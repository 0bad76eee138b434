/* terms.c -- rows as search terms. */
#include "exec/terms.h"

#include "lang/text.h"

#include <stdlib.h>

#define LITERAL(text)                                                                                                  \
    {                                                                                                                  \
        text, sizeof text - 1                                                                                          \
    }
const spl_terms_style spl_terms_default = {LITERAL("("),  LITERAL("("), LITERAL("AND"), LITERAL(")"),
                                           LITERAL("OR"), LITERAL(")"), LITERAL("OR")};

static bool pasted(spl_str name)
{
    return spl_str_is(name, "search") || spl_str_is(name, "query");
}

static bool plain_name(spl_str name)
{
    size_t i;

    for (i = 0; i < name.len; i++) {
        if (!spl_is_word(name.data[i]) && !spl_is_any(name.data[i], ".{}:-@")) return false;
    }
    return name.len > 0;
}

void spl_terms_compare(spl_buf *out, spl_str name, spl_str text)
{
    if (plain_name(name)) {
        spl_buf_add(out, name);
    } else {
        spl_text_quote(out, name);
    }
    spl_buf_char(out, '=');
    spl_text_quote(out, text);
}

void spl_terms_add(spl_buf *out, spl_str name, spl_value value)
{
    spl_str text = spl_value_text(out->arena, value);

    if (pasted(name)) {
        spl_buf_add(out, text);
    } else {
        spl_terms_compare(out, name, text);
    }
}

typedef struct named {
    spl_str name;
    spl_value value;
} named;

static int by_name(const void *a, const void *b)
{
    return spl_str_cmp(((const named *)a)->name, ((const named *)b)->name);
}

/* WORD between spaces; nothing for an empty one. */
static void add_word(spl_buf *out, spl_str word, bool before)
{
    if (word.len == 0) return;
    if (before) spl_buf_char(out, ' ');
    spl_buf_add(out, word);
    spl_buf_char(out, ' ');
}

bool spl_terms_row(spl_buf *out, const spl_terms_style *style, const spl_batch *batch, uint32_t row)
{
    SPL_VEC(named) shown = {0};
    uint32_t c, k, n;
    size_t i;

    for (c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];

        if (spl_is_null(column->cells[row]) || spl_field_internal(batch->fields, column->field)) continue;
        SPL_PUSH(out->arena, &shown, ((named){spl_field_name(batch->fields, column->field), column->cells[row]}));
    }
    if (shown.len == 0) return false;
    qsort(shown.data, shown.len, sizeof *shown.data, by_name);
    add_word(out, style->column_prefix, false);
    for (i = 0; i < shown.len; i++) {
        n = spl_value_count(shown.data[i].value);
        if (i) add_word(out, style->column_separator, true);
        if (n > 1) spl_buf_puts(out, "( ");
        for (k = 0; k < n; k++) {
            if (k) add_word(out, style->mv_separator, true);
            spl_terms_add(out, shown.data[i].name, spl_value_at(shown.data[i].value, k));
        }
        if (n > 1) spl_buf_puts(out, " )");
    }
    if (style->column_end.len) {
        spl_buf_char(out, ' ');
        spl_buf_add(out, style->column_end);
    }
    return true;
}

bool spl_terms_only(const spl_batch *batch, uint32_t row, spl_value *value)
{
    uint32_t c, seen = 0;

    for (c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];

        if (spl_is_null(column->cells[row]) || spl_field_internal(batch->fields, column->field)) continue;
        seen++;
        if (!pasted(spl_field_name(batch->fields, column->field))) return false;
        *value = column->cells[row];
    }
    return seen == 1;
}

void spl_terms_begin(spl_terms *terms, spl_buf *out, const spl_terms_style *style)
{
    *terms = (spl_terms){.out = out, .style = style, .begin = out->len};
    add_word(out, style->row_prefix, false);
}

void spl_terms_next(spl_terms *terms, const spl_batch *batch, uint32_t row)
{
    size_t before = terms->out->len;

    if (terms->rows == 0 && terms->argument)
        terms->only = spl_batch_get(batch, row, spl_field_of(batch->fields, SPL_S("search")));
    if (terms->rows == 0 &&
        ((terms->argument && !spl_is_null(terms->only)) || spl_terms_only(batch, row, &terms->only))) {
        terms->has_only = true;
        terms->only = spl_value_keep(terms->out->arena, terms->only);
    }
    if (terms->rows) add_word(terms->out, terms->style->row_separator, true);
    if (spl_terms_row(terms->out, terms->style, batch, row)) {
        terms->rows++;
    } else {
        terms->out->len = before;
    }
}

void spl_terms_end(spl_terms *terms, spl_str empty)
{
    if (terms->rows == 0) {
        terms->out->len = terms->begin;
        spl_buf_add(terms->out, empty);
    } else if (terms->style->row_end.len) {
        spl_buf_char(terms->out, ' ');
        spl_buf_add(terms->out, terms->style->row_end);
    }
}
