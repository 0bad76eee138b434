/* census.c -- why the first search kept nothing: which of its clauses about time, index, source, sourcetype or host no
 * event of DATA met, and what values the events have instead; which of the fields that it compares no event has; and
 * words that are searched for but were hardly meant so.
 *
 * It runs only when a search kept nothing, over the same path that the search took (readers, index-time rules), with
 * nothing but these fields, and stops as soon as each clause was met by some event: then nothing is to be told. Fields
 * alone are looked for in the first EVENTS only. */
#include "run/explain.h"

#include <math.h>

enum { SHOWN = 8, EVENTS = 100000, NAMES_EVENTS = 1000 };

/* A comparison that an event without the field cannot satisfy. */
typedef struct compared {
    spl_field field;
    spl_span span;
    bool met;
} compared;

typedef struct seen {
    spl_value values[SHOWN]; /* different ones, in the order met */
    unsigned count;
    bool more;
} seen;

typedef struct clause {
    const spl_filter_metadata *of;
    bool met;
    seen seen[SPL_FILTER_METADATA]; /* of each of its fields */
} clause;

typedef struct census {
    spl_scan *scan; /* of the search */
    spl_worker *worker;
    clause *clauses;
    size_t n_clauses;
    SPL_VEC(compared) fields;
    bool in_range;
    bool command_told; /* a command stands among the terms: what follows it are its arguments */
    double oldest, newest;
    uint64_t events;
    spl_eval ev;
} census;

static void see(seen *c, spl_arena *arena, spl_value value)
{
    unsigned k;

    if (spl_is_null(value)) return;
    for (k = 0; k < c->count; k++) {
        if (spl_value_same(c->values[k], value)) return;
    }
    if (k < SHOWN) {
        c->values[c->count++] = spl_value_keep(arena, value);
    } else {
        c->more = true;
    }
}

/* Some clause is one that no event met as yet. */
static bool clause_open(const census *self)
{
    if (self->scan->ranged && !self->in_range) return true;
    for (size_t c = 0; c < self->n_clauses; c++)
        if (!self->clauses[c].met) return true;
    return false;
}

/* There is something left to find out. */
static bool open_still(const census *self)
{
    if (self->scan->parts || clause_open(self)) return true;
    for (size_t k = 0; k < self->fields.len; k++)
        if (!self->fields.data[k].met) return self->events < EVENTS;
    return false;
}

static void look_for_fields(census *self, const spl_batch *batch, uint32_t row)
{
    for (size_t k = 0; k < self->fields.len; k++) {
        compared *one = &self->fields.data[k];

        if (!one->met) one->met = !spl_is_null(spl_batch_get(batch, row, one->field));
    }
}

/* Counts the clauses that the events in the time range meet. */
static void count_parts(census *self, spl_batch *batch)
{
    const spl_scan *scan = self->scan;
    uint32_t rows = spl_batch_rows(batch);
    bool *keep = SPL_NEW_ARRAY(batch->arena, rows, bool);

    for (uint32_t i = 0; i < rows; i++) {
        double time;

        keep[i] =
            !scan->ranged || (spl_value_number(spl_batch_get(batch, spl_batch_row(batch, i), SPL_F_TIME), &time) &&
                              time >= scan->earliest && time < scan->latest);
    }
    spl_batch_filter(batch, keep);
    spl_parts_look(scan->parts, &self->ev);
}

/* Looks at a batch. False: there is nothing left to find out. */
static bool look(void *to, spl_batch *batch)
{
    census *self = to;
    uint32_t i, k;
    size_t c;
    double time;

    spl_eval_on(&self->ev, self->scan->query, self->worker, batch);
    self->events += spl_batch_rows(batch);
    for (i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);

        if (self->scan->ranged && spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &time)) {
            if (time >= self->scan->earliest && time < self->scan->latest) self->in_range = true;
            self->oldest = fmin(self->oldest, time);
            self->newest = fmax(self->newest, time);
        }
        for (c = 0; c < self->n_clauses; c++) {
            clause *one = &self->clauses[c];

            if (one->met) continue;
            one->met = spl_filter_match(&self->ev, one->of->part, row);
            for (k = 0; k < one->of->n_fields; k++)
                see(&one->seen[k], self->worker->arena, spl_batch_get(batch, row, one->of->fields[k]));
        }
        look_for_fields(self, batch, row);
    }
    if (self->scan->parts) count_parts(self, batch);
    spl_batch_free(batch);
    return open_still(self);
}

