/* erex.c -- finds a regular expression by examples, and extracts with it.
 *
 * The first results that hold an example teach. What stands before the examples in all of them, and the sign that
 * follows, make the surroundings; what the examples are made of makes the group. Of the expressions from the closest to
 * the widest the first one is taken that gives an example for every result that taught, and never a counterexample. A
 * note shows it, for rex. All results are spooled meanwhile. */
#include "exec/rowstore.h"

#include "base/regex.h"
#include "exec/bind.h"

#include <stddef.h>

enum { CONTEXT = 24, MAX_EXAMPLES = 100 };

typedef SPL_VEC(spl_str) str_vec;

typedef struct erex_op {
    spl_op base;
    spl_str examples_text, counter_text;
    spl_field field, from;
    int64_t maxtrainers;
    str_vec examples, counters;
    spl_str field_name;
    /* running */
    spl_rowstore *store;
    spl_regex *regex;
    bool learnt;
} erex_op;

static const spl_option options[] = {
    {.name = "examples",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(erex_op, examples_text),
     .text = "",
     .help = "values to extract, separated by commas"},
    {.name = "counterexamples",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(erex_op, counter_text),
     .text = "",
     .help = "values that must not be extracted"},
    {.name = "fromfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(erex_op, from),
     .text = "_raw",
     .help = "the field to extract from"},
    {.name = "maxtrainers",
     .type = SPL_OPTION_INT,
     .offset = offsetof(erex_op, maxtrainers),
     .dflt = 100,
     .min = 1,
     .max = 1000,
     .help = "how many results teach"},
    {0},
};

static void split(spl_binder *binder, spl_str text, str_vec *list)
{
    while (text.len) {
        const char *comma = memchr(text.data, ',', text.len);
        size_t len = comma ? (size_t)(comma - text.data) : text.len;
        spl_str one = spl_str_trim(spl_str_sub(text, 0, len));
        if (one.len) SPL_PUSH(binder->arena, list, one);
        text = spl_str_sub(text, len + (comma != NULL), text.len);
    }
}

static bool erex_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    erex_op *erex = (erex_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);

    erex->field_name = SPL_S("field");
    if (node && !spl_args_name(node, &erex->field_name))
        return spl_bad_argument(binder, node->span, "the name of a field is expected here");
    for (size_t i = 0; i < erex->field_name.len; i++)
        if (!spl_is_word(erex->field_name.data[i]) || spl_is_digit(erex->field_name.data[0]) ||
            erex->field_name.len > 32)
            return spl_bad_argument(binder, node->span,
                                    "erex needs a name of letters, digits and _ that a group can have");
    split(binder, erex->examples_text, &erex->examples);
    split(binder, erex->counter_text, &erex->counters);
    if (!erex->examples.len) return spl_lacks(binder, NULL, "examples=", "port examples=\"8000, 3182\"");
    if (erex->examples.len > MAX_EXAMPLES || erex->counters.len > MAX_EXAMPLES)
        return spl_bad_argument(binder, stage->span, "erex takes at most %d examples", MAX_EXAMPLES);
    erex->field = spl_bind_field(binder, erex->field_name);
    spl_bind_reads(binder, erex->from);
    return spl_args_done(binder, &args);
}

static void erex_open(spl_op *op)
{
    ((erex_op *)op)->store = spl_rowstore_new(op);
}

typedef struct lesson {
    spl_str text;
    size_t begin, end; /* of the example in it */
} lesson;
typedef SPL_VEC(lesson) lessons;

static bool teach(const erex_op *erex, spl_str text, lesson *out)
{
    ptrdiff_t best = -1;
    for (size_t i = 0; i < erex->examples.len; i++) {
        ptrdiff_t at = spl_str_find(text, erex->examples.data[i], 0);
        if (at < 0 || (best >= 0 && at >= best)) continue;
        best = at;
        *out = (lesson){text, (size_t)at, (size_t)at + erex->examples.data[i].len};
    }
    return best >= 0;
}

