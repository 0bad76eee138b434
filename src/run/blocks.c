/* blocks.c -- a pool of blocks. */
#include "run/blocks.h"

#include <pthread.h>

enum { USUAL = (1 << 20) + (1 << 16), SPARE = 16 };

typedef struct block {
    spl_hold hold; /* first */
    spl_blocks *pool;
    spl_arena *arena; /* its own */
    struct block *next;
    size_t size;
    char *data;
} block;

struct spl_blocks {
    spl_account *account;
    pthread_mutex_t lock;
    block *spare;
    unsigned n_spare;
};

static void pool_close(void *ptr)
{
    spl_blocks *blocks = ptr;

    pthread_mutex_destroy(&blocks->lock); /* the blocks are the account's */
}

spl_blocks *spl_blocks_new(spl_arena *arena)
{
    spl_blocks *blocks = SPL_NEW(arena, spl_blocks);

    blocks->account = spl_arena_account(arena);
    pthread_mutex_init(&blocks->lock, NULL);
    spl_arena_defer(arena, pool_close, blocks);
    return blocks;
}

static void give_back(spl_hold *hold)
{
    block *b = (block *)hold;
    spl_blocks *pool = b->pool;

    if (b->size == USUAL) {
        pthread_mutex_lock(&pool->lock);
        if (pool->n_spare < SPARE) {
            b->next = pool->spare;
            pool->spare = b;
            pool->n_spare++;
            b = NULL;
        }
        pthread_mutex_unlock(&pool->lock);
    }
    if (b) spl_arena_free(b->arena);
}

spl_hold *spl_block_take(spl_blocks *blocks, size_t size)
{
    block *b = NULL;
    spl_arena *arena;

    if (size <= USUAL) {
        pthread_mutex_lock(&blocks->lock);
        b = blocks->spare;
        if (b) {
            blocks->spare = b->next;
            blocks->n_spare--;
        }
        pthread_mutex_unlock(&blocks->lock);
        size = USUAL;
    }
    if (!b) {
        arena = spl_arena_new(blocks->account);
        b = SPL_NEW(arena, block);
        b->pool = blocks;
        b->arena = arena;
        b->size = size;
        b->data = spl_alloc(arena, size);
        b->hold.release = give_back;
    }
    atomic_store(&b->hold.count, 1);
    return &b->hold;
}

char *spl_block_data(spl_hold *hold)
{
    return ((block *)hold)->data;
}

void spl_hold_release(spl_hold *hold)
{
    if (hold && atomic_fetch_sub_explicit(&hold->count, 1, memory_order_acq_rel) == 1) hold->release(hold);
}
