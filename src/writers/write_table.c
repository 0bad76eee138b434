/* write_table.c -- results as an aligned table for people.
 *
 * Rows are held to the end, since widths are those of the longest cells. The values of a multivalue, and the lines of a
 * text, are lines within the cell. Numbers stand to the right. _time is shown as local time. On a terminal long texts
 * are cut to its width (with "…"; numbers and times never), and results of more columns than fit are shown one below
 * the other; elsewhere nothing is cut. Tabs are four spaces, other control characters are shown as \xNN, so that no
 * event can steer the terminal. */
#include "writers/writer.h"

#include "base/utf8.h"

#include <glib.h>

enum {
    GAP = 2,        /* spaces between columns */
    NARROWEST = 10, /* a column is not cut below this on a terminal */
    MOST_LINES = 12 /* of a cell on a terminal */
};

struct column {
    unsigned width; /* of the longest line, name included */
    unsigned least; /* of the longest number or time: cut, they would be others */
    bool text;      /* some cell is no number */
    bool numbers;   /* some cell is one */
    spl_str name;
};

struct table {
    spl_held *held;
    SPL_VEC(struct column) columns;
};

static unsigned character_width(uint32_t code)
{
    if (code < 0x20 || code == 0x7F) return 4; /* \xNN, or a tab */
    if (code < 0x300) return code >= 0x80 && code < 0xA0 ? 4 : 1;
    if (g_unichar_iszerowidth(code)) return 0;
    return g_unichar_iswide(code) ? 2 : 1;
}

static unsigned text_width(spl_str text)
{
    unsigned width = 0;
    for (size_t at = 0; at < text.len;) {
        unsigned char c = (unsigned char)text.data[at];
        if (c >= 0x20 && c < 0x7F) {
            width++;
            at++;
        } else {
            width += character_width(spl_utf8_next(text, &at));
        }
    }
    return width;
}

/* The next line of TEXT from *AT; false beyond the last. A newline at the very end makes no line of its own. */
static bool next_line(spl_str text, size_t *at, spl_str *line)
{
    if (*at > text.len || (*at == text.len && *at > 0)) return false;
    const char *newline = *at < text.len ? memchr(text.data + *at, '\n', text.len - *at) : NULL;
    size_t end = newline ? (size_t)(newline - text.data) : text.len;
    *line = spl_str_sub(text, *at, end);
    if (line->len && line->data[line->len - 1] == '\r') line->len--;
    *at = end + 1;
    return true;
}

/* Writes LINE cut to WIDTH columns (0: whole); returns the columns it took. */
static unsigned put_line(spl_buf *out, spl_str line, unsigned width)
{
    unsigned taken = 0;
    bool cut = width && text_width(line) > width;

    for (size_t at = 0; at < line.len;) {
        size_t from = at;
        uint32_t code = spl_utf8_next(line, &at);
        unsigned w = character_width(code);
        if (cut && taken + w > width - 1) break;
        taken += w;
        if (code == '\t')
            spl_buf_puts(out, "    ");
        else if (w == 4)
            spl_buf_printf(out, "\\x%02x", (unsigned)code);
        else if (code == 0xFFFD)
            spl_buf_utf8(out, code); /* an invalid byte */
        else
            spl_buf_add(out, spl_str_sub(line, from, at));
    }
    if (cut) {
        spl_buf_add(out, SPL_S("…"));
        taken++;
    }
    return taken;
}

static void put_spaces(spl_buf *out, unsigned count)
{
    memset(spl_buf_room(out, count + 1), ' ', count);
    out->len += count;
}

static void table_begin(spl_output *output)
{
    struct table *table = SPL_NEW(output->arena, struct table);
    output->state = table;
    table->held = spl_held_new(output);
    for (uint32_t i = 0; i < output->n_columns; i++) spl_held_column(table->held, output->columns[i]);
}

static void grow_columns(spl_output *output, struct table *table)
{
    const spl_field *fields;
    uint32_t count = spl_held_columns(table->held, &fields);
    while (table->columns.len < count) {
        spl_str name = spl_field_name(output->query->fields, fields[table->columns.len]);
        struct column column = {.width = text_width(name), .least = NARROWEST, .name = name};
        SPL_PUSH(output->arena, &table->columns, column);
    }
}

