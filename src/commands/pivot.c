/* pivot.c -- tables over a dataset of a data model: cell values, split by rows and columns, filtered and limited. It
 * stands for the dataset's search, filters, then stats, or chart where there are columns. Search Reference, pivot. */
#include "commands/model_search.h"

#include "base/num.h"

typedef struct split {
    spl_str field, label;
    spl_str key; /* what is grouped by: a copy where a cell needs the field as it is, else the field itself */
    spl_str period, true_label, false_label;
    spl_str start, end, size, max; /* RANGE */
    bool range;
} split;

typedef struct cell {
    spl_str typed, label, text; /* text: as stats takes it */
    spl_str field;
} cell;

typedef struct pivot {
    spl_binder *binder;
    const spl_node *stage;
    uint32_t at;
    const spl_model_object *object;
    const spl_model *model;
    SPL_VEC(cell) cells;
    SPL_VEC(split) rows, columns;
    spl_buf filters, limits;
    spl_buf sort;
    spl_str sort_count;
    bool sorted, row_summary, column_summary, show_other;
    int64_t columns_shown;
} pivot;

static const char *const keywords[] = {"splitrow",  "splitcol",   "filter", "limit",  "rowsummary", "colsummary",
                                       "showother", "numcols",    "sort",   "as",     "range",      "period",
                                       "truelabel", "falselabel", "top",    "bottom", NULL};

static const spl_node *peek(const pivot *p)
{
    return p->at < p->stage->n_kids ? p->stage->kids[p->at] : NULL;
}

static bool is_keyword(const spl_node *node)
{
    if (!node || node->kind != SPL_NODE_WORD || node->quoted) return false;
    for (size_t i = 0; keywords[i]; i++)
        if (spl_str_iis(node->text, keywords[i])) return true;
    return false;
}

static bool take(pivot *p, const char *word)
{
    const spl_node *node = peek(p);

    if (!node || node->kind != SPL_NODE_WORD || node->quoted || !spl_str_iis(node->text, word)) return false;
    p->at++;
    return true;
}

static bool refuse_here(pivot *p, const char *what)
{
    const spl_node *node = peek(p);

    spl_bad_argument(p->binder, node ? node->span : p->stage->span, "pivot needs %s here", what);
    return false;
}

static bool take_name(pivot *p, spl_str *name, const char *what)
{
    const spl_node *node = peek(p);

    if (!node || !spl_args_name(node, name)) return refuse_here(p, what);
    p->at++;
    return true;
}

static bool take_flag(pivot *p, bool *flag)
{
    const spl_node *node = peek(p);
    bool good = node && node->kind == SPL_NODE_WORD && spl_option_bool(node->text, flag);

    if (!good) return refuse_here(p, "true or false");
    p->at++;
    return true;
}

static bool take_number(pivot *p, int64_t *number, spl_str *text)
{
    const spl_node *node = peek(p);

    if (!node || node->kind != SPL_NODE_WORD || !spl_num_int(node->text, number) || *number < 0)
        return refuse_here(p, "a whole number");
    *text = node->text;
    p->at++;
    return true;
}

/* ---- cell values ---- */

static spl_str type_among(const spl_model_fields *fields, spl_str name)
{
    for (size_t i = 0; i < fields->len; i++)
        if (spl_str_eq(fields->data[i].name, name)) return fields->data[i].type;
    return SPL_S("");
}

/* Of a field, as the data model says; empty: it does not. */
static spl_str type_of(const pivot *p, spl_str name)
{
    spl_str type = SPL_S("");

    for (const spl_model_object *at = p->object; at && !type.len; at = at->parent) {
        type = type_among(&at->fields, name);
        for (size_t i = 0; i < at->calculations.len && !type.len; i++)
            type = type_among(&at->calculations.data[i].outputs, name);
    }
    if (type.len) return type;
    return spl_str_starts(name, SPL_S("is_")) ? SPL_S("boolean") : type;
}

/* Figures are for numbers and times (Search Reference, pivot, "Cell value"). */
static bool fits_type(pivot *p, const spl_node *node, spl_str function, spl_str field)
{
    static const char *const figures[] = {"sum", "avg", "mean", "max", "min", "stdev", "range"};
    spl_str type = type_of(p, field);

    if (!spl_str_is(type, "string") && !spl_str_is(type, "ipv4") && !spl_str_is(type, "boolean")) return true;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        if (!spl_str_iis(function, figures[i])) continue;
        spl_bad_argument(p->binder, node->span, "\"%.*s\" is of type %.*s in the data model: %.*s() is for numbers",
                         SPL_FMT(field), SPL_FMT(type), SPL_FMT(node->text));
        spl_hint(p->binder->diag, "For texts there are list, values, first, last, count and dc.");
        return false;
    }
    return true;
}

