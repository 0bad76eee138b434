/* props.c -- matching of props.conf stanzas, and classes of events that the same stanzas speak about. */
#include "knowledge/props.h"

#include "base/fault.h"
#include "base/num.h"
#include "base/regex.h"

#include <pthread.h>
#include <stdlib.h>

typedef enum about { ABOUT_SOURCETYPE, ABOUT_HOST, ABOUT_SOURCE, ABOUTS } about;

typedef struct stanza {
    const spl_conf_stanza *conf;
    about about;
    spl_str pattern; /* without its prefix */
    bool literal;
    bool plain;   /* a pattern of ..., * and letters alone */
    bool fold;    /* without regard to case */
    spl_str must; /* stands in every text that matches, or empty */
    bool begins;  /* it stands at the begin */
    bool broken;
    int64_t priority;
    spl_regex *regex;
    uint32_t number;
} stanza;

typedef struct matches { /* of one value: its stanzas, the strongest first */
    stanza **stanzas;
    size_t count;
} matches;

struct spl_props {
    spl_diag *diag;
    pthread_mutex_t lock;
    spl_arena *arena; /* used under the lock once made */
    const spl_conf_stanza *dflt;
    spl_map literals[ABOUTS]; /* name (hosts in lower case) -> stanza * */
    SPL_VEC(stanza *) patterns[ABOUTS];
    SPL_VEC(stanza *) all;
    SPL_VEC(const spl_conf_stanza *) rules; /* rule::x, delayedrule::x */
    spl_arena *memo;                        /* of what follows; emptied from time to time */
    spl_map known[ABOUTS];                  /* value -> matches * */
    size_t asked;
    spl_map classes; /* numbers of stanzas -> spl_props_class * */
    spl_match *match;
};

enum { KNOWN = 1 << 14 }; /* calls after which the memory of values is emptied */

static bool has_signs(spl_str pattern)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (spl_is_any(pattern.data[i], "*|()[]{}?+\\^$")) return true;
    return spl_str_find(pattern, SPL_S("..."), 0) >= 0;
}

static bool is_plain(spl_str pattern)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (spl_is_any(pattern.data[i], "|()[]{}?+\\^$")) return false;
    return true;
}

/* A pattern of ..., * and letters: all places that it may have come to, letter by letter. */
static bool match_plain(spl_arena *scratch, spl_str pattern, spl_str text, bool fold)
{
    size_t n = 0;
    int *signs = SPL_NEW_ARRAY(scratch, pattern.len + 1, int); /* -1: ..., -2: *, else a byte */
    bool *here = SPL_NEW_ARRAY(scratch, pattern.len + 1, bool);

    for (size_t i = 0; i < pattern.len; i++) {
        if (spl_str_starts(spl_str_sub(pattern, i, pattern.len), SPL_S("..."))) {
            signs[n++] = -1;
            i += 2;
        } else {
            signs[n++] = pattern.data[i] == '*' ? -2 : (unsigned char)pattern.data[i];
        }
    }
    here[0] = true;
    for (size_t at = 0;; at++) {
        bool alive = false, before = false, now;
        int c = at < text.len ? (unsigned char)text.data[at] : 0;

        for (size_t i = 0; i < n; i++) /* a wildcard may stand for nothing */
            if (here[i] && signs[i] < 0) here[i + 1] = true;
        if (at == text.len) return here[n];
        for (size_t i = 0; i <= n; i++) { /* before: the place before took this letter */
            bool took = false;

            now = before;
            if (i < n && here[i]) {
                if (signs[i] == -1 || (signs[i] == -2 && c != '/')) now = true;
                took =
                    signs[i] >= 0 &&
                    (signs[i] == c || (fold && c < 128 && spl_ascii_lower((char)signs[i]) == spl_ascii_lower((char)c)));
            }
            before = took;
            here[i] = now;
            alive |= now;
        }
        if (!alive) return false;
    }
}

