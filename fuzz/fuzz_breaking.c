/* fuzz_breaking.c -- any settings of props.conf over any text, parted by an empty line: the events are in order, the
 * same from each of their begins, and in any part of the text; their text is made without harm. */
#include "fuzz/fuzz.h"

#include "readers/breaking.h"

static void check(const spl_input *input, spl_worker *worker, spl_arena *arena, spl_str text)
{
    spl_cuts cuts = {0};
    size_t end = 0, step = 1 + text.len / 24;

    spl_input_cut(input, worker->match, text, 0, text.len, true, true, arena, &cuts);
    for (size_t i = 0; i < cuts.len; i++) {
        size_t begin, stop, next;
        spl_cut c = cuts.data[i];

        MUST(c.begin >= end && c.end > c.begin && c.end <= text.len);
        end = c.end;
        if (i % (1 + cuts.len / 24) == 0) {
            MUST(spl_input_frame(input, worker->match, text, c.begin, i == 0 && c.begin == 0, true, &begin, &stop,
                                 &next));
            MUST(begin == c.begin && stop == c.end && next >= stop);
        }
        spl_breaking_text(input->breaking, worker->match, arena, spl_str_sub(text, c.begin, c.end), NULL);
    }
    for (size_t len = 0; len <= text.len; len += step) {
        spl_cuts part = {0};
        spl_str head = fuzz_text(arena, (const uint8_t *)text.data, len);
        size_t stopped = spl_input_cut(input, worker->match, head, 0, len, true, false, arena, &part);

        MUST(part.len <= cuts.len && stopped <= len);
        for (size_t i = 0; i < part.len; i++)
            MUST(part.data[i].begin == cuts.data[i].begin && part.data[i].end == cuts.data[i].end);
    }
    if (spl_input_in_turn(input)) return;
    for (size_t at = 0, i = 0; at < text.len; at += step) {
        while (i < cuts.len && cuts.data[i].begin < at) i++;
        MUST(spl_input_resync(input, text, at) == (i < cuts.len ? cuts.data[i].begin : text.len));
        if (i > 0 && at < cuts.data[i - 1].end) MUST(spl_input_before(input, text, at) == cuts.data[i - 1].begin);
    }
}

static void break_up(fuzz_case *c)
{
    spl_arena *arena = c->arena;
    const uint8_t *parted = c->size ? memmem(c->data, c->size, "\n\n", 2) : NULL;
    size_t head = parted ? (size_t)(parted - c->data) : c->size;
    spl_str text = parted ? fuzz_text(arena, parted + 2, c->size - head - 2) : fuzz_text(arena, c->data, 0);
    spl_buf stanza = spl_buf_in(arena), told = spl_buf_in(arena);
    spl_conf conf = spl_conf_in(arena);
    spl_data_options options = {.count = 1, .reader = "lines"};
    const char *name = "t";
    spl_input *input;

    c->query.limits.match_limit = 1000;
    c->query.limits.depth_limit = 100;
    c->query.limits.splunk = head % 2;
    spl_buf_puts(&stanza, "[t]\n");
    spl_buf_add(&stanza, (spl_str){(const char *)c->data, head});
    spl_conf_read(&conf, c->query.diag, spl_source_new(arena, SPL_S("props.conf"), spl_buf_str(&stanza)));
    options.paths = &name;
    options.texts = &text;
    input = spl_dataset_at(spl_dataset_open(&c->query, &options), 0);
    input->breaking = spl_breaking_new(
        arena, &c->query,
        spl_props_class_of(spl_props_new(arena, c->query.diag, &conf), SPL_S("t"), SPL_S("s"), SPL_S("h")), true);
    c->worker = spl_worker_new(&c->query, 0);
    if (spl_breaking_cuts(input->breaking)) check(input, c->worker, arena, text);
    if (input->breaking) spl_breaking_explain(input->breaking, &told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reading(break_up, data, size);
}
