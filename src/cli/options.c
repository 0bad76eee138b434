/* options.c -- the command line's options: one table for all sub-commands, usage texts, sizes and numbers.
 *
 * Options may stand before, between or after operands, as --name VALUE, --name=VALUE, -n VALUE or -nVALUE. A lone --
 * ends them. */
#include "cli/cli.h"

#include "base/num.h"
#include "data/timefmt.h"

#include <math.h>
#include <unistd.h>

enum kind { FLAG, TEXT, LIST, COUNT, SIZE, SECONDS, CHOICE };

struct option {
    const char *name; /* without the dashes */
    char letter;
    enum kind kind;
    size_t offset; /* in the command line */
    unsigned group;
    const char *value; /* what the usage calls it; of CHOICE: the words, separated by | */
    const char *help;
};

#define AT(member) offsetof(struct spl_cli, member)

static const struct option options[] = {
    {"search", 'e', LIST, AT(texts), CLI_SEARCH, "TEXT", "the search itself"},
    {"name", 0, TEXT, AT(stanza), CLI_SEARCH, "STANZA", "this search of a savedsearches.conf"},
    {"format", 'f', CHOICE, AT(format), CLI_OUTPUT, "table|ndjson|json|csv|tsv|raw",
     "table on a terminal, else ndjson, unless given"},
    {"output", 'o', TEXT, AT(output), CLI_OUTPUT, "FILE", "write the results there, whole or not at all"},
    {"app", 0, LIST, AT(apps), CLI_KNOWLEDGE, "DIR",
     "an app, a folder of apps, or a checkout of published content; repeatable, later wins"},
    {"macro", 0, LIST, AT(macros), CLI_KNOWLEDGE, "'NAME(ARGS)=DEFINITION'", "define or override a macro; repeatable"},
    {"no-builtin", 0, FLAG, AT(config.no_builtin), CLI_KNOWLEDGE, NULL,
     "do not load the knowledge that ships with the program"},
    {"state", 0, TEXT, AT(config.state_dir), CLI_KNOWLEDGE, "DIR",
     "where outputlookup, collect and the like write and read back (.spl)"},
    {"geoip", 0, TEXT, AT(config.geoip), CLI_KNOWLEDGE, "FILE",
     "the database of iplocation, in MaxMind's format (.mmdb)"},
    {"records", 0, FLAG, AT(config.records), CLI_DATA, NULL, "DATA is NDJSON whose keys are the fields as they stand"},
    {"sourcetype", 0, TEXT, AT(config.metadata.sourcetype), CLI_DATA, "S",
     "of the data, in place of what is recognised"},
    {"source", 0, TEXT, AT(config.metadata.source), CLI_DATA, "S", "the same for source"},
    {"host", 0, TEXT, AT(config.metadata.host), CLI_DATA, "H", "the same for host"},
    {"index", 0, TEXT, AT(config.metadata.index), CLI_DATA, "I", "the same for index"},
    {"earliest", 0, TEXT, AT(config.earliest), CLI_TIME, "T",
     "events from then on: -7d@d, epoch seconds …; earliest= wins"},
    {"latest", 0, TEXT, AT(config.latest), CLI_TIME, "T", "events before then"},
    {"now", 0, TEXT, AT(config.now), CLI_TIME, "T",
     "what now() is and relative times count from; data: the newest event"},
    {"tz", 0, TEXT, AT(config.tz), CLI_TIME, "ZONE", "the time zone; else the environment's"},
    {"threads", 'j', COUNT, AT(config.threads), CLI_THREADS, "N", "how many threads; else one for each core"},
    {"memory", 0, SIZE, AT(config.memory), CLI_RUN, "SIZE",
     "the most memory to use (K, M, G); else half of the machine's"},
    {"timeout", 0, SECONDS, AT(config.timeout), CLI_RUN, "SECONDS", "the longest to run"},
    {"spill", 0, TEXT, AT(config.spill_dir), CLI_RUN, "DIR", "where rows beyond memory go; else the temporary folder"},
    {"limits", 0, CHOICE, AT(config.splunk_limits), CLI_RUN, "splunk", "apply the default limits of a Splunk server"},
    {"dry-run", 0, FLAG, AT(config.dry_run), CLI_RUN, NULL,
     "outputlookup, collect and the like pass rows on and write nothing"},
    {"no-raw-tests", 0, FLAG, AT(config.no_raw_tests), CLI_RUN, NULL,
     "parse every event, also where its bytes cannot match (slower, same results)"},
    {"no-progress", 0, FLAG, AT(no_progress), CLI_PROGRESS, NULL, "no progress line on the terminal"},
    {"data", 0, TEXT, AT(data_dir), CLI_TEST, "DIR", "where the data that published tests name is found"},
    {"filter", 'k', TEXT, AT(filter), CLI_TEST, "TEXT", "only cases whose file or search contains TEXT"},
    {"update", 0, FLAG, AT(update), CLI_TEST, NULL, "rewrite the expectations of cases that differ"},
    {"junit", 0, TEXT, AT(junit), CLI_TEST, "FILE", "write the outcome as JUnit XML too"},
    {"ast", 0, FLAG, AT(ast), CLI_AST, NULL, "print the syntax tree of each search"},
    {"field", 0, TEXT, AT(config.asked_field), CLI_EXPLAIN, "NAME", "tell which settings of apps make this field"},
    {"diagnostics", 0, CHOICE, AT(json_diagnostics), CLI_DIAGNOSTICS, "json",
     "one JSON object a line on standard error"},
    {0},
};

