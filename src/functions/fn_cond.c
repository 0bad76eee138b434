/* fn_cond.c -- comparison and conditional functions. Search Reference, "Comparison and conditional functions". */
#include "base/regex.h"
#include "exec/bind.h"
#include "exec/query.h"
#include "expr/filter.h"
#include "expr/like.h"
#include "lang/parse.h"

static bool is_true(spl_value v)
{
    return spl_value_truth(v) == 1;
}

SPL_FUNCTION_LAZY(if, .family = "conditional", .signature = "if(<condition>,<true value>,<false value>)",
                  .summary = "The second argument where the condition is true, else the third.",
                  .example = "if(2>1,\"more\",\"less\")", .result = "\"more\"", .min_args = 3, .max_args = 3,
                  .args = "b*", .branch = 1, .branch_step = 1)
{
    return spl_eval_expr(ev, args[is_true(spl_eval_expr(ev, args[0])) ? 1 : 2]);
}

static bool bind_case(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    bool good = true;

    *data = NULL;
    if (argc % 2) {
        spl_bad_argument(binder, call->span,
                         "case() takes pairs of a condition and a value, but the last has no value");
        spl_hint(binder->diag, "A default is written as true(),<value>.");
        return false;
    }
    for (int i = 0; i < argc; i += 2) {
        spl_type type = spl_expr_type(args[i]);
        if (type != SPL_TYPE_NUMBER && type != SPL_TYPE_TEXT && type != SPL_TYPE_MULTI) continue;
        good = spl_refuse(binder, spl_expr_node(args[i])->span, "type", "case() needs a condition here, but this is %s",
                          type == SPL_TYPE_NUMBER ? "a number"
                          : type == SPL_TYPE_TEXT ? "text"
                                                  : "a multivalue");
        spl_hint(binder->diag, "A default is written as true(),<value>.");
    }
    return good;
}

SPL_FUNCTION_LAZY(case, .family = "conditional", .signature = "case(<condition>,<value>,…)",
                  .summary = "The value after the first condition that is true, null where none is.",
                  .example = "case(1>2,\"a\",true(),\"b\")", .result = "\"b\"", .min_args = 2, .max_args = -1,
                  .branch = 1, .branch_step = 2, .bind = bind_case, .wrong = "case(1==1)")
{
    for (int i = 0; i + 1 < argc; i += 2) {
        if (is_true(spl_eval_expr(ev, args[i]))) return spl_eval_expr(ev, args[i + 1]);
    }
    return SPL_NULL;
}

static bool bind_validate(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    (void)args;
    *data = NULL;
    if (argc % 2 == 0) return true;
    return spl_bad_argument(binder, call->span,
                            "validate() takes pairs of a condition and a value, but the last has no value");
}

SPL_FUNCTION_LAZY(validate, .family = "conditional", .signature = "validate(<condition>,<value>,…)",
                  .summary = "The value after the first condition that is false, null where all are true.",
                  .example = "validate(2>1,\"small\",1>2,\"wrong\")", .result = "\"wrong\"", .min_args = 2,
                  .max_args = -1, .bind = bind_validate, .wrong = "validate(1==1)")
{
    for (int i = 0; i + 1 < argc; i += 2) {
        spl_value v = spl_eval_expr(ev, args[i]);
        if (spl_value_truth(v) == 0) return spl_eval_expr(ev, args[i + 1]);
    }
    return SPL_NULL;
}

SPL_FUNCTION_LAZY(coalesce, .family = "conditional", .signature = "coalesce(<value>,…)",
                  .summary = "The first value that is not null; an empty text is a value.",
                  .example = "coalesce(null(),\"\",\"b\")", .result = "\"\"", .min_args = 1, .max_args = -1,
                  .branch_step = 1)
{
    for (int i = 0; i < argc; i++) {
        spl_value v = spl_eval_expr(ev, args[i]);
        if (v.kind != SPL_KIND_NULL) return v;
    }
    return SPL_NULL;
}

SPL_FUNCTION_LAZY(in, .family = "conditional", .signature = "in(<value>,<value>,…)",
                  .summary = "Whether the first value equals one of the others.",
                  .example = "if(in(2,1,2,3),\"y\",\"n\")", .result = "\"y\"", .min_args = 2, .max_args = -1,
                  .returns = SPL_TYPE_BOOL)
{
    spl_value left = spl_eval_expr(ev, args[0]);
    if (left.kind == SPL_KIND_NULL) return SPL_NULL;
    for (int i = 1; i < argc; i++) {
        if (is_true(spl_op_apply(ev, SPL_OP_EQ, left, spl_eval_expr(ev, args[i])))) return spl_bool(true);
    }
    return spl_bool(false);
}

static bool bind_like(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *pattern = spl_expr_constant(args[1]);
    (void)call;
    (void)argc;
    *data = pattern && pattern->kind == SPL_KIND_TEXT ? spl_like_compile(binder->arena, spl_value_str(*pattern)) : NULL;
    return true;
}

