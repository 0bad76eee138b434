/* tstats.c -- figures over events, by default fields and raw terms or by the fields of a data model.
 *
 * It stands for a search over DATA: the first stage reads with all that WHERE says of the events' own fields, the data
 * model's stages follow, then what WHERE says of the model's fields, then stats. With prestats=true the events
 * themselves, cut to the fields that are asked for, go on to the stats, chart or timechart that finishes the job. */
#include "base/wildcard.h"
#include "commands/inputs.h"
#include "exec/metric_points.h"
#include "commands/model_search.h"
#include "exec/by.h"
#include "knowledge/lookup_files.h"

#include <math.h>
#include <stddef.h>

typedef struct tstats_args {
    bool chart, prestats, append;
    spl_str fillnull;
    bool fill;
    spl_str datamodel, sid, span;
    bool has_model, has_sid;
} tstats_args;

#define FLAG(option, member, what)                                                                                     \
    {                                                                                                                  \
        .name = option, .type = SPL_OPTION_BOOL, .offset = offsetof(tstats_args, member), .help = what                 \
    }

static const spl_option options[] = {
    FLAG("prestats", prestats, "give what stats, chart or timechart finishes"),
    SPL_IDLE("local", BOOL, "there are no peers"),
    FLAG("append", append, "with prestats=true: add to the results so far"),
    SPL_IDLE("summariesonly", BOOL, "DATA stands for the summary"),
    SPL_IDLE("allow_old_summaries", BOOL, "there are no summaries"),
    SPL_IDLE("include_reduced_buckets", BOOL, "there are no buckets"),
    SPL_IDLE("use_summary_index_values", BOOL, "there are no summaries"),
    SPL_IDLE("chunk_size", INT, "memory is bounded by --memory", .min = 1, .max = 9e15),
    {.name = "fillnull_value",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats_args, fillnull),
     .given = offsetof(tstats_args, fill),
     .text = "",
     .help = "what a BY field without a value counts as; else its event is left out"},
    {0},
};

static const spl_option from_options[] = {
    {.name = "datamodel",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats_args, datamodel),
     .given = offsetof(tstats_args, has_model),
     .text = "",
     .help = "the data model, or a dataset of it"},
    {.name = "sid",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats_args, sid),
     .given = offsetof(tstats_args, has_sid),
     .text = "",
     .help = "the job of a tscollect"},
    {.name = "*", .type = SPL_OPTION_TEXT},
    {0},
};

typedef SPL_VEC(spl_node *) node_list;

typedef struct tstats {
    spl_binder *binder;
    const spl_option *options; /* of the command */
    bool metrics;              /* mstats, mcatalog */
    const spl_node *stage;
    tstats_args args;
    model_ref ref;
    const spl_node *namespace; /* of a tscollect, or NULL */
    node_list aggregates;
    spl_node *by;            /* a clause of our own */
    spl_node *span;          /* span= */
    node_list chart_options; /* mstats chart=true */
    spl_node *where;         /* one node, or NULL */
    node_list times;         /* for the first search: time modifiers, taken out of WHERE, and what it implies */
    spl_str nodename;
    SPL_VEC(spl_str) names;    /* of fields that are asked for */
    SPL_VEC(spl_str) prefixes; /* PREFIX(x=) */
} tstats;

static bool is_own_option(const tstats *t, spl_str name)
{
    for (const spl_option *option = t->options; option->name; option++)
        if (spl_str_iis(name, option->name)) return true;
    return spl_str_iis(name, "span");
}

/* The field "x=" of PREFIX(x=), which is in small letters as an index's terms are. False: refused. */
static bool prefix_name(tstats *t, const spl_node *node, spl_str *out)
{
    spl_str name = *out = node->text;
    spl_buf small = spl_buf_in(t->binder->arena);
    bool capitals = false;

    for (size_t i = 0; i < name.len; i++) {
        spl_buf_char(&small, spl_ascii_lower(name.data[i]));
        capitals |= spl_ascii_lower(name.data[i]) != name.data[i];
    }
    if (capitals) {
        spl_bad_argument(t->binder, node->span, "the text in PREFIX() must be in small letters");
        spl_hint(t->binder->diag, "PREFIX(%.*s) finds capitals too.", SPL_FMT(spl_buf_str(&small)));
        return false;
    }

    for (size_t i = 0; i < t->prefixes.len; i++)
        if (spl_str_eq(t->prefixes.data[i], name)) return true;
    SPL_PUSH(t->binder->arena, &t->prefixes, name);
    return true;
}

static bool take_aggregate(tstats *t, const spl_node *node)
{
    spl_binder *binder = t->binder;
    spl_node *copy = SPL_NEW(binder->arena, spl_node);

    if (node->n_kids == 0 && !spl_str_iis(node->text, "count") && !spl_str_iis(node->text, "c") && !binder->holes) {
        spl_bad_argument(binder, node->span, "%s needs a field in %.*s(): only count goes without",
                         t->stage->command->name, SPL_FMT(node->text));
        return false;
    }
    *copy = *node;
    copy->kids = SPL_NEW_ARRAY(binder->arena, node->n_kids, spl_node *);
    for (uint32_t i = 0; i < node->n_kids; i++) {
        spl_node *kid = node->kids[i];

        if (kid->kind == SPL_NODE_FIELD && spl_wildcard_has(kid->text) &&
            strcmp(t->stage->command->name, "tstats") == 0) {
            spl_bad_argument(binder, kid->span, "tstats takes no wildcards in its aggregations");
            spl_hint(binder->diag, "Name the fields one by one, or begin with a search, and use stats.");
            return false;
        }
        if (kid->kind == SPL_NODE_DIRECTIVE) {
            spl_node *field;
            spl_str name;

            if (kid->op != SPL_OP_PREFIX)
                return spl_bad_argument(binder, kid->span, "an aggregation takes a field or PREFIX() here");
            if (!prefix_name(t, kid, &name)) return false;
            field = spl_expand_node(binder, kid, SPL_NODE_FIELD, name);
            if (!copy->alias)
                copy->alias =
                    spl_expand_node(binder, node, SPL_NODE_WORD,
                                    spl_strf(binder->arena, "%.*s(%.*s)", SPL_FMT(node->text), SPL_FMT(kid->text)));
            kid = field;
        } else if (kid->kind != SPL_NODE_FIELD && kid->kind != SPL_NODE_HOLE) {
            spl_bad_argument(binder, kid->span, "tstats takes fields in its aggregations, no expressions");
            spl_hint(binder->diag, "Begin with a search, and use stats.");
            return false;
        } else if (kid->kind == SPL_NODE_FIELD) {
            SPL_PUSH(binder->arena, &t->names, kid->text);
        }
        copy->kids[i] = kid;
    }
    SPL_PUSH(binder->arena, &t->aggregates, copy);
    return true;
}

