/* report.c -- messages on standard error: mistakes on the command line, failures, diagnostics of searches. */
#include "cli/cli.h"

#include "writers/writer.h"

#include <stdarg.h>

static void write_message(const spl_cli *cli, const char *code, const char *path, const char *format, va_list args)
{
    char message[2048];
    vsnprintf(message, sizeof message, format, args);
    if (!cli->json_diagnostics) {
        if (path)
            fprintf(stderr, "%s: error: %s [%s]\n", path, message, code);
        else
            fprintf(stderr, "spl: error: %s\n", message);
        return;
    }
    spl_buf out = spl_buf_in(cli->arena);
    spl_buf_printf(&out, "{\"severity\":\"error\",\"code\":\"%s\",\"message\":", code);
    spl_json_text(&out, spl_str_of(message));
    spl_buf_puts(&out, ",\"file\":");
    if (path)
        spl_json_text(&out, spl_str_of(path));
    else
        spl_buf_puts(&out, "null");
    spl_buf_puts(&out, ",\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null,\"hint\":null}\n");
    fwrite(out.data, 1, out.len, stderr);
}

int cli_error(const spl_cli *cli, int status, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_message(cli,
                  status == SPL_IO      ? "io"
                  : status == SPL_USAGE ? "usage"
                  : status == SPL_BOUND ? "bound"
                                        : "input",
                  path, format, args);
    va_end(args);
    return status;
}

int cli_usage_error(const spl_cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_message(cli, "usage", NULL, format, args);
    va_end(args);
    if (!cli->json_diagnostics) {
        if (cli->command)
            fprintf(stderr, "usage: spl %s %s\n", cli->command->name, cli->command->usage);
        else
            fputs("usage: spl COMMAND [options] ...; \"spl --help\" lists the commands\n", stderr);
    }
    return SPL_USAGE;
}

int cli_no_memory(const spl_cli *cli)
{
    return cli_error(cli, SPL_BOUND, NULL,
                     cli->config.memory ? "the bound of memory is too small to begin (--memory)" : "out of memory");
}

size_t cli_show(const spl_cli *cli, const spl_diag *diag, size_t from, FILE *out)
{
    size_t count = spl_diag_len(diag);
    for (size_t i = from; i < count; i++) spl_render(out, spl_diag_at(diag, i), cli->json_diagnostics, cli->color);
    return count;
}

int cli_status(spl_status status)
{
    switch (status) {
    case SPL_OK:
    case SPL_END: return 0;
    case SPL_REFUSED:
    case SPL_USAGE:
    case SPL_IO:
    case SPL_BOUND: return (int)status;
    case SPL_CANCELLED: return SPL_BOUND;
    }
    return SPL_REFUSED;
}
