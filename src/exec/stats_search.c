/* stats_search.c -- see stats_search.h. */
#include "exec/stats_search.h"

#include "base/wildcard.h"
#include "exec/by.h"

/* ---- aggregates ---- */

/* The field "x=" of PREFIX(x=), which is in small letters as an index's terms are. False: refused. */
static bool prefix_name(spl_stats_search *s, const spl_node *node, spl_str *out)
{
    spl_str name = *out = node->text;
    spl_buf small = spl_buf_in(s->binder->arena);
    bool capitals = false;

    for (size_t i = 0; i < name.len; i++) {
        spl_buf_char(&small, spl_ascii_lower(name.data[i]));
        capitals |= spl_ascii_lower(name.data[i]) != name.data[i];
    }
    if (capitals) {
        spl_bad_argument(s->binder, node->span, "the text in PREFIX() must be in small letters");
        spl_hint(s->binder->diag, "PREFIX(%.*s) finds capitals too.", SPL_FMT(spl_buf_str(&small)));
        return false;
    }

    for (size_t i = 0; i < s->prefixes.len; i++)
        if (spl_str_eq(s->prefixes.data[i], name)) return true;
    SPL_PUSH(s->binder->arena, &s->prefixes, name);
    return true;
}

/* The field of PREFIX() in AGGREGATE, which is called what it says. NULL: refused. */
static spl_node *prefix_field(spl_stats_search *s, const spl_node *prefix, spl_node *aggregate)
{
    spl_binder *binder = s->binder;
    spl_str name;

    if (prefix->op != SPL_OP_PREFIX) {
        spl_bad_argument(binder, prefix->span, "an aggregation takes a field or PREFIX() here");
        return NULL;
    }
    if (!prefix_name(s, prefix, &name)) return NULL;
    if (!aggregate->alias)
        aggregate->alias =
            spl_expand_node(binder, aggregate, SPL_NODE_WORD,
                            spl_strf(binder->arena, "%.*s(%.*s)", SPL_FMT(aggregate->text), SPL_FMT(prefix->text)));
    return spl_expand_node(binder, prefix, SPL_NODE_FIELD, name);
}

/* What stands for NODE in AGGREGATE. NULL: refused. */
static spl_node *argument_of(spl_stats_search *s, spl_node *node, spl_node *aggregate)
{
    spl_binder *binder = s->binder;

    switch (node->kind) {
    case SPL_NODE_HOLE: return node;
    case SPL_NODE_DIRECTIVE: return prefix_field(s, node, aggregate);
    case SPL_NODE_FIELD:
        if (!s->metrics && spl_wildcard_has(node->text)) {
            spl_bad_argument(binder, node->span, "%s takes no wildcards in its aggregations", s->stage->command->name);
            spl_hint(binder->diag, "Name the fields one by one, or begin with a search, and use stats.");
            return NULL;
        }
        SPL_PUSH(binder->arena, &s->names, node->text);
        return node;
    default:
        spl_bad_argument(binder, node->span, "%s takes fields in its aggregations, no expressions",
                         s->stage->command->name);
        spl_hint(binder->diag, "Begin with a search, and use stats.");
        return NULL;
    }
}

bool spl_stats_search_aggregate(spl_stats_search *s, const spl_node *node)
{
    spl_binder *binder = s->binder;
    spl_node *copy = SPL_NEW(binder->arena, spl_node);

    if (node->n_kids == 0 && !spl_str_iis(node->text, "count") && !spl_str_iis(node->text, "c"))
        return spl_bad_argument(binder, node->span, "%s needs a field in %.*s(): only count goes without",
                                s->stage->command->name, SPL_FMT(node->text));
    *copy = *node;
    copy->kids = SPL_NEW_ARRAY(binder->arena, node->n_kids, spl_node *);
    for (uint32_t i = 0; i < node->n_kids; i++) {
        copy->kids[i] = argument_of(s, node->kids[i], copy);
        if (!copy->kids[i]) return false;
    }
    SPL_PUSH(binder->arena, &s->aggregates, copy);
    return true;
}

/* ---- options ---- */

static bool is_span(const spl_node *node)
{
    return node->kind == SPL_NODE_OPTION && spl_str_iis(node->text, "span");
}

