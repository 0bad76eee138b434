/* series.h -- equally spaced numbers: forecasts by state-space models, the length of their cycle, moving averages. For
 * predict and x11. A value that is missing is NaN. */
#ifndef SPL_EXEC_SERIES_H
#define SPL_EXEC_SERIES_H

#include "exec/query.h"

/* What a model says of each place: MEAN is NaN where it does not know yet. */
typedef struct spl_forecast {
    double *mean, *variance; /* TOTAL each */
    double error;            /* mean square of the one-step errors; NaN where there was none */
} spl_forecast;

/* Each forecast is of values 0 … TOTAL-1 from those before each and before N. Level: a local level (random walk and
 * noise) for each place of a cycle of PERIOD; 1 for no cycle. Trend: a local linear trend. The variances are those of
 * greatest likelihood. */
spl_forecast spl_series_level(const spl_query *query, spl_arena *arena, const double *values, size_t n, size_t total,
                              size_t period);
spl_forecast spl_series_trend(const spl_query *query, spl_arena *arena, const double *values, size_t n, size_t total);
/* Two local levels whose noises are correlated. LEADS: the second is known at each place before the first is told, up
 * to N_SECOND. OUT: of both. */
void spl_series_pair(const spl_query *query, spl_arena *arena, const double *first, const double *second, size_t n,
                     size_t n_second, size_t total, bool leads, spl_forecast out[2]);
/* The length of the cycle, at least LEAST: where the autocorrelation of what a line leaves has its highest peak and is
 * significant; 0 where there is none. */
size_t spl_series_period(spl_arena *arena, const double *values, size_t n, size_t least, size_t most);

#endif
