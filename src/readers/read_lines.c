/* read_lines.c -- plain text: lines, and events of several lines that begin with a time stamp.
 *
 * Where the first line has a time stamp, an event goes on until the next line that has one at about the same place
 * (props.conf: SHOULD_LINEMERGE with BREAK_ONLY_BEFORE_DATE); a text without time stamps has an event a line. Whether a
 * line has one is told by its look alone, since framing keeps no clock. Fields are those of key=value pairs (kv.c).
 * Rules: docs/reference/formats/lines.md. Exports the reader lines, which takes what no other reader knows, and
 * spl_kv_extract(). */
#include "knowledge/knowledge.h"
#include "knowledge/kv.h"
#include "knowledge/props.h"
#include "readers/framing.h"

#include <math.h>

enum { LOOKAHEAD = 128, SLACK = 32, SAMPLE = 500 };

typedef struct state {
    bool merge;
    bool syslog;  /* the word behind the time is the host */
    size_t reach; /* a time stamp begins within so many bytes of the line's begin */
    spl_str sourcetype;
    spl_needle object; /* a line that begins as a JSON object does */
} state;

/* ---- the look of a time stamp ---- */

static size_t digits(const char *p, const char *end)
{
    const char *from = p;

    while (p < end && p - from < 20 && spl_is_digit(*p)) p++;
    return (size_t)(p - from);
}

static bool month_name(const char *p, const char *end)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    char low[3];
    size_t i;

    if (end - p < 3) return false;
    for (i = 0; i < 3; i++) low[i] = spl_ascii_lower(p[i]);
    for (i = 0; i < sizeof names - 1; i += 3) {
        if (memcmp(names + i, low, 3) == 0) return true;
    }
    return false;
}

static bool clock_at(const char *p, const char *end) /* hh:mm */
{
    size_t n = digits(p, end);

    return (n == 1 || n == 2) && p + n < end && p[n] == ':' && digits(p + n + 1, end) == 2;
}

static const char *spaces(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == ',' || *p == 'T' || *p == ':')) p++;
    return p;
}

static bool year_at(const char *p, const char *end)
{
    return digits(p, end) == 4 && ((p[0] == '1' && p[1] == '9') || (p[0] == '2' && p[1] == '0'));
}

/* A time stamp seems to begin at P, where a word begins. OFFSET: within the line. */
static bool stamp_at(const char *p, const char *end, size_t offset, char before)
{
    size_t n = digits(p, end), m, k;
    const char *q = p + n;

    if (n == 4 && year_at(p, end) && q < end && (*q == '-' || *q == '/' || *q == '.')) {
        m = digits(q + 1, end);
        if ((m == 1 || m == 2) && q + 1 + m < end && q[1 + m] == *q) {
            k = digits(q + 2 + m, end);
            return k == 1 || k == 2;
        }
        return false;
    }
    if ((n == 8 || n == 14) && p[0] == (p[1] == '9' ? '1' : '2') && (p[1] == '9' || p[1] == '0'))
        return n == 14 || (q < end && (*q == 'T' || *q == ' ' || *q == '-') && digits(q + 1, end) >= 2);
    if (n == 1 || n == 2) {
        if (q < end && *q == ':' && clock_at(p, end)) return offset <= 1; /* no date: today's */
        if (q == end || (*q != '/' && *q != '-' && *q != '.' && *q != ' ')) return false;
        if (month_name(q + 1, end)) {
            const char *name = q + 1;

            while (name < end && spl_is_alpha(*name)) name++;
            return name < end && (*name == *q || *name == ',') && digits(spaces(name + 1, end), end) >= 2;
        }
        m = digits(q + 1, end);
        if (*q == ' ' || (m != 1 && m != 2) || q + 1 + m >= end || q[1 + m] != *q) return false;
        k = digits(q + 2 + m, end);
        return k == 4 ? year_at(q + 2 + m, end) : k == 2 && clock_at(spaces(q + 4 + m, end), end);
    }
    if (n == 10 || n == 13) return (*p == '1' || *p == '2') && (offset == 0 || before == '(');
    if (n == 0 && month_name(p, end)) {
        while (p < end && spl_is_alpha(*p)) p++;
        if (p == end || (*p != ' ' && *p != '.')) return false;
        p = spaces(p + 1, end);
        n = digits(p, end);
        if (n != 1 && n != 2) return false;
        p = spaces(p + n, end);
        return clock_at(p, end) || year_at(p, end);
    }
    return false;
}

