/* abstract.c -- the lines of long events that say most about the search. Of an event the first MAXTERMS words and signs
 * are looked at. A line scores by how many of the search's terms stand in it, and by standing beside one that has some;
 * the best lines are kept in their order. */
#include "exec/bind.h"

#include "expr/segments.h"

#include <stddef.h>
#include <stdlib.h>

typedef struct abstract_op {
    spl_op base;
    int64_t maxterms, maxlines;
    SPL_VEC(spl_str) terms;
} abstract_op;

static const spl_option options[] = {
    {.name = "maxterms",
     .type = SPL_OPTION_INT,
     .offset = offsetof(abstract_op, maxterms),
     .dflt = 1000,
     .min = 1,
     .max = 1000,
     .help = "how many words and signs of the event to look at"},
    {.name = "maxlines",
     .type = SPL_OPTION_INT,
     .offset = offsetof(abstract_op, maxlines),
     .dflt = 10,
     .min = 1,
     .max = 500,
     .help = "how many lines to keep"},
    {0},
};

/* The texts that the search asks for, not those under NOT. */
static void collect(spl_binder *binder, abstract_op *abstract, const spl_node *node)
{
    spl_str text = SPL_S("");
    if (node->kind == SPL_NODE_NOT) return;
    if (node->kind == SPL_NODE_TERM || node->kind == SPL_NODE_DIRECTIVE) text = node->text;
    if (node->kind == SPL_NODE_COMPARE && node->op != SPL_OP_NE && node->n_kids) text = node->kids[0]->text;
    while (text.len && text.data[0] == '*') text = spl_str_sub(text, 1, text.len);
    while (text.len && text.data[text.len - 1] == '*') text.len--;
    if (text.len) SPL_PUSH(binder->arena, &abstract->terms, text);
    for (uint32_t i = 0; i < node->n_kids && node->kind != SPL_NODE_COMPARE; i++)
        collect(binder, abstract, node->kids[i]);
}

static bool abstract_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    abstract_op *abstract = (abstract_op *)op;

    for (const spl_op *before = op->input; before; before = before->input)
        if (spl_is_search(before->stage))
            for (uint32_t i = 0; i < before->stage->n_kids; i++) collect(binder, abstract, before->stage->kids[i]);
    spl_bind_reads(binder, SPL_F_RAW);
    return spl_bind_plain(binder, stage, op);
}

typedef struct line {
    spl_str text;
    uint32_t score, number;
} line;

static bool breaker(char c)
{
    return spl_breaker_major(c) || spl_breaker_minor(c);
}

/* The first MOST terms: a word between breakers is one, and so is each breaker. */
static spl_str first_terms(spl_str text, int64_t most)
{
    size_t at = 0;

    for (int64_t n = 0; n < most && at < text.len; n++) {
        if (breaker(text.data[at]))
            at++;
        else
            while (at < text.len && !breaker(text.data[at])) at++;
    }
    return spl_str_sub(text, 0, at);
}

static int by_score(const void *a, const void *b)
{
    const line *x = a, *y = b;
    return x->score != y->score ? (x->score > y->score ? -1 : 1) : x->number < y->number ? -1 : x->number > y->number;
}

static int by_number(const void *a, const void *b)
{
    const line *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static spl_status abstract_map(spl_op *op, spl_batch **in)
{
    const abstract_op *abstract = (const abstract_op *)op;
    spl_batch *batch = *in;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, SPL_F_RAW);
        SPL_VEC(line) lines = {0};
        spl_buf out;
        size_t at = 0;
        if (value.kind != SPL_KIND_TEXT) continue;
        spl_str whole = spl_value_str(value), text = first_terms(whole, abstract->maxterms);
        while (at < text.len) {
            const char *newline = memchr(text.data + at, '\n', text.len - at);
            size_t end = newline ? (size_t)(newline - text.data) : text.len;
            SPL_PUSH(batch->arena, &lines, (line){.text = spl_str_sub(text, at, end), .number = (uint32_t)lines.len});
            at = end + 1;
        }
        if (lines.len <= (uint64_t)abstract->maxlines) {
            if (text.len < whole.len) spl_batch_set(batch, row, SPL_F_RAW, spl_text(text));
            continue;
        }
        for (size_t l = 0; l < lines.len; l++)
            for (size_t t = 0; t < abstract->terms.len; t++)
                if (spl_str_ifind(lines.data[l].text, abstract->terms.data[t], 0) >= 0) lines.data[l].score += 2;
        for (size_t l = 0, before = 0; l < lines.len; l++) {
            size_t own = lines.data[l].score;
            if (before > 1 || (l + 1 < lines.len && lines.data[l + 1].score > 1)) lines.data[l].score++;
            before = own;
        }
        qsort(lines.data, lines.len, sizeof *lines.data, by_score);
        lines.len = (size_t)abstract->maxlines;
        qsort(lines.data, lines.len, sizeof *lines.data, by_number);
        out = spl_buf_in(batch->arena);
        for (size_t l = 0; l < lines.len; l++) {
            if (l) spl_buf_char(&out, '\n');
            if (l && lines.data[l].number > lines.data[l - 1].number + 1) spl_buf_puts(&out, "...");
            spl_buf_add(&out, lines.data[l].text);
        }
        spl_batch_set(batch, row, SPL_F_RAW, spl_text(spl_buf_str(&out)));
    }
    return SPL_OK;
}

static const char *const aliases[] = {"excerpt", NULL}; /* older names of it */

SPL_COMMAND(abstract, .aliases = aliases, .summary = "Keeps the lines of long events that say most about the search.",
            .syntax = "abstract [maxterms=<n>] [maxlines=<n>]",
            .example = "| makeresults | eval _raw=\"one line\" | abstract maxlines=5 | table _raw",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(abstract_op),
            .bind = abstract_bind, .map = abstract_map);
