/* delta.c -- the difference between a field's value and that of an earlier result. */
#include "exec/bind.h"

#include <stddef.h>

typedef struct delta_op {
    spl_op base;
    spl_field from, to;
    int64_t p;
    struct earlier {
        double number;
        bool known;
    } * ring; /* of the last p results */
    int64_t at;
} delta_op;

static const spl_option options[] = {
    {.name = "p",
     .type = SPL_OPTION_INT,
     .offset = offsetof(delta_op, p),
     .dflt = 1,
     .min = 1,
     .max = 1e8,
     .help = "how many results before"},
    {0},
};

static bool delta_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    delta_op *delta = (delta_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name;

    if (!node || !spl_args_name(node, &name))
        return spl_lacks(binder, node, "the name of a field", "count AS change p=1");
    delta->from = spl_bind_field(binder, name);
    spl_bind_reads(binder, delta->from);
    name = spl_strf(binder->arena, "delta(%.*s)", SPL_FMT(name));
    if (!spl_args_as(binder, &args, &name)) return false;
    delta->to = spl_bind_field(binder, name);
    return spl_args_done(binder, &args);
}

static void delta_open(spl_op *op)
{
    delta_op *delta = (delta_op *)op;
    delta->ring = SPL_NEW_ARRAY(op->state, (size_t)delta->p, struct earlier);
}

static spl_status delta_map(spl_op *op, spl_batch **batch)
{
    delta_op *delta = (delta_op *)op;
    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        struct earlier *old = &delta->ring[delta->at], now = {0};
        now.known = spl_value_number(spl_batch_get(*batch, row, delta->from), &now.number);
        if (now.known && old->known) spl_batch_set(*batch, row, delta->to, spl_number(now.number - old->number));
        *old = now;
        delta->at = (delta->at + 1) % delta->p;
    }
    return SPL_OK;
}

SPL_COMMAND(delta, .summary = "Writes the difference between a field's value and that of an earlier result.",
            .syntax = "delta <field> [AS <new-field>] [p=<n>]",
            .example = "| makeresults count=3 | streamstats count AS n | delta n | table n delta(n)",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(delta_op),
            .bind = delta_bind, .open = delta_open, .map = delta_map);
