/* convert.c -- turns texts into numbers and times into texts. What cannot be converted stays as it is, but num()
 * removes it; each value of a multivalue field is converted alone. auto() leaves a field alone of which a value cannot
 * be converted, so that all results must be seen first. */
#include "exec/bind.h"
#include "exec/twopass.h"

#include "base/num.h"
#include "base/wildcard.h"

#include <stddef.h>

typedef enum conversion { AUTO, CTIME, DUR2SEC, MEMK, MKTIME, MSTIME, NONE, NUM, RMCOMMA, RMUNIT } conversion;

static const char *const names[] = {"auto",   "ctime", "dur2sec", "memk",    "mktime",
                                    "mstime", "none",  "num",     "rmcomma", "rmunit"};
enum { N_NAMES = sizeof names / sizeof *names, MAX_STARS = 16 };

typedef struct pair {
    spl_field from, to;
} pair;

typedef struct spec {
    conversion kind;
    spl_str from, to; /* to: empty for in place */
    pair fields;      /* unless wild */
    bool wild;
} spec;

typedef struct pair_cache {
    uint64_t signature;
    SPL_VEC(pair) pairs;
} pair_cache;

typedef struct convert_op {
    spl_op base;
    spl_str timeformat;
    SPL_VEC(spec) specs;
    SPL_VEC(spl_str) exempt; /* none(): not reached by patterns */
    pair_cache *caches;
    /* with auto(): */
    spl_twopass pass;
    spl_fieldset mixed; /* fields with a value that auto() cannot read */
} convert_op;

static const spl_option options[] = {
    {.name = "timeformat",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(convert_op, timeformat),
     .text = "%m/%d/%Y %H:%M:%S",
     .help = "the format of ctime() and mktime()"},
    {0},
};

/* --- binding --------------------------------------------------------------------------------------------------------
 */

static bool find_name(spl_binder *binder, const spl_node *node, conversion *kind)
{
    spl_str list[N_NAMES];
    for (int i = 0; i < N_NAMES; i++) {
        list[i] = spl_str_of(names[i]);
        if (!spl_str_iis(node->text, names[i])) continue;
        *kind = (conversion)i;
        return true;
    }
    spl_bad_argument(binder, node->name_span.source ? node->name_span : node->span, "convert has no function \"%.*s\"",
                     SPL_FMT(node->text));
    spl_str near = spl_nearest(node->text, list, N_NAMES);
    if (near.len) spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    return false;
}

static bool add_spec(spl_binder *binder, convert_op *convert, conversion kind, const spl_node *from, const spl_node *to)
{
    if ((from->kind != SPL_NODE_WORD && from->kind != SPL_NODE_FIELD && from->kind != SPL_NODE_STRING) ||
        !from->text.len)
        return spl_bad_argument(binder, from->span, "%s() needs the name of a field", names[kind]);
    if (kind == NONE && !to) {
        SPL_PUSH(binder->arena, &convert->exempt, from->text);
        return true;
    }
    spec s = {.kind = kind, .from = from->text, .to = to ? to->text : SPL_S(""), .wild = spl_wildcard_has(from->text)};
    if (to && (spl_str_count(s.from, '*') != spl_str_count(s.to, '*') || spl_str_count(s.from, '*') > MAX_STARS))
        return spl_bad_argument(binder, to->span, "\"%.*s\" and \"%.*s\" do not have the same number of wildcards",
                                SPL_FMT(s.from), SPL_FMT(s.to));
    if (!s.wild) {
        s.fields.from = spl_bind_field(binder, s.from);
        s.fields.to = to ? spl_bind_field(binder, s.to) : s.fields.from;
    }
    spl_bind_reads_name(binder, s.from);
    SPL_PUSH(binder->arena, &convert->specs, s);
    return true;
}

static const spl_command with_auto;

