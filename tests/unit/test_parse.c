/* test_parse.c -- the front end: tests/parse (a search and its tree), tests/errors (a search and what is told of it),
 * layout, bounds. Shapes of commands come from tests/parse/commands.c, so that no command's file can change the trees.
 * SPL_UPDATE=1 rewrites the expectations, for review in the diff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "../parse/commands.c"
#include "base/fault.h"
#include "knowledge/conf.h"
#include "knowledge/knowledge.h"

#include <glob.h>

typedef struct world {
    spl_account *account;
    spl_arena *arena;
    spl_diag *diag;
    spl_knowledge *knowledge;
    spl_parse_env env;
    spl_frame frame;
} world;

static const spl_macro *find_macro(void *context, spl_str name, uint32_t n_args)
{
    return spl_knowledge_macro(((world *)context)->knowledge, name, n_args);
}
static spl_str suggest_macro(void *context, spl_str name)
{
    return spl_knowledge_suggest_macro(((world *)context)->knowledge, ((world *)context)->arena, name);
}
/* Stands in for the evaluator: a text that is one string literal is that string; isnum(N) tells; "null" is null. */
static bool eval_text(void *context, const spl_source *text, spl_str *result)
{
    world *w = context;
    spl_node *node = spl_parse_expression(&w->env, text);

    if (!node) return false;
    if (node->kind == SPL_NODE_STRING) {
        *result = node->text;
    } else if (node->kind == SPL_NODE_CALL && node->n_kids == 1 && spl_str_iis(node->text, "isnum")) {
        *result = node->kids[0]->kind == SPL_NODE_NUMBER ? SPL_S("true") : SPL_S("false");
    } else if (node->kind == SPL_NODE_BINARY && node->op == SPL_OP_CONCAT) {
        *result = spl_strf(w->arena, "%.*s%.*s", SPL_FMT(node->kids[0]->text), SPL_FMT(node->kids[1]->text));
    } else {
        *result = (spl_str){NULL, 0};
    }
    return true;
}

static world *world_new(const char *const *macros, size_t n_macros, bool check)
{
    static const char *const apps[] = {SPL_ROOT "/tests/parse/content", SPL_ROOT "/tests/parse/app"};
    spl_account_config config = {0};
    spl_account *account = spl_account_new(&config);
    spl_arena *arena = spl_arena_new(account);
    world *w = SPL_NEW(arena, world);
    spl_knowledge_config knowledge = {
        .apps = apps, .n_apps = 2, .macros = macros, .n_macros = n_macros, .builtin = SPL_ROOT};

    w->account = account;
    w->arena = arena;
    w->diag = spl_diag_new(arena);
    w->knowledge = spl_knowledge_new(arena, w->diag, &knowledge);
    w->env = (spl_parse_env){.arena = arena,
                             .diag = w->diag,
                             .context = w,
                             .find_macro = find_macro,
                             .suggest_macro = suggest_macro,
                             .eval = eval_text,
                             .check = check};
    return w;
}

static spl_node *parse(world *w, spl_str text)
{
    spl_source *source = spl_source_new(w->arena, SPL_S("search"), text);
    const spl_source *expanded = spl_expand(&w->env, source);

    return expanded ? spl_parse_pipeline(&w->env, expanded) : NULL;
}

static spl_str rendered(world *w)
{
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    spl_str text;

    for (size_t i = 0; i < spl_diag_len(w->diag); i++) spl_render(out, spl_diag_at(w->diag, i), false, false);
    fclose(out);
    text = spl_str_copy(w->arena, spl_str_cut(data, len));
    free(data);
    /* paths are told from the root */
    for (ptrdiff_t at; (at = spl_str_find(text, SPL_S(SPL_ROOT "/"), 0)) >= 0;) {
        size_t root = strlen(SPL_ROOT "/");
        char *cut = spl_alloc(w->arena, text.len);

        memcpy(cut, text.data, (size_t)at);
        memcpy(cut + at, text.data + at + root, text.len - (size_t)at - root);
        text = spl_str_cut(cut, text.len - root);
    }
    return text;
}

/* ---- files of cases: "==== title", %macro and %check lines, the search, "----", what is expected ------------------
 */

static spl_str line_of(spl_str text, size_t *at)
{
    size_t from = *at, end = from;

    while (end < text.len && text.data[end] != '\n') end++;
    *at = end + (end < text.len);
    return spl_str_sub(text, from, end);
}

