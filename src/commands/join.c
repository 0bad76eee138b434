/* join.c -- puts the results of a subsearch together with those of the search where fields agree. The subsearch is read
 * into a hash table first; the search streams past it. */
#include "exec/rowkey.h"
#include "exec/subsearch_args.h"

#include "base/map.h"
#include "exec/fieldtable.h"

#include <math.h>
#include <stddef.h>

typedef struct match { /* a row of the subsearch, in a list of those with the same key */
    const spl_row *row;
    struct match *next;
} match;

typedef struct matches {
    match *first, *last;
} matches;

typedef struct join_op {
    spl_op base;
    spl_subsearch_args args;
    int type;
    bool usetime, earlier, overwrite, listed;
    int64_t max;
    spl_str left, right;
    SPL_VEC(spl_field) fields, right_fields; /* of both sides; right_fields the same unless where names others */
    /* running */
    bool loaded;
    spl_arena *index;
    spl_map table;
    SPL_VEC(const spl_row *) rows;
    spl_fieldtable columns; /* of the subsearch, in the order met */
    uint64_t signature;     /* of the main columns that the common fields were found for */
    spl_buf key;
} join_op;

static const char *const types[] = {"inner", "outer", "left", NULL};
static const spl_option options[] = {
    {.name = "type",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(join_op, type),
     .dflt = 0,
     .names = types,
     .help = "outer and left keep results without a match"},
    {.name = "usetime",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(join_op, usetime),
     .dflt = 0,
     .help = "match only what is earlier (or later) than the result"},
    {.name = "earlier",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(join_op, earlier),
     .dflt = 1,
     .help = "with usetime: earlier, or later"},
    {.name = "overwrite",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(join_op, overwrite),
     .dflt = 1,
     .help = "the subsearch's value wins where both have one"},
    {.name = "max",
     .type = SPL_OPTION_INT,
     .offset = offsetof(join_op, max),
     .dflt = 1,
     .min = 0,
     .max = 9e15,
     .help = "how many matches of a result, 0 for all"},
    {.name = "left",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(join_op, left),
     .text = "",
     .help = "alias of the search in where, and in the names of its fields"},
    {.name = "right",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(join_op, right),
     .text = "",
     .help = "alias of the subsearch, likewise"},
    {.name = "*", .takes = "left.field=right.field"},
    {0},
};

/* NAME without "ALIAS."; false if it does not begin with that. */
static bool without_alias(spl_str name, spl_str alias, spl_str *rest)
{
    if (name.len <= alias.len + 1 || !spl_str_starts(name, alias) || name.data[alias.len] != '.') return false;
    *rest = spl_str_sub(name, alias.len + 1, name.len);
    return true;
}

static bool own_option(spl_str name)
{
    for (const spl_option *option = options; option->name; option++)
        if (spl_str_iis(name, option->name)) return true;
    return false;
}

static bool bind_where(spl_binder *binder, join_op *join, const spl_node *pair)
{
    spl_str a = pair->text, b = pair->n_kids ? pair->kids[0]->text : SPL_S(""), l, r;
    bool straight = without_alias(a, join->left, &l) && without_alias(b, join->right, &r);
    if (!straight && !(without_alias(b, join->left, &l) && without_alias(a, join->right, &r))) {
        spl_bad_argument(binder, pair->span, "the condition must compare a field of \"%.*s\" with one of \"%.*s\"",
                         SPL_FMT(join->left), SPL_FMT(join->right));
        spl_hint(binder->diag, "For example: left=L right=R where L.pid=R.id");
        return false;
    }
    SPL_PUSH(binder->arena, &join->fields, spl_bind_field(binder, l));
    SPL_PUSH(binder->arena, &join->right_fields, spl_bind_field(binder, r));
    return true;
}

