/* audit.c -- see audit.h. What a search would compile of a stanza is compiled of every one; names of settings are held
 * against the lists of knowledge/settings.h. */
#include "knowledge/audit.h"

#include "base/fault.h"
#include "base/map.h"
#include "base/num.h"
#include "knowledge/extraction.h"
#include "knowledge/graph.h"
#include "knowledge/grid.h"
#include "knowledge/indexing.h"
#include "knowledge/knowledge.h"
#include "knowledge/lookup.h"
#include "knowledge/props.h"
#include "knowledge/settings.h"
#include "knowledge/tagging.h"
#include "lang/parse.h"

#include <stdlib.h>
#include <sys/stat.h>

typedef struct place { /* a stanza in its file */
    size_t file;       /* of the audit's */
    uint32_t first, last;
    bool named;
} place;

typedef struct audit {
    const spl_query *query;
    spl_arena *arena;
    spl_audit *out;
    SPL_VEC(place) places;
    spl_audit_compile compile;
    void *context;
} audit;

/* ---- one file ---- */

static void unknown_setting(const audit *a, const char *file, const spl_conf_entry *e)
{
    spl_str *names;
    size_t n = spl_setting_names(a->arena, file, &names);
    spl_str near = spl_nearest(e->key, names, n);

    for (size_t i = 0; i < n && !near.len; i++)
        if (spl_str_ieq(names[i], e->key)) near = names[i];
    spl_warning(a->query->diag, e->span, "conf", "%s.conf has no setting \"%.*s\": it is passed over", file,
                SPL_FMT(e->key));
    if (near.len) spl_hint(a->query->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
}

static void one_of(const audit *a, const spl_conf_stanza *stanza, const char *key, const char *values)
{
    const spl_conf_entry *e = spl_conf_find(stanza, key);
    const char *p = values;

    if (!e || !e->value.len) return;
    while (*p) {
        size_t len = strcspn(p, " ");

        if (spl_str_ieq(e->value, spl_str_cut(p, len))) return;
        p += len + (p[len] == ' ');
    }
    spl_warning(a->query->diag, e->span, "conf", "%s is none of %s", key, values);
}

static spl_setting_kind kind_of(const audit *a, const char *file, const spl_conf_stanza *stanza,
                                const spl_conf_entry *e)
{
    if (strcmp(file, "limits") == 0) {
        spl_str whole = spl_strf(a->arena, "%.*s/%.*s", SPL_FMT(stanza->name), SPL_FMT(e->key));

        if (spl_setting_kind_of(file, whole) == SPL_SETTING_APPLIED) return SPL_SETTING_APPLIED;
    }
    return spl_setting_kind_of(file, e->key);
}

static void look_at_regex(const audit *a, const spl_conf_entry *e)
{
    spl_str error;
    size_t at;

    if (e && e->value.len && !spl_regex_compile(a->arena, e->value, 0, &error, &at))
        spl_warning(a->query->diag, e->span, "bad-regex", "%.*s is passed over: %.*s", SPL_FMT(e->key), SPL_FMT(error));
}

/* What a reader looks at, without which no class of events is made. */
static void look_at_reading(const audit *a, const spl_conf_stanza *stanza)
{
    static const char *const keys[] = {"MISSING_VALUE_REGEX",  "PREAMBLE_REGEX",       "FIELD_HEADER_REGEX",
                                       "LINE_BREAKER",         "BREAK_ONLY_BEFORE",    "MUST_BREAK_AFTER",
                                       "MUST_NOT_BREAK_AFTER", "MUST_NOT_BREAK_BEFORE"};

    one_of(a, stanza, "INDEXED_EXTRACTIONS", "csv tsv psv w3c json hec none");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) look_at_regex(a, spl_conf_find(stanza, keys[i]));
    for (size_t i = 0; i < stanza->entries.len; i++) {
        const spl_conf_entry *e = &stanza->entries.data[i];
        const char *why = spl_setting_unmet(e);

        if (why) spl_warning(a->query->diag, e->span, "conf", "%.*s is passed over: %s", SPL_FMT(e->key), why);
    }
}

