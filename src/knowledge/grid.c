/* grid.c -- see grid.h. */
#include "knowledge/grid.h"

#include "base/num.h"
#include "knowledge/extraction.h"

typedef struct word {
    size_t begin, end; /* in its line */
} word;
typedef SPL_VEC(word) words;

typedef struct table {
    spl_str *names;
    words header;
} table;

static void split(spl_arena *arena, spl_str text, words *out)
{
    size_t at = 0;

    out->len = 0;
    while (at < text.len) {
        size_t begin;

        while (at < text.len && spl_is_space(text.data[at])) at++;
        begin = at;
        while (at < text.len && !spl_is_space(text.data[at])) at++;
        if (at > begin) SPL_PUSH(arena, out, (word){begin, at});
    }
}

static spl_str clean(spl_arena *arena, spl_str name)
{
    char *out = spl_alloc(arena, name.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (spl_is_word(c)) {
            out[len++] = c;
        } else if (len && i + 1 < name.len && out[len - 1] != '_') {
            out[len++] = '_';
        }
    }
    return spl_str_cut(out, len);
}

static spl_str name_of(spl_arena *arena, spl_str text, size_t number)
{
    spl_str name = clean(arena, text);

    return name.len ? name : spl_strf(arena, "Column_%zu", number + 1);
}

static void take_header(spl_arena *arena, spl_str text, table *t)
{
    split(arena, text, &t->header);
    t->names = SPL_NEW_ARRAY(arena, t->header.len + 1, spl_str);
    for (size_t i = 0; i < t->header.len; i++)
        t->names[i] = name_of(arena, spl_str_sub(text, t->header.data[i].begin, t->header.data[i].end), i);
}

static void put(spl_arena *arena, spl_grid_line *line, spl_str name, spl_str text)
{
    if (text.len) SPL_PUSH(arena, &line->cells, (spl_grid_cell){name, text});
}

/* The cells of a line: one for each column, or, where there are fewer or more words than columns, by where they stand.
 */
static void take_line(spl_arena *arena, const table *t, spl_grid_line *out, const words *line)
{
    spl_str text = out->text;

    if (!t) {
        for (size_t i = 0; i < line->len; i++)
            put(arena, out, spl_strf(arena, "Column_%zu", i + 1),
                spl_str_sub(text, line->data[i].begin, line->data[i].end));
        return;
    }
    if (line->len == t->header.len) {
        for (size_t i = 0; i < line->len; i++)
            put(arena, out, t->names[i], spl_str_sub(text, line->data[i].begin, line->data[i].end));
        return;
    }
    for (size_t i = 0, column = 0; i < line->len && t->header.len;) {
        size_t begin = line->data[i].begin, end = line->data[i].end;

        while (column + 1 < t->header.len && end > t->header.data[column + 1].begin &&
               begin >= t->header.data[column].end)
            column++;
        /* further words that stand before the next column's name are of this cell */
        for (i++;
             i < line->len && (column + 1 >= t->header.len || line->data[i].end <= t->header.data[column + 1].begin);
             i++)
            end = line->data[i].end;
        put(arena, out, t->names[column], spl_str_sub(text, begin, end));
        column += column + 1 < t->header.len;
    }
}

static bool next_line(spl_str text, size_t *at, spl_str *line)
{
    const char *newline;
    size_t end;

    if (*at >= text.len) return false;
    newline = memchr(text.data + *at, '\n', text.len - *at);
    end = newline ? (size_t)(newline - text.data) : text.len;
    *line = spl_str_sub(text, *at, end);
    *at = end + 1;
    return true;
}

static spl_grid_lines read_plain(spl_arena *arena, const spl_grid_options *options, spl_str text)
{
    spl_grid_lines lines = {0};
    table *t = NULL;
    size_t at = 0, number = 0;
    spl_grid_line line = {0};
    words found = {0};

    while (next_line(text, &at, &line.text)) {
        number++;
        split(arena, line.text, &found);
        if (!found.len) {
            if (options->multitable && !options->forceheader) t = NULL;
            continue;
        }
        if (!options->noheader && !t) {
            if (number < (uint64_t)options->forceheader) continue;
            t = SPL_NEW(arena, table);
            take_header(arena, line.text, t);
            continue;
        }
        memset(&line.cells, 0, sizeof line.cells);
        take_line(arena, options->noheader ? NULL : t, &line, &found);
        SPL_PUSH(arena, &lines, line);
    }
    return lines;
}

/* ---- multikv.conf ---- */

typedef enum tokens { TOKENS_NONE, TOKENIZE, CHOP, ALIGN, TOKEN_LIST } tokens;

