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

/* Runs SEARCH under CONFIG to its end. */
static inline result run_search(const spl_config *config, const char *search)
{
    result r = {.text = calloc(1, 1)};
    size_t cap = 1, len = 0;
    spl_search *s = spl_search_new(config, "search", spl_str_of(search), 1, 1);
    spl_batch *batch;
    spl_buf line;
    uint32_t i, c;

    if (!s) {
        r.status = SPL_BOUND;
        return r;
    }
    r.status = spl_search_compile(s);
    while (r.status == SPL_OK && (r.status = spl_search_next(s, &batch)) == SPL_OK) {
        for (i = 0; i < spl_batch_rows(batch); i++, r.rows++) {
            spl_frame frame;

            if (SPL_CATCH(&frame)) {
                r.status = frame.status;
                break;
            }
            line = spl_buf_in(batch->arena);
            for (c = 0; c < batch->n_columns; c++) {
                spl_value value = batch->columns[c]->cells[spl_batch_row(batch, i)];

                if (spl_is_null(value)) continue;
                spl_buf_add(&line, spl_field_name(batch->fields, batch->columns[c]->field));
                spl_buf_char(&line, '=');
                spl_buf_add(&line, spl_value_text(batch->arena, value));
                spl_buf_char(&line, ' ');
            }
            spl_buf_char(&line, '\n');
            result_add(&r, &cap, &len, spl_buf_str(&line));
            spl_frame_leave(&frame);
        }
        spl_batch_free(batch);
    }
    if (r.status == SPL_END) r.status = SPL_OK;
    if (r.status != SPL_OK && getenv("SPL_TEST_SHOW")) {
        size_t d;

        for (d = 0; d < spl_diag_len(spl_search_diag(s)); d++)
            spl_render(stderr, spl_diag_at(spl_search_diag(s), d), false, false);
    }
    spl_search_free(s);
    return r;
}

#endif
