/* read_wintext.c -- Windows events as the classic text (sourcetype WinEventLog): a line with the time, Key=Value lines,
 * and Message= up to the end of the event.
 *
 * An event begins at a line that is a time ("09/02/2020 01:43:50 AM") with LogName= on the next one, which is what
 * framing looks for from any offset. The keys before the message are fields; within it, "Name:<tabs>value" lines are,
 * as Splunk's own configuration of this source has it. Fields: docs/reference/formats/wintext.md. */
#include "base/map.h"
#include "base/scan.h"
#include "readers/framing.h"

#include <math.h>

static const char key_line[] = "\nLogName=";
enum {
    KEY_LINE = sizeof(key_line) - 1,
    TIME_MIN = 22, /* 09/02/2020 01:43:50 AM */
    TIME_MAX = 26, /* 09/02/2020 01:43:50.123 AM */
    HEAD_MAX = TIME_MAX + 1 + KEY_LINE
};

/* Of an input. */
typedef struct wintext_state {
    spl_needle key_line;
} wintext_state;

static bool digits(const char *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!spl_is_digit(p[i])) return false;
    return true;
}

/* How long a time that begins at P is, 0 if none does. */
static size_t time_at(const char *p, size_t len)
{
    size_t i = 19;

    if (len < TIME_MIN || !digits(p, 2) || p[2] != '/' || !digits(p + 3, 2) || p[5] != '/' || !digits(p + 6, 4) ||
        p[10] != ' ' || !digits(p + 11, 2) || p[13] != ':' || !digits(p + 14, 2) || p[16] != ':' || !digits(p + 17, 2))
        return 0;
    if (p[i] == '.' && len >= TIME_MAX && digits(p + 20, 3)) i += 4;
    if (p[i] != ' ' || (p[i + 1] != 'A' && p[i + 1] != 'P' && p[i + 1] != 'a' && p[i + 1] != 'p') ||
        (p[i + 2] != 'M' && p[i + 2] != 'm'))
        return 0;
    return i + 3;
}

/* ---- framing --------------------------------------------------------------------------------------------------------
 */

/* The begin of the event whose LogName= line follows the newline at AT, or SIZE_MAX. */
static size_t begin_of(spl_str text, size_t at)
{
    size_t end = at > 0 && text.data[at - 1] == '\r' ? at - 1 : at;

    for (size_t len = TIME_MIN; len <= TIME_MAX; len += TIME_MAX - TIME_MIN)
        if (end >= len && (end == len || text.data[end - len - 1] == '\n' || text.data[end - len - 1] == '\r') &&
            time_at(text.data + end - len, len) == len)
            return end - len;
    /* after a byte order mark */
    if ((end == TIME_MIN + 3 || end == TIME_MAX + 3) && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0 &&
        time_at(text.data + 3, end - 3) == end - 3)
        return 3;
    return SIZE_MAX;
}

/* Does a begin stand at AT, as far as TEXT shows? *SURE: it shows all of it. */
static bool begins_at(spl_str text, size_t at, bool *sure)
{
    size_t len = time_at(text.data + at, text.len - at), i, seen;

    *sure = true;
    if (!len || (at > 0 && text.data[at - 1] != '\n' && text.data[at - 1] != '\r' && at != 3)) return false;
    i = at + len;
    if (i < text.len && text.data[i] == '\r') i++;
    seen = text.len - i < KEY_LINE ? text.len - i : KEY_LINE;
    *sure = seen == KEY_LINE;
    return memcmp(text.data + i, key_line, seen) == 0;
}

/* The first begin at or after FROM: whole, or cut off by the end of TEXT (*SURE false). text.len if there is none.
 * INPUT is NULL while recognising. */
