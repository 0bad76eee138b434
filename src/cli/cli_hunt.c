/* cli_hunt.c -- spl hunt: many searches over data, which are read once. */
#include "cli/cli.h"

#include "cli/progress.h"
#include "writers/writer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct tally {
    size_t fired, silent, refused;
    int status;       /* of what went wrong, or 0 */
    cli_strings told; /* notes about DATA: each once, whatever search it is about */
} tally;

/* The diagnostics from number FROM on: what notes say of DATA once for all searches. */
static size_t show(spl_cli *cli, tally *t, const spl_diag *diag, size_t from)
{
    size_t count = spl_diag_len(diag);
    for (size_t i = from; i < count; i++) {
        const spl_diagnostic *d = spl_diag_at(diag, i);
        if (d->severity == SPL_NOTE && strcmp(d->code, "absent-field") != 0) {
            const char *text = spl_cstring(cli->arena, spl_strf(cli->arena, "%s %.*s", d->code, SPL_FMT(d->message)));
            size_t k = 0;
            while (k < t->told.len && strcmp(t->told.data[k], text) != 0) k++;
            if (k < t->told.len) continue;
            SPL_PUSH(cli->arena, &t->told, text);
        }
        spl_render(stderr, d, cli->json_diagnostics, cli->color);
    }
    return count;
}

static void failed(tally *t, spl_status status)
{
    int exit_status = cli_status(status);
    t->refused++;
    if (exit_status > t->status) t->status = exit_status;
}

/* Gives each row, as its first field, the name of the search that found it. */
static void name_rows(spl_batch *batch, spl_field field, spl_str label)
{
    spl_column *column;
    spl_batch_drop(batch, field);
    column = spl_batch_add(batch, field);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) column->cells[spl_batch_row(batch, i)] = spl_text(label);
    for (uint32_t c = batch->n_columns; c-- > 1;) batch->columns[c] = batch->columns[c - 1];
    batch->columns[0] = column;
}

/* Pulls what search NUMBER found. OUTPUT NULL: only counted. Failures of the output unwind. */
static void pull(spl_cli *cli, spl_hunt *hunt, size_t number, spl_str label, spl_output *output, spl_field field,
                 cli_progress *progress, cli_out *out, tally *t)
{
    spl_search *search = spl_hunt_at(hunt, number);
    const spl_diag *diag = spl_search_diag(search);
    size_t shown = spl_diag_len(diag);
    uint64_t rows = 0;
    spl_batch *batch;
    spl_status status = spl_hunt_begin(hunt, number);

    while (status == SPL_OK && (status = spl_search_next(search, &batch)) == SPL_OK) {
        rows += spl_batch_rows(batch);
        if (output) {
            cli_progress_hide(progress);
            name_rows(batch, field, label);
            spl_output_batch(output, batch);
        }
        spl_batch_free(batch);
    }
    cli_progress_pause(progress, true);
    if (!cli_interrupted()) show(cli, t, diag, shown);
    if (status != SPL_END) {
        failed(t, status);
    } else if (rows) {
        t->fired++;
        if (!output) {
            spl_str line = spl_strf(cli->arena, "%llu result%s  %.*s\n", (unsigned long long)rows, rows == 1 ? "" : "s",
                                    SPL_FMT(label));
            if (!cli_out_write(out, line)) spl_fail(SPL_IO, "could not write the results: %s", strerror(errno));
        }
    } else {
        t->silent++;
    }
    cli_progress_pause(progress, false);
}

static void pull_all(spl_cli *cli, spl_search *shared, spl_hunt *hunt, const cli_searches *searches, cli_out *out,
                     cli_progress *progress, tally *t)
{
    spl_output output = {0};
    spl_field field = SPL_NO_FIELD;

    if (cli->format) {
        output.writer = spl_writer_find(spl_str_of(cli->format));
        output.query = spl_search_query(shared);
        output.worker = spl_worker_new(output.query, 0);
        output.arena = cli->arena;
        output.sink = cli_out_write;
        output.to = out;
        output.terminal = !cli->output && isatty(STDOUT_FILENO);
        field = spl_field_of(output.query->fields, SPL_S("search_name"));
        spl_output_begin(&output);
    }
    for (size_t i = 0; i < searches->len && !cli_interrupted(); i++) {
        if (!spl_hunt_at(hunt, i)) continue;
        pull(cli, hunt, i, cli_search_label(cli->arena, &searches->data[i]), cli->format ? &output : NULL, field,
             progress, out, t);
        spl_hunt_drop(hunt, i);
    }
    if (cli->format) spl_output_end(&output);
}

