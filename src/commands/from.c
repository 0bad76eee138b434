/* from.c -- the events of a dataset: of a data model, the results of a saved search, the rows of a lookup. */
#include "commands/model_search.h"

/* KIND and NAME of `from KIND:NAME` or `from KIND NAME`; false: refused. */
static bool take_dataset(spl_binder *binder, const spl_node *stage, spl_str *kind, spl_str *name, spl_span *span)
{
    spl_args args = spl_args_of(stage);
    const spl_node *first = spl_args_next(&args), *second;
    const char *colon;

    if (!first || first->kind != SPL_NODE_WORD)
        return spl_lacks(binder, first, "the kind and the name of a dataset", "datamodel:Web.Web");
    colon = first->text.len ? memchr(first->text.data, ':', first->text.len) : NULL;
    *span = first->span;
    *kind = colon ? spl_str_cut(first->text.data, (size_t)(colon - first->text.data)) : first->text;
    *name = colon ? spl_str_sub(first->text, kind->len + 1, first->text.len) : SPL_S("");
    if (!name->len) {
        second = spl_args_next(&args);
        if (!second || !spl_args_name(second, name))
            return spl_lacks(binder, second, "the name of a dataset", "datamodel:Web.Web");
        *span = second->span;
        if (!colon && name->len && name->data[0] == ':') *name = spl_str_sub(*name, 1, name->len);
    }
    while ((second = spl_args_peek(&args)) != NULL && second->kind == SPL_NODE_WORD && !second->quoted &&
           second->text.len && second->text.data[0] == '.') { /* "Model"."Dataset" */
        spl_args_next(&args);
        *name = spl_strf(binder->arena, "%.*s%.*s", SPL_FMT(*name), SPL_FMT(second->text));
        if (second->text.len == 1 && (second = spl_args_next(&args)) != NULL)
            *name = spl_strf(binder->arena, "%.*s%.*s", SPL_FMT(*name), SPL_FMT(second->text));
    }
    if (name->len >= 2 && name->data[0] == '"' && name->data[name->len - 1] == '"')
        *name = spl_str_sub(*name, 1, name->len - 1);
    return spl_args_done(binder, &args);
}

static const spl_node *from_expand(spl_binder *binder, const spl_node *stage)
{
    spl_str kind = SPL_S(""), name = SPL_S("");
    spl_span span = stage->span;
    spl_buf text = spl_buf_in(binder->arena);

    if (!spl_options_take(binder, stage, NULL, NULL) || !take_dataset(binder, stage, &kind, &name, &span)) return NULL;
    if (!name.len) return spl_bind_text(binder, stage, "dataset", SPL_S("from"), SPL_S("search *"));
    if (spl_str_iis(kind, "datamodel")) {
        model_ref ref = model_ref_of(name, span);
        const spl_model *model;
        bool refused;
        const spl_model_object *object = model_find(binder, &ref, &model, &refused);

        if (refused) return NULL;
        if (object && model_is_strict(binder, model)) model_add_strict(object, true, &text);
        return model_stages(binder, stage, model, object, &(spl_model_wants){0}, spl_buf_str(&text));
    }
    if (spl_str_iis(kind, "savedsearch") || spl_str_iis(kind, "lookup") || spl_str_iis(kind, "inputlookup")) {
        spl_buf_puts(&text, spl_str_iis(kind, "savedsearch") ? "| savedsearch " : "| inputlookup ");
        spl_text_quote(&text, name);
        return spl_bind_text(binder, stage, "dataset", spl_strf(binder->arena, "from %.*s", SPL_FMT(kind)),
                             spl_buf_str(&text));
    }
    if (spl_str_iis(kind, "federated") || spl_str_iis(kind, "sid")) {
        if (binder->query->check_only) return spl_bind_text(binder, stage, "dataset", SPL_S("from"), SPL_S("search *"));
        spl_refuse(binder, span, "not-here", "a dataset of the kind \"%.*s\" cannot be read here", SPL_FMT(kind));
    } else {
        spl_bad_argument(binder, span, "there are no datasets of the kind \"%.*s\"", SPL_FMT(kind));
    }
    spl_hint(binder->diag, "The kinds are datamodel, savedsearch, lookup and inputlookup.");
    return NULL;
}

SPL_COMMAND(from, .summary = "Gives the events of a dataset: of a data model, a saved search or a lookup.",
            .syntax = "from <kind>:<name> | from <kind> <name>; kind: datamodel, savedsearch, lookup, inputlookup",
            .example = NULL, .differs = "Federated datasets and jobs are refused.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_GENERATES, .op_size = sizeof(spl_op), .expand = from_expand);
