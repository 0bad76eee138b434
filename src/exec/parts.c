/* parts.c -- see parts.h. */
#include "exec/parts.h"

#include "base/num.h"
#include "exec/bind.h"

#include <pthread.h>

enum { SHOWN = 5, SHOWN_BYTES = 60 };

/* A value as it is shown: of fixed size, since nothing may be allocated under the lock. */
typedef struct shown {
    char text[SHOWN_BYTES];
    size_t len;
    bool cut;
} shown;

typedef struct part {
    const spl_filter *filter; /* or */
    const spl_expr *condition;
    spl_span span;
    spl_field field; /* the first that it reads, or SPL_NO_FIELD */
    uint64_t met;    /* rows that meet it */
    uint64_t alone;  /* rows that meet every other part and not this one */
    shown values[SHOWN];
    unsigned n_values;
    bool more, absent; /* in those */
} part;

struct spl_parts {
    pthread_mutex_t lock;
    uint64_t rows;
    part *data;
    size_t count;
};

static void destroy(void *lock)
{
    pthread_mutex_destroy(lock);
}

static spl_parts *parts_new(spl_binder *binder, size_t count)
{
    spl_parts *parts = SPL_NEW(binder->arena, spl_parts);

    pthread_mutex_init(&parts->lock, NULL);
    spl_arena_defer(binder->arena, destroy, &parts->lock);
    parts->data = SPL_NEW_ARRAY(binder->arena, count, part);
    parts->count = count;
    return parts;
}

spl_parts *spl_parts_of_filter(spl_binder *binder, const spl_filter *filter)
{
    const spl_filter *const *list;
    spl_parts *parts;
    size_t count;

    if (!binder->query->count_all) return NULL;
    count = spl_filter_parts(filter, binder->arena, &list);
    parts = parts_new(binder, count);
    for (size_t i = 0; i < count; i++)
        parts->data[i] =
            (part){.filter = list[i], .span = spl_filter_span(list[i]), .field = spl_filter_first_field(list[i])};
    return parts;
}

spl_parts *spl_parts_of_expr(spl_binder *binder, const spl_expr *condition)
{
    const spl_expr *const *list;
    spl_parts *parts;
    size_t count;

    if (!binder->query->count_all) return NULL;
    count = spl_expr_parts(condition, binder->arena, &list);
    parts = parts_new(binder, count);
    for (size_t i = 0; i < count; i++)
        parts->data[i] =
            (part){.condition = list[i], .span = spl_expr_node(list[i])->span, .field = spl_expr_first_field(list[i])};
    return parts;
}

static void show(part *p, spl_value value)
{
    char room[SPL_NUM_MAX];
    shown one = {.len = 0};
    spl_str text;

    switch (value.kind) {
    case SPL_KIND_NULL: p->absent = true; return;
    case SPL_KIND_NUMBER: text = (spl_str){room, spl_num_write(room, value.as.number, value.digits)}; break;
    case SPL_KIND_TEXT: text = spl_value_str(value); break;
    case SPL_KIND_MULTI:
        for (uint32_t k = 0; k < spl_value_count(value); k++) show(p, spl_value_at(value, k));
        return;
    default: text = spl_bool_text(value.as.truth); break;
    }
    one.cut = text.len > SHOWN_BYTES;
    one.len = one.cut ? SHOWN_BYTES : text.len;
    while (one.cut && one.len && ((unsigned char)text.data[one.len] & 0xc0) == 0x80) one.len--; /* a whole character */
    if (one.len) memcpy(one.text, text.data, one.len);
    for (unsigned k = 0; k < p->n_values; k++)
        if (p->values[k].len == one.len && memcmp(p->values[k].text, one.text, one.len) == 0) return;
    if (p->n_values == SHOWN) {
        p->more = true;
    } else {
        p->values[p->n_values++] = one;
    }
}

void spl_parts_look(spl_parts *parts, spl_eval *ev)
{
    uint32_t rows = spl_batch_rows(ev->batch);
    uint64_t *met = SPL_NEW_ARRAY(ev->arena, parts->count, uint64_t);
    size_t *lacks = SPL_NEW_ARRAY(ev->arena, rows, size_t); /* the only part that the row does not meet, plus 1 */

    for (uint32_t i = 0; i < rows; i++) {
        uint32_t row = spl_batch_row(ev->batch, i);
        size_t missed = 0;

        for (size_t k = 0; k < parts->count; k++) {
            const part *p = &parts->data[k];
            bool good = p->filter ? spl_filter_match(ev, p->filter, row) : spl_eval_true(ev, p->condition, row);

            met[k] += good;
            if (!good) missed++, lacks[i] = k + 1;
        }
        if (missed != 1) lacks[i] = 0;
    }
    pthread_mutex_lock(&parts->lock);
    parts->rows += rows;
    for (size_t k = 0; k < parts->count; k++) parts->data[k].met += met[k];
    for (uint32_t i = 0; i < rows; i++) {
        part *p = lacks[i] ? &parts->data[lacks[i] - 1] : NULL;

        if (!p) continue;
        p->alone++;
        if (p->field != SPL_NO_FIELD) show(p, spl_batch_get(ev->batch, spl_batch_row(ev->batch, i), p->field));
    }
    pthread_mutex_unlock(&parts->lock);
}

static void tell_values(const part *p, spl_str name, bool rest, spl_buf *out)
{
    spl_buf_puts(out, rest ? "; where all else is met, " : "; ");
    spl_buf_printf(out, "%.*s is ", SPL_FMT(name));
    for (unsigned k = 0; k < p->n_values; k++) {
        spl_buf_puts(out, k ? ", \"" : "\"");
        spl_buf_line(out, spl_str_cut(p->values[k].text, p->values[k].len));
        spl_buf_puts(out, p->values[k].cut ? "…\"" : "\"");
    }
    if (p->more) spl_buf_puts(out, " and others");
    if (p->absent) spl_buf_puts(out, p->n_values ? ", or absent" : "absent");
}

void spl_parts_tell(const spl_parts *parts, const spl_fields *fields, const char *indent, spl_buf *out)
{
    for (size_t k = 0; k < parts->count; k++) {
        const part *p = &parts->data[k];
        spl_str text = p->span.source ? spl_str_sub(p->span.source->text, p->span.begin, p->span.end) : SPL_S("");

        spl_buf_puts(out, indent);
        spl_buf_line(out, spl_str_trim(text));
        spl_buf_printf(out, ": met by %s", p->met ? "" : "none");
        if (p->met) spl_buf_count(out, p->met);
        spl_buf_puts(out, " of ");
        spl_buf_count(out, parts->rows);
        if (p->alone && p->field != SPL_NO_FIELD)
            tell_values(p, spl_field_name(fields, p->field), parts->count > 1, out);
        spl_buf_char(out, '\n');
    }
}
