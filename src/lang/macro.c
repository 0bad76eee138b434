/* macro.c -- expansion of back-ticked macros: of characters, before anything is scanned, with a map back.
 *
 * A call may stand anywhere outside of double quotes, glued to what surrounds it. Expansion works on stretches of text
 * that know where each byte came from (struct rope), so that one token may later span several sources. A definition is
 * filled in with its arguments first, then expanded in turn; what is expanded is appended and never looked at again, so
 * the work is linear in the text produced, which is bounded. */
#include "lang/text.h"

#include "base/num.h"

#include <assert.h>

enum { DEPTH_DEFAULT = 400, CALLS_MAX = 100000, SIZE_DEFAULT = 32 << 20, ARGS_MAX = 1000 };

/* ---- rules of text ------------------------------------------------------------------------------------------------
 */

size_t spl_text_quoted(spl_str text, size_t at)
{
    for (size_t i = at + 1; i < text.len; i++) {
        if (text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            return i + 1;
    }
    return text.len + 1;
}

bool spl_text_is_comment(spl_str text, size_t at)
{
    return text.len - at >= 3 && memcmp(text.data + at, "```", 3) == 0;
}

size_t spl_text_comment(spl_str text, size_t at)
{
    ptrdiff_t end = spl_str_find(text, SPL_S("```"), at + 3);

    return end < 0 ? text.len + 1 : (size_t)end + 3;
}

/* NAME, or NAME(…), with white space around. */
static bool is_call(spl_str inside)
{
    inside = spl_str_trim(inside);
    if (!inside.len || inside.data[0] == '(') return false;
    for (size_t i = 0; i < inside.len; i++) {
        char c = inside.data[i];

        if (c == '(') return inside.data[inside.len - 1] == ')';
        if (c == '"' || c == '|' || c == '`' || c == '\n') return false;
    }
    return true;
}

size_t spl_text_call(spl_str text, size_t at)
{
    bool nested = false; /* an odd number of back-ticks since the first: within a call among the arguments */

    /* Double quotes hide a back-tick; where that leaves the call open, an argument holds a lone quote, and they don't.
     */
    for (int quotes = 1; quotes >= 0; quotes--) {
        nested = false;
        for (size_t i = at + 1; i < text.len; i++) {
            char c = text.data[i];

            if (quotes && c == '"') {
                i = spl_text_quoted(text, i) - 1;
            } else if (c == '`') {
                if (!nested && is_call(spl_str_sub(text, at + 1, i))) return i + 1;
                if (!nested && !memchr(text.data + at + 1, '(', i - at - 1)) break; /* no argument list is open */
                nested = !nested;
            }
        }
    }
    return 0;
}

spl_str spl_text_unescape(spl_arena *arena, spl_str text)
{
    char *out;
    size_t len = 0;

    if (!text.len || !memchr(text.data, '\\', text.len)) return text;
    out = spl_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len && (text.data[i + 1] == '"' || text.data[i + 1] == '\\')) i++;
        out[len++] = text.data[i];
    }
    return spl_str_cut(out, len);
}

void spl_text_escape(spl_buf *out, spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\') spl_buf_char(out, '\\');
        spl_buf_char(out, text.data[i]);
    }
}

void spl_text_quote(spl_buf *out, spl_str text)
{
    spl_buf_char(out, '"');
    spl_text_escape(out, text);
    spl_buf_char(out, '"');
}

