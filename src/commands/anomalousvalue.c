/* anomalousvalue.c -- values that are rare or far from the mean. Rules: docs/reference/commands/anomalousvalue.md */
#include "exec/twopass.h"
#include "exec/zscore.h"
#include "knowledge/limits.h"

#include <stddef.h>

typedef struct anomalousvalue_op {
    spl_op base;
    int action;
    spl_fieldlist list;
    spl_zscore zscore;
    spl_twopass pass;
    bool told;
} anomalousvalue_op;

enum { FILTER, ANNOTATE, SUMMARY };
static const char *const actions[] = {"filter", "annotate", "summary", NULL};

static const spl_option options[] = {
    {.name = "action",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(anomalousvalue_op, action),
     .names = actions,
     .help = "keep results with anomalous values, only add the scores, or tell of each field"},
    {.name = "maxanofreq",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(anomalousvalue_op, zscore.maxanofreq),
     .dflt = 0.05,
     .max = 1,
     .help = "a field with a greater share of anomalous values is passed over"},
    {.name = "minnormfreq",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(anomalousvalue_op, zscore.minnormfreq),
     .dflt = 0.01,
     .max = 1,
     .help = "a field with a smaller share of anomalous values is passed over"},
    {.name = "minsupcount",
     .type = SPL_OPTION_INT,
     .offset = offsetof(anomalousvalue_op, zscore.minsupcount),
     .dflt = 100,
     .min = 1,
     .max = 9e15,
     .help = "a field with fewer values is passed over"},
    {.name = "minsupfreq",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(anomalousvalue_op, zscore.minsupfreq),
     .dflt = 0.05,
     .max = 1,
     .help = "a field in a smaller share of the results is passed over"},
    {.name = "pthresh",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(anomalousvalue_op, zscore.pthresh),
     .dflt = 0.01,
     .max = 1,
     .help = "values with a smaller probability are anomalous"},
    {0},
};

static bool anomalousvalue_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    anomalousvalue_op *self = (anomalousvalue_op *)op;

    self->zscore.maxvalues = spl_server_limit(binder->query, "anomalousvalue", "maxvalues", 100000);
    self->zscore.maxvaluesize = spl_server_limit(binder->query, "anomalousvalue", "maxvaluesize", 1000);
    return spl_fieldlist_bind(binder, stage, &self->list);
}

static void see(spl_op *op, spl_batch *batch)
{
    spl_zscore_see(&((anomalousvalue_op *)op)->zscore, batch);
}

static void finish(spl_op *op)
{
    spl_zscore_finish(&((anomalousvalue_op *)op)->zscore);
}

static void edit(spl_op *op, spl_batch *batch)
{
    anomalousvalue_op *self = (anomalousvalue_op *)op;
    spl_zscore_edit(&self->zscore, batch, self->action == FILTER);
}

static void anomalousvalue_open(spl_op *op)
{
    anomalousvalue_op *self = (anomalousvalue_op *)op;

    self->zscore.list = &self->list;
    self->zscore.op = op;
    self->zscore.table = spl_fieldtable_in(op->state, 0);
    self->pass = (spl_twopass){.see = see, .finish = finish, .edit = edit};
}

static spl_status anomalousvalue_next(spl_op *op, spl_batch **out)
{
    anomalousvalue_op *self = (anomalousvalue_op *)op;
    spl_batch *batch;

    if (self->action != SUMMARY) return spl_twopass_next(op, &self->pass, out);
    if (self->told) return SPL_END;
    self->told = true;
    while (spl_op_pull(op, &batch) == SPL_OK) {
        spl_zscore_see(&self->zscore, batch);
        spl_batch_free(batch);
    }
    spl_zscore_finish(&self->zscore);
    if (!self->zscore.table.items.len) return SPL_END;
    *out = spl_zscore_summary(&self->zscore, op);
    return SPL_OK;
}

SPL_COMMAND(anomalousvalue, .summary = "Finds values that are rare or far from the mean of their field.",
            .syntax = "anomalousvalue [action=filter|annotate|summary] [pthresh=<number>] [maxanofreq=<number>] "
                      "[minnormfreq=<number>] [minsupcount=<n>] [minsupfreq=<number>] [<field> …]",
            .example = "| makeresults count=200 | streamstats count as n | eval size=if(n=7,900,n%5) "
                       "| anomalousvalue minnormfreq=0 size | table n size",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(anomalousvalue_op),
            .bind = anomalousvalue_bind, .open = anomalousvalue_open, .next = anomalousvalue_next);