typedef struct replacement {
    spl_regex *from;
    spl_str to;
} replacement;

typedef struct aligned {
    spl_str header;
    bool right;
    int64_t width; /* negative: as far as it goes */
} aligned;

typedef struct section {
    bool given; /* where it is, is told */
    spl_regex *start, *member, *end;
    int64_t start_offset, linecount; /* negative: not given */
    bool ignore_all;
    SPL_VEC(spl_regex *) ignore;
    SPL_VEC(replacement) replace;
    tokens tokens;
    int64_t max;
    bool delim[256], consume;
    SPL_VEC(word) chops; /* begin, length */
    SPL_VEC(aligned) aligned;
    SPL_VEC(spl_str) names;
} section;

enum { PRE, HEADER, BODY, POST, SECTIONS };

struct spl_grid_rules {
    section of[SECTIONS];
};

typedef struct reading {
    spl_arena *arena;
    spl_span *at;
    spl_str *why;
} reading;

static bool fail(const reading *r, const spl_conf_entry *entry, spl_str why)
{
    *r->at = entry->span;
    *r->why = why;
    return false;
}

/* "a", b, "c d": parts between commas, quotes taken off; a doubled comma gives an empty one. In quotes \" is ". */
typedef SPL_VEC(spl_str) texts;
static texts parts_of(spl_arena *arena, spl_str text)
{
    texts parts = {0};
    size_t at = 0;

    while (at < text.len) {
        spl_buf out = spl_buf_in(arena);

        while (at < text.len && spl_is_space(text.data[at])) at++;
        if (at < text.len && text.data[at] == '"') {
            for (at++; at < text.len && text.data[at] != '"'; at++) {
                if (text.data[at] == '\\' && at + 1 < text.len && text.data[at + 1] == '"') at++;
                spl_buf_char(&out, text.data[at]);
            }
            at++;
            while (at < text.len && text.data[at] != ',') at++;
            SPL_PUSH(arena, &parts, spl_buf_str(&out));
        } else {
            while (at < text.len && text.data[at] != ',') spl_buf_char(&out, text.data[at++]);
            SPL_PUSH(arena, &parts, spl_str_trim(spl_buf_str(&out)));
        }
        at++;
    }
    return parts;
}

static bool compile(const reading *r, const spl_conf_entry *entry, spl_str pattern, spl_regex **out)
{
    spl_str error;
    size_t at;

    pattern = spl_str_trim(pattern);
    if (pattern.len >= 2 && pattern.data[0] == '"' && pattern.data[pattern.len - 1] == '"')
        pattern = spl_str_sub(pattern, 1, pattern.len - 1);
    *out = spl_regex_compile(r->arena, pattern, 0, &error, &at);
    return *out || fail(r, entry, error);
}

static bool read_int(const reading *r, const spl_conf_entry *entry, int64_t *out)
{
    if (spl_num_int(entry->value, out) && *out >= 0) return true;
    return fail(r, entry, SPL_S("a number is expected"));
}

static bool read_ignore(const reading *r, const spl_conf_entry *entry, section *s)
{
    texts parts;

    if (spl_str_iis(entry->value, "_all_")) {
        s->ignore_all = true;
        return true;
    }
    if (spl_str_iis(entry->value, "_none_")) return true;
    if (!spl_str_starts(entry->value, SPL_S("_regex_")))
        return fail(r, entry, SPL_S("_all_, _none_ or _regex_ is expected"));
    parts = parts_of(r->arena, spl_str_sub(entry->value, 7, entry->value.len));
    for (size_t i = 0; i < parts.len; i++) {
        spl_regex *regex;

        if (!parts.data[i].len) continue;
        if (!compile(r, entry, parts.data[i], &regex)) return false;
        SPL_PUSH(r->arena, &s->ignore, regex);
    }
    return true;
}

/* The text in quotes at *AT of TEXT. */
static bool quoted_at(spl_arena *arena, spl_str text, size_t *at, spl_str *out)
{
    spl_buf buf = spl_buf_in(arena);

    while (*at < text.len && (spl_is_space(text.data[*at]) || text.data[*at] == ',')) (*at)++;
    if (*at >= text.len || text.data[*at] != '"') return false;
    for ((*at)++; *at < text.len && text.data[*at] != '"'; (*at)++) {
        if (text.data[*at] == '\\' && *at + 1 < text.len && text.data[*at + 1] == '"') (*at)++;
        spl_buf_char(&buf, text.data[*at]);
    }
    if (*at >= text.len) return false;
    (*at)++;
    *out = spl_buf_str(&buf);
    return true;
}

