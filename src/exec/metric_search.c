/* metric_search.c -- see metric_search.h. */
#include "exec/metric_search.h"

const spl_segment spl_metric_search_segments[] = {{.keyword = "where", .shape = SPL_ARGS_SEARCH, .again = true},
                                                  {.keyword = "by", .shape = SPL_ARGS_PLAIN},
                                                  {.keyword = "groupby", .shape = SPL_ARGS_PLAIN},
                                                  {0}};

/* ---- what is refused: Search Reference, mstats, "WHERE clause", "Group results", "Time dimensions" ---- */

bool spl_metric_search_dimension(spl_binder *binder, spl_span span, spl_str name)
{
    static const char *const times[] = {"date_hour", "date_mday",  "date_minute", "date_month",       "date_second",
                                        "date_wday", "date_year",  "date_zone",   "metric_timestamp", "time",
                                        "timestamp", "timeendpos", "timestartpos"};

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (!spl_str_is(name, times[i])) continue;
        spl_bad_argument(binder, span, "\"%s\" is no dimension of metrics", times[i]);
        spl_hint(binder->diag, "By time: span=1h makes a row for each hour, earliest= and latest= give a range.");
        return false;
    }
    return true;
}

static bool compares(const spl_node *node)
{
    return node->kind == SPL_NODE_COMPARE || node->kind == SPL_NODE_AMONG;
}

/* WHERE compares dimensions, and holds no words. *KNOWN: all of it is known, as in a check it may not be. */
static bool check_where(const spl_stats_search *s, const spl_node *node, bool *known, bool *names_metric)
{
    if (node->kind == SPL_NODE_HOLE || node->kind == SPL_NODE_PIPELINE) *known = false;
    if (node->kind == SPL_NODE_TERM || node->kind == SPL_NODE_DIRECTIVE) {
        if (spl_str_is(node->text, "*") && node->kind == SPL_NODE_TERM) return true;
        return spl_bad_argument(s->binder, node->span,
                                "WHERE of %s takes comparisons, no words and no CASE() or TERM()",
                                s->stage->command->name);
    }
    if (compares(node)) {
        *names_metric |= spl_str_is(node->text, "metric_name");
        if (!spl_metric_search_dimension(s->binder, node->span, node->text)) return false;
    }
    for (uint32_t i = 0; i < node->n_kids; i++) {
        if (compares(node) && node->kids[i]->kind != SPL_NODE_DIRECTIVE) continue; /* a value */
        if (!check_where(s, node->kids[i], known, names_metric)) return false;
    }
    return true;
}

static bool check_by(const spl_stats_search *s)
{
    for (uint32_t i = 0; s->by && i < s->by->n_kids; i++) {
        const spl_node *node = s->by->kids[i];

        if (node->kind == SPL_NODE_HOLE) continue;
        if (spl_str_is(node->text, "_value") || spl_str_is(node->text, "_time")) {
            spl_bad_argument(s->binder, node->span, "BY of %s cannot group by \"%.*s\"", s->stage->command->name,
                             SPL_FMT(node->text));
            if (spl_str_is(node->text, "_time"))
                spl_hint(s->binder->diag, "span=5m alone makes a row for each five minutes.");
            return false;
        }
        if (!spl_metric_search_dimension(s->binder, node->span, node->text)) return false;
    }
    return true;
}

bool spl_metric_search_check(const spl_stats_search *s, bool *names_metric, bool *known)
{
    const spl_node *by = NULL;

    *names_metric = false;
    *known = !s->binder->holes;
    for (uint32_t i = 0; i < s->stage->n_kids; i++) {
        const spl_node *node = s->stage->kids[i];

        if (node->kind != SPL_NODE_CLAUSE) continue;
        if (!spl_str_is(node->text, "where"))
            by = node;
        else if (by)
            return spl_bad_argument(s->binder, node->name_span, "WHERE must stand before BY");
    }
    return (!s->where || check_where(s, s->where, known, names_metric)) && check_by(s);
}

/* ---- stages ---- */

/* NODE of WHERE with its values in CASE(): metrics are searched with case. */
static spl_node *with_case(spl_binder *binder, spl_node *node)
{
    bool values = compares(node) && !spl_str_is(node->text, "index");
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
    if (compares(node) && (spl_str_is(node->text, "metric_name") || (node->text.len && node->text.data[0] == '_')))
        return false;
    for (uint32_t i = 0; i < node->n_kids; i++)
        if (!of_events(node->kids[i])) return false;
    return true;
}

/* What of WHERE is about events goes to the first search; the rest, which stays, waits for their data points. */
static void add_search(spl_stats_search *s, spl_node *out)
{
    spl_arena *arena = s->binder->arena;
    spl_node *search = spl_expand_stage(s->binder, s->stage, "search"), *where = s->where;
    spl_node_list now = {0}, later = {0};
    bool several = where && where->kind == SPL_NODE_AND;

    for (size_t i = 0; i < s->times.len; i++) SPL_PUSH(arena, &now, s->times.data[i]);
    for (uint32_t i = 0; i < (several ? where->n_kids : where ? 1 : 0); i++) {
        spl_node *term = several ? where->kids[i] : where;

        if (of_events(term))
            SPL_PUSH(arena, &now, term);
        else
            SPL_PUSH(arena, &later, term);
    }
    if (now.len) spl_expand_add(s->binder, search, spl_expand_and(s->binder, NULL, &now));
    s->where = spl_expand_and(s->binder, NULL, &later);
    spl_expand_add(s->binder, out, search);
}

static bool asks(const spl_stats_search *s, const char *name)
{
    for (size_t i = 0; i < s->names.len; i++)
        if (spl_str_is(s->names.data[i], name)) return true;
    return false;
}

void spl_metric_search_stages(spl_stats_search *s, spl_node *out, spl_metric_points *wants)
{
    spl_stats_search_names(s);
    spl_stats_search_split(s, spl_stats_search_time);
    if (s->where) s->where = with_case(s->binder, s->where);
    add_search(s, out);
    wants->rows |= asks(s, "metric_name") || asks(s, "_value");
    wants->series |= asks(s, "_dims") || asks(s, "_timeseries");
    spl_expand_add(s->binder, out, spl_metric_points_stage(s->binder, s->stage, wants));
    spl_stats_search_where(s, out);
}
