/* datamodelsimple.c -- lists the data models, the datasets of one, or the fields of a dataset (Common Information Model
 * Add-on, "Use the datamodelsimple command"). */
#include "commands/model_search.h"
#include "knowledge/knowledge.h"

#include <stddef.h>

enum { MODELS, OBJECTS, ATTRIBUTES };
static const char *const types[] = {"models", "objects", "attributes", NULL};

typedef struct datamodelsimple_op {
    spl_op base;
    int type;
    spl_str model_name, object_name, nodename;
    const spl_model *model;
    const spl_model_object *object;
    spl_field out, lineage;
    spl_batch *batch; /* running */
    uint32_t rows;
    bool done;
} datamodelsimple_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(datamodelsimple_op, member), .help = __VA_ARGS__ \
    }
static const spl_option options[] = {
    OPTION("type", ENUM, type, "what to list", .names = types, .dflt = MODELS),
    OPTION("datamodel", TEXT, model_name, "the data model", .text = ""),
    OPTION("object", TEXT, object_name, "the dataset", .text = ""),
    OPTION("nodename", TEXT, nodename, "the dataset with those above it: Root.Child", .text = ""),
    {0},
};

/* Finds what is to be listed. False: refused. */
static bool find(spl_binder *binder, const spl_node *stage, datamodelsimple_op *self)
{
    spl_str object = self->object_name.len ? self->object_name : self->nodename;
    bool refused, all = self->type == OBJECTS;
    const char *needs = !self->model_name.len ? "datamodel" : !all && !object.len ? "object" : NULL;

    if (needs) {
        spl_bad_argument(binder, stage->span, "datamodelsimple type=%s needs %s=", types[self->type], needs);
        spl_hint(binder->diag, "For example: datamodelsimple type=%s datamodel=Authentication%s", types[self->type],
                 all ? "" : " object=Failed_Authentication");
        return false;
    }
    self->object = model_find(binder, &(model_ref){self->model_name, all ? SPL_S("") : object, stage->span},
                              &self->model, &refused);
    return !refused;
}

static bool datamodelsimple_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    datamodelsimple_op *self = (datamodelsimple_op *)op;
    static const char *const columns[] = {"datamodel", "object", "attribute"};

    if (self->type != MODELS && !find(binder, stage, self)) return false;
    self->out = spl_bind_field(binder, spl_str_of(columns[self->type]));
    self->lineage = spl_bind_field(binder, SPL_S("lineage"));
    return spl_bind_plain(binder, stage, op);
}

static void add(datamodelsimple_op *self, spl_str name, spl_str lineage)
{
    spl_batch_set(self->batch, self->rows, self->out, spl_text(name));
    if (self->type != MODELS) spl_batch_set(self->batch, self->rows, self->lineage, spl_text(lineage));
    self->rows++;
}

/* Counts a field of OBJECT; adds it where ADDED. */
static size_t field_of(datamodelsimple_op *self, const spl_model_object *object, spl_str name, bool added)
{
    if (added) add(self, name, spl_strf(self->batch->arena, "%.*s.%.*s", SPL_FMT(object->lineage), SPL_FMT(name)));
    return 1;
}

/* The fields of the ancestors first. Returns how many there are; adds them where ADDED. */
static size_t fields_of(datamodelsimple_op *self, const spl_model_object *object, bool added)
{
    static const char *const base[] = {"_time", "_raw", "source", "sourcetype", "host"};
    size_t count = 0;

    if (object->parent) {
        count = fields_of(self, object->parent, added);
    } else if (object->kind == SPL_MODEL_EVENT) {
        count = sizeof base / sizeof *base;
        for (size_t i = 0; added && i < count; i++) add(self, spl_str_of(base[i]), spl_str_of(base[i]));
    }
    for (size_t i = 0; i < object->fields.len; i++) count += field_of(self, object, object->fields.data[i].name, added);
    for (size_t i = 0; i < object->calculations.len; i++) {
        const spl_model_fields *outputs = &object->calculations.data[i].outputs;

        for (size_t k = 0; k < outputs->len; k++) count += field_of(self, object, outputs->data[k].name, added);
    }
    return count;
}

static spl_status datamodelsimple_next(spl_op *op, spl_batch **batch)
{
    datamodelsimple_op *self = (datamodelsimple_op *)op;
    spl_str *names = NULL;
    size_t count = 0, i = 0;

    if (self->done) return SPL_END;
    self->done = true;
    if (self->type == MODELS) {
        count = spl_models_names(spl_knowledge_models(op->query->knowledge), op->state, &names);
    } else if (self->object) { /* else it is nowhere defined */
        count = self->type == OBJECTS ? self->model->objects.len : fields_of(self, self->object, false);
    }
    if (!count) return SPL_END;
    *batch = self->batch = spl_op_batch(op, (uint32_t)count);
    if (self->type == ATTRIBUTES) fields_of(self, self->object, true);
    for (; self->type == OBJECTS && i < count; i++)
        add(self, self->model->objects.data[i]->name, self->model->objects.data[i]->lineage);
    for (; names && i < count; i++) add(self, names[i], SPL_S(""));
    return SPL_OK;
}

SPL_COMMAND(datamodelsimple, .summary = "Lists data models, the datasets of one, or the fields of a dataset.",
            .syntax = "datamodelsimple [type=models|objects|attributes] [datamodel=<name>] [object=<name> | "
                      "nodename=<Root.Child>]",
            .example = "| datamodelsimple type=models", .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES,
            .options = options, .op_size = sizeof(datamodelsimple_op), .bind = datamodelsimple_bind,
            .next = datamodelsimple_next);
