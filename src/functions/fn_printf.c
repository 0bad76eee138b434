/* fn_printf.c -- printf(). Search Reference, "Conversion functions". The C library writes the digits of numbers; all
 * else is done here, so that neither its locale nor its argument lists matter. */
#include "base/num.h"
#include "base/utf8.h"
#include "exec/bind.h"
#include "expr/expr.h"

#include <math.h>
#include <stdio.h>

typedef struct conversion {
    bool minus, plus, space, alternative, zero, group;
    bool has_precision, width_arg, precision_arg;
    int64_t width, precision;
    char type;
} conversion;

/* Reads what follows a % at *AT. */
static bool read_conversion(spl_str format, size_t *at, conversion *c)
{
    *c = (conversion){0};
    for (; *at < format.len; ++*at) {
        switch (format.data[*at]) {
        case '-': c->minus = true; continue;
        case '+': c->plus = true; continue;
        case ' ': c->space = true; continue;
        case '#': c->alternative = true; continue;
        case '0': c->zero = true; continue;
        case '\'': c->group = true; continue;
        default: break;
        }
        break;
    }
    if (*at < format.len && format.data[*at] == '*') c->width_arg = true, ++*at;
    for (; *at < format.len && spl_is_digit(format.data[*at]) && c->width < 1000000000; ++*at)
        c->width = c->width * 10 + (format.data[*at] - '0');
    if (*at < format.len && format.data[*at] == '.') {
        c->has_precision = true;
        ++*at;
        if (*at < format.len && format.data[*at] == '*') c->precision_arg = true, ++*at;
        for (; *at < format.len && spl_is_digit(format.data[*at]) && c->precision < 1000000000; ++*at)
            c->precision = c->precision * 10 + (format.data[*at] - '0');
    }
    if (*at >= format.len) return false;
    c->type = format.data[(*at)++];
    return c->type && memchr("aAcdeEfFgGiopsuxXz%", c->type, 19) != NULL;
}

static bool bind_printf(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *format = spl_expr_constant(args[0]);
    int needed = 1;
    (void)call;

    *data = NULL;
    if (!format || format->kind != SPL_KIND_TEXT) return true;
    for (size_t at = 0; at < format->len;) {
        conversion c;
        size_t begin = at;
        if (format->as.text[at++] != '%') continue;
        if (!read_conversion(spl_value_str(*format), &at, &c)) {
            spl_bad_argument(binder, spl_expr_node(args[0])->span, "\"%.*s\" is no conversion of printf()",
                             SPL_FMT(spl_str_sub(spl_value_str(*format), begin, at)));
            spl_hint(binder->diag, "Conversions are %%d %%u %%f %%e %%g %%x %%o %%c %%s and %%%%.");
            return false;
        }
        needed += c.width_arg + c.precision_arg + (c.type != '%');
    }
    if (needed <= argc) return true;
    return spl_bad_argument(binder, spl_expr_node(args[0])->span, "the format of printf() takes %d values, not %d",
                            needed - 1, argc - 1);
}

static void put_padded(spl_buf *out, const conversion *c, spl_str sign, spl_str text, bool may_zero)
{
    size_t have = sign.len + spl_utf8_length(text);
    size_t pad = c->width > 0 && (size_t)c->width > have ? (size_t)c->width - have : 0;
    bool zero = c->zero && may_zero && !c->minus;

    if (!c->minus && !zero) memset(spl_buf_room(out, pad), ' ', pad), out->len += pad;
    spl_buf_add(out, sign);
    if (zero) memset(spl_buf_room(out, pad), '0', pad), out->len += pad;
    spl_buf_add(out, text);
    if (c->minus) memset(spl_buf_room(out, pad), ' ', pad), out->len += pad;
}

/* Commas between thousands of the digits before the point. */
static spl_str group_thousands(spl_arena *arena, spl_str text)
{
    spl_buf out = spl_buf_in(arena);
    size_t digits = 0;

    while (digits < text.len && spl_is_digit(text.data[digits])) digits++;
    for (size_t i = 0; i < text.len; i++) {
        if (i && i < digits && (digits - i) % 3 == 0) spl_buf_char(&out, ',');
        spl_buf_char(&out, text.data[i]);
    }
    return spl_buf_str(&out);
}

