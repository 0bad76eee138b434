/* test_registry.c -- what every command, function, aggregate, reader and writer owes: a summary, a reference entry, a
 * case that uses it, and an example that gives its result. */
#include "base/num.h"
#include "exec/by.h"
#include "readers/reader.h"
#include "spl.h"
#include "writers/writer.h"

#include <dirent.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>

static spl_account *account;
static spl_arena *arena;
static unsigned missing;

static void lacks(const char *kind, const char *name, const char *what)
{
    print_error("the %s \"%s\" lacks %s\n", kind, name, what);
    missing++;
}

static spl_str read_file(const char *path)
{
    spl_buf out = spl_buf_in(arena);
    FILE *file = fopen(path, "rb");
    size_t n;
    if (!file) return (spl_str){0};
    while ((n = fread(spl_buf_room(&out, 65536), 1, 65536, file)) > 0) out.len += n;
    fclose(file);
    return spl_buf_str(&out);
}

static void read_folder(const char *path, const char *suffix, spl_buf *out)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    if (!folder) return;
    while ((entry = readdir(folder))) {
        char below[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR) {
            read_folder(below, suffix, out);
        } else if (spl_str_ends(spl_str_of(entry->d_name), spl_str_of(suffix))) {
            spl_buf_add(out, read_file(below));
            spl_buf_char(out, '\n');
        }
    }
    closedir(folder);
}

static spl_str all_of(const char *below, const char *suffix)
{
    spl_buf out = spl_buf_in(arena);
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", SPL_ROOT, below);
    read_folder(path, suffix, &out);
    return spl_buf_str(&out);
}

/* NAME stands in TEXT as a word, followed by AFTER (a character, or 0 for anything that is not part of a word). */
static bool has_word(spl_str text, const char *name, char after)
{
    spl_str word = spl_str_of(name);
    for (ptrdiff_t at = spl_str_ifind(text, word, 0); at >= 0; at = spl_str_ifind(text, word, (size_t)at + 1)) {
        size_t end = (size_t)at + word.len;
        char before = at ? text.data[at - 1] : ' ', next = end < text.len ? text.data[end] : ' ';
        if (spl_is_word(before)) continue;
        if (after ? next == after : !spl_is_word(next)) return true;
    }
    return false;
}

/* The page docs/reference/KIND/NAME.md. */
static spl_str page_of(const char *kind, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/docs/reference/%s/%s.md", SPL_ROOT, kind, name);
    return read_file(path);
}

/* A row of a table, or a paragraph, names the option and says "no effect". */
static bool says_no_effect(spl_str page, const char *name)
{
    const spl_str words = SPL_S("no effect");
    for (ptrdiff_t at = spl_str_find(page, words, 0); at >= 0; at = spl_str_find(page, words, (size_t)at + 1)) {
        size_t begin = (size_t)at, end = (size_t)at;
        while (begin && page.data[begin - 1] != '\n') begin--;
        bool row = page.data[begin] == '|';
        while (begin && !row && !(page.data[begin - 1] == '\n' && page.data[begin] == '\n')) begin--;
        while (end < page.len &&
               !(page.data[end] == '\n' && (row || end + 1 == page.len || page.data[end + 1] == '\n')))
            end++;
        if (has_word(spl_str_sub(page, begin, end), name, 0)) return true;
    }
    return false;
}

static bool tells(spl_str page, const spl_option *option)
{
    return option->idle ? says_no_effect(page, option->name) : has_word(page, option->name, 0);
}

/* Each option that the command takes stands on its page, or on that of the command whose options it says it takes; of
 * one without effect the page says so. */
