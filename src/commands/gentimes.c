/* gentimes.c -- makes a result for each range of a time between a start and an end. */
#include "exec/bind.h"

#include "base/num.h"

#include <math.h>
#include <stddef.h>

typedef struct gentimes_op {
    spl_op base;
    const spl_node *start, *end, *increment;
    double from, to;
    spl_span_time span;
    spl_field starttime, starthuman, endtime, endhuman;
} gentimes_op;

static const spl_option options[] = {
    {.name = "start",
     .type = SPL_OPTION_NODE,
     .offset = offsetof(gentimes_op, start),
     .required = "start=10/1/2021 end=10/5/2021",
     .wrong = "nonsense 13/45/2021 1.5",
     .help = "month/day/year[:hour:minute:second], or days from today: -7"},
    {.name = "end",
     .type = SPL_OPTION_NODE,
     .offset = offsetof(gentimes_op, end),
     .wrong = "nonsense 13/45/2021 1.5",
     .help = "the same; midnight before now where not given"},
    {.name = "increment",
     .type = SPL_OPTION_NODE,
     .offset = offsetof(gentimes_op, increment),
     .wrong = "nonsense 0s 1mon -1d",
     .help = "how long a range lasts: 10s, 5m, 6h, 1d; 1d where not given"},
    {0},
};

static double midnight(const spl_query *query, double days)
{
    spl_span_time span = {.count = days, .unit = SPL_UNIT_DAY};
    return spl_time_add(query->zone, spl_time_bucket(query->zone, query->now, (spl_span_time){1, SPL_UNIT_DAY, 0, 0}),
                        span);
}

static bool bind_time(spl_binder *binder, const spl_node *node, double *time)
{
    static const char *const formats[] = {"%m/%d/%Y:%H:%M:%S", "%m/%d/%y:%H:%M:%S", "%m/%d/%Y", "%m/%d/%y"};
    const spl_query *query = binder->query;
    int64_t days;

    if (node->kind == SPL_NODE_HOLE) return true;
    if (node->text.len && spl_num_int(node->text, &days) && days > -1000000 && days < 1000000) {
        *time = midnight(query, (double)days);
        return true;
    }
    bool clock = node->text.len && memchr(node->text.data, ':', node->text.len);
    const char *slash = node->text.len ? memchr(node->text.data, '/', node->text.len) : NULL;
    if (slash) slash = memchr(slash + 1, '/', (size_t)(node->text.data + node->text.len - slash - 1));
    if (slash) {
        size_t digits = 0;
        for (const char *p = slash + 1; p < node->text.data + node->text.len && spl_is_digit(*p); p++) digits++;
        const char *format = formats[(clock ? 0 : 2) + (digits == 4 ? 0 : 1)];
        if ((digits == 4 || digits == 2) && spl_strptime(query->zone, node->text, spl_str_of(format), query->now, time))
            return true;
    }
    spl_bad_argument(binder, node->span, "\"%.*s\" is no time", SPL_FMT(node->text));
    spl_hint(binder->diag, "Write month/day/year, as 10/31/2021 or 10/31/2021:13:00:00, or days from today, as -7.");
    return false;
}

static bool gentimes_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    gentimes_op *gen = (gentimes_op *)op;

    if (!bind_time(binder, gen->start, &gen->from)) return false;
    gen->to = midnight(binder->query, 0);
    if (gen->end && !bind_time(binder, gen->end, &gen->to)) return false;
    gen->span = (spl_span_time){.count = 1, .unit = SPL_UNIT_DAY};
    if (gen->increment && gen->increment->kind != SPL_NODE_HOLE &&
        (!spl_timespan(gen->increment->text, &gen->span) || gen->span.snap != SPL_UNIT_NONE || gen->span.count <= 0 ||
         gen->span.unit < SPL_UNIT_SECOND || gen->span.unit > SPL_UNIT_DAY)) {
        spl_bad_argument(binder, gen->increment->span,
                         "the increment must be a number of seconds, minutes, hours or days, not \"%.*s\"",
                         SPL_FMT(gen->increment->text));
        spl_hint(binder->diag, "For example: increment=6h, or increment=7d for weeks");
        return false;
    }
    gen->starttime = spl_bind_field(binder, SPL_S("starttime"));
    gen->starthuman = spl_bind_field(binder, SPL_S("starthuman"));
    gen->endtime = spl_bind_field(binder, SPL_S("endtime"));
    gen->endhuman = spl_bind_field(binder, SPL_S("endhuman"));
    return spl_bind_plain(binder, stage, op);
}

static spl_value human(const spl_query *query, spl_arena *arena, double time)
{
    spl_buf out = spl_buf_in(arena);
    spl_strftime(&out, query->zone, time, SPL_S("%a %b %e %H:%M:%S %Y"));
    return spl_text(spl_buf_str(&out));
}

static spl_status gentimes_next(spl_op *op, spl_batch **batch)
{
    gentimes_op *gen = (gentimes_op *)op;
    uint32_t rows = 0;

    if (!(gen->from < gen->to)) return SPL_END;
    *batch = spl_op_batch(op, SPL_BATCH_ROWS);
    while (rows < SPL_BATCH_ROWS && gen->from < gen->to) {
        double next = spl_time_add(op->query->zone, gen->from, gen->span);
        if (!(next > gen->from)) {
            gen->from = gen->to;
            break;
        }
        spl_batch_set(*batch, rows, gen->starttime, spl_number(gen->from));
        spl_batch_set(*batch, rows, gen->starthuman, human(op->query, (*batch)->arena, gen->from));
        spl_batch_set(*batch, rows, gen->endtime, spl_number(next - 1));
        spl_batch_set(*batch, rows, gen->endhuman, human(op->query, (*batch)->arena, next - 1));
        gen->from = next;
        rows++;
    }
    spl_batch_truncate(*batch, rows);
    return SPL_OK;
}

SPL_COMMAND(gentimes, .summary = "Makes a result for each range of time between two times.",
            .syntax = "gentimes start=<time> [end=<time>] [increment=<span>]",
            .example = "| gentimes start=10/1/2021 end=10/3/2021 | table starttime endtime", .args = SPL_ARGS_PLAIN,
            .traits = SPL_GENERATES, .options = options, .op_size = sizeof(gentimes_op), .bind = gentimes_bind,
            .next = gentimes_next);
