/* regex.c -- PCRE2 with the JIT, bounded, behind a required literal.
 *
 * The required literal is read off the pattern's text, conservatively: only characters that every match must contain
 * one after the other; whatever the reader does not know ends the run or the attempt. Under case folding it keeps clear
 * of letters that fold onto letters outside ASCII (k and the Kelvin sign, s and the long s), so that a search for it
 * that folds ASCII alone cannot miss. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/regex.h"
#include "base/fault.h"
#include "base/scan.h"
#include "base/utf8.h"

#include <assert.h>
#include <pcre2.h>

struct spl_regex {
    pcre2_code *code;
    spl_str pattern;
    spl_str required;
    bool fold;
    bool has_needle;
    spl_needle needle;
    unsigned groups;
    spl_str *names;        /* of group i + 1 */
    uint32_t steps, depth; /* spl_regex_bound(); 0: no bound */
};

struct spl_match {
    spl_arena *arena;
    pcre2_match_data *data; /* for ROOM groups */
    uint32_t room;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    spl_str subject;
    const size_t *ovector; /* of the last search; NULL after a miss */
    unsigned count;        /* groups set, 0 included */
    uint32_t steps, depth; /* the bounds of any search */
    bool gave_up;
    void (*poll)(const void *of);
    const void *poll_of;
    unsigned searches;
};

/* --- the literal that every match contains ---------------------------------------------------------------------- */

typedef struct reader {
    const char *at, *end;
    spl_buf run;  /* literal characters in a row */
    size_t last;  /* where the last character of the run begins */
    spl_str best; /* the longest run so far */
    bool fold;
    bool lost; /* something unknown: no literal at all */
    spl_arena *arena;
} reader;

static void end_run(reader *r)
{
    if (r->run.len > r->best.len) r->best = spl_str_copy(r->arena, spl_buf_str(&r->run));
    spl_buf_clear(&r->run);
}

static void take_literal(reader *r, const char *text, size_t len)
{
    char c = spl_ascii_lower(*text);

    if (r->fold && ((unsigned char)c >= 0x80 || c == 'k' || c == 's')) {
        end_run(r);
        r->last = 0;
        return;
    }
    r->last = r->run.len;
    spl_buf_add(&r->run, spl_str_cut(text, len));
}

/* A quantifier at AT? Consumes it; *OPTIONAL if it may be zero times. */
static bool take_quantifier(reader *r, bool *optional)
{
    const char *at = r->at;

    if (at == r->end) return false;
    if (*at == '*' || *at == '?') {
        *optional = true;
        at++;
    } else if (*at == '+') {
        *optional = false;
        at++;
    } else if (*at == '{') {
        bool zero = true, comma = false, any = false;
        for (at++; at < r->end && (spl_is_digit(*at) || *at == ',' || *at == ' '); at++) {
            if (*at == ',')
                comma = true;
            else if (*at != ' ' && !comma)
                any = true, zero &= *at == '0';
        }
        if (at == r->end || *at != '}' || (!any && !comma)) return false; /* a brace that stands for itself */
        *optional = !any || zero;
        at++;
    } else {
        return false;
    }
    if (at < r->end && (*at == '?' || *at == '+')) at++;
    r->at = at;
    return true;
}

static void skip_to(reader *r, char close)
{
    while (r->at < r->end && *r->at != close) r->at++;
    if (r->at == r->end)
        r->lost = true;
    else
        r->at++;
}

