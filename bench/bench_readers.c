/* bench_readers.c -- how fast a reader cuts, dates and extracts, on one thread: bytes a second of each.
 *
 * usage: bench_readers FILE [FIELD…]   (no FIELD: all fields). Built by `cmake --build build -t bench_readers`. */
#include "readers/reader.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(int argc, char **argv)
{
    spl_account_config config = {0};
    spl_account *account = spl_account_new(&config);
    spl_arena *arena = spl_arena_new(account);
    spl_query query = {
        .account = account, .arena = arena, .fields = spl_fields_new(arena), .diag = spl_diag_new(arena)};
    const char *paths[] = {argv[1]};
    spl_data_options options = {.paths = paths, .count = 1};
    spl_worker *worker;
    spl_input *input;
    spl_extractor x = {0};
    spl_fieldset wanted;
    spl_event events[SPL_BATCH_ROWS];
    spl_str text;
    size_t at, begin, end, n, framed = 0, dated = 0, cells = 0;
    double start;
    uint32_t count;
    int i;

    query.zone = spl_zone_open(arena, "UTC");
    query.deadline = HUGE_VAL;
    worker = spl_worker_new(&query, 0);
    input = spl_dataset_at(spl_dataset_open(&query, &options), 0);
    text = spl_input_map(input);
    printf("%s: reader %s, %zu bytes\n", input->path, input->reader->name, text.len);
    spl_fieldset_init(&wanted, arena, query.fields);
    for (i = 2; i < argc; i++) spl_fieldset_add_name(&wanted, spl_str_of(argv[i]));
    if (argc == 2) spl_fieldset_add_all(&wanted);
    x.input = input;
    x.wanted = &wanted;
    x.fields = query.fields;
    x.worker = worker;
    if (input->reader->prepare) input->reader->prepare(&x);
    for (int pass = 0; pass < 2; pass++) { /* the first one fills the page tables */
        start = seconds();
        for (at = input->body, framed = 0; input->reader->frame(input, text, at, true, &begin, &end, &at);) framed++;
        if (pass) printf("frame   %6.2f GB/s, %zu events\n", (double)text.len / (seconds() - start) / 1e9, framed);
    }
    start = seconds();
    for (at = input->body; input->reader->frame(input, text, at, true, &begin, &end, &at);)
        dated += !isnan(input->reader->time(input, worker->clock, spl_str_sub(text, begin, end)));
    printf("time    %6.2f GB/s, %zu dated\n", (double)text.len / (seconds() - start) / 1e9, dated);
    start = seconds();
    for (at = input->body, n = 1; n;) {
        spl_batch *batch;

        for (n = 0; n < SPL_BATCH_ROWS && input->reader->frame(input, text, at, true, &begin, &end, &at); n++)
            events[n] = (spl_event){spl_str_sub(text, begin, end), begin, NAN};
        count = (uint32_t)n;
        batch = spl_batch_new(account, query.fields, count);
        input->reader->extract(&x, batch, events, count, 0);
        if (input->reader->kv) spl_kv_extract(&x, batch, events, count, 0);
        for (uint32_t c = 0; c < batch->n_columns; c++) {
            for (uint32_t r = 0; r < count; r++) cells += !spl_is_null(batch->columns[c]->cells[r]);
        }
        spl_batch_free(batch);
    }
    printf("extract %6.2f GB/s, %zu cells\n", (double)text.len / (seconds() - start) / 1e9, cells);
    start = seconds();
    if (input->reader->hides) {
        bool hides = input->reader->hides(input, text);

        printf("hides   %6.2f GB/s, %s\n", (double)text.len / (seconds() - start) / 1e9, hides ? "yes" : "no");
    }
    spl_worker_free(worker);
    spl_account_free(account);
}

int main(int argc, char **argv)
{
    spl_frame frame;

    if (argc < 2) return 2;
    if (SPL_CATCH(&frame)) {
        fprintf(stderr, "bench_readers: %s\n", frame.message);
        return 1;
    }
    run(argc, argv);
    spl_frame_leave(&frame);
    return 0;
}
