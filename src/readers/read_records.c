/* read_records.c -- records (--records): an object a line whose keys are the fields as they stand.
 *
 * Nothing is recognised and nothing renamed: dots stay in names, a list is a multivalue field, null is no field,
 * numbers and words are text as they stand, an object is its JSON text. `_time` is epoch seconds (or a time as text),
 * `_raw` the event's text; an event without them has none. Options such as --sourcetype fill in what a record lacks.
 * Rules: docs/reference/formats/records.md. Exports the reader records. */
#include "base/json.h"
#include "base/map.h"
#include "base/num.h"
#include "base/scan.h"
#include "readers/framing.h"

#include <math.h>
#include <stdatomic.h>

typedef struct state {
    spl_needle escape; /* \u00: of what could be written plainly */
} state;

typedef struct known {
    spl_field field; /* SPL_NO_FIELD: not wanted */
} known;

typedef struct extract {
    spl_map names;
    spl_repeats repeats;
    SPL_VEC(spl_value) items;
} extract;

static int records_bid(const spl_probe *probe)
{
    (void)probe; /* by --records alone */
    return 0;
}

static void records_open(spl_input *input, const spl_probe *probe)
{
    state *s = SPL_NEW(input->arena, state);

    s->escape = spl_needle_of(input->arena, SPL_S("\\u00"), false);
    input->state = s;
    if (spl_str_starts(probe->head, SPL_S("\xEF\xBB\xBF"))) input->body = 3;
}

static bool records_frame(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end,
                          size_t *next)
{
    (void)input;
    return spl_frame_by(text, at, last, '\n', begin, end, next);
}

static size_t records_resync(const spl_input *input, spl_str text, size_t at)
{
    (void)input;
    return spl_resync_by(text, at, '\n');
}

static size_t records_before(const spl_input *input, spl_str text, size_t at)
{
    (void)input;
    return spl_before_by(text, at, '\n');
}

static double records_time(const spl_input *input, spl_clock *clock, spl_str raw)
{
    spl_json json = spl_json_of(raw);
    spl_json_token token = spl_json_next(&json);
    double time = NAN;

    (void)input;
    if (token != SPL_JSON_OBJECT) return NAN;
    while ((token = spl_json_next(&json)) == SPL_JSON_KEY) {
        bool found = !json.escaped && spl_str_is(json.raw, "_time");

        if (found) {
            token = spl_json_next(&json);
            if (token == SPL_JSON_NUMBER || token == SPL_JSON_STRING) {
                if (spl_num_parse(json.raw, &time) || spl_timestamp_parse(clock, json.raw, &time)) return time;
            } else if ((token == SPL_JSON_OBJECT || token == SPL_JSON_ARRAY) && !spl_json_skip(&json, token)) {
                break;
            }
        } else if (!spl_json_skip(&json, token)) {
            break;
        }
    }
    return NAN;
}

static void records_prepare(spl_extractor *x)
{
    extract *e = SPL_NEW(x->worker->arena, extract);

    e->names = spl_map_in(x->worker->arena);
    x->state = e;
}

static spl_field field_of(spl_extractor *x, spl_str name)
{
    extract *e = x->state;
    const known *have = spl_map_get(&e->names, name);
    spl_field field;
    known *made;

    if (have) return have->field;
    field = spl_fieldset_find(x->wanted, name);
    if (field == SPL_F_TIME) field = SPL_NO_FIELD; /* the scan's */
    if (e->names.len < 1 << 16) {
        made = SPL_NEW(x->worker->arena, known);
        made->field = field;
        spl_map_set(&e->names, name, made);
    }
    return field;
}

/* The value whose first token was just read; false on an error. */
static bool value_of(spl_json *json, spl_json_token token, spl_arena *arena, spl_value *out)
{
    size_t begin = json->begin;

    *out = SPL_NULL;
    switch (token) {
    case SPL_JSON_STRING: *out = spl_text(json->escaped ? spl_json_unescape(arena, json->raw) : json->raw); return true;
    case SPL_JSON_NUMBER:
    case SPL_JSON_TRUE:
    case SPL_JSON_FALSE: *out = spl_text(json->raw); return true;
    case SPL_JSON_NULL: return true;
    case SPL_JSON_OBJECT:
    case SPL_JSON_ARRAY:
        if (!spl_json_skip(json, token)) return false;
        *out = spl_text(spl_str_sub(json->text, begin, json->at));
        return true;
    default: return false;
    }
}

