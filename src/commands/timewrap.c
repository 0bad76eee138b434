/* timewrap.c -- puts the periods of a timechart side by side: each column becomes one for each period, and times move
 * to the latest period. */
#include "exec/fieldtable.h"
#include "exec/search_range.h"

#include "base/map.h"
#include "base/num.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { END, NOW };
enum { RELATIVE, EXACT, SHORT };
static const char *const aligns[] = {"end", "now", NULL};
static const char *const series[] = {"relative", "exact", "short", NULL};

typedef struct wrapped { /* a result of the timechart */
    double time, shifted;
    int64_t period;
    const spl_row *row;
    uint32_t index;
} wrapped;

typedef struct timewrap_op {
    spl_op base;
    int align, naming;
    bool split; /* the timechart has BY: its columns are values, however many there are */
    spl_str time_format;
    spl_span_time span;
    double earliest, latest; /* of the search */
    SPL_VEC(wrapped) rows;
    spl_fieldtable columns; /* of the timechart; the items say nothing */
    uint64_t lost;          /* results without a time */
    spl_field length[2];    /* _span and _spandays of the timechart stay, where they are asked for */
    bool done;
} timewrap_op;

static const spl_option options[] = {
    {.name = "align",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(timewrap_op, align),
     .names = aligns,
     .help = "whether periods end at the end of the search's time range or now"},
    {.name = "series",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(timewrap_op, naming),
     .names = series,
     .help = "how columns are named: count_1day_before, by time_format, or count_s1"},
    {.name = "time_format",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(timewrap_op, time_format),
     .text = "%Y-%m-%d %H:%M",
     .help = "with series=exact: the period's beginning in the name"},
    {0},
};

static bool timewrap_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    timewrap_op *wrap = (timewrap_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);

    spl_bind_reads_all(binder);
    for (const spl_op *before = op->input; before && !wrap->split; before = before->input)
        wrap->split =
            spl_str_is(spl_str_of(before->command->name), "timechart") && spl_args_clause(before->stage, "by");
    wrap->length[0] = spl_bind_field(binder, SPL_S("_span"));
    wrap->length[1] = spl_bind_field(binder, SPL_S("_spandays"));
    spl_search_range(binder, &wrap->earliest, &wrap->latest);
    if (!node || !spl_timespan(node->text, &wrap->span) || wrap->span.snap != SPL_UNIT_NONE ||
        wrap->span.unit < SPL_UNIT_SECOND || wrap->span.count < 1 || wrap->span.count != floor(wrap->span.count))
        return spl_lacks(binder, node, "a span of time", "1day");
    /* Here, and here only, m is months (Search Reference, timewrap). */
    if (wrap->span.unit == SPL_UNIT_MINUTE && node->text.data[node->text.len - 1] == 'm' &&
        (node->text.len == 1 || spl_is_digit(node->text.data[node->text.len - 2])))
        wrap->span.unit = SPL_UNIT_MONTH;
    return spl_args_done(binder, &args);
}

static spl_status timewrap_gather(spl_op *op, spl_batch *batch)
{
    timewrap_op *wrap = (timewrap_op *)op;

    if (!wrap->columns.item) wrap->columns = spl_fieldtable_in(op->state, 1);
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        if (!spl_field_internal(batch->fields, field)) spl_fieldtable_put(&wrap->columns, field);
    }
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        wrapped w = {0};
        if (!spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &w.time)) {
            wrap->lost++;
            continue;
        }
        w.row = spl_row_keep(op->state, batch, row);
        SPL_PUSH(op->state, &wrap->rows, w);
    }
    return SPL_OK;
}

static double moved(const timewrap_op *wrap, double time, int64_t periods)
{
    spl_span_time span = wrap->span;
    if (!periods) return time;
    span.count *= (double)periods;
    return spl_time_add(wrap->base.query->zone, time, span);
}

static int64_t period_of(const timewrap_op *wrap, double end, double time)
{
    double guess = (end - time) / spl_span_seconds(wrap->span) * 0.97 - 2;
    int64_t k = guess > 0 && guess < 1e12 ? (int64_t)guess : 0;

    while (k < (int64_t)1e12 && time < moved(wrap, end, -(k + 1))) k++;
    return k;
}

static int by_time(const void *a, const void *b)
{
    const wrapped *x = a, *y = b;
    return x->shifted < y->shifted   ? -1
           : x->shifted > y->shifted ? 1
           : x->period > y->period   ? -1
                                     : x->period < y->period;
}

static int by_period(const void *a, const void *b) /* the oldest first */
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x > y ? -1 : x < y;
}