static bool take_from(tstats *t, const spl_node *clause)
{
    spl_binder *binder = t->binder;
    spl_args args = spl_args_of(clause);
    const spl_node *node;
    bool first = true;

    if (!spl_options_add(binder, clause, from_options, &t->args)) return false;
    while ((node = spl_args_next(&args)) != NULL) {
        bool namespace =
            first && !t->args.has_model && !t->args.has_sid && node->kind == SPL_NODE_AGGREGATE && node->bare;

        first = false;
        if (namespace) {
            t->namespace = node;
            continue;
        }
        if (node->kind != SPL_NODE_AGGREGATE)
            return spl_bad_argument(binder, node->span,
                                    "FROM takes datamodel=<model>[.<dataset>], or a namespace of tscollect");
        if (!take_aggregate(t, node)) return false;
    }
    if (t->args.has_sid && !binder->query->check_only)
        return spl_refuse(binder, clause->span, "not-here", "the results of job \"%.*s\" cannot be read here",
                          SPL_FMT(t->args.sid));
    for (uint32_t i = 0; i < clause->n_kids; i++) {
        const spl_node *option = clause->kids[i];

        if (option->kind == SPL_NODE_OPTION && spl_str_iis(option->text, "datamodel"))
            t->ref = model_ref_of(t->args.datamodel, option->kids[0]->span);
    }
    return true;
}

static bool take_by(tstats *t, const spl_node *clause)
{
    spl_binder *binder = t->binder;
    bool good = true;

    t->by = spl_expand_node(binder, clause, SPL_NODE_CLAUSE, SPL_S("by"));
    for (uint32_t i = 0; i < clause->n_kids; i++) {
        spl_node *node = clause->kids[i];
        spl_str name;

        if (node->kind == SPL_NODE_HOLE) {
            spl_expand_add(binder, t->by, node);
        } else if (node->kind == SPL_NODE_OPTION && spl_str_iis(node->text, "span")) {
            t->span = node;
        } else if (node->kind == SPL_NODE_OPTION && is_own_option(t, node->text)) {
            continue; /* taken with the others */
        } else if (node->kind == SPL_NODE_DIRECTIVE && node->op == SPL_OP_PREFIX) {
            if (prefix_name(t, node, &name))
                spl_expand_add(binder, t->by, spl_expand_node(binder, node, SPL_NODE_WORD, name));
            else
                good = false;
        } else if (node->kind != SPL_NODE_OPTION && spl_args_name(node, &name)) {
            if (memchr(name.data, '*', name.len)) {
                good = spl_bad_argument(binder, node->span, "BY takes no wildcards");
                continue;
            }
            SPL_PUSH(binder->arena, &t->names, name);
            spl_expand_add(binder, t->by,
                           node->kind == SPL_NODE_CALL ? spl_expand_node(binder, node, SPL_NODE_WORD, name) : node);
        } else {
            good = spl_bad_argument(binder, node->span, "BY takes fields and, for _time, span=");
        }
    }
    if (!t->by->n_kids && good && !binder->holes) good = spl_bad_argument(binder, clause->span, "BY needs a field");
    return good;
}

static bool is_time(const spl_node *node)
{
    static const char *const names[] = {"earliest",      "latest",        "_index_earliest", "_index_latest",
                                        "starttime",     "endtime",       "timeformat",      "startdaysago",
                                        "enddaysago",    "starthoursago", "endhoursago",     "startminutesago",
                                        "endminutesago", "starttimeu",    "endtimeu"};

    if (node->kind != SPL_NODE_COMPARE || node->op != SPL_OP_EQ) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (spl_str_iis(node->text, names[i])) return true;
    return false;
}

static void note_names(tstats *t, const spl_node *node)
{
    if (node->kind == SPL_NODE_COMPARE || node->kind == SPL_NODE_AMONG)
        SPL_PUSH(t->binder->arena, &t->names, node->text);
    for (uint32_t i = 0; i < node->n_kids; i++) note_names(t, node->kids[i]);
}

/* Of NODE what is neither a time modifier nor nodename=; NULL: nothing is left. Only ANDed terms are looked at. */
static spl_node *rest_of(tstats *t, spl_node *node)
{
    spl_node *copy, *kid;

    if (is_time(node)) {
        SPL_PUSH(t->binder->arena, &t->times, node);
        return NULL;
    }
    if (node->kind == SPL_NODE_COMPARE && node->op == SPL_OP_EQ && spl_str_is(node->text, "nodename") && node->n_kids &&
        node->kids[0]->kind == SPL_NODE_WORD && !memchr(node->kids[0]->text.data, '*', node->kids[0]->text.len) &&
        !t->nodename.len) {
        t->nodename = node->kids[0]->text;
        t->ref.span = node->kids[0]->span;
        return NULL;
    }
    if (node->kind != SPL_NODE_AND) return node;
    copy = SPL_NEW(t->binder->arena, spl_node);
    *copy = *node;
    copy->kids = SPL_NEW_ARRAY(t->binder->arena, node->n_kids, spl_node *);
    copy->n_kids = 0;
    for (uint32_t i = 0; i < node->n_kids; i++) {
        kid = rest_of(t, node->kids[i]);
        if (kid) copy->kids[copy->n_kids++] = kid;
    }
    return copy->n_kids > 1 ? copy : copy->n_kids ? copy->kids[0] : NULL;
}