/* Where within its first REACH bytes the line has a time stamp, or -1. */
static ptrdiff_t stamp_in(const char *line, const char *end, size_t reach)
{
    const char *p;

    for (p = line; p < end && (size_t)(p - line) <= reach; p++) {
        char before = p > line ? p[-1] : ' ';

        if (!spl_is_digit(*p) && !spl_is_alpha(*p)) continue;
        if (spl_is_word(before) || before == '.') continue;
        if (stamp_at(p, end, (size_t)(p - line), before)) return p - line;
    }
    return -1;
}

bool spl_stamp_seems(spl_str line, size_t reach)
{
    return stamp_in(line.data, line.data + line.len, reach) >= 0;
}

/* ---- framing ---- */

static const char *line_end(spl_str text, size_t at)
{
    const char *found = memchr(text.data + at, '\n', text.len - at);

    return found ? found : text.data + text.len;
}

static bool begins(const state *s, spl_str text, size_t at) /* the line at AT begins an event */
{
    return stamp_in(text.data + at, line_end(text, at), s->reach) >= 0;
}

static bool lines_frame(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end,
                        size_t *next)
{
    const state *s = input->state;
    size_t line, stop;

    if (!spl_frame_by(text, at, last, '\n', begin, end, next)) return false;
    if (!s->merge) return true;
    while (*next < text.len) {
        const char *found = line_end(text, *next);

        stop = (size_t)(found - text.data);
        if (stop == text.len && !last) return false;
        if (stamp_in(text.data + *next, found, s->reach) >= 0) return true;
        line = *next;
        *next = stop == text.len ? stop : stop + 1;
        if (!spl_is_blank(text.data + line, found)) *end = stop > line && found[-1] == '\r' ? stop - 1 : stop;
    }
    return last; /* more lines of this event may follow */
}

static size_t lines_resync(const spl_input *input, spl_str text, size_t at)
{
    const state *s = input->state;

    if (at == 0 || !s->merge) return spl_resync_by(text, at, '\n');
    while ((at = spl_resync_by(text, at, '\n')) < text.len) {
        if (begins(s, text, at)) return at;
        at = (size_t)(line_end(text, at) - text.data) + 1;
    }
    return text.len;
}

static size_t lines_before(const spl_input *input, spl_str text, size_t at)
{
    const state *s = input->state;

    for (;;) {
        at = spl_before_by(text, at, '\n');
        if (at == 0 || !s->merge || begins(s, text, at)) return at;
        at--;
    }
}

/* ---- recognition ---- */

static spl_str file_stem(const char *path)
{
    spl_str name = spl_str_of(path);
    const char *slash = memrchr(name.data, '/', name.len), *dot;
    static const char *const packed[] = {".gz", ".zst"};
    size_t i;

    if (slash) name = spl_str_sub(name, (size_t)(slash - name.data) + 1, name.len);
    for (i = 0; i < 2; i++) {
        if (spl_str_ends(name, spl_str_of(packed[i]))) name.len -= strlen(packed[i]);
    }
    dot = name.len > 1 ? memchr(name.data + 1, '.', name.len - 1) : NULL;
    return dot ? spl_str_sub(name, 0, (size_t)(dot - name.data)) : name;
}

/* The program of RFC 3164's "host program[pid]:" or "host program:". */
static bool syslog_tail(const char *p, const char *end, spl_str *host)
{
    const char *word;

    while (p < end && *p == ' ') p++;
    word = p;
    while (p < end && (spl_is_word(*p) || *p == '.' || *p == '-' || *p == ':')) p++;
    if (p == word || p == end || *p != ' ' || p[-1] == ':') return false;
    *host = spl_str_cut(word, (size_t)(p - word));
    for (word = ++p; p < end && *p != ' ' && *p != '['; p++) {
    }
    return p > word && ((p < end && *p == '[') || p[-1] == ':');
}

/* "Nov 21 10:00:00 host program:", behind an optional "<34>". */
static bool syslog_line(const char *p, const char *end, spl_str *host)
{
    if (p < end && *p == '<') {
        p++;
        p += digits(p, end);
        if (p == end || *p++ != '>') return false;
    }
    if (!month_name(p, end) || end - p < 15 || p[3] != ' ') return false;
    if (!clock_at(p + 7, end) || digits(p + 13, end) != 2) return false;
    return syslog_tail(p + 15, end, host);
}

