/* macros.c -- finds macros: macros.conf of apps (local over default), published YAML, definitions given by hand.
 *
 * Nothing is read before it is asked for. Of published YAML, NAME.yml is tried first; only where a folder lacks it are
 * its other files looked through for the name, once. */
#include "knowledge/macros.h"

#include "base/map.h"
#include "base/num.h"
#include "knowledge/conf.h"
#include "knowledge/yaml.h"

#include <dirent.h>
#include <stdlib.h>

typedef struct layer {
    const char *folder;
    bool conf_read;
    bool listed;                  /* every file of macros/ is known */
    spl_map known;                /* "name(n)" -> spl_macro * */
    spl_map files;                /* file names of macros/ that were opened */
    SPL_VEC(spl_source *) unread; /* those that nobody asked for: not parsed */
} layer;

struct spl_macros {
    spl_arena *arena;
    spl_diag *diag;
    SPL_VEC(layer *) layers; /* the last one first asked */
    layer by_hand;
    spl_map defaults; /* of names that end in _filter */
};

static spl_str key_of(spl_arena *arena, spl_str name, uint32_t n_args)
{
    return spl_strf(arena, "%.*s(%u)", SPL_FMT(name), n_args);
}

static void put(spl_macros *macros, layer *in, spl_macro *macro)
{
    spl_map_set(&in->known, key_of(macros->arena, macro->name, macro->n_args), macro);
}

spl_macros *spl_macros_new(spl_arena *arena, spl_diag *diag)
{
    spl_macros *macros = SPL_NEW(arena, spl_macros);

    macros->arena = arena;
    macros->diag = diag;
    macros->by_hand.known = spl_map_in(arena);
    macros->defaults = spl_map_in(arena);
    return macros;
}

void spl_macros_add_folder(spl_macros *macros, const char *folder)
{
    layer *added = SPL_NEW(macros->arena, layer);

    added->folder = spl_cstring(macros->arena, spl_str_of(folder));
    added->known = spl_map_in(macros->arena);
    added->files = spl_map_in(macros->arena);
    SPL_PUSH(macros->arena, &macros->layers, added);
}

long spl_macro_name(spl_arena *arena, spl_macro *macro)
{
    spl_str name = spl_str_trim(macro->name);
    const char *open = name.len ? memchr(name.data, '(', name.len) : NULL;
    int64_t count = -1;

    (void)arena;
    if (open && name.data[name.len - 1] == ')') {
        size_t at = (size_t)(open - name.data);

        if (spl_num_int(spl_str_trim(spl_str_sub(name, at + 1, name.len - 1)), &count))
            name = spl_str_trim(spl_str_sub(name, 0, at));
        else
            count = -1;
    }
    macro->name = name;
    return (long)count;
}

/* "a, b" as names. */
static void split_names(spl_arena *arena, spl_str text, spl_macro *macro)
{
    SPL_VEC(spl_str) names = {0};
    size_t from = 0;

    if (spl_str_trim(text).len) {
        for (size_t i = 0; i <= text.len; i++) {
            spl_str name;

            if (i < text.len && text.data[i] != ',') continue;
            name = spl_str_trim(spl_str_sub(text, from, i));
            if (name.len >= 2 && name.data[0] == '"' && name.data[name.len - 1] == '"')
                name = spl_str_sub(name, 1, name.len - 1);
            SPL_PUSH(arena, &names, name);
            from = i + 1;
        }
    }
    macro->args = names.data;
    macro->n_args = (uint32_t)names.len;
}

void spl_macros_add_text(spl_macros *macros, const char *given)
{
    spl_str text = spl_str_copy(macros->arena, spl_str_of(given)), head;
    spl_macro *macro = SPL_NEW(macros->arena, spl_macro);
    spl_source *source;
    const char *equals = text.len ? memchr(text.data, '=', text.len) : NULL, *open;

    head = equals ? spl_str_trim(spl_str_cut(text.data, (size_t)(equals - text.data))) : text;
    open = head.len ? memchr(head.data, '(', head.len) : NULL;
    macro->name = open ? spl_str_trim(spl_str_cut(head.data, (size_t)(open - head.data))) : head;
    if (!equals || !macro->name.len || (open && head.data[head.len - 1] != ')')) {
        spl_error(macros->diag, (spl_span){0}, "bad-argument", "\"%s\" is no macro: NAME(ARGUMENTS)=DEFINITION is",
                  given);
        return;
    }
    if (open) {
        size_t at = (size_t)(open - head.data);

        split_names(macros->arena, spl_str_sub(head, at + 1, head.len - 1), macro);
    }
    source = spl_source_new(macros->arena, SPL_S("--macro"), text);
    macro->definition = spl_str_sub(text, (size_t)(equals - text.data) + 1, text.len);
    source->text = macro->definition;
    source->first_column = (uint32_t)(equals - text.data) + 2;
    macro->source = source;
    put(macros, &macros->by_hand, macro);
}