static bool convert_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    convert_op *convert = (convert_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node;
    bool good = true;

    if (binder->holes) return true;
    if (!spl_args_peek(&args))
        return spl_lacks(binder, NULL, "a function of a field", "timeformat=\"%H:%M\" ctime(_time) AS at");
    while ((node = spl_args_next(&args))) {
        const spl_node *to = NULL;
        conversion kind;
        if (node->kind != SPL_NODE_CALL && node->kind != SPL_NODE_AGGREGATE)
            return spl_bad_argument(binder, node->span, "convert needs a function of a field here, not \"%.*s\"",
                                    SPL_FMT(node->text));
        if (!find_name(binder, node, &kind)) return false;
        if (node->alias) {
            to = node->alias;
        } else if (spl_args_take(&args, "as")) {
            to = spl_args_next(&args);
            if (!to || !to->text.len) return spl_bad_argument(binder, node->span, "convert needs a new name after AS");
        }
        if (!node->n_kids || (to && node->n_kids != 1))
            return spl_bad_argument(binder, node->span, "%s() needs the name of one field", names[kind]);
        for (uint32_t i = 0; i < node->n_kids; i++)
            if (!add_spec(binder, convert, kind, node->kids[i], to)) good = false;
        if (kind == AUTO) op->command = &with_auto;
    }
    return good;
}

static void convert_open(spl_op *op)
{
    convert_op *convert = (convert_op *)op;
    convert->caches = SPL_NEW_ARRAY(op->state, convert->specs.len, pair_cache);
}

/* --- values ---------------------------------------------------------------------------------------------------------
 */

static spl_str digits(spl_str *text)
{
    size_t n = 0;
    while (n < text->len && spl_is_digit(text->data[n])) n++;
    spl_str run = spl_str_sub(*text, 0, n);
    *text = spl_str_sub(*text, n, text->len);
    return run;
}

static bool take(spl_str *text, char c)
{
    if (!text->len || text->data[0] != c) return false;
    *text = spl_str_sub(*text, 1, text->len);
    return true;
}

static double count_of(spl_str run)
{
    double number = 0;
    return spl_num_parse(run, &number) ? number : 0;
}

/* [D+]HH:MM:SS[.fraction] */
static bool duration(spl_str text, double *seconds)
{
    double days = 0, hours, minutes, rest;
    text = spl_str_trim(text);
    spl_str run = digits(&text);
    if (!run.len) return false;
    if (take(&text, '+')) {
        days = count_of(run);
        run = digits(&text);
        if (!run.len) return false;
    }
    hours = count_of(run);
    if (!take(&text, ':')) return false;
    run = digits(&text);
    if (!run.len || !take(&text, ':')) return false;
    minutes = count_of(run);
    if (!text.len || !spl_is_digit(text.data[0]) || !spl_num_parse(text, &rest)) return false;
    *seconds = days * 86400 + hours * 3600 + minutes * 60 + rest;
    return true;
}

/* [MM:]SS[.SSS] */
static bool minutes_seconds(spl_str text, double *seconds)
{
    double minutes = 0, rest;
    text = spl_str_trim(text);
    spl_str all = text;
    spl_str run = digits(&text);
    if (run.len && take(&text, ':'))
        minutes = count_of(run);
    else
        text = all;
    if (!text.len || !spl_is_digit(text.data[0]) || !spl_num_parse(text, &rest)) return false;
    *seconds = minutes * 60 + rest;
    return true;
}

/* The length of the number that TEXT begins with. */
static size_t number_prefix(spl_str text)
{
    size_t n = 0, whole;
    if (n < text.len && (text.data[n] == '-' || text.data[n] == '+')) n++;
    whole = n;
    while (n < text.len && spl_is_digit(text.data[n])) n++;
    size_t count = n - whole;
    if (n < text.len && text.data[n] == '.') {
        size_t point = n++;
        while (n < text.len && spl_is_digit(text.data[n])) n++;
        count += n - point - 1;
        if (n == point + 1) n = point;
    }
    if (!count) return 0;
    if (n + 1 < text.len && (text.data[n] == 'e' || text.data[n] == 'E')) {
        size_t e = n + 1;
        if (text.data[e] == '-' || text.data[e] == '+') e++;
        size_t begin = e;
        while (e < text.len && spl_is_digit(text.data[e])) e++;
        if (e > begin) n = e;
    }
    return n;
}

