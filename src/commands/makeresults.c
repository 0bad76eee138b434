/* makeresults.c -- makes results out of nothing, or out of CSV or JSON in the search itself. */
#include "exec/bind.h"

#include "base/num.h"

#include "base/json.h"

#include <math.h>
#include <stddef.h>

typedef struct cell {
    spl_field field;
    spl_str text;
} cell;

typedef struct made { /* a row of data= */
    SPL_VEC(cell) cells;
} made;

typedef struct makeresults_op {
    spl_op base;
    int64_t count;
    bool count_given, annotate;
    spl_str server, group;
    int format; /* -1: none */
    spl_str data;
    bool data_given;
    SPL_VEC(made) rows;
    SPL_VEC(spl_field) columns; /* of data, in the order met */
    int64_t given;
} makeresults_op;

static const char *const formats[] = {"csv", "json", NULL};
enum { CSV, JSON };

static const spl_option options[] = {
    {.name = "count",
     .type = SPL_OPTION_INT,
     .offset = offsetof(makeresults_op, count),
     .given = offsetof(makeresults_op, count_given),
     .dflt = 1,
     .min = 0,
     .max = 9e15,
     .help = "how many results to make"},
    {.name = "annotate",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(makeresults_op, annotate),
     .dflt = 0,
     .help = "with the usual metadata fields, empty but for splunk_server"},
    {.name = "splunk_server",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(makeresults_op, server),
     .text = "localhost",
     .help = "what annotate writes into splunk_server"},
    {.name = "splunk_server_group",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(makeresults_op, group),
     .text = "",
     .help = "what annotate writes into splunk_server_group"},
    {.name = "format",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(makeresults_op, format),
     .dflt = -1,
     .names = formats,
     .help = "the format of data"},
    {.name = "data",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(makeresults_op, data),
     .given = offsetof(makeresults_op, data_given),
     .text = "",
     .help = "the results, in that format"},
    {0},
};

static void learn(spl_binder *binder, makeresults_op *make, bool **known, size_t *cap, spl_field field)
{
    if (field >= *cap) {
        size_t bigger = *cap ? *cap : 64;
        while (bigger <= field) bigger *= 2;
        bool *grown = SPL_NEW_ARRAY(binder->arena, bigger, bool);
        if (*cap) memcpy(grown, *known, *cap);
        *known = grown;
        *cap = bigger;
    }
    if ((*known)[field]) return;
    (*known)[field] = true;
    SPL_PUSH(binder->arena, &make->columns, field);
}

/* --- CSV: a header line, then a row a line
 * ----------------------------------------------------------------------------- */

/* The next cell of TEXT at *AT. Spaces around bare cells do not belong to them. *LAST: it ended its line. False: a
 * quote is not closed. */
static bool csv_cell(spl_arena *arena, spl_str text, size_t *at, spl_str *value, bool *last)
{
    size_t begin;
    while (*at < text.len && (text.data[*at] == ' ' || text.data[*at] == '\t')) (*at)++;
    if (*at < text.len && text.data[*at] == '"') {
        spl_buf out = spl_buf_in(arena);
        for ((*at)++;; (*at)++) {
            if (*at >= text.len) return false;
            if (text.data[*at] == '"') {
                if (*at + 1 >= text.len || text.data[*at + 1] != '"') break;
                (*at)++;
            }
            spl_buf_char(&out, text.data[*at]);
        }
        (*at)++;
        *value = spl_buf_str(&out);
        while (*at < text.len && text.data[*at] != ',' && text.data[*at] != '\n') (*at)++;
    } else {
        begin = *at;
        while (*at < text.len && text.data[*at] != ',' && text.data[*at] != '\n') (*at)++;
        *value = spl_str_trim(spl_str_sub(text, begin, *at));
    }
    *last = *at >= text.len || text.data[*at] == '\n';
    if (*at < text.len) (*at)++;
    return true;
}

static bool read_csv(spl_binder *binder, makeresults_op *make, spl_span span, spl_str *wrong)
{
    SPL_VEC(spl_field) header = {0};
    spl_str text = spl_str_trim(make->data), value;
    bool *known = NULL;
    size_t at = 0, cap = 0;
    bool last = false, more = false;

    while (!last) {
        if (!csv_cell(binder->arena, text, &at, &value, &last)) return *wrong = SPL_S("a quote is not closed"), false;
        if (!value.len) return *wrong = SPL_S("a name in the first line is empty"), false;
        spl_field field = spl_bind_field(binder, value);
        SPL_PUSH(binder->arena, &header, field);
        learn(binder, make, &known, &cap, field);
    }
    while (at < text.len) {
        made row = {0};
        size_t column = 0;
        bool any = false;
        for (last = false; !last; column++) {
            if (!csv_cell(binder->arena, text, &at, &value, &last))
                return *wrong = SPL_S("a quote is not closed"), false;
            any |= value.len || !last;
            more |= column >= header.len && value.len;
            if (column < header.len && value.len)
                SPL_PUSH(binder->arena, &row.cells, (cell){header.data[column], value});
        }
        if (any) SPL_PUSH(binder->arena, &make->rows, row);
    }
    if (more) spl_warning(binder->diag, span, "csv", "cells beyond the names of the first line are left out");
    return true;
}

/* --- JSON: a list of objects
 * ------------------------------------------------------------------------------------ */

