/* indexing.c -- rules of props.conf and transforms.conf for index time, compiled for each class of events. */
#include "knowledge/indexing.h"

#include "base/fault.h"
#include "base/num.h"
#include "base/regex.h"
#include "knowledge/extraction.h"
#include "knowledge/knowledge.h"
#include "knowledge/props.h"

typedef enum dest { TO_SOURCETYPE, TO_SOURCE, TO_HOST, TO_INDEX, TO_QUEUE, TO_RAW, TO_META, TO_NOTHING } dest;

typedef struct rule { /* a transform, or a SEDCMD */
    spl_regex *regex;
    spl_str from; /* SOURCE_KEY */
    dest to;
    spl_template format;   /* without "sourcetype::" and its like */
    spl_str otherwise;     /* DEFAULT_VALUE */
    spl_extractor_of *run; /* of TO_META */
    spl_str replacement;   /* of SEDCMD */
    bool sed, all;
    spl_str y_from, y_to; /* of y/…/…/ */
} rule;

typedef struct rules {
    SPL_VEC(rule) list;
    spl_regex *prefix;
    spl_str format;
    int64_t lookahead;
    const spl_zone *zone; /* NULL: the query's */
    bool timed, none, current;
    uint32_t number;
} rules;

struct spl_indexing {
    const spl_query *query;
    spl_props *props;
    const spl_conf *transforms;
    pthread_mutex_t lock;
    spl_arena *arena;
    spl_map classes; /* number -> rules * */
    uint32_t n;
};

struct spl_indexing_use {
    spl_indexing_use *next;
    spl_indexing *of;
    spl_worker *worker;
    spl_str last[3];
    spl_buf last_text;
    const rules *rules;
    void *own;
    SPL_VEC(spl_clock *) clocks; /* by number of the rules */
};

