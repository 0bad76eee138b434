/* rex.c -- fields from the named groups of a regular expression, or a field rewritten by sed-like commands.
 *
 * An event that does not match passes on as it is. Of a multivalue field each value is searched, in order. */
#include "exec/bind.h"

#include "base/sed.h"
#include "base/utf8.h"
#include "knowledge/extraction.h"
#include "knowledge/limits.h"

#include <stddef.h>

typedef struct group {
    unsigned number;
    spl_field field;
} group;

typedef struct rex_op {
    spl_op base;
    spl_field field, offset_field;
    int64_t max_match;
    int mode;
    spl_regex *pattern;
    spl_effort effort;
    spl_span span; /* of the pattern */
    SPL_VEC(group) groups;
    const spl_sed *sed; /* mode=sed; NULL: extraction */
} rex_op;

static const char *const modes[] = {"sed", NULL};
static const spl_option options[] = {
    {.name = "field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(rex_op, field),
     .text = "_raw",
     .help = "the field that is searched"},
    {.name = "max_match",
     .type = SPL_OPTION_INT,
     .offset = offsetof(rex_op, max_match),
     .dflt = 1,
     .min = 0,
     .max = 9e15,
     .help = "how many matches to take, 0 for all; more than one makes multivalues"},
    {.name = "offset_field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(rex_op, offset_field),
     .help = "a field that gets the places of the groups, as name=first-last"},
    {.name = "mode",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(rex_op, mode),
     .dflt = -1,
     .names = modes,
     .help = "sed: the argument is s/…/…/ or y/…/…/"},
    {0},
};

static bool refuse_pattern(spl_binder *binder, const spl_node *node, spl_str pattern, spl_str error, size_t at)
{
    spl_refuse(binder, node->span, "bad-regex", "the regular expression is not valid: %.*s", SPL_FMT(error));
    if (at <= pattern.len && pattern.len)
        spl_hint(binder->diag, "It goes wrong at character %zu, after \"%.*s\".%s", at + 1,
                 SPL_FMT(spl_str_sub(pattern, at > 30 ? at - 30 : 0, at)),
                 node->span.source &&
                         spl_str_find(spl_str_sub(node->span.source->text, node->span.begin, node->span.end),
                                      SPL_S("\\\\"), 0) >= 0
                     ? " In quotes \\\\ gives one backslash; an escaped one is written \\\\\\\\."
                     : "");
    return false;
}

/* --- sed ------------------------------------------------------------------------------------------------------------
 */

static bool bind_sed(spl_binder *binder, rex_op *rex, const spl_node *node)
{
    spl_sed_error error;

    rex->sed = spl_sed_compile(binder->arena, node->text, &error);
    if (rex->sed) {
        spl_sed_bound(rex->sed, rex->effort.steps, rex->effort.depth);
        return true;
    }
    if (error.pattern.len) return refuse_pattern(binder, node, error.pattern, error.what, error.at);
    spl_bad_argument(binder, node->span, "%.*s", SPL_FMT(error.what));
    if (error.hint.len) spl_hint(binder->diag, "%.*s", SPL_FMT(error.hint));
    return false;
}

static spl_value edited(spl_op *op, spl_arena *arena, spl_value value)
{
    rex_op *rex = (rex_op *)op;
    spl_str before = spl_value_text(arena, value);
    bool gave_up = false;
    spl_str text = spl_sed_apply(rex->sed, op->worker->match, arena, before, &gave_up);
    spl_effort_tell(&rex->effort, gave_up, SPL_S("rex"), rex->span);
    return text.data == before.data && text.len == before.len ? value : spl_text(text);
}

static void edit(spl_op *op, spl_batch *batch)
{
    rex_op *rex = (rex_op *)op;
    if (!spl_batch_column(batch, rex->field)) return;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, rex->field);
        uint32_t count = spl_value_count(value);
        if (count == 0) continue;
        if (count == 1) {
            spl_batch_set(batch, row, rex->field, edited(op, batch->arena, spl_value_at(value, 0)));
            continue;
        }
        spl_value *items = spl_alloc(batch->arena, count * sizeof *items);
        for (uint32_t v = 0; v < count; v++) items[v] = edited(op, batch->arena, spl_value_at(value, v));
        spl_batch_set(batch, row, rex->field, spl_multi_of(batch->arena, items, count));
    }
}

/* --- extraction ------------------------------------------------------------------------------------------------------
 */

static bool bind_groups(spl_binder *binder, rex_op *rex, const spl_node *node)
{
    spl_str error;
    size_t at;
    rex->pattern = spl_regex_compile(binder->arena, node->text, 0, &error, &at);
    if (!rex->pattern) return refuse_pattern(binder, node, node->text, error, at);
    spl_regex_bound(rex->pattern, rex->effort.steps, rex->effort.depth);
    for (unsigned i = 1; i <= spl_regex_groups(rex->pattern); i++) {
        spl_str name = spl_regex_group_name(rex->pattern, i);
        if (name.len) SPL_PUSH(binder->arena, &rex->groups, (group){i, spl_bind_field(binder, name)});
    }
    if (rex->groups.len) return true;
    spl_bad_argument(binder, node->span, "the regular expression has no named group, so rex would extract nothing");
    spl_hint(binder->diag, "Name a group: (?<name>…)");
    return false;
}

