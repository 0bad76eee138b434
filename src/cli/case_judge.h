/* case_judge.h -- whether what a case gave is what was expected of it. */
#ifndef SPL_CLI_CASE_JUDGE_H
#define SPL_CLI_CASE_JUDGE_H

#include "cli/case_file.h"

typedef struct case_outcome {
    spl_arena *arena;
    spl_status status;
    spl_str output; /* ndjson */
    spl_search *search;
    const spl_diag *diag;
} case_outcome;

/* Adds to WHY what differs, as lines of a difference; nothing if the case holds. */
void case_judge(spl_cli *cli, const test_case *test, const case_outcome *outcome, spl_buf *why);
/* The lines that the case should have had: for --update. */
void case_expectations(const test_case *test, const case_outcome *outcome, spl_buf *out);

#endif