static bool read_replace(const reading *r, const spl_conf_entry *entry, section *s)
{
    spl_str text = spl_str_trim(entry->value), from;
    size_t at = 0;

    while (at < text.len) {
        replacement made;

        if (!quoted_at(r->arena, text, &at, &from)) break;
        while (at < text.len && spl_is_space(text.data[at])) at++;
        if (at == text.len || text.data[at++] != '=' || !quoted_at(r->arena, text, &at, &made.to)) break;
        if (!compile(r, entry, from, &made.from)) return false;
        SPL_PUSH(r->arena, &s->replace, made);
        if (at == text.len) return true;
    }
    return !text.len || fail(r, entry, SPL_S("\"text\" = \"replacement\", … is expected"));
}

static bool read_tokenize(const reading *r, const spl_conf_entry *entry, section *s, const texts *parts)
{
    s->tokens = TOKENIZE;
    s->consume = true;
    if (parts->len < 2 || !spl_num_int(parts->data[1], &s->max) || s->max < -1)
        return fail(r, entry, SPL_S("_tokenize_ needs a number of tokens (-1, 0 or more)"));
    for (size_t i = 2; i < parts->len; i++) {
        spl_str part = parts->data[i];
        bool no = spl_str_iis(part, "false") || spl_str_is(part, "0");

        if (i > 2 && i + 1 == parts->len && (no || spl_str_iis(part, "true") || spl_str_is(part, "1"))) {
            s->consume = !no;
            continue;
        }
        for (size_t k = 0; k < part.len; k++) {
            char c = part.data[k];

            if (c == '\\' && k + 1 < part.len && part.data[k + 1] == 't') {
                c = '\t';
                k++;
            }
            s->delim[(unsigned char)c] = true;
        }
    }
    if (parts->len == 2) s->delim[' '] = s->delim['\t'] = true;
    return true;
}

static bool read_tokens(const reading *r, const spl_conf_entry *entry, section *s)
{
    texts parts = parts_of(r->arena, entry->value);
    spl_str kind = parts.len ? parts.data[0] : SPL_S("");
    int64_t a, b;

    if (spl_str_starts(kind, SPL_S("_tokenize_"))) return read_tokenize(r, entry, s, &parts);
    if (spl_str_is(kind, "_chop_")) {
        s->tokens = CHOP;
        for (size_t i = 1; i + 1 < parts.len; i += 2) {
            if (!spl_num_int(parts.data[i], &a) || !spl_num_int(parts.data[i + 1], &b) || a < 0 || b < 0)
                return fail(r, entry, SPL_S("_chop_ takes pairs of numbers: offset, length"));
            SPL_PUSH(r->arena, &s->chops, (word){(size_t)a, (size_t)b});
        }
        return s->chops.len > 0 || fail(r, entry, SPL_S("_chop_ takes pairs of numbers: offset, length"));
    }
    if (spl_str_is(kind, "_align_")) {
        s->tokens = ALIGN;
        for (size_t i = 1; i + 2 < parts.len; i += 3) {
            aligned one = {.header = parts.data[i], .right = spl_str_iis(parts.data[i + 1], "R")};

            if ((!one.right && !spl_str_iis(parts.data[i + 1], "L")) || !spl_num_int(parts.data[i + 2], &one.width))
                return fail(r, entry, SPL_S("_align_ takes a header's text, L or R, and a width"));
            SPL_PUSH(r->arena, &s->aligned, one);
        }
        return s->aligned.len > 0 || fail(r, entry, SPL_S("_align_ takes a header's text, L or R, and a width"));
    }
    if (spl_str_is(kind, "_token_list_")) {
        s->tokens = TOKEN_LIST;
        for (size_t i = 1; i < parts.len; i++) SPL_PUSH(r->arena, &s->names, parts.data[i]);
        return true;
    }
    return fail(r, entry, SPL_S("_tokenize_, _chop_, _align_ or _token_list_ is expected"));
}

