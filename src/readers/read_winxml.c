/* read_winxml.c -- Windows events as XML: one <Event …>…</Event> after another, on lines, pretty printed or run
 * together, within <Events> or not (sourcetype XmlWinEventLog).
 *
 * Framing is lexical: an event begins at each "<Event" that ends there as a word, and ends at "</Event>" or where the
 * next one begins, so any thread can find its way from any offset. What is cut in half stays an event and is counted.
 *
 * Extraction walks from '<' to '<', 64 bytes at a time, and looks up the names that it meets; nothing is allocated but
 * for text with entities and for repeated names. Some names come from System alone (only_system below): they are what
 * searches begin with, and a raw test on them must be sound. Fields: docs/reference/formats/winxml.md. */
#include "base/utf8.h"
#include "base/map.h"
#include "readers/framing.h"

#include <math.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- bytes, many at a time ------------------------------------------------------------------------------------------
 */

#ifdef __SSE2__
static inline unsigned eq16(const char *p, char c)
{
    return (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8(c)));
}
/* Bit i: "Event" may stand at p + i and end there as a word. Reads 21 bytes. */
static inline unsigned event16(const char *p)
{
    __m128i e = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('E'));
    __m128i t = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 4)), _mm_set1_epi8('t'));
    __m128i after = _mm_cmplt_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 5)), _mm_set1_epi8('?'));
    return (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_and_si128(e, t), after));
}
#else
static inline unsigned eq16(const char *p, char c)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < 16; i++) mask |= (unsigned)(p[i] == c) << i;
    return mask;
}
static inline unsigned event16(const char *p)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < 16; i++)
        mask |= (unsigned)(p[i] == 'E' && p[i + 4] == 't' && (signed char)p[i + 5] < '?') << i;
    return mask;
}
#endif
static inline uint64_t eq64(const char *p, char c)
{
    return (uint64_t)eq16(p, c) | (uint64_t)eq16(p + 16, c) << 16 | (uint64_t)eq16(p + 32, c) << 32 |
           (uint64_t)eq16(p + 48, c) << 48;
}
static inline uint64_t load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}
/* Up to eight bytes, the missing ones 0. */
static inline uint64_t load_some(const char *p, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, p, len < 8 ? len : 8);
    return word;
}
/* The first "]]>" or "-->", as C says. */
static const char *find_close(const char *begin, const char *end, char c)
{
    for (const char *p = begin; p < end && (p = memchr(p, '>', (size_t)(end - p))); p++)
        if (p - begin >= 2 && p[-1] == c && p[-2] == c) return p - 2;
    return NULL;
}

/* ---- framing --------------------------------------------------------------------------------------------------------
 */

/* <Event …> or </Event> */
typedef struct mark {
    size_t at, end; /* of the '<', and where the tag's name (of the closing tag: the tag) ends */
    bool closes;
} mark;

static const char closing[] = "</Event>";
enum { CLOSING = sizeof(closing) - 1 };

/* Is the "Event" at E part of a mark? */
static inline bool is_mark(spl_str text, size_t e, mark *found)
{
    const char *p = text.data + e;

    if (text.len - e < 6 || memcmp(p, "Event", 5) != 0 || e == 0) return false;
    if (p[-1] == '<') {
        if (p[5] != ' ' && p[5] != '>' && p[5] != '\n' && p[5] != '\r' && p[5] != '\t') return false;
        *found = (mark){e - 1, e + 5, false};
        return true;
    }
    if (p[-1] != '/' || e < 2 || p[-2] != '<' || p[5] != '>') return false;
    *found = (mark){e - 2, e + 6, true};
    return true;
}

/* The first mark whose '<' stands at or after FROM. */
static bool next_mark(spl_str text, size_t from, mark *found)
{
    size_t i = from + 1;

    for (; i + 21 <= text.len; i += 16)
        for (unsigned bits = event16(text.data + i); bits; bits &= bits - 1)
            if (is_mark(text, i + (unsigned)__builtin_ctz(bits), found) && found->at >= from) return true;
    for (; i < text.len; i++)
        if (text.data[i] == 'E' && is_mark(text, i, found) && found->at >= from) return true;
    return false;
}

/* The last mark whose '<' stands at or before UPTO. */
static bool last_mark(spl_str text, size_t upto, mark *found)
{
    size_t i = upto + 3 < text.len ? upto + 3 : text.len; /* 'E' stands one or two bytes after '<' */

    while (i > 0) {
        if (i >= 16 && i + 5 <= text.len) {
            i -= 16;
            for (unsigned bits = event16(text.data + i); bits;) {
                unsigned top = 31u - (unsigned)__builtin_clz(bits);
                if (is_mark(text, i + top, found) && found->at <= upto) return true;
                bits &= ~(1u << top);
            }
        } else {
            i--;
            if (text.data[i] == 'E' && is_mark(text, i, found) && found->at <= upto) return true;
        }
    }
    return false;
}

static size_t skip_space(spl_str text, size_t at)
{
    while (at < text.len && spl_is_space(text.data[at])) at++;
    return at;
}
static size_t trim_space(spl_str text, size_t begin, size_t end)
{
    while (end > begin && spl_is_space(text.data[end - 1])) end--;
    return end;
}

/* Where the event begins that follows boundary AT: at a mark, or, where a closing tag comes first, at the tail of an
 * event whose head is lost. text.len: none is seen. */
static size_t begin_after(spl_str text, size_t at)
{
    mark m;

    if (!next_mark(text, at, &m)) return text.len;
    return m.closes ? skip_space(text, at) : m.at;
}

