/* datamodel.c -- reads data models and writes the searches of their objects.
 *
 * The search of an object is text, from its root down: the constraints, then the calculations in their order, for each
 * level; it is expanded and parsed like any search, so that its first part becomes the scan's filter. */
#include "knowledge/datamodel.h"
#include "base/fault.h"

#include "knowledge/conf.h"
#include "lang/text.h"

#include <assert.h>
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <pthread.h>

struct spl_models {
    spl_arena *arena;
    pthread_mutex_t lock;
    spl_diag *diag;
    SPL_VEC(const char *) folders;
    spl_map known; /* name -> spl_model *, or NULL: there is none */
};

/* ---- reading --------------------------------------------------------------------------------------------------------
 */

static void drop_json(void *root)
{
    json_decref(root);
}

static spl_str text_of(spl_arena *arena, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value)) return SPL_S("");
    return spl_str_copy(arena, spl_str_cut(json_string_value(value), json_string_length(value)));
}

static spl_str dump(spl_arena *arena, const json_t *value)
{
    spl_buf out = spl_buf_in(arena);
    size_t need = json_dumpb(value, NULL, 0, JSON_COMPACT);

    if (need) out.len = json_dumpb(value, spl_buf_room(&out, need), need, JSON_COMPACT);
    return spl_buf_str(&out);
}

static void read_fields(spl_arena *arena, const json_t *list, const char *name, const char *lookup,
                        spl_model_fields *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        spl_model_field field = {text_of(arena, item, name), text_of(arena, item, "type"), SPL_S(""),
                                 json_is_true(json_object_get(item, "required"))};

        if (lookup) field.lookup = text_of(arena, item, lookup);
        if (field.name.len) SPL_PUSH(arena, out, field);
    }
}

static void read_calculations(spl_arena *arena, const json_t *list, spl_model_object *object)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        spl_model_calculation made = {.kind = text_of(arena, item, "calculationType"),
                                      .expression = text_of(arena, item, "expression"),
                                      .input = text_of(arena, item, "inputField"),
                                      .lookup = text_of(arena, item, "lookupName")};

        read_fields(arena, json_object_get(item, "lookupInputs"), "inputField", "lookupField", &made.inputs);
        read_fields(arena, json_object_get(item, "outputFields"), "fieldName", "lookupOutputFieldName", &made.outputs);
        SPL_PUSH(arena, &object->calculations, made);
    }
}

static void read_words(spl_arena *arena, const json_t *list, spl_str **words, size_t *count)
{
    SPL_VEC(spl_str) found = {0};

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_string(item) && json_string_length(item))
            SPL_PUSH(arena, &found,
                     spl_str_copy(arena, spl_str_cut(json_string_value(item), json_string_length(item))));
    }
    *words = found.data;
    *count = found.len;
}

static spl_model_object *read_object(spl_arena *arena, const json_t *item)
{
    spl_model_object *object = SPL_NEW(arena, spl_model_object);
    const json_t *list = json_object_get(item, "constraints");

    object->name = object->lineage = text_of(arena, item, "objectName");
    object->title = text_of(arena, item, "displayName");
    object->parent_name = text_of(arena, item, "parentName");
    object->search = text_of(arena, item, "baseSearch");
    object->kind = spl_str_is(object->parent_name, "BaseSearch")                              ? SPL_MODEL_SEARCH
                   : spl_str_is(object->parent_name, "BaseTransaction")                       ? SPL_MODEL_TRANSACTION
                   : spl_str_is(object->parent_name, "BaseEvent") || !object->parent_name.len ? SPL_MODEL_EVENT
                                                                                              : SPL_MODEL_CHILD;
    for (size_t i = 0; i < json_array_size(list); i++) {
        spl_str search = spl_str_trim(text_of(arena, json_array_get(list, i), "search"));

        if (search.len) SPL_PUSH(arena, &object->constraints, search);
    }
    read_words(arena, json_object_get(item, "objectsToGroup"), &object->grouped.data, &object->grouped.len);
    read_words(arena, json_object_get(item, "groupByFields"), &object->group_by.data, &object->group_by.len);
    object->max_pause = spl_str_trim(text_of(arena, item, "transactionMaxPause"));
    object->max_span = spl_str_trim(text_of(arena, item, "transactionMaxTimeSpan"));
    read_fields(arena, json_object_get(item, "fields"), "fieldName", NULL, &object->fields);
    read_calculations(arena, json_object_get(item, "calculations"), object);
    return object;
}

