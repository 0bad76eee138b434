/* search_support.h -- for tests that run searches through spl.h: rows as text, one a line. */
#ifndef SPL_TESTS_SEARCH_SUPPORT_H
#define SPL_TESTS_SEARCH_SUPPORT_H

#include "spl.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct result {
    spl_status status;
    char *text; /* "field=value field=value\n" a row; the caller frees */
    size_t rows;
} result;

static inline void result_add(result *r, size_t *cap, size_t *len, spl_str text)
{
    if (*len + text.len + 1 > *cap) {
        *cap = (*len + text.len + 1) * 2;
        r->text = realloc(r->text, *cap);
    }
    if (text.len) memcpy(r->text + *len, text.data, text.len);
    *len += text.len;
    r->text[*len] = 0;
}

static inline void result_free(result *r)
{
    free(r->text);
    r->text = NULL;
}

/* One row as text; false when memory ran out. */
static inline bool result_row(spl_batch *batch, uint32_t row, spl_str *text)
{
    spl_frame frame;
    spl_buf line = spl_buf_in(batch->arena);
    uint32_t c;

    if (SPL_CATCH(&frame)) return false;
    for (c = 0; c < batch->n_columns; c++) {
        spl_value value = batch->columns[c]->cells[row];

        if (spl_is_null(value)) continue;
        spl_buf_add(&line, spl_field_name(batch->fields, batch->columns[c]->field));
        spl_buf_char(&line, '=');
        spl_buf_add(&line, spl_value_text(batch->arena, value));
        spl_buf_char(&line, ' ');
    }
    spl_buf_char(&line, '\n');
    *text = spl_buf_str(&line);
    spl_frame_leave(&frame);
    return true;
}

/* Runs SEARCH under CONFIG to its end. */
static inline result run_search(const spl_config *config, const char *search)
{
    result r = {.text = calloc(1, 1)};
    size_t cap = 1, len = 0, d;
    spl_search *s = spl_search_new(config, "search", spl_str_of(search), 1, 1);
    spl_batch *batch;
    spl_str line;
    uint32_t i;

    if (!s) {
        r.status = SPL_BOUND;
        return r;
    }
    r.status = spl_search_compile(s);
    while (r.status == SPL_OK && (r.status = spl_search_next(s, &batch)) == SPL_OK) {
        for (i = 0; r.status == SPL_OK && i < spl_batch_rows(batch); i++, r.rows++) {
            if (result_row(batch, spl_batch_row(batch, i), &line)) {
                result_add(&r, &cap, &len, line);
            } else {
                r.status = SPL_BOUND;
            }
        }
        spl_batch_free(batch);
    }
    if (r.status == SPL_END) r.status = SPL_OK;
    if (r.status != SPL_OK && getenv("SPL_TEST_SHOW")) {
        for (d = 0; d < spl_diag_len(spl_search_diag(s)); d++)
            spl_render(stderr, spl_diag_at(spl_search_diag(s), d), false, false);
    }
    spl_search_free(s);
    return r;
}

#endif
