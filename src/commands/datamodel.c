/* datamodel.c -- data models as JSON, and the events of a dataset; with what tstats, from and pivot share. */
#include "commands/model_search.h"
#include "knowledge/knowledge.h"

#include <stddef.h>

model_ref model_ref_of(spl_str text, spl_span span)
{
    model_ref ref = {.model = text, .span = span};
    const char *dot = text.len ? memchr(text.data, '.', text.len) : NULL;

    if (dot) {
        ref.model = spl_str_cut(text.data, (size_t)(dot - text.data));
        ref.object = spl_str_sub(text, ref.model.len + 1, text.len);
    }
    return ref;
}

static void missing(spl_binder *binder, const model_ref *ref, const char *what, spl_str name, spl_str near)
{
    spl_report(binder->diag, binder->query->check_only ? SPL_WARNING : SPL_ERROR, ref->span, "missing-datamodel",
               "%s \"%.*s\" is nowhere defined", what, SPL_FMT(name));
    if (spl_str_eq(near, name))
        spl_hint(binder->diag, "Its file is damaged: see the warning.");
    else if (near.len)
        spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    else
        spl_hint(binder->diag,
                 "Give an app that has it under default/data/models with --app; | datamodel lists those that are "
                 "known.");
}

const spl_model_object *model_find(spl_binder *binder, const model_ref *ref, const spl_model **model, bool *refused)
{
    spl_models *models = spl_knowledge_models(binder->query->knowledge);
    const spl_model_object *object = NULL;
    spl_str last = ref->object;

    *model = spl_models_find(models, ref->model);
    *refused = !binder->query->check_only;
    if (!*model) {
        spl_str *names;
        size_t count = spl_models_names(models, binder->arena, &names);

        missing(binder, ref, "the data model", ref->model, spl_nearest(ref->model, names, count));
        return NULL;
    }
    for (size_t i = 0; i < last.len; i++) /* Root.Child names the child */
        if (last.data[i] == '.') last = spl_str_sub(last, i + 1, last.len), i = (size_t)-1;
    if (ref->object.len) {
        object = spl_model_object_find(*model, last);
    } else {
        for (size_t i = 0; !object && i < (*model)->objects.len; i++)
            if ((*model)->objects.data[i]->kind != SPL_MODEL_CHILD) object = (*model)->objects.data[i];
    }
    if (!object) {
        SPL_VEC(spl_str) names = {0};

        for (size_t i = 0; i < (*model)->objects.len; i++)
            SPL_PUSH(binder->arena, &names, (*model)->objects.data[i]->name);
        missing(binder, ref, "the dataset", ref->object.len ? ref->object : ref->model,
                spl_nearest(last, names.data, names.len));
        return NULL;
    }
    *refused = false;
    return object;
}

bool model_is_strict(const spl_binder *binder, const spl_model *model)
{
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "datamodels");
    const spl_conf_stanza *stanza = model ? spl_conf_stanza_find(conf, model->name) : NULL;
    const spl_conf_entry *e;

    if (!stanza) stanza = conf->general;
    e = stanza ? spl_conf_find(stanza, "strict_fields") : NULL;
    return !e || !spl_conf_false(e->value);
}

static void keep_field(spl_buf *out, spl_str name)
{
    spl_buf_puts(out, ", ");
    spl_text_quote(out, name);
}

void model_add_strict(const spl_model_object *object, bool bare, spl_buf *out)
{
    spl_buf_puts(out, " | fields host, source, sourcetype, index, linecount, splunk_server");
    for (const spl_model_object *at = object; at; at = at->parent) {
        if (!bare) {
            keep_field(out, spl_strf(out->arena, "%.*s.*", SPL_FMT(at->lineage)));
            continue;
        }
        for (size_t i = 0; i < at->fields.len; i++) keep_field(out, at->fields.data[i].name);
        for (size_t i = 0; i < at->calculations.len; i++)
            for (size_t k = 0; k < at->calculations.data[i].outputs.len; k++)
                keep_field(out, at->calculations.data[i].outputs.data[k].name);
    }
}

