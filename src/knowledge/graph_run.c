/* graph_run.c -- runs what graph.c compiled: which program an event's class has, and its steps over batches. */
#include "base/fault.h"
#include "knowledge/graph_parts.h"
#include "knowledge/knowledge.h"

typedef struct slot { /* a field that extractions make */
    spl_field field;
    spl_value *cells;        /* by place in rows */
    SPL_VEC(spl_value) more; /* of the row at hand */
} slot;

struct spl_graph_use {
    spl_graph *graph;
    spl_worker *worker;
    struct use_input {
        const spl_fieldset *reads;
        uint32_t version;
        size_t covered; /* how many programs of the input this thread has looked at */
        SPL_VEC(const program *) programs;
        SPL_VEC(spl_kv *) kv, again; /* by number of the program */
    } * inputs;
    SPL_VEC(spl_map) keys; /* of each program: key found -> field + 2, 1: not wanted */
    spl_map known;         /* sourcetype, source, host -> program */
    spl_arena *known_arena;
    spl_str last[3];
    const program *last_program;
    const program **of_row;
    uint32_t *rows;
    uint32_t cap_rows;
    SPL_VEC(slot) slots;
    uint32_t *places; /* by field: where its slot is, if it has one */
    uint32_t n_places;
    SPL_VEC(spl_matches *) matches; /* of each lookup */
    spl_eval ev;
    spl_tagging_use *tagging;
    /* of the run at hand */
    const program *program;
    const extract_step *step;
    spl_batch *batch;
    uint32_t place, n;
};

/* ---- one thread ---- */

spl_graph_use *spl_graph_use_new(spl_graph *graph, spl_worker *worker)
{
    spl_graph_use *use = SPL_NEW(worker->arena, spl_graph_use);

    use->graph = graph;
    use->worker = worker;
    use->inputs = SPL_NEW_ARRAY(worker->arena, graph->n_inputs + 1, struct use_input);
    use->known_arena = spl_arena_new(graph->query->account);
    use->known = spl_map_in(use->known_arena);
    if (graph->tagging) use->tagging = spl_tagging_use_new(graph->tagging, worker);
    return use;
}

const spl_fieldset *spl_graph_reads(spl_graph_use *use, const spl_graph_input *input, uint32_t *version)
{
    struct use_input *own = &use->inputs[input->number];
    input_reads *shared = &use->graph->inputs[input->number];

    pthread_mutex_lock(&use->graph->lock);
    if (!own->reads || own->version != shared->version) {
        own->reads = shared->reads;
        own->version = shared->version;
        own->kv.len = own->again.len = 0;
    }
    for (; own->covered < shared->covered.len; own->covered++)
        SPL_PUSH(use->worker->arena, &own->programs, shared->covered.data[own->covered]);
    pthread_mutex_unlock(&use->graph->lock);
    *version = own->version;
    return own->reads;
}

static bool is_covered(const struct use_input *own, const program *p)
{
    for (size_t i = own->programs.len; i-- > 0;)
        if (own->programs.data[i] == p) return true;
    return false;
}

