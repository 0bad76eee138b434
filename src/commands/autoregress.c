/* autoregress.c -- copies a field's values of earlier results into each result. */
#include "exec/bind.h"

#include "base/num.h"
#include "knowledge/limits.h"

#include <inttypes.h>
#include <stddef.h>

typedef struct autoregress_op {
    spl_op base;
    spl_str p;
    int64_t first, last; /* how many results before */
    spl_field from;
    SPL_VEC(spl_field) to; /* one for each of first … last */
    spl_value *ring;       /* of the last results: their values, in op memory */
    int64_t at;
    spl_buf *texts;
} autoregress_op;

static const spl_option options[] = {
    {.name = "p",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(autoregress_op, p),
     .text = "1",
     .takes = "a whole number from 1 on, or a range such as 1-3",
     .wrong = "nonsense 0 10001 3-1 1- 1-1002",
     .help = "how many results before, or a range 1-3"},
    {0},
};

static bool autoregress_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    autoregress_op *regress = (autoregress_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name, fresh = SPL_S("");
    ptrdiff_t dash = spl_str_find(regress->p, SPL_S("-"), 0);

    if (!node || !spl_args_name(node, &name)) return spl_lacks(binder, node, "the name of a field", "count p=1-3");
    if (!spl_args_as(binder, &args, &fresh)) return false;
    bool sound = dash < 0 ? spl_num_int(regress->p, &regress->first)
                          : spl_num_int(spl_str_sub(regress->p, 0, (size_t)dash), &regress->first) &&
                                spl_num_int(spl_str_sub(regress->p, (size_t)dash + 1, regress->p.len), &regress->last);
    if (dash < 0) regress->last = regress->first;
    uint64_t most = spl_limit(binder->query, "autoregress", "maxp", 10000),
             widest = spl_limit(binder->query, "autoregress", "maxrange", 1000);
    if (!sound || regress->first < 1 || regress->last < regress->first || (uint64_t)regress->last > most ||
        (uint64_t)(regress->last - regress->first) > widest) {
        spl_option_refuse(binder, stage, options, "p");
        spl_hint(binder->diag,
                 "At most it is %" PRIu64 " (maxp in limits.conf), and a range reaches %" PRIu64 " further (maxrange).",
                 most, widest);
        return false;
    }
    if (fresh.len && dash >= 0)
        return spl_bad_argument(binder, node->span, "autoregress takes no AS with a range of p");
    regress->from = spl_bind_field(binder, name);
    spl_bind_reads(binder, regress->from);
    for (int64_t p = regress->first; p <= regress->last; p++) {
        spl_str to = fresh.len ? fresh : spl_strf(binder->arena, "%.*s_p%d", SPL_FMT(name), (int)p);
        SPL_PUSH(binder->arena, &regress->to, spl_bind_field(binder, to));
    }
    return spl_args_done(binder, &args);
}

static void autoregress_open(spl_op *op)
{
    autoregress_op *regress = (autoregress_op *)op;
    regress->ring = SPL_NEW_ARRAY(op->state, (size_t)regress->last, spl_value);
    regress->texts = SPL_NEW_ARRAY(op->state, (size_t)regress->last, spl_buf);
    for (int64_t i = 0; i < regress->last; i++) regress->texts[i] = spl_buf_in(op->state);
}

/* VALUE into slot AT of the ring. Text goes into the slot's own buffer, which is used again. */
static void remember(autoregress_op *regress, int64_t at, spl_value value)
{
    spl_buf *text = &regress->texts[at];
    if (value.kind == SPL_KIND_MULTI) value = spl_text(spl_value_text(regress->base.ev->arena, value));
    if (value.kind == SPL_KIND_TEXT) {
        spl_buf_clear(text);
        spl_buf_add(text, spl_value_str(value));
        value = spl_text(spl_buf_str(text));
    }
    regress->ring[at] = value;
}

static spl_status autoregress_map(spl_op *op, spl_batch **batch)
{
    autoregress_op *regress = (autoregress_op *)op;
    int64_t size = regress->last;
    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        for (int64_t p = regress->first; p <= regress->last; p++) {
            spl_value old = regress->ring[(regress->at + size - p) % size];
            if (spl_is_null(old)) continue;
            spl_batch_set(*batch, row, regress->to.data[p - regress->first], spl_value_keep((*batch)->arena, old));
        }
        remember(regress, regress->at, spl_batch_get(*batch, row, regress->from));
        regress->at = (regress->at + 1) % size;
    }
    return SPL_OK;
}

static const char *const aliases[] = {"ar", NULL}; /* older names of it */

SPL_COMMAND(autoregress, .aliases = aliases, .summary = "Copies a field's values of earlier results into each result.",
            .syntax = "autoregress <field> [AS <new-field>] [p=<n> | p=<first>-<last>]",
            .example = "| makeresults count=3 | streamstats count AS n | autoregress n p=1-2 | table n n_p1 n_p2",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(autoregress_op),
            .bind = autoregress_bind, .open = autoregress_open, .map = autoregress_map);