static bool is_time(spl_str key)
{
    static const char *const keys[] = {"TIME_PREFIX", "TIME_FORMAT", "MAX_TIMESTAMP_LOOKAHEAD", "TZ",
                                       "DATETIME_CONFIG"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (spl_str_is(key, keys[i])) return true;
    return false;
}

static dest dest_of(spl_str key)
{
    static const struct {
        const char *name;
        dest to;
    } names[] = {{"MetaData:Sourcetype", TO_SOURCETYPE},
                 {"MetaData:Source", TO_SOURCE},
                 {"MetaData:Host", TO_HOST},
                 {"_MetaData:Index", TO_INDEX},
                 {"queue", TO_QUEUE},
                 {"_raw", TO_RAW},
                 {"_meta", TO_META}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (spl_str_iis(key, names[i].name)) return names[i].to;
    return TO_NOTHING;
}

static dest dest_of_stanza(const spl_conf_stanza *stanza)
{
    spl_str key = spl_conf_value(stanza, "DEST_KEY");

    if (key.len) return dest_of(key);
    return spl_conf_true(spl_conf_value(stanza, "WRITE_META")) ? TO_META : TO_NOTHING;
}

unsigned spl_indexing_possible(const spl_query *query, spl_str sourcetype, spl_str source, spl_str host)
{
    const spl_conf_entry *const *settings;
    const spl_conf *transforms;
    spl_arena *scratch;
    unsigned may = 0;
    size_t n;

    if (!query->knowledge) return 0;
    scratch = spl_arena_new(query->account);
    n = spl_props_possible(spl_knowledge_props(query->knowledge), sourcetype, source, host, scratch, &settings);
    transforms = n ? spl_knowledge_conf(query->knowledge, "transforms") : NULL;
    for (size_t i = 0; i < n; i++) {
        spl_str *names;
        size_t count;

        if (is_time(settings[i]->key)) may |= SPL_INDEXING_TIME;
        if (spl_str_starts(settings[i]->key, SPL_S("SEDCMD-"))) may |= SPL_INDEXING_TEXT;
        if (!spl_str_starts(settings[i]->key, SPL_S("TRANSFORMS-"))) continue;
        count = spl_conf_words(scratch, settings[i]->value, &names);
        for (size_t k = 0; k < count; k++) {
            const spl_conf_stanza *stanza = spl_conf_stanza_find(transforms, names[k]);

            if (stanza) may |= dest_of_stanza(stanza) == TO_RAW ? SPL_INDEXING_TEXT : SPL_INDEXING_REST;
        }
    }
    spl_arena_free(scratch);
    return may;
}

/* ---- compiling ---- */

static spl_regex *compile(spl_indexing *x, spl_str label, spl_str pattern, spl_span span, unsigned flags)
{
    spl_str error;
    size_t at;
    spl_regex *regex = spl_regex_compile(x->arena, pattern, flags, &error, &at);

    if (!regex)
        spl_warning(x->query->diag, span, "bad-regex", "%.*s is passed over: %.*s", SPL_FMT(label), SPL_FMT(error));
    return regex;
}

static spl_str without_prefix(spl_str text, dest to)
{
    static const char *const prefixes[] = {"sourcetype::", "source::", "host::"};
    spl_str prefix;

    text = spl_str_trim(text);
    if (to > TO_HOST) return text;
    prefix = spl_str_of(prefixes[to]);
    return spl_str_starts(text, prefix) ? spl_str_sub(text, prefix.len, text.len) : text;
}

static void add_transform(spl_indexing *x, rules *r, const spl_conf_entry *entry, spl_str name)
{
    const spl_conf_stanza *stanza = spl_conf_stanza_find(x->transforms, name);
    rule made = {.from = SPL_S("_raw")};
    const char *error = "transforms.conf has no such stanza";
    spl_str from, why;

    if (stanza) {
        made.to = dest_of_stanza(stanza);
        if (made.to == TO_NOTHING) return; /* routing, or INGEST_EVAL */
        error = "it has no REGEX";
    }
    if (!stanza || !spl_conf_value(stanza, "REGEX").len) {
        spl_warning(x->query->diag, stanza ? stanza->span : entry->span, "missing-transform",
                    "the transform \"%.*s\" of %.*s is passed over: %s", SPL_FMT(name), SPL_FMT(entry->key), error);
        return;
    }
    from = spl_conf_value(stanza, "SOURCE_KEY");
    if (from.len) made.from = from;
    made.otherwise = without_prefix(spl_conf_value(stanza, "DEFAULT_VALUE"), made.to);
    made.format = spl_template_parse(x->arena, without_prefix(spl_conf_value(stanza, "FORMAT"), made.to));
    if (made.to == TO_META) {
        spl_extraction *what = spl_extraction_of_stanza(x->arena, stanza, &error);

        if (!what) return;
        made.run = spl_extraction_compile(x->arena, what, &why);
        if (!made.run) {
            spl_warning(x->query->diag, what->span, "bad-regex", "%.*s is passed over: %.*s", SPL_FMT(name),
                        SPL_FMT(why));
            return;
        }
    } else {
        const spl_conf_entry *regex = spl_conf_find(stanza, "REGEX");

        made.regex = compile(x, name, regex->value, regex->span, 0);
        if (!made.regex) return;
    }
    SPL_PUSH(x->arena, &r->list, made);
}

/* Up to the next delimiter; a backslash before it makes it a letter. */
static bool sed_part(spl_arena *arena, spl_str text, size_t *at, char delimiter, spl_str *part)
{
    spl_buf out = spl_buf_in(arena);

    while (*at < text.len) {
        char c = text.data[(*at)++];

        if (c == delimiter) {
            *part = spl_buf_str(&out);
            return true;
        }
        if (c == '\\' && *at < text.len) {
            if (text.data[*at] != delimiter) spl_buf_char(&out, c);
            c = text.data[(*at)++];
        }
        spl_buf_char(&out, c);
    }
    return false;
}

static void add_sed(spl_indexing *x, rules *r, const spl_conf_entry *entry)
{
    spl_str text = entry->value, first, second;
    size_t at = 0;

    while (at < text.len) {
        rule made = {.sed = true, .to = TO_RAW};
        unsigned flags = 0;
        char kind = text.data[at];

        if (spl_is_space(kind) || kind == ';') {
            at++;
            continue;
        }
        if ((kind != 's' && kind != 'y') || at + 1 >= text.len || spl_is_word(text.data[at + 1])) break;
        at += 2;
        if (!sed_part(x->arena, text, &at, text.data[at - 1], &first)) break;
        if (!sed_part(x->arena, text, &at, entry->value.data[at - 1], &second)) break;
        for (; at < text.len && !spl_is_space(text.data[at]) && text.data[at] != ';'; at++) {
            made.all |= text.data[at] == 'g';
            if (text.data[at] == 'i' || text.data[at] == 'I') flags |= SPL_REGEX_FOLD;
        }
        if (kind == 'y') {
            made.y_from = first;
            made.y_to = second;
            if (first.len != second.len) break;
        } else {
            made.regex = compile(x, entry->key, first, entry->span, flags);
            made.replacement = second;
            if (!made.regex) return;
        }
        SPL_PUSH(x->arena, &r->list, made);
        if (at == text.len) return;
    }
    if (at < text.len || !text.len)
        spl_warning(x->query->diag, entry->span, "conf", "%.*s is passed over: it is not of the form s/…/…/g or y/…/…/",
                    SPL_FMT(entry->key));
}

static rules *compile_class(spl_indexing *x, const spl_props_class *of)
{
    rules *r = SPL_NEW(x->arena, rules);
    const spl_conf_entry *e;
    size_t n, first = spl_props_range(of, "SEDCMD-", &n);

    r->number = x->n++;
    for (size_t i = first; i < first + n; i++)
        if (of->settings[i]->value.len) add_sed(x, r, of->settings[i]);
    first = spl_props_range(of, "TRANSFORMS-", &n);
    for (size_t i = first; i < first + n; i++) {
        spl_str *names;
        size_t count = spl_conf_words(x->arena, of->settings[i]->value, &names);

        for (size_t k = 0; k < count; k++) add_transform(x, r, of->settings[i], names[k]);
    }
    r->lookahead = 128;
    if ((e = spl_props_setting(of, "MAX_TIMESTAMP_LOOKAHEAD"))) {
        if (!spl_num_int(e->value, &r->lookahead) || r->lookahead <= 0) r->lookahead = 1 << 20; /* -1: no bound */
    }
    if ((e = spl_props_setting(of, "TIME_PREFIX")) && e->value.len)
        r->prefix = compile(x, e->key, e->value, e->span, 0);
    if ((e = spl_props_setting(of, "TIME_FORMAT"))) r->format = e->value;
    if ((e = spl_props_setting(of, "TZ")) && e->value.len) {
        r->zone = spl_zone_open(x->arena, spl_cstring(x->arena, e->value));
        if (!r->zone)
            spl_warning(x->query->diag, e->span, "conf", "TZ is passed over: unknown time zone \"%.*s\"",
                        SPL_FMT(e->value));
    }
    if ((e = spl_props_setting(of, "DATETIME_CONFIG"))) {
        r->current = spl_str_iis(e->value, "CURRENT");
        r->none = spl_str_iis(e->value, "NONE");
    }
    r->timed = r->prefix || r->format.len || r->zone || r->current || r->none;
    return r;
}

static void destroy(void *lock)
{
    pthread_mutex_destroy(lock);
}

spl_indexing *spl_indexing_new(spl_arena *arena, const spl_query *query)
{
    spl_indexing *x = SPL_NEW(arena, spl_indexing);

    x->query = query;
    x->arena = spl_arena_new(query->account);
    x->props = spl_knowledge_props(query->knowledge);
    x->transforms = spl_knowledge_conf(query->knowledge, "transforms");
    x->classes = spl_map_in(x->arena);
    pthread_mutex_init(&x->lock, NULL);
    spl_arena_defer(x->arena, destroy, &x->lock);
    return x;
}

/* ---- one thread ---- */

spl_indexing_use *spl_indexing_use_of(spl_indexing *x, spl_worker *worker)
{
    spl_indexing_use *use;

    for (use = worker->indexing; use; use = use->next)
        if (use->of == x) return use;
    use = SPL_NEW(worker->arena, spl_indexing_use);
    use->of = x;
    use->worker = worker;
    use->last_text = spl_buf_in(worker->arena);
    use->next = worker->indexing;
    worker->indexing = use;
    return use;
}

void **spl_indexing_own(spl_indexing_use *use)
{
    return &use->own;
}

static const rules *rules_of_class(spl_indexing *x, const spl_props_class *of)
{
    spl_str key = spl_str_cut((const char *)&of->number, sizeof of->number);
    spl_frame frame;
    rules *r;

    pthread_mutex_lock(&x->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&x->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    r = spl_map_get(&x->classes, key);
    if (!r) {
        r = compile_class(x, of);
        spl_map_set(&x->classes, key, r);
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&x->lock);
    return r;
}

static const rules *rules_of(spl_indexing_use *use, const spl_indexed *event)
{
    const spl_str now[3] = {event->sourcetype, event->source, event->host};
    bool same = use->rules != NULL;
    size_t at = 0;

    for (int i = 0; i < 3 && same; i++) same = spl_str_eq(now[i], use->last[i]);
    if (same) return use->rules;
    use->rules = rules_of_class(use->of, spl_props_class_of(use->of->props, now[0], now[1], now[2]));
    spl_buf_clear(&use->last_text);
    for (int i = 0; i < 3; i++) spl_buf_add(&use->last_text, now[i]);
    for (int i = 0; i < 3; i++) {
        use->last[i] = spl_str_sub(spl_buf_str(&use->last_text), at, at + now[i].len);
        at += now[i].len;
    }
    return use->rules;
}

static spl_str *place_of(spl_indexed *event, spl_str key)
{
    if (spl_str_starts(key, SPL_S("field:"))) {
        for (size_t i = 0; i < event->fields.len; i++)
            if (spl_str_eq(event->fields.data[i].name, spl_str_sub(key, 6, key.len)))
                return &event->fields.data[i].value;
        return NULL;
    }
    switch (dest_of(key)) {
    case TO_SOURCETYPE: return &event->sourcetype;
    case TO_SOURCE: return &event->source;
    case TO_HOST: return &event->host;
    case TO_INDEX: return &event->index;
    case TO_RAW: return &event->raw;
    default: return NULL;
    }
}

typedef struct meta {
    spl_indexed *event;
    spl_arena *arena;
    const rule *by;
} meta;

static void add_meta(void *to, long name, spl_str key, spl_str value)
{
    meta *m = to;
    const spl_extraction *what = spl_extractor_what(m->by->run);

    if (name >= 0) key = what->names[name];
    SPL_PUSH(m->arena, &m->event->fields, (spl_indexed_field){key, value});
}

static spl_str translated(spl_arena *arena, const rule *r, spl_str text)
{
    char *out = spl_alloc(arena, text.len + 1);

    for (size_t i = 0; i < text.len; i++) {
        const char *found = r->y_from.len ? memchr(r->y_from.data, text.data[i], r->y_from.len) : NULL;

        out[i] = found ? r->y_to.data[found - r->y_from.data] : text.data[i];
    }
    return spl_str_cut(out, text.len);
}

static void transform(spl_indexing_use *use, spl_arena *arena, const rule *r, spl_indexed *event)
{
    const spl_str *from = place_of(event, r->from);
    spl_str *to = r->to == TO_QUEUE        ? NULL
                  : r->to == TO_SOURCETYPE ? &event->sourcetype
                  : r->to == TO_SOURCE     ? &event->source
                  : r->to == TO_HOST       ? &event->host
                  : r->to == TO_INDEX      ? &event->index
                                           : &event->raw;
    spl_match *match = use->worker->match;
    spl_str text;
    spl_buf out;

    if (r->to == TO_META) {
        meta m = {event, arena, r};

        if (from) spl_extraction_run(r->run, match, arena, *from, add_meta, &m);
        return;
    }
    if (!from || !spl_regex_search(match, r->regex, *from, 0)) {
        if (r->otherwise.len && to) *to = r->otherwise;
        return;
    }
    out = spl_buf_in(arena);
    for (size_t i = 0; i < r->format.count; i++) {
        const spl_piece_of *piece = &r->format.pieces[i];

        if (piece->group < 0) {
            spl_buf_add(&out, piece->text);
        } else if (piece->group == 0) { /* what stood there before */
            if (to) spl_buf_add(&out, *to);
        } else if (spl_match_group(match, (unsigned)piece->group, &text)) {
            spl_buf_add(&out, text);
        }
    }
    if (to) {
        *to = spl_buf_str(&out);
    } else if (r->to == TO_QUEUE) {
        event->dropped = spl_str_is(spl_buf_str(&out), "nullQueue"); /* a later rule may take it back */
    }
}

void spl_indexing_event(spl_indexing_use *use, spl_arena *arena, spl_indexed *event)
{
    const rules *r = rules_of(use, event);

    for (size_t i = 0; i < r->list.len; i++) {
        const rule *one = &r->list.data[i];

        if (one->sed && one->regex) {
            event->raw =
                spl_regex_replace(use->worker->match, arena, one->regex, event->raw, one->replacement, one->all);
        } else if (one->sed) {
            event->raw = translated(arena, one, event->raw);
        } else {
            transform(use, arena, one, event);
        }
    }
}

bool spl_indexing_time(spl_indexing_use *use, const spl_indexed *event, double *time, spl_clock **clock, bool *none)
{
    const rules *r = rules_of(use, event);
    const spl_query *query = use->of->query;
    const spl_zone *zone = r->zone ? r->zone : query->zone;
    spl_str text = event->raw;
    size_t begin, end;

    *none = r->none;
    if (!r->timed || r->none) return false;
    if (r->current) {
        *time = query->now;
        return true;
    }
    while (use->clocks.len <= r->number) SPL_PUSH(use->worker->arena, &use->clocks, NULL);
    if (!use->clocks.data[r->number]) use->clocks.data[r->number] = spl_clock_new(use->worker->arena, zone, query->now);
    *clock = use->clocks.data[r->number];
    if (r->prefix) {
        if (!spl_regex_search(use->worker->match, r->prefix, text, 0)) return false;
        text = spl_str_sub(text, spl_match_end(use->worker->match, 0), text.len);
    }
    if (!r->format.len) return r->prefix && spl_timestamp_find(*clock, text, (size_t)r->lookahead, time, &begin, &end);
    for (begin = 0; begin < text.len && spl_is_space(text.data[begin]);) begin++;
    return spl_strptime(zone, spl_str_sub(text, begin, begin + (size_t)r->lookahead), r->format, query->now, time);
}
