/* diag.h -- what is wrong with a search, a configuration or data, collected to be rendered by the caller.
 *
 * Wording: lower case, no full stop, the kind and quoted name of the thing, the offending value, no names of the
 * program's inside; "cannot" for never, "could not" for now. A hint is a sentence: what would work. */
#ifndef SPL_DIAG_DIAG_H
#define SPL_DIAG_DIAG_H

#include "diag/source.h"

#include <stdio.h>

typedef enum spl_severity { SPL_NOTE, SPL_WARNING, SPL_ERROR } spl_severity;

typedef struct spl_diagnostic {
    spl_severity severity;
    const char *code; /* "syntax", "unknown-command", "bad-argument" …: one of docs/DIAGNOSTICS.md */
    spl_str message;
    spl_str hint; /* or empty */
    spl_span span;
    uint64_t count; /* how many times the same (code, span) was reported */
} spl_diagnostic;

typedef struct spl_diag spl_diag; /* thread-safe to report to */

spl_diag *spl_diag_new(spl_arena *arena);
/* Reports; a second report of the same code at the same span with the same message is counted, not kept. */
void spl_report(spl_diag *diag, spl_severity severity, spl_span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
#define spl_error(diag, span, code, ...) spl_report((diag), SPL_ERROR, (span), (code), __VA_ARGS__)
#define spl_warning(diag, span, code, ...) spl_report((diag), SPL_WARNING, (span), (code), __VA_ARGS__)
#define spl_note(diag, span, code, ...) spl_report((diag), SPL_NOTE, (span), (code), __VA_ARGS__)
/* Adds a hint to the diagnostic reported last by this thread's call, if it was kept. */
void spl_hint(spl_diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes back the errors of CODE that were kept since there were FROM diagnostics: nothing is known to be wrong. */
void spl_diag_withdraw(spl_diag *diag, size_t from, const char *code);
size_t spl_diag_count(const spl_diag *diag, spl_severity at_least);
size_t spl_diag_len(const spl_diag *diag);
const spl_diagnostic *spl_diag_at(const spl_diag *diag, size_t i);

/* Nearest of COUNT names to WORD by edits, case aside, or an empty text if none is near. */
spl_str spl_nearest(spl_str word, const spl_str *names, size_t count);

/* render.c: "search:1:13: error: unrecognized command \"hed\" [unknown-command]", the line, a caret, hint, and the
 * places of the macros it came through; or one JSON object a line. */
void spl_render(FILE *out, const spl_diagnostic *diagnostic, bool json, bool color);

#endif
