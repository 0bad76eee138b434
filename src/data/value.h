/* value.h -- one cell: what a field of an event holds.
 *
 * A cell is null, text, number or multivalue. Text that looks like a number stays text, as it stood in the event;
 * spl_value_number() reads it. A number carries how many significant digits its literals had, since SPL shows results
 * of decimal literals with their significance (8.250*0.20 is 1.7); 0 means exact. SPL_BOOL exists inside expressions
 * only and never in a batch. Rules for operators: docs/SEMANTICS.md. */
#ifndef SPL_DATA_VALUE_H
#define SPL_DATA_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"

typedef enum spl_kind {
    SPL_KIND_NULL = 0,
    SPL_KIND_TEXT,
    SPL_KIND_NUMBER,
    SPL_KIND_MULTI,
    SPL_KIND_BOOL,
} spl_kind;

typedef struct spl_multi spl_multi;

typedef struct spl_value {
    union {
        const char *text;       /* SPL_KIND_TEXT, len bytes, borrowed from the batch's memory */
        double number;          /* SPL_KIND_NUMBER */
        const spl_multi *multi; /* SPL_KIND_MULTI: at least two values unless a function says otherwise */
        bool truth;             /* SPL_KIND_BOOL */
    } as;
    uint32_t len;
    uint8_t kind;   /* spl_kind */
    uint8_t digits; /* numbers: significant digits, 0 is exact */
    uint16_t spare;
} spl_value;

struct spl_multi { /* immutable once made; its items are text or number, never null or multi */
    uint32_t count;
    spl_value items[];
};

#define SPL_NULL ((spl_value){.kind = SPL_KIND_NULL})

static inline spl_value spl_text(spl_str text)
{
    return (spl_value){.as.text = text.data, .len = (uint32_t)text.len, .kind = SPL_KIND_TEXT};
}
static inline spl_value spl_number(double number) /* NaN and infinities become null only where a function says so */
{
    return (spl_value){.as.number = number, .kind = SPL_KIND_NUMBER};
}
static inline spl_value spl_number_digits(double number, unsigned digits)
{
    return (spl_value){.as.number = number, .kind = SPL_KIND_NUMBER, .digits = (uint8_t)digits};
}
static inline spl_value spl_bool(bool truth)
{
    return (spl_value){.as.truth = truth, .kind = SPL_KIND_BOOL};
}
static inline bool spl_is_null(spl_value v)
{
    return v.kind == SPL_KIND_NULL;
}
/* Text with this in its spare is a JSON boolean that json_extract() found: a condition reads it as one, while a field
 * takes the text. Expressions only, as SPL_KIND_BOOL. */
enum { SPL_SPARE_TRUTH = 1 };
/* A number's spare: how many of its digits are significant where it shows more of them, 0 where all are, or this where
 * it shows zeros at its end and is exact all the same. */
enum { SPL_SPARE_EXACT = 255 };
/* NUMBER shown with DECIMALS, which bound the digits of no result. */
spl_value spl_number_decimals(double number, unsigned decimals);
/* Whether V is the boolean true (1), the boolean false (0) or none (-1). */
static inline int spl_value_truth(spl_value v)
{
    if (v.kind == SPL_KIND_BOOL) return v.as.truth;
    return v.kind == SPL_KIND_TEXT && v.spare == SPL_SPARE_TRUTH ? v.as.text[0] == 't' : -1;
}
static inline spl_str spl_value_str(spl_value v) /* of text only */
{
    return (spl_str){v.as.text, v.len};
}

/* A multivalue of COUNT items copied from ITEMS (nulls left out): null for none, the item itself for one. */
spl_value spl_multi_of(spl_arena *arena, const spl_value *items, size_t count);
/* How many values V has: 0 for null, 1 for a single one. */
static inline uint32_t spl_value_count(spl_value v)
{
    return v.kind == SPL_KIND_NULL ? 0 : v.kind == SPL_KIND_MULTI ? v.as.multi->count : 1;
}
/* The i-th value, i < spl_value_count(v). */
static inline spl_value spl_value_at(spl_value v, uint32_t i)
{
    return v.kind == SPL_KIND_MULTI ? v.as.multi->items[i] : v;
}

/* V as a number: numbers, and text that is wholly a decimal number (optional sign, digits, fraction, exponent; spaces
 * around are allowed). False for null, other text and multivalue. */
bool spl_value_number(spl_value v, double *number);
/* As shown: text as it stands, a number as SPL prints it (num.h), values of a multivalue joined by newlines, null as
 * the empty text. Borrowed where it can be, else made in ARENA. */
spl_str spl_value_text(spl_arena *arena, spl_value v);
/* A single value as shown; a number is written into ROOM. Empty for null and multivalue. */
spl_str spl_value_single(spl_value v, char room[SPL_NUM_MAX]);
/* Copies V deeply, so that it lives as long as ARENA. */
spl_value spl_value_keep(spl_arena *arena, spl_value v);
/* A text of which the caller knows that it is a number keeps its text; this makes it a number cell if it parses. */
spl_value spl_value_numeric(spl_value v);
/* Identity for BY, dedup, dc and values: by text, so that 1, 1.0 and 01 differ. Number 1 and text "1" are the same. */
bool spl_value_same(spl_value a, spl_value b);
uint64_t spl_value_hash(spl_value v);

#endif
