/* graph_ways.c -- what may give a field its value, as far as settings tell before an event is read: for raw tests. */
#include "knowledge/graph_parts.h"
#include "knowledge/indexing.h"
#include "knowledge/knowledge.h"

typedef struct alias_ways {
    spl_graph_ways *out;
    spl_str field;
    spl_arena *arena;
} alias_ways;

/* What is read of settings lives in a scratch arena, what comes out in the caller's: a hunt draws tests of thousands of
 * fields, each from all that an app's stanzas say. */

static void way_from(spl_graph_ways *out, spl_arena *arena, spl_str from, spl_str field)
{
    if (spl_str_is(from, "_raw")) {
        out->raw = true;
        return;
    }
    if (spl_str_eq(from, field)) return;
    for (size_t i = 0; i < out->fields.len; i++)
        if (spl_str_eq(out->fields.data[i], from)) return;
    SPL_PUSH(arena, &out->fields, spl_str_copy(arena, from));
}

static void alias_way(void *to, spl_str from, spl_str into, bool only_new)
{
    alias_ways *ways = to;

    (void)only_new;
    if (spl_str_eq(into, ways->field)) way_from(ways->out, ways->arena, from, ways->field);
}

static void extraction_way(spl_graph_ways *out, spl_arena *arena, const spl_extraction *x, spl_str field)
{
    bool makes = x->keys;

    for (size_t i = 0; i < x->n_names && !makes; i++) makes = spl_str_eq(x->names[i], field);
    if (!makes) return;
    if (x->copies) {
        way_from(out, arena, x->from, field);
    } else {
        out->unknown = true;
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

static void ingest_way(spl_arena *arena, const spl_conf_entry *eval, spl_str field, spl_graph_ways *out)
{
    spl_str *names;
    size_t n = spl_indexing_targets(arena, eval, &names);

    for (size_t i = 0; i < n; i++) out->unknown |= spl_str_eq(names[i], field);
}

static bool is_tokenized(const spl_query *query, spl_str field)
{
    const spl_conf *conf = spl_knowledge_conf(query->knowledge, "fields");
    const spl_conf_stanza *stanza = spl_conf_stanza_find(conf, field);

    return stanza && spl_conf_value(stanza, "TOKENIZER").len;
}

void spl_graph_ways_of(const spl_query *query, const spl_graph_input *input, spl_str field, const spl_props_events *of,
                       spl_arena *arena, spl_graph_ways *out)
{
    spl_props_events events = *of;
    const spl_conf_entry *const *settings;
    const spl_conf *transforms;
    unsigned may;
    spl_str renamed;
    spl_props *props;
    spl_arena *scratch;
    size_t n;

    *out = (spl_graph_ways){0};
    if (!query->knowledge) return;
    if (spl_tagging_makes(query->knowledge, field) || is_tokenized(query, field) || spl_str_is(field, "_sourcetype")) {
        out->unknown = true;
        return;
    }
    may = spl_indexing_possible(query, of);
    out->unknown = (may & SPL_INDEXING_SOURCETYPE && spl_str_is(field, "sourcetype")) ||
                   (may & SPL_INDEXING_SOURCE && spl_str_is(field, "source")) ||
                   (may & SPL_INDEXING_HOST && spl_str_is(field, "host")) ||
                   (may & SPL_INDEXING_INDEX && spl_str_is(field, "index"));
    if (out->unknown) return;
    if (may & SPL_INDEXING_SOURCETYPE) events.sourcetype = SPL_S(""), events.forms = NULL; /* whatever it becomes */
    if (may & SPL_INDEXING_SOURCE) events.source = SPL_S("");
    if (may & SPL_INDEXING_HOST) events.host = SPL_S("");
    scratch = spl_arena_new(query->account);
    props = spl_knowledge_props(query->knowledge);
    renamed = spl_props_renamed(props, events.sourcetype);
    if (renamed.len)
        events.sourcetype = SPL_S(""), events.forms = NULL; /* its own index-time rules, the other's for the rest */
    transforms = spl_knowledge_conf(query->knowledge, "transforms");
    n = spl_props_possible(props, &events, scratch, &settings);
    for (size_t i = 0; events.forms && i < n; i++)
        if (spl_str_is(settings[i]->key, "rename")) events.forms = NULL; /* the other's stanzas count too */
    if (of->forms && !events.forms) n = spl_props_possible(props, &events, scratch, &settings);
    for (size_t i = 0; i < n && !out->unknown; i++) {
        const spl_conf_entry *e = settings[i];

        if (spl_str_starts(e->key, SPL_S("EVAL-"))) {
            out->unknown |= spl_str_eq(spl_str_trim(spl_str_sub(e->key, 5, e->key.len)), field);
        } else if (spl_str_starts(e->key, SPL_S("FIELDALIAS-"))) {
            alias_ways ways = {out, field, arena};

            spl_read_aliases(NULL, e, scratch, alias_way, &ways);
        } else if (spl_str_starts(e->key, SPL_S("EXTRACT-"))) {
            extraction_way(out, arena, spl_extraction_of_extract(scratch, e), field);
        } else if (spl_str_starts(e->key, SPL_S("REPORT-")) || spl_str_starts(e->key, SPL_S("TRANSFORMS-")) ||
                   spl_str_starts(e->key, SPL_S("RULESET-"))) {
            spl_str *names;
            size_t count = spl_conf_words(scratch, e->value, &names);

            for (size_t k = 0; k < count; k++) {
                const spl_conf_stanza *stanza = spl_conf_stanza_find(transforms, names[k]);
                const char *error;
                const spl_conf_entry *eval = stanza ? spl_conf_find(stanza, "INGEST_EVAL") : NULL;
                bool report = spl_str_starts(e->key, SPL_S("REPORT-"));
                const spl_extraction *x = !stanza  ? NULL
                                          : report ? spl_extraction_of_stanza(scratch, transforms, stanza, &error)
                                                   : spl_extraction_of_meta(scratch, transforms, stanza, &error);

                if (!report && eval) ingest_way(scratch, eval, field, out);
                if (!report && stanza) out->unknown |= spl_conf_value(stanza, "DEFAULT_VALUE").len > 0;
                if (x) extraction_way(out, arena, x, field);
            }
        } else if (spl_str_starts(e->key, SPL_S("LOOKUP-"))) {
            lookup_text text = spl_read_lookup(scratch, query->fields, e);

            out->unknown |= text.out.len == 0;
            for (size_t k = 0; k < text.out.len; k++)
                out->unknown |= spl_str_eq(spl_field_name(query->fields, text.out.data[k].field), field);
        } else if (spl_str_is(e->key, "rename")) {
            out->unknown |= spl_str_is(field, "sourcetype");
        } else if (spl_str_is(e->key, "KV_MODE") || spl_str_is(e->key, "AUTO_KV_JSON")) {
            kv_way(input, out, e);
        }
    }
    spl_arena_free(scratch);
}
