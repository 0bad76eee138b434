/* plan.c -- binds the stages, works out from the last one back which fields each needs, and cuts the pipeline.
 *
 * The stages that look at each row alone run with the scan on all cores, and so does the gathering of the next one if
 * its parts can be merged. Newest-first order is asked for only where it can show: not before a command whose result
 * does not depend on the order of its rows. */
#include "run/plan.h"

static bool refuse_stage(spl_binder *binder, const spl_node *stage)
{
    const spl_command *command = stage->command;

    if (!command) {
        return binder->query->check_only; /* the parser has told; a run cannot go on */
    }
    if (!binder->first && (command->traits & SPL_GENERATES) && !(command->traits & SPL_ADDS_ROWS)) {
        spl_refuse(binder, stage->name_span, "bad-argument", "the command \"%s\" must be the first of its search",
                   command->name);
        spl_hint(binder->diag, "It makes its own rows; to add them to these, use append [ | %s … ].", command->name);
        return false;
    }
    return true;
}

/* Stands in a checked pipeline for what cannot be bound: a hole, a command that apps bring. */
static spl_status nothing_next(spl_op *op, spl_batch **batch)
{
    (void)op;
    (void)batch;
    return SPL_END;
}
/* What gives no rows: also in front of a first stage that makes none. */
static const spl_command unknown_command = {
    .name = "unknown", .summary = "", .op_size = sizeof(spl_op), .next = nothing_next, .traits = SPL_ORDERED};

/* To check, it is not known what a macro that is nowhere defined, a $token$ or a subsearch that becomes text will put
 * there. A bracketed pipeline is checked for itself. */
static bool has_holes(const spl_node *node, spl_bracket brackets)
{
    uint32_t i;

    if (!node) return false;
    if (node->kind == SPL_NODE_HOLE) return true;
    if (node->kind == SPL_NODE_PIPELINE && brackets != SPL_BRACKET_TEMPLATE) return brackets == SPL_BRACKET_TEXT;
    for (i = 0; i < node->n_kids; i++) {
        if (has_holes(node->kids[i], brackets)) return true;
    }
    return has_holes(node->alias, brackets);
}

static bool stage_has_holes(const spl_binder *binder, const spl_node *stage)
{
    return binder->query->check_only && has_holes(stage, stage->command ? stage->command->brackets : SPL_BRACKET_TEXT);
}

/* A refusal of arguments some of which are not known: it may be for want of these. */
static bool excused(const spl_binder *binder, const spl_node *stage, size_t told)
{
    if (!binder->holes) return false;
    if (stage->command->args == SPL_ARGS_PLAIN || stage->command->expand)
        spl_diag_withdraw(binder->diag, told, "bad-argument");
    for (size_t i = told; i < spl_diag_len(binder->diag); i++)
        if (spl_diag_at(binder->diag, i)->severity == SPL_ERROR) return false;
    return true;
}

static spl_op *op_new(spl_binder *binder, const spl_node *stage, const spl_command *command, spl_op *input)
{
    spl_query *query = binder->query;
    spl_op *op = spl_calloc(query->arena, 1, command->op_size < sizeof(spl_op) ? sizeof(spl_op) : command->op_size);

    op->command = command;
    op->stage = stage;
    op->query = query;
    op->input = input;
    spl_fieldset_init(&op->reads, query->arena, query->fields);
    spl_fieldset_init(&op->makes, query->arena, query->fields);
    spl_fieldset_init(&op->needed, query->arena, query->fields);
    binder->op = op;
    binder->stage = stage;
    binder->holes = stage_has_holes(binder, stage);
    return op;
}

/* A command that needs a server: true to check, and for a dry run if it only acts on what passes through it. What is
 * wrong with its arguments is told besides. */