/* How deep datasets may nest. */
enum { DEPTH = 100 };

/* Where the file names the object first. */
static spl_span place_of(const spl_model *model, spl_str name)
{
    spl_str text = model->file->text;

    for (size_t at = 0; at + name.len + 1 < text.len; at++) {
        if (text.data[at] != '"' || text.data[at + name.len + 1] != '"') continue;
        if (memcmp(text.data + at + 1, name.data, name.len) == 0)
            return (spl_span){model->file, (uint32_t)at, (uint32_t)(at + name.len + 2)};
    }
    return (spl_span){model->file, 0, 0};
}

spl_span spl_model_object_place(const spl_model *model, const spl_model_object *object)
{
    return place_of(model, object->name);
}

static void tie_parents(spl_models *models, spl_model *model)
{
    for (size_t i = 0; i < model->objects.len; i++) {
        spl_model_object *object = model->objects.data[i];

        if (object->kind != SPL_MODEL_CHILD) continue;
        object->parent = spl_model_object_find(model, object->parent_name);
        if (object->parent) continue;
        object->broken = true;
        spl_warning(models->diag, place_of(model, object->name), "conf",
                    "the dataset \"%.*s\" has no parent: \"%.*s\" is not in the data model", SPL_FMT(object->name),
                    SPL_FMT(object->parent_name));
    }
    for (size_t i = 0; i < model->objects.len; i++) {
        spl_model_object *object = model->objects.data[i];
        const spl_model_object *at = object;
        unsigned steps = 0;

        assert(object);
        while (at && at->kind == SPL_MODEL_CHILD && !at->broken && steps <= DEPTH) at = at->parent, steps++;
        if (!at || at->broken) object->broken = true;
        if (steps <= DEPTH) continue;
        object->broken = true;
        spl_warning(models->diag, place_of(model, object->name), "conf",
                    "the dataset \"%.*s\" is its own ancestor, or has more than %d of them", SPL_FMT(object->name),
                    DEPTH);
    }
    for (size_t i = 0; i < model->objects.len; i++) {
        spl_model_object *object = model->objects.data[i];
        spl_buf lineage = spl_buf_in(models->arena);
        SPL_VEC(spl_str) names = {0};

        if (object->broken) continue;
        for (const spl_model_object *at = object; at; at = at->parent) SPL_PUSH(models->arena, &names, at->name);
        for (size_t k = names.len; k-- > 0;) {
            spl_buf_add(&lineage, names.data[k]);
            if (k) spl_buf_char(&lineage, '.');
        }
        object->lineage = spl_buf_str(&lineage);
    }
}

/* A model's file, perhaps behind a byte order mark. *AT: where it is wrong. */
static json_t *load(const spl_source *file, json_error_t *error, uint32_t *at)
{
    size_t mark = spl_str_starts(file->text, SPL_S("\xef\xbb\xbf")) ? 3 : 0;
    json_t *root = json_loadb(file->text.data + mark, file->text.len - mark, JSON_ALLOW_NUL, error);

    *at = 0;
    if (!root && error->position > 0 && mark + (size_t)error->position <= file->text.len)
        *at = (uint32_t)(mark + (size_t)error->position);
    return root;
}

spl_str spl_model_object_json(spl_arena *arena, const spl_model *model, const spl_model_object *object)
{
    spl_arena *own = spl_arena_new(spl_arena_account(arena));
    json_error_t error;
    uint32_t at;
    json_t *root = load(model->file, &error, &at);
    const json_t *list = json_object_get(root, "objects");
    spl_str found = {"", 0};

    if (root) spl_arena_defer(own, drop_json, root);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (!spl_str_eq(text_of(own, item, "objectName"), object->name)) continue;
        found = dump(arena, item);
        break;
    }
    spl_arena_free(own);
    return found;
}

