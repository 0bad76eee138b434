/* tstats.c -- figures over events, by default fields and raw terms or by the fields of a data model.
 *
 * It stands for a search over DATA: the first stage reads with all that WHERE says of the events' own fields, the data
 * model's stages follow, then what WHERE says of the model's fields, then stats. */
#include "commands/model_search.h"
#include "exec/stats_search.h"
#include "expr/filter.h"
#include "knowledge/lookup.h"
#include "knowledge/lookup_files.h"

#include "base/wildcard.h"

#include <math.h>

typedef struct tstats {
    spl_stats_search base;
    /* FROM */
    spl_str datamodel, sid;
    bool has_model, has_sid;
    model_ref ref;
    const spl_node *namespace; /* of a tscollect, or NULL */
    spl_str nodename;          /* taken out of WHERE, or empty */
} tstats;

static const spl_option options[] = {
    SPL_STATS_SEARCH_PRESTATS(tstats),
    SPL_IDLE("local", BOOL, "there are no peers"),
    SPL_IDLE("summariesonly", BOOL, "DATA stands for the summary"),
    SPL_IDLE("allow_old_summaries", BOOL, "there are no summaries"),
    SPL_IDLE("include_reduced_buckets", BOOL, "there are no buckets"),
    SPL_IDLE("use_summary_index_values", BOOL, "there are no summaries"),
    SPL_IDLE("chunk_size", INT, "memory is bounded by --memory", .min = 1, .max = 9e15),
    SPL_STATS_SEARCH_FILLNULL(tstats, "event"),
    {0},
};

static const spl_option from_options[] = {
    {.name = "datamodel",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats, datamodel),
     .given = offsetof(tstats, has_model),
     .text = "",
     .help = "the data model, or a dataset of it"},
    {.name = "sid",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats, sid),
     .given = offsetof(tstats, has_sid),
     .text = "",
     .help = "the job of a tscollect"},
    {.name = "*"}, /* the command's own, taken with the others */
    {0},
};

static bool take_from(spl_stats_search *s, const spl_node *clause)
{
    tstats *self = (tstats *)s;
    spl_binder *binder = s->binder;
    spl_args args = spl_args_of(clause);
    const spl_node *node = spl_args_peek(&args);

    if (!spl_options_add(binder, clause, from_options, self)) return false;
    if (node && node->kind == SPL_NODE_AGGREGATE && node->bare && !self->has_model && !self->has_sid)
        self->namespace = spl_args_next(&args);
    while ((node = spl_args_next(&args)) != NULL) {
        if (node->kind != SPL_NODE_AGGREGATE)
            return spl_bad_argument(binder, node->span,
                                    "FROM takes datamodel=<model>[.<dataset>], or a namespace of tscollect");
        if (!spl_stats_search_aggregate(s, node)) return false;
    }
    if (self->has_sid && !binder->query->check_only)
        return spl_refuse(binder, clause->span, "not-here", "the results of job \"%.*s\" cannot be read here",
                          SPL_FMT(self->sid));
    for (uint32_t i = 0; i < clause->n_kids; i++) {
        const spl_node *option = clause->kids[i];

        if (option->kind == SPL_NODE_OPTION && spl_str_iis(option->text, "datamodel"))
            self->ref = model_ref_of(self->datamodel, option->kids[0]->span);
    }
    return true;
}

/* Of WHERE what is said elsewhere: time modifiers in the first search, nodename=<dataset> by which dataset is read. */
static bool take_term(spl_stats_search *s, spl_node *term)
{
    tstats *self = (tstats *)s;
    const spl_node *value;

    if (spl_stats_search_time(s, term)) return true;
    if (term->kind != SPL_NODE_COMPARE || term->op != SPL_OP_EQ || !spl_str_is(term->text, "nodename") ||
        !term->n_kids || self->nodename.len)
        return false;
    value = term->kids[0];
    if (value->kind != SPL_NODE_WORD || memchr(value->text.data, '*', value->text.len)) return false;
    self->nodename = value->text;
    self->ref.span = value->span;
    return true;
}