static bool listed(const char *names, spl_str name)
{
    for (const char *p = names; *p;) {
        size_t len = strcspn(p, " ");

        if (spl_str_eq(spl_str_cut(p, len), name)) return true;
        p += len + (p[len] == ' ');
    }
    return false;
}

/* Settings that are numbers, and those that are true or false. */
static void look_at_kinds(const audit *a, const char *file, const spl_conf_stanza *stanza)
{
    static const struct {
        const char *file, *numbers, *truths;
    } all[] = {
        {"props",
         "MATCH_LIMIT DEPTH_LIMIT MAX_TIMESTAMP_LOOKAHEAD MAX_DAYS_AGO MAX_DAYS_HENCE MAX_EVENTS TRUNCATE priority "
         "HEADER_FIELD_LINE_NUMBER",
         "SHOULD_LINEMERGE BREAK_ONLY_BEFORE_DATE AUTO_KV_JSON KV_TRIM_SPACES CHECK_FOR_HEADER ANNOTATE_PUNCT "
         "JSON_TRIM_BRACES_IN_ARRAY_NAMES"},
        {"transforms", "MATCH_LIMIT DEPTH_LIMIT LOOKAHEAD",
         "MV_ADD CLEAN_KEYS KEEP_EMPTY_VALS WRITE_META REPEAT_MATCH case_sensitive_match"},
        {"eventtypes", "priority", "disabled"},
        {"macros", "", "iseval"},
        {"fields", "", "INDEXED"},
        {"collections", "", "enforceTypes"},
        {"datamodels", "", "strict_fields"},
    };
    size_t f = 0;

    while (f < sizeof all / sizeof *all && strcmp(all[f].file, file) != 0) f++;
    for (size_t i = 0; f < sizeof all / sizeof *all && i < stanza->entries.len; i++) {
        const spl_conf_entry *e = &stanza->entries.data[i];
        int64_t number;

        if (!e->value.len) continue;
        if (listed(all[f].numbers, e->key) && !spl_num_int(e->value, &number))
            spl_warning(a->query->diag, e->span, "conf", "%.*s is passed over: a whole number is expected",
                        SPL_FMT(e->key));
        if (listed(all[f].truths, e->key) && !spl_conf_true(e->value) && !spl_conf_false(e->value))
            spl_warning(a->query->diag, e->span, "conf", "%.*s is neither true nor false", SPL_FMT(e->key));
    }
}

static void look_at_values(const audit *a, const char *file, const spl_conf_stanza *stanza)
{
    look_at_kinds(a, file, stanza);
    if (strcmp(file, "props") == 0) look_at_reading(a, stanza);
    if (strcmp(file, "tags") == 0) {
        if (!memchr(stanza->name.data, '=', stanza->name.len) && !spl_conf_is_general(stanza))
            spl_warning(a->query->diag, stanza->span, "conf", "a stanza of tags.conf is FIELD=VALUE");
        for (size_t i = 0; i < stanza->entries.len; i++) {
            const spl_conf_entry *e = &stanza->entries.data[i];

            if (!spl_str_iis(e->value, "enabled") && !spl_str_iis(e->value, "disabled"))
                spl_warning(a->query->diag, e->span, "conf", "a tag is enabled or disabled");
        }
    }
    if (strcmp(file, "eventtypes") != 0 && strcmp(file, "savedsearches") != 0) {
        const spl_conf_entry *e = spl_conf_own(stanza, "disabled");

        if (e && spl_conf_true(e->value) && strcmp(file, "tags") != 0)
            spl_warning(
                a->query->diag, e->span, "conf",
                "disabled is passed over, and the stanza is used: the Admin Manual has it in eventtypes.conf alone");
    }
    if (strcmp(file, "collections") == 0) {
        for (size_t i = 0; i < stanza->entries.len; i++) {
            const spl_conf_entry *e = &stanza->entries.data[i];

            if (spl_str_starts(e->key, SPL_S("field.")))
                one_of(a, stanza, spl_cstring(a->arena, e->key), "array number bool string time cidr");
        }
    }
    if (strcmp(file, "limits") != 0) return;
    for (size_t i = 0; i < stanza->entries.len; i++) {
        const spl_conf_entry *e = &stanza->entries.data[i];
        double number;

        if (kind_of(a, file, stanza, e) != SPL_SETTING_APPLIED) continue;
        if (listed("format_multivalue_collect collect_ignore_minor_breakers always_use_single_value_output "
                   "allow_inexact_metasearch squashcase keepresults",
                   e->key)) {
            if (!spl_conf_true(e->value) && !spl_conf_false(e->value))
                spl_warning(a->query->diag, e->span, "conf", "%.*s is neither true nor false", SPL_FMT(e->key));
        } else if (!spl_num_parse(e->value, &number) || number < 0) {
            spl_warning(a->query->diag, e->span, "conf", "%.*s is passed over: a number is expected", SPL_FMT(e->key));
        }
    }
}

