/* savedsearch.c -- runs a search of savedsearches.conf, $name$ in it replaced by what the call says. */
#include "commands/saved_search.h"

#include <stddef.h>

typedef struct savedsearch_args {
    bool nosubstitution;
} savedsearch_args;

static const spl_option options[] = {
    {.name = "nosubstitution",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(savedsearch_args, nosubstitution),
     .help = "leave $name$ as it is"},
    {.name = "*", .takes = "name=value for $name$ of the saved search"},
    {0},
};

/* The value of the argument NAME, or NULL. */
static const spl_node *argument(const spl_node *stage, spl_str name)
{
    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind == SPL_NODE_OPTION && spl_str_eq(stage->kids[i]->text, name))
            return stage->kids[i]->kids[0];
    return NULL;
}

/* Refuses a $name$ that no argument names; when searches are only checked, it stays as it is. */
static bool filled(spl_binder *binder, const spl_node *stage, spl_str text, spl_str *filled_text)
{
    spl_buf out = spl_buf_in(binder->arena);

    for (size_t i = 0; i < text.len; i++) {
        size_t end = i + 1;
        const spl_node *value = NULL;
        spl_str shown;

        while (text.data[i] == '$' && end < text.len && (spl_is_word(text.data[end]) || text.data[end] == '.')) end++;
        if (text.data[i] == '$' && end > i + 1 && end < text.len && text.data[end] == '$') {
            spl_str name = spl_str_sub(text, i + 1, end);
            value = argument(stage, name);
            if (!value && !binder->query->check_only) {
                spl_bad_argument(binder, stage->span, "the saved search has $%.*s$, which no argument replaces",
                                 SPL_FMT(name));
                spl_hint(binder->diag, "Add %.*s=<value>, or nosubstitution=true to leave it as it is.", SPL_FMT(name));
                return false;
            }
        }
        if (!value || !spl_args_name(value, &shown)) {
            spl_buf_char(&out, text.data[i]);
            continue;
        }
        spl_buf_add(&out, shown);
        i = end;
    }
    *filled_text = spl_buf_str(&out);
    return true;
}

static const spl_node *savedsearch_expand(spl_binder *binder, const spl_node *stage)
{
    spl_args args = spl_args_of(stage);
    const spl_node *word = spl_args_next(&args);
    const spl_conf_entry *search;
    spl_str text;
    savedsearch_args given;

    if (!spl_options_take(binder, stage, options, &given)) return NULL;
    if (!word || !word->text.len)
        return spl_lacks(binder, word, "the name of a saved search", "\"Daily errors\""), NULL;
    if (!spl_args_done(binder, &args)) return NULL;
    search = saved_search(binder, stage, word);
    if (!search) {
        return binder->query->check_only
                   ? spl_bind_text(binder, stage, "saved search", SPL_S("search"), SPL_S("search *"))
                   : NULL;
    }
    text = search->value;
    if (!given.nosubstitution && !filled(binder, stage, text, &text)) return NULL;
    return spl_bind_text(binder, stage, "saved search",
                         spl_strf(binder->arena, "saved search %.*s (%.*s:%u)", SPL_FMT(word->text),
                                  SPL_FMT(search->span.source->name), spl_span_place(search->span).line),
                         text);
}

static const char *const aliases[] = {"macro", "savedsplunk", NULL}; /* older names of it */

SPL_COMMAND(savedsearch, .aliases = aliases, .summary = "Runs a saved search of the apps.",
            .syntax = "savedsearch <name> [<key>=<value>] … [nosubstitution=<bool>]", .example = NULL,
            .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES | SPL_OWN_OPTIONS, .options = options,
            .op_size = sizeof(spl_op), .expand = savedsearch_expand);
