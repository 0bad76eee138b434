/* fn_time.c -- date and time functions. Search Reference, "Date and Time functions". Zone and clock are the query's. */
#include "exec/bind.h"
#include "exec/query.h"
#include "expr/expr.h"

#include <math.h>
#include <time.h>

SPL_FUNCTION(now, .family = "time", .signature = "now()",
             .summary = "The time at which the search was started, in whole seconds since 1970.",
             .example = "if(now()<=time(),\"y\",\"n\")", .result = "\"y\"", .min_args = 0, .max_args = 0,
             .returns = SPL_TYPE_NUMBER, .impure = true)
{
    return spl_number(floor(ev->query->now));
}

SPL_FUNCTION(time, .family = "time", .signature = "time()",
             .summary = "The time at which the event is looked at, by the machine's clock.",
             .example = "if(time()>1500000000,\"y\",\"n\")", .result = "\"y\"", .min_args = 0, .max_args = 0,
             .returns = SPL_TYPE_NUMBER, .impure = true)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return spl_number_decimals((double)now.tv_sec + floor((double)now.tv_nsec / 1e3) / 1e6, 6); /* as on its page */
}

/* Calls FN for each value of V. */
typedef spl_value (*value_fn)(spl_eval *ev, spl_value v, spl_str with);
static spl_value each(spl_eval *ev, spl_value v, value_fn fn, spl_str with)
{
    spl_value *items;

    if (v.kind != SPL_KIND_MULTI) return fn(ev, v, with);
    items = SPL_NEW_ARRAY(ev->arena, v.as.multi->count, spl_value);
    for (uint32_t i = 0; i < v.as.multi->count; i++) items[i] = fn(ev, v.as.multi->items[i], with);
    return spl_multi_of(ev->arena, items, v.as.multi->count);
}

static spl_value format_time(spl_eval *ev, spl_value v, spl_str format)
{
    spl_buf out = spl_buf_in(ev->arena);
    double epoch;

    if (!spl_value_number(v, &epoch) || !(fabs(epoch) < 1e15)) return SPL_NULL;
    spl_strftime(&out, ev->query->zone, epoch, format);
    return spl_text(spl_buf_str(&out));
}

SPL_FUNCTION(strftime, .family = "time", .signature = "strftime(<time>,<format>)",
             .summary = "The time, seconds since 1970, written in the format.",
             .example = "strftime(strptime(\"2024-03-06 04:05\",\"%F %H:%M\"),\"%d %b %Y, %I:%M %p\")",
             .result = "\"06 Mar 2024, 04:05 AM\"", .min_args = 2, .max_args = 2, .args = "*s", .impure = true)
{
    spl_str format;

    return spl_arg_text(ev, argv, 1, &format) ? each(ev, argv[0], format_time, format) : SPL_NULL;
}

static spl_value parse_time(spl_eval *ev, spl_value v, spl_str format)
{
    spl_str text;
    double epoch;

    if (!spl_arg_text(ev, &v, 0, &text)) return SPL_NULL;
    if (!spl_strptime(ev->query->zone, text, format, ev->query->now, &epoch)) return SPL_NULL;
    return spl_number_decimals(epoch, 6); /* as the page of time format variables shows it */
}

SPL_FUNCTION(strptime, .family = "time", .signature = "strptime(<text>,<format>)",
             .summary = "The time, seconds since 1970, that the text tells in the format; null where it does not fit.",
             .example = "strptime(\"2022-12-15T09:45:22+0000\",\"%Y-%m-%dT%H:%M:%S%z\")", .result = "1671097522.000000",
             .min_args = 2, .max_args = 2, .args = "ss", .returns = SPL_TYPE_NUMBER, .impure = true)
{
    spl_str format;

    return spl_arg_text(ev, argv, 1, &format) ? each(ev, argv[0], parse_time, format) : SPL_NULL;
}

static bool bind_relative(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *spec = spl_expr_constant(args[1]);
    double epoch;
    (void)call, (void)argc;

    *data = NULL;
    if (!spec || spec->kind != SPL_KIND_TEXT) return true;
    if (spl_timespec(binder->query->zone, spl_value_str(*spec), binder->query->now, &epoch, NULL)) return true;
    spl_bad_argument(binder, spl_expr_node(args[1])->span, "\"%.*s\" is no relative time",
                     SPL_FMT(spl_str_sub(spl_value_str(*spec), 0, 60)));
    spl_hint(binder->diag, "An example is \"-1d@d\": a day back, then to the begin of that day.");
    return false;
}

static spl_value move_time(spl_eval *ev, spl_value v, spl_str spec)
{
    double epoch, moved;

    if (!spl_value_number(v, &epoch) || !(fabs(epoch) < 1e15)) return SPL_NULL;
    return spl_timespec(ev->query->zone, spec, epoch, &moved, NULL) ? spl_number(moved) : SPL_NULL;
}

SPL_FUNCTION(relative_time, .family = "time", .signature = "relative_time(<time>,<specifier>)",
             .summary = "The time moved by a relative time specifier such as -1d@d.",
             .example = "relative_time(1709739930,\"-1h\")", .result = "1709736330", .min_args = 2, .max_args = 2,
             .args = "*s", .returns = SPL_TYPE_NUMBER, .impure = true, .bind = bind_relative,
             .wrong = "relative_time(1,\"nonsense\")")
{
    spl_str spec;

    return spl_arg_text(ev, argv, 1, &spec) ? each(ev, argv[0], move_time, spec) : SPL_NULL;
}
