/* subsearch.c -- bracketed searches: those whose rows become text, run before the rest is planned, and those that are
 * pipelines of their own, read by append, join and the like. */
#include "exec/terms.h"
#include "run/explain.h"
#include "run/plan.h"
#include "lang/parse.h"

/* ---- pipelines ---- */

enum { MADE_DEPTH = 16 };

struct spl_subsearch {
    spl_plan *plan;
    uint64_t max_rows;
    bool fed;
    bool made;        /* while running: there may be thousands of them */
    atomic_flag told; /* why it gives nothing */
};

struct spl_subsearch_run { /* of one op copy */
    const spl_subsearch *of;
    spl_op *run;
    struct feed_op *feed;
    uint64_t rows;
    bool warned;
};

/* The first op of a pipeline that another command feeds. */
typedef struct feed_op {
    spl_op base;
    spl_status (*next)(void *from, spl_batch **batch);
    void *from;
} feed_op;

static spl_status feed_next(spl_op *op, spl_batch **batch)
{
    feed_op *feed = (feed_op *)op;
    spl_status status = feed->next ? feed->next(feed->from, batch) : SPL_END;

    feed->base.ended = false; /* there may be more at the next turn (foreach) */
    return status;
}

static const spl_command feed_command = {
    .name = "feed", .summary = "", .traits = SPL_GENERATES, .op_size = sizeof(feed_op), .next = feed_next};

static spl_subsearch *subsearch_bind(spl_query *query, const spl_node *pipeline, uint64_t max_rows, bool fed)
{
    spl_subsearch *sub = SPL_NEW(query->arena, spl_subsearch);
    spl_op *feed = NULL;

    if (fed) {
        feed = (spl_op *)SPL_NEW(query->arena, feed_op);
        feed->command = &feed_command;
        feed->query = query;
        spl_fieldset_init(&feed->reads, query->arena, query->fields);
        spl_fieldset_init(&feed->makes, query->arena, query->fields);
        spl_fieldset_init(&feed->needed, query->arena, query->fields);
    }
    sub->plan = spl_plan_bind(query, pipeline, feed, NULL);
    sub->max_rows = max_rows;
    sub->fed = fed;
    return sub->plan ? sub : NULL;
}

spl_subsearch *spl_subsearch_bind(spl_binder *binder, const spl_node *pipeline, uint64_t max_rows)
{
    return subsearch_bind(binder->query, pipeline, max_rows, false);
}

void spl_subsearch_limit(spl_subsearch *subsearch, uint64_t max_rows)
{
    subsearch->max_rows = max_rows;
}

spl_subsearch *spl_subsearch_bind_fed(spl_binder *binder, const spl_node *pipeline)
{
    return subsearch_bind(binder->query, pipeline, 0, true);
}

/* How many searches made while running STAGE stands in. */
static unsigned made_depth(const spl_node *stage)
{
    unsigned depth = 0;

    for (const spl_source *at = spl_span_origin(stage->span).source; at; at = spl_span_origin(at->used_at).source)
        if (at->role && strcmp(at->role, "subsearch") == 0) depth++;
    return depth;
}

spl_subsearch *spl_subsearch_parse(spl_op *op, spl_arena *arena, spl_str text, bool fed, uint64_t max_rows)
{
    spl_query *query = SPL_NEW(arena, spl_query);
    spl_parse_env env = *op->query->parse;
    spl_source *source = spl_source_new(arena, SPL_S("subsearch"), spl_str_copy(arena, text));
    spl_subsearch *sub = NULL;
    const spl_source *expanded;
    const spl_node *pipeline = NULL;
    size_t errors = spl_diag_count(op->query->diag, SPL_ERROR);

    if (made_depth(op->stage) >= MADE_DEPTH) {
        spl_error(op->query->diag, op->stage->name_span, "too-deep", "searches made by \"%s\" nest more than %d deep",
                  op->command->name, MADE_DEPTH);
        spl_hint(op->query->diag, "A saved search that comes to itself again never ends.");
        spl_fail(SPL_REFUSED, "a search that \"%s\" made cannot run", op->command->name);
    }
    /* What is bound while running lives in ARENA; the query itself is read-only by now. */
    memcpy(query, op->query, sizeof *query);
    query->arena = arena;
    query->outer = op->query;
    atomic_init(&query->cancel, 0);
    env.arena = arena;
    source->used_at = op->stage->span;
    source->role = "subsearch";
    source->passing = true;
    expanded = spl_expand(&env, source);
    if (expanded) pipeline = spl_parse_pipeline(&env, expanded);
    if (pipeline && spl_diag_count(query->diag, SPL_ERROR) == errors)
        pipeline = spl_subsearch_resolve(query, &env, pipeline, &expanded);
    if (pipeline && spl_diag_count(query->diag, SPL_ERROR) == errors)
        sub = subsearch_bind(query, pipeline, max_rows, fed);
    if (sub) sub->made = true;
    if (!sub) spl_fail(SPL_REFUSED, "a search that \"%s\" made cannot run", op->command->name);
    return sub;
}