static void escape(spl_buf *out, char c)
{
    if (spl_is_word(c) || (unsigned char)c >= 0x80 || c == ' ' || c == '"' || c == '=' || c == ':' || c == ',')
        spl_buf_char(out, c);
    else if (c == '\t' || c == '\n' || c == '\r')
        spl_buf_puts(out, "\\s");
    else
        spl_buf_printf(out, "\\x%02x", (unsigned)(unsigned char)c);
}

/* TEXT literally, but runs of digits as \d+. */
static void literal(spl_buf *out, spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!spl_is_digit(text.data[i])) {
            escape(out, text.data[i]);
            continue;
        }
        while (i + 1 < text.len && spl_is_digit(text.data[i + 1])) i++;
        spl_buf_puts(out, "\\d+");
    }
}

/* What the examples have in common as a class, the narrowest first. */
static const char *const classes[] = {"\\d+",       "[A-Za-z]+",    "[0-9a-fA-F]+", "\\w+",
                                      "[\\w.\\-]+", "[^\\s,;\"']+", "[^\"\\r\\n]+"};
static bool in_class(size_t which, char c)
{
    switch (which) {
    case 0: return spl_is_digit(c);
    case 1: return spl_is_alpha(c);
    case 2: return spl_is_digit(c) || (spl_ascii_lower(c) >= 'a' && spl_ascii_lower(c) <= 'f');
    case 3: return spl_is_word(c);
    case 4: return spl_is_word(c) || c == '.' || c == '-';
    case 5: return !spl_is_space(c) && c != ',' && c != ';' && c != '"' && c != '\'';
    default: return c != '"' && c != '\r' && c != '\n';
    }
}

static bool gives(erex_op *erex, const spl_regex *regex, const lessons *all)
{
    for (size_t i = 0; i < all->len; i++) {
        spl_str got;
        bool example = false;
        if (!spl_regex_search(erex->base.worker->match, regex, all->data[i].text, 0)) return false;
        if (!spl_match_group(erex->base.worker->match, 1, &got)) return false;
        for (size_t e = 0; e < erex->examples.len && !example; e++) example = spl_str_eq(got, erex->examples.data[e]);
        if (!example) return false;
    }
    return true;
}

static bool avoids(erex_op *erex, const spl_regex *regex, spl_str text)
{
    spl_str got;
    if (!spl_regex_search(erex->base.worker->match, regex, text, 0)) return true;
    if (!spl_match_group(erex->base.worker->match, 1, &got)) return true;
    for (size_t i = 0; i < erex->counters.len; i++)
        if (spl_str_eq(got, erex->counters.data[i])) return false;
    return true;
}

/* Tries one expression: PREFIX bytes before the examples, a class, perhaps the sign behind. */
static bool attempt(erex_op *erex, const lessons *all, const lessons *against, size_t prefix, size_t which, int after)
{
    spl_buf pattern = spl_buf_in(erex->base.state);
    const lesson *first = &all->data[0];
    spl_str error;
    size_t at;
    bool good = true;

    literal(&pattern, spl_str_sub(first->text, first->begin - prefix, first->begin));
    spl_buf_printf(&pattern, "(?<%.*s>%s)", SPL_FMT(erex->field_name), classes[which]);
    if (after >= 0) {
        spl_buf_puts(&pattern, "(?=");
        escape(&pattern, (char)after);
        spl_buf_char(&pattern, ')');
    } else if (after == -1) {
        spl_buf_char(&pattern, '$');
    }
    erex->regex = spl_regex_compile(erex->base.state, spl_buf_str(&pattern), 0, &error, &at);
    if (!erex->regex || !gives(erex, erex->regex, all)) return false;
    for (size_t i = 0; i < against->len && good; i++) good = avoids(erex, erex->regex, against->data[i].text);
    return good;
}

