/* kv.c -- automatic extraction: key=value pairs, and what other KV_MODEs take out of a text.
 *
 * A pair is a key, an equals sign and a value without blanks between them. The key is the run of letters, digits, `_`,
 * `-`, `.`, `@`, `#` and `$` before the sign; what is neither letter nor digit in it becomes `_`, and leading digits
 * and underscores go (transforms.conf, CLEAN_KEYS). A value in double quotes ends at the next quote; another ends at a
 * blank, a comma, semicolon, ampersand, bar or quote, or at a closing bracket that was not opened in it. Pairs without
 * a value are passed over (KEEP_EMPTY_VALS). Rules: docs/reference/formats/lines.md */
#include "knowledge/kv.h"

#include "base/json.h"
#include "base/map.h"
#include "data/spath.h"

#include <assert.h>

typedef struct known {
    struct known *next; /* what followed last time */
    spl_str key;
    spl_field field; /* SPL_NO_FIELD: not wanted */
    uint64_t batch;  /* serial number that COLUMN is of */
    spl_column *column;
} known;

struct spl_kv {
    spl_arena *arena;
    spl_fields *fields;
    const spl_fieldset *wanted;
    spl_kv_options options;
    spl_map names;      /* keys as they stand -> known */
    known first, *last; /* of the event: the last key met, first before any */
    spl_buf clean;
    bool nothing; /* is wanted that a pair could give */
    spl_batch *batch;
    uint64_t serial;
    uint32_t row;
    uint64_t n_fields; /* of the text at hand */
    bool cut;
    spl_arena *whole_arena; /* of the next one; made when first needed */
    spl_map whole;          /* of other kinds than pairs: names as they stand -> many */
    SPL_VEC(struct many *) touched;
};

typedef struct many { /* a field of a text that is no pairs */
    spl_field field;
    bool touched;
    SPL_VEC(spl_value) values; /* in the batch */
} many;

enum { MAX_NAMES = 1 << 14 }; /* beyond: looked up each time */
#define NO_FIELD UINT32_MAX

static bool is_metadata(spl_field field)
{
    return field == SPL_F_HOST || field == SPL_F_SOURCE || field == SPL_F_SOURCETYPE || field == SPL_F_INDEX ||
           field == SPL_F_TIME || field == SPL_F_RAW;
}

spl_kv *spl_kv_new(spl_arena *arena, spl_fields *fields, const spl_fieldset *wanted, spl_kv_options options)
{
    spl_kv *kv = SPL_NEW(arena, spl_kv);
    size_t i;

    kv->arena = arena;
    kv->fields = fields;
    kv->wanted = wanted;
    kv->options = options;
    kv->names = spl_map_in(arena);
    kv->clean = spl_buf_in(arena);
    kv->nothing = spl_fieldset_finite(wanted);
    for (i = 0; i < wanted->names.len && kv->nothing; i++) kv->nothing = is_metadata(wanted->names.data[i]);
    return kv;
}

static bool in_key(char c)
{
    return spl_is_word(c) || c == '-' || c == '.' || c == '@' || c == '#' || c == '$' || (unsigned char)c >= 0x80;
}

static spl_field field_named(spl_kv *kv, spl_str name)
{
    spl_field field = spl_fieldset_find(kv->wanted, name);

    return is_metadata(field) ? NO_FIELD : field;
}

static spl_field field_of(spl_kv *kv, spl_str key)
{
    size_t i, from = 0;
    spl_str name;

    while (from < key.len && !spl_is_alpha(key.data[from])) from++;
    spl_buf_clear(&kv->clean);
    for (i = from; i < key.len; i++) {
        char c = key.data[i];

        spl_buf_char(&kv->clean, spl_is_alpha(c) || spl_is_digit(c) ? c : '_');
    }
    name = spl_buf_str(&kv->clean);
    if (name.len == 0) return NO_FIELD;
    return field_named(kv, name);
}

