/* diag.c -- collects diagnostics, from any thread. */
#include "diag/diag.h"

#include "base/buf.h"
#include "base/fault.h"
#include "base/map.h"

#include <pthread.h>
#include <stdarg.h>

typedef struct kept {
    spl_diagnostic diagnostic;
    pthread_t thread;
} kept;

struct spl_diag {
    spl_arena *arena;
    pthread_mutex_t lock;
    SPL_VEC(kept *) all;
    spl_map known; /* by severity, code, span and message: a diagnostic told twice is counted */
    size_t counts[SPL_ERROR + 1];
};

static void diag_close(void *ptr)
{
    spl_diag *diag = ptr;

    pthread_mutex_destroy(&diag->lock);
}

spl_diag *spl_diag_new(spl_arena *arena)
{
    spl_diag *diag = SPL_NEW(arena, spl_diag);

    diag->arena = spl_arena_new(spl_arena_account(arena)); /* used under the lock */
    diag->known = spl_map_in(diag->arena);
    pthread_mutex_init(&diag->lock, NULL);
    spl_arena_defer(arena, diag_close, diag);
    return diag;
}

enum { KEY_MAX = 2300 }; /* of a message of 2048 bytes */

/* Where SPAN is from for good: of a text made while running the place that it was made for. */
static spl_span lasting(spl_span span)
{
    for (const spl_source *at = spl_span_origin(span).source; at; at = spl_span_origin(at->used_at).source)
        if (at->passing) span = at->used_at;
    return span;
}

/* What tells two diagnostics apart. */
static spl_str key_of(char key[KEY_MAX], const spl_diagnostic *of, spl_str message)
{
    spl_span span = lasting(of->span);
    int len = snprintf(key, KEY_MAX, "%d %p %u %u %s %.*s", (int)of->severity, (const void *)span.source, span.begin,
                       span.end, of->code, SPL_FMT(message));

    return spl_str_cut(key, (size_t)len);
}

static void keep(spl_diag *diag, const spl_diagnostic *given, const char *message)
{
    char bytes[KEY_MAX]; /* a repeated report costs no memory */
    spl_str key = key_of(bytes, given, spl_str_of(message));
    spl_map_entry *entry = spl_map_find(&diag->known, key);
    kept *one;

    if (entry && entry->value) {
        one = entry->value;
        one->diagnostic.count++;
        one->thread = pthread_self();
        return;
    }
    one = SPL_NEW(diag->arena, kept);
    one->diagnostic = *given;
    one->diagnostic.message = spl_str_copy(diag->arena, spl_str_of(message));
    one->diagnostic.count = 1;
    one->thread = pthread_self();
    SPL_PUSH(diag->arena, &diag->all, one);
    diag->counts[given->severity]++;
    spl_map_set(&diag->known, key, one);
}

void spl_report(spl_diag *diag, spl_severity severity, spl_span span, const char *code, const char *format, ...)
{
    char message[2048];
    spl_diagnostic given = {.severity = severity, .code = code, .span = span};
    spl_frame frame;
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    pthread_mutex_lock(&diag->lock);
    if (SPL_CATCH(&frame)) { /* out of memory under the lock: let go of it first */
        pthread_mutex_unlock(&diag->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    keep(diag, &given, message);
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&diag->lock);
}

void spl_hint(spl_diag *diag, const char *format, ...)
{
    char hint[2048];
    spl_frame frame;
    va_list args;

    va_start(args, format);
    vsnprintf(hint, sizeof hint, format, args);
    va_end(args);
    pthread_mutex_lock(&diag->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&diag->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    for (size_t i = diag->all.len; i-- > 0;) {
        kept *one = diag->all.data[i];

        if (!pthread_equal(one->thread, pthread_self())) continue;
        if (one->diagnostic.count == 1) one->diagnostic.hint = spl_str_copy(diag->arena, spl_str_of(hint));
        break;
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&diag->lock);
}

void spl_diag_withdraw(spl_diag *diag, size_t from, const char *code)
{
    size_t left = from;

    pthread_mutex_lock(&diag->lock);
    for (size_t i = from; i < diag->all.len; i++) {
        kept *one = diag->all.data[i];
        const spl_diagnostic *d = &one->diagnostic;
        char bytes[KEY_MAX];

        if (d->severity == SPL_ERROR && strcmp(d->code, code) == 0) {
            spl_map_entry *entry = spl_map_find(&diag->known, key_of(bytes, d, d->message));

            if (entry) entry->value = NULL;
            diag->counts[SPL_ERROR]--;
        } else {
            diag->all.data[left++] = one;
        }
    }
    diag->all.len = left;
    pthread_mutex_unlock(&diag->lock);
}

size_t spl_diag_count(const spl_diag *diag, spl_severity at_least)
{
    size_t count = 0;

    for (int severity = (int)at_least; severity <= (int)SPL_ERROR; severity++) count += diag->counts[severity];
    return count;
}

size_t spl_diag_len(const spl_diag *diag)
{
    return diag->all.len;
}

const spl_diagnostic *spl_diag_at(const spl_diag *diag, size_t i)
{
    return &diag->all.data[i]->diagnostic;
}

/* Edits from A to B (insert, drop, change, swap neighbours), case aside; more than LIMIT is LIMIT + 1. Names are short.
 */
enum { NAME_MAX_LEN = 64 };
static unsigned edits(spl_str a, spl_str b, unsigned limit)
{
    unsigned rows[3][NAME_MAX_LEN + 1];

    if (a.len > NAME_MAX_LEN || b.len > NAME_MAX_LEN) return limit + 1;
    if (a.len > b.len + limit || b.len > a.len + limit) return limit + 1;
    for (size_t j = 0; j <= b.len; j++) rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3], least;

        now[0] = least = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = spl_ascii_lower(a.data[i - 1]), y = spl_ascii_lower(b.data[j - 1]);
            unsigned best = last[j - 1] + (x != y);

            if (last[j] + 1 < best) best = last[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && x == spl_ascii_lower(b.data[j - 2]) && y == spl_ascii_lower(a.data[i - 2]) &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
            if (best < least) least = best;
        }
        if (least > limit) return limit + 1;
    }
    return rows[a.len % 3][b.len];
}

spl_str spl_nearest(spl_str word, const spl_str *names, size_t count)
{
    /* of a short word too little is left after two edits: foo is not meant to be cos */
    unsigned limit = word.len <= 4 ? 1 : word.len <= 8 ? 2 : 3;
    spl_str nearest = {NULL, 0};

    for (size_t i = 0; i < count; i++) {
        unsigned distance = edits(word, names[i], limit);

        if (distance > limit || distance >= word.len) continue;
        if (nearest.data && distance == limit) continue;
        nearest = names[i];
        if (distance == 0) break;
        limit = distance;
    }
    return nearest;
}
