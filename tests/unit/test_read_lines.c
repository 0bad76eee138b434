/* test_read_lines.c -- plain text: where events begin, key=value pairs, sourcetypes, hosts of syslog lines. */
#include "knowledge/kv.h"
#include "reader_support.h"

static void events_of_lines(void **state)
{
    static const struct {
        const char *text;
        size_t count;
        const char *second; /* the second event */
    } rows[] = {
        {"one\ntwo\n\n  \nthree", 3, "two"},
        {"2024-03-06 10:00:00 a\n  at b\n\n  at c\n2024-03-06 10:00:01 d\r\n", 2, "2024-03-06 10:00:01 d"},
        {"2024-03-06 10:00:00 a\n2024-03-06 10:00:01 b\nno time\n\nmore\n\n2024-03-06 10:00:02 c\n", 3,
         "2024-03-06 10:00:01 b\nno time\n\nmore"},
        {"Mar  6 10:00:00 h p[1]: a\nMar  6 10:00:01 h p[1]: b\n", 2, "Mar  6 10:00:01 h p[1]: b"},
        {"h - - [06/Mar/2024:10:00:00 +0000] \"GET /\" 200 1\nh - - [06/Mar/2024:10:00:01 +0000] \"GET /\" 200 1\n", 2,
         NULL},
        {"03/06/2024 10:00:00 AM\nA=1\nB=2\n03/06/2024 10:00:01 AM\nA=2\n", 2, "03/06/2024 10:00:01 AM\nA=2"},
        {"type=A msg=audit(1604994496.155:92733): x\ntype=B msg=audit(1604994496.155:92733): y\n", 2, NULL},
        {"1604994496.155 a\n1604994497 b\n", 2, NULL},
        {"10:00:00.123 a\n\tat\n10:00:01.123 b\n", 2, "10:00:01.123 b"},
        {"from 10.0.0.5 to 1.2.3.4 in 12-34-56 ms\nalpha 1/2/3\n", 2, "alpha 1/2/3"},
        {"20240306T100000 a\n b\n20240306T100001 c\n", 2, "20240306T100001 c"},
        {"6 Mar 2024 10:00:00 a\nb\n7 Mar 2024 10:00:00 c\n", 2, NULL},
        {"", 0, NULL},
        {"\n\n", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        subject *s = subject_of("t", spl_str_of(rows[i].text), "lines");

        assert_int_equal(s->count, rows[i].count);
        if (rows[i].second) assert_string_equal(spl_cstring(s->arena, s->events[1].raw), rows[i].second);
        assert_framing(s);
        assert_prefixes(s);
        subject_free(s);
    }
}

static void pairs(void **state)
{
    static const struct {
        const char *text, *fields;
    } rows[] = {
        {"user=amy action=\"log in\" code=7", "user=amy|action=log in|code=7"},
        {"login: user=amy, src=10.0.0.5; n=1|m=2&o=3", "user=amy|src=10.0.0.5|n=1|m=2|o=3"},
        {"GET /p?a=1&b=x%20y HTTP/1.1", "a=1|b=x%20y"},
        {"user-name=amy src.ip=1 _x=2 9lives=3 7=4", "user_name=amy|src_ip=1|x=2|lives=3"},
        {"empty=\"\" full=5 none= next=6", "full=5|next=6"},
        {"a=1 a=2", "a=1"},
        {"a==b c!=d e>=f g=h", "g=h"},
        {"(k=v) key=(null) l=[1] m=f(x)y)", "k=v|key=(null)|l=[1]|m=f(x)y"},
        {"q=\" apples \" r=\"open s=1", "q=apples|r=open|s=1"},
        {"msg=\"a=b c=d\" e=f", "msg=a=b c=d|e=f"},
        {"esc=\"say \\\"hi\\\" now\"", "esc=say \\"},
        {"path=C:\\x=y host=h source=s _time=1 z=w", "path=C:\\x=y|time=1|z=w"},
        {"=x = y a= b =c", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        subject *s = subject_of("t", spl_str_of(rows[i].text), "lines");
        const char *got = fields_of(s, NULL, 10);

        if (strncmp(got, rows[i].fields, strlen(rows[i].fields)) != 0 || strlen(got) != strlen(rows[i].fields) + 1)
            fail_msg("%s\n gave %s, expected %s", rows[i].text, got, rows[i].fields);
        subject_free(s);
    }
}

static void escaped_pairs(void **state)
{
    spl_account_config config = {0};
    spl_account *account = spl_account_new(&config);
    spl_arena *arena = spl_arena_new(account);
    spl_fields *fields = spl_fields_new(arena);
    spl_batch *batch = spl_batch_new(account, fields, 1);
    spl_fieldset all;
    spl_kv *kv;

    (void)state;
    spl_fieldset_init(&all, arena, fields);
    spl_fieldset_add_all(&all);
    kv = spl_kv_new(arena, fields, &all, (spl_kv_options){.escaped = true, .keep_spaces = true});
    spl_kv_begin(kv, batch);
    spl_kv_row(kv, NULL, 0, SPL_S("f=\" say \\\"hi\\\" \\\\\" g=1"));
    assert_string_equal(spl_cstring(arena, spl_value_str(spl_batch_get(batch, 0, spl_field_of(fields, SPL_S("f"))))),
                        " say \"hi\" \\");
    assert_string_equal(spl_cstring(arena, spl_value_str(spl_batch_get(batch, 0, spl_field_of(fields, SPL_S("g"))))),
                        "1");
    spl_batch_free(batch);
    spl_account_free(account);
}

static void metadata(void **state)
{
    static const struct {
        const char *path, *text, *fields;
    } rows[] = {
        {"/var/log/app.2024.log", "hello\n", "app|/var/log/app.2024.log|localhost"},
        {"x.log.gz", "hello\n", "x|x.log.gz|localhost"},
        {"messages", "<34>Oct 11 22:14:15 mymachine su[1]: failed\n", "syslog|messages|mymachine"},
        {"a", "type=CWD msg=audit(1604994496.155:92733): cwd=\"/\"\n", "linux_audit|a|localhost"},
        {"a", "1.2.3.4 - - [06/Mar/2024:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"curl\"\n",
         "access_combined|a|localhost"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        subject *s = subject_of(rows[i].path, spl_str_of(rows[i].text), NULL);
        spl_buf want = spl_buf_in(s->arena);

        assert_string_equal(s->input->reader->name, "lines");
        spl_buf_printf(&want, "sourcetype=%.*s|source=%.*s|host=%s\n", (int)strcspn(rows[i].fields, "|"),
                       rows[i].fields, (int)strlen(rows[i].path), rows[i].path, strrchr(rows[i].fields, '|') + 1);
        assert_string_equal(fields_of(s, "sourcetype source host", 10), spl_cstring(s->arena, spl_buf_str(&want)));
        subject_free(s);
    }
}

static void odd_bytes(void **state)
{
    size_t n = 20 << 20, i;
    char *line = malloc(n);
    subject *s = subject_of("t", SPL_S("a=x\0y b=\xFF\xFE\nc=1"), "lines");

    (void)state;
    assert_int_equal(s->count, 2);
    assert_memory_equal(fields_of(s, "a b c", 10), "a=x\0y|b=\xFF\xFE\nc=1\n", 15);
    subject_free(s);
    for (i = 0; i < n; i++) line[i] = "k=\"= "[i % 5]; /* hostile to anything but linear */
    s = subject_of("t", spl_str_cut(line, n), "lines");
    assert_int_equal(s->count, 1);
    fields_of(s, "nothing", 10);
    subject_free(s);
    for (i = 0; i < n; i++) line[i] = i % 2 ? '\n' : 'x';
    memcpy(line, "2024-03-06 10:00:00 \n2024-03-06 10:00:00 \n", 42);
    s = subject_of("t", spl_str_cut(line, n), "lines"); /* an event of ten million lines */
    assert_int_equal(s->count, 2);
    subject_free(s);
    free(line);
}

static void damaged_at_random(void **state)
{
    (void)state;
    assert_sturdy("t",
                  SPL_S("2024-03-06 10:00:00 user=amy msg=\"two words\"\n\tat x\nOct 11 22:14:15 h su[1]: uid=5 (k=v)\n"
                        "2024-03-06 10:00:01 n=1&m=2;o=[3]\n"),
                  "lines", "user msg n", 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_at_random), cmocka_unit_test(events_of_lines), cmocka_unit_test(pairs),
        cmocka_unit_test(escaped_pairs),     cmocka_unit_test(metadata),        cmocka_unit_test(odd_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