static spl_str sourcetype_of(const char *path, spl_str line)
{
    const char *p = line.data, *end = line.data + line.len, *bracket;
    spl_str host;

    if (spl_str_starts(line, SPL_S("type=")) && spl_str_find(line, SPL_S(" msg=audit("), 0) > 0)
        return SPL_S("linux_audit");
    if (syslog_line(p, end, &host)) return SPL_S("syslog");
    bracket = memchr(p, '[', line.len < 300 ? line.len : 300);
    if (bracket && end - bracket > 22 && digits(bracket + 1, end) == 2 && bracket[3] == '/' &&
        month_name(bracket + 4, end)) { /* Apache: host ident user [time] "request" status bytes "referer" "agent" */
        ptrdiff_t close = spl_str_find(line, SPL_S("] \""), (size_t)(bracket - p));

        if (close >= 0) return spl_str_ends(line, SPL_S("\"")) ? SPL_S("access_combined") : SPL_S("access_common");
    }
    return strcmp(path, "-") == 0 ? SPL_S("stdin") : file_stem(path);
}

static int lines_bid(const spl_probe *probe)
{
    (void)probe;
    return 1;
}

static void lines_open(spl_input *input, const spl_probe *probe)
{
    state *s = SPL_NEW(input->arena, state);
    spl_str head = probe->head, first = SPL_S("");
    size_t at, begin, end, next, lines = 0, stamped = 0;

    if (spl_str_starts(head, SPL_S("\xEF\xBB\xBF"))) input->body = 3;
    for (at = input->body; lines < SAMPLE && spl_frame_by(head, at, true, '\n', &begin, &end, &next); at = next) {
        ptrdiff_t found;

        if (lines && next == head.len && !probe->complete) break; /* cut */
        found = stamp_in(head.data + begin, head.data + end, lines ? s->reach : LOOKAHEAD);
        if (lines++ == 0) {
            first = spl_str_sub(head, begin, end);
            if (found < 0) break;
            s->reach = (size_t)found + SLACK;
        }
        stamped += found >= 0;
    }
    s->object = spl_needle_of(input->arena, SPL_S("\n{"), false);
    s->merge = stamped > 1 || (stamped == 1 && probe->complete); /* one stamp over a long text is a banner */
    s->sourcetype = spl_str_copy(input->arena, sourcetype_of(input->path, first));
    s->syslog = spl_str_is(s->sourcetype, "syslog");
    if (input->query && input->query->knowledge)
        s->sourcetype = spl_props_spelling(spl_knowledge_props(input->query->knowledge), s->sourcetype);
    if (!input->sourcetype.len) input->sourcetype = s->sourcetype; /* of all its events */
    input->state = s;
}

/* ---- time and fields ---- */

static double lines_time(const spl_input *input, spl_clock *clock, spl_str raw)
{
    size_t begin, end;
    double time;

    (void)input;
    if (spl_timestamp_find(clock, raw, LOOKAHEAD, &time, &begin, &end)) return time;
    return spl_timestamp_of_day(clock, raw, &time) ? time : NAN;
}

static void lines_extract(spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first)
{
    const state *s = x->input->state;
    spl_str host;
    uint32_t i;

    spl_put_metadata(x, batch, events, count, first, s->sourcetype);
    if (!s->syslog || x->input->host.len || !spl_fieldset_has(x->wanted, SPL_F_HOST)) return;
    for (i = 0; i < count; i++) {
        if (syslog_line(events[i].raw.data, events[i].raw.data + events[i].raw.len, &host))
            spl_batch_set(batch, first + i, SPL_F_HOST, spl_text(host));
    }
}

/* Values of an event that is a JSON object need not stand in its text: those that are spelt with a backslash. */
static bool lines_hides(const spl_input *input, spl_str text)
{
    const state *s = input->state;
    const char *end = text.data + text.len;

    if (spl_scan_byte(text.data, end, '\\') == end) return false;
    return text.data[0] == '{' || spl_needle_find(&s->object, text.data, end);
}

SPL_READER(lines, .summary = "plain text and key=value text", .bid = lines_bid, .open = lines_open,
           .frame = lines_frame, .resync = lines_resync, .before = lines_before, .time = lines_time,
           .extract = lines_extract, .literals = spl_literal_values, .hides = lines_hides, .kv = "auto");

void spl_kv_extract(spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first)
{
    uint32_t i;

    if (!x->kv_state)
        x->kv_state = spl_kv_new(x->worker->arena, x->fields, x->wanted,
                                 (spl_kv_options){.json = true,
                                                  .bytes = x->input->query ? x->input->query->limits.kv_bytes : 0,
                                                  .fields = x->input->query ? x->input->query->limits.kv_fields : 0});
    spl_kv_begin(x->kv_state, batch);
    for (i = 0; i < count; i++) spl_kv_row(x->kv_state, NULL, first + i, events[i].raw);
}
