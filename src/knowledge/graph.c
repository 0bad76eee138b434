/* graph.c -- compiles what apps say about a class of events, cut back to the wanted fields; tells of it for explain. */
#include "knowledge/graph.h"

#include "base/fault.h"
#include "exec/bind.h"
#include "knowledge/graph_parts.h"
#include "knowledge/knowledge.h"
#include "readers/reader.h"

#include <assert.h>

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

/* NULL: refused; the graph's binding has the diagnostics. */
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
    if (expr) spl_fieldset_add_set(reads, &op.reads);
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
        if (step.value) {
            SPL_PUSH(graph->arena, &p->evals, step);
        } else {
            tell(graph, entry->span, entry->key);
        }
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

lookup_text spl_read_lookup(spl_arena *arena, spl_fields *fields, const spl_conf_entry *entry)
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
    if (spl_lookup_named(&binder, text->name, entry->span, SPL_FILE_NEEDED, &lookup) && lookup)
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
        lookup_text text = spl_read_lookup(graph->arena, graph->query->fields, entry);
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

void spl_read_aliases(spl_graph *graph, const spl_conf_entry *entry, spl_arena *arena,
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
        spl_read_aliases(graph, list.entry, graph->arena, add_alias, &list);
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
        spl_extraction *what = spl_extraction_of_extract(graph->arena, entry);

        what->effort = spl_effort_of(graph->arena, graph->query, spl_props_setting(p->of, "MATCH_LIMIT"),
                                     spl_props_setting(p->of, "DEPTH_LIMIT"));
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
            spl_extraction *what = stanza ? spl_extraction_of_stanza(graph->arena, transforms, stanza, &error) : NULL;

            if (!what) {
                spl_warning(graph->query->diag, stanza ? stanza->span : entry->span, "missing-transform",
                            "the transform \"%.*s\" of %.*s is passed over: %s", SPL_FMT(names[k]), SPL_FMT(entry->key),
                            error);
                continue;
            }
            what->effort = spl_effort_of(graph->arena, graph->query, spl_conf_find(stanza, "MATCH_LIMIT"),
                                         spl_conf_find(stanza, "DEPTH_LIMIT"));
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

/* Whether the field NAME is calculated from its own former value, which the program's own apps may give. */
static bool reads_itself(spl_graph *graph, const spl_conf_entry *entry, spl_str name)
{
    bool escapes = memchr(entry->value.data, '\\', entry->value.len); /* of a name in quotes */
    spl_fieldset reads;

    if (!escapes && spl_str_find(entry->value, name, 0) < 0) return false; /* most are not bound for this */
    spl_fieldset_init(&reads, graph->arena, graph->query->fields);
    return bind_eval(graph, entry, &reads) && spl_fieldset_has(&reads, spl_field_of(graph->query->fields, name));
}

typedef struct maker {
    spl_graph *graph;
    spl_fieldset *made;
} maker;

static void makes(maker *m, spl_str name)
{
    if (name.len) spl_fieldset_add(m->made, spl_field_of(m->graph->query->fields, name));
}

static void makes_alias(void *to, spl_str from, spl_str into, bool only_new)
{
    (void)from, (void)only_new;
    makes(to, into);
}

static void makes_extracted(maker *m, const spl_extraction *what)
{
    for (size_t i = 0; what && i < what->n_names; i++) makes(m, what->names[i]);
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

        if (e->builtin || !e->value.len) continue;
        if (spl_str_starts(e->key, SPL_S("EVAL-"))) {
            spl_str name = spl_str_trim(spl_str_sub(e->key, 5, e->key.len));

            if (!reads_itself(graph, e, name)) makes(&m, name);
        } else if (spl_str_starts(e->key, SPL_S("FIELDALIAS-"))) {
            spl_read_aliases(NULL, e, graph->arena, makes_alias, &m);
        } else if (spl_str_starts(e->key, SPL_S("LOOKUP-"))) {
            lookup_text text = spl_read_lookup(graph->arena, graph->query->fields, e);

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
    p->twice = p->indexed && spl_str_iis(indexed->value, "json") && !p->no_kv &&
               (p->kv.kind == SPL_KV_JSON || (p->kv.kind == SPL_KV_PAIRS && p->kv.json));
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

        if (!e || !e->value.len || spl_conf_is_general(stanza) || spl_conf_true(spl_conf_value(stanza, "INDEXED")))
            continue;
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

const program *spl_graph_program(spl_graph *graph, const spl_props_class *of, spl_str renamed)
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

spl_graph_input spl_graph_input_of(const spl_input *input)
{
    return (spl_graph_input){.number = input->number,
                             .records = input->records,
                             .auto_kv = input->reader->kv != NULL,
                             .auto_json = strcmp(input->reader->name, "json") == 0,
                             .table =
                                 strcmp(input->reader->name, "csv") == 0 || strcmp(input->reader->name, "w3c") == 0};
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
