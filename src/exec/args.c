/* args.c -- a cursor over a stage's plain arguments. Options (name=value) are taken from them before (option.c) and
 * clauses are asked for by keyword, so neither is met here; holes of undefined macros are passed over. */
#include "exec/bind.h"

#include "base/wildcard.h"
#include "lang/text.h"

static bool plain(const spl_node *node)
{
    return node->kind != SPL_NODE_OPTION && node->kind != SPL_NODE_CLAUSE && node->kind != SPL_NODE_HOLE;
}

const spl_node *spl_args_peek(const spl_args *args)
{
    for (uint32_t i = args->at; i < args->of->n_kids; i++)
        if (plain(args->of->kids[i])) return args->of->kids[i];
    return NULL;
}

const spl_node *spl_args_next(spl_args *args)
{
    while (args->at < args->of->n_kids) {
        const spl_node *node = args->of->kids[args->at++];
        if (plain(node)) return node;
    }
    return NULL;
}

bool spl_args_take(spl_args *args, const char *word)
{
    const spl_node *node = spl_args_peek(args);
    if (!node || node->kind != SPL_NODE_WORD || node->quoted || !spl_str_iis(node->text, word)) return false;
    spl_args_next(args);
    return true;
}

const spl_node *spl_args_clause(const spl_node *stage, const char *keyword)
{
    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind == SPL_NODE_CLAUSE && spl_str_iis(stage->kids[i]->text, keyword))
            return stage->kids[i];
    return NULL;
}

bool spl_args_done(spl_binder *binder, spl_args *args)
{
    const spl_node *node = spl_args_next(args);
    if (!node) return true;
    if (node->text.len)
        spl_bad_argument(binder, node->span, "unexpected argument \"%.*s\"", SPL_FMT(node->text));
    else
        spl_bad_argument(binder, node->span, "unexpected argument");
    if (binder->stage && binder->stage->command && binder->stage->command->syntax)
        spl_hint(binder->diag, "The syntax is: %s", binder->stage->command->syntax);
    return false;
}

bool spl_args_name(const spl_node *node, spl_str *name)
{
    switch (node->kind) {
    case SPL_NODE_WORD:
    case SPL_NODE_FIELD:
    case SPL_NODE_STRING: *name = node->text; return node->text.len > 0;
    case SPL_NODE_CALL: /* results of stats have such names */
        if (!node->span.source) return false;
        *name = spl_str_sub(node->span.source->text, node->span.begin, node->span.end);
        return true;
    default: return false;
    }
}

bool spl_args_as(spl_binder *binder, spl_args *args, spl_str *name)
{
    const spl_node *as = spl_args_peek(args), *node;

    if (!spl_args_take(args, "as")) return true;
    node = spl_args_next(args);
    return (node && spl_args_name(node, name)) || spl_lacks(binder, node ? node : as, "a new name after AS", NULL);
}

spl_str spl_args_typed(const spl_node *node)
{
    if (node->text.len || !node->span.source) return node->text;
    return spl_str_sub(node->span.source->text, node->span.begin, node->span.end);
}

spl_str spl_args_undone(spl_arena *arena, const spl_node *node, spl_str name)
{
    return node->quoted ? name : spl_text_unescape(arena, name);
}

bool spl_args_fields(spl_binder *binder, const spl_node *const *nodes, uint32_t count, spl_node_vec *out)
{
    bool good = true;
    for (uint32_t i = 0; i < count; i++) {
        const spl_node *node = nodes[i];
        spl_str name;
        if (!plain(node)) continue;
        if (!spl_args_name(node, &name)) {
            good = spl_bad_argument(binder, node->span, "the name of a field is expected here");
            if (node->kind == SPL_NODE_OPTION || node->kind == SPL_NODE_BINARY || node->kind == SPL_NODE_COMPARE)
                spl_hint(binder->diag, "Rows are chosen by a command of their own, behind a pipe: | where …");
            continue;
        }
        if (node->kind == SPL_NODE_CALL) {
            spl_node *named = SPL_NEW(binder->arena, spl_node);
            *named = *node;
            named->kind = SPL_NODE_WORD;
            named->text = name;
            node = named;
        }
        SPL_PUSH(binder->arena, out, node);
    }
    return good;
}

bool spl_args_rest(spl_binder *binder, const spl_args *args, spl_node_vec *out)
{
    if (args->at >= args->of->n_kids) return true; /* without arguments there is no list to point into */
    return spl_args_fields(binder, (const spl_node *const *)args->of->kids + args->at, args->of->n_kids - args->at,
                           out);
}

bool spl_args_no_wildcards(spl_binder *binder, const spl_node *stage)
{
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *node = stage->kids[i];
        spl_str name;

        if (!plain(node) || node->quoted || node->kind == SPL_NODE_CALL || !spl_args_name(node, &name)) continue;
        if (spl_wildcard_has(name))
            return spl_bad_argument(binder, node->span, "a name without wildcards is expected here");
    }
    return true;
}
