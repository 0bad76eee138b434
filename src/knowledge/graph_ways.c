/* graph_ways.c -- what may give a field its value, as far as settings tell before an event is read: for raw tests.
 *
 * The settings that events of an input may meet are read once, into ways by field: a hunt draws tests of thousands of
 * fields. What is read of them lives in a scratch arena, what comes out in the caller's. */
#include "base/map.h"
#include "knowledge/graph_parts.h"
#include "knowledge/indexing.h"
#include "knowledge/knowledge.h"

struct spl_ways {
    const spl_query *query;
    spl_arena *arena;
    spl_map by_field;   /* spl_graph_ways */
    spl_graph_ways any; /* of every field */
    unsigned may;       /* SPL_INDEXING_* */
};

static void way_from(spl_ways *w, spl_graph_ways *out, spl_str from, spl_str field)
{
    if (spl_str_is(from, "_raw")) {
        out->raw = true;
        return;
    }
    if (spl_str_eq(from, field)) return;
    for (size_t i = 0; i < out->fields.len; i++)
        if (spl_str_eq(out->fields.data[i], from)) return;
    SPL_PUSH(w->arena, &out->fields, spl_str_copy(w->arena, from));
}

/* The ways of FIELD, made if there are none yet. */
static spl_graph_ways *ways_to(spl_ways *w, spl_str field)
{
    spl_map_entry *entry = spl_map_find(&w->by_field, field);

    if (entry) return entry->value;
    entry = spl_map_put(&w->by_field, spl_str_copy(w->arena, field), NULL);
    return entry->value = SPL_NEW(w->arena, spl_graph_ways);
}

static void alias_way(void *to, spl_str from, spl_str into, bool only_new)
{
    (void)only_new;
    way_from(to, ways_to(to, into), from, into);
}

static void extraction_way(spl_ways *w, const spl_extraction *x)
{
    for (size_t i = 0; i < x->n_names + x->keys; i++) {
        bool any = i == x->n_names;
        spl_graph_ways *out = any ? &w->any : ways_to(w, x->names[i]);

        if (x->copies) {
            way_from(w, out, x->from, any ? SPL_S("") : x->names[i]);
        } else {
            out->unknown = true;
        }
    }
}

