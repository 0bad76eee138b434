/* fn_convert.c -- conversion functions but printf() and ipmask(). Search Reference, "Conversion functions". */
#include "base/json.h"
#include "base/num.h"
#include "exec/bind.h"
#include "expr/expr.h"

#include <math.h>

#define LARGEST 9007199254740991.0 /* 2^53-1 */

/* --- tonumber, toint, todouble ---- */

static bool read_base(spl_str text, int base, double *number)
{
    bool minus = false, any = false;
    size_t i = 0;

    if (i < text.len && (text.data[i] == '-' || text.data[i] == '+')) minus = text.data[i++] == '-';
    if (base == 16 && text.len - i > 2 && text.data[i] == '0' && spl_ascii_lower(text.data[i + 1]) == 'x') i += 2;
    *number = 0;
    for (; i < text.len; i++) {
        char c = spl_ascii_lower(text.data[i]);
        int digit = spl_is_digit(c) ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
        if (digit >= base) return false;
        *number = *number * base + digit;
        any = true;
    }
    if (minus) *number = -*number;
    return any && isfinite(*number);
}

/* Text as a number; blanks around it make it none. */
static bool read_number(spl_str text, int base, double *number)
{
    if (!text.len || spl_is_space(text.data[0]) || spl_is_space(text.data[text.len - 1])) return false;
    return base == 10 ? spl_num_parse(text, number) : read_base(text, base, number);
}

/* argv[1], 10 where it is not given; false for what is no base. */
static bool base_of(const spl_value *argv, int argc, int *base)
{
    int64_t n = 10;
    if (argc > 1 && (!spl_arg_int(argv, 1, &n) || n < 2 || n > 36)) return false;
    *base = (int)n;
    return true;
}

static bool bind_base(spl_binder *binder, spl_expr *const *args, int argc)
{
    const spl_value *base = argc > 1 ? spl_expr_constant(args[1]) : NULL;
    double n;
    if (!base || (spl_value_number(*base, &n) && n >= 2 && n <= 36 && n == floor(n))) return true;
    return spl_bad_argument(binder, spl_expr_node(args[1])->span, "a base is a whole number from 2 to 36");
}

static bool bind_tonumber(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *text = spl_expr_constant(args[0]), *base = argc > 1 ? spl_expr_constant(args[1]) : NULL;
    double n = 10, number;
    (void)call;
    *data = NULL;
    if (!bind_base(binder, args, argc)) return false;
    if (spl_expr_node(args[0])->kind != SPL_NODE_STRING || !text || (argc > 1 && !base)) return true;
    if (base) spl_value_number(*base, &n);
    if (read_number(spl_value_str(*text), (int)n, &number)) return true;
    spl_refuse(binder, spl_expr_node(args[0])->span, "type",
               "tonumber() needs a number, but this text is none to base %d", (int)n);
    spl_hint(binder->diag, "A word in double quotes is text; leave them out, or use single quotes, to name a field.");
    return false;
}

SPL_FUNCTION(tonumber, .family = "conversion", .signature = "tonumber(<text>[,<base>])",
             .summary = "The text read as a number to the base, 10 where none is given; null where it is none.",
             .example = "tonumber(\"1F\",16)", .result = "31", .min_args = 1, .max_args = 2, .args = "s*",
             .returns = SPL_TYPE_NUMBER, .bind = bind_tonumber,
             .wrong = "tonumber(\"1\",1) ; tonumber(\"1\",37) ; tonumber(\"1\",2.5) ; tonumber(\"x\")")
{
    double number;
    int base;
    if (argv[0].kind == SPL_KIND_NUMBER) return argv[0];
    if (argv[0].kind != SPL_KIND_TEXT || !base_of(argv, argc, &base)) return SPL_NULL;
    return read_number(spl_value_str(argv[0]), base, &number) ? spl_number(number) : SPL_NULL;
}

static bool bind_only_base(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    (void)call;
    *data = NULL;
    return bind_base(binder, args, argc);
}

SPL_FUNCTION(todouble, .family = "conversion", .signature = "todouble(<value>[,<base>])",
             .summary = "The value as a number; null where it is none.", .example = "todouble(\"16.50\")",
             .result = "16.5", .min_args = 1, .max_args = 2, .returns = SPL_TYPE_NUMBER, .bind = bind_only_base,
             .wrong = "todouble(a,1) ; todouble(a,37)")
{
    double number;
    int base;
    if (argv[0].kind == SPL_KIND_NUMBER) return argv[0];
    if (argv[0].kind != SPL_KIND_TEXT || !base_of(argv, argc, &base)) return SPL_NULL;
    return read_number(spl_value_str(argv[0]), base, &number) ? spl_number(number) : SPL_NULL;
}

