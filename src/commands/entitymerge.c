/* entitymerge.c -- merges entities of Enterprise Security. */
#include "exec/bind.h"

SPL_COMMAND(
    entitymerge, .summary = "Merges rows about one entity, for Enterprise Security.",
    .syntax = "entitymerge <field-list>",
    .refusal = "It reads the asset and identity framework of a server. Use stats values(*) AS * by the entity's field.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .op_size = sizeof(spl_op));
