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
        size_t begin, end, next, before;

        while (i < events->len && events->data[i].at < at) i++;
        MUST(reader->resync(input, text, at) == (i < events->len ? events->data[i].at : text.len));
        before = reader->before(input, text, at);
        if (i < events->len && events->data[i].at == at) {
            MUST(before == at);
        } else if (i > 0 && at < events->data[i - 1].at + events->data[i - 1].raw.len) {
            MUST(before == events->data[i - 1].at ||
                 (i == 1 && before == 0)); /* 0: a byte order mark may be before it */
        } else {                           /* between events: from where framing comes to the one or the other */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const some[] = {"a", "EventCode", "Message", "host", "b{}.c", "_raw", NULL};
    spl_account *account = fuzz_account();
    spl_worker *volatile worker = NULL;
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        MUST(frame.status == SPL_BOUND || frame.status == SPL_IO);
    } else {
        spl_arena *arena = spl_arena_new(account);
        spl_query query = fuzz_query(account, arena);
        const char *name = "t";
        spl_str text = fuzz_text(arena, data, size);
        spl_data_options options = {.paths = &name, .texts = &text, .count = 1, .reader = FUZZ_READER};
        spl_dataset *set = spl_dataset_open(&query, &options);

        if (spl_dataset_len(set) == 1) {
            spl_input *input = spl_dataset_at(set, 0);
            event_list events = {0};
            size_t begin, end, at = input->body;

            worker = spl_worker_new(&query, 0);
            text = spl_input_map(input);
            while (input->reader->frame(input, text, at, true, &begin, &end, &at)) {
                MUST(begin < end && end <= at && at <= text.len);
                SPL_PUSH(arena, &events, ((spl_event){spl_str_sub(text, begin, end), begin, NAN}));
            }
            if (events.len) {
                for (size_t i = 0; i < events.len; i++) input->reader->time(input, worker->clock, events.data[i].raw);
                check_framing(input, text, &events);
                extract(&query, input, worker, &events, NULL);
                extract(&query, input, worker, &events, some);
            }
        }
        spl_frame_leave(&frame);
    }
    if (worker) spl_worker_free(worker);
    spl_account_free(account);
    return 0;
}
