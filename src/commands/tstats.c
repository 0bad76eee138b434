/* tstats.c -- figures over events, by default fields and raw terms or by the fields of a data model.
 *
 * It stands for a search over DATA: the first stage reads with all that WHERE says of the events' own fields, the data
 * model's stages follow, then what WHERE says of the model's fields, then stats. With prestats=true the events
 * themselves, cut to the fields that are asked for, go on to the stats, chart or timechart that finishes the job. */
#include "base/num.h"
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
    spl_str datamodel, sid, span, every;
    bool has_model, has_sid;
    const spl_node *charted; /* options of mstats that go on to chart: not read here */
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
    const char *example;       /* what stands behind the command in one */
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

    if (node->n_kids == 0 && !spl_str_iis(node->text, "count") && !spl_str_iis(node->text, "c")) {
        spl_bad_argument(binder, node->span, "%s needs a field in %.*s(): only count goes without",
                         t->stage->command->name, SPL_FMT(node->text));
        return false;
    }
    *copy = *node;
    copy->kids = SPL_NEW_ARRAY(binder->arena, node->n_kids, spl_node *);
    for (uint32_t i = 0; i < node->n_kids; i++) {
        spl_node *kid = node->kids[i];

        if (kid->kind == SPL_NODE_FIELD && spl_wildcard_has(kid->text) && !t->metrics) {
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
            spl_bad_argument(binder, kid->span, "%s takes fields in its aggregations, no expressions",
                             t->stage->command->name);
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
    if (!t->by->n_kids && good) good = spl_bad_argument(binder, clause->span, "BY needs a field");
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
    if (!all->n_kids) {
        spl_bad_argument(binder, clause->span, "WHERE needs a search expression");
        return false;
    }
    t->where = all->n_kids == 1 ? all->kids[0] : all->n_kids ? all : NULL;
    return true;
}

/* chart.limit= and its kin: options of chart and timechart. */
static bool is_chart_option(const spl_node *node)
{
    return node->kind == SPL_NODE_OPTION && node->text.len > 6 && spl_str_iis(spl_str_sub(node->text, 0, 6), "chart.");
}

/* An option anywhere in the stage: for our own table, or for chart. */
static void sort_option(tstats *t, spl_node *own, spl_node *node)
{
    spl_node *copy;

    if (!t->metrics || !is_chart_option(node)) {
        spl_expand_add(t->binder, own, node);
        return;
    }
    copy = SPL_NEW(t->binder->arena, spl_node);
    *copy = *node;
    copy->text = spl_str_sub(node->text, 6, node->text.len);
    SPL_PUSH(t->binder->arena, &t->chart_options, copy);
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
        } else if (node->kind == SPL_NODE_OPTION) {
            sort_option(t, own, stage->kids[i]);
        }
        for (uint32_t k = 0; node->kind == SPL_NODE_CLAUSE && k < node->n_kids; k++) {
            if (node->kids[k]->kind == SPL_NODE_OPTION && is_own_option(t, node->kids[k]->text) &&
                !spl_str_iis(node->kids[k]->text, "span"))
                sort_option(t, own, node->kids[k]);
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
        default:
            good = spl_bad_argument(binder, node->span, "%s takes aggregations,%s WHERE and BY", stage->command->name,
                                    t->metrics ? "" : " FROM,");
            break;
        }
    }
    if (good && !t->aggregates.len) return spl_lacks(binder, NULL, "an aggregation", t->example);
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

