/* search.c -- the embedding API (spl.h): a search from its text to its results.
 *
 * Everything of a search lives in one account: sources, tree, plan, batches. Each call opens a frame, so that a failure
 * deep inside comes back as a status, with its message among the diagnostics. */
#include "run/search.h"

#include "base/clock.h"
#include "base/num.h"
#include "knowledge/graph.h"
#include "knowledge/knowledge.h"
#include "knowledge/limits.h"
#include "knowledge/lookup.h"
#include "readers/reader.h"
#include "run/explain.h"
#include "run/plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *const *copy_list(spl_arena *arena, const char *const *list, size_t n)
{
    const char **copy = SPL_NEW_ARRAY(arena, n + 1, const char *);
    size_t i;

    for (i = 0; i < n; i++) copy[i] = spl_cstring(arena, spl_str_of(list[i]));
    return copy;
}

static const char *copy_word(spl_arena *arena, const char *word)
{
    return word ? spl_cstring(arena, spl_str_of(word)) : NULL;
}

static spl_metadata copy_metadata(spl_arena *arena, const spl_metadata *from)
{
    return (spl_metadata){copy_word(arena, from->sourcetype), copy_word(arena, from->source),
                          copy_word(arena, from->host), copy_word(arena, from->index)};
}

static void copy_config(spl_search *search, const spl_config *from)
{
    spl_arena *arena = search->query.arena;
    spl_config *to = &search->config;
    size_t i;

    *to = *from;
    to->apps = copy_list(arena, from->apps, from->n_apps);
    to->macros = copy_list(arena, from->macros, from->n_macros);
    to->paths = copy_list(arena, from->paths, from->n_paths);
    if (from->texts) {
        spl_str *texts = SPL_NEW_ARRAY(arena, from->n_paths, spl_str);

        for (i = 0; i < from->n_paths; i++) texts[i] = spl_str_copy(arena, from->texts[i]);
        to->texts = texts;
    }
    to->builtin = copy_word(arena, from->builtin);
    to->geoip = copy_word(arena, from->geoip);
    to->metadata = copy_metadata(arena, &from->metadata);
    if (from->each) {
        spl_metadata *each = SPL_NEW_ARRAY(arena, from->n_paths, spl_metadata);

        for (i = 0; i < from->n_paths; i++) each[i] = copy_metadata(arena, &from->each[i]);
        to->each = each;
    }
    to->earliest = copy_word(arena, from->earliest);
    to->latest = copy_word(arena, from->latest);
    to->now = copy_word(arena, from->now);
    to->tz = copy_word(arena, from->tz);
    to->state_dir = copy_word(arena, from->state_dir ? from->state_dir : ".spl");
    to->spill_dir = copy_word(arena, from->spill_dir ? from->spill_dir : "/tmp");
}

enum { MEMORY_FOR_WORDS = 64 << 10 };

/* A failed call: its words become a diagnostic, its run is closed. */
spl_status spl_search_fail(spl_search *search, const spl_frame *frame)
{
    spl_frame inner;

    search->failed = true;
    search->status = frame->status;
    if (search->run) spl_op_close(search->run); /* its workers end before there is memory for the words */
    search->run = NULL;
    spl_account_grant(search->query.account, MEMORY_FOR_WORDS);
    if (!SPL_CATCH(&inner)) { /* the system itself may have none left */
        spl_error(search->query.diag, (spl_span){0},
                  frame->status == SPL_BOUND ? "bound"
                  : frame->status == SPL_IO  ? "io"
                                             : "failed",
                  "%s", frame->message);
        spl_frame_leave(&inner);
    }
    return frame->status;
}

static const spl_macro *find_macro(void *context, spl_str name, uint32_t n_args)
{
    spl_search *search = context;

    return spl_knowledge_macro(search->query.knowledge, name, n_args);
}

static spl_str suggest_macro(void *context, spl_str name)
{
    spl_search *search = context;

    return spl_knowledge_suggest_macro(search->query.knowledge, search->query.arena, name);
}

