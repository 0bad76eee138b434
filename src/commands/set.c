/* set.c -- union, intersection or symmetric difference of the rows of two subsearches. Two rows are the same if all
 * their fields are, internal ones too. */
#include "base/map.h"
#include "exec/brackets.h"
#include "exec/rowkey.h"
#include "knowledge/limits.h"

enum { SET_UNION, SET_DIFF, SET_INTERSECT };

typedef struct set_row {
    spl_row *row;
    unsigned sides; /* bit 0: in the first, bit 1: in the second */
} set_row;

typedef struct set_op {
    spl_op base;
    int kind;
    int64_t maxout;
    bool maxout_given;
    const spl_subsearch *sides[2];
    spl_map rows; /* key to set_row, in order of first appearance */
    bool built;
    size_t at;
} set_op;

static const spl_option options[] = {
    {"maxout", SPL_OPTION_INT, offsetof(set_op, maxout), .given = offsetof(set_op, maxout_given), .dflt = 10000,
     .min = 0, .max = 1e15, .help = "rows taken from a subsearch at the most; 0 for all"},
    SPL_IDLE("maxtime", INT, "--timeout bounds the whole run", .min = 0, .max = 1e9),
    SPL_IDLE("timeout", INT, "--timeout bounds the whole run", .min = 0, .max = 1e9),
    {0},
};

static bool set_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    set_op *set = (set_op *)op;
    spl_args args = spl_args_of(stage);
    int i;

    if (binder->holes) return true;
    if (spl_args_take(&args, "union")) {
        set->kind = SET_UNION;
    } else if (spl_args_take(&args, "diff")) {
        set->kind = SET_DIFF;
    } else if (spl_args_take(&args, "intersect")) {
        set->kind = SET_INTERSECT;
    } else {
        return spl_bad_argument(binder, stage->span, "set needs union, diff or intersect, then two subsearches");
    }
    for (i = 0; i < 2; i++) {
        const spl_node *node =
            spl_args_pipeline(binder, &args, "| set diff [ search a | fields x ] [ search b | fields x ]");

        if (!node) return false;
        if (!set->maxout_given) { /* both bounds act (Search Reference, set, "Limits") */
            set->maxout = (int64_t)spl_limit(binder->query, "set", "maxresultrows", 50000);
            if (set->maxout > (int64_t)binder->query->limits.subsearch_rows)
                set->maxout = (int64_t)binder->query->limits.subsearch_rows;
        }
        set->sides[i] = spl_subsearch_bind(binder, node, (uint64_t)set->maxout);
        if (!set->sides[i]) return false;
    }
    return spl_args_done(binder, &args);
}

/* Names and values in the order of names' numbers, so that equal rows have equal keys. */
static void key_of(spl_buf *key, const spl_batch *batch, uint32_t row)
{
    spl_field field;

    spl_buf_clear(key);
    for (field = 0; field < batch->cap_by_field; field++) {
        const spl_column *column = batch->by_field[field];

        if (!column || spl_is_null(column->cells[row])) continue;
        spl_buf_add(key, spl_str_cut((const char *)&field, sizeof field));
        spl_rowkey_add(key, column->cells[row]);
    }
}

static void build(set_op *set)
{
    spl_arena *state = set->base.state;
    spl_batch *batch;
    uint32_t i;
    int side;

    set->rows = spl_map_in(state);
    for (side = 0; side < 2; side++) {
        spl_subsearch_run *run = spl_subsearch_start(&set->base, set->sides[side]);

        while (spl_subsearch_next(&set->base, run, &batch) == SPL_OK) {
            spl_buf key = spl_buf_in(batch->arena);

            for (i = 0; i < spl_batch_rows(batch); i++) {
                uint32_t r = spl_batch_row(batch, i);
                spl_map_entry *entry;
                set_row *kept;

                key_of(&key, batch, r);
                entry = spl_map_put(&set->rows, spl_buf_str(&key), NULL);
                if (!entry->value) {
                    kept = SPL_NEW(state, set_row);
                    kept->row = spl_row_keep(state, batch, r);
                    entry->value = kept;
                }
                ((set_row *)entry->value)->sides |= 1u << side;
            }
            spl_batch_free(batch);
        }
    }
    set->built = true;
}

static spl_status set_next(spl_op *op, spl_batch **batch)
{
    set_op *set = (set_op *)op;
    const spl_row *rows[SPL_BATCH_ROWS];
    uint32_t n = 0;

    if (!set->built) build(set);
    for (; set->at < set->rows.len && n < SPL_BATCH_ROWS; set->at++) {
        const set_row *row = set->rows.entries[set->at].value;

        if (set->kind == SET_DIFF && row->sides == 3) continue;
        if (set->kind == SET_INTERSECT && row->sides != 3) continue;
        rows[n++] = row->row;
    }
    if (n == 0) return SPL_END;
    *batch = spl_batch_of_rows(op->query->account, op->query->fields, rows, n, true);
    return SPL_OK;
}

SPL_COMMAND(set, .summary = "Union, difference or intersection of the rows of two subsearches.",
            .syntax = "| set (union | diff | intersect) [<subsearch>] [<subsearch>]",
            .example = "| set intersect [ | makeresults count=2 | streamstats count AS n | table n ] "
                       "[ | makeresults | eval n=2 | table n ]",
            .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_PIPELINE, .traits = SPL_GENERATES | SPL_ORDERED,
            .options = options, .op_size = sizeof(set_op), .bind = set_bind, .next = set_next);
