/* fuzz_check.c -- any text as a search of the registered commands: expanded, parsed, bound as check does; what fmt
 * makes of it parses, and stays as it is when laid out again. */
#include "fuzz/fuzz.h"

#include "lang/parse.h"
#include "spl.h"

static const spl_macro *no_macro(void *context, spl_str name, uint32_t n_args)
{
    (void)context;
    (void)name;
    (void)n_args;
    return NULL;
}

static spl_str no_suggestion(void *context, spl_str name)
{
    (void)context;
    (void)name;
    return (spl_str){0};
}

static bool no_eval(void *context, const spl_source *text, spl_str *result)
{
    (void)context;
    (void)text;
    (void)result;
    return false;
}

static void check(spl_str text)
{
    static const char *const macros[] = {"m=eval a=1 | where", "n(x,y)=$x$ $y$", "q(1)=`n(\"$1$\",`m`)`", "c=`c`",
                                         "p=| head 1"};
    spl_config config = {.macros = macros,
                         .n_macros = sizeof macros / sizeof *macros,
                         .tz = "UTC",
                         .now = "1600000000",
                         .check_only = true,
                         .no_builtin = true,
                         .threads = 1,
                         .timeout = 5,
                         .memory = (size_t)256 << 20,
                         .separate_allocations = true};
    spl_search *search = spl_search_new(&config, "search", text, 1, 1);
    char *rendered = NULL;
    size_t size = 0, i;
    FILE *out;

    MUST(search);
    spl_search_compile(search);
    out = open_memstream(&rendered, &size);
    MUST(out);
    for (i = 0; i < spl_diag_len(spl_search_diag(search)); i++)
        spl_render(out, spl_diag_at(spl_search_diag(search), i), i % 2, false);
    fclose(out);
    free(rendered);
    spl_search_free(search);
}

static void layout(const uint8_t *data, size_t size)
{
    spl_account *account = fuzz_account();
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        MUST(frame.status == SPL_BOUND);
    } else {
        spl_arena *arena = spl_arena_new(account);
        spl_parse_env env = {.arena = arena,
                             .diag = spl_diag_new(arena),
                             .find_macro = no_macro,
                             .suggest_macro = no_suggestion,
                             .eval = no_eval,
                             .check = true,
                             .depth_limit = 500,
                             .size_limit = 1 << 20};
        spl_buf once = spl_buf_in(arena), twice = spl_buf_in(arena);

        if (spl_format(&env, spl_source_new(arena, SPL_S("search"), fuzz_text(arena, data, size)), &once)) {
            MUST(spl_format(&env, spl_source_new(arena, SPL_S("search"), spl_buf_str(&once)), &twice));
        }
        spl_frame_leave(&frame);
    }
    spl_account_free(account);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check((spl_str){(const char *)data, size});
    layout(data, size);
    return 0;
}
