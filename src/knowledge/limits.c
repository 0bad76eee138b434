/* limits.c -- see limits.h. */
#include "knowledge/limits.h"

#include "base/num.h"
#include "exec/bind.h"
#include "knowledge/knowledge.h"

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

void spl_limits_read(spl_query *query)
{
    spl_limits *l = &query->limits;
    uint64_t rows = spl_limit(query, "searchresults", "maxresultrows", 50000);

    l->subsearch_rows = spl_limit(query, "subsearch", "maxout", l->subsearch_rows);
    if (l->subsearch_rows > rows) l->subsearch_rows = rows;
    l->join_rows = spl_limit(query, "join", "subsearch_maxout", l->join_rows);
    l->list_values = spl_limit(query, "stats", "list_maxsize", l->list_values);
    if (!l->list_values) l->list_values = 100;
    l->kv_bytes = spl_server_limit(query, "kv", "maxchars", 10240);
    l->kv_fields = spl_server_limit(query, "kv", "limit", 100);
    l->kv_columns = spl_server_limit(query, "kv", "maxcols", 512);
    l->bins = spl_server_limit(query, "discretize", "maxbins", 50000);
    if (query->limits.splunk && !l->bins) l->bins = rows;
    l->spath_bytes = spl_server_limit(query, "spath", "extraction_cutoff", 5000);
}