static spl_model *read_model(spl_models *models, spl_str name, const spl_source *file)
{
    spl_arena *own = spl_arena_new(spl_arena_account(models->arena));
    spl_model *model = SPL_NEW(models->arena, spl_model);
    json_error_t error;
    uint32_t at;
    json_t *root = load(file, &error, &at);
    const json_t *list;
    spl_map names = spl_map_in(own);

    model->name = spl_str_copy(models->arena, name);
    model->file = file;
    if (!root) {
        spl_arena_free(own);
        spl_warning(models->diag, ((spl_span){file, at, at}), "conf", "the data model \"%.*s\" is no JSON: %s",
                    SPL_FMT(name), error.text);
        return NULL;
    }
    spl_arena_defer(own, drop_json, root);
    model->title = text_of(models->arena, root, "displayName");
    list = json_object_get(root, "objects");
    if (!json_is_array(list)) {
        spl_arena_free(own);
        spl_warning(models->diag, ((spl_span){file, 0, 0}), "conf", "the data model \"%.*s\" has no list of objects",
                    SPL_FMT(name));
        return NULL;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        spl_model_object *object = read_object(models->arena, json_array_get(list, i));
        bool made = false;

        if (object->name.len) spl_map_put(&names, object->name, &made);
        if (!object->name.len)
            spl_warning(models->diag, ((spl_span){file, 0, 0}), "conf",
                        "object %zu of the data model \"%.*s\" has no objectName: it is passed over", i + 1,
                        SPL_FMT(name));
        else if (!made)
            spl_warning(models->diag, place_of(model, object->name), "conf",
                        "the data model \"%.*s\" has the dataset \"%.*s\" twice: the first one counts", SPL_FMT(name),
                        SPL_FMT(object->name));
        if (!made) continue;
        object->index = model->objects.len;
        SPL_PUSH(models->arena, &model->objects, object);
    }
    spl_arena_free(own);
    tie_parents(models, model);
    return model;
}

static void models_close(void *ptr)
{
    pthread_mutex_destroy(&((spl_models *)ptr)->lock);
}

spl_models *spl_models_new(spl_arena *arena, spl_diag *diag)
{
    spl_models *models = SPL_NEW(arena, spl_models);

    models->arena = spl_arena_new(spl_arena_account(arena)); /* used under the lock */
    pthread_mutex_init(&models->lock, NULL);
    spl_arena_defer(arena, models_close, models);
    models->diag = diag;
    models->known = spl_map_in(arena);
    return models;
}

void spl_models_add_folder(spl_models *models, const char *app)
{
    SPL_PUSH(models->arena, &models->folders, spl_cstring(models->arena, spl_str_of(app)));
}

static const char *const places[] = {"default", "local"};

static const spl_model *find(spl_models *models, spl_str name)
{
    spl_map_entry *entry;
    spl_model *model = NULL;
    bool made;

    if (!name.len || memchr(name.data, '/', name.len) || memchr(name.data, '\0', name.len)) return NULL;
    entry = spl_map_find(&models->known, name);
    if (entry) return entry->value;
    for (size_t i = models->folders.len; !model && i-- > 0;) {
        for (size_t k = 2; !model && k-- > 0;) {
            spl_str path = spl_strf(models->arena, "%s/%s/data/models/%.*s.json", models->folders.data[i], places[k],
                                    SPL_FMT(name));
            spl_source *file = spl_conf_file(models->arena, models->diag, spl_cstring(models->arena, path));

            if (file) model = read_model(models, name, file);
        }
    }
    spl_map_put(&models->known, name, &made)->value = model;
    return model;
}

