/* indexing.c -- rules of props.conf and transforms.conf for index time, compiled for each class of events. */
#include "knowledge/indexing.h"

#include "base/fault.h"
#include "base/num.h"
#include "base/regex.h"
#include "base/sed.h"
#include "exec/bind.h"
#include "expr/expr.h"
#include "knowledge/extraction.h"
#include "knowledge/knowledge.h"
#include "knowledge/metric_schema.h"
#include "knowledge/props.h"

#include <assert.h>
#include <math.h>

typedef enum dest { TO_SOURCETYPE, TO_SOURCE, TO_HOST, TO_INDEX, TO_QUEUE, TO_RAW, TO_TIME, TO_META, TO_NOTHING } dest;

typedef enum number_as { AS_IT_IS, AS_INT, AS_FLOAT, AS_STRING } number_as;

typedef struct assignment { /* of INGEST_EVAL */
    dest to;                /* TO_META: the field NAME */
    spl_str name;
    bool replace; /* := */
    number_as as;
    const spl_expr *value;
} assignment;

typedef struct read_field { /* what expressions look at */
    spl_field field;
    spl_str name; /* without pd:, field:, mv: */
    bool many;    /* mv: */
    dest from;    /* TO_META: an indexed field */
} read_field;

typedef struct evals { /* INGEST_EVAL and STOP_PROCESSING_IF */
    SPL_VEC(assignment) list;
    const spl_expr *stop;
    SPL_VEC(read_field) reads;
} evals;

typedef struct rule { /* a transform, or a SEDCMD */
    spl_regex *regex;
    spl_str from; /* SOURCE_KEY */
    dest to;
    spl_template format;   /* without "sourcetype::" and its like */
    spl_str otherwise;     /* DEFAULT_VALUE */
    spl_str name;          /* of its field, of TO_META */
    spl_extractor_of *run; /* of TO_META */
    const evals *evals;    /* instead of all that */
    uint64_t lookahead;    /* how much of the text is searched; 0: all */
    bool short_sighted;    /* by the default of --limits splunk */
    bool repeat;           /* REPEAT_MATCH */
    const spl_sed *sed;    /* of SEDCMD, instead of all that */
    spl_str clone;         /* CLONE_SOURCETYPE: the rule changes a copy that has this sourcetype; or empty */
    spl_span clone_span;
    spl_str label; /* of REGEX */
    spl_span span;
    spl_effort effort;
} rule;

struct spl_indexed_origin {
    spl_str sourcetype;
    const spl_indexed_origin *before;
};

typedef struct rules {
    SPL_VEC(rule) list;
    spl_regex *prefix;
    spl_str format;
    int64_t lookahead;
    int64_t days_ago, days_hence; /* -1: not set */
    const spl_zone *zone;         /* NULL: the query's */
    bool timed, none, current, sets_time;
    bool looks;                       /* the lookahead is set */
    bool seconds, no_stamp, no_punct; /* ADD_EXTRA_TIME_FIELDS, ANNOTATE_PUNCT */
    spl_str *stamp_fields;
    size_t n_stamp_fields;
    SPL_VEC(spl_str) given; /* indexed fields that rules look at or write to */
    bool all_given;         /* all that there are */
    const spl_metric_schemas *metrics;
    uint32_t number;
} rules;

enum { DEFAULT_LOOKAHEAD = 4096 };

struct spl_indexing {
    const spl_query *query;
    spl_props *props;
    const spl_conf *transforms;
    pthread_mutex_t lock;
    spl_arena *arena;
    spl_map classes; /* number -> rules * */
    uint32_t n;
    spl_query binding; /* the query, with that arena and diagnostics of its own */
    atomic_bool cut;
    atomic_uint refused; /* REFUSED_*: what was warned of */
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
    spl_eval ev;
};

static bool is_time(spl_str key)
{
    static const char *const keys[] = {
        "TIME_PREFIX",     "TIME_FORMAT",  "MAX_TIMESTAMP_LOOKAHEAD", "TIMESTAMP_FIELDS", "TZ",
        "DATETIME_CONFIG", "MAX_DAYS_AGO", "MAX_DAYS_HENCE",          "TZ_ALIAS",         "ADD_EXTRA_TIME_FIELDS"};

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
                 {"_time", TO_TIME},
                 {"_meta", TO_META}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (spl_str_is(key, names[i].name)) return names[i].to; /* keys have case */
    return TO_NOTHING;
}

static dest dest_of_stanza(const spl_conf_stanza *stanza)
{
    spl_str key = spl_conf_value(stanza, "DEST_KEY");

    if (key.len) return dest_of(key);
    return spl_conf_true(spl_conf_value(stanza, "WRITE_META")) ? TO_META : TO_NOTHING;
}

/* ---- INGEST_EVAL ---- */

/* Where the part of a list of expressions that begins at AT ends: at a comma outside of quotes and brackets. *SIGN: its
 * equals sign (of = or :=), or SIZE_MAX. */
static size_t part_end(spl_str text, size_t at, size_t *sign)
{
    size_t depth = 0;
    char quote = 0;

    *sign = SIZE_MAX;
    for (; at < text.len; at++) {
        char c = text.data[at];

        if (quote) {
            if (c == '\\' && quote == '"') at++;
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '(' || c == '[') {
            depth++;
        } else if (c == ')' || c == ']') {
            if (depth) depth--;
        } else if (c == ',' && !depth) {
            break;
        } else if (c == '=' && !depth && *sign == SIZE_MAX) {
            *sign = at;
        }
    }
    return at < text.len ? at : text.len;
}

