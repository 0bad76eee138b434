/* cli_test.c -- spl test: runs the cases of .test files, of documentation blocks and of published detections.
 *
 * Each case is a search of its own in this process. What it gives is written as ndjson, the form that users see, and
 * compared with the rows expected: the fields that a row names are compared; null means absent or empty; a number
 * matches any spelling of the same number; a string must be equal; a list is a multivalue in that order. */
#include "cli/case_file.h"

#include "base/num.h"
#include "writers/writer.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SHOWN = 20 }; /* rows of a difference that are printed */

typedef struct outcome {
    spl_arena *arena;
    spl_status status;
    spl_str output; /* ndjson */
    spl_search *search;
    const spl_diag *diag;
} outcome;

typedef struct test_tally {
    size_t passed, failed, skipped, updated;
    spl_buf junit; /* the testcase elements */
} test_tally;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- running a case ------------------------------------------------------------------------------------------------
 */

static bool to_memory(void *to, spl_str text)
{
    spl_buf_add(to, text);
    return true;
}

static void run_search(outcome *out)
{
    spl_frame frame;
    spl_output output = {0};
    spl_buf memory = spl_buf_in(out->arena);

    out->status = spl_search_compile(out->search);
    out->diag = spl_search_diag(out->search);
    if (out->status != SPL_OK) return;
    output.writer = spl_writer_find(SPL_S("ndjson"));
    output.query = spl_search_query(out->search);
    output.arena = out->arena;
    output.sink = to_memory;
    output.to = &memory;
    spl_worker *volatile worker = NULL;
    if (SPL_CATCH(&frame)) {
        out->status = frame.status;
    } else {
        spl_batch *batch;
        spl_status status;
        worker = output.worker = spl_worker_new(output.query, 0);
        spl_output_begin(&output);
        while ((status = spl_search_next(out->search, &batch)) == SPL_OK) {
            spl_output_batch(&output, batch);
            spl_batch_free(batch);
        }
        spl_output_end(&output);
        out->status = status == SPL_END ? SPL_OK : status;
        spl_frame_leave(&frame);
    }
    if (worker) spl_worker_free(worker);
    out->output = spl_buf_str(&memory);
}

static bool run_case(spl_cli *cli, const test_case *test, const char *state, outcome *out)
{
    const case_scene *scene = &test->scene;
    static const char *const inline_names[] = {"events"};
    cli_strings apps = {0}, macros = {0};
    spl_config config = cli_config(cli, NULL, 0);

    for (size_t i = 0; i < cli->apps.len; i++) SPL_PUSH(out->arena, &apps, cli->apps.data[i]);
    for (size_t i = 0; i < scene->apps.len; i++) SPL_PUSH(out->arena, &apps, scene->apps.data[i]);
    for (size_t i = 0; i < cli->macros.len; i++) SPL_PUSH(out->arena, &macros, cli->macros.data[i]);
    for (size_t i = 0; i < scene->macros.len; i++) SPL_PUSH(out->arena, &macros, scene->macros.data[i]);
    spl_inline_file *lookups = SPL_NEW_ARRAY(out->arena, scene->lookups.len, spl_inline_file);
    for (size_t i = 0; i < scene->lookups.len; i++)
        lookups[i] = (spl_inline_file){scene->lookups.data[i].name, scene->lookups.data[i].text};
    config.apps = apps.data;
    config.n_apps = apps.len;
    config.macros = macros.data;
    config.n_macros = macros.len;
    config.lookups = lookups;
    config.n_lookups = scene->lookups.len;
    if (scene->data == CASE_RECORDS || scene->data == CASE_RAW) {
        config.paths = inline_names;
        config.n_paths = 1;
        config.texts = &scene->text;
        config.records = scene->data == CASE_RECORDS;
    } else if (scene->data == CASE_FILES) {
        config.paths = scene->files.data;
        config.n_paths = scene->files.len;
    }
    config.now = scene->now ? scene->now : config.now;
    config.tz = scene->tz ? scene->tz : config.tz ? config.tz : "UTC";
    if (scene->earliest) config.earliest = scene->earliest;
    if (scene->latest) config.latest = scene->latest;
    if (scene->sourcetype) config.sourcetype = scene->sourcetype;
    if (scene->source) config.source = scene->source;
    if (scene->host) config.host = scene->host;
    if (scene->index) config.index = scene->index;
    config.splunk_limits |= scene->splunk_limits;
    config.state_dir = state;
    if (!config.threads) config.threads = 1; /* a case is small: threads would cost more than they give */
    out->search = cli_open_search(&config, &test->search);
    if (!out->search) return false;
    cli_interrupts(out->search);
    run_search(out);
    cli_interrupts(NULL);
    return true;
}

/* --- comparing rows --------------------------------------------------------------------------------------------------
 */

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

