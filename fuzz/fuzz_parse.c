/* fuzz_parse.c -- any bytes are a search: expansion, scanning, parsing, dumping, rendering and layout must hold.
 * Shapes of commands are those of tests/parse, so that every state of the scanner is met. */
#include "../tests/parse/commands.c"
#include "fuzz/fuzz.h"
#include "lang/parse.h"

/* Two macros, one with an argument, so that calls expand; nothing else is defined. */
static const spl_macro *find_macro(void *context, spl_str name, uint32_t n_args)
{
    static const spl_str args[] = {{"x", 1}};
    static const spl_macro plain = {.name = {"m", 1}, .definition = {"| stats count by `m2(a)`", 24}};
    static const spl_macro one = {.name = {"m2", 2}, .n_args = 1, .args = args, .definition = {"$x$=\"$x$\"", 9}};

    (void)context;
    if (n_args == 0 && spl_str_is(name, "m")) return &plain;
    return n_args == 1 && spl_str_is(name, "m2") ? &one : NULL;
}

static void look_at(const spl_parse_env *env, spl_str text)
{
    spl_source *source = spl_source_new(env->arena, SPL_S("search"), text);
    const spl_source *expanded = spl_expand(env, source);
    spl_node *tree = expanded ? spl_parse_pipeline(env, expanded) : NULL;
    spl_buf out = spl_buf_in(env->arena);
    FILE *nowhere = fopen("/dev/null", "w");

    spl_ast_dump(&out, tree);
    spl_ast_unaccounted(tree);
    MUST(tree || spl_diag_count(env->diag, SPL_ERROR) > 0);
    if (spl_diag_count(env->diag, SPL_ERROR) == 0) MUST(spl_format(env, source, &out));
    for (size_t i = 0; nowhere && i < spl_diag_len(env->diag); i++)
        spl_render(nowhere, spl_diag_at(env->diag, i), i % 2, false);
    if (nowhere) fclose(nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (volatile int check = 0; check <= 1; check++) {
        spl_account_config config = {.limit = (size_t)512 << 20, .separate = size < 4096};
        spl_account *account = spl_account_new(&config);
        spl_arena *arena = spl_arena_new(account);
        spl_frame frame;

        if (SPL_CATCH(&frame)) {
            MUST(frame.status == SPL_BOUND);
        } else {
            spl_parse_env env = {.arena = arena,
                                 .diag = spl_diag_new(arena),
                                 .find_macro = find_macro,
                                 .check = check != 0,
                                 .size_limit = 1 << 20};

            look_at(&env, spl_str_cut((const char *)data, size));
            spl_frame_leave(&frame);
        }
        spl_account_free(account);
    }
    return 0;
}
