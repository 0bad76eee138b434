/* breaking.c -- LINE_BREAKER, line merging, TRUNCATE: compiled, and applied to a text from a known begin on.
 *
 * A break is looked for in windows of the text, so that a call of PCRE2 is short whatever the text is (the run can be
 * ended between them) and costs the same wherever in the text it is made. A match that would reach beyond a window is
 * looked for in a longer one, up to WINDOW_MAX. Lookbehind sees no further back than the begin of the line at hand,
 * so that what is found depends on nothing before it. */
#include "readers/breaking.h"

#include "base/num.h"
#include "base/regex.h"
#include "base/utf8.h"
#include "readers/framing.h"

enum { WINDOW = 1 << 16, WINDOW_MAX = 1 << 20, TRUNCATE_DEFAULT = 10000, MAX_EVENTS_DEFAULT = 256 };

typedef struct rule { /* a setting that counts */
    const char *key;
    spl_span span;
} rule;

struct spl_breaking {
    const spl_query *query;
    SPL_VEC(rule) rules;
    bool cuts;          /* events are cut by the settings */
    spl_regex *breaker; /* NULL: a run of carriage returns and line feeds */
    size_t behind;      /* bytes that its lookbehind may see */
    bool merge;
    spl_regex *before, *after, *hold, *never_before; /* BREAK_ONLY_BEFORE, MUST_BREAK_AFTER, MUST_NOT_BREAK_* */
    bool by_date;                                    /* BREAK_ONLY_BEFORE_DATE */
    spl_regex *prefix;                               /* what a date is: TIME_PREFIX … */
    spl_str format;
    size_t lookahead;
    uint64_t max_lines, truncate; /* 0: no bound */
    bool truncates;               /* TRUNCATE is set, or cuts by default */
    bool utf8;                    /* CHARSET says so: other bytes are shown as \xHH */
};

typedef enum outcome { FOUND, AT_END, OPEN } outcome;

/* ---- the settings ---- */

static const char *const keys[] = {
    "LINE_BREAKER", "SHOULD_LINEMERGE",     "BREAK_ONLY_BEFORE",     "MUST_BREAK_AFTER", "BREAK_ONLY_BEFORE_DATE",
    "MAX_EVENTS",   "MUST_NOT_BREAK_AFTER", "MUST_NOT_BREAK_BEFORE", "TRUNCATE",         "CHARSET",
    "sourcetype"};

bool spl_breaking_key(spl_str key)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (spl_str_is(key, keys[i])) return true;
    return false;
}

static const spl_conf_entry *setting(const spl_props_class *of, const char *key)
{
    const spl_conf_entry *e = spl_props_setting(of, key);

    return e && e->value.len ? e : NULL; /* an empty value takes a setting back */
}

static const spl_conf_entry *counted(spl_breaking *b, spl_arena *arena, const spl_props_class *of, const char *key)
{
    const spl_conf_entry *e = setting(of, key);

    if (e) SPL_PUSH(arena, &b->rules, ((rule){key, e->span}));
    return e;
}

static spl_regex *regex_of(spl_breaking *b, spl_arena *arena, const spl_props_class *of, const char *key,
                           unsigned flags)
{
    const spl_conf_entry *e = counted(b, arena, of, key);
    spl_regex *regex;
    spl_str error;
    size_t at;

    if (!e) return NULL;
    regex = spl_regex_compile(arena, e->value, flags, &error, &at);
    if (!regex) spl_warning(b->query->diag, e->span, "bad-regex", "%s is passed over: %.*s", key, SPL_FMT(error));
    return regex;
}

static uint64_t count_of(const spl_breaking *b, const spl_conf_entry *e, uint64_t otherwise)
{
    int64_t n;

    if (!e) return otherwise;
    if (spl_num_int(e->value, &n) && n >= 0) return (uint64_t)n;
    spl_warning(b->query->diag, e->span, "conf", "%.*s is passed over: it takes a number, 0 or more", SPL_FMT(e->key));
    return otherwise;
}

