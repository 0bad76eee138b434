/* relevancy.c -- how well each event matches the keywords that were searched for. Rules:
 * docs/reference/commands/relevancy.md */
#include "exec/bind.h"

typedef struct relevancy_op {
    spl_op base;
    SPL_VEC(spl_str) words;
    spl_field to;
} relevancy_op;

/* The longest stretch of a keyword without a wildcard. */
static spl_str longest(spl_str text)
{
    spl_str best = {0};

    for (size_t i = 0; i < text.len;) {
        size_t begin = i;

        while (i < text.len && text.data[i] != '*') i++;
        if (i - begin > best.len) best = spl_str_sub(text, begin, i);
        i++;
    }
    return best;
}

/* Keywords and phrases of a search expression, those under NOT aside. */
static void collect(spl_binder *binder, relevancy_op *self, const spl_node *node)
{
    if (node->kind == SPL_NODE_NOT) return;
    if (node->kind == SPL_NODE_TERM || node->kind == SPL_NODE_DIRECTIVE) {
        spl_str word = longest(node->text);

        for (size_t i = 0; i < self->words.len; i++)
            if (spl_str_ieq(self->words.data[i], word)) return;
        if (word.len) SPL_PUSH(binder->arena, &self->words, word);
        return;
    }
    if (node->kind != SPL_NODE_STAGE && node->kind != SPL_NODE_AND && node->kind != SPL_NODE_OR) return;
    for (uint32_t i = 0; i < node->n_kids; i++) collect(binder, self, node->kids[i]);
}

static bool relevancy_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    relevancy_op *self = (relevancy_op *)op;

    for (const spl_op *before = op->input; before; before = before->input)
        if (before->stage && before->stage->kind == SPL_NODE_STAGE && spl_str_iis(before->stage->text, "search"))
            collect(binder, self, before->stage);
    self->to = spl_bind_field(binder, SPL_S("relevancy"));
    spl_bind_reads(binder, SPL_F_RAW);
    spl_bind_makes(binder, self->to);
    return spl_bind_plain(binder, stage, op);
}

static spl_status relevancy_map(spl_op *op, spl_batch **batch)
{
    relevancy_op *self = (relevancy_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        spl_str raw = spl_value_text((*batch)->arena, spl_batch_get(*batch, row, SPL_F_RAW));
        double sum = 0;

        for (size_t w = 0; w < self->words.len; w++) {
            spl_str word = self->words.data[w];
            double times = 0;

            for (ptrdiff_t at = 0; (at = spl_str_ifind(raw, word, (size_t)at)) >= 0; at += (ptrdiff_t)word.len) times++;
            sum += times / (times + 1);
        }
        spl_batch_set(*batch, row, self->to, spl_number(self->words.len ? sum / (double)self->words.len : 0));
    }
    return SPL_OK;
}

SPL_COMMAND(relevancy, .summary = "Tells how well each event matches the keywords searched for.", .syntax = "relevancy",
            .example = "| makeresults | eval _raw=\"disk error, error 5\" | search error disk | relevancy "
                       "| table relevancy",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .op_size = sizeof(relevancy_op), .bind = relevancy_bind,
            .map = relevancy_map);
