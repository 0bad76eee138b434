/* cli_check.c -- spl check: parses, expands and plans searches, reads no data, reports problems.
 *
 * Searches are independent, so threads take them in turn; what each has to say is collected and printed in order. */
#include "cli/cli.h"

#include "knowledge/audit.h"
#include "lang/parse.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct check_result {
    int status; /* 0, or the exit status of a failure that is no error of the search */
    bool errors, warnings;
    char *messages;
    size_t n_messages;
    char *tree;
    size_t n_tree;
    size_t unaccounted;
    SPL_VEC(const char *) codes; /* of its warnings, one each time; texts live with the program */
    spl_arena *arena;
} check_result;

typedef struct check_job {
    spl_cli *cli;
    spl_search *shared; /* what is known */
    const cli_searches *searches;
    check_result *results;
    atomic_size_t next;
} check_job;

static void collect(const spl_cli *cli, spl_search *search, check_result *result)
{
    const spl_diag *diag = spl_search_diag(search);
    FILE *out = open_memstream(&result->messages, &result->n_messages);

    if (out) {
        cli_show(cli, diag, 0, out);
        fclose(out);
    }
    for (size_t i = 0; i < spl_diag_len(diag); i++) {
        const spl_diagnostic *d = spl_diag_at(diag, i);
        if (d->severity == SPL_ERROR) result->errors = true;
        if (d->severity != SPL_WARNING) continue;
        result->warnings = true;
        for (uint64_t n = 0; n < (d->count ? d->count : 1); n++) SPL_PUSH(result->arena, &result->codes, d->code);
    }
    result->unaccounted = spl_search_unaccounted(search);
    const spl_node *ast = spl_search_ast(search);
    if (cli->ast && ast) {
        spl_buf tree = spl_buf_in(result->arena);
        spl_ast_dump(&tree, ast);
        result->tree = tree.data;
        result->n_tree = tree.len;
    }
}

static void check_one(check_job *job, size_t i)
{
    check_result *result = &job->results[i];
    spl_frame frame;
    const cli_search *text = &job->searches->data[i];
    spl_search *search = spl_search_new_in(job->shared, text->path, text->text, text->first_line, text->first_column);

    if (!search) {
        result->status = SPL_BOUND;
        return;
    }
    spl_status status = spl_search_compile(search);
    if (SPL_CATCH(&frame)) {
        result->status = cli_status(frame.status);
    } else {
        collect(job->cli, search, result);
        spl_frame_leave(&frame);
    }
    if (status == SPL_REFUSED) result->errors = true;
    if (status == SPL_IO || status == SPL_BOUND || status == SPL_CANCELLED) result->status = cli_status(status);
    spl_search_free(search);
}

static void *work(void *ptr)
{
    check_job *job = ptr;
    for (;;) {
        size_t i = atomic_fetch_add(&job->next, 1);
        if (i >= job->searches->len) return NULL;
        check_one(job, i);
    }
}

static void run_threads(check_job *job, unsigned count)
{
    pthread_t threads[64];
    unsigned started = 0;
    if (count > 64) count = 64;
    while (started + 1 < count && pthread_create(&threads[started], NULL, work, job) == 0) started++;
    work(job);
    for (unsigned i = 0; i < started; i++) pthread_join(threads[i], NULL);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_codes(spl_cli *cli, const check_job *job)
{
    cli_strings codes = {0};
    const spl_diag *diag = spl_search_diag(job->shared);
    for (size_t i = 0; i < spl_diag_len(diag); i++)
        if (spl_diag_at(diag, i)->severity == SPL_WARNING) SPL_PUSH(cli->arena, &codes, spl_diag_at(diag, i)->code);
    for (size_t i = 0; i < job->searches->len; i++)
        for (size_t k = 0; k < job->results[i].codes.len; k++)
            SPL_PUSH(cli->arena, &codes, job->results[i].codes.data[k]);
    if (codes.len) qsort(codes.data, codes.len, sizeof *codes.data, by_text);
    for (size_t i = 0, end; i < codes.len; i = end) {
        for (end = i; end < codes.len && strcmp(codes.data[end], codes.data[i]) == 0;) end++;
        printf("%s %zu\n", codes.data[i], end - i);
    }
}

/* What a run would refuse, though to check it is a warning or a note. */
static bool refuses(const spl_diagnostic *d)
{
    static const char *const codes[] = {"missing-macro",       "missing-lookup",  "missing-datamodel",
                                        "missing-savedsearch", "unknown-command", "unknown-function",
                                        "unsupported-lookup",  "not-here"};

    if (d->severity == SPL_ERROR) return true;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(d->code, codes[i]) == 0) return true;
    return false;
}

static spl_str why_refused(void *context, spl_arena *arena, const char *name, spl_str text)
{
    spl_search *search = spl_search_new_in(context, name, text, 1, 1);
    spl_str why = {"", 0};
    const spl_diag *diag;

    if (!search) spl_fail(SPL_BOUND, "memory is short");
    spl_search_compile(search);
    diag = spl_search_diag(search);
    for (size_t i = 0; i < spl_diag_len(diag) && !why.len; i++)
        if (refuses(spl_diag_at(diag, i))) why = spl_str_copy(arena, spl_diag_at(diag, i)->message);
    spl_search_free(search);
    return why;
}

