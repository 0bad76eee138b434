/* outlier.c -- removes rows with outlying numbers, or cuts the numbers. Rules: docs/reference/commands/outlier.md */
#include "exec/iqr.h"
#include "exec/twopass.h"

#include <stddef.h>

typedef struct outlier_op {
    spl_op base;
    int action, type;
    spl_fieldlist list;
    spl_iqr iqr;
    spl_twopass pass;
} outlier_op;

static const char *const actions[] = {"transform", "tf", "remove", "rm", NULL};
static const char *const types[] = {"iqr", NULL};

static const spl_option options[] = {
    {.name = "action",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(outlier_op, action),
     .names = actions,
     .help = "transform (tf) cuts values to the bound, remove (rm) drops their results"},
    {.name = "mark",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outlier_op, iqr.mark),
     .help = "000 stands before values that were cut"},
    {.name = "param",
     .type = SPL_OPTION_NUMBER,
     .offset = offsetof(outlier_op, iqr.param),
     .dflt = 2.5,
     .min = 0,
     .max = 1e15,
     .help = "how many interquartile ranges beyond a quartile the bound is"},
    {.name = "type",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(outlier_op, type),
     .names = types,
     .help = "by quartiles, the only one there is"},
    {.name = "uselower",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(outlier_op, iqr.uselower),
     .help = "look for low values too"},
    {0},
};

static bool outlier_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    outlier_op *self = (outlier_op *)op;

    self->iqr.remove = self->action >= 2;
    return spl_fieldlist_bind(binder, stage, &self->list);
}

static void see(spl_op *op, spl_batch *batch)
{
    spl_iqr_see(&((outlier_op *)op)->iqr, batch);
}

static void finish(spl_op *op)
{
    spl_iqr_finish(&((outlier_op *)op)->iqr);
}

static void edit(spl_op *op, spl_batch *batch)
{
    spl_iqr_edit(&((outlier_op *)op)->iqr, batch);
}

static void outlier_open(spl_op *op)
{
    outlier_op *self = (outlier_op *)op;

    self->iqr.list = &self->list;
    self->iqr.table = spl_fieldtable_in(op->state, 0);
    self->pass = (spl_twopass){.see = see, .finish = finish, .edit = edit};
}

static spl_status outlier_next(spl_op *op, spl_batch **out)
{
    return spl_twopass_next(op, &((outlier_op *)op)->pass, out);
}

static const char *const aliases[] = {"outlierfilter", NULL}; /* older names of it */

SPL_COMMAND(outlier, .aliases = aliases, .summary = "Removes results with outlying numbers, or cuts the numbers.",
            .syntax = "outlier [action=transform|remove] [mark=<bool>] [param=<number>] [uselower=<bool>] [<field> …]",
            .example = "| makeresults count=9 | streamstats count as n | eval n=if(n=9,500,n) | outlier n | table n",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(outlier_op),
            .bind = outlier_bind, .open = outlier_open, .next = outlier_next);