static bool is_plain(spl_str pattern)
{
    return spl_str_is(pattern, "([\\r\\n]+)") || spl_str_is(pattern, "([\\n\\r]+)");
}

static bool merges(const spl_props_class *of)
{
    const spl_conf_entry *e = setting(of, "SHOULD_LINEMERGE");

    return e ? spl_conf_true(e->value) : !setting(of, "INDEXED_EXTRACTIONS");
}

/* Whether settings cut events. LINES: what only repeats the defaults counts too. */
static bool cuts(const spl_props_class *of, bool lines)
{
    const spl_conf_entry *breaker = setting(of, "LINE_BREAKER"), *dates = setting(of, "BREAK_ONLY_BEFORE_DATE");

    if (breaker && !is_plain(breaker->value)) return true;
    if (!merges(of)) return lines && (breaker || setting(of, "SHOULD_LINEMERGE"));
    if (setting(of, "BREAK_ONLY_BEFORE") || setting(of, "MUST_BREAK_AFTER") || setting(of, "MUST_NOT_BREAK_AFTER") ||
        setting(of, "MUST_NOT_BREAK_BEFORE") || (dates && !spl_conf_true(dates->value)))
        return true;
    return lines && (breaker || dates || setting(of, "SHOULD_LINEMERGE") || setting(of, "MAX_EVENTS"));
}

static void read_dates(spl_breaking *b, spl_arena *arena, const spl_props_class *of)
{
    const spl_conf_entry *e = counted(b, arena, of, "BREAK_ONLY_BEFORE_DATE");
    int64_t n;

    b->by_date = !e || spl_conf_true(e->value);
    e = setting(of, "DATETIME_CONFIG"); /* no time stamps, no dates */
    if (e && (spl_str_iis(e->value, "NONE") || spl_str_iis(e->value, "CURRENT"))) b->by_date = false;
    if (!b->by_date) return;
    e = setting(of, "MAX_TIMESTAMP_LOOKAHEAD");
    b->lookahead = 128;
    if (e && spl_num_int(e->value, &n)) b->lookahead = n > 0 ? (size_t)n : WINDOW_MAX;
    b->prefix = regex_of(b, arena, of, "TIME_PREFIX", 0);
    e = counted(b, arena, of, "TIME_FORMAT");
    if (e) b->format = e->value;
}

static void read_cuts(spl_breaking *b, spl_arena *arena, const spl_props_class *of)
{
    const spl_conf_entry *e = counted(b, arena, of, "LINE_BREAKER");
    size_t at;

    if (e && !is_plain(e->value)) {
        spl_str error = SPL_S("it has no group in parentheses");

        b->breaker = spl_regex_compile(arena, e->value, SPL_REGEX_PIECEWISE, &error, &at);
        if (b->breaker && spl_regex_groups(b->breaker) == 0) b->breaker = NULL;
        if (!b->breaker) {
            spl_warning(b->query->diag, e->span, "bad-regex", "LINE_BREAKER is passed over: %.*s", SPL_FMT(error));
            spl_hint(b->query->diag, "Events are cut at line ends, as by ([\\r\\n]+). The first group is what lies "
                                     "between two events.");
        }
    }
    if (b->breaker) b->behind = (size_t)spl_regex_looks_behind(b->breaker) * 4 + 4;
    counted(b, arena, of, "SHOULD_LINEMERGE");
    b->merge = merges(of);
    if (!b->merge) return;
    b->before = regex_of(b, arena, of, "BREAK_ONLY_BEFORE", 0);
    b->after = regex_of(b, arena, of, "MUST_BREAK_AFTER", 0);
    b->hold = regex_of(b, arena, of, "MUST_NOT_BREAK_AFTER", 0);
    b->never_before = regex_of(b, arena, of, "MUST_NOT_BREAK_BEFORE", 0);
    read_dates(b, arena, of);
    b->max_lines = count_of(b, counted(b, arena, of, "MAX_EVENTS"), b->query->limits.splunk ? MAX_EVENTS_DEFAULT : 0);
}

