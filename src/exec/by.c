/* by.c -- BY clauses and binning.
 *
 * Spans that the data decides: for times the table of spl_auto_spans, which gives with 100 bins what the manual lists
 * (10 seconds for 15 minutes, 1 minute for an hour, 5 minutes for 4 hours, 30 minutes for a day, a day for a week or a
 * month, a month for a year); for numbers powers of ten. Search Reference, "bin" and "timechart". */
#include "exec/by.h"

#include "base/num.h"
#include "base/wildcard.h"
#include "exec/search_range.h"

#include <math.h>

const spl_span_time spl_auto_spans[] = {
    {.count = 1, .unit = SPL_UNIT_SECOND},  {.count = 5, .unit = SPL_UNIT_SECOND},
    {.count = 10, .unit = SPL_UNIT_SECOND}, {.count = 30, .unit = SPL_UNIT_SECOND},
    {.count = 1, .unit = SPL_UNIT_MINUTE},  {.count = 5, .unit = SPL_UNIT_MINUTE},
    {.count = 10, .unit = SPL_UNIT_MINUTE}, {.count = 30, .unit = SPL_UNIT_MINUTE},
    {.count = 1, .unit = SPL_UNIT_HOUR},    {.count = 1, .unit = SPL_UNIT_DAY},
    {.count = 1, .unit = SPL_UNIT_MONTH},   {.count = 1, .unit = SPL_UNIT_YEAR},
};
static const size_t spans_count = sizeof spl_auto_spans / sizeof *spl_auto_spans;

spl_span_time spl_auto_span_among(const spl_span_time *steps, size_t count, double low, double high, double bins,
                                  double minspan)
{
    size_t i;

    for (i = 0; i + 1 < count; i++) {
        double seconds = spl_span_seconds(steps[i]);

        if (seconds >= minspan && (high - low) / seconds <= bins) break;
    }
    return steps[i];
}

spl_span_time spl_auto_span(double low, double high, double bins, double minspan)
{
    return spl_auto_span_among(spl_auto_spans, spans_count, low, high, bins, minspan);
}

static const struct {
    const char *name;
    size_t text, node;
} bin_options[] = {
#define BIN_OPTION(name)                                                                                               \
    {                                                                                                                  \
#name, offsetof(spl_bin_options, name), offsetof(spl_bin_options, name##_node)                                 \
    }
    BIN_OPTION(span), BIN_OPTION(minspan), BIN_OPTION(bins), BIN_OPTION(start), BIN_OPTION(end), BIN_OPTION(aligntime),
};

const spl_option spl_bin_option_table[] = {SPL_BIN_OPTIONS("numbers below are left out", "numbers above are left out"),
                                           {0}};
const spl_segment spl_by_segment = SPL_BY_SEGMENT("by");

void spl_bin_options_take(const spl_node *const *nodes, size_t count, spl_bin_options *options)
{
    size_t i, j;

    for (i = 0; i < count; i++) {
        if (nodes[i]->kind != SPL_NODE_OPTION || nodes[i]->n_kids == 0) continue;
        if (nodes[i]->kids[0]->kind == SPL_NODE_HOLE) continue;
        for (j = 0; j < sizeof bin_options / sizeof *bin_options; j++) {
            if (!spl_str_iis(nodes[i]->text, bin_options[j].name)) continue;
            *(spl_str *)(void *)((char *)options + bin_options[j].text) = spl_args_typed(nodes[i]->kids[0]);
            *(const spl_node **)(void *)((char *)options + bin_options[j].node) = nodes[i]->kids[0];
        }
    }
}

static int places_of(spl_str text)
{
    ptrdiff_t dot = spl_str_find(text, SPL_S("."), 0);

    return dot < 0 ? 0 : (int)(text.len - (size_t)dot - 1);
}