/* An eval-based definition or a validation: an expression without an event. */
static bool eval_text(void *context, const spl_source *text, spl_str *result)
{
    spl_search *search = context;
    spl_query *query = &search->query;
    spl_node *node = spl_parse_expression(&search->env, text);
    spl_binder binder = {.query = query, .arena = query->arena, .diag = query->diag, .fields = query->fields};
    static const spl_command none = {.name = "macro", .op_size = sizeof(spl_op)};
    spl_op op = {.command = &none, .query = query};
    spl_worker *worker;
    spl_batch *batch;
    spl_eval ev = {0};
    spl_expr *expr;
    spl_value value;

    if (!node) return false;
    spl_fieldset_init(&op.reads, query->arena, query->fields);
    spl_fieldset_init(&op.makes, query->arena, query->fields);
    binder.op = &op;
    expr = spl_expr_bind(&binder, node);
    if (!expr) return false;
    worker = spl_worker_new(query, 0);
    batch = spl_batch_new(query->account, query->fields, 1);
    spl_eval_on(&ev, query, worker, batch);
    value = spl_eval_row(&ev, expr, 0);
    if (value.kind == SPL_KIND_BOOL) {
        *result = value.as.truth ? SPL_S("true") : SPL_S("false");
    } else if (value.kind == SPL_KIND_NULL) {
        *result = (spl_str){NULL, 0};
    } else {
        *result = spl_str_copy(query->arena, spl_value_text(batch->arena, value));
    }
    spl_batch_free(batch);
    spl_worker_free(worker);
    return true;
}

static void set_limits(spl_query *query, const spl_config *config)
{
    query->limits = (spl_limits){
        .sort_rows = 10000,
        .subsearch_rows = 10000,
        .join_rows = 50000,
        .list_values = 100,
        .match_limit = config->match_limit ? config->match_limit : 10000000,
        .depth_limit = 64 * 1024,
        .map_searches = 10,
        .splunk = config->splunk_limits,
    };
}

/* What is the search's own alone. */
static void begin_alone(spl_search *search, const spl_config *config)
{
    spl_query *query = &search->query;
    spl_arena *arena = query->arena;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    spl_knowledge_config knowledge;

    query->fields = spl_fields_new(arena);
    copy_config(search, config);
    config = &search->config;
    query->earliest = -HUGE_VAL;
    query->latest = HUGE_VAL;
    query->now = (double)time(NULL);
    query->threads = config->threads ? config->threads : cores > 0 ? (unsigned)cores : 1;
    query->state_dir = config->state_dir;
    query->spill_dir = config->spill_dir;
    query->state = spl_state_new(arena, query->state_dir, query->spill_dir);
    query->geoip = config->geoip;
    query->dry_run = config->dry_run;
    query->check_only = config->check_only;
    query->raw_tests = !config->no_raw_tests;
    query->count_all = config->count_all;
    query->asked_field = copy_word(arena, config->asked_field);
    query->deadline = HUGE_VAL;
    atomic_init(&query->cancel, 0);
    set_limits(query, config);
    query->zone = spl_zone_open(arena, config->tz);
    if (!query->zone) {
        spl_error(query->diag, (spl_span){0}, "bad-argument", "unknown time zone \"%s\"", config->tz);
        query->zone = spl_zone_open(arena, "UTC");
    }
    knowledge = (spl_knowledge_config){.apps = config->apps,
                                       .n_apps = config->n_apps,
                                       .macros = config->macros,
                                       .n_macros = config->n_macros,
                                       .builtin = config->no_builtin ? NULL : config->builtin,
                                       .state = query->state};
    query->knowledge = spl_knowledge_new(arena, query->diag, &knowledge);
    spl_limits_read(query);
    for (size_t i = 0; i < config->n_lookups; i++)
        spl_lookups_add_file(spl_knowledge_lookups(query->knowledge), config->lookups[i].name, config->lookups[i].text);
}

