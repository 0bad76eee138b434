/* extraction.c -- fields by regular expressions and delimiters (Admin Manual, props.conf and transforms.conf). */
#include "knowledge/extraction.h"

#include "base/num.h"

struct spl_extractor_of {
    const spl_extraction *of;
    spl_regex *regex;
    struct group {
        long name;    /* number in names, -1: none */
        unsigned key; /* of _VAL_x: the group _KEY_x, 0: none */
    } * groups;       /* from 1 on */
    unsigned n_groups;
};

/* ---- reading ---- */

size_t spl_conf_words(spl_arena *arena, spl_str text, spl_str **words)
{
    SPL_VEC(spl_str) found = {0};
    size_t i = 0, from;

    while (i < text.len) {
        if (spl_is_space(text.data[i]) || text.data[i] == ',') {
            i++;
            continue;
        }
        if (text.data[i] == '"') {
            const char *close = memchr(text.data + i + 1, '"', text.len - i - 1);

            if (close) {
                from = i + 1;
                i = (size_t)(close - text.data);
                SPL_PUSH(arena, &found, spl_str_sub(text, from, i));
                i++;
                continue;
            }
        }
        for (from = i; i < text.len && !spl_is_space(text.data[i]) && text.data[i] != ','; i++) {
        }
        SPL_PUSH(arena, &found, spl_str_sub(text, from, i));
    }
    *words = found.data;
    return found.len;
}

enum { MANY_GROUPS = 100000 }; /* more than an expression has */

spl_template spl_template_parse(spl_arena *arena, spl_str text)
{
    SPL_VEC(spl_piece_of) pieces = {0};
    size_t i = 0, from = 0;

    while (i < text.len) {
        size_t digits = i + 1;
        int group = 0;

        if (text.data[i] != '$') {
            i++;
            continue;
        }
        for (; digits < text.len && spl_is_digit(text.data[digits]); digits++)
            if (group < MANY_GROUPS) group = group * 10 + (text.data[digits] - '0');
        if (digits == i + 1) {
            i++;
            continue;
        }
        if (i > from) SPL_PUSH(arena, &pieces, (spl_piece_of){spl_str_sub(text, from, i), -1});
        SPL_PUSH(arena, &pieces, (spl_piece_of){spl_str_sub(text, i, digits), group});
        from = i = digits;
    }
    if (i > from) SPL_PUSH(arena, &pieces, (spl_piece_of){spl_str_sub(text, from, i), -1});
    return (spl_template){pieces.data, pieces.len};
}

void spl_template_settle(spl_template *t, unsigned groups)
{
    spl_piece_of *pieces = (spl_piece_of *)(uintptr_t)t->pieces;

    for (size_t i = 0; i < t->count; i++)
        if (pieces[i].group > (int)groups) pieces[i].group = -1;
}

spl_str spl_template_fill(const spl_template *from, const spl_match *match, spl_arena *arena)
{
    spl_str text = {"", 0};
    spl_buf out;

    if (from->count == 1) {
        const spl_piece_of *only = &from->pieces[0];

        if (only->group < 0) return only->text;
        return spl_match_group(match, (unsigned)only->group, &text) ? text : (spl_str){"", 0};
    }
    out = spl_buf_in(arena);
    for (size_t i = 0; i < from->count; i++) {
        const spl_piece_of *piece = &from->pieces[i];

        if (piece->group < 0) {
            spl_buf_add(&out, piece->text);
        } else if (spl_match_group(match, (unsigned)piece->group, &text)) {
            spl_buf_add(&out, text);
        }
    }
    return spl_buf_str(&out);
}

spl_str spl_clean_key(spl_arena *arena, spl_str key)
{
    size_t from = 0;
    char *out;

    while (from < key.len && !spl_is_alpha(key.data[from])) from++;
    key = spl_str_sub(key, from, key.len);
    for (from = 0; from < key.len && spl_is_word(key.data[from]); from++) {
    }
    if (from == key.len) return key;
    out = spl_alloc(arena, key.len);
    for (size_t i = 0; i < key.len; i++) out[i] = spl_is_word(key.data[i]) ? key.data[i] : '_';
    return spl_str_cut(out, key.len);
}

