/* extract.c -- field-value pairs from _raw. Without options as automatic extraction does it (knowledge/kv.h); with
 * delimiters, the text is cut at pairs first and each pair at the first sign between field and value. */
#include "exec/found.h"
#include "knowledge/extraction.h"
#include "knowledge/knowledge.h"
#include "knowledge/kv.h"
#include "knowledge/limits.h"

#include <stddef.h>

enum { SPLUNK_LIMIT = 50, SPLUNK_CHARS = 10240 };

typedef struct extract_op {
    spl_op base;
    spl_str kvdelim, pairdelim;
    bool kvdelim_given, pairdelim_given, limit_given, maxchars_given;
    int64_t limit, maxchars;
    bool mv_add, clean_keys, automatic, clean_given, mv_given;
    bool own; /* not the automatic way */
    bool pair_at[256], kv_at[256];
    SPL_VEC(struct stanza_use {
        spl_field from;
        const spl_extractor_of *run;
    })
    stanzas;
    spl_kv *kv;
    spl_found *found;
    const spl_extraction *what; /* being run */
    spl_arena *arena;           /* of the batch at hand */
} extract_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(extract_op, member), __VA_ARGS__                 \
    }
static const spl_option options[] = {
    OPTION("pairdelim", TEXT, pairdelim, .given = offsetof(extract_op, pairdelim_given), .text = " \t\r\n,;|&",
           .help = "characters that separate pairs"),
    OPTION("kvdelim", TEXT, kvdelim, .given = offsetof(extract_op, kvdelim_given), .text = "=",
           .help = "characters between field and value"),
    OPTION("limit", INT, limit, .given = offsetof(extract_op, limit_given), .dflt = SPLUNK_LIMIT, .min = 0, .max = 9e15,
           .help = "how many pairs to take; all with 0 or where not given"),
    OPTION("maxchars", INT, maxchars, .given = offsetof(extract_op, maxchars_given), .dflt = SPLUNK_CHARS, .min = 1,
           .max = 9e15, .help = "how many bytes of the event to look at; all where not given"),
    OPTION("mv_add", BOOL, mv_add, .given = offsetof(extract_op, mv_given),
           .help = "whether a repeated field gets all its values, or the first"),
    OPTION("clean_keys", BOOL, clean_keys, .given = offsetof(extract_op, clean_given), .dflt = 1,
           .help = "names: other signs than letters and digits become _"),
    OPTION("auto", BOOL, automatic, .dflt = 1, .help = "whether pairs are extracted without an extractor's name"),
    SPL_IDLE("reload", BOOL, "configurations are read at each run"),
    SPL_IDLE("segment", BOOL, "places of pairs are not kept"),
    {0},
};

/* A stanza of transforms.conf that holds an extraction. */
static bool bind_stanza(spl_binder *binder, const spl_node *node, extract_op *extract)
{
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "transforms");
    const spl_conf_stanza *stanza;
    spl_extraction *what;
    struct stanza_use use;
    const char *why = NULL;
    spl_str name, error = {"", 0};
    spl_place place;

    if (!spl_args_name(node, &name))
        return spl_bad_argument(binder, node->span, "the name of a stanza of transforms.conf is expected here");
    stanza = spl_conf_stanza_find(conf, name);
    if (!stanza) {
        if (binder->query->check_only) {
            spl_warning(binder->diag, node->span, "missing-transform", "the extraction \"%.*s\" is nowhere defined",
                        SPL_FMT(name));
            return true;
        }
        spl_refuse(binder, node->span, "missing-transform", "the extraction \"%.*s\" is nowhere defined",
                   SPL_FMT(name));
        spl_hint(binder->diag, "It would be a stanza of an app's transforms.conf (--app DIR); rex extracts with a "
                               "regular expression.");
        return false;
    }
    what = spl_extraction_of_stanza(binder->arena, conf, stanza, &why);
    if (what)
        what->effort = spl_effort_of(binder->arena, binder->query, spl_conf_find(stanza, "MATCH_LIMIT"),
                                     spl_conf_find(stanza, "DEPTH_LIMIT"));
    use.run = what ? spl_extraction_compile(binder->arena, what, &error) : NULL;
    if (!use.run) {
        place = spl_span_place(what ? what->span : stanza->span);
        return spl_bad_argument(binder, node->span, "the extraction \"%.*s\" cannot be used: %s%.*s (%.*s:%u)",
                                SPL_FMT(name), why ? why : "", SPL_FMT(error), SPL_FMT(place.source->name), place.line);
    }
    use.from = spl_bind_field(binder, what->from);
    spl_bind_reads(binder, use.from);
    SPL_PUSH(binder->arena, &extract->stanzas, use);
    return true;
}

static bool extract_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    extract_op *extract = (extract_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;

    while ((node = spl_args_next(&args)))
        if (node->kind != SPL_NODE_HOLE && !bind_stanza(binder, node, extract)) return false;
    extract->own = extract->kvdelim_given || extract->pairdelim_given || extract->limit_given ||
                   extract->maxchars_given || extract->mv_given || extract->clean_given || binder->query->limits.splunk;
    if (!extract->limit_given) extract->limit = (int64_t)spl_server_limit(binder->query, "kv", "limit", SPLUNK_LIMIT);
    if (!extract->limit) extract->limit = INT64_MAX;
    if (!extract->maxchars_given) extract->maxchars = (int64_t)binder->query->limits.kv_bytes;
    if (!extract->maxchars) extract->maxchars = INT64_MAX;
    if (!extract->kvdelim.len || !extract->pairdelim.len)
        return spl_bad_argument(binder, stage->span, "kvdelim and pairdelim need a character");
    for (size_t i = 0; i < extract->pairdelim.len; i++)
        extract->pair_at[(unsigned char)extract->pairdelim.data[i]] = true;
    for (size_t i = 0; i < extract->kvdelim.len; i++) extract->kv_at[(unsigned char)extract->kvdelim.data[i]] = true;
    spl_bind_reads(binder, SPL_F_RAW);
    return true;
}