static const struct option *option_by_name(spl_str name)
{
    for (const struct option *o = options; o->name; o++)
        if (spl_str_is(name, o->name)) return o;
    return NULL;
}

static const struct option *option_by_letter(char letter)
{
    for (const struct option *o = options; o->name; o++)
        if (o->letter == letter) return o;
    return NULL;
}

static bool parse_size(spl_str text, size_t *size)
{
    double unit = 1, number;
    if (text.len) {
        switch (spl_ascii_upper(text.data[text.len - 1])) {
        case 'K': unit = 1024; break;
        case 'M': unit = 1024.0 * 1024; break;
        case 'G': unit = 1024.0 * 1024 * 1024; break;
        default: unit = 0;
        }
    }
    if (unit != 0)
        text.len--;
    else
        unit = 1;
    if (!spl_num_parse(text, &number) || !(number > 0) || number * unit >= 9e18) return false;
    *size = (size_t)(number * unit);
    return *size > 0;
}

static bool is_choice(const char *words, spl_str word)
{
    for (const char *at = words;;) {
        size_t length = strcspn(at, "|");
        if (spl_str_eq(spl_str_cut(at, length), word)) return true;
        if (!at[length]) return false;
        at += length + 1;
    }
}

/* Stores VALUE (NULL for a flag). False after a message. */
static bool take(spl_cli *cli, const struct option *o, const char *value)
{
    void *to = (char *)cli + o->offset;
    spl_str text = spl_str_of(value);
    int64_t count;
    double number;

    switch (o->kind) {
    case FLAG: *(bool *)to = true; return true;
    case TEXT: *(const char **)to = value; return true;
    case LIST: SPL_PUSH(cli->arena, (cli_strings *)to, value); return true;
    case COUNT:
        if (!spl_num_int(text, &count) || count < 1 || count > 1024) {
            cli_usage_error(cli, "--%s takes a number from 1 to 1024, not \"%s\"", o->name, value);
            return false;
        }
        *(unsigned *)to = (unsigned)count;
        return true;
    case SIZE:
        if (parse_size(text, to)) return true;
        cli_usage_error(cli, "--%s takes a size such as 500M or 2G, not \"%s\"", o->name, value);
        return false;
    case SECONDS:
        if (spl_num_parse(text, &number) && number > 0 && number < 1e9) {
            *(double *)to = number;
            return true;
        }
        cli_usage_error(cli, "--%s takes a number of seconds, not \"%s\"", o->name, value);
        return false;
    case CHOICE:
        if (!is_choice(o->value, text)) {
            cli_usage_error(cli, "--%s takes %s, not \"%s\"", o->name, o->value, value);
            return false;
        }
        if (strchr(o->value, '|'))
            *(const char **)to = value;
        else
            *(bool *)to = true;
        return true;
    }
    return false;
}

