/* progress.h -- the progress line on the terminal while a search runs. */
#ifndef SPL_CLI_PROGRESS_H
#define SPL_CLI_PROGRESS_H

#include "cli/cli.h"

#include <pthread.h>

typedef struct cli_progress {
    bool on;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop, hidden, paused, drawn;
    double began;
    const spl_search *search;
    const spl_hunt *hunt; /* instead */
} cli_progress;

/* Nothing is shown when standard error is no terminal, with --no-progress, or with --diagnostics json. */
void cli_progress_begin(cli_progress *progress, const spl_cli *cli, const spl_search *search, const spl_hunt *hunt);
/* Other lines are about to be written: the line is away until PAUSED is false. */
void cli_progress_pause(cli_progress *progress, bool paused);
/* Results are about to be written to the same terminal: takes the line away for good. */
void cli_progress_hide(cli_progress *progress);
void cli_progress_end(cli_progress *progress);

#endif
