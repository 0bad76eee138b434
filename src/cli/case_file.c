/* case_file.c -- reads .test files, the ```spl blocks of documentation, and the tests: of published detections. */
#include "cli/case_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

enum { LARGEST = 64 << 20 };

typedef struct reader {
    spl_cli *cli;
    case_file *file;
    spl_str text; /* up to END of the stretch that is read */
    size_t at;
    uint32_t line; /* number of the line at AT */
    case_scene scene;
    bool block; /* of a documentation page */
} reader;

static bool peek(const reader *r, spl_str *line, size_t *next)
{
    if (r->at >= r->text.len) return false;
    const char *newline = memchr(r->text.data + r->at, '\n', r->text.len - r->at);
    size_t end = newline ? (size_t)(newline - r->text.data) : r->text.len;
    *line = spl_str_sub(r->text, r->at, end);
    if (line->len && line->data[line->len - 1] == '\r') line->len--;
    *next = newline ? end + 1 : r->text.len;
    return true;
}

static void step(reader *r, size_t next)
{
    r->at = next;
    r->line++;
}

static bool is_blank(spl_str line)
{
    return spl_str_trim(line).len == 0;
}

/* The first word of TEXT; *REST is what follows it, trimmed. */
static spl_str first_word(spl_str text, spl_str *rest)
{
    size_t end = 0;
    while (end < text.len && !spl_is_space(text.data[end])) end++;
    *rest = spl_str_trim(spl_str_sub(text, end, text.len));
    return spl_str_sub(text, 0, end);
}

static const char *copy(reader *r, spl_str text)
{
    return spl_cstring(r->cli->arena, text);
}

/* A path of a directive: relative to the file's folder, or to one of the folders above it. NULL: nowhere. */
static const char *find_path(reader *r, spl_str name)
{
    spl_arena *arena = r->cli->arena;
    struct stat info;

    if (name.len && name.data[0] == '/') {
        const char *path = copy(r, name);
        return stat(path, &info) == 0 ? path : NULL;
    }
    spl_str folder = spl_str_of(r->file->path);
    char *absolute = realpath(r->file->path, NULL);
    if (absolute) {
        folder = spl_str_copy(arena, spl_str_of(absolute));
        free(absolute);
    }
    while (folder.len) {
        while (folder.len && folder.data[folder.len - 1] != '/') folder.len--;
        const char *path = spl_cstring(arena, spl_strf(arena, "%.*s%.*s", SPL_FMT(folder), SPL_FMT(name)));
        if (stat(path, &info) == 0) return path;
        if (folder.len) folder.len--;
    }
    return NULL;
}

/* Lines up to a blank one, or for records up to one that is no data. */
static spl_str data_lines(reader *r, bool records)
{
    size_t begin = r->at, next;
    spl_str line;
    while (peek(r, &line, &next) && !is_blank(line) &&
           !(records && line.data[0] != '{' && line.data[0] != '#' && !spl_is_space(line.data[0])))
        step(r, next);
    return spl_str_sub(r->text, begin, r->at);
}

/* Records without the comment lines among them. */
static spl_str without_comments(reader *r, spl_str text)
{
    spl_buf out = spl_buf_in(r->cli->arena);
    reader lines = {.text = text};
    spl_str line;
    for (size_t next; peek(&lines, &line, &next); lines.at = next)
        if (!line.len || line.data[0] != '#') spl_buf_add(&out, spl_str_sub(text, lines.at, next));
    return spl_buf_str(&out);
}

static const char **scene_word(case_scene *scene, spl_str name)
{
    if (spl_str_is(name, "now")) return &scene->now;
    if (spl_str_is(name, "tz")) return &scene->tz;
    if (spl_str_is(name, "earliest")) return &scene->earliest;
    if (spl_str_is(name, "latest")) return &scene->latest;
    if (spl_str_is(name, "sourcetype")) return &scene->metadata.sourcetype;
    if (spl_str_is(name, "source")) return &scene->metadata.source;
    if (spl_str_is(name, "host")) return &scene->metadata.host;
    if (spl_str_is(name, "index")) return &scene->metadata.index;
    return NULL;
}

/* A list that the cases above share is not changed: its copy is. */
static void push_string(reader *r, cli_strings *list, const char *item)
{
    cli_strings grown = {0};
    for (size_t i = 0; i < list->len; i++) SPL_PUSH(r->cli->arena, &grown, list->data[i]);
    SPL_PUSH(r->cli->arena, &grown, item);
    *list = grown;
}

static void add_lookup(reader *r, const char *name, spl_str text)
{
    case_scene *scene = &r->scene;
    size_t count = scene->lookups.len;
    case_lookup *items = SPL_NEW_ARRAY(r->cli->arena, count + 1, case_lookup);
    if (count) memcpy(items, scene->lookups.data, count * sizeof *items);
    items[count] = (case_lookup){name, text};
    scene->lookups.data = items;
    scene->lookups.len = scene->lookups.cap = count + 1;
}

