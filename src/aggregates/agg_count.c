/* agg_count.c -- count: events, or values of a field. Rules: docs/reference/aggregates/count.md */
#include "exec/spool.h"
#include "registry.h"

static void count_update(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    (void)env;
    (void)input;
    ++*(uint64_t *)state;
}

static void count_undo(void *state, const spl_agg_env *env, const spl_agg_input *input)
{
    (void)env;
    (void)input;
    --*(uint64_t *)state;
}

static void count_merge(void *into, const void *from, const spl_agg_env *env)
{
    (void)env;
    *(uint64_t *)into += *(const uint64_t *)from;
}

static spl_value count_finish(void *state, const spl_agg_env *env, spl_arena *out)
{
    (void)env;
    (void)out;
    return spl_number((double)*(uint64_t *)state);
}

static void count_save(const void *state, const spl_agg_env *env, spl_buf *out)
{
    (void)env;
    spl_save_bytes(out, state, sizeof(uint64_t));
}

static bool count_load(void *state, const spl_agg_env *env, spl_str *in)
{
    (void)env;
    return spl_load_bytes(in, state, sizeof(uint64_t));
}

static const char *const aliases[] = {"c", NULL};

SPL_AGGREGATE(count, .sparks = true, .aliases = aliases, .signature = "count | count(<field>) | c(<field>)",
              .summary = "How many events there are, or how many values the field has in them.",
              .example = "| makeresults count=3 | stats count as x", .result = "3", .bare = true,
              .state_size = sizeof(uint64_t), .update = count_update, .merge = count_merge, .finish = count_finish,
              .save = count_save, .load = count_load, .undo = count_undo);