/* Behind a backslash. A character that stands for itself is taken; a class or assertion ends the run. */
static void take_escape(reader *r)
{
    char c;

    if (r->at == r->end) {
        r->lost = true;
        return;
    }
    c = *r->at;
    if (!spl_is_alpha(c) && !spl_is_digit(c)) {
        size_t len = 1;
        if ((unsigned char)c >= 0x80) {
            len = 0;
            spl_utf8_next(spl_str_cut(r->at, (size_t)(r->end - r->at)), &len);
        }
        take_literal(r, r->at, len);
        r->at += len;
        return;
    }
    r->at++;
    switch (c) {
    case 't': take_literal(r, "\t", 1); return;
    case 'n': take_literal(r, "\n", 1); return;
    case 'r': take_literal(r, "\r", 1); return;
    case 'f': take_literal(r, "\f", 1); return;
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 's':
    case 'S':
    case 'h':
    case 'H':
    case 'v':
    case 'V':
    case 'R':
    case 'X':
    case 'b':
    case 'B':
    case 'A':
    case 'Z':
    case 'z':
    case 'G':
    case 'K':
    case 'a':
    case 'e': end_run(r); return;
    case 'x':
        end_run(r);
        if (r->at < r->end && *r->at == '{') {
            skip_to(r, '}');
        } else {
            for (int i = 0; i < 2 && r->at < r->end; i++) {
                char h = spl_ascii_lower(*r->at);
                if (!spl_is_digit(h) && (h < 'a' || h > 'f')) break;
                r->at++;
            }
        }
        return;
    case 'p':
    case 'P':
        end_run(r);
        if (r->at < r->end && *r->at == '{')
            skip_to(r, '}');
        else
            r->at++;
        return;
    case 'k':
    case 'g':
        end_run(r);
        if (r->at < r->end && *r->at == '{')
            skip_to(r, '}');
        else if (r->at < r->end && *r->at == '<')
            skip_to(r, '>');
        else if (r->at < r->end && *r->at == '\'')
            r->at++, skip_to(r, '\'');
        else
            while (r->at < r->end && (spl_is_digit(*r->at) || *r->at == '-' || *r->at == '+')) r->at++;
        return;
    default:
        if (spl_is_digit(c)) {
            end_run(r);
            while (r->at < r->end && spl_is_digit(*r->at)) r->at++;
            return;
        }
        r->lost = true; /* \Q, \E, \N, \o, \c, \C … */
    }
}

/* Behind [. */
static void skip_class(reader *r)
{
    if (r->at < r->end && *r->at == '^') r->at++;
    if (r->at < r->end && *r->at == ']') r->at++;
    while (r->at < r->end && *r->at != ']') {
        if (*r->at == '\\') {
            r->at++;
            if (r->at < r->end && (*r->at == 'Q' || *r->at == 'E')) r->lost = true;
            if (r->at < r->end) r->at++;
        } else if (*r->at == '[' && r->at + 1 < r->end && (r->at[1] == ':' || r->at[1] == '.' || r->at[1] == '=')) {
            const char *close = r->at + 2;
            while (close + 1 < r->end && *close != ']' && *close != '\\' && !(*close == r->at[1] && close[1] == ']'))
                close++;
            r->at = close + 1 < r->end && *close == r->at[1] && close[1] == ']' ? close + 2 : r->at + 1;
        } else {
            r->at++;
        }
    }
    if (r->at == r->end)
        r->lost = true;
    else
        r->at++;
}

static bool looking_at(const reader *r, const char *text)
{
    return spl_str_starts(spl_str_cut(r->at, (size_t)(r->end - r->at)), spl_str_of(text));
}

static void read_sequence(reader *r, unsigned depth);

/* Behind (. Its contents count where it must match and is no alternation. */
static void read_group(reader *r, unsigned depth)
{
    spl_str best;
    bool counts = true, optional = false;

    end_run(r);
    best = r->best;
    if (r->at < r->end && *r->at == '*') {
        r->lost = true;
        return;
    }
    if (r->at < r->end && *r->at == '?') {
        r->at++;
        if (looking_at(r, "P<")) {
            r->at += 2, skip_to(r, '>');
        } else if (looking_at(r, "<=") || looking_at(r, "<!")) {
            r->at += 2, counts = false;
        } else if (looking_at(r, "<")) {
            skip_to(r, '>');
        } else if (looking_at(r, "'")) {
            r->at++, skip_to(r, '\'');
        } else if (looking_at(r, ":") || looking_at(r, ">")) {
            r->at++;
        } else if (looking_at(r, "=") || looking_at(r, "!")) {
            r->at++, counts = false;
        } else {
            r->lost = true; /* options, recursion, conditions, comments … */
            return;
        }
    }
    if (r->lost) return;
    read_sequence(r, depth + 1);
    if (r->lost) return;
    if (r->at == r->end) {
        r->lost = true;
        return;
    }
    r->at++; /* ) */
    if (take_quantifier(r, &optional) && optional) counts = false;
    if (!counts) r->best = best;
}

