/* filter.c -- search expressions, bound: a tree of tests of a row, each compiled for its kind of value.
 *
 * Values are compared as text without case, wildcards and CIDR blocks apart; keywords look at _raw as it is stored
 * (segments.c). eventtype= and tag= compare the fields of these names, which knowledge makes. Time modifiers become
 * tests of _time, and their bounds go out to the source as well. */
#include "expr/filter.h"
#include "base/map.h"
#include "base/num.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "base/wildcard.h"
#include "data/compare.h"
#include "exec/bind.h"
#include "expr/segments.h"

#include <math.h>
#include <stdatomic.h>

enum { MAX_DEPTH = 2000, SET_FROM = 8, MAX_SET_TEXT = 256 };

typedef enum filter_kind {
    FILTER_ALL,
    FILTER_HOLE, /* not known (check): lets through */
    FILTER_AND,
    FILTER_OR,
    FILTER_NOT,
    FILTER_FIELD, /* field OP one of the patterns */
    FILTER_KEYWORD,
    FILTER_TIME, /* a bound of _time or _indextime */
} filter_kind;

typedef enum pattern_kind {
    PATTERN_ANY,
    PATTERN_EXACT,
    PATTERN_PREFIX,
    PATTERN_SUFFIX,
    PATTERN_CONTAINS,
    PATTERN_WILD,
    PATTERN_CIDR,
} pattern_kind;

typedef struct pattern {
    pattern_kind kind;
    spl_str text;      /* as typed */
    spl_str plain;     /* EXACT, PREFIX, SUFFIX: without wildcards, lower case if it folds */
    spl_needle needle; /* CONTAINS, WILD */
    double number;
    bool is_number, canonical; /* canonical: TEXT is how SPL writes number */
    bool case_sensitive, ascii, has_needle;
} pattern;

struct spl_filter {
    filter_kind kind;
    bool (*match)(spl_eval *ev, const spl_filter *filter, uint32_t row);
    spl_span span;
    const spl_filter **kids;
    uint32_t n_kids;
    spl_node_op op; /* FIELD */
    spl_field field;
    pattern *patterns;
    uint32_t n_patterns;
    spl_map *set; /* of the lower-case texts of many EXACT patterns, NULL: few */
    size_t set_longest;
    bool index;   /* the field is index: files have none, and satisfy what is asked */
    bool derived; /* the field is no copy of bytes of the event: nothing is implied of the raw text */
    bool negated; /* under an odd number of NOTs */
    spl_keyword *keyword;
    spl_keyword *as_json, *as_xml; /* as those formats would write it; NULL where that is no different */
    spl_str text;                  /* of a keyword, as typed */
    bool case_sensitive;
    double bound; /* TIME */
    bool latest;
    atomic_bool *told; /* its note was given */
};

typedef struct context {
    spl_binder *binder;
    bool ranges; /* time modifiers are taken out */
    spl_str timeformat;
    const spl_filter *boundary; /* the bound of _time that stands last before the term being bound, or NULL */
} context;

static spl_filter *make(context *c, const spl_node *node, filter_kind kind,
                        bool (*match)(spl_eval *, const spl_filter *, uint32_t))
{
    spl_filter *filter = SPL_NEW(c->binder->arena, spl_filter);
    filter->kind = kind;
    filter->match = match;
    filter->span = node ? node->span : (spl_span){0};
    filter->field = SPL_NO_FIELD;
    return filter;
}

/* --- values --------------------------------------------------------------------------------------------------------
 */

static bool is_ascii(spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] & 0x80) return false;
    }
    return true;
}

static pattern pattern_of(spl_arena *arena, spl_str text, bool case_sensitive)
{
    pattern p = {.text = text, .case_sensitive = case_sensitive, .ascii = is_ascii(text)};
    uint8_t address[16];
    unsigned bits;
    size_t stars = 0;

    for (size_t i = 0; i < text.len; i++) {
        stars += text.data[i] == '*';
    }
    p.is_number = spl_num_parse(text, &p.number);
    p.canonical = p.is_number && spl_str_eq(spl_num_text(arena, p.number, 0), text);
    spl_str plain = text;
    if (!stars) {
        p.kind = memchr(text.len ? text.data : "", '/', text.len) && spl_cidr_parse(text, address, &bits)
                     ? PATTERN_CIDR
                     : PATTERN_EXACT;
    } else if (stars == text.len) {
        p.kind = PATTERN_ANY;
    } else {
        spl_str literal = spl_wildcard_literal(text);
        p.kind = PATTERN_WILD;
        if (p.ascii) {
            p.has_needle = true;
            p.needle = spl_needle_of(arena, literal, !case_sensitive);
            bool before = text.data[0] == '*', after = text.data[text.len - 1] == '*';
            if (stars == 1 && after)
                p.kind = PATTERN_PREFIX, plain = spl_str_sub(text, 0, text.len - 1);
            else if (stars == 1 && before)
                p.kind = PATTERN_SUFFIX, plain = spl_str_sub(text, 1, text.len);
            else if (stars == 2 && before && after)
                p.kind = PATTERN_CONTAINS;
        }
    }
    p.plain = case_sensitive ? plain : spl_str_lower(arena, plain);
    return p;
}

/* A and B are of one length; B is lower case already. */
static inline bool same_folded(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (spl_ascii_lower(a[i]) != b[i]) return false;
    }
    return true;
}

static inline bool same_text(const pattern *p, const char *text, size_t len)
{
    if (p->case_sensitive) return len == 0 || memcmp(text, p->plain.data, len) == 0;
    return same_folded(text, p->plain.data, len);
}

