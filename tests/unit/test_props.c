/* test_props.c -- stanzas of props.conf: the language of their names, which of them win, and extractions read from
 * text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fault.h"
#include "knowledge/extraction.h"
#include "knowledge/props.h"

typedef struct world {
    spl_account *account;
    spl_arena *arena;
    spl_diag *diag;
    spl_frame frame;
} world;

static void begin(world *w)
{
    w->account = spl_account_new(&(spl_account_config){0});
    if (SPL_CATCH(&w->frame)) fail_msg("%s", w->frame.message);
    w->arena = spl_arena_new(w->account);
    w->diag = spl_diag_new(w->arena);
}

static void end(world *w)
{
    spl_frame_leave(&w->frame);
    spl_account_free(w->account);
}

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool fold, matches;
    } cases[] = {
        {"/var/*/x.log", "/var/a/x.log", false, true},
        {"/var/*/x.log", "/var/a/b/x.log", false, false},
        {"/var/.../x.log", "/var/a/b/x.log", false, true},
        {"...x.log", "x.log", false, true},
        {"x.log", "xylog", false, false},
        {"*", "", false, true},
        {"*", "a/b", false, false},
        {"...", "a/b", false, true},
        {"web*", "WEB1", true, true},
        {"web*", "WEB1", false, false},
        {"(a|b)...", "bcd", false, true},
        {"(a|b)...", "cd", false, false},
        {"WinEventLog:(Security|System)", "WinEventLog:System", false, true},
        {"...a...a...a...a...b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false},
    };
    world w;

    (void)state;
    begin(&w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool got = spl_props_match(w.arena, spl_str_of(cases[i].pattern), spl_str_of(cases[i].text), cases[i].fold);

        if (got != cases[i].matches) fail_msg("%s against %s", cases[i].pattern, cases[i].text);
    }
    end(&w);
}

static const char *tier(spl_props *props, const char *sourcetype, const char *source, const char *host)
{
    const spl_props_class *of = spl_props_class_of(props, spl_str_of(sourcetype), spl_str_of(source), spl_str_of(host));
    const spl_conf_entry *entry = spl_props_setting(of, "tier");

    return entry ? entry->value.data : "";
}

static void test_precedence(void **state)
{
    static const char text[] = "[default]\ntier=0\n[st]\ntier=1\n[(?::){0}s*]\ntier=2\nother=x\n[host::h*]\ntier=3\n"
                               "[source::a...]\ntier=4\n[source::...z]\ntier=5\n[source::az9]\npriority=-1\ntier=6\n"
                               "[source::(]\ntier=7\n[Upper]\nx=1\n";
    spl_props *props;
    spl_conf conf;
    world w;

    (void)state;
    begin(&w);
    conf = spl_conf_in(w.arena);
    spl_conf_read(&conf, w.diag, spl_source_new(w.arena, SPL_S("props.conf"), SPL_S(text)));
    props = spl_props_new(w.arena, w.diag, &conf);
    assert_int_equal(tier(props, "x", "", "")[0], '0');
    assert_int_equal(tier(props, "st", "", "")[0], '1'); /* a name before a pattern */
    assert_int_equal(tier(props, "sx", "", "")[0], '2');
    assert_int_equal(tier(props, "st", "", "HOST")[0], '3');
    assert_int_equal(tier(props, "st", "abc", "HOST")[0], '4');
    assert_int_equal(tier(props, "st", "abz", "HOST")[0], '5'); /* ...z comes before a... */
    assert_int_equal(tier(props, "st", "az9", "HOST")[0], '4'); /* its priority is lower */
    assert_int_equal(spl_diag_count(w.diag, SPL_WARNING), 1);   /* the stanza that is no expression */
    assert_true(spl_props_class_of(props, SPL_S("st"), SPL_S(""), SPL_S("")) ==
                spl_props_class_of(props, SPL_S("st"), SPL_S("-"), SPL_S("-")));
    assert_true(spl_str_is(spl_props_spelling(props, SPL_S("UPPER")), "Upper"));
    assert_true(spl_str_is(spl_props_spelling(props, SPL_S("none")), "none"));
    end(&w);
}

static void test_extract_in(void **state)
{
    spl_extraction *x;
    world w;

    (void)state;
    begin(&w);
    x = spl_extraction_of_extract(w.arena, &(spl_conf_entry){SPL_S("EXTRACT-a"), SPL_S("(?<f>[^/]+)$ in path"), {0}});
    assert_true(spl_str_is(x->from, "path") && spl_str_is(x->pattern, "(?<f>[^/]+)$"));
    assert_int_equal(x->n_names, 1);
    x = spl_extraction_of_extract(w.arena, &(spl_conf_entry){SPL_S("EXTRACT-a"), SPL_S("came [i]n (?P<f>\\w+)"), {0}});
    assert_true(spl_str_is(x->from, "_raw"));
    assert_true(spl_str_is(spl_clean_key(w.arena, SPL_S("_9user-name")), "user_name"));
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_patterns), cmocka_unit_test(test_precedence),
                                       cmocka_unit_test(test_extract_in)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