/* Up to ) or the end. With an alternation in it nothing of it counts. */
static void read_sequence(reader *r, unsigned depth)
{
    spl_str before = r->best;
    bool alternation = false, optional;

    if (depth > 50) r->lost = true;
    while (r->at < r->end && *r->at != ')' && !r->lost) {
        char c = *r->at++;
        switch (c) {
        case '|':
            alternation = true;
            end_run(r);
            continue;
        case '^':
        case '$': end_run(r); continue;
        case '.': end_run(r); break;
        case '[':
            end_run(r);
            skip_class(r);
            break;
        case '(': read_group(r, depth); continue;
        case '\\': {
            size_t had = r->run.len;
            take_escape(r);
            if (r->run.len > had) goto literal;
            break;
        }
        case '{':
        case '*':
        case '+':
        case '?': end_run(r); continue; /* stands for itself, or is refused */
        default: {
            size_t len = 1, had = r->run.len;
            if ((unsigned char)c >= 0x80) {
                len = 0;
                spl_utf8_next(spl_str_cut(r->at - 1, (size_t)(r->end - r->at + 1)), &len);
            }
            take_literal(r, r->at - 1, len);
            r->at += len - 1;
            if (r->run.len > had) goto literal;
            break;
        }
        }
        take_quantifier(r, &optional); /* of what is no literal */
        continue;
    literal:
        if (take_quantifier(r, &optional)) {
            if (optional) r->run.len = r->last;
            end_run(r);
        }
    }
    end_run(r);
    if (alternation) r->best = before;
}

static void find_required(spl_regex *regex, spl_arena *arena, unsigned flags)
{
    reader r = {.at = regex->pattern.data, .end = regex->pattern.data + regex->pattern.len, .arena = arena};

    r.run = spl_buf_in(arena);
    r.fold = flags & SPL_REGEX_FOLD;
    for (;;) { /* options for the whole pattern */
        spl_str head;
        size_t i = 2;
        bool fold = r.fold;
        if (!looking_at(&r, "(?")) break;
        head = spl_str_cut(r.at, (size_t)(r.end - r.at));
        while (i < head.len && (memchr("imsJU", head.data[i], 5) != NULL)) fold |= head.data[i++] == 'i';
        if (i == 2 || i == head.len || head.data[i] != ')') break;
        r.fold = fold;
        r.at += i + 1;
    }
    read_sequence(&r, 0);
    regex->fold = r.fold;
    if (r.lost || r.at != r.end) return;
    if (r.fold) /* spelt as the needle is */
        for (size_t i = 0; i < r.best.len; i++) ((char *)r.best.data)[i] = spl_ascii_lower(r.best.data[i]);
    regex->required = r.best;
}

/* --- compiling -------------------------------------------------------------------------------------------------- */

static void code_free(void *code)
{
    pcre2_code_free(code);
}

