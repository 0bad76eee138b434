/* rangemap.c -- writes the names of the ranges that a number falls into to the field range. */
#include "exec/bind.h"

#include "base/num.h"

#include <stddef.h>

struct span {
    spl_str name;
    double low, high;
};

typedef struct rangemap_op {
    spl_op base;
    spl_field field, range;
    spl_str dflt;
    SPL_VEC(struct span) spans;
} rangemap_op;

static const spl_option options[] = {
    {.name = "field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(rangemap_op, field),
     .required = "field=count low=0-30 high=31-100 default=huge",
     .help = "the number's field"},
    {.name = "default",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(rangemap_op, dflt),
     .text = "None",
     .help = "what a result in no range gets"},
    {.name = "*", .takes = "name=range"},
    {0},
};

/* low-high, both numbers with or without a sign. */
static bool parse_range(spl_str text, double *low, double *high)
{
    for (size_t i = 1; i + 1 < text.len; i++)
        if (text.data[i] == '-' && spl_num_parse(spl_str_sub(text, 0, i), low) &&
            spl_num_parse(spl_str_sub(text, i + 1, text.len), high))
            return *low <= *high;
    return false;
}

static bool rangemap_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    rangemap_op *map = (rangemap_op *)op;

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *kid = stage->kids[i];
        struct span s = {.name = kid->text};
        if (kid->kind != SPL_NODE_OPTION || spl_str_iis(kid->text, "field") || spl_str_iis(kid->text, "default"))
            continue;
        if (kid->n_kids && kid->kids[0]->kind == SPL_NODE_HOLE) continue;
        if (!kid->n_kids || !parse_range(kid->kids[0]->text, &s.low, &s.high)) {
            spl_bad_argument(binder, kid->n_kids ? kid->kids[0]->span : kid->span,
                             "the range of \"%.*s\" must be two numbers, the lower one first", SPL_FMT(kid->text));
            spl_hint(binder->diag, "For example: green=0-10 or cold=-40--1");
            return false;
        }
        SPL_PUSH(binder->arena, &map->spans, s);
    }
    map->range = spl_bind_field(binder, SPL_S("range"));
    spl_bind_reads(binder, map->field);
    spl_bind_makes(binder, map->range);
    return spl_bind_plain(binder, stage, op);
}

static spl_status rangemap_map(spl_op *op, spl_batch **batch)
{
    rangemap_op *map = (rangemap_op *)op;
    spl_value *names = spl_alloc((*batch)->arena, (map->spans.len + 1) * sizeof *names);
    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        spl_value value = spl_batch_get(*batch, row, map->field);
        size_t n = 0;
        for (size_t s = 0; s < map->spans.len; s++) {
            bool in = false;
            for (uint32_t v = 0; v < spl_value_count(value) && !in; v++) {
                double number;
                in = spl_value_number(spl_value_at(value, v), &number) && number >= map->spans.data[s].low &&
                     number <= map->spans.data[s].high;
            }
            if (in) names[n++] = spl_text(map->spans.data[s].name);
        }
        if (!n) names[n++] = spl_text(map->dflt);
        spl_batch_set(*batch, row, map->range, spl_multi_of((*batch)->arena, names, n));
    }
    return SPL_OK;
}

SPL_COMMAND(rangemap, .summary = "Names the ranges that a number falls into.",
            .syntax = "rangemap field=<field> [<name>=<low>-<high>] … [default=<text>]",
            .example = "| makeresults | eval n=7 | rangemap field=n low=0-5 high=6-10 | table n range",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(rangemap_op),
            .bind = rangemap_bind, .map = rangemap_map);