const spl_model *spl_models_find(spl_models *models, spl_str name)
{
    const spl_model *volatile found = NULL;
    spl_frame frame;

    pthread_mutex_lock(&models->lock);
    if (SPL_CATCH(&frame)) { /* unlock on the way out */
        pthread_mutex_unlock(&models->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    found = find(models, name);
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&models->lock);
    return found;
}

static void close_folder(void *folder)
{
    closedir(folder);
}

static int compare_names(const void *a, const void *b)
{
    return spl_str_cmp(*(const spl_str *)a, *(const spl_str *)b);
}

size_t spl_models_names(spl_models *models, spl_arena *arena, spl_str **names)
{
    spl_map seen = spl_map_in(arena);
    spl_str suffix = SPL_S(".json");

    for (size_t i = 0; i < models->folders.len * 2; i++) {
        spl_arena *own = spl_arena_new(spl_arena_account(arena));
        spl_str path = spl_strf(own, "%s/%s/data/models", models->folders.data[i / 2], places[i % 2]);
        DIR *folder = opendir(spl_cstring(own, path));
        struct dirent *entry;

        if (folder) spl_arena_defer(own, close_folder, folder);
        while (folder && (entry = readdir(folder)) != NULL) {
            spl_str name = spl_str_of(entry->d_name);

            if (name.data[0] == '.' || !spl_str_ends(name, suffix)) continue;
            spl_map_set(&seen, spl_str_sub(name, 0, name.len - suffix.len), NULL);
        }
        spl_arena_free(own);
    }
    *names = SPL_NEW_ARRAY(arena, seen.len + 1, spl_str);
    for (size_t i = 0; i < seen.len; i++) (*names)[i] = seen.entries[i].key;
    if (seen.len) qsort(*names, seen.len, sizeof **names, compare_names);
    return seen.len;
}

const spl_model_object *spl_model_object_find(const spl_model *model, spl_str name)
{
    for (size_t i = 0; i < model->objects.len; i++)
        if (spl_str_eq(model->objects.data[i]->name, name)) return model->objects.data[i];
    return NULL;
}

bool spl_model_within(const spl_model_object *object, const spl_model_object *ancestor)
{
    while (object && object != ancestor) object = object->parent;
    return object != NULL;
}

bool spl_model_default_field(spl_str name)
{
    static const char *const names[] = {"host",  "source",        "sourcetype",
                                        "index", "linecount",     "timestamp",
                                        "punct", "splunk_server", "splunk_server_group"};

    if (name.len && name.data[0] == '_') return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (spl_str_is(name, names[i])) return true;
    return false;
}

/* ---- the search of an object ----------------------------------------------------------------------------------------
 */

typedef struct writer {
    const spl_model *model;
    const spl_model_object *object;
    const spl_model_wants *wants;
    spl_buf *out;
    spl_str *why;
    spl_map named;            /* fields that have their name with the object's, or are named so by an ancestor */
    SPL_VEC(spl_str) renames; /* from, to, from, to … */
    bool *marked;             /* for each object: it, or one below it, is asked for */
    unsigned depth;           /* of transactions that group others */
} writer;

static bool write_text(writer *w);

/* A field within an expression. */
static void add_field(spl_buf *out, spl_str name)
{
    spl_buf_printf(out, "'%.*s'", SPL_FMT(name));
}

/* TEXT of a constraint or expression: fields that it names with their object have bare names in the events. Quoted text
 * stays as it is. */
static void add_bare(spl_buf *out, const spl_model_object *object, spl_str text)
{
    bool quoted = false, begin = true;

    for (size_t i = 0; i < text.len; i++) {
        const spl_model_object *at = object;

        while (begin && !quoted && at &&
               !(spl_str_starts(spl_str_sub(text, i, text.len), at->lineage) && i + at->lineage.len < text.len &&
                 text.data[i + at->lineage.len] == '.'))
            at = at->parent;
        if (begin && !quoted && at) {
            i += at->lineage.len;
            begin = false;
            continue;
        }
        if (text.data[i] == '\\' && quoted && i + 1 < text.len)
            spl_buf_char(out, text.data[i++]);
        else if (text.data[i] == '"')
            quoted = !quoted;
        begin = !spl_is_word(text.data[i]) && text.data[i] != '.';
        spl_buf_char(out, text.data[i]);
    }
}

static void add_constraints(spl_buf *out, const spl_model_object *object)
{
    for (size_t i = 0; i < object->constraints.len; i++) {
        spl_buf_puts(out, i ? " (" : "(");
        add_bare(out, object, object->constraints.data[i]);
        spl_buf_char(out, ')');
    }
}

/* GeoIP: the places of an address by iplocation, under names that nobody else has, then as the outputs are called. An
 * output without the name of a place is called as one, or ends so. */
static void add_places(spl_buf *out, const spl_model_calculation *calc)
{
    static const char *const known[] = {"City", "Country",   "Region",    "lat",
                                        "lon",  "Continent", "MetroCode", "Timezone"};

    if (!calc->input.len || !calc->outputs.len) return;
    spl_buf_puts(out, " | iplocation allfields=true prefix=_geoip_ ");
    spl_text_quote(out, calc->input);
    for (size_t i = 0; i < calc->outputs.len; i++) {
        spl_str name = calc->outputs.data[i].name;
        spl_str asked = calc->outputs.data[i].lookup.len ? calc->outputs.data[i].lookup : name;

        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            size_t len = strlen(known[k]);

            if (asked.len < len || !spl_str_iis(spl_str_sub(asked, asked.len - len, asked.len), known[k])) continue;
            spl_buf_puts(out, " | eval ");
            spl_text_quote(out, name);
            spl_buf_printf(out, "='_geoip_%s'", known[k]);
            break;
        }
    }
    spl_buf_puts(out, " | fields - _geoip_*");
}