static bool learn(erex_op *erex, const lessons *all, const lessons *against)
{
    size_t prefix = CONTEXT, which = 0;
    int after = -2; /* -2: differs, -1: the end */

    for (size_t i = 0; i < all->len; i++) { /* the longest common text before */
        const lesson *first = &all->data[0], *one = &all->data[i];
        int next = one->end < one->text.len ? (unsigned char)one->text.data[one->end] : -1;
        size_t common = 0;
        while (common < prefix && common < first->begin && common < one->begin &&
               first->text.data[first->begin - 1 - common] == one->text.data[one->begin - 1 - common])
            common++;
        prefix = common;
        if (!i)
            after = next;
        else if (after != next)
            after = -2;
    }
    for (; which < sizeof classes / sizeof *classes; which++) {
        bool fits = true;
        for (size_t e = 0; e < erex->examples.len && fits; e++)
            for (size_t i = 0; i < erex->examples.data[e].len && fits; i++)
                fits = in_class(which, erex->examples.data[e].data[i]);
        if (!fits) continue;
        for (size_t p = prefix + 1; p-- > 0;) {
            if (attempt(erex, all, against, p, which, -2)) return true;
            if (after != -2 && attempt(erex, all, against, p, which, after)) return true;
        }
    }
    erex->regex = NULL;
    return false;
}

static void load(erex_op *erex)
{
    spl_op *op = &erex->base;
    lessons all = {0}, against = {0};
    spl_batch *batch;
    bool any = false;

    while (spl_op_pull(op, &batch) == SPL_OK) {
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
            spl_value value = spl_batch_get(batch, spl_batch_row(batch, i), erex->from);
            lesson one;
            spl_str text;
            if (value.kind != SPL_KIND_TEXT) continue;
            text = spl_value_str(value);
            if (all.len < (uint64_t)erex->maxtrainers && teach(erex, text, &one)) {
                one.text = spl_str_copy(op->state, text);
                SPL_PUSH(op->state, &all, one);
            }
            if (erex->counters.len && against.len < (uint64_t)erex->maxtrainers) {
                bool holds = false;
                for (size_t c = 0; c < erex->counters.len && !holds; c++)
                    holds = spl_str_find(text, erex->counters.data[c], 0) >= 0;
                if (holds) SPL_PUSH(op->state, &against, (lesson){spl_str_copy(op->state, text), 0, 0});
            }
        }
        any = true;
        spl_rowstore_add(erex->store, batch);
    }
    erex->learnt = true;
    if (any && !all.len) {
        spl_fail(SPL_REFUSED,
                 "erex cannot learn: no result has one of the examples in its field %.*s; give texts that stand there",
                 SPL_FMT(spl_field_name(op->query->fields, erex->from)));
    } else if (any && !learn(erex, &all, &against)) {
        spl_fail(SPL_REFUSED, "erex cannot learn: no regular expression was found that gives the examples and no "
                              "counterexample; give other examples, or rex a regular expression");
    } else if (any) {
        spl_str pattern = spl_regex_pattern(erex->regex);
        spl_op_note(op, "erex", "rex field=%.*s \"%.*s\"", SPL_FMT(spl_field_name(op->query->fields, erex->from)),
                    SPL_FMT(pattern));
    }
}

static spl_status erex_next(spl_op *op, spl_batch **out)
{
    erex_op *erex = (erex_op *)op;
    spl_batch *batch;

    if (!erex->learnt) load(erex);
    *out = batch = spl_rowstore_take(erex->store);
    if (!batch) return SPL_END;
    for (uint32_t i = 0; erex->regex && i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, erex->from);
        spl_str got;
        if (value.kind != SPL_KIND_TEXT) continue;
        if (spl_regex_search(op->worker->match, erex->regex, spl_value_str(value), 0) &&
            spl_match_group(op->worker->match, 1, &got))
            spl_batch_set(batch, row, erex->field, spl_text(got));
    }
    return SPL_OK;
}

SPL_COMMAND(erex, .summary = "Finds a regular expression by examples and extracts a field with it.",
            .syntax = "erex [<field>] examples=\"<text>, …\" [counterexamples=\"<text>, …\"] [fromfield=<field>] "
                      "[maxtrainers=<n>]",
            .example = "| makeresults | eval _raw=\"port 8000 open\" | erex port examples=\"8000\" | table port",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(erex_op),
            .bind = erex_bind, .open = erex_open, .next = erex_next);
