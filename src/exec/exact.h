/* exact.h -- sums of doubles that do not depend on the order of adding.
 *
 * The sum is kept exactly: whole numbers in 128 bits, others in a fixed-point number as long as the span of exponents
 * met. It is rounded once, at the end, so any division of the input into parts gives the same double. Sums of decimals
 * of up to 15 places (as text, mostly) are given to the places of their longest: 0.1 + 0.2 is 0.3. */
#ifndef SPL_EXEC_EXACT_H
#define SPL_EXEC_EXACT_H

#include "base/buf.h"
#include "data/value.h"

__extension__ typedef __int128 spl_int128;

enum { SPL_PLACES_ANY = 255 }; /* not a short decimal */

typedef struct spl_exact { /* zeroed: 0 */
    spl_int128 whole;
    int64_t *limbs; /* 32 bits each and room for carries; limb i weighs 2^(32 * (first + i) - 1088) */
    int16_t first, count, cap;
    uint8_t places;
    bool overflow;    /* an infinity was added: the sum is none */
    uint32_t pending; /* additions since carries were passed on */
} spl_exact;

void spl_exact_add(spl_exact *sum, spl_arena *arena, double number);
void spl_exact_add_square(spl_exact *sum, spl_arena *arena, double number);
void spl_exact_take_square(spl_exact *sum, spl_arena *arena, double number); /* undoes it */
void spl_exact_merge(spl_exact *into, spl_arena *arena, const spl_exact *from);
/* Rounded to the nearest double; NaN after an overflow. */
double spl_exact_round(const spl_exact *sum);
double spl_exact_mean(const spl_exact *sum, uint64_t count);
/* count * squares - sum^2, over divisor: the variance, without cancellation. */
double spl_exact_variance(const spl_exact *sum, const spl_exact *squares, uint64_t count, uint64_t divisor);
void spl_exact_save(const spl_exact *sum, spl_buf *out);
bool spl_exact_load(spl_exact *sum, spl_arena *arena, spl_str *in);
/* Decimal places of a value: of "1.25" 2, of a whole number 0, SPL_PLACES_ANY where it is no short decimal. */
uint8_t spl_exact_places(spl_value value, double number);
/* The sum has at least as many places as VALUE, times FACTOR (2 for squares), from now on. */
void spl_exact_note(spl_exact *sum, spl_value value, double number, unsigned factor);
/* Adds a value with its places. */
static inline void spl_exact_add_value(spl_exact *sum, spl_arena *arena, spl_value value, double number)
{
    spl_exact_note(sum, value, number, 1);
    spl_exact_add(sum, arena, number);
}

/* Numbers by their mean and deviation. */
typedef struct spl_moments { /* zeroed: none */
    spl_exact sum, squares;
    uint64_t count;
} spl_moments;
void spl_moments_add(spl_moments *moments, spl_arena *arena, spl_value value, double number);
double spl_moments_mean(const spl_moments *moments);  /* NaN of none */
double spl_moments_stdev(const spl_moments *moments); /* of a sample; 0 of one, NaN of none */

#endif