/* All that the apps say, without a search. */
static int check_apps(spl_cli *cli)
{
    spl_config config = cli_config(cli, NULL, 0);
    spl_search *search;
    spl_frame frame;
    spl_audit audit = {0};
    size_t stanzas = 0, named = 0, applied = 0, ignored = 0, unknown = 0;
    volatile int status = 0;

    config.check_only = true;
    search = spl_search_new(&config, "search", SPL_S(""), 1, 1);
    if (!search) return cli_no_memory(cli);
    if (SPL_CATCH(&frame)) {
        status = cli_error(cli, cli_status(frame.status), NULL, "%s", frame.message);
    } else {
        spl_audit_apps(spl_search_query(search), &audit, why_refused, search);
        spl_frame_leave(&frame);
    }
    cli_show(cli, spl_search_diag(search), 0, stderr);
    for (size_t i = 0; i < audit.files.len; i++) {
        const spl_audit_file *file = &audit.files.data[i];
        printf("%.*s: %zu stanzas, %zu named; settings: %zu applied, %zu of a server, %zu unknown\n",
               SPL_FMT(file->path), file->stanzas, file->named, file->applied, file->ignored, file->unknown);
        stanzas += file->stanzas;
        named += file->named;
        applied += file->applied;
        ignored += file->ignored;
        unknown += file->unknown;
    }
    if (!status)
        printf("%zu stanzas: %zu loaded, %zu named in warnings; %zu settings applied, %zu of a server, %zu unknown; "
               "%zu lookups, %zu data models\n",
               stanzas, stanzas - named, named, applied, ignored, unknown, audit.lookups, audit.models);
    if (!status && spl_diag_count(spl_search_diag(search), SPL_ERROR)) status = SPL_REFUSED;
    spl_search_free(search);
    return status;
}

static int check(spl_cli *cli)
{
    cli_searches searches = {0};
    size_t ok = 0, warnings = 0, errors = 0, unaccounted = 0;
    int failure = 0;

    if (!cli->texts.len && !cli->operands.len && !cli->after.len && cli->apps.len) return check_apps(cli);
    if (!cli->texts.len && !cli->operands.len)
        return cli_usage_error(cli, "no search is given (-e TEXT, a path or a folder), and no app (--app DIR)");
    for (size_t i = 0; i < cli->after.len; i++) SPL_PUSH(cli->arena, &cli->operands, cli->after.data[i]);
    int status = cli_load_searches(cli, 0, cli->operands.len, true, &searches);
    if (status) return status;

    spl_config config = cli_config(cli, NULL, 0);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = cli->config.threads ? cli->config.threads : cores > 0 ? (unsigned)cores : 1;
    config.check_only = true;
    config.threads = 1;
    check_job job = {.cli = cli, .searches = &searches};
    job.shared = spl_search_new(&config, "search", SPL_S(""), 1, 1);
    if (!job.shared) return cli_no_memory(cli);
    if (spl_search_share(job.shared) != SPL_OK) failure = SPL_REFUSED;
    job.results = SPL_NEW_ARRAY(cli->arena, searches.len, check_result);
    for (size_t i = 0; i < searches.len; i++) job.results[i].arena = spl_arena_new(cli->account);
    run_threads(&job, threads < searches.len ? threads : (unsigned)searches.len);

    for (size_t i = 0; i < searches.len; i++) {
        check_result *result = &job.results[i];
        spl_str label = cli_search_label(cli->arena, &searches.data[i]);
        const char *verdict = result->errors || result->status ? "error" : result->warnings ? "warning" : "ok";
        if (result->status) failure = result->status;
        if (result->messages) {
            fflush(stdout);
            fwrite(result->messages, 1, result->n_messages, stderr);
            free(result->messages);
        }
        errors += *verdict == 'e';
        warnings += *verdict == 'w';
        ok += *verdict == 'o';
        unaccounted += result->unaccounted;
        printf("%s %.*s\n", verdict, SPL_FMT(label));
        if (result->n_tree) fwrite(result->tree, 1, result->n_tree, stdout);
    }
    fflush(stdout);
    cli_show(cli, spl_search_diag(job.shared), 0, stderr); /* troubles of apps: once, whatever search met them */
    print_codes(cli, &job);
    spl_search_free(job.shared);
    printf("%zu bytes of search text unaccounted for\n", unaccounted);
    printf("%zu searches: %zu ok, %zu with warnings, %zu with errors\n", searches.len, ok, warnings, errors);
    return failure ? failure : errors ? SPL_REFUSED : 0;
}

const cli_command cli_check_command = {
    .name = "check",
    .usage = "[options] SEARCH... | --app DIR",
    .summary = "Parse, expand and plan searches and report problems; no data is read.",
    .details =
        "Prints \"ok\", \"warning\" or \"error\" for each search, how often each warning came, and a summary. A name "
        "that is\nnowhere defined (macro, lookup, data model, a command or function of an app) is a warning.\n"
        "\nWithout a search, with --app DIR: looks through all that the apps say, warns of what is wrong, missing or "
        "misspelt,\nand counts the stanzas that load and those that a warning names.\n",
    .options = CLI_SEARCH | CLI_KNOWLEDGE | CLI_TIME | CLI_THREADS | CLI_AST | CLI_DIAGNOSTICS,
    .run = check,
};