static size_t next_begin(const spl_input *input, spl_str text, size_t from, bool *sure)
{
    const wintext_state *state = input ? input->state : NULL;
    const char *end = text.data + text.len, *p = text.data + from;

    while (p < end &&
           (p = state ? spl_needle_find(&state->key_line, p, end) : memmem(p, (size_t)(end - p), key_line, KEY_LINE))) {
        size_t begin = begin_of(text, (size_t)(p - text.data));
        if (begin != SIZE_MAX && begin >= from) {
            *sure = true;
            return begin;
        }
        p += KEY_LINE;
    }
    /* a head that the end of TEXT cuts off */
    for (size_t i = text.len > from + HEAD_MAX ? text.len - HEAD_MAX : from; i + TIME_MIN <= text.len; i++)
        if (begins_at(text, i, sure) && !*sure) return i;
    *sure = true;
    return text.len;
}

static size_t trim_lines(spl_str text, size_t begin, size_t end)
{
    while (end > begin && (text.data[end - 1] == '\n' || text.data[end - 1] == '\r')) end--;
    return end;
}

static bool wintext_frame(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end,
                          size_t *next)
{
    bool sure;

    while (at < text.len && (text.data[at] == '\n' || text.data[at] == '\r')) at++;
    if (at >= text.len) return false;
    *begin = at; /* what stands before the first time line is an event without one */
    *next = next_begin(input, text, at + 1, &sure);
    if (!last && (*next == text.len || !sure)) return false;
    *end = trim_lines(text, at, *next);
    return true;
}

static size_t wintext_resync(const spl_input *input, spl_str text, size_t at)
{
    bool sure;

    if (at == 0) {
        while (at < text.len && (text.data[at] == '\n' || text.data[at] == '\r')) at++;
        return at;
    }
    return at < text.len ? next_begin(input, text, at, &sure) : text.len;
}

static size_t wintext_before(const spl_input *input, spl_str text, size_t at)
{
    size_t end = at + HEAD_MAX < text.len ? at + HEAD_MAX : text.len;
    const char *p;
    bool sure;

    (void)input;
    if (at >= text.len) at = text.len ? text.len - 1 : 0;
    /* a head at the very end of TEXT may lack its LogName= */
    for (size_t i = at + 1; text.len - i < HEAD_MAX && i-- > 0;)
        if (begins_at(text, i, &sure)) return i;
    while (end > 0 && (p = memrchr(text.data, '\n', end))) {
        size_t newline = (size_t)(p - text.data), begin;
        end = newline;
        if (text.len - newline < KEY_LINE || memcmp(p, key_line, KEY_LINE) != 0) continue;
        begin = begin_of(text, newline);
        if (begin != SIZE_MAX && begin <= at) return begin;
    }
    return 0;
}

/* ---- time -----------------------------------------------------------------------------------------------------------
 */

static int number(const char *p, size_t count)
{
    int n = 0;

    for (size_t i = 0; i < count; i++) n = n * 10 + (p[i] - '0');
    return n;
}

static double wintext_time(const spl_input *input, spl_clock *clock, spl_str raw)
{
    const char *p = raw.data;
    size_t len = time_at(p, raw.len);
    int month, day, hour;
    int64_t local;
    double epoch;

    (void)input;
    if (!len) return NAN;
    month = number(p, 2);
    day = number(p + 3, 2);
    hour = number(p + 11, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour < 1 || hour > 12 || number(p + 14, 2) > 59 ||
        number(p + 17, 2) > 60)
        return NAN;
    hour = hour % 12 + (spl_ascii_upper(p[len - 2]) == 'P' ? 12 : 0);
    local = spl_days_from_civil(number(p + 6, 4), month, day) * 86400 + hour * 3600 + number(p + 14, 2) * 60 +
            number(p + 17, 2);
    epoch = (double)spl_zone_to_utc(spl_clock_zone(clock), local);
    return len == TIME_MAX ? (epoch * 1000 + number(p + 20, 3)) / 1000 : epoch;
}

static spl_str wintext_stamp(const spl_input *input, spl_str raw)
{
    (void)input;
    return spl_str_sub(raw, 0, time_at(raw.data, raw.len));
}

/* ---- fields ---------------------------------------------------------------------------------------------------------
 */

/* Made by the lines before the message alone, so that a search for them can be tested on the bytes and needs no look at
 * the message. */
static const char *const only_head[] = {"EventCode",    "LogName",      "SourceName",
                                        "ComputerName", "RecordNumber", "Message"};