static bool json_object(spl_binder *binder, makeresults_op *make, spl_json *json, bool **known, size_t *cap)
{
    made row = {0};
    size_t begin = json->begin;
    spl_json_token token;
    while ((token = spl_json_next(json)) == SPL_JSON_KEY) {
        spl_field field = spl_bind_field(binder, spl_json_unescape(binder->arena, json->raw));
        token = spl_json_next(json);
        spl_str text = json->raw;
        size_t from = json->begin;
        if (token == SPL_JSON_STRING) {
            text = spl_json_unescape(binder->arena, json->raw);
        } else if (token == SPL_JSON_OBJECT || token == SPL_JSON_ARRAY) { /* kept as JSON, for spath */
            if (!spl_json_skip(json, token)) return false;
            text = spl_str_sub(json->text, from, json->at);
        } else if (token < SPL_JSON_STRING) {
            return false;
        }
        learn(binder, make, known, cap, field);
        if (token != SPL_JSON_NULL) SPL_PUSH(binder->arena, &row.cells, (cell){field, text});
    }
    if (token != SPL_JSON_OBJECT_END) return false;
    SPL_PUSH(binder->arena, &row.cells, (cell){SPL_F_RAW, spl_str_sub(json->text, begin, json->at)});
    SPL_PUSH(binder->arena, &make->rows, row);
    return true;
}

static bool read_json(spl_binder *binder, makeresults_op *make, spl_str *wrong)
{
    spl_json json = spl_json_of(make->data);
    spl_json_token token = spl_json_next(&json);
    bool *known = NULL;
    size_t cap = 0;

    learn(binder, make, &known, &cap, SPL_F_RAW);
    learn(binder, make, &known, &cap, SPL_F_TIME);
    *wrong = SPL_S("it must be a list of objects");
    if (token != SPL_JSON_ARRAY && token != SPL_JSON_ERROR) return false;
    token = spl_json_next(&json);
    while (token == SPL_JSON_OBJECT) {
        if (!json_object(binder, make, &json, &known, &cap)) break;
        token = spl_json_next(&json);
    }
    if (token == SPL_JSON_ARRAY_END) token = spl_json_next(&json);
    if (token == SPL_JSON_END) return true;
    if (token == SPL_JSON_ERROR || json.at < json.text.len)
        *wrong = spl_strf(binder->arena, "it goes wrong at character %zu", json.at + 1);
    return false;
}

/* --- the command
 * ------------------------------------------------------------------------------------------------------ */

static bool makeresults_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    makeresults_op *make = (makeresults_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *bare = spl_args_peek(&args);
    spl_str wrong = SPL_S("");

    if (bare && bare->kind == SPL_NODE_WORD && !bare->quoted && !make->count_given &&
        spl_num_int(bare->text, &make->count) && make->count >= 0) {
        make->count_given = true;
        spl_args_next(&args);
    }
    if (!spl_args_done(binder, &args)) return false;
    if (make->format < 0 && !make->data_given) return true;
    if (make->format < 0 || !make->data_given)
        return spl_lacks(binder, NULL, "format= and data= together",
                         "format=json data=\"[{\\\"user\\\":\\\"amy\\\"}]\"");
    if (make->count_given || make->annotate) /* the manual: they are ignored */
        spl_warning(binder->diag, stage->span, "unused-option", "with data=, count= and annotate= mean nothing");
    make->annotate = false;
    if (make->format == CSV ? read_csv(binder, make, stage->span, &wrong) : read_json(binder, make, &wrong)) {
        make->count = (int64_t)make->rows.len;
        return true;
    }
    return spl_bad_argument(binder, stage->span, "the data are not %s: %.*s", formats[make->format], SPL_FMT(wrong));
}

static spl_status makeresults_next(spl_op *op, spl_batch **batch)
{
    makeresults_op *make = (makeresults_op *)op;
    int64_t left = make->count - make->given;
    uint32_t rows = left > SPL_BATCH_ROWS ? SPL_BATCH_ROWS : (uint32_t)left;
    spl_value now = spl_number(floor(op->query->now));

    if (left <= 0) return SPL_END;
    *batch = spl_op_batch(op, rows);
    (*batch)->events = true;
    (*batch)->sequence = (uint64_t)make->given; /* tells its rows from those of other batches (random()) */
    if (make->annotate) {
        spl_batch_add(*batch, SPL_F_RAW);
        spl_batch_add(*batch, SPL_F_TIME);
        spl_batch_add(*batch, SPL_F_HOST);
        spl_batch_add(*batch, SPL_F_SOURCE);
        spl_batch_add(*batch, SPL_F_SOURCETYPE);
        for (uint32_t row = 0; row < rows; row++) {
            spl_batch_set(*batch, row, SPL_F_SPLUNK_SERVER, spl_text(make->server));
            if (make->group.len)
                spl_batch_set(*batch, row, spl_field_of((*batch)->fields, SPL_S("splunk_server_group")),
                              spl_text(make->group));
        }
    }
    for (size_t c = 0; c < make->columns.len; c++) spl_batch_add(*batch, make->columns.data[c]);
    for (uint32_t row = 0; row < rows; row++) {
        if (make->format != CSV) spl_batch_set(*batch, row, SPL_F_TIME, now);
        if (make->format < 0) continue;
        const made *from = &make->rows.data[make->given + row];
        for (size_t c = 0; c < from->cells.len; c++)
            spl_batch_set(*batch, row, from->cells.data[c].field, spl_text(from->cells.data[c].text));
    }
    make->given += rows;
    return SPL_OK;
}

SPL_COMMAND(makeresults, .summary = "Makes results out of nothing, or out of CSV or JSON in the search.",
            .syntax = "makeresults [count=<n>] [annotate=<bool>] [splunk_server=<text>] [splunk_server_group=<text>] "
                      "[format=csv|json data=\"…\"]",
            .example = "| makeresults format=csv data=\"user,n\namy,1\nbob,2\" | table user n", .args = SPL_ARGS_PLAIN,
            .traits = SPL_GENERATES, .options = options, .op_size = sizeof(makeresults_op), .bind = makeresults_bind,
            .next = makeresults_next);