spl_breaking *spl_breaking_new(spl_arena *arena, const spl_query *query, const spl_props_class *of, bool lines)
{
    spl_breaking *b = SPL_NEW(arena, spl_breaking);
    const spl_conf_entry *charset = setting(of, "CHARSET");

    b->query = query;
    b->cuts = cuts(of, lines);
    if (b->cuts) read_cuts(b, arena, of);
    b->truncate =
        count_of(b, counted(b, arena, of, "TRUNCATE"), b->cuts && query->limits.splunk ? TRUNCATE_DEFAULT : 0);
    b->truncates = b->truncate || setting(of, "TRUNCATE");
    if (charset) counted(b, arena, of, "CHARSET");
    b->utf8 = charset && (spl_str_iis(charset->value, "UTF-8") || spl_str_iis(charset->value, "UTF8"));
    return b->rules.len ? b : NULL;
}

void spl_breaking_explain(const spl_breaking *b, spl_buf *out)
{
    for (size_t i = 0; i < b->rules.len; i++) {
        const rule *r = &b->rules.data[i];

        spl_buf_printf(out, "    %s", r->key);
        if (r->span.source)
            spl_buf_printf(out, ", %.*s:%u", SPL_FMT(r->span.source->name), spl_span_place(r->span).line);
        spl_buf_char(out, '\n');
    }
}

bool spl_breaking_cuts(const spl_breaking *b)
{
    return b && b->cuts;
}

bool spl_breaking_truncates(const spl_breaking *b)
{
    return b && b->truncates;
}

bool spl_breaking_rewrites(const spl_breaking *b)
{
    return b && (b->truncate || b->utf8 || b->merge);
}

bool spl_breaking_escapes(const spl_breaking *b)
{
    return b && b->utf8;
}

/* ---- lines ---- */

static bool ends_line(char c)
{
    return c == '\n' || c == '\r';
}

/* The first carriage return or line feed in [P, END), or END. */
static const char *line_end(const char *p, const char *end)
{
    const char *found = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL, *other;

    if (found) end = found;
    other = p < end ? memchr(p, '\r', (size_t)(end - p)) : NULL;
    return other ? other : end;
}

static outcome plain_break(spl_str text, size_t at, bool last, size_t *end, size_t *next)
{
    const char *stop = text.data + text.len, *p = line_end(text.data + at, stop);

    *end = (size_t)(p - text.data);
    while (p < stop && ends_line(*p)) p++;
    *next = (size_t)(p - text.data);
    if (p < stop) return FOUND;
    return last ? AT_END : OPEN;
}

static bool continues(char c) /* a character of UTF-8 */
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* AT, or up to three bytes before, where a character begins. */
static size_t character(spl_str text, size_t at)
{
    size_t i = at;

    while (i > 0 && i < text.len && at - i < 3 && continues(text.data[i])) i--;
    return i < text.len && continues(text.data[i]) ? at : i;
}

/* Behind the character that begins at AT. */
static size_t character_end(spl_str text, size_t at)
{
    size_t end = at + 1;

    while (end < text.len && end - at < 4 && continues(text.data[end])) end++;
    return end;
}

/* What the last match takes out (props.conf, LINE_BREAKER): its first group, or the leftmost that took part, or
 * nothing before it. */
static void taken_out(const spl_match *match, const spl_regex *regex, size_t *begin, size_t *end)
{
    spl_str text;
    bool any = false;

    for (unsigned i = 1; i <= spl_regex_groups(regex); i++) {
        if (!spl_match_group(match, i, &text)) continue;
        if (any && spl_match_begin(match, i) >= *begin) continue;
        *begin = spl_match_begin(match, i);
        *end = spl_match_end(match, i);
        any = true;
        if (i == 1) return;
    }
    if (!any) *begin = *end = spl_match_begin(match, 0);
}