static const char *const metadata[] = {"_raw", "_time", "host", "source", "sourcetype", "index", "_indextime"};

static bool among(spl_str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (spl_str_is(name, names[i])) return true;
    return false;
}
#define AMONG(name, names) among((name), (names), sizeof(names) / sizeof *(names))

#define NONE UINT32_MAX
enum { MAX_KEYS = 1 << 14 };

typedef struct target { /* a wanted field */
    spl_field field;
    spl_value *cells;  /* of the batch at hand, NULL until it has a value there */
    uint32_t repeated; /* 1 + index into repeats while the event at hand has several values */
} target;

typedef struct key {        /* what a key, as it stands in the bytes, makes; kept by spl_map */
    uint32_t head, message; /* target in the lines before the message, and in it; NONE */
} key;

typedef SPL_VEC(spl_value) values;

typedef struct wintext {
    spl_arena *arena;
    const spl_fieldset *wanted;
    spl_fields *fields;
    bool finite, in_head, in_message; /* where to look */
    bool raw, host, source, sourcetype, index;
    spl_map by_name; /* cleaned name -> 1 + target */
    spl_map keys;    /* raw key -> key */
    SPL_VEC(target) targets;
    struct {
        uint32_t target;
        values values;
    } * repeats;
    uint32_t n_repeats, cap_repeats;
    uint64_t lengths[128]; /* finite: by first letter, the lengths of wanted names */
    spl_batch *batch;
    spl_str last_log, last_source;
} wintext;

static uint32_t target_of(wintext *x, spl_str clean)
{
    uintptr_t known = (uintptr_t)spl_map_get(&x->by_name, clean);
    spl_field field;

    if (known || x->finite) return known ? (uint32_t)(known - 1) : NONE;
    field = spl_field_of(x->fields, clean);
    if (!spl_fieldset_has(x->wanted, field)) return NONE;
    SPL_PUSH(x->arena, &x->targets, ((target){.field = field}));
    spl_map_set(&x->by_name, clean, (void *)(uintptr_t)x->targets.len);
    return (uint32_t)x->targets.len - 1;
}

/* As Splunk cleans keys: what is no letter, digit or underscore becomes one; none at the front, nor digits. */
static spl_str clean_key(spl_arena *arena, spl_str raw)
{
    char *copy = spl_alloc(arena, raw.len);

    for (size_t i = 0; i < raw.len; i++) copy[i] = spl_is_word(raw.data[i]) ? raw.data[i] : '_';
    raw.data = copy;
    while (raw.len && (raw.data[0] == '_' || spl_is_digit(raw.data[0]))) raw = spl_str_sub(raw, 1, raw.len);
    return raw;
}

static key find_key(wintext *x, spl_str raw)
{
    const key *known = spl_map_get(&x->keys, raw);
    key made = {NONE, NONE};
    spl_str clean;

    if (known) return *known;
    clean = clean_key(x->batch->arena, raw);
    if (clean.len && !AMONG(clean, metadata)) {
        made.head = target_of(x, clean);
        if (!AMONG(clean, only_head)) made.message = made.head;
    }
    if (x->keys.len < MAX_KEYS || made.head != NONE) {
        key *keep = SPL_NEW(x->arena, key);
        *keep = made;
        spl_map_set(&x->keys, raw, keep);
    }
    return made;
}

