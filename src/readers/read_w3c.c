/* read_w3c.c -- tables whose head is comments: the extended log format of the W3C (IIS, CloudFront) and Zeek's logs.
 *
 * Lines that begin with # are no events; "#Fields: a b" or "#fields<TAB>a<TAB>b" names the columns of all lines. A cell
 * is taken as it stands, "-" too. Rules: docs/reference/formats/w3c.md. Exports the reader w3c. */
#include "data/timefmt.h"
#include "knowledge/knowledge.h"
#include "knowledge/props.h"
#include "readers/framing.h"

#include <math.h>

typedef struct state {
    char separator;
    spl_str *names;
    uint32_t count;
    uint32_t time;   /* the column of the time, or UINT32_MAX */
    bool date_apart; /* the date is the column before it, and both are in UTC */
    spl_str sourcetype;
    spl_heads *heads;
} state;

/* ---- framing ---- */

static bool w3c_frame(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end,
                      size_t *next)
{
    (void)input;
    while (spl_frame_by(text, at, last, '\n', begin, end, next)) {
        if (text.data[*begin] != '#') return true;
        at = *next;
    }
    return false;
}

static size_t w3c_resync(const spl_input *input, spl_str text, size_t at)
{
    const char *found;

    (void)input;
    while ((at = spl_resync_by(text, at, '\n')) < text.len && text.data[at] == '#') {
        found = memchr(text.data + at, '\n', text.len - at);
        if (!found) return text.len;
        at = (size_t)(found - text.data) + 1;
    }
    return at;
}

static size_t w3c_before(const spl_input *input, spl_str text, size_t at)
{
    (void)input;
    for (;;) {
        at = spl_before_by(text, at, '\n');
        if (at == 0 || text.data[at] != '#') return at;
        at--;
    }
}

/* ---- the head ---- */

typedef struct head {
    spl_str fields;   /* what follows "#Fields:" or "#fields" */
    spl_str path;     /* Zeek's "#path" */
    spl_str software; /* the W3C's "#Software:" */
    char separator;   /* Zeek's "#separator"; 0: not told */
    bool zeek;
    spl_str row;   /* the first line that is none of the head */
    uint64_t rows; /* where it begins */
} head;

static bool directive(spl_str line, spl_str name, spl_str *rest)
{
    if (line.len <= name.len || !spl_str_iis(spl_str_cut(line.data, name.len), name.data)) return false;
    if (!spl_is_space(line.data[name.len])) return false;
    *rest = spl_str_sub(line, name.len + 1, line.len);
    return true;
}

static head read_head(spl_str text)
{
    head h = {0};
    size_t at = spl_str_starts(text, SPL_S("\xEF\xBB\xBF")) ? 3 : 0, begin, end, next;
    spl_str line, rest;

    h.rows = text.len;
    for (; spl_frame_by(text, at, true, '\n', &begin, &end, &next); at = next) {
        line = spl_str_sub(text, begin, end);
        if (line.data[0] != '#') {
            h.row = line;
            h.rows = begin;
            break;
        }
        if (directive(line, SPL_S("#Fields:"), &rest)) {
            h.fields = rest;
        } else if (directive(line, SPL_S("#fields"), &rest)) {
            h.fields = rest;
            h.zeek = true;
        } else if (directive(line, SPL_S("#path"), &rest)) {
            h.path = spl_str_trim(rest);
        } else if (directive(line, SPL_S("#Software:"), &rest)) {
            h.software = spl_str_trim(rest);
        } else if (directive(line, SPL_S("#separator"), &rest)) {
            rest = spl_str_trim(rest);
            if (spl_str_is(rest, "\\x09")) h.separator = '\t';
            if (spl_str_is(rest, "\\x20")) h.separator = ' ';
            if (rest.len == 1) h.separator = rest.data[0];
            if (rest.len == 4 && spl_str_is(rest, "\\x2c")) h.separator = ',';
            if (rest.len == 4 && spl_str_is(rest, "\\x7c")) h.separator = '|';
        }
    }
    if (h.fields.len && !h.separator) {
        bool tab = h.row.len && memchr(h.row.data, '\t', h.row.len);

        h.separator = h.zeek || tab ? '\t' : ' ';
    }
    return h;
}

static int w3c_bid(const spl_probe *probe)
{
    size_t at = spl_str_starts(probe->head, SPL_S("\xEF\xBB\xBF")) ? 3 : 0;

    if (at >= probe->head.len || probe->head.data[at] != '#') return 0;
    return read_head(probe->head).fields.len ? 90 : 0;
}

/* As a header's names are in Splunk: what is no letter, digit or underscore becomes an underscore, and a name that says
 * something else of the event, such as host, gets a prefix. */
static spl_str clean_name(spl_arena *arena, spl_str name)
{
    char *out = spl_alloc(arena, name.len + 1);

    for (size_t i = 0; i < name.len; i++) out[i] = spl_is_word(name.data[i]) ? name.data[i] : '_';
    name = spl_str_cut(out, name.len);
    return spl_is_metadata(name) ? spl_strf(arena, SPL_BESIDE_METADATA "%.*s", SPL_FMT(name)) : name;
}