/* What it has in common with the others that share with SHARED; what it writes is its own. */
static void begin_shared(spl_search *search, spl_search *shared)
{
    spl_query *query = &search->query;
    const spl_query *from = &shared->query;

    search->config = shared->config;
    search->shared = shared;
    query->fields = from->fields;
    query->knowledge = from->knowledge;
    query->zone = from->zone;
    query->limits = from->limits;
    query->threads = from->threads;
    query->state_dir = from->state_dir;
    query->spill_dir = from->spill_dir;
    query->state = spl_state_new(query->arena, query->state_dir, query->spill_dir);
    query->geoip = from->geoip;
    query->dry_run = from->dry_run;
    query->check_only = from->check_only;
    query->raw_tests = from->raw_tests;
    query->count_all = from->count_all;
    query->deadline = from->deadline;
    query->now = from->now;
    query->outer = from;
    atomic_init(&query->cancel, 0);
}

static spl_search *search_new(const spl_config *config, spl_search *shared, const char *name, spl_str text,
                              uint32_t first_line, uint32_t first_column)
{
    assert(config);
    spl_account *account = spl_account_new(&(spl_account_config){.limit = shared ? 0 : config->memory,
                                                                 .separate = config->separate_allocations,
                                                                 .fail_after = config->fail_after,
                                                                 .outer = shared ? shared->query.account : NULL});
    spl_search *volatile made = NULL;
    spl_frame frame;

    if (!account) return NULL;
    if (SPL_CATCH(&frame)) {
        spl_account_free(account);
        return NULL;
    } else {
        spl_arena *arena = spl_arena_new(account);
        spl_search *search = SPL_NEW(arena, spl_search);
        spl_query *query = &search->query;

        query->account = account;
        query->arena = arena;
        query->diag = spl_diag_new(arena);
        search->source = spl_source_new(arena, spl_str_copy(arena, spl_str_of(name)), spl_str_copy(arena, text));
        search->source->first_line = first_line;
        search->source->first_column = first_column;
        if (shared) {
            begin_shared(search, shared);
        } else {
            begin_alone(search, config);
        }
        search->env = (spl_parse_env){.arena = arena,
                                      .diag = query->diag,
                                      .context = search,
                                      .find_macro = find_macro,
                                      .suggest_macro = suggest_macro,
                                      .eval = eval_text,
                                      .check = query->check_only,
                                      .depth_limit = 500,
                                      .size_limit = 16 << 20};
        query->parse = &search->env;
        made = search;
        spl_frame_leave(&frame);
    }
    return made;
}

spl_search *spl_search_new(const spl_config *config, const char *name, spl_str text, uint32_t first_line,
                           uint32_t first_column)
{
    return search_new(config, NULL, name, text, first_line, first_column);
}

spl_search *spl_search_new_in(spl_search *shared, const char *name, spl_str text, uint32_t first_line,
                              uint32_t first_column)
{
    return search_new(&shared->config, shared, name, text, first_line, first_column);
}

void spl_search_free(spl_search *search)
{
    if (!search) return;
    if (search->run) spl_op_close(search->run);
    spl_account_free(search->query.account);
}

bool spl_search_read(spl_search *search)
{
    if (search->ast) return true;
    search->expanded = spl_expand(&search->env, search->source);
    if (!search->expanded) return false;
    search->ast = spl_parse_pipeline(&search->env, search->expanded);
    return search->ast != NULL;
}

static bool read_time(spl_search *search, const char *option, const char *text, double *time)
{
    spl_query *query = &search->query;
    size_t at = 0;

    if (!text) return true;
    if (spl_num_parse(spl_str_of(text), time)) return true;
    if (spl_timespec(query->zone, spl_str_of(text), query->now, time, &at)) return true;
    spl_error(query->diag, (spl_span){0}, "bad-argument", "%s: \"%s\" is no time", option, text);
    spl_hint(query->diag, "Use a time modifier such as -7d@d, or epoch seconds.");
    return false;
}