/* ---- FROM datamodel=: what WHERE says of the model's fields, said of the events' ---- */

/* Whether NAME is "Dataset.field" of the dataset of LINEAGE. */
static bool is_below(spl_str name, spl_str lineage)
{
    return name.len >= lineage.len + 2 && spl_str_starts(name, lineage) && name.data[lineage.len] == '.';
}

/* Whether the dataset itself has FIELD, not one above it. */
static bool has_field(const spl_model_object *object, spl_str field)
{
    for (size_t i = 0; i < object->fields.len; i++)
        if (spl_str_eq(object->fields.data[i].name, field)) return true;
    for (size_t i = 0; i < object->calculations.len; i++)
        for (size_t k = 0; k < object->calculations.data[i].outputs.len; k++)
            if (spl_str_eq(object->calculations.data[i].outputs.data[k].name, field)) return true;
    return false;
}

/* *FIELD: NAME without the dataset that has it. False: none has, or it says whether an event is of a child, which is
 * computed. */
static bool bare_name(const spl_model_object *object, spl_str name, spl_str *field)
{
    *field = name;
    if (spl_model_default_field(name)) return true;
    for (const spl_model_object *at = object; at; at = at->parent) {
        if (!is_below(name, at->lineage)) continue;
        *field = spl_str_sub(name, at->lineage.len + 1, name.len);
        if (spl_str_starts(*field, SPL_S("is_"))) return false;
        if (has_field(at, *field)) return true;
    }
    return false;
}

/* if(isnull(F) OR F="","unknown",F), as the Common Information Model has it. */
static bool fills_unknown(spl_arena *arena, spl_str expression, spl_str field)
{
    spl_buf bare = spl_buf_in(arena);

    for (size_t i = 0; i < expression.len; i++)
        if (!spl_is_space(expression.data[i])) spl_buf_char(&bare, expression.data[i]);
    return spl_str_iis(spl_buf_str(&bare),
                       spl_cstring(arena, spl_strf(arena, "if(isnull(%.*s)OR%.*s=\"\",\"unknown\",%.*s)",
                                                   SPL_FMT(field), SPL_FMT(field), SPL_FMT(field))));
}

/* Whether the search of the dataset has FIELD in a stage behind the first: it may change it there. */
static bool search_has(const spl_model_object *object, spl_str field)
{
    const char *stages;

    if (object->kind != SPL_MODEL_SEARCH) return false;
    stages = memchr(object->search.data, '|', object->search.len);
    return stages && spl_str_find(object->search, field, (size_t)(stages - object->search.data)) >= 0;
}

/* The field of the events that NAME of the data model is, if the model does not compute it. *FILLED: it only puts
 * "unknown" for what is absent. */
static bool events_field(spl_arena *arena, const spl_model_object *object, spl_str name, spl_str *field, bool *filled)
{
    *filled = false;
    if (!bare_name(object, name, field)) return false;
    for (const spl_model_object *at = object; at; at = at->parent) {
        if (search_has(at, *field)) return false;
        for (size_t i = 0; i < at->calculations.len; i++) {
            const spl_model_calculation *calc = &at->calculations.data[i];

            for (size_t k = 0; k < calc->outputs.len; k++) {
                if (!spl_str_eq(calc->outputs.data[k].name, *field)) continue;
                if (*filled || !spl_str_iis(calc->kind, "Eval") || !fills_unknown(arena, calc->expression, *field))
                    return false;
                *filled = true;
            }
        }
    }
    return true;
}

