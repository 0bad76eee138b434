/* arena.h -- memory by lifetime.
 *
 * Every allocation of the library comes from an arena; an arena is freed or reset as a whole. The first argument of a
 * function that allocates is the arena, and tells how long the result lives. Allocation never returns NULL: it fails
 * the API call (fault.h). All arenas of a query draw on one account, which bounds them and can free them all.
 *
 * With the environment variable SPL_ARENA=malloc (read by the command line, passed in the account) every allocation is
 * a block of its own, so that the address sanitizer sees overruns and use after a reset. */
#ifndef SPL_BASE_ARENA_H
#define SPL_BASE_ARENA_H

#include "base/str.h"

typedef struct spl_arena spl_arena;
typedef struct spl_account spl_account;

typedef struct spl_account_config {
    size_t limit;        /* bytes that all arenas together may hold; 0: no bound */
    bool separate;       /* each allocation its own malloc block */
    uint64_t fail_after; /* tests: the n-th request for memory fails; 0: never */
    spl_account *outer;  /* what is drawn here is drawn there too, and so are its bounds; freed later; or NULL */
} spl_account_config;

/* An account and, later, all its arenas. NULL if memory is short. Thread-safe to draw on. */
spl_account *spl_account_new(const spl_account_config *config);
/* Frees every arena of the account, running their deferred calls, and the account. */
void spl_account_free(spl_account *account);
size_t spl_account_used(const spl_account *account); /* bytes held now */
size_t spl_account_peak(const spl_account *account);
size_t spl_account_limit(const spl_account *account);
/* SIZE bytes beyond the bound, for the words of the failure that reached it. Its outer accounts grant them too. */
void spl_account_grant(spl_account *account, size_t size);

/* One arena is used by one thread at a time. */
spl_arena *spl_arena_new(spl_account *account);
spl_account *spl_arena_account(const spl_arena *arena);
void spl_arena_free(spl_arena *arena); /* NULL is allowed */
/* Forgets all allocations but keeps a block for reuse; deferred calls run. */
void spl_arena_reset(spl_arena *arena);
/* Bytes drawn from the system by this arena. */
size_t spl_arena_size(const spl_arena *arena);

/* Uninitialised, aligned to 16. SIZE may be 0. */
void *spl_alloc(spl_arena *arena, size_t size);
void *spl_calloc(spl_arena *arena, size_t count, size_t size); /* zeroed; overflow fails */
/* A larger copy of an allocation; in place when it was the arena's last. */
void *spl_realloc(spl_arena *arena, void *old, size_t old_size, size_t new_size);
spl_str spl_str_copy(spl_arena *arena, spl_str text);
spl_str spl_str_lower(spl_arena *arena, spl_str text); /* a copy, ASCII letters small */
char *spl_cstring(spl_arena *arena, spl_str text);     /* NUL-terminated copy */
spl_str spl_strf(spl_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Calls fn(ptr) when the arena is reset or freed, last first. For what is not memory. */
void spl_arena_defer(spl_arena *arena, void (*fn)(void *), void *ptr);

#define SPL_NEW(arena, type) ((type *)spl_calloc((arena), 1, sizeof(type)))
#define SPL_NEW_ARRAY(arena, count, type) ((type *)spl_calloc((arena), (count), sizeof(type)))

/* A growing array in an arena: SPL_VEC(spl_value) values = {0}; SPL_PUSH(arena, &values, v); values.data[i], values.len
 */
#define SPL_VEC(type)                                                                                                  \
    struct {                                                                                                           \
        type *data;                                                                                                    \
        size_t len, cap;                                                                                               \
    }
void *spl_vec_grow(spl_arena *arena, void *data, size_t *cap, size_t need, size_t item_size);
#define SPL_PUSH(arena, vec, ...)                                                                                      \
    ((vec)->len < (vec)->cap                                                                                           \
         ? (void)0                                                                                                     \
         : (void)((vec)->data = spl_vec_grow((arena), (vec)->data, &(vec)->cap, (vec)->len + 1, sizeof *(vec)->data)), \
     (void)((vec)->data[(vec)->len++] = (__VA_ARGS__)))

#endif
