/* arena.c -- blocks that arenas carve up, and the account that bounds them.
 *
 * An arena takes blocks of growing size; a request larger than a quarter of the next block gets a block of its own,
 * so that the current one goes on being used. Freed blocks of the common sizes wait in the account for the next arena:
 * a batch is made and freed every thousand rows, and the system would take and clear its pages each time. */
#include "base/arena.h"
#include "base/fault.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BLOCK = 8 << 10, LAST_BLOCK = 256 << 10, SPARE_CLASSES = 3, SPARE_MAX = 8 };

typedef struct block {
    struct block *next, *prev; /* prev in separate mode only */
    size_t size;               /* of all, this head included */
    size_t spare;              /* keeps the head a multiple of 16 bytes */
} block;

typedef struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *ptr;
} deferred;

struct spl_arena {
    char *at, *end; /* what is left of the current block; both NULL in separate mode */
    char *last;     /* the latest allocation, which may grow in place */
    block *blocks;  /* the current one first */
    deferred *deferred;
    size_t size;
    size_t next_size;
    spl_account *account;
    spl_arena *newer, *older;
};

struct spl_account {
    spl_account_config config;
    atomic_size_t used, peak;
    atomic_size_t granted; /* beyond config.limit */
    atomic_uint_fast64_t requests;
    pthread_mutex_t lock; /* of the lists */
    spl_arena *newest, *oldest;
    block *spare[SPARE_CLASSES]; /* of 32, 64, 128 … up to LAST_BLOCK */
    unsigned n_spare[SPARE_CLASSES];
};

