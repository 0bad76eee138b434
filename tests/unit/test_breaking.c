/* test_breaking.c -- events cut by settings: the same from any of their begins, in any part of the text, and by a plain
 * reading of the manual's rules. */
#include "knowledge/conf.h"
#include "reader_support.h"
#include "readers/breaking.h"

#include "base/regex.h"

typedef struct shaped {
    subject *of;
    const spl_breaking *breaking;
    spl_match *match;
} shaped;

/* An input of TEXT whose class sets CONF. */
static shaped shaped_of(const char *conf, spl_str text)
{
    subject *s = subject_of("t", text, "lines");
    spl_str stanza = spl_strf(s->arena, "[t]\n%s", conf);
    spl_conf *parsed = SPL_NEW(s->arena, spl_conf);
    spl_props *props;
    shaped made = {.of = s};

    *parsed = spl_conf_in(s->arena);
    spl_conf_read(parsed, s->query.diag, spl_source_new(s->arena, SPL_S("props.conf"), stanza));
    props = spl_props_new(s->arena, s->query.diag, parsed);
    made.breaking =
        spl_breaking_new(s->arena, &s->query, spl_props_class_of(props, SPL_S("t"), SPL_S("s"), SPL_S("h")), true);
    s->input->breaking = made.breaking;
    made.match = s->worker->match;
    return made;
}

static spl_cuts cut(const shaped *m, spl_str text, bool last, size_t *stopped)
{
    spl_cuts cuts = {0};

    *stopped = spl_input_cut(m->of->input, m->match, text, 0, text.len, true, last, m->of->arena, &cuts);
    return cuts;
}

static const char *const confs[] = {
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=([\\r\\n]+)(?=\\{)",
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=(\\s*\\n\\s*)\\{",
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=(,)(?=\\{)|(\\n)|;",
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=()(?=\\{)",
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=(\\n)(?!\\s)",
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=(?<=\\})(\\s*)",
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=(\\n)[^;]*;",
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=(\\n+)$",
    "SHOULD_LINEMERGE=false\nLINE_BREAKER=(?:\\b|^)(;)",
    "LINE_BREAKER=([;,])",
    "SHOULD_LINEMERGE=true",
    "BREAK_ONLY_BEFORE=\\{\nMUST_BREAK_AFTER=;",
    "BREAK_ONLY_BEFORE_DATE=false\nMUST_BREAK_AFTER=\\}",
    "BREAK_ONLY_BEFORE=\\{\nMUST_NOT_BREAK_AFTER=,\nMUST_BREAK_AFTER=;\nMUST_NOT_BREAK_BEFORE=é",
    "BREAK_ONLY_BEFORE_DATE=false\nMAX_EVENTS=2",
};

static const char *const pieces[] = {"{a", "}",    "\n", "\r\n", "\n\n", ";", ",", " ", "2024-03-06 10:00:00 ",
                                     "é",  "\xFF", "\t", "x{y"};

static void assert_consistent(const char *conf, spl_str text)
{
    shaped m = shaped_of(conf, text);
    size_t stopped, end = 0;
    spl_cuts all = cut(&m, text, true, &stopped);

    assert_int_equal(stopped, text.len);
    for (size_t i = 0; i < all.len; i++) { /* in order, none empty, and from each begin the rest is the same */
        size_t begin, stop, next;

        assert_true(all.data[i].begin >= end && all.data[i].end > all.data[i].begin && all.data[i].end <= text.len);
        end = all.data[i].end;
        assert_true(spl_input_frame(m.of->input, m.match, text, all.data[i].begin, i == 0 && all.data[i].begin == 0,
                                    true, &begin, &stop, &next));
        assert_int_equal(begin, all.data[i].begin);
        assert_int_equal(stop, all.data[i].end);
        spl_breaking_text(m.breaking, m.match, m.of->arena, spl_str_sub(text, begin, stop), NULL);
    }
    for (size_t len = 0; len <= text.len; len++) { /* of a part no event is other than of the whole */
        spl_cuts part = cut(&m, spl_str_cut(text.data, len), false, &stopped);

        assert_true(part.len <= all.len && stopped <= len);
        for (size_t i = 0; i < part.len; i++) assert_memory_equal(&part.data[i], &all.data[i], sizeof *all.data);
        if (part.len < all.len) assert_true(stopped <= all.data[part.len].begin);
    }
    subject_free(m.of);
}

static void any_part(void **state)
{
    uint32_t random = 99;

    (void)state;
    for (size_t c = 0; c < sizeof confs / sizeof *confs; c++) {
        for (int round = 0; round < 40; round++) {
            char text[400];
            size_t len = 0;

            for (int n = 3 + round; n--;) {
                const char *piece;

                random = random * 1664525 + 1013904223;
                piece = pieces[(random >> 8) % (sizeof pieces / sizeof *pieces)];
                if (len + strlen(piece) >= sizeof text) break;
                memcpy(text + len, piece, strlen(piece));
                len += strlen(piece);
            }
            assert_consistent(confs[c], spl_str_cut(text, len));
        }
    }
}

/* A line an event: framing from any place, as of readers. */
static void any_place(void **state)
{
    static const char text[] = "one\r\n\r\n  \ntwo\rthree\n\n four  \r";
    shaped m = shaped_of("SHOULD_LINEMERGE=false", SPL_S(text));
    const spl_input *input = m.of->input;
    spl_str all = SPL_S(text);
    size_t stopped, i = 0;
    spl_cuts cuts = cut(&m, all, true, &stopped);

    (void)state;
    assert_false(spl_input_in_turn(input));
    assert_int_equal(cuts.len, 4);
    for (size_t at = 0; at < all.len; at++) {
        while (i < cuts.len && cuts.data[i].begin < at) i++;
        assert_int_equal(spl_input_resync(input, all, at), i < cuts.len ? cuts.data[i].begin : all.len);
        if (i < cuts.len && cuts.data[i].begin == at) {
            assert_int_equal(spl_input_before(input, all, at), at);
        } else if (i > 0 && at < cuts.data[i - 1].end) {
            assert_int_equal(spl_input_before(input, all, at), cuts.data[i - 1].begin);
        }
    }
    subject_free(m.of);
}

/* Lines longer than the windows that are searched, and a match that reaches far. */
static void far_matches(void **state)
{
    static const size_t gaps[] = {10, 65530, 65536, 65538, 300000, 900000};

    (void)state;
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        size_t len = 2 * gaps[i] + 20, n = 0, stopped;
        char *text = malloc(len);
        shaped m;
        spl_cuts cuts;

        text[n++] = 'a';
        text[n++] = '\n';
        for (size_t k = 0; k < gaps[i]; k++) text[n++] = k % 2 ? (char)0xA9 : (char)0xC3; /* é */
        memcpy(text + n, ";\nb\n", 4);
        n += 4;
        memset(text + n, 'x', gaps[i]);
        n += gaps[i];
        m = shaped_of("SHOULD_LINEMERGE=false\nLINE_BREAKER=(\\n)(?=[^;]*;)", spl_str_cut(text, n));
        cuts = cut(&m, spl_str_cut(text, n), true, &stopped);
        assert_int_equal(cuts.len, 2);
        assert_int_equal(cuts.data[1].begin, 2);
        assert_int_equal(cuts.data[1].end, n);
        subject_free(m.of);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_part),
        cmocka_unit_test(any_place),
        cmocka_unit_test(far_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