static int by_begin(const void *a, const void *b)
{
    const spl_conf_stanza *x = *(const spl_conf_stanza *const *)a, *y = *(const spl_conf_stanza *const *)b;

    return x->span.begin < y->span.begin ? -1 : x->span.begin > y->span.begin;
}

static void look_at_file(audit *a, const char *folder, const char *part, const char *file)
{
    spl_str path = spl_strf(a->arena, "%s/%s/%s.conf", folder, part, file);
    const spl_source *source = spl_conf_file(a->arena, NULL, spl_cstring(a->arena, path));
    spl_conf conf = spl_conf_in(a->arena);
    SPL_VEC(const spl_conf_stanza *) stanzas = {0};
    spl_audit_file made = {.path = path};

    if (!source) return;
    if (strcmp(file, "props") == 0) conf.spelling = spl_props_spelling_of_key;
    spl_conf_read(&conf, NULL, source);
    for (size_t i = 0; i < conf.stanzas.len; i++) SPL_PUSH(a->arena, &stanzas, conf.stanzas.entries[i].value);
    if (stanzas.len > 1) qsort(stanzas.data, stanzas.len, sizeof *stanzas.data, by_begin);
    for (size_t i = 0; i < stanzas.len; i++) {
        const spl_conf_stanza *stanza = stanzas.data[i];
        spl_str name = spl_str_trim(stanza->name);
        place at = {.file = a->out->files.len, .first = spl_span_place(stanza->span).line, .last = UINT32_MAX};

        if (a->places.len && a->places.data[a->places.len - 1].file == at.file)
            a->places.data[a->places.len - 1].last = at.first - 1;
        SPL_PUSH(a->arena, &a->places, at);
        made.stanzas++;
        if (name.len != stanza->name.len || !name.len)
            spl_warning(a->query->diag, stanza->span, "conf",
                        name.len ? "the name of this stanza begins or ends with a blank, which belongs to it"
                                 : "this stanza has no name");
        for (size_t k = 0; k < stanza->entries.len; k++) {
            switch (kind_of(a, file, stanza, &stanza->entries.data[k])) {
            case SPL_SETTING_APPLIED: made.applied++; break;
            case SPL_SETTING_IGNORED: made.ignored++; break;
            case SPL_SETTING_UNKNOWN:
                made.unknown++;
                unknown_setting(a, file, &stanza->entries.data[k]);
                break;
            }
        }
        look_at_values(a, file, stanza);
    }
    for (size_t i = 0; i < conf.lost.len;
         i++) { /* counted as named; what was warned of there is not the one before's */
        uint32_t line = spl_span_place(conf.lost.data[i]).line;

        for (size_t k = 0; k < a->places.len; k++) {
            place *p = &a->places.data[k];

            if (p->file == a->out->files.len && p->first < line && p->last >= line) p->last = line - 1;
        }
        made.stanzas++;
        made.named++;
    }
    SPL_PUSH(a->arena, &a->out->files, made);
}

/* ---- what stanzas mean ---- */