const spl_option spl_stats_search_by_options[] = {SPL_BIN_SPAN("span", "how long a span of _time is"), {0}};

static bool has_option(const spl_option *options, const spl_node *node)
{
    for (const spl_option *option = options; option && option->name; option++)
        if (spl_str_iis(node->text, option->name)) return true;
    return false;
}

static bool is_chart_option(const spl_node *node)
{
    return node->text.len > 6 && spl_str_iis(spl_str_sub(node->text, 0, 6), "chart.");
}

/* Onto OWN, whose options are read by the table, or for chart. */
static void sort_option(spl_stats_search *s, spl_node *own, spl_node *node)
{
    spl_node *copy;

    if (!s->charted || !is_chart_option(node)) {
        spl_expand_add(s->binder, own, node);
        return;
    }
    copy = SPL_NEW(s->binder->arena, spl_node);
    *copy = *node;
    copy->text = spl_str_sub(node->text, 6, node->text.len);
    SPL_PUSH(s->binder->arena, s->charted, copy);
}

/* The command's options may stand in clauses too. */
static bool take_from_clause(spl_stats_search *s, spl_node *own, const spl_node *clause)
{
    const spl_option *more = spl_segment_of(s->stage->command, clause->text)->options;
    bool good = true;

    for (uint32_t k = 0; k < clause->n_kids; k++) {
        spl_node *node = clause->kids[k];

        if (node->kind != SPL_NODE_OPTION || has_option(more, node)) continue;
        if (!has_option(s->options, node))
            good = spl_option_unknown(s->binder, node, s->options, more);
        else
            sort_option(s, own, node);
    }
    return good;
}

static bool take_options(spl_stats_search *s)
{
    const spl_node *stage = s->stage;
    spl_node *own = spl_expand_node(s->binder, stage, SPL_NODE_STAGE, stage->text);
    bool good = true;

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        spl_node *node = stage->kids[i];

        if (is_span(node)) s->span = node;
        if (node->kind == SPL_NODE_OPTION && (s->metrics || !is_span(node))) sort_option(s, own, node);
        if (node->kind == SPL_NODE_CLAUSE) good &= take_from_clause(s, own, node);
    }
    return spl_options_take(s->binder, own, s->options, s) && good;
}

/* ---- clauses ---- */

static bool take_by_field(spl_stats_search *s, spl_node *node)
{
    spl_binder *binder = s->binder;
    spl_str name;

    if (node->kind == SPL_NODE_HOLE) {
        spl_expand_add(binder, s->by, node);
        return true;
    }
    if (is_span(node)) {
        s->span = node;
        return true;
    }
    if (node->kind == SPL_NODE_OPTION) return true; /* taken with the others */
    if (node->kind == SPL_NODE_DIRECTIVE && node->op == SPL_OP_PREFIX) {
        if (!prefix_name(s, node, &name)) return false;
        spl_expand_add(binder, s->by, spl_expand_node(binder, node, SPL_NODE_WORD, name));
        return true;
    }
    if (!spl_args_name(node, &name))
        return spl_bad_argument(binder, node->span, "BY takes fields and, for _time, span=");
    if (memchr(name.data, '*', name.len)) return spl_bad_argument(binder, node->span, "BY takes no wildcards");
    SPL_PUSH(binder->arena, &s->names, name);
    if (node->kind == SPL_NODE_CALL) node = spl_expand_node(binder, node, SPL_NODE_WORD, name);
    spl_expand_add(binder, s->by, node);
    return true;
}

static bool take_by(spl_stats_search *s, const spl_node *clause)
{
    bool good = true;

    if (s->by) good = spl_bad_argument(s->binder, clause->name_span, "a second BY");
    s->by = spl_expand_node(s->binder, clause, SPL_NODE_CLAUSE, SPL_S("by"));
    for (uint32_t i = 0; i < clause->n_kids; i++) good = take_by_field(s, clause->kids[i]) && good;
    if (!s->by->n_kids && good) good = spl_bad_argument(s->binder, clause->span, "BY needs a field");
    return good;
}

