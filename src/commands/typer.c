/* typer.c -- names the event types that each event belongs to, in the field eventtype. What apps say of event types is
 * part of reading events: here the field is asked for, and cut to the names given. */
#include "exec/bind.h"

#include <stddef.h>

typedef struct typer_op {
    spl_op base;
    spl_str eventtypes;
    spl_field field;
    SPL_VEC(spl_str) names;
} typer_op;

static const spl_option options[] = {
    {.name = "eventtypes",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(typer_op, eventtypes),
     .text = "",
     .help = "only these event types, separated by commas"},
    {0},
};

static bool typer_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    typer_op *typer = (typer_op *)op;
    spl_args args = spl_args_of(stage);
    size_t begin = 0, i;

    typer->field = spl_bind_field(binder, SPL_S("eventtype"));
    spl_bind_reads(binder, typer->field);
    for (i = 0; typer->eventtypes.len && i <= typer->eventtypes.len; i++) {
        if (i < typer->eventtypes.len && typer->eventtypes.data[i] != ',') continue;
        SPL_PUSH(binder->arena, &typer->names, spl_str_trim(spl_str_sub(typer->eventtypes, begin, i)));
        begin = i + 1;
    }
    return spl_args_done(binder, &args);
}

static bool asked_for(const typer_op *typer, spl_arena *arena, spl_value value)
{
    size_t i;

    for (i = 0; i < typer->names.len; i++) {
        if (spl_str_eq(typer->names.data[i], spl_value_text(arena, value))) return true;
    }
    return false;
}

static spl_status typer_map(spl_op *op, spl_batch **batch)
{
    typer_op *typer = (typer_op *)op;
    spl_arena *arena = (*batch)->arena;
    uint32_t i, k;

    for (i = 0; typer->names.len && i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        spl_value value = spl_batch_get(*batch, row, typer->field);
        uint32_t n = spl_value_count(value), kept = 0;
        spl_value *values = SPL_NEW_ARRAY(arena, n, spl_value);

        for (k = 0; k < n; k++) {
            if (asked_for(typer, arena, spl_value_at(value, k))) values[kept++] = spl_value_at(value, k);
        }
        if (n) spl_batch_set(*batch, row, typer->field, spl_multi_of(arena, values, kept));
    }
    return SPL_OK;
}

SPL_COMMAND(typer, .summary = "Names the event types that each event belongs to.",
            .syntax = "typer [eventtypes=<names>]", .example = "| makeresults | eval _raw=\"user logged in\" | typer",
            .differs = "Events are looked at whole: there is no maxlen.", .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS,
            .options = options, .op_size = sizeof(typer_op), .bind = typer_bind, .map = typer_map);
