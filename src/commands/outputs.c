/* outputs.c -- see outputs.h. */
#include "commands/outputs.h"

#include "base/csv.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/num.h"

#include <math.h>
#include <zlib.h>

spl_status spl_outputs_next(spl_op *op, spl_outputs *outputs, const spl_outputs_hooks *hooks, bool pass,
                            spl_batch **batch)
{
    if (pass || op->query->dry_run) {
        spl_status status = op->input ? spl_op_next(op->input, batch) : SPL_END;
        if (status == SPL_OK) spl_op_count_in(op, *batch);
        return status;
    }
    if (!outputs->written) {
        spl_batch *next;

        outputs->written = true;
        outputs->in = spl_rowstore_new(op);
        outputs->out = spl_rowstore_new(op);
        outputs->columns = spl_fieldtable_in(op->state, sizeof(bool));
        while (spl_op_pull(op, &next) == SPL_OK) {
            for (uint32_t c = 0; c < next->n_columns; c++)
                spl_fieldtable_put(&outputs->columns, next->columns[c]->field);
            outputs->rows += spl_batch_rows(next);
            op->row_count += spl_batch_rows(next);
            spl_rowstore_add(outputs->in, next);
            spl_query_poll(op->query);
        }
        hooks->begin(op);
        while ((next = spl_rowstore_take(outputs->in)) != NULL) {
            hooks->batch(op, next);
            spl_rowstore_add(outputs->out, next);
            spl_query_poll(op->query);
        }
        hooks->end(op);
    }
    *batch = spl_rowstore_take(outputs->out);
    return *batch ? SPL_OK : SPL_END;
}

void spl_outputs_text(spl_buf *out, spl_value value, spl_str separator)
{
    char room[SPL_NUM_MAX];

    for (uint32_t i = 0; i < spl_value_count(value); i++) {
        spl_value item = spl_value_at(value, i);

        if (i) spl_buf_add(out, separator);
        if (item.kind == SPL_KIND_TEXT)
            spl_buf_add(out, spl_value_str(item));
        else
            spl_buf_add(out, spl_str_cut(room, spl_num_write(room, item.as.number, item.digits)));
    }
}

/* --- records --- */

spl_str spl_outputs_file(spl_binder *binder, spl_str file, spl_str index)
{
    spl_buf name = spl_buf_in(binder->arena);

    if (!file.len) return spl_strf(binder->arena, "%.*s.ndjson", SPL_FMT(index));
    for (size_t i = 0; i < file.len;) {
        spl_str rest = spl_str_sub(file, i, file.len);

        if (spl_str_starts(rest, SPL_S("$timestamp$"))) {
            spl_buf_printf(&name, "%.0f", binder->query->now);
            i += 11;
        } else if (spl_str_starts(rest, SPL_S("$random$"))) {
            spl_buf_printf(&name, "%llu", (unsigned long long)(spl_hash_bytes(&binder->query->seed, 8, 7) >> 33));
            i += 8;
        } else {
            spl_buf_char(&name, file.data[i++]);
        }
    }
    return spl_buf_str(&name);
}

bool spl_outputs_markers(spl_binder *binder, const spl_node *stage, spl_str text, spl_markers *markers)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        bool quoted = false;
        const char *equals;
        spl_str part;
        spl_marker made;

        for (; end < text.len && (quoted || text.data[end] != ','); end++) quoted ^= text.data[end] == '"';
        part = spl_str_trim(spl_str_sub(text, at, end));
        at = end + 1;
        if (!part.len) continue;
        equals = memchr(part.data, '=', part.len);
        if (!equals || equals == part.data) {
            spl_bad_argument(binder, stage->span, "marker takes name=value pairs, and \"%.*s\" is none", SPL_FMT(part));
            spl_hint(binder->diag, "For example: marker=\"report=daily, search_name=\\\"vpn starts and stops\\\"\"");
            return false;
        }
        made.name = spl_str_trim(spl_str_cut(part.data, (size_t)(equals - part.data)));
        made.value = spl_str_trim(spl_str_sub(part, (size_t)(equals - part.data) + 1, part.len));
        if (made.value.len >= 2 && made.value.data[0] == '"' && made.value.data[made.value.len - 1] == '"')
            made.value = spl_str_sub(made.value, 1, made.value.len - 1);
        made.field = spl_bind_field(binder, made.name);
        SPL_PUSH(binder->arena, markers, made);
    }
    return true;
}

static void add_value(spl_buf *out, spl_value value)
{
    if (value.kind == SPL_KIND_MULTI) {
        spl_buf_char(out, '[');
        for (uint32_t i = 0; i < spl_value_count(value); i++) {
            if (i) spl_buf_char(out, ',');
            add_value(out, spl_value_at(value, i));
        }
        spl_buf_char(out, ']');
    } else if (value.kind == SPL_KIND_NUMBER && isfinite(value.as.number)) {
        spl_outputs_text(out, value, SPL_S(""));
    } else {
        spl_json_quote(out, spl_value_text(out->arena, value));
    }
}

void spl_outputs_member(spl_buf *out, const char *prefix, spl_str name, spl_value value)
{
    if (spl_is_null(value)) return;
    if (out->data[out->len - 1] != '{') spl_buf_char(out, ',');
    spl_json_quote(out, *prefix ? spl_strf(out->arena, "%s%.*s", prefix, SPL_FMT(name)) : name);
    spl_buf_char(out, ':');
    add_value(out, value);
}

/* --- CSV files -------------------------------------------------------------------------------------------------------
 */

