/* option.c -- the options of commands: name=value arguments, told by a table in the command's descriptor.
 *
 * Defaults are set first, then what was typed: names and enumerated values without regard to case, the last of two
 * wins. What the table does not know or allow is refused, with the allowed names or values. */
#include "exec/by.h"

#include "base/num.h"
#include "data/timefmt.h"

#include <assert.h>
#include <math.h>

static void put_default(spl_binder *binder, const spl_option *option, void *into)
{
    void *member = (char *)into + option->offset;
    spl_str text = spl_str_of(option->text);
    if (option->idle) return;
    switch (option->type) {
    case SPL_OPTION_OWN:
    case SPL_OPTION_END: break;
    case SPL_OPTION_BOOL: *(bool *)member = option->dflt != 0; break;
    case SPL_OPTION_INT: *(int64_t *)member = (int64_t)option->dflt; break;
    case SPL_OPTION_NUMBER: *(double *)member = option->dflt; break;
    case SPL_OPTION_SPAN:
    case SPL_OPTION_TEXT: *(spl_str *)member = text; break;
    case SPL_OPTION_ENUM: *(int *)member = (int)option->dflt; break;
    case SPL_OPTION_FIELD: *(spl_field *)member = option->text ? spl_bind_field(binder, text) : SPL_NO_FIELD; break;
    case SPL_OPTION_NODE: *(const spl_node **)member = NULL; break;
    }
}

static const char *command_name(const spl_binder *binder)
{
    return binder->stage && binder->stage->command ? binder->stage->command->name : "this command";
}

static const spl_option *find(const spl_option *options, spl_str name)
{
    for (; options && options->name; options++)
        if (spl_str_iis(name, options->name) || (options->alias && spl_str_iis(name, options->alias))) return options;
    return NULL;
}

bool spl_option_unknown(spl_binder *binder, const spl_node *node, const spl_option *options, const spl_option *more)
{
    const spl_option *const tables[] = {options, more};
    SPL_VEC(spl_str) names = {0};
    spl_buf list = spl_buf_in(binder->arena);
    size_t told = 0;
    for (int i = 0; i < 2; i++)
        for (const spl_option *option = tables[i]; option && option->name; option++) {
            SPL_PUSH(binder->arena, &names, spl_str_of(option->name));
            if (option->alias) SPL_PUSH(binder->arena, &names, spl_str_of(option->alias));
            if (i && find(options, spl_str_of(option->name))) continue;
            if (list.len) spl_buf_puts(&list, ", ");
            spl_buf_puts(&list, option->name);
            told++;
        }
    spl_bad_argument(binder, node->name_span.source ? node->name_span : node->span, "%s has no option \"%.*s\"",
                     command_name(binder), SPL_FMT(node->text));
    spl_str near = names.len ? spl_nearest(node->text, names.data, names.len) : SPL_S("");
    spl_str all = spl_buf_str(&list);
    if (near.len && told > 1)
        spl_hint(binder->diag, "Did you mean \"%.*s\"? The options are %.*s.", SPL_FMT(near), SPL_FMT(all));
    else if (near.len)
        spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    else if (binder->stage && binder->stage->command && binder->stage->command->args == SPL_ARGS_STATS)
        spl_hint(binder->diag,
                 "The options are %.*s. A condition goes into where or into count(eval(x=1)), a name follows AS: "
                 "sum(x) AS total.",
                 SPL_FMT(all));
    else if (binder->stage && binder->stage->command && binder->stage->command->brackets == SPL_BRACKET_PIPELINE)
        spl_hint(binder->diag, "A subsearch stands in square brackets. The options are %.*s.", SPL_FMT(all));
    else if (all.len)
        spl_hint(binder->diag, told > 1 ? "The options are %.*s." : "The only option is %.*s.", SPL_FMT(all));
    else if (binder->stage && binder->stage->command && binder->stage->command->syntax)
        spl_hint(binder->diag, "It takes no options. The syntax is: %s", binder->stage->command->syntax);
    else
        spl_hint(binder->diag, "It takes no options.");
    return false;
}

/* The text of a value that is one word, however the grammar made it. */
static bool word_of(const spl_node *value, spl_str *text)
{
    switch (value->kind) {
    case SPL_NODE_WORD:
    case SPL_NODE_FIELD:
    case SPL_NODE_STRING:
    case SPL_NODE_NUMBER: *text = value->text; return true;
    default: return false;
    }
}

