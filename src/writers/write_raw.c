/* write_raw.c -- the events as they stood, one after the other.
 *
 * A result without _raw (of stats, say) is written as its fields, name="value" separated by commas, with quotes and
 * backslashes escaped, so that nothing is lost and it can be read again as key-value text. */
#include "writers/writer.h"

#include "lang/text.h"

static void put_fields(spl_output *output, const spl_batch *batch, uint32_t row)
{
    spl_buf *out = &output->buffer;
    bool first = true;

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];
        if (!spl_output_shows(output, batch, column->field)) continue;
        spl_value value = spl_output_cell(output, column, row);
        for (uint32_t i = 0; i < spl_value_count(value); i++) {
            if (!first) spl_buf_add(out, SPL_S(", "));
            first = false;
            spl_buf_add(out, spl_field_name(output->query->fields, column->field));
            spl_buf_char(out, '=');
            spl_text_quote(out, spl_value_text(batch->arena, spl_value_at(value, i)));
        }
    }
}

static void raw_batch(spl_output *output, spl_batch *batch)
{
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value raw = spl_batch_get(batch, row, SPL_F_RAW);
        if (raw.kind == SPL_KIND_NULL)
            put_fields(output, batch, row);
        else
            spl_plain_value(&output->buffer, raw);
        spl_buf_char(&output->buffer, '\n');
        spl_output_spill(output);
    }
}

SPL_WRITER(raw, .summary = "The text of the events as it stood; other results as name=\"value\" pairs.",
           .batch = raw_batch);
