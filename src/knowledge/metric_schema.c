/* metric_schema.c -- see metric_schema.h (transforms.conf.spec, METRIC-SCHEMA-*). Names of metrics are those of the
 * measures, behind the value of metric_name and a point where the event has that field. */
#include "knowledge/metric_schema.h"

#include "base/num.h"
#include "base/wildcard.h"
#include "knowledge/extraction.h"

typedef struct names {
    spl_str *patterns;
    size_t n;
    bool given; /* there is such a setting */
} names;

typedef struct rule {
    spl_str prefix; /* the metric_name that it is for; empty: any other */
    bool numbers;   /* _ALLNUMS_, _NUMS_EXCEPT_: all but MEASURES */
    names measures, without, only;
} rule;

struct spl_metric_schemas {
    SPL_VEC(rule) rules; /* of one stanza those with a prefix before the one without */
    SPL_VEC(size_t) ends;
};

static bool among(const names *list, spl_str name)
{
    for (size_t i = 0; i < list->n; i++)
        if (spl_wildcard_match(list->patterns[i], name, false)) return true;
    return false;
}

static names names_of(spl_arena *arena, const spl_conf_stanza *stanza, const char *key, spl_str prefix)
{
    const spl_conf_entry *e = spl_conf_find(
        stanza,
        spl_cstring(arena, spl_strf(arena, "METRIC-SCHEMA-%s%s%.*s", key, prefix.len ? "-" : "", SPL_FMT(prefix))));
    names list = {.given = e && e->value.len};

    if (list.given) list.n = spl_conf_words(arena, e->value, &list.patterns);
    return list;
}

static bool add_rule(spl_metric_schemas *schemas, spl_arena *arena, const spl_conf_stanza *stanza, spl_str prefix)
{
    rule made = {.prefix = prefix, .measures = names_of(arena, stanza, "MEASURES", prefix)};

    if (!made.measures.n) return false;
    if (spl_str_is(made.measures.patterns[0], "_ALLNUMS_") || spl_str_is(made.measures.patterns[0], "_NUMS_EXCEPT_")) {
        made.numbers = true;
        made.measures.patterns++;
        made.measures.n--;
    }
    made.without = names_of(arena, stanza, "BLACKLIST-DIMS", prefix);
    made.only = names_of(arena, stanza, "WHITELIST-DIMS", prefix);
    SPL_PUSH(arena, &schemas->rules, made);
    return true;
}

spl_metric_schemas *spl_metric_schemas_new(spl_arena *arena, spl_diag *diag, const spl_conf *transforms,
                                           const spl_conf_entry *setting)
{
    spl_metric_schemas *schemas = SPL_NEW(arena, spl_metric_schemas);
    spl_str prefix = SPL_S("METRIC-SCHEMA-MEASURES-"), *stanzas;
    size_t n = spl_conf_words(arena, setting->value, &stanzas);

    for (size_t i = 0; i < n; i++) {
        const spl_conf_stanza *stanza = spl_conf_stanza_find(transforms, stanzas[i]);
        bool any = false;

        for (size_t k = 0; stanza && k < stanza->entries.len; k++) {
            spl_str key = stanza->entries.data[k].key;

            if (spl_str_starts(key, prefix))
                any |= add_rule(schemas, arena, stanza, spl_str_sub(key, prefix.len, key.len));
        }
        any |= stanza && add_rule(schemas, arena, stanza, SPL_S(""));
        if (any) SPL_PUSH(arena, &schemas->ends, schemas->rules.len);
        if (!any)
            spl_warning(diag, setting->span, "missing-transform", "the stanza \"%.*s\" of %.*s is passed over: %s",
                        SPL_FMT(stanzas[i]), SPL_FMT(setting->key),
                        stanza ? "it has no METRIC-SCHEMA-MEASURES" : "transforms.conf has no such stanza");
    }
    return schemas->rules.len ? schemas : NULL;
}

/* The rule for the events of a metric_name, of rules FIRST up to END; NULL: none. */
static const rule *rule_of(const spl_metric_schemas *schemas, size_t first, size_t end, spl_str metric)
{
    for (; first < end; first++) {
        const rule *r = &schemas->rules.data[first];

        if (!r->prefix.len || spl_str_eq(r->prefix, metric)) return r;
    }
    return NULL;
}

static bool is_measure(const rule *r, const spl_indexed_field *field)
{
    double number;

    return r->numbers != among(&r->measures, field->name) && spl_num_parse(field->value, &number);
}

void spl_metric_schemas_apply(const spl_metric_schemas *schemas, spl_arena *arena, spl_indexed *event)
{
    spl_str metric = {"", 0};
    SPL_VEC(spl_indexed_field) made = {0};
    bool any = false;

    for (size_t i = event->fields.len; i-- > 0;)
        if (spl_str_is(event->fields.data[i].name, "metric_name")) metric = event->fields.data[i].value;
    for (size_t i = 0; i < event->fields.len; i++) {
        spl_indexed_field field = event->fields.data[i];
        bool measure = false, dimension = true;

        if (spl_str_is(field.name, "metric_name")) continue;
        for (size_t k = 0, first = 0; k < schemas->ends.len; first = schemas->ends.data[k++]) {
            const rule *r = rule_of(schemas, first, schemas->ends.data[k], metric);

            if (!r) continue;
            measure |= is_measure(r, &field);
            dimension &= !among(&r->without, field.name) && (!r->only.given || among(&r->only, field.name));
        }
        any |= measure;
        if (measure)
            field.name =
                spl_strf(arena, "metric_name:%.*s%s%.*s", SPL_FMT(metric), metric.len ? "." : "", SPL_FMT(field.name));
        if (measure || dimension) SPL_PUSH(arena, &made, field);
    }
    if (!any) return;
    event->fields.data = made.data;
    event->fields.len = made.len;
    event->fields.cap = made.cap;
    event->raw = SPL_S("");
}
