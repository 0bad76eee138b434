/* collect.c -- adds the results to a summary index: a file of records in the state folder.
 *
 * Each result becomes an event with a time, a host, a source and a sourcetype of its own, a raw text where it has none
 * (time, information on the search, its fields), and its fields, an object a line. */
#include "commands/outputs.h"

#include "base/json.h"
#include "base/num.h"
#include "exec/summary.h"
#include "expr/segments.h"
#include "knowledge/limits.h"
#include "lang/text.h"

#include <math.h>
#include <stddef.h>

typedef struct collect_op {
    spl_op base;
    spl_str index, file, marker, host, source, sourcetype, timeformat;
    bool addinfo, addtime, testmode, host_given, source_given, sourcetype_given;
    bool summary; /* what a si command gives: its counterpart finds host, source and sourcetype under their names */
    int format;
    spl_markers markers;
    bool minor, divided; /* limits.conf, [collect] */
    spl_str name;        /* of the file */
    /* running */
    spl_outputs outputs;
    spl_state_file *out;
    spl_buf line;
} collect_op;

static const char *const output_formats[] = {"raw", "hec", NULL};
enum { RAW, HEC };

static const spl_option options[] = {
    {.name = "index",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(collect_op, index),
     .text = "summary",
     .help = "the summary index"},
    {.name = "file",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(collect_op, file),
     .text = "",
     .help = "the file's name; $timestamp$ and $random$ are replaced (default: <index>.ndjson)"},
    {.name = "marker",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(collect_op, marker),
     .text = "",
     .help = "name=value pairs, separated by commas, that each event gets"},
    {.name = "host",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(collect_op, host),
     .given = offsetof(collect_op, host_given),
     .text = "localhost",
     .help = "host of the events"},
    {.name = "source",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(collect_op, source),
     .given = offsetof(collect_op, source_given),
     .text = "search",
     .help = "source of the events"},
    {.name = "sourcetype",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(collect_op, sourcetype),
     .given = offsetof(collect_op, sourcetype_given),
     .text = "stash",
     .help = "sourcetype of the events"},
    {.name = "timeformat",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(collect_op, timeformat),
     .text = "%m/%d/%Y %H:%M:%S %z",
     .help = "how the raw text of a result tells its time"},
    {.name = "addtime",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(collect_op, addtime),
     .dflt = 1,
     .help = "raw texts that are made begin with the time"},
    {.name = "addinfo",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(collect_op, addinfo),
     .dflt = 1,
     .help = "with the search's time range and time: info_min_time, info_max_time, info_search_time"},
    {.name = "testmode",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(collect_op, testmode),
     .dflt = 0,
     .help = "write nothing, and show the events that would be written"},
    {.name = "output_format",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(collect_op, format),
     .dflt = RAW,
     .names = output_formats,
     .help = "hec: objects as Splunk's HTTP event collector takes them"},
    SPL_IDLE("spool", BOOL, "files go to the state folder"),
    SPL_IDLE("uselb", BOOL, "there are no indexers"),
    SPL_IDLE("run_in_preview", BOOL, "there are no previews"),
    {0},
};

/* Options that JSON events do not take (Search Reference, collect, "output_format"). */
static bool check_hec(spl_binder *binder, const spl_node *stage)
{
    static const char *const names[] = {"addtime", "host", "marker", "source", "sourcetype", "timeformat", "uselb"};

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *node = stage->kids[i];

        for (size_t k = 0; node->kind == SPL_NODE_OPTION && k < sizeof names / sizeof *names; k++) {
            if (!spl_str_iis(node->text, names[k])) continue;
            spl_bad_argument(binder, node->span, "%s does not go with output_format=hec", names[k]);
            spl_hint(binder->diag, "Host, source and sourcetype of the results are those of the events then.");
            return false;
        }
    }
    return true;
}

static bool collect_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    collect_op *self = (collect_op *)op;
    spl_args args = spl_args_of(stage);
    const char *wrong;

    spl_bind_reads_all(binder);
    if (!spl_args_done(binder, &args)) return false;
    wrong = spl_state_name(self->index);
    if (wrong) return spl_bad_argument(binder, stage->span, "the name of an index %s", wrong);
    self->name = spl_outputs_file(binder, self->file, self->index);
    wrong = spl_state_name(self->name);
    if (wrong) return spl_bad_argument(binder, stage->span, "the name of a file %s", wrong);
    self->summary = spl_summary_before(op);
    if (self->format == HEC && !check_hec(binder, stage)) return false;
    self->minor = !spl_limit_flag(binder->query, "collect", "collect_ignore_minor_breakers", false);
    self->divided = spl_limit_flag(binder->query, "collect", "format_multivalue_collect", false);
    return spl_outputs_markers(binder, stage, self->marker, &self->markers);
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