static spl_str sign_of(const conversion *c, bool negative)
{
    return negative ? SPL_S("-") : c->plus ? SPL_S("+") : c->space ? SPL_S(" ") : SPL_S("");
}

/* No double has more digits than these; those behind are zeros. */
enum { MOST_DIGITS = 1100 };

/* DIGITS with ZEROS more before the exponent that TYPE has, or at their end. */
static spl_str more_zeros(spl_arena *arena, spl_str digits, size_t zeros, char type)
{
    char letter = spl_ascii_lower(type) == 'a' ? 'p' : 'e', exponent = type < 'a' ? spl_ascii_upper(letter) : letter;
    const char *at = memchr(digits.data, exponent, digits.len);
    size_t head = at ? (size_t)(at - digits.data) : digits.len;
    char *text = spl_alloc(arena, digits.len + zeros);

    memcpy(text, digits.data, head);
    memset(text + head, '0', zeros);
    memcpy(text + head + zeros, digits.data + head, digits.len - head);
    return spl_str_cut(text, digits.len + zeros);
}

static void put_double(spl_buf *out, const conversion *c, double number)
{
    char spec[8], small[128];
    size_t n = 0, len = 0;
    size_t zeros = c->has_precision && c->precision > MOST_DIGITS ? (size_t)c->precision - MOST_DIGITS : 0;
    int precision = zeros ? MOST_DIGITS : c->has_precision ? (int)c->precision : -1, size;
    char *text = small;
    bool point = false;

    spec[n++] = '%';
    if (c->alternative) spec[n++] = '#';
    spec[n++] = '.', spec[n++] = '*', spec[n++] = c->type, spec[n] = '\0';
    size = snprintf(small, sizeof small, spec, precision, fabs(number));
    if (size >= (int)sizeof small) {
        text = spl_alloc(out->arena, (size_t)size + 1);
        snprintf(text, (size_t)size + 1, spec, precision, fabs(number));
    }
    if (isfinite(number)) { /* the process's decimal point, whatever it is, becomes a point */
        for (int i = 0; i < size; i++) {
            if (spl_is_word(text[i]) || text[i] == '+' || text[i] == '-') {
                text[len++] = text[i];
            } else if (!point) {
                text[len++] = '.';
                point = true;
            }
        }
    } else {
        len = (size_t)(size < 0 ? 0 : size);
    }
    spl_str digits = spl_str_cut(text, len);
    if (zeros && isfinite(number) && (c->alternative || !spl_is_any(c->type, "gG")))
        digits = more_zeros(out->arena, digits, zeros, c->type);
    if (c->group) digits = group_thousands(out->arena, digits);
    put_padded(out, c, sign_of(c, signbit(number) != 0), digits, isfinite(number));
}

static void put_integer(spl_buf *out, const conversion *c, double number)
{
    char text[400];
    size_t at = sizeof text;
    bool is_signed = c->type == 'd' || c->type == 'i', negative = is_signed && number < 0;
    unsigned base = c->type == 'o' ? 8 : c->type == 'x' || c->type == 'X' || c->type == 'p' ? 16 : 10;
    const char *digits = c->type == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
    spl_str sign = is_signed ? sign_of(c, negative) : SPL_S("");
    spl_str shown;

    number = trunc(number);
    if (fabs(number) < 9e18) {
        uint64_t value = number < 0 ? (uint64_t)(int64_t)number : (uint64_t)number;
        bool zero = value == 0;
        if (negative) value = 0 - value;
        if (!zero || !c->has_precision || c->precision > 0) {
            do text[--at] = digits[value % base];
            while (value /= base);
        }
        shown = spl_str_cut(text + at, sizeof text - at);
        if (c->alternative && base == 8 && (!shown.len || shown.data[0] != '0'))
            text[--at] = '0', shown = spl_str_cut(text + at, sizeof text - at);
        if (c->alternative && base == 16 && !zero) sign = c->type == 'x' ? SPL_S("0x") : SPL_S("0X");
    } else {
        shown = spl_str_cut(text, (size_t)snprintf(text, sizeof text, "%.0f", fabs(number)));
    }
    if (c->has_precision && (size_t)c->precision > shown.len) {
        size_t zeros = (size_t)c->precision - shown.len;
        char *padded = spl_alloc(out->arena, (size_t)c->precision);
        memset(padded, '0', zeros);
        memcpy(padded + zeros, shown.data, shown.len);
        shown = spl_str_cut(padded, (size_t)c->precision);
    }
    if (c->group && base == 10) shown = group_thousands(out->arena, shown);
    put_padded(out, c, sign, shown, !c->has_precision);
}