/* --- what a case gave
 * ------------------------------------------------------------------------------------------------- */

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

static bool refusal_is(const outcome *out, spl_str text)
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

static bool has_diagnostic(const outcome *out, spl_severity severity, spl_str code)
{
    for (size_t i = 0; i < spl_diag_len(out->diag); i++) {
        const spl_diagnostic *d = spl_diag_at(out->diag, i);
        if (d->severity == severity && spl_str_is(code, d->code)) return true;
    }
    return false;
}

/* --- judging
 * ---------------------------------------------------------------------------------------------------------- */

typedef struct verdict {
    spl_buf why; /* empty: the case holds */
} verdict;

static void complain(verdict *v, const char *what, spl_str text)
{
    spl_buf_printf(&v->why, "    %s%.*s\n", what, SPL_FMT(text));
}

static void complain_errors(verdict *v, const spl_cli *cli, const outcome *out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (!file) return;
    for (size_t i = 0; i < spl_diag_len(out->diag); i++) {
        const spl_diagnostic *d = spl_diag_at(out->diag, i);
        if (d->severity == SPL_ERROR) spl_render(file, d, cli->json_diagnostics, false);
    }
    fclose(file);
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline ? (size_t)(newline - text) : length;
        complain(v, "", spl_str_cut(text + at, end - at));
        at = end + 1;
    }
    free(text);
}

static void judge_rows(verdict *v, const test_case *test, const rows *want, const rows *got)
{
    size_t shown = 0;
    bool differs = want->lines.len != got->lines.len;
    bool *used = SPL_NEW_ARRAY(v->why.arena, got->lines.len + 1, bool);
    spl_buf lines = spl_buf_in(v->why.arena);

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
        }
    }
    for (size_t k = 0; k < got->lines.len; k++) {
        if (used[k] || shown++ >= MOST_SHOWN) continue;
        spl_buf_printf(&lines, "    + %.*s\n", SPL_FMT(got->lines.data[k]));
    }
    if (!differs) return;
    if (want->lines.len != got->lines.len)
        spl_buf_printf(&v->why, "    expected %zu rows, got %zu\n", want->lines.len, got->lines.len);
    spl_buf_add(&v->why, spl_buf_str(&lines));
    if (shown > MOST_SHOWN) spl_buf_printf(&v->why, "    (%zu more)\n", shown - MOST_SHOWN);
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

static void judge(spl_cli *cli, verdict *v, const test_case *test, outcome *out)
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
                complain(v, "expected a refusal: ", e->text);
            else if (!refusal_is(out, e->text))
                complain(v, "expected the refusal ", e->whole);
            break;
        case EXPECT_ROW: {
            json_error_t error;
            json_t *object = json_loadb(e->text.data, e->text.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
            if (!json_is_object(object)) {
                complain(v, "this row is no JSON object: ", e->text);
                json_decref(object);
                object = json_object();
            }
            SPL_PUSH(out->arena, &want.lines, e->text);
            SPL_PUSH(out->arena, &want.objects, object);
            rows_told = true;
            break;
        }
        case EXPECT_NONE: rows_told = true; break;
        case EXPECT_COUNT:
            snprintf(number, sizeof number, "%zu", got.lines.len);
            if (!spl_str_is(e->text, number)) {
                complain(v, "- rows: ", e->text);
                complain(v, "+ rows: ", spl_str_of(number));
            }
            break;
        case EXPECT_COLUMNS: {
            spl_buf names = spl_buf_in(out->arena);
            bool any = false;
            list_columns(&got, &names, &any);
            if (!spl_str_eq(spl_buf_str(&names), e->text)) {
                complain(v, "- columns ", e->text);
                complain(v, "+ columns ", spl_buf_str(&names));
            }
            break;
        }
        case EXPECT_WARNING:
        case EXPECT_NOTE:
            if (!has_diagnostic(out, e->kind == EXPECT_NOTE ? SPL_NOTE : SPL_WARNING, e->text))
                complain(v, e->kind == EXPECT_NOTE ? "expected a note: " : "expected a warning: ", e->text);
            break;
        case EXPECT_FIRES:
            if (out->status == SPL_OK && !got.lines.len)
                complain(v, "expected at least one row, got none", SPL_S(""));
            break;
        }
    }
    if (rows_told && out->status == SPL_OK) judge_rows(v, test, &want, &got);
    if (!asked && !test->must_run) complain(v, "the case expects nothing", SPL_S(""));
    if (!asked && test->must_run && out->status == SPL_OK && !got.lines.len)
        complain(v, "the example gives no result", SPL_S(""));
    if (out->status != SPL_OK && (!refusals || v->why.len)) {
        if (!refusals) spl_buf_printf(&v->why, "    it ended with status %d\n", cli_status(out->status));
        complain_errors(v, cli, out);
    }
    free_rows(&want);
    free_rows(&got);
}