/* What NODE of WHERE implies of the events' own fields, for the first search; NULL: nothing. */
static spl_node *implied(spl_arena *arena, const spl_model_object *object, const spl_node *node)
{
    spl_node *copy = SPL_NEW(arena, spl_node);
    bool filled;

    *copy = *node;
    copy->n_kids = 0;
    copy->kids = SPL_NEW_ARRAY(arena, node->n_kids, spl_node *);
    if (node->kind == SPL_NODE_AND || node->kind == SPL_NODE_OR) {
        for (uint32_t i = 0; i < node->n_kids; i++) {
            spl_node *kid = implied(arena, object, node->kids[i]);

            if (kid) copy->kids[copy->n_kids++] = kid;
        }
        if (node->kind == SPL_NODE_OR && copy->n_kids < node->n_kids) return NULL;
        return copy->n_kids ? copy : NULL;
    }
    if (node->kind != SPL_NODE_AMONG && (node->kind != SPL_NODE_COMPARE || node->op != SPL_OP_EQ)) return NULL;
    if (!events_field(arena, object, node->text, &copy->text, &filled)) return NULL;
    for (uint32_t i = 0; i < node->n_kids; i++) {
        const spl_node *kid = node->kids[i];

        if (kid->kind != SPL_NODE_WORD && kid->kind != SPL_NODE_TERM) return NULL;
        if (!spl_wildcard_literal(kid->text).len) return NULL;
        if (filled && spl_wildcard_match(kid->text, SPL_S("unknown"), true)) return NULL;
        copy->kids[copy->n_kids++] = node->kids[i];
    }
    return copy->n_kids ? copy : NULL;
}

/* ---- FROM datamodel=: stages ---- */

/* Where NAME stands below NODE. */
static const spl_node *named_at(const spl_node *node, spl_str name)
{
    const spl_node *found = NULL;

    if (node->kind != SPL_NODE_STAGE && spl_str_eq(node->text, name)) return node;
    for (uint32_t i = 0; i < node->n_kids && !found; i++) found = named_at(node->kids[i], name);
    return found;
}

static void note_name(const spl_stats_search *s, const spl_model *model, spl_str name)
{
    const spl_node *at = named_at(s->stage, name);
    spl_span span = !at ? s->stage->name_span : at->name_span.source ? at->name_span : at->span;

    spl_note(s->binder->diag, span, "unknown-field",
             "the data model \"%.*s\" has no field \"%.*s\"; it is absent in every event", SPL_FMT(model->name),
             SPL_FMT(name));
}

/* A name without its dataset that OBJECT, or a dataset above it, has a field of. */
static void note_bare(const spl_stats_search *s, const spl_model *model, const spl_model_object *object, spl_str name)
{
    for (const spl_model_object *at = object; at; at = at->parent) {
        if (!has_field(at, name)) continue;
        note_name(s, model, name);
        spl_hint(s->binder->diag, "Its dataset stands before it: %.*s.%.*s", SPL_FMT(at->lineage), SPL_FMT(name));
        return;
    }
}

/* The field of OBJECT, or of a dataset above it, that FIELD may be meant for. */
static void hint_near(const spl_stats_search *s, const spl_model_object *object, spl_str field)
{
    for (; object; object = object->parent) {
        SPL_VEC(spl_str) names = {0};

        for (size_t i = 0; i < object->fields.len; i++) SPL_PUSH(s->binder->arena, &names, object->fields.data[i].name);
        for (size_t i = 0; i < object->calculations.len; i++)
            for (size_t k = 0; k < object->calculations.data[i].outputs.len; k++)
                SPL_PUSH(s->binder->arena, &names, object->calculations.data[i].outputs.data[k].name);
        spl_str near = spl_nearest(field, names.data, names.len);
        if (!near.len) continue;
        spl_hint(s->binder->diag, "Did you mean \"%.*s.%.*s\"?", SPL_FMT(object->lineage), SPL_FMT(near));
        return;
    }
}

/* A name that looks like the model's and is none: such a field is never there. */
static void note_unknown(const spl_stats_search *s, const spl_model *model, const spl_model_object *object,
                         spl_str name)
{
    const spl_model_object *of = NULL;
    spl_str field;

    if (memchr(name.data, '*', name.len) || spl_model_default_field(name)) return;
    for (size_t i = 0; i < model->objects.len; i++) {
        const spl_model_object *at = model->objects.data[i];

        if (at->broken || !is_below(name, at->lineage)) continue;
        if (!of || at->lineage.len > of->lineage.len) of = at;
    }
    if (!of) {
        note_bare(s, model, object, name);
        return;
    }
    field = spl_str_sub(name, of->lineage.len + 1, name.len);
    if (has_field(of, field) || spl_model_default_field(field) || spl_str_starts(field, SPL_S("is_"))) return;
    note_name(s, model, name);
    hint_near(s, of, field);
}

