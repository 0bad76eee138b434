/* fn_info.c -- informational functions. Search Reference, "Informational functions".
 *
 * Text in a field that is a number counts as one, as it does in arithmetic. */
#include "base/json.h"
#include "base/num.h"
#include "expr/expr.h"

#include <math.h>

/* The spelling of numeric text tells a whole number from one with a fraction: 1.0 is no integer. */
static bool is_whole(spl_value v)
{
    double x;
    int64_t n;
    if (v.kind == SPL_KIND_NUMBER) return v.as.number == floor(v.as.number);
    if (v.kind != SPL_KIND_TEXT || !spl_value_number(v, &x)) return false;
    return spl_num_int(spl_str_trim(spl_value_str(v)), &n) ||
           (x == floor(x) && !memchr(v.as.text, '.', v.len) && !memchr(v.as.text, 'e', v.len) &&
            !memchr(v.as.text, 'E', v.len));
}

static bool is_number(spl_value v)
{
    double x;
    return spl_value_number(v, &x);
}

static bool is_json(spl_value v, char c)
{
    if (v.kind != SPL_KIND_TEXT) return false;
    spl_str text = spl_str_trim(spl_value_str(v));
    return text.len && text.data[0] == c && spl_json_valid(text);
}

#define INFO .family = "informational", .min_args = 1, .max_args = 1, .returns = SPL_TYPE_BOOL

SPL_FUNCTION(isarray, INFO, .signature = "isarray(<value>)", .summary = "Whether the value is a JSON array.",
             .example = "if(isarray(\"[1, 2]\"),1,0)", .result = "1")
{
    return spl_bool(is_json(argv[0], '['));
}

SPL_FUNCTION(isobject, INFO, .signature = "isobject(<value>)", .summary = "Whether the value is a JSON object.",
             .example = "if(isobject(\"{\\\"a\\\": 1}\"),1,0)", .result = "1")
{
    return spl_bool(is_json(argv[0], '{'));
}

SPL_FUNCTION(isbool, INFO, .signature = "isbool(<value>)",
             .summary = "Whether the value is a boolean, which a field never holds.", .example = "if(isbool(1==2),1,0)",
             .result = "1")
{
    return spl_bool(spl_value_truth(argv[0]) >= 0);
}

SPL_FUNCTION(isdouble, INFO, .signature = "isdouble(<value>)",
             .summary = "Whether the value is a number with a fraction.", .example = "if(isdouble(3.25),1,0)",
             .result = "1")
{
    return spl_bool(is_number(argv[0]) && !is_whole(argv[0]));
}

SPL_FUNCTION(isint, INFO, .signature = "isint(<value>)", .summary = "Whether the value is a whole number.",
             .example = "if(isint(443),1,0)", .result = "1")
{
    return spl_bool(is_whole(argv[0]));
}

SPL_FUNCTION(ismv, INFO, .signature = "ismv(<value>)", .summary = "Whether the value is a multivalue.",
             .example = "if(ismv(\"a\"),1,0)", .result = "0")
{
    return spl_bool(argv[0].kind == SPL_KIND_MULTI);
}

SPL_FUNCTION(isnull, INFO, .signature = "isnull(<value>)", .summary = "Whether there is no value.",
             .example = "if(isnull(null()),1,0)", .result = "1")
{
    return spl_bool(argv[0].kind == SPL_KIND_NULL);
}

SPL_FUNCTION(isnotnull, INFO, .signature = "isnotnull(<value>)", .summary = "Whether there is a value.",
             .example = "if(isnotnull(\"\"),1,0)", .result = "1")
{
    return spl_bool(argv[0].kind != SPL_KIND_NULL);
}

static bool bind_isnum(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    (void)binder, (void)call, (void)argc;
    *data = spl_expr_node(args[0])->kind == SPL_NODE_STRING ? (void *)args : NULL;
    return true;
}

/* NaN in a field is a number, and text as well; the word in double quotes is text alone (the manual, of isnum). */
SPL_FUNCTION(isnum, INFO, .signature = "isnum(<value>)", .summary = "Whether the value is a number.",
             .example = "if(isnum(12.5),1,0)", .result = "1", .bind = bind_isnum, .wrong = "")
{
    return spl_bool(is_number(argv[0]) || (spl_op_nan(argv[0]) && !spl_eval_data(ev)));
}

SPL_FUNCTION(isstr, INFO, .signature = "isstr(<value>)", .summary = "Whether the value is text and no number.",
             .example = "if(isstr(\"abc\"),1,0)", .result = "1")
{
    return spl_bool(argv[0].kind == SPL_KIND_TEXT && !is_number(argv[0]));
}

SPL_FUNCTION(typeof, .family = "informational", .min_args = 1, .max_args = 1, .returns = SPL_TYPE_TEXT,
             .signature = "typeof(<value>)",
             .summary = "The kind of the value: Number, String, Bool, Multivalue, or Invalid for none.",
             .example = "typeof(12)", .result = "\"Number\"")
{
    if (spl_value_truth(argv[0]) >= 0) return spl_text(SPL_S("Bool"));
    switch ((spl_kind)argv[0].kind) {
    case SPL_KIND_NUMBER: return spl_text(SPL_S("Number"));
    case SPL_KIND_TEXT: return spl_text(is_number(argv[0]) ? SPL_S("Number") : SPL_S("String"));
    case SPL_KIND_MULTI: return spl_text(SPL_S("Multivalue"));
    case SPL_KIND_BOOL:
    case SPL_KIND_NULL: break;
    }
    return spl_text(SPL_S("Invalid"));
}
