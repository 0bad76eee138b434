/* Lookups: CSV text, the state folder, and matching against a plain search through all rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/csv.h"
#include "base/wildcard.h"
#include "knowledge/knowledge.h"
#include "knowledge/lookup.h"
#include "spl.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static spl_account *account;
static spl_arena *arena;

static int setup(void **state)
{
    (void)state;
    account = spl_account_new(&(spl_account_config){0});
    arena = spl_arena_new(account);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    spl_account_free(account);
    return 0;
}

/* The rows of TEXT, cells between bars, rows between newlines. */
static spl_str rows_of(spl_str text, spl_csv *csv)
{
    spl_buf out = spl_buf_in(arena);
    spl_csv_cells cells = {0};

    *csv = spl_csv_of(text);
    while (spl_csv_next(csv, arena, &cells)) {
        if (out.len) spl_buf_char(&out, '/');
        for (size_t i = 0; i < cells.len; i++) {
            if (i) spl_buf_char(&out, '|');
            spl_buf_add(&out, cells.data[i]);
        }
    }
    spl_buf_char(&out, '\0');
    return spl_buf_str(&out);
}

static void test_csv(void **state)
{
    spl_csv csv;

    (void)state;
    assert_string_equal(rows_of(SPL_S("a,b\n1,2\n"), &csv).data, "a|b/1|2");
    assert_string_equal(rows_of(SPL_S("\xef\xbb\xbf"
                                      "a,b\r\n\r\n1,\r\n"),
                                &csv)
                            .data,
                        "a|b/1|");
    assert_string_equal(rows_of(SPL_S("\"x, \"\"y\"\"\",\"two\nlines\"\nz"), &csv).data, "x, \"y\"|two\nlines/z");
    assert_int_equal(csv.line, 3);
    assert_string_equal(rows_of(SPL_S("a\"b,\"c\" d\n,\n"), &csv).data, "a\"b|c d/|");
    assert_string_equal(rows_of(SPL_S("a,\"b\nc,\"d\"\ne,\"f\n"), &csv).data, "a|b\nc,d\"/e|\"f");
    assert_int_equal(csv.unclosed, 3);
    assert_string_equal(rows_of(SPL_S("a,\"b\nc,d\n"), &csv).data, "a|\"b/c|d");
    assert_int_equal(csv.unclosed, 1);
    assert_string_equal(rows_of(SPL_S(""), &csv).data, "");
    assert_string_equal(rows_of(SPL_S("\"\""), &csv).data, "");
}

/* Quotes that are never closed, many of them: read in one pass. */
static void test_csv_hostile(void **state)
{
    spl_buf text = spl_buf_in(arena);
    spl_csv_cells cells = {0};
    spl_csv csv;
    size_t rows = 0;

    (void)state;
    for (size_t i = 0; i < 200000; i++) spl_buf_puts(&text, "\"\"\"a\n");
    csv = spl_csv_of(spl_buf_str(&text));
    while (spl_csv_next(&csv, arena, &cells)) rows++;
    assert_true(rows > 0);
}

/* --- matching --------------------------------------------------------------------------------------------------------
 */

/* Rows of output of SEARCH, as the values of the field n joined by commas. */
static spl_str run(const spl_config *config, const char *search, spl_status *status)
{
    spl_search *s = spl_search_new(config, "search", spl_str_of(search), 1, 1);
    spl_buf out = spl_buf_in(arena);
    spl_batch *batch;

    assert_non_null(s);
    *status = spl_search_compile(s);
    while (*status == SPL_OK && (*status = spl_search_next(s, &batch)) == SPL_OK) {
        spl_field n = spl_field_of(batch->fields, SPL_S("n"));
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            if (out.len) spl_buf_char(&out, ';');
            spl_buf_add(&out, spl_value_text(batch->arena, spl_batch_get(batch, spl_batch_row(batch, i), n)));
        }
        spl_batch_free(batch);
    }
    spl_search_free(s);
    return spl_buf_str(&out);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* Random patterns over a small alphabet against random texts: what lookup finds is what comparing each row gives. */