static bool of_users_app(const audit *a, spl_str path)
{
    const char *const *folders;
    size_t n = spl_knowledge_apps(a->query->knowledge, &folders);

    for (size_t i = spl_knowledge_builtin_apps(a->query->knowledge); i < n; i++)
        if (spl_str_starts(path, spl_strf(a->arena, "%s/", folders[i]))) return true;
    return false;
}

static bool of_user(const audit *a, const spl_conf_stanza *stanza)
{
    for (size_t i = 0; stanza && i < stanza->entries.len; i++)
        if (!stanza->entries.data[i].builtin) return true;
    return stanza && !stanza->entries.len && stanza->span.source && of_users_app(a, stanza->span.source->name);
}

typedef SPL_VEC(const spl_conf_stanza *) stanza_list;

static stanza_list stanzas_of(const audit *a, const char *file)
{
    const spl_conf *conf = spl_knowledge_conf(a->query->knowledge, file);
    bool props = strcmp(file, "props") == 0; /* [default] speaks about events, too */
    stanza_list list = {0};

    for (size_t i = 0; i < conf->stanzas.len; i++) {
        const spl_conf_stanza *stanza = conf->stanzas.entries[i].value;

        if (of_user(a, stanza) && (props || !spl_conf_is_general(stanza))) SPL_PUSH(a->arena, &list, stanza);
    }
    return list;
}

static spl_str place_key(spl_span span, char *key)
{
    memcpy(key, &span.source, sizeof span.source);
    memcpy(key + sizeof span.source, &span.begin, sizeof span.begin);
    return spl_str_cut(key, sizeof span.source + sizeof span.begin);
}

/* The places where a transform was told to be broken. */
static spl_map told_so_far(const audit *a)
{
    spl_map told = spl_map_in(a->arena);
    char key[sizeof(spl_span)];

    for (size_t i = 0; i < spl_diag_len(a->query->diag); i++) {
        const spl_diagnostic *d = spl_diag_at(a->query->diag, i);

        if (strcmp(d->code, "bad-regex") == 0 || strcmp(d->code, "missing-transform") == 0)
            spl_map_put(&told, place_key(d->span, key), NULL);
    }
    return told;
}

/* Stanzas of transforms.conf that no search may have named yet; of what one has named it is told there. */
static void look_at_transforms(const audit *a)
{
    spl_map told = told_so_far(a);
    char key[sizeof(spl_span)];
    const spl_conf *conf = spl_knowledge_conf(a->query->knowledge, "transforms");
    stanza_list list = stanzas_of(a, "transforms");

    for (size_t i = 0; i < list.len; i++) {
        const spl_conf_entry *e = spl_conf_find(list.data[i], "REGEX");
        const char *why = NULL;
        spl_conf_entry whole;
        spl_str gone = e ? spl_transform_gone(conf, e->value) : (spl_str){"", 0};

        if (gone.len) {
            spl_warning(a->query->diag, e->span, "missing-transform",
                        "[[%.*s]] in REGEX stands for nothing: transforms.conf has no stanza of that name with a REGEX",
                        SPL_FMT(gone));
            spl_hint(a->query->diag, "It is read as a set of characters.");
        }
        if (!e || !e->value.len || spl_str_find(e->value, SPL_S("(?<>"), 0) >= 0) continue; /* a part of others */
        whole = *e;
        whole.value = spl_transform_regex(a->arena, conf, list.data[i], &why);
        if (why) {
            if (spl_map_find(&told, place_key(list.data[i]->span, key))) continue;
            spl_warning(a->query->diag, e->span, "bad-regex", "REGEX is passed over: %s", why);
        } else if (!spl_map_find(&told, place_key(e->span, key))) {
            look_at_regex(a, &whole);
        }
    }
}

static void look_at_multikv(const audit *a)
{
    stanza_list list = stanzas_of(a, "multikv");

    for (size_t i = 0; i < list.len; i++) {
        spl_span at = {0};
        spl_str why = {"", 0};

        if (!spl_grid_rules_of(a->arena, list.data[i], &at, &why))
            spl_warning(a->query->diag, at, "conf", "the stanza \"%.*s\" cannot be used: %.*s",
                        SPL_FMT(list.data[i]->name), SPL_FMT(why));
    }
}