static bool winxml_frame(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end,
                         size_t *next)
{
    mark m;

    (void)input;
    if (!next_mark(text, at, &m)) return false;
    if (m.closes) {
        *begin = skip_space(text, at);
        *end = *next = m.end;
        return true;
    }
    *begin = m.at;
    if (next_mark(text, m.end, &m)) {
        *next = m.closes ? m.end : m.at;
        *end = m.closes ? m.end : trim_space(text, *begin, m.at);
        return true;
    }
    if (!last) return false;
    *end = trim_space(text, *begin, text.len);
    *next = text.len;
    return true;
}

static size_t winxml_resync(const spl_input *input, spl_str text, size_t at)
{
    size_t before = at;
    mark m;

    (void)input;
    if (at >= text.len) return text.len;
    while (before > 0 && spl_is_space(text.data[before - 1])) before--;
    if (before == 0 || (before >= CLOSING && memcmp(text.data + before - CLOSING, closing, CLOSING) == 0))
        return begin_after(text, at);
    /* AT may stand within a closing tag */
    for (size_t from = at > CLOSING - 1 ? at - (CLOSING - 1) : 0; next_mark(text, from, &m); from = m.end)
        if (m.closes && m.end > at)
            return begin_after(text, m.end);
        else if (!m.closes && m.at >= at)
            return m.at;
    return text.len;
}

static size_t winxml_before(const spl_input *input, spl_str text, size_t at)
{
    mark m, other;

    (void)input;
    if (text.len == 0) return 0;
    if (at >= text.len) at = text.len - 1;
    if (!last_mark(text, at, &m)) return 0;
    if (!m.closes) return m.at;
    if (at < m.end) { /* within the closing tag: of the event before it */
        if (m.at == 0 || !last_mark(text, m.at - 1, &other)) return 0;
        return other.closes ? skip_space(text, other.end) : other.at;
    }
    /* between events: the boundary, from which framing goes on, or the tail that begins there */
    if (next_mark(text, m.end, &other) && other.closes && skip_space(text, m.end) <= at) return skip_space(text, m.end);
    return m.end;
}

/* ---- time -----------------------------------------------------------------------------------------------------------
 */

enum { TIME_WITHIN = 4096 }; /* SystemTime stands in System, some 300 bytes in */

static bool two_digits(const char *p, int *out)
{
    if (!spl_is_digit(p[0]) || !spl_is_digit(p[1])) return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    return true;
}

