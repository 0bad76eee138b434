/* clock.h -- a clock that only goes on. */
#ifndef SPL_BASE_CLOCK_H
#define SPL_BASE_CLOCK_H

#include <time.h>

/* Seconds since some moment, the same for the whole process: for durations and deadlines. */
static inline double spl_clock_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