static bool pattern_matches(const pattern *p, spl_str text)
{
    switch (p->kind) {
    case PATTERN_ANY: return true;
    case PATTERN_CIDR:
        if (spl_cidr_match(p->text, text)) return true;
        return text.len == p->plain.len && same_text(p, text.data, text.len);
    case PATTERN_EXACT:
        if (!p->ascii && !p->case_sensitive) return spl_utf8_ieq(p->text, text);
        return text.len == p->plain.len && same_text(p, text.data, text.len);
    case PATTERN_PREFIX: return text.len >= p->plain.len && same_text(p, text.data, p->plain.len);
    case PATTERN_SUFFIX:
        return text.len >= p->plain.len && same_text(p, text.data + text.len - p->plain.len, p->plain.len);
    case PATTERN_CONTAINS: return text.len && spl_needle_find(&p->needle, text.data, text.data + text.len);
    case PATTERN_WILD:
        if (p->has_needle && (!text.len || !spl_needle_find(&p->needle, text.data, text.data + text.len))) return false;
        return spl_wildcard_match(p->text, text, !p->case_sensitive);
    }
    return false;
}

static bool single_equals(const spl_filter *filter, spl_value v)
{
    char room[SPL_NUM_MAX];
    spl_str text;

    if (v.kind == SPL_KIND_NUMBER) {
        if (filter->n_patterns == 1 && filter->patterns[0].kind == PATTERN_EXACT && !v.digits)
            return filter->patterns[0].canonical && filter->patterns[0].number == v.as.number;
        text = (spl_str){room, spl_num_write(room, v.as.number, v.digits)};
    } else {
        text = v.kind == SPL_KIND_TEXT ? spl_value_str(v) : spl_bool_text(v.as.truth);
    }
    if (filter->set) {
        if (text.len > filter->set_longest) return false;
        char folded[MAX_SET_TEXT];
        for (size_t i = 0; i < text.len; i++) {
            folded[i] = spl_ascii_lower(text.data[i]);
        }
        return spl_map_find(filter->set, (spl_str){folded, text.len}) != NULL;
    }
    for (uint32_t i = 0; i < filter->n_patterns; i++) {
        if (pattern_matches(&filter->patterns[i], text)) return true;
    }
    return false;
}

/* As numbers where both are, else as text without case. */
static bool single_ordered(const spl_filter *filter, spl_value v)
{
    const pattern *p = &filter->patterns[0];
    double x;
    int order;

    if (p->is_number && spl_value_number(v, &x)) {
        order = x < p->number ? -1 : x > p->number;
    } else {
        char room[SPL_NUM_MAX];
        spl_str text = v.kind == SPL_KIND_TEXT     ? spl_value_str(v)
                       : v.kind == SPL_KIND_NUMBER ? (spl_str){room, spl_num_write(room, v.as.number, v.digits)}
                                                   : spl_bool_text(v.as.truth);
        order = p->case_sensitive ? spl_str_cmp(text, p->text) : spl_str_icmp(text, p->text);
    }
    switch (filter->op) {
    case SPL_OP_LT: return order < 0;
    case SPL_OP_LE: return order <= 0;
    case SPL_OP_GT: return order > 0;
    default: return order >= 0;
    }
}

static bool single_holds(const spl_filter *filter, spl_value v)
{
    if (filter->op == SPL_OP_EQ) return single_equals(filter, v);
    if (filter->op == SPL_OP_NE) return !single_equals(filter, v);
    return single_ordered(filter, v);
}

/* --- tests of a row --------------------------------------------------------------------------------------------------
 */

static bool match_all(__attribute__((unused)) spl_eval *ev, __attribute__((unused)) const spl_filter *filter,
                      __attribute__((unused)) uint32_t row)
{
    return true;
}

static bool match_and(spl_eval *ev, const spl_filter *filter, uint32_t row)
{
    for (uint32_t i = 0; i < filter->n_kids; i++) {
        if (!filter->kids[i]->match(ev, filter->kids[i], row)) return false;
    }
    return true;
}

static bool match_or(spl_eval *ev, const spl_filter *filter, uint32_t row)
{
    for (uint32_t i = 0; i < filter->n_kids; i++) {
        if (filter->kids[i]->match(ev, filter->kids[i], row)) return true;
    }
    return false;
}

static bool match_not(spl_eval *ev, const spl_filter *filter, uint32_t row)
{
    return !filter->kids[0]->match(ev, filter->kids[0], row);
}

/* An event of a file has no index: whatever index is asked for, it may be in it, unless that is one of Splunk's own. */
static bool match_unknown_index(spl_eval *ev, const spl_filter *filter)
{
    if (!ev->batch->events) return false;
    bool own = filter->op == SPL_OP_EQ;
    for (uint32_t i = 0; own && i < filter->n_patterns; i++) {
        own = filter->patterns[i].text.len && filter->patterns[i].text.data[0] == '_';
    }
    if (own) return false;
    if (!atomic_load_explicit(filter->told, memory_order_relaxed) && !atomic_exchange(filter->told, true)) {
        spl_note(ev->query->diag, ((spl_span){0}), "no-index",
                 "the data has no index, so it satisfies every index=; name it with --index");
    }
    return !filter->negated;
}

static bool match_field(spl_eval *ev, const spl_filter *filter, uint32_t row)
{
    spl_value v = spl_batch_get(ev->batch, row, filter->field);

    if (v.kind == SPL_KIND_TEXT || v.kind == SPL_KIND_NUMBER || v.kind == SPL_KIND_BOOL) return single_holds(filter, v);
    if (v.kind == SPL_KIND_NULL) return filter->index && match_unknown_index(ev, filter);
    for (uint32_t i = 0; i < v.as.multi->count; i++) {
        if (single_holds(filter, v.as.multi->items[i])) return true;
    }
    return false;
}

static bool match_exists(spl_eval *ev, const spl_filter *filter, uint32_t row)
{
    if (spl_batch_get(ev->batch, row, filter->field).kind != SPL_KIND_NULL) return true;
    return filter->index && ev->batch->events && !filter->negated; /* index=* asks for nothing: no note */
}

static bool match_nothing(__attribute__((unused)) spl_eval *ev, __attribute__((unused)) const spl_filter *filter,
                          __attribute__((unused)) uint32_t row)
{
    return false;
}

/* The keyword stands in the event as a reader would see it, but not as the event is stored. */
static bool escaped_in(const spl_filter *filter, spl_str raw)
{
    if (raw.data[0] == '{') return filter->as_json && spl_keyword_match(filter->as_json, raw, NULL);
    return raw.data[0] == '<' && filter->as_xml && spl_keyword_match(filter->as_xml, raw, NULL);
}

