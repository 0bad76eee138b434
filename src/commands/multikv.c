/* multikv.c -- a result for each line of a table in the text of an event. Columns are told by the header's words and
 * where they stand. */
#include "exec/found.h"

#include "base/num.h"

#include <stddef.h>

typedef struct multikv_op {
    spl_op base;
    spl_str conf;
    bool copyattrs, multitable, noheader, rmorig;
    int64_t forceheader;
    bool forceheader_given;
    SPL_VEC(spl_str) fields, filter;
    spl_found *found;
} multikv_op;

#define OPTION(oname, otype, member, ...)                                                                              \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_##otype, .offset = offsetof(multikv_op, member), __VA_ARGS__                 \
    }
static const spl_option options[] = {
    OPTION("conf", TEXT, conf, .text = "", .help = "a stanza of multikv.conf"),
    OPTION("copyattrs", BOOL, copyattrs, .dflt = 1, .help = "whether lines get the event's other fields"),
    OPTION("forceheader", INT, forceheader, .given = offsetof(multikv_op, forceheader_given), .min = 1, .max = 9e15,
           .help = "the line, from 1, that is the header"),
    OPTION("multitable", BOOL, multitable, .dflt = 1,
           .help = "whether an empty line ends a table, and a header follows"),
    OPTION("noheader", BOOL, noheader, .help = "whether there is no header: Column_1, Column_2 …"),
    OPTION("rmorig", BOOL, rmorig, .dflt = 1, .help = "whether the event itself is left out"),
    {0},
};

static void take_words(spl_binder *binder, const spl_node *clause, spl_node_vec *out)
{
    for (uint32_t i = 0; clause && i < clause->n_kids; i++)
        if (clause->kids[i]->kind != SPL_NODE_HOLE) SPL_PUSH(binder->arena, out, clause->kids[i]);
}

static bool multikv_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    multikv_op *multikv = (multikv_op *)op;
    spl_args args = spl_args_of(stage);
    spl_node_vec names = {0}, terms = {0};
    const spl_node *fields = spl_args_clause(stage, "fields"), *filter = spl_args_clause(stage, "filter");
    spl_str text;

    if (multikv->conf.len) {
        spl_bad_argument(binder, stage->span, "the stanza \"%.*s\" is nowhere defined", SPL_FMT(multikv->conf));
        spl_hint(binder->diag, "multikv.conf is not read; forceheader= and noheader= tell of the table.");
        return false;
    }
    if (fields && !spl_options_add(binder, fields, options, op)) return false;
    if (filter && !spl_options_add(binder, filter, options, op)) return false;
    take_words(binder, fields, &names);
    take_words(binder, filter, &terms);
    for (size_t i = 0; i < names.len; i++) {
        if (names.data[i]->kind == SPL_NODE_OPTION) continue;
        if (!spl_args_name(names.data[i], &text))
            return spl_bad_argument(binder, names.data[i]->span, "the name of a field is expected here");
        SPL_PUSH(binder->arena, &multikv->fields, text);
    }
    for (size_t i = 0; i < terms.len; i++) {
        if (terms.data[i]->kind == SPL_NODE_OPTION) continue;
        if (!spl_args_name(terms.data[i], &text))
            return spl_bad_argument(binder, terms.data[i]->span, "a text is expected here");
        SPL_PUSH(binder->arena, &multikv->filter, text);
    }
    if (multikv->noheader && multikv->forceheader_given)
        return spl_bad_argument(binder, stage->span, "multikv takes noheader= or forceheader=, not both");
    spl_bind_reads(binder, SPL_F_RAW);
    return spl_args_done(binder, &args);
}

static void multikv_open(spl_op *op)
{
    ((multikv_op *)op)->found = spl_found_new(op);
}

typedef struct word {
    size_t begin, end; /* in its line */
} word;
typedef SPL_VEC(word) words;

static void split(spl_arena *arena, spl_str text, words *out)
{
    size_t at = 0;

    out->len = 0;
    while (at < text.len) {
        size_t begin;
        while (at < text.len && spl_is_space(text.data[at])) at++;
        begin = at;
        while (at < text.len && !spl_is_space(text.data[at])) at++;
        if (at > begin) SPL_PUSH(arena, out, (word){begin, at});
    }
}

typedef struct table {
    spl_str *names;
    words header;
} table;

static spl_str clean(spl_arena *arena, spl_str name)
{
    char *out = spl_alloc(arena, name.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (spl_is_word(c))
            out[len++] = c;
        else if (len && i + 1 < name.len && out[len - 1] != '_')
            out[len++] = '_';
    }
    return spl_str_cut(out, len);
}

static void take_header(spl_arena *arena, spl_str text, table *t)
{
    split(arena, text, &t->header);
    t->names = SPL_NEW_ARRAY(arena, t->header.len + 1, spl_str);
    for (size_t i = 0; i < t->header.len; i++) {
        t->names[i] = clean(arena, spl_str_sub(text, t->header.data[i].begin, t->header.data[i].end));
        if (!t->names[i].len) t->names[i] = spl_strf(arena, "Column_%zu", i + 1);
    }
}

static bool wanted(const multikv_op *multikv, spl_str name)
{
    return !multikv->fields.len || spl_pattern_any(multikv->fields.data, multikv->fields.len, name);
}