/* A directive that sets the scene; the reader stands behind its line. NULL, or what is wrong; *KNOWN: it is one. */
static const char *scene_directive(reader *r, spl_str name, spl_str rest, bool *known)
{
    case_scene *scene = &r->scene;
    const char **word = scene_word(scene, name);

    *known = true;
    if (word) {
        *word = rest.len ? copy(r, rest) : NULL;
    } else if (spl_str_is(name, "events")) {
        spl_str text = without_comments(r, data_lines(r, true));
        scene->text = text;
        scene->data = text.len ? CASE_RECORDS : CASE_NONE;
    } else if (spl_str_is(name, "raw")) {
        scene->text = data_lines(r, false);
        scene->data = scene->text.len ? CASE_RAW : CASE_NONE;
    } else if (spl_str_is(name, "data")) {
        cli_strings files = {0};
        scene->data = CASE_FILES;
        scene->files = files;
        while (rest.len) {
            spl_str file = first_word(rest, &rest);
            const char *path = find_path(r, file);
            if (!path) return copy(r, spl_strf(r->cli->arena, "the data file \"%.*s\" is not there", SPL_FMT(file)));
            SPL_PUSH(r->cli->arena, &scene->files, path);
        }
        if (!scene->files.len) scene->data = CASE_NONE;
    } else if (spl_str_is(name, "macro")) {
        if (!rest.len) return "%macro takes NAME(ARGS)=DEFINITION";
        push_string(r, &scene->macros, copy(r, rest));
    } else if (spl_str_is(name, "app")) {
        if (!rest.len) {
            scene->apps = (cli_strings){0};
            return NULL;
        }
        const char *path = find_path(r, rest);
        if (!path) return copy(r, spl_strf(r->cli->arena, "the app \"%.*s\" is not there", SPL_FMT(rest)));
        push_string(r, &scene->apps, path);
    } else if (spl_str_is(name, "lookup")) {
        if (!rest.len) return "%lookup takes a file name";
        add_lookup(r, copy(r, rest), data_lines(r, false));
    } else if (spl_str_is(name, "limits")) {
        if (rest.len && !spl_str_is(rest, "splunk")) return "%limits takes splunk, or nothing";
        scene->splunk_limits = rest.len > 0;
    } else if (spl_str_is(name, "reset")) {
        *scene = (case_scene){0};
    } else {
        *known = false;
    }
    return NULL;
}

static bool expectation(spl_str line, case_line *out)
{
    static const struct {
        const char *name;
        case_expect kind;
    } names[] = {{"none", EXPECT_NONE},       {"count", EXPECT_COUNT}, {"columns", EXPECT_COLUMNS},
                 {"warning", EXPECT_WARNING}, {"note", EXPECT_NOTE},   {"fires", EXPECT_FIRES}};
    spl_str rest;

    out->whole = line;
    if (line.data[0] == '{') {
        out->kind = EXPECT_ROW;
        out->text = line;
        return true;
    }
    if (line.data[0] == '!') {
        out->kind = EXPECT_REFUSAL;
        out->text = spl_str_trim(spl_str_sub(line, 1, line.len));
        return true;
    }
    if (line.data[0] != '%') return false;
    spl_str name = first_word(spl_str_sub(line, 1, line.len), &rest);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!spl_str_is(name, names[i].name)) continue;
        out->kind = names[i].kind;
        out->text = rest;
        return true;
    }
    return false;
}

/* A double quote is open at the end of TEXT: the next line belongs to it. */
static bool is_open(spl_str text)
{
    bool open = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' &&
            (open || (i + 1 < text.len && (text.data[i + 1] == '"' || text.data[i + 1] == '\\'))))
            i++; /* as macro expansion has it: \" opens nothing */
        else if (text.data[i] == '"')
            open = !open;
    }
    return open;
}

static void use_file(reader *r, test_case *test, spl_str name)
{
    cli_searches found = {0};
    spl_str text, error, stanza = {0};
    spl_cli *cli = r->cli;
    const char *given = cli->stanza;
    const char *hash = memchr(name.data, '#', name.len);

    if (hash) {
        stanza = spl_str_sub(name, (size_t)(hash - name.data) + 1, name.len);
        name = spl_str_sub(name, 0, (size_t)(hash - name.data));
    }
    const char *path = find_path(r, name);
    if (!path) {
        test->problem = copy(r, spl_strf(cli->arena, "the search file \"%.*s\" is not there", SPL_FMT(name)));
        return;
    }
    cli->stanza = stanza.len ? copy(r, stanza) : NULL;
    if (!cli_read_file(cli->arena, path, LARGEST, &text, &error))
        test->problem = copy(r, error);
    else if (cli_searches_of(cli, path, text, true, &found) != 0 || !found.len)
        test->problem = "the search file could not be used";
    else if (found.len > 1)
        test->problem = "the file has several searches; %search FILE#STANZA takes one";
    else
        test->search = found.data[0];
    cli->stanza = given;
}