SPL_FUNCTION(toint, .family = "conversion", .signature = "toint(<value>[,<base>])",
             .summary = "The value as a whole number, rounded down; null where it is none.", .example = "toint(3.14)",
             .result = "3", .min_args = 1, .max_args = 2, .returns = SPL_TYPE_NUMBER, .bind = bind_only_base,
             .wrong = "toint(a,1) ; toint(a,37)")
{
    double number;
    int base;
    if (argv[0].kind == SPL_KIND_NUMBER) return spl_fn_number(floor(argv[0].as.number), 0);
    if (argv[0].kind != SPL_KIND_TEXT || !base_of(argv, argc, &base)) return SPL_NULL;
    return read_number(spl_value_str(argv[0]), base, &number) ? spl_fn_number(floor(number), 0) : SPL_NULL;
}

SPL_FUNCTION(tobool, .family = "conversion", .signature = "tobool(<value>)",
             .summary = "True for a number but 0 and for the text true, false for 0 and the text false, else null.",
             .example = "if(tobool(\"True\"),1,0)", .result = "1", .min_args = 1, .max_args = 1,
             .returns = SPL_TYPE_BOOL)
{
    double number;
    if (argv[0].kind == SPL_KIND_BOOL) return argv[0];
    if (spl_arg_number(argv, 0, &number)) return spl_bool(number != 0);
    if (argv[0].kind != SPL_KIND_TEXT) return SPL_NULL;
    spl_str text = spl_value_str(argv[0]);
    if (spl_str_is(text, "true") || spl_str_is(text, "True")) return spl_bool(true);
    return spl_str_is(text, "false") || spl_str_is(text, "False") ? spl_bool(false) : SPL_NULL;
}

/* --- tostring ---- */

typedef enum text_format {
    FORMAT_PLAIN,
    FORMAT_BINARY,
    FORMAT_HEX,
    FORMAT_COMMAS,
    FORMAT_DURATION,
    FORMAT_NONE
} text_format;

static text_format format_of(spl_str name)
{
    static const char *const names[] = {"binary", "hex", "commas", "duration"};
    for (int i = 0; i < 4; i++) {
        if (spl_str_iis(name, names[i])) return (text_format)(FORMAT_BINARY + i);
    }
    return FORMAT_NONE;
}

static bool bind_tostring(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *format = argc > 1 ? spl_expr_constant(args[1]) : NULL;
    (void)call;
    /* The format is for numbers; a word in double quotes is text, even of digits. */
    *data = spl_expr_node(args[0])->kind == SPL_NODE_STRING ? (void *)args : NULL;
    if (!format) return true;
    if (format->kind == SPL_KIND_TEXT && format_of(spl_value_str(*format)) != FORMAT_NONE) return true;
    spl_bad_argument(binder, spl_expr_node(args[1])->span, "tostring() has no such format");
    spl_hint(binder->diag, "The formats are \"binary\", \"hex\", \"commas\" and \"duration\".");
    return false;
}

static spl_value to_radix(spl_eval *ev, double x, unsigned bits, const char *prefix)
{
    char digits[64];
    size_t n = sizeof digits;
    if (x < 0 || x > LARGEST) return SPL_NULL;
    uint64_t rest = (uint64_t)x;
    do {
        digits[--n] = "0123456789ABCDEF"[rest & ((1u << bits) - 1)];
        rest >>= bits;
    } while (rest);
    spl_buf out = spl_buf_in(ev->arena);
    spl_buf_puts(&out, prefix);
    spl_buf_add(&out, (spl_str){digits + n, sizeof digits - n});
    return spl_text(spl_buf_str(&out));
}

static void add_grouped(spl_buf *out, spl_str digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (i && (digits.len - i) % 3 == 0) spl_buf_char(out, ',');
        spl_buf_char(out, digits.data[i]);
    }
}

/* What shows no decimals as it is, the rest with two. */
static spl_value with_commas(spl_eval *ev, spl_value v, double x)
{
    spl_buf out = spl_buf_in(ev->arena);
    spl_str shown = spl_value_text(ev->arena, v);
    bool fraction = x != floor(x) || (fabs(x) < 1e15 && memchr(shown.data, '.', shown.len));
    double rounded = fabs(fraction ? spl_round_decimal(x, 2) : x), whole = floor(rounded);
    char text[SPL_NUM_MAX];
    size_t len = spl_num_write(text, whole, 0);

    if (x < 0 && rounded > 0) spl_buf_char(&out, '-');
    for (size_t i = 0; i < len; i++) {
        if (!spl_is_digit(text[i])) { /* so large that it is written with an exponent */
            spl_buf_add(&out, (spl_str){text, len});
            return spl_text(spl_buf_str(&out));
        }
    }
    add_grouped(&out, (spl_str){text, len});
    if (fraction) {
        int cents = (int)floor((rounded - whole) * 100 + 0.5);
        spl_buf_printf(&out, ".%02d", cents > 99 ? 99 : cents);
    }
    return spl_text(spl_buf_str(&out));
}

