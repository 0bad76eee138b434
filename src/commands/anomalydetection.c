/* anomalydetection.c -- improbable results: by the product of the frequencies of their values (histogram), or as
 * anomalousvalue (zscore) and outlier (iqr) find them. Rules: docs/reference/commands/anomalydetection.md */
#include "base/map.h"
#include "exec/iqr.h"
#include "exec/twopass.h"
#include "exec/zscore.h"

#include <math.h>
#include <stddef.h>

enum { HISTOGRAM, ZSCORE, IQR };
enum { FILTER, ANNOTATE, SUMMARY, TRANSFORM, TF, REMOVE, RM };
enum { BINS = 1000 }; /* at most so many */

typedef struct column {
    uint64_t count;
    spl_map *values;     /* how often each text */
    spl_doubles numbers; /* all of them, until one is none */
    bool texts;          /* some value is no number */
    double low, width;
    uint64_t *bins;
    size_t n_bins;
} column;

typedef struct anomalydetection_op {
    spl_op base;
    int method, action;
    bool action_given, pthresh_given, cutoff_given, cutoff;
    bool iqr_given[3], zscore_given[4];
    double pthresh;
    spl_fieldlist list;
    spl_zscore zscore;
    spl_iqr iqr;
    /* histogram */
    spl_fieldtable table;
    uint64_t rows;
    spl_rowstore *kept;
    spl_doubles logs; /* of the results, in their order */
    size_t at;
    double threshold, max, min, first, third;
    uint64_t anomalies;
    spl_field log_prob, cause, cause_freq, max_freq;
    spl_twopass pass;
    bool told;
} anomalydetection_op;

static const char *const methods[] = {"histogram", "zscore", "iqr", NULL};
static const char *const actions[] = {"filter", "annotate", "summary", "transform", "tf", "remove", "rm", NULL};

#define OF(member) offsetof(anomalydetection_op, member)
static const spl_option options[] = {
    {.name = "method",
     .type = SPL_OPTION_ENUM,
     .offset = OF(method),
     .names = methods,
     .help = "zscore does what anomalousvalue does, iqr what outlier does"},
    {.name = "action",
     .type = SPL_OPTION_ENUM,
     .offset = OF(action),
     .given = OF(action_given),
     .names = actions,
     .help = "filter, annotate or summary; of iqr transform (tf) or remove (rm)"},
    {.name = "pthresh",
     .type = SPL_OPTION_NUMBER,
     .offset = OF(pthresh),
     .given = OF(pthresh_given),
     .dflt = 0.01,
     .max = 1,
     .help = "less probable is anomalous; of histogram found from the data unless given"},
    {.name = "cutoff",
     .type = SPL_OPTION_BOOL,
     .offset = OF(cutoff),
     .given = OF(cutoff_given),
     .dflt = 1,
     .help = "histogram: at most a hundredth of the results is anomalous"},
    {.name = "param",
     .type = SPL_OPTION_NUMBER,
     .offset = OF(iqr.param),
     .given = OF(iqr_given[0]),
     .dflt = 2.5,
     .max = 1e15,
     .help = "iqr: see outlier"},
    {.name = "uselower",
     .type = SPL_OPTION_BOOL,
     .offset = OF(iqr.uselower),
     .given = OF(iqr_given[1]),
     .help = "iqr: see outlier"},
    {.name = "mark",
     .type = SPL_OPTION_BOOL,
     .offset = OF(iqr.mark),
     .given = OF(iqr_given[2]),
     .help = "iqr: see outlier"},
    {.name = "maxanofreq",
     .type = SPL_OPTION_NUMBER,
     .offset = OF(zscore.maxanofreq),
     .given = OF(zscore_given[0]),
     .dflt = 0.05,
     .max = 1,
     .help = "zscore: see anomalousvalue"},
    {.name = "minnormfreq",
     .type = SPL_OPTION_NUMBER,
     .offset = OF(zscore.minnormfreq),
     .given = OF(zscore_given[1]),
     .dflt = 0.01,
     .max = 1,
     .help = "zscore: see anomalousvalue"},
    {.name = "minsupcount",
     .type = SPL_OPTION_INT,
     .offset = OF(zscore.minsupcount),
     .given = OF(zscore_given[2]),
     .dflt = 100,
     .min = 1,
     .max = 9e15,
     .help = "zscore: see anomalousvalue"},
    {.name = "minsupfreq",
     .type = SPL_OPTION_NUMBER,
     .offset = OF(zscore.minsupfreq),
     .given = OF(zscore_given[3]),
     .dflt = 0.05,
     .max = 1,
     .help = "zscore: see anomalousvalue"},
    {0},
};