/* The first break behind AT, the begin of a line; FIRST: of the first. */
static outcome next_break(const spl_breaking *b, spl_match *match, spl_str text, size_t at, bool first, bool last,
                          size_t *end, size_t *next)
{
    size_t from = at, width = WINDOW;

    if (!b->breaker) return plain_break(text, at, last, end, next);
    for (;;) {
        size_t window = from - at > b->behind + 3 ? character(text, from - b->behind) : at;
        size_t stop = text.len - from > width ? character(text, from + width) : text.len;
        bool begins = first && window == at, goes_on = stop < text.len || !last,
             longest = stop < text.len && width >= WINDOW_MAX;
        spl_str piece = spl_str_sub(text, window, stop);
        size_t open = 0, begin = 0, after = 0;
        spl_scanned got = spl_regex_scan(match, b->breaker, piece, from - window, begins, goes_on, &open);

        if (got == SPL_SCANNED_OPEN) {
            if (stop == text.len) return OPEN;
            from = window + open;
            if (!longest) {
                width *= 4;
                continue;
            }
            got = spl_regex_scan(match, b->breaker, piece, from - window, begins, false, &open);
        }
        if (got == SPL_SCANNED_MATCH) {
            size_t found_at = window + spl_match_begin(match, 0);

            taken_out(match, b->breaker, &begin, &after);
            begin += window;
            after += window;
            if (after > at) {
                *end = begin < at ? at : begin < after ? begin : after;
                *next = after;
                return FOUND;
            }
            if (found_at > from) from = found_at; /* nothing lies before it: the line has just begun */
            if (from < text.len) {
                from = character_end(text, from);
                continue;
            }
            stop = text.len;
        }
        if (stop == text.len) {
            *end = *next = text.len;
            return last ? AT_END : OPEN;
        }
        spl_query_poll(b->query);
        from = stop;
        width = WINDOW;
    }
}

/* ---- events ---- */

static bool matches(spl_match *match, const spl_regex *regex, spl_str line)
{
    return regex && spl_regex_search(match, regex, line, 0);
}

static bool dated(const spl_breaking *b, spl_match *match, spl_str line)
{
    spl_stamp stamp;

    if (b->prefix) {
        if (!spl_regex_search(match, b->prefix, line, 0)) return false;
        line = spl_str_sub(line, spl_match_end(match, 0), line.len);
    }
    if (!b->format.len) return spl_stamp_seems(line, b->lookahead);
    while (line.len && spl_is_space(*line.data)) line = spl_str_sub(line, 1, line.len);
    return spl_strptime_stamp(b->query->zone, spl_str_sub(line, 0, b->lookahead), b->format, b->query->now,
                              b->query->now, &stamp);
}

/* What the lines so far say about the next. */
typedef struct merging {
    uint64_t lines;
    bool forced, held;
} merging;

static void take_line(const spl_breaking *b, spl_match *match, spl_str line, merging *m)
{
    m->lines++;
    m->forced = matches(match, b->after, line);
    if (m->forced) {
        m->held = false;
    } else if (!m->held) {
        m->held = matches(match, b->hold, line);
    }
}

static bool breaks_before(const spl_breaking *b, spl_match *match, spl_str line, const merging *m)
{
    if (m->forced) return true;
    if (b->max_lines && m->lines >= b->max_lines) return true;
    if (m->held) return false;
    if (b->after && !b->before && !b->by_date) return true; /* it joins nothing by itself */
    if (!matches(match, b->before, line) && !(b->by_date && dated(b, match, line))) return false;
    return !matches(match, b->never_before, line);
}