static void wintext_prepare(spl_extractor *extractor)
{
    const spl_input *input = extractor->input;
    const spl_fieldset *wanted = extractor->wanted;
    spl_arena *arena = extractor->worker->arena;
    wintext *x = SPL_NEW(arena, wintext);

    x->arena = arena;
    x->wanted = wanted;
    x->fields = extractor->fields;
    x->by_name = spl_map_in(arena);
    x->keys = spl_map_in(arena);
    x->finite = spl_fieldset_finite(wanted);
    x->raw = spl_fieldset_has(wanted, SPL_F_RAW);
    x->host = spl_fieldset_has(wanted, SPL_F_HOST);
    x->source = spl_fieldset_has(wanted, SPL_F_SOURCE);
    x->sourcetype = spl_fieldset_has(wanted, SPL_F_SOURCETYPE);
    x->index = spl_fieldset_has(wanted, SPL_F_INDEX);
    x->in_head = !x->finite || (x->host && !input->host.len) || (x->source && !input->source.len) ||
                 (x->sourcetype && !input->sourcetype.len);
    x->in_message = !x->finite;
    for (size_t i = 0; x->finite && i < wanted->names.len; i++) {
        spl_str name = spl_field_name(extractor->fields, wanted->names.data[i]);
        if (AMONG(name, metadata) || spl_map_get(&x->by_name, name)) continue;
        x->in_head = true;
        if (!AMONG(name, only_head)) x->in_message = true;
        SPL_PUSH(arena, &x->targets, ((target){.field = wanted->names.data[i]}));
        spl_map_set(&x->by_name, name, (void *)(uintptr_t)x->targets.len);
        if (name.len) x->lengths[(unsigned char)name.data[0] & 127] |= (uint64_t)1 << (name.len < 63 ? name.len : 63);
    }
    extractor->state = x;
}

static void put_value(wintext *x, uint32_t t, uint32_t row, spl_str text)
{
    target *to = &x->targets.data[t];

    if (!to->cells) {
        spl_column *column = spl_batch_add(x->batch, to->field);
        to->cells = column->cells;
        if (column->parsed) memset(column->parsed, 0, x->batch->rows);
    }
    if (to->cells[row].kind == SPL_KIND_NULL) {
        to->cells[row] = spl_text(text);
        return;
    }
    if (!to->repeated) {
        if (x->n_repeats == x->cap_repeats) {
            uint32_t cap = x->cap_repeats ? x->cap_repeats * 2 : 8;
            x->repeats =
                spl_realloc(x->arena, x->repeats, x->cap_repeats * sizeof *x->repeats, cap * sizeof *x->repeats);
            memset(x->repeats + x->cap_repeats, 0, (cap - x->cap_repeats) * sizeof *x->repeats);
            x->cap_repeats = cap;
        }
        x->repeats[x->n_repeats].target = t;
        x->repeats[x->n_repeats].values.len = 0;
        to->repeated = ++x->n_repeats;
        SPL_PUSH(x->arena, &x->repeats[to->repeated - 1].values, to->cells[row]);
    }
    SPL_PUSH(x->arena, &x->repeats[to->repeated - 1].values, spl_text(text));
}

static void end_row(wintext *x, uint32_t row)
{
    for (uint32_t i = 0; i < x->n_repeats; i++) {
        target *to = &x->targets.data[x->repeats[i].target];
        to->cells[row] = spl_multi_of(x->batch->arena, x->repeats[i].values.data, x->repeats[i].values.len);
        to->repeated = 0;
    }
    x->n_repeats = 0;
}

/* May a key of this length and first byte make a wanted field? One that begins with no letter loses what it begins
 * with. */
static bool may_want(const wintext *x, spl_str raw)
{
    if (!x->finite || !spl_is_alpha(raw.data[0])) return true;
    return (x->lengths[(unsigned char)raw.data[0]] >> (raw.len < 63 ? raw.len : 63)) & 1;
}

/* "<indent>Name:<blanks>value" lines of a message, its first line aside. */
static void extract_message(wintext *x, uint32_t row, spl_str message)
{
    const char *end = message.data + message.len, *line = memchr(message.data, '\n', message.len);

    for (; line; line = memchr(line, '\n', (size_t)(end - line))) {
        const char *colon, *value, *stop;
        spl_str raw;
        line++;
        if (!(stop = memchr(line, '\n', (size_t)(end - line)))) stop = end;
        while (line < stop && (*line == ' ' || *line == '\t')) /* cleaning would drop it */
            line++;
        colon = line < stop ? memchr(line, ':', (size_t)(stop - line)) : NULL;
        if (colon && colon > line && colon + 1 < stop && (colon[1] == ' ' || colon[1] == '\t')) {
            raw = spl_str_cut(line, (size_t)(colon - line));
            for (value = colon + 1; value < stop && (*value == ' ' || *value == '\t');) value++;
            while (stop > value && spl_is_space(stop[-1])) stop--;
            if (stop > value && may_want(x, raw)) {
                key k = find_key(x, raw);
                if (k.message != NONE) put_value(x, k.message, row, spl_str_cut(value, (size_t)(stop - value)));
            }
        }
        line = stop < line ? line : stop;
        if (line >= end) break;
    }
}