spl_str spl_text_hole(const spl_source *source, uint32_t at)
{
    spl_span from;
    size_t low = 0, high = source->n_pieces;

    if (!source->spliced || at >= source->text.len || source->text.data[at] != SPL_TEXT_HOLE) return (spl_str){0};
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (source->pieces[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    from = source->pieces[low].from;
    if (source->pieces[low].at != at || from.end - from.begin < 2 || !from.source ||
        from.source->text.data[from.begin] != '`')
        return (spl_str){0};
    return spl_str_trim(spl_str_sub(from.source->text, from.begin + 1, from.end - 1));
}

/* ---- text that knows where it came from ---------------------------------------------------------------------------
 */

typedef struct rope {
    spl_buf text;
    SPL_VEC(spl_piece) pieces;
} rope;

static rope rope_in(spl_arena *arena)
{
    rope empty = {.text = spl_buf_in(arena)};

    return empty;
}

static void rope_add(rope *to, spl_str bytes, spl_span from)
{
    assert(to->pieces.data || !to->pieces.len);
    spl_piece *last = to->pieces.len ? &to->pieces.data[to->pieces.len - 1] : NULL;

    if (!bytes.len) return;
    if (last && bytes.len == from.end - from.begin && last->from.source == from.source &&
        last->from.end == from.begin && last->from.end - last->from.begin == last->len) {
        last->len += (uint32_t)bytes.len;
        last->from.end = from.end;
    } else {
        SPL_PUSH(to->text.arena, &to->pieces, (spl_piece){(uint32_t)to->text.len, (uint32_t)bytes.len, from});
    }
    spl_buf_add(&to->text, bytes);
}

/* Bytes [begin, end) of FROM are appended. */
static void rope_copy(rope *to, const rope *from, size_t begin, size_t end)
{
    size_t low = 0, high = from->pieces.len;
    spl_str text = spl_buf_str(&from->text);

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (from->pieces.data[middle].at <= begin)
            low = middle;
        else
            high = middle;
    }
    for (; begin < end && low < from->pieces.len; low++) {
        const spl_piece *piece = &from->pieces.data[low];
        size_t stop = piece->at + piece->len < end ? piece->at + piece->len : end;
        spl_span place = piece->from;

        if (stop <= begin) continue;
        if (place.end - place.begin == piece->len) {
            place.end = place.begin + (uint32_t)(stop - piece->at);
            place.begin += (uint32_t)(begin - piece->at);
        }
        rope_add(to, spl_str_sub(text, begin, stop), place);
        begin = stop;
    }
}

/* Where bytes [begin, end) of a rope stand: the part within the source of the first byte. */
static spl_span rope_place(const rope *of, size_t begin, size_t end)
{
    spl_source view = {
        .text = spl_buf_str(&of->text), .spliced = true, .pieces = of->pieces.data, .n_pieces = of->pieces.len};
    spl_span first = spl_span_origin((spl_span){&view, (uint32_t)begin, (uint32_t)end});
    spl_span last;

    if (end <= begin) return first;
    last = spl_span_origin((spl_span){&view, (uint32_t)end - 1, (uint32_t)end});
    if (last.source == first.source && last.end > first.end) first.end = last.end;
    return first;
}

/* ---- expansion -----------------------------------------------------------------------------------------------------
 */

typedef struct active { /* the macros being expanded, innermost first */
    const spl_macro *macro;
    const struct active *outer;
    unsigned depth;
} active;

typedef struct expander {
    const spl_parse_env *env;
    spl_arena *arena;
    size_t produced;
    unsigned calls;
    bool failed;
    bool stopped; /* of a bound: no use in going on */
} expander;

static void expand(expander *x, const rope *in, rope *out, const active *within);

static bool over_size(expander *x, size_t more, spl_span span)
{
    size_t limit = x->env->size_limit ? x->env->size_limit : SIZE_DEFAULT;

    x->produced += more;
    if (x->produced <= limit) return false;
    if (!x->stopped) spl_error(x->env->diag, span, "too-long", "the expanded search is longer than %zu bytes", limit);
    x->failed = x->stopped = true;
    return true;
}

typedef struct arguments {
    SPL_VEC(rope) values;
    SPL_VEC(rope) escaped; /* as they stand within double quotes */
    SPL_VEC(rope) raw;     /* as typed, trimmed */
} arguments;

static void add_argument(expander *x, const rope *in, size_t begin, size_t end, arguments *args)
{
    spl_str text = spl_buf_str(&in->text);
    rope raw = rope_in(x->arena);

    while (begin < end && spl_is_space(text.data[begin])) begin++;
    while (end > begin && spl_is_space(text.data[end - 1])) end--;
    rope_copy(&raw, in, begin, end);
    SPL_PUSH(x->arena, &args->raw, raw);
}

/* Splits what stands in the brackets of a call at its commas outside of double quotes; NESTED: also outside of round
 * brackets. */
static void split_arguments(expander *x, const rope *in, size_t begin, size_t end, bool nested, arguments *args)
{
    spl_str text = spl_str_sub(spl_buf_str(&in->text), 0, end);
    size_t start = begin;
    long depth = 0;
    bool calls = true;

    for (size_t i = begin; i < end && args->raw.len < ARGS_MAX; i++) {
        char c = text.data[i];

        if (c == '"') {
            size_t close = spl_text_quoted(text, i);

            if (close <= end) i = close - 1;
        } else if (c == '`' && calls) {
            size_t close = spl_text_call(text, i);

            if (close) i = close - 1;
            calls = close != 0; /* a second look would be as long */
        } else if (nested && c == '(') {
            depth++;
        } else if (nested && c == ')') {
            depth -= depth > 0;
        } else if (c == ',' && depth == 0) {
            add_argument(x, in, start, i, args);
            start = i + 1;
        }
    }
    add_argument(x, in, start, end, args);
}

/* A rope without the double quotes around it; UNDO: and with \" and \\ undone. */
static rope unquoted(expander *x, const rope *in, bool undo)
{
    spl_str text = spl_buf_str(&in->text);
    rope out = rope_in(x->arena);

    if (text.len < 2 || text.data[0] != '"' || spl_text_quoted(text, 0) != text.len) return *in;
    if (!undo) {
        rope_copy(&out, in, 1, text.len - 1);
        return out;
    }
    for (size_t i = 1, from = 1; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 2 < text.len && (text.data[i + 1] == '"' || text.data[i + 1] == '\\')) {
            rope_copy(&out, in, from, i);
            from = ++i;
        } else if (i + 1 == text.len) {
            rope_copy(&out, in, from, i);
        }
    }
    return out;
}