static void kv_way(const spl_graph_input *input, spl_graph_ways *out, const spl_conf_entry *e)
{
    static const char *const plain[] = {"auto", "none", ""};

    if (spl_str_is(e->key, "AUTO_KV_JSON")) { /* pairs out of JSON text */
        out->unknown |= input->auto_json && !spl_conf_true(e->value);
        return;
    }
    if (input->auto_json) { /* the reader's fields, none, or words of the text that rules may replace */
        out->unknown |= spl_str_starts(e->value, SPL_S("multi"));
        return;
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (spl_str_iis(e->value, plain[i])) return;
    out->unknown |= input->auto_kv || input->table; /* escapes: a value need not stand in the text */
}

/* Of the stanza of transforms.conf that REPORT or, at index time, TRANSFORMS names. */
static void transform_ways(spl_ways *w, spl_arena *scratch, const spl_conf *transforms, spl_str name, bool report)
{
    const spl_conf_stanza *stanza = spl_conf_stanza_find(transforms, name);
    const char *error;
    const spl_conf_entry *eval;
    const spl_extraction *x;

    if (!stanza) return;
    if (!report) {
        eval = spl_conf_find(stanza, "INGEST_EVAL");
        if (eval) {
            spl_str *names;
            size_t n = spl_indexing_targets(scratch, eval, &names);

            for (size_t i = 0; i < n; i++) ways_to(w, names[i])->unknown = true;
        }
        w->any.unknown |= spl_conf_value(stanza, "DEFAULT_VALUE").len > 0;
    }
    x = report ? spl_extraction_of_stanza(scratch, transforms, stanza, &error)
               : spl_extraction_of_meta(scratch, transforms, stanza, &error);
    if (x && !report && spl_str_starts(x->from, SPL_S("field"))) { /* out of indexed fields, whatever made them */
        w->any.unknown |= x->keys;
        for (size_t i = 0; i < x->n_names; i++) ways_to(w, x->names[i])->unknown = true;
    } else if (x) {
        extraction_way(w, x);
    }
}

static void setting_ways(spl_ways *w, spl_arena *scratch, const spl_graph_input *input, const spl_conf_entry *e)
{
    const spl_query *query = w->query;

    if (spl_str_starts(e->key, SPL_S("EVAL-"))) {
        ways_to(w, spl_str_trim(spl_str_sub(e->key, 5, e->key.len)))->unknown = true;
    } else if (spl_str_starts(e->key, SPL_S("FIELDALIAS-"))) {
        spl_read_aliases(NULL, e, scratch, alias_way, w);
    } else if (spl_str_starts(e->key, SPL_S("EXTRACT-"))) {
        extraction_way(w, spl_extraction_of_extract(scratch, e));
    } else if (spl_str_starts(e->key, SPL_S("REPORT-")) || spl_str_starts(e->key, SPL_S("TRANSFORMS-")) ||
               spl_str_starts(e->key, SPL_S("RULESET-"))) {
        spl_str *names;
        size_t count = spl_conf_words(scratch, e->value, &names);

        for (size_t k = 0; k < count; k++)
            transform_ways(w, scratch, spl_knowledge_conf(query->knowledge, "transforms"), names[k],
                           spl_str_starts(e->key, SPL_S("REPORT-")));
    } else if (spl_str_starts(e->key, SPL_S("LOOKUP-"))) {
        lookup_text text = spl_read_lookup(scratch, query->fields, e);

        w->any.unknown |= text.out.len == 0;
        for (size_t k = 0; k < text.out.len; k++)
            ways_to(w, spl_field_name(query->fields, text.out.data[k].field))->unknown = true;
    } else if (spl_str_is(e->key, "METRIC-SCHEMA-TRANSFORMS")) {
        w->any.unknown = true;
    } else if (spl_str_is(e->key, "rename")) {
        ways_to(w, SPL_S("sourcetype"))->unknown = true;
    } else if (spl_str_is(e->key, "KV_MODE") || spl_str_is(e->key, "AUTO_KV_JSON")) {
        kv_way(input, &w->any, e);
    }
}

spl_ways *spl_ways_new(spl_arena *arena, const spl_query *query, const spl_graph_input *input,
                       const spl_props_events *of)
{
    spl_ways *w = SPL_NEW(arena, spl_ways);
    spl_props_events events = *of;
    const spl_conf_entry *const *settings;
    spl_props *props;
    spl_arena *scratch;
    size_t n;

    w->query = query;
    w->arena = arena;
    w->by_field = spl_map_in(arena);
    if (!query->knowledge) return w;
    w->may = spl_indexing_possible(query, of);
    if (w->may & SPL_INDEXING_SOURCETYPE) events.sourcetype = SPL_S(""), events.forms = NULL; /* whatever it becomes */
    if (w->may & SPL_INDEXING_SOURCE) events.source = SPL_S("");
    if (w->may & SPL_INDEXING_HOST) events.host = SPL_S("");
    scratch = spl_arena_new(query->account);
    props = spl_knowledge_props(query->knowledge);
    if (spl_props_renamed(props, events.sourcetype).len)
        events.sourcetype = SPL_S(""), events.forms = NULL; /* its own index-time rules, the other's for the rest */
    n = spl_props_possible(props, &events, scratch, &settings);
    for (size_t i = 0; events.forms && i < n; i++)
        if (spl_str_is(settings[i]->key, "rename")) events.forms = NULL; /* the other's stanzas count too */
    if (of->forms && !events.forms) n = spl_props_possible(props, &events, scratch, &settings);
    for (size_t i = 0; i < n; i++) setting_ways(w, scratch, input, settings[i]);
    spl_arena_free(scratch);
    return w;
}

static bool is_tokenized(const spl_query *query, spl_str field)
{
    const spl_conf *conf = spl_knowledge_conf(query->knowledge, "fields");
    const spl_conf_stanza *stanza = spl_conf_stanza_find(conf, field);

    return stanza && spl_conf_value(stanza, "TOKENIZER").len;
}

spl_graph_ways spl_ways_of(spl_ways *w, spl_str field)
{
    spl_graph_ways out = {0};
    const spl_map_entry *entry;
    const spl_graph_ways *own;

    if (!w->query->knowledge) return out;
    out.unknown = w->any.unknown || spl_tagging_makes(w->query->knowledge, field) || is_tokenized(w->query, field) ||
                  spl_str_is(field, "_sourcetype") ||
                  (w->may & SPL_INDEXING_SOURCETYPE && spl_str_is(field, "sourcetype")) ||
                  (w->may & SPL_INDEXING_SOURCE && spl_str_is(field, "source")) ||
                  (w->may & SPL_INDEXING_HOST && spl_str_is(field, "host")) ||
                  (w->may & SPL_INDEXING_INDEX && spl_str_is(field, "index"));
    if (out.unknown) return out;
    entry = spl_map_find(&w->by_field, field);
    own = entry ? entry->value : NULL;
    if (!w->any.raw && !w->any.fields.len) return own ? *own : out; /* nearly always */
    if (own) {
        out.unknown = own->unknown;
        out.raw = own->raw;
        for (size_t i = 0; i < own->fields.len; i++) way_from(w, &out, own->fields.data[i], field);
    }
    out.raw |= w->any.raw;
    for (size_t i = 0; i < w->any.fields.len; i++) way_from(w, &out, w->any.fields.data[i], field);
    return out;
}
