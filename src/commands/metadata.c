/* metadata.c -- the hosts, sources or sourcetypes of the data, with times and counts (Search Reference, metadata). */
#include "exec/expand.h"
#include "knowledge/limits.h"

#include <inttypes.h>
#include <stddef.h>

/* --- metadata --- */

static const char *const types[] = {"hosts", "sources", "sourcetypes", NULL};
static const char *const datatypes[] = {"event", "metric", NULL};

typedef struct metadata_args {
    int type;
    spl_str index; /* read as a search (spl_expand_indexes) */
} metadata_args;

static const spl_option metadata_options[] = {
    {.name = "type",
     .type = SPL_OPTION_ENUM,
     .offset = offsetof(metadata_args, type),
     .required = "type=sourcetypes",
     .names = types,
     .help = "hosts, sources or sourcetypes"},
    {.name = "index", .type = SPL_OPTION_TEXT, .offset = offsetof(metadata_args, index), .help = "only events of it"},
    SPL_IDLE("splunk_server", TEXT, "there is one place"),
    SPL_IDLE("splunk_server_group", TEXT, "there is one place"),
    SPL_IDLE("datatype", ENUM, "DATA is looked at whatever it holds", .names = datatypes),
    {0},
};

/* Behind the search, where limits.conf bounds the results. */
typedef struct bounded_op {
    spl_op base;
    uint64_t most, given;
} bounded_op;

static bool bounded_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    ((bounded_op *)op)->most = spl_server_limit(binder->query, "metadata", "maxcount", 100000);
    return spl_bind_plain(binder, stage, op);
}

static spl_status bounded_map(spl_op *op, spl_batch **batch)
{
    bounded_op *self = (bounded_op *)op;
    uint32_t rows = spl_batch_rows(*batch);

    if (rows > self->most - self->given) {
        spl_op_warn(op, "limit", "metadata gave the first %" PRIu64 " results (limits.conf, maxcount)", self->most);
        spl_batch_truncate(*batch, (uint32_t)(self->most - self->given));
        return SPL_END;
    }
    self->given += rows;
    return SPL_OK;
}

static const spl_command bounded = {.name = "metadata",
                                    .args = SPL_ARGS_PLAIN,
                                    .traits = SPL_ORDERED | SPL_FILTERS,
                                    .op_size = sizeof(bounded_op),
                                    .bind = bounded_bind,
                                    .map = bounded_map};

static const spl_node *metadata_expand(spl_binder *binder, const spl_node *stage)
{
    static const char *const fields[] = {"host", "source", "sourcetype"};
    metadata_args *given = SPL_NEW(binder->arena, metadata_args);
    spl_buf text = spl_buf_in(binder->arena);
    spl_node *rest = spl_expand_indexes(binder, stage, &text);
    spl_args args = spl_args_of(rest);
    const char *field;

    if (!spl_options_take(binder, rest, metadata_options, given) || !spl_args_done(binder, &args)) return NULL;
    field = fields[given->type];
    spl_buf_printf(&text,
                   " | stats min(_time) AS firstTime max(_time) AS lastTime max(_indextime) AS recentTime"
                   " count AS totalCount by %s"
                   " | eval firstTime=floor(firstTime), lastTime=floor(lastTime),"
                   " recentTime=floor(coalesce(recentTime,lastTime)), type=\"%s\""
                   " | table firstTime %s lastTime recentTime totalCount type",
                   field, types[given->type], field);
    if (spl_server_limit(binder->query, "metadata", "maxcount", 100000))
        return spl_expand_behind(binder, stage, spl_buf_str(&text), spl_expand_stage(binder, stage, "metadata"),
                                 &bounded);
    return spl_bind_text(binder, stage, "metadata", SPL_S("metadata"), spl_buf_str(&text));
}

SPL_COMMAND(metadata, .summary = "Lists the hosts, sources or sourcetypes of the data, with times and counts.",
            .syntax = "metadata type=hosts|sources|sourcetypes [index=<index>] … [splunk_server=<text>] "
                      "[splunk_server_group=<text>] [datatype=event|metric]",
            .example = "| metadata type=hosts",
            .differs =
                "Counts are of the time range of the search, exactly. recentTime is lastTime where events have no "
                "_indextime.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES, .options = metadata_options, .op_size = sizeof(spl_op),
            .expand = metadata_expand);
