/* dedup.c -- keeps the first results of each combination of values. A key is the text of the values, so that 1 and 1.0
 * differ; multivalues are equal only if all their values are. Memory grows with the combinations, not with the results.
 *
 * It reads its input itself: with sortby all of it first, through a sorter. */
#include "exec/rowkey.h"
#include "exec/sorter.h"

#include "base/map.h"
#include "base/num.h"

#include <stddef.h>

typedef struct dedup_op {
    spl_op base;
    int64_t keep;
    bool keepevents, keepempty, consecutive;
    SPL_VEC(spl_field) fields;
    spl_sort_key_vec sortby;
    /* running */
    spl_sorter *sorter;
    bool sorted;
    spl_map seen; /* key to a count of how many were kept */
    spl_buf key, last;
    bool has_last;
    int64_t run;
} dedup_op;

static const spl_option options[] = {
    {.name = "keepevents",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(dedup_op, keepevents),
     .dflt = 0,
     .help = "keep duplicates, without the fields"},
    {.name = "keepempty",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(dedup_op, keepempty),
     .dflt = 0,
     .help = "keep results that lack one of the fields"},
    {.name = "consecutive",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(dedup_op, consecutive),
     .dflt = 0,
     .help = "remove only duplicates that follow one another"},
    {0},
};

static bool dedup_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    dedup_op *dedup = (dedup_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *first = spl_args_peek(&args);
    const spl_node *sortby = spl_args_clause(stage, "sortby");
    spl_node_vec list = {0};
    int64_t number;

    dedup->keep = 1;
    if (first && first->kind == SPL_NODE_WORD && !first->quoted && spl_num_int(first->text, &number)) {
        if (number < 1) return spl_bad_argument(binder, first->span, "dedup must keep at least one result of each");
        dedup->keep = number;
        spl_args_next(&args);
    }
    if (!spl_args_rest(binder, &args, &list)) return false;
    for (size_t i = 0; i < list.len; i++) {
        if (!list.data[i]->quoted && memchr(list.data[i]->text.data, '*', list.data[i]->text.len)) {
            spl_bad_argument(binder, list.data[i]->span, "dedup cannot take the pattern \"%.*s\"",
                             SPL_FMT(list.data[i]->text));
            spl_hint(binder->diag, "Name each field.");
            return false;
        }
        spl_field field = spl_bind_field(binder, list.data[i]->text);
        SPL_PUSH(binder->arena, &dedup->fields, field);
        spl_bind_reads(binder, field);
    }
    if (!list.len) return spl_lacks(binder, NULL, "the name of a field", "host, user");
    if (sortby) {
        spl_args keys = spl_args_of(sortby);
        if (!spl_sort_keys_bind(binder, &keys, &dedup->sortby)) return false;
        if (!dedup->sortby.len)
            return spl_lacks(binder, sortby, "the name of a field after sortby", "host sortby -_time");
    }
    return true;
}

static void dedup_open(spl_op *op)
{
    dedup_op *dedup = (dedup_op *)op;
    dedup->seen = spl_map_in(op->state);
    dedup->key = spl_buf_in(op->state);
    dedup->last = spl_buf_in(op->state);
    if (!dedup->sortby.len) return;
    spl_sorter_config config = {.keys = dedup->sortby.data, .n_keys = (uint32_t)dedup->sortby.len};
    dedup->sorter = spl_sorter_new(op->state, op->query, &config);
}

/* Whether this result is among the first of its key. */
static bool first_ones(dedup_op *dedup)
{
    if (dedup->consecutive) {
        bool same = dedup->has_last && spl_str_eq(spl_buf_str(&dedup->last), spl_buf_str(&dedup->key));
        if (!same) {
            spl_buf_clear(&dedup->last);
            spl_buf_add(&dedup->last, spl_buf_str(&dedup->key));
            dedup->has_last = true;
            dedup->run = 0;
        }
        return dedup->run++ < dedup->keep;
    }
    bool made;
    spl_map_entry *entry = spl_map_put(&dedup->seen, spl_buf_str(&dedup->key), &made);
    uintptr_t kept = made ? 0 : (uintptr_t)entry->value;
    if ((int64_t)kept >= dedup->keep) return false;
    entry->value = (void *)(kept + 1);
    return true;
}

static void filter(dedup_op *dedup, spl_batch *batch)
{
    uint32_t rows = spl_batch_rows(batch);
    bool *keep = spl_alloc(batch->arena, rows * sizeof *keep);
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t row = spl_batch_row(batch, i);
        if (!spl_rowkey_of(&dedup->key, batch, row, dedup->fields.data, dedup->fields.len)) {
            keep[i] = dedup->keepempty;
            continue;
        }
        keep[i] = first_ones(dedup);
        if (keep[i] || !dedup->keepevents) continue;
        keep[i] = true;
        for (size_t f = 0; f < dedup->fields.len; f++) spl_batch_set(batch, row, dedup->fields.data[f], SPL_NULL);
    }
    spl_batch_filter(batch, keep);
}

static spl_status dedup_next(spl_op *op, spl_batch **batch)
{
    dedup_op *dedup = (dedup_op *)op;
    spl_status status;

    if (dedup->sorter && !dedup->sorted) {
        while (spl_op_next(op->input, batch) == SPL_OK) {
            spl_op_count_in(op, *batch);
            spl_sorter_add(dedup->sorter, op, *batch);
            op->row_count += spl_batch_rows(*batch);
            spl_batch_free(*batch);
        }
        dedup->sorted = true;
    }
    if (dedup->sorter) {
        *batch = spl_sorter_next(dedup->sorter);
        if (!*batch) return SPL_END;
    } else {
        status = spl_op_next(op->input, batch);
        if (status != SPL_OK) return status;
        spl_op_count_in(op, *batch);
    }
    filter(dedup, *batch);
    return SPL_OK;
}

static const spl_segment segments[] = {{.keyword = "sortby", .shape = SPL_ARGS_PLAIN}, {0}};

SPL_COMMAND(dedup, .summary = "Keeps the first results of each combination of values.",
            .syntax = "dedup [<n>] <field> [,] … [keepevents=<bool>] [keepempty=<bool>] [consecutive=<bool>] "
                      "[sortby [-|+] <field> …]",
            .example = "| makeresults count=4 | streamstats count AS n | eval x=n%2 | dedup x | table n x",
            .args = SPL_ARGS_PLAIN, .segments = segments, .traits = SPL_ORDERED | SPL_FILTERS, .options = options,
            .op_size = sizeof(dedup_op), .bind = dedup_bind, .open = dedup_open, .next = dedup_next);
