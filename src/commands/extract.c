/* extract.c -- field-value pairs from _raw. Without options as automatic extraction does it (knowledge/kv.h); with
 * delimiters, the text is cut at pairs first and each pair at the first sign between field and value. */
#include "exec/found.h"
#include "knowledge/kv.h"

#include <stddef.h>

enum { SPLUNK_LIMIT = 50, SPLUNK_CHARS = 10240 };

typedef struct extract_op {
    spl_op base;
    spl_str kvdelim, pairdelim;
    bool kvdelim_given, pairdelim_given, limit_given, maxchars_given;
    int64_t limit, maxchars;
    bool mv_add, clean_keys, reload, segment, automatic, clean_given, mv_given;
    bool own; /* not the automatic way */
    bool pair_at[256], kv_at[256];
    spl_kv *kv;
    spl_found *found;
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
    OPTION("limit", INT, limit, .given = offsetof(extract_op, limit_given), .dflt = SPLUNK_LIMIT, .min = 1, .max = 9e15,
           .help = "how many pairs to take; all where not given"),
    OPTION("maxchars", INT, maxchars, .given = offsetof(extract_op, maxchars_given), .dflt = SPLUNK_CHARS, .min = 1,
           .max = 9e15, .help = "how many bytes of the event to look at; all where not given"),
    OPTION("mv_add", BOOL, mv_add, .given = offsetof(extract_op, mv_given),
           .help = "whether a repeated field gets all its values, or the first"),
    OPTION("clean_keys", BOOL, clean_keys, .given = offsetof(extract_op, clean_given), .dflt = 1,
           .help = "names: other signs than letters and digits become _"),
    OPTION("auto", BOOL, automatic, .dflt = 1, .help = "whether pairs are extracted without an extractor's name"),
    OPTION("reload", BOOL, reload, .help = "nothing: configurations are read at each run"),
    OPTION("segment", BOOL, segment, .help = "nothing: places of pairs are not kept"),
    {0},
};

static bool extract_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    extract_op *extract = (extract_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;

    while ((node = spl_args_next(&args))) {
        if (binder->query->check_only) {
            spl_warning(binder->diag, node->span, "missing-transform", "the extraction \"%.*s\" is nowhere defined",
                        SPL_FMT(node->text));
            continue;
        }
        spl_refuse(binder, node->span, "missing-transform", "the extraction \"%.*s\" is nowhere defined",
                   SPL_FMT(node->text));
        spl_hint(binder->diag,
                 "It would be a stanza of an app's transforms.conf; rex extracts with a regular expression.");
        return false;
    }
    extract->own = extract->kvdelim_given || extract->pairdelim_given || extract->limit_given ||
                   extract->maxchars_given || extract->mv_given || extract->clean_given || binder->query->limits.splunk;
    if (!extract->limit_given && !binder->query->limits.splunk) extract->limit = INT64_MAX;
    if (!extract->maxchars_given && !binder->query->limits.splunk) extract->maxchars = INT64_MAX;
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
    if (extract->own)
        extract->found = spl_found_new(op);
    else
        extract->kv = spl_kv_new(op->state, op->query->fields, &op->needed, (spl_kv_options){0});
}

static spl_str clean(spl_arena *arena, spl_str key)
{
    size_t from = 0;
    char *out;

    while (from < key.len && !spl_is_alpha(key.data[from])) from++;
    key = spl_str_sub(key, from, key.len);
    for (from = 0; from < key.len && spl_is_word(key.data[from]); from++)
        ;
    if (from == key.len) return key;
    out = spl_alloc(arena, key.len);
    for (size_t i = 0; i < key.len; i++) out[i] = spl_is_word(key.data[i]) ? key.data[i] : '_';
    return spl_str_cut(out, key.len);
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
    got:
        key = spl_str_trim(spl_str_sub(text, begin, sign));
        if (key.len >= 2 && key.data[0] == '"' && key.data[key.len - 1] == '"') key = spl_str_sub(key, 1, key.len - 1);
        if (extract->clean_keys) key = clean(arena, key);
        if (!key.len || !value.len) continue;
        pairs++;
        spl_found_add(extract->found, arena, key, spl_text(value), extract->mv_add);
    }
    if (pairs == SPLUNK_LIMIT && !extract->limit_given)
        spl_op_warn(&extract->base, "extract-limit", "extract took the first %d pairs", SPLUNK_LIMIT);
}

static spl_status extract_map(spl_op *op, spl_batch **in)
{
    extract_op *extract = (extract_op *)op;
    spl_batch *batch = *in;

    if (!extract->automatic || !spl_batch_column(batch, SPL_F_RAW)) return SPL_OK;
    if (!extract->own) spl_kv_begin(extract->kv, batch);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, SPL_F_RAW);
        spl_str text;
        if (spl_is_null(value)) continue;
        text = spl_value_text(batch->arena, value);
        if (!extract->own) {
            spl_kv_row(extract->kv, row, text);
            continue;
        }
        if (text.len > (uint64_t)extract->maxchars) {
            if (!extract->maxchars_given)
                spl_op_warn(op, "extract-limit", "extract read the first %d bytes only", SPLUNK_CHARS);
            text.len = (size_t)extract->maxchars;
        }
        extract_row(extract, batch->arena, text);
        spl_found_put(extract->found, batch, row, true);
    }
    return SPL_OK;
}

static const char *const aliases[] = {"kv", NULL};

SPL_COMMAND(extract, .aliases = aliases, .summary = "Extracts field-value pairs from _raw.",
            .syntax = "extract [pairdelim=<chars>] [kvdelim=<chars>] [limit=<n>] [maxchars=<n>] [mv_add=<bool>] "
                      "[clean_keys=<bool>] [auto=<bool>] [reload=<bool>] [segment=<bool>]",
            .example = "| makeresults | eval _raw=\"a:1|b:2\" | extract pairdelim=\"|\" kvdelim=\":\" | table a b",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(extract_op),
            .bind = extract_bind, .open = extract_open, .map = extract_map);