/* A scan of all events of DATA in no order, for the fields that are put into its NEEDED. */
static spl_scan *probe_new(const spl_scan *scan, spl_arena *arena)
{
    spl_scan *probe = SPL_NEW(arena, spl_scan);

    probe->query = scan->query;
    probe->stage = scan->stage;
    probe->n_inputs = scan->n_inputs;
    probe->fallback = scan->fallback;
    probe->days = scan->days;
    probe->blocks = scan->blocks;
    probe->order = SPL_FEED_ANY;
    spl_fieldset_init(&probe->filter_reads, arena, scan->query->fields);
    spl_fieldset_init(&probe->needed, arena, scan->query->fields);
    return probe;
}

/* Hands DATA's batches to LOOK until it, or MORE, returns false. */
static void probe_run(spl_scan *probe, spl_worker *worker, bool (*to_look)(void *to, spl_batch *batch),
                      bool (*more)(const void *to), void *to)
{
    spl_scan_worker *sw;
    spl_feed *feed;
    spl_work work;
    bool open = true;

    spl_scan_ready(probe);
    spl_scan_draw(probe);
    sw = spl_scan_worker_new(probe, worker, NULL);
    feed = spl_feed_new(probe, worker->arena);
    while (open && spl_feed_take(feed, worker, &work)) {
        if (work.text.len || work.n_refs) {
            spl_scan_unit(sw, &work, to_look, to);
            open = more(to);
        }
        spl_work_release(&work);
    }
    spl_feed_free(feed);
}

static bool census_open(const void *to)
{
    return open_still(to);
}

static void walk_data(census *self)
{
    spl_scan *probe = probe_new(self->scan, self->worker->arena);

    if (self->scan->ranged) spl_fieldset_add(&probe->needed, SPL_F_TIME);
    for (size_t c = 0; c < self->n_clauses; c++)
        for (uint32_t k = 0; k < self->clauses[c].of->n_fields; k++)
            spl_fieldset_add(&probe->needed, self->clauses[c].of->fields[k]);
    for (size_t k = 0; k < self->fields.len; k++) spl_fieldset_add(&probe->needed, self->fields.data[k].field);
    if (self->scan->parts) spl_fieldset_add_set(&probe->needed, &self->scan->filter_reads);
    probe_run(probe, self->worker, look, census_open, self);
}

/* ---- names ---- */

typedef struct name_list {
    spl_arena *arena;
    const spl_fields *fields;
    SPL_VEC(bool) known; /* by field */
    SPL_VEC(spl_str) names;
    uint64_t events;
} name_list;

static bool note_names(void *to, spl_batch *batch)
{
    name_list *list = to;

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;

        while (list->known.len <= field) SPL_PUSH(list->arena, &list->known, false);
        if (list->known.data[field]) continue;
        list->known.data[field] = true;
        SPL_PUSH(list->arena, &list->names, spl_field_name(list->fields, field));
    }
    list->events += spl_batch_rows(batch);
    spl_batch_free(batch);
    return list->events < NAMES_EVENTS;
}

static bool names_open(const void *to)
{
    return ((const name_list *)to)->events < NAMES_EVENTS;
}

static bool has_pipe(const spl_scan *scan)
{
    for (size_t i = 0; i < scan->n_inputs; i++)
        if (spl_input_is_pipe(spl_dataset_at(scan->query->data, i))) return true;
    return false;
}

size_t spl_census_names(spl_scan *scan, spl_arena *arena, const spl_str **names)
{
    name_list list = {.arena = arena, .fields = scan->query->fields};
    spl_worker *worker;
    spl_scan *probe;

    *names = NULL;
    if (has_pipe(scan)) return 0;
    worker = spl_worker_new(scan->query, 0);
    probe = probe_new(scan, worker->arena);
    spl_fieldset_add_all(&probe->needed);
    probe_run(probe, worker, note_names, names_open, &list);
    spl_worker_free(worker);
    *names = list.names.data;
    return list.names.len;
}

