/* addinfo.c -- what is known of the search, in each result: its time range, its clock, its number. */
#include "exec/search_range.h"

#include <math.h>

typedef struct addinfo_op {
    spl_op base;
    spl_field min, max, sid, time;
    spl_str sid_text;
    double earliest, latest;
} addinfo_op;

static bool addinfo_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    addinfo_op *info = (addinfo_op *)op;

    info->min = spl_bind_field(binder, SPL_S("info_min_time"));
    info->max = spl_bind_field(binder, SPL_S("info_max_time"));
    info->sid = spl_bind_field(binder, SPL_S("info_sid"));
    info->time = spl_bind_field(binder, SPL_S("info_search_time"));
    info->sid_text = spl_strf(binder->arena, "%.3f", binder->query->now);
    spl_search_range(binder, &info->earliest, &info->latest);
    spl_bind_makes(binder, info->min);
    spl_bind_makes(binder, info->max);
    spl_bind_makes(binder, info->sid);
    spl_bind_makes(binder, info->time);
    return spl_bind_plain(binder, stage, op);
}

static spl_status addinfo_map(spl_op *op, spl_batch **batch)
{
    const addinfo_op *info = (const addinfo_op *)op;
    const spl_query *query = op->query;
    spl_value min = spl_number(isfinite(info->earliest) ? info->earliest : 0);
    spl_value max = isfinite(info->latest) ? spl_number(info->latest) : spl_text(SPL_S("+Infinity"));

    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);
        spl_batch_set(*batch, row, info->min, min);
        spl_batch_set(*batch, row, info->max, max);
        spl_batch_set(*batch, row, info->sid, spl_text(info->sid_text));
        spl_batch_set(*batch, row, info->time, spl_number(query->now));
    }
    return SPL_OK;
}

SPL_COMMAND(addinfo, .summary = "Adds what is known of the search: time range, clock, number.", .syntax = "addinfo",
            .example = "| makeresults | addinfo | table info_min_time info_max_time", .args = SPL_ARGS_PLAIN,
            .traits = SPL_STREAMS, .op_size = sizeof(addinfo_op), .bind = addinfo_bind, .map = addinfo_map);
