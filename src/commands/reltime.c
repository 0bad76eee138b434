/* reltime.c -- how long ago a time is, in words. */
#include "exec/bind.h"

#include <math.h>
#include <stddef.h>

typedef struct reltime_op {
    spl_op base;
    spl_str timefield, prefix;
    bool prefix_given;
    SPL_VEC(spl_field) from;
    SPL_VEC(spl_field) into;
} reltime_op;

static const spl_option options[] = {
    {.name = "timefield",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(reltime_op, timefield),
     .text = "_time",
     .help = "fields that hold times, separated by commas"},
    {.name = "prefix",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(reltime_op, prefix),
     .given = offsetof(reltime_op, prefix_given),
     .text = "reltime_",
     .help = "what the names of the new fields begin with"},
    {0},
};

static void add(spl_binder *binder, reltime_op *reltime, spl_str name)
{
    spl_field field, into;
    bool alone = !memchr(reltime->timefield.data, ',', reltime->timefield.len);

    name = spl_str_trim(name);
    if (!name.len) return;
    field = spl_bind_field(binder, name);
    into = alone && !reltime->prefix_given
               ? spl_bind_field(binder, SPL_S("reltime"))
               : spl_bind_field(binder, spl_strf(binder->arena, "%.*s%.*s", SPL_FMT(reltime->prefix), SPL_FMT(name)));
    spl_bind_reads(binder, field);
    SPL_PUSH(binder->arena, &reltime->from, field);
    SPL_PUSH(binder->arena, &reltime->into, into);
}

static bool reltime_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    reltime_op *reltime = (reltime_op *)op;
    spl_str rest = reltime->timefield;
    const char *comma;

    for (; rest.len && (comma = memchr(rest.data, ',', rest.len));
         rest = spl_str_sub(rest, (size_t)(comma - rest.data) + 1, rest.len))
        add(binder, reltime, spl_str_cut(rest.data, (size_t)(comma - rest.data)));
    add(binder, reltime, rest);
    if (!reltime->from.len) return spl_bad_argument(binder, stage->span, "timefield needs the name of a field");
    return spl_bind_plain(binder, stage, op);
}

/* The words of the script that Splunk has shipped: a year is twelve months of thirty days; what lies ahead is future,
 * within a minute now. */
static spl_str phrase(spl_arena *arena, double age)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{31104000, "year"}, {2592000, "month"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};

    age = trunc(age);
    if (age < -60) return SPL_S("future");
    for (size_t i = 0; age > 0 && i < sizeof units / sizeof *units; i++) {
        double count = floor(age / units[i].seconds);
        if (count >= 1) return spl_strf(arena, "%.0f %s%s ago", count, units[i].name, count == 1 ? "" : "s");
    }
    return SPL_S("now");
}

static spl_status reltime_map(spl_op *op, spl_batch **in)
{
    const reltime_op *reltime = (const reltime_op *)op;
    spl_batch *batch = *in;

    for (size_t f = 0; f < reltime->from.len; f++) {
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i);
            spl_value value = spl_batch_get(batch, row, reltime->from.data[f]);
            double time;
            bool known = spl_value_count(value) == 1 && spl_value_number(value, &time) && isfinite(time);
            spl_batch_set(batch, row, reltime->into.data[f],
                          spl_text(known ? phrase(batch->arena, op->query->now - time) : SPL_S("unknown")));
        }
    }
    return SPL_OK;
}

SPL_COMMAND(reltime, .summary = "Says in words how long ago times are.",
            .syntax = "reltime [timefield=<field>,…] [prefix=<text>]",
            .example = "| makeresults | eval _time=now()-7200 | reltime | table reltime", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .options = options, .op_size = sizeof(reltime_op), .bind = reltime_bind,
            .map = reltime_map);
