/* typer.c -- names the event types that each event belongs to, in the field eventtype. Event types are knowledge of
 * apps; while none are loaded there is nothing to name. Rules: docs/reference/commands/typer.md */
#include "exec/bind.h"

#include <stddef.h>

typedef struct typer_op {
    spl_op base;
    spl_str eventtypes;
    int64_t maxlen;
} typer_op;

static const spl_option options[] = {
    {.name = "eventtypes",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(typer_op, eventtypes),
     .text = "",
     .help = "only these event types, separated by commas"},
    {.name = "maxlen",
     .type = SPL_OPTION_INT,
     .offset = offsetof(typer_op, maxlen),
     .dflt = 10000,
     .min = 0,
     .max = 9e15,
     .help = "how many bytes of an event are looked at"},
    {0},
};

static bool typer_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    if (!spl_args_done(binder, &args)) return false;
    if (!binder->query->check_only)
        spl_warning(binder->diag, stage->name_span, "no-eventtypes",
                    "typer names no event types: none are loaded, and the events pass as they are");
    return true;
}

static spl_status typer_map(spl_op *op, spl_batch **batch)
{
    (void)op, (void)batch;
    return SPL_OK;
}

SPL_COMMAND(typer, .summary = "Names the event types that each event belongs to.",
            .syntax = "typer [eventtypes=<names>] [maxlen=<n>]",
            .example = "| makeresults | eval _raw=\"user logged in\" | typer",
            .differs = "No event types are loaded yet: events pass as they are, with a warning.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(typer_op),
            .bind = typer_bind, .map = typer_map);