/* Gives each parameter of MACRO its argument: by name (x=…) or by position. There are as many of both, so each
 * argument finds a place. */
static void match_arguments(expander *x, const spl_macro *macro, arguments *args)
{
    bool *given = SPL_NEW_ARRAY(x->arena, macro->n_args + 1, bool);
    uint32_t next = 0;

    for (uint32_t i = 0; i < macro->n_args; i++) {
        SPL_PUSH(x->arena, &args->values, rope_in(x->arena));
        SPL_PUSH(x->arena, &args->escaped, rope_in(x->arena));
    }
    for (uint32_t i = 0; i < args->raw.len; i++) {
        const rope *raw = &args->raw.data[i];
        spl_str text = spl_buf_str(&raw->text);
        const char *equals = text.len ? memchr(text.data, '=', text.len) : NULL;
        uint32_t slot = macro->n_args;
        rope value = *raw;

        if (equals) {
            spl_str name = spl_str_trim(spl_str_cut(text.data, (size_t)(equals - text.data)));

            for (slot = 0; slot < macro->n_args; slot++)
                if (spl_str_eq(macro->args[slot], name)) break;
        }
        if (slot < macro->n_args && !given[slot]) {
            size_t begin = (size_t)(equals - text.data) + 1;

            while (begin < text.len && spl_is_space(text.data[begin])) begin++;
            value = rope_in(x->arena);
            rope_copy(&value, raw, begin, text.len);
        } else {
            while (next < macro->n_args && given[next]) next++;
            slot = next;
        }
        given[slot] = true;
        args->escaped.data[slot] = unquoted(x, &value, false);
        value = unquoted(x, &value, true);
        if (value.text.len && memchr(value.text.data, '`', value.text.len)) {
            rope expanded = rope_in(x->arena);

            /* a call among the arguments belongs to the caller, not to the macro that it is handed to */
            expand(x, &value, &expanded, NULL);
            args->escaped.data[slot] = value = expanded;
        }
        args->values.data[slot] = value;
    }
}

