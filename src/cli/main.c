/* main.c -- the command line: finds the sub-command, parses its options, runs it. */
#include "cli/cli.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/num.h"

const cli_command *const cli_commands[] = {
    &cli_run_command,  &cli_check_command, &cli_explain_command,
    &cli_fmt_command,  &cli_test_command,  &cli_hunt_command,
    &cli_help_command, &cli_list_command,  NULL,
};

static const cli_command *find_command(const char *name)
{
    for (size_t i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0) return cli_commands[i];
    return NULL;
}

static int unknown_command(const spl_cli *cli, const char *name)
{
    spl_str names[sizeof cli_commands / sizeof *cli_commands];
    size_t count = 0;
    while (cli_commands[count]) {
        names[count] = spl_str_of(cli_commands[count]->name);
        count++;
    }
    spl_str near = spl_nearest(spl_str_of(name), names, count);
    if (*name == '-')
        return cli_usage_error(cli, "\"%s\" stands where a command is expected: spl run %s ...", name,
                               strcmp(name, "-e") == 0 ? "-e 'TEXT'" : "[options]");
    double parameter;
    bool known = spl_command_find(spl_str_of(name)) || spl_function_find(spl_str_of(name)) ||
                 spl_aggregate_find(spl_str_of(name), &parameter);
    if (known) return cli_usage_error(cli, "unknown command \"%s\"; \"spl help %s\" tells of SPL's", name, name);
    if (near.len) return cli_usage_error(cli, "unknown command \"%s\"; did you mean \"%.*s\"?", name, SPL_FMT(near));
    return cli_usage_error(cli, "unknown command \"%s\"", name);
}

/* Where the program lies, links followed: as the kernel was told when it was started, or, where that leads nowhere (it
 * was started by an open file, say), as /proc knows it. False: neither. */
static bool find_program(char path[PATH_MAX])
{
    const char *started = (const char *)getauxval(AT_EXECFN); /* NOLINT(performance-no-int-to-ptr) */

    return (started && realpath(started, path)) || realpath("/proc/self/exe", path);
}

static bool holds_macros(spl_arena *arena, spl_str folder)
{
    return access(spl_cstring(arena, spl_strf(arena, "%.*s/macros", SPL_FMT(folder))), R_OK | X_OK) == 0;
}

/* The folder that holds macros/, apps/ and docs/: that of the program, the one above it (a build folder), share/spl
 * beside bin, or where it is installed. NULL where there is none. */
static const char *find_home(spl_arena *arena)
{
    static const char *const places[] = {"", "/..", "/../share/spl"};
    char program[PATH_MAX];
    int length = find_program(program) ? (int)(strrchr(program, '/') - program) : -1;

    for (size_t i = 0; length >= 0 && i < sizeof places / sizeof *places; i++) {
        spl_str folder = spl_strf(arena, "%.*s%s", length, program, places[i]);
        if (holds_macros(arena, folder)) return spl_cstring(arena, folder);
    }
    return holds_macros(arena, SPL_S(SPL_DATA)) ? SPL_DATA : NULL;
}

static int dispatch(spl_cli *cli, int argc, char **argv)
{
    bool help;

    if (argc < 2) {
        cli_usage(stderr);
        return SPL_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_usage(stdout);
        return 0;
    }
    cli->command = find_command(argv[1]);
    if (!cli->command) return unknown_command(cli, argv[1]);
    for (int i = 2; i < argc; i++) /* so that mistakes before it are told in its form too */
        if (strcmp(argv[i], "--diagnostics=json") == 0 ||
            (strcmp(argv[i], "--diagnostics") == 0 && i + 1 < argc && strcmp(argv[i + 1], "json") == 0))
            cli->json_diagnostics = true;
    cli->config.builtin = find_home(cli->arena);
    if (!cli_parse(cli, argc, argv, &help)) return SPL_USAGE;
    if (help) {
        cli_command_usage(stdout, cli->command);
        return 0;
    }
    return cli->command->run(cli);
}

int main(int argc, char **argv)
{
    spl_account_config memory = {0};
    spl_cli cli = {0};
    spl_frame frame;
    volatile int status = SPL_BOUND;

    /* For the tests of the library: memory block by block, and the n-th request failing. */
    const char *arena = getenv("SPL_ARENA"), *fail = getenv("SPL_FAIL_AFTER");
    int64_t after = 0;
    cli.config.separate_allocations = arena && strcmp(arena, "malloc") == 0;
    if (fail && spl_num_int(spl_str_of(fail), &after) && after > 0) cli.config.fail_after = (uint64_t)after;

    signal(SIGPIPE, SIG_IGN); /* told by write(), so that files can be put away */
    signal(SIGXFSZ, SIG_IGN); /* as that a file may not grow any more */
    cli.color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    cli.account = spl_account_new(&memory);
    if (!cli.account) {
        fputs("spl: error: out of memory\n", stderr);
        return SPL_BOUND;
    }
    if (SPL_CATCH(&frame)) {
        status = cli_error(&cli, cli_status(frame.status), NULL, "%s", frame.message);
    } else {
        cli.arena = spl_arena_new(cli.account);
        status = dispatch(&cli, argc, argv);
        spl_frame_leave(&frame);
    }
    if (cli_data_shrank())
        status = cli_error(&cli, SPL_IO, NULL, "could not read the data: a file was cut short meanwhile");
    if (fflush(stdout) != 0 && status == 0) status = SPL_IO;
    spl_account_free(cli.account);
    int signal_number = cli_interrupted();
    if (signal_number) cli_die(signal_number);
    return status;
}