static void test_wildcards_differ_from_none(void **state)
{
    enum { PATTERNS = 300, TEXTS = 400 };
    static const char letters[] = "abAB.*\xc3";
    spl_str *patterns = SPL_NEW_ARRAY(arena, PATTERNS, spl_str);
    spl_buf csv = spl_buf_in(arena), search = spl_buf_in(arena), expected = spl_buf_in(arena);
    spl_inline_file file = {"p.csv", {0}};
    char folder[] = "/tmp/spltestXXXXXX";
    spl_status status;
    uint32_t seed = 7;

    (void)state;
    spl_buf_puts(&csv, "p,n\n");
    for (int i = 0; i < PATTERNS; i++) {
        spl_buf pattern = spl_buf_in(arena);
        uint32_t len = 1 + next_random(&seed) % 8;

        for (uint32_t k = 0; k < len; k++) spl_buf_char(&pattern, letters[next_random(&seed) % 7]);
        patterns[i] = spl_buf_str(&pattern);
        spl_buf_printf(&csv, "%.*s,%d\n", SPL_FMT(patterns[i]), i);
    }
    spl_buf_puts(&search, "| makeresults format=csv data=\"t");
    for (int i = 0; i < TEXTS; i++) {
        spl_buf text = spl_buf_in(arena);
        uint32_t len = 1 + next_random(&seed) % 12;
        bool any = false;

        for (uint32_t k = 0; k < len; k++) spl_buf_char(&text, letters[next_random(&seed) % 5]);
        spl_buf_printf(&search, "\n%.*s", SPL_FMT(spl_buf_str(&text)));
        if (i) spl_buf_char(&expected, ';');
        for (int k = 0; k < PATTERNS; k++) {
            if (!spl_wildcard_match(patterns[k], spl_buf_str(&text), true)) continue;
            spl_buf_printf(&expected, any ? "\n%d" : "%d", k);
            any = true;
        }
    }
    spl_buf_puts(&search, "\" | lookup p p AS t OUTPUT n");
    assert_non_null(mkdtemp(folder));
    {
        spl_str path = spl_strf(arena, "%s/default", folder);
        FILE *conf;

        assert_int_equal(mkdir(path.data, 0777), 0);
        conf = fopen(spl_cstring(arena, spl_strf(arena, "%s/transforms.conf", path.data)), "w");
        assert_non_null(conf);
        fputs("[p]\nfilename = p.csv\nmatch_type = WILDCARD(p)\ncase_sensitive_match = false\nmax_matches = 1000\n",
              conf);
        fclose(conf);
    }
    file.text = spl_buf_str(&csv);
    const char *apps[] = {folder};
    spl_config config = {.tz = "UTC",
                         .threads = 1,
                         .lookups = &file,
                         .n_lookups = 1,
                         .apps = apps,
                         .n_apps = 1,
                         .state_dir = "/nonexistent"};
    spl_buf_char(&search, '\0');
    spl_str got = run(&config, search.data, &status);
    assert_int_equal(status, SPL_END);
    assert_int_equal(got.len, expected.len);
    assert_memory_equal(got.data, expected.data, got.len);
    unlink(spl_cstring(arena, spl_strf(arena, "%s/default/transforms.conf", folder)));
    rmdir(spl_cstring(arena, spl_strf(arena, "%s/default", folder)));
    rmdir(folder);
}

/* --- state -----------------------------------------------------------------------------------------------------------
 */

static char state_dir[] = "/tmp/splstateXXXXXX";

static const char *in_state(const char *name)
{
    return spl_cstring(arena, spl_strf(arena, "%s/%s", state_dir, name));
}

static bool there(const char *name)
{
    struct stat info;

    return lstat(in_state(name), &info) == 0;
}