/* The first stage of a root with MORE to look for. NULL: refused. */
static spl_node *first_stage(spl_binder *binder, spl_node *stage, const spl_node_list *more)
{
    spl_node *search;

    if (!more->len) return stage;
    if (!spl_is_search(stage)) {
        spl_refuse(binder, more->data[0]->span, "not-here",
                   "the search of this dataset does not read events itself: it takes no time range");
        return NULL;
    }
    search = spl_expand_stage(binder, stage, "search");
    search->span = stage->span;
    spl_expand_add(binder, search, spl_expand_and(binder, stage->n_kids ? stage->kids[0] : NULL, more));
    return search;
}

/* A root's stages onto OUT, the time range in its first search, then WHERE over its fields. */
static bool add_root(spl_stats_search *s, const spl_model *model, const spl_model_object *object, spl_node *out)
{
    spl_binder *binder = s->binder;
    spl_model_wants wants = {.prefix = true, .names = s->names.data, .n_names = s->names.len};
    const spl_node *stages = model_stages(binder, s->stage, model, object, &wants, SPL_S(""));
    spl_node_list more = {0};
    spl_node *first;

    if (!stages || !stages->n_kids) return false;
    for (size_t i = 0; i < s->times.len; i++) SPL_PUSH(binder->arena, &more, s->times.data[i]);
    if (object && s->where && spl_is_search(stages->kids[0])) {
        spl_node *own = implied(binder->arena, object, s->where);

        if (own) SPL_PUSH(binder->arena, &more, own);
    }
    first = first_stage(binder, stages->kids[0], &more);
    if (!first) return false;
    spl_expand_add(binder, out, first);
    spl_expand_add_all(binder, out, stages->kids + 1, stages->n_kids - 1);
    spl_stats_search_where(s, out);
    return true;
}

typedef SPL_VEC(const spl_model_object *) object_list;

/* The roots of a model that is named without a dataset: the only one whose fields the search names, else all that hold
 * events. */
static object_list roots_of(const spl_stats_search *s, const spl_model *model)
{
    object_list roots = {0}, named = {0};

    for (size_t i = 0; i < model->objects.len; i++) {
        const spl_model_object *root = model->objects.data[i];
        bool found = false;

        if (root->parent || root->broken) continue;
        if (root->kind != SPL_MODEL_TRANSACTION) SPL_PUSH(s->binder->arena, &roots, root);
        for (size_t k = 0; k < s->names.len && !found; k++) found = is_below(s->names.data[k], root->lineage);
        if (found) SPL_PUSH(s->binder->arena, &named, root);
    }
    return named.len == 1 ? named : roots;
}

/* The data model's stages; of several roots merged by multisearch. False: refused. */
static bool from_model(tstats *self, spl_node *out)
{
    spl_stats_search *s = &self->base;
    spl_binder *binder = s->binder;
    const spl_model *model = NULL;
    const spl_model_object *object;
    object_list roots = {0};
    spl_node *all;
    bool refused;

    spl_stats_search_split(s, take_term);
    if (self->nodename.len) self->ref.object = self->nodename;
    object = model_find(binder, &self->ref, &model, &refused);
    if (refused) return false;
    for (size_t i = 0; object && i < s->names.len; i++) note_unknown(s, model, object, s->names.data[i]);
    if (object && !self->ref.object.len) roots = roots_of(s, model);
    if (roots.len < 2) return add_root(s, model, roots.len ? roots.data[0] : object, out);
    all = spl_expand_stage(binder, s->stage, "multisearch");
    for (size_t i = 0; i < roots.len; i++) {
        spl_node *pipeline = spl_expand_node(binder, s->stage, SPL_NODE_PIPELINE, SPL_S(""));

        if (!add_root(s, model, roots.data[i], pipeline)) return false;
        spl_expand_add(binder, all, pipeline);
    }
    spl_expand_add(binder, out, all);
    return true;
}

