/* subsearch_args.c -- the bracketed search of append, appendcols and join, within its bounds. */
#include "exec/subsearch_args.h"

#include "base/clock.h"
#include "lang/text.h"

#include <time.h>

const spl_node *spl_args_dataset(spl_binder *binder, spl_args *args, const spl_node *node, bool *refused)
{
    static const char *const kinds[] = {"datamodel", "savedsearch", "lookup", "inputlookup"};
    const char *colon = node->kind == SPL_NODE_WORD ? memchr(node->text.data, ':', node->text.len) : NULL;
    const spl_node *next, *found;
    spl_str name;
    spl_buf text;

    *refused = false;
    if (!colon) return NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!spl_str_iis(spl_str_cut(node->text.data, (size_t)(colon - node->text.data)), kinds[i])) continue;
        name = spl_str_sub(node->text, strlen(kinds[i]) + 1, node->text.len);
        *refused = true;
        if (!name.len && ((next = spl_args_next(args)) == NULL || !spl_args_name(next, &name))) {
            spl_bad_argument(binder, node->span, "\"%s:\" needs the name of a dataset", kinds[i]);
            return NULL;
        }
        text = spl_buf_in(binder->arena);
        spl_buf_printf(&text, "| from %s:", kinds[i]);
        spl_text_quote(&text, name);
        found = spl_bind_text(binder, binder->stage, "dataset", name, spl_buf_str(&text));
        *refused = !found;
        return found;
    }
    return NULL;
}

bool spl_subsearch_args_bind(spl_binder *binder, const spl_node *stage, spl_subsearch_args *args, spl_node_vec *others)
{
    spl_args cursor = spl_args_of(stage);
    const spl_node *node, *pipeline = NULL;
    bool refused = false;

    while ((node = spl_args_next(&cursor))) {
        const spl_node *dataset = others ? spl_args_dataset(binder, &cursor, node, &refused) : NULL;
        if (refused) return false;
        if (dataset || node->kind == SPL_NODE_PIPELINE) {
            if (pipeline) return spl_bad_argument(binder, node->span, "%s takes one subsearch", stage->command->name);
            pipeline = dataset ? dataset : node;
        } else if (others) {
            SPL_PUSH(binder->arena, others, node);
        } else {
            if (node->text.len)
                spl_bad_argument(binder, node->span, "unexpected argument \"%.*s\"", SPL_FMT(node->text));
            else
                spl_bad_argument(binder, node->span, "unexpected argument");
            spl_hint(binder->diag, "A subsearch stands in square brackets: %s [ search … ]", stage->command->name);
            return false;
        }
    }
    if (!pipeline) return spl_lacks(binder, NULL, "a subsearch in square brackets", NULL);
    args->subsearch = spl_subsearch_bind(binder, pipeline, (uint64_t)args->maxout);
    return args->subsearch != NULL;
}

spl_subsearch_run *spl_subsearch_args_start(spl_op *op, spl_subsearch_args *args)
{
    int64_t bound = INT64_MAX;
    if (args->maxtime_given && args->maxtime) bound = args->maxtime;
    if (args->timeout_given && args->timeout && args->timeout < bound) bound = args->timeout;
    args->deadline = bound == INT64_MAX ? HUGE_VAL : spl_clock_seconds() + (double)bound;
    return spl_subsearch_start(op, args->subsearch);
}

spl_status spl_subsearch_args_next(spl_op *op, spl_subsearch_args *args, spl_subsearch_run *run, spl_batch **batch)
{
    if (args->deadline < HUGE_VAL && spl_clock_seconds() > args->deadline) {
        spl_op_warn(op, "limit", "the subsearch was cut off when its time was up; its rows are not complete");
        return SPL_END;
    }
    return spl_subsearch_next(op, run, batch);
}