static bool can_run(spl_binder *binder, const spl_node *stage)
{
    const spl_command *command = stage->command;

    if (!(command->traits & SPL_APP) || (binder->query->dry_run && command->map)) return true;
    if (binder->query->check_only) {
        if (!command->map)
            spl_note(binder->diag, stage->name_span, "not-here", "a run refuses the command \"%s\"", command->name);
        return true;
    }
    spl_refuse(binder, stage->name_span, "not-here", "the command \"%s\" cannot run here", command->name);
    if (command->refusal) spl_hint(binder->diag, "%s", command->refusal);
    return false;
}

static spl_op *unknown_op(spl_binder *binder, const spl_node *stage, spl_op *input)
{
    spl_op *op = op_new(binder, stage, &unknown_command, input);

    spl_fieldset_add_all(&op->reads);
    return op;
}

/* A subsearch must begin with a generating command (Search Manual, "About subsearches"). What turns no rows into one,
 * as | stats count does, is an idiom. */
static void tell_no_input(spl_binder *binder, const spl_node *stage)
{
    if (stage->command->traits & (SPL_TRANSFORMS | SPL_ADDS_ROWS)) return;
    spl_warning(binder->diag, stage->name_span, "no-input", "nothing comes to \"%s\": no search stands before it",
                stage->command->name);
    spl_hint(binder->diag, "A search or subsearch begins with search terms behind the word search, or with a command "
                           "that makes results, such as inputlookup or makeresults.");
}

/* A command asks for a clause by its keyword and would pass over another one of the same. */
static bool clauses_once(spl_binder *binder, const spl_node *stage)
{
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *clause = stage->kids[i];

        if (clause->kind != SPL_NODE_CLAUSE) continue;
        for (uint32_t k = 0; k < i; k++) {
            if (stage->kids[k]->kind != SPL_NODE_CLAUSE || !spl_str_eq(stage->kids[k]->text, clause->text)) continue;
            spl_bad_argument(binder, clause->name_span, "a second \"%.*s\"", SPL_FMT(clause->text));
            spl_hint(binder->diag, "Put all that belongs to it behind the first one.");
            return false;
        }
    }
    return true;
}

/* The op of a stage, or NULL: refused. */
static spl_op *bind_stage(spl_binder *binder, const spl_node *stage, spl_op *input)
{
    const spl_command *command = stage->kind == SPL_NODE_STAGE ? stage->command : NULL;
    spl_op *op;
    size_t told;
    bool can;

    if (stage->kind == SPL_NODE_STAGE && !refuse_stage(binder, stage)) return NULL;
    if (!command) return unknown_op(binder, stage, input);
    op = op_new(binder, stage, command, input);
    can = can_run(binder, stage);
    told = spl_diag_len(binder->diag);
    if (!(command->traits & SPL_OWN_OPTIONS) &&
        (command->options || command->args == SPL_ARGS_PLAIN)) { /* one without options refuses them all */
        bool taken = spl_options_take(binder, stage, command->options, op);

        if (!spl_clauses_take(binder, stage, op) || !taken) /* told nothing: one stands in a hole */
            return spl_diag_len(binder->diag) == told ? unknown_op(binder, stage, input) : NULL;
    }
    if (!clauses_once(binder, stage)) return NULL;
    told = spl_diag_len(binder->diag);
    if (command->bind && !command->bind(binder, stage, op))
        return excused(binder, stage, told) ? unknown_op(binder, stage, input) : NULL;
    if (!can) return NULL;
    return command->traits & SPL_APP && !command->map ? unknown_op(binder, stage, input) : op;
}

typedef SPL_VEC(const spl_node *) stage_vec;

