/* cli_fmt.c -- spl fmt: searches in canonical layout, a stage a line; macros and comments stay as typed. */
#include "cli/cli.h"

#include "lang/parse.h"

#include <unistd.h>

/* Macros are not expanded, so none is looked up. */
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

static bool format_one(spl_cli *cli, const cli_search *search, bool first)
{
    spl_arena *arena = spl_arena_new(cli->account);
    spl_diag *diag = spl_diag_new(arena);
    spl_source *source = spl_source_new(arena, spl_str_of(search->path), search->text);
    spl_buf out = spl_buf_in(arena);
    spl_parse_env env = {.arena = arena,
                         .diag = diag,
                         .find_macro = no_macro,
                         .suggest_macro = no_suggestion,
                         .eval = no_eval,
                         .check = true,
                         .depth_limit = 500,
                         .size_limit = 16 << 20};

    source->first_line = search->first_line;
    source->first_column = search->first_column;
    bool good = spl_format(&env, source, &out);
    if (good) {
        if (!first) putchar('\n');
        fwrite(out.data, 1, out.len, stdout);
        if (!out.len || out.data[out.len - 1] != '\n') putchar('\n');
    } else {
        fflush(stdout);
        for (size_t i = 0; i < spl_diag_len(diag); i++)
            if (spl_diag_at(diag, i)->severity == SPL_ERROR)
                spl_render(stderr, spl_diag_at(diag, i), cli->json_diagnostics, cli->color);
    }
    spl_arena_free(arena);
    return good;
}

static int fmt(spl_cli *cli)
{
    cli_searches searches = {0};
    spl_str text, error;
    bool good = true;

    if (!cli->texts.len && !cli->operands.len) {
        if (!cli_read_file(cli->arena, "/dev/stdin", 64 << 20, &text, &error))
            return cli_error(cli, SPL_IO, "-", "%.*s", SPL_FMT(error));
        cli_search typed = {"-", NULL, text, 1, 1};
        SPL_PUSH(cli->arena, &searches, typed);
    }
    int status = cli_load_searches(cli, 0, cli->operands.len, true, &searches);
    if (status) return status;
    for (size_t i = 0; i < searches.len; i++) good &= format_one(cli, &searches.data[i], i == 0);
    return good ? 0 : SPL_REFUSED;
}

const cli_command cli_fmt_command = {
    .name = "fmt",
    .usage = "[options] [SEARCH...]",
    .summary = "Print searches in canonical layout.",
    .details =
        "Without SEARCH it is read from standard input. The layout changes no meaning: it parses to the same tree.\n",
    .options = CLI_SEARCH | CLI_DIAGNOSTICS,
    .run = fmt,
};
