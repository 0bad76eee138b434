/* case_judge.c -- compares what a case gave with what was expected, and tells the difference.
 *
 * Rows are compared as ndjson, the form that users see. Only the fields that an expected row names count: null means
 * absent or empty; a number matches any spelling of the same number; a string must be equal; a list is a multivalue in
 * that order. */
#include "cli/case_judge.h"

#include "base/num.h"
#include "writers/writer.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_SHOWN = 20 }; /* rows of a difference that are printed */

/* --- comparing rows --- */

static spl_str json_text(const json_t *value)
{
    return spl_str_cut(json_string_value(value), json_string_length(value));
}

static bool numeric(const json_t *value, double *number)
{
    if (json_is_number(value)) {
        *number = json_number_value(value);
        return true;
    }
    return json_is_string(value) && spl_num_parse(json_text(value), number);
}

static bool same_value(const json_t *want, const json_t *got)
{
    double a, b;

    if (json_is_null(want)) {
        return !got || json_is_null(got) || (json_is_string(got) && !json_string_length(got)) ||
               (json_is_array(got) && !json_array_size(got));
    }
    if (!got) return false;
    if (json_is_array(want)) {
        size_t count = json_array_size(want);
        if (!json_is_array(got)) return count == 1 && same_value(json_array_get(want, 0), got);
        if (count != json_array_size(got)) return false;
        for (size_t i = 0; i < count; i++)
            if (!same_value(json_array_get(want, i), json_array_get(got, i))) return false;
        return true;
    }
    if (json_is_array(got)) return json_array_size(got) == 1 && same_value(want, json_array_get(got, 0));
    if (json_is_number(want)) {
        if (!numeric(want, &a) || !numeric(got, &b)) return false;
        return a == b || fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
    }
    if (json_is_boolean(want))
        return json_is_string(got) && spl_str_is(json_text(got), json_is_true(want) ? "true" : "false");
    if (json_is_string(want) && json_is_string(got)) return spl_str_eq(json_text(want), json_text(got));
    if (json_is_string(want) && json_is_number(got)) { /* "5" is what a computed 5 shows */
        char shown[SPL_NUM_MAX];
        double number = json_number_value(got);
        return spl_str_eq(json_text(want), spl_str_cut(shown, spl_num_write(shown, number, 0)));
    }
    return false;
}

static bool same_row(json_t *want, const json_t *got)
{
    const char *key;
    size_t length;
    json_t *value;
    json_object_keylen_foreach(want, key, length, value)
    {
        if (!same_value(value, json_object_getn(got, key, length))) return false;
    }
    return true;
}

/* --- what a case gave --- */

typedef struct rows {
    spl_arena *arena;
    SPL_VEC(spl_str) lines;
    SPL_VEC(json_t *) objects;
} rows;

static void split_rows(spl_str text, rows *out)
{
    for (size_t at = 0; at < text.len;) {
        const char *newline = memchr(text.data + at, '\n', text.len - at);
        size_t end = newline ? (size_t)(newline - text.data) : text.len;
        spl_str line = spl_str_sub(text, at, end);
        json_t *object = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);
        SPL_PUSH(out->arena, &out->lines, line);
        SPL_PUSH(out->arena, &out->objects, object);
        at = end + 1;
    }
}

static void free_rows(rows *out)
{
    for (size_t i = 0; i < out->objects.len; i++) json_decref(out->objects.data[i]);
}

/* Where a diagnostic stands in the search itself: its own place, or the call of the macro that it came through. */
static bool stands_at(const spl_diagnostic *d, spl_str position)
{
    spl_span span = d->span;
    char text[48];
    for (int depth = 0; span.source && depth < 64; depth++) {
        span = spl_span_origin(span);
        spl_place place = spl_span_place(span);
        int n = snprintf(text, sizeof text, "%u:%u", place.line, place.column);
        if (n > 0 && spl_str_eq(position, spl_str_cut(text, (size_t)n))) return true;
        span = span.source ? span.source->used_at : (spl_span){0};
    }
    return false;
}

/* As an expectation has it: "code line:col" of the outermost place, or "code". */
static void put_refusal(spl_buf *out, const spl_diagnostic *d)
{
    spl_span span = d->span;
    spl_buf_printf(out, "!%s", d->code);
    if (!span.source) return;
    span = spl_span_origin(span);
    for (int depth = 0; span.source && span.source->used_at.source && depth < 64; depth++)
        span = spl_span_origin(span.source->used_at);
    spl_place place = spl_span_place(span);
    spl_buf_printf(out, " %u:%u", place.line, place.column);
}