static size_t round16(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

spl_account *spl_account_new(const spl_account_config *config)
{
    spl_account *account = calloc(1, sizeof *account);

    if (!account) return NULL;
    if (config) account->config = *config;
    if (account->config.fail_after) account->config.separate = true; /* so that every request counts */
    pthread_mutex_init(&account->lock, NULL);
    return account;
}

static void run_one_deferred(spl_arena *arena)
{
    deferred *call = arena->deferred;

    arena->deferred = call->next; /* before the call: it may be the last thing that the arena does */
    call->fn(call->ptr);
}

void spl_account_free(spl_account *account)
{
    if (!account) return;
    /* All deferred calls first, those of the youngest first: one may free another arena, or look into an older one. */
    for (spl_arena *arena = account->newest; arena;) {
        if (arena->deferred) {
            run_one_deferred(arena);
            arena = account->newest;
        } else {
            arena = arena->older;
        }
    }
    while (account->newest) spl_arena_free(account->newest); /* NOLINT(clang-analyzer-unix.Malloc): it moves on */
    for (int i = 0; i < SPARE_CLASSES; i++) {
        while (account->spare[i]) {
            block *next = account->spare[i]->next;
            free(account->spare[i]);
            account->spare[i] = next;
        }
    }
    pthread_mutex_destroy(&account->lock);
    free(account);
}

size_t spl_account_used(const spl_account *account)
{
    return atomic_load_explicit(&account->used, memory_order_relaxed);
}

size_t spl_account_peak(const spl_account *account)
{
    return atomic_load_explicit(&account->peak, memory_order_relaxed);
}

size_t spl_account_limit(const spl_account *account)
{
    return account->config.limit;
}

void spl_account_grant(spl_account *account, size_t size)
{
    for (; account; account = account->config.outer)
        atomic_fetch_add_explicit(&account->granted, size, memory_order_relaxed);
}

static int spare_class(size_t size)
{
    for (int i = 0; i < SPARE_CLASSES; i++)
        if (size == (size_t)LAST_BLOCK >> (SPARE_CLASSES - 1 - i)) return i;
    return -1;
}

static void give_back(spl_account *account, size_t size)
{
    for (; account; account = account->config.outer)
        atomic_fetch_sub_explicit(&account->used, size, memory_order_relaxed);
}

/* The system refuses what the account allows. */
static _Noreturn void used_up(size_t size)
{
    spl_fail(
        SPL_BOUND,
        "the system gives no more memory (%zu more bytes were needed); with a lower --memory rows go to disk sooner",
        size);
}

static _Noreturn void out_of_memory(const spl_account *account, size_t size)
{
    while (account->config.outer && !account->config.limit) account = account->config.outer;
    if (account->config.limit) {
        bool whole = account->config.limit % (1 << 20) == 0;
        spl_fail(SPL_BOUND, "the memory bound of %zu %s was reached (--memory)",
                 account->config.limit >> (whole ? 20 : 10), whole ? "MiB" : "KiB");
    }
    spl_fail(SPL_BOUND, "memory is used up (%zu more bytes were needed)", size);
}

/* Enters SIZE bytes into the account, which may refuse them. */
static bool draw(spl_account *account, size_t size)
{
    size_t used = atomic_fetch_add_explicit(&account->used, size, memory_order_relaxed) + size;
    size_t peak;

    if (used < size || (account->config.limit &&
                        used > account->config.limit + atomic_load_explicit(&account->granted, memory_order_relaxed))) {
        atomic_fetch_sub_explicit(&account->used, size, memory_order_relaxed);
        return false;
    }
    if (account->config.fail_after &&
        atomic_fetch_add_explicit(&account->requests, 1, memory_order_relaxed) + 1 == account->config.fail_after) {
        atomic_fetch_sub_explicit(&account->used, size, memory_order_relaxed);
        return false;
    }
    if (account->config.outer && !draw(account->config.outer, size)) {
        atomic_fetch_sub_explicit(&account->used, size, memory_order_relaxed);
        return false;
    }
    peak = atomic_load_explicit(&account->peak, memory_order_relaxed);
    while (used > peak && !atomic_compare_exchange_weak_explicit(&account->peak, &peak, used, memory_order_relaxed,
                                                                 memory_order_relaxed))
        ;
    return true;
}

/* Where freed blocks wait: with the outermost account, so that a thousand searches do not keep a thousand lots. */
static spl_account *pool_of(spl_account *account)
{
    while (account->config.outer) account = account->config.outer;
    return account;
}

static block *block_new(spl_account *account, size_t size)
{
    int class = account->config.separate ? -1 : spare_class(size);
    spl_account *pool = pool_of(account);
    block *made = NULL;

    if (!draw(account, size)) out_of_memory(account, size);
    if (class >= 0) {
        pthread_mutex_lock(&pool->lock);
        made = pool->spare[class];
        if (made) {
            pool->spare[class] = made->next;
            pool->n_spare[class]--;
        }
        pthread_mutex_unlock(&pool->lock);
    }
    if (!made) made = malloc(size);
    if (!made) {
        give_back(account, size);
        used_up(size);
    }
    made->size = size;
    made->next = made->prev = NULL;
    return made;
}

static void block_free(spl_account *account, block *old)
{
    int class = account->config.separate ? -1 : spare_class(old->size);
    spl_account *pool = pool_of(account);

    give_back(account, old->size);
    if (class >= 0) {
        pthread_mutex_lock(&pool->lock);
        if (pool->n_spare[class] < SPARE_MAX) {
            old->next = pool->spare[class];
            pool->spare[class] = old;
            pool->n_spare[class]++;
            old = NULL;
        }
        pthread_mutex_unlock(&pool->lock);
    }
    free(old);
}

spl_arena *spl_arena_new(spl_account *account)
{
    spl_arena *arena;

    if (!draw(account, sizeof *arena)) out_of_memory(account, sizeof *arena);
    arena = calloc(1, sizeof *arena);
    if (!arena) {
        give_back(account, sizeof *arena);
        used_up(sizeof *arena);
    }
    arena->account = account;
    arena->next_size = FIRST_BLOCK;
    pthread_mutex_lock(&account->lock);
    arena->older = account->newest;
    if (account->newest)
        account->newest->newer = arena;
    else
        account->oldest = arena;
    account->newest = arena;
    pthread_mutex_unlock(&account->lock);
    return arena;
}

spl_account *spl_arena_account(const spl_arena *arena)
{
    return arena->account;
}

static void run_deferred(spl_arena *arena)
{
    while (arena->deferred) run_one_deferred(arena);
}

void spl_arena_free(spl_arena *arena)
{
    spl_account *account;

    if (!arena) return;
    account = arena->account;
    run_deferred(arena);
    pthread_mutex_lock(&account->lock);
    if (arena->newer)
        arena->newer->older = arena->older;
    else
        account->newest = arena->older;
    if (arena->older)
        arena->older->newer = arena->newer;
    else
        account->oldest = arena->newer;
    pthread_mutex_unlock(&account->lock);
    while (arena->blocks) {
        block *next = arena->blocks->next;
        block_free(account, arena->blocks);
        arena->blocks = next;
    }
    give_back(account, sizeof *arena);
    free(arena);
}

void spl_arena_reset(spl_arena *arena)
{
    block *kept = NULL;

    run_deferred(arena);
    while (arena->blocks) {
        block *next = arena->blocks->next;
        if (!kept && !arena->account->config.separate && arena->blocks->size <= LAST_BLOCK) {
            kept = arena->blocks;
        } else {
            arena->size -= arena->blocks->size;
            block_free(arena->account, arena->blocks);
        }
        arena->blocks = next;
    }
    arena->last = NULL;
    arena->blocks = kept;
    if (kept) {
        kept->next = NULL;
        arena->at = (char *)(kept + 1);
        arena->end = (char *)kept + kept->size;
    } else {
        arena->at = arena->end = NULL;
    }
}

size_t spl_arena_size(const spl_arena *arena)
{
    return arena->size;
}

static void *alloc_block(spl_arena *arena, size_t size)
{
    block *made;
    size_t whole = size + sizeof(block);

    if (whole < size) out_of_memory(arena->account, size);
    if (arena->account->config.separate) {
        made = block_new(arena->account, whole);
        made->next = arena->blocks;
        if (made->next) made->next->prev = made;
        arena->blocks = made;
    } else if (whole > arena->next_size / 4) { /* of its own, behind the current one */
        while (arena->next_size < LAST_BLOCK && arena->next_size < whole) arena->next_size *= 2;
        made = block_new(arena->account, whole);
        if (arena->blocks) {
            made->next = arena->blocks->next;
            arena->blocks->next = made;
        } else {
            arena->blocks = made;
        }
    } else {
        made = block_new(arena->account, arena->next_size);
        if (arena->next_size < LAST_BLOCK) arena->next_size *= 2;
        made->next = arena->blocks;
        arena->blocks = made;
        arena->last = (char *)(made + 1);
        arena->at = arena->last + size;
        arena->end = (char *)made + made->size;
    }
    arena->size += made->size;
    return made + 1;
}

void *spl_alloc(spl_arena *arena, size_t size)
{
    size_t rounded = round16(size ? size : 1); /* never NULL */

    if (rounded < size) out_of_memory(arena->account, size);
    if (arena->account->config.separate) return alloc_block(arena, size); /* exact, for the address sanitizer */
    if (rounded <= (size_t)(arena->end - arena->at)) {
        arena->last = arena->at;
        arena->at += rounded;
        return arena->last;
    }
    return alloc_block(arena, rounded);
}

void *spl_calloc(spl_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    void *made;

    if (__builtin_mul_overflow(count, size, &bytes)) out_of_memory(arena->account, SIZE_MAX);
    made = spl_alloc(arena, bytes);
    if (bytes) memset(made, 0, bytes);
    return made;
}

void *spl_realloc(spl_arena *arena, void *old, size_t old_size, size_t new_size)
{
    void *made;

    if (old && new_size <= old_size) return old;
    if (old && old == arena->last && new_size <= (size_t)(arena->end - arena->last)) {
        arena->at = arena->last + round16(new_size);
        if (arena->at > arena->end) arena->at = arena->end;
        return old;
    }
    made = spl_alloc(arena, new_size);
    if (old && old_size) memcpy(made, old, old_size);
    if (old && arena->account->config.separate) { /* who still uses the old place is found out */
        block *gone = (block *)old - 1;
        if (gone->prev)
            gone->prev->next = gone->next;
        else
            arena->blocks = gone->next;
        if (gone->next) gone->next->prev = gone->prev;
        arena->size -= gone->size;
        block_free(arena->account, gone);
    }
    return made;
}

spl_str spl_str_lower(spl_arena *arena, spl_str text)
{
    char *small = spl_alloc(arena, text.len ? text.len : 1);

    for (size_t i = 0; i < text.len; i++) small[i] = spl_ascii_lower(text.data[i]);
    return spl_str_cut(small, text.len);
}

spl_str spl_str_copy(spl_arena *arena, spl_str text)
{
    char *copy;

    if (!text.len) return (spl_str){"", 0};
    copy = spl_alloc(arena, text.len);
    memcpy(copy, text.data, text.len);
    return (spl_str){copy, text.len};
}

char *spl_cstring(spl_arena *arena, spl_str text)
{
    char *copy = spl_alloc(arena, text.len + 1);

    if (text.len) memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

spl_str spl_strf(spl_arena *arena, const char *format, ...)
{
    va_list args;
    char small[256];
    char *text;
    int len;

    va_start(args, format);
    len = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (len < 0) return (spl_str){"", 0};
    text = spl_alloc(arena, (size_t)len + 1);
    if ((size_t)len < sizeof small) {
        memcpy(text, small, (size_t)len + 1);
    } else {
        va_start(args, format);
        vsnprintf(text, (size_t)len + 1, format, args);
        va_end(args);
    }
    return (spl_str){text, (size_t)len};
}

void spl_arena_defer(spl_arena *arena, void (*fn)(void *), void *ptr)
{
    deferred *call;
    spl_frame frame;

    if (SPL_CATCH(&frame)) { /* what cannot be noted is closed at once */
        fn(ptr);
        spl_fail(frame.status, "%s", frame.message);
    }
    call = spl_alloc(arena, sizeof *call);
    spl_frame_leave(&frame);
    *call = (deferred){arena->deferred, fn, ptr};
    arena->deferred = call;
}

void *spl_vec_grow(spl_arena *arena, void *data, size_t *cap, size_t need, size_t item_size)
{
    size_t wanted = *cap < 8 ? 8 : *cap * 2;
    size_t bytes;

    if (wanted < need) wanted = need;
    if (wanted < *cap || __builtin_mul_overflow(wanted, item_size, &bytes)) out_of_memory(arena->account, SIZE_MAX);
    data = spl_realloc(arena, data, *cap * item_size, bytes);
    *cap = wanted;
    return data;
}