static bool take_where(tstats *t, const spl_node *clause)
{
    spl_binder *binder = t->binder;
    spl_node *all = spl_expand_node(binder, clause, SPL_NODE_AND, SPL_S(""));

    for (uint32_t i = 0; i < clause->n_kids; i++) {
        spl_node *node = clause->kids[i];

        if (node->kind == SPL_NODE_OPTION) {
            if (spl_str_iis(node->text, "span")) t->span = node;
            continue;
        }
        spl_expand_add(binder, all, node);
    }
    if (!all->n_kids && !binder->holes) {
        spl_bad_argument(binder, clause->span, "WHERE needs a search expression");
        return false;
    }
    t->where = all->n_kids == 1 ? all->kids[0] : all->n_kids ? all : NULL;
    return true;
}

static bool is_chart_option(spl_str name)
{
    static const char *const names[] = {"limit",   "agg",        "cont", "usenull", "useother", "nullstr", "otherstr",
                                        "partial", "fixedrange", "sep",  "format",  "bins",     "minspan"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (spl_str_iis(name, names[i])) return true;
    return false;
}

static bool take_parts(tstats *t)
{
    spl_binder *binder = t->binder;
    const spl_node *stage = t->stage;
    spl_node *own = spl_expand_node(binder, stage, SPL_NODE_STAGE, stage->text);
    bool good = true;

    for (uint32_t i = 0; i < stage->n_kids; i++) { /* options may stand anywhere */
        const spl_node *node = stage->kids[i];

        if (node->kind == SPL_NODE_OPTION && spl_str_iis(node->text, "span")) {
            t->span = stage->kids[i];
            if (t->metrics) spl_expand_add(binder, own, stage->kids[i]);
        } else if (node->kind == SPL_NODE_OPTION && t->metrics && is_chart_option(node->text)) {
            SPL_PUSH(binder->arena, &t->chart_options, stage->kids[i]);
        } else if (node->kind == SPL_NODE_OPTION) {
            spl_expand_add(binder, own, stage->kids[i]);
        }
        for (uint32_t k = 0; node->kind == SPL_NODE_CLAUSE && k < node->n_kids; k++) {
            if (node->kids[k]->kind == SPL_NODE_OPTION && is_own_option(t, node->kids[k]->text) &&
                !spl_str_iis(node->kids[k]->text, "span"))
                spl_expand_add(binder, own, node->kids[k]);
        }
    }
    if (!spl_options_take(binder, own, t->options, &t->args)) return false;
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *node = stage->kids[i];

        switch (node->kind) {
        case SPL_NODE_OPTION: break;
        case SPL_NODE_HOLE: break;
        case SPL_NODE_AGGREGATE: good = take_aggregate(t, node) && good; break;
        case SPL_NODE_CLAUSE:
            if (spl_str_is(node->text, "from")) {
                good = take_from(t, node) && good;
            } else if (spl_str_is(node->text, "where")) {
                if (t->where) good = spl_bad_argument(binder, node->name_span, "a second WHERE");
                good = take_where(t, node) && good;
            } else {
                if (t->by) good = spl_bad_argument(binder, node->name_span, "a second BY");
                good = take_by(t, node) && good;
            }
            break;
        default: good = spl_bad_argument(binder, node->span, "tstats takes aggregations, FROM, WHERE and BY"); break;
        }
    }
    if (good && !t->aggregates.len && !binder->holes) {
        spl_bad_argument(binder, stage->span, "tstats needs an aggregation");
        spl_hint(binder->diag, "For example: tstats count where index=web by host");
        return false;
    }
    return good;
}

/* ---- stages ---------------------------------------------------------------------------------------------------------
 */

static void add_prefixes(tstats *t, spl_buf *tail)
{
    spl_arena *arena = t->binder->arena;

    for (size_t i = 0; i < t->prefixes.len; i++) {
        spl_buf pattern = spl_buf_in(arena);

        spl_buf_puts(&pattern,
                     "(?i)(?:^|[\\s\\[\\]<>(){}|!;,'\"*&?+]|%(?:21|26|2526|3B|7C|20|2B|3D|2520|5D|5B|3A|0A|2C|28|29)"
                     "|--)\\Q");
        spl_buf_add(&pattern, t->prefixes.data[i]);
        spl_buf_puts(&pattern, "\\E(?<spl_prefix>[^\\s\\[\\]<>(){}|!;,'\"*&?+]+)");
        spl_buf_puts(tail, " | rex max_match=0 ");
        spl_text_quote(tail, spl_buf_str(&pattern));
        spl_buf_puts(tail, " | eval spl_prefix=lower(spl_prefix) | rename spl_prefix AS ");
        spl_text_quote(tail, t->prefixes.data[i]);
    }
}

/* BY fields as one list of quoted names; false: none. */
static bool by_names(tstats *t, spl_buf *out, const char *separator)
{
    size_t n = 0;

    for (uint32_t i = 0; t->by && i < t->by->n_kids; i++) {
        if (t->by->kids[i]->kind != SPL_NODE_WORD || spl_str_is(t->by->kids[i]->text, "_time")) continue;
        spl_buf_puts(out, n++ ? separator : " ");
        spl_text_quote(out, t->by->kids[i]->text);
    }
    return n > 0;
}

