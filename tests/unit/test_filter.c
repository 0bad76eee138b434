/* What a search expression implies of the raw text: a table of what is drawn, and random expressions over random
 * events, none of which may match where an implied clause does not hold. */
#include "exec/bind.h"
#include "expr/filter.h"
#include "lang/parse.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <cmocka.h>

static spl_query query;
static spl_binder binder;
static struct spl_op op;
static spl_account *account;

static int set_up(void **state)
{
    (void)state;
    account = spl_account_new(&(spl_account_config){0});
    query = (spl_query){.account = account, .arena = spl_arena_new(account), .now = 1700000000};
    query.diag = spl_diag_new(query.arena);
    query.fields = spl_fields_new(query.arena);
    query.zone = spl_zone_open(query.arena, "UTC");
    op = (struct spl_op){0};
    spl_fieldset_init(&op.reads, query.arena, query.fields);
    spl_fieldset_init(&op.makes, query.arena, query.fields);
    binder = (spl_binder){.query = &query, .arena = query.arena, .diag = query.diag, .fields = query.fields, .op = &op};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    spl_account_free(account);
    return 0;
}

static const spl_filter *filter_of(spl_str text, spl_time_range *range)
{
    const spl_parse_env env = {.arena = query.arena, .diag = query.diag, .depth_limit = 500, .size_limit = 1 << 20};
    spl_node *node = spl_parse_terms(&env, spl_source_new(query.arena, SPL_S("test"), text));
    if (!node) fail_msg("does not parse: %.*s", SPL_FMT(text));
    spl_filter *filter = spl_filter_bind(&binder, node, range);
    if (!filter) fail_msg("does not bind: %.*s", SPL_FMT(text));
    return filter;
}

static spl_str implied(spl_str text)
{
    spl_buf out = spl_buf_in(query.arena);
    const spl_filter_clause *clauses;
    size_t n = spl_filter_implies(filter_of(text, NULL), query.arena, &clauses);
    for (size_t i = 0; i < n; i++) {
        if (i) spl_buf_char(&out, ' ');
        for (size_t k = 0; k < clauses[i].count; k++) {
            const spl_filter_atom *atom = &clauses[i].atoms[k];
            if (k) spl_buf_char(&out, '|');
            if (atom->kind == SPL_ATOM_EQUALS) {
                spl_buf_add(&out, spl_field_name(query.fields, atom->field));
                spl_buf_puts(&out, atom->whole ? "=" : "~");
            } else if (!atom->whole) {
                spl_buf_char(&out, '~');
            }
            spl_buf_add(&out, atom->text);
        }
    }
    return spl_buf_str(&out);
}

