/* diff.c -- how the texts of two results differ, line by line, as a unified diff. */
#include "exec/bind.h"

#include <inttypes.h>
#include <stddef.h>

enum { AROUND = 3, MAX_CELLS = 25000000 };

typedef struct diff_op {
    spl_op base;
    int64_t position1, position2, maxlen;
    spl_field attribute;
    bool diffheader, context;
    /* running */
    int64_t seen;
    spl_str text[2];
    bool have[2], done;
} diff_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(diff_op, member), __VA_ARGS__                    \
    }
static const spl_option options[] = {
    OPTION("position1", INT, position1, .dflt = 1, .min = 1, .max = 9e15, .help = "the first result, counted from 1"),
    OPTION("position2", INT, position2, .dflt = 2, .min = 1, .max = 9e15, .help = "the second result"),
    OPTION("attribute", FIELD, attribute, .text = "_raw", .help = "the field to compare"),
    OPTION("diffheader", BOOL, diffheader, .help = "whether two lines name the results first"),
    OPTION("context", BOOL, context, .help = "whether lines around the differences are shown"),
    OPTION("maxlen", INT, maxlen, .dflt = 100000, .min = 0, .max = 9e15,
           .help = "how many bytes of each to compare; 0 for all"),
    {0},
};

static bool diff_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    diff_op *diff = (diff_op *)op;
    spl_args args = spl_args_of(stage);

    spl_bind_reads(binder, diff->attribute);
    return spl_args_done(binder, &args);
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
        diff->have[w] = true;
        if (diff->maxlen && diff->text[w].len > (uint64_t)diff->maxlen) {
            spl_op_warn(op, "diff-limit", "diff compared the first %" PRId64 " bytes; maxlen=0 takes all",
                        diff->maxlen);
            diff->text[w].len = (size_t)diff->maxlen;
        }
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

static void split(spl_arena *arena, spl_str text, line_vec *out)
{
    for (size_t at = 0; at < text.len;) {
        const char *newline = memchr(text.data + at, '\n', text.len - at);
        size_t end = newline ? (size_t)(newline - text.data) : text.len;
        SPL_PUSH(arena, out, spl_str_sub(text, at, end));
        at = end + 1;
    }
}

static void push(spl_arena *arena, edit_vec *edits, char sign, spl_str text, size_t a, size_t b)
{
    SPL_PUSH(arena, edits, (edit){sign, text, a, b});
}

/* The longest common lines by a table over what is left between the common beginning and end. Where that table would be
 * too large, all of it counts as changed. */
static void compare(spl_op *op, const line_vec *a, const line_vec *b, edit_vec *edits)
{
    spl_arena *arena = op->state;
    size_t begin = 0, n = a->len, m = b->len, tail = 0, rows, columns, i, j;
    uint32_t *table = NULL;

    while (begin < n && begin < m && spl_str_eq(a->data[begin], b->data[begin])) begin++;
    while (tail < n - begin && tail < m - begin && spl_str_eq(a->data[n - 1 - tail], b->data[m - 1 - tail])) tail++;
    rows = n - begin - tail;
    columns = m - begin - tail;
    for (i = 0; i < begin; i++) push(arena, edits, ' ', a->data[i], i, i);
    if (rows && columns && (rows + 1) <= MAX_CELLS / (columns + 1)) {
        table = SPL_NEW_ARRAY(arena, (rows + 1) * (columns + 1), uint32_t);
        for (i = rows; i-- > 0;)
            for (j = columns; j-- > 0;) {
                uint32_t down = table[(i + 1) * (columns + 1) + j], right = table[i * (columns + 1) + j + 1];
                table[i * (columns + 1) + j] = spl_str_eq(a->data[begin + i], b->data[begin + j])
                                                   ? table[(i + 1) * (columns + 1) + j + 1] + 1
                                               : down > right ? down
                                                              : right;
            }
    } else if (rows && columns) {
        spl_op_warn(op, "diff-limit", "the texts differ in too many lines; all of them count as changed");
    }
    for (i = j = 0; i < rows || j < columns;) {
        if (table && i < rows && j < columns && spl_str_eq(a->data[begin + i], b->data[begin + j])) {
            push(arena, edits, ' ', a->data[begin + i], begin + i, begin + j);
            i++;
            j++;
        } else if (i < rows &&
                   (!table || j == columns || table[(i + 1) * (columns + 1) + j] >= table[i * (columns + 1) + j + 1])) {
            push(arena, edits, '-', a->data[begin + i], begin + i, begin + j);
            i++;
        } else {
            push(arena, edits, '+', b->data[begin + j], begin + i, begin + j);
            j++;
        }
    }
    for (i = 0; i < tail; i++) push(arena, edits, ' ', a->data[n - tail + i], n - tail + i, m - tail + i);
}