static const spl_node *option_node(const spl_node *stage, const char *name)
{
    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind == SPL_NODE_OPTION && spl_str_iis(stage->kids[i]->text, name)) return stage->kids[i];
    return stage;
}

/* Refuses option NAME where it was GIVEN to another method. */
static bool fits(spl_binder *binder, const spl_node *stage, bool given, const char *name, const char *method)
{
    if (!given) return true;
    spl_bad_argument(binder, option_node(stage, name)->span, "option \"%s\" belongs to method=%s", name, method);
    return false;
}

static bool anomalydetection_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    static const char *const of_iqr[] = {"param", "uselower", "mark"};
    static const char *const of_zscore[] = {"maxanofreq", "minnormfreq", "minsupcount", "minsupfreq"};
    anomalydetection_op *self = (anomalydetection_op *)op;

    if (!self->action_given) self->action = self->method == IQR ? TRANSFORM : FILTER;
    if ((self->method == IQR) != (self->action >= TRANSFORM)) {
        spl_bad_argument(binder, option_node(stage, "action")->span, "method=%s has no action \"%s\"",
                         methods[self->method], actions[self->action]);
        spl_hint(binder->diag, self->method == IQR ? "The actions are transform (tf) and remove (rm)."
                                                   : "The actions are filter, annotate and summary.");
        return false;
    }
    for (int i = 0; i < 3; i++)
        if (!fits(binder, stage, self->method != IQR && self->iqr_given[i], of_iqr[i], "iqr")) return false;
    for (int i = 0; i < 4; i++)
        if (!fits(binder, stage, self->method != ZSCORE && self->zscore_given[i], of_zscore[i], "zscore")) return false;
    if (!fits(binder, stage, self->method != HISTOGRAM && self->cutoff_given, "cutoff", "histogram")) return false;
    if (!fits(binder, stage, self->method == IQR && self->pthresh_given, "pthresh", "histogram or method=zscore"))
        return false;
    self->iqr.remove = self->action >= REMOVE;
    self->zscore.pthresh = self->pthresh;
    self->log_prob = spl_bind_field(binder, SPL_S("log_event_prob"));
    self->cause = spl_bind_field(binder, SPL_S("probable_cause"));
    self->cause_freq = spl_bind_field(binder, SPL_S("probable_cause_freq"));
    self->max_freq = spl_bind_field(binder, SPL_S("max_freq"));
    return spl_fieldlist_bind(binder, stage, &self->list);
}

/* ---- histogram ---- */

static void histogram_see(anomalydetection_op *self, spl_batch *batch)
{
    spl_arena *arena = self->base.state;

    self->rows += spl_batch_rows(batch);
    for (uint32_t f = 0; f < batch->n_columns; f++) {
        spl_column *from = batch->columns[f];
        column *c = NULL;

        if (!spl_fieldlist_has(&self->list, batch->fields, from->field)) continue;
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t row = spl_batch_row(batch, i);
            spl_map_entry *entry;
            double number;

            if (spl_is_null(from->cells[row])) continue;
            if (!c) c = spl_fieldtable_put(&self->table, from->field);
            if (!c->values) {
                c->values = SPL_NEW(arena, spl_map);
                *c->values = spl_map_in(arena);
            }
            c->count++;
            entry = spl_map_put(c->values, spl_value_text(batch->arena, from->cells[row]), NULL);
            if (!entry->value) entry->value = SPL_NEW(arena, uint64_t);
            ++*(uint64_t *)entry->value;
            if (c->texts) continue;
            if (spl_column_number(batch, from, row, &number) && isfinite(number))
                SPL_PUSH(arena, &c->numbers, number);
            else
                c->texts = true;
        }
    }
}

static size_t bin_of(const column *c, double number)
{
    double at = c->width > 0 ? floor((number - c->low) / c->width) : 0;
    if (!(at > 0)) return 0;
    return at >= (double)c->n_bins ? c->n_bins - 1 : (size_t)at;
}