static bool is_argument_name(spl_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!spl_is_word(name.data[i]) && name.data[i] != '-') return false;
    return name.len > 0;
}

/* The stanza's name decides how many arguments there are, COUNT (macros.conf.spec, args); less than 0: none. Those
 * without a name cannot be used. */
static void settle_args(spl_macros *macros, const spl_conf_stanza *stanza, spl_macro *macro, long count)
{
    enum { MOST = 1000, COMPARED = 100 };
    uint32_t n = count < 0 ? 0 : count > MOST ? MOST : (uint32_t)count;
    spl_str *args = SPL_NEW_ARRAY(macros->arena, n, spl_str);

    if (macro->n_args != (count < 0 ? 0 : (uint32_t)count))
        spl_warning(macros->diag, stanza->span, "conf", "macro `%.*s` says %ld arguments and names %u",
                    SPL_FMT(macro->name), count < 0 ? 0 : count, macro->n_args);
    for (uint32_t k = 0; k < macro->n_args && k < n; k++) {
        args[k] = macro->args[k];
        if (!is_argument_name(args[k]))
            spl_warning(macros->diag, stanza->span, "conf",
                        "macro `%.*s`: the name of an argument consists of letters, digits, underscores and hyphens, "
                        "not \"%.*s\"",
                        SPL_FMT(macro->name), SPL_FMT(args[k]));
        for (uint32_t before = 0; before < k && k < COMPARED; before++)
            if (spl_str_eq(args[k], args[before]))
                spl_warning(macros->diag, stanza->span, "conf", "macro `%.*s` names the argument \"%.*s\" twice",
                            SPL_FMT(macro->name), SPL_FMT(args[k]));
    }
    macro->args = args;
    macro->n_args = n;
}

static void read_conf(spl_macros *macros, layer *in)
{
    static const char *const parts[] = {"default", "local"};
    spl_conf conf = spl_conf_in(macros->arena);

    if (in->conf_read) return;
    in->conf_read = true;
    for (size_t i = 0; i < 2; i++) {
        spl_str path = spl_strf(macros->arena, "%s/%s/macros.conf", in->folder, parts[i]);
        spl_source *file = spl_conf_file(macros->arena, macros->diag, spl_cstring(macros->arena, path));

        if (file) spl_conf_read(&conf, macros->diag, file);
    }
    for (size_t i = 0; i < conf.stanzas.len; i++) {
        const spl_conf_stanza *stanza = conf.stanzas.entries[i].value;
        const spl_conf_entry *definition = spl_conf_find(stanza, "definition");
        spl_macro *macro;
        spl_source *source;
        long count;

        if (!definition || spl_conf_is_general(stanza)) continue;
        macro = SPL_NEW(macros->arena, spl_macro);
        macro->name = stanza->name;
        count = spl_macro_name(macros->arena, macro);
        split_names(macros->arena, spl_conf_value(stanza, "args"), macro);
        settle_args(macros, stanza, macro, count);
        macro->definition = definition->value;
        macro->validation = spl_conf_value(stanza, "validation");
        macro->errormsg = spl_conf_value(stanza, "errormsg");
        macro->iseval = spl_conf_true(spl_conf_value(stanza, "iseval"));
        source = spl_source_new(macros->arena, definition->span.source->name, macro->definition);
        source->within = definition->span;
        macro->source = source;
        put(macros, in, macro);
    }
}

/* NULL: it was opened before, or there is none. */
static spl_source *open_yaml(spl_macros *macros, layer *in, spl_str file_name)
{
    spl_str path;
    bool made;

    spl_map_put(&in->files, file_name, &made);
    if (!made) return NULL;
    path = spl_strf(macros->arena, "%s/macros/%.*s", in->folder, SPL_FMT(file_name));
    return spl_conf_file(macros->arena, macros->diag, spl_cstring(macros->arena, path));
}

static void parse_yaml(spl_macros *macros, layer *in, spl_source *file)
{
    spl_macro *macro = spl_yaml_macro(macros->arena, macros->diag, file);

    if (macro) put(macros, in, macro);
}

static int compare_names(const void *a, const void *b)
{
    return spl_str_cmp(*(const spl_str *)a, *(const spl_str *)b);
}

static void close_folder(void *folder)
{
    closedir(folder);
}

/* The names in a folder that end in SUFFIX, sorted; hidden ones are left out. */
static size_t list_folder(spl_arena *arena, const char *path, const char *suffix, spl_str **out)
{
    spl_arena *own = spl_arena_new(spl_arena_account(arena));
    SPL_VEC(spl_str) names = {0};
    DIR *folder = opendir(path);

    if (folder) {
        struct dirent *entry;

        spl_arena_defer(own, close_folder, folder);
        while ((entry = readdir(folder)) != NULL) {
            spl_str name = spl_str_of(entry->d_name);

            if (name.data[0] != '.' && spl_str_ends(name, spl_str_of(suffix)))
                SPL_PUSH(arena, &names, spl_str_copy(arena, name));
        }
    }
    spl_arena_free(own);
    if (names.len) qsort(names.data, names.len, sizeof *names.data, compare_names);
    *out = names.data;
    return names.len;
}

