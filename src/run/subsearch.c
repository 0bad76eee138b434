/* subsearch.c -- bracketed searches: those whose rows become text, run before the rest is planned, and those that are
 * pipelines of their own, read by append, join and the like. */
#include "run/plan.h"
#include "lang/parse.h"

/* ---- pipelines ---- */

struct spl_subsearch {
    spl_plan *plan;
    uint64_t max_rows;
};

typedef struct run_state { /* of one op copy */
    const spl_subsearch *of;
    spl_op *run;
    uint64_t rows;
    bool warned;
    struct run_state *next;
} run_state;

spl_subsearch *spl_subsearch_bind(spl_binder *binder, const spl_node *pipeline, uint64_t max_rows)
{
    spl_subsearch *sub = SPL_NEW(binder->arena, spl_subsearch);

    sub->plan = spl_plan_bind(binder->query, pipeline, NULL, NULL);
    sub->max_rows = max_rows;
    return sub->plan ? sub : NULL;
}

static void run_close(void *ptr)
{
    spl_op_close(ptr);
}

spl_subsearch_run *spl_subsearch_start(spl_op *op, const spl_subsearch *sub)
{
    run_state *state = SPL_NEW(op->state, run_state);

    state->of = sub;
    state->run = spl_plan_run(sub->plan, op->worker);
    spl_arena_defer(op->state, run_close, state->run);
    return (spl_subsearch_run *)state;
}

spl_status spl_subsearch_next(spl_op *op, spl_subsearch_run *run, spl_batch **batch)
{
    run_state *state = (run_state *)run;
    spl_status status = spl_op_next(state->run, batch);
    uint64_t max = state->of->max_rows;

    if (status != SPL_OK) return status;
    if (max && state->rows + spl_batch_rows(*batch) > max) {
        if (!state->warned) {
            spl_op_warn(op, "limit", "the subsearch gave more than %llu rows; the rest was left out",
                        (unsigned long long)max);
        }
        state->warned = true;
        if (state->rows >= max) {
            spl_batch_free(*batch);
            *batch = NULL;
            return SPL_END;
        }
        spl_batch_truncate(*batch, (uint32_t)(max - state->rows));
    }
    state->rows += spl_batch_rows(*batch);
    return SPL_OK;
}

/* ---- text ---- */

static void add_quoted(spl_buf *out, spl_str text)
{
    size_t i;

    spl_buf_char(out, '"');
    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\') spl_buf_char(out, '\\');
        spl_buf_char(out, text.data[i]);
    }
    spl_buf_char(out, '"');
}

static bool plain_name(spl_str name)
{
    size_t i;

    for (i = 0; i < name.len; i++) {
        if (!spl_is_word(name.data[i]) && !strchr(".{}:-", name.data[i])) return false;
    }
    return name.len > 0;
}

static void add_term(spl_query *query, spl_buf *out, spl_field field, spl_value value)
{
    spl_str name = spl_field_name(query->fields, field), text = spl_value_text(out->arena, value);

    if (spl_str_is(name, "search") || spl_str_is(name, "query")) {
        spl_buf_add(out, text);
        return;
    }
    if (plain_name(name)) {
        spl_buf_add(out, name);
    } else {
        add_quoted(out, name);
    }
    spl_buf_char(out, '=');
    add_quoted(out, text);
}

static bool add_row(spl_query *query, spl_buf *out, const spl_batch *batch, uint32_t row)
{
    uint32_t c, k, n, terms = 0;

    for (c = 0; c < batch->n_columns; c++) {
        const spl_column *column = batch->columns[c];
        spl_value value = column->cells[row];

        if (spl_is_null(value) || spl_field_internal(query->fields, column->field)) continue;
        if (terms++) spl_buf_puts(out, " AND ");
        n = spl_value_count(value);
        if (n > 1) spl_buf_puts(out, "( ");
        for (k = 0; k < n; k++) {
            if (k) spl_buf_puts(out, " OR ");
            add_term(query, out, column->field, spl_value_at(value, k));
        }
        if (n > 1) spl_buf_puts(out, " )");
    }
    return terms > 0;
}

/* Only the field search, or query: what the row says is the text. */
static bool only_text(const spl_query *query, const spl_batch *batch, uint32_t row, spl_value *value)
{
    uint32_t c, seen = 0;

    for (c = 0; c < batch->n_columns; c++) {
        spl_str name = spl_field_name(query->fields, batch->columns[c]->field);

        if (spl_is_null(batch->columns[c]->cells[row]) || spl_field_internal(query->fields, batch->columns[c]->field))
            continue;
        seen++;
        if (!spl_str_is(name, "search") && !spl_str_is(name, "query")) return false;
        *value = batch->columns[c]->cells[row];
    }
    return seen == 1;
}

