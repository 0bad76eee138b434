/* fuzz_conf.c -- any bytes as a .conf file, as a macro in YAML and as a page that publishes a search. */
#include "fuzz/fuzz.h"

#include "cli/page.h"
#include "knowledge/conf.h"
#include "knowledge/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    spl_account *account = fuzz_account();
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        MUST(frame.status == SPL_BOUND);
    } else {
        spl_arena *arena = spl_arena_new(account);
        spl_str text = fuzz_text(arena, data, size), search;
        const spl_source *file = spl_source_new(arena, SPL_S("file"), text);
        spl_conf conf = spl_conf_in(arena);
        uint32_t line, column;

        spl_conf_read(&conf, spl_diag_new(arena), file);
        spl_yaml_macro(arena, spl_diag_new(arena), file);
        for (int html = 0; html < 2; html++) {
            if (spl_page_search(arena, text, html, &search, &line, &column)) MUST(line > 0 && column > 0);
        }
        spl_frame_leave(&frame);
    }
    spl_account_free(account);
    return 0;
}