static bool add_calculation(writer *w, const spl_model_object *object, const spl_model_calculation *calc,
                            const char *guard)
{
    spl_buf *out = w->out;

    if (spl_str_iis(calc->kind, "Eval")) {
        if (!calc->outputs.len || !spl_str_trim(calc->expression).len) return true;
        spl_buf_puts(out, " | eval ");
        spl_text_quote(out, calc->outputs.data[0].name);
        if (guard) {
            spl_buf_printf(out, "=if('%s'=1,(", guard);
            add_bare(out, object, calc->expression);
            spl_buf_puts(out, "),");
            add_field(out, calc->outputs.data[0].name);
            spl_buf_puts(out, ")");
        } else {
            spl_buf_char(out, '=');
            add_bare(out, object, calc->expression);
        }
        return true;
    }
    if (spl_str_iis(calc->kind, "Rex")) {
        spl_buf_puts(out, " | rex field=");
        spl_text_quote(out, calc->input.len ? calc->input : SPL_S("_raw"));
        spl_buf_char(out, ' ');
        spl_text_quote(out, calc->expression);
        return true;
    }
    if (spl_str_iis(calc->kind, "Lookup")) {
        spl_buf_puts(out, " | lookup ");
        spl_text_quote(out, calc->lookup);
        for (size_t i = 0; i < calc->inputs.len; i++) {
            spl_buf_char(out, ' ');
            spl_text_quote(out,
                           calc->inputs.data[i].lookup.len ? calc->inputs.data[i].lookup : calc->inputs.data[i].name);
            spl_buf_puts(out, " AS ");
            spl_text_quote(out, calc->inputs.data[i].name);
        }
        for (size_t i = 0; i < calc->outputs.len; i++) {
            spl_buf_puts(out, i ? " " : " OUTPUT ");
            spl_text_quote(out, calc->outputs.data[i].lookup.len ? calc->outputs.data[i].lookup
                                                                 : calc->outputs.data[i].name);
            spl_buf_puts(out, " AS ");
            spl_text_quote(out, calc->outputs.data[i].name);
        }
        return true;
    }
    if (spl_str_iis(calc->kind, "GeoIP")) {
        add_places(out, calc);
        return true;
    }
    *w->why = spl_strf(out->arena, "its dataset \"%.*s\" has a calculation of the unknown type \"%.*s\"",
                       SPL_FMT(object->name), SPL_FMT(calc->kind));
    return false;
}

static void name_field(writer *w, const spl_model_object *object, spl_str name)
{
    spl_arena *arena = w->out->arena;
    bool made;

    if (!w->wants->prefix || !name.len || spl_model_default_field(name)) return;
    spl_map_put(&w->named, name, &made);
    if (!made) return;
    SPL_PUSH(arena, &w->renames, name);
    SPL_PUSH(arena, &w->renames, spl_strf(arena, "%.*s.%.*s", SPL_FMT(object->lineage), SPL_FMT(name)));
}

