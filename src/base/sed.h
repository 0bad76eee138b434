/* sed.h -- the sed commands of rex mode=sed and of SEDCMD: s/<regular expression>/<replacement>/<flags> and
 * y/<from>/<to>/.
 *
 * A script is a list of them, separated by blanks or semicolons. Any character but letters, digits and underscores may
 * stand in place of the slash. Flags of s: g for every match, a number for the n-th one, i to ignore case. In the
 * replacement \1 … \9 are groups and & is itself (Search Reference, rex). */
#ifndef SPL_BASE_SED_H
#define SPL_BASE_SED_H

#include "base/regex.h"

typedef struct spl_sed spl_sed;

typedef struct spl_sed_error {
    spl_str what;    /* what is wrong, in the arena */
    spl_str hint;    /* what would work, or empty */
    spl_str pattern; /* of a regular expression that is not valid, and where it goes wrong; else empty */
    size_t at;
} spl_sed_error;

/* NULL: *ERROR says what is wrong. Lives as long as ARENA; read-only afterwards. */
const spl_sed *spl_sed_compile(spl_arena *arena, spl_str script, spl_sed_error *error);
/* spl_regex_bound() for each of its expressions. */
void spl_sed_bound(const spl_sed *sed, uint64_t steps, uint64_t depth);
/* TEXT with all commands applied, in ARENA, or TEXT itself where none changed it. *GAVE_UP (NULL: not asked for) is set
 * where a bound was met. */
spl_str spl_sed_apply(const spl_sed *sed, spl_match *match, spl_arena *arena, spl_str text, bool *gave_up);

#endif