/* What refuses TEXT, the search that WHAT stands for, is told at SPAN. */
static void look_at_search(const audit *a, const char *what, spl_str name, spl_span span, spl_str text)
{
    spl_str why = a->compile(a->context, a->arena, spl_cstring(a->arena, span.source->name), text);

    if (why.len)
        spl_warning(a->query->diag, span, "conf", "the %s \"%.*s\" cannot be used: %.*s", what, SPL_FMT(name),
                    SPL_FMT(why));
}

/* FILE's stanzas of which KEY makes what they are. */
static void look_at_lacking(const audit *a, const char *file, const char *key, const char *what)
{
    stanza_list list = stanzas_of(a, file);

    for (size_t i = 0; i < list.len; i++) {
        const spl_conf_stanza *stanza = list.data[i];

        if (!spl_conf_value(stanza, key).len && !spl_conf_true(spl_conf_value(stanza, "disabled")))
            spl_warning(a->query->diag, stanza->span, "conf", "the %s \"%.*s\" has no %s", what, SPL_FMT(stanza->name),
                        key);
    }
}

static void look_at_searches(const audit *a)
{
    stanza_list list = stanzas_of(a, "savedsearches");

    for (size_t i = 0; i < list.len; i++) {
        const spl_conf_entry *e = spl_conf_find(list.data[i], "search");

        if (e && e->value.len) look_at_search(a, "saved search", list.data[i]->name, e->span, e->value);
    }
    list = stanzas_of(a, "transactiontypes");
    for (size_t i = 0; i < list.len; i++) {
        const spl_conf_stanza *stanza = list.data[i];

        look_at_search(a, "transaction type", stanza->name, stanza->span,
                       spl_strf(a->arena, "* | transaction name=\"%.*s\"", SPL_FMT(stanza->name)));
    }
}

/* What the definition that is an expression, or the validation, says. */
static void look_at_expression(const audit *a, spl_str name, const spl_conf_entry *e)
{
    spl_parse_env env = *a->query->parse;
    const spl_source *expanded;

    if (!e || !e->value.len) return;
    env.arena = a->arena;
    env.diag = spl_diag_new(a->arena);
    env.check = true;
    expanded = spl_expand(&env, spl_source_new(a->arena, e->span.source->name, e->value));
    if (expanded) spl_parse_expression(&env, expanded);
    for (size_t i = 0; i < spl_diag_len(env.diag); i++) {
        const spl_diagnostic *d = spl_diag_at(env.diag, i);

        if (d->severity != SPL_ERROR) continue;
        spl_warning(a->query->diag, e->span, "conf", "%.*s of the macro \"%.*s\" cannot be used: %.*s", SPL_FMT(e->key),
                    SPL_FMT(name), SPL_FMT(d->message));
        return;
    }
}

/* Macros of one app: its default and local, which macros.c reads with their warnings. */
static void look_at_macros(const audit *a, const char *folder)
{
    static const char *const parts[] = {"default", "local"};
    spl_conf conf = spl_conf_in(a->arena);

    for (size_t i = 0; i < 2; i++) {
        spl_str path = spl_strf(a->arena, "%s/%s/macros.conf", folder, parts[i]);
        const spl_source *file = spl_conf_file(a->arena, NULL, spl_cstring(a->arena, path));

        if (file) spl_conf_read(&conf, NULL, file);
    }
    for (size_t i = 0; i < conf.stanzas.len; i++) {
        const spl_conf_stanza *stanza = conf.stanzas.entries[i].value;

        if (spl_conf_is_general(stanza)) continue;
        if (!spl_conf_find(stanza, "definition"))
            spl_warning(a->query->diag, stanza->span, "conf", "the macro \"%.*s\" has no definition",
                        SPL_FMT(stanza->name));
        look_at_expression(a, stanza->name, spl_conf_find(stanza, "validation"));
        if (spl_conf_true(spl_conf_value(stanza, "iseval")))
            look_at_expression(a, stanza->name, spl_conf_find(stanza, "definition"));
    }
}