static void begin(spl_op *op)
{
    collect_op *self = (collect_op *)op;

    self->line = spl_buf_in(op->state);
    if (self->outputs.rows && !self->testmode) self->out = spl_state_write(op->query->state, "index", self->name, true);
}

static void add_number(spl_buf *out, double number)
{
    char room[SPL_NUM_MAX];

    spl_buf_add(out, spl_str_cut(room, spl_num_write(room, number, 0)));
}

/* name="value"; without quotes where the value has no breakers. */
static void add_pair(const collect_op *self, spl_buf *out, spl_str name, spl_str value)
{
    bool plain = value.len > 0;

    for (size_t i = 0; i < value.len && plain; i++)
        plain = !spl_breaker_major(value.data[i]) && !(self->minor && spl_breaker_minor(value.data[i]));
    if (out->len) spl_buf_puts(out, ", ");
    spl_buf_add(out, name);
    spl_buf_char(out, '=');
    if (plain) {
        spl_buf_add(out, value);
        return;
    }
    spl_text_quote(out, value);
}

static bool is_metadata(spl_field field)
{
    return field == SPL_F_HOST || field == SPL_F_SOURCE || field == SPL_F_SOURCETYPE || field == SPL_F_INDEX;
}

static double row_time(const spl_op *op, const spl_batch *batch, uint32_t row)
{
    double time;

    if (spl_is_null(spl_batch_get(batch, row, SPL_F_RAW)) && /* an event's text has its time already */
        spl_value_number(spl_batch_get(batch, row, spl_field_of(op->query->fields, SPL_S("info_min_time"))), &time) &&
        isfinite(time) && time > 0) /* 0: all time */
        return time;
    if (spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &time) && isfinite(time)) return time;
    return isfinite(op->query->earliest) ? op->query->earliest : floor(op->query->now);
}

/* The raw text: that of the event, or one made of its fields; the markers at its end. */
static spl_str raw_of(collect_op *self, const spl_batch *batch, uint32_t row, double time)
{
    spl_op *op = &self->base;
    spl_value raw = spl_batch_get(batch, row, SPL_F_RAW);
    spl_buf out = spl_buf_in(batch->arena), text = spl_buf_in(batch->arena);

    if (!spl_is_null(raw)) {
        spl_buf_add(&out, spl_value_text(batch->arena, raw));
    } else {
        if (self->addtime) spl_strftime(&out, op->query->zone, time, self->timeformat);
        if (self->addinfo) {
            spl_buf_printf(&out, "%sinfo_min_time=", out.len ? ", " : "");
            add_number(&out, isfinite(op->query->earliest) ? op->query->earliest : 0);
            spl_buf_puts(&out, ", info_max_time=");
            if (isfinite(op->query->latest))
                add_number(&out, op->query->latest);
            else
                spl_buf_puts(&out, "+Infinity");
            spl_buf_puts(&out, ", info_search_time=");
            add_number(&out, op->query->now);
        }
        for (uint32_t c = 0; c < batch->n_columns; c++) {
            spl_field field = batch->columns[c]->field;

            if (spl_is_null(batch->columns[c]->cells[row]) || spl_field_internal(batch->fields, field)) continue;
            for (uint32_t v = 0, n = self->divided ? spl_value_count(batch->columns[c]->cells[row]) : 1; v < n; v++) {
                spl_value value = batch->columns[c]->cells[row];

                spl_buf_clear(&text);
                spl_outputs_text(&text, self->divided ? spl_value_at(value, v) : value, SPL_S("\n"));
                add_pair(self, &out, spl_field_name(batch->fields, field), spl_buf_str(&text));
            }
        }
    }
    for (size_t i = 0; i < self->markers.len; i++)
        add_pair(self, &out, self->markers.data[i].name, self->markers.data[i].value);
    return spl_buf_str(&out);
}

/* Whether host, source and sourcetype are those of the result. */
static bool keeps(const collect_op *self, spl_field field)
{
    bool given = field == SPL_F_HOST     ? self->host_given
                 : field == SPL_F_SOURCE ? self->source_given
                                         : self->sourcetype_given;

    return self->format == HEC || (self->summary && !given);
}

/* The fields of the event but its metadata; what it had in their place is kept as orig_host and so on. */
static void add_fields(collect_op *self, spl_buf *out, const spl_batch *batch, uint32_t row)
{
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        spl_str name = spl_field_name(batch->fields, field);

        if (is_metadata(field)) {
            if (field != SPL_F_INDEX && !keeps(self, field))
                spl_outputs_member(out, "orig_", name, batch->columns[c]->cells[row]);
        } else if (!spl_field_internal(batch->fields, field) && (field != SPL_F_SPLUNK_SERVER || self->format == RAW)) {
            bool marked = false;
            for (size_t i = 0; i < self->markers.len; i++) marked |= self->markers.data[i].field == field;
            if (!marked) spl_outputs_member(out, "", name, batch->columns[c]->cells[row]);
        }
    }
    for (size_t i = 0; i < self->markers.len; i++)
        spl_outputs_member(out, "", self->markers.data[i].name, spl_text(self->markers.data[i].value));
}