/* Refuses the value that NODE is, of the option NAME. */
static bool refuse(spl_binder *binder, const spl_node *node, const char *name)
{
    return spl_option_refuse(binder, node, spl_bin_option_table, name);
}

/* log, log2, 2log5, 1.5log: coefficient and base. */
static bool log_span(spl_str text, double *factor, double *base)
{
    ptrdiff_t at = spl_str_ifind(text, SPL_S("log"), 0);

    *factor = 1;
    *base = 10;
    if (at < 0) return false;
    if (at > 0 && !spl_num_parse(spl_str_sub(text, 0, (size_t)at), factor)) return false;
    if ((size_t)at + 3 < text.len && !spl_num_parse(spl_str_sub(text, (size_t)at + 3, text.len), base)) return false;
    return true;
}

static bool bind_span(spl_binder *binder, const spl_bin_options *options, spl_bin *bin)
{
    spl_str text = options->span;
    double number;

    if (spl_str_ifind(text, SPL_S("log"), 0) >= 0) {
        if (!log_span(text, &bin->factor, &bin->base)) return refuse(binder, options->span_node, "span");
        if (!(bin->base > 1) || !(bin->factor >= 1) || !(bin->factor < bin->base)) {
            spl_bad_argument(
                binder, options->span_node->span,
                "the base of a logarithmic span must be above 1, its coefficient at least 1 and below the base");
            return false;
        }
        bin->kind = SPL_BIN_LOG;
        return true;
    }
    if (!bin->of_time && spl_num_parse(text, &number)) {
        if (!(number > 0)) return refuse(binder, options->span_node, "span");
        bin->kind = SPL_BIN_NUMBER;
        bin->span = number;
        bin->places = places_of(text);
        return true;
    }
    if (!spl_timespan(text, &bin->time) || !(bin->time.count > 0)) return refuse(binder, options->span_node, "span");
    if (bin->time.unit == SPL_UNIT_NONE) bin->time.unit = SPL_UNIT_SECOND;
    if (bin->time.unit < SPL_UNIT_SECOND) {
        double parts = 1 / spl_span_seconds(bin->time);

        if (!(parts > 1.5) || fabs(parts - nearbyint(parts)) > 1e-6) {
            spl_bad_argument(binder, options->span_node->span,
                             "a span in parts of a second must divide a second evenly, not \"%.*s\"", SPL_FMT(text));
            spl_hint(binder->diag, "For example 100ms, 250ms or 5ds; a whole second is span=1s.");
            return false;
        }
    }
    bin->kind = SPL_BIN_TIME;
    return true;
}

static bool bind_number(spl_binder *binder, const char *name, spl_str text, const spl_node *node, double *number)
{
    if (!text.len) return true;
    if (spl_num_parse(text, number) && isfinite(*number)) return true;
    return refuse(binder, node, name);
}

static bool bind_align(spl_binder *binder, const spl_bin_options *options, spl_bin *bin)
{
    const spl_query *query = binder->query;
    spl_str text = options->aligntime;
    double earliest, latest;

    if (!text.len) return true;
    spl_search_range(binder, &earliest, &latest);
    if (spl_str_iis(text, "earliest")) {
        if (isfinite(earliest)) bin->align = earliest;
        return true;
    }
    if (spl_str_iis(text, "latest")) {
        if (isfinite(latest)) bin->align = latest;
        return true;
    }
    if (spl_num_parse(text, &bin->align) || spl_timespec(query->zone, text, query->now, &bin->align, NULL)) return true;
    return refuse(binder, options->aligntime_node, "aligntime");
}