static spl_str translated(spl_arena *arena, spl_str pattern)
{
    spl_buf out = spl_buf_in(arena);

    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.data[i];

        if (spl_str_starts(spl_str_sub(pattern, i, pattern.len), SPL_S("..."))) {
            spl_buf_puts(&out, ".*");
            i += 2;
        } else if (c == '*') {
            spl_buf_puts(&out, "[^/]*");
        } else if (c == '.') {
            spl_buf_puts(&out, "\\.");
        } else {
            spl_buf_char(&out, c);
            if (c == '\\' && i + 1 < pattern.len) spl_buf_char(&out, pattern.data[++i]);
        }
    }
    return spl_buf_str(&out);
}

static spl_regex *compile(spl_arena *arena, spl_str pattern, bool fold, spl_str *error)
{
    size_t at;

    return spl_regex_compile(arena, translated(arena, pattern),
                             SPL_REGEX_ANCHORED_WHOLE | SPL_REGEX_DOTALL | (fold ? SPL_REGEX_FOLD : 0u), error, &at);
}

bool spl_props_match(spl_arena *scratch, spl_str pattern, spl_str text, bool fold)
{
    spl_regex *regex;
    spl_str error;

    if (is_plain(pattern)) return match_plain(scratch, pattern, text, fold);
    if (fold ? spl_str_ieq(pattern, text) : spl_str_eq(pattern, text)) return true;
    regex = compile(scratch, pattern, fold, &error);
    return regex && spl_regex_search(spl_match_new(scratch, 100000, 1024), regex, text, 0);
}

spl_str spl_props_spelling_of_key(spl_arena *arena, spl_str key)
{
    static const char *const bare[] = {"TRANSFORMS", "REPORT", "EXTRACT"};

    if (key.len > 6 && spl_str_iis(spl_str_sub(key, 0, 6), "LOOKUP") && !spl_str_starts(key, SPL_S("LOOKUP-"))) {
        bool sign = key.data[6] == '_' || key.data[6] == '-';

        return spl_strf(arena, "LOOKUP-%.*s", SPL_FMT(spl_str_sub(key, 6 + sign, key.len)));
    }
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        if (spl_str_is(key, bare[i])) return spl_strf(arena, "%s-", bare[i]);
    return key;
}

/* The letters that every match of a pattern holds: its first run of them, so that most patterns need no trying. */
static void find_must(stanza *s)
{
    spl_str p = s->pattern;
    size_t from = 0, to;
    int depth = 0;

    if (s->fold || spl_str_find(p, SPL_S("(?"), 0) >= 0) return;
    for (size_t i = 0; i < p.len; i++) {
        if (p.data[i] == '\\')
            i++;
        else if (p.data[i] == '(' || p.data[i] == ')')
            depth += p.data[i] == '(' ? 1 : -1;
        else if (p.data[i] == '|' && depth <= 0)
            return;
    }
    for (;;) {
        if (spl_str_starts(spl_str_sub(p, from, p.len), SPL_S("...")))
            from += 3;
        else if (from < p.len && p.data[from] == '*')
            from++;
        else
            break;
    }
    for (to = from; to < p.len && !spl_is_any(p.data[to], "*|()[]{}?+\\^$"); to++)
        if (spl_str_starts(spl_str_sub(p, to, p.len), SPL_S("..."))) break;
    if (to < p.len && to > from && spl_is_any(p.data[to], "?+{")) to--;
    s->must = spl_str_sub(p, from, to);
    s->begins = from == 0;
}

/* How long the group is that makes the name of a sourcetype a pattern: one that matches nothing and holds the two
 * colons by which patterns are told from names, (?::){0} or (::){0}. */
static size_t pattern_mark(spl_str name)
{
    ptrdiff_t end = name.len && name.data[0] == '(' ? spl_str_find(name, SPL_S("){0}"), 0) : -1;

    return end > 0 && spl_str_find(spl_str_sub(name, 0, (size_t)end), SPL_S("::"), 0) > 0 ? (size_t)end + 4 : 0;
}