enum { FEW_NAMES = 32 }; /* that are looked through one by one */

static size_t name_of(spl_arena *arena, spl_extraction *x, spl_str name)
{
    spl_str *names = (spl_str *)(uintptr_t)x->names;
    uintptr_t known;

    for (size_t i = 0; i < x->n_names && i < FEW_NAMES; i++)
        if (spl_str_eq(names[i], name)) return i;
    known = x->n_names > FEW_NAMES ? (uintptr_t)spl_map_get(&x->more_names, name) : 0;
    if (known) return known;
    if (x->n_names == x->cap_names) names = spl_vec_grow(arena, names, &x->cap_names, x->n_names + 1, sizeof *names);
    names[x->n_names] = name;
    x->names = names;
    if (x->n_names == FEW_NAMES) x->more_names = spl_map_in(arena);
    if (x->n_names >= FEW_NAMES) spl_map_set(&x->more_names, name, (void *)(uintptr_t)x->n_names);
    return x->n_names++;
}

static bool is_key_group(spl_str name, spl_str *rest)
{
    *rest = spl_str_sub(name, 5, name.len);
    return spl_str_starts(name, SPL_S("_KEY_"));
}

static bool is_value_group(spl_str name, spl_str *rest)
{
    *rest = spl_str_sub(name, 5, name.len);
    return spl_str_starts(name, SPL_S("_VAL_"));
}

/* The names of groups, without compiling: (?<x>, (?P<x>, (?'x'. */
static void find_groups(spl_arena *arena, spl_extraction *x)
{
    spl_str text = x->pattern, rest;

    for (size_t i = 0; i + 3 < text.len; i++) {
        size_t at, end;

        if (text.data[i] == '\\') {
            i++;
            continue;
        }
        if (text.data[i] != '(' || text.data[i + 1] != '?') continue;
        at = i + 2;
        if (text.data[at] == 'P') at++;
        if (at >= text.len || (text.data[at] != '<' && text.data[at] != '\'')) continue;
        for (end = ++at; end < text.len && spl_is_word(text.data[end]); end++) {
        }
        if (end == at || end == text.len || (text.data[end] != '>' && text.data[end] != '\'')) continue;
        if (is_key_group(spl_str_sub(text, at, end), &rest)) {
            x->keys = true;
        } else if (!is_value_group(spl_str_sub(text, at, end), &rest)) {
            name_of(arena, x, spl_str_sub(text, at, end));
        }
    }
}

spl_extraction *spl_extraction_of_extract(spl_arena *arena, const spl_conf_entry *entry)
{
    spl_extraction *x = SPL_NEW(arena, spl_extraction);
    spl_str text = entry->value;
    size_t word = text.len;

    x->label = entry->key;
    x->span = entry->span;
    x->from = SPL_S("_raw");
    x->pattern = text;
    x->clean = x->copies = x->lines = x->trim = true;
    while (word > 0 && (spl_is_word(text.data[word - 1]) || spl_is_any(text.data[word - 1], ".:{}-"))) word--;
    if (word < text.len && word >= 4) {
        size_t blank = word;

        while (blank > 0 && spl_is_space(text.data[blank - 1])) blank--;
        if (blank < word && blank > 2 && spl_str_is(spl_str_sub(text, blank - 2, blank), "in") &&
            spl_is_space(text.data[blank - 3])) {
            x->from = spl_str_sub(text, word, text.len);
            x->pattern = spl_str_trim(spl_str_sub(text, 0, blank - 2));
        }
    }
    find_groups(arena, x);
    x->again = x->keys;
    return x;
}