bool spl_bin_bind(spl_binder *binder, const spl_bin_options *options, spl_field field, double default_bins,
                  spl_bin *bin)
{
    bool good = true;
    spl_span_time least;

    *bin = (spl_bin){.field = field, .start = NAN, .end = NAN, .align = NAN, .of_time = field == SPL_F_TIME};
    bin->bins = default_bins;
    if (options->span.len) good = bind_span(binder, options, bin);
    good &= bind_number(binder, "start", options->start, options->start_node, &bin->start);
    good &= bind_number(binder, "end", options->end, options->end_node, &bin->end);
    if (options->bins.len && !(spl_num_parse(options->bins, &bin->bins) && isfinite(bin->bins) && bin->bins >= 2 &&
                               bin->bins == floor(bin->bins)))
        good = refuse(binder, options->bins_node, "bins");
    if (good && binder->query->limits.bins && bin->bins > (double)binder->query->limits.bins) {
        bin->bins = (double)binder->query->limits.bins;
        spl_warning(binder->diag, options->bins_node ? options->bins_node->span : binder->stage->span, "limit",
                    "bins are %.0f at most (limits.conf, maxbins of discretize)", bin->bins);
    }
    good &= bind_align(binder, options, bin);
    if (options->minspan.len) {
        if (!bin->of_time && spl_num_parse(options->minspan, &bin->minspan)) {
            if (!(bin->minspan > 0)) return refuse(binder, options->minspan_node, "minspan");
        } else if (spl_timespan(options->minspan, &least) && least.count > 0) {
            bin->mintime = least;
            if (least.unit == SPL_UNIT_NONE) bin->mintime.unit = SPL_UNIT_SECOND;
            bin->minspan = spl_span_seconds(bin->mintime);
        } else {
            return refuse(binder, options->minspan_node, "minspan");
        }
    }
    if (good && bin->kind == SPL_BIN_NONE && bin->bins >= 2) bin->kind = SPL_BIN_AUTO;
    if (good && bin->kind == SPL_BIN_NONE && options->minspan.len) {
        bin->kind = SPL_BIN_AUTO;
        bin->bins = 100;
    }
    return good;
}

void spl_bin_fit(spl_bin *bin, double low, double high, bool whole)
{
    double raw;

    if (bin->kind != SPL_BIN_AUTO) return;
    if (bin->of_time) {
        bin->kind = SPL_BIN_TIME;
        bin->time = spl_auto_span(low, high, bin->bins, bin->minspan);
        return;
    }
    bin->kind = SPL_BIN_NUMBER;
    if (!isnan(bin->start)) low = bin->start;
    if (!isnan(bin->end)) high = bin->end;
    raw = (high - low) / bin->bins;
    bin->span = raw > 0 && isfinite(raw) ? pow(10, ceil(log10(raw) - 1e-9)) : 1;
    if (!(bin->span > 0)) bin->span = 1;
    if (whole && bin->span < 1) bin->span = 1;
    while (bin->minspan > 0 && bin->span < bin->minspan) bin->span *= 10;
    while (isfinite(bin->span) && floor(high / bin->span) - floor(low / bin->span) + 1 > bin->bins) bin->span *= 10;
    bin->places = bin->span < 1 ? (int)lround(-log10(bin->span)) : 0;
}

/* floor(number / span), where a quotient that misses a whole number by rounding only is that number. */
static double steps(double number, double span)
{
    double quotient = number / span, near = nearbyint(quotient);

    return fabs(quotient - near) < 1e-9 * fmax(1, fabs(near)) ? near : floor(quotient);
}

static bool aligned(const spl_bin *bin)
{
    return !isnan(bin->align) && bin->time.unit < SPL_UNIT_DAY;
}

static double log_start(const spl_bin *bin, double number)
{
    double power, low;

    power = floor(log(number / bin->factor) / log(bin->base) + 1e-12);
    low = bin->factor * pow(bin->base, power);
    if (low > number) low = bin->factor * pow(bin->base, --power);
    if (bin->factor * pow(bin->base, power + 1) <= number) low = bin->factor * pow(bin->base, ++power);
    return low;
}