static void options_told(const spl_command *command)
{
    spl_str page = page_of("commands", command->name);
    if (spl_str_find(page, SPL_S("refused when a search is run"), 0) >= 0) return; /* options change nothing there */
    for (const spl_option *option = command->options; option && option->name; option++) {
        bool told = *option->name == '*' || tells(page, option);
        for (size_t i = 0; spl_commands[i] && !told; i++) {
            const char *other = spl_commands[i]->name;
            spl_str said[] = {spl_strf(arena, "options of %s", other),
                              spl_strf(arena, "options are those of %s", other),
                              spl_strf(arena, "arguments of %s", other)};
            for (size_t k = 0; k < sizeof said / sizeof *said && !told; k++)
                told = spl_str_find(page, said[k], 0) >= 0 && tells(page_of("commands", other), option);
        }
        if (!told)
            lacks("page of", command->name,
                  option->idle ? spl_cstring(arena, spl_strf(arena, "%s: no effect", option->name)) : option->name);
    }
}

static bool has_section(spl_str pages, const char *name)
{
    spl_str one = spl_strf(arena, "\n## %s\n", name), two = spl_strf(arena, "\n# %s\n", name);
    spl_str whole = spl_strf(arena, "\n%.*s", SPL_FMT(pages));
    return spl_str_find(whole, one, 0) >= 0 || spl_str_find(whole, two, 0) >= 0;
}

/* The first row of SEARCH as ndjson without its newline; empty if there is none, NULL data if it was refused. */
static spl_str run(const char *search)
{
    const spl_inline_file people = {"people.csv", SPL_S("uid,name,dept\n1,Amy,ops\n2,Bob,dev\n")};
    static const char *const path[] = {"events.json"};
    const spl_str events = SPL_S("{\"time\":\"2024-05-14T09:12:03Z\",\"user\":\"amy\",\"n\":1}\n");
    spl_config config = {.tz = "UTC",
                         .threads = 1,
                         .lookups = &people,
                         .n_lookups = 1,
                         .paths = path,
                         .n_paths = 1,
                         .texts = &events,
                         .builtin = SPL_ROOT,
                         .dry_run = true,
                         .state_dir = "no-such-folder"};
    spl_search *s = spl_search_new(&config, "search", spl_str_of(search), 1, 1);
    spl_buf out = spl_buf_in(arena);
    spl_batch *batch;
    bool first = true;

    assert_non_null(s);
    if (spl_search_compile(s) != SPL_OK) {
        spl_search_free(s);
        return (spl_str){0};
    }
    const spl_query *query = spl_search_query(s);
    while (spl_search_next(s, &batch) == SPL_OK) {
        for (uint32_t c = 0; first && c < batch->n_columns; c++) {
            spl_str name = spl_field_name(query->fields, batch->columns[c]->field);
            if (!spl_str_is(name, "x")) continue;
            spl_json_value(&out, batch->columns[c]->cells[spl_batch_row(batch, 0)]);
        }
        first = false;
        spl_batch_free(batch);
    }
    spl_search_free(s);
    return spl_buf_str(&out);
}

static bool gives(spl_str got, const char *result)
{
    if (spl_str_is(got, result)) return true;
    return !got.len && strcmp(result, "null") == 0;
}

static void commands(void **state)
{
    spl_str cases = all_of("tests/cases", ".test");
    (void)state;
    missing = 0;
    for (size_t i = 0; spl_commands[i]; i++) {
        const spl_command *command = spl_commands[i];
        if (!command->summary || !*command->summary) lacks("command", command->name, "a summary");
        if (!command->syntax || !*command->syntax) lacks("command", command->name, "a syntax");
        if (!page_of("commands", command->name).len)
            lacks("command", command->name, "a page in docs/reference/commands");
        if (!(command->traits & SPL_APP)) options_told(command);
        if (!has_word(cases, command->name, 0)) lacks("command", command->name, "a case in tests/cases");
        if (command->example && !(command->traits & SPL_APP)) {
            spl_str got = run(command->example);
            if (!got.data) lacks("command", command->name, "an example that runs");
        }
        for (const char *const *alias = command->aliases; alias && *alias; alias++)
            assert_ptr_equal(spl_command_find(spl_str_of(*alias)), command);
        for (const spl_option *o = command->options; o && o->type != SPL_OPTION_END; o++)
            if (*o->name != '*' && (!o->help || !*o->help)) lacks("command", command->name, o->name);
    }
    assert_int_equal(missing, 0);
}

