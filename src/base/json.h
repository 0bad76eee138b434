/* json.h -- a validating pull scanner over JSON text, without allocation, and the escapes both ways.
 *
 *   spl_json json = spl_json_of(text);
 *   while ((token = spl_json_next(&json)) > SPL_JSON_END) …
 *
 * Strings and numbers are handed out as they stand (json.raw), so that the order of keys, duplicate keys and the
 * spelling of numbers survive. Nesting is bounded by SPL_JSON_DEPTH; deeper text is an error, not a recursion. The
 * readers have a faster scanner of their own for events. */
#ifndef SPL_BASE_JSON_H
#define SPL_BASE_JSON_H

#include "base/buf.h"

enum { SPL_JSON_DEPTH = 512 };

typedef enum spl_json_token {
    SPL_JSON_ERROR, /* json.at is where */
    SPL_JSON_END,   /* the value is complete and nothing but space follows */
    SPL_JSON_OBJECT,
    SPL_JSON_OBJECT_END,
    SPL_JSON_ARRAY,
    SPL_JSON_ARRAY_END,
    SPL_JSON_KEY,
    SPL_JSON_STRING,
    SPL_JSON_NUMBER,
    SPL_JSON_TRUE,
    SPL_JSON_FALSE,
    SPL_JSON_NULL,
} spl_json_token;

typedef struct spl_json {
    spl_str text;
    size_t at;      /* behind the last token */
    size_t begin;   /* of the last token, quotes included */
    spl_str raw;    /* STRING, KEY: between the quotes, escapes and all; NUMBER and the rest: as it stands */
    bool escaped;   /* STRING, KEY: raw holds escapes */
    unsigned depth; /* how many objects and arrays are open */
    uint8_t expect; /* what may come: internal */
    uint64_t is_object[SPL_JSON_DEPTH / 64]; /* a bit a level */
} spl_json;

spl_json spl_json_of(spl_str text);
spl_json_token spl_json_next(spl_json *json);
/* After OBJECT, ARRAY (just returned) or KEY (its value is next): moves behind that value. False on an error. */
bool spl_json_skip(spl_json *json, spl_json_token token);
/* TEXT as a whole is one JSON value. */
bool spl_json_valid(spl_str text);

/* A raw string without its escapes; borrowed where there are none. Surrogates are joined, lone ones become U+FFFD; an
 * escape that JSON does not know stays as it stands. */
spl_str spl_json_unescape(spl_arena *arena, spl_str raw);
/* The same into OUT, which has room for as many bytes; the length. */
size_t spl_json_unescape_to(char *out, spl_str raw);
/* Appends TEXT as a JSON string, quotes included: only what must be escaped is; invalid UTF-8 becomes U+FFFD. */
void spl_json_quote(spl_buf *out, spl_str text);

#endif