static bool match_keyword(spl_eval *ev, const spl_filter *filter, uint32_t row)
{
    spl_value raw = spl_batch_get(ev->batch, row, SPL_F_RAW);
    bool letter = false;

    if (raw.kind == SPL_KIND_NULL) return false;
    spl_str text = raw.kind == SPL_KIND_TEXT ? spl_value_str(raw) : spl_value_text(ev->arena, raw);
    if (spl_keyword_match(filter->keyword, text, &letter)) return true;
    if (!text.len || atomic_load_explicit(filter->told, memory_order_relaxed)) return false;
    letter &= text.data[0] == '{';
    if ((letter || escaped_in(filter, text)) && !atomic_exchange(filter->told, true)) {
        if (letter) {
            spl_note(ev->query->diag, filter->span, "escaped-keyword",
                     "\"%.*s\" stands right after an escape (\\n, \\r or \\t) in JSON text, whose letter belongs to "
                     "the word "
                     "there",
                     SPL_FMT(filter->text));
            spl_hint(ev->query->diag, "Keywords match the text as it is stored; write *%.*s, or test a field.",
                     SPL_FMT(filter->text));
        } else {
            spl_note(ev->query->diag, filter->span, "escaped-keyword",
                     "\"%.*s\" stands in %s text only with its signs escaped, and so does not match",
                     SPL_FMT(filter->text), text.data[0] == '{' ? "JSON" : "XML");
            spl_hint(ev->query->diag,
                     "Keywords match the text as it is stored; test a field, or write the escapes too.");
        }
    }
    return false;
}

static bool match_time(spl_eval *ev, const spl_filter *filter, uint32_t row)
{
    double t;
    if (!spl_value_number(spl_batch_get(ev->batch, row, filter->field), &t)) return filter->field == SPL_F_INDEXTIME;
    return filter->latest ? t < filter->bound : t >= filter->bound;
}

/* --- binding ------------------------------------------------------------------------------------------------------ */

static spl_filter *bind(context *c, const spl_node *node, bool negated, unsigned depth);

/* Names of tags are compared with case (Knowledge Manager Manual, "Tag field-value pairs"). */
static bool is_tag(spl_str field)
{
    return spl_str_is(field, "tag") || spl_str_starts(field, SPL_S("tag::"));
}

/* Fields that are no copies of bytes of the event. */
static bool is_derived(spl_field field, spl_str name)
{
    switch (field) {
    case SPL_F_TIME:
    case SPL_F_INDEX:
    case SPL_F_INDEXTIME:
    case SPL_F_LINECOUNT:
    case SPL_F_PUNCT:
    case SPL_F_SPLUNK_SERVER: return true;
    default: return is_tag(name) || spl_str_is(name, "eventtype") || spl_str_starts(name, SPL_S("date_"));
    }
}

static spl_filter *bind_field(context *c, const spl_node *node, spl_str name, spl_node_op op, const pattern *patterns,
                              uint32_t n, bool negated)
{
    spl_filter *filter = make(c, node, FILTER_FIELD, match_field);
    bool any = false;
    size_t exact = 0;

    filter->field = spl_bind_field(c->binder, name);
    spl_bind_reads(c->binder, filter->field);
    filter->op = op == SPL_OP_EQEQ ? SPL_OP_EQ : op;
    filter->patterns = spl_alloc(c->binder->arena, n * sizeof *patterns);
    if (n) memcpy(filter->patterns, patterns, n * sizeof *patterns);
    filter->n_patterns = n;
    filter->negated = negated;
    filter->index = filter->field == SPL_F_INDEX;
    filter->derived = is_derived(filter->field, name);
    filter->told = SPL_NEW(c->binder->arena, atomic_bool);
    for (uint32_t i = 0; i < n; i++) {
        any |= patterns[i].kind == PATTERN_ANY;
        bool fits = patterns[i].kind == PATTERN_EXACT && patterns[i].ascii && !patterns[i].case_sensitive &&
                    patterns[i].plain.len <= MAX_SET_TEXT;
        exact += fits;
        if (patterns[i].plain.len > filter->set_longest) filter->set_longest = patterns[i].plain.len;
    }
    if (any && filter->op == SPL_OP_EQ) filter->match = match_exists;
    if (any && filter->op == SPL_OP_NE) filter->match = match_nothing;
    if (exact == n && n >= SET_FROM) {
        filter->set = SPL_NEW(c->binder->arena, spl_map);
        *filter->set = spl_map_in(c->binder->arena);
        for (uint32_t i = 0; i < n; i++) {
            spl_map_set(filter->set, patterns[i].plain, NULL);
        }
    }
    return filter;
}

/* The value of a comparison: a word, or CASE(word), TERM(word). False: not known (check), or refused with *GOOD false.
 */
static bool value_of(context *c, const spl_node *node, bool case_sensitive, pattern *p, bool *good)
{
    switch (node->kind) {
    case SPL_NODE_DIRECTIVE: *p = pattern_of(c->binder->arena, node->text, node->op == SPL_OP_CASE); return true;
    case SPL_NODE_WORD:
    case SPL_NODE_STRING:
    case SPL_NODE_FIELD:
    case SPL_NODE_TERM:
    case SPL_NODE_NUMBER: *p = pattern_of(c->binder->arena, node->text, case_sensitive); return true;
    case SPL_NODE_HOLE: return false;
    case SPL_NODE_PIPELINE:
        if (c->binder->query->check_only) return false;
        break;
    default: break;
    }
    *good = spl_refuse(c->binder, node->span, "syntax", "a comparison needs a value here");
    return false;
}

/* --- time modifiers (Search Reference, "Time modifiers") ---- */

typedef enum modifier_kind { TIME_SPEC, TIME_FORMAT, TIME_EPOCH, TIME_AGO, TIME_LENGTH } modifier_kind;

