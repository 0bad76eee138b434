/* cli_list.c -- spl list: what there is, a name a line with its summary. */
#include "cli/cli.h"

#include "knowledge/knowledge.h"
#include "knowledge/lookup.h"
#include "readers/reader.h"
#include "writers/writer.h"

#include <stdlib.h>

static void line(const char *name, const char *summary)
{
    if (summary && *summary)
        printf("%-20s %s\n", name, summary);
    else
        printf("%s\n", name);
}

static int list_commands(spl_cli *cli)
{
    (void)cli;
    for (size_t i = 0; spl_commands[i]; i++) {
        line(spl_commands[i]->name, spl_commands[i]->summary);
        for (const char *const *alias = spl_commands[i]->aliases; alias && *alias; alias++) {
            char text[128];
            snprintf(text, sizeof text, "Another name of %s.", spl_commands[i]->name);
            line(*alias, text);
        }
    }
    return 0;
}

static int list_functions(spl_cli *cli)
{
    (void)cli;
    for (size_t i = 0; spl_functions[i]; i++) line(spl_functions[i]->name, spl_functions[i]->summary);
    return 0;
}

static int list_aggregates(spl_cli *cli)
{
    (void)cli;
    for (size_t i = 0; spl_aggregates[i]; i++) line(spl_aggregates[i]->name, spl_aggregates[i]->summary);
    return 0;
}

static int list_readers(spl_cli *cli)
{
    (void)cli;
    for (size_t i = 0; spl_readers[i]; i++) line(spl_readers[i]->name, spl_readers[i]->summary);
    return 0;
}

static int list_writers(spl_cli *cli)
{
    (void)cli;
    for (size_t i = 0; spl_writers[i]; i++) line(spl_writers[i]->name, spl_writers[i]->summary);
    return 0;
}

static int with_knowledge(spl_cli *cli, void (*list)(spl_cli *cli, const spl_query *query))
{
    spl_config config = cli_config(cli, NULL, 0);
    spl_frame frame;
    volatile int status = 0;

    config.check_only = true;
    spl_search *search = spl_search_new(&config, "search", SPL_S(""), 1, 1);
    if (!search) return cli_no_memory(cli);
    if (SPL_CATCH(&frame)) {
        status = cli_error(cli, cli_status(frame.status), NULL, "%s", frame.message);
    } else {
        list(cli, spl_search_query(search));
        spl_frame_leave(&frame);
    }
    cli_show(cli, spl_search_diag(search), 0, stderr);
    if (!status && spl_diag_count(spl_search_diag(search), SPL_ERROR)) status = SPL_REFUSED;
    spl_search_free(search);
    return status;
}

static void macro_lines(spl_cli *cli, const spl_query *query)
{
    const spl_macro **macros;
    size_t count = spl_knowledge_macros(query->knowledge, cli->arena, &macros);
    for (size_t i = 0; i < count; i++) {
        const spl_macro *macro = macros[i];
        spl_str name = macro->name;
        if (macro->n_args) name = spl_strf(cli->arena, "%.*s(%u)", SPL_FMT(macro->name), macro->n_args);
        printf("%-40.*s  (%.*s:%u)\n", SPL_FMT(name), SPL_FMT(macro->source->name),
               spl_span_place((spl_span){macro->source, 0, 0}).line);
    }
}

static int list_macros(spl_cli *cli)
{
    return with_knowledge(cli, macro_lines);
}

static void model_lines(spl_cli *cli, const spl_query *query)
{
    spl_models *models = spl_knowledge_models(query->knowledge);
    spl_str *names;
    size_t count = spl_models_names(models, cli->arena, &names);
    for (size_t i = 0; i < count; i++) {
        const spl_model *model = spl_models_find(models, names[i]);
        if (model && model->file)
            printf("%-40.*s  (%.*s:1)\n", SPL_FMT(names[i]), SPL_FMT(model->file->name));
        else
            printf("%.*s\n", SPL_FMT(names[i]));
    }
}