static void put_hunks(spl_arena *arena, const edit_vec *edits, size_t around, spl_buf *out)
{
    (void)arena;
    for (size_t i = 0; i < edits->len;) {
        size_t first, last, before = 0, after = 0;
        if (edits->data[i].sign == ' ') {
            i++;
            continue;
        }
        first = i > around ? i - around : 0;
        for (last = i; i < edits->len && i <= last + 2 * around + (around == 0); i++)
            if (edits->data[i].sign != ' ') last = i;
        last = last + around < edits->len - 1 ? last + around : edits->len - 1;
        for (size_t e = first; e <= last; e++) {
            before += edits->data[e].sign != '+';
            after += edits->data[e].sign != '-';
        }
        if (out->len) spl_buf_char(out, '\n');
        spl_buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@", edits->data[first].a + (before > 0), before,
                       edits->data[first].b + (after > 0), after);
        for (size_t e = first; e <= last; e++) {
            spl_buf_char(out, '\n');
            spl_buf_char(out, edits->data[e].sign);
            spl_buf_add(out, edits->data[e].text);
        }
        i = last + 1;
    }
}

static spl_status diff_emit(spl_op *op, spl_batch **out)
{
    diff_op *diff = (diff_op *)op;
    line_vec lines[2] = {{0}, {0}};
    edit_vec edits = {0};
    spl_buf text;

    if (diff->done) return SPL_END;
    diff->done = true;
    if (!diff->have[0] || !diff->have[1]) {
        spl_op_warn(op, "diff", "there is no result %" PRId64 " to compare",
                    diff->have[0] ? diff->position2 : diff->position1);
        return SPL_END;
    }
    split(op->state, diff->text[0], &lines[0]);
    split(op->state, diff->text[1], &lines[1]);
    compare(op, &lines[0], &lines[1], &edits);
    *out = spl_op_batch(op, 1);
    text = spl_buf_in((*out)->arena);
    if (diff->diffheader)
        spl_buf_printf(&text, "--- result %" PRId64 "\n+++ result %" PRId64, diff->position1, diff->position2);
    put_hunks(op->state, &edits, diff->context ? AROUND : 0, &text);
    if (spl_str_eq(diff->text[0], diff->text[1])) text.len = 0, spl_buf_puts(&text, "Results are the same");
    spl_batch_set(*out, 0, SPL_F_RAW, spl_text(spl_buf_str(&text)));
    (*out)->events = true;
    return SPL_OK;
}

SPL_COMMAND(diff, .summary = "Shows how the texts of two results differ.",
            .syntax = "diff [position1=<n>] [position2=<n>] [attribute=<field>] [diffheader=<bool>] [context=<bool>] "
                      "[maxlen=<n>]",
            .example = "| makeresults count=2 | streamstats count AS n | eval _raw=\"same\n\".n | diff | table _raw",
            .args = SPL_ARGS_PLAIN, .traits = SPL_TRANSFORMS | SPL_ORDERED, .options = options,
            .op_size = sizeof(diff_op), .bind = diff_bind, .gather = diff_gather, .emit = diff_emit);