static unsigned run_file(const char *path, bool trees)
{
    spl_account_config config = {0};
    spl_account *account = spl_account_new(&config);
    spl_arena *arena = spl_arena_new(account);
    spl_source *file = spl_conf_file(arena, NULL, path);
    spl_buf made = spl_buf_in(arena);
    unsigned cases = 0, wrong = 0;
    size_t at = 0;
    bool update = getenv("SPL_UPDATE") != NULL;

    assert_non_null(file);
    while (at < file->text.len) {
        spl_str title = line_of(file->text, &at), search = {0}, expected, got;
        SPL_VEC(const char *) macros = {0};
        bool check = false;
        size_t from = at, end;
        world *w;
        spl_buf out;
        spl_node *tree;

        if (!spl_str_starts(title, SPL_S("===="))) {
            spl_buf_add(&made, title);
            spl_buf_char(&made, '\n');
            continue;
        }
        for (;;) {
            size_t start = at;
            spl_str line = line_of(file->text, &at);

            if (spl_str_starts(line, SPL_S("%macro "))) {
                SPL_PUSH(arena, &macros, spl_cstring(arena, spl_str_sub(line, 7, line.len)));
            } else if (spl_str_is(line, "%check")) {
                check = true;
            } else if (spl_str_is(line, "----") || at >= file->text.len) {
                end = start;
                break;
            } else if (!search.data) {
                search.data = file->text.data + start;
            }
        }
        assert_non_null(search.data);
        search.len = (size_t)(file->text.data + end - search.data);
        if (search.len) search.len--; /* the newline before ---- */
        expected.data = file->text.data + at;
        while (at < file->text.len) {
            size_t start = at;

            if (spl_str_starts(line_of(file->text, &at), SPL_S("===="))) {
                at = start;
                break;
            }
        }
        expected.len = (size_t)(file->text.data + at - expected.data);

        w = world_new(macros.data, macros.len, check);
        tree = parse(w, search);
        out = spl_buf_in(w->arena);
        if (trees) spl_ast_dump(&out, tree);
        spl_buf_add(&out, rendered(w));
        got = spl_str_trim(spl_buf_str(&out));
        if (!spl_str_eq(got, spl_str_trim(expected))) {
            if (!update)
                print_error("%s, %.*s\nexpected:\n%.*s\ngot:\n%.*s\n", path, SPL_FMT(title), SPL_FMT(expected),
                            SPL_FMT(got));
            wrong++;
        }
        spl_buf_printf(&made, "%.*s\n", SPL_FMT(title));
        spl_buf_add(&made, spl_str_cut(file->text.data + from, (size_t)(expected.data - file->text.data) - from));
        spl_buf_printf(&made, "%.*s\n", SPL_FMT(got));
        if (at < file->text.len) spl_buf_char(&made, '\n');

        if (trees && spl_diag_count(w->diag, SPL_ERROR) == 0) { /* the layout is stable, and keeps the tree */
            spl_buf once = spl_buf_in(w->arena), twice = spl_buf_in(w->arena);

            assert_true(spl_format(&w->env, spl_source_new(w->arena, SPL_S("a"), search), &once));
            assert_true(spl_format(&w->env, spl_source_new(w->arena, SPL_S("b"), spl_buf_str(&once)), &twice));
            if (!spl_str_eq(spl_buf_str(&once), spl_buf_str(&twice)))
                fail_msg("%.*s: the layout is not stable:\n%.*s%.*s", SPL_FMT(title), SPL_FMT(spl_buf_str(&once)),
                         SPL_FMT(spl_buf_str(&twice)));
        }
        spl_account_free(w->account);
        cases++;
    }
    if (update) {
        FILE *out = fopen(path, "wb");

        assert_non_null(out);
        fwrite(made.data, 1, made.len, out);
        fclose(out);
        wrong = 0;
    }
    assert_true(cases > 0);
    spl_account_free(account);
    return wrong;
}

static void run_files(const char *pattern, bool trees)
{
    glob_t found;
    unsigned wrong = 0;

    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) wrong += run_file(found.gl_pathv[i], trees);
    globfree(&found);
    assert_int_equal(wrong, 0);
}

static void test_trees(void **state)
{
    (void)state;
    run_files(SPL_ROOT "/tests/parse/*.txt", true);
}

