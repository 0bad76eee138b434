/* cli_help.c -- spl help: the reference entry of an SPL command, function or aggregate, from its descriptor and, where
 * the documentation lies beside the program, its page. */
#include "cli/cli.h"

/* RUNS: the command does, so that the option has a default, or no effect. */
static void print_option(const spl_option *option, bool runs)
{
    enum { LEFT = 26 }; /* the column of the help, behind what is not longer */
    bool defaults = runs && !option->idle;
    char left[96], dflt[64] = "";
    const char *type = "";

    switch (option->type) {
    case SPL_OPTION_END: return;
    case SPL_OPTION_BOOL:
        type = "<bool>";
        snprintf(dflt, sizeof dflt, " (%s)", option->dflt != 0 ? "true" : "false");
        break;
    case SPL_OPTION_INT:
        type = "<int>";
        snprintf(dflt, sizeof dflt, " (%.0f)", option->dflt);
        break;
    case SPL_OPTION_NUMBER:
        type = "<number>";
        snprintf(dflt, sizeof dflt, " (%g)", option->dflt);
        break;
    case SPL_OPTION_TEXT: type = "<string>"; break;
    case SPL_OPTION_SPAN: type = "<span>"; break;
    case SPL_OPTION_FIELD: type = "<field>"; break;
    case SPL_OPTION_OWN:
    case SPL_OPTION_NODE: type = "<value>"; break;
    case SPL_OPTION_ENUM: break;
    }
    if (!defaults) dflt[0] = '\0';
    if (option->required) snprintf(dflt, sizeof dflt, " (required)");
    if (option->text && *option->text) snprintf(dflt, sizeof dflt, " (%s)", option->text);
    int n = snprintf(left, sizeof left, "%s=%s", option->name, type);
    if (option->type == SPL_OPTION_ENUM && n > 0) {
        for (size_t i = 0; option->names && option->names[i] && (size_t)n < sizeof left; i++)
            n += snprintf(left + n, sizeof left - (size_t)n, "%s%s", i ? "|" : "", option->names[i]);
        size_t chosen = (size_t)option->dflt;
        if (defaults && option->names && option->dflt >= 0) snprintf(dflt, sizeof dflt, " (%s)", option->names[chosen]);
    }
    if (strlen(left) > LEFT)
        printf("  %s\n  %*s ", left, LEFT, "");
    else
        printf("  %-*s ", LEFT, left);
    printf("%s%s%s\n", runs && option->idle ? "no effect: " : "", option->help ? option->help : "", dflt);
}

static void print_names(const char *const *aliases)
{
    if (!aliases || !*aliases) return;
    printf("also:     ");
    for (size_t i = 0; aliases[i]; i++) printf("%s%s", i ? ", " : "", aliases[i]);
    putchar('\n');
}

static void print_line(const char *label, const char *text)
{
    if (text && *text) printf("%-9s %s\n", label, text);
}

/* The page, or its section "## NAME", below the documentation folder. */
static void print_page(spl_cli *cli, const char *kind, const char *page, const char *section)
{
    const char *home = cli->config.builtin;
    spl_str text, error;

    if (!home || !page) return;
    const char *path = spl_cstring(cli->arena, spl_strf(cli->arena, "%s/docs/reference/%s/%s.md", home, kind, page));
    if (!cli_read_file(cli->arena, path, 1 << 20, &text, &error)) return;
    if (section) {
        spl_str head = spl_strf(cli->arena, "\n## %s\n", section);
        ptrdiff_t at = spl_str_find(text, head, 0);
        if (at < 0) return;
        ptrdiff_t end = spl_str_find(text, SPL_S("\n## "), (size_t)at + head.len - 1);
        text = spl_str_sub(text, (size_t)at + head.len, end < 0 ? text.len : (size_t)end);
    } else if (spl_str_starts(text, SPL_S("# "))) {
        ptrdiff_t line = spl_str_find(text, SPL_S("\n"), 0);
        text = spl_str_sub(text, line < 0 ? text.len : (size_t)line, text.len);
    }
    text = spl_str_trim(text);
    if (text.len) printf("\n%.*s\n", SPL_FMT(text));
}