static spl_field name_of(timewrap_op *wrap, spl_arena *arena, spl_field column, int64_t period, double end)
{
    static const char *const units[] = {"",     "us",  "ms",   "cs",    "ds",      "second", "minute",
                                        "hour", "day", "week", "month", "quarter", "year"};
    const char *unit = units[wrap->span.unit];
    int64_t count = (int64_t)wrap->span.count;
    spl_str name = spl_field_name(wrap->base.query->fields, column);
    spl_buf out = spl_buf_in(arena);

    if (wrap->naming != SHORT || wrap->split || wrap->columns.fields.len > 1)
        spl_buf_printf(&out, "%.*s_", SPL_FMT(name));
    if (wrap->naming == SHORT)
        spl_buf_printf(&out, "s%" PRId64, period);
    else if (wrap->naming == EXACT)
        spl_strftime(&out, wrap->base.query->zone, moved(wrap, end, -(period + 1)), wrap->time_format);
    else if (period)
        spl_buf_printf(&out, "%" PRId64 "%s%s_before", period * count, unit, period * count > 1 ? "s" : "");
    else if (count > 1)
        spl_buf_printf(&out, "latest_%" PRId64 "%ss", count, unit);
    else
        spl_buf_printf(&out, "latest_%s", unit);
    return spl_field_of(wrap->base.query->fields, spl_buf_str(&out));
}

static spl_status timewrap_emit(spl_op *op, spl_batch **out)
{
    timewrap_op *wrap = (timewrap_op *)op;
    size_t n = wrap->rows.len, n_periods = 0, n_rows = 0;
    double last = -HUGE_VAL, before = -HUGE_VAL, end;
    int64_t *periods;
    spl_map index;

    if (wrap->lost && !wrap->done)
        spl_op_warn(op, "timewrap-no-time",
                    "timewrap left out %" PRIu64 " results without _time: it stands behind timechart", wrap->lost);
    wrap->lost = 0;
    if (wrap->done || !n) return SPL_END;
    wrap->done = true;
    for (size_t i = 0; i < n; i++) {
        double time = wrap->rows.data[i].time;
        if (time > last) {
            before = last;
            last = time;
        } else if (time > before && time < last) {
            before = time;
        }
    }
    end = wrap->align == END && isfinite(wrap->latest) ? wrap->latest : op->query->now;
    if (last >= end && !(wrap->align == END && isfinite(wrap->latest))) /* the last span is not over yet */
        end = isfinite(before) && last > before ? last + (last - before) : last + 1;
    periods = SPL_NEW_ARRAY(op->state, n, int64_t);
    for (size_t i = 0; i < n; i++) {
        wrapped *w = &wrap->rows.data[i];
        w->period = period_of(wrap, end, w->time);
        w->shifted = moved(wrap, w->time, w->period);
        periods[i] = w->period;
    }
    qsort(periods, n, sizeof *periods, by_period);
    for (size_t i = 0; i < n; i++)
        if (!n_periods || periods[n_periods - 1] != periods[i]) periods[n_periods++] = periods[i];
    qsort(wrap->rows.data, n, sizeof *wrap->rows.data, by_time);
    for (size_t i = 0; i < n; i++) {
        if (i && wrap->rows.data[i].shifted == wrap->rows.data[i - 1].shifted)
            wrap->rows.data[i].index = wrap->rows.data[i - 1].index;
        else
            wrap->rows.data[i].index = (uint32_t)n_rows++;
    }
    *out = spl_op_batch(op, (uint32_t)n_rows);
    (*out)->fixed = true;
    spl_batch_add(*out, SPL_F_TIME);
    index = spl_map_in(op->state);
    for (size_t p = 0; p < n_periods; p++) {
        spl_field *fields = SPL_NEW_ARRAY(op->state, wrap->columns.fields.len, spl_field);
        for (size_t c = 0; c < wrap->columns.fields.len; c++) {
            fields[c] = name_of(wrap, op->state, wrap->columns.fields.data[c], periods[p], end);
            spl_batch_add(*out, fields[c]);
        }
        spl_map_set(&index, spl_str_cut((const char *)&periods[p], sizeof *periods), fields);
    }
    for (size_t i = 0; i < n; i++) {
        const wrapped *w = &wrap->rows.data[i];
        const spl_field *fields = spl_map_get(&index, spl_str_cut((const char *)&w->period, sizeof w->period));
        spl_batch_set(*out, w->index, SPL_F_TIME, spl_number(w->shifted));
        for (uint32_t c = 0; c < w->row->count; c++) {
            spl_field field = w->row->cells[c].field;
            if ((field == wrap->length[0] || field == wrap->length[1]) && spl_fieldset_has(&op->needed, field))
                spl_batch_set(*out, w->index, field, spl_value_keep((*out)->arena, w->row->cells[c].value));
            if (spl_fieldtable_get(&wrap->columns, field))
                spl_batch_set(*out, w->index, fields[wrap->columns.by_field[field] - 1],
                              spl_value_keep((*out)->arena, w->row->cells[c].value));
        }
    }
    return SPL_OK;
}

SPL_COMMAND(timewrap, .summary = "Puts the periods of a timechart side by side.",
            .syntax = "timewrap <span> [align=end|now] [series=relative|exact|short] [time_format=<format>]",
            .example =
                "| makeresults count=2 | streamstats count AS n | eval _time=_time-86400*n | timechart span=1h count "
                "| timewrap 1d",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS | SPL_ORDERED | SPL_FIXES, .options = options,
            .op_size = sizeof(timewrap_op), .bind = timewrap_bind, .gather = timewrap_gather, .emit = timewrap_emit);
