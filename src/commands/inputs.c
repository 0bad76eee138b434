/* inputs.c -- see inputs.h. */
#include "commands/inputs.h"

const spl_segment spl_inputs_segments[] = {{.keyword = "WHERE", .shape = SPL_ARGS_SEARCH}, {0}};

bool spl_inputs_bind(spl_binder *binder, const spl_node *stage, spl_inputs *inputs, const char *what,
                     const spl_node **name, spl_str *text)
{
    spl_args args = spl_args_of(stage);
    const spl_node *clause = spl_args_clause(stage, "where");

    *name = spl_args_next(&args);
    if (clause && clause->n_kids) {
        inputs->where = spl_filter_bind(binder, clause->kids[0], NULL);
        if (!inputs->where) return false;
    } else if (clause) {
        return spl_lacks(binder, clause, "a search expression after where", NULL);
    }
    if (!*name || !spl_args_name(*name, text)) return spl_lacks(binder, *name, what, NULL);
    if (!spl_args_done(binder, &args)) return false;
    if (!binder->first && !inputs->append) {
        spl_refuse(binder, stage->name_span, "bad-argument", "%s must be the first command, or take append=true",
                   stage->command->name);
        spl_hint(binder->diag, "append=true adds its rows after the results so far.");
        return false;
    }
    return true;
}

void spl_inputs_table(spl_binder *binder, spl_inputs *inputs, const spl_table *table)
{
    inputs->table = table;
    inputs->fields = SPL_NEW_ARRAY(binder->arena, table->n_columns, spl_field);
    for (uint32_t c = 0; c < table->n_columns; c++) inputs->fields[c] = spl_bind_field(binder, table->columns[c]);
}

spl_status spl_inputs_next(spl_op *op, spl_inputs *inputs, spl_batch **batch)
{
    const spl_table *table = inputs->table;

    if (!inputs->main_ended) {
        spl_status status = op->input ? spl_op_next(op->input, batch) : SPL_END;
        if (status == SPL_OK) {
            spl_op_count_in(op, *batch);
            (*batch)->order = NULL; /* the rows stand where they come from now on */
            return SPL_OK;
        }
        inputs->main_ended = true;
    }
    while (table && inputs->row < table->n_rows && inputs->given < inputs->max) {
        size_t left = table->n_rows - inputs->row;
        uint32_t rows = left < SPL_BATCH_ROWS ? (uint32_t)left : SPL_BATCH_ROWS, kept = 0;
        spl_batch *made = spl_op_batch(op, rows);
        bool *keep = SPL_NEW_ARRAY(made->arena, rows, bool);

        made->events = inputs->events;
        for (uint32_t c = 0; c < table->n_columns; c++) {
            spl_column *column = spl_batch_add(made, inputs->fields[c]);
            for (uint32_t i = 0; i < rows; i++) column->cells[i] = spl_table_cell(table, inputs->row + i, c);
        }
        inputs->row += rows;
        if (inputs->where) spl_eval_on(op->ev, op->query, op->worker, made);
        for (uint32_t i = 0; i < rows && inputs->given < inputs->max; i++) {
            if (inputs->where && !spl_filter_match(op->ev, inputs->where, i)) continue;
            if (inputs->skipped < inputs->start) {
                inputs->skipped++;
                continue;
            }
            keep[i] = true;
            inputs->given++;
            kept++;
        }
        if (kept) {
            spl_batch_filter(made, keep);
            *batch = made;
            return SPL_OK;
        }
        spl_batch_free(made);
        spl_query_poll(op->query);
    }
    return SPL_END;
}

void spl_inputs_needs(const spl_op *op, const spl_inputs *inputs, const spl_fieldset *after, spl_fieldset *before)
{
    (void)op;
    if (inputs->append) spl_fieldset_add_set(before, after);
}