static void put(multikv_op *multikv, spl_arena *arena, spl_str name, spl_str text)
{
    if (text.len && wanted(multikv, name)) spl_found_add(multikv->found, arena, name, spl_text(text), false);
}

/* The cells of a line: one for each column, or, where there are fewer or more words than columns, by where they stand.
 */
static void take_line(multikv_op *multikv, spl_arena *arena, const table *t, spl_str text, const words *line)
{
    if (multikv->noheader) {
        for (size_t i = 0; i < line->len; i++)
            put(multikv, arena, spl_strf(arena, "Column_%zu", i + 1),
                spl_str_sub(text, line->data[i].begin, line->data[i].end));
        return;
    }
    if (line->len == t->header.len) {
        for (size_t i = 0; i < line->len; i++)
            put(multikv, arena, t->names[i], spl_str_sub(text, line->data[i].begin, line->data[i].end));
        return;
    }
    for (size_t i = 0, column = 0; i < line->len && t->header.len;) {
        size_t begin = line->data[i].begin, end = line->data[i].end;
        while (column + 1 < t->header.len && end > t->header.data[column + 1].begin &&
               begin >= t->header.data[column].end)
            column++;
        /* further words that stand before the next column's name are of this cell */
        for (i++;
             i < line->len && (column + 1 >= t->header.len || line->data[i].end <= t->header.data[column + 1].begin);
             i++)
            end = line->data[i].end;
        put(multikv, arena, t->names[column], spl_str_sub(text, begin, end));
        column += column + 1 < t->header.len;
    }
}

static bool passes(const multikv_op *multikv, spl_str text)
{
    for (size_t i = 0; i < multikv->filter.len; i++)
        if (spl_str_ifind(text, multikv->filter.data[i], 0) >= 0) return true;
    return !multikv->filter.len;
}

typedef struct made {
    uint32_t row;
    spl_str text;
    const table *table;
    words words;
} made;

static spl_status multikv_map(spl_op *op, spl_batch **in)
{
    multikv_op *multikv = (multikv_op *)op;
    spl_batch *batch = *in;
    spl_arena *arena = batch->arena;
    SPL_VEC(made) lines = {0};
    uint32_t *rows;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, SPL_F_RAW);
        spl_str text;
        table *t = NULL;
        size_t at = 0, number = 0, before = lines.len;
        if (spl_is_null(value)) {
            SPL_PUSH(arena, &lines, (made){.row = row});
            continue;
        }
        text = spl_value_text(arena, value);
        if (!multikv->rmorig) SPL_PUSH(arena, &lines, (made){.row = row});
        while (at < text.len) {
            const char *newline = memchr(text.data + at, '\n', text.len - at);
            size_t end = newline ? (size_t)(newline - text.data) : text.len;
            spl_str line = spl_str_sub(text, at, end);
            made m = {.row = row, .text = line};
            at = end + 1;
            number++;
            split(arena, line, &m.words);
            if (!m.words.len) {
                if (multikv->multitable && !multikv->forceheader_given) t = NULL;
                continue;
            }
            if (!multikv->noheader && !t) {
                if (multikv->forceheader_given && number < (uint64_t)multikv->forceheader) continue;
                t = SPL_NEW(arena, table);
                take_header(arena, line, t);
                continue;
            }
            if (!passes(multikv, line)) continue;
            m.table = t;
            SPL_PUSH(arena, &lines, m);
        }
        if (lines.len == before) continue; /* no table: nothing is left of the event */
    }
    rows = SPL_NEW_ARRAY(arena, lines.len + 1, uint32_t);
    for (size_t i = 0; i < lines.len; i++) rows[i] = lines.data[i].row;
    batch = *in = spl_batch_gather(batch, rows, (uint32_t)lines.len);
    for (uint32_t i = 0; i < lines.len; i++) {
        const made *m = &lines.data[i];
        if (!m->text.data) continue;
        if (!multikv->copyattrs)
            for (uint32_t c = 0; c < batch->n_columns; c++) {
                spl_field field = batch->columns[c]->field;
                if (field != SPL_F_TIME && field != SPL_F_HOST && field != SPL_F_SOURCE && field != SPL_F_SOURCETYPE &&
                    field != SPL_F_INDEX)
                    spl_batch_set(batch, i, field, SPL_NULL);
            }
        spl_batch_set(batch, i, SPL_F_RAW, spl_text(m->text));
        take_line(multikv, batch->arena, m->table, m->text, &m->words);
        spl_found_put(multikv->found, batch, i, false);
    }
    return SPL_OK;
}

static const spl_segment segments[] = {{"fields", SPL_ARGS_PLAIN, false}, {"filter", SPL_ARGS_PLAIN, false}, {0}};

SPL_COMMAND(multikv, .summary = "Makes a result for each line of a table in the text of events.",
            .syntax = "multikv [copyattrs=<bool>] [forceheader=<n>] [multitable=<bool>] [noheader=<bool>] "
                      "[rmorig=<bool>] [fields <field> …] [filter <text> …]",
            .example = "| makeresults | eval _raw=\"PID CMD\n1 init\n2 cat\" | multikv | table PID CMD",
            .args = SPL_ARGS_PLAIN, .segments = segments, .traits = SPL_STREAMS | SPL_ADDS_ROWS, .options = options,
            .op_size = sizeof(multikv_op), .bind = multikv_bind, .open = multikv_open, .map = multikv_map);
