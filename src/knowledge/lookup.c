/* lookup.c -- finds lookups: definitions in transforms.conf (all apps merged, local over default, later over earlier)
 * and in published YAML, files in lookups/ folders.
 *
 * Nothing is read before a name is asked for. */
#include "knowledge/lookup.h"

#include "base/map.h"
#include "base/num.h"
#include "knowledge/knowledge.h"
#include "knowledge/lookup_files.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>

typedef struct inline_file {
    spl_str name, text;
} inline_file;

struct spl_lookups {
    spl_arena *arena; /* its own: searches made while running ask too */
    spl_diag *diag;
    const spl_knowledge *knowledge;
    spl_state *state; /* or NULL */
    SPL_VEC(const char *) folders;
    size_t own; /* of those, the program's; they come first */
    SPL_VEC(inline_file) inline_files;
    spl_conf yaml;     /* published definitions as stanzas */
    spl_map yaml_read; /* paths tried */
    bool yaml_listed;
    spl_map known; /* name -> spl_lookup * */
    spl_map matchers;
    spl_map tables; /* file or collection -> spl_table * */
    pthread_mutex_t lock;
};

static void lookups_close(void *ptr)
{
    spl_lookups *lookups = ptr;

    pthread_mutex_destroy(&lookups->lock);
}

spl_lookups *spl_lookups_new(spl_arena *arena, spl_diag *diag)
{
    spl_lookups *lookups = SPL_NEW(arena, spl_lookups);

    lookups->arena = spl_arena_new(spl_arena_account(arena));
    lookups->diag = diag;
    lookups->yaml = spl_conf_in(lookups->arena);
    lookups->yaml_read = spl_map_in(lookups->arena);
    lookups->known = spl_map_in(lookups->arena);
    lookups->matchers = spl_map_in(lookups->arena);
    lookups->tables = spl_map_in(lookups->arena);
    pthread_mutex_init(&lookups->lock, NULL);
    spl_arena_defer(arena, lookups_close, lookups);
    return lookups;
}

void spl_lookups_own(spl_lookups *lookups)
{
    lookups->own = lookups->folders.len;
}

void spl_lookups_add_folder(spl_lookups *lookups, const char *folder)
{
    SPL_PUSH(lookups->arena, &lookups->folders, spl_cstring(lookups->arena, spl_str_of(folder)));
}

void spl_lookups_add_file(spl_lookups *lookups, const char *name, spl_str text)
{
    inline_file file = {spl_str_copy(lookups->arena, spl_str_of(name)), spl_str_copy(lookups->arena, text)};

    SPL_PUSH(lookups->arena, &lookups->inline_files, file);
}

void spl_lookups_set(spl_lookups *lookups, const spl_knowledge *knowledge, spl_state *state)
{
    lookups->knowledge = knowledge;
    lookups->state = state;
}

/* --- definitions ----------------------------------------------------------------------------------------------------
 */

static const spl_conf *conf_of(const spl_lookups *lookups)
{
    return spl_knowledge_conf(lookups->knowledge, "transforms");
}

static void read_yaml(spl_lookups *lookups, const char *folder, spl_str file_name)
{
    spl_str path = spl_strf(lookups->arena, "%s/lookups/%.*s", folder, SPL_FMT(file_name));
    spl_source *file;
    bool made;

    spl_map_put(&lookups->yaml_read, path, &made);
    if (!made) return;
    file = spl_conf_file(lookups->arena, lookups->diag, spl_cstring(lookups->arena, path));
    if (file) spl_yaml_stanza(&lookups->yaml, lookups->diag, file);
}

static void close_folder(void *folder)
{
    closedir(folder);
}

static int compare_names(const void *a, const void *b)
{
    return spl_str_cmp(*(const spl_str *)a, *(const spl_str *)b);
}