static bool by_time(const tstats *t)
{
    for (uint32_t i = 0; t->by && i < t->by->n_kids; i++)
        if (spl_str_is(t->by->kids[i]->text, "_time")) return true;
    return false;
}

/* span=auto: by the range of the times, which bin finds. */
static void settle_span(tstats *t, spl_buf *tail)
{
    if (!t->span || (t->by && !t->by->n_kids)) return;
    if (!by_time(t)) {
        spl_warning(t->binder->diag, t->span->span, "unused-option",
                    "span= does nothing here: _time is not among the BY fields");
        t->span = NULL;
    } else if (t->span->kids[0]->kind == SPL_NODE_WORD && spl_str_iis(t->span->kids[0]->text, "auto")) {
        spl_buf_puts(tail, " | bin _time");
        t->span = NULL;
    }
}

static spl_node *finish_stage(tstats *t)
{
    spl_node *stats = spl_expand_stage(t->binder, t->stage, "stats");

    for (size_t i = 0; i < t->aggregates.len; i++) spl_expand_add(t->binder, stats, t->aggregates.data[i]);
    if (t->by) {
        spl_node *by = spl_expand_node(t->binder, t->by, SPL_NODE_CLAUSE, SPL_S("by"));

        for (uint32_t i = 0; i < t->by->n_kids; i++) {
            spl_expand_add(t->binder, by, t->by->kids[i]);
            if (t->span && spl_str_is(t->by->kids[i]->text, "_time")) spl_expand_add(t->binder, by, t->span);
        }
        spl_expand_add(t->binder, stats, by);
    }
    return stats;
}

/* prestats: the events with what the next command asks for. */
static void add_prestats(tstats *t, spl_buf *tail)
{
    spl_buf names = spl_buf_in(t->binder->arena);

    if (t->span && t->by) {
        for (uint32_t i = 0; i < t->by->n_kids; i++) {
            if (!spl_str_is(t->by->kids[i]->text, "_time") || t->span->kids[0]->kind != SPL_NODE_WORD) continue;
            spl_buf_puts(tail, " | bin _time span=");
            spl_buf_add(tail, t->span->kids[0]->text);
        }
    }
    for (uint32_t i = 0; t->by && i < t->by->n_kids; i++) {
        if (t->by->kids[i]->kind != SPL_NODE_WORD) continue;
        spl_buf_printf(tail, "%s isnotnull('%.*s')", i ? " AND" : " | where", SPL_FMT(t->by->kids[i]->text));
    }
    spl_buf_puts(tail, " | fields _time");
    if (by_names(t, &names, ", ")) spl_buf_printf(tail, ",%.*s", SPL_FMT(spl_buf_str(&names)));
    for (size_t i = 0; i < t->aggregates.len; i++) {
        for (uint32_t k = 0; k < t->aggregates.data[i]->n_kids; k++) {
            spl_buf_puts(tail, ", ");
            spl_text_quote(tail, t->aggregates.data[i]->kids[k]->text);
        }
    }
}

static bool add_text(tstats *t, spl_node *out, spl_str text)
{
    const spl_node *more;

    if (!text.len) return true;
    more = spl_bind_text(t->binder, t->stage, "tstats", spl_str_of(t->stage->command->name), text);
    if (more) spl_expand_add_all(t->binder, out, more->kids, more->n_kids);
    return more != NULL;
}

/* Behind another command: append [ | tstats … ]. */
static const spl_node *appended(tstats *t)
{
    spl_binder *binder = t->binder;
    spl_node *pipeline = spl_expand_node(binder, t->stage, SPL_NODE_PIPELINE, SPL_S(""));
    spl_node *outer = spl_expand_node(binder, t->stage, SPL_NODE_PIPELINE, SPL_S(""));
    spl_node *inner = SPL_NEW(binder->arena, spl_node), *append = spl_expand_stage(binder, t->stage, "append");
    spl_node *maxout = spl_expand_node(binder, t->stage, SPL_NODE_OPTION, SPL_S("maxout"));

    *inner = *t->stage;
    inner->n_kids = 0;
    for (uint32_t i = 0; i < t->stage->n_kids; i++) {
        spl_node *kid = t->stage->kids[i];

        if (kid->kind != SPL_NODE_OPTION || !spl_str_iis(kid->text, "append")) spl_expand_add(binder, inner, kid);
    }
    spl_expand_add(binder, pipeline, inner);
    spl_expand_add(binder, maxout, spl_expand_node(binder, t->stage, SPL_NODE_WORD, SPL_S("0")));
    spl_expand_add(binder, append, maxout);
    spl_expand_add(binder, append, pipeline);
    spl_expand_add(binder, outer, append);
    return outer;
}

static spl_node *and_of(spl_binder *binder, spl_node *first, const node_list *more)
{
    spl_node *all;

    if (!more->len) return first;
    all = spl_expand_node(binder, first ? first : more->data[0], SPL_NODE_AND, SPL_S(""));
    if (first) spl_expand_add(binder, all, first);
    for (size_t i = 0; i < more->len; i++) spl_expand_add(binder, all, more->data[i]);
    return all->n_kids == 1 ? all->kids[0] : all;
}

/* if(isnull(F) OR F="","unknown",F), as the Common Information Model has it. */
static bool fills_unknown(spl_arena *arena, spl_str expression, spl_str field)
{
    spl_buf bare = spl_buf_in(arena);

    for (size_t i = 0; i < expression.len; i++)
        if (!spl_is_space(expression.data[i])) spl_buf_char(&bare, expression.data[i]);
    return spl_str_iis(spl_buf_str(&bare),
                       spl_cstring(arena, spl_strf(arena, "if(isnull(%.*s)OR%.*s=\"\",\"unknown\",%.*s)",
                                                   SPL_FMT(field), SPL_FMT(field), SPL_FMT(field))));
}

/* The field of the events that NAME of the data model is, if the model does not compute it. *FILLED: it only puts
 * "unknown" for what is absent. */