/* ---- FROM <namespace>: a stage that gives the records of a tscollect as rows ---- */

typedef struct namespace_op {
    spl_op base;
    const spl_table *table;
    spl_field *fields;
    uint32_t time;           /* column of _time, UINT32_MAX */
    double earliest, latest; /* [earliest, latest) */
    size_t row;
} namespace_op;

static bool namespace_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    namespace_op *self = (namespace_op *)op;
    const spl_node *name = stage->kids[0];
    spl_str file = spl_strf(binder->arena, "%.*s.ndjson", SPL_FMT(name->text)), text;
    spl_time_range range = {.earliest = -HUGE_VAL, .latest = HUGE_VAL};
    const char *wrong = spl_state_name(file);

    if (wrong) return spl_bad_argument(binder, name->span, "the name of a namespace %s", wrong);
    if (stage->n_kids > 1 && !spl_filter_bind(binder, stage->kids[1], &range)) return false;
    spl_range_take(binder->query, stage, &range, &self->earliest, &self->latest);
    if (binder->query->check_only) return true;
    if (!spl_state_read(binder->query->state, binder->arena, "tsidxstats", file, false, &text)) {
        spl_refuse(binder, name->span, "missing-lookup", "there is no namespace \"%.*s\"", SPL_FMT(name->text));
        spl_hint(binder->diag, "A search that ends in tscollect namespace=%.*s makes it, in %.*s.", SPL_FMT(name->text),
                 SPL_FMT(spl_state_path(binder->query->state, binder->arena, "tsidxstats", SPL_S(""))));
        return false;
    }
    self->table =
        spl_table_of_ndjson(binder->arena, binder->diag,
                            spl_state_path(binder->query->state, binder->arena, "tsidxstats", file), text, NULL, 0);
    self->fields = SPL_NEW_ARRAY(binder->arena, self->table->n_columns, spl_field);
    for (uint32_t c = 0; c < self->table->n_columns; c++)
        self->fields[c] = spl_bind_field(binder, self->table->columns[c]);
    self->time = spl_table_column(self->table, SPL_S("_time"));
    return true;
}

/* Without a time an event is in no bounded range. */
static bool in_range(const namespace_op *self, size_t row)
{
    double time;

    if (isinf(self->earliest) && isinf(self->latest)) return true;
    return self->time != UINT32_MAX && spl_value_number(spl_table_cell(self->table, row, self->time), &time) &&
           time >= self->earliest && time < self->latest;
}

/* ROWS cells of table column C, from the row that is next; _time is a number. */
static void fill_column(const namespace_op *self, spl_batch *batch, uint32_t rows, uint32_t c)
{
    spl_column *column = spl_batch_add(batch, self->fields[c]);

    for (uint32_t i = 0; i < rows; i++) {
        spl_value cell = spl_table_cell(self->table, self->row + i, c);
        double time;

        column->cells[i] = c == self->time && spl_value_number(cell, &time) ? spl_number(time) : cell;
    }
}

static spl_status namespace_next(spl_op *op, spl_batch **batch)
{
    namespace_op *self = (namespace_op *)op;
    const spl_table *table = self->table;

    while (table && self->row < table->n_rows) {
        size_t left = table->n_rows - self->row, kept = 0;
        uint32_t rows = left < SPL_BATCH_ROWS ? (uint32_t)left : SPL_BATCH_ROWS;
        spl_batch *made = spl_op_batch(op, rows);
        bool *keep = SPL_NEW_ARRAY(made->arena, rows, bool);

        for (uint32_t i = 0; i < rows; i++) kept += keep[i] = in_range(self, self->row + i);
        for (uint32_t c = 0; kept && c < table->n_columns; c++)
            if (spl_fieldset_has(&op->needed, self->fields[c])) fill_column(self, made, rows, c);
        self->row += rows;
        spl_query_poll(op->query);
        if (kept) {
            spl_batch_filter(made, keep);
            *batch = made;
            return SPL_OK;
        }
        spl_batch_free(made);
    }
    return SPL_END;
}