static void test_state(void **state)
{
    spl_config config = {.tz = "UTC", .threads = 1, .state_dir = state_dir, .timeout = 0};
    spl_status status;

    (void)state;
    assert_non_null(mkdtemp(state_dir));
    assert_true(spl_str_is(run(&config, "| makeresults | eval n=1 | table n | outputlookup a.csv", &status), "1"));
    assert_int_equal(status, SPL_END);
    assert_true(there("lookups/a.csv"));

    /* A search that fails later writes nothing: the old file stays as it was. */
    run(&config,
        "| makeresults | eval n=2 | table n | outputlookup a.csv | outputlookup b.csv | map search=\"search [\"",
        &status);
    assert_int_not_equal(status, SPL_END);
    assert_false(there("lookups/b.csv"));
    assert_true(spl_str_is(run(&config, "| inputlookup a.csv", &status), "1"));

    /* Nor does a dry run, nor a check. */
    config.dry_run = true;
    assert_true(spl_str_is(run(&config, "| makeresults | eval n=3 | table n | outputlookup c.csv", &status), "3"));
    assert_false(there("lookups/c.csv"));
    config.dry_run = false;

    /* Links are neither read nor written through. */
    assert_int_equal(symlink("/etc/passwd", in_state("lookups/link.csv")), 0);
    run(&config, "| inputlookup link.csv", &status);
    assert_int_equal(status, SPL_IO);
    run(&config, "| makeresults | eval n=1 | outputlookup link.csv", &status);
    assert_int_equal(status, SPL_IO);
    assert_int_equal(symlink("/tmp", in_state("csv")), 0);
    run(&config, "| makeresults | eval n=1 | outputcsv x", &status);
    assert_int_equal(status, SPL_IO);

    /* What is collected adds up, twice in one search too. */
    run(&config, "| makeresults | collect index=i | collect index=i", &status);
    assert_int_equal(status, SPL_END);
    run(&config, "| makeresults | collect index=i", &status);
    spl_state *opened = spl_state_new(arena, state_dir, NULL);
    spl_str text;
    size_t lines = 0;
    assert_true(spl_state_read(opened, arena, "index", SPL_S("i.ndjson"), false, &text));
    for (size_t i = 0; i < text.len; i++) lines += text.data[i] == '\n';
    assert_int_equal(lines, 3);

    /* Of two that read a file and then write it, the second is warned: what the first one wrote is gone. */
    spl_diag *diag = spl_diag_new(arena);
    spl_state *both[] = {spl_state_new(arena, state_dir, NULL), spl_state_new(arena, state_dir, NULL)};
    for (int i = 0; i < 2; i++) assert_true(spl_state_read(both[i], arena, "lookups", SPL_S("a.csv"), false, &text));
    for (int i = 0; i < 2; i++) {
        spl_state_file *file = spl_state_write(both[i], "lookups", SPL_S("a.csv"), false);
        spl_state_put(file, SPL_S("n\n5\n"));
        spl_state_done(file);
        spl_state_commit(both[i], diag);
        assert_int_equal(spl_diag_len(diag), i);
    }
    assert_string_equal(spl_diag_at(diag, 0)->code, "state-changed");

    unlink(in_state("csv"));
    unlink(in_state("lookups/link.csv"));
    unlink(in_state("lookups/a.csv"));
    unlink(in_state("index/i.ndjson"));
    unlink(in_state(".lock"));
    assert_int_equal(rmdir(in_state("lookups")), 0); /* no temporary file is left */
    assert_int_equal(rmdir(in_state("index")), 0);
    assert_int_equal(rmdir(state_dir), 0);
}

static void test_names(void **state)
{
    (void)state;
    assert_null(spl_state_name(SPL_S("a b.csv")));
    assert_non_null(spl_state_name(SPL_S("")));
    assert_non_null(spl_state_name(SPL_S("..")));
    assert_non_null(spl_state_name(SPL_S("../a")));
    assert_non_null(spl_state_name(SPL_S("/a")));
    assert_non_null(spl_state_name(SPL_S("a\\b")));
    assert_non_null(spl_state_name(SPL_S("a\0b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_csv, setup, teardown),
        cmocka_unit_test_setup_teardown(test_csv_hostile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wildcards_differ_from_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_state, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