static bool take_where(spl_stats_search *s, const spl_node *clause)
{
    spl_binder *binder = s->binder;
    spl_node *all = spl_expand_node(binder, clause, SPL_NODE_AND, SPL_S(""));
    bool good = true;

    if (s->where) good = spl_bad_argument(binder, clause->name_span, "a second WHERE");
    for (uint32_t i = 0; i < clause->n_kids; i++) {
        spl_node *node = clause->kids[i];

        if (is_span(node)) s->span = node;
        if (node->kind != SPL_NODE_OPTION) spl_expand_add(binder, all, node);
    }
    if (!all->n_kids) return spl_bad_argument(binder, clause->span, "WHERE needs a search expression");
    s->where = all->n_kids == 1 ? all->kids[0] : all;
    return good;
}

static bool take_part(spl_stats_search *s, const spl_node *node)
{
    switch (node->kind) {
    case SPL_NODE_OPTION:
    case SPL_NODE_HOLE: return true;
    case SPL_NODE_AGGREGATE: return spl_stats_search_aggregate(s, node);
    case SPL_NODE_CLAUSE:
        if (spl_str_is(node->text, "from")) return s->take_from(s, node);
        if (spl_str_is(node->text, "where")) return take_where(s, node);
        return take_by(s, node);
    default:
        return spl_bad_argument(s->binder, node->span, "%s takes aggregations,%s WHERE and BY", s->stage->command->name,
                                s->take_from ? " FROM," : "");
    }
}

/* ---- the stage as a whole ---- */

/* Behind another command: append [ | tstats … ]. */
static const spl_node *appended(const spl_stats_search *s)
{
    spl_binder *binder = s->binder;
    spl_node *pipeline = spl_expand_node(binder, s->stage, SPL_NODE_PIPELINE, SPL_S(""));
    spl_node *outer = spl_expand_node(binder, s->stage, SPL_NODE_PIPELINE, SPL_S(""));
    spl_node *inner = SPL_NEW(binder->arena, spl_node), *append = spl_expand_stage(binder, s->stage, "append");
    spl_node *maxout = spl_expand_node(binder, s->stage, SPL_NODE_OPTION, SPL_S("maxout"));

    *inner = *s->stage;
    inner->n_kids = 0;
    for (uint32_t i = 0; i < s->stage->n_kids; i++) {
        spl_node *kid = s->stage->kids[i];

        if (kid->kind != SPL_NODE_OPTION || !spl_str_iis(kid->text, "append")) spl_expand_add(binder, inner, kid);
    }
    spl_expand_add(binder, pipeline, inner);
    spl_expand_add(binder, maxout, spl_expand_node(binder, s->stage, SPL_NODE_WORD, SPL_S("0")));
    spl_expand_add(binder, append, maxout);
    spl_expand_add(binder, append, pipeline);
    spl_expand_add(binder, outer, append);
    return outer;
}

/* Whether it may stand where it does. */
static bool check_place(spl_stats_search *s, const spl_node **instead)
{
    spl_binder *binder = s->binder;
    const char *name = s->stage->command->name;

    *instead = NULL;
    if (s->append) {
        if (!s->prestats) {
            spl_bad_argument(binder, s->stage->span, "append=true needs prestats=true");
            spl_hint(binder->diag, "To add finished rows use append [ | %s … ].", name);
            return false;
        }
        if (!binder->first) *instead = appended(s);
    } else if (!binder->first) {
        spl_bad_argument(binder, s->stage->name_span, "the command \"%s\" must be the first of its search", name);
        spl_hint(binder->diag, "It makes its own rows; to add them to these, use append [ | %s … ].", name);
        return false;
    }
    return true;
}

bool spl_stats_search_take(spl_stats_search *s, const spl_node **instead)
{
    bool good = true;

    if (!take_options(s)) return false;
    for (uint32_t i = 0; i < s->stage->n_kids; i++) good = take_part(s, s->stage->kids[i]) && good;
    if (!good) return false;
    if (!s->aggregates.len) return spl_lacks(s->binder, NULL, "an aggregation", s->example);
    return check_place(s, instead);
}

/* ---- WHERE ---- */

static void note_names(spl_stats_search *s, const spl_node *node)
{
    if (node->kind == SPL_NODE_COMPARE || node->kind == SPL_NODE_AMONG)
        SPL_PUSH(s->binder->arena, &s->names, node->text);
    for (uint32_t i = 0; i < node->n_kids; i++) note_names(s, node->kids[i]);
}