/* Reads what of macros/ is not read yet and holds WORD. */
static void read_all(spl_macros *macros, layer *in, spl_str word)
{
    spl_str path, *names;
    size_t count, left = 0;

    if (!in->listed) {
        in->listed = true;
        path = spl_strf(macros->arena, "%s/macros", in->folder);
        count = list_folder(macros->arena, spl_cstring(macros->arena, path), ".yml", &names);
        for (size_t i = 0; i < count; i++) {
            spl_source *file = open_yaml(macros, in, names[i]);

            if (file) SPL_PUSH(macros->arena, &in->unread, file);
        }
    }
    for (size_t i = 0; i < in->unread.len; i++) {
        spl_source *file = in->unread.data[i];

        if (spl_str_find(file->text, word, 0) < 0)
            in->unread.data[left++] = file;
        else
            parse_yaml(macros, in, file);
    }
    in->unread.len = left;
}

static const spl_macro *find_in(spl_macros *macros, layer *in, spl_str name, spl_str key)
{
    const spl_macro *macro;

    read_conf(macros, in);
    macro = spl_map_get(&in->known, key);
    if (macro) return macro;
    if (!in->listed && !memchr(name.data, '/', name.len) && !memchr(name.data, '\0', name.len)) {
        spl_source *file = open_yaml(macros, in, spl_strf(macros->arena, "%.*s.yml", SPL_FMT(name)));

        if (file) parse_yaml(macros, in, file);
        macro = spl_map_get(&in->known, key);
        if (macro) return macro;
    }
    read_all(macros, in, name);
    return spl_map_get(&in->known, key);
}

const spl_macro *spl_macros_find(spl_macros *macros, spl_str name, uint32_t n_args)
{
    spl_str key;
    const spl_macro *macro;

    if (!name.len) return NULL;
    key = key_of(macros->arena, name, n_args);
    macro = spl_map_get(&macros->by_hand.known, key);
    for (size_t i = macros->layers.len; !macro && i-- > 0;) macro = find_in(macros, macros->layers.data[i], name, key);
    if (!macro && n_args == 0 && spl_str_ends(name, SPL_S("_filter"))) {
        macro = spl_map_get(&macros->defaults, key);
        if (!macro) {
            spl_macro *made = SPL_NEW(macros->arena, spl_macro);

            made->name = spl_str_copy(macros->arena, name);
            made->definition = SPL_S("search *");
            made->source = spl_source_new(macros->arena, SPL_S("default of _filter macros"), made->definition);
            spl_map_set(&macros->defaults, key, made);
            macro = made;
        }
    }
    return macro;
}

static int compare_macros(const void *a, const void *b)
{
    const spl_macro *x = *(const spl_macro *const *)a, *y = *(const spl_macro *const *)b;
    int order = spl_str_cmp(x->name, y->name);

    return order ? order : (x->n_args > y->n_args) - (x->n_args < y->n_args);
}

size_t spl_macros_all(spl_macros *macros, spl_arena *arena, const spl_macro ***out)
{
    spl_map seen = spl_map_in(arena);
    SPL_VEC(const spl_macro *) all = {0};

    for (size_t i = 0; i <= macros->layers.len; i++) {
        layer *in = i < macros->layers.len ? macros->layers.data[i] : &macros->by_hand;

        if (in != &macros->by_hand) {
            read_conf(macros, in);
            read_all(macros, in, (spl_str){"", 0});
        }
        for (size_t k = 0; k < in->known.len; k++)
            spl_map_set(&seen, in->known.entries[k].key, in->known.entries[k].value);
    }
    for (size_t i = 0; i < seen.len; i++) SPL_PUSH(arena, &all, seen.entries[i].value);
    if (all.len) qsort(all.data, all.len, sizeof *all.data, compare_macros);
    *out = all.data;
    return all.len;
}

spl_str spl_macros_suggest(spl_macros *macros, spl_arena *arena, spl_str name)
{
    const spl_macro **all;
    size_t count = spl_macros_all(macros, arena, &all), n_names = 0;
    spl_str *names = SPL_NEW_ARRAY(arena, count + 1, spl_str), nearest;
    spl_buf out = spl_buf_in(arena);

    for (size_t i = 0; i < count; i++) {
        if (spl_str_eq(all[i]->name, name)) {
            spl_buf_printf(&out, out.len ? ", `%.*s(%u)`" : "It is defined as `%.*s(%u)`", SPL_FMT(name),
                           all[i]->n_args);
        }
        names[n_names++] = all[i]->name;
    }
    if (out.len) {
        spl_buf_char(&out, '.');
        return spl_buf_str(&out);
    }
    nearest = spl_nearest(name, names, n_names);
    if (nearest.len) return spl_strf(arena, "Did you mean `%.*s`?", SPL_FMT(nearest));
    return SPL_S("Give an app or a folder that defines it with --app, or define it with --macro.");
}