const spl_node *model_stages(spl_binder *binder, const spl_node *stage, const spl_model *model,
                             const spl_model_object *object, const spl_model_wants *wants, spl_str tail)
{
    spl_buf text = spl_buf_in(binder->arena);
    spl_str why, title = SPL_S("data model");

    if (!object) {
        spl_buf_puts(&text, "search *");
    } else if (!spl_model_text(model, object, wants, &text, &why)) {
        spl_refuse(binder, stage->name_span, "bad-datamodel", "the data model \"%.*s\" cannot be searched: %.*s",
                   SPL_FMT(model->name), SPL_FMT(why));
        return NULL;
    }
    spl_buf_add(&text, tail);
    if (object)
        title = spl_strf(binder->arena, "data model %.*s.%.*s (%.*s)", SPL_FMT(model->name), SPL_FMT(object->name),
                         SPL_FMT(model->file->name));
    return spl_bind_text(binder, stage, "data model", title, spl_buf_str(&text));
}

/* ---- the command ----------------------------------------------------------------------------------------------------
 */

enum { SEARCH, FLAT, ACCELERATION, STRINGS }; /* those from STRINGS on give the text of the search */
static const char *const modes[] = {
    "search", "flat", "acceleration_search", "search_string", "flat_string", "acceleration_search_string", NULL};

typedef struct datamodel_op {
    spl_op base;
    bool strict, strict_given;
    bool done; /* running */
} datamodel_op;

static const spl_option options[] = {
    {.name = "strict_fields",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(datamodel_op, strict),
     .given = offsetof(datamodel_op, strict_given),
     .dflt = 1,
     .help = "only the fields of the data model and the default ones"},
    SPL_IDLE("allow_old_summaries", BOOL, "there are no summaries"),
    SPL_IDLE("summariesonly", BOOL, "DATA stands for the summary"),
    {0},
};

/* Up to three words; false: refused. */
static bool take_words(spl_binder *binder, const spl_node *stage, const spl_node *words[3])
{
    spl_args args = spl_args_of(stage);
    spl_str name;

    for (int i = 0; i < 3; i++) {
        words[i] = spl_args_next(&args);
        if (words[i] && !spl_args_name(words[i], &name))
            return spl_bad_argument(binder, words[i]->span, "the name of a data model or dataset is expected here");
    }
    return spl_args_done(binder, &args);
}

static int mode_named(const spl_node *word)
{
    for (int i = 0; modes[i]; i++)
        if (spl_str_iis(word->text, modes[i])) return i;
    return -1;
}

static int mode_of(spl_binder *binder, const spl_node *word)
{
    int mode = mode_named(word);

    if (mode >= 0) return mode;
    spl_bad_argument(binder, word->span, "datamodel has no mode \"%.*s\"", SPL_FMT(word->text));
    spl_hint(binder->diag, "The modes are search, flat, acceleration_search, and those with _string behind.");
    return -1;
}

/* The model alone and a mode mean its first dataset: datamodel Web search. */
static void name_first_root(spl_binder *binder, const spl_node *words[3])
{
    const spl_model *model = spl_models_find(spl_knowledge_models(binder->query->knowledge), words[0]->text);

    if (mode_named(words[1]) < 0 || (model && spl_model_object_find(model, words[1]->text))) return;
    words[2] = words[1];
    words[1] = spl_expand_node(binder, words[0], SPL_NODE_WORD, SPL_S(""));
}

static const spl_node *text_of_search(spl_binder *binder, const spl_node *stage, const spl_model *model,
                                      const spl_model_object *object, const spl_model_wants *wants, spl_str tail)
{
    spl_buf search = spl_buf_in(binder->arena), text = spl_buf_in(binder->arena);
    const spl_node *stages = model_stages(binder, stage, model, object, wants, tail); /* made to refuse what it does */
    spl_str why;

    if (!stages || !object) return stages;
    spl_model_text(model, object, wants, &search, &why);
    spl_buf_add(&search, tail);
    spl_buf_puts(&text, "| makeresults | eval search=");
    spl_text_quote(&text, spl_buf_str(&search));
    spl_buf_puts(&text, " | table search");
    return spl_bind_text(binder, stage, "data model", SPL_S("text of a data model"), spl_buf_str(&text));
}