static spl_str source_of(wintext *x, spl_str log)
{
    if (!spl_str_eq(log, x->last_log)) {
        spl_buf out = spl_buf_in(x->batch->arena);
        spl_buf_puts(&out, "WinEventLog:");
        spl_buf_add(&out, log);
        x->last_log = log;
        x->last_source = spl_buf_str(&out);
    }
    return x->last_source;
}

static void put_meta(wintext *x, spl_field field, uint32_t row, spl_str given, spl_str found)
{
    if (given.len || found.len) spl_batch_set(x->batch, row, field, spl_text(given.len ? given : found));
}

static bool all_word(const char *begin, const char *end)
{
    const char *p = begin;

    while (p < end && spl_is_word(*p)) p++;
    return p == end && p > begin;
}

static void extract_event(wintext *x, const spl_input *input, uint32_t row, spl_str raw)
{
    static const char message[] = "Message=";
    const char *end = raw.data + raw.len, *line = raw.data;
    spl_str host = {NULL, 0}, log = {NULL, 0}, source = {NULL, 0};

    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line)), *equal;
        const char *after = stop ? stop + 1 : end;
        spl_str name, value;
        if (!stop) stop = end;
        if ((size_t)(end - line) >= sizeof message - 1 && memcmp(line, message, sizeof message - 1) == 0) {
            value = spl_str_cut(line + sizeof message - 1, (size_t)(end - line) - (sizeof message - 1));
            if (value.len) {
                key k = find_key(x, SPL_S("Message"));
                if (k.head != NONE) put_value(x, k.head, row, value);
                if (x->in_message) extract_message(x, row, value);
            }
            break;
        }
        if (stop > line && stop[-1] == '\r') stop--;
        equal = memchr(line, '=', (size_t)(stop - line));
        if (equal && equal + 1 < stop && all_word(line, equal)) {
            name = spl_str_cut(line, (size_t)(equal - line));
            value = spl_str_cut(equal + 1, (size_t)(stop - equal - 1));
            if (!host.len && spl_str_is(name, "ComputerName")) host = value;
            if (!log.len && spl_str_is(name, "LogName")) log = value;
            if (may_want(x, name)) {
                key k = find_key(x, name);
                if (k.head != NONE) put_value(x, k.head, row, value);
            }
        }
        line = after;
    }
    if (log.len) source = source_of(x, log);
    if (x->host) put_meta(x, SPL_F_HOST, row, input->host, host.len ? host : SPL_S(SPL_LOCAL_HOST));
    if (x->source) put_meta(x, SPL_F_SOURCE, row, input->source, source.len ? source : spl_str_of(input->path));
    if (x->sourcetype)
        put_meta(x, SPL_F_SOURCETYPE, row, input->sourcetype, source.len ? source : SPL_S("WinEventLog"));
}

static void wintext_extract(spl_extractor *extractor, spl_batch *batch, const spl_event *events, uint32_t count,
                            uint32_t first)
{
    const spl_input *input = extractor->input;
    wintext *x = extractor->state;

    x->batch = batch;
    x->last_log = x->last_source = (spl_str){NULL, 0};
    for (size_t i = 0; i < x->targets.len; i++) x->targets.data[i].cells = NULL;
    if (x->raw) spl_batch_add(batch, SPL_F_RAW);
    if (x->host) spl_batch_add(batch, SPL_F_HOST);
    if (x->source) spl_batch_add(batch, SPL_F_SOURCE);
    if (x->sourcetype) spl_batch_add(batch, SPL_F_SOURCETYPE);
    if (x->index && input->index.len) spl_batch_add(batch, SPL_F_INDEX);
    for (uint32_t i = 0; i < count; i++) {
        spl_str none = {NULL, 0};
        if (!time_at(events[i].raw.data, events[i].raw.len))
            spl_damaged_event(extractor, &events[i], "is text before the first time stamp: it was kept without a time");
        if (x->raw) spl_batch_set(batch, first + i, SPL_F_RAW, spl_text(events[i].raw));
        if (x->index) put_meta(x, SPL_F_INDEX, first + i, input->index, none);
        if (x->in_head) {
            extract_event(x, input, first + i, events[i].raw);
            if (x->n_repeats) end_row(x, first + i);
        } else {
            if (x->host) put_meta(x, SPL_F_HOST, first + i, input->host, none);
            if (x->source) put_meta(x, SPL_F_SOURCE, first + i, input->source, none);
            if (x->sourcetype) put_meta(x, SPL_F_SOURCETYPE, first + i, input->sourcetype, none);
        }
    }
}

