/* cli.h -- what the sub-commands share: options as parsed, searches as loaded, messages, the output file.
 *
 * A sub-command is one file cli_NAME.c with one descriptor; main.c lists them. They return the exit status of the
 * contract: 0 ran, 1 refused (or a test failed), 2 wrong command line, 3 input or output failed, 4 a bound reached. */
#ifndef SPL_CLI_CLI_H
#define SPL_CLI_CLI_H

#include "spl.h"

#include <stdio.h>

/* Groups of options; a sub-command names those that it takes. */
enum {
    CLI_SEARCH = 1 << 0,    /* -e, --name */
    CLI_KNOWLEDGE = 1 << 1, /* --app, --macro, --no-builtin, --state */
    CLI_DATA = 1 << 2,      /* --records, --sourcetype … */
    CLI_TIME = 1 << 3,      /* --earliest, --latest, --now, --tz */
    CLI_RUN = 1 << 4,       /* --memory, --timeout, --spill, --limits … */
    CLI_OUTPUT = 1 << 5,    /* -f, -o */
    CLI_THREADS = 1 << 6,   /* -j */
    CLI_PROGRESS = 1 << 7,  /* --no-progress */
    CLI_TEST = 1 << 8,      /* --data, --update, --junit, -k */
    CLI_AST = 1 << 9,       /* --ast */
    CLI_DIAGNOSTICS = 1 << 10,
    CLI_EXPLAIN = 1 << 30, /* --field */
};

typedef struct spl_cli spl_cli;

typedef struct cli_command {
    const char *name;
    const char *usage;   /* what follows "spl NAME" */
    const char *summary; /* one line for `spl --help` */
    const char *details; /* lines for `spl NAME --help`, or NULL */
    unsigned options;
    int (*run)(spl_cli *cli);
} cli_command;

typedef SPL_VEC(const char *) cli_strings;

struct spl_cli {
    const cli_command *command;
    spl_account *account;
    spl_arena *arena;     /* as long as the process's work */
    spl_config config;    /* apps, macros and paths are filled in by cli_config() */
    cli_strings texts;    /* -e */
    cli_strings operands; /* in order */
    cli_strings after;    /* those after a lone -- */
    cli_strings apps, macros;
    bool dashes; /* there was a lone -- */
    const char *format, *output, *stanza;
    const char *data_dir, *filter, *junit;
    bool update, ast, no_progress, json_diagnostics;
    bool color; /* of diagnostics */
};

extern const cli_command cli_run_command, cli_check_command, cli_explain_command, cli_fmt_command, cli_test_command,
    cli_help_command, cli_list_command, cli_hunt_command;
extern const cli_command *const cli_commands[]; /* NULL-terminated */

/* --- options.c --- */
/* Parses argv[2] … into CLI. False: a message was written; the exit status is 2. *HELP: --help was there. */
bool cli_parse(spl_cli *cli, int argc, char **argv, bool *help);
void cli_usage(FILE *out);                                     /* of the program */
void cli_command_usage(FILE *out, const cli_command *command); /* of one sub-command */
/* The configuration with apps and macros put in, and PATHS as data. */
spl_config cli_config(const spl_cli *cli, const char *const *paths, size_t n_paths);

/* --- report.c: standard error, in the form that --diagnostics asks for --- */
/* An error that belongs to no search; returns STATUS. PATH may be NULL. */
int cli_error(const spl_cli *cli, int status, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A mistake on the command line, with the usage line; returns 2. */
int cli_usage_error(const spl_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A search could not even begin for want of memory. */
int cli_no_memory(const spl_cli *cli);
/* Writes the diagnostics from number FROM on; returns how many there are. */
size_t cli_show(const spl_cli *cli, const spl_diag *diag, size_t from, FILE *out);
/* The exit status that a failed call asks for. */
int cli_status(spl_status status);

/* --- search_file.c: SEARCH operands --- */
typedef struct cli_search {
    const char *path;   /* as shown; "search" for -e */
    const char *stanza; /* of a file that holds many, or NULL */
    spl_str text;
    uint32_t first_line, first_column;
} cli_search;
typedef SPL_VEC(cli_search) cli_searches;
/* Adds the searches of -e and of the operands FROM … to *OUT. With MANY folders may stand among them. 0, or an exit
 * status after a message. */
int cli_load_searches(spl_cli *cli, size_t from, size_t to, bool many, cli_searches *out);
/* The one search of run and explain: -e, or the first operand; *NEXT is the number of the first DATA operand. */
int cli_load_one(spl_cli *cli, cli_search *search, size_t *next);
/* "PATH" or "PATH#STANZA". */
spl_str cli_search_label(spl_arena *arena, const cli_search *search);
/* Reads a whole file of at most MOST bytes. False: *ERROR says why. */
bool cli_read_file(spl_arena *arena, const char *path, size_t most, spl_str *text, spl_str *error);
/* All files below PATH (itself, if it is one) for which TAKE says so, sorted by name. False after a message. */
bool cli_walk(spl_cli *cli, const char *path, bool (*take)(const char *path), cli_strings *out);
spl_search *cli_open_search(const spl_config *config, const cli_search *search);
/* The searches of one file's TEXT. */
int cli_searches_of(spl_cli *cli, const char *path, spl_str text, bool named, cli_searches *out);
bool cli_has_suffix(const char *path, const char *suffix);

/* --- outfile.c: -o FILE, whole or not at all; or standard output --- */
typedef struct cli_out cli_out;
/* NULL after a message. PATH NULL: standard output. */
cli_out *cli_out_open(spl_cli *cli, const char *path);
bool cli_out_write(void *out, spl_str text); /* false: failed; errno is kept */
/* Puts the file in its place, or (KEEP false) removes it. 0 or an exit status after a message. */
int cli_out_close(spl_cli *cli, cli_out *out, bool keep);
bool cli_out_broken(const cli_out *out); /* nobody reads any more (EPIPE) */

/* --- interrupt.c --- */
/* While a search runs, SIGINT, SIGTERM and SIGHUP cancel it. NULL: none runs. */
void cli_interrupts(spl_search *search);
/* A file that a second interrupt, which ends the program at once, removes; NULL: none any more. */
void cli_half_written(const char *path);
int cli_interrupted(void); /* the signal that came, or 0 */
/* A mapped file was truncated while a search read it: the search was cancelled, and what it gave is worth nothing. */
bool cli_data_shrank(void);
/* Dies of SIGNAL as if it had not been caught. */
_Noreturn void cli_die(int signal);

/* --- case_file.c, cli_test.c: see case_file.h --- */

#endif
