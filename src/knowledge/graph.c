/* graph.c -- compiles what apps say about a class of events, cut back to the wanted fields, and runs it on batches. */
#include "knowledge/graph.h"

#include "base/fault.h"
#include "base/wildcard.h"
#include "exec/bind.h"
#include "expr/expr.h"
#include "knowledge/extraction.h"
#include "knowledge/indexing.h"
#include "knowledge/knowledge.h"
#include "knowledge/kv.h"
#include "knowledge/lookup.h"
#include "knowledge/props.h"
#include "knowledge/tagging.h"

#include <assert.h>
#include "readers/reader.h"

typedef struct extract_step {
    const spl_extraction *what;
    const spl_extractor_of *run;
    spl_field from;
    spl_field *fields; /* for each of its names; SPL_NO_FIELD: not wanted */
    spl_str label;
    spl_span span;
} extract_step;

typedef struct alias_step {
    spl_field from, to;
    bool only_new;
    spl_str label;
    spl_span span;
} alias_step;

typedef struct eval_step {
    spl_field to;
    const spl_expr *value;
    spl_str label;
    spl_span span;
} eval_step;

typedef struct lookup_step {
    const spl_lookup_use *use;
    uint32_t number; /* among those of the graph */
    SPL_VEC(spl_field) makes;
    spl_str label;
    spl_span span;
} lookup_step;

typedef struct token_step { /* TOKENIZER of fields.conf */
    spl_field field;
    spl_regex *regex;
} token_step;

typedef struct program {
    const spl_props_class *of;
    spl_fieldset needs; /* of the reader */
    SPL_VEC(extract_step) extracts;
    SPL_VEC(alias_step) aliases;
    SPL_VEC(eval_step) evals;
    SPL_VEC(lookup_step) lookups;
    uint32_t number; /* in the graph's list */
    spl_kv_options kv;
    bool no_kv;                 /* KV_MODE = none */
    const spl_fieldset *theirs; /* made by a user's app, where the program's own apps speak too; or NULL */
    bool indexed;               /* INDEXED_EXTRACTIONS: KV_MODE says nothing about what the reader gives */
    spl_str renamed;            /* props.conf, rename: what sourcetype becomes; or empty */
    bool original;              /* _sourcetype is asked for */
} program;

typedef struct input_reads {
    const spl_fieldset *reads;
    uint32_t version;
    SPL_VEC(const program *) covered;
} input_reads;

struct spl_graph {
    const spl_query *query;
    const spl_fieldset *wanted;
    spl_fieldset base; /* wanted, and what event types and tags read */
    spl_props *props;
    unsigned looks_at;
    spl_tagging *tagging; /* or NULL */
    size_t n_inputs;
    pthread_mutex_t lock;
    spl_arena *arena;  /* under the lock */
    spl_query binding; /* the query, with that arena and diagnostics of its own */
    spl_map programs;  /* number of the class, new name of the sourcetype -> program * */
    SPL_VEC(program *) list;
    uint32_t n_lookups;
    input_reads *inputs;
    SPL_VEC(token_step) tokens;
    spl_field sourcetype; /* _sourcetype */
    atomic_bool kv_cut;
};

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
        SPL_VEC(spl_kv *) kv; /* by number of the program */
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
    SPL_VEC(spl_matches *) matches; /* of each lookup */
    spl_eval ev;
    spl_tagging_use *tagging;
    /* of the run at hand */
    const program *program;
    const extract_step *step;
    spl_batch *batch;
    uint32_t place, n;
};

static bool is_metadata(spl_field field)
{
    return field == SPL_F_HOST || field == SPL_F_SOURCE || field == SPL_F_SOURCETYPE || field == SPL_F_INDEX ||
           field == SPL_F_TIME || field == SPL_F_RAW || field == SPL_F_INDEXTIME;
}

/* ---- what is wrong with a setting ---- */

static void broken(spl_graph *graph, spl_span span, spl_str label, const char *why, spl_str more)
{
    spl_warning(graph->query->diag, span, "conf", "%.*s is passed over: %s%.*s", SPL_FMT(label), why, SPL_FMT(more));
}

/* Diagnostics of a private binding become one warning. */
static void tell(spl_graph *graph, spl_span span, spl_str label)
{
    const spl_diag *diag = graph->binding.diag;

    for (size_t i = 0; i < spl_diag_len(diag); i++) {
        if (spl_diag_at(diag, i)->severity != SPL_ERROR) continue;
        broken(graph, span, label, "", spl_diag_at(diag, i)->message);
        return;
    }
    broken(graph, span, label, "it cannot be used", (spl_str){"", 0});
}

static const spl_source *text_of(spl_arena *arena, const spl_conf_entry *entry)
{
    spl_source *source = spl_source_new(arena, entry->span.source->name, entry->value);

    source->within = entry->span;
    return source;
}

/* ---- compiling a class, from the last operation back ---- */

static spl_expr *bind_eval(spl_graph *graph, const spl_conf_entry *entry, spl_fieldset *reads)
{
    static const spl_command none = {.name = "eval", .op_size = sizeof(spl_op)};
    spl_query *query = &graph->binding;
    spl_parse_env env = *query->parse;
    spl_binder binder = {.query = query, .arena = graph->arena, .fields = query->fields};
    spl_op op = {.command = &none, .query = query};
    const spl_node *node;
    spl_expr *expr = NULL;

    query->diag = spl_diag_new(graph->arena);
    binder.diag = env.diag = query->diag;
    env.arena = graph->arena;
    spl_fieldset_init(&op.reads, graph->arena, query->fields);
    spl_fieldset_init(&op.makes, graph->arena, query->fields);
    binder.op = &op;
    node = spl_parse_expression(&env, text_of(graph->arena, entry));
    if (node) expr = spl_expr_bind(&binder, node);
    if (binder.worker) spl_worker_free(binder.worker);
    if (!expr) {
        tell(graph, entry->span, entry->key);
        return NULL;
    }
    spl_fieldset_add_set(reads, &op.reads);
    return expr;
}

