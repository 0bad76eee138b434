/* fn_mv.c -- multivalue functions. Search Reference, "Multivalue eval functions". A single value counts as a multivalue
 * of one; no values at all are null. */
#include "base/fault.h"
#include "base/json.h"
#include "base/map.h"
#include "base/regex.h"
#include "base/utf8.h"
#include "data/compare.h"
#include "exec/bind.h"
#include "exec/query.h"
#include "expr/expr.h"

#include <math.h>
#include <stdlib.h>

/* A multivalue under construction, of at most ROOM values. */
typedef struct builder {
    spl_multi *multi;
} builder;

static builder build(spl_eval *ev, size_t room)
{
    builder b;

    if (room > UINT32_MAX / sizeof(spl_value)) spl_fail(SPL_BOUND, "a multivalue field of %zu values", room);
    b.multi = spl_alloc(ev->arena, sizeof *b.multi + room * sizeof(spl_value));
    b.multi->count = 0;
    return b;
}

static void push(builder *b, spl_value v)
{
    if (v.kind == SPL_KIND_TEXT || v.kind == SPL_KIND_NUMBER) b->multi->items[b->multi->count++] = v;
}

static spl_value built(const builder *b)
{
    if (b->multi->count <= 1) return b->multi->count ? b->multi->items[0] : SPL_NULL;
    return (spl_value){.as.multi = b->multi, .kind = SPL_KIND_MULTI};
}

/* --- commands ---- */

SPL_FUNCTION(commands, .family = "multivalue", .signature = "commands(<search>)",
             .summary = "The names of the commands in the text of a search.",
             .example = "commands(\"search foo | stats count | sort count\")",
             .result = "[\"search\",\"stats\",\"sort\"]", .min_args = 1, .max_args = 1, .args = "s",
             .returns = SPL_TYPE_MULTI)
{
    SPL_VEC(spl_value) names = {0};
    spl_str text;
    size_t depth = 0;
    bool start = true, quoted = false;

    if (!spl_arg_text(ev, argv, 0, &text)) return SPL_NULL;
    text = spl_str_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (quoted) {
            if (c == '\\') i++;
            quoted = c != '"';
            continue;
        }
        if (start && !depth && !spl_is_space(c) && c != '|') {
            size_t end = i;
            spl_str name;
            while (end < text.len && spl_is_word(text.data[end])) end++;
            name = spl_str_sub(text, i, end);
            /* What does not begin with a pipe is a search, whether it says so or not. */
            if (!names.len && text.data[0] != '|') name = SPL_S("search");
            if (name.len) SPL_PUSH(ev->arena, &names, spl_text(name));
            start = false;
        }
        if (c == '"')
            quoted = true;
        else if (c == '[')
            depth++;
        else if (c == ']' && depth)
            depth--;
        else if (c == '|' && !depth)
            start = true;
    }
    return spl_multi_of(ev->arena, names.data, names.len);
}

/* --- plain ones ---- */

SPL_FUNCTION(mvappend, .family = "multivalue", .signature = "mvappend(<value>,…)",
             .summary = "All values of the arguments, one after the other; nulls are passed over.",
             .example = "mvappend(\"a\",mvappend(\"b\",\"c\"),null())", .result = "[\"a\",\"b\",\"c\"]", .min_args = 1,
             .max_args = -1)
{
    size_t room = 0;
    builder b;

    for (int i = 0; i < argc; i++) room += spl_value_count(argv[i]);
    b = build(ev, room);
    for (int i = 0; i < argc; i++)
        for (uint32_t j = 0; j < spl_value_count(argv[i]); j++) push(&b, spl_value_at(argv[i], j));
    return built(&b);
}

SPL_FUNCTION(mvcount, .family = "multivalue", .signature = "mvcount(<mv>)",
             .summary = "How many values there are; null for null.", .example = "mvcount(split(\"a,b,c\",\",\"))",
             .result = "3", .min_args = 1, .max_args = 1, .returns = SPL_TYPE_NUMBER)
{
    uint32_t count = spl_value_count(argv[0]);
    return count ? spl_number(count) : SPL_NULL;
}

