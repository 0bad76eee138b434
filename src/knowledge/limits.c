/* limits.c -- see limits.h. */
#include "knowledge/limits.h"

#include "base/num.h"
#include "exec/bind.h"
#include "knowledge/knowledge.h"

#include <math.h>

/* The documented defaults stand in the stanzas, so that [default] sets none of these. */
static const spl_conf_entry *setting(const spl_query *query, const char *stanza, const char *key)
{
    const spl_conf *conf = query->knowledge ? spl_knowledge_conf(query->knowledge, "limits") : NULL;

    return conf ? spl_conf_own(spl_conf_stanza_find(conf, spl_str_of(stanza)), key) : NULL;
}

double spl_limit_number(const spl_query *query, const char *stanza, const char *key, double dflt)
{
    const spl_conf_entry *e = setting(query, stanza, key);
    double number;

    return e && spl_num_parse(e->value, &number) && number > 0 ? number : dflt;
}

bool spl_limit_flag(const spl_query *query, const char *stanza, const char *key, bool dflt)
{
    const spl_conf_entry *e = setting(query, stanza, key);
    bool flag;

    return e && spl_option_bool(e->value, &flag) ? flag : dflt;
}

uint64_t spl_limit(const spl_query *query, const char *stanza, const char *key, uint64_t dflt)
{
    const spl_conf_entry *e = setting(query, stanza, key);
    int64_t number;

    return e && spl_num_int(e->value, &number) && number >= 0 ? (uint64_t)number : dflt;
}

uint64_t spl_server_limit(const spl_query *query, const char *stanza, const char *key, uint64_t dflt)
{
    return query->limits.splunk ? spl_limit(query, stanza, key, dflt) : 0;
}

/* Whether each span of B is whole spans of A: what A's spans gathered can be joined into B's. */
static bool divides(spl_span_time a, spl_span_time b)
{
    if (b.unit >= SPL_UNIT_MONTH)
        return a.unit >= SPL_UNIT_MONTH ? fmod(b.count, a.count) == 0 : fmod(86400, spl_span_seconds(a)) == 0;
    return a.unit < SPL_UNIT_MONTH && spl_span_seconds(b) > spl_span_seconds(a) &&
           fmod(spl_span_seconds(b), spl_span_seconds(a)) == 0;
}

/* [stats], sparkline_time_steps: spans of whole seconds to months, each of whole ones of the one before. */
static void read_spark_steps(spl_query *query)
{
    const spl_conf_entry *e = setting(query, "stats", "sparkline_time_steps");
    SPL_VEC(spl_span_time) steps = {0};
    spl_str rest = e ? e->value : SPL_S("");

    while (rest.len) {
        ptrdiff_t comma = spl_str_find(rest, SPL_S(","), 0);
        spl_str one = spl_str_trim(comma < 0 ? rest : spl_str_sub(rest, 0, (size_t)comma));
        spl_span_time step;

        rest = comma < 0 ? SPL_S("") : spl_str_sub(rest, (size_t)comma + 1, rest.len);
        if (!spl_timespan(one, &step) || step.snap != SPL_UNIT_NONE || step.unit < SPL_UNIT_SECOND ||
            step.unit > SPL_UNIT_MONTH || step.unit == SPL_UNIT_WEEK || !(step.count >= 1) ||
            step.count != floor(step.count) || (steps.len && !divides(steps.data[steps.len - 1], step))) {
            spl_warning(
                query->diag, e->span, "conf",
                "sparkline_time_steps is passed over: \"%.*s\" is not a whole number of the steps before it, in "
                "s, m, h, d or month",
                SPL_FMT(one));
            return;
        }
        SPL_PUSH(query->arena, &steps, step);
    }
    query->limits.spark_steps = steps.data;
    query->limits.n_spark_steps = steps.len;
}

void spl_limits_read(spl_query *query)
{
    spl_limits *l = &query->limits;
    uint64_t rows = spl_limit(query, "searchresults", "maxresultrows", 50000);

    l->subsearch_rows = spl_limit(query, "subsearch", "maxout", l->subsearch_rows);
    if (l->subsearch_rows > rows) l->subsearch_rows = rows;
    l->join_rows = spl_limit(query, "join", "subsearch_maxout", l->join_rows);
    l->list_values = spl_limit(query, "stats", "list_maxsize", l->list_values);
    if (!l->list_values) l->list_values = 100;
    l->spark_points = spl_limit(query, "stats", "sparkline_maxsize", l->list_values);
    if (!l->spark_points) l->spark_points = l->list_values;
    read_spark_steps(query);
    l->kv_bytes = spl_server_limit(query, "kv", "maxchars", 10240);
    l->kv_fields = spl_server_limit(query, "kv", "limit", 100);
    l->kv_columns = spl_server_limit(query, "kv", "maxcols", 512);
    l->bins = spl_server_limit(query, "discretize", "maxbins", 50000);
    if (query->limits.splunk && !l->bins) l->bins = rows;
    l->spath_bytes = spl_server_limit(query, "spath", "extraction_cutoff", 5000);
}