static const spl_node *datamodel_expand(spl_binder *binder, const spl_node *stage)
{
    datamodel_op *given = SPL_NEW(binder->arena, datamodel_op);
    spl_node *self = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    const spl_model *model;
    const spl_model_object *object;
    const spl_node *words[3] = {NULL};
    spl_model_wants wants = {.marks = true};
    spl_buf tail = spl_buf_in(binder->arena);
    bool refused, as_text;
    int mode;

    if (!spl_options_take(binder, stage, options, given) || !take_words(binder, stage, words)) return NULL;
    if (words[1] && !words[2]) name_first_root(binder, words);
    if (!words[2]) {
        self->kids = SPL_NEW_ARRAY(binder->arena, 1, spl_node *);
        memcpy(self->kids, &stage, sizeof stage);
        self->n_kids = 1;
        return self;
    }
    mode = mode_of(binder, words[2]);
    if (mode < 0) return NULL;
    as_text = mode >= STRINGS;
    mode %= STRINGS;
    wants.prefix = mode != FLAT;
    object = model_find(binder, &(model_ref){words[0]->text, words[1]->text, words[1]->span}, &model, &refused);
    if (refused) return NULL;
    if (!given->strict_given) given->strict = model_is_strict(binder, model);
    if (object && (given->strict || mode == ACCELERATION)) {
        model_add_strict(object, mode == FLAT, &tail);
        if (mode == FLAT) spl_buf_puts(&tail, ", is_*");
    }
    return (as_text ? text_of_search : model_stages)(binder, stage, model, object, &wants, spl_buf_str(&tail));
}

static bool datamodel_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    const spl_node *words[3] = {NULL};
    const spl_model *model;
    bool refused = false;

    (void)op;
    if (!take_words(binder, stage, words)) return false;
    if (words[0])
        model_find(binder, &(model_ref){words[0]->text, words[1] ? words[1]->text : SPL_S(""), words[0]->span}, &model,
                   &refused);
    return !refused;
}

static spl_status datamodel_next(spl_op *op, spl_batch **batch)
{
    datamodel_op *self = (datamodel_op *)op;
    spl_models *models = spl_knowledge_models(op->query->knowledge);
    spl_args args = spl_args_of(op->stage);
    const spl_node *name = spl_args_next(&args), *object = spl_args_next(&args);
    spl_str *names;
    size_t count;
    uint32_t rows = 0;

    if (self->done) return SPL_END;
    self->done = true;
    if (name) {
        const spl_model *model = spl_models_find(models, name->text);
        const spl_model_object *found = model && object ? spl_model_object_find(model, object->text) : NULL;

        if (!model || (object && !found)) return SPL_END;
        *batch = spl_op_batch(op, 1);
        spl_batch_set(*batch, 0, SPL_F_RAW,
                      spl_text(found ? spl_model_object_json((*batch)->arena, model, found) : model->file->text));
        (*batch)->events = true;
        return SPL_OK;
    }
    count = spl_models_names(models, op->state, &names);
    *batch = spl_op_batch(op, (uint32_t)count);
    (*batch)->events = true;
    for (size_t i = 0; i < count; i++) {
        const spl_model *model = spl_models_find(models, names[i]);

        if (model) spl_batch_set(*batch, rows++, SPL_F_RAW, spl_text(model->file->text));
    }
    spl_batch_truncate(*batch, rows);
    if (rows) return SPL_OK;
    spl_batch_free(*batch);
    return SPL_END;
}

SPL_COMMAND(datamodel, .summary = "Shows data models as JSON, or gives the events of a dataset.",
            .syntax = "datamodel [<model> [<dataset>] [search | flat | acceleration_search | search_string | "
                      "flat_string | acceleration_search_string]] [strict_fields=<bool>] "
                      "[summariesonly=<bool>] [allow_old_summaries=<bool>]",
            .example = "| datamodel",
            .differs = "There are no summaries: acceleration_search gives what search gives, without other fields.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES, .options = options, .op_size = sizeof(datamodel_op),
            .bind = datamodel_bind, .expand = datamodel_expand, .next = datamodel_next);