static bool join_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    join_op *join = (join_op *)op;
    spl_node_vec others = {0}, names = {0};
    bool aliases = join->left.len && join->right.len, where = false;

    join->args.maxout = (int64_t)binder->query->limits.join_rows;
    if (!spl_subsearch_args_bind(binder, stage, &join->args, &others)) return false;
    for (uint32_t i = 0; i < stage->n_kids; i++) {
        const spl_node *kid = stage->kids[i];
        if (kid->kind != SPL_NODE_OPTION || own_option(kid->text)) continue;
        if (!aliases && (join->left.len || join->right.len))
            return spl_bad_argument(binder, stage->span, "join needs left= and right= together");
        if (!aliases) {
            spl_bad_argument(binder, kid->name_span, "join has no option \"%.*s\"", SPL_FMT(kid->text));
            spl_hint(binder->diag, "The options are type, usetime, earlier, overwrite, max, left and right.");
            return false;
        }
        if (!bind_where(binder, join, kid)) return false;
        where = true;
    }
    for (size_t i = 0; i < others.len; i++) {
        if (aliases && !others.data[i]->quoted &&
            (spl_str_iis(others.data[i]->text, "where") || spl_str_iis(others.data[i]->text, "and")))
            continue;
        SPL_PUSH(binder->arena, &names, others.data[i]);
    }
    if ((join->left.len || join->right.len) && !where && !binder->holes) { /* as the manual has it */
        spl_warning(binder->diag, stage->span, "unused-option", "without a condition, left= and right= mean nothing");
        spl_hint(binder->diag, "A condition names fields of both sides: join left=L right=R where L.pid=R.pid");
        aliases = false;
        join->left = join->right = SPL_S("");
    }
    others.len = 0;
    if (!spl_args_fields(binder, names.data, (uint32_t)names.len, &others)) return false;
    for (size_t i = 0; i < others.len; i++) {
        spl_field field = spl_bind_field(binder, others.data[i]->text);
        SPL_PUSH(binder->arena, &join->fields, field);
        SPL_PUSH(binder->arena, &join->right_fields, field);
    }
    for (size_t i = 0; i < join->fields.len; i++) spl_bind_reads(binder, join->fields.data[i]);
    if (join->usetime) spl_bind_reads(binder, SPL_F_TIME);
    if (!join->fields.len || aliases) spl_bind_reads_all(binder);
    join->listed = join->fields.len > 0;
    return true;
}

static void free_index(void *ptr)
{
    spl_arena_free(ptr);
}

static void join_open(spl_op *op)
{
    join_op *join = (join_op *)op;
    join->index = spl_arena_new(op->query->account);
    spl_arena_defer(op->state, free_index, join->index);
    join->key = spl_buf_in(op->state);
    join->columns = spl_fieldtable_in(op->state, sizeof(bool));
}

static void index_rows(join_op *join)
{
    spl_arena_reset(join->index);
    join->table = spl_map_in(join->index);
    for (size_t i = 0; i < join->rows.len; i++) {
        const spl_row *row = join->rows.data[i];
        bool whole = join->right_fields.len > 0;
        spl_buf_clear(&join->key);
        for (size_t f = 0; f < join->right_fields.len && whole; f++) {
            spl_value value = spl_row_get(row, join->right_fields.data[f]);
            whole = !spl_is_null(value);
            if (whole) spl_rowkey_add(&join->key, value);
        }
        if (!whole) continue;
        bool made;
        spl_map_entry *entry = spl_map_put(&join->table, spl_buf_str(&join->key), &made);
        if (made) entry->value = SPL_NEW(join->index, matches);
        matches *list = entry->value;
        match *m = SPL_NEW(join->index, match);
        m->row = row;
        if (list->last)
            list->last->next = m;
        else
            list->first = m;
        list->last = m;
    }
}

static void load(join_op *join)
{
    spl_op *op = &join->base;
    spl_subsearch_run *run = spl_subsearch_args_start(op, &join->args);
    spl_batch *batch;

    join->loaded = true;
    while (spl_subsearch_args_next(op, &join->args, run, &batch) == SPL_OK) {
        for (uint32_t c = 0; c < batch->n_columns; c++) spl_fieldtable_put(&join->columns, batch->columns[c]->field);
        for (uint32_t i = 0; i < spl_batch_rows(batch); i++)
            SPL_PUSH(op->state, &join->rows, spl_row_keep(op->state, batch, spl_batch_row(batch, i)));
        spl_batch_free(batch);
    }
    if (join->fields.len) index_rows(join);
}

/* Without a list: the fields that both sides have. */
static void find_common(join_op *join, const spl_batch *batch)
{
    spl_arena *arena = join->base.state;
    join->signature = spl_batch_signature(batch);
    join->fields.len = join->right_fields.len = 0;
    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_field field = batch->columns[c]->field;
        if (spl_field_internal(batch->fields, field)) continue;
        if (!spl_fieldtable_get(&join->columns, field)) continue;
        SPL_PUSH(arena, &join->fields, field);
        SPL_PUSH(arena, &join->right_fields, field);
    }
    index_rows(join);
}

