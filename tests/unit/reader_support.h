/* reader_support.h -- tests of readers: an input of inline text, its events, their fields as one line of text. */
#ifndef READER_SUPPORT_H
#define READER_SUPPORT_H

#include "readers/framing.h"
#include "readers/reader.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct subject {
    spl_account *account;
    spl_arena *arena;
    spl_query query;
    spl_worker *worker;
    spl_dataset *data;
    spl_input *input;
    spl_str text;
    spl_event *events; /* by framing from the begin to the end */
    size_t count;
} subject;

static inline subject *subject_of(const char *name, spl_str text, const char *reader)
{
    spl_account_config config = {.separate = true};
    spl_account *account = spl_account_new(&config);
    spl_arena *arena = spl_arena_new(account);
    subject *s = SPL_NEW(arena, subject);
    spl_data_options options = {.paths = &name, .texts = &text, .count = 1, .reader = reader};
    size_t at, begin, end;
    SPL_VEC(spl_event) events = {0};

    s->account = account;
    s->arena = arena;
    s->query = (spl_query){.account = account,
                           .arena = arena,
                           .fields = spl_fields_new(arena),
                           .diag = spl_diag_new(arena),
                           .deadline = HUGE_VAL,
                           .now = 1600000000};
    s->query.zone = spl_zone_open(arena, "UTC");
    s->worker = spl_worker_new(&s->query, 0);
    s->data = spl_dataset_open(&s->query, &options);
    assert_int_equal(spl_dataset_len(s->data), 1);
    s->input = spl_dataset_at(s->data, 0);
    s->text = spl_input_map(s->input);
    for (at = s->input->body; s->input->reader->frame(s->input, s->text, at, true, &begin, &end, &at);)
        SPL_PUSH(arena, &events, ((spl_event){spl_str_sub(s->text, begin, end), begin, NAN}));
    s->events = events.data;
    s->count = events.len;
    return s;
}

static inline void subject_free(subject *s)
{
    spl_account *account = s->account;

    spl_worker_free(s->worker);
    spl_account_free(account);
}

/* The fields of all events, BATCH at a time: "a=1|b=x,y" and a line feed for each event, in the order of columns.
 * WANTED: names separated by spaces, NULL for all but metadata. */
static inline const char *fields_of(subject *s, const char *wanted, size_t size)
{
    spl_buf out = spl_buf_in(s->arena);
    spl_fieldset *set = SPL_NEW(s->arena, spl_fieldset);
    spl_extractor x = {.input = s->input, .wanted = set, .fields = s->query.fields, .worker = s->worker};
    size_t i, n;

    spl_fieldset_init(set, s->arena, s->query.fields);
    if (!wanted) {
        spl_fieldset_add_all(set);
        for (spl_field f = 0; f < SPL_F_FIRST_FREE; f++) spl_fieldset_remove(set, f);
    }
    for (const char *name = wanted; name && *name;) {
        size_t len = strcspn(name, " ");

        spl_fieldset_add_name(set, spl_str_cut(name, len));
        name += len + (name[len] == ' ');
    }
    if (s->input->reader->prepare) s->input->reader->prepare(&x);
    for (i = 0; i < s->count; i += n) {
        spl_batch *batch;

        n = s->count - i < size ? s->count - i : size;
        batch = spl_batch_new(s->account, s->query.fields, (uint32_t)n);
        s->input->reader->extract(&x, batch, s->events + i, (uint32_t)n, 0);
        if (s->input->reader->kv) spl_kv_extract(&x, batch, s->events + i, (uint32_t)n, 0);
        for (uint32_t row = 0; row < n; row++) {
            bool any = false;

            for (size_t c = 0; c < (wanted ? set->names.len : batch->n_columns); c++) {
                spl_field field = wanted ? set->names.data[c] : batch->columns[c]->field;
                spl_value v = spl_batch_get(batch, row, field);

                if (spl_is_null(v)) continue;
                if (any) spl_buf_char(&out, '|');
                any = true;
                spl_buf_add(&out, spl_field_name(s->query.fields, field));
                spl_buf_char(&out, '=');
                for (uint32_t k = 0; k < spl_value_count(v); k++) {
                    if (k) spl_buf_char(&out, ',');
                    spl_buf_add(&out, spl_value_str(spl_value_at(v, k)));
                }
            }
            spl_buf_char(&out, '\n');
        }
        spl_batch_free(batch);
    }
    return spl_cstring(s->arena, spl_buf_str(&out));
}

