/* test_read_json.c -- JSON events: names, values, Windows events, times, framing, bad input. */
#include "reader_support.h"

static void names_and_values(void **state)
{
    (void)state;
    assert_fields("{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":null,\"e\":1.50,\"f\":\"\"}\n", NULL,
                  "a=1|b=x|c=true|d=null|e=1.50|f=\n");
    assert_fields("{\"a\":{\"b\":\"x\",\"c\":{\"d\":2}},\"e\":{},\"f\":[]}\n", NULL, "a.b=x|a.c.d=2\n");
    assert_fields("{\"l\":[1,\"two\",[3],{\"n\":4},{\"n\":5,\"m\":[6]}]}\n", NULL,
                  "l{}=1,two|l{}{}=3|l{}.n=4,5|l{}.m{}=6\n");
    assert_fields("{\"a\":1,\"b\":2,\"a\":3,\"a\":4}\n", NULL, "a=1,3,4|b=2\n");
    assert_fields("{\"host\":\"h\",\"source\":1,\"sourcetype\":2,\"index\":3,\"_time\":4,\"_raw\":5,\"x\":6}\n", NULL,
                  "extracted_host=h|extracted_source=1|extracted_sourcetype=2|extracted_index=3|x=6\n");
    assert_fields("{\"a\":1,\"host\":\"h\",\"b\":{\"host\":2}}\n", "a extracted_host", "a=1|extracted_host=h\n");
    assert_fields("[{\"a\":[1]}]\n[{\"a\":[2]}]\n", "a a{}", "a{}=1\na{}=2\n");
    assert_fields(" { \"a\" : 1 , \"b\" : [ 1 , 2 ] } \r\n", NULL, "a=1|b{}=1,2\n");
}

static void escapes(void **state)
{
    (void)state;
    assert_fields("{\"a\":\"\\\"q\\\" \\\\ \\/ \\b\\f\\n\\r\\t\"}\n", "a", "a=\"q\" \\ / \b\f\n\r\t\n");
    assert_fields("{\"a\":\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"}\n", "a",
                  "a=A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n");
    assert_fields("{\"a\":\"\\ud83d \\ude00 \\ud83dx\"}\n", "a", "a=\xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBDx\n");
    assert_fields("{\"a\":\"\\x \\u12 \\uzzzz\"}\n", "a", "a=\\x \\u12 \\uzzzz\n");
    assert_fields("{\"\\u0061b\":1,\"c\\\\\":2,\"x\":\"\\\\\"}\n", "ab c\\ x", "ab=1|c\\=2|x=\\\n");
    assert_fields("{\"x\":\"{[:,\\\"a\\\":1\",\"a\":2}\n", "a", "a=2\n");
}

/* A wanted field found by the scan is what the walk over everything finds, wherever blocks of 64 bytes fall. */
static void scan_and_walk_agree(void **state)
{
    static const char *const parts[] = {
        "\"a\":1",
        "\"b\":\"x\"",
        "\"a\":\"y\\\\\"",
        "\"k\\\"a\":\"no\"",
        "\"c\":{\"a\":2,\"b\":[3]}",
        "\"d\":[\"a\"]",
        "\"a\" :5",
        "\"long\":\"%s\"",
        "\"\\u0061\":6",
        "\"b\":\"\\\"a\\\":7\"",
        "\"e\":\"\\\\\\\\\\\"\"",
        "\"b\":null",
        "\"f\":\"}{\"",
        "\"a\":\"\"",
        "\"z\":-1e5",
        "\"winlog\":{\"a\":1}",
    };
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char line[4096], fill[200];
        size_t len = 0;
        subject *s;
        const char *some, *all, *found;

        len += (size_t)snprintf(line + len, sizeof line - len, "{");
        for (int k = 0, n = (int)(random >> 8) % 12; k < n; k++) {
            random = random * 1664525 + 1013904223;
            memset(fill, "x\\"[random >> 30 & 1], sizeof fill);
            fill[(random >> 10) % 90 * 2] = 0;
            len += (size_t)snprintf(line + len, sizeof line - len, k ? "," : "");
            len += (size_t)snprintf(line + len, sizeof line - len, parts[(random >> 20) % 16], fill);
        }
        random = random * 1664525 + 1013904223;
        len += (size_t)snprintf(line + len, sizeof line - len, "%s", (random >> 20) % 10 ? "}" : "");
        s = subject_of("t", spl_str_cut(line, len), "json");
        some = fields_of(s, "a", 1);
        all = fields_of(s, NULL, 1);
        found = strncmp(all, "a=", 2) == 0 ? all : strstr(all, "|a=");
        if (found && *found == '|') found++;
        if (!found) {
            assert_string_equal(some, "\n");
        } else {
            size_t end = strcspn(found, "|\n");

            assert_int_equal(strlen(some), end + 1);
            assert_memory_equal(some, found, end);
        }
        subject_free(s);
    }
}