/* One paragraph that holds a case, or only directives. */
static void paragraph(reader *r)
{
    test_case test = {.must_run = r->block};
    spl_arena *arena = r->cli->arena;
    size_t search_begin = 0, search_end = 0, next;
    spl_str line, rest;
    bool typed = false, named = false, open = false;

    while (peek(r, &line, &next) && (open || !is_blank(line))) {
        case_line expected;
        bool data_follows = false;
        if (open) {
            step(r, next);
            search_end = test.begin = test.end = r->at;
            open = is_open(spl_str_sub(r->text, search_begin, search_end));
        } else if (line.data[0] == '#') {
            step(r, next);
        } else if (line.data[0] == '%' && spl_str_is(first_word(spl_str_sub(line, 1, line.len), &rest), "unordered")) {
            test.unordered = true;
            step(r, next);
        } else if (line.data[0] == '%' && spl_str_is(first_word(spl_str_sub(line, 1, line.len), &rest), "search")) {
            test.line = r->line;
            named = true;
            use_file(r, &test, rest);
            step(r, next);
            test.begin = test.end = r->at;
        } else if ((typed || named) && expectation(line, &expected)) {
            if (!test.expected.len) test.begin = r->at;
            SPL_PUSH(arena, &test.expected, expected);
            step(r, next);
            test.end = r->at;
        } else if (line.data[0] == '%') {
            bool known;
            spl_str name = first_word(spl_str_sub(line, 1, line.len), &rest);
            data_follows = spl_str_is(name, "events") || spl_str_is(name, "raw");
            if (data_follows || (rest.len && rest.data[0] == '#')) rest = (spl_str){0}; /* a comment */
            uint32_t at_line = r->line;
            step(r, next);
            const char *problem = scene_directive(r, name, rest, &known);
            if (!known)
                problem =
                    copy(r, spl_strf(arena, "unknown directive \"%%%.*s\"; docs/reference/formats/test.md lists them",
                                     SPL_FMT(name)));
            if (problem && !test.problem) {
                test.problem = problem;
                if (!test.line) test.line = at_line;
            }
        } else if (!typed && !named) {
            typed = true;
            test.line = r->line;
            search_begin = r->at;
            step(r, next);
            search_end = test.begin = test.end = r->at;
            open = is_open(line);
        } else if (typed && !test.expected.len && (line.data[0] == '|' || spl_is_space(line.data[0]))) {
            step(r, next);
            search_end = test.begin = test.end = r->at;
            open = is_open(spl_str_sub(r->text, search_begin, search_end));
        } else {
            if (!test.problem)
                test.problem = copy(r, spl_strf(arena, "line %u is neither search nor expectation", r->line));
            step(r, next);
        }
    }
    if (!typed && !named && !test.problem) return;
    if (typed) {
        test.search.path = "search";
        test.search.text = spl_str_sub(r->text, search_begin, search_end);
        test.search.first_line = test.search.first_column = 1;
        while (test.search.text.len && spl_is_space(test.search.text.data[test.search.text.len - 1]))
            test.search.text.len--;
    }
    test.scene = r->scene;
    SPL_PUSH(arena, &r->file->cases, test);
}

static void read_cases(reader *r)
{
    spl_str line;
    size_t next;
    while (peek(r, &line, &next)) {
        if (is_blank(line) || line.data[0] == '#')
            step(r, next);
        else
            paragraph(r);
    }
}

/* The ```spl blocks of a page; each has its own scene. */
static void read_page(reader *r)
{
    spl_str line, whole = r->text;
    size_t next;
    while (peek(r, &line, &next)) {
        bool begins = spl_str_is(spl_str_trim(line), "```spl");
        step(r, next);
        if (!begins) continue;
        size_t end = r->at;
        reader probe = *r;
        while (peek(&probe, &line, &next) && !spl_str_is(spl_str_trim(line), "```")) end = probe.at = next;
        r->text.len = end;
        r->scene = (case_scene){0};
        read_cases(r);
        r->text = whole;
    }
}

/* --- published detections --- */

static spl_str scalar(const yaml_node_t *node)
{
    if (!node || node->type != YAML_SCALAR_NODE) return (spl_str){0};
    return spl_str_cut((const char *)node->data.scalar.value, node->data.scalar.length);
}