/* 'a b', $field:a$, a[int], pd:_raw … as the name that is meant, its key and type. */
static void read_target(spl_str text, assignment *out)
{
    size_t bracket;

    text = spl_str_trim(text);
    for (bracket = text.len; bracket > 0 && text.data[bracket - 1] != '[';) bracket--;
    if (bracket > 1 && text.data[text.len - 1] == ']') {
        spl_str type = spl_str_trim(spl_str_sub(text, bracket, text.len - 1));

        out->as = spl_str_is(type, "int") ? AS_INT : spl_str_is(type, "string") ? AS_STRING : AS_FLOAT;
        text = spl_str_trim(spl_str_sub(text, 0, bracket - 1));
    }
    if (text.len >= 2 && text.data[0] == text.data[text.len - 1] && spl_is_any(text.data[0], "'$\""))
        text = spl_str_sub(text, 1, text.len - 1);
    out->to = dest_of(text);
    if (spl_str_is(text, "host")) out->to = TO_HOST;
    if (spl_str_is(text, "source")) out->to = TO_SOURCE;
    if (spl_str_is(text, "sourcetype")) out->to = TO_SOURCETYPE;
    if (spl_str_is(text, "index")) out->to = TO_INDEX;
    if (spl_str_starts(text, SPL_S("pd:"))) {
        text = spl_str_sub(text, 3, text.len);
        out->to = dest_of(text); /* another key, of routing: it means nothing here */
    } else if (spl_str_starts(text, SPL_S("field:"))) {
        text = spl_str_sub(text, 6, text.len);
        out->to = TO_META;
    } else if (out->to == TO_NOTHING) {
        out->to = TO_META;
    }
    out->name = text;
}

size_t spl_indexing_targets(spl_arena *arena, const spl_conf_entry *entry, spl_str **names)
{
    SPL_VEC(spl_str) found = {0};
    size_t end, sign;

    for (size_t at = 0; at < entry->value.len; at = end + 1) {
        assignment one = {0};

        end = part_end(entry->value, at, &sign);
        if (sign == SIZE_MAX) continue;
        read_target(spl_str_sub(entry->value, at, sign > at && entry->value.data[sign - 1] == ':' ? sign - 1 : sign),
                    &one);
        SPL_PUSH(arena, &found, one.to == TO_TIME ? SPL_S("_time") : one.to == TO_RAW ? SPL_S("_raw") : one.name);
    }
    *names = found.data;
    return found.len;
}