/* "2020-09-02T01:43:36.775000000Z"; the fraction has up to nine digits. */
static bool system_time(spl_str t, double *epoch)
{
    int century, year, month, day, hour, minute, second;
    int64_t seconds, fraction = 0, scale = 1;
    size_t i = 19;

    if (t.len < 20 || t.data[4] != '-' || t.data[7] != '-' || (t.data[10] != 'T' && t.data[10] != ' ') ||
        t.data[13] != ':' || t.data[16] != ':')
        return false;
    if (!two_digits(t.data, &century) || !two_digits(t.data + 2, &year) || !two_digits(t.data + 5, &month) ||
        !two_digits(t.data + 8, &day) || !two_digits(t.data + 11, &hour) || !two_digits(t.data + 14, &minute) ||
        !two_digits(t.data + 17, &second))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return false;
    if (t.data[i] == '.')
        for (i++; i < t.len && spl_is_digit(t.data[i]); i++)
            if (scale < 1000000000) {
                fraction = fraction * 10 + (t.data[i] - '0');
                scale *= 10;
            }
    if (i + 1 != t.len || t.data[i] != 'Z') return false;
    seconds = spl_days_from_civil(century * 100 + year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    while (scale > 1 && fraction % 10 == 0) {
        fraction /= 10;
        scale /= 10;
    }
    if (scale <= 1000000) /* both are exact: the quotient is the nearest double */
        *epoch = (double)(seconds * scale + fraction) / (double)scale;
    else
        *epoch = (double)((long double)(seconds * scale + fraction) / (long double)scale);
    return true;
}

/* The value of SystemTime; empty where there is none. */
static spl_str winxml_stamp(const spl_input *input, spl_str raw)
{
    static const char name[] = "SystemTime=";
    enum { NAME = sizeof(name) - 1 };
    const char *end = raw.data + (raw.len < TIME_WITHIN ? raw.len : TIME_WITHIN), *p = raw.data, *close;

    (void)input;
    for (; end - p >= 27; p += 16) {
        unsigned bits = eq16(p, 'S') & eq16(p + 6, 'T') & eq16(p + 10, '=');
        for (; bits; bits &= bits - 1) {
            const char *at = p + __builtin_ctz(bits);
            if (memcmp(at, name, NAME) == 0) {
                p = at;
                goto found;
            }
        }
    }
    if (p >= end || !(p = memmem(p, (size_t)(end - p), name, NAME))) return (spl_str){NULL, 0};
found:
    p += NAME;
    if (p >= end || (*p != '\'' && *p != '"')) return (spl_str){NULL, 0};
    end = raw.data + raw.len;
    if (!(close = memchr(p + 1, *p, (size_t)(end - p - 1 < 64 ? end - p - 1 : 64)))) return (spl_str){NULL, 0};
    return spl_str_cut(p + 1, (size_t)(close - p - 1));
}

static double winxml_time(const spl_input *input, spl_clock *clock, spl_str raw)
{
    spl_str value = winxml_stamp(input, raw);
    double epoch;

    return value.data && (system_time(value, &epoch) || spl_timestamp_parse(clock, value, &epoch)) ? epoch : NAN;
}

/* ---- fields: what is wanted -----------------------------------------------------------------------------------------
 */

/* Made from System alone, whatever EventData or UserData hold, so that a search for them can be tested on the bytes. */
static const char *const only_system[] = {"EventCode", "EventID",       "Computer",    "ComputerName",
                                          "Channel",   "EventRecordID", "RecordNumber"};
/* Attributes of System's elements that are fields, as the event schema has them. */
static const char *const attributes[] = {"Name",       "Guid",     "EventSourceName", "Qualifiers",
                                         "SystemTime", "RawTime",  "ActivityID",      "RelatedActivityID",
                                         "ProcessID",  "ThreadID", "ProcessorID",     "SessionID",
                                         "KernelTime", "UserTime", "ProcessorTime",   "UserID"};
/* Metadata that no element may replace. */
static const char *const metadata[] = {"_raw", "_time", "host", "source", "sourcetype", "index", "_indextime"};

static bool among(spl_str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (spl_str_is(name, names[i])) return true;
    return false;
}
#define AMONG(name, names) among((name), (names), sizeof(names) / sizeof *(names))

typedef struct target { /* a wanted field */
    spl_field field;
    spl_value *cells;  /* of the batch at hand, NULL until it has a value there */
    uint32_t repeated; /* 1 + index into repeats while the event at hand has several values */
} target;

#define NONE UINT32_MAX
enum { IS_ATTRIBUTE = 1, IS_COMPUTER = 2, IS_CHANNEL = 4 };

typedef struct name { /* as it stands in the bytes */
    uint64_t head;    /* its first eight bytes */
    const char *text;
    uint32_t len;
    uint32_t flags;
    uint32_t own;       /* target of this name in EventData and so on; NONE */
    uint32_t system[2]; /* targets of the element of this name in System */
} name;

typedef SPL_VEC(spl_value) values;

typedef struct winxml {
    spl_arena *arena;
    const spl_fieldset *wanted;
    spl_fields *fields;
    bool finite, system_only, any_attribute;
    bool raw, host, source, sourcetype, index;
    bool blocks[3];  /* System_Props_Xml, EventData_Xml, UserData_Xml, where asked for by name */
    spl_map by_name; /* finite: cleaned name -> 1 + target */
    SPL_VEC(target) targets;
    uint64_t lengths[128]; /* finite: by first letter, the lengths of wanted names; others are passed over at once */
    name *names;           /* hash of the names met, grows to half full */
    uint32_t n_names, n_slots;
    struct {
        uint32_t target;
        values values;
    } * repeats;
    uint32_t n_repeats, cap_repeats;
    /* the batch at hand */
    spl_batch *batch;
    spl_str last_channel, last_source;
} winxml;

enum { MAX_NAMES = 1 << 14 }; /* of unwanted names; beyond, they are resolved each time */

static uint32_t add_target(winxml *x, spl_field field)
{
    for (uint32_t i = 0; i < x->targets.len; i++)
        if (x->targets.data[i].field == field) return i;
    SPL_PUSH(x->arena, &x->targets, ((target){.field = field}));
    return (uint32_t)x->targets.len - 1;
}

/* The target of the field called CLEAN, NONE if it is not wanted. */
static uint32_t target_of(winxml *x, spl_str clean)
{
    if (x->finite) {
        uintptr_t found = (uintptr_t)spl_map_get(&x->by_name, clean);
        return found ? (uint32_t)(found - 1) : NONE;
    }
    spl_field field = spl_field_of(x->fields, clean);
    if (!spl_fieldset_has(x->wanted, field)) return NONE;
    uintptr_t known = (uintptr_t)spl_map_get(&x->by_name, clean);
    if (!known) {
        SPL_PUSH(x->arena, &x->targets, ((target){.field = field}));
        known = x->targets.len;
        spl_map_set(&x->by_name, clean, (void *)known);
    }
    return (uint32_t)(known - 1);
}

/* As Splunk cleans keys: what is no letter, digit or underscore becomes one; none at the front, nor digits. */
static spl_str clean_name(spl_arena *arena, spl_str raw)
{
    bool clean = true;
    char *copy;

    for (size_t i = 0; i < raw.len && clean; i++) clean = spl_is_word(raw.data[i]);
    if (!clean) {
        copy = spl_alloc(arena, raw.len);
        for (size_t i = 0; i < raw.len; i++) copy[i] = spl_is_word(raw.data[i]) ? raw.data[i] : '_';
        raw.data = copy;
    }
    while (raw.len && (raw.data[0] == '_' || spl_is_digit(raw.data[0]))) raw = spl_str_sub(raw, 1, raw.len);
    return raw;
}

static name resolve(winxml *x, spl_str raw)
{
    name n = {.head = load_some(raw.data, raw.len), .len = (uint32_t)raw.len, .own = NONE, .system = {NONE, NONE}};
    spl_str clean = clean_name(x->batch->arena, raw);

    if (AMONG(clean, attributes)) n.flags |= IS_ATTRIBUTE;
    if (spl_str_is(clean, "Computer")) n.flags |= IS_COMPUTER;
    if (spl_str_is(clean, "Channel")) n.flags |= IS_CHANNEL;
    if (clean.len == 0 || AMONG(clean, metadata)) return n;
    if (AMONG(clean, only_system) && !spl_str_eq(clean, raw)) {
        n.flags = 0;
        return n;
    }
    n.system[0] = target_of(x, clean);
    if (!AMONG(clean, only_system)) n.own = n.system[0];
    if (spl_str_is(clean, "EventID")) n.system[1] = target_of(x, SPL_S("EventCode"));
    if (spl_str_is(clean, "EventRecordID")) n.system[1] = target_of(x, SPL_S("RecordNumber"));
    if (spl_str_is(clean, "Computer")) n.system[1] = target_of(x, SPL_S("ComputerName"));
    return n;
}

static inline uint32_t slot_of(const winxml *x, uint64_t head, size_t len)
{
    uint64_t hash = (head ^ (uint64_t)len << 56 ^ len) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(hash >> 40) & (x->n_slots - 1);
}

static void grow_names(winxml *x)
{
    name *old = x->names;
    uint32_t n_old = x->n_slots;

    x->n_slots = n_old ? n_old * 2 : 256;
    x->names = SPL_NEW_ARRAY(x->arena, x->n_slots, name);
    for (uint32_t i = 0; i < n_old; i++)
        if (old[i].text) {
            uint32_t slot = slot_of(x, old[i].head, old[i].len);
            while (x->names[slot].text) slot = (slot + 1) & (x->n_slots - 1);
            x->names[slot] = old[i];
        }
}

static __attribute__((noinline)) const name *learn(winxml *x, spl_str raw, name *spare)
{
    uint32_t slot;

    *spare = resolve(x, raw);
    if (x->n_names >= MAX_NAMES && spare->own == NONE && spare->system[0] == NONE) return spare;
    if ((x->n_names + 1) * 2 > x->n_slots) grow_names(x);
    for (slot = slot_of(x, spare->head, raw.len); x->names[slot].text; slot = (slot + 1) & (x->n_slots - 1)) {
    }
    spare->text = raw.len ? spl_str_copy(x->arena, raw).data : "";
    x->names[slot] = *spare;
    x->n_names++;
    return &x->names[slot];
}

/* HEAD: the first eight bytes of RAW. SPARE: where to put what is not remembered. */
static inline const name *look_up(winxml *x, spl_str raw, uint64_t head, name *spare)
{
    for (uint32_t slot = slot_of(x, head, raw.len); x->names[slot].text; slot = (slot + 1) & (x->n_slots - 1)) {
        const name *n = &x->names[slot];
        if (n->head == head && n->len == raw.len &&
            (raw.len <= 8 || memcmp(n->text + 8, raw.data + 8, raw.len - 8) == 0))
            return n;
    }
    return learn(x, raw, spare);
}

/* May a name of this length and first byte be wanted? */
static inline bool may_want(const winxml *x, const char *raw, size_t len)
{
    unsigned char first = (unsigned char)*raw;
    return !x->finite || first >= 128 || (x->lengths[first] >> (len < 63 ? len : 63)) & 1;
}

static void want_name(winxml *x, spl_str raw)
{
    if (raw.len) x->lengths[(unsigned char)raw.data[0] & 127] |= (uint64_t)1 << (raw.len < 63 ? raw.len : 63);
}

static void winxml_prepare(spl_extractor *extractor)
{
    const spl_input *input = extractor->input;
    const spl_fieldset *wanted = extractor->wanted;
    spl_arena *arena = extractor->worker->arena;
    winxml *x = SPL_NEW(arena, winxml);
    static const char *const blocks[] = {"System_Props_Xml", "EventData_Xml", "UserData_Xml"};

    x->arena = arena;
    x->wanted = wanted;
    x->fields = extractor->fields;
    x->by_name = spl_map_in(arena);
    x->finite = spl_fieldset_finite(wanted);
    x->raw = spl_fieldset_has(wanted, SPL_F_RAW);
    x->host = spl_fieldset_has(wanted, SPL_F_HOST);
    x->source = spl_fieldset_has(wanted, SPL_F_SOURCE);
    x->sourcetype = spl_fieldset_has(wanted, SPL_F_SOURCETYPE);
    x->index = spl_fieldset_has(wanted, SPL_F_INDEX);
    x->system_only = x->finite;
    x->any_attribute = !x->finite;
    for (size_t i = 0; i < wanted->names.len; i++) {
        spl_str field = spl_field_name(extractor->fields, wanted->names.data[i]);
        for (size_t b = 0; b < 3; b++) x->blocks[b] |= spl_str_is(field, blocks[b]);
    }
    if (x->finite) {
        for (size_t i = 0; i < wanted->names.len; i++) {
            spl_str field = spl_field_name(extractor->fields, wanted->names.data[i]);
            if (AMONG(field, metadata)) continue;
            if (!AMONG(field, only_system)) x->system_only = false;
            if (AMONG(field, attributes)) x->any_attribute = true;
            spl_map_set(&x->by_name, field, (void *)(uintptr_t)(add_target(x, wanted->names.data[i]) + 1));
            want_name(x, field);
            if (spl_str_is(field, "EventCode")) want_name(x, SPL_S("EventID"));
            if (spl_str_is(field, "RecordNumber")) want_name(x, SPL_S("EventRecordID"));
            if (spl_str_is(field, "ComputerName")) want_name(x, SPL_S("Computer"));
        }
        if (x->host && !input->host.len) want_name(x, SPL_S("Computer"));
        if (x->source && !input->source.len) want_name(x, SPL_S("Channel"));
        /* a name that begins with no letter may become a wanted one by cleaning: look at all of them */
        for (unsigned c = 0; c < 128; c++)
            if (!spl_is_alpha((char)c)) x->lengths[c] = UINT64_MAX;
    }
    grow_names(x);
    extractor->state = x;
}

/* ---- fields: one event ----------------------------------------------------------------------------------------------
 */

/* One entity at P ("&…;"): what it stands for to OUT; the bytes it takes, 0 if it is none. Never writes more than that.
 */
static size_t entity(const char *p, const char *end, char *out, size_t *written)
{
    static const struct {
        const char *text;
        uint8_t len;
        char c;
    } named[] = {{"&lt;", 4, '<'}, {"&gt;", 4, '>'}, {"&amp;", 5, '&'}, {"&quot;", 6, '"'}, {"&apos;", 6, '\''}};

    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (end - p >= named[i].len && memcmp(p, named[i].text, named[i].len) == 0) {
            *out = named[i].c;
            *written = 1;
            return named[i].len;
        }
    if (end - p >= 4 && p[1] == '#') {
        bool hex = p[2] == 'x' || p[2] == 'X';
        const char *q = p + (hex ? 3 : 2), *digits = q;
        uint32_t code = 0;
        for (; q < end; q++) {
            char c = spl_ascii_lower(*q);
            uint32_t digit;
            if (spl_is_digit(c))
                digit = (uint32_t)(c - '0');
            else if (hex && c >= 'a' && c <= 'f')
                digit = (uint32_t)(c - 'a') + 10;
            else
                break;
            if (code < 0x110000) code = code * (hex ? 16 : 10) + digit;
        }
        if (q > digits && q < end && *q == ';') {
            *written = spl_utf8_put(out, code ? code : 0xfffd);
            return (size_t)(q + 1 - p);
        }
    }
    return 0;
}

/* Decodes [p, end) to OUT, which has room for as many bytes; how many it takes. */
static size_t decode(const char *p, const char *end, char *out)
{
    char *to = out;

    while (p < end) {
        const char *amp = memchr(p, '&', (size_t)(end - p));
        size_t plain = (size_t)((amp ? amp : end) - p), written, took;
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (p >= end) break;
        took = entity(p, end, to, &written);
        if (took == 0) {
            *to++ = *p++;
        } else {
            to += written;
            p += took;
        }
    }
    return (size_t)(to - out);
}

static spl_str decoded(spl_arena *arena, spl_str text)
{
    char *out;

    if (!memchr(text.data, '&', text.len)) return text;
    out = spl_alloc(arena, text.len);
    return spl_str_cut(out, decode(text.data, text.data + text.len, out));
}

static __attribute__((noinline)) void put_again(winxml *x, uint32_t t, uint32_t row, spl_value value)
{
    target *to = &x->targets.data[t];

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
    SPL_PUSH(x->arena, &x->repeats[to->repeated - 1].values, value);
}

static __attribute__((noinline)) void open_column(winxml *x, target *to)
{
    spl_column *column = spl_batch_add(x->batch, to->field);

    to->cells = column->cells;
    if (column->parsed) memset(column->parsed, 0, x->batch->rows);
}

static inline void put_value(winxml *x, uint32_t t, uint32_t row, spl_str text)
{
    target *to = &x->targets.data[t];

    if (!to->cells) open_column(x, to);
    if (to->cells[row].kind == SPL_KIND_NULL)
        to->cells[row] = spl_text(text);
    else
        put_again(x, t, row, spl_text(text));
}

static void end_row(winxml *x, uint32_t row)
{
    for (uint32_t i = 0; i < x->n_repeats; i++) {
        target *to = &x->targets.data[x->repeats[i].target];
        to->cells[row] = spl_multi_of(x->batch->arena, x->repeats[i].values.data, x->repeats[i].values.len);
        to->repeated = 0;
    }
    x->n_repeats = 0;
}

static void put_meta(winxml *x, spl_field field, uint32_t row, spl_str text)
{
    if (text.len) spl_batch_set(x->batch, row, field, spl_text(text));
}

/* The '<' of an event, one after the other. */
typedef struct walk {
    const char *begin, *end, *block;
    uint64_t mask;
} walk;

static inline uint64_t walk_load(const walk *w)
{
    size_t left = (size_t)(w->end - w->block);
    char copy[64];

    if (left >= 64) return eq64(w->block, '<');
    if (w->end - w->begin >= 64) return eq64(w->end - 64, '<') >> (64 - left);
    memset(copy, 0, sizeof copy);
    memcpy(copy, w->block, left);
    return eq64(copy, '<');
}
static __attribute__((noinline)) bool walk_more(walk *w) /* to the next block that has one */
{
    do {
        if (w->end - w->block <= 64) return false;
        w->block += 64;
        w->mask = walk_load(w);
    } while (!w->mask);
    return true;
}
static inline const char *walk_next(walk *w) /* w->end after the last one */
{
    const char *at;

    if (!w->mask && !walk_more(w)) return w->end;
    at = w->block + __builtin_ctzll(w->mask);
    w->mask &= w->mask - 1;
    return at;
}
/* Goes on at P, which is not before where it stands. */
static void walk_to(walk *w, const char *p)
{
    if (p >= w->end) {
        w->block = w->end;
        w->mask = 0;
        return;
    }
    if (p - w->block >= 64) {
        w->block += (p - w->block) / 64 * 64;
        w->mask = walk_load(w);
    }
    w->mask &= ~(uint64_t)0 << (p - w->block);
}

/* A value that holds CDATA or comments: from VALUE, the first of them at AT. Puts the whole text into *TEXT (in ARENA)
 * and returns the '<' that ends it, the end of the event if there is none. */
static __attribute__((noinline)) const char *mixed_text(walk *w, const char *value, const char *at, spl_arena *arena,
                                                        spl_str *text)
{
    spl_buf out = spl_buf_in(arena);

    for (;;) {
        size_t plain = (size_t)(at - value);
        char *room = spl_buf_room(&out, plain + 1);
        const char *close;
        out.len += decode(value, at, room);
        if (at >= w->end || w->end - at < 4) return w->end;
        if (w->end - at >= 9 && memcmp(at, "<![CDATA[", 9) == 0) {
            if (!(close = find_close(at + 9, w->end, ']'))) return w->end;
            spl_buf_add(&out, spl_str_cut(at + 9, (size_t)(close - at - 9)));
        } else if (memcmp(at, "<!--", 4) == 0) {
            if (!(close = find_close(at + 4, w->end, '-'))) return w->end;
        } else {
            *text = spl_buf_str(&out);
            return at;
        }
        value = close + 3;
        walk_to(w, value);
        at = walk_next(w);
    }
}

enum section { OUTSIDE, SYSTEM, BESIDE };

typedef struct row_of { /* what an event's walk finds beside the fields */
    uint32_t row;
    spl_str computer, channel;
} row_of;

/* A leaf's text into its fields. */
static inline void put_leaf(winxml *x, row_of *r, const name *n, enum section section, spl_str text)
{
    if (!text.len) return;
    if (section == SYSTEM) {
        if (n->system[0] == NONE && n->system[1] == NONE && !(n->flags & (IS_COMPUTER | IS_CHANNEL))) return;
        text = decoded(x->batch->arena, text);
        if (n->system[0] != NONE) put_value(x, n->system[0], r->row, text);
        if (n->system[1] != NONE) put_value(x, n->system[1], r->row, text);
        if ((n->flags & IS_COMPUTER) && !r->computer.len) r->computer = text;
        if ((n->flags & IS_CHANNEL) && !r->channel.len) r->channel = text;
    } else if (n->own != NONE) {
        put_value(x, n->own, r->row, decoded(x->batch->arena, text));
    }
}

/* Reads the attributes from P up to the tag's end; puts System's into their fields, gives that of <Data Name=…>.
 * Returns what follows the '>', NULL if the event ends before it. *EMPTY: the tag ends in "/>". */
static const char *read_attributes(winxml *x, row_of *r, const char *p, const char *end, bool system,
                                   spl_str *data_name, bool *empty)
{
    *empty = false;
    for (;;) {
        const char *begin, *value;
        spl_str raw;
        while (p < end && spl_is_space(*p)) p++;
        if (p >= end) return NULL;
        if (*p == '>') return p + 1;
        if (*p == '/') {
            *empty = end - p > 1 && p[1] == '>';
            p++;
            continue;
        }
        for (begin = p; p < end && *p != '=' && *p != '>' && *p != '/' && !spl_is_space(*p);) p++;
        raw = spl_str_cut(begin, (size_t)(p - begin));
        while (p < end && spl_is_space(*p)) p++;
        if (p >= end) return NULL;
        if (*p != '=') {
            if (p == begin) p++;
            continue;
        }
        for (p++; p < end && spl_is_space(*p);) p++;
        if (p >= end) return NULL;
        if (*p != '\'' && *p != '"') continue;
        value = p + 1;
        if (!(p = memchr(value, *p, (size_t)(end - value)))) return NULL;
        if (spl_str_is(raw, "Name")) *data_name = spl_str_cut(value, (size_t)(p - value));
        if (system && p > value && raw.len && may_want(x, raw.data, raw.len)) {
            name spare;
            const name *n = look_up(x, raw, load_some(raw.data, raw.len), &spare);
            if ((n->flags & IS_ATTRIBUTE) && n->own != NONE)
                put_value(x, n->own, r->row, decoded(x->batch->arena, spl_str_cut(value, (size_t)(p - value))));
        }
        p++;
    }
}

static bool tag_is(const char *tag, size_t len, const char *what)
{
    return strlen(what) == len && memcmp(tag, what, len) == 0;
}

static void extract_event(winxml *x, row_of *r, spl_str raw)
{
    static const char data_single[] = "<Data Name='", data_double[] = "<Data Name=\"";
    enum { DATA = sizeof(data_single) - 1 };
    walk w = {raw.data, raw.data + raw.len, raw.data, 0};
    const char *end = w.end, *p;
    enum section section = OUTSIDE;
    name spare;

    if (raw.len == 0) return;
    w.mask = walk_load(&w);
    p = walk_next(&w);
    while (end - p >= 2) {
        const char *tag = p + 1, *tag_end, *value, *q;
        spl_str text, data_name = {NULL, 0};
        size_t len;
        bool empty = false, is_data;

        if (*tag == '/') {
            if (tag[1 < end - tag ? 1 : 0] == 'S' && end - tag >= 8 && memcmp(tag, "/System>", 8) == 0) {
                section = BESIDE;
                if (x->system_only) return;
            }
            p = walk_next(&w);
            continue;
        }
        if (end - p >= DATA + 36 && load8(p) == load8(data_single) &&
            (memcmp(p + 8, data_single + 8, 4) == 0 || memcmp(p + 8, data_double + 8, 4) == 0)) {
            const char *raw_name = p + DATA;
            unsigned quotes = eq16(raw_name, p[DATA - 1]) | eq16(raw_name + 16, p[DATA - 1]) << 16;
            len = quotes ? (unsigned)__builtin_ctz(quotes) : 0;
            if (len && raw_name[len + 1] == '>') {
                value = raw_name + len + 2;
                q = walk_next(&w);
                if (q < value) { /* a '<' within the name */
                    walk_to(&w, value);
                    q = walk_next(&w);
                }
                if (end - q < 2) return; /* cut within the value */
                if (q[1] == '/') {
                    if (may_want(x, raw_name, len)) {
                        uint64_t head = load8(raw_name);
                        if (len < 8) head &= ((uint64_t)1 << len * 8) - 1;
                        put_leaf(x, r, look_up(x, spl_str_cut(raw_name, len), head, &spare), section,
                                 spl_str_cut(value, (size_t)(q - value)));
                    }
                    p = walk_next(&w);
                    continue;
                }
                data_name = spl_str_cut(raw_name, len);
                len = 4;
                goto content;
            }
        }
        if (*tag == '!' || *tag == '?') {
            const char *close = end - p >= 4 && memcmp(p, "<!--", 4) == 0        ? find_close(p + 4, end, '-')
                                : end - p >= 9 && memcmp(p, "<![CDATA[", 9) == 0 ? find_close(p + 9, end, ']')
                                                                                 : p;
            if (!close) return;
            if (close > p) walk_to(&w, close + 3);
            p = walk_next(&w);
            continue;
        }
        if (section == SYSTEM && x->finite && !x->any_attribute && !x->lengths[(unsigned char)*tag & 127] &&
            *tag != 'E' && *tag != 'U') { /* nothing of this first letter is wanted */
            p = walk_next(&w);
            continue;
        }
        for (tag_end = tag;
             tag_end < end && *tag_end != '>' && *tag_end != '/' && *tag_end != '<' && !spl_is_space(*tag_end);)
            tag_end++;
        len = (size_t)(tag_end - tag);
        if (tag_end >= end) return;
        value = tag_end + 1;
        is_data = tag_is(tag, len, "Data") || tag_is(tag, len, "ComplexData");
        if (section == OUTSIDE && tag_is(tag, len, "System"))
            section = SYSTEM;
        else if (section != BESIDE && (tag_is(tag, len, "EventData") || tag_is(tag, len, "UserData")))
            section = BESIDE;
        if (*tag_end != '>') {
            /* attributes are read where one of them, or what follows the tag, may be wanted */
            if (!is_data && !(section == SYSTEM && x->any_attribute) && !(len && may_want(x, tag, len))) {
                p = walk_next(&w);
                continue;
            }
            value = read_attributes(x, r, tag_end, end, section == SYSTEM, &data_name, &empty);
            if (!value) return;
            if (!is_data) data_name.len = 0;
            walk_to(&w, value);
        }
        q = walk_next(&w);
        if (empty) {
            p = q;
            continue;
        }
        if (end - q < 2) return;
    content:
        text = spl_str_cut(value, (size_t)(q - value));
        if (!data_name.len) data_name = spl_str_cut(tag, len);
        if (q[1] == '/') {
            bool closed =
                section != SYSTEM || ((size_t)(end - q) > len + 2 && memcmp(q + 2, tag, len) == 0 && q[len + 2] == '>');
            if (closed && data_name.len && text.len && may_want(x, data_name.data, data_name.len))
                put_leaf(x, r, look_up(x, data_name, load_some(data_name.data, data_name.len), &spare), section, text);
            p = walk_next(&w);
            continue;
        }
        if (q[1] == '!' && section != SYSTEM && data_name.len && may_want(x, data_name.data, data_name.len)) {
            const name *n = look_up(x, data_name, load_some(data_name.data, data_name.len), &spare);
            q = mixed_text(&w, value, q, x->batch->arena, &text);
            if (end - q < 2) return;
            if (q[1] == '/' && n->own != NONE && text.len) put_value(x, n->own, r->row, text);
        }
        p = q;
    }
}

static void put_blocks(winxml *x, uint32_t row, spl_str raw)
{
    static const struct {
        const char *open, *close, *field;
    } blocks[] = {{"<System>", "</System>", "System_Props_Xml"},
                  {"<EventData>", "</EventData>", "EventData_Xml"},
                  {"<UserData>", "</UserData>", "UserData_Xml"}};

    for (size_t b = 0; b < 3; b++) {
        ptrdiff_t begin, end;
        if (!x->blocks[b]) continue;
        begin = spl_str_find(raw, spl_str_of(blocks[b].open), 0);
        if (begin < 0) continue;
        begin += (ptrdiff_t)strlen(blocks[b].open);
        end = spl_str_find(raw, spl_str_of(blocks[b].close), (size_t)begin);
        if (end > begin)
            spl_batch_set(x->batch, row, spl_field_of(x->fields, spl_str_of(blocks[b].field)),
                          spl_text(spl_str_sub(raw, (size_t)begin, (size_t)end)));
    }
}

static spl_str source_of(winxml *x, spl_str channel)
{
    static const char prefix[] = "XmlWinEventLog:";

    if (!spl_str_eq(channel, x->last_channel)) {
        spl_buf out = spl_buf_in(x->batch->arena);
        spl_buf_puts(&out, prefix);
        spl_buf_add(&out, channel);
        x->last_channel = channel;
        x->last_source = spl_buf_str(&out);
    }
    return x->last_source;
}

static bool is_whole(spl_str raw)
{
    return raw.len > CLOSING && raw.data[0] == '<' && raw.data[1] == 'E' &&
           memcmp(raw.data + raw.len - CLOSING, closing, CLOSING) == 0;
}

static void winxml_extract(spl_extractor *extractor, spl_batch *batch, const spl_event *events, uint32_t count,
                           uint32_t first)
{
    const spl_input *input = extractor->input;
    winxml *x = extractor->state;
    bool any = x->targets.len || !x->finite || (x->host && !input->host.len) || (x->source && !input->source.len);
    bool blocks = x->blocks[0] || x->blocks[1] || x->blocks[2];

    x->batch = batch;
    x->last_channel = x->last_source = (spl_str){NULL, 0};
    for (size_t i = 0; i < x->targets.len; i++) x->targets.data[i].cells = NULL;
    if (x->raw) spl_batch_add(batch, SPL_F_RAW);
    if (x->host) spl_batch_add(batch, SPL_F_HOST);
    if (x->source) spl_batch_add(batch, SPL_F_SOURCE);
    if (x->sourcetype && input->sourcetype.len) spl_batch_add(batch, SPL_F_SOURCETYPE);
    if (x->index && input->index.len) spl_batch_add(batch, SPL_F_INDEX);
    for (uint32_t i = 0; i < count; i++) {
        row_of r = {.row = first + i};
        spl_str raw = events[i].raw;

        if (!is_whole(raw)) spl_damaged_event(extractor, &events[i], "is cut in half: what is left of it was kept");
        if (x->raw) spl_batch_set(batch, r.row, SPL_F_RAW, spl_text(raw));
        if (x->host && input->host.len) put_meta(x, SPL_F_HOST, r.row, input->host);
        if (x->source && input->source.len) put_meta(x, SPL_F_SOURCE, r.row, input->source);
        if (x->sourcetype) put_meta(x, SPL_F_SOURCETYPE, r.row, input->sourcetype);
        if (x->index) put_meta(x, SPL_F_INDEX, r.row, input->index);
        if (any) {
            extract_event(x, &r, raw);
            if (x->n_repeats) end_row(x, r.row);
            if (x->host && !input->host.len)
                put_meta(x, SPL_F_HOST, r.row, r.computer.len ? r.computer : SPL_S(SPL_LOCAL_HOST));
            if (x->source && !input->source.len)
                put_meta(x, SPL_F_SOURCE, r.row, r.channel.len ? source_of(x, r.channel) : spl_str_of(input->path));
        }
        if (blocks) put_blocks(x, r.row, raw);
    }
}

/* ---- raw tests ------------------------------------------------------------------------------------------------------
 */

/* The longest part of TEXT that XML never escapes. */
static spl_str unescaped(spl_str text)
{
    spl_str best = {text.data, 0};

    for (size_t i = 0, begin = 0; i <= text.len; i++)
        if (i == text.len || memchr("&<>\"'", text.data[i], 5)) {
            if (i - begin > best.len) best = spl_str_sub(text, begin, i);
            begin = i + 1;
        }
    return best;
}

/* TEXT between BEFORE and AFTER; without them where TEXT is not WHOLE or may stand escaped. */
static bool one_literal(spl_arena *arena, spl_literals *out, const char *before, spl_str text, const char *after,
                        bool whole)
{
    spl_str piece = unescaped(text);
    spl_buf literal = spl_buf_in(arena);

    if (!whole || piece.len < text.len) before = after = "";
    if (piece.len == 0) return false;
    spl_buf_puts(&literal, before);
    spl_buf_add(&literal, piece);
    spl_buf_puts(&literal, after);
    out->items = SPL_NEW(arena, spl_literal);
    out->items[0] = (spl_literal){spl_buf_str(&literal), true};
    out->count = 1;
    return true;
}

static bool winxml_literals(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                            spl_arena *arena, spl_literals *out)
{
    static const char *const blocks[] = {"System_Props_Xml", "EventData_Xml", "UserData_Xml"};

    (void)query;
    if (text.len == 0) return false;
    if (spl_str_is(field, "EventCode") || spl_str_is(field, "EventID"))
        return one_literal(arena, out, ">", text, "</EventID>", whole);
    if (spl_str_is(field, "EventRecordID") || spl_str_is(field, "RecordNumber"))
        return one_literal(arena, out, ">", text, "</EventRecordID>", whole);
    if (spl_str_is(field, "Channel")) return one_literal(arena, out, ">", text, "</Channel>", whole);
    if (spl_str_is(field, "host") && !input->host.len && spl_str_ifind(SPL_S(SPL_LOCAL_HOST), text, 0) >= 0)
        return false;
    if (spl_str_is(field, "Computer") || spl_str_is(field, "ComputerName") ||
        (spl_str_is(field, "host") && !input->host.len))
        return one_literal(arena, out, ">", text, "</Computer>", whole);
    if (spl_str_is(field, "source") && !input->source.len) {
        /* what follows the colon stands in the channel, and nothing else of it need be in the bytes */
        const char *colon = memchr(text.data, ':', text.len);
        spl_str channel;
        if (!colon || spl_str_ifind(spl_str_of(input->path), text, 0) >= 0) return false;
        channel = spl_str_sub(text, (size_t)(colon + 1 - text.data), text.len);
        return channel.len && one_literal(arena, out, ">", channel, "</Channel>", whole);
    }
    if (AMONG(field, metadata) || AMONG(field, blocks) || (field.len && field.data[0] == '_')) return false;
    if (AMONG(field, attributes)) return text.len > 2 && one_literal(arena, out, "", text, "", false);
    return one_literal(arena, out, ">", text, "<", whole);
}

/* A numeric entity, or CDATA or a comment, which may stand within a value. */
static bool winxml_hides(const spl_input *input, spl_str text)
{
    size_t i = 0;

    (void)input;
    for (; i + 17 <= text.len; i += 16) {
        const char *p = text.data + i;
        unsigned bang = eq16(p + 1, '!'), hash = eq16(p + 1, '#');
        if ((bang && (bang & eq16(p, '<'))) || (hash && (hash & eq16(p, '&')))) return true;
    }
    for (; i + 1 < text.len; i++)
        if ((text.data[i] == '<' && text.data[i + 1] == '!') || (text.data[i] == '&' && text.data[i + 1] == '#'))
            return true;
    return false;
}

/* ---- recognition ----------------------------------------------------------------------------------------------------
 */

static size_t byte_order_mark(spl_str head)
{
    return head.len >= 3 && memcmp(head.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static int winxml_bid(const spl_probe *probe)
{
    size_t at = skip_space(probe->head, byte_order_mark(probe->head));
    spl_str head = spl_str_sub(probe->head, at, probe->head.len);
    mark m;

    if (!next_mark(head, 0, &m)) return 0;
    if (spl_str_find(head, SPL_S("schemas.microsoft.com/win/2004/08/events"), 0) < 0 &&
        spl_str_find(head, SPL_S("<System>"), 0) < 0)
        return 0;
    if (!m.closes && m.at == 0) return 100;
    if (spl_str_starts(head, SPL_S("<Events")) || spl_str_starts(head, SPL_S("<?xml"))) return 95;
    if (probe->sourcetype && spl_str_ieq(spl_str_of(probe->sourcetype), SPL_S("XmlWinEventLog"))) return 95;
    return 40; /* after other text: the tail of a cut event, a prefix on each line */
}

static void winxml_open(spl_input *input, const spl_probe *probe)
{
    input->body = byte_order_mark(probe->head);
    if (!input->sourcetype.len) input->sourcetype = SPL_S("XmlWinEventLog");
}

SPL_READER(winxml, .summary = "Windows events as XML (sourcetype XmlWinEventLog).", .bid = winxml_bid,
           .open = winxml_open, .frame = winxml_frame, .resync = winxml_resync, .before = winxml_before,
           .time = winxml_time, .stamp = winxml_stamp, .prepare = winxml_prepare, .extract = winxml_extract,
           .literals = winxml_literals, .hides = winxml_hides);