/* The time of the newest event of DATA. */
static void now_of_data(spl_query *query)
{
    spl_worker *worker = spl_worker_new(query, 0);
    double newest = -HUGE_VAL;
    size_t i, at, begin, end, next;

    for (i = 0; query->data && i < spl_dataset_len(query->data); i++) {
        spl_input *input = spl_dataset_at(query->data, i);
        spl_str text = spl_input_map(input);

        for (at = input->body; input->reader->frame(input, text, at, true, &begin, &end, &next); at = next) {
            double time = input->reader->time(input, worker->clock, spl_str_sub(text, begin, end));

            if (time > newest) newest = time;
        }
        spl_query_poll(query);
    }
    if (newest > -HUGE_VAL) query->now = newest;
    spl_worker_free(worker);
}

static void set_deadline(spl_search *search);

static bool open_own_data(spl_search *search)
{
    const spl_config *config = &search->config;
    spl_query *query = &search->query;
    spl_data_options options = {.paths = config->paths,
                                .count = config->n_paths,
                                .records = config->records,
                                .metadata = config->metadata,
                                .each = config->each,
                                .texts = config->texts};

    if (config->n_paths && !config->check_only) query->data = spl_dataset_open(query, &options);
    if (config->now && strcmp(config->now, "data") == 0) {
        now_of_data(query);
    } else if (!read_time(search, "--now", config->now, &query->now)) {
        return false;
    }
    memcpy(&query->seed, &query->now, sizeof query->seed); /* --now fixes random() too */
    return read_time(search, "--earliest", config->earliest, &query->earliest) &&
           read_time(search, "--latest", config->latest, &query->latest);
}

bool spl_search_open(spl_search *search)
{
    spl_query *query = &search->query;
    const spl_query *from;

    if (!search->shared) return open_own_data(search);
    from = &search->shared->query;
    query->data = from->data;
    query->now = from->now;
    query->seed = from->seed;
    query->earliest = from->earliest;
    query->latest = from->latest;
    query->deadline = from->deadline;
    return true;
}

spl_status spl_search_share(spl_search *search)
{
    spl_frame frame;
    bool sound;

    if (SPL_CATCH(&frame)) return spl_search_fail(search, &frame);
    set_deadline(search);
    sound = open_own_data(search) && spl_diag_count(search->query.diag, SPL_ERROR) == 0;
    spl_frame_leave(&frame);
    return sound ? SPL_OK : SPL_REFUSED;
}

static void set_deadline(spl_search *search)
{
    if (search->shared || search->config.timeout <= 0) return;
    search->query.deadline = spl_clock_seconds() + search->config.timeout;
}

/* A search that is refused for want of what could not be read is not the search's fault. */
static spl_status refusal(const spl_diag *diag)
{
    size_t errors = 0, unread = 0;

    for (size_t i = 0; i < spl_diag_len(diag); i++) {
        const spl_diagnostic *d = spl_diag_at(diag, i);

        errors += d->severity == SPL_ERROR;
        unread += d->severity == SPL_ERROR && strcmp(d->code, "io") == 0;
    }
    return errors && errors == unread ? SPL_IO : SPL_REFUSED;
}

spl_status spl_search_compile(spl_search *search)
{
    spl_query *query = &search->query;
    spl_frame frame;
    bool sound;

    if (SPL_CATCH(&frame)) return spl_search_fail(search, &frame);
    set_deadline(search);
    sound = spl_search_read(search);
    if (search->ast && (query->check_only || spl_diag_count(query->diag, SPL_ERROR) == 0)) {
        sound = spl_search_open(search) && sound;
        if (spl_diag_count(query->diag, SPL_ERROR) == 0) {
            search->ast = spl_subsearch_resolve(query, &search->env, search->ast, &search->expanded);
            if (search->ast) search->plan = spl_plan_bind(query, search->ast, NULL, NULL);
        }
    }
    sound = sound && search->plan && spl_diag_count(query->diag, SPL_ERROR) == 0;
    spl_frame_leave(&frame);
    return sound ? SPL_OK : refusal(query->diag);
}

