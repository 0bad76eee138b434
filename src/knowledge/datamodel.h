/* datamodel.h -- data models: JSON files of apps (data/models/NAME.json), and the searches that they stand for.
 *
 * A root event object is a set of constraints, a root search object a search, a root transaction object groups the
 * events of others; a child adds constraints to its parent's.
 * Each object has fields and calculations, inherited by its children. Knowledge Manager Manual, "About data models". */
#ifndef SPL_KNOWLEDGE_DATAMODEL_H
#define SPL_KNOWLEDGE_DATAMODEL_H

#include "base/buf.h"
#include "base/map.h"
#include "diag/diag.h"

typedef struct spl_model_field {
    spl_str name;
    spl_str type;   /* string, number, boolean, ipv4, timestamp, objectCount, childCount */
    spl_str lookup; /* outputs of a lookup: the lookup's field */
    bool required;
} spl_model_field;
typedef SPL_VEC(spl_model_field) spl_model_fields;

typedef struct spl_model_calculation {
    spl_str kind; /* Eval, Rex, Lookup, GeoIP */
    spl_str expression;
    spl_str input;           /* Rex, GeoIP */
    spl_str lookup;          /* Lookup: its name */
    spl_model_fields inputs; /* Lookup: name is the event's field, lookup the lookup's */
    spl_model_fields outputs;
} spl_model_calculation;

typedef enum spl_model_kind {
    SPL_MODEL_EVENT,
    SPL_MODEL_SEARCH,
    SPL_MODEL_TRANSACTION,
    SPL_MODEL_CHILD
} spl_model_kind;

typedef struct spl_model_object spl_model_object;
struct spl_model_object {
    spl_str name, title;
    spl_str lineage; /* Root.Child */
    spl_model_kind kind;
    spl_str parent_name;
    const spl_model_object *parent; /* of a child */
    spl_model_fields fields;        /* its own */
    SPL_VEC(spl_model_calculation) calculations;
    SPL_VEC(spl_str) constraints;
    spl_str search;                     /* SEARCH */
    SPL_VEC(spl_str) grouped, group_by; /* TRANSACTION: objects, fields */
    spl_str max_pause, max_span;
    size_t index; /* in the model */
    bool broken;  /* the parent is missing, or it is its own ancestor */
};

typedef struct spl_model {
    spl_str name, title;
    const spl_source *file;
    SPL_VEC(spl_model_object *) objects;
} spl_model;

/* Where the object's file has its name first. */
spl_span spl_model_object_place(const spl_model *model, const spl_model_object *object);
/* The object as it stands in its file, in ARENA. */
spl_str spl_model_object_json(spl_arena *arena, const spl_model *model, const spl_model_object *object);

typedef struct spl_models spl_models;

spl_models *spl_models_new(spl_arena *arena, spl_diag *diag);
void spl_models_add_folder(spl_models *models, const char *app); /* later ones win */
/* The model NAME, read when first asked for, or NULL. What is wrong in its file is a warning, once. */
const spl_model *spl_models_find(spl_models *models, spl_str name);
/* The names of all, sorted. */
size_t spl_models_names(spl_models *models, spl_arena *arena, spl_str **names);

const spl_model_object *spl_model_object_find(const spl_model *model, spl_str name);
/* Whether OBJECT is ANCESTOR or comes from it. */
bool spl_model_within(const spl_model_object *object, const spl_model_object *ancestor);
/* Fields that every event has: named without their object. */
bool spl_model_default_field(spl_str name);

/* What the text of an object's search is made for. */
typedef struct spl_model_wants {
    bool prefix;          /* fields are named Object.field */
    bool marks;           /* with is_<child> fields */
    bool required;        /* only events that have the fields marked as required */
    const spl_str *names; /* fields that are asked for by name: those of children are made for them */
    size_t n_names;
} spl_model_wants;
/* The search that gives the events of OBJECT, appended to OUT. False: it cannot be made; *WHY says so. */
bool spl_model_text(const spl_model *model, const spl_model_object *object, const spl_model_wants *wants, spl_buf *out,
                    spl_str *why);

#endif