typedef SPL_VEC(spl_str) texts;

static texts no_texts; /* whatever it says */

/* TELLS stand in the message or in the hint. */
static bool says(const spl_diagnostic *d, texts tells)
{
    for (size_t i = 0; i < tells.len; i++)
        if (spl_str_find(d->message, tells.data[i], 0) < 0 && spl_str_find(d->hint, tells.data[i], 0) < 0) return false;
    return true;
}

/* What is wrong with SEARCH: an error of CODE, any for NULL, at COLUMN of its line, that says TELLS. */
static bool refused_at(const char *search, bool check, const char *code, size_t column, texts tells)
{
    spl_config config = {
        .tz = "UTC", .threads = 1, .check_only = check, .dry_run = true, .state_dir = "no-such-folder"};
    spl_search *s = spl_search_new(&config, "search", spl_str_of(search), 1, 1);
    bool found = false;

    assert_non_null(s);
    spl_search_compile(s);
    const spl_diag *diag = spl_search_diag(s);
    for (size_t i = 0; i < spl_diag_len(diag); i++) {
        const spl_diagnostic *d = spl_diag_at(diag, i);

        spl_span at = d->span;

        while (at.source && at.source->used_at.source) at = at.source->used_at;
        if (d->severity == SPL_ERROR && (!code || strcmp(d->code, code) == 0) && spl_span_place(at).column == column &&
            says(d, tells))
            found = true;
    }
    spl_search_free(s);
    return found;
}

/* What a command needs before it looks at the value of an option itself. */
static const char *needed(const spl_command *command, const char *option)
{
    static const char *const needs[][3] = {{"bin", NULL, "n"},
                                           {"makemv", NULL, "n"},
                                           {"autoregress", NULL, "n"},
                                           {"gentimes", "end", "start=-1"},
                                           {"gentimes", "increment", "start=-1"},
                                           {"mcollect", NULL, "index=m"},
                                           {"meventcollect", NULL, "index=m"},
                                           {"mstats", "every", "avg(m) span=5s"},
                                           {"mstats", NULL, "chart=true avg(m) span=5s"},
                                           {"transaction", NULL, "n"}};

    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (strcmp(command->name, needs[i][0]) == 0 && (!needs[i][1] || strcmp(option, needs[i][1]) == 0))
            return needs[i][2];
    return command->args == SPL_ARGS_STATS ? "count" : "";
}

/* Where an option stands: behind the command, or in a clause of it. */
typedef struct place {
    const spl_command *command;
    const spl_segment *clause; /* or NULL */
    bool first;                /* before what else stands in the clause */
} place;

static const char *in_clause(const spl_segment *clause)
{
    if (clause->shape == SPL_ARGS_SEARCH) return "index=a";
    return strcmp(clause->keyword, "where") == 0 ? "sum > 1" : "n";
}

/* The command with one option must be refused at its name or at its value, to check and to run. OWN: by the command
 * itself, which may have another code for it. */
static void try_option(place at, const char *name, spl_str value, bool at_value, bool own, texts tells)
{
    const spl_command *command = at.command;
    const char *before = command->traits & SPL_GENERATES ? "| " : "| makeresults | ",
               *args = own || at.clause ? needed(command, name) : "";
    spl_buf text = spl_buf_in(arena);
    size_t column;

    spl_buf_printf(&text, "%s%s %s%s", before, command->name, args, *args ? " " : "");
    if (at.clause) {
        spl_buf_printf(&text, "%s ", at.clause->keyword);
        if (!at.first) spl_buf_printf(&text, "%s ", in_clause(at.clause));
    }
    column = text.len + 1 + (at_value ? strlen(name) + 1 : 0);
    spl_buf_printf(&text, "%s=%.*s", name, SPL_FMT(value));
    if (at.clause && at.first) spl_buf_printf(&text, " %s", in_clause(at.clause));
    for (int check = 0; check < 2; check++) {
        const char *search = spl_cstring(arena, spl_buf_str(&text));

        if (refused_at(search, check, own ? NULL : "bad-argument", column, tells)) continue;
        /* what belongs to a field cannot stand before it, whatever it is */
        if (own && at.first && refused_at(search, check, NULL, column - strlen(name) - 1, no_texts)) continue;
        print_error("%s%s: %s\n",
                    refused_at(search, check, NULL, column, no_texts) ? "what is allowed is not told" : "not refused",
                    check ? " by check" : "", search);
        missing++;
    }
}

