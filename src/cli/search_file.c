/* search_file.c -- SEARCH operands: -e, .spl, a detection .yml, a page, savedsearches.conf, folders of these.
 *
 * Each search keeps the line and column of its file at which its text begins, so that diagnostics show the file's own
 * lines. Of a YAML scalar that is folded or has escapes only the begin is exact. */
#include "cli/cli.h"

#include "cli/page.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib.h>
#include <yaml.h>

enum { LARGEST = 64 << 20 }; /* bytes of a search file; more is refused */

bool cli_has_suffix(const char *path, const char *suffix)
{
    spl_str text = spl_str_of(path), end = spl_str_of(suffix);
    return text.len > end.len && spl_str_ieq(spl_str_sub(text, text.len - end.len, text.len), end);
}

bool cli_read_file(spl_arena *arena, const char *path, size_t most, spl_str *text, spl_str *error)
{
    spl_buf out = spl_buf_in(arena);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t room = 65536;
    bool good = false;
    struct stat info;

    if (fd < 0) {
        *error = spl_strf(arena, "could not read: %s", strerror(errno));
        return false;
    }
    /* thousands of searches are read to be kept: no more room than they take, and a byte to see the end */
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size >= 0 && info.st_size < 65536)
        room = (size_t)info.st_size + 1;
    for (;;) {
        ssize_t n = read(fd, spl_buf_room(&out, room), room);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            *error = spl_strf(arena, "could not read: %s", strerror(errno));
            break;
        }
        if (n == 0) {
            good = true;
            break;
        }
        out.len += (size_t)n;
        room = out.cap > out.len ? out.cap - out.len : 65536;
        if (out.len > most) {
            *error = spl_strf(arena, "the file is larger than %zu MB", most >> 20);
            break;
        }
    }
    close(fd);
    *text = spl_buf_str(&out);
    return good;
}

spl_str cli_search_label(spl_arena *arena, const cli_search *search)
{
    if (!search->stanza) return spl_str_of(search->path);
    return spl_strf(arena, "%s#%s", search->path, search->stanza);
}

spl_search *cli_open_search(const spl_config *config, const cli_search *search)
{
    return spl_search_new(config, search->path, search->text, search->first_line, search->first_column);
}

static void add(spl_cli *cli, cli_searches *out, const char *path, const char *stanza, spl_str text, uint32_t line,
                uint32_t column)
{
    cli_search search = {path, stanza, text, line, column};
    SPL_PUSH(cli->arena, out, search);
}

/* TEXT without its byte order mark, as UTF-8: PowerShell and Notepad write UTF-16 too. False: it is damaged. */
static bool without_bom(spl_cli *cli, spl_str *text)
{
    if (spl_str_starts(*text, SPL_S("\xEF\xBB\xBF"))) {
        *text = spl_str_sub(*text, 3, text->len);
    } else if (spl_str_starts(*text, SPL_S("\xFF\xFE")) || spl_str_starts(*text, SPL_S("\xFE\xFF"))) {
        gsize length = 0;
        char *utf8 = g_convert(text->data, (gssize)text->len, "UTF-8", "UTF-16", NULL, &length, NULL);
        if (!utf8) return false;
        *text = spl_str_copy(cli->arena, spl_str_cut(utf8, length));
        g_free(utf8);
    }
    return true;
}

/* --- savedsearches.conf --- */

/* The end of the value that begins at AT: lines that end in a backslash go on. */
static size_t conf_value_end(spl_str text, size_t at)
{
    for (;;) {
        const char *newline = at < text.len ? memchr(text.data + at, '\n', text.len - at) : NULL;
        size_t end = newline ? (size_t)(newline - text.data) : text.len;
        size_t last = end > at && text.data[end - 1] == '\r' ? end - 1 : end;
        if (!newline || last == at || text.data[last - 1] != '\\') return end;
        at = end + 1;
    }
}