/* DEFINITION with every $name$ replaced by its argument. Within double quotes \" and \\ stay as they were typed, so
 * that the argument does not end the quotes. */
static void fill(expander *x, const spl_macro *macro, const arguments *args, const rope *definition, rope *out)
{
    spl_str text = spl_buf_str(&definition->text);
    size_t from = 0, quotes = 0; /* where the double quotes close that were opened last */

    for (size_t i = 0; macro->n_args && i < text.len; i++) {
        const char *close;
        spl_str name;

        if (text.data[i] == '"' && i >= quotes) quotes = spl_text_quoted(text, i);
        if (text.data[i] != '$') continue;
        close = memchr(text.data + i + 1, '$', text.len - i - 1);
        if (!close) break;
        name = spl_str_cut(text.data + i + 1, (size_t)(close - text.data) - i - 1);
        for (uint32_t slot = 0; slot < macro->n_args; slot++) {
            const rope *value = i < quotes ? &args->escaped.data[slot] : &args->values.data[slot];

            if (!spl_str_eq(macro->args[slot], name)) continue;
            if (over_size(x, value->text.len, rope_place(definition, i, i + 1))) return;
            rope_copy(out, definition, from, i);
            rope_copy(out, value, 0, value->text.len);
            i += name.len + 1;
            from = i + 1;
            break;
        }
    }
    rope_copy(out, definition, from, text.len);
}

static spl_source *spliced_of(expander *x, const rope *from, spl_str name)
{
    spl_source *source = spl_source_new(x->arena, name, spl_buf_str(&from->text));

    source->spliced = true;
    source->pieces = from->pieces.data;
    source->n_pieces = from->pieces.len;
    return source;
}

static rope whole(expander *x, const spl_source *source)
{
    rope out = rope_in(x->arena);

    if (source->spliced) {
        for (size_t i = 0; i < source->n_pieces; i++) {
            const spl_piece *piece = &source->pieces[i];

            rope_add(&out, spl_str_sub(source->text, piece->at, piece->at + piece->len), piece->from);
        }
    } else {
        rope_add(&out, source->text, (spl_span){source, 0, (uint32_t)source->text.len});
    }
    return out;
}

/* An eval expression over a macro's arguments: $x$ is filled in as text, and a bare x, outside of quotes and no
 * function's name, reads the argument as a field does: a number if it looks like one, else a string. */
static spl_source *eval_text(expander *x, const spl_macro *macro, const arguments *args, const spl_source *from,
                             const char *role)
{
    rope typed = whole(x, from), filled = rope_in(x->arena), out = rope_in(x->arena);
    spl_source *source;
    spl_str text;
    size_t copied = 0;

    fill(x, macro, args, &typed, &filled);
    text = spl_buf_str(&filled.text);
    for (size_t i = 0; i < text.len;) {
        size_t end = i + 1, after;
        uint32_t slot;

        if (text.data[i] == '"') {
            end = spl_text_quoted(text, i);
            i = end > text.len ? text.len : end;
            continue;
        }
        if (text.data[i] == '\'') {
            while (end < text.len && text.data[end] != '\'') end++;
            end += end < text.len;
        } else if (spl_is_word(text.data[i])) {
            while (end < text.len && spl_is_word(text.data[end])) end++;
        } else {
            i++;
            continue;
        }
        after = end;
        while (after < text.len && spl_is_space(text.data[after])) after++;
        for (slot = 0; slot < macro->n_args; slot++) {
            spl_str name = spl_str_sub(text, i, end);

            if (name.data[0] == '\'') name = spl_str_sub(name, 1, name.len - 1);
            if (spl_str_eq(macro->args[slot], name)) break;
        }
        if (slot < macro->n_args && !(after < text.len && text.data[after] == '(')) {
            spl_str value = spl_buf_str(&args->values.data[slot].text);
            spl_buf literal = spl_buf_in(x->arena);
            double number;

            if (spl_num_parse(value, &number)) {
                spl_buf_add(&literal, spl_str_trim(value));
            } else {
                spl_text_quote(&literal, value);
            }
            rope_copy(&out, &filled, copied, i);
            rope_add(&out, spl_buf_str(&literal), rope_place(&filled, i, end));
            copied = end;
        }
        i = end;
    }
    rope_copy(&out, &filled, copied, text.len);
    source = spliced_of(x, &out, from->name);
    source->used_at = from->used_at;
    source->role = role;
    return source;
}

