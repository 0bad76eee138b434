/* mcollect.c -- mcollect, meventcollect: the results as metric data points, a record for each measure, into a metrics
 * index: a file of the state folder. */
#include "commands/outputs.h"
#include "knowledge/limits.h"

#include <math.h>
#include <stddef.h>

typedef struct mcollect_op {
    spl_op base;
    spl_str index, file, host, source, sourcetype, marker;
    spl_markers markers;
    bool together; /* several measures in one data point: limits.conf, [mcollect] */
    bool host_given, source_given, sourcetype_given;
    spl_field prefix;
    spl_str split_text;
    enum { SPLIT_NO, SPLIT_YES, SPLIT_NUMBERS } split;
    spl_node_vec dimensions;
    SPL_VEC(spl_field) dimension_fields;
    spl_str name; /* of the file */
    /* running */
    spl_outputs outputs;
    spl_state_file *out;
    uint64_t lost;
} mcollect_op;

#define COMMON(splits, not_splits)                                                                                     \
    {.name = "index",                                                                                                  \
     .type = SPL_OPTION_TEXT,                                                                                          \
     .offset = offsetof(mcollect_op, index),                                                                           \
     .required = "index=metrics",                                                                                      \
     .text = "",                                                                                                       \
     .help = "the metrics index"},                                                                                     \
        {.name = "file",                                                                                               \
         .type = SPL_OPTION_TEXT,                                                                                      \
         .offset = offsetof(mcollect_op, file),                                                                        \
         .text = "",                                                                                                   \
         .help = "the file's name; $timestamp$ and $random$ are replaced (default: <index>.ndjson)"},                  \
        {.name = "split",                                                                                              \
         .type = SPL_OPTION_TEXT,                                                                                      \
         .offset = offsetof(mcollect_op, split_text),                                                                  \
         .text = "false",                                                                                              \
         .takes = splits,                                                                                              \
         .wrong = not_splits,                                                                                          \
         .help = "true: every field that is no dimension is a measure; allnums: every numeric field"},                 \
        SPL_IDLE("spool", BOOL, "files go to the state folder"),                                                       \
        {.name = "prefix_field",                                                                                       \
         .type = SPL_OPTION_FIELD,                                                                                     \
         .offset = offsetof(mcollect_op, prefix),                                                                      \
         .help = "its value and a dot come before the names of measures; results without it are left out"},            \
        {.name = "host",                                                                                               \
         .type = SPL_OPTION_TEXT,                                                                                      \
         .offset = offsetof(mcollect_op, host),                                                                        \
         .given = offsetof(mcollect_op, host_given),                                                                   \
         .text = "",                                                                                                   \
         .help = "host of the data points"},                                                                           \
        {.name = "source",                                                                                             \
         .type = SPL_OPTION_TEXT,                                                                                      \
         .offset = offsetof(mcollect_op, source),                                                                      \
         .given = offsetof(mcollect_op, source_given),                                                                 \
         .text = "",                                                                                                   \
         .help = "source of the data points"},                                                                         \
    {                                                                                                                  \
        .name = "sourcetype", .type = SPL_OPTION_TEXT, .offset = offsetof(mcollect_op, sourcetype),                    \
        .given = offsetof(mcollect_op, sourcetype_given), .text = "", .help = "sourcetype of the data points"          \
    }

static const spl_option options[] = {COMMON("true, false or allnums", "nonsense 2"),
                                     {.name = "marker",
                                      .type = SPL_OPTION_TEXT,
                                      .offset = offsetof(mcollect_op, marker),
                                      .text = "",
                                      .help = "name=value pairs, separated by commas, that are dimensions"},
                                     {0}};
static const spl_option event_options[] = {COMMON("true or false", "nonsense allnums"), {0}};

/* ALLNUMS: split=allnums is taken. */
static bool read_split(spl_binder *binder, mcollect_op *self, const spl_node *stage, bool allnums)
{
    bool truth;

    if (spl_option_bool(self->split_text, &truth)) {
        self->split = truth ? SPLIT_YES : SPLIT_NO;
    } else if (allnums && spl_str_iis(self->split_text, "allnums")) {
        self->split = SPLIT_NUMBERS;
    } else {
        return spl_option_refuse(binder, stage, self->base.command->options, "split");
    }
    if (self->split == SPLIT_YES && !self->dimensions.len)
        return spl_lacks(binder, NULL, "a list of dimensions with split=true", "index=metrics split=true host, region");
    return true;
}