static void add(spl_props *props, const spl_conf_stanza *conf)
{
    static const struct {
        const char *prefix;
        about about;
        bool fold;
    } prefixes[] = {{"source::", ABOUT_SOURCE, false},
                    {"(?i)source::", ABOUT_SOURCE, true},
                    {"host::", ABOUT_HOST, true},
                    {"(?i)host::", ABOUT_HOST, true}};
    stanza *s;
    spl_str name = conf->name;
    size_t mark;

    if (spl_conf_is_general(conf)) {
        props->dflt = conf;
        return;
    }
    if (spl_str_starts(name, SPL_S("rule::")) || spl_str_starts(name, SPL_S("delayedrule::"))) {
        SPL_PUSH(props->arena, &props->rules, conf);
        return;
    }
    s = SPL_NEW(props->arena, stanza);
    s->conf = conf;
    s->about = ABOUT_SOURCETYPE;
    s->literal = true;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (!spl_str_starts(name, spl_str_of(prefixes[i].prefix))) continue;
        name = spl_str_sub(name, strlen(prefixes[i].prefix), name.len);
        s->about = prefixes[i].about;
        s->fold = prefixes[i].fold;
        s->literal = !has_signs(name) && s->fold == (s->about == ABOUT_HOST);
        break;
    }
    mark = pattern_mark(name);
    if (s->about == ABOUT_SOURCETYPE && mark) {
        name = spl_str_sub(name, mark, name.len);
        s->literal = !has_signs(name);
    }
    s->pattern = name;
    s->plain = is_plain(name);
    find_must(s);
    s->number = (uint32_t)props->all.len;
    if (!spl_num_int(spl_conf_value(conf, "priority"), &s->priority)) s->priority = s->literal ? 100 : 0;
    SPL_PUSH(props->arena, &props->all, s);
    if (s->literal) {
        spl_map_set(&props->literals[s->about], s->about == ABOUT_HOST ? spl_str_lower(props->arena, name) : name, s);
    } else {
        SPL_PUSH(props->arena, &props->patterns[s->about], s);
    }
}

static void destroy(void *lock)
{
    pthread_mutex_destroy(lock);
}

spl_props *spl_props_new(spl_arena *outer, spl_diag *diag, const spl_conf *conf)
{
    spl_props *props = SPL_NEW(outer, spl_props);

    props->arena = spl_arena_new(spl_arena_account(outer));
    props->diag = diag;
    pthread_mutex_init(&props->lock, NULL);
    spl_arena_defer(props->arena, destroy, &props->lock);
    props->classes = spl_map_in(props->arena);
    props->memo = spl_arena_new(spl_arena_account(outer));
    for (int i = 0; i < ABOUTS; i++) {
        props->literals[i] = spl_map_in(props->arena);
        props->known[i] = spl_map_in(props->memo);
    }
    for (size_t i = 0; i < conf->stanzas.len; i++)
        if (conf->stanzas.entries[i].value) add(props, conf->stanzas.entries[i].value);
    return props;
}

static bool matches_text(spl_props *props, stanza *s, spl_str text)
{
    spl_arena *scratch;
    bool found;

    if (s->broken) return false;
    if (!s->plain && spl_str_eq(s->pattern, text)) return true;
    if (s->must.len && (s->begins ? !spl_str_starts(text, s->must) : spl_str_find(text, s->must, 0) < 0)) return false;
    if (!s->plain && !s->regex) {
        spl_str error;

        s->regex = compile(props->arena, s->pattern, s->fold, &error);
        if (!s->regex) {
            s->broken = true;
            spl_warning(props->diag, s->conf->span, "bad-regex", "the stanza \"%.*s\" is passed over: %.*s",
                        SPL_FMT(s->conf->name), SPL_FMT(error));
            return false;
        }
    }
    if (s->regex) {
        if (!props->match) props->match = spl_match_new(props->arena, 1000000, 16 * 1024);
        return spl_regex_search(props->match, s->regex, text, 0);
    }
    scratch = spl_arena_new(spl_arena_account(props->arena));
    found = match_plain(scratch, s->pattern, text, s->fold);
    spl_arena_free(scratch);
    return found;
}

