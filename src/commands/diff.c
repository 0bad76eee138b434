/* diff.c -- how the texts of two results differ, line by line, as a unified or a context diff. The row is the first of
 * the two with that as its _raw. Rules: docs/reference/commands/diff.md */
#include "base/map.h"
#include "exec/bind.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

enum { AROUND = 3, MAX_WORK = 200000000 };

typedef struct diff_cell {
    spl_field field;
    spl_value value;
} diff_cell;

typedef struct diff_op {
    spl_op base;
    int64_t position1, position2, maxlen;
    spl_field attribute;
    bool diffheader, context;
    /* running */
    int64_t seen;
    spl_str text[2], source[2];
    bool have[2], done;
    SPL_VEC(diff_cell) row; /* of the first result */
} diff_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(diff_op, member), __VA_ARGS__                    \
    }
static const spl_option options[] = {
    OPTION("position1", INT, position1, .dflt = 1, .min = 1, .max = 9e15, .help = "the first result, counted from 1"),
    OPTION("position2", INT, position2, .dflt = 2, .min = 1, .max = 9e15, .help = "the second result"),
    OPTION("pos1", INT, position1, .dflt = 1, .min = 1, .max = 9e15, .help = "the same as position1"),
    OPTION("pos2", INT, position2, .dflt = 2, .min = 1, .max = 9e15, .help = "the same as position2"),
    OPTION("attribute", FIELD, attribute, .text = "_raw", .help = "the field to compare"),
    OPTION("diffheader", BOOL, diffheader, .help = "whether lines that name the sources come first"),
    OPTION("context", BOOL, context, .help = "a context diff in place of a unified one"),
    OPTION("maxlen", INT, maxlen, .dflt = 100000, .min = 0, .max = 9e15,
           .help = "how many bytes of each to compare; 0 for all"),
    {0},
};

static bool diff_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    diff_op *diff = (diff_op *)op;

    spl_bind_reads(binder, diff->attribute);
    spl_bind_reads_all(binder);
    return spl_bind_plain(binder, stage, op);
}

static void keep_row(diff_op *diff, const spl_batch *batch, uint32_t row)
{
    spl_arena *arena = diff->base.state;

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_value value = batch->columns[c]->cells[row];
        if (!spl_is_null(value))
            SPL_PUSH(arena, &diff->row, (diff_cell){batch->columns[c]->field, spl_value_keep(arena, value)});
    }
}

static spl_status diff_gather(spl_op *op, spl_batch *batch)
{
    diff_op *diff = (diff_op *)op;
    int64_t wanted[2] = {diff->position1, diff->position2};

    for (int w = 0; w < 2; w++) {
        int64_t i = wanted[w] - 1 - diff->seen;
        if (i < 0 || i >= spl_batch_rows(batch)) continue;
        spl_value value = spl_batch_get(batch, spl_batch_row(batch, (uint32_t)i), diff->attribute);
        diff->text[w] = spl_str_copy(op->state, spl_value_text(batch->arena, value));
        diff->source[w] = spl_str_copy(
            op->state,
            spl_value_text(batch->arena, spl_batch_get(batch, spl_batch_row(batch, (uint32_t)i), SPL_F_SOURCE)));
        if (w == 0) keep_row(diff, batch, spl_batch_row(batch, (uint32_t)i));
        diff->have[w] = true;
    }
    diff->seen += spl_batch_rows(batch);
    return diff->have[0] && diff->have[1] ? SPL_END : SPL_OK;
}

typedef SPL_VEC(spl_str) line_vec;
typedef struct edit {
    char sign; /* ' ', '-', '+' */
    spl_str text;
    size_t a, b; /* lines of both before it */
} edit;
typedef SPL_VEC(edit) edit_vec;

/* How many bytes of a line's end stand at AT: Splunk's script takes other breaks than the newline too. */
static size_t line_break(spl_str text, size_t at)
{
    unsigned char c = (unsigned char)text.data[at], d = at + 1 < text.len ? (unsigned char)text.data[at + 1] : 0,
                  e = at + 2 < text.len ? (unsigned char)text.data[at + 2] : 0;

    if (c == '\r') return d == '\n' ? 2 : 1;
    if ((c >= '\n' && c <= '\f') || (c >= 0x1c && c <= 0x1e)) return 1;
    if (c == 0xc2 && d == 0x85) return 2;
    return c == 0xe2 && d == 0x80 && (e == 0xa8 || e == 0xa9) ? 3 : 0;
}