static void name_fields(writer *w, const spl_model_object *object)
{
    for (size_t i = 0; i < object->fields.len; i++) name_field(w, object, object->fields.data[i].name);
    for (size_t i = 0; i < object->calculations.len; i++) {
        const spl_model_calculation *calc = &object->calculations.data[i];

        for (size_t k = 0; k < calc->outputs.len; k++) name_field(w, object, calc->outputs.data[k].name);
    }
}

static bool wanted(const writer *w, const spl_model_object *object)
{
    for (size_t i = 0; i < w->wants->n_names; i++) {
        spl_str name = w->wants->names[i];

        if (name.len > object->lineage.len && spl_str_starts(name, object->lineage) &&
            name.data[object->lineage.len] == '.')
            return true;
        if (spl_str_is(name, "nodename")) return true;
    }
    return false;
}

static bool mark_wanted(const writer *w, const spl_model_object *object)
{
    if (w->wants->marks || wanted(w, object)) return true;
    for (size_t i = 0; i < w->wants->n_names; i++) {
        spl_str name = w->wants->names[i];

        if (spl_str_ends(name, spl_strf(w->out->arena, "is_%.*s", SPL_FMT(object->name))) ||
            spl_str_ends(name, spl_strf(w->out->arena, "is_not_%.*s", SPL_FMT(object->name))))
            return true;
    }
    return false;
}

/* Children that the search does not ask for by its object: whether an event is one, and their own fields. */
static bool add_children(writer *w, const spl_model_object *parent)
{
    spl_arena *arena = w->out->arena;

    for (size_t i = 0; i < w->model->objects.len; i++) {
        const spl_model_object *child = w->model->objects.data[i];
        bool inside;
        const char *guard;
        spl_buf text = spl_buf_in(arena);

        if (child->parent != parent || child->broken) continue;
        inside = spl_model_within(w->object, child);
        if (!w->marked[i]) continue;
        guard = spl_cstring(arena, spl_strf(arena, "is_%.*s", SPL_FMT(child->name)));
        add_constraints(&text, child);
        spl_buf_printf(w->out, " | eval \"%s\"=if(", guard);
        if (inside || !text.len) {
            spl_buf_puts(w->out, "1=1");
        } else {
            spl_buf_puts(w->out, "searchmatch(");
            spl_text_quote(w->out, spl_buf_str(&text));
            spl_buf_puts(w->out, ")");
        }
        if (!spl_model_within(w->object, parent)) spl_buf_printf(w->out, " AND 'is_%.*s'=1", SPL_FMT(parent->name));
        spl_buf_printf(w->out, ",1,0) | eval \"is_not_%.*s\"=1-'%s'", SPL_FMT(child->name), guard);
        name_field(w, parent, spl_strf(arena, "is_%.*s", SPL_FMT(child->name)));
        name_field(w, parent, spl_strf(arena, "is_not_%.*s", SPL_FMT(child->name)));
        if (inside) continue;
        for (size_t k = 0; wanted(w, child) && k < child->calculations.len; k++)
            if (!add_calculation(w, child, &child->calculations.data[k], guard)) return false;
        if (wanted(w, child)) name_fields(w, child);
    }
    return true;
}

static void add_nodename(writer *w)
{
    bool asked = false;

    for (size_t i = 0; i < w->wants->n_names; i++) asked |= spl_str_is(w->wants->names[i], "nodename");
    if (!asked) return;
    spl_buf_puts(w->out, " | eval nodename=mvappend(\"\"");
    for (size_t i = 0; i < w->model->objects.len; i++) {
        const spl_model_object *object = w->model->objects.data[i];

        if (object->broken) continue;
        if (spl_model_within(w->object, object)) {
            spl_buf_printf(w->out, ",\"%.*s\"", SPL_FMT(object->lineage));
        } else if (object->parent) {
            const spl_model_object *root = object;

            while (root->parent) root = root->parent;
            if (spl_model_within(w->object, root))
                spl_buf_printf(w->out, ",if('is_%.*s'=1,\"%.*s\",null())", SPL_FMT(object->name),
                               SPL_FMT(object->lineage));
        }
    }
    spl_buf_puts(w->out, "), nodename=mvfilter(nodename!=\"\")");
}

/* ---- transactions ---- */

