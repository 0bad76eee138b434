/* datamodelsimple.c -- lists data models of the CIM add-on. */
#include "commands/refused.h"

static const char *const types[] = {"models", "objects", "attributes", NULL};

static const spl_option options[] = {
    REFUSED_OPTION("type", ENUM, "what to list", .names = types),
    REFUSED_OPTION("datamodel", TEXT, "the data model"),
    REFUSED_OPTION("object", TEXT, "the dataset"),
    REFUSED_OPTION("nodename", TEXT, "the node"),
    {0},
};

SPL_COMMAND(datamodelsimple, .summary = "Lists data models, objects or attributes, for the CIM add-on.",
            .syntax = "datamodelsimple type=models|objects|attributes [datamodel=<name>] [object=<name>]",
            .refusal = "Use datamodel, which lists data models as JSON, or spl list datamodels.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(refused_op),
            .bind = refused_bind_none);
