/* tagging.c -- event types and tags, only those that a search asks for.
 *
 * An event type is a search over one event; one that another's search names is looked at before it. Values are compared
 * with tags.conf without case, as a search for them would be. */
#include "knowledge/tagging.h"

#include "base/num.h"
#include "base/wildcard.h"
#include "exec/bind.h"
#include "expr/filter.h"
#include "knowledge/extraction.h"
#include "knowledge/graph.h"
#include "knowledge/knowledge.h"

#include <stdlib.h>

enum { PRIORITY = 1 }; /* of an event type that names none */

typedef struct type {
    spl_str name;
    int64_t priority; /* 1 comes first */
    bool by_field;    /* %field% in its name stands for the field's value */
    const spl_conf_entry *search;
    const spl_conf_entry *old_tags; /* tags = …, which tags.conf took the place of; or NULL */
    const spl_filter *filter;
    SPL_VEC(struct type *) before; /* named in its search */
    enum { FRESH, BEGUN, DONE } state;
    bool named; /* by another one */
} type;

typedef struct tag_list {
    SPL_VEC(spl_str) tags;
} tag_list;

typedef struct tag_field {
    const spl_tag_index_field *index;
    spl_field field, tags; /* tags: tag::name */
    bool wanted;
} tag_field;

typedef struct same_name {
    SPL_VEC(type *) types;
} same_name;

struct spl_tagging {
    spl_arena *arena;
    spl_query *query; /* binding */
    spl_diag *diag;
    spl_map all; /* types: name -> type * */
    SPL_VEC(type *) named_by_field;
    spl_map by_name;       /* name in lower case -> same_name * */
    SPL_VEC(type *) types; /* wanted, in an order in which each stands behind those it names */
    SPL_VEC(tag_field *) fields;
    spl_field eventtype, tag;
    bool tag_wanted;
};

typedef struct named { /* an event type or tag of an event */
    spl_str name;
    int64_t priority;
} named;

struct spl_tagging_use {
    spl_tagging *of;
    spl_worker *worker;
    spl_eval ev;
    SPL_VEC(named) names;
};

/* ---- tags.conf ---- */

static int hex(char c)
{
    c = spl_ascii_lower(c);
    return spl_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static spl_str decoded(spl_arena *arena, spl_str text, bool lower)
{
    char *out = spl_alloc(arena, text.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '%' && i + 2 < text.len && hex(text.data[i + 1]) >= 0 && hex(text.data[i + 2]) >= 0) {
            c = (char)(hex(text.data[i + 1]) * 16 + hex(text.data[i + 2]));
            i += 2;
        }
        out[n++] = lower ? spl_ascii_lower(c) : c;
    }
    return spl_str_cut(out, n);
}

/* [field=value] */
static bool split_stanza(spl_arena *arena, spl_str name, spl_str *field, spl_str *value)
{
    const char *equals = name.len ? memchr(name.data, '=', name.len) : NULL;

    if (!equals) return false;
    *field = spl_str_trim(spl_str_cut(name.data, (size_t)(equals - name.data)));
    *value = decoded(arena, spl_str_trim(spl_str_sub(name, (size_t)(equals - name.data) + 1, name.len)), true);
    return field->len > 0;
}

/* disabled = 1 is no tag of that name: published apps mean the stanza by it, and no manual says what it does. */
static bool enabled(const spl_conf_entry *entry)
{
    if (spl_str_is(entry->key, "disabled") && !spl_str_iis(entry->value, "enabled")) return false;
    return spl_str_iis(entry->value, "enabled") || spl_conf_true(entry->value);
}

struct spl_tag_index_field {
    spl_str name;
    spl_map values; /* value in lower case -> tag_list * */
};

struct spl_tag_index {
    SPL_VEC(spl_tag_index_field *) fields;
    spl_map names;
};

