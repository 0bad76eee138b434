/* datamodelsimple.c -- lists data models of the CIM add-on. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(datamodelsimple, .summary = "Lists data models, objects or attributes, for the CIM add-on.",
            .syntax = "datamodelsimple type=models|objects|attributes [datamodel=<name>] [object=<name>]",
            .refusal = "Use datamodel, which lists data models as JSON, or spl list datamodels.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