spl_regex *spl_regex_compile(spl_arena *arena, spl_str pattern, unsigned flags, spl_str *error, size_t *at)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DUPNAMES | PCRE2_NEVER_BACKSLASH_C, size = 0;
    int code = 0;
    size_t offset = 0;
    pcre2_code *compiled;
    spl_regex *regex;

    if (flags & SPL_REGEX_FOLD) options |= PCRE2_CASELESS;
    if (flags & SPL_REGEX_ANCHORED_WHOLE) options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    if (flags & SPL_REGEX_DOTALL) options |= PCRE2_DOTALL;
    if (flags & SPL_REGEX_MULTILINE) options |= PCRE2_MULTILINE;
    compiled = pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.data : ""), pattern.len, options, &code, &offset, NULL);
    if (!compiled) {
        char message[256];
        if (error && (code == 142 || code == 144)) {
            *error = SPL_S("the name of a group consists of letters, digits and underscores and begins with no digit");
        } else if (error) {
            if (pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message) < 0) message[0] = '\0';
            *error = spl_str_copy(arena, spl_str_of(message));
        }
        if (at) *at = offset > pattern.len ? pattern.len : offset;
        return NULL;
    }
    spl_arena_defer(arena, code_free, compiled);
    /* Where the JIT has no room the interpreter does the same under the same limits. */
    (void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE | (flags & SPL_REGEX_PIECEWISE ? PCRE2_JIT_PARTIAL_HARD : 0u));
    regex = SPL_NEW(arena, spl_regex);
    regex->code = compiled;
    regex->pattern = spl_str_copy(arena, pattern);
    pcre2_pattern_info(compiled, PCRE2_INFO_CAPTURECOUNT, &size);
    regex->groups = size;
    regex->names = SPL_NEW_ARRAY(arena, size ? size : 1, spl_str);
    pcre2_pattern_info(compiled, PCRE2_INFO_NAMECOUNT, &size);
    if (size) {
        PCRE2_SPTR table;
        uint32_t entry;
        pcre2_pattern_info(compiled, PCRE2_INFO_NAMETABLE, &table);
        pcre2_pattern_info(compiled, PCRE2_INFO_NAMEENTRYSIZE, &entry);
        for (uint32_t i = 0; i < size; i++, table += entry) {
            unsigned group = (unsigned)table[0] << 8 | table[1];
            regex->names[group - 1] = spl_str_copy(arena, spl_str_of((const char *)table + 2));
        }
    }
    find_required(regex, arena, flags);
    if (regex->required.len > 1) {
        regex->needle = spl_needle_of(arena, regex->required, regex->fold);
        regex->has_needle = true;
    }
    return regex;
}

unsigned spl_regex_groups(const spl_regex *regex)
{
    return regex->groups;
}

spl_str spl_regex_group_name(const spl_regex *regex, unsigned i)
{
    return i >= 1 && i <= regex->groups ? regex->names[i - 1] : (spl_str){"", 0};
}

spl_str spl_regex_pattern(const spl_regex *regex)
{
    return regex->pattern;
}

spl_str spl_regex_required(const spl_regex *regex, bool *fold)
{
    if (fold) *fold = regex->fold;
    return regex->required.len ? regex->required : (spl_str){"", 0};
}

/* --- matching --------------------------------------------------------------------------------------------------- */

enum { JIT_STACK = 1 << 20 };

static void match_free(void *ptr)
{
    spl_match *match = ptr;

    pcre2_match_data_free(match->data);
    pcre2_match_context_free(match->context);
    pcre2_jit_stack_free(match->stack);
}

spl_match *spl_match_new(spl_arena *arena, uint64_t match_limit, uint64_t depth_limit)
{
    spl_match *match = SPL_NEW(arena, spl_match);

    match->arena = arena;
    spl_arena_defer(arena, match_free, match);
    match->room = 16;
    match->data = pcre2_match_data_create(match->room, NULL);
    match->context = pcre2_match_context_create(NULL);
    match->stack = pcre2_jit_stack_create(32 << 10, JIT_STACK, NULL);
    if (!match->data || !match->context || !match->stack) spl_fail(SPL_BOUND, "memory is used up");
    pcre2_config(PCRE2_CONFIG_MATCHLIMIT, &match->steps);
    pcre2_config(PCRE2_CONFIG_DEPTHLIMIT, &match->depth);
    if (match_limit) match->steps = match_limit < UINT32_MAX ? (uint32_t)match_limit : UINT32_MAX;
    pcre2_set_match_limit(match->context, match->steps);
    if (depth_limit)
        pcre2_set_heap_limit(match->context, depth_limit < UINT32_MAX ? (uint32_t)depth_limit : UINT32_MAX);
    pcre2_jit_stack_assign(match->context, NULL, match->stack);
    return match;
}