static bool bind(spl_binder *binder, const spl_node *stage, spl_op *op, bool allnums)
{
    mcollect_op *self = (mcollect_op *)op;
    const char *wrong;

    spl_bind_reads_all(binder);
    if (!spl_args_fields(binder, (const spl_node *const *)stage->kids, stage->n_kids, &self->dimensions)) return false;
    for (size_t i = 0; i < self->dimensions.len; i++)
        SPL_PUSH(binder->arena, &self->dimension_fields, spl_bind_field(binder, self->dimensions.data[i]->text));
    wrong = spl_state_name(self->index);
    if (wrong) return spl_bad_argument(binder, stage->span, "the name of an index %s", wrong);
    self->name = spl_outputs_file(binder, self->file, self->index);
    wrong = spl_state_name(self->name);
    if (wrong) return spl_bad_argument(binder, stage->span, "the name of a file %s", wrong);
    if (!read_split(binder, self, stage, allnums)) return false;
    if (self->split == SPLIT_NO && self->prefix != SPL_NO_FIELD) {
        spl_warning(binder->diag, stage->name_span, "unused-option", "prefix_field does nothing without split=true");
        self->prefix = SPL_NO_FIELD;
    }
    self->together = !spl_limit_flag(binder->query, "mcollect", "always_use_single_value_output", true);
    return spl_outputs_markers(binder, stage, self->marker, &self->markers);
}

static bool mcollect_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return bind(binder, stage, op, true);
}

static bool meventcollect_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    return bind(binder, stage, op, false);
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

static void begin(spl_op *op)
{
    mcollect_op *self = (mcollect_op *)op;

    if (self->outputs.rows) self->out = spl_state_write(op->query->state, "index", self->name, true);
}

static bool is_metadata(spl_field field)
{
    return field == SPL_F_HOST || field == SPL_F_SOURCE || field == SPL_F_SOURCETYPE || field == SPL_F_INDEX;
}

static bool is_dimension(const mcollect_op *self, spl_field field)
{
    for (size_t i = 0; i < self->dimension_fields.len; i++)
        if (self->dimension_fields.data[i] == field) return true;
    return false;
}

/* metric_name:cpu.idle as a field holds a measure of that name. */
static bool named_measure(spl_str field, spl_str *metric)
{
    if (!spl_str_starts(field, SPL_S("metric_name:")) || field.len == 12) return false;
    *metric = spl_str_sub(field, 12, field.len);
    return true;
}

/* Whether the column is a measure of the row, of this name. */
static bool is_measure(const mcollect_op *self, const spl_batch *batch, const spl_column *column, uint32_t row,
                       spl_str *metric)
{
    spl_str name = spl_field_name(batch->fields, column->field);
    double number;

    if (spl_is_null(column->cells[row]) || spl_field_internal(batch->fields, column->field) ||
        is_metadata(column->field) || column->field == self->prefix || is_dimension(self, column->field))
        return false;
    if (named_measure(name, metric)) return true;
    *metric = name;
    return self->split != SPLIT_NO && (self->split == SPLIT_YES || spl_value_number(column->cells[row], &number));
}

static void add_metadata(const mcollect_op *self, spl_buf *line, const spl_batch *batch, uint32_t row)
{
    const struct {
        spl_field field;
        bool given;
        spl_str text;
    } metadata[] = {{SPL_F_HOST, self->host_given, self->host},
                    {SPL_F_SOURCE, self->source_given, self->source},
                    {SPL_F_SOURCETYPE, self->sourcetype_given, self->sourcetype}};

    for (size_t i = 0; i < 3; i++) {
        spl_value value = metadata[i].given ? spl_text(metadata[i].text) : spl_batch_get(batch, row, metadata[i].field);

        if (spl_is_null(value) && metadata[i].field == SPL_F_SOURCETYPE) value = spl_text(SPL_S("mcollect_stash"));
        spl_outputs_member(line, "", spl_field_name(batch->fields, metadata[i].field), value);
    }
}

typedef struct measure {
    spl_str name;
    double number;
} measure;
typedef SPL_VEC(measure) measures;

/* A measure needs a name and a number. */
static void add_measure(mcollect_op *self, const spl_batch *batch, uint32_t row, spl_str name, spl_value value,
                        measures *all)
{
    spl_value prefix = self->prefix == SPL_NO_FIELD ? SPL_NULL : spl_batch_get(batch, row, self->prefix);
    measure made = {name, 0};

    if (!spl_value_number(value, &made.number) || !isfinite(made.number) || !spl_str_trim(name).len) {
        self->lost++;
        return;
    }
    if (!spl_is_null(prefix)) {
        spl_str text = spl_value_text(batch->arena, prefix);
        made.name = spl_strf(batch->arena, "%.*s.%.*s", SPL_FMT(text), SPL_FMT(name));
    }
    SPL_PUSH(batch->arena, all, made);
}

