/* read_hec.c -- events as the HTTP Event Collector takes them (INDEXED_EXTRACTIONS = hec): JSON objects, each with the
 * event as a text or an object, and what is known of it beside: time, host, source, sourcetype, index, fields.
 *
 * The reader json_text cuts the objects, however they stand in the file, at record separators. An event's _raw is what
 * "event" holds: a text without its escapes, an object as it stands. Exports the reader hec. */
#include "base/json.h"
#include "base/num.h"
#include "knowledge/knowledge.h"
#include "knowledge/props.h"
#include "readers/framing.h"

#include <math.h>

typedef struct state { /* of events that do not say */
    spl_str sourcetype, source, host, index;
} state;

typedef struct envelope {
    spl_str raw, sourcetype, source, host, index, time, fields; /* FIELDS: as it stands */
    bool whole;
} envelope;

static spl_str scalar(spl_arena *arena, const spl_json *json, spl_json_token token)
{
    if (token == SPL_JSON_STRING) return spl_json_unescape(arena, json->raw);
    return token == SPL_JSON_NULL ? (spl_str){NULL, 0} : json->raw;
}

/* Behind the value of TOKEN; *TEXT: it, as it stands. */
static bool pass(spl_json *json, spl_json_token token, spl_str *text)
{
    size_t begin = json->begin;

    if (token == SPL_JSON_ERROR) return false;
    if ((token == SPL_JSON_OBJECT || token == SPL_JSON_ARRAY) && !spl_json_skip(json, token)) return false;
    *text = spl_str_sub(json->text, begin, json->at);
    return true;
}

static envelope open_envelope(spl_arena *arena, const state *s, spl_str raw)
{
    envelope e = {.sourcetype = s->sourcetype, .source = s->source, .host = s->host, .index = s->index};
    spl_json json = spl_json_of(raw);
    spl_json_token token;

    if (spl_json_next(&json) != SPL_JSON_OBJECT) return e;
    while ((token = spl_json_next(&json)) == SPL_JSON_KEY) {
        const struct {
            const char *name;
            spl_str *to;
        } texts[] = {{"sourcetype", &e.sourcetype},
                     {"source", &e.source},
                     {"host", &e.host},
                     {"index", &e.index},
                     {"time", &e.time}};
        spl_str key = json.raw, text;
        spl_json_token value = spl_json_next(&json);
        bool nested = value == SPL_JSON_OBJECT || value == SPL_JSON_ARRAY;

        if (!nested && value != SPL_JSON_ERROR) {
            spl_str plain = scalar(arena, &json, value);

            for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (spl_str_is(key, texts[i].name) && plain.len) *texts[i].to = plain;
            if (spl_str_is(key, "event")) e.raw = plain;
            continue;
        }
        if (!pass(&json, value, &text)) return e;
        if (spl_str_is(key, "event")) e.raw = text;
        if (spl_str_is(key, "fields")) e.fields = text;
    }
    e.whole = token == SPL_JSON_OBJECT_END && spl_json_next(&json) == SPL_JSON_END;
    return e;
}

static bool hec_frame(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end,
                      size_t *next)
{
    (void)input;
    return spl_frame_by(text, at, last, SPL_RECORD_SEPARATOR, begin, end, next);
}

static size_t hec_resync(const spl_input *input, spl_str text, size_t at)
{
    (void)input;
    return spl_resync_by(text, at, SPL_RECORD_SEPARATOR);
}

static size_t hec_before(const spl_input *input, spl_str text, size_t at)
{
    (void)input;
    return spl_before_by(text, at, SPL_RECORD_SEPARATOR);
}

static int hec_bid(const spl_probe *probe)
{
    if (!probe->props || !spl_str_iis(spl_props_text(probe->props, "INDEXED_EXTRACTIONS"), "hec")) return 0;
    return probe->head.len && probe->head.data[0] == SPL_RECORD_SEPARATOR ? 110 : 0;
}

static void hec_open(spl_input *input, const spl_probe *probe)
{
    state *s = SPL_NEW(input->arena, state);

    (void)probe;
    s->sourcetype = input->sourcetype;
    if (s->sourcetype.len && input->query && input->query->knowledge)
        s->sourcetype = spl_props_spelling(spl_knowledge_props(input->query->knowledge), s->sourcetype);
    if (!s->sourcetype.len) s->sourcetype = SPL_S("hec");
    s->source = input->source.len ? input->source : spl_str_of(input->path);
    s->host = input->host.len ? input->host : SPL_S(SPL_LOCAL_HOST);
    s->index = input->index;
    input->sourcetype = input->source = input->host = input->index = (spl_str){NULL, 0}; /* each event has its own */
    input->body = 1;
    input->state = s;
}