struct spl_csv_file {
    spl_op *op;
    spl_state_file *file;
    const spl_field *fields;
    const bool *multi;
    size_t count;
    size_t width; /* cells in a row */
    spl_str separator;
    spl_buf line, cell;
    z_stream *z; /* or NULL */
    char packed[16 * 1024];
};

static void deflate_close(void *ptr)
{
    deflateEnd(ptr);
}

static void put(spl_csv_file *file, int flush)
{
    if (!file->z) {
        spl_state_put(file->file, spl_buf_str(&file->line));
    } else {
        file->z->next_in = (Bytef *)file->line.data;
        file->z->avail_in = (uInt)file->line.len;
        do {
            file->z->next_out = (Bytef *)file->packed;
            file->z->avail_out = sizeof file->packed;
            deflate(file->z, flush);
            spl_state_put(file->file, spl_str_cut(file->packed, sizeof file->packed - file->z->avail_out));
        } while (file->z->avail_out == 0);
    }
    spl_buf_clear(&file->line);
}

static void mv_encode(spl_buf *out, spl_value value)
{
    spl_buf item = spl_buf_in(out->arena);

    for (uint32_t i = 0; value.kind == SPL_KIND_MULTI && i < spl_value_count(value); i++) {
        if (i) spl_buf_char(out, ';');
        spl_buf_char(out, '$');
        spl_buf_clear(&item);
        spl_outputs_text(&item, spl_value_at(value, i), SPL_S(""));
        for (size_t k = 0; k < item.len; k++) {
            if (item.data[k] == '$') spl_buf_char(out, '$');
            spl_buf_char(out, item.data[k]);
        }
        spl_buf_char(out, '$');
    }
}

/* A row whose cells VALUE gives. */
static void put_row(spl_csv_file *file, spl_value (*value)(const void *from, size_t i), const void *from)
{
    size_t at = 0;

    for (size_t i = 0; i < file->count; i++) {
        spl_value cell = value(from, i);

        if (at++) spl_buf_char(&file->line, ',');
        spl_buf_clear(&file->cell);
        spl_outputs_text(&file->cell, cell, file->separator);
        spl_csv_put(&file->line, spl_buf_str(&file->cell), file->width == 1);
        if (!file->multi || !file->multi[i]) continue;
        spl_buf_clear(&file->cell);
        mv_encode(&file->cell, cell);
        spl_buf_char(&file->line, ',');
        spl_csv_put(&file->line, spl_buf_str(&file->cell), false);
        at++;
    }
    spl_buf_char(&file->line, '\n');
    if (file->line.len > 64 * 1024) put(file, Z_NO_FLUSH);
}

typedef struct base_row {
    const spl_table *table;
    const uint32_t *columns; /* of the file's fields */
    size_t row;
} base_row;

static spl_value base_cell(const void *from, size_t i)
{
    const base_row *base = from;

    return base->columns[i] == UINT32_MAX ? SPL_NULL : spl_table_cell(base->table, base->row, base->columns[i]);
}

spl_csv_file *spl_csv_file_new(spl_op *op, const char *folder, spl_str name, const spl_table *base,
                               const spl_field *fields, const bool *multi, size_t count, spl_str separator)
{
    spl_csv_file *file = SPL_NEW(op->state, spl_csv_file);
    bool based = base && base->n_columns;

    file->op = op;
    file->separator = separator;
    file->multi = multi;
    file->line = spl_buf_in(op->state);
    file->cell = spl_buf_in(op->state);
    file->fields = fields;
    file->count = count;
    if (based) {
        spl_field *own = SPL_NEW_ARRAY(op->state, base->n_columns, spl_field);
        for (uint32_t c = 0; c < base->n_columns; c++) own[c] = spl_field_of(op->query->fields, base->columns[c]);
        file->fields = own;
        file->count = base->n_columns;
        file->multi = NULL;
    }
    file->file = spl_state_write(op->query->state, folder, name, false);
    if (spl_str_ends(name, SPL_S(".gz"))) {
        file->z = SPL_NEW(op->state, z_stream);
        if (deflateInit2(file->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            spl_fail(SPL_BOUND, "out of memory");
        spl_arena_defer(op->state, deflate_close, file->z);
    }
    for (size_t i = 0; i < file->count; i++) file->width += 1 + (file->multi && file->multi[i]);
    for (size_t i = 0; i < file->count; i++) {
        spl_str title = spl_field_name(op->query->fields, file->fields[i]);

        if (i) spl_buf_char(&file->line, ',');
        spl_csv_put(&file->line, title, file->width == 1);
        if (!file->multi || !file->multi[i]) continue;
        spl_buf_puts(&file->line, ",");
        spl_csv_put(&file->line, spl_strf(op->state, "__mv_%.*s", SPL_FMT(title)), false);
    }
    if (file->count) spl_buf_char(&file->line, '\n');
    if (based) {
        uint32_t *columns = SPL_NEW_ARRAY(op->state, file->count, uint32_t);
        base_row row = {base, columns, 0};

        for (uint32_t c = 0; c < file->count; c++) columns[c] = c;
        for (; row.row < base->n_rows; row.row++) put_row(file, base_cell, &row);
    }
    return file;
}

typedef struct batch_row {
    const spl_csv_file *file;
    const spl_batch *batch;
    uint32_t row;
} batch_row;

static spl_value batch_cell(const void *from, size_t i)
{
    const batch_row *at = from;

    return spl_batch_get(at->batch, at->row, at->file->fields[i]);
}

void spl_csv_file_row(spl_csv_file *file, const spl_batch *batch, uint32_t row)
{
    batch_row at = {file, batch, row};

    put_row(file, batch_cell, &at);
}

void spl_csv_file_done(spl_csv_file *file)
{
    put(file, Z_FINISH);
    spl_state_done(file->file);
}
