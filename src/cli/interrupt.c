/* interrupt.c -- signals: an interrupt stops the search, so that half-written files can be removed.
 *
 * The only state of the process that the program keeps; it lies in the command line, not in the library. */
#include "cli/cli.h"

#include <signal.h>

static spl_search *volatile running;
static volatile sig_atomic_t came;

static void on_signal(int number)
{
    spl_search *search = running;
    if (came) { /* a second time: at once */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    came = number;
    if (search) spl_search_cancel(search);
}

void cli_interrupts(spl_search *search)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal}, old;

    running = search;
    if (!search) return;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        /* what the parent told us to ignore (nohup) stays ignored */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(numbers[i], &action, NULL);
    }
    if (came) spl_search_cancel(search);
}

int cli_interrupted(void)
{
    return came;
}

void cli_die(int number)
{
    sigset_t set;
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    _Exit(128 + number);
}
