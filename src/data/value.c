/* value.c -- what a cell means as a number, as text, and as a key. */
#include "base/hash.h"
#include "data/value.h"
#include "base/fault.h"
#include "base/num.h"

#include <math.h>

spl_value spl_number_decimals(double number, unsigned decimals)
{
    int whole = number == 0 ? 1 : (int)floor(log10(fabs(number))) + 1, digits = whole + (int)decimals;
    spl_value v = spl_number_digits(number, digits > 0 && digits <= 17 ? (unsigned)digits : 0);

    v.spare = SPL_SPARE_EXACT;
    return v;
}

spl_value spl_multi_of(spl_arena *arena, const spl_value *items, size_t count)
{
    spl_multi *multi;
    size_t kept = 0;
    spl_value first = SPL_NULL;

    for (size_t i = 0; i < count; i++)
        if (!spl_is_null(items[i]) && !kept++) first = items[i];
    if (kept <= 1) return first;
    if (kept > UINT32_MAX / sizeof(spl_value)) spl_fail(SPL_BOUND, "a multivalue field of %zu values", kept);
    multi = spl_alloc(arena, sizeof *multi + kept * sizeof(spl_value));
    multi->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!spl_is_null(items[i])) multi->items[multi->count++] = items[i];
    return (spl_value){.as.multi = multi, .kind = SPL_KIND_MULTI};
}

bool spl_value_number(spl_value v, double *number)
{
    switch ((spl_kind)v.kind) {
    case SPL_KIND_NUMBER: *number = v.as.number; return true;
    case SPL_KIND_TEXT: {
        /* Most text is no number, and shows it by its first byte. */
        char c = v.len ? v.as.text[0] : 'x';
        if (!spl_is_digit(c) && c != '-' && c != '+' && c != '.' && !spl_is_space(c)) return false;
        return spl_num_parse(spl_value_str(v), number);
    }
    case SPL_KIND_NULL:
    case SPL_KIND_MULTI:
    case SPL_KIND_BOOL: break;
    }
    return false;
}

spl_str spl_value_text(spl_arena *arena, spl_value v)
{
    switch ((spl_kind)v.kind) {
    case SPL_KIND_TEXT: return spl_value_str(v);
    case SPL_KIND_NUMBER: return spl_num_text(arena, v.as.number, v.digits);
    case SPL_KIND_BOOL: return v.as.truth ? SPL_S("True") : SPL_S("False");
    case SPL_KIND_MULTI: {
        spl_buf out = spl_buf_in(arena);
        for (uint32_t i = 0; i < v.as.multi->count; i++) {
            if (i) spl_buf_char(&out, '\n');
            spl_buf_add(&out, spl_value_text(arena, v.as.multi->items[i]));
        }
        return spl_buf_str(&out);
    }
    case SPL_KIND_NULL: break;
    }
    return SPL_S("");
}

spl_value spl_value_keep(spl_arena *arena, spl_value v)
{
    if (v.kind == SPL_KIND_TEXT) {
        v.as.text = spl_str_copy(arena, spl_value_str(v)).data;
    } else if (v.kind == SPL_KIND_MULTI) {
        size_t size = sizeof(spl_multi) + v.as.multi->count * sizeof(spl_value);
        spl_multi *multi = spl_alloc(arena, size);
        memcpy(multi, v.as.multi, size);
        for (uint32_t i = 0; i < multi->count; i++) multi->items[i] = spl_value_keep(arena, multi->items[i]);
        v.as.multi = multi;
    }
    return v;
}

spl_value spl_value_numeric(spl_value v)
{
    double number;

    return v.kind == SPL_KIND_TEXT && spl_value_number(v, &number) ? spl_number(number) : v;
}

/* The text of a single value; ROOM serves a number's. */
spl_str spl_value_single(spl_value v, char room[SPL_NUM_MAX])
{
    if (v.kind == SPL_KIND_NUMBER) return spl_str_cut(room, spl_num_write(room, v.as.number, v.digits));
    if (v.kind == SPL_KIND_BOOL) return v.as.truth ? SPL_S("True") : SPL_S("False");
    return v.kind == SPL_KIND_TEXT ? spl_value_str(v) : SPL_S("");
}

bool spl_value_same(spl_value a, spl_value b)
{
    char here[SPL_NUM_MAX], there[SPL_NUM_MAX];

    if (spl_is_null(a) || spl_is_null(b)) return spl_is_null(a) && spl_is_null(b);
    if (a.kind == SPL_KIND_MULTI || b.kind == SPL_KIND_MULTI) {
        if (spl_value_count(a) != spl_value_count(b)) return false;
        for (uint32_t i = 0; i < spl_value_count(a); i++)
            if (!spl_value_same(spl_value_at(a, i), spl_value_at(b, i))) return false;
        return true;
    }
    if (a.kind == SPL_KIND_NUMBER && b.kind == SPL_KIND_NUMBER && a.digits == b.digits && a.as.number == b.as.number)
        return true;
    return spl_str_eq(spl_value_single(a, here), spl_value_single(b, there));
}

uint64_t spl_value_hash(spl_value v)
{
    char room[SPL_NUM_MAX];
    uint64_t hash = 0;

    if (spl_is_null(v)) return 1;
    if (v.kind == SPL_KIND_TEXT) return spl_str_hash(spl_value_str(v));
    if (spl_value_count(v) == 1) return spl_str_hash(spl_value_single(spl_value_at(v, 0), room));
    for (uint32_t i = 0; i < v.as.multi->count; i++) {
        spl_str text = spl_value_single(v.as.multi->items[i], room);
        hash = spl_hash_bytes(text.data, text.len, hash + 1);
    }
    return hash;
}