double spl_bin_start(const spl_bin *bin, const spl_query *query, double number)
{
    switch (bin->kind) {
    case SPL_BIN_TIME:
        if (aligned(bin)) {
            double seconds = spl_span_seconds(bin->time);

            return bin->align + floor((number - bin->align) / seconds) * seconds;
        }
        return spl_time_bucket(query->zone, number, bin->time);
    case SPL_BIN_NUMBER: {
        double start = steps(number, bin->span) * bin->span;

        return isfinite(start) ? start : number; /* more spans from zero than can be counted */
    }
    case SPL_BIN_LOG: return number > 0 ? log_start(bin, number) : number < 0 ? -log_start(bin, -number) : 0;
    case SPL_BIN_NONE:
    case SPL_BIN_AUTO: break;
    }
    return number;
}

double spl_bin_next(const spl_bin *bin, const spl_query *query, double start)
{
    if (bin->kind == SPL_BIN_NUMBER) return (steps(start, bin->span) + 1) * bin->span;
    if (bin->kind == SPL_BIN_LOG) return start > 0 ? start * bin->base : NAN; /* none is next to zero */
    if (aligned(bin)) return start + spl_span_seconds(bin->time);
    return spl_time_bucket_next(query->zone, start, bin->time);
}

/* NUMBER with exactly PLACES decimals. */
static void put_fixed(spl_buf *out, double number, int places)
{
    char text[SPL_NUM_MAX];
    double scaled = fabs(number) * pow(10, places), whole;
    char digits[24];
    int len = 0, i;
    uint64_t units;

    if (places <= 0 || places > 15 || !(scaled < 1e17)) {
        spl_buf_add(out, spl_str_cut(text, spl_num_write(text, number, 0)));
        return;
    }
    whole = nearbyint(scaled);
    units = (uint64_t)whole;
    if (number < 0 && units) spl_buf_char(out, '-');
    for (i = 0; i <= places || units; i++) {
        if (i == places) digits[len++] = '.';
        digits[len++] = (char)('0' + units % 10);
        units /= 10;
    }
    while (len) spl_buf_char(out, digits[--len]);
}

static spl_value range_label(spl_arena *arena, double low, double high, int places)
{
    spl_buf out = spl_buf_in(arena);

    put_fixed(&out, low + 0.0, places); /* no minus before a zero */
    spl_buf_char(&out, '-');
    put_fixed(&out, high + 0.0, places);
    return spl_text(spl_buf_str(&out));
}

static spl_value log_label(const spl_bin *bin, spl_arena *arena, double number)
{
    double low;
    spl_buf out;

    if (!(number > 0)) { /* zero and below have no logarithm: zero keeps itself, what is below mirrors above */
        spl_value above;

        if (number == 0) return spl_text(SPL_S("0"));
        above = log_label(bin, arena, -number);
        out = spl_buf_in(arena);
        {
            spl_str text = spl_value_str(above);
            ptrdiff_t dash = spl_str_find(text, SPL_S("-"), 1);

            spl_buf_char(&out, '-');
            spl_buf_add(&out, spl_str_sub(text, (size_t)dash + 1, text.len));
            spl_buf_puts(&out, "--");
            spl_buf_add(&out, spl_str_sub(text, 0, (size_t)dash));
        }
        return spl_text(spl_buf_str(&out));
    }
    low = log_start(bin, number);
    return range_label(arena, low, low * bin->base, 0);
}

spl_value spl_bin_value(const spl_bin *bin, const spl_query *query, spl_arena *arena, spl_value value, bool *outside)
{
    double number, start;

    if (spl_is_null(value)) return value;
    if (value.kind == SPL_KIND_MULTI) {
        uint32_t i;
        spl_value *items = spl_alloc(arena, value.as.multi->count * sizeof *items);

        for (i = 0; i < value.as.multi->count; i++)
            items[i] = spl_bin_value(bin, query, arena, value.as.multi->items[i], outside);
        return spl_multi_of(arena, items, value.as.multi->count);
    }
    if (!spl_value_number(value, &number)) return value;
    if (outside && (number < bin->start || number > bin->end)) *outside = true;
    if (bin->kind == SPL_BIN_NONE || bin->kind == SPL_BIN_AUTO) return value;
    start = bin->kind == SPL_BIN_LOG && !bin->starts ? number : spl_bin_start(bin, query, number);
    return bin->starts ? spl_number(start) : spl_bin_label(bin, arena, start);
}