/* The value without the backslashes that continue its lines; the newlines stay, as Splunk keeps them. */
static spl_str conf_value(spl_arena *arena, spl_str raw)
{
    spl_buf out = spl_buf_in(arena);
    for (size_t i = 0; i < raw.len; i++) {
        bool newline = i + 1 < raw.len && raw.data[i + 1] == '\n';
        bool both = i + 2 < raw.len && raw.data[i + 1] == '\r' && raw.data[i + 2] == '\n';
        if (raw.data[i] == '\\' && (newline || both)) continue;
        if (raw.data[i] == '\r' && newline) continue;
        spl_buf_char(&out, raw.data[i]);
    }
    return spl_buf_str(&out);
}

static void conf_searches(spl_cli *cli, const char *path, spl_str text, bool named, cli_searches *out)
{
    const char *stanza = NULL;
    uint32_t line = 1;
    bool usual = true; /* not [default] */

    for (size_t at = 0; at < text.len;) {
        size_t end = conf_value_end(text, at), begin = at;
        while (begin < end && (text.data[begin] == ' ' || text.data[begin] == '\t')) begin++;
        spl_str whole = spl_str_sub(text, begin, end);
        if (whole.len && whole.data[0] == '[') {
            spl_str head;
            const char *newline = memchr(text.data + at, '\n', text.len - at);
            end = newline ? (size_t)(newline - text.data) : text.len; /* a header never goes on */
            head = spl_str_trim(spl_str_sub(text, begin, end));
            size_t close = head.len;
            while (close > 1 && head.data[close - 1] != ']') close--;
            spl_str name = spl_str_sub(head, 1, close > 1 ? close - 1 : head.len);
            stanza = spl_cstring(cli->arena, name);
            usual = !spl_str_iis(name, "default");
        } else if (whole.len && whole.data[0] != '#' && whole.data[0] != ';') {
            const char *equals = memchr(whole.data, '=', whole.len);
            size_t name_end = equals ? (size_t)(equals - whole.data) : 0;
            if (equals && stanza && usual && spl_str_is(spl_str_trim(spl_str_sub(whole, 0, name_end)), "search") &&
                (!named || !cli->stanza || strcmp(cli->stanza, stanza) == 0)) {
                size_t value = begin + name_end + 1;
                while (value < end && (text.data[value] == ' ' || text.data[value] == '\t')) value++;
                uint32_t first = line, column = (uint32_t)(value - at) + 1;
                add(cli, out, path, stanza, conf_value(cli->arena, spl_str_sub(text, value, end)), first, column);
            }
        } else if (whole.len) { /* a comment never goes on */
            const char *newline = memchr(text.data + at, '\n', text.len - at);
            end = newline ? (size_t)(newline - text.data) : text.len;
        }
        for (size_t i = at; i < end; i++) line += text.data[i] == '\n';
        line++;
        at = end + 1;
    }
}

/* --- YAML --- */

/* The column at which the first line of a block scalar's text begins, on line LINE (from 0) or after it. */
static uint32_t block_indent(spl_str text, size_t line)
{
    size_t at = 0;
    for (; line && at < text.len; at++) line -= text.data[at] == '\n';
    size_t begin = at;
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\n' || text.data[at] == '\r')) {
        if (text.data[at] == '\n') begin = at + 1;
        at++;
    }
    return (uint32_t)(at - begin);
}

static int yaml_search(spl_cli *cli, const char *path, spl_str text, bool named, cli_searches *out)
{
    yaml_parser_t parser;
    yaml_document_t document;
    int status = 0;
    bool found = false, sigma = false;

    if (!yaml_parser_initialize(&parser)) return cli_error(cli, SPL_BOUND, path, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.data, text.len);
    if (!yaml_parser_load(&parser, &document)) {
        if (named)
            status = cli_error(cli, SPL_REFUSED, path, "line %zu: this is no YAML: %s", parser.problem_mark.line + 1,
                               parser.problem ? parser.problem : "unreadable");
        yaml_parser_delete(&parser);
        return status;
    }
    yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root && root->type == YAML_MAPPING_NODE) {
        for (yaml_node_pair_t *pair = root->data.mapping.pairs.start; pair < root->data.mapping.pairs.top; pair++) {
            yaml_node_t *key = yaml_document_get_node(&document, pair->key);
            yaml_node_t *value = yaml_document_get_node(&document, pair->value);
            if (!key || !value || key->type != YAML_SCALAR_NODE) continue;
            sigma |= value->type == YAML_MAPPING_NODE && strcmp((const char *)key->data.scalar.value, "detection") == 0;
            if (value->type != YAML_SCALAR_NODE) continue;
            if (!spl_str_is(spl_str_cut((const char *)key->data.scalar.value, key->data.scalar.length), "search"))
                continue;
            size_t line = value->start_mark.line, column = value->start_mark.column;
            yaml_scalar_style_t style = value->data.scalar.style;
            spl_str search = spl_str_copy(
                cli->arena, spl_str_cut((const char *)value->data.scalar.value, value->data.scalar.length));
            if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) {
                column = block_indent(text, line + 1);
                line++;
            } else if (style != YAML_PLAIN_SCALAR_STYLE) {
                column++;
            }
            add(cli, out, path, NULL, search, (uint32_t)line + 1, (uint32_t)column + 1);
            found = true;
            break;
        }
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    if (!found && named && sigma)
        return cli_error(cli, SPL_REFUSED, path,
                         "this is a Sigma rule; convert it to SPL first (sigma convert -t splunk)");
    if (!found && named) return cli_error(cli, SPL_REFUSED, path, "the file has no \"search\" key");
    return 0;
}