static void add_all(spl_cli *cli, spl_hunt *hunt, const cli_searches *searches, tally *t)
{
    for (size_t i = 0; i < searches->len && !cli_interrupted(); i++) {
        const cli_search *text = &searches->data[i];
        spl_status status = spl_hunt_add(hunt, text->path, text->text, text->first_line, text->first_column);
        const spl_search *search = spl_hunt_at(hunt, i);
        if (search) show(cli, t, spl_search_diag(search), 0);
        if (status == SPL_OK) continue;
        failed(t, status);
        spl_hunt_drop(hunt, i);
    }
}

static int hunt_with(spl_cli *cli, spl_search *shared, const cli_searches *searches)
{
    cli_progress progress;
    tally t = {0};
    spl_frame frame;
    volatile int status = 0;

    spl_hunt *hunt = spl_hunt_new(shared);
    if (!hunt) return cli_no_memory(cli);
    cli_out *out = cli_out_open(cli, cli->output);
    if (!out) return SPL_IO;
    add_all(cli, hunt, searches, &t);
    cli_progress_begin(&progress, cli, NULL, hunt);
    spl_status passed = spl_hunt_pass(hunt);
    if (SPL_CATCH(&frame)) {
        cli_progress_end(&progress);
        bool broken = cli_out_broken(out) && !cli->output;
        if (!broken && !cli_interrupted() && !cli_data_shrank())
            cli_error(cli, cli_status(frame.status), cli->output, "%s", frame.message);
        cli_out_close(cli, out, false);
        spl_hunt_free(hunt);
        return broken ? -SIGPIPE : cli_status(frame.status);
    }
    if (passed == SPL_OK) pull_all(cli, shared, hunt, searches, out, &progress, &t);
    if (passed == SPL_OK && (!cli->format || cli->output)) {
        spl_str line = spl_strf(cli->arena, "%zu searches: %zu fired, %zu silent, %zu refused\n", searches->len,
                                t.fired, t.silent, t.refused);
        if (cli->format)
            printf("%.*s", SPL_FMT(line));
        else if (!cli_out_write(out, line))
            spl_fail(SPL_IO, "could not write the results: %s", strerror(errno));
    }
    spl_frame_leave(&frame);
    cli_progress_end(&progress);
    if (passed != SPL_OK) status = cli_status(passed);
    int closed = cli_out_close(cli, out, passed == SPL_OK && !cli_interrupted() && !cli_data_shrank());
    if (passed == SPL_OK && cli->format && !cli->output && !cli->json_diagnostics)
        fprintf(stderr, "%zu searches: %zu fired, %zu silent, %zu refused\n", searches->len, t.fired, t.silent,
                t.refused);
    spl_hunt_free(hunt);
    return status ? status : closed ? closed : t.status;
}

static int run(spl_cli *cli)
{
    cli_searches searches = {0};

    if (!cli->dashes) return cli_usage_error(cli, "the searches and the data are divided by a lone --");
    if (!cli->texts.len && !cli->operands.len)
        return cli_usage_error(cli, "no search is given (-e TEXT, a path or a folder)");
    if (!cli->after.len) return cli_usage_error(cli, "no data are named behind --");
    int result = cli_load_searches(cli, 0, cli->operands.len, true, &searches);
    if (result) return result;

    spl_config config = cli_config(cli, cli->after.data, cli->after.len);
    spl_search *shared = spl_search_new(&config, "search", SPL_S(""), 1, 1);
    if (!shared) return cli_no_memory(cli);
    cli_interrupts(shared);
    spl_status status = spl_search_share(shared);
    size_t shown = cli_show(cli, spl_search_diag(shared), 0, stderr);
    result = status == SPL_OK ? hunt_with(cli, shared, &searches) : cli_status(status);
    if (result != -SIGPIPE) cli_show(cli, spl_search_diag(shared), shown, stderr);
    cli_interrupts(NULL);
    spl_search_free(shared);
    if (result == -SIGPIPE) cli_die(SIGPIPE);
    return result;
}

const cli_command cli_hunt_command = {
    .name = "hunt",
    .usage = "[options] SEARCH... -- DATA...",
    .summary = "Run many searches over data, reading the data once.",
    .details =
        "SEARCH may be a folder. Prints a line for each search that found something, and counts. With -f all rows are\n"
        "printed, named by a field search_name. Searches that are refused are reported and counted, and the exit "
        "status\n"
        "is 1; the others run.\n",
    .options = CLI_SEARCH | CLI_KNOWLEDGE | CLI_DATA | CLI_TIME | CLI_RUN | CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS |
               CLI_DIAGNOSTICS,
    .run = run,
};