static const spl_model_object *root_of(const spl_model_object *object)
{
    while (object->parent) object = object->parent;
    return object;
}

/* The events of the objects of GROUPED that come from ROOT, each once. */
static bool add_grouped(writer *w, spl_buf *out, const spl_model_object *root, const spl_model_object *const *grouped,
                        size_t count)
{
    spl_arena *arena = w->out->arena;
    spl_model_wants wants = {0};
    writer inner = {
        .model = w->model, .object = root, .wants = &wants, .out = out, .why = w->why, .depth = w->depth + 1};
    SPL_VEC(spl_str) names = {0};
    spl_buf any = spl_buf_in(arena), marks = spl_buf_in(arena);
    bool whole = false;

    inner.named = spl_map_in(arena);
    for (size_t i = 0; i < count; i++) {
        const spl_model_object *object = grouped[i];

        if (root_of(object) != root) continue;
        whole |= object == root;
        for (; object != root; object = object->parent) /* asks for the fields of all on the way */
        {
            SPL_PUSH(arena, &names, spl_strf(arena, "%.*s.is_%.*s", SPL_FMT(object->lineage), SPL_FMT(object->name)));
            spl_buf_printf(&marks, "%sis_%.*s, is_not_%.*s", marks.len ? ", " : "", SPL_FMT(object->name),
                           SPL_FMT(object->name));
        }
        if (grouped[i] != root) spl_buf_printf(&any, "%sis_%.*s=1", any.len ? " OR " : "", SPL_FMT(grouped[i]->name));
    }
    wants.names = names.data;
    wants.n_names = names.len;
    if (!write_text(&inner)) return false;
    if (!whole && any.len) {
        spl_buf_puts(out, " | search ");
        spl_buf_add(out, spl_buf_str(&any));
    }
    if (marks.len) {
        spl_buf_puts(out, " | fields - ");
        spl_buf_add(out, spl_buf_str(&marks));
    }
    return true;
}

static bool add_transaction(writer *w, const spl_model_object *of)
{
    enum { TRANSACTION_DEPTH = 8 };
    spl_arena *arena = w->out->arena;
    SPL_VEC(const spl_model_object *) grouped = {0}, roots = {0};

    if (w->depth == TRANSACTION_DEPTH) {
        *w->why = spl_strf(arena, "its dataset \"%.*s\" is made of transactions of transactions that do not end",
                           SPL_FMT(of->name));
        return false;
    }
    if (!of->group_by.len && !of->max_pause.len && !of->max_span.len) {
        *w->why = spl_strf(arena,
                           "its dataset \"%.*s\" says neither by which fields nor within which time events make a "
                           "transaction",
                           SPL_FMT(of->name));
        return false;
    }
    for (size_t i = 0; i < of->grouped.len; i++) {
        const spl_model_object *object = spl_model_object_find(w->model, of->grouped.data[i]);
        bool known = false;

        if (!object || object->broken || object == of) {
            *w->why = spl_strf(arena, "its dataset \"%.*s\" groups the dataset \"%.*s\", which cannot be made",
                               SPL_FMT(of->name), SPL_FMT(of->grouped.data[i]));
            return false;
        }
        SPL_PUSH(arena, &grouped, object);
        for (size_t k = 0; k < roots.len; k++) known |= roots.data[k] == root_of(object);
        if (!known) SPL_PUSH(arena, &roots, root_of(object));
    }
    if (!roots.len) {
        *w->why = spl_strf(arena, "its dataset \"%.*s\" groups no datasets", SPL_FMT(of->name));
        return false;
    }
    if (roots.len > 1) spl_buf_puts(w->out, "| multisearch");
    for (size_t i = 0; i < roots.len; i++) {
        if (roots.len > 1) spl_buf_puts(w->out, " [");
        if (!add_grouped(w, w->out, roots.data[i], grouped.data, grouped.len)) return false;
        if (roots.len > 1) spl_buf_char(w->out, ']');
    }
    spl_buf_puts(w->out, " | transaction");
    for (size_t i = 0; i < of->group_by.len; i++) {
        spl_buf_char(w->out, ' ');
        spl_text_quote(w->out, of->group_by.data[i]);
    }
    if (of->max_pause.len) spl_buf_printf(w->out, " maxpause=%.*s", SPL_FMT(of->max_pause));
    if (of->max_span.len) spl_buf_printf(w->out, " maxspan=%.*s", SPL_FMT(of->max_span));
    return true;
}

