/* cli_list.c -- spl list: what there is, a name a line with its summary. */
#include "cli/cli.h"

#include "knowledge/knowledge.h"
#include "knowledge/lookup.h"
#include "readers/reader.h"
#include "writers/writer.h"

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

static int list_macros(spl_cli *cli)
{
    spl_config config = cli_config(cli, NULL, 0);
    const spl_macro **macros;

    config.check_only = true;
    spl_search *search = spl_search_new(&config, "search", SPL_S("| makeresults"), 1, 1);
    if (!search) return cli_no_memory(cli);
    spl_status status = spl_search_compile(search);
    if (status == SPL_OK) {
        const spl_query *query = spl_search_query(search);
        size_t count = spl_knowledge_macros(query->knowledge, cli->arena, &macros);
        for (size_t i = 0; i < count; i++) {
            if (macros[i]->n_args)
                printf("%.*s(%u)\n", SPL_FMT(macros[i]->name), macros[i]->n_args);
            else
                printf("%.*s\n", SPL_FMT(macros[i]->name));
        }
    }
    cli_show(cli, spl_search_diag(search), 0, stderr);
    spl_search_free(search);
    return cli_status(status);
}

static int list_datamodels(spl_cli *cli)
{
    spl_config config = cli_config(cli, NULL, 0);
    spl_str *names;

    config.check_only = true;
    spl_search *search = spl_search_new(&config, "search", SPL_S("| makeresults"), 1, 1);
    if (!search) return cli_no_memory(cli);
    spl_status status = spl_search_compile(search);
    if (status == SPL_OK) {
        size_t count = spl_models_names(spl_knowledge_models(spl_search_query(search)->knowledge), cli->arena, &names);
        for (size_t i = 0; i < count; i++) printf("%.*s\n", SPL_FMT(names[i]));
    }
    cli_show(cli, spl_search_diag(search), 0, stderr);
    spl_search_free(search);
    return cli_status(status);
}

static int list_lookups(spl_cli *cli)
{
    spl_config config = cli_config(cli, NULL, 0);
    const spl_lookup **lookups;

    config.check_only = true;
    spl_search *search = spl_search_new(&config, "search", SPL_S("| makeresults"), 1, 1);
    if (!search) return cli_error(cli, SPL_BOUND, NULL, "out of memory");
    spl_status status = spl_search_compile(search);
    if (status == SPL_OK) {
        size_t count = spl_lookups_all(spl_lookups_of(spl_search_query(search)), cli->arena, &lookups);
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
    cli_show(cli, spl_search_diag(search), 0, stderr);
    spl_search_free(search);
    return cli_status(status);
}

static const struct {
    const char *name;
    int (*list)(spl_cli *cli);
} kinds[] = {
    {"lookups", list_lookups},       {"commands", list_commands}, {"functions", list_functions},
    {"aggregates", list_aggregates}, {"macros", list_macros},     {"datamodels", list_datamodels},
    {"readers", list_readers},       {"writers", list_writers},
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
    .usage = "commands|functions|aggregates|macros|datamodels|readers|writers",
    .summary = "List what there is, a name a line.",
    .options = CLI_KNOWLEDGE | CLI_DIAGNOSTICS,
    .run = list,
};
