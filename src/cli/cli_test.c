/* cli_test.c -- spl test: runs the cases of .test files, of documentation blocks and of published detections.
 *
 * Each case is a search of its own in this process; case_judge.c compares what it gives. */
#include "cli/case_judge.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "writers/writer.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct test_tally {
    size_t passed, failed, skipped, updated;
    spl_buf junit; /* the testcase elements */
} test_tally;

/* --- running a case --- */

static bool to_memory(void *to, spl_str text)
{
    spl_buf_add(to, text);
    return true;
}

static void run_search(case_outcome *out)
{
    spl_frame frame;
    spl_output output = {0};
    spl_buf memory = spl_buf_in(out->arena);

    out->status = spl_search_compile(out->search);
    out->diag = spl_search_diag(out->search);
    if (out->status != SPL_OK) return;
    output.writer = spl_writer_find(SPL_S("ndjson"));
    output.query = spl_search_query(out->search);
    output.arena = out->arena;
    output.sink = to_memory;
    output.to = &memory;
    spl_worker *volatile worker = NULL;
    if (SPL_CATCH(&frame)) {
        out->status = frame.status;
    } else {
        spl_batch *batch;
        spl_status status;
        worker = output.worker = spl_worker_new(output.query, 0);
        spl_output_begin(&output);
        while ((status = spl_search_next(out->search, &batch)) == SPL_OK) {
            spl_output_batch(&output, batch);
            spl_batch_free(batch);
        }
        spl_output_end(&output);
        out->status = status == SPL_END ? SPL_OK : status;
        spl_frame_leave(&frame);
    }
    if (worker) spl_worker_free(worker);
    out->output = spl_buf_str(&memory);
}

static bool run_case(spl_cli *cli, const test_case *test, const char *state, case_outcome *out)
{
    const case_scene *scene = &test->scene;
    static const char *const inline_names[] = {"events"};
    cli_strings apps = {0}, macros = {0};
    spl_config config = cli_config(cli, NULL, 0);

    for (size_t i = 0; i < cli->apps.len; i++) SPL_PUSH(out->arena, &apps, cli->apps.data[i]);
    for (size_t i = 0; i < scene->apps.len; i++) SPL_PUSH(out->arena, &apps, scene->apps.data[i]);
    for (size_t i = 0; i < cli->macros.len; i++) SPL_PUSH(out->arena, &macros, cli->macros.data[i]);
    for (size_t i = 0; i < scene->macros.len; i++) SPL_PUSH(out->arena, &macros, scene->macros.data[i]);
    spl_inline_file *lookups = SPL_NEW_ARRAY(out->arena, scene->lookups.len, spl_inline_file);
    for (size_t i = 0; i < scene->lookups.len; i++)
        lookups[i] = (spl_inline_file){scene->lookups.data[i].name, scene->lookups.data[i].text};
    config.apps = apps.data;
    config.n_apps = apps.len;
    config.macros = macros.data;
    config.n_macros = macros.len;
    config.lookups = lookups;
    config.n_lookups = scene->lookups.len;
    if (scene->data == CASE_RECORDS || scene->data == CASE_RAW) {
        config.paths = inline_names;
        config.n_paths = 1;
        config.texts = &scene->text;
        config.records = scene->data == CASE_RECORDS;
    } else if (scene->data == CASE_FILES) {
        config.paths = scene->files.data;
        config.n_paths = scene->files.len;
        if (scene->each.len) config.each = scene->each.data;
    }
    config.now = scene->now ? scene->now : config.now;
    config.tz = scene->tz ? scene->tz : config.tz ? config.tz : "UTC";
    if (scene->earliest) config.earliest = scene->earliest;
    if (scene->latest) config.latest = scene->latest;
    config.metadata = spl_metadata_over(&scene->metadata, &config.metadata);
    config.splunk_limits |= scene->splunk_limits;
    config.state_dir = state;
    if (!config.threads) config.threads = 1; /* a case is small: threads would cost more than they give */
    out->search = cli_open_search(&config, &test->search);
    if (!out->search) return false;
    cli_interrupts(out->search);
    run_search(out);
    cli_interrupts(NULL);
    return true;
}

typedef struct patch {
    size_t begin, end;
    spl_str text;
} patch;
typedef SPL_VEC(patch) patches;

static bool write_patched(spl_cli *cli, const case_file *file, const patches *list)
{
    cli_out *out = cli_out_open(cli, file->path);
    size_t at = 0;
    bool good = out != NULL;
    for (size_t i = 0; good && i < list->len; i++) {
        good = cli_out_write(out, spl_str_sub(file->text, at, list->data[i].begin));
        if (good && at < list->data[i].begin && file->text.data[list->data[i].begin - 1] != '\n')
            good = cli_out_write(out, SPL_S("\n"));
        good = good && cli_out_write(out, list->data[i].text);
        at = list->data[i].end;
    }
    good = good && cli_out_write(out, spl_str_sub(file->text, at, file->text.len));
    return out && cli_out_close(cli, out, good) == 0 && good;
}

