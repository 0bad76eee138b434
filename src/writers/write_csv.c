/* write_csv.c -- results as csv (RFC 4180) and as tab-separated values.
 *
 * The first line names every column, so rows are held until the end where the pipeline does not fix its columns. csv
 * joins the values of a multivalue by newlines inside quotes; tsv writes \t \n \r \\ for the bytes that would break a
 * line. Null and the empty text are both empty. Rules: docs/reference/formats/csv.md */
#include "writers/writer.h"

#include "base/csv.h"

struct delimited {
    bool tabs;
    spl_held *held; /* NULL: columns are fixed and rows are written as they come */
    spl_buf scratch;
};

static void tsv_cell(spl_buf *out, spl_str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c != '\t' && c != '\n' && c != '\r' && c != '\\') continue;
        spl_buf_add(out, spl_str_sub(text, from, i));
        spl_buf_char(out, '\\');
        spl_buf_char(out, c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\');
        from = i + 1;
    }
    spl_buf_add(out, spl_str_sub(text, from, text.len));
}

static void put_cell(const struct delimited *d, spl_buf *out, spl_str text, uint32_t index, uint32_t count)
{
    if (index) spl_buf_char(out, d->tabs ? '\t' : ',');
    if (d->tabs)
        tsv_cell(out, text);
    else
        spl_csv_put(out, text, count == 1); /* a lone empty cell would be an empty line */
}

static void put_header(spl_output *output, const spl_field *fields, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        put_cell(output->state, &output->buffer, spl_field_name(output->query->fields, fields[i]), i, count);
    if (count) spl_buf_char(&output->buffer, '\n');
}

static void begin(spl_output *output, bool tabs)
{
    struct delimited *d = SPL_NEW(output->arena, struct delimited);
    d->tabs = tabs;
    d->scratch = spl_buf_in(output->arena);
    output->state = d;
    if (output->columns)
        put_header(output, output->columns, output->n_columns);
    else
        d->held = spl_held_new(output);
}

static void csv_begin(spl_output *output)
{
    begin(output, false);
}

static void tsv_begin(spl_output *output)
{
    begin(output, true);
}

static void write_fixed(spl_output *output, spl_batch *batch)
{
    struct delimited *d = output->state;
    const spl_column **columns = SPL_NEW_ARRAY(batch->arena, output->n_columns, const spl_column *);

    for (uint32_t c = 0; c < output->n_columns; c++) columns[c] = spl_batch_column(batch, output->columns[c]);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        for (uint32_t c = 0; c < output->n_columns; c++) {
            spl_value value = columns[c] ? spl_output_cell(output, columns[c], row) : SPL_NULL;
            spl_str text = {"", 0};
            if (value.kind == SPL_KIND_TEXT) {
                text = spl_value_str(value);
            } else if (value.kind != SPL_KIND_NULL) {
                spl_buf_clear(&d->scratch);
                spl_plain_value(&d->scratch, value);
                text = spl_buf_str(&d->scratch);
            }
            put_cell(d, &output->buffer, text, c, output->n_columns);
        }
        spl_buf_char(&output->buffer, '\n');
        spl_output_spill(output);
    }
}

static void hold(spl_output *output, spl_batch *batch)
{
    struct delimited *d = output->state;
    uint32_t *index = SPL_NEW_ARRAY(batch->arena, batch->n_columns, uint32_t);

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        index[c] = spl_output_shows(output, batch, field) ? spl_held_column(d->held, field) : UINT32_MAX;
    }
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_held_row_begin(d->held);
        for (uint32_t c = 0; c < batch->n_columns; c++) {
            if (index[c] == UINT32_MAX) continue;
            spl_value value = spl_output_cell(output, batch->columns[c], row);
            if (value.kind == SPL_KIND_NULL) continue;
            spl_plain_value(spl_held_cell_begin(d->held, index[c]), value);
            (void)spl_held_cell_end(d->held, false);
        }
        spl_held_row_end(d->held);
    }
}

static void write_batch(spl_output *output, spl_batch *batch)
{
    const struct delimited *d = output->state;
    if (d->held)
        hold(output, batch);
    else
        write_fixed(output, batch);
}

static void write_end(spl_output *output)
{
    struct delimited *d = output->state;
    const spl_field *fields;
    const spl_held_cell *cells;
    uint32_t n_cells;

    if (!d->held) return;
    uint32_t count = spl_held_columns(d->held, &fields);
    spl_str *texts = SPL_NEW_ARRAY(output->arena, count, spl_str);
    put_header(output, fields, count);
    spl_held_rewind(d->held);
    while (spl_held_next(d->held, &cells, &n_cells)) {
        for (uint32_t c = 0; c < count; c++) texts[c] = SPL_S("");
        for (uint32_t i = 0; i < n_cells; i++) texts[cells[i].column] = cells[i].text;
        for (uint32_t c = 0; c < count; c++) put_cell(d, &output->buffer, texts[c], c, count);
        spl_buf_char(&output->buffer, '\n');
        spl_output_spill(output);
    }
}

SPL_WRITER(csv, .summary = "Comma-separated values with a header line.", .begin = csv_begin, .batch = write_batch,
           .end = write_end);

SPL_WRITER(tsv, .summary = "Tab-separated values with a header line; \\t \\n \\r \\\\ stand for what would break it.",
           .begin = tsv_begin, .batch = write_batch, .end = write_end);