SPL_FUNCTION(mvdedup, .family = "multivalue", .signature = "mvdedup(<mv>)",
             .summary = "The values without repetitions, each where it stood first.",
             .example = "mvdedup(split(\"b,a,b\",\",\"))", .result = "[\"b\",\"a\"]", .min_args = 1, .max_args = 1)
{
    builder b;
    spl_map seen = spl_map_in(ev->arena);

    if (argv[0].kind != SPL_KIND_MULTI) return argv[0];
    b = build(ev, argv[0].as.multi->count);
    for (uint32_t i = 0; i < argv[0].as.multi->count; i++) {
        spl_value v = argv[0].as.multi->items[i];
        bool made;
        spl_map_put(&seen, spl_value_text(ev->arena, v), &made);
        if (made) push(&b, v);
    }
    return built(&b);
}

SPL_FUNCTION(
    mvindex, .family = "multivalue", .signature = "mvindex(<mv>,<start>[,<end>])",
    .summary = "The value at a place, or those from start to end, counted from 0 or, if negative, from the end.",
    .example = "mvindex(split(\"a,b,c,d\",\",\"),-3,-2)", .result = "[\"b\",\"c\"]", .min_args = 2, .max_args = 3,
    .args = "*nn")
{
    int64_t start, end, count = spl_value_count(argv[0]);
    builder b;

    if (!spl_arg_int(argv, 1, &start)) return SPL_NULL;
    end = start;
    if (argc > 2 && !spl_arg_int(argv, 2, &end)) return SPL_NULL;
    if (start < 0) start += count;
    if (end < 0) end += count;
    if (argc == 2) return start >= 0 && start < count ? spl_value_at(argv[0], (uint32_t)start) : SPL_NULL;
    /* A range that reaches beyond is cut: mvindex(x,0,9) is the first ten, however many there are. */
    if (start < 0) start = 0;
    if (end >= count) end = count - 1;
    if (start > end) return SPL_NULL;
    b = build(ev, (size_t)(end - start + 1));
    for (int64_t i = start; i <= end; i++) push(&b, spl_value_at(argv[0], (uint32_t)i));
    return built(&b);
}

SPL_FUNCTION(mvjoin, .family = "multivalue", .signature = "mvjoin(<mv>,<delimiter>)",
             .summary = "The values as one text, the delimiter between them.",
             .example = "mvjoin(split(\"a,b\",\",\"),\";\")", .result = "\"a;b\"", .min_args = 2, .max_args = 2,
             .args = "*s")
{
    spl_buf out = spl_buf_in(ev->arena);
    spl_str delimiter;

    if (spl_is_null(argv[0]) || argv[0].kind == SPL_KIND_BOOL || !spl_arg_text(ev, argv, 1, &delimiter))
        return SPL_NULL;
    for (uint32_t i = 0; i < spl_value_count(argv[0]); i++) {
        if (i) spl_buf_add(&out, delimiter);
        spl_buf_add(&out, spl_value_text(ev->arena, spl_value_at(argv[0], i)));
    }
    return spl_text(spl_buf_str(&out));
}

static bool bind_mvrange(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *step = argc > 2 ? spl_expr_constant(args[2]) : NULL;
    spl_span_time span;
    double number;
    (void)call;

    *data = NULL;
    if (!step || step->kind == SPL_KIND_NULL) return true;
    if (spl_value_number(*step, &number)) {
        if (number != 0) return true;
    } else if (step->kind == SPL_KIND_TEXT && spl_timespan(spl_value_str(*step), &span)) {
        return true;
    }
    spl_bad_argument(binder, spl_expr_node(args[2])->span,
                     "the step of mvrange() is a number other than 0 or a time span");
    spl_hint(binder->diag, "Examples are 2 and \"1d\".");
    return false;
}