/* Bins of equal width by Scott's rule (searchbnf.conf, anomalydetection). */
static void make_bins(anomalydetection_op *self, column *c)
{
    double n = (double)c->numbers.len, mean = 0, squares = 0, high, wanted;

    spl_doubles_sort(&c->numbers);
    c->low = c->numbers.data[0];
    high = c->numbers.data[c->numbers.len - 1];
    for (size_t i = 0; i < c->numbers.len; i++) mean += c->numbers.data[i] / n;
    for (size_t i = 0; i < c->numbers.len; i++) squares += (c->numbers.data[i] - mean) * (c->numbers.data[i] - mean);
    wanted = squares > 0 ? ceil((high - c->low) / (3.49 * sqrt(squares / (n - 1)) / cbrt(n))) : 1;
    c->n_bins = !(wanted > 1) ? 1 : wanted > BINS ? BINS : (size_t)wanted;
    c->width = (high - c->low) / (double)c->n_bins;
    if (!isfinite(c->width)) c->n_bins = 1, c->width = 0;
    c->bins = SPL_NEW_ARRAY(self->base.state, c->n_bins, uint64_t);
    for (size_t i = 0; i < c->numbers.len; i++) c->bins[bin_of(c, c->numbers.data[i])]++;
}

/* The frequency of one value, and with it the log of its result's probability. */
static double judge(anomalydetection_op *self, spl_batch *batch, uint32_t row, spl_field *cause, double *least,
                    double *most)
{
    double log_prob = 0;

    *least = 2, *most = 0, *cause = SPL_NO_FIELD;
    for (size_t f = 0; f < self->table.items.len; f++) {
        const column *c = self->table.items.data[f];
        spl_field field = self->table.fields.data[f];
        spl_value value = spl_batch_get(batch, row, field);
        uint64_t times = 1;
        double number, freq;

        if (spl_is_null(value)) { /* a value like others */
            times = self->rows - c->count;
        } else if (c->texts) {
            const spl_map_entry *entry = spl_map_find(c->values, spl_value_text(batch->arena, value));
            if (entry) times = *(const uint64_t *)entry->value;
        } else if (spl_value_number(value, &number)) {
            times = c->bins[bin_of(c, number)];
        }
        freq = (double)times / (double)self->rows;
        log_prob += log(freq);
        if (freq > *most) *most = freq;
        if (freq < *least || (freq == *least && spl_str_cmp(spl_field_name(batch->fields, field),
                                                            spl_field_name(batch->fields, *cause)) < 0))
            *least = freq, *cause = field;
    }
    return log_prob;
}

static void histogram_finish(anomalydetection_op *self, const spl_doubles *logs)
{
    spl_doubles sorted = {0};

    for (size_t i = 0; i < logs->len; i++) SPL_PUSH(self->base.state, &sorted, logs->data[i]);
    spl_doubles_sort(&sorted);
    self->min = sorted.data[0];
    self->max = sorted.data[sorted.len - 1];
    self->first = spl_doubles_quantile(&sorted, 0.25);
    self->third = spl_doubles_quantile(&sorted, 0.75);
    self->threshold = self->first - 1.5 * (self->third - self->first);
    if (self->cutoff && !self->pthresh_given) {
        /* results are anomalous below the threshold: as many as lie below this one, a hundredth or less */
        double bound = sorted.data[sorted.len / 100];
        if (bound < self->threshold && sorted.len >= 100) self->threshold = bound;
    }
    if (self->pthresh_given) self->threshold = log(self->pthresh);
    while (self->anomalies < sorted.len && sorted.data[self->anomalies] < self->threshold) self->anomalies++;
}

/* Three passes: the values, the probabilities, the rows. */
static void histogram_gather(anomalydetection_op *self)
{
    spl_op *op = &self->base;
    spl_rowstore *rows = spl_rowstore_new(op);
    spl_batch *batch;

    self->kept = spl_rowstore_new(op);
    while (spl_op_pull(op, &batch) == SPL_OK) {
        histogram_see(self, batch);
        op->row_count += spl_batch_rows(batch);
        spl_rowstore_add(rows, batch);
    }
    for (size_t f = 0; f < self->table.items.len; f++) {
        column *c = self->table.items.data[f];
        if (!c->texts) make_bins(self, c);
    }
    while ((batch = spl_rowstore_take(rows))) {
        spl_query_poll(op->query);
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            spl_field cause;
            double least, most;
            SPL_PUSH(op->state, &self->logs, judge(self, batch, spl_batch_row(batch, i), &cause, &least, &most));
        }
        spl_rowstore_add(self->kept, batch);
    }
    if (self->logs.len) histogram_finish(self, &self->logs);
}