static const struct modifier {
    const char *name;
    modifier_kind kind;
    const char *unit; /* AGO, LENGTH: of relative time */
    bool latest, index;
} modifiers[] = {
    {"earliest", TIME_SPEC, NULL, false, false},
    {"latest", TIME_SPEC, NULL, true, false},
    {"_index_earliest", TIME_SPEC, NULL, false, true},
    {"_index_latest", TIME_SPEC, NULL, true, true},
    {"starttime", TIME_FORMAT, NULL, false, false},
    {"endtime", TIME_FORMAT, NULL, true, false},
    {"starttimeu", TIME_EPOCH, NULL, false, false},
    {"endtimeu", TIME_EPOCH, NULL, true, false},
    {"daysago", TIME_AGO, "d", false, false},
    {"startdaysago", TIME_AGO, "d", false, false},
    {"enddaysago", TIME_AGO, "d", true, false},
    {"hoursago", TIME_AGO, "h", false, false},
    {"starthoursago", TIME_AGO, "h", false, false},
    {"endhoursago", TIME_AGO, "h", true, false},
    {"minutesago", TIME_AGO, "m", false, false},
    {"startminutesago", TIME_AGO, "m", false, false},
    {"endminutesago", TIME_AGO, "m", true, false},
    {"monthsago", TIME_AGO, "mon", false, false},
    {"startmonthsago", TIME_AGO, "mon", false, false},
    {"endmonthsago", TIME_AGO, "mon", true, false},
    {"searchtimespandays", TIME_LENGTH, "d", false, false},
    {"searchtimespanhours", TIME_LENGTH, "h", false, false},
    {"searchtimespanminutes", TIME_LENGTH, "m", false, false},
    {"searchtimespanmonths", TIME_LENGTH, "mon", false, false},
};

static const struct modifier *modifier_named(spl_str name)
{
    for (size_t i = 0; i < sizeof modifiers / sizeof *modifiers; i++)
        if (spl_str_is(name, modifiers[i].name)) return &modifiers[i];
    return NULL;
}

/* Only earliest and latest are also written with < and >, in their own direction: latest<@d, earliest>=@d+1h. */
static const struct modifier *modifier_of(const spl_node *node)
{
    const struct modifier *modifier = node->kind == SPL_NODE_COMPARE ? modifier_named(node->text) : NULL;

    if (!modifier) return NULL;
    switch (node->op) {
    case SPL_OP_EQ:
    case SPL_OP_EQEQ: return modifier;
    case SPL_OP_LT:
    case SPL_OP_LE: return modifier->kind == TIME_SPEC && modifier->latest ? modifier : NULL;
    case SPL_OP_GT:
    case SPL_OP_GE: return modifier->kind == TIME_SPEC && !modifier->latest ? modifier : NULL;
    default: return NULL;
    }
}

static bool is_timeformat(const spl_node *node)
{
    return node->kind == SPL_NODE_COMPARE && node->op == SPL_OP_EQ && node->n_kids == 1 &&
           spl_str_is(node->text, "timeformat");
}

/* What is wrong with TEXT, a time relative to now, said so that the right one can be typed. */
static void hint_at_time(spl_diag *diag, spl_str text)
{
    bool sign = text.len && (text.data[0] == '-' || text.data[0] == '+');
    size_t digits = sign;

    while (digits < text.len && spl_is_digit(text.data[digits])) digits++;
    if (spl_str_iis(spl_str_sub(text, sign, (size_t)sign + 2), "rt"))
        spl_hint(diag, "A search string has no real-time ranges: -5m is five minutes ago, now is now.");
    else if (sign && digits > 1 && digits == text.len)
        spl_hint(diag, "It has no unit: %.*ss is seconds from now; epoch seconds are written without a sign.",
                 SPL_FMT(text));
    else if (!sign && digits && digits < text.len && (spl_is_alpha(text.data[digits]) || text.data[digits] == '@'))
        spl_hint(diag, "It has no sign: -%.*s is before now, +%.*s after it.", SPL_FMT(text), SPL_FMT(text));
    else
        spl_hint(diag, "Times are written as -24h, -7d@d, now, 10/27/2018:00:00:00, or as epoch seconds.");
}

static bool bind_length(context *c, const struct modifier *modifier, double count, spl_filter *filter)
{
    const spl_query *query = c->binder->query;
    bool onwards = c->boundary && !c->boundary->latest;
    spl_str step = spl_strf(c->binder->arena, "%c%.0f%s", onwards ? '+' : '-', count, modifier->unit);

    filter->latest = onwards;
    return spl_timespec(query->zone, step, c->boundary ? c->boundary->bound : query->now, &filter->bound, NULL);
}

/* NODE, "earliest=-1d" or "earliest::-1d", whose value is VALUE. */
static spl_filter *bind_time(context *c, const spl_node *node, const spl_node *value, const struct modifier *modifier)
{
    const spl_query *query = c->binder->query;
    spl_filter *filter = make(c, node, FILTER_TIME, match_time);
    bool good = false;
    double count;
    size_t at;

    if (value->kind == SPL_NODE_HOLE || value->kind == SPL_NODE_PIPELINE) {
        filter->kind = FILTER_HOLE;
        filter->match = match_all;
        return filter;
    }
    filter->field = modifier->index ? SPL_F_INDEXTIME : SPL_F_TIME;
    filter->latest = modifier->latest;
    spl_bind_reads(c->binder, filter->field);
    switch (modifier->kind) {
    case TIME_SPEC: good = spl_timespec(query->zone, value->text, query->now, &filter->bound, &at); break;
    case TIME_FORMAT: good = spl_strptime(query->zone, value->text, c->timeformat, query->now, &filter->bound); break;
    case TIME_EPOCH: good = spl_num_parse(value->text, &filter->bound); break;
    case TIME_AGO:
    case TIME_LENGTH:
        if (!spl_num_parse(value->text, &count) || count < 0 || count != floor(count)) break;
        if (modifier->kind == TIME_LENGTH) {
            good = bind_length(c, modifier, count, filter);
            break;
        }
        good = spl_timespec(query->zone, spl_strf(c->binder->arena, "-%.0f%s", count, modifier->unit), query->now,
                            &filter->bound, &at);
        break;
    }
    if (good && (node->op == SPL_OP_GT || node->op == SPL_OP_LE)) filter->bound = nextafter(filter->bound, HUGE_VAL);
    if (good && modifier->kind != TIME_LENGTH && !modifier->index) c->boundary = filter;
    if (good) return filter;
    spl_bad_argument(c->binder, value->span, "invalid time \"%.*s\" for %s", SPL_FMT(value->text), modifier->name);
    if (modifier->kind == TIME_SPEC)
        hint_at_time(c->binder->diag, value->text);
    else if (modifier->kind == TIME_FORMAT)
        spl_hint(c->binder->diag, "Its format is %.*s; timeformat= changes that.", SPL_FMT(c->timeformat));
    else
        spl_hint(c->binder->diag, "It takes a number.");
    return NULL;
}