/* Tags that KEEP lets through. */
static spl_tag_index *index_tags(spl_arena *arena, const spl_conf *conf, bool (*keep)(const void *of, spl_str tag),
                                 const void *of)
{
    spl_tag_index *index = SPL_NEW(arena, spl_tag_index);

    index->names = spl_map_in(arena);
    for (size_t i = 0; i < conf->stanzas.len; i++) {
        const spl_conf_stanza *stanza = conf->stanzas.entries[i].value;
        spl_tag_index_field *f;
        spl_str field, value;
        tag_list *list;

        if (!stanza || !split_stanza(arena, stanza->name, &field, &value)) continue;
        for (size_t k = 0; k < stanza->entries.len; k++) {
            const spl_conf_entry *entry = &stanza->entries.data[k];

            if (!enabled(entry) || (keep && !keep(of, entry->key))) continue;
            f = spl_map_get(&index->names, field);
            if (!f) {
                f = SPL_NEW(arena, spl_tag_index_field);
                f->name = field;
                f->values = spl_map_in(arena);
                spl_map_set(&index->names, field, f);
                SPL_PUSH(arena, &index->fields, f);
            }
            list = spl_map_get(&f->values, value);
            if (!list) {
                list = SPL_NEW(arena, tag_list);
                spl_map_set(&f->values, value, list);
            }
            SPL_PUSH(arena, &list->tags, entry->key);
        }
    }
    return index;
}

spl_tag_index *spl_tag_index_new(spl_arena *arena, const spl_knowledge *knowledge)
{
    static const spl_conf none = {0};

    return index_tags(arena, knowledge ? spl_knowledge_conf(knowledge, "tags") : &none, NULL, NULL);
}

size_t spl_tag_index_len(const spl_tag_index *index)
{
    return index->fields.len;
}

spl_str spl_tag_index_name(const spl_tag_index *index, size_t i)
{
    return index->fields.data[i]->name;
}

const spl_tag_index_field *spl_tag_index_of(const spl_tag_index *index, spl_str field)
{
    return spl_map_get(&index->names, field);
}

size_t spl_tag_index_find(const spl_tag_index_field *field, spl_arena *scratch, spl_str value, const spl_str **tags)
{
    char small[256], *text = value.len <= sizeof small ? small : spl_alloc(scratch, value.len);
    const tag_list *list;

    for (size_t i = 0; i < value.len; i++) text[i] = spl_ascii_lower(value.data[i]);
    list = spl_map_get(&field->values, spl_str_cut(text, value.len));
    *tags = list ? list->tags.data : NULL;
    return list ? list->tags.len : 0;
}

bool spl_tagging_makes(const spl_knowledge *knowledge, spl_str field)
{
    if (spl_str_is(field, "eventtype")) return spl_knowledge_conf(knowledge, "eventtypes")->stanzas.len > 0;
    if (spl_str_is(field, "tag") || spl_str_starts(field, SPL_S("tag::")))
        return spl_knowledge_conf(knowledge, "tags")->stanzas.len > 0;
    return false;
}

/* ---- what is asked for ---- */

typedef struct asked { /* patterns of names that terms compare with */
    bool any;
    SPL_VEC(spl_str) names;
} asked;

static void ask(spl_arena *arena, asked *a, spl_str name)
{
    if (spl_str_is(name, "*")) a->any = true;
    SPL_PUSH(arena, &a->names, name);
}

static bool is_asked(const asked *a, spl_str name, bool fold)
{
    if (a->any) return true;
    for (size_t i = 0; i < a->names.len; i++)
        if (spl_wildcard_match(a->names.data[i], name, fold)) return true;
    return false;
}

static asked *of_field(spl_str field, asked *types, asked *tags)
{
    field = spl_filter_field(field);
    if (spl_str_is(field, "eventtype")) return types;
    if (spl_str_is(field, "tag") || spl_str_starts(field, SPL_S("tag::"))) return tags;
    return NULL;
}

static void look_through(spl_arena *arena, const spl_node *node, asked *types, asked *tags)
{
    asked *a;
    ptrdiff_t colons;

    switch (node->kind) {
    case SPL_NODE_COMPARE:
        a = of_field(node->text, types, tags);
        if (!a) return;
        if ((node->op == SPL_OP_EQ || node->op == SPL_OP_EQEQ) && node->n_kids == 1 &&
            node->kids[0]->kind == SPL_NODE_WORD) {
            ask(arena, a, node->kids[0]->text);
        } else {
            a->any = true;
        }
        return;
    case SPL_NODE_AMONG:
        a = of_field(node->text, types, tags);
        for (uint32_t i = 0; a && i < node->n_kids; i++) ask(arena, a, node->kids[i]->text);
        return;
    case SPL_NODE_TERM:
        colons = spl_str_find(node->text, SPL_S("::"), 0);
        if (colons <= 0) return;
        if (spl_str_starts(node->text, SPL_S("tag::"))) {
            tags->any = true;
            return;
        }
        a = of_field(spl_str_sub(node->text, 0, (size_t)colons), types, tags);
        if (a) ask(arena, a, spl_str_sub(node->text, (size_t)colons + 2, node->text.len));
        return;
    default:
        for (uint32_t i = 0; i < node->n_kids; i++) look_through(arena, node->kids[i], types, tags);
        return;
    }
}