/* Whether a setting of the program's own apps leaves FIELD to a user's app. */
static bool yields(const program *p, const spl_conf_entry *entry, spl_field field)
{
    return entry->builtin && p->theirs && field != SPL_NO_FIELD && spl_fieldset_has(p->theirs, field);
}

static void compile_evals(spl_graph *graph, program *p, spl_fieldset *need)
{
    size_t n, first = spl_props_range(p->of, "EVAL-", &n);
    spl_fieldset reads;

    spl_fieldset_init(&reads, graph->arena, graph->query->fields);
    for (size_t i = first; i < first + n; i++) {
        const spl_conf_entry *entry = p->of->settings[i];
        spl_str name = spl_str_trim(spl_str_sub(entry->key, 5, entry->key.len));
        eval_step step = {.label = entry->key, .span = entry->span};

        if (!name.len || !entry->value.len) continue;
        step.to = spl_field_of(graph->query->fields, name);
        if (!spl_fieldset_has(need, step.to) || yields(p, entry, step.to)) continue;
        if (step.to == SPL_F_RAW || step.to == SPL_F_TIME) {
            broken(graph, entry->span, entry->key, "_raw and _time cannot be calculated", (spl_str){"", 0});
            continue;
        }
        step.value = bind_eval(graph, entry, &reads);
        if (step.value) SPL_PUSH(graph->arena, &p->evals, step);
    }
    spl_fieldset_add_set(need, &reads);
}

/* Whether a field could be wanted that only the event can name. */
static bool wants_keys(const spl_fieldset *need)
{
    if (!spl_fieldset_finite(need)) return true;
    for (size_t i = 0; i < need->names.len; i++)
        if (need->names.data[i] >= SPL_F_FIRST_FREE) return true;
    return false;
}

typedef struct lookup_text { /* NAME in AS field … OUTPUT column AS field … */
    spl_str name;
    SPL_VEC(spl_lookup_pair) in, out;
    bool only_new, sound;
} lookup_text;

static lookup_text read_lookup(spl_arena *arena, spl_fields *fields, const spl_conf_entry *entry)
{
    lookup_text text = {.sound = true};
    spl_str *words;
    size_t n = spl_conf_words(arena, entry->value, &words), i = 1;
    bool out = false;

    text.name = n ? words[0] : (spl_str){"", 0};
    while (i < n) {
        spl_lookup_pair pair = {.column = words[i], .span = entry->span};
        spl_str field = words[i];

        if (!out && (spl_str_iis(words[i], "output") || spl_str_iis(words[i], "outputnew"))) {
            out = true;
            text.only_new = spl_str_iis(words[i], "outputnew");
            i++;
            continue;
        }
        if (i + 2 < n && spl_str_iis(words[i + 1], "as")) {
            field = words[i + 2];
            i += 3;
        } else {
            i++;
        }
        pair.field = spl_field_of(fields, field);
        if (out) {
            SPL_PUSH(arena, &text.out, pair);
        } else {
            SPL_PUSH(arena, &text.in, pair);
        }
    }
    text.sound = text.in.len > 0;
    return text;
}

static void compile_lookup(spl_graph *graph, program *p, const spl_conf_entry *entry, const lookup_text *text,
                           spl_fieldset *need)
{
    static const spl_command none = {.name = "lookup", .op_size = sizeof(spl_op)};
    spl_query *query = &graph->binding;
    spl_binder binder = {.query = query, .arena = graph->arena, .fields = query->fields};
    spl_op op = {.command = &none, .query = query};
    lookup_step step = {.label = entry->key, .span = entry->span, .number = graph->n_lookups};
    const spl_lookup *lookup = NULL;

    query->diag = binder.diag = spl_diag_new(graph->arena);
    spl_fieldset_init(&op.reads, graph->arena, query->fields);
    spl_fieldset_init(&op.makes, graph->arena, query->fields);
    binder.op = &op;
    if (spl_lookup_named(&binder, text->name, entry->span, false, &lookup) && lookup)
        step.use = spl_lookup_use_new(&binder, lookup, text->in.data, text->in.len, text->out.data, text->out.len,
                                      text->only_new, entry->span);
    if (binder.worker) spl_worker_free(binder.worker);
    if (!step.use) {
        tell(graph, entry->span, entry->key);
        return;
    }
    graph->n_lookups++;
    for (size_t i = 0; i < text->out.len; i++) SPL_PUSH(graph->arena, &step.makes, text->out.data[i].field);
    if (!text->out.len)
        for (size_t i = 0; i < op.makes.names.len; i++) SPL_PUSH(graph->arena, &step.makes, op.makes.names.data[i]);
    spl_fieldset_add_set(need, &op.reads);
    for (size_t i = 0; i < text->in.len; i++) spl_fieldset_add(need, text->in.data[i].field);
    SPL_PUSH(graph->arena, &p->lookups, step);
}

