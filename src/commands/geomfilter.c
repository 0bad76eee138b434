/* geomfilter.c -- clips the outlines that geom added: there are none here. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("min_x", NUMBER, "the western edge", .min = -180, .max = 180),
    SPL_IDLE("min_y", NUMBER, "the southern edge", .min = -90, .max = 90),
    SPL_IDLE("max_x", NUMBER, "the eastern edge", .min = -180, .max = 180),
    SPL_IDLE("max_y", NUMBER, "the northern edge", .min = -90, .max = 90),
    {0},
};

SPL_COMMAND(geomfilter, .summary = "Keeps the places of geom that lie in a rectangle.",
            .syntax = "geomfilter [min_x=<number>] [min_y=<number>] [max_x=<number>] [max_y=<number>]",
            .refusal = "It clips what geom added, which needs a geospatial lookup and only draws maps. Leave the stage "
                       "out, or compare coordinates: | where lat>=40 AND lat<=50 AND lon>=5 AND lon<=15",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op),
            .bind = spl_bind_plain);