static bool cut_frame(const spl_breaking *b, spl_match *match, spl_str text, size_t at, bool first, bool last,
                      size_t *begin, size_t *end, size_t *next)
{
    merging m = {0};
    size_t line_stop, after;
    outcome got;

    for (;; at = *next, first = false) {
        if (at >= text.len) return false;
        got = next_break(b, match, text, at, first, last, end, next);
        if (got == OPEN) return false;
        if (!spl_is_blank(text.data + at, text.data + *end)) break;
        if (got == AT_END) return false;
    }
    *begin = at;
    if (got == AT_END) { /* line ends at the end of the text belong to nothing */
        while (*end > at && ends_line(text.data[*end - 1])) --*end;
        *next = text.len;
    }
    if (!b->merge) return true;
    take_line(b, match, spl_str_sub(text, at, *end), &m);
    for (unsigned polled = 1; *next < text.len; polled++) {
        at = *next;
        got = next_break(b, match, text, at, false, last, &line_stop, &after);
        if (got == OPEN) return false;
        if (got == AT_END)
            while (line_stop > at && ends_line(text.data[line_stop - 1])) line_stop--;
        if (line_stop > at) {
            if (breaks_before(b, match, spl_str_sub(text, at, line_stop), &m)) return true;
            take_line(b, match, spl_str_sub(text, at, line_stop), &m);
            *end = line_stop;
        }
        *next = got == AT_END ? text.len : after;
        if (polled % 4096 == 0) spl_query_poll(b->query);
    }
    return last; /* more lines may follow */
}

/* ---- a line an event: any stretch by itself ---- */

static bool plain_frame(spl_str text, size_t at, bool last, size_t *begin, size_t *end, size_t *next)
{
    for (; at < text.len; at = *next) {
        if (plain_break(text, at, last, end, next) == OPEN && *end == text.len) return false;
        if (spl_is_blank(text.data + at, text.data + *end)) continue;
        *begin = at;
        return true;
    }
    return false;
}

static size_t plain_resync(spl_str text, size_t at)
{
    size_t begin, end, next;

    if (at >= text.len) return text.len;
    if (at > 0 && !ends_line(text.data[at - 1])) {
        const char *stop = text.data + text.len, *found = line_end(text.data + at, stop);

        at = (size_t)(found - text.data);
    }
    return plain_frame(text, at, true, &begin, &end, &next) ? begin : text.len;
}

/* Where the line begins that ends at or behind AT. */
static size_t line_begin(spl_str text, size_t at)
{
    const char *found = at ? memrchr(text.data, '\n', at) : NULL, *other;
    size_t begin = found ? (size_t)(found - text.data) + 1 : 0;

    other = at > begin ? memrchr(text.data + begin, '\r', at - begin) : NULL;
    return other ? (size_t)(other - text.data) + 1 : begin;
}

static size_t plain_before(spl_str text, size_t at)
{
    const char *stop = text.data + text.len;

    if (at > text.len) at = text.len;
    for (;;) {
        size_t begin = line_begin(text, at);

        if (begin == 0 || !spl_is_blank(text.data + begin, line_end(text.data + begin, stop))) return begin;
        at = begin - 1;
    }
}

/* ---- any input ---- */

static bool is_lines(const spl_breaking *b)
{
    return b && b->cuts && !b->breaker && !b->merge;
}

bool spl_input_in_turn(const spl_input *input)
{
    const spl_breaking *b = input->breaking;

    return b && b->cuts && !is_lines(b);
}

bool spl_input_frame(const spl_input *input, spl_match *match, spl_str text, size_t at, bool first, bool last,
                     size_t *begin, size_t *end, size_t *next)
{
    if (!spl_breaking_cuts(input->breaking)) return input->reader->frame(input, text, at, last, begin, end, next);
    if (is_lines(input->breaking)) return plain_frame(text, at, last, begin, end, next);
    return cut_frame(input->breaking, match, text, at, first, last, begin, end, next);
}

size_t spl_input_resync(const spl_input *input, spl_str text, size_t at)
{
    return is_lines(input->breaking) ? plain_resync(text, at) : input->reader->resync(input, text, at);
}