/* count(Object) counts events, of a child those that are of it; other functions are those of stats, some by another
 * name. */
static bool cell_text(pivot *p, const spl_node *node, spl_str *text, spl_str *of)
{
    static const char *const names[][2] = {{"distinctcount", "dc"},
                                           {"distinct_count", "dc"},
                                           {"listdistinct", "values"},
                                           {"average", "avg"},
                                           {"duration", "range"}};
    spl_str function = node->text, field;
    spl_buf out = spl_buf_in(p->binder->arena);
    double parameter;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (spl_str_iis(function, names[i][0])) function = spl_str_of(names[i][1]);
    if (!spl_aggregate_find(function, &parameter)) {
        spl_refuse(p->binder, node->name_span, "unknown-function", "there is no function \"%.*s\"",
                   SPL_FMT(node->text));
        return false;
    }
    spl_buf_add(&out, function);
    if (node->n_kids != 1 || !spl_args_name(node->kids[0], &field)) {
        spl_bad_argument(p->binder, node->span, "a cell value is a function of one field");
        return false;
    }
    const spl_model_object *counted =
        spl_str_iis(function, "count") && p->model ? spl_model_object_find(p->model, field) : NULL;

    if (counted && p->object != counted && spl_model_within(counted, p->object)) {
        spl_buf_printf(&out, "(eval('is_%.*s'=1))", SPL_FMT(field));
    } else if (!counted) {
        if (!fits_type(p, node, function, field)) return false;
        *of = field;
        spl_buf_char(&out, '(');
        spl_text_quote(&out, field);
        spl_buf_char(&out, ')');
    }
    *text = spl_buf_str(&out);
    return true;
}

static bool take_cell(pivot *p)
{
    const spl_node *node = peek(p);
    cell made = {0};

    if (!cell_text(p, node, &made.text, &made.field)) return false;
    p->at++;
    spl_args_name(node, &made.typed);
    made.label = made.typed;
    if (take(p, "as") && !take_name(p, &made.label, "a label")) return false;
    SPL_PUSH(p->binder->arena, &p->cells, made);
    return true;
}

/* ---- splits ---- */

/* RANGE start= end= size= max=, as many as there are. */
static bool take_range(pivot *p, split *made)
{
    static const char *const names[] = {"start", "end", "size", "max"};
    spl_str *const values[] = {&made->start, &made->end, &made->size, &made->max};
    const spl_node *node;

    made->range = true;
    while ((node = peek(p)) != NULL && node->kind == SPL_NODE_OPTION && node->n_kids) {
        size_t i = 0;
        double number;

        while (i < 4 && !spl_str_iis(node->text, names[i])) i++;
        if (i == 4) {
            spl_bad_argument(p->binder, node->name_span, "RANGE has no option \"%.*s\"", SPL_FMT(node->text));
            spl_hint(p->binder->diag, "The options are start, end, size, max.");
            return false;
        }
        if (!spl_args_name(node->kids[0], values[i]) || !spl_num_parse(*values[i], &number))
            return spl_bad_argument(p->binder, node->kids[0]->span, "option \"%s\" must be a number", names[i]);
        p->at++;
    }
    return true;
}