SPL_FUNCTION(like, .family = "conditional", .signature = "like(<text>,<pattern>)",
             .summary = "Whether the text is as the pattern: % stands for any text, _ for one character.",
             .example = "if(like(\"foobar\",\"foo%\"),\"y\",\"n\")", .result = "\"y\"", .min_args = 2, .max_args = 2,
             .args = "ss", .returns = SPL_TYPE_BOOL, .bind = bind_like, .wrong = "")
{
    const spl_like *like = spl_eval_data(ev);
    spl_str text;

    if (!like) return spl_op_apply(ev, SPL_OP_LIKE, argv[0], argv[1]);
    if (argv[0].kind == SPL_KIND_NULL || argv[0].kind == SPL_KIND_BOOL) return SPL_NULL;
    for (uint32_t i = 0; i < spl_value_count(argv[0]); i++) {
        spl_value v = spl_value_at(argv[0], i);
        if (spl_arg_text(ev, &v, 0, &text) && spl_like_match(like, text)) return spl_bool(true);
    }
    return spl_bool(false);
}

SPL_FUNCTION(match, .family = "conditional", .signature = "match(<text>,<regex>)",
             .summary = "Whether the regular expression matches somewhere in the text.",
             .example = "if(match(\"10.2.3.4\",\"^\\d+\\.\"),\"y\",\"n\")", .result = "\"y\"", .min_args = 2,
             .max_args = 2, .args = "ss", .returns = SPL_TYPE_BOOL, .bind = spl_bind_pattern,
             .wrong = "match(\"a\",\"(\")")
{
    const spl_regex *regex = spl_eval_data(ev);
    spl_str pattern, text;

    if (!regex) {
        if (!spl_arg_text(ev, argv, 1, &pattern)) return SPL_NULL;
        regex = spl_eval_regex(ev, pattern, 0);
        if (!regex) return SPL_NULL;
    }
    if (argv[0].kind == SPL_KIND_NULL || argv[0].kind == SPL_KIND_BOOL) return SPL_NULL;
    for (uint32_t i = 0; i < spl_value_count(argv[0]); i++) {
        spl_value v = spl_value_at(argv[0], i);
        if (spl_arg_text(ev, &v, 0, &text) && spl_regex_search(ev->worker->match, regex, text, 0))
            return spl_bool(true);
    }
    return spl_bool(false);
}

SPL_FUNCTION(nullif, .family = "conditional", .signature = "nullif(<value>,<value>)",
             .summary = "Null where both values are equal, else the first.", .example = "nullif(\"a\",\"b\")",
             .result = "\"a\"", .min_args = 2, .max_args = 2, .branch_step = 2)
{
    return is_true(spl_op_apply(ev, SPL_OP_EQ, argv[0], argv[1])) ? SPL_NULL : argv[0];
}

SPL_FUNCTION(null, .family = "conditional", .signature = "null()", .summary = "Null: no value.", .example = "null()",
             .result = "null", .min_args = 0, .max_args = 0)
{
    return SPL_NULL;
}

SPL_FUNCTION(true, .family = "conditional", .signature = "true()", .summary = "The boolean that is true.",
             .example = "if(true(),1,2)", .result = "1", .min_args = 0, .max_args = 0, .returns = SPL_TYPE_BOOL)
{
    return spl_bool(true);
}

SPL_FUNCTION(false, .family = "conditional", .signature = "false()", .summary = "The boolean that is false.",
             .example = "if(false(),1,2)", .result = "2", .min_args = 0, .max_args = 0, .returns = SPL_TYPE_BOOL)
{
    return spl_bool(false);
}

static bool bind_searchmatch(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *text = spl_expr_constant(args[0]);
    spl_source *source;
    spl_node *terms;
    (void)argc;

    if (!text || text->kind != SPL_KIND_TEXT) {
        spl_bad_argument(binder, spl_expr_node(args[0])->span, "searchmatch() takes a search in double quotes");
        return false;
    }
    source = spl_source_new(binder->arena, SPL_S("searchmatch"), spl_value_str(*text));
    source->used_at = call->span;
    source->role = "searchmatch";
    const spl_parse_env env = {.arena = binder->arena,
                               .diag = binder->diag,
                               .check = binder->query->check_only,
                               .depth_limit = 1000,
                               .size_limit = SIZE_MAX};
    terms = spl_parse_terms(&env, source);
    if (!terms) return false;
    *data = spl_filter_bind(binder, terms, NULL);
    return *data != NULL;
}

SPL_FUNCTION(searchmatch, .family = "conditional", .signature = "searchmatch(\"<search>\")",
             .summary = "Whether the event satisfies a search expression.",
             .example = "if(searchmatch(\"x=*\"),\"y\",\"n\")", .result = "\"n\"", .min_args = 1, .max_args = 1,
             .returns = SPL_TYPE_BOOL, .impure = true, .bind = bind_searchmatch,
             .wrong = "searchmatch(\"(\") ; searchmatch(a)")
{
    return spl_bool(ev->batch && spl_filter_match(ev, spl_eval_data(ev), ev->row));
}