static bool refusal_is(const case_outcome *out, spl_str text)
{
    size_t end = 0;
    while (end < text.len && !spl_is_space(text.data[end])) end++;
    spl_str code = spl_str_sub(text, 0, end), position = spl_str_trim(spl_str_sub(text, end, text.len));
    for (size_t i = 0; i < spl_diag_len(out->diag); i++) {
        const spl_diagnostic *d = spl_diag_at(out->diag, i);
        if (d->severity == SPL_ERROR && spl_str_is(code, d->code) && (!position.len || stands_at(d, position)))
            return true;
    }
    return false;
}

static bool has_diagnostic(const case_outcome *out, spl_severity severity, spl_str code)
{
    for (size_t i = 0; i < spl_diag_len(out->diag); i++) {
        const spl_diagnostic *d = spl_diag_at(out->diag, i);
        if (d->severity == severity && spl_str_is(code, d->code)) return true;
    }
    return false;
}

/* --- judging --- */

static void complain(spl_buf *why, const char *what, spl_str text)
{
    spl_buf_printf(why, "    %s%.*s\n", what, SPL_FMT(text));
}

static void complain_told(spl_buf *why, const spl_cli *cli, const case_outcome *out, spl_severity least)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (!file) return;
    for (size_t i = 0; i < spl_diag_len(out->diag); i++) {
        const spl_diagnostic *d = spl_diag_at(out->diag, i);
        if (d->severity >= least) spl_render(file, d, cli->json_diagnostics, false);
    }
    fclose(file);
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline ? (size_t)(newline - text) : length;
        complain(why, "", spl_str_cut(text + at, end - at));
        at = end + 1;
    }
    free(text);
}

static void put_value(spl_buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
    spl_buf_puts(out, text ? text : "null");
    free(text);
}

/* Of two rows that do not agree the fields that make it so: rows are wide, and only the fields named are compared. */
static void tell_fields(spl_buf *out, json_t *want, json_t *got)
{
    const char *key;
    size_t length;
    json_t *value;

    json_object_keylen_foreach(want, key, length, value)
    {
        const json_t *is = json_object_getn(got, key, length);
        SPL_VEC(spl_str) names = {0};
        const char *name;
        json_t *cell;

        if (same_value(value, is)) continue;
        spl_buf_printf(out, "      %.*s: expected ", (int)length, key);
        put_value(out, value);
        if (is) {
            spl_buf_puts(out, ", got ");
            put_value(out, is);
        } else {
            spl_buf_puts(out, ", but the row has no such field");
            json_object_foreach(got, name, cell) SPL_PUSH(out->arena, &names, spl_str_of(name));
            spl_str near = spl_nearest(spl_str_cut(key, length), names.data, names.len);
            if (near.len) spl_buf_printf(out, "; did you mean \"%.*s\"?", SPL_FMT(near));
        }
        spl_buf_char(out, '\n');
    }
}

static void judge_rows(spl_buf *why, const test_case *test, const rows *want, const rows *got)
{
    size_t shown = 0;
    bool differs = want->lines.len != got->lines.len;
    bool *used = SPL_NEW_ARRAY(why->arena, got->lines.len + 1, bool);
    spl_buf lines = spl_buf_in(why->arena);

    for (size_t i = 0; i < want->lines.len; i++) {
        size_t match = got->lines.len;
        if (test->unordered) {
            for (size_t k = 0; k < got->lines.len && match == got->lines.len; k++)
                if (!used[k] && same_row(want->objects.data[i], got->objects.data[k])) match = k;
        } else if (i < got->lines.len && same_row(want->objects.data[i], got->objects.data[i])) {
            match = i;
        }
        if (match < got->lines.len) {
            used[match] = true;
            continue;
        }
        differs = true;
        if (shown++ >= MOST_SHOWN) continue;
        spl_buf_printf(&lines, "    - %.*s\n", SPL_FMT(want->lines.data[i]));
        if (!test->unordered && i < got->lines.len) {
            used[i] = true;
            spl_buf_printf(&lines, "    + %.*s\n", SPL_FMT(got->lines.data[i]));
            tell_fields(&lines, want->objects.data[i], got->objects.data[i]);
        }
    }
    for (size_t k = 0; k < got->lines.len; k++) {
        if (used[k] || shown++ >= MOST_SHOWN) continue;
        spl_buf_printf(&lines, "    + %.*s\n", SPL_FMT(got->lines.data[k]));
    }
    if (!differs) return;
    if (want->lines.len != got->lines.len)
        spl_buf_printf(why, "    expected %zu rows, got %zu\n", want->lines.len, got->lines.len);
    spl_buf_add(why, spl_buf_str(&lines));
    if (shown > MOST_SHOWN) spl_buf_printf(why, "    (%zu more)\n", shown - MOST_SHOWN);
}