/* --- files and folders --- */

static int no_stanza(spl_cli *cli, const char *path, spl_str text)
{
    cli_searches all = {0};
    SPL_VEC(spl_str) names = {0};

    conf_searches(cli, path, text, false, &all);
    for (size_t i = 0; i < all.len; i++) SPL_PUSH(cli->arena, &names, spl_str_of(all.data[i].stanza));
    spl_str near = spl_nearest(spl_str_of(cli->stanza), names.data, names.len);
    if (near.len)
        return cli_error(cli, SPL_USAGE, path, "the file has no search in a stanza [%s]; did you mean [%.*s]?",
                         cli->stanza, SPL_FMT(near));
    return cli_error(cli, SPL_USAGE, path, "the file has no search in a stanza [%s]", cli->stanza);
}

static bool is_page(const char *path)
{
    return cli_has_suffix(path, ".md") || cli_has_suffix(path, ".markdown") || cli_has_suffix(path, ".txt") ||
           cli_has_suffix(path, ".html") || cli_has_suffix(path, ".htm");
}

int cli_searches_of(spl_cli *cli, const char *path, spl_str text, bool named, cli_searches *out)
{
    if (!without_bom(cli, &text)) return cli_error(cli, SPL_REFUSED, path, "its UTF-16 text is damaged");
    if (cli_has_suffix(path, ".yml") || cli_has_suffix(path, ".yaml")) return yaml_search(cli, path, text, named, out);
    if (cli_has_suffix(path, ".conf")) {
        size_t before = out->len;
        conf_searches(cli, path, text, named, out);
        if (out->len > before || !named) return 0;
        if (cli->stanza) return no_stanza(cli, path, text);
        return cli_error(cli, SPL_REFUSED, path, "the file has no stanza with a search");
    }
    if (is_page(path)) {
        bool html = cli_has_suffix(path, ".html") || cli_has_suffix(path, ".htm");
        spl_str search;
        uint32_t line, column;
        if (spl_page_search(cli->arena, text, html, &search, &line, &column)) {
            add(cli, out, path, NULL, search, line, column);
            return 0;
        }
        if (!named) return 0;              /* a folder may hold other pages */
        if (!cli_has_suffix(path, ".txt")) /* such a text may be the search itself */
            return cli_error(cli, SPL_REFUSED, path, "the page has no block under a heading \"Search\"");
    }
    add(cli, out, path, NULL, text, 1, 1);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool cli_walk(spl_cli *cli, const char *path, bool (*take)(const char *path), cli_strings *out)
{
    size_t first = out->len;
    cli_strings pending = {0};
    SPL_PUSH(cli->arena, &pending, path);
    while (pending.len) {
        const char *at = pending.data[--pending.len];
        struct stat info;
        DIR *folder;
        /* links below the operand are not followed into folders: they may go round in circles */
        bool top = at == path;
        if ((top ? stat(at, &info) : lstat(at, &info)) != 0) {
            cli_error(cli, SPL_IO, at, "could not read: %s", strerror(errno));
            return false;
        }
        if (!top && S_ISLNK(info.st_mode) && (stat(at, &info) != 0 || S_ISDIR(info.st_mode))) continue;
        if (!S_ISDIR(info.st_mode)) {
            if (top || (S_ISREG(info.st_mode) && take(at))) SPL_PUSH(cli->arena, out, at);
            continue;
        }
        folder = opendir(at);
        if (!folder) {
            cli_error(cli, SPL_IO, at, "could not read: %s", strerror(errno));
            return false;
        }
        const struct dirent *entry;
        while ((entry = readdir(folder))) {
            if (entry->d_name[0] == '.') continue;
            size_t length = strlen(at);
            const char *slash = length && at[length - 1] == '/' ? "" : "/";
            const char *below = spl_cstring(cli->arena, spl_strf(cli->arena, "%s%s%s", at, slash, entry->d_name));
            SPL_PUSH(cli->arena, &pending, below);
        }
        closedir(folder);
    }
    if (out->len > first) qsort(out->data + first, out->len - first, sizeof *out->data, by_name);
    return true;
}

static bool is_search_file(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    return cli_has_suffix(path, ".spl") || cli_has_suffix(path, ".yml") || cli_has_suffix(path, ".yaml") ||
           is_page(path) || strcmp(name, "savedsearches.conf") == 0;
}

static int load_path(spl_cli *cli, const char *path, bool named, cli_searches *out)
{
    spl_str text, error;
    if (!cli_read_file(cli->arena, path, LARGEST, &text, &error)) {
        struct stat info;
        bool typed = stat(path, &info) != 0 && strpbrk(path, " |=*");
        return cli_error(cli, typed ? SPL_USAGE : SPL_IO, path, "%.*s%s", SPL_FMT(error),
                         typed ? "; a search itself is given with -e" : "");
    }
    return cli_searches_of(cli, path, text, named, out);
}

static int load_operand(spl_cli *cli, const char *path, bool many, cli_searches *out)
{
    struct stat info;
    cli_strings files = {0};
    size_t before = out->len;
    int status;

    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) return load_path(cli, path, true, out);
    if (!many) return cli_error(cli, SPL_USAGE, path, "this is a folder; one search is wanted");
    if (!cli_walk(cli, path, is_search_file, &files)) return SPL_IO;
    for (size_t i = 0; i < files.len; i++) {
        status = load_path(cli, files.data[i], false, out);
        if (status) return status;
    }
    if (out->len == before)
        return cli_error(cli, SPL_IO, path,
                         "the folder holds no searches: neither .spl files, nor .yml files with a \"search\" key, nor "
                         "savedsearches.conf, nor pages with a block under a heading \"Search\"");
    return 0;
}