/* What a run without results may have missed. The run has ended well: a bound reached while its words are looked for
 * takes them away, and no more. */
static void tell_of_nothing(spl_search *search)
{
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        if (frame.status != SPL_BOUND) spl_fail(frame.status, "%s", frame.message);
        return;
    }
    if (!search->hunted)
        spl_explain_nothing(search->plan, search->rows);
    else if (!search->rows)
        spl_explain_absent(search->plan, false);
    spl_frame_leave(&frame);
}

spl_status spl_search_next(spl_search *search, spl_batch **batch)
{
    spl_frame frame;
    spl_status status;

    *batch = NULL;
    if (search->failed) return search->status;
    if (!search->plan) return SPL_REFUSED;
    if (SPL_CATCH(&frame)) {
        *batch = NULL;
        return spl_search_fail(search, &frame);
    }
    if (!search->run) {
        if (search->ran) {
            spl_frame_leave(&frame);
            return SPL_END;
        }
        search->ran = true;
        search->worker = spl_worker_new(&search->query, 0);
        search->run = spl_plan_run(search->plan, search->worker);
    }
    status = spl_op_next(search->run, batch);
    if (status == SPL_OK) search->rows += spl_batch_rows(*batch);
    if (status == SPL_END) {
        spl_explain_keep(search->plan, search->run);
        spl_op_close(search->run);
        search->run = NULL;
        spl_state_commit(search->query.state, search->query.diag);
        tell_of_nothing(search);
    }
    spl_frame_leave(&frame);
    return status;
}

void spl_search_cancel(spl_search *search)
{
    atomic_store(&search->query.cancel, SPL_CANCELLED);
}

bool spl_search_progress(const spl_search *search, uint64_t *done, uint64_t *all)
{
    const spl_scan *scan = search->plan ? search->plan->scan : NULL;

    if (!scan) return false;
    *all = scan->size;
    if (!*all) return false;
    *done = scan->bytes + scan->looked;
    if (scan->order == SPL_FEED_NEWEST) *all += scan->indexed ? scan->again : scan->size;
    return true;
}

const spl_diag *spl_search_diag(const spl_search *search)
{
    return search->query.diag;
}

const spl_query *spl_search_query(const spl_search *search)
{
    return &search->query;
}

const spl_node *spl_search_ast(const spl_search *search)
{
    return search->ast;
}

const spl_field *spl_search_columns(const spl_search *search, uint32_t *count)
{
    const spl_plan *plan = search->plan;
    size_t i = plan ? plan->n_stages : 0;

    *count = 0;
    while (i > 0 && (plan->stages[i - 1]->command->traits & SPL_FILTERS)) i--;
    if (i == 0 || !plan->stages[i - 1]->command->columns) return NULL;
    return plan->stages[i - 1]->command->columns(plan->stages[i - 1], search->query.arena, count);
}

size_t spl_search_unaccounted(const spl_search *search)
{
    return search->ast ? spl_ast_unaccounted(search->ast) : 0;
}

void spl_explain(const spl_search *search, spl_buf *out)
{
    if (search->plan) spl_explain_plan(search->plan, search->expanded, search->ran, out);
}

void spl_explain_field(const spl_search *search, spl_buf *out)
{
    const spl_scan *scan = search->plan ? search->plan->scan : NULL;
    size_t before;

    if (!search->query.asked_field) return;
    spl_buf_printf(out, "field %s\n", search->query.asked_field);
    before = out->len;
    if (scan && scan->for_all) spl_graph_explain(scan->for_all, spl_str_of(search->query.asked_field), out);
    if (out->len == before)
        spl_buf_puts(out, scan ? "  no app makes it: it is the format's own, or absent\n"
                               : "  the search reads no events\n");
}

void spl_run_summary(const spl_search *search, spl_buf *out)
{
    if (search->plan) spl_explain_summary(search->plan, out);
}
