/* page.c -- finds the published search in a Markdown or HTML page. */
#include "cli/page.h"

static const struct {
    const char *name;
    uint32_t code;
} named[] = {
    {"lt", '<'},        {"gt", '>'},       {"amp", '&'},      {"quot", '"'},     {"apos", '\''},    {"nbsp", 0xA0},
    {"ndash", 0x2013},  {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201C}, {"rdquo", 0x201D},
    {"hellip", 0x2026}, {"bull", 0x2022},  {"middot", 0xB7},  {"copy", 0xA9},    {"reg", 0xAE},     {"trade", 0x2122},
    {"deg", 0xB0},      {"times", 0xD7},   {"laquo", 0xAB},   {"raquo", 0xBB},   {"sect", 0xA7},    {"para", 0xB6},
    {"plusmn", 0xB1},   {"micro", 0xB5},   {"euro", 0x20AC},  {"pound", 0xA3},   {"larr", 0x2190},  {"rarr", 0x2192},
    {"NewLine", '\n'},  {"Tab", '\t'},     {"excl", '!'},     {"num", '#'},      {"dollar", '$'},   {"percnt", '%'},
    {"lpar", '('},      {"rpar", ')'},     {"ast", '*'},      {"plus", '+'},     {"comma", ','},    {"period", '.'},
    {"sol", '/'},       {"colon", ':'},    {"semi", ';'},     {"equals", '='},   {"quest", '?'},    {"commat", '@'},
    {"lsqb", '['},      {"lbrack", '['},   {"bsol", '\\'},    {"rsqb", ']'},     {"rbrack", ']'},   {"Hat", '^'},
    {"lowbar", '_'},    {"grave", '`'},    {"lcub", '{'},     {"lbrace", '{'},   {"vert", '|'},     {"verbar", '|'},
    {"rcub", '}'},      {"rbrace", '}'},
};

/* The character that the reference between & and ; names; false if none. */
static bool reference(spl_str name, uint32_t *code)
{
    if (name.len && name.data[0] == '#') {
        bool hex = name.len > 1 && (name.data[1] == 'x' || name.data[1] == 'X');
        size_t i = hex ? 2 : 1;
        uint32_t value = 0;
        if (i >= name.len) return false;
        for (; i < name.len; i++) {
            char c = spl_ascii_lower(name.data[i]);
            uint32_t digit = spl_is_digit(c)        ? (uint32_t)(c - '0')
                             : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                                                    : 99;
            if (digit >= (hex ? 16u : 10u)) return false;
            value = value * (hex ? 16 : 10) + digit;
            if (value > 0x10FFFF) return false;
        }
        if (value == 0 || (value >= 0xD800 && value < 0xE000)) return false;
        *code = value;
        return true;
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (!spl_str_is(name, named[i].name)) continue;
        *code = named[i].code;
        return true;
    }
    return false;
}

spl_str spl_html_decode(spl_arena *arena, spl_str text)
{
    enum { LONGEST = 12 };
    spl_buf out = spl_buf_in(arena);
    size_t at = 0;

    while (at < text.len) {
        const char *ampersand = memchr(text.data + at, '&', text.len - at);
        size_t begin = ampersand ? (size_t)(ampersand - text.data) : text.len;
        spl_buf_add(&out, spl_str_sub(text, at, begin));
        if (!ampersand) break;
        size_t limit = text.len - begin - 1 < LONGEST ? text.len - begin - 1 : LONGEST;
        const char *semicolon = memchr(ampersand + 1, ';', limit);
        uint32_t code;
        if (semicolon && reference(spl_str_cut(ampersand + 1, (size_t)(semicolon - ampersand) - 1), &code)) {
            spl_buf_utf8(&out, code);
            at = (size_t)(semicolon - text.data) + 1;
        } else {
            spl_buf_char(&out, '&');
            at = begin + 1;
        }
    }
    return spl_buf_str(&out);
}

/* The next line of TEXT from *AT, without its line end; false at the end. */
static bool next_line(spl_str text, size_t *at, spl_str *line)
{
    if (*at >= text.len) return false;
    const char *newline = memchr(text.data + *at, '\n', text.len - *at);
    size_t end = newline ? (size_t)(newline - text.data) : text.len;
    *line = spl_str_sub(text, *at, end);
    if (line->len && line->data[line->len - 1] == '\r') line->len--;
    *at = end + 1;
    return true;
}

static uint32_t line_number(spl_str text, size_t at)
{
    uint32_t line = 1;
    for (size_t i = 0; i < at && i < text.len; i++) line += text.data[i] == '\n';
    return line;
}

/* "## Search", "Search:" underlined by === or ---, "**Search**": the words of a heading; empty if LINE is none. */
static spl_str heading(spl_str line, spl_str after)
{
    spl_str words = spl_str_trim(line);
    size_t marks = 0;
    while (marks < words.len && words.data[marks] == '#') marks++;
    if (marks) {
        if (marks > 6 || marks >= words.len || !spl_is_space(words.data[marks])) return (spl_str){0};
        words = spl_str_trim(spl_str_sub(words, marks, words.len));
        size_t end = words.len;
        while (end && words.data[end - 1] == '#') end--;
        if (end < words.len && end && spl_is_space(words.data[end - 1]))
            words = spl_str_trim(spl_str_sub(words, 0, end));
    } else {
        after = spl_str_trim(after);
        bool underlined = after.len > 0;
        for (size_t i = 0; i < after.len; i++)
            underlined &= after.data[i] == after.data[0] && (after.data[0] == '=' || after.data[0] == '-');
        bool bold = words.len > 4 && spl_str_starts(words, SPL_S("**")) && spl_str_ends(words, SPL_S("**"));
        if (!underlined && !bold) return (spl_str){0};
        if (bold) words = spl_str_trim(spl_str_sub(words, 2, words.len - 2));
    }
    if (words.len && words.data[words.len - 1] == ':') words = spl_str_trim(spl_str_sub(words, 0, words.len - 1));
    return words;
}

