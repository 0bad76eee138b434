/* fuzz_read.c -- any bytes as input of one reader (FUZZ_READER): what framing finds from the begin is what resync and
 * before find from anywhere, a cut-off text gives no other events than the whole, and fields and times come without
 * harm. */
#include "fuzz/fuzz.h"

#include "readers/reader.h"

typedef SPL_VEC(spl_event) event_list;

static void check_framing(const spl_input *input, spl_str text, const event_list *events)
{
    const spl_reader *reader = input->reader;
    size_t i = 0, step = 1 + text.len / 128;

    for (size_t at = input->body + 1; at < text.len; at += step) {
        size_t begin, end, next, before, due;

        while (i < events->len && events->data[i].at < at) i++;
        next = reader->resync(input, text, at);
        /* text without a head, before all others, is found from the begin alone */
        due = i == 0 && next != events->data[0].at ? 1 : i;
        MUST(next == (due < events->len ? events->data[due].at : text.len));
        before = reader->before(input, text, at);
        /* of the first event, what is before it too: a byte order mark, a header, blanks */
        if (before < input->body) before = input->body;
        if (i < events->len && events->data[i].at == at) {
            MUST(before == at || (i == 0 && before == input->body));
        } else if (i > 0 && at < events->data[i - 1].at + events->data[i - 1].raw.len) {
            MUST(before == events->data[i - 1].at || (i == 1 && before == input->body));
        } else { /* between events: from where framing comes to the one or the other */
            MUST(before <= at);
            if (i > 0 && reader->frame(input, text, before, true, &begin, &end, &next))
                MUST(begin == events->data[i - 1].at || (i < events->len && begin == events->data[i].at));
        }
        if (i > 0 && events->data[i - 1].at + events->data[i - 1].raw.len == at) {
            bool more = reader->frame(input, text, at, true, &begin, &end, &next);

            MUST(more == (i < events->len));
            MUST(!more || begin == events->data[i].at);
        }
    }
    for (size_t len = input->body; len <= text.len; len += step) {
        size_t at = input->body, begin, end;

        for (i = 0; reader->frame(input, spl_str_cut(text.data, len), at, false, &begin, &end, &at); i++) {
            MUST(i < events->len && begin == events->data[i].at && end - begin == events->data[i].raw.len);
        }
    }
}

static void extract(const spl_query *query, const spl_input *input, spl_worker *worker, const event_list *events,
                    const char *const *names)
{
    spl_fieldset wanted;
    spl_extractor x = {.input = input, .wanted = &wanted, .fields = query->fields, .worker = worker};
    spl_batch *batch;

    spl_fieldset_init(&wanted, query->arena, query->fields);
    if (!names) spl_fieldset_add_all(&wanted);
    for (; names && *names; names++) spl_fieldset_add_name(&wanted, spl_str_of(*names));
    if (input->reader->prepare) input->reader->prepare(&x);
    batch = spl_batch_new(query->account, query->fields, (uint32_t)events->len);
    input->reader->extract(&x, batch, events->data, (uint32_t)events->len, 0);
    if (input->reader->kv) spl_kv_extract(&x, batch, events->data, (uint32_t)events->len, 0);
    spl_batch_free(batch);
}

static void read_text(fuzz_case *c)
{
    static const char *const some[] = {"a", "EventCode", "Message", "host", "b{}.c", "_raw", NULL};
    const char *name = "t";
    spl_str text = fuzz_text(c->arena, c->data, c->size);
    spl_data_options options = {.paths = &name, .texts = &text, .count = 1, .reader = FUZZ_READER};
    spl_dataset *set = spl_dataset_open(&c->query, &options);
    event_list events = {0};
    size_t begin, end, at;
    spl_input *input;

    if (spl_dataset_len(set) != 1) return;
    input = spl_dataset_at(set, 0);
    c->worker = spl_worker_new(&c->query, 0);
    text = spl_input_map(input);
    at = input->body;
    while (input->reader->frame(input, text, at, true, &begin, &end, &at)) {
        MUST(begin < end && end <= at && at <= text.len);
        SPL_PUSH(c->arena, &events, ((spl_event){spl_str_sub(text, begin, end), begin, NAN}));
    }
    if (!events.len) return;
    for (size_t i = 0; i < events.len; i++) input->reader->time(input, c->worker->clock, events.data[i].raw);
    check_framing(input, text, &events);
    extract(&c->query, input, c->worker, &events, NULL);
    extract(&c->query, input, c->worker, &events, some);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reading(read_text, data, size);
}
