/* sed.c -- reads and applies sed commands. The rules stand in sed.h. */
#include "base/sed.h"

#include "base/buf.h"
#include "base/utf8.h"

typedef struct part { /* of a replacement */
    spl_str text;
    int group; /* -1: the text */
} part;

typedef struct command {
    spl_regex *pattern; /* s; NULL: y */
    SPL_VEC(part) parts;
    uint64_t which; /* 0: every match, else the n-th one */
    SPL_VEC(uint32_t) from;
    SPL_VEC(uint32_t) to;
} command;

struct spl_sed {
    SPL_VEC(command) commands;
};

typedef struct reader {
    spl_arena *arena;
    spl_str text;
    size_t at;
    spl_sed_error *error;
} reader;

/* --- reading --------------------------------------------------------------------------------------------------------
 */

/* The part up to the next delimiter; \delimiter stands for the delimiter. False: it does not end. */
static bool take_part(reader *r, char delimiter, spl_str *taken)
{
    spl_buf out = spl_buf_in(r->arena);

    while (r->at < r->text.len) {
        char c = r->text.data[r->at++];

        if (c == delimiter) {
            *taken = spl_buf_str(&out);
            return true;
        }
        if (c == '\\' && r->at < r->text.len) {
            char next = r->text.data[r->at++];

            if (next != delimiter) spl_buf_char(&out, '\\');
            c = next;
        }
        spl_buf_char(&out, c);
    }
    r->error->what = spl_strf(r->arena, "the sed command lacks its closing \"%c\"", delimiter);
    return false;
}

static char escaped(char letter)
{
    return letter == 'n' ? '\n' : letter == 't' ? '\t' : letter == 'r' ? '\r' : letter;
}

static void split_replacement(spl_arena *arena, spl_str text, command *out)
{
    spl_buf literal = spl_buf_in(arena);

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '\\' && i + 1 < text.len) {
            char next = text.data[++i];

            if (next >= '0' && next <= '9') {
                if (literal.len) SPL_PUSH(arena, &out->parts, (part){spl_buf_str(&literal), -1});
                SPL_PUSH(arena, &out->parts, (part){SPL_S(""), next - '0'});
                literal = spl_buf_in(arena);
                continue;
            }
            c = escaped(next);
        }
        spl_buf_char(&literal, c);
    }
    if (literal.len) SPL_PUSH(arena, &out->parts, (part){spl_buf_str(&literal), -1});
}

/* The next character of a side of y; a backslash quotes one, or names a line feed, a tab, a carriage return. */
static uint32_t take_character(spl_str side, size_t *at)
{
    if (side.data[*at] == '\\' && *at + 1 < side.len) {
        char named = escaped(side.data[*at + 1]);

        ++*at;
        if (named != side.data[*at]) {
            ++*at;
            return (unsigned char)named;
        }
    }
    return spl_utf8_next(side, at);
}

static bool read_characters(reader *r, spl_str from, spl_str to, command *out)
{
    for (size_t at = 0; at < from.len;) SPL_PUSH(r->arena, &out->from, take_character(from, &at));
    for (size_t at = 0; at < to.len;) SPL_PUSH(r->arena, &out->to, take_character(to, &at));
    if (out->from.len == out->to.len) return true;
    r->error->what = spl_strf(r->arena, "y/…/…/ needs as many characters on both sides, not %zu and %zu", out->from.len,
                              out->to.len);
    return false;
}

static bool read_flags(reader *r, command *out, unsigned *flags)
{
    for (; r->at < r->text.len && !spl_is_space(r->text.data[r->at]) && r->text.data[r->at] != ';'; r->at++) {
        char flag = r->text.data[r->at];

        if (flag == 'g') {
            out->which = 0;
        } else if (flag == 'i' || flag == 'I') {
            *flags |= SPL_REGEX_FOLD;
        } else if (spl_is_digit(flag) && flag != '0') {
            out->which = 0;
            while (r->at < r->text.len && spl_is_digit(r->text.data[r->at]) && out->which < 1000000000)
                out->which = out->which * 10 + (uint64_t)(r->text.data[r->at++] - '0');
            r->at--;
        } else {
            r->error->what = spl_strf(r->arena, "the sed command has no flag \"%c\"", flag);
            r->error->hint = SPL_S("The flags are g, i and a number.");
            return false;
        }
    }
    return true;
}

