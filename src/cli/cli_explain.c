/* cli_explain.c -- spl explain: the expanded search and its plan; with data, what each stage took and gave. */
#include "cli/cli.h"

#include <stdlib.h>

static int explain(spl_cli *cli)
{
    cli_search text;
    size_t next;

    int result = cli_load_one(cli, &text, &next);
    if (result) return result;
    for (size_t i = 0; i < cli->after.len; i++) SPL_PUSH(cli->arena, &cli->operands, cli->after.data[i]);
    size_t n_data = cli->operands.len - next;

    spl_config config = cli_config(cli, cli->operands.data + next, n_data);
    config.count_all = n_data > 0;
    config.check_only = n_data == 0;
    config.dry_run = true; /* a look at a search writes nothing */
    spl_search *search = cli_open_search(&config, &text);
    if (!search) return cli_no_memory(cli);
    cli_interrupts(search);
    spl_status status = spl_search_compile(search);
    if (status == SPL_OK && n_data) {
        spl_batch *batch;
        while ((status = spl_search_next(search, &batch)) == SPL_OK) spl_batch_free(batch);
        if (status == SPL_END) status = SPL_OK;
    }
    cli_show(cli, spl_search_diag(search), 0, stderr);
    if (status != SPL_REFUSED && !cli_interrupted()) {
        spl_buf out = spl_buf_in(cli->arena);
        if (config.asked_field) {
            spl_explain_field(search, &out);
        } else {
            spl_explain(search, &out);
        }
        fwrite(out.data, 1, out.len, stdout);
    }
    cli_interrupts(NULL);
    spl_search_free(search);
    return cli_status(status);
}

const cli_command cli_explain_command = {
    .name = "explain",
    .usage = "[options] SEARCH [DATA...]",
    .summary = "Show the expanded search and its plan; with data, how many events each stage took and gave.",
    .details = "With DATA the search runs, and its results are thrown away; nothing is written (--dry-run).\n",
    .options = CLI_SEARCH | CLI_KNOWLEDGE | CLI_DATA | CLI_TIME | CLI_RUN | CLI_THREADS | CLI_DIAGNOSTICS | CLI_EXPLAIN,
    .run = explain,
};