static bool unknown_option(const spl_cli *cli, spl_str name)
{
    spl_str names[sizeof options / sizeof *options + 1];
    size_t count = 0;
    for (const struct option *o = options; o->name; o++)
        if (o->group & cli->command->options) names[count++] = spl_str_of(o->name);
    names[count++] = SPL_S("help");
    spl_str near = spl_nearest(name, names, count);
    if (near.len)
        cli_usage_error(cli, "unknown option \"--%.*s\"; did you mean \"--%.*s\"?", SPL_FMT(name), SPL_FMT(near));
    else
        cli_usage_error(cli, "unknown option \"--%.*s\"", SPL_FMT(name));
    return false;
}

/* One argument that begins with a dash; *I moves on where the value is the next one. */
static bool parse_option(spl_cli *cli, int argc, char **argv, int *i, bool *help)
{
    const char *word = argv[*i];
    const struct option *o;
    const char *value = NULL;
    spl_str name;

    if (word[1] == '-') {
        const char *equals = strchr(word, '=');
        name = spl_str_cut(word + 2, equals ? (size_t)(equals - word) - 2 : strlen(word) - 2);
        value = equals ? equals + 1 : NULL;
        if (spl_str_is(name, "help") && !value) {
            *help = true;
            return true;
        }
        o = option_by_name(name);
    } else {
        name = spl_str_cut(word + 1, 1);
        if (strcmp(word, "-h") == 0) {
            *help = true;
            return true;
        }
        o = option_by_letter(word[1]);
        if (o && word[2]) value = word[2] == '=' ? word + 3 : word + 2;
        if (!o) {
            cli_usage_error(cli, "unknown option \"-%c\"", word[1]);
            return false;
        }
    }
    if (!o) return unknown_option(cli, name);
    if (!(o->group & cli->command->options)) {
        cli_usage_error(cli, "\"spl %s\" has no option --%s", cli->command->name, o->name);
        return false;
    }
    if (o->kind == FLAG) {
        if (!value) return take(cli, o, NULL);
        cli_usage_error(cli, "--%s takes no value", o->name);
        return false;
    }
    if (!value) {
        if (*i + 1 >= argc) {
            cli_usage_error(cli, "--%s needs a value (%s)", o->name, o->value);
            return false;
        }
        value = argv[++*i];
    }
    return take(cli, o, value);
}

/* A time of the command line must be one in some zone at some clock; what it means is the search's business. */
static bool check_time(const spl_cli *cli, const spl_zone *zone, const char *option, const char *text)
{
    double time;
    size_t at;
    if (!text || spl_num_parse(spl_str_of(text), &time)) return true;
    if (spl_timespec(zone, spl_str_of(text), 1e9, &time, &at)) return true;
    cli_usage_error(cli, "%s takes a time such as -7d@d, 10/27/2018:00:00:00 or epoch seconds, not \"%s\"", option,
                    text);
    return false;
}

static bool check_times(const spl_cli *cli)
{
    const spl_config *config = &cli->config;
    if (!config->tz && !config->earliest && !config->latest && !config->now) return true;
    const spl_zone *zone = spl_zone_open(cli->arena, config->tz ? config->tz : "UTC");
    if (!zone) {
        cli_usage_error(cli, "--tz takes a zone such as Europe/Berlin, UTC or +02:00, not \"%s\"", config->tz);
        return false;
    }
    const char *now = config->now && strcmp(config->now, "data") == 0 ? NULL : config->now;
    return check_time(cli, zone, "--earliest", config->earliest) && check_time(cli, zone, "--latest", config->latest) &&
           check_time(cli, zone, "--now", now);
}