SPL_FUNCTION(mvrange, .family = "multivalue", .signature = "mvrange(<start>,<end>[,<step>])",
             .summary = "The numbers from start up to, but without, end; a step such as \"1d\" goes by the calendar.",
             .example = "mvrange(1,11,2)", .result = "[1,3,5,7,9]", .min_args = 2, .max_args = 3, .args = "nn*",
             .returns = SPL_TYPE_MULTI, .impure = true, .bind = bind_mvrange,
             .wrong = "mvrange(1,2,\"3x\") ; mvrange(1,2,0)")
{
    SPL_VEC(spl_value) values = {0};
    spl_span_time span = {0};
    spl_str text;
    double start, end, step = 1;

    if (!spl_arg_number(argv, 0, &start) || !spl_arg_number(argv, 1, &end)) return SPL_NULL;
    if (argc > 2 && !spl_arg_number(argv, 2, &step)) {
        if (!spl_arg_text(ev, argv, 2, &text) || !spl_timespan(text, &span)) return SPL_NULL;
        step = spl_span_seconds(span);
    }
    if (!isfinite(start) || !isfinite(end) || !isfinite(step) || step == 0) return SPL_NULL;
    if (fabs(end - start) / fabs(step) > 1e9) spl_fail(SPL_BOUND, "mvrange() of more than a thousand million values");
    for (double v = start, i = 0; step > 0 ? v < end : v > end;) {
        SPL_PUSH(ev->arena, &values, spl_number(v));
        if (values.len % 65536 == 0) spl_query_poll(ev->query);
        if (span.unit >= SPL_UNIT_DAY) {
            double next = spl_time_add(ev->query->zone, v, span);
            if (!(next > v)) break;
            v = next;
        } else {
            v = start + ++i * step;
        }
    }
    return spl_multi_of(ev->arena, values.data, values.len);
}

SPL_FUNCTION(mvreverse, .family = "multivalue", .signature = "mvreverse(<mv>)",
             .summary = "The values in reverse order.", .example = "mvreverse(split(\"1,2,3\",\",\"))",
             .result = "[\"3\",\"2\",\"1\"]", .min_args = 1, .max_args = 1)
{
    builder b;

    if (argv[0].kind != SPL_KIND_MULTI) return argv[0];
    b = build(ev, argv[0].as.multi->count);
    for (uint32_t i = argv[0].as.multi->count; i--;) push(&b, argv[0].as.multi->items[i]);
    return built(&b);
}

static int by_text(const void *a, const void *b)
{
    return spl_compare_by(*(const spl_value *)a, *(const spl_value *)b);
}

SPL_FUNCTION(mvsort, .family = "multivalue", .signature = "mvsort(<mv>)",
             .summary = "The values in the order of their text, byte by byte, numbers too.",
             .example = "mvsort(split(\"10,9,70\",\",\"))", .result = "[\"10\",\"70\",\"9\"]", .min_args = 1,
             .max_args = 1)
{
    builder b;

    if (argv[0].kind != SPL_KIND_MULTI) return argv[0];
    b = build(ev, argv[0].as.multi->count);
    for (uint32_t i = 0; i < argv[0].as.multi->count; i++) push(&b, argv[0].as.multi->items[i]);
    qsort(b.multi->items, b.multi->count, sizeof(spl_value), by_text);
    return built(&b);
}

