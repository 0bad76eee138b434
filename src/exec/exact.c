/* exact.c -- exact sums of doubles: a window of a fixed-point number that spans all exponents (Kulisch's accumulator).
 *
 * A double is a whole number below 2^53 times a power of two, so it touches at most three limbs of 32 bits. Limbs are
 * 64 bits wide and signed: 2^30 additions fit before carries have to be passed on. Only the limbs between the least and
 * the greatest exponent met are kept; most sums need three to six. */
#include "exec/exact.h"

#include "exec/spool.h"

#include <math.h>

enum { BIAS = 1088, LIMBS = 72, PENDING_MAX = 1 << 30 };

static void normalise(spl_exact *sum)
{
    int64_t carry = 0;
    int i;

    for (i = 0; i < sum->count; i++) {
        int64_t limb = sum->limbs[i] + carry;

        carry = limb >> 32; /* toward minus infinity, so that what is left is not negative */
        sum->limbs[i] = limb & 0xffffffff;
    }
    if (sum->count) sum->limbs[sum->count - 1] += carry * ((int64_t)1 << 32); /* the last limb keeps the sign */
    sum->pending = 0;
}

/* Makes limbs [first, last] part of the window. */
static void widen(spl_exact *sum, spl_arena *arena, int first, int last)
{
    int old_last = sum->first + sum->count - 1, need;

    if (sum->count && first >= sum->first && last <= old_last) return;
    if (sum->count) {
        if (first > sum->first) first = sum->first;
        if (last < old_last) last = old_last;
    }
    need = last - first + 1;
    if (need > sum->cap) {
        int cap = need < 4 ? 4 : need + 2;
        int64_t *limbs = SPL_NEW_ARRAY(arena, (size_t)cap, int64_t);

        if (sum->count) memcpy(limbs + (sum->first - first), sum->limbs, (size_t)sum->count * sizeof *limbs);
        sum->limbs = limbs;
        sum->cap = (int16_t)cap;
    } else {
        if (sum->count)
            memmove(sum->limbs + (sum->first - first), sum->limbs, (size_t)sum->count * sizeof *sum->limbs);
        else
            memset(sum->limbs, 0, (size_t)need * sizeof *sum->limbs);
        if (sum->count) {
            memset(sum->limbs, 0, (size_t)(sum->first - first) * sizeof *sum->limbs);
            memset(sum->limbs + (old_last - first + 1), 0, (size_t)(last - old_last) * sizeof *sum->limbs);
        }
    }
    /* The topmost limb of the old window may hold more than 32 bits; it still weighs the same. */
    sum->first = (int16_t)first;
    sum->count = (int16_t)need;
}

static void add_wide(spl_exact *sum, spl_arena *arena, double number)
{
    int exponent, position, limb, shift;
    uint64_t mantissa = (uint64_t)ldexp(frexp(fabs(number), &exponent), 53);
    uint64_t low;
    int64_t sign = number < 0 ? -1 : 1;

    position = exponent - 53 + BIAS; /* denormals: 2^-1074 is position 14, the mantissa ends in zeros below it */
    if (position < 0) {
        mantissa >>= -position;
        position = 0;
    }
    limb = position / 32;
    shift = position % 32;
    widen(sum, arena, limb, limb + 2);
    limb -= sum->first;
    low = mantissa << shift; /* 85 bits in all: the upper 21 get lost here and are taken below */
    sum->limbs[limb] += sign * (int64_t)(low & 0xffffffff);
    sum->limbs[limb + 1] += sign * (int64_t)(low >> 32);
    if (shift) sum->limbs[limb + 2] += sign * (int64_t)(mantissa >> (64 - shift));
    if (++sum->pending >= PENDING_MAX) normalise(sum);
}

void spl_exact_add(spl_exact *sum, spl_arena *arena, double number)
{
    if (number > -9.2e18 && number < 9.2e18) {
        int64_t whole = (int64_t)number;

        if ((double)whole == number) {
            sum->whole += whole;
            return;
        }
    } else if (!isfinite(number)) {
        sum->overflow = true;
        return;
    }
    add_wide(sum, arena, number);
}