/* --- files --- */

/* What XML 1.0 has no way to write is left out; what is no UTF-8 becomes U+FFFD. */
static void xml_text(spl_buf *out, spl_str text)
{
    for (size_t i = 0, begin = 0; i < text.len; begin = i) {
        uint32_t c = spl_utf8_next(text, &i);
        switch (c) {
        case '<': spl_buf_puts(out, "&lt;"); break;
        case '>': spl_buf_puts(out, "&gt;"); break;
        case '&': spl_buf_puts(out, "&amp;"); break;
        case '"': spl_buf_puts(out, "&quot;"); break;
        case 0xFFFD: spl_buf_puts(out, "\xEF\xBF\xBD"); break;
        default:
            if ((c >= 0x20 || c == '\n' || c == '\t') && c != 0xFFFE && c != 0xFFFF)
                spl_buf_add(out, spl_str_sub(text, begin, i));
        }
    }
}

static void junit_case(spl_cli *cli, test_tally *tally, const case_file *file, const test_case *test, double time,
                       const char *kind, spl_str text)
{
    if (!cli->junit) return;
    spl_buf_puts(&tally->junit, "    <testcase classname=\"");
    xml_text(&tally->junit, spl_str_of(file->path));
    spl_buf_printf(&tally->junit, "\" name=\"line %u", test->line);
    if (test->search.path && strcmp(test->search.path, file->path) != 0) {
        spl_buf_puts(&tally->junit, ", ");
        xml_text(&tally->junit, cli_search_label(cli->arena, &test->search));
    }
    spl_buf_printf(&tally->junit, "\" time=\"%.6f\"", time);
    if (!kind) {
        spl_buf_puts(&tally->junit, "/>\n");
        return;
    }
    ptrdiff_t line = spl_str_find(text, SPL_S("\n"), 0);
    spl_buf_printf(&tally->junit, "><%s message=\"", kind);
    xml_text(&tally->junit, spl_str_trim(line < 0 ? text : spl_str_sub(text, 0, (size_t)line)));
    spl_buf_puts(&tally->junit, "\">");
    xml_text(&tally->junit, text);
    spl_buf_printf(&tally->junit, "</%s></testcase>\n", kind);
}

static void print_failure(const case_file *file, const test_case *test, spl_str why)
{
    printf("FAIL %s:%u\n", file->path, test->line);
    spl_str text = test->search.text;
    for (size_t at = 0; at < text.len;) {
        const char *newline = memchr(text.data + at, '\n', text.len - at);
        size_t end = newline ? (size_t)(newline - text.data) : text.len;
        printf("    %.*s\n", SPL_FMT(spl_str_sub(text, at, end)));
        at = end + 1;
    }
    printf("%.*s", SPL_FMT(why));
}

static bool wanted(const spl_cli *cli, const case_file *file, const test_case *test)
{
    if (!cli->filter) return true;
    spl_str filter = spl_str_of(cli->filter);
    return spl_str_find(spl_str_of(file->path), filter, 0) >= 0 || spl_str_find(test->search.text, filter, 0) >= 0;
}

static void test_one(spl_cli *cli, const case_file *file, const test_case *test, const char *state, test_tally *tally,
                     patches *list)
{
    double began = spl_clock_seconds();
    case_outcome out = {.arena = spl_arena_new(cli->account), .status = SPL_REFUSED};
    spl_buf differs = spl_buf_in(out.arena);

    if (test->skipped) {
        tally->skipped++;
        printf("skipped, %s: %s:%u\n", test->problem, file->path, test->line);
        junit_case(cli, tally, file, test, 0, "skipped", spl_str_of(test->problem));
        spl_arena_free(out.arena);
        return;
    }
    if (test->problem) {
        spl_buf_printf(&differs, "    %s\n", test->problem);
    } else if (!run_case(cli, test, state, &out)) {
        spl_buf_puts(&differs, "    out of memory\n");
    } else {
        case_judge(cli, test, &out, &differs);
        if (differs.len && cli->update && test->end != SIZE_MAX && !cli_interrupted()) {
            spl_buf text = spl_buf_in(cli->arena);
            case_expectations(test, &out, &text);
            patch patched = {test->begin, test->end, spl_buf_str(&text)};
            SPL_PUSH(cli->arena, list, patched);
            tally->updated++;
        }
    }
    spl_str why = spl_buf_str(&differs);
    if (why.len) {
        tally->failed++;
        print_failure(file, test, why);
        junit_case(cli, tally, file, test, spl_clock_seconds() - began, "failure", why);
    } else {
        tally->passed++;
        junit_case(cli, tally, file, test, spl_clock_seconds() - began, NULL, why);
    }
    if (out.search) spl_search_free(out.search);
    spl_arena_free(out.arena);
}