static void batches_do_not_matter(void **state)
{
    char text[40000];
    size_t len = 0;
    subject *s;
    const char *whole;

    (void)state;
    for (int i = 0; i < 300; i++) {
        len += (size_t)snprintf(
            text + len, sizeof text - len,
            i % 3 ? "{\"n\":%d,\"s\":\"v%d\",\"l\":[1,%d]}\n" : "{\"s\":\"%d\",\"n\":\"\\t%d\",\"n\":%d}\n", i, i, i);
    }
    s = subject_of("t", spl_str_cut(text, len), NULL);
    whole = fields_of(s, "n s l{}", 1000);
    assert_string_equal(whole, fields_of(s, "n s l{}", 1));
    assert_string_equal(whole, fields_of(s, "n s l{}", 7));
    assert_framing(s);
    assert_prefixes(s);
    subject_free(s);
}

#define WINDOWS "sourcetype source host EventCode ComputerName Message EventID"

static void windows_events(void **state)
{
    (void)state;
    assert_fields("{\"Channel\":\"Security\",\"EventID\":4624,\"Hostname\":\"h1\",\"host\":\"no\"}\n", WINDOWS,
                  "sourcetype=WinEventLog:Security|source=XmlWinEventLog:Security|host=h1|EventCode=4624|"
                  "ComputerName=h1|EventID=4624\n");
    assert_fields("{\"Channel\":\"S\",\"EventID\":\"1\",\"Computer\":\"h2\",\"EventCode\":7}\n", WINDOWS,
                  "sourcetype=WinEventLog:S|source=XmlWinEventLog:S|host=h2|EventCode=7|ComputerName=h2|EventID=1\n");
    assert_fields("{\"Channel\":\"S\",\"Hostname\":\"h\"}\n", "host source sourcetype EventCode",
                  "host=localhost|source=t|sourcetype=_json\n");
    assert_fields("{\"winlog\":{\"channel\":\"S\",\"event_id\":1,\"computer_name\":\"h\",\"event_data\":{\"Image\":"
                  "\"i\"}},\"message\":\"m\"}\n",
                  WINDOWS " Image",
                  "sourcetype=WinEventLog:S|source=XmlWinEventLog:S|host=h|EventCode=1|ComputerName=h|Message=m|"
                  "EventID=1|Image=i\n");
    assert_fields("{\"Event\":{\"System\":{\"Channel\":\"S\",\"EventID\":{\"#text\":3},\"Computer\":\"h\"},"
                  "\"EventData\":{\"Image\":\"i\"}}}\n",
                  "EventCode Image host", "EventCode=3|Image=i|host=h\n");
}

static void times(void **state)
{
    subject *s =
        subject_of("t",
                   SPL_S("{\"EventTime\":\"2020-09-02 01:43:30\",\"@timestamp\":\"2020-09-02T01:43:31.500Z\"}\n"
                         "{\"UtcTime\":\"2020-09-02 01:43:33\",\"TimeCreated\":\"2020-09-02 01:43:32\"}\n"
                         "{\"@timestamp\":\"?\",\"time\":\"2020-09-02T01:43:34Z\"}\n"
                         "{\"a\":{\"@timestamp\":\"2020-09-02T01:43:31Z\"},\"\\u0074s\":1599011015}\n"
                         "{\"date\" : \"2020-09-02T01:43:36Z\"}\n"
                         "{\"Event\":{\"System\":{\"TimeCreated\":{\"#attributes\":{\"SystemTime\":"
                         "\"2020-09-02T01:43:37Z\"}}}}}\n"
                         "{\"n\":1}\n"),
                   NULL);

    (void)state;
    assert_true(time_of(s, 0) == 1599011011.5);
    assert_true(time_of(s, 1) == 1599011012);
    assert_true(time_of(s, 2) == 1599011014);
    assert_true(time_of(s, 3) == 1599011015);
    assert_true(time_of(s, 4) == 1599011016);
    assert_true(time_of(s, 5) == 1599011017);
    assert_true(isnan(time_of(s, 6)));
    subject_free(s);
}