size_t spl_subsearch_stages(const spl_subsearch *sub, spl_op *const **stages)
{
    *stages = sub->plan->stages;
    return sub->plan->n_stages;
}

static void run_close(void *ptr)
{
    spl_op_close(ptr);
}

spl_subsearch_run *spl_subsearch_start_in(spl_op *op, spl_arena *arena, const spl_subsearch *sub)
{
    spl_subsearch_run *run = SPL_NEW(arena, spl_subsearch_run);
    spl_op *first;

    run->of = sub;
    run->run = spl_plan_run(sub->plan, op->worker);
    spl_arena_defer(arena, run_close, run->run);
    for (first = run->run; first->input; first = first->input) {
    }
    if (sub->fed && first->command == &feed_command) run->feed = (feed_op *)first;
    return run;
}

spl_subsearch_run *spl_subsearch_start(spl_op *op, const spl_subsearch *sub)
{
    return spl_subsearch_start_in(op, op->state, sub);
}

void spl_subsearch_feed(spl_subsearch_run *run, spl_status (*next)(void *from, spl_batch **batch), void *from)
{
    if (!run->feed) return;
    run->feed->next = next;
    run->feed->from = from;
}

spl_status spl_subsearch_next(spl_op *op, spl_subsearch_run *run, spl_batch **batch)
{
    spl_status status = spl_op_next(run->run, batch);
    uint64_t max = run->of->max_rows;

    if (status != SPL_OK) {
        spl_subsearch *of = (spl_subsearch *)run->of;

        if (run->rows == 0 && !of->fed && !of->made && !op->query->outer && !atomic_flag_test_and_set(&of->told)) {
            spl_explain_keep(of->plan, run->run);
            spl_explain_nothing(of->plan, 0);
        }
        return status;
    }
    if (max && run->rows + spl_batch_rows(*batch) > max) {
        if (!run->warned) {
            spl_op_warn(op, "limit", "the subsearch gave more than %llu rows; the rest was left out",
                        (unsigned long long)max);
        }
        run->warned = true;
        if (run->rows >= max) {
            spl_batch_free(*batch);
            *batch = NULL;
            return SPL_END;
        }
        spl_batch_truncate(*batch, (uint32_t)(max - run->rows));
    }
    run->rows += spl_batch_rows(*batch);
    return SPL_OK;
}

/* ---- text ---- */

/* Rows as search terms, as the command format gives them with its defaults: appended to OUT. ARGUMENT: they are one of
 * a command that takes no search. */
static void rows_to_terms(spl_buf *out, spl_op *rows, bool argument, uint64_t limit, bool *cut)
{
    spl_terms terms;
    spl_batch *batch;
    uint64_t n = 0;
    uint32_t i;

    *cut = false;
    spl_terms_begin(&terms, out, &spl_terms_default);
    terms.argument = argument;
    while (!*cut && spl_op_next(rows, &batch) == SPL_OK) {
        for (i = 0; i < spl_batch_rows(batch); i++) {
            if (limit && n++ >= limit) {
                *cut = true;
                break;
            }
            spl_terms_next(&terms, batch, spl_batch_row(batch, i));
        }
        spl_batch_free(batch);
    }
    spl_terms_end(&terms, SPL_S("NOT ( )"));
    if (terms.rows == 1 && terms.has_only) { /* what return and format give, and a field search: as it is */
        out->len = terms.begin;
        spl_buf_add(out, spl_value_text(out->arena, terms.only));
    }
}

/* A text subsearch below NODE that has none inside itself, or NULL. TEXT_HERE: a bracket met here is one; *STAGE: in
 * which it stands. */
static const spl_node *find_text(const spl_node *node, bool text_here, const spl_node **stage)
{
    const spl_node *of = *stage;
    const spl_node *found;
    spl_bracket kind = SPL_BRACKET_TEXT;
    uint32_t i;

    if (!node) return NULL;
    if (node->kind == SPL_NODE_STAGE) {
        if (node->command) kind = node->command->brackets;
        if (kind == SPL_BRACKET_TEMPLATE || !node->command) return NULL;
        text_here = kind == SPL_BRACKET_TEXT;
    }
    for (i = 0; i < node->n_kids; i++) {
        *stage = node->kind == SPL_NODE_STAGE ? node : of;
        found = find_text(node->kids[i], text_here, stage);
        if (found) return found;
    }
    *stage = of;
    return node->kind == SPL_NODE_PIPELINE && text_here ? node : NULL;
}

bool spl_subsearch_any(const spl_node *pipeline)
{
    const spl_node *stage = NULL;

    return find_text(pipeline, false, &stage) != NULL;
}

