/* localize.c -- the stretches of time in which results lie. */
#include "exec/bind.h"

#include "base/num.h"

#include <stddef.h>
#include <stdlib.h>

typedef struct localize_op {
    spl_op base;
    spl_str maxpause_text, before_text, after_text;
    double maxpause, before, after;
    SPL_VEC(double) times;
    size_t at;
    bool sorted;
} localize_op;

#define SPAN .takes = "seconds, or a span of time such as 30s, 5m or 1d", .wrong = "nonsense -5 5parsecs"
static const spl_option options[] = {
    {.name = "maxpause",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(localize_op, maxpause_text),
     .text = "1m",
     SPAN,
     .help = "the longest time between two results of a stretch"},
    {.name = "timebefore",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(localize_op, before_text),
     .text = "30s",
     SPAN,
     .help = "how long before the first result a stretch begins"},
    {.name = "timeafter",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(localize_op, after_text),
     .text = "30s",
     SPAN,
     .help = "how long after the last result a stretch ends"},
    {0},
};

static bool seconds(spl_binder *binder, const spl_node *stage, const char *name, spl_str text, double *value)
{
    spl_span_time span;
    size_t digits = 0;

    if (spl_num_parse(text, value) && *value >= 0) return true;
    while (digits < text.len && text.data[digits] == '0') digits++;
    if (digits && spl_timespan(spl_str_sub(text, digits, text.len), &span) && span.snap == SPL_UNIT_NONE) {
        *value = 0; /* 0s is no span of time elsewhere */
        return true;
    }
    if (spl_timespan(text, &span) && span.snap == SPL_UNIT_NONE && span.count >= 0) {
        *value = spl_span_seconds(span);
        return true;
    }
    return spl_option_refuse(binder, stage, options, name);
}

static bool localize_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    localize_op *l = (localize_op *)op;
    spl_args args = spl_args_of(stage);

    spl_bind_reads(binder, SPL_F_TIME);
    op->unordered = true;
    return seconds(binder, stage, "maxpause", l->maxpause_text, &l->maxpause) &&
           seconds(binder, stage, "timebefore", l->before_text, &l->before) &&
           seconds(binder, stage, "timeafter", l->after_text, &l->after) && spl_args_done(binder, &args);
}

static spl_status localize_gather(spl_op *op, spl_batch *batch)
{
    localize_op *l = (localize_op *)op;
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        double time;
        if (spl_value_number(spl_batch_get(batch, spl_batch_row(batch, i), SPL_F_TIME), &time))
            SPL_PUSH(op->state, &l->times, time);
    }
    return SPL_OK;
}

static int newest_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x > y ? -1 : x < y;
}

static spl_status localize_emit(spl_op *op, spl_batch **out)
{
    localize_op *l = (localize_op *)op;
    spl_field start = spl_field_of(op->query->fields, SPL_S("starttime"));
    spl_field end = spl_field_of(op->query->fields, SPL_S("endtime"));
    spl_field count = spl_field_of(op->query->fields, SPL_S("eventcount"));
    spl_field duration = spl_field_of(op->query->fields, SPL_S("duration"));
    spl_field density = spl_field_of(op->query->fields, SPL_S("density"));
    uint32_t rows = 0;

    if (!l->sorted && l->times.len) qsort(l->times.data, l->times.len, sizeof(double), newest_first);
    l->sorted = true;
    if (l->at == l->times.len) return SPL_END;
    *out = spl_op_batch(op, SPL_BATCH_ROWS);
    for (; rows < SPL_BATCH_ROWS && l->at < l->times.len; rows++) {
        size_t from = l->at;
        double last = l->times.data[l->at++], first = last, length;
        for (; l->at < l->times.len && first - l->times.data[l->at] <= l->maxpause; l->at++)
            first = l->times.data[l->at];
        length = last + l->after - (first - l->before);
        spl_batch_set(*out, rows, SPL_F_TIME, spl_number(first));
        spl_batch_set(*out, rows, start, spl_number(first - l->before));
        spl_batch_set(*out, rows, end, spl_number(last + l->after));
        spl_batch_set(*out, rows, count, spl_number((double)(l->at - from)));
        spl_batch_set(*out, rows, duration, spl_number(length));
        if (length > 0) spl_batch_set(*out, rows, density, spl_number((double)(l->at - from) / length));
    }
    spl_batch_truncate(*out, rows);
    return SPL_OK;
}

SPL_COMMAND(localize, .summary = "Gives the stretches of time in which results lie.",
            .syntax = "localize [maxpause=<time>] [timebefore=<time>] [timeafter=<time>]",
            .example = "| makeresults count=2 | streamstats count AS n | eval _time=n*1000 | localize",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS, .options = options, .op_size = sizeof(localize_op),
            .bind = localize_bind, .gather = localize_gather, .emit = localize_emit);
