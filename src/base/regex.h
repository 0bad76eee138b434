/* regex.h -- regular expressions: PCRE2 with UTF, MATCH_INVALID_UTF and the JIT, bounded.
 *
 * A compiled pattern is shared by threads; what a match needs (match data, JIT stack, limits) belongs to a thread. A
 * literal that every match must contain is looked for first, under the pattern's own case folding. Reaching the match
 * or depth limit fails the call with SPL_BOUND and names the pattern; it is never a silent miss, but for patterns with
 * bounds of their own. */
#ifndef SPL_BASE_REGEX_H
#define SPL_BASE_REGEX_H

#include "base/arena.h"

typedef struct spl_regex spl_regex;
typedef struct spl_match spl_match;

enum {
    SPL_REGEX_FOLD = 1,
    SPL_REGEX_ANCHORED_WHOLE = 2,
    SPL_REGEX_DOTALL = 4,
    SPL_REGEX_MULTILINE = 8,
    SPL_REGEX_PIECEWISE = 16, /* for spl_regex_scan() */
};

/* NULL: *ERROR (in ARENA) and *AT (offset in PATTERN) say what is wrong. Accepts (?<name>…), (?P<name>…), and names
 * that PCRE2 does not take but Splunk's users write are refused with the reason. Lives as long as ARENA. */
spl_regex *spl_regex_compile(spl_arena *arena, spl_str pattern, unsigned flags, spl_str *error, size_t *at);
unsigned spl_regex_groups(const spl_regex *regex); /* without group 0 */
/* The name of group I (1 …), or empty. Several groups may have one name ((?J)). */
spl_str spl_regex_group_name(const spl_regex *regex, unsigned i);
spl_str spl_regex_pattern(const spl_regex *regex);
/* A literal that must stand in every match, and whether case matters; empty if none is known. For raw tests. */
spl_str spl_regex_required(const spl_regex *regex, bool *fold);

/* Bounds the effort of one search, by the counts of PCRE2's interpreter, which then runs instead of the JIT; 0: no
 * bound. A search that reaches them finds nothing, and spl_match_gave_up() tells it. */
void spl_regex_bound(spl_regex *regex, uint64_t steps, uint64_t depth);

spl_match *spl_match_new(spl_arena *arena, uint64_t match_limit, uint64_t depth_limit);
/* POLL is called with OF now and then, between searches, so that a run can be stopped within a text of any length. */
void spl_match_on_poll(spl_match *match, void (*poll)(const void *of), const void *of);
/* Searches SUBJECT from offset FROM. False: no match. */
bool spl_regex_search(spl_match *match, const spl_regex *regex, spl_str subject, size_t from);
/* The last search came to nothing at the bounds of spl_regex_bound(). */
bool spl_match_gave_up(const spl_match *match);
/* Searches a piece of a longer text, compiled with SPL_REGEX_PIECEWISE. BEGINS: the text begins with it (for ^);
 * GOES_ON: it does not end with it, so that a match that depends on what follows is not decided. */
typedef enum spl_scanned {
    SPL_SCANNED_NONE,
    SPL_SCANNED_MATCH,
    SPL_SCANNED_OPEN, /* with more text there may be one that begins at *OPEN, and none before */
} spl_scanned;
spl_scanned spl_regex_scan(spl_match *match, const spl_regex *regex, spl_str subject, size_t from, bool begins,
                           bool goes_on, size_t *open);
unsigned spl_regex_looks_behind(const spl_regex *regex); /* characters, at the most */
/* Of the last search: group I's text; false where it took no part. */
bool spl_match_group(const spl_match *match, unsigned i, spl_str *text);
size_t spl_match_begin(const spl_match *match, unsigned i); /* offsets in the subject */
size_t spl_match_end(const spl_match *match, unsigned i);
/* SUBJECT with the first, or every (ALL), match replaced; \1 … \9 and \0, $1 where DOLLAR too. */
spl_str spl_regex_replace(spl_match *match, spl_arena *arena, const spl_regex *regex, spl_str subject,
                          spl_str replacement, bool all);

#endif
