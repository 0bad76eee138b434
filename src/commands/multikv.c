/* multikv.c -- a result for each line of a table in the text of an event (knowledge/grid.h). */
#include "exec/found.h"

#include "base/num.h"
#include "knowledge/knowledge.h"
#include "knowledge/grid.h"

#include <stddef.h>

typedef struct multikv_op {
    spl_op base;
    spl_str conf;
    bool copyattrs, rmorig;
    spl_grid_options table;
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
    OPTION("forceheader", INT, table.forceheader, .given = offsetof(multikv_op, forceheader_given), .min = 1,
           .max = 9e15, .help = "the line, from 1, that is the header"),
    OPTION("multitable", BOOL, table.multitable, .dflt = 1,
           .help = "whether an empty line ends a table, and a header follows"),
    OPTION("noheader", BOOL, table.noheader, .help = "whether there is no header: Column_1, Column_2 …"),
    OPTION("rmorig", BOOL, rmorig, .dflt = 1, .help = "whether the event itself is left out"),
    {0},
};

static void take_words(spl_binder *binder, const spl_node *clause, spl_node_vec *out)
{
    for (uint32_t i = 0; clause && i < clause->n_kids; i++)
        if (clause->kids[i]->kind != SPL_NODE_HOLE) SPL_PUSH(binder->arena, out, clause->kids[i]);
}

static bool bind_conf(spl_binder *binder, const spl_node *stage, multikv_op *multikv)
{
    const spl_conf *conf = spl_knowledge_conf(binder->query->knowledge, "multikv");
    const spl_conf_stanza *stanza = spl_conf_stanza_find(conf, multikv->conf);
    spl_span at = {0};
    spl_str why = {"", 0};
    spl_place place;

    if (!stanza) {
        if (binder->query->check_only) {
            spl_warning(binder->diag, stage->span, "missing-transform", "the stanza \"%.*s\" is in no multikv.conf",
                        SPL_FMT(multikv->conf));
            return true;
        }
        spl_refuse(binder, stage->span, "missing-transform", "the stanza \"%.*s\" is in no multikv.conf",
                   SPL_FMT(multikv->conf));
        spl_hint(binder->diag, "--app DIR loads an app; forceheader= and noheader= tell of a table without one.");
        return false;
    }
    multikv->table.rules = spl_grid_rules_of(binder->arena, stanza, &at, &why);
    if (multikv->table.rules) return true;
    place = spl_span_place(at);
    spl_bad_argument(binder, stage->span, "the stanza \"%.*s\" of multikv.conf cannot be used: %.*s (%.*s:%u)",
                     SPL_FMT(multikv->conf), SPL_FMT(why), SPL_FMT(at.source->name), place.line);
    return false;
}

static bool multikv_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    multikv_op *multikv = (multikv_op *)op;
    spl_node_vec names = {0}, terms = {0};
    const spl_node *fields = spl_args_clause(stage, "fields"), *filter = spl_args_clause(stage, "filter");
    spl_str text;

    if (multikv->conf.len && !bind_conf(binder, stage, multikv)) return false;
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
    if (multikv->table.noheader && multikv->forceheader_given)
        return spl_bad_argument(binder, stage->span, "multikv takes noheader= or forceheader=, not both");
    spl_bind_reads(binder, SPL_F_RAW);
    return spl_bind_plain(binder, stage, op);
}

static void multikv_open(spl_op *op)
{
    ((multikv_op *)op)->found = spl_found_new(op);
}

static bool wanted(const multikv_op *multikv, spl_str name)
{
    return !multikv->fields.len || spl_pattern_any(multikv->fields.data, multikv->fields.len, name);
}

static bool passes(const multikv_op *multikv, spl_str text)
{
    for (size_t i = 0; i < multikv->filter.len; i++)
        if (spl_str_ifind(text, multikv->filter.data[i], 0) >= 0) return true;
    return !multikv->filter.len;
}

typedef struct made {
    uint32_t row;
    const spl_grid_line *line; /* NULL: the event itself */
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
        spl_grid_lines found;
        if (!spl_is_null(value)) {
            found = spl_grid_read(arena, op->worker->match, &multikv->table, spl_value_text(arena, value));
            for (size_t k = 0; k < found.len; k++)
                if (passes(multikv, found.data[k].text)) SPL_PUSH(arena, &lines, (made){row, &found.data[k]});
        }
        if (spl_is_null(value) || !multikv->rmorig) SPL_PUSH(arena, &lines, (made){.row = row});
    }
    rows = SPL_NEW_ARRAY(arena, lines.len + 1, uint32_t);
    for (size_t i = 0; i < lines.len; i++) rows[i] = lines.data[i].row;
    batch = *in = spl_batch_gather(batch, rows, (uint32_t)lines.len);
    for (uint32_t i = 0; i < lines.len; i++) {
        const spl_grid_line *line = lines.data[i].line;
        if (!line) continue;
        if (!multikv->copyattrs)
            for (uint32_t c = 0; c < batch->n_columns; c++) spl_batch_set(batch, i, batch->columns[c]->field, SPL_NULL);
        spl_batch_set(batch, i, SPL_F_RAW, spl_text(line->text));
        for (size_t k = 0; k < line->cells.len; k++)
            if (wanted(multikv, line->cells.data[k].name))
                spl_found_add(multikv->found, batch->arena, line->cells.data[k].name,
                              spl_text(line->cells.data[k].text), false);
        spl_found_put(multikv->found, batch, i, false);
    }
    return SPL_OK;
}

static const spl_segment segments[] = {
    {.keyword = "fields", .shape = SPL_ARGS_PLAIN}, {.keyword = "filter", .shape = SPL_ARGS_PLAIN}, {0}};

SPL_COMMAND(multikv, .summary = "Makes a result for each line of a table in the text of events.",
            .syntax =
                "multikv [conf=<stanza>] [copyattrs=<bool>] [forceheader=<n>] [multitable=<bool>] [noheader=<bool>] "
                "[rmorig=<bool>] [fields <field> …] [filter <text> …]",
            .example = "| makeresults | eval _raw=\"PID CMD\n1 init\n2 cat\" | multikv | table PID CMD",
            .args = SPL_ARGS_PLAIN, .segments = segments, .traits = SPL_STREAMS | SPL_ADDS_ROWS, .options = options,
            .op_size = sizeof(multikv_op), .bind = multikv_bind, .open = multikv_open, .map = multikv_map);
