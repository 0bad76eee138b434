/* fn_lookup.c -- lookup(): a lookup table asked from an expression. Search Reference, "Comparison and Conditional
 * functions". */
#include "data/jsontree.h"
#include "expr/expr.h"
#include "knowledge/lookup.h"

#include <math.h>

typedef struct asked {
    const spl_lookup *lookup;
    const spl_table *table;
    spl_matcher *matcher;
    spl_str *in;
    size_t n_in;
    struct answer {
        spl_str name;
        uint32_t column;
    } * out;
    size_t n_out;
} asked;

/* The call NAME() whose arguments I, I+STEP … are texts typed out. */
static bool texts_of(spl_binder *binder, const spl_node *node, const char *name, uint32_t step, spl_str **texts,
                     size_t *count)
{
    bool good =
        node->kind == SPL_NODE_CALL && spl_str_iis(node->text, name) && node->n_kids > 0 && node->n_kids % step == 0;

    *count = 0;
    *texts = SPL_NEW_ARRAY(binder->arena, node->n_kids, spl_str);
    for (uint32_t i = 0; good && i < node->n_kids; i += step) {
        good = node->kids[i]->kind == SPL_NODE_STRING;
        (*texts)[(*count)++] = node->kids[i]->text;
    }
    if (good) return true;
    spl_bad_argument(binder, node->span, "lookup() needs %s() with the names of the lookup's fields in quotes here",
                     name);
    spl_hint(binder->diag, "For example: lookup(\"people.csv\",json_object(\"uid\",user_id),json_array(\"name\"))");
    return false;
}

static bool column_of(spl_binder *binder, const asked *a, const spl_node *node, spl_str name, uint32_t *column)
{
    *column = spl_table_column(a->table, name);
    if (*column != UINT32_MAX || a->lookup->collection.len || !a->table->n_columns) return true;
    spl_bad_argument(binder, node->span, "the lookup \"%.*s\" has no field \"%.*s\"", SPL_FMT(a->lookup->name),
                     SPL_FMT(name));
    spl_str near = spl_nearest(name, a->table->columns, a->table->n_columns);
    if (near.len) spl_hint(binder->diag, "Did you mean \"%.*s\"?", SPL_FMT(near));
    return false;
}

static bool bind_lookup(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    asked *a = SPL_NEW(binder->arena, asked);
    const spl_value *name = spl_expr_constant(args[0]);
    spl_str *outputs;
    uint32_t *columns;
    bool good = true;

    (void)argc;
    *data = NULL;
    if (!name || name->kind != SPL_KIND_TEXT) {
        spl_bad_argument(binder, call->kids[0]->span, "lookup() needs the name of a lookup in quotes here");
        return false;
    }
    if (!texts_of(binder, call->kids[1], "json_object", 2, &a->in, &a->n_in)) return false;
    if (!texts_of(binder, call->kids[2], "json_array", 1, &outputs, &a->n_out)) return false;
    if (!spl_lookup_named(binder, spl_value_str(*name), call->kids[0]->span, SPL_FILE_NEEDED, &a->lookup)) return false;
    if (!a->lookup || binder->query->check_only) return true;
    a->table = spl_lookups_table(spl_lookups_of(binder->query), a->lookup, false);
    if (!a->table) return true; /* spl_lookup_named() has seen to it */
    columns = SPL_NEW_ARRAY(binder->arena, a->n_in, uint32_t);
    for (size_t i = 0; i < a->n_in; i++)
        good = column_of(binder, a, call->kids[1]->kids[2 * i], a->in[i], &columns[i]) && good;
    a->out = SPL_NEW_ARRAY(binder->arena, a->n_out, struct answer);
    for (size_t i = 0; i < a->n_out; i++) {
        a->out[i].name = outputs[i];
        good = column_of(binder, a, call->kids[2]->kids[i], outputs[i], &a->out[i].column) && good;
    }
    if (!good) return false;
    a->matcher = spl_lookups_matcher(binder, a->lookup, a->table, columns, a->n_in);
    if (a->lookup->time_field.len) spl_bind_reads(binder, SPL_F_TIME);
    *data = a;
    return true;
}

/* The thread's own matches of this table. */
static spl_matches *matches_of(spl_eval *ev, const asked *a)
{
    spl_matches *matches = spl_worker_thing(ev->worker, a->matcher);

    if (!matches) {
        matches = spl_matches_new(ev->worker->arena, a->matcher);
        spl_worker_keep(ev->worker, a->matcher, matches);
    }
    return matches;
}

SPL_FUNCTION(
    lookup, .family = "conditional",
    .signature = "lookup(\"<lookup>\",json_object(\"<lookup field>\",<value>,…),json_array(\"<lookup field>\",…))",
    .summary = "What a lookup table has for these values, as a JSON object.",
    .example = "lookup(\"people.csv\",json_object(\"uid\",\"1\"),json_array(\"name\",\"dept\"))",
    .result = "\"{\\\"name\\\":\\\"Amy\\\",\\\"dept\\\":\\\"ops\\\"}\"", .min_args = 3, .max_args = 3,
    .returns = SPL_TYPE_TEXT, .bind = bind_lookup, .wrong = "lookup(a,b,c) ; lookup(\"l\",b,c)")
{
    const asked *a = spl_eval_data(ev);
    spl_str text, *keys;
    spl_jnode *object, *result;
    const uint32_t *rows;
    double time = NAN;
    size_t count;

    if (!a || !a->matcher || !spl_arg_text(ev, argv, 1, &text)) return SPL_NULL;
    object = spl_jtree_parse(ev->arena, text);
    if (!object || object->kind != SPL_JSON_OBJECT) return SPL_NULL;
    keys = SPL_NEW_ARRAY(ev->arena, a->n_in, spl_str);
    for (size_t i = 0; i < a->n_in; i++) {
        const spl_jnode *member = spl_jtree_member(object, a->in[i]);

        if (!member || member->kind == SPL_JSON_NULL) return SPL_NULL;
        keys[i] = member->kind == SPL_JSON_STRING ? spl_json_unescape(ev->arena, member->raw) : member->raw;
    }
    if (a->lookup->time_field.len && ev->batch &&
        !spl_value_number(spl_batch_get(ev->batch, ev->row, SPL_F_TIME), &time))
        time = NAN;
    count = spl_matcher_find(matches_of(ev, a), keys, time, &rows);
    if (!count && !a->lookup->min_matches) return SPL_NULL;
    result = spl_jtree_new(ev->arena, SPL_JSON_OBJECT);
    for (size_t o = 0; o < a->n_out; o++) {
        SPL_VEC(spl_value) values = {0};
        spl_jnode *kid;

        for (size_t i = 0; i < count && a->out[o].column != UINT32_MAX; i++) {
            spl_value cell = spl_table_cell(a->table, rows[i], a->out[o].column);
            for (uint32_t k = 0; k < spl_value_count(cell); k++) SPL_PUSH(ev->arena, &values, spl_value_at(cell, k));
        }
        for (size_t i = count; i < a->lookup->min_matches; i++)
            SPL_PUSH(ev->arena, &values, spl_text(a->lookup->default_match));
        if (!values.len) continue;
        kid = spl_jtree_of_value(ev->arena, spl_multi_of(ev->arena, values.data, values.len));
        kid->key = a->out[o].name;
        spl_jtree_add(result, kid);
    }
    spl_buf out = spl_buf_in(ev->arena);
    spl_jtree_write(&out, result);
    return spl_text(spl_buf_str(&out));
}