/* The fence that LINE is: its character and length; 0 if none. ALONE: nothing may follow it. */
static size_t fence(spl_str line, char *mark, bool alone)
{
    size_t at = 0, length = 0;
    while (at < line.len && at < 4 && line.data[at] == ' ') at++;
    if (at == line.len || (line.data[at] != '`' && line.data[at] != '~')) return 0;
    *mark = line.data[at];
    while (at + length < line.len && line.data[at + length] == *mark) length++;
    spl_str rest = spl_str_trim(spl_str_sub(line, at + length, line.len));
    if (length < 3 || (alone && rest.len) || (*mark == '`' && rest.len && memchr(rest.data, '`', rest.len))) return 0;
    return length;
}

static bool markdown(spl_str page, size_t *begin, size_t *end)
{
    bool under = false, inside = false;
    char mark = 0, own;
    size_t length = 0, n;
    spl_str line, after;

    for (size_t at = 0;;) {
        size_t line_at = at;
        if (!next_line(page, &at, &line)) return false; /* also a block that is never closed: below */
        if (inside) {
            n = fence(line, &own, true);
            if (n < length || own != mark) {
                if (at >= page.len && under) {
                    *end = page.len;
                    return true;
                }
                continue;
            }
            if (under) {
                *end = line_at;
                return true;
            }
            inside = false;
            continue;
        }
        n = fence(line, &mark, false);
        if (n) {
            inside = true;
            length = n;
            if (under) *begin = *end = at < page.len ? at : page.len;
            continue;
        }
        size_t peek = at;
        if (!next_line(page, &peek, &after)) after = (spl_str){0};
        spl_str words = heading(line, after);
        if (words.len) under = spl_str_iis(words, "search");
    }
}

/* Text between tags; entities stay. */
static spl_str without_tags(spl_arena *arena, spl_str html)
{
    spl_buf out = spl_buf_in(arena);
    for (size_t at = 0; at < html.len;) {
        char c = html.data[at];
        char next = at + 1 < html.len ? html.data[at + 1] : ' ';
        const char *close = c == '<' && (next == '/' || next == '!' || spl_is_alpha(next))
                                ? memchr(html.data + at, '>', html.len - at)
                                : NULL;
        if (close) {
            at = (size_t)(close - html.data) + 1;
        } else {
            spl_buf_char(&out, c);
            at++;
        }
    }
    return spl_buf_str(&out);
}

/* Offset after the opening tag NAME that begins at or after FROM, with *TAG its begin; -1 if there is none. */
static ptrdiff_t open_tag(spl_str page, const char *name, size_t from, size_t *tag)
{
    spl_str text = spl_str_of(name);
    for (;;) {
        ptrdiff_t at = spl_str_ifind(page, text, from);
        if (at < 0) return -1;
        size_t after = (size_t)at + text.len;
        const char *close = after < page.len ? memchr(page.data + after, '>', page.len - after) : NULL;
        if (!close) return -1;
        if (page.data[after] == '>' || spl_is_space(page.data[after])) {
            *tag = (size_t)at;
            return close - page.data + 1;
        }
        from = after;
    }
}

static bool html_block(spl_arena *arena, spl_str page, size_t *begin, size_t *end)
{
    size_t from = 0, tag;
    /* headings h1 to h6, in the order in which they stand */
    for (;;) {
        ptrdiff_t best = -1;
        size_t best_tag = page.len;
        char level = '0';
        for (int n = '1'; n <= '6'; n++) {
            const char name[] = {'<', 'h', (char)n, 0};
            ptrdiff_t after = open_tag(spl_str_sub(page, 0, best_tag), name, from, &tag);
            if (after < 0 || tag >= best_tag) continue;
            best = after;
            best_tag = tag;
            level = (char)n;
        }
        if (best < 0) return false;
        const char closing[] = {'<', '/', 'h', level, 0};
        ptrdiff_t close = spl_str_ifind(page, spl_str_of(closing), (size_t)best);
        if (close < 0) return false;
        spl_str words =
            spl_str_trim(spl_html_decode(arena, without_tags(arena, spl_str_sub(page, (size_t)best, (size_t)close))));
        from = (size_t)close;
        if (!spl_str_iis(words, "search")) continue;
        ptrdiff_t block = open_tag(page, "<pre", from, &tag);
        if (block < 0) return false;
        ptrdiff_t last = spl_str_ifind(page, SPL_S("</pre"), (size_t)block);
        *begin = (size_t)block;
        *end = last < 0 ? page.len : (size_t)last;
        return true;
    }
}

bool spl_page_search(spl_arena *arena, spl_str page, bool html, spl_str *text, uint32_t *line, uint32_t *column)
{
    size_t begin = 0, end = 0;

    if (html) {
        if (!html_block(arena, page, &begin, &end)) return false;
        if (begin < end && page.data[begin] == '\n') begin++; /* HTML drops it */
        *text = spl_html_decode(arena, without_tags(arena, spl_str_sub(page, begin, end)));
    } else {
        if (!markdown(page, &begin, &end)) return false;
        *text = spl_html_decode(arena, spl_str_sub(page, begin, end));
    }
    *line = line_number(page, begin);
    *column = 1;
    for (size_t i = begin; i > 0 && page.data[i - 1] != '\n'; i--) ++*column;
    return true;
}
