/* lookup_files.c -- see lookup_files.h. */
#include "knowledge/lookup_files.h"

#include "base/csv.h"
#include "base/json.h"
#include "base/map.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>
#include <zlib.h>

enum { FILE_MAX_MB = 1024 };

/* --- YAML ------------------------------------------------------------------------------------------------------------
 */

typedef struct yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool have_event;
} yaml_reader;

static void yaml_close(void *ptr)
{
    yaml_reader *r = ptr;

    if (r->have_event) yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
}

static bool yaml_next(yaml_reader *r)
{
    if (r->have_event) yaml_event_delete(&r->event);
    r->have_event = false;
    if (!yaml_parser_parse(&r->parser, &r->event)) return false;
    r->have_event = true;
    return true;
}

static bool yaml_read(yaml_reader *r, spl_conf *conf, const spl_source *file, spl_conf_stanza *stanza)
{
    unsigned depth = 0;
    bool is_key = true;
    spl_conf_entry entry = {0};

    for (;;) {
        if (!yaml_next(r)) return false;
        switch (r->event.type) {
        case YAML_STREAM_END_EVENT: return true;
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_START_EVENT:
            if (depth++ == 0 && r->event.type != YAML_MAPPING_START_EVENT) return false;
            break;
        case YAML_MAPPING_END_EVENT:
        case YAML_SEQUENCE_END_EVENT:
            if (--depth == 1) is_key = true;
            break;
        case YAML_SCALAR_EVENT: {
            spl_str text = spl_str_copy(
                conf->arena, spl_str_cut((const char *)r->event.data.scalar.value, r->event.data.scalar.length));
            if (depth == 0) return false;
            if (depth > 1) break;
            if (is_key) {
                entry.key = text;
            } else {
                entry.value = text;
                entry.span = (spl_span){file, (uint32_t)r->event.start_mark.index, (uint32_t)r->event.end_mark.index};
                if (spl_str_is(entry.key, "name")) stanza->name = text, stanza->span = entry.span;
                SPL_PUSH(conf->arena, &stanza->entries, entry);
            }
            is_key = !is_key;
            break;
        }
        default: break;
        }
    }
}

void spl_yaml_stanza(spl_conf *conf, spl_diag *diag, const spl_source *file)
{
    spl_arena *own = spl_arena_new(spl_arena_account(conf->arena)); /* libyaml's memory goes on every way out */
    yaml_reader *r = SPL_NEW(own, yaml_reader);
    spl_conf_stanza *stanza = SPL_NEW(conf->arena, spl_conf_stanza);
    bool sound = false;

    if (yaml_parser_initialize(&r->parser)) {
        spl_arena_defer(own, yaml_close, r);
        yaml_parser_set_input_string(&r->parser, (const unsigned char *)file->text.data, file->text.len);
        sound = yaml_read(r, conf, file, stanza) && stanza->name.len;
        if (!sound && r->parser.problem)
            spl_warning(diag, ((spl_span){file, 0, 0}), "conf", "no lookup could be read here: line %zu: %s",
                        r->parser.problem_mark.line + 1, r->parser.problem);
        else if (!sound)
            spl_warning(diag, ((spl_span){file, 0, 0}), "conf", "no lookup could be read here: it has no name");
    }
    spl_arena_free(own);
    if (sound) spl_map_set(&conf->stanzas, stanza->name, stanza);
}

/* --- files -----------------------------------------------------------------------------------------------------------
 */

typedef struct held_fd {
    int fd;
} held_fd;

static void close_fd(void *ptr)
{
    close(((held_fd *)ptr)->fd);
}

static int hold(spl_arena *own, int fd)
{
    held_fd *held;

    if (fd < 0) return fd;
    held = SPL_NEW(own, held_fd);
    held->fd = fd;
    spl_arena_defer(own, close_fd, held);
    return fd;
}

/* The file, open and held in OWN; -1 where there is none. NAME.default is what an app brings along for NAME, which is
 * made of it where it is used first. */