/* [-][days+]HH:MM:SS[.microseconds] */
static spl_value as_duration(spl_eval *ev, double x)
{
    spl_buf out = spl_buf_in(ev->arena);
    if (fabs(x) > LARGEST) return SPL_NULL;
    double whole = floor(fabs(x)), micro = floor((fabs(x) - whole) * 1e6 + 0.5);
    if (micro >= 1e6) {
        whole++;
        micro = 0;
    }
    uint64_t seconds = (uint64_t)whole, days = seconds / 86400;
    if (x < 0) spl_buf_char(&out, '-');
    if (days) spl_buf_printf(&out, "%llu+", (unsigned long long)days);
    seconds %= 86400;
    spl_buf_printf(&out, "%02u:%02u:%02u", (unsigned)(seconds / 3600), (unsigned)(seconds / 60 % 60),
                   (unsigned)(seconds % 60));
    if (micro > 0) spl_buf_printf(&out, ".%06u", (unsigned)micro);
    return spl_text(spl_buf_str(&out));
}

static spl_value single_to_text(spl_eval *ev, spl_value v, text_format format)
{
    double x;
    if (v.kind == SPL_KIND_BOOL) return spl_text(spl_bool_text(v.as.truth));
    if (v.kind == SPL_KIND_NULL) return format == FORMAT_PLAIN ? spl_text(SPL_S("Null")) : v;
    if (format == FORMAT_PLAIN || !spl_value_number(v, &x)) return spl_text(spl_value_text(ev->arena, v));
    switch (format) {
    case FORMAT_BINARY: return to_radix(ev, x, 1, "");
    case FORMAT_HEX: return to_radix(ev, x, 4, "0x");
    case FORMAT_COMMAS: return with_commas(ev, v, x);
    case FORMAT_DURATION: return as_duration(ev, x);
    case FORMAT_PLAIN:
    case FORMAT_NONE: break;
    }
    return SPL_NULL;
}

SPL_FUNCTION(tostring, .family = "conversion",
             .signature = "tostring(<value>[,\"binary\"|\"hex\"|\"commas\"|\"duration\"])",
             .summary = "The value as text; a number in the given format.",
             .example = "tostring(1234567.891,\"commas\")", .result = "\"1,234,567.89\"", .min_args = 1, .max_args = 2,
             .returns = SPL_TYPE_TEXT, .bind = bind_tostring, .wrong = "tostring(1,\"nonsense\") ; tostring(1,2)")
{
    text_format format = FORMAT_PLAIN;
    spl_str name;

    if (argc > 1) {
        if (!spl_arg_text(ev, argv, 1, &name)) return SPL_NULL;
        format = spl_eval_data(ev) ? FORMAT_PLAIN : format_of(name);
    }
    if (argv[0].kind != SPL_KIND_MULTI) return single_to_text(ev, argv[0], format);
    uint32_t n = argv[0].as.multi->count;
    spl_value *items = SPL_NEW_ARRAY(ev->arena, n, spl_value);
    for (uint32_t i = 0; i < n; i++) {
        items[i] = single_to_text(ev, argv[0].as.multi->items[i], format);
    }
    return spl_multi_of(ev->arena, items, n);
}

/* --- toarray, toobject, tomv ---- */

