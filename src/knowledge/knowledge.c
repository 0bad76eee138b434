/* knowledge.c -- what surrounds a search, out of folders: which of them are apps, folders of apps, published content.
 */
#include "knowledge/knowledge.h"

#include "base/fault.h"
#include "knowledge/lookup.h"
#include "knowledge/macros.h"
#include "knowledge/props.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

struct spl_knowledge {
    spl_arena *arena;
    spl_diag *diag;
    spl_macros *macros;
    pthread_mutex_t *macros_lock; /* searches of several threads may share what is known */
    SPL_VEC(const char *) apps;
    size_t n_builtin; /* of those, the program's own; they come first */
    struct confs {
        pthread_mutex_t lock;
        spl_arena *arena; /* used under the lock */
        spl_map merged;   /* name -> spl_conf * */
        spl_props *props;
    } * confs;
    spl_lookups *lookups;
    spl_models *models;
};

static bool is_folder(spl_arena *arena, const char *folder, const char *name)
{
    struct stat info;

    return stat(spl_cstring(arena, spl_strf(arena, "%s/%s", folder, name)), &info) == 0 && S_ISDIR(info.st_mode);
}

/* An app in Splunk's layout, or a checkout of published content. */
static bool is_app(spl_arena *arena, const char *folder)
{
    static const char *const marks[] = {"default", "local", "macros", "lookups", "detections", "metadata"};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (is_folder(arena, folder, marks[i])) return true;
    return false;
}