static bool events_field(spl_arena *arena, const spl_model_object *object, spl_str name, spl_str *field, bool *filled)
{
    bool declared = spl_model_default_field(name);

    *field = name;
    *filled = false;
    for (const spl_model_object *at = object; at && !declared; at = at->parent) {
        if (name.len < at->lineage.len + 2 || !spl_str_starts(name, at->lineage) || name.data[at->lineage.len] != '.')
            continue;
        *field = spl_str_sub(name, at->lineage.len + 1, name.len);
        if (spl_str_starts(*field, SPL_S("is_"))) return false; /* whether it is of a child: computed */
        for (size_t i = 0; !declared && i < at->fields.len; i++) declared = spl_str_eq(at->fields.data[i].name, *field);
        for (size_t i = 0; !declared && i < at->calculations.len; i++)
            for (size_t k = 0; k < at->calculations.data[i].outputs.len; k++)
                declared |= spl_str_eq(at->calculations.data[i].outputs.data[k].name, *field);
    }
    if (!declared) return false;
    for (const spl_model_object *at = object; at; at = at->parent) {
        if (at->kind == SPL_MODEL_SEARCH && memchr(at->search.data, '|', at->search.len)) {
            spl_str later = at->search;

            while (later.data[0] != '|') later = spl_str_sub(later, 1, later.len);
            if (spl_str_find(later, *field, 0) >= 0) return false;
        }
        for (size_t i = 0; i < at->calculations.len; i++) {
            const spl_model_calculation *calc = &at->calculations.data[i];

            for (size_t k = 0; k < calc->outputs.len; k++) {
                if (!spl_str_eq(calc->outputs.data[k].name, *field)) continue;
                if (*filled || !spl_str_iis(calc->kind, "Eval") || !fills_unknown(arena, calc->expression, *field))
                    return false;
                *filled = true;
            }
        }
    }
    return true;
}

/* What NODE of WHERE implies of the events' own fields, for the first search; NULL: nothing. */
static spl_node *implied(tstats *t, const spl_model_object *object, const spl_node *node)
{
    spl_arena *arena = t->binder->arena;
    spl_node *copy = SPL_NEW(arena, spl_node);
    bool filled;

    *copy = *node;
    copy->n_kids = 0;
    copy->kids = SPL_NEW_ARRAY(arena, node->n_kids, spl_node *);
    if (node->kind == SPL_NODE_AND || node->kind == SPL_NODE_OR) {
        for (uint32_t i = 0; i < node->n_kids; i++) {
            spl_node *kid = implied(t, object, node->kids[i]);

            if (kid) copy->kids[copy->n_kids++] = kid;
        }
        if (node->kind == SPL_NODE_OR && copy->n_kids < node->n_kids) return NULL;
        return copy->n_kids ? copy : NULL;
    }
    if (node->kind != SPL_NODE_AMONG && (node->kind != SPL_NODE_COMPARE || node->op != SPL_OP_EQ)) return NULL;
    if (!events_field(arena, object, node->text, &copy->text, &filled)) return NULL;
    for (uint32_t i = 0; i < node->n_kids; i++) {
        const spl_node *kid = node->kids[i];

        if (kid->kind != SPL_NODE_WORD && kid->kind != SPL_NODE_TERM) return NULL;
        if (!spl_wildcard_literal(kid->text).len) return NULL;
        if (filled && spl_wildcard_match(kid->text, SPL_S("unknown"), true)) return NULL;
        copy->kids[copy->n_kids++] = node->kids[i];
    }
    return copy->n_kids ? copy : NULL;
}

static bool declares(const spl_model_object *object, spl_str field)
{
    for (size_t i = 0; i < object->fields.len; i++)
        if (spl_str_eq(object->fields.data[i].name, field)) return true;
    for (size_t i = 0; i < object->calculations.len; i++)
        for (size_t k = 0; k < object->calculations.data[i].outputs.len; k++)
            if (spl_str_eq(object->calculations.data[i].outputs.data[k].name, field)) return true;
    return spl_model_default_field(field) || spl_str_starts(field, SPL_S("is_"));
}

/* A name that looks like the model's and is none: such a field is never there. */
static void note_unknown(tstats *t, const spl_model *model, spl_str name)
{
    const spl_model_object *of = NULL;

    if (memchr(name.data, '*', name.len)) return;
    for (size_t i = 0; i < model->objects.len; i++) {
        const spl_model_object *at = model->objects.data[i];

        if (at->broken || name.len < at->lineage.len + 2 || !spl_str_starts(name, at->lineage) ||
            name.data[at->lineage.len] != '.')
            continue;
        if (!of || at->lineage.len > of->lineage.len) of = at;
    }
    if (!of || declares(of, spl_str_sub(name, of->lineage.len + 1, name.len))) return;
    spl_note(t->binder->diag, t->stage->name_span, "unknown-field",
             "the data model \"%.*s\" has no field \"%.*s\"; it is absent in every event", SPL_FMT(model->name),
             SPL_FMT(name));
}

