/* interrupt.c -- signals: an interrupt stops the search, so that half-written files can be removed; so does a file of
 * DATA that is truncated while it is read.
 *
 * The only state of the process that the program keeps; it lies in the command line, not in the library. */
#include "cli/cli.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static spl_search *volatile running;
static const char *volatile half_written;
static volatile sig_atomic_t came, shrank;
static uintptr_t page_size;

static void on_signal(int number)
{
    spl_search *search = running;
    if (came) { /* a second time: at once */
        const char *path = half_written;
        if (path) unlink(path);
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    came = number;
    if (search) spl_search_cancel(search);
}

/* A mapped file that is truncated while it is read faults where it ends now. Zeros take the place of the lost page, so
 * that the thread can go on to where it sees that the search is cancelled. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    uintptr_t at = (uintptr_t)info->si_addr;
    spl_search *search = running;
    (void)context;
    at -= at % page_size;
    if (info->si_code != BUS_ADRERR || !search ||
        mmap((void *)at, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
        signal(number, SIG_DFL); /* the fault comes again */
        return;
    }
    shrank = 1;
    spl_search_cancel(search);
}

void cli_interrupts(spl_search *search)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal}, fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO},
                     old;

    running = search;
    if (!search) return;
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&fault.sa_mask);
    sigaction(SIGBUS, &fault, NULL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        /* what the parent told us to ignore (nohup) stays ignored */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(numbers[i], &action, NULL);
    }
    if (came) spl_search_cancel(search);
}

void cli_half_written(const char *path)
{
    half_written = path;
}

int cli_interrupted(void)
{
    return came;
}

bool cli_data_shrank(void)
{
    return shrank;
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