static int open_in(spl_arena *own, const char *folder, const char *part, spl_str name)
{
    spl_str in = spl_strf(own, "%s/%s", folder, part);
    int at = hold(own, open(spl_cstring(own, in), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)), fd;
    struct stat info;

    if (at < 0) {
        struct stat link;
        if (errno == ENOTDIR && lstat(spl_cstring(own, in), &link) == 0 && S_ISLNK(link.st_mode))
            spl_fail(SPL_IO, "\"%.*s\" is a symbolic link, which is not followed", SPL_FMT(in));
        return -1;
    }
    fd = hold(own, openat(at, spl_cstring(own, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (fd < 0 && errno == ENOENT) {
        spl_str dflt = spl_strf(own, "%.*s.default", SPL_FMT(name));

        fd = hold(own, openat(at, spl_cstring(own, dflt), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    }
    if (fd < 0 && errno == ELOOP)
        spl_fail(SPL_IO, "the file \"%.*s/%.*s\" is a symbolic link, which is not followed", SPL_FMT(in),
                 SPL_FMT(name));
    if (fd < 0 && errno != ENOENT)
        spl_fail(SPL_IO, "could not open \"%.*s/%.*s\": %s", SPL_FMT(in), SPL_FMT(name), strerror(errno));
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) return -1;
    return fd;
}

bool spl_app_file_has(spl_arena *arena, const char *folder, const char *part, spl_str name)
{
    spl_arena *own = spl_arena_new(spl_arena_account(arena));
    bool has = open_in(own, folder, part, name) >= 0;

    spl_arena_free(own);
    return has;
}

bool spl_app_file_read(spl_arena *arena, const char *folder, const char *part, spl_str name, spl_str *path,
                       spl_str *text)
{
    spl_arena *own = spl_arena_new(spl_arena_account(arena));
    int fd = open_in(own, folder, part, name);
    struct stat info;

    if (fd >= 0) {
        size_t len = 0;
        char *data;

        *path = spl_strf(arena, "%s/%s/%.*s", folder, part, SPL_FMT(name));
        if (fstat(fd, &info) != 0 || info.st_size > (off_t)FILE_MAX_MB << 20)
            spl_fail(SPL_IO, "the file \"%.*s\" is larger than %d MB", SPL_FMT(*path), FILE_MAX_MB);
        data = spl_alloc(arena, (size_t)info.st_size + 1);
        while (len < (size_t)info.st_size) {
            ssize_t got = read(fd, data + len, (size_t)info.st_size - len);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) spl_fail(SPL_IO, "could not read \"%.*s\": %s", SPL_FMT(*path), strerror(errno));
            if (got == 0) break;
            len += (size_t)got;
        }
        *text = spl_str_cut(data, len);
    }
    spl_arena_free(own);
    return fd >= 0;
}

static void inflate_close(void *ptr)
{
    inflateEnd(ptr);
}

spl_str spl_lookup_unpack(spl_arena *arena, spl_str path, spl_str text)
{
    spl_arena *own;
    z_stream *z;
    spl_buf out = spl_buf_in(arena);
    int status = Z_OK;

    if (text.len < 2 || memcmp(text.data, "\x1f\x8b", 2) != 0) return text;
    own = spl_arena_new(spl_arena_account(arena));
    z = SPL_NEW(own, z_stream);
    if (inflateInit2(z, 15 + 16) != Z_OK) spl_fail(SPL_BOUND, "out of memory");
    spl_arena_defer(own, inflate_close, z);
    z->next_in = (Bytef *)(uintptr_t)text.data;
    z->avail_in = (uInt)text.len;
    while (status != Z_STREAM_END || z->avail_in) {
        char *room = spl_buf_room(&out, 64 * 1024);

        if (status == Z_STREAM_END && inflateReset(z) != Z_OK) break; /* several members */
        z->next_out = (Bytef *)room;
        z->avail_out = 64 * 1024;
        status = inflate(z, Z_NO_FLUSH);
        out.len += 64 * 1024 - z->avail_out;
        if (status != Z_OK && status != Z_STREAM_END)
            spl_fail(SPL_IO, "the gzip data of \"%.*s\" is damaged", SPL_FMT(path));
        if (status == Z_OK && !z->avail_in && z->avail_out)
            spl_fail(SPL_IO, "the gzip data of \"%.*s\" ends too early", SPL_FMT(path));
        if (out.len > (size_t)FILE_MAX_MB << 20)
            spl_fail(SPL_IO, "the lookup file \"%.*s\" is larger than %d MB unpacked", SPL_FMT(path), FILE_MAX_MB);
    }
    spl_arena_free(own);
    return spl_buf_str(&out);
}

/* --- CSV -------------------------------------------------------------------------------------------------------------
 */

uint32_t spl_table_column(const spl_table *table, spl_str name)
{
    for (uint32_t c = 0; c < table->n_columns; c++)
        if (spl_str_eq(table->columns[c], name)) return c;
    return UINT32_MAX;
}

/* $a$;$b$ as Splunk writes a multivalue into a column __mv_<field>; $$ is a dollar sign. */
static spl_value mv_decode(spl_arena *arena, spl_str text)
{
    SPL_VEC(spl_value) items = {0};
    size_t at = 0;

    while (at < text.len && text.data[at] == '$') {
        spl_buf item = spl_buf_in(arena);

        for (at++; at < text.len; at++) {
            if (text.data[at] == '$') {
                if (at + 1 >= text.len || text.data[at + 1] != '$') break;
                at++;
            }
            spl_buf_char(&item, text.data[at]);
        }
        at++;
        if (at < text.len && text.data[at] == ';') at++;
        SPL_PUSH(arena, &items, spl_text(spl_buf_str(&item)));
    }
    return spl_multi_of(arena, items.data, items.len);
}

const spl_table *spl_table_of_csv(spl_arena *arena, spl_diag *diag, spl_str path, spl_str text)
{
    spl_table *table = SPL_NEW(arena, spl_table);
    spl_source *source = spl_source_new(arena, path, text);
    spl_csv csv = spl_csv_of(text);
    spl_csv_cells cells = {0};
    SPL_VEC(spl_value) values = {0};
    uint32_t *to, width;
    size_t ragged = 0, ragged_at = 0;
    uint32_t *mv_of; /* of a column __mv_x: the column x + 1 */

    table->name = path;
    if (!spl_csv_next(&csv, arena, &cells)) return table;
    width = (uint32_t)cells.len;
    to = SPL_NEW_ARRAY(arena, width, uint32_t);
    mv_of = SPL_NEW_ARRAY(arena, width, uint32_t);
    table->columns = SPL_NEW_ARRAY(arena, width, spl_str);
    {
        spl_map seen = spl_map_in(arena);

        for (uint32_t i = 0; i < width; i++) {
            spl_str name = spl_str_trim(cells.data[i]);
            bool made = false;

            to[i] = UINT32_MAX; /* without a name, or twice: passed over */
            if (name.len && !spl_str_starts(name, SPL_S("__mv_"))) spl_map_put(&seen, name, &made);
            if (!made) continue;
            to[i] = table->n_columns;
            spl_map_set(&seen, name, &to[i]);
            table->columns[table->n_columns++] = spl_str_copy(arena, name);
        }
        for (uint32_t i = 0; i < width; i++) {
            spl_str name = spl_str_trim(cells.data[i]);
            uint32_t *base =
                spl_str_starts(name, SPL_S("__mv_")) ? spl_map_get(&seen, spl_str_sub(name, 5, name.len)) : NULL;

            if (base) mv_of[i] = *base + 1;
        }
    }
    while (spl_csv_next(&csv, arena, &cells)) {
        size_t begin = values.len;

        if (cells.len != width) {
            if (!ragged++) ragged_at = csv.begin;
        }
        for (uint32_t c = 0; c < table->n_columns; c++) SPL_PUSH(arena, &values, SPL_NULL);
        assert(values.data && cells.data); /* a row has a cell at least */
        for (uint32_t i = 0; i < width && i < cells.len; i++) {
            if (!cells.data[i].len) continue;
            if (to[i] != UINT32_MAX) values.data[begin + to[i]] = spl_text(cells.data[i]);
        }
        for (uint32_t i = 0; i < width && i < cells.len; i++)
            if (mv_of[i] && cells.data[i].len) values.data[begin + mv_of[i] - 1] = mv_decode(arena, cells.data[i]);
        table->n_rows++;
    }
    table->cells = values.data;
    if (csv.unclosed) {
        spl_warning(diag, ((spl_span){source, (uint32_t)csv.unclosed_at, (uint32_t)csv.unclosed_at + 1}), "csv",
                    "a quote is opened here and never closed: it is taken as text");
    }
    if (ragged) {
        spl_warning(diag, ((spl_span){source, (uint32_t)ragged_at, (uint32_t)ragged_at}), "csv",
                    "%zu row%s more or fewer cells than the header names, here first: missing ones are empty, "
                    "further ones left out",
                    ragged, ragged == 1 ? " has" : "s have");
    }
    return table;
}

/* --- KV store --------------------------------------------------------------------------------------------------------
 */

typedef struct kv_cell {
    uint32_t column;
    spl_value value;
} kv_cell;

static uint32_t kv_column(spl_arena *arena, spl_map *names, spl_str name, bool closed)
{
    spl_map_entry *entry = spl_map_find(names, name);
    uint32_t *index;

    if (entry) return *(uint32_t *)entry->value;
    if (closed) return UINT32_MAX;
    index = SPL_NEW(arena, uint32_t);
    *index = (uint32_t)names->len;
    spl_map_set(names, name, index);
    return *index;
}

static bool kv_value(spl_arena *arena, spl_json *json, spl_json_token token, spl_value *value)
{
    *value = SPL_NULL;
    switch (token) {
    case SPL_JSON_STRING: *value = spl_text(spl_json_unescape(arena, json->raw)); return true;
    case SPL_JSON_NUMBER:
    case SPL_JSON_TRUE:
    case SPL_JSON_FALSE: *value = spl_text(json->raw); return true;
    case SPL_JSON_NULL: return true;
    case SPL_JSON_OBJECT: {
        size_t begin = json->begin;
        if (!spl_json_skip(json, token)) return false;
        *value = spl_text(spl_str_sub(json->text, begin, json->at));
        return true;
    }
    case SPL_JSON_ARRAY: {
        SPL_VEC(spl_value) items = {0};
        while ((token = spl_json_next(json)) != SPL_JSON_ARRAY_END) {
            spl_value item = SPL_NULL;
            if (token == SPL_JSON_ARRAY || token == SPL_JSON_OBJECT) {
                size_t begin = json->begin;
                if (!spl_json_skip(json, token)) return false;
                item = spl_text(spl_str_sub(json->text, begin, json->at));
            } else if (!kv_value(arena, json, token, &item)) {
                return false;
            }
            SPL_PUSH(arena, &items, item);
        }
        *value = spl_multi_of(arena, items.data, items.len);
        return true;
    }
    default: return false;
    }
}

spl_table *spl_table_of_ndjson(spl_arena *arena, spl_diag *diag, spl_str path, spl_str text, const spl_str *fields,
                               size_t n_fields)
{
    spl_table *table = SPL_NEW(arena, spl_table);
    spl_source *source = spl_source_new(arena, path, text);
    spl_map names = spl_map_in(arena);
    SPL_VEC(kv_cell) cells = {0};
    SPL_VEC(size_t) ends = {0};
    spl_value *values;
    bool closed = n_fields > 0;

    table->name = path;
    for (size_t i = 0; i < n_fields; i++) kv_column(arena, &names, fields[i], false);
    if (closed) kv_column(arena, &names, SPL_S("_key"), false);
    for (size_t at = 0; at < text.len;) {
        const char *newline = memchr(text.data + at, '\n', text.len - at);
        size_t end = newline ? (size_t)(newline - text.data) : text.len;
        spl_json json = spl_json_of(spl_str_sub(text, at, end));
        spl_json_token token = spl_json_next(&json);
        size_t mark = cells.len;
        bool sound = token == SPL_JSON_OBJECT;

        while (sound && (token = spl_json_next(&json)) == SPL_JSON_KEY) {
            uint32_t column = kv_column(arena, &names, spl_json_unescape(arena, json.raw), closed);
            spl_value value;
            sound = kv_value(arena, &json, spl_json_next(&json), &value);
            if (sound && column != UINT32_MAX && !spl_is_null(value)) SPL_PUSH(arena, &cells, (kv_cell){column, value});
        }
        if (sound && token == SPL_JSON_OBJECT_END) {
            SPL_PUSH(arena, &ends, cells.len);
        } else {
            cells.len = mark;
            if (end > at)
                spl_warning(diag, ((spl_span){source, (uint32_t)at, (uint32_t)end}), "damaged-event",
                            "a line of the collection is no JSON object and is passed over");
        }
        at = end + 1;
    }
    table->n_columns = (uint32_t)names.len;
    table->columns = SPL_NEW_ARRAY(arena, names.len, spl_str);
    for (size_t i = 0; i < names.len; i++) table->columns[i] = names.entries[i].key;
    table->n_rows = ends.len;
    values = SPL_NEW_ARRAY(arena, table->n_columns * ends.len, spl_value);
    for (size_t row = 0, c = 0; row < ends.len; row++)
        for (; cells.data && c < ends.data[row]; c++)
            values[row * table->n_columns + cells.data[c].column] = cells.data[c].value;
    table->cells = values;
    return table;
}