/* The data model's stages, the time range in its first search, then WHERE over its fields. */
static const spl_node *from_model(tstats *t, spl_node *out)
{
    spl_binder *binder = t->binder;
    const spl_model *model = NULL;
    const spl_model_object *object;
    spl_model_wants wants = {.prefix = true, .names = t->names.data, .n_names = t->names.len};
    const spl_node *stages, *first;
    bool refused;

    if (t->where) t->where = rest_of(t, t->where);
    wants.names = t->names.data;
    wants.n_names = t->names.len;
    if (t->nodename.len) t->ref.object = t->nodename;
    object = model_find(binder, &t->ref, &model, &refused);
    if (refused) return NULL;
    stages = model_stages(binder, t->stage, model, object, &wants, SPL_S(""));
    if (!stages || !stages->n_kids) return NULL;
    first = stages->kids[0];
    if (first->kind == SPL_NODE_STAGE && first->command && strcmp(first->command->name, "search") == 0) {
        spl_node *more = object && t->where ? implied(t, object, t->where) : NULL;

        if (more) SPL_PUSH(binder->arena, &t->times, more);
    } else if (t->times.len) {
        spl_refuse(binder, t->times.data[0]->span, "not-here",
                   "the search of this dataset does not read events itself: it takes no time range");
        return NULL;
    }
    for (size_t i = 0; object && i < t->names.len; i++) note_unknown(t, model, t->names.data[i]);
    for (uint32_t i = 0; i < stages->n_kids; i++) {
        spl_node *stage = stages->kids[i];

        if (i == 0 && t->times.len && stage->kind == SPL_NODE_STAGE && stage->command &&
            strcmp(stage->command->name, "search") == 0) {
            spl_node *search = spl_expand_stage(binder, stage, "search");
            spl_node *all = and_of(binder, stage->n_kids ? stage->kids[0] : NULL, &(node_list){0});

            all = and_of(binder, all, &t->times);
            search->span = stage->span;
            spl_expand_add(binder, search, all);
            stage = search;
        }
        spl_expand_add(binder, out, stage);
    }
    if (t->where) {
        spl_node *search = spl_expand_stage(binder, t->where, "search");

        spl_expand_add(binder, search, t->where);
        spl_expand_add(binder, out, search);
    }
    return out;
}

/* ---- namespaces of tscollect: a stage that gives their records as rows ---- */

typedef struct namespace_op {
    spl_op base;
    const spl_table *table;
    spl_field *fields;
    uint32_t time;           /* column of _time, UINT32_MAX */
    double earliest, latest; /* [earliest, latest) */
    size_t row;
} namespace_op;

static bool namespace_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    namespace_op *self = (namespace_op *)op;
    const spl_node *name = stage->kids[0];
    spl_str file = spl_strf(binder->arena, "%.*s.ndjson", SPL_FMT(name->text)), text;
    spl_time_range range = {.earliest = -HUGE_VAL, .latest = HUGE_VAL};
    const char *wrong = spl_state_name(file);

    if (wrong) return spl_bad_argument(binder, name->span, "the name of a namespace %s", wrong);
    if (stage->n_kids > 1 && !spl_filter_bind(binder, stage->kids[1], &range)) return false;
    spl_range_take(binder->query, &range, &self->earliest, &self->latest);
    if (binder->query->check_only) return true;
    if (!spl_state_read(binder->query->state, binder->arena, "tsidxstats", file, false, &text)) {
        spl_refuse(binder, name->span, "missing-lookup", "there is no namespace \"%.*s\"", SPL_FMT(name->text));
        spl_hint(binder->diag, "A search that ends in tscollect namespace=%.*s makes it, in %.*s.", SPL_FMT(name->text),
                 SPL_FMT(spl_state_path(binder->query->state, binder->arena, "tsidxstats", SPL_S(""))));
        return false;
    }
    self->table =
        spl_table_of_ndjson(binder->arena, binder->diag,
                            spl_state_path(binder->query->state, binder->arena, "tsidxstats", file), text, NULL, 0);
    self->fields = SPL_NEW_ARRAY(binder->arena, self->table->n_columns, spl_field);
    for (uint32_t c = 0; c < self->table->n_columns; c++)
        self->fields[c] = spl_bind_field(binder, self->table->columns[c]);
    self->time = spl_table_column(self->table, SPL_S("_time"));
    return true;
}

/* Without a time an event is in no bounded range. */
static bool in_range(const namespace_op *self, size_t row)
{
    double time;

    if (isinf(self->earliest) && isinf(self->latest)) return true;
    return self->time != UINT32_MAX && spl_value_number(spl_table_cell(self->table, row, self->time), &time) &&
           time >= self->earliest && time < self->latest;
}

static spl_status namespace_next(spl_op *op, spl_batch **batch)
{
    namespace_op *self = (namespace_op *)op;
    const spl_table *table = self->table;

    while (table && self->row < table->n_rows) {
        size_t left = table->n_rows - self->row, kept = 0;
        uint32_t rows = left < SPL_BATCH_ROWS ? (uint32_t)left : SPL_BATCH_ROWS;
        spl_batch *made = spl_op_batch(op, rows);
        bool *keep = SPL_NEW_ARRAY(made->arena, rows, bool);

        for (uint32_t i = 0; i < rows; i++) kept += keep[i] = in_range(self, self->row + i);
        for (uint32_t c = 0; kept && c < table->n_columns; c++) {
            spl_column *column;

            if (!spl_fieldset_has(&op->needed, self->fields[c])) continue;
            column = spl_batch_add(made, self->fields[c]);
            for (uint32_t i = 0; i < rows; i++) {
                spl_value cell = spl_table_cell(table, self->row + i, c);
                double time;

                column->cells[i] = c == self->time && spl_value_number(cell, &time) ? spl_number(time) : cell;
            }
        }
        self->row += rows;
        spl_query_poll(op->query);
        if (kept) {
            spl_batch_filter(made, keep);
            *batch = made;
            return SPL_OK;
        }
        spl_batch_free(made);
    }
    return SPL_END;
}

/* Not a command of its own: it stands in the stages of tstats alone. */
static const spl_command namespace_command = {.name = "tstats",
                                              .args = SPL_ARGS_STATS,
                                              .traits = SPL_GENERATES,
                                              .op_size = sizeof(namespace_op),
                                              .bind = namespace_bind,
                                              .next = namespace_next};