static void split(spl_arena *arena, spl_str text, line_vec *out)
{
    size_t begin = 0, n;

    for (size_t at = 0; at < text.len; at += n ? n : 1) {
        n = line_break(text, at);
        if (!n && at + 1 < text.len) continue;
        SPL_PUSH(arena, out, spl_str_sub(text, begin, n ? at : at + 1));
        begin = at + n;
    }
}

static void push(spl_arena *arena, edit_vec *edits, char sign, spl_str text, size_t a, size_t b)
{
    SPL_PUSH(arena, edits, (edit){sign, text, a, b});
}

typedef SPL_VEC(uint32_t) uint32_vec;

typedef struct block { /* lines that both have, from A and B on */
    uint32_t a, b, size;
} block;

typedef struct range {
    uint32_t a, a_end, b, b_end;
} range;

/* What both texts have in common, as Python's difflib finds it, which Splunk's script uses: the longest block of equal
 * lines, the first of those equally long, then the same before and behind it. In a text of 200 lines or more a line
 * that makes up more than a hundredth of it begins no block. */
typedef struct matcher {
    spl_arena *arena;
    const uint32_t *a; /* the number of each line; equal lines have the same */
    const uint32_t *b;
    uint32_vec *at;         /* where in B each number stands */
    uint32_t *run, *run_up; /* how long a block ends at each line of B, in the line of A before and in this one */
    uint32_vec set, set_up; /* where those are not zero */
    uint64_t work;
} matcher;