/* --- terms ---- */

spl_str spl_filter_field(spl_str name)
{
    if (spl_str_is(name, "hosttag")) return SPL_S("tag::host");
    if (spl_str_is(name, "eventtypetag")) return SPL_S("tag::eventtype");
    return name;
}

static bool names_saved_search(const spl_node *node)
{
    return node->op == SPL_OP_EQ && (spl_str_is(node->text, "savedsearch") || spl_str_is(node->text, "savedsplunk"));
}

static spl_filter *bind_compare(context *c, const spl_node *node, bool negated)
{
    const struct modifier *modifier = c->ranges ? modifier_of(node) : NULL;
    spl_str name = spl_filter_field(node->text);
    pattern p;
    bool good = true;

    if (modifier) return bind_time(c, node, node->kids[0], modifier);
    if (c->ranges && names_saved_search(node)) {
        spl_bad_argument(c->binder, node->span, "\"%.*s=\" cannot stand among search terms here", SPL_FMT(node->text));
        spl_hint(c->binder->diag, "Begin with | savedsearch %.*s, or write its terms here.",
                 SPL_FMT(node->kids[0]->text));
        return NULL;
    }
    if (c->ranges && is_timeformat(node)) return make(c, node, FILTER_ALL, match_all);
    if (!value_of(c, node->kids[0], is_tag(name), &p, &good))
        return good ? make(c, node, FILTER_HOLE, match_all) : NULL;
    if (spl_str_is(name, "splunk_server") && spl_str_iis(p.text, "local")) /* where the search runs */
        p = pattern_of(c->binder->arena, SPL_S("localhost"), false);
    return bind_field(c, node, name, node->op, &p, 1, negated);
}

static spl_filter *bind_among(context *c, const spl_node *node, bool negated)
{
    SPL_VEC(pattern) patterns = {0};
    spl_str field = spl_filter_field(node->text);
    bool good = true, hole = false;

    for (uint32_t i = 0; i < node->n_kids; i++) {
        pattern p;
        if (value_of(c, node->kids[i], is_tag(field), &p, &good))
            SPL_PUSH(c->binder->arena, &patterns, p);
        else
            hole = true;
    }
    if (!good) return NULL;
    if (hole) return make(c, node, FILTER_HOLE, match_all);
    return bind_field(c, node, field, SPL_OP_EQ, patterns.data, (uint32_t)patterns.len, negated);
}

/* Signs that JSON or XML text escapes. */
static bool escapable(char c)
{
    return c == '\\' || c == '"' || c == '&' || c == '<' || c == '>' || c == '\'';
}

static void bind_escaped(context *c, spl_filter *filter, spl_str text, unsigned flags)
{
    spl_buf json = spl_buf_in(c->binder->arena), xml = spl_buf_in(c->binder->arena);

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' || text.data[i] == '"') spl_buf_char(&json, '\\');
        spl_buf_char(&json, text.data[i]);
        switch (text.data[i]) {
        case '&': spl_buf_puts(&xml, "&amp;"); break;
        case '<': spl_buf_puts(&xml, "&lt;"); break;
        case '>': spl_buf_puts(&xml, "&gt;"); break;
        case '"': spl_buf_puts(&xml, "&quot;"); break;
        case '\'': spl_buf_puts(&xml, "&apos;"); break;
        default: spl_buf_char(&xml, text.data[i]); break;
        }
    }
    if (json.len != text.len) filter->as_json = spl_keyword_compile(c->binder->arena, spl_buf_str(&json), flags);
    if (xml.len != text.len) filter->as_xml = spl_keyword_compile(c->binder->arena, spl_buf_str(&xml), flags);
}

static spl_filter *bind_keyword(context *c, const spl_node *node, spl_str text, unsigned flags)
{
    spl_keyword *keyword = spl_keyword_compile(c->binder->arena, text, flags);
    if (!keyword) return make(c, node, FILTER_ALL, match_all);
    spl_filter *filter = make(c, node, FILTER_KEYWORD, match_keyword);
    filter->keyword = keyword;
    filter->text = text;
    filter->case_sensitive = flags & SPL_KEYWORD_CASE;
    bind_escaped(c, filter, text, flags);
    filter->told = SPL_NEW(c->binder->arena, atomic_bool);
    spl_bind_reads(c->binder, SPL_F_RAW);
    return filter;
}

static spl_filter *bind_term(context *c, const spl_node *node, bool negated)
{
    /* field::value is a comparison with the field's value. */
    ptrdiff_t colons = node->quoted ? -1 : spl_str_find(node->text, SPL_S("::"), 0);
    if (colons > 0 && (size_t)colons + 2 < node->text.len) {
        spl_str name = spl_str_sub(node->text, 0, (size_t)colons);
        bool word = true;
        for (size_t i = 0; i < name.len; i++) {
            word &= spl_is_word(name.data[i]) || name.data[i] == '.' || name.data[i] == '-';
        }
        const struct modifier *modifier = c->ranges ? modifier_named(name) : NULL;
        if (modifier) {
            spl_node value = *node; /* starttimeu::5 */
            value.text = spl_str_sub(node->text, (size_t)colons + 2, node->text.len);
            return bind_time(c, node, &value, modifier);
        }
        name = spl_filter_field(name);
        if (word) {
            pattern p =
                pattern_of(c->binder->arena, spl_str_sub(node->text, (size_t)colons + 2, node->text.len), is_tag(name));
            return bind_field(c, node, name, SPL_OP_EQ, &p, 1, negated);
        }
    }
    return bind_keyword(c, node, node->text, 0);
}