static int stronger(const void *a, const void *b)
{
    const stanza *x = *(stanza *const *)a, *y = *(stanza *const *)b;

    if (x->priority != y->priority) return x->priority > y->priority ? -1 : 1;
    return spl_str_cmp(x->conf->name, y->conf->name);
}

static const matches *matches_of(spl_props *props, about what, spl_str value)
{
    matches *m = spl_map_get(&props->known[what], value);
    SPL_VEC(stanza *) found = {0};
    stanza *literal;

    if (m) return m;
    literal = spl_map_get(&props->literals[what], what == ABOUT_HOST ? spl_str_lower(props->memo, value) : value);
    if (literal) SPL_PUSH(props->memo, &found, literal);
    for (size_t i = 0; i < props->patterns[what].len; i++)
        if (matches_text(props, props->patterns[what].data[i], value))
            SPL_PUSH(props->memo, &found, props->patterns[what].data[i]);
    if (found.len > 1) qsort(found.data, found.len, sizeof *found.data, stronger);
    m = SPL_NEW(props->memo, matches);
    m->stanzas = found.data;
    m->count = found.len;
    spl_map_set(&props->known[what], value, m);
    return m;
}

static int by_key(const void *a, const void *b)
{
    return spl_str_cmp((*(const spl_conf_entry *const *)a)->key, (*(const spl_conf_entry *const *)b)->key);
}

static void put_all(spl_map *into, const spl_conf_stanza *conf, bool builtin)
{
    for (size_t i = 0; conf && i < conf->entries.len; i++)
        if (conf->entries.data[i].builtin == builtin)
            spl_map_set(into, conf->entries.data[i].key, &conf->entries.data[i]);
}

static spl_props_class *class_of(spl_props *props, const matches *const found[ABOUTS])
{
    spl_map merged = spl_map_in(props->arena);
    spl_props_class *made = SPL_NEW(props->arena, spl_props_class);
    const spl_conf_entry **settings;

    put_all(&merged, props->dflt, true);
    put_all(&merged, props->dflt, false);
    for (int users = 0; users < 2; users++) /* whatever a user's app says wins over the program's own */
        for (int what = 0; what < ABOUTS; what++)
            for (size_t i = found[what]->count; i-- > 0;) put_all(&merged, found[what]->stanzas[i]->conf, users == 0);
    settings = SPL_NEW_ARRAY(props->arena, merged.len + 1, const spl_conf_entry *);
    for (size_t i = 0; i < merged.len; i++) settings[i] = merged.entries[i].value;
    if (merged.len > 1) qsort(settings, merged.len, sizeof *settings, by_key);
    made->settings = settings;
    made->count = merged.len;
    made->number = (uint32_t)props->classes.len;
    return made;
}

const spl_props_class *spl_props_class_alone(spl_arena *arena, const spl_conf_stanza *of, uint32_t number)
{
    spl_props_class *made = SPL_NEW(arena, spl_props_class);
    const spl_conf_entry **settings = SPL_NEW_ARRAY(arena, of->entries.len + 1, const spl_conf_entry *);

    for (size_t i = 0; i < of->entries.len; i++) settings[i] = &of->entries.data[i];
    if (of->entries.len > 1) qsort(settings, of->entries.len, sizeof *settings, by_key);
    made->settings = settings;
    made->count = of->entries.len;
    made->number = number;
    return made;
}