/* name::$1 "other name"::"$2" … */
static void read_format(spl_arena *arena, spl_extraction *x, spl_str text)
{
    size_t i = 0, cap = 0;

    while (i < text.len) {
        size_t from, colons = SIZE_MAX;
        spl_str key, value;
        bool quoted = false;

        if (spl_is_space(text.data[i])) {
            i++;
            continue;
        }
        for (from = i; i < text.len && (quoted || !spl_is_space(text.data[i])); i++) {
            if (text.data[i] == '"') quoted = !quoted;
            if (!quoted && colons == SIZE_MAX && i + 1 < text.len && text.data[i] == ':' && text.data[i + 1] == ':')
                colons = i;
        }
        if (colons == SIZE_MAX) continue;
        key = spl_str_sub(text, from, colons);
        value = spl_str_sub(text, colons + 2, i);
        if (key.len >= 2 && key.data[0] == '"' && key.data[key.len - 1] == '"') key = spl_str_sub(key, 1, key.len - 1);
        if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
            value = spl_str_sub(value, 1, value.len - 1);
        if (x->n_formats == cap)
            x->formats = spl_vec_grow(arena, x->formats, &cap, x->n_formats + 1, sizeof *x->formats);
        memset(&x->formats[x->n_formats], 0, sizeof *x->formats);
        x->formats[x->n_formats].value = spl_template_parse(arena, value);
        x->formats[x->n_formats].key = spl_template_parse(arena, key);
        if (x->formats[x->n_formats].key.count == 1 && x->formats[x->n_formats].key.pieces[0].group < 0) {
            x->formats[x->n_formats].key.count = 0;
            x->formats[x->n_formats].name = name_of(arena, x, key);
        } else {
            x->keys = true;
        }
        if (x->formats[x->n_formats].value.count != 1 || x->formats[x->n_formats].value.pieces[0].group < 0)
            x->copies = false;
        x->n_formats++;
    }
}

/* The delimiters that begin at *AT, up to END or a quote: \t, \n, \r, any other letter behind a backslash is itself. */
static spl_str delims_at(spl_arena *arena, spl_str text, size_t *at, bool quoted)
{
    spl_buf out = spl_buf_in(arena);

    for (; *at < text.len && !(quoted && text.data[*at] == '"'); ++*at) {
        char c = text.data[*at];

        if (c == '\\' && *at + 1 < text.len) {
            c = text.data[++*at];
            c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        spl_buf_char(&out, c);
    }
    return spl_buf_str(&out);
}

/* "|;", "=" with escapes; or one set without quotes. */
static void read_delims(spl_arena *arena, spl_extraction *x, spl_str text)
{
    size_t i = 0;

    for (; x->n_delims < 2 && i < text.len; i++) {
        if (text.data[i] != '"') continue;
        i++;
        x->delims[x->n_delims++] = delims_at(arena, text, &i, true);
    }
    i = 0;
    if (x->n_delims == 0 && text.len) x->delims[x->n_delims++] = delims_at(arena, text, &i, false);
}

/* FIELDS: a, "b c", , d. An empty one has a place but no name. */
static void read_fields(spl_arena *arena, spl_extraction *x, spl_str text)
{
    SPL_VEC(spl_str) names = {0};
    size_t from = 0;
    bool quoted = false;

    for (size_t i = 0; i <= text.len; i++) {
        spl_str name;

        if (i < text.len && text.data[i] == '"') quoted = !quoted;
        if (i < text.len && (quoted || text.data[i] != ',')) continue;
        name = spl_str_trim(spl_str_sub(text, from, i));
        if (name.len >= 2 && name.data[0] == '"' && name.data[name.len - 1] == '"')
            name = spl_str_trim(spl_str_sub(name, 1, name.len - 1));
        SPL_PUSH(arena, &names, name);
        from = i + 1;
    }
    x->names = names.data;
    x->n_names = spl_str_trim(text).len ? names.len : 0;
}

/* ---- [[name]] and [[name:x]] in a regular expression ---- */

enum { MODULE_DEPTH = 16, MODULE_MAX = 1 << 16, MODULES = 1 << 12, MODULE_NAME_MAX = 256 };

typedef struct expansion {
    const spl_conf *conf;
    spl_arena *arena;
    spl_buf out;
    unsigned modules; /* looked into so far */
    bool too_long;
} expansion;

/* (?<name> at AT: where its name stands. It may be empty, as in the parts that get their name where they are used. */
static bool group_at(spl_str text, size_t at, size_t *from, size_t *to)
{
    size_t i = at + 2;

    if (at + 3 >= text.len || text.data[at] != '(' || text.data[at + 1] != '?') return false;
    if (text.data[i] == 'P') i++;
    if (i >= text.len || text.data[i] != '<') return false;
    for (*from = ++i; i < text.len && spl_is_word(text.data[i]); i++) {
    }
    *to = i;
    return i < text.len && text.data[i] == '>';
}

/* The stanza's name in name or name:x between [[ and ]] at AT; empty if there is none. */
static spl_str module_name_at(spl_str text, size_t at, size_t *end, spl_str *prefix)
{
    static const spl_str none = {NULL, 0};
    ptrdiff_t close, colon;
    spl_str inner;

    if (at + 4 >= text.len || text.data[at] != '[' || text.data[at + 1] != '[') return none;
    close = spl_str_find(spl_str_sub(text, 0, at + MODULE_NAME_MAX), SPL_S("]]"), at + 2);
    if (close < 0) return none;
    *end = (size_t)close + 2;
    inner = spl_str_sub(text, at + 2, (size_t)close);
    colon = spl_str_find(inner, SPL_S(":"), 0);
    *prefix = colon < 0 ? (spl_str){"", 0} : spl_str_trim(spl_str_sub(inner, (size_t)colon + 1, inner.len));
    if (colon >= 0) inner = spl_str_sub(inner, 0, (size_t)colon);
    return spl_str_trim(inner);
}

/* The regular expression of the stanza that stands so at AT. */
static spl_str module_at(const expansion *e, spl_str text, size_t at, size_t *end, spl_str *prefix)
{
    spl_str inner = module_name_at(text, at, end, prefix);

    return inner.len ? spl_conf_value(spl_conf_stanza_find(e->conf, inner), "REGEX") : inner;
}

spl_str spl_transform_gone(const spl_conf *conf, spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t end, n = 0;
        spl_str prefix, name = module_name_at(text, i, &end, &prefix);

        if (text.data[i] == '\\') i++;
        while (n < name.len && (spl_is_word(name.data[n]) || name.data[n] == '-')) n++;
        if (!name.len || n < name.len || (n > 1 && name.data[1] == '-')) continue; /* a set of characters */
        if (!spl_conf_value(spl_conf_stanza_find(conf, name), "REGEX").len) return name;
    }
    return (spl_str){"", 0};
}