static size_t first_from(const uint32_vec *sorted, uint32_t limit)
{
    size_t low = 0, high = sorted->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted->data[middle] < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void forget(uint32_t *run, uint32_vec *set)
{
    for (size_t i = 0; i < set->len; i++) run[set->data[i]] = 0;
    set->len = 0;
}

static block longest(matcher *m, range in)
{
    block best = {in.a, in.b, 0};

    for (uint32_t i = in.a; i < in.a_end && m->work < MAX_WORK; i++) {
        const uint32_vec *at = &m->at[m->a[i]];

        for (size_t k = first_from(at, in.b); k < at->len && at->data[k] < in.b_end; k++, m->work++) {
            uint32_t j = at->data[k], size = (j > in.b ? m->run[j - 1] : 0) + 1;

            m->run_up[j] = size;
            SPL_PUSH(m->arena, &m->set_up, j);
            if (size > best.size) best = (block){i + 1 - size, j + 1 - size, size};
        }
        forget(m->run, &m->set);
        uint32_t *run = m->run;
        uint32_vec set = m->set;
        m->run = m->run_up;
        m->run_up = run;
        m->set = m->set_up;
        m->set_up = set;
        m->work++;
    }
    forget(m->run, &m->set);
    while (best.a > in.a && best.b > in.b && m->a[best.a - 1] == m->b[best.b - 1]) {
        best.a--;
        best.b--;
        best.size++;
    }
    while (best.a + best.size < in.a_end && best.b + best.size < in.b_end &&
           m->a[best.a + best.size] == m->b[best.b + best.size])
        best.size++;
    return best;
}

static int by_place(const void *x, const void *y)
{
    uint32_t a = ((const block *)x)->a, b = ((const block *)y)->a;
    return (a > b) - (a < b);
}

static const uint32_t *numbered(spl_arena *arena, spl_map *numbers, const line_vec *lines)
{
    uint32_t *out = SPL_NEW_ARRAY(arena, lines->len + 1, uint32_t);

    for (size_t i = 0; i < lines->len; i++)
        out[i] = (uint32_t)(spl_map_put(numbers, lines->data[i], NULL) - numbers->entries);
    return out;
}

static void compare(spl_op *op, const line_vec *a, const line_vec *b, edit_vec *edits)
{
    spl_arena *arena = op->state;
    uint32_t n = (uint32_t)a->len, size = (uint32_t)b->len, i = 0, j = 0;
    spl_map numbers = spl_map_in(arena);
    matcher m = {.arena = arena, .a = numbered(arena, &numbers, a), .b = numbered(arena, &numbers, b)};
    SPL_VEC(block) blocks = {0};
    SPL_VEC(range) todo = {0};

    m.at = SPL_NEW_ARRAY(arena, numbers.len + 1, uint32_vec);
    m.run = SPL_NEW_ARRAY(arena, (size_t)size + 1, uint32_t);
    m.run_up = SPL_NEW_ARRAY(arena, (size_t)size + 1, uint32_t);
    for (uint32_t k = 0; k < size; k++) SPL_PUSH(arena, &m.at[m.b[k]], k);
    for (size_t k = 0; size >= 200 && k < numbers.len; k++)
        if (m.at[k].len > size / 100 + 1) m.at[k].len = 0;
    SPL_PUSH(arena, &todo, ((range){0, n, 0, size}));
    while (todo.len && m.work < MAX_WORK) {
        range in = todo.data[--todo.len];
        block found = longest(&m, in);

        spl_query_poll(op->query);
        if (!found.size) continue;
        SPL_PUSH(arena, &blocks, found);
        if (in.a < found.a && in.b < found.b) SPL_PUSH(arena, &todo, ((range){in.a, found.a, in.b, found.b}));
        if (found.a + found.size < in.a_end && found.b + found.size < in.b_end)
            SPL_PUSH(arena, &todo, ((range){found.a + found.size, in.a_end, found.b + found.size, in.b_end}));
    }
    if (m.work >= MAX_WORK)
        spl_op_warn(op, "diff-limit", "the texts differ in too many lines; some equal ones count as changed");
    if (blocks.len) qsort(blocks.data, blocks.len, sizeof *blocks.data, by_place);
    SPL_PUSH(arena, &blocks, ((block){n, size, 0}));
    for (size_t k = 0; k < blocks.len; k++) {
        const block *next = &blocks.data[k];
        size_t to = next->a + next->size;
        for (; a->data && i < next->a; i++) push(arena, edits, '-', a->data[i], i, j);
        for (; b->data && j < next->b; j++) push(arena, edits, '+', b->data[j], i, j);
        for (; a->data && i < to; i++, j++) push(arena, edits, ' ', a->data[i], i, j);
    }
}

static void new_line(spl_buf *out)
{
    if (out->len) spl_buf_char(out, '\n');
}

/* Lines FIRST … (counted from 0), COUNT of them, as headers of hunks name them: one line by its number alone. */
static void put_range(spl_buf *out, bool context, size_t first, size_t count)
{
    if (count == 1 || (context && !count))
        spl_buf_printf(out, "%zu", first + count);
    else if (context)
        spl_buf_printf(out, "%zu,%zu", first + 1, first + count);
    else
        spl_buf_printf(out, "%zu,%zu", first + (count > 0), count);
}

static void put_unified(const edit *edits, size_t count, size_t before, size_t after, spl_buf *out)
{
    new_line(out);
    spl_buf_puts(out, "@@ -");
    put_range(out, false, edits->a, before);
    spl_buf_puts(out, " +");
    put_range(out, false, edits->b, after);
    spl_buf_puts(out, " @@");
    for (size_t e = 0; e < count; e++) {
        spl_buf_char(out, '\n');
        spl_buf_char(out, edits[e].sign);
        spl_buf_add(out, edits[e].text);
    }
}

/* A run of changes that takes away and adds has the sign !. */
static void put_side(const edit *edits, size_t count, char side, spl_buf *out)
{
    size_t e, end, other;

    for (e = 0; e < count && edits[e].sign != side; e++) {
    }
    if (e == count) return; /* nothing of this side: its lines are left out */
    for (e = 0; e < count; e = end) {
        char sign = edits[e].sign;

        for (end = e, other = 0; end < count && (edits[end].sign == ' ') == (sign == ' '); end++)
            other += edits[end].sign != side && edits[end].sign != ' ';
        for (; e < end; e++) {
            if (edits[e].sign != ' ' && edits[e].sign != side) continue;
            spl_buf_printf(out, "\n%c ", edits[e].sign == ' ' ? ' ' : other ? '!' : side);
            spl_buf_add(out, edits[e].text);
        }
    }
}

static void put_context(const edit *edits, size_t count, size_t before, size_t after, bool headed, spl_buf *out)
{
    if (headed) {
        new_line(out);
        spl_buf_puts(out, "***************");
    }
    new_line(out);
    spl_buf_puts(out, "*** ");
    put_range(out, true, edits->a, before);
    spl_buf_puts(out, " ****");
    put_side(edits, count, '-', out);
    spl_buf_puts(out, "\n--- ");
    put_range(out, true, edits->b, after);
    spl_buf_puts(out, " ----");
    put_side(edits, count, '+', out);
}

/* Changes with up to AROUND lines before and after them; changes at most twice as far apart share a hunk. */
static void put_hunks(const diff_op *diff, const edit_vec *edits, spl_buf *out)
{
    bool begun = false;

    for (size_t i = 0; i < edits->len;) {
        size_t first, last, before = 0, after = 0;
        if (edits->data[i].sign == ' ') {
            i++;
            continue;
        }
        first = i > AROUND ? i - AROUND : 0;
        for (last = i; i < edits->len && i <= last + 2 * AROUND + 1; i++)
            if (edits->data[i].sign != ' ') last = i;
        last = last + AROUND < edits->len - 1 ? last + AROUND : edits->len - 1;
        for (size_t e = first; e <= last; e++) {
            before += edits->data[e].sign != '+';
            after += edits->data[e].sign != '-';
        }
        if (diff->context) /* without a header its first line of stars goes too */
            put_context(&edits->data[first], last - first + 1, before, after, diff->diffheader || begun, out);
        else
            put_unified(&edits->data[first], last - first + 1, before, after, out);
        begun = true;
        i = last + 1;
    }
}

static spl_status diff_emit(spl_op *op, spl_batch **out)
{
    diff_op *diff = (diff_op *)op;
    line_vec lines[2] = {{0}, {0}};
    edit_vec edits = {0};
    spl_buf text;
    size_t count;
    bool differ = false;

    if (diff->done) return SPL_END;
    diff->done = true;
    if (!diff->have[0] || !diff->have[1]) {
        spl_op_warn(op, "diff", "there is no result %" PRId64 " to compare",
                    diff->have[0] ? diff->position2 : diff->position1);
        return SPL_END;
    }
    *out = spl_op_batch(op, 1);
    text = spl_buf_in((*out)->arena);
    if (spl_str_eq(spl_str_trim(diff->text[0]), spl_str_trim(diff->text[1]))) {
        spl_buf_puts(&text, "\n** Results are the Same **\n");
    } else {
        for (int w = 0; w < 2; w++) {
            if (diff->maxlen && diff->text[w].len > (uint64_t)diff->maxlen) {
                spl_op_warn(op, "diff-limit", "diff compared the first %" PRId64 " bytes; maxlen=0 takes all",
                            diff->maxlen);
                diff->text[w].len = (size_t)diff->maxlen;
            }
            split(op->state, diff->text[w], &lines[w]);
        }
        compare(op, &lines[0], &lines[1], &edits);
        for (size_t i = 0; i < edits.len; i++) differ |= edits.data[i].sign != ' ';
        if (diff->diffheader && differ)
            spl_buf_printf(&text, "%s %.*s\n%s %.*s", diff->context ? "***" : "---", SPL_FMT(diff->source[0]),
                           diff->context ? "---" : "+++", SPL_FMT(diff->source[1]));
        put_hunks(diff, &edits, &text);
    }
    for (size_t i = 0; i < diff->row.len; i++)
        spl_batch_set(*out, 0, diff->row.data[i].field, spl_value_keep((*out)->arena, diff->row.data[i].value));
    count = text.len > 0;
    for (size_t i = 0; i + 1 < text.len; i++) count += text.data[i] == '\n';
    spl_batch_set(*out, 0, SPL_F_RAW, spl_text(spl_buf_str(&text)));
    spl_batch_set(*out, 0, spl_field_of(op->query->fields, SPL_S("linecount")), spl_number((double)count));
    (*out)->events = true;
    return SPL_OK;
}

SPL_COMMAND(diff, .summary = "Shows how the texts of two results differ.",
            .syntax = "diff [position1=<n>] [position2=<n>] [attribute=<field>] [diffheader=<bool>] [context=<bool>] "
                      "[maxlen=<n>]",
            .example = "| makeresults count=2 | streamstats count AS n | eval _raw=\"same\n\".n | diff | table _raw",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS | SPL_ORDERED, .options = options,
            .op_size = sizeof(diff_op), .bind = diff_bind, .gather = diff_gather, .emit = diff_emit);