static bool check_text(spl_query *query, const spl_node *node, bool text_here)
{
    bool sound = true;
    uint32_t i;

    if (node->kind == SPL_NODE_STAGE) {
        if (!node->command || node->command->brackets != SPL_BRACKET_TEXT)
            text_here = false;
        else
            text_here = true;
    }
    if (node->kind == SPL_NODE_PIPELINE && text_here) sound = spl_plan_bind(query, node, NULL, NULL) != NULL;
    for (i = 0; i < node->n_kids; i++) sound = check_text(query, node->kids[i], text_here) && sound;
    return sound;
}

static spl_str run_text(spl_query *query, const spl_node *pipeline, bool argument, bool *refused)
{
    spl_plan *plan = spl_plan_bind(query, pipeline, NULL, NULL);
    spl_buf out = spl_buf_in(query->arena);
    spl_worker *worker;
    spl_op *run;
    bool cut;
    uint64_t given;
    const spl_node *last = pipeline->n_kids ? pipeline->kids[pipeline->n_kids - 1] : NULL;

    *refused = !plan;
    if (!plan) return (spl_str){NULL, 0};
    query->reads++; /* the search around it, which is not bound yet */
    worker = spl_worker_new(query, 0);
    run = spl_plan_run(plan, worker);
    rows_to_terms(&out, run, argument, query->limits.subsearch_rows, &cut);
    spl_explain_keep(plan, run);
    given = run->stats.rows_out;
    spl_op_close(run);
    if (!query->late_tests) spl_explain_nothing(plan, given); /* of many searches nobody asks */
    spl_worker_free(worker);
    if (cut) {
        spl_warning(query->diag, pipeline->span, "limit",
                    "the subsearch gave more than %llu rows; the rest was left out",
                    (unsigned long long)query->limits.subsearch_rows);
    }
    /* return without rows gives an empty text, which filters nothing (Search Reference, return) */
    if (last && last->kind == SPL_NODE_STAGE && spl_str_iis(last->text, "return") &&
        spl_str_is(spl_buf_str(&out), "NOT ( )"))
        spl_buf_clear(&out);
    return spl_buf_str(&out);
}

/* Whether the bracket is all that the first search says: what takes its place must not be empty. */
static bool stands_alone(const spl_source *source, spl_span bracket)
{
    spl_str text = source->text;
    size_t from = bracket.begin, to = bracket.end;

    while (from > 0 && spl_is_space(text.data[from - 1])) from--;
    while (to < text.len && spl_is_space(text.data[to])) to++;
    return from == 0 && (to == text.len || text.data[to] == '|');
}

const spl_node *spl_subsearch_resolve(spl_query *query, const spl_parse_env *env, const spl_node *pipeline,
                                      const spl_source **text)
{
    const spl_node *bracket, *stage;
    spl_source *result;
    bool refused;

    if (query->check_only) return check_text(query, pipeline, false) ? pipeline : NULL;
    while ((stage = NULL, bracket = find_text(pipeline, false, &stage)) != NULL) {
        bool argument = stage && stage->command && stage->command->args == SPL_ARGS_PLAIN;
        spl_str terms = run_text(query, bracket, argument, &refused);

        if (refused) return NULL;
        if (!spl_str_trim(terms).len && bracket->span.source == *text && stands_alone(*text, bracket->span))
            terms = SPL_S("*");
        result = spl_source_new(query->arena, SPL_S("subsearch"), terms);
        result->role = "subsearch";
        result->used_at = bracket->span;
        *text = spl_splice(query->arena, *text, bracket->span, result);
        pipeline = spl_parse_pipeline(env, *text);
        if (!pipeline || spl_diag_count(query->diag, SPL_ERROR)) return NULL;
    }
    return pipeline;
}

const spl_node *spl_bind_text(spl_binder *binder, const spl_node *stage, const char *role, spl_str name, spl_str text)
{
    spl_query *query = binder->query;
    spl_source *source = spl_source_new(binder->arena, name, text);
    const spl_source *expanded, *outer;
    const spl_node *pipeline;
    spl_parse_env env = *query->parse;
    size_t errors = spl_diag_count(query->diag, SPL_ERROR);
    unsigned depth = 0;

    for (outer = spl_span_origin(stage->span).source; outer; outer = spl_span_origin(outer->used_at).source) {
        if (outer->role && strcmp(outer->role, role) == 0 && spl_str_eq(outer->name, name) &&
            (strcmp(role, "saved search") == 0 || strcmp(role, "data model") == 0)) {
            spl_refuse(binder, stage->name_span, "search-cycle", "the %.*s comes to itself again", SPL_FMT(name));
            return NULL;
        }
        if (++depth < 60) continue;
        spl_refuse(binder, stage->name_span, "too-deep", "searches that name each other nest too deeply");
        return NULL;
    }
    source->role = role;
    source->used_at = stage->span;
    env.arena = binder->arena;
    expanded = spl_expand(&env, source);
    pipeline = expanded ? spl_parse_pipeline(&env, expanded) : NULL;
    if (!pipeline || spl_diag_count(query->diag, SPL_ERROR) > errors) return NULL;
    return spl_subsearch_resolve(query, &env, pipeline, &expanded);
}