/* A copy of a definition's source for one call of it, so that an error can tell which call. */
static spl_source *instance_of(expander *x, const spl_macro *macro, spl_span call, const char *role)
{
    spl_source *source = SPL_NEW(x->arena, spl_source);

    if (macro->source) {
        *source = *macro->source;
    } else {
        source->first_line = source->first_column = 1;
        source->text = macro->definition;
    }
    source->title = macro->n_args ? spl_strf(x->arena, "macro `%.*s(%u)`", SPL_FMT(macro->name), macro->n_args)
                                  : spl_strf(x->arena, "macro `%.*s`", SPL_FMT(macro->name));
    if (!source->name.len) source->name = source->title;
    source->used_at = call;
    source->role = role;
    return source;
}

static bool validate(expander *x, const spl_macro *macro, const arguments *args, spl_span call)
{
    spl_source *text = spl_source_new(x->arena, spl_strf(x->arena, "validation of macro `%.*s`", SPL_FMT(macro->name)),
                                      macro->validation);
    spl_str result = {0};

    if (!spl_str_trim(macro->validation).len || !x->env->eval) return true;
    text->used_at = call;
    text->role = "validation";
    if (!x->env->eval(x->env->context, eval_text(x, macro, args, text, "validation"), &result)) {
        x->failed = true;
        return false;
    }
    if (!result.data || spl_str_is(result, "true")) return true;
    if (macro->errormsg.len)
        result = macro->errormsg;
    else if (spl_str_is(result, "false"))
        result = SPL_S("its validation does not hold");
    spl_error(x->env->diag, call, "bad-argument", "macro `%.*s` refuses its arguments: %.*s", SPL_FMT(macro->name),
              SPL_FMT(result));
    x->failed = true;
    return false;
}

/* To check, an argument may hold a dashboard's $token$ or a macro that is nowhere defined: nothing can be said of it.
 */
static bool unknown_argument(const expander *x, const arguments *args)
{
    for (size_t i = 0; x->env->check && i < args->values.len; i++) {
        spl_str value = spl_buf_str(&args->values.data[i].text);
        const char *dollar = value.len ? memchr(value.data, '$', value.len) : NULL;

        if (dollar && memchr(dollar + 1, '$', value.len - (size_t)(dollar + 1 - value.data))) return true;
        if (value.len && memchr(value.data, SPL_TEXT_HOLE, value.len)) return true;
    }
    return false;
}

static void report_cycle(expander *x, const spl_macro *macro, const active *within, spl_span call)
{
    spl_buf path = spl_buf_in(x->arena);
    SPL_VEC(const spl_macro *) chain = {0};

    for (const active *a = within; a; a = a->outer) {
        SPL_PUSH(x->arena, &chain, a->macro);
        if (a->macro == macro) break;
    }
    for (size_t i = chain.len; i-- > 0;) {
        spl_buf_printf(&path, "`%.*s` -> ", SPL_FMT(chain.data[i]->name));
        if (path.len > 600) {
            spl_buf_puts(&path, "… -> ");
            break;
        }
    }
    spl_buf_printf(&path, "`%.*s`", SPL_FMT(macro->name));
    spl_error(x->env->diag, call, "macro-cycle", "macro `%.*s` calls itself: %.*s", SPL_FMT(macro->name),
              SPL_FMT(spl_buf_str(&path)));
    x->failed = true;
}