/* The stages of PIPELINE, those that stand for others replaced. */
static bool flatten(spl_binder *binder, const spl_node *pipeline, bool fed, unsigned depth, stage_vec *out)
{
    bool sound = true;

    for (uint32_t i = 0; i < pipeline->n_kids; i++) {
        const spl_node *stage = pipeline->kids[i], *instead;
        size_t told;

        if (stage->kind != SPL_NODE_STAGE || !stage->command || !stage->command->expand) {
            SPL_PUSH(binder->arena, out, stage);
            continue;
        }
        binder->first = out->len == 0 && !fed;
        binder->stage = stage;
        binder->holes = stage_has_holes(binder, stage);
        if (!refuse_stage(binder, stage)) {
            sound = false;
            continue;
        }
        if (depth >= 20) {
            sound = spl_refuse(binder, stage->name_span, "too-deep", "searches that name each other nest too deeply");
            continue;
        }
        told = spl_diag_len(binder->diag);
        instead = stage->command->expand(binder, stage);
        if (!instead && excused(binder, stage, told)) {
            spl_node *any = SPL_NEW(binder->arena, spl_node);

            *any = *stage;
            any->command = NULL;
            SPL_PUSH(binder->arena, out, any);
        } else if (!instead) {
            sound = false;
        } else if (instead->n_kids == 1 && instead->kids[0] == stage) {
            SPL_PUSH(binder->arena, out, stage);
        } else {
            sound = flatten(binder, instead, fed, depth + 1, out) && sound;
        }
    }
    return sound;
}

/* What a stage needs of its input when AFTER is needed of it. */
static void needs_of(const spl_op *op, const spl_fieldset *after, spl_fieldset *before)
{
    size_t i;

    if (op->command->needs) {
        op->command->needs(op, after, before);
        return;
    }
    spl_fieldset_add_set(before, &op->reads);
    if (op->command->traits & SPL_TRANSFORMS) return;
    {
        spl_fieldset rest;

        spl_fieldset_init(&rest, before->arena, before->fields);
        spl_fieldset_add_set(&rest, after);
        for (i = 0; i < op->makes.names.len; i++) {
            if (!spl_fieldset_has(&op->reads, op->makes.names.data[i]))
                spl_fieldset_remove(&rest, op->makes.names.data[i]);
        }
        spl_fieldset_add_set(before, &rest);
    }
}

/* Nobody needs what the stage sets: a calculated field of a data model, mostly. */
static bool idle(const spl_op *op, const spl_fieldset *after)
{
    if (!(op->command->traits & SPL_SETS) || op->reads.all || !op->makes.names.len) return false;
    for (size_t i = 0; i < op->makes.names.len; i++)
        if (spl_fieldset_has(after, op->makes.names.data[i])) return false;
    return true;
}

/* Closes the gaps that idle stages left. */
static void close_gaps(spl_plan *plan, spl_op *input)
{
    size_t left = 0;

    for (size_t i = 0; i < plan->n_stages; i++) {
        if (!plan->stages[i]) continue;
        plan->stages[i]->input = left ? plan->stages[left - 1] : input;
        plan->stages[left++] = plan->stages[i];
    }
    plan->n_stages = left;
    plan->last = plan->stages[left - 1];
}

static bool streams(const spl_op *op)
{
    return op->command->map && (op->command->traits & SPL_STREAMS) && !(op->command->traits & SPL_ORDERED);
}

static bool order_shows(spl_op *const *stages, size_t from, size_t n)
{
    size_t i;

    for (i = from; i < n; i++) {
        if (streams(stages[i])) continue;
        if (stages[i]->command->gather && !(stages[i]->command->traits & SPL_ORDERED)) return false;
        return true;
    }
    return true;
}

/* Cuts the plan behind the scan into the section and the rest, and says what the scan must give. */
static void make_section(spl_plan *plan, bool records)
{
    spl_scan *scan = plan->scan;
    spl_op **stages = plan->stages;
    size_t n = plan->n_stages, streaming = 0, i = 1;
    spl_op *sink = NULL, *next;

    while (i < n && streams(stages[i])) i++;
    streaming = i - 1;
    if (i < n && stages[i]->command->gather && stages[i]->command->merge) sink = stages[i++];
    plan->in_section = i - 1;
    next = sink ? sink : i < n ? stages[i] : NULL;
    if (sink || !order_shows(stages, i, n)) {
        scan->order = SPL_FEED_ANY;
        scan->positions = next && !next->unordered;
    } else {
        scan->order = records ? SPL_FEED_GIVEN : SPL_FEED_NEWEST;
    }
    for (size_t k = 1; k < n; k++) scan->positions |= stages[k]->positions;
    spl_scan_ready(scan);
    plan->section = spl_section_new(plan->query, scan, stages + 1, streaming, sink);
    if (i < n) {
        stages[i]->input = plan->section;
    } else {
        plan->last = plan->section;
    }
}