void spl_match_on_poll(spl_match *match, void (*poll)(const void *of), const void *of)
{
    match->poll = poll;
    match->poll_of = of;
}

void spl_regex_bound(spl_regex *regex, uint64_t steps, uint64_t depth)
{
    regex->steps = steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX;
    regex->depth = depth < UINT32_MAX ? (uint32_t)depth : UINT32_MAX;
}

bool spl_match_gave_up(const spl_match *match)
{
    return match->gave_up;
}

/* The result of a search within the pattern's own bounds, which give up before those of any search do. */
static int search_bounded(spl_match *match, const spl_regex *regex, spl_str subject, size_t from, uint32_t options)
{
    bool steps = regex->steps && regex->steps < match->steps, depth = regex->depth && regex->depth < match->depth;
    int found;

    if (steps) pcre2_set_match_limit(match->context, regex->steps);
    if (depth) pcre2_set_depth_limit(match->context, regex->depth);
    found = pcre2_match(regex->code, (PCRE2_SPTR)(subject.data ? subject.data : ""), subject.len, from,
                        options | PCRE2_NO_JIT, match->data, match->context);
    pcre2_set_match_limit(match->context, match->steps);
    pcre2_set_depth_limit(match->context, match->depth);
    match->gave_up = (found == PCRE2_ERROR_MATCHLIMIT && steps) || (found == PCRE2_ERROR_DEPTHLIMIT && depth);
    return match->gave_up ? PCRE2_ERROR_NOMATCH : found;
}

/* False: no match, or with a partial matching option of PCRE2 one that is not decided, and *OPEN is where it begins. */
static bool search(spl_match *match, const spl_regex *regex, spl_str subject, size_t from, uint32_t options,
                   size_t *open)
{
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.data ? subject.data : "");
    int found;

    if (regex->groups + 1 > match->room) {
        pcre2_match_data *larger = pcre2_match_data_create(regex->groups + 1, NULL);
        if (!larger) spl_fail(SPL_BOUND, "memory is used up");
        pcre2_match_data_free(match->data);
        match->data = larger;
        match->room = regex->groups + 1;
    }
    if (++match->searches % 4096 == 0 && match->poll) match->poll(match->poll_of);
    match->subject = subject;
    match->ovector = NULL;
    match->count = 0;
    match->gave_up = false;
    if (regex->steps || regex->depth)
        found = search_bounded(match, regex, subject, from, options);
    else
        found = pcre2_match(regex->code, text, subject.len, from, options, match->data, match->context);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) /* the interpreter keeps its frames on the heap */
        found = pcre2_match(regex->code, text, subject.len, from, options | PCRE2_NO_JIT, match->data, match->context);
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found == PCRE2_ERROR_PARTIAL && open) {
        *open = pcre2_get_ovector_pointer(match->data)[0];
        return false;
    }
    if (found < 0) {
        const char *what = found == PCRE2_ERROR_MATCHLIMIT
                               ? "takes more steps than allowed (repeats in repeats, as in (a+)+, often are the cause)"
                           : found == PCRE2_ERROR_HEAPLIMIT  ? "takes more memory than allowed"
                           : found == PCRE2_ERROR_DEPTHLIMIT ? "goes deeper than allowed"
                           : found == PCRE2_ERROR_NOMEMORY   ? "takes more memory than there is"
                                                             : NULL;
        spl_str shown = spl_str_sub(regex->pattern, 0, 200);
        if (!what) spl_fail(SPL_BOUND, "the regular expression \"%.*s\" failed (%d)", SPL_FMT(shown), found);
        spl_fail(SPL_BOUND, "the regular expression \"%.*s\"%s on a text of %zu bytes %s", SPL_FMT(shown),
                 shown.len < regex->pattern.len ? "…" : "", subject.len, what);
    }
    match->ovector = pcre2_get_ovector_pointer(match->data);
    match->count = (unsigned)found;
    return true;
}