static bool kilobytes(spl_str text, double *number)
{
    text = spl_str_trim(text);
    size_t n = number_prefix(text);
    if (!n || !spl_num_parse(spl_str_sub(text, 0, n), number)) return false;
    text = spl_str_trim(spl_str_sub(text, n, text.len));
    if (!text.len) return true;
    if (text.len == 2 && spl_ascii_lower(text.data[1]) == 'b') text.len = 1;
    if (text.len != 1) return false;
    switch (spl_ascii_lower(text.data[0])) {
    case 'k': return true;
    case 'm': *number *= 1024; return true;
    case 'g': *number *= 1024 * 1024; return true;
    default: return false;
    }
}

static spl_str without_commas(spl_arena *arena, spl_str text)
{
    spl_buf out = spl_buf_in(arena);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != ',') spl_buf_char(&out, text.data[i]);
    return spl_buf_str(&out);
}

static bool best(spl_arena *arena, spl_str text, double *number)
{
    if (spl_num_parse(text, number)) return true;
    if (memchr(text.data, ',', text.len) && spl_num_parse(without_commas(arena, text), number)) return true;
    return duration(text, number);
}

static spl_value converted(const convert_op *convert, conversion kind, spl_arena *arena, spl_value value)
{
    double number;
    spl_str text = spl_value_text(arena, value);
    if (!text.len) return kind == NUM ? SPL_NULL : value;
    switch (kind) {
    case CTIME: {
        if (!spl_value_number(value, &number)) return value;
        spl_buf out = spl_buf_in(arena);
        spl_strftime(&out, convert->base.query->zone, number, convert->timeformat);
        return spl_text(spl_buf_str(&out));
    }
    case MKTIME:
        if (!spl_strptime(convert->base.query->zone, text, convert->timeformat, convert->base.query->now, &number))
            return value;
        return spl_number(number);
    case RMUNIT: {
        spl_str trimmed = spl_str_trim(text);
        size_t n = number_prefix(trimmed);
        return n && spl_num_parse(spl_str_sub(trimmed, 0, n), &number) ? spl_number(number) : value;
    }
    case RMCOMMA: return spl_text(without_commas(arena, text)); /* 1,000.00 becomes 1000.00, decimals and all */
    case DUR2SEC: return duration(text, &number) ? spl_number(number) : value;
    case MSTIME: return minutes_seconds(text, &number) ? spl_number(number) : value;
    case MEMK: return kilobytes(text, &number) ? spl_number(number) : value;
    case AUTO: return best(arena, text, &number) ? spl_number(number) : value;
    case NUM: return best(arena, text, &number) ? spl_number(number) : SPL_NULL;
    case NONE: break;
    }
    return value;
}

/* --- rows -----------------------------------------------------------------------------------------------------------
 */

static void plan(const convert_op *convert, const spec *s, pair_cache *cache, const spl_batch *batch)
{
    cache->signature = spl_batch_signature(batch);
    cache->pairs.len = 0;
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_str captures[MAX_STARS];
        size_t count, next = 0;
        spl_field from = batch->columns[c]->field, to = from;
        spl_str name = spl_field_name(batch->fields, from);
        if (!spl_pattern_match(s->from, name) || spl_pattern_any(convert->exempt.data, convert->exempt.len, name))
            continue;
        if (s->to.len) {
            if (!spl_wildcard_capture(s->from, name, captures, MAX_STARS, &count)) continue;
            spl_buf out = spl_buf_in(batch->arena);
            for (size_t i = 0; i < s->to.len; i++) {
                if (s->to.data[i] != '*')
                    spl_buf_char(&out, s->to.data[i]);
                else if (next < count)
                    spl_buf_add(&out, captures[next++]);
            }
            to = spl_field_of(batch->fields, spl_buf_str(&out));
        }
        SPL_PUSH(convert->base.state, &cache->pairs, (pair){from, to});
    }
}