spl_value spl_bin_label(const spl_bin *bin, spl_arena *arena, double start)
{
    double step, high;

    switch (bin->kind) {
    case SPL_BIN_NUMBER:
        step = steps(start, bin->span);
        high = (step + 1) * bin->span;
        if (!isfinite(high) || high <= step * bin->span) break; /* so far from zero, no double is next to it */
        return range_label(arena, step * bin->span, high, bin->places);
    case SPL_BIN_LOG: return log_label(bin, arena, start);
    case SPL_BIN_TIME:
    case SPL_BIN_NONE:
    case SPL_BIN_AUTO: break;
    }
    return spl_number(start);
}

/* --- BY --------------------------------------------------------------------------------------------------------------
 */

static bool is_bin_option(spl_str name)
{
    for (const spl_option *option = spl_bin_option_table; option->name; option++)
        if (spl_str_iis(name, option->name)) return true;
    return false;
}

bool spl_by_bind(spl_binder *binder, const spl_node *clause, double default_bins, spl_by *by)
{
    SPL_VEC(spl_by_field) fields = {0};
    spl_node_vec names = {0};
    bool good, hole = binder->holes;
    size_t i;
    uint32_t j, at = 0, end; /* names stand in the order of the kids */

    *by = (spl_by){.dedup = by->dedup};
    if (!clause) return true;
    for (j = 0; j < clause->n_kids; j++) hole |= clause->kids[j]->kind == SPL_NODE_HOLE;
    for (j = 0; j < clause->n_kids && clause->kids[j]->kind == SPL_NODE_OPTION; j++) {
        const spl_node *option = clause->kids[j];

        if (!is_bin_option(option->text)) continue;
        spl_bad_argument(binder, option->span, "%.*s= must stand behind the field that it is of",
                         SPL_FMT(option->text));
        spl_hint(binder->diag, "For example: by _time span=1h host");
        return false;
    }
    good = spl_args_fields(binder, (const spl_node *const *)clause->kids, clause->n_kids, &names);
    if (good && names.len == 0 && !hole) {
        spl_bad_argument(binder, clause->span, "%s needs a field", spl_str_iis(clause->text, "over") ? "OVER" : "BY");
        return false;
    }
    for (i = 0; i < names.len; i++) {
        const spl_node *node = names.data[i];
        spl_by_field field = {.field = spl_bind_field(binder, node->text), .node = node};
        spl_bin_options options = {0};

        if (spl_wildcard_has(node->text)) {
            spl_bad_argument(binder, node->span, "a wildcard cannot stand in BY: \"%.*s\"", SPL_FMT(node->text));
            good = false;
            continue;
        }
        /* the name of what looks like a call (by sum(x)) is a node of its own, with the span of the call */
        while (at + 1 < clause->n_kids && clause->kids[at] != node &&
               (clause->kids[at]->kind != SPL_NODE_CALL || clause->kids[at]->span.begin != node->span.begin))
            at++;
        for (end = at + 1; end < clause->n_kids && clause->kids[end]->kind == SPL_NODE_OPTION; end++) continue;
        spl_bin_options_take((const spl_node *const *)clause->kids + at + 1, end - at - 1, &options);
        good &= spl_bin_bind(binder, &options, field.field, default_bins, &field.bin);
        spl_bind_reads(binder, field.field);
        SPL_PUSH(binder->arena, &fields, field);
        at = end;
    }
    by->fields = fields.data;
    by->count = fields.len;
    return good;
}