static double hec_time(const spl_input *input, spl_clock *clock, spl_str raw)
{
    spl_arena *scratch = spl_arena_new(input->query->account);
    envelope e = open_envelope(scratch, input->state, raw);
    double time = NAN;

    if (e.time.len && !spl_num_parse(e.time, &time) && !spl_timestamp_parse(clock, e.time, &time)) time = NAN;
    spl_arena_free(scratch);
    return time;
}

static void put_text(spl_extractor *x, spl_batch *batch, uint32_t row, spl_field field, spl_str text)
{
    if (text.len && spl_fieldset_has(x->wanted, field)) spl_batch_set(batch, row, field, spl_text(text));
}

/* What "fields" holds: indexed fields; a list is a multivalue, an object stays text. */
static void put_fields(spl_extractor *x, spl_batch *batch, uint32_t row, spl_str text)
{
    spl_json json = spl_json_of(text);

    if (spl_json_next(&json) != SPL_JSON_OBJECT) return;
    while (spl_json_next(&json) == SPL_JSON_KEY) {
        spl_str name = spl_json_unescape(batch->arena, json.raw), value;
        spl_json_token kind = spl_json_next(&json);
        SPL_VEC(spl_value) all = {0};
        spl_field field;

        if (kind == SPL_JSON_ARRAY) {
            while ((kind = spl_json_next(&json)) > SPL_JSON_END && kind != SPL_JSON_ARRAY_END) {
                spl_json_token item = kind;

                if (item == SPL_JSON_OBJECT || item == SPL_JSON_ARRAY) {
                    if (!pass(&json, item, &value)) return;
                } else {
                    value = scalar(batch->arena, &json, item);
                }
                if (value.data) SPL_PUSH(batch->arena, &all, spl_text(value));
            }
            if (kind != SPL_JSON_ARRAY_END) return;
        } else if (kind == SPL_JSON_OBJECT) {
            if (!pass(&json, kind, &value)) return;
            SPL_PUSH(batch->arena, &all, spl_text(value));
        } else {
            if (kind <= SPL_JSON_END) return;
            value = scalar(batch->arena, &json, kind);
            if (value.data) SPL_PUSH(batch->arena, &all, spl_text(value));
        }
        if (!all.len || spl_is_metadata(name)) continue;
        field = spl_field_of(x->fields, name);
        if (spl_fieldset_has(x->wanted, field))
            spl_batch_set(batch, row, field, spl_multi_of(batch->arena, all.data, all.len));
    }
}

static void hec_extract(spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first)
{
    for (uint32_t i = 0; i < count; i++) {
        envelope e = open_envelope(batch->arena, x->input->state, events[i].raw);

        put_text(x, batch, first + i, SPL_F_RAW, e.raw.data ? e.raw : events[i].raw);
        put_text(x, batch, first + i, SPL_F_SOURCETYPE, e.sourcetype);
        put_text(x, batch, first + i, SPL_F_SOURCE, e.source);
        put_text(x, batch, first + i, SPL_F_HOST, e.host);
        put_text(x, batch, first + i, SPL_F_INDEX, e.index);
        if (e.fields.len) put_fields(x, batch, first + i, e.fields);
        if (!e.whole) spl_damaged_event(x, &events[i], "is not valid JSON: what could be read of it was kept");
    }
}

/* Keywords alone are looked for in the text, and only where nothing is escaped. */
static bool hec_literals(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                         spl_arena *arena, spl_literals *out)
{
    (void)input;
    (void)query;
    (void)field;
    (void)text;
    (void)whole;
    (void)arena;
    *out = (spl_literals){0};
    return false;
}

static bool hec_hides(const spl_input *input, spl_str text)
{
    (void)input;
    return memchr(text.data, '\\', text.len) != NULL;
}

SPL_READER(hec, .summary = "JSON as the HTTP Event Collector takes it (INDEXED_EXTRACTIONS = hec)", .bid = hec_bid,
           .open = hec_open, .frame = hec_frame, .resync = hec_resync, .before = hec_before, .time = hec_time,
           .extract = hec_extract, .literals = hec_literals, .hides = hec_hides, .kv = "auto", .own_raw = true);
