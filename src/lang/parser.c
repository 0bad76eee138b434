/* parser.c -- builds the nodes for the grammar, and runs scanner and parser over a text.
 *
 * A syntax error ends its stage only: the tokens up to the next pipe of the same pipeline are dropped, and what follows
 * is read as if nothing had been, so that one run tells several mistakes. */
#include "lang/parser.h"

#include "registry.h"
#include "spl_parser.h"

/* ---- nodes ----------------------------------------------------------------------------------------------------------
 */

spl_node *spl_node_new(spl_parser *p, spl_node_kind kind, spl_loc loc)
{
    spl_node *node = SPL_NEW(p->arena, spl_node);

    node->kind = kind;
    node->span = node->name_span = spl_parser_span(p, loc);
    node->height = 1;
    return node;
}

static void grow(spl_parser *p, spl_node *node, const spl_node *kid)
{
    if (!kid || kid->height < node->height) return;
    node->height = kid->height + 1;
    if (node->height <= SPL_HEIGHT_MAX || p->too_deep) return;
    p->too_deep = true;
    p->stop = true;
    spl_error(p->env->diag, node->span, "too-deep", "this is nested, or goes on, more than %d levels deep",
              SPL_HEIGHT_MAX);
    p->errors++;
}

spl_node *spl_node_fill(spl_parser *p, spl_node *node, spl_loc loc, const spl_list *list)
{
    node->span = spl_parser_span(p, loc);
    if (!list || node->kind == SPL_NODE_HOLE) return node;
    node->kids = list->data;
    node->n_kids = (uint32_t)list->len;
    for (uint32_t i = 0; i < node->n_kids; i++) grow(p, node, node->kids[i]);
    return node;
}

spl_node *spl_node_with(spl_parser *p, spl_node *node, spl_loc loc, spl_node *kid)
{
    node->span = spl_parser_span(p, loc);
    if (node->kind == SPL_NODE_HOLE) return node;
    node->kids = SPL_NEW_ARRAY(p->arena, 1, spl_node *);
    node->kids[0] = kid;
    node->n_kids = 1;
    grow(p, node, kid);
    return node;
}

spl_node *spl_node_apply(spl_parser *p, spl_loc loc, spl_node_op op, spl_node *a, spl_node *b)
{
    spl_node *node = spl_node_new(p, b ? SPL_NODE_BINARY : SPL_NODE_UNARY, loc);

    node->op = op;
    node->n_kids = b ? 2 : 1;
    node->kids = SPL_NEW_ARRAY(p->arena, node->n_kids, spl_node *);
    node->kids[0] = a;
    grow(p, node, a);
    if (b) {
        node->kids[1] = b;
        grow(p, node, b);
    }
    return node;
}

/* Terms of one operator lie side by side. A node that is being extended keeps room for as many kids as the next power
 * of two, so that a thousand terms are not copied a thousand times. */
static void add_kid(spl_parser *p, spl_node *node, spl_node *kid)
{
    uint32_t n = node->n_kids;

    if ((n & (n - 1)) == 0) {
        spl_node **kids = SPL_NEW_ARRAY(p->arena, n ? (size_t)n * 2 : 1, spl_node *);

        if (n) memcpy(kids, node->kids, n * sizeof *kids);
        node->kids = kids;
    }
    node->kids[node->n_kids++] = kid;
    grow(p, node, kid);
}

spl_node *spl_node_logic(spl_parser *p, spl_loc loc, spl_node_kind kind, spl_node *a, spl_node *b)
{
    spl_node *node = a;

    if (a->kind != kind || a->bracketed) {
        node = spl_node_new(p, kind, loc);
        add_kid(p, node, a);
    }
    add_kid(p, node, b);
    node->span = spl_parser_span(p, loc);
    return node;
}

spl_list *spl_list_new(spl_parser *p)
{
    return SPL_NEW(p->arena, spl_list);
}

spl_list *spl_list_add(spl_parser *p, spl_list *list, spl_node *node)
{
    node->after_comma = list->comma;
    list->comma = false;
    if (list->len == list->cap)
        list->data = spl_vec_grow(p->arena, list->data, &list->cap, list->len + 1, sizeof *list->data);
    list->data[list->len++] = node;
    return list;
}

spl_list *spl_list_join(spl_parser *p, spl_list *list, const spl_list *more)
{
    for (size_t i = 0; i < more->len; i++) {
        bool comma = more->data[i]->after_comma;

        spl_list_add(p, list, more->data[i]);
        list->data[list->len - 1]->after_comma |= comma;
    }
    return list;
}

