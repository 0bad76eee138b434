/* conf.c -- reading of .conf files, and of small files whole. */
#include "knowledge/conf.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { FILE_MAX_MB = 256, SHOWN = 20 };

static spl_conf_stanza *stanza_of(spl_conf *conf, spl_str name, spl_span span)
{
    bool made;
    spl_map_entry *entry = spl_map_put(&conf->stanzas, name, &made);

    if (!conf->general) conf->general = SPL_NEW(conf->arena, spl_conf_stanza);
    if (made || !entry->value) {
        bool general = spl_str_is(name, "default");
        spl_conf_stanza *stanza = general ? conf->general : SPL_NEW(conf->arena, spl_conf_stanza);

        if (!general) stanza->general = conf->general;
        stanza->name = entry->key;
        stanza->span = span;
        entry->value = stanza;
    }
    return entry->value;
}

enum { FEW = 16 }; /* keys of a stanza that are looked through one by one */

static spl_conf_entry *entry_of(const spl_conf_stanza *stanza, spl_str key)
{
    if (stanza->keys.arena) {
        uintptr_t number = (uintptr_t)spl_map_get(&stanza->keys, key);

        return number ? &stanza->entries.data[number - 1] : NULL;
    }
    for (size_t i = 0; i < stanza->entries.len; i++)
        if (spl_str_eq(stanza->entries.data[i].key, key)) return &stanza->entries.data[i];
    return NULL;
}

static void set(spl_conf *conf, spl_conf_stanza *stanza, spl_conf_entry entry)
{
    spl_conf_entry *old = entry_of(stanza, entry.key);

    if (old) {
        *old = entry;
        return;
    }
    SPL_PUSH(conf->arena, &stanza->entries, entry);
    if (stanza->entries.len <= FEW) return;
    if (!stanza->keys.arena) {
        stanza->keys = spl_map_in(conf->arena);
        for (size_t i = 0; i + 1 < stanza->entries.len; i++)
            spl_map_set(&stanza->keys, stanza->entries.data[i].key, (void *)(i + 1));
    }
    spl_map_set(&stanza->keys, entry.key, (void *)(uintptr_t)stanza->entries.len);
}

/* The end of the line that begins at AT, without its newline and carriage return. */
static size_t line_end(spl_str text, size_t at, size_t *next)
{
    const char *newline = at < text.len ? memchr(text.data + at, '\n', text.len - at) : NULL;
    size_t end = newline ? (size_t)(newline - text.data) : text.len;

    *next = newline ? end + 1 : text.len;
    if (end > at && text.data[end - 1] == '\r') end--;
    return end;
}

void spl_conf_read(spl_conf *conf, spl_diag *diag, const spl_source *file)
{
    spl_str text = file->text;
    spl_conf_stanza *stanza = NULL;
    bool lost = false;
    size_t odd = 0;
    size_t at = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < text.len) {
        size_t next, end = line_end(text, at, &next), begin = at, equals;
        spl_conf_entry entry = {0};
        spl_buf joined;

        while (begin < end && spl_is_space(text.data[begin])) begin++;
        at = next;
        if (begin == end || text.data[begin] == '#') continue;
        if (text.data[begin] == '[') {
            size_t close = end;

            while (close > begin && text.data[close - 1] != ']') close--;
            if (close > begin + 1) {
                spl_span span = {file, (uint32_t)begin, (uint32_t)close};

                stanza = stanza_of(conf, spl_str_sub(text, begin + 1, close - 1), span);
                lost = false;
                continue;
            }
            SPL_PUSH(conf->arena, &conf->lost, ((spl_span){file, (uint32_t)begin, (uint32_t)end}));
            lost = true; /* its settings must not become those of the stanza before */
            if (diag)
                spl_warning(diag, ((spl_span){file, (uint32_t)begin, (uint32_t)end}), "conf",
                            "this stanza is not closed by a bracket: it is passed over, with its settings");
            continue;
        }
        if (lost) {
            while (end > begin && text.data[end - 1] == '\\' && at < text.len) { /* and what continues it */
                begin = at;
                end = line_end(text, at, &at);
            }
            continue;
        }
        for (equals = begin; equals < end && text.data[equals] != '=';) equals++;
        if (equals == end || equals == begin) {
            if (diag && odd++ < SHOWN)
                spl_warning(diag, ((spl_span){file, (uint32_t)begin, (uint32_t)end}), "conf",
                            "this line is neither a stanza nor a setting: it is passed over");
            continue;
        }
        if (!stanza) stanza = stanza_of(conf, SPL_S("default"), (spl_span){file, 0, 0});
        entry.key = spl_str_trim(spl_str_sub(text, begin, equals));
        if (conf->spelling) entry.key = conf->spelling(conf->arena, entry.key);
        entry.builtin = conf->builtin;
        begin = equals + 1;
        while (begin < end && spl_is_space(text.data[begin])) begin++;
        entry.value = spl_str_sub(text, begin, end);
        entry.span = (spl_span){file, (uint32_t)begin, (uint32_t)end};
        if (entry.value.len && entry.value.data[entry.value.len - 1] == '\\') {
            joined = spl_buf_in(conf->arena);
            spl_buf_add(&joined, spl_str_sub(entry.value, 0, entry.value.len - 1));
            for (;;) {
                spl_str line;
                bool more;

                begin = at;
                end = line_end(text, at, &at);
                line = spl_str_sub(text, begin, end);
                more = line.len && line.data[line.len - 1] == '\\';
                spl_buf_char(&joined, '\n');
                spl_buf_add(&joined, spl_str_sub(line, 0, line.len - more));
                entry.span.end = (uint32_t)end;
                if (!more || at >= text.len) break;
            }
            entry.value = spl_buf_str(&joined);
        }
        while (entry.value.len && spl_is_space(entry.value.data[entry.value.len - 1])) entry.value.len--;
        set(conf, stanza, entry);
    }
    if (diag && odd > SHOWN)
        spl_warning(diag, ((spl_span){file, 0, 0}), "conf", "%zu further lines are neither a stanza nor a setting",
                    odd - SHOWN);
}