/* ---- binding ---- */

static void warn(spl_tagging *t, const type *of, spl_span span, spl_str why)
{
    spl_warning(t->diag, span, "conf", "the event type \"%.*s\" is passed over: %.*s", SPL_FMT(of->name), SPL_FMT(why));
}

static void want(spl_tagging *t, type *of, spl_fieldset *reads);

/* The field of the next %field% in NAME from *AT, which comes to its begin, *END behind it. */
static bool next_field(spl_str name, size_t *at, size_t *end, spl_str *field)
{
    for (; *at < name.len; (*at)++) {
        size_t i = *at + 1;

        if (name.data[*at] != '%') continue;
        while (i < name.len && name.data[i] != '%' && !spl_is_space(name.data[i])) i++;
        if (i == name.len || name.data[i] != '%' || i == *at + 1) continue;
        *field = spl_str_sub(name, *at + 1, i);
        *end = i + 1;
        return true;
    }
    return false;
}

static void want_other(spl_tagging *t, const type *of, type *other, bool any, spl_fieldset *reads)
{
    if (other == of || other->state == BEGUN) {
        if (!any && !other->by_field) warn(t, other, other->search->span, SPL_S("its search leads back to itself"));
        return;
    }
    other->named = true;
    want(t, other, reads);
}

static bool has_pattern(const asked *a)
{
    for (size_t i = 0; i < a->names.len; i++)
        if (memchr(a->names.data[i].data, '*', a->names.data[i].len)) return true;
    return false;
}

/* The event types that a search names come before it. */
static void want_named(spl_tagging *t, type *of, const spl_node *node, spl_fieldset *reads)
{
    asked types = {0}, tags = {0};

    look_through(t->arena, node, &types, &tags);
    if (tags.any || tags.names.len) {
        spl_warning(t->diag, of->search->span, "conf",
                    "the event type \"%.*s\" looks at tags, which no event has yet: tags come after event types",
                    SPL_FMT(of->name));
        spl_hint(t->diag, "Its search can name the event types, or the field's values, that the tags stand for.");
    }
    if (types.any || has_pattern(&types)) {
        for (size_t i = 0; i < t->all.len; i++) {
            type *other = t->all.entries[i].value;

            if (other->by_field || is_asked(&types, other->name, true)) want_other(t, of, other, types.any, reads);
        }
        return;
    }
    if (!types.names.len) return;
    for (size_t i = 0; i < t->named_by_field.len; i++) want_other(t, of, t->named_by_field.data[i], false, reads);
    for (size_t i = 0; i < types.names.len; i++) {
        const same_name *other = spl_map_get(&t->by_name, spl_str_lower(t->arena, types.names.data[i]));

        for (size_t k = 0; other && k < other->types.len; k++) want_other(t, of, other->types.data[k], false, reads);
    }
}

/* Whether eventtypes.conf gives the type a tag that tags.conf does not: apps repeat them there. */
static bool lacks_tags(const spl_tagging *t, const type *of)
{
    const spl_conf_stanza *stanza;
    spl_str *words;
    size_t n;

    if (!of->old_tags) return false;
    stanza = spl_conf_stanza_find(spl_knowledge_conf(t->query->knowledge, "tags"),
                                  spl_strf(t->arena, "eventtype=%.*s", SPL_FMT(of->name)));
    n = spl_conf_words(t->arena, of->old_tags->value, &words);
    for (size_t i = 0; i < n; i++)
        if (!spl_conf_find(stanza, spl_cstring(t->arena, words[i]))) return true;
    return false;
}