static void cover(spl_graph *graph, uint32_t number, const program *p)
{
    input_reads *shared = &graph->inputs[number];
    spl_frame frame;

    pthread_mutex_lock(&graph->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&graph->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    for (size_t i = 0; i < shared->covered.len; i++) {
        if (shared->covered.data[i] != p) continue;
        p = NULL;
        break;
    }
    if (p) {
        spl_fieldset *more = SPL_NEW(graph->arena, spl_fieldset);

        spl_fieldset_init(more, graph->arena, graph->query->fields);
        spl_fieldset_add_set(more, shared->reads);
        spl_fieldset_add_set(more, &p->needs);
        shared->reads = more;
        shared->version++;
        SPL_PUSH(graph->arena, &shared->covered, p);
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&graph->lock);
}

static spl_str text_in(const spl_batch *batch, uint32_t row, spl_field field)
{
    spl_value v = spl_batch_get(batch, row, field);

    if (v.kind == SPL_KIND_MULTI) v = spl_value_at(v, 0);
    return v.kind == SPL_KIND_TEXT ? spl_value_str(v) : (spl_str){"", 0};
}

static bool same(spl_str a, spl_str b)
{
    return a.len == b.len && (a.data == b.data || a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

enum { KNOWN = 4096 };

static const program *program_of(spl_graph_use *use, const spl_batch *batch, uint32_t row)
{
    static const spl_field fields[3] = {SPL_F_SOURCETYPE, SPL_F_SOURCE, SPL_F_HOST};
    static const unsigned bits[3] = {SPL_PROPS_SOURCETYPE, SPL_PROPS_SOURCE, SPL_PROPS_HOST};
    spl_graph *graph = use->graph;
    spl_str values[3];
    spl_map_entry *entry;
    spl_buf key;
    bool made, repeated = use->last_program != NULL;

    for (int i = 0; i < 3; i++) {
        values[i] = graph->looks_at & bits[i] ? text_in(batch, row, fields[i]) : (spl_str){"", 0};
        repeated = repeated && same(values[i], use->last[i]);
    }
    if (repeated) return use->last_program;
    if (use->known.len == KNOWN) {
        spl_arena_reset(use->known_arena);
        use->known = spl_map_in(use->known_arena);
    }
    key = spl_buf_in(batch->arena);
    for (int i = 0; i < 3; i++) {
        uint32_t len = (uint32_t)values[i].len;

        spl_buf_add(&key, spl_str_cut((char *)&len, sizeof len));
        spl_buf_add(&key, values[i]);
    }
    entry = spl_map_put(&use->known, spl_buf_str(&key), &made);
    if (made || !entry->value) {
        spl_str renamed = spl_props_renamed(graph->props, values[0]);

        entry->value = (void *)(uintptr_t)spl_graph_program(
            graph, spl_props_class_of(graph->props, renamed.len ? renamed : values[0], values[1], values[2]), renamed);
    }
    /* what is remembered stands in the key, since the batch goes */
    for (size_t i = 0, at = 0; i < 3; i++) {
        at += sizeof(uint32_t);
        use->last[i] = spl_str_sub(entry->key, at, at + values[i].len);
        at += values[i].len;
    }
    use->last_program = entry->value;
    return use->last_program;
}

/* ---- running ---- */

static slot *slot_known(spl_graph_use *use, spl_field field)
{
    slot *s;

    if (field >= use->n_places || use->places[field] >= use->slots.len) return NULL;
    s = &use->slots.data[use->places[field]];
    return s->field == field ? s : NULL;
}

static slot *slot_of(spl_graph_use *use, spl_field field)
{
    slot *s = slot_known(use, field);

    if (s) return s;
    if (field >= use->n_places) { /* what stood there is found out to be old, if need be */
        use->n_places = (field + 64) * 2;
        use->places = SPL_NEW_ARRAY(use->worker->arena, use->n_places, uint32_t);
        for (size_t i = 0; i < use->slots.len; i++) use->places[use->slots.data[i].field] = (uint32_t)i;
    }
    use->places[field] = (uint32_t)use->slots.len;
    SPL_PUSH(use->batch->arena, &use->slots, (slot){.field = field});
    s = &use->slots.data[use->slots.len - 1];
    s->cells = SPL_NEW_ARRAY(use->batch->arena, use->n, spl_value);
    return s;
}

static spl_field field_of_key(spl_graph_use *use, spl_str key)
{
    const spl_fieldset *needs = &use->program->needs;
    spl_fields *fields = use->graph->query->fields;
    spl_field field = SPL_NO_FIELD;
    spl_map *keys;
    uintptr_t number;

    while (use->keys.len <= use->program->number)
        SPL_PUSH(use->worker->arena, &use->keys, spl_map_in(use->worker->arena));
    keys = &use->keys.data[use->program->number];
    number = (uintptr_t)spl_map_get(keys, key);
    if (number) return number == 1 ? SPL_NO_FIELD : (spl_field)(number - 2);
    if (spl_fieldset_finite(needs)) { /* interns nothing that is not wanted */
        for (size_t i = 0; i < needs->names.len && field == SPL_NO_FIELD; i++)
            if (spl_str_eq(spl_field_name(fields, needs->names.data[i]), key)) field = needs->names.data[i];
    } else {
        field = spl_field_of(fields, key);
        if (!spl_fieldset_has(needs, field)) field = SPL_NO_FIELD;
    }
    if (is_metadata(field)) field = SPL_NO_FIELD;
    if (keys->len < 1 << 14)
        spl_map_set(keys, key, (void *)(uintptr_t)(field == SPL_NO_FIELD ? 1 : (uintptr_t)field + 2));
    return field;
}

static void put_value(void *to, long name, spl_str key, spl_str value)
{
    spl_graph_use *use = to;
    spl_field field = name >= 0 ? use->step->fields[name] : field_of_key(use, key);
    slot *s;

    if (field == SPL_NO_FIELD) return;
    s = slot_of(use, field);
    if (spl_is_null(s->cells[use->place]) && !s->more.len) {
        s->cells[use->place] = spl_text(value);
    } else if (use->step->what->mv_add) {
        if (!s->more.len) {
            for (uint32_t i = 0; i < spl_value_count(s->cells[use->place]); i++)
                SPL_PUSH(use->batch->arena, &s->more, spl_value_at(s->cells[use->place], i));
        }
        SPL_PUSH(use->batch->arena, &s->more, spl_text(value));
    }
}

static spl_value value_of(spl_graph_use *use, spl_field field, uint32_t place, uint32_t row)
{
    const slot *s = slot_known(use, field);

    if (s && !spl_is_null(s->cells[place])) return s->cells[place];
    return spl_batch_get(use->batch, row, field);
}

static void run_extracts(spl_graph_use *use, const program *p, const spl_graph_input *input)
{
    memset(&use->slots, 0, sizeof use->slots); /* they live in the batch */
    for (size_t i = 0; i < p->extracts.len; i++) {
        const extract_step *step = use->step = &p->extracts.data[i];

        for (use->place = 0; use->place < use->n; use->place++) {
            spl_value from = value_of(use, step->from, use->place, use->rows[use->place]);

            for (uint32_t k = 0; k < spl_value_count(from); k++)
                spl_extraction_run(step->run, use->worker->match, use->batch->arena,
                                   spl_value_text(use->batch->arena, spl_value_at(from, k)), put_value, use);
            for (size_t k = 0; step->what->mv_add && k < use->slots.len; k++) {
                slot *s = &use->slots.data[k];

                if (!s->more.len) continue;
                s->cells[use->place] = spl_multi_of(use->batch->arena, s->more.data, s->more.len);
                s->more.len = 0;
            }
        }
    }
    for (size_t i = 0; i < use->slots.len; i++) {
        const slot *s = &use->slots.data[i];
        spl_column *column = spl_batch_add(use->batch, s->field);

        for (uint32_t k = 0; k < use->n; k++) {
            spl_value *cell = &column->cells[use->rows[k]];

            if (!spl_is_null(s->cells[k]) && (!input->records || spl_is_null(*cell))) *cell = s->cells[k];
        }
    }
}

/* AGAIN: the fields of JSON that index time made are made at search time too, and have both values. */
static void run_kv(spl_graph_use *use, const program *p, const spl_graph_input *input, bool again)
{
    struct use_input *own = &use->inputs[input->number];
    spl_kv *kv;

    while (own->kv.len <= p->number) {
        SPL_PUSH(use->worker->arena, &own->kv, NULL);
        SPL_PUSH(use->worker->arena, &own->again, NULL);
    }
    kv = again ? own->again.data[p->number] : own->kv.data[p->number];
    if (!kv) {
        spl_kv_options options = p->kv;

        if (again) {
            options.adds = true;
            options.objects = options.kind == SPL_KV_PAIRS;
            options.kind = SPL_KV_JSON;
        }
        kv = spl_kv_new(use->worker->arena, use->graph->query->fields, own->reads, options);
        *(again ? &own->again.data[p->number] : &own->kv.data[p->number]) = kv;
    }
    spl_kv_begin(kv, use->batch);
    for (uint32_t i = 0; i < use->n; i++)
        if (!spl_kv_row(kv, use->worker->match, use->rows[i], text_in(use->batch, use->rows[i], SPL_F_RAW)))
            atomic_store_explicit(&use->graph->kv_cut, true, memory_order_relaxed);
}

static void run_aliases(spl_graph_use *use, const program *p)
{
    for (size_t i = 0; i < p->aliases.len; i++) {
        const alias_step *step = &p->aliases.data[i];
        const spl_column *from = spl_batch_column(use->batch, step->from);
        spl_column *to = from ? spl_batch_add(use->batch, step->to) : spl_batch_column(use->batch, step->to);

        if (!to) continue;
        for (uint32_t k = 0; k < use->n; k++) {
            uint32_t row = use->rows[k];

            if (!step->only_new) {
                to->cells[row] = from ? from->cells[row] : SPL_NULL;
            } else if (from && spl_is_null(to->cells[row])) {
                to->cells[row] = from->cells[row];
            }
        }
    }
}

static void run_evals(spl_graph_use *use, const program *p)
{
    spl_value **values = SPL_NEW_ARRAY(use->batch->arena, p->evals.len, spl_value *);

    spl_eval_on(&use->ev, use->graph->query, use->worker, use->batch);
    for (size_t i = 0; i < p->evals.len; i++) {
        values[i] = SPL_NEW_ARRAY(use->batch->arena, use->n, spl_value);
        for (uint32_t k = 0; k < use->n; k++) {
            spl_value v = spl_eval_row(&use->ev, p->evals.data[i].value, use->rows[k]);

            values[i][k] = v.kind == SPL_KIND_BOOL ? spl_text(spl_bool_text(v.as.truth)) : v;
        }
    }
    for (size_t i = 0; i < p->evals.len; i++) {
        spl_column *column = spl_batch_column(use->batch, p->evals.data[i].to);

        for (uint32_t k = 0; k < use->n; k++) {
            if (!column && spl_is_null(values[i][k])) continue; /* a column of nulls alone is none */
            if (!column) column = spl_batch_add(use->batch, p->evals.data[i].to);
            column->cells[use->rows[k]] = values[i][k];
        }
    }
}

/* Lookups see the rows of the class alone. */
static void run_lookups(spl_graph_use *use, const program *p)
{
    spl_batch *batch = use->batch;
    uint32_t *selection = batch->selection, left = batch->left;

    batch->selection = use->rows;
    batch->left = use->n;
    for (size_t i = 0; i < p->lookups.len; i++) {
        const lookup_step *step = &p->lookups.data[i];

        while (use->matches.len <= step->number) SPL_PUSH(use->worker->arena, &use->matches, NULL);
        if (!use->matches.data[step->number])
            use->matches.data[step->number] = spl_lookup_use_start(step->use, use->worker->arena);
        spl_lookup_use_apply(step->use, use->matches.data[step->number], batch);
    }
    batch->selection = selection;
    batch->left = left;
}

static void run_rename(spl_graph_use *use, const program *p)
{
    const spl_column *from = spl_batch_column(use->batch, SPL_F_SOURCETYPE);
    spl_column *original = from && p->original ? spl_batch_add(use->batch, use->graph->sourcetype) : NULL;

    for (uint32_t i = 0; original && i < use->n; i++) original->cells[use->rows[i]] = from->cells[use->rows[i]];
    for (uint32_t i = 0; p->renamed.len && i < use->n; i++)
        spl_batch_set(use->batch, use->rows[i], SPL_F_SOURCETYPE, spl_text(p->renamed));
}

static void drop_read(spl_graph_use *use) /* KV_MODE=none: what the reader found in the text is no field */
{
    for (uint32_t i = 0; i < use->batch->n_columns; i++) {
        spl_column *column = use->batch->columns[i];

        if (column->field < SPL_F_FIRST_FREE) continue;
        for (uint32_t k = 0; k < use->n; k++) column->cells[use->rows[k]] = SPL_NULL;
    }
}

static void run(spl_graph_use *use, const program *p, const spl_graph_input *input)
{
    bool by_reader = input->auto_json && (p->kv.kind == SPL_KV_JSON || (p->kv.kind == SPL_KV_PAIRS && p->kv.json));
    bool drop = input->auto_json && (p->no_kv || !by_reader) && !p->indexed;

    use->program = p;
    if (drop) drop_read(use);
    if (p->renamed.len || p->original) run_rename(use, p);
    if (p->twice && input->auto_json) run_kv(use, p, input, true);
    if (p->extracts.len) run_extracts(use, p, input);
    if ((input->auto_kv || drop || (input->table && p->indexed)) && !input->records && !p->no_kv)
        run_kv(use, p, input, false);
    if (input->between) input->between(input->of, use->batch, use->rows, use->n);
    if (p->aliases.len) run_aliases(use, p);
    if (p->evals.len) run_evals(use, p);
    if (p->lookups.len) run_lookups(use, p);
}

bool spl_graph_apply(spl_graph_use *use, const spl_graph_input *input, spl_batch *batch, uint32_t first, uint32_t count)
{
    struct use_input *own = &use->inputs[input->number];
    bool covered = true;
    uint32_t i, left;

    if (use->cap_rows < count) {
        use->cap_rows = count;
        use->of_row = SPL_NEW_ARRAY(use->worker->arena, count, const program *);
        use->rows = SPL_NEW_ARRAY(use->worker->arena, count, uint32_t);
    }
    for (i = 0; i < count; i++) {
        use->of_row[i] = program_of(use, batch, first + i);
        if (i && use->of_row[i] == use->of_row[i - 1]) continue;
        if (is_covered(own, use->of_row[i])) continue;
        cover(use->graph, input->number, use->of_row[i]);
        covered = false;
    }
    if (!covered) return false;
    use->batch = batch;
    for (left = count; left;) { /* each program on its rows */
        const program *p = NULL;

        use->n = 0;
        for (i = 0; i < count; i++) {
            if (!use->of_row[i]) continue;
            if (!p) p = use->of_row[i];
            if (use->of_row[i] != p) continue;
            use->rows[use->n++] = first + i;
            use->of_row[i] = NULL;
        }
        left -= use->n;
        run(use, p, input);
    }
    return true;
}

/* A value becomes the first groups of all matches of TOKENIZER; one without a match stays. */
static void run_tokens(spl_graph_use *use, spl_batch *batch)
{
    spl_match *match = use->worker->match;

    for (size_t i = 0; i < use->graph->tokens.len; i++) {
        const token_step *step = &use->graph->tokens.data[i];
        spl_column *column = spl_batch_column(batch, step->field);

        for (uint32_t r = 0; column && r < spl_batch_rows(batch); r++) {
            spl_value *cell = &column->cells[spl_batch_row(batch, r)];
            SPL_VEC(spl_value) parts = {0};

            for (uint32_t k = 0; k < spl_value_count(*cell); k++) {
                spl_str text = spl_value_text(batch->arena, spl_value_at(*cell, k)), part;
                size_t at = 0, before = parts.len;

                while (at <= text.len && spl_regex_search(match, step->regex, text, at)) {
                    if (spl_match_group(match, spl_regex_groups(step->regex) ? 1 : 0, &part))
                        SPL_PUSH(batch->arena, &parts, spl_text(part));
                    at = spl_match_end(match, 0) > at ? spl_match_end(match, 0) : at + 1;
                }
                if (parts.len == before) SPL_PUSH(batch->arena, &parts, spl_value_at(*cell, k));
            }
            if (parts.len == 1) *cell = parts.data[0];
            if (parts.len > 1) *cell = spl_multi_of(batch->arena, parts.data, parts.len);
        }
    }
}

bool spl_graph_kv_cut(const spl_graph *graph)
{
    return atomic_load_explicit(&graph->kv_cut, memory_order_relaxed);
}

void spl_graph_finish(spl_graph_use *use, spl_batch *batch)
{
    if (use->graph->tokens.len) run_tokens(use, batch);
    if (use->tagging) spl_tagging_run(use->tagging, batch);
    if (use->graph->wanted->all && use->graph->wanted->except.len == 0) return;
    for (uint32_t i = batch->n_columns; i-- > 0;) {
        spl_field field = batch->columns[i]->field;

        if (!spl_fieldset_has(use->graph->wanted, field)) spl_batch_drop(batch, field);
    }
}