static void try_text(place at, const char *name, const char *value, texts tells)
{
    try_option(at, name, spl_str_of(value), true, false, tells);
}

/* The values that a command says it refuses itself, blanks between them but in quotes. */
static void try_wrong(place at, const spl_option *option, texts tells)
{
    const char *value = option->wrong;

    while (*value) {
        size_t len = *value == '"'   ? strcspn(value + 1, "\"") + 2
                     : *value == '(' ? strcspn(value, ")") + 1
                                     : strcspn(value, " ");

        try_option(at, option->name, spl_str_cut(value, len), true, true, tells);
        value += len;
        while (*value == ' ') value++;
    }
}

static spl_str number_text(double number)
{
    char text[SPL_NUM_MAX];

    return spl_strf(arena, "%.*s", (int)spl_num_write(text, number, 0), text);
}

/* What a refusal of a value must say. */
static texts allowed(const spl_option *o)
{
    texts tells = {0};

    switch (o->type) {
    case SPL_OPTION_BOOL: SPL_PUSH(arena, &tells, SPL_S("true or false")); break;
    case SPL_OPTION_SPAN: SPL_PUSH(arena, &tells, SPL_S("a span of time")); break;
    case SPL_OPTION_FIELD: SPL_PUSH(arena, &tells, SPL_S("a field name")); break;
    case SPL_OPTION_ENUM:
        for (size_t i = 0; o->names[i]; i++) SPL_PUSH(arena, &tells, spl_str_of(o->names[i]));
        break;
    case SPL_OPTION_INT:
    case SPL_OPTION_NUMBER:
        SPL_PUSH(arena, &tells, o->type == SPL_OPTION_INT ? SPL_S("a whole number") : SPL_S("a number"));
        if (!(o->min < o->max)) break;
        if (o->min > -9e15) SPL_PUSH(arena, &tells, number_text(o->min));
        if (o->max < 9e15) SPL_PUSH(arena, &tells, number_text(o->max));
        break;
    case SPL_OPTION_TEXT:
    case SPL_OPTION_NODE:
    case SPL_OPTION_OWN:
        if (o->takes) SPL_PUSH(arena, &tells, spl_str_of(o->takes));
        break;
    case SPL_OPTION_END: break;
    }
    return tells;
}

static void try_range(place at, const spl_option *o, texts tells)
{
    try_text(at, o->name, o->type == SPL_OPTION_INT ? "1.5" : "inf", tells);
    if (!(o->min < o->max)) return;
    if (o->min > -9e15) try_option(at, o->name, spl_strf(arena, "%.0f", floor(o->min) - 1), true, false, tells);
    if (o->max < 9e15) try_option(at, o->name, spl_strf(arena, "%.0f", ceil(o->max) + 1), true, false, tells);
}

static void try_type(place at, const spl_option *o)
{
    texts tells = allowed(o);

    switch (o->type) {
    case SPL_OPTION_TEXT:
    case SPL_OPTION_FIELD: try_text(at, o->name, "(1 2)", tells); break;
    case SPL_OPTION_NODE:
    case SPL_OPTION_OWN:
        if (!o->wrong) lacks("option of", at.command->name, "values that it refuses (wrong)");
        break;
    case SPL_OPTION_END: break;
    default:
        try_text(at, o->name, "nonsense", tells);
        try_text(at, o->name, "-", tells);
        if (o->alias) try_text(at, o->alias, "nonsense", tells);
        break;
    }
    if (o->type == SPL_OPTION_INT || o->type == SPL_OPTION_NUMBER) try_range(at, o, tells);
    if (o->wrong) try_wrong(at, o, tells);
}

