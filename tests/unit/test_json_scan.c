/* test_json_scan.c -- the scan of JSON keys gives the same with every instruction set that the machine has. */
#include "base/arena.h"
#include "readers/json_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void all_alike(void **unused)
{
    static const char bytes[] = "\"\"\"\"\\\\::{}[],a k";
    spl_json_scan *const *scans;
    size_t n_scans = spl_json_scans(&scans);
    spl_account_config config = {0};
    spl_account *account = spl_account_new(&config);
    spl_arena *arena = spl_arena_new(account);
    spl_json_keys table = {0};
    uint32_t random = 99;

    (void)unused;
    spl_json_key_add(&table, arena, SPL_S("a"), 0, 0);
    spl_json_key_add(&table, arena, SPL_S("k a"), 1, 0);
    spl_json_keys_finish(&table);
    for (int round = 0; round < 50000; round++) {
        char text[300], *exact;
        size_t len = 1, i, n[2] = {0};
        spl_json_hit hits[2][SPL_JSON_HITS];
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
            if (!(flags[0] & SPL_JSON_SCAN_AGAIN)) {
                assert_int_equal(n[0], n[1]);
                assert_memory_equal(hits[0], hits[1], n[0] * sizeof(spl_json_hit));
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