/* One after the other by the names of their classes: a later one sees what an earlier one gives. */
static void compile_lookups(spl_graph *graph, program *p, spl_fieldset *need)
{
    size_t n, first = spl_props_range(p->of, "LOOKUP-", &n);

    for (size_t i = first + n; i-- > first;) {
        const spl_conf_entry *entry = p->of->settings[i];
        lookup_text text = read_lookup(graph->arena, graph->query->fields, entry);
        bool used = text.out.len == 0 && wants_keys(need);

        if (!entry->value.len) continue;
        if (!text.sound) {
            broken(graph, entry->span, entry->key, "it is not of the form LOOKUP FIELD … OUTPUT FIELD …", SPL_S(""));
            continue;
        }
        for (size_t k = 0; k < text.out.len; k++) {
            if (yields(p, entry, text.out.data[k].field))
                text.out.data[k--] = text.out.data[--text.out.len];
            else
                used |= spl_fieldset_has(need, text.out.data[k].field);
        }
        if (used) compile_lookup(graph, p, entry, &text, need);
    }
    for (size_t i = 0; i < p->lookups.len / 2; i++) { /* in the order of running */
        lookup_step swap = p->lookups.data[i];

        p->lookups.data[i] = p->lookups.data[p->lookups.len - 1 - i];
        p->lookups.data[p->lookups.len - 1 - i] = swap;
    }
}

/* a AS b, c ASNEW d …: calls ADD for each. */
static void read_aliases(spl_graph *graph, const spl_conf_entry *entry, spl_arena *arena,
                         void (*add)(void *to, spl_str from, spl_str into, bool only_new), void *to)
{
    spl_str *words;
    size_t n = spl_conf_words(arena, entry->value, &words);
    bool odd = false, pattern = false;

    for (size_t i = 0; i < n;) {
        bool only_new = i + 2 < n && spl_str_iis(words[i + 1], "asnew");

        if (!only_new && !(i + 2 < n && spl_str_iis(words[i + 1], "as"))) {
            odd = true;
            i++;
            continue;
        }
        add(to, words[i], words[i + 2], only_new);
        pattern |= memchr(words[i + 2].data, '*', words[i + 2].len) != NULL;
        i += 3;
    }
    if (pattern && graph)
        spl_warning(graph->query->diag, entry->span, "conf",
                    "the * in %.*s is taken as it stands: it stands for nothing in a field alias", SPL_FMT(entry->key));
    if (odd && graph)
        spl_warning(graph->query->diag, entry->span, "conf",
                    "what is not of the form FIELD AS ALIAS is passed over in %.*s", SPL_FMT(entry->key));
}

typedef struct alias_list {
    spl_graph *graph;
    const program *program;
    const spl_conf_entry *entry;
    SPL_VEC(alias_step) steps;
} alias_list;

static void add_alias(void *to, spl_str from, spl_str into, bool only_new)
{
    alias_list *list = to;
    spl_fields *fields = list->graph->query->fields;
    alias_step step = {spl_field_of(fields, from), spl_field_of(fields, into), only_new, list->entry->key,
                       list->entry->span};

    if (step.to == SPL_F_RAW || step.to == SPL_F_TIME || step.to == step.from) return;
    if (yields(list->program, list->entry, step.to)) return;
    SPL_PUSH(list->graph->arena, &list->steps, step);
}

static void compile_aliases(spl_graph *graph, program *p, spl_fieldset *need)
{
    size_t n, first = spl_props_range(p->of, "FIELDALIAS-", &n);
    alias_list list = {.graph = graph, .program = p};
    bool *used;

    for (size_t i = first; i < first + n; i++) {
        list.entry = p->of->settings[i];
        read_aliases(graph, list.entry, graph->arena, add_alias, &list);
    }
    used = SPL_NEW_ARRAY(graph->arena, list.steps.len + 1, bool);
    for (size_t i = list.steps.len; i-- > 0;) {
        const alias_step *step = &list.steps.data[i];

        if (!spl_fieldset_has(need, step->to)) continue;
        used[i] = true;
        spl_fieldset_add(need, step->from);
    }
    for (size_t i = 0; i < list.steps.len; i++)
        if (used[i]) SPL_PUSH(graph->arena, &p->aliases, list.steps.data[i]);
}