static bool extract_record(spl_extractor *x, spl_batch *batch, uint32_t row, spl_str raw)
{
    extract *e = x->state;
    spl_json json = spl_json_of(raw);
    spl_json_token token = spl_json_next(&json);

    if (token != SPL_JSON_OBJECT) return false;
    while ((token = spl_json_next(&json)) == SPL_JSON_KEY) {
        spl_str name = json.escaped ? spl_json_unescape(batch->arena, json.raw) : json.raw;
        spl_field field = field_of(x, name);
        spl_value value = SPL_NULL;

        if (field == SPL_NO_FIELD) {
            if (!spl_json_skip(&json, token)) return false;
            continue;
        }
        token = spl_json_next(&json);
        if (token == SPL_JSON_ARRAY) {
            e->items.len = 0;
            while ((token = spl_json_next(&json)) != SPL_JSON_ARRAY_END) {
                if (!value_of(&json, token, batch->arena, &value)) return false;
                SPL_PUSH(x->worker->arena, &e->items, value);
            }
            value = spl_multi_of(batch->arena, e->items.data, e->items.len);
        } else if (!value_of(&json, token, batch->arena, &value)) {
            return false;
        }
        if (!spl_is_null(value)) spl_batch_set(batch, row, field, value);
    }
    return token == SPL_JSON_OBJECT_END && spl_json_next(&json) == SPL_JSON_END;
}

static void fill_in(spl_extractor *x, spl_batch *batch, uint32_t row, spl_field field, spl_str text)
{
    if (text.len && spl_fieldset_has(x->wanted, field) && spl_is_null(spl_batch_get(batch, row, field)))
        spl_batch_set(batch, row, field, spl_text(text));
}

static void records_extract(spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first)
{
    const spl_input *input = x->input;
    uint32_t i;

    for (i = 0; i < count; i++) {
        if (!extract_record(x, batch, first + i, events[i].raw)) {
            spl_damaged_event(x, &events[i], "is no JSON object: it was kept as text");
            fill_in(x, batch, first + i, SPL_F_RAW, events[i].raw);
        }
        fill_in(x, batch, first + i, SPL_F_HOST, input->host);
        fill_in(x, batch, first + i, SPL_F_SOURCE, input->source);
        fill_in(x, batch, first + i, SPL_F_SOURCETYPE, input->sourcetype);
        fill_in(x, batch, first + i, SPL_F_INDEX, input->index);
    }
}

/* As in JSON events: what JSON can escape cuts a literal. */
static bool records_literals(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                             spl_arena *arena, spl_literals *out)
{
    size_t begin = 0, i;
    spl_str best = {text.data, 0};

    (void)query;
    (void)whole;
    *out = (spl_literals){0};
    if (spl_str_is(field, "_time") || (spl_str_is(field, "host") && input->host.len) ||
        (spl_str_is(field, "source") && input->source.len) ||
        (spl_str_is(field, "sourcetype") && input->sourcetype.len) || (spl_str_is(field, "index")))
        return false;
    for (i = 0; i <= text.len; i++) {
        unsigned char c = i < text.len ? (unsigned char)text.data[i] : '"';

        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '/') continue;
        if (i - begin > best.len) best = spl_str_sub(text, begin, i);
        begin = i + 1;
    }
    if (best.len == 0) return false;
    out->items = SPL_NEW_ARRAY(arena, 1, spl_literal);
    out->items[out->count++] = (spl_literal){spl_str_copy(arena, best), true};
    return true;
}

static bool records_hides(const spl_input *input, spl_str text)
{
    return spl_needle_find(&((const state *)input->state)->escape, text.data, text.data + text.len) != NULL;
}

SPL_READER(records, .summary = "records: JSON objects, a line each, whose keys are the fields (--records)",
           .bid = records_bid, .open = records_open, .frame = records_frame, .resync = records_resync,
           .before = records_before, .time = records_time, .prepare = records_prepare, .extract = records_extract,
           .literals = records_literals, .hides = records_hides);
