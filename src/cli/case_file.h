/* case_file.h -- the paragraphs of .test files: a search, its data and what is expected of it.
 *
 * docs/reference/formats/test.md tells the format to users. */
#ifndef SPL_CLI_CASE_FILE_H
#define SPL_CLI_CASE_FILE_H

#include "cli/cli.h"

typedef struct case_lookup {
    const char *name;
    spl_str text;
} case_lookup;

typedef enum case_data { CASE_NONE, CASE_RECORDS, CASE_RAW, CASE_FILES } case_data;

/* What holds for the cases below a directive. Each case has its own copy of the lists' heads; they are never changed.
 */
typedef struct case_scene {
    case_data data;
    spl_str text;               /* RECORDS, RAW */
    cli_strings files;          /* FILES */
    SPL_VEC(spl_metadata) each; /* of the files, for a published detection's tests; else empty */
    cli_strings macros, apps;
    SPL_VEC(case_lookup) lookups;
    const char *now, *tz, *earliest, *latest;
    spl_metadata metadata;
    bool splunk_limits;
} case_scene;

typedef enum case_expect {
    EXPECT_ROW,
    EXPECT_REFUSAL,
    EXPECT_NONE,
    EXPECT_COUNT,
    EXPECT_COLUMNS,
    EXPECT_WARNING,
    EXPECT_NOTE,
    EXPECT_FIRES
} case_expect;

typedef struct case_line {
    case_expect kind;
    spl_str text;  /* what follows the mark: the row's JSON, "code line:col", names */
    spl_str whole; /* the line as it stands */
} case_line;

typedef struct test_case {
    uint32_t line; /* of the search's first line, in the file */
    cli_search search;
    case_scene scene;
    bool unordered;
    bool must_run; /* of a documentation block: without expectations it has to give a result */
    bool skipped;  /* its data are not there; why: problem */
    SPL_VEC(case_line) expected;
    size_t begin, end;   /* of the lines of expectations in the file, for --update */
    const char *problem; /* what is wrong with the paragraph, or NULL */
} test_case;

typedef struct case_file {
    const char *path;
    spl_str text;
    SPL_VEC(test_case) cases;
} case_file;

/* Reads a .test file, the ```spl blocks of a .md page, or the tests of a published detection (.yml). False after a
 * message. */
bool case_file_read(spl_cli *cli, const char *path, case_file *file);

#endif