static int list_datamodels(spl_cli *cli)
{
    return with_knowledge(cli, model_lines);
}

static void lookup_lines(spl_cli *cli, const spl_query *query)
{
    const spl_lookup **lookups;
    size_t count = spl_lookups_all(spl_lookups_of(query), cli->arena, &lookups);
    for (size_t i = 0; i < count; i++) {
        const spl_lookup *lookup = lookups[i];
        printf("%-40.*s ", SPL_FMT(lookup->name));
        if (lookup->external)
            printf("not here: %s", lookup->external);
        else if (lookup->collection.len)
            printf("collection %.*s", SPL_FMT(lookup->collection));
        else
            printf("file %.*s", SPL_FMT(lookup->file));
        if (lookup->defined) {
            spl_place place = spl_span_place(lookup->span);
            printf("  (%.*s:%u)", SPL_FMT(place.source->name), place.line);
        }
        printf("\n");
    }
}

static int list_lookups(spl_cli *cli)
{
    return with_knowledge(cli, lookup_lines);
}

static int by_stanza(const void *a, const void *b)
{
    return spl_str_cmp((*(const spl_conf_stanza *const *)a)->name, (*(const spl_conf_stanza *const *)b)->name);
}

/* Stanzas of props.conf that are neither of a host nor of a source. */
static void sourcetype_lines(spl_cli *cli, const spl_query *query)
{
    const spl_conf *props = spl_knowledge_conf(query->knowledge, "props");
    SPL_VEC(const spl_conf_stanza *) found = {0};
    for (size_t i = 0; i < props->stanzas.len; i++) {
        const spl_conf_stanza *stanza = props->stanzas.entries[i].value;
        spl_str name = stanza->name;
        bool other = spl_conf_is_general(stanza) || spl_str_starts(name, SPL_S("source::")) ||
                     spl_str_starts(name, SPL_S("host::")) || spl_str_starts(name, SPL_S("rule::")) ||
                     spl_str_starts(name, SPL_S("delayedrule::"));
        if (!other) SPL_PUSH(cli->arena, &found, stanza);
    }
    if (found.len) qsort(found.data, found.len, sizeof *found.data, by_stanza);
    for (size_t i = 0; i < found.len; i++) {
        spl_place place = spl_span_place(found.data[i]->span);
        printf("%-40.*s  (%.*s:%u)\n", SPL_FMT(found.data[i]->name), SPL_FMT(place.source->name), place.line);
    }
}

static int list_sourcetypes(spl_cli *cli)
{
    return with_knowledge(cli, sourcetype_lines);
}

static const struct {
    const char *name;
    int (*list)(spl_cli *cli);
} kinds[] = {
    {"lookups", list_lookups},         {"commands", list_commands}, {"functions", list_functions},
    {"aggregates", list_aggregates},   {"macros", list_macros},     {"datamodels", list_datamodels},
    {"sourcetypes", list_sourcetypes}, {"readers", list_readers},   {"writers", list_writers},
};

static int list(spl_cli *cli)
{
    spl_str names[sizeof kinds / sizeof *kinds];
    if (cli->operands.len != 1) return cli_usage_error(cli, "one kind of thing is wanted");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        names[i] = spl_str_of(kinds[i].name);
        if (strcmp(kinds[i].name, cli->operands.data[0]) == 0) return kinds[i].list(cli);
    }
    spl_str near = spl_nearest(spl_str_of(cli->operands.data[0]), names, sizeof kinds / sizeof *kinds);
    if (near.len)
        return cli_usage_error(cli, "cannot list \"%s\"; did you mean \"%.*s\"?", cli->operands.data[0], SPL_FMT(near));
    return cli_usage_error(cli, "cannot list \"%s\"", cli->operands.data[0]);
}

const cli_command cli_list_command = {
    .name = "list",
    .usage = "commands|functions|aggregates|macros|lookups|datamodels|readers|writers|sourcetypes",
    .summary = "List what there is, a name a line.",
    .options = CLI_KNOWLEDGE | CLI_DIAGNOSTICS,
    .run = list,
};