/* SORT n field …, TOP n f(x), BOTTOM n f(x): fields as the table has them before it is labelled. */
static bool take_sort(pivot *p, const char *direction)
{
    int64_t count;
    const spl_node *node;
    spl_str name;

    if (!take_number(p, &count, &p->sort_count)) return false;
    p->sorted = true;
    spl_buf_clear(&p->sort);
    while ((node = peek(p)) != NULL && !is_keyword(node) && spl_args_name(node, &name)) {
        bool descending = *direction == '-';
        bool cell_found = false;

        p->at++;
        if (take(p, "desc"))
            descending = true;
        else if (take(p, "asc"))
            descending = false;
        if (node->kind == SPL_NODE_WORD && name.len > 1 && !node->quoted &&
            (name.data[0] == '-' || name.data[0] == '+')) {
            descending = name.data[0] == '-';
            name = spl_str_sub(name, 1, name.len);
        }
        for (size_t i = 0; !cell_found && i < p->cells.len; i++) {
            if (!spl_str_eq(p->cells.data[i].typed, name) && !spl_str_eq(p->cells.data[i].label, name)) continue;
            name = p->cells.data[i].label;
            cell_found = true;
        }
        for (size_t i = 0; !cell_found && i < p->rows.len; i++)
            if (spl_str_eq(p->rows.data[i].label, name) || spl_str_eq(p->rows.data[i].field, name))
                name = p->rows.data[i].key, cell_found = true;
        spl_buf_puts(&p->sort, descending ? " -" : " +");
        spl_text_quote(&p->sort, name);
    }
    return p->sort.len ? true : refuse_here(p, "a field");
}

static bool take_split(pivot *p, bool row)
{
    static const char *const periods[] = {"auto", "year", "month", "day", "hour", "minute", "second"};
    split made = {0};
    bool good = true;

    if (!take_name(p, &made.field, "a field")) return false;
    made.label = made.field;
    for (;;) {
        if (take(p, "as")) {
            good = take_name(p, &made.label, "a label");
        } else if (take(p, "period")) {
            good = take_name(p, &made.period, "a period");
            bool known = false;
            for (size_t i = 0; good && i < sizeof periods / sizeof *periods; i++)
                known |= spl_str_iis(made.period, periods[i]);
            if (good && !known) {
                p->at--;
                return refuse_here(p, "auto, year, month, day, hour, minute or second");
            }
        } else if (take(p, "truelabel")) {
            good = take_name(p, &made.true_label, "a label");
        } else if (take(p, "falselabel")) {
            good = take_name(p, &made.false_label, "a label");
        } else if (take(p, "range")) {
            good = take_range(p, &made);
        } else {
            break;
        }
        if (!good) return false;
    }
    made.key = made.field;
    for (size_t i = 0; i < p->cells.len; i++)
        if (spl_str_eq(p->cells.data[i].field, made.field) &&
            (made.period.len || made.range || made.true_label.len || made.false_label.len))
            made.key = spl_strf(p->binder->arena, "spl_split%zu", p->rows.len + p->columns.len);
    if (row)
        SPL_PUSH(p->binder->arena, &p->rows, made);
    else
        SPL_PUSH(p->binder->arena, &p->columns, made);
    return true;
}

/* ---- filters ---- */

static bool take_filter(pivot *p)
{
    static const struct {
        const char *word, *before, *after;
        bool negated;
    } texts[] = {{"is", "", "", false},
                 {"contains", "*", "*", false},
                 {"startsWith", "", "*", false},
                 {"endsWith", "*", "", false},
                 {"isNot", "", "", true},
                 {"doesNotContain", "*", "*", true},
                 {"doesNotStartWith", "", "*", true},
                 {"doesNotEndWith", "*", "", true}};
    static const char *const signs[] = {[SPL_OP_EQ] = "=",  [SPL_OP_NE] = "!=", [SPL_OP_LT] = "<",
                                        [SPL_OP_LE] = "<=", [SPL_OP_GT] = ">",  [SPL_OP_GE] = ">="};
    spl_buf *out = &p->filters;
    const spl_node *node = peek(p);
    spl_str field, value;

    if (node && (node->kind == SPL_NODE_COMPARE || node->kind == SPL_NODE_OPTION) &&
        spl_args_name(node->kids[0], &value)) {
        p->at++;
        spl_buf_puts(out, " | search ");
        spl_text_quote(out, node->text);
        spl_buf_puts(out, node->kind == SPL_NODE_OPTION ? "=" : signs[node->op]);
        spl_text_quote(out, value);
        return true;
    }
    if (!take_name(p, &field, "a field")) return false;
    spl_buf_puts(out, " | search ");
    if (take(p, "isNull") || take(p, "isNotNull")) {
        if (spl_str_iis(p->stage->kids[p->at - 1]->text, "isNull")) spl_buf_puts(out, "NOT ");
        spl_text_quote(out, field);
        spl_buf_puts(out, "=*");
        return true;
    }
    if (take(p, "in")) {
        node = peek(p);
        if (!node || node->kind != SPL_NODE_LIST || !node->n_kids) return refuse_here(p, "a list in round brackets");
        p->at++;
        spl_text_quote(out, field);
        for (uint32_t i = 0; i < node->n_kids; i++) {
            if (!spl_args_name(node->kids[i], &value)) return refuse_here(p, "a list of values");
            spl_buf_puts(out, i ? ", " : " IN (");
            spl_text_quote(out, value);
        }
        spl_buf_char(out, ')');
        return true;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool flag;

        if (!take(p, texts[i].word)) continue;
        if (!take_name(p, &value, "a value")) return false;
        if (spl_str_is(type_of(p, field), "boolean") && spl_option_bool(value, &flag) && !texts[i].before[0] &&
            !texts[i].after[0]) { /* true or 1, as the events have it */
            spl_text_quote(out, field);
            spl_buf_printf(out, "%s IN (%s)", texts[i].negated ? " NOT" : "", flag ? "1, true" : "0, false");
            return true;
        }
        spl_text_quote(out, field);
        spl_buf_puts(out, texts[i].negated ? "!=" : "=");
        spl_text_quote(out, spl_strf(p->binder->arena, "%s%.*s%s", texts[i].before, SPL_FMT(value), texts[i].after));
        return true;
    }
    return refuse_here(
        p, "is, isNot, contains, doesNotContain, startsWith, endsWith, in, isNull, isNotNull or a comparison");
}