/* x=a OR x=b OR … over one field becomes one test of many values; results of subsearches come so. */
static const spl_filter *joined(context *c, const spl_node *node, const spl_filter *const *kids, uint32_t n)
{
    uint32_t patterns = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (kids[i]->kind != FILTER_FIELD || kids[i]->op != SPL_OP_EQ || kids[i]->field != kids[0]->field) return NULL;
        patterns += kids[i]->n_patterns;
    }
    pattern *all = spl_alloc(c->binder->arena, patterns * sizeof *all), *at = all;
    for (uint32_t i = 0; i < n; i++) {
        if (kids[i]->n_patterns) memcpy(at, kids[i]->patterns, kids[i]->n_patterns * sizeof *all);
        at += kids[i]->n_patterns;
    }
    spl_filter *filter = bind_field(c, node, spl_field_name(c->binder->fields, kids[0]->field), SPL_OP_EQ, all,
                                    patterns, kids[0]->negated);
    filter->told = kids[0]->told;
    return filter;
}

static spl_filter *bind_list(context *c, const spl_node *node, bool negated, unsigned depth)
{
    bool and = node->kind == SPL_NODE_AND, good = true;
    spl_filter *filter = make(c, node, and? FILTER_AND : FILTER_OR, and? match_and : match_or);

    filter->kids = SPL_NEW_ARRAY(c->binder->arena, node->n_kids, const spl_filter *);
    for (uint32_t i = 0; i < node->n_kids; i++) {
        if (!and) c->boundary = NULL;
        const spl_filter *kid = bind(c, node->kids[i], negated, depth + 1);
        if (!kid) {
            good = false;
            continue;
        }
        if (and&&kid->kind == FILTER_ALL) continue;
        filter->kids[filter->n_kids++] = kid;
    }
    if (!and) c->boundary = NULL;
    if (!good) return NULL;
    if (and) {
        /* Tests of fields are cheap beside a look through the raw text. */
        const spl_filter **order = SPL_NEW_ARRAY(c->binder->arena, filter->n_kids, const spl_filter *);
        uint32_t n = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (uint32_t i = 0; i < filter->n_kids; i++) {
                bool simple = filter->kids[i]->kind == FILTER_FIELD || filter->kids[i]->kind == FILTER_TIME;
                if (simple == (pass == 0)) order[n++] = filter->kids[i];
            }
        }
        filter->kids = order;
        if (!n) return make(c, node, FILTER_ALL, match_all);
    } else {
        for (uint32_t i = 0; i < filter->n_kids; i++) {
            if (filter->kids[i]->kind == FILTER_ALL) return make(c, node, FILTER_ALL, match_all);
        }
        const spl_filter *one = filter->n_kids > 1 ? joined(c, node, filter->kids, filter->n_kids) : NULL;
        if (one) return (spl_filter *)one;
    }
    return filter->n_kids == 1 ? (spl_filter *)filter->kids[0] : filter;
}

static spl_filter *bind(context *c, const spl_node *node, bool negated, unsigned depth)
{
    if (depth > MAX_DEPTH) {
        spl_refuse(c->binder, node->span, "bad-argument", "the search nests deeper than %d levels", MAX_DEPTH);
        return NULL;
    }
    switch (node->kind) {
    case SPL_NODE_AND:
    case SPL_NODE_OR: return bind_list(c, node, negated, depth);
    case SPL_NODE_NOT: {
        spl_filter *kid = bind(c, node->kids[0], !negated, depth + 1);
        if (!kid) return NULL;
        if (kid->kind == FILTER_HOLE) return kid;
        spl_filter *filter = make(c, node, FILTER_NOT, match_not);
        filter->kids = SPL_NEW_ARRAY(c->binder->arena, 1, const spl_filter *);
        filter->kids[0] = kid;
        filter->n_kids = 1;
        return filter;
    }
    case SPL_NODE_COMPARE: return bind_compare(c, node, negated);
    case SPL_NODE_AMONG: return bind_among(c, node, negated);
    case SPL_NODE_TERM: return bind_term(c, node, negated);
    case SPL_NODE_WORD:
    case SPL_NODE_STRING: return bind_term(c, node, negated);
    case SPL_NODE_DIRECTIVE:
        if (node->op == SPL_OP_PREFIX) {
            spl_bad_argument(c->binder, node->span, "PREFIX() stands in tstats only");
            spl_hint(c->binder->diag, "Use TERM(%.*s*) here.", SPL_FMT(node->text));
            return NULL;
        }
        return bind_keyword(c, node, node->text, node->op == SPL_OP_TERM ? SPL_KEYWORD_TERM : SPL_KEYWORD_CASE);
    case SPL_NODE_HOLE: return make(c, node, FILTER_HOLE, match_all);
    case SPL_NODE_PIPELINE:
        if (c->binder->query->check_only) return make(c, node, FILTER_HOLE, match_all);
        break;
    case SPL_NODE_LIST:
        if (node->n_kids == 1) return bind(c, node->kids[0], negated, depth + 1);
        break;
    default: break;
    }
    spl_refuse(c->binder, node->span, "syntax", "this cannot stand in a search");
    return NULL;
}

/* The time range outside of which the filter lets nothing through. */
static void hull(const spl_filter *filter, spl_time_range *range)
{
    *range = (spl_time_range){.earliest = -HUGE_VAL, .latest = HUGE_VAL};
    if (filter->kind == FILTER_TIME && filter->field == SPL_F_TIME) {
        *(filter->latest ? &range->latest : &range->earliest) = filter->bound;
        range->given = true;
        range->span = filter->span;
    } else if (filter->kind == FILTER_AND) {
        for (uint32_t i = 0; i < filter->n_kids; i++) {
            spl_time_range part;
            hull(filter->kids[i], &part);
            if (!part.given) continue;
            if (part.earliest > range->earliest) range->earliest = part.earliest;
            if (part.latest < range->latest) range->latest = part.latest;
            range->given = true;
            range->span = part.span;
        }
    } else if (filter->kind == FILTER_OR) {
        for (uint32_t i = 0; i < filter->n_kids; i++) {
            spl_time_range part;
            hull(filter->kids[i], &part);
            if (!part.given) {
                *range = (spl_time_range){.earliest = -HUGE_VAL, .latest = HUGE_VAL};
                return;
            }
            if (!range->given) {
                *range = part;
                continue;
            }
            if (part.earliest < range->earliest) range->earliest = part.earliest;
            if (part.latest > range->latest) range->latest = part.latest;
        }
    }
}