static void want(spl_tagging *t, type *of, spl_fieldset *reads)
{
    static const spl_command none = {.name = "search", .op_size = sizeof(spl_op)};
    spl_query *query = t->query;
    spl_parse_env env = *query->parse;
    spl_binder binder = {.query = query, .arena = t->arena, .fields = query->fields};
    spl_op op = {.command = &none, .query = query};
    spl_source *source;
    const spl_source *expanded;
    const spl_node *node = NULL;
    spl_str field;

    if (of->state != FRESH) return;
    of->state = BEGUN;
    if (t->tag_wanted && lacks_tags(t, of))
        spl_warning(t->diag, of->old_tags->span, "conf",
                    "the tags of the event type \"%.*s\" are passed over: tags are given in tags.conf",
                    SPL_FMT(of->name));
    query->diag = spl_diag_new(t->arena);
    binder.diag = env.diag = query->diag;
    env.arena = t->arena;
    env.check = false; /* a macro that is nowhere defined is told to a check of apps, too */
    source = spl_source_new(t->arena, of->search->span.source->name, of->search->value);
    source->within = of->search->span;
    spl_fieldset_init(&op.reads, t->arena, query->fields);
    spl_fieldset_init(&op.makes, t->arena, query->fields);
    binder.op = &op;
    expanded = spl_expand(&env, source);
    if (expanded) node = spl_parse_terms(&env, expanded);
    if (node) {
        want_named(t, of, node, reads);
        query->diag = binder.diag; /* naming others put theirs there */
        of->filter = spl_filter_bind(&binder, node, NULL);
    }
    if (binder.worker) spl_worker_free(binder.worker);
    of->state = DONE;
    if (!of->filter) {
        spl_str why = SPL_S("its search cannot be used");

        for (size_t i = 0; i < spl_diag_len(binder.diag); i++) {
            if (spl_diag_at(binder.diag, i)->severity != SPL_ERROR) continue;
            why = spl_diag_at(binder.diag, i)->message;
            break;
        }
        warn(t, of, of->search->span, why);
        return;
    }
    spl_fieldset_add_set(reads, &op.reads);
    for (size_t at = 0, end; next_field(of->name, &at, &end, &field); at = end)
        spl_fieldset_add(reads, spl_field_of(query->fields, field));
    SPL_PUSH(t->arena, &t->types, of);
}

static bool tag_asked(const void *tags, spl_str tag)
{
    return is_asked(tags, tag, false);
}

static void add_tags(spl_tagging *t, const spl_tag_index *index)
{
    for (size_t i = 0; i < index->fields.len; i++) {
        tag_field *f = SPL_NEW(t->arena, tag_field);
        spl_str name = index->fields.data[i]->name;

        f->index = index->fields.data[i];
        f->field = spl_field_of(t->query->fields, name);
        f->tags = spl_field_of(t->query->fields, spl_strf(t->arena, "tag::%.*s", SPL_FMT(name)));
        SPL_PUSH(t->arena, &t->fields, f);
    }
}

static void add_name(spl_tagging *t, type *of)
{
    spl_str name = spl_str_lower(t->arena, of->name);
    same_name *same = spl_map_get(&t->by_name, name);

    if (!same) {
        same = SPL_NEW(t->arena, same_name);
        spl_map_set(&t->by_name, name, same);
    }
    SPL_PUSH(t->arena, &same->types, of);
}

static void list_types(spl_tagging *t)
{
    const spl_conf *conf = spl_knowledge_conf(t->query->knowledge, "eventtypes");

    for (size_t i = 0; i < conf->stanzas.len; i++) {
        const spl_conf_stanza *stanza = conf->stanzas.entries[i].value;
        const spl_conf_entry *search = spl_conf_find(stanza, "search");
        size_t at, end;
        spl_str field;
        type *of;

        if (!stanza || spl_conf_is_general(stanza) || !search || !search->value.len ||
            spl_conf_true(spl_conf_value(stanza, "disabled")))
            continue;
        of = SPL_NEW(t->arena, type);
        of->name = stanza->name;
        of->search = search;
        of->old_tags = spl_conf_find(stanza, "tags");
        if (of->old_tags && !of->old_tags->value.len) of->old_tags = NULL;
        if (!spl_num_int(spl_conf_value(stanza, "priority"), &of->priority)) of->priority = PRIORITY;
        at = 0;
        of->by_field = next_field(of->name, &at, &end, &field);
        spl_map_set(&t->all, of->name, of);
        add_name(t, of);
        if (of->by_field) SPL_PUSH(t->arena, &t->named_by_field, of);
    }
}