const spl_grid_rules *spl_grid_rules_of(spl_arena *arena, const spl_conf_stanza *stanza, spl_span *at, spl_str *why)
{
    static const char *const names[SECTIONS] = {"pre.", "header.", "body.", "post."};
    spl_grid_rules *rules = SPL_NEW(arena, spl_grid_rules);
    reading r = {arena, at, why};
    const spl_conf_entry *const *entries;
    size_t n = spl_conf_entries(arena, stanza, &entries);

    for (int i = 0; i < SECTIONS; i++) rules->of[i].start_offset = rules->of[i].linecount = -1;
    for (size_t i = 0; i < n; i++) {
        const spl_conf_entry *e = entries[i];
        section *s = NULL;
        spl_str key;
        bool sound = true, place = true;

        for (int k = 0; k < SECTIONS && !s; k++) {
            if (!spl_str_starts(e->key, spl_str_of(names[k]))) continue;
            s = &rules->of[k];
            key = spl_str_sub(e->key, strlen(names[k]), e->key.len);
        }
        if (!s || !e->value.len) continue; /* what is misspelt is told by check --app */
        if (spl_str_is(key, "start")) {
            sound = compile(&r, e, e->value, &s->start);
        } else if (spl_str_is(key, "start_offset")) {
            sound = read_int(&r, e, &s->start_offset);
        } else if (spl_str_is(key, "member")) {
            sound = compile(&r, e, e->value, &s->member);
        } else if (spl_str_is(key, "end")) {
            sound = compile(&r, e, e->value, &s->end);
        } else if (spl_str_is(key, "linecount")) {
            sound = read_int(&r, e, &s->linecount);
        } else {
            place = false;
            if (spl_str_is(key, "ignore")) sound = read_ignore(&r, e, s);
            if (spl_str_is(key, "replace")) sound = read_replace(&r, e, s);
            if (spl_str_is(key, "tokens")) sound = read_tokens(&r, e, s);
        }
        if (!sound) return NULL;
        s->given |= place;
    }
    return rules;
}

typedef struct table_run {
    spl_arena *arena;
    spl_match *match;
    texts lines;
    size_t at;
    texts names;
    spl_str header; /* the header's line as it stands */
} table_run;

static bool meets(const table_run *run, const spl_regex *regex, spl_str line)
{
    return spl_regex_search(run->match, regex, line, 0);
}

/* The lines of S from run->at on: [*FIRST, *LAST). False: it is not there. */
static bool find_section(table_run *run, const section *s, bool body, size_t *first, size_t *last)
{
    size_t at = run->at, n = run->lines.len, end;

    if (!s->given && !body) return false;
    if (s->start) {
        while (at < n && !meets(run, s->start, run->lines.data[at])) at++;
        if (at == n) return false;
    } else if (s->start_offset > 0) {
        at = (uint64_t)s->start_offset < n - at ? at + (size_t)s->start_offset : n;
    }
    for (end = at; end < n; end++) {
        if (s->linecount >= 0 && end - at >= (uint64_t)s->linecount) break;
        if (s->end && meets(run, s->end, run->lines.data[end])) break;
        if (s->member && s->linecount < 0 && !s->end && !body && !meets(run, s->member, run->lines.data[end])) break;
    }
    *first = at;
    *last = end;
    return true;
}

static bool passes(const table_run *run, const section *s, spl_str line)
{
    if (s->ignore_all || (s->member && !meets(run, s->member, line))) return false;
    for (size_t i = 0; i < s->ignore.len; i++)
        if (meets(run, s->ignore.data[i], line)) return false;
    return true;
}

static spl_str replaced(const table_run *run, const section *s, spl_str line)
{
    for (size_t i = 0; i < s->replace.len; i++)
        line = spl_regex_replace(run->match, run->arena, s->replace.data[i].from, line, s->replace.data[i].to, true);
    return line;
}

static bool is_delim(const section *s, spl_str line, size_t at)
{
    return at < line.len && s->delim[(unsigned char)line.data[at]];
}

static void tokenize(const table_run *run, const section *s, spl_str line, texts *out)
{
    int64_t max = s->max == 0 ? (int64_t)run->names.len : s->max;
    size_t at = 0;

    for (;;) {
        size_t begin;

        if (s->consume)
            while (is_delim(s, line, at)) at++;
        if (s->consume && at >= line.len) return;
        begin = at;
        if (max > 0 && out->len + 1 == (uint64_t)max) { /* the rest */
            SPL_PUSH(run->arena, out, spl_str_trim(spl_str_sub(line, begin, line.len)));
            return;
        }
        while (at < line.len && !is_delim(s, line, at)) at++;
        SPL_PUSH(run->arena, out, spl_str_sub(line, begin, at));
        if (at >= line.len) return;
        at++;
    }
}

static spl_str align(const table_run *run, const aligned *a, spl_str line)
{
    ptrdiff_t place = spl_str_find(run->header, a->header, 0);
    size_t begin, end;

    if (place < 0) return SPL_S("");
    begin = (size_t)place;
    end = begin + a->header.len;
    if (!a->right) {
        if (begin >= line.len) return SPL_S("");
        end = begin;
        if (a->width >= 0) {
            end = begin + (size_t)a->width;
        } else {
            while (end < line.len && line.data[end] != ' ' && line.data[end] != '\t') end++;
        }
    } else {
        if (end > line.len) end = line.len;
        begin = end;
        if (a->width >= 0) {
            begin = end > (uint64_t)a->width ? end - (size_t)a->width : 0;
        } else {
            while (begin > 0 && line.data[begin - 1] != ' ' && line.data[begin - 1] != '\t') begin--;
        }
    }
    return spl_str_trim(spl_str_sub(line, begin, end));
}

