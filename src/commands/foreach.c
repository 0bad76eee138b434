/* foreach.c -- runs a template once for each field, or for each value of a field.
 *
 * Over fields: the template is filled in for every field that the list names or matches, the copies are joined into one
 * pipeline, and that is bound once. What a wildcard matches is known when all rows have been seen: they are kept until
 * then. Over values (mode=multivalue, json_array, auto_collections) the template is bound once, with <<ITEM>> and
 * <<ITER>> as fields of their own, and each row is run through it as often as it has values. */
#include "base/json.h"
#include "base/wildcard.h"
#include "exec/bind.h"
#include "exec/rowstore.h"
#include "expr/expr.h"

enum { MODE_FIELDS, MODE_MULTIVALUE, MODE_JSON_ARRAY, MODE_AUTO };
static const char *const modes[] = {"multifield", "multivalue", "json_array", "auto_collections", NULL};
static const char item_field[] = SPL_ITEM_FIELD, iter_field[] = "__foreach_iter";

typedef struct foreach_op {
    spl_op base;
    int mode;
    spl_str fieldstr, matchstr, matchseg1, matchseg2, matchseg3, itemstr, iterstr;
    SPL_VEC(spl_str) names; /* as typed */
    spl_str template;
    /* running */
    spl_rowstore *rows;        /* with a wildcard */
    SPL_VEC(spl_field) fields; /* that they have, in the order in which they are met */
    spl_arena *made;           /* holds the pipeline */
    const spl_subsearch *sub;
    spl_subsearch_run *run;
    spl_batch *pending; /* for the pipeline to take */
} foreach_op;

static const spl_option options[] = {
    {"mode", SPL_OPTION_ENUM, offsetof(foreach_op, mode), .names = modes, .help = "what the template is run for"},
    {"fieldstr", SPL_OPTION_TEXT, offsetof(foreach_op, fieldstr), .text = "<<FIELD>>", .help = "stands for the field"},
    {"matchstr", SPL_OPTION_TEXT, offsetof(foreach_op, matchstr), .text = "<<MATCHSTR>>",
     .help = "stands for what the wildcards matched"},
    {"matchseg1", SPL_OPTION_TEXT, offsetof(foreach_op, matchseg1), .text = "<<MATCHSEG1>>",
     .help = "stands for what the first wildcard matched"},
    {"matchseg2", SPL_OPTION_TEXT, offsetof(foreach_op, matchseg2), .text = "<<MATCHSEG2>>",
     .help = "stands for what the second wildcard matched"},
    {"matchseg3", SPL_OPTION_TEXT, offsetof(foreach_op, matchseg3), .text = "<<MATCHSEG3>>",
     .help = "stands for what the third wildcard matched"},
    {"itemstr", SPL_OPTION_TEXT, offsetof(foreach_op, itemstr), .text = "<<ITEM>>", .help = "stands for the value"},
    {"iterstr", SPL_OPTION_TEXT, offsetof(foreach_op, iterstr), .text = "<<ITER>>",
     .help = "stands for the value's number, from 0"},
    {0},
};

static const spl_command over_every;

static bool foreach_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    foreach_op *each = (foreach_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node, *bracket = NULL;

    spl_bind_reads_all(binder);
    while ((node = spl_args_next(&args))) {
        if (bracket) return spl_bad_argument(binder, node->span, "nothing may follow the template of foreach");
        if (node->kind == SPL_NODE_PIPELINE) {
            bracket = node;
        } else if (node->kind == SPL_NODE_WORD || node->kind == SPL_NODE_FIELD) {
            SPL_PUSH(binder->arena, &each->names, node->text);
        } else {
            spl_bad_argument(binder, node->span, "foreach needs field names, then a template in square brackets");
            spl_hint(binder->diag,
                     "A value goes into a field first: … | eval a=json_array(1,2) | foreach mode=json_array a [ … ]");
            return false;
        }
    }
    if (!bracket || (each->names.len == 0 && each->mode != MODE_AUTO))
        return spl_lacks(binder, NULL, bracket ? "a field" : "a template in square brackets",
                         "count_* [ eval total = total + '<<FIELD>>' ]");
    if (each->mode != MODE_FIELDS && each->names.len > 1)
        return spl_bad_argument(binder, stage->span, "foreach mode=%s takes one field", modes[each->mode]);
    each->template = bracket->text;
    for (size_t i = 0; each->mode == MODE_FIELDS && i < each->names.len; i++)
        if (spl_wildcard_has(each->names.data[i])) op->command = &over_every;
    return true;
}

