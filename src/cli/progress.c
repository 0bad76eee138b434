/* progress.c -- a thread that says, twice a second, how long the search has been running. */
#include "cli/progress.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

static double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *draw(void *ptr)
{
    cli_progress *progress = ptr;
    pthread_mutex_lock(&progress->lock);
    while (!progress->stop) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 500000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        if (pthread_cond_timedwait(&progress->wake, &progress->lock, &until) != ETIMEDOUT || progress->stop ||
            progress->hidden)
            continue;
        fprintf(stderr, "\rsearching, %.0f s\033[K", clock_now() - progress->began);
        progress->drawn = true;
    }
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

void cli_progress_begin(cli_progress *progress, const spl_cli *cli, spl_search *search)
{
    pthread_condattr_t attributes;
    (void)search;
    *progress = (cli_progress){.began = clock_now()};
    if (cli->no_progress || cli->json_diagnostics || !isatty(STDERR_FILENO)) return;
    pthread_mutex_init(&progress->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&progress->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    progress->on = pthread_create(&progress->thread, NULL, draw, progress) == 0;
}

void cli_progress_hide(cli_progress *progress)
{
    if (!progress->on || progress->hidden) return;
    pthread_mutex_lock(&progress->lock);
    progress->hidden = true;
    if (progress->drawn) fputs("\r\033[K", stderr);
    pthread_mutex_unlock(&progress->lock);
}

void cli_progress_end(cli_progress *progress)
{
    if (!progress->on) return;
    cli_progress_hide(progress);
    pthread_mutex_lock(&progress->lock);
    progress->stop = true;
    pthread_cond_signal(&progress->wake);
    pthread_mutex_unlock(&progress->lock);
    pthread_join(progress->thread, NULL);
    pthread_cond_destroy(&progress->wake);
    pthread_mutex_destroy(&progress->lock);
    progress->on = false;
}