static void extract_open(spl_op *op)
{
    extract_op *extract = (extract_op *)op;
    if (extract->own || extract->stanzas.len) extract->found = spl_found_new(op);
    if (!extract->own) extract->kv = spl_kv_new(op->state, op->query->fields, &op->needed, (spl_kv_options){0});
}

/* Whether one of the delimiters that the search names stands in a value: such a pair is not extracted. */
static bool holds_delimiter(const extract_op *extract, spl_str value)
{
    for (size_t i = 0; extract->kvdelim_given && i < value.len; i++)
        if (extract->kv_at[(unsigned char)value.data[i]]) return true;
    return false;
}

static void extract_row(extract_op *extract, spl_arena *arena, spl_str text)
{
    int64_t pairs = 0;
    size_t at = 0;

    while (at < text.len && pairs < extract->limit) {
        size_t begin, sign, end;
        spl_str key, value;
        while (at < text.len && extract->pair_at[(unsigned char)text.data[at]]) at++;
        begin = at;
        while (at < text.len && !extract->kv_at[(unsigned char)text.data[at]] &&
               !extract->pair_at[(unsigned char)text.data[at]])
            at++;
        if (at >= text.len || !extract->kv_at[(unsigned char)text.data[at]]) continue;
        sign = at++;
        if (at < text.len && text.data[at] == '"') {
            const char *quote = memchr(text.data + at + 1, '"', text.len - at - 1);
            if (quote) {
                value = spl_str_cut(text.data + at + 1, (size_t)(quote - text.data) - at - 1);
                at = (size_t)(quote - text.data) + 1;
                goto got;
            }
        }
        end = at;
        while (end < text.len && !extract->pair_at[(unsigned char)text.data[end]]) end++;
        value = spl_str_trim(spl_str_sub(text, at, end));
        at = end;
        if (holds_delimiter(extract, value)) continue;
    got:
        key = spl_str_trim(spl_str_sub(text, begin, sign));
        if (key.len >= 2 && key.data[0] == '"' && key.data[key.len - 1] == '"') key = spl_str_sub(key, 1, key.len - 1);
        if (extract->clean_keys) key = spl_clean_key(arena, key);
        if (!key.len || !value.len) continue;
        pairs++;
        spl_found_add(extract->found, arena, key, spl_text(value), extract->mv_add);
    }
    if (pairs == extract->limit && !extract->limit_given)
        spl_op_warn(&extract->base, "extract-limit", "extract took the first %lld pairs", (long long)extract->limit);
}

static void add_found(void *to, long name, spl_str key, spl_str value)
{
    extract_op *extract = to;
    const spl_extraction *what = extract->what;

    spl_found_add(extract->found, extract->arena, name >= 0 ? what->names[name] : key, spl_text(value),
                  what->mv_add || extract->mv_add);
}

/* What the named stanzas find: one after the other, each sees what those before it made. */
static void run_stanzas(extract_op *extract, spl_batch *batch, uint32_t row)
{
    extract->arena = batch->arena;
    for (size_t i = 0; i < extract->stanzas.len; i++) {
        const spl_extractor_of *run = extract->stanzas.data[i].run;
        spl_value from = spl_batch_get(batch, row, extract->stanzas.data[i].from);
        extract->what = spl_extractor_what(run);
        for (uint32_t k = 0; k < spl_value_count(from); k++)
            spl_extraction_run(run, extract->base.worker->match, batch->arena,
                               spl_value_text(batch->arena, spl_value_at(from, k)), add_found, extract);
        spl_found_put(extract->found, batch, row, true);
    }
}

static spl_status extract_map(spl_op *op, spl_batch **in)
{
    extract_op *extract = (extract_op *)op;
    spl_batch *batch = *in;

    for (uint32_t i = 0; extract->stanzas.len && i < spl_batch_rows(batch); i++)
        run_stanzas(extract, batch, spl_batch_row(batch, i));
    bool automatic = extract->automatic || extract->kvdelim_given || extract->pairdelim_given;
    if (!automatic || !spl_batch_column(batch, SPL_F_RAW)) return SPL_OK;
    if (!extract->own) spl_kv_begin(extract->kv, batch);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, SPL_F_RAW);
        spl_str text;
        if (spl_is_null(value)) continue;
        text = spl_value_text(batch->arena, value);
        if (!extract->own) {
            spl_kv_row(extract->kv, op->worker->match, row, text);
            continue;
        }
        if (text.len > (uint64_t)extract->maxchars) {
            if (!extract->maxchars_given)
                spl_op_warn(op, "extract-limit", "extract read the first %lld bytes only",
                            (long long)extract->maxchars);
            text.len = (size_t)extract->maxchars;
        }
        extract_row(extract, batch->arena, text);
        spl_found_put(extract->found, batch, row, true);
    }
    return SPL_OK;
}

static const char *const aliases[] = {"kv", NULL};

SPL_COMMAND(extract, .aliases = aliases, .summary = "Extracts field-value pairs from _raw.",
            .syntax =
                "extract [<stanza> …] [pairdelim=<chars>] [kvdelim=<chars>] [limit=<n>] [maxchars=<n>] [mv_add=<bool>] "
                "[clean_keys=<bool>] [auto=<bool>] [reload=<bool>] [segment=<bool>]",
            .example = "| makeresults | eval _raw=\"a:1|b:2\" | extract pairdelim=\"|\" kvdelim=\":\" | table a b",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(extract_op),
            .bind = extract_bind, .open = extract_open, .map = extract_map);