static bool help_command(spl_cli *cli, spl_str name)
{
    const spl_command *command = spl_command_find(name);
    if (!command) return false;
    printf("%s (command): %s\n", command->name, command->summary ? command->summary : "");
    print_names(command->aliases);
    print_line("syntax:", command->syntax);
    if (command->options && command->options->type != SPL_OPTION_END) {
        puts("options:");
        for (const spl_option *option = command->options; option->type != SPL_OPTION_END; option++)
            if (strcmp(option->name, "*") != 0) print_option(option, !command->refusal);
    }
    print_line("example:", command->example);
    print_line("differs:", command->differs);
    print_line("refused:", command->refusal);
    print_page(cli, "commands", command->name, NULL);
    return true;
}

static bool help_function(spl_cli *cli, spl_str name)
{
    const spl_function *function = spl_function_find(name);
    if (!function) return false;
    printf("%s (function): %s\n", function->name, function->summary ? function->summary : "");
    print_names(function->aliases);
    print_line("syntax:", function->signature);
    if (function->example) printf("example:  %s is %s\n", function->example, function->result ? function->result : "");
    print_page(cli, "functions", function->family, function->name);
    return true;
}

static bool help_aggregate(spl_cli *cli, spl_str name)
{
    double parameter;
    const spl_aggregate *aggregate = spl_aggregate_find(name, &parameter);
    if (!aggregate) /* perc stands for perc95 and its like */
        aggregate = spl_aggregate_find(spl_strf(cli->arena, "%.*s50", SPL_FMT(name)), &parameter);
    if (!aggregate) return false;
    printf("%s (aggregate): %s\n", aggregate->name, aggregate->summary ? aggregate->summary : "");
    print_names(aggregate->aliases);
    print_line("syntax:", aggregate->signature);
    if (aggregate->example)
        printf("example:  %s gives %s\n", aggregate->example, aggregate->result ? aggregate->result : "");
    print_page(cli, "aggregates", aggregate->name, NULL);
    return true;
}

static int unknown(spl_cli *cli, const char *name)
{
    SPL_VEC(spl_str) names = {0};
    for (size_t i = 0; spl_commands[i]; i++) SPL_PUSH(cli->arena, &names, spl_str_of(spl_commands[i]->name));
    for (size_t i = 0; spl_functions[i]; i++) SPL_PUSH(cli->arena, &names, spl_str_of(spl_functions[i]->name));
    for (size_t i = 0; spl_aggregates[i]; i++) SPL_PUSH(cli->arena, &names, spl_str_of(spl_aggregates[i]->name));
    spl_str near = spl_nearest(spl_str_of(name), names.data, names.len);
    if (near.len)
        return cli_usage_error(cli, "no command or function is called \"%s\"; did you mean \"%.*s\"?", name,
                               SPL_FMT(near));
    return cli_usage_error(cli, "no command or function is called \"%s\"", name);
}

static int help(spl_cli *cli)
{
    if (!cli->operands.len) {
        cli_usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < cli->operands.len; i++) {
        spl_str name = spl_str_of(cli->operands.data[i]);
        bool found = false;
        if (i) putchar('\n');
        found |= help_command(cli, name);
        found |= help_function(cli, name);
        found |= help_aggregate(cli, name);
        for (size_t k = 0; cli_commands[k]; k++) {
            if (!spl_str_is(name, cli_commands[k]->name)) continue;
            if (found)
                printf("\nThe options of this program's command: spl %s --help\n", cli_commands[k]->name);
            else
                cli_command_usage(stdout, cli_commands[k]);
            found = true;
        }
        if (!found) return unknown(cli, cli->operands.data[i]);
    }
    return 0;
}

const cli_command cli_help_command = {
    .name = "help",
    .usage = "[COMMAND | FUNCTION]...",
    .summary = "Show the reference entry of an SPL command, function or aggregate.",
    .options = CLI_DIAGNOSTICS,
    .run = help,
};
