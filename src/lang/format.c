/* format.c -- a search in canonical layout: a stage a line, brackets indented, white space made even.
 *
 * It works on the text as typed, so that macros and comments stay; the result is parsed and its tree compared with the
 * original's. Where even white space would change the tree (an odd corner), the text keeps its own. */
#include "lang/text.h"

#include "base/fault.h"

enum { INDENT = 4 };
typedef enum layout { LAYOUT_EVEN, LAYOUT_STAGES, LAYOUT_AS_TYPED } layout;

static void new_line(spl_buf *out, unsigned depth)
{
    while (out->len && (out->data[out->len - 1] == ' ' || out->data[out->len - 1] == '\n')) out->len--;
    if (out->len) spl_buf_char(out, '\n');
    for (unsigned i = 0; out->len && i < depth * INDENT; i++) spl_buf_char(out, ' ');
}

/* The end of 'a name' that begins at AT, or 0. */
static size_t single_quoted(spl_str text, size_t at)
{
    if (at && (spl_is_word(text.data[at - 1]) || text.data[at - 1] == '\'')) return 0;
    for (size_t i = at + 1; i < text.len && text.data[i] != '\n'; i++)
        if (text.data[i] == '\'') return i + 1;
    return 0;
}

static void lay_out(spl_buf *out, spl_str text, layout how)
{
    unsigned depth = 0, rounds = 0;

    text = spl_str_trim(text);
    for (size_t i = 0; i < text.len;) {
        char c = text.data[i];
        size_t end = 0;

        if (c == '"')
            end = spl_text_quoted(text, i);
        else if (c == '\'')
            end = single_quoted(text, i);
        else if (c == '`')
            end = spl_text_is_comment(text, i) ? spl_text_comment(text, i) : spl_text_call(text, i);
        else if (c == '\\')
            end = i + 2;
        if (end) {
            if (end > text.len) end = text.len;
            spl_buf_add(out, spl_str_sub(text, i, end));
            i = end;
            continue;
        }
        i++;
        if (c == '|' && !rounds && how != LAYOUT_AS_TYPED) {
            bool opens = out->len && out->data[out->len - 1] == '[';

            if (!opens) new_line(out, depth);
            spl_buf_puts(out, "| ");
            while (i < text.len && spl_is_space(text.data[i])) i++;
        } else if (spl_is_space(c) && how == LAYOUT_EVEN) {
            while (i < text.len && spl_is_space(text.data[i])) i++;
            if (out->len && out->data[out->len - 1] != ' ' && out->data[out->len - 1] != '[') spl_buf_char(out, ' ');
        } else {
            if (c == '[') depth++;
            if (c == ']') {
                if (depth) depth--;
                while (how == LAYOUT_EVEN && out->len && out->data[out->len - 1] == ' ') out->len--;
            }
            if (c == '(') rounds++;
            if (c == ')' && rounds) rounds--;
            spl_buf_char(out, c);
        }
    }
    while (out->len && spl_is_space(out->data[out->len - 1])) out->len--;
}

static bool tree_of(const spl_parse_env *env, const spl_source *source, spl_buf *tree)
{
    size_t errors = spl_diag_count(env->diag, SPL_ERROR);
    const spl_source *expanded = spl_expand(env, source);
    const spl_node *node = expanded ? spl_parse_pipeline(env, expanded) : NULL;

    if (!node || spl_diag_count(env->diag, SPL_ERROR) > errors) return false;
    spl_ast_dump(tree, node);
    return true;
}

bool spl_format(const spl_parse_env *env, const spl_source *text, spl_buf *out)
{
    spl_buf before = spl_buf_in(env->arena);

    if (!tree_of(env, text, &before)) return false;
    for (int how = LAYOUT_EVEN; how <= LAYOUT_AS_TYPED; how++) {
        spl_buf made = spl_buf_in(env->arena), after = spl_buf_in(env->arena);
        spl_parse_env silent = *env;

        lay_out(&made, text->text, (layout)how);
        silent.diag = spl_diag_new(env->arena); /* the original's diagnostics are told already */
        if (how != LAYOUT_AS_TYPED &&
            (!tree_of(&silent, spl_source_new(env->arena, text->name, spl_buf_str(&made)), &after) ||
             !spl_str_eq(spl_buf_str(&before), spl_buf_str(&after))))
            continue;
        spl_buf_add(out, spl_buf_str(&made));
        spl_buf_char(out, '\n');
        return true;
    }
    return false;
}