static void put(spl_kv *kv, spl_str key, spl_str value, bool unescape)
{
    known once = {0}, *k = kv->last->next;

    if (!k || !spl_str_eq(k->key, key)) {
        spl_map_entry *entry = spl_map_find(&kv->names, key);

        k = entry ? entry->value : &once;
        if (!entry) {
            once.field = field_of(kv, key);
            if (kv->names.len < MAX_NAMES) {
                k = SPL_NEW(kv->arena, known);
                k->field = once.field;
                entry = spl_map_put(&kv->names, key, NULL);
                entry->value = k;
                k->key = entry->key;
            }
        }
        if (k != &once) kv->last->next = k;
    }
    if (k != &once) kv->last = k;
    if (k->field == NO_FIELD) return;
    if (k->batch != kv->serial) {
        k->column = spl_batch_add(kv->batch, k->field);
        k->batch = kv->serial;
    }
    assert(k->column);
    if (k->column->cells[kv->row].kind != SPL_KIND_NULL) return;
    if (kv->options.fields && kv->n_fields++ >= kv->options.fields) {
        kv->cut = true;
        return;
    }
    if (unescape && memchr(value.data, '\\', value.len)) {
        char *out = spl_alloc(kv->batch->arena, value.len);
        size_t i, len = 0;

        for (i = 0; i < value.len; i++) {
            if (value.data[i] == '\\' && i + 1 < value.len && (value.data[i + 1] == '"' || value.data[i + 1] == '\\'))
                i++;
            out[len++] = value.data[i];
        }
        value = spl_str_cut(out, len);
    }
    k->column->cells[kv->row] = spl_text(value);
}

/* Where the unquoted value at P ends. */
static const char *bare_end(const char *p, const char *end)
{
    int round = 0, square = 0, curly = 0;

    for (; p < end; p++) {
        switch (*p) {
        case ' ':
        case '\t':
        case '\n':
        case '\r':
        case '\v':
        case '\f':
        case ',':
        case ';':
        case '&':
        case '|':
        case '"': return p;
        case '(': round++; break;
        case '[': square++; break;
        case '{': curly++; break;
        case ')':
            if (round-- == 0) return p;
            break;
        case ']':
            if (square-- == 0) return p;
            break;
        case '}':
            if (curly-- == 0) return p;
            break;
        default: break;
        }
    }
    return p;
}

static const char *quoted_end(const char *p, const char *end, bool escaped)
{
    for (;; p++) {
        const char *quote = memchr(p, '"', (size_t)(end - p)), *slash;

        if (!quote || !escaped) return quote;
        slash = memchr(p, '\\', (size_t)(quote - p));
        if (!slash) return quote;
        p = slash + 1;
        if (p >= end) return NULL;
    }
}

void spl_kv_begin(spl_kv *kv, spl_batch *batch)
{
    kv->batch = batch;
    kv->serial++;
    if (kv->whole.len <= MAX_NAMES) return;
    spl_arena_reset(kv->whole_arena); /* hostile: no two names alike */
    kv->whole = spl_map_in(kv->whole_arena);
}

static void add_value(void *to, spl_str name, spl_str value)
{
    spl_kv *kv = to;
    many *m;

    if (!kv->whole_arena) {
        kv->whole_arena = spl_arena_new(spl_arena_account(kv->arena));
        kv->whole = spl_map_in(kv->whole_arena);
    }
    m = spl_map_get(&kv->whole, name);
    if (!m) {
        m = SPL_NEW(kv->whole_arena, many);
        m->field = field_named(kv, name);
        spl_map_set(&kv->whole, name, m);
    }
    if (m->field == NO_FIELD) return;
    if (!m->touched) {
        if (kv->options.fields && kv->touched.len >= kv->options.fields) {
            kv->cut = true;
            return;
        }
        m->touched = true;
        memset(&m->values, 0, sizeof m->values);
        SPL_PUSH(kv->arena, &kv->touched, m);
    }
    SPL_PUSH(kv->batch->arena, &m->values, spl_text(value));
}

static void prepend(spl_kv *kv, many *m, spl_value had)
{
    SPL_VEC(spl_value) all = {0};

    for (uint32_t k = 0; k < spl_value_count(had); k++) SPL_PUSH(kv->batch->arena, &all, spl_value_at(had, k));
    for (size_t k = 0; k < m->values.len; k++) SPL_PUSH(kv->batch->arena, &all, m->values.data[k]);
    m->values.data = all.data;
    m->values.len = all.len;
    m->values.cap = all.cap;
}