static void compile_extracts(spl_graph *graph, program *p, spl_fieldset *need)
{
    struct planned {
        const spl_extraction *what;
        const spl_conf_entry *entry;
        bool used;
    };
    SPL_VEC(struct planned) all = {0};
    const spl_conf *transforms = NULL;
    spl_fields *fields = graph->query->fields;
    size_t n, first = spl_props_range(p->of, "EXTRACT-", &n);

    for (size_t i = first; i < first + n; i++) {
        const spl_conf_entry *entry = p->of->settings[i];
        const spl_extraction *what = spl_extraction_of_extract(graph->arena, entry);

        if (!entry->value.len) continue;
        if (!what->keys && !what->n_names) {
            broken(graph, entry->span, entry->key, "its regular expression has no named group", SPL_S(""));
            continue;
        }
        SPL_PUSH(graph->arena, &all, (struct planned){what, entry, false});
    }
    first = spl_props_range(p->of, "REPORT-", &n);
    for (size_t i = first; i < first + n; i++) {
        const spl_conf_entry *entry = p->of->settings[i];
        spl_str *names;
        size_t count = spl_conf_words(graph->arena, entry->value, &names);

        if (!transforms) transforms = spl_knowledge_conf(graph->query->knowledge, "transforms");
        for (size_t k = 0; k < count; k++) {
            const spl_conf_stanza *stanza = spl_conf_stanza_find(transforms, names[k]);
            const char *error = "transforms.conf has no such stanza";
            const spl_extraction *what =
                stanza ? spl_extraction_of_stanza(graph->arena, transforms, stanza, &error) : NULL;

            if (!what) {
                spl_warning(graph->query->diag, stanza ? stanza->span : entry->span, "missing-transform",
                            "the transform \"%.*s\" of %.*s is passed over: %s", SPL_FMT(names[k]), SPL_FMT(entry->key),
                            error);
                continue;
            }
            SPL_PUSH(graph->arena, &all, (struct planned){what, entry, false});
        }
    }
    for (size_t i = all.len; i-- > 0;) {
        const spl_extraction *what = all.data[i].what;

        all.data[i].used = what->keys && wants_keys(need);
        for (size_t k = 0; k < what->n_names && !all.data[i].used; k++) {
            spl_field field = what->names[k].len ? spl_field_of(fields, what->names[k]) : SPL_NO_FIELD;

            all.data[i].used =
                field != SPL_NO_FIELD && spl_fieldset_has(need, field) && !yields(p, all.data[i].entry, field);
        }
        if (all.data[i].used) spl_fieldset_add(need, spl_field_of(fields, what->from));
    }
    for (size_t i = 0; i < all.len; i++) {
        const spl_extraction *what = all.data[i].what;
        extract_step step = {.what = what, .label = all.data[i].entry->key, .span = what->span};
        spl_str error = {"", 0};

        if (!all.data[i].used) continue;
        step.run = spl_extraction_compile(graph->arena, what, &error);
        if (!step.run) {
            spl_warning(graph->query->diag, what->span, "bad-regex", "%.*s is passed over: %.*s", SPL_FMT(what->label),
                        SPL_FMT(error));
            continue;
        }
        step.from = spl_field_of(fields, what->from);
        step.fields = SPL_NEW_ARRAY(graph->arena, what->n_names + 1, spl_field);
        for (size_t k = 0; k < what->n_names; k++) {
            spl_field field = what->names[k].len ? spl_field_of(fields, what->names[k]) : SPL_NO_FIELD;

            bool wanted = field != SPL_NO_FIELD && spl_fieldset_has(need, field) && !is_metadata(field);

            step.fields[k] = wanted && !yields(p, all.data[i].entry, field) ? field : SPL_NO_FIELD;
        }
        SPL_PUSH(graph->arena, &p->extracts, step);
    }
}

static void compile_kv(spl_graph *graph, program *p)
{
    const spl_conf_entry *mode = spl_props_setting(p->of, "KV_MODE"), *e;
    const spl_limits *limits = &graph->query->limits;
    spl_str name = mode ? mode->value : SPL_S("auto");
    spl_span at = {0};
    spl_str why = {"", 0};

    p->kv = (spl_kv_options){.json = true, .bytes = limits->kv_bytes, .fields = limits->kv_fields};
    if ((e = spl_props_setting(p->of, "KV_TRIM_SPACES"))) p->kv.keep_spaces = e->value.len && !spl_conf_true(e->value);
    if ((e = spl_props_setting(p->of, "AUTO_KV_JSON"))) p->kv.json = !e->value.len || spl_conf_true(e->value);
    if (spl_str_iis(name, "none")) {
        p->no_kv = true;
    } else if (spl_str_iis(name, "json") || spl_str_iis(name, "xml")) {
        p->kv.kind = spl_str_iis(name, "json") ? SPL_KV_JSON : SPL_KV_XML;
        p->kv.bytes = limits->spath_bytes;
    } else if (spl_str_iis(name, "multi")) {
        p->kv.kind = SPL_KV_TABLE;
        p->kv.fields = limits->kv_columns;
    } else if (spl_str_starts(name, SPL_S("multi:")) || spl_str_starts(name, SPL_S("multi_"))) {
        spl_str stanza = spl_str_trim(spl_str_sub(name, 6, name.len));
        const spl_conf_stanza *found =
            spl_conf_stanza_find(spl_knowledge_conf(graph->query->knowledge, "multikv"), stanza);

        p->kv.kind = SPL_KV_TABLE;
        p->kv.fields = limits->kv_columns;
        assert(mode); /* whence the name */
        p->kv.rules = found ? spl_grid_rules_of(graph->arena, found, &at, &why) : NULL;
        p->no_kv = !p->kv.rules;
        if (!found) {
            spl_warning(graph->query->diag, mode->span, "missing-transform",
                        "KV_MODE is passed over: the stanza \"%.*s\" is in no multikv.conf", SPL_FMT(stanza));
        } else if (!p->kv.rules) {
            broken(graph, at, mode->key, "", why);
        }
    } else if (spl_str_iis(name, "auto_escaped")) {
        p->kv.escaped = true;
    } else if (mode && name.len && !spl_str_iis(name, "auto")) {
        broken(graph, mode->span, mode->key, "it is none of none, auto, auto_escaped, multi, multi:STANZA, json, xml",
               SPL_S(""));
    }
}

typedef struct maker {
    spl_graph *graph;
    spl_fieldset *made;
    spl_str value; /* what the setting says */
} maker;

/* A field that a user's app makes, unless it is made of its own former value, which may come from the program. */
static void makes(maker *m, spl_str name, bool may_read)
{
    if (!name.len || (may_read && spl_str_find(m->value, name, 0) >= 0)) return;
    spl_fieldset_add(m->made, spl_field_of(m->graph->query->fields, name));
}

static void makes_alias(void *to, spl_str from, spl_str into, bool only_new)
{
    (void)from, (void)only_new;
    makes(to, into, false);
}