static void list_columns(const rows *got, spl_buf *out, bool *any)
{
    spl_buf seen = spl_buf_in(out->arena);
    for (size_t i = 0; i < got->objects.len; i++) {
        const char *key;
        json_t *value;
        json_object_foreach(got->objects.data[i], key, value)
        {
            spl_buf quoted = spl_buf_in(out->arena);
            spl_json_text(&quoted, spl_str_of(key));
            if (spl_str_find(spl_buf_str(&seen), spl_buf_str(&quoted), 0) >= 0) continue;
            spl_buf_add(&seen, spl_buf_str(&quoted));
            bool plain = *key && !strpbrk(key, " \"\\\t");
            if (*any) spl_buf_char(out, ' ');
            *any = true;
            if (plain)
                spl_buf_puts(out, key);
            else
                spl_buf_add(out, spl_buf_str(&quoted));
        }
    }
}

/* The columns that the plan announces, before a row is there, are what csv, tsv and table write: a field outside of
 * them would be lost. So each case asks that there is none. */
static void judge_announced(spl_buf *why, const case_outcome *out, const rows *got)
{
    uint32_t count = 0;
    const spl_field *columns = out->status == SPL_OK ? spl_search_columns(out->search, &count) : NULL;
    const spl_fields *fields = columns ? spl_search_query(out->search)->fields : NULL;

    for (size_t i = 0; columns && i < got->objects.len; i++) {
        const char *key;
        json_t *value;
        json_object_foreach(got->objects.data[i], key, value)
        {
            uint32_t k = 0;
            while (k < count && !spl_str_is(spl_field_name(fields, columns[k]), key)) k++;
            if (k < count) continue;
            complain(why, "a column that the plan did not announce: ", spl_str_of(key));
            return;
        }
    }
}

/* A lookup that is not there is an empty table to inputlookup: a case that does not say so may hold for that alone. */
static void judge_lookups(spl_buf *why, const spl_cli *cli, const test_case *test, const case_outcome *out,
                          const rows *got)
{
    static const char missing[] = "missing-lookup";

    if (out->status != SPL_OK || !has_diagnostic(out, SPL_WARNING, spl_str_of(missing))) return;
    for (size_t i = 0; i < test->expected.len; i++)
        if (test->expected.data[i].kind == EXPECT_WARNING && spl_str_is(test->expected.data[i].text, missing)) return;
    complain(why, "a lookup is not there, and the case does not expect it with %warning ", spl_str_of(missing));
    if (got->lines.len) complain_told(why, cli, out, SPL_WARNING); /* else all is told below */
}

/* %none and %fires stand alone. */
static void judge_bare(spl_buf *why, const case_line *line)
{
    if (line->text.len && line->text.data[0] != '#') complain(why, "nothing stands behind it: ", line->whole);
}