static texts tokens_of(const table_run *run, const section *s, spl_str line)
{
    static const section blanks = {.consume = true, .max = -1, .delim = {[' '] = true, ['\t'] = true, ['\r'] = true}};
    texts out = {0};

    line = replaced(run, s, line);
    switch (s->tokens) {
    case TOKENS_NONE: tokenize(run, &blanks, line, &out); break;
    case TOKENIZE: tokenize(run, s, line, &out); break;
    case CHOP:
        for (size_t i = 0; i < s->chops.len; i++) {
            size_t begin = s->chops.data[i].begin, len = s->chops.data[i].end;

            if (begin > line.len) begin = line.len;
            SPL_PUSH(run->arena, &out, spl_str_trim(spl_str_sub(line, begin, begin + len)));
        }
        break;
    case ALIGN:
        for (size_t i = 0; i < s->aligned.len; i++) SPL_PUSH(run->arena, &out, align(run, &s->aligned.data[i], line));
        break;
    case TOKEN_LIST:
        for (size_t i = 0; i < s->names.len; i++) SPL_PUSH(run->arena, &out, s->names.data[i]);
        break;
    }
    return out;
}

static void find_names(table_run *run, const section *s)
{
    size_t first, last;
    bool listed = s->tokens == TOKEN_LIST;

    run->names.len = 0;
    run->header = SPL_S("");
    if (find_section(run, s, false, &first, &last)) {
        for (size_t i = first; i < last; i++) {
            texts found;

            if (!passes(run, s, run->lines.data[i])) continue;
            run->header = replaced(run, s, run->lines.data[i]);
            found = tokens_of(run, s, run->lines.data[i]);
            for (size_t k = 0; k < found.len && !(listed && run->names.len >= s->names.len); k++) {
                spl_str name = name_of(run->arena, found.data[k], run->names.len);

                SPL_PUSH(run->arena, &run->names, name);
            }
        }
        run->at = last;
    } else if (listed) {
        for (size_t k = 0; k < s->names.len; k++)
            SPL_PUSH(run->arena, &run->names, name_of(run->arena, s->names.data[k], k));
    }
}

static void read_body(table_run *run, const section *s, spl_grid_lines *out)
{
    size_t first, last;

    if (!find_section(run, s, true, &first, &last)) {
        run->at = run->lines.len;
        return;
    }
    for (size_t i = first; i < last; i++) {
        spl_grid_line line = {.text = run->lines.data[i]};
        texts found;

        if (!spl_str_trim(line.text).len || !passes(run, s, line.text)) continue;
        found = tokens_of(run, s, line.text);
        for (size_t k = 0; k < found.len; k++) {
            spl_str name = k < run->names.len ? run->names.data[k] : spl_strf(run->arena, "Column_%zu", k + 1);

            if (s->tokens == ALIGN && k >= run->names.len) name = name_of(run->arena, s->aligned.data[k].header, k);
            put(run->arena, &line, name, found.data[k]);
        }
        SPL_PUSH(run->arena, out, line);
    }
    run->at = last;
}

static spl_grid_lines read_by_rules(spl_arena *arena, spl_match *match, const spl_grid_rules *rules, spl_str text)
{
    table_run run = {.arena = arena, .match = match};
    spl_grid_lines out = {0};
    size_t at = 0, first, last, before;
    spl_str line;

    while (next_line(text, &at, &line)) SPL_PUSH(arena, &run.lines, line);
    do { /* a table behind the other */
        before = run.at;
        if (find_section(&run, &rules->of[PRE], false, &first, &last)) run.at = last;
        find_names(&run, &rules->of[HEADER]);
        if (before && rules->of[HEADER].given && !run.names.len) break; /* no further header: no further table */
        read_body(&run, &rules->of[BODY], &out);
        if (find_section(&run, &rules->of[POST], false, &first, &last)) run.at = last;
    } while (run.at > before && run.at < run.lines.len);
    return out;
}

spl_grid_lines spl_grid_read(spl_arena *arena, spl_match *match, const spl_grid_options *options, spl_str text)
{
    if (options->rules) return read_by_rules(arena, match, options->rules, text);
    return read_plain(arena, options, text);
}
