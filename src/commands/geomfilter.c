/* geomfilter.c -- clips the outlines that geom added: there are none here. */
#include "exec/bind.h"

SPL_COMMAND(geomfilter, .summary = "Keeps the places of geom that lie in a rectangle.",
            .syntax = "geomfilter [min_x=<number>] [min_y=<number>] [max_x=<number>] [max_y=<number>]",
            .refusal = "It clips what geom added, which needs a geospatial lookup and only draws maps. Leave the stage "
                       "out, or compare coordinates: | where lat>=40 AND lat<=50 AND lon>=5 AND lon<=15",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP);