static spl_value metadata_of(const collect_op *self, const spl_batch *batch, uint32_t row, spl_field field,
                             spl_str given)
{
    spl_value own = keeps(self, field) ? spl_batch_get(batch, row, field) : SPL_NULL;

    if (self->format == HEC && field == SPL_F_SOURCETYPE) given = SPL_S("stash_hec");
    return spl_is_null(own) ? spl_text(given) : own;
}

static void write_row(collect_op *self, const spl_batch *batch, uint32_t row)
{
    spl_buf line = spl_buf_in(batch->arena);
    double time = row_time(&self->base, batch, row);
    spl_str raw = raw_of(self, batch, row, time);
    bool hec = self->format == HEC;

    spl_buf_char(&line, '{');
    spl_outputs_member(&line, "", hec ? SPL_S("time") : SPL_S("_time"), spl_number(time));
    spl_outputs_member(&line, "", SPL_S("host"), metadata_of(self, batch, row, SPL_F_HOST, self->host));
    spl_outputs_member(&line, "", SPL_S("source"), metadata_of(self, batch, row, SPL_F_SOURCE, self->source));
    spl_outputs_member(&line, "", SPL_S("sourcetype"),
                       metadata_of(self, batch, row, SPL_F_SOURCETYPE, self->sourcetype));
    spl_outputs_member(&line, "", SPL_S("index"), spl_text(self->index));
    spl_outputs_member(&line, "", hec ? SPL_S("event") : SPL_S("_raw"), spl_text(raw));
    if (hec) spl_buf_puts(&line, ",\"fields\":{");
    add_fields(self, &line, batch, row);
    spl_buf_puts(&line, hec ? "}}\n" : "}\n");
    spl_state_put(self->out, spl_buf_str(&line));
}

/* testmode: the result as it would be read back. */
static void show_row(collect_op *self, spl_batch *batch, uint32_t row)
{
    double time = row_time(&self->base, batch, row);

    spl_batch_set(batch, row, SPL_F_RAW, spl_text(raw_of(self, batch, row, time)));
    spl_batch_set(batch, row, SPL_F_TIME, spl_number(time));
    spl_batch_set(batch, row, SPL_F_HOST, metadata_of(self, batch, row, SPL_F_HOST, self->host));
    spl_batch_set(batch, row, SPL_F_SOURCE, metadata_of(self, batch, row, SPL_F_SOURCE, self->source));
    spl_batch_set(batch, row, SPL_F_SOURCETYPE, metadata_of(self, batch, row, SPL_F_SOURCETYPE, self->sourcetype));
    spl_batch_set(batch, row, SPL_F_INDEX, spl_text(self->index));
    for (size_t i = 0; i < self->markers.len; i++)
        spl_batch_set(batch, row, self->markers.data[i].field, spl_text(self->markers.data[i].value));
}

static void write_batch(spl_op *op, spl_batch *batch)
{
    collect_op *self = (collect_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) write_row(self, batch, spl_batch_row(batch, i));
}

static void end(spl_op *op)
{
    collect_op *self = (collect_op *)op;

    if (self->out) spl_state_done(self->out);
}

static spl_status collect_next(spl_op *op, spl_batch **batch)
{
    static const spl_outputs_hooks hooks = {begin, write_batch, end};
    collect_op *self = (collect_op *)op;
    spl_status status = spl_outputs_next(op, &self->outputs, &hooks, self->testmode, batch);

    if (status == SPL_OK && self->testmode)
        for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) show_row(self, *batch, spl_batch_row(*batch, i));
    return status;
}

static const char *const aliases[] = {"summaryindex", "sumindex", "stash", NULL};
SPL_COMMAND(collect, .aliases = aliases, .summary = "Adds the results to a summary index, and passes them on.",
            .syntax = "collect [index=<name>] [addtime=<bool>] [addinfo=<bool>] [marker=\"<name>=<value>,…\"] "
                      "[host=<text>] [source=<text>] [sourcetype=<text>] [file=<name>] [timeformat=<format>] "
                      "[output_format=raw|hec] [testmode=<bool>] [spool=<bool>] [uselb=<bool>] "
                      "[run_in_preview=<bool>]",
            .example = "| makeresults | eval n=1 | collect index=summary", .args = SPL_ARGS_PLAIN,
            .traits = SPL_ORDERED, .options = options, .op_size = sizeof(collect_op), .bind = collect_bind,
            .next = collect_next);