/* Nowhere defined, or not with so many arguments: in check a hole, else a refusal. */
static void missing(expander *x, spl_str name, uint32_t n_args, spl_span call, rope *out)
{
    spl_severity severity = x->env->check ? SPL_WARNING : SPL_ERROR;
    spl_str hint = {0};

    if (n_args)
        spl_report(x->env->diag, severity, call, "missing-macro", "macro `%.*s` is not defined with %u argument%s",
                   SPL_FMT(name), n_args, n_args == 1 ? "" : "s");
    else
        spl_report(x->env->diag, severity, call, "missing-macro", "macro `%.*s` is not defined", SPL_FMT(name));
    if (x->env->suggest_macro) hint = x->env->suggest_macro(x->env->context, name);
    if (hint.len) spl_hint(x->env->diag, "%.*s", SPL_FMT(hint));
    if (x->env->check) {
        char hole = SPL_TEXT_HOLE;

        rope_add(out, spl_str_cut(&hole, 1), call);
    } else {
        x->failed = true;
    }
}

static const spl_macro *find(const expander *x, spl_str name, size_t n_args)
{
    return x->env->find_macro && n_args <= ARGS_MAX ? x->env->find_macro(x->env->context, name, (uint32_t)n_args)
                                                    : NULL;
}

/* The call at [begin, end) of IN, back-ticks included, expanded into OUT. */
static void expand_call(expander *x, const rope *in, size_t begin, size_t end, rope *out, const active *within)
{
    spl_str text = spl_buf_str(&in->text), inside = spl_str_sub(text, begin + 1, end - 1), name = inside;
    spl_span call = rope_place(in, begin, end);
    const char *open = inside.len ? memchr(inside.data, '(', inside.len) : NULL;
    const spl_macro *macro;
    arguments args = {0};
    active here;
    rope definition, filled = rope_in(x->arena);

    if (x->stopped) return;
    if (++x->calls > CALLS_MAX) {
        spl_error(x->env->diag, call, "too-long", "the search calls macros more than %d times", CALLS_MAX);
        x->failed = x->stopped = true;
        return;
    }
    if (open) {
        size_t first = begin + 1 + (size_t)(open - inside.data) + 1, last = end - 1;

        name = spl_str_cut(inside.data, (size_t)(open - inside.data));
        while (text.data[last - 1] != ')') last--; /* white space behind the bracket */
        last--;
        if (spl_str_trim(spl_str_sub(text, first, last)).len) split_arguments(x, in, first, last, false, &args);
    }
    name = spl_str_trim(name);
    macro = find(x, name, args.raw.len);
    if (!macro && open && args.raw.len == 0) { /* `x()`: one empty argument */
        macro = find(x, name, 1);
        if (macro) SPL_PUSH(x->arena, &args.raw, rope_in(x->arena));
    }
    if (!macro && args.raw.len > 1) { /* commas inside of brackets may belong to an argument */
        arguments nested = {0};
        size_t first = begin + 1 + (size_t)(open - inside.data) + 1, last = end - 1;

        while (text.data[last - 1] != ')') last--;
        split_arguments(x, in, first, last - 1, true, &nested);
        if (nested.raw.len != args.raw.len) macro = find(x, name, nested.raw.len);
        if (macro) args = nested;
    }
    if (!macro) {
        missing(x, name, (uint32_t)args.raw.len, call, out);
        return;
    }
    for (const active *a = within; a; a = a->outer) {
        if (a->macro == macro) {
            report_cycle(x, macro, within, call);
            return;
        }
    }
    here = (active){macro, within, within ? within->depth + 1 : 1};
    if (here.depth > (x->env->depth_limit ? x->env->depth_limit : DEPTH_DEFAULT)) {
        spl_error(x->env->diag, call, "too-deep", "macros are nested more than %u deep", here.depth - 1);
        x->failed = x->stopped = true;
        return;
    }
    match_arguments(x, macro, &args);
    if (unknown_argument(x, &args)) {
        if (macro->iseval) {
            char hole = SPL_TEXT_HOLE;

            rope_add(out, spl_str_cut(&hole, 1), call);
            return;
        }
    } else if (!validate(x, macro, &args, call)) {
        return;
    }

    if (macro->iseval) {
        spl_source *source = instance_of(x, macro, call, "eval-based definition"), *result;
        spl_str value = {0};

        if (!x->env->eval || !x->env->eval(x->env->context, eval_text(x, macro, &args, source, source->role), &value)) {
            x->failed = true;
            return;
        }
        result = spl_source_new(x->arena, source->title, value);
        result->used_at = call;
        result->role = source->role;
        definition = whole(x, result);
        rope_copy(&filled, &definition, 0, definition.text.len);
    } else {
        definition = whole(x, instance_of(x, macro, call, "macro"));
        fill(x, macro, &args, &definition, &filled);
    }
    expand(x, &filled, out, &here);
}