static void foreach_close(void *ptr)
{
    foreach_op *each = ptr;

    spl_batch_free(each->pending);
    each->pending = NULL;
}

static void foreach_open(spl_op *op)
{
    spl_arena_defer(op->state, foreach_close, op);
}

static spl_status feed(void *from, spl_batch **batch)
{
    foreach_op *each = from;

    *batch = each->pending;
    each->pending = NULL;
    return *batch ? SPL_OK : SPL_END;
}

/* TEXT with every WORD replaced. QUOTED: what to put where WORD stands within double quotes. */
static spl_str replaced(spl_arena *arena, spl_str text, spl_str word, spl_str with, spl_str quoted)
{
    spl_buf out = spl_buf_in(arena);
    bool in_quotes = false;
    size_t i;

    if (word.len == 0) return text;
    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len) {
            spl_buf_char(&out, text.data[i++]);
            spl_buf_char(&out, text.data[i]);
            continue;
        }
        if (text.data[i] == '"') in_quotes = !in_quotes;
        if (spl_str_starts(spl_str_sub(text, i, text.len), word)) {
            spl_buf_add(&out, in_quotes ? quoted : with);
            i += word.len - 1;
        } else {
            spl_buf_char(&out, text.data[i]);
        }
    }
    return spl_buf_str(&out);
}

/* Appends the template for FIELD, which NAME named or matched. */
static void add_filled(foreach_op *each, spl_arena *arena, spl_buf *out, spl_str name, spl_str field)
{
    const spl_str segments[3] = {each->matchseg1, each->matchseg2, each->matchseg3};
    spl_str captures[8], text = each->template;
    spl_buf match = spl_buf_in(arena);
    size_t n = 0, i;

    if (spl_wildcard_has(name) && !spl_wildcard_capture(name, field, captures, 8, &n)) n = 0;
    for (i = 0; i < n; i++) spl_buf_add(&match, captures[i]);
    text = replaced(arena, text, each->fieldstr, field, field);
    text = replaced(arena, text, each->matchstr, spl_buf_str(&match), spl_buf_str(&match));
    for (i = 0; i < 3; i++) {
        spl_str part = i < n ? captures[i] : (spl_str){"", 0};

        text = replaced(arena, text, segments[i], part, part);
    }
    spl_buf_puts(out, " | ");
    spl_buf_add(out, spl_str_trim(text));
}

/* The pipeline for what is named, and what each->fields has, in the arena each->made. Empty text: no field. */
static spl_str pipeline_for(foreach_op *each)
{
    const spl_fields *fields = each->base.query->fields;
    spl_buf out = spl_buf_in(each->made);
    size_t i, c;

    for (i = 0; i < each->names.len; i++) {
        spl_str name = each->names.data[i];

        if (!spl_wildcard_has(name)) {
            add_filled(each, each->made, &out, name, name);
            continue;
        }
        for (c = 0; c < each->fields.len; c++) {
            spl_field field = each->fields.data[c];
            spl_str text = spl_field_name(fields, field);

            if (spl_field_internal(fields, field) && name.data[0] != '_') continue;
            if (spl_wildcard_match(name, text, false)) add_filled(each, each->made, &out, name, text);
        }
    }
    return spl_buf_str(&out);
}

static spl_str pipeline_for_items(foreach_op *each)
{
    spl_arena *arena = each->made;
    spl_str text = spl_strf(arena, "| %.*s", SPL_FMT(each->template));

    text = replaced(arena, text, each->itemstr, spl_strf(arena, "'%s'", item_field),
                    spl_strf(arena, "\".'%s'.\"", item_field));

    return replaced(arena, text, each->iterstr, spl_strf(arena, "'%s'", iter_field),
                    spl_strf(arena, "\".'%s'.\"", iter_field));
}

/* Over fields the template is made of streaming commands, over values of one eval (Search Reference, foreach). */
static void check_stages(foreach_op *each)
{
    spl_diag *diag = each->base.query->diag;
    spl_span span = each->base.stage->span;
    spl_op *const *stages;
    size_t n = spl_subsearch_stages(each->sub, &stages), seen = 0;

    for (size_t i = 0; i < n; i++) {
        const spl_command *command = stages[i]->command;

        if (!stages[i]->stage) continue; /* what feeds them */
        seen++;
        if (each->mode == MODE_FIELDS ? command->map || (command->traits & SPL_STREAMS)
                                      : strcmp(command->name, "eval") == 0 && seen == 1)
            continue;
        if (each->mode == MODE_FIELDS) {
            spl_report(diag, SPL_ERROR, span, "bad-argument", "foreach takes streaming commands only, not \"%s\"",
                       command->name);
        } else {
            spl_report(diag, SPL_ERROR, span, "bad-argument", "foreach mode=%s takes a single eval, not \"%s\"%s",
                       modes[each->mode], command->name, seen > 1 ? " after it" : "");
            spl_hint(diag, "An eval can have several assignments, with commas between them.");
        }
        spl_fail(SPL_REFUSED, "a search that \"foreach\" made cannot run");
    }
}