/* LIMIT field BY TOP|BOTTOM n f(x): only events whose value of the field is among them. */
static bool take_limit(pivot *p)
{
    spl_buf *out = &p->limits;
    spl_str field, text, count_text, of;
    int64_t count;
    bool top;

    if (!take_name(p, &field, "a field")) return false;
    if (!take(p, "by")) return refuse_here(p, "BY");
    top = take(p, "top") || take(p, "highest");
    if (!top && !take(p, "bottom") && !take(p, "lowest")) return refuse_here(p, "TOP or BOTTOM");
    if (!take_number(p, &count, &count_text)) return false;
    if (!count) {
        p->at--;
        return refuse_here(p, "a number from 1 on");
    }
    if (!peek(p) || peek(p)->kind != SPL_NODE_CALL) return refuse_here(p, "a function of a field");
    if (!cell_text(p, peek(p), &text, &of)) return false;
    p->at++;
    spl_buf_printf(out, " | eventstats dedup_splitvals=t %.*s AS spl_limit by ", SPL_FMT(text));
    spl_text_quote(out, field);
    spl_buf_printf(out, " | sort 0 %sspl_limit ", top ? "-" : "");
    spl_text_quote(out, field);
    spl_buf_puts(out, " | streamstats dc(");
    spl_text_quote(out, field);
    spl_buf_printf(out, ") AS spl_limit | where spl_limit<=%lld | fields - spl_limit", (long long)count);
    return true;
}

static bool take_elements(pivot *p)
{
    spl_str text;

    while (peek(p)) {
        const spl_node *node = peek(p);
        bool good;

        if (node->kind == SPL_NODE_HOLE) {
            p->at++;
            good = true;
        } else if (node->kind == SPL_NODE_CALL) {
            good = take_cell(p);
        } else if (take(p, "splitrow")) {
            good = take_split(p, true);
        } else if (take(p, "splitcol")) {
            good = take_split(p, false);
        } else if (take(p, "filter")) {
            good = take_filter(p);
        } else if (take(p, "limit")) {
            good = take_limit(p);
        } else if (take(p, "rowsummary")) {
            good = take_flag(p, &p->row_summary);
        } else if (take(p, "colsummary")) {
            good = take_flag(p, &p->column_summary);
        } else if (take(p, "showother")) {
            good = take_flag(p, &p->show_other);
        } else if (take(p, "numcols")) {
            good = take_number(p, &p->columns_shown, &text);
        } else if (take(p, "sort") || take(p, "bottom")) {
            good = take_sort(p, "+");
        } else if (take(p, "top")) {
            good = take_sort(p, "-");
        } else {
            good = refuse_here(
                p, "a cell value, SPLITROW, SPLITCOL, FILTER, LIMIT, SORT, ROWSUMMARY, COLSUMMARY, NUMCOLS or "
                   "SHOWOTHER");
        }
        if (!good) return false;
    }
    return p->cells.len || spl_lacks(p->binder, NULL, "a cell value", "Web Web count(Web) AS hits SPLITROW status");
}