void spl_stats_search_names(spl_stats_search *s)
{
    if (s->where) note_names(s, s->where);
}

bool spl_stats_search_time(spl_stats_search *s, spl_node *term)
{
    static const char *const names[] = {"earliest",      "latest",        "_index_earliest", "_index_latest",
                                        "starttime",     "endtime",       "timeformat",      "startdaysago",
                                        "enddaysago",    "starthoursago", "endhoursago",     "startminutesago",
                                        "endminutesago", "starttimeu",    "endtimeu"};

    if (term->kind != SPL_NODE_COMPARE || term->op != SPL_OP_EQ) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!spl_str_iis(term->text, names[i])) continue;
        SPL_PUSH(s->binder->arena, &s->times, term);
        return true;
    }
    return false;
}

/* What TAKE leaves of NODE, or NULL. */
static spl_node *rest_of(spl_stats_search *s, spl_node *node, bool (*take)(spl_stats_search *s, spl_node *term))
{
    spl_node *copy;

    if (take(s, node)) return NULL;
    if (node->kind != SPL_NODE_AND) return node;
    copy = SPL_NEW(s->binder->arena, spl_node);
    *copy = *node;
    copy->kids = SPL_NEW_ARRAY(s->binder->arena, node->n_kids, spl_node *);
    copy->n_kids = 0;
    for (uint32_t i = 0; i < node->n_kids; i++) {
        spl_node *kid = rest_of(s, node->kids[i], take);

        if (kid) copy->kids[copy->n_kids++] = kid;
    }
    return copy->n_kids > 1 ? copy : copy->n_kids ? copy->kids[0] : NULL;
}

void spl_stats_search_split(spl_stats_search *s, bool (*take)(spl_stats_search *s, spl_node *term))
{
    if (s->where) s->where = rest_of(s, s->where, take);
}

void spl_stats_search_where(spl_stats_search *s, spl_node *out)
{
    spl_node *search;

    if (!s->where) return;
    search = spl_expand_stage(s->binder, s->where, "search");
    spl_expand_add(s->binder, search, s->where);
    spl_expand_add(s->binder, out, search);
}

/* ---- what stands behind the events ---- */

bool spl_stats_search_text(spl_stats_search *s, spl_node *out, spl_str text)
{
    const spl_node *more;

    if (!text.len) return true;
    more = spl_bind_text(s->binder, s->stage, "tstats", spl_str_of(s->stage->command->name), text);
    if (more) spl_expand_add_all(s->binder, out, more->kids, more->n_kids);
    return more != NULL;
}

bool spl_stats_search_by(const spl_stats_search *s, spl_buf *out, const char *separator)
{
    size_t n = 0;

    for (uint32_t i = 0; s->by && i < s->by->n_kids; i++) {
        if (s->by->kids[i]->kind != SPL_NODE_WORD || spl_str_is(s->by->kids[i]->text, "_time")) continue;
        spl_buf_puts(out, n++ ? separator : " ");
        spl_text_quote(out, s->by->kids[i]->text);
    }
    return n > 0;
}

/* A term begins at a major breaker of segmenters.conf and ends before the next that is one character. */
static void add_prefixes(const spl_stats_search *s, spl_buf *tail)
{
    for (size_t i = 0; i < s->prefixes.len; i++) {
        spl_buf pattern = spl_buf_in(s->binder->arena);

        spl_buf_puts(&pattern,
                     "(?i)(?:^|[\\s\\[\\]<>(){}|!;,'\"*&?+]|%(?:21|26|2526|3B|7C|20|2B|3D|2520|5D|5B|3A|0A|2C|28|29)"
                     "|--)\\Q");
        spl_buf_add(&pattern, s->prefixes.data[i]);
        spl_buf_puts(&pattern, "\\E(?<spl_prefix>[^\\s\\[\\]<>(){}|!;,'\"*&?+]+)");
        spl_buf_puts(tail, " | rex max_match=0 ");
        spl_text_quote(tail, spl_buf_str(&pattern));
        spl_buf_puts(tail, " | eval spl_prefix=lower(spl_prefix) | rename spl_prefix AS ");
        spl_text_quote(tail, s->prefixes.data[i]);
    }
}

