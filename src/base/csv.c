/* csv.c -- see csv.h. */
#include "base/csv.h"

spl_csv spl_csv_of(spl_str text)
{
    spl_csv csv = {.text = text, .next_line = 1};

    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) csv.at = 3;
    return csv;
}

static uint32_t lines_in(const char *begin, const char *end)
{
    uint32_t count = 0;

    while (begin < end && (begin = memchr(begin, '\n', (size_t)(end - begin))) != NULL) {
        count++;
        begin++;
    }
    return count;
}

/* A cell whose quote stands at csv->at. False: it is not closed. */
static bool quoted_cell(spl_csv *csv, spl_arena *arena, spl_str *cell)
{
    const char *data = csv->text.data, *end = data + csv->text.len, *from = data + csv->at + 1, *at = from;
    bool escaped = false;
    spl_buf out;

    if (csv->unclosed) { /* quotes span no lines any more */
        const char *newline = memchr(from, '\n', (size_t)(end - from));
        if (newline) end = newline;
    }
    for (;;) {
        at = at < end ? memchr(at, '"', (size_t)(end - at)) : NULL;
        if (!at) return false;
        if (at + 1 >= end || at[1] != '"') break;
        escaped = true;
        at += 2;
    }
    csv->next_line += lines_in(from, at);
    *cell = spl_str_cut(from, (size_t)(at - from));
    csv->at = (size_t)(at - data) + 1;
    if (escaped) {
        out = spl_buf_in(arena);
        for (size_t i = 0; i < cell->len;) {
            const char *quote = memchr(cell->data + i, '"', cell->len - i);
            size_t to = quote ? (size_t)(quote - cell->data) + 1 : cell->len;
            spl_buf_add(&out, spl_str_sub(*cell, i, to));
            i = quote ? to + 1 : to; /* the second of the two */
        }
        *cell = spl_buf_str(&out);
    }
    return true;
}

static size_t bare_end(const spl_csv *csv)
{
    size_t at = csv->at;

    while (at < csv->text.len && csv->text.data[at] != ',' && csv->text.data[at] != '\n') at++;
    return at;
}

/* Carriage returns before the end of a line are part of it, however many: published tables end lines in \r\r\n. */
static void without_returns(spl_str *text)
{
    while (text->len && text->data[text->len - 1] == '\r') text->len--;
}

bool spl_csv_next(spl_csv *csv, spl_arena *arena, spl_csv_cells *cells)
{
    spl_str text = csv->text;

    cells->len = 0;
    while (csv->at < text.len) { /* empty lines */
        size_t end = csv->at;

        while (end < text.len && text.data[end] == '\r') end++;
        if (end >= text.len || text.data[end] != '\n') break;
        csv->at = end + 1;
        csv->next_line++;
    }
    if (csv->at >= text.len) return false;
    csv->line = csv->next_line;
    csv->begin = csv->at;
    for (;;) {
        spl_str cell = {"", 0};
        size_t end;

        if (csv->at < text.len && text.data[csv->at] == '"') {
            if (quoted_cell(csv, arena, &cell)) {
                end = bare_end(csv);
                spl_str rest = spl_str_sub(text, csv->at, end);
                without_returns(&rest);
                if (spl_str_trim(rest).len) {
                    spl_buf joined = spl_buf_in(arena);
                    spl_buf_add(&joined, cell);
                    spl_buf_add(&joined, rest);
                    cell = spl_buf_str(&joined);
                }
                csv->at = end;
                goto have;
            }
            if (!csv->unclosed) csv->unclosed = csv->next_line, csv->unclosed_at = csv->at;
        }
        end = bare_end(csv);
        cell = spl_str_sub(text, csv->at, end);
        if (end >= text.len || text.data[end] == '\n') without_returns(&cell);
        csv->at = end;
    have:
        SPL_PUSH(arena, cells, cell);
        if (csv->at >= text.len) return true;
        if (text.data[csv->at++] == '\n') {
            csv->next_line++;
            return true;
        }
    }
}

void spl_csv_put(spl_buf *out, spl_str text, bool alone)
{
    bool quotes = alone && !text.len;

    if (text.len) quotes = text.data[0] == ' ' || text.data[text.len - 1] == ' ';
    for (size_t i = 0; i < text.len && !quotes; i++) {
        char c = text.data[i];
        quotes = c == ',' || c == '"' || c == '\n' || c == '\r';
    }
    if (!quotes) {
        spl_buf_add(out, text);
        return;
    }
    spl_buf_char(out, '"');
    for (size_t at = 0; at < text.len;) {
        const char *quote = memchr(text.data + at, '"', text.len - at);
        size_t end = quote ? (size_t)(quote - text.data) + 1 : text.len;
        spl_buf_add(out, spl_str_sub(text, at, end));
        if (quote) spl_buf_char(out, '"');
        at = end;
    }
    spl_buf_char(out, '"');
}
