/* fuzz_evtx.c -- any bytes as a Windows event log, through libevtx and the reader of its XML. What begins with the
 * letter r is a file as it stands; else it is the records of a chunk, around which a sound file is made, so that check
 * sums keep nothing out. */
#include "fuzz/fuzz.h"

#include "readers/reader.h"

#include <zlib.h>

/* libevtx forgets memory of some damaged records: the leak sanitizer asks here what is no finding. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libevtx.so";
}

enum { HEAD = 4096, CHUNK = 65536, RECORDS = 512 };

static void put(unsigned char *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> 8 * i);
}

/* A file of one chunk whose records are DATA. */
static spl_str file_of(spl_arena *arena, const uint8_t *data, size_t size)
{
    unsigned char *file = spl_calloc(arena, 1, HEAD + CHUNK), *chunk = file + HEAD;
    size_t count = 0, last = RECORDS;

    if (size > CHUNK - RECORDS) size = CHUNK - RECORDS;
    if (size) memcpy(chunk + RECORDS, data, size);
    for (size_t i = RECORDS; i + 4 <= RECORDS + size; i++) {
        if (memcmp(chunk + i, "**\0", 4) != 0) continue;
        count++;
        last = i;
    }
    memcpy(file, "ElfFile", 8);
    put(file + 24, count + 1, 8);
    put(file + 32, 128, 4);
    put(file + 36, 1, 2);
    put(file + 38, 3, 2);
    put(file + 40, HEAD, 2);
    put(file + 42, 1, 2);
    put(file + 124, crc32(0, file, 120), 4);
    memcpy(chunk, "ElfChnk", 8);
    for (int i = 0; i < 4; i++) put(chunk + 8 + 8 * i, i % 2 ? count : 1, 8);
    put(chunk + 40, 128, 4);
    put(chunk + 44, last, 4);
    put(chunk + 48, RECORDS + size, 4);
    put(chunk + 52, crc32(0, chunk + RECORDS, (unsigned)size), 4);
    put(chunk + 124, crc32(crc32(0, chunk, 120), chunk + 128, RECORDS - 128), 4);
    return (spl_str){(char *)file, HEAD + CHUNK};
}

static void read_events(const spl_query *query, const spl_input *input, spl_worker *worker, spl_str text)
{
    spl_fieldset wanted;
    spl_extractor x = {.input = input, .wanted = &wanted, .fields = query->fields, .worker = worker};
    SPL_VEC(spl_event) events = {0};
    size_t begin, end, at = input->body;
    spl_batch *batch;

    while (input->reader->frame(input, text, at, true, &begin, &end, &at))
        SPL_PUSH(query->arena, &events, ((spl_event){spl_str_sub(text, begin, end), begin, NAN}));
    if (!events.len) return;
    spl_fieldset_init(&wanted, query->arena, query->fields);
    spl_fieldset_add_all(&wanted);
    if (input->reader->prepare) input->reader->prepare(&x);
    batch = spl_batch_new(query->account, query->fields, (uint32_t)events.len);
    input->reader->extract(&x, batch, events.data, (uint32_t)events.len, 0);
    for (size_t i = 0; i < events.len; i++) input->reader->time(input, worker->clock, events.data[i].raw);
    spl_batch_free(batch);
}

static void read_log(fuzz_case *c)
{
    const char *name = "t";
    bool as_is = c->size && c->data[0] == 'r';
    spl_str text = as_is ? fuzz_text(c->arena, c->data + 1, c->size - 1) : file_of(c->arena, c->data, c->size);
    spl_data_options options = {.paths = &name, .texts = &text, .count = 1};
    spl_dataset *set;

    c->query.spill_dir = fuzz_folder();
    set = spl_dataset_open(&c->query, &options);
    c->worker = spl_worker_new(&c->query, 0);
    for (size_t i = 0; i < spl_dataset_len(set); i++) {
        spl_input *input = spl_dataset_at(set, i);

        read_events(&c->query, input, c->worker, spl_input_map(input));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_reading(read_log, data, size);
}