static spl_node *field_of(spl_parser *p, uint32_t begin, uint32_t end)
{
    spl_node *field = spl_node_new(p, SPL_NODE_FIELD, (spl_loc){begin, end});

    field->text = spl_str_sub(p->text, begin, end);
    return field;
}

spl_list *spl_list_fields(spl_parser *p, const spl_node *aggregate, spl_list *list)
{
    bool words = list->len > 1;
    double parameter;

    if (spl_str_iis(aggregate->text, "sparkline")) return list; /* sparkline(avg(x), 1h) */
    for (size_t i = 0; i < list->len; i++) {
        spl_node *node = list->data[i];

        if (node->kind == SPL_NODE_AGGREGATE && spl_aggregate_find(node->text, &parameter)) {
            list->data[i] = field_of(p, node->span.begin, node->span.end);
            list->data[i]->after_comma = node->after_comma;
        }
        words = words && list->data[i]->kind == SPL_NODE_FIELD && !node->quoted && !(i && node->after_comma);
    }
    if (!words || list->comma) return list;
    return spl_list_add(p, spl_list_new(p),
                        field_of(p, list->data[0]->span.begin, list->data[list->len - 1]->span.end));
}

static spl_node *distribute(spl_parser *p, const spl_node *compare, spl_node *term)
{
    spl_loc loc = {term->span.begin, term->span.end};
    spl_node *node;

    switch (term->kind) {
    case SPL_NODE_AND:
    case SPL_NODE_OR:
    case SPL_NODE_NOT:
        for (uint32_t i = 0; i < term->n_kids; i++) term->kids[i] = distribute(p, compare, term->kids[i]);
        for (uint32_t i = 0; i < term->n_kids; i++) grow(p, term, term->kids[i]);
        return term;
    case SPL_NODE_TERM: term->kind = SPL_NODE_WORD; break;
    case SPL_NODE_DIRECTIVE:
    case SPL_NODE_HOLE:
    case SPL_NODE_PIPELINE: break;
    default: /* a comparison of its own */ return term;
    }
    node = spl_node_new(p, compare->kind, loc);
    node->op = compare->op;
    node->text = compare->text;
    node->quoted = compare->quoted;
    node->name_span = compare->name_span;
    return spl_node_with(p, node, loc, term);
}

spl_node *spl_node_distribute(spl_parser *p, spl_node *compare, spl_node *terms, spl_loc loc)
{
    if (compare->kind == SPL_NODE_HOLE) return compare;
    terms = distribute(p, compare, terms);
    terms->span = spl_parser_span(p, loc);
    terms->bracketed = true;
    return terms;
}

spl_list *spl_list_terms(spl_parser *p, spl_node *terms)
{
    spl_list *list = spl_list_new(p), *options = spl_list_new(p);
    uint32_t kept = 0;

    if (terms->kind == SPL_NODE_OPTION) return spl_list_add(p, list, terms);
    if (terms->kind == SPL_NODE_AND && !terms->bracketed) {
        for (uint32_t i = 0; i < terms->n_kids; i++) {
            if (terms->kids[i]->kind == SPL_NODE_OPTION)
                spl_list_add(p, options, terms->kids[i]);
            else
                terms->kids[kept++] = terms->kids[i];
        }
        terms->n_kids = kept;
        if (kept == 1) terms = terms->kids[0];
    }
    if (kept || terms->kind != SPL_NODE_AND || terms->bracketed) spl_list_add(p, list, terms);
    return spl_list_join(p, list, options);
}

/* ---- errors ---------------------------------------------------------------------------------------------------------
 */

/* What stands at LOC, as a user would call it. */
static spl_str shown(const spl_parser *p, spl_loc loc)
{
    spl_str text = spl_str_trim(spl_str_sub(p->text, loc.begin, loc.end));
    size_t end = spl_str_sub(text, 0, 60).len;

    for (size_t i = 0; i < end; i++)
        if (text.data[i] == '\n' || text.data[i] == '\r') end = i;
    text.len = end;
    while (text.len > 1 && ((unsigned char)text.data[text.len - 1] & 0xc0) == 0x80) text.len--;
    return text;
}

static void count_error(spl_parser *p)
{
    if (++p->errors >= SPL_ERRORS_MAX) p->stop = true;
}