/* "must be a whole number", with the range as far as it is bounded. */
static void allowed(spl_buf *out, const spl_option *option)
{
    spl_buf_puts(out, option->type == SPL_OPTION_INT ? "a whole number" : "a number");
    if (!(option->min < option->max)) return;
    bool open = option->max >= 9e15;
    char text[SPL_NUM_MAX];
    if (open && option->min <= -9e15) return;
    if (option->min <= -9e15) {
        spl_buf_puts(out, ", at most ");
        spl_buf_add(out, spl_str_cut(text, spl_num_write(text, option->max, 0)));
        return;
    }
    spl_buf_puts(out, open ? ", at least " : " from ");
    spl_buf_add(out, spl_str_cut(text, spl_num_write(text, option->min, 0)));
    if (open) return;
    spl_buf_puts(out, " to ");
    spl_buf_add(out, spl_str_cut(text, spl_num_write(text, option->max, 0)));
}

static bool refuse_value(spl_binder *binder, const spl_option *option, const spl_node *value, spl_str text)
{
    spl_buf what = spl_buf_in(binder->arena);
    spl_str near = SPL_S("");
    switch (option->type) {
    case SPL_OPTION_BOOL: spl_buf_puts(&what, "true or false"); break;
    case SPL_OPTION_INT:
    case SPL_OPTION_NUMBER: allowed(&what, option); break;
    case SPL_OPTION_ENUM: {
        SPL_VEC(spl_str) names = {0};
        for (size_t i = 0; option->names[i]; i++) {
            if (i) spl_buf_puts(&what, option->names[i + 1] ? ", " : " or ");
            spl_buf_puts(&what, option->names[i]);
            SPL_PUSH(binder->arena, &names, spl_str_of(option->names[i]));
        }
        if (text.len) near = spl_nearest(text, names.data, names.len);
        break;
    }
    case SPL_OPTION_FIELD: spl_buf_puts(&what, "a field name"); break;
    case SPL_OPTION_SPAN: spl_buf_puts(&what, "seconds, or a span of time such as 30s, 5m or 1d"); break;
    case SPL_OPTION_TEXT:
    case SPL_OPTION_OWN:
    case SPL_OPTION_NODE:
        spl_buf_puts(&what, option->takes ? option->takes : "a word or a text in double quotes");
        break;
    case SPL_OPTION_END: break;
    }
    spl_bad_argument(binder, value->span, "option \"%s\" must be %.*s, not \"%.*s\"", option->name,
                     SPL_FMT(spl_buf_str(&what)), SPL_FMT(text));
    if (near.len) spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    return false;
}

bool spl_option_bool(spl_str text, bool *truth)
{
    static const char *const yes[] = {"t", "true", "1", "yes", "y", NULL};
    static const char *const no[] = {"f", "false", "0", "no", "n", NULL};
    for (size_t i = 0; yes[i]; i++) {
        if (spl_str_iis(text, yes[i])) return *truth = true, true;
        if (spl_str_iis(text, no[i])) return *truth = false, true;
    }
    return false;
}

static bool put(spl_binder *binder, const spl_option *option, const spl_node *value, void *into)
{
    union { /* for what goes nowhere */
        bool truth;
        int64_t whole;
        double number;
        spl_str text;
        int among;
        spl_field field;
        const spl_node *node;
    } any;
    void *member = option->idle ? (void *)&any : (char *)into + option->offset;
    if (option->type == SPL_OPTION_OWN) return true;
    if (option->type == SPL_OPTION_NODE) {
        *(const spl_node **)member = value;
        return true;
    }
    spl_str text;
    if (value->kind == SPL_NODE_HOLE) return true; /* the default stands in for what is not known */
    bool name = option->type == SPL_OPTION_FIELD || option->type == SPL_OPTION_TEXT; /* field=avg(x) */
    if (!word_of(value, &text) && !(name && spl_args_name(value, &text)))
        return refuse_value(binder, option, value, spl_args_typed(value));

    bool ranged = option->min < option->max;
    switch (option->type) {
    case SPL_OPTION_BOOL:
        if (!spl_option_bool(text, (bool *)member)) return refuse_value(binder, option, value, text);
        return true;
    case SPL_OPTION_INT: {
        int64_t number;
        if (!spl_num_int(text, &number) || (ranged && ((double)number < option->min || (double)number > option->max)))
            return refuse_value(binder, option, value, text);
        *(int64_t *)member = number;
        return true;
    }
    case SPL_OPTION_NUMBER: {
        double number;
        if (!spl_num_parse(text, &number) || !isfinite(number) ||
            (ranged && (number < option->min || number > option->max)))
            return refuse_value(binder, option, value, text);
        *(double *)member = number;
        return true;
    }
    case SPL_OPTION_SPAN: {
        spl_span_time span;
        double number;
        if (!(spl_num_parse(text, &number) && number >= 0) &&
            !(spl_timespan(text, &span) && span.snap == SPL_UNIT_NONE))
            return refuse_value(binder, option, value, text);
        *(spl_str *)member = text;
        return true;
    }
    case SPL_OPTION_TEXT: *(spl_str *)member = text; return true;
    case SPL_OPTION_ENUM:
        for (int i = 0; option->names[i]; i++) {
            if (!spl_str_iis(text, option->names[i])) continue;
            *(int *)member = i;
            return true;
        }
        return refuse_value(binder, option, value, text);
    case SPL_OPTION_FIELD:
        if (!text.len) return refuse_value(binder, option, value, text);
        *(spl_field *)member = spl_bind_field(binder, text);
        return true;
    case SPL_OPTION_END:
    case SPL_OPTION_OWN:
    case SPL_OPTION_NODE: break;
    }
    return true;
}

