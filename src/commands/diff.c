/* diff.c -- how the texts of two results differ, line by line, as a unified or a context diff. The row is the first of
 * the two with that as its _raw. Rules: docs/reference/commands/diff.md */
#include "exec/bind.h"

#include <inttypes.h>
#include <stddef.h>

enum { AROUND = 3, MAX_CELLS = 25000000 };

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
    size_t count = 1;

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
        split(op->state, diff->text[0], &lines[0]);
        split(op->state, diff->text[1], &lines[1]);
        compare(op, &lines[0], &lines[1], &edits);
        if (diff->diffheader)
            spl_buf_printf(&text, "%s %.*s\n%s %.*s", diff->context ? "***" : "---", SPL_FMT(diff->source[0]),
                           diff->context ? "---" : "+++", SPL_FMT(diff->source[1]));
        put_hunks(diff, &edits, &text);
    }
    for (size_t i = 0; i < diff->row.len; i++)
        spl_batch_set(*out, 0, diff->row.data[i].field, spl_value_keep((*out)->arena, diff->row.data[i].value));
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
