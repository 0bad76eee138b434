/* concurrency.c -- how many events were going on when each began, itself included. Beginnings and ends of all are kept
 * as numbers and sorted; the events are spooled (exec/rowstore.h). */
#include "exec/rowstore.h"

#include "exec/bind.h"
#include "knowledge/limits.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

typedef SPL_VEC(double) numbers;

typedef struct concurrency_op {
    spl_op base;
    spl_field duration, start, output;
    spl_rowstore *store;
    uint64_t most;
    numbers starts, ends, points; /* ends of events that last; starts of those that take no time */
    bool sorted;
} concurrency_op;

static const spl_option options[] = {
    {.name = "duration",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(concurrency_op, duration),
     .required = "duration=total_time",
     .help = "the field with the seconds that an event lasts"},
    {.name = "start",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(concurrency_op, start),
     .text = "_time",
     .help = "the field with its beginning"},
    {.name = "output",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(concurrency_op, output),
     .text = "concurrency",
     .help = "the field that gets the count"},
    {0},
};

static bool concurrency_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    concurrency_op *c = (concurrency_op *)op;

    c->most = spl_limit(binder->query, "concurrency", "max_count", 10000000);
    spl_bind_reads(binder, c->duration);
    spl_bind_reads(binder, c->start);
    return spl_bind_plain(binder, stage, op);
}

static void concurrency_open(spl_op *op)
{
    ((concurrency_op *)op)->store = spl_rowstore_new(op);
}

static bool times(const concurrency_op *c, const spl_batch *batch, uint32_t row, double *start, double *duration)
{
    if (!spl_value_number(spl_batch_get(batch, row, c->start), start)) return false;
    if (!spl_value_number(spl_batch_get(batch, row, c->duration), duration)) return false;
    if (!(*duration > 0)) *duration = 0;
    return isfinite(*start) && isfinite(*duration);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* How many of SORTED are below LIMIT, or equal to it where EQUAL. */
static size_t below(const numbers *sorted, double limit, bool equal)
{
    size_t low = 0, high = sorted->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted->data[middle] < limit || (equal && sorted->data[middle] <= limit))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void load(concurrency_op *c)
{
    spl_arena *arena = c->base.state;
    spl_batch *batch;
    double start, duration;

    while (spl_op_pull(&c->base, &batch) == SPL_OK) {
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            if (!times(c, batch, spl_batch_row(batch, i), &start, &duration)) continue;
            SPL_PUSH(arena, &c->starts, start);
            if (duration > 0)
                SPL_PUSH(arena, &c->ends, start + duration);
            else
                SPL_PUSH(arena, &c->points, start);
        }
        spl_rowstore_add(c->store, batch);
    }
    if (c->starts.len) qsort(c->starts.data, c->starts.len, sizeof(double), compare);
    if (c->ends.len) qsort(c->ends.data, c->ends.len, sizeof(double), compare);
    if (c->points.len) qsort(c->points.data, c->points.len, sizeof(double), compare);
    c->sorted = true;
}

static spl_status concurrency_next(spl_op *op, spl_batch **out)
{
    concurrency_op *c = (concurrency_op *)op;
    spl_batch *batch;
    double start, duration;

    if (!c->sorted) load(c);
    batch = spl_rowstore_take(c->store);
    if (!batch) return SPL_END;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        if (!times(c, batch, row, &start, &duration)) continue;
        size_t begun = below(&c->starts, start, true);
        size_t over = below(&c->ends, start, true) + below(&c->points, start, false);
        uint64_t count = begun - over;
        if (count > c->most) {
            spl_op_warn(op, "limit", "concurrency counts up to %" PRIu64 " events at a time (max_count)", c->most);
            count = c->most;
        }
        spl_batch_set(batch, row, c->output, spl_number((double)count));
    }
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(concurrency, .summary = "Counts how many events were going on when each began.",
            .syntax = "concurrency duration=<field> [start=<field>] [output=<field>]",
            .example = "| makeresults count=3 | streamstats count AS n | eval _time=n, d=2 | concurrency duration=d "
                       "| table n concurrency",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(concurrency_op),
            .bind = concurrency_bind, .open = concurrency_open, .next = concurrency_next);