static bool read_command(reader *r, command *out)
{
    spl_str first, second;
    unsigned flags = 0;
    char kind = r->text.data[r->at], delimiter;

    if ((kind != 's' && kind != 'y') || r->at + 1 >= r->text.len || spl_is_word(r->text.data[r->at + 1])) {
        r->error->what = spl_strf(r->arena, "a sed command is s/…/…/ or y/…/…/, not \"%.*s\"",
                                  SPL_FMT(spl_str_sub(r->text, r->at, r->text.len)));
        r->error->hint = SPL_S("For example: s/(\\d{4}-){3}/XXXX-/g");
        return false;
    }
    delimiter = r->text.data[r->at + 1];
    r->at += 2;
    if (!take_part(r, delimiter, &first) || !take_part(r, delimiter, &second)) return false;
    if (kind == 'y') return read_characters(r, first, second, out);
    if (!read_flags(r, out, &flags)) return false;
    out->pattern = spl_regex_compile(r->arena, first, flags, &r->error->what, &r->error->at);
    if (!out->pattern) {
        r->error->pattern = first;
        return false;
    }
    split_replacement(r->arena, second, out);
    for (size_t i = 0; i < out->parts.len; i++) {
        if (out->parts.data[i].group <= (int)spl_regex_groups(out->pattern)) continue;
        r->error->what = spl_strf(r->arena, "the replacement names group \\%d, the pattern has %u",
                                  out->parts.data[i].group, spl_regex_groups(out->pattern));
        return false;
    }
    return true;
}

const spl_sed *spl_sed_compile(spl_arena *arena, spl_str script, spl_sed_error *error)
{
    reader r = {.arena = arena, .text = script, .error = error};
    spl_sed *sed = SPL_NEW(arena, spl_sed);

    *error = (spl_sed_error){0};
    for (;;) {
        command next = {.which = 1};

        while (r.at < script.len && (spl_is_space(script.data[r.at]) || script.data[r.at] == ';')) r.at++;
        if (r.at >= script.len) break;
        if (!read_command(&r, &next)) return NULL;
        SPL_PUSH(arena, &sed->commands, next);
    }
    if (sed->commands.len) return sed;
    error->what = SPL_S("a sed command is wanted: s/…/…/ or y/…/…/");
    return NULL;
}

/* --- applying -------------------------------------------------------------------------------------------------------
 */

static spl_str translate(const command *c, spl_arena *arena, spl_str text)
{
    spl_buf out = spl_buf_in(arena);

    for (size_t at = 0; at < text.len;) {
        size_t begin = at, i = 0;
        uint32_t found = spl_utf8_next(text, &at);

        while (i < c->from.len && c->from.data[i] != found) i++;
        if (i < c->from.len)
            spl_buf_utf8(&out, c->to.data[i]);
        else
            spl_buf_add(&out, spl_str_sub(text, begin, at));
    }
    return spl_buf_str(&out);
}

static spl_str substitute(const command *c, spl_match *match, spl_arena *arena, spl_str text)
{
    spl_buf out = spl_buf_in(arena);
    size_t copied = 0, from = 0;
    uint64_t n = 0;
    bool changed = false;

    while (from <= text.len && spl_regex_search(match, c->pattern, text, from)) {
        size_t begin = spl_match_begin(match, 0), end = spl_match_end(match, 0);

        n++;
        if (c->which == 0 || c->which == n) {
            spl_buf_add(&out, spl_str_sub(text, copied, begin));
            for (size_t i = 0; i < c->parts.len; i++) {
                spl_str piece = c->parts.data[i].text;
                int group = c->parts.data[i].group;

                if (group < 0 || spl_match_group(match, (unsigned)group, &piece)) spl_buf_add(&out, piece);
            }
            copied = end;
            changed = true;
            if (c->which) break;
        }
        from = end;
        if (end == begin) { /* an empty match: on by a character */
            if (end >= text.len) break;
            spl_utf8_next(text, &from);
        }
    }
    if (!changed) return text;
    spl_buf_add(&out, spl_str_sub(text, copied, text.len));
    return spl_buf_str(&out);
}

void spl_sed_bound(const spl_sed *sed, uint64_t steps, uint64_t depth)
{
    for (size_t i = 0; i < sed->commands.len; i++)
        if (sed->commands.data[i].pattern) spl_regex_bound(sed->commands.data[i].pattern, steps, depth);
}

spl_str spl_sed_apply(const spl_sed *sed, spl_match *match, spl_arena *arena, spl_str text, bool *gave_up)
{
    for (size_t i = 0; i < sed->commands.len; i++) {
        const command *c = &sed->commands.data[i];

        text = c->pattern ? substitute(c, match, arena, text) : translate(c, arena, text);
        if (gave_up && c->pattern && spl_match_gave_up(match)) *gave_up = true;
    }
    return text;
}