static bool has_groups(expansion *e, spl_str text, int depth)
{
    size_t from, to, end;
    spl_str name, module;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\\') {
            i++;
            continue;
        }
        if (group_at(text, i, &from, &to)) return true;
        module = module_at(e, text, i, &end, &name);
        if (module.len &&
            (name.len || depth == MODULE_DEPTH || ++e->modules > MODULES || has_groups(e, module, depth + 1)))
            return true;
    }
    return false;
}

static void expand(expansion *e, spl_str text, spl_str prefix, int depth)
{
    size_t from, to, end;

    for (size_t i = 0; i < text.len && !e->too_long; i++) {
        spl_str name = {"", 0}, module = module_at(e, text, i, &end, &name);

        if (spl_buf_str(&e->out).len > MODULE_MAX ||
            (module.len && (depth == MODULE_DEPTH || ++e->modules > MODULES))) {
            e->too_long = true;
        } else if (module.len) {
            bool own = name.len && !has_groups(e, module, depth);

            spl_buf_puts(&e->out, own ? "(?<" : "(?:");
            if (own) {
                spl_buf_add(&e->out, prefix);
                spl_buf_add(&e->out, name);
                spl_buf_char(&e->out, '>');
            }
            if (!own && prefix.len) name = spl_strf(e->arena, "%.*s%.*s", SPL_FMT(prefix), SPL_FMT(name));
            expand(e, module, own ? (spl_str){"", 0} : name, depth + 1);
            spl_buf_char(&e->out, ')');
            i = end - 1;
        } else if (group_at(text, i, &from, &to)) {
            if (from == to && !prefix.len) {
                spl_buf_char(&e->out, '(');
            } else {
                spl_buf_puts(&e->out, "(?<");
                spl_buf_add(&e->out, prefix);
                spl_buf_add(&e->out, spl_str_sub(text, from, to));
                spl_buf_char(&e->out, '>');
            }
            i = to;
        } else {
            spl_buf_char(&e->out, text.data[i]);
            if (text.data[i] == '\\' && i + 1 < text.len) spl_buf_char(&e->out, text.data[++i]);
        }
    }
}