static void make_run(foreach_op *each, spl_str text)
{
    each->sub = spl_subsearch_parse(&each->base, each->made, text, true, 0);
    check_stages(each);
    each->run = spl_subsearch_start_in(&each->base, each->made, each->sub);
    spl_subsearch_feed(each->run, feed, each);
}

static void make_fields_run(foreach_op *each)
{
    spl_str text;

    each->made = spl_arena_new(each->base.query->account);
    text = pipeline_for(each);
    if (text.len) make_run(each, text);
}

static spl_status run_batch(foreach_op *each, spl_batch **batch)
{
    if (!each->run) return SPL_OK;
    each->pending = *batch;
    *batch = NULL;
    return spl_subsearch_next(&each->base, each->run, batch);
}

static spl_status over_fields(foreach_op *each, spl_batch **batch)
{
    if (!each->made) make_fields_run(each);
    run_batch(each, batch);
    return SPL_OK;
}

/* A column without a value is there where the columns are fixed, as behind table. */
static bool has_field(const spl_batch *batch, const spl_column *column)
{
    for (uint32_t i = 0; !batch->fixed && i < spl_batch_rows(batch); i++)
        if (!spl_is_null(column->cells[spl_batch_row(batch, i)])) return true;
    return batch->fixed;
}

static void keep_rows(foreach_op *each)
{
    spl_arena *arena = each->base.state;
    SPL_VEC(bool) known = {0};
    spl_batch *batch;

    each->rows = spl_rowstore_new(&each->base);
    while (spl_op_pull(&each->base, &batch) == SPL_OK) {
        for (uint32_t c = 0; c < batch->n_columns; c++) {
            spl_field field = batch->columns[c]->field;

            while (known.len <= field) SPL_PUSH(arena, &known, false);
            if (known.data[field] || !has_field(batch, batch->columns[c])) continue;
            known.data[field] = true;
            SPL_PUSH(arena, &each->fields, field);
        }
        spl_rowstore_add(each->rows, batch);
    }
}

static spl_status every_next(spl_op *op, spl_batch **batch)
{
    foreach_op *each = (foreach_op *)op;

    if (!each->made) {
        keep_rows(each);
        make_fields_run(each);
    }
    do {
        *batch = spl_rowstore_take(each->rows);
        if (!*batch) return SPL_END;
    } while (run_batch(each, batch) != SPL_OK);
    return SPL_OK;
}

/* The elements of a JSON array: strings without quotes, numbers as numbers, other values as their text. False: not one.
 */
static bool json_items(spl_arena *arena, spl_str text, spl_value **items, size_t *count)
{
    spl_json json = spl_json_of(text);
    SPL_VEC(spl_value) found = {0};
    spl_json_token token;
    size_t begin;

    if (spl_json_next(&json) != SPL_JSON_ARRAY) return false;
    while ((token = spl_json_next(&json)) != SPL_JSON_ARRAY_END || json.depth > 0) {
        if (token == SPL_JSON_ERROR || token == SPL_JSON_END) return false;
        if (token == SPL_JSON_STRING) {
            SPL_PUSH(arena, &found, spl_text(spl_json_unescape(arena, json.raw)));
        } else if (token == SPL_JSON_OBJECT || token == SPL_JSON_ARRAY) {
            begin = json.begin;
            if (!spl_json_skip(&json, token)) return false;
            SPL_PUSH(arena, &found, spl_text(spl_str_sub(text, begin, json.at)));
        } else {
            SPL_PUSH(arena, &found, spl_value_numeric(spl_text(json.raw)));
        }
    }
    *items = found.data;
    *count = found.len;
    return true;
}