/* Removes what a test's outputlookup, collect and the like have written: plain files in folders. */
static void remove_tree(const char *path, int depth)
{
    char below[4096];
    DIR *folder = depth < 16 ? opendir(path) : NULL;
    if (folder) {
        const struct dirent *entry;
        while ((entry = readdir(folder))) {
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            struct stat info;
            int n = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            if (n < 0 || (size_t)n >= sizeof below || lstat(below, &info) != 0) continue;
            if (S_ISDIR(info.st_mode))
                remove_tree(below, depth + 1);
            else
                (void)unlink(below);
        }
        closedir(folder);
    }
    (void)rmdir(path);
}

static bool test_file(spl_cli *cli, const char *path, bool named, const char *scratch, test_tally *tally)
{
    case_file file = {0};
    patches list = {0};
    bool detection = cli_has_suffix(path, ".yml") || cli_has_suffix(path, ".yaml");
    bool page = cli_has_suffix(path, ".md");

    if (!case_file_read(cli, path, &file)) return false;
    if (!file.cases.len && (named || (!detection && !page))) {
        tally->failed++;
        printf("FAIL %s\n    the file has no cases\n", path);
        return true;
    }
    const char *state = cli->config.state_dir;
    if (!state) state = spl_cstring(cli->arena, spl_strf(cli->arena, "%s/state", scratch));
    for (size_t i = 0; i < file.cases.len && !cli_interrupted(); i++)
        if (wanted(cli, &file, &file.cases.data[i])) test_one(cli, &file, &file.cases.data[i], state, tally, &list);
    if (!cli->config.state_dir) remove_tree(state, 0);
    return !list.len || write_patched(cli, &file, &list);
}

static bool is_test_file(const char *path)
{
    return cli_has_suffix(path, ".test") || cli_has_suffix(path, ".yml") || cli_has_suffix(path, ".yaml") ||
           cli_has_suffix(path, ".md");
}

static int write_junit(spl_cli *cli, const test_tally *tally, double time)
{
    cli_out *out = cli_out_open(cli, cli->junit);
    spl_buf text = spl_buf_in(cli->arena);

    if (!out) return SPL_IO;
    spl_buf_printf(&text,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                   "  <testsuite name=\"spl\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
                   tally->passed + tally->failed + tally->skipped, tally->failed, tally->skipped, time);
    spl_buf_add(&text, spl_buf_str(&tally->junit));
    spl_buf_puts(&text, "  </testsuite>\n</testsuites>\n");
    bool good = cli_out_write(out, spl_buf_str(&text));
    return cli_out_close(cli, out, good) || !good ? SPL_IO : 0;
}

static int test(spl_cli *cli)
{
    cli_strings files = {0};
    test_tally tally = {.junit = spl_buf_in(cli->arena)};
    const char *folder = getenv("TMPDIR");
    double began = spl_clock_seconds();
    int status = 0;

    if (!cli->operands.len) return cli_usage_error(cli, "no test is given (a .test file, a detection or a folder)");
    char *scratch =
        spl_cstring(cli->arena, spl_strf(cli->arena, "%s/spl-test-XXXXXX", folder && *folder ? folder : "/tmp"));
    if (!mkdtemp(scratch)) return cli_error(cli, SPL_IO, scratch, "could not make a folder: %s", strerror(errno));
    for (size_t i = 0; i < cli->operands.len && !status; i++) {
        struct stat info;
        const char *path = cli->operands.data[i];
        bool named = stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
        size_t from = files.len;
        if (!cli_walk(cli, path, is_test_file, &files)) status = SPL_IO;
        for (size_t k = from; k < files.len && !cli_interrupted(); k++)
            if (!test_file(cli, files.data[k], named, scratch, &tally)) status = SPL_IO;
    }
    remove_tree(scratch, 0);
    if (!status && cli->junit) status = write_junit(cli, &tally, spl_clock_seconds() - began);
    if (!status && !(tally.passed + tally.failed + tally.skipped)) {
        if (cli->filter)
            printf("no cases: neither a file's name nor a search contains \"%s\" (-k)\n", cli->filter);
        else
            printf("no cases in %s: tests stand in .test files, detections (.yml) with tests, pages (.md)\n",
                   cli->operands.data[0]);
        tally.failed++;
    }
    if (tally.updated) printf("%zu expectations rewritten\n", tally.updated);
    printf("%zu passed, %zu failed, %zu skipped\n", tally.passed, tally.failed, tally.skipped);
    return status ? status : tally.failed ? SPL_REFUSED : 0;
}

const cli_command cli_test_command = {
    .name = "test",
    .usage = "[options] PATH...",
    .summary = "Run detection tests against their fixtures.",
    .details =
        "PATH is a .test file, a detection .yml with tests, a documentation page with ```spl blocks, or a folder of\n"
        "these. The zone is UTC unless given. docs/reference/formats/test.md tells the format of .test files.\n",
    .options = CLI_KNOWLEDGE | CLI_TIME | CLI_RUN | CLI_THREADS | CLI_TEST | CLI_DIAGNOSTICS,
    .run = test,
};