SPL_FUNCTION(mvzip, .family = "multivalue", .signature = "mvzip(<mv>,<mv>[,<delimiter>])",
             .summary = "The first values joined, the second values joined, and so on, as far as both go.",
             .example = "mvzip(split(\"a,b\",\",\"),split(\"x,y\",\",\"),\":\")", .result = "[\"a:x\",\"b:y\"]",
             .min_args = 2, .max_args = 3, .args = "**s")
{
    uint32_t n = spl_value_count(argv[0]), m = spl_value_count(argv[1]);
    spl_str delimiter = SPL_S(",");
    builder b;

    if (argc > 2 && !spl_arg_text(ev, argv, 2, &delimiter)) return SPL_NULL;
    if (n > m) n = m;
    b = build(ev, n);
    for (uint32_t i = 0; i < n; i++) {
        spl_buf out = spl_buf_in(ev->arena);
        spl_buf_add(&out, spl_value_text(ev->arena, spl_value_at(argv[0], i)));
        spl_buf_add(&out, delimiter);
        spl_buf_add(&out, spl_value_text(ev->arena, spl_value_at(argv[1], i)));
        push(&b, spl_text(spl_buf_str(&out)));
    }
    return built(&b);
}

SPL_FUNCTION(split, .family = "multivalue", .signature = "split(<text>,<delimiter>)",
             .summary = "The parts of the text between the delimiters; without a delimiter, its characters.",
             .example = "split(\"a,,b\",\",\")", .result = "[\"a\",\"\",\"b\"]", .min_args = 2, .max_args = 2,
             .args = "ss", .returns = SPL_TYPE_ANY)
{
    SPL_VEC(spl_value) parts = {0};
    spl_str delimiter, text;

    if (!spl_arg_text(ev, argv, 1, &delimiter)) return SPL_NULL;
    for (uint32_t i = 0; i < spl_value_count(argv[0]); i++) {
        spl_value v = spl_value_at(argv[0], i);
        size_t from = 0;
        if (!spl_arg_text(ev, &v, 0, &text)) continue;
        if (!delimiter.len) {
            while (from < text.len) {
                size_t next = from;
                spl_utf8_next(text, &next);
                SPL_PUSH(ev->arena, &parts, spl_text(spl_str_sub(text, from, next)));
                from = next;
            }
            continue;
        }
        for (;;) {
            ptrdiff_t at = spl_str_find(text, delimiter, from);
            size_t end = at < 0 ? text.len : (size_t)at;
            SPL_PUSH(ev->arena, &parts, spl_text(spl_str_sub(text, from, end)));
            if (at < 0) break;
            from = end + delimiter.len;
        }
    }
    return spl_multi_of(ev->arena, parts.data, parts.len);
}

/* --- with a regular expression ---- */

SPL_FUNCTION(
    mvfind, .family = "multivalue", .signature = "mvfind(<mv>,<regex>)",
    .summary = "The place, from 0, of the first value that the regular expression matches; null where none does.",
    .example = "mvfind(split(\"alpha,beta\",\",\"),\"et\")", .result = "1", .min_args = 2, .max_args = 2, .args = "*s",
    .returns = SPL_TYPE_NUMBER, .bind = spl_bind_pattern, .wrong = "mvfind(a,\"(\")")
{
    const spl_regex *regex = spl_eval_data(ev);
    spl_str pattern, text;

    if (!regex) {
        if (!spl_arg_text(ev, argv, 1, &pattern)) return SPL_NULL;
        regex = spl_eval_regex(ev, pattern, 0);
        if (!regex) return SPL_NULL;
    }
    for (uint32_t i = 0; i < spl_value_count(argv[0]); i++) {
        spl_value v = spl_value_at(argv[0], i);
        if (spl_arg_text(ev, &v, 0, &text) && spl_regex_search(ev->worker->match, regex, text, 0)) return spl_number(i);
    }
    return SPL_NULL;
}

/* --- an expression for each value: the field is bound to the value meanwhile ---- */

/* The only field that the expression under NODE names; *COUNT tells how many there are. The walk needs no recursion,
 * since chains of operators may be long. */
static spl_field only_field(spl_binder *binder, const spl_node *node, size_t *count)
{
    SPL_VEC(const spl_node *) left = {0};
    spl_field found = SPL_NO_FIELD;

    *count = 0;
    SPL_PUSH(binder->arena, &left, node);
    while (left.len) {
        const spl_node *at = left.data[--left.len];
        if (at->kind == SPL_NODE_FIELD) {
            spl_field field = spl_bind_field(binder, at->text);
            if (field != found) ++*count, found = field;
        }
        for (uint32_t i = 0; i < at->n_kids; i++) SPL_PUSH(binder->arena, &left, at->kids[i]);
    }
    return found;
}