/* --- --update
 * --------------------------------------------------------------------------------------------------------- */

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
static void put_expectations(spl_buf *out, const test_case *test, const outcome *o)
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

typedef struct patch {
    size_t begin, end;
    spl_str text;
} patch;
typedef SPL_VEC(patch) patches;

static bool write_patched(spl_cli *cli, const case_file *file, const patches *list)
{
    cli_out *out = cli_out_open(cli, file->path);
    size_t at = 0;
    bool good = out != NULL;
    for (size_t i = 0; good && i < list->len; i++) {
        good = cli_out_write(out, spl_str_sub(file->text, at, list->data[i].begin));
        if (good && at < list->data[i].begin && file->text.data[list->data[i].begin - 1] != '\n')
            good = cli_out_write(out, SPL_S("\n"));
        good = good && cli_out_write(out, list->data[i].text);
        at = list->data[i].end;
    }
    good = good && cli_out_write(out, spl_str_sub(file->text, at, file->text.len));
    return out && cli_out_close(cli, out, good) == 0 && good;
}

/* --- files
 * ------------------------------------------------------------------------------------------------------------ */

static void xml_text(spl_buf *out, spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '<')
            spl_buf_puts(out, "&lt;");
        else if (c == '>')
            spl_buf_puts(out, "&gt;");
        else if (c == '&')
            spl_buf_puts(out, "&amp;");
        else if (c == '"')
            spl_buf_puts(out, "&quot;");
        else if (c >= 0x20 || c == '\n' || c == '\t')
            spl_buf_char(out, (char)c);
    }
}

static void junit_case(spl_cli *cli, test_tally *tally, const case_file *file, const test_case *test, double time,
                       const char *kind, spl_str text)
{
    if (!cli->junit) return;
    spl_buf_puts(&tally->junit, "    <testcase classname=\"");
    xml_text(&tally->junit, spl_str_of(file->path));
    spl_buf_printf(&tally->junit, "\" name=\"line %u\" time=\"%.6f\"", test->line, time);
    if (!kind) {
        spl_buf_puts(&tally->junit, "/>\n");
        return;
    }
    spl_buf_printf(&tally->junit, "><%s>", kind);
    xml_text(&tally->junit, text);
    spl_buf_printf(&tally->junit, "</%s></testcase>\n", kind);
}

static void print_failure(const case_file *file, const test_case *test, spl_str why)
{
    printf("FAIL %s:%u\n", file->path, test->line);
    spl_str text = test->search.text;
    for (size_t at = 0; at < text.len;) {
        const char *newline = memchr(text.data + at, '\n', text.len - at);
        size_t end = newline ? (size_t)(newline - text.data) : text.len;
        printf("    %.*s\n", SPL_FMT(spl_str_sub(text, at, end)));
        at = end + 1;
    }
    printf("%.*s", SPL_FMT(why));
}

static bool wanted(const spl_cli *cli, const case_file *file, const test_case *test)
{
    if (!cli->filter) return true;
    spl_str filter = spl_str_of(cli->filter);
    return spl_str_find(spl_str_of(file->path), filter, 0) >= 0 || spl_str_find(test->search.text, filter, 0) >= 0;
}

static void test_one(spl_cli *cli, const case_file *file, const test_case *test, const char *state, test_tally *tally,
                     patches *list)
{
    double began = seconds();
    outcome out = {.arena = spl_arena_new(cli->account), .status = SPL_REFUSED};
    verdict v = {spl_buf_in(out.arena)};

    if (test->skipped) {
        tally->skipped++;
        printf("skipped, no data: %s:%u\n", file->path, test->line);
        junit_case(cli, tally, file, test, 0, "skipped", spl_str_of(test->problem));
        spl_arena_free(out.arena);
        return;
    }
    if (test->problem) {
        complain(&v, "", spl_str_of(test->problem));
    } else if (!run_case(cli, test, state, &out)) {
        complain(&v, "out of memory", SPL_S(""));
    } else {
        judge(cli, &v, test, &out);
        if (v.why.len && cli->update && test->end != SIZE_MAX && !cli_interrupted()) {
            spl_buf text = spl_buf_in(cli->arena);
            put_expectations(&text, test, &out);
            patch patched = {test->begin, test->end, spl_buf_str(&text)};
            SPL_PUSH(cli->arena, list, patched);
            tally->updated++;
        }
    }
    spl_str why = spl_buf_str(&v.why);
    if (why.len) {
        tally->failed++;
        print_failure(file, test, why);
        junit_case(cli, tally, file, test, seconds() - began, "failure", why);
    } else {
        tally->passed++;
        junit_case(cli, tally, file, test, seconds() - began, NULL, why);
    }
    if (out.search) spl_search_free(out.search);
    spl_arena_free(out.arena);
}

