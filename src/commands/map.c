/* map.c -- runs a search once for each row, with $field$ replaced by the row's values. Only what the inner searches
 * give comes out. */
#include "commands/saved_search.h"

typedef struct map_op {
    spl_op base;
    spl_str text;
    bool given;
    int64_t max;
    spl_batch *in;
    uint32_t at;
    uint64_t serial;
    spl_arena *turn;    /* the text and the plan of the search running now */
    spl_arena *running; /* and the run of it */
    size_t told;        /* diagnostics before it was made */
    spl_subsearch_run *run;
    bool ended, warned;
} map_op;

static const spl_option options[] = {
    {"search", SPL_OPTION_TEXT, offsetof(map_op, text), .given = offsetof(map_op, given),
     .help = "the search, in double quotes"},
    {"maxsearches", SPL_OPTION_INT, offsetof(map_op, max), .dflt = 0, .min = 0, .max = 1e9,
     .help = "searches run at the most; 10 where not given"},
    {0},
};

static bool map_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    map_op *map = (map_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);

    spl_bind_reads_all(binder); /* any $field$ may be asked for */
    binder->query->reads++;     /* by the searches that it makes */
    if (map->max == 0) map->max = (int64_t)binder->query->limits.map_searches;
    if (binder->holes) return true;
    if (map->given && !node) return true;
    if (!map->given && node && node->kind == SPL_NODE_PIPELINE) {
        map->text = spl_str_trim(node->text);
        if (map->text.len && map->text.data[0] != '|')
            map->text = spl_strf(binder->arena, "| %.*s", SPL_FMT(map->text));
        return spl_args_done(binder, &args);
    }
    if (!map->given && node && node->kind == SPL_NODE_WORD) {
        const spl_conf_entry *saved = saved_search(binder, stage, node);

        if (!saved) return binder->query->check_only;
        map->text = saved->value;
        return spl_args_done(binder, &args);
    }
    spl_bad_argument(binder, stage->span,
                     "map needs one search: search=\"…\", a search in square brackets, or a saved one");
    spl_hint(binder->diag, "For example: map search=\"search user=$user$ | stats count\"");
    return false;
}

/* What was told of the search stands in its text, which then is kept. */
static void end_turn(map_op *map)
{
    map->run = NULL;
    spl_arena_free(map->running);
    if (spl_diag_len(map->base.query->diag) == map->told) spl_arena_free(map->turn);
    map->running = map->turn = NULL;
}

static void map_close(void *ptr)
{
    map_op *map = ptr;

    spl_batch_free(map->in);
    map->in = NULL;
    end_turn(map);
}

static void map_open(spl_op *op)
{
    spl_arena_defer(op->state, map_close, op);
}

/* The search with every $name$ replaced; $$ is a dollar sign. A name that the row lacks stays as it stands. */
static spl_str filled(const map_op *map, spl_arena *arena, uint32_t row)
{
    spl_buf out = spl_buf_in(arena);
    spl_str text = map->text;
    size_t i, end;

    for (i = 0; i < text.len; i++) {
        spl_str name;
        spl_value value;

        if (text.data[i] != '$') {
            spl_buf_char(&out, text.data[i]);
            continue;
        }
        for (end = i + 1; end < text.len && text.data[end] != '$' && !spl_is_space(text.data[end]); end++) {
        }
        if (end >= text.len || text.data[end] != '$') {
            spl_buf_char(&out, '$');
            continue;
        }
        name = spl_str_sub(text, i + 1, end);
        if (name.len == 0) {
            spl_buf_char(&out, '$');
        } else if (spl_str_is(name, "_serial_id$") || spl_str_is(name, "_serial_id")) {
            spl_buf_printf(&out, "%llu", (unsigned long long)map->serial);
        } else {
            value = spl_batch_get(map->in, row, spl_field_of(map->base.query->fields, name));
            if (spl_is_null(value)) {
                spl_buf_char(&out, '$');
                continue;
            }
            spl_buf_add(&out, spl_value_text(arena, spl_value_count(value) ? spl_value_at(value, 0) : value));
        }
        i = end;
    }
    return spl_buf_str(&out);
}

/* Begins the search of the next row. False: there is none. */
static bool next_turn(map_op *map)
{
    spl_op *op = &map->base;
    spl_subsearch *sub;

    while (!map->in || map->at >= spl_batch_rows(map->in)) {
        spl_batch_free(map->in);
        map->in = NULL;
        map->at = 0;
        if (spl_op_pull(op, &map->in) != SPL_OK) return false;
    }
    if (map->serial >= (uint64_t)map->max) {
        spl_op_warn(op, "limit", "map ran its search for the first %lld rows only", (long long)map->max);
        return false;
    }
    map->serial++;
    map->told = spl_diag_len(op->query->diag);
    map->turn = spl_arena_new(op->query->account);
    map->running = spl_arena_new(op->query->account);
    sub = spl_subsearch_parse(op, map->turn, filled(map, map->turn, spl_batch_row(map->in, map->at++)), false, 0);
    map->run = spl_subsearch_start_in(op, map->running, sub);
    return true;
}

/* Makes the batch independent of the search that gave it, which ends before the batch does. */
static void own(spl_batch *batch)
{
    uint32_t c, i;

    for (c = 0; c < batch->n_columns; c++) {
        spl_column *column = batch->columns[c];

        column->format = NULL;
        for (i = 0; i < batch->rows; i++) column->cells[i] = spl_value_keep(batch->arena, column->cells[i]);
    }
}

static spl_status map_next(spl_op *op, spl_batch **batch)
{
    map_op *map = (map_op *)op;

    for (;;) {
        if (!map->run && !next_turn(map)) return SPL_END;
        if (spl_subsearch_next(op, map->run, batch) == SPL_OK) {
            own(*batch);
            return SPL_OK;
        }
        end_turn(map);
    }
}

SPL_COMMAND(map, .summary = "Runs a search once for each row, with values of the row put in.",
            .syntax = "map (<saved search> | search=\"<search>\" | [<subsearch>]) [maxsearches=<int>]",
            .example = "| makeresults | eval n=1 | map search=\"| makeresults | eval m=$n$+1\" | table m",
            .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_TEMPLATE, .traits = SPL_ORDERED | SPL_ADDS_ROWS,
            .options = options, .op_size = sizeof(map_op), .bind = map_bind, .open = map_open, .next = map_next);
