/* write_json.c -- results as JSON: ndjson, an object a line, and json, one list of them.
 *
 * Numbers that SPL computed are JSON numbers, text is a string as it stood, a multivalue is a list. An absent field is
 * left out, but null after a command that fixes the columns. Rules: docs/reference/formats/ndjson.md */
#include "writers/writer.h"

/* `"name":` of each field met, by field number. */
struct keys {
    spl_str *items;
    uint32_t count;
};

struct shown {
    const spl_column *column;
    spl_str key;
};

static spl_str key_of(spl_output *output, spl_field field)
{
    struct keys *keys = output->state;

    if (field >= keys->count) {
        uint32_t count = field * 2 + 64;
        spl_str *items = SPL_NEW_ARRAY(output->arena, count, spl_str);
        if (keys->count) memcpy(items, keys->items, keys->count * sizeof *items);
        keys->items = items;
        keys->count = count;
    }
    if (!keys->items[field].len) {
        spl_buf key = spl_buf_in(output->arena);
        spl_json_text(&key, spl_field_name(output->query->fields, field));
        spl_buf_char(&key, ':');
        keys->items[field] = spl_buf_str(&key);
    }
    return keys->items[field];
}

static void write_rows(spl_output *output, spl_batch *batch, bool list)
{
    spl_buf *out = &output->buffer;
    uint32_t rows = spl_batch_rows(batch), n = 0;
    uint64_t before = output->rows - rows;
    struct shown *shown = SPL_NEW_ARRAY(batch->arena, batch->n_columns, struct shown);

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];
        if (!spl_output_shows(output, batch, column->field)) continue;
        shown[n++] = (struct shown){column, key_of(output, column->field)};
    }
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t row = spl_batch_row(batch, i);
        bool first = true;

        if (list) spl_buf_add(out, before + i ? SPL_S(",\n") : SPL_S("\n"));
        spl_buf_char(out, '{');
        for (uint32_t c = 0; c < n; c++) {
            spl_value value = spl_output_cell(output, shown[c].column, row);
            if (value.kind == SPL_KIND_NULL && !batch->fixed) continue;
            char *to = spl_buf_room(out, shown[c].key.len + 1);
            if (!first) *to++ = ',';
            memcpy(to, shown[c].key.data, shown[c].key.len);
            out->len += shown[c].key.len + !first;
            first = false;
            spl_json_value(out, value);
        }
        spl_buf_char(out, '}');
        if (!list) spl_buf_char(out, '\n');
        spl_output_spill(output);
    }
}

static void ndjson_begin(spl_output *output)
{
    output->state = SPL_NEW(output->arena, struct keys);
}

static void ndjson_batch(spl_output *output, spl_batch *batch)
{
    write_rows(output, batch, false);
}

static void json_begin(spl_output *output)
{
    ndjson_begin(output);
    spl_buf_char(&output->buffer, '[');
}

static void json_batch(spl_output *output, spl_batch *batch)
{
    write_rows(output, batch, true);
}

static void json_end(spl_output *output)
{
    spl_buf_puts(&output->buffer, output->rows ? "\n]\n" : "]\n");
}

SPL_WRITER(ndjson, .summary = "A JSON object a result, each on a line of its own.", .begin = ndjson_begin,
           .batch = ndjson_batch);

SPL_WRITER(json, .summary = "One JSON list of objects, one a result.", .begin = json_begin, .batch = json_batch,
           .end = json_end);