static spl_status histogram_next(anomalydetection_op *self, spl_batch **out)
{
    spl_batch *batch;

    while ((batch = spl_rowstore_take(self->kept))) {
        uint32_t rows = spl_batch_rows(batch);
        bool *keep = SPL_NEW_ARRAY(batch->arena, rows + 1, bool);

        spl_query_poll(self->base.query);
        for (uint32_t i = 0; i < rows; i++) {
            uint32_t row = spl_batch_row(batch, i);
            spl_field cause;
            double least, most, log_prob;

            keep[i] = self->logs.data[self->at++] < self->threshold;
            if (self->action == FILTER && !keep[i]) continue;
            log_prob = judge(self, batch, row, &cause, &least, &most);
            if (cause == SPL_NO_FIELD) continue;
            spl_batch_set(batch, row, self->log_prob, spl_number(log_prob));
            spl_batch_set(batch, row, self->cause, spl_text(spl_field_name(batch->fields, cause)));
            spl_batch_set(batch, row, self->cause_freq, spl_number(least));
            spl_batch_set(batch, row, self->max_freq, spl_number(most));
        }
        if (self->action == FILTER) spl_batch_filter(batch, keep);
        if (spl_batch_rows(batch)) {
            *out = batch;
            return SPL_OK;
        }
        spl_batch_free(batch);
    }
    return SPL_END;
}

static spl_batch *histogram_summary(anomalydetection_op *self)
{
    const double values[] = {(double)self->anomalies, self->threshold, self->max, self->min, self->first, self->third};
    static const char *const names[] = {"num_anomalies", "thresh",       "max_logprob",
                                        "min_logprob",   "1st_quartile", "3rd_quartile"};
    spl_batch *batch = spl_op_batch(&self->base, 1);

    batch->fixed = true;
    for (int i = 0; i < 6; i++)
        spl_batch_set(batch, 0, spl_field_of(batch->fields, spl_str_of(names[i])),
                      isfinite(values[i]) ? spl_number(values[i]) : SPL_NULL);
    return batch;
}

/* ---- the other methods ---- */

static void see(spl_op *op, spl_batch *batch)
{
    anomalydetection_op *self = (anomalydetection_op *)op;

    if (self->method == IQR)
        spl_iqr_see(&self->iqr, batch);
    else
        spl_zscore_see(&self->zscore, batch);
}

static void finish(spl_op *op)
{
    anomalydetection_op *self = (anomalydetection_op *)op;

    if (self->method == IQR)
        spl_iqr_finish(&self->iqr);
    else
        spl_zscore_finish(&self->zscore);
}

static void edit(spl_op *op, spl_batch *batch)
{
    anomalydetection_op *self = (anomalydetection_op *)op;

    if (self->method == IQR)
        spl_iqr_edit(&self->iqr, batch);
    else
        spl_zscore_edit(&self->zscore, batch, self->action == FILTER);
}

static void anomalydetection_open(spl_op *op)
{
    anomalydetection_op *self = (anomalydetection_op *)op;

    self->iqr.list = self->zscore.list = &self->list;
    self->iqr.table = self->zscore.table = spl_fieldtable_in(op->state, 0);
    self->table = spl_fieldtable_in(op->state, sizeof(column));
    self->pass = (spl_twopass){.see = see, .finish = finish, .edit = edit};
}

static spl_status anomalydetection_next(spl_op *op, spl_batch **out)
{
    anomalydetection_op *self = (anomalydetection_op *)op;
    spl_batch *batch;

    if (self->method == HISTOGRAM) {
        if (!self->kept) histogram_gather(self);
        if (self->action != SUMMARY) return histogram_next(self, out);
        if (self->told || !self->logs.len) return SPL_END;
        self->told = true;
        *out = histogram_summary(self);
        return SPL_OK;
    }
    if (self->action != SUMMARY) return spl_twopass_next(op, &self->pass, out);
    if (self->told) return SPL_END;
    self->told = true;
    while (spl_op_pull(op, &batch) == SPL_OK) {
        see(op, batch);
        spl_batch_free(batch);
    }
    finish(op);
    if (!self->zscore.table.items.len) return SPL_END;
    *out = spl_zscore_summary(&self->zscore, op);
    return SPL_OK;
}

SPL_COMMAND(anomalydetection, .summary = "Finds improbable results.",
            .syntax = "anomalydetection [method=histogram|zscore|iqr] [action=<action>] [pthresh=<number>] "
                      "[cutoff=<bool>] [<options of anomalousvalue or outlier>] [<field> …]",
            .example = "| makeresults count=50 | streamstats count as n | eval user=if(n=9,\"eve\",\"bob\") "
                       "| anomalydetection user | table n user probable_cause",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(anomalydetection_op),
            .bind = anomalydetection_bind, .open = anomalydetection_open, .next = anomalydetection_next);