static void test_implies(void **state)
{
    static const struct {
        const char *search, *clauses;
    } rows[] = {
        {"binding", "binding"},
        {"*bind*ing5861", "~ing5861"},
        {"EventCode=5861 binding", "EventCode=5861 binding"},
        {"a=xx OR b=yyy", "a=xx|b=yyy"},
        {"a=xx OR b=*", ""},
        {"(a=xx keyword) OR b=yyy", "keyword|b=yyy"},
        {"(a=xx OR NOT b=y) c=zz", "c=zz"},
        {"NOT a=xx", ""},
        {"NOT NOT a=xx", ""},
        {"a!=xx", ""},
        {"a>5 a<=7", ""},
        {"a=*", ""},
        {"a=\"C:\\\\Win*\\\\cmd.exe\"", "a~\\cmd.exe"},
        {"a IN (one, two*)", "a=one|a~two"},
        {"a IN (one, 10.0.0.0/8)", ""},
        {"ip=10.0.0.0/8", ""},
        {"index=main sourcetype=x", "sourcetype=x"},
        {"eventtype=x tag=y tag::host=z date_hour=5 _time=5", ""},
        {"a=\"\"", ""},
        {"a=na\xc3\xafve", "a~na"},
        {"a=CASE(Na\xc3\xafve)", "a=Na\xc3\xafve"},
        {"TERM(a=b)", "a=b"},
        {"\"C:\\Windows\"", "~Windows"},
        {"a=x OR a=y OR a=zz*", "a=x|a=y|a~zz"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        spl_str got = implied(spl_str_of(rows[i].search));
        if (!spl_str_is(got, rows[i].clauses))
            fail_msg("%s implies \"%.*s\", not \"%s\"", rows[i].search, SPL_FMT(got), rows[i].clauses);
    }
}

static void test_range(void **state)
{
    spl_time_range range;
    (void)state;
    filter_of(SPL_S("earliest=5 latest=9 x=1 earliest=7"), &range);
    assert_true(range.given && range.earliest == 7 && range.latest == 9);
    filter_of(SPL_S("(earliest=5 latest=9) OR (earliest=20 latest=30)"), &range);
    assert_true(range.given && range.earliest == 5 && range.latest == 30);
    filter_of(SPL_S("(earliest=5 latest=9) OR x=1"), &range);
    assert_false(range.given);
    filter_of(SPL_S("NOT earliest=5"), &range);
    assert_false(range.given);
    filter_of(SPL_S("_index_earliest=5"), &range);
    assert_false(range.given);
}

/* --- random expressions ---- */

static const char *const words[] = {"ab", "a", "b*", "*ab*", "A.b", "a*b", "10.0.0.0/8", "1", "*", "\"b a\"", "\"\""};
static const char *const fields[] = {"f", "g", "index"};
static const char *const values[] = {"ab", "AB", "a", "b", "a.b", "aab", "10.1.2.3", "1", "1.0", "x b a y", ""};

static void random_terms(spl_buf *out, int depth)
{
    int n = depth > 2 ? 1 : 1 + rand() % 3;
    for (int i = 0; i < n; i++) {
        if (i) spl_buf_puts(out, rand() % 2 ? " OR " : " ");
        if (rand() % 4 == 0) spl_buf_puts(out, "NOT ");
        if (depth < 3 && rand() % 3 == 0) {
            spl_buf_char(out, '(');
            random_terms(out, depth + 1);
            spl_buf_char(out, ')');
            continue;
        }
        const char *word = words[(size_t)rand() % (sizeof words / sizeof *words)];
        if (rand() % 3) {
            static const char *const ops[] = {"=", "=", "=", "!=", ">", "<="};
            spl_buf_puts(out, fields[rand() % 3]);
            if (rand() % 5 == 0) {
                spl_buf_puts(out, " IN (");
                spl_buf_puts(out, word);
                spl_buf_puts(out, ",a)");
                continue;
            }
            spl_buf_puts(out, ops[rand() % 6]);
        }
        spl_buf_puts(out, word);
    }
}

static bool holds(const spl_filter_clause *clause, spl_str raw)
{
    for (size_t i = 0; i < clause->count; i++) {
        if (spl_str_ifind(raw, clause->atoms[i].text, 0) >= 0) return true;
    }
    return false;
}

static void test_sound(void **state)
{
    (void)state;
    srand(3);
    for (int i = 0; i < 4000; i++) {
        spl_buf text = spl_buf_in(query.arena);
        const spl_filter_clause *clauses;
        random_terms(&text, 0);
        const spl_filter *filter = filter_of(spl_buf_str(&text), NULL);
        size_t n = spl_filter_implies(filter, query.arena, &clauses);
        spl_batch *batch = spl_batch_new(account, query.fields, 20);
        batch->events = true;
        for (uint32_t row = 0; row < 20; row++) { /* the raw text holds what the fields do */
            spl_str raw = SPL_S("");
            for (int k = 0; k < 2; k++) {
                const char *value = values[(size_t)rand() % (sizeof values / sizeof *values)];
                if (rand() % 4 == 0) continue;
                spl_batch_set(batch, row, spl_field_of(query.fields, spl_str_of(fields[k])),
                              spl_text(spl_str_of(value)));
                raw = spl_strf(batch->arena, "%.*s %s=%s", SPL_FMT(raw), fields[k], value);
            }
            spl_batch_set(batch, row, SPL_F_RAW, spl_text(raw));
        }
        spl_eval ev;
        spl_eval_on(&ev, &query, NULL, batch);
        for (uint32_t row = 0; row < 20; row++) {
            if (!spl_filter_match(&ev, filter, row)) continue;
            spl_str raw = spl_value_str(spl_batch_get(batch, row, SPL_F_RAW));
            for (size_t k = 0; k < n; k++) {
                if (!holds(&clauses[k], raw))
                    fail_msg("%.*s matches \"%.*s\" against its clause %zu", SPL_FMT(spl_buf_str(&text)), SPL_FMT(raw),
                             k);
            }
        }
        spl_batch_free(batch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_implies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_range, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sound, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
