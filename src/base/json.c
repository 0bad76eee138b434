/* json.c -- the pull scanner: one byte of state, one bit a level. RFC 8259, no extensions. */
#include "base/json.h"
#include "base/utf8.h"

enum { WANT_VALUE, WANT_FIRST_ITEM, WANT_FIRST_KEY, WANT_KEY, WANT_COLON, AFTER_VALUE, DONE, BROKEN };

spl_json spl_json_of(spl_str text)
{
    return (spl_json){.text = text, .expect = WANT_VALUE};
}

static spl_json_token broken(spl_json *json)
{
    json->expect = BROKEN;
    return SPL_JSON_ERROR;
}

static void skip_space(spl_json *json)
{
    while (json->at < json->text.len) {
        char c = json->text.data[json->at];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
        json->at++;
    }
}

/* At the opening quote. */
static bool scan_string(spl_json *json)
{
    const char *data = json->text.data;
    size_t at = json->at + 1, end = json->text.len;

    json->escaped = false;
    for (; at < end && data[at] != '"'; at++) {
        if ((unsigned char)data[at] < ' ') break;
        if (data[at] != '\\') continue;
        json->escaped = true;
        if (++at == end) break;
        if (data[at] == 'u') {
            for (int i = 0; i < 4; i++)
                if (++at >= end || spl_hex_value(data[at]) < 0) return json->at = at, false;
        } else if (!memchr("\"\\/bfnrt", data[at], 8)) {
            break;
        }
    }
    if (at >= end || data[at] != '"') return json->at = at, false;
    json->raw = spl_str_sub(json->text, json->at + 1, at);
    json->at = at + 1;
    return true;
}

static bool scan_digits(spl_json *json)
{
    size_t first = json->at;

    while (json->at < json->text.len && spl_is_digit(json->text.data[json->at])) json->at++;
    return json->at > first;
}

static bool scan_number(spl_json *json)
{
    const char *data = json->text.data;
    size_t end = json->text.len;

    if (data[json->at] == '-') json->at++;
    if (json->at < end && data[json->at] == '0')
        json->at++;
    else if (!scan_digits(json))
        return false;
    if (json->at < end && data[json->at] == '.') {
        json->at++;
        if (!scan_digits(json)) return false;
    }
    if (json->at < end && (data[json->at] == 'e' || data[json->at] == 'E')) {
        json->at++;
        if (json->at < end && (data[json->at] == '+' || data[json->at] == '-')) json->at++;
        if (!scan_digits(json)) return false;
    }
    return true;
}

static bool in_object(const spl_json *json)
{
    unsigned level = json->depth - 1;

    return json->is_object[level / 64] >> level % 64 & 1;
}

static spl_json_token open_level(spl_json *json, bool object)
{
    uint64_t bit;

    if (json->depth == SPL_JSON_DEPTH) return broken(json);
    bit = UINT64_C(1) << json->depth % 64;
    if (object)
        json->is_object[json->depth / 64] |= bit;
    else
        json->is_object[json->depth / 64] &= ~bit;
    json->depth++;
    json->at++;
    json->expect = object ? WANT_FIRST_KEY : WANT_FIRST_ITEM;
    return object ? SPL_JSON_OBJECT : SPL_JSON_ARRAY;
}

static spl_json_token close_level(spl_json *json)
{
    spl_json_token token = in_object(json) ? SPL_JSON_OBJECT_END : SPL_JSON_ARRAY_END;

    json->at++;
    json->depth--;
    json->expect = json->depth ? AFTER_VALUE : DONE;
    return token;
}

static spl_json_token scan_value(spl_json *json)
{
    static const struct {
        const char *word;
        spl_json_token token;
    } words[] = {{"true", SPL_JSON_TRUE}, {"false", SPL_JSON_FALSE}, {"null", SPL_JSON_NULL}};
    char c = json->text.data[json->at];

    json->begin = json->at;
    if (c == '{' || c == '[') return open_level(json, c == '{');
    json->expect = json->depth ? AFTER_VALUE : DONE;
    if (c == '"') return scan_string(json) ? SPL_JSON_STRING : broken(json);
    if (c == '-' || spl_is_digit(c)) {
        if (!scan_number(json)) return broken(json);
        json->raw = spl_str_sub(json->text, json->begin, json->at);
        return SPL_JSON_NUMBER;
    }
    for (int i = 0; i < 3; i++) {
        spl_str word = spl_str_of(words[i].word);
        json->raw = spl_str_sub(json->text, json->at, json->at + word.len);
        if (!spl_str_eq(json->raw, word)) continue;
        json->at += word.len;
        return words[i].token;
    }
    return broken(json);
}