static bool check_macros(const spl_cli *cli)
{
    for (size_t i = 0; i < cli->macros.len; i++) {
        const char *text = cli->macros.data[i];
        if (strchr(text, '=') && *text != '=' && *text != '(') continue;
        cli_usage_error(cli, "--macro takes NAME=DEFINITION or 'NAME(ARGUMENTS)=DEFINITION', not \"%s\"", text);
        return false;
    }
    return true;
}

bool cli_parse(spl_cli *cli, int argc, char **argv, bool *help)
{
    *help = false;
    for (int i = 2; i < argc; i++) {
        const char *word = argv[i];
        if (cli->dashes) {
            SPL_PUSH(cli->arena, &cli->after, word);
        } else if (strcmp(word, "--") == 0) {
            cli->dashes = true;
        } else if (word[0] == '-' && word[1]) {
            if (!parse_option(cli, argc, argv, &i, help)) return false;
        } else {
            SPL_PUSH(cli->arena, &cli->operands, word);
        }
    }
    return *help || (check_times(cli) && check_macros(cli));
}

/* Half of what the machine has: a search that grows beyond it is refused before the machine suffers. */
static size_t usual_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (size_t)pages / 2 * (size_t)size : 0;
}

spl_config cli_config(const spl_cli *cli, const char *const *paths, size_t n_paths)
{
    spl_config config = cli->config;
    if (!config.memory) config.memory = usual_memory();
    config.apps = cli->apps.data;
    config.n_apps = cli->apps.len;
    config.macros = cli->macros.data;
    config.n_macros = cli->macros.len;
    config.paths = paths;
    config.n_paths = n_paths;
    return config;
}

void cli_usage(FILE *out)
{
    fputs("usage: spl COMMAND [options] ...\n\nSearches data with Splunk's Search Processing Language, without "
          "Splunk.\n\n",
          out);
    for (size_t i = 0; cli_commands[i]; i++) {
        const cli_command *command = cli_commands[i];
        fprintf(out, "  %-8s %s\n", command->name, command->summary);
    }
    fputs("\nSEARCH is -e 'TEXT' or a path: .spl, a detection .yml, a page (.md, .txt, .html) with the search in the\n"
          "block under the heading \"Search\", a savedsearches.conf, or, where many are taken, a folder of these. DATA "
          "is\na file, a folder, or - (standard input).\n"
          "\"spl COMMAND --help\" lists a command's options, \"spl help NAME\" tells of an SPL command or function.\n",
          out);
}

void cli_command_usage(FILE *out, const cli_command *command)
{
    fprintf(out, "usage: spl %s %s\n\n%s\n", command->name, command->usage, command->summary);
    if (command->details) fprintf(out, "\n%s", command->details);
    fputs("\noptions:\n", out);
    for (const struct option *o = options; o->name; o++) {
        char left[64];
        if (!(o->group & command->options)) continue;
        int n = o->letter ? snprintf(left, sizeof left, "-%c, --%s", o->letter, o->name)
                          : snprintf(left, sizeof left, "    --%s", o->name);
        if (o->value && n > 0 && (size_t)n < sizeof left) snprintf(left + n, sizeof left - (size_t)n, " %s", o->value);
        fprintf(out, strlen(left) > 28 ? "  %s\n  %-28s %s\n" : "  %-28s %s%s\n", left,
                strlen(left) > 28 ? "" : o->help, strlen(left) > 28 ? o->help : "");
        if (strcmp(o->name, "memory") == 0) fprintf(out, "  %-28s here %zu MiB\n", "", usual_memory() >> 20);
    }
    fprintf(out, "  %-28s %s\n", "-h, --help", "this text");
}