static void raw_tests(void **state)
{
    static const struct {
        const char *field, *text;
        bool whole;
        const char *literals; /* separated by spaces, NULL: none can be drawn */
    } rows[] = {
        {"a", "C:\\Windows\\System32", false, "System32"},
        {"a", "a/b", false, "a"},
        {"a", "\"", false, NULL},
        {"a", "na\xC3\xAFve", true, "na"},
        {"_raw", "a\"b", false, "a\"b"},
        {"_time", "1", false, NULL},
        {"host", "local", false, NULL},
        {"host", "dc01", false, "dc01"},
        {"sourcetype", "WinEventLog:Security", true, "Security"},
        {"sourcetype", "_json", true, NULL},
        {"sourcetype", "log:sec", false, "log:sec sec"},
        {"source", "XmlWinEventLog:Microsoft-Windows-WMI-Activity/Operational", true, "Microsoft-Windows-WMI-Activity"},
        {"source", "other", true, NULL},
        {"source", "wineventlog", false, NULL},
    };
    subject *s = subject_of("t", SPL_S("{\"a\":1}\n"), NULL);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        spl_literals literals = {0};
        spl_buf got = spl_buf_in(s->arena);
        bool drawn = s->input->reader->literals(s->input, &s->query, spl_str_of(rows[i].field),
                                                spl_str_of(rows[i].text), rows[i].whole, s->arena, &literals);

        assert_int_equal(drawn, rows[i].literals != NULL);
        for (size_t k = 0; drawn && k < literals.count; k++) {
            if (k) spl_buf_char(&got, ' ');
            spl_buf_add(&got, literals.items[k].text);
        }
        if (drawn) assert_string_equal(spl_cstring(s->arena, spl_buf_str(&got)), rows[i].literals);
    }
    assert_true(s->input->reader->hides(s->input, SPL_S("x\\u0041")));
    assert_false(s->input->reader->hides(s->input, SPL_S("x\\u20ac \\\\n")));
    subject_free(s);
}

static size_t warnings(subject *s)
{
    size_t i, n = 0;

    for (i = 0; i < spl_diag_len(s->query.diag); i++) n += spl_diag_at(s->query.diag, i)->count;
    return n;
}

static void bad_events(void **state)
{
    static const char text[] = "{\"a\":1,\"b\":2}\n\n  \n{\"a\":2,\"b\":\"cut\nno json\n{\"a\":3}}\n{\"a\":4,\"b\":5";
    subject *s = subject_of("t", SPL_S(text), NULL);

    (void)state;
    assert_int_equal(s->count, 5);
    assert_string_equal(fields_of(s, "a b", 100), "a=1|b=2\na=2\n\na=3\na=4|b=5\n");
    assert_int_equal(warnings(s), 4);
    assert_string_equal(fields_of(s, NULL, 100), "a=1|b=2\na=2\n\na=3\na=4|b=5\n");
    assert_int_equal(warnings(s), 8);
    assert_int_equal(spl_diag_len(s->query.diag), 1);
    assert_framing(s);
    assert_prefixes(s);
    subject_free(s);
}