spl_json_token spl_json_next(spl_json *json)
{
    for (;;) {
        char c;
        skip_space(json);
        if (json->expect == BROKEN) return SPL_JSON_ERROR;
        if (json->at >= json->text.len) return json->expect == DONE ? SPL_JSON_END : broken(json);
        c = json->text.data[json->at];
        switch (json->expect) {
        case WANT_FIRST_ITEM:
            if (c == ']') return close_level(json);
            return scan_value(json);
        case WANT_VALUE: return scan_value(json);
        case WANT_FIRST_KEY:
            if (c == '}') return close_level(json);
            /* fall through */
        case WANT_KEY:
            if (c != '"') return broken(json);
            json->begin = json->at;
            if (!scan_string(json)) return broken(json);
            json->expect = WANT_COLON;
            return SPL_JSON_KEY;
        case WANT_COLON:
            if (c != ':') return broken(json);
            json->at++;
            json->expect = WANT_VALUE;
            break;
        case AFTER_VALUE:
            if (c == (in_object(json) ? '}' : ']')) return close_level(json);
            if (c != ',') return broken(json);
            json->at++;
            json->expect = in_object(json) ? WANT_KEY : WANT_VALUE;
            break;
        default: return broken(json);
        }
    }
}

bool spl_json_skip(spl_json *json, spl_json_token token)
{
    unsigned depth;

    if (token == SPL_JSON_KEY) token = spl_json_next(json);
    if (token != SPL_JSON_OBJECT && token != SPL_JSON_ARRAY) return token > SPL_JSON_END;
    depth = json->depth;
    while (json->depth >= depth)
        if (spl_json_next(json) <= SPL_JSON_END) return false;
    return true;
}

bool spl_json_valid(spl_str text)
{
    spl_json json = spl_json_of(text);
    spl_json_token token;

    while ((token = spl_json_next(&json)) > SPL_JSON_END)
        ;
    return token == SPL_JSON_END;
}

static bool hex4(const char *p, const char *end, uint32_t *code)
{
    *code = 0;
    if (end - p < 4) return false;
    for (int i = 0; i < 4; i++) {
        int digit = spl_hex_value(p[i]);

        if (digit < 0) return false;
        *code = *code << 4 | (uint32_t)digit;
    }
    return true;
}

size_t spl_json_unescape_to(char *out, spl_str text)
{
    const char *p = text.data, *end = text.data + text.len;
    char *to = out;

    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash ? slash : end) - p);
        uint32_t code, low;

        memcpy(to, p, plain);
        to += plain;
        if (!slash) break;
        if (end - slash < 2) {
            *to++ = '\\';
            break;
        }
        p = slash + 2;
        switch (slash[1]) {
        case 'n': *to++ = '\n'; break;
        case 't': *to++ = '\t'; break;
        case 'r': *to++ = '\r'; break;
        case 'b': *to++ = '\b'; break;
        case 'f': *to++ = '\f'; break;
        case '"':
        case '\\':
        case '/': *to++ = slash[1]; break;
        case 'u':
            if (!hex4(p, end, &code)) { /* stays as it stands */
                *to++ = '\\';
                *to++ = 'u';
                break;
            }
            p += 4;
            if (code >= 0xD800 && code < 0xE000) {
                if (code < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' && hex4(p + 2, end, &low) &&
                    low >= 0xDC00 && low < 0xE000) {
                    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                    p += 6;
                } else {
                    code = 0xFFFD;
                }
            }
            to += spl_utf8_put(to, code);
            break;
        default: *to++ = '\\'; *to++ = slash[1];
        }
    }
    return (size_t)(to - out);
}

spl_str spl_json_unescape(spl_arena *arena, spl_str raw)
{
    char *out;

    if (!raw.len || !memchr(raw.data, '\\', raw.len)) return raw;
    out = spl_alloc(arena, raw.len); /* no escape is shorter than what it stands for */
    return spl_str_cut(out, spl_json_unescape_to(out, raw));
}

void spl_json_quote(spl_buf *out, spl_str text)
{
    static const char short_escapes[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    size_t at = 0, done = 0;

    spl_buf_room(out, text.len + 2);
    spl_buf_char(out, '"');
    while (at < text.len) {
        unsigned char c = (unsigned char)text.data[at];
        size_t next = at + 1;
        if (c >= 0x80) {
            next = at;
            if (spl_utf8_next(text, &next) != 0xfffd || next - at == 3) {
                at = next;
                continue;
            }
        } else if (c >= ' ' && c != '"' && c != '\\') {
            at = next;
            continue;
        }
        spl_buf_add(out, spl_str_sub(text, done, at));
        if (c >= 0x80) {
            spl_buf_utf8(out, 0xfffd);
        } else if (c >= ' ' || short_escapes[c]) {
            spl_buf_char(out, '\\');
            spl_buf_char(out, c >= ' ' ? (char)c : short_escapes[c]);
        } else {
            spl_buf_printf(out, "\\u%04x", c);
        }
        at = done = next;
    }
    spl_buf_add(out, spl_str_sub(text, done, text.len));
    spl_buf_char(out, '"');
}