/* ---- raw tests ------------------------------------------------------------------------------------------------------
 */

static bool one_literal(spl_arena *arena, spl_literals *out, const char *before, spl_str text)
{
    spl_buf literal = spl_buf_in(arena);

    spl_buf_puts(&literal, before);
    spl_buf_add(&literal, text);
    out->items = SPL_NEW(arena, spl_literal);
    out->items[0] = (spl_literal){spl_buf_str(&literal), true};
    out->count = 1;
    return true;
}

static bool wintext_literals(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                             spl_arena *arena, spl_literals *out)
{
    (void)query;
    if (text.len == 0) return false;
    if ((spl_str_is(field, "source") && !input->source.len) ||
        (spl_str_is(field, "sourcetype") && !input->sourcetype.len)) {
        /* "WinEventLog:" and the log's name: what follows the colon stands in the LogName= line */
        const char *colon = memchr(text.data, ':', text.len);
        spl_str log;
        if (!colon || spl_str_ifind(spl_str_of(input->path), text, 0) >= 0) return false;
        log = spl_str_sub(text, (size_t)(colon + 1 - text.data), text.len);
        return log.len && one_literal(arena, out, whole ? "LogName=" : "", log);
    }
    if (spl_str_is(field, "host") && !input->host.len && spl_str_ifind(SPL_S(SPL_LOCAL_HOST), text, 0) >= 0)
        return false;
    if (spl_str_is(field, "host") && !input->host.len)
        return one_literal(arena, out, whole ? "ComputerName=" : "", text);
    if (AMONG(field, metadata) || (field.len && field.data[0] == '_')) return false;
    if (whole && AMONG(field, only_head) && !spl_str_is(field, "Message"))
        return one_literal(arena, out, spl_strf(arena, "%.*s=", SPL_FMT(field)).data, text);
    return one_literal(arena, out, "", text);
}

/* ---- recognition ----------------------------------------------------------------------------------------------------
 */

static int wintext_bid(const spl_probe *probe)
{
    spl_str head = probe->head;
    size_t at = head.len >= 3 && memcmp(head.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0, found;
    bool sure;

    while (at < head.len && (head.data[at] == '\n' || head.data[at] == '\r')) at++;
    found = next_begin(NULL, head, at, &sure);
    if (found == head.len) return 0;
    if (found == at) return sure ? 100 : 60;
    return sure ? 50 : 0;
}

static void wintext_open(spl_input *input, const spl_probe *probe)
{
    wintext_state *state = SPL_NEW(input->arena, wintext_state);

    input->body = probe->head.len >= 3 && memcmp(probe->head.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    state->key_line = spl_needle_of(input->arena, SPL_S(key_line), false);
    input->state = state;
}

static const char *const sourcetypes[] = {"WinEventLog:*", "WinEventLog", NULL};

SPL_READER(wintext, .sourcetypes = sourcetypes,
           .summary = "Windows events as classic text (sourcetype WinEventLog:<log>).", .bid = wintext_bid,
           .open = wintext_open, .frame = wintext_frame, .resync = wintext_resync, .before = wintext_before,
           .time = wintext_time, .stamp = wintext_stamp, .prepare = wintext_prepare, .extract = wintext_extract,
           .literals = wintext_literals);