static bool rex_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    rex_op *rex = (rex_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);

    spl_bind_reads(binder, rex->field);
    rex->span = node ? node->span : stage->span;
    rex->effort =
        spl_effort_new(binder->arena, binder->query, spl_server_limit(binder->query, "rex", "match_limit", 100000),
                       spl_server_limit(binder->query, "rex", "depth_limit", 1000), "match_limit or depth_limit",
                       "in [rex] of limits.conf");
    if (!node)
        return spl_lacks(binder, NULL, "a regular expression in double quotes", "field=url \"(?<domain>[^/]+)$\"");
    if (node->kind != SPL_NODE_WORD && node->kind != SPL_NODE_STRING)
        return spl_bad_argument(binder, node->span, "the regular expression must stand in double quotes");
    if (!(rex->mode == 0 ? bind_sed(binder, rex, node) : bind_groups(binder, rex, node))) return false;
    return spl_args_done(binder, &args);
}

typedef SPL_VEC(spl_value) values;

/* Matches in TEXT, at most MOST: values of the groups are appended to FOUND. Returns how many. */
static int64_t search(spl_op *op, spl_batch *batch, spl_str text, int64_t most, values *found, spl_buf *offsets)
{
    rex_op *rex = (rex_op *)op;
    spl_match *match = op->worker->match;
    int64_t n = 0;
    size_t from = 0;

    while (n < most && from <= text.len && spl_regex_search(match, rex->pattern, text, from)) {
        n++;
        for (size_t g = 0; g < rex->groups.len; g++) {
            spl_str part;
            if (!spl_match_group(match, rex->groups.data[g].number, &part)) continue;
            SPL_PUSH(batch->arena, &found[g], spl_text(part));
            if (rex->offset_field == SPL_NO_FIELD || !part.len) continue;
            if (offsets->len) spl_buf_char(offsets, '&');
            spl_buf_add(offsets, spl_field_name(batch->fields, rex->groups.data[g].field));
            spl_buf_printf(offsets, "=%zu-%zu", spl_match_begin(match, rex->groups.data[g].number),
                           spl_match_end(match, rex->groups.data[g].number) - 1);
        }
        size_t end = spl_match_end(match, 0);
        if (end == spl_match_begin(match, 0)) {
            if (end >= text.len) break;
            spl_utf8_next(text, &end);
        }
        from = end;
    }
    if (n < most) spl_effort_tell(&rex->effort, spl_match_gave_up(match), SPL_S("rex"), rex->span);
    return n;
}

static spl_status rex_map(spl_op *op, spl_batch **out)
{
    rex_op *rex = (rex_op *)op;
    spl_batch *batch = *out;
    int64_t most = rex->max_match ? rex->max_match : INT64_MAX;

    if (rex->sed) {
        edit(op, batch);
        return SPL_OK;
    }
    if (!spl_batch_column(batch, rex->field)) return SPL_OK;
    values *found = SPL_NEW_ARRAY(batch->arena, rex->groups.len, values);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, rex->field);
        spl_buf offsets = spl_buf_in(batch->arena);
        int64_t n = 0;

        for (size_t g = 0; g < rex->groups.len; g++) found[g].len = 0;
        for (uint32_t v = 0; v < spl_value_count(value) && n < most; v++)
            n += search(op, batch, spl_value_text(batch->arena, spl_value_at(value, v)), most - n, found, &offsets);
        if (!n) continue;
        for (size_t g = 0; g < rex->groups.len; g++) {
            spl_field field = rex->groups.data[g].field;
            if (!found[g].len) continue;
            size_t twin = 0; /* of groups of one name, the first that took part counts */
            while (twin < g && (rex->groups.data[twin].field != field || !found[twin].len)) twin++;
            if (twin < g) continue;
            spl_batch_set(batch, row, field, spl_multi_of(batch->arena, found[g].data, found[g].len));
        }
        if (rex->offset_field != SPL_NO_FIELD && offsets.len)
            spl_batch_set(batch, row, rex->offset_field, spl_text(spl_buf_str(&offsets)));
    }
    return SPL_OK;
}

SPL_COMMAND(rex, .summary = "Extracts fields with a regular expression's named groups, or edits a field.",
            .syntax = "rex [field=<field>] [max_match=<n>] [offset_field=<field>] \"<regular-expression>\" | "
                      "mode=sed \"<sed-commands>\"",
            .example = "| makeresults | eval m=\"user=amy id=7\" | rex field=m \"user=(?<user>\\w+)\" | table user",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS | SPL_REGEXES, .options = options, .op_size = sizeof(rex_op),
            .bind = rex_bind, .map = rex_map);