spl_str spl_transform_regex(spl_arena *arena, const spl_conf *conf, const spl_conf_stanza *stanza, const char **error)
{
    expansion e = {.conf = conf, .arena = arena};
    spl_str text = spl_conf_value(stanza, "REGEX");

    if (spl_str_find(text, SPL_S("[["), 0) < 0) return text;
    e.out = spl_buf_in(arena);
    expand(&e, text, (spl_str){"", 0}, 0);
    if (!e.too_long) return spl_buf_str(&e.out);
    *error = "its REGEX holds itself in [[ ]], or becomes too long";
    return (spl_str){"", 0};
}

spl_extraction *spl_extraction_of_stanza(spl_arena *arena, const spl_conf *conf, const spl_conf_stanza *stanza,
                                         const char **error)
{
    spl_extraction *x = SPL_NEW(arena, spl_extraction);
    const spl_conf_entry *regex = spl_conf_find(stanza, "REGEX"), *clean = spl_conf_find(stanza, "CLEAN_KEYS");
    spl_str from = spl_conf_value(stanza, "SOURCE_KEY"), delims = spl_conf_value(stanza, "DELIMS");
    spl_str format = spl_conf_value(stanza, "FORMAT");

    x->label = stanza->name;
    x->span = stanza->span;
    x->from = from.len ? from : SPL_S("_raw");
    if (spl_str_starts(x->from, SPL_S("field:"))) x->from = spl_str_sub(x->from, 6, x->from.len);
    x->mv_add = spl_conf_true(spl_conf_value(stanza, "MV_ADD"));
    x->clean = !clean || spl_conf_true(clean->value);
    x->keep_empty = spl_conf_true(spl_conf_value(stanza, "KEEP_EMPTY_VALS"));
    x->copies = true;
    if (delims.len) {
        read_delims(arena, x, delims);
        read_fields(arena, x, spl_conf_value(stanza, "FIELDS"));
        x->keys = x->n_delims == 2 || !x->n_names;
        return x;
    }
    if (!regex || !regex->value.len) {
        *error = "it has neither REGEX nor DELIMS";
        return NULL;
    }
    *error = NULL;
    x->pattern = spl_transform_regex(arena, conf, stanza, error);
    if (*error) return NULL;
    x->span = regex->span;
    x->trim = true;
    if (format.len) {
        bool keys;

        read_format(arena, x, format);
        keys = x->keys;
        find_groups(arena, x);
        x->keys = keys;
        x->groups = true;
    } else {
        find_groups(arena, x);
    }
    if (!x->n_formats && !x->keys && !x->n_names) {
        *error = "neither FORMAT nor the groups of REGEX name a field";
        return NULL;
    }
    x->again = x->keys || x->mv_add;
    return x;
}

spl_extraction *spl_extraction_of_meta(spl_arena *arena, const spl_conf *conf, const spl_conf_stanza *stanza,
                                       const char **error)
{
    const spl_conf_entry *regex = spl_conf_find(stanza, "REGEX");
    spl_extraction *x = spl_extraction_of_stanza(arena, conf, stanza, error);

    if (!x && regex && regex->value.len && !spl_conf_value(stanza, "FORMAT").len) {
        x = SPL_NEW(arena, spl_extraction);
        x->label = stanza->name;
        x->span = regex->span;
        x->from = SPL_S("_raw");
        x->pattern = spl_transform_regex(arena, conf, stanza, error);
        x->copies = true;
        read_format(arena, x, spl_strf(arena, "\"%.*s\"::$1", SPL_FMT(stanza->name)));
    }
    if (!x) return NULL;
    x->clean = x->groups = x->trim = false;
    x->indexed = true;
    x->again = spl_conf_true(spl_conf_value(stanza, "REPEAT_MATCH"));
    return x;
}

/* ---- running ---- */

enum { STEPS = 100000, DEPTH = 1000 }; /* the documented defaults */

