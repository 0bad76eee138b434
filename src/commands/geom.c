/* geom.c -- adds the outlines of a geospatial lookup's features: there are no such lookups here. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("allFeatures", BOOL, "every place, with a result or not"),
    SPL_IDLE("featureIdField", FIELD, "the field with the name of a place"),
    SPL_IDLE("gen", NUMBER, "how far outlines are simplified", .min = 0, .max = 9e15),
    SPL_IDLE("min_x", NUMBER, "the western edge", .min = -180, .max = 180),
    SPL_IDLE("min_y", NUMBER, "the southern edge", .min = -90, .max = 90),
    SPL_IDLE("max_x", NUMBER, "the eastern edge", .min = -180, .max = 180),
    SPL_IDLE("max_y", NUMBER, "the northern edge", .min = -90, .max = 90),
    {0},
};

static bool geom_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    spl_args_next(&args);
    return spl_args_done(binder, &args);
}

SPL_COMMAND(geom, .summary = "Adds the outline of a place for choropleth maps.",
            .syntax = "geom [<feature collection>] [allFeatures=<bool>] [featureIdField=<field>] [gen=<number>] "
                      "[min_x=<number>] [min_y=<number>] [max_x=<number>] [max_y=<number>]",
            .refusal = "It reads a geospatial lookup (KMZ or KML), which only draws maps. Leave the stage out: the "
                       "results before it hold the same figures.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op),
            .bind = geom_bind);