/* A user's app has the file NAME for lookups. */
static bool in_apps(const audit *a, spl_str name)
{
    const char *const *folders;
    size_t n = spl_knowledge_apps(a->query->knowledge, &folders);
    struct stat info;

    for (size_t i = spl_knowledge_builtin_apps(a->query->knowledge); i < n; i++)
        if (stat(spl_cstring(a->arena, spl_strf(a->arena, "%s/lookups/%.*s", folders[i], SPL_FMT(name))), &info) == 0)
            return true;
    return false;
}

/* What using the lookup would warn of, or be refused for. */
static void look_at_table(const audit *a, const spl_lookup *lookup, const spl_table *table)
{
    static const spl_command none = {.name = "lookup", .op_size = sizeof(spl_op)};
    spl_query query = *a->query; /* what is bound has its own diagnostics */
    spl_op op = {.command = &none, .query = &query};
    spl_binder binder = {.query = &query, .arena = a->arena, .fields = a->query->fields, .op = &op};

    if (!table) return;
    if (!table->n_columns && spl_str_eq(lookup->name, lookup->file))
        spl_warning(a->query->diag, ((spl_span){spl_source_new(a->arena, table->name, SPL_S("")), 0, 0}), "csv",
                    "the table is empty: it has no line of names");
    binder.diag = query.diag = spl_diag_new(a->arena);
    spl_fieldset_init(&op.reads, a->arena, a->query->fields);
    spl_fieldset_init(&op.makes, a->arena, a->query->fields);
    spl_lookup_use_new(&binder, lookup, NULL, 0, NULL, 0, false, lookup->span);
    if (binder.worker) spl_worker_free(binder.worker);
    for (size_t i = 0; i < spl_diag_len(binder.diag); i++) {
        const spl_diagnostic *d = spl_diag_at(binder.diag, i);

        if (d->severity == SPL_WARNING)
            spl_warning(a->query->diag, d->span, d->code, "%.*s", SPL_FMT(d->message));
        else if (d->severity == SPL_ERROR)
            spl_warning(a->query->diag, lookup->span, "conf", "the filter of the lookup \"%.*s\" cannot be used: %.*s",
                        SPL_FMT(lookup->name), SPL_FMT(d->message));
    }
}

/* A collection has to be defined, too (transforms.conf.spec, collection). */
static void look_at_collection(const audit *a, const spl_lookup *lookup, const spl_conf_stanza *stanza)
{
    const spl_conf_entry *e = spl_conf_find(stanza, "collection");

    if (!e || !e->value.len)
        spl_warning(a->query->diag, lookup->span, "conf",
                    "the lookup \"%.*s\" names no collection: that of its own name is taken", SPL_FMT(lookup->name));
    else if (!spl_conf_stanza_find(spl_knowledge_conf(a->query->knowledge, "collections"), e->value))
        spl_warning(a->query->diag, e->span, "conf", "collections.conf has no collection \"%.*s\"", SPL_FMT(e->value));
}

/* One that cannot be read is told, and the others are looked at all the same. */
static void load_table(const audit *a, spl_lookups *lookups, const spl_lookup *lookup)
{
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        if (frame.status != SPL_IO) spl_fail(frame.status, "%s", frame.message);
        spl_warning(a->query->diag, lookup->span, "io", "the lookup \"%.*s\" cannot be used: %s", SPL_FMT(lookup->name),
                    frame.message);
        return;
    }
    if (!lookup->collection.len && !spl_lookups_has_table(lookups, lookup)) {
        spl_warning(a->query->diag, lookup->span, "missing-lookup", "the lookup \"%.*s\" has no file \"%.*s\"",
                    SPL_FMT(lookup->name), SPL_FMT(lookup->file));
    } else {
        look_at_table(a, lookup, spl_lookups_table(lookups, lookup, false));
    }
    spl_frame_leave(&frame);
}