static void begin_skip(spl_parser *p, spl_loc loc)
{
    p->skip = true;
    p->skip_brackets = p->brackets;
    /* the token that is in the way is read already: a bracket that it opened is not the stage's own */
    if (p->marks.len && p->marks.data[p->marks.len - 1].opener == '[' &&
        p->marks.data[p->marks.len - 1].loc.begin == loc.begin)
        p->skip_brackets--;
}

bool spl_parser_tell(spl_parser *p, spl_loc loc, const char *message, const char *hint)
{
    if (p->skip || p->stop) return false;
    spl_error(p->env->diag, spl_parser_span(p, loc), "syntax", "%s", message);
    if (hint) spl_hint(p->env->diag, "%s", hint);
    p->told = true;
    return true;
}

/* The innermost bracket that is open in the stage. */
static const spl_bracket_mark *open_bracket(const spl_parser *p)
{
    const spl_bracket_mark *mark = p->marks.len ? &p->marks.data[p->marks.len - 1] : NULL;

    return mark && mark->opener == '(' ? mark : NULL;
}

static bool curly(spl_str text)
{
    return spl_str_starts(text, SPL_S("\xe2\x80\x9c")) || spl_str_starts(text, SPL_S("\xe2\x80\x9d")) ||
           spl_str_starts(text, SPL_S("\xe2\x80\x98")) || spl_str_starts(text, SPL_S("\xe2\x80\x99"));
}

static bool takes_expression(const spl_command *command)
{
    return command && (command->args == SPL_ARGS_WHERE || command->args == SPL_ARGS_EVAL);
}

const char *spl_parser_array_hint(const spl_parser *p)
{
    const spl_bracket_mark *mark = p->marks.len ? &p->marks.data[p->marks.len - 1] : NULL;

    if (!mark || mark->opener != '[' || !takes_expression(mark->scope.command)) return NULL;
    return "Square brackets hold a search; json_array(1,2) makes an array, mvappend(1,2) a multivalue.";
}

/* What would work, where TEXT stands in place of what one of NAMES says; or NULL. */
static const char *what_works(const spl_parser *p, spl_str text, const char *const *names, size_t count)
{
    const spl_command *command = p->scope.command;
    bool expression = takes_expression(command), more = count && strcmp(names[0], "\"|\"") == 0;
    bool value = count && strncmp(names[0], "a value", 7) == 0;
    const char *array = count && strncmp(names[0], "a command", 9) == 0 ? spl_parser_array_hint(p) : NULL;

    if (curly(text)) return "A search quotes with straight marks: \"text\"";
    if (count == 1 && strcmp(names[0], "\"=\"") == 0) return "An assignment is written <field>=<expression>.";
    if (array) return array;
    if (!expression || !text.len) return NULL;
    if (text.data[0] == '{' && more) return "A field whose name has braces stands in single quotes: 'list{}'";
    if (text.data[0] == '{') return "SPL has no literals of objects, unlike SPL2: json_object(\"name\",1) makes one.";
    if (text.data[0] == '&') return "Conditions are joined by AND and OR.";
    if (text.data[0] == '*' && value)
        return "Text stands in double quotes, and a star is no wildcard there: like(<field>,\"%.exe\")";
    if (value && text.data[0] == '>') return "Unequal is written !=, at least >=.";
    if (value && text.data[0] == '=') return "Equal is written = or ==; an assignment has a single one.";
    if (value && text.data[0] == '~') return "A regular expression is compared so: match(<field>,\"...\")";
    if (text.data[0] == '\'') return "The name of a field in single quotes ends with one: 'user name'";
    if (value && (text.data[0] == '/' || text.data[0] == '\\')) return "Text stands in double quotes.";
    if (more && command->args == SPL_ARGS_WHERE)
        return "Conditions are joined by AND and OR; text stands in double quotes.";
    if (more) return "Text is joined by a full stop, further assignments by a comma; text stands in double quotes.";
    return NULL;
}