static void makes_extracted(maker *m, const spl_extraction *what)
{
    for (size_t i = 0; what && i < what->n_names; i++) makes(m, what->names[i], false);
}

/* Where both the program's own apps and a user's speak about events: the fields that the user's make. */
static const spl_fieldset *made_by_users(spl_graph *graph, const spl_props_class *of)
{
    maker m = {.graph = graph, .made = SPL_NEW(graph->arena, spl_fieldset)};
    size_t builtin = 0;

    for (size_t i = 0; i < of->count; i++) builtin += of->settings[i]->builtin;
    if (!builtin || builtin == of->count) return NULL;
    spl_fieldset_init(m.made, graph->arena, graph->query->fields);
    for (size_t i = 0; i < of->count; i++) {
        const spl_conf_entry *e = of->settings[i];

        m.value = e->value;
        if (e->builtin || !e->value.len) continue;
        if (spl_str_starts(e->key, SPL_S("EVAL-"))) {
            makes(&m, spl_str_trim(spl_str_sub(e->key, 5, e->key.len)), true);
        } else if (spl_str_starts(e->key, SPL_S("FIELDALIAS-"))) {
            read_aliases(NULL, e, graph->arena, makes_alias, &m);
        } else if (spl_str_starts(e->key, SPL_S("LOOKUP-"))) {
            lookup_text text = read_lookup(graph->arena, graph->query->fields, e);

            for (size_t k = 0; k < text.out.len; k++) spl_fieldset_add(m.made, text.out.data[k].field);
        } else if (spl_str_starts(e->key, SPL_S("EXTRACT-"))) {
            makes_extracted(&m, spl_extraction_of_extract(graph->arena, e));
        } else if (spl_str_starts(e->key, SPL_S("REPORT-"))) {
            const spl_conf *transforms = spl_knowledge_conf(graph->query->knowledge, "transforms");
            spl_str *names;
            size_t count = spl_conf_words(graph->arena, e->value, &names);

            for (size_t k = 0; k < count; k++) {
                const spl_conf_stanza *stanza = spl_conf_stanza_find(transforms, names[k]);
                const char *error;

                if (stanza) makes_extracted(&m, spl_extraction_of_stanza(graph->arena, transforms, stanza, &error));
            }
        }
    }
    return m.made;
}

static program *compile(spl_graph *graph, const spl_props_class *of, spl_str renamed)
{
    program *p = SPL_NEW(graph->arena, program);
    spl_fields *fields = graph->query->fields;
    const spl_conf_entry *indexed = spl_props_setting(of, "INDEXED_EXTRACTIONS");

    p->of = of;
    p->renamed = renamed;
    compile_kv(graph, p);
    p->theirs = made_by_users(graph, of);
    p->indexed = indexed && indexed->value.len && !spl_str_iis(indexed->value, "none");
    spl_fieldset_init(&p->needs, graph->arena, fields);
    spl_fieldset_add_set(&p->needs, &graph->base);
    compile_lookups(graph, p, &p->needs);
    compile_evals(graph, p, &p->needs);
    compile_aliases(graph, p, &p->needs);
    compile_extracts(graph, p, &p->needs);
    if ((!p->no_kv && wants_keys(&p->needs)) || p->needs.defaults) spl_fieldset_add(&p->needs, SPL_F_RAW);
    p->original = spl_fieldset_has(&p->needs, graph->sourcetype) &&
                  (renamed.len || spl_fieldset_names(&p->needs, graph->sourcetype));
    if (p->original) spl_fieldset_add(&p->needs, SPL_F_SOURCETYPE);
    if (graph->looks_at & SPL_PROPS_SOURCETYPE) spl_fieldset_add(&p->needs, SPL_F_SOURCETYPE);
    if (graph->looks_at & SPL_PROPS_SOURCE) spl_fieldset_add(&p->needs, SPL_F_SOURCE);
    if (graph->looks_at & SPL_PROPS_HOST) spl_fieldset_add(&p->needs, SPL_F_HOST);
    return p;
}

/* Fields whose value is divided at search time. */
static void compile_tokens(spl_graph *graph)
{
    const spl_conf *conf = spl_knowledge_conf(graph->query->knowledge, "fields");

    for (size_t i = 0; i < conf->stanzas.len; i++) {
        const spl_conf_stanza *stanza = conf->stanzas.entries[i].value;
        const spl_conf_entry *e = spl_conf_find(stanza, "TOKENIZER");
        token_step step = {.field = SPL_NO_FIELD};
        spl_str error;
        size_t at;

        if (!e || !e->value.len || spl_conf_true(spl_conf_value(stanza, "INDEXED"))) continue;
        step.field = spl_field_of(graph->query->fields, stanza->name);
        if (!spl_fieldset_has(&graph->base, step.field) || is_metadata(step.field)) continue;
        step.regex = spl_regex_compile(graph->arena, e->value, 0, &error, &at);
        if (!step.regex) {
            spl_warning(graph->query->diag, e->span, "bad-regex", "TOKENIZER of \"%.*s\" is passed over: %.*s",
                        SPL_FMT(stanza->name), SPL_FMT(error));
            continue;
        }
        SPL_PUSH(graph->arena, &graph->tokens, step);
    }
}

static void destroy(void *lock)
{
    pthread_mutex_destroy(lock);
}