#define assert_fields(text, wanted, expected)                                                                          \
    do {                                                                                                               \
        subject *s_ = subject_of("t", spl_str_of(text), NULL);                                                         \
        assert_string_equal(fields_of(s_, (wanted), 1024), (expected));                                                \
        subject_free(s_);                                                                                              \
    } while (0)

static inline double time_of(subject *s, size_t i)
{
    return s->input->reader->time(s->input, s->worker->clock, s->events[i].raw);
}

/* resync and before agree with framing from the begin, at every offset. */
static inline void assert_framing(subject *s)
{
    const spl_reader *reader = s->input->reader;
    size_t i = 0, at, step = s->text.len > 20000 ? s->text.len / 5000 : 1;

    for (at = s->input->body; at < s->text.len; at += step) {
        size_t begin, end, next;

        while (i < s->count && s->events[i].at < at) i++; /* the first that begins at or after AT */
        assert_int_equal(reader->resync(s->input, s->text, at), i < s->count ? s->events[i].at : s->text.len);
        if (i < s->count && s->events[i].at == at) {
            assert_int_equal(reader->before(s->input, s->text, at), at);
        } else if (i > 0) {
            assert_int_equal(reader->before(s->input, s->text, at), s->events[i - 1].at);
        }
        if (i > 0 && s->events[i - 1].at + s->events[i - 1].raw.len == at) { /* from the end of one */
            bool more = reader->frame(s->input, s->text, at, true, &begin, &end, &next);

            assert_int_equal(more, i < s->count);
            if (more) assert_int_equal(begin, s->events[i].at);
        }
    }
}

/* An event is either whole in a cut-off text, or waited for. */
static inline void assert_prefixes(subject *s)
{
    size_t len, step = s->text.len > 3000 ? s->text.len / 1000 : 1;

    for (len = s->input->body; len <= s->text.len; len += step) {
        spl_str text = spl_str_cut(s->text.data, len);
        size_t at = s->input->body, begin, end, i;

        for (i = 0; s->input->reader->frame(s->input, text, at, false, &begin, &end, &at); i++) {
            assert_true(i < s->count);
            assert_int_equal(begin, s->events[i].at);
            assert_int_equal(end - begin, s->events[i].raw.len);
        }
    }
}

/* Everything that a reader does to SEED with bytes changed, cut and doubled at random: no crash, and framing agrees. */
static inline void assert_sturdy(const char *name, spl_str seed, const char *reader, const char *wanted, int rounds)
{
    static const char bytes[] = "\"\\{}[]:,\n\r \t=u0a1\x1E\x00\xFF;|&";
    uint32_t random = 12345;

    for (int round = 0; round < rounds; round++) {
        size_t len = seed.len, n = 1 + round % 7;
        char *text = malloc(len + 1);
        subject *s;

        memcpy(text, seed.data, len);
        while (n--) {
            size_t at, to, some;

            random = random * 1664525 + 1013904223;
            at = (random >> 4) % len;
            random = random * 1664525 + 1013904223;
            to = (random >> 4) % len;
            some = (random >> 20) % 40;
            if (at + some > len) some = len - at;
            if (to + some > len) some = len - to;
            switch (random >> 29) {
            case 0: memmove(text + to, text + at, some); break;
            case 1: len = at > len / 2 ? at : len; break;
            default: text[at] = bytes[to % (sizeof bytes - 1)];
            }
        }
        s = subject_of(name, spl_str_cut(text, len), reader);
        fields_of(s, wanted, 3);
        fields_of(s, NULL, 1000);
        for (size_t i = 0; i < s->count; i++) time_of(s, i);
        assert_framing(s);
        assert_prefixes(s);
        subject_free(s);
        free(text);
    }
}

#endif