static spl_str sourcetype_of(spl_arena *arena, const head *h)
{
    if (h->zeek) return h->path.len ? spl_strf(arena, "zeek:%.*s", SPL_FMT(h->path)) : SPL_S("zeek");
    if (spl_str_find(h->software, SPL_S("Internet Information Services"), 0) >= 0) return SPL_S("ms:iis:auto");
    if (spl_str_find(h->fields, SPL_S("x-edge-location"), 0) >= 0) return SPL_S("aws:cloudfront:accesslogs");
    return SPL_S("w3c");
}

static void w3c_open(spl_input *input, const spl_probe *probe)
{
    state *s = SPL_NEW(input->arena, state);
    head h = read_head(probe->head);
    spl_str rest, name;
    uint32_t i;

    if (spl_str_starts(probe->head, SPL_S("\xEF\xBB\xBF"))) input->body = 3;
    s->separator = h.separator;
    s->heads = spl_heads_new(input->arena, h.fields, h.rows);
    s->time = UINT32_MAX;
    for (rest = h.fields; spl_next_name(&rest, &name);) s->count++;
    s->names = SPL_NEW_ARRAY(input->arena, s->count + 1, spl_str);
    for (rest = h.fields, i = 0; spl_next_name(&rest, &name); i++) s->names[i] = clean_name(input->arena, name);
    for (i = 0; i < s->count && s->time == UINT32_MAX; i++) {
        bool date = i > 0 && spl_str_iis(s->names[i - 1], "date");

        if (spl_str_iis(s->names[i], "time") && (date || h.zeek)) {
            s->time = i;
            s->date_apart = date;
        } else if (h.zeek && spl_str_is(s->names[i], "ts")) {
            s->time = i;
        }
    }
    s->sourcetype = spl_str_copy(input->arena, sourcetype_of(input->arena, &h));
    if (input->query && input->query->knowledge)
        s->sourcetype = spl_props_spelling(spl_knowledge_props(input->query->knowledge), s->sourcetype);
    input->state = s;
}

static void w3c_look(const spl_input *input, spl_str text, uint64_t at)
{
    spl_heads_look(((const state *)input->state)->heads, input, text, at);
}

/* ---- time and fields ---- */

/* The cell at P, and what follows its separator: NULL behind the last one. */
static const char *next_cell(const char *p, const char *end, char separator, spl_str *out)
{
    const char *stop = memchr(p, separator, (size_t)(end - p));

    *out = spl_str_cut(p, (size_t)((stop ? stop : end) - p));
    return stop ? stop + 1 : NULL;
}

static double w3c_time(const spl_input *input, spl_clock *clock, spl_str raw)
{
    const state *s = input->state;
    const char *p = raw.data, *end = raw.data + raw.len;
    spl_str before = {0}, cell = {0};
    char text[64];
    size_t begin, stop;
    double time;

    for (uint32_t i = 0; s->time != UINT32_MAX && p && i <= s->time; i++) {
        before = cell;
        p = next_cell(p, end, s->separator, &cell);
        if (i < s->time) continue;
        if (!s->date_apart) {
            if (spl_timestamp_parse(clock, cell, &time)) return time;
        } else if (before.len + cell.len + 2 <= sizeof text) {
            if (before.len) memcpy(text, before.data, before.len);
            text[before.len] = ' ';
            memcpy(text + before.len + 1, cell.data, cell.len);
            text[before.len + 1 + cell.len] = 'Z';
            if (!spl_timestamp_parse(clock, spl_str_cut(text, before.len + cell.len + 2), &time)) continue;
            spl_clock_stamp(clock)->begin = before.data;
            spl_clock_stamp(clock)->end = cell.data + cell.len;
            return time;
        }
    }
    return spl_timestamp_find(clock, raw, 128, &time, &begin, &stop) ? time : NAN;
}

static void w3c_prepare(spl_extractor *x)
{
    const state *s = x->input->state;

    x->state = spl_cells_new(x, s->names, s->count);
}

static void w3c_extract(spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first)
{
    const state *s = x->input->state;
    spl_cells *e = x->state;
    uint32_t i, k;
    spl_str cell;

    spl_put_metadata(x, batch, events, count, first, s->sourcetype);
    if (!spl_cells_begin(e, batch)) return;
    for (i = 0; i < count; i++) {
        const char *p = events[i].raw.data, *end = p + events[i].raw.len;

        for (k = 0; p; k++) {
            p = next_cell(p, end, s->separator, &cell);
            if (k >= e->last || !e->columns[k] || cell.len == 0) continue;
            spl_put_value(x->worker->arena, &e->repeats, e->columns[k], first + i, spl_text(cell));
        }
        if (k != s->count) spl_damaged_event(x, &events[i], "has more or fewer cells than its head names");
    }
    if (e->repeats.len) spl_join_repeats(batch, &e->repeats);
}

SPL_READER(w3c, .summary = "tables whose head is comments: W3C extended logs (IIS), Zeek's logs", .bid = w3c_bid,
           .open = w3c_open, .frame = w3c_frame, .resync = w3c_resync, .before = w3c_before, .time = w3c_time,
           .prepare = w3c_prepare, .extract = w3c_extract, .look = w3c_look, .literals = spl_literal_values);