static bool bounds(const spl_filter *filter, bool latest)
{
    return filter->kind == FILTER_TIME && filter->field == SPL_F_TIME && filter->latest == latest;
}

/* Whether what holds where FILTER does begins at a time: its own terms only, not those of alternatives. */
static bool begins(const spl_filter *filter)
{
    if (filter->kind == FILTER_AND)
        for (uint32_t i = 0; i < filter->n_kids; i++)
            if (begins(filter->kids[i])) return true;
    return bounds(filter, false);
}

static bool ends(const spl_filter *filter)
{
    if (filter->kind == FILTER_AND || filter->kind == FILTER_OR)
        for (uint32_t i = 0; i < filter->n_kids; i++)
            if (ends(filter->kids[i])) return true;
    return bounds(filter, true);
}

/* A range that begins and has no end goes up to now, now included (Search Reference, "Time modifiers"). */
static spl_filter *until_now(context *c, spl_filter *filter)
{
    spl_filter *bounded, *limit;
    uint32_t n = filter->kind == FILTER_AND ? filter->n_kids : 1;

    if (begins(filter)) {
        if (ends(filter)) return filter;
        limit = make(c, NULL, FILTER_TIME, match_time);
        limit->span = filter->span;
        limit->field = SPL_F_TIME;
        limit->latest = true;
        limit->bound = nextafter(c->binder->query->now, HUGE_VAL);
        bounded = make(c, NULL, FILTER_AND, match_and);
        bounded->span = filter->span;
        bounded->kids = SPL_NEW_ARRAY(c->binder->arena, n + 1, const spl_filter *);
        for (uint32_t i = 0; i < n; i++) bounded->kids[i] = filter->kind == FILTER_AND ? filter->kids[i] : filter;
        bounded->kids[n] = limit;
        bounded->n_kids = n + 1;
        return bounded;
    }
    if (filter->kind == FILTER_AND) {
        for (uint32_t i = 0; i < n; i++)
            if (bounds(filter->kids[i], true)) return filter;
    } else if (filter->kind != FILTER_OR) {
        return filter;
    }
    for (uint32_t i = 0; i < filter->n_kids; i++) filter->kids[i] = until_now(c, (spl_filter *)filter->kids[i]);
    return filter;
}

static void find_timeformat(const spl_node *node, spl_str *format, unsigned depth)
{
    if (is_timeformat(node)) {
        *format = node->kids[0]->text;
    } else if ((node->kind == SPL_NODE_AND || node->kind == SPL_NODE_OR) && depth < MAX_DEPTH) {
        for (uint32_t i = 0; i < node->n_kids; i++) {
            find_timeformat(node->kids[i], format, depth + 1);
        }
    }
}

spl_filter *spl_filter_bind(spl_binder *binder, const spl_node *node, spl_time_range *range)
{
    context c = {.binder = binder, .ranges = range != NULL, .timeformat = SPL_S("%m/%d/%Y:%H:%M:%S")};

    if (range) *range = (spl_time_range){.earliest = -HUGE_VAL, .latest = HUGE_VAL};
    if (!node) return make(&c, NULL, FILTER_ALL, match_all);
    if (range) find_timeformat(node, &c.timeformat, 0);
    spl_filter *filter = bind(&c, node, false, 0);
    if (!filter || !range) return filter;
    filter = until_now(&c, filter);
    hull(filter, range);
    if (range->given && range->earliest >= range->latest) {
        spl_warning(binder->diag, range->span, "empty-range", "the time range is empty: it ends before it begins");
        spl_hint(binder->diag, "earliest= is the begin of the range, latest= its end.");
    }
    return filter;
}

/* The range of the innermost saved search that STAGE is of, or NULL. */
static const spl_own_range *own_range(const spl_query *query, const spl_node *stage)
{
    if (!query->own_ranges || !stage) return NULL;
    for (const spl_source *in = spl_span_origin(stage->span).source; in; in = spl_span_origin(in->used_at).source)
        for (const spl_own_range *one = query->own_ranges; one; one = one->next)
            if (in->used_at.source == one->at.source && in->used_at.begin == one->at.begin &&
                in->used_at.end == one->at.end)
                return one;
    return NULL;
}

void spl_range_take(const struct spl_query *query, const spl_node *stage, const spl_time_range *range, double *earliest,
                    double *latest)
{
    const spl_own_range *own = own_range(query, stage);

    *earliest = isfinite(range->earliest) ? range->earliest : own ? own->earliest : query->earliest;
    *latest = isfinite(range->latest) ? range->latest : own ? own->latest : query->latest;
}

bool spl_filter_all(const spl_filter *filter)
{
    return filter->kind == FILTER_ALL;
}

bool spl_filter_match(spl_eval *ev, const spl_filter *filter, uint32_t row)
{
    return filter->match(ev, filter, row);
}

/* --- what it implies ---------------------------------------------------------------------------------------------- */

typedef SPL_VEC(spl_filter_clause) clauses;

/* Case folds for ASCII only in raw tests: the longest stretch of such bytes. Where letters fold one by one, two signs
 * beyond ASCII fold to k and s, so these letters are none that must stand in the text. */
static spl_str ascii_stretch(spl_str text, bool unicode)
{
    spl_str best = {text.data, 0};
    size_t begin = 0;
    for (size_t i = 0; i <= text.len; i++) {
        char c = i < text.len ? spl_ascii_lower(text.data[i]) : 'k';
        if (i < text.len && !((unsigned char)c & 0x80) && !(unicode && (c == 'k' || c == 's'))) continue;
        if (i - begin > best.len) best = spl_str_sub(text, begin, i);
        begin = i + 1;
    }
    return best;
}

