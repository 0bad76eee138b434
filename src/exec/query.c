/* query.c -- the tools of one thread, and the point where a run notices that it must stop. */
#include "exec/query.h"

#include "base/clock.h"
#include "base/regex.h"

#include <time.h>

static void poll(const void *query)
{
    spl_query_poll(query);
}

spl_worker *spl_worker_new(const spl_query *query, unsigned number)
{
    spl_arena *arena = spl_arena_new(query->account);
    spl_worker *worker = SPL_NEW(arena, spl_worker);

    worker->query = query;
    worker->arena = arena;
    worker->number = number;
    worker->match = spl_match_new(arena, query->limits.match_limit, query->limits.depth_limit);
    spl_match_on_poll(worker->match, poll, query);
    worker->clock = spl_clock_new(arena, query->zone, query->now);
    return worker;
}

void spl_worker_free(spl_worker *worker)
{
    if (worker) spl_arena_free(worker->arena);
}

struct spl_thing {
    const void *key;
    void *thing;
    struct spl_thing *next;
};

void *spl_worker_thing(const spl_worker *worker, const void *key)
{
    for (const struct spl_thing *at = worker->things; at; at = at->next)
        if (at->key == key) return at->thing;
    return NULL;
}

void spl_worker_keep(spl_worker *worker, const void *key, void *thing)
{
    struct spl_thing *made = SPL_NEW(worker->arena, struct spl_thing);

    made->key = key;
    made->thing = thing;
    made->next = worker->things;
    worker->things = made;
}

void spl_query_poll(const spl_query *query)
{
    const spl_query *q = query;

    do {
        if (atomic_load_explicit(&q->cancel, memory_order_relaxed)) spl_fail(SPL_CANCELLED, "the run was stopped");
        q = q->outer;
    } while (q);
    if (query->deadline < HUGE_VAL && spl_clock_seconds() > query->deadline)
        spl_fail(SPL_BOUND, "the time bound was reached (--timeout)");
}
