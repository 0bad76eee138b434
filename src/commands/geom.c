/* geom.c -- adds the outlines of a geospatial lookup's features: there are no such lookups here. */
#include "exec/bind.h"

SPL_COMMAND(geom, .summary = "Adds the outline of a place for choropleth maps.",
            .syntax = "geom [<feature collection>] [allFeatures=<bool>] [featureIdField=<field>] [gen=<number>] "
                      "[min_x=<number>] [min_y=<number>] [max_x=<number>] [max_y=<number>]",
            .refusal = "It reads a geospatial lookup (KMZ or KML), which only draws maps. Leave the stage out: the "
                       "results before it hold the same figures.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP);