static void test_errors(void **state)
{
    (void)state;
    run_files(SPL_ROOT "/tests/errors/*.test", false);
}

/* ---- published searches
 * ---------------------------------------------------------------------------------------------- */

static void test_queries(void **state)
{
    glob_t found;

    (void)state;
    assert_int_equal(glob(SPL_ROOT "/queries/*.spl", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        world *w = world_new(NULL, 0, true);
        spl_source *file = spl_conf_file(w->arena, w->diag, found.gl_pathv[i]);
        spl_buf out = spl_buf_in(w->arena);

        assert_non_null(file);
        assert_true(spl_format(&w->env, file, &out)); /* which compares the trees */
        assert_int_equal(spl_diag_count(w->diag, SPL_ERROR), 0);
        spl_account_free(w->account);
    }
    globfree(&found);
}

/* ---- bounds
 * ---------------------------------------------------------------------------------------------------------- */

static spl_str repeat(world *w, const char *before, size_t times, const char *middle, const char *after)
{
    spl_buf out = spl_buf_in(w->arena);

    for (size_t i = 0; i < times; i++) spl_buf_puts(&out, before);
    spl_buf_puts(&out, middle);
    for (size_t i = 0; i < times; i++) spl_buf_puts(&out, after);
    return spl_buf_str(&out);
}

static bool accepted(const char *head, const char *before, size_t times, const char *middle, const char *after)
{
    world *w = world_new(NULL, 0, false);
    spl_buf text = spl_buf_in(w->arena);
    bool sound;
    clock_t began = clock();

    spl_buf_puts(&text, head);
    spl_buf_add(&text, repeat(w, before, times, middle, after));
    if (SPL_CATCH(&w->frame)) fail_msg("%s", w->frame.message);
    sound = parse(w, spl_buf_str(&text)) != NULL && spl_diag_count(w->diag, SPL_ERROR) == 0;
    assert_true(sound || spl_diag_count(w->diag, SPL_ERROR) > 0);
    spl_frame_leave(&w->frame);
    spl_account_free(w->account);
    assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 20); /* sanitizers and a busy machine; 1 s is measured */
    return sound;
}

static void test_depth(void **state)
{
    (void)state;
    assert_true(accepted("| eval x=", "(", 200, "1", ")"));
    assert_true(accepted("| eval x=", "if(a,b,", 200, "1", ")"));
    assert_true(accepted("", "(", 200, "a", ")"));
    assert_true(accepted("", "NOT ", 200, "a", ""));
    assert_true(accepted("| eval x=", "-", 200, "1", ""));
    assert_true(accepted("| append ", "[search x | append ", 200, "[search y]", "]"));
    assert_true(accepted("x ", "[search ", 200, "y", "]"));
    assert_true(accepted("| table ", "(", 200, "y", ")"));

    assert_false(accepted("| eval x=", "(", 100000, "1", ")"));
    assert_false(accepted("| eval x=", "-", 100000, "1", ""));
    assert_false(accepted("", "NOT ", 100000, "a", ""));
    assert_false(accepted("", "(", 100000, "a", ")"));
    assert_false(accepted("", "[search x ", 100000, "a", "]"));
    assert_false(accepted("| eval x=", "1+", 100000, "1", ""));
    assert_false(accepted("| stats ", "sparkline(", 100000, "x", ")"));
}

static void test_length(void **state)
{
    (void)state;
    assert_true(accepted("", "a OR ", 200000, "b", ""));
    assert_true(accepted("", "f=\"value\" ", 100000, "b", ""));
    assert_true(accepted("f IN (a", ", a", 200000, ")", ""));
    assert_true(accepted("| where x IN (1", ",2", 300000, ")", ""));
    assert_true(accepted("| table a", ", b", 300000, "", ""));
    assert_true(accepted("x", " | eval a=1", 90000, "", ""));
    assert_true(accepted("| eval x=1", ", x=1", 200000, "", ""));
    assert_true(accepted("", "```comment``` ", 70000, "a", ""));
    assert_false(accepted("", "(", 1000000, "", ""));
    assert_false(accepted("\"", "a", 1000000, "", ""));
    assert_false(accepted("| eval ", "| ", 500000, "", ""));
    assert_false(accepted("", "`", 500001, "", ""));
    assert_false(accepted("", "`a(", 200000, "", ""));
    assert_false(accepted("", "]", 1000000, "", ""));
}