static void convert_field(convert_op *convert, conversion kind, spl_batch *batch, pair fields)
{
    if (!spl_batch_column(batch, fields.from)) return;
    if (kind == AUTO && spl_fieldset_has(&convert->mixed, fields.from)) kind = NONE; /* copied by AS as it is */
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, fields.from);
        uint32_t count = spl_value_count(value);
        if (!count) continue;
        if (count == 1) {
            value = converted(convert, kind, batch->arena, spl_value_at(value, 0));
        } else {
            spl_value *items = spl_alloc(batch->arena, count * sizeof *items);
            for (uint32_t v = 0; v < count; v++)
                items[v] = converted(convert, kind, batch->arena, spl_value_at(value, v));
            value = spl_multi_of(batch->arena, items, count);
        }
        spl_batch_set(batch, row, fields.to, value);
    }
}

/* Calls FN for each field of the batch that the I-th function reaches. */
typedef void (*field_fn)(convert_op *convert, conversion kind, spl_batch *batch, pair fields);
static void each_field(convert_op *convert, size_t i, spl_batch *batch, field_fn fn)
{
    const spec *s = &convert->specs.data[i];
    pair_cache *cache = &convert->caches[i];

    if (!s->wild) {
        fn(convert, s->kind, batch, s->fields);
        return;
    }
    if (cache->signature != spl_batch_signature(batch)) plan(convert, s, cache, batch);
    for (size_t p = 0; p < cache->pairs.len; p++) fn(convert, s->kind, batch, cache->pairs.data[p]);
}

static spl_status convert_map(spl_op *op, spl_batch **batch)
{
    convert_op *convert = (convert_op *)op;
    for (size_t i = 0; i < convert->specs.len; i++) each_field(convert, i, *batch, convert_field);
    return SPL_OK;
}

SPL_COMMAND(convert, .summary = "Turns texts into numbers, times into texts and back.",
            .syntax = "convert [timeformat=<format>] auto|ctime|dur2sec|memk|mktime|mstime|none|num|rmcomma|rmunit"
                      "(<field-or-pattern>) [AS <field>] …",
            .example = "| makeresults | eval size=\"1,024 kB\" | convert rmcomma(size) rmunit(size) | table size",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(convert_op),
            .bind = convert_bind, .open = convert_open, .map = convert_map);

/* --- with auto() -------------------------------------------------------------------------------------------------- */

static void see_field(convert_op *convert, conversion kind, spl_batch *batch, pair fields)
{
    double number;

    if (kind != AUTO || !spl_batch_column(batch, fields.from) || spl_fieldset_has(&convert->mixed, fields.from)) return;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        spl_value value = spl_batch_get(batch, spl_batch_row(batch, i), fields.from);
        for (uint32_t v = 0; v < spl_value_count(value); v++) {
            spl_str text = spl_value_text(batch->arena, spl_value_at(value, v));
            if (!text.len || best(batch->arena, text, &number)) continue;
            spl_fieldset_add(&convert->mixed, fields.from);
            return;
        }
    }
}

static void see(spl_op *op, spl_batch *batch)
{
    convert_op *convert = (convert_op *)op;
    for (size_t i = 0; i < convert->specs.len; i++) each_field(convert, i, batch, see_field);
}

static void finish(spl_op *op)
{
    (void)op;
}

static void edit(spl_op *op, spl_batch *batch)
{
    convert_map(op, &batch);
}

static void with_auto_open(spl_op *op)
{
    convert_op *convert = (convert_op *)op;

    convert_open(op);
    spl_fieldset_init(&convert->mixed, op->state, op->query->fields);
    convert->pass = (spl_twopass){.see = see, .finish = finish, .edit = edit};
}

static spl_status with_auto_next(spl_op *op, spl_batch **out)
{
    return spl_twopass_next(op, &((convert_op *)op)->pass, out);
}

static const spl_command with_auto = {
    .name = "convert",
    .args = SPL_ARGS_PLAIN,
    .traits = SPL_ORDERED,
    .options = options,
    .op_size = sizeof(convert_op),
    .open = with_auto_open,
    .next = with_auto_next,
};
