/* fuzz.h -- what the fuzzers share: an entry point, a property that stops them, a query without a search. */
#ifndef SPL_FUZZ_H
#define SPL_FUZZ_H

#include "exec/query.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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

#endif