static void look_at_lookups(audit *a)
{
    spl_lookups *lookups = spl_lookups_of(a->query);
    const spl_conf *conf = spl_knowledge_conf(a->query->knowledge, "transforms");
    const spl_lookup **all;
    size_t n = spl_lookups_all(lookups, a->arena, &all);

    for (size_t i = 0; i < n; i++) {
        const spl_lookup *lookup = all[i];
        const spl_conf_stanza *stanza = lookup->defined ? spl_conf_stanza_find(conf, lookup->name) : NULL;

        if (stanza ? !of_user(a, stanza) : !in_apps(a, lookup->file)) continue;
        a->out->lookups++;
        if (lookup->external) {
            spl_warning(a->query->diag, lookup->span, "unsupported-lookup", "the lookup \"%.*s\" cannot run here: %s",
                        SPL_FMT(lookup->name), lookup->external);
        } else {
            if (lookup->collection.len && stanza) look_at_collection(a, lookup, stanza);
            load_table(a, lookups, lookup);
        }
    }
}

static void look_at_models(audit *a)
{
    spl_models *models = spl_knowledge_models(a->query->knowledge);
    spl_str *names;
    size_t n = spl_models_names(models, a->arena, &names);

    for (size_t i = 0; i < n; i++) {
        const spl_model *model = spl_models_find(models, names[i]);

        if (model && !of_users_app(a, model->file->name)) continue;
        a->out->models++;
        for (size_t k = 0; model && k < model->objects.len; k++) {
            const spl_model_object *object = model->objects.data[k];

            if (object->broken) continue;
            look_at_search(
                a, "dataset", object->name, spl_model_object_place(model, object),
                spl_strf(a->arena, "| from datamodel:\"%.*s.%.*s\"", SPL_FMT(model->name), SPL_FMT(object->name)));
        }
    }
}

/* Stanzas that a warning stands in. */
static void count_named(audit *a)
{
    const spl_diag *diag = a->query->diag;

    for (size_t i = 0; i < spl_diag_len(diag); i++) {
        const spl_diagnostic *d = spl_diag_at(diag, i);
        spl_place at;

        if (!d->span.source) continue;
        at = spl_span_place(d->span);
        for (size_t k = 0; k < a->places.len; k++) {
            place *p = &a->places.data[k];

            if (p->named || at.line < p->first || at.line > p->last ||
                !spl_str_eq(at.source->name, a->out->files.data[p->file].path))
                continue;
            p->named = true;
            a->out->files.data[p->file].named++;
        }
    }
}

void spl_audit_apps(const spl_query *query, spl_audit *out, spl_audit_compile compile, void *context)
{
    audit a = {.query = query, .arena = query->arena, .out = out, .compile = compile, .context = context};
    static const char *const parts[] = {"default", "local"};
    const char *const *folders;
    const spl_macro **macros;
    size_t first, n = spl_knowledge_apps(query->knowledge, &folders);
    stanza_list props;

    first = spl_knowledge_builtin_apps(query->knowledge);
    for (size_t i = 0; spl_conf_files[i]; i++) /* macros.c reads its own, and tells what is wrong there */
        if (strcmp(spl_conf_files[i], "macros") != 0) spl_knowledge_conf(query->knowledge, spl_conf_files[i]);
    for (size_t i = first; i < n; i++)
        for (int k = 0; k < 2; k++)
            for (size_t f = 0; spl_conf_files[f]; f++) look_at_file(&a, folders[i], parts[k], spl_conf_files[f]);
    spl_knowledge_macros(query->knowledge, a.arena, &macros);
    for (size_t i = first; i < n; i++) look_at_macros(&a, folders[i]);
    props = stanzas_of(&a, "props");
    spl_props_class_of(spl_knowledge_props(query->knowledge), SPL_S("x"), SPL_S("x"), SPL_S("x")); /* all patterns */
    spl_graph_audit(query, props.data, props.len);
    spl_indexing_audit(query, props.data, props.len);
    look_at_transforms(&a);
    look_at_multikv(&a);
    look_at_lacking(&a, "eventtypes", "search", "event type");
    look_at_lacking(&a, "savedsearches", "search", "saved search");
    look_at_searches(&a);
    look_at_lookups(&a);
    look_at_models(&a);
    count_named(&a);
}