/* A data point of the N measures of a row. */
static void write_point(mcollect_op *self, const spl_batch *batch, uint32_t row, const measure *all, size_t n)
{
    spl_op *op = &self->base;
    spl_field metric_name = spl_field_of(batch->fields, SPL_S("metric_name"));
    spl_buf line = spl_buf_in(batch->arena);
    double time;
    spl_str ignored;

    if (!spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &time)) time = floor(op->query->now);
    spl_buf_char(&line, '{');
    spl_outputs_member(&line, "", SPL_S("_time"), spl_number(time));
    add_metadata(self, &line, batch, row);
    spl_outputs_member(&line, "", SPL_S("index"), spl_text(self->index));
    for (size_t i = 0; i < n; i++) {
        if (self->together) {
            spl_outputs_member(&line, "metric_name:", all[i].name, spl_number(all[i].number));
        } else {
            spl_outputs_member(&line, "", SPL_S("metric_name"), spl_text(all[i].name));
            spl_outputs_member(&line, "", SPL_S("_value"), spl_number(all[i].number));
        }
    }
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];
        bool internal = spl_field_internal(batch->fields, column->field);

        if (internal || is_metadata(column->field) || column->field == metric_name || column->field == self->prefix ||
            is_measure(self, batch, column, row, &ignored) ||
            (self->dimension_fields.len && self->split != SPLIT_NUMBERS && !is_dimension(self, column->field)))
            continue;
        spl_outputs_member(&line, "", spl_field_name(batch->fields, column->field), column->cells[row]);
    }
    for (size_t i = 0; i < self->markers.len; i++)
        spl_outputs_member(&line, "", self->markers.data[i].name, spl_text(self->markers.data[i].value));
    spl_buf_puts(&line, "}\n");
    spl_state_put(self->out, spl_buf_str(&line));
}

static void write_row(mcollect_op *self, const spl_batch *batch, uint32_t row)
{
    uint64_t lost = self->lost;
    measures all = {0};
    spl_str name;

    if (self->prefix != SPL_NO_FIELD && spl_is_null(spl_batch_get(batch, row, self->prefix))) {
        self->lost++;
        return;
    }
    for (uint32_t c = 0; c < batch->n_columns; c++)
        if (is_measure(self, batch, batch->columns[c], row, &name))
            add_measure(self, batch, row, name, batch->columns[c]->cells[row], &all);
    if (self->split == SPLIT_NO && !all.len && self->lost == lost) {
        spl_value metric = spl_batch_get(batch, row, spl_field_of(batch->fields, SPL_S("metric_name")));

        if (spl_is_null(metric))
            self->lost++;
        else
            add_measure(self, batch, row, spl_value_text(batch->arena, metric),
                        spl_batch_get(batch, row, spl_field_of(batch->fields, SPL_S("_value"))), &all);
    }
    if (self->together && all.len) write_point(self, batch, row, all.data, all.len);
    for (size_t i = 0; i < all.len && !self->together; i++) write_point(self, batch, row, &all.data[i], 1);
}

static void write_batch(spl_op *op, spl_batch *batch)
{
    mcollect_op *self = (mcollect_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) write_row(self, batch, spl_batch_row(batch, i));
}

static void end(spl_op *op)
{
    mcollect_op *self = (mcollect_op *)op;

    if (self->out) spl_state_done(self->out);
    if (self->lost)
        spl_op_warn(op, "no-measure",
                    "%llu results or fields are no data points: a measure needs a name (metric_name "
                    "and _value, or a field metric_name:<name>, or split) and a number",
                    (unsigned long long)self->lost);
}

static spl_status mcollect_next(spl_op *op, spl_batch **batch)
{
    static const spl_outputs_hooks hooks = {begin, write_batch, end};

    return spl_outputs_next(op, &((mcollect_op *)op)->outputs, &hooks, false, batch);
}

SPL_COMMAND(mcollect, .summary = "Adds the results to a metrics index as data points, and passes them on.",
            .syntax = "mcollect index=<name> [file=<name>] [split=true|false|allnums] [spool=<bool>] "
                      "[prefix_field=<field>] [host=<text>] [source=<text>] [sourcetype=<text>] "
                      "[marker=\"<name>=<value>,…\"] [<dimension> [,] …]",
            .example = "| makeresults | eval metric_name=\"cpu\", _value=1 | mcollect index=metrics",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(mcollect_op),
            .bind = mcollect_bind, .next = mcollect_next);

SPL_COMMAND(meventcollect, .summary = "Adds events to a metrics index as data points, and passes them on.",
            .syntax = "meventcollect index=<name> [file=<name>] [split=<bool>] [spool=<bool>] [prefix_field=<field>] "
                      "[host=<text>] [source=<text>] [sourcetype=<text>] [<dimension> [,] …]",
            .example = "| makeresults | eval cpu=1, host=\"a\" | meventcollect index=metrics split=true host",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = event_options, .op_size = sizeof(mcollect_op),
            .bind = meventcollect_bind, .next = mcollect_next);