const spl_conf_stanza *spl_conf_stanza_find(const spl_conf *conf, spl_str name)
{
    return spl_map_get(&conf->stanzas, name);
}

const spl_conf_entry *spl_conf_own(const spl_conf_stanza *stanza, const char *key)
{
    return stanza ? entry_of(stanza, spl_str_of(key)) : NULL;
}

const spl_conf_entry *spl_conf_find(const spl_conf_stanza *stanza, const char *key)
{
    const spl_conf_entry *entry = spl_conf_own(stanza, key);

    return entry || !stanza ? entry : spl_conf_own(stanza->general, key);
}

size_t spl_conf_entries(spl_arena *arena, const spl_conf_stanza *stanza, const spl_conf_entry *const **out)
{
    const spl_conf_stanza *general = stanza->general;
    SPL_VEC(const spl_conf_entry *) all = {0};

    for (size_t i = 0; i < stanza->entries.len; i++) SPL_PUSH(arena, &all, &stanza->entries.data[i]);
    for (size_t i = 0; general && i < general->entries.len; i++)
        if (!entry_of(stanza, general->entries.data[i].key)) SPL_PUSH(arena, &all, &general->entries.data[i]);
    *out = all.data;
    return all.len;
}

spl_str spl_conf_value(const spl_conf_stanza *stanza, const char *key)
{
    const spl_conf_entry *entry = spl_conf_find(stanza, key);

    return entry ? entry->value : (spl_str){"", 0};
}

static bool is_among(spl_str value, const char *const *words)
{
    for (; *words; words++)
        if (spl_str_iis(value, *words)) return true;
    return false;
}

bool spl_conf_true(spl_str value)
{
    static const char *const yes[] = {"true", "t", "yes", "y", "1", "on", NULL};

    return is_among(value, yes);
}

bool spl_conf_false(spl_str value)
{
    static const char *const no[] = {"false", "f", "no", "n", "0", "off", NULL};

    return is_among(value, no);
}

static void close_file(void *file)
{
    fclose(file);
}

spl_source *spl_conf_file(spl_arena *arena, spl_diag *diag, const char *path)
{
    spl_arena *own = spl_arena_new(spl_arena_account(arena)); /* the file is closed on every way out */
    FILE *file = fopen(path, "rb");
    spl_source *source = NULL;
    struct stat info;

    if (!file) {
        if (errno != ENOENT && errno != ENOTDIR && diag)
            spl_error(diag, (spl_span){0}, "io", "could not open \"%s\": %s", path, strerror(errno));
        spl_arena_free(own);
        return NULL;
    }
    spl_arena_defer(own, close_file, file);
    if (fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode)) {
        if (info.st_size > (off_t)FILE_MAX_MB << 20) {
            if (diag) spl_error(diag, (spl_span){0}, "io", "\"%s\" is larger than %d MB", path, FILE_MAX_MB);
        } else {
            char *data = spl_alloc(arena, (size_t)info.st_size + 1);
            size_t len = fread(data, 1, (size_t)info.st_size, file);

            data[len] = '\0';
            if (ferror(file)) {
                if (diag) spl_error(diag, (spl_span){0}, "io", "could not read \"%s\"", path);
            } else {
                source = spl_source_new(arena, spl_str_copy(arena, spl_str_of(path)), spl_str_cut(data, len));
            }
        }
    } else if (diag) {
        spl_warning(diag, ((spl_span){spl_source_new(arena, spl_str_copy(arena, spl_str_of(path)), SPL_S("")), 0, 0}),
                    "io", "this is no file: it is passed over");
    }
    spl_arena_free(own);
    return source;
}