void spl_parser_unexpected(spl_parser *p, spl_loc loc, bool bad, bool boundary, const char *const *names, size_t count)
{
    spl_buf message = spl_buf_in(p->arena);
    spl_str text = shown(p, loc);
    const char *works;
    bool told = p->told, at_end = loc.begin >= p->text.len;

    p->told = false;
    if (p->stop && p->errors) return;
    if (bad && told) {
        count_error(p);
        if (!boundary) begin_skip(p, loc);
        return;
    }
    if (at_end || !text.len)
        spl_buf_puts(&message, at_end ? "the search ends too early" : "something is missing here");
    else if (text.data[0] == '"')
        spl_buf_printf(&message, "unexpected %.*s", SPL_FMT(text));
    else
        spl_buf_printf(&message, "unexpected \"%.*s\"", SPL_FMT(text));
    if (count && count <= 5) {
        for (size_t i = 0; i < count; i++) {
            spl_buf_puts(&message, i == 0 ? "; expected " : i + 1 == count ? " or " : ", ");
            spl_buf_puts(&message, names[i]);
        }
    }
    spl_error(p->env->diag, spl_parser_span(p, loc), "syntax", "%.*s", SPL_FMT(spl_buf_str(&message)));
    if (count == 1 && strcmp(names[0], "a command") == 0 && text.len && text.data[0] == '|') {
        spl_span origin = spl_span_origin(spl_parser_span(p, loc));

        if (origin.source && origin.source->used_at.source)
            spl_hint(p->env->diag, "The macro's definition begins with a pipe: leave out the pipe before the call.");
        else
            spl_hint(p->env->diag, loc.begin && p->text.data[loc.begin - 1] == '|'
                                       ? "Between commands stands one pipe; conditions are joined by OR."
                                       : "A command is missing before this pipe.");
    } else if (open_bracket(p) && text.len && (at_end || text.data[0] == '|')) {
        spl_hint(p->env->diag, "A bracket is still open.");
    } else if ((works = what_works(p, text, names, count)) != NULL) {
        spl_hint(p->env->diag, "%s", works);
    }
    count_error(p);
    if (!boundary) begin_skip(p, loc);
}

void spl_parser_exhausted(spl_parser *p, spl_loc loc)
{
    if (!p->stop) spl_error(p->env->diag, spl_parser_span(p, loc), "too-deep", "this is nested too deeply");
    p->errors++;
    p->stop = true;
}

int spl_parser_next(union SPL_YYSTYPE *value, spl_loc *loc, spl_parser *p)
{
    int token;

    if (p->start) {
        token = p->start;
        p->start = 0;
        *loc = (spl_loc){0, 0};
        return token;
    }
    for (;;) {
        if (p->stop) {
            *loc = (spl_loc){(uint32_t)p->text.len, (uint32_t)p->text.len};
            return END;
        }
        token = spl_yylex(value, loc, p->scanner);
        if (!p->skip) return token;
        /* behind a ] the count is that of the pipeline outside of it */
        if (token == END || (token == PIPE && p->brackets <= p->skip_brackets) ||
            (token == RBRACKET && p->brackets < p->skip_brackets)) {
            p->skip = false;
            return token;
        }
    }
}

/* ---- whole texts ----------------------------------------------------------------------------------------------------
 */

static spl_node *parse(const spl_parse_env *env, const spl_source *source, int start, const char *what)
{
    spl_parser *p = SPL_NEW(env->arena, spl_parser);

    p->env = env;
    p->arena = env->arena;
    p->source = source;
    p->text = source->text;
    p->start = start;
    if (source->text.len > (env->size_limit ? env->size_limit : (size_t)64 << 20)) {
        spl_error(env->diag, ((spl_span){source, 0, 0}), "too-long", "the %s is too long: %zu bytes", what,
                  source->text.len);
        return NULL;
    }
    spl_scanner_open(p, start);
    if (spl_yyparse(p) == 2) p->errors++;
    if (p->too_deep) return NULL;
    return p->result;
}

spl_node *spl_parse_pipeline(const spl_parse_env *env, const spl_source *expanded)
{
    return parse(env, expanded, START_PIPELINE, "search");
}

spl_node *spl_parse_expression(const spl_parse_env *env, const spl_source *text)
{
    size_t errors = spl_diag_count(env->diag, SPL_ERROR);
    spl_node *node = parse(env, text, START_EXPRESSION, "expression");

    return spl_diag_count(env->diag, SPL_ERROR) > errors ? NULL : node;
}

spl_node *spl_parse_terms(const spl_parse_env *env, const spl_source *text)
{
    size_t errors = spl_diag_count(env->diag, SPL_ERROR);
    spl_node *node = parse(env, text, START_TERMS, "search");

    return spl_diag_count(env->diag, SPL_ERROR) > errors ? NULL : node;
}

size_t spl_ast_unaccounted(const spl_node *node)
{
    size_t bytes = 0;

    if (!node) return 0;
    if (node->kind == SPL_NODE_STAGE && node->text.len && !node->command)
        return node->span.end > node->name_span.end ? node->span.end - node->name_span.end : 0;
    for (uint32_t i = 0; i < node->n_kids; i++) bytes += spl_ast_unaccounted(node->kids[i]);
    return bytes;
}