void spl_hint_field(const spl_query *query, spl_str name, const spl_str *names, size_t count)
{
    spl_str near = spl_nearest(name, names, count);

    if (spl_str_is(name, "tag") || spl_str_is(name, "eventtype") || spl_str_starts(name, SPL_S("tag::")))
        spl_hint(query->diag, "Tags and event types come from apps that know the sourcetype of the events: --app");
    else if (near.len)
        spl_hint(query->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    else
        spl_hint(query->diag, "The command fieldsummary lists the fields that there are.");
}

static void tell_fields(const census *self)
{
    const spl_query *query = self->scan->query;
    const spl_str *names = NULL;
    size_t count = 0;
    bool asked = false;

    for (size_t k = 0; k < self->fields.len; k++) {
        const compared *one = &self->fields.data[k];
        spl_str name = spl_field_name(query->fields, one->field);

        if (one->met) continue;
        if (!asked) count = spl_census_names(self->scan, self->worker->arena, &names);
        asked = true;
        if (self->events < EVENTS)
            spl_note(query->diag, one->span, "absent-field", "no event has the field \"%.*s\"", SPL_FMT(name));
        else
            spl_note(query->diag, one->span, "absent-field",
                     "none of the %llu events that were looked at has the field \"%.*s\"",
                     (unsigned long long)self->events, SPL_FMT(name));
        spl_hint_field(query, name, names, count);
    }
}

static void add_seen(spl_buf *text, spl_arena *arena, const seen *of)
{
    for (unsigned k = 0; k < of->count; k++) {
        spl_str value = spl_value_text(arena, of->values[k]);

        spl_buf_printf(text, "%s\"%.*s\"", k ? ", " : "", SPL_FMT(value));
    }
    if (of->more) spl_buf_puts(text, " and others");
    if (of->count == 0) spl_buf_puts(text, "absent");
}

static void tell(const census *self)
{
    const spl_query *query = self->scan->query;
    spl_buf text = spl_buf_in(self->worker->arena);
    size_t c;
    unsigned k;

    if (self->scan->ranged && !self->in_range && self->oldest <= self->newest) {
        spl_strftime(&text, query->zone, self->oldest, SPL_S("%Y-%m-%dT%H:%M:%S%:z"));
        spl_buf_puts(&text, " to ");
        spl_strftime(&text, query->zone, self->newest, SPL_S("%Y-%m-%dT%H:%M:%S%:z"));
        spl_note(query->diag, self->scan->range_span, "nothing-in-range",
                 "no event is in the time range; the events are from %.*s", SPL_FMT(spl_buf_str(&text)));
    }
    for (c = 0; c < self->n_clauses; c++) {
        const clause *one = &self->clauses[c];

        if (one->met) continue;
        spl_buf_clear(&text);
        for (k = 0; k < one->of->n_fields; k++) {
            spl_buf_printf(&text, "%s%.*s is ", k ? ", their " : "",
                           SPL_FMT(spl_field_name(query->fields, one->of->fields[k])));
            add_seen(&text, self->worker->arena, &one->seen[k]);
        }
        spl_note(query->diag, one->of->span, "nothing-matches", "no event meets this clause; the events' %.*s",
                 SPL_FMT(spl_buf_str(&text)));
    }
}

/* ---- the text of the search ---- */

static void add_compared(census *self, const spl_node *node)
{
    const spl_query *query = self->scan->query;
    spl_field field = spl_field_of(query->fields, node->text);

    if (self->command_told || field < SPL_F_FIRST_FREE || !spl_fieldset_has(&self->scan->filter_reads, field)) return;
    for (size_t k = 0; k < self->fields.len; k++)
        if (self->fields.data[k].field == field) return;
    SPL_PUSH(self->worker->arena, &self->fields,
             ((compared){.field = field, .span = node->name_span.source ? node->name_span : node->span}));
}

static bool curly(spl_str text)
{
    return spl_str_find(text, SPL_S("\xe2\x80\x9c"), 0) >= 0 || spl_str_find(text, SPL_S("\xe2\x80\x9d"), 0) >= 0;
}

static void tell_value(const spl_query *query, const spl_node *value)
{
    if (value->quoted) return;
    if (value->text.len && value->text.data[0] == '\'') {
        spl_note(query->diag, value->span, "plain-word", "the single quotation marks are searched for as they stand");
        spl_hint(query->diag, "A search quotes with double ones: \"");
        return;
    }
    if (!curly(value->text)) return;
    spl_note(query->diag, value->span, "plain-word", "the curly quotation marks are searched for as they stand");
    spl_hint(query->diag, "A search quotes with straight ones: \"");
}

/* name: as YAML and other languages have it. */
static bool ends_in_colon(spl_str text)
{
    if (text.len < 2 || text.data[text.len - 1] != ':') return false;
    for (size_t i = 0; i + 1 < text.len; i++)
        if (!spl_is_alpha(text.data[i]) && !spl_is_digit(text.data[i]) && !spl_is_any(text.data[i], "_.|"))
            return false;
    return true;
}

/* Words that were hardly meant to be searched for. */
static void tell_word(census *self, const spl_node *term)
{
    static const char lists[] = "A list stands in round brackets: <field> IN (<value>, <value>)";
    const spl_query *query = self->scan->query;
    spl_str text = term->text;
    const spl_command *command = spl_command_find(text);

    if (term->quoted) return;
    tell_value(query, term);
    const char *hint = NULL;
    if (spl_str_iis(text, "and") || spl_str_iis(text, "or") || spl_str_iis(text, "not"))
        hint = "Between search terms AND, OR and NOT are written in capitals.";
    else if (spl_str_is(text, "&&"))
        hint = "Search terms are joined by AND, or by nothing.";
    else if (spl_str_iis(text, "xor"))
        hint = "XOR is for where and eval: | where a=1 XOR b=1";
    else if (spl_str_iis(text, "in"))
        hint = lists;
    else if (self->command_told)
        return;
    else if (spl_str_iis(text, "select"))
        hint =
            "There is no SELECT: events are chosen by search terms, figures are made by | stats, columns by | table.";
    else if (ends_in_colon(text))
        hint = "A field is compared by an equals sign: <field>=<value>";
    else if (!command || !spl_str_is(text, command->name))
        return;
    self->command_told |= command || spl_str_iis(text, "select");
    spl_note(query->diag, term->span, "plain-word", "\"%.*s\" is searched for as a word", SPL_FMT(text));
    if (hint)
        spl_hint(query->diag, "%s", hint);
    else
        spl_hint(query->diag, "A command stands behind a pipe: | %s", command->name);
}

static void walk_terms(census *self, const spl_node *node)
{
    if (!node) return;
    switch (node->kind) {
    case SPL_NODE_COMPARE:
    case SPL_NODE_AMONG:
        add_compared(self, node);
        if (node->n_kids && node->kids[0]->kind == SPL_NODE_WORD) tell_value(self->scan->query, node->kids[0]);
        return;
    case SPL_NODE_TERM: tell_word(self, node); return;
    case SPL_NODE_AND:
    case SPL_NODE_OR:
        for (uint32_t i = 0; i < node->n_kids; i++) walk_terms(self, node->kids[i]);
        return;
    default: return; /* an event need not have what stands under NOT */
    }
}

void spl_explain_census(spl_plan *plan)
{
    spl_scan *scan = plan->scan;
    spl_query *query = plan->query;
    census self = {.scan = scan, .oldest = HUGE_VAL, .newest = -HUGE_VAL};
    const spl_filter_metadata *clauses;
    size_t i;

    self.worker = spl_worker_new(query, 0);
    if (scan->filter) self.n_clauses = spl_filter_metadata_clauses(scan->filter, self.worker->arena, &clauses);
    self.clauses = SPL_NEW_ARRAY(self.worker->arena, self.n_clauses, clause);
    for (i = 0; i < self.n_clauses; i++) self.clauses[i].of = &clauses[i];
    walk_terms(&self, scan->terms);
    if (!has_pipe(scan)) { /* which is read once: its events are gone */
        if (self.n_clauses || self.fields.len || scan->ranged || scan->parts) walk_data(&self);
        if (self.events && clause_open(&self)) {
            tell(&self);
        } else if (self.events) {
            tell_fields(&self);
        }
    }
    spl_worker_free(self.worker);
}

void spl_explain_nothing(spl_plan *plan, uint64_t rows)
{
    if (plan->scan && plan->query->data && atomic_load(&plan->scan->kept) == 0)
        spl_explain_census(plan);
    else if (rows == 0)
        spl_explain_absent(plan, true);
}