/* Which of sourcetype, source, host and index a rule sets that writes to NAME. */
static unsigned of_metadata(spl_str name)
{
    static const struct {
        const char *name, *key;
        unsigned flag;
    } all[] = {{"sourcetype", "MetaData:Sourcetype", SPL_INDEXING_SOURCETYPE},
               {"source", "MetaData:Source", SPL_INDEXING_SOURCE},
               {"host", "MetaData:Host", SPL_INDEXING_HOST},
               {"index", "_MetaData:Index", SPL_INDEXING_INDEX}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (spl_str_is(name, all[i].name) || spl_str_is(name, all[i].key)) return all[i].flag;
    return 0;
}

/* What the class of a copy may do. */
enum {
    ANYTHING = SPL_INDEXING_COPIES | SPL_INDEXING_TEXT | SPL_INDEXING_REST | SPL_INDEXING_SETS_TIME |
               SPL_INDEXING_READS_TIME | SPL_INDEXING_SOURCETYPE | SPL_INDEXING_SOURCE | SPL_INDEXING_HOST |
               SPL_INDEXING_INDEX
};

static unsigned stanza_possible(spl_arena *scratch, const spl_conf_stanza *stanza)
{
    const spl_conf_entry *e = spl_conf_find(stanza, "INGEST_EVAL"), *stop = spl_conf_find(stanza, "STOP_PROCESSING_IF");
    unsigned may = 0;
    spl_str *names;
    size_t n;

    if ((!e || !e->value.len) && spl_conf_value(stanza, "CLONE_SOURCETYPE").len) return ANYTHING;
    if (stop && stop->value.len) may |= SPL_INDEXING_REST;
    if (stop && spl_str_find(stop->value, SPL_S("_time"), 0) >= 0) may |= SPL_INDEXING_READS_TIME;
    if (e && e->value.len) {
        n = spl_indexing_targets(scratch, e, &names);
        for (size_t i = 0; i < n; i++)
            may |= spl_str_is(names[i], "_raw")    ? (unsigned)SPL_INDEXING_TEXT
                   : spl_str_is(names[i], "_time") ? (unsigned)SPL_INDEXING_SETS_TIME
                                                   : SPL_INDEXING_REST | of_metadata(names[i]);
        if (spl_str_find(e->value, SPL_S("_time"), 0) >= 0) may |= SPL_INDEXING_READS_TIME;
        return may;
    }
    if (stop && stop->value.len) return may;
    switch (dest_of_stanza(stanza)) {
    case TO_NOTHING: return 0;
    case TO_RAW: return SPL_INDEXING_TEXT;
    case TO_TIME: return SPL_INDEXING_SETS_TIME;
    default: return SPL_INDEXING_REST | of_metadata(spl_conf_value(stanza, "DEST_KEY"));
    }
}

static bool is_rules(spl_str key)
{
    return spl_str_starts(key, SPL_S("TRANSFORMS-")) || spl_str_starts(key, SPL_S("RULESET-"));
}

unsigned spl_indexing_possible(const spl_query *query, const spl_props_events *of)
{
    const spl_conf_entry *const *settings;
    const spl_conf *transforms;
    spl_arena *scratch;
    unsigned may = 0;
    size_t n;

    if (!query->knowledge) return 0;
    scratch = spl_arena_new(query->account);
    n = spl_props_possible(spl_knowledge_props(query->knowledge), of, scratch, &settings);
    transforms = n ? spl_knowledge_conf(query->knowledge, "transforms") : NULL;
    for (size_t i = 0; i < n; i++) {
        spl_str *names;
        size_t count;

        if (is_time(settings[i]->key)) may |= SPL_INDEXING_TIME;
        if (spl_str_is(settings[i]->key, "METRIC-SCHEMA-TRANSFORMS")) may |= SPL_INDEXING_TEXT | SPL_INDEXING_REST;
        if (spl_str_is(settings[i]->key, "ADD_EXTRA_TIME_FIELDS") || spl_str_is(settings[i]->key, "ANNOTATE_PUNCT"))
            may |= SPL_INDEXING_DEFAULTS;
        if (spl_str_starts(settings[i]->key, SPL_S("SEDCMD-"))) may |= SPL_INDEXING_TEXT;
        if (!is_rules(settings[i]->key)) continue;
        count = spl_conf_words(scratch, settings[i]->value, &names);
        for (size_t k = 0; k < count; k++) {
            const spl_conf_stanza *stanza = spl_conf_stanza_find(transforms, names[k]);

            if (stanza) may |= stanza_possible(scratch, stanza);
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

/* $name$ outside of texts as 'name'. */
static spl_str with_names(spl_arena *arena, spl_str text)
{
    spl_buf out = spl_buf_in(arena);
    bool text_open = false, name_open = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (text_open && c == '\\' && i + 1 < text.len) {
            spl_buf_char(&out, c);
            c = text.data[++i];
        } else if (c == '"' && !name_open) {
            text_open = !text_open;
        } else if (c == '\'' && !text_open) {
            name_open = !name_open;
        } else if (c == '$' && !text_open && !name_open) {
            const char *close = memchr(text.data + i + 1, '$', text.len - i - 1);

            if (close) {
                spl_buf_char(&out, '\'');
                spl_buf_add(&out, spl_str_sub(text, i + 1, (size_t)(close - text.data)));
                c = '\'';
                i = (size_t)(close - text.data);
            }
        }
        spl_buf_char(&out, c);
    }
    return spl_buf_str(&out);
}

/* TEXT, which begins at AT of the entry's value. */
static const spl_expr *bind_eval(spl_indexing *x, const spl_conf_entry *entry, spl_str text, size_t at,
                                 spl_fieldset *reads)
{
    static const spl_command none = {.name = "eval", .op_size = sizeof(spl_op)};
    spl_query *query = &x->binding;
    spl_parse_env env = *query->parse;
    spl_binder binder = {.query = query, .arena = x->arena, .fields = query->fields};
    spl_op op = {.command = &none, .query = query};
    spl_source *source = spl_source_new(x->arena, entry->span.source->name, with_names(x->arena, text));
    const spl_node *node;
    spl_expr *expr = NULL;

    query->diag = spl_diag_new(x->arena);
    binder.diag = env.diag = query->diag;
    env.arena = x->arena;
    source->within = entry->span;
    source->within.begin += (uint32_t)at;
    spl_fieldset_init(&op.reads, x->arena, query->fields);
    spl_fieldset_init(&op.makes, x->arena, query->fields);
    binder.op = &op;
    node = spl_parse_expression(&env, source);
    if (node) expr = spl_expr_bind(&binder, node);
    if (binder.worker) spl_worker_free(binder.worker);
    if (expr) {
        spl_fieldset_add_set(reads, &op.reads);
        return expr;
    }
    for (size_t i = 0; i < spl_diag_len(query->diag); i++) {
        if (spl_diag_at(query->diag, i)->severity != SPL_ERROR) continue;
        spl_warning(x->query->diag, entry->span, "conf", "%.*s is passed over: %.*s", SPL_FMT(entry->key),
                    SPL_FMT(spl_diag_at(query->diag, i)->message));
        return NULL;
    }
    spl_warning(x->query->diag, entry->span, "conf", "%.*s is passed over: it cannot be used", SPL_FMT(entry->key));
    return NULL;
}

static void add_read(spl_indexing *x, evals *e, spl_field field)
{
    read_field read = {.field = field, .name = spl_field_name(x->query->fields, field)};
    assignment as = {0};

    read.many = spl_str_starts(read.name, SPL_S("mv:"));
    if (read.many) read.name = spl_str_sub(read.name, 3, read.name.len);
    read_target(read.name, &as);
    read.name = as.name;
    read.from = as.to;
    SPL_PUSH(x->arena, &e->reads, read);
}

/* INGEST_EVAL, STOP_PROCESSING_IF of a stanza; false: it has neither. */
static bool add_evals(spl_indexing *x, rules *r, const spl_conf_stanza *stanza)
{
    const spl_conf_entry *eval = spl_conf_find(stanza, "INGEST_EVAL"),
                         *stop = spl_conf_find(stanza, "STOP_PROCESSING_IF");
    evals *e;
    spl_fieldset reads;
    size_t end, sign;

    if (eval && !eval->value.len) eval = NULL;
    if (stop && !stop->value.len) stop = NULL;
    if (!eval && !stop) return false;
    e = SPL_NEW(x->arena, evals);
    spl_fieldset_init(&reads, x->arena, x->query->fields);
    for (size_t at = 0; eval && at < eval->value.len; at = end + 1) {
        assignment one = {0};
        spl_str target;

        end = part_end(eval->value, at, &sign);
        if (sign == SIZE_MAX) {
            spl_warning(x->query->diag, eval->span, "conf",
                        "a part of INGEST_EVAL is passed over: \"%.*s\" assigns nothing",
                        SPL_FMT(spl_str_trim(spl_str_sub(eval->value, at, end))));
            continue;
        }
        target = spl_str_sub(eval->value, at, sign);
        one.replace = target.len && target.data[target.len - 1] == ':';
        if (one.replace) target.len--;
        read_target(target, &one);
        one.value = bind_eval(x, eval, spl_str_sub(eval->value, sign + 1, end), sign + 1, &reads);
        if (!one.value || one.to == TO_NOTHING) continue; /* of routing */
        r->sets_time |= one.to == TO_TIME;
        SPL_PUSH(x->arena, &e->list, one);
    }
    if (stop) e->stop = bind_eval(x, stop, stop->value, 0, &reads);
    for (size_t i = 0; i < reads.names.len; i++) add_read(x, e, reads.names.data[i]);
    SPL_PUSH(x->arena, &r->list, (rule){.evals = e});
    return true;
}

static void missing(spl_indexing *x, spl_span span, const spl_conf_entry *entry, spl_str name, const char *why)
{
    spl_warning(x->query->diag, span, "missing-transform", "the transform \"%.*s\" of %.*s is passed over: %s",
                SPL_FMT(name), SPL_FMT(entry->key), why);
}

/* A rule that writes nothing. Keys of routing, and others in capitals behind a line (_TCP_ROUTING, _KEY_EXTRACTION),
 * are a server's. */
static void writes_nothing(spl_indexing *x, const spl_conf_stanza *stanza, const spl_conf_entry *entry, spl_str name)
{
    const spl_conf_entry *key = spl_conf_find(stanza, "DEST_KEY");

    if (!key || !key->value.len) {
        missing(x, stanza->span, entry, name, "it has neither DEST_KEY nor WRITE_META = true");
    } else if (!(key->value.len > 1 && key->value.data[0] == '_' && key->value.data[1] >= 'A' &&
                 key->value.data[1] <= 'Z' &&
                 !spl_str_iis(spl_str_cut(key->value.data, key->value.len < 9 ? key->value.len : 9), "_MetaData"))) {
        spl_warning(x->query->diag, key->span, "conf",
                    "the transform \"%.*s\" of %.*s is passed over: there is no key \"%.*s\"", SPL_FMT(name),
                    SPL_FMT(entry->key), SPL_FMT(key->value));
        spl_hint(x->query->diag,
                 "Keys have case: MetaData:Host, MetaData:Source, MetaData:Sourcetype, _MetaData:Index, "
                 "queue, _raw, _meta, _time.");
    }
}

static void set_lookahead(spl_indexing *x, rule *made, const spl_conf_stanza *stanza)
{
    int64_t number;

    if (spl_num_int(spl_conf_value(stanza, "LOOKAHEAD"), &number) && number > 0) {
        made->lookahead = (uint64_t)number;
    } else if (x->query->limits.splunk) {
        made->lookahead = DEFAULT_LOOKAHEAD;
        made->short_sighted = true;
    }
}

static void add_transform(spl_indexing *x, rules *r, const spl_conf_entry *entry, spl_str name)
{
    const spl_conf_stanza *stanza = spl_conf_stanza_find(x->transforms, name);
    const spl_conf_entry *regex = spl_conf_find(stanza, "REGEX"), *clone = spl_conf_find(stanza, "CLONE_SOURCETYPE");
    rule made = {.from = SPL_S("_raw")};
    const char *error = "transforms.conf has no such stanza";
    spl_str from, why;

    if (!stanza) {
        missing(x, entry->span, entry, name, error);
        return;
    }
    if (add_evals(x, r, stanza)) return;
    made.to = dest_of_stanza(stanza);
    if (clone && clone->value.len) {
        made.clone = clone->value;
        made.clone_span = clone->span;
    } else if (made.to == TO_NOTHING) {
        writes_nothing(x, stanza, entry, name);
        return;
    }
    if (!regex || !regex->value.len) {
        missing(x, stanza->span, entry, name, "it has no REGEX");
        return;
    }
    from = spl_conf_value(stanza, "SOURCE_KEY");
    if (from.len) made.from = from;
    made.repeat = made.to != TO_RAW && spl_conf_true(spl_conf_value(stanza, "REPEAT_MATCH"));
    made.otherwise = without_prefix(spl_conf_value(stanza, "DEFAULT_VALUE"), made.to);
    made.format = spl_template_parse(x->arena, without_prefix(spl_conf_value(stanza, "FORMAT"), made.to));
    set_lookahead(x, &made, stanza);
    made.effort =
        spl_effort_of(x->arena, x->query, spl_conf_find(stanza, "MATCH_LIMIT"), spl_conf_find(stanza, "DEPTH_LIMIT"));
    made.label = stanza->name;
    made.span = regex->span;
    if (made.to == TO_META) {
        spl_extraction *what = spl_extraction_of_meta(x->arena, x->transforms, stanza, &error);

        if (!what) {
            missing(x, stanza->span, entry, name, error);
            return;
        }
        what->effort = made.effort;
        made.name = what->n_names ? what->names[0] : stanza->name;
        made.run = spl_extraction_compile(x->arena, what, &why);
        if (!made.run) {
            spl_warning(x->query->diag, what->span, "bad-regex", "%.*s is passed over: %.*s", SPL_FMT(name),
                        SPL_FMT(why));
            return;
        }
    } else {
        error = NULL;
        made.regex = compile(x, name, spl_transform_regex(x->arena, x->transforms, stanza, &error), regex->span, 0);
        if (!made.regex) return;
        spl_template_settle(&made.format, spl_regex_groups(made.regex));
        spl_regex_bound(made.regex, made.effort.steps, made.effort.depth);
    }
    r->sets_time |= made.to == TO_TIME;
    SPL_PUSH(x->arena, &r->list, made);
}

static void add_sed(spl_indexing *x, rules *r, const spl_conf_entry *entry)
{
    spl_sed_error error;
    rule made = {.to = TO_RAW, .sed = spl_sed_compile(x->arena, entry->value, &error)};

    if (made.sed) {
        SPL_PUSH(x->arena, &r->list, made);
        return;
    }
    spl_warning(x->query->diag, entry->span, error.pattern.len ? "bad-regex" : "conf", "%.*s is passed over: %.*s",
                SPL_FMT(entry->key), SPL_FMT(error.what));
    if (error.hint.len) spl_hint(x->query->diag, "%.*s", SPL_FMT(error.hint));
}

static void add_transforms(spl_indexing *x, rules *r, const spl_props_class *of, const char *prefix)
{
    size_t n, first = spl_props_range(of, prefix, &n);

    for (size_t i = first; i < first + n; i++) {
        spl_str *names;
        size_t count = spl_conf_words(x->arena, of->settings[i]->value, &names);

        for (size_t k = 0; k < count; k++) add_transform(x, r, of->settings[i], names[k]);
    }
}

static int64_t days_of(const spl_props_class *of, const char *key)
{
    const spl_conf_entry *e = spl_props_setting(of, key);
    int64_t days;

    return e && spl_num_int(e->value, &days) && days >= 0 ? days : -1;
}

static void read_defaults(spl_indexing *x, rules *r, const spl_props_class *of)
{
    const spl_conf_entry *e = spl_props_setting(of, "ADD_EXTRA_TIME_FIELDS");

    if (e && e->value.len) {
        r->seconds = spl_str_iis(e->value, "none") || spl_conf_false(e->value);
        r->no_stamp = r->seconds || spl_str_iis(e->value, "subseconds");
        if (!r->no_stamp && !spl_str_iis(e->value, "all") && !spl_conf_true(e->value))
            spl_warning(x->query->diag, e->span, "conf",
                        "ADD_EXTRA_TIME_FIELDS is passed over: it is none of none, subseconds, all, true, false");
    }
    e = spl_props_setting(of, "ANNOTATE_PUNCT");
    r->no_punct = e && spl_conf_false(e->value);
}

/* Whether what the reader gives of its events are indexed fields (props.conf, INDEXED_EXTRACTIONS; a table without it).
 */
static bool is_structured(const spl_props_class *of)
{
    static const char *const keys[] = {"INDEXED_EXTRACTIONS", "FIELD_DELIMITER", "FIELD_NAMES"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const spl_conf_entry *e = spl_props_setting(of, keys[i]);

        if (e && e->value.len && !spl_str_iis(e->value, "none")) return true;
    }
    return false;
}

static void note_one(spl_indexing *x, rules *r, spl_map *seen, spl_str name)
{
    bool made;

    if (!name.len) return;
    spl_map_put(seen, name, &made);
    if (made) SPL_PUSH(x->arena, &r->given, name);
}

static void note_given(spl_indexing *x, rules *r)
{
    spl_map seen = spl_map_in(x->arena);

    for (size_t i = 0; i < r->list.len; i++) {
        const rule *one = &r->list.data[i];
        spl_str *names;
        size_t n = 0;

        for (size_t k = 0; one->evals && k < one->evals->reads.len; k++)
            if (one->evals->reads.data[k].from == TO_META) note_one(x, r, &seen, one->evals->reads.data[k].name);
        for (size_t k = 0; one->evals && k < one->evals->list.len; k++)
            if (one->evals->list.data[k].to == TO_META) note_one(x, r, &seen, one->evals->list.data[k].name);
        if (spl_str_starts(one->from, SPL_S("field:"))) note_one(x, r, &seen, spl_str_sub(one->from, 6, one->from.len));
        if (spl_str_starts(one->from, SPL_S("fields:")))
            n = spl_conf_words(x->arena, spl_str_sub(one->from, 7, one->from.len), &names);
        for (size_t k = 0; k < n; k++) note_one(x, r, &seen, names[k]);
        if (!one->run) continue;
        for (size_t k = 0; k < spl_extractor_what(one->run)->n_names; k++)
            note_one(x, r, &seen, spl_extractor_what(one->run)->names[k]);
    }
}

static rules *compile_class(spl_indexing *x, const spl_props_class *of)
{
    rules *r = SPL_NEW(x->arena, rules);
    const spl_conf_entry *e;
    size_t n, first = spl_props_range(of, "SEDCMD-", &n);

    r->number = x->n++;
    for (size_t i = first; i < first + n; i++)
        if (of->settings[i]->value.len) add_sed(x, r, of->settings[i]);
    add_transforms(x, r, of, "TRANSFORMS-");
    add_transforms(x, r, of, "RULESET-");
    r->lookahead = 128;
    if ((e = spl_props_setting(of, "MAX_TIMESTAMP_LOOKAHEAD"))) {
        r->looks = true;
        if (!spl_num_int(e->value, &r->lookahead))
            r->lookahead = 128;
        else if (r->lookahead <= 0)
            r->lookahead = 1 << 20; /* no bound */
    }
    r->days_ago = days_of(of, "MAX_DAYS_AGO");
    r->days_hence = days_of(of, "MAX_DAYS_HENCE");
    if ((e = spl_props_setting(of, "TIME_PREFIX")) && e->value.len)
        r->prefix = compile(x, e->key, e->value, e->span, 0);
    if ((e = spl_props_setting(of, "TIME_FORMAT"))) r->format = e->value;
    if ((e = spl_props_setting(of, "TZ")) && e->value.len) {
        r->zone = spl_zone_open(x->arena, spl_cstring(x->arena, e->value));
        if (!r->zone)
            spl_warning(x->query->diag, e->span, "conf", "TZ is passed over: unknown time zone \"%.*s\"",
                        SPL_FMT(e->value));
    }
    if ((e = spl_props_setting(of, "TZ_ALIAS")) && e->value.len) {
        spl_str wrong;
        const spl_zone *named = spl_zone_named(x->arena, r->zone ? r->zone : x->query->zone, e->value, &wrong);

        if (named)
            r->zone = named;
        else
            spl_warning(x->query->diag, e->span, "conf",
                        "TZ_ALIAS is passed over: \"%.*s\" is not of the form NAME=GMT+HH:MM or NAME=ABBREVIATION",
                        SPL_FMT(wrong));
    }
    if ((e = spl_props_setting(of, "DATETIME_CONFIG"))) {
        r->current = spl_str_iis(e->value, "CURRENT");
        r->none = spl_str_iis(e->value, "NONE");
    }
    read_defaults(x, r, of);
    if ((e = spl_props_setting(of, "TIMESTAMP_FIELDS"))) {
        spl_str list = spl_str_trim(e->value);

        if (list.len >= 2 && list.data[0] == '[' && list.data[list.len - 1] == ']')
            list = spl_str_sub(list, 1, list.len - 1);
        r->n_stamp_fields = spl_conf_words(x->arena, list, &r->stamp_fields);
    }
    if ((e = spl_props_setting(of, "METRIC-SCHEMA-TRANSFORMS")) && e->value.len)
        r->metrics = spl_metric_schemas_new(x->arena, x->query->diag, x->transforms, e);
    if (is_structured(of)) note_given(x, r);
    r->all_given = is_structured(of) && r->metrics;
    r->timed = r->n_stamp_fields || r->prefix || r->format.len || r->zone || r->current || r->none || r->looks;
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
    memcpy(&x->binding, query, sizeof *query);
    x->binding.arena = x->arena;
    x->binding.outer = query;
    atomic_init(&x->binding.cancel, 0);
    atomic_init(&x->cut, false);
    atomic_init(&x->refused, 0);
    pthread_mutex_init(&x->lock, NULL);
    spl_arena_defer(x->arena, destroy, &x->lock);
    return x;
}

void spl_indexing_audit(const spl_query *query, const spl_conf_stanza *const *stanzas, size_t n)
{
    spl_arena *arena = spl_arena_new(query->account);
    spl_indexing *x = spl_indexing_new(arena, query);

    x->binding.check_only = false;
    for (size_t i = 0; i < n; i++) {
        const rules *r = compile_class(x, spl_props_class_alone(x->arena, stanzas[i], (uint32_t)i));

        for (size_t k = 0; k < r->list.len; k++) {
            if (!r->list.data[k].clone.len || !spl_str_eq(r->list.data[k].clone, stanzas[i]->name)) continue;
            spl_warning(
                query->diag, r->list.data[k].clone_span, "conf",
                "CLONE_SOURCETYPE makes no copy in [%.*s]: it is the events' own sourcetype, and they are changed",
                SPL_FMT(stanzas[i]->name));
        }
    }
    spl_arena_free(x->arena);
    spl_arena_free(arena);
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

static spl_str *place_of(spl_indexed *event, dest of)
{
    switch (of) {
    case TO_SOURCETYPE: return &event->sourcetype;
    case TO_SOURCE: return &event->source;
    case TO_HOST: return &event->host;
    case TO_INDEX: return &event->index;
    case TO_RAW: return &event->raw;
    default: return NULL;
    }
}

/* The first value of an indexed field, or a text without data. */
static spl_str indexed_value(const spl_indexed *event, spl_str name)
{
    for (size_t i = 0; i < event->fields.len; i++)
        if (spl_str_eq(event->fields.data[i].name, name)) return event->fields.data[i].value;
    return (spl_str){NULL, 0};
}

static spl_str time_text(spl_arena *arena, const spl_indexed *event)
{
    return isnan(event->time) ? (spl_str){NULL, 0} : spl_value_text(arena, spl_number(event->time));
}

/* What SOURCE_KEY names: a text without data where there is nothing. Metadata stand with their prefix. */
static spl_str text_of_key(spl_indexed *event, spl_arena *arena, spl_str key)
{
    static const char *const prefixes[] = {"sourcetype::", "source::", "host::"};
    const spl_str *place;
    dest of;
    spl_str *names;
    spl_buf out;
    size_t n;

    if (spl_str_starts(key, SPL_S("field:"))) return indexed_value(event, spl_str_sub(key, 6, key.len));
    if (spl_str_starts(key, SPL_S("fields:"))) {
        out = spl_buf_in(arena);
        n = spl_conf_words(arena, spl_str_sub(key, 7, key.len), &names);
        for (size_t i = 0; i < n; i++) {
            if (i) spl_buf_char(&out, ' ');
            spl_buf_add(&out, indexed_value(event, names[i]));
        }
        return spl_buf_str(&out);
    }
    of = dest_of(key);
    if (of == TO_TIME) return time_text(arena, event);
    place = place_of(event, of);
    if (!place) return (spl_str){NULL, 0};
    return of <= TO_HOST ? spl_strf(arena, "%s%.*s", prefixes[of], SPL_FMT(*place)) : *place;
}

typedef struct meta {
    spl_indexed *event;
    spl_arena *arena;
    const rule *by;
    bool any;
} meta;

static void add_meta(void *to, long name, spl_str key, spl_str value)
{
    meta *m = to;
    const spl_extraction *what = spl_extractor_what(m->by->run);

    if (name >= 0) key = what->names[name];
    m->any = true;
    SPL_PUSH(m->arena, &m->event->fields, (spl_indexed_field){key, value});
}

static void put_key(spl_indexed *event, dest to, spl_str text)
{
    spl_str *place = place_of(event, to);
    double number;

    if (place) {
        *place = text;
    } else if (to == TO_QUEUE) {
        event->dropped = spl_str_is(text, "nullQueue"); /* a later rule may take it back */
    } else if (to == TO_TIME && spl_num_parse(text, &number)) {
        event->time = number;
    }
}

static spl_str filled(const rule *r, const spl_indexed *event, spl_arena *arena, const spl_match *match)
{
    spl_buf out = spl_buf_in(arena);
    spl_str text;

    for (size_t i = 0; i < r->format.count; i++) {
        const spl_piece_of *piece = &r->format.pieces[i];

        if (piece->group < 0) {
            spl_buf_add(&out, piece->text);
        } else if (piece->group == 0) { /* what stood there before */
            const spl_str *before = place_of((spl_indexed *)(uintptr_t)event, r->to);

            if (before) spl_buf_add(&out, *before);
        } else if (spl_match_group(match, (unsigned)piece->group, &text)) {
            spl_buf_add(&out, text);
        }
    }
    return spl_buf_str(&out);
}

/* DEFAULT_VALUE of an indexed field: name::value …, or the value alone. */
static void add_otherwise(meta *m, const rule *r)
{
    spl_str *words;
    size_t n = spl_conf_words(m->arena, r->otherwise, &words);
    bool named = false;

    for (size_t i = 0; i < n; i++) {
        ptrdiff_t at = spl_str_find(words[i], SPL_S("::"), 0);

        if (at <= 0) continue;
        named = true;
        add_meta(m, -1, spl_str_sub(words[i], 0, (size_t)at), spl_str_sub(words[i], (size_t)at + 2, words[i].len));
    }
    if (!named) add_meta(m, -1, r->name, r->otherwise);
}

/* False: its regular expression matches nothing. */
static bool transform(spl_indexing_use *use, spl_arena *arena, const rule *r, spl_indexed *event)
{
    spl_str text = text_of_key(event, arena, r->from);
    spl_match *match = use->worker->match;
    bool found = false, cut = r->lookahead && text.len > r->lookahead;
    size_t at = 0;

    if (cut) text.len = r->lookahead;
    if (r->to == TO_META) {
        meta m = {event, arena, r, false};

        if (text.data) spl_extraction_run(r->run, match, arena, text, add_meta, &m);
        found = m.any;
        if (!found && r->otherwise.len) add_otherwise(&m, r);
    } else {
        while (text.data && at <= text.len && spl_regex_search(match, r->regex, text, at)) {
            found = true;
            at = spl_match_end(match, 0) > at ? spl_match_end(match, 0) : at + 1;
            put_key(event, r->to, filled(r, event, arena, match));
            if (!r->repeat) break;
        }
        if (!found && text.data) spl_effort_tell(&r->effort, spl_match_gave_up(match), r->label, r->span);
        if (!found && r->otherwise.len) put_key(event, r->to, r->otherwise);
    }
    if (cut && !found && r->short_sighted) atomic_store_explicit(&use->of->cut, true, memory_order_relaxed);
    return found;
}

bool spl_indexing_cut(const spl_indexing *x)
{
    return atomic_load_explicit(&x->cut, memory_order_relaxed);
}

/* ---- INGEST_EVAL ---- */

static spl_value value_read(const read_field *read, const spl_indexed *event, spl_arena *arena)
{
    const spl_str *place = place_of((spl_indexed *)(uintptr_t)event, read->from);
    SPL_VEC(spl_value) all = {0};
    size_t lines = 1;

    assert(event);
    if (place) return place->len ? spl_text(*place) : SPL_NULL;
    if (read->from == TO_QUEUE) return spl_text(event->dropped ? SPL_S("nullQueue") : SPL_S("indexQueue"));
    if (read->from == TO_TIME) return isnan(event->time) ? SPL_NULL : spl_number(event->time);
    for (size_t i = 0; i < event->fields.len; i++) {
        if (!spl_str_eq(event->fields.data[i].name, read->name)) continue;
        if (!read->many) return spl_text(event->fields.data[i].value);
        SPL_PUSH(arena, &all, spl_text(event->fields.data[i].value));
    }
    if (all.len) return spl_multi_of(arena, all.data, all.len);
    if (!spl_str_is(read->name, "linecount")) return SPL_NULL;
    for (size_t i = 0; i < event->raw.len; i++) lines += event->raw.data[i] == '\n';
    return spl_number((double)lines);
}

static spl_str stored(spl_arena *arena, spl_value v, number_as as)
{
    double number;

    if (as == AS_INT && spl_num_parse(spl_value_text(arena, v), &number) && isfinite(number))
        v = spl_number(trunc(number));
    return spl_str_copy(arena, spl_value_text(arena, v));
}

static void remove_field(spl_indexed *event, spl_str name)
{
    size_t kept = 0;

    for (size_t i = 0; i < event->fields.len; i++)
        if (!spl_str_eq(event->fields.data[i].name, name)) event->fields.data[kept++] = event->fields.data[i];
    event->fields.len = kept;
}

static void set_row(const evals *e, const spl_indexed *event, spl_batch *batch)
{
    for (size_t i = 0; i < e->reads.len; i++)
        spl_batch_set(batch, 0, e->reads.data[i].field, value_read(&e->reads.data[i], event, batch->arena));
}

/* False: no further rule is to run. */
static bool run_evals(spl_indexing_use *use, spl_arena *arena, const evals *e, spl_indexed *event)
{
    const spl_query *query = use->of->query;
    spl_batch *batch = spl_batch_new(query->account, query->fields, 1);
    bool stop = false;

    for (size_t i = 0; i < e->list.len; i++) {
        const assignment *a = &e->list.data[i];
        spl_value v;

        set_row(e, event, batch);
        spl_eval_on(&use->ev, query, use->worker, batch);
        v = spl_eval_row(&use->ev, a->value, 0);
        if (v.kind == SPL_KIND_BOOL) v = spl_text(spl_bool_text(v.as.truth));
        if (a->to != TO_META) {
            if (!spl_is_null(v)) put_key(event, a->to, stored(arena, v, a->as));
            continue;
        }
        if (a->replace) remove_field(event, a->name);
        for (uint32_t k = 0; k < spl_value_count(v); k++)
            SPL_PUSH(arena, &event->fields, (spl_indexed_field){a->name, stored(arena, spl_value_at(v, k), a->as)});
    }
    if (e->stop) {
        spl_value v;
        double number;

        set_row(e, event, batch);
        spl_eval_on(&use->ev, query, use->worker, batch);
        v = spl_eval_row(&use->ev, e->stop, 0);
        stop = v.kind == SPL_KIND_BOOL
                   ? v.as.truth
                   : !spl_is_null(v) && !(spl_num_parse(spl_value_text(arena, v), &number) && number == 0);
    }
    spl_batch_free(batch);
    return !stop;
}

/* ---- CLONE_SOURCETYPE ---- */

enum { REFUSED_ITSELF = 1, REFUSED_CYCLE = 2, REFUSED_MANY = 4 };

static bool first_refusal(spl_indexing_use *use, unsigned what)
{
    return !(atomic_fetch_or_explicit(&use->of->refused, what, memory_order_relaxed) & what);
}

static void refuse(spl_indexing_use *use, const rule *r, unsigned what, const char *why)
{
    if (first_refusal(use, what))
        spl_warning(use->of->query->diag, r->clone_span, "conf", "CLONE_SOURCETYPE makes no copy: %s", why);
}

static bool comes_from(const spl_indexed *event, spl_str sourcetype)
{
    for (const spl_indexed_origin *o = event->origin; o; o = o->before)
        if (spl_str_eq(o->sourcetype, sourcetype)) return true;
    return false;
}

static void run_clone(spl_indexing_use *use, spl_arena *arena, const rule *r, spl_indexed *event,
                      spl_indexed_list *copies)
{
    spl_indexed_origin *origin;
    spl_indexed copy;

    if (spl_str_eq(event->sourcetype, r->clone)) { /* a copy meets the rule again where it stands at host or source */
        if (transform(use, arena, r, event) && !event->origin)
            refuse(use, r, REFUSED_ITSELF, "it is the event's own sourcetype, and the event itself is changed");
        return;
    }
    if (!copies) return;
    copy = *event;
    memset(&copy.fields, 0, sizeof copy.fields);
    for (size_t i = 0; i < event->fields.len; i++) SPL_PUSH(arena, &copy.fields, event->fields.data[i]);
    copy.sourcetype = r->clone;
    if (!transform(use, arena, r, &copy)) return;
    if (comes_from(event, r->clone)) {
        refuse(use, r, REFUSED_CYCLE, "the event is a copy of an event of that sourcetype");
    } else if (copies->len == SPL_INDEXING_COPIES_MAX) {
        refuse(use, r, REFUSED_MANY, "there are 255 of the event");
    } else {
        origin = SPL_NEW(arena, spl_indexed_origin);
        *origin = (spl_indexed_origin){event->sourcetype, event->origin};
        copy.origin = origin;
        SPL_PUSH(arena, copies, copy);
    }
}

static void run_list(spl_indexing_use *use, const rules *r, spl_arena *arena, spl_indexed *event,
                     spl_indexed_list *copies)
{
    for (size_t i = 0; i < r->list.len; i++) {
        const rule *one = &r->list.data[i];

        if (one->sed) {
            event->raw = spl_sed_apply(one->sed, use->worker->match, arena, event->raw, NULL);
        } else if (one->evals) {
            if (!run_evals(use, arena, one->evals, event)) return;
        } else if (one->clone.len) {
            run_clone(use, arena, one, event, copies);
        } else {
            transform(use, arena, one, event);
        }
    }
}

static void run_rules(spl_indexing_use *use, spl_arena *arena, spl_indexed *event, spl_indexed_list *copies)
{
    const rules *r = rules_of(use, event);

    run_list(use, r, arena, event, copies);
    if (r->metrics) spl_metric_schemas_apply(r->metrics, arena, event);
}

void spl_indexing_event(spl_indexing_use *use, spl_arena *arena, spl_indexed *event, spl_indexed_list *copies)
{
    run_rules(use, arena, event, copies);
    for (size_t i = 0; copies && i < copies->len; i++) {
        spl_indexed copy = copies->data[i]; /* the list may grow meanwhile */

        run_rules(use, arena, &copy, copies);
        copies->data[i] = copy;
    }
}

size_t spl_indexing_stamp_fields(spl_indexing_use *use, const spl_indexed *event, const spl_str **names)
{
    const rules *r = rules_of(use, event);

    *names = r->stamp_fields;
    return r->n_stamp_fields;
}

size_t spl_indexing_given(spl_indexing_use *use, const spl_indexed *event, const spl_str **names, bool *all)
{
    const rules *r = rules_of(use, event);

    *all = r->all_given;
    *names = r->given.data;
    return r->given.len;
}

bool spl_indexing_time(spl_indexing_use *use, const spl_indexed *event, bool plain, double day, double *time,
                       spl_clock **clock, bool *none)
{
    const rules *r = rules_of(use, event);
    const spl_query *query = use->of->query;
    const spl_zone *zone = r->zone ? r->zone : query->zone;
    spl_str text = event->stamp.data ? event->stamp : event->raw;
    size_t begin, end;

    *none = r->none;
    if (!r->timed || r->none) return false;
    plain = plain && !event->stamp.data;
    if (r->current) {
        *time = query->now;
        return true;
    }
    while (use->clocks.len <= r->number) SPL_PUSH(use->worker->arena, &use->clocks, NULL);
    if (!use->clocks.data[r->number]) use->clocks.data[r->number] = spl_clock_new(use->worker->arena, zone, query->now);
    *clock = use->clocks.data[r->number];
    spl_clock_stamp(*clock)->found = false;
    if (r->prefix) {
        if (!spl_regex_search(use->worker->match, r->prefix, text, 0)) {
            *none = plain;
            return false;
        }
        text = spl_str_sub(text, spl_match_end(use->worker->match, 0), text.len);
    }
    if (!r->format.len) {
        if (!r->prefix && !r->looks && !event->stamp.data) return false;
    } else {
        for (begin = 0; begin < text.len && spl_is_space(text.data[begin]);) begin++;
        text = spl_str_sub(text, begin, text.len);
        if (spl_strptime_stamp(zone, spl_str_sub(text, 0, (size_t)r->lookahead), r->format, query->now, day,
                               spl_clock_stamp(*clock))) {
            *time = spl_clock_stamp(*clock)->epoch;
            return true;
        }
    }
    *none = plain;
    if (!plain && !r->prefix && !event->stamp.data && r->format.len) return false;
    spl_clock_set_day(*clock, day);
    if (!spl_timestamp_find(*clock, text, (size_t)r->lookahead, time, &begin, &end) &&
        !(plain && spl_timestamp_of_day(*clock, text, time)))
        return false;
    *none = false;
    return true;
}

double spl_indexing_kept(spl_indexing_use *use, const spl_indexed *event, double time)
{
    return rules_of(use, event)->seconds ? floor(time) : time;
}

spl_indexing_has spl_indexing_defaults(spl_indexing_use *use, const spl_indexed *event)
{
    const rules *r = rules_of(use, event);

    return (spl_indexing_has){.stamp = !r->no_stamp, .punct = !r->no_punct};
}

bool spl_indexing_accepts(spl_indexing_use *use, const spl_indexed *event, double time, double of)
{
    const rules *r = rules_of(use, event);

    return (r->days_ago < 0 || time >= of - 86400.0 * (double)r->days_ago) &&
           (r->days_hence < 0 || time <= of + 86400.0 * (double)r->days_hence);
}
