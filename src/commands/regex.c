/* regex.c -- keeps the results that a regular expression matches, or does not match. */
#include "exec/bind.h"

#include "base/regex.h"

typedef struct regex_op {
    spl_op base;
    spl_field field;
    bool negated;
    spl_regex *pattern;
} regex_op;

static bool regex_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    regex_op *regex = (regex_op *)op;
    const spl_node *given = NULL, *value;
    spl_str error;
    size_t at;

    for (uint32_t i = 0; i < stage->n_kids; i++) {
        if (stage->kids[i]->kind == SPL_NODE_HOLE) continue;
        if (given) return spl_bad_argument(binder, stage->kids[i]->span, "regex takes one regular expression");
        given = stage->kids[i];
    }
    if (!given) return spl_lacks(binder, NULL, "a regular expression", "user=\"^adm\"");
    regex->field = SPL_F_RAW;
    value = given;
    if (given->kind == SPL_NODE_OPTION || given->kind == SPL_NODE_COMPARE) {
        if (given->kind == SPL_NODE_COMPARE && given->op != SPL_OP_EQ && given->op != SPL_OP_NE)
            return spl_bad_argument(binder, given->span, "regex takes field=\"…\" or field!=\"…\"");
        regex->field = spl_bind_field(binder, given->text);
        regex->negated = given->kind == SPL_NODE_COMPARE && given->op == SPL_OP_NE;
        if (!given->n_kids || given->kids[0]->kind == SPL_NODE_HOLE) return true;
        value = given->kids[0];
    }
    if (value->kind != SPL_NODE_WORD && value->kind != SPL_NODE_STRING)
        return spl_bad_argument(binder, value->span, "the regular expression must stand in double quotes");
    spl_bind_reads(binder, regex->field);
    regex->pattern = spl_regex_compile(binder->arena, value->text, 0, &error, &at);
    if (!regex->pattern)
        return spl_refuse(binder, value->span, "bad-regex", "the regular expression is not valid: %.*s",
                          SPL_FMT(error));
    return true;
}

static spl_status regex_map(spl_op *op, spl_batch **batch)
{
    regex_op *regex = (regex_op *)op;
    uint32_t rows = spl_batch_rows(*batch);
    bool *keep = spl_alloc((*batch)->arena, rows * sizeof *keep);

    for (uint32_t i = 0; i < rows; i++) {
        spl_value value = spl_batch_get(*batch, spl_batch_row(*batch, i), regex->field);
        bool found = false;
        for (uint32_t v = 0; v < spl_value_count(value) && !found; v++)
            found = spl_regex_search(op->worker->match, regex->pattern,
                                     spl_value_text((*batch)->arena, spl_value_at(value, v)), 0);
        keep[i] = found != regex->negated;
    }
    spl_batch_filter(*batch, keep);
    return SPL_OK;
}

SPL_COMMAND(regex, .summary = "Keeps the results that a regular expression matches, or does not match.",
            .syntax = "regex [<field>=|<field>!=]\"<regular-expression>\"",
            .example = "| makeresults | eval user=\"admin\" | regex user=\"^adm\" | table user", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS | SPL_FILTERS | SPL_REGEXES,
            .options = (const spl_option[]){{.name = "*", .takes = "field=regular expression"}, {0}},
            .op_size = sizeof(regex_op), .bind = regex_bind, .map = regex_map);