static bool atom_of(spl_filter_atom *atom, spl_str text, bool whole, const pattern *p)
{
    spl_str stretch = p->case_sensitive ? text : ascii_stretch(text, !p->ascii);
    atom->text = stretch;
    atom->whole = whole && stretch.len == text.len;
    atom->case_sensitive = p->case_sensitive;
    return stretch.len > 0;
}

static spl_str unescaped_stretch(spl_str text)
{
    spl_str best = {text.data, 0};
    size_t begin = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && !escapable(text.data[i])) continue;
        if (i - begin > best.len) best = spl_str_sub(text, begin, i);
        begin = i + 1;
    }
    return best;
}

static size_t worth(const spl_filter_clause *clause)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < clause->count; i++) {
        if (clause->atoms[i].text.len < least) least = clause->atoms[i].text.len;
    }
    return least;
}

static void implied(const spl_filter *filter, spl_arena *arena, clauses *out)
{
    if (filter->kind == FILTER_AND) {
        for (uint32_t i = 0; i < filter->n_kids; i++) {
            implied(filter->kids[i], arena, out);
        }
    } else if (filter->kind == FILTER_OR) {
        SPL_VEC(spl_filter_atom) atoms = {0};
        for (uint32_t i = 0; i < filter->n_kids; i++) {
            clauses part = {0};
            const spl_filter_clause *best = NULL;
            implied(filter->kids[i], arena, &part);
            for (size_t k = 0; k < part.len; k++) {
                if (!best || worth(&part.data[k]) > worth(best)) best = &part.data[k];
            }
            if (!best) return; /* this alternative may hold for any text */
            for (size_t k = 0; k < best->count; k++) {
                SPL_PUSH(arena, &atoms, best->atoms[k]);
            }
        }
        if (atoms.len) SPL_PUSH(arena, out, ((spl_filter_clause){atoms.data, atoms.len, filter->span}));
    } else if (filter->kind == FILTER_KEYWORD) {
        spl_filter_atom *atom = SPL_NEW(arena, spl_filter_atom);
        atom->kind = SPL_ATOM_KEYWORD;
        atom->field = SPL_F_RAW;
        /* Keywords fold ASCII letters only, so that their other bytes stand as typed. A text that formats escape is cut
         * at those signs, so that events which hold it escaped are seen, and told of. */
        atom->text = unescaped_stretch(spl_keyword_literal(filter->keyword));
        atom->whole = atom->text.len == filter->text.len;
        atom->case_sensitive = filter->case_sensitive;
        if (atom->text.len) SPL_PUSH(arena, out, ((spl_filter_clause){atom, 1, filter->span}));
    } else if (filter->kind == FILTER_FIELD && filter->op == SPL_OP_EQ && filter->n_patterns && !filter->derived) {
        spl_filter_atom *atoms = SPL_NEW_ARRAY(arena, filter->n_patterns, spl_filter_atom);
        for (uint32_t i = 0; i < filter->n_patterns; i++) {
            const pattern *p = &filter->patterns[i];
            bool whole = p->kind == PATTERN_EXACT;
            if (p->kind == PATTERN_ANY || p->kind == PATTERN_CIDR) return;
            atoms[i].kind = SPL_ATOM_EQUALS;
            atoms[i].field = filter->field;
            if (!atom_of(&atoms[i], whole ? p->text : spl_wildcard_literal(p->text), whole, p)) return;
        }
        SPL_PUSH(arena, out, ((spl_filter_clause){atoms, filter->n_patterns, filter->span}));
    }
}

size_t spl_filter_implies(const spl_filter *filter, spl_arena *arena, const spl_filter_clause **out)
{
    clauses all = {0};
    implied(filter, arena, &all);
    *out = all.data;
    return all.len;
}

size_t spl_filter_parts(const spl_filter *filter, spl_arena *arena, const spl_filter *const **parts)
{
    SPL_VEC(const spl_filter *) found = {0};

    if (filter->kind != FILTER_AND && filter->kind != FILTER_TIME) SPL_PUSH(arena, &found, filter);
    for (uint32_t i = 0; filter->kind == FILTER_AND && i < filter->n_kids; i++) {
        const spl_filter *const *inner;
        size_t count = spl_filter_parts(filter->kids[i], arena, &inner);

        for (size_t k = 0; k < count; k++) SPL_PUSH(arena, &found, inner[k]);
    }
    *parts = found.data;
    return found.len;
}

spl_span spl_filter_span(const spl_filter *part)
{
    return part->span;
}

spl_field spl_filter_first_field(const spl_filter *part)
{
    spl_field field = part->field;

    for (uint32_t i = 0; field == SPL_NO_FIELD && i < part->n_kids; i++) field = spl_filter_first_field(part->kids[i]);
    return field;
}

static bool is_metadata(spl_field field)
{
    return field == SPL_F_INDEX || field == SPL_F_SOURCE || field == SPL_F_SOURCETYPE || field == SPL_F_HOST;
}

/* Adds the fields of FILTER to CLAUSE; false: it asks for something else too. */
static bool metadata_only(const spl_filter *filter, spl_filter_metadata *clause, unsigned depth)
{
    if (filter->kind == FILTER_FIELD && is_metadata(filter->field)) {
        for (uint32_t k = 0; k < clause->n_fields; k++)
            if (clause->fields[k] == filter->field) return true;
        clause->fields[clause->n_fields++] = filter->field;
        return true;
    }
    if (filter->kind != FILTER_OR || depth > 20) return false;
    for (uint32_t i = 0; i < filter->n_kids; i++)
        if (!metadata_only(filter->kids[i], clause, depth + 1)) return false;
    return filter->n_kids > 0;
}

size_t spl_filter_metadata_clauses(const spl_filter *filter, spl_arena *arena, const spl_filter_metadata **out)
{
    SPL_VEC(spl_filter_metadata) found = {0};
    const spl_filter *const *parts;
    size_t count = spl_filter_parts(filter, arena, &parts);

    for (size_t i = 0; i < count; i++) {
        spl_filter_metadata clause = {.part = parts[i], .span = parts[i]->span};

        if (metadata_only(parts[i], &clause, 0)) SPL_PUSH(arena, &found, clause);
    }
    *out = found.data;
    return found.len;
}