/* Splunk shows _time as local time, with milliseconds where there are any. */
static void put_time(spl_output *output, spl_buf *out, double time)
{
    double part = time - (double)(int64_t)time;
    spl_strftime(out, output->query->zone, time,
                 part != 0 ? SPL_S("%Y-%m-%d %H:%M:%S.%3N") : SPL_S("%Y-%m-%d %H:%M:%S"));
}

static void hold_cell(spl_output *output, struct table *table, uint32_t index, const spl_column *column,
                      spl_value value)
{
    bool time = column->field == SPL_F_TIME && !column->format && value.kind == SPL_KIND_NUMBER &&
                value.as.number > -1e11 && value.as.number < 1e12;
    spl_buf *out = spl_held_cell_begin(table->held, index);

    if (time)
        put_time(output, out, value.as.number);
    else
        spl_plain_value(out, value);
    bool number = value.kind == SPL_KIND_NUMBER && !time;
    spl_str text = spl_held_cell_end(table->held, number);
    struct column *shape = &table->columns.data[index];
    if (number)
        shape->numbers = true;
    else
        shape->text = true;
    spl_str line;
    for (size_t at = 0; next_line(text, &at, &line);) {
        unsigned width = text_width(line);
        if (width > shape->width) shape->width = width;
        if ((number || time) && width > shape->least) shape->least = width;
    }
}

static void table_batch(spl_output *output, spl_batch *batch)
{
    struct table *table = output->state;
    uint32_t *index = SPL_NEW_ARRAY(batch->arena, batch->n_columns, uint32_t);

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        index[c] = spl_output_shows(output, batch, field) ? spl_held_column(table->held, field) : UINT32_MAX;
    }
    grow_columns(output, table);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_held_row_begin(table->held);
        for (uint32_t c = 0; c < batch->n_columns; c++) {
            if (index[c] == UINT32_MAX) continue;
            spl_value value = spl_output_cell(output, batch->columns[c], row);
            if (value.kind != SPL_KIND_NULL) hold_cell(output, table, index[c], batch->columns[c], value);
        }
        spl_held_row_end(table->held);
    }
}

/* Cuts the widest columns until all fit. False: even the narrowest do not. */
static bool fit(struct table *table, unsigned width)
{
    struct column *columns = table->columns.data;
    unsigned total = 0, least = 0;
    size_t count = table->columns.len;

    for (size_t c = 0; c < count; c++) {
        unsigned own = columns[c].width;
        total += own + (c ? GAP : 0);
        least += (own < columns[c].least ? own : columns[c].least) + (c ? GAP : 0);
    }
    if (least > width) return false;
    while (total > width) { /* the widest shrinks to the second widest, to its least, or to what is needed */
        unsigned widest = 0, next = 0, many = 0;
        for (size_t c = 0; c < count; c++)
            if (columns[c].width > columns[c].least && columns[c].width > widest) widest = columns[c].width;
        if (!widest) break;
        for (size_t c = 0; c < count; c++) {
            unsigned own = columns[c].width, stop = own == widest ? columns[c].least : own;
            if (own <= columns[c].least || own > widest) continue;
            many += own == widest;
            if (stop > next) next = stop;
        }
        unsigned excess = total - width, each = widest - next;
        if (each * many > excess) each = (excess + many - 1) / many;
        for (size_t c = 0; c < count; c++) {
            if (columns[c].width != widest || columns[c].width <= columns[c].least) continue;
            columns[c].width -= each;
            total -= each;
        }
    }
    return true;
}