static bool by_time(const spl_stats_search *s)
{
    for (uint32_t i = 0; s->by && i < s->by->n_kids; i++)
        if (spl_str_is(s->by->kids[i]->text, "_time")) return true;
    return false;
}

/* span=auto: by the range of the times, which bin finds. False: refused. */
static bool settle_span(spl_stats_search *s, spl_buf *tail)
{
    spl_bin_options options = {0};
    spl_bin bin;
    bool automatic = s->span && s->span->kids[0]->kind == SPL_NODE_WORD && spl_str_iis(s->span->kids[0]->text, "auto");

    if (!s->span || (s->by && !s->by->n_kids)) return true;
    spl_bin_options_take((const spl_node *const *)&s->span, 1, &options);
    if (!automatic && !spl_bin_bind(s->binder, &options, SPL_F_TIME, 0, &bin)) return false;
    if (!by_time(s)) {
        spl_warning(s->binder->diag, s->span->span, "unused-option",
                    "span= does nothing here: _time is not among the BY fields");
        s->span = NULL;
    } else if (automatic) {
        spl_buf_puts(tail, " | bin _time");
        s->span = NULL;
    }
    return true;
}

void spl_stats_search_fillnull(const spl_stats_search *s, spl_buf *tail)
{
    spl_buf names = spl_buf_in(s->binder->arena);

    if (!s->fill || !spl_stats_search_by(s, &names, " ")) return;
    spl_buf_puts(tail, " | fillnull value=");
    spl_text_quote(tail, s->fillnull);
    spl_buf_add(tail, spl_buf_str(&names));
}

/* prestats: the events with what the next command asks for. */
static void add_prestats(const spl_stats_search *s, spl_buf *tail)
{
    spl_buf names = spl_buf_in(s->binder->arena);

    if (s->span && s->span->kids[0]->kind == SPL_NODE_WORD && by_time(s)) {
        spl_buf_puts(tail, " | bin _time span=");
        spl_buf_add(tail, s->span->kids[0]->text);
    }
    for (uint32_t i = 0; s->by && i < s->by->n_kids; i++) {
        if (s->by->kids[i]->kind != SPL_NODE_WORD) continue;
        spl_buf_printf(tail, "%s isnotnull('%.*s')", i ? " AND" : " | where", SPL_FMT(s->by->kids[i]->text));
    }
    spl_buf_puts(tail, " | fields _time");
    if (spl_stats_search_by(s, &names, ", ")) spl_buf_printf(tail, ",%.*s", SPL_FMT(spl_buf_str(&names)));
    for (size_t i = 0; i < s->aggregates.len; i++) {
        for (uint32_t k = 0; k < s->aggregates.data[i]->n_kids; k++) {
            spl_buf_puts(tail, ", ");
            spl_text_quote(tail, s->aggregates.data[i]->kids[k]->text);
        }
    }
}

static spl_node *stats_stage(const spl_stats_search *s)
{
    spl_node *stats = spl_expand_stage(s->binder, s->stage, "stats"), *by;

    spl_expand_add_all(s->binder, stats, s->aggregates.data, (uint32_t)s->aggregates.len);
    if (!s->by) return stats;
    by = spl_expand_node(s->binder, s->by, SPL_NODE_CLAUSE, SPL_S("by"));
    for (uint32_t i = 0; i < s->by->n_kids; i++) {
        spl_expand_add(s->binder, by, s->by->kids[i]);
        if (s->span && spl_str_is(s->by->kids[i]->text, "_time")) spl_expand_add(s->binder, by, s->span);
    }
    spl_expand_add(s->binder, stats, by);
    return stats;
}

const spl_node *spl_stats_search_finish(spl_stats_search *s, spl_node *out)
{
    spl_buf tail = spl_buf_in(s->binder->arena);

    add_prefixes(s, &tail);
    if (!settle_span(s, &tail)) return NULL;
    if (!s->metrics) spl_stats_search_fillnull(s, &tail);
    if (s->prestats) add_prestats(s, &tail);
    if (!spl_stats_search_text(s, out, spl_buf_str(&tail))) return NULL;
    if (!s->prestats) spl_expand_add(s->binder, out, stats_stage(s));
    return out;
}