/* ---- the search ---- */

static void add_names(spl_buf *out, const split *s)
{
    spl_text_quote(out, s->field);
    spl_buf_puts(out, " AS ");
    spl_text_quote(out, s->key);
}

static void add_split(spl_buf *out, const split *s)
{
    static const char *const spans[][2] = {{"year", "1y"}, {"month", "1mon"}, {"day", "1d"},
                                           {"hour", "1h"}, {"minute", "1m"},  {"second", "1s"}};

    if (s->period.len) {
        const char *span = NULL;

        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
            if (spl_str_iis(s->period, spans[i][0])) span = spans[i][1];
        spl_buf_puts(out, " | bin ");
        if (span) spl_buf_printf(out, "span=%s ", span);
        add_names(out, s);
    }
    if (s->range) {
        spl_buf_puts(out, " | bin");
        if (s->size.len) spl_buf_printf(out, " span=%.*s", SPL_FMT(s->size));
        if (s->max.len && !s->size.len) spl_buf_printf(out, " bins=%.*s", SPL_FMT(s->max));
        if (s->start.len) spl_buf_printf(out, " start=%.*s", SPL_FMT(s->start));
        if (s->end.len) spl_buf_printf(out, " end=%.*s", SPL_FMT(s->end));
        spl_buf_char(out, ' ');
        add_names(out, s);
    }
    if (s->true_label.len || s->false_label.len) {
        spl_buf_puts(out, " | eval ");
        spl_text_quote(out, s->key);
        spl_buf_printf(out, "=case('%.*s'=1 OR lower('%.*s')=\"true\",", SPL_FMT(s->field), SPL_FMT(s->field));
        spl_text_quote(out, s->true_label.len ? s->true_label : SPL_S("true"));
        spl_buf_printf(out, ",isnotnull('%.*s'),", SPL_FMT(s->field));
        spl_text_quote(out, s->false_label.len ? s->false_label : SPL_S("false"));
        spl_buf_char(out, ')');
    }
}

static void add_cells(pivot *p, spl_buf *out)
{
    for (size_t i = 0; i < p->cells.len; i++) {
        spl_buf_printf(out, " %.*s AS ", SPL_FMT(p->cells.data[i].text));
        spl_text_quote(out, p->cells.data[i].label);
    }
}

/* The values of several splits as one field NAME. */
static void add_joined(pivot *p, spl_buf *out, const char *name, const split *splits, size_t count,
                       const char *separator)
{
    spl_buf_printf(out, " | where ");
    for (size_t i = 0; i < count; i++)
        spl_buf_printf(out, "%sisnotnull('%.*s')", i ? " AND " : "", SPL_FMT(splits[i].key));
    spl_buf_printf(out, " | eval %s=", name);
    for (size_t i = 0; i < count; i++) {
        if (i) {
            spl_buf_puts(out, " . ");
            spl_text_quote(out, spl_str_of(separator));
            spl_buf_puts(out, " . ");
        }
        spl_buf_printf(out, "tostring('%.*s')", SPL_FMT(splits[i].key));
    }
    (void)p;
}

static void add_chart(pivot *p, spl_buf *out)
{
    spl_str column = p->columns.data[0].key, row = p->rows.len == 1 ? p->rows.data[0].key : SPL_S("spl_rows");

    if (p->columns.len > 1) {
        add_joined(p, out, "spl_columns", p->columns.data, p->columns.len, ": ");
        column = SPL_S("spl_columns");
    }
    if (p->rows.len > 1) add_joined(p, out, "spl_rows", p->rows.data, p->rows.len, "\x1f");
    if (p->rows.len == 0) spl_buf_puts(out, " | eval spl_rows=1");
    spl_buf_printf(out, " | chart dedup_splitvals=t limit=%lld useother=%s usenull=false", (long long)p->columns_shown,
                   p->show_other ? "true" : "false");
    add_cells(p, out);
    spl_buf_puts(out, " over ");
    spl_text_quote(out, row);
    spl_buf_puts(out, " by ");
    spl_text_quote(out, column);
    if (p->rows.len > 1) {
        spl_buf_puts(out, " | eval spl_rows=split(spl_rows,\"\x1f\")");
        for (size_t i = 0; i < p->rows.len; i++) {
            spl_buf_puts(out, ", ");
            spl_text_quote(out, p->rows.data[i].key);
            spl_buf_printf(out, "=mvindex(spl_rows,%zu)", i);
        }
        spl_buf_puts(out, " | table");
        for (size_t i = 0; i < p->rows.len; i++) {
            spl_buf_char(out, ' ');
            spl_text_quote(out, p->rows.data[i].key);
        }
        spl_buf_puts(out, " *");
    }
    if (p->rows.len != 1) spl_buf_puts(out, " | fields - spl_rows");
}