/* A root's stages onto OUT, the time range in its first search, then WHERE over its fields. */
static bool add_root(tstats *t, const spl_model *model, const spl_model_object *object, spl_node *out)
{
    spl_binder *binder = t->binder;
    spl_model_wants wants = {.prefix = true, .names = t->names.data, .n_names = t->names.len};
    const spl_node *stages = model_stages(binder, t->stage, model, object, &wants, SPL_S(""));
    node_list more = {0};

    if (!stages || !stages->n_kids) return false;
    for (size_t i = 0; i < t->times.len; i++) SPL_PUSH(binder->arena, &more, t->times.data[i]);
    if (spl_is_search(stages->kids[0])) {
        spl_node *own = object && t->where ? implied(t, object, t->where) : NULL;

        if (own) SPL_PUSH(binder->arena, &more, own);
    } else if (more.len) {
        spl_refuse(binder, more.data[0]->span, "not-here",
                   "the search of this dataset does not read events itself: it takes no time range");
        return false;
    }
    for (uint32_t i = 0; i < stages->n_kids; i++) {
        spl_node *stage = stages->kids[i];

        if (i == 0 && more.len) {
            spl_node *search = spl_expand_stage(binder, stage, "search");
            spl_node *all = and_of(binder, stage->n_kids ? stage->kids[0] : NULL, &(node_list){0});

            all = and_of(binder, all, &more);
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
    return true;
}

typedef SPL_VEC(const spl_model_object *) object_list;

/* The roots of a model that is named without a dataset: the only one whose fields the search names, else all that hold
 * events. */
static object_list roots_of(const tstats *t, const spl_model *model)
{
    object_list roots = {0}, named = {0};

    for (size_t i = 0; i < model->objects.len; i++) {
        const spl_model_object *root = model->objects.data[i];
        bool found = false;

        if (root->parent || root->broken) continue;
        if (root->kind != SPL_MODEL_TRANSACTION) SPL_PUSH(t->binder->arena, &roots, root);
        for (size_t k = 0; k < t->names.len && !found; k++)
            found = t->names.data[k].len > root->lineage.len && spl_str_starts(t->names.data[k], root->lineage) &&
                    t->names.data[k].data[root->lineage.len] == '.';
        if (found) SPL_PUSH(t->binder->arena, &named, root);
    }
    return named.len == 1 ? named : roots;
}

/* The data model's stages; of several roots merged by multisearch. */
static const spl_node *from_model(tstats *t, spl_node *out)
{
    spl_binder *binder = t->binder;
    const spl_model *model = NULL;
    const spl_model_object *object;
    object_list roots = {0};
    spl_node *all;
    bool refused;

    if (t->where) t->where = rest_of(t, t->where);
    if (t->nodename.len) t->ref.object = t->nodename;
    object = model_find(binder, &t->ref, &model, &refused);
    if (refused) return NULL;
    for (size_t i = 0; object && i < t->names.len; i++) note_unknown(t, model, t->names.data[i]);
    if (object && !t->ref.object.len) roots = roots_of(t, model);
    if (roots.len < 2) return add_root(t, model, roots.len ? roots.data[0] : object, out) ? out : NULL;
    all = spl_expand_stage(binder, t->stage, "multisearch");
    for (size_t i = 0; i < roots.len; i++) {
        spl_node *pipeline = spl_expand_node(binder, t->stage, SPL_NODE_PIPELINE, SPL_S(""));

        if (!add_root(t, model, roots.data[i], pipeline)) return NULL;
        spl_expand_add(binder, all, pipeline);
    }
    spl_expand_add(binder, out, all);
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

static void add_fillnull(tstats *t, spl_buf *tail)
{
    spl_buf names = spl_buf_in(t->binder->arena);

    if (!t->args.fill || !by_names(t, &names, " ")) return;
    spl_buf_puts(tail, " | fillnull value=");
    spl_text_quote(tail, t->args.fillnull);
    spl_buf_add(tail, spl_buf_str(&names));
}

/* What stands behind the events: PREFIX(), fillnull_value, prestats or stats. */
static const spl_node *finish(tstats *t, spl_node *out)
{
    spl_binder *binder = t->binder;
    spl_buf tail = spl_buf_in(binder->arena);

    add_prefixes(t, &tail);
    settle_span(t, &tail);
    if (!t->metrics) add_fillnull(t, &tail);
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
    t->example = "count where index=web by host";
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

/* ---- mstats, mcatalog -----------------------------------------------------------------------------------------------
 *
 * Metrics are events that carry numbers named "metric_name:x", as Splunk's metric JSON has them, or metric_name and
 * _value. They become data points, dimensions are compared with case, and stats or chart does the rest. */

#define CHART(option, owrong, what)                                                                                    \
    {                                                                                                                  \
        .name = "chart." option, .type = SPL_OPTION_NODE, .offset = offsetof(tstats_args, charted), .wrong = owrong,   \
        .help = what                                                                                                   \
    }

static const spl_option mstats_options[] = {
    FLAG("prestats", prestats, "give what stats, chart or timechart finishes"),
    FLAG("append", append, "with prestats=true: add to the results so far"),
    FLAG("chart", chart, "give what timechart gives, or chart where there is no span="),
    CHART("limit", "nonsense -1", "with chart=true: how many series, top5 or bottom5"),
    CHART("agg", "nonsense", "with chart=true: what series are compared by"),
    CHART("usenull", "nonsense", "with chart=true: a series of data points without the split field"),
    CHART("useother", "nonsense", "with chart=true: a series of those that limit leaves out"),
    CHART("nullstr", "(1 2)", "with chart=true: what the former is called"),
    CHART("otherstr", "(1 2)", "with chart=true: what the latter is called"),
    {.name = "span",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats_args, span),
     .wrong = "nonsense 0s -5m",
     .text = "",
     .help = "a row for each span of time"},
    {.name = "every",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(tstats_args, every),
     .takes = "a length of time such as 5m, longer than span=",
     .wrong = "nonsense 1s -5m",
     .text = "",
     .help = "with span=: only data points of the first span in every such time"},
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

static const spl_option mcatalog_options[] = {
    FLAG("prestats", prestats, "give what stats, chart or timechart finishes"),
    FLAG("append", append, "with prestats=true: add to the results so far"),
    {0},
};

static bool asks(const tstats *t, const char *name)
{
    for (size_t i = 0; i < t->names.len; i++)
        if (spl_str_is(t->names.data[i], name)) return true;
    return false;
}

static bool is_value(const spl_node *aggregate)
{
    return aggregate->n_kids == 1 && spl_str_is(aggregate->kids[0]->text, "_value");
}

static bool is_rate(const spl_node *aggregate)
{
    return spl_str_iis(aggregate->text, "rate_avg") || spl_str_iis(aggregate->text, "rate_sum");
}

/* Dimensions that Splunk does not know in metrics (Search Reference, mstats, "Time dimensions"). */
static bool knows_dimension(tstats *t, spl_span span, spl_str name)
{
    static const char *const times[] = {"date_hour", "date_mday",  "date_minute", "date_month",       "date_second",
                                        "date_wday", "date_year",  "date_zone",   "metric_timestamp", "time",
                                        "timestamp", "timeendpos", "timestartpos"};

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (!spl_str_is(name, times[i])) continue;
        spl_bad_argument(t->binder, span, "\"%s\" is no dimension of metrics", times[i]);
        spl_hint(t->binder->diag, "By time: span=1h makes a row for each hour, earliest= and latest= give a range.");
        return false;
    }
    return true;
}

static bool check_functions(tstats *t)
{
    static const char *const known[] = {
        "avg",    "mean",        "c",    "count",    "max",      "median", "min",      "range",
        "stdev",  "stdevp",      "sum",  "sumsq",    "var",      "varp",   "earliest", "earliest_time",
        "latest", "latest_time", "rate", "rate_avg", "rate_sum", NULL};
    static const char *const percentiles[] = {"perc", "p", "upperperc", "exactperc", NULL};

    for (size_t i = 0; i < t->aggregates.len; i++) {
        const spl_node *node = t->aggregates.data[i];
        spl_str field = node->n_kids ? node->kids[0]->text : SPL_S("");
        bool good = false;
        int64_t number;

        for (size_t k = 0; known[k]; k++) good |= spl_str_iis(node->text, known[k]);
        for (size_t k = 0; percentiles[k]; k++) {
            size_t len = strlen(percentiles[k]);

            good |= node->text.len > len && spl_str_iis(spl_str_sub(node->text, 0, len), percentiles[k]) &&
                    spl_num_int(spl_str_sub(node->text, len, node->text.len), &number);
        }
        if (!good) {
            spl_bad_argument(t->binder, node->span, "mstats has no function \"%.*s\"", SPL_FMT(node->text));
            spl_hint(t->binder->diag, "It has avg, count, earliest, earliest_time, latest, latest_time, max, median, "
                                      "min, perc<n>, range, rate, rate_avg, rate_sum, stdev, stdevp, sum, sumsq, "
                                      "upperperc<n>, var and varp. Values of dimensions are listed by mcatalog.");
            return false;
        }
        if (!field.len || spl_str_is(field, "_value")) continue;
        if (field.data[0] == '_' || spl_str_is(field, "metric_name")) {
            spl_bad_argument(t->binder, node->span, "mstats computes over metrics and _value, not over \"%.*s\"",
                             SPL_FMT(field));
            return false;
        }
        if (node->alias && spl_str_count(field, '*') &&
            spl_str_count(node->alias->text, '*') != spl_str_count(field, '*')) {
            spl_bad_argument(t->binder, node->alias->span, "AS \"%.*s\" must have as many * as the metric \"%.*s\"",
                             SPL_FMT(node->alias->text), SPL_FMT(field));
            return false;
        }
        if (is_rate(node) && spl_wildcard_has(field)) {
            spl_bad_argument(t->binder, node->span, "%.*s takes one metric, no wildcards", SPL_FMT(node->text));
            return false;
        }
    }
    return true;
}

/* WHERE compares dimensions, and holds no words. *KNOWN: all of it is known, as in a check it may not be. */
static bool check_where(tstats *t, const spl_node *node, bool *known, bool *names_metric)
{
    if (node->kind == SPL_NODE_HOLE || node->kind == SPL_NODE_PIPELINE) *known = false;
    if (node->kind == SPL_NODE_TERM || node->kind == SPL_NODE_DIRECTIVE) {
        if (spl_str_is(node->text, "*") && node->kind == SPL_NODE_TERM) return true;
        spl_bad_argument(t->binder, node->span, "WHERE of %s takes comparisons, no words and no CASE() or TERM()",
                         t->stage->command->name);
        return false;
    }
    if (node->kind == SPL_NODE_COMPARE || node->kind == SPL_NODE_AMONG) {
        *names_metric |= spl_str_is(node->text, "metric_name");
        if (!knows_dimension(t, node->span, node->text)) return false;
    }
    for (uint32_t i = 0; i < node->n_kids; i++) {
        if (node->kind == SPL_NODE_AMONG || node->kind == SPL_NODE_COMPARE) {
            if (node->kids[i]->kind != SPL_NODE_DIRECTIVE) continue;
        }
        if (!check_where(t, node->kids[i], known, names_metric)) return false;
    }
    return true;
}

static bool check_by(tstats *t)
{
    for (uint32_t i = 0; t->by && i < t->by->n_kids; i++) {
        const spl_node *node = t->by->kids[i];

        if (node->kind == SPL_NODE_HOLE) continue;
        if (spl_str_is(node->text, "_value") || spl_str_is(node->text, "_time")) {
            spl_bad_argument(t->binder, node->span, "BY of %s cannot group by \"%.*s\"", t->stage->command->name,
                             SPL_FMT(node->text));
            if (spl_str_is(node->text, "_time"))
                spl_hint(t->binder->diag, "span=5m alone makes a row for each five minutes.");
            return false;
        }
        if (!knows_dimension(t, node->span, node->text)) return false;
    }
    return true;
}

/* What the page refuses: Search Reference, mstats, "Aggregations", "WHERE clause", "Group results". */
static bool check_metrics(tstats *t, bool catalog)
{
    spl_binder *binder = t->binder;
    const spl_node *metric = NULL, *value = NULL;
    bool known = !binder->holes, names_metric = false;
    const spl_node *by = NULL;

    for (uint32_t i = 0; i < t->stage->n_kids; i++) {
        const spl_node *node = t->stage->kids[i];

        if (node->kind != SPL_NODE_CLAUSE) continue;
        if (!spl_str_is(node->text, "where"))
            by = node;
        else if (by)
            return spl_bad_argument(binder, node->name_span, "WHERE must stand before BY");
    }
    if (t->where && !check_where(t, t->where, &known, &names_metric)) return false;
    if (!check_by(t)) return false;
    if (catalog) return true;
    if (!check_functions(t)) return false;
    for (size_t i = 0; i < t->aggregates.len; i++) {
        if (!t->aggregates.data[i]->n_kids) continue;
        if (is_value(t->aggregates.data[i]))
            value = t->aggregates.data[i];
        else
            metric = t->aggregates.data[i];
    }
    if (metric && value) {
        spl_bad_argument(binder, value->span, "functions of _value and of metrics cannot stand in one mstats");
        return false;
    }
    if (metric && names_metric) {
        spl_bad_argument(binder, t->where->span, "with a function of a metric WHERE cannot compare metric_name");
        spl_hint(binder->diag, "The function names the metric; or take avg(_value) WHERE metric_name=….");
        return false;
    }
    if (value && known && !names_metric) {
        spl_bad_argument(binder, value->span, "a function of _value needs WHERE metric_name=…");
        spl_hint(binder->diag, "For example: mstats avg(_value) WHERE metric_name=cpu.* AND index=metrics");
        return false;
    }
    return true;
}

static bool check_catalog(tstats *t)
{
    spl_binder *binder = t->binder;

    if (t->span) return spl_bad_argument(binder, t->span->span, "mcatalog does not group by time");
    for (size_t i = 0; i < t->aggregates.len; i++) {
        const spl_node *node = t->aggregates.data[i];

        if (!spl_str_iis(node->text, "values") || node->n_kids != 1)
            return spl_bad_argument(binder, node->span, "mcatalog takes values(<field>) only");
        if (spl_str_is(node->kids[0]->text, "_value") || spl_str_is(node->kids[0]->text, "_values")) {
            spl_bad_argument(binder, node->span, "mcatalog lists names and dimensions, no measurements");
            spl_hint(binder->diag, "mstats computes over them.");
            return false;
        }
        if (!knows_dimension(t, node->span, node->kids[0]->text)) return false;
    }
    return true;
}

/* NODE of WHERE with its values in CASE(): metrics are searched with case. */
static spl_node *with_case(spl_binder *binder, spl_node *node)
{
    bool values = (node->kind == SPL_NODE_COMPARE || node->kind == SPL_NODE_AMONG) && !spl_str_is(node->text, "index");
    spl_node *copy = SPL_NEW(binder->arena, spl_node);

    *copy = *node;
    copy->kids = SPL_NEW_ARRAY(binder->arena, node->n_kids, spl_node *);
    for (uint32_t i = 0; i < node->n_kids; i++) {
        copy->kids[i] = node->kids[i];
        if (values && node->kids[i]->kind == SPL_NODE_WORD) {
            copy->kids[i] = spl_expand_node(binder, node->kids[i], SPL_NODE_DIRECTIVE, node->kids[i]->text);
            copy->kids[i]->op = SPL_OP_CASE;
        } else if (node->kind == SPL_NODE_AND || node->kind == SPL_NODE_OR || node->kind == SPL_NODE_NOT) {
            copy->kids[i] = with_case(binder, node->kids[i]);
        }
    }
    return copy;
}

/* Whether all of NODE is about fields that events have before they are data points. */
static bool of_events(const spl_node *node)
{
    if ((node->kind == SPL_NODE_COMPARE || node->kind == SPL_NODE_AMONG) &&
        (spl_str_is(node->text, "metric_name") || (node->text.len && node->text.data[0] == '_')))
        return false;
    for (uint32_t i = 0; i < node->n_kids; i++)
        if (!of_events(node->kids[i])) return false;
    return true;
}

/* What of WHERE is about events goes to the first search; the rest, which stays, waits for their data points. */
static void split_where(tstats *t, spl_node *search)
{
    spl_arena *arena = t->binder->arena;
    spl_node *where = t->where;
    node_list now = {0}, later = {0};
    uint32_t n = where && where->kind == SPL_NODE_AND ? where->n_kids : where ? 1 : 0;

    for (size_t i = 0; i < t->times.len; i++) SPL_PUSH(arena, &now, t->times.data[i]);
    for (uint32_t i = 0; i < n; i++) {
        spl_node *term = where->kind == SPL_NODE_AND ? where->kids[i] : where;

        if (of_events(term))
            SPL_PUSH(arena, &now, term);
        else
            SPL_PUSH(arena, &later, term);
    }
    if (now.len) spl_expand_add(t->binder, search, and_of(t->binder, NULL, &now));
    t->where = and_of(t->binder, NULL, &later);
}

/* The aggregate AT as FUNCTION of FIELD, by the name that it has. */
static void replace_aggregate(tstats *t, size_t at, const char *function, spl_str field)
{
    spl_arena *arena = t->binder->arena;
    spl_node *node = t->aggregates.data[at], *copy = SPL_NEW(arena, spl_node);

    *copy = *node;
    if (!copy->alias)
        copy->alias = spl_expand_node(t->binder, node, SPL_NODE_WORD,
                                      spl_strf(arena, "%.*s(%.*s)", SPL_FMT(node->text), SPL_FMT(node->kids[0]->text)));
    if (function) copy->text = spl_str_of(function);
    copy->kids = SPL_NEW_ARRAY(arena, 1, spl_node *);
    copy->kids[0] = spl_expand_node(t->binder, node->kids[0], SPL_NODE_FIELD, field);
    t->aggregates.data[at] = copy;
}

/* rate_avg(), rate_sum(): the rate of each time series of each group, at its first data point. */
static void add_rates(tstats *t, spl_buf *tail)
{
    spl_arena *arena = t->binder->arena;
    spl_buf names = spl_buf_in(arena), by = spl_buf_in(arena);
    bool first = true;

    if (by_names(t, &names, " ")) spl_buf_add(&by, spl_buf_str(&names));
    for (size_t i = 0; i < t->aggregates.len; i++) {
        const spl_node *node = t->aggregates.data[i];
        spl_str field, rate = spl_strf(arena, "spl_rate%zu", i);

        if (!is_rate(node)) continue;
        field = node->kids[0]->text;
        if (first) {
            spl_buf_puts(tail, " | eval spl_bin=");
            spl_buf_puts(tail, t->span ? "_time | bin spl_bin" : "0");
            if (t->span && !spl_str_iis(t->span->kids[0]->text, "auto"))
                spl_buf_printf(tail, " span=%.*s", SPL_FMT(t->span->kids[0]->text));
            first = false;
        }
        spl_buf_puts(tail, " | eventstats rate(");
        spl_text_quote(tail, field);
        spl_buf_printf(tail, ") AS %.*s by spl_bin _timeseries%.*s | streamstats count(", SPL_FMT(rate),
                       SPL_FMT(spl_buf_str(&by)));
        spl_text_quote(tail, field);
        spl_buf_printf(
            tail, ") AS spl_n by spl_bin _timeseries%.*s | eval %.*s=if(isnotnull('%.*s') AND spl_n=1,%.*s,null())",
            SPL_FMT(spl_buf_str(&by)), SPL_FMT(rate), SPL_FMT(field), SPL_FMT(rate));
        replace_aggregate(t, i, spl_str_iis(node->text, "rate_avg") ? "avg" : "sum", rate);
    }
}

/* every=: the first span of each. False: refused. */
static bool add_every(tstats *t, spl_buf *tail)
{
    spl_binder *binder = t->binder;
    spl_span_time span, every;
    const spl_str text = t->args.every;
    double length, each;

    if (!text.len) return true;
    if (!t->span || !spl_timespan(t->span->kids[0]->text, &span))
        return spl_bad_argument(binder, t->stage->span, "every= needs span=<a length of time>");
    length = spl_span_seconds(span);
    each = spl_timespan(text, &every) ? spl_span_seconds(every) : 0;
    if (!(each > length)) return spl_option_refuse(binder, t->stage, t->options, "every");
    spl_buf_puts(tail, " | eval spl_every=_time | bin spl_every span=");
    if (each >= 28 * 86400.0)
        spl_buf_printf(tail, "%.0fd", each / 86400); /* a month is 30 days, a year 365 */
    else
        spl_buf_add(tail, text);
    spl_buf_printf(tail, " | where _time<spl_every+%.6f | fields - spl_every", length);
    return true;
}

/* chart=true: timechart finishes it, or chart where there is no span. NULL: refused. */
static spl_node *chart_stage(tstats *t)
{
    spl_binder *binder = t->binder;
    uint32_t fields = t->by ? t->by->n_kids : 0;
    spl_node *chart = spl_expand_stage(binder, t->stage, t->span ? "timechart" : "chart");

    if (t->args.prestats) {
        spl_bad_argument(binder, t->stage->span, "chart=true does not go with prestats=true");
        return NULL;
    }
    if (fields > (t->span ? 1 : 2) || (!t->span && !fields && !binder->holes)) {
        spl_bad_argument(binder, t->stage->span,
                         t->span ? "chart=true with span= takes one BY field at most"
                                 : "chart=true without span= takes one or two BY fields");
        return NULL;
    }
    if (t->span && !spl_str_iis(t->span->kids[0]->text, "auto")) spl_expand_add(binder, chart, t->span);
    for (size_t i = 0; i < t->chart_options.len; i++) spl_expand_add(binder, chart, t->chart_options.data[i]);
    for (size_t i = 0; i < t->aggregates.len; i++) spl_expand_add(binder, chart, t->aggregates.data[i]);
    if (fields) spl_expand_add(binder, chart, t->by);
    return chart;
}

/* How events become data points. */
static void settle_points(tstats *t, bool catalog, spl_metric_points *wants)
{
    spl_arena *arena = t->binder->arena;
    spl_str *names = SPL_NEW_ARRAY(arena, t->aggregates.len + 1, spl_str);

    *wants = (spl_metric_points){.names = names, .bare = t->args.prestats || catalog};
    wants->rows = asks(t, "metric_name") || asks(t, "_value");
    wants->series = asks(t, "_dims") || asks(t, "_timeseries");
    for (size_t i = 0; i < t->aggregates.len; i++) {
        const spl_node *node = t->aggregates.data[i];

        wants->rows |= node->n_kids == 0;
        wants->series |= is_rate(node) && !t->args.prestats;
        if (node->n_kids && !is_value(node) && !catalog) names[wants->n_names++] = node->kids[0]->text;
    }
    wants->fields = wants->n_names > 0;
    if (t->aggregates.len > wants->n_names) wants->n_names = 0; /* some look at all */
    for (size_t i = 0; i < t->aggregates.len && !wants->bare; i++) {
        const spl_node *node = t->aggregates.data[i];

        if (node->n_kids && !is_value(node))
            replace_aggregate(t, i, NULL, spl_strf(arena, SPL_METRIC_PREFIX "%.*s", SPL_FMT(node->kids[0]->text)));
    }
}

static const spl_node *metrics_expand(spl_binder *binder, const spl_node *stage, bool catalog)
{
    tstats *t = SPL_NEW(binder->arena, tstats);
    spl_node *out = spl_expand_node(binder, stage, SPL_NODE_PIPELINE, SPL_S("")), *search;
    spl_buf text = spl_buf_in(binder->arena);
    spl_metric_points wants;
    const spl_node *instead;

    t->binder = binder;
    t->stage = stage;
    t->options = catalog ? mcatalog_options : mstats_options;
    t->example = catalog ? "values(metric_name) where index=metrics" : "avg(cpu.user) where index=metrics by host";
    t->metrics = true;
    if (!take_parts(t) || !check_place(t, &instead)) return NULL;
    if (!check_metrics(t, catalog) || (catalog && !check_catalog(t))) return NULL;
    if (instead) return instead;
    if (t->chart_options.len && !t->args.chart) {
        spl_bad_argument(binder, t->chart_options.data[0]->span, "options of chart need chart=true");
        return NULL;
    }
    if (t->where) {
        note_names(t, t->where);
        t->where = rest_of(t, t->where);
        if (t->where) t->where = with_case(binder, t->where);
    }
    search = spl_expand_stage(binder, stage, "search");
    split_where(t, search);
    spl_expand_add(binder, out, search);
    settle_points(t, catalog, &wants);
    spl_expand_add(binder, out, spl_metric_points_stage(binder, stage, &wants));
    if (t->where) {
        search = spl_expand_stage(binder, t->where, "search");
        spl_expand_add(binder, search, t->where);
        spl_expand_add(binder, out, search);
    }
    if (!add_every(t, &text)) return NULL;
    add_fillnull(t, &text);
    if (!t->args.prestats) add_rates(t, &text);
    if (!add_text(t, out, spl_buf_str(&text))) return NULL;
    if (t->args.chart) {
        spl_node *chart = chart_stage(t);

        if (chart) spl_expand_add(binder, out, chart);
        return chart ? out : NULL;
    }
    if (t->span) { /* a span makes rows by time without BY saying so */
        spl_node *by = spl_expand_node(binder, stage, SPL_NODE_CLAUSE, SPL_S("by"));

        spl_expand_add(binder, by, spl_expand_node(binder, stage, SPL_NODE_WORD, SPL_S("_time")));
        if (t->by) spl_expand_add_all(binder, by, t->by->kids, t->by->n_kids);
        t->by = by;
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
    .syntax = "mstats [chart=<bool> [chart.<option>=<value>] …] [prestats=<bool>] [append=<bool>] "
              "[fillnull_value=<text>] <aggregate>(<metric>) [AS <field>] … [WHERE <comparisons>] [BY <field> …] "
              "[span=<span> [every=<span>]]",
    .example = NULL,
    .differs =
        "There is no metrics index: metrics are events with numbers named metric_name:x, or with metric_name and "
        "_value.",
    .args = SPL_ARGS_STATS, .segments = metric_segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS,
    .options = mstats_options, .op_size = sizeof(spl_op), .expand = mstats_expand);

SPL_COMMAND(mcatalog, .summary = "Lists the names of metrics, or the values of their dimensions.",
            .syntax = "mcatalog [prestats=<bool>] [append=<bool>] values(<field>) [AS <field>] … [WHERE <comparisons>] "
                      "[BY <field> …]",
            .example = NULL, .differs = "Metrics are found as by mstats.", .args = SPL_ARGS_STATS,
            .segments = metric_segments, .traits = SPL_GENERATES | SPL_ADDS_ROWS, .options = mcatalog_options,
            .op_size = sizeof(spl_op), .expand = mcatalog_expand);