void spl_rows_to_terms(spl_query *query, spl_buf *out, spl_op *rows, uint64_t limit, bool *cut)
{
    spl_batch *batch;
    uint64_t n = 0;
    uint32_t i;
    spl_value only = SPL_NULL;
    bool alone = false;
    size_t begin = out->len;
    spl_buf row = spl_buf_in(out->arena);

    *cut = false;
    while (!*cut && spl_op_next(rows, &batch) == SPL_OK) {
        for (i = 0; i < spl_batch_rows(batch); i++) {
            uint32_t r = spl_batch_row(batch, i);

            if (limit && n >= limit) {
                *cut = true;
                break;
            }
            if (n == 0 && only_text(query, batch, r, &only)) {
                alone = true;
                only = spl_value_keep(out->arena, only);
            }
            spl_buf_clear(&row);
            if (!add_row(query, &row, batch, r)) continue;
            spl_buf_puts(out, n ? " OR ( " : "( ");
            spl_buf_add(out, spl_buf_str(&row));
            spl_buf_puts(out, " )");
            n++;
        }
        spl_batch_free(batch);
    }
    if (n == 1 && alone) {
        out->len = begin;
        spl_buf_add(out, spl_value_text(out->arena, only));
    } else if (n == 0) {
        spl_buf_puts(out, "NOT ( )");
    } else { /* the brackets around all */
        spl_str all = spl_str_copy(out->arena, spl_str_cut(out->data + begin, out->len - begin));

        out->len = begin;
        spl_buf_puts(out, "( ");
        spl_buf_add(out, all);
        spl_buf_puts(out, " )");
    }
}

/* A text subsearch below NODE that has none inside itself, or NULL. TEXT_HERE: a bracket met here is one. */
static const spl_node *find_text(const spl_node *node, bool text_here)
{
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
        found = find_text(node->kids[i], text_here);
        if (found) return found;
    }
    return node->kind == SPL_NODE_PIPELINE && text_here ? node : NULL;
}

static bool check_text(spl_query *query, const spl_node *node, bool text_here)
{
    bool sound = true;
    uint32_t i;

    if (node->kind == SPL_NODE_STAGE) {
        if (!node->command || node->command->brackets != SPL_BRACKET_TEXT) text_here = false;
        else text_here = true;
    }
    if (node->kind == SPL_NODE_PIPELINE && text_here) sound = spl_plan_bind(query, node, NULL, NULL) != NULL;
    for (i = 0; i < node->n_kids; i++) sound = check_text(query, node->kids[i], text_here) && sound;
    return sound;
}

static spl_str run_text(spl_query *query, const spl_node *pipeline, bool *refused)
{
    spl_plan *plan = spl_plan_bind(query, pipeline, NULL, NULL);
    spl_buf out = spl_buf_in(query->arena);
    spl_worker *worker;
    spl_op *run;
    bool cut;
    const spl_node *last = pipeline->n_kids ? pipeline->kids[pipeline->n_kids - 1] : NULL;

    *refused = !plan;
    if (!plan) return (spl_str){NULL, 0};
    worker = spl_worker_new(query, 0);
    run = spl_plan_run(plan, worker);
    spl_rows_to_terms(query, &out, run, query->limits.subsearch_rows, &cut);
    spl_op_close(run);
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

const spl_node *spl_subsearch_resolve(spl_query *query, const spl_parse_env *env, const spl_node *pipeline,
                                      const spl_source **text)
{
    const spl_node *bracket;
    spl_source *result;
    bool refused;

    if (query->check_only) return check_text(query, pipeline, false) ? pipeline : NULL;
    while ((bracket = find_text(pipeline, false)) != NULL) {
        spl_str terms = run_text(query, bracket, &refused);

        if (refused) return NULL;
        result = spl_source_new(query->arena, SPL_S("subsearch"), terms);
        result->role = "subsearch";
        result->used_at = bracket->span;
        *text = spl_splice(query->arena, *text, bracket->span, result);
        pipeline = spl_parse_pipeline(env, *text);
        if (!pipeline || spl_diag_count(query->diag, SPL_ERROR)) return NULL;
    }
    return pipeline;
}