static spl_str pivot_text(pivot *p)
{
    spl_buf out = spl_buf_in(p->binder->arena);

    spl_buf_add(&out, spl_buf_str(&p->filters));
    spl_buf_add(&out, spl_buf_str(&p->limits));
    for (size_t i = 0; i < p->rows.len; i++) add_split(&out, &p->rows.data[i]);
    for (size_t i = 0; i < p->columns.len; i++) add_split(&out, &p->columns.data[i]);
    if (p->columns.len) {
        add_chart(p, &out);
    } else {
        spl_buf_puts(&out, " | stats");
        add_cells(p, &out);
        for (size_t i = 0; i < p->rows.len; i++) {
            spl_buf_puts(&out, i ? " " : " by ");
            spl_text_quote(&out, p->rows.data[i].key);
        }
        if (p->rows.len) spl_buf_puts(&out, " dedup_splitvals=t");
    }
    if (p->sorted) spl_buf_printf(&out, " | sort %.*s%.*s", SPL_FMT(p->sort_count), SPL_FMT(spl_buf_str(&p->sort)));
    if (p->row_summary) {
        spl_buf_puts(&out, " | addtotals fieldname=ALL");
        for (size_t i = 0; p->columns.len == 0 && i < p->cells.len; i++) {
            spl_buf_char(&out, ' ');
            spl_text_quote(&out, p->cells.data[i].label);
        }
    }
    if (p->column_summary) {
        spl_buf_puts(&out, " | addcoltotals");
        if (p->rows.len) {
            spl_buf_puts(&out, " label=ALL labelfield=");
            spl_text_quote(&out, p->rows.data[0].key);
        }
    }
    for (size_t i = 0; i < p->rows.len; i++) {
        if (spl_str_eq(p->rows.data[i].key, p->rows.data[i].label)) continue;
        spl_buf_puts(&out, " | rename ");
        spl_text_quote(&out, p->rows.data[i].key);
        spl_buf_puts(&out, " AS ");
        spl_text_quote(&out, p->rows.data[i].label);
    }
    return spl_buf_str(&out);
}

static const spl_node *pivot_expand(spl_binder *binder, const spl_node *stage)
{
    pivot *p = SPL_NEW(binder->arena, pivot);
    spl_str model, object;
    bool refused;

    p->binder = binder;
    p->stage = stage;
    p->filters = p->limits = p->sort = spl_buf_in(binder->arena);
    p->show_other = true;
    p->columns_shown = 100;
    if (!take_name(p, &model, "the name of a data model") || !take_name(p, &object, "the name of a dataset"))
        return NULL;
    p->object = model_find(binder, &(model_ref){model, object, stage->kids[p->at - 1]->span}, &p->model, &refused);
    if (refused || !take_elements(p)) return NULL;
    return model_stages(binder, stage, p->model, p->object, &(spl_model_wants){.marks = true, .required = true},
                        pivot_text(p));
}

SPL_COMMAND(
    pivot, .summary = "Makes a table over a dataset of a data model.",
    .syntax =
        "pivot <model> <dataset> <function>(<field>) [AS <label>] … [SPLITROW <field> [AS <label>] [PERIOD <period> | "
        "RANGE … | TRUELABEL <text> FALSELABEL <text>]] … [SPLITCOL <field> …] [FILTER <field> <operator> <value>] "
        "… [LIMIT <field> BY TOP|BOTTOM <n> <function>(<field>)] … [SORT <n> <field> …] [ROWSUMMARY <bool>] "
        "[COLSUMMARY <bool>] [NUMCOLS <n>] [SHOWOTHER <bool>]",
    .example = NULL, .differs = "Several SPLITCOL make one: their values are joined by a colon and a space.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES | SPL_OWN_OPTIONS,
    .options = (const spl_option[]){{.name = "*", .takes = "those of RANGE, and comparisons of FILTER"}, {0}},
    .op_size = sizeof(spl_op), .expand = pivot_expand);
