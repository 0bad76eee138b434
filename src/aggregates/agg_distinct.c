/* agg_distinct.c -- dc, estdc, estdc_error, values and mode: what depends on the distinct values (bag.h).
 *
 * estdc counts exactly here, so its error is 0; Splunk estimates. */
#include "aggregates/bag.h"
#include "registry.h"

static void bag_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    spl_bag_add(state, env->arena, input->value, 1);
}

static void bag_undo(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    (void)env;
    spl_bag_take(state, input->value);
}

static void bag_merge(void *into, const void *from, const spl_agg_env *env)
{
    spl_bag_merge(into, env->arena, from);
}

static void bag_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    (void)env;
    spl_bag_save(state, out);
}

static bool bag_load(void *state, const spl_agg_env *env, spl_str *in)
{
    return spl_bag_load(state, env->arena, in);
}

static spl_value dc_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)env;
    (void)out;
    return spl_number((double)((spl_bag *)state)->present);
}

static spl_value error_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)state;
    (void)env;
    (void)out;
    return spl_number(0);
}

static spl_value values_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    size_t count, i;
    spl_bag_item *items = spl_bag_sorted(state, out, &count);
    spl_value *values = spl_alloc(out, count * sizeof *values);

    (void)env;
    for (i = 0; i < count; i++) values[i] = spl_bag_value(&items[i], out);
    return spl_multi_of(out, values, count);
}

/* Of values equally frequent the last in byte order, as top does. */
static spl_value mode_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    const spl_bag *bag = state;
    const spl_bag_item *best = NULL;
    uint32_t i;

    (void)env;
    for (i = 0; i < bag->len; i++) {
        const spl_bag_item *item = &bag->items[i];

        if (!item->count) continue;
        if (!best || item->count > best->count ||
            (item->count == best->count &&
             spl_str_cmp(spl_str_cut(item->text, item->len), spl_str_cut(best->text, best->len)) > 0))
            best = item;
    }
    return best ? spl_bag_value(best, out) : SPL_NULL;
}

#define BAG                                                                                                            \
    .state_size = sizeof(spl_bag), .update = bag_update, .merge = bag_merge, .save = bag_save, .load = bag_load,       \
    .undo = bag_undo

static const char *const dc_aliases[] = {"distinct_count", NULL};

SPL_AGGREGATE(dc, .sparks = true, .aliases = dc_aliases, .signature = "dc(<field>) | distinct_count(<field>)",
              .summary = "How many distinct values the field has, compared as text.",
              .example = "| makeresults count=10 | streamstats count as n | eval n=n%3 | stats dc(n) as x",
              .result = "3", BAG, .finish = dc_finish);
SPL_AGGREGATE(estdc, .sparks = true, .signature = "estdc(<field>)",
              .summary = "How many distinct values the field has; Splunk estimates, here it is exact.",
              .example = "| makeresults count=10 | streamstats count as n | eval n=n%3 | stats estdc(n) as x",
              .result = "3", BAG, .finish = dc_finish);
SPL_AGGREGATE(estdc_error, .signature = "estdc_error(<field>)",
              .summary = "The error of estdc: always 0, since estdc counts exactly here.",
              .example = "| makeresults count=10 | streamstats count as n | stats estdc_error(n) as x", .result = "0",
              BAG, .finish = error_finish);
SPL_AGGREGATE(values, .signature = "values(<field>)",
              .summary = "The distinct values of the field, a multivalue in the order of their bytes.",
              .example = "| makeresults count=11 | streamstats count as n | eval n=n%3 | stats values(n) as x",
              .result = "[0,1,2]", BAG, .finish = values_finish);
SPL_AGGREGATE(mode, .signature = "mode(<field>)",
              .summary = "The most frequent value; of several the last in byte order.",
              .example = "| makeresults count=4 | streamstats count as n | eval n=n%3 | stats mode(n) as x",
              .result = "1", BAG, .finish = mode_finish);