static void test_macro_bounds(void **state)
{
    static const char *const bomb[] = {"a=`b``b``b``b``b``b``b``b``b``b`",
                                       "b=`c``c``c``c``c``c``c``c``c``c`",
                                       "c=`d``d``d``d``d``d``d``d``d``d`",
                                       "d=`e``e``e``e``e``e``e``e``e``e`",
                                       "e=`f``f``f``f``f``f``f``f``f``f`",
                                       "f=`g``g``g``g``g``g``g``g``g``g`",
                                       "g="};
    static const char *const swell[] = {"a(x)=`b($x$$x$$x$$x$$x$$x$$x$$x$)`", "b(x)=`c($x$$x$$x$$x$$x$$x$$x$$x$)`",
                                        "c(x)=`d($x$$x$$x$$x$$x$$x$$x$$x$)`", "d(x)=`e($x$$x$$x$$x$$x$$x$$x$$x$)`",
                                        "e(x)=`f($x$$x$$x$$x$$x$$x$$x$$x$)`", "f(x)=$x$"};
    world *w;

    (void)state;
    w = world_new(bomb, sizeof bomb / sizeof *bomb, false);
    assert_null(parse(w, SPL_S("`a`")));
    assert_string_equal(spl_diag_at(w->diag, 0)->code, "too-long");
    spl_account_free(w->account);
    w = world_new(swell, sizeof swell / sizeof *swell, false);
    w->env.size_limit = 1 << 20;
    assert_null(parse(w, SPL_S("`a(0123456789012345678901234567890123456789)`")));
    assert_string_equal(spl_diag_at(w->diag, 0)->code, "too-long");
    spl_account_free(w->account);
}

static void parse_damaged(spl_str text, bool check)
{
    world *w = world_new(NULL, 0, check);

    if (SPL_CATCH(&w->frame)) fail_msg("%s", w->frame.message);
    if (!parse(w, text)) assert_true(spl_diag_count(w->diag, SPL_ERROR) > 0);
    rendered(w);
    spl_frame_leave(&w->frame);
    spl_account_free(w->account);
}

/* Damaged searches: never a crash, and either a tree or an error. */
static void test_damage(void **state)
{
    static const char *const searches[] = {
        "index=web (a OR b) NOT c=\"x y\" f IN (1, \"b c\") | rex field=_raw \"(?<x>[^|]+)\" | eval "
        "y=if(a>1,\"b\",c.d), "
        "{z}=1 | stats count(eval(a=1)) AS n sum(x) by h span=1h | append [search z | head 3] | where n>1 AND y LIKE "
        "\"%\"",
        "| tstats count from datamodel=A.B where x=1 by _time span=1d | foreach * [eval <<FIELD>>='<<FIELD>>'+1] | "
        "sort "
        "- x, +num(y) | `two(a, \"b,c\")` | timechart span=1h eval(sum(a)/sum(b)) as r by x limit=3 where sum>5"};
    uint32_t random = 12345;

    (void)state;
    for (size_t i = 0; i < 4000; i++) {
        char text[512];
        size_t len = strlen(searches[i % 2]);

        assert_true(len < sizeof text);
        memcpy(text, searches[i % 2], len);
        for (int k = 0; k < 3; k++) {
            random = random * 1664525u + 1013904223u;
            text[(random >> 8) % len] = "()[]|\"'`,=<>\\\001\0 .-$#"[(random >> 3) % 21];
            if ((random & 15) == 0) len -= (random >> 20) % len / 2;
        }
        parse_damaged(spl_str_cut(text, len), i % 2);
    }
}

static void test_splice(void **state)
{
    world *w = world_new(NULL, 0, false);
    spl_source *source = spl_source_new(w->arena, SPL_S("search"), SPL_S("| eval n=1+[x] | hed"));
    const spl_source *expanded = spl_expand(&w->env, source), *spliced;
    spl_source *result = spl_source_new(w->arena, SPL_S("subsearch"), SPL_S("41"));
    spl_span origin;

    (void)state;
    result->used_at = (spl_span){source, 11, 14};
    spliced = spl_splice(w->arena, expanded, (spl_span){expanded, 11, 14}, result);
    assert_true(spl_str_is(spliced->text, "| eval n=1+41 | hed"));
    origin = spl_span_origin((spl_span){spliced, 16, 19});
    assert_ptr_equal(origin.source, source);
    assert_int_equal(origin.begin, 17);
    origin = spl_span_origin((spl_span){spliced, 11, 13});
    assert_ptr_equal(origin.source, result);
    assert_int_equal(origin.end, 2);
    spl_account_free(w->account);
}