SPL_FUNCTION(printf, .family = "text", .signature = "printf(<format>[,<value>,…])",
             .summary = "The values written in the format, as the function of C does.",
             .example = "printf(\"%05d|%-4s|%.2f|%'d\",42,\"ab\",2.71828,1234567)",
             .result = "\"00042|ab  |2.72|1,234,567\"", .min_args = 1, .max_args = -1, .args = "s*",
             .bind = bind_printf, .wrong = "printf(\"%q\",1)")
{
    spl_buf out = spl_buf_in(ev->arena);
    spl_str format, text;
    int next = 1;

    if (!spl_arg_text(ev, argv, 0, &format)) return SPL_NULL;
    for (size_t at = 0; at < format.len;) {
        const char *percent = memchr(format.data + at, '%', format.len - at);
        size_t stop = percent ? (size_t)(percent - format.data) : format.len;
        conversion c;
        double number;
        spl_buf_add(&out, spl_str_sub(format, at, stop));
        if (!percent) break;
        at = stop + 1;
        if (!read_conversion(format, &at, &c)) return SPL_NULL;
        if (c.width_arg) {
            if (next >= argc || !spl_arg_int(argv, next++, &c.width)) return SPL_NULL;
            if (c.width < -1000000000) return SPL_NULL;
            if (c.width < 0) c.minus = true, c.width = -c.width;
        }
        if (c.precision_arg) {
            if (next >= argc || !spl_arg_int(argv, next++, &c.precision)) return SPL_NULL;
            if (c.precision < 0) c.has_precision = false;
        }
        if (c.width > 1000000000 || c.precision > 1000000000) return SPL_NULL;
        if (c.type == '%') {
            spl_buf_char(&out, '%');
            continue;
        }
        if (next >= argc) return SPL_NULL;
        switch (c.type) {
        case 's':
        case 'z':
            text = SPL_S("Null");
            if (argv[next].kind != SPL_KIND_NULL && !spl_arg_text(ev, argv, next, &text)) return SPL_NULL;
            if (c.has_precision) text = spl_str_sub(text, 0, spl_utf8_offset(text, (size_t)c.precision));
            put_padded(&out, &c, SPL_S(""), text, false);
            break;
        case 'c':
            if (argv[next].kind == SPL_KIND_NUMBER) { /* a code point */
                spl_buf one = spl_buf_in(ev->arena);
                if (!(argv[next].as.number >= 0 && argv[next].as.number <= 0x10ffff)) return SPL_NULL;
                spl_buf_utf8(&one, (uint32_t)argv[next].as.number);
                text = spl_buf_str(&one);
            } else {
                if (!spl_arg_text(ev, argv, next, &text)) return SPL_NULL;
                text = spl_str_sub(text, 0, spl_utf8_offset(text, 1));
            }
            put_padded(&out, &c, SPL_S(""), text, false);
            break;
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X':
        case 'p':
            if (!spl_arg_number(argv, next, &number) || !isfinite(number)) return SPL_NULL;
            put_integer(&out, &c, number);
            break;
        default:
            if (!spl_arg_number(argv, next, &number)) return SPL_NULL;
            put_double(&out, &c, number);
            break;
        }
        next++;
    }
    return spl_text(spl_buf_str(&out));
}
