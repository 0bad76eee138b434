/* progress.c -- a thread that says, twice a second, how far the search is. */
#include "cli/progress.h"

#include "base/clock.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

static void draw_line(const cli_progress *progress)
{
    uint64_t done = 0, all = 0;
    double seconds = spl_clock_seconds() - progress->began;
    bool known = progress->hunt ? spl_hunt_progress(progress->hunt, &done, &all)
                                : spl_search_progress(progress->search, &done, &all);
    if (known && done < all)
        fprintf(stderr, "\rsearching, %.0f %% of %.1f MB, %.0f s\033[K", 100 * (double)done / (double)all,
                (double)all / 1e6, seconds);
    else
        fprintf(stderr, "\rsearching, %.0f s\033[K", seconds);
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
            progress->hidden || progress->paused)
            continue;
        draw_line(progress);
        progress->drawn = true;
    }
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

void cli_progress_begin(cli_progress *progress, const spl_cli *cli, const spl_search *search, const spl_hunt *hunt)
{
    pthread_condattr_t attributes;
    *progress = (cli_progress){.began = spl_clock_seconds(), .search = search, .hunt = hunt};
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

void cli_progress_pause(cli_progress *progress, bool paused)
{
    if (!progress->on || progress->hidden) return;
    pthread_mutex_lock(&progress->lock);
    progress->paused = paused;
    if (paused && progress->drawn) fputs("\r\033[K", stderr);
    if (paused) progress->drawn = false;
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
