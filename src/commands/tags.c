/* tags.c -- adds the tags that tags.conf gives to the values of fields. */
#include "exec/bind.h"
#include "knowledge/extraction.h"
#include "knowledge/tagging.h"

#include <stddef.h>
#include <stdlib.h>

typedef struct shown {
    spl_str tag, text; /* text: with the field's name and value before it, if asked for */
} shown;

typedef struct tags_field {
    spl_field field, into; /* into: tag::field */
    spl_str name;
    const spl_tag_index_field *tags;
} tags_field;

typedef struct tags_op {
    spl_op base;
    spl_field output; /* SPL_NO_FIELD: tag, and tag::field for each */
    bool with_name, with_value;
    spl_str allowed_text;
    spl_str *allowed;
    size_t n_allowed;
    spl_field tag;
    SPL_VEC(tags_field) fields;
    SPL_VEC(shown) all; /* of the row at hand */
} tags_op;

static const spl_option options[] = {
    {.name = "outputfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(tags_op, output),
     .help = "one field for the tags of all fields, in place of tag and tag::<field>"},
    {.name = "inclname",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(tags_op, with_name),
     .help = "with outputfield: the field's name stands before its tags"},
    {.name = "inclvalue",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(tags_op, with_value),
     .help = "with outputfield: the field's value stands before its tags"},
    {.name = "allowed_tags",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tags_op, allowed_text),
     .help = "no other tags than these, separated by commas"},
    {0},
};

static void add_field(spl_binder *binder, tags_op *tags, const spl_tag_index *index, spl_str name)
{
    tags_field f = {.name = name, .tags = spl_tag_index_of(index, name)};

    f.field = spl_bind_field(binder, name);
    f.into = spl_bind_field(binder, spl_strf(binder->arena, "tag::%.*s", SPL_FMT(name)));
    spl_bind_reads(binder, f.field);
    if (f.tags) SPL_PUSH(binder->arena, &tags->fields, f);
}

static bool tags_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    tags_op *tags = (tags_op *)op;
    const spl_tag_index *index = spl_tag_index_new(binder->arena, binder->query->knowledge);
    spl_node_vec list = {0};
    SPL_VEC(const spl_node *) names = {0};

    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind != SPL_NODE_OPTION) SPL_PUSH(binder->arena, &names, stage->kids[i]);
    if (!spl_args_fields(binder, names.data, (uint32_t)names.len, &list)) return false;
    for (size_t i = 0; i < list.len; i++) add_field(binder, tags, index, list.data[i]->text);
    for (size_t i = 0; !list.len && i < spl_tag_index_len(index); i++)
        add_field(binder, tags, index, spl_tag_index_name(index, i));
    if (tags->allowed_text.len) tags->n_allowed = spl_conf_words(binder->arena, tags->allowed_text, &tags->allowed);
    tags->tag = spl_bind_field(binder, SPL_S("tag"));
    return true;
}

static bool allowed(const tags_op *tags, spl_str tag)
{
    for (size_t i = 0; i < tags->n_allowed; i++)
        if (spl_str_eq(tags->allowed[i], tag)) return true;
    return tags->n_allowed == 0;
}

static int by_tag(const void *a, const void *b)
{
    const shown *x = a, *y = b;
    int order = spl_str_cmp(x->tag, y->tag);

    return order ? order : spl_str_cmp(x->text, y->text);
}

/* What is shown, each once, by the tag's name, whatever stands before it. */
static spl_value texts_value(spl_arena *arena, shown *texts, size_t n)
{
    spl_value *items = SPL_NEW_ARRAY(arena, n + 1, spl_value);
    size_t kept = 0;

    if (n > 1) qsort(texts, n, sizeof *texts, by_tag);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !spl_str_eq(texts[i].text, texts[i - 1].text)) items[kept++] = spl_text(texts[i].text);
    return spl_multi_of(arena, items, kept);
}

static void tag_row(tags_op *tags, spl_batch *batch, uint32_t row)
{
    spl_arena *arena = batch->arena;

    tags->all.len = 0;
    for (size_t i = 0; i < tags->fields.len; i++) {
        const tags_field *f = &tags->fields.data[i];
        spl_value value = spl_batch_get(batch, row, f->field);
        size_t from = tags->all.len;

        for (uint32_t k = 0; k < spl_value_count(value); k++) {
            spl_str text = spl_value_text(arena, spl_value_at(value, k));
            const spl_str *found;
            size_t n = spl_tag_index_find(f->tags, arena, text, &found);

            for (size_t j = 0; j < n; j++) {
                spl_str tag = found[j];

                if (!allowed(tags, tag)) continue;
                if (tags->output != SPL_NO_FIELD && tags->with_value)
                    tag = spl_strf(arena, "%.*s::%.*s", SPL_FMT(text), SPL_FMT(tag));
                if (tags->output != SPL_NO_FIELD && tags->with_name)
                    tag = spl_strf(arena, "%.*s::%.*s", SPL_FMT(f->name), SPL_FMT(tag));
                SPL_PUSH(tags->base.state, &tags->all, ((shown){found[j], tag}));
            }
        }
        if (tags->output != SPL_NO_FIELD || tags->all.len == from) continue;
        if (!spl_batch_column(batch, tags->tag)) spl_batch_add(batch, tags->tag); /* it stands before the others */
        spl_batch_set(batch, row, f->into, texts_value(arena, tags->all.data + from, tags->all.len - from));
    }
    if (tags->all.len)
        spl_batch_set(batch, row, tags->output == SPL_NO_FIELD ? tags->tag : tags->output,
                      texts_value(arena, tags->all.data, tags->all.len));
}

static spl_status tags_map(spl_op *op, spl_batch **batch)
{
    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) tag_row((tags_op *)op, *batch, spl_batch_row(*batch, i));
    return SPL_OK;
}

SPL_COMMAND(
    tags, .summary = "Adds the tags that the values of fields have.",
    .syntax = "tags [outputfield=<field>] [inclname=<bool>] [inclvalue=<bool>] [allowed_tags=<text>] [<field> …]",
    .example = "| makeresults | eval host=\"web01\" | tags host | table host tag", .args = SPL_ARGS_PLAIN,
    .traits = SPL_STREAMS, .options = options, .op_size = sizeof(tags_op), .bind = tags_bind, .map = tags_map);
