/* test_read_csv.c -- tables: cells, quotes, ragged rows, framing with line feeds in cells. */
#include "reader_support.h"

static void cells(void **state)
{
    static const struct {
        const char *text, *fields;
    } rows[] = {
        {"a,b,c\n1,x,\"p,q\"\n2,,\"say \"\"hi\"\"\"\n", "a=1|b=x|c=p,q\na=2|c=say \"hi\"\n"},
        {"\xEF\xBB\xBF\"a\",b\r\n1,\"two\r\nlines\"\r\n\r\n3,4", "a=1|b=two\r\nlines\na=3|b=4\n"},
        {"a\tb\tc\n1\t2\t3\n", "a=1|b=2|c=3\n"},
        {"a;b;c\n1;2,5;3\n", "a=1|b=2,5|c=3\n"},
        {"a,b,a\n1,2,3\n", "a=1,3|b=2\n"},
        {"host,x,_raw\nh,1,r\n", "x=1\n"},
        {"a,,b\n1,2,3\n", "a=1|EXTRA_FIELD_2=2|b=3\n"},
        {"a,b\n1,\"open\n2,3\n", "a=1|b=open\na=2|b=3\n"},
        {"size,item\n1,5\" disk\n2,3\"\n3,\"x\"y\n", "size=1|item=5\" disk\nsize=2|item=3\"\nsize=3|item=\"x\"y\n"},
        {"a,b,c\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        subject *s = subject_of("t.csv", spl_str_of(rows[i].text), NULL);

        assert_string_equal(s->input->reader->name, "csv");
        assert_string_equal(fields_of(s, NULL, 100), rows[i].fields);
        assert_string_equal(fields_of(s, NULL, 1), rows[i].fields);
        assert_framing(s);
        assert_prefixes(s);
        subject_free(s);
    }
}

static void recognition(void **state)
{
    static const struct {
        const char *path, *text, *reader, *sourcetype;
    } rows[] = {
        {"t", "id,name\n1,amy\n2,bob\n", "csv", "csv"},
        {"t", "id\tname\n1\tamy\n2\tbob\n", "csv", "tsv"},
        {"t", "hello, world\nthis, too\nis, text\n", "lines", "t"},
        {"t", "a=1, b=2\na=3, b=4\n", "lines", "t"},
        {"t", "2024-03-06 10:00:00, x, y\n2024-03-06 10:00:01, x, y\n", "lines", "t"},
        {"t.csv.gz", "name\namy\n", "csv", "csv"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        subject *s = subject_of(rows[i].path, spl_str_of(rows[i].text), NULL);
        const char *want = spl_cstring(s->arena, spl_strf(s->arena, "sourcetype=%s\n", rows[i].sourcetype));

        assert_string_equal(s->input->reader->name, rows[i].reader);
        assert_memory_equal(fields_of(s, "sourcetype", 10), want, strlen(want));
        subject_free(s);
    }
}

static void times(void **state)
{
    subject *s =
        subject_of("t.csv", SPL_S("id,Time,note\n1,2020-09-02T01:43:31Z,x\n2,,at 2020-09-02T01:43:32Z\n3,,\n"), NULL);

    (void)state;
    assert_true(time_of(s, 0) == 1599011011);
    assert_true(time_of(s, 1) == 1599011012);
    assert_true(isnan(time_of(s, 2)));
    subject_free(s);
}

static void ragged_rows(void **state)
{
    subject *s = subject_of("t.csv", SPL_S("a,b\n1,2\n3\n4,5,6\n"), NULL);

    (void)state;
    assert_string_equal(fields_of(s, "a b", 10), "a=1|b=2\na=3\na=4|b=5\n");
    assert_int_equal(spl_diag_len(s->query.diag), 1);
    assert_int_equal(spl_diag_at(s->query.diag, 0)->count, 2);
    subject_free(s);
}

static void framing_anywhere(void **state)
{
    size_t cap = 300000, len = 0;
    char *text = malloc(cap);
    uint32_t random = 7;
    subject *s;

    (void)state;
    len += (size_t)sprintf(text, "id,text,more\n");
    for (int i = 0; len < cap - 200; i++) {
        random = random * 1664525 + 1013904223;
        len += (size_t)sprintf(text + len, random >> 31 ? "%d,\"line\nfeed, \"\"%d\"\" %u\n\n\",z\n" : "%d,%d %u,z\n",
                               i, i, random);
        if (random % 11 == 0) len += (size_t)sprintf(text + len, "\n \n");
    }
    s = subject_of("t.csv", spl_str_cut(text, len), NULL);
    assert_framing(s);
    assert_prefixes(s);
    free(text);
    subject_free(s);
}

static void damaged_at_random(void **state)
{
    (void)state;
    assert_sturdy(
        "t.csv",
        SPL_S("time,a,\"b \"\"c\"\"\",d\n2020-09-02T01:43:31Z,1,\"two\nlines\",\"x,y\"\n,2,,\n1,2,3\n\n4,5,6,7\n"),
        "csv", "a d", 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_at_random), cmocka_unit_test(cells),
        cmocka_unit_test(recognition),       cmocka_unit_test(times),
        cmocka_unit_test(ragged_rows),       cmocka_unit_test(framing_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