static yaml_node_t *member(yaml_document_t *document, const yaml_node_t *mapping, const char *name)
{
    if (!mapping || mapping->type != YAML_MAPPING_NODE) return NULL;
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++)
        if (spl_str_is(scalar(yaml_document_get_node(document, pair->key)), name))
            return yaml_document_get_node(document, pair->value);
    return NULL;
}

/* The file below --data that the address names: the longest tail of its path that is there, of two parts at least. */
static const char *find_data(reader *r, spl_str address)
{
    spl_arena *arena = r->cli->arena;
    struct stat info;
    size_t parts = 0;

    if (!r->cli->data_dir) return NULL;
    for (size_t i = 0; i < address.len; i++)
        if (address.data[i] == '?' || address.data[i] == '#') address.len = i;
    for (size_t i = 0; i < address.len; i++) parts += address.data[i] == '/';
    for (size_t at = 0; parts > 0; parts--) {
        const char *path = spl_cstring(
            arena, spl_strf(arena, "%s/%.*s", r->cli->data_dir, SPL_FMT(spl_str_sub(address, at, address.len))));
        if (spl_str_find(spl_str_of(path), SPL_S("/../"), 0) < 0 && stat(path, &info) == 0) return path;
        while (at < address.len && address.data[at] != '/') at++;
        at++;
    }
    return NULL;
}

/* A word of one item of attack_data; NULL where it says none. */
static const char *word_of(reader *r, yaml_document_t *document, const yaml_node_t *item, const char *key)
{
    spl_str value = scalar(member(document, item, key));
    return value.len ? copy(r, value) : NULL;
}

static void detection_test(reader *r, yaml_document_t *document, const yaml_node_t *node, const cli_search *search)
{
    test_case test = {.search = *search, .line = (uint32_t)node->start_mark.line + 1};
    case_line fires = {.kind = EXPECT_FIRES};
    yaml_node_t *list = member(document, node, "attack_data");
    spl_str condition = scalar(member(document, node, "pass_condition"));

    test.begin = test.end = SIZE_MAX;
    test.scene.data = CASE_FILES;
    if (condition.len && spl_str_ifind(condition, SPL_S("count = 0"), 0) >= 0) fires.kind = EXPECT_NONE;
    SPL_PUSH(r->cli->arena, &test.expected, fires);
    if (!list || list->type != YAML_SEQUENCE_NODE || list->data.sequence.items.start == list->data.sequence.items.top) {
        test.skipped = true;
        test.problem = "no data";
    } else {
        for (yaml_node_item_t *item = list->data.sequence.items.start; item < list->data.sequence.items.top; item++) {
            const yaml_node_t *data = yaml_document_get_node(document, *item);
            spl_str address = scalar(member(document, data, "data"));
            const char *path = find_data(r, address);
            if (path) {
                SPL_PUSH(r->cli->arena, &test.scene.files, path);
                SPL_PUSH(r->cli->arena, &test.scene.each,
                         (spl_metadata){word_of(r, document, data, "sourcetype"), word_of(r, document, data, "source"),
                                        word_of(r, document, data, "host"), word_of(r, document, data, "index")});
            } else {
                test.skipped = true;
                test.problem = copy(r, spl_strf(r->cli->arena, "no data: %.*s", SPL_FMT(address)));
            }
        }
    }
    SPL_PUSH(r->cli->arena, &r->file->cases, test);
}

static bool read_detection(reader *r)
{
    yaml_parser_t parser;
    yaml_document_t document;
    cli_searches found = {0};

    if (cli_searches_of(r->cli, r->file->path, r->text, false, &found) != 0) return false;
    if (!found.len) return true; /* a YAML file of another kind */
    if (!yaml_parser_initialize(&parser)) return false;
    yaml_parser_set_input_string(&parser, (const unsigned char *)r->text.data, r->text.len);
    if (yaml_parser_load(&parser, &document)) {
        yaml_node_t *tests = member(&document, yaml_document_get_root_node(&document), "tests");
        if (tests && tests->type == YAML_SEQUENCE_NODE) {
            yaml_node_item_t *item = tests->data.sequence.items.start;
            for (; item < tests->data.sequence.items.top; item++)
                detection_test(r, &document, yaml_document_get_node(&document, *item), &found.data[0]);
        }
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return true;
}

bool case_file_read(spl_cli *cli, const char *path, case_file *file)
{
    spl_str error;
    reader r = {.cli = cli, .file = file, .line = 1};

    file->path = path;
    if (!cli_read_file(cli->arena, path, LARGEST, &file->text, &error)) {
        cli_error(cli, SPL_IO, path, "%.*s", SPL_FMT(error));
        return false;
    }
    r.text = file->text;
    if (cli_has_suffix(path, ".yml") || cli_has_suffix(path, ".yaml")) return read_detection(&r);
    r.block = cli_has_suffix(path, ".md");
    if (r.block)
        read_page(&r);
    else
        read_cases(&r);
    return true;
}