static void square(spl_exact *sum, spl_arena *arena, double number, int sign)
{
    double high = number * number, low;

    if (fabs(number) < 2147483648.0 && number == floor(number)) {
        sum->whole += sign * ((int64_t)number * (int64_t)number);
        return;
    }
    low = isfinite(high) ? fma(number, number, -high) : 0; /* the square is exactly high + low */
    spl_exact_add(sum, arena, sign * high);
    if (low != 0) spl_exact_add(sum, arena, sign * low);
}

void spl_exact_add_square(spl_exact *sum, spl_arena *arena, double number)
{
    square(sum, arena, number, 1);
}

void spl_exact_take_square(spl_exact *sum, spl_arena *arena, double number)
{
    square(sum, arena, number, -1);
}

void spl_exact_merge(spl_exact *into, spl_arena *arena, const spl_exact *from)
{
    int i;

    into->whole += from->whole;
    into->overflow |= from->overflow;
    if (from->places > into->places) into->places = from->places;
    if (!from->count) return;
    widen(into, arena, from->first, from->first + from->count - 1);
    if ((uint64_t)into->pending + from->pending + 1 >= PENDING_MAX) normalise(into);
    for (i = 0; i < from->count; i++) {
        int64_t limb = from->limbs[i];
        int at = from->first + i - into->first;

        /* A top limb may have taken in all carries of long sums; split it so that the other's cannot overflow. */
        if (at + 1 < into->count) {
            into->limbs[at] += limb & 0xffffffff;
            into->limbs[at + 1] += limb >> 32;
        } else {
            into->limbs[at] += limb;
        }
    }
    into->pending += from->pending + 1;
}

/* --- long whole numbers, for rounding and for variances ---------------------------------------------------------- */

typedef struct big {
    bool negative;
    int count; /* limbs in use; the topmost is not 0 */
    int scale; /* the number is digits * 2^(32 * scale) */
    uint32_t digits[2 * LIMBS + 8];
} big;

static void big_trim(big *number)
{
    int zeros = 0;

    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): all digits below count are set */
    while (number->count && number->digits[number->count - 1] == 0) number->count--;
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    while (zeros < number->count && number->digits[zeros] == 0) zeros++;
    if (zeros) {
        memmove(number->digits, number->digits + zeros, (size_t)(number->count - zeros) * sizeof *number->digits);
        number->count -= zeros;
        number->scale += zeros;
    }
}

static void big_of(big *number, const spl_exact *sum)
{
    int64_t wide[LIMBS] = {0};
    int64_t carry = 0;
    spl_int128 whole = sum->whole;
    int i;

    for (i = 0; i < sum->count; i++) {
        int64_t limb = sum->limbs[i];

        wide[sum->first + i] += limb & 0xffffffff;
        wide[sum->first + i + 1] += limb >> 32;
    }
    for (i = 0; i < 3; i++) {
        wide[BIAS / 32 + i] += (int64_t)(whole & 0xffffffff);
        whole >>= 32;
    }
    wide[BIAS / 32 + 3] += (int64_t)whole;
    for (i = 0; i < LIMBS; i++) {
        int64_t limb = wide[i] + carry;

        carry = limb >> 32;
        wide[i] = limb & 0xffffffff;
    }
    number->negative = carry < 0;
    if (number->negative) { /* two's complement */
        uint64_t one = 1;

        for (i = 0; i < LIMBS; i++) {
            one += (uint32_t) ~(uint64_t)wide[i];
            wide[i] = (int64_t)(one & 0xffffffff);
            one >>= 32;
        }
    }
    for (i = 0; i < LIMBS; i++) number->digits[i] = (uint32_t)wide[i];
    number->count = LIMBS;
    number->scale = -BIAS / 32;
    big_trim(number);
}

static double big_round(const big *number)
{
    uint64_t top = 0;
    int bits, i, at = number->count;
    bool sticky = false;
    double value;

    if (!number->count) return 0;
    bits = 32 - __builtin_clz(number->digits[at - 1]);
    for (i = 0; i < 2 && at > 0; i++) top = top << 32 | number->digits[--at];
    /* Fill up to 64 significant bits, so that rounding to 53 sees what follows. */
    if (i == 2 && at > 0 && bits < 32) {
        uint32_t next = number->digits[at - 1];

        top = top << (32 - bits) | next >> bits;
        sticky = (next & ((bits == 0 ? 0 : ((uint32_t)1 << bits)) - 1)) != 0;
        at--;
        bits = bits + 32 * at; /* weight of the lowest bit of top */
    } else {
        bits = 32 * at;
    }
    for (i = 0; i < at && !sticky; i++) sticky = number->digits[i] != 0;
    if (sticky) top |= 1;
    { /* round to 53 bits, ties to even, by hand: the conversion of 64 bits would not see the sticky bit twice */
        int extra = 64 - __builtin_clzll(top) - 53;

        if (extra > 0) {
            uint64_t rest = top & (((uint64_t)1 << extra) - 1), half = (uint64_t)1 << (extra - 1);

            top >>= extra;
            if (rest > half || (rest == half && (top & 1))) top++;
            bits += extra;
        }
    }
    value = ldexp((double)top, bits + 32 * number->scale);
    return number->negative ? -value : value;
}

