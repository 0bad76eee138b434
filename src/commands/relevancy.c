/* relevancy.c -- how well each event matches the keywords that were searched for. Rules:
 * docs/reference/commands/relevancy.md */
#include "exec/bind.h"
#include "exec/twopass.h"
#include "expr/segments.h"

#include <math.h>

typedef struct relevancy_op {
    spl_op base;
    SPL_VEC(spl_str) words;
    spl_field to;
    /* running */
    spl_twopass pass;
    uint64_t *holding; /* events that hold each word */
    uint64_t events, terms;
    double *weights, all; /* of each word, and their sum */
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

static uint64_t terms_of(spl_str raw)
{
    uint64_t terms = 0;
    bool within = false;

    for (size_t i = 0; i < raw.len; i++) {
        bool breaks = spl_breaker_major(raw.data[i]) || spl_breaker_minor(raw.data[i]);

        terms += !breaks && !within;
        within = !breaks;
    }
    return terms;
}

static uint64_t times_of(spl_str raw, spl_str word)
{
    uint64_t times = 0;

    for (ptrdiff_t at = 0; (at = spl_str_ifind(raw, word, (size_t)at)) >= 0; at += (ptrdiff_t)word.len) times++;
    return times;
}

static void see(spl_op *op, spl_batch *batch)
{
    relevancy_op *self = (relevancy_op *)op;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        spl_str raw = spl_value_text(batch->arena, spl_batch_get(batch, spl_batch_row(batch, i), SPL_F_RAW));

        self->events++;
        self->terms += terms_of(raw);
        for (size_t w = 0; w < self->words.len; w++)
            self->holding[w] += spl_str_ifind(raw, self->words.data[w], 0) >= 0;
    }
}

/* The rarer a word, the more it weighs. */
static void finish(spl_op *op)
{
    relevancy_op *self = (relevancy_op *)op;

    for (size_t w = 0; w < self->words.len; w++) {
        self->weights[w] = log1p((double)self->events / (double)(self->holding[w] ? self->holding[w] : 1));
        self->all += self->weights[w];
    }
}

static void edit(spl_op *op, spl_batch *batch)
{
    relevancy_op *self = (relevancy_op *)op;
    double mean = (double)self->terms / (double)self->events;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_str raw = spl_value_text(batch->arena, spl_batch_get(batch, row, SPL_F_RAW));
        double half = (1 + (mean > 0 ? (double)terms_of(raw) / mean : 1)) / 2, sum = 0;

        for (size_t w = 0; w < self->words.len; w++) {
            double times = (double)times_of(raw, self->words.data[w]);

            sum += self->weights[w] * times / (times + half);
        }
        spl_batch_set(batch, row, self->to, spl_number(self->words.len ? sum / self->all : 0));
    }
}

static void relevancy_open(spl_op *op)
{
    relevancy_op *self = (relevancy_op *)op;

    self->holding = SPL_NEW_ARRAY(op->state, self->words.len + 1, uint64_t);
    self->weights = SPL_NEW_ARRAY(op->state, self->words.len + 1, double);
    self->pass = (spl_twopass){.see = see, .finish = finish, .edit = edit};
}

static spl_status relevancy_next(spl_op *op, spl_batch **out)
{
    return spl_twopass_next(op, &((relevancy_op *)op)->pass, out);
}

SPL_COMMAND(relevancy, .summary = "Tells how well each event matches the keywords searched for.", .syntax = "relevancy",
            .example = "| makeresults | eval _raw=\"disk error, error 5\" | search error disk | relevancy "
                       "| table relevancy",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .op_size = sizeof(relevancy_op), .bind = relevancy_bind,
            .open = relevancy_open, .next = relevancy_next);