const spl_node *spl_option_value(const spl_node *stage, const char *name)
{
    for (uint32_t i = stage->n_kids; i-- > 0;) {
        const spl_node *kid = stage->kids[i], *within = NULL;

        if (kid->kind == SPL_NODE_OPTION && spl_str_iis(kid->text, name) && kid->n_kids) return kid->kids[0];
        if (kid->kind == SPL_NODE_CLAUSE) within = spl_option_value(kid, name);
        if (within) return within;
    }
    return NULL;
}

bool spl_option_refuse(spl_binder *binder, const spl_node *at, const spl_option *options, const char *name)
{
    const spl_option *option = find(options, spl_str_of(name));
    const spl_node *value = at->kind == SPL_NODE_STAGE ? spl_option_value(at, name) : at;

    assert(option); /* NAME is among OPTIONS */
    if (!value && option->alias) value = spl_option_value(at, option->alias);
    if (!value) return spl_bad_argument(binder, at->span, "option \"%s\" must be %s", name, option->takes);
    return refuse_value(binder, option, value, spl_args_typed(value));
}

/* Those of NODE that MORE names are left. */
static bool add(spl_binder *binder, const spl_node *node, const spl_option *options, const spl_option *more, void *into)
{
    bool good = true;
    const spl_option *any = find(options, SPL_S("*"));
    for (uint32_t i = 0; i < node->n_kids; i++) {
        const spl_node *kid = node->kids[i];
        if (kid->kind != SPL_NODE_OPTION || find(more, kid->text)) continue;
        const spl_option *option = find(options, kid->text);
        if (!option && any) continue;
        if (!option) {
            good = spl_option_unknown(binder, kid, options, more);
            continue;
        }
        if (option->given) *(bool *)((char *)into + option->given) = true;
        if (kid->n_kids == 0) continue; /* the value is missing: the parser has said so */
        if (!put(binder, option, kid->kids[0], into)) good = false;
    }
    return good;
}

bool spl_options_add(spl_binder *binder, const spl_node *node, const spl_option *options, void *into)
{
    return add(binder, node, options, NULL, into);
}

const spl_segment *spl_segment_of(const spl_command *command, spl_str keyword)
{
    for (const spl_segment *segment = command->segments; segment && segment->keyword; segment++)
        if (spl_str_iis(keyword, segment->keyword)) return segment;
    return &spl_by_segment;
}

bool spl_clauses_take(spl_binder *binder, const spl_node *stage, void *into)
{
    const spl_command *command = stage->command;
    bool good = true;

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *clause = stage->kids[i];

        if (clause->kind != SPL_NODE_CLAUSE) continue;
        good &= add(binder, clause, command->options, spl_segment_of(command, clause->text)->options, into);
    }
    return good;
}

/* Whether OPTION stands among the arguments with a value that is known. */
static bool is_given(const spl_node *node, const spl_option *option)
{
    for (uint32_t i = 0; i < node->n_kids; i++) {
        const spl_node *kid = node->kids[i], *value = kid->n_kids ? kid->kids[0] : NULL;
        if (kid->kind != SPL_NODE_OPTION || find(option, kid->text) != option) continue;
        if (!value || (value->kind != SPL_NODE_HOLE && (value->kind != SPL_NODE_STRING || value->text.len)))
            return true;
    }
    return false;
}

/* Refuses arguments that lack an option which is required. */
static bool all_given(spl_binder *binder, const spl_node *node, const spl_option *options)
{
    const spl_option *lacking = NULL;
    spl_buf example = spl_buf_in(binder->arena);

    for (const spl_option *option = options; option && option->name; option++) {
        if (!option->required) continue;
        spl_buf_printf(&example, "%s%s", example.len ? " " : "", option->required);
        if (!lacking && !is_given(node, option)) lacking = option;
    }
    if (!lacking) return true;
    return spl_lacks(binder, NULL, spl_cstring(binder->arena, spl_strf(binder->arena, "%s=", lacking->name)),
                     spl_cstring(binder->arena, spl_buf_str(&example)));
}

bool spl_options_take(spl_binder *binder, const spl_node *node, const spl_option *options, void *into)
{
    for (const spl_option *option = options; option && option->name; option++) put_default(binder, option, into);
    return spl_options_add(binder, node, options, into) && all_given(binder, node, options);
}
