/* fn_text.c -- text functions. Search Reference, "Text functions". A multivalue gives the results for each of its
 * values. */
#include "base/utf8.h"
#include "base/regex.h"
#include "data/spath.h"
#include "exec/bind.h"
#include "exec/query.h"
#include "expr/expr.h"

/* Calls FN on each value of V that has a text; what gives null is left out. */
typedef spl_value (*text_fn)(spl_eval *ev, spl_str text, const void *with);
static spl_value each_text(spl_eval *ev, spl_value v, text_fn fn, const void *with)
{
    spl_value *items;
    spl_str text;
    size_t n = 0;

    if (v.kind != SPL_KIND_MULTI) return spl_arg_text(ev, &v, 0, &text) ? fn(ev, text, with) : SPL_NULL;
    items = SPL_NEW_ARRAY(ev->arena, v.as.multi->count, spl_value);
    for (uint32_t i = 0; i < v.as.multi->count; i++)
        if (spl_arg_text(ev, &v.as.multi->items[i], 0, &text)) items[n++] = fn(ev, text, with);
    return spl_multi_of(ev->arena, items, n);
}

static spl_value text_length(spl_eval *ev, spl_str text, const void *with)
{
    (void)ev, (void)with;
    return spl_number((double)spl_utf8_length(text));
}

static const char *const len_names[] = {"length", NULL};
SPL_FUNCTION(len, .aliases = len_names, .family = "text", .signature = "len(<text>)",
             .summary = "How many characters, not bytes, the text has.", .example = "len(\"naïve\")", .result = "5",
             .min_args = 1, .max_args = 1, .args = "s", .returns = SPL_TYPE_NUMBER)
{
    return each_text(ev, argv[0], text_length, NULL);
}

static spl_value text_lower(spl_eval *ev, spl_str text, const void *with)
{
    (void)with;
    return spl_text(spl_utf8_lower(ev->arena, text));
}

SPL_FUNCTION(lower, .family = "text", .signature = "lower(<text>)", .summary = "The text in lower case.",
             .example = "lower(\"NAÏVE\")", .result = "\"naïve\"", .min_args = 1, .max_args = 1, .args = "s")
{
    return each_text(ev, argv[0], text_lower, NULL);
}

static spl_value text_upper(spl_eval *ev, spl_str text, const void *with)
{
    (void)with;
    return spl_text(spl_utf8_upper(ev->arena, text));
}

SPL_FUNCTION(upper, .family = "text", .signature = "upper(<text>)", .summary = "The text in upper case.",
             .example = "upper(\"naïve\")", .result = "\"NAÏVE\"", .min_args = 1, .max_args = 1, .args = "s")
{
    return each_text(ev, argv[0], text_upper, NULL);
}

/* --- trim ---- */

typedef struct trim_set {
    spl_str characters;
    bool left, right;
} trim_set;

static bool holds(spl_str set, spl_str character)
{
    if (character.len == 1) return set.len && memchr(set.data, character.data[0], set.len);
    return spl_str_find(set, character, 0) >= 0;
}

static spl_value text_trim(spl_eval *ev, spl_str text, const void *with)
{
    const trim_set *set = with;
    size_t begin = 0, end = text.len;
    (void)ev;

    while (set->left && begin < end) {
        size_t next = begin;
        spl_utf8_next(text, &next);
        if (!holds(set->characters, spl_str_sub(text, begin, next))) break;
        begin = next;
    }
    while (set->right && end > begin) {
        size_t last = end - 1, next;
        while (last > begin && end - last < 4 && ((unsigned char)text.data[last] & 0xc0) == 0x80) last--;
        next = last;
        spl_utf8_next(text, &next);
        if (next != end) last = end - 1; /* invalid bytes stand alone */
        if (!holds(set->characters, spl_str_sub(text, last, end))) break;
        end = last;
    }
    return spl_text(spl_str_sub(text, begin, end));
}

static spl_value trim(spl_eval *ev, const spl_value *argv, int argc, bool left, bool right)
{
    trim_set set = {SPL_S(" \t"), left, right};

    if (argc > 1 && !spl_arg_text(ev, argv, 1, &set.characters)) return SPL_NULL;
    return each_text(ev, argv[0], text_trim, &set);
}

SPL_FUNCTION(trim, .family = "text", .signature = "trim(<text>[,<characters>])",
             .summary = "The text without the characters, blanks and tabs if none are given, at both ends.",
             .example = "trim(\" $5 \",\" $\")", .result = "\"5\"", .min_args = 1, .max_args = 2, .args = "ss")
{
    return trim(ev, argv, argc, true, true);
}

SPL_FUNCTION(ltrim, .family = "text", .signature = "ltrim(<text>[,<characters>])",
             .summary = "The text without the characters, blanks and tabs if none are given, at its begin.",
             .example = "ltrim(\"  a \")", .result = "\"a \"", .min_args = 1, .max_args = 2, .args = "ss")
{
    return trim(ev, argv, argc, true, false);
}

SPL_FUNCTION(rtrim, .family = "text", .signature = "rtrim(<text>[,<characters>])",
             .summary = "The text without the characters, blanks and tabs if none are given, at its end.",
             .example = "rtrim(\" a  \")", .result = "\" a\"", .min_args = 1, .max_args = 2, .args = "ss")
{
    return trim(ev, argv, argc, false, true);
}

/* --- replace ---- */