static void test_nearest(void **state)
{
    const spl_str names[] = {SPL_S("head"), SPL_S("stats"), SPL_S("where")};

    (void)state;
    assert_true(spl_str_is(spl_nearest(SPL_S("hed"), names, 3), "head"));
    assert_true(spl_str_is(spl_nearest(SPL_S("sttas"), names, 3), "stats"));
    assert_true(spl_str_is(spl_nearest(SPL_S("WHER"), names, 3), "where"));
    assert_int_equal(spl_nearest(SPL_S("xyzzy"), names, 3).len, 0);
    assert_int_equal(spl_nearest(SPL_S(""), names, 3).len, 0);
}

static void test_conf(void **state)
{
    world *w = world_new(NULL, 0, false);
    spl_conf conf = spl_conf_in(w->arena);
    spl_source *file = spl_source_new(w->arena, SPL_S("x.conf"),
                                      SPL_S("\xef\xbb\xbf"
                                            "a = 1\r\n# c\r\n[s]\r\nk = one \\\r\n two\r\nk2=\r\n"
                                            "[t]\nk = \"#no comment\"\nstray\n[s]\nk2 = again\\\n"));
    const spl_conf_stanza *stanza;

    (void)state;
    spl_conf_read(&conf, w->diag, file);
    assert_int_equal(conf.stanzas.len, 3);
    assert_true(spl_str_is(spl_conf_value(spl_conf_stanza_find(&conf, SPL_S("default")), "a"), "1"));
    stanza = spl_conf_stanza_find(&conf, SPL_S("s"));
    assert_true(spl_str_is(spl_conf_value(stanza, "k"), "one \n two"));
    assert_true(spl_str_is(spl_conf_value(stanza, "k2"), "again"));
    assert_true(spl_str_is(spl_conf_value(spl_conf_stanza_find(&conf, SPL_S("t")), "k"), "\"#no comment\""));
    assert_int_equal(spl_diag_len(w->diag), 1);
    assert_int_equal(spl_span_place(spl_diag_at(w->diag, 0)->span).line, 9);
    spl_account_free(w->account);
}

static void test_macro_files(void **state)
{
    static const char *const given[] = {"hand(a, b)=$a$ $b$"};
    world *w = world_new(given, 1, false);
    const spl_macro *macro, **all;
    size_t count;
    bool hand = false;

    (void)state;
    macro = spl_knowledge_macro(w->knowledge, SPL_S("both"), 0);
    assert_non_null(macro);
    assert_true(spl_str_is(macro->definition, "local")); /* local over default, and the app over the content */
    macro = spl_knowledge_macro(w->knowledge, SPL_S("two"), 2);
    assert_non_null(macro);
    assert_true(spl_str_is(macro->args[1], "b"));
    macro = spl_knowledge_macro(w->knowledge, SPL_S("published"), 1);
    assert_non_null(macro);
    assert_int_equal(macro->source->first_line, 4);
    assert_non_null(spl_knowledge_macro(w->knowledge, SPL_S("other_name"), 0)); /* in a file of another name */
    macro = spl_knowledge_macro(w->knowledge, SPL_S("some_detection_filter"), 0);
    assert_non_null(macro);
    assert_true(spl_str_is(macro->definition, "search *"));
    assert_non_null(spl_knowledge_macro(w->knowledge, SPL_S("wmi"), 0)); /* ships with the program */
    assert_null(spl_knowledge_macro(w->knowledge, SPL_S("../../etc/passwd"), 0));
    count = spl_knowledge_macros(w->knowledge, w->arena, &all);
    for (size_t i = 0; i < count; i++) hand |= spl_str_is(all[i]->name, "hand") && all[i]->n_args == 2;
    assert_true(hand);
    assert_int_equal(spl_diag_count(w->diag, SPL_WARNING), 0);
    spl_account_free(w->account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),  cmocka_unit_test(test_errors),      cmocka_unit_test(test_queries),
        cmocka_unit_test(test_depth),  cmocka_unit_test(test_length),      cmocka_unit_test(test_macro_bounds),
        cmocka_unit_test(test_damage), cmocka_unit_test(test_splice),      cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_conf),   cmocka_unit_test(test_macro_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
