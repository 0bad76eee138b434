/* makecontinuous.c -- results in order of a field of numbers or times, with a result for each span that has none. */
#include "exec/by.h"
#include "exec/sorter.h"

#include <math.h>
#include <stddef.h>

typedef struct makecontinuous_op {
    spl_op base;
    spl_bin bin;
    spl_sort_key key;
    spl_sorter *sorter;
    double low, high;
    bool fitted, whole;
    spl_arena *arena; /* of the rows being put out */
    spl_batch *batch; /* being gone through */
    uint32_t at;
    double due; /* where the next span begins */
} makecontinuous_op;

static const spl_option options[] = {
    SPL_BIN_OPTIONS("numbers below are left out; spans chosen for bins= begin here",
                    "numbers above are left out; spans chosen for bins= end here"),
    {0},
};

static bool makecontinuous_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    makecontinuous_op *make = (makecontinuous_op *)op;
    spl_bin_options given = {0};
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_field field = SPL_F_TIME;
    spl_str name;

    if (node) {
        if (!spl_args_name(node, &name)) return spl_bad_argument(binder, node->span, "a field is expected here");
        field = spl_bind_field(binder, name);
    }
    if (!spl_args_done(binder, &args)) return false;
    spl_bin_options_take((const spl_node *const *)stage->kids, stage->n_kids, &given);
    if (!spl_bin_bind(binder, &given, field, 100, &make->bin)) return false;
    make->key = (spl_sort_key){.field = field, .kind = SPL_ORDER_NUM};
    spl_bind_reads(binder, field);
    return true;
}

static void makecontinuous_open(spl_op *op)
{
    makecontinuous_op *make = (makecontinuous_op *)op;
    spl_sorter_config config = {.keys = &make->key, .n_keys = 1};

    make->sorter = spl_sorter_new(op->state, op->query, &config);
    make->low = make->high = make->due = NAN;
    make->whole = true;
    make->arena = spl_arena_new(op->query->account);
    spl_arena_defer(op->state, (void (*)(void *))spl_arena_free, make->arena);
}

static spl_status makecontinuous_gather(spl_op *op, spl_batch *batch)
{
    makecontinuous_op *make = (makecontinuous_op *)op;
    uint32_t rows = spl_batch_rows(batch), outside = 0;
    bool *keep = spl_alloc(batch->arena, rows * sizeof *keep);

    for (uint32_t i = 0; i < rows; i++) {
        double number;
        keep[i] = true;
        if (!spl_value_number(spl_batch_get(batch, spl_batch_row(batch, i), make->key.field), &number)) continue;
        if (number < make->bin.start || number > make->bin.end) {
            keep[i] = false;
            outside++;
            continue;
        }
        if (!(make->low <= number)) make->low = number;
        if (!(make->high >= number)) make->high = number;
        make->whole &= number == floor(number);
    }
    if (outside) spl_batch_filter(batch, keep);
    spl_sorter_add(make->sorter, op, batch);
    return SPL_OK;
}

static const spl_row *gap(makecontinuous_op *make, double start)
{
    spl_row *row = spl_calloc(make->arena, 1, sizeof(spl_row) + sizeof(struct spl_row_cell));
    row->count = 1;
    row->cells[0].field = make->key.field;
    row->cells[0].value = spl_number(start);
    return row;
}

/* NaN where the next span cannot be told from this one: so far from zero, numbers are farther apart than spans. */
static double due_after(const makecontinuous_op *make, double start)
{
    double next = spl_bin_next(&make->bin, make->base.query, start);

    return next > start ? next : NAN;
}

static spl_status makecontinuous_emit(spl_op *op, spl_batch **out)
{
    makecontinuous_op *make = (makecontinuous_op *)op;
    SPL_VEC(const spl_row *) rows = {0};
    SPL_VEC(spl_field) fields = {0};
    bool events, fixed;

    if (!make->fitted) {
        if (make->bin.kind == SPL_BIN_AUTO && !isnan(make->low))
            spl_bin_fit(&make->bin, make->low, make->high, make->whole);
        make->fitted = true;
    }
    if (!make->batch) {
        make->batch = spl_sorter_next(make->sorter);
        make->at = 0;
    }
    if (!make->batch) return SPL_END;
    spl_arena_reset(make->arena);
    events = make->batch->events;
    fixed = make->batch->fixed;
    for (uint32_t c = 0; c < make->batch->n_columns; c++)
        SPL_PUSH(make->arena, &fields, make->batch->columns[c]->field);
    while (make->at < spl_batch_rows(make->batch) && rows.len < SPL_BATCH_ROWS) {
        uint32_t row = spl_batch_row(make->batch, make->at);
        double number, start;
        if (spl_value_number(spl_batch_get(make->batch, row, make->key.field), &number) &&
            make->bin.kind != SPL_BIN_NONE && make->bin.kind != SPL_BIN_AUTO) {
            start = spl_bin_start(&make->bin, op->query, number);
            if (make->due < start - fabs(start) * 1e-12) {
                SPL_PUSH(make->arena, &rows, gap(make, make->due));
                make->due = due_after(make, make->due);
                continue;
            }
            spl_batch_set(make->batch, row, make->key.field, spl_number(start));
            make->due = due_after(make, start);
        }
        SPL_PUSH(make->arena, &rows, spl_row_keep(make->arena, make->batch, row));
        make->at++;
    }
    *out = spl_batch_of_rows(op->query->account, op->query->fields, rows.data, (uint32_t)rows.len, true);
    spl_batch_arrange(*out, fields.data, (uint32_t)fields.len);
    (*out)->events = events;
    (*out)->fixed = fixed;
    if (make->at == spl_batch_rows(make->batch)) {
        spl_batch_free(make->batch);
        make->batch = NULL;
    }
    return SPL_OK;
}

SPL_COMMAND(
    makecontinuous, .summary = "Fills in results for spans of a number or time that have none.",
    .syntax = "makecontinuous [<field>] [span=<n>|<time>|<log>] [bins=<n>] [minspan=<span>] [start=<n>] [end=<n>] "
              "[aligntime=<time>]",
    .example = "| makeresults count=2 | streamstats count AS n | eval n=n*2 | makecontinuous n span=1 | table n",
    .args = SPL_ARGS_PLAIN, .options = options, .op_size = sizeof(makecontinuous_op), .bind = makecontinuous_bind,
    .open = makecontinuous_open, .gather = makecontinuous_gather, .emit = makecontinuous_emit);
