/* fuzz.h -- what the fuzzers share: an entry point, a property that stops them, a query without a search, a search run
 * to its end. */
#ifndef SPL_FUZZ_H
#define SPL_FUZZ_H

#include "exec/query.h"
#include "spl.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                             \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* An account of which each allocation is a block of its own, bounded. */
static inline spl_account *fuzz_account(void)
{
    spl_account *account = spl_account_new(&(spl_account_config){.separate = true, .limit = (size_t)256 << 20});

    MUST(account);
    return account;
}

static inline spl_query fuzz_query(spl_account *account, spl_arena *arena)
{
    return (spl_query){.account = account,
                       .arena = arena,
                       .fields = spl_fields_new(arena),
                       .diag = spl_diag_new(arena),
                       .zone = spl_zone_open(arena, "Europe/Berlin"),
                       .deadline = HUGE_VAL,
                       .threads = 1,
                       .now = 1600000000};
}

/* DATA in a block of its own size, so that reading past it shows. */
static inline spl_str fuzz_text(spl_arena *arena, const uint8_t *data, size_t size)
{
    char *copy = spl_alloc(arena, size);

    if (size) memcpy(copy, data, size);
    return (spl_str){copy, size};
}

/* What a fuzzer of data is given. */
typedef struct fuzz_case {
    const uint8_t *data;
    size_t size;
    spl_arena *arena;
    spl_query query;
    spl_worker *volatile worker; /* the fuzzer's to make, when the query is as it wants it; freed after it */
} fuzz_case;

/* Calls BODY, which may end at a bound or where something cannot be read, and frees all that it made. */
static inline int fuzz_reading(void (*body)(fuzz_case *), const uint8_t *data, size_t size)
{
    spl_account *account = fuzz_account();
    fuzz_case c = {.data = data, .size = size};
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        MUST(frame.status == SPL_BOUND || frame.status == SPL_IO);
    } else {
        c.arena = spl_arena_new(account);
        c.query = fuzz_query(account, c.arena);
        body(&c);
        spl_frame_leave(&frame);
    }
    if (c.worker) spl_worker_free(c.worker);
    spl_account_free(account);
    return 0;
}

/* Where files of a moment may lie. */
static inline const char *fuzz_folder(void)
{
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* Runs the search TEXT to its end: under bounds, writing nothing, with what else CONFIG says. */
static inline void fuzz_search(spl_config config, spl_str text)
{
    spl_search *search;
    spl_status status;
    spl_batch *batch;

    config.tz = "UTC";
    config.now = "1600000000";
    config.no_builtin = true;
    config.threads = 1;
    config.dry_run = true;
    config.state_dir = "/nonexistent";
    config.separate_allocations = true;
    search = spl_search_new(&config, "search", text, 1, 1);
    MUST(search);
    status = spl_search_compile(search);
    while (status == SPL_OK && (status = spl_search_next(search, &batch)) == SPL_OK) spl_batch_free(batch);
    MUST(status == SPL_END || status == SPL_REFUSED || status == SPL_BOUND || status == SPL_IO);
    spl_search_free(search);
}

#endif