spl_tagging *spl_tagging_new(spl_arena *arena, spl_query *query, spl_diag *diag, const spl_graph_config *config,
                             spl_fieldset *reads)
{
    spl_fields *fields = query->fields;
    spl_field eventtype = spl_field_of(fields, SPL_S("eventtype")), tag = spl_field_of(fields, SPL_S("tag"));
    const spl_fieldset *wanted = config->wanted, *beside = config->beside;
    asked types = {0}, tags = {0};
    bool any_tag = false, all_tags = !config->terms;
    const spl_tag_index_field *tagged = NULL;
    const spl_tag_index *index;
    const spl_str *found;
    spl_tagging *t;

    t = SPL_NEW(arena, spl_tagging);
    t->arena = arena;
    t->query = query;
    t->diag = diag;
    t->eventtype = eventtype;
    t->tag = tag;
    t->all = spl_map_in(arena);
    t->by_name = spl_map_in(arena);
    if (config->terms) look_through(arena, config->terms, &types, &tags);
    if (!config->terms || (beside && spl_fieldset_has(beside, eventtype))) types.any = true;
    if (beside && spl_fieldset_has(beside, tag)) all_tags = true;
    tags.any |= all_tags || (config->beside && !spl_fieldset_finite(beside));
    for (size_t i = 0; beside && i < beside->names.len; i++)
        tags.any |= spl_str_starts(spl_field_name(fields, beside->names.data[i]), SPL_S("tag::"));
    t->tag_wanted = spl_fieldset_has(wanted, tag);
    index = index_tags(arena, spl_knowledge_conf(query->knowledge, "tags"), tag_asked, &tags);
    add_tags(t, index);
    for (size_t i = 0; i < t->fields.len; i++) {
        tag_field *f = t->fields.data[i];

        f->wanted = t->tag_wanted || spl_fieldset_has(wanted, f->tags);
        any_tag |= f->wanted;
        if (!f->wanted) continue;
        spl_fieldset_add(reads, f->field);
        if (f->field == eventtype) tagged = f->index;
    }
    if (spl_fieldset_has(reads, eventtype)) {
        list_types(t);
        for (size_t i = 0; i < t->all.len; i++) {
            type *of = t->all.entries[i].value;
            bool asked_for = spl_fieldset_has(wanted, eventtype) && is_asked(&types, of->name, true);

            if (of->by_field) asked_for = true; /* its name shows when it has met an event */
            if (!asked_for && tagged) asked_for = spl_tag_index_find(tagged, arena, of->name, &found) > 0;
            if (asked_for) want(t, of, reads);
        }
    }
    return t->types.len || any_tag ? t : NULL;
}

/* ---- running ---- */

spl_tagging_use *spl_tagging_use_new(spl_tagging *t, spl_worker *worker)
{
    spl_tagging_use *use = SPL_NEW(worker->arena, spl_tagging_use);

    use->of = t;
    use->worker = worker;
    return use;
}

static int by_order(const void *a, const void *b)
{
    const named *x = a, *y = b;

    if (x->priority != y->priority) return x->priority < y->priority ? -1 : 1;
    return spl_str_cmp(x->name, y->name);
}

/* use->names, each once, by priority and name. */
static spl_value names_value(spl_tagging_use *use, spl_arena *arena)
{
    spl_value *items;
    size_t n = 0;

    if (!use->names.len) return SPL_NULL;
    if (use->names.len > 1) qsort(use->names.data, use->names.len, sizeof *use->names.data, by_order);
    items = SPL_NEW_ARRAY(arena, use->names.len, spl_value);
    for (size_t i = 0; i < use->names.len; i++) {
        if (i && spl_str_eq(use->names.data[i].name, use->names.data[i - 1].name)) continue;
        items[n++] = spl_text(use->names.data[i].name);
    }
    return spl_multi_of(arena, items, n);
}

static void add_own(spl_tagging_use *use, spl_arena *arena, spl_value own)
{
    for (uint32_t k = 0; k < spl_value_count(own); k++)
        SPL_PUSH(use->worker->arena, &use->names, ((named){spl_value_text(arena, spl_value_at(own, k)), PRIORITY}));
}