/* The namespace's records within the time range of WHERE, then the rest of WHERE. */
static bool from_namespace(tstats *t, spl_node *out)
{
    spl_binder *binder = t->binder;
    spl_node *records = spl_expand_node(binder, t->stage, SPL_NODE_STAGE, t->stage->text), *times;

    records->command = &namespace_command;
    records->name_span = t->stage->name_span;
    if (t->where) t->where = rest_of(t, t->where);
    if (t->nodename.len) return spl_bad_argument(binder, t->ref.span, "nodename= goes with FROM datamodel=");
    spl_expand_add(binder, records, spl_expand_node(binder, t->namespace, SPL_NODE_WORD, t->namespace->text));
    times = and_of(binder, NULL, &t->times);
    if (times) spl_expand_add(binder, records, times);
    spl_expand_add(binder, out, records);
    if (t->where) {
        spl_node *search = spl_expand_stage(binder, t->where, "search");

        spl_expand_add(binder, search, t->where);
        spl_expand_add(binder, out, search);
    }
    return true;
}

/* *INSTEAD: what stands for the stage altogether. False: refused. */
static bool check_place(tstats *t, const spl_node **instead)
{
    spl_binder *binder = t->binder;
    const char *name = t->stage->command->name;

    *instead = NULL;
    if (t->args.append) {
        if (!t->args.prestats) {
            spl_bad_argument(binder, t->stage->span, "append=true needs prestats=true");
            spl_hint(binder->diag, "To add finished rows use append [ | %s … ].", name);
            return false;
        }
        if (!binder->first) *instead = appended(t);
    } else if (!binder->first) {
        spl_bad_argument(binder, t->stage->name_span, "the command \"%s\" must be the first of its search", name);
        spl_hint(binder->diag, "It makes its own rows; to add them to these, use append [ | %s … ].", name);
        return false;
    }
    return true;
}

/* What stands behind the events: PREFIX(), fillnull_value, prestats or stats. */
static const spl_node *finish(tstats *t, spl_node *out)
{
    spl_binder *binder = t->binder;
    spl_buf tail = spl_buf_in(binder->arena);

    add_prefixes(t, &tail);
    settle_span(t, &tail);
    if (t->args.fill && t->by) {
        spl_buf names = spl_buf_in(binder->arena);

        if (by_names(t, &names, " ")) {
            spl_buf_puts(&tail, " | fillnull value=");
            spl_text_quote(&tail, t->args.fillnull);
            spl_buf_add(&tail, spl_buf_str(&names));
        }
    }
    if (t->args.prestats) add_prestats(t, &tail);
    if (!add_text(t, out, spl_buf_str(&tail))) return NULL;
    if (!t->args.prestats) spl_expand_add(binder, out, finish_stage(t));
    return out;
}

static const spl_node *tstats_expand(spl_binder *binder, const spl_node *stage)
{
    tstats *t = SPL_NEW(binder->arena, tstats);
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S(""));
    const spl_node *instead;

    t->binder = binder;
    t->stage = stage;
    t->options = options;
    if (!take_parts(t) || !check_place(t, &instead)) return NULL;
    if (instead) return instead;
    if (t->where) note_names(t, t->where);
    if (t->namespace) {
        if (!from_namespace(t, out)) return NULL;
    } else if (t->args.has_model) {
        if (!from_model(t, out)) return NULL;
    } else {
        spl_node *search = spl_expand_stage(binder, stage, "search");

        if (t->where) spl_expand_add(binder, search, t->where);
        spl_expand_add(binder, out, search);
    }
    return finish(t, out);
}

static const spl_segment segments[] = {{"from", SPL_ARGS_STATS, false},
                                       {"where", SPL_ARGS_SEARCH, false},
                                       {"by", SPL_ARGS_PLAIN, false},
                                       {"groupby", SPL_ARGS_PLAIN, false},
                                       {0}};

SPL_COMMAND(
    tstats, .summary = "Computes figures over events, or over a dataset of a data model, with stats' functions.",
    .syntax = "tstats [prestats=<bool>] [append=<bool>] [summariesonly=<bool>] [fillnull_value=<text>] … "
              "<aggregate> [AS <field>] … [FROM datamodel=<model>[.<dataset>] | FROM <namespace>] "
              "[WHERE <search expression>] "
              "[BY <field> … [span=<span>]]",
    .example = "| tstats count",
    .differs = "There are no summaries and no index files: DATA is searched, and every field that an event has counts "
               "as indexed.",
    .args = SPL_ARGS_STATS, .segments = segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS, .options = options,
    .op_size = sizeof(spl_op), .expand = tstats_expand);

/* ---- mstats, mcatalog
 * ------------------------------------------------------------------------------------------------
 *
 * Metrics are events that carry numbers named "metric_name:x", as Splunk's metric JSON has them, or metric_name and
 * _value. They are given fields of the metrics' names, and stats does the rest. */

static const spl_option mstats_options[] = {
    FLAG("prestats", prestats, "give what stats, chart or timechart finishes"),
    FLAG("append", append, "with prestats=true: add to the results so far"),
    FLAG("chart", chart, "give what timechart gives; its options may follow"),
    {.name = "span",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats_args, span),
     .text = "",
     .help = "a row for each span of time"},
    SPL_IDLE("backfill", BOOL, "there is no live search"),
    SPL_IDLE("update_period", INT, "there is no live search", .min = 0, .max = 9e15),
    SPL_IDLE("chunk_size", INT, "memory is bounded by --memory", .min = 1, .max = 9e15),
    {.name = "fillnull_value",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats_args, fillnull),
     .given = offsetof(tstats_args, fill),
     .text = "",
     .help = "what a BY field without a value counts as; else its data point is left out"},
    {0},
};

static bool asks(const tstats *t, const char *name)
{
    for (size_t i = 0; i < t->names.len; i++)
        if (spl_str_is(t->names.data[i], name)) return true;
    return false;
}

