/* segments.c -- Splunk's breakers, and looking for keywords between them.
 *
 * The table is that of the default segmenter (Splunk's segmenters.conf.spec, MAJOR and MINOR). Major breakers of
 * several bytes (%20 and the like, and --) matter only where they end: a segment may begin after them. What follows a
 * minor breaker, as % and - are, may begin a segment in any case. */
#include "expr/segments.h"

enum { MAJOR = 1, MINOR = 2 };

static const unsigned char breakers[256] = {
    ['['] = MAJOR, [']'] = MAJOR,  ['<'] = MAJOR,  ['>'] = MAJOR, ['('] = MAJOR,  [')'] = MAJOR,  ['{'] = MAJOR,
    ['}'] = MAJOR, ['|'] = MAJOR,  ['!'] = MAJOR,  [';'] = MAJOR, [','] = MAJOR,  ['\''] = MAJOR, ['"'] = MAJOR,
    ['*'] = MAJOR, ['\n'] = MAJOR, ['\r'] = MAJOR, [' '] = MAJOR, ['\t'] = MAJOR, ['&'] = MAJOR,  ['?'] = MAJOR,
    ['+'] = MAJOR, ['\f'] = MAJOR, ['\v'] = MAJOR, ['/'] = MINOR, [':'] = MINOR,  ['='] = MINOR,  ['@'] = MINOR,
    ['.'] = MINOR, ['-'] = MINOR,  ['$'] = MINOR,  ['#'] = MINOR, ['%'] = MINOR,  ['\\'] = MINOR, ['_'] = MINOR,
};
/* Percent-encoded major breakers: what follows them begins a segment. */
static const char *const encoded[] = {"%21", "%26", "%3B", "%7C", "%20", "%2B",   "%3D",   "%5D", "%5B",
                                      "%3A", "%0A", "%2C", "%28", "%29", "%2526", "%2520", NULL};

typedef struct piece {
    spl_str text; /* not empty; lower case if fold */
    spl_needle needle;
    bool has_major;
} piece;

struct spl_keyword {
    piece *pieces; /* between the wildcards */
    size_t n_pieces;
    spl_str literal;            /* the longest piece, as typed */
    bool open_left, open_right; /* a wildcard stands at that end */
    bool fold, term;
};

bool spl_breaker_major(char c)
{
    return breakers[(unsigned char)c] == MAJOR;
}

bool spl_breaker_minor(char c)
{
    return breakers[(unsigned char)c] == MINOR;
}

spl_keyword *spl_keyword_compile(spl_arena *arena, spl_str text, unsigned flags)
{
    spl_keyword *keyword = SPL_NEW(arena, spl_keyword);
    SPL_VEC(piece) pieces = {0};
    size_t begin = 0;

    keyword->fold = !(flags & SPL_KEYWORD_CASE);
    keyword->term = flags & SPL_KEYWORD_TERM;
    keyword->open_left = text.len && text.data[0] == '*';
    keyword->open_right = text.len && text.data[text.len - 1] == '*';
    text = spl_str_copy(arena, text);
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.data[i] != '*') continue;
        spl_str part = spl_str_sub(text, begin, i);
        begin = i + 1;
        if (!part.len) continue;
        piece made = {.needle = spl_needle_of(arena, part, keyword->fold)};
        made.text = made.needle.text;
        for (size_t k = 0; k < part.len; k++) {
            if (spl_breaker_major(part.data[k])) made.has_major = true;
        }
        SPL_PUSH(arena, &pieces, made);
        if (part.len > keyword->literal.len) keyword->literal = part;
    }
    keyword->pieces = pieces.data;
    keyword->n_pieces = pieces.len;
    return pieces.len ? keyword : NULL;
}

spl_str spl_keyword_literal(const spl_keyword *keyword)
{
    return keyword->literal;
}

static bool breaks(const spl_keyword *keyword, char c)
{
    return keyword->term ? spl_breaker_major(c) : breakers[(unsigned char)c] != 0;
}

/* A segment may begin at AT. */
static bool begins(const spl_keyword *keyword, const char *begin, const char *at, bool *escaped)
{
    if (at == begin || breaks(keyword, at[-1]) || breaks(keyword, *at)) return true;
    for (const char *const *code = encoded; *code; code++) {
        size_t len = strlen(*code);
        if ((size_t)(at - begin) >= len && spl_str_ieq(spl_str_cut(at - len, len), spl_str_cut(*code, len)))
            return true;
    }
    if (escaped && at - begin >= 2 && at[-2] == '\\' && (at[-1] == 'n' || at[-1] == 'r' || at[-1] == 't'))
        *escaped = true;
    return false;
}

static bool ends(const spl_keyword *keyword, const char *at, const char *end)
{
    return at == end || breaks(keyword, *at) || breaks(keyword, at[-1]);
}

static const char *next_major(const char *at, const char *end)
{
    while (at < end && !spl_breaker_major(*at)) {
        at++;
    }
    return at;
}

/* The place of PART at or after AT that begins before the next major breaker; where it is the last and tied to the end
 * of a segment, one that ends so. */
static const char *find_piece(const spl_keyword *keyword, const piece *part, const char *at, const char *end, bool tied)
{
    const char *stop = next_major(at, end), *limit = end;
    if ((size_t)(end - stop) > part->text.len) limit = stop + part->text.len;
    while ((at = spl_needle_find(&part->needle, at, limit))) {
        if (at > stop) return NULL;
        if (!tied || ends(keyword, at + part->text.len, end)) return at;
        at++;
    }
    return NULL;
}

bool spl_keyword_match(const spl_keyword *keyword, spl_str raw, bool *escaped)
{
    const char *begin = raw.data, *end = raw.data + raw.len, *at = begin;
    const piece *first = &keyword->pieces[0];

    if (!raw.len) return false;
    while ((at = spl_needle_find(&first->needle, at, end))) {
        const char *after = at + first->text.len;
        bool alone = keyword->n_pieces == 1;
        if ((alone && !keyword->open_right && !ends(keyword, after, end)) ||
            (!keyword->open_left && !begins(keyword, begin, at, escaped))) {
            at++;
            continue;
        }
        if (alone) return true;
        const char *retry = NULL;
        size_t i = 1;
        for (; i < keyword->n_pieces; i++) {
            bool last = i + 1 == keyword->n_pieces;
            const char *hit = find_piece(keyword, &keyword->pieces[i], after, end, last && !keyword->open_right);
            if (!hit) break;
            if (i == 1) retry = hit;
            after = hit + keyword->pieces[i].text.len;
        }
        if (i == keyword->n_pieces) return true;
        /* A later first piece within the same major segment finds no more than this one did: so it takes linear time.
         */
        if (i == 1 && !first->has_major) {
            at = next_major(after, end);
        } else {
            if (retry && (size_t)(retry - at) > first->text.len) at = retry - first->text.len;
            at++;
        }
    }
    return false;
}