/* The name of OF for a row; a %field% that the row lacks stays as it is. */
static spl_str name_for(const spl_tagging *t, const type *of, const spl_batch *batch, uint32_t row)
{
    spl_buf out = spl_buf_in(batch->arena);
    size_t from = 0, at = 0, end;
    spl_str field;

    if (!of->by_field) return of->name;
    for (; next_field(of->name, &at, &end, &field); from = at = end) {
        spl_value value = spl_batch_get(batch, row, spl_field_of(t->query->fields, field));

        spl_buf_add(&out, spl_str_sub(of->name, from, at));
        if (spl_is_null(value))
            spl_buf_add(&out, spl_str_sub(of->name, at, end));
        else
            spl_buf_add(&out, spl_value_text(batch->arena, spl_value_at(value, 0)));
    }
    spl_buf_add(&out, spl_str_sub(of->name, from, of->name.len));
    return spl_buf_str(&out);
}

static void run_types(spl_tagging_use *use, spl_batch *batch)
{
    spl_tagging *t = use->of;
    spl_column *column;

    if (!t->types.len) return;
    column = spl_batch_column(batch, t->eventtype);
    spl_eval_on(&use->ev, t->query, use->worker, batch);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        size_t found = 0;

        use->names.len = 0;
        if (column) add_own(use, batch->arena, column->cells[row]);
        found = use->names.len;
        for (size_t k = 0; k < t->types.len; k++) {
            type *of = t->types.data[k];

            if (!spl_filter_match(&use->ev, of->filter, row)) continue;
            SPL_PUSH(use->worker->arena, &use->names, ((named){name_for(t, of, batch, row), of->priority}));
            if (!column) column = spl_batch_add(batch, t->eventtype);
            if (of->named) column->cells[row] = names_value(use, batch->arena);
        }
        if (column && use->names.len > found) column->cells[row] = names_value(use, batch->arena);
    }
}

static void tags_of_value(spl_tagging_use *use, const tag_field *f, spl_arena *arena, spl_value value)
{
    for (uint32_t k = 0; k < spl_value_count(value); k++) {
        const spl_str *tags;
        size_t n = spl_tag_index_find(f->index, arena, spl_value_text(arena, spl_value_at(value, k)), &tags);

        for (size_t i = 0; i < n; i++) SPL_PUSH(use->worker->arena, &use->names, ((named){tags[i], PRIORITY}));
    }
}

static void run_tags(spl_tagging_use *use, spl_batch *batch)
{
    spl_tagging *t = use->of;

    for (size_t i = 0; i < t->fields.len; i++) {
        const tag_field *f = t->fields.data[i];
        const spl_column *from = f->wanted ? spl_batch_column(batch, f->field) : NULL;
        spl_column *into = NULL;

        for (uint32_t k = 0; from && k < spl_batch_rows(batch); k++) {
            uint32_t row = spl_batch_row(batch, k);
            size_t own;

            if (spl_is_null(from->cells[row])) continue;
            use->names.len = 0;
            if (into) add_own(use, batch->arena, into->cells[row]);
            own = use->names.len;
            tags_of_value(use, f, batch->arena, from->cells[row]);
            if (use->names.len == own) continue;
            if (!into) into = spl_batch_add(batch, f->tags);
            into->cells[row] = names_value(use, batch->arena);
        }
    }
    if (!t->tag_wanted) return;
    for (uint32_t k = 0; k < spl_batch_rows(batch); k++) {
        uint32_t row = spl_batch_row(batch, k);
        size_t own;

        use->names.len = 0;
        add_own(use, batch->arena, spl_batch_get(batch, row, t->tag));
        own = use->names.len;
        for (size_t i = 0; i < t->fields.len; i++)
            if (t->fields.data[i]->wanted)
                add_own(use, batch->arena, spl_batch_get(batch, row, t->fields.data[i]->tags));
        if (use->names.len > own) spl_batch_set(batch, row, t->tag, names_value(use, batch->arena));
    }
}

void spl_tagging_run(spl_tagging_use *use, spl_batch *batch)
{
    run_types(use, batch);
    run_tags(use, batch);
}