/* JSON text without blanks, numbers as SPL writes them (1.00 is 1). False where TEXT is no JSON. */
static bool compact(spl_buf *out, spl_str text)
{
    spl_json json = spl_json_of(text);
    spl_json_token token, before = SPL_JSON_END;
    char room[SPL_NUM_MAX];
    double x;

    while ((token = spl_json_next(&json)) > SPL_JSON_END) {
        bool closes = token == SPL_JSON_OBJECT_END || token == SPL_JSON_ARRAY_END;
        if (before == SPL_JSON_KEY)
            spl_buf_char(out, ':');
        else if (!closes && before != SPL_JSON_END && before != SPL_JSON_OBJECT && before != SPL_JSON_ARRAY)
            spl_buf_char(out, ',');
        before = token;
        switch (token) {
        case SPL_JSON_OBJECT: spl_buf_char(out, '{'); break;
        case SPL_JSON_OBJECT_END: spl_buf_char(out, '}'); break;
        case SPL_JSON_ARRAY: spl_buf_char(out, '['); break;
        case SPL_JSON_ARRAY_END: spl_buf_char(out, ']'); break;
        case SPL_JSON_KEY:
        case SPL_JSON_STRING:
            spl_buf_char(out, '"');
            spl_buf_add(out, json.raw);
            spl_buf_char(out, '"');
            break;
        case SPL_JSON_NUMBER:
            if (spl_num_parse(json.raw, &x) && fabs(x) <= LARGEST)
                spl_buf_add(out, (spl_str){room, spl_num_write(room, x, 0)});
            else
                spl_buf_add(out, json.raw);
            break;
        default: spl_buf_add(out, json.raw); break;
        }
    }
    return token == SPL_JSON_END;
}

static bool opens_with(spl_value v, char c)
{
    if (v.kind != SPL_KIND_TEXT) return false;
    spl_str text = spl_str_trim(spl_value_str(v));
    return text.len && text.data[0] == c;
}

/* The value as compact JSON where it is JSON that opens with C, else null. */
static spl_value json_of(spl_eval *ev, spl_value v, char c)
{
    spl_buf out = spl_buf_in(ev->arena);
    if (!opens_with(v, c) || !compact(&out, spl_value_str(v))) return SPL_NULL;
    return spl_fn_text(ev, spl_buf_str(&out));
}

SPL_FUNCTION(toarray, .family = "conversion", .signature = "toarray(<value>)",
             .summary = "A JSON array of the values of a multivalue, or of text that is one; else null.",
             .example = "toarray(\"[1.00, \\\"b\\\"]\")", .result = "\"[1,\\\"b\\\"]\"", .min_args = 1, .max_args = 1,
             .args = "m")
{
    if (argv[0].kind != SPL_KIND_MULTI) return json_of(ev, argv[0], '[');
    spl_buf out = spl_buf_in(ev->arena);
    spl_buf_char(&out, '[');
    for (uint32_t i = 0; i < argv[0].as.multi->count; i++) {
        if (i) spl_buf_char(&out, ',');
        size_t mark = out.len;
        if (compact(&out, spl_value_text(ev->arena, argv[0].as.multi->items[i]))) continue;
        out.len = mark; /* what is no JSON is null, as in mv_to_json_array(x,true()) */
        spl_buf_puts(&out, "null");
    }
    spl_buf_char(&out, ']');
    return spl_fn_text(ev, spl_buf_str(&out));
}

SPL_FUNCTION(toobject, .family = "conversion", .signature = "toobject(<value>)",
             .summary = "The text where it is a JSON object, without blanks; else null.",
             .example = "toobject(\"{\\\"a\\\": 1}\")", .result = "\"{\\\"a\\\":1}\"", .min_args = 1, .max_args = 1,
             .args = "m")
{
    return json_of(ev, argv[0], '{');
}

SPL_FUNCTION(tomv, .family = "conversion", .signature = "tomv(<value>)",
             .summary = "The elements of a JSON array as a multivalue, strings with their quotes; else null.",
             .example = "tomv(\"[1,\\\"b\\\"]\")", .result = "[\"1\",\"\\\"b\\\"\"]", .min_args = 1, .max_args = 1,
             .args = "m")
{
    SPL_VEC(spl_value) items = {0};

    if (argv[0].kind == SPL_KIND_MULTI) return argv[0];
    if (!opens_with(argv[0], '[')) return SPL_NULL;
    spl_str text = spl_value_str(argv[0]);
    spl_json json = spl_json_of(text);
    spl_json_token token;
    (void)spl_json_next(&json); /* the bracket */
    while ((token = spl_json_next(&json)) > SPL_JSON_END) {
        if (token == SPL_JSON_ARRAY_END) break;
        spl_str item = json.raw;
        size_t begin = json.begin;
        if (token == SPL_JSON_OBJECT || token == SPL_JSON_ARRAY) {
            if (!spl_json_skip(&json, token)) return SPL_NULL;
            item = spl_str_sub(text, begin, json.at);
        } else if (token == SPL_JSON_STRING) {
            item = spl_str_sub(text, begin, json.at); /* json_array_to_mv() takes the quotes off */
        }
        SPL_PUSH(ev->arena, &items, spl_text(item));
    }
    if (token != SPL_JSON_ARRAY_END || spl_json_next(&json) != SPL_JSON_END) return SPL_NULL;
    return spl_multi_of(ev->arena, items.data, items.len);
}