bool spl_regex_search(spl_match *match, const spl_regex *regex, spl_str subject, size_t from)
{
    match->gave_up = false;
    if (from > subject.len) {
        match->ovector = NULL;
        match->count = 0;
        return false;
    }
    if (regex->has_needle && !spl_needle_find(&regex->needle, subject.data + from, subject.data + subject.len)) {
        match->ovector = NULL;
        match->count = 0;
        return false;
    }
    return search(match, regex, subject, from, 0, NULL);
}

spl_scanned spl_regex_scan(spl_match *match, const spl_regex *regex, spl_str subject, size_t from, bool begins,
                           bool goes_on, size_t *open)
{
    const uint32_t options = (begins ? 0 : PCRE2_NOTBOL) | (goes_on ? PCRE2_PARTIAL_HARD : 0);
    size_t undecided = SIZE_MAX;

    if (search(match, regex, subject, from, options, &undecided)) return SPL_SCANNED_MATCH;
    if (undecided == SIZE_MAX) return SPL_SCANNED_NONE;
    *open = undecided < from ? from : undecided;
    return SPL_SCANNED_OPEN;
}

unsigned spl_regex_looks_behind(const spl_regex *regex)
{
    uint32_t count = 0;

    pcre2_pattern_info(regex->code, PCRE2_INFO_MAXLOOKBEHIND, &count);
    return count;
}

bool spl_match_group(const spl_match *match, unsigned i, spl_str *text)
{
    if (!match->ovector || i >= match->count || match->ovector[2 * i] == PCRE2_UNSET) return false;
    /* \K in a lookahead can put the end before the begin. */
    *text = spl_str_sub(match->subject, match->ovector[2 * i], match->ovector[2 * i + 1]);
    return true;
}

size_t spl_match_begin(const spl_match *match, unsigned i)
{
    return match->ovector[2 * i];
}

size_t spl_match_end(const spl_match *match, unsigned i)
{
    return match->ovector[2 * i + 1];
}

spl_str spl_regex_replace(spl_match *match, spl_arena *arena, const spl_regex *regex, spl_str subject,
                          spl_str replacement, bool all)
{
    spl_buf out = spl_buf_in(arena);
    size_t done = 0, from = 0;
    uint32_t options = 0;

    if (!spl_regex_search(match, regex, subject, 0)) return subject;
    do {
        assert(match->ovector); /* of the search that found it */
        size_t begin = match->ovector[0], end = match->ovector[1];
        if (begin > end) begin = end;
        if (begin < done) begin = done; /* \K behind a lookbehind */
        spl_buf_add(&out, spl_str_sub(subject, done, begin));
        for (size_t i = 0; i < replacement.len; i++) {
            char c = replacement.data[i];
            spl_str group;
            if (c != '\\' || i + 1 == replacement.len) {
                spl_buf_char(&out, c);
            } else if (spl_is_digit(replacement.data[i + 1])) {
                if (spl_match_group(match, (unsigned)(replacement.data[++i] - '0'), &group)) spl_buf_add(&out, group);
            } else if (replacement.data[i + 1] == '\\') {
                spl_buf_char(&out, replacement.data[++i]);
            } else {
                spl_buf_char(&out, c);
            }
        }
        if (end > done) done = end;
        if (!all) break;
        if (end > from) from = end;
        /* After an empty match: something that begins here, or else further on. */
        options = begin == end ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0;
        while (!search(match, regex, subject, from, options, NULL)) {
            if (!options || from >= subject.len) {
                from = subject.len + 1;
                break;
            }
            (void)spl_utf8_next(subject, &from);
            options = 0;
        }
    } while (from <= subject.len);
    spl_buf_add(&out, spl_str_sub(subject, done, subject.len));
    return spl_buf_str(&out);
}