/* The names in FOLDER/lookups that end in SUFFIX, sorted. */
static size_t list_folder(spl_lookups *lookups, spl_arena *arena, const char *folder, const char *suffix, spl_str **out)
{
    spl_arena *own = spl_arena_new(spl_arena_account(lookups->arena));
    SPL_VEC(spl_str) names = {0};
    DIR *open = opendir(spl_cstring(own, spl_strf(own, "%s/lookups", folder)));

    if (open) {
        struct dirent *entry;

        spl_arena_defer(own, close_folder, open);
        while ((entry = readdir(open)) != NULL) {
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

static void read_all_yaml(spl_lookups *lookups)
{
    if (lookups->yaml_listed) return;
    lookups->yaml_listed = true;
    for (size_t i = 0; i < lookups->folders.len; i++) {
        spl_str *names;
        size_t count = list_folder(lookups, lookups->arena, lookups->folders.data[i], ".yml", &names);

        for (size_t k = 0; k < count; k++) read_yaml(lookups, lookups->folders.data[i], names[k]);
    }
}

static bool is_lookup(const spl_conf_stanza *stanza)
{
    static const char *const keys[] = {"filename", "collection", "external_cmd", "external_type"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (spl_conf_find(stanza, keys[i])) return true;
    return false;
}

static bool is_file_name(spl_str name)
{
    return spl_str_ends(name, SPL_S(".csv")) || spl_str_ends(name, SPL_S(".csv.gz"));
}

/* Words separated by commas and spaces; brackets belong to words. */
static bool next_word(spl_str text, size_t *at, spl_str *word)
{
    size_t begin;

    while (*at < text.len && (text.data[*at] == ',' || spl_is_space(text.data[*at]))) (*at)++;
    begin = *at;
    while (*at < text.len && text.data[*at] != ',' && !spl_is_space(text.data[*at])) (*at)++;
    *word = spl_str_sub(text, begin, *at);
    return word->len > 0;
}

static void read_types(spl_lookups *lookups, spl_lookup *lookup, const spl_conf_entry *entry)
{
    static const struct {
        const char *name;
        spl_match_kind kind;
    } kinds[] = {{"WILDCARD", SPL_MATCH_WILDCARD}, {"CIDR", SPL_MATCH_CIDR}, {"EXACT", SPL_MATCH_EXACT}};
    spl_str text = entry->value;
    size_t at = 0;

    while (at < text.len) {
        spl_str name, field;
        size_t begin, k;

        while (at < text.len && (text.data[at] == ',' || spl_is_space(text.data[at]))) at++;
        if (at >= text.len) break;
        begin = at;
        while (at < text.len && text.data[at] != '(' && text.data[at] != ',') at++;
        name = spl_str_trim(spl_str_sub(text, begin, at));
        field = (spl_str){"", 0};
        if (at < text.len && text.data[at] == '(') {
            begin = ++at;
            while (at < text.len && text.data[at] != ')') at++;
            field = spl_str_trim(spl_str_sub(text, begin, at));
            if (at < text.len) at++;
        }
        if (field.len >= 2 && field.data[0] == '"' && field.data[field.len - 1] == '"')
            field = spl_str_sub(field, 1, field.len - 1);
        for (k = 0; k < 3 && !spl_str_iis(name, kinds[k].name);) k++;
        if (k == 3 || !field.len) {
            if (name.len && !(spl_str_iis(name, "EXACT") || spl_str_iis(name, "none")))
                spl_warning(lookups->diag, entry->span, "conf",
                            "match_type takes WILDCARD(<field>), CIDR(<field>) and EXACT(<field>), not \"%.*s\"",
                            SPL_FMT(name));
            continue;
        }
        SPL_PUSH(lookups->arena, &lookup->types, (spl_match_type){field, kinds[k].kind});
    }
}

/* The whole number of an entry within [MIN, MAX]; what is none draws a warning and leaves DFLT. */
static double read_number(spl_lookups *lookups, const spl_conf_stanza *stanza, const char *key, double dflt, double min,
                          double max)
{
    const spl_conf_entry *entry = spl_conf_find(stanza, key);
    double number;

    if (!entry || !entry->value.len) return dflt;
    if (!spl_num_parse(entry->value, &number) || number < min || number > max) {
        spl_warning(lookups->diag, entry->span, "conf", "%s is a number from %.0f to %.0f, not \"%.*s\"", key, min, max,
                    SPL_FMT(entry->value));
        return dflt;
    }
    return number;
}

static spl_lookup *define(spl_lookups *lookups, const spl_conf_stanza *stanza)
{
    spl_lookup *lookup = SPL_NEW(lookups->arena, spl_lookup);
    const spl_conf_entry *entry;
    spl_str type = spl_conf_value(stanza, "external_type"), word;
    size_t at = 0;

    lookup->name = stanza->name;
    lookup->defined = true;
    lookup->span = stanza->span;
    lookup->file = spl_conf_value(stanza, "filename");
    if (lookup->file.len) { /* a path is cut to its last part, as Splunk does */
        for (size_t i = lookup->file.len; i-- > 0;) {
            if (lookup->file.data[i] != '/' && lookup->file.data[i] != '\\') continue;
            lookup->file = spl_str_sub(lookup->file, i + 1, lookup->file.len);
            break;
        }
    }
    if (spl_str_iis(type, "geo") || spl_str_iis(type, "geo_hex")) {
        lookup->external =
            lookup->file.len
                ? spl_cstring(lookups->arena,
                              spl_strf(lookups->arena, "it is a geospatial lookup of \"%.*s\"", SPL_FMT(lookup->file)))
                : "it is a geospatial lookup";
    } else if (spl_str_iis(type, "kvstore") ||
               (!type.len && !lookup->file.len && spl_conf_value(stanza, "collection").len)) {
        lookup->collection = spl_conf_value(stanza, "collection");
        if (!lookup->collection.len) lookup->collection = stanza->name;
        lookup->file = (spl_str){"", 0};
    } else if (next_word(spl_conf_value(stanza, "external_cmd"), &at, &word)) {
        lookup->external = spl_cstring(
            lookups->arena, spl_strf(lookups->arena, "it calls the external command \"%.*s\"", SPL_FMT(word)));
    } else if (!lookup->file.len) {
        lookup->external = "its definition names neither a file nor a collection";
    } else if (!is_file_name(lookup->file)) {
        lookup->external = "its file is not CSV";
    }
    entry = spl_conf_find(stanza, "match_type");
    if (entry) read_types(lookups, lookup, entry);
    entry = spl_conf_find(stanza, "case_sensitive_match");
    lookup->fold = entry && entry->value.len && !spl_conf_true(entry->value);
    lookup->time_field = spl_conf_value(stanza, "time_field");
    lookup->time_format = spl_conf_value(stanza, "time_format");
    lookup->min_offset = read_number(lookups, stanza, "min_offset_secs", 0, -9e15, 9e15);
    lookup->max_offset = read_number(lookups, stanza, "max_offset_secs", 2000000000, -9e15, 9e15);
    lookup->max_matches =
        (uint32_t)read_number(lookups, stanza, "max_matches", lookup->time_field.len ? 1 : 100, 1, 1000);
    lookup->min_matches = (uint32_t)read_number(lookups, stanza, "min_matches", 0, 0, 1000);
    lookup->default_match = spl_conf_value(stanza, "default_match");
    lookup->filter = spl_str_trim(spl_conf_value(stanza, "filter"));
    at = 0;
    while (next_word(spl_conf_value(stanza, "fields_list"), &at, &word))
        SPL_PUSH(lookups->arena, &lookup->fields, word);
    return lookup;
}

/* Lookups that every server has, which a script or outlines on a map answer. */
static const char *of_server(spl_str name)
{
    static const struct {
        const char *name, *why;
    } all[] = {{"dnslookup", "it calls the external command \"external_lookup.py\""},
               {"geo_us_states", "it is a geospatial lookup of \"geo_us_states.kmz\""},
               {"geo_countries", "it is a geospatial lookup of \"geo_countries.kmz\""},
               {"geo_hex", "it is a geospatial lookup"}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (spl_str_is(name, all[i].name)) return all[i].why;
    return NULL;
}

static const spl_lookup *find(spl_lookups *lookups, spl_str name)
{
    spl_lookup *lookup = spl_map_get(&lookups->known, name);
    const spl_conf_stanza *stanza;

    if (lookup) return lookup;
    stanza = spl_conf_stanza_find(conf_of(lookups), name);
    if (!stanza || !is_lookup(stanza)) {
        stanza = NULL;
        if (!spl_state_name(name)) {
            for (size_t i = 0; i < lookups->folders.len; i++)
                read_yaml(lookups, lookups->folders.data[i], spl_strf(lookups->arena, "%.*s.yml", SPL_FMT(name)));
            stanza = spl_conf_stanza_find(&lookups->yaml, name);
            if (!stanza) {
                read_all_yaml(lookups);
                stanza = spl_conf_stanza_find(&lookups->yaml, name);
            }
        }
    }
    if (stanza) {
        lookup = define(lookups, stanza);
    } else {
        const char *external = of_server(name);
        bool given = is_file_name(name) || external;

        for (size_t i = 0; i < lookups->inline_files.len && !given; i++)
            given = spl_str_eq(lookups->inline_files.data[i].name, name);
        if (!given) return NULL;
        lookup = SPL_NEW(lookups->arena, spl_lookup);
        lookup->name = lookup->file = spl_str_copy(lookups->arena, name);
        lookup->external = external;
        lookup->max_matches = 100;
        lookup->max_offset = 2000000000;
    }
    spl_map_set(&lookups->known, name, lookup);
    return lookup;
}

/* Runs WORK under the lock, which is given back on every way out. */
#define LOCKED(lookups, frame, ...)                                                                                    \
    do {                                                                                                               \
        pthread_mutex_lock(&(lookups)->lock);                                                                          \
        if (SPL_CATCH(&(frame))) {                                                                                     \
            pthread_mutex_unlock(&(lookups)->lock);                                                                    \
            spl_fail((frame).status, "%s", (frame).message);                                                           \
        }                                                                                                              \
        __VA_ARGS__;                                                                                                   \
        spl_frame_leave(&(frame));                                                                                     \
        pthread_mutex_unlock(&(lookups)->lock);                                                                        \
    } while (0)

const spl_lookup *spl_lookups_find(spl_lookups *lookups, spl_str name)
{
    const spl_lookup *volatile found = NULL;
    spl_frame frame;

    LOCKED(lookups, frame, found = find(lookups, name));
    return found;
}

/* --- tables ---------------------------------------------------------------------------------------------------------
 */

/* The bytes of a lookup file, in ARENA, with the path for messages. */
static bool file_text(spl_lookups *lookups, spl_str name, bool written, spl_str *path, spl_str *text)
{
    if (spl_state_name(name)) return false;
    if (lookups->state && spl_state_read(lookups->state, lookups->arena, "lookups", name, written, text)) {
        *path = spl_state_path(lookups->state, lookups->arena, "lookups", name);
        return true;
    }
    for (size_t i = lookups->inline_files.len; i-- > 0;) {
        if (!spl_str_eq(lookups->inline_files.data[i].name, name)) continue;
        *text = lookups->inline_files.data[i].text;
        *path = name;
        return true;
    }
    for (size_t i = lookups->folders.len; i-- > 0;)
        if (spl_app_file_read(lookups->arena, lookups->folders.data[i], "lookups", name, path, text)) return true;
    return false;
}

static bool ships(spl_lookups *lookups, const spl_lookup *lookup)
{
    spl_str name = lookup->file;

    for (size_t i = 0; i < lookups->inline_files.len; i++)
        if (spl_str_eq(lookups->inline_files.data[i].name, name)) return true;
    for (size_t i = lookups->folders.len; i-- > 0;)
        if (spl_app_file_has(lookups->arena, lookups->folders.data[i], "lookups", name)) return true;
    return false;
}

static bool has_table(spl_lookups *lookups, const spl_lookup *lookup)
{
    spl_str name = lookup->file;

    if (!name.len) return lookup->collection.len > 0;
    if (spl_state_name(name)) return false;
    if (lookups->state && spl_state_has(lookups->state, "lookups", name)) return true;
    return ships(lookups, lookup);
}

bool spl_lookups_ships(spl_lookups *lookups, const spl_lookup *lookup)
{
    volatile bool has = false;
    spl_frame frame;

    LOCKED(lookups, frame, has = ships(lookups, lookup));
    return has;
}

bool spl_lookups_has_table(spl_lookups *lookups, const spl_lookup *lookup)
{
    volatile bool has = false;
    spl_frame frame;

    LOCKED(lookups, frame, has = has_table(lookups, lookup));
    return has;
}

static const spl_table *table_of(spl_lookups *lookups, const spl_lookup *lookup, bool written)
{
    bool kv = lookup->collection.len > 0;
    spl_str key = spl_strf(lookups->arena, "%s %.*s", kv ? "kv" : "file", SPL_FMT(kv ? lookup->name : lookup->file)),
            text, path;
    spl_table *table = written ? NULL : spl_map_get(&lookups->tables, key);

    if (table) return table;
    if (kv) {
        spl_str name = spl_strf(lookups->arena, "%.*s.ndjson", SPL_FMT(lookup->collection));
        text = (spl_str){"", 0};
        path = name;
        if (lookups->state && !spl_state_name(name)) {
            path = spl_state_path(lookups->state, lookups->arena, "kvstore", name);
            if (!spl_state_read(lookups->state, lookups->arena, "kvstore", name, written, &text))
                text = (spl_str){"", 0};
        }
        table = spl_table_of_ndjson(lookups->arena, lookups->diag, path, text, lookup->fields.data, lookup->fields.len);
    } else {
        if (!file_text(lookups, lookup->file, written, &path, &text)) return NULL;
        text = spl_lookup_unpack(lookups->arena, path, text);
        table = (spl_table *)spl_table_of_csv(lookups->arena, lookups->diag, path, text);
    }
    if (!written) spl_map_set(&lookups->tables, key, table);
    return table;
}

const spl_table *spl_lookups_table(spl_lookups *lookups, const spl_lookup *lookup, bool written)
{
    const spl_table *volatile table = NULL;
    spl_frame frame;

    LOCKED(lookups, frame, table = table_of(lookups, lookup, written));
    return table;
}

static spl_matcher *matcher_of(spl_lookups *lookups, spl_binder *binder, const spl_lookup *lookup,
                               const spl_table *table, const uint32_t *columns, size_t count)
{
    spl_buf key = spl_buf_in(lookups->arena);
    spl_binder own = *binder;
    spl_matcher *matcher;

    spl_buf_add(&key, spl_str_cut((const char *)&lookup, sizeof lookup));
    spl_buf_add(&key, spl_str_cut((const char *)&table, sizeof table));
    spl_buf_add(&key, spl_str_cut((const char *)columns, count * sizeof *columns));
    matcher = spl_map_get(&lookups->matchers, spl_buf_str(&key));
    if (matcher) return matcher;
    own.arena = lookups->arena;
    matcher = spl_matcher_new(&own, lookup, table, columns, count);
    spl_map_set(&lookups->matchers, spl_buf_str(&key), matcher);
    return matcher;
}

spl_matcher *spl_lookups_matcher(spl_binder *binder, const spl_lookup *lookup, const spl_table *table,
                                 const uint32_t *columns, size_t count)
{
    spl_lookups *lookups = spl_lookups_of(binder->query);
    spl_matcher *volatile matcher = NULL;
    spl_frame frame;

    LOCKED(lookups, frame, matcher = matcher_of(lookups, binder, lookup, table, columns, count));
    return matcher;
}

/* --- names ----------------------------------------------------------------------------------------------------------
 */

static int compare_lookups(const void *a, const void *b)
{
    return spl_str_cmp((*(const spl_lookup *const *)a)->name, (*(const spl_lookup *const *)b)->name);
}

static size_t all(spl_lookups *lookups, spl_arena *arena, const spl_lookup ***out)
{
    static const char *const suffixes[] = {".csv", ".csv.gz"};
    spl_map seen = spl_map_in(arena);
    SPL_VEC(const spl_lookup *) list = {0};
    const spl_conf *confs[2] = {conf_of(lookups), &lookups->yaml};

    read_all_yaml(lookups);
    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < confs[c]->stanzas.len; i++) {
            const spl_conf_stanza *stanza = confs[c]->stanzas.entries[i].value;
            if (!spl_conf_is_general(stanza) && is_lookup(stanza)) spl_map_put(&seen, stanza->name, NULL);
        }
    }
    for (size_t i = 0; i < lookups->inline_files.len; i++) spl_map_put(&seen, lookups->inline_files.data[i].name, NULL);
    for (size_t i = 0; i < lookups->folders.len; i++) {
        for (size_t s = 0; s < 2; s++) {
            spl_str *names;
            size_t count = list_folder(lookups, arena, lookups->folders.data[i], suffixes[s], &names);
            for (size_t k = 0; k < count; k++) spl_map_put(&seen, names[k], NULL);
        }
    }
    for (size_t i = 0; i < seen.len; i++) {
        const spl_lookup *lookup = find(lookups, seen.entries[i].key);
        if (lookup) SPL_PUSH(arena, &list, lookup);
    }
    if (list.len) qsort(list.data, list.len, sizeof *list.data, compare_lookups);
    *out = list.data;
    return list.len;
}

size_t spl_lookups_all(spl_lookups *lookups, spl_arena *arena, const spl_lookup ***out)
{
    volatile size_t count = 0;
    spl_frame frame;

    LOCKED(lookups, frame, count = all(lookups, arena, out));
    return count;
}

/* "a/lookups, b/lookups and .spl/lookups": where the user's files of lookups are looked for. */
static spl_str places_of(spl_binder *binder, const spl_lookups *lookups)
{
    enum { MOST = 4 };
    spl_buf out = spl_buf_in(binder->arena);
    size_t n = lookups->folders.len, from = n - lookups->own > MOST ? n - MOST : lookups->own;

    for (size_t i = from; i < n; i++)
        spl_buf_printf(&out, "%s%s/lookups", i > from ? ", " : "", lookups->folders.data[i]);
    if (from > lookups->own) spl_buf_printf(&out, ", %zu apps more", from - lookups->own);
    if (lookups->state)
        spl_buf_printf(&out, "%s%.*s", n > from ? " and " : "",
                       SPL_FMT(spl_state_path(lookups->state, binder->arena, "lookups", SPL_S(""))));
    return spl_buf_str(&out);
}

static void hint_nearest(spl_binder *binder, spl_lookups *lookups, spl_str name, bool file)
{
    const spl_lookup **list;
    size_t count = spl_lookups_all(lookups, binder->arena, &list);
    spl_str *names = SPL_NEW_ARRAY(binder->arena, count + 1, spl_str), near;
    spl_str csv = spl_strf(binder->arena, "%.*s.csv", SPL_FMT(name));

    for (size_t i = 0; i < count; i++) {
        names[i] = list[i]->name;
        if (spl_str_eq(names[i], csv)) {
            spl_hint(binder->diag, "There is a file of that name: write %.*s.", SPL_FMT(csv));
            return;
        }
    }
    near = spl_nearest(name, names, count);
    if (file)
        spl_hint(binder->diag, "It was looked for in %.*s.%s%.*s%s", SPL_FMT(places_of(binder, lookups)),
                 near.len ? " Did you mean \"" : " Name the app or folder that has it with --app.", SPL_FMT(near),
                 near.len ? "\"?" : "");
    else if (near.len)
        spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    else
        spl_hint(binder->diag, "Name the app or folder that has it with --app.");
}

spl_lookups *spl_lookups_of(const spl_query *query)
{
    return spl_knowledge_lookups(query->knowledge);
}

/* Reports that the lookup's file is nowhere, and where it was looked for. Whether binding goes on. */
static bool lacks_file(spl_binder *binder, spl_lookups *lookups, const spl_lookup *lookup, spl_span span, bool wanted)
{
    spl_severity severity = wanted || binder->query->check_only ? SPL_WARNING : SPL_ERROR;
    const char *then = wanted && !binder->query->check_only ? ": it gives no rows" : "";
    size_t told = spl_diag_len(binder->diag);

    if (lookup->defined) {
        spl_place place = spl_span_place(lookup->span);
        spl_report(binder->diag, severity, span, "missing-lookup", "the lookup \"%.*s\" has no file \"%.*s\"%s",
                   SPL_FMT(lookup->name), SPL_FMT(lookup->file), then);
        spl_hint(binder->diag, "It is defined in %.*s, line %u; its file was looked for in %.*s.",
                 SPL_FMT(place.source->name), place.line, SPL_FMT(places_of(binder, lookups)));
    } else {
        spl_report(binder->diag, severity, span, "missing-lookup", "there is no lookup file \"%.*s\"%s",
                   SPL_FMT(lookup->name), then);
        if (spl_diag_len(binder->diag) > told) hint_nearest(binder, lookups, lookup->name, true); /* else it was told */
    }
    return severity == SPL_WARNING;
}

bool spl_lookup_named(spl_binder *binder, spl_str name, spl_span span, spl_lookup_file file, const spl_lookup **out)
{
    spl_lookups *lookups = spl_lookups_of(binder->query);
    spl_severity severity = binder->query->check_only ? SPL_WARNING : SPL_ERROR;
    const char *wrong = spl_state_name(name);
    const spl_lookup *lookup;

    *out = NULL;
    if (wrong) return spl_bad_argument(binder, span, "the name of a lookup %s", wrong);
    lookup = spl_lookups_find(lookups, name);
    if (!lookup) {
        spl_report(binder->diag, severity, span, "missing-lookup", "the lookup \"%.*s\" is nowhere defined",
                   SPL_FMT(name));
        hint_nearest(binder, lookups, name, false);
        return binder->query->check_only;
    }
    if (lookup->external) {
        spl_report(binder->diag, severity, span, "unsupported-lookup", "the lookup \"%.*s\" cannot run here: %s",
                   SPL_FMT(name), lookup->external);
        spl_hint(binder->diag, "Put its results into a CSV file and define the lookup with filename=.");
        return binder->query->check_only;
    }
    if (lookup->file.len && spl_state_name(lookup->file)) {
        spl_report(binder->diag, severity, span, "missing-lookup", "the file name of lookup \"%.*s\" %s", SPL_FMT(name),
                   spl_state_name(lookup->file));
        return binder->query->check_only;
    }
    if (file != SPL_FILE_ANY && !spl_lookups_has_table(lookups, lookup))
        return lacks_file(binder, lookups, lookup, span, file == SPL_FILE_WANTED);
    *out = lookup;
    return true;
}
