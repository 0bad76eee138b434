/* search_range.c -- see search_range.h. */
#include "exec/search_range.h"

#include "expr/filter.h"

#include <math.h>

void spl_search_range(spl_binder *binder, double *earliest, double *latest)
{
    const spl_op *first = binder->op;
    spl_time_range range = {.earliest = -HUGE_VAL, .latest = HUGE_VAL};
    spl_fieldset reads = binder->op->reads;
    spl_diag *diag = binder->diag;

    while (first->input) first = first->input;
    spl_range_take(binder->query, first->stage, &range, earliest, latest);
    if (first == binder->op || !spl_is_search(first->stage) || !first->stage->n_kids) return;
    spl_fieldset_init(&binder->op->reads, binder->query->arena, binder->fields); /* they are the first stage's */
    binder->diag = spl_diag_new(binder->arena);                                  /* what is wrong has been told */
    if (spl_filter_bind(binder, first->stage->kids[0], &range)) {
        spl_range_take(binder->query, first->stage, &range, earliest, latest);
        if (*latest == nextafter(binder->query->now, HUGE_VAL)) *latest = binder->query->now; /* now, included */
    }
    binder->diag = diag;
    binder->op->reads = reads;
}