/* Settings that change what the reader says of an event itself. */
static bool changes_metadata(const spl_conf_entry *entry)
{
    static const char *const evals[] = {"EVAL-host", "EVAL-source", "EVAL-sourcetype", "EVAL-index"};

    if (spl_str_is(entry->key, "rename") || spl_str_starts(entry->key, SPL_S("FIELDALIAS-")) ||
        spl_str_starts(entry->key, SPL_S("LOOKUP-")))
        return true;
    for (size_t i = 0; i < sizeof evals / sizeof *evals; i++)
        if (spl_str_is(entry->key, evals[i])) return true;
    return false;
}

static bool concerns(spl_graph *graph, const spl_graph_config *config)
{
    const spl_conf_entry *const *settings;
    spl_arena *scratch;
    bool found = false;
    size_t n;

    if (graph->tagging || graph->tokens.len || graph->query->limits.splunk) return true;
    if (!config->wanted->all && spl_fieldset_has(config->wanted, graph->sourcetype)) return true;
    scratch = spl_arena_new(spl_arena_account(graph->arena));
    n = spl_props_possible(graph->props, &(spl_props_events){0}, scratch, &settings);
    if (n && wants_keys(config->wanted)) found = true;
    for (size_t i = 0; i < n && !found; i++) found = changes_metadata(settings[i]);
    spl_arena_free(scratch);
    return found;
}

/* All that comes before classes. */
static void begin(spl_graph *graph, const spl_graph_config *config)
{
    const spl_query *query = config->query;

    graph->query = query;
    graph->wanted = config->wanted;
    graph->arena = spl_arena_new(query->account);
    graph->props = spl_knowledge_props(query->knowledge);
    graph->looks_at = spl_props_looks_at(graph->props);
    graph->programs = spl_map_in(graph->arena);
    graph->n_inputs = config->n_inputs;
    memcpy(&graph->binding, query, sizeof *query);
    graph->binding.arena = graph->arena;
    graph->binding.outer = query;
    graph->binding.check_only = false; /* what is missing is wrong */
    atomic_init(&graph->binding.cancel, 0);
    spl_fieldset_init(&graph->base, graph->arena, query->fields);
    spl_fieldset_add_set(&graph->base, config->wanted);
    graph->sourcetype = spl_field_of(query->fields, SPL_S("_sourcetype"));
    graph->tagging = spl_tagging_new(graph->arena, &graph->binding, query->diag, config, &graph->base);
    compile_tokens(graph);
}

void spl_graph_audit(const spl_query *query, const spl_conf_stanza *const *stanzas, size_t n)
{
    spl_arena *arena = spl_arena_new(query->account);
    spl_graph *graph = SPL_NEW(arena, spl_graph);
    spl_fieldset all;

    spl_fieldset_init(&all, arena, query->fields);
    spl_fieldset_add_all(&all);
    begin(graph, &(spl_graph_config){.query = query, .wanted = &all});
    for (size_t i = 0; i < n; i++)
        compile(graph, spl_props_class_alone(graph->arena, stanzas[i], (uint32_t)i), SPL_S(""));
    spl_arena_free(graph->arena);
    spl_arena_free(arena);
}

spl_graph *spl_graph_new(spl_arena *arena, const spl_graph_config *config)
{
    spl_graph *graph = SPL_NEW(arena, spl_graph);
    const spl_query *query = config->query;
    spl_fieldset *first;

    if (!query->knowledge || query->check_only) return NULL;
    begin(graph, config);
    if (!concerns(graph, config)) {
        spl_arena_free(graph->arena);
        return NULL;
    }
    pthread_mutex_init(&graph->lock, NULL);
    spl_arena_defer(graph->arena, destroy, &graph->lock);
    graph->inputs = SPL_NEW_ARRAY(graph->arena, config->n_inputs + 1, input_reads);
    first = SPL_NEW(graph->arena, spl_fieldset);
    spl_fieldset_init(first, graph->arena, query->fields);
    if (graph->looks_at & SPL_PROPS_SOURCETYPE) spl_fieldset_add(first, SPL_F_SOURCETYPE);
    if (graph->looks_at & SPL_PROPS_SOURCE) spl_fieldset_add(first, SPL_F_SOURCE);
    if (graph->looks_at & SPL_PROPS_HOST) spl_fieldset_add(first, SPL_F_HOST);
    for (size_t i = 0; i < config->n_inputs; i++) graph->inputs[i].reads = first;
    return graph;
}

spl_graph_input spl_graph_input_of(const spl_input *input)
{
    return (spl_graph_input){.number = input->number,
                             .records = input->records,
                             .auto_kv = input->reader->kv != NULL,
                             .auto_json = strcmp(input->reader->name, "json") == 0,
                             .mixed = input->mixed};
}

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
        own->kv.len = 0;
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