static bool bind_mvfilter(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    size_t count;
    spl_field *field = SPL_NEW(binder->arena, spl_field);
    (void)argc;

    *field = only_field(binder, spl_expr_node(args[0]), &count);
    *data = field;
    if (count == 1 || (count == 0 && binder->holes)) return true;
    spl_bad_argument(binder, call->span, "mvfilter() needs a condition on exactly one field, this one is on %s",
                     count ? "several" : "none");
    spl_hint(binder->diag, "An example is mvfilter(match(names,\"^a\")); mvmap() can look at other fields too.");
    return false;
}

SPL_FUNCTION_LAZY(mvfilter, .family = "multivalue", .signature = "mvfilter(<condition>)",
                  .summary = "The values of the condition's field for which the condition is true.",
                  .example = "mvcount(mvfilter(match(nosuch,\"a\")))", .result = "null", .min_args = 1, .max_args = 1,
                  .args = "b", .bind = bind_mvfilter, .wrong = "mvfilter(a=b)")
{
    struct spl_eval_shadow shadow = {*(const spl_field *)spl_eval_data(ev), SPL_NULL, ev->shadow};
    spl_value all;
    builder b;

    if (shadow.field == SPL_NO_FIELD) return SPL_NULL;
    all = spl_eval_read(ev, shadow.field);
    b = build(ev, spl_value_count(all));
    ev->shadow = &shadow;
    for (uint32_t i = 0; i < spl_value_count(all); i++) {
        spl_value v;
        shadow.value = spl_value_at(all, i);
        v = spl_eval_expr(ev, args[0]);
        if (spl_value_truth(v) == 1) push(&b, shadow.value);
    }
    ev->shadow = shadow.outer;
    return built(&b);
}

static bool bind_mvmap(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    size_t count;
    spl_field *field = SPL_NEW(binder->arena, spl_field);
    (void)call, (void)argc;

    *field = only_field(binder, spl_expr_node(args[0]), &count);
    *data = field;
    if (count == 1 || binder->holes) return true;
    spl_bad_argument(binder, spl_expr_node(args[0])->span,
                     "the first argument of mvmap() is a field, or values made of one field, not of %s",
                     count ? "several" : "none");
    spl_hint(binder->diag, "Assign the multivalue to a field first; its name stands for each value in the expression.");
    return false;
}

SPL_FUNCTION_LAZY(mvmap, .family = "multivalue", .signature = "mvmap(<field>,<expression>)",
                  .summary = "The results of the expression for each value of the field, or of what is made of it; "
                             "nulls are left out.",
                  .example = "mvmap(nosuch,nosuch*10)", .result = "null", .min_args = 2, .max_args = 2,
                  .bind = bind_mvmap, .wrong = "mvmap(1,2)")
{
    struct spl_eval_shadow shadow = {*(const spl_field *)spl_eval_data(ev), SPL_NULL, ev->shadow};
    SPL_VEC(spl_value) results = {0};
    spl_value all;

    if (shadow.field == SPL_NO_FIELD) return SPL_NULL;
    all = spl_eval_expr(ev, args[0]);
    ev->shadow = &shadow;
    for (uint32_t i = 0; i < spl_value_count(all); i++) {
        spl_value v;
        shadow.value = spl_value_at(all, i);
        v = spl_eval_expr(ev, args[1]);
        for (uint32_t j = 0; v.kind != SPL_KIND_BOOL && j < spl_value_count(v); j++)
            SPL_PUSH(ev->arena, &results, spl_value_at(v, j));
    }
    ev->shadow = shadow.outer;
    return spl_multi_of(ev->arena, results.data, results.len);
}
