/* lookup.c -- fields of a lookup table for events whose fields match. */
#include "knowledge/lookup.h"

#include <stddef.h>

typedef struct lookup_op {
    spl_op base;
    spl_lookup_use *use; /* NULL where only a check goes on */
    /* running */
    spl_matches *matches;
    bool told;
} lookup_op;

static const spl_option options[] = {
    SPL_IDLE("local", BOOL, "there are no other machines"),
    SPL_IDLE("update", BOOL, "tables are as they stood when the search began"),
    {0},
};

static const spl_segment segments[] = {
    {.keyword = "OUTPUT", .shape = SPL_ARGS_PLAIN}, {.keyword = "OUTPUTNEW", .shape = SPL_ARGS_PLAIN}, {0}};

typedef SPL_VEC(spl_lookup_pair) pairs;

/* <lookup-field> [AS <event-field>] … */
static bool read_pairs(spl_binder *binder, spl_args *args, pairs *out)
{
    const spl_node *node;

    while ((node = spl_args_next(args))) {
        spl_lookup_pair pair = {.span = node->span};
        spl_str event;

        if (!spl_args_name(node, &pair.column))
            return spl_bad_argument(binder, node->span, "the name of a field is expected here");
        event = pair.column;
        if (spl_args_take(args, "as")) {
            const spl_node *name = spl_args_next(args);
            if (!name || !spl_args_name(name, &event))
                return spl_lacks(binder, name ? name : node, "a field after AS",
                                 "hosts.csv ip AS src OUTPUT name AS src_name");
        }
        pair.field = spl_bind_field(binder, event);
        SPL_PUSH(binder->arena, out, pair);
    }
    return true;
}

static bool lookup_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    lookup_op *self = (lookup_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *name = binder->holes ? NULL : spl_args_next(&args), *clause, *other;
    const spl_lookup *lookup;
    spl_str text;
    pairs in = {0}, out = {0};

    op->unordered = true;
    if (binder->holes) return true;
    if (!name || !spl_args_name(name, &text)) return spl_lacks(binder, name, "the name of a lookup", NULL);
    if (!read_pairs(binder, &args, &in)) return false;
    if (!in.len) {
        spl_bad_argument(binder, stage->span, "lookup needs a field of \"%.*s\" to match", SPL_FMT(text));
        spl_hint(binder->diag, "For example: lookup %.*s ip AS src", SPL_FMT(text));
        return false;
    }
    clause = spl_args_clause(stage, "output");
    other = spl_args_clause(stage, "outputnew");
    if (clause && other) return spl_bad_argument(binder, other->span, "lookup takes OUTPUT or OUTPUTNEW, not both");
    if (clause || other) {
        spl_args outputs = spl_args_of(clause ? clause : other);
        if (!read_pairs(binder, &outputs, &out)) return false;
        for (size_t i = 0; i < out.len; i++)
            if (other) spl_bind_reads(binder, out.data[i].field);
    }
    if (!spl_lookup_named(binder, text, name->span, SPL_FILE_NEEDED, &lookup)) return false;
    for (size_t i = 0; i < in.len; i++) spl_bind_reads(binder, in.data[i].field);
    if (!lookup || binder->query->check_only) return true;
    self->use = spl_lookup_use_new(binder, lookup, in.data, in.len, out.data, out.len, other != NULL, name->span);
    return self->use != NULL;
}

static void lookup_open(spl_op *op)
{
    lookup_op *self = (lookup_op *)op;

    if (self->use) self->matches = spl_lookup_use_start(self->use, op->state);
}

static spl_status lookup_map(spl_op *op, spl_batch **batch)
{
    lookup_op *self = (lookup_op *)op;

    spl_lookup_use_apply(self->use, self->matches, *batch);
    if (!self->told && spl_matches_cut(self->matches)) {
        const spl_lookup *lookup = spl_lookup_use_lookup(self->use);
        self->told = true;
        spl_op_warn(op, "limit", "a value has more than %u matches in the lookup \"%.*s\", of which the first are used",
                    lookup->max_matches, SPL_FMT(lookup->name));
    }
    return SPL_OK;
}

SPL_COMMAND(lookup, .summary = "Adds fields of a lookup table to events whose fields match.",
            .syntax = "lookup [local=<bool>] [update=<bool>] <lookup> <lookup-field> [AS <event-field>] … "
                      "[OUTPUT | OUTPUTNEW <lookup-field> [AS <event-field>] …]",
            .example = "| makeresults | eval uid=1 | lookup people.csv uid OUTPUT name", .args = SPL_ARGS_PLAIN,
            .segments = segments, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(lookup_op),
            .bind = lookup_bind, .open = lookup_open, .map = lookup_map);
