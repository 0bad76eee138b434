/* setfields.c -- sets fields to texts. */
#include "exec/bind.h"

typedef struct setting {
    spl_field field;
    spl_str text;
} setting;

typedef struct setfields_op {
    spl_op base;
    SPL_VEC(setting) list;
} setfields_op;

/* Names are cleaned as those of extracted fields are (Search Reference, setfields): what is no letter, digit or
 * underscore becomes an underscore, and none stands at the front. */
static spl_str cleaned(spl_arena *arena, spl_str name)
{
    spl_buf out = spl_buf_in(arena);

    for (size_t i = 0; i < name.len; i++) {
        bool good = spl_is_word(name.data[i]) || (unsigned char)name.data[i] >= 0x80;
        if (out.len || (good && name.data[i] != '_')) spl_buf_char(&out, good ? name.data[i] : '_');
    }
    return out.len ? spl_buf_str(&out) : name;
}

static bool setfields_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    setfields_op *set = (setfields_op *)op;

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *kid = stage->kids[i];
        setting s;
        if (kid->kind == SPL_NODE_HOLE) continue;
        if (kid->kind != SPL_NODE_OPTION || !kid->n_kids || kid->kids[0]->n_kids) {
            spl_bad_argument(binder, kid->span, "setfields takes <field>=\"<text>\"");
            spl_hint(binder->diag, "For example: setfields state=\"new\", level=\"1\"; eval computes values.");
            return false;
        }
        s.field = spl_bind_field(binder, cleaned(binder->arena, kid->text));
        s.text = kid->kids[0]->text;
        spl_bind_makes(binder, s.field);
        SPL_PUSH(binder->arena, &set->list, s);
    }
    return set->list.len || spl_lacks(binder, NULL, "<field>=\"<text>\"", "state=\"new\", level=\"1\"");
}

static spl_status setfields_map(spl_op *op, spl_batch **batch)
{
    const setfields_op *set = (const setfields_op *)op;

    for (size_t s = 0; s < set->list.len; s++)
        for (uint32_t i = 0; i < spl_batch_rows(*batch); i++)
            spl_batch_set(*batch, spl_batch_row(*batch, i), set->list.data[s].field, spl_text(set->list.data[s].text));
    return SPL_OK;
}

SPL_COMMAND(setfields, .summary = "Sets fields to texts.",
            .syntax = "setfields <field>=\"<text>\" [, <field>=\"<text>\"] …",
            .example = "| makeresults | setfields state=\"new\", level=\"1\" | table state level",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS | SPL_OWN_OPTIONS,
            .options = (const spl_option[]){{.name = "*", .takes = "field=text"}, {0}}, .op_size = sizeof(setfields_op),
            .bind = setfields_bind, .map = setfields_map);
