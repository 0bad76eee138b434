/* typer.c -- names the event types that each result belongs to, in the field eventtype, beside those that are there. */
#include "base/utf8.h"
#include "base/wildcard.h"
#include "exec/bind.h"
#include "knowledge/graph.h"
#include "knowledge/knowledge.h"
#include "knowledge/limits.h"
#include "knowledge/tagging.h"

#include <stddef.h>

typedef struct typer_op {
    spl_op base;
    spl_str eventtypes;
    spl_field field;
    int64_t maxlen;
    bool filtered, maxlen_given;
    SPL_VEC(spl_str) names;
    spl_tagging *tagging; /* or NULL */
    /* running */
    spl_tagging_use *use;
} typer_op;

static const spl_option options[] = {
    {.name = "eventtypes",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(typer_op, eventtypes),
     .given = offsetof(typer_op, filtered),
     .text = "",
     .help = "only these event types, separated by commas, wildcards allowed"},
    {.name = "maxlen",
     .type = SPL_OPTION_INT,
     .offset = offsetof(typer_op, maxlen),
     .given = offsetof(typer_op, maxlen_given),
     .dflt = 0,
     .min = 0,
     .max = 9e15,
     .help = "how many characters of the event's text are looked at; 0 for all"},
    {0},
};

/* The event types of the apps, and the fields that they look at. */
static void bind_types(spl_binder *binder, typer_op *typer)
{
    spl_query *query = binder->query, *binding = SPL_NEW(binder->arena, spl_query);
    spl_fieldset wanted, reads;
    spl_graph_config config = {.query = query, .wanted = &wanted};

    if (!query->knowledge || query->check_only) return;
    memcpy(binding, query, sizeof *binding); /* what is wrong with an event type is none of the search's errors */
    binding->outer = query;
    atomic_init(&binding->cancel, 0);
    spl_fieldset_init(&wanted, binder->arena, binder->fields);
    spl_fieldset_add(&wanted, typer->field);
    spl_fieldset_init(&reads, binder->arena, binder->fields);
    spl_fieldset_add(&reads, typer->field);
    typer->tagging = spl_tagging_new(binder->arena, binding, binder->diag, &config, &reads);
    spl_fieldset_add_set(&binder->op->reads, &reads);
}

static bool typer_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    typer_op *typer = (typer_op *)op;
    size_t begin = 0, i;

    typer->field = spl_bind_field(binder, SPL_S("eventtype"));
    spl_bind_reads(binder, typer->field);
    bind_types(binder, typer);
    if (!typer->maxlen_given) typer->maxlen = (int64_t)spl_server_limit(binder->query, "typer", "maxlen", 10000);
    for (i = 0; typer->eventtypes.len && i <= typer->eventtypes.len; i++) {
        if (i < typer->eventtypes.len && typer->eventtypes.data[i] != ',') continue;
        SPL_PUSH(binder->arena, &typer->names, spl_str_trim(spl_str_sub(typer->eventtypes, begin, i)));
        begin = i + 1;
    }
    return spl_bind_plain(binder, stage, op);
}

static bool asked_for(const typer_op *typer, spl_arena *arena, spl_value value)
{
    size_t i;

    for (i = 0; i < typer->names.len; i++) {
        if (spl_wildcard_match(typer->names.data[i], spl_value_text(arena, value), false)) return true;
    }
    return false;
}

static void typer_open(spl_op *op)
{
    typer_op *typer = (typer_op *)op;

    if (typer->tagging) typer->use = spl_tagging_use_new(typer->tagging, op->worker);
}

static spl_value cut(typer_op *typer, spl_arena *arena, spl_value value)
{
    spl_str text = spl_value_text(arena, value);
    size_t end = spl_utf8_offset(text, (size_t)typer->maxlen);

    if (end < text.len && !typer->maxlen_given)
        spl_op_warn(&typer->base, "limit",
                    "typer looked at the first %lld characters of an event (limits.conf, [typer])",
                    (long long)typer->maxlen);
    return spl_text(spl_str_sub(text, 0, end));
}

static void find_types(typer_op *typer, spl_batch *batch)
{
    spl_column *raw = typer->maxlen ? spl_batch_column(batch, SPL_F_RAW) : NULL;
    spl_value *whole = raw ? SPL_NEW_ARRAY(batch->arena, batch->rows, spl_value) : NULL;

    for (uint32_t i = 0; raw && i < batch->rows; i++) {
        whole[i] = raw->cells[i];
        if (!spl_is_null(whole[i])) raw->cells[i] = cut(typer, batch->arena, whole[i]);
    }
    spl_tagging_run(typer->use, batch);
    raw = raw ? spl_batch_column(batch, SPL_F_RAW) : NULL;
    for (uint32_t i = 0; raw && i < batch->rows; i++) raw->cells[i] = whole[i];
}

static spl_status typer_map(spl_op *op, spl_batch **batch)
{
    typer_op *typer = (typer_op *)op;
    spl_arena *arena = (*batch)->arena;
    uint32_t i, k;

    if (typer->use) find_types(typer, *batch);
    for (i = 0; typer->filtered && i < spl_batch_rows(*batch); i++) {
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

SPL_COMMAND(typer, .summary = "Names the event types that each result belongs to.",
            .syntax = "typer [eventtypes=<names>] [maxlen=<n>]",
            .example = "| makeresults | eval _raw=\"user logged in\" | typer",
            .differs = "Without maxlen events are looked at whole, with --limits splunk up to 10,000 characters.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(typer_op),
            .bind = typer_bind, .open = typer_open, .map = typer_map);