/* Events without a field that is marked as required are none of the dataset. */
static void add_required(writer *w, const spl_model_object *object)
{
    const spl_model_fields *lists[] = {&object->fields, NULL};
    bool begun = false;

    for (size_t c = 0; w->wants->required && c <= object->calculations.len; c++) {
        if (c) lists[0] = &object->calculations.data[c - 1].outputs;
        for (size_t i = 0; i < lists[0]->len; i++) {
            if (!lists[0]->data[i].required) continue;
            spl_buf_puts(w->out, begun ? " AND isnotnull(" : " | where isnotnull(");
            add_field(w->out, lists[0]->data[i].name);
            spl_buf_char(w->out, ')');
            begun = true;
        }
    }
}

bool spl_model_text(const spl_model *model, const spl_model_object *object, const spl_model_wants *wants, spl_buf *out,
                    spl_str *why)
{
    writer w = {
        .model = model, .object = object, .wants = wants, .out = out, .why = why, .named = spl_map_in(out->arena)};

    return write_text(&w);
}

static bool write_text(writer *w)
{
    const spl_model *model = w->model;
    const spl_model_object *object = w->object;
    spl_buf *out = w->out;
    SPL_VEC(const spl_model_object *) path = {0};

    if (object->broken) {
        *w->why = spl_strf(out->arena, "the parent of its dataset \"%.*s\" is missing", SPL_FMT(object->name));
        return false;
    }
    for (const spl_model_object *at = object; at; at = at->parent) SPL_PUSH(out->arena, &path, at);
    for (size_t i = path.len; i-- > 0;) {
        const spl_model_object *at = path.data[i];

        if (at->kind == SPL_MODEL_TRANSACTION) {
            if (!add_transaction(w, at)) return false;
        } else if (at->kind == SPL_MODEL_SEARCH) {
            spl_str text = spl_str_trim(at->search);

            if (w->depth && text.len && text.data[0] != '|' && !spl_str_starts(text, SPL_S("search ")))
                spl_buf_puts(out, "search "); /* in brackets */
            spl_buf_add(out, text.len ? text : SPL_S("search *"));
        } else if (at->kind == SPL_MODEL_EVENT) {
            spl_buf_puts(out, "search ");
            add_constraints(out, at);
            if (!at->constraints.len) spl_buf_char(out, '*');
        } else if (at->constraints.len) {
            spl_buf_puts(out, " | search ");
            add_constraints(out, at);
        }
        if ((at->kind == SPL_MODEL_SEARCH || at->kind == SPL_MODEL_TRANSACTION) && at->constraints.len) {
            spl_buf_puts(out, " | search ");
            add_constraints(out, at);
        }
        for (size_t k = 0; k < at->calculations.len; k++)
            if (!add_calculation(w, at, &at->calculations.data[k], NULL)) return false;
        add_required(w, at);
        name_fields(w, at);
    }
    w->marked = SPL_NEW_ARRAY(out->arena, model->objects.len, bool);
    for (size_t i = 0; i < model->objects.len; i++) {
        const spl_model_object *at = model->objects.data[i];

        if (at->broken || !mark_wanted(w, at)) continue;
        for (; at && !w->marked[at->index]; at = at->parent) w->marked[at->index] = true;
    }
    for (size_t i = 0; i < model->objects.len; i++) { /* parents stand before their children, as a rule */
        const spl_model_object *at = model->objects.data[i];

        if (at->broken || !w->marked[i]) continue;
        if (spl_model_within(object, root_of(at)) && !add_children(w, at)) return false;
    }
    add_nodename(w);
    for (size_t i = 0; i + 1 < w->renames.len; i += 2) {
        spl_buf_puts(out, i ? ", " : " | rename ");
        spl_text_quote(out, w->renames.data[i]);
        spl_buf_puts(out, " AS ");
        spl_text_quote(out, w->renames.data[i + 1]);
    }
    return true;
}