static void big_square(big *result, const big *a)
{
    int i, j;

    memset(result->digits, 0, sizeof result->digits);
    for (i = 0; i < a->count; i++) {
        uint64_t carry = 0;

        for (j = 0; j < a->count; j++) {
            carry += (uint64_t)a->digits[i] * a->digits[j] + result->digits[i + j];
            result->digits[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        result->digits[i + j] = (uint32_t)carry;
    }
    result->count = 2 * a->count;
    result->scale = 2 * a->scale;
    result->negative = false;
    big_trim(result);
}

static void big_times(big *number, uint64_t factor)
{
    uint32_t low = (uint32_t)factor, high = (uint32_t)(factor >> 32);
    big copy = *number;
    uint64_t carry = 0;
    int i;

    for (i = 0; i < copy.count; i++) {
        carry += (uint64_t)copy.digits[i] * low;
        number->digits[i] = (uint32_t)carry;
        carry >>= 32;
    }
    number->digits[i++] = (uint32_t)carry;
    number->digits[i] = 0;
    number->count = copy.count + 2;
    carry = 0;
    for (i = 0; i < copy.count; i++) {
        carry += (uint64_t)copy.digits[i] * high + number->digits[i + 1];
        number->digits[i + 1] = (uint32_t)carry;
        carry >>= 32;
    }
    number->digits[i + 1] += (uint32_t)carry;
    big_trim(number);
}

static uint32_t big_at(const big *number, int place) /* the limb that weighs 2^(32 * place) */
{
    place -= number->scale;
    return place >= 0 && place < number->count ? number->digits[place] : 0;
}

/* a - b, both not negative and a >= b, else 0. */
static void big_less(big *result, const big *a, const big *b)
{
    int low = a->scale < b->scale ? a->scale : b->scale;
    int high = a->scale + a->count > b->scale + b->count ? a->scale + a->count : b->scale + b->count;
    int64_t borrow = 0;
    int i;

    result->scale = low;
    result->negative = false;
    result->count = high - low;
    if (result->count > (int)(sizeof result->digits / sizeof *result->digits)) { /* beyond any two doubles' squares */
        result->count = 0;
        return;
    }
    for (i = 0; i < result->count; i++) {
        int64_t digit = (int64_t)big_at(a, low + i) - big_at(b, low + i) + borrow;

        borrow = digit < 0 ? -1 : 0;
        result->digits[i] = (uint32_t)digit;
    }
    if (borrow) result->count = 0;
    big_trim(result);
}

/* --- results -------------------------------------------------------------------------------------------------------
 */

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* The number as a count of 10^-places, if it is short enough for that to be beyond doubt. */
static bool decimal_of(double rounded, unsigned places, int64_t *units)
{
    double scaled;

    if (places >= sizeof tens / sizeof *tens) return false;
    scaled = rounded * tens[places];
    if (fabs(scaled) >= 1125899906842624.0) return false; /* 2^50 */
    *units = llround(scaled);
    return true;
}

double spl_exact_round(const spl_exact *sum)
{
    double rounded;
    int64_t units;
    big number;

    if (sum->overflow) return NAN;
    if (!sum->count) return (double)sum->whole;
    big_of(&number, sum);
    rounded = big_round(&number);
    if (sum->places != SPL_PLACES_ANY && decimal_of(rounded, sum->places, &units))
        return (double)units / tens[sum->places];
    return rounded;
}

double spl_exact_mean(const spl_exact *sum, uint64_t count)
{
    double rounded = spl_exact_round(sum);
    int64_t units;

    /* Of decimals: one division of whole numbers, so that the mean of 0.1, 0.1 and 0.1 is 0.1. */
    if (sum->count && sum->places != SPL_PLACES_ANY && decimal_of(rounded, sum->places, &units) &&
        tens[sum->places] * (double)count < 9e15)
        return (double)units / (tens[sum->places] * (double)count);
    return rounded / (double)count;
}

double spl_exact_variance(const spl_exact *sum, const spl_exact *squares, uint64_t count, uint64_t divisor)
{
    big a, b, square_of_sum, difference;
    int64_t units, square_units;

    if (sum->overflow || squares->overflow || !divisor) return NAN;
    big_of(&a, sum);
    big_of(&b, squares);
    if (sum->places != SPL_PLACES_ANY && count < (1u << 30) && sum->places * 2 <= 15 &&
        decimal_of(big_round(&a), sum->places, &units) && decimal_of(big_round(&b), 2u * sum->places, &square_units)) {
        spl_int128 top = (spl_int128)square_units * (int64_t)count - (spl_int128)units * units;

        return (double)top / tens[2 * sum->places] / (double)divisor;
    }
    big_times(&b, count);
    big_square(&square_of_sum, &a);
    big_less(&difference, &b, &square_of_sum);
    return big_round(&difference) / (double)divisor;
}

uint8_t spl_exact_places(spl_value value, double number)
{
    if (value.kind == SPL_KIND_TEXT) {
        const char *dot = memchr(value.as.text, '.', value.len), *end = value.as.text + value.len, *at;

        if (!dot)
            return memchr(value.as.text, 'e', value.len) || memchr(value.as.text, 'E', value.len) ? SPL_PLACES_ANY : 0;
        for (at = dot + 1; at < end && spl_is_digit(*at); at++) continue;
        if (at < end && (*at == 'e' || *at == 'E')) return SPL_PLACES_ANY;
        return at - dot - 1 <= 15 ? (uint8_t)(at - dot - 1) : SPL_PLACES_ANY;
    }
    if (number == floor(number)) return 0;
    if (value.kind == SPL_KIND_NUMBER && value.digits) {
        int places = value.digits - 1 - (int)floor(log10(fabs(number)));

        return places < 0 ? 0 : places <= 15 ? (uint8_t)places : SPL_PLACES_ANY;
    }
    return SPL_PLACES_ANY;
}

void spl_exact_save(const spl_exact *sum, spl_buf *out)
{
    spl_exact head = *sum;

    head.limbs = NULL;
    spl_save_bytes(out, &head, sizeof head);
    spl_save_bytes(out, sum->limbs, (size_t)sum->count * sizeof *sum->limbs);
}

bool spl_exact_load(spl_exact *sum, spl_arena *arena, spl_str *in)
{
    if (!spl_load_bytes(in, sum, sizeof *sum) || sum->count < 0 || sum->count > LIMBS) return false;
    sum->cap = sum->count;
    sum->limbs = sum->count ? SPL_NEW_ARRAY(arena, (size_t)sum->count, int64_t) : NULL;
    return spl_load_bytes(in, sum->limbs, (size_t)sum->count * sizeof *sum->limbs);
}

void spl_exact_note(spl_exact *sum, spl_value value, double number, unsigned factor)
{
    unsigned places;

    if (sum->places == SPL_PLACES_ANY) return;
    places = spl_exact_places(value, number);
    if (places != SPL_PLACES_ANY) places *= factor;
    if (places > SPL_PLACES_ANY) places = SPL_PLACES_ANY;
    if (places > sum->places) sum->places = (uint8_t)places;
}

void spl_moments_add(spl_moments *moments, spl_arena *arena, spl_value value, double number)
{
    moments->count++;
    spl_exact_add_value(&moments->sum, arena, value, number);
    spl_exact_add_square(&moments->squares, arena, number);
}

double spl_moments_mean(const spl_moments *moments)
{
    return moments->count ? spl_exact_mean(&moments->sum, moments->count) : NAN;
}

double spl_moments_stdev(const spl_moments *moments)
{
    uint64_t n = moments->count;
    double variance;

    if (n < 2) return n ? 0 : NAN;
    variance = spl_exact_variance(&moments->sum, &moments->squares, n, n) / (double)(n - 1);
    return variance > 0 ? sqrt(variance) : isnan(variance) ? NAN : 0;
}