size_t spl_input_before(const spl_input *input, spl_str text, size_t at)
{
    return is_lines(input->breaking) ? plain_before(text, at) : input->reader->before(input, text, at);
}

size_t spl_input_cut(const spl_input *input, spl_match *match, spl_str text, size_t at, size_t until, bool first,
                     bool last, spl_arena *arena, spl_cuts *cuts)
{
    size_t begin, end, next;

    while (at < until) {
        if (!spl_input_frame(input, match, text, at, first, last, &begin, &end, &next)) return last ? text.len : at;
        SPL_PUSH(arena, cuts, ((spl_cut){begin, end}));
        at = next;
        first = false;
    }
    return at;
}

/* ---- the text of an event ---- */

static spl_str shortened(const spl_breaking *b, spl_str line, bool *cut)
{
    size_t len = (size_t)b->truncate;

    if (!b->truncate || line.len <= b->truncate) return line;
    if (cut) *cut = true;
    return spl_str_sub(line, 0, character(line, len));
}

/* The lines of an event that was joined of several, a line feed between two of them. */
static spl_str joined(const spl_breaking *b, spl_match *match, spl_arena *arena, spl_str raw, bool *cut)
{
    spl_buf out = spl_buf_in(arena);
    size_t at = 0, end = 0, next = raw.len;

    for (outcome got = FOUND; got == FOUND && at < raw.len; at = next) {
        got = next_break(b, match, raw, at, false, true, &end, &next);
        if (end == at) continue;
        if (out.len) spl_buf_char(&out, '\n');
        spl_buf_add(&out, shortened(b, spl_str_sub(raw, at, end), cut));
    }
    return spl_buf_str(&out);
}

/* Of an event that its reader cut: each line shortened. */
static spl_str each_shortened(const spl_breaking *b, spl_arena *arena, spl_str raw, bool *cut)
{
    spl_buf out = spl_buf_in(arena);
    bool any = false;

    for (size_t at = 0; at < raw.len;) {
        const char *found = memchr(raw.data + at, '\n', raw.len - at);
        size_t end = found ? (size_t)(found - raw.data) : raw.len;

        spl_buf_add(&out, shortened(b, spl_str_sub(raw, at, end), &any));
        if (found) spl_buf_char(&out, '\n');
        at = end + 1;
    }
    if (any && cut) *cut = true;
    return any ? spl_buf_str(&out) : raw;
}

static spl_str escaped(spl_arena *arena, spl_str raw)
{
    spl_buf out = spl_buf_in(arena);

    for (size_t at = 0; at < raw.len;) {
        size_t from = at;
        uint32_t code = spl_utf8_next(raw, &at);

        if (code == 0xFFFD && at - from == 1) {
            spl_buf_printf(&out, "\\x%02X", (unsigned char)raw.data[from]);
        } else {
            spl_buf_add(&out, spl_str_sub(raw, from, at));
        }
    }
    return spl_buf_str(&out);
}

/* Whether an event of several lines is spelt with one line feed between two of them, and none at its ends. */
static bool is_joined(const spl_breaking *b, spl_str raw)
{
    return !b->breaker && !memchr(raw.data, '\r', raw.len) && spl_str_find(raw, SPL_S("\n\n"), 0) < 0;
}

spl_str spl_breaking_text(const spl_breaking *b, spl_match *match, spl_arena *arena, spl_str raw, bool *cut)
{
    bool is_long = b->truncate && raw.len > b->truncate;

    if (b->cuts && b->merge) {
        if (is_long || !is_joined(b, raw)) raw = joined(b, match, arena, raw, cut);
    } else if (is_long) {
        raw = b->cuts ? shortened(b, raw, cut) : each_shortened(b, arena, raw, cut);
    }
    return b->utf8 && !spl_utf8_valid(raw) ? escaped(arena, raw) : raw;
}