typedef struct replacing {
    const spl_regex *regex;
    spl_str by;
} replacing;

static spl_value text_replace(spl_eval *ev, spl_str text, const void *with)
{
    const replacing *r = with;

    return spl_text(spl_regex_replace(ev->worker->match, ev->arena, r->regex, text, r->by, true));
}

SPL_FUNCTION(replace, .family = "text", .signature = "replace(<text>,<regex>,<replacement>)",
             .summary = "The text with each match of the regular expression replaced; \\1 stands for its first group.",
             .example = "replace(\"1/14/2023\",\"^(\\d+)/(\\d+)/\",\"\\2/\\1/\")", .result = "\"14/1/2023\"",
             .min_args = 3, .max_args = 3, .args = "sss", .bind = spl_bind_pattern, .wrong = "replace(a,\"(\",\"b\")")
{
    replacing r = {spl_eval_data(ev), {NULL, 0}};
    spl_str pattern;

    if (!spl_arg_text(ev, argv, 2, &r.by)) return SPL_NULL;
    if (!r.regex) {
        if (!spl_arg_text(ev, argv, 1, &pattern)) return SPL_NULL;
        r.regex = spl_eval_regex(ev, pattern, 0);
        if (!r.regex) return SPL_NULL;
    }
    return each_text(ev, argv[0], text_replace, &r);
}

/* --- substr ---- */

/* The manual: indexes follow SQLite. So a start before the begin counts from there, with what of the length is left, 0
 * is the place before 1, and a negative length means the characters before the start. */
typedef struct stretch {
    int64_t start, length;
    bool to_end; /* without a length */
} stretch;

static spl_value text_substr(spl_eval *ev, spl_str text, const void *with)
{
    const stretch *part = with;
    int64_t first = part->start - 1, end;
    size_t begin;
    (void)ev;

    if (part->start < 0) first = (int64_t)spl_utf8_length(text) + part->start;
    end = part->to_end ? INT64_MAX : first + part->length;
    if (end < first) {
        int64_t before = end;
        end = first;
        first = before;
    }
    if (first < 0) first = 0;
    if (end <= first) return spl_text(spl_str_sub(text, 0, 0));
    begin = spl_utf8_offset(text, (size_t)first);
    if (begin > text.len) begin = text.len;
    text = spl_str_sub(text, begin, text.len);
    if (part->to_end) return spl_text(text);
    return spl_text(spl_str_sub(text, 0, spl_utf8_offset(text, (size_t)(end - first))));
}

SPL_FUNCTION(substr, .family = "text", .signature = "substr(<text>,<start>[,<length>])",
             .summary = "The part of the text from a character on, counted from 1, or from the end where negative.",
             .example = "substr(\"abcdef\",-3,2)", .result = "\"de\"", .min_args = 2, .max_args = 3, .args = "snn")
{
    stretch part = {.to_end = argc < 3};

    if (!spl_arg_int(argv, 1, &part.start)) return SPL_NULL;
    if (argc > 2 && !spl_arg_int(argv, 2, &part.length)) return SPL_NULL;
    /* Beyond any text; sums of both stay in range. */
    if (part.start > UINT32_MAX) part.start = UINT32_MAX;
    if (part.start < -(int64_t)UINT32_MAX) part.start = -(int64_t)UINT32_MAX;
    if (part.length > UINT32_MAX) part.length = UINT32_MAX;
    if (part.length < -(int64_t)UINT32_MAX) part.length = -(int64_t)UINT32_MAX;
    return each_text(ev, argv[0], text_substr, &part);
}

/* --- urldecode ---- */

static spl_value text_urldecode(spl_eval *ev, spl_str text, const void *with)
{
    spl_buf out = spl_buf_in(ev->arena);
    (void)with;

    if (!text.len || !memchr(text.data, '%', text.len)) return spl_text(text);
    spl_buf_room(&out, text.len);
    for (size_t i = 0; i < text.len; i++) {
        int high = text.data[i] == '%' && i + 2 < text.len ? spl_hex_value(text.data[i + 1]) : -1;
        int low = high >= 0 ? spl_hex_value(text.data[i + 2]) : -1;
        spl_buf_char(&out, low >= 0 ? (char)(high * 16 + low) : text.data[i]);
        if (low >= 0) i += 2;
    }
    return spl_text(spl_buf_str(&out));
}

SPL_FUNCTION(urldecode, .family = "text", .signature = "urldecode(<url>)",
             .summary = "The text with each %XX replaced by the byte that it stands for.",
             .example = "urldecode(\"a%20b%3Fq%3D1\")", .result = "\"a b?q=1\"", .min_args = 1, .max_args = 1,
             .args = "s")
{
    return each_text(ev, argv[0], text_urldecode, NULL);
}

SPL_FUNCTION(spath, .family = "text", .signature = "spath(<json or xml>,<path>)",
             .summary = "What stands at the path in a JSON or XML text; several places make a multivalue.",
             .example = "spath(\"{\\\"a\\\":{\\\"b\\\":[1,2]}}\",\"a.b{0}\")", .result = "\"1\"", .min_args = 2,
             .max_args = 2, .args = "ss")
{
    spl_str text, path;

    if (!spl_arg_text(ev, argv, 0, &text) || !spl_arg_text(ev, argv, 1, &path)) return SPL_NULL;
    return spl_spath(ev->arena, text, path);
}