static uint64_t bound_of(const spl_query *query, const spl_conf_entry *entry, uint64_t dflt)
{
    int64_t number;

    if (entry && spl_num_int(entry->value, &number) && number > 0) return (uint64_t)number;
    return query->limits.splunk ? dflt : 0;
}

spl_effort spl_effort_of(spl_arena *arena, const spl_query *query, const spl_conf_entry *steps,
                         const spl_conf_entry *depth)
{
    return spl_effort_new(arena, query, bound_of(query, steps, STEPS), bound_of(query, depth, DEPTH),
                          "MATCH_LIMIT or DEPTH_LIMIT", "beside it");
}

spl_effort spl_effort_new(spl_arena *arena, const spl_query *query, uint64_t steps, uint64_t depth, const char *names,
                          const char *place)
{
    spl_effort effort = {steps, depth, names, place, query->diag, NULL};

    if (!effort.steps && !effort.depth) return effort;
    effort.told = SPL_NEW(arena, atomic_bool);
    atomic_init(effort.told, false);
    return effort;
}

void spl_effort_tell(const spl_effort *effort, bool gave_up, spl_str label, spl_span span)
{
    if (!effort->told || !gave_up) return;
    if (atomic_exchange_explicit(effort->told, true, memory_order_relaxed)) return;
    spl_warning(effort->diag, span, "limit", "%.*s took more steps than %s allow, and was given up", SPL_FMT(label),
                effort->names);
    spl_hint(effort->diag, "In the events where that happens it counts as no match; a larger limit %s tries on.",
             effort->place);
}

spl_extractor_of *spl_extraction_compile(spl_arena *arena, const spl_extraction *x, spl_str *error)
{
    spl_extractor_of *made = SPL_NEW(arena, spl_extractor_of);
    size_t at;

    made->of = x;
    if (!x->pattern.len) return made;
    made->regex =
        spl_regex_compile(arena, x->pattern, x->lines ? SPL_REGEX_DOTALL | SPL_REGEX_MULTILINE : 0u, error, &at);
    if (!made->regex) return NULL;
    spl_regex_bound(made->regex, x->effort.steps, x->effort.depth);
    made->n_groups = spl_regex_groups(made->regex);
    for (size_t k = 0; x->indexed && k < x->n_formats; k++) {
        spl_template_settle(&x->formats[k].key, made->n_groups);
        spl_template_settle(&x->formats[k].value, made->n_groups);
    }
    made->groups = spl_calloc(arena, made->n_groups + 1, sizeof *made->groups);
    for (unsigned i = 1; i <= made->n_groups; i++) {
        spl_str name = spl_regex_group_name(made->regex, i), rest, other;

        made->groups[i].name = -1;
        if ((x->n_formats && !x->groups) || !name.len) continue;
        for (size_t k = 0; k < x->n_names; k++)
            if (spl_str_eq(x->names[k], name)) made->groups[i].name = (long)k;
        for (size_t k = 0; k < x->n_formats; k++) /* FORMAT says what that field is */
            if (!x->formats[k].key.count && (long)x->formats[k].name == made->groups[i].name) made->groups[i].name = -1;
        if (x->n_formats || !is_value_group(name, &rest)) continue;
        for (unsigned k = 1; k <= made->n_groups; k++)
            if (is_key_group(spl_regex_group_name(made->regex, k), &other) && spl_str_eq(rest, other))
                made->groups[i].key = k;
    }
    return made;
}

const spl_extraction *spl_extractor_what(const spl_extractor_of *e)
{
    return e->of;
}

static void give(const spl_extraction *x, spl_arena *arena, long name, spl_str key, spl_str value,
                 spl_extraction_put *put, void *to)
{
    if (x->trim) value = spl_str_trim(value);
    if (!value.len && !x->keep_empty) return;
    if (name < 0) {
        if (x->clean) key = spl_clean_key(arena, key);
        if (!key.len) return;
    }
    put(to, name, key, value);
}