static void put_row(spl_output *output, const struct table *table, const spl_held_cell **cells, size_t *at)
{
    spl_buf *out = &output->buffer;
    size_t count = table->columns.len;

    for (size_t c = 0; c < count; c++) at[c] = 0;
    for (unsigned n = 0;; n++) {
        bool any = false, last = output->terminal && n == MOST_LINES;
        size_t begin = out->len, trimmed = out->len;

        for (size_t c = 0; c < count; c++) {
            const struct column *column = &table->columns.data[c];
            spl_str line = {"", 0};
            unsigned taken = 0;
            bool has = cells[c] && next_line(cells[c]->text, &at[c], &line);
            any |= has;
            if (c) put_spaces(out, GAP);
            if (has && last) line = SPL_S("…");
            bool right = has && cells[c]->number;
            unsigned own = right ? text_width(line) : 0;
            if (right && own < column->width) put_spaces(out, column->width - own);
            if (has) taken = put_line(out, line, output->terminal ? column->width : 0);
            if (line.len) trimmed = out->len;
            if (!right && taken < column->width) put_spaces(out, column->width - taken);
        }
        if (n && !any) {
            out->len = begin;
            return;
        }
        out->len = trimmed; /* no spaces at the end of a line */
        spl_buf_char(out, '\n');
        spl_output_spill(output);
        if (last) return;
    }
}

static void put_head(spl_output *output, const struct table *table)
{
    spl_buf *out = &output->buffer;
    size_t trimmed = out->len;

    for (size_t c = 0; c < table->columns.len; c++) {
        const struct column *column = &table->columns.data[c];
        bool right = column->numbers && !column->text;
        unsigned own = text_width(column->name);
        if (c) put_spaces(out, GAP);
        if (right && own < column->width) put_spaces(out, column->width - own);
        unsigned taken = put_line(out, column->name, output->terminal ? column->width : 0);
        trimmed = out->len;
        if (!right && taken < column->width) put_spaces(out, column->width - taken);
    }
    out->len = trimmed;
    spl_buf_char(out, '\n');
    for (size_t c = 0; c < table->columns.len; c++) {
        if (c) put_spaces(out, GAP);
        memset(spl_buf_room(out, table->columns.data[c].width + 1), '-', table->columns.data[c].width);
        out->len += table->columns.data[c].width;
    }
    spl_buf_char(out, '\n');
}

/* One below the other, for terminals that are too narrow for the columns. */
static void put_record(spl_output *output, const struct table *table, const spl_held_cell **cells, uint64_t number)
{
    spl_buf *out = &output->buffer;
    unsigned names = 0;

    for (size_t c = 0; c < table->columns.len; c++) {
        unsigned width = text_width(table->columns.data[c].name);
        if (cells[c] && width > names) names = width;
    }
    if (names > output->width / 2) names = output->width / 2;
    spl_buf_printf(out, "--- %llu ---\n", (unsigned long long)number);
    for (size_t c = 0; c < table->columns.len; c++) {
        spl_str line;
        unsigned n = 0;
        if (!cells[c]) continue;
        for (size_t at = 0; next_line(cells[c]->text, &at, &line); n++) {
            unsigned taken = n ? 0 : put_line(out, table->columns.data[c].name, names);
            put_spaces(out, names - taken + GAP);
            if (n == MOST_LINES) line = SPL_S("…");
            put_line(out, line, output->width > names + GAP ? output->width - names - GAP : 1);
            spl_buf_char(out, '\n');
            if (n == MOST_LINES) break;
        }
        spl_output_spill(output);
    }
}

static void table_end(spl_output *output)
{
    struct table *table = output->state;
    const spl_held_cell *cells;
    uint32_t n_cells;
    uint64_t number = 0;

    grow_columns(output, table);
    size_t count = table->columns.len;
    if (!count) return;
    const spl_held_cell **by_column = SPL_NEW_ARRAY(output->arena, count, const spl_held_cell *);
    size_t *at = SPL_NEW_ARRAY(output->arena, count, size_t);
    bool wide = !output->terminal || !output->width || fit(table, output->width);

    if (wide) put_head(output, table);
    spl_held_rewind(table->held);
    while (spl_held_next(table->held, &cells, &n_cells)) {
        for (size_t c = 0; c < count; c++) by_column[c] = NULL;
        for (uint32_t i = 0; i < n_cells; i++) by_column[cells[i].column] = &cells[i];
        if (wide)
            put_row(output, table, by_column, at);
        else
            put_record(output, table, by_column, ++number);
    }
}

SPL_WRITER(table, .summary = "Aligned columns for people to read.", .begin = table_begin, .batch = table_batch,
           .end = table_end);
