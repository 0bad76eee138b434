/* loadjob.c -- the results of a job. No jobs are kept here; what a job of a saved search would give is computed. */
#include "commands/saved_search.h"
#include "exec/expand.h"

#include <stddef.h>

typedef struct loadjob_args {
    spl_str savedsearch;
    bool given, events;
    int64_t artifact_offset;
} loadjob_args;

static const spl_option options[] = {
    {.name = "savedsearch",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(loadjob_args, savedsearch),
     .given = offsetof(loadjob_args, given),
     .help = "user, app and name of the saved search, with colons between"},
    {.name = "events",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(loadjob_args, events),
     .help = "the events of the job: what comes to its first transforming command"},
    SPL_IDLE("job_delegate", TEXT, "the search gives the same for all"),
    {.name = "artifact_offset",
     .type = SPL_OPTION_INT,
     .offset = offsetof(loadjob_args, artifact_offset),
     .min = 0,
     .max = 9e15,
     .help = "how many jobs back: but for 0 refused"},
    SPL_IDLE("ignore_running", BOOL, "there are no running jobs"),
    {0},
};

static const spl_node *kept_by_a_server(spl_binder *binder, const spl_node *stage, const char *hint)
{
    if (binder->query->check_only) return spl_bind_text(binder, stage, "job", SPL_S("job"), SPL_S("search *"));
    spl_refuse(binder, stage->name_span, "not-here", "the results of this job are kept by a server");
    spl_hint(binder->diag, "%s", hint);
    return NULL;
}

/* The stages of the saved search before the first that makes results of events. */
static const spl_node *events_of(spl_binder *binder, const spl_node *stage, spl_str name)
{
    const spl_node *word = spl_expand_node(binder, stage, SPL_NODE_WORD, name), *search;
    const spl_conf_entry *saved = saved_search(binder, stage, word);
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    uint32_t n = 0;

    if (!saved && !binder->query->check_only) return NULL;
    search = spl_bind_text(binder, stage, "job", spl_strf(binder->arena, "job of %.*s", SPL_FMT(name)),
                           saved ? saved->value : SPL_S("search *"));
    if (!search) return NULL;
    while (n < search->n_kids && search->kids[n]->command &&
           !(search->kids[n]->command->traits & (SPL_TRANSFORMS | SPL_FIXES)) &&
           (n || strcmp(search->kids[n]->command->name, "search") == 0))
        n++;
    if (n == 0) {
        spl_bad_argument(binder, stage->name_span, "the saved search \"%.*s\" does not begin with search terms",
                         SPL_FMT(name));
        spl_hint(binder->diag, "events=true gives the events that they find: leave it out for the results.");
        return NULL;
    }
    spl_expand_add_all(binder, out, search->kids, n);
    return out;
}

static const spl_node *loadjob_expand(spl_binder *binder, const spl_node *stage)
{
    loadjob_args *given = SPL_NEW(binder->arena, loadjob_args);
    spl_args args = spl_args_of(stage);
    const spl_node *sid;
    spl_str name;
    spl_buf text = spl_buf_in(binder->arena);

    if (!spl_options_take(binder, stage, options, given)) return NULL;
    sid = spl_args_next(&args);
    if (sid && given->given) {
        spl_bad_argument(binder, sid->span, "loadjob takes the number of a job or savedsearch=, not both");
        return NULL;
    }
    if (sid)
        return kept_by_a_server(
            binder, stage, "Run the search itself, or keep its results with outputcsv and read them with inputcsv.");
    if (!given->given) {
        spl_lacks(binder, NULL, "the number of a job or savedsearch=", "savedsearch=\"admin:search:Daily errors\"");
        return NULL;
    }
    name = given->savedsearch;
    for (int part = 0; part < 2; part++) {
        const char *colon = name.len ? memchr(name.data, ':', name.len) : NULL;

        if (!colon) {
            spl_bad_argument(binder, stage->span,
                             "savedsearch= takes user, app and name with colons between, not \"%.*s\"",
                             SPL_FMT(given->savedsearch));
            spl_hint(binder->diag, "For example: savedsearch=\"admin:search:Daily errors\"");
            return NULL;
        }
        name = spl_str_sub(name, (size_t)(colon - name.data) + 1, name.len);
    }
    if (given->artifact_offset)
        return kept_by_a_server(binder, stage,
                                "What the saved search gives can be computed: leave out artifact_offset=.");
    if (given->events) return events_of(binder, stage, name);
    spl_buf_puts(&text, "| savedsearch ");
    spl_text_quote(&text, name);
    return spl_bind_text(binder, stage, "job", spl_strf(binder->arena, "job of %.*s", SPL_FMT(name)),
                         spl_buf_str(&text));
}

SPL_COMMAND(loadjob, .summary = "Gives what a job of a saved search gives.",
            .syntax = "loadjob <sid> | savedsearch=\"<user>:<app>:<name>\" [events=<bool>] [job_delegate=<text>] "
                      "[artifact_offset=<n>] [ignore_running=<bool>]",
            .example = NULL, .differs = "The saved search is run over DATA. Jobs by number and older jobs are refused.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES, .options = options, .op_size = sizeof(spl_op),
            .expand = loadjob_expand);