static const program *program_of_class(spl_graph *graph, const spl_props_class *of, spl_str renamed)
{
    spl_arena *scratch = spl_arena_new(graph->query->account);
    spl_buf key = spl_buf_in(scratch);
    spl_frame frame;
    program *p;

    pthread_mutex_lock(&graph->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&graph->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    spl_buf_add(&key, spl_str_cut((const char *)&of->number, sizeof of->number));
    spl_buf_add(&key, renamed);
    p = spl_map_get(&graph->programs, spl_buf_str(&key));
    if (!p) {
        p = compile(graph, of, renamed);
        p->number = (uint32_t)graph->list.len;
        spl_map_set(&graph->programs, spl_buf_str(&key), p);
        SPL_PUSH(graph->arena, &graph->list, p);
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&graph->lock);
    spl_arena_free(scratch);
    return p;
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

        entry->value = (void *)(uintptr_t)program_of_class(
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

static slot *slot_of(spl_graph_use *use, spl_field field)
{
    for (size_t i = 0; i < use->slots.len; i++)
        if (use->slots.data[i].field == field) return &use->slots.data[i];
    SPL_PUSH(use->batch->arena, &use->slots, (slot){.field = field});
    use->slots.data[use->slots.len - 1].cells = SPL_NEW_ARRAY(use->batch->arena, use->n, spl_value);
    return &use->slots.data[use->slots.len - 1];
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
    for (size_t i = 0; i < use->slots.len; i++) {
        if (use->slots.data[i].field == field && !spl_is_null(use->slots.data[i].cells[place]))
            return use->slots.data[i].cells[place];
    }
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

static void run_kv(spl_graph_use *use, const program *p, const spl_graph_input *input)
{
    struct use_input *own = &use->inputs[input->number];
    spl_kv *kv;

    while (own->kv.len <= p->number) SPL_PUSH(use->worker->arena, &own->kv, NULL);
    kv = own->kv.data[p->number];
    if (!kv) {
        spl_kv_options options = p->kv;

        options.json &= input->mixed;
        kv = own->kv.data[p->number] = spl_kv_new(use->worker->arena, use->graph->query->fields, own->reads, options);
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
    if (p->extracts.len) run_extracts(use, p, input);
    if ((input->auto_kv || drop) && !input->records && !p->no_kv) run_kv(use, p, input);
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

/* ---- raw tests ---- */

typedef struct alias_ways {
    spl_graph_ways *out;
    spl_str field;
    spl_arena *arena;
} alias_ways;

static void way_from(spl_graph_ways *out, spl_arena *arena, spl_str from, spl_str field)
{
    if (spl_str_is(from, "_raw")) {
        out->raw = true;
        return;
    }
    if (spl_str_eq(from, field)) return;
    for (size_t i = 0; i < out->fields.len; i++)
        if (spl_str_eq(out->fields.data[i], from)) return;
    SPL_PUSH(arena, &out->fields, from);
}

static void alias_way(void *to, spl_str from, spl_str into, bool only_new)
{
    alias_ways *ways = to;

    (void)only_new;
    if (spl_str_eq(into, ways->field)) way_from(ways->out, ways->arena, from, ways->field);
}

static void extraction_way(spl_graph_ways *out, spl_arena *arena, const spl_extraction *x, spl_str field)
{
    bool makes = x->keys;

    for (size_t i = 0; i < x->n_names && !makes; i++) makes = spl_str_eq(x->names[i], field);
    if (!makes) return;
    if (x->copies) {
        way_from(out, arena, x->from, field);
    } else {
        out->unknown = true;
    }
}

static void kv_way(const spl_graph_input *input, spl_graph_ways *out, const spl_conf_entry *e)
{
    static const char *const plain[] = {"auto", "none", ""};

    if (spl_str_is(e->key, "AUTO_KV_JSON")) { /* pairs out of JSON text */
        out->unknown |= input->auto_json && !spl_conf_true(e->value);
        return;
    }
    if (input->auto_json) { /* the reader's fields, none, or words of the text that rules may replace */
        out->unknown |= spl_str_starts(e->value, SPL_S("multi"));
        return;
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (spl_str_iis(e->value, plain[i])) return;
    out->unknown |= input->auto_kv; /* escapes: a value need not stand in the text */
}

static void ingest_way(spl_arena *arena, const spl_conf_entry *eval, spl_str field, spl_graph_ways *out)
{
    spl_str *names;
    size_t n = spl_indexing_targets(arena, eval, &names);

    for (size_t i = 0; i < n; i++) out->unknown |= spl_str_eq(names[i], field);
}

static bool is_tokenized(const spl_query *query, spl_str field)
{
    const spl_conf *conf = spl_knowledge_conf(query->knowledge, "fields");
    const spl_conf_stanza *stanza = spl_conf_stanza_find(conf, field);

    return stanza && spl_conf_value(stanza, "TOKENIZER").len;
}

void spl_graph_ways_of(const spl_query *query, const spl_graph_input *input, spl_str field, const spl_props_events *of,
                       spl_arena *arena, spl_graph_ways *out)
{
    spl_props_events events = *of;
    const spl_conf_entry *const *settings;
    const spl_conf *transforms;
    unsigned may;
    spl_str renamed;
    spl_props *props;
    size_t n;

    *out = (spl_graph_ways){0};
    if (!query->knowledge) return;
    if (spl_tagging_makes(query->knowledge, field) || is_tokenized(query, field) || spl_str_is(field, "_sourcetype")) {
        out->unknown = true;
        return;
    }
    may = spl_indexing_possible(query, of);
    out->unknown = (may & SPL_INDEXING_SOURCETYPE && spl_str_is(field, "sourcetype")) ||
                   (may & SPL_INDEXING_SOURCE && spl_str_is(field, "source")) ||
                   (may & SPL_INDEXING_HOST && spl_str_is(field, "host")) ||
                   (may & SPL_INDEXING_INDEX && spl_str_is(field, "index"));
    if (out->unknown) return;
    if (may & SPL_INDEXING_SOURCETYPE) events.sourcetype = SPL_S(""), events.forms = NULL; /* whatever it becomes */
    if (may & SPL_INDEXING_SOURCE) events.source = SPL_S("");
    if (may & SPL_INDEXING_HOST) events.host = SPL_S("");
    props = spl_knowledge_props(query->knowledge);
    renamed = spl_props_renamed(props, events.sourcetype);
    if (renamed.len)
        events.sourcetype = SPL_S(""), events.forms = NULL; /* its own index-time rules, the other's for the rest */
    transforms = spl_knowledge_conf(query->knowledge, "transforms");
    n = spl_props_possible(props, &events, arena, &settings);
    for (size_t i = 0; events.forms && i < n; i++)
        if (spl_str_is(settings[i]->key, "rename")) events.forms = NULL; /* the other's stanzas count too */
    if (of->forms && !events.forms) n = spl_props_possible(props, &events, arena, &settings);
    for (size_t i = 0; i < n && !out->unknown; i++) {
        const spl_conf_entry *e = settings[i];

        if (spl_str_starts(e->key, SPL_S("EVAL-"))) {
            out->unknown |= spl_str_eq(spl_str_trim(spl_str_sub(e->key, 5, e->key.len)), field);
        } else if (spl_str_starts(e->key, SPL_S("FIELDALIAS-"))) {
            alias_ways ways = {out, field, arena};

            read_aliases(NULL, e, arena, alias_way, &ways);
        } else if (spl_str_starts(e->key, SPL_S("EXTRACT-"))) {
            extraction_way(out, arena, spl_extraction_of_extract(arena, e), field);
        } else if (spl_str_starts(e->key, SPL_S("REPORT-")) || spl_str_starts(e->key, SPL_S("TRANSFORMS-")) ||
                   spl_str_starts(e->key, SPL_S("RULESET-"))) {
            spl_str *names;
            size_t count = spl_conf_words(arena, e->value, &names);

            for (size_t k = 0; k < count; k++) {
                const spl_conf_stanza *stanza = spl_conf_stanza_find(transforms, names[k]);
                const char *error;
                const spl_conf_entry *eval = stanza ? spl_conf_find(stanza, "INGEST_EVAL") : NULL;
                bool report = spl_str_starts(e->key, SPL_S("REPORT-"));
                const spl_extraction *x = !stanza  ? NULL
                                          : report ? spl_extraction_of_stanza(arena, transforms, stanza, &error)
                                                   : spl_extraction_of_meta(arena, transforms, stanza, &error);

                if (!report && eval) ingest_way(arena, eval, field, out);
                if (!report && stanza) out->unknown |= spl_conf_value(stanza, "DEFAULT_VALUE").len > 0;
                if (x) extraction_way(out, arena, x, field);
            }
        } else if (spl_str_starts(e->key, SPL_S("LOOKUP-"))) {
            lookup_text text = read_lookup(arena, query->fields, e);

            out->unknown |= text.out.len == 0;
            for (size_t k = 0; k < text.out.len; k++)
                out->unknown |= spl_str_eq(spl_field_name(query->fields, text.out.data[k].field), field);
        } else if (spl_str_is(e->key, "rename")) {
            out->unknown |= spl_str_is(field, "sourcetype");
        } else if (spl_str_is(e->key, "KV_MODE") || spl_str_is(e->key, "AUTO_KV_JSON")) {
            kv_way(input, out, e);
        }
    }
}

/* ---- explain ---- */

static void explain_line(spl_buf *out, spl_fields *fields, spl_field field, spl_str label, spl_str more, spl_span span)
{
    spl_place place = spl_span_place(span);

    spl_buf_printf(out, "  %.*s by %.*s", SPL_FMT(spl_field_name(fields, field)), SPL_FMT(label));
    if (more.len) spl_buf_printf(out, " (%.*s)", SPL_FMT(more));
    if (span.source) spl_buf_printf(out, ", %.*s:%u", SPL_FMT(span.source->name), place.line);
    spl_buf_char(out, '\n');
}

void spl_graph_explain(spl_graph *graph, spl_str only, spl_buf *out)
{
    spl_fields *fields = graph->query->fields;
    spl_field field = only.len ? spl_field_of(fields, only) : SPL_NO_FIELD;

    for (size_t i = 0; i < graph->list.len; i++) {
        const program *p = graph->list.data[i];

        for (size_t k = 0; k < p->extracts.len; k++) {
            const extract_step *s = &p->extracts.data[k];
            bool report = !spl_str_eq(s->label, s->what->label);

            for (size_t j = 0; j < s->what->n_names; j++)
                if (s->fields[j] != SPL_NO_FIELD && (field == SPL_NO_FIELD || s->fields[j] == field))
                    explain_line(out, fields, s->fields[j], s->label, report ? s->what->label : SPL_S(""), s->span);
            if (s->what->keys && field != SPL_NO_FIELD)
                explain_line(out, fields, field, s->label, report ? s->what->label : SPL_S(""), s->span);
        }
        for (size_t k = 0; k < p->aliases.len; k++)
            if (field == SPL_NO_FIELD || p->aliases.data[k].to == field)
                explain_line(out, fields, p->aliases.data[k].to, p->aliases.data[k].label, SPL_S(""),
                             p->aliases.data[k].span);
        for (size_t k = 0; k < p->evals.len; k++)
            if (field == SPL_NO_FIELD || p->evals.data[k].to == field)
                explain_line(out, fields, p->evals.data[k].to, p->evals.data[k].label, SPL_S(""),
                             p->evals.data[k].span);
        for (size_t k = 0; k < p->lookups.len; k++)
            for (size_t j = 0; j < p->lookups.data[k].makes.len; j++)
                if (field == SPL_NO_FIELD || p->lookups.data[k].makes.data[j] == field)
                    explain_line(out, fields, p->lookups.data[k].makes.data[j], p->lookups.data[k].label, SPL_S(""),
                                 p->lookups.data[k].span);
    }
}