static void expand(expander *x, const rope *in, rope *out, const active *within)
{
    spl_str text = spl_buf_str(&in->text);
    size_t from = 0;

    if (over_size(x, text.len, rope_place(in, 0, 0))) return;
    for (size_t i = 0; i < text.len && !x->stopped;) {
        char c = text.data[i];
        size_t end;

        if (c == '\\' && i + 1 < text.len &&
            (text.data[i + 1] == '"' || text.data[i + 1] == '\\')) { /* opens no quotes */
            i += 2;
        } else if (c == '"') {
            end = spl_text_quoted(text, i);
            i = end > text.len ? text.len : end; /* the scanner reports a quote that is not closed */
        } else if (c != '`') {
            i++;
        } else if (spl_text_is_comment(text, i)) {
            end = spl_text_comment(text, i);
            rope_copy(out, in, from, i);
            if (end > text.len) {
                spl_error(x->env->diag, rope_place(in, i, i + 3), "syntax", "this comment is not closed");
                spl_hint(x->env->diag, "A comment ends in three back-ticks.");
                x->failed = true;
                end = text.len;
            }
            rope_add(out, SPL_S(" "), rope_place(in, i, end));
            from = i = end;
        } else {
            end = spl_text_call(text, i);
            rope_copy(out, in, from, i);
            if (!end) {
                spl_error(x->env->diag, rope_place(in, i, i + 1), "syntax", "this macro call is not closed");
                spl_hint(x->env->diag, "A macro call is `name` or `name(argument, …)`, in back-ticks.");
                x->failed = true;
                end = text.len; /* what follows may be within the call */
            } else {
                expand_call(x, in, i, end, out, within);
            }
            from = i = end;
        }
    }
    if (from < text.len) rope_copy(out, in, from, text.len);
}

const spl_source *spl_expand(const spl_parse_env *env, const spl_source *source)
{
    expander x = {.env = env, .arena = env->arena};
    rope in = whole(&x, source), out = rope_in(env->arena);
    spl_source *spliced;

    expand(&x, &in, &out, NULL);
    if (x.failed) return NULL;
    spliced = spliced_of(&x, &out, source->name);
    spliced->first_line = source->first_line;
    spliced->first_column = source->first_column;
    spliced->used_at = source->spliced ? source->used_at : (spl_span){0};
    spliced->role = source->role;
    if (!spliced->n_pieces) { /* empty text still has a place */
        spliced->pieces = SPL_NEW(env->arena, spl_piece);
        spliced->pieces[0] = (spl_piece){0, 0, {source, 0, 0}};
        spliced->n_pieces = 1;
    }
    return spliced;
}

const spl_source *spl_splice(spl_arena *arena, const spl_source *spliced, spl_span span, const spl_source *text)
{
    expander x = {.arena = arena};
    rope in = whole(&x, spliced), added = whole(&x, text), out = rope_in(arena);
    spl_source *source;

    rope_copy(&out, &in, 0, span.begin);
    rope_copy(&out, &added, 0, added.text.len);
    rope_copy(&out, &in, span.end, in.text.len);
    source = spliced_of(&x, &out, spliced->name);
    source->first_line = spliced->first_line;
    source->first_column = spliced->first_column;
    source->used_at = spliced->used_at;
    source->role = spliced->role;
    return source;
}