/* The options of the place, by the command's tables, and a name that there is none of. */
static void try_place(place at)
{
    const spl_option *const tables[] = {at.command->options, at.clause ? at.clause->options : NULL};
    bool any = false;
    texts names = {0};

    for (int i = 0; i < 2; i++)
        for (const spl_option *o = tables[i]; o && o->name; o++) {
            if (strcmp(o->name, "*") == 0) {
                any |= o->takes != NULL; /* without it the command refuses other names itself */
                continue;
            }
            SPL_PUSH(arena, &names, spl_str_of(o->name));
            try_type(at, o);
        }
    /* of an expression or of search terms it is a comparison */
    if (!any && at.command->args != SPL_ARGS_MIXED && !(at.clause && at.clause->shape == SPL_ARGS_SEARCH))
        try_option(at, "nosuchoption", SPL_S("1"), false, false, names);
}

/* Every option of every command, behind it and in each of its clauses: a wrong type, a value out of range or that the
 * command refuses itself, a name that there is none of. */
static void options(void **state)
{
    (void)state;
    missing = 0;
    for (size_t i = 0; spl_commands[i]; i++) {
        const spl_command *command = spl_commands[i];
        bool by = command->args == SPL_ARGS_STATS;

        /* in the first and in a search of terms, name=value is a comparison */
        if (command->args == SPL_ARGS_SEARCH || command->args == SPL_ARGS_WHERE || command->args == SPL_ARGS_EVAL)
            continue;
        try_place((place){command, NULL, false});
        for (const spl_segment *s = command->segments; s && s->keyword; s++) {
            by &= strcmp(s->keyword, "by") != 0;
            if (strchr(s->keyword, '=') || (s->shape == SPL_ARGS_SEARCH && !s->again)) continue;
            try_place((place){command, s, false});
            try_place((place){command, s, true});
        }
        if (!by) continue;
        try_place((place){command, &spl_by_segment, false});
        try_place((place){command, &spl_by_segment, true});
    }
    assert_int_equal(missing, 0);
}

/* CALL must be refused within its brackets or as a whole, to check and to run. */
static void try_call(spl_str call)
{
    spl_str head = SPL_S("| makeresults | eval x=if(isnull(");
    const char *search = spl_cstring(arena, spl_strf(arena, "%.*s%.*s),1,2)", SPL_FMT(head), SPL_FMT(call)));

    for (int check = 0; check < 2; check++) {
        bool found = false;

        for (size_t i = 0; i <= call.len && !found; i++)
            found = refused_at(search, check, NULL, head.len + 1 + i, no_texts);
        if (found) continue;
        print_error("not refused%s: %s\n", check ? " by check" : "", search);
        missing++;
    }
}

/* Literals of the wrong type, too few and too many arguments, and what the function says that it refuses. */
static void wrong_calls(const spl_function *f)
{
    int n = f->min_args > 0 ? f->min_args : f->max_args != 0 ? 1 : 0;

    for (int wrong = 0; wrong < n && f->args; wrong++) {
        size_t letters = strlen(f->args);
        char letter = f->args[(size_t)wrong < letters ? (size_t)wrong : letters - 1];
        spl_buf call = spl_buf_in(arena);

        if (letter != 'n' && letter != 'b') continue;
        spl_buf_printf(&call, "%s(", f->name);
        for (int i = 0; i < n; i++) spl_buf_printf(&call, "%s%s", i ? "," : "", i == wrong ? "\"text\"" : "a");
        spl_buf_char(&call, ')');
        try_call(spl_buf_str(&call));
    }
    if (f->min_args > 0) try_call(spl_strf(arena, "%s()", f->name));
    if (f->max_args >= 0) {
        spl_buf call = spl_buf_in(arena);

        spl_buf_printf(&call, "%s(a", f->name);
        for (int i = 0; i < f->max_args; i++) spl_buf_puts(&call, ",a");
        spl_buf_char(&call, ')');
        try_call(spl_buf_str(&call));
    }
    if (f->bind && !f->wrong) lacks("function", f->name, "calls that it refuses (wrong)");
    for (const char *at = f->wrong ? f->wrong : ""; *at;) {
        const char *end = strstr(at, " ; ");
        size_t len = end ? (size_t)(end - at) : strlen(at);

        try_call(spl_str_cut(at, len));
        at += len + (end ? 3 : 0);
    }
}