spl_plan *spl_plan_bind(spl_query *query, const spl_node *pipeline, spl_op *input, const spl_fieldset *after)
{
    spl_plan *plan = SPL_NEW(query->arena, spl_plan);
    spl_binder binder = {.query = query, .arena = query->arena, .diag = query->diag, .fields = query->fields};
    bool sound, fed;
    uint32_t i;
    spl_op *op;
    spl_fieldset need;
    stage_vec nodes = {0};

    plan->query = query;
    plan->pipeline = pipeline;
    fed = input != NULL;
    sound = flatten(&binder, pipeline, fed, 0, &nodes);
    if (sound && !nodes.len) SPL_PUSH(query->arena, &nodes, pipeline->kids[0]); /* it stands for nothing: | localop */
    plan->stages = SPL_NEW_ARRAY(query->arena, nodes.len, spl_op *);
    for (i = 0; i < nodes.len; i++) {
        const spl_node *stage = nodes.data[i];

        binder.first = i == 0 && !fed;
        if (binder.first && !spl_is_search(stage) && stage->command && !(stage->command->traits & SPL_GENERATES)) {
            input = unknown_op(&binder, stage, NULL); /* | dedup x: there are no rows */
            tell_no_input(&binder, stage);
        }
        if (binder.first && spl_is_search(stage)) {
            op = op_new(&binder, stage, stage->command, NULL);
            if (!query->data && !query->check_only) {
                spl_refuse(&binder, stage->span, "no-data", "this search reads events, but no data were given");
                spl_hint(query->diag, "Name files or folders after the search, or begin with a generating command such "
                                      "as | makeresults.");
                sound = false;
            }
            plan->scan = spl_scan_bind(&binder, stage->n_kids ? stage->kids[0] : NULL);
            if (!plan->scan) sound = false;
        } else {
            op = bind_stage(&binder, stage, plan->n_stages ? plan->stages[plan->n_stages - 1] : input);
            if (!op) {
                sound = false;
                op = op_new(&binder, stage, &unknown_command, NULL);
            }
        }
        binder.streamed =
            binder.first ? spl_is_search(stage) : binder.streamed && (op->command->traits & SPL_STREAMS) != 0;
        plan->stages[plan->n_stages++] = op;
        plan->last = op;
    }
    if (!sound || plan->n_stages == 0) return NULL;

    spl_fieldset_init(&need, query->arena, query->fields);
    if (after) {
        spl_fieldset_add_set(&need, after);
    } else {
        spl_fieldset_add_all(&need);
    }
    for (i = (uint32_t)plan->n_stages; i-- > 0;) {
        op = plan->stages[i];
        op->needed = need;
        if (i == 0 && plan->scan) {
            plan->scan->needed = need;
            break;
        }
        if (i > 0 && idle(op, &need)) {
            plan->stages[i] = NULL;
            continue;
        }
        spl_fieldset_init(&need, query->arena, query->fields);
        needs_of(op, &op->needed, &need);
    }
    close_gaps(plan, input);
    if (plan->scan && !query->check_only) {
        bool records = spl_dataset_len(query->data) && spl_dataset_at(query->data, 0)->records;

        make_section(plan, records);
    }
    return plan;
}

static spl_op *run_op(const spl_op *op, spl_worker *worker)
{
    spl_op *input = op->input ? run_op(op->input, worker) : NULL;

    return spl_op_copy(op, worker, input);
}

spl_op *spl_plan_run(const spl_plan *plan, spl_worker *worker)
{
    return run_op(plan->last, worker);
}