static void odd_bytes(void **state)
{
    subject *s = subject_of("t", SPL_S("\xEF\xBB\xBF{\"a\":\"x\0y\",\"b\":\"\xFF\xC3\"}\n{\"a\":\"\\u0000\"}"), "json");
    char *deep, *line;
    size_t n = 200000;

    (void)state;
    assert_int_equal(s->count, 2);
    assert_int_equal(s->events[0].raw.data[0], '{');
    assert_memory_equal(fields_of(s, "a b", 10), "a=x\0y|b=\xFF\xC3\na=\0\n", 15);
    subject_free(s);

    deep = malloc(n + 20); /* nesting without end */
    memset(deep, '[', n);
    memcpy(deep, "{\"a\":", 5);
    s = subject_of("t", spl_str_cut(deep, n), "json");
    assert_string_equal(fields_of(s, "a", 10), "\n");
    free(deep);
    subject_free(s);

    line = malloc(n * 10 + 40); /* a key ten thousand times */
    strcpy(line, "{\"z\":0");
    for (size_t i = 0, len = 6; i < 10000; i++) len += (size_t)sprintf(line + len, ",\"a\":%zu", i % 10);
    strcat(line, "}\n");
    s = subject_of("t", spl_str_of(line), NULL);
    assert_int_equal(strlen(fields_of(s, "a", 10)), 2 + 20000);
    free(line);
    subject_free(s);
}

static void huge_line(void **state)
{
    size_t n = 100 << 20;
    char *line = malloc(n + 100);
    subject *s;

    (void)state;
    memset(line, 'x', n + 100);
    memcpy(line, "{\"z\":1}\n{\"a\":\"", 14);
    memcpy(line + n, "\",\"b\":\"\\u0041\"}\n", 16);
    s = subject_of("t", spl_str_cut(line, n + 16), NULL);
    assert_int_equal(s->count, 2);
    assert_string_equal(fields_of(s, "b", 10), "\nb=A\n");
    assert_int_equal(strlen(fields_of(s, "a", 10)), n - 14 + 4);
    assert_int_equal(spl_diag_len(s->query.diag), 0);
    free(line);
    subject_free(s);
}

static void pretty_printed(void **state)
{
    subject *s;

    (void)state;
    s = subject_of("t", SPL_S("[\n  {\n    \"a\": 1,\n    \"l\": [1, 2]\n  },\n  {\"a\": \"]}\\\"\"}, 7\n]\n"), NULL);
    assert_string_equal(s->input->reader->name, "json");
    assert_int_equal(s->count, 3);
    assert_string_equal(fields_of(s, "a l{}", 10), "a=1|l{}=1,2\na=]}\"\n\n");
    assert_memory_equal(s->events[0].raw.data, "{\n    \"a\": 1,", 13);
    assert_framing(s);
    subject_free(s);
    s = subject_of("t", SPL_S("{\n \"a\": 1\n}\n{\n \"a\": 2\n}{\"a\":3}\n{\n \"a\": \"cut\n \"b\": 1}\n"), NULL);
    assert_int_equal(s->count, 4);
    assert_string_equal(fields_of(s, "a", 10), "a=1\na=2\na=3\na=cut\n \n");
    subject_free(s);
    s = subject_of("t", SPL_S("[]"), NULL);
    assert_int_equal(s->count, 0);
    subject_free(s);
}

static void damaged_at_random(void **state)
{
    (void)state;
    assert_sturdy(
        "t",
        SPL_S("{\"@timestamp\":\"2020-09-02T01:43:31Z\",\"Channel\":\"Sec\",\"EventID\":1,\"l\":[1,{\"n\":[2]}]}\n"
              "{\"Message\":\"a\\r\\n\\tb \\\"q\\\" \\u0041\\ud83d\\ude00\",\"Hostname\":\"h\",\"a\":{\"b\":null}}\n"
              "{\"winlog\":{\"channel\":\"S\",\"event_id\":2},\"time\" : 1599011011}\n"),
        "json", "Message host sourcetype EventCode l{}.n a.b", 1500);
    assert_sturdy("t", SPL_S("[\n {\n  \"a\": \"x]\\\"\",\n  \"l\": [1, {}]\n },\n {\"a\": 2}\n]\n{\"a\":3}\n"), NULL,
                  "a", 700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_at_random),
        cmocka_unit_test(names_and_values),
        cmocka_unit_test(escapes),
        cmocka_unit_test(scan_and_walk_agree),
        cmocka_unit_test(windows_events),
        cmocka_unit_test(times),
        cmocka_unit_test(raw_tests),
        cmocka_unit_test(bad_events),
        cmocka_unit_test(odd_bytes),
        cmocka_unit_test(pretty_printed),
        cmocka_unit_test(batches_do_not_matter),
        cmocka_unit_test(huge_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