static void functions(void **state)
{
    spl_str pages = all_of("docs/reference/functions", ".md"), cases = all_of("tests/cases", ".test");
    (void)state;
    missing = 0;
    for (size_t i = 0; spl_functions[i]; i++) {
        const spl_function *function = spl_functions[i];
        if (!function->summary || !*function->summary) lacks("function", function->name, "a summary");
        if (!function->signature) lacks("function", function->name, "a signature");
        wrong_calls(function);
        if (!has_section(pages, function->name))
            lacks("function", function->name, "a section in docs/reference/functions");
        if (!has_word(cases, function->name, '(')) lacks("function", function->name, "a case in tests/cases");
        if (function->example && function->result) {
            const char *search = spl_cstring(arena, spl_strf(arena, "| makeresults | eval x=%s", function->example));
            spl_str got = run(search);
            if (!got.data || !gives(got, function->result)) {
                print_error("%s gives %.*s, not %s\n", function->example, SPL_FMT(got), function->result);
                missing++;
            }
        } else if (!function->impure) {
            lacks("function", function->name, "an example with its result");
        }
    }
    assert_int_equal(missing, 0);
}

static void aggregates(void **state)
{
    spl_str pages = all_of("docs/reference/aggregates", ".md"), cases = all_of("tests/cases", ".test");
    (void)state;
    missing = 0;
    for (size_t i = 0; spl_aggregates[i]; i++) {
        const spl_aggregate *aggregate = spl_aggregates[i];
        if (!aggregate->summary || !*aggregate->summary) lacks("aggregate", aggregate->name, "a summary");
        if (!page_of("aggregates", aggregate->name).len && !has_section(pages, aggregate->name))
            lacks("aggregate", aggregate->name, "a section in docs/reference/aggregates");
        /* all of them merge, and are spilled */
        if (!aggregate->update || !aggregate->merge || !aggregate->finish)
            lacks("aggregate", aggregate->name, "a hook");
        if (!aggregate->save || !aggregate->load) lacks("aggregate", aggregate->name, "save and load");
        if (!aggregate->numbered && !has_word(cases, aggregate->name, 0))
            lacks("aggregate", aggregate->name, "a case in tests/cases");
        if (aggregate->example && aggregate->result) {
            spl_str got = run(aggregate->example);
            if (!got.data || !gives(got, aggregate->result)) {
                print_error("%s gives %.*s, not %s\n", aggregate->example, SPL_FMT(got), aggregate->result);
                missing++;
            }
        } else {
            lacks("aggregate", aggregate->name, "an example with its result");
        }
    }
    assert_int_equal(missing, 0);
}

static void formats(void **state)
{
    (void)state;
    missing = 0;
    for (size_t i = 0; spl_readers[i]; i++) {
        if (!spl_readers[i]->summary || !*spl_readers[i]->summary) lacks("reader", spl_readers[i]->name, "a summary");
        if (!page_of("formats", spl_readers[i]->name).len)
            lacks("reader", spl_readers[i]->name, "a page in docs/reference/formats");
    }
    for (size_t i = 0; spl_writers[i]; i++) {
        if (!spl_writers[i]->summary || !*spl_writers[i]->summary) lacks("writer", spl_writers[i]->name, "a summary");
        if (!page_of("formats", spl_writers[i]->name).len)
            lacks("writer", spl_writers[i]->name, "a page in docs/reference/formats");
    }
    assert_int_equal(missing, 0);
}

static int setup(void **state)
{
    (void)state;
    account = spl_account_new(&(spl_account_config){0});
    arena = spl_arena_new(account);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    spl_account_free(account);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(commands), cmocka_unit_test(options),
                                       cmocka_unit_test(functions), cmocka_unit_test(aggregates),
                                       cmocka_unit_test(formats)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