void case_judge(spl_cli *cli, const test_case *test, const case_outcome *out, spl_buf *why)
{
    rows want = {.arena = out->arena}, got = {.arena = out->arena};
    size_t refusals = 0;
    bool rows_told = false, asked = test->expected.len > 0;

    split_rows(out->output, &got);
    for (size_t i = 0; i < test->expected.len; i++) {
        const case_line *e = &test->expected.data[i];
        char number[48];
        switch (e->kind) {
        case EXPECT_REFUSAL:
            refusals++;
            if (out->status == SPL_OK)
                complain(why, "expected a refusal: ", e->text);
            else if (!refusal_is(out, e->text))
                complain(why, "expected the refusal ", e->whole);
            break;
        case EXPECT_ROW: {
            json_error_t error;
            json_t *object = json_loadb(e->text.data, e->text.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
            if (!json_is_object(object)) {
                complain(why, "this row is no JSON object: ", e->text);
                json_decref(object);
                object = json_object();
            }
            SPL_PUSH(out->arena, &want.lines, e->text);
            SPL_PUSH(out->arena, &want.objects, object);
            rows_told = true;
            break;
        }
        case EXPECT_NONE:
            rows_told = true;
            judge_bare(why, e);
            break;
        case EXPECT_COUNT:
            snprintf(number, sizeof number, "%zu", got.lines.len);
            if (!spl_str_is(e->text, number)) {
                complain(why, "- rows: ", e->text);
                complain(why, "+ rows: ", spl_str_of(number));
            }
            break;
        case EXPECT_COLUMNS: {
            spl_buf names = spl_buf_in(out->arena);
            bool any = false;
            list_columns(&got, &names, &any);
            if (!spl_str_eq(spl_buf_str(&names), e->text)) {
                complain(why, "- columns ", e->text);
                complain(why, "+ columns ", spl_buf_str(&names));
            }
            break;
        }
        case EXPECT_WARNING:
        case EXPECT_NOTE:
            if (!has_diagnostic(out, e->kind == EXPECT_NOTE ? SPL_NOTE : SPL_WARNING, e->text))
                complain(why, e->kind == EXPECT_NOTE ? "expected a note: " : "expected a warning: ", e->text);
            break;
        case EXPECT_FIRES:
            judge_bare(why, e);
            if (out->status == SPL_OK && !got.lines.len)
                complain(why, "expected at least one row, got none", SPL_S(""));
            break;
        }
    }
    if (rows_told && out->status == SPL_OK) judge_rows(why, test, &want, &got);
    judge_announced(why, out, &got);
    judge_lookups(why, cli, test, out, &got);
    if (!asked && !test->must_run)
        complain(why, "the case expects nothing: rows, %fires, %none, %count or a refusal should follow", SPL_S(""));
    if (!asked && test->must_run && out->status == SPL_OK && !got.lines.len)
        complain(why, "the example gives no result", SPL_S(""));
    if (out->status != SPL_OK && (!refusals || why->len)) {
        if (!refusals) spl_buf_printf(why, "    it ended with status %d\n", cli_status(out->status));
        complain_told(why, cli, out, SPL_ERROR);
    } else if (why->len && !got.lines.len) { /* notes may say why there is nothing */
        complain_told(why, cli, out, SPL_NOTE);
    }
    free_rows(&want);
    free_rows(&got);
}

/* --- --update --- */

/* The fields that the expected rows name, so that rows written anew name the same. */
static json_t *named_fields(const test_case *test)
{
    json_t *names = json_object();
    for (size_t i = 0; i < test->expected.len; i++) {
        const case_line *e = &test->expected.data[i];
        if (e->kind != EXPECT_ROW) continue;
        json_t *object = json_loadb(e->text.data, e->text.len, JSON_ALLOW_NUL, NULL);
        const char *key;
        json_t *value;
        json_object_foreach(object, key, value) json_object_set_new(names, key, json_null());
        json_decref(object);
    }
    return names;
}

static void put_row(spl_buf *out, spl_str line, json_t *names)
{
    json_t *object = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);
    const char *key;
    json_t *value;
    bool first = true;

    if (!json_object_size(names) || !object) {
        spl_buf_add(out, line);
        spl_buf_char(out, '\n');
        json_decref(object);
        return;
    }
    spl_buf_char(out, '{');
    json_object_foreach(names, key, value)
    {
        json_t *cell = json_object_get(object, key);
        char *text = json_dumps(cell ? cell : value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
        if (!first) spl_buf_char(out, ',');
        first = false;
        spl_json_text(out, spl_str_of(key));
        spl_buf_char(out, ':');
        spl_buf_puts(out, text ? text : "null");
        free(text);
    }
    spl_buf_puts(out, "}\n");
    json_decref(object);
}

/* The lines that the case should have had. */
void case_expectations(const test_case *test, const case_outcome *o, spl_buf *out)
{
    rows got = {.arena = o->arena};
    json_t *names = named_fields(test);
    bool rows_told = test->expected.len == 0;

    split_rows(o->output, &got);
    for (size_t i = 0; i < test->expected.len; i++) {
        const case_line *e = &test->expected.data[i];
        if (e->kind == EXPECT_ROW || e->kind == EXPECT_NONE || e->kind == EXPECT_REFUSAL || e->kind == EXPECT_FIRES)
            rows_told = true;
        if (o->status != SPL_OK) continue;
        if (e->kind == EXPECT_COUNT) spl_buf_printf(out, "%%count %zu\n", got.lines.len);
        if (e->kind == EXPECT_COLUMNS) {
            bool any = false;
            spl_buf_puts(out, "%columns ");
            list_columns(&got, out, &any);
            spl_buf_char(out, '\n');
        }
        if (e->kind == EXPECT_WARNING || e->kind == EXPECT_NOTE) {
            spl_buf_add(out, e->whole);
            spl_buf_char(out, '\n');
        }
    }
    if (test->unordered && rows_told) spl_buf_puts(out, "%unordered\n");
    if (o->status != SPL_OK) {
        for (size_t i = 0; i < spl_diag_len(o->diag); i++) {
            if (spl_diag_at(o->diag, i)->severity != SPL_ERROR) continue;
            put_refusal(out, spl_diag_at(o->diag, i));
            spl_buf_char(out, '\n');
        }
    } else if (rows_told) {
        for (size_t i = 0; i < got.lines.len; i++) put_row(out, got.lines.data[i], names);
        if (!got.lines.len) spl_buf_puts(out, "%none\n");
    }
    json_decref(names);
    free_rows(&got);
}
