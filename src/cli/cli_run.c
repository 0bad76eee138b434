/* cli_run.c -- spl run: one search over data, its results printed. */
#include "cli/cli.h"

#include "cli/progress.h"
#include "writers/writer.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static unsigned terminal_width(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Pulls every batch and writes it. The status of the run; failures of the output unwind. */
static spl_status write_results(spl_search *search, spl_output *output, cli_progress *progress)
{
    spl_status status;
    spl_batch *batch;

    output->worker = spl_worker_new(output->query, 0);
    output->columns = spl_search_columns(search, &output->n_columns);
    spl_output_begin(output);
    while ((status = spl_search_next(search, &batch)) == SPL_OK) {
        cli_progress_hide(progress);
        spl_output_batch(output, batch);
        /* on a terminal results show as they come */
        if (output->terminal && strcmp(output->writer->name, "table") != 0) spl_output_flush(output);
        spl_batch_free(batch);
    }
    cli_progress_hide(progress);
    if (status == SPL_END) spl_output_end(output);
    return status;
}

static int finish(spl_cli *cli, spl_search *search, const char *format)
{
    cli_progress progress;
    spl_output output = {0};
    spl_frame frame;
    volatile spl_status status = SPL_OK;

    cli_out *out = cli_out_open(cli, cli->output);
    if (!out) return SPL_IO;
    output.writer = spl_writer_find(spl_str_of(format));
    output.query = spl_search_query(search);
    output.arena = cli->arena;
    output.sink = cli_out_write;
    output.to = out;
    output.terminal = !cli->output && isatty(STDOUT_FILENO);
    output.width = output.terminal ? terminal_width() : 0;
    cli_progress_begin(&progress, cli, search, NULL);
    if (SPL_CATCH(&frame)) {
        status = frame.status;
        cli_progress_end(&progress);
        if (cli_out_broken(out) && !cli->output) return -SIGPIPE;
        if (!cli_interrupted() && !cli_data_shrank())
            cli_error(cli, cli_status(frame.status), cli->output, "%s", frame.message);
        cli_out_close(cli, out, false);
        return cli_status(frame.status);
    }
    status = write_results(search, &output, &progress);
    spl_frame_leave(&frame);
    cli_progress_end(&progress);
    if (output.worker) spl_worker_free(output.worker);
    int closed = cli_out_close(cli, out, status == SPL_END && !cli_data_shrank());
    if (status != SPL_END) return cli_status(status);
    if (!closed && !output.rows && isatty(STDERR_FILENO) && !cli->json_diagnostics) {
        spl_buf summary = spl_buf_in(cli->arena);
        spl_run_summary(search, &summary);
        if (summary.len) fprintf(stderr, "%.*s\n", (int)summary.len, summary.data);
    }
    return closed;
}

static int run(spl_cli *cli)
{
    cli_search text;
    size_t next;
    const char *format = cli->format;

    int result = cli_load_one(cli, &text, &next);
    if (result) return result;
    for (size_t i = 0; i < cli->after.len; i++) SPL_PUSH(cli->arena, &cli->operands, cli->after.data[i]);
    if (!format) format = !cli->output && isatty(STDOUT_FILENO) ? "table" : "ndjson";

    spl_config config = cli_config(cli, cli->operands.data + next, cli->operands.len - next);
    spl_search *search = cli_open_search(&config, &text);
    if (!search) return cli_no_memory(cli);
    cli_interrupts(search);
    spl_status status = spl_search_compile(search);
    size_t shown = cli_show(cli, spl_search_diag(search), 0, stderr);
    result = status == SPL_OK ? finish(cli, search, format) : cli_status(status);
    if (result != -SIGPIPE) cli_show(cli, spl_search_diag(search), shown, stderr);
    cli_interrupts(NULL);
    spl_search_free(search);
    if (result == -SIGPIPE) { /* nobody reads on: end as any filter does */
        cli_die(SIGPIPE);
    }
    return result;
}

const cli_command cli_run_command = {
    .name = "run",
    .usage = "[options] SEARCH [DATA...]",
    .summary = "Run one search over data and print its results.",
    .details = "Without DATA the search must begin with a generating command, as | makeresults.\n",
    .options = CLI_SEARCH | CLI_KNOWLEDGE | CLI_DATA | CLI_TIME | CLI_RUN | CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS |
               CLI_DIAGNOSTICS,
    .run = run,
};