int cli_load_searches(spl_cli *cli, size_t from, size_t to, bool many, cli_searches *out)
{
    for (size_t i = 0; i < cli->texts.len; i++) {
        const char *name = "search";
        if (cli->texts.len > 1) name = spl_cstring(cli->arena, spl_strf(cli->arena, "search %zu", i + 1));
        add(cli, out, name, NULL, spl_str_of(cli->texts.data[i]), 1, 1);
    }
    for (size_t i = from; i < to; i++) {
        int status = load_operand(cli, cli->operands.data[i], many, out);
        if (status) return status;
    }
    return 0;
}

int cli_load_one(spl_cli *cli, cli_search *search, size_t *next)
{
    cli_searches found = {0};
    int status;

    *next = 0;
    if (cli->texts.len > 1) return cli_usage_error(cli, "-e is given %zu times; one search is wanted", cli->texts.len);
    if (!cli->texts.len) {
        if (!cli->operands.len) return cli_usage_error(cli, "no search is given (-e TEXT or a path)");
        *next = 1;
    }
    status = cli_load_searches(cli, 0, *next, false, &found);
    if (status) return status;
    assert(found.len); /* an operand without a search is an error */
    if (found.len > 1)
        return cli_error(cli, SPL_USAGE, found.data[0].path,
                         "the file has %zu searches; --name STANZA takes one, as \"%s\"", found.len,
                         found.data[0].stanza);
    if (cli->stanza && !found.data[0].stanza) return cli_usage_error(cli, "--name is for a savedsearches.conf");
    *search = found.data[0];
    return 0;
}