/* Only data points of the metrics that are asked for: text of a where, or nothing where all may count. */
static void add_points(tstats *t, spl_buf *text)
{
    size_t n = 0;

    for (size_t i = 0; i < t->aggregates.len; i++) {
        const spl_node *node = t->aggregates.data[i];

        for (uint32_t k = 0; k < node->n_kids; k++) {
            spl_str name = node->kids[k]->text;

            if (spl_str_is(name, "metric_name") || memchr(name.data, '*', name.len) ||
                memchr(name.data, '\'', name.len)) {
                spl_buf_clear(text);
                return;
            }
            spl_buf_printf(text, "%s isnotnull('%.*s')", n++ ? " OR" : "| where", SPL_FMT(name));
        }
        if (node->n_kids == 0) {
            spl_buf_clear(text);
            return;
        }
    }
}

/* chart=true: timechart finishes it. */
static spl_node *chart_stage(tstats *t)
{
    spl_node *chart = spl_expand_stage(t->binder, t->stage, "timechart");

    if (t->span) spl_expand_add(t->binder, chart, t->span);
    for (size_t i = 0; i < t->chart_options.len; i++) spl_expand_add(t->binder, chart, t->chart_options.data[i]);
    for (size_t i = 0; i < t->aggregates.len; i++) spl_expand_add(t->binder, chart, t->aggregates.data[i]);
    if (t->by && t->by->n_kids) {
        spl_node *by = spl_expand_node(t->binder, t->by, SPL_NODE_CLAUSE, SPL_S("by"));

        for (uint32_t i = 0; i < t->by->n_kids; i++)
            if (!spl_str_is(t->by->kids[i]->text, "_time")) spl_expand_add(t->binder, by, t->by->kids[i]);
        if (by->n_kids) spl_expand_add(t->binder, chart, by);
    }
    return chart;
}

static const spl_node *metrics_expand(spl_binder *binder, const spl_node *stage, bool catalog)
{
    tstats *t = SPL_NEW(binder->arena, tstats);
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S("")), *search;
    spl_buf points = spl_buf_in(binder->arena);
    const spl_node *instead;

    t->binder = binder;
    t->stage = stage;
    t->options = mstats_options;
    t->metrics = true;
    if (!take_parts(t) || !check_place(t, &instead)) return NULL;
    if (instead) return instead;
    if (t->chart_options.len && !t->args.chart) {
        spl_bad_argument(binder, t->chart_options.data[0]->span, "options of timechart need chart=true");
        return NULL;
    }
    for (size_t i = 0; catalog && i < t->aggregates.len; i++) {
        const spl_node *node = t->aggregates.data[i];

        if (!spl_str_iis(node->text, "values") || node->n_kids != 1) {
            spl_bad_argument(binder, node->span, "mcatalog takes values(<field>) only");
            return NULL;
        }
        if (spl_str_is(node->kids[0]->text, "_dims") && !binder->query->check_only) {
            spl_refuse(binder, node->span, "not-here", "which fields are dimensions is known to a metrics index only");
            return NULL;
        }
    }
    if (t->span && !t->args.chart &&
        (!t->by || !asks(t, "_time"))) { /* a span makes rows by time, whether BY says so or not */
        spl_node *by = spl_expand_node(binder, stage, SPL_NODE_CLAUSE, SPL_S("by"));

        spl_expand_add(binder, by, spl_expand_node(binder, stage, SPL_NODE_WORD, SPL_S("_time")));
        if (t->by) spl_expand_add_all(binder, by, t->by->kids, t->by->n_kids);
        t->by = by;
    }
    if (t->where) {
        note_names(t, t->where);
        t->where = rest_of(t, t->where);
    }
    search = spl_expand_stage(binder, stage, "search");
    if (t->times.len) spl_expand_add(binder, search, and_of(binder, NULL, &t->times));
    spl_expand_add(binder, out, search);
    spl_expand_add(binder, out, spl_metric_points_stage(binder, stage));
    if (t->where) {
        search = spl_expand_stage(binder, t->where, "search");
        spl_expand_add(binder, search, t->where);
        spl_expand_add(binder, out, search);
    }
    add_points(t, &points);
    if (!add_text(t, out, spl_buf_str(&points))) return NULL;
    if (t->args.chart) {
        spl_expand_add(binder, out, chart_stage(t));
        return out;
    }
    return finish(t, out);
}

static const spl_node *mstats_expand(spl_binder *binder, const spl_node *stage)
{
    return metrics_expand(binder, stage, false);
}

static const spl_node *mcatalog_expand(spl_binder *binder, const spl_node *stage)
{
    return metrics_expand(binder, stage, true);
}

static const spl_segment metric_segments[] = {
    {"where", SPL_ARGS_SEARCH, true}, {"by", SPL_ARGS_PLAIN, false}, {"groupby", SPL_ARGS_PLAIN, false}, {0}};

SPL_COMMAND(
    mstats, .summary = "Computes figures over metrics.",
    .syntax = "mstats [chart=<bool> [<timechart option>] …] [prestats=<bool>] [append=<bool>] [fillnull_value=<text>] "
              "… <aggregate>(<metric>) [AS <field>] … "
              "[WHERE <search expression>] [BY <field> …] [span=<span>]",
    .example = NULL,
    .differs =
        "There is no metrics index: metrics are events with numbers named metric_name:x, or with metric_name and "
        "_value.",
    .args = SPL_ARGS_STATS, .segments = metric_segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS,
    .options = mstats_options, .op_size = sizeof(spl_op), .expand = mstats_expand);

SPL_COMMAND(mcatalog, .summary = "Lists the names of metrics, or the values of their dimensions.",
            .syntax =
                "mcatalog [prestats=<bool>] [append=<bool>] values(<field>) [AS <field>] … [WHERE <search expression>] "
                "[BY <field> …]",
            .example = NULL, .differs = "Metrics are found as by mstats; values(_dims) is refused.",
            .args = SPL_ARGS_STATS, .segments = metric_segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS,
            .options = mstats_options, .op_size = sizeof(spl_op), .expand = mcatalog_expand);
