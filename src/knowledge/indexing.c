/* indexing.c -- rules of props.conf and transforms.conf for index time, compiled for each class of events;
 * indexing_run.c runs them. */
#include "knowledge/indexing_parts.h"

#include "base/num.h"
#include "exec/bind.h"
#include "knowledge/knowledge.h"

static bool is_time(spl_str key)
{
    static const char *const keys[] = {
        "TIME_PREFIX",     "TIME_FORMAT",  "MAX_TIMESTAMP_LOOKAHEAD", "TIMESTAMP_FIELDS", "TZ",
        "DATETIME_CONFIG", "MAX_DAYS_AGO", "MAX_DAYS_HENCE",          "TZ_ALIAS",         "ADD_EXTRA_TIME_FIELDS"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (spl_str_is(key, keys[i])) return true;
    return false;
}

dest spl_indexing_dest(spl_str key)
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

    if (key.len) return spl_indexing_dest(key);
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
    out->to = spl_indexing_dest(text);
    if (spl_str_is(text, "host")) out->to = TO_HOST;
    if (spl_str_is(text, "source")) out->to = TO_SOURCE;
    if (spl_str_is(text, "sourcetype")) out->to = TO_SOURCETYPE;
    if (spl_str_is(text, "index")) out->to = TO_INDEX;
    if (spl_str_starts(text, SPL_S("pd:"))) {
        text = spl_str_sub(text, 3, text.len);
        out->to = spl_indexing_dest(text); /* another key, of routing: it means nothing here */
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

rules *spl_indexing_compile(spl_indexing *x, const spl_props_class *of)
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
        const rules *r = spl_indexing_compile(x, spl_props_class_alone(x->arena, stanzas[i], (uint32_t)i));

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