static void put_touched(spl_kv *kv)
{
    for (size_t i = 0; i < kv->touched.len; i++) {
        many *m = kv->touched.data[i];

        spl_value had = spl_batch_get(kv->batch, kv->row, m->field);

        m->touched = false;
        if (!spl_is_null(had) && !kv->options.adds) continue;
        if (!spl_is_null(had)) prepend(kv, m, had);
        spl_batch_set(kv->batch, kv->row, m->field,
                      m->values.len == 1 ? m->values.data[0]
                                         : spl_multi_of(kv->batch->arena, m->values.data, m->values.len));
    }
    kv->touched.len = 0;
}

/* Spaces alone, no other blanks (KV_TRIM_SPACES). */
static spl_str without_spaces(spl_str text)
{
    while (text.len && text.data[0] == ' ') text = spl_str_sub(text, 1, text.len);
    while (text.len && text.data[text.len - 1] == ' ') text.len--;
    return text;
}

static void pairs(spl_kv *kv, spl_str text)
{
    const char *p = text.data, *end = text.data + text.len, *from = p, *sign, *stop;

    kv->last = &kv->first;
    while (p < end && (sign = memchr(p, '=', (size_t)(end - p)))) {
        const char *key = sign;
        spl_str value;
        bool quoted;

        while (key > from && in_key(key[-1])) key--;
        p = sign + 1;
        if (p < end && *p == '=') { /* a comparison */
            while (p < end && *p == '=') p++;
            from = p;
            continue;
        }
        if (key == sign) continue;
        quoted = p < end && *p == '"';
        stop = quoted ? quoted_end(p + 1, end, kv->options.escaped) : NULL;
        if (stop) {
            value = spl_str_cut(p + 1, (size_t)(stop - p - 1));
            if (!kv->options.keep_spaces) value = without_spaces(value);
            p = stop + 1;
        } else { /* a quote that does not close is passed over */
            if (quoted) p++;
            stop = bare_end(p, end);
            value = spl_str_cut(p, (size_t)(stop - p));
            p = stop;
        }
        from = p;
        if (value.len) put(kv, spl_str_cut(key, (size_t)(sign - key)), value, quoted && kv->options.escaped);
    }
}

static void table(spl_kv *kv, spl_match *match, spl_str text)
{
    spl_grid_options options = {.multitable = true, .rules = kv->options.rules};
    spl_grid_lines lines = spl_grid_read(kv->batch->arena, match, &options, text);

    for (size_t i = 0; i < lines.len; i++)
        for (size_t k = 0; k < lines.data[i].cells.len; k++)
            add_value(kv, lines.data[i].cells.data[k].name, lines.data[i].cells.data[k].text);
}

bool spl_kv_row(spl_kv *kv, spl_match *match, uint32_t row, spl_str text)
{
    spl_str inner = text;

    if (kv->nothing) return true;
    kv->row = row;
    kv->n_fields = 0;
    kv->cut = false;
    if (kv->options.bytes && text.len > kv->options.bytes) {
        kv->cut = true;
        text.len = kv->options.bytes;
    }
    switch (kv->options.kind) {
    case SPL_KV_PAIRS:
        if (kv->options.json && inner.len && inner.data[0] == '{' && spl_json_valid(inner)) {
            spl_spath_walk(kv->batch->arena, text, add_value, kv);
        } else {
            pairs(kv, text);
        }
        break;
    case SPL_KV_JSON:
    case SPL_KV_XML:
        inner = spl_str_trim(text);
        if (!inner.len || (inner.data[0] == '<') != (kv->options.kind == SPL_KV_XML)) break;
        if (kv->options.objects && !(inner.data[0] == '{' && spl_json_valid(inner))) break;
        spl_spath_walk(kv->batch->arena, inner, add_value, kv);
        break;
    case SPL_KV_TABLE: table(kv, match, text); break;
    }
    if (kv->touched.len) put_touched(kv);
    return !kv->cut;
}