static void items_of(foreach_op *each, spl_arena *arena, spl_value value, spl_value **items, size_t *count)
{
    uint32_t i, n = spl_value_count(value);
    spl_value *list;

    *count = 0;
    if (n == 1 && each->mode != MODE_MULTIVALUE && json_items(arena, spl_value_text(arena, value), items, count))
        return;
    if (each->mode == MODE_JSON_ARRAY) return;
    list = SPL_NEW_ARRAY(arena, n, spl_value);
    for (i = 0; i < n; i++) list[i] = spl_value_numeric(spl_value_at(value, i));
    *items = list;
    *count = n;
}

/* Of the field named; where none is, of every multivalue and JSON array that the row has. */
static void items_of_row(foreach_op *each, spl_arena *arena, const spl_batch *batch, uint32_t row, spl_value **items,
                         size_t *count)
{
    spl_fields *fields = each->base.query->fields;
    SPL_VEC(spl_value) all = {0};
    size_t i, n;

    if (each->names.len) {
        const spl_column *column = spl_batch_column(batch, spl_field_of(fields, each->names.data[0]));

        items_of(each, arena, column ? column->cells[row] : SPL_NULL, items, count);
        return;
    }
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_value value = batch->columns[c]->cells[row], *some;

        if (spl_field_internal(fields, batch->columns[c]->field)) continue;
        if (spl_value_count(value) > 1)
            items_of(each, arena, value, &some, &n);
        else if (!json_items(arena, spl_value_text(arena, value), &some, &n))
            continue;
        for (i = 0; i < n; i++) SPL_PUSH(arena, &all, some[i]);
    }
    *items = all.data;
    *count = all.len;
}

static spl_status over_items(foreach_op *each, spl_batch **batch)
{
    spl_query const *query = each->base.query;
    spl_field item = spl_field_of(query->fields, spl_str_of(item_field));
    spl_field iter = spl_field_of(query->fields, spl_str_of(iter_field));
    spl_batch *in = *batch, *turn;
    const spl_row **rows = SPL_NEW_ARRAY(in->arena, spl_batch_rows(in), const spl_row *);
    uint32_t i, n = 0;
    size_t k, count;
    spl_value *items = NULL;

    if (!each->made) {
        each->made = spl_arena_new(query->account);
        make_run(each, pipeline_for_items(each));
    }
    for (i = 0; i < spl_batch_rows(in); i++) {
        const spl_row *row = spl_row_keep(in->arena, in, spl_batch_row(in, i));

        items_of_row(each, in->arena, in, spl_batch_row(in, i), &items, &count);
        for (k = 0; row && k < count; k++) {
            turn = spl_batch_of_rows(query->account, query->fields, &row, 1, false);
            spl_batch_set(turn, 0, item, items[k]);
            spl_batch_set(turn, 0, iter, spl_number((double)k));
            each->pending = turn;
            row = NULL;
            if (spl_subsearch_next(&each->base, each->run, &turn) == SPL_OK) {
                spl_batch_drop(turn, item);
                spl_batch_drop(turn, iter);
                row = spl_row_keep(in->arena, turn, spl_batch_row(turn, 0));
                spl_batch_free(turn);
            }
        }
        if (row) rows[n++] = row;
    }
    *batch = spl_batch_of_rows(query->account, query->fields, rows, n, true);
    (*batch)->events = in->events;
    spl_batch_free(in);
    return SPL_OK;
}

static spl_status foreach_map(spl_op *op, spl_batch **batch)
{
    foreach_op *each = (foreach_op *)op;

    return each->mode == MODE_FIELDS ? over_fields(each, batch) : over_items(each, batch);
}

SPL_COMMAND(foreach, .summary = "Runs a template of commands for each field of a list, or for each value of a field.",
            .syntax = "foreach [mode=multifield|multivalue|json_array|auto_collections] <wc-field-list> "
                      "[fieldstr=<string>] [matchstr=<string>] [matchseg1=<string>] [matchseg2=<string>] "
                      "[matchseg3=<string>] [itemstr=<string>] [iterstr=<string>] [<template>]",
            .example = "| makeresults | eval a1=1, a2=2, t=0 | foreach a* [ eval t = t + '<<FIELD>>' ] | table t",
            .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_TEMPLATE, .traits = SPL_ORDERED, .options = options,
            .op_size = sizeof(foreach_op), .bind = foreach_bind, .open = foreach_open, .map = foreach_map);

/* With a wildcard. */
static const spl_command over_every = {
    .name = "foreach",
    .args = SPL_ARGS_PLAIN,
    .brackets = SPL_BRACKET_TEMPLATE,
    .traits = SPL_ORDERED,
    .options = options,
    .op_size = sizeof(foreach_op),
    .open = foreach_open,
    .next = every_next,
};