static void close_folder(void *folder)
{
    closedir(folder);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_app(spl_knowledge *knowledge, const char *folder)
{
    spl_macros_add_folder(knowledge->macros, folder);
    SPL_PUSH(knowledge->arena, &knowledge->apps, spl_cstring(knowledge->arena, spl_str_of(folder)));
    spl_lookups_add_folder(knowledge->lookups, folder);
    spl_models_add_folder(knowledge->models, folder);
}

/* A folder of apps: each of its folders that is one, by name. */
static void add_apps(spl_knowledge *knowledge, const char *folder, bool required)
{
    spl_arena *own = spl_arena_new(spl_arena_account(knowledge->arena));
    SPL_VEC(char *) names = {0};
    DIR *open = opendir(folder);

    if (open) {
        struct dirent *entry;

        spl_arena_defer(own, close_folder, open);
        while ((entry = readdir(open)) != NULL) {
            spl_str path = spl_strf(own, "%s/%s", folder, entry->d_name);

            if (entry->d_name[0] != '.' && is_app(own, spl_cstring(own, path)))
                SPL_PUSH(own, &names, spl_cstring(own, path));
        }
        if (names.len) qsort(names.data, names.len, sizeof *names.data, compare);
        for (size_t i = 0; i < names.len; i++) add_app(knowledge, names.data[i]);
    }
    if (required && !open)
        spl_error(knowledge->diag, (spl_span){0}, "io", "could not open the app \"%s\": %s", folder, strerror(errno));
    else if (required && !names.len)
        spl_warning(knowledge->diag, (spl_span){0}, "conf",
                    "\"%s\" is neither an app nor a folder of apps: it has no default/, local/, macros/ or lookups/",
                    folder);
    spl_arena_free(own);
}

static void destroy_lock(void *lock)
{
    pthread_mutex_destroy(lock);
}

spl_knowledge *spl_knowledge_new(spl_arena *arena, spl_diag *diag, const spl_knowledge_config *config)
{
    spl_knowledge *knowledge = SPL_NEW(arena, spl_knowledge);

    knowledge->arena = arena;
    knowledge->diag = diag;
    knowledge->macros = spl_macros_new(spl_arena_new(spl_arena_account(arena)), diag);
    knowledge->macros_lock = SPL_NEW(arena, pthread_mutex_t);
    pthread_mutex_init(knowledge->macros_lock, NULL);
    spl_arena_defer(arena, destroy_lock, knowledge->macros_lock);
    knowledge->confs = SPL_NEW(arena, struct confs);
    knowledge->confs->arena = spl_arena_new(spl_arena_account(arena));
    knowledge->confs->merged = spl_map_in(knowledge->confs->arena);
    pthread_mutex_init(&knowledge->confs->lock, NULL);
    spl_arena_defer(arena, destroy_lock, &knowledge->confs->lock);
    knowledge->lookups = spl_lookups_new(arena, diag);
    spl_lookups_set(knowledge->lookups, knowledge, config->state);
    knowledge->models = spl_models_new(arena, diag);
    if (config->builtin) {
        spl_str apps = spl_strf(arena, "%s/apps", config->builtin);

        spl_macros_add_folder(knowledge->macros, config->builtin);
        spl_lookups_add_folder(knowledge->lookups, config->builtin);
        add_apps(knowledge, spl_cstring(arena, apps), false);
        spl_lookups_own(knowledge->lookups);
        knowledge->n_builtin = knowledge->apps.len;
    }
    for (size_t i = 0; i < config->n_apps; i++) {
        if (is_app(arena, config->apps[i]))
            add_app(knowledge, config->apps[i]);
        else
            add_apps(knowledge, config->apps[i], true);
    }
    for (size_t i = 0; i < config->n_macros; i++) spl_macros_add_text(knowledge->macros, config->macros[i]);
    return knowledge;
}

/* Runs WORK under the lock of the macros, which is given back on every way out. */
#define WITH_MACROS(knowledge, ...)                                                                                    \
    do {                                                                                                               \
        spl_frame frame;                                                                                               \
        pthread_mutex_lock((knowledge)->macros_lock);                                                                  \
        if (SPL_CATCH(&frame)) {                                                                                       \
            pthread_mutex_unlock((knowledge)->macros_lock);                                                            \
            spl_fail(frame.status, "%s", frame.message);                                                               \
        }                                                                                                              \
        __VA_ARGS__;                                                                                                   \
        spl_frame_leave(&frame);                                                                                       \
        pthread_mutex_unlock((knowledge)->macros_lock);                                                                \
    } while (0)

const spl_macro *spl_knowledge_macro(const spl_knowledge *knowledge, spl_str name, uint32_t n_args)
{
    const spl_macro *volatile found = NULL;

    WITH_MACROS(knowledge, found = spl_macros_find(knowledge->macros, name, n_args));
    return found;
}

spl_str spl_knowledge_suggest_macro(const spl_knowledge *knowledge, spl_arena *arena, spl_str name)
{
    spl_str text = {NULL, 0};

    WITH_MACROS(knowledge, text = spl_macros_suggest(knowledge->macros, arena, name));
    return text;
}

size_t spl_knowledge_macros(const spl_knowledge *knowledge, spl_arena *arena, const spl_macro ***out)
{
    volatile size_t count = 0;

    WITH_MACROS(knowledge, count = spl_macros_all(knowledge->macros, arena, out));
    return count;
}

size_t spl_knowledge_apps(const spl_knowledge *knowledge, const char *const **folders)
{
    *folders = knowledge->apps.data;
    return knowledge->apps.len;
}

size_t spl_knowledge_builtin_apps(const spl_knowledge *knowledge)
{
    return knowledge->n_builtin;
}

static spl_conf *read_merged(const spl_knowledge *knowledge, const char *name)
{
    static const char *const parts[] = {"default", "local"};
    spl_arena *arena = knowledge->confs->arena;
    spl_conf *conf = SPL_NEW(arena, spl_conf);

    *conf = spl_conf_in(arena);
    if (strcmp(name, "props") == 0) conf->spelling = spl_props_spelling_of_key;
    for (size_t i = 0; i < knowledge->apps.len; i++) {
        conf->builtin = i < knowledge->n_builtin;
        for (size_t k = 0; k < 2; k++) {
            spl_str path = spl_strf(arena, "%s/%s/%s.conf", knowledge->apps.data[i], parts[k], name);
            const spl_source *file = spl_conf_file(arena, knowledge->diag, spl_cstring(arena, path));

            if (file) spl_conf_read(conf, knowledge->diag, file);
        }
    }
    return conf;
}

const spl_conf *spl_knowledge_conf(const spl_knowledge *knowledge, const char *name)
{
    struct confs *confs = knowledge->confs;
    spl_frame frame;
    spl_conf *conf;

    pthread_mutex_lock(&confs->lock);
    if (SPL_CATCH(&frame)) { /* unlock on the way out */
        pthread_mutex_unlock(&confs->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    conf = spl_map_get(&confs->merged, spl_str_of(name));
    if (!conf) {
        conf = read_merged(knowledge, name);
        spl_map_set(&confs->merged, spl_str_of(name), conf);
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&confs->lock);
    return conf;
}

struct spl_lookups *spl_knowledge_lookups(const spl_knowledge *knowledge)
{
    return knowledge->lookups;
}

spl_models *spl_knowledge_models(const spl_knowledge *knowledge)
{
    return knowledge->models;
}

spl_props *spl_knowledge_props(const spl_knowledge *knowledge)
{
    struct confs *confs = knowledge->confs;
    const spl_conf *conf = spl_knowledge_conf(knowledge, "props");
    spl_frame frame;

    pthread_mutex_lock(&confs->lock);
    if (SPL_CATCH(&frame)) { /* unlock on the way out */
        pthread_mutex_unlock(&confs->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    if (!confs->props) confs->props = spl_props_new(confs->arena, knowledge->diag, conf);
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&confs->lock);
    return confs->props;
}