static bool in_time(const join_op *join, const spl_batch *batch, uint32_t row, const spl_row *other)
{
    double a, b;
    if (!join->usetime) return true;
    if (!spl_value_number(spl_batch_get(batch, row, SPL_F_TIME), &a)) return false;
    if (!spl_value_number(spl_row_get(other, SPL_F_TIME), &b)) return false;
    a = floor(a); /* the manual compares seconds */
    b = floor(b);
    return join->earlier ? b <= a : b >= a;
}

static spl_field prefixed(spl_batch *batch, spl_str alias, spl_field field)
{
    spl_str name = spl_field_name(batch->fields, field);
    return spl_field_of(batch->fields, spl_strf(batch->arena, "%.*s.%.*s", SPL_FMT(alias), SPL_FMT(name)));
}

static void add_fields(const join_op *join, spl_batch *batch, uint32_t row, const spl_row *from)
{
    for (uint32_t c = 0; c < from->count; c++) {
        spl_field field = from->cells[c].field;
        bool internal = spl_field_internal(batch->fields, field);
        if (join->right.len && !internal) field = prefixed(batch, join->right, field);
        if ((!join->overwrite || internal) && !spl_is_null(spl_batch_get(batch, row, field))) continue;
        spl_batch_set(batch, row, field, spl_value_keep(batch->arena, from->cells[c].value));
    }
}

static spl_status join_next(spl_op *op, spl_batch **out)
{
    join_op *join = (join_op *)op;
    spl_batch *batch;
    SPL_VEC(uint32_t) rows = {0};
    SPL_VEC(const spl_row *) with = {0};

    if (!op->input || spl_op_next(op->input, &batch) != SPL_OK) return SPL_END;
    spl_op_count_in(op, batch);
    if (!join->loaded) load(join);
    if (!join->listed && join->signature != spl_batch_signature(batch)) find_common(join, batch);
    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        int64_t found = 0;
        if (join->fields.len && spl_rowkey_of(&join->key, batch, row, join->fields.data, join->fields.len)) {
            matches *list = spl_map_get(&join->table, spl_buf_str(&join->key));
            for (match *m = list ? list->first : NULL; m && (!join->max || found < join->max); m = m->next) {
                if (!in_time(join, batch, row, m->row)) continue;
                SPL_PUSH(batch->arena, &rows, row);
                SPL_PUSH(batch->arena, &with, m->row);
                found++;
            }
        }
        if (!found && join->type) {
            SPL_PUSH(batch->arena, &rows, row);
            SPL_PUSH(batch->arena, &with, NULL);
        }
    }
    batch = spl_batch_gather(batch, rows.data, (uint32_t)rows.len);
    if (join->left.len) {
        uint32_t n = batch->n_columns;
        spl_field *old = spl_alloc(batch->arena, (n + 1) * sizeof *old);
        for (uint32_t c = 0; c < n; c++) old[c] = batch->columns[c]->field;
        for (uint32_t c = 0; c < n; c++)
            if (!spl_field_internal(batch->fields, old[c]))
                spl_batch_rename(batch, old[c], prefixed(batch, join->left, old[c]));
    }
    for (uint32_t i = 0; i < rows.len; i++)
        if (with.data[i]) add_fields(join, batch, i, with.data[i]);
    *out = batch;
    return SPL_OK;
}

SPL_COMMAND(join, .summary = "Puts results together with those of a subsearch where fields agree.",
            .syntax = "join [type=inner|outer|left] [usetime=<bool>] [earlier=<bool>] [overwrite=<bool>] [max=<n>] "
                      "[left=<alias> right=<alias> where <alias>.<field>=<alias>.<field> …] [<field> …] ([ <search> ] "
                      "| <kind>:<name>)",
            .example = "| makeresults | eval id=1 | join id [| makeresults | eval id=1, name=\"amy\"] | table id name",
            .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_PIPELINE, .traits = SPL_ORDERED | SPL_ADDS_ROWS,
            .options = options, .op_size = sizeof(join_op), .bind = join_bind, .open = join_open, .next = join_next);