static void run_regex(const spl_extractor_of *e, spl_match *match, spl_arena *arena, spl_str text,
                      spl_extraction_put *put, void *to)
{
    const spl_extraction *x = e->of;
    size_t at = 0;

    while (at <= text.len) {
        size_t end;

        if (!spl_regex_search(match, e->regex, text, at)) {
            spl_effort_tell(&x->effort, spl_match_gave_up(match), x->label, x->span);
            return;
        }
        for (size_t i = 0; i < x->n_formats; i++) {
            bool named = x->formats[i].key.count == 0;
            spl_str key = named ? (spl_str){NULL, 0} : spl_template_fill(&x->formats[i].key, match, arena);

            give(x, arena, named ? (long)x->formats[i].name : -1, key,
                 spl_template_fill(&x->formats[i].value, match, arena), put, to);
        }
        for (unsigned i = 1; i <= e->n_groups && (x->groups || !x->n_formats); i++) {
            spl_str value, key = {NULL, 0};

            if (e->groups[i].name < 0 && !e->groups[i].key) continue;
            if (!spl_match_group(match, i, &value)) continue;
            if (e->groups[i].key && !spl_match_group(match, e->groups[i].key, &key)) continue;
            give(x, arena, e->groups[i].name, key, value, put, to);
        }
        if (!x->again) return;
        end = spl_match_end(match, 0);
        if (end > at && end > spl_match_begin(match, 0)) {
            at = end;
        } else { /* an empty match: on by a letter */
            at = (end > at ? end : at) + 1;
            while (at < text.len && ((unsigned char)text.data[at] & 0xC0) == 0x80) at++;
        }
    }
}

static bool is_one_of(spl_str set, char c)
{
    return memchr(set.data, c, set.len) != NULL;
}

/* The next field of TEXT from *AT, up to a delimiter; quotes around it are taken off. */
static spl_str next_field(spl_str text, size_t *at, spl_str delims, spl_str also)
{
    size_t from = *at, i = from;

    if (i < text.len && text.data[i] == '"') {
        size_t end = i + 1;
        bool close;

        while (end < text.len && text.data[end] != '"') end += text.data[end] == '\\' ? 2 : 1;
        close = end < text.len;
        if (close && (end + 1 == text.len || is_one_of(delims, text.data[end + 1]) ||
                      (also.len && is_one_of(also, text.data[end + 1])))) {
            *at = end + 1;
            return spl_str_sub(text, from + 1, end);
        }
    }
    while (i < text.len && !is_one_of(delims, text.data[i]) && !(also.len && is_one_of(also, text.data[i]))) i++;
    *at = i;
    return spl_str_sub(text, from, i);
}

static void run_delims(const spl_extraction *x, spl_arena *arena, spl_str text, spl_extraction_put *put, void *to)
{
    size_t at = 0, number = 0;

    if (x->n_delims == 1 && x->keys) { /* names and values in turn */
        spl_str key = {NULL, 0};

        while (at < text.len) {
            spl_str token = next_field(text, &at, x->delims[0], (spl_str){NULL, 0});

            at++;
            if (!token.len) continue;
            if (number++ % 2) {
                give(x, arena, -1, key, token, put, to);
            } else {
                key = spl_str_trim(token);
            }
        }
        return;
    }
    if (x->n_delims == 1) {
        for (; number < x->n_names; number++) {
            spl_str value = next_field(text, &at, x->delims[0], (spl_str){NULL, 0});

            if (x->names[number].len) give(x, arena, (long)number, (spl_str){NULL, 0}, value, put, to);
            if (at >= text.len) return;
            at++;
        }
        return;
    }
    while (at < text.len) {
        spl_str key, value;

        while (at < text.len && (is_one_of(x->delims[0], text.data[at]) || spl_is_space(text.data[at]))) at++;
        if (at == text.len) return;
        key = next_field(text, &at, x->delims[0], x->delims[1]);
        if (at == text.len || !is_one_of(x->delims[1], text.data[at])) continue; /* no value */
        at++;
        value = next_field(text, &at, x->delims[0], (spl_str){NULL, 0});
        give(x, arena, -1, spl_str_trim(key), value, put, to);
    }
}

void spl_extraction_run(const spl_extractor_of *e, spl_match *match, spl_arena *arena, spl_str text,
                        spl_extraction_put *put, void *to)
{
    if (e->regex) {
        run_regex(e, match, arena, text, put, to);
    } else {
        run_delims(e->of, arena, text, put, to);
    }
}