const spl_props_class *spl_props_class_of(spl_props *props, spl_str sourcetype, spl_str source, spl_str host)
{
    const spl_props_class *result;
    const matches *found[ABOUTS];
    spl_frame frame;
    spl_buf key;

    pthread_mutex_lock(&props->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&props->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    if (++props->asked % KNOWN == 0) {
        spl_arena_reset(props->memo);
        for (int i = 0; i < ABOUTS; i++) props->known[i] = spl_map_in(props->memo);
    }
    found[ABOUT_SOURCETYPE] = matches_of(props, ABOUT_SOURCETYPE, sourcetype);
    found[ABOUT_HOST] = matches_of(props, ABOUT_HOST, host);
    found[ABOUT_SOURCE] = matches_of(props, ABOUT_SOURCE, source);
    key = spl_buf_in(props->memo);
    for (int what = 0; what < ABOUTS; what++)
        for (size_t i = 0; i < found[what]->count; i++)
            spl_buf_add(&key, spl_str_cut((char *)&found[what]->stanzas[i]->number, sizeof(uint32_t)));
    result = spl_map_get(&props->classes, spl_buf_str(&key));
    if (!result) {
        spl_props_class *made = class_of(props, found);

        spl_map_set(&props->classes, spl_buf_str(&key), made);
        result = made;
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&props->lock);
    return result;
}

enum { RULE_LINES = 1000 }; /* of an input that rules look at */

/* Whether enough, and few enough, of HEAD's lines match. */
static bool share_holds(spl_props *props, const spl_conf_stanza *rule, const spl_conf_entry *entry, spl_str head)
{
    bool more = spl_str_starts(entry->key, SPL_S("MORE_THAN"));
    size_t digits = entry->key.len, lines = 0, hits = 0, at = 0;
    int64_t share;
    spl_str error;
    spl_regex *regex;

    while (digits > 0 && spl_is_digit(entry->key.data[digits - 1])) digits--;
    if (!spl_num_int(spl_str_sub(entry->key, digits, entry->key.len), &share)) return false;
    regex = spl_regex_compile(props->arena, entry->value, 0, &error, &at);
    if (!regex) {
        spl_warning(props->diag, entry->span, "bad-regex", "the stanza \"%.*s\" is passed over: %.*s",
                    SPL_FMT(rule->name), SPL_FMT(error));
        return false;
    }
    if (!props->match) props->match = spl_match_new(props->arena, 1000000, 16 * 1024);
    for (at = 0; at < head.len && lines < RULE_LINES; lines++) {
        const char *newline = memchr(head.data + at, '\n', head.len - at);
        size_t end = newline ? (size_t)(newline - head.data) : head.len;

        hits += spl_regex_search(props->match, regex, spl_str_sub(head, at, end), 0);
        at = end + 1;
    }
    return more ? hits * 100 > lines * (size_t)share : hits * 100 < lines * (size_t)share;
}

static bool rule_holds(spl_props *props, const spl_conf_stanza *rule, spl_str head)
{
    size_t n = 0;

    for (size_t i = 0; i < rule->entries.len; i++) {
        const spl_conf_entry *entry = &rule->entries.data[i];

        if (!spl_str_starts(entry->key, SPL_S("MORE_THAN")) && !spl_str_starts(entry->key, SPL_S("LESS_THAN")))
            continue;
        if (!entry->value.len) continue;
        if (!share_holds(props, rule, entry, head)) return false;
        n++;
    }
    return n > 0;
}

bool spl_props_has_rules(const spl_props *props)
{
    return props->rules.len > 0;
}

spl_str spl_props_by_rule(spl_props *props, spl_str head, bool delayed)
{
    const spl_conf_stanza *volatile found = NULL;
    spl_frame frame;

    pthread_mutex_lock(&props->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&props->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    for (size_t i = 0; i < props->rules.len; i++) {
        const spl_conf_stanza *rule = props->rules.data[i];

        if (spl_str_starts(rule->name, SPL_S("delayedrule::")) != delayed) continue;
        if (found && spl_str_cmp(found->name, rule->name) < 0) continue;
        if (spl_conf_value(rule, "sourcetype").len && rule_holds(props, rule, head)) found = rule;
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&props->lock);
    return found ? spl_conf_value(found, "sourcetype") : (spl_str){"", 0};
}

const spl_conf_entry *spl_props_setting(const spl_props_class *of, const char *key)
{
    size_t low = 0, high = of->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = spl_str_cmp(of->settings[middle]->key, spl_str_of(key));

        if (order == 0) return of->settings[middle];
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

spl_str spl_props_text(const spl_props_class *of, const char *key)
{
    const spl_conf_entry *entry = spl_props_setting(of, key);

    return entry ? entry->value : (spl_str){"", 0};
}

size_t spl_props_range(const spl_props_class *of, const char *prefix, size_t *count)
{
    size_t first = 0, n = 0;

    while (first < of->count && !spl_str_starts(of->settings[first]->key, spl_str_of(prefix))) first++;
    while (first + n < of->count && spl_str_starts(of->settings[first + n]->key, spl_str_of(prefix))) n++;
    *count = n;
    return first;
}

unsigned spl_props_looks_at(const spl_props *props)
{
    static const unsigned bits[ABOUTS] = {SPL_PROPS_SOURCETYPE, SPL_PROPS_HOST, SPL_PROPS_SOURCE};
    unsigned set = 0;

    for (int what = 0; what < ABOUTS; what++)
        if (props->literals[what].len || props->patterns[what].len) set |= bits[what];
    return set;
}

spl_str spl_props_spelling(const spl_props *props, spl_str sourcetype)
{
    const spl_map *literals = &props->literals[ABOUT_SOURCETYPE];
    spl_str found = sourcetype;
    size_t n = 0;

    if (spl_map_find(literals, sourcetype)) return sourcetype;
    for (size_t i = 0; i < literals->len; i++) {
        if (!spl_str_ieq(literals->entries[i].key, sourcetype)) continue;
        found = literals->entries[i].key;
        n++;
    }
    return n == 1 ? found : sourcetype;
}

spl_str spl_props_renamed(const spl_props *props, spl_str sourcetype)
{
    const stanza *s = spl_map_get(&props->literals[ABOUT_SOURCETYPE], sourcetype);
    spl_str name = s ? spl_conf_value(s->conf, "rename") : (spl_str){"", 0};

    return spl_str_eq(name, sourcetype) ? (spl_str){"", 0} : name;
}

/* Whether a sourcetype of one of FORMS may be NAME. */
static bool has_form(const char *const *forms, spl_str name)
{
    for (; *forms; forms++) {
        spl_str form = spl_str_of(*forms);

        if (spl_str_ends(form, SPL_S("*")) ? spl_str_starts(name, spl_str_sub(form, 0, form.len - 1))
                                           : spl_str_eq(name, form))
            return true;
    }
    return false;
}

size_t spl_props_possible(spl_props *props, const spl_props_events *of, spl_arena *arena,
                          const spl_conf_entry *const **out)
{
    spl_str values[ABOUTS] = {of->sourcetype, of->host, of->source};
    SPL_VEC(const spl_conf_entry *) found = {0};
    spl_frame frame;

    pthread_mutex_lock(&props->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&props->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    for (size_t i = 0; props->dflt && i < props->dflt->entries.len; i++)
        SPL_PUSH(arena, &found, &props->dflt->entries.data[i]);
    for (size_t i = 0; i < props->all.len; i++) {
        stanza *s = props->all.data[i];
        spl_str value = values[s->about];
        bool may = value.len == 0;

        if (may && s->literal && s->about == ABOUT_SOURCETYPE && of->forms) may = has_form(of->forms, s->pattern);
        if (!may && s->literal && value.len)
            may = s->about == ABOUT_HOST ? spl_str_ieq(s->pattern, value) : spl_str_eq(s->pattern, value);
        if (!may && !s->literal && value.len) may = matches_text(props, s, value);
        for (size_t k = 0; may && k < s->conf->entries.len; k++) SPL_PUSH(arena, &found, &s->conf->entries.data[k]);
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&props->lock);
    *out = found.data;
    return found.len;
}