/* Removes what a test's outputlookup, collect and the like have written: plain files in folders. */
static void remove_tree(const char *path, int depth)
{
    char below[4096];
    DIR *folder = depth < 16 ? opendir(path) : NULL;
    if (folder) {
        const struct dirent *entry;
        while ((entry = readdir(folder))) {
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            struct stat info;
            int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            if (n < 0 || (size_t)n >= sizeof below || lstat(below, &info) != 0) continue;
            if (S_ISDIR(info.st_mode))
                remove_tree(below, depth + 1);
            else
                (void)unlink(below);
        }
        closedir(folder);
    }
    (void)rmdir(path);
}

static bool test_file(spl_cli *cli, const char *path, bool named, const char *scratch, test_tally *tally)
{
    case_file file = {0};
    patches list = {0};
    bool detection = cli_has_suffix(path, ".yml") || cli_has_suffix(path, ".yaml");
    bool page = cli_has_suffix(path, ".md");

    if (!case_file_read(cli, path, &file)) return false;
    if (!file.cases.len && (named || (!detection && !page))) {
        tally->failed++;
        printf("FAIL %s\n    the file has no cases\n", path);
        return true;
    }
    const char *state = cli->config.state_dir;
    if (!state) state = spl_cstring(cli->arena, spl_strf(cli->arena, "%s/state", scratch));
    for (size_t i = 0; i < file.cases.len && !cli_interrupted(); i++)
        if (wanted(cli, &file, &file.cases.data[i])) test_one(cli, &file, &file.cases.data[i], state, tally, &list);
    if (!cli->config.state_dir) remove_tree(state, 0);
    return !list.len || write_patched(cli, &file, &list);
}

static bool is_test_file(const char *path)
{
    return cli_has_suffix(path, ".test") || cli_has_suffix(path, ".yml") || cli_has_suffix(path, ".yaml") ||
           cli_has_suffix(path, ".md");
}

static int write_junit(spl_cli *cli, const test_tally *tally, double time)
{
    cli_out *out = cli_out_open(cli, cli->junit);
    spl_buf text = spl_buf_in(cli->arena);

    if (!out) return SPL_IO;
    spl_buf_printf(&text,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                   "  <testsuite name=\"spl\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
                   tally->passed + tally->failed + tally->skipped, tally->failed, tally->skipped, time);
    spl_buf_add(&text, spl_buf_str(&tally->junit));
    spl_buf_puts(&text, "  </testsuite>\n</testsuites>\n");
    bool good = cli_out_write(out, spl_buf_str(&text));
    return cli_out_close(cli, out, good) || !good ? SPL_IO : 0;
}

static int test(spl_cli *cli)
{
    cli_strings files = {0};
    test_tally tally = {.junit = spl_buf_in(cli->arena)};
    const char *folder = getenv("TMPDIR");
    double began = seconds();
    int status = 0;

    if (!cli->operands.len) return cli_usage_error(cli, "no test is given (a .test file, a detection or a folder)");
    char *scratch =
        spl_cstring(cli->arena, spl_strf(cli->arena, "%s/spl-test-XXXXXX", folder && *folder ? folder : "/tmp"));
    if (!mkdtemp(scratch)) return cli_error(cli, SPL_IO, scratch, "could not make a folder: %s", strerror(errno));
    for (size_t i = 0; i < cli->operands.len && !status; i++) {
        struct stat info;
        const char *path = cli->operands.data[i];
        bool named = stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
        size_t from = files.len;
        if (!cli_walk(cli, path, is_test_file, &files)) status = SPL_IO;
        for (size_t k = from; k < files.len && !cli_interrupted(); k++)
            if (!test_file(cli, files.data[k], named, scratch, &tally)) status = SPL_IO;
    }
    remove_tree(scratch, 0);
    if (!status && cli->junit) status = write_junit(cli, &tally, seconds() - began);
    if (!status && !(tally.passed + tally.failed + tally.skipped)) {
        puts("no cases");
        tally.failed++;
    }
    if (tally.updated) printf("%zu expectations rewritten\n", tally.updated);
    printf("%zu passed, %zu failed, %zu skipped\n", tally.passed, tally.failed, tally.skipped);
    return status ? status : tally.failed ? SPL_REFUSED : 0;
}

const cli_command cli_test_command = {
    .name = "test",
    .usage = "[options] PATH...",
    .summary = "Run detection tests against their fixtures.",
    .details =
        "PATH is a .test file, a detection .yml with tests, a documentation page with ```spl blocks, or a folder of\n"
        "these. The zone is UTC unless given. docs/reference/formats/test.md tells the format of .test files.\n",
    .options = CLI_KNOWLEDGE | CLI_TIME | CLI_RUN | CLI_THREADS | CLI_TEST | CLI_DIAGNOSTICS,
    .run = test,
};