/* Not a command of its own: it stands in the stages of tstats alone. */
static const spl_command namespace_command = {.name = "tstats",
                                              .args = SPL_ARGS_STATS,
                                              .traits = SPL_GENERATES,
                                              .op_size = sizeof(namespace_op),
                                              .bind = namespace_bind,
                                              .next = namespace_next};

/* The namespace's records within the time range of WHERE, then the rest of WHERE. False: refused. */
static bool from_namespace(tstats *self, spl_node *out)
{
    spl_stats_search *s = &self->base;
    spl_binder *binder = s->binder;
    spl_node *records = spl_expand_node(binder, s->stage, SPL_NODE_STAGE, s->stage->text), *times;

    records->command = &namespace_command;
    records->name_span = s->stage->name_span;
    spl_stats_search_split(s, take_term);
    if (self->nodename.len) return spl_bad_argument(binder, self->ref.span, "nodename= goes with FROM datamodel=");
    spl_expand_add(binder, records, spl_expand_node(binder, self->namespace, SPL_NODE_WORD, self->namespace->text));
    times = spl_expand_and(binder, NULL, &s->times);
    if (times) spl_expand_add(binder, records, times);
    spl_expand_add(binder, out, records);
    spl_stats_search_where(s, out);
    return true;
}

/* ---- the command ---- */

/* Without FROM: a search for WHERE. */
static void from_events(spl_stats_search *s, spl_node *out)
{
    spl_node *search = spl_expand_stage(s->binder, s->stage, "search");

    if (s->where) spl_expand_add(s->binder, search, s->where);
    spl_expand_add(s->binder, out, search);
}

static const spl_node *tstats_expand(spl_binder *binder, const spl_node *stage)
{
    tstats *self = SPL_NEW(binder->arena, tstats);
    spl_stats_search *s = &self->base;
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    const spl_node *instead;

    *s = (spl_stats_search){.binder = binder,
                            .stage = stage,
                            .options = options,
                            .example = "count where index=web by host",
                            .take_from = take_from};
    if (!spl_stats_search_take(s, &instead)) return NULL;
    if (instead) return instead;
    spl_stats_search_names(s);
    if (self->namespace) {
        if (!from_namespace(self, out)) return NULL;
    } else if (self->has_model) {
        if (!from_model(self, out)) return NULL;
    } else {
        from_events(s, out);
    }
    return spl_stats_search_finish(s, out);
}

static const spl_segment segments[] = {
    {.keyword = "from", .shape = SPL_ARGS_STATS, .options = from_options},
    {.keyword = "where", .shape = SPL_ARGS_SEARCH},
    {.keyword = "by", .shape = SPL_ARGS_PLAIN, .options = spl_stats_search_by_options},
    {.keyword = "groupby", .shape = SPL_ARGS_PLAIN, .options = spl_stats_search_by_options},
    {0}};

SPL_COMMAND(
    tstats, .summary = "Computes figures over events, or over a dataset of a data model, with stats' functions.",
    .syntax = "tstats [prestats=<bool>] [append=<bool>] [summariesonly=<bool>] [fillnull_value=<text>] … "
              "<aggregate> [AS <field>] … [FROM datamodel=<model>[.<dataset>] | FROM <namespace>] "
              "[WHERE <search expression>] "
              "[BY <field> … [span=<span>]]",
    .example = "| tstats count",
    .differs = "There are no summaries and no index files: DATA is searched, and every field that an event has counts "
               "as indexed.",
    .args = SPL_ARGS_STATS, .segments = segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS, .options = options,
    .op_size = sizeof(spl_op), .expand = tstats_expand);
