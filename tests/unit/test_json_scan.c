/* test_json_scan.c -- the scan of JSON keys gives the same with every instruction set. Includes the source, since which
 * one runs is the machine's choice. */
#include "../../src/readers/read_json.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void all_alike(void **unused)
{
    static const char bytes[] = "\"\"\"\"\\\\::{}[],a k";
    static scan_fn *const scans[] = {
#if defined(__x86_64__)
        scan_sse2,
        scan_avx2,
#else
        scan_plain,
#endif
    };
    size_t n_scans = sizeof scans / sizeof *scans;
    spl_account_config config = {0};
    spl_account *account = spl_account_new(&config);
    spl_arena *arena = spl_arena_new(account);
    key_table table = {0};
    uint32_t random = 99;

    (void)unused;
    if (n_scans > 1 && scan_of_machine() != scans[1]) n_scans = 1; /* the machine lacks it */
    table_add(&table, arena, SPL_S("a"), 0, NOTHING);
    table_add(&table, arena, SPL_S("k a"), 1, NOTHING);
    table_finish(&table);
    for (int round = 0; round < 50000; round++) {
        char text[300], *exact;
        size_t len = 1, i, n[2] = {0};
        hit hits[2][MAX_HITS];
        unsigned flags[2] = {0};

        random = random * 1664525 + 1013904223;
        text[0] = '{';
        for (size_t to = (random >> 8) % 280; len < to; len++) {
            random = random * 1664525 + 1013904223;
            if (round % 2 && (random >> 9) % 8 == 0 && len + 6 < to) {
                memcpy(text + len, "\"k a\":", 6);
                len += 5;
                continue;
            }
            text[len] = bytes[(random >> 16) % (round % 3 ? sizeof bytes - 1 : 8)];
        }
        exact = spl_alloc(arena, len); /* so that a sanitizer sees reading on */
        memcpy(exact, text, len);
        for (i = 0; i < n_scans; i++) flags[i] = scans[i](spl_str_cut(exact, len), &table, hits[i], &n[i], UINT32_MAX);
        if (n_scans > 1) {
            assert_int_equal(flags[0], flags[1]);
            if (!(flags[0] & SCAN_AGAIN)) {
                assert_int_equal(n[0], n[1]);
                assert_memory_equal(hits[0], hits[1], n[0] * sizeof(hit));
            }
        }
    }
    spl_account_free(account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_alike)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
